"""What several commands share: options, loading, and printing to people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click

from reports.document import Document, PromiseVerdict
from reports.text import visible
from scanner import registry
from scanner.cli.main import AS_DECLARED, BROKEN, FAILED, UNPROVEN, USAGE, Trouble
from scanner.history import HistoryError, open_history
from scanner.history.store import History
from scanner.policy import Policy, PolicyError, load

F = TypeVar("F", bound=Callable[..., object])
POLICY = click.argument("policy", type=click.Path(path_type=Path), default="asdeclared.yaml")
HISTORY = click.option(
    "--history",
    "history_url",
    default=".asdeclared/history.db",
    show_default=True,
    envvar="ASDECLARED_HISTORY",
    help="The history: a file, or a database URL.",
)
COLOURS = {
    PromiseVerdict.KEPT: "green",
    PromiseVerdict.BROKEN: "red",
    PromiseVerdict.UNPROVEN: "yellow",
    PromiseVerdict.EMPTY: "yellow",
    PromiseVerdict.NOT_EXAMINED: "bright_black",
}


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


def history(url: str) -> History:
    """The history at a path or URL, which is created where it is new."""
    if "://" not in url:
        Path(url).expanduser().resolve().parent.mkdir(parents=True, exist_ok=True)
    try:
        return open_history(url)
    except HistoryError as error:
        raise Trouble(str(error), FAILED) from error


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
        verdict = promise.verdict.value.replace("_", " ")
        counts = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in promise.counts.items())
        mark = click.style(f"{verdict:<12}", fg=COLOURS[promise.verdict], bold=True)
        click.echo(f"{mark} {visible(promise.says)}", err=True)
        click.echo(f"{'':12} {visible(promise.id)}: {counts or 'nothing in scope'}", err=True)
    if document.run.partial:
        click.echo("Partial: an option left something out. This run is no baseline.", err=True)
    for name in document.coverage.not_examined:
        click.echo(f"Not examined: {visible(name)}", err=True)
    if document.coverage.gaps:
        click.echo(f"{len(document.coverage.gaps)} gaps in what could be seen.", err=True)
    if document.drift:
        click.echo(f"{len(document.drift.changes)} changes since {document.drift.at}.", err=True)
    click.echo(f"{visible(document.policy.organisation)}: {document.verdict}.", err=True)


def write(path: Path, data: bytes) -> None:
    """Write a file, with its folders. Ends the command where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        raise Trouble(f"{path}: {error.strerror}", FAILED) from error


def visible_lines(text: str) -> str:
    """Several lines of text, each made harmless."""
    return "\n".join(visible(line) for line in text.splitlines())


def table(rows: Iterable[tuple[str, ...]]) -> None:
    """Rows in aligned columns on standard output."""
    rows = [tuple(visible(cell) for cell in row) for row in rows]
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(len(rows[0]) if rows else 0)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
