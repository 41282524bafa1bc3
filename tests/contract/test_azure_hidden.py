"""What Azure does not show, over real sockets: deny assignments, a refused Resource Graph, a storm, odd letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from scanner.collect.model import EVERYTHING, Options
from scanner.collect.plan import Wanted, plan
from scanner.collect.runner import Inventory, Record, collect
from scanner.demo.azure import AzureCloud
from scanner.demo.azure_access import Refusal
from scanner.demo.azure_estate import PRODUCTION, SHARED, TENANT, TEST, AzureEstate, Subscription
from scanner.demo.azure_estate import demo_estate as whole_estate
from scanner.demo.azure_governance import setting
from scanner.facts import Body, Inapplicable, Known, Reason, State, Where
from scanner.providers.azure import PROVIDER
from tests.contract.azure_services import GROUP, SERVICES

ESTATE = whole_estate(0).only(PRODUCTION, TEST, SHARED)
ALL = {"subscriptions": [PRODUCTION, TEST, SHARED]}
SUBSCRIPTION = GROUP.split("/")[2]
GROUP_BODY = {"id": GROUP, "name": "data", "type": "Microsoft.Resources/resourceGroups", "location": "uksouth"}
SMALL = AzureEstate((Subscription(SUBSCRIPTION, "data"),), (GROUP_BODY, *SERVICES))
TYPES = {kind.name: kind for kind in PROVIDER.types}
FACTS = frozenset(answer.fact.key for kind in PROVIDER.types for answer in kind.facts)
NO_GRAPH = Refusal("/providers/Microsoft.ResourceGraph")


def _collect(cloud: AzureCloud, scope: Mapping[str, Any] = ALL, workers: int = 4) -> Inventory:
    wanted = plan(PROVIDER.types, [Wanted("everything", FACTS, frozenset(TYPES))])
    session = PROVIDER.open(scope, Options(endpoint=cloud.endpoint, workers=workers))
    try:
        return collect(PROVIDER, session, wanted, workers=workers)
    finally:
        session.close()


def _deny(*actions: str, spared: tuple[str, ...] = ()) -> AzureEstate:
    permissions = [{"actions": list(actions), "notActions": list(spared), "dataActions": [], "notDataActions": []}]
    body = setting(TEST, "Microsoft.Authorization/denyAssignments", "d1", {"permissions": permissions})
    return AzureEstate(ESTATE.subscriptions, (*ESTATE.resources, body))


@pytest.mark.parametrize(
    ("estate", "gaps"),
    [
        (_deny("*"), 1),
        (_deny("*", spared=("*/read",)), 0),
        (_deny("*/write", "*/delete"), 0),
        (_deny("Microsoft.Storage/storageAccounts/read"), 1),
    ],
)
def test_a_deny_assignment_of_reads_is_a_gap(estate: AzureEstate, gaps: int) -> None:
    with AzureCloud(estate) as cloud:
        found = _collect(cloud)
    told = [(gap.account, gap.reason, gap.types, gap.permission) for gap in found.gaps]
    assert told == [(TEST, Reason.INCOMPLETE, (EVERYTHING,), "*/read")] * gaps
    assert all("deny assignment" in gap.detail and "denyAssignments" in gap.call for gap in found.gaps)
    assert cloud.writes == []


def test_deny_assignments_that_may_not_be_read_are_a_gap() -> None:
    action = "Microsoft.Authorization/denyAssignments/read"
    with AzureCloud(ESTATE, refuse=[Refusal(f"/subscriptions/{TEST}", action)]) as cloud:
        found = _collect(cloud)
    (gap,) = [gap for gap in found.gaps if gap.permission == action]
    assert (gap.account, gap.reason, gap.types) == (TEST, Reason.INCOMPLETE, (EVERYTHING,))
    assert "403 AuthorizationFailed" in gap.detail


def _known(record: Record) -> dict[str, object]:
    """The facts of a record: their values, without the evidence."""
    if not record.modelled:
        return {}
    where = Where("azure", record.account, record.region, record.partition)
    states = {answer.fact.key: answer(record.replies, where) for answer in TYPES[record.type].facts}
    return {key: _value(state) for key, state in states.items()}


def _value(state: State) -> object:
    match state:
        case Known(value):
            return value
        case Inapplicable(why):
            return why
    return state


@pytest.mark.parametrize("estate", [ESTATE, SMALL], ids=["demo", "services"])
def test_without_resource_graph_the_lists_of_arm_tell_the_same(estate: AzureEstate) -> None:
    scope = {"subscriptions": [each.id for each in estate.subscriptions]}
    with AzureCloud(estate) as whole:
        expected = _collect(whole, scope)
    with AzureCloud(estate, refuse=[NO_GRAPH], page=7) as cloud:
        found = _collect(cloud, scope)
    assert found.gaps == expected.gaps == ()
    assert [(each.id, each.type, each.region, each.name) for each in found.records] == [
        (each.id, each.type, each.region, each.name) for each in expected.records
    ]
    for one, other in zip(found.records, expected.records, strict=True):
        assert _known(one) == _known(other), one.id
    assert cloud.writes == []


def test_a_list_that_is_refused_as_well_is_a_gap_and_loses_nothing_else() -> None:
    refused = Refusal(f"/subscriptions/{PRODUCTION}", "Microsoft.Sql/servers/databases/read")
    with AzureCloud(ESTATE, refuse=[NO_GRAPH]) as whole:
        expected = _collect(whole)
    with AzureCloud(ESTATE, refuse=[NO_GRAPH, refused]) as cloud:
        found = _collect(cloud)
    assert {gap.account for gap in found.gaps} == {PRODUCTION}
    lost = {each.id for each in expected.records} - {each.id for each in found.records}
    assert lost
    assert all("/servers/" in each and each.startswith(f"/subscriptions/{PRODUCTION}") for each in lost)


def test_a_management_group_is_listed_without_resource_graph() -> None:
    with AzureCloud(ESTATE, refuse=[NO_GRAPH]) as cloud:
        found = _collect(cloud, {"management_groups": [TENANT]})
    assert [account.id for account in found.accounts] == [PRODUCTION, TEST, SHARED]
    assert [(gap.account, gap.reason) for gap in found.gaps] == [(TENANT, Reason.INCOMPLETE)]


def test_a_storm_of_429_loses_nothing_and_ends() -> None:
    test = ESTATE.only(TEST)
    with AzureCloud(test) as plain:
        expected = _collect(plain, {"subscriptions": [TEST]})
    with AzureCloud(test, throttle_every=3) as cloud:
        found = _collect(cloud, {"subscriptions": [TEST]}, workers=8)
    assert (found.gaps, found.records) == (expected.gaps, expected.records)
    assert len(cloud.requests) > 1.3 * len(plain.requests)


def test_ids_are_compared_without_case() -> None:
    def shouted(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "id": body["id"].upper()} if body["id"].count("/") == 8 else body

    loud = AzureEstate(SMALL.subscriptions, tuple(shouted(body) for body in SMALL.resources))
    with AzureCloud(SMALL) as plain, AzureCloud(loud) as cloud:
        expected, found = (_collect(each, {"subscriptions": [SUBSCRIPTION.upper()]}) for each in (plain, cloud))
    assert [each.id for each in found.records] == [each.id for each in expected.records]
    assert {each.id: _known(each).get("Protection.covers") for each in found.records} == {
        each.id: _known(each).get("Protection.covers") for each in expected.records
    }


def test_no_address_leaves_the_session() -> None:
    with AzureCloud(SMALL) as cloud:
        found = _collect(cloud, {"subscriptions": [SUBSCRIPTION]})
    (own,) = [each for each in found.records if each.type == "azure.subscription"]
    kept = [reply.fragment.data for reply in own.replies.values() if isinstance(reply, Body)]
    assert any(b'"emails":"some"' in data for data in kept)
    assert any(b'"smsReceivers":[{"name":"some"' in data for data in kept)
    assert not [data for data in kept if b"@example.com" in data or b"5550100" in data or b"on call" in data]
