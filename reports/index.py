"""The index of all findings that the page searches: columns of numbers into tables of words, as JSON in the page."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reports.document import WORST_FIRST, Finding, Subject
from reports.text import visible

MOST = 250_000
"""So many findings can be searched in the page, the worst first."""


def rank(finding: Finding) -> tuple[int, str, str, str]:
    """The order in which findings are told: the worst first."""
    return (WORST_FIRST.index(finding.verdict), finding.subject.type, finding.subject.id, finding.promise)


def account_of(subject: Subject) -> str:
    """The cloud and the account of a subject."""
    return " ".join(filter(None, (subject.provider, subject.account)))


def environments_of(subject: Subject) -> str:
    """The environments of a subject in words."""
    if subject.environments is None:
        return "not known"
    return ", ".join(subject.environments) or "unassigned"


def index(ranked: Sequence[Finding], promises: Sequence[tuple[str, str]], anchors: Mapping[str, str]) -> str:
    """JSON for a script element, in which nothing can end the element.

    `promises` are ids, and what they say, in the order of the page; `anchors` are of the findings whose evidence is in
    the page. The subjects are sorted by id, and each id is how many characters it shares with the one before, and the
    rest.
    """
    told = ranked[:MOST]
    types, accounts, places = _Words(), _Words(), _Words()
    numbers: dict[Subject, int] = {}
    rows = []
    last = ""
    for subject in sorted({finding.subject for finding in told}, key=_by_id):
        name = visible(subject.id)
        shared = _shared(last, name)
        words = (types[subject.type], accounts[account_of(subject)], places[environments_of(subject)])
        rows.append([shared, name[shared:], visible(subject.name), *words, visible(subject.region)])
        numbers[subject] = len(rows) - 1
        last = name
    at = {promise: number for number, (promise, _) in reversed(list(enumerate(promises)))}
    columns = {
        "verdicts": [verdict.value for verdict in WORST_FIRST],
        "promises": [visible(promise) for promise, _ in promises],
        "says": [visible(says)[:200] for _, says in promises],
        "types": types.listed(),
        "accounts": accounts.listed(),
        "environments": places.listed(),
        "subjects": rows,
        "findings": [number for each in told for number in _row(each, at, numbers)],
        "anchors": [[n, anchors[each.id]] for n, each in enumerate(told) if each.id in anchors],
    }
    return _inert(columns)


def _row(finding: Finding, promises: Mapping[str, int], subjects: Mapping[Subject, int]) -> Iterator[int]:
    yield promises[finding.promise]
    yield WORST_FIRST.index(finding.verdict)
    yield subjects[finding.subject]


def _by_id(subject: Subject) -> tuple[str, str, str]:
    return (subject.id, subject.type, repr(subject))


def _shared(last: str, name: str) -> int:
    """How much two ids share, in units that Python and JavaScript count alike: none after the basic plane."""
    pairs = enumerate(zip(last, name, strict=False))
    return next((n for n, (a, b) in pairs if a != b or ord(a) > 0xFFFF), min(len(last), len(name)))


def _inert(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


class _Words:
    """Words by number, in the order in which they came."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __getitem__(self, word: str) -> int:
        return self._numbers.setdefault(visible(word), len(self._numbers))

    def listed(self) -> list[str]:
        return list(self._numbers)
