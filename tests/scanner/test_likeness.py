"""Likeness: what is alike has its facts once, and nobody can tell that they were not derived for it alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.exposure import not_public
from scanner import derive
from scanner import likeness as module
from scanner.collect.model import Account, Call, ResourceType, Sweep
from scanner.collect.runner import Inventory, Record
from scanner.derive import Derivation
from scanner.facts import (
    JSON,
    Absent,
    Body,
    Copy,
    CopyKind,
    EncryptionAtRest,
    Exposure,
    Failed,
    Fragment,
    Kind,
    Known,
    Location,
    Membership,
    Origin,
    Reason,
    Refused,
    Reply,
    Seen,
    State,
    Tagging,
    Unasked,
    Unknown,
    View,
    canonical,
    flag,
    pairs,
    sha256,
    text,
)
from scanner.facts.lineage import Lineage
from scanner.facts.reply import digests
from scanner.facts.state import UNRESOLVED
from scanner.likeness import Likeness, Likenesses, Linked, reply_of
from scanner.link import link
from scanner.policy import Policy, loads
from tests import judging

LIST, LOCK = Call("x:List", "x.list"), Call("x:Lock", "x.lock")
HOMES, TAGS, PUBLIC, COPIES = (f.key for f in (Location.homes, Tagging.tags, Exposure.public, Location.copies))


def told(of: Linked) -> Mapping[str, str]:
    """The digests of its own replies, by source."""
    return digests(orjson.loads(of.row.replies))


def _copies(view: View) -> Iterable[Copy]:
    yield Copy(CopyKind.REPLICA, UNRESOLVED, view.at("item:/copy", text))


def _broken(view: View) -> str:
    return view.at("item:/key", text)[1000]


STORE = ResourceType(
    "aws.store",
    "Store",
    Kind.DATA,
    LIST,
    "{/id}",
    "/id",
    (
        Location.homes.one("item:/home", text),
        Location.copies.items(_copies, "item:/copy"),
        Tagging.tags.at("item:/tags", pairs, missing={}),
        Exposure.public.at("lock:/open", flag, missing=False, absent=True),
        EncryptionAtRest.key.by(_broken, "item:/key"),
        Lineage.origins.items(lambda view: [Origin(view.at("item:/from", text), UNRESOLVED)], "item:/from"),
    ),
    ask={"lock": LOCK},
)
OTHER = replace(STORE, name="aws.other")
TYPES = {each.name: each for each in (STORE, OTHER)}
SWEPT = Sweep(LIST, lambda _: "", "{/id}", "/id", (Location.homes.one("item:/home", text),))
BESIDE = Sweep(Call("x:Find", "x.find"), lambda _: "", "{/id}", "/id", (Location.homes.one("item:/place", text),))
WANTED = frozenset({HOMES, TAGS, PUBLIC, COPIES})


def policy(extra: str = "") -> Policy:
    source = f"""
