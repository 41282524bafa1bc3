"""Whether a place is inside what a promise wants: a region, a country, the EU, the EEA, adequate countries.

A place that spreads over several regions is judged part by part. What is known to be outside decides, even where the
rest is unknown; and nothing is inside unless all of it is known to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum

from scanner.places.law import Decision, country_codes, decisions, doubtful, members_of, mistaken_codes
from scanner.places.names import nearest
from scanner.places.table import GLOBAL, UNPLACED, Place, parts_of, place, places

ZONES = ("EU", "EEA", "adequate")
"""The zones of law that a promise may want. ``adequate``: the EEA and countries with an EU adequacy decision."""


class Standing(Enum):
    """How a place stands to what is wanted. CONDITIONAL: location alone does not show it, a recipient's status may."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    CONDITIONAL = "conditional"
    UNKNOWN = "unknown"


_BEST_FIRST = (Standing.INSIDE, Standing.CONDITIONAL, Standing.UNKNOWN, Standing.OUTSIDE)
_WORST_FIRST = tuple(reversed(_BEST_FIRST))


@dataclass(frozen=True, slots=True)
class Judgement:
    """A standing, a sentence that says why, and the adequacy decision it turns on, if one is."""

    standing: Standing
    why: str
    decision: Decision | None


def standing(place_id: str, wanted: str, on: date) -> Judgement:
    """Judge a place against one wanted place, country (``GB`` or ``country:GB``) or zone of law on a day.

    Raises ValueError where nobody knows what is wanted.
    """
    return standing_any(place_id, (wanted,), on)


def standing_any(place_id: str, wanted: Sequence[str], on: date) -> Judgement:
    """Judge a place against several wanted ones, of which any will do; each part of it may be in another of them.

    Raises ValueError where nothing is wanted, or nobody knows what is.
    """
    if not wanted:
        raise ValueError("No place is wanted: name at least one region, country or zone of law.")
    for word in wanted:
        validate_wanted(word)
    found = place(place_id)
    if found is None:
        return _unknown(f"{place_id!r} is not in the tables of places", wanted)
    parts = [_first(_BEST_FIRST, [_judge(part, word, on) for word in wanted]) for part in parts_of(found)]
    judged = _first(_WORST_FIRST, parts)
    spread = f"{found.id} spreads over {', '.join(found.members)}: " if found.members else ""
    return Judgement(judged.standing, spread + judged.why, judged.decision)


def validate_wanted(wanted: str) -> None:
    """Raise ValueError, with the nearest word that would do, unless this can be wanted of a place."""
    if wanted in (GLOBAL, UNPLACED):
        raise ValueError(f"{wanted!r} cannot be wanted: it constrains nothing.")
    if wanted in ZONES or wanted in country_codes() or place(wanted):
        return
    code = mistaken_codes().get(wanted.removeprefix("country:"))
    hint = code or nearest(wanted, (*ZONES, *(known.id for known in places())))
    meant = f" Did you mean {hint!r}?" if hint else ""
    raise ValueError(f"{wanted!r} is neither a known place nor a country code nor one of {', '.join(ZONES)}.{meant}")


def _judge(part: Place, wanted: str, on: date) -> Judgement:
    if part.kind == "special":
        return _unknown(f"{part.id} data may be anywhere", (wanted,))
    target = place(wanted)
    if target is not None and target.kind != "country":
        return _in_place(part, target)
    return _in_law(part, wanted.removeprefix("country:"), on)


def _in_place(part: Place, target: Place) -> Judgement:
    where = f"{part.id} ({', '.join(part.countries) or 'country not known'})"
    if part.id == target.id:
        return Judgement(Standing.INSIDE, f"{part.id} is the place wanted", None)
    if part.id in target.members:
        return Judgement(Standing.INSIDE, f"{where} is a part of {target.id}", None)
    if _is_elsewhere(part, target):
        return Judgement(Standing.OUTSIDE, f"{where} is not in {target.id}", None)
    return _unknown(f"what is known of {where} and {target.id} does not settle it", (target.id,))


