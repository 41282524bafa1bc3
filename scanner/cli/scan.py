"""`asdeclared scan`."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from reports.document import Document
from reports.json import render
from reports.report import Report
from scanner import registry
from scanner.cli import calls
from scanner.cli import completion as complete
from scanner.cli.common import (
    DEFAULT_FORMATS,
    DEFAULT_HISTORY,
    HISTORY,
    POLICY,
    advise,
    clock,
    endpoints,
    exit_code,
    history,
    installed,
    load_policy,
    optioned,
    ready,
    rendered,
    silenced,
    tell,
    write,
    write_all,
)
from scanner.cli.main import AS_DECLARED, FAILED, USAGE, Trouble
from scanner.cli.terminal import say, shown
from scanner.collect.model import Options, Provider, ScopeError, Session
from scanner.collect.once import Once, shared
from scanner.collect.progress import Progress, Watched
from scanner.collect.tape import Recorder, Recording, RecordingError
from scanner.drift import drift
from scanner.history import HistoryError
from scanner.history.store import History
from scanner.run import Told
from scanner.scan import NothingReached, Open, Request, Scanned, scan


@click.command()
@POLICY
@click.option(
    "--out",
    default="asdeclared-report",
    show_default=True,
    help="The folder of the reports; - prints the report of the one --format that is given, and writes no file.",
)
@click.option(
    "--format",
    "formats",
    multiple=True,
    shell_complete=complete.formats,
    help="Report formats; html and json if none is given.",
)
@click.option("--json", "as_json", is_flag=True, help="Also print report.json on standard output.")
@HISTORY
@click.option("--no-history", is_flag=True, help="Neither read nor write a history: no drift.")
@click.option("--at", help="The moment of the scan (ISO 8601); now if it is not given.")
@click.option(
    "--promise",
    "only",
    multiple=True,
    shell_complete=complete.promises,
    help="Judge only this promise. The run is then partial.",
)
@click.option(
    "--cloud",
    "clouds",
    multiple=True,
    shell_complete=complete.clouds,
    help="Scan only this provider. The run is then partial.",
)
@click.option("--allow-unproven", is_flag=True, help="Exit 0 where promises are unproven or empty.")
@click.option("--record", type=click.Path(path_type=Path), help="Keep the projected replies in this folder.")
@click.option("--replay", type=click.Path(path_type=Path), help="Scan from a recording, without a network.")
@endpoints
@click.option("--workers", default=16, show_default=True, type=click.IntRange(1, 256), help="Calls at once.")
@click.option("--explain-calls", is_flag=True, help="Print the calls that a scan would make, and make none.")
@click.option(
    "--calls",
    "calls_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write the calls that were made, with their seconds, into this file as JSON.",
)
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def command(
    policy: Path,
    out: str,
    formats: tuple[str, ...],
    as_json: bool,
    history_url: str,
    no_history: bool,
    at: str | None,
    only: tuple[str, ...],
    clouds: tuple[str, ...],
    allow_unproven: bool,
    record: Path | None,
    replay: Path | None,
    azure_endpoint: str,
    gcp_endpoint: str,
    workers: int,
    explain_calls: bool,
    calls_file: Path | None,
    quiet: bool,
) -> int:
    """Scan the clouds in the scope of POLICY and give every promise its verdict.

    Reports are written to the folder OUT, talk goes to standard error. `scan --json` prints the JSON report on standard
    output, `scan --format html --out -` the report of that format. An AWS endpoint is taken from the standard variables
    (AWS_ENDPOINT_URL). `scan --explain-calls` prints for each operation how often it would be called, and for which
    promises and facts; with --json as JSON.
    """
    silenced()
    declared = load_policy(policy)
    reports = _reports(formats)
    if out == "-" and (as_json or len(formats) != 1):
        raise Trouble("--out - prints one report: give one --format with it, and no --json", USAGE)
    recording = _recording(replay)
    moment = clock(at or (recording.at if recording else None))
    recorder = Recorder(record, moment.isoformat()) if record and not explain_calls else None
    providers = installed(registry.providers)
    options = optioned(providers, azure_endpoint, gcp_endpoint, workers)
    progress = Progress()
    request = Request(
        policy=declared,
        providers=providers,
        at=moment,
        options=options,
        only=_known(only, {each.id for each in declared.promises}, "promise"),
        clouds=_known(clouds, set(declared.scopes), "cloud"),
        tape=recorder,
        plugins=registry.plugins(),
        opened=watching(progress, options, recording),
    )
    if explain_calls:
        calls.tell_plan(calls.explained(request), as_json=as_json)
        return AS_DECLARED
    try:
        with shown(progress, quiet=quiet):
            found = scan(request)
        if recorder:
            recorder.close()
        made = (
            Told(found.after(""), None) if no_history else commit(history(history_url, new=True), declared.name, found)
        )
    except ScopeError as error:
        raise Trouble(str(error), USAGE) from error
    except (NothingReached, RecordingError, HistoryError) as error:
        raise Trouble(str(error), FAILED) from error
    written = _write(out, reports, made)
    if calls_file:
        write(calls_file, calls.made(progress.snapshot()))
    if as_json:
        click.echo(render(made.document), nl=False)
    if not quiet:
        tell(made.document)
        say(calls.pace(progress.snapshot()))
        again = None if no_history else finding_again(made.document, history_url)
        advise(made.document, ", ".join(map(str, written)), again)
    return exit_code(made.document, allow_unproven=allow_unproven)


def watching(progress: Progress, options: Mapping[str, Options], recording: Recording | None = None) -> Open:
    """How to open a session, of a cloud or of a recording, whose calls are counted."""

    def open_session(provider: Provider, scope: Mapping[str, Any]) -> Session:
        if recording:
            return Watched(provider.name, recording.session(provider.name), progress)
        session = provider.open(scope, options.get(provider.name, Options()))
        return Once(Watched(provider.name, session, progress), shared(provider))

    return open_session


def _write(out: str, reports: Mapping[str, Report], made: Told) -> list[Path]:
    """Write the reports, and tell where; or print the one that there is."""
    if out == "-":
        for report in reports.values():
            for data in rendered(report, made):
                click.echo(data, nl=False)
        return []
    paths = {Path(out) / report.file: report for report in reports.values()}
    for path, report in paths.items():
        write_all(path, rendered(report, made))
    return list(paths)


def finding_again(made: Document, history_url: str) -> str:
    """The options of `asdeclared show` that find this run again. "latest" means no partial run, and needs the name of
    the policy where the history holds several. A URL is left out: it may hold a password.
    """
    with history(history_url) as store:
        several = len({row.policy for row in store.runs()}) > 1
    told = history_url != DEFAULT_HISTORY and "://" not in history_url
    options = f" --history {shlex.quote(history_url)}" if told else ""
    options += f" --policy {shlex.quote(made.policy.name)}" if several else ""
    return options + (f" --run {made.run.digest[:12]}" if made.run.partial else "")


def commit(store: History, name: str, found: Scanned) -> Told:
    """Put a scan at the end of its policy's history, and compare it with the run before."""
    with store, store.writer(name) as writer:
        before = writer.baseline()
        run = found.after(writer.last_digest())
        writer.commit(run)
    return Told(run, drift(before, run) if before else None)


def _reports(formats: tuple[str, ...]) -> dict[str, Report]:
    known = installed(registry.reports)
    return {name: ready(known[name]) for name in sorted(_known(formats or DEFAULT_FORMATS, set(known), "format"))}


def _known(given: tuple[str, ...], known: set[str], what: str) -> frozenset[str]:
    for each in given:
        if each not in known:
            raise Trouble(f"There is no {what} {each!r}; known: {', '.join(sorted(known))}", USAGE)
    return frozenset(given)


def _recording(folder: Path | None) -> Recording | None:
    try:
        return Recording(folder) if folder else None
    except RecordingError as error:
        raise Trouble(str(error), USAGE) from error
