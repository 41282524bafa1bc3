"""A small cloud named aws, with a few boxes and shelves, that the commands find installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from scanner import registry
from scanner.collect.identity import Identity
from scanner.collect.model import Account, Call, CallError, Options, Per, ResourceType, Session, Sweep
from scanner.facts import JSON, Copy, CopyKind, Kind, Location, Reason, Tagging, Unknown, pairs, text
from tests.scanner.collect.conftest import Cloud


def _copies(view: Any) -> list[Copy | Unknown]:
    place = view.at("item:/copy", text, missing="")
    if place == "?":
        return [Unknown(Reason.NOT_ASKED, "copies are not read")]
    return [Copy(CopyKind.REPLICA, place)] if place else []


LISTING = Call("x:List", "things.list", items="/things", per=Per.REGION)
BOX = ResourceType(
    "aws.box",
    "AWS::Box",
    Kind.DATA,
    LISTING,
    id="{/id}",
    label="/id",
    only={"/type": frozenset({"box"})},
    facts=(
        Location.homes.one("item:/place", text),
        Location.copies.items(_copies, "item:/copy"),
        Tagging.tags.at("item:/tags", pairs, missing={}),
    ),
)
SHELF = ResourceType(
    "aws.shelf",
    "AWS::Shelf",
    Kind.CONFIG,
    LISTING,
    id="{/id}",
    label="/id",
    only={"/type": frozenset({"shelf"})},
    facts=(Tagging.tags.inapplicable("a shelf has none"),),
)
SWEEP = Sweep(
    LISTING,
    native=lambda item: str(item.get("type")),
    id="{/id}",
    label="/id",
    facts=(Location.homes.gap("the type is not modelled", Reason.UNMODELLED),),
    paths=("/type",),
)


def box(name: str, place: str = "aws:eu-west-2", copy: str = "", **tags: str) -> JSON:
    return {"id": name, "type": "box", "place": place, "copy": copy or None, "tags": tags}


SUGGESTS = Identity("a file", scope={"accounts": ["111111111111"]})


@dataclass
class Shop:
    """What the small cloud holds; a test changes it."""

    things: list[JSON] = field(default_factory=list)
    refused: bool = False
    accounts: tuple[Account, ...] = (Account("aws", "111111111111", "acme prod", ("north",), "aws"),)
    identity: Identity | Exception = SUGGESTS
    scopes: list[Mapping[str, JSON]] = field(default_factory=list)
    name: str = "aws"
    types: tuple[ResourceType, ...] = (BOX, SHELF)
    sweeps: tuple[Sweep, ...] = (SWEEP,)

    def kind(self, native: str) -> Kind:
        return {"jar": Kind.DATA}.get(native, Kind.UNCLASSIFIED)

    def role(self, permissions: frozenset[str]) -> str:
        return ", ".join(sorted(permissions))

    def who(self, scope: Mapping[str, JSON], options: Options) -> Identity:
        assert scope == {}
        assert options
        if isinstance(self.identity, Exception):
            raise self.identity
        return self.identity

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:
        assert options
        self.scopes.append(scope)
        reply: JSON = CallError("AccessDenied", refused=True) if self.refused else {"things": self.things}
        made: Cloud = Cloud(self.types, {"things.list": [reply]}, accounts=self.accounts)
        return made


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The small cloud, alone installed, and an empty folder to be in."""
    made = Shop()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "providers", lambda: {"aws": made})
    monkeypatch.setenv("COLUMNS", "100")
    return made
