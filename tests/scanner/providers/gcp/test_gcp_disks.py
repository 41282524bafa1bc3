"""Disks and their snapshots: from assets to the states of facts, with what was never foreseen."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    FOREVER,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    Lineage,
    Location,
    Plan,
    PlanKind,
    Reason,
    Unknown,
)
from tests.scanner.providers.gcp.states import COMPUTE, LONDON, NAMES, REFUSED, Data, gaps, items, reason, refs, value

DISK, SNAPSHOT = "gcp.compute.disk", "gcp.compute.snapshot"


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ({"zone": f"{COMPUTE}/acme-prod/zones/europe-west2-a"}, ("gcp:europe-west2",)),
        (
            {
                "region": f"{COMPUTE}/acme-prod/regions/europe-west2",
                "replicaZones": [f"{COMPUTE}/acme-prod/zones/europe-west2-{zone}" for zone in "ab"],
            },
            ("gcp:europe-west2",),
        ),
    ],
)
@pytest.mark.parametrize("kind", [DISK, "gcp.compute.region-disk"])
def test_disk_homes(kind: str, data: Data, places: tuple[str, ...]) -> None:
    assert items(kind, Location.homes, data) == places


def test_disk_without_a_place() -> None:
    assert gaps(DISK, Location.homes, {}) == ((), [Reason.SHAPE])
    assert gaps(DISK, Location.homes, {"zone": 1}) == ((), [Reason.SHAPE])


def test_disk_copies() -> None:
    other = "projects/acme-prod/zones/us-east1-b/disks/data-copy"
    data = {
        "asyncSecondaryDisks": {
            "one": {"asyncReplicationDisk": {"disk": f"https://www.googleapis.com/compute/v1/{other}"}},
            "two": {"asyncReplicationDisk": {"disk": "zones/us-west1-a/disks/third"}},
        }
    }
    third = "//compute.googleapis.com/projects/acme-prod/zones/us-west1-a/disks/third"
    assert items(DISK, Location.copies, data) == (
        Copy(CopyKind.REPLICA, "gcp:us-east1", f"//compute.googleapis.com/{other}"),
        Copy(CopyKind.REPLICA, "gcp:us-west1", third),
    )
    assert items(DISK, Location.copies, {}) == ()


@pytest.mark.parametrize("told", [["disk"], {"one": {}}, {"one": {"asyncReplicationDisk": {"disk": ""}}}])
def test_disk_copies_unknown(told: object) -> None:
    assert gaps(DISK, Location.copies, {"asyncSecondaryDisks": told}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2019-05-15T13:05:05.798-07:00", {"AES-256"}),
        ("2015-01-01T00:00:00Z", {"AES-256"}),
        ("2014-12-31T23:59:59Z", Reason.UNDECIDED),
        ("once", Reason.SHAPE),
    ],
)
def test_disk_ciphers(time: str, expected: object) -> None:
    told = reason if isinstance(expected, Reason) else value
    assert told(DISK, EncryptionAtRest.algorithms, {"creationTimestamp": time}) == expected


LINK = f"{COMPUTE}/acme-prod/regions/europe-west2/resourcePolicies/daily"


def policy(**more: Any) -> Data:
    """A resource policy as the listing of its kind has it."""
    return {"resource": {"data": {"selfLink": LINK, **more}}}


SCHEDULE = {
    "schedule": {"dailySchedule": {"daysInCycle": 2}},
    "retentionPolicy": {"maxRetentionDays": 14},
    "snapshotProperties": {"storageLocations": ["europe-west2"]},
}


@pytest.mark.parametrize("kind", [DISK, "gcp.compute.region-disk"])
def test_the_snapshot_schedule_of_a_disk(kind: str) -> None:
    plan = Plan(PlanKind.SNAPSHOT, Duration.of(14), Duration.of(2), (LONDON,), encrypted=True, immutable=False)
    found = [policy(snapshotSchedulePolicy=SCHEDULE)]
    assert items(kind, Backup.plans, {"resourcePolicies": [LINK]}, schedules=found) == (plan,)


@pytest.mark.parametrize(
    ("named", "asked", "reasons"),
    [
        ({}, [], []),
        ({}, REFUSED, []),
        ({"resourcePolicies": [LINK]}, [policy(instanceSchedulePolicy={})], []),
        ({"resourcePolicies": [LINK]}, [], [Reason.NOT_ASKED]),
        ({"resourcePolicies": [f"{LINK}-2"]}, [policy(snapshotSchedulePolicy={})], [Reason.NOT_ASKED]),
        ({"resourcePolicies": [LINK]}, REFUSED, [Reason.REFUSED]),
        ({"resourcePolicies": "daily"}, [], [Reason.SHAPE]),
    ],
)
def test_disks_without_a_known_schedule(named: Data, asked: Any, reasons: list[Reason]) -> None:
    assert gaps(DISK, Backup.plans, named, schedules=asked) == ((), reasons)


@pytest.mark.parametrize("kind", ["gcp.compute.disk", "gcp.storage.bucket", "gcp.file.instance"])
def test_a_management_server_may_back_it_up(kind: str) -> None:
    server = [{"name": "//backupdr.googleapis.com/projects/acme-backup/locations/europe-west2/managementServers/m"}]
    for asked, why in ((server, Reason.NOT_ASKED), (REFUSED, Reason.REFUSED)):
        _, unseen = gaps(kind, Backup.plans, {"softDeletePolicy": {"retentionDurationSeconds": "0"}}, servers=asked)
        assert unseen == [why]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, []),
        (
            {"sourceSnapshot": f"{COMPUTE}/acme-live/global/snapshots/s"},
            ["//compute.googleapis.com/projects/acme-live/global/snapshots/s"],
        ),
        (
            {"sourceImage": "global/images/i", "sourceImageId": "7"},
            ["//compute.googleapis.com/projects/acme-prod/global/images/i"],
        ),
        (
            {"sourceDisk": "projects/p/zones/z/disks/d", "asyncPrimaryDisk": {"disk": "projects/q/zones/z/disks/d"}},
            [
                "//compute.googleapis.com/projects/p/zones/z/disks/d",
                "//compute.googleapis.com/projects/q/zones/z/disks/d",
            ],
        ),
        ({"sourceStorageObject": "gs://files/a/b.vmdk"}, ["//storage.googleapis.com/files"]),
        (
            {"sourceStorageObject": "https://storage.googleapis.com/files/a.tar.gz"},
            ["//storage.googleapis.com/files"],
        ),
    ],
)
def test_disk_lineage(data: Data, expected: list[str]) -> None:
    assert refs(items(DISK, Lineage.origins, data)) == expected


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"sourceImageId": "7"}, Reason.UNDECIDED),
        ({"sourceStorageObject": "somewhere"}, Reason.SHAPE),
        ({"sourceDisk": 7}, Reason.SHAPE),
    ],
)
def test_disk_lineage_unknown(data: Data, why: Reason) -> None:
    assert gaps(DISK, Lineage.origins, data) == ((), [why])


def test_snapshot() -> None:
    data = {"storageLocations": ["eu"], "sourceDisk": f"{COMPUTE}/acme-prod/zones/europe-west2-a/disks/data"}
    assert items(SNAPSHOT, Location.homes, data) == ("gcp:eu",)
    assert items(SNAPSHOT, Location.copies, data) == ()
    assert refs(items(SNAPSHOT, Lineage.origins, data)) == [NAMES[DISK]]
    (plan,) = items(SNAPSHOT, Backup.plans, data)
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.SNAPSHOT, FOREVER, ("gcp:eu",))
    assert (plan.encrypted, plan.immutable) == (True, False)
    assert isinstance(plan.every, Unknown)


def test_snapshot_of_a_schedule() -> None:
    (plan,) = items(SNAPSHOT, Backup.plans, {"storageLocations": ["eu"], "autoCreated": True})
    assert isinstance(plan.retention, Unknown)
    (plan,) = items(SNAPSHOT, Backup.plans, {"storageLocations": ["eu"], "autoCreated": False})
    assert plan.retention == FOREVER


@pytest.mark.parametrize("data", [{}, {"storageLocations": []}, {"storageLocations": "eu"}])
def test_snapshot_without_a_place(data: Data) -> None:
    assert gaps(SNAPSHOT, Location.homes, data) == ((), [Reason.SHAPE])
    assert gaps(SNAPSHOT, Backup.plans, data) == ((), [Reason.SHAPE])
    assert gaps(SNAPSHOT, Lineage.origins, data) == ((), [Reason.SHAPE])
