"""The table of places: what it holds, and that it is sound."""

from __future__ import annotations

import json
import re
from importlib.resources import files

import pytest

from scanner.places import (
    GLOBAL,
    UNPLACED,
    Place,
    countries_of,
    country_codes,
    members_of,
    partitions,
    place,
    places,
    tables,
)

ALL = tuple(places())
IDS = [found.id for found in ALL]


def known(place_id: str) -> Place:
    found = place(place_id)
    assert found is not None, place_id
    return found


@pytest.mark.parametrize(
    ("place_id", "countries"),
    [
        ("aws:eu-west-2", ("GB",)),
        ("aws:eu-central-2", ("CH",)),
        ("aws:eusc-de-east-1", ("DE",)),
        ("aws:eu-isoe-west-1", ("GB",)),
        ("aws:eu-central-1-ist-1", ("TR",)),
        ("aws:eu-west-3-wl1-dss1", ("SN",)),
        ("azure:uksouth", ("GB",)),
        ("azure:northeurope", ("IE",)),
        ("azure:westeurope", ("NL",)),
        ("azure:eastasia", ("HK",)),
        ("azure:norwayeast", ("NO",)),
        ("azure:swedensouth", ("SE",)),
        ("gcp:europe-west2", ("GB",)),
        ("gcp:europe-west6", ("CH",)),
        ("gcp:asia-southeast3", ("TH",)),
        ("gcp:eur3", ("BE", "NL", "FI")),
        ("gcp:eur4", ("FI", "NL")),
        ("gcp:eur5", ("BE", "GB")),
        ("gcp:eur7", ("GB", "DE")),
        ("gcp:eur8", ("DE", "CH")),
        ("gcp:asia1", ("JP",)),
        ("gcp:us", ("US",)),
        ("gcp:ch", ("CH",)),
        ("gcp:sa", ("SA",)),
        ("country:GB", ("GB",)),
    ],
)
def test_countries(place_id: str, countries: tuple[str, ...]) -> None:
    assert known(place_id).countries == countries
    assert countries_of(place_id) == countries


@pytest.mark.parametrize(
    "place_id",
    [
        GLOBAL,
        UNPLACED,
        "aws:us-isob-west-1",
        "azure:southeastasia3",
        "azure:finlandcentral",
        "gcp:europe-west15",
        "gcp:us-central2",
        "gcp:europe",
        "gcp:eu",
        "gcp:nam5",
        "gcp:nam7",
        "gcp:dual-region-germany1",
    ],
)
def test_country_not_known_is_none_at_all(place_id: str) -> None:
    assert known(place_id).countries == ()


@pytest.mark.parametrize("found", [one for one in ALL if one.confidence == "low"], ids=lambda one: one.id)
def test_low_confidence_claims_nothing(found: Place) -> None:
    assert (found.countries, found.members, found.candidates) == ((), (), ())


@pytest.mark.parametrize(
    "place_id", ["", "azure:atlantis", "uksouth", "GB", "country:UK", "country:gb", "country:ZZ", "state:GB", "EEA"]
)
def test_nobody_knows_these(place_id: str) -> None:
    assert place(place_id) is None
    assert countries_of(place_id) == ()


@pytest.mark.parametrize(
    ("place_id", "pair"),
    [
        ("azure:uksouth", "azure:ukwest"),
        ("azure:northeurope", "azure:westeurope"),
        ("azure:westeurope", "azure:northeurope"),
        ("azure:brazilsouth", "azure:southcentralus"),
        ("azure:southcentralus", "azure:northcentralus"),
        ("azure:brazilsoutheast", "azure:brazilsouth"),
        ("azure:indiasouthcentral", "azure:centralindia"),
        ("azure:westindia", "azure:southindia"),
        ("azure:westus3", "azure:eastus"),
        ("azure:usgovarizona", "azure:usgovtexas"),
        ("azure:polandcentral", None),
        ("aws:eu-west-2", None),
    ],
)
def test_pairs(place_id: str, pair: str | None) -> None:
    assert known(place_id).pair == pair


