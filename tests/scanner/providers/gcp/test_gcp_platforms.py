"""Health records, Vertex AI, Dataproc, Composer and Backup for GKE: from assets to the states of facts."""

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
    Protection,
    Reason,
    Tagging,
    Unknown,
)
from tests.scanner.providers.gcp.states import (
    FRANKFURT,
    KMS,
    LONDON,
    PROJECT,
    TYPES,
    gaps,
    items,
    reason,
    refs,
    value,
)

FHIR, DICOM, HL7 = "gcp.healthcare.fhir-store", "gcp.healthcare.dicom-store", "gcp.healthcare.hl7v2-store"
VERTEX = tuple(f"gcp.vertexai.{name}" for name in ("dataset", "model", "endpoint", "index"))
_, MODEL, ENDPOINT, _ = VERTEX
DATAPROC, COMPOSER = "gcp.dataproc.cluster", "gcp.composer.environment"
SAVED, PLAN = "gcp.gkebackup.backup", "gcp.gkebackup.backup-plan"
HERE, ELSEWHERE = f"{PROJECT}/locations/europe-west2", f"{PROJECT}/locations/europe-west3"
NAMES = {
    FHIR: f"//healthcare.googleapis.com/{HERE}/datasets/ward/fhirStores/s",
    DICOM: f"//healthcare.googleapis.com/{HERE}/datasets/ward/dicomStores/s",
    HL7: f"//healthcare.googleapis.com/{HERE}/datasets/ward/hl7V2Stores/s",
    **dict.fromkeys(VERTEX, f"//aiplatform.googleapis.com/{HERE}/things/1"),
    DATAPROC: f"//dataproc.googleapis.com/{PROJECT}/regions/europe-west2/clusters/c",
    COMPOSER: f"//composer.googleapis.com/{HERE}/environments/e",
    SAVED: f"//gkebackup.googleapis.com/{HERE}/backupPlans/p/backups/b",
}
SALES = "//bigquery.googleapis.com/projects/acme-prod/datasets/sales"


@pytest.mark.parametrize("kind", NAMES)
def test_each_is_in_the_place_in_its_name(kind: str) -> None:
    assert items(kind, Location.homes, {}, NAMES[kind]) == (LONDON,)
    assert gaps(kind, Location.homes, {}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        *((kind, {"encryptionSpec": {"kmsKeyName": KMS}}) for kind in VERTEX),
        (DATAPROC, {"config": {"encryptionConfig": {"gcePdKmsKeyName": KMS}}}),
        (DATAPROC, {"config": {"encryptionConfig": {"kmsKey": KMS}}}),
        (COMPOSER, {"config": {"encryptionConfig": {"kmsKeyName": KMS}}}),
        (SAVED, {"encryptionKey": {"gcpKmsEncryptionKey": KMS}}),
    ],
)
def test_keys(kind: str, data: dict[str, Any]) -> None:
    assert value(kind, EncryptionAtRest.state, data) is AtRest.ENCRYPTED
    assert value(kind, EncryptionAtRest.owner, data) is KeyOwner.CUSTOMER
    assert value(kind, EncryptionAtRest.key, data) == KMS
    assert value(kind, EncryptionAtRest.owner, {}) is KeyOwner.PROVIDER
    assert value(kind, EncryptionAtRest.key, {}) == "provider"


@pytest.mark.parametrize("kind", [FHIR, DICOM, HL7])
def test_stores_of_health_records_have_the_key_of_their_dataset(kind: str) -> None:
    assert "dataset" in TYPES[kind].without[EncryptionAtRest]
    assert gaps(kind, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])
    assert items(kind, Location.copies, {}) == ()


def streams(destination: dict[str, Any]) -> dict[str, Any]:
    return {"streamConfigs": [destination]}


@pytest.mark.parametrize(
    ("kind", "data", "ref"),
    [
        (FHIR, streams({"bigqueryDestination": {"datasetUri": "bq://acme-prod.sales"}}), SALES),
        (DICOM, streams({"bigqueryDestination": {"tableUri": "bq://acme-prod.sales.scans"}}), f"{SALES}/tables/scans"),
        (
            FHIR,
            {"notificationConfigs": [{"pubsubTopic": f"{PROJECT}/topics/t", "sendFullResource": True}]},
            f"//pubsub.googleapis.com/{PROJECT}/topics/t",
        ),
        (
            FHIR,
            {"notificationConfigs": [{"pubsubTopic": f"{PROJECT}/topics/t", "sendPreviousResourceOnDelete": True}]},
            f"//pubsub.googleapis.com/{PROJECT}/topics/t",
        ),
    ],
)
def test_what_a_store_streams_elsewhere(kind: str, data: dict[str, Any], ref: str) -> None:
    (copy,) = items(kind, Location.copies, data)
    assert (copy.kind, copy.ref) == (CopyKind.REPLICA, ref)
    assert isinstance(copy.place, Unknown)


