"""`asdeclared policy`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from reports.text import visible
from scanner import registry
from scanner.cli.common import POLICY, clock, installed, load_policy
from scanner.cli.main import USAGE
from scanner.policy.contradictions import contradictions
from scanner.policy.schema import schema


@click.group()
def command() -> None:
    """Check a policy file, or print its JSON Schema."""


@command.command()
@POLICY
@click.option("--at", help="The moment to judge by (ISO 8601); now if it is not given.")
def check(policy: Path, at: str | None) -> int:
    """Check POLICY, and tell where it contradicts itself. Exits 3 where it does."""
    declared = load_policy(policy)
    types = frozenset(kind.name for each in installed(registry.providers).values() for kind in each.types)
    found = contradictions(declared, clock(at).date(), types)
    for each in found:
        click.echo(f"{policy}:{each.line}:{each.column}: {visible(each.message)} [{each.code}]")
    if not found:
        click.echo(f"{policy}: {len(declared.promises)} promises, no contradiction.")
    return USAGE if found else 0


@command.command("schema")
def print_schema() -> int:
    """Print the JSON Schema of policy files, for editors."""
    types = [kind.name for each in installed(registry.providers).values() for kind in each.types]
    click.echo(json.dumps(schema(installed(registry.checks), types), indent=2))
    return 0
