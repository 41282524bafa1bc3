"""The plan: from promises to calls, and no further."""

from __future__ import annotations

from dataclasses import replace

from scanner.collect.model import Call, ResourceType
from scanner.collect.plan import Wanted, plan
from scanner.facts import EncryptionAtRest, Exposure, Fact, Kind, Tagging, flag, pairs

LOCK = Call("x:GetLock", "x.get_lock")
DOOR = Call("x:GetDoor", "x.get_door")
TAGS = Call("x:GetTags", "x.get_tags")
LIST = Call("x:ListBoxes", "x.list_boxes", items="/Boxes")
OPEN = Exposure.public.by(lambda view: view.at("door:/Open", flag), "door:/Open", "lock:/On", "item:/Name")
OWNER = EncryptionAtRest.state.documented
BOX = ResourceType(
    "x.box",
    "X::Box",
    Kind.DATA,
    LIST,
    id="{/Name}",
    label="/Name",
    ask={"lock": LOCK, "door": DOOR, "tags": TAGS},
    facts=(OPEN, Tagging.tags.at("tags:/Tags", pairs), EncryptionAtRest.key.unseen("later")),
)
BAG = ResourceType("x.bag", "X::Bag", Kind.DATA, LIST, id="{/Name}", label="/Name", facts=())


def wanted(promise: str, *facts: Fact[object], types: tuple[str, ...] = ("x.box",)) -> Wanted:
    return Wanted(promise, frozenset(fact.key for fact in facts), frozenset(types))


PUBLIC: Fact[object] = Exposure.public  # type: ignore[assignment] # a fact of any value
NAMES: Fact[object] = Tagging.tags  # type: ignore[assignment] # a fact of any value


def test_only_what_a_fact_reads_is_asked_and_who_asks_is_known() -> None:
    made = plan((BOX, BAG), [wanted("one", PUBLIC), wanted("two", PUBLIC, NAMES)])
    assert made.asks == {
        "x.box": {
            "door": frozenset({"one", "two"}),
            "lock": frozenset({"one", "two"}),
            "tags": frozenset({"two"}),
        }
    }
    assert list(made.types) == ["x.box", "x.bag"]


def test_a_type_without_asks_is_listed() -> None:
    made = plan((BOX, BAG), [wanted("one", PUBLIC, types=("x.bag", "x.unknown"))])
    assert made.asks == {"x.bag": {}}
    assert list(made.calls()) == [LIST]


def test_the_calls() -> None:
    assert list(plan((BOX, BAG), [wanted("one", PUBLIC, types=("x.bag", "x.box"))]).calls()) == [LIST, LIST, DOOR, LOCK]
    assert list(plan((BOX,), []).calls()) == []


def test_each_ask_of_a_chain_is_asked() -> None:
    keyed = replace(DOOR, operation="x.get_key", follows="door")
    named = replace(TAGS, follows="key")
    kind = replace(BOX, ask={"door": DOOR, "key": keyed, "tags": named, "lock": LOCK}, facts=BOX.facts[1:])
    assert plan((kind,), [wanted("one", NAMES)]).asks["x.box"].keys() == {"door", "key", "tags"}
