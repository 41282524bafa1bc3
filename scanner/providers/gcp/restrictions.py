"""What organization policies demand of all that is new: its place, and a key of the customer's own. They leave as it is
what is there already, and bind only the services that heed the constraint, and no resource without a choice of place.

Documents relied upon: https://docs.cloud.google.com/organization-policy/restrict-locations (the constraint
gcp.resourceLocations, and the groups that its values may name) and https://docs.cloud.google.com/kms/docs/cmek-org-policy
(gcp.restrictNonCmekServices). Both allow everything where no policy is set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from scanner.facts import Defaults, Reason, Unknown, View
from scanner.places import UNPLACED, Place, gcp, members_of, place, places
from scanner.providers.gcp.orgpolicy import ALL, ALL_VALUES, PATHS, Values, values

LOCATIONS = "constraints/gcp.resourceLocations"
WITHOUT_KEY = "constraints/gcp.restrictNonCmekServices"
EUROPE = "in:europe-locations"
"""It grows with Google's regions: a country that none of them is in today may come to it."""
REST = Unknown(Reason.UNDECIDED, "a policy denies some places and allows all others; which these are is not worked out")
MIXED = Unknown(
    Reason.UNDECIDED, "a policy that allows some places inherits from one that allows all; what both allow is not told"
)
ALLOWED = Unknown(
    Reason.UNDECIDED, "a policy does not name the services that it denies, but those that it allows, or denies all"
)


def allowed_places(view: View) -> Iterator[str | Unknown]:
    """The places where something new may be made: UNPLACED where no policy limits them."""
    found = values(view, LOCATIONS)
    if ALL in found.denied:
        return
    if not found.allowed - ALL_VALUES:
        yield REST if found.denied else UNPLACED
    elif ALL in found.allowed:
        yield MIXED
    else:
        yield from _left(found)


def _left(found: Values) -> Iterator[str | Unknown]:
    """What is allowed by name and not denied. That a region is denied by its bare name does not deny its zones, so it
    takes nothing from a group.
    """
    groups = [each for each in found.denied if each.startswith("in:")]
    if doubt := [each for each in sorted(groups) if not _is_whole(each)]:
        yield from map(_unsure, doubt)
        return
    denied = frozenset[str]().union(*map(_members, groups))
    for value in sorted(found.allowed - found.denied):
        yield from sorted(_members(value) - denied)
        if not _is_whole(value):
            yield _unsure(value)


def _unsure(group: str) -> Unknown:
    return Unknown(Reason.UNDECIDED, f"which places {group} holds is not known for certain")


def _is_whole(value: str) -> bool:
    return value != EUROPE and bool(_members(value))


def _members(value: str) -> frozenset[str]:
    """The places that a value stands for, as far as they are known: a region, zone or multi-region of this name, or
    those of a group, which has "in:" before its name.
    """
    if not value.startswith("in:"):
        return frozenset({gcp(value)})
    region = place(f"gcp:{value.removeprefix('in:').removesuffix('-locations')}")
    return frozenset({region.id}) if region and region.kind == "region" else _groups().get(value, frozenset())


@cache
def _groups() -> Mapping[str, frozenset[str]]:
    """The groups that Google defines by countries, with the places that lie in these and nowhere else."""
    eu = members_of("EU")
    countries = {"in:eu-locations": eu, "in:us-locations": frozenset({"US"}), EUROPE: eu | {"GB", "CH"}}
    return {group: frozenset(_within(codes)) for group, codes in countries.items()}


def _within(countries: frozenset[str]) -> Iterator[str]:
    return (each.id for each in places() if each.partition == "googleapis.com" and _lies_in(each, countries))


def _lies_in(found: Place, countries: frozenset[str]) -> bool:
    where = found.countries or found.candidates
    return bool(where) and countries.issuperset(where)


def services_with_own_key(view: View) -> Iterable[str | Unknown]:
    """The services that store nothing new without a customer's key, by the names of their APIs."""
    found = values(view, WITHOUT_KEY)
    yield from sorted(found.denied - ALL_VALUES)
    if ALL in found.denied or found.allowed - ALL_VALUES:
        yield ALLOWED


ANSWERS = (
    Defaults.places.items(allowed_places, *PATHS),
    Defaults.own_keys.items(services_with_own_key, *PATHS),
)
"""Of a project, a folder and an organization alike."""
