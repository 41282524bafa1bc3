"""Flows: everything that holds data is counted, known or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from reports.document import Flow, PlaceSeen
from scanner import flows as module
from scanner.collect.runner import Record
from scanner.estate import Resource
from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    Duration,
    Inapplicable,
    Kind,
    Known,
    Location,
    LogStore,
    Membership,
    Plan,
    PlanKind,
    Reason,
    Seen,
    State,
    Unknown,
)
from scanner.flows import WHY, flows, groups

LONDON, DUBLIN = "aws:eu-west-2", "aws:eu-west-1"
REFUSED = Unknown(Reason.REFUSED, "refused, at length")
HOMES, COPIES, PLANS = Location.homes.key, Location.copies.key, Backup.plans.key
IN_LONDON = PlaceSeen(id=LONDON, name="Europe (London)", countries=("GB",))
IN_DUBLIN = PlaceSeen(id=DUBLIN, name="Europe (Ireland)", countries=("IE",))
NOWHERE = PlaceSeen(id="")


def known(*items: Any, gaps: tuple[Unknown, ...] = ()) -> Known[Any]:
    return Known(Seen(items, gaps))


def backed(places: Any) -> Plan:
    return Plan(PlanKind.SNAPSHOT, Duration.parse("7 days"), REFUSED, places, REFUSED, REFUSED)


def resource(number: int = 0, states: Mapping[str, State] | None = None, **changes: Any) -> Resource:
    values = {
        "id": f"arn:aws:s3:::bucket-{number}",
        "type": "aws.s3.bucket",
        "kind": Kind.DATA,
        "provider": "aws",
        "account": "111111111111",
        "region": "eu-west-2",
        "partition": "aws",
        "name": f"bucket-{number}",
        "replies": {},
        **changes,
    }
    everywhere = {Membership.environments.key: Known(frozenset({"production"})), HOMES: known(LONDON)}
    return Resource(Record(**values), {**everywhere, **(states or {})})


def counted(*resources: Resource) -> tuple[Flow, ...]:
    """The flows of an estate of these, where what any of them was asked was asked of all."""
    asked = frozenset(key for each in resources for key in each.states)
    return flows(Counter(group for each in resources for group in groups(each, asked)))


def told(*resources: Resource) -> list[tuple[str, PlaceSeen | None, PlaceSeen, str, int]]:
    return [(each.role, each.origin, each.place, each.why, each.count) for each in counted(*resources)]


def test_a_home_is_told_with_its_place() -> None:
    assert counted(resource(), resource(1)) == (
        Flow(
            provider="aws",
            type="aws.s3.bucket",
            environments=("production",),
            role="home",
            origin=None,
            place=IN_LONDON,
            why="",
            count=2,
        ),
    )


@pytest.mark.parametrize(
    ("homes", "expected"),
    [
        (known(LONDON, DUBLIN), [("home", None, IN_DUBLIN, "", 1), ("home", None, IN_LONDON, "", 1)]),
        (REFUSED, [("home", None, NOWHERE, "a call was refused", 1)]),
        (
            known(LONDON, gaps=(REFUSED,)),
            [("home", None, NOWHERE, "a call was refused", 1), ("home", None, IN_LONDON, "", 1)],
        ),
        (known("aws:nowhere"), [("home", None, NOWHERE, "the place is not in the tables", 1)]),
        (known("unplaced"), [("home", None, PlaceSeen(id="unplaced", name="no location set"), "", 1)]),
        (known("global"), [("home", None, PlaceSeen(id="global", name="anywhere in the world"), "", 1)]),
        (Inapplicable("it holds nothing"), []),
        (known(), []),
    ],
)
def test_homes_are_told_known_or_not(homes: State, expected: list[Any]) -> None:
    assert told(resource(states={HOMES: homes})) == expected


def test_a_home_that_was_not_asked_is_counted() -> None:
    unasked = resource()
    states = {key: state for key, state in unasked.states.items() if key != HOMES}
    assert told(Resource(unasked.record, states)) == [("home", None, NOWHERE, "it was not asked", 1)]
    found = told(Resource(unasked.record, states), resource(1))
    assert ("home", None, NOWHERE, WHY[Reason.UNMODELLED], 1) in found


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_few_words(reason: Reason) -> None:
    found = told(resource(states={HOMES: Unknown(reason, "detail " * 20)}))
    assert found == [("home", None, NOWHERE, WHY[reason], 1)]


@pytest.mark.parametrize(
    ("key", "state", "expected"),
    [
        (COPIES, known(Copy(CopyKind.REPLICA, DUBLIN)), [("replica", IN_LONDON, IN_DUBLIN, "", 1)]),
        (COPIES, known(Copy(CopyKind.CDN, REFUSED)), [("cdn", IN_LONDON, NOWHERE, "a call was refused", 1)]),
        (COPIES, known(gaps=(REFUSED,)), [("copy", IN_LONDON, NOWHERE, "a call was refused", 1)]),
        (COPIES, REFUSED, [("copy", IN_LONDON, NOWHERE, "a call was refused", 1)]),
        (COPIES, known(), []),
        (COPIES, Inapplicable("no copies"), []),
        (
            PLANS,
            known(backed((DUBLIN, LONDON)), backed((DUBLIN,))),
            [("backup", IN_LONDON, IN_DUBLIN, "", 1), ("backup", IN_LONDON, IN_LONDON, "", 1)],
        ),
        (PLANS, known(backed(REFUSED)), [("backup", IN_LONDON, NOWHERE, "a call was refused", 1)]),
        (PLANS, known(gaps=(REFUSED,)), [("backup", IN_LONDON, NOWHERE, "a call was refused", 1)]),
        (PLANS, REFUSED, [("backup", IN_LONDON, NOWHERE, "a call was refused", 1)]),
    ],
)
def test_copies_and_backups_come_from_the_home(key: str, state: State, expected: list[Any]) -> None:
    found = told(resource(states={key: state}))
    assert [each for each in found if each[0] != "home"] == expected


@pytest.mark.parametrize("homes", [known(LONDON, DUBLIN), known(LONDON, gaps=(REFUSED,)), REFUSED, known()])
def test_a_copy_of_what_is_not_in_one_place_has_no_origin(homes: State) -> None:
    found = told(resource(states={HOMES: homes, COPIES: known(Copy(CopyKind.REPLICA, DUBLIN))}))
    assert [each for each in found if each[0] == "replica"] == [("replica", None, IN_DUBLIN, "", 1)]


def test_what_nobody_was_asked_is_left_out_and_what_one_was_not_is_counted() -> None:
    assert {each[0] for each in told(resource())} == {"home"}
    found = told(resource(), resource(1, {COPIES: known(), PLANS: known()}))
    assert ("copy", IN_LONDON, NOWHERE, WHY[Reason.UNMODELLED], 1) in found
    assert ("backup", IN_LONDON, NOWHERE, WHY[Reason.UNMODELLED], 1) in found
    assert len(found) == 3


@pytest.mark.parametrize(
    ("retention", "role"),
    [(known(Duration.parse("7 days")), "log"), (REFUSED, "log"), (Inapplicable("no log"), "home")],
)
def test_the_home_of_a_log_store_is_of_logs(retention: State, role: str) -> None:
    assert [each[0] for each in told(resource(states={LogStore.retention.key: retention}))] == [role]


@pytest.mark.parametrize(("kind", "count"), [(Kind.DATA, 1), (Kind.UNCLASSIFIED, 1), (Kind.CONFIG, 0)])
def test_only_what_holds_data_or_may_is_told(kind: Kind, count: int) -> None:
    assert len(told(resource(kind=kind))) == count


@pytest.mark.parametrize(
    ("state", "environments"),
    [
        (Known(frozenset({"test", "production"})), ("production", "test")),
        (Known(frozenset()), ()),
        (REFUSED, None),
    ],
)
def test_environments_are_told_known_or_not(state: State, environments: tuple[str, ...] | None) -> None:
    (found,) = counted(resource(states={Membership.environments.key: state}))
    assert found.environments == environments


def test_small_groups_are_put_together_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    copies = {COPIES: known(Copy(CopyKind.REPLICA, DUBLIN))}
    resources = [resource(n, {COPIES: known()}) for n in range(3)]
    resources += [resource(9, copies, type="a"), resource(10, copies, type="b")]
    found = counted(*resources)
    assert sum(each.count for each in found if each.role == "home") == 5
    assert {(each.role, each.type, each.environments, each.place.id, each.count) for each in found} == {
        ("home", "aws.s3.bucket", ("production",), LONDON, 3),
        ("home", "others", None, LONDON, 2),
        ("replica", "others", None, DUBLIN, 2),
    }
    assert all(each.origin is None for each in found)


def test_the_order_of_the_estate_does_not_matter() -> None:
    resources = (
        resource(1, {COPIES: known(Copy(CopyKind.REPLICA, DUBLIN))}),
        resource(2, {HOMES: REFUSED, Membership.environments.key: REFUSED}),
        resource(3, type="a", provider="gcp"),
    )
    assert counted(*resources) == counted(*resources[::-1])


def test_an_empty_estate_has_none() -> None:
    assert counted() == ()
