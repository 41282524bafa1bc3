"""`asdeclared statement`."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

import click

from reports import statement
from reports.document import Document
from reports.statement import Verified
from scanner.cli.common import clock, write
from scanner.cli.main import Trouble
from scanner.cli.verify import FILE, checked, code, trust, trusted
from scanner.pack.verify import Verification
from scanner.pack.words import paragraph

FORMATS = {"markdown": statement.markdown, "json": statement.json}


@click.command()
@click.argument("pack", type=FILE)
@trusted
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="markdown", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="The file; standard output if it is not given.")
def command(
    pack: Path,
    keys: tuple[Path, ...],
    identity: str | None,
    issuer: str | None,
    roots: tuple[Path, ...],
    anyone: bool,
    form: str,
    out: Path | None,
) -> int:
    """Write what may be published of each promise, with date, scope, coverage and exceptions.

    PACK is verified first, as by `asdeclared verify`; where that fails, nothing is written.
    """
    made = checked([pack], trust(keys, identity, issuer, roots, anyone=anyone))[0]
    found = paragraph(made, clock(None), version("asdeclared"))
    if made.outcome or made.document is None:
        raise Trouble(found, code(made))
    data = FORMATS[form](made.document, _verified(made, made.document, found))
    if out:
        write(out, data)
    else:
        click.echo(data.decode(), nl=False)
    return 0


def _verified(made: Verification, document: Document, found: str) -> Verified:
    """What the verification established, for the statement."""
    signed = made.signature.signer if made.signature and made.signature.state == "good" else ""
    stamp = made.stamp if made.stamp and made.stamp.state == "good" else None
    return Verified(
        pack=made.digest,
        run=document.run.digest,
        previous=document.run.previous,
        signed_by=signed,
        timestamp=f"{stamp.time.isoformat()} {stamp.authority}" if stamp and stamp.time else "",
        replayed_with=version("asdeclared"),
        paragraph=found,
    )
