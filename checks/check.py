"""What a check is. A check states the desired condition; the evaluator judges each condition by what it read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar, cast, get_type_hints

from pydantic import BaseModel, ConfigDict

from scanner.facts import (
    EncryptionAtRest,
    Facet,
    Fact,
    KeyUse,
    Kind,
    Membership,
    NotKnown,
    Reason,
    Tagging,
    Unknown,
)

T = TypeVar("T")
_KEY = cast("Fact[object]", EncryptionAtRest.key)


class Severity(StrEnum):
    """How much a broken promise matters, unless the policy says otherwise."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Fault:
    """What breaks a condition: the offending value (an exception covers exactly one) and why it offends."""

    value: str
    why: str


Outcome = bool | Iterable[Fault | Unknown]
"""A condition holds (True), does not (False), or yields every fault and everything that it could not decide."""
Condition = tuple[str, Callable[[], Outcome]]
Conditions = Iterator[Condition]


class Parameters(BaseModel):
    """The parameters of a check, as a policy writes them under `with`. Unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class NoParameters(Parameters):
    """A check that takes none."""


@dataclass(frozen=True, slots=True)
class Check:
    """A check: one function of facets, parameters and the day that yields named conditions.

    `reads` are the facts that it may read; reading another is an error. `asks` narrows them to what given parameters
    need, so that no call is made for nothing. `about` is the kind of resource that it judges unless the policy includes
    more; `with_config` adds the configuration that has one of its facets, such as a role; `by_trait` leaves out the
    data that has none, such as what is no recovery point. `beside` are globs of native types, in lower case, that it
    would have to judge too and that nobody modelled.
    `fix` says what to do about a broken promise.
    """

    id: str
    severity: Severity
    fix: str
    title: str
    doc: str
    about: Kind
    with_config: bool
    by_trait: bool
    beside: tuple[str, ...]
    reads: tuple[Fact[object], ...]
    facets: tuple[tuple[str, type[Facet]], ...]
    parameters: type[Parameters]
    parameter: str
    day: str
    asks: Callable[[Any], tuple[object, ...]]
    judge: Callable[..., Conditions]

    def needs(self, want: Parameters) -> tuple[Fact[object], ...]:
        """The facts that these parameters need."""
        return tuple(fact for fact in self.asks(want) if isinstance(fact, Fact))

    @property
    def kinds(self) -> str:
        """The kinds of resource that it judges, in words."""
        return f"{self.about.value} and config" if self.with_config else self.about.value

    @property
    def subjects(self) -> str:
        """What it judges, in words."""
        return f"{self.kinds} resources{' that tell of it' if self.by_trait else ''}"

    @property
    def asked(self) -> tuple[Fact[object], ...]:
        """The facts that it asks of types of resource; whose key is shared, the engine tells by the keys."""
        return tuple(_KEY if fact.facet is KeyUse else fact for fact in self.reads)

    @property
    def traits(self) -> frozenset[type[Facet]]:
        """The facets that it asks about. Membership and tags are every resource's, and make none a subject."""
        return frozenset(fact.facet for fact in self.asked) - {Membership, Tagging}

    def judges_all(self, kind: Kind, *, with_config: bool) -> bool:
        """Whether it judges every resource of this kind, those that answer nothing of what it asks included; of other
        kinds it judges only what has its traits. `with_config`: the policy includes configuration.
        """
        if kind is Kind.CONFIG and self.with_config and not with_config:
            return False
        return self.about is Kind.DATA and not self.by_trait

    def conditions(self, facets: Callable[[type[Facet]], Facet], want: Parameters, today: date) -> Conditions:
        """The conditions for one resource."""
        arguments: dict[str, object] = {name: facets(kind) for name, kind in self.facets}
        if self.parameter:
            arguments[self.parameter] = want
        if self.day:
            arguments[self.day] = today
        return self.judge(**arguments)


def check(
    name: str,
    *,
    severity: Severity,
    fix: str,
    reads: tuple[object, ...],
    asks: Callable[[Any], tuple[object, ...]] | None = None,
    about: Kind = Kind.DATA,
    with_config: bool = False,
    by_trait: bool = False,
    beside: tuple[str, ...] = (),
) -> Callable[[Callable[..., Conditions]], Check]:
    """Make a check of a function. Its parameters tell by their types which facets, parameters and day it takes; its
    docstring is its documentation. Returns the check: nothing is registered by defining it.
    """

    def make(judge: Callable[..., Conditions]) -> Check:
        hints = get_type_hints(judge)
        names = list(inspect.signature(judge).parameters)
        facets = tuple((each, hints[each]) for each in names if issubclass(hints[each], Facet))
        wanted = next((each for each in names if issubclass(hints[each], Parameters)), "")
        day = next((each for each in names if hints[each] is date), "")
        doc = inspect.getdoc(judge) or ""
        if not doc or any(not isinstance(fact, Fact) for fact in reads):
            raise TypeError(f"check {name}: a docstring and the facts it reads are required")
        return Check(
            id=name,
            severity=severity,
            fix=fix,
            title=doc.splitlines()[0],
            doc=doc,
            about=about,
            with_config=with_config,
            by_trait=by_trait,
            beside=beside,
            reads=tuple(fact for fact in reads if isinstance(fact, Fact)),
            facets=facets,
            parameters=hints[wanted] if wanted else NoParameters,
            parameter=wanted,
            day=day,
            asks=asks or (lambda _: reads),
            judge=judge,
        )

    return make


def some(items: Iterable[T]) -> Iterator[T | Unknown]:
    """The items, of which there must be at least one: where none is told, nothing holds of all of them by that."""
    empty = True
    for item in items:
        empty = False
        yield item
    if empty:
        yield Unknown(Reason.UNDECIDED, "nothing is told where something must be")


def every(items: Iterable[T], judge: Callable[[T], Fault | None]) -> Iterator[Fault | Unknown]:
    """The faults of all items. What keeps one item from being judged does not hide the fault of another; items that
    could not be seen are told last.
    """
    seen = iter(items)
    while True:
        try:
            item = next(seen)
        except StopIteration:
            return
        except NotKnown as error:
            yield error.unknown
            return
        try:
            fault = judge(item)
        except NotKnown as error:
            yield error.unknown
        else:
            if fault:
                yield fault
