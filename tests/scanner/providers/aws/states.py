"""What the tables of AWS types share: the state of a fact from reply bodies, and its short form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scanner.collect.model import ResourceType, projections
from scanner.facts import (
    Absent,
    AtRest,
    Body,
    EncryptionAtRest,
    Fact,
    Failed,
    Fragment,
    Inapplicable,
    Known,
    Plan,
    Refused,
    Reply,
    Seen,
    State,
    Unasked,
    Unknown,
    Where,
)

HERE = Where("aws", "111111111111", "eu-west-2", "aws")
REFUSED = Refused("some.call", "some:Permission", "AccessDenied")
UNASKED = Unasked("some.call", "some:Permission", "the item names nothing to ask for")
FAILED = Failed("some.call", "some:Permission", "time-out")
AWS_KEY = {"KeyMetadata": {"KeyManager": "AWS"}}
OWN_KEY = {"KeyMetadata": {"KeyManager": "CUSTOMER"}}
KEY = "arn:aws:kms:eu-west-2:111111111111:key/1"
BAD = (Absent, Refused, Failed, Unasked)
Replies = Mapping[str, object]


def absent(code: str) -> Absent:
    """The reply that the thing is not there, by the vendor's code for it."""
    return Absent("some.call", "some:Permission", code)


ABSENT = absent("NoSuchThing")


def state(kind: ResourceType, fact: Fact[Any], item: object, replies: Replies) -> State:
    """The fact, from bodies that are projected as the runner does it."""
    keep = projections(kind)
    known: dict[str, Reply] = {"item": Body("a.listing", "a:Listing", Fragment(keep["item"](item)))}
    for source, reply in replies.items():
        if isinstance(reply, BAD):
            known[source] = reply
        else:
            call = kind.ask[source]
            known[source] = Body(call.operation, call.permission, Fragment(keep[source](reply)))
    return next(answer for answer in kind.facts if answer.fact is fact)(known, HERE)


def short(found: State) -> object:
    """What a table compares: the value, the reason of an unknown, or Inapplicable; gaps of a set last."""
    match found:
        case Known(Seen(items, gaps)):
            return [*items, *(gap.reason for gap in gaps)]
        case Known(value):
            return value
        case Unknown(reason):
            return reason
        case _:
            return Inapplicable


def told(kind: ResourceType, fact: Fact[Any], item: object, replies: Replies | None = None) -> object:
    """The short form of a fact's state."""
    return short(state(kind, fact, item, replies or {}))


def encryption(kind: ResourceType, item: object, replies: Replies) -> tuple[object, object, object]:
    """The state of encryption at rest, the owner of the key, and the ciphers."""
    return (
        told(kind, EncryptionAtRest.state, item, replies),
        told(kind, EncryptionAtRest.owner, item, replies),
        told(kind, EncryptionAtRest.algorithms, item, replies),
    )


def ciphers(at_rest: object) -> object:
    """The ciphers that go with a state of encryption: AES-256 or none; what is no state stands for itself."""
    match at_rest:
        case AtRest.ENCRYPTED:
            return frozenset({"AES-256"})
        case AtRest.NONE:
            return frozenset()
        case _:
            return at_rest


def refs(kind: ResourceType, fact: Fact[Any], item: object, replies: Replies | None = None) -> list[object]:
    """The ids of a set's items, and the reasons of its gaps."""
    found = told(kind, fact, item, replies)
    assert isinstance(found, list), found
    return [getattr(each, "ref", each) for each in found]


def copies(kind: ResourceType, fact: Fact[Any], item: object, replies: Replies | None = None) -> list[object]:
    """Kind, place and id of each copy, and the reasons of the gaps."""
    found = told(kind, fact, item, replies)
    assert isinstance(found, list), found
    return [(each.kind.value, _part(each.place), each.ref) if hasattr(each, "ref") else each for each in found]


def plans(kind: ResourceType, fact: Fact[Any], item: object, replies: Replies | None = None) -> list[object]:
    """Kind, retention, frequency, places and encryption of each plan, and the reasons of the gaps."""
    found = told(kind, fact, item, replies)
    assert isinstance(found, list), found
    return [_plan(each) if isinstance(each, Plan) else each for each in found]


def _plan(plan: Plan) -> tuple[object, ...]:
    parts = (plan.retention, plan.every, plan.places, plan.encrypted)
    return (plan.kind.value, *(str(_part(each)) if index < 2 else _part(each) for index, each in enumerate(parts)))


def _part(value: object) -> object:
    return value.reason if isinstance(value, Unknown) else value
