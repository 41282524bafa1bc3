"""`asdeclared permissions`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from scanner import registry
from scanner.cli import completion as complete
from scanner.cli.common import installed, load_policy
from scanner.cli.main import USAGE, Trouble
from scanner.cli.terminal import say
from scanner.collect.model import Provider
from scanner.collect.roles import WritesRoles
from scanner.policy import Policy
from scanner.scan import Request, plans

DEFAULT = Path("asdeclared.yaml")
JSON = "json"


@click.command()
@click.argument("cloud", shell_complete=complete.clouds)
@click.argument("policy", required=False, type=click.Path(path_type=Path))
@click.option(
    "--as",
    "form",
    default=JSON,
    show_default=True,
    metavar="FORM",
    help="json; cloudformation, terraform or aws (AWS CLI); terraform or az; terraform or gcloud.",
)
@click.option("--all-types", is_flag=True, help="For every type that is modelled, whatever a policy needs.")
def command(cloud: str, policy: Path | None, form: str, all_types: bool) -> int:
    """Print a ready role for CLOUD with just the permissions that POLICY needs: reads, and nothing else.

    POLICY is asdeclared.yaml where that is there; without a policy the role is for every type that is modelled. A form
    other than json also makes the role and grants it to who scans. Read it before you run it.
    """
    providers = installed(registry.providers)
    if cloud not in providers:
        raise Trouble(f"There is no provider {cloud!r}; known: {', '.join(providers)}", USAGE)
    provider = providers[cloud]
    forms = (JSON, *provider.forms) if isinstance(provider, WritesRoles) else (JSON,)
    if form not in forms:
        raise Trouble(f"{cloud} has no form {form!r}; known: {', '.join(forms)}", USAGE)
    path = None if all_types else policy or (DEFAULT if DEFAULT.exists() else None)
    declared = load_policy(path) if path else None
    needed = _needed(declared, providers, cloud) if declared else whole(provider)
    if not policy:
        say(f"Permissions for {path or 'every type that is modelled'}:")
    scope = declared.scopes[cloud] if declared else {}
    made = provider.role_as(form, needed, scope) if isinstance(provider, WritesRoles) and form != JSON else None
    say((provider.role(needed) if made is None else made).rstrip(), err=False)
    return 0


def _needed(policy: Policy, providers: Mapping[str, Provider], cloud: str) -> frozenset[str]:
    """The permissions of the calls that a policy needs."""
    request = Request(policy, providers, datetime.now(UTC))
    if cloud not in request.scoped:
        raise Trouble(f"The policy's scope does not name {cloud}; --all-types asks for everything", USAGE)
    made = plans(request)[cloud]
    calls = [*made.calls(), *(sweep.each for sweep in providers[cloud].sweeps)]
    return frozenset(call.permission for call in calls) - {""}


def whole(provider: Provider) -> frozenset[str]:
    """The permissions of every call that a provider knows."""
    asked = [call for kind in provider.types for call in (kind.each, *kind.ask.values())]
    return frozenset(call.permission for call in (*asked, *(sweep.each for sweep in provider.sweeps))) - {""}
