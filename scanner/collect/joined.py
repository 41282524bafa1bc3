"""Joined listings: one listing whose items tell of resources that another one lists."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from scanner.collect import bodies
from scanner.collect.model import Call, take
from scanner.facts import JSON, Body, Fragment, Projection, canonical, trimmed
from scanner.memory import Memory

MOST = 10_000
"""So many different replies are remembered: most resources of an account are told of by the same few items."""


def names(by: tuple[tuple[str, str], ...], item: JSON) -> tuple[str, ...]:
    """The names by which a listing may tell of a resource: what is at the pointers, each after a text."""
    found = [f"{before}{value}" for at, before in by for value in take(item, at)]
    return tuple(dict.fromkeys(found))


Read = Callable[[Call, Projection, Iterator[JSON]], bytes]
"""Reads the pages of a request, and gives what a projection keeps of them as one body, sealed."""


@dataclass(slots=True)
class Joined:
    """A joined listing. `at` are the pointers at which its items tell of what they are about. `make` makes it, once,
    and has its pages read: it gives a body, or what came in its place. That body is empty unless it is to be `whole`.
    """

    call: Call
    at: frozenset[str]
    make: Callable[[Read], Mapping[str, JSON]]
    whole: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)
    told: Mapping[str, JSON] | None = None
    items: dict[tuple[str, str], list[bytes]] = field(default_factory=dict)
    known: Memory[tuple[object, ...], Body] = field(default_factory=lambda: Memory(MOST))

    def ready(self) -> Mapping[str, JSON]:
        """Make it, or wait for who is making it. Without a body it tells why there is none."""
        if self.told is None:
            with self.lock:
                if self.told is None:
                    reply = self.make(self._read)
                    self.told = {"body": None} if "body" in reply else reply
        return self.told

    def _read(self, call: Call, keep: Projection, pages: Iterator[JSON]) -> bytes:
        """File the items of each page by what they tell of, and give all of them."""
        whole: list[JSON] = []
        for page in pages:
            for item in bodies.items_in(keep(page), call):
                data = trimmed(item)
                for at in self.at:
                    for name in take(item, at):
                        self.items.setdefault((at, str(name)), []).append(data)
                if self.whole:
                    whole.append(orjson.Fragment(data))
        return canonical(bodies.nested(call.items, whole))

    def of(self, call: Call, names: Iterable[str], keep: Projection, unordered: list[str]) -> Body | Mapping[str, JSON]:
        """The listing with only the items that tell of these names, of which there may be none, for a call that asks
        for it; or why there is none.
        """
        told = self.told or self.ready()
        if "body" not in told or call.join is None:
            return told
        at = call.join.at
        there = tuple([name for name in names if (at, name) in self.items])
        key = (at, there, id(keep))
        if (found := self.known.get(key)) is None:
            items = [orjson.loads(data) for name in there for data in self.items[at, name]]
            fragment = Fragment(bodies.in_order(keep(bodies.nested(call.items, items)), unordered)).seal()
            found = Body(call.operation, call.permission, fragment)
            self.known.keep(key, found)
        return found