@pytest.mark.parametrize(
    ("place_id", "partition"),
    [
        ("aws:eu-west-2", "aws"),
        ("aws:eusc-de-east-1", "aws-eusc"),
        ("aws:us-gov-west-1", "aws-us-gov"),
        ("aws:cn-north-1", "aws-cn"),
        ("azure:uksouth", "AzureCloud"),
        ("azure:chinanorth", "AzureChinaCloud"),
        ("gcp:europe-west2", "googleapis.com"),
        ("gcp:u-france-east1", "s3nsapis.fr"),
        (GLOBAL, None),
    ],
)
def test_partition(place_id: str, partition: str | None) -> None:
    assert known(place_id).partition == partition


def test_a_local_zone_tells_its_region_and_is_not_its_region() -> None:
    found = known("aws:eu-central-1-ist-1")
    assert (found.kind, found.parent, found.name) == ("zone", "aws:eu-central-1", "Istanbul")
    assert (known("aws:eu-central-1").kind, known("aws:eu-central-1").parent) == ("region", None)


def test_candidates_stand_where_constituents_are_not_published() -> None:
    assert set(known("gcp:eu").candidates) == members_of("EU")
    assert known("gcp:asia").candidates == ("HK", "ID", "IN", "JP", "KR", "MY", "SG", "TH", "TW")
    assert known("gcp:us").candidates == ()


def test_candidates_of_asia_are_all_countries_with_an_asian_region() -> None:
    asian = {code for one in ALL if one.kind == "region" and one.id.startswith("gcp:asia-") for code in one.countries}
    assert set(known("gcp:asia").candidates) == asian


def test_special_places_are_known_but_not_listed() -> None:
    assert known(GLOBAL).kind == known(UNPLACED).kind == "special"
    assert not {GLOBAL, UNPLACED} & set(IDS)


def test_a_declared_country_says_what_it_is() -> None:
    found = known("country:NO")
    assert (found.provider, found.name, found.kind) == ("country", "NO", "country")
    assert "ISO 3166-1" in found.source


@pytest.mark.parametrize("found", ALL, ids=IDS)
def test_every_place_is_sound(found: Place) -> None:
    assert place(found.id) == found
    assert found.id == found.id.lower()
    assert found.id.split(":")[0] == found.provider
    assert found.source
    assert found.name
    assert found.confidence in {"high", "medium", "low"}
    assert set(found.countries) | set(found.candidates) <= country_codes()
    assert all(place(other) for other in (*found.members, found.pair, found.parent) if other)
    assert not (found.countries and found.candidates)


def test_a_part_of_unknown_country_leaves_the_whole_unknown() -> None:
    assert known("gcp:nam5").members == ("gcp:us-central1", "gcp:us-central2", "gcp:us-east1")
    assert known("gcp:nam5").countries == ()


def test_only_azure_has_pairs_and_only_gcp_spreads() -> None:
    assert {one.provider for one in ALL if one.pair} == {"azure"}
    assert {one.provider for one in ALL if one.kind == "multi"} == {"gcp"}
    assert {one.provider for one in ALL if one.kind == "zone"} == {"aws"}


def test_ids_are_unique() -> None:
    assert len(IDS) == len(set(IDS))


def test_partitions_of_aws_fit_their_regions() -> None:
    by_id = {one.id: one for one in partitions()}
    assert by_id["aws-eusc"].global_region == "eusc-de-east-1"
    assert by_id["aws-cn"].dns_suffix == "amazonaws.com.cn"
    regions = [one for one in ALL if one.provider == "aws" and one.kind == "region"]
    assert {one.partition for one in regions} == set(by_id)
    for one in regions:
        assert one.partition is not None
        assert re.match(by_id[one.partition].region_regex, one.id.removeprefix("aws:"))
    for partition in by_id.values():
        assert known(f"aws:{partition.global_region}").partition == partition.id


def test_the_tables_are_the_files() -> None:
    folder = files("scanner.places") / "data"
    names = [each.name for each in folder.iterdir() if each.name.endswith(".json")]
    assert tables() == {name: json.loads((folder / name).read_bytes()) for name in names}
