"""The summary: PDF/A with tags, the same bytes again, all text on the page, and nothing in it acts."""

from __future__ import annotations

import io
import socket
import sys
from typing import Any

import pikepdf
import pypdfium2
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reports.document import (
    AccountSeen,
    ContradictionFound,
    Document,
    ExceptionUse,
    PromiseVerdict,
    RefusedCall,
    TypeCount,
    Verdict,
)
from reports.json import JSON
from reports.pdf import MOST, PDF, drawable, render, summary
from reports.report import MissingExtra
from tests.reports.documents import GAP, HALF, HOSTILE, document, everything, finding, promise

AT = "2026-11-02T06:00:00+00:00"
TYPST = (
    '#panic("hit")',
    "#{ panic(1) }",
    '#read("/etc/passwd")',
    "$ sum_(x) $ *bold* _it_ `raw` <label> @reference",
    '#import "@preview/example:0.1.0"',
    "= heading\n- item\n+ item\n/ term: x",
    "\\ // comment /* comment",
    '"); #panic("hit") //',
)
USE = ExceptionUse(
    promise="encrypted",
    resource="arn:aws:rds:eu-west-2:111111111111:db:customers-0",
    condition="encrypted",
    value="none",
    owner="jane@example.com",
    reason="It holds published statistics.",
    expires="2027-01-31",
    state="used",
)


def timed(made: Document) -> Document:
    """The document with times where times must be."""
    uses = tuple(each.model_copy(update={"expires": "2027-01-31"}) for each in made.exceptions)
    return made.model_copy(update={"run": made.run.model_copy(update={"at": AT}), "exceptions": uses})


def pages(data: bytes) -> list[str]:
    """The text of each page, without the places where a word may be wrapped, on one line."""
    found = pypdfium2.PdfDocument(data)
    texts = [found[number].get_textpage().get_text_bounded() for number in range(len(found))]
    return [" ".join(text.replace("\u200b", "").replace("\ufffe", "").split()) for text in texts]


def text(made: Document) -> str:
    return " ".join(pages(render(made)))


def assert_sound(data: bytes) -> None:
    """It is what it claims to be, and all of its text stands on the paper."""
    with pikepdf.open(io.BytesIO(data)) as found:
        assert found.check_pdf_syntax() == []
        with found.open_metadata() as meta:
            assert (meta["pdfaid:part"], meta["pdfaid:conformance"], meta["pdfuaid:part"]) == ("2", "A", "1")
        assert found.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in found.Root
        assert not {"/OpenAction", "/AA", "/AcroForm"} & set(found.Root.keys())
        assert not any("/Annots" in page for page in found.pages)
    opened = pypdfium2.PdfDocument(data)
    for number in range(len(opened)):
        width, height = opened[number].get_size()
        letters = opened[number].get_textpage()
        for index in range(letters.count_chars()):
            left, bottom, right, top = letters.get_charbox(index)
            assert 0 <= left <= right <= width - 57
            assert 0 <= bottom <= top <= height


KEPT = document(
    verdict="as declared",
    promises=(promise(verdict=PromiseVerdict.KEPT, counts={"pass": 1}),),
    findings=(finding(verdict=Verdict.PASS),),
)


def test_the_first_page_tells_what_matters() -> None:
    (page, *_) = pages(render(KEPT))
    assert page.startswith("IS THE CLOUD AS DECLARED? Example SaaS Ltd As declared, as examined on 2 November 2026 ")
    assert f"Run {'12' * 32} 1 kept " in page
    assert 'May be published: Verified on 2 November 2026 in AWS: "What encrypted says." All 1 resource found' in page
    assert "AWS 1 of 1 accounts reached; 0 resources of modelled types" in page
    assert "Run before none: the first run" in page
    assert "page 1 of 1" in page
    assert "partial" not in page
    assert_sound(render(KEPT))


