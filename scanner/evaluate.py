"""Evaluation: a promise and a subject make a finding.

Each condition is judged by itself, and from what it read: fail, then error, then unknown, then pass. Any unknown that a
condition met forbids a pass, whatever the check's code did with the exception.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fnmatch import fnmatchcase

from checks.check import Conditions, Fault, Outcome
from reports.document import (
    WORST_FIRST,
    ConditionResult,
    FaultFound,
    Finding,
    NotSeen,
    PromiseVerdict,
    Subject,
    Verdict,
)
from scanner.collect.model import EVERYTHING, OTHERS, Gap
from scanner.estate import Resource
from scanner.facts import (
    Facet,
    Kind,
    Known,
    NotApplicable,
    NotKnown,
    Reads,
    Reason,
    State,
    Unknown,
    canonical,
    recording,
)
from scanner.plain import plain
from scanner.policy import Policy, Promise
from scanner.policy.scope import environments_of, in_scope
from scanner.run import finding_id


@dataclass(frozen=True, slots=True)
class Judged:
    """What a promise says of a resource: its verdict, the conditions, the facts that were read, and what to do. Without
    conditions, its type is to be judged instead.
    """

    verdict: Verdict
    conditions: tuple[ConditionResult, ...] = ()
    facts: Mapping[str, State] = field(default_factory=dict)
    fix: str = ""


STRANGER = Judged(Verdict.UNKNOWN)


@dataclass(slots=True)
class Judge:
    """Judges one promise. `types` are the modelled types that it can judge; `excepted` tells whether an exception
    covers a fault of a condition on a resource.
    """

    policy: Policy
    promise: Promise
    types: frozenset[str]
    excepted: Callable[[str, str, str, str], bool]
    today: date
    reads: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        self.reads = frozenset(fact.key for fact in self.promise.check.reads)

    def judge(self, resource: Resource) -> Judged | None:
        """What the promise says of a resource; None where it does not speak of it. What nobody modelled is judged by
        its type, with all others of it: it has no conditions.
        """
        scope = self._scope(resource)
        if scope is False:
            return None
        if resource.record.kind is Kind.UNCLASSIFIED or self._is_beside(resource):
            return STRANGER
        return self._judged(resource, scope)

    def others(
        self,
        strangers: Mapping[tuple[str, str], int],
        gaps: Iterable[Gap],
        accounts: Container[tuple[str, str]],
    ) -> Iterator[Finding]:
        """The findings of types that nobody modelled, by provider and name, with how many there are of each; and those
        of gaps. `accounts` are those that resources can be in.
        """
        for (provider, native), count in sorted(strangers.items()):
            yield self._type(provider, native, count)
        for gap in gaps:
            if self._hides(gap, accounts):
                yield self._gap(gap)

    def _scope(self, resource: Resource) -> bool | Unknown:
        record = resource.record
        if not self._has_facets(resource):
            return False
        return in_scope(
            self.promise,
            provider=record.provider,
            account=record.account,
            type_name=record.type,
            kind=self.promise.check.about if self._is_beside(resource) else _possible(record.kind),
            environments=resource.environments,
            tags=resource.tags,
        )

    def _has_facets(self, resource: Resource) -> bool:
        """Of configuration, a check judges only what has its facets; one about data judges all data."""
        check, kind = self.promise.check, resource.record.kind
        if self._is_beside(resource) or check.judges_all(kind, with_config=self.promise.includes_config):
            return True
        own = {key.partition(".")[0] for key in resource.states}
        return any(facet.__name__ in own for facet in check.traits)

    def _is_beside(self, resource: Resource) -> bool:
        """Whether it is of a type that the check would have to judge, and that is not modelled."""
        name = resource.record.type.lower()
        return not resource.record.modelled and any(fnmatchcase(name, glob) for glob in self.promise.check.beside)

    def _judged(self, resource: Resource, scope: bool | Unknown) -> Judged:
        log: dict[str, State] = {}
        conditions = [self._condition(name, judge, resource, log) for name, judge in self._conditions(resource)]
        if isinstance(scope, Unknown):
            seen = _not_seen(scope)
            conditions.append(ConditionResult(name="in scope", verdict=Verdict.UNKNOWN, unknowns=(seen,)))
            conditions = [_demoted(each) for each in conditions]
        verdict = next(v for v in WORST_FIRST if any(c.verdict is v for c in conditions))
        fix = self.promise.check.fix if verdict is Verdict.FAIL else ""
        return Judged(verdict, tuple(conditions), log, fix)

    def _conditions(self, resource: Resource) -> Conditions:
        """The check's conditions. A check that breaks while making them, reads facts outside of them, or makes none,
        has that one condition: an error.
        """

        def facets(kind: type[Facet]) -> Facet:
            return kind(resource.states)

        try:
            with recording() as reads:
                made = list(self.promise.check.conditions(facets, self.promise.want, self.today))
        except Exception as error:  # noqa: BLE001 - a defect in one check must not lose the scan
            return iter([("check", _raising(error))])
        if reads.facts or reads.unknowns:
            return iter([("check", _raising(TypeError("the check reads facts outside of its conditions")))])
        return iter(made or [("check", _raising(TypeError("the check has no condition")))])

    def _condition(
        self, name: str, judge: Callable[[], Outcome], resource: Resource, log: dict[str, State]
    ) -> ConditionResult:
        faults: list[Fault] = []
        unknowns: list[Unknown] = []
        error = ""
        applies = True
        with recording() as reads:
            try:
                outcome = judge()
                if outcome is False:
                    faults.append(_plain_fault(name, reads))
                elif outcome is not True:
                    _sort(outcome, faults, unknowns)
            except NotKnown as known:
                unknowns.append(known.unknown)
            except NotApplicable:
                applies = False
            except Exception as broken:  # noqa: BLE001 - a defect in one check must not lose the scan
                error = f"{type(broken).__name__}: {broken}"
        log.update(reads.facts)
        unknowns.extend(reads.unknowns)
        undeclared = sorted(reads.facts.keys() - self.reads)
        if undeclared:
            error = f"the check reads {', '.join(undeclared)} without declaring it"
        return self._result(name, resource.id, faults, list(dict.fromkeys(unknowns)), error, applies=applies)

    def _result(
        self, name: str, subject: str, faults: list[Fault], unknowns: list[Unknown], error: str, *, applies: bool
    ) -> ConditionResult:
        found = tuple(
            FaultFound(
                value=fault.value, why=fault.why, excepted=self.excepted(self.promise.id, subject, name, fault.value)
            )
            for fault in faults
        )
        defect = next((each.detail for each in unknowns if each.reason is Reason.DEFECT), "")
        if any(not fault.excepted for fault in found):
            verdict = Verdict.FAIL
        elif error or defect:
            verdict = Verdict.ERROR
        elif unknowns:
            verdict = Verdict.UNKNOWN
        elif not applies:
            verdict = Verdict.NOT_APPLICABLE
        else:
            verdict = Verdict.EXCEPTED if found else Verdict.PASS
        seen = tuple(_not_seen(each) for each in unknowns)
        return ConditionResult(name=name, verdict=verdict, faults=found, unknowns=seen, error=error or defect)

    def _type(self, provider: str, native: str, count: int) -> Finding:
        subject = Subject(
            kind="type", id=f"type:{provider}/{native}", type=native, provider=provider, count=count, environments=None
        )
        unknown = NotSeen(
            reason=Reason.UNMODELLED,
            detail=f"{count} of type {native}, which is not modelled and may have to be judged",
        )
        condition = ConditionResult(name="modelled", verdict=Verdict.UNKNOWN, unknowns=(unknown,))
        return self._finding(subject, condition)

    def _hides(self, gap: Gap, accounts: Container[tuple[str, str]]) -> bool:
        """Whether a gap may hide something that the promise speaks of. A gap whose account is none that a resource can
        be in (a parent, or none that is known) may hide any account.
        """
        unseen = Unknown(gap.reason, gap.detail, gap.call, gap.permission)
        known = (gap.provider, gap.account) in accounts or self.policy.declares(gap.provider, gap.account)
        environments = environments_of(self.policy, gap.provider, gap.account, unseen) if known else unseen
        return any(
            in_scope(
                self.promise,
                provider=gap.provider,
                account=gap.account if known else unseen,
                type_name=name,
                kind=self.promise.check.about,
                environments=environments,
                tags=unseen,
            )
            is not False
            for name in self._hidden(gap)
        )

    def _hidden(self, gap: Gap) -> Iterable[str]:
        """The types that the gap may hide and the promise can judge; OTHERS stands for those that are not modelled."""
        own = {name for name in self.types if name.partition(".")[0] == gap.provider}
        hidden = own if EVERYTHING in gap.types else own & set(gap.types)
        beyond = not {EVERYTHING, OTHERS}.isdisjoint(gap.types) and self.promise.speaks_of_all(gap.provider)
        return hidden | {OTHERS} if beyond else hidden

    def _gap(self, gap: Gap) -> Finding:
        subject = Subject(
            kind="gap",
            id=gap.id,
            type=", ".join(gap.types),
            provider=gap.provider,
            account=gap.account,
            region=gap.region,
            environments=None,
        )
        unknown = NotSeen(reason=gap.reason, detail=gap.detail, call=gap.call, permission=gap.permission)
        condition = ConditionResult(name="seen", verdict=Verdict.UNKNOWN, unknowns=(unknown,))
        return self._finding(subject, condition)

    def _finding(self, subject: Subject, condition: ConditionResult) -> Finding:
        return Finding(
            id=finding_id(self.promise.id, subject.id),
            promise=self.promise.id,
            subject=subject,
            verdict=condition.verdict,
            severity=self.promise.severity,
            conditions=(condition,),
        )


def verdict_of(findings: Mapping[Verdict, int], *, scannable: bool) -> PromiseVerdict:
    """The promise's verdict from the counts of its findings: the first rule that applies."""
    if not scannable:
        return PromiseVerdict.NOT_EXAMINED
    if findings.get(Verdict.FAIL):
        return PromiseVerdict.BROKEN
    if findings.get(Verdict.UNKNOWN) or findings.get(Verdict.ERROR):
        return PromiseVerdict.UNPROVEN
    if not findings.get(Verdict.PASS) and not findings.get(Verdict.EXCEPTED):
        return PromiseVerdict.EMPTY
    return PromiseVerdict.KEPT


