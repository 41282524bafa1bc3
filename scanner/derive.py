"""Derive: from a record's replies to the states of its facts.

A fact is a pure function of declared paths. So it is derived once for all resources of a type, account, region and
partition whose replies tell the same there. They share the very same state, by which later stages tell what is alike;
every reading in it names the reply by its source ("item") instead of the digest of one resource's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

import orjson

from scanner.collect.model import ResourceType, Sweep
from scanner.collect.runner import Record
from scanner.estate import Resource, evidence_of
from scanner.facts import (
    Answer,
    Body,
    Fragment,
    Inapplicable,
    Known,
    Projection,
    Reason,
    Reply,
    State,
    Unknown,
    Where,
    merge,
    trimmed,
)
from scanner.facts.membership import Membership, Tagging
from scanner.memory import Memory
from scanner.policy import Policy
from scanner.policy.scope import environments_of

MOST = 100_000
"""So many states are remembered at once. One that was forgotten is derived again."""
_Part = tuple[str, str, bytes] | Reply
"""What a fact reads of a reply: of a body its call, its permission and canonical JSON."""
NOTHING = Projection.of(())


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """A wanted fact of a type: each contribution to it, and what they read of each reply. No two are equal, so that it
    can stand for itself in keys, which keep it.
    """

    fact: str
    answers: tuple[Answer, ...]
    reads: tuple[tuple[str, Projection], ...]

    @classmethod
    def of(cls, fact: str, answers: Iterable[Answer]) -> _Question:
        answers = tuple(answers)
        return cls(fact, answers, tuple(_reads(answers).items()))


@dataclass(frozen=True, slots=True)
class _Spec:
    """What is asked of a type: of each reply, by fact, and what makes no sense to ask."""

    reads: Mapping[str, Projection]
    questions: tuple[_Question, ...]
    without: Mapping[str, State]


@dataclass(slots=True)
class Derivation:
    """Derives the wanted facts (by key) of records, and what the policy tells of their membership."""

    types: Mapping[str, ResourceType]
    sweeps: Mapping[str, tuple[Sweep, ...]]
    wanted: frozenset[str]
    policy: Policy
    _specs: dict[str, _Spec] = field(default_factory=dict)
    _states: Memory[object, State] = field(default_factory=lambda: Memory(MOST))
    _shared: Memory[object, tuple[Body, _Part]] = field(default_factory=lambda: Memory(MOST))
    _same: Memory[State, State] = field(default_factory=lambda: Memory(MOST))
    _members: Memory[object, tuple[State | None, Mapping[str, State]]] = field(default_factory=lambda: Memory(MOST))

    def read(self, record: Record, source: str) -> Projection:
        """What all wanted facts of a record's type read of one of its replies."""
        return self._spec(record).reads.get(source, NOTHING)

    def states(self, record: Record) -> Mapping[str, State]:
        """The states of the facts by key."""
        where = Where(record.provider, record.account, record.region, record.partition)
        spec = self._spec(record)
        states = dict(spec.without)
        for question in spec.questions:
            states[question.fact] = self._state(question, record, where)
        return {**states, **self._membership(record, states.get(Tagging.tags.key))}

    def _spec(self, record: Record) -> _Spec:
        name = record.type if record.modelled else f"{record.provider} {record.replies['item'].call}"
        if name not in self._specs:
            kind = self.types.get(record.type) if record.modelled else None
            answers = [each for each in self._answers(record, kind) if each.fact.key in self.wanted]
            facts = dict.fromkeys(each.fact.key for each in answers)
            questions = (_Question.of(fact, (each for each in answers if each.fact.key == fact)) for fact in facts)
            without = kind.without.items() if kind else ()
            asked = ((fact.key, Inapplicable(why)) for facet, why in without for fact in facet.questions())
            left: dict[str, State] = {fact: state for fact, state in asked if fact in self.wanted}
            self._specs[name] = _Spec(_reads(answers), tuple(questions), left)
        return self._specs[name]

    def _answers(self, record: Record, kind: ResourceType | None) -> Iterable[Answer]:
        if record.modelled:
            return kind.facts if kind else ()
        call = record.replies["item"].call
        swept = self.sweeps.get(record.provider, ())
        return next((sweep.facts for sweep in swept if sweep.each.operation == call), ())

    def _state(self, question: _Question, record: Record, where: Where) -> State:
        parts = tuple([self._part(question, record, source, keep) for source, keep in question.reads])
        key = (question, where, parts)
        state = self._states.get(key)
        if state is None:
            named = zip((source for source, _ in question.reads), parts, strict=True)
            replies = {source: _reply(source, part) for source, part in named if part is not None}
            answers = (_answered(answer, replies, where) for answer in question.answers)
            state = self._states.keep(key, reduce(merge, answers))
        return state

    def _part(self, question: _Question, record: Record, source: str, keep: Projection) -> _Part | None:
        """What a fact reads of a reply; None where there is none."""
        reply = record.replies.get(source)
        if not isinstance(reply, Body):
            return reply
        if not reply.fragment.is_sealed:
            return _told(reply, keep)
        # Resources share replies. What is remembered of one holds it, so that no other has its `id`.
        key = (question, source, id(reply))
        held = self._shared.get(key)
        if held is None:
            held = self._shared.keep(key, (reply, _told(reply, keep)))
        return held[1]

    def _membership(self, record: Record, tags: State | None) -> Mapping[str, State]:
        """The environments and the tenant that the policy gives."""
        key = (record.provider, record.account, id(tags))
        held = self._members.get(key)
        if held is None:
            # Many tags tell the same environments, from the same evidence.
            found = _member(record, tags, self.policy)
            same = {fact: self._same.get(state) or self._same.keep(state, state) for fact, state in found.items()}
            held = self._members.keep(key, (tags, same))
        return held[1]


