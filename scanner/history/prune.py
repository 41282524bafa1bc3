"""Keeping runs, releasing them, and taking away the entries of old ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, delete, except_, func, insert, or_, select, update

from scanner.history import acts, read
from scanner.history.database import chunks
from scanner.history.model import Act, HistoryError, Pruned, RunRow, Tampered
from scanner.history.schema import acts as table
from scanner.history.schema import blobs, intervals, partials, runs


def keep(connection: Connection, policy: str, ref: str, why: str, at: datetime) -> RunRow:
    """Forbid that a run is pruned. Raises HistoryError where it was already, or no reason is given."""
    row = read.find(ref, _sound(connection, policy))
    if row.pruned:
        raise HistoryError(f"{row} was pruned on {row.pruned.at}: there is nothing left to keep")
    return _hold(connection, "keep", row, why, at)


def release(connection: Connection, policy: str, ref: str, why: str, at: datetime) -> RunRow:
    """Allow again that a run is pruned. Raises HistoryError where it is not kept."""
    row = read.find(ref, _sound(connection, policy))
    if not row.kept:
        raise HistoryError(f"{row} is not kept: there is nothing to release")
    return _hold(connection, "release", row, why, at)


def _hold(connection: Connection, what: str, row: RunRow, why: str, at: datetime) -> RunRow:
    if not why.strip():
        raise HistoryError(f"say why you {what} {row}")
    act = _done(connection, {"what": what, "why": why.strip()}, [row], at)
    return replace(row, kept=act if what == "keep" else None)


def prune(connection: Connection, policy: str, at: datetime, before: datetime | None, last: int | None) -> Pruned:
    """Take away the entries of the runs that a rule takes. Raises HistoryError for a rule that says nothing, and
    Tampered where a run that it takes is not what was committed: pruning must not cover that up.
    """
    if (before is None and last is None) or (last is not None and last < 1):
        raise HistoryError("say which runs to prune: those before a moment, or all but the last ones (1 or more)")
    listed = _sound(connection, policy)
    start = _utc(before) if before else None
    taken = list(acts.taken(listed, start, last))
    free = {row.number for row in acts.taken([replace(row, kept=None) for row in listed], start, last)}
    kept = tuple(row for row in listed if row.kept and row.number in free)
    if not taken:
        return Pruned((), kept)
    read.prove(connection, policy, taken)
    act = _done(connection, {"what": "prune", "before": start, "last": last}, taken, at)
    pruned = tuple(replace(row, pruned=act) for row in taken)
    entries = trim(connection, policy, taken, listed)
    bodies, freed = sweep(connection, taken)
    return Pruned(pruned, kept, entries, bodies, freed)


def _utc(moment: datetime) -> str:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _sound(connection: Connection, policy: str) -> tuple[RunRow, ...]:
    """The runs of a policy. Raises Tampered where the acts are not what was written: a hold could be missing."""
    listed = read.rows(connection, policy)
    told, wrong = read.done(connection, policy)
    if wrong := wrong or next(acts.doubts(listed, told), ""):
        raise Tampered(f"{wrong}: nothing can be kept, released or pruned on top of that")
    return listed


def _done(connection: Connection, said: Mapping[str, Any], some: Sequence[RunRow], at: datetime) -> Act:
    """Record an act."""
    policy = some[0].policy
    told, _ = read.done(connection, policy)
    act = Act(
        **said,
        policy=policy,
        number=len(told) + 1,
        previous=told[-1].digest if told else "",
        at=_utc(at),
        newest=acts.named(read.rows(connection, policy)[-1]),
        runs=tuple(map(acts.named, some)),
    )
    connection.execute(insert(table).values(policy=policy, number=act.number, digest=act.digest, body=act.body))
    return act


def trim(connection: Connection, policy: str, taken: Sequence[RunRow], listed: Sequence[RunRow]) -> int:
    """Take the runs out of the intervals: each then begins and ends with a run that is left, and one that has none is
    deleted. Returns the number of those, and of the entries of partial runs that were deleted.
    """
    gone = {row.number for row in taken}
    left = [row.number for row in listed if not row.partial and not row.pruned and row.number not in gone]
    count = 0
    for before, after in pairwise([0, *left]):
        if any(before < number < after for number in gone):
            count += _cut(connection, policy, before, after)
    for row in taken:
        if row.partial:
            one = (partials.c.policy == policy, partials.c.number == row.number)
            count += connection.execute(delete(partials).where(*one)).rowcount
    return count


def _cut(connection: Connection, policy: str, before: int, after: int) -> int:
    """Take the runs between two that are left out of the intervals."""
    first, last, mine = intervals.c.first_run, intervals.c.last_run, intervals.c.policy == policy
    found = connection.execute(delete(intervals).where(mine, first > before, last < after))
    ends = (first <= before, last > before, last < after)
    connection.execute(update(intervals).where(mine, *ends).values(last_run=before))
    begins = (first > before, first < after, or_(last.is_(None), last >= after))
    connection.execute(update(intervals).where(mine, *begins).values(first_run=after))
    return found.rowcount


def sweep(connection: Connection, taken: Iterable[RunRow]) -> tuple[int, int]:
    """Delete the bodies that no run of any policy needs any more. Returns their number and their size in bytes."""
    gone = {(row.policy, row.number) for row in taken}
    listed = read.rows(connection)
    live = {row.header for row in listed if not row.pruned and (row.policy, row.number) not in gone}
    headers = sorted({row.header for row in listed} - live)
    count = size = 0
    for chunk in chunks(list(_orphans(connection, headers))):
        these = blobs.c.digest.in_(chunk)
        size += int(connection.scalar(select(func.sum(func.length(blobs.c.body))).where(these)) or 0)
        count += connection.execute(delete(blobs).where(these)).rowcount
    return count, size


def _orphans(connection: Connection, headers: Sequence[str]) -> Iterator[str]:
    # Set operations, because "not in" and "not exists" are each slow on one of the databases.
    entries = (select(intervals.c.digest), select(partials.c.digest))
    yield from connection.scalars(except_(select(blobs.c.digest), *entries, select(runs.c.header)))
    for chunk in chunks(headers):
        yield from connection.scalars(except_(select(blobs.c.digest).where(blobs.c.digest.in_(chunk)), *entries))
