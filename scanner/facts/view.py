"""The tracked view of a resource's replies that facts are derived from.

Every read says which pointer it touched; a value that is not there, or not of the foreseen form, raises `NotKnown`
unless the caller declares what its absence means. Only declared paths can be read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import lru_cache
from typing import TypeVar, cast

from scanner.facts.reply import (
    JSON,
    Absent,
    Body,
    Failed,
    Refused,
    Reply,
    Unasked,
    form_of,
    formed,
    join,
    split,
)
from scanner.facts.state import Evidence, NotKnown, Reason, Unknown

T = TypeVar("T")
U = TypeVar("U")


class Raise(Enum):
    """The marker of "nothing declared": what is not there raises `NotKnown`."""

    RAISE = 0


RAISE = Raise.RAISE
Paths = frozenset[str] | tuple[str, ...]
Via = Mapping[object, T] | Callable[[JSON], T]


class UndeclaredRead(LookupError):
    """A mapping read a path that its resource type does not declare: a defect of the mapping."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a resource is known to be before any reply is read: its account, region and partition."""

    provider: str = ""
    account: str = ""
    region: str = ""
    partition: str = ""


@dataclass(slots=True)
class View:
    """A resource's replies by source name, with the log of what was read."""

    replies: Mapping[str, Reply]
    paths: Paths
    where: Where = Where()
    evidence: list[Evidence] = field(default_factory=list)

    def node(self, source: str) -> Node:
        """The root of one reply. Raises NotKnown where it was refused, failed, was not asked or is absent."""
        self._check_declared(source)
        match self.replies.get(source):
            case Body() as body:
                return Node(self, source, body, (), body.fragment.body)
            case Absent(call, permission, code):
                raise NotKnown(Unknown(Reason.SHAPE, f"absent ({code}), undeclared here", call, permission))
            case Refused(call, permission, code):
                raise NotKnown(Unknown(Reason.REFUSED, f"{call} refused ({code})", call, permission))
            case Failed(call, permission, detail):
                raise NotKnown(Unknown(Reason.FAILED, detail, call, permission))
            case Unasked(call, permission, detail):
                raise NotKnown(Unknown(Reason.NOT_ASKED, detail, call, permission))
            case None:
                raise NotKnown(Unknown(Reason.NOT_ASKED, f"no reply named {source!r}"))

    def absent(self, source: str) -> bool:
        """Whether the vendor declared that there is no such thing; the absence is then evidence."""
        self._check_declared(source)
        reply = self.replies.get(source)
        if isinstance(reply, Absent):
            self.evidence.append(Evidence(reply.call, seen="absent", code=reply.code))
            return True
        return False

    def at(self, path: str, via: Via[T], *, missing: U | Raise = RAISE, absent: U | Raise = RAISE) -> T | U:
        """The value at "source:/pointer", turned by `via`.

        `via` is a table of the foreseen values or a function that raises ValueError, TypeError or KeyError for an
        unforeseen one. `missing` is what a documented missing field (or null) means, `absent` what a documented
        absence of the whole reply means.
        """
        source, _, pointer = path.partition(":")
        if not isinstance(absent, Raise) and self.absent(source):
            return absent
        return self.node(source).at(pointer, via, missing=missing)

    def each(self, path: str, *, missing: bool = False, absent: bool = False) -> Iterator[Node]:
        """The items of the list at "source:/pointer"; none where a missing list, or an absent reply, is declared to
        mean none.
        """
        source, _, pointer = path.partition(":")
        if absent and self.absent(source):
            return iter(())
        return self.node(source).each(pointer, missing=missing)

    def _check_declared(self, source: str) -> None:
        if not _declares(self.paths, source):
            raise UndeclaredRead(f"{source} is read but not declared")


@dataclass(frozen=True, slots=True)
class Node:
    """A place inside a reply."""

    view: View
    source: str
    body: Body
    steps: tuple[str | int, ...]
    value: JSON

    @property
    def pointer(self) -> str:
        """The JSON pointer of this place."""
        return join(self.steps)

    def at(self, pointer: str, via: Via[T], *, missing: U | Raise = RAISE) -> T | U:
        """The value below this place, turned by `via`; see `View.at`."""
        found = self._down(pointer)
        if found.value is None:
            if not isinstance(missing, Raise):
                found._note("missing")
                return missing
            raise NotKnown(found._unknown("is missing, which is not documented"))
        found._note("value")
        try:
            return _turn(found.value, via)
        except (ValueError, TypeError, KeyError) as error:
            raise NotKnown(found._unknown(f"has an unforeseen value {_short(found.value)}")) from error

    def each(self, pointer: str, *, missing: bool = False) -> Iterator[Node]:
        """The items of the list below this place. The list's whole content is noted as read by its items."""
        found = self._down(pointer)
        if found.value is None and missing:
            found._note("missing")
            return iter(())
        if not isinstance(found.value, list):
            raise NotKnown(found._unknown("is not a list"))
        found._note("value")
        items = cast(list[JSON], found.value)
        return (Node(self.view, self.source, self.body, (*found.steps, i), item) for i, item in enumerate(items))

    def _down(self, pointer: str) -> Node:
        steps, value = self.steps, self.value
        asked = split(pointer)
        for step in asked:
            base, _ = form_of(step)
            if value is None:
                steps = (*steps, base)
                continue
            if not isinstance(value, Mapping):
                raise NotKnown(Node(self.view, self.source, self.body, steps, value)._unknown("is not an object"))
            steps, value = (*steps, base), formed(value, step)
        self._check_declared(asked)
        return Node(self.view, self.source, self.body, steps, value)

    def _check_declared(self, asked: tuple[str, ...]) -> None:
        wanted = (self.source, *(("*" if isinstance(step, int) else step) for step in self.steps), *asked)
        if not _covered(self.view.paths, wanted):
            raise UndeclaredRead(f"{self.source}:{self.pointer}{join(asked)} is read but not declared")

    def _note(self, seen: str) -> None:
        self.view.evidence.append(Evidence(self.body.call, self.pointer, self.body.fragment.digest, seen))

    def _unknown(self, what: str) -> Unknown:
        here = Evidence(self.body.call, self.pointer, self.body.fragment.digest)
        detail = f"{self.body.call} {self.pointer or '/'} {what}"
        return Unknown(Reason.SHAPE, detail, self.body.call, self.body.permission, (*self.view.evidence, here))


# The same few mappings are checked for every resource of an estate.
@lru_cache(8192)
def _declares(paths: Paths, source: str) -> bool:
    return any(path.partition(":")[0] == source for path in paths)


@lru_cache(8192)
def _covered(paths: Paths, wanted: tuple[str, ...]) -> bool:
    return any(_covers(path, wanted) for path in paths)


def _covers(path: str, wanted: tuple[str, ...]) -> bool:
    source, _, pointer = path.partition(":")
    declared = (source, *split(pointer))
    size = min(len(declared), len(wanted))
    return all(d in (w, "*") for d, w in zip(declared[:size], wanted[:size], strict=True))


def _turn(value: JSON, via: Via[T]) -> T:
    if isinstance(via, Mapping):
        for key, result in via.items():
            if type(key) is type(value) and key == value:
                return result
        raise KeyError(value)
    return via(value)


def _short(value: JSON) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
