"""Calls, resource types and gaps as data."""

from __future__ import annotations

import pytest

from scanner.collect.model import (
    EVERYTHING,
    Account,
    Call,
    CallError,
    Gap,
    ResourceType,
    Sweep,
    Unit,
    pointers,
    projections,
    take,
)
from scanner.facts import JSON, Exposure, Kind, Location, Reason, Tagging, flag, pairs, text

ITEM = {"a": [{"b": 1}, {"b": None}, {}, {"b": 2}, "b"], "c": {"d": "x"}, "n": None}


@pytest.mark.parametrize(
    ("pointer", "values"),
    [
        ("", [ITEM]),
        ("/c/d", ["x"]),
        ("/a/*/b", [1, 2]),
        ("/c/*", []),
        ("/n", []),
        ("/n/x", []),
        ("/gone", []),
        ("/c/d/e", []),
    ],
)
def test_take(pointer: str, values: list[JSON]) -> None:
    assert take(ITEM, pointer) == values


def test_take_of_nothing() -> None:
    assert take(None, "") == []


def test_the_key_of_a_listing_is_its_request() -> None:
    one = Call("x:List", "x.list", give={"a": 1, "b": 2})
    assert one.key == Call("x:Other", "x.list", give={"b": 2, "a": 1}).key
    assert one.key != Call("x:List", "x.list", give={"a": 1}).key
    assert one.key != Call("x:List", "x.list2", give={"a": 1, "b": 2}).key


BOX = ResourceType(
    "x.box",
    "X::Box",
    Kind.DATA,
    Call("x:List", "x.list", items="/Boxes"),
    id="x:{@partition}:{@account}:{/Id|lower}/{/Sub/Id}",
    label="/Name",
    region="/Region",
    account="/Owner",
    only={"/Type": frozenset({"box"})},
    ask={
        "lock": Call("x:GetLock", "x.get_lock", take={"Id": "/LockId", "Account": "@account"}, unless="/Lock"),
        "bare": Call("x:GetBare", "x.get_bare"),
    },
    facts=(
        Tagging.tags.at("item:/Tags", pairs),
        Exposure.public.by(lambda view: view.at("lock:/On", flag), "lock:/On", "lock:/Since"),
    ),
)
SWEEP = Sweep(
    Call("x:Sweep", "x.sweep", items="/All"),
    native=lambda item: str(item.get("Kind")),
    id="{/Id}",
    label="/Name",
    facts=(Location.homes.one("item:/Region", text),),
    paths=("/Kind",),
)


def test_the_pointers_that_an_item_is_projected_to() -> None:
    assert pointers(BOX) == {
        "/Tags", "/Id", "/Sub/Id", "/Name", "/Region", "/Owner", "/Type", "/LockId", "/Lock"
    }  # fmt: skip
    assert pointers(SWEEP) == {"/Id", "/Name", "/Region", "/Kind"}


def test_the_projections_of_a_type() -> None:
    made = projections(BOX)
    assert set(made) == {"item", "lock", "bare"}
    assert made["lock"]({"On": True, "Since": 1, "Secret": 2}) == {"On": True, "Since": 1}
    assert made["bare"]({"Secret": 2}) == {}
    assert made["item"]({"Tags": {"a": "b"}, "Sub": {"Id": 1, "Secret": 2}, "Secret": 3}) == {
        "Tags": {"a": "b"},
        "Sub": {"Id": 1},
    }


def test_names() -> None:
    account = Account("x", "111111111111")
    assert BOX.provider == "x"
    assert Unit(account, "north").key == "x/111111111111/north"
    assert Unit(account).key == "x/111111111111/-"
    gap = Gap("x", "111111111111", "", "x.list", "x:List", Reason.REFUSED, "denied", (EVERYTHING,))
    assert gap.id == "gap:x/111111111111/-/x.list/refused"


@pytest.mark.parametrize(
    ("error", "said", "detail"),
    [
        (CallError("Denied", refused=True), "Denied", "Denied"),
        (CallError("Late", refused=False, detail="it took too long"), "Late: it took too long", "it took too long"),
    ],
)
def test_an_error_of_a_call(error: CallError, said: str, detail: str) -> None:
    assert str(error) == said
    assert error.detail == detail
