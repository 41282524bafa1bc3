"""Whatever a file holds, it loads or is refused with positions; it never breaks the program."""

# ruff: noqa: E501 - a case on a line of its own reads as a table

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.policy import Policy, PolicyError, Problem, load
from scanner.policy.source import MOST_BYTES, MOST_DEPTH, read

Make = Callable[..., Policy]
Mistakes = Callable[..., list[tuple[int, int, str, str]]]
GOOD = "  - {id: a, says: A., check: separation}\n"

BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{one}: &{one} [{', '.join(['*' + before] * 10)}]\n" for before, one in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("", 1, 1, "the policy is empty", ""),
        ("# nothing\n", 1, 1, "the policy is empty", ""),
        ("~", 1, 1, "the policy is empty", ""),
        ("a: 1\n---\nb: 1\n", 2, 1, "a second document starts here", "A policy is one document."),
        ("%YAML 1.1\n---\na: NO\n", 2, 1, "only YAML 1.2 is read", "Leave the %YAML line out."),
        ("%YAML 9.9\n---\na: NO\n", 1, 1, "this is not YAML: found incompatible YAML document (version 1.* is required)", ""),
        ("a: 1\n\tb: 2\n", 2, 1, r"this is not YAML: found character '\t' that cannot start any token", "Indent with spaces, not with tabs."),
        ("a: @b\n", 1, 4, "this is not YAML: found character '@' that cannot start any token", "Write the text in quotes."),
        ("a: b: c\n", 1, 5, "this is not YAML: mapping values are not allowed here", ""),
        ("a: {b: c\n", 2, 1, "this is not YAML: expected ',' or '}', but got '<stream end>'", ""),
        ("a: 1\nb: \x00\n", 2, 4, "a character stands here that no text has", ""),
        ('a: "\\UFFFFFFFF"\n', 1, 1, "this is not YAML: after this place something cannot be read", ""),
        ('a: "\\ud800"\n', 1, 4, "half a character (a surrogate) stands in this text", ""),
        ("a: *b\n", 1, 4, "no anchor 'b' stands before this alias", ""),
        ("a: &a [*a]\n", 1, 8, "no anchor 'a' stands before this alias", ""),
        ("? [a]\n: b\n", 1, 3, "a key must be a plain text", ""),
        ("[" * 1000, 1, MOST_DEPTH + 2, f"this is nested more than {MOST_DEPTH} levels deep", ""),
        ("- " * 1000, 1, 2 * MOST_DEPTH + 3, f"this is nested more than {MOST_DEPTH} levels deep", ""),
        ("a: &a " + "[" * 20 + "]" * 20 + "\nb: [[[[[*a]]]]]", 2, 9, "with its aliases the policy has more than 50000 values or is too deep", ""),
        (BOMB, 5, 20, "with its aliases the policy has more than 50000 values or is too deep", ""),
        ("x" * (MOST_BYTES + 1), 1, 1, "the policy is longer than 1000000 bytes", ""),
    ],
)  # fmt: skip
def test_unreadable(mistakes: Mistakes, text: str, line: int, column: int, message: str, hint: str) -> None:
    assert mistakes("", text) == [(line, column, message, hint)]


def test_what_can_be_read_is_told_with_what_stops_the_reading(mistakes: Mistakes) -> None:
    assert mistakes("", "a: !!python/object:os.system x\na: 1\nb: 'c") == [
        (1, 4, "a tag such as 'tag:yaml.org,2002:python/object:os.system' is not taken", "Leave it out."),
        (2, 1, "'a' stands here twice; first in line 1", ""),
        (3, 6, "this is not YAML: found unexpected end of stream", ""),
    ]


@pytest.mark.parametrize(
    ("root", "named"),
    [
        ("[1]", "a list"),
        ("text", "the text 'text'"),
        ("3", "the number 3"),
        ("true", "true, which is a truth value"),
    ],
)
def test_wrong_root(mistakes: Mistakes, root: str, named: str) -> None:
    assert mistakes("", root) == [(1, 1, f"a mapping of keys and values is wanted here, not {named}", "")]