def test_a_store_of_cleaned_records() -> None:
    told = f"{ELSEWHERE}/datasets/research/fhirStores/clean"
    data = streams({"deidentifiedStoreDestination": {"store": told}})
    expected = Copy(CopyKind.REPLICA, FRANKFURT, f"//healthcare.googleapis.com/{told}")
    assert items(FHIR, Location.copies, data) == (expected,)
    nowhere = streams({"deidentifiedStoreDestination": {"store": "elsewhere"}})
    assert gaps(FHIR, Location.copies, nowhere) == ((), [Reason.SHAPE])


def test_notifications_carry_names_only() -> None:
    for note in ({"pubsubTopic": "t"}, {"pubsubTopic": "t", "sendFullResource": False}):
        assert items(FHIR, Location.copies, {"notificationConfigs": [note]}) == ()
    odd = {"notificationConfigs": [{"pubsubTopic": "t", "sendFullResource": "yes"}]}
    assert gaps(FHIR, Location.copies, odd) == ((), [Reason.SHAPE])


@pytest.mark.parametrize("told", ["bq://acme-prod", "gs://acme/x", 7])
def test_streams_that_are_not_understood(told: object) -> None:
    assert gaps(FHIR, Location.copies, streams({"bigqueryDestination": {"datasetUri": told}})) == ((), [Reason.SHAPE])
    assert gaps(DICOM, Location.copies, streams({"bigqueryDestination": {"tableUri": told}})) == ((), [Reason.SHAPE])


def logging(enabled: object, told: str) -> dict[str, Any]:
    config = {"enabled": enabled, "bigqueryDestination": {"outputUri": told}}
    return {"predictRequestResponseLoggingConfig": config}


def test_requests_that_an_endpoint_logs() -> None:
    (copy,) = items(ENDPOINT, Location.copies, logging(True, "bq://acme-prod.sales.asked"))
    assert (copy.kind, copy.ref) == (CopyKind.LOG_SINK, f"{SALES}/tables/asked")
    assert isinstance(copy.place, Unknown)
    assert items(ENDPOINT, Location.copies, logging(False, "bq://acme-prod.sales.asked")) == ()
    assert items(ENDPOINT, Location.copies, {}) == ()
    assert gaps(ENDPOINT, Location.copies, logging(True, "bq://acme-prod")) == ((), [Reason.SHAPE])
    assert gaps(ENDPOINT, Location.copies, logging(None, "bq://acme-prod.sales.asked")) == ((), [Reason.SHAPE])


def test_what_a_model_is_made_of() -> None:
    origins, why = gaps(MODEL, Lineage.origins, {"artifactUri": "gs://acme-models/one"})
    assert (refs(origins), why) == (["//storage.googleapis.com/acme-models"], [Reason.NOT_ASKED])
    assert gaps(MODEL, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])
    assert gaps(MODEL, Lineage.origins, {"artifactUri": 1}) == ((), [Reason.SHAPE])
    for kind in VERTEX:
        if kind != ENDPOINT:
            assert items(kind, Location.copies, {}) == ()
        if kind != MODEL:
            assert gaps(kind, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])


def test_the_buckets_of_a_dataproc_cluster() -> None:
    config = {"configBucket": "acme-staging", "tempBucket": "acme-temp", "diagnosticBucket": "acme-doctor"}
    found = items(DATAPROC, Location.copies, {"config": config})
    assert refs(found) == [f"//storage.googleapis.com/{name}" for name in config.values()]
    assert all(isinstance(copy.place, Unknown) for copy in found)
    assert gaps(DATAPROC, Location.copies, {"config": {"tempBucket": 7}}) == ((), [Reason.SHAPE])


def test_a_dataproc_cluster_on_kubernetes_tells_neither_key_nor_buckets() -> None:
    data = {"virtualClusterConfig": {"stagingBucket": "acme-staging"}}
    assert gaps(DATAPROC, Location.copies, data) == ((), [Reason.NOT_ASKED])
    assert reason(DATAPROC, EncryptionAtRest.owner, data) is Reason.NOT_ASKED
    assert reason(DATAPROC, EncryptionAtRest.key, data) is Reason.NOT_ASKED


