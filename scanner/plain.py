"""Values of facts as plain JSON values, the same in every run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any

from scanner.facts import JSON, Duration, Seen, canonical


def plain(value: object) -> JSON:
    """The value as JSON: durations, enumerations and dates as text, sets sorted, records as objects."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if isinstance(value, Enum | Duration | Fraction | str):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return _many(value)


_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


def _many(value: object) -> JSON:
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Seen | frozenset | set):
        items = value.items if isinstance(value, Seen) else value
        return sorted((plain(item) for item in items), key=canonical)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _compared(type(value))}
    raise TypeError(f"{type(value).__name__} has no plain form")


@cache
def _compared(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a dataclass that make its identity."""
    return tuple(each.name for each in fields(kind) if each.compare)
