"""Where data is: its homes and every copy of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner.facts.fact import Facet, SetFact
from scanner.facts.state import Unknown


class CopyKind(StrEnum):
    """How a copy comes about."""

    REPLICA = "replica"
    GEO_PAIR = "geo-pair"
    BACKUP = "backup"
    SNAPSHOT = "snapshot"
    LOG_SINK = "log-sink"
    CDN = "cdn"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the data. `place` is a place id (see `scanner.places`). `ref` is the id of the resource that holds the
    copy, where the vendor tells it; the engine looks up its place in the estate when `place` is unknown.
    """

    kind: CopyKind
    place: str | Unknown
    ref: str = ""


class Location(Facet):
    """Where data is kept."""

    homes = SetFact[str]("In which places is the data itself kept? Place ids; `global` and `unplaced` are values.")
    copies = SetFact[Copy]("Which copies does the vendor make or was it told to make, of which kind, and where?")
