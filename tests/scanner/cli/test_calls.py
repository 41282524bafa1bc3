"""`asdeclared scan --explain-calls`, and what a scan tells of its calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scanner.cli.calls import extent, made, pace
from scanner.cli.main import run
from scanner.collect.calls import Extent
from scanner.collect.progress import Count, Lane, Operation, Snapshot, Spent
from tests.scanner.cli.conftest import Shop, box

POLICY = """version: 1
name: first
organisation: Example SaaS Ltd
scope: {aws: {accounts: ["111111111111", "222222222222"]%s}}
promises:
  - {id: where, says: Here., check: residency.places, with: {places: [GB]}}
"""


def _explained(capsys: pytest.CaptureFixture[str], scope: str, *options: str) -> str:
    Path("asdeclared.yaml").write_text(POLICY % scope)
    assert run(["scan", "--explain-calls", *options]) == 0
    return capsys.readouterr().out


def test_the_plan_is_told_and_nothing_is_called(
    shop: Shop, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    told = _explained(capsys, ", regions: [eu-west-1, eu-west-2, eu-west-3]", "--record", "tape")
    assert told.splitlines() == [
        "aws: 1 operations of 1 services; 6 calls of 1 operations are certain",
        "  things.list: 6 calls, one for each account and region; for where; Location.copies, Location.homes",
    ]
    assert shop.scopes == []
    assert sorted(each.name for each in Path().iterdir()) == ["asdeclared.yaml"]


def test_without_regions_in_the_scope_their_number_is_not_told(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert "things.list: one for each account and region; for where" in _explained(capsys, "")
    assert shop.scopes == []


def test_the_plan_as_json(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    (call,) = json.loads(_explained(capsys, ", regions: [eu-west-2]", "--json"))["calls"]
    assert call == {
        "cloud": "aws",
        "service": "things",
        "operation": "things.list",
        "permission": "x:List",
        "each": ["account and region"],
        "calls": 2,
        "types": ["aws.box", "what is not modelled"],
        "promises": ["where"],
        "facts": ["Location.copies", "Location.homes"],
    }
    assert shop.scopes == []


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({}, Extent(None, None)),
        ({"accounts": ["1", "2"], "regions": ["a"]}, Extent(2, 1)),
        ({"accounts": [], "regions": []}, Extent(None, None)),
        ({"subscriptions": ["1"]}, Extent(1, None)),
        ({"subscriptions": ["1"], "management_groups": ["all"]}, Extent(None, None)),
        ({"projects": ["1"], "parents": ["folders/1"]}, Extent(None, None)),
    ],
)
def test_the_extent_of_a_scope(scope: dict[str, Any], expected: Extent) -> None:
    assert extent(scope) == expected


NOW = Snapshot(
    {
        Lane("x", "1", "boxes"): Count(3, 1),
        Lane("x", "2", "boxes"): Count(1),
        Lane("x", "1", "keys"): Count(9),
        Lane("x", "1", "bags"): Count(1),
        Lane("x", "1", "cats"): Count(1),
    },
    {"x": 2},
    (),
    {Operation("x", "keys", "keys.get"): Spent(9, 2.25), Operation("x", "boxes", "boxes.list"): Spent(4, 0.75)},
    1.5,
)


def test_the_line_after_a_scan() -> None:
    line = "15 calls (1 refused) in 1.5 s, 2.0 at once on average; most to keys (9), boxes (4), bags (1)."
    assert pace(NOW) == line
    assert pace(Snapshot({}, {}, ())) == "0 calls in 0.0 s."


def test_the_calls_that_were_made_as_json() -> None:
    assert json.loads(made(NOW)) == {
        "wall_seconds": 1.5,
        "call_seconds": 3.0,
        "calls": [
            {"cloud": "x", "service": "boxes", "operation": "boxes.list", "calls": 4, "seconds": 0.75},
            {"cloud": "x", "service": "keys", "operation": "keys.get", "calls": 9, "seconds": 2.25},
        ],
    }


def test_a_scan_writes_its_calls(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.things.append(box("a"))
    Path("asdeclared.yaml").write_text(POLICY % "")
    run(["scan", "--no-history", "--calls", "told/calls.json"])
    (call,) = json.loads(Path("told/calls.json").read_bytes())["calls"]
    assert (call["operation"], call["calls"]) == ("things.list", 1)
    assert "1 calls in 0.0 s" in capsys.readouterr().err
