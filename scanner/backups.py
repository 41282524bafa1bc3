"""Backups across resources: what a backup service protects, and whether what a recovery point was made of is there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from scanner.collect.model import EVERYTHING, Gap, ResourceType
from scanner.collect.runner import Record
from scanner.estate import Resource, account_of, turned
from scanner.facts import Cover, Evidence, Inapplicable, Known, Plan, Reason, Seen, Source, State, Unknown, merge
from scanner.facts.backup import Backup, Protection, RecoveryPoint

Place = tuple[str, str, str]
"""Provider, account and region."""
NOWHERE = Unknown(Reason.UNDECIDED, "its region is not told, so which backup plans choose it is not known")


@dataclass(frozen=True, slots=True)
class _Told:
    """A cover, or what could not be seen of covers, with the evidence."""

    cover: Cover | Unknown
    evidence: tuple[Evidence, ...]


@dataclass(slots=True)
class Covers:
    """What backup services protect: covers by the exact id that they name, and by the place whose resources their
    patterns choose from. `accounts` are those that were reached. What was not seen of a service leaves a gap in the
    plans of all that it may protect.
    """

    gaps: Collection[Gap]
    accounts: Collection[str]
    exact: defaultdict[str, list[_Told]] = field(default_factory=lambda: defaultdict(list))
    chosen: defaultdict[Place, list[_Told]] = field(default_factory=lambda: defaultdict(list))
    regions: defaultdict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, resource: Resource) -> None:
        """Take into account what a resource tells that it protects, if anything."""
        match resource.states.get(Protection.covers.key):
            case Known(Seen(items, unseen), evidence):
                for cover in items:
                    self._file(resource.record, cover, evidence)
                for each in unseen:
                    self._choose(resource.record, _Told(each, ()))
            case Unknown() as unknown:
                self._choose(resource.record, _Told(unknown, ()))

    def _file(self, record: Record, cover: Cover, evidence: tuple[Evidence, ...]) -> None:
        """A pattern chooses among the resources of its own account and region; an id names one, wherever it is, unless
        it tells no region, as the ARN of a bucket: it chooses as a pattern does.
        """
        told = _Told(cover, evidence)
        named = [ref for ref in cover.refs if "*" not in ref and (_region(ref) or not ref.startswith("arn:"))]
        for ref in named:
            self.exact[ref.casefold()].append(told)
        if len(named) < len(cover.refs):
            self._choose(record, told)

    def _choose(self, record: Record, told: _Told) -> None:
        self.chosen[record.provider, record.account, record.region].append(told)
        self.regions[record.provider, record.account].add(record.region)

    @property
    def any(self) -> bool:
        """Whether anything is told of what is protected."""
        return bool(self.exact or self.chosen)

    def names(self, resource: Resource) -> bool:
        """Whether its own id or name may decide what protects it."""
        covers = (each.cover for each in self._choosing(resource.record))
        return resource.id.casefold() in self.exact or any(isinstance(each, Cover) for each in covers)

    def _choosing(self, record: Record) -> list[_Told]:
        """The covers that choose among the resources of its region, which may be told by the zone ("europe-west2-a");
        any of its account may, where no region is told.
        """
        if record.region:
            around = (record.region, record.region.rpartition("-")[0])
            return [told for each in around for told in self.chosen.get((record.provider, record.account, each), ())]
        return [_Told(NOWHERE, ())] if (record.provider, record.account) in self.regions else []

    def protect(self, resource: Resource, kind: ResourceType | None) -> Resource:
        """The resource with the plans of the backup services that protect it."""
        state = resource.states.get(Backup.plans.key)
        if kind is None or not kind.covered_by or state is None or isinstance(state, Inapplicable):
            return resource
        record = resource.record
        told = [*self.exact.get(record.id.casefold(), ()), *self._choosing(record)]
        judged = [(_covered(each.cover, resource), each.evidence) for each in dict.fromkeys(told)]
        plans = tuple(plan for plan, _ in judged if isinstance(plan, Plan))
        evidence = tuple(each for plan, read in judged if plan is not None for each in read)
        unseen = [plan for plan, _ in judged if isinstance(plan, Unknown)]
        unseen += [unknown(gap) for gap in self.gaps if hides(gap, record, kind.covered_by, self.accounts)]
        if not plans and not unseen:
            return resource
        more: State = Known(Seen(plans, tuple(dict.fromkeys(unseen))), tuple(dict.fromkeys(evidence)))
        return replace(resource, states={**resource.states, Backup.plans.key: merge(state, more)})


def _covered(cover: Cover | Unknown, resource: Resource) -> Plan | Unknown | None:
    """The plan, where the cover chooses the resource; Unknown where it may."""
    if isinstance(cover, Unknown):
        return cover
    own = resource.id
    if not any(like(own, ref) for ref in cover.refs) or any(like(own, ref) for ref in cover.spared):
        return None
    if cover.types and not any(like(resource.record.type, glob) for glob in cover.types):
        return None
    if not cover.tags:
        return cover.plan
    tags = resource.tags
    if isinstance(tags, Unknown):
        return tags
    meets = all(_tagged(tags or {}, key, value) is must for key, value, must in cover.tags)
    return cover.plan if meets else None


def _tagged(tags: Mapping[str, str], key: str, value: str) -> bool:
    return key in tags and _pattern(value).fullmatch(tags[key]) is not None


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, glob.split("*"))), re.DOTALL)


def like(name: str, glob: str) -> bool:
    """Whether a name is like a pattern in which '*' stands for any text. The case of names does not count."""
    return _pattern(glob.casefold()).fullmatch(name.casefold()) is not None


def sourced(
    resource: Resource,
    kind: ResourceType,
    exists: Callable[[str], bool],
    gaps: Collection[Gap],
    accounts: Mapping[tuple[str, str], Collection[str]],
) -> Resource:
    """A recovery point with whether what it was made of is still there. `exists` tells whether a resource of that name
    was seen; `accounts` are those that were reached, with the regions that were listed (none: it has none).
    """

    def there(value: object) -> tuple[object, tuple[Evidence, ...]]:
        if isinstance(value, Source) and isinstance(value.exists, Unknown):
            found = exists(value.ref) or _gone(value.ref, resource.record, kind, gaps, accounts)
            return replace(value, exists=found), ()
        return value, ()

    state = resource.states[RecoveryPoint.sources.key]
    return replace(resource, states={**resource.states, RecoveryPoint.sources.key: turned(state, there)})


def _gone(
    ref: str,
    point: Record,
    kind: ResourceType,
    gaps: Collection[Gap],
    accounts: Mapping[tuple[str, str], Collection[str]],
) -> bool | Unknown:
    """False where it would have been listed, were it still there; else why that is not known."""
    owner = account_of(ref)
    region = _region(ref) or point.region
    if (point.provider, owner) not in accounts:
        return Unknown(Reason.UNDECIDED, f"{ref}, of which it was made, is in no scanned account")
    if (listed := accounts[point.provider, owner]) and region not in listed:
        return Unknown(Reason.UNDECIDED, f"{ref}, of which it was made, is in a region that is not scanned")
    there = replace(point, account=owner, region=region)
    names = {name for _, name in accounts}
    hidden = (gap for gap in gaps if hides(gap, there, kind.points_of, names))
    return next((unknown(gap) for gap in hidden), False)


def _region(ref: str) -> str:
    return [*ref.split(":", 4), *[""] * 4][3] if ref.startswith("arn:") else ""


def hides(gap: Gap, where: Record, types: Collection[str], accounts: Collection[str]) -> bool:
    """Whether a gap may hide resources of these types where a record is. A gap whose account was not reached as one (a
    parent, or none that is known) may hide any; so may one of any region where that of the record is not told.
    """
    return (
        gap.provider == where.provider
        and (gap.account == where.account or gap.account not in accounts)
        and (gap.region in ("", where.region) or not where.region)
        and (EVERYTHING in gap.types or not set(types).isdisjoint(gap.types))
    )


def unknown(gap: Gap) -> Unknown:
    """What a gap leaves open."""
    return Unknown(gap.reason, gap.detail, gap.call, gap.permission)
