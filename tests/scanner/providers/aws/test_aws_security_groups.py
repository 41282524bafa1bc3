"""From the rules of security groups, and the zones of subnets, to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Body, Exposure, Fragment, Location, NotKnown, Reason, Tagging, View
from scanner.providers.aws import security_groups, subnets
from scanner.providers.aws.security_groups import GROUP
from tests.scanner.providers.aws.states import HERE, told


def _rule(*old: object, new: tuple[object, ...] = (), lists: tuple[object, ...] = ()) -> dict[str, Any]:
    return {
        "IpRanges": [{"CidrIp": each} for each in old],
        "Ipv6Ranges": [{"CidrIpv6": each} for each in new],
        "PrefixListIds": [{"PrefixListId": each} for each in lists],
    }


def _group(*rules: object, name: str = "sg-1") -> dict[str, Any]:
    return {"GroupId": name, "OwnerId": "111111111111", "IpPermissions": list(rules)}


INSIDE, ALL = _rule("10.0.0.0/8"), _rule("0.0.0.0/0")
LISTED = _rule(lists=("pl-1",))


@pytest.mark.parametrize(
    ("item", "public"),
    [
        (_group(), False),
        ({"GroupId": "sg-1"}, False),
        (_group(INSIDE), False),
        (_group({"UserIdGroupPairs": [{"GroupId": "sg-2"}]}), False),
        (_group(INSIDE, ALL), True),
        (_group(_rule("10.0.0.0/8", "0.0.0.0/0")), True),
        (_group(_rule(new=("::/0",))), True),
        (_group(_rule(new=("fd00::/8",))), False),
        (_group(_rule("0.0.0.0/1", "128.0.0.0/1")), True),
        (_group(_rule("0.0.0.0/1"), _rule("128.0.0.0/1")), False),
        (_group(_rule(new=("::/1", "8000::/1"))), True),
        (_group(_rule("0.0.0.0/1")), False),
        (_group(LISTED), Reason.UNDECIDED),
        (_group(LISTED, ALL), True),
        (_group(_rule("everywhere")), Reason.SHAPE),
        (_group(_rule("10.0.0.0/8", None)), Reason.SHAPE),
        (_group(_rule(lists=(None,))), Reason.SHAPE),
        (_group({"IpRanges": "0.0.0.0/0"}), Reason.SHAPE),
    ],
)
def test_a_group_is_open_where_a_rule_lets_in_all_addresses(item: object, public: object) -> None:
    assert told(GROUP, Exposure.public, item) == public


def test_a_group() -> None:
    assert told(GROUP, Location.homes, _group()) == ["aws:eu-west-2"]
    assert told(GROUP, Location.copies, _group()) == []
    assert told(GROUP, Tagging.tags, {**_group(), "Tags": [{"Key": "env", "Value": "prod"}]}) == {"env": "prod"}
    assert told(GROUP, Tagging.tags, _group()) == {}


def _view(source: str, body: object, paths: tuple[str, ...]) -> View:
    return View({source: Body("a.call", "a:Permission", Fragment(body))}, paths, HERE)


def _groups(*found: object) -> View:
    return _view("groups", {"SecurityGroups": list(found)}, security_groups.PATHS)


@pytest.mark.parametrize(
    ("found", "named", "admits"),
    [
        ([_group(INSIDE)], ["sg-1"], False),
        ([_group(ALL)], ["sg-1"], True),
        ([_group(INSIDE), _group(ALL, name="sg-2")], ["sg-1"], False),
        ([_group(INSIDE), _group(ALL, name="sg-2")], ["sg-1", "sg-2"], True),
        ([_group(LISTED), _group(ALL, name="sg-2")], ["sg-1", "sg-2"], True),
        ([_group(LISTED), _group(INSIDE, name="sg-2")], ["sg-1", "sg-2"], None),
        ([_group(INSIDE)], ["sg-1", "sg-2"], None),
        ([_group(INSIDE)], [], None),
    ],
)
def test_one_open_group_of_several_lets_everybody_in(found: list[object], named: list[str], admits: object) -> None:
    if admits is None:
        with pytest.raises(NotKnown):
            security_groups.admits(_groups(*found), named)
    else:
        assert security_groups.admits(_groups(*found), named) is admits


def test_what_is_behind_an_open_group_is_undecided() -> None:
    assert security_groups.reached(_groups(_group(INSIDE)), ["sg-1"]) is False
    with pytest.raises(NotKnown) as found:
        security_groups.reached(_groups(_group(ALL)), ["sg-1"])
    assert found.value.unknown is security_groups.ADMITTED


def test_the_call_takes_the_groups_that_are_named() -> None:
    call = security_groups.ask("/SecurityGroups", follows="broker")
    assert (dict(call.take), call.items, call.follows) == ({"GroupIds": "/SecurityGroups"}, "/SecurityGroups", "broker")


def _subnet(name: str, zone: object, outpost: object = None) -> dict[str, Any]:
    return {"SubnetId": name, "AvailabilityZone": zone, "OutpostArn": outpost}


OUTPOST = "arn:aws:outposts:eu-west-2:111111111111:outpost/op-1"


@pytest.mark.parametrize(
    ("found", "named", "places", "gap"),
    [
        ([_subnet("a", "eu-west-2a"), _subnet("b", "eu-west-2b")], ["a", "b"], ["aws:eu-west-2"], None),
        ([_subnet("a", "eu-central-1-ist-1a")], ["a"], ["aws:eu-central-1-ist-1"], None),
        ([_subnet("a", "eu-west-3-wl1-cmn-wlz-1")], ["a"], ["aws:eu-west-3-wl1-cmn1"], None),
        ([_subnet("a", "eu-west-2a"), _subnet("b", "mars-1a")], ["a"], ["aws:eu-west-2"], None),
        ([_subnet("a", "eu-west-2a"), _subnet("b", "eu-west-2b", OUTPOST)], ["a", "b"], ["aws:eu-west-2"], "Outpost"),
        ([_subnet("a", "eu-west-2a")], ["a", "b"], ["aws:eu-west-2"], "not listed"),
        ([_subnet("a", None)], ["a"], [], "not documented"),
    ],
)
def test_subnets_lie_in_their_zones(found: list[object], named: list[str], places: list[str], gap: str | None) -> None:
    told_places = iter(subnets.places(_view("subnets", {"Subnets": found}, subnets.PATHS), named))
    assert [next(told_places) for _ in places] == places
    if gap is None:
        assert list(told_places) == []
        return
    with pytest.raises(NotKnown, match=gap):
        next(told_places)
