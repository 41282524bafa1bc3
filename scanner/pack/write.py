"""Writing a pack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from scanner.pack import archive
from scanner.pack.contents import MANIFEST, SIGNATURE, TIMESTAMP, files
from scanner.pack.manifest import Listed, statement, versions
from scanner.run import Link, Told

Seal = Callable[[bytes], bytes]
"""Makes a signature or a time stamp of bytes."""


def pack(
    file: BinaryIO,
    made: Told,
    chain: Iterable[Link],
    *,
    sign: Seal | None = None,
    stamp: Seal | None = None,
) -> None:
    """Write the pack of a run and of the links of the chain up to it. `sign` makes the envelope of the
    manifest; `stamp` the time stamp of the envelope or, in a pack that is not signed, of the manifest.

    Raises ValueError where the pack would be too large, and what `sign` and `stamp` raise.
    """
    noted: list[Listed] = []
    members = list(_members(made, chain, noted))
    manifest = statement(made.run, sorted(noted, key=lambda each: each.name), versions())
    sealed = {MANIFEST: manifest}
    if sign:
        sealed[SIGNATURE] = sign(manifest)
    if stamp:
        sealed[TIMESTAMP] = stamp(sealed.get(SIGNATURE, manifest))
    members += [archive.member(name, [data], store=True)[0] for name, data in sealed.items()]
    archive.write(file, members)


def _members(made: Told, chain: Iterable[Link], noted: list[Listed]) -> Iterator[archive.Member]:
    """The files of the run; each is noted for the manifest."""
    for name, chunks in sorted(files(made.run, made.document, chain), key=lambda each: each[0]):
        member, content = archive.member(name, chunks)
        noted.append(Listed(name, content, member.digest))
        yield member
