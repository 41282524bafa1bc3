"""What organization policies demand of all that is new: which values are left, and what a group of them holds."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Defaults, Fact, Inapplicable, Known, Reason, Seen, Unknown
from scanner.places import countries_of
from tests.scanner.providers.gcp.policies import ORGANIZATION, PROJECT
from tests.scanner.providers.gcp.states import REFUSED, Data, state

PLACES, KEYS = "constraints/gcp.resourceLocations", "constraints/gcp.restrictNonCmekServices"
LONDON, FRANKFURT, ZURICH, BELGIUM = (f"gcp:europe-west{number}" for number in (2, 3, 6, 1))
IN_LONDON, IN_FRANKFURT = "in:europe-west2-locations", "in:europe-west3-locations"
DEFAULT: Data = {"restoreDefault": {}}
TAGGED: Data = {"condition": {"expression": "resource.matchTag('1/env', 'test')"}}
ANY, NONE = {"listPolicy": {"allValues": "ALLOW"}}, {"listPolicy": {"allValues": "DENY"}}
Gaps = list[Reason]
BOUND = ("gcp.project", "gcp.folder", "gcp.organization")


def allows(*values: str, **more: Any) -> Data:
    return {"listPolicy": {"allowedValues": list(values), **more}}


def denies(*values: str, **more: Any) -> Data:
    return {"listPolicy": {"deniedValues": list(values), **more}}


def inherits(form: Data) -> Data:
    return {"listPolicy": {**form["listPolicy"], "inheritFromParent": True}}


def seen(fact: Fact[Any], constraint: str, forms: dict[str, Data], kind: str = "gcp.project") -> Seen[Any]:
    policies = [{"name": name, "orgPolicy": [{"constraint": constraint, **form}]} for name, form in forms.items()]
    found = state(kind, fact, {}, orgpolicy=policies)
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    return found.value


def read(fact: Fact[Any], constraint: str, forms: dict[str, Data]) -> tuple[tuple[str, ...], Gaps]:
    found = seen(fact, constraint, forms)
    return found.items, [gap.reason for gap in found.gaps]


@pytest.mark.parametrize("kind", BOUND)
@pytest.mark.parametrize(
    ("forms", "places"),
    [
        ({}, ("unplaced",)),
        ({ORGANIZATION: allows(IN_LONDON)}, (LONDON,)),
        ({PROJECT: DEFAULT, ORGANIZATION: allows(IN_LONDON)}, ("unplaced",)),
        ({PROJECT: ANY, ORGANIZATION: allows(IN_LONDON)}, ("unplaced",)),
        ({PROJECT: NONE, ORGANIZATION: allows(IN_LONDON)}, ()),
    ],
)
def test_places_of_what_a_policy_binds(kind: str, forms: dict[str, Data], places: tuple[str, ...]) -> None:
    assert seen(Defaults.places, PLACES, forms, kind) == Seen(places)


@pytest.mark.parametrize(
    ("forms", "places"),
    [
        # What stands for itself: a region, a zone of one, a multi-region, and what nobody knows.
        ({PROJECT: allows("europe-west2", "is:europe-west3-a")}, (LONDON, FRANKFURT)),
        ({PROJECT: allows("eu", "global", "atlantis")}, ("gcp:atlantis", "gcp:eu", "global")),
        # The closest decides, unless it inherits.
        ({PROJECT: allows(IN_LONDON), ORGANIZATION: allows(IN_FRANKFURT)}, (LONDON,)),
        ({PROJECT: inherits(allows(IN_LONDON)), ORGANIZATION: allows(IN_FRANKFURT)}, (LONDON, FRANKFURT)),
        ({PROJECT: inherits(allows()), ORGANIZATION: allows(IN_FRANKFURT)}, (FRANKFURT,)),
        # What is denied is denied, even where it is allowed.
        ({PROJECT: inherits(denies(IN_LONDON)), ORGANIZATION: allows(IN_LONDON, IN_FRANKFURT)}, (FRANKFURT,)),
        ({PROJECT: inherits(denies(IN_LONDON)), ORGANIZATION: allows("europe-west2", IN_FRANKFURT)}, (FRANKFURT,)),
        ({PROJECT: inherits(denies("europe-west2")), ORGANIZATION: allows("is:europe-west2", "eu")}, ("gcp:eu",)),
        ({PROJECT: inherits(NONE), ORGANIZATION: allows(IN_LONDON)}, ()),
        ({PROJECT: inherits(allows(IN_LONDON)), ORGANIZATION: NONE}, ()),
        ({PROJECT: {"listPolicy": {"allowedValues": [IN_LONDON], "deniedValues": ["in:us-locations"]}}}, (LONDON,)),
        # A region's bare name is no zone of it.
        ({PROJECT: {"listPolicy": {"allowedValues": [IN_LONDON], "deniedValues": ["europe-west2"]}}}, (LONDON,)),
        ({PROJECT: {"listPolicy": {"allValues": "ALL_VALUES_UNSPECIFIED", "allowedValues": ["eu"]}}}, ("gcp:eu",)),
    ],
)
def test_places(forms: dict[str, Data], places: tuple[str, ...]) -> None:
    items, gaps = read(Defaults.places, PLACES, forms)
    assert set(items) == set(places)
    assert gaps == []


@pytest.mark.parametrize(
    ("forms", "places", "gaps"),
    [
        # What is left of everything is not worked out.
        ({PROJECT: denies("in:us-locations")}, (), [Reason.UNDECIDED]),
        ({PROJECT: inherits(denies("in:us-locations")), ORGANIZATION: DEFAULT}, (), [Reason.UNDECIDED]),
        # Nor what some and all are together.
        ({PROJECT: inherits(allows(IN_LONDON)), ORGANIZATION: DEFAULT}, (), [Reason.UNDECIDED]),
        ({PROJECT: inherits(allows(IN_LONDON)), ORGANIZATION: ANY}, (), [Reason.UNDECIDED]),
        ({PROJECT: inherits(allows(IN_LONDON))}, (), [Reason.UNDECIDED]),
        # A group that nobody knows, allowed or denied.
        ({PROJECT: allows("in:atlantis-locations", IN_LONDON)}, (LONDON,), [Reason.UNDECIDED]),
        ({PROJECT: inherits(denies("in:sea-locations")), ORGANIZATION: allows(IN_LONDON)}, (), [Reason.UNDECIDED]),
        # Forms that nobody foresaw.
        ({PROJECT: {"booleanPolicy": {"enforced": True}}}, (), [Reason.SHAPE]),
        ({PROJECT: {"listPolicy": {}}, ORGANIZATION: allows(IN_LONDON)}, (), [Reason.SHAPE]),
        ({PROJECT: {"listPolicy": {"allValues": "MOST"}}}, (), [Reason.SHAPE]),
        ({PROJECT: {"listPolicy": {"allowedValues": IN_LONDON}}}, (), [Reason.SHAPE]),
        ({PROJECT: allows(IN_LONDON, inheritFromParent="yes")}, (), [Reason.SHAPE]),
    ],
)
def test_places_that_are_not_known(forms: dict[str, Data], places: tuple[str, ...], gaps: Gaps) -> None:
    assert read(Defaults.places, PLACES, forms) == (places, gaps)


def test_a_group_that_nobody_knows_is_named() -> None:
    for form in (allows("in:atlantis-locations"), denies("in:atlantis-locations", allowedValues=[IN_LONDON])):
        (gap,) = seen(Defaults.places, PLACES, {PROJECT: form}).gaps
        assert gap.detail == "which places in:atlantis-locations holds is not known for certain"


def test_the_group_of_the_european_union() -> None:
    items, gaps = read(Defaults.places, PLACES, {PROJECT: allows("in:eu-locations")})
    assert {BELGIUM, FRANKFURT, "gcp:eu", "gcp:eur4"} <= set(items)
    # Not in the EU, in no known country, of another cloud, and of another operator's.
    assert set(items).isdisjoint(
        {LONDON, ZURICH, "gcp:eur5", "gcp:europe-west15", "aws:eu-west-1", "gcp:u-france-east1"}
    )
    assert gaps == []
    left, gaps = read(Defaults.places, PLACES, {PROJECT: allows("in:eu-locations", deniedValues=[IN_FRANKFURT])})
    assert set(items) - set(left) == {FRANKFURT}
    assert gaps == []


def test_the_group_of_the_united_states() -> None:
    items, gaps = read(Defaults.places, PLACES, {PROJECT: allows("in:us-locations")})
    assert {"gcp:us-central1", "gcp:us"} <= set(items)
    assert {country for each in items for country in countries_of(each)} == {"US"}
    assert gaps == []


def test_the_group_of_europe_may_grow() -> None:
    items, gaps = read(Defaults.places, PLACES, {PROJECT: allows("in:europe-locations")})
    assert {BELGIUM, LONDON, ZURICH} <= set(items)
    assert gaps == [Reason.UNDECIDED]


@pytest.mark.parametrize(
    ("forms", "services", "gaps"),
    [
        ({}, (), []),
        ({ORGANIZATION: denies("storage.googleapis.com")}, ("storage.googleapis.com",), []),
        ({PROJECT: denies("is:b.googleapis.com", "a.googleapis.com")}, ("a.googleapis.com", "b.googleapis.com"), []),
        ({PROJECT: denies("a.x"), ORGANIZATION: denies("b.x")}, ("a.x",), []),
        ({PROJECT: inherits(denies("a.x")), ORGANIZATION: denies("b.x")}, ("a.x", "b.x"), []),
        ({PROJECT: inherits(denies("a.x")), ORGANIZATION: DEFAULT}, ("a.x",), []),
        ({PROJECT: DEFAULT, ORGANIZATION: denies("b.x")}, (), []),
        ({PROJECT: ANY, ORGANIZATION: denies("b.x")}, (), []),
        ({PROJECT: NONE}, (), [Reason.UNDECIDED]),
        ({PROJECT: allows("a.x")}, (), [Reason.UNDECIDED]),
        ({PROJECT: inherits(denies("a.x")), ORGANIZATION: allows("b.x")}, ("a.x",), [Reason.UNDECIDED]),
        ({PROJECT: {"listPolicy": {"deniedValues": "a.x"}}}, (), [Reason.SHAPE]),
    ],
)
def test_services_that_demand_a_key(forms: dict[str, Data], services: tuple[str, ...], gaps: Gaps) -> None:
    assert read(Defaults.own_keys, KEYS, forms) == (services, gaps)


@pytest.mark.parametrize(("fact", "constraint"), [(Defaults.places, PLACES), (Defaults.own_keys, KEYS)])
def test_policies_that_are_not_shown(fact: Fact[Any], constraint: str) -> None:
    def gaps(**asked: Any) -> list[Reason]:
        found = state("gcp.project", fact, {}, **asked)
        assert isinstance(found, Known)
        assert isinstance(found.value, Seen)
        assert found.value.items == ()
        return [gap.reason for gap in found.value.gaps]

    rule = {"name": f"x/policies/{constraint.removeprefix('constraints/')}", "spec": {"rules": [TAGGED]}}
    assert gaps(orgpolicy=REFUSED) == [Reason.REFUSED]
    assert gaps(rules=REFUSED) == [Reason.REFUSED]
    assert gaps(nodes=[]) == [Reason.NOT_ASKED]
    assert gaps(rules=[{"resource": {"parent": PROJECT, "data": rule}}]) == [Reason.UNDECIDED]


@pytest.mark.parametrize("kind", BOUND[1:])
@pytest.mark.parametrize("fact", [Defaults.disks_encrypted, Defaults.public_blocked])
def test_what_is_judged_of_projects(kind: str, fact: Fact[Any]) -> None:
    assert isinstance(state(kind, fact, {}), Inapplicable)


@pytest.mark.parametrize("fact", [Defaults.places, Defaults.own_keys])
def test_other_clouds_do_not_tell(fact: Fact[Any]) -> None:
    from scanner.providers.aws.account import ACCOUNT
    from scanner.providers.aws.region import REGION
    from scanner.providers.azure.subscription import SUBSCRIPTION

    found = [[each({}, None) for each in kind.facts if each.fact is fact] for kind in (ACCOUNT, SUBSCRIPTION, REGION)]  # type: ignore[arg-type] # it reads nothing
    assert [type(each) for (each,) in found] == [Unknown, Unknown, Inapplicable]
    assert [each.reason for (each,) in found[:2]] == [Reason.NOT_ASKED] * 2  # type: ignore[union-attr] # both unknown
