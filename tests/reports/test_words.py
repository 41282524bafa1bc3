"""How values of the document are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.document import Read
from reports.sentences import long_date
from reports.words import LONG, clock, compact, counted, cut, days_left, gathered, lines, link, pretty, spoken

AT = "2026-11-02T06:00:00+00:00"


@pytest.mark.parametrize(
    ("value", "shown"),
    [("a", "a"), ('"', '"'), (None, "null"), (True, "true"), ({"b": 1, "a": "ü"}, '{"a": "ü", "b": 1}'), ([], "[]")],
)
def test_a_value_is_on_one_line(value: object, shown: str) -> None:
    assert compact(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("a\nb", "a\\u000ab"),
        ([1, {"b": 2, "a": None}], '[1, {"a": null, "b": 2}]'),
        ([{"a": "x" * 60}, {"a": "y" * 60}], f'{{\n  "a": "{"x" * 60}"\n}}\n{{\n  "a": "{"y" * 60}"\n}}'),
        ({"b": "x" * 99, "a": 1}, f'{{\n  "a": 1,\n  "b": "{"x" * 99}"\n}}'),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_long_value_takes_lines(value: object, shown: str) -> None:
    assert pretty(value) == shown


def test_a_long_list_is_cut_and_counted() -> None:
    shown = pretty(list(range(60))).split("\n")
    assert shown[49:] == ["49", "… and 10 more"]
    assert "more" not in pretty(list(range(100, 150)))


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [("abc", 3, "abc"), ("abcd", 3, "abc… (1 more characters)"), ("\x1b", 6, "\\u001b"), (12, 3, "12")],
)
def test_text_is_cut_and_what_is_left_out_is_counted(text: object, most: int, shown: str) -> None:
    assert cut(text, most) == shown


def test_lines_stay_lines_and_nothing_else_acts() -> None:
    assert lines("a\n\x1bb\r") == "a\n\\u001bb\\u000d"
    assert lines("x" * LONG) == "x" * LONG
    assert lines("x" * (LONG + 1)) == "x" * LONG + "…"


@pytest.mark.parametrize("url", ["https://example.com/a?b=c#d", "http://example.com", "HTTPS://EXAMPLE.COM/ü"])
def test_a_web_address_can_be_followed(url: str) -> None:
    assert link(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt://example.com/%0aalert(1)",
        "data:text/html,x",
        "https://",
        "//example.com",
        "https://exam ple.com",
        "https://example.com/\u202e",
        "https://example.com/\x00",
        "https://example.com/'",
        "http://[",
        "ftp://example.com",
        "https://example.com/" + "x" * LONG,
    ],
)
def test_anything_else_cannot(url: str) -> None:
    assert link(url) == ""


@given(st.text())
def test_what_can_be_followed_is_a_web_address(text: str) -> None:
    assert link(text) in {"", text}
    assert link(f"javascript:{text}") == ""


@pytest.mark.parametrize(
    ("moment", "in_days", "in_full"),
    [
        (AT, "2 November 2026", "2 November 2026, 06:00 UTC"),
        ("2026-12-31", "31 December 2026", "31 December 2026, 00:00"),
        ("2026-01-09T23:59:59+02:00", "9 January 2026", "9 January 2026, 23:59 UTC+02:00"),
        ("soon", "soon", "soon"),
    ],
)
def test_a_moment_in_words(moment: str, in_days: str, in_full: str) -> None:
    assert long_date(moment) == in_days
    assert clock(moment) == in_full


@pytest.mark.parametrize(
    ("expires", "at", "left"),
    [
        ("2026-11-12", AT, "10 days left"),
        ("2026-11-03", AT, "1 day left"),
        ("2026-11-02", AT, "the last day"),
        ("2026-11-01", AT, "1 day ago"),
        ("2026-10-31", AT, "2 days ago"),
        ("soon", AT, ""),
        ("2026-11-12", "now", ""),
    ],
)
def test_days_are_counted_at_the_clock_of_the_run(expires: str, at: str, left: str) -> None:
    assert days_left(expires, at) == left


def test_reads_of_one_fragment_are_gathered() -> None:
    one, other = Read(call="c", digest="d"), Read(call="c", digest="d", seen="missing")
    reads = [each.model_copy(update={"pointer": f"/{n}"}) for n, each in enumerate((one, other, one))]
    assert gathered(reads) == [(one, ["/0", "/2"]), (other, ["/1"])]


@pytest.mark.parametrize(("count", "shown"), [(1, "1 gap"), (0, "0 gaps"), (2, "2 gaps"), (1234567, "1,234,567 gaps")])
def test_a_count_has_its_noun(count: int, shown: str) -> None:
    assert counted(count, "gap") == shown
    assert counted(count, "copy", "copies") == shown.replace("gaps", "copies").replace("gap", "copy")


def test_a_word_is_spoken() -> None:
    assert spoken("not_applicable_here") == "not applicable here"
