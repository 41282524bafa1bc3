"""From the replies of Redshift and Redshift Serverless to facts."""

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
    Reason,
    Tagging,
)
from scanner.providers.aws import redshift_serverless as serverless
from scanner.providers.aws.redshift import CLUSTER, SNAPSHOT
from tests.scanner.providers.aws.states import KEY, OWN_KEY, REFUSED, UNASKED, copies, plans, refs, told

ITEM: dict[str, Any] = {"ClusterIdentifier": "dwh", "AvailabilityZone": "eu-west-2a", "Encrypted": True}
IN_SYNC = [{"ParameterGroupName": "ours", "ParameterApplyStatus": "in-sync"}]
UNLOGGED: dict[str, Any] = {"logging": {"LoggingEnabled": False}}


@pytest.mark.parametrize("kind", [CLUSTER, SNAPSHOT])
@pytest.mark.parametrize(
    ("fields", "key", "state", "owner", "name"),
    [
        ({"Encrypted": True, "KmsKeyId": KEY}, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        ({"Encrypted": True, "KmsKeyId": KEY}, REFUSED, AtRest.ENCRYPTED, Reason.REFUSED, KEY),
        ({"Encrypted": True}, UNASKED, AtRest.ENCRYPTED, Reason.NOT_ASKED, Reason.SHAPE),
        ({"Encrypted": False}, UNASKED, AtRest.NONE, Inapplicable, Inapplicable),
        ({}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_at_rest(
    kind: ResourceType, fields: dict[str, object], key: object, state: object, owner: object, name: object
) -> None:
    assert told(kind, EncryptionAtRest.state, fields, {"key": key}) == state
    assert told(kind, EncryptionAtRest.owner, fields, {"key": key}) == owner
    assert told(kind, EncryptionAtRest.key, fields, {"key": key}) == name


def _parameter(value: object, name: str = "require_ssl") -> dict[str, Any]:
    return {"Parameters": [{"ParameterName": name, "ParameterValue": value}]}


@pytest.mark.parametrize(
    ("groups", "reply", "plaintext"),
    [
        (IN_SYNC, _parameter("true"), False),
        (IN_SYNC, _parameter("false"), True),
        (IN_SYNC, _parameter("maybe"), Reason.SHAPE),
        (IN_SYNC, _parameter("true", "use_fips_ssl"), Reason.SHAPE),
        ([{"ParameterApplyStatus": "pending-reboot"}], _parameter("true"), Reason.UNDECIDED),
        (None, _parameter("true"), Reason.SHAPE),
        (IN_SYNC, REFUSED, Reason.REFUSED),
    ],
)
def test_a_cluster_takes_plain_connections(groups: object, reply: object, plaintext: object) -> None:
    item = {**ITEM, "ClusterParameterGroups": groups}
    assert told(CLUSTER, EncryptionInTransit.plaintext, item, {"parameters": reply}) == plaintext
    assert told(CLUSTER, EncryptionInTransit.minimum_tls, item) is Reason.UNDECIDED


@pytest.mark.parametrize(
    ("fields", "expires"),
    [
        ({}, Inapplicable),
        (
            {"CustomDomainCertificateExpiryDate": "2027-08-22T00:00:00+00:00"},
            datetime(2027, 8, 22, tzinfo=UTC),
        ),
        ({"CustomDomainCertificateExpiryDate": "later"}, Reason.SHAPE),
    ],
)
def test_certificate_of_a_cluster(fields: dict[str, object], expires: object) -> None:
    assert told(CLUSTER, EncryptionInTransit.certificate_expires, fields) == expires


@pytest.mark.parametrize(
    ("fields", "homes"),
    [
        ({}, ["aws:eu-west-2"]),
        ({"MultiAZSecondary": {"AvailabilityZone": "eu-west-2b"}}, ["aws:eu-west-2"]),
        (
            {"MultiAZSecondary": {"AvailabilityZone": "eu-central-1-ist-1a"}},
            ["aws:eu-central-1-ist-1", "aws:eu-west-2"],
        ),
        ({"AvailabilityZone": None}, [Reason.SHAPE]),
    ],
)
def test_home_of_a_cluster(fields: dict[str, object], homes: object) -> None:
    assert told(CLUSTER, Location.homes, {**ITEM, **fields}) == homes


THERE = {"ClusterSnapshotCopyStatus": {"DestinationRegion": "us-east-1", "RetentionPeriod": 7}}


@pytest.mark.parametrize(
    ("fields", "logging", "expected"),
    [
        ({}, {"LoggingEnabled": False}, []),
        (THERE, {"LoggingEnabled": False}, [("snapshot", "aws:us-east-1", "")]),
        (
            {},
            {"LoggingEnabled": True, "BucketName": "audit"},
            [("log-sink", Reason.NOT_ASKED, "arn:aws:s3:::audit")],
        ),
        (
            {},
            {"LoggingEnabled": True, "LogDestinationType": "cloudwatch", "LogExports": ["userlog"]},
            [
                (
                    "log-sink",
                    "aws:eu-west-2",
                    "arn:aws:logs:eu-west-2:111111111111:log-group:/aws/redshift/cluster/dwh/userlog",
                )
            ],
        ),
        ({}, {"LoggingEnabled": True, "LogDestinationType": "s3table"}, [Reason.NOT_ASKED]),
        ({}, {"LoggingEnabled": True}, [Reason.SHAPE]),
        ({}, {}, [Reason.SHAPE]),
        (THERE, REFUSED, [("snapshot", "aws:us-east-1", ""), Reason.REFUSED]),
    ],
)
def test_copies_of_a_cluster(fields: dict[str, object], logging: object, expected: object) -> None:
    assert copies(CLUSTER, Location.copies, {**ITEM, **fields}, {"logging": logging}) == expected


EIGHT = ("snapshot", "3 days", "8 hours", ("aws:eu-west-2",), True)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"AutomatedSnapshotRetentionPeriod": 3}, [EIGHT]),
        ({"AutomatedSnapshotRetentionPeriod": 0}, []),
        (
            {"AutomatedSnapshotRetentionPeriod": 3, "SnapshotScheduleIdentifier": "nightly"},
            [(*EIGHT[:2], "not_asked", *EIGHT[3:])],
        ),
        (
            {"AutomatedSnapshotRetentionPeriod": 3, **THERE},
            [EIGHT, ("snapshot", "7 days", "8 hours", ("aws:us-east-1",), True)],
        ),
        ({"AutomatedSnapshotRetentionPeriod": 3, "Encrypted": None}, [(*EIGHT[:4], Reason.SHAPE)]),
        ({}, [Reason.SHAPE]),
    ],
)
def test_snapshots_of_a_cluster(fields: dict[str, object], expected: list[object]) -> None:
    assert plans(CLUSTER, Backup.plans, {**ITEM, **fields}) == expected


