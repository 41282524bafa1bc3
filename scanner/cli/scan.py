"""`asdeclared scan`."""

from __future__ import annotations

from pathlib import Path

import click

from reports.document import Document
from reports.report import Report
from scanner import registry
from scanner.cli.common import HISTORY, POLICY, clock, exit_code, history, installed, load_policy, tell, write
from scanner.cli.main import FAILED, USAGE, Trouble
from scanner.collect.model import Options, ScopeError
from scanner.collect.tape import Recorder, Recording, RecordingError
from scanner.drift import drift
from scanner.history import HistoryError
from scanner.history.store import History
from scanner.run import document
from scanner.scan import NothingReached, Request, Scanned, scan


@click.command()
@POLICY
@click.option("--out", type=click.Path(path_type=Path), default="asdeclared-report", show_default=True)
@click.option("--format", "formats", multiple=True, help="Report formats; all that are installed if none is given.")
@HISTORY
@click.option("--no-history", is_flag=True, help="Neither read nor write a history: no drift.")
@click.option("--at", help="The moment of the scan (ISO 8601); now if it is not given.")
@click.option("--promise", "only", multiple=True, help="Judge only this promise. The run is then partial.")
@click.option("--cloud", "clouds", multiple=True, help="Scan only this provider. The run is then partial.")
@click.option("--allow-unproven", is_flag=True, help="Exit 0 where promises are unproven or empty.")
@click.option("--record", type=click.Path(path_type=Path), help="Keep the projected replies in this folder.")
@click.option("--replay", type=click.Path(path_type=Path), help="Scan from a recording, without a network.")
@click.option("--azure-endpoint", default="", help="An Azure Resource Manager endpoint other than the public one.")
@click.option("--gcp-endpoint", default="", help="A Cloud Asset Inventory endpoint other than the public one.")
@click.option("--workers", default=16, show_default=True, type=click.IntRange(1, 256), help="Calls at once.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
def command(
    policy: Path,
    out: Path,
    formats: tuple[str, ...],
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
    quiet: bool,
) -> int:
    """Scan the clouds in the scope of POLICY and give every promise its verdict.

    Reports are written to the folder OUT. An AWS endpoint is taken from the standard variables (AWS_ENDPOINT_URL).
    """
    declared = load_policy(policy)
    reports = _reports(formats)
    recording = _recording(replay)
    moment = clock(at or (recording.at if recording else None))
    recorder = Recorder(record, moment.isoformat()) if record else None
    endpoints = {"azure": azure_endpoint, "gcp": gcp_endpoint}
    providers = installed(registry.providers)
    request = Request(
        policy=declared,
        providers=providers,
        at=moment,
        options={name: Options(endpoints.get(name, ""), workers) for name in providers},
        only=_known(only, {each.id for each in declared.promises}, "promise"),
        clouds=_known(clouds, set(declared.scopes), "cloud"),
        tape=recorder,
        plugins=registry.plugins(),
        replay=(lambda provider, _: recording.session(provider.name)) if recording else None,
    )
    try:
        found = scan(request)
        if recorder:
            recorder.close()
        made = document(found.after(""), None) if no_history else commit(history(history_url), declared.name, found)
    except ScopeError as error:
        raise Trouble(str(error), USAGE) from error
    except (NothingReached, RecordingError, HistoryError) as error:
        raise Trouble(str(error), FAILED) from error
    for report in reports.values():
        write(out / report.file, report.render(made))
    if not quiet:
        tell(made)
        click.echo(
            f"{sum(found.calls.values())} calls. Reports: {', '.join(str(out / r.file) for r in reports.values())}",
            err=True,
        )
    return exit_code(made, allow_unproven=allow_unproven)


def commit(store: History, name: str, found: Scanned) -> Document:
    """Put a scan at the end of its policy's history, and compare it with the run before."""
    with store, store.writer(name) as writer:
        before = writer.baseline()
        run = found.after(writer.last_digest())
        writer.commit(run)
    return document(run, drift(before, run) if before else None)


def _reports(formats: tuple[str, ...]) -> dict[str, Report]:
    known = installed(registry.reports)
    return {name: known[name] for name in sorted(_known(formats, set(known), "format") or known)}


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
