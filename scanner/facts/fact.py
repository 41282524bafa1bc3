"""Facts and facets: a question with one meaning everywhere, and how a resource type answers it.

On a facet class a fact is the question, and the place where a resource type says how it is answered; on an instance
it is the established value. Reading a fact records the read; reading one that is not established raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, Self, TypeVar, cast, overload

from scanner.facts.reads import State, note_fact, note_unknown
from scanner.facts.reply import Reply
from scanner.facts.state import (
    Evidence,
    Inapplicable,
    Known,
    NotApplicable,
    NotKnown,
    Reason,
    Unknown,
)
from scanner.facts.view import RAISE, Raise, Via, View, Where

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Seen(Generic[T_co]):
    """The value of a set fact: the items seen and what could not be seen.

    Iterating yields every known item and then raises NotKnown if gaps remain: a known violation is found even where
    something else could not be seen, and completeness is never assumed.
    """

    items: tuple[T_co, ...] = ()
    gaps: tuple[Unknown, ...] = ()

    def __iter__(self) -> Iterator[T_co]:
        yield from self.items
        for gap in self.gaps:
            note_unknown(gap)
        if self.gaps:
            raise NotKnown(self.gaps[0])


@dataclass(frozen=True, slots=True)
class _Shown:
    """What a check is shown of a set: it can be iterated, which tells of the gaps, and nothing else."""

    _seen: Seen[object]

    def __iter__(self) -> Iterator[object]:
        return iter(self._seen)


class Facet:
    """A trait that a resource of any cloud may have. Subclasses hold facts; an instance is one resource's answers."""

    def __init__(self, states: Mapping[str, State]) -> None:
        self._states = states

    def _read(self, fact: Fact[object]) -> object:
        state = self._states.get(fact.key) or unmodelled(fact.key)
        note_fact(fact.key, state)
        match state:
            case Known(value):
                return _Shown(value) if isinstance(value, Seen) else value
            case Unknown():
                raise NotKnown(state)
            case Inapplicable():
                raise NotApplicable(state)

    @classmethod
    def questions(cls) -> tuple[Fact[object], ...]:
        """The facet's facts, in the order of their definition."""
        return tuple(value for value in vars(cls).values() if isinstance(value, Fact))


@dataclass(frozen=True, slots=True)
class Answer:
    """How a resource type answers a fact: a pure function of the tracked view, and the paths that it reads."""

    fact: Fact[object]
    paths: tuple[str, ...]
    derive: Callable[[View], State]

    @property
    def sources(self) -> frozenset[str]:
        """The names of the replies that it reads ("item" is the listing's own item)."""
        return frozenset(path.partition(":")[0] for path in self.paths)

    def __call__(self, replies: Mapping[str, Reply], where: Where) -> State:
        """The state of the fact for a resource with these replies."""
        return self.derive(View(replies, self.paths, where))


class Fact(Generic[T]):
    """A question about a resource. `question` is its one meaning, everywhere."""

    def __init__(self, question: str) -> None:
        self.question = question
        self.key = ""
        self.facet: type[Facet] = Facet

    def __set_name__(self, owner: type[Facet], name: str) -> None:
        self.facet = owner
        self.key = f"{owner.__name__}.{name}"

    @overload
    def __get__(self, instance: None, owner: type[Facet]) -> Self: ...
    @overload
    def __get__(self, instance: Facet, owner: type[Facet]) -> T: ...
    def __get__(self, instance: Facet | None, owner: type[Facet]) -> Self | T:
        if instance is None:
            return self
        return cast(T, instance._read(cast("Fact[object]", self)))

    def __repr__(self) -> str:
        return self.key

    def at(self, path: str, via: Via[T], *, missing: T | Raise = RAISE, absent: T | Raise = RAISE) -> Answer:
        """Answered by the value at "source:/pointer"; see `View.at`."""
        return self.by(lambda view: view.at(path, via, missing=missing, absent=absent), path)

    def by(self, function: Callable[[View], T], *paths: str) -> Answer:
        """Answered by a function of the view, which may read only these paths."""

        def derive(view: View) -> State:
            try:
                return Known(function(view), tuple(view.evidence))
            except NotKnown as error:
                return error.unknown
            except NotApplicable as error:
                return Inapplicable(error.inapplicable.why, tuple(view.evidence))

        return Answer(cast("Fact[object]", self), paths, derive)

    def documented(self, value: T, basis: str) -> Answer:
        """The vendor documents it for every resource of the type; `basis` says where."""
        return Answer(
            cast("Fact[object]", self), (), lambda _: Known(value, (Evidence("", seen="documented", basis=basis),))
        )

    def inapplicable(self, why: str) -> Answer:
        """The question makes no sense for the type."""
        return Answer(cast("Fact[object]", self), (), lambda _: Inapplicable(why))

    def unseen(self, detail: str, reason: Reason = Reason.NOT_ASKED) -> Answer:
        """It could be asked, but nothing asks for it yet: always unknown, and told as such."""
        return Answer(cast("Fact[object]", self), (), lambda _: Unknown(reason, detail))


class SetFact(Fact[Iterable[T]]):
    """A fact whose value is a set that several collectors contribute to."""

    def items(self, function: Callable[[View], Iterable[T | Unknown]], *paths: str) -> Answer:
        """Answered by the items that a function of the view yields. A NotKnown on the way, or an Unknown that is
        yielded, becomes a gap and loses no item.
        """

        def derive(view: View) -> State:
            items: list[T] = []
            gaps: list[Unknown] = []
            try:
                for item in function(view):
                    gaps.append(item) if isinstance(item, Unknown) else items.append(item)
            except NotKnown as error:
                gaps.append(error.unknown)
            except NotApplicable as error:
                return Inapplicable(error.inapplicable.why, tuple(view.evidence))
            return Known(Seen(tuple(items), tuple(gaps)), tuple(view.evidence))

        return Answer(cast("Fact[object]", self), paths, derive)

    def one(self, path: str, via: Via[T]) -> Answer:
        """Answered by the single value at "source:/pointer"."""
        return self.items(lambda view: (view.at(path, via),), path)

    def none(self, basis: str) -> Answer:
        """The vendor documents that there is never an item."""
        return self.documented(Seen(), basis)

    def gap(self, detail: str, reason: Reason = Reason.NOT_ASKED) -> Answer:
        """Another collector could contribute items, but nothing asks it yet."""
        known: State = Known(Seen((), (Unknown(reason, detail),)))
        return Answer(cast("Fact[object]", self), (), lambda _: known)


def unmodelled(key: str) -> Unknown:
    """The state of a fact that a type does not answer."""
    return Unknown(Reason.UNMODELLED, f"{key} is not modelled for this type")


def merge(before: State | None, state: State) -> State:
    """Two contributions to one fact. Only set facts take several; an inapplicable contribution adds nothing, and an
    unknown one is a gap in the set. Raises TypeError for a second answer to any other fact.
    """
    if before is None or isinstance(before, Inapplicable):
        return state
    if isinstance(state, Inapplicable):
        return before
    if isinstance(before, Unknown) and isinstance(state, Unknown):
        return before
    match _seen(before), _seen(state):
        case Seen() as one, Seen() as two:
            return Known(Seen((*one.items, *two.items), (*one.gaps, *two.gaps)), (*before.evidence, *state.evidence))
    raise TypeError("a fact that is not a set was answered twice")


def _seen(state: Known[object] | Unknown) -> object:
    return Seen((), (state,)) if isinstance(state, Unknown) else state.value
