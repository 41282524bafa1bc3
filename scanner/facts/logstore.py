"""Stores of logs."""

from __future__ import annotations

from scanner.facts.duration import Duration
from scanner.facts.fact import Facet, Fact, SetFact


class LogStore(Facet):
    """A place where logs are kept."""

    retention = SetFact[Duration](
        "For how long is an entry kept? One for the store, and one for each part that differs."
    )
    access_recorded = Fact[bool]("Is access to the logs itself recorded?")
