"""Requests of one ask that are told apart: what became of each, in an order that stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scanner.collect.model import Call, CallError, ResourceType
from scanner.collect.runner import NOT_RECORDED, Inventory
from scanner.collect.tape import Recorder, Recording
from scanner.facts import Body, EncryptionAtRest, Exposure, Failed, Kind, Refused, Reply, Unasked

Cloud = Callable[..., Any]

NAMES = {"x.list_names@south": [{"Names": []}], "x.list_names@north": [{"Names": ["A"]}]}
DETAIL = Call("x:GetDetail", "x.get_detail", take={"Name": ""})
SEALS = Call(
    "x:GetSeal",
    "x.get_seal",
    take={"Id": "/Seals/*", "In": "@region"},
    absent=frozenset({"NoSeal"}),
    follows="detail",
    apart=True,
)
STAMPS = Call("x:GetStamp", "x.get_stamp", take={"Stamp": "/Stamp"}, items="/Stamps", follows="seal")
APART = ResourceType(
    "x.named",
    "X::Named",
    Kind.DATA,
    Call("x:ListNames", "x.list_names", items="/Names"),
    id="x:{@region}:{}",
    label="",
    ask={"detail": DETAIL, "seal": SEALS, "stamp": STAMPS},
    facts=(
        EncryptionAtRest.key.by(lambda _: "", "seal:/*/of", "seal:/*/absent", "seal:/*/refused", "seal:/*/body/Name"),
        Exposure.public.by(lambda _: False, "stamp:/Stamps/*/Ink"),
    ),
)
TWO_SEALS = {**NAMES, "x.get_detail A": [{"Seals": ["t", "s"]}]}


def reply(found: Inventory, source: str) -> Reply:
    (record,) = found.records
    return record.replies[source]


def body(found: Inventory, source: str) -> Any:
    answer = reply(found, source)
    assert isinstance(answer, Body)
    return answer.fragment.body


def stamped(cloud: Any) -> list[str]:
    return [asked for asked in cloud.asked if asked.startswith("x.get_stamp")]


def test_requests_that_are_told_apart_keep_their_order_and_what_became_of_each(cloud: Cloud) -> None:
    seals = {
        "x.get_detail A": [{"Seals": ["t", "s", "r", "s"]}],
        "x.get_seal r": [CallError("Denied", refused=True)],
        "x.get_seal s": [CallError("NoSeal", refused=False)],
        "x.get_seal t": [{"Name": "T", "Stamp": "ink", "Secret": "s"}],
    }
    named = {f"{key} north@north" if "seal" in key else key: told for key, told in seals.items()}
    world = cloud((APART,), {**NAMES, **named, "x.get_stamp ink": [{"Stamps": [{"Ink": "red", "Secret": "s"}]}]})
    found = world.collect()
    assert body(found, "seal") == [
        {"of": {"Id": "r", "In": "north"}, "refused": "Denied"},
        {"of": {"Id": "s", "In": "north"}, "absent": "NoSeal"},
        {"of": {"Id": "t", "In": "north"}, "body": {"Name": "T", "Stamp": "ink"}},
    ]
    assert body(found, "stamp") == {"Stamps": [{"Ink": "red"}]}
    assert stamped(world) == ["x.get_stamp ink@north"]


@pytest.mark.parametrize(
    ("error", "seal"),
    [
        (CallError("Denied", refused=True), Refused("x.get_seal", "x:GetSeal", "Denied")),
        (CallError("Slow", refused=False, detail="too slow"), Failed("x.get_seal", "x:GetSeal", "too slow")),
        (CallError(NOT_RECORDED, refused=False, detail="no"), Unasked("x.get_seal", "x:GetSeal", "no")),
    ],
)
def test_where_none_of_them_brought_anything_the_whole_did_not(cloud: Cloud, error: Exception, seal: Reply) -> None:
    found = cloud((APART,), {**TWO_SEALS, "x.get_seal": [error]}).collect()
    assert reply(found, "seal") == seal
    assert reply(found, "stamp") == Unasked("x.get_stamp", "x:GetStamp", "the item names nothing to ask for")


def test_where_all_of_them_are_absent_nothing_follows(cloud: Cloud) -> None:
    world = cloud((APART,), {**TWO_SEALS, "x.get_seal": [CallError("NoSeal", refused=False)]})
    found = world.collect()
    assert [each["absent"] for each in body(found, "seal")] == ["NoSeal", "NoSeal"]
    assert reply(found, "stamp") == Unasked("x.get_stamp", "x:GetStamp", "the item names nothing to ask for")
    assert stamped(world) == []


def test_what_names_them_was_refused(cloud: Cloud) -> None:
    found = cloud((APART,), {**NAMES, "x.get_detail": [CallError("Denied", refused=True)]}).collect()
    assert reply(found, "stamp") == reply(found, "seal") == Refused("x.get_detail", "x:GetDetail", "Denied")


def test_a_replay_tells_them_apart_again(cloud: Cloud, tmp_path: Path) -> None:
    seals = {"x.get_seal t north@north": [{"Name": "T"}], "x.get_seal s north@north": [CallError("No", refused=True)]}
    world, tape = cloud((APART,), {**TWO_SEALS, **seals}), Recorder(tmp_path, "2026-01-02T03:04:05+00:00")
    found = world.collect(tape=tape)
    tape.close()
    again = world.collect(session=Recording(tmp_path).session("x"))
    assert body(again, "seal") == body(found, "seal")
    assert [sorted(each.keys() - {"of"}) for each in body(again, "seal")] == [["refused"], ["body"]]
