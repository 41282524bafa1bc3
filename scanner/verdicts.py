"""Verdicts: what the promises say of each resource, found out once for all that are alike, and counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from scanner.estate import Resource
from scanner.evaluate import STRANGER, Judge, Judged
from scanner.facts import Kind, State, trimmed
from scanner.facts.membership import Membership, Tagging
from scanner.flows import Group, groups
from scanner.likeness import Linked
from scanner.memory import Memory
from scanner.policy import Promise
from scanner.run import state_body

MOST = 100_000
"""So much of what was judged and written is remembered at once."""
_Told = tuple[Judged | None, object]
Counted = tuple[Any, ...]
"""What is counted, by the first of its parts: see `Totals`."""


class Totals:
    """What is counted of the resources of an estate, all at once."""

    def __init__(self) -> None:
        self._counts = Counter[Counted]()

    def add(self, counted: Sequence[Counted]) -> None:
        """Count one resource."""
        self._counts.update(counted)

    def verdicts(self, promise: str) -> Iterator[tuple[str, str, str, Any, int]]:
        """Provider, account, type, verdict and number of the resources that a promise judges."""
        for (_, name, *rest), count in self._of("verdict"):
            if name == promise:
                provider, account, native, verdict = rest
                yield provider, account, native, verdict, count

    def strangers(self, promise: str) -> dict[tuple[str, str], int]:
        """The types that nobody modelled, by provider and name, that a promise would have to judge."""
        return {(each[2], each[3]): count for each, count in self._of("stranger") if each[1] == promise}

    def types(self) -> list[tuple[str, str, Kind, bool, int]]:
        """Provider, name, kind, whether it is modelled, and number of each type that was seen."""
        return sorted((*each[1:], count) for each, count in self._of("type"))

    def refused(self) -> Counter[tuple[str, str]]:
        """Refused calls with the permission that would answer."""
        return Counter({(each[1], each[2]): count for each, count in self._of("refused")})

    def flows(self) -> Counter[Group]:
        """Where data and its copies lie."""
        return Counter({each[1]: count for each, count in self._of("flow")})

    def _of(self, what: str) -> Iterator[tuple[Counted, int]]:
        return ((each, count) for each, count in self._counts.items() if each[0] == what)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is told of a resource, as canonical JSON: the states of its facts, and the verdicts by promise; and what is
    counted of it.
    """

    facts: bytes
    verdicts: bytes
    counted: tuple[Counted, ...]


@dataclass(slots=True)
class Verdicts:
    """Judges resources by all promises. `asked` are the facts that were asked of anything; `named` are the resources,
    in lower case, that an exception names.
    """

    judges: Sequence[Judge]
    asked: Collection[str]
    named: frozenset[str]
    _relevant: dict[str, frozenset[str]] = field(default_factory=dict)
    _known: Memory[object, tuple[tuple[State | None, ...], _Told]] = field(default_factory=lambda: Memory(MOST))
    _written: Memory[int, tuple[State, orjson.Fragment]] = field(default_factory=lambda: Memory(MOST))

    def __post_init__(self) -> None:
        self._relevant = {judge.promise.id: _relevant(judge.promise) for judge in self.judges}

    def of(self, linked: Linked) -> Outcome:
        """What is told of a resource."""
        memo = linked.likeness.memo
        if linked.states is not memo.get("states") or linked.row.id.casefold() in self.named:
            return self._outcome(linked)
        if "outcome" not in memo:
            memo["outcome"] = self._outcome(linked)
        found: Outcome = memo["outcome"]
        return found

    def _outcome(self, linked: Linked) -> Outcome:
        resource = linked.general
        record = resource.record
        told: dict[str, object] = {}
        counted: list[Counted] = [("type", record.provider, record.type, record.kind, record.modelled)]
        counted += [("refused", *each) for each in linked.likeness.refused]
        counted += [("flow", each) for each in groups(resource, self.asked)]
        for judge in self.judges:
            name = judge.promise.id
            judged, written = self._judged(judge, resource)
            if judged is STRANGER:
                counted.append(("stranger", name, record.provider, record.type))
            elif judged is not None:
                counted.append(("verdict", name, record.provider, record.account, record.type, judged.verdict))
                told[name] = written
        return Outcome(self._facts(linked), trimmed(told), tuple(counted))

    def _judged(self, judge: Judge, resource: Resource) -> _Told:
        """What a promise says of a resource, and that as it is written. It is found out once for all of a type and
        account that have the very same states of all that it reads.
        """
        if resource.id.casefold() in self.named:
            return _told(judge.judge(resource))
        name, record = judge.promise.id, resource.record
        read = tuple([resource.states.get(key) for key in self._relevant[name]])
        head = (name, record.provider, record.account, record.type, record.kind, record.modelled)
        key = (*head, tuple(resource.states), *map(id, read))
        held = self._known.get(key)
        if held is None:
            judged = judge.judge(resource)
            # What is remembered of the states holds them, so that no others have their `id`.
            held = read, _told(judged)
            if judged is None or judged.facts.keys() <= self._relevant[name]:
                self._known.keep(key, held)
        return held[1]

    def _facts(self, linked: Linked) -> bytes:
        """The states as canonical JSON. Those of its likeness, which others may share, are written once."""
        own = linked.likeness.states
        written: dict[str, object] = {}
        for key, state in linked.states.items():
            if state is not own.get(key):
                written[key] = state_body(state)
                continue
            held = self._written.get(id(state))
            if held is None:
                held = self._written.keep(id(state), (state, orjson.Fragment(trimmed(state_body(state)))))
            written[key] = held[1]
        return trimmed(written)


def _relevant(promise: Promise) -> frozenset[str]:
    """The facts that may decide what a promise says of a resource, or whether it speaks of it."""
    needs = {fact.key for fact in promise.check.needs(promise.want)}
    tags = {Tagging.tags.key} if promise.applies_to.tags else frozenset[str]()
    return frozenset({Membership.environments.key, *needs, *tags})


def _told(judged: Judged | None) -> _Told:
    return judged, orjson.Fragment(trimmed(_verdict(judged))) if judged else None


def _verdict(judged: Judged) -> Mapping[str, object]:
    return {
        "verdict": judged.verdict,
        "conditions": [each.model_dump(mode="json") for each in judged.conditions],
        "facts": sorted(judged.facts),
        "fix": judged.fix,
    }
