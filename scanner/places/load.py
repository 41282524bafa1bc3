"""The data files of this package, as they are on disk."""

from __future__ import annotations

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


def tables() -> dict[str, dict[str, Any]]:
    """Return all data files by name."""
    return {name: read(name) for name in (*PROVIDER_FILES, LAW_FILE)}
