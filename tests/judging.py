"""Resources judged without a scan, and told as a run tells them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

import pytest

from reports.document import Finding, Verdict
from scanner.collect.model import Gap
from scanner.estate import Resource
from scanner.evaluate import Judge
from scanner.facts import Fragment, Reply, canonical
from scanner.likeness import Likeness, Likenesses, Linked, written
from scanner.run import Key, Pages, entries_of
from scanner.spool import Row
from scanner.verdicts import Outcome, Totals, Verdicts


def packed(replies: Mapping[str, Reply]) -> bytes:
    """Replies as a run keeps them."""
    return canonical({source: written(reply) for source, reply in replies.items()})


def linked(resource: Resource) -> Linked:
    """A resource that is like no other: nothing of it is found out for another one."""
    record = resource.record
    return Linked(Row(record.id, b"", record.name, packed(record.replies)), Likeness(record, {}, ()), resource.states)


def outcomes(judges: Iterable[Judge], resources: Iterable[Resource]) -> list[tuple[Linked, Outcome]]:
    """What is told of each resource."""
    verdicts = Verdicts(list(judges), frozenset(), frozenset())
    return [(each, verdicts.of(each)) for each in map(linked, resources)]


def pages(told: Iterable[tuple[Linked, Outcome]]) -> Mapping[Key, Fragment]:
    """The pages of resources, in their order."""
    made = Pages(Fragment.sealed)
    for each, outcome in told:
        made.add(each.row.id, each.body, outcome.facts, outcome.verdicts)
    return made.end()


def findings(
    judge: Judge,
    resources: Iterable[Resource],
    gaps: Iterable[Gap] = (),
    accounts: Collection[tuple[str, str]] = (),
) -> list[Finding]:
    """The findings of a promise: about the resources in their order, about types, and about gaps. `accounts` are those
    that resources can be in.
    """
    told = outcomes([judge], resources)
    totals = Totals()
    for _, outcome in told:
        totals.add(outcome.counted)
    name, severity = judge.promise.id, judge.promise.severity
    entries = [entry for page in pages(told).values() for entry in entries_of(page)]
    about = [Finding.model_validate(each.finding(name, severity)) for each in entries if name in each.verdicts]
    counted = Counter[Verdict]()
    for *_, verdict, number in totals.verdicts(name):
        counted[verdict] += number
    assert Counter(each.verdict for each in about) == counted
    return [*about, *judge.others(totals.strangers(name), gaps, accounts)]


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be remembered of what is alike: each resource is derived, linked and judged by itself."""
    own = Likenesses.of

    def anew(self: Likenesses, row: Row) -> Likeness:
        self._known.clear()
        return own(self, row)

    monkeypatch.setattr(Likenesses, "of", anew)
