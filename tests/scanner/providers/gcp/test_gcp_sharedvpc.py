"""Shared VPC: the projects that use the network of another."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Connection, Known, Reason, Seen, Trust
from scanner.providers.gcp.sharedvpc import ASK, OTHERS, project_of
from tests.scanner.providers.gcp.policies import binding, policy
from tests.scanner.providers.gcp.states import COMPUTE, REFUSED, Data, gaps, items, state, value

NETWORK = "gcp.compute.network"
LINK = {"selfLink": f"{COMPUTE}/acme-prod/global/networks/prod"}
OWN = "//compute.googleapis.com/projects/acme-prod/global/networks/prod"


def role(told: Any) -> Data:
    return {"resource": {"data": {"xpnProjectStatus": told}}}


HOST, NO_HOST = role("HOST"), role("UNSPECIFIED_XPN_PROJECT_STATUS")


def machine(project: str, name: str = "web") -> Data:
    return {"name": f"//compute.googleapis.com/projects/{project}/zones/europe-west2-a/instances/{name}"}


@pytest.mark.parametrize(
    ("machines", "users"),
    [
        ([], []),
        ([machine("acme-prod")], []),
        ([machine("acme-test")], ["acme-test"]),
        ([machine("acme-test"), machine("acme-test", "db"), machine("acme-prod")], ["acme-test"]),
        ([machine("acme-test"), machine("acme-live")], ["acme-test", "acme-live"]),
        ([{"name": "//compute.googleapis.com/odd"}], []),
    ],
)
def test_who_uses_the_network_of_a_host(machines: list[Data], users: list[str]) -> None:
    found = value(NETWORK, Connection.ends, LINK, vpc=[HOST], machines=machines)
    ends = [(each.ref, each.account) for each in found.items]
    assert ends == [(OWN, "acme-prod"), *((f"//compute.googleapis.com/projects/{each}", each) for each in users)]
    assert found.gaps == (OTHERS,)


def test_only_a_host_lends_its_networks() -> None:
    (own,) = items(NETWORK, Connection.ends, {}, vpc=[NO_HOST], machines=[machine("acme-test")])
    assert own.ref == OWN


@pytest.mark.parametrize(
    ("asked", "data", "reason"),
    [
        ({"vpc": []}, LINK, Reason.NOT_ASKED),
        ({"vpc": REFUSED}, LINK, Reason.REFUSED),
        ({"vpc": [role(None)]}, LINK, Reason.SHAPE),
        ({"vpc": [role("GUEST")]}, LINK, Reason.SHAPE),
        ({"vpc": [HOST], "machines": REFUSED}, LINK, Reason.REFUSED),
        ({"vpc": [HOST]}, {}, Reason.SHAPE),
    ],
)
def test_what_is_not_known_of_a_shared_vpc(asked: Any, data: Data, reason: Reason) -> None:
    ends, reasons = gaps(NETWORK, Connection.ends, data, **asked)
    assert (len(ends), reasons) == (1, [reason])


def test_peerings_that_are_not_understood_hide_no_machines() -> None:
    found = value(NETWORK, Connection.ends, {**LINK, "peerings": "none"}, vpc=[HOST], machines=[machine("acme-test")])
    assert [each.account for each in found.items] == ["acme-prod", "acme-test"]


def test_whom_a_subnet_is_lent() -> None:
    name = "//compute.googleapis.com/projects/acme-prod/regions/europe-west2/subnetworks/shared"
    lent = policy(name, binding("roles/compute.networkUser", "serviceAccount:app@acme-test.iam.gserviceaccount.com"))
    found = state("gcp.compute.subnetwork", Trust.grantees, {}, name, policies=(lent,))
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    assert [each.account for each in found.value.items] == ["acme-test"]


def test_what_is_asked_for() -> None:
    assert {name: call.give["assetTypes"] for name, call in ASK.items()} == {
        "vpc": ["compute.googleapis.com/Project"],
        "machines": ["compute.googleapis.com/Instance"],
    }


@pytest.mark.parametrize(
    ("name", "project"),
    [
        ("//compute.googleapis.com/projects/acme-prod/global/networks/prod", "acme-prod"),
        ("//compute.googleapis.com/projects/acme-prod", "acme-prod"),
        ("//storage.googleapis.com/files", ""),
        ("projects/acme-prod", ""),
    ],
)
def test_the_project_in_a_name(name: str, project: str) -> None:
    assert project_of(name) == project
