"""The runner: what is asked, once; what comes back, and what does not, kept apart; the same in any order of threads."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from scanner.collect.model import (
    OTHERS,
    Account,
    Call,
    CallError,
    Gap,
    Join,
    Per,
    ResourceType,
    Sweep,
)
from scanner.collect.plan import Plan
from scanner.collect.runner import NOT_RECORDED, Inventory, Record, Records, collect
from scanner.facts import (
    JSON,
    Absent,
    Body,
    EncryptionAtRest,
    Exposure,
    Failed,
    Kind,
    Location,
    Reason,
    Refused,
    Reply,
    Tagging,
    Unasked,
    pairs,
    text,
)

Cloud = Callable[..., Any]

LIST = Call("x:ListBoxes", "x.list_boxes", items="/Boxes", give={"Max": 9})
LOCK = Call("x:GetLock", "x.get_lock", give={"Version": 1}, take={"Name": "/Name"}, absent=frozenset({"NoLock"}))
POLICY = Call("x:GetPolicy", "x.get_policy", take={"Name": "/Name"}, decode=("/Policy", "/Deep/Text"))
KEYS = Call("x:GetKey", "x.get_key", items="/Keys", take={"Id": "/KeyIds/*", "In": "@region", "Of": "@account"})
HOME = Call("x:GetHome", "x.get_home", take={"Name": "/Name"}, unless="/Home")
BOX = ResourceType(
    "x.box",
    "X::Box",
    Kind.DATA,
    LIST,
    id="x:{@partition}:{@account}:{@region}:{/Name|lower}",
    label="/Name",
    ask={"lock": LOCK, "policy": POLICY, "keys": KEYS, "home": HOME},
    only={"/Type": frozenset({"box"})},
    unordered=("item:/Tags", "lock:/Tags"),
    facts=(
        Tagging.tags.by(lambda view: view.at("item:/Tags", pairs), "item:/Tags"),
        Exposure.public.by(lambda _: True, "lock:/On", "lock:/Tags", "policy:/Policy/Open", "policy:/Deep"),
        EncryptionAtRest.key.at("keys:/Keys/*/Name", text),
        Location.homes.one("home:/Home", text),
    ),
)
BAG = replace(BOX, name="x.bag", native="X::Bag", only={"/Type": frozenset({"bag"})}, ask={}, facts=())
PLAIN = replace(BOX, ask={}, facts=(), only={}, unordered=())


def boxes(*items: JSON) -> dict[str, JSON]:
    return {"Boxes": list(items)}


def box(name: str, **fields: JSON) -> dict[str, JSON]:
    return {"Name": name, "Type": "Box", **fields}


NORTH = {"x.list_boxes@south": [boxes()]}
ONE = {**NORTH, "x.list_boxes@north": [boxes(box("A"))]}
GOOD = {"x.get_lock": [{"On": True}], "x.get_policy": [{}], "x.get_home": [{"Home": "north"}]}


def records(found: Inventory) -> dict[str, Record]:
    return {record.id: record for record in found.records}


def reply(found: Inventory, source: str) -> Reply:
    (record,) = found.records
    return record.replies[source]


def body(found: Inventory, source: str) -> JSON:
    answer = reply(found, source)
    assert isinstance(answer, Body)
    return answer.fragment.body


def calls(cloud: Any, operation: str) -> list[str]:
    return sorted(asked for asked in cloud.asked if asked.startswith(operation))


def test_a_record(cloud: Cloud) -> None:
    replies = {**NORTH, **GOOD, "x.list_boxes@north": [boxes(box("Alpha", Tags={"a": "b"}, Secret="s"))]}
    found = cloud((BOX,), replies, limits=("told",)).collect()
    (record,) = found.records
    item = Body("x.list_boxes", "x:ListBoxes", record.replies["item"].fragment)
    assert replace(record, replies={}) == Record(
        "x:p:111111111111:north:alpha", "x.box", Kind.DATA, "x", "111111111111", "north", "p", "Alpha", {}
    )
    assert record.modelled
    assert record.replies["item"] == item
    assert item.fragment.body == {"Name": "Alpha", "Type": "Box", "Tags": {"a": "b"}}
    assert record.replies["lock"] == Body("x.get_lock", "x:GetLock", record.replies["lock"].fragment)
    assert found.gaps == ()
    assert (found.provider, found.limits, [each.id for each in found.accounts]) == ("x", ("told",), ["111111111111"])
    assert found.calls == {"x.get_home": 1, "x.get_lock": 1, "x.get_policy": 1, "x.list_boxes": 2}
    assert list(found.calls) == sorted(found.calls)


def test_a_listing_that_types_share_is_made_once(cloud: Cloud) -> None:
    replies = {
        **GOOD,
        **NORTH,
        "x.list_boxes@north": [boxes(box("A"), {"Name": "B", "Type": "BAG"}, {"Name": "C", "Type": "?"})],
    }
    world = cloud((BOX, BAG), replies)
    found = world.collect()
    assert {record.name: record.type for record in found.records} == {"A": "x.box", "B": "x.bag"}
    assert calls(world, "x.list_boxes") == ["x.list_boxes 9@north", "x.list_boxes 9@south"]
    assert found.gaps == ()


def test_listings_with_other_parameters_are_made_apart(cloud: Cloud) -> None:
    other = replace(BAG, each=replace(LIST, give={"Max": 5}))
    world = cloud((replace(PLAIN, only=BOX.only), other), {"x.list_boxes": [boxes()]})
    world.collect()
    assert len(calls(world, "x.list_boxes")) == 4


def test_only_types_of_the_plan_are_listed(cloud: Cloud) -> None:
    world = cloud((BOX, BAG), {**ONE, **GOOD})
    assert world.collect(plan=Plan({}, {})).records == ()
    assert world.asked == []


def test_a_listing_of_the_account_is_made_once(cloud: Cloud) -> None:
    world = cloud(
        (replace(PLAIN, each=replace(LIST, per=Per.ACCOUNT), id="{/Name}"),), {"x.list_boxes": [boxes(box("A"))]}
    )
    (record,) = world.collect().records
    assert (record.id, record.region) == ("A", "")
    assert world.asked == ["x.list_boxes 9@"]


def test_a_listing_without_a_list_lists_its_reply(cloud: Cloud) -> None:
    kind = replace(PLAIN, each=Call("x:GetIt", "x.get_it"), id="{/Name}")
    assert [record.id for record in cloud((kind,), {"x.get_it": [box("A")]}).collect().records] == ["A"]


def test_identical_asks_are_made_once_even_by_several_types(cloud: Cloud) -> None:
    shared = Call("x:GetKey", "x.get_key", take={"Id": "/KeyId"})
    one = replace(PLAIN, only=BOX.only, ask={"key": shared}, facts=(EncryptionAtRest.key.at("key:/Name", text),))
    two = replace(BAG, ask={"its": shared}, facts=(EncryptionAtRest.key.at("its:/Owner", text),))
    items = (box("A", KeyId="k"), box("B", KeyId="k"), {"Name": "C", "Type": "bag", "KeyId": "k"})
    replies = {
        **NORTH,
        "x.list_boxes@north": [boxes(*items)],
        "x.get_key k": [{"Name": "n", "Owner": "o", "Secret": 1}],
    }
    world = cloud((one, two), replies)
    found = {record.name: record.replies for record in world.collect().records}
    assert calls(world, "x.get_key") == ["x.get_key k@north"]
    assert [found[name]["key"].fragment.body for name in "AB"] == [{"Name": "n"}] * 2
    assert found["C"]["its"].fragment.body == {"Owner": "o"}


def test_the_same_ask_in_two_regions_is_two(cloud: Cloud) -> None:
    world = cloud((BOX,), {**GOOD, "x.list_boxes": [boxes(box("A"))]})
    world.collect()
    assert calls(world, "x.get_lock") == ["x.get_lock 1 A@north", "x.get_lock 1 A@south"]


GET = ("x.get_lock", "x:GetLock")


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (CallError("NoLock", refused=False), Absent(*GET, "NoLock")),
        (CallError("NoLock", refused=True), Absent(*GET, "NoLock")),
        (CallError("Denied", refused=True, detail="by me"), Refused(*GET, "Denied")),
        (CallError("Slow", refused=False, detail="timed out"), Failed(*GET, "timed out")),
        (CallError("Slow", refused=False), Failed(*GET, "Slow")),
        (CallError(NOT_RECORDED, refused=False, detail="not there"), Unasked(*GET, "not there")),
        (ZeroDivisionError("secret"), Failed(*GET, "ZeroDivisionError in x.get_lock")),
        (KeyError("secret"), Failed(*GET, "KeyError in x.get_lock")),
    ],
)
def test_what_did_not_come_is_kept_apart(cloud: Cloud, error: Exception, answer: Reply) -> None:
    for pages in ([error], [{"On": True}, error]):
        found = cloud((BOX,), {**ONE, **GOOD, "x.get_lock": pages}).collect()
        assert reply(found, "lock") == answer
        assert body(found, "home") == {"Home": "north"}
        assert found.gaps == ()


@pytest.mark.parametrize(
    ("error", "reason", "detail"),
    [
        (CallError("Denied", refused=True), Reason.REFUSED, "Denied"),
        (CallError("Slow", refused=False, detail="timed out"), Reason.FAILED, "timed out"),
        (CallError(NOT_RECORDED, refused=False, detail="not there"), Reason.NOT_ASKED, "not there"),
        (ZeroDivisionError("secret"), Reason.FAILED, "ZeroDivisionError in x.list_boxes"),
    ],
)
def test_a_listing_that_ends_early_keeps_what_came_and_leaves_a_gap(
    cloud: Cloud, error: Exception, reason: Reason, detail: str
) -> None:
    replies = {**NORTH, **GOOD, "x.list_boxes@north": [boxes(box("A")), boxes(box("B")), error]}
    found = cloud((BOX, BAG), replies).collect()
    assert [record.name for record in found.records] == ["A", "B"]
    types = ("x.bag", "x.box")
    assert found.gaps == (Gap("x", "111111111111", "north", "x.list_boxes", "x:ListBoxes", reason, detail, types),)


class Picky(Records):
    """A sink that cannot take one record."""

    def add(self, record: Record, rank: int) -> None:
        if record.name == "A":
            raise TypeError("it is too deep")
        super().add(record, rank)


@pytest.mark.parametrize("kind", [BOX, PLAIN])
def test_an_item_that_cannot_be_written_loses_no_other(cloud: Cloud, kind: ResourceType) -> None:
    world = cloud((kind,), {**NORTH, **GOOD, "x.list_boxes@north": [boxes(box("A"), box("B"))]})
    sink = Picky()
    found = collect(world, world, world.plan(), sink=sink)
    assert [record.name for record in sink.sorted()] == ["B"]
    detail = "an item of x.list_boxes cannot be written as JSON"
    assert found.gaps == (
        Gap("x", "111111111111", "north", "x.list_boxes", "x:ListBoxes", Reason.SHAPE, detail, ("x.box",)),
    )


@pytest.mark.parametrize("page", [{}, {"Boxes": None}, {"Boxes": {"Name": "A"}}, {"Boxes": "A"}, [], None])
def test_a_listing_without_its_list_leaves_a_gap(cloud: Cloud, page: JSON) -> None:
    found = cloud((BOX,), {**NORTH, **GOOD, "x.list_boxes@north": [boxes(box("A")), page]}).collect()
    assert [record.name for record in found.records] == ["A"]
    (gap,) = found.gaps
    assert (gap.reason, gap.detail) == (Reason.FAILED, "no list at /Boxes")


def test_several_lists_at_one_pointer_are_not_taken_for_one(cloud: Cloud) -> None:
    kind = replace(PLAIN, each=replace(LIST, items="/Groups/*/Boxes"))
    page = {"Groups": [boxes(box("A")), boxes(box("B"))]}
    (gap, _) = cloud((kind,), {"x.list_boxes": [page]}).collect().gaps
    assert gap.detail == "no list at /Groups/*/Boxes"


@pytest.mark.parametrize("item", [{"Type": "box"}, {"Type": "box", "Name": None}, {"Type": "box", "Name": ["A"]}])
def test_an_item_without_an_id_leaves_a_gap(cloud: Cloud, item: JSON) -> None:
    found = cloud((BOX, BAG), {**NORTH, **GOOD, "x.list_boxes@north": [boxes(item, box("A"))]}).collect()
    assert [record.name for record in found.records] == ["A"]
    detail = "an item of x.list_boxes has no id"
    assert found.gaps == (
        Gap("x", "111111111111", "north", "x.list_boxes", "x:ListBoxes", Reason.SHAPE, detail, ("x.box",)),
    )


@pytest.mark.parametrize("item", [{"Name": "B"}, {"Name": "B", "Type": 1}, {}, None, "text", []])
def test_an_item_that_does_not_tell_its_type_leaves_a_gap(cloud: Cloud, item: JSON) -> None:
    found = cloud((BOX, BAG), {**NORTH, **GOOD, "x.list_boxes@north": [boxes(item, box("A"))]}).collect()
    assert [record.name for record in found.records] == ["A"]
    (gap,) = found.gaps
    assert (gap.reason, gap.types) == (Reason.SHAPE, ("x.bag", "x.box"))
    assert gap.detail == "an item of x.list_boxes does not tell its type"


def test_of_two_marks_of_a_type_one_that_is_another_decides(cloud: Cloud) -> None:
    two = replace(PLAIN, only={"/Engine": frozenset({"sql"}), "/Type": frozenset({"box"})})
    items = [box("A"), {"Name": "B", "Type": "bag"}, {"Name": "C", "Engine": "other"}, box("D", Engine="SQL")]
    found = cloud((two,), {**NORTH, "x.list_boxes@north": [boxes(*items)]}).collect()
    assert [record.name for record in found.records] == ["D"]
    assert len(found.gaps) == 1


@pytest.mark.parametrize("item", [None, "text", 3, [], {}])
def test_an_item_that_is_no_object(cloud: Cloud, item: JSON) -> None:
    (gap,) = cloud((PLAIN,), {**NORTH, "x.list_boxes@north": [boxes(item)]}).collect().gaps
    assert (gap.reason, gap.types) == (Reason.SHAPE, ("x.box",))


def test_an_item_may_have_a_number_for_an_id(cloud: Cloud) -> None:
    kind = replace(PLAIN, id="x:{/Number}")
    (record,) = cloud((kind,), {**NORTH, "x.list_boxes@north": [boxes({"Number": 7})]}).collect().records
    assert (record.id, record.name) == ("x:7", "")


def test_unless_the_listing_tells_it(cloud: Cloud) -> None:
    world = cloud((BOX,), {**NORTH, **GOOD, "x.list_boxes@north": [boxes(box("A", Home="north"))]})
    told = Unasked("x.get_home", "x:GetHome", "the listing tells it already")
    assert reply(world.collect(), "home") == told
    assert calls(world, "x.get_home") == []
    null = cloud((BOX,), {**NORTH, **GOOD, "x.list_boxes@north": [boxes(box("A", Home=None))]})
    assert body(null.collect(), "home") == {"Home": "north"}


def test_what_no_promise_asks_for(cloud: Cloud) -> None:
    world = cloud((BOX,), {**ONE, **GOOD})
    found = world.collect(plan=world.plan(facts=["Location.homes"]))
    assert reply(found, "lock") == Unasked(*GET, "no promise asks for it")
    assert body(found, "home") == {"Home": "north"}
    assert calls(world, "x.get_") == ["x.get_home A@north"]


def key(*names: str) -> dict[str, JSON]:
    return {"Keys": [{"Name": name, "Secret": 1} for name in names]}


def test_one_call_for_each_value_and_one_reply(cloud: Cloud) -> None:
    listed = [boxes(box("A", KeyIds=["k", "l", "k"]), box("B", KeyIds=["k", "l"]))]
    keys = {"x.get_key k north 111111111111": [key("1"), key("2")], "x.get_key l north 111111111111": [key("3")]}
    world = cloud((BOX,), {**NORTH, **GOOD, **keys, "x.list_boxes@north": listed})
    found = world.collect()
    for record in found.records:
        answer = record.replies["keys"]
        assert isinstance(answer, Body)
        assert answer.fragment.body == {"Keys": [{"Name": "1"}, {"Name": "2"}, {"Name": "3"}]}
    assert len(calls(world, "x.get_key")) == 2


def test_one_bad_reply_of_several_decides(cloud: Cloud) -> None:
    listed = [boxes(box("A", KeyIds=["k", "l"]))]
    denied = {"x.get_key k north 111111111111": [key("1")], "x.get_key": [CallError("Denied", refused=True)]}
    found = cloud((BOX,), {**NORTH, **GOOD, **denied, "x.list_boxes@north": listed}).collect()
    assert reply(found, "keys") == Refused("x.get_key", "x:GetKey", "Denied")


@pytest.mark.parametrize(
    ("second", "said"),
    [
        ([key("1")], Failed("x.get_key", "x:GetKey", "some of its requests found nothing")),
        ([CallError("NoKey", refused=False)], Absent("x.get_key", "x:GetKey", "NoKey")),
        ([CallError("Denied", refused=True)], Refused("x.get_key", "x:GetKey", "Denied")),
    ],
)
def test_nothing_is_absent_where_another_request_found_something(
    cloud: Cloud, second: list[JSON | CallError], said: Reply
) -> None:
    kind = replace(BOX, ask={**BOX.ask, "keys": replace(KEYS, absent=frozenset({"NoKey"}))})
    replies = {"x.get_key k north 111111111111": [CallError("NoKey", refused=False)], "x.get_key": second}
    listed = [boxes(box("A", KeyIds=["k", "l"]))]
    found = cloud((kind,), {**NORTH, **GOOD, **replies, "x.list_boxes@north": listed}).collect()
    assert reply(found, "keys") == said


@pytest.mark.parametrize("fields", [{}, {"KeyIds": []}, {"KeyIds": None}])
def test_an_item_that_names_nothing_to_ask_for(cloud: Cloud, fields: Mapping[str, JSON]) -> None:
    found = cloud((BOX,), {**NORTH, **GOOD, "x.list_boxes@north": [boxes(box("A", **fields))]}).collect()
    assert reply(found, "keys") == Unasked("x.get_key", "x:GetKey", "the item names nothing to ask for")


@pytest.mark.parametrize(
    ("pages", "detail"),
    [
        ([], "no reply"),
        ([key("1"), {}], "no list at /Keys"),
        ([{}, key("1")], "no list at /Keys"),
        ([key("1"), {"Keys": "2"}], "no list at /Keys"),
    ],
)
def test_pages_that_cannot_be_joined(cloud: Cloud, pages: list[JSON], detail: str) -> None:
    listed = [boxes(box("A", KeyIds=["k"]))]
    found = cloud((BOX,), {**NORTH, **GOOD, "x.get_key": pages, "x.list_boxes@north": listed}).collect()
    assert reply(found, "keys") == Failed("x.get_key", "x:GetKey", detail)


def test_several_replies_without_a_list_cannot_be_joined(cloud: Cloud) -> None:
    kind = replace(BOX, ask={**BOX.ask, "keys": replace(KEYS, items="")})
    listed = [boxes(box("A", KeyIds=["k", "l"]))]
    found = cloud((kind,), {**NORTH, **GOOD, "x.get_key": [key("1")], "x.list_boxes@north": listed}).collect()
    assert reply(found, "keys") == Failed("x.get_key", "x:GetKey", "no list at a declared place")
    two = cloud((BOX,), {**ONE, **GOOD, "x.get_lock": [{"On": True}, {"On": False}]}).collect()
    assert isinstance(reply(two, "lock"), Failed)


def test_a_reply_without_its_list_is_for_the_type_to_judge(cloud: Cloud) -> None:
    listed = [boxes(box("A", KeyIds=["k"]))]
    found = cloud((BOX,), {**NORTH, **GOOD, "x.get_key": [{}], "x.list_boxes@north": listed}).collect()
    assert body(found, "keys") == {}


@pytest.mark.parametrize(
    ("policy", "decoded"),
    [
        ({"Policy": '{"Open": true, "Secret": 1}'}, {"Policy": {"Open": True}}),
        ({"Policy": {"Open": True}}, {"Policy": {"Open": True}}),
        ({"Deep": {"Text": "[1, 2]"}}, {"Deep": {"Text": [1, 2]}}),
        ({"Policy": None}, {"Policy": None}),
        ({}, {}),
        ("text", ""),
    ],
)
def test_json_as_text_is_decoded(cloud: Cloud, policy: JSON, decoded: JSON) -> None:
    assert body(cloud((BOX,), {**ONE, **GOOD, "x.get_policy": [policy]}).collect(), "policy") == decoded


@pytest.mark.parametrize("policy", ["{", "{'Open': true}", '{"a": "\\ud800"}'])
def test_text_that_is_no_json(cloud: Cloud, policy: str) -> None:
    found = cloud((BOX,), {**ONE, **GOOD, "x.get_policy": [{"Policy": policy}]}).collect()
    assert reply(found, "policy") == Failed("x.get_policy", "x:GetPolicy", "/Policy is not JSON")


@pytest.mark.parametrize("value", ["\ud800", b"bytes", 2**64, {1: 2}, {"a": object()}])
def test_a_reply_that_no_evidence_can_hold_fails_alone(cloud: Cloud, value: object) -> None:
    found = cloud((BOX,), {**ONE, **GOOD, "x.get_lock": [{"On": value}]}).collect()
    assert reply(found, "lock") == Failed(*GET, "TypeError in x.get_lock")
    assert body(found, "home") == {"Home": "north"}
    (gap,) = cloud((BOX,), {**NORTH, "x.list_boxes@north": [boxes(box("A", Tags=value))]}).collect().gaps
    assert (gap.reason, gap.detail) == (Reason.FAILED, "TypeError in x.list_boxes")


def test_text_that_decodes_to_more_than_evidence_can_hold(cloud: Cloud) -> None:
    deep = "[" * 500 + "]" * 500
    found = cloud((BOX,), {**ONE, **GOOD, "x.get_policy": [{"Deep": {"Text": deep}}]}).collect()
    assert isinstance(reply(found, "policy"), Failed)


def test_lists_without_an_order_are_sorted(cloud: Cloud) -> None:
    tags = [{"b": 1}, {"a": 2}, "z"]
    replies = {**NORTH, **GOOD, "x.get_lock": [{"Tags": tags}], "x.list_boxes@north": [boxes(box("A", Tags=tags))]}
    found = cloud((BOX,), replies).collect()
    assert body(found, "lock") == {"Tags": ["z", {"a": 2}, {"b": 1}]}
    assert body(found, "item") == {"Name": "A", "Type": "Box", "Tags": ["z", {"a": 2}, {"b": 1}]}
    kept = cloud((replace(BOX, unordered=()),), replies).collect()
    assert body(kept, "lock") == {"Tags": tags}


def test_a_list_that_is_none_is_left_as_it_is(cloud: Cloud) -> None:
    replies = {**NORTH, **GOOD, "x.list_boxes@north": [boxes(box("A", Tags={"b": 1}))]}
    assert body(cloud((BOX,), replies).collect(), "item") == {"Name": "A", "Type": "Box", "Tags": {"b": 1}}


def test_the_item_may_tell_its_region_and_account(cloud: Cloud) -> None:
    kind = replace(BOX, region="/In", account="/Of/Id")
    item = box("A", In="south", Of={"Id": "projects/7"})
    aliases = {"projects/7": "acme-prod", "other": "never"}
    world = cloud((kind,), {**NORTH, **GOOD, "x.list_boxes@north": [boxes(item)]}, aliases=aliases)
    (record,) = world.collect().records
    assert (record.id, record.region, record.account) == ("x:p:111111111111:south:a", "south", "acme-prod")
    assert calls(world, "x.get_lock") == ["x.get_lock 1 A@south"]
    plain = cloud((kind,), {**ONE, **GOOD}, aliases={"111111111111": "main"})
    (record,) = plain.collect().records
    assert (record.region, record.account) == ("north", "main")


SWEPT = Call("x:Sweep", "x.sweep", items="/All", per=Per.ACCOUNT)
SWEEP = Sweep(
    SWEPT,
    native=lambda item: str(item.get("Kind") or ""),
    id="{/Id}",
    label="/Name",
    facts=(Location.homes.one("item:/In", text),),
    region="/In",
    paths=("/Kind",),
)
FOUND = {"Id": "1", "Kind": "X::Strange", "Name": "odd", "In": "south", "Secret": 1}


def test_a_sweep_records_what_nobody_modelled(cloud: Cloud) -> None:
    all_ = [
        FOUND,
        {"Id": "2", "Kind": "x::BOX"},
        {"Id": "3", "Kind": "X::Bag"},
        {"Id": "4", "Kind": "X::Config"},
        {"Id": "5"},
    ]
    kinds = {"X::Config": Kind.CONFIG}
    world = cloud((BOX, BAG), {**ONE, **GOOD, "x.sweep": [{"All": all_}]}, sweeps=(SWEEP,), kinds=kinds)
    found = records(world.collect(plan=world.plan(types=["x.box"])))
    assert sorted(found) == ["1", "4", "5", "x:p:111111111111:north:a"]
    assert not found["1"].modelled
    assert (found["1"].type, found["1"].kind, found["1"].region) == ("X::Strange", Kind.UNCLASSIFIED, "south")
    item = found["1"].replies["item"]
    assert isinstance(item, Body)
    assert item.fragment.body == {"Id": "1", "Kind": "X::Strange", "Name": "odd", "In": "south"}
    assert list(found["1"].replies) == ["item"]
    assert (found["4"].kind, found["5"].type) == (Kind.CONFIG, "")
    assert found["x:p:111111111111:north:a"].modelled


def test_a_sweep_that_was_refused_may_hide_anything(cloud: Cloud) -> None:
    denied = {"x.sweep": [{"All": [FOUND]}, CallError("Denied", refused=True)]}
    found = cloud((BOX,), {**ONE, **GOOD, **denied}, sweeps=(SWEEP,)).collect()
    assert "1" in records(found)
    (gap,) = found.gaps
    assert (gap.region, gap.reason, gap.types) == ("", Reason.REFUSED, (OTHERS,))


@pytest.mark.parametrize("item", [{"Kind": "X::Strange"}, "text", None])
def test_a_swept_item_without_an_id_may_be_anything(cloud: Cloud, item: JSON) -> None:
    (gap,) = cloud((BOX,), {**ONE, **GOOD, "x.sweep": [{"All": [item]}]}, sweeps=(SWEEP,)).collect().gaps
    assert (gap.reason, gap.types) == (Reason.SHAPE, (OTHERS,))


def test_a_listing_may_be_a_sweep_as_well(cloud: Cloud) -> None:
    both = replace(SWEEP, each=LIST, native=lambda item: str(item.get("Type")), id="{/Name}")
    listed = [boxes(box("A"), {"Name": "B", "Type": "X::Strange"}, {"Name": "C", "Type": "x::bag"})]
    world = cloud((BOX, BAG), {**NORTH, **GOOD, "x.list_boxes@north": listed}, sweeps=(both,))
    found = world.collect(plan=world.plan(types=["x.box"]))
    assert {record.name: record.modelled for record in found.records} == {"A": True, "B": False}
    assert len(calls(world, "x.list_boxes")) == 2
    denied = cloud((BOX, BAG), {"x.list_boxes": [CallError("Denied", refused=True)]}, sweeps=(both,)).collect()
    assert {gap.types for gap in denied.gaps} == {(OTHERS, "x.bag", "x.box")}


def test_what_is_modelled_stands_before_what_was_swept(cloud: Cloud) -> None:
    same = {"Id": "x:p:111111111111:north:a", "Kind": "X::Strange"}
    found = cloud((BOX,), {**ONE, **GOOD, "x.sweep": [{"All": [same]}]}, sweeps=(SWEEP,)).collect()
    (record,) = found.records
    assert record.modelled


def test_gaps_of_one_name_are_one_and_hide_what_any_may(cloud: Cloud) -> None:
    told = Gap("x", "222222222222", "", "x.open", "", Reason.UNREACHED, "b", ("x.bag",))
    again = replace(told, detail="a", types=("x.box",))
    found = cloud((), {}, gaps=(told, again, replace(told, account="333333333333"))).collect()
    assert found.gaps == (replace(told, detail="a", types=("x.bag", "x.box")), replace(told, account="333333333333"))


def many(cloud: Cloud, seed: int | None) -> Any:
    accounts = tuple(Account("x", f"{number}" * 12, regions=("north", "south")) for number in (1, 2, 3))
    items = [box(f"B{n}", KeyIds=[f"k{n % 3}", f"k{n % 2}"], Tags=[n, -n]) for n in range(6)]
    replies: dict[str, Any] = {
        "x.list_boxes": [boxes(*items[:3]), boxes(*items[3:]), CallError("Slow", refused=False)],
        "x.list_boxes@south": [boxes(*reversed(items), {"Type": "box"})],
        "x.sweep": [{"All": [FOUND, {**FOUND, "Name": "again"}]}],
        "x.get_lock 1 B1": [CallError("Denied", refused=True)],
        "x.get_lock 1 B2": [CallError("NoLock", refused=False)],
        "x.get_lock 1 B3": [{"On": True}, ZeroDivisionError()],
        "x.get_key": [key("b", "a")],
        **GOOD,
    }
    slow = None if seed is None else random.Random(seed)
    # One id in both regions: which of the two records stays must not depend on which came first.
    kind = replace(BOX, id="x:{@account}:{/Name}")
    return cloud((kind, BAG), replies, accounts=accounts, sweeps=(SWEEP,), slow=slow)


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_threads_means_nothing(cloud: Cloud, seed: int) -> None:
    alone = many(cloud, None).collect(workers=1)
    assert many(cloud, seed).collect(workers=16) == alone
    assert len(alone.records) == 19
    assert records(alone)["1"].account == "111111111111"
    assert {record.region for record in alone.records if record.modelled} == {"south"}


def test_another_executor_may_carry_the_calls(cloud: Cloud) -> None:
    world = many(cloud, 1)
    with ThreadPoolExecutor(2) as pool:
        assert collect(world, world, world.plan(), executor=pool) == many(cloud, None).collect()


def test_each_service_of_an_account_has_its_own_lane(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    lanes: list[tuple[str, str]] = []
    monkeypatch.setattr("scanner.collect.limits.Limits.wait", lambda _, *lane: lanes.append(lane))
    cloud((BOX,), {**ONE, **GOOD}).collect()
    assert set(lanes) == {("111111111111", "x")}
    assert len(lanes) == 5


def test_what_discovery_raises_is_raised(cloud: Cloud) -> None:
    class Broken:
        """A session that cannot begin."""

        def discover(self) -> None:
            raise LookupError("nothing")

    with pytest.raises(LookupError):
        cloud((), {}).collect(session=Broken())


DETAIL = Call("x:GetDetail", "x.get_detail", take={"Name": ""})
FOLLOWING = Call("x:GetSeal", "x.get_seal", take={"Id": "/Seals/*", "In": "@region"}, items="/Seals", follows="detail")
NAMED = ResourceType(
    "x.named",
    "X::Named",
    Kind.DATA,
    replace(LIST, operation="x.list_names", items="/Names"),
    id="x:{@region}:{}",
    label="",
    ask={"seal": FOLLOWING, "detail": DETAIL},
    facts=(EncryptionAtRest.key.at("seal:/Seals/*/Name", text),),
)
NAMES = {"x.list_names@south": [{"Names": []}], "x.list_names@north": [{"Names": ["A"]}]}


def test_an_item_that_is_a_text_names_itself(cloud: Cloud) -> None:
    (record,) = cloud((NAMED,), {**NAMES, "x.get_detail A": [{}]}).collect().records
    assert (record.id, record.name) == ("x:north:A", "A")
    item = record.replies["item"]
    assert isinstance(item, Body)
    assert item.fragment.body == "A"


def test_an_ask_takes_what_the_reply_to_another_tells(cloud: Cloud) -> None:
    told = {"x.get_detail A": [{"Seals": ["s", "t"], "Secret": "s"}], "x.get_seal": [{"Seals": [{"Name": "1"}]}]}
    world = cloud((NAMED,), {**NAMES, **told})
    found = world.collect()
    assert body(found, "seal") == {"Seals": [{"Name": "1"}, {"Name": "1"}]}
    assert body(found, "detail") == {"Seals": ["s", "t"]}
    assert calls(world, "x.get_seal") == ["x.get_seal s north@north", "x.get_seal t north@north"]


def test_an_ask_has_the_outcome_of_the_one_that_it_follows(cloud: Cloud) -> None:
    found = cloud((NAMED,), {**NAMES, "x.get_detail": [CallError("Denied", refused=True)]}).collect()
    assert reply(found, "seal") == Refused("x.get_detail", "x:GetDetail", "Denied")


@pytest.mark.parametrize("detail", [{}, {"Seals": []}])
def test_a_reply_that_names_nothing_to_ask_for(cloud: Cloud, detail: JSON) -> None:
    found = cloud((NAMED,), {**NAMES, "x.get_detail": [detail]}).collect()
    assert reply(found, "seal") == Unasked("x.get_seal", "x:GetSeal", "the item names nothing to ask for")


def test_an_empty_text_is_no_document(cloud: Cloud) -> None:
    told = {**GOOD, "x.get_policy": [{"Policy": "", "Deep": {"Text": "[1]"}}]}
    found = cloud((BOX,), {**NORTH, **told, "x.list_boxes@north": [boxes(box("A"))]}).collect()
    assert body(found, "policy") == {"Policy": "", "Deep": {"Text": [1]}}


GRANTS = Call(
    "x:ListGrants",
    "x.list_grants",
    items="/Grants",
    per=Per.ACCOUNT,
    join=Join("/Of", {"/Name": "", "/Parents/*": "p/"}),
)
GRANTED = ResourceType(
    "x.granted",
    "X::Granted",
    Kind.DATA,
    replace(LIST, operation="x.list_granted", items="/Granted"),
    id="x:{@region}:{/Name}",
    label="/Name",
    ask={"grants": GRANTS},
    facts=(EncryptionAtRest.key.at("grants:/Grants/*/To", text),),
)
LISTED = {
    "x.list_granted@north": [{"Granted": [{"Name": "A", "Parents": ["1", "2"]}, {"Name": "B"}]}],
    "x.list_granted@south": [{"Granted": [{"Name": "C", "Parents": ["2"]}]}],
}


def test_one_listing_tells_of_all(cloud: Cloud) -> None:
    one: JSON = {"Grants": [{"Of": "A", "To": "a", "Secret": "s"}, {"Of": "p/1", "To": "b"}]}
    two: JSON = {"Grants": [{"Of": "p/2", "To": "c"}, {"Of": "A", "To": "d"}]}
    world = cloud((GRANTED,), {**LISTED, "x.list_grants": [one, two]})
    found = world.collect()
    told = {each.name: each.replies["grants"] for each in found.records}
    bodies = {name: each.fragment.body for name, each in told.items() if isinstance(each, Body)}
    assert bodies == {
        "A": {
            "Grants": [
                {"Of": "A", "To": "a"},
                {"Of": "A", "To": "d"},
                {"Of": "p/1", "To": "b"},
                {"Of": "p/2", "To": "c"},
            ]
        },
        "B": {"Grants": []},
        "C": {"Grants": [{"Of": "p/2", "To": "c"}]},
    }
    assert [each for each in world.asked if "list_grants" in each] == ["x.list_grants@"]


def test_a_joined_listing_that_is_refused_is_refused_to_all(cloud: Cloud) -> None:
    found = cloud((GRANTED,), {**LISTED, "x.list_grants": [CallError("Denied", refused=True)]}).collect()
    assert {each.replies["grants"] for each in found.records} == {Refused("x.list_grants", "x:ListGrants", "Denied")}


def test_a_listing_is_told_its_account(cloud: Cloud) -> None:
    told = replace(PLAIN, each=replace(LIST, take={"AccountId": "@account", "In": "@region"}))
    one = Account("x", "1", regions=("north",), partition="p")
    world = cloud((told,), {"x.list_boxes": [boxes(box("A"))]}, accounts=(one,))
    assert [record.name for record in world.collect().records] == ["A"]
    assert world.asked == ["x.list_boxes 9 1 north@north"]
