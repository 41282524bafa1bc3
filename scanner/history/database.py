"""What differs between the databases: how they are opened and how one writer shuts out the others."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

from sqlalchemy import URL, Connection, Engine, Executable, NullPool, create_engine, make_url, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError

from scanner.history.model import HistoryError
from scanner.history.schema import blobs

CHUNK = 10_000
"""Rows in one round trip."""
BODIES = 32 << 20
"""Bytes of bodies in one round trip."""
T = TypeVar("T")
DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """The items, as many at once as one round trip takes."""
    remaining = iter(items)
    while chunk := list(islice(remaining, CHUNK)):
        yield chunk


def by_size(items: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    """Bodies with their digests, as many at once as one round trip takes."""
    chunk: list[tuple[str, bytes]] = []
    size = 0
    for item in items:
        chunk.append(item)
        size += len(item[1])
        if size >= BODIES or len(chunk) >= CHUNK:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def put(connection: Connection, statement: Executable, listed: Iterable[Mapping[str, object]]) -> None:
    """Execute a statement for each of many rows."""
    for chunk in chunks(listed):
        connection.execute(statement, chunk)


def put_body(connection: Connection) -> Executable:
    """The statement that stores a body that is not stored yet."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement: Executable = dialect.insert(blobs).on_conflict_do_nothing()
    return statement


def engine_for(url_or_path: str, wait: float) -> Engine:
    """The engine of a database. Nothing is connected yet. Raises HistoryError for a URL that is not understood."""
    url = _url(url_or_path)
    settings: dict[str, object] = {}
    if url.get_backend_name() == "sqlite":
        _private(url.database or "")
        # The driver must not begin transactions by itself: a writer begins with its lock.
        settings = {"isolation_level": None, "timeout": wait}
    try:
        return create_engine(url, poolclass=NullPool, connect_args=settings, hide_parameters=True)
    except ModuleNotFoundError as error:
        raise HistoryError(f"{_name(url)} needs the package {error.name}, which is not installed") from error


def _url(url_or_path: str) -> URL:
    if "://" not in url_or_path:
        if re.match(rf"({'|'.join(DRIVERS)})(\+\w+)?:", url_or_path):
            raise HistoryError("the history's URL is malformed: write sqlite:///path or postgresql://host/name")
        path = os.path.expanduser(url_or_path)  # noqa: PTH111 - the other one raises where there is no home
        return URL.create(DRIVERS["sqlite"], database=path)
    try:
        url = make_url(url_or_path)
    except (ArgumentError, ValueError) as error:
        raise HistoryError("the history's URL is malformed: write sqlite:///path or postgresql://host/name") from error
    backend = url.drivername.partition("+")[0]
    if backend not in DRIVERS or (backend == "sqlite" and url.database in {None, "", ":memory:"}):
        raise HistoryError(f"{_name(url)} cannot hold a history: write sqlite:///path or postgresql://host/name")
    return url.set(drivername=DRIVERS[backend])


def _private(path: str) -> None:
    """Create the file readable by its owner only: evidence may hold personal data."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDONLY, 0o600))
    except OSError as error:
        raise HistoryError(f"{path}: {error.strerror}: name a file in a folder that exists and can be read") from error


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection. What goes wrong in the database, or is wrong with it, is a HistoryError that names it."""
    try:
        with engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        lines = str(error.orig).strip().splitlines() or [type(error).__name__]
        raise HistoryError(f"{_name(engine.url)}: {lines[0]}") from error
    except SQLAlchemyError as error:
        raise HistoryError(f"{_name(engine.url)}: {type(error).__name__}") from error


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one state of the database, whatever others commit meanwhile."""
    with connected(engine) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("BEGIN")
            yield connection
        else:
            yield connection.execution_options(isolation_level="REPEATABLE READ")


@contextmanager
def exclusive(engine: Engine, policy: str, wait: float, *, alone: bool = False) -> Iterator[Connection]:
    """A connection in a transaction that no other writer of the policy has. What is not committed is rolled back.
    With `alone`, writers of other policies must wait before they store a body, so that bodies can be taken away.

    SQLite knows one lock for the whole file. Raises HistoryError where another writer holds it for longer than `wait`
    seconds.
    """
    with connected(engine) as connection:
        try:
            _lock(connection, policy, wait)
            if alone and connection.dialect.name != "sqlite":
                connection.execute(text("LOCK TABLE blobs IN EXCLUSIVE MODE"))
        except OperationalError as error:
            if not _busy(error.orig):
                raise
            raise HistoryError(
                f"{_name(engine.url)}: another scan of policy {policy!r} is writing (waited {wait:g} s): try again"
            ) from error
        yield connection


def _lock(connection: Connection, policy: str, wait: float) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    name = hashlib.sha256(f"asdeclared\n{policy}".encode()).digest()
    connection.execute(text("SELECT set_config('lock_timeout', :wait, true)"), {"wait": f"{max(1, int(wait * 1000))}"})
    connection.execute(
        text("SELECT pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(name[:8], "big", signed=True)}
    )


def shrink(engine: Engine) -> int | None:
    """Give the space of what was deleted back to the file system. Returns the bytes; None where others use the file
    just now, and on a server, which does it by itself in time.
    """
    if engine.dialect.name != "sqlite":
        return None
    path = Path(engine.url.database or "")
    before = path.stat().st_size
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
    except OperationalError:
        return None
    return before - path.stat().st_size


def same(one: Engine, other: Engine) -> bool:
    """Whether two engines are of the same database."""
    if one.dialect.name == other.dialect.name == "sqlite":
        return Path(one.url.database or "").samefile(other.url.database or "")
    return one.url == other.url


def _busy(error: BaseException | None) -> bool:
    if isinstance(error, sqlite3.Error):
        return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return getattr(error, "sqlstate", "") == "55P03"


def _name(url: URL) -> str:
    """How to speak of a database: without its password, which may stand among the settings too."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    return url.set(query={}).render_as_string(hide_password=True)