@pytest.mark.parametrize(("flagged", "public"), [(False, False), (True, Reason.UNDECIDED), (None, Reason.SHAPE)])
def test_a_cluster_may_have_a_public_address(flagged: object, public: object) -> None:
    assert told(CLUSTER, Exposure.public, {"PubliclyAccessible": flagged}) == public


SAVED = {**ITEM, "SnapshotIdentifier": "s", "SnapshotType": "manual", "ManualSnapshotRetentionPeriod": -1}
POINT = ("snapshot", "forever", "undecided", ("aws:eu-west-2",), True)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, POINT),
        ({"ManualSnapshotRetentionPeriod": 30}, ("snapshot", "30 days", *POINT[2:])),
        ({"ManualSnapshotRetentionPeriod": None}, ("snapshot", "shape", *POINT[2:])),
        ({"SnapshotType": "automated"}, ("snapshot", "not_asked", *POINT[2:])),
        ({"SnapshotIdentifier": "awsbackup:job-1"}, ("snapshot", "not_asked", *POINT[2:])),
        ({"SnapshotType": "other"}, Reason.SHAPE),
    ],
)
def test_a_snapshot_is_a_recovery_point(change: dict[str, object], expected: object) -> None:
    assert plans(SNAPSHOT, Backup.plans, {**SAVED, **change}) == [expected]


