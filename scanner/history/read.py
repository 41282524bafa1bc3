"""Reading a history: the list of runs, which run a reference means, and a run with its proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import orjson
from sqlalchemy import Connection, LargeBinary, Select, func, or_, select
from sqlalchemy import cast as as_type

from scanner.facts import Fragment, sha256
from scanner.history.model import HistoryError, RunRow, Tampered
from scanner.history.schema import blobs, intervals, partials, runs
from scanner.run import EntryKind, Key, Run

SHORTEST = 4
"""The fewest characters of a digest that name a run."""


def rows(connection: Connection, policy: str | None = None) -> tuple[RunRow, ...]:
    """The runs, of one policy or of all, in the order of their numbers."""
    query = select(*runs.c).order_by(runs.c.policy, runs.c.number)
    if policy is not None:
        query = query.where(runs.c.policy == policy)
    return tuple(RunRow(**row) for row in connection.execute(query).mappings())


def full(listed: Iterable[RunRow]) -> tuple[RunRow, ...]:
    """The runs that can be a baseline."""
    return tuple(row for row in listed if not row.partial)


def find(ref: str, listed: tuple[RunRow, ...]) -> RunRow:
    """The run that a reference means. Raises HistoryError where it means none or several."""
    found = {row.digest: row for row in _meant(ref, listed)}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise HistoryError(f"{ref!r} may mean {_names(found.values())}: name the policy or write more of the digest")
    if not listed:
        raise HistoryError(f"no run is {ref!r}: the history holds none")
    raise HistoryError(f"no run is {ref!r}: the last ones are {_names(listed[-5:])}")


def _meant(ref: str, listed: tuple[RunRow, ...]) -> Iterable[RunRow]:
    if ref in {"latest", "previous"}:
        nth = 1 if ref == "latest" else 2
        whole = [[row for row in full(listed) if row.policy == policy] for policy in {row.policy for row in listed}]
        return [each[-nth] for each in whole if len(each) >= nth]
    start = ref.lower() if len(ref) >= SHORTEST else None
    return [row for row in listed if str(row.number) == ref or (start is not None and row.digest.startswith(start))]


def _names(found: Iterable[RunRow]) -> str:
    return ", ".join(map(str, sorted(found, key=lambda row: (row.policy, row.number))))


def load(connection: Connection, row: RunRow) -> Run:
    """The run of a row, with its digest recomputed. Raises Tampered, naming the first thing that differs."""
    header = _header(connection, row)
    run = Run(header, _entries(connection, row), row.previous)
    if run.digest != row.digest:
        raise Tampered(f"{row}: its digest does not follow from its header, its list of entries and its previous run")
    return run


def _header(connection: Connection, row: RunRow) -> Mapping[str, Any]:
    body = connection.scalar(select(as_type(blobs.c.body, LargeBinary)).where(blobs.c.digest == row.header))
    if body is None or not _whole(body, row.header):
        raise Tampered(f"{row}: its header is missing or was changed")
    header: dict[str, Any] = orjson.loads(body)
    listed = {"at": row.at, "partial": row.partial, "verdict": row.verdict, "policy": row.policy}
    for name, value in told(header).items():
        if listed[name] != value:
            raise Tampered(f"{row}: the list of runs says {name} {listed[name]!r}, its header {value!r}")
    return header


def told(header: Mapping[str, Any]) -> dict[str, Any]:
    """What the list of runs repeats of a header."""
    return {
        "at": header["run"]["at"],
        "partial": header["run"]["partial"],
        "verdict": header["verdict"],
        "policy": header["policy"]["name"],
    }


def _entries(connection: Connection, row: RunRow) -> dict[Key, Fragment]:
    entries: dict[Key, Fragment] = {}
    wrong: list[tuple[Key, str]] = []
    for kind, name, digest, body in connection.execute(_listed(row)):
        key = (cast("EntryKind", kind), name.decode(errors="replace"))
        if key in entries:
            wrong.append((key, "is listed twice"))
        elif not _whole(body, digest):
            wrong.append((key, "is missing" if body is None else "was changed"))
        else:
            # It was just compared with its digest, so that is not computed again.
            entries[key] = Fragment.sealed(body, digest)
    if wrong:
        (kind, name), what = min(wrong)
        raise Tampered(f"{row}: the {kind} {name!r} {what}")
    return entries


def _listed(row: RunRow) -> Select[Any]:
    # SQLite lets anyone store text in a column of bytes; the casts make bytes of it again, which the digest judges.
    table = partials if row.partial else intervals
    body = as_type(blobs.c.body, LargeBinary)
    query = (
        select(table.c.kind, as_type(table.c.key, LargeBinary), table.c.digest, body)
        .select_from(table.outerjoin(blobs, table.c.digest == blobs.c.digest))
        .where(table.c.policy == row.policy)
    )
    if row.partial:
        return query.where(partials.c.number == row.number)
    ended = intervals.c.last_run
    return query.where(intervals.c.first_run <= row.number, or_(ended.is_(None), ended >= row.number))


def _whole(body: bytes | None, digest: str) -> bool:
    return body is not None and sha256(body) == digest


def problems(connection: Connection, policy: str) -> tuple[str, ...]:
    """What is wrong with the chain of a policy's runs. Raises HistoryError where it has none.

    Runs cut off at the end are noticed only where their entries are still there: keep the last digest elsewhere too.
    """
    listed = rows(connection, policy)
    if not listed:
        known = ", ".join(sorted({row.policy for row in rows(connection)})) or "none"
        raise HistoryError(f"the history holds no run of policy {policy!r}; its policies: {known}")
    found: list[str] = []
    link = ""
    for number, row in enumerate(listed, 1):
        found.extend(_problems(connection, row, number, link))
        link = link if row.partial else row.digest
    newest = connection.scalar(select(func.max(intervals.c.first_run)).where(intervals.c.policy == policy)) or 0
    if newest > listed[-1].number:
        found.append(f"run {newest} of {policy!r} has entries but is not in the list of runs")
    return tuple(found)


def _problems(connection: Connection, row: RunRow, number: int, link: str) -> Iterable[str]:
    if row.number != number:
        yield f"{row}: it is the {number}th of the list, so a run was taken out or renumbered"
    if row.previous != link:
        yield f"{row}: it follows {row.previous[:12] or 'nothing'}, but the run before it is {link[:12] or 'none'}"
    try:
        load(connection, row)
    except Tampered as error:
        yield str(error)
