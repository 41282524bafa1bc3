"""Drift: a table of what may change between two runs, with the cause that is named; and laws that hold for any two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.document import Cause, Change
from scanner.drift import ORDER, drift, unlike
from scanner.facts import Fragment, canonical
from scanner.run import Key, Pages, Run, finding_id

ACCOUNT, OTHER = "111111111111", "222222222222"
BUCKET, QUEUE = "arn:aws:s3:::orders", "arn:aws:sqs:eu-west-2:111111111111:orders"
Entries = dict[Any, Any]


def promise(name: str = "hosted", verdict: str = "kept", digest: str = "d1") -> dict[str, Any]:
    return {"id": name, "verdict": verdict, "digest": digest}


def exception(expires: str = "2027-01-31") -> dict[str, Any]:
    return {"promise": "hosted", "resource": BUCKET.upper(), "condition": "homes", "value": "x", "expires": expires}


def run(*entries: Entries, promises: tuple[dict[str, Any], ...] = (promise(),), **said: Any) -> Run:
    """A run with these entries: facts and findings about a resource stand with it. What is said goes to the header."""
    made: Entries = {key: body for each in entries for key, body in each.items()}
    header = {
        "run": {
            "at": said.get("at", "2026-11-01T00:00:00+00:00"),
            "scanner": said.get("scanner", "0.1.0"),
            "tables": said.get("tables", "t1"),
            "partial": said.get("partial", False),
            **{name: said[name] for name in ("plugins",) if name in said},
        },
        "policy": {"name": "example-saas", "digest": said.get("policy", "p1")},
        "promises": promises,
        "exceptions": said.get("exceptions", ()),
        "coverage": {
            "accounts": [
                {"provider": "aws", "id": name, "reached": reached}
                for name, reached in said.get("accounts", {ACCOUNT: True}).items()
            ]
        },
    }
    others = {cast("Key", key): Fragment(body) for key, body in made.items() if key[0] in {"gap", "finding"}}
    return Run(header, {**others, **paged(made)})


def paged(made: Entries) -> Mapping[Key, Fragment]:
    """The pages of the resources among these entries, and of those that a fact or a verdict is about."""
    bodies = {name: body for (kind, name), body in made.items() if kind == "resource"}
    facts: defaultdict[str, Entries] = defaultdict(dict)
    verdicts: defaultdict[str, Entries] = defaultdict(dict)
    for (kind, name), body in made.items():
        of, _, key = name.rpartition("|")
        if kind == "fact":
            facts[of][key] = body
        elif kind == "verdict":
            verdicts[of][key] = body
    pages = Pages(Fragment.sealed)
    for name in sorted({*bodies, *facts, *verdicts}):
        body = bodies.get(name) or resource(name)["resource", name]
        pages.add(name, body, canonical(facts[name]), canonical(verdicts[name]))
    return pages.end()


def resource(ident: str = BUCKET, /, **more: Any) -> Entries:
    body = {"type": "aws.s3.bucket", "kind": "data", "provider": "aws", "account": ACCOUNT, "region": "eu-west-2"}
    return {("resource", ident): {**body, "name": "orders", "modelled": True, "replies": {}, **more}}


def fact(state: Mapping[str, Any], key: str = "Location.homes", of: str = BUCKET) -> Entries:
    return {("fact", f"{of}|{key}"): dict(state)}


def known(value: Any, *gaps: str, read: str = "f1") -> dict[str, Any]:
    return {"state": "known", "value": value, "gaps": [{"call": gap} for gap in gaps], "reads": [{"digest": read}]}


def unknown(reason: str = "refused") -> dict[str, Any]:
    return {"state": "unknown", "reason": reason, "detail": "d", "call": "", "permission": "", "reads": []}


def inapplicable(why: str = "it is global") -> dict[str, Any]:
    return {"state": "inapplicable", "why": why, "reads": []}


def gap(account: str = ACCOUNT, region: str = "", types: tuple[str, ...] = ("*",), provider: str = "aws") -> Entries:
    name = f"gap:{provider}/{account}/{region or '-'}/call/refused"
    body = {"provider": provider, "account": account, "region": region, "call": "s3.list_buckets"}
    return {("gap", name): {**body, "reason": "refused", "detail": "d", "types": list(types), "id": name}}


def finding(verdict: str, of: str = BUCKET, *, kind: str = "resource", excepted: bool = False, **more: Any) -> Entries:
    """A finding of the promise "hosted", which reads where the resource is. About a resource it is a verdict on it."""
    name = more.get("promise", "hosted")
    faults = [{"value": "x", "why": "w", "excepted": excepted}]
    conditions = [{"name": each, "faults": faults} for each in more.get("conditions", ("homes",))]
    facts = list(more.get("facts", ("Location.homes",)))
    if kind == "resource":
        told = {"verdict": verdict, "conditions": conditions, "facts": facts, "fix": ""}
        return {("verdict", f"{of}|{name}"): told}
    subject = {"kind": kind, "id": of, "type": more.get("type", "aws.s3.bucket"), "provider": "aws", "name": "orders"}
    body = {
        "id": finding_id(name, of),
        "promise": name,
        "subject": subject,
        "verdict": verdict,
        "conditions": conditions,
        "evidence": [{"fact": each} for each in facts],
    }
    return {("finding", body["id"]): body}


def seen(before: Run, after: Run, what: str = "") -> list[tuple[str, str, str]]:
    """The changes in short, of one sort or all."""
    found = drift(before, after).changes
    return [(each.what, each.change, each.cause.value) for each in found if what in {"", each.what}]


def swapped(change: Change) -> tuple[object, ...]:
    """The same change seen from the other end."""
    words = {"appeared": "disappeared", "not seen": "seen again"}
    back = {**words, **{value: key for key, value in words.items()}}
    return (
        change.what,
        change.subject,
        change.cause,
        back.get(change.change, change.change),
        change.after,
        change.before,
    )


HOMES = fact(known(["eu-west-2"]))
MOVED = fact(known(["us-east-1"], read="f2"))
PASS, FAIL, UNKNOWN = finding("pass"), finding("fail"), finding("unknown")
GONE = [("resource", "disappeared", "resource")]
UNSEEN = [("resource", "not seen", "visibility")]
UNASKED = [("resource", "not seen", "policy")]

RESOURCES: list[tuple[str, Run, Run, list[tuple[str, str, str]]]] = [
    ("deleted", run(resource(), resource(QUEUE)), run(resource(QUEUE)), GONE),
    ("deleted, the last of its type", run(resource()), run(), GONE),
    ("its listing refused", run(resource()), run(gap(types=("aws.s3.bucket",))), UNSEEN),
    ("its listing refused in its region", run(resource()), run(gap(region="eu-west-2")), UNSEEN),
    ("its account not reached", run(resource()), run(gap()), UNSEEN),
    ("no credential at all", run(resource()), run(gap("")), UNSEEN),
    ("its organisation hidden", run(resource()), run(gap("organizations/1")), UNSEEN),
    ("a group that is no account hidden", run(resource()), run(gap("group")), UNSEEN),
    ("a listing of another type refused", run(resource()), run(gap(types=("aws.sqs.queue",))), GONE),
    ("another region refused", run(resource()), run(gap(region="eu-west-1")), GONE),
    ("another provider refused", run(resource()), run(gap(provider="gcp")), GONE),
    ("another provider's organisation", run(resource()), run(gap("organizations/1", provider="gcp")), GONE),
    (
        "another account not reached",
        run(resource(), accounts={ACCOUNT: True, OTHER: True}),
        run(gap(OTHER), accounts={ACCOUNT: True, OTHER: False}),
        GONE,
    ),
    ("another account, no coverage told", run(resource(), accounts={}), run(gap(OTHER), accounts={}), GONE),
    ("account fell out unexplained", run(resource()), run(accounts={OTHER: True}), UNSEEN),
    ("account not reached, no gap", run(resource()), run(accounts={ACCOUNT: False}, policy="p2"), UNSEEN),
    ("account taken out of the policy", run(resource()), run(accounts={OTHER: True}, policy="p2"), UNASKED),
    ("promise taken out, nothing of its type left", run(resource()), run(promises=(), policy="p2"), UNASKED),
    (
        "promise altered, nothing of its type left",
        run(resource()),
        run(promises=(promise(digest="d2"),), policy="p2"),
        UNASKED,
    ),
    (
        "promise taken out, others of its type still seen",
        run(resource(), resource(QUEUE)),
        run(resource(QUEUE), promises=(), policy="p2"),
        GONE,
    ),
    ("policy changed, promises did not", run(resource()), run(policy="p2"), GONE),
    ("its type renamed", run(resource()), run(scanner="0.2.0"), [("resource", "not seen", "scanner")]),
    ("new tables", run(resource()), run(tables="t2"), [("resource", "not seen", "scanner")]),
    ("the run was partial", run(resource()), run(partial=True), UNSEEN),
    ("renamed", run(resource()), run(resource(name="other")), [("resource", "changed", "resource")]),
    ("moved", run(resource()), run(resource(region="us-east-1"), tables="t2"), [("resource", "changed", "resource")]),
    ("classed otherwise", run(resource()), run(resource(kind="config")), [("resource", "changed", "resource")]),
    (
        "classed otherwise by new tables",
        run(resource()),
        run(resource(kind="config"), tables="t2"),
        [("resource", "changed", "scanner")],
    ),
    (
        "seen by the sweep only, listing refused",
        run(resource()),
        run(resource(modelled=False, type="AWS::S3::Bucket"), gap(types=("aws.s3.bucket",)), policy="p2"),
        [("resource", "changed", "visibility")],
    ),
    (
        "seen by the sweep only, nobody asked",
        run(resource()),
        run(resource(modelled=False), policy="p2"),
        [("resource", "changed", "policy")],
    ),
    (
        "seen by the sweep only, no longer modelled",
        run(resource()),
        run(resource(modelled=False), scanner="0.2.0"),
        [("resource", "changed", "scanner")],
    ),
    (
        "seen by the sweep only, unexplained",
        run(resource()),
        run(resource(modelled=False)),
        [("resource", "changed", "visibility")],
    ),
    ("other replies about it", run(resource()), run(resource(replies={"item": {"body": 2}})), []),
]


@pytest.mark.parametrize(("name", "before", "after", "expected"), RESOURCES, ids=[each[0] for each in RESOURCES])
def test_resources(name: str, before: Run, after: Run, expected: list[tuple[str, str, str]]) -> None:
    assert seen(before, after, "resource") == expected, name
    back = {"disappeared": "appeared", "not seen": "seen again"}
    assert seen(after, before, "resource") == [(w, back.get(c, c), why) for w, c, why in expected], name


ASKED: dict[str, Any] = {}
POLICY: dict[str, Any] = {"policy": "p2"}
SCANNER: dict[str, Any] = {"scanner": "0.2.0"}
TABLES: dict[str, Any] = {"tables": "t2"}
PLUGINS: dict[str, Any] = {"plugins": ("shelf-plugin 1.0",)}
FACTS: list[tuple[Any, Any, Mapping[str, Any], tuple[str, str] | None]] = [
    (known("a"), known("b", read="f2"), ASKED, ("changed", "resource")),
    (known("a"), known("b", read="f2"), {**POLICY, **SCANNER}, ("changed", "resource")),
    (known("a"), known("b"), ASKED, ("changed", "resource")),
    (known("a"), known("b"), SCANNER, ("changed", "scanner")),
    (known("a"), known("b"), TABLES, ("changed", "scanner")),
    (known("a"), known("b"), PLUGINS, ("changed", "scanner")),
    (known("a"), known("b"), {"plugins": ()}, ("changed", "resource")),
    (known("a"), known("b"), {**POLICY, **SCANNER}, ("changed", "policy")),
    (known("a"), known("a", read="f2"), ASKED, None),
    (known("a"), inapplicable(), ASKED, ("changed", "resource")),
    (inapplicable("x"), inapplicable("y"), SCANNER, ("changed", "scanner")),
    (known("a"), unknown(), ASKED, ("not seen", "visibility")),
    (known("a"), unknown(), {**POLICY, **SCANNER}, ("not seen", "visibility")),
    (inapplicable(), unknown("failed"), ASKED, ("not seen", "visibility")),
    (known("a"), unknown("not_asked"), POLICY, ("not seen", "policy")),
    (known("a"), unknown("undecided"), POLICY, ("not seen", "policy")),
    (known("a"), unknown("not_asked"), SCANNER, ("not seen", "scanner")),
    (known("a"), unknown("shape"), SCANNER, ("not seen", "scanner")),
    (known("a"), unknown("shape"), POLICY, ("not seen", "visibility")),
    (known("a"), unknown("defect"), ASKED, ("not seen", "visibility")),
    (unknown("refused"), unknown("failed"), ASKED, None),
    (known("a"), None, ASKED, ("not seen", "visibility")),
    (known("a"), None, POLICY, None),
    (known("a"), None, SCANNER, None),
    (known("a"), None, {"partial": True}, None),
    (unknown(), None, ASKED, None),
    (known(["a", "b"]), known(["a"]), ASKED, ("changed", "resource")),
    (known(["a", "b"]), known(["a"], "g"), ASKED, ("not seen", "visibility")),
    (known(["a"]), known(["a"], "g"), ASKED, ("not seen", "visibility")),
    (known(["a"], "g"), known(["a"], "h"), ASKED, ("changed", "visibility")),
    (known(["a", "b"], "g"), known(["c"], "h"), ASKED, ("changed", "visibility")),
    (known(["a", "b"], "g"), known(["a"], "g", read="f2"), ASKED, ("changed", "resource")),
    (known(["a"]), known(["a", "b"], "g"), ASKED, ("changed", "resource")),
    (known(["a", "b"]), known(["a", "c"], "g"), ASKED, ("changed", "resource")),
    (known("a"), known("b", "g"), ASKED, ("changed", "resource")),
]


@pytest.mark.parametrize(("one", "other", "said", "expected"), FACTS)
def test_facts(one: Any, other: Any, said: Mapping[str, Any], expected: tuple[str, str] | None) -> None:
    before = run(resource(), fact(one))
    after = run(resource(), fact(other) if other else {}, **said)
    listed = [("fact", *expected)] if expected else []
    assert seen(before, after, "fact") == listed
    back = {"not seen": "seen again"}
    assert seen(after, before, "fact") == [(what, back.get(word, word), cause) for what, word, cause in listed]


def test_the_values_of_a_fact_are_told() -> None:
    (change,) = drift(run(resource(), HOMES), run(resource(), MOVED)).changes
    assert (change.subject, change.label) == (f"{BUCKET}|Location.homes", "orders (aws.s3.bucket): Location.homes")
    assert (change.before, change.after) == (["eu-west-2"], ["us-east-1"])
    (change,) = drift(run(resource(), fact(inapplicable())), run(resource(), fact(unknown()))).changes
    assert (change.before, change.after) == ("not applicable: it is global", None)


def test_facts_of_a_resource_that_is_new_are_not_told() -> None:
    assert seen(run(), run(resource(), HOMES)) == [("resource", "appeared", "resource")]


@pytest.mark.parametrize(("value", "cause"), [("a", None), ("b", "resource")])
def test_a_reading_of_its_own_reply_is_told_by_what_was_read(value: str, cause: str | None) -> None:
    """It is named by the source of the reply. The value of a fact that was read from another body is its resource's."""
    states = [fact(known("a", read="item")), fact(known(value, read="item"))]
    before, after = (run(resource(replies={"item": {"body": n}}), state) for n, state in enumerate(states))
    assert seen(before, after, "fact") == ([("fact", "changed", cause)] if cause else [])
    for body, why in ((0, "scanner"), (1, "resource")):
        again = run(resource(replies={"item": {"body": body}}), states[1], **SCANNER)
        assert seen(before, again, "fact") == ([("fact", "changed", why)] if cause else [])


