"""What may be published today of each promise, and what may not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from reports.document import Document, ExceptionUse, Finding, Model, PromiseResult, PromiseVerdict, Tally, Verdict
from reports.text import visible

CLOUDS = {"aws": "AWS", "azure": "Azure", "gcp": "GCP"}
LONG = 120
"""A name longer than this is cut in a sentence; the document holds it whole."""
OPEN = (Verdict.UNKNOWN, Verdict.ERROR)
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


class Sentence(Model):
    """What a run allows to be said of one promise.

    `publish` is the sentence that may be published today and "" where none may; `withhold` says, where there is none,
    why the promise's own words may not be published as verified, and is "" otherwise. Both are plain text in English
    on one line, as are all the others: `date` of the run, `scope` (what was judged, and by which check), `coverage`
    (what was seen of it, who was not examined, and how many limits of the method apply), and each exception in use.
    """

    promise: str
    says: str
    verdict: PromiseVerdict
    publish: str
    withhold: str
    date: str
    scope: str
    coverage: str
    exceptions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Case:
    """A promise of a document with its own findings and the exceptions that it used."""

    document: Document
    promise: PromiseResult
    findings: Sequence[Finding]
    used: Sequence[ExceptionUse]
    tallies: Sequence[Tally]

    def having(self, *verdicts: Verdict) -> list[Finding]:
        return [each for each in self.findings if each.verdict in verdicts]

    @property
    def judged(self) -> list[Tally]:
        """The resources that the promise applies to."""
        return [each for each in self.tallies if each.kind == "resource" and each.verdict is not Verdict.NOT_APPLICABLE]

    @property
    def total(self) -> int:
        """How many they are."""
        return sum(each.count for each in self.judged)

    def count(self, *verdicts: Verdict) -> int:
        """How many findings have one of these verdicts."""
        return sum(each.count for each in self.tallies if each.verdict in verdicts)


def sentences(document: Document) -> tuple[Sentence, ...]:
    """A sentence for each promise, in the document's order."""
    findings: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in document.findings:
        findings[finding.promise].append(finding)
    used: defaultdict[str, list[ExceptionUse]] = defaultdict(list)
    for each in document.exceptions:
        if each.state == "used":
            used[each.promise].append(each)
    return tuple(
        _sentence(_Case(document, each, findings[each.id], used[each.id], tallies_of(each, findings[each.id])))
        for each in document.promises
    )


def tallies_of(promise: PromiseResult, findings: Iterable[Finding]) -> tuple[Tally, ...]:
    """What a promise's findings come to; it is counted here where the document does not tell it."""
    return promise.tallies or tuple(
        Tally(
            provider=each.subject.provider,
            account=each.subject.account,
            type=each.subject.type,
            kind=each.subject.kind,
            verdict=each.verdict,
            count=1,
        )
        for each in findings
    )


def long_date(moment: str) -> str:
    """22 November 2026, of a date or time in ISO 8601; what is neither is told as it stands."""
    try:
        day = datetime.fromisoformat(moment)
    except ValueError:
        return line(moment)
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def line(text: str) -> str:
    """Text on one line, in which nothing acts."""
    return visible(" ".join(text.split()))


def _sentence(case: _Case) -> Sentence:
    withhold = _why_not(case)
    return Sentence(
        promise=line(case.promise.id),
        says=line(case.promise.says),
        verdict=case.promise.verdict,
        publish="" if withhold else _published(case),
        withhold=withhold,
        date=long_date(case.document.run.at),
        scope=_scope(case),
        coverage=" ".join(_coverage(case)),
        exceptions=tuple(_exception(case, each) for each in case.used),
    )


def _published(case: _Case) -> str:
    judged, kept = case.total, case.count(Verdict.PASS)
    where = _listed(_clouds(case))
    said = line(case.promise.says).replace('"', "'")
    share = f"All {judged}" if kept == judged else f"{kept} of {judged}"
    satisfy = "satisfies" if kept == 1 else "satisfy"
    parts = [
        f'Verified on {long_date(case.document.run.at)} in {where}: "{said}"',
        f"{share} {_resources(judged)} found in scope{_in_accounts(case)} {satisfy} {_check(case.promise)}.",
        *_limited(case.promise),
        *_excepted(case),
        *_beside(case),
    ]
    return " ".join(parts)


