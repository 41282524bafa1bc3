"""From DynamoDB's replies to facts."""

from __future__ import annotations

from typing import Any

import pytest

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
    Trust,
)
from scanner.providers.aws.dynamodb import BACKUP, TABLE
from tests.scanner.providers.aws.states import (
    ABSENT,
    AWS_KEY,
    KEY,
    OWN_KEY,
    REFUSED,
    UNASKED,
    copies,
    plans,
    refs,
    told,
)

ARN = "arn:aws:dynamodb:eu-west-2:111111111111:table/orders"
THERE = "arn:aws:dynamodb:us-east-1:111111111111:table/orders"
NO_LEGACY: dict[str, Any] = {"legacy": {"GlobalTables": []}}


def _table(**fields: object) -> dict[str, Any]:
    return {"Table": {"TableArn": ARN, **fields}}


@pytest.mark.parametrize(
    ("table", "key", "owner", "name"),
    [
        (_table(), UNASKED, KeyOwner.PROVIDER, "provider"),
        (_table(SSEDescription={"Status": "DISABLED"}), UNASKED, KeyOwner.PROVIDER, "provider"),
        (_table(SSEDescription={"KMSMasterKeyArn": KEY}), OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (_table(SSEDescription={"KMSMasterKeyArn": KEY}), AWS_KEY, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        (_table(SSEDescription={"KMSMasterKeyArn": KEY}), REFUSED, Reason.REFUSED, KEY),
        (_table(SSEDescription={"KMSMasterKeyArn": 7}), UNASKED, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, UNASKED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_a_table_is_encrypted_always_and_its_key_is_told(
    table: object, key: object, owner: object, name: object
) -> None:
    replies = {"table": table, "key": key}
    assert told(TABLE, EncryptionAtRest.state, "orders", replies) is AtRest.ENCRYPTED
    assert told(TABLE, EncryptionAtRest.algorithms, "orders", replies) == {"AES-256"}
    assert told(TABLE, EncryptionAtRest.owner, "orders", replies) == owner
    assert told(TABLE, EncryptionAtRest.key, "orders", replies) == name


@pytest.mark.parametrize(
    ("table", "legacy", "expected"),
    [
        (_table(), NO_LEGACY, []),
        (_table(Replicas=[{"RegionName": "eu-west-2", "ReplicaStatus": "ACTIVE"}]), NO_LEGACY, []),
        (
            _table(Replicas=[{"RegionName": "us-east-1", "ReplicaStatus": "ACTIVE"}]),
            NO_LEGACY,
            [("replica", "aws:us-east-1", THERE)],
        ),
        (
            _table(Replicas=[{"RegionName": "us-east-1", "ReplicaStatus": "ARCHIVED", "ReplicaArn": "arn:other"}]),
            NO_LEGACY,
            [("replica", "aws:us-east-1", "arn:other")],
        ),
        (_table(Replicas=[{"RegionName": "us-east-1", "ReplicaStatus": "CREATION_FAILED"}]), NO_LEGACY, []),
        (_table(Replicas=[{"RegionName": "us-east-1", "ReplicaStatus": "NEW"}]), NO_LEGACY, [Reason.SHAPE]),
        (_table(Replicas=[{"ReplicaStatus": "ACTIVE"}]), NO_LEGACY, [Reason.SHAPE]),
        (
            _table(GlobalTableWitnesses=[{"RegionName": "us-west-2"}]),
            NO_LEGACY,
            [("replica", "aws:us-west-2", "")],
        ),
        (
            _table(),
            {
                "legacy": {
                    "GlobalTables": [
                        {"GlobalTableName": "other", "ReplicationGroup": [{"RegionName": "sa-east-1"}]},
                        {
                            "GlobalTableName": "orders",
                            "ReplicationGroup": [{"RegionName": "eu-west-2"}, {"RegionName": "us-east-1"}],
                        },
                    ]
                }
            },
            [("replica", "aws:us-east-1", THERE)],
        ),
        (_table(), {"legacy": REFUSED}, [Reason.REFUSED]),
        (REFUSED, NO_LEGACY, [Reason.REFUSED]),
    ],
)
def test_copies_of_a_table_are_its_replicas_and_witnesses(
    table: object, legacy: dict[str, Any], expected: object
) -> None:
    assert copies(TABLE, Location.copies, "orders", {"table": table, **legacy}) == expected


def _pitr(status: object, **more: object) -> dict[str, Any]:
    described = {"PointInTimeRecoveryStatus": status, **more}
    return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": described}}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (_pitr("DISABLED"), []),
        (
            _pitr("ENABLED", RecoveryPeriodInDays=7),
            [("continuous", "7 days", "1 second", ("aws:eu-west-2",), True)],
        ),
        (_pitr("ENABLED"), [("continuous", "35 days", "1 second", ("aws:eu-west-2",), True)]),
        (_pitr("ENABLED", RecoveryPeriodInDays="some"), [Reason.SHAPE]),
        (_pitr("LATER"), [Reason.SHAPE]),
        ({}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_point_in_time_recovery_of_a_table(reply: object, expected: list[object]) -> None:
    assert plans(TABLE, Backup.plans, "orders", {"backups": reply}) == expected


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (_table(), []),
        (_table(RestoreSummary={"SourceTableArn": "arn:t"}), ["arn:t"]),
        (_table(RestoreSummary={"SourceBackupArn": "arn:b", "SourceTableArn": "arn:t"}), ["arn:b", "arn:t"]),
        (_table(Replicas=[{"RegionName": "us-east-1", "ReplicaStatus": "ACTIVE"}]), [THERE]),
        (_table(RestoreSummary={"SourceTableArn": 7}), [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_origins_of_a_table(table: object, expected: list[object]) -> None:
    found = refs(TABLE, Lineage.origins, "orders", {"table": table, **NO_LEGACY})
    assert sorted(found, key=str) == sorted([Reason.NOT_ASKED, *expected], key=str)


DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "dynamodb:*",
    "Resource": [ARN, f"{ARN}/index/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


@pytest.mark.parametrize(
    ("statement", "plaintext"),
    [
        (DENY, False),
        ({**DENY, "Resource": "*"}, False),
        ({**DENY, "Resource": f"{ARN}*"}, False),
        ({**DENY, "Resource": [ARN, f"{ARN}/*"]}, False),
        ({**DENY, "Resource": ARN}, Reason.UNDECIDED),
        ({**DENY, "Resource": [THERE, f"{THERE}/*"]}, Reason.UNDECIDED),
        ({**DENY, "Action": "dynamodb:GetItem"}, Reason.UNDECIDED),
        ({**DENY, "Principal": {"AWS": "111111111111"}}, Reason.UNDECIDED),
        ({**DENY, "Effect": "Allow"}, Reason.UNDECIDED),
        ({"Effect": "Allow", "Principal": "*"}, True),
        ("Deny", Reason.SHAPE),
    ],
)
def test_a_table_takes_plain_connections_unless_its_policy_denies_them(statement: object, plaintext: object) -> None:
    replies = {"policy": {"Policy": {"Statement": [statement]}}}
    assert told(TABLE, EncryptionInTransit.plaintext, "orders", replies) == plaintext


def test_a_table_without_a_policy_takes_plain_connections() -> None:
    assert told(TABLE, EncryptionInTransit.plaintext, "orders", {"policy": ABSENT}) is True
    assert told(TABLE, EncryptionInTransit.plaintext, "orders", {"policy": REFUSED}) is Reason.REFUSED
    assert told(TABLE, EncryptionInTransit.minimum_tls, "orders") is Tls.V1_2


@pytest.mark.parametrize(
    ("item", "homes"), [("orders", ["aws:eu-west-2"]), (7, [Reason.SHAPE]), (None, [Reason.SHAPE])]
)
def test_home_of_a_table(item: object, homes: object) -> None:
    assert told(TABLE, Location.homes, item) == homes


@pytest.mark.parametrize(
    ("reply", "tags"),
    [({"Tags": []}, {}), ({"Tags": [{"Key": "env", "Value": "prod"}]}, {"env": "prod"}), (REFUSED, Reason.REFUSED)],
)
def test_tags_of_a_table(reply: object, tags: object) -> None:
    assert told(TABLE, Tagging.tags, "orders", {"tags": reply}) == tags
    assert told(TABLE, Exposure.public, "orders") is False


SAVED = {"BackupArn": f"{ARN}/backup/01", "BackupName": "before", "BackupType": "USER", "TableArn": ARN}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("snapshot", "forever", "undecided", ("aws:eu-west-2",), True)),
        ({"BackupType": "SYSTEM"}, ("snapshot", "35 days", "undecided", ("aws:eu-west-2",), True)),
        ({"BackupType": "AWS_BACKUP"}, ("snapshot", "not_asked", "undecided", ("aws:eu-west-2",), True)),
        ({"BackupType": "OTHER"}, Reason.SHAPE),
        ({"BackupArn": "backup"}, Reason.SHAPE),
    ],
)
def test_a_backup_is_a_recovery_point(change: dict[str, object], expected: object) -> None:
    assert plans(BACKUP, Backup.plans, {**SAVED, **change}) == [expected]


def test_a_backup_of_a_table() -> None:
    assert told(BACKUP, Location.homes, SAVED) == ["aws:eu-west-2"]
    assert told(BACKUP, Location.copies, SAVED) == []
    assert refs(BACKUP, Lineage.origins, SAVED) == [ARN]
    assert refs(BACKUP, Lineage.origins, {}) == [Reason.SHAPE]
    assert told(BACKUP, Exposure.public, SAVED) is False
    assert {EncryptionInTransit, LogStore, Tagging, Trust} == BACKUP.without.keys()


@pytest.mark.parametrize(
    ("described", "key", "owner", "name"),
    [
        ({}, UNASKED, KeyOwner.PROVIDER, "provider"),
        ({"SSEDescription": {"KMSMasterKeyArn": KEY}}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
    ],
)
def test_key_of_a_backup(described: object, key: object, owner: object, name: object) -> None:
    replies = {"backup": {"BackupDescription": {"SourceTableFeatureDetails": described}}, "key": key}
    assert told(BACKUP, EncryptionAtRest.owner, SAVED, replies) == owner
    assert told(BACKUP, EncryptionAtRest.key, SAVED, replies) == name
    assert told(BACKUP, EncryptionAtRest.owner, SAVED, {**replies, "backup": REFUSED}) is Reason.REFUSED
    assert told(BACKUP, EncryptionAtRest.state, SAVED, replies) is not Inapplicable
