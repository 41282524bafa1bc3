"""Values of the document as the page says them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from urllib.parse import urlsplit

from reports.document import Read
from reports.sentences import long_date
from reports.text import visible

LONG = 4000
"""At most so many characters of a value, a name or a message."""
ITEMS = 50
"""At most so many faults, unknowns or reads of one condition or fact."""


def compact(value: object) -> str:
    """A value on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def pretty(value: object) -> str:
    """A value on one line if it is short, else on a line for each part of it."""
    line = visible(compact(value))
    return line if isinstance(value, str) or len(line) <= 100 else _lines(value)


def _lines(value: object) -> str:
    items = value if isinstance(value, list) else [value]
    lines = (json.dumps(item, ensure_ascii=False, sort_keys=True, indent=2) for item in items[:ITEMS])
    more = f"\n… and {len(items) - ITEMS} more" if len(items) > ITEMS else ""
    return "\n".join(lines) + more


def cut(text: object, most: int = LONG) -> str:
    """Text of at most so many characters that are seen; what is left out is counted."""
    word = visible(text)
    return word if len(word) <= most else f"{word[:most]}… ({len(word) - most} more characters)"


def lines(text: str) -> str:
    """Text of at most `LONG` characters, in which the ends of lines stay: each line is made visible by itself."""
    return "\n".join(visible(line) for line in text[:LONG].split("\n")) + ("…" if len(text) > LONG else "")


def link(url: str) -> str:
    """A web address that may be followed, or ""."""
    if not url.isprintable() or set(url) & set(" <>\"'`\\") or len(url) > LONG:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.hostname else ""


def clock(moment: str) -> str:
    """A moment in words, with its time."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return f"{long_date(moment)}, {found:%H:%M} {found.tzname() or ''}".strip()


def days_left(expires: str, at: str) -> str:
    """How long an exception still holds at the run's clock, in words."""
    end, now = _date(expires), _date(at)
    if end is None or now is None:
        return ""
    left = (end - now).days
    if left < 0:
        return f"{_days(-left)} ago"
    return f"{_days(left)} left" if left else "the last day"


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _date(moment: str) -> date | None:
    try:
        return datetime.fromisoformat(moment).date()
    except ValueError:
        return None


def gathered(reads: Iterable[Read]) -> list[tuple[Read, list[str]]]:
    """Reads of the same fragment in the same way together: one of them, and the pointers of all."""
    found: defaultdict[Read, list[str]] = defaultdict(list)
    for read in reads:
        found[read.model_copy(update={"pointer": ""})].append(read.pointer)
    return list(found.items())


def spoken(word: str) -> str:
    """A word of the document as it is spoken."""
    return word.replace("_", " ")


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
