"""Acts: what was kept, released and pruned, told from their chain, and whether that chain can be true."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from pydantic import ValidationError

from scanner.facts import sha256
from scanner.history.model import Act, Named, RunRow, Tampered


@dataclass(slots=True)
class Marks:
    """What a policy's acts amount to: the acts by the numbers of the runs that they hold of."""

    kept: dict[int, Act] = field(default_factory=dict)
    pruned: dict[int, Act] = field(default_factory=dict)

    def add(self, act: Act) -> None:
        """Take one more act into account."""
        for run in act.runs:
            match act.what:
                case "keep":
                    self.kept[run.number] = act
                case "release":
                    self.kept.pop(run.number, None)
                case "prune":
                    self.pruned[run.number] = act

    def on(self, row: RunRow) -> RunRow:
        """The row with what holds of it."""
        return replace(row, pruned=self.pruned.get(row.number), kept=self.kept.get(row.number))


def marks(told: Iterable[Act]) -> Marks:
    """What acts amount to, the oldest first."""
    made = Marks()
    for act in told:
        made.add(act)
    return made


def chain(policy: str, stored: Iterable[tuple[object, object, object]]) -> tuple[tuple[Act, ...], str]:
    """The acts of a policy from what is stored (number, digest, body), up to the first that is not what was written,
    and what is wrong with that one ("" for nothing).
    """
    made: list[Act] = []
    for number, digest, body in stored:
        act = _act(body)
        previous = made[-1].digest if made else ""
        expected = (policy, len(made) + 1, previous)
        whole = act is not None and act.body == body and act.digest == digest == sha256(act.body)
        if act is None or not whole or number != act.number or (act.policy, act.number, act.previous) != expected:
            return tuple(made), f"act {len(made) + 1} of {policy!r} is missing or was changed"
        made.append(act)
    return tuple(made), ""


def _act(body: object) -> Act | None:
    try:
        return Act.model_validate_json(body) if isinstance(body, bytes) else None
    except ValidationError:
        return None


def named(row: RunRow) -> Named:
    """The run of a row as an act names it."""
    return Named(number=row.number, digest=row.digest, at=row.at, verdict=row.verdict)


def moment(text: str, whose: object) -> datetime:
    """The moment that stored text tells; UTC unless it says otherwise. Raises Tampered where it tells none."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Tampered(f"{whose}: its clock is no time") from error


def taken(listed: Sequence[RunRow], before: str | None, last: int | None) -> Iterator[RunRow]:
    """The runs that a rule takes of those listed, the oldest first: older than `before` and, of those that are not
    partial, not among the last `last`; where both are given, both must hold. A partial run counts as the run that it
    follows. Never the newest run that is not partial, what follows it, a kept one, or one that was taken before.
    """
    if before is None and last is None:
        return
    whole = [row.number for row in listed if not row.partial]
    bound = whole[-max(1, last or 1) :][0] if whole else 0
    limit = moment(before, "the rule") if before is not None else None
    for row in listed:
        if row.kept or row.pruned or row.number >= bound:
            continue
        if limit is None or moment(row.at, row) < limit:
            yield row


def doubts(listed: Sequence[RunRow], told: Iterable[Act]) -> Iterator[str]:
    """What cannot be true of the acts: done one by one, each must name runs of the list, and a pruning just those that
    its rule takes. So a run whose entries were taken away by hand cannot be called pruned unless all that the rule
    would have taken are gone too.
    """
    rows = {row.number: replace(row, pruned=None, kept=None) for row in listed}
    done, newest = Marks(), 0
    for act in told:
        yield from (f"act {act.number} of {act.policy!r}: {each}" for each in _doubts(rows, done, act, newest))
        newest = act.newest.number
        done.add(act)


def _doubts(rows: Mapping[int, RunRow], done: Marks, act: Act, newest: int) -> Iterator[str]:
    for run in (act.newest, *act.runs):
        if run.number not in rows or named(rows[run.number]) != run:
            yield f"it names run {run.number} ({run.digest[:12]}), which is not so in the list of runs"
    if act.newest.number < newest:
        yield f"run {act.newest.number} was no longer the newest"
    numbers = [run.number for run in act.runs]
    if act.what != "prune":
        held = [number for number in numbers if number in (done.kept if act.what == "release" else done.pruned)]
        if len(numbers) != 1 or bool(held) != (act.what == "release") or numbers[0] > act.newest.number:
            yield f"it could not {act.what} run {', '.join(map(str, numbers)) or 'none'}"
        return
    then = [done.on(row) for number, row in sorted(rows.items()) if number <= act.newest.number]
    try:
        expected = [row.number for row in taken(then, act.before, act.last)]
    except Tampered as error:
        yield str(error)
        return
    if numbers != expected:
        yield f"its rule ({act.rule}) takes the runs {_listed(expected)}, it names {_listed(numbers)}"


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers)) or "none"
