"""Values of facts as plain JSON values, the same in every run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction

from scanner.facts import JSON, Duration, Seen, canonical


def plain(value: object) -> JSON:
    """The value as JSON: durations, enumerations and dates as text, sets sorted, records as objects."""
    if isinstance(value, Enum | Duration | Fraction | str):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return _many(value)


def _many(value: object) -> JSON:
    if isinstance(value, Seen | frozenset | set):
        items = value.items if isinstance(value, Seen) else value
        return sorted((plain(item) for item in items), key=canonical)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value) if each.compare}
    raise TypeError(f"{type(value).__name__} has no plain form")