def _is_elsewhere(part: Place, target: Place) -> bool:
    if part.kind != "country" and part.provider != target.provider:
        return True
    exact = ("region", "zone")
    if part.kind in exact and (target.kind in exact or target.members):
        return True
    mine, theirs = (set(one.countries or one.candidates) for one in (part, target))
    return bool(mine) and bool(theirs) and mine.isdisjoint(theirs)


def _in_law(part: Place, wanted: str, on: date) -> Judgement:
    if part.countries:
        return _first(_WORST_FIRST, [_in_country(part.id, code, wanted, on) for code in part.countries])
    if part.candidates:
        return _among(part, wanted, {_in_country(part.id, code, wanted, on).standing for code in part.candidates})
    return _unknown(f"the country of {part.id} is not known with enough confidence", (wanted,))


def _among(part: Place, wanted: str, found: set[Standing]) -> Judgement:
    where = f"{part.id} is somewhere in {part.name}"
    if found == {Standing.INSIDE}:
        return Judgement(Standing.INSIDE, f"{where}: every country it may be in is inside {_named(wanted)}", None)
    if found == {Standing.OUTSIDE}:
        return Judgement(Standing.OUTSIDE, f"{where}: no country it may be in is inside {_named(wanted)}", None)
    return _unknown(f"{where}, where exactly is not known", (wanted,))


def _in_country(place_id: str, country: str, wanted: str, on: date) -> Judgement:
    where = f"{place_id} is in {country}"
    match wanted:
        case "EU" | "EEA":
            if country in members_of(wanted):
                return Judgement(Standing.INSIDE, f"{where}, which is in the {wanted}", None)
            return Judgement(Standing.OUTSIDE, f"{where}, which is not in the {wanted}", None)
        case "adequate":
            return _adequate(where, country, on)
        case _ if country == wanted:
            return Judgement(Standing.INSIDE, where, None)
    return Judgement(Standing.OUTSIDE, f"{where}, not in {wanted}", None)


def _adequate(where: str, country: str, on: date) -> Judgement:
    if country in members_of("EEA"):
        return Judgement(Standing.INSIDE, f"{where}, which is in the EEA", None)
    if country in doubtful():
        return _unknown(f"{where}, whose adequacy is not established", ("adequate",))
    known = decisions(country)
    if decision := next((each for each in known if each.in_force(on)), None):
        return _covered(where, decision)
    why = f"{where}, which is not in the EEA and has no EU adequacy decision in force on {on.isoformat()}"
    if not known:
        return Judgement(Standing.OUTSIDE, why, None)
    return Judgement(Standing.OUTSIDE, f"{why} ({_dated(known[-1])})", known[-1])


def _covered(where: str, decision: Decision) -> Judgement:
    if decision.conditional:
        why = f"{where}, whose EU adequacy decision ({_dated(decision)}) is conditional: {decision.scope}"
        return Judgement(Standing.CONDITIONAL, why, decision)
    return Judgement(Standing.INSIDE, f"{where}, which has an EU adequacy decision ({_dated(decision)})", decision)


def _dated(decision: Decision) -> str:
    end = f"in force until {decision.expires.isoformat()}" if decision.expires else "with no end date"
    return f"{decision.reference}, adopted {decision.adopted.isoformat()}, {end}"


def _unknown(reason: str, wanted: Iterable[str]) -> Judgement:
    places_wanted = " or ".join(_named(word) for word in wanted)
    return Judgement(Standing.UNKNOWN, f"{reason}, so it cannot be shown to be in {places_wanted}", None)


def _named(wanted: str) -> str:
    match wanted:
        case "EU" | "EEA":
            return f"the {wanted}"
        case "adequate":
            return "an adequate country"
        case _:
            return wanted


def _first(order: Sequence[Standing], judgements: Sequence[Judgement]) -> Judgement:
    """Return the judgements of the first standing in ``order`` that occurs, as one."""
    found = next(each for each in order if any(one.standing is each for one in judgements))
    same = [one for one in judgements if one.standing is found]
    why = "; ".join(dict.fromkeys(one.why for one in same))
    return Judgement(found, why, next((one.decision for one in same if one.decision), None))
