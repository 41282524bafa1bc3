"""Networks of Compute Engine (https://cloud.google.com/compute/docs/reference/rest/v1/networks)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.facts import Connection, End, Kind, Node, NotKnown, Reason, Tagging, Unknown, View, text
from scanner.providers.gcp.assets import DATA, NAME, asset_type, compute_name

PEERINGS = f"{DATA}/peerings"
LATER = Unknown(Reason.NOT_ASKED, "resolved by the engine")
STATES: Mapping[object, bool] = {"ACTIVE": True, "INACTIVE": True}
"""An inactive peering waits for the other side, and becomes active when that agrees."""


def _ends(view: View) -> Iterator[End | Unknown]:
    own = view.at(NAME, text)
    yield _end(own)
    for peering in view.each(PEERINGS, missing=True):
        yield _peer(peering, own)


def _peer(peering: Node, own: str) -> End | Unknown:
    """One that is not understood hides none of the others."""
    try:
        peering.at("/state", STATES)
        return _end(compute_name(peering.at("/network", text), own))
    except NotKnown as error:
        return error.unknown


def _end(ref: str) -> End:
    """`ref` is "//compute.googleapis.com/projects/ID/global/networks/NAME"."""
    match ref.split("/"):
        case ["", "", _, "projects", project, *_]:
            return End(ref, project, LATER)
        case _:
            return End(ref, Unknown(Reason.SHAPE, "the network's name has no project"), LATER)


NETWORK = asset_type(
    "gcp.compute.network",
    "compute.googleapis.com/Network",
    Kind.CONFIG,
    (
        Connection.ends.items(_ends, NAME, f"{PEERINGS}/*/network", f"{PEERINGS}/*/state"),
        Tagging.tags.documented({}, "Network of the Compute Engine API v1 has no labels"),
    ),
)
