"""The calls of a plan, told before any of them is made: how often, and for which promises and facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scanner.collect.model import Call, Per, Provider, ResourceType
from scanner.collect.plan import Plan, Wanted
from scanner.collect.progress import service
from scanner.facts import JSON

EACH = {Per.ACCOUNT: "account", Per.REGION: "account and region"}
OTHERS = "what is not modelled"
"""What a sweep is made for, and every promise."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a call is for: a type of resource, a promise that asks about it, and the facts that the reply answers. A
    sweep is for no single promise.
    """

    type: str
    promise: str
    facts: frozenset[str]


@dataclass(frozen=True, slots=True)
class Planned:
    """An operation of a plan. `each` tells for what it is made once: "account", "account and region", or types of
    resource. `calls` is how many that are, without further pages, as far as the scope tells it: None where it depends
    on what a listing finds, or on a discovery.
    """

    cloud: str
    service: str
    operation: str
    permission: str
    each: tuple[str, ...]
    calls: int | None
    uses: tuple[Use, ...]

    @property
    def body(self) -> Mapping[str, JSON]:
        """As JSON."""
        return {
            "cloud": self.cloud,
            "service": self.service,
            "operation": self.operation,
            "permission": self.permission,
            "each": list(self.each),
            "calls": self.calls,
            "types": sorted({use.type for use in self.uses}),
            "promises": self.promises,
            "facts": self.facts,
        }

    @property
    def promises(self) -> list[str]:
        """The promises that it is made for."""
        return sorted({use.promise for use in self.uses} - {""})

    @property
    def facts(self) -> list[str]:
        """The facts that it answers, all or in part."""
        return sorted({fact for use in self.uses for fact in use.facts})


@dataclass(frozen=True, slots=True)
class Extent:
    """How many accounts and regions a scope names; None where a discovery finds them."""

    accounts: int | None
    regions: int | None

    def calls(self, per: Per) -> int | None:
        """How often a listing is made."""
        if per is Per.ACCOUNT or self.accounts is None:
            return self.accounts
        return None if self.regions is None else self.accounts * self.regions


def planned(provider: Provider, plan: Plan, wanted: Iterable[Wanted], extent: Extent) -> list[Planned]:
    """The operations of a provider's plan, by name. A listing that types share is one call."""
    uses: dict[str, list[tuple[Call, str, Use]]] = {}
    for call, each, use in (*_swept(provider), *_used(plan, wanted)):
        uses.setdefault(call.operation, []).append((call, each, use))
    return [_one(provider.name, made, extent) for _, made in sorted(uses.items())]


def _one(cloud: str, made: list[tuple[Call, str, Use]], extent: Extent) -> Planned:
    first = made[0][0]
    listings = {call.key: extent.calls(call.per) for call, each, _ in made if each in EACH.values()}
    told = [count for count in listings.values() if count is not None]
    return Planned(
        cloud,
        service(first),
        first.operation,
        first.permission,
        tuple(sorted({each for _, each, _ in made})),
        sum(told) if all(each in EACH.values() for _, each, _ in made) and len(told) == len(listings) else None,
        tuple(use for *_, use in made),
    )


def _swept(provider: Provider) -> Iterator[tuple[Call, str, Use]]:
    for sweep in provider.sweeps:
        yield sweep.each, EACH[sweep.each.per], Use(OTHERS, "", frozenset(answer.fact.key for answer in sweep.facts))


def _used(plan: Plan, wanted: Iterable[Wanted]) -> Iterator[tuple[Call, str, Use]]:
    for want in wanted:
        for name in sorted(want.types & plan.asks.keys()):
            kind = plan.types[name]
            yield kind.each, EACH[kind.each.per], Use(name, want.promise, _answered(kind, "item", want.facts))
            for source, promises in plan.asks[name].items():
                if want.promise in promises:
                    call = kind.ask[source]
                    each = EACH[call.per] if call.join else name
                    yield call, each, Use(name, want.promise, _answered(kind, source, want.facts))


def _answered(kind: ResourceType, source: str, facts: frozenset[str]) -> frozenset[str]:
    """The facts that a reply answers, itself or by the calls that follow it."""
    sources = {source}
    while more := {name for name, call in kind.ask.items() if call.follows in sources} - sources:
        sources |= more
    return frozenset(each.fact.key for each in kind.facts if each.fact.key in facts and sources & each.sources)
