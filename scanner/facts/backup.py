"""The backups of a resource: a set of plans, from the service itself and from the backup service that covers it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scanner.facts.duration import Duration
from scanner.facts.fact import Facet, SetFact
from scanner.facts.state import Unknown


class PlanKind(StrEnum):
    """How backups come about."""

    CONTINUOUS = "continuous"
    SNAPSHOT = "snapshot"
    LONG_TERM = "long-term"


@dataclass(frozen=True, slots=True)
class Plan:
    """One way in which a resource is backed up.

    `retention` is how long a recovery point is kept, `every` how often one is made, `places` where they lie. Each part
    that was not seen is Unknown, never a default; take a part with `need`.
    """

    kind: PlanKind
    retention: Duration | Unknown
    every: Duration | Unknown
    places: tuple[str, ...] | Unknown
    encrypted: bool | Unknown
    immutable: bool | Unknown


class Backup(Facet):
    """The resource is backed up, or is itself a recovery point."""

    plans = SetFact[Plan]("By which plans is it backed up, and for how long is each recovery point kept, and where?")
