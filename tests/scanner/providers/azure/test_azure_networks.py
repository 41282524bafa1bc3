"""The ends of a virtual network by its peerings, the unknown rows included."""

from __future__ import annotations

import pytest

from scanner.facts import Reason
from scanner.providers.azure.network import NETWORK
from tests.scanner.providers.azure.azure_states import BASE, Json, seen, state

REMOTE = (
    "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/T"
)


def _vnet(*peerings: Json) -> Json:
    own = f"{BASE}/Microsoft.Network/virtualNetworks/V"
    return {"id": own, "name": "V", "properties": {"virtualNetworkPeerings": list(peerings)}}


def _peering(state: str | None, remote: str | None = REMOTE) -> Json:
    return {"properties": {"peeringState": state, "remoteVirtualNetwork": {"id": remote}}}


@pytest.mark.parametrize(
    ("peerings", "accounts", "reasons"),
    [
        ([], [1], []),
        ([_peering("Connected")], [1, 2], []),
        ([_peering("Initiated")], [1, 2], []),
        ([_peering("Disconnected")], [1], []),
        ([_peering(None), _peering("Connected")], [1, 2], [Reason.SHAPE]),
        ([_peering("Connected", None)], [1], [Reason.SHAPE]),
        ([_peering("Connected", "/elsewhere")], [1], [Reason.SHAPE]),
    ],
)
def test_the_ends_of_a_network(peerings: list[Json], accounts: list[int], reasons: list[Reason]) -> None:
    found = seen(state(NETWORK, "Connection.ends", item=_vnet(*peerings)))
    assert [end.account for end in found.items] == [f"00000000-0000-0000-0000-00000000000{n}" for n in accounts]
    assert all(end.ref == end.ref.lower() for end in found.items)
    assert [gap.reason for gap in found.gaps] == reasons


def test_a_network_whose_peerings_are_not_there_has_a_gap() -> None:
    found = seen(state(NETWORK, "Connection.ends", item={**_vnet(), "properties": {}}))
    assert (len(found.items), [gap.reason for gap in found.gaps]) == (1, [Reason.SHAPE])
