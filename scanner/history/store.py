"""The store: a history that is read by many and written by one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Self

from sqlalchemy import Connection, Engine, Executable, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from scanner.facts import Fragment
from scanner.history import read, schema
from scanner.history.database import connected, engine_for, exclusive
from scanner.history.model import HistoryError, RunRow
from scanner.history.schema import blobs, intervals, partials, runs
from scanner.run import Key, Run

CHUNK = 10_000
"""Rows in one round trip."""
Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class History:
    """A database with the runs of one or more policies. Threads may share it."""

    engine: Engine
    wait: float

    @classmethod
    def open(cls, url_or_path: str, wait: float) -> Self:
        """Open the database and create the tables in a new one. Raises HistoryError."""
        history = cls(engine_for(url_or_path, wait), wait)
        history._prepare()
        return history

    def _prepare(self) -> None:
        with connected(self.engine) as connection:
            if schema.exists(connection):
                return
        # Two may open a new database at once: the second sees the first one's tables once it has the lock.
        with exclusive(self.engine, "", self.wait) as connection:
            if not schema.exists(connection):
                schema.create(connection)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def runs(self, policy: str | None = None) -> tuple[RunRow, ...]:
        """The runs of a policy, or of all of them, oldest first."""
        with connected(self.engine) as connection:
            return read.rows(connection, policy)

    def load(self, ref: str, policy: str | None = None) -> Run:
        """The run that `ref` means: its number, at least 4 characters of its digest, or "latest" or "previous", which
        count no partial runs.

        Raises HistoryError where it means none or several, and Tampered where the stored run is not the committed one.
        """
        with connected(self.engine) as connection:
            return read.load(connection, read.find(ref, read.rows(connection, policy)))

    def verify_chain(self, policy: str) -> tuple[str, ...]:
        """What is wrong with a policy's runs: every digest is recomputed, every link to the run before is compared.
        Nothing wrong is an empty tuple.
        """
        with connected(self.engine) as connection:
            return read.problems(connection, policy)

    @contextmanager
    def writer(self, policy: str) -> Iterator[Writer]:
        """The one writer of a policy. Raises HistoryError where another one does not end in time."""
        with exclusive(self.engine, policy, self.wait) as connection:
            yield Writer(connection, policy)


@dataclass(slots=True)
class Writer:
    """Writes one run of a policy. Nobody else does so meanwhile."""

    connection: Connection
    policy: str
    committed: bool = field(default=False, init=False)

    def baseline(self) -> Run | None:
        """The last run that was not partial."""
        last = self._last()
        return read.load(self.connection, last) if last else None

    def last_digest(self) -> str:
        """The digest that the next run follows; "" for the first."""
        last = self._last()
        return last.digest if last else ""

    def commit(self, run: Run) -> None:
        """Store the run: all of it or, where anything goes wrong, nothing. Raises HistoryError where it does not follow
        the last run, is of another policy, or one was committed already.
        """
        listed = read.rows(self.connection, self.policy)
        last = next(reversed(read.full(listed)), None)
        number = listed[-1].number + 1 if listed else 1
        self._check(run, last)
        header = Fragment(run.header)
        if run.header["run"]["partial"]:
            self._keep(number, run)
        else:
            self._follow(number, last.number if last else 0, run)
        self._store([header])
        told = {**read.told(run.header), "digest": run.digest, "previous": run.previous, "header": header.digest}
        self.connection.execute(insert(runs).values(number=number, **told))
        self.connection.commit()
        self.committed = True

    def _check(self, run: Run, last: RunRow | None) -> None:
        name, link = run.header["policy"]["name"], last.digest if last else ""
        if self.committed:
            raise HistoryError("a writer commits one run: open another writer")
        if name != self.policy:
            raise HistoryError(f"the run is of policy {name!r}, the writer of {self.policy!r}")
        if run.previous != link:
            raise HistoryError(
                f"the run follows {run.previous[:12] or 'nothing'}, but the last run of policy {name!r} is "
                f"{link[:12] or 'none'}: take last_digest() from this writer"
            )

    def _last(self) -> RunRow | None:
        return next(reversed(read.full(read.rows(self.connection, self.policy))), None)

    def _keep(self, number: int, run: Run) -> None:
        """Store a partial run in full, beside the intervals."""
        self._store(run.entries.values())
        place = {"policy": self.policy, "number": number}
        self._put(insert(partials), ({**place, **_entry(key, each)} for key, each in run.entries.items()))

    def _follow(self, number: int, last: int, run: Run) -> None:
        """End the intervals of what changed or is gone, and begin those of what changed or is new."""
        ended = []
        same = set()
        for ident, kind, name, digest in self._current():
            key: Any = (kind, name.decode())
            if key in run.entries and run.entries[key].digest == digest:
                same.add(key)
            else:
                ended.append({"ident": ident})
        self._put(update(intervals).where(intervals.c.id == bindparam("ident")).values(last_run=last), ended)
        begun = {key: each for key, each in run.entries.items() if key not in same}
        self._store(begun.values())
        place = {"policy": self.policy, "first_run": number}
        self._put(insert(intervals), ({**place, **_entry(key, each)} for key, each in begun.items()))

    def _current(self) -> Iterable[Any]:
        columns = (intervals.c.id, intervals.c.kind, intervals.c.key, intervals.c.digest)
        return self.connection.execute(
            select(*columns).where(intervals.c.policy == self.policy, intervals.c.last_run.is_(None))
        )

    def _store(self, fragments: Iterable[Fragment]) -> None:
        # In the order of their digests, so that two writers of different policies cannot wait for each other.
        bodies = {each.digest: each.data for each in fragments}
        dialect = sqlite if self.connection.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(blobs).on_conflict_do_nothing()
        self._put(statement, ({"digest": digest, "body": bodies[digest]} for digest in sorted(bodies)))

    def _put(self, statement: Executable, listed: Iterable[Row]) -> None:
        remaining = iter(listed)
        while chunk := list(islice(remaining, CHUNK)):
            self.connection.execute(statement, chunk)


def _entry(key: Key, fragment: Fragment) -> dict[str, object]:
    kind, name = key
    return {"kind": kind, "key": name.encode(), "digest": fragment.digest}
