"""Reply bodies: made plain, joined over pages, and told apart by what their items are about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import orjson

from scanner.collect.model import Call, CallError, Decoded, take
from scanner.facts import JSON, Projection, canonical


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


def sealed(call: Call, keep: Projection, pages: Iterator[JSON]) -> bytes:
    """What a projection keeps of the bodies of all pages, joined, as canonical JSON."""
    return canonical(keep(joined(call, pages)))


def items_in(body: JSON, call: Call) -> list[JSON]:
    """The list of items in a body. Raises CallError where the call declares none, or none is there."""
    match take(body, call.items) if call.items else []:
        case [list(items)]:
            return items
    raise CallError("UnexpectedReply", refused=False, detail=f"no list at {call.items or 'a declared place'}")


def plain(body: JSON, call: Call) -> JSON:
    """The body, or a copy of it, that is JSON and nothing else. Raises TypeError where it cannot be that."""
    copy = _decoded(body if isinstance(body, Decoded) else orjson.loads(canonical(body)), call.decode)
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