def test_only_what_is_not_the_same_is_unlike() -> None:
    """Of a page that differs, too, only the resources that do."""
    same, gone, new = resource("a"), resource("b"), resource("c")
    before, after = run(same, gone, resource("d"), HOMES), run(same, new, resource("d"), MOVED)
    found = [(name, one and one.id, other and other.id) for name, one, other in unlike(before, after)]
    assert found == [(BUCKET, BUCKET, BUCKET), ("b", "b", None), ("c", None, "c")]
    assert list(unlike(before, before)) == []


NEW: dict[str, Any] = {"promises": (promise(digest="d2"),), "policy": "p2"}
EXCEPTED = finding("excepted", excepted=True)
TAGS = "Tagging.tags"
GAP = finding("unknown", next(iter(gap()))[1], kind="gap")
FINDINGS: list[tuple[str, Run, Run, tuple[str, str] | None]] = [
    ("same verdict", run(PASS), run(finding("pass", facts=())), None),
    ("fact changed", run(resource(), HOMES, PASS), run(resource(), MOVED, FAIL), ("changed", "resource")),
    ("fact changed, scanner too", run(HOMES, PASS), run(MOVED, FAIL, **SCANNER), ("changed", "resource")),
    ("fact changed, promise too", run(HOMES, PASS), run(MOVED, FAIL, **NEW), ("changed", "policy")),
    ("fact lost", run(HOMES, PASS), run(fact(unknown()), UNKNOWN), ("changed", "visibility")),
    ("fact found", run(fact(unknown()), UNKNOWN), run(HOMES, PASS), ("changed", "visibility")),
    (
        "one fact changed, one lost",
        run(HOMES, fact(known(1), "A.b"), PASS),
        run(MOVED, fact(unknown(), "A.b"), finding("fail", facts=("A.b", "Location.homes"))),
        ("changed", "resource"),
    ),
    (
        "a fact that it does not read",
        run(fact(known(1), "A.b"), PASS),
        run(fact(known(2), "A.b"), FAIL),
        ("changed", "clock"),
    ),
    ("promise changed", run(PASS), run(FAIL, **NEW), ("changed", "policy")),
    ("promise new", run(promises=()), run(resource(), FAIL), ("appeared", "policy")),
    ("promise gone", run(resource(), FAIL), run(resource(), promises=()), ("disappeared", "policy")),
    ("promise left out of a partial run", run(FAIL), run(promises=(), partial=True), ("not seen", "visibility")),
    ("resource new", run(), run(resource(), FAIL), ("appeared", "resource")),
    ("resource gone", run(resource(), FAIL), run(), ("disappeared", "resource")),
    ("resource hidden", run(resource(), FAIL), run(gap()), ("not seen", "visibility")),
    ("resource seen again", run(gap()), run(resource(), PASS), ("seen again", "visibility")),
    ("gap new", run(), run(gap(), GAP), ("appeared", "visibility")),
    (
        "gap gone",
        run(gap(), GAP),
        run(),
        ("disappeared", "visibility"),
    ),
    (
        "gap newly in scope",
        run(gap()),
        run(gap(), GAP, policy="p2"),
        ("appeared", "policy"),
    ),
    (
        "type new",
        run(),
        run(resource(type="AWS::New"), finding("unknown", "type:AWS::New", kind="type", type="AWS::New")),
        ("appeared", "resource"),
    ),
    (
        "type hidden",
        run(resource(type="AWS::New"), finding("unknown", "type:AWS::New", kind="type", type="AWS::New")),
        run(gap()),
        ("not seen", "visibility"),
    ),
    (
        "type classed",
        run(resource(type="AWS::New"), finding("unknown", "type:AWS::New", kind="type", type="AWS::New")),
        run(resource(), tables="t2"),
        ("disappeared", "scanner"),
    ),
    (
        "no longer in scope: retagged",
        run(resource(), fact(known({"env": "prod"}), TAGS), FAIL),
        run(resource(), fact(known({"env": "test"}, read="f2"), TAGS)),
        ("disappeared", "resource"),
    ),
    (
        "scope not known: tags refused",
        run(resource(), fact(known({"env": "prod"}), TAGS), PASS),
        run(resource(), fact(unknown(), TAGS), finding("unknown", conditions=("homes", "in scope"))),
        ("changed", "visibility"),
    ),
    (
        "tags changed, which it does not read",
        run(resource(), fact(known({"a": "1"}), TAGS), PASS),
        run(resource(), fact(known({"a": "2"}), TAGS), FAIL),
        ("changed", "clock"),
    ),
    (
        "environment claimed by another policy",
        run(resource(), fact(known(["prod"]), "Membership.environments"), FAIL),
        run(resource(), fact(known([]), "Membership.environments"), policy="p2"),
        ("disappeared", "policy"),
    ),
    ("in scope, unexplained", run(resource()), run(resource(), FAIL, at="later"), ("appeared", "clock")),
    ("renamed, and time went by", run(resource(), PASS), run(resource(name="b"), FAIL), ("changed", "clock")),
    ("moved", run(resource(), PASS), run(resource(region="us-east-1", name="b"), FAIL), ("changed", "resource")),
    ("exception added", run(FAIL), run(EXCEPTED, policy="p2", exceptions=(exception(),)), ("changed", "policy")),
    ("exception told nowhere", run(FAIL), run(EXCEPTED, policy="p2"), ("changed", "policy")),
    (
        "exception prolonged",
        run(FAIL, exceptions=(exception("2026-01-01"),)),
        run(EXCEPTED, exceptions=(exception(),), policy="p2", at="later"),
        ("changed", "policy"),
    ),
    (
        "exception ran out",
        run(EXCEPTED, exceptions=(exception(),)),
        run(FAIL, exceptions=(exception(),), at="later"),
        ("changed", "clock"),
    ),
    (
        "exception ran out, the policy changed elsewhere",
        run(EXCEPTED, exceptions=(exception(),)),
        run(FAIL, exceptions=(exception(),), policy="p2", at="later"),
        ("changed", "clock"),
    ),
    ("another version", run(PASS), run(FAIL, **SCANNER, at="later"), ("changed", "scanner")),
    ("other tables", run(PASS), run(FAIL, **TABLES, at="later"), ("changed", "scanner")),
    ("another plugin", run(PASS), run(FAIL, **PLUGINS, at="later"), ("changed", "scanner")),
    ("a plugin that went", run(PASS, **PLUGINS), run(FAIL, at="later"), ("changed", "scanner")),
    ("the same plugin", run(PASS, **PLUGINS), run(FAIL, **PLUGINS, at="later"), ("changed", "clock")),
    ("a certificate ran out", run(PASS), run(FAIL, at="later"), ("changed", "clock")),
    ("a certificate ran out, the policy changed", run(PASS), run(FAIL, at="later", policy="p2"), ("changed", "clock")),
    ("the policy changed at the same time", run(PASS), run(FAIL, policy="p2"), ("changed", "policy")),
]


