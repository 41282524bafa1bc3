"""Which changes are worth a reader's attention, and why each came about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from reports.document import Cause, Change, Verdict

QUIET = (None, Verdict.PASS.value, Verdict.NOT_APPLICABLE.value)
MEANING = {
    Cause.RESOURCE: "something in the cloud changed",
    Cause.POLICY: "what is promised changed",
    Cause.VISIBILITY: "what could be seen changed, and nothing is known of the cloud itself",
    Cause.SCANNER: "another version of asdeclared, its tables or a plugin reads the same otherwise",
    Cause.CLOCK: "time passed: an exception or a decision of law ended, or an age was reached",
}
"""Each cause in words, in the order in which they are told."""
TURNS = ("newly fail", "can no longer be decided", "no longer fail")
OPEN = (Verdict.UNKNOWN.value, Verdict.ERROR.value)
_FIRST = ("promise", "policy", "scanner", "gap", "finding", "resource", "fact")


@dataclass(frozen=True, slots=True)
class Caused:
    """The notable changes of one cause, those of promises first."""

    cause: Cause
    meaning: str
    changes: tuple[Change, ...]


def notable(changes: Iterable[Change]) -> list[Change]:
    """The changes without those that merely follow from another: a resource that came or went brings or takes along a
    finding for every promise, and only those that do not hold are told.
    """
    return [change for change in changes if not _follows(change)]


def caused(changes: Iterable[Change]) -> tuple[Caused, ...]:
    """The notable changes by cause; a cause without any is left out."""
    told = sorted(notable(changes), key=lambda change: _FIRST.index(change.what))
    groups = ((cause, tuple(change for change in told if change.cause is cause)) for cause in MEANING)
    return tuple(Caused(cause, MEANING[cause], own) for cause, own in groups if own)


def turned(changes: Iterable[Change]) -> dict[str, int]:
    """How many findings turned to what, in words; what did not happen is left out."""
    counts = Counter(_turn(change) for change in changes if change.what == "finding")
    return {word: counts[word] for word in TURNS if counts[word]}


def _turn(change: Change) -> str:
    failed = change.before == Verdict.FAIL.value
    if change.after == Verdict.FAIL.value:
        return "" if failed else TURNS[0]
    if change.change == "not seen" or (change.after in OPEN and change.before not in OPEN):
        return TURNS[1]
    return TURNS[2] if failed else ""


def narrowed(change: Change) -> tuple[object, object]:
    """The value before and after; of two lists only the items that the other does not have."""
    before, after = change.before, change.after
    if not isinstance(before, list) or not isinstance(after, list):
        return before, after
    return [item for item in before if item not in after], [item for item in after if item not in before]


def _follows(change: Change) -> bool:
    if change.what != "finding" or change.change == "changed":
        return False
    return change.before in QUIET and change.after in QUIET
