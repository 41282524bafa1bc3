"""A scan: from a policy to a run. The one place where the stages meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.metadata import version
from typing import Any, Literal

from reports.document import (
    VERSION,
    AccountSeen,
    ContradictionFound,
    Coverage,
    ExceptionUse,
    GapFound,
    PolicyInfo,
    PromiseResult,
    PromiseVerdict,
    RefusedCall,
    Tally,
    TypeCount,
    Verdict,
)
from scanner.collect.model import (
    EVERYTHING,
    CredentialError,
    Gap,
    Options,
    Provider,
    ResourceType,
    ScopeError,
    Session,
)
from scanner.collect.plan import Plan, Wanted, plan
from scanner.collect.runner import Inventory, Record, Sink, Tape, collect
from scanner.collect.tape import RecordingError
from scanner.evaluate import Judge, verdict_of
from scanner.facts import JSON, Fragment, Kind, Reason, canonical, sha256
from scanner.facts.backup import Backup, Protection, RecoveryPoint
from scanner.facts.encryption import EncryptionAtRest
from scanner.facts.keys import KeyUse
from scanner.facts.membership import Container, Membership, Tagging
from scanner.flows import flows
from scanner.link import Estate, Linker
from scanner.places import tables as places_tables
from scanner.plain import plain
from scanner.policy import Policy, Promise
from scanner.policy.contradictions import contradictions
from scanner.policy.model import ACCOUNTS
from scanner.policy.scope import needs_tags
from scanner.run import Key, Pages, Run, basis, gap_entry
from scanner.shelf import Shelf
from scanner.verdicts import Totals, Verdicts

Open = Callable[[Provider, Mapping[str, Any]], Session]


Counted = tuple[str, str, str, Literal["resource", "gap", "type"], Verdict]
"""What findings are counted by: provider, account, type and kind of their subjects, and their verdict."""
Counts = Mapping[str, Counter[Counted]]
"""The counts of each promise."""


class NothingReached(Exception):
    """No account of any provider could be reached: there is nothing to give a verdict on."""


@dataclass(frozen=True, slots=True)
class Request:
    """What to scan. `only` limits the promises, `clouds` the providers; either makes the run partial. `options` say how
    to open each provider; `opened` opens sessions in another way, from a recording, say; `tape` keeps one. `plugins`
    are the other distributions that take part, with their versions.
    """

    policy: Policy
    providers: Mapping[str, Provider]
    at: datetime
    options: Mapping[str, Options] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    clouds: frozenset[str] = frozenset()
    tape: Tape | None = None
    opened: Open | None = None
    plugins: tuple[str, ...] = ()

    @property
    def partial(self) -> bool:
        """Whether an option left something out."""
        return bool(self.only or self.clouds)

    @property
    def scoped(self) -> Mapping[str, Provider]:
        """The providers that the policy has a scope for."""
        return {
            name: provider
            for name, provider in self.providers.items()
            if name in self.policy.scopes and (not self.clouds or name in self.clouds)
        }

    @property
    def promises(self) -> tuple[Promise, ...]:
        """The promises to judge."""
        return tuple(each for each in self.policy.promises if not self.only or each.id in self.only)


@dataclass(frozen=True, slots=True)
class Scanned:
    """A run without its place in the chain yet, and what is told beside the document: the calls that were made."""

    header: Mapping[str, Any]
    entries: Mapping[Key, Fragment]
    calls: Mapping[str, int]

    def after(self, previous: str) -> Run:
        """The run that follows the run of this digest."""
        return Run(self.header, self.entries, previous)


def scan(request: Request) -> Scanned:
    """Scan and judge. Raises NothingReached, ScopeError; every lesser trouble is part of the result."""
    linker = _linker(request)
    inventories = _inventories(request, linker)
    if not any(inventory.accounts for inventory in inventories):
        reasons = "; ".join(gap.detail for inventory in inventories for gap in inventory.gaps)
        raise NothingReached(reasons or "the policy's scope names no account that can be scanned")
    return _verdicts(request, linker.estate(inventories), inventories)


def judged(request: Request, inventories: list[Inventory], records: Iterable[Record]) -> Scanned:
    """Derive every fact and verdict from what was collected. Nothing is asked of a cloud."""
    linker = _linker(request)
    for record in records:
        linker.add(record, 0)
    return _verdicts(request, linker.estate(inventories), inventories)


def _linker(request: Request) -> Linker:
    facts = frozenset(fact for want in everything(request) for fact in want.facts)
    types = {kind.name: kind for provider in request.providers.values() for kind in provider.types}
    sweeps = {provider.name: provider.sweeps for provider in request.providers.values()}
    return Linker(types, sweeps, facts, request.policy)


def _verdicts(request: Request, estate: Estate, inventories: list[Inventory]) -> Scanned:
    exceptions = Exceptions(request.policy, request.at)
    spoken = {want.promise: want.types for want in wanted(request)}
    today = request.at.date()
    judges = [Judge(request.policy, p, spoken[p.id], exceptions.covers, today) for p in request.promises]
    verdicts = Verdicts(judges, estate.asked, exceptions.named)
    totals, pages = Totals(), Pages(Shelf().put)
    for linked in estate:
        told = verdicts.of(linked)
        totals.add(told.counted)
        pages.add(linked.row.id, linked.body, told.facts, told.verdicts)
    made: dict[Key, Fragment] = dict([*pages.end().items(), *map(gap_entry, estate.gaps)])
    counts = {judge.promise.id: _counted(judge.promise.id, totals) for judge in judges}
    for judge in judges:
        for finding in judge.others(totals.strangers(judge.promise.id), estate.gaps, estate.accounts):
            about = finding.subject
            counts[judge.promise.id][about.provider, about.account, about.type, about.kind, finding.verdict] += 1
            made["finding", finding.id] = Fragment(finding.model_dump(mode="json")).seal()
    made |= basis(request.policy.text, tables(request.providers))
    estate.close()
    calls = sum((Counter(inventory.calls) for inventory in inventories), Counter[str]())
    header = _header(request, inventories, estate.gaps, totals, counts, exceptions)
    return Scanned(header, made, dict(sorted(calls.items())))


def _counted(promise: str, totals: Totals) -> Counter[Counted]:
    found = totals.verdicts(promise)
    return Counter(
        {(provider, account, native, "resource", verdict): n for provider, account, native, verdict, n in found}
    )


def wanted(request: Request) -> list[Wanted]:
    """What each promise asks, in their order."""
    return [wants(request.policy, promise, request.providers) for promise in request.promises]


def everything(request: Request) -> list[Wanted]:
    """What is asked for all promises, of the resources that they judge and of those that tell about them."""
    asked = wanted(request)
    return [*asked, *(more for each in asked for more in supporting(each, request.providers))]


def wants(policy: Policy, promise: Promise, providers: Mapping[str, Provider]) -> Wanted:
    """What a promise asks: its check's facts of the types in its scope, and tags where a scope needs them."""
    reads = {fact.key for fact in promise.check.needs(promise.want)}
    own = [kind for name, each in providers.items() if name in promise.providers for kind in each.types]
    names = {kind.name for kind in own if kind.name in promise.types and _judged(promise, kind)}
    if Container.members.key in reads or KeyUse.sharers.key in reads:
        names |= {kind.name for kind in own if kind.kind is Kind.DATA or kind.container}
        reads.add(Tagging.tags.key)
    if KeyUse.sharers.key in reads:
        reads.add(EncryptionAtRest.key.key)
    if Membership.environments.key in reads or Membership.tenant.key in reads or needs_tags(policy, promise):
        reads.add(Tagging.tags.key)
    return Wanted(promise.id, frozenset(reads), frozenset(names))


