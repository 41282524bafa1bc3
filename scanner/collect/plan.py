"""The plan of a scan: from the promises to the calls, and no further."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.collect.model import Call, ResourceType


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one promise asks: facts, of types."""

    promise: str
    facts: frozenset[str]
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """The types to list and, for each, the asks that are needed, with the promises that need them."""

    asks: Mapping[str, Mapping[str, frozenset[str]]]
    types: Mapping[str, ResourceType]

    def calls(self) -> Iterable[Call]:
        """Every call of the plan, listings first."""
        for name, asks in self.asks.items():
            yield self.types[name].each
            for source in asks:
                yield self.types[name].ask[source]


def plan(types: Iterable[ResourceType], wanted: Iterable[Wanted]) -> Plan:
    """The smallest set of listings and asks that answers what is wanted."""
    known = {kind.name: kind for kind in types}
    asks: dict[str, dict[str, set[str]]] = {}
    for want in wanted:
        for name in sorted(want.types & known.keys()):
            needed = asks.setdefault(name, {})
            for source in sorted(_sources(known[name], want.facts)):
                needed.setdefault(source, set()).add(want.promise)
    frozen = {name: {source: frozenset(who) for source, who in needed.items()} for name, needed in asks.items()}
    return Plan(frozen, known)


def _sources(kind: ResourceType, facts: frozenset[str]) -> set[str]:
    asked = {source for answer in kind.facts if answer.fact.key in facts for source in answer.sources} - {"item"}
    while more := {kind.ask[source].follows for source in asked} - asked - {""}:
        asked |= more
    return asked