@pytest.mark.parametrize(("name", "before", "after", "expected"), FINDINGS, ids=[each[0] for each in FINDINGS])
def test_findings(name: str, before: Run, after: Run, expected: tuple[str, str] | None) -> None:
    assert seen(before, after, "finding") == ([("finding", *expected)] if expected else []), name


def test_a_finding_is_told_with_its_verdicts() -> None:
    (change,) = drift(run(PASS), run(FAIL, at="later")).changes
    assert change == Change(
        what="finding",
        subject=finding_id("hosted", BUCKET),
        label="hosted: orders (aws.s3.bucket)",
        cause=Cause.CLOCK,
        change="changed",
        before="pass",
        after="fail",
    )


BROKEN, UNPROVEN, EMPTY = (promise(verdict=each) for each in ("broken", "unproven", "empty"))
SECOND = finding("unknown", QUEUE, facts=("A.b",))
PROMISES: list[tuple[str, Run, Run, tuple[str, str, Any, Any] | None]] = [
    ("alike", run(), run(), None),
    ("only its digest", run(), run(**NEW), None),
    ("added", run(promises=()), run(), ("appeared", "policy", None, "kept")),
    ("removed", run(), run(promises=()), ("disappeared", "policy", "kept", None)),
    ("left out", run(), run(promises=(), partial=True), ("not seen", "visibility", "kept", None)),
    ("was left out", run(promises=(), partial=True), run(), ("seen again", "visibility", None, "kept")),
    (
        "altered",
        run(HOMES, PASS),
        run(MOVED, FAIL, promises=(promise(verdict="broken", digest="d2"),)),
        ("changed", "policy", "kept", "broken"),
    ),
    (
        "broken by a resource",
        run(HOMES, PASS),
        run(MOVED, FAIL, promises=(BROKEN,)),
        ("changed", "resource", "kept", "broken"),
    ),
    (
        "broken by time, though something else changed",
        run(PASS, fact(known(1), "A.b", QUEUE), finding("pass", QUEUE, facts=("A.b",))),
        run(FAIL, fact(unknown(), "A.b", QUEUE), SECOND, promises=(BROKEN,), at="later"),
        ("changed", "clock", "kept", "broken"),
    ),
    (
        "unproven by a refusal",
        run(HOMES, PASS),
        run(fact(unknown()), UNKNOWN, promises=(UNPROVEN,)),
        ("changed", "visibility", "kept", "unproven"),
    ),
    (
        "mended, though something is refused now",
        run(HOMES, FAIL, fact(known(1), "A.b", QUEUE), finding("pass", QUEUE), promises=(BROKEN,)),
        run(MOVED, PASS, fact(unknown(), "A.b", QUEUE), SECOND, promises=(UNPROVEN,)),
        ("changed", "resource", "broken", "unproven"),
    ),
    ("emptied", run(resource(), PASS), run(promises=(EMPTY,)), ("changed", "resource", "kept", "empty")),
    (
        "nothing tells: the policy",
        run(),
        run(promises=(promise(verdict="not_examined"),), policy="p2", **SCANNER),
        ("changed", "policy", "kept", "not_examined"),
    ),
    (
        "nothing tells: the scanner",
        run(),
        run(promises=(EMPTY,), **SCANNER),
        ("changed", "scanner", "kept", "empty"),
    ),
    ("nothing tells: the clock", run(), run(promises=(EMPTY,)), ("changed", "clock", "kept", "empty")),
    (
        "another promise's findings do not count",
        run(HOMES, finding("pass", promise="b"), promises=(promise(), promise("b"))),
        run(MOVED, finding("fail", promise="b"), promises=(BROKEN, promise("b"))),
        ("changed", "clock", "kept", "broken"),
    ),
]