def _reads(answers: Iterable[Answer]) -> dict[str, Projection]:
    """What answers read of each reply."""
    found: dict[str, set[str]] = {}
    for source, _, pointer in (path.partition(":") for each in answers for path in each.paths):
        found.setdefault(source, set()).add(pointer)
    return {source: Projection.of(pointers) for source, pointers in found.items()}


def _told(reply: Body, keep: Projection) -> _Part:
    return reply.call, reply.permission, trimmed(keep(reply.fragment.body))


def _reply(source: str, part: _Part) -> Reply:
    """A reply with no more than what a fact reads, and its source in place of its digest."""
    if isinstance(part, tuple):
        call, permission, data = part
        return Body(call, permission, Fragment(orjson.loads(data), source))
    return part


def _answered(answer: Answer, replies: Mapping[str, Reply], where: Where) -> State:
    """The boundary to the mappings: one that breaks makes its own fact unknown, and nothing else."""
    try:
        return answer(replies, where)
    except Exception as error:  # noqa: BLE001 - a defect in one mapping must not lose the scan
        return Unknown(Reason.DEFECT, f"{answer.fact.key}: {type(error).__name__}: {error}")


def _member(record: Record, tags: State | None, policy: Policy) -> Mapping[str, State]:
    resource = Resource(record, {Tagging.tags.key: tags} if tags else {})
    seen = resource.tags
    environments = environments_of(policy, record.provider, record.account, seen)
    # Where the policy names the account, tags decide nothing and are no evidence.
    named = environments_of(policy, record.provider, record.account, None)
    stated = Known(environments) if named and environments == named else _stated(environments, tags)
    found: dict[str, State] = {Membership.environments.key: stated}
    if policy.tenants:
        found[Membership.tenant.key] = _tenant(seen, policy.tenants.tag, tags)
    return found


def _stated(value: object, tags: State | None) -> State:
    return value if isinstance(value, Unknown) else Known(value, evidence_of(tags))


def _tenant(told: Mapping[str, str] | Unknown | None, tag: str, tags: State | None) -> State:
    if isinstance(told, Unknown):
        return told
    if not told or tag not in told:
        return Unknown(Reason.UNDECIDED, f"it has no tag {tag!r}, so its tenant is not known")
    return _stated(told[tag], tags)
