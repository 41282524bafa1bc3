"""The log of what a condition read. The evaluator judges by this log, whatever a check does with an exception."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from scanner.facts.state import Inapplicable, Known, NotKnown, Unknown

T = TypeVar("T")
State = Known[object] | Unknown | Inapplicable


@dataclass(slots=True)
class Reads:
    """What was read, in order: facts by their key, and every unknown met on the way."""

    facts: dict[str, State] = field(default_factory=dict)
    unknowns: list[Unknown] = field(default_factory=list)

    def fact(self, key: str, state: State) -> None:
        """Record that a fact was read, and what it was."""
        self.facts[key] = state
        if isinstance(state, Unknown):
            self.unknowns.append(state)


_current: ContextVar[Reads | None] = ContextVar("reads", default=None)


@contextmanager
def recording() -> Iterator[Reads]:
    """Collect every read made inside the block."""
    reads = Reads()
    token = _current.set(reads)
    try:
        yield reads
    finally:
        _current.reset(token)


def note_fact(key: str, state: State) -> None:
    """Tell the open recording, if any, that a fact was read."""
    reads = _current.get()
    if reads is not None:
        reads.fact(key, state)


def note_unknown(unknown: Unknown) -> None:
    """Tell the open recording, if any, that something unknown was met."""
    reads = _current.get()
    if reads is not None and unknown not in reads.unknowns:
        reads.unknowns.append(unknown)


def need(value: T | Unknown) -> T:
    """Return an established part of a value, or raise NotKnown and leave a trace in the recording."""
    if isinstance(value, Unknown):
        note_unknown(value)
        raise NotKnown(value)
    return value
