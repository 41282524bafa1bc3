"""The states of a type's facts, for the bodies of the small estate with changes."""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Mapping
from typing import Any, Final

from scanner.collect.model import ResourceType, projections, take
from scanner.demo.azure_estate import TENANT, Subscription, demo_estate
from scanner.demo.azure_rows import subscription_body
from scanner.facts import (
    Body,
    Copy,
    Cover,
    Failed,
    Fragment,
    Grantee,
    Inapplicable,
    Known,
    Origin,
    Plan,
    Reason,
    Receiver,
    Refused,
    Reply,
    Seen,
    State,
    Unknown,
    Where,
)
from scanner.providers.azure.graph import RESOURCES
from tests.contract.azure_platforms import PLATFORMS
from tests.contract.azure_services import SERVICES

Json = dict[str, Any]
REFUSED, FAILED = "refused", "failed"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
BASE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/data/providers"
ESTATE: Final = {body["id"].lower(): body for body in (*SERVICES, *PLATFORMS, *demo_estate(0).resources)}


def bodies(kind: ResourceType) -> dict[str, Json]:
    """The estate's bodies for the first resource of the type; an empty list where it has no such children."""
    found = {"item": _item(kind)}
    for source, call in kind.ask.items():
        path = call.operation.removeprefix("GET ").replace("{@account}", SUBSCRIPTION)
        for name, pointer in call.take.items():
            (value,) = dict.fromkeys(take(found[call.follows or "item"], pointer))
            path = path.replace(f"{{{name}}}", str(value).strip("/"))
        own = posixpath.normpath(path).lower()
        # What is asked of a whole subscription may be below its groups.
        parts = own.rpartition("/providers/") if "{@account}" in call.operation else None
        children = [body for key, body in ESTATE.items() if _is_below(key, own, parts)]
        found[source] = {"value": children} if call.items else ESTATE[own]
    return found


def _is_below(key: str, own: str, parts: tuple[str, str, str] | None) -> bool:
    if parts is None:
        return key.rpartition("/")[0] == own
    scope, _, type_ = parts
    return key.startswith(f"{scope}/") and key.rpartition("/providers/")[2].rpartition("/")[0] == type_


def _item(kind: ResourceType) -> Json:
    native = kind.native.lower()
    if native == "microsoft.resources/subscriptions":
        tenants = [{"tenantId": "00000000-0000-0000-0000-00000000000b"}]
        return {**subscription_body(Subscription(SUBSCRIPTION, "data")), "managedByTenants": tenants}
    body = next(b for b in ESTATE.values() if b["type"].lower() == native and b["name"] != "master")
    # A row of Resource Graph tells the directory, which no body of ARM does.
    return {**body, "tenantId": TENANT} if kind.each is RESOURCES else body


def replies(kind: ResourceType, changes: Mapping[str, object] | None = None) -> dict[str, Reply]:
    """The replies for these bodies. A change has a dotted path from the source; None takes the field away. The name of
    a source alone stands for its whole body, or for a refusal or failure.
    """
    return {source: _reply(kind, source, body) for source, body in changed(bodies(kind), changes or {}).items()}


def changed(body: Json, changes: Mapping[str, object]) -> Json:
    """The body with values at dotted paths; None takes the field away."""
    found = copy.deepcopy(body)
    for path, new in changes.items():
        *above, last = path.split(".")
        target = found
        for step in above:
            if not isinstance(target.get(step), dict):
                target[step] = {}
            target = target[step]
        target[last] = new
        if new is None:
            del target[last]
    return found


def _reply(kind: ResourceType, source: str, body: Json | str) -> Reply:
    call = kind.each if source == "item" else kind.ask[source]
    if body == REFUSED:
        return Refused(call.operation, call.permission, "AuthorizationFailed")
    if isinstance(body, str):
        return Failed(call.operation, call.permission, "HTTP 404 ResourceNotFound")
    return Body(call.operation, call.permission, Fragment(projections(kind)[source](body)))


def state(kind: ResourceType, fact: str, **sources: Json | str) -> State:
    """The state of a fact for these bodies by source, REFUSED or FAILED for one that was not got."""
    known = {source: _reply(kind, source, body) for source, body in sources.items()}
    (answer,) = [each for each in kind.facts if each.fact.key == fact]
    return answer(known, Where("azure", SUBSCRIPTION))


def value(found: State) -> Any:
    assert isinstance(found, Known), found
    return found.value


def seen(found: State) -> Seen[Any]:
    items = value(found)
    assert isinstance(items, Seen)
    return items


def reason(found: object) -> Reason:
    """Why a state, or a part of a plan or a copy, is unknown."""
    assert isinstance(found, Unknown), found
    return found.reason


def told(kind: ResourceType, fact: str, changes: Mapping[str, object] | None = None) -> object:
    """What a fact is for the changed bodies, in the plain form that a table of cases is written in."""
    (answer,) = [each for each in kind.facts if each.fact.key == fact]
    return plain(answer(replies(kind, changes), Where("azure", "", "uksouth", "AzureCloud")))


def plain(state: State) -> object:
    """A value; the reason of an unknown; items and the reasons of the gaps of a set; Inapplicable for what makes no
    sense.
    """
    match state:
        case Known(Seen(items, gaps)):
            return [_parts(item) for item in items], [gap.reason for gap in gaps]
        case Known(value):
            return value
        case Unknown(reason):
            return reason
    return Inapplicable


def _parts(item: object) -> object:
    """The parts of a plan, a copy, an origin and so on, the unknown ones by their reason; of ids the last name."""
    match item:
        case Plan():
            return _of_plan(item)
        case Cover(plan, refs):
            return (*_of_plan(plan), *map(_last, refs))
        case Copy(kind, place, ref):
            return kind, _known(place), _last(ref)
        case Origin(ref):
            return _last(ref)
        case Grantee() | Receiver():
            return _of_party(item)
    return item


def _of_plan(plan: Plan | Unknown) -> tuple[object, ...]:
    if isinstance(plan, Unknown):
        return (plan.reason,)
    parts = (plan.kind, plan.retention, plan.every, plan.places, plan.encrypted, plan.immutable)
    return tuple(_known(part) for part in parts)


def _of_party(party: Grantee | Receiver) -> tuple[object, ...]:
    return (party.ref, _known(party.account)) if isinstance(party, Grantee) else (party.means, _last(party.ref))


def _last(ref: str) -> str:
    return ref.rpartition("/")[2]


def _known(part: object) -> object:
    return part.reason if isinstance(part, Unknown) else part
