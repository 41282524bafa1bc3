"""What in a policy cannot be kept, or says nothing: told before anything is scanned."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import combinations, permutations

from checks.check import Check, Parameters
from checks.parameters import Bounds
from scanner.facts import Duration, Kind, NotApplicable, NotKnown
from scanner.places import ZONES, Standing, country_codes, place, places, standing, standing_any
from scanner.policy.model import Policy, Promise
from scanner.policy.problem import meant, printable, quoted
from scanner.policy.source import At, Step

BOUNDS = {"at_least", "at_most", "exactly"}


@dataclass(frozen=True, slots=True, order=True)
class Contradiction:
    """Something that the policy's author should settle. `line` and `column` count from 1."""

    line: int
    column: int
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class _Case:
    """A policy on a day, with the modelled types: what the rules look at."""

    policy: Policy
    on: date
    types: frozenset[str]

    def say(self, code: str, message: str, *path: Step) -> Contradiction:
        at: At = self.policy.at(*path)
        return Contradiction(*at, code, printable(message))

    @property
    def promises(self) -> list[tuple[int, Promise]]:
        return list(enumerate(self.policy.promises))


def contradictions(policy: Policy, on: date, types: Collection[str]) -> tuple[Contradiction, ...]:
    """Everything in a policy that contradicts itself or is empty, on a day, in the order of the file.

    `types` are the names of the modelled resource types. A hoster under `unscanned` is only compared with what the
    promises want; whether it keeps them is never judged.
    """
    case = _Case(policy, on, frozenset(types))
    rules: tuple[Callable[[_Case], Iterator[Contradiction]], ...] = (
        _outside_zone,
        _disjoint_places,
        _bounds,
        _place_not_scanned,
        _unscanned_outside,
        _environments,
        _contested_accounts,
        _empty_scopes,
        _exceptions,
    )
    return tuple(sorted({found for rule in rules for found in rule(case)}))


def _outside_zone(case: _Case) -> Iterator[Contradiction]:
    """A place that one promise accepts, and another, which wants the EU or the EEA only, does not."""
    for (index, one), (_, other) in permutations(case.promises, 2):
        zones = _places(other)
        if not zones or not set(zones) <= {"EU", "EEA"} or not _overlap(case, one, other):
            continue
        for position, word in enumerate(_places(one)):
            spot = _as_place(word)
            if spot and standing_any(spot, zones, case.on).standing is Standing.OUTSIDE:
                why = standing(spot, "adequate", case.on).why
                message = (
                    f"{one.id!r} accepts {word}, which is outside the {' and the '.join(zones)}; {other.id!r} wants "
                    f"that and speaks of the same resources. {why}. To accept such places, want 'adequate'"
                )
                yield case.say("outside-zone", message, "promises", index, "with", "places", position)


def _disjoint_places(case: _Case) -> Iterator[Contradiction]:
    """Two promises by one check over the same resources that no place can keep."""
    for (_, one), (index, other) in combinations(case.promises, 2):
        same = one.check.id == other.check.id and _places(one) and _places(other) and _overlap(case, one, other)
        if same and not _compatible(_places(one), _places(other), case.on):
            message = f"no place keeps both {one.id!r} ({_listed(one)}) and {other.id!r} ({_listed(other)})"
            yield case.say("disjoint-places", message, "promises", index, "with", "places")


def _bounds(case: _Case) -> Iterator[Contradiction]:
    """Two promises by one check over the same resources whose bounds leave no time between them."""
    for (_, one), (index, other) in combinations(case.promises, 2):
        if one.check.id != other.check.id or not _overlap(case, one, other) or _rest(one) != _rest(other):
            continue
        for low, high in ((one, other), (other, one)):
            lower, upper = _lower(low), _upper(high)
            if lower is not None and upper is not None and lower > upper:
                message = f"{low.id!r} wants at least {lower}, {high.id!r} at most {upper}, of the same resources"
                yield case.say("crossed-bounds", message, "promises", index, "with")


def _place_not_scanned(case: _Case) -> Iterator[Contradiction]:
    """A wanted region of a provider that is not scanned."""
    for index, promise in case.promises:
        reached = _providers(case, promise)
        for position, word in enumerate(_places(promise)):
            found = place(word)
            if found and found.kind != "country" and reached and found.provider not in reached:
                message = f"{promise.id!r} wants {word}, but speaks only of {', '.join(sorted(reached))}"
                yield case.say("place-not-scanned", message, "promises", index, "with", "places", position)


def _unscanned_outside(case: _Case) -> Iterator[Contradiction]:
    """A hoster that cannot be scanned, whose declared place is none that a promise accepts."""
    for (at, hoster), (_, promise) in (
        (each, other) for each in enumerate(case.policy.unscanned) for other in case.promises
    ):
        wanted = promise.applies_to
        if not _places(promise) or wanted.providers or wanted.accounts or wanted.types:
            continue
        for position, word in enumerate(hoster.places):
            spot = _as_place(word)
            if spot and standing_any(spot, _places(promise), case.on).standing is Standing.OUTSIDE:
                message = f"{hoster.name} is declared in {word}, outside what {promise.id!r} wants; it is not examined"
                yield case.say("unscanned-outside", message, "scope", "unscanned", at, "places", position)


def _environments(case: _Case) -> Iterator[Contradiction]:
    for name, environment in case.policy.environments.items():
        if not environment.providers and not environment.tags:
            yield case.say(
                "empty-environment", f"environment {name!r} has no accounts and no tags", "environments", name
            )


