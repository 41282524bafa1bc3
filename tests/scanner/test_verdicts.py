"""Verdicts: found out once for all that are alike, and nobody can tell; counted as the findings are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.check import Check, Conditions, Fault, Severity, check
from reports.document import Finding, Verdict
from scanner import derive, likeness, verdicts
from scanner.collect.model import Account, Call, ResourceType, Sweep
from scanner.collect.runner import Inventory, Record
from scanner.evaluate import Judge
from scanner.facts import (
    JSON,
    UNRESOLVED,
    Backup,
    Body,
    Copy,
    CopyKind,
    Cover,
    Duration,
    EncryptionAtRest,
    Exposure,
    Fragment,
    KeyUse,
    Kind,
    Location,
    Plan,
    PlanKind,
    Protection,
    Refused,
    Reply,
    Seen,
    Tagging,
    Unknown,
    View,
    canonical,
    flag,
    pairs,
    text,
)
from scanner.likeness import Linked
from scanner.link import Estate, link
from scanner.policy import Policy, loads
from scanner.run import Run, entries_of
from scanner.scan import Exceptions
from scanner.verdicts import Outcome, Totals, Verdicts
from tests import judging

AT = datetime(2026, 11, 2, 6, tzinfo=UTC)
LIST, LOCK = Call("x:List", "x.list"), Call("x:Lock", "x.lock")


def _covers(view: View) -> Iterable[Cover]:
    yield Cover(Plan(PlanKind.SNAPSHOT, Duration.of(7), *[UNRESOLVED] * 4), (view.at("item:/of", text),))


FACTS = (
    Backup.plans.documented(Seen(), "none of its own"),
    Location.homes.one("item:/home", text),
    Tagging.tags.at("item:/tags", pairs, missing={}),
    Exposure.public.at("lock:/open", flag),
    EncryptionAtRest.key.at("item:/key", text),
)
BOX = ResourceType(
    "x.box", "X::Box", Kind.DATA, LIST, "{/id}", "/id", FACTS, ask={"lock": LOCK}, covered_by=("x.plan",)
)
WALL = replace(BOX, name="x.wall", native="X::Wall", kind=Kind.CONFIG, covered_by=())
COVERS = Protection.covers.items(_covers, "item:/of")
PLAN = replace(WALL, name="x.plan", native="X::Plan", facts=(COVERS,))
BLANK = replace(BOX, name="x.blank", native="X::Blank", facts=(), ask={}, covered_by=())
TYPES = {each.name: each for each in (BOX, WALL, PLAN, BLANK)}
SWEEP = Sweep(LIST, lambda _: "", "{/id}", "/id", (Location.homes.one("item:/home", text),))

COPIES = Location.copies.items(lambda view: [Copy(CopyKind.REPLICA, view.at("item:/home", text))], "item:/home")
BESIDE = Sweep(Call("x:Find", "x.find"), lambda _: "", "{/id}", "/id", (COPIES,))


@check("home", severity=Severity.HIGH, fix="Move it.", reads=(Location.homes,))
def home(where: Location) -> Conditions:
    """Data is in the north."""

    def judge() -> Iterator[Fault | Unknown]:
        for place in where.homes:
            if place != "north":
                yield Fault(place, f"it is in {place}")

    yield "north", judge


@check("shut", severity=Severity.LOW, fix="Shut it.", reads=(Exposure.public,), about=Kind.CONFIG)
def shut(data: Exposure) -> Conditions:
    """Nothing is open."""
    yield "shut", lambda: not data.public


@check("keyed", severity=Severity.LOW, fix="", reads=(KeyUse.sharers,))
def keyed(data: KeyUse) -> Conditions:
    """A key is used by one."""
    yield "one", lambda: len(list(data.sharers)) == 1


@check("backed", severity=Severity.LOW, fix="", reads=(Backup.plans,), by_trait=True)
def backed(data: Backup) -> Conditions:
    """Data is backed up."""
    yield "backed", lambda: bool(list(data.plans))


@check("sly", severity=Severity.LOW, fix="", reads=(Exposure.public,))
def sly(data: Exposure, where: Location) -> Conditions:
    """It looks where it does not say that it looks."""
    yield "north", lambda: not data.public and list(where.homes) == ["north"]


@check("moored", severity=Severity.LOW, fix="", reads=(Location.homes,), by_trait=True)
def moored(where: Location) -> Conditions:
    """It is somewhere."""
    yield "somewhere", lambda: bool(list(where.homes))


CHECKS: dict[str, Check] = {each.id: each for each in (home, shut, keyed, backed, sly, moored)}
WANTED = frozenset(
    fact.key
    for fact in (
        Location.homes,
        Location.copies,
        Tagging.tags,
        Exposure.public,
        EncryptionAtRest.key,
        KeyUse.sharers,
        Backup.plans,
        Protection.covers,
    )
)
PROMISES = """\
  - {id: it, says: It is so., check: home}
  - {id: shut, says: It is so., check: shut, applies_to: {include: config, environments: [production]}}
  - {id: keyed, says: It is so., check: keyed}
  - {id: backed, says: It is so., check: backed}"""


def policy(*excepted: str, promises: str = PROMISES) -> Policy:
    """The promises. The resources are excepted from being in the south, and from being open."""
    rest = "owner: a@example.com, reason: Known., expires: 2027-01-31"
    about = ("promise: it, condition: north, value: south", "promise: shut, condition: shut, value: 'true'")
    lines = [f"  - {{{each}, resource: '{name}', {rest}}}" for name in excepted for each in about]
    source = f"""
