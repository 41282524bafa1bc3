"""What a terminal is shown: colour, width, wrapping, and progress."""

from __future__ import annotations

import io
import os
import pty
import re
import sys
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cli import terminal
from scanner.cli.terminal import accounts, cells, coloured, counted, padded, paragraph, refusals, say, shown, wrapped
from scanner.collect.progress import Count, Denied, Lane, Progress, Snapshot

COLOUR = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "CLICOLOR", "TERM")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*COLOUR, "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("variables", "on_terminal", "elsewhere"),
    [
        ({}, True, False),
        ({"NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, False),
        ({"FORCE_COLOR": "1"}, True, True),
        ({"FORCE_COLOR": "0"}, False, False),
        ({"FORCE_COLOR": ""}, True, False),
        ({"CLICOLOR_FORCE": "1"}, True, True),
        ({"CLICOLOR": "0"}, False, False),
        ({"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, False),
        ({"TERM": "dumb"}, False, False),
    ],
)
def test_colour(variables: dict[str, str], on_terminal: bool, elsewhere: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert coloured(Terminal()) is on_terminal
    assert coloured(io.StringIO()) is elsewhere


@pytest.mark.parametrize(("columns", "wide"), [("120", 120), ("10", 40), ("", 80)])
def test_the_width(columns: str, wide: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert terminal.width() == wide


@pytest.mark.parametrize(("text", "wide"), [("abc", 3), ("データ", 6), ("e\u0301", 1), ("", 0)])
def test_cells(text: str, wide: int) -> None:
    assert cells(text) == wide
    assert cells(padded(text, 8)) == 8
    assert padded(text, 0) == text


@pytest.mark.parametrize(
    ("text", "wide", "lines"),
    [
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 80, ["one two three"]),
        ("abcdefgh ij", 4, ["abcd", "efgh", "ij"]),
        ("データ ab", 4, ["デー", "タ", "ab"]),
        ("", 10, [""]),
    ],
)
def test_wrapping(text: str, wide: int, lines: list[str]) -> None:
    assert wrapped(text, wide) == lines


@given(st.text(), st.integers(2, 40))
def test_wrapping_loses_nothing_and_keeps_to_the_width(text: str, wide: int) -> None:
    lines = wrapped(text, wide)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cells(line) <= wide for line in lines)


def test_a_paragraph_has_its_indent_and_nothing_that_acts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    said = paragraph("a\x1b[31m " + "word " * 10, first="- ", indent="  ")
    first, *others = said.splitlines()
    assert first.startswith("- a\\u001b[31m word")
    assert others
    assert all(line.startswith("  word") for line in others)


def test_what_an_encoding_cannot_hold_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(data, "cp1252"))
    say("データ é", err=False)
    sys.stdout.flush()
    assert data.getvalue().decode("cp1252") == "\\u30c7\\u30fc\\u30bf é\n"


@pytest.mark.parametrize(
    ("count", "words"),
    [(Count(3), "3 calls"), (Count(3, 2), "3 calls (2 refused)"), (Count(3, 1, 1), "3 calls (1 refused, 1 failed)")],
)
def test_counts_in_words(count: Count, words: str) -> None:
    assert counted(count) == words


def snapshot(*lanes: tuple[str, str, Count], denied: tuple[Denied, ...] = ()) -> Snapshot:
    return Snapshot({Lane("x", account, name): count for account, name, count in lanes}, {"x": 3}, denied)


def test_accounts_beyond_the_most_are_told_together() -> None:
    now = snapshot(
        ("1", "s", Count(1)), ("2", "s", Count(9, 1)), ("2", "t", Count(1)), ("3", "s", Count(5)), ("4", "s", Count(2))
    )
    assert accounts(now, 2) == ["x 2: s 9 (1 refused), t 1", "x 3: s 5", "2 more accounts: 3 calls"]
    assert len(accounts(now, 4)) == 4


def test_an_account_is_named_harmlessly() -> None:
    denied = (Denied("x", "a\x1b[2J", "o", "x:Read"),)
    assert "\x1b" not in "".join(
        [*accounts(snapshot(("a\x1b[2J", "s", Count(1))), 3), *refusals(snapshot(denied=denied))]
    )


def test_refusals_are_told_by_permission() -> None:
    denied = (Denied("x", "1", "o", "x:Read"), Denied("x", "2", "o", "x:Read"), Denied("x", "1", "other", ""))
    assert refusals(snapshot(denied=denied)) == ["refused: x:Read in 2 accounts", "refused: other in 1"]


@pytest.fixture
def progress() -> Progress:
    made = Progress()
    made.add(Lane("x", "1", "s"), Count(calls=2, refused=1), Denied("x", "1", "o", "x:Read"))
    return made


def wait_for(done: Callable[[], bool]) -> None:
    """Until it is done, or a minute."""
    limit = time.monotonic() + 60
    while not done() and time.monotonic() < limit:
        time.sleep(0.01)


def test_lines_elsewhere_tell_what_is_new(progress: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[str] = []
    told: list[str] = []

    def heard(text: str = "", *, nl: bool = True, err: bool = True) -> None:
        assert nl
        assert err
        (told if text.startswith("  ") else heads).append(text)

    monkeypatch.setattr(terminal, "say", heard)
    with shown(progress, calm_every=0.01):
        wait_for(lambda: len(heads) > 1)
    assert heads[0] == "0 s: 2 calls (1 refused)"
    assert told == ["  x 1: s 2 (1 refused)", "  refused: x:Read in 1"]


def test_quiet_says_nothing(progress: Progress, capsys: pytest.CaptureFixture[str]) -> None:
    with shown(progress, quiet=True, calm_every=0.001):
        time.sleep(0.02)
    assert capsys.readouterr() == ("", "")


def test_a_short_scan_says_nothing(progress: Progress, capsys: pytest.CaptureFixture[str]) -> None:
    with shown(progress):
        pass
    assert capsys.readouterr() == ("", "")


def test_a_lost_standard_error_stops_the_talk_alone(progress: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(terminal, "say", broken)
    with shown(progress, calm_every=0.001):
        time.sleep(0.02)


def test_a_terminal_gets_a_picture_that_is_cleared(progress: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "60")

    def drawn() -> None:
        with shown(progress, live_every=0.01):
            wait_for(lambda: "refused" in screen.getvalue())
            raise KeyError

    with pytest.raises(KeyError):
        drawn()
    frames = screen.getvalue().split(terminal.CLEAR)
    assert frames[1] == "0 s: 2 calls (1 refused)\nx 1: s 2 (1 refused)\nrefused: x:Read in 1\x1b[2A\r"
    assert frames[-1] == ""
    assert frames[0] == ""


def test_a_picture_keeps_to_the_screen(progress: Progress, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        progress.add(Lane("x", f"{number:0100}", "s"), Count(calls=1))
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setenv("LINES", "10")
    with shown(progress, live_every=0.01):
        wait_for(lambda: "calls" in screen.getvalue())
    lines = re.sub(r"\x1b\[\d*[A-Z]", "", screen.getvalue().split(terminal.CLEAR)[1]).split("\n")
    assert 2 < len(lines) < 10
    assert max(map(len, lines)) < 50


def test_a_real_terminal_is_one() -> None:
    lead, follow = pty.openpty()
    with os.fdopen(follow, "w") as stream:
        assert terminal.live(stream)
    os.close(lead)
