"""From the replies of RDS to the facts of its snapshots."""

from __future__ import annotations

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    Exposure,
    Failed,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Refused,
    Unknown,
)
from scanner.providers.aws.rds import CLUSTER_SNAPSHOT
from scanner.providers.aws.rds import SNAPSHOT as DB_SNAPSHOT
from tests.scanner.providers.aws.states import (
    FAILED,
    OWN_KEY,
    REFUSED,
    UNASKED,
    Replies,
    ciphers,
    encryption,
    plans,
    refs,
    told,
)

RDS = "arn:aws:rds:eu-west-2:111111111111"
HERE = ("aws:eu-west-2",)
KEPT = ("snapshot", "forever", "undecided")
UNTOLD = ("snapshot", "not_asked", "undecided")
DB_SNAP = {
    "DBSnapshotIdentifier": "saved",
    "SnapshotType": "manual",
    "Encrypted": True,
    "DBInstanceIdentifier": "orders",
}
CLUSTER_SNAP = {
    "DBClusterSnapshotArn": f"{RDS}:cluster-snapshot:s",
    "DBClusterSnapshotIdentifier": "s",
    "SnapshotType": "manual",
    "StorageEncrypted": True,
    "DBClusterIdentifier": "ledger",
}


@pytest.mark.parametrize(
    ("kind", "item", "key", "state", "owner"),
    [
        (CLUSTER_SNAPSHOT, {"StorageEncrypted": True}, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (DB_SNAPSHOT, {"Encrypted": True}, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (DB_SNAPSHOT, {"Encrypted": False}, UNASKED, AtRest.NONE, Inapplicable),
        (
            DB_SNAPSHOT,
            {"Encrypted": False, "StorageEncryptionType": "sse-rds"},
            UNASKED,
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER,
        ),
        (DB_SNAPSHOT, {}, OWN_KEY, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_encryption_at_rest_of_a_snapshot_of_a_database(
    kind: ResourceType, item: object, key: object, state: object, owner: object
) -> None:
    assert encryption(kind, item, {"key": key}) == (state, owner, ciphers(state))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, (*KEPT, HERE, True)),
        ({"SnapshotTarget": "region"}, (*KEPT, HERE, True)),
        ({"SnapshotTarget": "outposts"}, (*KEPT, Reason.UNDECIDED, True)),
        ({"SnapshotTarget": "local"}, (*KEPT, Reason.SHAPE, True)),
        (
            {"SnapshotTarget": "local", "SnapshotAvailabilityZone": "eu-west-1a"},
            (*KEPT, ("aws:eu-west-1",), True),
        ),
        ({"SnapshotType": "automated"}, (*UNTOLD, HERE, True)),
        ({"SnapshotType": "awsbackup"}, (*UNTOLD, HERE, True)),
        ({"DBSnapshotIdentifier": "awsbackup:job-1"}, (*UNTOLD, HERE, True)),
        ({"Encrypted": None}, (*KEPT, HERE, Reason.SHAPE)),
        ({"SnapshotType": "other"}, Reason.SHAPE),
    ],
)
def test_a_database_snapshot_is_a_recovery_point(change: Replies, found: object) -> None:
    assert plans(DB_SNAPSHOT, Backup.plans, {**DB_SNAP, **change}) == [found]


def test_a_cluster_snapshot_is_a_recovery_point() -> None:
    assert plans(CLUSTER_SNAPSHOT, Backup.plans, CLUSTER_SNAP) == [(*KEPT, HERE, True)]
    made = told(CLUSTER_SNAPSHOT, Backup.plans, CLUSTER_SNAP)
    assert isinstance(made, list)
    assert made[0].immutable is False
    assert told(CLUSTER_SNAPSHOT, Location.homes, CLUSTER_SNAP) == ["aws:eu-west-2"]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (None, [f"{RDS}:db:orders"]),
        (
            "arn:aws:rds:us-east-1:222222222222:snapshot:s",
            ["arn:aws:rds:us-east-1:222222222222:snapshot:s", "arn:aws:rds:us-east-1:222222222222:db:orders"],
        ),
        ("s", [Reason.SHAPE]),
    ],
)
def test_origins_of_a_database_snapshot(source: object, found: object) -> None:
    item = {**DB_SNAP, "SourceDBSnapshotIdentifier": source}
    assert refs(DB_SNAPSHOT, Lineage.origins, item) == found


def test_origins_of_a_cluster_snapshot() -> None:
    assert refs(CLUSTER_SNAPSHOT, Lineage.origins, CLUSTER_SNAP) == [f"{RDS}:cluster:ledger"]
    assert refs(CLUSTER_SNAPSHOT, Lineage.origins, {}) == [Reason.SHAPE]


def _attributes(name: str, *values: object) -> list[object]:
    return [
        {"AttributeName": "other", "AttributeValues": ["all"]},
        {"AttributeName": name, "AttributeValues": [*values]},
    ]


@pytest.mark.parametrize(
    ("kind", "attributes", "public"),
    [
        ("manual", _attributes("restore"), False),
        ("manual", _attributes("restore", "222222222222"), False),
        ("manual", _attributes("restore", "222222222222", "all"), True),
        ("manual", _attributes("restored"), Reason.SHAPE),
        ("manual", None, Reason.SHAPE),
        ("manual", REFUSED, Reason.REFUSED),
        ("automated", FAILED, False),
        (None, _attributes("restore"), Reason.SHAPE),
    ],
)
def test_a_database_snapshot_is_public_if_all_may_restore_it(kind: object, attributes: object, public: object) -> None:
    for spec, word in ((DB_SNAPSHOT, "DBSnapshotAttributes"), (CLUSTER_SNAPSHOT, "DBClusterSnapshotAttributes")):
        reply = attributes if isinstance(attributes, Refused | Failed) else {f"{word}Result": {word: attributes}}
        assert told(spec, Exposure.public, {"SnapshotType": kind}, {"attributes": reply}) == public


def test_a_snapshot_of_aws_backup_may_be_locked() -> None:
    found = told(DB_SNAPSHOT, Backup.plans, {**DB_SNAP, "SnapshotType": "awsbackup"})
    assert isinstance(found, list)
    assert isinstance(found[0].immutable, Unknown)