def test_where_a_snapshot_is_from() -> None:
    assert refs(SNAPSHOT, Lineage.origins, SAVED) == ["arn:aws:redshift:eu-west-2:111111111111:cluster:dwh"]
    copied = {**SAVED, "SourceRegion": "us-east-1"}
    assert refs(SNAPSHOT, Lineage.origins, copied) == ["arn:aws:redshift:us-east-1:111111111111:cluster:dwh"]
    assert refs(SNAPSHOT, Lineage.origins, {}) == [Reason.SHAPE]
    assert told(SNAPSHOT, Location.homes, {**SAVED, "AvailabilityZone": "us-east-1a"}) == ["aws:eu-west-2"]
    assert told(SNAPSHOT, Exposure.public, SAVED) is False
    assert told(SNAPSHOT, Location.copies, SAVED) == []


@pytest.mark.parametrize("kind", [CLUSTER, SNAPSHOT])
def test_tags(kind: ResourceType) -> None:
    assert told(kind, Tagging.tags, {"Tags": [{"Key": "env", "Value": "prod"}]}) == {"env": "prod"}
    assert told(kind, Tagging.tags, {}) == {}
    assert told(kind, Tagging.tags, {"Tags": "env"}) is Reason.SHAPE


SPACE: dict[str, Any] = {
    "namespaceName": "dwh",
    "namespaceArn": "arn:aws:redshift-serverless:eu-west-2:111111111111:namespace/1",
    "kmsKeyId": "AWS_OWNED_KMS_KEY",
}
STORED = {
    "snapshotArn": "arn:aws:redshift-serverless:eu-west-2:111111111111:snapshot/1",
    "snapshotName": "saved",
    **SPACE,
}


def test_a_serverless_snapshot_of_aws_backup_is_kept_as_that_says() -> None:
    item = {**STORED, "snapshotName": "awsbackup-job-1", "snapshotRetentionPeriod": -1}
    found = plans(serverless.SNAPSHOT, Backup.plans, item)
    assert found == [("snapshot", "not_asked", "undecided", ("aws:eu-west-2",), True)]


