"""The summary of a run as PDF/A-2a and PDF/UA-1: the verdict, what may be published of each promise, what was seen and
what not, the exceptions, and how to verify it.

Typst (the package `typst`, extra `pdf`) sets it, with the fonts that it brings, and neither the network nor the fonts
of the machine: https://typst.app/docs/. All text goes to the template as data, and is never read as markup. Characters
that those fonts do not draw are shown by their code points.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib.resources import files
from typing import Any

from reports.document import Coverage, Document, ExceptionUse, GapFound, PromiseVerdict
from reports.report import MissingExtra, Report
from reports.sentences import CLOUDS, Sentence, line, long_date, sentences

MOST = 20
"""At most so many rows of a table; `report.json` holds all."""
FEW = 4
"""At most so many names in a row."""
LONGEST = 600
"""A text longer than this is cut, but for what is declared and what is said of it."""
_UNDRAWN = re.compile(r"[^ -~\u00a1-\u02ff\u0370-\u0482\u048a-\u04ff\u2010-\u2027\u2030-\u203e\u20ac\u2190-\u2193]")
_LONG_WORD = re.compile(r"\S{21,}")
_SEPARATOR = re.compile(r"[/:._@-](?=.)")
_HARD = re.compile("[^\u200b]{12}(?=[^\u200b])")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_SOFT = "\u200b"
"""A zero-width space: a word may be wrapped there."""
PACK = (
    "Ask for the evidence pack of this run. It holds what every verdict rests on; asdeclared derives each of them "
    "again from it, without a network, and computes the digests anew."
)
_KINDS = {"as declared": "kept", "broken": "broken", "unproven": "unproven"}


def render(document: Document) -> bytes:
    """The summary. The same document makes the same bytes by the same version of Typst.

    Raises MissingExtra where Typst is not installed, and ValueError where the run's clock is no time in ISO 8601.
    """
    try:
        import typst
    except ImportError as error:
        raise MissingExtra("pdf") from error
    made = typst.compile(
        files("reports").joinpath("templates/summary.typ").read_bytes(),
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(summary(document))},
        pdf_standards=["a-2a", "ua-1"],
        timestamp=datetime.fromisoformat(document.run.at),
    )
    if not isinstance(made, bytes):
        raise TypeError("Typst made no file")
    return made


def summary(document: Document) -> dict[str, Any]:
    """What the template shows. Every text is on one line, drawable, and can be wrapped anywhere in a long word."""
    run, policy = document.run, document.policy
    told = sentences(document)
    made = {
        "title": f"{policy.organisation or policy.name}: {document.verdict}",
        "author": line(policy.organisation or policy.name) or "Unnamed",
        "kicker": "Is the cloud as declared?",
        "subtitle": f"Policy {policy.name}, examined at {run.at} by asdeclared {run.scanner}.",
        "totals": _totals(told),
        "date": long_date(run.at),
        "verdict": document.verdict.capitalize(),
        "kind": _KINDS[document.verdict],
        "partial": run.partial,
        "run": run.digest,
        "foot": f"asdeclared {run.scanner[:20]} · run {run.digest[:16]}",
        "contradictions": [f"Line {each.line}: {each.message}." for each in document.contradictions],
        "promises": [_promise(each) for each in told],
        "coverage": [*_coverage(document.coverage)],
        "gaps": [_gap(each) for each in _gaps(document.coverage)[:MOST]],
        "unseen": [*_unseen(document.coverage)],
        "exceptions": [_exception(each) for each in document.exceptions],
        "limits": list(document.coverage.limits),
        "verify": [
            PACK,
            "The run is the one of this page only if its digest is the one below.",
        ],
        "digests": [
            ["Run", run.digest],
            ["Run before", run.previous or "none: the first run"],
            ["Policy", policy.digest],
            ["Tables of places and types", run.tables],
        ],
    }
    return {name: value if name == "kind" else _shown(value) for name, value in made.items()}


def drawable(text: str, longest: int = LONGEST) -> str:
    """Text on one line of characters that the fonts have, with places to wrap in long words; cut where it is long."""
    word = line(text)
    word = word if len(word) <= longest else f"{word[: longest - 1]}…"
    word = _UNDRAWN.sub(lambda match: f"\\u{{{ord(match.group()):x}}}", word)
    return _LONG_WORD.sub(_softened, word)


def _softened(match: re.Match[str]) -> str:
    word = match.group()
    if _DIGEST.fullmatch(word):
        return word
    return _HARD.sub(rf"\g<0>{_SOFT}", _SEPARATOR.sub(rf"\g<0>{_SOFT}", word))


def _shown(value: Any, longest: int = LONGEST) -> Any:
    """The value with every text in it made drawable."""
    match value:
        case str():
            return drawable(value, longest)
        case list():
            return [_shown(each, longest) for each in value]
        case dict():
            return {name: each if name == "kind" else _shown(each, sys.maxsize) for name, each in value.items()}
    return value


def _totals(told: Iterable[Sentence]) -> list[dict[str, str]]:
    totals = Counter(each.verdict for each in told)
    return [{"kind": each.value, "told": f"{totals[each]} {_verdict(each)}"} for each in PromiseVerdict if totals[each]]


def _verdict(verdict: PromiseVerdict) -> str:
    return verdict.value.replace("_", " ")


def _promise(sentence: Sentence) -> dict[str, str]:
    return {
        "kind": sentence.verdict.value,
        "verdict": _verdict(sentence.verdict),
        "says": sentence.says,
        "publish": sentence.publish,
        "withhold": sentence.withhold,
    }


def _coverage(coverage: Coverage) -> Iterator[list[str]]:
    """For each cloud, the accounts that were reached, and the resources that were seen."""
    clouds = sorted({each.provider for each in coverage.accounts} | {each.provider for each in coverage.types})
    for cloud in clouds:
        accounts = [each for each in coverage.accounts if each.provider == cloud]
        types = [each for each in coverage.types if each.provider == cloud]
        reached = sum(each.reached for each in accounts)
        judged = sum(each.count for each in types if each.modelled)
        yield [
            CLOUDS.get(cloud, cloud),
            f"{reached} of {len(accounts)} accounts reached; {judged} resources of modelled types",
        ]
        yield from ([f"{each.id} {each.name}", "not reached"] for each in accounts if not each.reached)


def _gaps(coverage: Coverage) -> list[list[GapFound]]:
    """The gaps of one place that have one reason, together."""
    found: defaultdict[tuple[str, ...], list[GapFound]] = defaultdict(list)
    for gap in coverage.gaps:
        found[gap.provider, gap.account, gap.region, gap.reason].append(gap)
    return list(found.values())


def _gap(gaps: list[GapFound]) -> list[str]:
    first = gaps[0]
    where = f"{CLOUDS.get(first.provider, first.provider)} {first.account} {first.region}"
    if len(gaps) == 1:
        why = f"{first.call}: {first.detail or first.reason}"
    else:
        why = f"{len(gaps)} listings, {first.reason.replace('_', ' ')}: {_few(each.call for each in gaps)}"
    return [where, why, _few(each.permission for each in gaps) or "none is known"]


def _few(words: Iterable[str]) -> str:
    """The first of the words, and how many more there are."""
    names = list(dict.fromkeys(filter(None, words)))
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(names[:FEW]) + more


def _unseen(coverage: Coverage) -> Iterator[str]:
    yield from (f"Not examined: {name}, which has no API that could be asked." for name in coverage.not_examined)
    gaps = _gaps(coverage)
    if len(gaps) > MOST:
        yield f"{len(gaps) - MOST} more rows of gaps are in report.json."
    refused = sorted(coverage.refused, key=lambda each: (-each.count, each.call, each.permission))
    if refused:
        yield (
            f"{sum(each.count for each in refused)} calls were refused, most often {_few(e.call for e in refused)}. "
            f"Permissions that would answer most: {_few(e.permission for e in refused) or 'none is known'}."
        )
    strangers = [each for each in coverage.types if not each.modelled and each.kind != "config"]
    if strangers:
        names = _few(f"{each.type} ({each.count})" for each in strangers)
        yield f"Types that are not modelled and may hold data: {names}."


def _exception(use: ExceptionUse) -> list[str]:
    what = f"{use.promise}: {use.resource}, {use.condition}: {use.value}"
    return [use.state, what, f"{use.owner}: {use.reason}", long_date(use.expires)]


PDF = Report("summary.pdf", render, binary=True, needs="typst", extra="pdf")
