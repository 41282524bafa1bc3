"""Derive: a fact is found out once of all that tell the same of it, and of nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from checks.exposure import not_public
from scanner import derive as module
from scanner.collect.model import Call, ResourceType, Sweep
from scanner.collect.runner import Record
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
    Inapplicable,
    Kind,
    Known,
    Location,
    LogStore,
    Membership,
    Reason,
    Refused,
    Reply,
    Seen,
    State,
    Tagging,
    Unasked,
    Unknown,
    View,
    flag,
    pairs,
    text,
)
from scanner.policy import Policy, loads

LIST, LOCK = Call("x:List", "x.list"), Call("x:Lock", "x.lock")
HOMES, COPIES, PUBLIC, KEY = (f.key for f in (Location.homes, Location.copies, Exposure.public, EncryptionAtRest.key))
KEPT, TAGS = LogStore.retention.key, Tagging.tags.key
WANTED = frozenset({HOMES, COPIES, PUBLIC, KEY, KEPT, TAGS})
derived = Counter[str]()


def _homes(view: View) -> Iterable[str]:
    derived[HOMES] += 1
    yield view.at("item:/home", text)


def _copies(view: View) -> Iterable[Copy]:
    derived[COPIES] += 1
    yield Copy(CopyKind.REPLICA, view.at("item:/copy", text), f"{view.where.account} {view.where.region}")


def _public(view: View) -> bool:
    derived[PUBLIC] += 1
    return view.at("lock:/open", flag, missing=False, absent=False)


FACTS = (
    Location.homes.items(_homes, "item:/home"),
    Location.homes.one("lock:/place", text),
    Location.copies.items(_copies, "item:/copy"),
    Exposure.public.by(_public, "lock:/open"),
    EncryptionAtRest.key.by(lambda view: view.at("item:/key", text)[1000], "item:/key"),
    Tagging.tags.at("item:/tags", pairs, missing={}),
)
BOX = ResourceType(
    "x.box", "X::Box", Kind.DATA, LIST, "{/id}", "/id", FACTS, ask={"lock": LOCK}, without={LogStore: "it is no log"}
)
TYPES = {each.name: each for each in (BOX, replace(BOX, name="x.crate"))}
SWEEPS = (
    Sweep(LIST, lambda _: "", "{/id}", "/id", (Location.homes.one("item:/home", text),)),
    Sweep(Call("x:Find", "x.find"), lambda _: "", "{/id}", "/id", (Location.homes.one("item:/place", text),)),
)


@pytest.fixture(autouse=True)
def anew() -> None:
    derived.clear()


def policy(extra: str = "") -> Policy:
    source = f"""
