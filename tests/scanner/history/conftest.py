"""The databases that the history is tried on: a file of SQLite, and a PostgreSQL server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

GIVEN = "ASDECLARED_TEST_POSTGRES"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL database: the given one, else one of a server that lives as long as the tests."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    if os.environ.get(GIVEN):
        yield os.environ[GIVEN]
        return
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not programs:
        pytest.skip(f"no PostgreSQL: {GIVEN} is not set and /usr/lib/postgresql/*/bin does not exist")
    if os.getuid() == 0 and not shutil.which("setpriv"):
        pytest.skip(f"no PostgreSQL: {GIVEN} is not set, and it does not start as root without setpriv")
    with tempfile.TemporaryDirectory(prefix="asdeclared-") as folder:
        yield from _server(programs[-1], Path(folder))


def _server(programs: Path, folder: Path) -> Iterator[str]:
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    if user:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def call(program: str, *arguments: str) -> None:
        command = [*user, str(programs / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 - a fixed command

    call("initdb", "-A", "trust", "-U", "tester", "--no-sync", "-E", "UTF8")
    settings = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
    call("pg_ctl", "-w", "-o", settings, "-l", str(folder / "log"), "start")
    try:
        yield f"postgresql://tester@127.0.0.1:{port}/postgres"
    finally:
        call("pg_ctl", "-m", "immediate", "stop")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, on each kind of database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'history.db'}"
    else:
        yield request.getfixturevalue("postgres_url")


@pytest.fixture
def postgres_url(postgres: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    yield from _schema(postgres)


def _schema(server: str) -> Iterator[str]:
    import psycopg

    name = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
        yield f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{name}"
        connection.execute(f"DROP SCHEMA {name} CASCADE".encode())
