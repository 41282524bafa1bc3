"""Virtual networks. Document relied upon: the model VirtualNetworkPeeringPropertiesFormat of azure-mgmt-network."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.collect.model import ResourceType
from scanner.facts import JSON, UNRESOLVED, Connection, End, Kind, Node, Unknown, View
from scanner.providers.azure import flowlog
from scanner.providers.azure.graph import ID, RESOURCES, TAGS, arm_id, only, seen, words

NATIVE = "microsoft.network/virtualnetworks"
OWN, PEERINGS = "item:/id", "item:/properties/virtualNetworkPeerings"
# A peering that one side has initiated becomes active as soon as the other side answers.
LIVE = words({"Initiated": True, "Connected": True, "Disconnected": False})


def _end(value: JSON) -> End:
    ref = arm_id(value)
    match ref.split("/"):
        case ["", "subscriptions", subscription, *_]:
            return End(ref, subscription, UNRESOLVED)
        case _:
            raise ValueError("not the id of a network")


def _peer(peering: Node) -> End | None:
    if not peering.at("/properties/peeringState", LIVE):
        return None
    return peering.at("/properties/remoteVirtualNetwork/id", _end)


def _ends(view: View) -> Iterator[End | Unknown]:
    yield view.at(OWN, _end)
    for peering in view.each(PEERINGS):
        end = seen(partial(_peer, peering))
        if end is not None:
            yield end


NETWORK = ResourceType(
    "azure.network.virtual-network",
    native=NATIVE,
    kind=Kind.CONFIG,
    each=RESOURCES,
    only=only(NATIVE),
    id=ID,
    label="/name",
    region="/location",
    ask=flowlog.ASK,
    facts=(
        TAGS,
        flowlog.RECORDED,
        Connection.ends.items(
            _ends,
            OWN,
            f"{PEERINGS}/*/properties/peeringState",
            f"{PEERINGS}/*/properties/remoteVirtualNetwork/id",
        ),
    ),
    unordered=(PEERINGS, *flowlog.UNORDERED),
)
TYPES = (NETWORK,)
