"""What a resource belongs to: its tags, environments and tenant, and what a container holds."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.facts.fact import Facet, Fact, SetFact


@dataclass(frozen=True, slots=True)
class Member:
    """A resource in a container, with every environment that claims it (by account or by tag); none: unassigned."""

    ref: str
    environments: frozenset[str]


class Tagging(Facet):
    """The tags or labels of a resource."""

    tags = Fact[dict[str, str]]("Which tags does it have?")


class Membership(Facet):
    """What a resource belongs to. The engine answers these from the policy's environments and the tags."""

    environments = Fact[frozenset[str]](
        "Which environments claim it? An explicit account wins, else tags; several where two of one sort match."
    )
    tenant = Fact[str]("Whose data does it hold, by the policy's tenant tag?")


class Container(Facet):
    """An account, resource group or project: what is inside it."""

    members = SetFact[Member]("Which resources does it hold, and which environments claim each?")
