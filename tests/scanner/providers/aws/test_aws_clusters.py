"""DocumentDB, Neptune and the automated backups of RDS: from replies to facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    Reason,
    Tagging,
    Tls,
)
from scanner.providers.aws.clusters import (
    DOCDB_CLUSTER,
    DOCDB_INSTANCE,
    DOCDB_SNAPSHOT,
    NEPTUNE_CLUSTER,
    NEPTUNE_INSTANCE,
    NEPTUNE_SNAPSHOT,
)
from scanner.providers.aws.rds_backups import CLUSTER_BACKUP, INSTANCE_BACKUP
from tests.scanner.providers.aws.states import FAILED, KEY, OWN_KEY, REFUSED, UNASKED, copies, plans, refs, told

RDS = "arn:aws:rds:eu-west-2:111111111111"
ITEM: dict[str, Any] = {"Engine": "docdb", "DBClusterArn": f"{RDS}:cluster:shop", "StorageEncrypted": True}
NO_GLOBAL: dict[str, Any] = {"global": {"GlobalClusters": []}}
CLUSTERS = pytest.mark.parametrize("kind", [DOCDB_CLUSTER, NEPTUNE_CLUSTER])
INSTANCES = pytest.mark.parametrize("kind", [DOCDB_INSTANCE, NEPTUNE_INSTANCE])
SNAPSHOTS = pytest.mark.parametrize("kind", [DOCDB_SNAPSHOT, NEPTUNE_SNAPSHOT])


def _group(value: object, name: str = "tls") -> dict[str, Any]:
    other = {"ParameterName": "audit_logs", "ParameterValue": "disabled"}
    return {"Parameters": [other, {"ParameterName": name, "ParameterValue": value}]}


def _members(*statuses: object) -> dict[str, Any]:
    return {"DBClusterMembers": [{"DBClusterParameterGroupStatus": each} for each in statuses]}


@pytest.mark.parametrize(
    ("members", "reply", "plaintext", "lowest"),
    [
        (_members("in-sync"), _group("enabled"), False, Tls.V1_0),
        (_members("in-sync", "in-sync"), _group("tls1.2+"), False, Tls.V1_2),
        ({}, _group("tls1.3+"), False, Tls.V1_3),
        ({}, _group("fips-140-3"), False, Reason.UNDECIDED),
        ({}, _group("disabled"), True, Inapplicable),
        ({}, _group("later"), Reason.SHAPE, Reason.SHAPE),
        ({}, _group("enabled", "ttl_monitor"), Reason.SHAPE, Reason.SHAPE),
        (_members("in-sync", "pending-reboot"), _group("enabled"), Reason.UNDECIDED, Reason.UNDECIDED),
        ({}, REFUSED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_docdb_in_transit(members: dict[str, Any], reply: object, plaintext: object, lowest: object) -> None:
    item, replies = {**ITEM, **members}, {"parameters": reply}
    assert told(DOCDB_CLUSTER, EncryptionInTransit.plaintext, item, replies) == plaintext
    assert told(DOCDB_CLUSTER, EncryptionInTransit.minimum_tls, item, replies) == lowest


def test_neptune_speaks_https_only() -> None:
    assert told(NEPTUNE_CLUSTER, EncryptionInTransit.plaintext, ITEM) is False
    assert told(NEPTUNE_CLUSTER, EncryptionInTransit.minimum_tls, ITEM) is Tls.V1_2
    assert "parameters" not in NEPTUNE_CLUSTER.ask


@pytest.mark.parametrize(
    ("kind", "fields", "key", "state", "owner", "name"),
    [
        (kind, *case)
        for kind in (DOCDB_CLUSTER, NEPTUNE_CLUSTER, DOCDB_SNAPSHOT, NEPTUNE_SNAPSHOT)
        for case in (
            ({"StorageEncrypted": True, "KmsKeyId": KEY}, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
            ({"StorageEncrypted": False}, UNASKED, AtRest.NONE, Inapplicable, Inapplicable),
            (
                {"StorageEncrypted": False, "StorageEncryptionType": "sse-rds"},
                UNASKED,
                AtRest.ENCRYPTED,
                KeyOwner.PROVIDER,
                "provider",
            ),
            ({"StorageEncryptionType": "new"}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
            ({}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        )
    ],
)
def test_at_rest(
    kind: ResourceType, fields: dict[str, object], key: object, state: object, owner: object, name: object
) -> None:
    assert told(kind, EncryptionAtRest.state, fields, {"key": key}) == state
    assert told(kind, EncryptionAtRest.owner, fields, {"key": key}) == owner
    assert told(kind, EncryptionAtRest.key, fields, {"key": key}) == name


@CLUSTERS
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"BackupRetentionPeriod": 14}, ("continuous", "14 days", "1 day", ("aws:eu-west-2",), True)),
        ({}, Reason.SHAPE),
    ],
)
def test_backups_of_a_cluster(kind: ResourceType, fields: dict[str, object], expected: object) -> None:
    assert plans(kind, Backup.plans, {**ITEM, **fields}) == [expected]
    assert kind.covered_by == ("aws.backup.plan",)


FAR = "arn:aws:rds:us-east-1:111111111111:cluster:shop"


def _global(*members: tuple[str, bool]) -> dict[str, Any]:
    listed = [{"DBClusterArn": arn, "IsWriter": writer} for arn, writer in members]
    return {"global": {"GlobalClusters": [{"GlobalClusterMembers": listed}]}}


@CLUSTERS
@pytest.mark.parametrize(
    ("fields", "reply", "far", "origins"),
    [
        ({}, NO_GLOBAL, [], []),
        ({}, _global((ITEM["DBClusterArn"], False), (FAR, True)), [("replica", "aws:us-east-1", FAR)], [FAR]),
        ({}, _global((ITEM["DBClusterArn"], True), (FAR, False)), [("replica", "aws:us-east-1", FAR)], []),
        ({}, _global((FAR, True)), [], []),
        ({"ReadReplicaIdentifiers": [FAR]}, NO_GLOBAL, [("replica", "aws:us-east-1", FAR)], []),
        ({"ReplicationSourceIdentifier": FAR}, NO_GLOBAL, [], [FAR]),
        ({}, {"global": REFUSED}, [Reason.REFUSED], [Reason.REFUSED]),
    ],
)
def test_copies_and_origins_of_a_cluster(
    kind: ResourceType, fields: dict[str, object], reply: dict[str, Any], far: object, origins: list[object]
) -> None:
    assert copies(kind, Location.copies, {**ITEM, **fields}, reply) == far
    found = refs(kind, Lineage.origins, {**ITEM, **fields}, reply)
    assert sorted(found, key=str) == sorted([Reason.NOT_ASKED, *origins], key=str)
    assert told(kind, Location.homes, ITEM) == ["aws:eu-west-2"]


@INSTANCES
def test_an_instance_has_its_home_and_the_rest_is_the_clusters(kind: ResourceType) -> None:
    assert told(kind, Location.homes, {"AvailabilityZone": "eu-west-2b"}) == ["aws:eu-west-2"]
    assert told(kind, Location.homes, {}) == [Reason.SHAPE]
    facts = (Location.copies, Backup.plans, Lineage.origins, EncryptionInTransit.plaintext, EncryptionAtRest.state)
    assert {told(kind, fact, {}) for fact in facts} == {Inapplicable}
    assert LogStore in kind.without


@pytest.mark.parametrize(
    ("kind", "flagged", "public"),
    [
        (DOCDB_INSTANCE, True, False),
        (NEPTUNE_INSTANCE, False, False),
        (NEPTUNE_INSTANCE, True, Reason.UNDECIDED),
        (NEPTUNE_INSTANCE, None, Reason.SHAPE),
    ],
)
def test_an_instance_may_have_a_public_address(kind: ResourceType, flagged: object, public: object) -> None:
    assert told(kind, Exposure.public, {"PubliclyAccessible": flagged}) == public


def test_the_certificate_is_the_instances() -> None:
    expires = {"CertificateDetails": {"ValidTill": "2027-08-22T17:08:50+00:00"}}
    moment = datetime(2027, 8, 22, 17, 8, 50, tzinfo=UTC)
    assert told(DOCDB_INSTANCE, EncryptionInTransit.certificate_expires, expires) == moment
    assert told(DOCDB_INSTANCE, EncryptionInTransit.certificate_expires, {}) is Reason.SHAPE
    for kind in (DOCDB_CLUSTER, NEPTUNE_CLUSTER, NEPTUNE_INSTANCE):
        assert told(kind, EncryptionInTransit.certificate_expires, expires) is Inapplicable


SAVED = {
    "DBClusterSnapshotArn": f"{RDS}:cluster-snapshot:s",
    "DBClusterIdentifier": "shop",
    "SnapshotType": "manual",
    "StorageEncrypted": True,
    "DBClusterSnapshotIdentifier": "saved",
}
POINT = ("snapshot", "forever", "undecided", ("aws:eu-west-2",), True)


@SNAPSHOTS
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, POINT),
        ({"SnapshotType": "automated"}, ("snapshot", "not_asked", *POINT[2:])),
        ({"SnapshotType": "awsbackup"}, ("snapshot", "not_asked", *POINT[2:])),
        ({"DBClusterSnapshotIdentifier": "awsbackup:job-1"}, ("snapshot", "not_asked", *POINT[2:])),
        ({"DBClusterSnapshotIdentifier": None}, Reason.SHAPE),
        ({"SnapshotType": "odd"}, Reason.SHAPE),
        ({"StorageEncrypted": None}, (*POINT[:4], Reason.SHAPE)),
    ],
)
def test_a_snapshot_is_a_recovery_point(kind: ResourceType, change: dict[str, object], expected: object) -> None:
    assert plans(kind, Backup.plans, {**SAVED, **change}) == [expected]
    assert refs(kind, Lineage.origins, {**SAVED, **change}) == [f"{RDS}:cluster:shop"]


@SNAPSHOTS
@pytest.mark.parametrize(
    ("change", "values", "public"),
    [({}, ["all"], True), ({}, ["222222222222"], False), ({"SnapshotType": "automated"}, ["all"], False)],
)
def test_a_snapshot_is_public_if_all_may_restore_it(
    kind: ResourceType, change: dict[str, object], values: object, public: object
) -> None:
    attributes = [{"AttributeName": "restore", "AttributeValues": values}]
    reply = {"DBClusterSnapshotAttributesResult": {"DBClusterSnapshotAttributes": attributes}}
    assert told(kind, Exposure.public, {**SAVED, **change}, {"attributes": reply}) is public
    assert told(kind, Exposure.public, SAVED, {"attributes": FAILED}) is Reason.FAILED


@pytest.mark.parametrize(
    "kind",
    [DOCDB_CLUSTER, DOCDB_INSTANCE, DOCDB_SNAPSHOT, NEPTUNE_CLUSTER, NEPTUNE_INSTANCE, NEPTUNE_SNAPSHOT],
)
def test_tags(kind: ResourceType) -> None:
    reply = {"TagList": [{"Key": "env", "Value": "prod"}]}
    assert told(kind, Tagging.tags, {}, {"tags": reply}) == {"env": "prod"}
    assert told(kind, Tagging.tags, {}, {"tags": {}}) == {}
    assert told(kind, Tagging.tags, {}, {"tags": REFUSED}) is Reason.REFUSED


BACKUP = {
    "DbiResourceId": "db-1",
    "DBInstanceArn": "arn:aws:rds:eu-west-1:111111111111:db:orders",
    "Region": "eu-west-1",
    "Encrypted": True,
    "BackupRetentionPeriod": 35,
}
DAILY = ("continuous", "35 days", "1 day", ("aws:eu-west-2",), True)


@pytest.mark.parametrize(
    ("change", "homes", "expected"),
    [
        ({}, ["aws:eu-west-2"], DAILY),
        ({"BackupTarget": "region"}, ["aws:eu-west-2"], DAILY),
        ({"Encrypted": False}, ["aws:eu-west-2"], (*DAILY[:4], False)),
        ({"BackupTarget": "outposts"}, [Reason.UNDECIDED], (*DAILY[:3], Reason.UNDECIDED, True)),
        ({"BackupTarget": "local"}, [Reason.UNDECIDED], (*DAILY[:3], Reason.UNDECIDED, True)),
        ({"BackupTarget": "moon"}, [Reason.SHAPE], (*DAILY[:3], Reason.SHAPE, True)),
        ({"BackupRetentionPeriod": None}, ["aws:eu-west-2"], Reason.SHAPE),
    ],
)
def test_a_backup_lies_where_it_is_listed(change: dict[str, object], homes: object, expected: object) -> None:
    item = {**BACKUP, **change}
    assert told(INSTANCE_BACKUP, Location.homes, item) == homes
    assert plans(INSTANCE_BACKUP, Backup.plans, item) == [expected]
    assert refs(INSTANCE_BACKUP, Lineage.origins, item) == [BACKUP["DBInstanceArn"]]
    assert told(INSTANCE_BACKUP, Exposure.public, item) is False


def test_an_automated_backup_is_copied_where_it_is_replicated() -> None:
    there = "arn:aws:rds:us-east-1:111111111111:auto-backup:ab-2"
    item = {**BACKUP, "DBInstanceAutomatedBackupsReplications": [{"DBInstanceAutomatedBackupsArn": there}]}
    assert copies(INSTANCE_BACKUP, Location.copies, item) == [("backup", "aws:us-east-1", there)]
    assert copies(INSTANCE_BACKUP, Location.copies, BACKUP) == []


OF_CLUSTER = {
    "DbClusterResourceId": "cluster-1",
    "DBClusterArn": f"{RDS}:cluster:ledger",
    "StorageEncrypted": True,
    "BackupRetentionPeriod": 35,
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, DAILY),
        ({"StorageEncrypted": False}, (*DAILY[:4], Reason.UNDECIDED)),
        ({"BackupRetentionPeriod": "long"}, Reason.SHAPE),
    ],
)
def test_an_automated_backup_of_a_cluster(change: dict[str, object], expected: object) -> None:
    item = {**OF_CLUSTER, **change}
    assert plans(CLUSTER_BACKUP, Backup.plans, item) == [expected]
    assert refs(CLUSTER_BACKUP, Lineage.origins, item) == [f"{RDS}:cluster:ledger"]
    assert told(CLUSTER_BACKUP, Location.homes, OF_CLUSTER) == ["aws:eu-west-2"]
    assert told(CLUSTER_BACKUP, Location.homes, {}) == [Reason.SHAPE]
    assert told(CLUSTER_BACKUP, Location.copies, item) == []
    assert told(CLUSTER_BACKUP, Exposure.public, item) is False


@pytest.mark.parametrize("kind", [INSTANCE_BACKUP, CLUSTER_BACKUP])
def test_a_backup_is_encrypted_as_its_database(kind: ResourceType) -> None:
    item = {"Encrypted": True, "StorageEncrypted": True, "KmsKeyId": KEY}
    assert told(kind, EncryptionAtRest.state, item) is AtRest.ENCRYPTED
    assert told(kind, EncryptionAtRest.owner, item, {"key": OWN_KEY}) is KeyOwner.CUSTOMER
    assert told(kind, EncryptionAtRest.owner, item, {"key": REFUSED}) is Reason.REFUSED
    assert told(kind, Tagging.tags, {"TagList": [{"Key": "env", "Value": "prod"}]}) == {"env": "prod"}
