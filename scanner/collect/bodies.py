"""Reply bodies: made plain, joined over pages, and told apart by what their items are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import orjson

from scanner.collect.model import Call, CallError, take
from scanner.facts import JSON, canonical


def by_name(call: Call, body: JSON) -> Mapping[str, list[JSON]]:
    """The items of a joined listing by the name of the resource that they tell of."""
    found: defaultdict[str, list[JSON]] = defaultdict(list)
    for item in items_in(body, call):
        for name in take(item, call.join.at) if call.join else []:
            found[str(name)].append(item)
    return found


def nested(pointer: str, value: JSON) -> JSON:
    """The value as the only thing in a body, at a pointer."""
    for step in reversed(pointer.split("/")[1:]):
        value = {step: value}
    return value


def joined(call: Call, bodies: Iterator[JSON]) -> JSON:
    """The bodies of all pages, or of all requests, as one, joined at the list of items. Raises CallError where they
    cannot be joined.
    """
    for whole in bodies:
        for body in bodies:
            items_in(whole, call).extend(items_in(body, call))
        return whole
    raise CallError("UnexpectedReply", refused=False, detail="no reply")


def items_in(body: JSON, call: Call) -> list[JSON]:
    """The list of items in a body. Raises CallError where the call declares none, or none is there."""
    match take(body, call.items) if call.items else []:
        case [list(items)]:
            return items
    raise CallError("UnexpectedReply", refused=False, detail=f"no list at {call.items or 'a declared place'}")


def plain(body: JSON, call: Call) -> JSON:
    """A copy of the body that is JSON and nothing else. Raises TypeError where it cannot be that."""
    copy = _decoded(orjson.loads(canonical(body)), call.decode)
    return orjson.loads(canonical(copy)) if call.decode else copy


def _decoded(body: JSON, where: tuple[str, ...]) -> JSON:
    for pointer in where:
        parent, _, name = pointer.rpartition("/")
        for holder in take(body, parent):
            # An empty text stands for no document at all.
            if isinstance(holder, dict) and isinstance(holder.get(name), str) and holder[name]:
                try:
                    holder[name] = orjson.loads(holder[name])
                except orjson.JSONDecodeError as error:
                    raise CallError("NotJson", refused=False, detail=f"{pointer} is not JSON") from error
    return body


def in_order(body: JSON, unordered: Iterable[str]) -> JSON:
    """The body with the lists at these pointers, whose order means nothing, sorted in place."""
    for pointer in unordered:
        for found in take(body, pointer):
            if isinstance(found, list):
                found.sort(key=canonical)
    return body
