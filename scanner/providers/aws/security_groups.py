"""Amazon EC2: security groups, and whether what they guard can be reached from everywhere.

A group lets in by rules, and nothing else (docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html). Ranges
that together are all addresses count as 0.0.0.0/0 or ::/0.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from ipaddress import IPv4Network, IPv6Network, collapse_addresses

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    JSON,
    Exposure,
    Kind,
    Location,
    Node,
    NotKnown,
    Reason,
    Tagging,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws.common import any_of, part

LISTED = "groups:/SecurityGroups"
RULES = (
    "IpPermissions/*/IpRanges/*/CidrIp",
    "IpPermissions/*/Ipv6Ranges/*/CidrIpv6",
    "IpPermissions/*/PrefixListIds/*/PrefixListId",
)
PATHS = (f"{LISTED}/*/GroupId", *(f"{LISTED}/*/{each}" for each in RULES))
PREFIXED = Unknown(Reason.UNDECIDED, "a rule names a prefix list, whose addresses are not read yet")
UNLISTED = Unknown(Reason.UNDECIDED, "it names a security group that is not listed, or none")
ADMITTED = Unknown(
    Reason.UNDECIDED,
    "it has a public address and its security groups let everybody in; routes, network ACLs and logins are not read",
)


def ask(pointer: str, follows: str = "") -> Call:
    """Asks for the groups whose ids are at the pointer: a list of them, or one after the other."""
    return Call(
        "ec2:DescribeSecurityGroups",
        "ec2.describe_security_groups",
        items="/SecurityGroups",
        take={"GroupIds": pointer},
        follows=follows,
    )


def admits(view: View, named: Iterable[str]) -> bool:
    """Whether one of the groups of these ids lets everybody in. Raises NotKnown where that is not told."""
    found = {each.at("/GroupId", text): each for each in view.each(LISTED)}
    wanted = sorted(set(named))
    if not wanted or not set(wanted) <= found.keys():
        raise NotKnown(UNLISTED)
    return any_of(part(partial(_opens, found[each])) for each in wanted)


def reached(view: View, named: Iterable[str]) -> bool:
    """Whether what has a public address and these groups is open to everybody: not, where none lets everybody in."""
    if admits(view, named):
        raise NotKnown(ADMITTED)
    return False


def _opens(group: Node) -> bool:
    """Whether a rule of the group lets in all addresses; raises NotKnown where a prefix list may name them."""
    rules = list(group.each("/IpPermissions", missing=True))
    if any(_is_everybody(rule) for rule in rules):
        return True
    if any([each.at("/PrefixListId", text) for each in rule.each("/PrefixListIds", missing=True)] for rule in rules):
        raise NotKnown(PREFIXED)
    return False


def _is_everybody(rule: Node) -> bool:
    old = [each.at("/CidrIp", _v4) for each in rule.each("/IpRanges", missing=True)]
    new = [each.at("/CidrIpv6", _v6) for each in rule.each("/Ipv6Ranges", missing=True)]
    return any(each.prefixlen == 0 for each in collapse_addresses(old)) or any(
        each.prefixlen == 0 for each in collapse_addresses(new)
    )


def _v4(value: JSON) -> IPv4Network:
    return IPv4Network(text(value), strict=False)


def _v6(value: JSON) -> IPv6Network:
    return IPv6Network(text(value), strict=False)


GROUP = ResourceType(
    "aws.ec2.security-group",
    "AWS::EC2::SecurityGroup",
    Kind.CONFIG,
    each=Call("ec2:DescribeSecurityGroups", "ec2.describe_security_groups", items="/SecurityGroups"),
    id="arn:{@partition}:ec2:{@region}:{/OwnerId}:security-group/{/GroupId}",
    label="/GroupName",
    facts=(
        Location.homes.items(lambda view: (aws(view.where.region),)),
        Location.copies.none("a security group lies in one region"),
        Exposure.public.by(lambda view: _opens(view.node("item")), *(f"item:/{each}" for each in RULES)),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    unordered=("item:/Tags", "item:/IpPermissions"),
)

TYPES = (GROUP,)