@pytest.mark.parametrize(("inside", "why"), [(False, Reason.NOT_ASKED), (None, Reason.SHAPE), ("no", Reason.SHAPE)])
def test_exposure_of_a_dataproc_cluster(inside: object, why: Reason) -> None:
    assert reason(DATAPROC, Exposure.public, {"config": {"gceClusterConfig": {"internalIpOnly": inside}}}) is why
    assert value(DATAPROC, Exposure.public, {"config": {"gceClusterConfig": {"internalIpOnly": True}}}) is False


def test_the_rest_of_a_dataproc_cluster() -> None:
    for fact in EncryptionInTransit.questions():
        assert reason(DATAPROC, fact, {}) is Reason.NOT_ASKED
    assert gaps(DATAPROC, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])
    newer = {"config": {"encryptionConfig": {"kmsKey": KMS, "gcePdKmsKeyName": "old"}}}
    assert value(DATAPROC, EncryptionAtRest.key, newer) == KMS


def snapshots(**config: Any) -> dict[str, Any]:
    return {"config": {"recoveryConfig": {"scheduledSnapshotsConfig": config}}}


def test_composer() -> None:
    data = snapshots(enabled=True, snapshotLocation="gs://acme-saved/e") | {"storageConfig": {"bucket": "acme-flow"}}
    own, saved = items(COMPOSER, Location.copies, data)
    assert (own.kind, own.ref) == (CopyKind.REPLICA, "//storage.googleapis.com/acme-flow")
    assert (saved.kind, saved.ref) == (CopyKind.SNAPSHOT, "//storage.googleapis.com/acme-saved")
    # An older environment tells only where its workflows are, in the same bucket.
    (older,) = items(COMPOSER, Location.copies, {"config": {"dagGcsPrefix": "gs://acme-flow/dags"}})
    assert older == own
    (plan,) = items(COMPOSER, Backup.plans, data)
    assert plan.kind is PlanKind.SNAPSHOT
    assert all(isinstance(part, Unknown) for part in (plan.retention, plan.every, plan.places))


def test_composer_without_snapshots() -> None:
    for data in ({}, snapshots(enabled=False, snapshotLocation="gs://acme-saved/e")):
        assert items(COMPOSER, Location.copies, data) == ()
        assert items(COMPOSER, Backup.plans, data) == ()
    assert gaps(COMPOSER, Location.copies, snapshots(enabled=True)) == ((), [Reason.SHAPE])
    assert gaps(COMPOSER, Backup.plans, snapshots(enabled="yes")) == ((), [Reason.SHAPE])


TIMES = {"createTime": "2026-01-12T09:00:00Z", "retainExpireTime": "2026-01-26T09:00:00Z"}


@pytest.mark.parametrize(
    ("data", "kept"),
    [({"retainDays": 14, **TIMES}, Duration.of(14)), ({"retainDays": 0}, FOREVER), (TIMES, None), ({}, None)],
)
def test_a_backup_of_a_cluster(data: dict[str, Any], kept: Duration | None) -> None:
    (plan,) = items(SAVED, Backup.plans, data, NAMES[SAVED])
    assert (plan.kind, plan.places) == (PlanKind.SNAPSHOT, (LONDON,))
    assert plan.retention == kept if kept else isinstance(plan.retention, Unknown)


@pytest.mark.parametrize(("lock", "immutable"), [("2026-01-26T09:00:00Z", True), ("2026-01-13T09:00:00Z", False)])
def test_the_lock_of_a_backup(lock: str, immutable: bool) -> None:
    (plan,) = items(SAVED, Backup.plans, {**TIMES, "deleteLockExpireTime": lock}, NAMES[SAVED])
    assert plan.immutable is immutable
    (plan,) = items(SAVED, Backup.plans, TIMES, NAMES[SAVED])
    assert isinstance(plan.immutable, Unknown)


def test_the_cluster_of_a_backup() -> None:
    found = items(SAVED, Lineage.origins, {"clusterMetadata": {"cluster": f"{HERE}/clusters/shop"}})
    assert refs(found) == [f"//container.googleapis.com/{HERE}/clusters/shop"]
    assert gaps(SAVED, Lineage.origins, {}) == ((), [Reason.SHAPE])
    assert gaps(SAVED, Location.copies, {}) == ((), [Reason.NOT_ASKED])


