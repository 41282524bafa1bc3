"""The runner: makes the calls of a plan, at once where it can, and loses nothing of what came back.

Refused, absent, failed and incomplete are four things. A listing that was refused, or ended early, leaves a gap; what
came before it is kept.
"""

from __future__ import annotations

import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import orjson

from scanner.collect import bodies
from scanner.collect.asks import Ask, Ready, opened, requested, unordered_of
from scanner.collect.items import expand, given, matches, parameters, text
from scanner.collect.joined import Joined, Read, names
from scanner.collect.limits import Limits
from scanner.collect.model import (
    EVERYTHING,
    OTHERS,
    Account,
    Call,
    CallError,
    Discovery,
    Gap,
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
    Body,
    Fragment,
    Kind,
    Projection,
    Reason,
    Reply,
    Unasked,
    canonical,
)

RATE = 100.0
"""Calls a second for one account and service; the vendors' own throttling is obeyed by the sessions."""


@dataclass(slots=True)
class Record:
    """A resource as it was collected: what it is, and the replies about it by source name ("item" is the listing's).

    It is not frozen because making frozen ones takes a tenth of the time of a scan of a large estate.
    """

    id: str
    type: str
    kind: Kind
    provider: str
    account: str
    region: str
    partition: str
    name: str
    replies: dict[str, Reply]
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


class Sink(Protocol):
    """Takes records as they become whole, from several threads. Of two of one id, that of the higher rank stays, which
    is the same one in every scan.
    """

    def add(self, record: Record, rank: int) -> None:
        """Take a record."""


class Records:
    """A sink that holds the records in memory."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[int, Record]] = {}
        self._lock = threading.Lock()

    def add(self, record: Record, rank: int) -> None:
        """Take a record."""
        with self._lock:
            held = self._held.get(record.id)
            if held is None or held[0] < rank:
                self._held[record.id] = rank, record

    def sorted(self) -> tuple[Record, ...]:
        """The records, by their ids."""
        return tuple(self._held[name][1] for name in sorted(self._held))


OWN, LENT = 1 << 60, 1 << 56
"""The ranks of records that their own account lists, and of those that another one lists, begin here; that of what a
sweep saw is below.
"""
PARENTS = ("organizations/", "folders/")
"""What holds accounts and is none: a resource that belongs to it is in no account."""
NOTHING = "the item names nothing to ask for"
UNPLANNED = "no promise asks for it"
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


@dataclass(frozen=True)
class _Listing:
    call: Call
    types: tuple[ResourceType, ...]
    sweep: Sweep | None

    @property
    def holds(self) -> tuple[str, ...]:
        return (*sorted(kind.name for kind in self.types), *([OTHERS] if self.sweep else []))

    def kind(self, item: JSON) -> ResourceType | None:
        """The type of an item: the first that it matches."""
        told = {each.lower() for each in take(item, self._pointer) if isinstance(each, str)} if self._pointer else ()
        if len(told) == 1:
            return self._told.get(*told)
        return next((kind for kind in self.types if matches(kind, item)), None)

    @cached_property
    def _pointer(self) -> str:
        """The one pointer that tells all types apart; "" where there is none."""
        pointers = {tuple(kind.only) for kind in self.types}
        return next(iter(pointers))[0] if len(pointers) == 1 and len(next(iter(pointers))) == 1 else ""

    @cached_property
    def _told(self) -> Mapping[str, ResourceType]:
        """The first type of each value at that pointer."""
        return {value: kind for kind in reversed(self.types) for value in kind.only[self._pointer]}


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A record that is not whole yet."""

    record: Record
    kind: ResourceType
    asks: dict[str, Ask]
    rank: int


@dataclass(slots=True)
class _Listed:
    """What came of a listing: the records that wait for their asks, those that another account owns, and, for a
    recording, its items. `number` is its place among the listings.
    """

    listing: _Listing
    unit: Unit
    number: int
    count: int = 0
    waiting: list[_Waiting] = field(default_factory=list)
    lent: list[tuple[Record, ResourceType, JSON, int]] = field(default_factory=list)
    items: list[JSON] = field(default_factory=list)


def collect(
    provider: Provider,
    session: Session,
    plan: Plan,
    *,
    workers: int = 16,
    tape: Tape | None = None,
    executor: Executor | None = None,
    sink: Sink | None = None,
) -> Inventory:
    """Carry out the plan for one provider. The records go to the sink, as they come, or without one to the inventory.
    Raises only what the session's discovery raises.
    """
    found = session.discover()
    held = Records()
    run = _Run(provider, session, plan, tape, sink or held)
    run.tape.discovered(provider.name, found)
    if executor is not None:
        run.go(found, executor)
    else:
        with ThreadPoolExecutor(max_workers=workers) as pool:
            run.go(found, pool)
    gaps = _merged((*found.gaps, *run.gaps))
    calls = dict(sorted(Counter(run.made).items()))
    names = frozenset((*(account.id for account in found.accounts), *found.aliases.values()))
    return Inventory(provider.name, found.accounts, held.sorted(), gaps, found.limits, calls, names)


