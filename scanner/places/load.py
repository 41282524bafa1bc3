"""The data files of this package, as they are on disk."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

PROVIDER_FILES = ("aws.json", "azure.json", "gcp.json")
LAW_FILE = "law.json"


def _bytes(name: str) -> bytes:
    return (files("scanner.places") / "data" / name).read_bytes()


@cache
def read(name: str) -> dict[str, Any]:
    """Return one data file. Callers share the result and must not change it."""
    found: dict[str, Any] = json.loads(_bytes(name))
    return found


@cache
def digest() -> str:
    """Return the SHA-256, in hexadecimal, of the bytes of all data files in the order of their names."""
    return hashlib.sha256(b"".join(_bytes(name) for name in sorted((*PROVIDER_FILES, LAW_FILE)))).hexdigest()