version: 1
name: example
organisation: Example SaaS Ltd
scope: {{aws: {{}}}}
environments: {{production: {{tags: {{env: [production]}}}}}}
promises: [{{id: it, says: It., check: {not_public.id}}}]
{extra}"""
    return loads(source, "policy.yaml", checks={not_public.id: not_public}, types=list(TYPES), providers=["aws"])


def body(item: Mapping[str, JSON], call: Call = LIST) -> Body:
    return Body(call.operation, call.permission, Fragment(dict(item)))


def record(
    name: str = "a", item: Mapping[str, JSON] | None = None, /, *, lock: Reply | None = None, **changes: Any
) -> Record:
    """A store in London, tagged and shut."""
    known: dict[str, JSON] = {"id": name, "home": "aws:eu-west-2", "tags": {"env": "production"}, **(item or {})}
    replies: dict[str, Reply] = {"item": body(known), "lock": lock or body({"open": False}, LOCK)}
    made = Record(name, "aws.store", Kind.DATA, "aws", "111111111111", "eu-west-2", "aws", f"name of {name}", replies)
    return replace(made, **changes)


def found(*records: Record, wanted: frozenset[str] = WANTED, declared: Policy | None = None) -> Likenesses:
    made = Likenesses(Derivation(TYPES, {"aws": (SWEPT, BESIDE)}, wanted | {TAGS}, declared or policy()))
    for number, each in enumerate(records):
        made.add(each, number)
    made.spool.done()
    return made


def items(state: State) -> tuple[Any, ...]:
    """What an established set holds."""
    assert isinstance(state, Known)
    assert isinstance(state.value, Seen)
    return state.value.items


def of(made: Likenesses, name: str) -> Likeness:
    row = made.spool.find(name)
    assert row is not None
    return made.of(row)


def linked(made: Likenesses, name: str) -> Linked:
    row = made.spool.find(name)
    assert row is not None
    return Linked(row, made.of(row), made.of(row).states)


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (record("b"), True),
        (record("b", name="another"), True),
        # No fact that is asked for reads these.
        (record("b", {"size": 5}), True),
        (record("b", {"key": "k"}), True),
        (record("b", {"from": "c"}), True),
        (record("b", lock=body({"open": False, "since": 2020}, LOCK)), True),
        (record("b", {"home": "aws:eu-west-1"}), False),
        (record("b", {"tags": {}}), False),
        (record("b", {"tags": {"env": "production", "size": "5"}}), False),
        (record("b", {"copy": "c"}), False),
        (record("b", {"home": None}), False),
        (record("b", lock=body({"open": True}, LOCK)), False),
        (record("b", lock=body({}, LOCK)), False),
        (record("b", lock=Refused("x.lock", "x:Lock", "AccessDenied")), False),
        (record("b", lock=body({"open": False}, replace(LOCK, operation="x.lock2"))), False),
        (record("b", type="aws.other"), False),
        (record("b", kind=Kind.CONFIG), False),
        (record("b", account="222222222222"), False),
        (record("b", region="eu-west-1"), False),
        (record("b", partition="aws-cn"), False),
        (record("b", modelled=False), False),
    ],
)
def test_what_no_fact_that_is_wanted_is_read_from_makes_nothing_unlike(other: Record, alike: bool) -> None:
    made = found(record(), other)
    assert (of(made, "a") is of(made, "b")) is alike
    assert made.told()[0] >= {("aws", record().account), ("aws", other.account)}


def test_what_is_told_of_records_that_do_not_count_is_not_told() -> None:
    beside = Record("a", "X::Y", Kind.DATA, "aws", "222222222222", "", "aws", "", {"item": body({"id": "a"})}, False)
    only = found(record("a"))
    made = found()
    made.add(beside, 0)
    made.add(record("a"), 1)
    made.spool.done()
    assert made.told() == only.told()


def test_no_reply_can_pass_for_several() -> None:
    one = Body("c", "p", Fragment({"open": False}))
    two = Body('c{"open":false}\0zz\0c2', "p", Fragment({}))
    made = found(record("a", lock=one), record("b", lock=two), record("c", lock=replace(one, permission="q")))
    assert of(made, "a") is not of(made, "b")
    assert of(made, "a") is not of(made, "c")


OUTCOMES: list[Reply] = [
    Absent("x.lock", "x:Lock", "NoLock"),
    Absent("x.lock", "x:Lock", "NoLock2"),
    Refused("x.lock", "x:Lock", "AccessDenied"),
    Refused("x.lock", "x:Lock2", "AccessDenied"),
    Refused("x.lock", "x:Lock", "Forbidden"),
    Failed("x.lock", "x:Lock", "AccessDenied"),
    Failed("x.lock", "x:Lock", "Throttled"),
    Unasked("x.lock", "x:Lock", "AccessDenied"),
]


@pytest.mark.parametrize("one", OUTCOMES)
@pytest.mark.parametrize("other", OUTCOMES)
def test_what_came_in_place_of_a_body_tells_apart(one: Reply, other: Reply) -> None:
    made = found(record("a", lock=one), record("b", lock=other))
    assert (of(made, "a") is of(made, "b")) is (one == other)
    refused = ((one.call, one.permission),) if isinstance(one, Refused) else ()
    assert of(made, "a").refused == refused


@pytest.mark.parametrize(
    ("lock", "state"),
    [
        (body({"open": True}, LOCK), True),
        (body({}, LOCK), False),
        (Absent("x.lock", "x:Lock", "NoLock"), True),
        (Refused("x.lock", "x:Lock", "AccessDenied"), Reason.REFUSED),
        (Failed("x.lock", "x:Lock", "Throttled"), Reason.FAILED),
        (Unasked("x.lock", "x:Lock", "nobody asked"), Reason.NOT_ASKED),
        (body({"open": "yes"}, LOCK), Reason.SHAPE),
    ],
)
def test_the_states_are_those_that_the_type_answers(lock: Reply, state: object) -> None:
    told = linked(found(record(lock=lock)), "a").resource.states[PUBLIC]
    assert (told.reason if isinstance(told, Unknown) else told.value if isinstance(told, Known) else None) == state


def test_only_what_is_wanted_is_derived_and_told_as_asked() -> None:
    made = found(record(), wanted=frozenset({HOMES}))
    assert set(of(made, "a").states) == {HOMES, TAGS, Membership.environments.key}
    assert made.told()[1] == set(of(made, "a").states)


def test_a_mapping_that_breaks_breaks_for_those_that_are_alike() -> None:
    made = found(*(record(name, {"key": "k"}) for name in "ab"), wanted=frozenset({EncryptionAtRest.key.key}))
    state = of(made, "b").states[EncryptionAtRest.key.key]
    assert isinstance(state, Unknown)
    assert (state.reason, of(made, "a") is of(made, "b")) == (Reason.DEFECT, True)


def test_what_two_sweeps_read_of_the_same_type_is_not_mixed_up() -> None:
    """Each lists in its own form: what one does not read is what the other is told by."""
    swept = [
        record(name, {"home": "aws:eu-west-2", "place": place}, type="New::Thing", modelled=False)
        for name, place in (("a", "north"), ("b", "south"))
    ]
    beside = [
        replace(each, id=each.id * 2, replies={"item": replace(each.replies["item"], call="x.find")}) for each in swept
    ]
    for records in ((*swept, *beside), (*beside, *swept)):
        made = found(*records)
        told = {name: linked(made, name).resource.states[HOMES] for name in ("a", "b", "aa", "bb")}
        assert {name: items(state) for name, state in told.items()} == {
            "a": ("aws:eu-west-2",),
            "b": ("aws:eu-west-2",),
            "aa": ("north",),
            "bb": ("south",),
        }


def test_a_type_that_no_sweep_tells_of_has_the_environments_alone() -> None:
    lost = record(type="New::Thing", modelled=False, replies={"item": body({"home": "x"}, Call("x:Y", "x.y"))})
    assert set(of(found(lost), "a").states) == {Membership.environments.key}


def reads(state: State) -> dict[str, str]:
    """What was read, by pointer."""
    return {each.pointer: each.digest for each in state.evidence}


def test_each_reading_is_told_by_the_digest_of_its_own_reply() -> None:
    records = [record("a", {"size": 1}), record("b", {"size": 2}, lock=body({"open": False, "n": 1}, LOCK))]
    made = found(*records)
    assert of(made, "a") is of(made, "b")
    for each in records:
        own = linked(made, each.id)
        digest = {source: reply.fragment.digest for source, reply in each.replies.items() if isinstance(reply, Body)}
        assert told(own) == digest
        assert reads(own.resource.states[HOMES]) == {"/home": digest["item"]}
        assert reads(own.resource.states[PUBLIC]) == {"/open": digest["lock"]}
        assert reads(own.general.states[HOMES]) == {"/home": "item"}
    assert told(linked(made, "a"))["item"] != told(linked(made, "b"))["item"]


def estate(*records: Record, wanted: frozenset[str] = WANTED) -> dict[str, Linked]:
    inventory = Inventory("aws", (Account("aws", "111111111111"),), records, (), (), {})
    return {each.row.id: each for each in link([inventory], TYPES, {"aws": (SWEPT, BESIDE)}, wanted, policy())}


def test_what_was_read_of_another_keeps_the_others_digest() -> None:
    holder = record("there", {"home": "aws:us-east-1", "size": 7})
    copied = [record(name, {"copy": "THERE", "size": size}) for size, name in enumerate("ab")]
    made = estate(holder, *copied)
    assert made["a"].states is made["b"].states
    its = told(made["there"])["item"]
    for name in "ab":
        state = made[name].resource.states[COPIES]
        assert items(state) == (Copy(CopyKind.REPLICA, "aws:us-east-1", "THERE"),)
        assert reads(state) == {"/copy": told(made[name])["item"], "/home": its}
    assert told(made["a"]) != told(made["b"])


def test_what_an_own_name_decides_is_linked_for_each() -> None:
    """A copy of a copy of itself has met itself: which one that is, only the name tells."""
    records = [record("a", {"from": "b"}), record("b", {"from": "b"}), record("c", {"from": "b"})]
    made = estate(*records, wanted=WANTED | {Lineage.origins.key})
    assert made["a"].likeness is made["c"].likeness
    assert made["a"].states is not made["c"].states
    for name in "abc":
        state = made[name].resource.states[Lineage.origins.key]
        assert isinstance(state, Known)
        own, its = told(made[name])["item"], told(made["b"])["item"]
        assert {each.digest for each in state.evidence} == ({own} if name == "b" else {own, its})


def test_a_resource_is_the_record_that_was_added() -> None:
    one = record("a", {"size": 1}, lock=Refused("x.lock", "x:Lock", "AccessDenied"))
    assert linked(found(one, record("b", {"size": 2})), "a").resource.record == one


def test_what_a_run_holds_of_it() -> None:
    one = record("a", {"size": 1}, lock=Refused("x.lock", "x:Lock", "AccessDenied"))
    assert orjson.loads(canonical(linked(found(one), "a").body)) == {
        "type": "aws.store",
        "kind": "data",
        "provider": "aws",
        "account": "111111111111",
        "region": "eu-west-2",
        "partition": "aws",
        "name": "name of a",
        "modelled": True,
        "replies": {
            "item": {
                "call": "x.list",
                "permission": "x:List",
                "body": {"id": "a", "home": "aws:eu-west-2", "tags": {"env": "production"}, "size": 1},
            },
            "lock": {"call": "x.lock", "permission": "x:Lock", "refused": "AccessDenied"},
        },
    }


@pytest.mark.parametrize("reply", [*OUTCOMES, body({"open": [1, None]}, LOCK)])
def test_a_reply_is_written_and_read_again(reply: Reply) -> None:
    row = found(record(lock=reply)).spool.find("a")
    assert row is not None
    assert row.replies == judging.packed(record(lock=reply).replies)
    assert reply_of(orjson.loads(row.replies)["lock"]) == reply


def test_what_is_no_reply_is_told() -> None:
    with pytest.raises(ValueError, match=r"the reply of x\.lock is of no known kind"):
        reply_of({"call": "x.lock", "permission": "x:Lock", "else": 1})


def test_the_order_of_keys_in_a_reply_means_nothing() -> None:
    """A run keeps replies in canonical form, and what is derived from that again must be the same."""
    orders: tuple[JSON, JSON] = ({"b": 1, "a": 2}, {"a": 2, "b": 1})
    one, other = (linked(found(record("a", {"home": each, "tags": {"t": each}})), "a") for each in orders)
    assert one.row == other.row
    assert one.resource.states == other.resource.states


def test_a_shared_reply_is_as_one_of_its_own() -> None:
    """Resources below one policy share its sealed fragment."""
    shared = replace(body({"open": True, "since": 1}, LOCK), fragment=Fragment({"open": True, "since": 1}).seal())
    records = [record(name, lock=shared) for name in "ab"] + [record("c", lock=body({"open": True}, LOCK))]
    made = found(*records)
    assert of(made, "a") is of(made, "b") is of(made, "c")
    assert linked(made, "a").resource.record == records[0]


VALUES = st.sampled_from([None, "", "aws:eu-west-2", "b", 5, {"env": "production"}, {"env": ["a"]}, [], ["a"]])
ITEMS = st.dictionaries(st.sampled_from(["home", "copy", "tags", "key", "from", "size", "open"]), VALUES, max_size=4)
LOCKS = st.one_of(st.sampled_from(OUTCOMES), st.builds(lambda item: body(item, LOCK), ITEMS))
PLACES = st.fixed_dictionaries(
    {},
    optional={
        "account": st.sampled_from(["111111111111", "222222222222"]),
        "region": st.sampled_from(["eu-west-2", ""]),
        "modelled": st.booleans(),
        "type": st.sampled_from(["aws.store", "aws.other", "aws.nothing"]),
    },
)
RECORDS = st.lists(st.tuples(ITEMS, LOCKS, PLACES), max_size=8).map(
    lambda made: [record("abcdefgh"[n], item, lock=lock, **place) for n, (item, lock, place) in enumerate(made)]
)
EVERY = WANTED | {EncryptionAtRest.key.key, Lineage.origins.key, Membership.tenant.key}
TENANTS = policy("tenants: {tag: env}")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, st.sampled_from([1, 2, 20_000]))
def test_nobody_can_tell_that_the_facts_were_derived_for_others_too(
    monkeypatch: pytest.MonkeyPatch, records: list[Record], most: int
) -> None:
    """With all others, and alone: even where a likeness was forgotten in between."""
    monkeypatch.setattr(module, "MOST", most)
    monkeypatch.setattr(derive, "MOST", most)
    together = found(*records, wanted=EVERY, declared=TENANTS)
    for each in records:
        alone = linked(found(each, wanted=EVERY, declared=TENANTS), each.id)
        mine = linked(together, each.id)
        assert mine.resource == alone.resource
        assert (canonical(mine.body), mine.likeness.refused) == (canonical(alone.body), alone.likeness.refused)


def test_what_was_forgotten_is_derived_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    records = [record(str(number), {"home": f"place {number % 5}"}) for number in range(20)]
    made = found(*records)
    first = of(made, "0")
    for number in range(20):
        assert items(linked(made, str(number)).resource.states[HOMES]) == (f"place {number % 5}",)
    again = of(made, "0")
    assert again is not first
    assert (again.states, again.refused, again.head) == (first.states, first.refused, first.head)


@pytest.mark.parametrize("most", [1, 20_000])
def test_records_come_from_any_thread(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """A reply that is shared is remembered, and may be forgotten at any time."""
    monkeypatch.setattr(module, "MOST", most)
    locks = [
        replace(body({}, LOCK), fragment=Fragment({"open": bool(number % 2), "n": number}).seal())
        for number in range(7)
    ]
    made = Likenesses(Derivation(TYPES, {}, WANTED, policy()))

    def add(start: int) -> None:
        for number in range(start, 2000, 4):
            made.add(record(f"{number:04}", lock=locks[number % 7]), 0)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    made.spool.done()
    for number, row in enumerate(made.spool):
        state = Linked(row, made.of(row), made.of(row).states).resource.states[PUBLIC]
        assert isinstance(state, Known)
        assert state.value is bool(number % 7 % 2)
        assert reads(state) == {"/open": locks[number % 7].fragment.digest}
    assert len(list(made.spool)) == 2000


def test_a_digest_is_that_of_the_canonical_reply() -> None:
    one = record("a", {"size": 1, "Ä": [1.5, {"b": 1, "a": 2}]})
    reply = one.replies["item"]
    assert isinstance(reply, Body)
    assert told(linked(found(one), "a"))["item"] == sha256(canonical(reply.fragment.body)) == reply.fragment.digest
