"""A run: its digest covers every part, its entries are the estate, and its document is both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reports.document import Finding, Verdict
from scanner.collect.model import Gap
from scanner.collect.runner import Record
from scanner.estate import Estate, Resource
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
from scanner.run import EntryKind, Key, Link, Run, document, entries
from tests.reports.documents import document as example
from tests.reports.documents import drift, finding

KINDS: tuple[EntryKind, ...] = ("policy", "table", "resource", "fragment", "fact", "gap", "finding")
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
    run = Run({"schema": "v1"}, {("fact", "a"): Fragment(1), ("gap", "b"): Fragment([])}, "00")
    assert run.digest == "ffa05f8db8154047c9e78c8f50d360dbb004e3a07a569ce9f5e1572479da05d5"


def test_the_entries_of_a_kind_come_by_name() -> None:
    made: dict[Key, Fragment] = {("fact", "b"): Fragment(2), ("gap", "c"): Fragment(3), ("fact", "a"): Fragment(1)}
    assert [(name, each.body) for name, each in Run({}, made).of("fact")] == [("a", 1), ("b", 2)]


ITEM = Fragment({"Name": "b"})
LOCK = Fragment({"On": True})
REFUSED = Unknown(Reason.REFUSED, "denied", "x.get_lock", "x:GetLock", (Evidence("x.list_boxes", "/Name", "d0"),))
READ = Evidence("x.list_boxes", "/Home", ITEM.digest)
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
    "Location.homes": Known(Seen(("north",), (REFUSED,)), (READ,)),
    "Backup.plans": Known(Duration.parse("35 days")),
    "Exposure.public": Inapplicable("a box is on no network", (READ,)),
    "EncryptionAtRest.state": REFUSED,
}
GAP = Gap("x", "111111111111", "", "x.list_bags", "x:ListBags", Reason.REFUSED, "denied", ("x.bag",))
TOLD = {"call": "x.list_boxes", "pointer": "/Home", "digest": ITEM.digest, "seen": "value", "code": "", "basis": ""}
UNSEEN = {"reason": "refused", "detail": "denied", "call": "x.get_lock", "permission": "x:GetLock"}


def estate() -> Estate:
    return Estate((Resource(RECORD, STATES),), (GAP,))


def bodies(found: Mapping[Key, Fragment]) -> dict[Key, object]:
    return {key: each.body for key, each in found.items()}


def test_the_entries_are_the_estate_and_the_findings() -> None:
    found = bodies(entries(estate(), (finding(3),)))
    assert set(found) == {
        ("resource", "x:b"),
        ("fragment", ITEM.digest),
        ("fragment", LOCK.digest),
        *(("fact", f"x:b|{key}") for key in STATES),
        ("gap", GAP.id),
        ("finding", "0000000000000003"),
    }
    assert found["fragment", ITEM.digest] == {"Name": "b"}
    assert Finding.model_validate(found["finding", "0000000000000003"]) == finding(3)
    assert found["gap", GAP.id] == {
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


def test_a_resource_keeps_what_every_call_said() -> None:
    assert bodies(entries(estate(), ()))["resource", "x:b"] == {
        "type": "x.box",
        "kind": "data",
        "provider": "x",
        "account": "111111111111",
        "region": "north",
        "partition": "p",
        "name": "b",
        "modelled": True,
        "replies": {
            "item": {"call": "x.list_boxes", "permission": "x:ListBoxes", "fragment": ITEM.digest},
            "lock": {"call": "x.get_lock", "permission": "x:GetLock", "fragment": LOCK.digest},
            "absent": {"call": "x.get_policy", "permission": "x:GetPolicy", "absent": "NoSuchPolicy"},
            "refused": {"call": "x.get_key", "permission": "x:GetKey", "refused": "AccessDenied"},
            "failed": {"call": "x.get_home", "permission": "x:GetHome", "failed": "Throttled"},
            "unasked": {"call": "x.get_log", "permission": "x:GetLog", "unasked": "no promise asks for it"},
        },
    }


@pytest.mark.parametrize(
    ("fact", "body"),
    [
        ("Location.homes", {"state": "known", "value": ["north"], "gaps": [UNSEEN], "reads": [TOLD]}),
        ("Backup.plans", {"state": "known", "value": "35 days", "gaps": [], "reads": []}),
        ("Exposure.public", {"state": "inapplicable", "why": "a box is on no network", "reads": [TOLD]}),
        ("EncryptionAtRest.state", {"state": "unknown", **UNSEEN}),
    ],
)
def test_a_fact_keeps_its_state(fact: str, body: object) -> None:
    assert bodies(entries(estate(), ()))["fact", f"x:b|{fact}"] == body


def run_of(*findings: Finding, previous: str = "") -> Run:
    header = example().model_dump(mode="json", by_alias=True, exclude={"findings", "drift"})
    header["run"] = {key: value for key, value in header["run"].items() if key not in {"digest", "previous"}}
    return Run(header, entries(Estate((), ()), findings), previous)


def test_the_document_is_the_header_with_findings_drift_and_place_in_the_chain() -> None:
    run = run_of(finding(2, Verdict.PASS), finding(1), previous="99" * 32)
    made = document(run, drift())
    assert (made.run.digest, made.run.previous) == (run.digest, "99" * 32)
    assert made.findings == (finding(1), finding(2, Verdict.PASS))
    assert made.drift == drift()
    assert made == example(run=made.run, findings=made.findings, drift=drift())
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
