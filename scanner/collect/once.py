"""A session that makes a request once, where a listing and an ask, or asks that read it in other ways, both need it.

The runner makes each listing once, and each ask once; only what both make would be made twice. A recording keeps the
two apart, as each was projected to what it is for: this is for a session with a cloud.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from scanner.collect.model import Call, CallError, Discovery, Provider, Session, Unit
from scanner.facts import JSON, canonical

Form = tuple[str, frozenset[str]]
"""An operation and the names of its parameters: what two calls must share to be able to make the same request."""


@dataclass(slots=True)
class _Brought:
    lock: threading.Lock = field(default_factory=threading.Lock)
    bodies: list[JSON] | None = None
    error: CallError | None = None


@dataclass(frozen=True, slots=True)
class Once:
    """See `scanner.collect.model.Session`. Who comes second waits for who is making the request. The replies of the
    `shared` forms alone are held.
    """

    inner: Session
    shared: frozenset[Form]
    _brought: dict[tuple[str, str, bytes], _Brought] = field(default_factory=dict)

    def discover(self) -> Discovery:
        """Find the accounts."""
        return self.inner.discover()

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The reply bodies of a call."""
        if (call.operation, frozenset(params)) not in self.shared:
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
        bodies.extend(pages)
    except CallError as error:
        return bodies, error
    return bodies, None


def shared(provider: Provider) -> frozenset[Form]:
    """The forms of requests that several of a provider's calls may make."""
    listings = (*(sweep.each for sweep in provider.sweeps), *(kind.each for kind in provider.types))
    listed = {(call.operation, frozenset(call.give)) for call in listings}
    asks = [call for kind in provider.types for call in kind.ask.values()]
    ways = {(_form(call), call.items, call.absent, call.decode) for call in asks}
    asked = Counter(form for form, *_ in ways)
    return frozenset(form for form, count in asked.items() if count > 1 or form in listed)


def _form(call: Call) -> Form:
    return call.operation, frozenset((*call.give, *call.take))