def _limited(promise: PromiseResult) -> Iterable[str]:
    """What the policy limits the promise to: nothing else was looked at, whatever its words say."""
    told = [f"{word} {_value(promise.applies_to[key])}" for key, word in _LIMITS.items() if promise.applies_to.get(key)]
    if told:
        yield f"Examined were {_listed(told)} only."


_LIMITS = {
    "environments": "the environments",
    "types": "the types",
    "tags": "what is tagged",
    "accounts": "the accounts",
    "providers": "the providers",
}


def _why_not(case: _Case) -> str:
    """Why nothing may be published of the promise; "" where something may."""
    match case.promise.verdict:
        case PromiseVerdict.BROKEN:
            reasons = [_broken(case), *_unseen(case)]
        case PromiseVerdict.UNPROVEN:
            reasons = ["Not proven.", *_unseen(case)]
        case PromiseVerdict.EMPTY:
            reasons = ["Nothing that it applies to was found: there is nothing to verify."]
        case PromiseVerdict.NOT_EXAMINED:
            reasons = ["Not examined: no cloud in its scope was asked."]
        case PromiseVerdict.KEPT:
            reasons = list(_doubts(case))[:1]
    if reasons and case.promise.not_examined and case.promise.verdict is not PromiseVerdict.KEPT:
        reasons.append(_not_examined(case))
    return " ".join(reasons)


def _doubts(case: _Case) -> Iterable[str]:
    """What forbids that a kept promise is published, the gravest first."""
    counted = {name: count for name, count in case.promise.counts.items() if count}
    tallied = Counter[str]()
    for tally in case.tallies:
        tallied[tally.verdict.value] += tally.count
    held = case.document.omitted or counted == Counter(each.verdict.value for each in case.findings)
    if counted != tallied or not held or case.count(Verdict.FAIL, *OPEN):
        yield "The document does not hold the findings that its verdict rests on."
    if case.document.run.partial:
        yield "The run was partial: an option left something out. Scan everything, and it may be published."
    if not case.count(Verdict.PASS):
        yield f"All {case.total} {_resources(case.total)} in scope are excepted: nothing satisfies it."
    if case.count(Verdict.EXCEPTED) and not case.used:
        yield "It rests on exceptions that the document does not name."
    for each in case.document.contradictions:
        if _names(each.message, case.promise.id):
            yield f"The policy contradicts itself about it (line {each.line}): {_cut(each.message, 400).rstrip('.')}."


def _names(message: str, promise: str) -> bool:
    """Whether a contradiction is about the promise. Its message quotes the ids; one that was cut may have lost some."""
    return repr(promise) in message or message.endswith("…")


def _broken(case: _Case) -> str:
    failed, total = case.count(Verdict.FAIL), case.total
    verb = "breaks" if failed == 1 else "break"
    first = min(case.having(Verdict.FAIL), key=lambda each: (each.subject.type, each.subject.id), default=None)
    faults = [f.why for c in first.conditions for f in c.faults if not f.excepted] if first else []
    example = f', such as "{_subject(first)}"' if first else ""
    why = f" ({_cut(faults[0])})" if faults else ""
    return f"Broken: {failed} of {total} {_resources(total)} {verb} it{example}{why}."


def _unseen(case: _Case) -> Iterable[str]:
    """What could not be judged, and the permission that answers most of it."""
    unknown = case.having(*OPEN)
    kinds = Counter[str]()
    for tally in case.tallies:
        if tally.verdict in OPEN:
            kinds[tally.kind] += tally.count
    if not kinds:
        return
    told = [_many(kinds[kind], one, many) for kind, one, many in _KINDS if kinds[kind]]
    yield f"{_listed(told)} could not be judged: {_main_reason(unknown)}."
    needed = Counter(permission for each in unknown for permission in _permissions(each))
    if needed and len(unknown) == kinds.total():
        permission, count = min(needed.items(), key=lambda each: (-each[1], each[0]))
        yield f"The permission {_cut(permission)} is missing for {count} of {len(unknown)}."


_KINDS = (
    ("resource", "resource", "resources"),
    ("gap", "listing", "listings"),
    ("type", "unmodelled type", "unmodelled types"),
)


def _main_reason(unknown: Iterable[Finding]) -> str:
    """The reason that most of them have, in words."""
    reasons = Counter(reason for each in unknown for reason in _reasons(each))
    if not reasons:
        return "no reason is told"
    reason, _ = min(reasons.items(), key=lambda each: (-each[1], each[0]))
    return f"mostly {_WORDS.get(reason, line(reason))}" if len(reasons) > 1 else _WORDS.get(reason, line(reason))


