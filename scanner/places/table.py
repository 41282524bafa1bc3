"""The table of places, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, NotRequired, TypedDict

from scanner.places.law import country_codes, members_of
from scanner.places.load import LAW_FILE, PROVIDER_FILES, read

GLOBAL = "global"
"""The service keeps the data anywhere in the world."""

UNPLACED = "unplaced"
"""No constraint of location is set or told."""

Kind = Literal["region", "zone", "multi", "country", "special"]
"""``zone``: a local or Wavelength zone; ``multi``: a multi- or dual-region; ``special``: global and unplaced."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place where a cloud keeps data.

    ``countries`` are all the countries it is in; empty where they are not known with enough confidence.
    ``candidates`` are, for a multi-region of unpublished constituents, the countries that it does not leave.
    ``members`` are the regions that make up a multi- or dual-region, each of which holds the data. ``parent`` is the
    region that a local zone belongs to, though it is elsewhere. ``partition`` is the AWS partition, the Azure cloud
    or the API domain of the GCP universe. ``pair`` is where Azure replicates to; it need not be mutual.
    """

    id: str
    provider: str
    name: str
    countries: tuple[str, ...]
    partition: str | None
    pair: str | None
    members: tuple[str, ...]
    source: str
    confidence: str
    kind: Kind
    parent: str | None
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Partition:
    """An AWS partition. ``global_region`` is where its global services keep their own data, such as IAM's names."""

    id: str
    dns_suffix: str
    region_regex: str
    global_region: str


class _Row(TypedDict):
    id: str
    kind: Kind
    name: str
    partition: str
    source: str
    confidence: str
    country: NotRequired[str]
    pair: NotRequired[str]
    parent: NotRequired[str]
    members: NotRequired[list[str]]
    within: NotRequired[list[str] | Literal["EU"]]


def place(place_id: str) -> Place | None:
    """Return the place with this id, or None where nobody knows it. ``country:GB`` is a place, ``GB`` is not."""
    return _table().get(place_id) or _country(place_id)


def places() -> Iterable[Place]:
    """Return every place of the three clouds, without countries and without global and unplaced."""
    return (found for found in _table().values() if found.kind != "special")


def countries_of(place_id: str) -> tuple[str, ...]:
    """Return the countries of a place; empty where they are not known."""
    found = place(place_id)
    return found.countries if found else ()


def parts_of(found: Place) -> tuple[Place, ...]:
    """Return the constituents of a place, or the place itself where it has none that are known."""
    return tuple(_table()[member] for member in found.members) or (found,)


@cache
def partitions() -> tuple[Partition, ...]:
    """Return the partitions of AWS, as botocore's ``partitions.json`` tells them."""
    keys = ("id", "dns_suffix", "region_regex", "global_region")
    return tuple(Partition(*(row[key] for key in keys)) for row in read("aws.json")["partitions"])


@cache
def _table() -> Mapping[str, Place]:
    listed = (found for name in PROVIDER_FILES for found in _provider(name))
    return {found.id: found for found in (*listed, *_special())}


def _provider(name: str) -> Iterable[Place]:
    content = read(name)
    provider, sources = content["provider"], content["sources"]
    rows: dict[str, _Row] = {row["id"]: row for row in content["places"]}
    return (_place(row, rows, provider, sources) for row in rows.values())


def _place(row: _Row, rows: Mapping[str, _Row], provider: str, sources: Mapping[str, str]) -> Place:
    pair, parent = row.get("pair"), row.get("parent")
    return Place(
        id=f"{provider}:{row['id']}",
        provider=provider,
        name=row["name"],
        countries=_countries(row, rows),
        partition=row["partition"],
        pair=f"{provider}:{pair}" if pair else None,
        members=tuple(f"{provider}:{member}" for member in row.get("members", ()) if _sure(row)),
        source=sources[row["source"]],
        confidence=row["confidence"],
        kind=row["kind"],
        parent=f"{provider}:{parent}" if parent else None,
        candidates=_candidates(row),
    )


def _sure(row: _Row) -> bool:
    return row["confidence"] in ("high", "medium")


def _countries(row: _Row, rows: Mapping[str, _Row]) -> tuple[str, ...]:
    if not _sure(row):
        return ()
    if "country" in row:
        return (row["country"],)
    members = [_countries(rows[member], rows) for member in row.get("members", ())]
    # One constituent of unknown country leaves the country of the whole unknown.
    return tuple(dict.fromkeys(code for codes in members for code in codes)) if all(members) else ()


def _candidates(row: _Row) -> tuple[str, ...]:
    if not _sure(row) or "within" not in row:
        return ()
    within = row["within"]
    return tuple(sorted(members_of("EU") if within == "EU" else within))


def _special() -> Iterable[Place]:
    names = {GLOBAL: "anywhere in the world", UNPLACED: "no location set"}
    return (_bare(place_id, "any", name, (), "special") for place_id, name in names.items())


def _country(place_id: str) -> Place | None:
    prefix, _, code = place_id.partition(":")
    known = prefix == "country" and code in country_codes()
    return _bare(place_id, "country", code, (code,), "country") if known else None


def _bare(place_id: str, provider: str, name: str, countries: tuple[str, ...], kind: Kind) -> Place:
    source = "a word of this project" if kind == "special" else read(LAW_FILE)["codes"]["source"]
    return Place(place_id, provider, name, countries, None, None, (), source, "high", kind, None, ())
