"""Amazon EC2: transit gateways, which join networks, and endpoint services (PrivateLink), which let others in."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    UNRESOLVED,
    Connection,
    End,
    Exposure,
    Grantee,
    Kind,
    Location,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    flag,
    folded,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import principals
from scanner.providers.aws.common import SHARES, arn_home, parts

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
# Of an endpoint at a service (botocore's model of State; replies have some in another case).
CONNECTED = folded(
    {
        **dict.fromkeys(("pending", "available", "partial"), True),
        **dict.fromkeys(("pendingacceptance", "deleting", "deleted", "rejected", "failed", "expired"), False),
    }
)
CONNECTIONS = tuple(
    f"connections:/VpcEndpointConnections/*/{field}"
    for field in ("ServiceId", "VpcEndpointState", "VpcEndpointOwner", "TransitGatewayAttachmentOwner")
)
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
            yield End(f"arn:{view.where.partition}:ec2:{view.where.region}:{owner}:vpc/{vpc}", owner, UNRESOLVED)
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
    without={Trust: SHARES},
    unordered=("item:/Tags", ATTACHMENTS),
)


def _public(view: View) -> bool:
    """Whether every account on AWS may connect without being accepted."""
    allowed = {each.at("/Principal", text) for each in view.each("permissions:/AllowedPrincipals")}
    return "*" in allowed and not view.at("item:/AcceptanceRequired", flag)


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    return parts(lambda: _permitted(view), lambda: _accepted(view))


def _permitted(view: View) -> Iterable[Grantee]:
    """Who may ask for a connection. Everybody is nobody by name."""
    names = dict.fromkeys(each.at("/Principal", text) for each in view.each("permissions:/AllowedPrincipals"))
    return principals.let_in((name for name in names if name != "*"), view.where)


def _accepted(view: View) -> Iterable[Grantee]:
    """Whose connection stands: one of everybody's, perhaps, or of somebody who was permitted once."""
    own = view.at("item:/ServiceId", text)
    for each in view.each("connections:/VpcEndpointConnections"):
        if each.at("/ServiceId", text) == own and each.at("/VpcEndpointState", CONNECTED):
            owner = each.at("/VpcEndpointOwner", text, missing=None) or each.at("/TransitGatewayAttachmentOwner", text)
            yield from principals.let_in((owner,), view.where)


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
        ),
        # Asked once for a region.
        "connections": Call(
            "ec2:DescribeVpcEndpointConnections",
            "ec2.describe_vpc_endpoint_connections",
            items="/VpcEndpointConnections",
        ),
    },
    facts=(
        Location.homes.items(lambda view: (aws(view.where.region),)),
        Exposure.public.by(_public, "item:/AcceptanceRequired", "permissions:/AllowedPrincipals/*/Principal"),
        Trust.grantees.items(_grantees, "item:/ServiceId", "permissions:/AllowedPrincipals/*/Principal", *CONNECTIONS),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    unordered=("item:/Tags", "permissions:/AllowedPrincipals", "connections:/VpcEndpointConnections"),
)

TYPES = (TRANSIT, SERVICE)
