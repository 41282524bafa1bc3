"""`asdeclared checks`."""

from __future__ import annotations

import difflib

import click

from scanner import registry
from scanner.cli import completion as complete
from scanner.cli.common import installed, table
from scanner.cli.main import USAGE, Trouble


@click.command()
@click.argument("name", required=False, shell_complete=complete.checks)
def command(name: str | None) -> int:
    """List the checks, or explain the one of this NAME. `asdeclared explain NAME` tells the calls that it needs."""
    known = installed(registry.checks)
    if not name:
        table([(each.id, each.severity.value, each.title) for each in known.values()])
        return 0
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
        raise Trouble(f"There is no check {name!r}; {hint}", USAGE)
    found = known[name]
    click.echo(f"{found.id} ({found.severity.value}, about {found.subjects})\n\n{found.doc}\n")
    click.echo("Reads:")
    for fact in found.reads:
        click.echo(f"  {fact.key}: {fact.question}")
    fields = found.parameters.model_fields
    if fields:
        click.echo("\nParameters:")
    for field, info in fields.items():
        click.echo(f"  {field}: {info.description or ''}")
    click.echo(f"\nWhat to do where it fails: {found.fix}")
    return 0
