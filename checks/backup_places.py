"""Where backups lie."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from checks.check import Conditions, Severity, check, every, some
from checks.residency import Where, outside, wanted
from scanner.facts import Backup, Tagging, Unknown, need


def _asks(want: Where) -> tuple[object, ...]:
    return (Backup.plans, *((Tagging.tags,) if want.places_from_tag else ()))


@check(
    "backup.places",
    severity=Severity.HIGH,
    fix="Use local or zone redundancy for backups and vaults, and stop copying recovery points elsewhere.",
    reads=(Backup.plans, Tagging.tags),
    asks=_asks,
)
def backups_in_place(backup: Backup, tagging: Tagging, want: Where, today: date) -> Conditions:
    """Backups are in the promised places, and nowhere else: geo-redundant backups lie in the region's pair as well."""
    yield (
        "places",
        lambda: every(_places(backup), lambda place: outside(need(place), "backup", wanted(tagging, want), today)),
    )


def _places(backup: Backup) -> Iterator[str | Unknown]:
    for plan in backup.plans:
        yield from some(plan.places) if isinstance(plan.places, tuple) else (plan.places,)
