"""Amazon EC2: transit gateways, which join networks, and endpoint services (PrivateLink), which let others in."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Connection,
    End,
    Exposure,
    Kind,
    Location,
    Reason,
    Tagging,
    Unknown,
    View,
    flag,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws.common import ENGINE, arn_home

ATTACHMENTS = "attachments:/TransitGatewayAttachments"
# Whether an attachment in this state lets traffic through now, or may do so without a new request
# (docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html).
ACTIVE: dict[object, bool] = {
    "initiating": True,
    "initiatingRequest": True,
    "pendingAcceptance": True,
    "pending": True,
    "available": True,
    "modifying": True,
    "rollingBack": False,
    "deleting": False,
    "deleted": False,
    "failed": False,
    "failing": False,
    "rejected": False,
    "rejecting": False,
}
FOREIGN = Unknown(Reason.UNDECIDED, "it is another account's, and only its owner sees who else is attached")
OUTSIDE = Unknown(Reason.UNDECIDED, "it joins a network that is no VPC: a peer gateway, a VPN or a direct connection")


def _ends(view: View) -> Iterable[End | Unknown]:
    """The attached VPCs. Which of them the route tables let see each other is not analysed: they may."""
    if view.at("item:/OwnerId", text) != view.where.account:
        yield FOREIGN
    own = view.at("item:/TransitGatewayId", text)
    for each in view.each(ATTACHMENTS):
        if each.at("/TransitGatewayId", text) != own or not each.at("/State", ACTIVE):
            continue
        if each.at("/ResourceType", text) == "vpc":
            owner, vpc = each.at("/ResourceOwnerId", text), each.at("/ResourceId", text)
            yield End(f"arn:{view.where.partition}:ec2:{view.where.region}:{owner}:vpc/{vpc}", owner, ENGINE)
        else:
            yield OUTSIDE


TRANSIT = ResourceType(
    "aws.ec2.transit-gateway",
    "AWS::EC2::TransitGateway",
    Kind.CONFIG,
    each=Call("ec2:DescribeTransitGateways", "ec2.describe_transit_gateways", items="/TransitGateways"),
    # A shared gateway is listed in the accounts that it is shared with, too; it is one resource, of its owner.
    id="{/TransitGatewayArn}",
    label="/TransitGatewayId",
    ask={
        "attachments": Call(
            "ec2:DescribeTransitGatewayAttachments",
            "ec2.describe_transit_gateway_attachments",
            items="/TransitGatewayAttachments",
        )
    },
    facts=(
        Location.homes.one("item:/TransitGatewayArn", arn_home),
        Connection.ends.items(
            _ends,
            "item:/OwnerId",
            "item:/TransitGatewayId",
            *(
                f"{ATTACHMENTS}/*/{field}"
                for field in ("TransitGatewayId", "State", "ResourceType", "ResourceOwnerId", "ResourceId")
            ),
        ),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    unordered=("item:/Tags", ATTACHMENTS),
)


def _public(view: View) -> bool:
    """Whether every account on AWS may connect without being accepted."""
    allowed = {each.at("/Principal", text) for each in view.each("permissions:/AllowedPrincipals")}
    return "*" in allowed and not view.at("item:/AcceptanceRequired", flag)


SERVICE = ResourceType(
    "aws.ec2.vpc-endpoint-service",
    "AWS::EC2::VPCEndpointService",
    Kind.CONFIG,
    each=Call(
        "ec2:DescribeVpcEndpointServiceConfigurations",
        "ec2.describe_vpc_endpoint_service_configurations",
        items="/ServiceConfigurations",
    ),
    id="arn:{@partition}:ec2:{@region}:{@account}:vpc-endpoint-service/{/ServiceId}",
    label="/ServiceName",
    ask={
        "permissions": Call(
            "ec2:DescribeVpcEndpointServicePermissions",
            "ec2.describe_vpc_endpoint_service_permissions",
            items="/AllowedPrincipals",
            take={"ServiceId": "/ServiceId"},
        )
    },
    facts=(
        Location.homes.items(lambda view: (aws(view.where.region),)),
        Exposure.public.by(_public, "item:/AcceptanceRequired", "permissions:/AllowedPrincipals/*/Principal"),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    unordered=("item:/Tags", "permissions:/AllowedPrincipals"),
)

TYPES = (TRANSIT, SERVICE)
