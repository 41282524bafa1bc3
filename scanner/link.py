"""Link: from records to the estate. Facts are derived, and relations between resources are resolved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from scanner.backups import protected, sourced, unknown
from scanner.collect.model import Gap, ResourceType, Sweep
from scanner.collect.runner import Inventory, Record
from scanner.estate import Estate, Resource, account_of, evidence_of, turned
from scanner.facts import (
    Answer,
    Copy,
    End,
    Evidence,
    Grantee,
    Inapplicable,
    Kind,
    Known,
    Member,
    Origin,
    Reason,
    Seen,
    State,
    Unknown,
    Where,
    merge,
)
from scanner.facts.backup import Protection, RecoveryPoint
from scanner.facts.keys import KeyUse
from scanner.facts.lineage import Lineage
from scanner.facts.location import Location
from scanner.facts.membership import Container, Membership, Tagging
from scanner.parties import Parties
from scanner.policy import Policy
from scanner.policy.scope import claims_of, environments_of
from scanner.sharing import shared


def link(
    inventories: Iterable[Inventory],
    types: Mapping[str, ResourceType],
    sweeps: Mapping[str, tuple[Sweep, ...]],
    wanted: frozenset[str],
    policy: Policy,
) -> Estate:
    """The estate: the wanted facts (by key) of every record, memberships, and relations resolved. Pure."""
    inventories = list(inventories)
    records = [record for each in inventories for record in each.records]
    gaps = tuple(sorted(gap for each in inventories for gap in each.gaps))
    wanted |= {Tagging.tags.key}
    known = [_member(Resource(record, _derive(record, types, sweeps, wanted)), policy) for record in records]
    index = _index(known)
    asked = frozenset((account.provider, account.id) for each in inventories for account in each.accounts)
    held = frozenset((record.provider, record.account) for record in records)
    leaves = held | {(provider, name) for provider, name in asked if "/" not in name}
    reached = _reached(inventories, leaves, asked)
    parties = Parties.of(policy, (*_own(inventories), *(name for _, name in reached)))
    related = [_relate(resource, index, policy, parties) for resource in known]
    if wanted & {Protection.covers.key}:
        related = protected(related, types, gaps, {name for _, name in reached})
    if wanted & {RecoveryPoint.sources.key}:
        related = sourced(related, types, index, gaps, reached)
    if wanted & {KeyUse.sharers.key}:
        related = shared(related)
    containers = frozenset(name for name, kind in types.items() if kind.container)
    return Estate(tuple(_contain(related, gaps, asked, containers, policy)), gaps, leaves)


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


def _derive(
    record: Record, types: Mapping[str, ResourceType], sweeps: Mapping[str, tuple[Sweep, ...]], wanted: frozenset[str]
) -> dict[str, State]:
    where = Where(record.provider, record.account, record.region, record.partition)
    kind = types.get(record.type) if record.modelled else None
    states: dict[str, State] = {}
    if kind is not None:
        for facet, why in kind.without.items():
            states |= {fact.key: Inapplicable(why) for fact in facet.questions() if fact.key in wanted}
    answers = kind.facts if kind else _swept(record, sweeps)
    for answer in answers:
        if answer.fact.key in wanted:
            states[answer.fact.key] = merge(states.get(answer.fact.key), _state(answer, record, where))
    return states


def _swept(record: Record, sweeps: Mapping[str, tuple[Sweep, ...]]) -> tuple[Answer, ...]:
    call = record.replies["item"].call
    return next((sweep.facts for sweep in sweeps.get(record.provider, ()) if sweep.each.operation == call), ())


def _state(answer: Answer, record: Record, where: Where) -> State:
    """The boundary to the mappings: one that breaks makes its own fact unknown, and nothing else."""
    try:
        return answer(record.replies, where)
    except Exception as error:  # noqa: BLE001 - a defect in one mapping must not lose the scan
        return Unknown(Reason.DEFECT, f"{answer.fact.key}: {type(error).__name__}: {error}")


def _member(resource: Resource, policy: Policy) -> Resource:
    record = resource.record
    tags = resource.tags
    environments = environments_of(policy, record.provider, record.account, tags)
    # Where the policy names the account, tags decide nothing and are no evidence.
    named = environments_of(policy, record.provider, record.account, None)
    stated = Known(environments) if named and environments == named else _stated(environments, resource)
    states = {**resource.states, Membership.environments.key: stated}
    if policy.tenants:
        states[Membership.tenant.key] = _tenant(tags, policy.tenants.tag, resource)
    return replace(resource, states=states)


def _stated(value: object, resource: Resource) -> State:
    if isinstance(value, Unknown):
        return value
    return Known(value, evidence_of(resource.states.get(Tagging.tags.key)))


def _tenant(tags: Mapping[str, str] | Unknown | None, tag: str, resource: Resource) -> State:
    if isinstance(tags, Unknown):
        return tags
    if not tags or tag not in tags:
        return Unknown(Reason.UNDECIDED, f"it has no tag {tag!r}, so its tenant is not known")
    return _stated(tags[tag], resource)


def _index(resources: Iterable[Resource]) -> dict[str, Resource]:
    index: dict[str, Resource] = {}
    for resource in resources:
        name = resource.id.casefold()
        index[name] = resource
        if name.startswith("arn:"):
            index.setdefault(_any_account(name), resource)
    return index


def _any_account(arn: str) -> str:
    parts = arn.split(":", 5)
    parts[4:5] = ["*"]
    return ":".join(parts)


def _relate(resource: Resource, index: Mapping[str, Resource], policy: Policy, parties: Parties) -> Resource:
    """Resolve what a resource tells of others: where a copy lies, whose networks and origins they are, and who it is
    that is let in.
    """

    def environments(ref: str, account: str | Unknown) -> tuple[frozenset[str] | Unknown, tuple[Evidence, ...]]:
        other = index.get(ref.casefold())
        if other is not None:
            return other.environments, evidence_of(other.states.get(Membership.environments.key))
        owner = account if isinstance(account, str) else account_of(ref)
        found = environments_of(policy, resource.record.provider, owner, None) if owner else frozenset()
        if isinstance(found, Unknown) or not found:
            return Unknown(Reason.UNDECIDED, f"{ref} is in no scanned account, so its environment is not known"), ()
        return found, ()

    def item(value: Any) -> tuple[Any, tuple[Evidence, ...]]:
        match value:
            case Copy(place=Unknown(), ref=ref) if ref:
                return _placed(value, index.get(ref.casefold()))
            case End(ref=ref, account=account, environments=Unknown()):
                found, evidence = environments(ref, account)
                return replace(value, environments=found), evidence
            case Origin(ref=ref, environments=Unknown()):
                found, evidence = environments(ref, account_of(ref))
                return replace(value, environments=found), evidence
            case Grantee(party=Unknown()):
                named = _owned(value, index)
                return replace(named, party=parties.whose(named)), ()
        return value, ()

    states = dict(resource.states)
    origins = states.get(Lineage.origins.key)
    if origins is not None:
        states[Lineage.origins.key] = _ancestry(resource.id, origins, index)
    return replace(resource, states={key: turned(state, item) for key, state in states.items()})


def _owned(grantee: Grantee, index: Mapping[str, Resource]) -> Grantee:
    """The grantee with the account of the resource that it is, where its name tells none and the resource was seen."""
    seen = index.get(grantee.ref.casefold()) if isinstance(grantee.account, Unknown) else None
    return replace(grantee, account=seen.record.account) if seen else grantee


def _ancestry(own: str, state: State, index: Mapping[str, Resource]) -> State:
    """The origins of a resource, and theirs in turn: a copy of a copy comes from the first. What is not known of an
    ancestor is not known of the resource.
    """
    met = {own.casefold()}
    whole = state
    waiting = list(_origins(state))
    while waiting:
        ref = waiting.pop().ref
        other = index.get(ref.casefold())
        further = other.states.get(Lineage.origins.key) if other else None
        if (other.id if other else ref).casefold() in met:
            continue
        met.add((other.id if other else ref).casefold())
        if further is None:
            further = Unknown(Reason.UNDECIDED, f"{ref} was not seen, so where it came from itself is not known")
        waiting.extend(_origins(further))
        whole = merge(whole, further)
    return whole


def _origins(state: State) -> tuple[Origin, ...]:
    return state.value.items if isinstance(state, Known) and isinstance(state.value, Seen) else ()


def _placed(copy: Copy, holder: Resource | None) -> tuple[Copy, tuple[Evidence, ...]]:
    """A copy lies where its holder is, if that is one place and nothing of it is unknown."""
    state = holder.states.get(Location.homes.key) if holder else None
    match state:
        case Known(Seen(items=(str(place),), gaps=()), evidence):
            return replace(copy, place=place), evidence
    return copy, ()


def _contain(
    resources: list[Resource],
    gaps: tuple[Gap, ...],
    asked: frozenset[tuple[str, str]],
    containers: frozenset[str],
    policy: Policy,
) -> Iterable[Resource]:
    """Give every container its members. `asked` are the accounts that were asked one by one. What nobody classified may
    be data, and is a member.
    """
    members: defaultdict[str, list[Member | Unknown]] = defaultdict(list)
    evidence: defaultdict[str, list[Evidence]] = defaultdict(list)
    for resource in resources:
        if resource.record.type not in containers and resource.record.kind is not Kind.CONFIG:
            holder = _holder_of(resource.record)
            members[holder].append(_claimed(resource, policy))
            evidence[holder].extend(evidence_of(resource.states.get(Tagging.tags.key)))
    for resource in resources:
        if resource.record.type not in containers:
            yield resource
            continue
        holder = _holder(resource.record)
        hidden = [unknown(g) for g in gaps if _hides(g, resource.record, asked)]
        found = members[holder]
        seen = Seen(
            tuple(item for item in found if isinstance(item, Member)),
            tuple(dict.fromkeys([*(item for item in found if isinstance(item, Unknown)), *hidden])),
        )
        state = Known(seen, tuple(dict.fromkeys(evidence[holder])))
        yield replace(resource, states={**resource.states, Container.members.key: state})


def _hides(gap: Gap, container: Record, asked: frozenset[tuple[str, str]]) -> bool:
    """Whether a gap may hide members of a container: its own account's, or any where a parent was asked for it."""
    if gap.provider != container.provider:
        return False
    return gap.account == container.account or (container.provider, container.account) not in asked


def _claimed(resource: Resource, policy: Policy) -> Member | Unknown:
    record = resource.record
    claims = claims_of(policy, record.provider, record.account, resource.tags)
    return claims if isinstance(claims, Unknown) else Member(record.id, claims)


def _holder(record: Record) -> str:
    if record.type == "azure.resource-group":
        return record.id.casefold()
    return f"{record.provider}/{record.account}"


def _holder_of(record: Record) -> str:
    if record.provider == "azure":
        return "/".join(record.id.casefold().split("/")[:5])
    return f"{record.provider}/{record.account}"
