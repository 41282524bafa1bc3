"""Amazon VPC: networks and the peerings that join them."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import Connection, End, Kind, Node, Tagging, View, key_values, text
from scanner.providers.aws.common import ENGINE

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


def _itself(view: View) -> Iterable[End]:
    yield _end(view, view.node("item"), "", view.where.region)


def _sides(view: View) -> Iterable[End]:
    if view.at("item:/Status/Code", ACTIVE):
        for side in SIDES:
            yield _end(view, view.node("item"), f"/{side}", view.at(f"item:/{side}/Region", text))


def _end(view: View, item: Node, below: str, region: str) -> End:
    owner, vpc = item.at(f"{below}/OwnerId", text), item.at(f"{below}/VpcId", text)
    return End(f"arn:{view.where.partition}:ec2:{region}:{owner}:vpc/{vpc}", owner, ENGINE)


VPC = ResourceType(
    "aws.ec2.vpc",
    "AWS::EC2::VPC",
    Kind.CONFIG,
    each=Call("ec2:DescribeVpcs", "ec2.describe_vpcs", items="/Vpcs"),
    # A shared VPC is listed in the accounts that it is shared with, too; it is one resource, of its owner.
    id="arn:{@partition}:ec2:{@region}:{/OwnerId}:vpc/{/VpcId}",
    label="/VpcId",
    account="/OwnerId",
    facts=(
        Connection.ends.items(_itself, "item:/VpcId", "item:/OwnerId"),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    unordered=("item:/Tags",),
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
    unordered=("item:/Tags",),
)

TYPES = (VPC, PEERING)
