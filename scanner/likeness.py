"""Likeness: resources whose replies tell the same of all that is asked have the same facts, and the same verdicts.

Their facts are derived from nothing else (see `scanner.derive`), so that it is done once for all of them. Large estates
are mostly resources that are alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from scanner.collect.runner import Record
from scanner.derive import Derivation
from scanner.estate import Resource
from scanner.facts import (
    JSON,
    Absent,
    Body,
    Evidence,
    Failed,
    Fragment,
    Kind,
    Refused,
    Reply,
    State,
    Unasked,
    canonical,
    trimmed,
)
from scanner.facts.reply import digests
from scanner.memory import Memory
from scanner.spool import Row, Spool

MOST = 20_000
"""So many likenesses are remembered at once. One that was forgotten is derived again."""
HEAD = ("type", "provider", "account", "region", "partition", "modelled")


@dataclass(slots=True, eq=False)
class Likeness:
    """What resources that are alike share: a record without its id, name and replies, the states of its facts, and the
    replies that were refused. `memo` is for what later stages find out of it.
    """

    head: Record
    states: Mapping[str, State]
    refused: tuple[tuple[str, str], ...]
    memo: dict[Any, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Linked:
    """A resource with the states of its facts. Where these are its likeness' own they are the same objects."""

    row: Row
    likeness: Likeness
    states: Mapping[str, State]

    @property
    def body(self) -> dict[str, Any]:
        """What a run holds of it besides its facts and verdicts."""
        head, memo = self.likeness.head, self.likeness.memo
        if "body" not in memo:
            memo["body"] = {"kind": head.kind.value, **{name: getattr(head, name) for name in HEAD}}
        return {**memo["body"], "name": self.row.name, "replies": orjson.Fragment(self.row.replies)}

    @property
    def general(self) -> Resource:
        """The resource with its id and name, whose readings name its own replies by their source."""
        return Resource(replace(self.likeness.head, id=self.row.id, name=self.row.name), self.states)

    @property
    def resource(self) -> Resource:
        """The resource with its replies, whose readings name digests alone."""
        told = orjson.loads(self.row.replies)
        replies = {source: reply_of(each) for source, each in told.items()}
        record = replace(self.likeness.head, id=self.row.id, name=self.row.name, replies=replies)
        own = digests(told)
        return Resource(record, {key: exact(state, own) for key, state in self.states.items()})


