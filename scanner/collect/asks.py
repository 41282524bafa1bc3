"""Asks: what is requested about a record, and the reply that comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import cast

import orjson

from scanner.collect import bodies
from scanner.collect.joined import Joined
from scanner.collect.model import Call, CallError, ResourceType, Unit
from scanner.facts import JSON, Absent, Body, Failed, Fragment, Projection, Refused, Reply, Unasked, canonical


@dataclass(slots=True)
class Ask:
    """`unit` is where it is to be made after the one that it follows; `of` are the parameters of each job; `names` are
    those by which the items of a joined listing tell of the resource.
    """

    call: Call
    unasked: str = ""
    jobs: list[Future[Mapping[str, JSON]]] = field(default_factory=list)
    unit: Unit | None = None
    of: list[Mapping[str, JSON]] = field(default_factory=list)
    join: Joined | None = None
    names: tuple[str, ...] = ()


@dataclass(slots=True)
class Ready:
    """An ask of a type that a joined listing answers. `by` tells by which names."""

    source: str
    call: Call
    join: Joined
    keep: Projection
    unordered: list[str]
    by: tuple[tuple[str, str], ...] = field(init=False)

    def __post_init__(self) -> None:
        self.by = tuple(self.call.join.names.items()) if self.call.join else ()

    def reply(self, names: tuple[str, ...]) -> Reply:
        """What the listing tells of a resource of these names."""
        told = self.join.of(self.call, names, self.keep, self.unordered)
        return told if isinstance(told, Body) else outcome(self.call, told)


def requested(ask: Ask, keep: Projection, unordered: list[str]) -> Reply:
    """The reply to the requests of an ask."""
    call = ask.call
    replies = [job.result() for job in ask.jobs]
    bad = [reply for reply in replies if "body" not in reply]
    if call.apart and any("body" in reply or "absent" in reply for reply in replies):
        return Body(call.operation, call.permission, Fragment(keep(_apart(ask))))
    if bad:
        # What was refused or failed decides: that another of the requests found nothing does not answer for it.
        worst = min(bad, key=lambda reply: "absent" in reply)
        if "absent" in worst and len(bad) < len(replies):
            return Failed(call.operation, call.permission, "some of its requests found nothing")
        return outcome(call, worst)
    try:
        body = keep(bodies.joined(call, map(opened, replies)))
    except CallError as error:
        return Failed(call.operation, call.permission, error.detail)
    return Body(call.operation, call.permission, Fragment(bodies.in_order(body, unordered)))


def outcome(call: Call, reply: Mapping[str, JSON]) -> Reply:
    """What came in the place of a body."""
    match reply:
        case {"absent": str(code)}:
            return Absent(call.operation, call.permission, code)
        case {"refused": str(code)}:
            return Refused(call.operation, call.permission, code)
        case {"unasked": str(detail)}:
            return Unasked(call.operation, call.permission, detail)
        case _:
            return Failed(call.operation, call.permission, str(reply.get("failed", "an unforeseen reply")))


def _apart(ask: Ask) -> JSON:
    """What each request of an ask brought, with the values that were taken for it, in their order."""
    told = [
        {"of": {name: of[name] for name in ask.call.take}, **_decoded(job.result())}
        for of, job in zip(ask.of, ask.jobs, strict=True)
    ]
    return sorted(told, key=lambda each: canonical(each["of"]))


def _decoded(reply: Mapping[str, JSON]) -> Mapping[str, JSON]:
    return {"body": opened(reply)} if "body" in reply else reply


def opened(reply: Mapping[str, JSON]) -> JSON:
    """The sealed body of a reply, decoded anew."""
    return orjson.loads(cast("bytes", reply["body"]))


def unordered_of(kind: ResourceType, source: str) -> list[str]:
    """The pointers into a reply at which there are lists whose order means nothing."""
    if not kind.unordered:
        return []
    pairs = (path.partition(":") for path in kind.unordered)
    return [pointer for name, _, pointer in pairs if name == source]
