"""`asdeclared report`."""

from __future__ import annotations

from pathlib import Path

import click

from reports.document import Document
from scanner import registry
from scanner.cli.common import HISTORY, history, installed, write
from scanner.cli.main import FAILED, USAGE, Trouble
from scanner.drift import drift
from scanner.history import HistoryError
from scanner.history.store import History
from scanner.run import document


@click.command()
@click.argument("run", default="latest")
@HISTORY
@click.option("--policy", "name", help="The policy's name, where the history holds several.")
@click.option("--format", "form", default="html", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="The file; standard output if it is not given.")
def command(run: str, history_url: str, name: str | None, form: str, out: Path | None) -> int:
    """Write the report of RUN (a number, the beginning of a digest, or latest) again from the history."""
    reports = installed(registry.reports)
    if form not in reports:
        raise Trouble(f"There is no format {form!r}; known: {', '.join(reports)}", USAGE)
    with history(history_url) as store:
        data = reports[form].render(stored(store, run, name))
    if out:
        write(out, data)
    else:
        click.echo(data, nl=False)
    return 0


def stored(store: History, ref: str, name: str | None) -> Document:
    """The document of a stored run, with its drift since the run that it follows."""
    try:
        run = store.load(ref, name)
        before = store.load(run.previous, run.header["policy"]["name"]) if run.previous else None
    except HistoryError as error:
        raise Trouble(str(error), FAILED) from error
    return document(run, drift(before, run) if before else None)
