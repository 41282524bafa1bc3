"""The plan told in calls: how often each is made, and what for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from scanner.collect.calls import Extent, planned
from scanner.collect.model import Call, Join, Per, ResourceType, Sweep
from scanner.collect.plan import Wanted, plan
from scanner.facts import EncryptionAtRest, Kind, Location, Tagging, pairs, text

Cloud = Callable[..., Any]

BOX = ResourceType(
    "x.box",
    "X::Box",
    Kind.DATA,
    Call("x:ListBoxes", "x.list_boxes", items="/Boxes"),
    id="{/Name}",
    label="/Name",
    ask={
        "lock": Call("x:GetLock", "x.get_lock", take={"Name": "/Name"}),
        "key": Call("k:GetKey", "k.get_key", take={"Id": "/Id"}, follows="lock"),
    },
    facts=(
        Location.homes.one("item:/Home", text),
        EncryptionAtRest.key.at("key:/Name", text),
        Tagging.tags.at("lock:/Tags", pairs),
    ),
)
BAG = replace(BOX, name="x.bag", ask={}, facts=BOX.facts[:1])
CHEST = replace(BAG, name="x.chest", each=replace(BOX.each, give={"Kind": "chest"}))
SWEEP = Sweep(
    Call("t:List", "t.list", items="/All", per=Per.ACCOUNT),
    native=str,
    id="{/Id}",
    label="/Id",
    facts=(Tagging.tags.at("item:/Tags", pairs),),
)
HOMES = Wanted("homes", frozenset({"Location.homes"}), frozenset({"x.box", "x.bag"}))
KEYS = Wanted("keys", frozenset({"EncryptionAtRest.key"}), frozenset({"x.box"}))


def rows(cloud: Cloud, *wanted: Wanted, extent: Extent, types: tuple[ResourceType, ...] = (BOX, BAG)) -> list[Any]:
    provider = cloud(types, {}, (SWEEP,))
    return [dict(each.body) for each in planned(provider, plan(types, wanted), wanted, extent)]


def test_each_operation_is_told_with_what_it_is_for(cloud: Cloud) -> None:
    found = rows(cloud, HOMES, KEYS, extent=Extent(2, 3))
    fixed = {"cloud": "x", "calls": None, "each": ["x.box"], "types": ["x.box"], "promises": ["keys"]}
    assert found == [
        fixed | {"service": "k", "operation": "k.get_key", "permission": "k:GetKey", "facts": ["EncryptionAtRest.key"]},
        {
            "cloud": "x",
            "service": "t",
            "operation": "t.list",
            "permission": "t:List",
            "each": ["account"],
            "calls": 2,
            "types": ["what is not modelled"],
            "promises": [],
            "facts": ["Tagging.tags"],
        },
        fixed
        | {"service": "x", "operation": "x.get_lock", "permission": "x:GetLock", "facts": ["EncryptionAtRest.key"]},
        {
            "cloud": "x",
            "service": "x",
            "operation": "x.list_boxes",
            "permission": "x:ListBoxes",
            "each": ["account and region"],
            "calls": 6,
            "types": ["x.bag", "x.box"],
            "promises": ["homes", "keys"],
            "facts": ["Location.homes"],
        },
    ]


@pytest.mark.parametrize(
    ("extent", "swept", "listed"),
    [
        (Extent(2, 3), 2, 6),
        (Extent(None, 3), None, None),
        (Extent(2, None), 2, None),
        (Extent(None, None), None, None),
    ],
)
def test_what_a_discovery_finds_is_not_counted(
    cloud: Cloud, extent: Extent, swept: int | None, listed: int | None
) -> None:
    calls = {each["operation"]: each["calls"] for each in rows(cloud, HOMES, extent=extent)}
    assert calls == {"t.list": swept, "x.list_boxes": listed}


def test_listings_with_other_parameters_are_counted_apart(cloud: Cloud) -> None:
    wanted = replace(HOMES, types=frozenset({"x.box", "x.chest"}))
    found = rows(cloud, wanted, extent=Extent(2, 3), types=(BOX, CHEST))
    assert {each["operation"]: each["calls"] for each in found}["x.list_boxes"] == 12


def test_an_operation_that_is_a_listing_and_an_ask_depends_on_what_is_found(cloud: Cloud) -> None:
    room = replace(BAG, name="x.room", each=BOX.ask["lock"])
    wanted = replace(KEYS, types=frozenset({"x.box", "x.room"}))
    found = {each["operation"]: each for each in rows(cloud, wanted, extent=Extent(2, 3), types=(BOX, room))}
    assert found["x.get_lock"]["calls"] is None
    assert found["x.get_lock"]["each"] == ["account and region", "x.box"]


def test_a_joined_listing_is_made_once_and_answers_through_what_follows(cloud: Cloud) -> None:
    grants = Call("x:ListGrants", "x.list_grants", items="/G", per=Per.ACCOUNT, join=Join("/Of", {"/Name": ""}))
    after = Call("x:GetUser", "x.get_user", take={"Id": "/G/*/To"}, follows="grants")
    last = Call("x:GetGroup", "x.get_group", take={"Id": "/Group"}, follows="user")
    fact = EncryptionAtRest.key.at("group:/Name", text)
    room = replace(BOX, ask={"grants": grants, "user": after, "group": last}, facts=(fact,))
    made = plan((room,), [KEYS])
    found = {each.operation: each for each in planned(cloud((room,), {}), made, [KEYS], Extent(2, 3))}
    assert (found["x.list_grants"].each, found["x.list_grants"].calls) == (("account",), 2)
    assert found["x.list_grants"].facts == found["x.get_user"].facts == ["EncryptionAtRest.key"]
