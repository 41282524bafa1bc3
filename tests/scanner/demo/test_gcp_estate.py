"""The demo's Google Cloud estate: what deviates in it, and that nothing else does."""

from __future__ import annotations

import copy
from collections import Counter

import pytest

from scanner.demo.gcp_estate import GcpEstate, Json, demo_estate

ESTATE = demo_estate(0)
PROD_AND_SHARED = {"projects/100000000001", "projects/100000000003"}


def data(estate: GcpEstate, name: str) -> Json:
    (asset,) = [one for one in estate.assets if one["name"].endswith(name)]
    found: Json = asset["resource"]["data"]
    return found


def test_the_estate_deviates_in_week_0() -> None:
    assert data(ESTATE, "/acme-prod-exports")["location"] == "EU"
    assert "location" not in data(ESTATE, "instances/billing")["settings"]["backupConfiguration"]
    assert data(ESTATE, "instances/reporting")["settings"]["ipConfiguration"]["sslMode"].startswith("ALLOW_UNENCRYPTED")
    assert data(ESTATE, "snapshots/queue-data-20261101")["storageLocations"] == ["eu"]
    assert data(ESTATE, "networks/prod")["peerings"][0]["network"].endswith("/acme-test/global/networks/test")
    assert data(ESTATE, "networks/test")["peerings"][0]["network"].endswith("/acme-prod/global/networks/prod")
    copied = data(ESTATE, "disks/search-copy")
    source = data(ESTATE, "acme-prod/global/snapshots/search-data-20261101")
    assert (copied["sourceSnapshot"], copied["sourceSnapshotId"]) == (source["selfLink"], source["id"])
    assert data(ESTATE, "100000000001/locations/europe-west2/buckets/app-logs")["retentionDays"] == 90


def test_the_rest_of_the_estate_is_careful() -> None:
    """What no deviation touches is as promised, so that the demo breaks what it says and nothing else."""
    places = Counter(asset["resource"].get("location") for asset in ESTATE.assets)
    assert set(places) == {None, "europe-west2", "europe-west2-a", "global", "eu"}
    assert places["eu"] == 1
    careful = data(ESTATE, "instances/customers")
    assert careful["settings"]["ipConfiguration"]["sslMode"] == "ENCRYPTED_ONLY"
    assert careful["settings"]["ipConfiguration"]["ipv4Enabled"] is False
    backup = careful["settings"]["backupConfiguration"]
    assert (backup["enabled"], backup["location"], backup["transactionLogRetentionDays"]) == (True, "europe-west2", 7)
    assert backup["backupRetentionSettings"] == {"retainedBackups": 35, "retentionUnit": "COUNT"}
    assert data(ESTATE, "acme-prod/global/snapshots/search-data-20261101")["storageLocations"] == ["europe-west2"]
    assert data(ESTATE, "topics/orders")["messageStoragePolicy"]["allowedPersistenceRegions"] == ["europe-west2"]
    assert data(ESTATE, "datasets/usage")["location"] == "europe-west2"
    assert data(ESTATE, "/acme-prod-documents")["location"] == "EUROPE-WEST2"
    assert data(ESTATE, "/acme-prod-documents")["encryption"] == {}
    kept = {
        asset["name"].rpartition("/")[2]: asset["resource"]["data"]["retentionDays"]
        for asset in ESTATE.assets
        if asset["assetType"].endswith("/LogBucket") and asset["ancestors"][0] in PROD_AND_SHARED
    }
    assert kept == {"_Default": 35, "_Required": 400, "app-logs": 90, "audit-logs": 35, "signals-logs": 35}


def test_the_estate_changes_in_week_1() -> None:
    before, after = ({one["name"]: one for one in demo_estate(week).assets} for week in (0, 1))
    changed = {name.rpartition("/")[2] for name in after if after[name] != before.get(name)}
    assert before.keys() - after.keys() == {
        "//compute.googleapis.com/projects/acme-prod/zones/europe-west2-a/disks/queue-data"
    }
    assert changed == {"reporting", "customers", "acme-prod-documents"}
    assert all(after[name]["updateTime"] == "2026-11-05T10:00:00Z" for name in after if after[name] != before[name])
    week_1 = demo_estate(1)
    assert data(week_1, "instances/reporting")["settings"]["ipConfiguration"]["sslMode"] == "ENCRYPTED_ONLY"
    kept = data(week_1, "instances/customers")["settings"]["backupConfiguration"]["backupRetentionSettings"]
    assert kept == {"retainedBackups": 7, "retentionUnit": "COUNT"}
    assert data(week_1, "/acme-prod-documents")["labels"] == {"env": "production", "team": "platform"}


@pytest.mark.parametrize("week", [0, 1])
def test_every_asset_has_its_own_name_and_a_known_project(week: int) -> None:
    estate = demo_estate(week)
    assert len({asset["name"] for asset in estate.assets}) == len(estate.assets)
    known = {project["name"] for project in estate.projects} | {f"folders/20000000000{each}" for each in (1, 2, 4, 5)}
    assert {asset["ancestors"][0] for asset in estate.assets} == known | {estate.organization}
    assert all(asset["ancestors"][-1] == estate.organization for asset in estate.assets)


def test_an_estate_is_the_callers_own() -> None:
    first, untouched = demo_estate(0), copy.deepcopy(demo_estate(0))
    for asset in first.assets:
        asset["resource"]["data"].clear()
    assert demo_estate(0) == untouched


@pytest.mark.parametrize("week", [-1, 2])
def test_there_are_two_weeks(week: int) -> None:
    with pytest.raises(ValueError, match=f"not {week}"):
        demo_estate(week)
