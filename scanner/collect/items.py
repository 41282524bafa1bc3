"""Items of listings: which type one is of, what it is called, and what is asked with its values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from scanner.collect.model import Call, ResourceType, Unit, take
from scanner.facts import JSON

FORMS: Mapping[str, Callable[[str], str]] = {
    "": str,
    "lower": str.lower,
    "last": lambda value: value.rpartition("/")[2],
}
"""The forms in which a value may stand in an id; see `scanner.collect.model.ResourceType`."""


def matches(kind: ResourceType, item: JSON) -> bool | None:
    """Whether an item is of the type; None where it does not tell."""
    doubt = False
    for pointer, accepted in kind.only.items():
        told = {value.lower() for value in take(item, pointer) if isinstance(value, str)}
        if told and not told & accepted:
            return False
        doubt = doubt or not told
    return None if doubt else True


def expand(template: str, item: JSON, unit: Unit) -> str | None:
    """The id that a template gives an item; None where a value is missing."""
    first, *parts = _parts(template)
    text = first[0]
    for rest, name, form in parts:
        value = _named(name, item, unit)
        if not value:
            return None
        text += (FORMS[form](value) if form else value) + rest
    return text


@lru_cache(1024)
def _parts(template: str) -> tuple[tuple[str, str, str], ...]:
    """The text before the first pointer, and each pointer with its form and the text after it."""
    first, *more = template.split("{")
    parts = [(first, "", "")]
    for part in more:
        named, _, rest = part.partition("}")
        name, _, form = named.partition("|")
        parts.append((rest, name, form))
    return tuple(parts)


def _named(name: str, item: JSON, unit: Unit) -> str:
    match name:
        case "@account":
            return unit.account.id
        case "@region":
            return unit.region
        case "@partition":
            return unit.account.partition
        case _:
            return text(item, name)


def text(item: JSON, pointer: str) -> str:
    """The first value at a pointer as text; "" where there is none."""
    values = take(item, pointer)
    return str(values[0]) if values and isinstance(values[0], str | int) else ""


def parameters(call: Call, item: JSON, unit: Unit) -> Iterator[Mapping[str, JSON]]:
    """The parameters of each request: one, or one for each value of a pointer with `*`."""
    sets: list[dict[str, JSON]] = [dict(call.give)]
    for name, pointer in call.take.items():
        values = [_named(pointer, item, unit)] if pointer.startswith("@") else take(item, pointer)
        sets = [{**each, name: value} for each in sets for value in values]
    yield from sets


def given(call: Call, unit: Unit) -> Mapping[str, JSON]:
    """The parameters of a listing: there is no item to take them from, but its account and region."""
    return next(iter(parameters(call, None, unit)))
