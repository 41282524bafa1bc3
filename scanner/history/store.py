"""The store: a history that is read by many and written by one at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, Engine, LargeBinary, bindparam, cast, insert, select, update

from scanner.facts import Fragment
from scanner.history import prune, read, schema, transfer
from scanner.history.database import by_size, connected, engine_for, exclusive, put, put_body, same, shrink, snapshot
from scanner.history.model import Act, Chained, Copied, HistoryError, Pruned, RunRow
from scanner.history.schema import intervals, partials, runs
from scanner.run import Key, Run


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
            if schema.version(connection) == schema.VERSION:
                return
        # Two may open a database at once: the second sees what the first one did once it has the lock.
        with exclusive(self.engine, "", self.wait) as connection:
            if schema.version(connection) == 0:
                schema.create(connection)
            connection.commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def runs(self, policy: str | None = None) -> tuple[RunRow, ...]:
        """The runs of a policy, or of all of them, oldest first."""
        with snapshot(self.engine) as connection:
            return read.rows(connection, policy)

    def load(self, ref: str, policy: str | None = None) -> Run:
        """The run that `ref` means: its number, at least 4 characters of its digest, or "latest" or "previous", which
        count no partial runs.

        Raises HistoryError where it means none or several, and Tampered where the stored run is not the committed one.
        """
        with snapshot(self.engine) as connection:
            return read.load(connection, read.find(ref, read.rows(connection, policy)))

    def chain(self, policy: str, digest: str) -> tuple[Chained, ...]:
        """The runs of a policy up to the one with this digest, the oldest first: those that were not partial, and that
        one. Each tells the link that its digest is computed from, also where its entries were pruned.

        Raises HistoryError where there is no such run, and Tampered where a digest in the chain does not follow.
        """
        with snapshot(self.engine) as connection:
            return read.chain(connection, policy, digest)

    def acts(self, policy: str) -> tuple[Act, ...]:
        """What was kept, released and pruned, the oldest first; up to the first act that is not what was written."""
        with snapshot(self.engine) as connection:
            return read.done(connection, policy)[0]

    def verify_chain(self, policy: str) -> tuple[str, ...]:
        """What is wrong with a policy's runs: every digest is recomputed, every link to the run before is compared, and
        every act must have been possible. Nothing wrong is an empty tuple.

        Of a pruned run it says whether its digest follows from its link. A run without entries that no act pruned is
        wrong, and so is an act that prunes other runs than its rule takes. What cannot be told: who may write to the
        database may cut off the newest runs and acts together with their entries, write the chain anew, or prune by a
        rule that takes a run among others. Against that, keep the last digests elsewhere.
        """
        with snapshot(self.engine) as connection:
            return read.problems(connection, policy)

    def keep(self, policy: str, ref: str, why: str, *, at: datetime) -> RunRow:
        """Forbid that a run is pruned: a legal hold, with its reason. `at` is the moment by the caller's clock.

        Raises HistoryError where the run was pruned already or there is no reason, Tampered where acts were changed.
        """
        with self._alone(policy) as connection:
            return prune.keep(connection, policy, ref, why, at)

    def release(self, policy: str, ref: str, why: str, *, at: datetime) -> RunRow:
        """Allow again that a kept run is pruned. Raises as `keep` does, and HistoryError where it is not kept."""
        with self._alone(policy) as connection:
            return prune.release(connection, policy, ref, why, at)

    def prune(
        self, policy: str, *, at: datetime, before: datetime | None = None, last: int | None = None, dry: bool = False
    ) -> Pruned:
        """Take away the entries and bodies of old runs: those before a moment, all but the last ones that are not
        partial, or, where both are given, those of which both holds. Never the newest one that is not partial, and none
        that is kept. Their rows, links and digests stay, and the pruning is recorded with `at`, the caller's clock.
        With `dry` nothing is changed.

        Raises HistoryError where no rule is given, and Tampered where a run to prune is not what was committed.
        """
        with self._alone(policy, bodies=True, dry=dry) as connection:
            done = prune.prune(connection, policy, at, before, last)
        return done if dry or not done.runs else replace(done, file=shrink(self.engine))

    def copy_to(self, target: History, policy: str | None = None, *, prune: bool = False) -> tuple[Copied, ...]:
        """Copy the chains of a policy, or of all of them, to another history: runs, links and acts. A history that has
        the beginning of a chain gets the rest. Every digest is verified, in this history first and in the other one
        before its transaction ends, a policy at a time.

        Raises HistoryError where the other one has runs or acts that this one has not, or where runs that it holds
        were pruned here, which with `prune` are pruned there too; and Tampered where anything here is not what was
        committed.
        """
        if same(self.engine, target.engine):
            raise HistoryError("a history cannot be copied to itself: name another file")
        with snapshot(self.engine) as source:
            names = sorted({row.policy for row in read.rows(source, policy)})
            if not names:
                raise HistoryError(
                    f"there is no run of policy {policy!r} to copy" if policy else "there is no run to copy"
                )
            with snapshot(target.engine) as connection:
                for name in names:
                    transfer.check(source, connection, name, prune)
            done = tuple(self._copy(source, target, name, prune) for name in names)
        if any(each.pruned for each in done):
            shrink(target.engine)
        return done

    @staticmethod
    def _copy(source: Connection, target: History, policy: str, prune: bool) -> Copied:
        with target._alone(policy, bodies=prune) as connection:
            return transfer.copy(source, connection, policy, prune)

    @contextmanager
    def _alone(self, policy: str, *, bodies: bool = False, dry: bool = False) -> Iterator[Connection]:
        with exclusive(self.engine, policy, self.wait, alone=bodies) as connection:
            yield connection
            if not dry:
                connection.commit()

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
        if run.header["run"]["partial"]:
            self._keep(number, run)
        else:
            self._follow(number, last.number if last else 0, run)
        self._store([Fragment(run.header)])
        told = {**read.told(run.header), "digest": run.digest, "previous": run.previous}
        link = {"header": run.link.header, "entries": run.link.entries}
        self.connection.execute(insert(runs).values(number=number, **told, **link))
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
        put(self.connection, insert(partials), ({**place, **_entry(key, each)} for key, each in run.entries.items()))

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
        put(self.connection, update(intervals).where(intervals.c.id == bindparam("ident")).values(last_run=last), ended)
        begun = {key: each for key, each in run.entries.items() if key not in same}
        self._store(begun.values())
        place = {"policy": self.policy, "first_run": number}
        put(self.connection, insert(intervals), ({**place, **_entry(key, each)} for key, each in begun.items()))

    def _current(self) -> Iterable[Any]:
        columns = (intervals.c.id, intervals.c.kind, cast(intervals.c.key, LargeBinary), intervals.c.digest)
        return self.connection.execute(
            select(*columns).where(intervals.c.policy == self.policy, intervals.c.last_run.is_(None))
        )

    def _store(self, fragments: Iterable[Fragment]) -> None:
        # In the order of their digests, so that two writers of different policies cannot wait for each other.
        held = {each.digest: each for each in fragments}
        for chunk in by_size((digest, held[digest].data) for digest in sorted(held)):
            rows = [{"digest": digest, "body": schema.packed(body)} for digest, body in chunk]
            self.connection.execute(put_body(self.connection), rows)


def _entry(key: Key, fragment: Fragment) -> dict[str, object]:
    kind, name = key
    return {"kind": kind, "key": name.encode(), "digest": fragment.digest}