class _Run:
    def __init__(self, provider: Provider, session: Session, plan: Plan, tape: Tape | None, sink: Sink) -> None:
        self.provider, self.session, self.plan, self.sink = provider, session, plan, sink
        self.tape, self.taped = tape or Blank(), tape is not None
        self.limits = Limits(RATE)
        self.aliases: Mapping[str, str] = {}
        self.named: frozenset[str] = frozenset()
        self.shown: set[str] = set()
        self.gaps: set[Gap] = set()
        self.made: deque[str] = deque()
        self.native = frozenset(kind.native.lower() for kind in provider.types)
        self.lock = threading.Lock()
        self.asked: dict[tuple[object, ...], Future[Mapping[str, JSON]]] = {}
        self.joined: dict[tuple[object, ...], Joined] = {}
        self.ready: dict[tuple[str, str, str], tuple[Ready | tuple[str, Reply], ...]] = {}
        self.projections = {name: projections(plan.types[name]) for name in plan.asks}
        self.swept = {sweep.each.key: Projection.of(pointers(sweep)) for sweep in provider.sweeps}
        self.shared = _shared(plan)
        self.told = _told(plan)
        self.unasked = {
            (name, source): Unasked(call.operation, call.permission, UNPLANNED)
            for name in plan.asks
            for source, call in plan.types[name].ask.items()
        }
        self.at_once = {name: _is_told_by_listings(plan.types[name], asks) for name, asks in plan.asks.items()}

    def go(self, found: Discovery, executor: Executor) -> None:
        self.aliases = found.aliases
        self.named = frozenset((*(each.id for each in found.accounts), *(gap.account for gap in found.gaps)))
        listings = list(self._listings())
        self.gaps.update(self._blind(found, listings))
        units = (
            (listing, unit)
            for account in found.accounts
            for listing in listings
            for unit in _units(account, listing.call)
        )
        jobs = [executor.submit(self._list, listing, unit, n, executor) for n, (listing, unit) in enumerate(units)]
        listed = [job.result() for job in jobs]
        waiting = [each for one in listed for each in (*one.waiting, *self._borrowed(one, executor))]
        for each in waiting:
            self._follow(each.asks, executor)
        for each in waiting:
            replies = {source: self._reply(each.kind, source, ask) for source, ask in each.asks.items()}
            self._give(_with(each.record, replies), each.rank, each.kind)

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

    def _list(self, listing: _Listing, unit: Unit, number: int, executor: Executor) -> _Listed:
        """Make a listing. A record that needs nothing but joined listings is whole at once; the others wait."""
        listed = _Listed(listing, unit, number)
        call = listing.call
        params = given(call, unit)
        broken = ""
        try:
            for body in self._pages(unit, call, params):
                for item in bodies.items_in(body, call) if call.items else [body]:
                    self._sort_out(listed, item, executor)
        except CallError as error:
            reason = _reason(error)
            broken = error.detail
            self.gaps.add(self._gap(unit, call, reason, error.detail, listing.holds))
            if reason is not Reason.NOT_ASKED:
                self.tape.replied(unit, call, params, {reason.value: error.detail})
        if listed.items or not broken:
            self.tape.replied(unit, call, params, {"items": listed.items})
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

    def _sort_out(self, listed: _Listed, item: JSON, executor: Executor) -> None:
        listed.count += 1
        rank = OWN + (listed.number << 32) + listed.count
        types, sweep = listed.listing.types, listed.listing.sweep
        kind = listed.listing.kind(item)
        if kind is not None:
            body = bodies.in_order(self.projections[kind.name]["item"](item), unordered_of(kind, "item"))
            record = self._record(kind, kind.name, kind.kind, listed, item, body)
            if record is not None and self._is_lent(record, listed.unit):
                listed.lent.append((record, kind, item, rank - OWN + LENT))
            elif record is not None and self.at_once[kind.name]:
                self._give(self._whole(kind, record, listed.unit, item, executor), rank, kind)
            elif record is not None:
                asks = self._asks(kind, record, listed.unit, item, executor)
                listed.waiting.append(_Waiting(record, kind, asks, rank))
        elif sweep is not None:
            body = self.swept[sweep.each.key](item)
            self._swept(sweep, listed, item, body, OWN - rank)
        elif doubtful := [kind for kind in types if matches(kind, item) is None]:
            body = bodies.in_order(self.projections[doubtful[0].name]["item"](item), unordered_of(doubtful[0], "item"))
            self._shapeless(listed, "does not tell its type", (each.name for each in doubtful))
        else:
            return
        if self.taped:
            listed.items.append(body)

    def _give(self, record: Record, rank: int, spec: ResourceType | Sweep) -> None:
        """Give a record to the sink. One that JSON cannot hold, being too deep, loses no other."""
        try:
            self.sink.add(record, rank)
        except (TypeError, ValueError):
            call, types = spec.each, (spec.name if isinstance(spec, ResourceType) else OTHERS,)
            detail = f"an item of {call.operation} cannot be written as JSON"
            where = (record.provider, record.account, record.region)
            self.gaps.add(Gap(*where, call.operation, call.permission, Reason.SHAPE, detail, types))

    def _whole(self, kind: ResourceType, record: Record, unit: Unit, item: JSON, executor: Executor) -> Record:
        """The record with its replies, of which none needs a request of its own."""
        named: dict[tuple[tuple[str, str], ...], tuple[str, ...]] = {}
        for each in self._told_of(kind, unit, record.region, executor):
            if isinstance(each, Ready):
                if each.by not in named:
                    named[each.by] = names(each.by, item)
                record.replies[each.source] = each.reply(named[each.by])
            else:
                source, record.replies[source] = each
        return record

    def _told_of(
        self, kind: ResourceType, unit: Unit, region: str, executor: Executor
    ) -> Iterable[Ready | tuple[str, Reply]]:
        """For each ask of a type the joined listing that answers it, or the reply where nothing was planned."""
        key = (kind.name, unit.account.id, region)
        if key not in self.ready:
            self.ready[key] = tuple(
                Ready(
                    source,
                    call,
                    self._joined(unit.account, region, call, executor),
                    self.projections[kind.name][source],
                    unordered_of(kind, source),
                )
                if call.join and source in self.plan.asks[kind.name]
                else (source, self.unasked[kind.name, source])
                for source, call in kind.ask.items()
            )
        return self.ready[key]

    def _is_lent(self, record: Record, unit: Unit) -> bool:
        """Whether it is listed by another account than its own, which is told more of it. A parent's resources are in
        the accounts below it.
        """
        if record.account == unit.account.id:
            self.shown.add(record.id)
        return record.account != unit.account.id and not unit.account.id.startswith(PARENTS)

    def _borrowed(self, listed: _Listed, executor: Executor) -> Iterator[_Waiting]:
        """What another account owns, and has not shown."""
        for record, kind, item, rank in listed.lent:
            if record.id not in self.shown:
                yield _Waiting(record, kind, self._asks(kind, record, listed.unit, item, executor), rank)

    def _shapeless(self, listed: _Listed, what: str, types: Iterable[str]) -> None:
        call = listed.listing.call
        detail = f"an item of {call.operation} {what}"
        self.gaps.add(self._gap(listed.unit, call, Reason.SHAPE, detail, tuple(sorted(types))))

    def _nameless(self, listed: _Listed, owner: str) -> None:
        """Items of an account that nothing names cannot be matched with the accounts of the policy."""
        call = listed.listing.call
        why = f"items of {call.operation} belong to {owner}, which nothing names as an account of the policy"
        self.gaps.add(
            Gap(listed.unit.account.provider, owner, "", call.operation, "", Reason.SHAPE, why, (EVERYTHING,))
        )

    def _swept(self, sweep: Sweep, listed: _Listed, item: JSON, body: JSON, rank: int) -> None:
        native = sweep.native(item) if isinstance(item, Mapping) else ""
        if native.lower() not in self.native:
            swept = self._record(sweep, native, self.provider.kind(native), listed, item, body)
            if swept:
                self._give(swept, rank, sweep)

    def _record(
        self, spec: ResourceType | Sweep, name: str, kind: Kind, listed: _Listed, item: JSON, body: JSON
    ) -> Record | None:
        unit, call = listed.unit, listed.listing.call
        here = Unit(unit.account, (text(item, spec.region) if spec.region else "") or unit.region)
        told = text(item, spec.account) if spec.account else ""
        owner = told or unit.account.id
        if told and not told.startswith(PARENTS) and told not in self.aliases and told not in self.named:
            self._nameless(listed, told)
        own = expand(spec.id, item, here)
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
            name=text(item, spec.label),
            replies={"item": Body(call.operation, call.permission, Fragment(body))},
            modelled=isinstance(spec, ResourceType),
        )

    def _asks(self, kind: ResourceType, record: Record, unit: Unit, item: JSON, executor: Executor) -> dict[str, Ask]:
        asks: dict[str, Ask] = {}
        for source, call in kind.ask.items():
            if source not in self.plan.asks[kind.name]:
                asks[source] = Ask(call, UNPLANNED)
            elif call.unless and take(item, call.unless):
                asks[source] = Ask(call, "the listing tells it already")
            elif call.join:
                join = self._joined(unit.account, record.region, call, executor)
                asks[source] = Ask(call, join=join, names=names(tuple(call.join.names.items()), item))
            elif call.follows:
                asks[source] = Ask(call, unit=_here(unit.account, record.region, call))
            else:
                asks[source] = self._asked(_here(unit.account, record.region, call), call, [item], executor)
        return asks

    def _follow(self, asks: dict[str, Ask], executor: Executor) -> None:
        """Make the asks that take their parameters from the reply to another. Where that one brought none, its outcome
        is theirs.
        """
        for source, ask in asks.items():
            if ask.unit is not None:
                first = asks[ask.call.follows]
                found = [opened(reply) for job in first.jobs if "body" in (reply := job.result())]
                good = first.call.apart or (found and len(found) == len(first.jobs))
                asks[source] = self._asked(ask.unit, ask.call, found, executor) if good else first

    def _asked(self, unit: Unit, call: Call, named_by: Iterable[JSON], executor: Executor) -> Ask:
        params = [each for value in named_by for each in parameters(call, value, unit)]
        jobs: dict[Future[Mapping[str, JSON]], Mapping[str, JSON]] = {}
        for each in params:
            jobs.setdefault(self._ask(unit, call, each, executor), each)
        return Ask(call, "" if jobs else NOTHING, list(jobs), of=list(jobs.values()))

    def _ask(
        self, unit: Unit, call: Call, params: Mapping[str, JSON], executor: Executor
    ) -> Future[Mapping[str, JSON]]:
        """One request, however many records and types ask it."""
        request = f"{unit.key} {call.operation} {canonical(dict(params)).decode()}"
        key = (request, call.items, call.absent, call.decode)
        with self.lock:
            if key not in self.asked:
                self.asked[key] = executor.submit(self._one, unit, call, params)
            return self.asked[key]

    def _joined(self, account: Account, region: str, call: Call, executor: Executor) -> Joined:
        """One listing that tells of others, however many records ask for it."""
        unit = _here(account, region, call)
        made = Joined(call, self.told[call.key], lambda read: self._one(unit, call, call.give, read), self.taped)
        with self.lock:
            found = self.joined.setdefault((unit.key, call.key, call.items, call.absent, call.decode), made)
        if found is made:
            # It begins at once where a thread is free; who needs it first makes it where none is.
            executor.submit(found.ready)
        return found

    def _one(
        self, unit: Unit, call: Call, params: Mapping[str, JSON], read: Read = bodies.sealed
    ) -> Mapping[str, JSON]:
        """The reply to a request. Its body is sealed: requests are shared between records, bodies must not be, and of
        many replies the text is the smallest form.
        """
        reply: Mapping[str, JSON]
        try:
            body = read(call, self.shared[call.operation], self._pages(unit, call, params))
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
        self.tape.replied(unit, call, params, {"body": orjson.Fragment(body)})
        return {"body": body}

    def _reply(self, kind: ResourceType, source: str, ask: Ask) -> Reply:
        call = ask.call
        if ask.unasked:
            return Unasked(call.operation, call.permission, ask.unasked)
        keep, unordered = self.projections[kind.name][source], unordered_of(kind, source)
        if not ask.join:
            return requested(ask, keep, unordered)
        return Ready(source, call, ask.join, keep, unordered).reply(ask.names)


