"""The simulated AWS, asked by boto3 over real sockets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from scanner.demo.aws import AwsCloud, Refusal
from scanner.demo.aws_estate import (
    DEVELOPMENT,
    HOME,
    IRELAND,
    MANAGEMENT,
    PRODUCTION,
    READER_ROLE,
    STAGING,
    TEST,
    VIRGINIA,
    seed,
)
from scanner.demo.moto_corrections import ENABLED

LISTINGS: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("s3", "list_buckets", {"MaxBuckets": 1000}),
    ("rds", "describe_db_instances", {}),
    ("rds", "describe_db_clusters", {}),
    ("rds", "describe_db_snapshots", {}),
    ("rds", "describe_db_cluster_snapshots", {}),
    ("ec2", "describe_volumes", {}),
    ("ec2", "describe_snapshots", {"OwnerIds": ["self"]}),
    ("ec2", "describe_vpcs", {}),
    ("ec2", "describe_vpc_peering_connections", {}),
    ("logs", "describe_log_groups", {}),
    ("kms", "list_keys", {}),
    ("lambda", "list_functions", {}),
    ("iam", "list_roles", {}),
    ("resourcegroupstaggingapi", "get_resources", {}),
)
DISKS_AND_NETWORKS: Final = tuple(listing for listing in LISTINGS if listing[0] == "ec2")
COUNTS: Final = {
    "list_buckets": (5, 1),
    "describe_db_instances": (5, 1),
    "describe_db_clusters": (1, 0),
    "describe_db_snapshots": (5, 1),
    "describe_db_cluster_snapshots": (1, 0),
    "describe_volumes": (3, 2),
    "describe_snapshots": (1, 0),
    "describe_vpcs": (3, 3),
    "describe_vpc_peering_connections": (1, 1),
    "describe_log_groups": (6, 2),
    "list_keys": (1, 1),
    "list_functions": (1, 0),
}


class Caller:
    """A caller with the reader's role in the accounts of the estate."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.session = boto3.Session("AKIAIOSFODNN7EXAMPLE", "example")
        self.client = cache(self._client)
        self._credentials = cache(self._assumed)

    def _client(self, account: str, service: str, region: str = HOME) -> Any:
        more = {"endpoint_url": self.endpoint, "config": Config(retries={"total_max_attempts": 1})}
        return self.session.client(service, region, **more, **self._credentials(account))

    def _assumed(self, account: str) -> dict[str, str]:
        if account == MANAGEMENT:
            return {}
        got = self.assume(f"arn:aws:iam::{account}:role/{READER_ROLE}")["Credentials"]
        keys = {"aws_access_key_id": "AccessKeyId", "aws_secret_access_key": "SecretAccessKey"}
        return {name: got[key] for name, key in {**keys, "aws_session_token": "SessionToken"}.items()}

    def assume(self, arn: str) -> Any:
        return self.client(MANAGEMENT, "sts").assume_role(RoleArn=arn, RoleSessionName="scan")


