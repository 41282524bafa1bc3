"""`asdeclared report`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from scanner import registry
from scanner.cli import completion as complete
from scanner.cli.common import HISTORY, history, installed, rendered, write_all
from scanner.cli.main import FAILED, USAGE, Trouble
from scanner.drift import drift
from scanner.history import Gone, HistoryError
from scanner.history.store import History
from scanner.run import Run, Told


@click.command()
@click.argument("run", default="latest")
@HISTORY
@click.option("--policy", "name", help="The policy's name, where the history holds several.")
@click.option("--format", "form", default="html", show_default=True, shell_complete=complete.formats)
@click.option("--out", type=click.Path(path_type=Path), help="The file; standard output if it is not given.")
def command(run: str, history_url: str, name: str | None, form: str, out: Path | None) -> int:
    """Write the report of RUN (a number, the beginning of a digest, or latest) again from the history."""
    reports = installed(registry.reports)
    if form not in reports:
        raise Trouble(f"There is no format {form!r}; known: {', '.join(reports)}", USAGE)
    if reports[form].binary and not out and sys.stdout.isatty():
        raise Trouble(f"{form} is nothing for a terminal; give --out {reports[form].file}", USAGE)
    with history(history_url) as store:
        data = rendered(reports[form], stored(store, run, name))
    if out:
        write_all(out, data)
        return 0
    for each in data:
        click.echo(each, nl=False)
    return 0


def stored(store: History, ref: str, name: str | None) -> Told:
    """A stored run, with its drift since the run that it follows unless that was pruned."""
    try:
        run = store.load(ref, name)
        before = _before(store, run)
    except HistoryError as error:
        raise Trouble(str(error), FAILED) from error
    return Told(run, drift(before, run) if before else None)


def _before(store: History, run: Run) -> Run | None:
    try:
        return store.load(run.previous, run.header["policy"]["name"]) if run.previous else None
    except Gone:
        return None
