"""The tables of a history, version 2."""

from __future__ import annotations

import re

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
    update,
)

from scanner.history.model import HistoryError

VERSION = 2
TABLES = MetaData()

meta = Table("meta", TABLES, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

blobs = Table("blobs", TABLES, Column("digest", Text, primary_key=True), Column("body", LargeBinary, nullable=False))
"""Canonical JSON by its SHA-256: entries and headers of all policies."""

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
    """The schema's version, 0 for an empty database. Raises HistoryError for a newer one and for another program's
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
        raise HistoryError(
            f"the history has schema {told}, this asdeclared knows {VERSION} and older ones: upgrade asdeclared"
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


def widen(connection: Connection) -> None:
    """Make the tables of version 1 those of version 2. The new column of the runs is still empty."""
    kind = runs.c.entries.type.compile(connection.dialect)
    connection.execute(text(f"ALTER TABLE {runs.name} ADD COLUMN {runs.c.entries.name} {kind} NOT NULL DEFAULT ''"))
    acts.create(connection)
    connection.execute(update(meta).where(meta.c.name == "schema").values(value=str(VERSION)))
