"""The tables of a history, version 3."""

from __future__ import annotations

import re
import zlib

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    insert,
    inspect,
    select,
    text,
)

from scanner.history.model import HistoryError

VERSION = 3
TABLES = MetaData()

meta = Table("meta", TABLES, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

blobs = Table("blobs", TABLES, Column("digest", Text, primary_key=True), Column("body", LargeBinary, nullable=False))
"""Canonical JSON by its SHA-256: entries and headers of all policies. A long one is compressed; see `packed`."""

runs = Table(
    "runs",
    TABLES,
    Column("policy", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("partial", Boolean, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("header", Text, nullable=False),
    Column("entries", Text, nullable=False, server_default=""),
)

# A name is stored as UTF-8 bytes: PostgreSQL's text cannot hold every name that a cloud may send. It is in no index,
# because PostgreSQL refuses long index rows.
intervals = Table(
    "intervals",
    TABLES,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("policy", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Column("first_run", Integer, nullable=False),
    Column("last_run", Integer),
    Index("intervals_by_end", "policy", "last_run"),
)
"""An entry holds from run to run; `last_run` is null while it still does. Partial runs have no part in it."""

partials = Table(
    "partials",
    TABLES,
    Column("policy", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("key", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Index("partials_by_run", "policy", "number"),
)
"""The entries of partial runs, each run in full."""

acts = Table(
    "acts",
    TABLES,
    Column("policy", Text, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
"""What was kept, released and pruned: canonical JSON, each with the digest of the one before."""


def version(connection: Connection) -> int:
    """The schema's version, 0 for an empty database. Raises HistoryError for another version and for another program's
    database.
    """
    found = set(inspect(connection).get_table_names())
    if meta.name not in found:
        foreign = found if connection.dialect.name == "sqlite" else found & TABLES.tables.keys()
        if foreign:
            raise HistoryError(f"the database holds tables of something else ({min(foreign)}): name a new database")
        return 0
    _plain(connection)
    told = connection.scalar(select(meta.c.value).where(meta.c.name == "schema"))
    if not isinstance(told, str) or not re.fullmatch("[1-9][0-9]{0,8}", told):
        raise HistoryError("the database's table 'meta' names no schema version: it is no history, name another one")
    if int(told) > VERSION:
        raise HistoryError(f"the history has schema {told}, this asdeclared knows {VERSION}: upgrade asdeclared")
    if int(told) < VERSION:
        raise HistoryError(
            f"the history has schema {told}, of a version before the first release; this asdeclared knows {VERSION}: "
            "begin a new history"
        )
    return int(told)


def _plain(connection: Connection) -> None:
    """Refuse a file in which reading or writing a table would run what somebody else wrote."""
    if connection.dialect.name == "sqlite":
        query = text("SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger') ORDER BY name")
        if (name := connection.scalar(query)) is not None:
            raise HistoryError(f"the file holds a view or trigger ({name}), which a history has not: do not trust it")


def create(connection: Connection) -> None:
    """Create the tables."""
    TABLES.create_all(connection)
    connection.execute(insert(meta).values(name="schema", value=str(VERSION)))


LONG, LONGEST = 1 << 10, 1 << 26
"""Bytes of a body from which on it is compressed, and beyond which none is stored or unpacked."""
_ZLIB = b"\x78"
"""The first byte of what zlib writes, which no canonical JSON begins with."""


def packed(body: bytes) -> bytes:
    """A body as it is stored. Raises HistoryError for one that could not be read again."""
    if len(body) > LONGEST:
        raise HistoryError(f"an entry has {len(body)} bytes, a history takes no more than {LONGEST}")
    return zlib.compress(body, 1) if len(body) >= LONG else body


def unpacked(stored: bytes) -> bytes:
    """The body as it was before; what cannot be that is given as it is, and its digest tells that it is another."""
    if not stored.startswith(_ZLIB):
        return stored
    try:
        return zlib.decompressobj().decompress(stored, LONGEST)
    except zlib.error:
        return stored