def _judged(promise: Promise, kind: ResourceType) -> bool:
    if promise.check.judges_all(kind.kind, with_config=promise.includes_config):
        return kind.kind is Kind.DATA or promise.includes_config
    return not promise.check.traits.isdisjoint(answer.fact.facet for answer in kind.facts)


def supporting(want: Wanted, providers: Mapping[str, Provider]) -> Iterator[Wanted]:
    """What must be asked of other types before the facts of a promise are whole: the backup services that may protect
    a resource, with the tags by which they choose, and what a recovery point was made of.
    """
    types = {kind.name: kind for provider in providers.values() for kind in provider.types}
    own = [types[name] for name in want.types]
    if Backup.plans.key in want.facts and (covered := [kind for kind in own if kind.covered_by]):
        by = frozenset(name for kind in covered for name in kind.covered_by)
        yield Wanted(want.promise, frozenset({Protection.covers.key}), by)
        yield Wanted(want.promise, frozenset({Tagging.tags.key}), frozenset(kind.name for kind in covered))
    if RecoveryPoint.sources.key in want.facts:
        yield Wanted(want.promise, frozenset(), frozenset(name for kind in own for name in kind.points_of))


def plans(request: Request) -> Mapping[str, Plan]:
    """The plan of calls for each provider in scope."""
    asked = everything(request)
    return {name: plan(provider.types, asked) for name, provider in request.scoped.items()}


