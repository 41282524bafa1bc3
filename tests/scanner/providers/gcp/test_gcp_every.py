"""Every type by one table: each fact of an example known, missing, unforeseen and refused.

The examples are assets of the simulated estates, whose data is checked against Google's own models.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass
from functools import cache, partial
from typing import Any, cast

import pytest

from scanner.collect.model import ResourceType
from scanner.demo.gcp_estate import demo_estate
from scanner.facts import (
    Answer,
    Body,
    Evidence,
    Fragment,
    Inapplicable,
    Known,
    Reason,
    Refused,
    Reply,
    State,
    Unknown,
    Where,
)
from scanner.facts.reply import join, split
from scanner.providers.gcp import PROVIDER
from tests.contract.gcp_services_estate import ASSETS, asset
from tests.scanner.providers.gcp.policies import ABOVE, binding, policy
from tests.scanner.providers.gcp.states import COMPUTE

Json = dict[str, Any]
POLICIES = [*ABOVE, policy("//cloudresourcemanager.googleapis.com/folders/200000000001", binding("roles/viewer"))]
LONDON = f"{COMPUTE}/acme-prod/regions/europe-west2"
OTHERS: dict[str, Json] = {
    "compute.googleapis.com/RegionDisk": {
        "name": "data",
        "region": LONDON,
        "replicaZones": [f"{COMPUTE}/acme-prod/zones/europe-west2-a"],
        "creationTimestamp": "2026-01-12T09:00:00Z",
        "diskEncryptionKey": {"kmsKeyName": "projects/acme-prod/locations/europe-west2/keyRings/r/cryptoKeys/k"},
        "sourceSnapshot": f"{COMPUTE}/acme-prod/global/snapshots/data",
        "labels": {"env": "prod"},
    },
    "compute.googleapis.com/Subnetwork": {
        "name": "prod",
        "region": LONDON,
        "network": f"{COMPUTE}/acme-prod/global/networks/prod",
        "logConfig": {"enable": True, "flowSampling": 1},
    },
}
"""The data of types of which neither estate has an example."""
HERE = Where("gcp", "acme-prod", "europe-west2")
UNFORESEEN = {"unforeseen": 7.5}
"""An object that holds a fraction: neither a text, a number, a list nor labels."""


@cache
def assets() -> tuple[Json, ...]:
    return (*map(asset, ASSETS), *demo_estate(0).assets)


def example(kind: ResourceType) -> Json:
    found = [each for each in assets() if each["assetType"] == kind.native and "resource" in each]
    return deepcopy(found[0] if found else _other(kind.native))


def _other(native: str) -> Json:
    path = "regions/europe-west2/things/one"
    return {
        "name": f"//compute.googleapis.com/projects/acme-prod/{path}",
        "assetType": native,
        "ancestors": ["projects/100000000001", "organizations/123456789012"],
        "resource": {"location": "europe-west2", "data": OTHERS[native]},
    }


TYPES = {kind.name: kind for kind in PROVIDER.types}


def replies(kind: ResourceType) -> dict[str, Reply]:
    return dict(_replies(kind.name))


@cache
def _replies(name: str) -> dict[str, Reply]:
    """The example, and for each ask all assets of the types that it lists; the policies above it."""
    kind = TYPES[name]
    found: dict[str, Reply] = {"item": Body("list.item", "item", Fragment(example(kind)))}
    for source, call in kind.ask.items():
        natives = cast("list[str]", call.give.get("assetTypes", []))
        listed = [each for each in assets() if each["assetType"] in natives]
        body = POLICIES if call.give["contentType"] == "IAM_POLICY" else listed
        found[source] = Body(f"list.{source}", source, Fragment({"assets": body}))
    return found


def unknowns(value: object) -> Iterator[Unknown]:
    """All that is unknown in a state, also in parts of its items."""
    if isinstance(value, Unknown):
        yield value
    elif is_dataclass(value) and not isinstance(value, Evidence | Inapplicable):
        for each in fields(value):
            yield from unknowns(getattr(value, each.name))
    elif isinstance(value, tuple | list | frozenset):
        for item in value:
            yield from unknowns(item)


def why(state: State) -> frozenset[Reason]:
    return frozenset(each.reason for each in unknowns(state))


def read(state: State, call: str, seen: str = "value") -> list[str]:
    """The pointers of a reply that were read, and what was seen there."""
    return sorted({each.pointer for each in getattr(state, "evidence", ()) if (each.call, each.seen) == (call, seen)})


def changed(body: Any, pointer: str, value: object = None) -> Any:
    """The body with another value at a pointer, or without any."""
    found = deepcopy(body)
    *above, last = split(pointer)
    inner = found
    for step in above:
        inner = inner[int(step) if isinstance(inner, list) else step]
    if value is not None:
        inner[int(last) if isinstance(inner, list) else last] = value
    elif isinstance(inner, dict):
        del inner[last]
    else:
        inner[int(last)] = None
    return found


def reads(kind: ResourceType, answer: Answer) -> Iterator[tuple[str, str, Callable[[object], dict[str, Reply]]]]:
    """Each value that the answer reads of an example: in which reply and where, and the replies with another one."""
    good = replies(kind)
    for source in sorted(answer.sources):
        for pointer in read(answer(good, HERE), f"list.{source}"):
            yield source, pointer, partial(_otherwise, good, source, pointer)


def _otherwise(good: dict[str, Reply], source: str, pointer: str, value: object) -> dict[str, Reply]:
    reply = good[source]
    assert isinstance(reply, Body)
    body = changed(reply.fragment.body, pointer, value)
    return good | {source: Body(reply.call, reply.permission, Fragment(body))}


def answers() -> list[Any]:
    """Each answer with its type; one that many types share with the first of them."""
    found = {id(answer): (kind, answer) for kind in reversed(PROVIDER.types) for answer in kind.facts}
    return [pytest.param(kind, answer, id=f"{kind.name} {answer.fact.key}") for kind, answer in found.values()]


@pytest.mark.parametrize("kind", PROVIDER.types, ids=lambda kind: kind.name)
def test_there_is_an_example(kind: ResourceType) -> None:
    assert example(kind)["resource"]["data"]


@pytest.mark.parametrize(("kind", "answer"), answers())
def test_an_example_is_of_a_foreseen_form(kind: ResourceType, answer: Answer) -> None:
    """What is unknown of it is what was never asked, or what its settings leave undecided."""
    assert why(answer(replies(kind), HERE)) <= {Reason.NOT_ASKED, Reason.UNDECIDED}


PRESENT = frozenset({"dailyRecurrence", "httpsTrigger"})
"""Of what only the presence counts."""


@pytest.mark.parametrize(("kind", "answer"), answers())
def test_what_is_missing_is_declared_or_unknown(kind: ResourceType, answer: Answer) -> None:
    for source, pointer, given in reads(kind, answer):
        state = answer(given(None), HERE)
        declared = any(pointer.startswith(each) for each in read(state, f"list.{source}", "missing"))
        assert declared or isinstance(state, Unknown) or Reason.SHAPE in why(state), (source, pointer)


@pytest.mark.parametrize(("kind", "answer"), answers())
def test_an_unforeseen_value_is_unknown(kind: ResourceType, answer: Answer) -> None:
    for source, pointer, given in reads(kind, answer):
        if pointer.rpartition("/")[2] not in PRESENT:
            assert Reason.SHAPE in why(answer(given(UNFORESEEN), HERE)), (source, pointer)


@pytest.mark.parametrize(("kind", "answer"), answers())
def test_each_reply_refused_in_turn_answers_nothing(kind: ResourceType, answer: Answer) -> None:
    given = replies(kind)
    good = answer(given, HERE)
    for source in sorted(answer.sources):
        state = answer({**given, source: Refused(f"list.{source}", source, "PERMISSION_DENIED")}, HERE)
        assert read(state, f"list.{source}") == []
        if read(good, f"list.{source}"):
            assert source in {each.permission for each in unknowns(state)}
            assert Reason.REFUSED in why(state)
        assert not isinstance(state, Known) or state != good or not read(good, f"list.{source}")


def test_pointers_are_written_as_they_are_read() -> None:
    body = {"a": [{"b~/c": 1}]}
    pointer = join(("a", 0, "b~/c"))
    assert changed(body, pointer, 2) == {"a": [{"b~/c": 2}]}
    assert changed(body, pointer) == {"a": [{}]}
    assert changed(body, "/a/0") == {"a": [None]}
