"""Link: from records to the estate. Facts are derived, and relations between resources are resolved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from scanner.backups import Covers, sourced, unknown
from scanner.collect.model import Gap, ResourceType, Sweep
from scanner.collect.runner import Inventory, Record
from scanner.derive import Derivation
from scanner.estate import Resource, account_of, evidence_of, turned
from scanner.facts import (
    Copy,
    End,
    Evidence,
    Grantee,
    Kind,
    Known,
    Member,
    Origin,
    Reason,
    Seen,
    State,
    Unknown,
    merge,
)
from scanner.facts.backup import Protection, RecoveryPoint
from scanner.facts.keys import KeyUse
from scanner.facts.lineage import Lineage
from scanner.facts.location import Location
from scanner.facts.membership import Container, Membership, Tagging
from scanner.likeness import Likeness, Likenesses, Linked
from scanner.parties import Parties
from scanner.policy import Policy
from scanner.policy.scope import claims_of, environments_of
from scanner.sharing import Keys
from scanner.spool import Row

MOST = 100
"""So many members of a container are named of those that the same environments claim: more would show nothing new."""
TOGETHER = frozenset({KeyUse.sharers.key, Container.members.key})
"""The facts that can only be told of all resources together, as can what is covered by anything that covers."""
FOUND = 10_000
"""So many resources that others name are remembered at once."""


class Linker:
    """Takes the records of a scan, from all providers, and makes the estate of them. `wanted` are the keys of facts."""

    def __init__(
        self,
        types: Mapping[str, ResourceType],
        sweeps: Mapping[str, tuple[Sweep, ...]],
        wanted: frozenset[str],
        policy: Policy,
    ) -> None:
        self._types, self._wanted, self._policy = types, wanted | {Tagging.tags.key}, policy
        self._alike = Likenesses(Derivation(types, sweeps, self._wanted, policy))

    def add(self, record: Record, rank: int) -> None:
        """Take a record; see `scanner.collect.runner.Sink`."""
        self._alike.add(record, rank)

    def estate(self, inventories: Iterable[Inventory]) -> Estate:
        """The estate of the records that were taken, and of those that the inventories hold."""
        inventories = list(inventories)
        for number, record in enumerate(record for each in inventories for record in each.records):
            self.add(record, number)
        self._alike.spool.done()
        return Estate(self._types, self._wanted, self._policy, self._alike, inventories)


def link(
    inventories: Iterable[Inventory],
    types: Mapping[str, ResourceType],
    sweeps: Mapping[str, tuple[Sweep, ...]],
    wanted: frozenset[str],
    policy: Policy,
) -> Estate:
    """The estate of the records of inventories: the wanted facts (by key) of each, and relations resolved."""
    return Linker(types, sweeps, wanted, policy).estate(inventories)


@dataclass
class Estate:
    """Everything that was seen, and what was not. `accounts` are those that resources can be in, by provider; what else
    a gap names as its account may hold any of them. `asked` are the facts that were asked of anything. Iterating gives
    every resource in the order of ids, linked.
    """

    types: Mapping[str, ResourceType]
    wanted: frozenset[str]
    policy: Policy
    alike: Likenesses
    inventories: list[Inventory]
    gaps: tuple[Gap, ...] = field(init=False)
    accounts: frozenset[tuple[str, str]] = field(init=False)
    asked: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.gaps = tuple(sorted({gap for each in self.inventories for gap in each.gaps}))
        accounts, self.asked = self.alike.told()
        self._asked = frozenset((a.provider, a.id) for each in self.inventories for a in each.accounts)
        found = lru_cache(FOUND)(self._seen)
        self._find: Callable[[str], Linked | None] = found
        self._keys = Keys(self._named) if KeyUse.sharers.key in self.wanted else None
        self._members: defaultdict[str, dict[object, list[str]]] = defaultdict(dict)
        covering: list[Row] = []
        if self.wanted & TOGETHER or Protection.covers.key in self.asked:
            for row in self.alike.spool:
                self._prepare(row, self.alike.of(row), covering)
        self.accounts = accounts | {each for each in self._asked if "/" not in each[1]}
        self._reached = _reached(self.inventories, self.accounts, self._asked)
        self._parties = Parties.of(self.policy, (*_own(self.inventories), *(name for _, name in self._reached)))
        self._covers = Covers(self.gaps, {name for _, name in self._reached})
        for row in covering:
            self._covers.add(Linked(row, self.alike.of(row), self.alike.of(row).states).resource)

    def _prepare(self, row: Row, alike: Likeness, covering: list[Row]) -> None:
        """Take note of what can only be told of all resources together."""
        if Protection.covers.key in alike.states:
            covering.append(row)
        if self._keys is not None and ("user" not in alike.memo or alike.memo["user"]):
            alike.memo["user"] = self._keys.add(Linked(row, alike, alike.states).general)
        if Container.members.key in self.wanted and alike.head.kind is not Kind.CONFIG and not self._holds(alike.head):
            claimed = alike.memo.setdefault("claims", claims_of(self.policy, *_place(alike), _tags(alike)))
            named = self._members[_holder_of(replace(alike.head, id=row.id))].setdefault(claimed, [])
            if len(named) < MOST:
                named.append(row.id)

    def _holds(self, record: Record) -> bool:
        kind = self.types.get(record.type)
        return kind is not None and kind.container

    def __iter__(self) -> Iterator[Linked]:
        """The resources. Those of a likeness have the very same states, but for what their own names decide."""
        for row in self.alike.spool:
            alike = self.alike.of(row)
            if self._is_general(row, alike):
                yield Linked(row, alike, self._of_all(alike, row))
            else:
                yield Linked(row, alike, self._linked(Linked(row, alike, alike.states).general).states)

    def close(self) -> None:
        """Let go of the records."""
        self.alike.spool.close()

    @property
    def resources(self) -> Iterator[Resource]:
        """The resources with their replies, each reading named by its digest."""
        return (each.resource for each in self)

    def _is_general(self, row: Row, alike: Likeness) -> bool:
        """Whether nothing of it depends on its own name: all resources of its likeness are linked alike."""
        if "own" not in alike.memo:
            own = Linked(row, alike, alike.states).general
            shares = self._keys is not None and self._keys.names(own)
            alike.memo["own"] = shares or self._holds(alike.head) or bool(_origins(alike.states))
        kind = self.types.get(alike.head.type)
        if alike.memo["own"] or kind is None or not (kind.covered_by and self._covers.any):
            return not alike.memo["own"]
        return not self._covers.names(Linked(row, alike, alike.states).general)

    def _of_all(self, alike: Likeness, row: Row) -> Mapping[str, State]:
        if "states" not in alike.memo:
            alike.memo["states"] = self._linked(Linked(row, alike, alike.states).general).states
        states: Mapping[str, State] = alike.memo["states"]
        return states

    def _linked(self, resource: Resource) -> Resource:
        """The resource with everything resolved."""
        kind = self.types.get(resource.record.type) if resource.record.modelled else None
        linked = self._relate(resource)
        if Protection.covers.key in self.wanted:
            linked = self._covers.protect(linked, kind)
        if kind is not None and RecoveryPoint.sources.key in linked.states:
            linked = sourced(linked, kind, self._exists, self.gaps, self._reached)
        if self._keys is not None:
            linked = self._keys.share(linked)
        if kind is not None and kind.container and Container.members.key in self.wanted:
            linked = self._contain(linked)
        return linked

    def _seen(self, name: str) -> Linked | None:
        row = self.alike.spool.find(name)
        if row is None:
            return None
        alike = self.alike.of(row)
        return Linked(row, alike, alike.states)

    def _exists(self, name: str) -> bool:
        return self._find(name) is not None

    def _named(self, name: str) -> Resource:
        found = self._find(name)
        if found is None:
            raise KeyError(name)
        return found.resource

    def _relate(self, resource: Resource) -> Resource:
        """Resolve what a resource tells of others: where a copy lies, whose networks and origins they are, and who it
        is that is let in.
        """
        states = dict(resource.states)
        if (origins := states.get(Lineage.origins.key)) is not None:
            states[Lineage.origins.key] = self._ancestry(resource.id, origins)

        def item(value: Any) -> tuple[Any, tuple[Evidence, ...]]:
            return self._resolved(value, resource.record.provider)

        return replace(resource, states={key: turned(state, item) for key, state in states.items()})

    def _resolved(self, value: Any, provider: str) -> tuple[Any, tuple[Evidence, ...]]:
        match value:
            case Copy(place=Unknown(), ref=ref) if ref:
                return _placed(value, self._find(ref))
            case End(ref=ref, account=account, environments=Unknown()):
                found, evidence = self._environments(provider, ref, account)
                return replace(value, environments=found), evidence
            case Origin(ref=ref, environments=Unknown()):
                found, evidence = self._environments(provider, ref, account_of(ref))
                return replace(value, environments=found), evidence
            case Grantee(party=Unknown()):
                named = self._owned(value)
                return replace(named, party=self._parties.whose(named)), ()
        return value, ()

    def _environments(
        self, provider: str, ref: str, account: str | Unknown
    ) -> tuple[frozenset[str] | Unknown, tuple[Evidence, ...]]:
        if (other := self._find(ref)) is not None:
            seen = other.resource
            return seen.environments, evidence_of(seen.states.get(Membership.environments.key))
        owner = account if isinstance(account, str) else account_of(ref)
        found = environments_of(self.policy, provider, owner, None) if owner else frozenset()
        if isinstance(found, Unknown) or not found:
            return Unknown(Reason.UNDECIDED, f"{ref} is in no scanned account, so its environment is not known"), ()
        return found, ()

    def _owned(self, grantee: Grantee) -> Grantee:
        """The grantee with the account of the resource that it is, where its name tells none and that was seen."""
        seen = self._find(grantee.ref) if isinstance(grantee.account, Unknown) else None
        return replace(grantee, account=seen.likeness.head.account) if seen else grantee

    def _ancestry(self, own: str, state: State) -> State:
        """The origins of a resource, and theirs in turn: a copy of a copy comes from the first. What is not known of an
        ancestor is not known of the resource.
        """
        met = {own.casefold()}
        whole = state
        waiting = list(_told(state))
        while waiting:
            ref = waiting.pop().ref
            other = self._find(ref)
            name = (other.row.id if other else ref).casefold()
            if name in met:
                continue
            met.add(name)
            further = other.resource.states.get(Lineage.origins.key) if other else None
            if further is None:
                further = Unknown(Reason.UNDECIDED, f"{ref} was not seen, so where it came from itself is not known")
            waiting.extend(_told(further))
            whole = merge(whole, further)
        return whole

    def _contain(self, container: Resource) -> Resource:
        """The container with its members. What nobody classified may be data, and is a member."""
        hidden = [unknown(gap) for gap in self.gaps if self._hides(gap, container.record)]
        items: list[Member] = []
        unknowns: list[Unknown] = []
        evidence: dict[Evidence, None] = {}
        found = self._members.get(_holder(container.record), {})
        for name, claims in sorted((name, claims) for claims, names in found.items() for name in names):
            read = evidence_of(self._named(name).states.get(Tagging.tags.key))
            evidence.update(dict.fromkeys(read))
            if isinstance(claims, Unknown):
                unknowns.append(claims)
            elif isinstance(claims, frozenset):
                items.append(Member(name, claims))
        seen = Seen(tuple(items), tuple(dict.fromkeys([*unknowns, *hidden])))
        return replace(container, states={**container.states, Container.members.key: Known(seen, tuple(evidence))})

    def _hides(self, gap: Gap, container: Record) -> bool:
        """Whether a gap may hide members of a container: its own account's, or any where a parent was asked for it."""
        if gap.provider != container.provider:
            return False
        return gap.account == container.account or (container.provider, container.account) not in self._asked


