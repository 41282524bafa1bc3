"""From the replies of Timestream, for LiveAnalytics and for InfluxDB, to facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scanner.collect.model import Account, CallError, Options, ResourceType, Unit
from scanner.facts import (
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
    Tagging,
    Tls,
)
from scanner.providers.aws import PROVIDER, influxdb, timestream
from scanner.providers.aws.session import NO_HOST, AwsSession
from tests.scanner.providers.aws.states import (
    AWS_KEY,
    FAILED,
    KEY,
    OWN_KEY,
    REFUSED,
    UNASKED,
    copies,
    encryption,
    plans,
    refs,
    told,
)

AES = frozenset({"AES-256"})
ARN = "arn:aws:timestream:eu-west-2:111111111111:database/metrics"


@pytest.mark.parametrize(
    ("named", "key", "owner", "name"),
    [
        (KEY, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (KEY, AWS_KEY, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        (KEY, REFUSED, Reason.REFUSED, KEY),
        (None, UNASKED, KeyOwner.PROVIDER_IN_ACCOUNT, "alias/aws/timestream"),
        (1, UNASKED, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_database_and_its_tables_at_rest(named: object, key: object, owner: object, name: object) -> None:
    item = {"Arn": ARN, "KmsKeyId": named}
    assert encryption(timestream.DATABASE, item, {"key": key}) == (AtRest.ENCRYPTED, owner, AES)
    assert told(timestream.DATABASE, EncryptionAtRest.key, item) == name
    replies = {"database": {"Database": {"KmsKeyId": named}}, "key": key}
    assert encryption(timestream.TABLE, {"Arn": ARN}, replies) == (AtRest.ENCRYPTED, owner, AES)
    assert told(timestream.TABLE, EncryptionAtRest.key, {}, replies) == name
    assert told(timestream.TABLE, EncryptionAtRest.owner, {}, {"database": REFUSED}) is Reason.REFUSED


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        (None, []),
        ({"EnableMagneticStoreWrites": True}, []),
        (
            {"MagneticStoreRejectedDataLocation": {"S3Configuration": {"BucketName": "example-rejects"}}},
            [("log-sink", Reason.NOT_ASKED, "arn:aws:s3:::example-rejects")],
        ),
        ({"MagneticStoreRejectedDataLocation": {"S3Configuration": {"BucketName": 1}}}, [Reason.SHAPE]),
    ],
)
def test_copies_of_a_table(properties: object, expected: object) -> None:
    item = {"Arn": f"{ARN}/table/cpu", "MagneticStoreWriteProperties": properties}
    assert copies(timestream.TABLE, Location.copies, item) == expected


@pytest.mark.parametrize("kind", timestream.TYPES, ids=lambda kind: kind.name)
def test_a_database_or_table(kind: ResourceType) -> None:
    item = {"Arn": ARN}
    assert told(kind, Location.homes, item) == ["aws:eu-west-2"]
    assert told(kind, Location.homes, {}) == [Reason.SHAPE]
    assert told(kind, EncryptionInTransit.plaintext, item) is False
    assert told(kind, EncryptionInTransit.minimum_tls, item) is Reason.UNDECIDED
    assert told(kind, Exposure.public, item) is False
    assert told(kind, Tagging.tags, item, {"tags": {"Tags": [{"Key": "a", "Value": "b"}]}}) == {"a": "b"}
    assert told(kind, Tagging.tags, item, {"tags": {}}) is Reason.SHAPE
    assert told(kind, Tagging.tags, item, {"tags": FAILED}) is Reason.FAILED


def test_what_backs_up_a_table() -> None:
    assert plans(timestream.TABLE, Backup.plans, {}) == []
    assert timestream.TABLE.covered_by == ("aws.backup.plan",)
    assert copies(timestream.DATABASE, Location.copies, {}) == []
    assert refs(timestream.TABLE, Lineage.origins, {}) == [Reason.NOT_ASKED]


# Where Timestream answers

UNIT = Unit(Account("aws", "111111111111", partition="aws"), "eu-west-2")


class _Client:
    def __init__(self, meta: Any, asked: list[str], error: Exception | None) -> None:
        self.meta, self.asked, self.error = meta, asked, error

    def can_paginate(self, _: str) -> bool:
        return False

    def describe_endpoints(self) -> Mapping[str, object]:
        self.asked.append("describe_endpoints")
        if self.error:
            raise self.error
        return {"Endpoints": [{"Address": "ingest-cell1.timestream.eu-west-2.amazonaws.com"}]}

    def list_databases(self, **_: object) -> Mapping[str, object]:
        self.asked.append("list_databases")
        return {"Databases": []}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsSession]:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    opened = PROVIDER.open({}, Options(endpoint="http://127.0.0.1:9"))
    assert isinstance(opened, AwsSession)
    yield opened
    opened.close()


def _asked(session: AwsSession, monkeypatch: pytest.MonkeyPatch, error: CallError | None = None) -> list[str]:
    asked: list[str] = []
    monkeypatch.setattr(session, "client", lambda *_: _Client(None, asked, error))
    return asked


def test_where_it_answers_is_asked_once_for_a_region(session: AwsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(session, monkeypatch)
    for _ in range(2):
        assert list(session.pages(UNIT, timestream.DATABASE.each, {})) == [{"Databases": []}]
    assert asked == ["describe_endpoints", "list_databases", "list_databases"]
    other = Unit(UNIT.account, "eu-west-1")
    assert list(session.pages(other, timestream.DATABASE.each, {})) == [{"Databases": []}]
    assert asked[3:] == ["describe_endpoints", "list_databases"]


def test_a_region_without_it_holds_nothing(session: AwsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    _asked(session, monkeypatch, CallError(NO_HOST, refused=False))
    monkeypatch.setattr(session, "_is_offered", lambda *_: False)
    assert list(session.pages(UNIT, timestream.DATABASE.each, {})) == [{"Databases": []}]


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("Only existing Timestream for LiveAnalytics customers can access the service.", [{"Databases": []}]),
        ("User: x is not authorized to perform: timestream:DescribeEndpoints", None),
    ],
)
def test_an_account_that_came_too_late_for_it_has_nothing_in_it(
    session: AwsSession, monkeypatch: pytest.MonkeyPatch, message: str, found: object
) -> None:
    told: dict[str, Any] = {"Error": {"Code": "AccessDeniedException", "Message": message}}
    late = ClientError(told, "DescribeEndpoints")
    asked: list[str] = []
    monkeypatch.setattr(session, "client", lambda *_: _Client(None, asked, late))
    for number in (1, 2):
        if found is None:
            with pytest.raises(CallError, match="refused"):
                list(session.pages(UNIT, timestream.DATABASE.each, {}))
        else:
            assert list(session.pages(UNIT, timestream.DATABASE.each, {})) == found
        # It is asked again: another account may be a customer.
        assert asked == ["describe_endpoints"] * number


def test_that_it_does_not_say_where_is_a_refusal(session: AwsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _asked(session, monkeypatch, CallError("AccessDeniedException", refused=True))
    for _ in range(2):
        with pytest.raises(CallError, match="AccessDenied"):
            list(session.pages(UNIT, timestream.DATABASE.each, {}))
    assert asked == ["describe_endpoints"] * 2


def test_there_is_a_client_for_each_region_of_it_and_of_nothing_else(session: AwsSession) -> None:
    first, second = (session.client("", "timestream-write", region) for region in ("eu-west-1", "eu-west-2"))
    assert first is not second
    assert session.client("", "timestream-write", "eu-west-1") is first
    assert session.client("", "sqs", "eu-west-1") is session.client("", "sqs", "eu-west-2")


@pytest.mark.parametrize("named", [True, False])
def test_what_is_on_this_machine_is_not_asked_where(named: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    url = "http://127.0.0.1:9"
    if not named:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    opened = PROVIDER.open({}, Options(endpoint=url if named else ""))
    assert isinstance(opened, AwsSession)
    asked: list[str] = []

    def stop(request: Any, **_: Any) -> None:
        asked.append(request.url)
        raise _Stopped

    client = opened.client("", "timestream-write", "eu-west-1")
    client.meta.events.register_first("before-send", stop)
    with pytest.raises(_Stopped):
        client.list_databases()
    assert asked == [f"{url}/"]


class _Stopped(Exception):
    """Nothing leaves."""


@pytest.mark.parametrize(("wanted", "beside"), [({"timestream:ListTables"}, True), ({"ec2:DescribeVolumes"}, False)])
def test_the_role_may_ask_where_it_answers(wanted: set[str], beside: bool) -> None:
    assert (timestream.DISCOVERY in PROVIDER.role(frozenset(wanted))) is beside


# InfluxDB

DB = "arn:aws:timestream-influxdb:eu-west-2:111111111111:db-instance/abc"
ITEM = {"id": "abc", "arn": DB, "name": "metrics"}
BOTH = pytest.mark.parametrize("kind", [influxdb.INSTANCE, influxdb.CLUSTER], ids=lambda kind: kind.name)


@BOTH
@pytest.mark.parametrize(
    ("named", "key", "owner", "name"),
    [
        (KEY, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (KEY, REFUSED, Reason.REFUSED, KEY),
        (None, UNASKED, KeyOwner.PROVIDER, "provider"),
    ],
)
def test_influxdb_at_rest(kind: ResourceType, named: object, key: object, owner: object, name: object) -> None:
    replies = {"db": {"kmsKeyId": named}, "key": key}
    assert encryption(kind, ITEM, replies) == (AtRest.ENCRYPTED, owner, AES)
    assert told(kind, EncryptionAtRest.key, ITEM, replies) == name
    assert told(kind, EncryptionAtRest.key, ITEM, {"db": REFUSED}) is Reason.REFUSED


def _groups(*ranges: str) -> dict[str, Any]:
    rules = [{"IpRanges": [{"CidrIp": each}]} for each in ranges]
    return {"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": rules}]}


@BOTH
@pytest.mark.parametrize(
    ("flagged", "groups", "public"),
    [
        (False, UNASKED, False),
        (True, _groups("10.0.0.0/8"), False),
        (True, _groups("0.0.0.0/0"), Reason.UNDECIDED),
        (True, REFUSED, Reason.REFUSED),
        (None, UNASKED, Reason.SHAPE),
    ],
)
def test_influxdb_is_reached(kind: ResourceType, flagged: object, groups: object, public: object) -> None:
    replies = {"db": {"publiclyAccessible": flagged, "vpcSecurityGroupIds": ["sg-1"]}, "groups": groups}
    assert told(kind, Exposure.public, ITEM, replies) == public


def _logs(**fields: object) -> dict[str, Any]:
    return {"logDeliveryConfiguration": {"s3Configuration": fields}}


@BOTH
@pytest.mark.parametrize(
    ("db", "expected"),
    [
        ({}, []),
        (_logs(enabled=False, bucketName="example-logs"), []),
        (_logs(enabled=True, bucketName="example-logs"), [("log-sink", Reason.NOT_ASKED, "arn:aws:s3:::example-logs")]),
        (_logs(enabled=True), [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_logs_of_influxdb(kind: ResourceType, db: object, expected: object) -> None:
    assert copies(kind, Location.copies, ITEM, {"db": db}) == expected


HERE = ("aws:eu-west-2",)


def _backup(form: object, enabled: object = True, days: object = 7) -> dict[str, Any]:
    return {"type": form, "enabled": enabled, "retentionDays": days}


@BOTH
@pytest.mark.parametrize(
    ("configurations", "expected"),
    [
        ([], []),
        ([_backup("DAILY", enabled=False)], []),
        ([_backup("HOURLY")], [("snapshot", "7 days", "1 hour", HERE, True)]),
        ([_backup("DAILY", days=35)], [("snapshot", "35 days", "1 day", HERE, True)]),
        ([_backup("WEEKLY")], [("snapshot", "7 days", "7 days", HERE, True)]),
        ([_backup("MONTHLY")], [("snapshot", "7 days", "31 days", HERE, True)]),
        ([_backup("CUSTOM_SCHEDULE")], [("snapshot", "7 days", "undecided", HERE, True)]),
        ([_backup("CONTINUOUS")], [("continuous", "7 days", "15 minutes", HERE, True)]),
        ([_backup("DAILY"), _backup("odd")], [("snapshot", "7 days", "1 day", HERE, True), Reason.SHAPE]),
        ([_backup("DAILY", enabled="yes")], [Reason.SHAPE]),
        ([_backup("DAILY", days=None)], [Reason.SHAPE]),
        (None, [Reason.SHAPE]),
    ],
)
def test_backups_of_influxdb(kind: ResourceType, configurations: object, expected: object) -> None:
    assert plans(kind, Backup.plans, ITEM, {"db": {"dbBackupConfigurations": configurations}}) == expected


@pytest.mark.parametrize(
    ("db", "homes"),
    [
        ({"availabilityZone": "eu-west-2a"}, ["aws:eu-west-2"]),
        ({"availabilityZone": "eu-west-2a", "secondaryAvailabilityZone": "eu-west-2b"}, ["aws:eu-west-2"]),
        ({"availabilityZone": "eu-west-2a", "secondaryAvailabilityZone": 1}, [Reason.SHAPE]),
        ({}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_home_of_an_instance(db: object, homes: object) -> None:
    assert told(influxdb.INSTANCE, Location.homes, ITEM, {"db": db}) == homes


def test_home_of_a_cluster() -> None:
    replies = {
        "db": {"vpcSubnetIds": ["subnet-1"]},
        "subnets": {"Subnets": [{"SubnetId": "subnet-1", "AvailabilityZone": "eu-central-1-ist-1a"}]},
    }
    assert told(influxdb.CLUSTER, Location.homes, ITEM, replies) == ["aws:eu-central-1-ist-1"]
    assert told(influxdb.CLUSTER, Location.homes, ITEM, {**replies, "subnets": REFUSED}) == [Reason.REFUSED]


@BOTH
def test_influxdb_in_transit(kind: ResourceType) -> None:
    assert told(kind, EncryptionInTransit.plaintext, ITEM) is False
    assert told(kind, EncryptionInTransit.minimum_tls, ITEM) is Tls.V1_2
    assert refs(kind, Lineage.origins, ITEM) == [Reason.NOT_ASKED]
    assert told(kind, Tagging.tags, ITEM, {"tags": {"tags": {"env": "prod"}}}) == {"env": "prod"}
    assert told(kind, Tagging.tags, ITEM, {"tags": {}}) == {}
    assert told(kind, Tagging.tags, ITEM, {"tags": REFUSED}) is Reason.REFUSED


def _point(**change: object) -> dict[str, object]:
    return {
        "arn": "arn:aws:timestream-influxdb:eu-west-2:111111111111:db-backup/1",
        "status": "COMPLETED",
        "createdAt": "2026-11-01T08:00:00+00:00",
        "expiresAfter": "2026-11-08",
        "dbResourceId": "abc",
        "deploymentType": "SINGLE_AZ",
        **change,
    }


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (_point(), [("snapshot", "7 days", "undecided", HERE, True)]),
        (_point(expiresAfter="2026-12-06T08:00:00+00:00"), [("snapshot", "35 days", "undecided", HERE, True)]),
        (_point(status="IN_PROGRESS"), [("snapshot", "7 days", "undecided", HERE, True)]),
        (_point(expiresAfter=None), [("snapshot", "undecided", "undecided", HERE, True)]),
        (_point(expiresAfter="soon"), [("snapshot", "shape", "undecided", HERE, True)]),
        (_point(status="DELETED"), []),
        (_point(status="FAILED"), []),
        (_point(status="odd"), [Reason.SHAPE]),
    ],
)
def test_how_long_a_backup_is_kept(item: object, expected: object) -> None:
    assert plans(influxdb.BACKUP, Backup.plans, item) == expected


@pytest.mark.parametrize(
    ("item", "source"),
    [
        (_point(), DB),
        (_point(deploymentType="WITH_MULTIAZ_STANDBY"), DB),
        (_point(deploymentType="MULTI_NODE_READ_REPLICAS"), DB.replace("instance", "cluster")),
        (_point(deploymentType=None), Reason.SHAPE),
        (_point(dbResourceId=DB), Reason.SHAPE),
    ],
)
def test_what_a_backup_was_made_of(item: object, source: object) -> None:
    assert refs(influxdb.BACKUP, Lineage.origins, item) == [source]
    assert refs(influxdb.BACKUP, RecoveryPoint.sources, item) == [source]
    assert told(influxdb.BACKUP, Location.homes, item) == ["aws:eu-west-2"]
    assert told(influxdb.BACKUP, Exposure.public, item) is False
