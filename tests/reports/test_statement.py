"""The statement: made of a verified run alone, and nothing in it acts as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from reports import statement as module
from reports.document import Document, PromiseVerdict, Verdict
from reports.statement import VERSION, Statement, Verified, escaped, json, markdown, schema, statement
from tests.reports.documents import DIGEST, HOSTILE, document, everything, finding, promise

PUBLISHED = Path(module.__file__).parent / "statement.v1.json"
MARKUP = (
    "# heading",
    "- item",
    "1. item",
    "> quote",
    "    code",
    "`code`",
    "**bold** _emphasis_ ~~gone~~",
    "[link](https://example.com)",
    "![image](https://example.com/a.png)",
    "[a]: https://example.com",
    "<https://example.com>",
    "https://example.com www.example.com jane@example.com",
    "a | b\n|---|---|\n| c | d |",
    "---",
    "```\ncode\n```",
    "a\\",
    "$x$ {{ x }} &amp; &#60;b&#62;",
    "title\n===",
)


def verified(made: Document | None = None, **changes: Any) -> Verified:
    run = (made or document()).run
    own = {
        "pack": DIGEST,
        "run": run.digest,
        "previous": run.previous,
        "replayed_with": "0.1.0",
        "paragraph": "All 1 verdicts were derived again.",
    }
    return Verified.model_validate({**own, **changes})


def text(made: Document, **changes: Any) -> str:
    return markdown(made, verified(made, **changes)).decode()


def kept() -> Document:
    found = finding(verdict=Verdict.PASS)
    return document(
        promises=(promise(verdict=PromiseVerdict.KEPT, counts={"pass": 1}), promise("b")),
        findings=(found, finding(1, promise="b")),
    )


def tokens(page: str) -> list[Token]:
    """The tokens of a page, with GitHub's tables, strike-through and links that are not marked as such."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return [inner for token in reader.parse(page) for inner in [token, *(token.children or ())]]


def shape(page: str) -> list[tuple[str, str]]:
    return [(token.type, token.tag) for token in tokens(page) if token.type not in {"text", "text_special"}]


def test_it_says_what_may_be_published_and_what_not() -> None:
    page = text(kept())
    assert page.startswith("# Statement of verification: Example SaaS Ltd\n\nOn 2 November 2026, asdeclared 0.1.0 ")
    assert '\n## What may be published\n\n> Verified on 2 November 2026 in AWS: "What encrypted says." All 1 ' in page
    assert '\n- **broken**, "What b says." Broken: 1 of 1 resource breaks it' in page
    assert "Verdict: **broken**." in page
    assert "\n## Not examined\n\nNone.\n" in page
    assert "The run was partial" not in page


def test_what_may_be_published_is_one_quotation_each() -> None:
    both = document(
        promises=tuple(promise(name, PromiseVerdict.KEPT, counts={"pass": 1}) for name in "ab"),
        findings=tuple(finding(number, Verdict.PASS, name) for number, name in enumerate("ab")),
    )
    assert [token.type for token in tokens(text(both))].count("blockquote_open") == 2


def test_a_partial_run_is_told_and_publishes_nothing() -> None:
    made = kept()
    partial = made.model_copy(update={"run": made.run.model_copy(update={"partial": True})})
    assert "The run was partial: an option left something out, and nothing may be published of it." in text(partial)
    assert "## What may be published\n\nNone." in text(partial)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "| Signed by | nobody: the pack is not signed |"),
        ({}, "| Timestamp | none |"),
        ({}, "| Run before | none: the first run |"),
        ({"signed_by": "ab12"}, "| Signed by | ab12 |"),
        ({"timestamp": "2026-11-02 by an authority"}, "| Timestamp | 2026-11-02 by an authority |"),
        ({"pack": "77" * 32}, f"| Evidence pack (SHA-256) | {'77' * 32} |"),
        ({"replayed_with": "9.9"}, "| Every verdict derived again with | asdeclared 9.9 |"),
        ({"paragraph": "So it was."}, "\n\nVerification: So it was.\n"),
    ],
)
def test_what_was_verified_is_told(changes: dict[str, str], told: str) -> None:
    assert told in text(document(), **changes)


def test_a_pipe_ends_no_cell() -> None:
    cells = [
        token.content for token in tokens(text(document(), signed_by="a | b", timestamp="c")) if token.type == "text"
    ]
    assert "a | b" in "".join(cells)


@pytest.mark.parametrize("changes", [{"run": "77" * 32}, {"previous": "77" * 32}])
@pytest.mark.parametrize("write", [markdown, json, statement])
def test_another_run_is_no_statement(write: Any, changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="was verified"):
        write(document(), verified(None, **changes))


def test_the_json_is_of_the_published_schema() -> None:
    made = schema()
    jsonschema.Draft202012Validator.check_schema(made)
    assert orjson.loads(PUBLISHED.read_bytes()) == made
    assert made["$id"] == VERSION
    for each in (*everything(str), kept(), document(promises=(), findings=())):
        written = json(each, verified(each))
        values = orjson.loads(written)
        jsonschema.Draft202012Validator(made).validate(values)
        assert Statement.model_validate(values) == statement(each, verified(each))
        assert values["schema"] == VERSION
        assert list(values) == sorted(values)
        assert written.endswith(b"}\n")
        assert written.startswith(b"{\n  ")


def test_the_json_tells_the_run_and_the_policy() -> None:
    made = orjson.loads(json(kept(), verified(kept())))
    assert (made["organisation"], made["policy"], made["policy_digest"]) == ("Example SaaS Ltd", "example", "56" * 32)
    assert (made["at"], made["scanner"], made["verdict"]) == ("2026-11-02T06:00:00+00:00", "0.1.0", "broken")
    assert [bool(each["publish"]) for each in made["sentences"]] == [True, False]


def test_the_same_is_written_again() -> None:
    assert markdown(kept(), verified()) == markdown(kept(), verified())
    assert json(kept(), verified()) == json(kept(), verified())


PLAIN = [shape(markdown(made, verified(made)).decode()) for made in everything(lambda _: "plain")]


@pytest.mark.parametrize("payload", [*HOSTILE, *MARKUP])
def test_hostile_text_makes_no_markup(payload: str) -> None:
    for made, plain in zip(everything(lambda _: payload), PLAIN, strict=True):
        whole = verified(made).model_copy(update={"paragraph": payload, "signed_by": payload, "timestamp": payload})
        page = markdown(made, whole).decode()
        assert shape(page) == plain
        assert page.replace("\n", "").isprintable()


@pytest.mark.parametrize("payload", MARKUP)
def test_escaped_text_shows_as_it_is(payload: str) -> None:
    shown = "".join(token.content for token in tokens(f"x {escaped(payload)}") if token.type.startswith("text"))
    assert shown == f"x {' '.join(payload.split())}"


@given(st.text())
def test_any_text_is_one_paragraph_of_text(payload: str) -> None:
    kinds = {token.type for token in tokens(f"x {escaped(payload)} x")}
    assert kinds <= {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}


@pytest.mark.parametrize("text", ["https://a.example", "www.example.com", "a@example.com", "ftp://x", "mailto:a"])
def test_what_makes_a_link_without_markup_is_written_as_an_entity(text: str) -> None:
    assert not any(mark in escaped(text) for mark in ("://", "www.", "@", "mailto:"))