def _inventories(request: Request, sink: Sink) -> list[Inventory]:
    """The providers' inventories, side by side: they share nothing but the sink of their records."""
    made = plans(request)
    with ThreadPoolExecutor(max_workers=max(len(made), 1)) as pool:
        jobs = [
            pool.submit(_inventory, request, provider, made[name], sink) for name, provider in request.scoped.items()
        ]
        found = [job.result() for job in jobs]
    left = [name for name in request.policy.scopes if name not in request.scoped]
    return [_complete(request, each) for each in found] + [_nothing(name, "left out by an option") for name in left]


def _nothing(provider: str, why: str, reason: Reason = Reason.NOT_ASKED) -> Inventory:
    """A provider of which nothing was seen."""
    gap = Gap(provider, "", "", "scan", "", reason, why, (EVERYTHING,))
    return Inventory(provider, (), (), (gap,), (), {})


def _complete(request: Request, found: Inventory) -> Inventory:
    """The inventory, with a gap for each account that the policy expects and nobody told of."""
    told = {name.casefold() for name in (*found.names, *(gap.account for gap in found.gaps))}
    scope = request.policy.scopes[found.provider]
    expected = dict.fromkeys(str(name) for key in ACCOUNTS for name in scope.get(key, ()))
    why = "the policy expects it, and it was not reached"
    missing = [
        Gap(found.provider, name, "", "scan", "", Reason.UNREACHED, why, (EVERYTHING,))
        for name in expected
        if name.casefold() not in told
    ]
    if not found.accounts and not found.gaps:
        missing += _nothing(found.provider, "no account was reached", Reason.UNREACHED).gaps
    return replace(found, gaps=(*found.gaps, *missing))


def _inventory(request: Request, provider: Provider, made: Plan, sink: Sink) -> Inventory:
    options = request.options.get(provider.name, Options())
    scope = request.policy.scopes[provider.name]
    try:
        session = request.opened(provider, scope) if request.opened else provider.open(scope, options)
        try:
            return collect(provider, session, made, workers=options.workers, tape=request.tape, sink=sink)
        finally:
            session.close()
    except (ScopeError, RecordingError):
        raise
    except CredentialError as error:
        return _nothing(provider.name, str(error), Reason.UNREACHED)
    except ImportError as error:
        why = f"{error.name} is not installed; for the built-in providers: pip install 'asdeclared[{provider.name}]'"
        return _nothing(provider.name, why, Reason.UNREACHED)
    except Exception as error:  # noqa: BLE001 - a provider that breaks must not lose what the others brought
        return _nothing(provider.name, f"{provider.name} broke: {type(error).__name__}: {error}", Reason.FAILED)


class Exceptions:
    """The policy's exceptions and what became of them."""

    def __init__(self, policy: Policy, at: datetime) -> None:
        self._all = policy.exceptions
        self._today = at.date()
        self._used: set[int] = set()
        self.named = frozenset(each.resource.casefold() for each in self._all)

    def covers(self, promise: str, resource: str, condition: str, value: str) -> bool:
        """Whether an exception in force covers exactly this."""
        for number, each in enumerate(self._all):
            if each.covers(promise, resource, condition, value) and each.in_force(self._today):
                self._used.add(number)
                return True
        return False

    def uses(self) -> tuple[ExceptionUse, ...]:
        """Each exception with what it did."""
        return tuple(
            ExceptionUse.model_validate(
                {
                    "promise": each.promise,
                    "resource": each.resource,
                    "condition": each.condition,
                    "value": each.value,
                    "owner": each.owner,
                    "reason": each.reason,
                    "expires": each.expires.isoformat(),
                    "state": "used" if n in self._used else "unused" if each.in_force(self._today) else "expired",
                }
            )
            for n, each in enumerate(self._all)
        )


def _header(
    request: Request,
    inventories: list[Inventory],
    gaps: Iterable[Gap],
    totals: Totals,
    counts: Counts,
    exceptions: Exceptions,
) -> dict[str, Any]:
    promises = [_promise(request, each, counts[each.id]) for each in request.promises]
    policy = request.policy
    return {
        "schema": VERSION,
        "run": {
            "at": request.at.isoformat(),
            "scanner": version("asdeclared"),
            "tables": tables_digest(tables(request.providers)),
            "partial": request.partial,
            "only": sorted(request.only),
            "clouds": sorted(request.clouds),
            "plugins": list(request.plugins),
        },
        "policy": PolicyInfo(name=policy.name, organisation=policy.organisation, digest=policy.digest).model_dump(),
        "verdict": overall(each.verdict for each in promises),
        "promises": [each.model_dump(mode="json") for each in promises],
        "exceptions": [each.model_dump() for each in exceptions.uses()],
        "contradictions": [
            ContradictionFound(code=c.code, line=c.line, column=c.column, message=c.message).model_dump()
            for c in contradictions(policy, request.at.date(), _names(request.providers))
        ],
        "coverage": _coverage(request, inventories, gaps, totals).model_dump(mode="json"),
        "places": [each.model_dump(mode="json") for each in flows(totals.flows())],
    }


