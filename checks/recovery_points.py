"""Recovery points that nobody thinks of any more."""

from __future__ import annotations

from checks.check import Conditions, Fault, Severity, check, every
from scanner.facts import RecoveryPoint, Source, need


@check(
    "backup.orphans",
    severity=Severity.MEDIUM,
    fix="Delete the recovery point, or keep it by a plan with an end.",
    reads=(RecoveryPoint.sources,),
    by_trait=True,
    beside=("*snapshot*", "*backup*", "*recoverypoint*"),
)
def no_orphans(point: RecoveryPoint) -> Conditions:
    """No recovery point outlives what it was made of."""
    yield "source", lambda: every(point.sources, _orphaned)


def _orphaned(source: Source) -> Fault | None:
    return None if need(source.exists) else Fault(source.ref, f"{source.ref}, of which it was made, is gone")
