"""Prints what the recordings became, by type and by fact: `python -m tests.recorded.summary`."""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from reports.document import Finding, Verdict
from scanner.facts import Inapplicable, Seen, State, Unknown
from tests.recorded.convert import RECORDED, flights, unlisted
from tests.recorded.flow import Outcome, replayed

MOST = 3
"""So many of the commonest reasons are told of each type."""


def summary(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A table in Markdown: modelled types with their verdicts and commonest unknowns, then the other types."""
    outcomes = list(outcomes)
    records = Counter((r.type, r.modelled, r.kind.value) for o in outcomes for r in o.inventory.records)
    verdicts: defaultdict[str, Counter[Verdict]] = defaultdict(Counter)
    reasons: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for finding in (each for outcome in outcomes for each in outcome.findings if each.subject.kind == "resource"):
        verdicts[finding.subject.type][finding.verdict] += 1
        reasons[finding.subject.type].update(_reasons(finding))
    yield "| type | resources | pass | fail | unknown | n/a | commonest unknowns |\n|---|---|---|---|---|---|---|"
    for (name, modelled, _), count in sorted(records.items()):
        if modelled:
            found = verdicts[name]
            counts = (found[each] for each in (Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE))
            commonest = "; ".join(f"{n} x {why}" for why, n in reasons[name].most_common(MOST))
            yield f"| {name} | {count} | {' | '.join(map(str, counts))} | {commonest} |"
    gaps = Counter(finding.verdict for o in outcomes for finding in o.findings if finding.subject.kind == "gap")
    yield f"\ngaps: {gaps.total()} findings ({', '.join(gaps)}); AWS flights without a listing: {len(unlisted())}\n"
    yield "| not modelled | types | resources |\n|---|---|---|"
    for provider in ("aws", "azure", "gcp"):
        for kind in ("data", "config", "unclassified"):
            names = Counter(
                r.type
                for o in outcomes
                for r in o.inventory.records
                if not r.modelled and (r.provider, r.kind.value) == (provider, kind)
            )
            yield f"| {provider} {kind} | {len(names)} | {names.total()} |"


def facts(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """A table in Markdown: of each fact and cloud, how many resources of modelled types answer it, and which ways there
    are in which the others do not.
    """
    found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for outcome in outcomes:
        for resource in outcome.estate.resources:
            for key, state in resource.states.items() if resource.record.modelled else ():
                found[key, outcome.inventory.provider][_told(state)] += 1
    yield "| fact | cloud | known | in part | makes no sense | unknown | of these by reason |"
    yield "|---|---|---|---|---|---|---|"
    for (fact, cloud), counts in sorted(found.items()):
        unknown = {why: n for why, n in counts.items() if why not in {"known", "in part", "makes no sense"}}
        told = [counts["known"], counts["in part"], counts["makes no sense"], sum(unknown.values())]
        reasons = ", ".join(f"{n} {why}" for why, n in sorted(unknown.items()))
        yield f"| {fact} | {cloud} | {' | '.join(map(str, told))} | {reasons} |"


def _told(state: State) -> str:
    """How far a fact is established; an unknown by its reason. A set with gaps is known in part."""
    match state:
        case Unknown(reason=reason):
            return str(reason)
        case Inapplicable():
            return "makes no sense"
        case known:
            return "in part" if isinstance(known.value, Seen) and known.value.gaps else "known"


def _reasons(finding: Finding) -> Iterator[str]:
    for condition in finding.conditions:
        for unknown in condition.unknowns:
            detail = re.sub(r"\S*(?:arn:|//|/subscriptions/)\S+", "ID", unknown.detail)
            yield f"{unknown.reason}: {detail}"


def main() -> None:
    """Replay all recordings and print the summary."""
    if not RECORDED.is_dir():
        sys.exit("there are no recordings beside the repository (../shared/recorded)")
    with tempfile.TemporaryDirectory() as folder:
        outcomes = [replayed(flight, Path(folder) / str(n)) for n, flight in enumerate(flights())]
    for line in (*summary(outcomes), "", *facts(outcomes)):
        print(line)  # noqa: T201 - it is what the module is for


if __name__ == "__main__":
    main()