@pytest.mark.parametrize("kind", [serverless.NAMESPACE, serverless.SNAPSHOT])
@pytest.mark.parametrize(
    ("named", "key", "owner", "name"),
    [
        ("AWS_OWNED_KMS_KEY", UNASKED, KeyOwner.PROVIDER, "provider"),
        (KEY, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (KEY, REFUSED, Reason.REFUSED, KEY),
        (None, UNASKED, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_serverless_at_rest(kind: ResourceType, named: object, key: object, owner: object, name: object) -> None:
    item = {**SPACE, "kmsKeyId": named}
    assert told(kind, EncryptionAtRest.state, item) is AtRest.ENCRYPTED
    assert told(kind, EncryptionAtRest.owner, item, {"key": key}) == owner
    assert told(kind, EncryptionAtRest.key, item, {"key": key}) == name


def _workgroup(ssl: object = "true", public: object = False, name: str = "dwh") -> dict[str, Any]:
    parameters = [
        {"parameterKey": "auto_mv", "parameterValue": "true"},
        {"parameterKey": "require_ssl", "parameterValue": ssl},
    ]
    return {"namespaceName": name, "publiclyAccessible": public, "configParameters": parameters}


@pytest.mark.parametrize(
    ("groups", "plaintext", "public"),
    [
        ([], Inapplicable, False),
        ([_workgroup(name="other", ssl="false", public=True)], Inapplicable, False),
        ([_workgroup()], False, False),
        ([_workgroup(), _workgroup("false", public=True)], True, Reason.UNDECIDED),
        ([_workgroup("odd", public=None)], Reason.SHAPE, Reason.SHAPE),
        ([{"namespaceName": "dwh", "publiclyAccessible": False, "configParameters": []}], Reason.SHAPE, False),
    ],
)
def test_a_namespace_is_reached_by_its_workgroups(groups: object, plaintext: object, public: object) -> None:
    replies = {"workgroups": {"workgroups": groups}}
    assert told(serverless.NAMESPACE, EncryptionInTransit.plaintext, SPACE, replies) == plaintext
    assert told(serverless.NAMESPACE, Exposure.public, SPACE, replies) == public
    assert told(serverless.NAMESPACE, Exposure.public, SPACE, {"workgroups": REFUSED}) is Reason.REFUSED


POINTS = ("snapshot", "1 day", "30 minutes", ("aws:eu-west-2",), True)


def _copied(days: object = 7) -> dict[str, Any]:
    configuration = {"destinationRegion": "us-east-1", "snapshotRetentionPeriod": days}
    return {"snapshotCopyConfigurations": [configuration]}


@pytest.mark.parametrize(
    ("reply", "there", "expected"),
    [
        ({"snapshotCopyConfigurations": []}, [], []),
        (_copied(), [("snapshot", "aws:us-east-1", "")], [("7 days", ("aws:us-east-1",))]),
        (_copied(-1), [("snapshot", "aws:us-east-1", "")], [("forever", ("aws:us-east-1",))]),
        (_copied(None), [("snapshot", "aws:us-east-1", "")], [("shape", ("aws:us-east-1",))]),
        (REFUSED, [Reason.REFUSED], Reason.REFUSED),
    ],
)
def test_recovery_points_of_a_namespace(reply: object, there: object, expected: Any) -> None:
    replies = {"copied": reply}
    assert copies(serverless.NAMESPACE, Location.copies, SPACE, replies) == there
    found = plans(serverless.NAMESPACE, Backup.plans, SPACE, replies)
    assert found[0] == POINTS
    rest = found[1:]
    assert rest == ([expected] if isinstance(expected, Reason) else rest)
    if not isinstance(expected, Reason):
        assert [(each[1], each[3]) for each in rest if isinstance(each, tuple)] == expected


def test_audit_logs_of_a_namespace_are_copies() -> None:
    replies: dict[str, Any] = {"copied": {"snapshotCopyConfigurations": []}}
    item = {**SPACE, "logExports": ["userlog"]}
    assert copies(serverless.NAMESPACE, Location.copies, item, replies) == [("log-sink", "aws:eu-west-2", "")]


@pytest.mark.parametrize(("days", "kept"), [(30, "30 days"), (-1, "forever"), (None, "shape"), ("long", "shape")])
def test_a_serverless_snapshot_is_a_recovery_point(days: object, kept: str) -> None:
    item = {**STORED, "snapshotRetentionPeriod": days}
    expected = ("snapshot", kept, "undecided", ("aws:eu-west-2",), True)
    assert plans(serverless.SNAPSHOT, Backup.plans, item) == [expected]
    assert refs(serverless.SNAPSHOT, Lineage.origins, item) == [SPACE["namespaceArn"]]
    assert told(serverless.SNAPSHOT, Exposure.public, item) is Reason.NOT_ASKED


@pytest.mark.parametrize("kind", [serverless.NAMESPACE, serverless.SNAPSHOT])
@pytest.mark.parametrize(
    ("reply", "tags"),
    [
        ({"tags": [{"key": "env", "value": "prod"}]}, {"env": "prod"}),
        ({"tags": []}, {}),
        ({}, Reason.SHAPE),
        ({"tags": "env"}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_serverless_tags(kind: ResourceType, reply: object, tags: object) -> None:
    assert told(kind, Tagging.tags, STORED, {"tags": reply}) == tags
    assert told(kind, Location.homes, STORED) == ["aws:eu-west-2"]
