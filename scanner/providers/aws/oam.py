"""Amazon CloudWatch Observability Access Manager: links, which show logs and metrics to a monitoring account."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import Grantee, Kind, Location, Tagging, Trust, View, pairs, text
from scanner.providers.aws import principals
from scanner.providers.aws.common import arn_home


def _grantees(view: View) -> Iterable[Grantee]:
    return principals.let_in((view.at("item:/SinkArn", text),), view.where)


LINK = ResourceType(
    "aws.oam.link",
    "AWS::Oam::Link",
    Kind.CONFIG,
    each=Call("oam:ListLinks", "oam.list_links", items="/Items"),
    id="{/Arn}",
    label="/Label",
    ask={"tags": Call("oam:ListTagsForResource", "oam.list_tags_for_resource", take={"ResourceArn": "/Arn"})},
    facts=(
        Location.homes.one("item:/Arn", arn_home),
        Trust.grantees.items(_grantees, "item:/SinkArn"),
        Tagging.tags.at("tags:/Tags", pairs),
    ),
)

TYPES = (LINK,)
