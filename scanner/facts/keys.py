"""Keys: what is encrypted with the same one."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.facts.fact import Facet, SetFact
from scanner.facts.state import Unknown


@dataclass(frozen=True, slots=True)
class Sharer:
    """A resource that is encrypted with a key, the environments that claim it, and whose data it holds."""

    ref: str
    environments: frozenset[str] | Unknown
    tenant: str | Unknown


class KeyUse(Facet):
    """The key of a resource is used by others, too. The engine answers this from `EncryptionAtRest.key`."""

    sharers = SetFact[Sharer]("Which resources, itself included, are encrypted with the same key?")
