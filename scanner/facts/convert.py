"""Small converters for `via`: each takes a JSON value and raises for one that was not foreseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from scanner.facts.reply import JSON

T = TypeVar("T")


def text(value: JSON) -> str:
    """A string that is not empty."""
    if not isinstance(value, str) or not value:
        raise TypeError("not a text")
    return value


def flag(value: JSON) -> bool:
    """A JSON boolean."""
    if not isinstance(value, bool):
        raise TypeError("not a boolean")
    return value


def no(value: JSON) -> bool:
    """The opposite of a JSON boolean."""
    return not flag(value)


def whole(value: JSON) -> int:
    """A whole number; also as text, as Google writes 64-bit ones."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("not a whole number")
    return int(value)


def texts(value: JSON) -> tuple[str, ...]:
    """A list of strings."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return tuple(text(item) for item in value)


def pairs(value: JSON) -> dict[str, str]:
    """Tags as an object of strings. A null value reads as an empty one, as Azure returns it."""
    if not isinstance(value, Mapping):
        raise TypeError("not an object")
    return {text(key): _label(item) for key, item in value.items()}


def key_values(value: JSON) -> dict[str, str]:
    """Tags as AWS writes them: a list of {"Key", "Value"}."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return {text(item["Key"]): _label(item.get("Value", "")) for item in value}


def _label(value: JSON) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def folded(table: Mapping[str, T]) -> Callable[[JSON], T]:
    """A table of names that the vendor writes in varying case. Keys are lower case."""
    return lambda value: table[text(value).lower()]


def always(result: T) -> Callable[[JSON], T]:
    """Any value at all means this: what counts is that the field is there."""
    return lambda _: result
