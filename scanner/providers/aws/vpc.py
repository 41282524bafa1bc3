"""Amazon VPC: networks, whether their traffic is recorded, and the peerings that join them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import (
    UNRESOLVED,
    Connection,
    End,
    FlowLog,
    Kind,
    Node,
    NotKnown,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.providers.aws.common import SHARES, part

# Whether a peering in this state lets traffic through now, or does so without a new request
# (docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle).
ACTIVE: dict[object, bool] = {
    "initiating-request": True,
    "pending-acceptance": True,
    "provisioning": True,
    "active": True,
    "deleting": False,
    "deleted": False,
    "rejected": False,
    "failed": False,
    "expired": False,
}
SIDES = ("RequesterVpcInfo", "AccepterVpcInfo")
# What a flow log records (docs.aws.amazon.com/vpc/latest/userguide/flow-logs-basics.html).
ACCEPTED, REJECTED = "accepted", "rejected"
BOTH = frozenset({ACCEPTED, REJECTED})
TRAFFIC: dict[object, frozenset[str]] = {
    "ALL": BOTH,
    "ACCEPT": frozenset({ACCEPTED}),
    "REJECT": frozenset({REJECTED}),
}
WORKING: dict[object, bool] = {"ACTIVE": True}
DELIVERED: dict[object, bool] = {"SUCCESS": True, "FAILED": False}
LOGS = "flows:/FlowLogs"
SHARED = Unknown(Reason.NOT_ASKED, "another account shares this network, and its flow logs are told there only")
PARTLY = Unknown(Reason.UNDECIDED, "flow logs of subnets or interfaces record here, and may leave a part out")


def _itself(view: View) -> Iterable[End]:
    yield _end(view, view.node("item"), "", view.where.region)


def _sides(view: View) -> Iterable[End]:
    if view.at("item:/Status/Code", ACTIVE):
        for side in SIDES:
            yield _end(view, view.node("item"), f"/{side}", view.at(f"item:/{side}/Region", text))


def _end(view: View, item: Node, below: str, region: str) -> End:
    owner, vpc = item.at(f"{below}/OwnerId", text), item.at(f"{below}/VpcId", text)
    return End(f"arn:{view.where.partition}:ec2:{region}:{owner}:vpc/{vpc}", owner, UNRESOLVED)


def _recorded(view: View) -> bool:
    if view.at("caller:/Account", text) != view.at("item:/OwnerId", text):
        raise NotKnown(SHARED)
    logs = [(each.at("/ResourceId", text), each) for each in view.each(LOGS)]
    own = [each for name, each in logs if name == view.at("item:/VpcId", text)]
    traffic = [part(partial(_traffic, each)) for each in own]
    if frozenset[str]().union(*(each for each in traffic if isinstance(each, frozenset))) >= BOTH:
        return True
    unsure = [each for each in traffic if isinstance(each, Unknown)]
    if unsure:
        raise NotKnown(unsure[0])
    if any(name.startswith(("subnet-", "eni-")) for name, _ in logs):
        raise NotKnown(PARTLY)
    return False


def _traffic(log: Node) -> frozenset[str]:
    """What a flow log records and delivers."""
    if not log.at("/FlowLogStatus", WORKING) or not log.at("/DeliverLogsStatus", DELIVERED):
        return frozenset()
    return log.at("/TrafficType", TRAFFIC)


VPC = ResourceType(
    "aws.ec2.vpc",
    "AWS::EC2::VPC",
    Kind.CONFIG,
    each=Call("ec2:DescribeVpcs", "ec2.describe_vpcs", items="/Vpcs"),
    # A shared VPC is listed in the accounts that it is shared with, too; it is one resource, of its owner.
    id="arn:{@partition}:ec2:{@region}:{/OwnerId}:vpc/{/VpcId}",
    label="/VpcId",
    account="/OwnerId",
    ask={
        "flows": Call("ec2:DescribeFlowLogs", "ec2.describe_flow_logs", items="/FlowLogs"),
        "caller": Call("sts:GetCallerIdentity", "sts.get_caller_identity", per=Per.ACCOUNT),
    },
    facts=(
        FlowLog.recorded.by(
            _recorded,
            "item:/VpcId",
            "item:/OwnerId",
            "caller:/Account",
            *(f"{LOGS}/*/{field}" for field in ("ResourceId", "FlowLogStatus", "DeliverLogsStatus", "TrafficType")),
        ),
        Connection.ends.items(_itself, "item:/VpcId", "item:/OwnerId"),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    without={Trust: SHARES},
    unordered=("item:/Tags", "flows:/FlowLogs"),
)

PEERING = ResourceType(
    "aws.ec2.vpc-peering",
    "AWS::EC2::VPCPeeringConnection",
    Kind.CONFIG,
    each=Call(
        "ec2:DescribeVpcPeeringConnections", "ec2.describe_vpc_peering_connections", items="/VpcPeeringConnections"
    ),
    id="arn:{@partition}:ec2:{@region}:{@account}:vpc-peering-connection/{/VpcPeeringConnectionId}",
    label="/VpcPeeringConnectionId",
    facts=(
        Connection.ends.items(
            _sides,
            "item:/Status/Code",
            *(f"item:/{side}/{field}" for side in SIDES for field in ("VpcId", "OwnerId", "Region")),
        ),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    without={Trust: "whom it joins with is answered as a connection"},
    unordered=("item:/Tags",),
)

TYPES = (VPC, PEERING)
