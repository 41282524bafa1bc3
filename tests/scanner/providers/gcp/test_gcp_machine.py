"""Virtual machines: from assets to the states of facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    Exposure,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Unknown,
)
from tests.scanner.providers.gcp.states import COMPUTE, LONDON, PROJECT, Data, gaps, items, reason, refs, state, value

MACHINE = "gcp.compute.instance"
NAME = f"//compute.googleapis.com/{PROJECT}/zones/europe-west2-a/instances/web"
LOCAL: Data = {"disks": [{"type": "PERSISTENT"}, {"type": "SCRATCH"}]}
AT_REST: tuple[tuple[Any, object], ...] = (
    (EncryptionAtRest.state, AtRest.ENCRYPTED),
    (EncryptionAtRest.owner, KeyOwner.PROVIDER),
    (EncryptionAtRest.key, "provider"),
)


def test_where_a_machine_is() -> None:
    assert items(MACHINE, Location.homes, {"zone": f"{COMPUTE}/acme-prod/zones/europe-west2-a"}) == (LONDON,)
    assert gaps(MACHINE, Location.homes, {}) == ((), [Reason.SHAPE])
    assert items(MACHINE, Location.copies, {}) == ()


@pytest.mark.parametrize(("fact", "wanted"), AT_REST)
def test_a_local_disk(fact: Any, wanted: object) -> None:
    assert value(MACHINE, fact, LOCAL) == wanted
    # A disk is persistent unless it says otherwise, and then a resource of its own.
    for disks in ([], [{"source": "d"}], [{"type": "PERSISTENT"}]):
        assert isinstance(state(MACHINE, fact, {"disks": disks}), Inapplicable)
    assert isinstance(state(MACHINE, fact, {}), Inapplicable)
    assert reason(MACHINE, fact, {"disks": [{"type": "TAPE"}]}) is Reason.SHAPE
    assert reason(MACHINE, fact, {"disks": "none"}) is Reason.SHAPE


@pytest.mark.parametrize(
    ("data", "why", "about"),
    [
        ({"networkInterfaces": [{}]}, Reason.UNDECIDED, "load balancer"),
        ({"networkInterfaces": [{"accessConfigs": []}]}, Reason.UNDECIDED, "load balancer"),
        ({"networkInterfaces": [{}, {"accessConfigs": [{"type": "ONE_TO_ONE_NAT"}]}]}, Reason.UNDECIDED, "firewall"),
        ({"networkInterfaces": [{"ipv6AccessConfigs": [{"type": "DIRECT_IPV6"}]}]}, Reason.UNDECIDED, "firewall"),
        ({}, Reason.SHAPE, "networkInterfaces"),
        ({"networkInterfaces": [{"accessConfigs": "one"}]}, Reason.SHAPE, "accessConfigs"),
    ],
)
def test_a_public_address_alone_decides_nothing(data: Data, why: Reason, about: str) -> None:
    found = state(MACHINE, Exposure.public, data)
    assert isinstance(found, Unknown)
    assert found.reason is why
    assert about in found.detail


def test_what_a_machine_was_made_from() -> None:
    data = {"sourceMachineImage": f"{COMPUTE}/acme-prod/global/machineImages/golden"}
    origins, unseen = gaps(MACHINE, Lineage.origins, data, NAME)
    assert refs(origins) == [f"//compute.googleapis.com/{PROJECT}/global/machineImages/golden"]
    assert unseen == [Reason.NOT_ASKED]
    assert gaps(MACHINE, Lineage.origins, {}, NAME) == ((), [Reason.NOT_ASKED])
    assert gaps(MACHINE, Lineage.origins, {"sourceMachineImage": 7}, NAME) == ((), [Reason.SHAPE])