NAME_OF_PLAN = f"//gkebackup.googleapis.com/{HERE}/backupPlans/p"
DAILY = {"backupSchedule": {"rpoConfig": {"targetRpoMinutes": 1440}}}


@pytest.mark.parametrize(
    ("policy", "kept"),
    [({"backupRetainDays": 14}, Duration.of(14)), ({"backupRetainDays": 0}, FOREVER), ({}, FOREVER)],
)
def test_plans_of_backups_of_clusters(policy: dict[str, int], kept: Duration) -> None:
    found = items(PLAN, Backup.plans, {**DAILY, "retentionPolicy": policy}, NAME_OF_PLAN)
    assert found == (Plan(PlanKind.SNAPSHOT, kept, Duration.of(1), (LONDON,), encrypted=True, immutable=False),)


@pytest.mark.parametrize(
    ("policy", "immutable"),
    [
        ({"backupRetainDays": 14, "backupDeleteLockDays": 14}, True),
        ({"backupRetainDays": 14, "backupDeleteLockDays": 13}, False),
        ({"backupDeleteLockDays": 90}, False),
        ({"backupRetainDays": 14}, False),
        ({"backupRetainDays": 14, "backupDeleteLockDays": "two"}, Reason.SHAPE),
    ],
)
def test_whether_backups_of_clusters_can_be_deleted(policy: dict[str, Any], immutable: bool | Reason) -> None:
    (plan,) = items(PLAN, Backup.plans, {**DAILY, "retentionPolicy": policy}, NAME_OF_PLAN)
    assert (plan.immutable.reason if isinstance(plan.immutable, Unknown) else plan.immutable) is immutable


def test_a_plan_covers_its_cluster() -> None:
    data = {**DAILY, "cluster": f"{PROJECT}/locations/europe-west2-a/clusters/shop"}
    (cover,) = items(PLAN, Protection.covers, data, NAME_OF_PLAN)
    (plan,) = items(PLAN, Backup.plans, data, NAME_OF_PLAN)
    # A cluster of one zone is named by "zones" in the inventory.
    own = f"//container.googleapis.com/{PROJECT}"
    assert cover.refs == (f"{own}/locations/europe-west2-a/clusters/shop", f"{own}/zones/europe-west2-a/clusters/shop")
    assert cover.plan == plan
    assert items(PLAN, Protection.covers, data | {"deactivated": True}, NAME_OF_PLAN) == ()
    assert gaps(PLAN, Protection.covers, DAILY, NAME_OF_PLAN) == ((), [Reason.SHAPE])
    # One that is not understood concerns its own cluster alone.
    odd = data | {"backupSchedule": {"rpoConfig": {"targetRpoMinutes": "daily"}}}
    (unclear,) = items(PLAN, Protection.covers, odd, NAME_OF_PLAN)
    assert isinstance(unclear.plan, Unknown)
    assert unclear.refs == cover.refs
    assert TYPES["gcp.gke.cluster"].covered_by == (PLAN,)


def test_plans_by_cron_by_hand_and_paused() -> None:
    (plan,) = items(PLAN, Backup.plans, {"backupSchedule": {"cronSchedule": "0 3 * * *"}}, NAME_OF_PLAN)
    assert isinstance(plan.every, Unknown)
    assert items(PLAN, Backup.plans, {}, NAME_OF_PLAN) == ()
    paused = {"backupSchedule": {"cronSchedule": "0 3 * * *", "paused": True}}
    assert items(PLAN, Backup.plans, paused, NAME_OF_PLAN) == ()
    assert items(PLAN, Backup.plans, {**DAILY, "deactivated": True}, NAME_OF_PLAN) == ()
    assert len(items(PLAN, Backup.plans, {**DAILY, "deactivated": False}, NAME_OF_PLAN)) == 1
    odd = {"backupSchedule": {"cronSchedule": "0 3 * * *", "paused": "no"}}
    assert gaps(PLAN, Backup.plans, odd, NAME_OF_PLAN) == ((), [Reason.SHAPE])


@pytest.mark.parametrize("kind", [*NAMES, PLAN])
def test_labels(kind: str) -> None:
    assert value(kind, Tagging.tags, {"labels": {"env": "prod"}}) == {"env": "prod"}
    assert value(kind, Tagging.tags, {}) == {}
    assert reason(kind, Tagging.tags, {"labels": ["env"]}) is Reason.SHAPE
