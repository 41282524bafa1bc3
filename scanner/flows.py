"""Flows: where data lies and where its copies go, counted over the estate. What is not known is counted as such."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from typing import NamedTuple

from reports.document import Flow, PlaceSeen
from scanner.estate import Resource
from scanner.facts import Copy, Inapplicable, Kind, Known, Plan, Reason, Seen, State, Unknown
from scanner.facts.backup import Backup
from scanner.facts.location import Location
from scanner.facts.logstore import LogStore
from scanner.places import place

MOST = 400
"""So many groups are told as they are; the smaller ones are put together by provider, role and place."""
WHY = {
    Reason.REFUSED: "a call was refused",
    Reason.FAILED: "a call failed",
    Reason.SHAPE: "a reply had a form that nobody foresaw",
    Reason.NOT_ASKED: "it was not asked",
    Reason.INCOMPLETE: "nothing proves that the listing shows everything",
    Reason.UNMODELLED: "the type, or this question of it, is not modelled",
    Reason.UNREACHED: "the account was not reached",
    Reason.DEFECT: "a defect of asdeclared or of a plugin",
    Reason.UNDECIDED: "what was seen does not settle it",
}
"""What is told of a place that is not known: few words, so that few groups come of them."""
NOT_IN_TABLES = "the place is not in the tables"


class _Step(NamedTuple):
    """A home or a copy: its role, the place id that it comes from ("" for none), its own, and why that is "" if so."""

    role: str
    origin: str
    place: str
    why: str


class Group(NamedTuple):
    """What is counted together."""

    provider: str
    type: str
    environments: tuple[str, ...] | None
    step: _Step


def flows(counts: Counter[Group]) -> tuple[Flow, ...]:
    """Homes, copies, backups and logs of everything that holds data or may, as they were grouped and counted."""
    return tuple(_flow(group, count) for group, count in sorted(_folded(counts).items(), key=_order))


def _folded(counts: Counter[Group]) -> Counter[Group]:
    """The largest groups, and the others put together."""
    ranked = sorted(counts.items(), key=lambda each: (-each[1], _order(each)))
    folded = Counter(dict(ranked[:MOST]))
    for group, count in ranked[MOST:]:
        folded[group._replace(type="others", environments=None, step=group.step._replace(origin=""))] += count
    return folded


def _order(counted: tuple[Group, int]) -> tuple[object, ...]:
    group, _ = counted
    return (group.step, group.provider, group.type, group.environments is None, group.environments or ())


def _flow(group: Group, count: int) -> Flow:
    role, origin, where, why = group.step
    return Flow.model_validate(
        {
            "provider": group.provider,
            "type": group.type,
            "environments": group.environments,
            "role": role,
            "origin": _seen(origin) if origin else None,
            "place": _seen(where),
            "why": why,
            "count": count,
        }
    )


def _seen(place_id: str) -> PlaceSeen:
    known = place(place_id)
    return PlaceSeen(id=known.id, name=known.name, countries=known.countries) if known else PlaceSeen(id="")


def groups(resource: Resource, asked: Collection[str]) -> tuple[Group, ...]:
    """The groups that a resource belongs to: it counts once in each. `asked` are the facts that were asked of anything
    in the estate: copies and backups are left out where they were not.
    """
    record = resource.record
    if record.kind is Kind.CONFIG:
        return ()
    found = resource.environments
    environments = None if isinstance(found, Unknown) else tuple(sorted(found))
    steps = _steps(resource, asked)
    return tuple(dict.fromkeys(Group(record.provider, record.type, environments, step) for step in steps))


def _steps(resource: Resource, asked: Collection[str]) -> Iterator[_Step]:
    states = resource.states
    homes = [_place(item) for item in _items(states.get(Location.homes.key), Location.homes.key in asked)]
    role = "log" if isinstance(states.get(LogStore.retention.key), Known | Unknown) else "home"
    yield from (_Step(role, "", *home) for home in homes)
    # A copy comes from one place only if the data is in one place only.
    origin = homes[0][0] if len(homes) == 1 else ""
    if Location.copies.key in asked:
        yield from (_Step(_role(item), origin, *_place(item)) for item in _items(states.get(Location.copies.key)))
    if Backup.plans.key in asked:
        plans = _items(states.get(Backup.plans.key))
        yield from (_Step("backup", origin, *_place(lies)) for plan in plans for lies in _lies(plan))


def _items(state: State | None, asked: bool = True) -> tuple[object, ...]:
    """What a set holds, with an Unknown for each thing that is not known of it. Without a state, the type does not
    answer, or nobody asked.
    """
    match state:
        case Known(Seen(items, gaps)):
            return (*items, *gaps)
        case Unknown():
            return (state,)
        case Known() | Inapplicable():
            return ()
    return (Unknown(Reason.UNMODELLED if asked else Reason.NOT_ASKED, ""),)


def _role(item: object) -> str:
    return item.kind.value if isinstance(item, Copy) else "copy"


def _lies(plan: object) -> tuple[object, ...]:
    places = plan.places if isinstance(plan, Plan) else plan
    return places if isinstance(places, tuple) else (places,)


def _place(item: object) -> tuple[str, str]:
    """A place id that the tables know, or "" and why."""
    found = item.place if isinstance(item, Copy) else item
    if isinstance(found, Unknown):
        return "", WHY[found.reason]
    known = place(str(found))
    return (known.id, "") if known else ("", NOT_IN_TABLES)
