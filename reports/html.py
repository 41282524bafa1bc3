"""One self-contained HTML page: no script, no external asset, readable as it is printed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from reports.changes import notable
from reports.document import Document, Finding, PromiseVerdict, Verdict
from reports.report import Report
from reports.text import visible

CAP = 1000
"""At most so many findings of one promise are shown with their evidence; `report.json` holds all."""
_WORST_FIRST = (
    Verdict.FAIL,
    Verdict.ERROR,
    Verdict.UNKNOWN,
    Verdict.EXCEPTED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)
_PROMISES_FIRST = (
    PromiseVerdict.BROKEN,
    PromiseVerdict.UNPROVEN,
    PromiseVerdict.EMPTY,
    PromiseVerdict.NOT_EXAMINED,
    PromiseVerdict.KEPT,
)


def render(document: Document) -> bytes:
    """The page. Everything that came from a cloud or a policy is escaped by the template engine."""
    promises = sorted(document.promises, key=lambda promise: _PROMISES_FIRST.index(promise.verdict))
    page = _template().render(
        doc=document,
        promises=promises,
        totals=Counter(promise.verdict.value for promise in promises),
        changes=notable(document.drift.changes) if document.drift else [],
        findings={promise.id: ranked(document.findings, promise.id) for promise in promises},
        cap=CAP,
    )
    return page.encode()


def ranked(findings: Iterable[Finding], promise: str) -> list[Finding]:
    """The findings of a promise, the worst first."""
    own = [finding for finding in findings if finding.promise == promise]
    return sorted(own, key=lambda each: (_WORST_FIRST.index(each.verdict), each.subject.type, each.subject.id))


def compact(value: object) -> str:
    """A value on one line."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value,
    )
    environment.filters |= {"compact": compact, "visible": visible}
    return environment.get_template("report.html.j2")


HTML = Report("report.html", render)
