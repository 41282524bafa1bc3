"""The manifest of a pack: an in-toto statement with the SHA-256 of every file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from unicodedata import unidata_version

import orjson

from scanner.facts import canonical
from scanner.run import Run

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "asdeclared:pack/v1"
RENDERERS = ("asdeclared", "jinja2", "markupsafe", "orjson", "pydantic")
"""The distributions whose versions decide how the reports are written."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What a manifest says of a file: the SHA-256 of its content, and that of its bytes in the archive."""

    name: str
    sha256: str
    packed: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it is read: its files, the run that it speaks of, and the versions that wrote it."""

    files: tuple[Listed, ...]
    run: str
    versions: Mapping[str, str]


def statement(run: Run, files: Iterable[Listed], versions: Mapping[str, str]) -> bytes:
    """The manifest of a run, as canonical JSON. Everything in it but the versions follows from the files."""
    files = tuple(files)
    said = run.header["run"]
    predicate = {
        "run": run.digest,
        "previous": run.previous,
        "at": said["at"],
        "policy": {"name": run.header["policy"]["name"], "digest": run.header["policy"]["digest"]},
        "verdict": run.header["verdict"],
        "scanner": said["scanner"],
        "plugins": said["plugins"],
        "tables": said["tables"],
        "versions": versions,
        "packed": {each.name: each.packed for each in files},
    }
    subject = [{"name": each.name, "digest": {"sha256": each.sha256}} for each in files]
    made = {"_type": STATEMENT, "subject": subject, "predicateType": PREDICATE, "predicate": predicate}
    return canonical(made)


def versions() -> dict[str, str]:
    """The versions that decide how the reports are written, here: Python's Unicode tells which letters are shown."""
    return {**{name: version(name) for name in RENDERERS}, "unicode": unidata_version}


def parse(data: bytes) -> Manifest:
    """Read a manifest. Raises ValueError where it is none of this version."""
    try:
        told: Any = orjson.loads(data)
        predicate = told["predicate"]
        if told["_type"] != STATEMENT or told["predicateType"] != PREDICATE:
            raise ValueError("it is of another kind or version")
        files = tuple(_files(told["subject"], predicate["packed"]))
        return Manifest(files, str(predicate["run"]), {str(k): str(v) for k, v in predicate["versions"].items()})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("it does not have the form of a manifest") from error


def _files(subject: Any, packed: Any) -> Iterator[Listed]:
    for each in subject:
        yield Listed(str(each["name"]), str(each["digest"]["sha256"]), str(packed[each["name"]]))
