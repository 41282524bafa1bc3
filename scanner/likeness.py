"""Likeness: resources whose replies tell the same of all that is asked have the same facts, and the same verdicts.

A fact is a pure function of declared paths. So it is derived once for all resources of a type, account, region and
partition whose replies are alike there, and every reading of it names the reply ("item") instead of the digest of one
resource's own. Large estates are mostly resources that are alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from scanner.collect.model import ResourceType, Sweep
from scanner.collect.runner import Record
from scanner.estate import Resource, evidence_of
from scanner.facts import (
    Absent,
    Answer,
    Body,
    Evidence,
    Failed,
    Fragment,
    Inapplicable,
    Kind,
    Known,
    Projection,
    Reason,
    Refused,
    Reply,
    State,
    Unasked,
    Unknown,
    Where,
    canonical,
    merge,
)
from scanner.facts.membership import Membership, Tagging
from scanner.facts.reply import digests
from scanner.policy import Policy
from scanner.policy.scope import environments_of
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

    types: Mapping[str, ResourceType]
    sweeps: Mapping[str, tuple[Sweep, ...]]
    wanted: frozenset[str]
    policy: Policy
    spool: Spool = field(default_factory=Spool)
    _asked: set[str] = field(default_factory=set)
    _accounts: set[tuple[str, str]] = field(default_factory=set)
    _known: dict[bytes, Likeness] = field(default_factory=dict)
    _read: dict[tuple[str, str], Projection] = field(default_factory=dict)
    _shared: dict[tuple[str, str, int], tuple[Reply, object, object]] = field(default_factory=dict)

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
        made = self._derived(record)
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = made
        self._asked.update(made.states)
        self._accounts.add((record.provider, record.account))
        return made

    def _parts(self, record: Record, source: str, reply: Reply) -> tuple[object, object]:
        """What tells apart replies that are not alike: everything that a fact may be derived from; and the reply as it
        is written.
        """
        if isinstance(reply, Body) and not reply.fragment.is_sealed:
            read = self._reads(record, source)(reply.fragment.body)
            return (reply.call, reply.permission, read), written(reply)
        # Resources share replies, such as that with the policies above them.
        key = (record.type, source, id(reply))
        held = self._shared.get(key)
        if held is None or held[0] is not reply:
            if len(self._shared) >= MOST:
                self._shared.clear()
            told: object = orjson.Fragment(canonical(written(reply)))
            part = told
            if isinstance(reply, Body):
                read = self._reads(record, source)(reply.fragment.body)
                part = orjson.Fragment(canonical((reply.call, reply.permission, read)))
            held = self._shared[key] = (reply, part, told)
        return held[1], held[2]

    def _reads(self, record: Record, source: str) -> Projection:
        """What the wanted facts of a type read of one of its replies."""
        key = (record.type if record.modelled else f"{record.provider} {record.replies['item'].call}", source)
        if key not in self._read:
            paths = (path.partition(":") for each in self._answers(record) for path in each.paths)
            self._read[key] = Projection.of(pointer for name, _, pointer in paths if name == source)
        return self._read[key]

    def _answers(self, record: Record) -> list[Answer]:
        if record.modelled:
            kind = self.types.get(record.type)
            answers = kind.facts if kind else ()
        else:
            call = record.replies["item"].call
            swept = self.sweeps.get(record.provider, ())
            answers = next((sweep.facts for sweep in swept if sweep.each.operation == call), ())
        return [each for each in answers if each.fact.key in self.wanted]

    def _derived(self, record: Record) -> Likeness:
        general = replace(record, id="", name="", replies={})
        replies = {source: self._by_source(record, source, reply) for source, reply in record.replies.items()}
        states = self._states(replace(record, replies=replies))
        refused = tuple((each.call, each.permission) for each in record.replies.values() if isinstance(each, Refused))
        return Likeness(general, _member(general, states, self.policy), refused)

    def _by_source(self, record: Record, source: str, reply: Reply) -> Reply:
        """A reply with no more than what its likeness is told by, and its source in place of its digest."""
        if not isinstance(reply, Body):
            return reply
        told = orjson.loads(canonical(self._reads(record, source)(reply.fragment.body)))
        return replace(reply, fragment=Fragment(told, source))

    def _states(self, record: Record) -> dict[str, State]:
        where = Where(record.provider, record.account, record.region, record.partition)
        kind = self.types.get(record.type) if record.modelled else None
        states: dict[str, State] = {}
        if kind is not None:
            for facet, why in kind.without.items():
                states |= {fact.key: Inapplicable(why) for fact in facet.questions() if fact.key in self.wanted}
        for answer in self._answers(record):
            states[answer.fact.key] = merge(states.get(answer.fact.key), _state(answer, record, where))
        return states


def _state(answer: Answer, record: Record, where: Where) -> State:
    """The boundary to the mappings: one that breaks makes its own fact unknown, and nothing else."""
    try:
        return answer(record.replies, where)
    except Exception as error:  # noqa: BLE001 - a defect in one mapping must not lose the scan
        return Unknown(Reason.DEFECT, f"{answer.fact.key}: {type(error).__name__}: {error}")


def _member(record: Record, states: dict[str, State], policy: Policy) -> Mapping[str, State]:
    """The states with the environments and the tenant that the policy gives."""
    resource = Resource(record, states)
    tags = resource.tags
    environments = environments_of(policy, record.provider, record.account, tags)
    # Where the policy names the account, tags decide nothing and are no evidence.
    named = environments_of(policy, record.provider, record.account, None)
    stated = Known(environments) if named and environments == named else _stated(environments, resource)
    found = {**states, Membership.environments.key: stated}
    if policy.tenants:
        found[Membership.tenant.key] = _tenant(tags, policy.tenants.tag, resource)
    return found


def _stated(value: object, resource: Resource) -> State:
    if isinstance(value, Unknown):
        return value
    return Known(value, evidence_of(resource.states.get(Tagging.tags.key)))


def _tenant(tags: Mapping[str, str] | Unknown | None, tag: str, resource: Resource) -> State:
    if isinstance(tags, Unknown):
        return tags
    if not tags or tag not in tags:
        return Unknown(Reason.UNDECIDED, f"it has no tag {tag!r}, so its tenant is not known")
    return _stated(tags[tag], resource)


def exact(state: State, own: Mapping[str, str]) -> State:
    """The state with each reading of its own replies named by the digest."""
    return replace(state, evidence=exactly(state.evidence, own)) if state.evidence else state


def exactly(evidence: tuple[Evidence, ...], own: Mapping[str, str]) -> tuple[Evidence, ...]:
    """Evidence with each reading of its own replies named by the digest."""
    return tuple(replace(each, digest=own[each.digest]) if each.digest in own else each for each in evidence)


def written(reply: Reply) -> dict[str, object]:
    """A reply as a run keeps it; see `reply_of`."""
    if isinstance(reply, Body):
        return {"call": reply.call, "permission": reply.permission, "body": orjson.Fragment(reply.fragment.data)}
    return _without_body(reply)


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
