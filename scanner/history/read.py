"""Reading a history: the list of runs, which run a reference means, and a run with its proof."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any, cast

import orjson
from sqlalchemy import Column, Connection, Integer, LargeBinary, Select, Table, Text, func, or_, select
from sqlalchemy import cast as as_type

from reports.text import visible
from scanner.facts import Fragment, canonical, sha256
from scanner.history import acts
from scanner.history.database import CHUNK
from scanner.history.model import Act, Chained, Gone, HistoryError, RunRow, Tampered
from scanner.history.schema import acts as acts_table
from scanner.history.schema import blobs, intervals, partials, runs, unpacked
from scanner.run import EntryKind, Key, Run
from scanner.shelf import Shelf

SHORTEST = 4
"""The fewest characters of a digest that name a run."""


def rows(connection: Connection, policy: str | None = None) -> tuple[RunRow, ...]:
    """The runs, of one policy or of all, in the order of their numbers, with what acts say of them. Raises Tampered
    where the list holds something that is no run.
    """
    query = select(*runs.c).order_by(runs.c.policy, runs.c.number)
    if policy is not None:
        query = query.where(runs.c.policy == policy)
    listed = [_row(row) for row in connection.execute(query).mappings()]
    marks = {name: acts.marks(done(connection, name)[0]) for name in {row.policy for row in listed}}
    return tuple(marks[row.policy].on(row) for row in listed)


def _row(found: Mapping[Any, Any]) -> RunRow:
    kinds = {"number": int, "partial": bool}
    for name, value in found.items():
        # SQLite lets anyone store any type in any column.
        if type(value) is not kinds.get(name, str):
            raise Tampered(f"the list of runs holds a {name} that is none: {str(value)[:40]!r}")
    return RunRow(**found)


def done(connection: Connection, policy: str) -> tuple[tuple[Act, ...], str]:
    """The acts of a policy up to the first that is not what was written, and what is wrong with that one."""
    table = acts_table
    query = select(table.c.number, table.c.digest, as_type(table.c.body, LargeBinary))
    stored = connection.execute(query.where(table.c.policy == policy).order_by(table.c.number))
    return acts.chain(policy, ((number, digest, body) for number, digest, body in stored))


def chain(connection: Connection, policy: str, digest: str) -> tuple[Chained, ...]:
    """The runs up to the one with this digest that were not partial, the oldest first, and that one. Raises
    HistoryError where there is none, and Tampered where a digest or a link in the chain does not follow.
    """
    listed = rows(connection, policy)
    last = next((row for row in listed if row.digest == digest), None)
    if last is None:
        raise HistoryError(f"policy {policy!r} has no run with the digest {digest}")
    before = [row for row in full(listed) if row.number < last.number]
    previous = ""
    for row in (*before, last):
        if row.link.digest != row.digest or row.previous != previous:
            raise Tampered(f"{row}: its digest or the run that it follows was changed")
        previous = row.digest
    return tuple(Chained(r.number, r.at, r.digest, r.link, r.pruned is not None) for r in (*before, last))


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
    """The run of a row, with its digest recomputed. Raises Tampered, naming the first thing that differs, and Gone
    where it was pruned.
    """
    if row.pruned:
        raise Gone(
            f"{row} was pruned on {visible(row.pruned.at)} as {row.pruned.rule}: its digest {row.digest} still proves "
            "its place in the chain, what it found is no longer stored"
        )
    run = Run(_header(connection, row), _entries(connection, row), row.previous)
    if run.digest != row.digest:
        raise Tampered(f"{row}: its digest does not follow from its header, its list of entries and its previous run")
    if run.link != row.link:
        raise Tampered(f"{row}: the digests in the list of runs do not follow from its header and its list of entries")
    return run


def _header(connection: Connection, row: RunRow) -> Mapping[str, Any]:
    body = connection.scalar(select(as_type(blobs.c.body, LargeBinary)).where(blobs.c.digest == row.header))
    if body is None or not _whole(body := unpacked(body), row.header):
        raise Tampered(f"{row}: its header is missing or was changed")
    try:
        header: dict[str, Any] = orjson.loads(body)
        says, written = told(header), canonical(header)
    except (ValueError, KeyError, TypeError) as error:
        raise Tampered(f"{row}: what is stored as its header is none") from error
    if written != body:
        raise Tampered(f"{row}: what is stored as its header is not canonical")
    listed = {"at": row.at, "partial": row.partial, "verdict": row.verdict, "policy": row.policy}
    for name, value in says.items():
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
    shelf = Shelf()
    wrong: list[tuple[Key, str]] = []
    for kind, name, digest, body in connection.execute(_listed(row).execution_options(yield_per=100)):
        key = (cast("EntryKind", kind), name.decode(errors="replace"))
        if key in entries:
            wrong.append((key, "is listed twice"))
        elif body is None or not _whole(body := unpacked(body), digest):
            wrong.append((key, "is missing" if body is None else "was changed"))
        else:
            # It was just compared with its digest, so that is not computed again.
            entries[key] = shelf.put(body, digest)
    if wrong:
        (kind, name), what = min(wrong)
        raise Tampered(f"{row}: the {kind} {name!r} {what}")
    return entries


def _listed(row: RunRow) -> Select[Any]:
    # SQLite lets anyone store text in a column of bytes; the casts make bytes of it again, which the digest judges.
    table = partials if row.partial else intervals
    body = as_type(blobs.c.body, LargeBinary)
    query = (
        select(as_type(table.c.kind, Text), as_type(table.c.key, LargeBinary), table.c.digest, body)
        .select_from(table.outerjoin(blobs, table.c.digest == blobs.c.digest))
        .where(table.c.policy == row.policy)
    )
    if row.partial:
        return query.where(partials.c.number == row.number)
    ended = intervals.c.last_run
    return query.where(intervals.c.first_run <= row.number, or_(ended.is_(None), ended >= row.number))


def _whole(body: bytes, digest: str) -> bool:
    return sha256(body) == digest


def prove(connection: Connection, policy: str, some: Iterable[RunRow]) -> None:
    """Recompute every digest of runs of a policy. Raises Tampered, naming the first thing that differs."""
    some = tuple(some)
    proven = _proven(connection, policy, some)
    for row in some:
        if row.number not in proven:
            load(connection, row)


def _proven(connection: Connection, policy: str, some: Iterable[RunRow]) -> set[int]:
    """The numbers of those runs that are just what was committed, as far as one pass over the entries and the bodies
    can tell: it is for many runs what loading is for one. What it does not prove must be loaded.
    """
    if not all(_bodies_whole(connection, policy, table) for table in (intervals, partials)):
        return set()
    some = [row for row in some if not row.pruned]
    lists = _lists(connection, policy, some)
    return {row.number for row in some if lists.get(row.number) == row.entries and _follows(connection, row)}


def _follows(connection: Connection, row: RunRow) -> bool:
    try:
        _header(connection, row)
    except Tampered:
        return False
    return row.link.digest == row.digest


def _bodies_whole(connection: Connection, policy: str, table: Table) -> bool:
    wanted = select(table.c.digest).where(table.c.policy == policy).distinct()
    body = as_type(blobs.c.body, LargeBinary)
    query = select(blobs.c.digest, body).where(blobs.c.digest.in_(wanted)).execution_options(yield_per=1000)
    count = 0
    for digest, found in connection.execute(query):
        if found is None or not _whole(unpacked(found), digest):
            return False
        count += 1
    return count == connection.scalar(select(func.count()).select_from(wanted.subquery()))


def _lists(connection: Connection, policy: str, some: Iterable[RunRow]) -> dict[int, str]:
    """The digests of the lists of entries of runs, by their numbers; none where any stored entry cannot be one."""
    try:
        whole = _spans(connection, policy, intervals.c.first_run, intervals.c.last_run)
        apart = _spans(connection, policy, partials.c.number, partials.c.number)
    except Tampered:
        return {}
    found = ((row.number, apart if row.partial else whole) for row in some)
    return {
        number: sha256(canonical([entry for entry, first, last in spans if first <= number <= last]))
        for number, spans in found
    }


def _spans(
    connection: Connection, policy: str, first: Column[Any], last: Column[Any]
) -> list[tuple[list[str], int, int]]:
    """The entries of a policy, in their order, with the first and the last run that have them."""
    table = first.table
    columns = (as_type(table.c.kind, Text), as_type(table.c.key, LargeBinary), table.c.digest, first, last)
    query = select(*columns).where(table.c.policy == policy).execution_options(yield_per=CHUNK)
    found = []
    for kind, name, digest, start, ended in connection.execute(query):
        end = sys.maxsize if ended is None else ended
        if [type(each) for each in (kind, name, digest, start, end)] != [str, bytes, str, int, int]:
            raise Tampered(f"an entry of {policy!r} is none")
        found.append(([kind, name.decode(errors="replace"), digest], start, end))
    return sorted(found)


def problems(connection: Connection, policy: str) -> tuple[str, ...]:
    """What is wrong with the chain of a policy's runs. Raises HistoryError where it has none.

    Runs cut off at the end are noticed only where their entries are still there, and acts cut off at the end only where
    they pruned something: keep the last digests elsewhere too.
    """
    listed = rows(connection, policy)
    if not listed:
        known = ", ".join(sorted({row.policy for row in rows(connection)})) or "none"
        raise HistoryError(f"the history holds no run of policy {policy!r}; its policies: {known}")
    told, wrong = done(connection, policy)
    found = [wrong] if wrong else []
    found.extend(acts.doubts(listed, told))
    proven = _proven(connection, policy, listed)
    link = ""
    for number, row in enumerate(listed, 1):
        found.extend(_misplaced(row, number, link))
        if row.number not in proven:
            found.extend(_tampered(connection, row))
        link = link if row.partial else row.digest
    found.extend(_strays(connection, policy, listed))
    return tuple(found)


def _misplaced(row: RunRow, number: int, link: str) -> Iterable[str]:
    if row.number != number:
        yield f"{row}: it is the {number}th of the list, so a run was taken out or renumbered"
    if row.previous != link:
        yield f"{row}: it follows {row.previous[:12] or 'nothing'}, but the run before it is {link[:12] or 'none'}"


def _tampered(connection: Connection, row: RunRow) -> Iterable[str]:
    """What is wrong with what is stored of one run. Of a pruned one only its link can be told."""
    if row.pruned:
        if row.link.digest != row.digest:
            yield f"{row}: its digest does not follow from its link"
        return
    try:
        load(connection, row)
    except Tampered as error:
        yield str(error)


def _strays(connection: Connection, policy: str, listed: tuple[RunRow, ...]) -> Iterable[str]:
    """Entries of runs that are pruned or not in the list."""
    known = {row.number: row for row in listed}
    found: set[Any] = set()
    for column in (intervals.c.first_run, intervals.c.last_run, partials.c.number):
        query = select(as_type(column, Integer)).where(column.table.c.policy == policy, column.is_not(None))
        found.update(connection.scalars(query.distinct()))
    for number in sorted(found):
        if number not in known:
            yield f"run {number} of {policy!r} has entries but is not in the list of runs"
        elif known[number].pruned:
            yield f"{known[number]}: it was pruned, but entries of it are there"