version: 1
name: example
organisation: Example SaaS Ltd
scope: {{x: {{}}}}
environments: {{production: {{tags: {{env: [production]}}}}, test: {{tags: {{env: [test]}}}}}}
promises:
{promises}
"""
    listed = "exceptions:\n" + "\n".join(lines) if lines else ""
    return loads(source + listed, "policy.yaml", checks=CHECKS, types=list(TYPES), providers=["x"])


def record(name: str, item: Mapping[str, JSON] | None = None, lock: Reply | None = None, kind: str = "x.box") -> Record:
    known: dict[str, JSON] = {"id": name, "home": "north", "tags": {"env": "production"}, **(item or {})}
    replies = {
        "item": Body("x.list", "x:List", Fragment(known)),
        "lock": lock or Body("x.lock", "x:Lock", Fragment({"open": False})),
    }
    klass = TYPES[kind].kind if kind in TYPES else Kind.UNCLASSIFIED
    return Record(name, kind, klass, "x", "111111111111", "", "", name, replies, kind in TYPES)


def estate(records: tuple[Record, ...], declared: Policy) -> Estate:
    inventory = Inventory("x", (Account("x", "111111111111"),), records, (), (), {})
    return link([inventory], TYPES, {"x": (SWEEP, BESIDE)}, WANTED, declared)


def judges(declared: Policy) -> tuple[list[Judge], Exceptions]:
    exceptions = Exceptions(declared, AT)
    types = frozenset(TYPES)
    return [Judge(declared, each, types, exceptions.covers, AT.date()) for each in declared.promises], exceptions


def told(records: tuple[Record, ...], declared: Policy) -> tuple[list[tuple[Linked, Outcome]], Totals, Exceptions]:
    """What is told of each resource, what is counted, and what became of the exceptions."""
    made, exceptions = judges(declared)
    seen = estate(records, declared)
    judging_all, totals = Verdicts(made, seen.asked, exceptions.named), Totals()
    found = [(each, judging_all.of(each)) for each in seen]
    for _, outcome in found:
        totals.add(outcome.counted)
    return found, totals, exceptions


def verdict(outcome: Outcome, promise: str = "it") -> str:
    said = orjson.loads(outcome.verdicts).get(promise, {"verdict": ""})
    return str(said["verdict"])


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which promise was judged of which resource."""
    found: list[str] = []
    own = Judge.judge

    def spy(self: Judge, resource: Any) -> Any:
        found.append(f"{self.promise.id} {resource.id}")
        return own(self, resource)

    monkeypatch.setattr(Judge, "judge", spy)
    return found