_WORDS = {
    "refused": "calls were refused",
    "failed": "calls failed",
    "shape": "replies had a form that nobody foresaw",
    "not_asked": "nothing asked for it",
    "incomplete": "nothing proves that a listing was complete",
    "unmodelled": "types are not modelled",
    "unreached": "accounts were not reached",
    "defect": "a check or a mapping has a defect",
    "undecided": "what was seen does not settle it",
}


def _reasons(finding: Finding) -> set[str]:
    found = {unknown.reason for condition in finding.conditions for unknown in condition.unknowns}
    return found | ({"defect"} if any(condition.error for condition in finding.conditions) else set())


def _permissions(finding: Finding) -> set[str]:
    """The permissions whose lack, and nothing else, is told as the reason of something unknown."""
    unknowns = [unknown for condition in finding.conditions for unknown in condition.unknowns]
    return {each.permission for each in unknowns if each.reason == "refused" and each.permission}


def _excepted(case: _Case) -> Iterable[str]:
    told = [_exception(case, each) for each in case.used]
    if told:
        yield f"{_many(len(told), 'exception', 'exceptions')}: {'; '.join(told)}."


def _exception(case: _Case, use: ExceptionUse) -> str:
    found = (each for each in case.findings if each.subject.id.casefold() == use.resource.casefold())
    name = next((_subject(each) for each in found), _cut(use.resource))
    what = f"{_cut(use.condition)}: {_cut(use.value)}" if use.value else _cut(use.condition)
    return f'"{name}" ({what}), accepted by {_cut(use.owner)} until {long_date(use.expires)}'


def _scope(case: _Case) -> str:
    if not case.judged:
        return f"Nothing was found that it applies to, by {_check(case.promise)}."
    types = Counter[str]()
    for tally in case.judged:
        types[tally.type] += tally.count
    named = ", ".join(f"{count} {line(name)}" for name, count in sorted(types.items()))
    told = f"{case.total} {_resources(case.total)}{_in_accounts(case)} in {_listed(_clouds(case))}: {named}"
    return " ".join([f"{told}; by {_check(case.promise)}.", *_limited(case.promise)])


def _coverage(case: _Case) -> Iterable[str]:
    seen = sum(each.count for each in case.judged if each.verdict not in OPEN)
    if case.total:
        yield f"{seen} of {case.total} {_resources(case.total)} found in scope could be judged."
    yield from _unseen(case)
    yield from _beside(case)


def _beside(case: _Case) -> Iterable[str]:
    """What was not judged, and the limits: part of what is published."""
    apart = case.count(Verdict.NOT_APPLICABLE)
    if apart:
        yield f"It does not apply to {_many(apart, 'more resource', 'more resources')}."
    if case.promise.not_examined:
        yield _not_examined(case)
    limits = len(case.document.coverage.limits)
    if limits:
        yield f"{_many(limits, 'stated limit of the method applies', 'stated limits of the method apply')}."


def _not_examined(case: _Case) -> str:
    return f"Not examined: {_listed([_cut(each) for each in case.promise.not_examined])}."


def _check(promise: PromiseResult) -> str:
    wanted = "; ".join(f"{line(name)} {_value(value)}" for name, value in sorted(promise.parameters.items()))
    return f"the check {line(promise.check)}" + (f" ({wanted})" if wanted else "")


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{_cut(str(key))}={_value(item)}" for key, item in value.items())
    return ", ".join(_cut(str(each)) for each in value) if isinstance(value, list | tuple) else _cut(str(value))


def _clouds(case: _Case) -> list[str]:
    return [CLOUDS.get(each, _cut(each)) for each in sorted({each.provider for each in case.judged})]


def _in_accounts(case: _Case) -> str:
    accounts = {(each.provider, each.account) for each in case.judged if each.account}
    return f" in {_many(len(accounts), 'account', 'accounts')}" if accounts else ""


def _subject(finding: Finding) -> str:
    return _cut(finding.subject.name or finding.subject.id)


def _cut(text: str, most: int = LONG) -> str:
    """A name on one line, in which nothing acts, of at most so many characters: of a longer one, both ends."""
    word = line(text).replace('"', "'")
    half = most // 2
    return word if len(word) <= most else f"{word[: half - 1]}…{word[-half:]}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _many(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _resources(count: int) -> str:
    return "resource" if count == 1 else "resources"
