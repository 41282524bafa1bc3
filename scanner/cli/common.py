"""What several commands share: options, loading, and printing to people."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

import click

from checks.check import Severity
from reports.document import WORST_FIRST, Document, PromiseResult, PromiseVerdict, Verdict
from reports.report import MissingExtra, Report
from reports.text import visible
from scanner import registry
from scanner.cli.main import AS_DECLARED, BROKEN, FAILED, UNPROVEN, USAGE, Trouble
from scanner.cli.terminal import cells, padded, paragraph, say, width, wrapped
from scanner.collect.model import Options
from scanner.history import HistoryError, open_history
from scanner.history.store import History
from scanner.policy import Policy, PolicyError, load
from scanner.run import Told

F = TypeVar("F", bound=Callable[..., object])
POLICY = click.argument("policy", type=click.Path(path_type=Path), default="asdeclared.yaml")
DEFAULT_HISTORY = ".asdeclared/history.db"
DEFAULT_FORMATS = ("html", "json")
HISTORY = click.option(
    "--history",
    "history_url",
    default=DEFAULT_HISTORY,
    show_default=True,
    envvar="ASDECLARED_HISTORY",
    help="The history: a file, or a database URL.",
)


def endpoints(command: F) -> F:
    """The options for endpoints other than the vendors'. That of AWS comes from its own variables."""
    for cloud, name in (("gcp", "A Cloud Asset Inventory"), ("azure", "An Azure Resource Manager")):
        text = f"{name} endpoint other than the public one."
        command = click.option(f"--{cloud}-endpoint", default="", metavar="URL", help=text)(command)
    return command


COLOURS = {
    PromiseVerdict.KEPT: "green",
    PromiseVerdict.BROKEN: "red",
    PromiseVerdict.UNPROVEN: "yellow",
    PromiseVerdict.EMPTY: "yellow",
    PromiseVerdict.NOT_EXAMINED: "bright_black",
}
INDENT = " " * 14
"""Under the widest verdict, "not examined"."""
COUNTS, BESIDE = 28, 90
"""The columns of the counts, and those that sentence and counts need to stand beside one another."""
SHORT = 8
SOON = 30
"""Days before an exception expires from which on it is told."""


def load_policy(path: Path) -> Policy:
    """The policy of a file. Ends the command with every problem found, each with its line."""
    providers = installed(registry.providers)
    checks = installed(registry.checks)
    types = [kind.name for provider in providers.values() for kind in provider.types]
    try:
        return load(path, checks=checks, types=types, providers=list(providers))
    except PolicyError as error:
        raise Trouble(visible_lines(str(error)), USAGE) from error
    except OSError as error:
        raise Trouble(f"{path}: {error.strerror}", USAGE) from error


T = TypeVar("T")


def installed(read: Callable[[], Mapping[str, T]]) -> Mapping[str, T]:
    """What is installed; ends the command where a plugin cannot be loaded."""
    try:
        return read()
    except registry.PluginError as error:
        raise Trouble(str(error), FAILED) from error


def optioned(providers: Iterable[str], azure: str, gcp: str, workers: int) -> Mapping[str, Options]:
    """How to open each provider."""
    given = {"azure": azure, "gcp": gcp}
    return {name: Options(given.get(name, ""), workers) for name in providers}


def silenced() -> None:
    """Keep the SDKs' own log from standard error: what they have to say comes back as an error of theirs."""
    for name in ("azure", "botocore", "google", "urllib3"):
        logging.getLogger(name).addHandler(logging.NullHandler())


def history(url: str, *, new: bool = False) -> History:
    """The history at a path or URL. Where it is `new`, it is made, with the folder that it is in; a command that reads
    one ends where there is none.
    """
    try:
        if not SCHEME.match(url):
            path = Path(url).expanduser()
            if new:
                path.resolve().parent.mkdir(exist_ok=True)
            elif not path.exists():
                raise Trouble(f"{url}: there is no history: scan first, or name another with --history", FAILED)
        return open_history(url)
    except HistoryError as error:
        raise Trouble(str(error), FAILED) from error
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else str(error)
        raise Trouble(f"{url}: {why}: name a file in a folder that exists", FAILED) from error