def _possible(kind: Kind) -> Kind:
    """What nobody classified may be data."""
    return Kind.DATA if kind is Kind.UNCLASSIFIED else kind


def _raising(error: Exception) -> Callable[[], Outcome]:
    def judge() -> Outcome:
        raise error

    return judge


def _sort(outcome: Iterable[Fault | Unknown], faults: list[Fault], unknowns: list[Unknown]) -> None:
    for each in outcome:
        if isinstance(each, Fault):
            faults.append(each)
        else:
            unknowns.append(each)


def _plain_fault(name: str, reads: Reads) -> Fault:
    known = {key: _text(plain(state.value)) for key, state in reads.facts.items() if isinstance(state, Known)}
    said = ", ".join(f"{key} is {value}" for key, value in known.items())
    return Fault(", ".join(known.values()), f"{name} does not hold: {said}")


def _text(value: object) -> str:
    return value if isinstance(value, str) else canonical(value).decode()


def _demoted(condition: ConditionResult) -> ConditionResult:
    """Nothing is broken or kept by a resource that may not be in scope."""
    return condition.model_copy(update={"verdict": Verdict.UNKNOWN})


# What follows is made of values that are typed already: they are not validated a second time. The document is.


def _not_seen(unknown: Unknown) -> NotSeen:
    return NotSeen.model_construct(
        reason=unknown.reason.value, detail=unknown.detail, call=unknown.call, permission=unknown.permission
    )
