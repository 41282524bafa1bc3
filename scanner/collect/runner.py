"""The runner: makes the calls of a plan, at once where it can, and loses nothing of what came back.

Refused, absent, failed and incomplete are four things. A listing that was refused, or ended early, leaves a gap; what
came before it is kept.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Protocol

from scanner.collect import bodies
from scanner.collect.limits import Limits
from scanner.collect.model import (
    EVERYTHING,
    OTHERS,
    Account,
    Call,
    CallError,
    Discovery,
    Gap,
    Join,
    Per,
    Provider,
    ResourceType,
    Session,
    Sweep,
    Unit,
    declared,
    pointers,
    projections,
    take,
)
from scanner.collect.plan import Plan
from scanner.facts import (
    JSON,
    Absent,
    Body,
    Failed,
    Fragment,
    Kind,
    Projection,
    Reason,
    Refused,
    Reply,
    Unasked,
    canonical,
)

RATE = 100.0
"""Calls a second for one account and service; the vendors' own throttling is obeyed by the sessions."""


@dataclass(frozen=True, slots=True)
class Record:
    """A resource as it was collected: what it is, and the replies about it by source name ("item" is the listing's)."""

    id: str
    type: str
    kind: Kind
    provider: str
    account: str
    region: str
    partition: str
    name: str
    replies: Mapping[str, Reply]
    modelled: bool = True


@dataclass(frozen=True, slots=True)
class Inventory:
    """All that one provider showed. `names` are the accounts that were reached, by every name that they have."""

    provider: str
    accounts: tuple[Account, ...]
    records: tuple[Record, ...]
    gaps: tuple[Gap, ...]
    limits: tuple[str, ...]
    calls: Mapping[str, int]
    names: frozenset[str] = frozenset()


PARENTS = ("organizations/", "folders/")
"""What holds accounts and is none: a resource that belongs to it is in no account."""
NOTHING = "the item names nothing to ask for"
FORMS: Mapping[str, Callable[[str], str]] = {
    "": str,
    "lower": str.lower,
    "last": lambda value: value.rpartition("/")[2],
}
"""The forms in which a value may stand in an id; see `scanner.collect.model.ResourceType`."""
NOT_RECORDED = "NotRecorded"
"""The code of a CallError from a recording that does not hold the call: nobody asked, so nothing is known."""


class Tape(Protocol):
    """Keeps what came back, projected, for a replay."""

    def discovered(self, provider: str, found: Discovery) -> None:
        """What the discovery brought."""

    def replied(self, unit: Unit, call: Call, params: Mapping[str, JSON] | None, reply: Mapping[str, JSON]) -> None:
        """What a call brought: items, body, absent, refused or failed."""


class Blank:
    """A tape that keeps nothing."""

    def discovered(self, provider: str, found: Discovery) -> None:
        """Keep nothing."""

    def replied(self, unit: Unit, call: Call, params: Mapping[str, JSON] | None, reply: Mapping[str, JSON]) -> None:
        """Keep nothing."""


@dataclass(frozen=True, slots=True)
class _Listing:
    call: Call
    types: tuple[ResourceType, ...]
    sweep: Sweep | None

    @property
    def holds(self) -> tuple[str, ...]:
        return (*sorted(kind.name for kind in self.types), *([OTHERS] if self.sweep else []))


@dataclass(slots=True)
class _Listed:
    listing: _Listing
    unit: Unit
    items: list[JSON] = field(default_factory=list)
    gap: Gap | None = None


def collect(
    provider: Provider,
    session: Session,
    plan: Plan,
    *,
    workers: int = 16,
    tape: Tape | None = None,
    executor: Executor | None = None,
) -> Inventory:
    """Carry out the plan for one provider. Raises only what the session's discovery raises."""
    found = session.discover()
    run = _Run(provider, session, plan, tape or Blank())
    run.tape.discovered(provider.name, found)
    if executor is not None:
        run.go(found, executor)
    else:
        with ThreadPoolExecutor(max_workers=workers) as pool:
            run.go(found, pool)
    records = sorted(run.records.values(), key=lambda record: record.id)
    gaps = _merged((*found.gaps, *run.gaps))
    calls = dict(sorted(Counter(run.made).items()))
    names = frozenset((*(account.id for account in found.accounts), *found.aliases.values()))
    return Inventory(provider.name, found.accounts, tuple(records), gaps, found.limits, calls, names)