SCHEME = re.compile(r"[a-z][a-z0-9+]+:", re.IGNORECASE)
"""The beginning of a URL; one letter is a drive."""


def clock(text: str | None) -> datetime:
    """The moment of the scan: now, or the ISO 8601 time given; UTC unless it says otherwise."""
    if not text:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Trouble(f"{text!r} is not a time; write it as 2026-01-31T06:00:00Z", USAGE) from error
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError as error:
        raise Trouble(f"{text!r} is out of range", USAGE) from error


def exit_code(document: Document, *, allow_unproven: bool = False) -> int:
    """The exit code of a scan."""
    match document.verdict:
        case "as declared":
            return AS_DECLARED
        case "broken":
            return BROKEN
    return AS_DECLARED if allow_unproven else UNPROVEN


def tell(document: Document) -> None:
    """The promises and their verdicts, for people, on standard error."""
    for promise in document.promises:
        _tell_promise(promise)
    say()
    if document.run.partial:
        say("Partial: an option left something out. This run is no baseline.")
    for name in document.coverage.not_examined:
        say(paragraph(f"Not examined: {name}"))
    if document.coverage.gaps:
        say(f"{len(document.coverage.gaps)} gaps in what could be seen.")
    if document.drift:
        say(f"{len(document.drift.changes)} changes since {document.drift.at}.")
    say(paragraph(f"{document.policy.organisation}: {document.verdict}."))


def _tell_promise(promise: PromiseResult) -> None:
    """The verdict and the sentence, with the counts beside it, or below it where the terminal is narrow."""
    word = promise.verdict.value.replace("_", " ")
    found = [(name.value.replace("_", " "), promise.counts.get(name.value, 0)) for name in WORST_FIRST]
    counts = ", ".join(f"{number} {name}" for name, number in found if number) or "nothing in scope"
    wide = width() - len(INDENT)
    mark = click.style(padded(word, len(INDENT)), fg=COLOURS[promise.verdict], bold=True)
    beside = wide >= BESIDE
    lines = wrapped(visible(promise.says), wide - COUNTS - 2 if beside else wide)
    below = visible(promise.id) if beside else f"{visible(promise.id)}: {counts}"
    right = wrapped(counts, COUNTS) if beside else []
    lines += wrapped(below, wide)
    for number, (line, count) in enumerate(zip_longest(lines, right, fillvalue="")):
        said = f"{padded(line, wide - COUNTS - 2)}  {count}" if count else line
        say((INDENT if number else mark) + said)


def advise(document: Document, where: str, show: str | None) -> None:
    """The last paragraph: what to do next. `where` names the reports, `show` the options by which `asdeclared show`
    finds the run again; None where it is in no history.
    """
    for line in advice(document, where, show):
        say(paragraph(line, first="- ", indent="  "))


def advice(document: Document, where: str, show: str | None) -> Iterator[str]:
    """What to do next, the most useful first: the permission to grant, the promise to look at, exceptions, reports."""
    if found := _wanted_most(document):
        permission, waiting, alone = found
        verb = "waits" if waiting == 1 else "wait"
        least = "at least " if document.omitted else ""
        yield f"Grant {permission}: {least}{many(waiting, 'unknown finding')} {verb} for it, {alone} for nothing else."
    if broken := _worst(document):
        promise, finding = broken
        look = f" Look at one: asdeclared show {finding}{show}" if finding and show is not None else ""
        failed = many(promise.counts.get("fail", 0), "finding")
        yield f"Broken first of all: {promise.id} ({promise.severity}, {failed}).{look}"
    yield from _expiring(document)
    if where:
        yield f"Reports: {where}"


