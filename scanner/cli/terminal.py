"""The terminal: whether to use colour, how wide it is, text that wraps and aligns, and progress while it comes.

Talk goes to standard error, what a program may read to standard output. Colour never says anything alone: the word
stands beside it.
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

import click

from reports.text import visible
from scanner.collect.progress import Count, Progress, Snapshot, by_account

NARROW, USUAL = 40, 80
ACCOUNTS = 8
"""Accounts that are told one by one; the others are counted together."""
LIVE, CALM = 0.2, 10.0
"""Seconds between two pictures on a terminal, and between two reports elsewhere."""


def coloured(stream: TextIO) -> bool:
    """Whether to write colour: by NO_COLOR (https://no-color.org), then CLICOLOR_FORCE and FORCE_COLOR, which "0" turns
    off, then by whether the stream is a terminal that can.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if any(os.environ.get(name, "0") not in {"", "0"} for name in ("CLICOLOR_FORCE", "FORCE_COLOR")):
        return True
    return live(stream) and os.environ.get("CLICOLOR") != "0" and os.environ.get("FORCE_COLOR") != "0"


def live(stream: TextIO) -> bool:
    """Whether a stream is a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def width() -> int:
    """The columns of the terminal; COLUMNS where that is set, and 80 where there is none."""
    return max(shutil.get_terminal_size((USUAL, 24)).columns, NARROW)


def say(text: str = "", *, err: bool = True, nl: bool = True) -> None:
    """Print text on standard error, or on standard output. What the stream's encoding cannot hold is escaped."""
    stream = sys.stderr if err else sys.stdout
    encoding = stream.encoding or "utf-8"
    click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=err, nl=nl, color=coloured(stream))


def cells(text: str) -> int:
    """The columns that a text takes: wide letters take two, and marks that combine none."""
    return sum(0 if unicodedata.combining(each) else 1 + (unicodedata.east_asian_width(each) in "WF") for each in text)


def padded(text: str, wide: int) -> str:
    """The text with blanks behind it, so that it takes that many columns."""
    return text + " " * max(wide - cells(text), 0)


def wrapped(text: str, wide: int) -> list[str]:
    """The text in lines of at most that many columns. A word that is longer is cut."""
    lines = [""]
    for word in (part for each in text.split() for part in _cut(each, wide)):
        if not lines[-1]:
            lines[-1] = word
        elif cells(lines[-1]) + 1 + cells(word) <= wide:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _cut(word: str, wide: int) -> Iterator[str]:
    part = ""
    for letter in word:
        if part and cells(part + letter) > wide:
            yield part
            part = ""
        part += letter
    yield part


def paragraph(text: str, *, first: str = "", indent: str = "") -> str:
    """The text wrapped to the terminal: `first` stands before its first line, `indent` before the others."""
    lines = wrapped(visible(text), width() - max(len(first), len(indent)))
    return "\n".join((first if number == 0 else indent) + line for number, line in enumerate(lines))


@contextmanager
def shown(
    progress: Progress, *, quiet: bool = False, live_every: float = LIVE, calm_every: float = CALM
) -> Iterator[None]:
    """Show the progress on standard error while the body runs: a picture that moves on a terminal, else lines at a calm
    rate; nothing where it is to be quiet. Drawing is the business of a thread of its own.
    """
    if quiet:
        yield
        return
    moving = live(sys.stderr) and os.name != "nt"
    draw: Callable[[], None] = _Picture(progress).draw if moving else _Lines(progress).draw
    done = threading.Event()
    thread = threading.Thread(target=_drawing, args=(draw, done, live_every if moving else calm_every), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        if moving:
            say(CLEAR, nl=False)


CLEAR = "\r\x1b[J"
"""Clear from the beginning of this line to the end of the screen."""


def _drawing(draw: Callable[[], None], done: threading.Event, every: float) -> None:
    # Where standard error is gone, the scan goes on without the talk.
    with suppress(OSError, ValueError):
        while not done.wait(every):
            draw()


class _Picture:
    """Lines that are drawn over again. The cursor rests on the first of them, so that clearing needs no memory."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._began = time.monotonic()

    def draw(self) -> None:
        now = self._progress.snapshot()
        columns, rows = shutil.get_terminal_size((USUAL, 24))
        head = f"{time.monotonic() - self._began:.0f} s: {counted(now.total)}"
        lines = [head, *accounts(now, min(ACCOUNTS, rows - 6)), *refusals(now)[-3:]][: rows - 1]
        cut = [next(_cut(line, columns - 1)) for line in lines]
        say(CLEAR + "\n".join(cut) + f"\x1b[{len(cut) - 1}A\r" * (len(cut) > 1), nl=False)


class _Lines:
    """What has changed since the last time, as plain lines."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._began = time.monotonic()
        self._told: set[str] = set()

    def draw(self) -> None:
        now = self._progress.snapshot()
        say(f"{time.monotonic() - self._began:.0f} s: {counted(now.total)}")
        fresh = [line for line in (*accounts(now, ACCOUNTS), *refusals(now)) if line not in self._told]
        self._told.update(fresh)
        for line in fresh:
            say(f"  {line}")


def accounts(now: Snapshot, most: int) -> list[str]:
    """A line for each account with the calls to its services; the accounts beyond the most are one line."""
    found = by_account(now.lanes)
    order = sorted(found, key=lambda key: -sum(each.calls for each in found[key].values()))
    lines = [
        f"{provider} {visible(account)}: "
        + ", ".join(f"{name} {counted(count, '')}" for name, count in found[provider, account].items())
        for provider, account in sorted(order[:most])
    ]
    rest = [count for key in order[most:] for count in found[key].values()]
    return [*lines, f"{len(order) - most} more accounts: {counted(sum(rest, Count()))}"] if rest else lines


def refusals(now: Snapshot) -> list[str]:
    """A line for each permission that was missed, with how many accounts missed it."""
    missed: dict[str, set[tuple[str, str]]] = {}
    for each in now.denied:
        missed.setdefault(each.permission or each.operation, set()).add((each.provider, each.account))
    return [
        f"refused: {name} in {visible(next(iter(where))[1]) if len(where) == 1 else f'{len(where)} accounts'}"
        for name, where in missed.items()
    ]


def counted(count: Count, what: str = " calls") -> str:
    """A count in words: "48 calls (2 refused, 1 failed)"."""
    bad = [f"{number} {word}" for number, word in ((count.refused, "refused"), (count.failed, "failed")) if number]
    return f"{count.calls}{what}" + (f" ({', '.join(bad)})" if bad else "")
