"""An AWS estate of three accounts in six regions, as tables: what is made, what is refused, and what every promise must
come to.

A `Way` is one way of setting up a resource; each is made once in every account and region. The verdicts stand beside
it. What depends on the place stands in `ABROAD`, and what a refused call takes away in `REFUSED`. Nothing here is
derived from the code that is tested.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from scanner.demo.aws import Refusal
from scanner.demo.aws_estate import MANAGEMENT, PRODUCTION, READER_ROLE, STAGING, TEST

Verdicts: TypeAlias = Mapping[str, str]
Clients: TypeAlias = Callable[[str, str, str], Any]

REGIONS = ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "us-east-1", "us-west-2")
ACCOUNTS = {PRODUCTION: "production", STAGING: "staging", TEST: "test"}
FAR, NEAR = "us-east-1", "eu-west-1"
ABROAD = frozenset({"us-east-1", "us-west-2"})
"""The regions that are neither in the European Economic Area nor in the United Kingdom."""
POLICY = f"""\
version: 1
name: estate
organisation: Example SaaS Ltd
scope:
  aws: {{accounts: ["{PRODUCTION}", "{STAGING}", "{TEST}"], role: {READER_ROLE}, regions: [{", ".join(REGIONS)}]}}
environments:
  production: {{aws: ["{PRODUCTION}"]}}
  staging: {{aws: ["{STAGING}"]}}
  test: {{aws: ["{TEST}"]}}
promises:
  - id: homes
    says: Work is done in Europe.
    check: residency.places
    with: {{places: [EEA, GB]}}
    applies_to: {{types: [aws.sqs.queue]}}
  - id: copies
    says: Objects and their copies stay in Europe.
    check: residency.places
    with: {{places: [EEA, GB]}}
    applies_to: {{types: [aws.s3.bucket]}}
  - id: chosen
    says: A customer chooses where its work is done.
    check: residency.places
    with: {{places_from_tag: data-home}}
    applies_to: {{types: [aws.sqs.queue], tags: {{data: [customer]}}}}
  - {{id: disks, says: Disks are encrypted., check: encryption.at-rest, applies_to: {{types: [aws.ec2.volume]}}}}
  - {{id: objects, says: Objects are encrypted., check: encryption.at-rest, applies_to: {{types: [aws.s3.bucket]}}}}
  - id: own-keys
    says: By our own keys.
    check: encryption.at-rest
    with: {{key_owner: customer}}
    applies_to: {{types: [aws.ec2.volume, aws.dynamodb.table]}}
  - {{id: https, says: HTTPS only., check: encryption.in-transit, applies_to: {{types: [aws.s3.bucket]}}}}
  - id: backups
    says: Backups are kept for a week.
    check: backup.retention
    with: {{at_least: 7 days}}
    applies_to: {{types: [aws.rds.instance, aws.dynamodb.table]}}
  - id: logs
    says: Logs are kept for a month, and not for ever.
    check: logs.retention
    with: {{at_least: 30 days, at_most: 1 year}}
    applies_to: {{types: [aws.logs.group]}}
  - id: lineage
    says: Production data is never used in test.
    check: separation.lineage
    applies_to: {{environments: [test], types: [aws.ec2.volume]}}
  - id: private
    says: Nothing is open to the Internet.
    check: exposure.not-public
    applies_to: {{types: [aws.s3.bucket, aws.ec2.snapshot]}}
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """An account in a region, with boto3's clients and the ARN of a key of the account's own; `made` has the ids of
    what was made so far, by account, region and way.
    """

    clients: Clients
    account: str
    region: str
    key: str
    made: dict[tuple[str, str, str], str]

    def client(self, service: str) -> Any:
        """The client of a service here."""
        return self.clients(self.account, service, self.region)

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something here."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    @property
    def abroad(self) -> bool:
        """Whether it is outside Europe."""
        return self.region in ABROAD


@dataclass(frozen=True, slots=True)
class Way:
    """A way of setting up a resource: how it is made, giving its id, and what each promise about it must come to, at
    home and `abroad`. `accounts` are those that have it.
    """

    name: str
    type: str
    make: Callable[[Unit, Way], str]
    verdicts: Verdicts
    given: Mapping[str, Any] = field(default_factory=dict)
    abroad: Verdicts = field(default_factory=dict)
    accounts: tuple[str, ...] = tuple(ACCOUNTS)


