"""From the items of Resource Explorer to types and facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Body, Fact, Fragment, Location, Reason, Tagging
from scanner.facts.fact import Answer
from scanner.providers.aws.explorer import EXPLORED
from tests.scanner.providers.aws.states import HERE, short


def _told(fact: Fact[Any], item: object) -> object:
    answer: Answer = next(each for each in EXPLORED.facts if each.fact is fact)
    return short(answer({"item": Body("a.listing", "a:Listing", Fragment(item))}, HERE))


@pytest.mark.parametrize(
    ("arn", "told", "native"),
    [
        ("arn:aws:ec2:eu-west-2:111111111111:volume/vol-1", None, "AWS::EC2::Volume"),
        ("arn:aws:ec2:eu-west-2:111111111111:volume/vol-1", "AWS::Other::Thing", "AWS::EC2::Volume"),
        ("arn:aws:new:eu-west-2:111111111111:thing/1", "AWS::New::Thing", "AWS::New::Thing"),
        ("arn:aws:new:eu-west-2:111111111111:thing/1", "AWS::New", "aws:new/thing"),
        ("arn:aws:new:eu-west-2:111111111111:thing/1", "AWS::New::Thing<b>", "aws:new/thing"),
        ("arn:aws:new:eu-west-2:111111111111:thing/1", None, "aws:new/thing"),
        (None, None, "aws:malformed/arn"),
    ],
)
def test_a_resource_is_named_by_its_arn_or_by_resource_explorer(arn: object, told: object, native: str) -> None:
    assert EXPLORED.native({"Arn": arn, "CfnResourceType": told}) == native


@pytest.mark.parametrize(
    ("region", "homes"),
    [("eu-west-2", ["aws:eu-west-2"]), ("global", ["global"]), ("", [Reason.SHAPE]), (None, [Reason.SHAPE])],
)
def test_where_a_resource_is(region: object, homes: object) -> None:
    assert _told(Location.homes, {"Region": region}) == homes


TAGS = {"Name": "tags", "Data": [{"Key": "env", "Value": "prod"}]}


@pytest.mark.parametrize(
    ("item", "tags"),
    [
        ({"Properties": [{"Name": "size", "Data": 1}, TAGS]}, {"env": "prod"}),
        ({"Properties": []}, Reason.NOT_ASKED),
        ({}, Reason.NOT_ASKED),
        ({"Properties": [{**TAGS, "Data": "prod"}]}, Reason.SHAPE),
    ],
)
def test_its_tags_are_known_where_the_view_tells_some(item: object, tags: object) -> None:
    assert _told(Tagging.tags, item) == tags
