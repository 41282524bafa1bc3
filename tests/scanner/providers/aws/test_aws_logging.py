"""From the replies of CloudWatch Logs, CloudTrail, EC2 (images), ACM, and S3 (access logs) to facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.facts import (
    FOREVER,
    AtRest,
    Backup,
    Duration,
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
)
from scanner.providers.aws.acm import CERTIFICATE, SERVER_CERTIFICATE
from scanner.providers.aws.cloudtrail import STORE, TRAIL
from scanner.providers.aws.images import IMAGE
from scanner.providers.aws.logs import GROUP
from scanner.providers.aws.s3 import BUCKET
from tests.scanner.providers.aws.states import ABSENT, KEY, OWN_KEY, REFUSED, UNASKED, copies, plans, refs, told

LOG = {"logGroupName": "/app", "arn": "arn:aws:logs:eu-west-2:111111111111:log-group:/app:*", "retentionInDays": 30}
HOSE = "arn:aws:firehose:us-east-1:222222222222:deliverystream/out"
FAR = "arn:aws:logs:eu-west-2:222222222222:destination:all"
THERE = ("log-sink", "aws:us-east-1", HOSE)


def _policies(*documents: object, criteria: object = None) -> dict[str, Any]:
    return {"accountPolicies": [{"policyDocument": each, "selectionCriteria": criteria} for each in documents]}


def _keeps(days: object, mode: object = "RETROACTIVE") -> dict[str, object]:
    return {"retentionInDays": days, "enforcementMode": mode}


@pytest.mark.parametrize(
    ("item", "reply", "retention"),
    [
        (LOG, _policies(), [Duration.of(30)]),
        (LOG, _policies(_keeps(90)), [Duration.of(90)]),
        (LOG, _policies(_keeps("NEVER_EXPIRE")), [FOREVER]),
        (LOG, _policies(_keeps(90, "NEW_ONLY")), [Reason.UNDECIDED]),
        (LOG, _policies(_keeps(90, "?")), [Reason.SHAPE]),
        (LOG, _policies(_keeps(90), criteria='LogGroupNamePrefix NOT IN ["/app"]'), [Reason.UNDECIDED]),
        (LOG, _policies(_keeps("soon")), [Reason.SHAPE]),
        (LOG, REFUSED, [Reason.REFUSED]),
        ({**LOG, "logGroupClass": "DELIVERY"}, REFUSED, [Duration.of(1)]),
    ],
)
def test_a_policy_of_the_account_overrides_the_retention_of_a_group(
    item: object, reply: object, retention: Any
) -> None:
    assert told(GROUP, LogStore.retention, item, {"retentions": reply}) == retention


NOWHERE = {
    "filters": {"subscriptionFilters": []},
    "subscriptions": _policies(),
    "exports": {"exportTasks": []},
}


def _export(code: object, group: str = "/app") -> dict[str, Any]:
    task = {"logGroupName": group, "destination": "archive", "status": {"code": code}}
    return {"exports": {"exportTasks": [task]}}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"filters": {"subscriptionFilters": [{"destinationArn": HOSE}]}}, [THERE]),
        ({"filters": {"subscriptionFilters": [{"destinationArn": None}]}}, [Reason.SHAPE]),
        ({"filters": {"subscriptionFilters": [{"destinationArn": "out"}]}}, [("log-sink", Reason.SHAPE, "out")]),
        ({"filters": {"subscriptionFilters": [{"destinationArn": FAR}]}}, [("log-sink", Reason.NOT_ASKED, FAR)]),
        ({"filters": REFUSED}, [Reason.REFUSED]),
        ({"subscriptions": _policies({"DestinationArn": HOSE})}, [THERE]),
        ({"subscriptions": REFUSED}, [Reason.REFUSED]),
        (_export("COMPLETED"), [("backup", Reason.NOT_ASKED, "arn:aws:s3:::archive")]),
        (_export("CANCELLED"), [("backup", Reason.NOT_ASKED, "arn:aws:s3:::archive")]),
        (_export("PENDING"), []),
        (_export("COMPLETED", group="/other"), []),
        (_export("?"), [Reason.SHAPE]),
        ({"exports": REFUSED}, [Reason.REFUSED]),
    ],
)
def test_copies_of_a_log_group(change: dict[str, Any], found: list[object]) -> None:
    items = [each for each in found if isinstance(each, tuple)]
    gaps = [each for each in found if not isinstance(each, tuple)]
    assert copies(GROUP, Location.copies, LOG, {**NOWHERE, **change}) == [*items, Reason.NOT_ASKED, *gaps]


def _resource_policies(*statements: object) -> dict[str, Any]:
    return {"resourcePolicies": [{"policyDocument": {"Statement": list(statements)}}]}


NO_POLICY: dict[str, Any] = {"resourcePolicies": []}
DELIVERY = {"Effect": "Allow", "Principal": {"Service": "delivery.logs.amazonaws.com"}}
ANYBODY = {"Effect": "Allow", "Principal": "*"}


@pytest.mark.parametrize(
    ("region", "own", "public"),
    [
        (NO_POLICY, NO_POLICY, False),
        (_resource_policies(DELIVERY), _resource_policies(DELIVERY), False),
        (_resource_policies(ANYBODY), NO_POLICY, Reason.UNDECIDED),
        (_resource_policies(ANYBODY), _resource_policies(ANYBODY), True),
        (NO_POLICY, _resource_policies(ANYBODY), True),
        (_resource_policies("?"), NO_POLICY, Reason.SHAPE),
        (NO_POLICY, REFUSED, Reason.REFUSED),
        (REFUSED, NO_POLICY, Reason.REFUSED),
    ],
)
def test_a_log_group_is_open_by_its_own_policy(region: object, own: object, public: object) -> None:
    assert told(GROUP, Exposure.public, LOG, {"policies": region, "own": own}) == public


# CloudTrail

TRAIL_ARN = "arn:aws:cloudtrail:eu-west-2:111111111111:trail/all"
TRAIL_ITEM = {"TrailARN": TRAIL_ARN, "HomeRegion": "eu-west-2", "S3BucketName": "trails"}
LOG_GROUP = "arn:aws:logs:eu-west-2:111111111111:log-group:trails"
TRAIL_BUCKET = ("log-sink", Reason.NOT_ASKED, "arn:aws:s3:::trails")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, [TRAIL_BUCKET]),
        (
            {"CloudWatchLogsLogGroupArn": f"{LOG_GROUP}:*"},
            [TRAIL_BUCKET, ("log-sink", "aws:eu-west-2", LOG_GROUP)],
        ),
        ({"CloudWatchLogsLogGroupArn": "trails"}, [TRAIL_BUCKET, ("log-sink", Reason.SHAPE, "trails")]),
        ({"S3BucketName": None}, [Reason.SHAPE]),
    ],
)
def test_where_a_trail_writes(change: dict[str, Any], found: object) -> None:
    assert copies(TRAIL, Location.copies, {**TRAIL_ITEM, **change}) == found
    assert told(TRAIL, Location.homes, TRAIL_ITEM) == ["aws:eu-west-2"]


TAGGED = {"ResourceTagMappingList": [{"ResourceARN": TRAIL_ARN, "Tags": [{"Key": "env", "Value": "prod"}]}]}


@pytest.mark.parametrize(
    ("reply", "tags"),
    [
        (TAGGED, {"env": "prod"}),
        ({"ResourceTagMappingList": []}, {}),
        ({"ResourceTagMappingList": [{"ResourceARN": f"{TRAIL_ARN}2", "Tags": []}]}, {}),
        ({"ResourceTagMappingList": [{"ResourceARN": TRAIL_ARN}]}, Reason.SHAPE),
        ({}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_tags_by_the_tagging_api(reply: object, tags: object) -> None:
    assert told(TRAIL, Tagging.tags, TRAIL_ITEM, {"tags": reply}) == tags


STORE_ITEM = {"EventDataStoreArn": "arn:aws:cloudtrail:eu-west-2:111111111111:eventdatastore/1"}


@pytest.mark.parametrize(
    ("store", "key", "retention", "owner", "name"),
    [
        ({"Status": "ENABLED", "RetentionPeriod": 2557}, UNASKED, [Duration.of(2557)], KeyOwner.PROVIDER, "provider"),
        (
            {"Status": "STOPPED_INGESTION", "RetentionPeriod": 90, "KmsKeyId": KEY},
            OWN_KEY,
            [Duration.of(90)],
            KeyOwner.CUSTOMER,
            KEY,
        ),
        ({"Status": "ENABLED", "RetentionPeriod": "long"}, UNASKED, [Reason.SHAPE], KeyOwner.PROVIDER, "provider"),
        (
            {"Status": "PENDING_DELETION", "RetentionPeriod": 90},
            UNASKED,
            [Reason.UNDECIDED],
            KeyOwner.PROVIDER,
            "provider",
        ),
        ({"RetentionPeriod": 90}, UNASKED, [Reason.SHAPE], KeyOwner.PROVIDER, "provider"),
        (REFUSED, REFUSED, [Reason.REFUSED], Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_an_event_data_store(store: object, key: object, retention: object, owner: object, name: object) -> None:
    replies = {"store": store, "key": key}
    assert told(STORE, LogStore.retention, STORE_ITEM, replies) == retention
    assert told(STORE, EncryptionAtRest.state, STORE_ITEM, replies) == AtRest.ENCRYPTED
    assert told(STORE, EncryptionAtRest.owner, STORE_ITEM, replies) == owner
    assert told(STORE, EncryptionAtRest.key, STORE_ITEM, replies) == name
    assert told(STORE, Location.homes, STORE_ITEM) == ["aws:eu-west-2"]
    assert told(STORE, LogStore.access_recorded, STORE_ITEM) == Reason.NOT_ASKED


@pytest.mark.parametrize(
    ("policy", "public"),
    [
        (ABSENT, False),
        ({"ResourcePolicy": {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}}]}}, True),
        ({}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_an_event_data_store_is_open_by_its_policy(policy: object, public: object) -> None:
    assert told(STORE, Exposure.public, STORE_ITEM, {"policy": policy}) == public


# Images


def _image(*disks: dict[str, object], **fields: object) -> dict[str, Any]:
    return {"ImageId": "ami-1", "Public": False, "BlockDeviceMappings": [{"Ebs": each} for each in disks], **fields}


DISK: dict[str, object] = {"SnapshotId": "snap-1", "Encrypted": True}
BARE: dict[str, object] = {"SnapshotId": "snap-2", "Encrypted": False}
EMPTY: dict[str, object] = {"VolumeSize": 8}
SNAPSHOT = "arn:aws:ec2:eu-west-2:111111111111:snapshot/snap-1"
HERE = ("aws:eu-west-2",)


@pytest.mark.parametrize(
    ("item", "state", "algorithms"),
    [
        (_image(DISK), AtRest.ENCRYPTED, frozenset({"AES-256"})),
        (_image(DISK, EMPTY), AtRest.ENCRYPTED, frozenset({"AES-256"})),
        (_image(DISK, BARE), AtRest.NONE, frozenset()),
        (_image(EMPTY), Reason.UNDECIDED, Reason.UNDECIDED),
        ({"ImageId": "ami-1"}, Reason.UNDECIDED, Reason.UNDECIDED),
        (_image({**DISK, "Encrypted": None}), Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_an_image_is_encrypted_as_its_snapshots_are(item: object, state: object, algorithms: object) -> None:
    assert told(IMAGE, EncryptionAtRest.state, item) == state
    assert told(IMAGE, EncryptionAtRest.algorithms, item) == algorithms
    assert told(IMAGE, EncryptionAtRest.key, item) == Reason.NOT_ASKED


@pytest.mark.parametrize(
    ("fields", "origins"),
    [
        ({}, [SNAPSHOT]),
        ({"SourceInstanceId": "i-1"}, ["arn:aws:ec2:eu-west-2:111111111111:instance/i-1", SNAPSHOT]),
        (
            {"SourceImageId": "ami-0", "SourceImageRegion": "us-east-1"},
            ["arn:aws:ec2:us-east-1:*:image/ami-0", SNAPSHOT],
        ),
        ({"SourceImageId": "ami-0"}, ["arn:aws:ec2:eu-west-2:*:image/ami-0", SNAPSHOT]),
        ({"SourceImageId": 7}, [Reason.SHAPE]),
    ],
)
def test_what_an_image_was_made_of(fields: dict[str, object], origins: object) -> None:
    assert refs(IMAGE, Lineage.origins, _image(DISK, **fields)) == origins


def test_other_facts_of_an_image() -> None:
    kept = {"Key": "aws:backup:source-resource", "Value": "x"}
    assert plans(IMAGE, Backup.plans, _image(DISK)) == [("snapshot", "forever", "undecided", HERE, True)]
    assert plans(IMAGE, Backup.plans, _image(BARE, Tags=[kept])) == [
        ("snapshot", "not_asked", "undecided", HERE, False)
    ]
    assert told(IMAGE, Location.homes, _image(DISK)) == ["aws:eu-west-2"]
    assert told(IMAGE, Location.homes, _image({**DISK, "OutpostArn": "arn:aws:outposts:x"})) == [Reason.UNDECIDED]
    assert told(IMAGE, Exposure.public, _image(DISK, Public=True)) is True
    assert told(IMAGE, Exposure.public, _image(DISK, Public=None)) == Reason.SHAPE
    assert told(IMAGE, Tagging.tags, _image(DISK)) == {}


# Certificates


@pytest.mark.parametrize(
    ("item", "expires"),
    [
        ({"Status": "ISSUED", "NotAfter": "2026-06-01T00:00:00+00:00"}, datetime(2026, 6, 1, tzinfo=UTC)),
        ({"Status": "EXPIRED", "NotAfter": "2025-06-01T00:00:00+00:00"}, datetime(2025, 6, 1, tzinfo=UTC)),
        ({"Status": "PENDING_VALIDATION"}, Inapplicable),
        ({"Status": "ISSUED"}, Reason.SHAPE),
        ({"Status": "ISSUED", "NotAfter": "soon"}, Reason.SHAPE),
        ({"Status": "?"}, Reason.SHAPE),
    ],
)
def test_when_a_certificate_expires(item: object, expires: object) -> None:
    assert told(CERTIFICATE, EncryptionInTransit.certificate_expires, item) == expires
    arn = {"CertificateArn": "arn:aws:acm:eu-west-2:111111111111:certificate/1"}
    assert told(CERTIFICATE, Location.homes, arn) == ["aws:eu-west-2"]
    assert told(CERTIFICATE, Tagging.tags, arn, {"tags": {"Tags": [{"Key": "a", "Value": "b"}]}}) == {"a": "b"}


def test_when_a_server_certificate_expires() -> None:
    item = {"Expiration": "2026-06-01T00:00:00+00:00"}
    expires = EncryptionInTransit.certificate_expires
    assert told(SERVER_CERTIFICATE, expires, item) == datetime(2026, 6, 1, tzinfo=UTC)
    assert told(SERVER_CERTIFICATE, expires, {}) == Reason.SHAPE
    assert told(SERVER_CERTIFICATE, Tagging.tags, item, {"tags": REFUSED}) == Reason.REFUSED


# Access logs of S3


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ({}, []),
        ({"LoggingEnabled": {"TargetBucket": "logs"}}, [("log-sink", "aws:eu-west-2", "arn:aws:s3:::logs")]),
        ({"LoggingEnabled": {"TargetBucket": 7}}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_access_logs_of_a_bucket_go_to_a_bucket_of_the_same_region(reply: object, found: object) -> None:
    replies = {"replication": ABSENT, "logging": reply}
    assert copies(BUCKET, Location.copies, {"BucketRegion": "eu-west-2"}, replies) == found
