"""Spanner, Firestore and Bigtable: from assets to the states of facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    Backup,
    CopyKind,
    Duration,
    EncryptionAtRest,
    KeyOwner,
    Lineage,
    Location,
    Plan,
    PlanKind,
    Protection,
    Reason,
    Tagging,
    Unknown,
)
from tests.scanner.providers.gcp.states import KMS, LONDON, PROJECT, REFUSED, TYPES, gaps, items, reason, refs, value

INSTANCE, DATABASE = "gcp.spanner.instance", "gcp.spanner.database"
BACKUP, SCHEDULE = "gcp.spanner.backup", "gcp.spanner.backup-schedule"
FIRESTORE, SAVED, SAVES = "gcp.firestore.database", "gcp.firestore.backup", "gcp.firestore.backup-schedule"
BIGTABLE, CLUSTER = "gcp.bigtable.instance", "gcp.bigtable.cluster"
TABLE, COPY = "gcp.bigtable.table", "gcp.bigtable.backup"
SPANNER = f"//spanner.googleapis.com/{PROJECT}/instances/main"
MADE, WEEK_LATER = "2026-01-12T09:00:00.412Z", "2026-01-19T09:00:00Z"


@pytest.mark.parametrize(
    ("config", "places", "why"),
    [
        (f"{PROJECT}/instanceConfigs/regional-europe-west2", (LONDON,), []),
        (f"{PROJECT}/instanceConfigs/eur5", (), [Reason.NOT_ASKED]),
        (f"{PROJECT}/instanceConfigs/custom-regional-europe-west2", (), [Reason.NOT_ASKED]),
        (f"{PROJECT}/instanceConfigs/nam3", (), [Reason.NOT_ASKED]),
        (f"{PROJECT}/instanceConfigs/ring1", (), [Reason.NOT_ASKED]),
        (7, (), [Reason.SHAPE]),
        (None, (), [Reason.SHAPE]),
    ],
)
def test_spanner_instance_homes(config: object, places: tuple[str, ...], why: list[Reason]) -> None:
    assert gaps(INSTANCE, Location.homes, {"config": config}) == (places, why)


def test_the_configuration_that_is_not_read_is_named() -> None:
    gap = value(INSTANCE, Location.homes, {"config": "projects/p/instanceConfigs/eur5"}).gaps[0]
    assert "eur5" in gap.detail
    assert gap.permission == "spanner.instanceConfigs.get"


def configured(**data: Any) -> list[dict[str, Any]]:
    return [{"resource": {"data": data}}]


@pytest.mark.parametrize("kind", [INSTANCE, "gcp.spanner.instance-partition"])
@pytest.mark.parametrize(
    ("configs", "places", "why"),
    [
        (
            configured(replicas=[{"location": "europe-west2"}, {"location": "europe-west2"}, {"location": "us-east1"}]),
            (LONDON, "gcp:us-east1"),
            [],
        ),
        (configured(replicas=[{"location": "europe-west2"}, {}]), (), [Reason.SHAPE]),
        (configured(replicas=[]), (), [Reason.SHAPE]),
        (configured(), (), [Reason.SHAPE]),
        ([], (), [Reason.NOT_ASKED]),
        (REFUSED, (), [Reason.REFUSED]),
    ],
)
def test_replicas_are_where_the_configuration_says(
    kind: str, configs: Any, places: tuple[str, ...], why: list[Reason]
) -> None:
    data = {"config": f"{PROJECT}/instanceConfigs/eur5"}
    assert gaps(kind, Location.homes, data, configs=configs) == (places, why)
    # One of Google's of a single region tells by its name.
    regional = {"config": f"{PROJECT}/instanceConfigs/regional-europe-west2"}
    assert items(kind, Location.homes, regional, configs=configs) == (LONDON,)


@pytest.mark.parametrize("kind", [DATABASE, BACKUP, COPY])
@pytest.mark.parametrize(
    ("location", "places", "why"),
    [
        ("europe-west2", (LONDON,), []),
        ("europe-west2-a", (LONDON,), []),
        ("eur5", (), [Reason.UNDECIDED]),
        ("global", (), [Reason.UNDECIDED]),
        ("atlantis1", (), [Reason.UNDECIDED]),
        ("", (), [Reason.SHAPE]),
    ],
)
def test_what_tells_no_place_is_where_the_inventory_has_it(
    kind: str, location: str, places: tuple[str, ...], why: list[Reason]
) -> None:
    assert gaps(kind, Location.homes, {}, location=location) == (places, why)


@pytest.mark.parametrize(("kind", "below"), [(DATABASE, "databases/orders"), (BACKUP, "backups/nightly")])
def test_spanner_replicas_are_where_the_instance_is(kind: str, below: str) -> None:
    (copy,) = items(kind, Location.copies, {}, f"{SPANNER}/{below}")
    assert (copy.kind, copy.ref) == (CopyKind.REPLICA, SPANNER)
    assert isinstance(copy.place, Unknown)
    assert gaps(kind, Location.copies, {}, "//spanner.googleapis.com/odd") == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("kind", "data", "owner", "key"),
    [
        (DATABASE, {"encryptionConfig": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (DATABASE, {"encryptionConfig": {"kmsKeyNames": [KMS, f"{KMS}2"]}}, KeyOwner.CUSTOMER, f"{KMS}, {KMS}2"),
        (DATABASE, {}, KeyOwner.PROVIDER, "provider"),
        (FIRESTORE, {"cmekConfig": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (FIRESTORE, {}, KeyOwner.PROVIDER, "provider"),
        (CLUSTER, {"encryptionConfig": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (CLUSTER, {}, KeyOwner.PROVIDER, "provider"),
    ],
)
def test_keys(kind: str, data: dict[str, Any], owner: KeyOwner, key: str) -> None:
    assert value(kind, EncryptionAtRest.state, data) is AtRest.ENCRYPTED
    assert value(kind, EncryptionAtRest.algorithms, data) == {"AES-256"}
    assert value(kind, EncryptionAtRest.owner, data) is owner
    assert value(kind, EncryptionAtRest.key, data) == key


@pytest.mark.parametrize("kind", [BACKUP, COPY])
def test_keys_of_backups(kind: str) -> None:
    own = {"encryptionInfo": {"encryptionType": "GOOGLE_DEFAULT_ENCRYPTION"}}
    assert value(kind, EncryptionAtRest.owner, own) is KeyOwner.PROVIDER
    assert value(kind, EncryptionAtRest.key, own) == "provider"
    customer = {"encryptionType": "CUSTOMER_MANAGED_ENCRYPTION", "kmsKeyVersion": f"{KMS}/cryptoKeyVersions/2"}
    assert value(kind, EncryptionAtRest.owner, {"encryptionInfo": customer}) is KeyOwner.CUSTOMER
    assert value(kind, EncryptionAtRest.key, {"encryptionInfo": customer}) == KMS
    for odd in ({}, {"encryptionInfo": {"encryptionType": "TYPE_UNSPECIFIED"}}):
        assert reason(kind, EncryptionAtRest.owner, odd) is Reason.SHAPE
        assert reason(kind, EncryptionAtRest.key, odd) is Reason.SHAPE
    assert value(kind, EncryptionAtRest.state, {}) is AtRest.ENCRYPTED


@pytest.mark.parametrize("odd", [{"kmsKeyName": 1}, {"kmsKeyNames": KMS}])
def test_unforeseen_keys_of_spanner(odd: dict[str, Any]) -> None:
    assert reason(DATABASE, EncryptionAtRest.owner, {"encryptionConfig": odd}) is Reason.SHAPE
    assert reason(DATABASE, EncryptionAtRest.key, {"encryptionConfig": odd}) is Reason.SHAPE


@pytest.mark.parametrize(
    ("period", "kept"),
    [
        ({}, Duration.of(1, "hour")),
        ({"versionRetentionPeriod": "7d"}, Duration.of(7)),
        ({"versionRetentionPeriod": "36h"}, Duration.of(36, "hour")),
        ({"versionRetentionPeriod": "90m"}, Duration.of(90, "minute")),
        ({"versionRetentionPeriod": "3600s"}, Duration.of(1, "hour")),
    ],
)
def test_spanner_versions(period: dict[str, str], kept: Duration) -> None:
    (plan,), why = gaps(DATABASE, Backup.plans, period, location="europe-west2")
    assert plan == Plan(PlanKind.CONTINUOUS, kept, Duration.of(1, "second"), (LONDON,), encrypted=True, immutable=False)
    assert why == [Reason.NOT_ASKED]


def test_spanner_versions_that_are_not_understood() -> None:
    odd = {"versionRetentionPeriod": "a week"}
    assert gaps(DATABASE, Backup.plans, odd, location="europe-west2") == ((), [Reason.NOT_ASKED, Reason.SHAPE])
    (plan,), _ = gaps(DATABASE, Backup.plans, {}, location="eur3")
    assert isinstance(plan.places, Unknown)


def test_a_restored_database() -> None:
    source = f"{PROJECT}/instances/main/databases/live"
    restored = {"restoreInfo": {"backupInfo": {"backup": "b", "sourceDatabase": source}}}
    origins, why = gaps(DATABASE, Lineage.origins, restored)
    assert (refs(origins), why) == ([f"//spanner.googleapis.com/{source}"], [Reason.NOT_ASKED])
    assert gaps(DATABASE, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])
    backup = "projects/p/locations/europe-west2/backups/b"
    origins, why = gaps(FIRESTORE, Lineage.origins, {"sourceInfo": {"backup": {"backup": backup}}})
    assert (refs(origins), why) == ([f"//firestore.googleapis.com/{backup}"], [Reason.NOT_ASKED])
    table = f"{PROJECT}/instances/i/tables/live"
    origins, why = gaps(TABLE, Lineage.origins, {"restoreInfo": {"backupInfo": {"sourceTable": table}}})
    assert (refs(origins), why) == ([f"//bigtable.googleapis.com/{table}"], [Reason.NOT_ASKED])


@pytest.mark.parametrize(
    ("kind", "field", "service"),
    [(BACKUP, "database", "spanner"), (SAVED, "database", "firestore"), (COPY, "sourceTable", "bigtable")],
)
def test_a_backup_tells_what_it_was_made_from(kind: str, field: str, service: str) -> None:
    found = items(kind, Lineage.origins, {field: f"{PROJECT}/x/live"})
    assert refs(found) == [f"//{service}.googleapis.com/{PROJECT}/x/live"]
    assert gaps(kind, Lineage.origins, {}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("kind", "made", "name", "location"),
    [
        (BACKUP, "createTime", "", "europe-west2"),
        (COPY, "startTime", "", "europe-west2"),
        (SAVED, "snapshotTime", "//firestore.googleapis.com/projects/p/locations/europe-west2/backups/b", ""),
    ],
)
def test_a_backup_is_a_recovery_point(kind: str, made: str, name: str, location: str) -> None:
    (plan,) = items(kind, Backup.plans, {made: MADE, "expireTime": WEEK_LATER}, name, location)
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.SNAPSHOT, Duration.of(7), (LONDON,))
    assert (plan.encrypted, plan.immutable) == (True, False)
    assert isinstance(plan.every, Unknown)
    (vague,) = items(kind, Backup.plans, {made: MADE})
    assert isinstance(vague.retention, Unknown)
    assert isinstance(vague.places, Unknown)


def test_spanner_schedules() -> None:
    (plan,) = items(SCHEDULE, Backup.plans, {"retentionDuration": "604800s"})
    assert (plan.kind, plan.retention) == (PlanKind.SNAPSHOT, Duration.of(7))
    assert isinstance(plan.every, Unknown)
    assert isinstance(plan.places, Unknown)
    for odd in ({}, {"retentionDuration": "7 days"}, {"retentionDuration": "1.5s"}):
        assert gaps(SCHEDULE, Backup.plans, odd) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("location", "place"),
    [("eur3", "gcp:eur3"), ("nam5", "gcp:nam5"), ("europe-west2", LONDON), ("atlantis1", "gcp:atlantis1")],
)
def test_firestore_homes(location: str, place: str) -> None:
    assert items(FIRESTORE, Location.homes, {"locationId": location}) == (place,)
    assert items(FIRESTORE, Location.copies, {}) == ()
    assert gaps(FIRESTORE, Location.homes, {}) == ((), [Reason.SHAPE])
    name = f"//firestore.googleapis.com/projects/p/locations/{location}/backups/b"
    assert items(SAVED, Location.homes, {}, name) == (place,)


@pytest.mark.parametrize(
    ("state", "kept", "every"),
    [
        ("POINT_IN_TIME_RECOVERY_ENABLED", Duration.of(7), Duration.of(1, "minute")),
        ("POINT_IN_TIME_RECOVERY_DISABLED", Duration.of(1, "hour"), Duration.of(1, "second")),
    ],
)
def test_firestore_versions(state: str, kept: Duration, every: Duration) -> None:
    data = {"locationId": "eur3", "pointInTimeRecoveryEnablement": state}
    (plan,), why = gaps(FIRESTORE, Backup.plans, data)
    assert plan == Plan(PlanKind.CONTINUOUS, kept, every, ("gcp:eur3",), encrypted=True, immutable=False)
    assert why == [Reason.NOT_ASKED]
    # The period itself wins, where it is told.
    (plan,), _ = gaps(FIRESTORE, Backup.plans, data | {"versionRetentionPeriod": "86400s"})
    assert plan.retention == Duration.of(1)
    assert gaps(FIRESTORE, Backup.plans, data | {"versionRetentionPeriod": "a day"})[1] == [
        Reason.NOT_ASKED,
        Reason.SHAPE,
    ]


@pytest.mark.parametrize(
    "data", [{}, {"pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_ENABLEMENT_UNSPECIFIED"}]
)
def test_firestore_versions_that_are_not_told(data: dict[str, Any]) -> None:
    assert gaps(FIRESTORE, Backup.plans, data) == ((), [Reason.NOT_ASKED, Reason.SHAPE])


@pytest.mark.parametrize(
    ("times", "days"), [({"dailyRecurrence": {}}, 1), ({"weeklyRecurrence": {"day": "SUNDAY"}}, 7)]
)
def test_firestore_schedules(times: dict[str, Any], days: int) -> None:
    (plan,) = items(SAVES, Backup.plans, {"retention": "8467200s", **times})
    assert (plan.retention, plan.every) == (Duration.of(98), Duration.of(days))
    assert isinstance(plan.places, Unknown)
    assert gaps(SAVES, Backup.plans, {"retention": "8467200s"}) == ((), [Reason.SHAPE])
    assert gaps(SAVES, Backup.plans, times) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("kind", "database", "data"),
    [
        (SCHEDULE, f"{SPANNER}/databases/orders", {"retentionDuration": "604800s"}),
        (SAVES, f"//firestore.googleapis.com/{PROJECT}/databases/app", {"retention": "604800s", "dailyRecurrence": {}}),
    ],
)
def test_a_schedule_covers_its_database(kind: str, database: str, data: dict[str, Any]) -> None:
    name = f"{database}/backupSchedules/s"
    (cover,) = items(kind, Protection.covers, data, name)
    (plan,) = items(kind, Backup.plans, data, name)
    assert (cover.plan, cover.refs) == (plan, (database,))
    (unclear,) = items(kind, Protection.covers, {}, name)
    assert isinstance(unclear.plan, Unknown)
    assert gaps(kind, Protection.covers, data, database) == ((), [Reason.SHAPE])
    (covered,) = [each for each in TYPES.values() if kind in each.covered_by]
    assert covered.name in {DATABASE, FIRESTORE}


def test_firestore_backups_tell_no_key() -> None:
    assert reason(SAVED, EncryptionAtRest.owner, {}) is Reason.NOT_ASKED
    assert reason(SAVED, EncryptionAtRest.key, {}) is Reason.NOT_ASKED


def test_bigtable_clusters_hold_the_data() -> None:
    assert items(CLUSTER, Location.homes, {"location": f"{PROJECT}/locations/europe-west2-a"}) == (LONDON,)
    assert items(CLUSTER, Location.copies, {}) == ()
    assert gaps(CLUSTER, Location.homes, {}) == ((), [Reason.SHAPE])
    assert {Location, EncryptionAtRest, Backup, Lineage} <= TYPES[BIGTABLE].without.keys()
    assert {Location, EncryptionAtRest} <= TYPES[TABLE].without.keys()


@pytest.mark.parametrize("field", ["automatedBackupPolicy", "effectiveAutomatedBackupPolicy"])
def test_bigtable_backups(field: str) -> None:
    zones = [f"{PROJECT}/locations/europe-west2-a", f"{PROJECT}/locations/europe-west2-b"]
    (plan,) = items(TABLE, Backup.plans, {field: {"retentionPeriod": "604800s", "locations": zones}})
    assert plan == Plan(PlanKind.SNAPSHOT, Duration.of(7), Duration.of(1), (LONDON,), encrypted=True, immutable=False)
    (plan,) = items(TABLE, Backup.plans, {field: {"retentionPeriod": "604800s", "frequency": "43200s"}})
    assert plan.every == Duration.of(12, "hour")
    assert isinstance(plan.places, Unknown)
    assert items(TABLE, Backup.plans, {field: {"disabled": True}}) == ()


def test_the_policy_in_effect_wins() -> None:
    own, effective = {"retentionPeriod": "259200s"}, {"retentionPeriod": "604800s"}
    data = {"automatedBackupPolicy": own, "effectiveAutomatedBackupPolicy": effective}
    (plan,) = items(TABLE, Backup.plans, data)
    assert plan.retention == Duration.of(7)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"automatedBackupPolicy": {}},
        {"automatedBackupPolicy": {"retentionPeriod": "3 days"}},
        {"automatedBackupPolicy": {"retentionPeriod": "259200s", "disabled": "no"}},
        {"automatedBackupPolicy": {"retentionPeriod": "259200s", "locations": "europe-west2-a"}},
    ],
)
def test_bigtable_backups_that_are_not_understood(data: dict[str, Any]) -> None:
    assert gaps(TABLE, Backup.plans, data) == ((), [Reason.SHAPE])


@pytest.mark.parametrize("kind", [INSTANCE, BIGTABLE])
def test_labels(kind: str) -> None:
    assert value(kind, Tagging.tags, {"labels": {"env": "prod"}}) == {"env": "prod"}
    assert value(kind, Tagging.tags, {}) == {}
    assert reason(kind, Tagging.tags, {"labels": ["env"]}) is Reason.SHAPE


@pytest.mark.parametrize("kind", [DATABASE, BACKUP, SCHEDULE, FIRESTORE, SAVED, SAVES, CLUSTER, TABLE, COPY])
def test_what_has_no_labels(kind: str) -> None:
    assert value(kind, Tagging.tags, {}) == {}