def _wanted_most(document: Document) -> tuple[str, int, int] | None:
    """The permission that was missed in the most unknown findings: in how many, and in how many nothing else was."""
    waiting, alone = Counter[str](), Counter[str]()
    for finding in document.findings:
        unknowns = [each for condition in finding.conditions for each in condition.unknowns]
        refused = {each.permission for each in unknowns if each.reason == "refused" and each.permission}
        if finding.verdict is Verdict.UNKNOWN:
            waiting.update(refused)
            alone.update(refused if len(refused) == 1 and all(each.permission in refused for each in unknowns) else ())
    if not waiting:
        return None
    name = min(waiting, key=lambda each: (-waiting[each], -alone[each], each))
    return name, waiting[name], alone[name]


def _worst(document: Document) -> tuple[PromiseResult, str] | None:
    """The broken promise of the highest severity, of these the one with most failures, and the short id of one of its
    findings, "" where the document holds none.
    """
    broken = [each for each in document.promises if each.verdict is PromiseVerdict.BROKEN]
    if not broken:
        return None
    worst = min(broken, key=lambda each: (_rank(each.severity), -each.counts.get("fail", 0)))
    failed = [f for f in document.findings if f.promise == worst.id and f.verdict is Verdict.FAIL]
    if not failed:
        return worst, ""
    # Among findings that a large document leaves out, another may begin alike.
    name = failed[0].id if document.omitted else shortest(failed[0].id, (each.id for each in document.findings))
    return worst, name


def shortest(name: str, names: Iterable[str]) -> str:
    """The shortest beginning of an id, of eight characters or more, that no other has."""
    others = [each for each in names if each != name and each.startswith(name[:SHORT])]
    starts = (name[:n] for n in range(SHORT, len(name)))
    return next((start for start in starts if not any(each.startswith(start) for each in others)), name)


def _rank(severity: str) -> int:
    """The place of a severity, the highest first."""
    return -list(Severity).index(Severity(severity))


def _expiring(document: Document) -> Iterator[str]:
    """The exceptions that no longer hold, and those that soon will not."""
    today = datetime.fromisoformat(document.run.at).date()
    for each in document.exceptions:
        left = (date.fromisoformat(each.expires) - today).days
        what = f"exception of {each.promise} for {each.resource} ({each.owner})"
        if each.state == "expired":
            yield f"The {what} expired on {each.expires}: renew it, or take it out."
        elif left <= SOON:
            yield f"The {what} expires in {many(left, 'day')}, on {each.expires}."


def many(number: int, what: str) -> str:
    """A number of things: "1 day", "2 days"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def ready(report: Report) -> Report:
    """The report. Ends the command, before it did anything, where a library for it is not installed."""
    try:
        report.ready()
    except MissingExtra as error:
        raise Trouble(str(error), USAGE) from error
    return report


def rendered(report: Report, made: Told) -> Iterable[bytes]:
    """A run in a format, piece by piece. Ends the command where a library for it is not installed."""
    if report.stream:
        return report.stream(made.run.findings())
    try:
        return [report.render(made.whole if report.whole else made.document)]
    except MissingExtra as error:
        raise Trouble(str(error), USAGE) from error


def write(path: Path, *data: bytes) -> None:
    """Write a file, with its folders. Ends the command where that cannot be done."""
    write_all(path, data)


def write_all(path: Path, data: Iterable[bytes]) -> None:
    """Write a file piece by piece; see `write`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(data)
    except OSError as error:
        raise Trouble(f"{path}: {error.strerror}", FAILED) from error


def visible_lines(text: str) -> str:
    """Several lines of text, each made harmless."""
    return "\n".join(visible(line) for line in text.splitlines())


def table(rows: Iterable[tuple[str, ...]]) -> None:
    """Rows in aligned columns on standard output."""
    rows = [tuple(visible(cell) for cell in row) for row in rows]
    widths = [max(map(cells, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        say("  ".join(padded(cell, wide) for cell, wide in zip(row, widths, strict=True)).rstrip(), err=False)
