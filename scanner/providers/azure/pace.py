"""The pace at which Azure takes requests: what its headers say of quotas, before it throttles.

Documents relied upon: on learn.microsoft.com, "Understand how Azure Resource Manager throttles requests" (a bucket of
reads for each subscription, refilled every second) and "Guidance for throttled requests in Azure Resource Graph".
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

LONGEST_WAIT = 30.0
"""Seconds. A vendor that wants a longer pause is asked again earlier, and the call fails when all tries are used."""
SHORTEST_WAIT = 0.2
"""Seconds, where the vendor says "at once": many callers that come again at once are throttled again."""
REFILL = 1.0
"""Seconds until an empty bucket of Azure Resource Manager has something in it again."""
GRAPH = "graph"
READS = tuple(f"x-ms-ratelimit-remaining-{name}-reads" for name in ("subscription", "subscription-global", "tenant"))
QUOTA = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})")


def quota_wait(headers: Mapping[str, str]) -> float | None:
    """The seconds until Resource Graph's quota is full again ("00:00:05"), by its own header; None without it."""
    found = QUOTA.fullmatch(headers.get("x-ms-user-quota-resets-after", ""))
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else None


def bucket_of(method: str, url: str) -> str:
    """Which quota a request is counted in: Resource Graph's, a subscription's, or that of all else."""
    match urlsplit(url).path.lower().split("/"):
        case _ if method == "POST":
            return GRAPH
        case ["", "subscriptions", str(subscription), *_]:
            return subscription
    return ""


@dataclass(slots=True)
class Pace:
    """Waits before a request where an earlier reply said that nothing is left. Safe for threads."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _until: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, bucket: str) -> None:
        """Wait until there is something in the bucket again."""
        with self._lock:
            pause = self._until.get(bucket, 0.0) - self.clock()
        if pause > 0:
            self.sleep(pause)

    def heed(self, bucket: str, headers: Mapping[str, str]) -> None:
        """Note what a reply says of the bucket that it was counted in."""
        pause = min(_pause(headers), LONGEST_WAIT)
        if pause:
            with self._lock:
                self._until[bucket] = self.clock() + pause


def _pause(headers: Mapping[str, str]) -> float:
    if headers.get("x-ms-user-quota-remaining") == "0":
        return quota_wait(headers) or REFILL
    return REFILL if any(headers.get(name) == "0" for name in READS) else 0.0
