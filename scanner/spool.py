"""The spool: the records of a scan in a private file that is gone with the process, so that memory need not hold them.

SQLite makes such a file for a database without a name, and writes it only where its cache does not hold the content.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from typing import NamedTuple

ROWS = 1000
"""So many rows are written at once."""
_TABLES = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -65536;
CREATE TABLE records (id TEXT, rank INTEGER, folded TEXT, anyone TEXT, likeness BLOB, name TEXT, replies BLOB);
CREATE TABLE heads (likeness BLOB PRIMARY KEY, head BLOB) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX by_id ON records (id, rank DESC);
CREATE INDEX by_folded ON records (coalesce(folded, id));
CREATE INDEX by_anyone ON records (anyone) WHERE anyone IS NOT NULL;
"""


class Row(NamedTuple):
    """A record in short: `likeness` names what it shares with those that are like it, `replies` is canonical JSON."""

    id: str
    likeness: bytes
    name: str
    replies: bytes


class Spool:
    """Rows by their ids. Rows are added first, from any thread, and read then."""

    def __init__(self) -> None:
        self._rows: list[tuple[object, ...]] = []
        self._heads: list[tuple[bytes, bytes]] = []
        self._lock = threading.Lock()
        self._database = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._database.executescript(_TABLES)
        self._indexed = False

    def add(self, row: Row, rank: int) -> None:
        """Add a row; of those of one id, that of the highest rank counts."""
        folded = row.id.casefold()
        other = None if folded == row.id else folded
        anyone = any_account(folded) if folded.startswith("arn:") else None
        with self._lock:
            self._rows.append((row.id, rank, other, anyone, row.likeness, row.name, row.replies))
            if len(self._rows) >= ROWS:
                self._write()

    def _write(self) -> None:
        self._database.execute("BEGIN")
        self._database.executemany("INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?)", self._rows)
        self._database.executemany("INSERT OR IGNORE INTO heads VALUES (?, ?)", self._heads)
        self._database.execute("COMMIT")
        self._rows.clear()
        self._heads.clear()

    def describe(self, likeness: bytes, head: bytes) -> None:
        """Say what the records of a likeness share."""
        with self._lock:
            self._heads.append((likeness, head))

    def head(self, likeness: bytes) -> bytes:
        """What the records of a likeness share, once nothing more is added."""
        (head,) = self._database.execute("SELECT head FROM heads WHERE likeness = ?", (likeness,)).fetchone()
        return bytes(head)

    def done(self) -> None:
        """Nothing more is added."""
        with self._lock:
            self._write()
            if not self._indexed:
                self._database.executescript(_INDEXES)
                self._indexed = True

    def has_doubles(self) -> bool:
        """Whether there are several rows of one id."""
        query = "SELECT 1 FROM records INDEXED BY by_id GROUP BY id HAVING count(*) > 1 LIMIT 1"
        return self._database.execute(query).fetchone() is not None

    def __iter__(self) -> Iterator[Row]:
        """The rows in the order of their ids."""
        last = None
        query = "SELECT id, likeness, name, replies FROM records INDEXED BY by_id ORDER BY id, rank DESC"
        for row in self._database.execute(query):
            if row[0] != last:
                last = row[0]
                yield Row(*row)

    def find(self, name: str) -> Row | None:
        """The row whose id, whatever its case, is this; or whose ARN is, with `*` as its account."""
        folded = name.casefold()
        columns = "SELECT id, likeness, name, replies FROM records WHERE"
        exact = f"{columns} coalesce(folded, id) = ? ORDER BY id DESC, rank DESC LIMIT 1"
        found = self._database.execute(exact, (folded,)).fetchone()
        if found is None and folded.startswith("arn:"):
            anyone = f"{columns} anyone = ? ORDER BY id, rank DESC LIMIT 1"
            found = self._database.execute(anyone, (folded,)).fetchone()
        return Row(*found) if found else None

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def any_account(arn: str) -> str:
    """An ARN with `*` as its account."""
    parts = arn.split(":", 5)
    parts[4:5] = ["*"]
    return ":".join(parts)
