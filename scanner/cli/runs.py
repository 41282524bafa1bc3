"""`asdeclared runs`."""

from __future__ import annotations

import click

from scanner.cli.common import HISTORY, history, table


@click.command()
@HISTORY
@click.option("--policy", "name", help="Only the runs of this policy.")
@click.option("--verify", is_flag=True, help="Recompute every digest and the chain.")
def command(history_url: str, name: str | None, verify: bool) -> int:
    """List the runs in the history, the oldest first."""
    with history(history_url) as store:
        runs = store.runs(name)
        problems = (
            [each for policy in sorted({r.policy for r in runs}) for each in store.verify_chain(policy)]
            if verify
            else []
        )
    rows = [
        (str(run.number), run.policy, run.at, run.verdict, "partial" if run.partial else "", run.digest[:12])
        for run in runs
    ]
    table([("RUN", "POLICY", "AT", "VERDICT", "", "DIGEST"), *rows])
    for problem in problems:
        click.echo(problem, err=True)
    if verify and not problems:
        click.echo("Every digest and the chain are as they were written.", err=True)
    return 4 if problems else 0