@pytest.mark.parametrize(("name", "before", "after", "expected"), PROMISES, ids=[each[0] for each in PROMISES])
def test_promises(name: str, before: Run, after: Run, expected: tuple[str, str, Any, Any] | None) -> None:
    found = [each for each in drift(before, after).changes if each.what == "promise"]
    told = [(each.change, each.cause.value, each.before, each.after) for each in found]
    assert told == ([expected] if expected else []), name
    assert all(each.subject == each.label == "hosted" for each in found)


def test_the_policy_and_each_altered_promise() -> None:
    before = run(promises=(promise(), promise("b"), promise("gone")))
    after = run(promises=(promise(digest="d2"), promise("b"), promise("new")), policy="p2")
    found = [each for each in drift(before, after).changes if each.what == "policy"]
    assert [(each.subject, each.label, each.cause, each.change, each.before, each.after) for each in found] == [
        ("example-saas", "policy example-saas", "policy", "changed", "p1", "p2"),
        ("hosted", "promise hosted", "policy", "changed", "d1", "d2"),
    ]


def test_the_scanner_its_plugins_and_its_tables() -> None:
    found = drift(run(), run(**SCANNER, **TABLES, **PLUGINS)).changes
    assert [(each.what, each.subject, each.label, each.cause, each.before, each.after) for each in found] == [
        ("scanner", "plugins", "installed plugins", "scanner", [], ["shelf-plugin 1.0"]),
        ("scanner", "scanner", "version of asdeclared", "scanner", "0.1.0", "0.2.0"),
        ("scanner", "tables", "tables of places and types", "scanner", "t1", "t2"),
    ]
    assert {each.change for each in found} == {"changed"}