@dataclass(frozen=True, slots=True)
class Refused:
    """What an account may not ask in a region, and what that must come to: the verdict of each promise about the
    resources of each way that are there (of the account `whose`, where it is another), or, of a listing, about a gap in
    their stead.
    """

    account: str
    region: str
    action: str
    verdicts: Mapping[str, Verdicts] = field(default_factory=dict)
    hides: str = ""
    gaps: tuple[str, ...] = ()
    whose: str = ""

    @property
    def refusal(self) -> Refusal:
        """The refusal as the simulated cloud takes it."""
        return Refusal(self.account, self.action, self.region)


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _queue(unit: Unit, way: Way) -> str:
    tags = {key: value.format(region=unit.region) for key, value in way.given.items()}
    unit.client("sqs").create_queue(QueueName=way.name, tags=tags)
    return unit.arn("sqs", way.name)


def _volume(unit: Unit, way: Way) -> str:
    given = {name: unit.key if value == "own" else value for name, value in way.given.items()}
    made = unit.client("ec2").create_volume(AvailabilityZone=f"{unit.region}a", Size=8, **given)
    return unit.arn("ec2", f"volume/{made['VolumeId']}")


def _restored(unit: Unit, way: Way) -> str:
    source = unit.made[way.given["account"], unit.region, way.given["way"]].rpartition("/")[2]
    made = unit.client("ec2").create_volume(
        AvailabilityZone=f"{unit.region}a", Size=8, SnapshotId=source, Encrypted=True, KmsKeyId=unit.key
    )
    return unit.arn("ec2", f"volume/{made['VolumeId']}")


def _snapshot(unit: Unit, way: Way) -> str:
    volume = unit.made[unit.account, unit.region, "disk-own-key"].rpartition("/")[2]
    ec2 = unit.client("ec2")
    made = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.modify_snapshot_attribute(SnapshotId=made, Attribute="createVolumePermission", OperationType="add", **way.given)
    return f"arn:aws:ec2:{unit.region}:{unit.account}:snapshot/{made}"


def _database(unit: Unit, way: Way) -> str:
    unit.client("rds").create_db_instance(
        DBInstanceIdentifier=way.name,
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        MasterUsername="someone",
        MasterUserPassword="not-a-secret",
        **way.given,
    )
    return unit.arn("rds", f"db:{way.name}")


def _group(unit: Unit, way: Way) -> str:
    logs = unit.client("logs")
    logs.create_log_group(logGroupName=way.name)
    if way.given:
        logs.put_retention_policy(logGroupName=way.name, **way.given)
    return unit.arn("logs", f"log-group:{way.name}")


def _table(unit: Unit, way: Way) -> str:
    own = {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": unit.key}}
    dynamodb = unit.client("dynamodb")
    dynamodb.create_table(
        TableName=way.name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **(own if way.given["own"] else {}),
    )
    if way.given["recovery"]:
        recovery = {"PointInTimeRecoveryEnabled": True}
        dynamodb.update_continuous_backups(TableName=way.name, PointInTimeRecoverySpecification=recovery)
    return unit.arn("dynamodb", f"table/{way.name}")


def bucket(account: str, way: str, region: str) -> str:
    """The name of a bucket."""
    return f"example-{ACCOUNTS[account]}-{way}-{region}"


def _bucket(unit: Unit, way: Way) -> str:
    s3, name = unit.client("s3"), bucket(unit.account, way.name, unit.region)
    where = {"CreateBucketConfiguration": {"LocationConstraint": unit.region}}
    s3.create_bucket(Bucket=name, **({} if unit.region == FAR else where), **way.given)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    if way.name == "closed":
        _close(s3, name)
    return f"arn:aws:s3:::{name}"


def _close(s3: Any, name: str) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=dict.fromkeys(blocks, True))
    document = {"Version": "2012-10-17", "Statement": [_https(name)]}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps(document))


def _https(name: str) -> Mapping[str, Any]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _replicate(unit: Unit, way: str, region: str) -> None:
    """Copy a bucket to the closed one of the same account in another region."""
    rule = {
        "ID": "copy",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{bucket(unit.account, 'closed', region)}"},
    }
    configuration = {"Role": f"arn:aws:iam::{unit.account}:role/worker", "Rules": [rule]}
    name = bucket(unit.account, way, unit.region)
    unit.client("s3").put_bucket_replication(Bucket=name, ReplicationConfiguration=configuration)


