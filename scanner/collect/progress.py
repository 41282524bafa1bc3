"""Progress of a scan: what was called and what was refused, counted beside the calls. It decides nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from scanner.collect.model import Call, CallError, Discovery, Session, Unit
from scanner.facts import JSON


@dataclass(frozen=True, slots=True)
class Count:
    """How many calls were begun, and how many of them were refused or failed."""

    calls: int = 0
    refused: int = 0
    failed: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.calls + other.calls, self.refused + other.refused, self.failed + other.failed)


@dataclass(frozen=True, slots=True, order=True)
class Lane:
    """What is counted together: the calls to one service of one account."""

    provider: str
    account: str
    service: str


@dataclass(frozen=True, slots=True, order=True)
class Operation:
    """An operation of a provider's service."""

    provider: str
    service: str
    operation: str


@dataclass(frozen=True, slots=True)
class Spent:
    """How many calls were begun, and the seconds that were waited for their pages, from all threads together."""

    calls: int = 0
    seconds: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.calls + other.calls, self.seconds + other.seconds)


@dataclass(frozen=True, slots=True, order=True)
class Denied:
    """A refused call: the operation, and the permission that would answer."""

    provider: str
    account: str
    operation: str
    permission: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The counts at one moment. `accounts` are those that discovery reached, by provider; `denied` holds each refusal
    once, in the order of their first time. `wall` is the seconds from the first call's begin to the last one's end.
    """

    lanes: Mapping[Lane, Count]
    accounts: Mapping[str, int]
    denied: tuple[Denied, ...]
    operations: Mapping[Operation, Spent] = field(default_factory=dict)
    wall: float = 0.0

    @property
    def total(self) -> Count:
        """The sum of all lanes."""
        return sum(self.lanes.values(), Count())


class Progress:
    """Counts from many threads, and tells when asked. Counting takes some microseconds, a call milliseconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lanes: dict[Lane, Count] = {}
        self._accounts: dict[str, int] = {}
        self._denied: dict[Denied, None] = {}
        self._operations: dict[Operation, Spent] = {}
        self._began = self._ended = 0.0

    def reached(self, provider: str, accounts: int) -> None:
        """A discovery brought this many accounts."""
        with self._lock:
            self._accounts[provider] = accounts

    def add(self, lane: Lane, count: Count, denied: Denied | None = None) -> None:
        """Count something in a lane."""
        with self._lock:
            self._lanes[lane] = self._lanes.get(lane, Count()) + count
            if denied:
                self._denied.setdefault(denied)

    def spend(self, operation: Operation, began: float, ended: float, calls: int = 0) -> None:
        """Add the time between two readings of a monotonic clock, in which a page was waited for."""
        with self._lock:
            self._operations[operation] = self._operations.get(operation, Spent()) + Spent(calls, ended - began)
            self._began = min(self._began or began, began)
            self._ended = max(self._ended, ended)

    def snapshot(self) -> Snapshot:
        """The counts now."""
        with self._lock:
            wall = self._ended - self._began
            return Snapshot(dict(self._lanes), dict(self._accounts), tuple(self._denied), dict(self._operations), wall)


@dataclass(frozen=True, slots=True)
class Watched:
    """A session whose calls are counted; see `scanner.collect.model.Session`."""

    provider: str
    inner: Session
    progress: Progress
    now: Callable[[], float] = time.monotonic

    def discover(self) -> Discovery:
        """Find the accounts, and count them."""
        found = self.inner.discover()
        self.progress.reached(self.provider, len(found.accounts))
        return found

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The reply bodies of a call, which is counted when it begins, and again if it is refused or fails."""
        lane = Lane(self.provider, unit.account.id, service(call))
        self.progress.add(lane, Count(calls=1))
        try:
            yield from self._timed(call, self.inner.pages(unit, call, params))
        except CallError as error:
            if error.code in call.absent:
                raise
            if error.refused:
                denied = Denied(self.provider, unit.account.id, call.operation, call.permission)
                self.progress.add(lane, Count(refused=1), denied)
            else:
                self.progress.add(lane, Count(failed=1))
            raise

    def _timed(self, call: Call, pages: Iterator[JSON]) -> Iterator[JSON]:
        """The pages; the time of waiting for each is added."""
        operation, calls = Operation(self.provider, service(call), call.operation), 1
        while True:
            began = self.now()
            try:
                page = next(pages)
            except StopIteration:
                return
            finally:
                self.progress.spend(operation, began, self.now(), calls)
            calls = 0
            yield page

    def close(self) -> None:
        """Let go of connections."""
        self.inner.close()


def service(call: Call) -> str:
    """The service that a call goes to: the first word of its operation, or of its permission where the operation is a
    path; "listing" where neither names one.
    """
    if " " not in call.operation:
        return call.operation.partition(".")[0]
    named = call.permission.partition("/")[0].rpartition(".")[2].lower()
    return "listing" if named in {"", "*"} else named


def by_account(lanes: Mapping[Lane, Count]) -> dict[tuple[str, str], dict[str, Count]]:
    """The counts of each service, by provider and account."""
    found: dict[tuple[str, str], dict[str, Count]] = {}
    for lane in sorted(lanes):
        found.setdefault((lane.provider, lane.account), {})[lane.service] = lanes[lane]
    return found
