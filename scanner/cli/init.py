"""`asdeclared init`."""

from __future__ import annotations

from pathlib import Path

import click
from jinja2 import Environment, PackageLoader, StrictUndefined

from scanner.cli.common import load_policy, write
from scanner.cli.main import USAGE, Trouble


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default="asdeclared.yaml")
@click.option("--organisation", default="Example SaaS Ltd", show_default=True)
@click.option("--aws", multiple=True, metavar="ACCOUNT", help="An AWS account to scan.")
@click.option("--azure", multiple=True, metavar="SUBSCRIPTION", help="An Azure subscription to scan.")
@click.option("--gcp", multiple=True, metavar="PROJECT", help="A Google Cloud project to scan.")
@click.option("--place", default="EEA", show_default=True, help="Where data may be kept.")
def command(
    path: Path, organisation: str, aws: tuple[str, ...], azure: tuple[str, ...], gcp: tuple[str, ...], place: str
) -> int:
    """Write a first policy file to PATH, with comments. It never overwrites a file."""
    if path.exists():
        raise Trouble(f"{path} is there already", USAGE)
    if not (aws or azure or gcp):
        raise Trouble("Name at least one account: --aws, --azure or --gcp", USAGE)
    environment = Environment(  # noqa: S701 - YAML, whose texts the filter quotes
        loader=PackageLoader("scanner.cli"), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["yaml"] = _yaml
    made = environment.get_template("asdeclared.yaml.j2").render(
        organisation=organisation, aws=aws, azure=azure, gcp=gcp, place=place
    )
    write(path, made.encode())
    try:
        load_policy(path)
    except Trouble:
        path.unlink()
        raise
    click.echo(f"Wrote {path}. Next: asdeclared policy check {path}, then asdeclared scan {path}.", err=True)
    return 0


def _yaml(text: str) -> str:
    """A YAML double-quoted text: JSON strings are such."""
    import json

    return json.dumps(text, ensure_ascii=False)