def _own(inventories: Iterable[Inventory]) -> Iterable[str]:
    """The accounts that were reached, and those that should have been: the organisation's own, too."""
    for each in inventories:
        yield from (account.id for account in each.accounts)
        yield from (gap.account for gap in each.gaps if gap.reason is Reason.UNREACHED and gap.account)


def _reached(
    inventories: Iterable[Inventory], leaves: frozenset[tuple[str, str]], asked: frozenset[tuple[str, str]]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """The accounts that were listed, with the regions in which they were: those that were asked themselves, and where a
    parent was asked those that resources are in. Both are told by the evidence, so that a replay finds the same.
    """
    regions = {(each.provider, account.id): account.regions for each in inventories for account in each.accounts}
    by_parent = {provider for provider, name in asked if "/" in name}
    return {each: regions.get(each, ()) for each in leaves if each in asked or each[0] in by_parent}


def _origins(states: Mapping[str, State]) -> tuple[Origin, ...]:
    state = states.get(Lineage.origins.key)
    return _told(state) if state is not None else ()


def _told(state: State) -> tuple[Origin, ...]:
    return state.value.items if isinstance(state, Known) and isinstance(state.value, Seen) else ()


def _placed(copy: Copy, holder: Linked | None) -> tuple[Copy, tuple[Evidence, ...]]:
    """A copy lies where its holder is, if that is one place and nothing of it is unknown."""
    state = holder.resource.states.get(Location.homes.key) if holder else None
    match state:
        case Known(Seen(items=(str(place),), gaps=()), evidence):
            return replace(copy, place=place), evidence
    return copy, ()


def _place(alike: Likeness) -> tuple[str, str]:
    return alike.head.provider, alike.head.account


def _tags(alike: Likeness) -> Mapping[str, str] | Unknown | None:
    return Resource(alike.head, alike.states).tags


def _holder(record: Record) -> str:
    if record.type == "azure.resource-group":
        return record.id.casefold()
    return f"{record.provider}/{record.account}"


def _holder_of(record: Record) -> str:
    if record.provider == "azure":
        return "/".join(record.id.casefold().split("/")[:5])
    return f"{record.provider}/{record.account}"
