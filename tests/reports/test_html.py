"""The page: what it shows and in which order, and that nothing but the template makes its elements."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import html
from reports.document import (
    AccountSeen,
    Cause,
    ConditionResult,
    ContradictionFound,
    Document,
    ExceptionUse,
    FactRead,
    FaultFound,
    PromiseVerdict,
    Read,
    RefusedCall,
    Tally,
    TypeCount,
    Verdict,
)
from reports.html import HTML, render, shares
from tests.reports.documents import (
    DENIED,
    DIGEST,
    GAP,
    HALF,
    HOSTILE,
    change,
    document,
    drift,
    everything,
    finding,
    flow,
    promise,
)

ACTING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
LOADING = {
    "src",
    "srcset",
    "action",
    "formaction",
    "data",
    "poster",
    "background",
    "ping",
    "style",
    "srcdoc",
    "xlink:href",
}
COVERAGE = document().coverage


class Shape(HTMLParser):
    """The elements of a page with the names of their attributes, and the text between them."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.marks: list[tuple[str, ...]] = []
        self.values: list[tuple[str, str]] = []
        self.texts: list[str] = []
        self.raw: dict[str, str] = {}
        self._inside = ""
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.marks.append((tag, *(name for name, _ in attrs)))
        self.values.extend((name, value or "") for name, value in attrs)
        self._inside = tag if tag in {"style", "script"} else ""
        if tag == "script" and attrs:
            self._inside = "index"
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self.marks.append((f"/{tag}",))
        self._inside = ""
        self._part(tag)

    def _part(self, tag: str) -> None:
        self.texts.append("" if tag in {"a", "b", "code", "span"} else " ")

    def handle_comment(self, data: str) -> None:
        self.marks.append(("comment", data))

    def unknown_decl(self, data: str) -> None:
        self.marks.append(("declaration", data))

    def handle_pi(self, data: str) -> None:
        self.marks.append(("instruction", data))

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.raw[self._inside] = self.raw.get(self._inside, "") + data
        else:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All text with single spaces, without style and scripts."""
        return " ".join("".join(self.texts).split())


def text(made: Document) -> str:
    return Shape(render(made)).text


def part(made: Document, name: str) -> str:
    """The text below the heading of this id, up to the next section."""
    page = render(made).decode()
    start = page.index(f' id="{name}"')
    return Shape(page[page.rindex("<", 0, start) : page.index("</section>", start)].encode()).text


PLAIN = [Shape(render(made)) for made in everything(lambda _: "plain")]


def assert_harmless(payload: str, most: int = 1) -> None:
    for made, plain in list(zip(everything(lambda _: payload), PLAIN, strict=True))[:most]:
        page = render(made)
        shape = Shape(page)
        assert shape.marks == plain.marks
        assert not ACTING.search(page.decode())
        names = {name for name, _ in shape.values}
        assert not names & LOADING
        assert not any(name.startswith("on") for name in names)
        assert all(re.fullmatch(r"#[a-z0-9-]+", value) for name, value in shape.values if name == "href")
        assert json.loads(shape.raw["index"])["promises"]


@pytest.mark.parametrize("payload", [*HOSTILE, HALF])
def test_hostile_text_in_every_field_makes_no_element_and_no_attribute(payload: str) -> None:
    assert_harmless(payload, len(PLAIN))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(["<script ", "<!--", "-->", "</", ">", '"', "'", "&", "=", " onload", "x"]), min_size=1)
)
def test_no_mixture_of_hostile_texts_does(words: list[str]) -> None:
    assert_harmless("".join(words))


@settings(max_examples=25, deadline=None)
@given(st.text(st.characters(codec=None), min_size=1))
def test_no_text_at_all_does(word: str) -> None:
    # A blank text makes the page leave out what it has nothing to say of.
    assert_harmless(f"x{word}")


def test_hostile_text_is_shown_as_text() -> None:
    shown = text(document(promises=(promise(says=HOSTILE[0], source=HOSTILE[3]),)))
    assert HOSTILE[0] in shown
    assert HOSTILE[3] in shown


def test_every_field_is_shown_but_those_for_machines() -> None:
    fields: set[str] = set()

    def named(at: str) -> str:
        fields.add(at)
        return f"[{at}]"

    shown = "".join(text(made) for made in everything(named))
    assert {at for at in fields if f"[{at}" not in shown} == {
        # For machines: report.json holds them.
        "Change.subject",
        "GapFound.id",
        # Of a home or copy whose type is told; of a place that is known.
        "Flow.provider",
        "Flow.why",
    }


def test_the_page_loads_nothing_and_runs_nothing_but_its_own() -> None:
    for made in everything(lambda _: "https://example.com/a.css"):
        page = render(made).decode()
        shape = Shape(page.encode())
        assert "url(" not in page
        assert "@import" not in page
        tags = {mark[0] for mark in shape.marks}
        assert not tags & {"link", "img", "iframe", "form", "base", "object", "embed", "video", "audio", "use", "image"}
        assert page.index("Content-Security-Policy") < page.index("<title>") < page.index("<style>")
        (policy,) = [value for name, value in shape.values if name == "content" and "default-src" in value]
        hashes = {
            kind: base64.b64encode(hashlib.sha256(shape.raw[kind].encode()).digest()).decode()
            for kind in ("style", "script")
        }
        assert set(policy.split("; ")) == {
            "default-src 'none'",
            f"style-src 'sha256-{hashes['style']}'",
            f"script-src 'sha256-{hashes['script']}'",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        }


def test_the_first_screen_is_the_verdict_what_failed_what_was_not_seen_and_what_changed() -> None:
    shown = text(document())
    order = [
        "Example SaaS Ltd is not as declared",
        "Policy example, examined on 2 November 2026, 06:00 UTC by asdeclared 0.1.0.",
        "1 broken 1 promise in all",
        "What is not as declared 1 finding fails What encrypted says. 1",
        "What we did not see Every finding could be decided.",
        "What changed This is the first run of this policy",
        "Promises",
        "broken What encrypted says. 1 fail may not be published",
    ]
    places = [shown.index(word, 40) for word in order]
    assert places == sorted(places)
    assert shown.startswith("Example SaaS Ltd: broken on 2026-11-02")


@pytest.mark.parametrize(
    ("verdict", "style", "words"),
    [
        ("as declared", "kept", "as declared"),
        ("broken", "broken", "not as declared"),
        ("unproven", "unproven", "not shown to be as declared"),
    ],
)
def test_the_headline_has_the_colour_of_the_verdict(verdict: str, style: str, words: str) -> None:
    page = render(document(verdict=verdict)).decode()
    assert f'<h1>Example SaaS Ltd is <span class="{style}">{words}</span></h1>' in page


def test_promises_are_counted_by_verdict_and_the_broken_ones_stand_first() -> None:
    verdicts = [PromiseVerdict.KEPT, PromiseVerdict.NOT_EXAMINED, PromiseVerdict.EMPTY, PromiseVerdict.UNPROVEN]
    names = ["kept", "unexamined", "empty", "unproven", "broken", "kept-too"]
    given = zip(names, [*verdicts, PromiseVerdict.BROKEN, PromiseVerdict.KEPT], strict=True)
    shown = text(document(promises=tuple(promise(name, verdict) for name, verdict in given)))
    assert "1 broken 1 unproven 1 empty 1 not examined 2 kept 6 promises in all" in shown
    start = shown.index("Promises Changes")
    names = ["broken", "unproven", "empty", "unexamined", "kept", "kept-too"]
    places = [shown.index(f"What {name} says.", start) for name in names]
    assert places == sorted(places)


def test_the_first_screen_names_three_broken_promises_and_counts_the_others() -> None:
    shown = text(document(promises=tuple(promise(f"p{n}") for n in range(5))))
    first = shown[: shown.index("What we did not see")]
    assert "What p2 says. 1 and 2 more" in first
    assert "What p3 says." not in first
    assert "more" not in text(document(promises=tuple(promise(f"p{n}") for n in range(3))))[:600]


def test_what_was_not_seen_is_counted_on_the_first_screen() -> None:
    coverage = COVERAGE.model_copy(
        update={
            "gaps": (GAP, GAP),
            "refused": (
                RefusedCall(call="a", permission="p", count=2),
                RefusedCall(call="b", permission="q", count=1),
            ),
            "not_examined": ("Example Hosting Ltd",),
            "accounts": (AccountSeen(provider="gcp", id="acme", reached=False),),
            "types": (TypeCount(provider="aws", type="T", kind="data", modelled=False, count=3),),
            "limits": ("a", "b"),
        }
    )
    unknown = (finding(1, Verdict.UNKNOWN), finding(2, Verdict.ERROR), finding(3, Verdict.EXCEPTED))
    shown = text(document(coverage=coverage, findings=unknown, verdict="unproven"))
    assert (
        "2 findings could not be decided Not examined: Example Hosting Ltd 1 account not reached "
        "2 gaps: listings that may hide resources 3 calls refused, for 2 permissions "
        "1 type that may hold data, not modelled 2 limits of the method" in shown
    )
    assert "1 finding excepted" in shown


def test_a_promise_has_a_section_to_hand_over() -> None:
    one = promise(counts={"unknown": 2, "not_applicable": 3}, not_examined=("Example Hosting Ltd", "Other Ltd"))
    page = render(document(promises=(one,))).decode()
    section = page[page.index('<article class="part promise" id="promise-encrypted"') : page.index("</article>")]
    shown = Shape(section.encode()).text
    for word in (
        "broken What encrypted says.",
        "Example SaaS Ltd, policy example, examined on 2 November 2026, 06:00 UTC, run 1212",
        "May not be published as verified today Broken: ",
        "Published at https://example.com/data-protection#encryption",
        "Findings 2 unknown, 3 not applicable",
        "Scope 1 resource",
        "Coverage 1 of 1",
        "Not examined Example Hosting Ltd, Other Ltd",
        'Check encryption.at-rest with {"algorithms": ["AES-256"], "owner": "customer"}, severity high',
        f"Policy entry encrypted SHA-256 {'ab' * 32}",
        "Fail 1 finding",
    ):
        assert word in shown, word
    assert 'href="https://example.com/data-protection#encryption" rel="noreferrer noopener"' in section
    assert "May be published today" not in shown


def test_a_kept_promise_has_a_sentence_to_publish() -> None:
    kept = promise(verdict=PromiseVerdict.KEPT, counts={"pass": 1})
    made = document(promises=(kept,), findings=(finding(0, Verdict.PASS),), verdict="as declared")
    shown = text(made)
    assert "May be published today Verified on 2 November 2026" in shown
    assert "May not be published" not in shown
    assert "1 pass may be published today" in shown


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://", "data:text/html,x", "http://a b", "//example.com", "https://e\u202ex"]
)
def test_only_a_web_address_can_be_followed(url: str) -> None:
    page = render(document(promises=(promise(source=url),))).decode()
    hrefs = [value for name, value in Shape(page.encode()).values if name == "href"]
    assert hrefs
    assert all(value.startswith("#") for value in hrefs)


def test_a_finding_shows_call_pointer_value_and_digest() -> None:
    page = render(document()).decode()
    start = page.index('<details class="finding" id="finding-0000000000000000">')
    shown = Shape(page[start : page.index("</details>", start)].encode()).text
    for word in (
        "fail db-0 aws.rds.instance",
        "fail encrypted it is not encrypted An exception names condition encrypted, value none.",
        "What to do Encrypt it.",
        "EncryptionAtRest.state none call rds.describe_db_instances field /StorageEncrypted",
        f"SHA-256 of the fragment {DIGEST}",
        "Resource arn:aws:rds:eu-west-2:111111111111:db:customers-0",
        "Finding 0000000000000000, severity high",
    ):
        assert word in shown, word
    assert "excepted" not in shown


def test_a_fault_that_is_excepted_says_so() -> None:
    fault = FaultFound(value="none", why="it is not encrypted", excepted=True)
    condition = ConditionResult(name="encrypted", verdict=Verdict.EXCEPTED, faults=(fault,))
    assert "it is not encrypted excepted" in text(
        document(findings=(finding(verdict=Verdict.EXCEPTED, conditions=(condition,)),))
    )


@pytest.mark.parametrize(
    ("read", "shown"),
    [
        (Read(call="c", pointer="/p", digest="d1", seen="missing"), "c left out, as documented, the field /p SHA-256"),
        (Read(call="c", seen="absent", code="NoSuch"), "c answered that there is none NoSuch"),
        (Read(call="", seen="documented", basis="the vendor's page"), "documented by the vendor the vendor's page"),
        (Read(call="c"), "call c"),
    ],
)
def test_the_ways_to_know(read: Read, shown: str) -> None:
    fact = FactRead(fact="Backup.plans", state="known", value=[1, {"b": 2, "a": None}], reads=(read,))
    found = text(document(findings=(finding(evidence=(fact,)),)))
    assert shown in found
    assert 'Backup.plans [1, {"a": null, "b": 2}]' in found


def test_reads_of_one_fragment_are_told_together() -> None:
    reads = tuple(Read(call="c", pointer=f"/{n}", digest=DIGEST) for n in range(3))
    fact = FactRead(fact="F.f", state="known", value=1, reads=reads)
    shown = text(document(findings=(finding(evidence=(fact,)),)))
    assert "call c fields /0 /1 /2 SHA-256" in shown
    assert shown.count(DIGEST) == 1


def test_what_could_not_be_seen_is_shown_with_what_would_answer() -> None:
    condition = ConditionResult(name="kept", verdict=Verdict.UNKNOWN, unknowns=(DENIED,))
    facts = (
        FactRead(fact="Backup.plans", state="unknown", unknowns=(DENIED,)),
        FactRead(fact="Location.homes", state="inapplicable", why="a hub holds nothing"),
    )
    one = finding(verdict=Verdict.UNKNOWN, conditions=(condition,), evidence=facts, fix="")
    shown = text(document(findings=(one,)))
    told = (
        "refused: rds.describe_db_snapshots refused (AccessDenied) (call rds.describe_db_snapshots); "
        "the permission rds:DescribeDBSnapshots would answer"
    )
    assert f"unknown kept {told}" in shown
    assert f"Backup.plans unknown {told}" in shown
    assert "Location.homes Does not apply: a hub holds nothing" in shown
    assert "What to do" not in shown


def test_an_error_of_a_check_is_shown() -> None:
    condition = ConditionResult(name="kept", verdict=Verdict.ERROR, error="ZeroDivisionError: no")
    shown = text(document(findings=(finding(verdict=Verdict.ERROR, conditions=(condition,)),)))
    assert "error kept ZeroDivisionError: no" in shown


def test_gaps_and_refusals_are_shown_with_the_permission() -> None:
    hidden = GAP.model_copy(update={"types": ("aws.s3.bucket", "*"), "region": "eu-west-1", "reason": "not_asked"})
    coverage = COVERAGE.model_copy(
        update={
            "gaps": (GAP, hidden),
            "refused": (RefusedCall(call="s3.get_bucket_acl", permission="s3:GetBucketAcl", count=1200),),
            "limits": ("Deleted things are not seen.",),
            "not_examined": ("Example Hosting Ltd",),
            "accounts": (*COVERAGE.accounts, AccountSeen(provider="gcp", id="acme-prod", name="Acme", reached=False)),
            "types": (
                TypeCount(provider="aws", type="AWS::New::Thing", kind="unclassified", modelled=False, count=3),
                TypeCount(provider="aws", type="AWS::Odd::Store", kind="data", modelled=False, count=4),
                TypeCount(provider="aws", type="AWS::Some::Setting", kind="config", modelled=False, count=5),
                TypeCount(provider="aws", type="aws.s3.bucket", kind="data", modelled=True, count=6),
            ),
        }
    )
    shown = part(document(coverage=coverage), "unseen")
    assert "aws 111111111111 eu-west-2 s3.list_buckets refused s3.list_buckets refused (AccessDenied)" in shown
    assert "s3:ListAllMyBuckets aws.s3.bucket" in shown
    assert (
        "eu-west-1 s3.list_buckets not asked s3.list_buckets refused (AccessDenied) s3:ListAllMyBuckets anything"
        in shown
    )
    assert "1,200 \N{MULTIPLICATION SIGN} s3.get_bucket_acl, which needs s3:GetBucketAcl" in shown
    assert "Limits of the method Deleted things are not seen." in shown
    assert "Not examined: Example Hosting Ltd: declared" in shown
    assert "gcp acme-prod Acme no" in shown
    assert "aws 111111111111 yes 1 eu-west-2" in shown
    assert "3 \N{MULTIPLICATION SIGN} AWS::New::Thing aws, unclassified 4" in shown
    assert "AWS::Some::Setting" not in shown
    assert "aws.s3.bucket aws, data" not in shown


def test_a_whole_view_says_so_by_having_nothing_to_tell() -> None:
    shown = text(document())
    for word in ("Refused calls", "not modelled", "Not examined", "Permission that would answer", "Gaps", "notice"):
        assert word not in shown
    assert "Limits of the method None is stated." in shown
    assert "The policy has no exceptions." in shown
    assert "This document tells of no places." in shown
    assert "Partial run" not in shown
    assert "About the policy itself" not in shown


def test_a_partial_run_says_so_and_what_it_left_out() -> None:
    run = document().run.model_copy(update={"partial": True})
    shown = text(document(run=run))
    assert "Partial run. An option left something out; this is not a baseline." in shown
    assert "Only these" not in shown
    shown = text(document(run=run.model_copy(update={"only": ("a", "b"), "clouds": ("aws",)})))
    assert "Only these promises were examined: a, b. Only these clouds were: aws." in shown


def test_contradictions_are_told_first() -> None:
    one = ContradictionFound(code="bounds", line=12, column=3, message="35 days is more than 30 days")
    shown = text(document(contradictions=(one,)))
    assert "line 12, column 3: 35 days is more than 30 days bounds" in shown
    assert shown.index("line 12") < shown.index("What we did not see")


def exception(**changes: Any) -> ExceptionUse:
    return ExceptionUse.model_validate(
        {
            "promise": "encrypted",
            "resource": "arn:x",
            "condition": "encrypted",
            "value": "none",
            "owner": "platform@example.com",
            "reason": "Nothing personal.",
            "expires": "2027-01-31",
            "state": "used",
            **changes,
        }
    )


@pytest.mark.parametrize("state", ["used", "unused", "expired"])
def test_exceptions_are_told_with_state_owner_and_the_days_that_are_left(state: str) -> None:
    page = render(document(exceptions=(exception(state=state),)))
    told = (
        f"{state} 31 January 2027 90 days left encrypted arn:x encrypted: none platform@example.com Nothing personal."
    )
    assert told in Shape(page).text
    assert b'<a href="#promise-encrypted">encrypted</a>' in page
    assert f'class="{ {"used": "excepted", "unused": "none", "expired": "unknown"}[state] }">{state}'.encode() in page


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (None, "This is the first run of this policy."),
        (drift(), "Compared with the run of 26 October 2026, 06:00 UTC, " + "cd" * 32 + ". Nothing changed."),
        (drift(change()), "Cause: resource something in the cloud changed"),
    ],
)
def test_drift_is_told_whatever_it_is(found: object, told: str) -> None:
    shown = part(document(drift=found), "changes")
    assert told in shown
    assert "more changes" not in shown
    assert "merely" not in shown
    assert ('fact db-0 EncryptionAtRest.state changed encrypted ["none"]' in shown) == told.startswith("Cause")


def test_what_appeared_is_not_told_with_a_value_before() -> None:
    one = change().model_copy(update={"change": "appeared", "before": None})
    assert 'EncryptionAtRest.state appeared ["none"]' in part(document(drift=drift(one)), "changes")


def test_a_change_leads_to_its_finding_or_promise() -> None:
    values = {"what": "finding", "subject": "0" * 16, "before": "pass", "after": "fail"}
    one = change().model_copy(update=values)
    other = change().model_copy(update={**values, "subject": "f" * 16})
    whole = change().model_copy(
        update={"what": "promise", "subject": "encrypted", "label": "p", "before": "kept", "after": "broken"}
    )
    made = document(drift=drift(one, other, whole))
    page = render(made).decode()
    assert '<a href="#finding-0000000000000000">db-0 EncryptionAtRest.state</a>' in page
    assert "finding-ffff" not in page
    assert '<a href="#promise-encrypted">p</a>' in page
    first = text(made)
    assert (
        "What changed since 26 October 2026 3 changes 2 findings newly fail p: kept → broken 3 by resource:"
        " something in the cloud changed" in first
    )


def test_what_merely_follows_is_counted() -> None:
    quiet = change().model_copy(update={"what": "finding", "change": "appeared", "before": None, "after": "pass"})
    assert "1 change merely follows: findings that pass" in part(document(drift=drift(quiet)), "changes")
    assert "Nothing of note" in text(document(drift=drift(quiet)))
    assert "2 changes merely follow:" in part(document(drift=drift(quiet, quiet, change())), "changes")


@pytest.mark.parametrize(("count", "left"), [(2, 0), (3, 1), (5, 3)])
def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch, count: int, left: int) -> None:
    monkeypatch.setattr(html, "CAP", 2)
    monkeypatch.setattr(html, "ROWS", 2)
    found = (*(finding(n, Verdict.PASS) for n in range(count - 1)), finding(99, Verdict.FAIL))
    one = promise(counts={"fail": 1, "pass": count - 1})
    made = document(promises=(one,), findings=found, drift=drift(*(change(n) for n in range(count))))
    shown = text(made)
    are = "finding is" if left == 1 else "findings are"
    assert (f"{left} more {are} not in this page: findings.jsonl" in shown) == bool(left)
    assert (f"{left} more changes are in report.json." in shown) == bool(left)
    assert ("more changes" in shown) == bool(left)
    assert "db-99" in shown
    assert shown.count("Finding 00") == 2
    assert shown.count("EncryptionAtRest.state changed") == 2
    evidence = "The evidence of 2 findings is in this page, the worst of each promise"
    assert (evidence in shown) == bool(left)
    assert (f"Pass 1 finding shown of {count - 1}" in shown) == bool(left)
    assert len(json.loads(Shape(render(made)).raw["index"])["findings"]) == 3 * count


def test_findings_that_the_document_leaves_out_are_counted() -> None:
    one = promise(counts={"fail": 1, "pass": 1300})
    shown = text(document(promises=(one,), omitted={"pass": 1300}))
    assert "1,301 findings: 1 fail, 1,300 pass. The evidence of 1 finding is in this page" in shown
    assert "leave out 1,300 that are not in this document: 1,300 pass." in shown
    assert "1,300 more findings are not in this page: findings.jsonl" in shown
    assert "The list and the counts below it leave out" in shown
    assert "leave out" not in text(document())


def test_tallies_tell_of_what_is_left_out_by_account_and_type() -> None:
    values = {"provider": "aws", "account": "333333333333", "type": "aws.s3.bucket", "kind": "resource"}
    tallies = tuple(
        Tally.model_validate({**values, "verdict": verdict, "count": count})
        for verdict, count in (("pass", 1300), ("fail", 1))
    )
    one = promise(counts={"fail": 1, "pass": 1300}, tallies=tallies)
    shown = text(document(promises=(one,), omitted={"pass": 1300}))
    assert "By account Account fail pass aws 333333333333 1 1,300 By type" in shown
    assert "By type of resource Type of resource fail pass aws.s3.bucket 1 1,300 By resource" in shown
    assert "The list, and the counts by environment and resource, leave out 1,300" in shown
    # Where nothing is left out, the findings themselves are counted.
    assert "333333333333" not in text(document(promises=(one,)))


def test_much_of_one_finding_is_cut_and_counted() -> None:
    faults = tuple(FaultFound(value=f"v{n}", why=f"w{n}") for n in range(60))
    condition = ConditionResult(name="c", verdict=Verdict.FAIL, faults=faults, unknowns=(DENIED,) * 55)
    reads = tuple(Read(call=f"c{n}", pointer="/p", digest="d") for n in range(52))
    many = tuple(Read(call="c", pointer=f"/{n}", digest="d") for n in range(53))
    facts = (
        FactRead(fact="F.f", state="known", value="x" * 5000, reads=reads),
        FactRead(fact="F.g", state="known", value=list(range(90)), reads=many),
    )
    shown = text(document(findings=(finding(conditions=(condition,), evidence=facts),)))
    assert "15 more are in report.json" in shown
    assert "w49" in shown
    assert "w50" not in shown
    assert "2 more reads are in report.json." in shown
    assert "/49 and 3 more" in shown
    assert "x" * 4000 + "…" in shown
    assert "x" * 4001 not in shown
    assert "49 … and 40 more" in shown


@pytest.mark.parametrize(
    ("sizes", "most", "given"),
    [
        ({"a": 3, "b": 5}, 10, {"a": 3, "b": 5}),
        ({"a": 3, "b": 50, "c": 50}, 10, {"a": 3, "b": 3, "c": 4}),
        ({"a": 50, "b": 1}, 10, {"a": 9, "b": 1}),
        ({"a": 0}, 10, {"a": 0}),
        ({}, 10, {}),
    ],
)
def test_small_promises_are_shown_whole(sizes: dict[str, int], most: int, given: dict[str, int]) -> None:
    assert shares(sizes, most) == given


def test_findings_stand_below_their_promise_the_worst_first() -> None:
    given = [Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.EXCEPTED, Verdict.UNKNOWN, Verdict.ERROR, Verdict.FAIL]
    found = [finding(n, verdict) for n, verdict in enumerate(given)]
    page = render(document(promises=(promise(), promise("other")), findings=(*found, finding(7, promise="other"))))
    ids = re.findall(r'<details class="finding" id="finding-0{15}(\d)"', page.decode())
    assert ids == ["5", "4", "3", "2", "1", "0", "7"]
    headings = re.findall(r'<h4 id="promise-encrypted-(\w+)">', page.decode())
    assert headings == ["fail", "error", "unknown", "excepted", "pass", "not_applicable"]


def test_a_promise_without_findings_says_so() -> None:
    assert "No resource is in the scope of this promise." in text(document(findings=()))
    assert "No resource is" not in text(document())


@pytest.mark.parametrize(
    ("environments", "told", "group"),
    [
        (None, "· environment not known", "not known"),
        ((), "· unassigned", "unassigned"),
        (("production", "test"), "· production, test", "production, test"),
    ],
)
def test_a_subject_tells_its_environments(environments: tuple[str, ...] | None, told: str, group: str) -> None:
    one = finding()
    changes = {"environments": environments, "account": "111111111111", "region": "eu-west-2", "name": ""}
    subject = one.subject.model_copy(update=changes)
    page = render(document(findings=(finding(subject=subject),))).decode()
    start = page.index('<details class="finding"')
    summary = page[start : page.index("</summary>", start)]
    assert f"aws 111111111111 eu-west-2 {told}</span>" in summary
    assert "customers-0</span>" in summary
    assert f"Environment fail {group} 1" in Shape(page.encode()).text


def test_findings_are_counted_by_environment_account_and_type() -> None:
    one = finding(1).subject.model_copy(update={"account": "111111111111", "environments": ("production",)})
    two = finding(2).subject.model_copy(update={"account": "222222222222", "type": "aws.s3.bucket & co"})
    found = (
        finding(1, Verdict.PASS, subject=one),
        finding(2, Verdict.FAIL, subject=two),
        finding(3, Verdict.FAIL, subject=two),
    )
    page = render(document(findings=found))
    shown = Shape(page).text
    assert "By environment Environment fail pass not known 2 production 1" in shown
    assert "By account Account fail pass aws 222222222222 2 aws 111111111111 1" in shown
    assert "By type of resource Type of resource fail pass aws.s3.bucket & co 2 aws.rds.instance 1" in shown
    assert b'data-filter="type=aws.s3.bucket%20%26%20co&amp;verdict=fail">2<' in page


def test_the_resources_with_most_trouble_stand_first() -> None:
    calm, bad, worse = (finding(n).subject for n in range(3))
    found = (
        finding(1, Verdict.UNKNOWN, subject=bad),
        finding(2, Verdict.ERROR, subject=bad),
        finding(3, Verdict.FAIL, subject=worse),
        finding(4, Verdict.PASS, subject=calm),
        finding(5, Verdict.UNKNOWN, subject=calm.model_copy(update={"kind": "gap"})),
    )
    page = render(document(findings=found)).decode()
    listed = Shape(page[page.index('<ul class="troubled">') : page.index('<h2 id="parts"')].encode()).text
    assert listed.startswith("db-2 aws.rds.instance · fail encrypted db-1 aws.rds.instance · error encrypted unknown")
    assert "db-0" not in listed
    assert '<a href="#finding-0000000000000003">encrypted</a>' in page


def test_a_page_without_trouble_says_so() -> None:
    shown = text(document(findings=(finding(0, Verdict.PASS),), verdict="as declared"))
    assert "No resource has a finding that fails or could not be decided." in shown


def test_names_that_cannot_be_anchors_get_others() -> None:
    odd = promise("an odd id")
    page = render(document(promises=(odd, promise()), findings=(finding(id="x y", promise="an odd id"),))).decode()
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-zA-Z0-9_.-]+", each) for each in ids)
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links <= set(ids)


def test_places_are_drawn_and_told() -> None:
    places = (
        flow("aws:eu-west-2", "GB", count=5),
        flow("aws:us-east-1", "US", role="replica", origin=flow("aws:eu-west-2", "GB").place),
        flow("gcp:eu", count=2),
        flow("", why="a call was refused", role="backup"),
    )
    coverage = COVERAGE.model_copy(update={"gaps": (GAP,)})
    page = render(document(places=places, coverage=coverage)).decode()
    shown = part(document(places=places, coverage=coverage), "places")
    assert '<svg class="map"' in page
    assert "United Kingdom: 5. United States of America: 1. 1 from GB to US, not promised." in shown
    assert "Not on the map 2 data in Name of gcp:eu gcp:eu not promised" in shown
    assert "Not known 1 backup: a call was refused aws.s3.bucket Besides, 1 gap may hide resources" in shown
    assert "Name of aws:us-east-1 aws:us-east-1 US replica from Name of aws:eu-west-2 aws:eu-west-2 GB 1" in shown


def test_equal_documents_make_the_same_bytes() -> None:
    one = document(promises=(promise(parameters={"a": 1, "b": 2}, counts={"fail": 1, "pass": 2}),))
    two = document(promises=(promise(parameters={"b": 2, "a": 1}, counts={"pass": 2, "fail": 1}),))
    assert one == two
    assert render(one) == render(two)


def test_the_chain_is_told_at_the_end() -> None:
    shown = text(document())
    end = shown.rindex("This run")
    for word in (
        f"Run {'12' * 32}",
        "Run before none",
        f"Policy {'56' * 32}",
        f"Tables {'34' * 32}",
        "asdeclared/document/v1",
    ):
        assert shown.index(word, end)
    run = document().run.model_copy(update={"previous": "78" * 32})
    assert f"Run before {'78' * 32}" in text(document(run=run))


def test_causes_stand_in_their_order() -> None:
    changes = [change(n).model_copy(update={"cause": cause}) for n, cause in enumerate(Cause)]
    shown = part(document(drift=drift(*changes)), "changes")
    places = [shown.index(f"Cause: {word}") for word in ("resource", "policy", "visibility", "scanner", "clock")]
    assert places == sorted(places)


def test_the_report_names_its_file() -> None:
    assert (HTML.file, HTML.render) == ("report.html", render)