@pytest.mark.parametrize(
    ("data", "line", "column", "message"),
    [
        (b"version: 1\nname: \xff\n", 2, 7, "this is not UTF-8 text"),
        ("version: 1".encode("utf-16"), 1, 1, "this is not UTF-8 text"),
        ("é: \xe9".encode("latin-1"), 1, 1, "this is not UTF-8 text"),
        (b"a" * (MOST_BYTES + 1), 1, 1, "the policy is longer than 1000000 bytes"),
        (b"\x7fELF\x00\x00", 1, 1, "a character stands here that no text has"),
    ],
)
def test_files_that_are_no_text(tmp_path: Path, data: bytes, line: int, column: int, message: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(data)
    with pytest.raises(PolicyError) as caught:
        load(path, checks={}, types=(), providers=())
    assert [(p.line, p.column, p.message) for p in caught.value.problems] == [(line, column, message)]
    assert str(caught.value).startswith(f"{path}:{line}:{column}: {message}")


def test_a_missing_file_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.yaml", checks={}, types=(), providers=())


def test_a_byte_order_mark_is_taken(tmp_path: Path, base: str, checks: Any, types: Any) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + (base + GOOD).encode())
    assert load(path, checks=checks, types=types, providers=()).promises[0].id == "a"


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("-007", -7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        (".5e3", 500.0),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2027-01-31", "2027-01-31"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("1" * 16, "1" * 16),
        ("1e999", "1e999"),
        ('"12"', "12"),
        ("'~'", "~"),
        ("null", None),
        ("\N{ARABIC-INDIC DIGIT ONE}", "\N{ARABIC-INDIC DIGIT ONE}"),
    ],
)
def test_scalars_are_those_of_yaml_1_2(written: str, value: object) -> None:
    root, _ = read(f"a: {written}", "p.yaml")
    assert root.plain() == {"a": value}
    assert type(root.plain()["a"]) is type(value)


def test_anchors_repeat_values(make: Make) -> None:
    policy = make(
        "  - {id: a, says: A., check: residency.places, with: &uk {places: [GB]}}\n"
        "  - {id: b, says: B., check: residency.places, with: *uk}\n"
    )
    assert policy.promises[0].want == policy.promises[1].want


def test_an_alias_may_reach_the_deepest_level_and_no_deeper() -> None:
    deep = "a: &a " + "[" * 20 + "]" * 20 + "\nb: "
    root, _ = read(f"{deep}[[[[*a]]]]", "p.yaml")
    assert root.depth == MOST_DEPTH
    with pytest.raises(PolicyError):
        read(f"{deep}[[[[[*a]]]]]", "p.yaml")


def test_many_values_are_read_quickly(make: Make) -> None:
    many = "".join(f"  - {{id: p{n}, says: A., check: separation}}\n" for n in range(300))
    assert len(make(many).promises) == 300


WORDS = st.sampled_from(
    [
        *("version: 1", "name: x", "scope:", "aws:", "promises:", "- id: a", "says: A", "check: separation", "with:"),
        *("tags:", "environments:", "exceptions:", "*a", "&a", "{", "}", "[", "]", "<<:", "!!str", "? ", ": ", "- "),
        *("|", ">", "'", '"', "\t", "\n", "  ", "---", "...", "%YAML", "\\U", "#", "~", "1", "true", ",", "\x85"),
        *("\u2028", "\ufeff"),
    ]
)
JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["version", "name", "scope", "aws", "promises", "id", "with", "check", "tags", "environments"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def _survives(make: Make, text: str) -> None:
    lines = sum(text.count(end) for end in ("\n", "\r", "\x85", "\u2028", "\u2029")) + 1
    for each in _problems(make, text):
        assert 1 <= each.line <= lines + 1
        assert each.column >= 1
        assert each.message
        assert (each.message + each.hint).isprintable()
        str(each).encode()


def _problems(make: Make, text: str) -> tuple[Problem, ...]:
    try:
        make("", text)
    except PolicyError as error:
        return error.problems or pytest.fail("an error without a problem")
    return ()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.lists(WORDS | st.text(max_size=4), max_size=40).map(" ".join))
def test_any_text(make: Make, text: str) -> None:
    _survives(make, text)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=JSONISH)
def test_any_structure(make: Make, value: object) -> None:
    _survives(make, json.dumps(value))


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(max_size=60))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(data)
    with pytest.raises(PolicyError):
        load(path, checks={}, types=(), providers=())


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 400), cut=st.integers(0, 6), put=st.text(max_size=3) | WORDS)
def test_a_good_policy_changed_anywhere(make: Make, base: str, at: int, cut: int, put: str) -> None:
    text = base + GOOD
    _survives(make, text[:at] + put + text[at + cut :])