version: 1
name: example
organisation: Example SaaS Ltd
scope: {{x: {{}}}}
environments: {{production: {{tags: {{env: [production]}}}}, test: {{x: ["222222222222"]}}}}
promises: [{{id: it, says: It., check: {not_public.id}}}]
{extra}"""
    return loads(source, "policy.yaml", checks={not_public.id: not_public}, types=list(TYPES), providers=["x"])


def derivation(extra: str = "", wanted: frozenset[str] = WANTED) -> Derivation:
    return Derivation(TYPES, {"x": SWEEPS}, wanted, policy(extra))


def body(of: Mapping[str, JSON], call: Call = LIST, *, sealed: bool = False) -> Body:
    fragment = Fragment(dict(of))
    return Body(call.operation, call.permission, fragment.seal() if sealed else fragment)


def record(item: Mapping[str, JSON] | None = None, /, lock: Reply | None = None, **changes: Any) -> Record:
    known: dict[str, JSON] = {"home": "north", "copy": "south", "tags": {"env": "production"}, **(item or {})}
    replies = {"item": body(known), "lock": lock or body({"open": False, "place": "east"}, LOCK)}
    return replace(Record("a", "x.box", Kind.DATA, "x", "111111111111", "here", "p", "a", replies), **changes)


def value(state: State) -> object:
    """What is established, or why nothing is."""
    match state:
        case Known(Seen(items, gaps)):
            return [*items, *(each.reason for each in gaps)]
        case Known(told):
            return told
        case Unknown(reason=reason):
            return reason
        case Inapplicable(why):
            return why


def test_the_states_are_those_of_the_type() -> None:
    found = {key: value(state) for key, state in derivation().states(record()).items()}
    assert found == {
        HOMES: ["north", "east"],
        COPIES: [Copy(CopyKind.REPLICA, "south", "111111111111 here")],
        PUBLIC: False,
        KEY: Reason.SHAPE,
        TAGS: {"env": "production"},
        KEPT: "it is no log",
        Membership.environments.key: frozenset({"production"}),
    }


def test_only_what_is_wanted_is_told() -> None:
    assert set(derivation(wanted=frozenset({PUBLIC})).states(record())) == {PUBLIC, Membership.environments.key}
    assert derived == {PUBLIC: 1}


@pytest.mark.parametrize(
    ("other", "unlike"),
    [
        (record(), set()),
        (record({"size": 1}, lock=body({"open": False, "place": "east", "since": 1}, LOCK)), set()),
        (record(id="b", name="b", kind=Kind.CONFIG), set()),
        (record({"home": "west"}), {HOMES}),
        (record(lock=body({"open": False, "place": "west"}, LOCK)), {HOMES}),
        (record({"copy": "west"}), {COPIES}),
        (record({"tags": {"env": "production", "owner": "a"}}), {TAGS}),
        (record({"tags": {"env": "test"}}), {TAGS, Membership.environments.key}),
        (record(lock=body({"place": "east"}, LOCK)), {PUBLIC}),
        (record(lock=Refused("x.lock", "x:Lock", "AccessDenied")), {HOMES, PUBLIC}),
        (record(lock=body({"open": False, "place": "east"}, replace(LOCK, operation="x.other"))), {HOMES, PUBLIC}),
        (record(lock=body({"open": False, "place": "east"}, replace(LOCK, permission="x:Other"))), {HOMES, PUBLIC}),
        (record(account="222222222222"), {HOMES, COPIES, PUBLIC, KEY, TAGS, Membership.environments.key}),
        (record(region="there"), {HOMES, COPIES, PUBLIC, KEY, TAGS}),
        (record(partition="q"), {HOMES, COPIES, PUBLIC, KEY, TAGS}),
        (record(type="x.crate"), {HOMES, COPIES, PUBLIC, KEY, TAGS, KEPT}),
    ],
)
def test_what_tells_the_same_has_the_very_same_state(other: Record, unlike: set[str]) -> None:
    made = derivation()
    first, second = made.states(record()), made.states(other)
    assert {key for key in first if first[key] is not second[key]} == unlike
    # Nobody can tell that it was derived for another.
    assert second == derivation().states(other)


def test_a_fact_is_derived_once_of_all_that_tell_the_same() -> None:
    made = derivation()
    for number in range(5):
        made.states(record({"size": number, "copy": f"place {number % 2}"}))
    assert derived == {HOMES: 1, COPIES: 2, PUBLIC: 1}


@pytest.mark.parametrize(
    ("lock", "state"),
    [
        (body({"open": True}, LOCK), True),
        (body({}, LOCK), False),
        (body({"open": "yes"}, LOCK), Reason.SHAPE),
        (Absent("x.lock", "x:Lock", "NoLock"), False),
        (Refused("x.lock", "x:Lock", "AccessDenied"), Reason.REFUSED),
        (Failed("x.lock", "x:Lock", "Throttled"), Reason.FAILED),
        (Unasked("x.lock", "x:Lock", "nobody asked"), Reason.NOT_ASKED),
        (None, Reason.NOT_ASKED),
    ],
)
def test_what_comes_in_the_place_of_a_body_is_told(lock: Reply | None, state: object) -> None:
    made, one = derivation(), record()
    made.states(one)
    replies = {"item": one.replies["item"], **({"lock": lock} if lock else {})}
    assert value(made.states(replace(one, replies=replies))[PUBLIC]) == state


def test_a_shared_reply_is_read_once_and_as_one_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    made, read = derivation(), []
    own: Any = vars(Fragment)["body"].fget
    shared = body({"open": True, "place": "east"}, LOCK, sealed=True)

    def spy(self: Fragment) -> Any:
        read.append(self is shared.fragment)
        return own(self)

    monkeypatch.setattr(Fragment, "body", property(spy))
    found = [made.states(record({"size": number}, lock=shared)) for number in range(3)]
    assert read.count(True) == 2  # by each of the two facts that read it
    alone = made.states(record(lock=body({"open": True, "place": "east"}, LOCK)))
    for states in found:
        assert states[PUBLIC] is alone[PUBLIC]
        assert states[HOMES] is alone[HOMES]


def test_one_reply_may_have_two_names() -> None:
    shared = body({"home": "north", "place": "east"}, sealed=True)
    states = derivation().states(record(replies={"item": shared, "lock": shared}))
    assert value(states[HOMES]) == ["north", "east"]


def test_what_is_gone_is_not_taken_for_what_comes_in_its_place() -> None:
    """In memory, that is."""
    made = derivation()
    for number in range(200):
        env, shown = ("production", "test")[number % 2], bool(number % 2)
        states = made.states(record({"tags": {"env": env, "n": str(number)}}, lock=_shared(shown)))
        assert value(states[PUBLIC]) is shown
        assert value(states[Membership.environments.key]) == frozenset({env} - {"test"})
        del states
        made._states.clear()
        made._same.clear()


def test_of_two_who_find_out_what_is_asked_of_a_type_at_once_neither_is_taken_for_another() -> None:
    """Threads may both find it out. What one of them found is then held by nobody, and its place in memory is free."""
    places = [f"place {number}" for number in range(50)]
    told = [
        replace(BOX, name=f"x.{each}", facts=(Location.homes.documented(Seen((each,)), "the vendor says so"),))
        for each in places
    ]
    made = Derivation({each.name: each for each in told}, {"x": SWEEPS}, WANTED, policy())
    for each in places * 2:
        assert value(made.states(record(type=f"x.{each}"))[HOMES]) == [each]
        made._specs.clear()


def _shared(shown: bool) -> Body:
    return body({"open": shown}, LOCK, sealed=True)


def test_each_reading_names_the_source() -> None:
    states = derivation().states(record())
    assert {(each.pointer, each.digest) for each in states[HOMES].evidence} == {("/home", "item"), ("/place", "lock")}
    assert [each.digest for each in states[Membership.environments.key].evidence] == ["item"]


def test_a_mapping_that_breaks_makes_its_own_fact_unknown() -> None:
    states = derivation().states(record({"key": "k"}))
    state = states[KEY]
    assert isinstance(state, Unknown)
    assert (state.reason, state.detail) == (Reason.DEFECT, f"{KEY}: IndexError: string index out of range")
    assert value(states[PUBLIC]) is False


def test_sweeps_are_told_apart_by_their_calls() -> None:
    made = derivation()
    item = {"home": "north", "place": "south"}
    found = [
        made.states(record(type="X::New", modelled=False, replies={"item": body(item, call)}))
        for call in (LIST, Call("x:Find", "x.find"), Call("x:Lost", "x.lost"))
    ]
    assert [value(each[HOMES]) if HOMES in each else None for each in found] == [["north"], ["south"], None]


@pytest.mark.parametrize(
    ("tags", "tenant"),
    [
        ({"env": "production", "tenant": "acme"}, "acme"),
        ({"env": "production"}, Reason.UNDECIDED),
        (5, Reason.SHAPE),
    ],
)
def test_the_tenant_is_told_by_a_tag(tags: JSON, tenant: object) -> None:
    states = derivation("tenants: {tag: tenant}").states(record({"tags": tags}))
    assert value(states[Membership.tenant.key]) == tenant


def test_where_nothing_tells_of_tags_the_account_tells_the_environment() -> None:
    made, lost = derivation(), record(modelled=False, replies={"item": body({}, Call("x:Lost", "x.lost"))})
    found = [made.states(replace(lost, account=account)) for account in ("111111111111", "222222222222")]
    assert [value(each[Membership.environments.key]) for each in found] == [Reason.UNMODELLED, frozenset({"test"})]


def test_what_different_tags_tell_alike_is_the_very_same() -> None:
    made = derivation("tenants: {tag: tenant}")
    one, other = (made.states(record({"tags": {"env": "production", "tenant": "a", "n": n}})) for n in "12")
    assert one[TAGS] is not other[TAGS]
    for fact in (Membership.environments.key, Membership.tenant.key):
        assert one[fact] is other[fact]


@pytest.mark.parametrize("most", [1, 2])
def test_what_was_forgotten_is_derived_again(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(module, "MOST", most)
    made = derivation("tenants: {tag: tenant}")
    records = [
        record({"home": f"place {n % 3}", "tags": {"env": "production", "n": str(n % 2)}}, lock=lock)
        for n in range(6)
        for lock in (body({"open": True}, LOCK, sealed=True), Refused("x.lock", "x:Lock", "AccessDenied"))
    ]
    for each in records:
        assert made.states(each) == derivation("tenants: {tag: tenant}").states(each)
