"""No request is made twice: what a listing and an ask share, and all that the providers declare."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from scanner import registry
from scanner.collect.model import Account, Call, CallError, Discovery, Provider, ResourceType, Unit, declared, pointers
from scanner.collect.once import Once, shared
from scanner.collect.plan import Wanted, plan
from scanner.collect.runner import collect
from scanner.facts import JSON, Body, Failed, Kind, Location, canonical, text
from scanner.facts.reply import split

Cloud = Callable[..., Any]

BOX = ResourceType(
    "x.box",
    "X::Box",
    Kind.DATA,
    Call("x:ListBoxes", "x.list_boxes", items="/Boxes"),
    id="{/Name}",
    label="/Name",
    facts=(),
)
ROOM = ResourceType(
    "x.room",
    "X::Room",
    Kind.DATA,
    Call("x:ListRooms", "x.list_rooms", items="/Rooms"),
    id="room:{/Name}",
    label="/Name",
    ask={"boxes": Call("x:ListBoxes", "x.list_boxes", items="/Boxes")},
    facts=(Location.homes.one("boxes:/Boxes/*/Home", text),),
)
ROOMS = {"x.list_rooms@south": [{"Rooms": []}], "x.list_rooms@north": [{"Rooms": [{"Name": "R"}]}]}
PAGES = [{"Boxes": [{"Name": "A", "Home": "h"}]}, {"Boxes": [{"Name": "B", "Home": "h"}]}]
BROKEN = CallError("Slow", refused=False)


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("error", [None, BROKEN], ids=["good", "ends early"])
def test_what_is_a_listing_and_an_ask_is_one_request(cloud: Cloud, workers: int, error: CallError | None) -> None:
    world = cloud((BOX, ROOM), {**ROOMS, "x.list_boxes": [*PAGES, *([error] if error else [])]})
    found = world.collect(session=Once(world, shared(world)), workers=workers)
    requests = ["x.list_boxes@north", "x.list_boxes@south", "x.list_rooms@north", "x.list_rooms@south"]
    assert sorted(world.asked) == requests
    replies = {record.id: record.replies for record in found.records}
    assert sorted(replies) == ["A", "B", "room:R"]
    assert len([gap for gap in found.gaps if gap.call == "x.list_boxes"]) == (2 if error else 0)
    told = replies["room:R"]["boxes"]
    if error:
        assert isinstance(told, Failed)
    else:
        assert isinstance(told, Body)
        assert told.fragment.body == {"Boxes": [{"Home": "h"}, {"Home": "h"}]}


def test_other_requests_are_passed_on_page_by_page(cloud: Cloud) -> None:
    world = cloud((BOX,), {"x.list_boxes": [*PAGES, BROKEN]})
    assert shared(world) == {}
    pages = Once(world, {("x.list_boxes", frozenset({"Max"})): ({},)}).pages(Unit(Account("x", "1")), BOX.each, {})
    assert [next(pages), next(pages)] == PAGES
    with pytest.raises(CallError):
        next(pages)


def test_who_comes_second_waits() -> None:
    begun, go_on = threading.Event(), threading.Event()
    asked: list[str] = []

    class Slow:
        def pages(self, unit: Unit, *_: object) -> Iterator[JSON]:
            asked.append(unit.region)
            begun.set()
            assert go_on.wait(10)
            yield {"Boxes": []}

    once = Once(Slow(), {("x.list_boxes", frozenset()): ({},)})  # type: ignore[arg-type] # pages are all it is asked
    with ThreadPoolExecutor(3) as pool:
        unit = Unit(Account("x", "1"), "north")
        jobs = [pool.submit(lambda: list(once.pages(unit, BOX.each, {}))) for _ in range(2)]
        assert begun.wait(10)
        go_on.set()
        assert [job.result() for job in jobs] == [[{"Boxes": []}]] * 2
    assert asked == ["north"]
    assert list(once.pages(Unit(Account("x", "1"), "south"), BOX.each, {})) == [{"Boxes": []}]
    assert asked == ["north", "south"]


def test_asks_that_read_a_reply_in_other_ways_share_it() -> None:
    ways = [Call("", "x.get", take={"Id": "/Id"}, absent=frozenset({code})) for code in ("A", "B")]
    same = Call("", "x.key", take={"Id": "/Id"})
    kinds = tuple(
        ResourceType(f"x.{number}", "", Kind.DATA, BOX.each, "", "", (), ask={"a": way, "b": same})
        for number, way in enumerate(ways)
    )

    class Made:
        types, sweeps = kinds, ()

    assert shared(Made()) == {("x.get", frozenset({"Id"})): ({},)}  # type: ignore[arg-type] # a part of a provider


@pytest.mark.parametrize(("content", "requests"), [("BODY", 1), ("POLICY", 2)])
def test_a_listing_is_held_where_an_ask_may_make_the_same_request(cloud: Cloud, content: str, requests: int) -> None:
    listing = replace(BOX.each, give={"Content": "BODY", "Max": 5})
    ask = replace(BOX.each, give={"Content": content}, take={"Max": "/Max"})
    world = cloud((replace(BOX, each=listing, ask={"more": ask}),), {"x.list_boxes": PAGES})
    once = Once(world, shared(world))
    for _ in range(2):
        assert list(once.pages(Unit(Account("x", "1"), "north"), listing, listing.give)) == PAGES
    assert len(world.asked) == requests


@dataclass
class Mirror:
    """A session in which everything that may be named is there once in each place, and its requests."""

    provider: Provider
    requests: Counter[str] = field(default_factory=Counter)

    def discover(self) -> Discovery:
        account = Account(self.provider.name, "111111111111", regions=("north", "south"), partition="aws")
        return Discovery((account,))

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        self.requests[f"{unit.key} {call.operation} {canonical(dict(params)).decode()}"] += 1
        listed = [kind for kind in self.provider.types if kind.each.key == call.key and not call.take]
        if listed:
            yield _at(call.items, [_item(kind) for kind in listed]) if call.items else _item(listed[0])
            return
        asked = [(k, source) for k in self.provider.types for source, each in k.ask.items() if each == call]
        wanted = {pointer for kind, source in asked for pointer in declared(kind, source)}
        yield _filled(wanted | ({call.items + "/*"} if call.items else set()))

    def close(self) -> None:
        return


def _item(kind: ResourceType) -> JSON:
    item = _filled(pointers(kind))
    for pointer, accepted in kind.only.items():
        _put(item, split(pointer), min(accepted))
    return item


def _filled(wanted: Iterable[str]) -> JSON:
    """A body with a text at each of the pointers, the deepest where one lies in another."""
    body: JSON = {}
    for pointer in sorted(wanted):
        _put(body, split(pointer), "value")
    return body


def _put(body: Any, steps: Iterable[str], value: JSON) -> None:
    step, *more = steps
    key: Any = 0 if step == "*" else step
    if isinstance(body, list) and not body:
        body.append(None)
    if not more:
        body[key] = value
        return
    wanted: Any = [] if more[0] == "*" else {}
    held = body[key] if isinstance(body, list) else body.get(key)
    if not isinstance(held, type(wanted)):
        body[key] = wanted
    _put(body[key], more, value)


def _at(pointer: str, value: JSON) -> JSON:
    body: JSON = {}
    _put(body, split(pointer), value)
    return body


@pytest.mark.parametrize("name", ["aws", "azure", "gcp"])
def test_the_whole_plan_of_a_provider_makes_no_request_twice(name: str) -> None:
    provider = registry.providers()[name]
    facts = frozenset(answer.fact.key for kind in provider.types for answer in kind.facts)
    whole = plan(provider.types, [Wanted("all", facts, frozenset(kind.name for kind in provider.types))])
    mirror = Mirror(provider)
    collect(provider, Once(mirror, shared(provider)), whole)
    assert {request: count for request, count in mirror.requests.items() if count > 1} == {}
    operations = {request.split(" ", 1)[1].partition(" {")[0] for request in mirror.requests}
    missed = {call.operation for call in whole.calls()} - operations
    assert len(missed) <= len(operations) / 10, missed