def _here(account: Account, region: str, call: Call) -> Unit:
    return Unit(account, region if call.per is Per.REGION else "")


def _shared(plan: Plan) -> Mapping[str, Projection]:
    """By operation, all that any planned ask declares of its reply: one request may answer several types."""
    paths: defaultdict[str, set[str]] = defaultdict(set)
    for name, sources in plan.asks.items():
        for source in sources:
            call = plan.types[name].ask[source]
            told = declared(plan.types[name], source)
            paths[call.operation] |= {each.removeprefix(call.single) for each in told if each.startswith(call.single)}
    return {operation: Projection.of(found) for operation, found in paths.items()}


def _told(plan: Plan) -> Mapping[str, frozenset[str]]:
    """By joined listing, the pointers at which its items tell of what they are about."""
    calls = [plan.types[name].ask[source] for name, sources in plan.asks.items() for source in sources]
    return {
        each.key: frozenset(call.join.at for call in calls if call.join and call.key == each.key)
        for each in calls
        if each.join
    }


def _is_told_by_listings(kind: ResourceType, asks: Iterable[str]) -> bool:
    """Whether a type is asked for nothing but what joined listings tell."""
    return all(kind.ask[source].join and not kind.ask[source].unless for source in asks)


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


def _with(record: Record, replies: Mapping[str, Reply]) -> Record:
    return replace(record, replies={**record.replies, **replies})
