"""A small cloud: its replies are written down in the test that asks it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

import pytest

from scanner.collect.model import (
    Account,
    Call,
    CallError,
    Discovery,
    Gap,
    Options,
    ResourceType,
    Session,
    Sweep,
    Unit,
)
from scanner.collect.plan import Plan, Wanted, plan
from scanner.collect.runner import Inventory, Tape, collect
from scanner.facts import JSON, Kind

ACCOUNTS = (Account("x", "111111111111", "one", ("north", "south"), "p"),)


@dataclass
class Cloud:
    """Provider and session in one. `replies` are the pages (or the error between them) by operation, by "operation
    value", or by "operation value@region"; `slow` shuffles how long each call takes.
    """

    types: tuple[ResourceType, ...]
    replies: Mapping[str, Sequence[JSON | Exception]]
    sweeps: tuple[Sweep, ...] = ()
    accounts: tuple[Account, ...] = ACCOUNTS
    gaps: tuple[Gap, ...] = ()
    limits: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    slow: random.Random | None = None
    name: str = "x"
    asked: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def kind(self, native: str) -> Kind:
        """The class of a native type."""
        return self.kinds.get(native, Kind.UNCLASSIFIED)

    def role(self, permissions: frozenset[str]) -> str:
        """A role."""
        return ", ".join(sorted(permissions))

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:
        """The session, which is the same thing here."""
        assert isinstance(scope, Mapping)
        assert options
        return self

    def discover(self) -> Discovery:
        """Everything is found."""
        return Discovery(self.accounts, self.gaps, self.limits, self.aliases)

    def close(self) -> None:
        """Nothing is open."""

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The pages that are written down."""
        words = " ".join([call.operation, *map(str, params.values())])
        with self.lock:
            self.asked.append(f"{words}@{unit.region}")
            wait = self.slow.random() / 200 if self.slow else 0
        time.sleep(wait)
        for key in (f"{words}@{unit.region}", words, f"{call.operation}@{unit.region}", call.operation):
            if key in self.replies:
                return self._pages(self.replies[key])
        raise CallError("Nowhere", refused=False, detail=f"{words} is not written down")

    def _pages(self, replies: Iterable[JSON | Exception]) -> Iterator[JSON]:
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
            yield deepcopy(reply)

    def plan(self, facts: Iterable[str] = (), types: Iterable[str] = ()) -> Plan:
        """The plan for these facts and types; without any, for all."""
        every = frozenset(answer.fact.key for kind in self.types for answer in kind.facts)
        names = frozenset(types) or frozenset(kind.name for kind in self.types)
        return plan(self.types, [Wanted("promise", frozenset(facts) or every, names)])

    def collect(
        self,
        *,
        session: Session | None = None,
        plan: Plan | None = None,
        workers: int = 8,
        tape: Tape | None = None,
    ) -> Inventory:
        """What the runner brings."""
        return collect(self, session or self, plan or self.plan(), workers=workers, tape=tape)


@pytest.fixture
def cloud() -> type[Cloud]:
    """The small cloud."""
    return Cloud
