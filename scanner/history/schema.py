"""The tables of a history, version 1."""

from __future__ import annotations

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
)

from scanner.history.model import HistoryError

VERSION = 1
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


def exists(connection: Connection) -> bool:
    """Whether the database is a history. Raises HistoryError for a newer one and for another program's database."""
    found = set(inspect(connection).get_table_names())
    if meta.name not in found:
        foreign = found if connection.dialect.name == "sqlite" else found & TABLES.tables.keys()
        if foreign:
            raise HistoryError(f"the database holds tables of something else ({min(foreign)}): name a new database")
        return False
    version = connection.scalar(select(meta.c.value).where(meta.c.name == "schema"))
    if version is None or not version.isdecimal():
        raise HistoryError("the database's table 'meta' names no schema version: it is no history, name another one")
    if int(version) > VERSION:
        raise HistoryError(
            f"the history has schema {version}, this asdeclared knows {VERSION} and older ones: upgrade asdeclared"
        )
    return True


def create(connection: Connection) -> None:
    """Create the tables and commit."""
    TABLES.create_all(connection)
    connection.execute(insert(meta).values(name="schema", value=str(VERSION)))
    connection.commit()