class _Run:
    def __init__(self, provider: Provider, session: Session, plan: Plan, tape: Tape) -> None:
        self.provider, self.session, self.plan, self.tape = provider, session, plan, tape
        self.limits = Limits(RATE)
        self.aliases: Mapping[str, str] = {}
        self.named: frozenset[str] = frozenset()
        self.records: dict[str, Record] = {}
        self.shown: set[str] = set()
        self.gaps: list[Gap] = []
        self.made: deque[str] = deque()
        self.native = frozenset(kind.native.lower() for kind in provider.types)
        self.asked: dict[tuple[object, ...], Future[Mapping[str, JSON]]] = {}
        self.told: dict[tuple[Future[Mapping[str, JSON]], str], Mapping[str, list[JSON]]] = {}
        self.projections = {name: projections(plan.types[name]) for name in plan.asks}
        self.shared = _shared(plan)

    def go(self, found: Discovery, executor: Executor) -> None:
        self.aliases = found.aliases
        self.named = frozenset((*(each.id for each in found.accounts), *(gap.account for gap in found.gaps)))
        listings = list(self._listings())
        self.gaps.extend(self._blind(found, listings))
        jobs = [
            executor.submit(self._list, listing, unit)
            for account in found.accounts
            for listing in listings
            for unit in _units(account, listing.call)
        ]
        waiting: list[tuple[Record, ResourceType, dict[str, _Ask]]] = []
        # In this order, not as they complete: of two records of one id the same one stays in every run.
        for listed in (job.result() for job in jobs):
            if listed.gap:
                self.gaps.append(listed.gap)
            waiting.extend(self._sort_out(listed, executor))
        for _, _, asks in waiting:
            self._follow(asks, executor)
        for record, kind, asks in waiting:
            replies = {source: self._reply(kind, source, ask) for source, ask in asks.items()}
            self._keep(_with(record, replies))

    def _listings(self) -> Iterator[_Listing]:
        calls = {sweep.each.key: sweep.each for sweep in self.provider.sweeps}
        calls |= {self.plan.types[name].each.key: self.plan.types[name].each for name in self.plan.asks}
        for key, call in calls.items():
            types = tuple(self.plan.types[name] for name in self.plan.asks if self.plan.types[name].each.key == key)
            yield _Listing(call, types, next((s for s in self.provider.sweeps if s.each.key == key), None))

    def _blind(self, found: Discovery, listings: list[_Listing]) -> Iterator[Gap]:
        """What is known beforehand not to be seen: what a sweep cannot show, and regions that nobody named."""
        excused = {gap.account for gap in found.gaps}
        for account in found.accounts:
            for listing in listings:
                if listing.sweep is not None and listing.sweep.blind:
                    why = listing.sweep.blind
                    yield self._gap(Unit(account), listing.call, Reason.INCOMPLETE, why, (OTHERS,))
                if listing.call.per is Per.REGION and not account.regions and account.id not in excused:
                    why = f"no region of {account.id} is known in which it could be listed"
                    yield self._gap(Unit(account), listing.call, Reason.NOT_ASKED, why, listing.holds)

    def _list(self, listing: _Listing, unit: Unit) -> _Listed:
        listed = _Listed(listing, unit)
        call = listing.call
        try:
            for body in self._pages(unit, call, _given(call, unit)):
                listed.items.extend(bodies.items_in(body, call) if call.items else [body])
        except CallError as error:
            reason = _reason(error)
            listed.gap = self._gap(unit, call, reason, error.detail, listing.holds)
            if reason is not Reason.NOT_ASKED:
                self.tape.replied(unit, call, _given(call, unit), {reason.value: error.detail})
        return listed

    def _pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The runner's boundary: whatever goes wrong in a provider becomes a CallError of this one call."""
        self.limits.wait(unit.account.id, call.operation.partition(".")[0])
        self.made.append(call.operation)
        try:
            for body in self.session.pages(unit, call, params):
                yield bodies.plain(body, call)
        except CallError:
            raise
        except Exception as error:
            raise CallError(
                type(error).__name__, refused=False, detail=f"{type(error).__name__} in {call.operation}"
            ) from error

    def _gap(self, unit: Unit, call: Call, reason: Reason, detail: str, types: tuple[str, ...]) -> Gap:
        account = unit.account
        return Gap(account.provider, account.id, unit.region, call.operation, call.permission, reason, detail, types)

    def _sort_out(self, listed: _Listed, executor: Executor) -> Iterator[tuple[Record, ResourceType, dict[str, _Ask]]]:
        kept: list[JSON] = []
        types, sweep = listed.listing.types, listed.listing.sweep
        for item in listed.items:
            kind = next((kind for kind in types if _matches(kind, item)), None)
            if kind is not None:
                kept.append(self._item(kind, item))
                record = self._record(kind, kind.name, kind.kind, listed, item, kept[-1])
                if record and not self._is_lent(record, listed.unit):
                    yield record, kind, self._asks(kind, record, listed.unit, item, executor)
            elif sweep is not None:
                kept.append(self._item(sweep, item))
                self._swept(sweep, listed, item, kept[-1])
            elif doubtful := [kind for kind in types if _matches(kind, item) is None]:
                kept.append(self._item(doubtful[0], item))
                self._shapeless(listed, "does not tell its type", (each.name for each in doubtful))
        if kept or not listed.gap:
            call = listed.listing.call
            self.tape.replied(listed.unit, call, _given(call, listed.unit), {"items": kept})

    def _is_lent(self, record: Record, unit: Unit) -> bool:
        """Whether another account lists what its owner has shown already, who is told more of it."""
        if record.account == unit.account.id:
            self.shown.add(record.id)
            return False
        return record.id in self.shown

    def _item(self, spec: ResourceType | Sweep, item: JSON) -> JSON:
        if isinstance(spec, Sweep):
            return Projection.of(pointers(spec))(item)
        return bodies.in_order(self.projections[spec.name]["item"](item), _unordered(spec, "item"))

    def _shapeless(self, listed: _Listed, what: str, types: Iterable[str]) -> None:
        call = listed.listing.call
        detail = f"an item of {call.operation} {what}"
        self.gaps.append(self._gap(listed.unit, call, Reason.SHAPE, detail, tuple(sorted(types))))

    def _nameless(self, listed: _Listed, owner: str) -> None:
        """Items of an account that nothing names cannot be matched with the accounts of the policy."""
        call = listed.listing.call
        why = f"items of {call.operation} belong to {owner}, which nothing names as an account of the policy"
        self.gaps.append(
            Gap(listed.unit.account.provider, owner, "", call.operation, "", Reason.SHAPE, why, (EVERYTHING,))
        )

    def _swept(self, sweep: Sweep, listed: _Listed, item: JSON, body: JSON) -> None:
        native = sweep.native(item) if isinstance(item, Mapping) else ""
        if native.lower() not in self.native:
            swept = self._record(sweep, native, self.provider.kind(native), listed, item, body)
            if swept:
                self.records.setdefault(swept.id, swept)

    def _record(
        self, spec: ResourceType | Sweep, name: str, kind: Kind, listed: _Listed, item: JSON, body: JSON
    ) -> Record | None:
        unit, call = listed.unit, listed.listing.call
        here = Unit(unit.account, (_text(item, spec.region) if spec.region else "") or unit.region)
        told = _text(item, spec.account) if spec.account else ""
        owner = told or unit.account.id
        if told and not told.startswith(PARENTS) and told not in self.aliases and told not in self.named:
            self._nameless(listed, told)
        own = _expand(spec.id, item, here)
        if own is None:
            self._shapeless(listed, "has no id", [name] if isinstance(spec, ResourceType) else [OTHERS])
            return None
        return Record(
            id=own,
            type=name,
            kind=kind,
            provider=unit.account.provider,
            account=self.aliases.get(owner, owner),
            region=here.region,
            partition=unit.account.partition,
            name=_text(item, spec.label),
            replies={"item": Body(call.operation, call.permission, Fragment(body))},
            modelled=isinstance(spec, ResourceType),
        )

    def _asks(self, kind: ResourceType, record: Record, unit: Unit, item: JSON, executor: Executor) -> dict[str, _Ask]:
        asks: dict[str, _Ask] = {}
        for source, call in kind.ask.items():
            here = Unit(unit.account, record.region if call.per is Per.REGION else "")
            if source not in self.plan.asks[kind.name]:
                asks[source] = _Ask(call, "no promise asks for it")
            elif call.unless and take(item, call.unless):
                asks[source] = _Ask(call, "the listing tells it already")
            elif call.follows:
                asks[source] = _Ask(call, unit=here)
            elif call.join:
                job = self._ask(here, call, dict(call.give), executor)
                asks[source] = _Ask(call, jobs=[job], names=_names(call.join, item))
            else:
                asks[source] = self._asked(here, call, [item], executor)
        return asks

    def _follow(self, asks: dict[str, _Ask], executor: Executor) -> None:
        """Make the asks that take their parameters from the reply to another. Where that one brought none, its outcome
        is theirs.
        """
        for source, ask in asks.items():
            if ask.unit is not None:
                first = asks[ask.call.follows]
                found = [body for job in first.jobs if (body := job.result().get("body")) is not None]
                good = first.call.apart or (found and len(found) == len(first.jobs))
                asks[source] = self._asked(ask.unit, ask.call, found, executor) if good else first

    def _asked(self, unit: Unit, call: Call, named_by: Iterable[JSON], executor: Executor) -> _Ask:
        params = [each for value in named_by for each in _parameters(call, value, unit)]
        jobs: dict[Future[Mapping[str, JSON]], Mapping[str, JSON]] = {}
        for each in params:
            jobs.setdefault(self._ask(unit, call, each, executor), each)
        return _Ask(call, "" if jobs else NOTHING, list(jobs), of=list(jobs.values()))

    def _ask(
        self, unit: Unit, call: Call, params: Mapping[str, JSON], executor: Executor
    ) -> Future[Mapping[str, JSON]]:
        """One request, however many records and types ask it."""
        request = f"{unit.key} {call.operation} {canonical(dict(params)).decode()}"
        key = (request, call.items, call.absent, call.decode)
        if key not in self.asked:
            self.asked[key] = executor.submit(self._one, unit, call, params, self.shared[call.operation])
        return self.asked[key]

    def _one(self, unit: Unit, call: Call, params: Mapping[str, JSON], keep: Projection) -> Mapping[str, JSON]:
        try:
            reply: Mapping[str, JSON] = {"body": keep(bodies.joined(call, self._pages(unit, call, params)))}
        except CallError as error:
            if error.code == NOT_RECORDED:
                return {"unasked": error.detail}
            if error.code in call.absent:
                reply = {"absent": error.code}
            elif error.refused:
                reply = {"refused": error.code}
            else:
                reply = {"failed": error.detail}
        self.tape.replied(unit, call, params, reply)
        return reply

    def _reply(self, kind: ResourceType, source: str, ask: _Ask) -> Reply:
        if ask.unasked:
            return Unasked(ask.call.operation, ask.call.permission, ask.unasked)
        keep = self.projections[kind.name][source]
        replies = [job.result() for job in ask.jobs]
        bad = [reply for reply in replies if "body" not in reply]
        if ask.call.apart and any("body" in reply or "absent" in reply for reply in replies):
            return Body(ask.call.operation, ask.call.permission, Fragment(keep(_apart(ask))))
        if bad:
            # What was refused or failed decides: that another of the requests found nothing does not answer for it.
            worst = min(bad, key=lambda reply: "absent" in reply)
            if "absent" in worst and len(bad) < len(replies):
                return Failed(ask.call.operation, ask.call.permission, "some of its requests found nothing")
            return _outcome(ask.call, worst)
        try:
            # Requests are shared between records, their bodies must not be.
            found = [self._telling(ask)] if ask.call.join else [reply["body"] for reply in replies]
            body = keep(bodies.joined(ask.call, map(deepcopy, found)))
        except CallError as error:
            return Failed(ask.call.operation, ask.call.permission, error.detail)
        return Body(ask.call.operation, ask.call.permission, Fragment(bodies.in_order(body, _unordered(kind, source))))

    def _telling(self, ask: _Ask) -> JSON:
        """The listing with only the items that tell of a resource."""
        (job,) = ask.jobs
        key = (job, ask.call.join.at if ask.call.join else "")
        if key not in self.told:
            self.told[key] = bodies.by_name(ask.call, job.result()["body"])
        return bodies.nested(ask.call.items, [item for name in ask.names for item in self.told[key].get(name, ())])

    def _keep(self, record: Record) -> None:
        self.records[record.id] = record


