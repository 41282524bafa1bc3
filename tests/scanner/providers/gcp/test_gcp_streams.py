"""Kafka, Datastream, Dataproc Metastore and Workbench: from assets to the states of facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    FOREVER,
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    RecoveryPoint,
    Source,
    Unknown,
)
from tests.scanner.providers.gcp.policies import ABOVE, binding, policy
from tests.scanner.providers.gcp.states import KMS, LONDON, PROJECT, Data, gaps, items, reason, refs, state, value

KAFKA, STREAM, NOTEBOOK = "gcp.managedkafka.cluster", "gcp.datastream.stream", "gcp.notebooks.instance"
META, SAVED = "gcp.metastore.service", "gcp.metastore.backup"
HERE = f"{PROJECT}/locations/europe-west2"
SERVICE = f"//metastore.googleapis.com/{HERE}/services/hive"
NAMES = {
    KAFKA: f"//managedkafka.googleapis.com/{HERE}/clusters/events",
    STREAM: f"//datastream.googleapis.com/{HERE}/streams/orders",
    META: SERVICE,
    SAVED: f"{SERVICE}/backups/monday",
    NOTEBOOK: f"//notebooks.googleapis.com/{PROJECT}/locations/europe-west2-a/instances/desk",
}
KEYS: dict[str, Data] = {
    KAFKA: {"gcpConfig": {"kmsKey": KMS}},
    STREAM: {"customerManagedEncryptionKey": KMS},
    META: {"encryptionConfig": {"kmsKey": KMS}},
    SAVED: {"serviceRevision": {"encryptionConfig": {"kmsKey": KMS}}},
    NOTEBOOK: {"gceSetup": {"bootDisk": {"diskEncryption": "CMEK", "kmsKey": KMS}}},
}


@pytest.mark.parametrize("kind", NAMES)
def test_where_each_is_and_by_which_key(kind: str) -> None:
    assert items(kind, Location.homes, {}, NAMES[kind]) == (LONDON,)
    assert gaps(kind, Location.homes, {}) == ((), [Reason.SHAPE])
    assert value(kind, EncryptionAtRest.state, {}) is AtRest.ENCRYPTED
    for data, owner, key in ((KEYS[kind], KeyOwner.CUSTOMER, KMS), ({}, KeyOwner.PROVIDER, "provider")):
        assert (value(kind, EncryptionAtRest.owner, data), value(kind, EncryptionAtRest.key, data)) == (owner, key)


@pytest.mark.parametrize("kind", [KAFKA, SAVED, NOTEBOOK])
def test_what_has_no_copies(kind: str) -> None:
    assert items(kind, Location.copies, {}) == ()


@pytest.mark.parametrize(
    ("disk", "why"),
    [
        ({"diskEncryption": "CMEK"}, Reason.SHAPE),
        ({"diskEncryption": "GMEK", "kmsKey": KMS}, None),
        ({"diskEncryption": "XOR", "kmsKey": KMS}, Reason.SHAPE),
    ],
)
def test_the_method_tells_whether_a_key_counts(disk: Data, why: Reason | None) -> None:
    data = {"gceSetup": {"bootDisk": disk}}
    if why:
        assert reason(NOTEBOOK, EncryptionAtRest.key, data) is why
    else:
        assert value(NOTEBOOK, EncryptionAtRest.key, data) == "provider"


def test_clusters_of_kafka() -> None:
    assert value(KAFKA, EncryptionInTransit.plaintext, {}) is False
    assert value(KAFKA, Exposure.public, {}) is False
    assert reason(KAFKA, Exposure.public, {"publicClusterDetails": {}}) is Reason.UNDECIDED


def test_the_ends_of_a_stream_are_not_read() -> None:
    assert gaps(STREAM, Location.copies, {}) == ((), [Reason.NOT_ASKED])
    assert gaps(STREAM, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])


@pytest.mark.parametrize("data", [{}, {"scheduledBackup": {}}, {"scheduledBackup": {"enabled": False}}])
def test_a_metastore_without_scheduled_backups(data: Data) -> None:
    assert items(META, Backup.plans, data) == ()


def test_scheduled_backups_of_a_metastore() -> None:
    (plan,) = items(META, Backup.plans, {"scheduledBackup": {"enabled": True, "cronSchedule": "0 1 * * *"}})
    assert all(isinstance(part, Unknown) for part in (plan.retention, plan.every, plan.places))
    assert gaps(META, Backup.plans, {"scheduledBackup": {"enabled": "yes"}}) == ((), [Reason.SHAPE])
    assert reason(META, EncryptionInTransit.plaintext, {}) is Reason.NOT_ASKED


def test_a_backup_of_a_metastore() -> None:
    (plan,) = items(SAVED, Backup.plans, {}, NAMES[SAVED])
    assert (plan.retention, plan.places) == (FOREVER, (LONDON,))
    assert refs(items(SAVED, Lineage.origins, {}, NAMES[SAVED])) == [SERVICE]
    assert items(SAVED, RecoveryPoint.sources, {}, NAMES[SAVED]) == (Source(SERVICE),)
    assert gaps(SAVED, Lineage.origins, {}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("setup", "grants", "public"),
    [
        ({"disablePublicIp": True}, (), False),
        ({"disablePublicIp": False}, (), Reason.UNDECIDED),
        ({}, (), Reason.UNDECIDED),
        ({"disablePublicIp": "yes"}, (), Reason.SHAPE),
        ({"disablePublicIp": True}, ("allAuthenticatedUsers",), True),
    ],
)
def test_who_reaches_a_workbench(setup: Data, grants: tuple[str, ...], public: Any) -> None:
    policies = (policy(NAMES[NOTEBOOK], binding("roles/notebooks.viewer", *grants)), *ABOVE)
    found: Any = state(NOTEBOOK, Exposure.public, {"gceSetup": setup}, NAMES[NOTEBOOK], policies=policies)
    assert (found.reason if isinstance(found, Unknown) else found.value) is public
