"""A run: its digest covers every part, its entries are the estate, and its document is both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from zlib import crc32

import orjson
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from reports.document import Finding, Verdict
from scanner import run as module
from scanner.collect.model import Gap
from scanner.collect.runner import Record
from scanner.estate import Resource
from scanner.facts import (
    Absent,
    Body,
    Duration,
    Evidence,
    Failed,
    Fragment,
    Inapplicable,
    Kind,
    Known,
    Reason,
    Refused,
    Seen,
    State,
    Unasked,
    Unknown,
    canonical,
    sha256,
)
from scanner.run import (
    BYTES,
    Entry,
    EntryKind,
    Key,
    Link,
    Pages,
    Run,
    document,
    entries_of,
    finding_id,
    gap_entry,
    state_body,
)
from tests import judging
from tests.reports.documents import document as example
from tests.reports.documents import drift, finding, promise

KINDS: tuple[EntryKind, ...] = ("policy", "table", "page", "gap", "finding")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.text(max_size=6)
KEYS = st.tuples(st.sampled_from(KINDS), NAMES)
RUNS = st.builds(
    Run,
    st.dictionaries(NAMES, JSON, max_size=3),
    st.dictionaries(KEYS, st.builds(Fragment, JSON), max_size=5),
    st.sampled_from(["", "ab" * 32, "cd" * 32]),
)


def parts(run: Run) -> bytes:
    """All that a run is, in one order."""
    return canonical(
        [run.header, sorted([*key, each.data.decode()] for key, each in run.entries.items()), run.previous]
    )


@given(RUNS, RUNS)
def test_two_runs_have_one_digest_only_where_they_are_the_same(one: Run, two: Run) -> None:
    assert (one.digest == two.digest) == (parts(one) == parts(two))


@given(RUNS, JSON, st.data())
def test_any_change_of_one_entry_changes_the_digest(run: Run, body: object, data: st.DataObject) -> None:
    assume(run.entries)
    kind, name = data.draw(st.sampled_from(sorted(run.entries)))
    before = run.entries[kind, name]
    rest = {key: each for key, each in run.entries.items() if key != (kind, name)}
    changed: list[Mapping[Any, Fragment]] = [
        rest,
        {**rest, (kind, name + "x"): before},
        *({**rest, (other, name): before} for other in KINDS if other != kind and (other, name) not in rest),
        *([{**rest, (kind, name): Fragment(body)}] if canonical(body) != before.data else []),
        {**run.entries, ("gap", "a name as long as no other"): before},
    ]
    for each in changed:
        if each != run.entries:
            assert Run(run.header, each, run.previous).digest != run.digest


@given(RUNS, NAMES, JSON)
def test_any_change_of_the_header_or_of_the_run_before_changes_the_digest(run: Run, name: str, value: object) -> None:
    header = {**run.header, name: value}
    assert (Run(header, run.entries, run.previous).digest == run.digest) == (canonical(header) == canonical(run.header))
    assert Run(run.header, run.entries, run.previous + "0").digest != run.digest


@given(RUNS)
def test_order_does_not(run: Run) -> None:
    turned = Run(dict([*run.header.items()][::-1]), dict([*run.entries.items()][::-1]), run.previous)
    assert turned.digest == run.digest
    assert all(list(turned.of(kind)) == list(run.of(kind)) for kind in KINDS)


def test_a_digest_is_the_same_in_every_version_of_the_scanner() -> None:
    run = Run({"schema": "v1"}, {("page", "a"): Fragment(1), ("gap", "b"): Fragment([])}, "00")
    assert run.digest == "e2d85e08326a11f114c09edc8685b553c420bb32210de925069cd310515fadd8"


def test_the_entries_of_a_kind_come_by_name() -> None:
    made: dict[Key, Fragment] = {("page", "b"): Fragment(2), ("gap", "c"): Fragment(3), ("page", "a"): Fragment(1)}
    assert [(name, each.body) for name, each in Run({}, made).of("page")] == [("a", 1), ("b", 2)]


ITEM = Fragment({"Name": "b"})
LOCK = Fragment({"On": True})
REFUSED = Unknown(Reason.REFUSED, "denied", "x.get_lock", "x:GetLock", (Evidence("x.list_boxes", "/Name", "d0"),))
READ = Evidence("x.list_boxes", "/Home", "item")
FOREIGN = Evidence("x.list_walls", "/Home", "f0" * 32)
RECORD = Record(
    id="x:b",
    type="x.box",
    kind=Kind.DATA,
    provider="x",
    account="111111111111",
    region="north",
    partition="p",
    name="b",
    replies={
        "item": Body("x.list_boxes", "x:ListBoxes", ITEM),
        "lock": Body("x.get_lock", "x:GetLock", LOCK),
        "absent": Absent("x.get_policy", "x:GetPolicy", "NoSuchPolicy"),
        "refused": Refused("x.get_key", "x:GetKey", "AccessDenied"),
        "failed": Failed("x.get_home", "x:GetHome", "Throttled"),
        "unasked": Unasked("x.get_log", "x:GetLog", "no promise asks for it"),
    },
)
STATES: dict[str, State] = {
    "Location.homes": Known(Seen(("north",), (REFUSED,)), (READ, FOREIGN)),
    "Backup.plans": Known(Duration.parse("35 days")),
    "Exposure.public": Inapplicable("a box is on no network", (READ,)),
    "EncryptionAtRest.state": REFUSED,
}
GAP = Gap("x", "111111111111", "", "x.list_bags", "x:ListBags", Reason.REFUSED, "denied", ("x.bag",))
TOLD = {"call": "x.list_boxes", "pointer": "/Home", "digest": ITEM.digest, "seen": "value", "code": "", "basis": ""}
ALIEN = {**TOLD, "call": "x.list_walls", "digest": "f0" * 32}
BEFORE = {**TOLD, "pointer": "/Name", "digest": "d0"}
UNSEEN = {"reason": "refused", "detail": "denied", "call": "x.get_lock", "permission": "x:GetLock"}


CONDITIONS = [each.model_dump(mode="json") for each in finding().conditions]


def verdict(said: Verdict = Verdict.FAIL, *facts: str) -> dict[str, Any]:
    """A verdict as a page has it."""
    return {"verdict": said.value, "conditions": CONDITIONS, "facts": list(facts), "fix": "Encrypt it."}


VERDICTS = {"encrypted": verdict(Verdict.FAIL, "Backup.plans", "Location.copies", "Location.homes")}


def paged(*told: tuple[Resource, Mapping[str, Any]]) -> dict[Key, Fragment]:
    """The pages of resources with their verdicts."""
    pages = Pages(Fragment.sealed)
    for (linked, outcome), (_, verdicts) in zip(judging.outcomes((), (each for each, _ in told)), told, strict=True):
        pages.add(linked.row.id, linked.body, outcome.facts, canonical(verdicts))
    return pages.end()


def test_a_page_is_no_longer_than_can_be_read() -> None:
    pages = Pages(Fragment.sealed)
    for number in range(7):
        pages.add(f"r{number}", {"text": "x" * (BYTES // 3)}, b"{}", b"{}")
    pages.add("s", {"text": "x" * 2 * BYTES}, b"{}", b"{}")
    made = pages.end()
    assert [sum(1 for _ in orjson.loads(page.data)["resources"]) for page in made.values()] == [2, 2, 2, 1, 1]


def headed(entries: Mapping[Key, Fragment], findings: Sequence[Finding] = (), previous: str = "") -> Run:
    """A run of these entries and findings, whose header counts the verdicts of "encrypted" that are in them."""
    made = Run({"promises": [{"id": "encrypted", "severity": "high"}]}, entries)
    found = [*made.findings(), *(each.model_dump(mode="json") for each in findings)]
    counts = dict(Counter(each["verdict"] for each in found))
    header = example().model_dump(mode="json", by_alias=True, exclude={"findings", "drift"})
    header["run"] = {key: value for key, value in header["run"].items() if key not in {"digest", "previous"}}
    header["promises"] = [promise(counts=counts).model_dump(mode="json")]
    own: dict[Key, Fragment] = {("finding", each.id): Fragment(each.model_dump(mode="json")) for each in findings}
    return Run(header, {**entries, **own}, previous)


def estate() -> Run:
    return headed({**paged((Resource(RECORD, STATES), VERDICTS)), **dict([gap_entry(GAP)])})


def only(run: Run) -> Entry:
    """The one resource of a run."""
    (entry,) = run.resources()
    return entry


def test_the_entries_are_what_was_seen_and_what_was_not() -> None:
    run = estate()
    assert set(run.entries) == {("page", "x:b"), ("gap", GAP.id)}
    assert run.entries["gap", GAP.id].body == {
        "id": "gap:x/111111111111/-/x.list_bags/refused",
        "provider": "x",
        "account": "111111111111",
        "region": "",
        "call": "x.list_bags",
        "permission": "x:ListBags",
        "reason": "refused",
        "detail": "denied",
        "types": ["x.bag"],
    }
    entry = only(run)
    assert (entry.id, set(entry.facts), entry.verdicts) == ("x:b", set(STATES), VERDICTS)
    assert entry.digests == {"item": ITEM.digest, "lock": LOCK.digest}
    assert entry.bodies == {ITEM.digest: {"Name": "b"}, LOCK.digest: {"On": True}}


def test_a_resource_keeps_what_every_call_said() -> None:
    assert only(estate()).body == {
        "type": "x.box",
        "kind": "data",
        "provider": "x",
        "account": "111111111111",
        "region": "north",
        "partition": "p",
        "name": "b",
        "modelled": True,
        "replies": {
            "item": {"call": "x.list_boxes", "permission": "x:ListBoxes", "body": {"Name": "b"}},
            "lock": {"call": "x.get_lock", "permission": "x:GetLock", "body": {"On": True}},
            "absent": {"call": "x.get_policy", "permission": "x:GetPolicy", "absent": "NoSuchPolicy"},
            "refused": {"call": "x.get_key", "permission": "x:GetKey", "refused": "AccessDenied"},
            "failed": {"call": "x.get_home", "permission": "x:GetHome", "failed": "Throttled"},
            "unasked": {"call": "x.get_log", "permission": "x:GetLog", "unasked": "no promise asks for it"},
        },
    }


@pytest.mark.parametrize(
    ("fact", "body"),
    [
        ("Location.homes", {"state": "known", "value": ["north"], "gaps": [UNSEEN], "reads": [TOLD, ALIEN]}),
        ("Backup.plans", {"state": "known", "value": "35 days", "gaps": [], "reads": []}),
        ("Exposure.public", {"state": "inapplicable", "why": "a box is on no network", "reads": [TOLD]}),
        ("EncryptionAtRest.state", {"state": "unknown", **UNSEEN, "reads": [BEFORE]}),
    ],
)
def test_a_fact_keeps_its_state(fact: str, body: dict[str, Any]) -> None:
    """In a page, a reading of its own replies is named by their source; told, by the digest of what was read."""
    entry = only(estate())
    assert entry.states[fact] == body
    own = [{**each, "digest": "item" if each["digest"] == ITEM.digest else each["digest"]} for each in body["reads"]]
    assert entry.facts[fact] == state_body(STATES[fact]) == {**body, "reads": own}


NOT_MODELLED = {
    "reason": "unmodelled",
    "detail": "Location.copies is not modelled for this type",
    "call": "",
    "permission": "",
}


def test_a_verdict_is_a_finding_with_what_it_rests_on() -> None:
    (found,) = estate().findings()
    evidence = found.pop("evidence")
    assert found == {
        "id": finding_id("encrypted", "x:b"),
        "promise": "encrypted",
        "subject": {
            "kind": "resource",
            "id": "x:b",
            "type": "x.box",
            "provider": "x",
            "account": "111111111111",
            "region": "north",
            "name": "b",
            "environments": None,
            "count": 1,
        },
        "verdict": "fail",
        "severity": "high",
        "conditions": CONDITIONS,
        "fix": "Encrypt it.",
    }
    assert [(each["fact"], each["state"], each["value"], each["why"], each["reads"]) for each in evidence] == [
        ("Backup.plans", "known", "35 days", "", []),
        ("Location.copies", "unknown", None, "", []),
        ("Location.homes", "known", ["north"], "", [TOLD, ALIEN]),
    ]
    assert [each["unknowns"] for each in evidence] == [[], [NOT_MODELLED], [UNSEEN]]
    assert only(estate()).finding("encrypted", "low")["severity"] == "low"


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (Known(frozenset({"test", "production"})), ["production", "test"]),
        (Known(frozenset()), []),
        (REFUSED, None),
        (Inapplicable("it is nobody's"), None),
    ],
)
def test_a_subject_tells_its_environments_where_they_are_known(state: State, told: list[str] | None) -> None:
    run = headed(paged((Resource(RECORD, {"Membership.environments": state}), VERDICTS)))
    assert only(run).subject["environments"] == told


def run_of(*findings: Finding, previous: str = "") -> Run:
    return headed({}, findings, previous)


def named(*names: str) -> list[Resource]:
    """Boxes of these names, which differ in nothing else."""
    return [Resource(replace(RECORD, id=name, name=name), STATES) for name in sorted(names)]


NAMED = st.lists(st.text(max_size=3), unique=True, max_size=40)


def boundary(name: str) -> bool:
    """Whether a page begins with a resource of this name, wherever it stands."""
    return crc32(name.encode()) % module.PAGE == 0


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGE", 4)
    monkeypatch.setattr(module, "LONGEST", 6)


def of_names(*names: str) -> Run:
    return Run({"promises": []}, paged(*((each, {}) for each in named(*names))))


SMALL = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)


@pytest.mark.usefixtures("small")
@SMALL
@given(NAMED)
def test_each_resource_is_found_by_its_id_and_no_other(names: list[str]) -> None:
    run = of_names(*names)
    assert [each.id for each in run.resources()] == sorted(names)
    for name in names:
        found = run.resource(name)
        assert found is not None
        assert (found.id, found.body["name"]) == (name, name)
        for other in (name + "!", name[:-1], "!" + name):
            assert (run.resource(other) is not None) is (other in names)
    assert run.resource("") is None or "" in names


@pytest.mark.usefixtures("small")
@SMALL
@given(NAMED, st.text(max_size=3))
def test_a_new_resource_changes_the_pages_between_two_boundaries_alone(names: list[str], new: str) -> None:
    assume(new not in names)
    one, two = of_names(*names), of_names(*names, new)
    first = max((each for each in names if boundary(each) and each <= new), default="")
    last = min((each for each in names if boundary(each) and each > new), default=None)
    kept = [(key, page) for key, page in one.entries.items() if two.entries.get(key) == page]
    for key, page in one.entries.items():
        if key[1] < first or (last is not None and key[1] >= last):
            assert (key, page) in kept
    # Only a stretch without a boundary that is longer than any page is cut otherwise by one that is put in.
    between = [each for each in names if first <= each and (last is None or each < last)]
    if len(between) < module.LONGEST:
        assert len(one.entries) - len(kept) <= 1
        assert len(two.entries) - len(kept) <= 2
    assert not boundary(new) or ("page", new) in two.entries


@pytest.mark.usefixtures("small")
@SMALL
@given(NAMED)
def test_no_page_is_longer_than_the_longest(names: list[str]) -> None:
    for (_, first), page in of_names(*names).entries.items():
        held = [each.id for each in entries_of(page)]
        assert held[0] == first
        assert len(held) <= module.LONGEST
        assert not any(map(boundary, held[1:]))


def test_pages_are_of_the_length_that_is_meant() -> None:
    run = of_names(*(f"arn:aws:s3:::bucket-{number}" for number in range(20 * module.PAGE)))
    assert 10 <= len(run.entries) <= 40


def test_what_is_alike_stands_once_in_a_page() -> None:
    other = {"Location.homes": Known(Seen(("south",)))}
    resources = [*named("a", "b"), Resource(replace(RECORD, id="c", name="c"), other)]
    (page,) = paged(*zip(resources, ({}, VERDICTS, VERDICTS), strict=True)).values()
    told: Any = page.body
    assert [(each["id"], each["facts"], each["verdicts"]) for each in told["resources"]] == [
        ("a", 0, 0),
        ("b", 0, 1),
        ("c", 1, 1),
    ]
    assert told["facts"] == [*({key: state_body(state) for key, state in each.items()} for each in (STATES, other))]
    assert told["verdicts"] == [{}, VERDICTS]
    assert page.data == canonical(told)


@pytest.mark.usefixtures("small")
def test_a_page_that_ended_leaves_nothing_to_the_next() -> None:
    names = [f"{number:03}" for number in range(100)]
    facts = [{"Location.homes": Known(Seen((name,)))} for name in names]
    resources = [replace(each, states=own) for each, own in zip(named(*names), facts, strict=True)]
    verdicts = [{"encrypted": verdict(Verdict.FAIL, name)} for name in names]
    run = Run({}, paged(*zip(resources, verdicts, strict=True)))
    assert len(run.entries) > 10
    for page in run.entries.values():
        told: Any = page.body
        assert len(told["facts"]) == len(told["verdicts"]) == len(told["resources"])
    assert [each.verdicts for each in run.resources()] == verdicts
    assert [each.facts["Location.homes"]["value"] for each in run.resources()] == [[name] for name in names]


def test_the_document_is_the_header_with_findings_drift_and_place_in_the_chain() -> None:
    run = run_of(finding(2, Verdict.PASS), finding(1), previous="99" * 32)
    made = document(run, drift())
    assert (made.run.digest, made.run.previous) == (run.digest, "99" * 32)
    assert made.findings == (finding(1), finding(2, Verdict.PASS))
    assert made.drift == drift()
    counted = (promise(counts={"fail": 1, "pass": 1}),)
    assert made == example(run=made.run, promises=counted, findings=made.findings, drift=drift())
    assert document(run, None).drift is None


@pytest.mark.parametrize(
    ("most", "held", "omitted"),
    [
        (None, ["fail", "pass", "unknown", "pass", "fail"], {}),
        (5, ["fail", "pass", "unknown", "pass", "fail"], {}),
        (4, ["fail", "pass", "unknown", "fail"], {"pass": 1}),
        (3, ["fail", "unknown", "fail"], {"pass": 2}),
        (1, ["fail"], {"fail": 1, "unknown": 1, "pass": 2}),
        (0, [], {"fail": 2, "unknown": 1, "pass": 2}),
    ],
)
def test_of_many_findings_a_document_holds_the_worst(
    most: int | None, held: list[str], omitted: dict[str, int]
) -> None:
    verdicts = [Verdict.FAIL, Verdict.PASS, Verdict.UNKNOWN, Verdict.PASS, Verdict.FAIL]
    run = run_of(*(finding(id=f"{n:016}", verdict=verdict) for n, verdict in enumerate(verdicts)))
    made = document(run, None, most=most)
    assert [each.verdict.value for each in made.findings] == held
    assert made.omitted == omitted


WORST = [
    (5, {"a": "fail", "b": "pass", "c": "unknown", "d": "pass", "e": "fail"}, {}),
    (4, {"a": "fail", "b": "pass", "c": "unknown", "e": "fail"}, {"pass": 1}),
    (3, {"a": "fail", "c": "unknown", "e": "fail"}, {"pass": 2}),
    (1, {"a": "fail"}, {"fail": 1, "unknown": 1, "pass": 2}),
    (0, {}, {"fail": 2, "unknown": 1, "pass": 2}),
]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("most", "held", "omitted"), WORST)
def test_of_many_resources_a_document_holds_the_worst(most: int, held: dict[str, str], omitted: dict[str, int]) -> None:
    """The first of a verdict are taken, and all findings are in the order of their ids."""
    verdicts = [Verdict.FAIL, Verdict.PASS, Verdict.UNKNOWN, Verdict.PASS, Verdict.FAIL]
    told = [{"encrypted": verdict(each, "Location.homes")} for each in verdicts]
    made = document(headed(paged(*zip(named(*"abcde"), told, strict=True))), None, most=most)
    assert {each.subject.id: each.verdict.value for each in made.findings} == held
    assert [each.id for each in made.findings] == sorted(finding_id("encrypted", each) for each in held)
    assert {each.severity for each in made.findings} <= {"high"}
    assert made.omitted == omitted


@pytest.mark.usefixtures("small")
def test_when_there_are_enough_no_further_page_is_read() -> None:
    class Closed(Fragment):
        @property
        def data(self) -> bytes:
            raise AssertionError("read without need")

    told = {"encrypted": verdict(Verdict.FAIL, "Location.homes")}
    run = headed(paged(*((each, told) for each in named(*"abcdefgh"))))
    first, *others = (key for key in run.entries if key[0] == "page")
    assert others
    closed = {key: Closed(None, run.entries[key].digest) for key in others}
    most = len(list(entries_of(run.entries[first])))
    made = document(replace(run, entries={**run.entries, **closed}), None, most=most)
    assert len(made.findings) == most


def test_findings_about_gaps_are_told_before_those_about_resources() -> None:
    about = finding(1, Verdict.UNKNOWN)
    told = {"encrypted": verdict(Verdict.UNKNOWN)}
    run = headed(paged(*((each, told) for each in named("a", "b"))), [about])
    made = document(run, None, most=2)
    assert {each.subject.id for each in made.findings} == {about.subject.id, "a"}
    assert made.omitted == {"unknown": 1}
    assert [each["subject"]["id"] for each in run.findings()] == ["a", "b", about.subject.id]


def test_a_link_gives_the_digest() -> None:
    run = run_of(finding(), previous="ab" * 32)
    link = Link(run.link.header, run.link.entries, "ab" * 32)
    told = {"header": link.header, "entries": link.entries, "previous": "ab" * 32}
    assert link.digest == run.digest == sha256(canonical(told))


def test_a_document_does_not_change_its_run() -> None:
    run = run_of(finding())
    before = canonical(run.header)
    document(run, None)
    assert canonical(run.header) == before
    assert "digest" not in run.header["run"]
