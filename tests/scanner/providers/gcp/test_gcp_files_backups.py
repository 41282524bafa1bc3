"""Files, images, artifacts, health records and their backups: from assets to the states of facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    FOREVER,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Plan,
    PlanKind,
    Reason,
    RecoveryPoint,
    Source,
    Tagging,
    Unknown,
)
from scanner.providers.gcp import PROVIDER
from scanner.providers.gcp.protection import BY_VAULT
from tests.scanner.providers.gcp.states import (
    FRANKFURT,
    KMS,
    LONDON,
    PROJECT,
    Data,
    gaps,
    inapplicable,
    items,
    reason,
    refs,
    value,
)

FILES, SAVED = "gcp.file.instance", "gcp.file.backup"
IMAGE, MACHINE, POLICY = "gcp.compute.image", "gcp.compute.machine-image", "gcp.compute.resource-policy"
REPOSITORY, HEALTH = "gcp.artifactregistry.repository", "gcp.healthcare.dataset"
RUN, SQL = "gcp.sql.backup-run", "gcp.sql.backup"
VAULT, VAULTED, PLAN = "gcp.backupdr.backup-vault", "gcp.backupdr.backup", "gcp.backupdr.backup-plan"
HERE, THERE = f"{PROJECT}/locations/europe-west2", f"{PROJECT}/locations/europe-west3-b"
COMPUTE = "https://www.googleapis.com/compute/v1"
NAMES = {
    FILES: f"//file.googleapis.com/{PROJECT}/locations/europe-west2-a/instances/share",
    SAVED: f"//file.googleapis.com/{HERE}/backups/b",
    IMAGE: f"//compute.googleapis.com/{PROJECT}/global/images/golden",
    MACHINE: f"//compute.googleapis.com/{PROJECT}/global/machineImages/web",
    REPOSITORY: f"//artifactregistry.googleapis.com/{HERE}/repositories/apps",
    HEALTH: f"//healthcare.googleapis.com/{HERE}/datasets/ward",
    RUN: f"//cloudsql.googleapis.com/{PROJECT}/instances/main/backupRuns/7",
    SQL: f"//cloudsql.googleapis.com/{PROJECT}/backups/b",
    VAULT: f"//backupdr.googleapis.com/{HERE}/backupVaults/v",
    VAULTED: f"//backupdr.googleapis.com/{HERE}/backupVaults/v/dataSources/d/backups/b",
}


@pytest.mark.parametrize("kind", [FILES, SAVED, REPOSITORY, HEALTH, VAULT, VAULTED])
def test_each_is_in_the_place_in_its_name(kind: str) -> None:
    assert items(kind, Location.homes, {}, NAMES[kind]) == (LONDON,)
    assert gaps(kind, Location.homes, {}) == ((), [Reason.SHAPE])


def test_a_multi_region_of_artifacts_is_not_taken_for_the_eu() -> None:
    name = f"//artifactregistry.googleapis.com/{PROJECT}/locations/europe/repositories/apps"
    assert items(REPOSITORY, Location.homes, {}, name) == ("gcp:europe",)


@pytest.mark.parametrize("kind", [IMAGE, MACHINE])
def test_images_are_where_they_are_stored(kind: str) -> None:
    assert items(kind, Location.homes, {"storageLocations": ["europe-west2"]}) == (LONDON,)
    assert items(kind, Location.homes, {"storageLocations": ["eu"]}) == ("gcp:eu",)
    odds: tuple[Data, ...] = ({}, {"storageLocations": []}, {"storageLocations": "eu"})
    for odd in odds:
        assert gaps(kind, Location.homes, odd) == ((), [Reason.SHAPE])


@pytest.mark.parametrize("kind", [RUN, SQL])
def test_backups_of_sql_are_in_their_location(kind: str) -> None:
    assert items(kind, Location.homes, {"location": "eu"}) == ("gcp:eu",)
    assert gaps(kind, Location.homes, {}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize("kind", [SAVED, IMAGE, MACHINE, REPOSITORY, HEALTH, RUN, SQL, VAULT, VAULTED])
def test_what_has_no_copies(kind: str) -> None:
    assert items(kind, Location.copies, {}, NAMES[kind]) == ()


@pytest.mark.parametrize(
    ("kind", "data", "owner", "key"),
    [
        (FILES, {"kmsKeyName": KMS}, KeyOwner.CUSTOMER, KMS),
        (SAVED, {"kmsKey": KMS}, KeyOwner.CUSTOMER, KMS),
        (IMAGE, {"imageEncryptionKey": {"kmsKeyName": f"{KMS}/cryptoKeyVersions/1"}}, KeyOwner.CUSTOMER, KMS),
        (
            MACHINE,
            {"machineImageEncryptionKey": {"sha256": "aGFzaA=="}},
            KeyOwner.CUSTOMER,
            "supplied by the customer, SHA-256 aGFzaA==",
        ),
        (REPOSITORY, {"kmsKeyName": KMS}, KeyOwner.CUSTOMER, KMS),
        (HEALTH, {"encryptionSpec": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (RUN, {"diskEncryptionConfiguration": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (SQL, {"kmsKey": KMS}, KeyOwner.CUSTOMER, KMS),
        (VAULT, {"encryptionConfig": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
    ],
)
def test_keys(kind: str, data: dict[str, Any], owner: KeyOwner, key: str) -> None:
    assert value(kind, EncryptionAtRest.state, data) is AtRest.ENCRYPTED
    assert value(kind, EncryptionAtRest.owner, data) is owner
    assert value(kind, EncryptionAtRest.key, data) == key
    assert value(kind, EncryptionAtRest.owner, {}) is KeyOwner.PROVIDER
    assert value(kind, EncryptionAtRest.key, {}) == "provider"


def test_keys_of_a_vaulted_backup() -> None:
    versions = {"kmsKeyVersions": [f"{KMS}/cryptoKeyVersions/1", f"{KMS}/cryptoKeyVersions/2"]}
    assert value(VAULTED, EncryptionAtRest.key, versions) == KMS
    assert reason(VAULTED, EncryptionAtRest.key, {"kmsKeyVersions": []}) is Reason.UNDECIDED
    assert reason(VAULTED, EncryptionAtRest.key, {}) is Reason.SHAPE
    assert reason(VAULTED, EncryptionAtRest.owner, versions) is Reason.NOT_ASKED


def peers(role: str | None) -> dict[str, Any]:
    return {"replication": {"role": role, "replicas": [{"peerInstance": f"{THERE}/instances/share"}]}}


def test_replication_of_files() -> None:
    other = f"//file.googleapis.com/{THERE}/instances/share"
    assert items(FILES, Location.copies, peers("ACTIVE")) == (Copy(CopyKind.REPLICA, FRANKFURT, other),)
    assert gaps(FILES, Lineage.origins, peers("ACTIVE")) == ((), [Reason.NOT_ASKED])
    assert items(FILES, Location.copies, peers("STANDBY")) == ()
    origins, _ = gaps(FILES, Lineage.origins, peers("STANDBY"))
    assert refs(origins) == [other]
    assert items(FILES, Location.copies, {}) == ()
    nowhere = {"replication": {"role": "ACTIVE", "replicas": [{"peerInstance": "elsewhere"}]}}
    assert gaps(FILES, Location.copies, nowhere) == ((), [Reason.SHAPE])
    for role in (None, "BOTH"):
        assert gaps(FILES, Location.copies, peers(role)) == ((), [Reason.SHAPE])
        assert gaps(FILES, Lineage.origins, peers(role)) == ((), [Reason.SHAPE])


def test_files_are_not_encrypted_on_their_way() -> None:
    for data in ({}, {"protocol": "NFS_V3"}):
        assert value(FILES, EncryptionInTransit.plaintext, data) is True
    assert reason(FILES, EncryptionInTransit.plaintext, {"protocol": "NFS_V4_1"}) is Reason.UNDECIDED
    assert reason(FILES, EncryptionInTransit.plaintext, {"protocol": 3}) is Reason.SHAPE
    assert inapplicable(FILES, EncryptionInTransit.minimum_tls, {})
    assert inapplicable(FILES, EncryptionInTransit.certificate_expires, {})
    assert value(FILES, Exposure.public, {}) is False
    assert items(FILES, Backup.plans, {}) == ()


def test_what_a_share_was_restored_from() -> None:
    vaulted = f"{HERE}/backupVaults/v/dataSources/d/backups/b"
    shares = [{"sourceBackup": f"{HERE}/backups/b"}, {"sourceBackupdrBackup": vaulted}, {"name": "new"}]
    origins, why = gaps(FILES, Lineage.origins, {"fileShares": shares})
    assert refs(origins) == [f"//file.googleapis.com/{HERE}/backups/b", f"//backupdr.googleapis.com/{vaulted}"]
    assert why == [Reason.NOT_ASKED]
    assert gaps(FILES, Lineage.origins, {"fileShares": "one"}) == ((), [Reason.SHAPE])


def test_a_backup_of_files() -> None:
    (plan,) = items(SAVED, Backup.plans, {}, NAMES[SAVED])
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.SNAPSHOT, FOREVER, (LONDON,))
    found = items(SAVED, Lineage.origins, {"sourceInstance": f"{THERE}/instances/share"})
    assert refs(found) == [f"//file.googleapis.com/{THERE}/instances/share"]
    assert gaps(SAVED, Lineage.origins, {}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("data", "ref"),
    [
        (
            {"sourceDisk": f"{COMPUTE}/{PROJECT}/zones/europe-west2-a/disks/d"},
            f"//compute.googleapis.com/{PROJECT}/zones/europe-west2-a/disks/d",
        ),
        (
            {"sourceImage": "projects/debian-cloud/global/images/debian-13"},
            "//compute.googleapis.com/projects/debian-cloud/global/images/debian-13",
        ),
        ({"sourceSnapshot": "global/snapshots/s"}, f"//compute.googleapis.com/{PROJECT}/global/snapshots/s"),
        ({"rawDisk": {"source": "gs://acme-in/disk.tar.gz"}}, "//storage.googleapis.com/acme-in"),
        (
            {"rawDisk": {"source": "https://storage.googleapis.com/acme-in/disk.tar.gz"}},
            "//storage.googleapis.com/acme-in",
        ),
    ],
)
def test_origins_of_an_image(data: dict[str, Any], ref: str) -> None:
    assert refs(items(IMAGE, Lineage.origins, data, NAMES[IMAGE])) == [ref]


@pytest.mark.parametrize("data", [{}, {"rawDisk": {"source": "a tape"}}, {"sourceDisk": 7}])
def test_origins_of_an_image_that_are_not_told(data: dict[str, Any]) -> None:
    assert gaps(IMAGE, Lineage.origins, data, NAMES[IMAGE]) == ((), [Reason.SHAPE])


def test_a_machine_image() -> None:
    (plan,) = items(MACHINE, Backup.plans, {"storageLocations": ["eu"]})
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.SNAPSHOT, FOREVER, ("gcp:eu",))
    (plan,) = items(MACHINE, Backup.plans, {})
    assert isinstance(plan.places, Unknown)
    told = {"sourceInstance": f"{COMPUTE}/{PROJECT}/zones/europe-west2-a/instances/web"}
    found = items(MACHINE, Lineage.origins, told, NAMES[MACHINE])
    assert refs(found) == [f"//compute.googleapis.com/{PROJECT}/zones/europe-west2-a/instances/web"]
    assert gaps(MACHINE, Lineage.origins, {}, NAMES[MACHINE]) == ((), [Reason.SHAPE])


def snapshots(schedule: dict[str, Any], **more: Any) -> dict[str, Any]:
    kept = {"maxRetentionDays": 14, "onSourceDiskDelete": "APPLY_RETENTION_POLICY"}
    return {"snapshotSchedulePolicy": {"schedule": schedule, "retentionPolicy": kept, **more}}


@pytest.mark.parametrize(
    ("schedule", "every"),
    [
        ({"dailySchedule": {"daysInCycle": 1}}, Duration.of(1)),
        ({"hourlySchedule": {"hoursInCycle": 4}}, Duration.of(4, "hour")),
        ({"weeklySchedule": {"dayOfWeeks": [{"day": "MONDAY"}]}}, Duration.of(7)),
        ({"weeklySchedule": {"dayOfWeeks": [{"day": "SATURDAY"}, {"day": "MONDAY"}]}}, Duration.of(5)),
    ],
)
def test_snapshot_schedules(schedule: dict[str, Any], every: Duration) -> None:
    where = {"snapshotProperties": {"storageLocations": ["europe-west2"]}}
    assert items(POLICY, Backup.plans, snapshots(schedule, **where)) == (
        Plan(PlanKind.SNAPSHOT, Duration.of(14), every, (LONDON,), encrypted=True, immutable=False),
    )


def test_snapshot_schedules_that_are_not_told() -> None:
    weekly: tuple[list[Data], ...] = ([{"day": "SOLSTICE"}], [])
    schedules: list[Data] = [{}, *({"weeklySchedule": {"dayOfWeeks": days}} for days in weekly)]
    for schedule in schedules:
        (plan,) = items(POLICY, Backup.plans, snapshots(schedule))
        assert isinstance(plan.every, Unknown)
        assert isinstance(plan.places, Unknown)
        assert "multi-region closest" in plan.places.detail
    (plan,), why = gaps(POLICY, Backup.plans, {"snapshotSchedulePolicy": {}})
    assert isinstance(plan.retention, Unknown)
    assert why == [Reason.UNDECIDED]
    assert inapplicable(POLICY, Backup.plans, {"groupPlacementPolicy": {}})
    assert value(POLICY, Tagging.tags, {}) == {}


@pytest.mark.parametrize(
    ("after", "why"),
    [("APPLY_RETENTION_POLICY", []), ("KEEP_AUTO_SNAPSHOTS", [Reason.UNDECIDED]), (None, [Reason.UNDECIDED])],
)
def test_snapshots_of_a_deleted_disk(after: str | None, why: list[Reason]) -> None:
    policy = snapshots({"dailySchedule": {"daysInCycle": 1}})
    policy["snapshotSchedulePolicy"]["retentionPolicy"]["onSourceDiskDelete"] = after
    assert gaps(POLICY, Backup.plans, policy)[1] == why


@pytest.mark.parametrize(("sort", "kept"), [("ON_DEMAND", FOREVER), ("AUTOMATED", None), ("FINAL", None), (None, None)])
def test_backup_runs_of_sql(sort: str | None, kept: Duration | None) -> None:
    (plan,) = items(RUN, Backup.plans, {"location": "eu", "type": sort, "status": "SUCCESSFUL"})
    assert plan.places == ("gcp:eu",)
    assert plan.retention == kept if kept else isinstance(plan.retention, Unknown)


@pytest.mark.parametrize(("kind", "field"), [(RUN, "status"), (SQL, "state")])
def test_what_is_no_backup_of_sql(kind: str, field: str) -> None:
    data = {"location": "eu", "type": "ON_DEMAND"}
    for gone in ("FAILED", "SKIPPED", "DELETED"):
        assert inapplicable(kind, Backup.plans, {**data, field: gone})
    for unsettled in ("RUNNING", "ENQUEUED", None):
        assert gaps(kind, Backup.plans, {**data, field: unsettled}) == ((), [Reason.SHAPE])
    for there in ("DELETION_FAILED", "DELETING"):
        assert len(items(kind, Backup.plans, {**data, field: there})) == 1


def test_backups_of_sql() -> None:
    times = {"backupInterval": {"endTime": "2026-01-12T09:00:00Z"}, "expiryTime": "2026-02-11T09:00:10Z"}
    there = {"location": "europe-west2", "state": "SUCCESSFUL"}
    (plan,) = items(SQL, Backup.plans, {**there, **times})
    assert (plan.retention, plan.places) == (Duration.of(30), (LONDON,))
    (plan,) = items(SQL, Backup.plans, there)
    assert isinstance(plan.retention, Unknown)


@pytest.mark.parametrize("kind", [RUN, SQL])
def test_origins_of_backups_of_sql(kind: str) -> None:
    for told in ("main", f"{PROJECT}/instances/main"):
        found = items(kind, Lineage.origins, {"instance": told}, NAMES[kind])
        assert refs(found) == [f"//cloudsql.googleapis.com/{PROJECT}/instances/main"]
    assert gaps(kind, Lineage.origins, {}, NAMES[kind]) == ((), [Reason.SHAPE])
    assert gaps(kind, Lineage.origins, {"instance": "main"}, "odd") == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("enforced", "immutable"), [("2026-01-26T09:00:00Z", True), ("2026-01-15T09:00:00Z", False), (None, None)]
)
def test_a_vaulted_backup(enforced: str | None, immutable: bool | None) -> None:
    times = {"createTime": "2026-01-12T09:00:00Z", "expireTime": "2026-01-26T09:00:00Z"}
    (plan,) = items(VAULTED, Backup.plans, {**times, "enforcedRetentionEndTime": enforced}, NAMES[VAULTED])
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.SNAPSHOT, Duration.of(14), (LONDON,))
    assert plan.immutable is immutable if enforced else isinstance(plan.immutable, Unknown)


def test_the_source_of_a_vaulted_backup() -> None:
    told = f"//compute.googleapis.com/{PROJECT}/zones/europe-west2-a/instances/web"
    assert refs(items(VAULTED, Lineage.origins, {"gcpResource": {"gcpResourcename": told}})) == [told]
    for odd in ({}, {"gcpResource": {"gcpResourcename": "web"}}):
        assert gaps(VAULTED, Lineage.origins, odd) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("schedule", "every"),
    [
        ({"recurrenceType": "HOURLY", "hourlyFrequency": 6}, Duration.of(1)),
        ({"recurrenceType": "DAILY"}, Duration.of(1)),
        ({"recurrenceType": "WEEKLY", "daysOfWeek": ["MONDAY", "FRIDAY"]}, Duration.of(4)),
        ({"recurrenceType": "MONTHLY", "daysOfMonth": [1]}, Duration.of(31)),
        ({"recurrenceType": "MONTHLY", "daysOfMonth": [31, 28]}, Duration.of(31)),
        ({"recurrenceType": "MONTHLY", "weekDayOfMonth": {"weekOfMonth": "FIRST"}}, Duration.of(35)),
        ({"recurrenceType": "YEARLY", "daysOfMonth": [1]}, Duration.of(366)),
        ({"recurrenceType": "YEARLY", "weekDayOfMonth": {"weekOfMonth": "FIRST"}}, Duration.of(371)),
    ],
)
def test_backup_plans(schedule: dict[str, Any], every: Duration) -> None:
    rule = {"backupRetentionDays": 30, "standardSchedule": schedule}
    data = {"backupVault": f"{HERE}/backupVaults/v", "backupRules": [rule]}
    expected = Plan(PlanKind.SNAPSHOT, Duration.of(30), every, (LONDON,), encrypted=True, immutable=BY_VAULT)
    assert items(PLAN, Backup.plans, data) == (expected,)


def test_the_logs_of_a_backup_plan() -> None:
    data = {"backupVault": f"{HERE}/backupVaults/v", "backupRules": [], "logRetentionDays": "7"}
    (plan,) = items(PLAN, Backup.plans, data)
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.CONTINUOUS, Duration.of(7), (LONDON,))
    assert items(PLAN, Backup.plans, data | {"logRetentionDays": "0"}) == ()


@pytest.mark.parametrize("sort", ["MONTHLY", "YEARLY"])
@pytest.mark.parametrize("days", [[31], [29], [], None])
def test_a_day_that_not_every_month_has(sort: str, days: list[int] | None) -> None:
    rule = {"backupRetentionDays": 30, "standardSchedule": {"recurrenceType": sort, "daysOfMonth": days}}
    (plan,) = items(PLAN, Backup.plans, {"backupVault": f"{HERE}/backupVaults/v", "backupRules": [rule]})
    assert isinstance(plan.every, Unknown)


def test_backup_plans_that_are_not_told() -> None:
    assert gaps(PLAN, Backup.plans, {}) == ((), [Reason.SHAPE])
    for schedule in ({}, {"recurrenceType": "DAWN"}, {"recurrenceType": "WEEKLY", "daysOfWeek": ["SOLSTICE"]}):
        (plan,) = items(PLAN, Backup.plans, {"backupRules": [{"standardSchedule": schedule}]})
        assert isinstance(plan.retention, Unknown)
        assert isinstance(plan.every, Unknown)
        assert isinstance(plan.places, Unknown)


@pytest.mark.parametrize("kind", [FILES, SAVED, IMAGE, MACHINE, REPOSITORY, VAULT, VAULTED, PLAN])
def test_labels(kind: str) -> None:
    assert value(kind, Tagging.tags, {"labels": {"env": "prod"}}) == {"env": "prod"}
    assert value(kind, Tagging.tags, {}) == {}
    assert reason(kind, Tagging.tags, {"labels": ["env"]}) is Reason.SHAPE


@pytest.mark.parametrize("kind", [HEALTH, RUN, SQL])
def test_what_has_no_labels(kind: str) -> None:
    assert value(kind, Tagging.tags, {}) == {}


@pytest.mark.parametrize("kind", [REPOSITORY, HEALTH])
def test_what_was_brought_in_is_not_recorded(kind: str) -> None:
    assert gaps(kind, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])


POINTS = [kind for kind in PROVIDER.types if kind.points_of]


def test_every_recovery_point_tells_of_what_it_is() -> None:
    named = {kind.name for kind in PROVIDER.types if kind.name.endswith(("backup", "backup-run", "snapshot"))}
    assert {kind.name for kind in POINTS} == named
    assert {name for kind in POINTS for name in kind.points_of} <= {kind.name for kind in PROVIDER.types}


def test_a_recovery_point_is_of_what_its_content_comes_from() -> None:
    of = "projects/acme-prod/locations/europe-west2/instances/files"
    assert items("gcp.file.backup", RecoveryPoint.sources, {"sourceInstance": of}) == (
        Source(f"//file.googleapis.com/{of}"),
    )
    assert gaps("gcp.file.backup", RecoveryPoint.sources, {}) == ((), [Reason.SHAPE])
