"""A provider for tapes on a shelf. Each shelf is an account; its JSON file lists the tapes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from scanner.collect.model import (
    EVERYTHING,
    Account,
    Call,
    CallError,
    CredentialError,
    Discovery,
    Gap,
    Options,
    Per,
    ResourceType,
    ScopeError,
    Session,
    Sweep,
    Unit,
)
from scanner.facts import (
    JSON,
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    Reason,
    Tagging,
    pairs,
    text,
)

LIST = Call("read the shelf's file", "shelf.list", items="/tapes", per=Per.ACCOUNT)
TAPE = ResourceType(
    "shelf.tape",
    native="shelf/tape",
    kind=Kind.DATA,
    each=LIST,
    id="shelf:{@account}/{/label}",
    label="/label",
    facts=(
        Location.homes.one("item:/place", text),
        Location.copies.none("a tape is one thing"),
        EncryptionAtRest.state.at("item:/encrypted", {True: AtRest.ENCRYPTED, False: AtRest.NONE}),
        EncryptionAtRest.algorithms.at("item:/cipher", lambda cipher: frozenset({text(cipher)})),
        EncryptionAtRest.owner.unseen("the shelf's file does not tell who holds the key"),
        Backup.plans.gap("the shelf's file does not tell how long a tape is kept"),
        Lineage.origins.gap("the shelf's file does not tell what was written to a tape"),
        Tagging.tags.at("item:/tags", pairs, missing={}),
    ),
    without={
        EncryptionInTransit: "a tape is carried, not connected to",
        Exposure: "a tape is not on a network",
        LogStore: "a tape is no log store",
    },
)


class ShelfSession:
    """Reads the JSON files of the shelves in scope."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self._files = files

    def discover(self) -> Discovery:
        """Every shelf whose file is there; one whose file is not is a gap."""
        found = [name for name, path in self._files.items() if path.is_file()]
        if not found:
            raise CredentialError("no file of a shelf is there")
        gaps = tuple(
            Gap(
                "shelf",
                name,
                "",
                "shelf.list",
                LIST.permission,
                Reason.UNREACHED,
                f"{path.name} is not there",
                (EVERYTHING,),
            )
            for name, path in self._files.items()
            if name not in found
        )
        return Discovery(tuple(Account("shelf", name) for name in found), gaps)

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:  # noqa: ARG002 - one call, no parameters
        """The one page of a shelf's file."""
        try:
            yield json.loads(self._files[unit.account.id].read_bytes())
        except PermissionError as error:
            raise CallError("PermissionDenied", refused=True) from error
        except (OSError, ValueError) as error:
            raise CallError(type(error).__name__, refused=False, detail="the shelf's file cannot be read") from error

    def close(self) -> None:
        """Nothing is open."""


class Shelf:
    """The provider. In a policy: `scope: {shelf: {files: {vault: vault.json}}}`."""

    name = "shelf"
    types: tuple[ResourceType, ...] = (TAPE,)
    sweeps: tuple[Sweep, ...] = ()

    def kind(self, native: str) -> Kind:  # noqa: ARG002 - every thing on a shelf is data
        """Every thing on a shelf is data."""
        return Kind.DATA

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:  # noqa: ARG002 - nothing to choose
        """Open the shelves of the scope."""
        files = scope.get("files")
        if not isinstance(files, Mapping):
            raise ScopeError("scope.shelf.files must name the JSON file of each shelf")
        return ShelfSession({str(name): Path(str(path)) for name, path in files.items()})

    def role(self, permissions: frozenset[str]) -> str:
        """What the caller must be able to do."""
        return "\n".join(sorted(permissions))


PROVIDER = Shelf()