@dataclass(frozen=True, slots=True)
class _Ask:
    """`unit` is where it is to be made after the one that it follows; `of` are the parameters of each job; `names` are
    those by which the items of a joined listing tell of the resource.
    """

    call: Call
    unasked: str = ""
    jobs: list[Future[Mapping[str, JSON]]] = field(default_factory=list)
    unit: Unit | None = None
    of: list[Mapping[str, JSON]] = field(default_factory=list)
    names: tuple[str, ...] = ()


def _outcome(call: Call, reply: Mapping[str, JSON]) -> Reply:
    match reply:
        case {"absent": str(code)}:
            return Absent(call.operation, call.permission, code)
        case {"refused": str(code)}:
            return Refused(call.operation, call.permission, code)
        case {"unasked": str(detail)}:
            return Unasked(call.operation, call.permission, detail)
        case _:
            return Failed(call.operation, call.permission, str(reply.get("failed", "an unforeseen reply")))


def _shared(plan: Plan) -> Mapping[str, Projection]:
    """By operation, all that any planned ask declares of its reply: one request may answer several types."""
    paths: defaultdict[str, set[str]] = defaultdict(set)
    for name, sources in plan.asks.items():
        for source in sources:
            call = plan.types[name].ask[source]
            told = declared(plan.types[name], source)
            paths[call.operation] |= {each.removeprefix(call.single) for each in told if each.startswith(call.single)}
    return {operation: Projection.of(found) for operation, found in paths.items()}


