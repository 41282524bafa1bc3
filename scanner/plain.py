"""Values of facts as plain JSON values, the same in every run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from functools import cache
from typing import Any

from scanner.facts import JSON, Duration, Seen, canonical


def plain(value: object) -> JSON:
    """The value as JSON: durations, enumerations and dates as text, sets sorted, records as objects."""
    kind: Any = type(value)
    return value if kind in _AS_IT_IS else _form(kind)(value)


_AS_IT_IS = frozenset({str, int, float, bool, type(None)})
Form = Callable[[Any], JSON]


@cache
def _form(kind: type[Any]) -> Form:
    """How the values of a type are made plain: found out once, because a large estate has millions of them."""
    for kinds, form in _FORMS:
        if issubclass(kind, kinds):
            return form
    if is_dataclass(kind):
        return _record(tuple(each.name for each in fields(kind) if each.compare))
    raise TypeError(f"{kind.__name__} has no plain form")


def _all(values: Iterable[object]) -> list[JSON]:
    return [plain(item) for item in values]


def _sorted(values: Iterable[object]) -> list[JSON]:
    return sorted(_all(values), key=canonical)


def _record(names: tuple[str, ...]) -> Form:
    """A record as an object of the fields that make its identity."""
    return lambda value: {name: plain(getattr(value, name)) for name in names}


_FORMS: tuple[tuple[type | tuple[type, ...], Form], ...] = (
    ((Enum, Duration, Fraction, str), str),
    (date, lambda value: value.isoformat()),
    ((tuple, list), _all),
    (Seen, lambda value: _sorted(value.items)),
    ((frozenset, set), _sorted),
    (Mapping, lambda value: {str(key): plain(item) for key, item in value.items()}),
)