QUEUE, VOLUME, SNAPSHOT, TABLE = "aws.sqs.queue", "aws.ec2.volume", "aws.ec2.snapshot", "aws.dynamodb.table"
DATABASE, GROUP, BUCKET = "aws.rds.instance", "aws.logs.group", "aws.s3.bucket"
HERE, THERE = {"homes": "pass"}, {"homes": "fail"}
WAYS = (
    Way(
        "work-of-here",
        QUEUE,
        _queue,
        {**HERE, "chosen": "pass"},
        {"data": "customer", "data-home": "aws:{region}"},
        THERE,
    ),
    Way("work-of-there", QUEUE, _queue, {**HERE, "chosen": "fail"}, {"data": "customer", "data-home": "JP"}, THERE),
    Way("work-of-nowhere", QUEUE, _queue, {**HERE, "chosen": "unknown"}, {"data": "customer"}, THERE),
    Way("work-of-ours", QUEUE, _queue, HERE, {"data": "internal"}, THERE),
    Way(
        "disk-own-key",
        VOLUME,
        _volume,
        {"disks": "pass", "own-keys": "pass", "lineage": "pass"},
        {"Encrypted": True, "KmsKeyId": "own"},
    ),
    Way(
        "disk-their-key",
        VOLUME,
        _volume,
        {"disks": "pass", "own-keys": "fail", "lineage": "pass"},
        {"Encrypted": True},
    ),
    Way("disk-plain", VOLUME, _volume, {"disks": "fail", "own-keys": "fail", "lineage": "pass"}, {"Encrypted": False}),
    Way("copy-for-test", SNAPSHOT, _snapshot, {"private": "pass"}, {"UserIds": [TEST]}),
    Way("copy-for-all", SNAPSHOT, _snapshot, {"private": "fail"}, {"GroupNames": ["all"]}),
    Way(
        "disk-of-production",
        VOLUME,
        _restored,
        {"disks": "pass", "own-keys": "pass", "lineage": "fail"},
        {"account": PRODUCTION, "way": "copy-for-test"},
        accounts=(TEST,),
    ),
    Way(
        "disk-of-staging",
        VOLUME,
        _restored,
        {"disks": "pass", "own-keys": "pass", "lineage": "pass"},
        {"account": STAGING, "way": "copy-for-test"},
        accounts=(TEST,),
    ),
    Way("kept-two-weeks", DATABASE, _database, {"backups": "pass"}, {"BackupRetentionPeriod": 14}),
    Way("kept-a-day", DATABASE, _database, {"backups": "fail"}, {"BackupRetentionPeriod": 1}),
    Way("a-quarter", GROUP, _group, {"logs": "pass"}, {"retentionInDays": 90}),
    Way("a-week", GROUP, _group, {"logs": "fail"}, {"retentionInDays": 7}),
    Way("for-ever", GROUP, _group, {"logs": "fail"}),
    Way("safe", TABLE, _table, {"own-keys": "pass", "backups": "pass"}, {"own": True, "recovery": True}),
    Way("bare", TABLE, _table, {"own-keys": "fail", "backups": "fail"}, {"own": False, "recovery": False}),
    Way(
        "closed",
        BUCKET,
        _bucket,
        {"copies": "pass", "objects": "pass", "https": "pass", "private": "pass"},
        abroad={"copies": "fail"},
    ),
    Way(
        "open",
        BUCKET,
        _bucket,
        {"copies": "fail", "objects": "fail", "https": "fail", "private": "fail"},
        {"ACL": "public-read"},
    ),
)
"""Of S3, the closed buckets in Europe are copied to Ireland, and the open ones to Virginia."""
WORK, DISKS = ("work-of-here", "work-of-there", "work-of-nowhere", "work-of-ours"), ("disk-own-key", "disk-their-key")
REFUSED = (
    Refused(TEST, "eu-north-1", "sqs:ListQueues", hides=QUEUE, gaps=("homes", "chosen")),
    Refused(STAGING, "eu-west-1", "sqs:ListQueueTags", {way: {"chosen": "unknown"} for way in WORK}),
    Refused(TEST, "eu-central-1", "ec2:DescribeVolumes", hides=VOLUME, gaps=("disks", "own-keys", "lineage")),
    Refused(
        PRODUCTION,
        "eu-north-1",
        "ec2:DescribeSnapshots",
        # Whose data the volume of the test account holds cannot be said without the snapshot.
        {"disk-of-production": {"lineage": "unknown"}},
        hides=SNAPSHOT,
        gaps=("private",),
        whose=TEST,
    ),
    Refused(
        PRODUCTION,
        "eu-west-1",
        "ec2:DescribeSnapshotAttribute",
        {way: {"private": "unknown"} for way in ("copy-for-test", "copy-for-all")},
    ),
    Refused(
        STAGING,
        "eu-central-1",
        "kms:DescribeKey",
        {way: {"own-keys": "unknown"} for way in (*DISKS, "safe")},
    ),
    Refused(TEST, "eu-west-2", "rds:DescribeDBInstances", hides=DATABASE, gaps=("backups",)),
    Refused(
        STAGING,
        "us-east-1",
        "dynamodb:DescribeContinuousBackups",
        {way: {"backups": "unknown"} for way in ("safe", "bare")},
    ),
    Refused(
        PRODUCTION,
        "eu-west-2",
        "dynamodb:DescribeTable",
        {way: {"own-keys": "unknown"} for way in ("safe", "bare")},
    ),
    Refused(STAGING, "eu-north-1", "logs:DescribeLogGroups", hides=GROUP, gaps=("logs",)),
    Refused(
        TEST,
        "us-east-1",
        "logs:DescribeAccountPolicies",
        {way: {"logs": "unknown"} for way in ("a-quarter", "a-week", "for-ever")},
    ),
    Refused(
        PRODUCTION,
        "eu-west-2",
        "s3:GetBucketEncryption",
        {way: {"objects": "unknown"} for way in ("closed", "open")},
    ),
    Refused(
        PRODUCTION,
        "eu-central-1",
        "s3:GetBucketReplication",
        {way: {"copies": "unknown"} for way in ("closed", "open")},
    ),
    Refused(
        TEST,
        "eu-west-1",
        "s3:GetBucketPolicy",
        # The policy of the closed one might leave it to access points who gets in; the other's list of grants tells.
        {"closed": {"https": "unknown", "private": "unknown"}, "open": {"https": "unknown"}},
    ),
    # That nothing else opens the closed one is no proof: what its objects' own lists say is not read.
    Refused(
        STAGING, "eu-west-2", "s3:GetPublicAccessBlock", {way: {"private": "unknown"} for way in ("closed", "open")}
    ),
)
"""The replies of the vendor to each: see `scanner.demo.aws`. No place has two of them that concern one promise."""