ALL = ("it", "shut", "keyed", "backed")


def test_what_is_alike_is_judged_once(judged: list[str]) -> None:
    records = (record("a"), record("b", {"size": 1}), record("c", {"size": 2}), record("d", {"home": "south"}))
    found, _, _ = told(records, policy())
    # Of what is unlike, only what reads that is judged apart.
    assert judged == [*(f"{promise} a" for promise in ALL), "it d"]
    outcomes = {each.row.id: outcome for each, outcome in found}
    assert outcomes["a"] is outcomes["b"] is outcomes["c"]
    assert [verdict(outcomes[name]) for name in "abcd"] == ["pass", "pass", "pass", "fail"]
    assert [verdict(outcomes[name], "shut") for name in "abcd"] == ["pass"] * 4


@pytest.mark.parametrize(
    ("other", "promises"),
    [
        (record("b", {"tags": {"env": "production", "owner": "a"}}), ()),
        (record("b", {"tags": {"env": "test"}}), ALL),
        (replace(record("b"), account="222222222222"), ALL),
        (replace(record("b"), kind=Kind.CONFIG), ALL),
        (record("b", lock=Body("x.lock", "x:Lock", Fragment({"open": True}))), ("shut",)),
    ],
)
def test_what_may_decide_is_judged_apart(judged: list[str], other: Record, promises: tuple[str, ...]) -> None:
    told((record("a"), other), policy())
    assert [each.split()[0] for each in judged if each.endswith(" b")] == list(promises)


def test_tags_may_decide_what_a_promise_speaks_of(judged: list[str]) -> None:
    declared = policy(promises="  - {id: it, says: It is so., check: home, applies_to: {tags: {owner: [a]}}}")
    records = [record(name, {"tags": {"env": "production", "owner": name}}) for name in "ab"]
    found, _, _ = told(tuple(records), declared)
    assert judged == ["it a", "it b"]
    assert [verdict(outcome) for _, outcome in found] == ["pass", ""]


def test_the_account_may_decide_what_a_promise_speaks_of() -> None:
    """Even of what tells nothing at all."""
    declared = policy(promises="  - {id: it, says: It is so., check: home, applies_to: {accounts: ['222222222222']}}")
    records = (record("a", kind="x.blank"), replace(record("b", kind="x.blank"), account="222222222222"))
    found, _, _ = told(records, declared)
    assert [verdict(outcome) for _, outcome in found] == ["", "unknown"]


def test_configuration_of_which_anything_is_told_is_judged() -> None:
    """Of one type, one sweep tells of copies, and another one of nothing: neither tells what the promise asks."""
    declared = policy(promises="  - {id: it, says: It is so., check: moored, applies_to: {include: config}}")
    new = replace(record("a", kind="X::New"), kind=Kind.CONFIG)
    records = [
        replace(new, id=name, replies={"item": replace(new.replies["item"], call=call)})
        for name, call in (("a", "x.lost"), ("b", "x.find"), ("c", "x.lost"))
    ]
    found, _, _ = told(tuple(records), declared)
    assert [verdict(outcome) for _, outcome in found] == ["", "unknown", ""]


def test_what_is_gone_is_not_taken_for_what_comes_in_its_place() -> None:
    """In memory, that is."""
    declared = policy()
    made, exceptions = judges(declared)
    judging_all = Verdicts(made, frozenset(), exceptions.named)
    for number in range(100):
        place = ("north", "south")[number % 2]
        (outcome,) = [judging_all.of(each) for each in estate((record("a", {"home": place}),), declared)]
        assert verdict(outcome) == ("pass", "fail")[number % 2]
        assert orjson.loads(outcome.facts)[Location.homes.key]["value"] == [place]


