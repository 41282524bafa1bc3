"""A sample of a scan: one region, the first item of each type, and every call that it leads to."""

from __future__ import annotations

import pytest

from scanner.collect.model import Account, Call, Per, ResourceType, Sweep, Unit
from scanner.collect.sample import Sampled, first, is_of, sampled
from scanner.facts import JSON, Kind, Location, Tagging, pairs, text
from tests.scanner.collect.conftest import Cloud

LISTING = Call("x:List", "things.list", items="/page/things", per=Per.REGION)
BOX, BAG = (
    ResourceType(
        f"x.{name}",
        f"X::{name}",
        Kind.DATA,
        LISTING,
        id="{/id}",
        label="/id",
        only={"/type": frozenset({name})},
        facts=(Location.homes.one("item:/place", text), Tagging.tags.at("tags:/tags", pairs)),
        ask={"tags": Call("x:Tags", f"{name}.tags", take={"id": "/id"})},
    )
    for name in ("box", "bag")
)
SWEEP = Sweep(
    Call("x:Sweep", "sweep.list", items="/all", per=Per.ACCOUNT), lambda _: "other", id="{/id}", label="/id", facts=()
)
ACCOUNTS = tuple(Account("x", str(number), regions=("north", "south")) for number in range(3))


def thing(name: str, kind: str) -> JSON:
    return {"id": name, "type": kind, "place": "gcp:eu"}


def cloud(*pages: JSON) -> Cloud:
    replies = {
        "things.list": pages,
        "box.tags": [{"tags": {}}],
        "bag.tags": [{"tags": {}}],
        "sweep.list": [{"all": [{"id": "1"}, {"id": "2"}]}],
    }
    return Cloud((BOX, BAG), replies, (SWEEP,), ACCOUNTS)


def page(*things: JSON) -> JSON:
    return {"page": {"things": list(things)}, "next": "more"}


def test_each_call_is_made_once_for_each_account() -> None:
    estate = cloud(page(*(thing(f"box{n}", "Box") for n in range(9)), thing("bag0", "bag"), thing("bag1", "bag")))
    session = sampled(estate, estate, estate.plan(), most=2, prefer="south")
    found = estate.collect(session=session)
    assert {record.id for record in found.records if record.modelled} == {"box0", "bag0"}
    assert sorted(estate.asked) == sorted(
        ["things.list@south", "box.tags box0@south", "bag.tags bag0@south", "sweep.list@"] * 2
    )


@pytest.mark.parametrize(("prefer", "region"), [("south", "south"), ("west", "north"), ("", "north")])
def test_the_region(prefer: str, region: str) -> None:
    (account, *_) = Sampled(cloud(), {}, 3, prefer).discover().accounts
    assert account.regions == (region,)


@pytest.mark.parametrize(("most", "count"), [(1, 1), (3, 3), (9, 3)])
def test_the_first_accounts(most: int, count: int) -> None:
    assert len(Sampled(cloud(), {}, most).discover().accounts) == count


@pytest.mark.parametrize(
    ("pages", "read"),
    [
        ([page(thing("a", "box")), page(thing("b", "box"))], ["a"]),
        ([page(), page(thing("b", "box"))], ["b"]),
        ([page(), page(), page(), page(thing("late", "box"))], []),
        ([page(thing("a", "jar"))], []),
    ],
    ids=["the first page", "an empty page before", "empty too often", "of no type"],
)
def test_pages_are_read_until_one_has_items(pages: list[JSON], read: list[str]) -> None:
    estate = cloud(*pages)
    session = sampled(estate, estate, estate.plan(), 1)
    bodies = list(session.pages(Unit(ACCOUNTS[0], "north"), LISTING, {}))
    assert [each["id"] for body in bodies for each in body["page"]["things"]] == read  # type: ignore[index]  # of JSON


def test_an_ask_is_passed_on_whole() -> None:
    estate = cloud()
    session = sampled(estate, estate, estate.plan(), 1)
    assert list(session.pages(Unit(ACCOUNTS[0]), BOX.ask["tags"], {"id": "1"})) == [{"tags": {}}]
    session.close()


@pytest.mark.parametrize(
    ("item", "is_box"), [(thing("a", "BOX"), True), (thing("a", "bag"), False), ({"id": "a"}, False), ("text", False)]
)
def test_the_type_of_an_item(item: JSON, is_box: bool) -> None:
    assert is_of(BOX, item) is is_box


def test_without_types_the_first_of_all() -> None:
    assert first([[1, 2], "no list", [3]], ()) == [1]
    assert first([], ()) == []
