"""Networks: who is connected to whom, and who is let in."""

from __future__ import annotations

from dataclasses import dataclass

from scanner.facts.fact import Facet, Fact, SetFact
from scanner.facts.state import Unknown


@dataclass(frozen=True, slots=True)
class End:
    """A network that is joined. `ref` is its id and `account` its account, as far as told. `environments` is filled by
    the engine from the estate and the policy.
    """

    ref: str
    account: str | Unknown
    environments: frozenset[str] | Unknown


class Connection(Facet):
    """A network or a connection between networks."""

    ends = SetFact[End]("Which networks does it join, itself included, by peerings that are or may become active?")


class Exposure(Facet):
    """What is open to everybody. To a server at which clients log in (a database, a cache, a cluster) anybody can
    connect who reaches it. A service of the cloud that answers nothing without a key, a signature or a token can be
    reached by all, and whoever has one of these was invited: it is public where it answers without.
    """

    public = Fact[bool]("Can anybody on the Internet read it, or connect to it, without being invited?")