def _reason(error: CallError) -> Reason:
    if error.code == NOT_RECORDED:
        return Reason.NOT_ASKED
    return Reason.REFUSED if error.refused else Reason.FAILED


def _merged(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Gaps of one id as one, which may hide what any of them may."""
    merged: dict[str, Gap] = {}
    for gap in sorted(gaps):
        before = merged.get(gap.id, gap)
        merged[gap.id] = replace(before, types=tuple(sorted({*before.types, *gap.types})))
    return tuple(merged[name] for name in sorted(merged))


def _units(account: Account, call: Call) -> Iterable[Unit]:
    if call.per is Per.ACCOUNT:
        return (Unit(account),)
    return (Unit(account, region) for region in account.regions)


def _matches(kind: ResourceType, item: JSON) -> bool | None:
    """Whether an item is of the type; None where it does not tell."""
    doubt = False
    for pointer, accepted in kind.only.items():
        told = {value.lower() for value in take(item, pointer) if isinstance(value, str)}
        if told and not told & accepted:
            return False
        doubt = doubt or not told
    return None if doubt else True


def _expand(template: str, item: JSON, unit: Unit) -> str | None:
    parts = template.split("{")
    text = parts[0]
    for part in parts[1:]:
        named, _, rest = part.partition("}")
        name, _, form = named.partition("|")
        value = _named(name, item, unit)
        if not value:
            return None
        text += FORMS[form](value) + rest
    return text


def _named(name: str, item: JSON, unit: Unit) -> str:
    match name:
        case "@account":
            return unit.account.id
        case "@region":
            return unit.region
        case "@partition":
            return unit.account.partition
        case _:
            return _text(item, name)


def _text(item: JSON, pointer: str) -> str:
    values = take(item, pointer)
    return str(values[0]) if values and isinstance(values[0], str | int) else ""


def _parameters(call: Call, item: JSON, unit: Unit) -> Iterator[Mapping[str, JSON]]:
    """The parameters of each request: one, or one for each value of a pointer with `*`."""
    sets: list[dict[str, JSON]] = [dict(call.give)]
    for name, pointer in call.take.items():
        values = [_named(pointer, item, unit)] if pointer.startswith("@") else take(item, pointer)
        sets = [{**each, name: value} for each in sets for value in values]
    yield from sets


def _given(call: Call, unit: Unit) -> Mapping[str, JSON]:
    """The parameters of a listing: there is no item to take them from, but its account and region."""
    return next(iter(_parameters(call, None, unit)))


def _names(join: Join, item: JSON) -> tuple[str, ...]:
    found = (f"{before}{value}" for pointer, before in join.names.items() for value in take(item, pointer))
    return tuple(dict.fromkeys(found))


def _apart(ask: _Ask) -> JSON:
    """What each request of an ask brought, with the values that were taken for it, in their order."""
    told = [
        {"of": {name: of[name] for name in ask.call.take}, **job.result()}
        for of, job in zip(ask.of, ask.jobs, strict=True)
    ]
    return deepcopy(sorted(told, key=lambda each: canonical(each["of"])))


def _unordered(kind: ResourceType, source: str) -> list[str]:
    return [path.partition(":")[2] for path in kind.unordered if path.startswith(f"{source}:")]


def _with(record: Record, replies: Mapping[str, Reply]) -> Record:
    return replace(record, replies={**record.replies, **replies})
