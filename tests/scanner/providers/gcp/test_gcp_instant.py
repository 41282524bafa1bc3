"""Instant snapshots and storage pools of Compute Engine; what lies in a repository, a backup vault, a queue."""

from __future__ import annotations

import pytest

from scanner.facts import (
    Backup,
    EncryptionAtRest,
    Inapplicable,
    Lineage,
    Location,
    Reason,
    RecoveryPoint,
    Source,
    Unknown,
)
from tests.scanner.providers.gcp.states import (
    COMPUTE,
    LONDON,
    PROJECT,
    TYPES,
    Data,
    gaps,
    inapplicable,
    items,
    reason,
    refs,
    state,
)

INSTANT, SOURCE = "gcp.compute.instant-snapshot", "gcp.backupdr.data-source"
NAME = f"//compute.googleapis.com/{PROJECT}/zones/europe-west2-a/instantSnapshots/now"
DISK = f"//compute.googleapis.com/{PROJECT}/zones/europe-west2-a/disks/data"


@pytest.mark.parametrize("place", [{"zone": f"{COMPUTE}/acme-prod/zones/europe-west2-a"}, {"region": "europe-west2"}])
def test_an_instant_snapshot(place: Data) -> None:
    data = place | {"sourceDisk": f"{COMPUTE}/acme-prod/zones/europe-west2-a/disks/data"}
    assert items(INSTANT, Location.homes, data) == (LONDON,)
    (plan,) = items(INSTANT, Backup.plans, data)
    assert isinstance(plan.retention, Unknown)
    assert plan.places == (LONDON,)
    assert refs(items(INSTANT, Lineage.origins, data, NAME)) == [DISK]
    assert items(INSTANT, RecoveryPoint.sources, data, NAME) == (Source(DISK),)
    assert reason(INSTANT, EncryptionAtRest.owner, data) is Reason.NOT_ASKED


def test_an_instant_snapshot_that_tells_nothing() -> None:
    assert gaps(INSTANT, Location.homes, {}) == ((), [Reason.SHAPE])
    assert gaps(INSTANT, Lineage.origins, {}, NAME) == ((), [Reason.SHAPE])
    (plan,) = items(INSTANT, Backup.plans, {})
    assert isinstance(plan.places, Unknown)


def test_a_pool_of_disks() -> None:
    pool = "gcp.compute.storage-pool"
    assert items(pool, Location.homes, {"zone": "zones/europe-west2-a"}) == (LONDON,)
    assert gaps(pool, Location.homes, {}) == ((), [Reason.SHAPE])
    assert TYPES[pool].without.keys() >= {EncryptionAtRest, Backup, Lineage}


@pytest.mark.parametrize("item", ["docker-image", "maven-artifact", "npm-package", "python-package"])
def test_what_lies_in_a_repository(item: str) -> None:
    kind = f"gcp.artifactregistry.{item}"
    name = f"//artifactregistry.googleapis.com/{PROJECT}/locations/europe-west2/repositories/apps/things/one"
    assert items(kind, Location.homes, {}, name) == (LONDON,)
    assert items(kind, Location.copies, {}, name) == ()
    assert gaps(kind, Location.homes, {}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("data", "wanted", "reasons"),
    [
        ({"dataSourceGcpResource": {"gcpResourcename": DISK}}, [DISK], []),
        ({"dataSourceGcpResource": {"gcpResourcename": "projects/p/disks/d"}}, [], [Reason.SHAPE]),
        ({"dataSourceBackupApplianceApplication": {"applianceId": "7"}}, [], [Reason.UNDECIDED]),
        ({}, [], [Reason.SHAPE]),
    ],
)
def test_what_the_backups_of_a_data_source_are_of(data: Data, wanted: list[str], reasons: list[Reason]) -> None:
    name = f"//backupdr.googleapis.com/{PROJECT}/locations/europe-west2/backupVaults/v/dataSources/d"
    found, unseen = gaps(SOURCE, Lineage.origins, data, name)
    assert (refs(found), unseen) == (wanted, reasons)
    assert items(SOURCE, Location.homes, data, name) == (LONDON,)


@pytest.mark.parametrize(
    ("kind", "path"),
    [("gcp.cloudtasks.queue", "queues/mail"), ("gcp.healthcare.consent-store", "datasets/d/consentStores/c")],
)
def test_what_lies_in_the_region_of_its_name(kind: str, path: str) -> None:
    name = f"//example.googleapis.com/{PROJECT}/locations/europe-west2/{path}"
    assert items(kind, Location.homes, {}, name) == (LONDON,)
    assert gaps(kind, Location.homes, {}) == ((), [Reason.SHAPE])


def test_what_tasks_carry_away_is_not_told() -> None:
    queue = "gcp.cloudtasks.queue"
    assert gaps(queue, Location.copies, {}) == ((), [Reason.NOT_ASKED])
    assert reason(queue, EncryptionAtRest.owner, {}) is Reason.NOT_ASKED
    assert items("gcp.healthcare.consent-store", Location.copies, {}) == ()


def test_a_management_server() -> None:
    server = "gcp.backupdr.management-server"
    name = f"//backupdr.googleapis.com/{PROJECT}/locations/europe-west2/managementServers/m"
    assert items(server, Location.homes, {}, name) == (LONDON,)
    assert gaps(server, Location.copies, {}, name) == ((), [Reason.NOT_ASKED])


def test_a_snapshot_of_a_topic() -> None:
    snapshot = "gcp.pubsub.snapshot"
    data = {"topic": f"{PROJECT}/topics/orders"}
    assert inapplicable(snapshot, Location.homes, data)
    assert refs(items(snapshot, Lineage.origins, data)) == [f"//pubsub.googleapis.com/{PROJECT}/topics/orders"]
    assert gaps(snapshot, Lineage.origins, {"topic": "_deleted-topic_"}) == ((), [Reason.UNDECIDED])
    assert isinstance(state(snapshot, Location.homes, {}), Inapplicable)


def test_a_backup_of_a_volume_may_lie_anywhere() -> None:
    backup = "gcp.gkebackup.volume-backup"
    name = f"//gkebackup.googleapis.com/{PROJECT}/locations/europe-west2/backupPlans/p/backups/b/volumeBackups/v"
    assert gaps(backup, Location.homes, {}, name) == ((), [Reason.NOT_ASKED])
    assert gaps(backup, Backup.plans, {}, name) == ((), [Reason.NOT_ASKED])
    assert reason(backup, EncryptionAtRest.key, {}, name) is Reason.NOT_ASKED
