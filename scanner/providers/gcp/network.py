"""Networks of Compute Engine (https://cloud.google.com/compute/docs/reference/rest/v1/networks)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.facts import (
    JSON,
    UNRESOLVED,
    Connection,
    End,
    FlowLog,
    Inapplicable,
    Kind,
    Node,
    NotApplicable,
    NotKnown,
    Reason,
    Tagging,
    Unknown,
    View,
    flag,
    text,
)
from scanner.providers.gcp import sharedvpc
from scanner.providers.gcp.assets import DATA, NAME, asset_type, compute_name
from scanner.providers.gcp.iam import TRUST
from scanner.providers.gcp.sharedvpc import project_of
from scanner.providers.gcp.told import together

PEERINGS = f"{DATA}/peerings"
STATES: Mapping[object, bool] = {"ACTIVE": True, "INACTIVE": True}
"""An inactive peering waits for the other side, and becomes active when that agrees."""


def _ends(view: View) -> Iterator[End | Unknown]:
    yield _end(view.at(NAME, text))
    yield from together(view, _peers, sharedvpc.attached)


def _peers(view: View) -> Iterator[End | Unknown]:
    own = view.at(NAME, text)
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
    unknown = Unknown(Reason.SHAPE, "the network's name has no project")
    return End(ref, project_of(ref) or unknown, UNRESOLVED)


NETWORK = asset_type(
    "gcp.compute.network",
    "compute.googleapis.com/Network",
    Kind.CONFIG,
    (
        Connection.ends.items(_ends, NAME, f"{PEERINGS}/*/network", f"{PEERINGS}/*/state", *sharedvpc.PATHS),
        Tagging.tags.documented({}, "Network of the Compute Engine API v1 has no labels"),
    ),
    ask=sharedvpc.ASK,
)


LOGS = f"{DATA}/logConfig"
PURPOSE = f"{DATA}/purpose"
PROXIES = frozenset({"GLOBAL_MANAGED_PROXY", "INTERNAL_HTTPS_LOAD_BALANCER", "REGIONAL_MANAGED_PROXY"})
ELSEWHERE = Unknown(Reason.NOT_ASKED, "a configuration of Network Management may record it, too; those are not read")


def _recorded(view: View) -> bool:
    """Flow logs that leave out no flow (https://cloud.google.com/vpc/docs/flow-logs): half of them are sampled unless
    something else is said. Subnets of proxies have none.
    """
    if view.at(PURPOSE, text, missing="") in PROXIES:
        raise NotApplicable(Inapplicable("a subnet that only proxies use has no flow logs"))
    if not view.at(f"{LOGS}/enable", flag, missing=False):
        raise NotKnown(ELSEWHERE)
    all_of_them = view.at(f"{LOGS}/flowSampling", _number, missing=0.5) == 1
    if not all_of_them or view.at(f"{LOGS}/filterExpr", text, missing="true") != "true":
        raise NotKnown(ELSEWHERE)
    return True


def _number(value: JSON) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("not a number")
    return float(value)


SUBNETWORK = asset_type(
    "gcp.compute.subnetwork",
    "compute.googleapis.com/Subnetwork",
    Kind.CONFIG,
    (
        FlowLog.recorded.by(
            _recorded, PURPOSE, *(f"{LOGS}/{field}" for field in ("enable", "flowSampling", "filterExpr"))
        ),
        # Who may use a subnet that is lent by a Shared VPC is told by its policy.
        TRUST,
        Tagging.tags.documented({}, "Subnetwork of the Compute Engine API v1 has no labels"),
    ),
)
