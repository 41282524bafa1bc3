"""`asdeclared runs`."""

from __future__ import annotations

from collections.abc import Iterator

import click

from reports.text import visible
from scanner.cli.common import HISTORY, history, table
from scanner.cli.main import AS_DECLARED, FAILED, Trouble
from scanner.history import HistoryError, RunRow


@click.command()
@HISTORY
@click.option("--policy", "name", help="Only the runs of this policy.")
@click.option("--verify", is_flag=True, help="Recompute every digest and the chain.")
def command(history_url: str, name: str | None, verify: bool) -> int:
    """List the runs in the history, the oldest first."""
    with history(history_url) as store:
        try:
            runs = store.runs(name)
            policies = sorted({run.policy for run in runs}) if verify else []
            problems = [each for policy in policies for each in store.verify_chain(policy)]
        except HistoryError as error:
            raise Trouble(visible(error), FAILED) from error
    rows = [(str(run.number), run.policy, run.at, run.verdict, run.digest[:12], ", ".join(_marks(run))) for run in runs]
    table([("RUN", "POLICY", "AT", "VERDICT", "DIGEST", ""), *rows])
    for problem in problems:
        click.echo(visible(problem), err=True)
    if verify and not problems:
        click.echo("Every digest and the chain are as they were written.", err=True)
    return FAILED if problems else AS_DECLARED


def _marks(run: RunRow) -> Iterator[str]:
    if run.partial:
        yield "partial"
    if run.pruned:
        yield f"pruned on {run.pruned.at}"
    if run.kept:
        yield f"kept: {run.kept.why}"
