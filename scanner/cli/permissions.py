"""`asdeclared permissions`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from scanner import registry
from scanner.cli.common import POLICY, installed, load_policy
from scanner.cli.main import USAGE, Trouble
from scanner.scan import Request, plans, wants


@click.command()
@click.argument("cloud")
@POLICY
def command(cloud: str, policy: Path) -> int:
    """Print a ready policy or role for CLOUD with just the permissions that POLICY needs."""
    providers = installed(registry.providers)
    if cloud not in providers:
        raise Trouble(f"There is no provider {cloud!r}; known: {', '.join(providers)}", USAGE)
    declared = load_policy(policy)
    request = Request(declared, providers, datetime.now(UTC))
    if cloud not in request.scoped:
        raise Trouble(f"The policy's scope does not name {cloud}", USAGE)
    made = plans(request, [wants(declared, promise, providers) for promise in request.promises])[cloud]
    needed = {call.permission for call in made.calls()} | {sweep.each.permission for sweep in providers[cloud].sweeps}
    click.echo(providers[cloud].role(frozenset(needed - {""})).rstrip())
    return 0
