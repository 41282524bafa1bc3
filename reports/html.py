"""One self-contained HTML page: no external asset, whole without its script, readable as it is printed."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from reports.changes import caused, narrowed, turned
from reports.document import WORST_FIRST, Document, Finding, PromiseResult, PromiseVerdict, Tally, TypeCount, Verdict
from reports.index import MOST, account_of, environments_of, index, rank
from reports.map import Standing, draw
from reports.report import Report
from reports.sentences import Sentence, long_date, sentences
from reports.text import visible
from reports.words import (
    ITEMS,
    clock,
    compact,
    counted,
    cut,
    days_left,
    gathered,
    lines,
    link,
    pretty,
    spoken,
)

CAP = 2000
"""At most so many findings are shown with their evidence, shared among the promises; `report.json` holds all."""
ROWS = 200
"""At most so many rows of any other table."""
PROMISES_FIRST = (
    PromiseVerdict.BROKEN,
    PromiseVerdict.UNPROVEN,
    PromiseVerdict.EMPTY,
    PromiseVerdict.NOT_EXAMINED,
    PromiseVerdict.KEPT,
)
OPEN = (Verdict.FAIL, Verdict.ERROR, Verdict.UNKNOWN)
"""The verdicts that need somebody."""


@dataclass(frozen=True, slots=True)
class Part:
    """What the page tells of one promise. `counts` are of all its findings, `shown` are those with evidence, and `left`
    says how many others there are.
    """

    promise: PromiseResult
    anchor: str
    sentence: Sentence
    counts: Mapping[str, int]
    shown: Mapping[Verdict, Sequence[Finding]]
    left: int


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of an environment, an account or a type by verdict. `filter` shows them in the list of all."""

    name: str
    filter: str
    counts: Mapping[Verdict, int]


@dataclass(frozen=True, slots=True)
class Troubled:
    """A resource with findings that need somebody."""

    finding: Finding
    findings: Sequence[Finding]


def render(document: Document) -> bytes:
    """The page. Everything that came from a cloud or a policy is escaped by the template engine."""
    return _template().render(_told(document)).encode()


def _told(document: Document) -> dict[str, Any]:
    """All that the template needs."""
    named = {promise.id for promise in document.promises}
    ranked = sorted((finding for finding in document.findings if finding.promise in named), key=rank)
    own: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in ranked:
        own[finding.promise].append(finding)
    parts = _parts(document, own)
    anchors = _anchors("finding", (each.id for part in parts for many in part.shown.values() for each in many))
    return {
        "doc": document,
        "parts": parts,
        "finding_anchors": anchors,
        "promise_anchors": {part.promise.id: part.anchor for part in parts},
        "totals": Counter(promise.verdict for promise in document.promises),
        "verdicts": Counter({each.value: _counted(document, each) for each in WORST_FIRST}),
        "causes": caused(document.drift.changes) if document.drift else (),
        "turned": turned(document.drift.changes) if document.drift else {},
        "strangers": [each for each in document.coverage.types if _strange(each)],
        "unreached": [each for each in document.coverage.accounts if not each.reached],
        "map": draw(document),
        "groups": _all_groups(document, ranked),
        "tallied": bool(_tallies(document)),
        "troubled": _troubled(ranked),
        "index": _index(ranked, parts, anchors),
        "left_of_index": sum(document.omitted.values()) + max(len(ranked) - MOST, 0),
        "rows": ROWS,
        "items": ITEMS,
    }


def _counted(document: Document, verdict: Verdict) -> int:
    """How many findings of a verdict the run has: those in the document, and those that it leaves out."""
    return sum(finding.verdict is verdict for finding in document.findings) + document.omitted.get(verdict.value, 0)


def _index(ranked: Sequence[Finding], parts: Iterable[Part], anchors: Mapping[str, str]) -> Markup:
    promises = [(part.promise.id, part.promise.says) for part in parts]
    return Markup(index(ranked, promises, anchors))  # noqa: S704 - it escapes itself


def _parts(document: Document, own: Mapping[str, Sequence[Finding]]) -> tuple[Part, ...]:
    """The parts of the page, those of broken promises first."""
    given = shares({promise.id: len(own.get(promise.id, ())) for promise in document.promises}, CAP)
    anchors = _anchors("promise", (promise.id for promise in document.promises))
    said = zip(document.promises, sentences(document), strict=True)
    made = [
        _part(promise, anchors[promise.id], sentence, own.get(promise.id, ()), given[promise.id])
        for promise, sentence in said
    ]
    return tuple(sorted(made, key=lambda part: PROMISES_FIRST.index(part.promise.verdict)))


