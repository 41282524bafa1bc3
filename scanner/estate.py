"""A resource of the estate, with what is established of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from scanner.collect.runner import Record
from scanner.facts import Evidence, Inapplicable, Known, Reason, Seen, State, Unknown
from scanner.facts.membership import Membership, Tagging

_ACCOUNT = re.compile(
    r"^(?:arn:[^:]*:[^:]*:[^:]*:([^:]*):|.*?/subscriptions/([^/]+)|.*?/projects/([^/]+))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource with the states of its facts."""

    record: Record
    states: Mapping[str, State]

    @property
    def id(self) -> str:
        """The ARN, ARM id or asset name."""
        return self.record.id

    @property
    def environments(self) -> frozenset[str] | Unknown:
        """The environments that claim it."""
        environments: frozenset[str] | Unknown = value_of(self.states.get(Membership.environments.key))
        return environments

    @property
    def tags(self) -> Mapping[str, str] | Unknown | None:
        """Its tags; None where its type cannot have any."""
        state = self.states.get(Tagging.tags.key)
        return None if isinstance(state, Inapplicable) else value_of(state)


def account_of(ref: str) -> str:
    """The account, subscription or project that an id names; "" where it names none."""
    found = _ACCOUNT.match(ref)
    account = next((group for group in found.groups() if group), "") if found else ""
    return "" if account == "*" else account


def value_of(state: State | None) -> Any:
    """The established value, or the Unknown that stands in its place."""
    match state:
        case Known(value):
            return value
        case Unknown():
            return state
        case Inapplicable(why):
            return Unknown(Reason.UNDECIDED, why)
    return Unknown(Reason.UNMODELLED, "nothing tells it")


def evidence_of(state: State | None) -> tuple[Evidence, ...]:
    """What an established value was read from."""
    return state.evidence if isinstance(state, Known) else ()


def turned(state: State, turn: Callable[[Any], tuple[Any, tuple[Evidence, ...]]]) -> State:
    """A set with each item turned, and the evidence for that added."""
    if isinstance(state, Known) and isinstance(state.value, Seen) and state.value.items:
        turned = [turn(item) for item in state.value.items]
        if all(value is item and not found for (value, found), item in zip(turned, state.value.items, strict=True)):
            return state
        evidence = (*state.evidence, *(each for _, found in turned for each in found))
        return Known(Seen(tuple(value for value, _ in turned), state.value.gaps), evidence)
    return state