def answer(client: Any, operation: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    reply = dict(getattr(client, operation)(**wanted))
    del reply["ResponseMetadata"]
    return reply


def listed(reply: Mapping[str, Any]) -> list[Any]:
    return next(value for value in reply.values() if isinstance(value, list))


def everything(week: int) -> dict[tuple[str, str, str], dict[str, Any]]:
    found = {}
    with AwsCloud(week) as cloud:
        caller = Caller(cloud.endpoint)
        for account in (PRODUCTION, TEST):
            for region in (HOME, IRELAND):
                for service, operation, wanted in LISTINGS if region == HOME else DISKS_AND_NETWORKS:
                    client = caller.client(account, service, region)
                    found[account, region, operation] = answer(client, operation, wanted)
    return found


@pytest.fixture(scope="module")
def weeks() -> tuple[Any, Any]:
    # What other tests in this process made of moto's state outlives one start. The demo has a process for each.
    with AwsCloud(0):
        pass
    return everything(0), everything(1)


@pytest.fixture(scope="module")
def caller(weeks: object) -> Iterator[Caller]:
    del weeks  # they need moto's one state for themselves, and go first
    refusals = (
        Refusal(PRODUCTION, "s3:GetBucketPolicy", resource="example-saas-exports"),
        Refusal(PRODUCTION, "logs:DescribeLogGroups"),
        Refusal(PRODUCTION, "rds:DescribeDB*", region=IRELAND),
        Refusal(PRODUCTION, "ec2:DescribeVolumes"),
        Refusal(PRODUCTION, "lambda:ListFunctions"),
        Refusal(PRODUCTION, "sqs:ListQueues"),
        Refusal(None, "sns:GetTopicAttributes", resource=f"arn:aws:sns:{HOME}:{PRODUCTION}:alerts"),
        Refusal(None, "s3:HeadBucket"),
        Refusal(DEVELOPMENT, "*", IRELAND),
    )
    with AwsCloud(0, refuse=refusals) as cloud:
        yield Caller(cloud.endpoint)


def test_two_starts_are_the_same(weeks: tuple[Any, Any]) -> None:
    assert everything(0) == weeks[0]


@pytest.mark.parametrize("operation", COUNTS)
def test_counts(weeks: tuple[Any, Any], operation: str) -> None:
    found = tuple(len(listed(weeks[0][account, HOME, operation])) for account in (PRODUCTION, TEST))
    assert found == COUNTS[operation]


def by_name(reply: Mapping[str, Any]) -> dict[str, Any]:
    def name(item: Mapping[str, Any]) -> str:
        tags = {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}
        keys = ("Name", "DBInstanceIdentifier", "logGroupName")
        return str(next((item[key] for key in keys if key in item), tags.get("Name")))

    return {name(item): item for item in listed(reply)}


def test_deviations_of_databases_and_logs(weeks: tuple[Any, Any]) -> None:
    week = weeks[0]
    databases = by_name(week[PRODUCTION, HOME, "describe_db_instances"])
    assert {name: one["BackupRetentionPeriod"] for name, one in databases.items() if "orders" not in name} == {
        "customers": 35,
        "billing": 35,
        "reports": 7,
    }
    assert all(one["StorageEncrypted"] for one in databases.values())
    assert len({one["DbiResourceId"] for one in databases.values()}) == 5
    groups = by_name(week[PRODUCTION, HOME, "describe_log_groups"])
    assert {name: one.get("retentionInDays") for name, one in groups.items()} == {
        "/example/app": 30,
        "/example/audit": 90,
        "/example/billing": 60,
        "/example/search": 30,
        "/example/sign-ins": 365,
        "/example/worker": None,
    }
    snapshots = listed(week[PRODUCTION, HOME, "describe_db_snapshots"])
    made = {one["DBSnapshotIdentifier"]: one["SnapshotCreateTime"].date().isoformat() for one in snapshots}
    assert made["billing-first"] == "2026-03-02"
    assert made["customers-before-upgrade"] == "2026-10-20"
    assert made["rds:customers-2026-11-02-02-00"] == "2026-11-02"


def test_deviations_of_disks(weeks: tuple[Any, Any]) -> None:
    week = weeks[0]
    disks = by_name(week[PRODUCTION, HOME, "describe_volumes"])
    assert [name for name, one in disks.items() if not one["Encrypted"]] == ["legacy-import"]
    assert list(by_name(week[PRODUCTION, IRELAND, "describe_volumes"])) == ["app-trial"]
    (copied,) = listed(week[PRODUCTION, HOME, "describe_snapshots"])
    assert copied["KmsKeyId"] == disks["app-1-data"]["KmsKeyId"]
    assert copied["VolumeId"] == disks["app-1-data"]["VolumeId"]
    tested = by_name(week[TEST, HOME, "describe_volumes"])
    assert {name: one["SnapshotId"] for name, one in tested.items()} == {
        "scratch": "",
        "app-1-restored": copied["SnapshotId"],
    }


def test_the_peering_joins_production_and_test(weeks: tuple[Any, Any]) -> None:
    (ours,), (theirs,) = (listed(weeks[0][one, HOME, "describe_vpc_peering_connections"]) for one in (PRODUCTION, TEST))
    assert ours["VpcPeeringConnectionId"] == theirs["VpcPeeringConnectionId"]
    assert ours["Status"]["Code"] == theirs["Status"]["Code"] == "active"
    assert (ours["RequesterVpcInfo"]["OwnerId"], ours["AccepterVpcInfo"]["OwnerId"]) == (PRODUCTION, TEST)
    assert ours["Tags"]
    assert not theirs.get("Tags")


def test_one_resource_of_test_is_tagged_production(weeks: tuple[Any, Any]) -> None:
    found = listed(weeks[0][TEST, HOME, "get_resources"])
    mixed = [one["ResourceARN"] for one in found if {"Key": "env", "Value": "production"} in one["Tags"]]
    assert mixed == [f"arn:aws:logs:{HOME}:{TEST}:log-group:/example/import"]


def test_the_week_after(weeks: tuple[Any, Any]) -> None:
    before, after = weeks
    for (account, region, operation), reply in before.items():
        if operation in ("describe_vpcs", "describe_snapshots", "list_keys", "describe_log_groups"):
            assert after[account, region, operation] == reply
    assert by_name(after[PRODUCTION, HOME, "describe_db_instances"])["reports"]["BackupRetentionPeriod"] == 35
    new = by_name(after[PRODUCTION, HOME, "list_buckets"])
    assert new.keys() - by_name(before[PRODUCTION, HOME, "list_buckets"]).keys() == {"example-saas-archive"}
    assert new["example-saas-archive"]["BucketRegion"] == IRELAND
    assert listed(after[TEST, HOME, "describe_volumes"]) == listed(before[TEST, HOME, "describe_volumes"])[1:]
    arn = "arn:aws:s3:::example-saas-logs"
    tags = [
        next(o["Tags"] for o in listed(w[PRODUCTION, HOME, "get_resources"]) if o["ResourceARN"] == arn) for w in weeks
    ]
    assert [{tag["Key"]: tag["Value"] for tag in one}["owner"] for one in tags] == ["platform", "security"]


def test_buckets(caller: Caller) -> None:
    s3 = caller.client(PRODUCTION, "s3")
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    replication = s3.get_bucket_replication(Bucket="example-saas-documents")["ReplicationConfiguration"]
    assert replication["Rules"][0]["Destination"]["Bucket"] == "arn:aws:s3:::example-saas-documents-copy"
    assert s3.get_bucket_location(Bucket="example-saas-documents-copy")["LocationConstraint"] is None  # Virginia
    for name in set(names) - {"example-saas-exports"}:
        (statement,) = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    rules = [s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"] for name in names]
    assert {rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for (rule,) in rules} == {"aws:kms", "AES256"}


def test_buckets_come_in_pages_with_their_region_where_a_parameter_is_given(caller: Caller) -> None:
    s3 = caller.client(PRODUCTION, "s3")
    plain = s3.list_buckets()
    assert all("BucketRegion" not in bucket for bucket in plain["Buckets"])
    pages = list(s3.get_paginator("list_buckets").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Buckets"]) for page in pages] == [2, 2, 1]
    found = [bucket for page in pages for bucket in page["Buckets"]]
    assert [one["Name"] for one in found] == sorted(bucket["Name"] for bucket in plain["Buckets"])
    assert {one["Name"]: one["BucketRegion"] for one in found}["example-saas-documents-copy"] == VIRGINIA
    some = s3.list_buckets(Prefix="example-saas-d", BucketRegion=HOME)
    assert [bucket["Name"] for bucket in some["Buckets"]] == ["example-saas-documents"]
    assert some["Prefix"] == "example-saas-d"


def test_a_bucket_of_another_account_cannot_be_read(caller: Caller) -> None:
    with pytest.raises(ClientError) as caught:
        caller.client(TEST, "s3").get_bucket_tagging(Bucket="example-saas-logs")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_a_queues_url_does_not_tell_where_the_simulator_listens(caller: Caller) -> None:
    sqs = caller.client(STAGING, "sqs")
    (url,) = sqs.list_queues()["QueueUrls"]
    assert url == f"https://sqs.{HOME}.amazonaws.com/{STAGING}/jobs-staging"
    wanted = {"QueueUrl": url, "AttributeNames": ["QueueArn"]}
    assert sqs.get_queue_attributes(**wanted)["Attributes"] == {
        "QueueArn": f"arn:aws:sqs:{HOME}:{STAGING}:jobs-staging"
    }


def test_regions(caller: Caller) -> None:
    ec2 = caller.client(PRODUCTION, "ec2")
    assert {region["RegionName"] for region in ec2.describe_regions()["Regions"]} == ENABLED
    every = {region["RegionName"]: region["OptInStatus"] for region in ec2.describe_regions(AllRegions=True)["Regions"]}
    assert every.keys() > ENABLED
    assert every["eu-south-1"] == "not-opted-in"
    assert not [name for name in every if name.startswith(("us-gov", "cn-"))]
    wanted = [{"Name": "opt-in-status", "Values": ["not-opted-in"]}]
    assert not ec2.describe_regions(Filters=wanted)["Regions"]


def test_a_shared_snapshot_is_seen_but_not_as_ones_own(caller: Caller) -> None:
    ec2 = caller.client(TEST, "ec2")
    (shared,) = ec2.describe_snapshots()["Snapshots"]
    assert shared["OwnerId"] == PRODUCTION
    assert not shared.get("Tags")
    assert ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"] == []
    assert [one["SnapshotId"] for one in ec2.describe_snapshots(OwnerIds=[PRODUCTION])["Snapshots"]] == [
        shared["SnapshotId"]
    ]
    assert len(ec2.describe_snapshots(SnapshotIds=[shared["SnapshotId"]])["Snapshots"]) == 1
    wanted = [{"Name": "encrypted", "Values": ["false"]}]
    assert ec2.describe_snapshots(Filters=wanted)["Snapshots"] == []
    with pytest.raises(ClientError, match="InvalidSnapshot"):
        ec2.describe_snapshots(SnapshotIds=["snap-00000000000000000"])
    assert ec2.get_snapshot_block_public_access_state()["State"] == "unblocked"


REFUSED: Final[tuple[tuple[str, str, str, dict[str, str], str, int], ...]] = (
    ("s3", HOME, "get_bucket_policy", {"Bucket": "example-saas-exports"}, "AccessDenied", 403),
    ("logs", HOME, "describe_log_groups", {}, "AccessDeniedException", 400),
    ("rds", IRELAND, "describe_db_clusters", {}, "AccessDenied", 403),
    ("ec2", HOME, "describe_volumes", {}, "UnauthorizedOperation", 403),
    ("lambda", HOME, "list_functions", {}, "AccessDeniedException", 403),
    ("sqs", HOME, "list_queues", {}, "AccessDenied", 400),
    ("sns", HOME, "get_topic_attributes", {"TopicArn": f"arn:aws:sns:{HOME}:{PRODUCTION}:alerts"}, "AccessDenied", 403),
)


@pytest.mark.parametrize(("service", "region", "operation", "wanted", "code", "status"), REFUSED)
def test_a_refusal_has_the_form_of_its_protocol(
    caller: Caller, service: str, region: str, operation: str, wanted: Any, code: str, status: int
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(caller.client(PRODUCTION, service, region), operation)(**wanted)
    response = caught.value.response
    assert response["Error"]["Code"] == code
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert (
        f"arn:aws:sts::{PRODUCTION}:assumed-role/{READER_ROLE}/scan is not authorized" in response["Error"]["Message"]
    )
    assert caught.value.operation_name in response["Error"]["Message"]


def test_a_refused_head_has_no_body(caller: Caller) -> None:
    s3 = caller.client(TEST, "s3")
    with pytest.raises(ClientError) as caught:
        s3.head_bucket(Bucket="example-saas-test-files")
    assert caught.value.response["Error"]["Code"] == "403"
    assert len(s3.list_buckets()["Buckets"]) == 1


def test_a_refusal_covers_no_more(caller: Caller) -> None:
    assert caller.client(PRODUCTION, "s3").get_bucket_policy(Bucket="example-saas-logs")["Policy"]
    assert caller.client(PRODUCTION, "s3").list_objects_v2(Bucket="example-saas-exports")["KeyCount"] == 0
    assert caller.client(PRODUCTION, "s3").get_bucket_acl(Bucket="example-saas-exports")["Grants"]
    assert caller.client(PRODUCTION, "rds").describe_db_instances()["DBInstances"]
    assert caller.client(PRODUCTION, "rds", IRELAND).describe_events()["Events"] == []
    assert caller.client(PRODUCTION, "lambda").get_function(FunctionName="worker")["Configuration"]
    assert caller.client(TEST, "logs").describe_log_groups()["logGroups"]
    assert caller.client(TEST, "ec2").describe_volumes()["Volumes"]


DENIED: Final = (
    ("ec2", "describe_vpcs", "UnauthorizedOperation"),
    ("rds", "describe_db_instances", "AccessDenied"),
    ("s3", "list_buckets", "AccessDenied"),
    ("sqs", "list_queues", "AccessDenied"),
    ("dynamodb", "list_tables", "AccessDeniedException"),
    ("efs", "describe_file_systems", "AccessDeniedException"),
    ("resourcegroupstaggingapi", "get_resources", "AccessDeniedException"),
)


@pytest.mark.parametrize(("service", "operation", "code"), DENIED)
def test_a_region_where_everything_is_denied(caller: Caller, service: str, operation: str, code: str) -> None:
    with pytest.raises(ClientError, match="with an explicit deny in a service control policy") as caught:
        getattr(caller.client(DEVELOPMENT, service, IRELAND), operation)()
    assert caught.value.response["Error"]["Code"] == code
    assert getattr(caller.client(DEVELOPMENT, service, HOME), operation)()
    assert getattr(caller.client(STAGING, service, IRELAND), operation)()


def test_who_somebody_is_may_be_asked_where_everything_is_denied(caller: Caller) -> None:
    assert caller.client(DEVELOPMENT, "sts", IRELAND).get_caller_identity()["Account"] == DEVELOPMENT


EMPTY: Final = (
    ("cloudtrail", "list_event_data_stores", "EventDataStores"),
    ("elasticache", "describe_serverless_caches", "ServerlessCaches"),
    ("elasticache", "describe_serverless_cache_snapshots", "ServerlessCacheSnapshots"),
    ("opensearchserverless", "list_collections", "collectionSummaries"),
    ("rds", "describe_db_cluster_automated_backups", "DBClusterAutomatedBackups"),
    ("redshift-serverless", "list_namespaces", "namespaces"),
    ("redshift-serverless", "list_snapshots", "snapshots"),
)


@pytest.mark.parametrize(("service", "operation", "key"), EMPTY)
def test_what_the_estate_has_none_of_is_listed_empty(caller: Caller, service: str, operation: str, key: str) -> None:
    assert answer(caller.client(TEST, service), operation, {})[key] == []


def test_the_backups_of_a_cluster_are_listed(caller: Caller) -> None:
    found = caller.client(PRODUCTION, "rds").describe_db_cluster_automated_backups()["DBClusterAutomatedBackups"]
    assert [each["DBClusterIdentifier"] for each in found] == ["orders"]


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::111111111111:role/nobody", f"arn:aws:iam::555555555555:role/{READER_ROLE}"]
)
def test_a_role_that_is_not_there_is_not_lent(caller: Caller, arn: str) -> None:
    with pytest.raises(ClientError) as caught:
        caller.assume(arn)
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


def test_the_caller_is_the_management_account(caller: Caller) -> None:
    assert caller.client(MANAGEMENT, "sts").get_caller_identity()["Account"] == MANAGEMENT
    assert caller.client(TEST, "sts").get_caller_identity()["Account"] == TEST


def test_what_moto_has_not_is_said_at_once_and_in_silence(caller: Caller, capfd: pytest.CaptureFixture[str]) -> None:
    ec2 = caller.client(PRODUCTION, "ec2")
    ec2.describe_vpcs()
    with pytest.raises(ClientError) as caught:
        ec2.describe_volume_status()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert capfd.readouterr() == ("", "")


def test_one_at_a_time(caller: Caller) -> None:
    del caller
    with pytest.raises(RuntimeError, match="stop it first"):
        AwsCloud(0).start()


@pytest.mark.parametrize(("action", "text"), [("s4:Get", "no service s4"), ("s3:GetBukket", "no operation GetBukket")])
def test_a_refusal_of_nothing_is_an_error(action: str, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        AwsCloud(0, refuse=[Refusal(None, action)])


def test_a_negative_week_is_an_error() -> None:
    with pytest.raises(ValueError, match="week must be 0 or more"):
        seed(lambda *_: None, -1, lambda _: None)
