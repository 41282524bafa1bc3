"""EU, EEA and adequacy decisions of the European Commission (Article 45 GDPR), with their dates.

This is a table of facts, not legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from scanner.places.load import LAW_FILE, read


@dataclass(frozen=True, slots=True)
class Decision:
    """An adequacy decision for one country.

    ``conditional`` means that it covers only some recipients or some processing, so that a location alone does not
    show it to apply; ``scope`` says which. ``expires`` is the last day in force, None where no end is set.
    """

    country: str
    name: str
    reference: str
    adopted: date
    expires: date | None
    scope: str
    conditional: bool
    source: str

    def in_force(self, on: date) -> bool:
        """Tell whether the decision applies on a day, its first and its last one included."""
        return self.adopted <= on and (self.expires is None or on <= self.expires)


@cache
def country_codes() -> frozenset[str]:
    """Return every country code of ISO 3166-1 alpha-2. The United Kingdom is ``GB``, Greece is ``GR``."""
    return frozenset(read(LAW_FILE)["codes"]["list"].split())


@cache
def mistaken_codes() -> dict[str, str]:
    """Return codes often written for a country, each with the ISO code that is meant."""
    return dict(read(LAW_FILE)["mistaken_codes"])


@cache
def members_of(zone: Literal["EU", "EEA"]) -> frozenset[str]:
    """Return the country codes whose territory belongs to a zone, as it stands since 2020-02-01.

    They are the member states and those of their territories that have a code of their own and are EU territory,
    such as Réunion (``RE``) or Åland (``AX``). Svalbard (``SJ``) belongs to neither zone.
    """
    law = read(LAW_FILE)
    states = {*law["EU"]["members"], *(law["EEA"]["members"] if zone == "EEA" else ())}
    territories = {code for row in law["territories"] if row.get("zone") == "EU" for code in row["codes"]}
    # The Azores, Madeira and the Canary Islands have only codes of ISO 3166-2: they are in PT and ES already.
    return frozenset(states | (territories & country_codes()))


@cache
def doubtful() -> frozenset[str]:
    """Return the codes of territories whose adequacy could not be established."""
    rows = read(LAW_FILE)["territories"]
    return frozenset(code for row in rows if row["confidence"] == "low" for code in row["codes"])


def decisions(country: str) -> tuple[Decision, ...]:
    """Return the adequacy decisions for a country code, whether in force or not; one at most is, on any day."""
    return tuple(decision for decision in _decisions() if decision.country == country)


@cache
def _decisions() -> tuple[Decision, ...]:
    # A decision for an international organisation has no country: no place is in it.
    return tuple(_decision(row) for row in read(LAW_FILE)["decisions"] if "country" in row)


def _decision(row: Mapping[str, Any]) -> Decision:
    return Decision(
        country=row["country"],
        name=row["name"],
        reference=row["reference"],
        adopted=date.fromisoformat(row["adopted"]),
        expires=date.fromisoformat(row["expires"]) if "expires" in row else None,
        scope=row["scope"],
        conditional=row["conditional"],
        source=row["source"],
    )