def test_what_a_check_reads_undeclared_is_never_taken_for_another(judged: list[str]) -> None:
    """It is a defect, whose findings must still be those of each resource."""
    declared = policy(promises="  - {id: it, says: It is so., check: sly}")
    records = [record(name, {"home": home}) for name, home in (("a", "north"), ("b", "south"), ("c", "south"))]
    found, _, _ = told(tuple(records), declared)
    assert judged == ["it a", "it b"]  # c is like b
    assert [verdict(outcome) for _, outcome in found] == ["error", "fail", "fail"]


def test_of_what_is_linked_apart_only_what_that_touches_is_judged_apart(judged: list[str]) -> None:
    """Who uses a key is told by name: the other promises of it need not be judged for each."""
    found, _, _ = told(tuple(record(name, {"key": "k"}) for name in "ab"), policy())
    assert judged == ["it a", "shut a", "keyed a", "backed a", "keyed b"]
    assert [verdict(outcome, "keyed") for _, outcome in found] == ["pass", "pass"]
    named = [orjson.loads(outcome.facts)[KeyUse.sharers.key]["value"] for _, outcome in found]
    assert [[each["ref"] for each in one] for one in named] == [["a"], ["b"]]


@pytest.mark.parametrize("excepted", ["a", "b", "c", "B"])
def test_an_exception_for_one_of_many_that_are_alike_excepts_that_one(excepted: str) -> None:
    shown = Body("x.lock", "x:Lock", Fragment({"open": True}))
    found, totals, exceptions = told(tuple(record(name, {"home": "south"}, shown) for name in "abc"), policy(excepted))
    for promise in ("it", "shut"):
        assert {each.row.id: verdict(outcome, promise) for each, outcome in found} == {
            name: "excepted" if name == excepted.lower() else "fail" for name in "abc"
        }
        counts = {(each[3], each[4]) for each in totals.verdicts(promise)}
        assert counts == {(Verdict.EXCEPTED, 1), (Verdict.FAIL, 2)}
    assert [each.state for each in exceptions.uses()] == ["used", "used"]


def test_an_exception_that_is_not_needed_is_not_used_by_those_that_are_alike() -> None:
    found, _, exceptions = told((record("a", {"home": "south"}), record("b", {"home": "west"})), policy("b", "c"))
    assert [verdict(outcome) for _, outcome in found] == ["fail", "fail"]
    assert [each.state for each in exceptions.uses()] == ["unused"] * 4


@pytest.mark.parametrize("of", ["a", "B", "c"])
def test_what_is_named_alone_is_told_alone(of: str) -> None:
    """Many are alike, and a plan protects one of them by its name."""
    found, _, _ = told((*map(record, "abc"), record("plan", {"of": of}, kind="x.plan")), policy())
    told_of = {each.row.id: verdict(outcome, "backed") for each, outcome in found}
    assert told_of == {name: "pass" if name == of.lower() else "fail" for name in "abc"} | {"plan": ""}
    plans = {each.row.id: orjson.loads(outcome.facts).get(Backup.plans.key) for each, outcome in found}
    assert {name: len(state["value"]) for name, state in plans.items() if state} == {
        name: int(name == of.lower()) for name in "abc"
    }


def test_each_resource_is_counted() -> None:
    dark = Refused("x.lock", "x:Lock", "AccessDenied")
    records = (
        *(record(name, {"size": size}, lock=dark) for size, name in enumerate("abc")),
        record("d", kind="x.wall"),
        *(record(name, kind="X::New") for name in "ef"),
    )
    _, totals, _ = told(records, policy())
    assert totals.types() == [
        ("x", "X::New", Kind.UNCLASSIFIED, False, 2),
        ("x", "x.box", Kind.DATA, True, 3),
        ("x", "x.wall", Kind.CONFIG, True, 1),
    ]
    assert totals.refused() == Counter({("x.lock", "x:Lock"): 3})
    assert totals.strangers("it") == {("x", "X::New"): 2}
    assert list(totals.verdicts("it")) == [("x", "111111111111", "x.box", Verdict.PASS, 3)]
    assert sorted(totals.verdicts("shut")) == [
        ("x", "111111111111", "x.box", Verdict.UNKNOWN, 3),
        ("x", "111111111111", "x.wall", Verdict.PASS, 1),
    ]
    assert list(totals.verdicts("nothing")) == []
    homes = [(group.type, count) for group, count in totals.flows().items() if group.step.role == "home"]
    assert sorted(homes) == [("X::New", 2), ("x.box", 3)]


