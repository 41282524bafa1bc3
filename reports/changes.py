"""Which changes are worth a reader's attention."""

from __future__ import annotations

from collections.abc import Iterable

from reports.document import Change, Verdict

QUIET = (None, Verdict.PASS.value, Verdict.NOT_APPLICABLE.value)


def notable(changes: Iterable[Change]) -> list[Change]:
    """The changes without those that merely follow from another: a resource that came or went brings or takes along a
    finding for every promise, and only those that do not hold are told.
    """
    return [change for change in changes if not _follows(change)]


def _follows(change: Change) -> bool:
    if change.what != "finding" or change.change == "changed":
        return False
    return change.before in QUIET and change.after in QUIET
