"""Subnets of a VPC: a resource that names only its subnets lies in their zones.

A subnet may be in a local or Wavelength zone, which may be in another country than its region, or on an Outpost
(docs.aws.amazon.com/vpc/latest/userguide/configure-subnets.html). All are asked for once in a region.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call
from scanner.facts import Node, NotKnown, Reason, Unknown, View, text
from scanner.places import aws

ASK = Call("ec2:DescribeSubnets", "ec2.describe_subnets", items="/Subnets")
LISTED = "subnets:/Subnets"
PATHS = tuple(f"{LISTED}/*/{each}" for each in ("SubnetId", "AvailabilityZone", "OutpostArn"))
OUTPOST = Unknown(Reason.UNDECIDED, "a subnet of it is on an Outpost, whose site is not read yet")
UNLISTED = Unknown(Reason.UNDECIDED, "it names a subnet that is not listed in its region and account")


def places(view: View, named: Iterable[str]) -> Iterable[str]:
    """The places of the subnets of these ids; a gap for each that is on an Outpost, or is not listed."""
    wanted = set(named)
    found = {each.at("/SubnetId", text): each for each in view.each(LISTED)}
    mine = [found[each] for each in sorted(wanted & found.keys())]
    yield from sorted({aws(each.at("/AvailabilityZone", text)) for each in mine if not _is_away(each)})
    if any(_is_away(each) for each in mine):
        raise NotKnown(OUTPOST)
    if not wanted <= found.keys():
        raise NotKnown(UNLISTED)


def _is_away(subnet: Node) -> bool:
    return subnet.at("/OutpostArn", text, missing=None) is not None
