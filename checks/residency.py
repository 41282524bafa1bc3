"""Residency: where data and its copies are."""

from __future__ import annotations

from datetime import date

from pydantic import Field, model_validator

from checks.check import Conditions, Fault, Parameters, Severity, check, every, some
from checks.parameters import PlaceName
from scanner.facts import Location, NotKnown, Reason, Tagging, Unknown, need
from scanner.places import Standing, standing_any, validate_wanted


class Where(Parameters):
    """The places where data may be."""

    places: tuple[PlaceName, ...] = Field((), description="any of these: provider region, country, EEA, EU, adequate")
    places_from_tag: str = Field("", description="the tag whose value names the place that the customer chose")

    @model_validator(mode="after")
    def _one(self) -> Where:
        if bool(self.places) == bool(self.places_from_tag):
            raise ValueError("give either places or places_from_tag")
        return self


def _asks(want: Where) -> tuple[object, ...]:
    return (Location.homes, Location.copies, *((Tagging.tags,) if want.places_from_tag else ()))


@check(
    "residency.places",
    severity=Severity.HIGH,
    fix="Move the data to a promised place and turn off the copies elsewhere, or change what is promised.",
    reads=(Location.homes, Location.copies, Tagging.tags),
    asks=_asks,
)
def kept_in_place(where: Location, tagging: Tagging, want: Where, today: date) -> Conditions:
    """Data and every copy of it are in the promised places, and nowhere else.

    Homes and copies are judged apart: a replica, a geo-redundant pair, a backup or a snapshot elsewhere breaks the
    promise as much as the data itself. A place whose country nobody knows, and a place that an adequacy decision covers
    only for some recipients, is unknown.
    """
    yield "homes", lambda: every(some(where.homes), lambda home: _home(need(home), wanted(tagging, want), today))
    yield (
        "copies",
        lambda: every(
            where.copies,
            lambda copy: outside(need(copy.place), f"{copy.kind} copy", wanted(tagging, want), today),
        ),
    )


def _home(home: str, places: tuple[str, ...], today: date) -> Fault | None:
    return outside(home, home, places, today)


def wanted(tagging: Tagging, want: Where) -> tuple[str, ...]:
    """The places that are wanted: the promised ones, or the one that the resource's tag names."""
    if want.places:
        return want.places
    chosen = tagging.tags.get(want.places_from_tag)
    if chosen is None:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"it has no tag {want.places_from_tag!r} that names a place"))
    try:
        validate_wanted(chosen)
    except ValueError as error:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"its tag {want.places_from_tag!r}: {error}")) from error
    return (chosen,)


def outside(place: str, what: str, places: tuple[str, ...], today: date) -> Fault | None:
    """The fault of a place that is not in any of the wanted ones. Raises NotKnown where that cannot be decided."""
    judged = standing_any(place, places, today)
    if judged.standing is Standing.INSIDE:
        return None
    why = judged.why if what == place else f"{what}: {judged.why}"
    if judged.standing is Standing.OUTSIDE:
        return Fault(place, why)
    raise NotKnown(Unknown(Reason.UNDECIDED, why))
