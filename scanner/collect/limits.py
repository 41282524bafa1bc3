"""Rate limits: a token bucket for each account and service."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """At most `rate` calls a second on average, and at most `rate` at once."""

    rate: float
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free_at: float = 0.0

    def take(self) -> None:
        """Wait until a call may be made."""
        with self._lock:
            now = self.now()
            self._free_at = max(self._free_at, now - 1.0) + 1.0 / self.rate
            wait = self._free_at - now
        if wait > 0:
            self.sleep(wait)


class Limits:
    """One bucket for each lane; a lane is an account and a service."""

    def __init__(
        self, rate: float, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._lock = threading.Lock()
        self._buckets: defaultdict[tuple[str, str], Bucket] = defaultdict(lambda: Bucket(rate, now, sleep))

    def wait(self, account: str, service: str) -> None:
        """Wait until the lane is free."""
        with self._lock:
            bucket = self._buckets[account, service]
        bucket.take()
