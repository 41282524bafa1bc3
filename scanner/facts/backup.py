"""The backups of a resource: a set of plans, from the service itself and from the backup service that covers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from scanner.facts.duration import Duration
from scanner.facts.fact import Facet, SetFact
from scanner.facts.state import UNRESOLVED, Unknown


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


@dataclass(frozen=True, slots=True)
class Cover:
    """Resources that a backup service protects by a plan: those whose id is like one of `refs` and like none of
    `spared` ('*' stands for any text; case does not count), whose type is one of `types` (none: any) and whose tags
    meet `tags`: each a key, a pattern of its value, and whether it must match or must not. The plan is Unknown where it
    is not known whether they are protected.
    """

    plan: Plan | Unknown
    refs: tuple[str, ...]
    spared: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    tags: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A resource of which there is a recovery point. `exists` is filled by the engine from the estate."""

    ref: str
    exists: bool | Unknown = field(default=UNRESOLVED)


class Backup(Facet):
    """The resource is backed up, or is itself a recovery point."""

    plans = SetFact[Plan]("By which plans is it backed up, and for how long is each recovery point kept, and where?")


class RecoveryPoint(Facet):
    """The resource is a recovery point, or holds some."""

    sources = SetFact[Source]("Of which resources is it a recovery point, and are they still there?")


class Protection(Facet):
    """A backup service protects other resources. The engine adds its plans to theirs."""

    covers = SetFact[Cover]("Which resources does it back up, and by which plans?")