def _part(promise: PromiseResult, anchor: str, sentence: Sentence, own: Sequence[Finding], most: int) -> Part:
    known = {verdict.value: promise.counts[verdict] for verdict in WORST_FIRST if promise.counts.get(verdict)}
    others = {word: count for word, count in sorted(promise.counts.items()) if word not in set(Verdict)}
    shown: defaultdict[Verdict, list[Finding]] = defaultdict(list)
    for finding in own[:most]:
        shown[finding.verdict].append(finding)
    left = max(sum(promise.counts.values()), len(own)) - len(own[:most])
    return Part(promise, anchor, sentence, known | others, shown, left)


def shares(sizes: Mapping[str, int], most: int) -> dict[str, int]:
    """How many findings of each promise are shown: all of the small ones, and as many of each of the others."""
    given: dict[str, int] = {}
    for number, name in enumerate(sorted(sizes, key=lambda each: (sizes[each], each))):
        given[name] = min(sizes[name], (most - sum(given.values())) // (len(sizes) - number))
    return given


def _anchors(kind: str, names: Iterable[str]) -> dict[str, str]:
    """An element id for each name, which can be read where the name allows it and is unique in any case."""
    return {name: f"{kind}-{name if _plain(name) else _digest(name)}" for name in names}


def _plain(name: str) -> bool:
    return 0 < len(name) <= 100 and not set(name) - _PLAIN


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def _strange(found: TypeCount) -> bool:
    return not found.modelled and found.kind != "config"


def _all_groups(document: Document, ranked: Sequence[Finding]) -> list[tuple[str, str, list[Group]]]:
    """The counts of findings by what they are about, each with its title and its name in a filter. Where the document
    leaves findings out, its tallies tell of all.
    """
    environments = ((environments_of(each.subject), each.verdict, 1) for each in ranked)
    if tallies := _tallies(document):
        accounts = [(" ".join(filter(None, (t.provider, t.account))), t.verdict, t.count) for t in tallies]
        types = [(t.type, t.verdict, t.count) for t in tallies]
    else:
        accounts = [(account_of(each.subject), each.verdict, 1) for each in ranked]
        types = [(each.subject.type, each.verdict, 1) for each in ranked]
    return [
        ("Environment", "environment", _groups("environment", environments)),
        ("Account", "account", _groups("account", accounts)),
        ("Type of resource", "type", _groups("type", types)),
    ]


def _tallies(document: Document) -> list[Tally]:
    return [tally for promise in document.promises for tally in promise.tallies] if document.omitted else []


def _groups(name: str, counted: Iterable[tuple[str, Verdict, int]]) -> list[Group]:
    counts: defaultdict[str, Counter[Verdict]] = defaultdict(Counter)
    for word, verdict, count in counted:
        counts[word][verdict] += count
    made = [Group(word, f"{name}={quote(visible(word), safe='')}", found) for word, found in counts.items()]
    return sorted(made, key=lambda group: (*(-group.counts[verdict] for verdict in WORST_FIRST), group.name))


def _troubled(ranked: Iterable[Finding]) -> list[Troubled]:
    """The resources that need somebody: those with the most findings that fail first."""
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in ranked:
        if finding.verdict in OPEN and finding.subject.kind == "resource":
            found[finding.subject.id].append(finding)
    made = [Troubled(own[0], own) for own in found.values()]
    return sorted(made, key=_trouble)


def _trouble(troubled: Troubled) -> tuple[int, int, str]:
    fails = sum(finding.verdict is Verdict.FAIL for finding in troubled.findings)
    return (-fails, -len(troubled.findings), troubled.finding.subject.id)


def _asset(name: str) -> Markup:
    """A file that the page holds as it is: it is ours."""
    return Markup((files("reports") / "templates" / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _policy(style: str, script: str) -> str:
    """The Content-Security-Policy: nothing is loaded, and nothing runs but what was written with the page."""
    allowed = {
        "default-src": "'none'",
        "style-src": f"'sha256-{_hash(style)}'",
        "script-src": f"'sha256-{_hash(script)}'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


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
    told = (compact, counted, clock, cut, days_left, gathered, link, long_date, narrowed, pretty, spoken, visible)
    environment.filters |= {each.__name__: each for each in told}
    environment.filters["lines"] = lambda text: Markup.escape(lines(text))
    style, script = _asset("report.css"), _asset("report.js")
    environment.globals |= {
        "style": style,
        "script": script,
        "policy": _policy(style, script),
        "WORST_FIRST": WORST_FIRST,
        "PROMISES_FIRST": PROMISES_FIRST,
        "STANDINGS": tuple(Standing),
    }
    return environment.get_template("report.html.j2")


HTML = Report("report.html", render)