@pytest.mark.parametrize(("one", "other"), [({}, {"plugins": []}), (PLUGINS, {"plugins": ["shelf-plugin 1.0"]})])
def test_plugins_as_they_are_stored_are_the_same(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert drift(run(**one), run(**other)).changes == ()
    assert drift(run(**other), run(**one)).changes == ()


def test_gaps_are_visibility() -> None:
    (new,) = drift(run(), run(gap(region="eu-west-2"))).changes
    assert (new.what, new.change, new.cause, new.before, new.after) == ("gap", "appeared", "visibility", None, ["*"])
    assert new.label == f"s3.list_buckets in aws/{ACCOUNT}/eu-west-2: refused"
    assert seen(run(gap()), run()) == [("gap", "disappeared", "visibility")]
    assert seen(run(gap(types=("a",))), run(gap(types=("a", "b")))) == [("gap", "changed", "visibility")]
    (name,) = gap()
    assert seen(run(gap()), run({name: {**gap()[name], "detail": "other"}})) == []


def test_the_order_is_that_of_importance_and_then_of_names() -> None:
    before = run(HOMES, PASS, resource(QUEUE))
    after = run(
        MOVED, FAIL, resource("b"), resource("a"), gap(OTHER), promises=(BROKEN,), accounts={}, **POLICY, **TABLES
    )
    found = drift(before, after).changes
    assert [each.what for each in found] == [
        "promise",
        "finding",
        *["resource"] * 3,
        "fact",
        "gap",
        "policy",
        "scanner",
    ]
    assert [each.subject for each in found if each.what == "resource"] == ["a", QUEUE, "b"]


def test_what_a_cloud_named_cannot_move_the_cursor() -> None:
    hostile = "a\x1b[2J\nb\u202ec"
    (change,) = drift(run(), run(resource(name=hostile))).changes
    assert change.label == "a\ufffd[2J\ufffdb\ufffdc (aws.s3.bucket)"
    (change,) = drift(run(), run(resource(name=""))).changes
    assert change.label == f"{BUCKET} (aws.s3.bucket)"


def test_the_run_before_is_named() -> None:
    before = run()
    found = drift(before, run(at="later"))
    assert (found.before, found.at, found.changes) == (before.digest, "2026-11-01T00:00:00+00:00", ())


SETS = [known(["a"]), known(["a", "b"], "g"), known(["b"], "g", "h")]
UNKNOWNS = [unknown(), unknown("not_asked"), unknown("shape"), inapplicable()]
STATES = st.sampled_from([known("a"), known("b"), known("b", read="f2"), *SETS, *UNKNOWNS])
NAMES = st.sampled_from([BUCKET, QUEUE])
PARTS = st.one_of(
    st.builds(resource, NAMES, type=st.sampled_from("ab"), name=st.sampled_from("ab"), modelled=st.booleans()),
    st.builds(fact, STATES, st.sampled_from(["Location.homes", TAGS]), NAMES),
    st.builds(gap, st.sampled_from([ACCOUNT, OTHER, "group", ""]), st.sampled_from(["", "eu-west-2"])),
    st.builds(finding, st.sampled_from(["pass", "fail", "unknown"]), NAMES, promise=st.sampled_from("ab")),
    st.builds(finding, st.just("unknown"), st.just("type:a"), kind=st.just("type"), type=st.just("a")),
    st.builds(finding, st.just("unknown"), st.just(next(iter(gap()))[1]), kind=st.just("gap")),
)
VERDICTS = st.sampled_from(["kept", "broken", "unproven", "empty"])
RUNS = st.builds(
    lambda parts, promises, said: run(*parts, promises=tuple(promises), **said),
    st.lists(PARTS, max_size=8),
    st.lists(st.builds(promise, st.sampled_from("ab"), VERDICTS, st.sampled_from("12")), unique_by=lambda p: p["id"]),
    st.fixed_dictionaries(
        {
            "policy": st.sampled_from(["p1", "p2"]),
            "tables": st.sampled_from(["t1", "t2"]),
            "plugins": st.sampled_from([(), ["shelf-plugin 1.0"], ("shelf-plugin 1.0",)]),
            "partial": st.booleans(),
            "accounts": st.dictionaries(st.sampled_from([ACCOUNT, OTHER]), st.booleans()),
        }
    ),
)


@given(RUNS)
def test_nothing_differs_from_itself(one: Run) -> None:
    assert drift(one, one).changes == ()
    assert drift(one, Run(one.header, {key: Fragment(each.body) for key, each in one.entries.items()})).changes == ()


@given(RUNS, RUNS)
def test_seen_from_the_other_end_it_is_the_same(one: Run, other: Run) -> None:
    forth, back = drift(one, other).changes, drift(other, one).changes
    assert sorted(map(swapped, forth), key=repr) == sorted(
        ((c.what, c.subject, c.cause, c.change, c.before, c.after) for c in back), key=repr
    )


@given(RUNS, RUNS)
def test_the_order_of_entries_means_nothing(one: Run, other: Run) -> None:
    turned = Run(other.header, dict(reversed(list(other.entries.items()))))
    assert drift(one, turned).changes == drift(one, other).changes


@given(RUNS, RUNS)
def test_what_a_gap_may_hide_is_never_gone(one: Run, other: Run) -> None:
    hidden = Run(other.header, {**other.entries, **run(gap("")).entries})
    assert not [each for each in drift(one, hidden).changes if each.what == "resource" and each.change == "disappeared"]


@given(RUNS, RUNS)
def test_each_change_is_told_once_and_in_order(one: Run, other: Run) -> None:
    changes = drift(one, other).changes
    keys = [(ORDER.index(each.what), each.subject) for each in changes]
    assert keys == sorted(keys)
    named = [(each.what, each.subject, each.label) for each in changes]
    assert len(named) == len(set(named))


def test_only_pages_that_differ_are_opened() -> None:
    facts = {("fact", f"r{n}|Location.homes"): known(["eu-west-2"]) for n in range(20_000)}
    before = run(facts)
    after = run(facts, *(fact(known(["b"]), of=f"r1{n:04}") for n in range(100)))
    pages = [key for key, page in before.entries.items() if key[0] == "page" and after.entries[key] != page]
    assert 0 < len(pages) < 5
    opened: list[Key] = []
    watched = [
        Run(each.header, {key: Watched(key, page, opened) for key, page in each.entries.items()})
        for each in (before, after)
    ]
    assert len(drift(*watched).changes) == 100
    assert set(opened) == set(pages)


class Watched(Fragment):
    """A fragment that tells when its body is read."""

    def __init__(self, key: Key, fragment: Fragment, opened: list[Key]) -> None:
        super().__init__(fragment.body, fragment.digest)
        self.key, self.opened = key, opened

    @property
    def body(self) -> Any:
        """The decoded JSON."""
        self.opened.append(self.key)
        return super().body
