"""Where data and each copy of it really are: from assets to places, and from places to a promise about them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scanner.facts import Backup, Copy, Location, Plan, Reason, Seen, Unknown
from scanner.places import Standing, standing_any
from tests.scanner.providers.gcp.states import COMPUTE, PROJECT, Data, gaps, value

TODAY = date(2026, 11, 22)
IN, OUT, UNSURE = Standing.INSIDE, Standing.OUTSIDE, Standing.UNKNOWN
SQL: Data = {"instanceType": "CLOUD_SQL_INSTANCE", "region": "europe-west2"}
BACKED_UP: Data = {"enabled": True, "backupTier": "STANDARD"}


def bucket(location: str, *regions: str) -> Data:
    return {"location": location} | ({"customPlacementConfig": {"dataLocations": list(regions)}} if regions else {})


def config(*regions: str) -> list[Data]:
    return [{"resource": {"data": {"replicas": [{"location": each} for each in regions]}}}]


HOMES: list[tuple[str, Data, str, dict[str, Any], list[str], Standing]] = [
    # A bucket: predefined dual-regions are not all in the European Union, and custom ones win over the location.
    ("gcp.storage.bucket", bucket("EU"), "", {}, ["gcp:eu"], IN),
    ("gcp.storage.bucket", bucket("EUR4"), "", {}, ["gcp:eur4"], IN),
    ("gcp.storage.bucket", bucket("EUR5"), "", {}, ["gcp:eur5"], OUT),
    ("gcp.storage.bucket", bucket("EUR7"), "", {}, ["gcp:eur7"], OUT),
    ("gcp.storage.bucket", bucket("EUR8"), "", {}, ["gcp:eur8"], OUT),
    (
        "gcp.storage.bucket",
        bucket("EU", "EUROPE-WEST1", "EUROPE-WEST4"),
        "",
        {},
        ["gcp:europe-west1", "gcp:europe-west4"],
        IN,
    ),
    # A London bucket may be told by the location EU; the regions decide.
    (
        "gcp.storage.bucket",
        bucket("EU", "EUROPE-WEST1", "EUROPE-WEST2"),
        "",
        {},
        ["gcp:europe-west1", "gcp:europe-west2"],
        OUT,
    ),
    # A snapshot of a disk in Frankfurt lies where it says, not with its disk.
    (
        "gcp.compute.snapshot",
        {"storageLocations": ["us"], "sourceDisk": f"{COMPUTE}/acme-prod/zones/europe-west3-a/disks/data"},
        "",
        {},
        ["gcp:us"],
        OUT,
    ),
    ("gcp.compute.image", {"storageLocations": ["eu"]}, "", {}, ["gcp:eu"], IN),
    (
        "gcp.spanner.instance",
        {"config": f"{PROJECT}/instanceConfigs/regional-europe-west3"},
        "",
        {},
        ["gcp:europe-west3"],
        IN,
    ),
    # The name of a multi-region of Spanner is not that of Cloud Storage: its replicas are read, witnesses too.
    (
        "gcp.spanner.instance",
        {"config": f"{PROJECT}/instanceConfigs/eur6"},
        "",
        {"configs": config("europe-west4", "europe-west3", "europe-west6")},
        ["gcp:europe-west4", "gcp:europe-west3", "gcp:europe-west6"],
        OUT,
    ),
    (
        "gcp.spanner.instance-partition",
        {"config": f"{PROJECT}/instanceConfigs/custom-one"},
        "",
        {"configs": config("europe-west3", "us-east1")},
        ["gcp:europe-west3", "gcp:us-east1"],
        OUT,
    ),
    ("gcp.firestore.database", {"locationId": "eur3"}, "", {}, ["gcp:eur3"], IN),
    ("gcp.bigtable.cluster", {"location": f"{PROJECT}/locations/us-east1-b"}, "", {}, ["gcp:us-east1"], OUT),
    ("gcp.bigquery.dataset", {"location": "EU"}, "", {}, ["gcp:eu"], IN),
    (
        "gcp.artifactregistry.repository",
        {},
        f"//artifactregistry.googleapis.com/{PROJECT}/locations/europe-west2/repositories/apps",
        {},
        ["gcp:europe-west2"],
        OUT,
    ),
    # Wherever Google likes is not in the European Union.
    (
        "gcp.secretmanager.secret",
        {"replication": {"automatic": {}}},
        f"//secretmanager.googleapis.com/{PROJECT}/secrets/token",
        {},
        ["unplaced"],
        UNSURE,
    ),
    (
        "gcp.secretmanager.secret",
        {"replication": {"userManaged": {"replicas": [{"location": "europe-west3"}, {"location": "us-east1"}]}}},
        f"//secretmanager.googleapis.com/{PROJECT}/secrets/token",
        {},
        ["gcp:europe-west3", "gcp:us-east1"],
        OUT,
    ),
    ("gcp.logging.bucket", {"name": f"{PROJECT}/locations/global/buckets/_Default"}, "", {}, ["unplaced"], UNSURE),
    ("gcp.logging.bucket", {"name": f"{PROJECT}/locations/europe-west3/buckets/app"}, "", {}, ["gcp:europe-west3"], IN),
    (
        "gcp.backupdr.backup-vault",
        {},
        f"//backupdr.googleapis.com/{PROJECT}/locations/us-east1/backupVaults/v",
        {},
        ["gcp:us-east1"],
        OUT,
    ),
    (
        "gcp.netapp.backup-vault",
        {"backupRegion": f"{PROJECT}/locations/us-east1"},
        f"//netapp.googleapis.com/{PROJECT}/locations/europe-west3/backupVaults/v",
        {},
        ["gcp:us-east1"],
        OUT,
    ),
    ("gcp.compute.backend-service", {"enableCDN": True}, "", {}, ["global"], UNSURE),
]


def standing(places: list[str]) -> Standing:
    """The worst, by the promise that data stays in the European Union."""
    found = {standing_any(each, ["EU"], TODAY).standing for each in places}
    return next(each for each in (OUT, UNSURE, IN) if each in found)


@pytest.mark.parametrize(("kind", "data", "name", "asked", "places", "held"), HOMES)
def test_where_data_is(
    kind: str, data: Data, name: str, asked: dict[str, Any], places: list[str], held: Standing
) -> None:
    assert value(kind, Location.homes, data, name, **asked) == Seen(tuple(places))
    assert standing(places) is held


DATASET, CDN = {"datasetReference": {"projectId": "acme-prod", "datasetId": "sales"}}, "//compute.googleapis.com/b"
TRANSFER: Data = {
    "name": f"//bigquerydatatransfer.googleapis.com/{PROJECT}/locations/us-east1/transferConfigs/t",
    "resource": {
        "data": {
            "dataSourceId": "cross_region_copy",
            "destinationDatasetId": "abroad",
            "datasetRegion": "us-east1",
            "params": {"source_project_id": "acme-prod", "source_dataset_id": "sales"},
        }
    },
}
COPIES: list[tuple[str, Data, str, dict[str, Any], str | Reason, str]] = [
    # What holds the copy is named, also in another project or organization; the estate tells its place.
    (
        "gcp.sql.instance",
        SQL
        | {
            "replicaNames": ["other:abroad"],
            "settings": {"backupConfiguration": {"enabled": False, "backupTier": "STANDARD"}},
        },
        "",
        {},
        Reason.NOT_ASKED,
        "//cloudsql.googleapis.com/projects/other/instances/abroad",
    ),
    (
        "gcp.sql.instance",
        SQL | {"settings": {"backupConfiguration": BACKED_UP | {"location": "us"}}},
        "",
        {},
        "gcp:us",
        "",
    ),
    # No location: the closest multi-region, which is not the region of the instance.
    ("gcp.sql.instance", SQL | {"settings": {"backupConfiguration": BACKED_UP}}, "", {}, Reason.UNDECIDED, ""),
    (
        "gcp.bigquery.dataset",
        DATASET,
        "",
        {"transfers": [TRANSFER]},
        "gcp:us-east1",
        f"//bigquery.googleapis.com/{PROJECT}/datasets/abroad",
    ),
    (
        "gcp.logging.sink",
        {"destination": "logging.googleapis.com/organizations/999/locations/us-east1/buckets/all"},
        "",
        {},
        "gcp:us-east1",
        "//logging.googleapis.com/organizations/999/locations/us-east1/buckets/all",
    ),
    (
        "gcp.logging.sink",
        {"destination": "logging.googleapis.com/projects/other/locations/global/buckets/_Default"},
        "",
        {},
        "unplaced",
        "//logging.googleapis.com/projects/other/locations/global/buckets/_Default",
    ),
    (
        "gcp.logging.sink",
        {"destination": "bigquery.googleapis.com/projects/other/datasets/logs"},
        "",
        {},
        Reason.NOT_ASKED,
        "//bigquery.googleapis.com/projects/other/datasets/logs",
    ),
    ("gcp.logging.sink", {"destination": "logging.googleapis.com/projects/other"}, "", {}, Reason.NOT_ASKED, ""),
    (
        "gcp.netapp.backup-vault",
        {"destinationBackupVault": f"{PROJECT}/locations/us-east1/backupVaults/v"},
        "",
        {},
        "gcp:us-east1",
        f"//netapp.googleapis.com/{PROJECT}/locations/us-east1/backupVaults/v",
    ),
    (
        "gcp.storage.bucket",
        {},
        "",
        {"cdn": [{"name": CDN, "resource": {"data": {"enableCdn": True}}}]},
        "global",
        CDN,
    ),
    (
        "gcp.spanner.database",
        {},
        f"//spanner.googleapis.com/{PROJECT}/instances/main/databases/orders",
        {},
        Reason.NOT_ASKED,
        f"//spanner.googleapis.com/{PROJECT}/instances/main",
    ),
    (
        "gcp.alloydb.cluster",
        {"primaryConfig": {"secondaryClusterNames": [f"{PROJECT}/locations/us-east1/clusters/second"]}},
        "",
        {},
        "gcp:us-east1",
        f"//alloydb.googleapis.com/{PROJECT}/locations/us-east1/clusters/second",
    ),
]


@pytest.mark.parametrize(("kind", "data", "name", "asked", "place", "ref"), COPIES)
def test_where_a_copy_is(
    kind: str, data: Data, name: str, asked: dict[str, Any], place: str | Reason, ref: str
) -> None:
    (copy,), _ = gaps(kind, Location.copies, data, name, **asked)
    assert isinstance(copy, Copy)
    assert (copy.place.reason if isinstance(copy.place, Unknown) else copy.place) == place
    assert copy.ref == ref


PLANS: list[tuple[str, Data, str | Reason]] = [
    ("gcp.storage.bucket", bucket("EUR5") | {"softDeletePolicy": {"retentionDurationSeconds": "604800"}}, "gcp:eur5"),
    ("gcp.sql.instance", SQL | {"settings": {"backupConfiguration": BACKED_UP | {"location": "us"}}}, "gcp:us"),
    ("gcp.sql.instance", SQL | {"settings": {"backupConfiguration": BACKED_UP}}, Reason.UNDECIDED),
    ("gcp.compute.snapshot", {"storageLocations": ["us"]}, "gcp:us"),
    ("gcp.bigquery.dataset", {"location": "US"}, "gcp:us"),
    (
        "gcp.alloydb.cluster",
        {
            "automatedBackupPolicy": {"enabled": True, "location": "us-east1"},
            "continuousBackupConfig": {"enabled": False},
        },
        "gcp:us-east1",
    ),
]


@pytest.mark.parametrize(("kind", "data", "place"), PLANS)
def test_where_a_recovery_point_is(kind: str, data: Data, place: str | Reason) -> None:
    (plan,), _ = gaps(kind, Backup.plans, data)
    assert isinstance(plan, Plan)
    assert (plan.places.reason if isinstance(plan.places, Unknown) else plan.places) == (
        place if isinstance(place, Reason) else (place,)
    )