def _units(clients: Clients, made: dict[tuple[str, str, str], str]) -> Iterator[Unit]:
    for account in ACCOUNTS:
        for region in REGIONS:
            key = clients(account, "kms", region).create_key()["KeyMetadata"]["Arn"]
            yield Unit(clients, account, region, key, made)


def seed(clients: Clients) -> Mapping[tuple[str, str, str], str]:
    """Make the estate; the ids of its resources, by account, region and way."""
    made: dict[tuple[str, str, str], str] = {}
    trust = {"Effect": "Allow", "Principal": {"AWS": MANAGEMENT}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    for account in ACCOUNTS:
        clients(account, "iam", FAR).create_role(RoleName=READER_ROLE, AssumeRolePolicyDocument=document)
    for unit in (units := list(_units(clients, made))):
        for way in WAYS:
            if unit.account in way.accounts:
                made[unit.account, unit.region, way.name] = way.make(unit, way)
    for unit in units:
        _replicate(unit, "open", FAR)
        if not unit.abroad and unit.region != NEAR:
            _replicate(unit, "closed", NEAR)
    return made


def expected(made: Mapping[tuple[str, str, str], str]) -> Mapping[tuple[str, str], str]:
    """The verdict that each promise about each resource must come to."""
    ways = {way.name: way for way in WAYS}
    found: dict[tuple[str, str], str] = {}
    for (account, region, name), id_ in made.items():
        way = ways[name]
        here = [each for each in REFUSED if each.region == region]
        if any((each.account, each.hides) == (account, way.type) for each in here):
            continue
        verdicts = {**way.verdicts, **(way.abroad if region in ABROAD else {})}
        for each in here:
            if account == (each.whose or each.account):
                verdicts |= each.verdicts.get(name, {})
        # Only what the test account holds must not come from production.
        found |= {(promise, id_): each for promise, each in verdicts.items() if promise != "lineage" or account == TEST}
    return found
