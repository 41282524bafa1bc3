"""Copying the chain of a policy from one history to another."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, LargeBinary, Table, cast, delete, insert, select, union

from scanner.history import prune, read
from scanner.history.database import CHUNK, put, put_body
from scanner.history.model import Act, Copied, HistoryError, RunRow, Tampered
from scanner.history.schema import acts, blobs, intervals, partials, runs


def check(source: Connection, target: Connection, policy: str, prune_too: bool) -> None:
    """Raise Tampered or HistoryError where a chain cannot be copied."""
    if found := read.problems(source, policy):
        raise Tampered(f"it is not copied: {found[0]}{f' (and {len(found) - 1} more)' if found[1:] else ''}")
    _gain(source, target, policy, prune_too)


def _gain(source: Connection, target: Connection, policy: str, prune_too: bool) -> Copied:
    """What the target lacks. Raises HistoryError where one chain is not the beginning of the other."""
    theirs, ours = read.rows(source, policy), read.rows(target, policy)
    acts_there, _ = read.done(source, policy)
    acts_here, wrong = read.done(target, policy)
    if wrong:
        raise Tampered(f"{wrong}: nothing can be copied on top of that")
    _same_runs(theirs, ours)
    _same_acts(policy, acts_there, acts_here)
    ahead = (len(theirs) - len(ours), len(acts_there) - len(acts_here))
    if min(ahead) < 0 < max(ahead):
        raise HistoryError(
            f"the histories of {policy!r} went on apart: the one that is written has {len(ours)} runs and "
            f"{len(acts_here)} acts, the one that is read {len(theirs)} and {len(acts_there)}"
        )
    if max(ahead) <= 0:
        return Copied(policy)
    lost = tuple(new for new, old in zip(theirs, ours, strict=False) if new.pruned and not old.pruned)
    if lost and not prune_too:
        raise HistoryError(
            f"{lost[0]} was pruned in the history that is read and is whole in the one that is written: import it with "
            "--prune, or export to a new file"
        )
    return Copied(policy, theirs[len(ours) :], ahead[1], lost)


def _same_runs(theirs: Sequence[RunRow], ours: Sequence[RunRow]) -> None:
    for new, old in zip(theirs, ours, strict=False):
        if _identity(new) != _identity(old):
            raise HistoryError(f"the histories differ from {old} on: the one that is read has {new}")


def _identity(row: RunRow) -> tuple[object, ...]:
    return row.number, row.digest, row.link, row.at, row.partial, row.verdict


def _same_acts(policy: str, theirs: Sequence[Act], ours: Sequence[Act]) -> None:
    for new, old in zip(theirs, ours, strict=False):
        if new != old:
            raise HistoryError(
                f"the histories of {policy!r} differ from act {old.number} on: {old.what} on {old.at} in the one "
                f"that is written, {new.what} on {new.at} in the one that is read"
            )


def copy(source: Connection, target: Connection, policy: str, prune_too: bool) -> Copied:
    """Bring the target to the state of the source, and verify it. Nothing is committed. Raises as `check` does."""
    gain = _gain(source, target, policy, prune_too)
    if not (gain.runs or gain.acts):
        return gain
    # The source holds all that the target has, so that its tables replace the target's: they were verified.
    _bodies(source, target, policy)
    for table in (intervals, partials, runs, acts):
        target.execute(delete(table).where(table.c.policy == policy))
        _rows(source, target, table, policy)
    if gain.pruned:
        prune.sweep(target, gain.pruned)
    if found := read.problems(target, policy):
        raise Tampered(f"the copy is not what was verified: {found[0]}")
    return gain


def _rows(source: Connection, target: Connection, table: Table, policy: str) -> None:
    columns = [column for column in table.c if column.name != "id"]
    whole = [cast(column, LargeBinary) if isinstance(column.type, LargeBinary) else column for column in columns]
    query = select(*(each.label(column.name) for each, column in zip(whole, columns, strict=True)))
    found = source.execute(query.where(table.c.policy == policy).execution_options(yield_per=CHUNK))
    put(target, insert(table), (dict(row) for row in found.mappings()))


def _bodies(source: Connection, target: Connection, policy: str) -> None:
    mine = (select(table.c.digest).where(table.c.policy == policy) for table in (intervals, partials))
    wanted = union(*mine, select(runs.c.header).where(runs.c.policy == policy)).subquery()
    query = select(blobs.c.digest, cast(blobs.c.body, LargeBinary).label("body"))
    query = query.where(blobs.c.digest.in_(select(wanted))).order_by(blobs.c.digest)
    found = source.execute(query.execution_options(yield_per=CHUNK))
    put(target, put_body(target), (dict(row) for row in found.mappings()))