def overall(verdicts: Iterable[PromiseVerdict]) -> str:
    """The verdict on the whole: broken, else unproven (also where a promise's scope is empty), else as declared.

    Promises that nobody examined do not count; where there are no others, nothing is proven.
    """
    found = set(verdicts) - {PromiseVerdict.NOT_EXAMINED}
    if PromiseVerdict.BROKEN in found:
        return "broken"
    if found & {PromiseVerdict.UNPROVEN, PromiseVerdict.EMPTY} or not found:
        return "unproven"
    return "as declared"


def _promise(request: Request, promise: Promise, counted: Counter[Counted]) -> PromiseResult:
    scannable = any(provider in promise.providers for provider in request.policy.scopes)
    counts = Counter[Verdict]()
    for (*_, verdict), count in counted.items():
        counts[verdict] += count
    return PromiseResult(
        id=promise.id,
        says=promise.says,
        source=promise.source,
        check=promise.check.id,
        severity=promise.severity,
        parameters=_parameters(promise),
        applies_to=promise.applies_to.model_dump(mode="json", exclude_defaults=True),
        verdict=verdict_of(counts, scannable=scannable),
        counts={verdict.value: counts[verdict] for verdict in sorted(counts)},
        tallies=tuple(_tally(each, count) for each, count in sorted(counted.items())),
        not_examined=tuple(each.name for each in request.policy.unscanned),
        digest=promise.digest,
    )


def _tally(counted: Counted, count: int) -> Tally:
    provider, account, native, kind, verdict = counted
    return Tally(provider=provider, account=account, type=native, kind=kind, verdict=verdict, count=count)


def _parameters(promise: Promise) -> dict[str, Any]:
    values = {name: getattr(promise.want, name) for name in type(promise.want).model_fields}
    return {name: plain(value) for name, value in values.items() if value not in (None, (), "")}


def _coverage(request: Request, inventories: list[Inventory], gaps: Iterable[Gap], totals: Totals) -> Coverage:
    refused = totals.refused()
    refused.update((gap.call, gap.permission) for gap in gaps if gap.reason is Reason.REFUSED)
    return Coverage(
        accounts=tuple(_accounts(inventories)),
        types=tuple(TypeCount(provider=p, type=t, kind=k, modelled=m, count=n) for p, t, k, m, n in totals.types()),
        gaps=tuple(GapFound.model_validate({**_gap(gap), "id": gap.id}) for gap in gaps),
        refused=tuple(RefusedCall(call=c, permission=p, count=n) for (c, p), n in sorted(refused.items())),
        limits=tuple(limit for inventory in inventories for limit in inventory.limits),
        not_examined=tuple(each.name for each in request.policy.unscanned),
    )


def _gap(gap: Gap) -> dict[str, Any]:
    return {name: plain(getattr(gap, name)) for name in GapFound.model_fields if name != "id"}


def _accounts(inventories: list[Inventory]) -> Iterable[AccountSeen]:
    """Each account once. One that was reached may have gaps of its own, such as a region that is not enabled."""
    for inventory in inventories:
        for account in inventory.accounts:
            yield AccountSeen(
                provider=account.provider, id=account.id, name=account.name, reached=True, regions=account.regions
            )
        missed = {gap.account for gap in inventory.gaps if gap.reason in {Reason.UNREACHED, Reason.REFUSED}}
        for name in sorted(missed - {account.id for account in inventory.accounts}):
            yield AccountSeen(provider=inventory.provider, id=name, reached=False)


def _names(providers: Mapping[str, Provider]) -> frozenset[str]:
    return frozenset(kind.name for provider in providers.values() for kind in provider.types)


def tables(providers: Mapping[str, Provider]) -> dict[str, JSON]:
    """What verdicts rest on besides the program, by name: places and law, and how the modelled types are asked."""
    types = {
        kind.name: {
            "native": kind.native,
            "kind": kind.kind.value,
            "facts": [[answer.fact.key, *answer.paths] for answer in kind.facts],
            "calls": {"item": kind.each.operation, **{source: call.operation for source, call in kind.ask.items()}},
        }
        for provider in providers.values()
        for kind in provider.types
    }
    return {**places_tables(), "types.json": types}


def tables_digest(listed: Mapping[str, JSON]) -> str:
    """The digest of all tables: SHA-256 over the digest of each by name."""
    return sha256(canonical({name: sha256(canonical(body)) for name, body in listed.items()}))
