"""The findings as a table: CSV by RFC 4180, UTF-8, the first row names the columns.

A spreadsheet runs a cell that begins like a formula, so such a cell begins with an apostrophe; so does one that begins
with an apostrophe itself. Taking away one leading apostrophe gives the text again. Control characters are made visible.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from reports.document import Document, Finding, NotSeen
from reports.report import Report
from reports.text import visible

COLUMNS = (
    "finding",
    "promise",
    "verdict",
    "severity",
    "provider",
    "account",
    "region",
    "environments",
    "kind",
    "type",
    "name",
    "id",
    "count",
    "conditions",
    "why",
    "permissions",
    "fix",
    "evidence",
)
ACTING = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠", "'")  # noqa: RUF001 - the wide forms act too
"""What makes a spreadsheet take a cell for a formula, and the mark against it."""


def rows(findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    """The cells of each finding, made harmless, in the order of `COLUMNS`. Environments are "unassigned" where there
    are none and "unknown" where they could not be established; several values of a cell are joined by "; ".
    """
    return (tuple(map(cell, _row(finding))) for finding in findings)


def write(findings: Iterable[Finding]) -> Iterator[bytes]:
    """The table, a row at a time: the header first, then the findings as they come."""
    yield _line(COLUMNS)
    yield from map(_line, rows(findings))


def cell(text: str) -> str:
    """Text that nothing in it can act on, in a terminal or in a spreadsheet."""
    word = visible(text)
    return f"'{word}" if word.lstrip().startswith(ACTING) else word


def render(document: Document) -> bytes:
    """All findings of the document, in its order."""
    return b"".join(write(document.findings))


def _row(finding: Finding) -> tuple[str, ...]:
    subject, unknowns = finding.subject, _unknowns(finding)
    about = (subject.provider, subject.account, subject.region, _environments(finding), subject.kind, subject.type)
    digests = dict.fromkeys(read.digest for fact in finding.evidence for read in fact.reads if read.digest)
    return (
        *(finding.id, finding.promise, finding.verdict.value, finding.severity),
        *about,
        *(subject.name, subject.id, str(subject.count)),
        "; ".join(f"{each.name}: {each.verdict.value}" for each in finding.conditions),
        "; ".join(_reasons(finding)),
        "; ".join(dict.fromkeys(each.permission for each in unknowns if each.permission)),
        finding.fix,
        "; ".join(digests),
    )


def _environments(finding: Finding) -> str:
    names = finding.subject.environments
    return "unknown" if names is None else "; ".join(names) or "unassigned"


def _unknowns(finding: Finding) -> list[NotSeen]:
    return [unknown for condition in finding.conditions for unknown in condition.unknowns]


def _reasons(finding: Finding) -> Iterator[str]:
    for condition in finding.conditions:
        yield from (f"{fault.why} (excepted)" if fault.excepted else fault.why for fault in condition.faults)
        yield from (f"{unknown.reason}: {unknown.detail}" for unknown in condition.unknowns)
        if condition.error:
            yield condition.error


def _line(cells: Iterable[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def stream(findings: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """All findings, as they come."""
    return write(map(Finding.model_validate, findings))


CSV = Report("findings.csv", render, stream=stream)
