"""The copy of the sourced tables has lost nothing. Skipped where the tables do not lie beside the repository."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scanner.places import Standing, azure, country_codes, decisions, members_of, partitions, place, places, standing
from scanner.places.load import read

yaml = pytest.importorskip("ruamel.yaml")
FACTS = Path(__file__).parents[4] / "shared" / "facts"
pytestmark = pytest.mark.skipif(not FACTS.is_dir(), reason="no sourced tables beside the repository")


def facts(name: str) -> Any:
    return yaml.YAML(typ="safe").load((FACTS / f"{name}.yaml").read_text(encoding="utf-8"))


def rows(provider: str) -> dict[str, Any]:
    return {row["id"]: row for row in read(f"{provider}.json")["places"]}


def same(row: dict[str, Any], fact: dict[str, Any], *keys: str) -> None:
    assert {key: row.get(key) for key in keys} == {key: fact.get(key) for key in keys}, fact


def test_aws() -> None:
    table, copy = facts("regions-aws"), rows("aws")
    zones = table["edge_zones"]["country_differs_from_parent"]
    for fact in table["regions"]:
        same(copy[fact["id"]], fact, "name", "city", "country", "partition", "confidence")
    for fact in zones:
        same(copy[fact["group"]], fact, "country", "confidence")
        assert copy[fact["group"]]["parent"] == fact["parent"].split()[0]
    assert len(copy) == len(table["regions"]) + len(zones)
    told = [
        (one["id"], one["dns_suffix"], one["region_regex"], one["implicit_global_region"])
        for one in table["partitions"]
    ]
    assert told == [(one.id, one.dns_suffix, one.region_regex, one.global_region) for one in partitions()]


def test_azure() -> None:
    table, copy = facts("regions-azure"), rows("azure")
    all_facts = table["regions"] + table["other_clouds_and_unlisted"]
    for fact in all_facts:
        row = copy[fact["id"]]
        same(row, fact, "pair", "confidence")
        assert row.get("country", "??") == fact["country"]
        assert row["partition"] == fact["cloud"]
        assert azure(fact["name"].split(" (")[0]) == f"azure:{fact['id']}"
    assert set(copy) == {fact["id"] for fact in all_facts}


def test_azure_pairs() -> None:
    for fact in facts("regions-azure")["regions"]:
        here = place(f"azure:{fact['id']}")
        assert here is not None
        pair = place(here.pair) if here.pair else None
        assert (pair is None) == (fact["pair"] is None)
        if pair:
            assert pair.countries == (fact["pair_country"],)
            assert (pair.pair == here.id) == fact["pair_symmetric"]
            assert (pair.countries != here.countries) == fact["pair_crosses_border"]


def test_gcp_regions() -> None:
    table, copy = facts("regions-gcp"), rows("gcp")
    regions = table["regions"] + table["unlisted_or_rolling_out"]
    for fact in regions:
        same(copy[fact["id"]], fact, "city", "country", "confidence")
    universes = {one["region"]: one for one in table["sovereign_universes"]}
    for region, fact in universes.items():
        same(copy[region], fact, "country", "confidence")
        assert copy[region]["partition"] == fact["api_domain"]
    here = {one for one, row in copy.items() if row["kind"] == "region"}
    assert here == {fact["id"] for fact in regions} | set(universes)


def test_gcp_spread() -> None:
    table, copy = facts("regions-gcp"), rows("gcp")
    for fact in table["storage_locations"]["predefined_dual_regions"]:
        found = place(f"gcp:{fact['id'].lower()}")
        assert found is not None
        assert list(found.countries) == fact["countries"]
        assert [one.removeprefix("gcp:") for one in found.members] == fact["regions"]
        assert found.confidence == fact["confidence"]
        inside = set(fact["countries"]) <= members_of("EEA")
        assert inside == fact["all_eea"]
    for fact in table["firestore_locations"]["multi"]:
        told = {one.split(" ")[0].rstrip("?") for one in fact["read_write"] + fact["witness"]}
        assert set(copy[fact["id"]]["members"]) == told
        assert copy[fact["id"]]["confidence"] == fact["confidence"]
    named = {fact["id"].lower() for fact in table["storage_locations"]["multi_regions"]}
    named |= {fact["id"] for fact in table["spanner_configs"]["examples_from_memory"]}
    for fact in table["spanner_configs"]["examples_from_memory"]:
        # Where Cloud Storage has a dual-region of the same name, that one is in the table.
        if copy[fact["id"]]["source"] != "dual":
            told = {one.split("(")[0].split("?")[0].strip() for one in fact["regions"]}
            assert set(copy[fact["id"]]["members"]) == told
    assert named | set(table["multi_region_endpoints_in_discovery"]["values"]) <= set(copy)


def test_law() -> None:
    table, copy = facts("jurisdictions"), read("law.json")
    assert set(copy["EU"]["members"]) == set(table["eu_members"]["list"])
    assert set(copy["EEA"]["members"]) == set(table["eea"]["non_eu"])
    told = [row["codes"] for row in copy["territories"]]
    assert told == [[code.strip("()").split()[0] for code in row["codes"]] for row in table["outermost_and_special"]]
    for row, fact in zip(copy["territories"], table["outermost_and_special"], strict=True):
        same(row, fact, "of", "confidence")


def test_decisions() -> None:
    table, copy = facts("jurisdictions")["adequacy_eu"], read("law.json")["decisions"]
    for row, fact in zip(copy, table, strict=True):
        same(row, fact, "country", "name", "adopted", "confidence")
        assert fact["decision"].startswith(row["reference"])
        assert row["conditional"] == fact.get("conditional", False)
        assert row.get("expires", "") in (fact["expires"] or "")
    assert {one.country for code in country_codes() for one in decisions(code)} == {
        fact["country"] for fact in table if fact["country"]
    }


def test_standing_of_every_region_of_aws_as_the_tables_say() -> None:
    helper, on = facts("regions-aws")["eea_or_adequate_helper"], date(2026, 11, 21)
    commercial = {one.id for one in places() if one.partition in {"aws", "aws-eusc"} and one.kind == "region"}
    inside = {one for one in commercial if standing(one, "EEA", on).standing is Standing.INSIDE}
    assert inside == {f"aws:{one}" for one in helper["eea"]}
    none = facts("jurisdictions")["not_adequate_with_cloud_regions"]
    assert all(standing(f"country:{code}", "adequate", on).standing is Standing.OUTSIDE for code in none)
    assert sorted(none) == read("law.json")["no_decision"]["countries"]
