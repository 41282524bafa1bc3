"""`asdeclared pack`."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import click

from reports.text import visible
from scanner.cli.common import HISTORY, history
from scanner.cli.main import FAILED, USAGE, Trouble
from scanner.cli.report import stored
from scanner.facts import sha256
from scanner.history import HistoryError
from scanner.pack.sign import SignError, sign
from scanner.pack.timestamp import request
from scanner.pack.write import Seal, pack


@click.command()
@click.argument("run", default="latest")
@HISTORY
@click.option("--policy", "name", help="The policy's name, where the history holds several.")
@click.option("--out", type=click.Path(path_type=Path), help="The file; NAME-NUMBER.asdeclared.zip if it is not given.")
@click.option(
    "--sign",
    "key",
    envvar="ASDECLARED_SIGNING_KEY",
    help="Sign with this key: a PEM file, env:NAME, command:PROGRAM (a KMS, say), or keyless in a pipeline.",
)
@click.option("--public-key", type=click.Path(path_type=Path, exists=True), help="The public key of command:PROGRAM.")
@click.option("--timestamp", "authority", metavar="URL", help="Have it stamped by this RFC 3161 authority.")
def command(
    run: str,
    history_url: str,
    name: str | None,
    out: Path | None,
    key: str | None,
    public_key: Path | None,
    authority: str | None,
) -> int:
    """Write the evidence pack of RUN (a number, the beginning of a digest, or latest): one file that holds the policy,
    the evidence and the verdicts, and that `asdeclared verify` checks and replays anywhere.
    """
    with history(history_url) as store:
        try:
            made = stored(store, run, name)
            if ("policy", "text") not in made.run.entries:
                raise Trouble("The run is of a version that did not keep the policy's text: scan again", FAILED)
            declared = made.run.header["policy"]["name"]
            chain = store.chain(declared, made.run.digest)
            path = out or Path(f"{re.sub('[^a-z0-9-]', '_', declared)}-{chain[-1].number}.asdeclared.zip")
            links = [each.link for each in chain]
            with _replacing(path) as file:
                pack(file, made, links, sign=_signer(key, public_key), stamp=_stamper(authority))
        except (HistoryError, SignError, ValueError) as error:
            raise Trouble(str(error), FAILED) from error
        except OSError as error:
            raise Trouble(visible(f"{error.filename or out or 'the pack'}: {error.strerror}"), FAILED) from error
    click.echo(f"{sha256(path.read_bytes())}  {visible(path)}")
    click.echo(
        f"The run of {made.run.header['run']['at']}, {made.run.digest}{'' if key else '; not signed'}.", err=True
    )
    return 0


def _signer(key: str | None, public_key: Path | None) -> Seal | None:
    if not key:
        return None
    public = public_key.read_bytes() if public_key else None
    return lambda payload: sign(payload, key, public)


def _stamper(authority: str | None) -> Seal | None:
    return (lambda data: request(data, authority)) if authority else None


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes its place when it is whole, readable by its owner only: evidence may hold personal data."""
    if os.path.lexists(path) and not path.is_file():
        raise Trouble(f"{visible(path)} is no file that can be replaced: name another with --out", USAGE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, delete=False) as file:
        try:
            yield cast("BinaryIO", file)
            file.close()
            Path(file.name).replace(path)
        except BaseException:
            # Whatever ends it, an interrupt too, leaves no half of a file.
            file.close()
            Path(file.name).unlink()
            raise