def test_what_may_not_be_published_is_marked_so() -> None:
    page = text(document())
    assert "Broken, as examined on" in page
    assert "Not to be published as verified: Broken: 1 of 1 resource breaks it" in page
    assert "May be published" not in page


def test_a_partial_run_is_told() -> None:
    made = KEPT.model_copy(update={"run": KEPT.run.model_copy(update={"partial": True})})
    assert "This run was partial: an option left something out. Nothing may be published of it." in text(made)


def test_gaps_exceptions_and_limits_are_told() -> None:
    away = AccountSeen(provider="azure", id="sub-1", name="production", reached=False)
    types = (
        TypeCount(provider="aws", type="aws.s3.bucket", kind="data", modelled=True, count=7),
        TypeCount(provider="aws", type="AWS::SQS::Queue", kind="data", modelled=False, count=2),
        TypeCount(provider="aws", type="AWS::KMS::Key", kind="config", modelled=False, count=3),
    )
    coverage = document().coverage.model_copy(
        update={
            "accounts": (*document().coverage.accounts, away),
            "types": types,
            "gaps": (GAP,),
            "refused": (RefusedCall(call="s3.list_buckets", permission="", count=4),),
            "limits": ("New things may not show.",),
            "not_examined": ("Example Hosting Ltd",),
        }
    )
    settle = ContradictionFound(code="any", line=12, column=1, message="it covers nothing")
    page = text(document(coverage=coverage, exceptions=(USE,), contradictions=(settle,)))
    assert "AWS 1 of 1 accounts reached; 7 resources of modelled types" in page
    assert "Azure 0 of 1 accounts reached" in page
    assert "sub-1 production not reached" in page
    assert (
        "AWS 111111111111 eu-west-2 s3.list_buckets: s3.list_buckets refused (AccessDenied) s3:ListAllMyBuckets" in page
    )
    refused = "4 calls were refused, most often s3.list_buckets. Permissions that would answer most: none is known."
    assert refused in page
    assert "Types that are not modelled and may hold data: AWS::SQS::Queue (2)." in page
    assert "Not examined: Example Hosting Ltd, which has no API that could be asked." in page
    assert "New things may not show." in page
    told = "used encrypted: arn:aws:rds:eu-west-2:111111111111:db:customers-0, encrypted: none"
    assert told.replace(" ", "") in page.replace(" ", "")
    assert "jane@example.com: It holds published statistics. 31 January 2027" in page
    assert "To settle in the policy: Line 12: it covers nothing." in page


def test_nothing_is_told_as_nothing() -> None:
    coverage = document().coverage.model_copy(update={"accounts": ()})
    made = document(promises=(), findings=(), coverage=coverage, verdict="unproven")
    page = text(made)
    for told in ("No promise was judged.", "Nothing that the run knows of.", "Exceptions None.", "None is stated."):
        assert told in page
    assert_sound(render(made))


def test_gaps_of_one_place_and_reason_are_one_row() -> None:
    calls = ("b", "a", "c", "d", "e", "b")
    gaps = [GAP.model_copy(update={"call": call, "permission": f"p:{call}"}) for call in calls]
    other = GAP.model_copy(update={"reason": "not_asked", "permission": "", "detail": ""})
    made = summary(document(coverage=document().coverage.model_copy(update={"gaps": (*gaps, other)})))
    where = "AWS 111111111111 eu-west-2"
    assert made["gaps"] == [
        [where, "6 listings, refused: b, a, c, d and 1 more", "p:b, p:a, p:c, p:d and 1 more"],
        [where, "s3.list_buckets: not_asked", "none is known"],
    ]


def test_long_tables_are_cut_and_say_so() -> None:
    gaps = tuple(GAP.model_copy(update={"region": str(number)}) for number in range(MOST + 3))
    refused = tuple(RefusedCall(call=str(number), permission="p", count=number) for number in range(9))
    made = summary(document(coverage=document().coverage.model_copy(update={"gaps": gaps, "refused": refused})))
    assert len(made["gaps"]) == MOST
    told = "36 calls were refused, most often 8, 7, 6, 5 and 5 more. Permissions that would answer most: p."
    assert made["unseen"] == ["3 more rows of gaps are in report.json.", told]


