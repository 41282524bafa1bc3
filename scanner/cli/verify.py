"""`asdeclared verify`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

import click
import orjson

from reports.text import visible
from scanner.cli.common import clock
from scanner.cli.main import AS_DECLARED, BROKEN, FAILED, UNPROVEN, USAGE, Trouble
from scanner.pack.archive import NotAPack
from scanner.pack.sign import Identity, SignError
from scanner.pack.verify import Trust, Verification, together, verify
from scanner.pack.words import paragraph

F = TypeVar("F", bound=Callable[..., object])
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


def trusted(command: F) -> F:
    """The options that say whose word counts."""
    for option in reversed(
        (
            click.option("--key", "keys", multiple=True, type=FILE, help="A public key (PEM) that may have signed."),
            click.option("--identity", help="The identity that signed without a key; with --issuer."),
            click.option("--issuer", help="The issuer of that identity."),
            click.option(
                "--timestamp-root", "roots", multiple=True, type=FILE, help="A certificate (PEM) of a stamp authority."
            ),
            click.option("--any-signer", "anyone", is_flag=True, help="Do not ask who signed or stamped it."),
        )
    ):
        command = option(command)
    return command


@click.command()
@click.argument("packs", nargs=-1, required=True, type=FILE)
@trusted
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def command(
    packs: tuple[Path, ...],
    keys: tuple[Path, ...],
    identity: str | None,
    issuer: str | None,
    roots: tuple[Path, ...],
    anyone: bool,
    as_json: bool,
) -> int:
    """Check every digest, the chain and the signature of PACKS, and derive every fact and verdict in them again.

    It needs no network and no cloud account. Packs of one policy are compared with one another as well. Exit codes: 0
    verified; 1 tampered with, or not of one chain; 2 intact, but something could not be checked here.
    """
    made = checked(packs, trust(keys, identity, issuer, roots, anyone=anyone))
    at = clock(None)
    if as_json:
        click.echo(orjson.dumps([told(each, at) for each in made], option=orjson.OPT_INDENT_2).decode())
    else:
        for each in made:
            _tell(each, at)
    codes = {code(each) for each in made}
    return next(each for each in (BROKEN, UNPROVEN, AS_DECLARED) if each in codes)


def trust(
    keys: Sequence[Path], identity: str | None, issuer: str | None, roots: Sequence[Path], *, anyone: bool
) -> Trust:
    """Whose word counts, from the options."""
    if bool(identity) != bool(issuer):
        raise Trouble("--identity and --issuer go together", USAGE)
    who = Identity(identity, issuer) if identity and issuer else None
    return Trust([each.read_bytes() for each in keys], who, [each.read_bytes() for each in roots], anyone)


def checked(packs: Sequence[Path], whom: Trust) -> list[Verification]:
    """The packs, verified by themselves and with one another."""
    made = []
    for path in packs:
        try:
            made.append(verify(path, whom))
        except NotAPack as error:
            raise Trouble(f"{path} is not a pack, or is damaged: {error}", BROKEN) from error
        except SignError as error:
            raise Trouble(str(error), USAGE) from error
        except OSError as error:
            raise Trouble(f"{path}: {error.strerror}", FAILED) from error
    return together(made)


def code(made: Verification) -> int:
    """The exit code of one verification."""
    if made.outcome is None:
        return AS_DECLARED
    return UNPROVEN if made.intact else BROKEN


def told(made: Verification, at: datetime) -> dict[str, object]:
    """A verification as JSON. A time that no root certificate proves is left out."""
    stamp = made.stamp
    return {
        "pack": visible(made.name),
        "sha256": made.digest,
        "outcome": made.outcome.value if made.outcome else "verified",
        "run": made.run.digest if made.run else None,
        "previous": made.run.previous if made.run else None,
        "signature": made.signature.state if made.signature else "not signed",
        "signer": made.signature.signer if made.signature else None,
        "timestamp": stamp.time.isoformat() if stamp and stamp.state == "good" and stamp.time else None,
        "replayed": made.replayed,
        "problems": [{"kind": each.kind.value, "where": each.where, "what": each.what} for each in made.problems],
        "paragraph": paragraph(made, at, version("asdeclared")),
    }


def _tell(made: Verification, at: datetime) -> None:
    click.echo(f"{visible(made.name)}: {made.outcome.value if made.outcome else 'verified'}")
    for each in made.problems:
        click.echo(f"  {each.kind.value}: {visible(str(each))}")
    click.echo(f"\n{click.wrap_text(paragraph(made, at, version('asdeclared')), 100)}\n")
