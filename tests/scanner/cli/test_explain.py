"""What a check or a type reads, and what it cannot see, told from the declarations themselves."""

from __future__ import annotations

import pytest

from checks import retention
from scanner import registry
from scanner.cli import explain
from scanner.cli.main import run
from scanner.collect.model import Call, Per, ResourceType, Sweep
from scanner.facts import (
    Backup,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    Reason,
    Tagging,
    Unknown,
    pairs,
    text,
)
from tests.scanner.collect.conftest import Cloud


def _plans(_: object) -> list[Unknown]:
    return [Unknown(Reason.NOT_ASKED, "vaults are not read")]


def _breaks(_: object) -> bool:
    raise RuntimeError("it needs a reply")


BOX = ResourceType(
    "x.box",
    "X::Box",
    Kind.DATA,
    Call("x:List", "boxes.list", items="/boxes", per=Per.ACCOUNT),
    id="{/id}",
    label="/id",
    facts=(
        Location.homes.one("item:/place", text),
        Location.copies.none("https://example.com/copies"),
        Backup.plans.items(_plans, "plans:/a", "plans:/b"),
        Lineage.origins.gap("nobody tells"),
        Exposure.public.by(_breaks, "item:/open"),
        Tagging.tags.at("tags:/tags", pairs),
    ),
    ask={
        "plans": Call("x:Plans", "boxes.plans", take={"id": "/id"}),
        "tags": Call("", "boxes.tags", take={"id": "/id"}),
    },
    without={LogStore: "it is a box"},
)
SHELF = ResourceType("x.shelf", "X::Shelf", Kind.CONFIG, BOX.each, id="{/id}", label="/id", facts=(BOX.facts[0],))
SWEEP = Sweep(Call("x:Sweep", "sweep.list"), lambda _: "", id="{/id}", label="/id", facts=(), blind="only tagged ones")


class Limited(Cloud):
    limits = ("X: shelves are not dusted.",)


@pytest.fixture(autouse=True)
def estate(monkeypatch: pytest.MonkeyPatch) -> None:
    made = Limited((BOX, SHELF), {}, (SWEEP,), kinds={"X::Jar": Kind.DATA, "X::Lid": Kind.CONFIG})
    made.limits = Limited.limits
    monkeypatch.setattr(registry, "providers", lambda: {"x": made})
    monkeypatch.setenv("COLUMNS", "100")


def told(name: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["explain", name]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return said.out


@pytest.mark.parametrize("name", ["x.box", "X::Box", "x::box"])
def test_a_type(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(name, capsys).splitlines() == [
        "x.box (X::Box, data)",
        "",
        "Listed once for each account, by",
        "  boxes.list (x:List)",
        "",
        "Answers:",
        "  Location.homes: In which places is the data itself kept? Place ids; `global` and `unplaced` are",
        "    values.",
        "    boxes.list (x:List): /place",
        "  Location.copies: Which copies does the vendor make or was it told to make, of which kind, and",
        "    where?",
        "    documented: [] (https://example.com/copies)",
        "  Backup.plans: By which plans is it backed up, and for how long is each recovery point kept, and",
        "    where?",
        "    boxes.plans (x:Plans): /a, /b",
        "    cannot see: vaults are not read",
        "  Lineage.origins: From which resources was its content copied or restored?",
        "    cannot see: nobody tells",
        "  Exposure.public: Can anybody on the Internet read it, or connect to it, without being invited?",
        "    boxes.list (x:List): /open",
        "  Tagging.tags: Which tags does it have?",
        "    boxes.tags (no permission needed): /tags",
        "  LogStore: makes no sense for it: it is a box",
        "",
        "Types of x that are not modelled are seen by:",
        "  sweep.list (x:Sweep): only tagged ones",
        "",
        "What is not seen of x at all:",
        "  X: shelves are not dusted.",
    ]


def test_a_check(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told("residency.places", capsys).splitlines()
    at = lines.index("x.box")
    assert lines[at : at + 4] == [
        "x.box",
        "  boxes.list (x:List)",
        "  boxes.tags (no permission needed)",
        "  Location.copies: documented: [] (https://example.com/copies)",
    ]
    assert "x.shelf" not in lines


def test_a_check_of_a_type_that_cannot_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert told("logs.retention", capsys).splitlines()[-3] == "It makes no sense for x.box."
    lines = told("encryption.at-rest", capsys).splitlines()
    assert "  EncryptionAtRest.state: not modelled: always unknown" in lines[lines.index("x.box") :]


@pytest.mark.parametrize("name", ["residency.places", *(each.id for each in retention.CHECKS)])
def test_every_fact_that_is_asked_and_not_answered_is_told(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    check = registry.checks()[name]
    said = told(name, capsys)
    assert all(f"  {fact.key}: " in said for fact in check.reads)


def test_what_is_not_modelled_of_a_check() -> None:
    lines = list(explain._asked(SHELF, frozenset({"Location.homes", "Location.copies", "Membership.tenant"})))
    assert lines == ["x.shelf", "  boxes.list (x:List)", "  Location.copies: not modelled: always unknown"]
    assert "  LogStore.retention: makes no sense for it" in explain._asked(BOX, frozenset({"LogStore.retention"}))


@pytest.mark.parametrize(
    ("name", "first"),
    [
        (
            "X::Jar",
            (
                "X::Jar (x, data) is not modelled: "
                "a promise about data that speaks of all types is unproven while one is there."
            ),
        ),
        ("X::Lid", "X::Lid (x, config) is not modelled."),
    ],
)
def test_a_type_that_is_not_modelled(name: str, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(name, capsys).splitlines()
    assert lines[0] == first
    assert "  sweep.list (x:Sweep): only tagged ones" in lines


@pytest.mark.parametrize(
    ("name", "hint"),
    [("x.bax", "did you mean x.box"), ("residency.place", "residency.places"), ("zzzzzz", "`asdeclared checks`")],
)
def test_a_name_that_nobody_knows(name: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", name]) == 3
    assert hint in capsys.readouterr().err


def test_whose_key_is_shared_is_told_by_the_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "separation.keys"]) == 0
    said = capsys.readouterr().out
    assert "KeyUse.sharers: Which resources" in said
    assert "KeyUse.sharers: not modelled" not in said
    assert "EncryptionAtRest.key: not modelled" in said