def test_the_same_document_makes_the_same_bytes() -> None:
    assert render(document()) == render(Document.model_validate(document().model_dump(by_alias=True)))


def test_no_network_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    (made, *_) = everything(lambda _: '#import "@preview/example:0.1.0"')
    assert render(timed(made))


@pytest.mark.parametrize(
    "payload", ["plain", "", *HOSTILE, *TYPST, HALF, "中文 نص 🗄 \u0301", "名" * 500, "W" * 500, "W-" * 500]
)
def test_hostile_text_is_shown_and_does_nothing(payload: str) -> None:
    (made, *_) = everything(lambda _: payload)
    assert_sound(render(timed(made)))


def test_every_kind_of_document_is_sound() -> None:
    for made in everything(lambda at: at):
        assert_sound(render(timed(made)))


def test_typst_is_text() -> None:
    assert '#panic("hit") //' in text(document(promises=(promise(says='#panic("hit") //', source=""),)))


def test_a_sentence_that_may_be_published_is_never_cut() -> None:
    uses = tuple(USE.model_copy(update={"resource": f"arn-{number}"}) for number in range(30))
    excepted = tuple(
        finding(number, Verdict.EXCEPTED, subject=finding().subject.model_copy(update={"id": f"arn-{number}"}))
        for number in range(30)
    )
    made = document(
        promises=(promise(verdict=PromiseVerdict.KEPT, counts={"pass": 1, "excepted": 30}),),
        findings=(finding(99, Verdict.PASS), *excepted),
        exceptions=uses,
    )
    assert text(made).count("accepted by jane@example.com until 31 January 2027") == 30


@settings(max_examples=40)
@given(st.text(st.characters(codec=None), max_size=80))
@example("\u00ad\u0300\u1e9e\u2011€→√")
def test_any_text_can_be_drawn(payload: str) -> None:
    made = document(policy=document().policy.model_copy(update={"organisation": payload, "name": payload}))
    assert render(made).startswith(b"%PDF-1.7")


def test_every_character_that_is_kept_can_be_drawn() -> None:
    letters = "".join(chr(point) for point in range(0x20, 0x3000) if drawable(f"a{chr(point)}b") == f"a{chr(point)}b")
    assert {"A", "é", "Ω", "Ж", "€", "→", "…"} <= set(letters)
    render(document(promises=(promise(says=letters),)))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b", "a b"),
        ("中", "\\u{4e2d}"),
        ("\u202e", "\\u202e"),
        ("5e" * 32, "5e" * 32),
        ("a" * 20, "a" * 20),
        ("a" * 21, "a" * 12 + "\u200b" + "a" * 9),
        ("a" * 24, "a" * 12 + "\u200b" + "a" * 12),
        ("a/b" * 10, "/\u200b".join(["a", *["ba"] * 9, "b"])),
        ("a " * 400, "a " * 299 + "a…"),
    ],
)
def test_what_is_drawn(text: str, shown: str) -> None:
    assert drawable(text) == shown


def test_without_typst_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    for tried in (PDF.ready, lambda: render(document())):
        with pytest.raises(MissingExtra, match=r"pip install 'asdeclared\[pdf\]'") as missing:
            tried()
        assert missing.value.extra == "pdf"


def test_with_typst_it_is_ready() -> None:
    PDF.ready()
    JSON.ready()


def test_without_a_clock_nothing_is_rendered() -> None:
    (made, *_) = everything(lambda at: at)
    with pytest.raises(ValueError, match="isoformat"):
        render(made)


def test_the_report_is_binary() -> None:
    assert (PDF.file, PDF.render, PDF.binary) == ("summary.pdf", render, True)
