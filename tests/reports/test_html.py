"""The page: what it shows and in which order, and that nothing but the template makes its elements."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports import html
from reports.document import (
    AccountSeen,
    ConditionResult,
    ContradictionFound,
    Document,
    ExceptionUse,
    FactRead,
    PromiseVerdict,
    Read,
    RefusedCall,
    TypeCount,
    Verdict,
)
from reports.html import HTML, compact, ranked, render
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
        self.feed(page.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.marks.append((tag, *(name for name, _ in attrs)))
        self.values.extend((name, value or "") for name, value in attrs)
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self.marks.append((f"/{tag}",))
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
        self.texts.append(data)

    @property
    def text(self) -> str:
        """All text with single spaces."""
        return " ".join("".join(self.texts).split())


def text(made: Document) -> str:
    return Shape(render(made)).text


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
        assert all(re.fullmatch(r"#promise-\d+", value) for name, value in shape.values if name == "href")


@pytest.mark.parametrize("payload", [*HOSTILE, HALF])
def test_hostile_text_in_every_field_makes_no_element_and_no_attribute(payload: str) -> None:
    assert_harmless(payload, len(PLAIN))


@settings(max_examples=25)
@given(
    st.lists(st.sampled_from(["<script ", "<!--", "-->", "</", ">", '"', "'", "&", "=", " onload", "x"]), min_size=1)
)
def test_no_mixture_of_hostile_texts_does(words: list[str]) -> None:
    assert_harmless("".join(words))


@settings(max_examples=25)
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
        # The first twelve digits of the run before are shown.
        "Drift.before",
        # Told in other words: in a fault's reason, a gap's place, a promise's severity, and by counting.
        "AccountSeen.regions",
        "FaultFound.value",
        "Finding.severity",
        "NotSeen.call",
        # For machines: report.json holds them.
        "Change.subject",
        "ContradictionFound.code",
        "GapFound.id",
        "PromiseResult.digest",
        "Subject.provider",
        "TypeCount.provider",
    }


def test_the_page_loads_nothing() -> None:
    for made in everything(lambda _: "https://example.com/a.css"):
        page = render(made).decode()
        assert "url(" not in page
        assert "@import" not in page
        tags = {mark[0] for mark in Shape(page.encode()).marks}
        assert not tags & {"script", "link", "img", "iframe", "form", "base", "object", "embed", "svg", "video"}
        assert page.index("Content-Security-Policy") < page.index("<title>")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', render(document()).decode())
    assert policy
    assert set(policy[1].split("; ")) == {
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
    }


def test_the_first_screen_is_the_verdict_and_the_promises() -> None:
    shown = text(document())
    order = ["Example SaaS Ltd: broken", "1 broken.", "Promises", "What encrypted says.", "What changed", "did not see"]
    places = [shown.index(word, 40) for word in order]
    assert places == sorted(places)
    assert "Policy example, examined 2026-11-02T06:00:00+00:00 by asdeclared 0.1.0." in shown
    assert shown.startswith("Example SaaS Ltd: broken on 2026-11-02")


@pytest.mark.parametrize(
    ("verdict", "style"), [("as declared", "kept"), ("broken", "broken"), ("unproven", "unproven")]
)
def test_the_headline_has_the_colour_of_the_verdict(verdict: str, style: str) -> None:
    page = render(document(verdict=verdict)).decode()
    assert f'<h1>Example SaaS Ltd: <span class="{style}">{verdict}</span></h1>' in page


def test_promises_are_counted_by_verdict_and_the_broken_ones_stand_first() -> None:
    verdicts = [PromiseVerdict.KEPT, PromiseVerdict.NOT_EXAMINED, PromiseVerdict.EMPTY, PromiseVerdict.UNPROVEN]
    names = ["kept", "unexamined", "empty", "unproven", "broken", "kept-too"]
    given = zip(names, [*verdicts, PromiseVerdict.BROKEN, PromiseVerdict.KEPT], strict=True)
    shown = text(document(promises=tuple(promise(name, verdict) for name, verdict in given)))
    assert "2 kept, 1 broken, 1 unproven, 1 empty, 1 not examined." in shown
    places = [shown.index(f"What {name} says.") for name in ("broken", "unproven", "empty", "unexamined", "kept")]
    assert places == sorted(places)
    assert shown.index("What kept says.") < shown.index("What kept-too says.")


def test_a_promise_tells_its_findings_its_source_and_what_nobody_examined() -> None:
    one = promise(counts={"unknown": 2, "not_applicable": 3}, not_examined=("Example Hosting Ltd", "Other Ltd"))
    shown = text(document(promises=(one,)))
    assert "3 not applicable, 2 unknown" in shown
    assert "https://example.com/data-protection#encryption" in shown
    assert "Not examined: Example Hosting Ltd, Other Ltd" in shown
    assert 'wanted {"algorithms": ["AES-256"], "owner": "customer"}' in shown


def test_a_finding_shows_call_pointer_value_and_digest() -> None:
    page = render(document()).decode()
    detail = page[page.index("<details") : page.index("</details>")]
    for word in (
        "rds.describe_db_instances /StorageEncrypted",
        DIGEST,
        "EncryptionAtRest.state",
        "<code>none</code>",
        "it is not encrypted",
        "<b>What to do:</b> Encrypt it.",
        "arn:aws:rds:eu-west-2:111111111111:db:customers-0",
        "Finding 0000000000000000",
    ):
        assert word in detail, word
    assert "(excepted)" not in detail


@pytest.mark.parametrize(
    ("read", "shown"),
    [
        (Read(call="c", pointer="/p", digest="d1", seen="missing"), "c /p not there, as documented d1"),
        (Read(call="c", seen="absent", code="NoSuch"), "c answered NoSuch"),
        (Read(call="", seen="documented", basis="the vendor's page"), "documented: the vendor's page"),
    ],
)
def test_the_ways_to_know(read: Read, shown: str) -> None:
    fact = FactRead(fact="Backup.plans", state="known", value=[1, {"b": 2, "a": None}], reads=(read,))
    found = text(document(findings=(finding(evidence=(fact,)),)))
    assert shown in found
    assert 'Backup.plans [1, {"a": null, "b": 2}]' in found


def test_what_could_not_be_seen_is_shown_with_what_would_answer() -> None:
    condition = ConditionResult(name="kept", verdict=Verdict.UNKNOWN, unknowns=(DENIED,))
    facts = (
        FactRead(fact="Backup.plans", state="unknown", unknowns=(DENIED,)),
        FactRead(fact="Location.homes", state="inapplicable", why="a hub holds nothing"),
    )
    one = finding(verdict=Verdict.UNKNOWN, conditions=(condition,), evidence=facts, fix="")
    shown = text(document(findings=(one,)))
    assert (
        "kept: unknown refused: rds.describe_db_snapshots refused (AccessDenied); needs rds:DescribeDBSnapshots"
        in shown
    )
    assert "Backup.plans refused: rds.describe_db_snapshots refused" in shown
    assert "Location.homes a hub holds nothing" in shown
    assert "What to do" not in shown


def test_an_error_of_a_check_is_shown() -> None:
    condition = ConditionResult(name="kept", verdict=Verdict.ERROR, error="ZeroDivisionError: no")
    shown = text(document(findings=(finding(verdict=Verdict.ERROR, conditions=(condition,)),)))
    assert "kept: error ZeroDivisionError: no" in shown


def test_gaps_and_refusals_are_shown_with_the_permission() -> None:
    hidden = GAP.model_copy(update={"types": ("aws.s3.bucket", "*"), "region": "eu-west-1", "reason": "not_asked"})
    coverage = COVERAGE.model_copy(
        update={
            "gaps": (GAP, hidden),
            "refused": (RefusedCall(call="s3.get_bucket_acl", permission="s3:GetBucketAcl", count=12),),
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
    shown = text(document(coverage=coverage))
    assert "aws 111111111111 eu-west-2 s3.list_buckets refused: s3.list_buckets refused (AccessDenied)" in shown
    assert "s3:ListAllMyBuckets aws.s3.bucket" in shown
    assert (
        "eu-west-1 s3.list_buckets not asked: s3.list_buckets refused (AccessDenied) s3:ListAllMyBuckets anything"
        in shown
    )
    assert "12 \N{MULTIPLICATION SIGN} s3.get_bucket_acl, which needs s3:GetBucketAcl" in shown
    assert "Deleted things are not seen." in shown
    assert "Not examined: Example Hosting Ltd: declared" in shown
    assert "gcp acme-prod Acme no" in shown
    assert "aws 111111111111 yes 1" in shown
    assert (
        "3 \N{MULTIPLICATION SIGN} AWS::New::Thing (unclassified) 4 \N{MULTIPLICATION SIGN} AWS::Odd::Store (data)"
        in shown
    )
    assert "AWS::Some::Setting" not in shown
    assert "aws.s3.bucket (data)" not in shown


def test_a_whole_view_says_so_by_having_nothing_to_tell() -> None:
    shown = text(document())
    for word in ("Refused calls", "not modelled", "Not examined", "Permission that would answer", "Exceptions"):
        assert word not in shown
    assert "Partial run" not in shown
    assert "contradicts itself" not in shown


def test_a_partial_run_says_so() -> None:
    made = document()
    run = made.run.model_copy(update={"partial": True})
    assert "Partial run: an option left something out" in text(document(run=run))


def test_contradictions_are_told_first() -> None:
    one = ContradictionFound(code="bounds", line=12, column=3, message="35 days is more than 30 days")
    shown = text(document(contradictions=(one,)))
    assert "line 12: 35 days is more than 30 days" in shown
    assert shown.index("line 12") < shown.index("What is declared")


@pytest.mark.parametrize("state", ["used", "unused", "expired"])
def test_exceptions_are_told_with_their_state(state: str) -> None:
    one = ExceptionUse.model_validate(
        {
            "promise": "encrypted",
            "resource": "arn:x",
            "condition": "encrypted",
            "value": "none",
            "owner": "platform@example.com",
            "reason": "Nothing personal.",
            "expires": "2027-01-31",
            "state": state,
        }
    )
    page = render(document(exceptions=(one,)))
    told = f"{state} encrypted arn:x encrypted: none platform@example.com: Nothing personal. 2027-01-31"
    assert told in Shape(page).text
    assert f'class="verdict {"pass" if state == "used" else "unknown"}">{state}'.encode() in page


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (None, "This is the first run of this policy."),
        (drift(), "Nothing changed since 2026-10-26T06:00:00+00:00."),
        (drift(change()), "Compared with the run of 2026-10-26T06:00:00+00:00, cdcdcdcdcdcd."),
    ],
)
def test_drift_is_told_whatever_it_is(found: object, told: str) -> None:
    shown = text(document(drift=found))
    assert told in shown
    assert "more changes" not in shown
    assert ('db-0 EncryptionAtRest.state changed: encrypted → ["none"]' in shown) == (told.startswith("Compared"))


def test_what_appeared_is_not_told_as_a_change_of_value() -> None:
    one = change().model_copy(update={"change": "appeared", "before": None})
    assert "→" not in text(document(drift=drift(one)))


@pytest.mark.parametrize(("count", "left"), [(2, 0), (3, 1), (5, 3)])
def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch, count: int, left: int) -> None:
    monkeypatch.setattr(html, "CAP", 2)
    found = tuple(finding(n, Verdict.PASS) for n in range(count - 1))
    shown = text(
        document(findings=(*found, finding(99, Verdict.FAIL)), drift=drift(*(change(n) for n in range(count))))
    )
    for what in ("findings", "changes"):
        assert (f"{left} more {what} are in report.json." in shown) == bool(left)
        assert (f"more {what}" in shown) == bool(left)
    assert "db-99" in shown
    assert shown.count("Finding 00") == 2
    assert shown.count("EncryptionAtRest.state changed") == 2


def test_the_cap_is_a_thousand_findings_of_one_promise() -> None:
    promises = (promise("one"), promise("two"))
    found = tuple(finding(n, promise=name) for name in ("one", "two") for n in range(1001))
    shown = text(document(promises=promises, findings=found))
    assert shown.count("Finding 00") == 2000
    assert shown.count("1 more findings are in report.json.") == 2


def test_findings_stand_below_their_promise_the_worst_first() -> None:
    given = [Verdict.NOT_APPLICABLE, Verdict.PASS, Verdict.EXCEPTED, Verdict.UNKNOWN, Verdict.ERROR, Verdict.FAIL]
    found = [finding(n, verdict) for n, verdict in enumerate(given)]
    other = finding(7, promise="other")
    again = finding(8, Verdict.FAIL)
    assert ranked([*found, other, again], "encrypted") == [found[5], again, *reversed(found[:5])]
    vpc = again.model_copy(update={"subject": again.subject.model_copy(update={"type": "aws.ec2.vpc"})})
    assert ranked([found[5], vpc], "encrypted") == [vpc, found[5]]


def test_a_promise_without_findings_says_so() -> None:
    assert "No resource is in the scope of this promise." in text(document(findings=()))
    assert "No resource" not in text(document())


@pytest.mark.parametrize(
    ("environments", "told"),
    [(None, "eu-west-2"), ((), "· unassigned"), (("production", "test"), "· production, test")],
)
def test_a_subject_tells_its_environments(environments: tuple[str, ...] | None, told: str) -> None:
    one = finding()
    changes = {"environments": environments, "account": "111111111111", "region": "eu-west-2", "name": ""}
    subject = one.subject.model_copy(update=changes)
    page = render(document(findings=(finding(subject=subject),))).decode()
    summary = page[page.index("<summary>") : page.index("</summary>")]
    assert f"{told}</span>" in summary
    assert "customers-0 <span" in summary


def test_equal_documents_make_the_same_bytes() -> None:
    one = document(promises=(promise(parameters={"a": 1, "b": 2}, counts={"fail": 1, "pass": 2}),))
    two = document(promises=(promise(parameters={"b": 2, "a": 1}, counts={"pass": 2, "fail": 1}),))
    assert one == two
    assert render(one) == render(two)


def test_the_chain_is_told_at_the_end() -> None:
    shown = text(document())
    for word in (
        f"Run {'12' * 32}",
        "previous none",
        f"policy {'56' * 32}",
        f"tables {'34' * 32}",
        "asdeclared/document/v1",
    ):
        assert shown.index(word) > shown.index("This run")
    run = document().run.model_copy(update={"previous": "78" * 32})
    assert f"previous {'78' * 32}" in text(document(run=run))


@pytest.mark.parametrize(
    ("value", "shown"),
    [("a", "a"), ('"', '"'), (None, "null"), (True, "true"), ({"b": 1, "a": "ü"}, '{"a": "ü", "b": 1}'), ([], "[]")],
)
def test_a_value_is_on_one_line(value: object, shown: str) -> None:
    assert compact(value) == shown


def test_the_report_names_its_file() -> None:
    assert (HTML.file, HTML.render) == ("report.html", render)
