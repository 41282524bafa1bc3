"""What is wrong with a policy file, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scanner.places import nearest

LONGEST = 400


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake. `line` and `column` count from 1; `hint` says what to do, with the nearest valid word."""

    line: int
    column: int
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.message}{'.' if self.hint else ''} {self.hint}".rstrip()


class PolicyError(Exception):
    """A policy that cannot be used, with every mistake in it, in the order of the file."""

    def __init__(self, name: str, problems: Iterable[Problem]) -> None:
        self.name = name
        self.problems = tuple(sorted(set(problems)))
        super().__init__(name, self.problems)

    def __str__(self) -> str:
        return "\n".join(f"{self.name}:{problem}" for problem in self.problems)


def meant(word: str, valid: Iterable[str]) -> str:
    """The hint that names the valid word most like a wrong one; "" where none is like it."""
    found = nearest(word, sorted(valid))
    return f"Did you mean {found!r}?" if found else ""


def quoted(word: object) -> str:
    """A value of the file as a message may show it: in quotes, printable, not too long."""
    text = str(word)
    return repr(text if len(text) <= 80 else text[:79] + "…")


def printable(text: str) -> str:
    """A text without control characters, and not too long: a part of it may come from the file."""
    clean = "".join(each if each.isprintable() else repr(each)[1:-1] for each in text[:LONGEST])
    return clean if len(text) <= LONGEST else clean + "…"