@dataclass(slots=True)
class Likenesses:
    """Finds out what is alike, and keeps the records in a spool."""

    derivation: Derivation
    spool: Spool = field(default_factory=Spool)
    _asked: set[str] = field(default_factory=set)
    _accounts: set[tuple[str, str]] = field(default_factory=set)
    _known: Memory[bytes, Likeness] = field(default_factory=lambda: Memory(MOST))
    _shared: Memory[tuple[str, str, int], tuple[Reply, object, object]] = field(default_factory=lambda: Memory(MOST))

    def add(self, record: Record, rank: int) -> None:
        """Take a record; see `scanner.collect.runner.Sink`."""
        where = (record.provider, record.type, record.account, record.region, record.partition, record.modelled)
        parts: list[object] = [*where, record.kind]
        told: dict[str, object] = {}
        for source, reply in record.replies.items():
            part, told[source] = self._parts(record, source, reply)
            parts += source, part
        key = hashlib.sha256(canonical(parts)).digest()
        if key not in self._known:
            self._remember(key, record)
            self.spool.describe(key, _head(record))
        self.spool.add(Row(record.id, key, record.name, canonical(told)), rank)

    def of(self, row: Row) -> Likeness:
        """The likeness of a row."""
        found = self._known.get(row.likeness)
        return found or self._remember(row.likeness, _record(self.spool.head(row.likeness), row.replies))

    def told(self) -> tuple[frozenset[tuple[str, str]], frozenset[str]]:
        """Provider and account of the records that count, and the facts that were asked of them."""
        if not self.spool.has_doubles():
            return frozenset(self._accounts), frozenset(self._asked)
        accounts, asked = set[tuple[str, str]](), set[str]()
        for alike in map(self.of, self.spool):
            accounts.add((alike.head.provider, alike.head.account))
            asked.update(alike.states)
        return frozenset(accounts), frozenset(asked)

    def _remember(self, key: bytes, record: Record) -> Likeness:
        made = self._known.keep(key, self._derived(record))
        self._asked.update(made.states)
        self._accounts.add((record.provider, record.account))
        return made

    def _parts(self, record: Record, source: str, reply: Reply) -> tuple[object, object]:
        """What tells apart replies that are not alike: everything that a fact may be derived from; and the reply as it
        is written.
        """
        read = self.derivation.read(record, source)
        if isinstance(reply, Body) and not reply.fragment.is_sealed:
            body = reply.fragment.body
            return (reply.call, reply.permission, read(body)), _written(reply, body)
        # Resources share replies, such as that with the policies above them.
        key = (record.type, source, id(reply))
        held = self._shared.get(key)
        if held is None:
            told: object = orjson.Fragment(trimmed(written(reply)))
            part = told
            if isinstance(reply, Body):
                part = orjson.Fragment(trimmed((reply.call, reply.permission, read(reply.fragment.body))))
            held = self._shared.keep(key, (reply, part, told))
        return held[1], held[2]

    def _derived(self, record: Record) -> Likeness:
        general = replace(record, id="", name="", replies={})
        refused = tuple((each.call, each.permission) for each in record.replies.values() if isinstance(each, Refused))
        return Likeness(general, self.derivation.states(record), refused)


def exact(state: State, own: Mapping[str, str]) -> State:
    """The state with each reading of its own replies named by the digest."""
    return replace(state, evidence=exactly(state.evidence, own)) if state.evidence else state


def exactly(evidence: tuple[Evidence, ...], own: Mapping[str, str]) -> tuple[Evidence, ...]:
    """Evidence with each reading of its own replies named by the digest."""
    return tuple(replace(each, digest=own[each.digest]) if each.digest in own else each for each in evidence)


def written(reply: Reply) -> dict[str, object]:
    """A reply as a run keeps it; see `reply_of`."""
    if isinstance(reply, Body):
        return _written(reply, orjson.Fragment(reply.fragment.data))
    return _without_body(reply)


def _written(reply: Body, body: JSON) -> dict[str, object]:
    return {"call": reply.call, "permission": reply.permission, "body": body}


def _without_body(reply: Absent | Refused | Failed | Unasked) -> dict[str, object]:
    said: dict[str, object] = {"call": reply.call, "permission": reply.permission}
    match reply:
        case Absent(code=code):
            return {**said, "absent": code}
        case Refused(code=code):
            return {**said, "refused": code}
        case Failed(detail=detail):
            return {**said, "failed": detail}
        case Unasked(detail=detail):
            return {**said, "unasked": detail}


def reply_of(said: Mapping[str, Any]) -> Reply:
    """A reply as it was written. Raises ValueError where it is none."""
    call, permission = said["call"], said["permission"]
    match said:
        case {"body": body}:
            return Body(call, permission, Fragment(body))
        case {"absent": code}:
            return Absent(call, permission, code)
        case {"refused": code}:
            return Refused(call, permission, code)
        case {"failed": detail}:
            return Failed(call, permission, detail)
        case {"unasked": detail}:
            return Unasked(call, permission, detail)
    raise ValueError(f"the reply of {call} is of no known kind")


def _head(record: Record) -> bytes:
    return canonical({"kind": record.kind.value, **{name: getattr(record, name) for name in HEAD}})


def _record(head: bytes, replies: bytes) -> Record:
    said = orjson.loads(head)
    told = {name: said[name] for name in HEAD}
    found = {source: reply_of(each) for source, each in orjson.loads(replies).items()}
    return Record(id="", name="", kind=Kind(said["kind"]), replies=found, **told)