OPEN, CLOSED = (Body("x.lock", "x:Lock", Fragment({"open": said})) for said in (True, False))
DARK = Refused("x.lock", "x:Lock", "AccessDenied")
FORMS: list[tuple[Mapping[str, JSON], Reply, str]] = [
    ({}, CLOSED, "x.box"),
    ({"size": 1}, CLOSED, "x.box"),
    ({"home": "south"}, OPEN, "x.box"),
    ({"home": "south", "size": 1}, OPEN, "x.box"),
    ({"home": None, "tags": 5}, DARK, "x.box"),
    ({"home": "west", "tags": {"env": "test"}}, DARK, "x.box"),
    ({"key": "k"}, CLOSED, "x.box"),
    ({"key": "k", "size": 1}, CLOSED, "x.box"),
    ({"key": "k", "tags": {"env": "test"}}, CLOSED, "x.box"),
    ({"key": 5, "tags": {}}, OPEN, "x.wall"),
    ({"of": "a"}, CLOSED, "x.plan"),
    ({"of": "*"}, CLOSED, "x.plan"),
    ({"of": None}, CLOSED, "x.plan"),
    ({"home": "south"}, CLOSED, "X::New"),
]
"""Few, so that most of a world are alike."""
RECORDS = st.lists(st.sampled_from(FORMS), max_size=10).map(
    lambda made: tuple(record("abcdefghij"[n], item, lock, kind) for n, (item, lock, kind) in enumerate(made))
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(RECORDS, st.sets(st.sampled_from("abcB"), max_size=2), st.sampled_from([1, 20_000]))
def test_the_findings_are_those_of_each_resource_alone(
    monkeypatch: pytest.MonkeyPatch, records: tuple[Record, ...], excepted: set[str], most: int
) -> None:
    """And the counts are the counts of the findings."""
    for module in (likeness, derive, verdicts):
        monkeypatch.setattr(module, "MOST", most)
    declared = policy(*sorted(excepted))
    found, totals, exceptions = told(records, declared)
    run = Run(
        {"promises": [{"id": each.id, "severity": each.severity} for each in declared.promises]}, judging.pages(found)
    )
    findings = [Finding.model_validate(each) for each in run.findings()]
    alone, apart = judges(declared)
    resources = list(estate(records, declared).resources)
    expected = [each for judge in alone for each in judging.findings(judge, resources)]
    assert sorted(findings, key=_id) == sorted((each for each in expected if each.subject.kind == "resource"), key=_id)
    assert exceptions.uses() == apart.uses()
    strangers = {
        (each.promise, each.subject.type): each.subject.count for each in expected if each.subject.kind == "type"
    }
    for promise in declared.promises:
        counted = {
            (provider, account, native, said): n for provider, account, native, said, n in totals.verdicts(promise.id)
        }
        own = [each for each in findings if each.promise == promise.id]
        assert counted == Counter((f.subject.provider, f.subject.account, f.subject.type, f.verdict) for f in own)
        assert totals.strangers(promise.id) == {
            ("x", native): count for (name, native), count in strangers.items() if name == promise.id
        }
    kinds = Counter(("x", each.type, each.kind, each.modelled) for each in records)
    assert totals.types() == sorted((*kind, count) for kind, count in kinds.items())


def _id(finding: Finding) -> str:
    return finding.id


def test_facts_are_written_as_they_are() -> None:
    """Whether they are shared or not, a page has them in canonical form."""
    found, _, _ = told((record("a", {"key": "k"}), record("b", {"key": "k"}), record("c")), policy())
    for page in judging.pages(found).values():
        assert page.data == canonical(page.body)
        for entry, (_, outcome) in zip(entries_of(page), found, strict=True):
            assert canonical(entry.facts) == outcome.facts
            assert canonical(entry.verdicts) == outcome.verdicts
