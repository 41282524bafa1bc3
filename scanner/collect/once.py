"""A session that makes a request once, where a listing and an ask, or asks that read it in other ways, both need it.

The runner makes each listing once, and each ask once; only what both make would be made twice. A recording keeps the
two apart, as each was projected to what it is for: this is for a session with a cloud.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from scanner.collect.model import Call, CallError, Decoded, Discovery, Provider, Session, Unit
from scanner.facts import JSON, canonical

Form = tuple[str, frozenset[str]]
"""An operation and the names of its parameters: what two calls must share to be able to make the same request."""
Shared = Mapping[Form, tuple[Mapping[str, JSON], ...]]
"""The forms of requests that several calls may make, with the literal parameters that such a request has."""


@dataclass(slots=True)
class _Brought:
    lock: threading.Lock = field(default_factory=threading.Lock)
    bodies: list[JSON] | None = None
    error: CallError | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """See `scanner.collect.model.Session`. Who comes second waits for who is making the request. The replies to the
    `shared` requests alone are held: a listing of a large estate that nothing else asks for is not.
    """

    inner: Session
    shared: Shared
    _brought: dict[tuple[str, str, bytes], _Brought] = field(default_factory=dict)

    def discover(self) -> Discovery:
        """Find the accounts."""
        return self.inner.discover()

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The reply bodies of a call."""
        literal = self.shared.get((call.operation, frozenset(params)), ())
        if not any(each.items() <= params.items() for each in literal):
            yield from self.inner.pages(unit, call, params)
            return
        brought = self._brought.setdefault((unit.key, call.operation, canonical(dict(params))), _Brought())
        with brought.lock:
            if brought.bodies is None:
                brought.bodies, brought.error = _all(self.inner.pages(unit, call, params))
        yield from brought.bodies
        if brought.error:
            raise brought.error

    def close(self) -> None:
        """Let go of connections."""
        self.inner.close()


def _all(pages: Iterator[JSON]) -> tuple[list[JSON], CallError | None]:
    """The pages that came, and what ended them early."""
    bodies: list[JSON] = []
    try:
        # They are given out more than once, so that each reader must copy them.
        bodies.extend(dict(each) if isinstance(each, Decoded) else each for each in pages)
    except CallError as error:
        return bodies, error
    return bodies, None


def shared(provider: Provider) -> Shared:
    """The requests that several of a provider's calls may make."""
    listings = (*(sweep.each for sweep in provider.sweeps), *(kind.each for kind in provider.types))
    listed = _by_form(listings)
    asked = _by_form(call for kind in provider.types for call in kind.ask.values())
    literal = {
        form: {call.key: call.give for call in calls if _doubled(call, listed.get(form, ()), calls)}
        for form, calls in asked.items()
    }
    return {form: tuple(given.values()) for form, given in literal.items() if given}


def _by_form(calls: Iterable[Call]) -> Mapping[Form, list[Call]]:
    found: defaultdict[Form, list[Call]] = defaultdict(list)
    for call in calls:
        found[call.operation, frozenset((*call.give, *call.take))].append(call)
    return found


def _doubled(ask: Call, listings: Iterable[Call], asks: Iterable[Call]) -> bool:
    """Whether a listing, or an ask that reads it in another way, may make the same request as an ask."""
    others = (each for each in asks if _reading(each) != _reading(ask))
    return any(
        all(ask.give[name] == each.give[name] for name in ask.give.keys() & each.give.keys())
        for each in (*listings, *others)
    )


def _reading(call: Call) -> tuple[object, ...]:
    return call.items, call.absent, call.decode