def _contested_accounts(case: _Case) -> Iterator[Contradiction]:
    """An account that two environments name: all in it breaks their separation."""
    for (one, mine), (other, theirs) in combinations(case.policy.environments.items(), 2):
        for provider in sorted(mine.providers & theirs.providers):
            for account in sorted({*mine.accounts(provider)} & {*theirs.accounts(provider)}):
                message = f"{provider} account {account} is in {one!r} and in {other!r}"
                position = theirs.accounts(provider).index(account)
                yield case.say("contested-account", message, "environments", other, provider, position)


def _empty_scopes(case: _Case) -> Iterator[Contradiction]:
    """A promise that speaks of nothing, whatever is found."""
    scanned = case.policy.scopes
    for index, promise in case.promises:
        wanted = promise.applies_to
        if (wanted.providers or wanted.types or wanted.environments) and not _providers(case, promise):
            reason = f"only {', '.join(scanned)} is scanned" if scanned else "nothing is scanned"
            message = (
                f"{promise.id!r} speaks of no resource: its providers, types and environments have none, and {reason}"
            )
            yield case.say("empty-scope", message, "promises", index, "applies_to")


def _exceptions(case: _Case) -> Iterator[Contradiction]:
    for index, each in enumerate(case.policy.exceptions):
        path = ("exceptions", index)
        promise = case.policy.promise(each.promise)
        if promise is None:
            hint = meant(each.promise, [known.id for known in case.policy.promises])
            message = f"there is no promise {quoted(each.promise)} to except from. {hint}".rstrip()
            yield case.say("exception-for-nothing", message, *path, "promise")
        elif (known := conditions_of(promise.check, promise.want, case.on)) and each.condition not in known:
            message = f"{promise.check.id} has no condition {quoted(each.condition)}, only {', '.join(sorted(known))}"
            yield case.say("exception-for-nothing", message, *path, "condition")
        if not each.in_force(case.on):
            yield case.say("exception-expired", f"expired after {each.expires}: it covers nothing", *path, "expires")


def conditions_of(check: Check, want: Parameters, on: date) -> frozenset[str] | None:
    """The names of a check's conditions; None where they depend on what a resource is."""
    try:
        return frozenset(name for name, _ in check.conditions(lambda facet: facet({}), want, on))
    except (NotKnown, NotApplicable):
        return None


def _places(promise: Promise) -> tuple[str, ...]:
    """What a promise of residency wants: the parameter `places` of any check."""
    return tuple(getattr(promise.want, "places", ()))


def _listed(promise: Promise) -> str:
    return ", ".join(_places(promise))


def _as_place(word: str) -> str | None:
    """The id of the place that a wanted word names; None for a zone of law."""
    if word in ZONES:
        return None
    return word if place(word) else f"country:{word}"


def _compatible(one: tuple[str, ...], other: tuple[str, ...], on: date) -> bool:
    """Whether some place is inside what one promise wants and may be inside what the other does."""
    mine, theirs = _standings(one, on), _standings(other, on)
    return any(
        Standing.OUTSIDE not in both and not both.isdisjoint(_INSIDE)
        for both in ({mine[each], theirs[each]} for each in mine)
    )


_INSIDE = (Standing.INSIDE, Standing.CONDITIONAL)


@lru_cache(256)
def _standings(words: tuple[str, ...], on: date) -> Mapping[str, Standing]:
    """How every region and country stands to what is wanted."""
    every = (*(each.id for each in places()), *(f"country:{code}" for code in sorted(country_codes())))
    return {each: standing_any(each, words, on).standing for each in every}


def _lower(promise: Promise) -> Duration | None:
    return promise.want.lower if isinstance(promise.want, Bounds) else None


def _upper(promise: Promise) -> Duration | None:
    return promise.want.upper if isinstance(promise.want, Bounds) else None


def _rest(promise: Promise) -> Mapping[str, object]:
    """The parameters beside the bounds: where they differ, two promises speak of different things."""
    return promise.want.model_dump(exclude=BOUNDS)


def _providers(case: _Case, promise: Promise) -> frozenset[str]:
    """The scanned providers at which a promise can find anything."""
    found = promise.providers & case.policy.scopes.keys()
    return found & _of_environments(case, promise, found) if promise.applies_to.environments else found


def _of_environments(case: _Case, promise: Promise, scanned: frozenset[str]) -> frozenset[str]:
    named = [case.policy.environments[name] for name in promise.applies_to.environments]
    return frozenset().union(*(scanned if each.tags else each.providers for each in named))


def _overlap(case: _Case, one: Promise, other: Promise) -> bool:
    """Whether two promises may speak of one resource. True unless the policy itself rules it out."""
    mine, theirs = one.applies_to, other.applies_to
    return not (
        _apart(mine.environments, theirs.environments)
        or _apart([each.casefold() for each in mine.accounts], [each.casefold() for each in theirs.accounts])
        or any(_apart(mine.tags[key], theirs.tags[key]) for key in mine.tags.keys() & theirs.tags.keys())
        or _providers(case, one).isdisjoint(_providers(case, other))
        or _kinds(one).isdisjoint(_kinds(other))
        or _apart(one.types & case.types, other.types & case.types)
    )


def _apart(one: Collection[str], other: Collection[str]) -> bool:
    return bool(one) and bool(other) and set(one).isdisjoint(other)


def _kinds(promise: Promise) -> frozenset[Kind]:
    also = promise.includes_config or promise.check.with_config
    return frozenset({promise.check.about, Kind.CONFIG} if also else {promise.check.about})
