"""`asdeclared key`."""

from __future__ import annotations

from pathlib import Path

import click

from scanner.cli.main import USAGE, Trouble
from scanner.pack import sign


@click.group()
def command() -> None:
    """Make a key that signs packs, or print the public half of one."""


@command.command("new")
@click.argument("path", type=click.Path(path_type=Path))
def new(path: Path) -> None:
    """Write a new Ed25519 key to PATH, for you alone, and its public key to PATH.pub, for those who verify packs.

    ASDECLARED_KEY_PASSPHRASE, where it is set, encrypts the key.
    """
    try:
        click.echo(f"Key {sign.generate(path)}: keep {path}, give away {path}.pub")
    except sign.SignError as error:
        raise Trouble(str(error), USAGE) from error


@command.command("public")
@click.argument("key")
def public(key: str) -> None:
    """Print the public key (PEM) of a KEY: a file, or env:NAME for a variable that holds one."""
    try:
        click.echo(sign.public(key), nl=False)
    except sign.SignError as error:
        raise Trouble(str(error), USAGE) from error
