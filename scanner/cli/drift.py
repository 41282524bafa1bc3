"""`asdeclared drift`."""

from __future__ import annotations

import click

from reports.changes import notable
from scanner.cli.common import HISTORY, history, table
from scanner.cli.main import FAILED, Trouble
from scanner.drift import drift
from scanner.history import HistoryError


@click.command()
@click.argument("before", default="previous")
@click.argument("after", default="latest")
@HISTORY
@click.option("--policy", "name", help="The policy's name, where the history holds several.")
@click.option("--all", "everything", is_flag=True, help="Also the findings that hold of what came or went.")
@click.option("--json", "as_json", is_flag=True, help="Print the drift as JSON, with everything.")
def command(before: str, after: str, history_url: str, name: str | None, everything: bool, as_json: bool) -> int:
    """Tell what changed from run BEFORE to run AFTER, each with its cause."""
    with history(history_url) as store:
        try:
            found = drift(store.load(before, name), store.load(after, name))
        except HistoryError as error:
            raise Trouble(str(error), FAILED) from error
    if as_json:
        click.echo(found.model_dump_json(indent=2))
    elif not found.changes:
        click.echo("Nothing changed.")
    else:
        changes = found.changes if everything else notable(found.changes)
        rows = [(each.cause.value, each.what, each.change, each.label) for each in changes]
        table([("CAUSE", "WHAT", "CHANGE", "SUBJECT"), *rows])
    return 0
