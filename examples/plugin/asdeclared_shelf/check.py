"""A check of one's own, for every provider."""

from __future__ import annotations

from collections.abc import Iterator

from checks.check import Conditions, Fault, Severity, check
from scanner.facts import Location, Unknown


@check(
    "residency.one-home",
    severity=Severity.LOW,
    fix="Keep the data in one place, and copy it by plan.",
    reads=(Location.homes,),
)
def one_home(where: Location) -> Conditions:
    """Data has one home, and not several."""

    def homes() -> Iterator[Fault | Unknown]:
        found = sorted(set(where.homes))
        if len(found) > 1:
            yield Fault(", ".join(found), f"its homes are {', '.join(found)}")

    yield "one home", homes
