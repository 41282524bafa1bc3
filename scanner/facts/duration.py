"""How long something is kept, exactly comparable across the ways vendors write it.

A year is 365 days and a month a twelfth of it, so that 12 months, 1 year and 365 days are one promise.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import total_ordering

UNITS = {
    "second": Fraction(1, 86400),
    "minute": Fraction(1, 1440),
    "hour": Fraction(1, 24),
    "day": Fraction(1),
    "week": Fraction(7),
    "month": Fraction(365, 12),
    "year": Fraction(365),
}
_TEXT = re.compile(r"\s*(\d+)\s*(second|minute|hour|day|week|month|year)s?\s*", re.ASCII | re.IGNORECASE)
_ISO = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII)
_ISO_UNITS = ("year", "month", "week", "day", "hour", "minute", "second")

_SHOWN = ("day", "month", "hour", "minute", "second")
"""In which unit a duration is written: the first that it is a whole number of."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in days; `days` is None for "for ever"."""

    days: Fraction | None

    @classmethod
    def of(cls, count: int, unit: str = "day") -> Duration:
        """So many of a unit (second to year)."""
        return cls(count * UNITS[unit])

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read "35 days", "6 months", "12 hours" or "forever". Raises ValueError otherwise."""
        if text.strip().lower() in {"forever", "for ever"}:
            return FOREVER
        found = _TEXT.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a duration; write for example '35 days', '6 months' or 'forever'")
        return cls.of(int(found[1]), found[2].lower())

    @classmethod
    def iso(cls, text: str) -> Duration:
        """Read an ISO 8601 duration such as "P5W" or "PT0S". Raises ValueError otherwise."""
        found = _ISO.fullmatch(text)
        if not found or not any(found.groups()):
            raise ValueError(f"{text!r} is not an ISO 8601 duration")
        return cls(sum((int(n) * UNITS[u] for n, u in zip(found.groups(), _ISO_UNITS, strict=True) if n), Fraction()))

    def __lt__(self, other: Duration) -> bool:
        return (math.inf if self.days is None else self.days) < (math.inf if other.days is None else other.days)

    def __str__(self) -> str:
        if self.days is None:
            return "forever"
        whole = (unit for unit in _SHOWN if (self.days / UNITS[unit]).denominator == 1)
        unit = next(whole, "day")
        count = self.days / UNITS[unit]
        number = str(count.numerator) if count.denominator == 1 else f"{float(count):.2f}"
        return f"{number} {unit}{'' if count == 1 else 's'}"


FOREVER = Duration(None)
"""It is never deleted."""
