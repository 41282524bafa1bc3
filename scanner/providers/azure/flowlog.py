"""Flow logs: whether all traffic of a virtual network is recorded.

It is where a flow log of the network is on and filters nothing. It also is where one of each of its subnets is, or of
the network security group of each: a group's log has what the group lets through and what it does not.

Documents relied upon: the models FlowLogPropertiesFormat and SubnetPropertiesFormat of azure-mgmt-network, and on
learn.microsoft.com/azure/network-watcher: "Virtual network flow logs", "Flow logging for network security groups".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.collect.model import Call, Per
from scanner.facts import FlowLog, Inapplicable, Node, NotApplicable, View, flag
from scanner.providers.azure.graph import arm_id, in_subscription
from scanner.providers.azure.parts import written

WATCHER, VERSION = "Microsoft.Network/networkWatchers", "2026-03-01"
WATCHERS, LOGS, SUBNETS = "watchers:/value", "logs:/value", "item:/properties/subnets"
OWN, GROUP = "item:/id", "/properties/networkSecurityGroup/id"
TARGET, ENABLED = "/properties/targetResourceId", "/properties/enabled"
FILTER, KINDS = "/properties/enabledFilteringCriteria", "/properties/recordTypes"

ASK: Mapping[str, Call] = {
    "watchers": in_subscription(WATCHER, VERSION),
    # A flow log belongs to the watcher of its target's subscription and region.
    "logs": Call(
        f"{WATCHER}/flowLogs/read",
        "GET /{id}/flowLogs",
        "/value",
        {"api-version": VERSION},
        {"id": "/value/*/id"},
        follows="watchers",
        per=Per.ACCOUNT,
    ),
}


def _recorded(view: View) -> bool:
    own, subnets = view.at(OWN, arm_id), list(view.each(SUBNETS))
    if not subnets:
        raise NotApplicable(Inapplicable("a network without subnets has no traffic"))
    logged = set(_logged(view))
    return own in logged or all(not logged.isdisjoint(_of_subnet(subnet)) for subnet in subnets)


def _logged(view: View) -> Iterator[str]:
    """What has a flow log that is on and filters nothing."""
    # Without a watcher there is nothing to ask for logs, and no flow log.
    for log in view.each(LOGS) if any(True for _ in view.each(WATCHERS)) else ():
        if log.at(ENABLED, flag) and not _filters(log):
            yield log.at(TARGET, arm_id)


def _filters(log: Node) -> bool:
    """Whether it leaves something out. Without the fields all traffic is logged (model)."""
    kinds = {kind.strip().upper() for kind in log.at(KINDS, written, missing="").split(",")} - {""}
    return bool(log.at(FILTER, written, missing="")) or kinds not in (set(), {"B", "C", "E", "D"})


def _of_subnet(subnet: Node) -> tuple[str, ...]:
    group = subnet.at(GROUP, arm_id, missing="")
    return (subnet.at("/id", arm_id), group) if group else (subnet.at("/id", arm_id),)


RECORDED = FlowLog.recorded.by(
    _recorded,
    OWN,
    f"{SUBNETS}/*/id",
    f"{SUBNETS}/*{GROUP}",
    f"{WATCHERS}/*/id",
    *(f"{LOGS}/*{path}" for path in (TARGET, ENABLED, FILTER, KINDS)),
)
UNORDERED = (SUBNETS, WATCHERS, LOGS)
