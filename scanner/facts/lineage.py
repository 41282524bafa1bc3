"""Where the content of a resource came from."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.facts.fact import Facet, SetFact
from scanner.facts.state import Unknown


@dataclass(frozen=True, slots=True)
class Origin:
    """What the content was copied or restored from. `ref` is its id. `environments` is filled by the engine."""

    ref: str
    environments: frozenset[str] | Unknown


class Lineage(Facet):
    """The content was restored or copied from something else."""

    origins = SetFact[Origin]("From which resources was its content copied or restored?")
