"""A joined listing that is one request, whose items tell of resources by more than one of their names."""

from __future__ import annotations

from typing import Any

from scanner.collect.model import Call, Join, Per, ResourceType
from scanner.facts import Body, EncryptionAtRest, Kind, Lineage, Origin, text
from scanner.facts.state import UNRESOLVED

Cloud = Any
"""The small cloud of `conftest`."""
PAIRS = Call("x:ListPairs", "x.list_pairs", items="/Pairs", per=Per.ACCOUNT, join=Join("/From", {"/Name": ""}))
ENDS = Call("x:ListPairs", "x.list_pairs", items="/Pairs", per=Per.ACCOUNT, join=Join("/To", {"/Name": ""}))
PAIRED = ResourceType(
    "x.paired",
    "X::Paired",
    Kind.DATA,
    Call("x:List", "x.list", items="/Items"),
    id="x:{/Name}",
    label="/Name",
    ask={"out": PAIRS, "in": ENDS},
    facts=(
        EncryptionAtRest.key.at("out:/Pairs/*/To", text),
        Lineage.origins.one("in:/Pairs/*/From", lambda value: Origin(text(value), UNRESOLVED)),
    ),
)


def test_one_request_is_joined_by_either_name(cloud: Cloud) -> None:
    pairs = {"Pairs": [{"From": "A", "To": "B"}, {"From": "B", "To": "C"}]}
    listed = {"x.list@north": [{"Items": [{"Name": "B"}]}], "x.list@south": [{"Items": []}]}
    world = cloud((PAIRED,), {**listed, "x.list_pairs": [pairs]})
    (found,) = world.collect().records
    told = {name: each.fragment.body for name, each in found.replies.items() if isinstance(each, Body)}
    assert told["out"] == {"Pairs": [{"From": "B", "To": "C"}]}
    assert told["in"] == {"Pairs": [{"From": "A", "To": "B"}]}
    assert [each for each in world.asked if "pairs" in each] == ["x.list_pairs@"]
