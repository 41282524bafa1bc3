"""The AWS estate of the demo company, the fictional Example SaaS Ltd, as data and the calls that set it up.

Everything is as the company promises, except where a comment says ``Breaks:``. `seed` builds the estate as the company
did: once, and then the changes of the week after, so that what both weeks have is the same resource.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

Clients: TypeAlias = Callable[[str, str, str], Any]
"""Gives boto3's client of an account, a service and a Region."""

MANAGEMENT: Final = "123456789012"
PRODUCTION: Final = "111111111111"
TEST: Final = "222222222222"
STAGING: Final = "333333333333"
DEVELOPMENT: Final = "444444444444"
ENVIRONMENTS: Final = {PRODUCTION: "production", TEST: "test", STAGING: "staging", DEVELOPMENT: "development"}
ACCOUNTS: Final = (MANAGEMENT, *ENVIRONMENTS)

LANDING_ROLE: Final = "OrganizationAccountAccessRole"
READER_ROLE: Final = "asdeclared-reader"
HOME: Final = "eu-west-2"
IRELAND: Final = "eu-west-1"
VIRGINIA: Final = "us-east-1"

FIRST_SCAN: Final = datetime(2026, 11, 2, 9, tzinfo=UTC)
FOUNDED: Final = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATELY: Final = datetime(2026, 10, 20, 14, tzinfo=UTC)
CHANGED: Final = datetime(2026, 11, 5, 10, tzinfo=UTC)
RETENTION_DAYS: Final = 35
"""The number of days that the company promises for backups."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket; `replica` is the bucket that its objects are copied to."""

    account: str
    name: str
    region: str = HOME
    encryption: Literal["aws:kms", "AES256"] = "aws:kms"
    tls_only: bool = True
    replica: str | None = None


@dataclass(frozen=True, slots=True)
class Database:
    """An RDS instance, or an Aurora cluster where it has `members`; `days` its automated backups are kept."""

    account: str
    name: str
    days: int = RETENTION_DAYS
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DatabaseSnapshot:
    """A manual snapshot of an RDS instance."""

    account: str
    name: str
    database: str
    made: datetime


@dataclass(frozen=True, slots=True)
class Volume:
    """A disk of `size` GiB; `source` names the snapshot that it is made from."""

    account: str
    name: str
    size: int
    region: str = HOME
    encrypted: bool = True
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot of a disk; the account `shared` may make volumes from it."""

    account: str
    name: str
    volume: str
    shared: str | None = None


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group; None `days` is for ever. CloudWatch Logs has no retention of 35 days."""

    account: str
    name: str
    days: int | None
    env: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """A VPC."""

    account: str
    name: str
    block: str


BUCKETS: Final = (
    # Breaks: customer data is kept in the UK. Every object is copied to Virginia.
    Bucket(PRODUCTION, "example-saas-documents", replica="example-saas-documents-copy"),
    # Breaks: data is encrypted in transit. No policy refuses plain http.
    Bucket(PRODUCTION, "example-saas-exports", tls_only=False),
    Bucket(PRODUCTION, "example-saas-logs", encryption="AES256"),
    Bucket(PRODUCTION, "example-saas-website-assets", encryption="AES256"),
    # Breaks: customer data is kept in the UK. This is where the copies are.
    Bucket(PRODUCTION, "example-saas-documents-copy", VIRGINIA, encryption="AES256"),
    Bucket(TEST, "example-saas-test-files"),
    Bucket(STAGING, "example-saas-staging-documents"),
    Bucket(STAGING, "example-saas-staging-exports", encryption="AES256"),
    Bucket(DEVELOPMENT, "example-saas-development-files", encryption="AES256"),
)

DATABASES: Final = (
    Database(PRODUCTION, "customers"),
    Database(PRODUCTION, "billing"),
    # Breaks: backups are kept for 35 days.
    Database(PRODUCTION, "reports", days=7),
    Database(PRODUCTION, "orders", members=("orders-1", "orders-2")),
    Database(TEST, "customers-test"),
    Database(STAGING, "customers-staging", days=7),
    Database(STAGING, "billing-staging", days=7),
    Database(DEVELOPMENT, "customers-development", days=1),
)

DATABASE_SNAPSHOTS: Final = (
    # Breaks: backups are kept for 35 days. A manual snapshot stays until somebody deletes it; this one is months old.
    DatabaseSnapshot(PRODUCTION, "billing-first", "billing", FOUNDED),
    DatabaseSnapshot(PRODUCTION, "customers-before-upgrade", "customers", LATELY),
)

VOLUMES: Final = (
    Volume(PRODUCTION, "app-1-data", 200),
    Volume(PRODUCTION, "app-2-data", 200),
    # Breaks: data at rest is encrypted.
    Volume(PRODUCTION, "legacy-import", 50, encrypted=False),
    # Breaks: customer data is kept in the UK.
    Volume(PRODUCTION, "app-trial", 100, region=IRELAND),
    Volume(TEST, "scratch", 20),
    Volume(STAGING, "app-1-staging", 100),
    Volume(STAGING, "app-2-staging", 100),
    Volume(DEVELOPMENT, "workbench-1", 50),
    Volume(DEVELOPMENT, "workbench-2", 50),
    Volume(DEVELOPMENT, "workbench-3", 50),
)

SNAPSHOTS: Final = (
    # Breaks: test never sees production. The test account may make volumes from it.
    Snapshot(PRODUCTION, "app-1-data-copy", "app-1-data", shared=TEST),
)

RESTORED: Final = (
    # Breaks: test never sees production. The volume holds what the production disk held.
    Volume(TEST, "app-1-restored", 200, source="app-1-data-copy"),
)

LOG_GROUPS: Final = (
    LogGroup(PRODUCTION, "/example/app", 30),
    LogGroup(PRODUCTION, "/example/audit", 90),
    # Breaks: logs are deleted. These never expire.
    LogGroup(PRODUCTION, "/example/worker", None),
    # Breaks: logs are deleted. An audit log of a year is what another promise wants: the two contradict each other.
    LogGroup(PRODUCTION, "/example/sign-ins", 365, purpose="audit"),
    LogGroup(PRODUCTION, "/example/search", 30),
    LogGroup(PRODUCTION, "/example/billing", 60),
    LogGroup(STAGING, "/example/staging", 30),
    LogGroup(STAGING, "/example/staging/worker", 14),
    LogGroup(DEVELOPMENT, "/example/development", 7),
    LogGroup(TEST, "/example/test", 30),
    # Breaks: test never sees production. By its tag it is production, by its account it is test.
    LogGroup(TEST, "/example/import", 30, env="production"),
)

NETWORKS: Final = (
    Network(PRODUCTION, "app", "10.1.0.0/16"),
    Network(PRODUCTION, "data", "10.2.0.0/16"),
    Network(TEST, "app-test", "10.3.0.0/16"),
    Network(TEST, "data-test", "10.4.0.0/16"),
    Network(STAGING, "app-staging", "10.5.0.0/16"),
    Network(DEVELOPMENT, "app-development", "10.6.0.0/16"),
)

TABLES: Final = (
    (PRODUCTION, "sessions"),
    (PRODUCTION, "search-index"),
    (PRODUCTION, "feature-flags"),
    (STAGING, "sessions-staging"),
)
"""The DynamoDB tables, by account."""
QUEUES: Final = (
    (PRODUCTION, "jobs"),
    (PRODUCTION, "invoices"),
    (PRODUCTION, "notifications"),
    (STAGING, "jobs-staging"),
)
"""The SQS queues, by account."""
SECRETS: Final = ((PRODUCTION, "billing-provider"), (PRODUCTION, "mail-provider"), (STAGING, "billing-provider"))
"""The secrets of Secrets Manager, by account."""


# Breaks: test never sees production. Each end can be reached from the other.
PEERING: Final = ("app", "app-test")

# Breaks: customer data is kept in the UK. Made in the second week.
ARCHIVE: Final = Bucket(PRODUCTION, "example-saas-archive", IRELAND, encryption="AES256")


def scan_time(week: int) -> datetime:
    """Return the time of the scan of a week, which is the time that the simulated cloud tells."""
    return FIRST_SCAN + timedelta(weeks=week)


def last_night(week: int) -> datetime:
    """Return the time of the last automated backups before the scan of a week."""
    return scan_time(week) - timedelta(hours=7)


@dataclass(frozen=True, slots=True)
class _Site:
    """The clients, and what was made so far: the ARN of each account's key and the id of each named thing."""

    clients: Clients
    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)


def _tags(account: str, name: str | None = None, *, env: str | None = None) -> dict[str, str]:
    own = {"env": env or ENVIRONMENTS[account], "owner": "platform"}
    return own | ({"Name": name} if name else {})


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _ec2_tags(type_: str, account: str, name: str) -> list[dict[str, Any]]:
    return [{"ResourceType": type_, "Tags": _pairs(_tags(account, name))}]


def _document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _reader(site: _Site, account: str) -> None:
    iam = site.clients(account, "iam", VIRGINIA)
    trust = {"AWS": f"arn:aws:iam::{MANAGEMENT}:root"}
    document = _document(Effect="Allow", Principal=trust, Action="sts:AssumeRole")
    iam.create_role(RoleName=READER_ROLE, AssumeRolePolicyDocument=document, Tags=_pairs(_tags(account)))


def _key(site: _Site, account: str) -> None:
    kms = site.clients(account, "kms", HOME)
    tags = [{"TagKey": key, "TagValue": value} for key, value in _tags(account).items()]
    key = kms.create_key(Description="Data at rest", Tags=tags)["KeyMetadata"]
    kms.create_alias(AliasName="alias/data", TargetKeyId=key["KeyId"])
    kms.enable_key_rotation(KeyId=key["KeyId"])
    site.keys[account] = key["Arn"]


def _bucket(site: _Site, bucket: Bucket) -> None:
    s3 = site.clients(bucket.account, "s3", bucket.region)
    place = {} if bucket.region == VIRGINIA else {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
    s3.create_bucket(Bucket=bucket.name, **place)
    default: dict[str, str] = {"SSEAlgorithm": bucket.encryption}
    default |= {"KMSMasterKeyID": site.keys[bucket.account]} if bucket.encryption == "aws:kms" else {}
    rules = [{"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket.encryption == "aws:kms"}]
    s3.put_bucket_encryption(Bucket=bucket.name, ServerSideEncryptionConfiguration={"Rules": rules})
    blocks = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(Bucket=bucket.name, PublicAccessBlockConfiguration=dict.fromkeys(blocks, True))
    s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket=bucket.name, Tagging={"TagSet": _pairs(_tags(bucket.account))})
    if bucket.tls_only:
        s3.put_bucket_policy(Bucket=bucket.name, Policy=_tls_only(bucket.name))


def _tls_only(name: str) -> str:
    arns = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    return _document(Sid="TlsOnly", Effect="Deny", Principal="*", Action="s3:*", Resource=arns, Condition=plain)


def _replication(site: _Site, bucket: Bucket) -> None:
    rule = {
        "ID": "copy",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{bucket.replica}"},
    }
    configuration = {"Role": f"arn:aws:iam::{bucket.account}:role/worker", "Rules": [rule]}
    s3 = site.clients(bucket.account, "s3", bucket.region)
    s3.put_bucket_replication(Bucket=bucket.name, ReplicationConfiguration=configuration)


def _database(site: _Site, database: Database) -> None:
    rds = site.clients(database.account, "rds", HOME)
    tags = _pairs(_tags(database.account))
    common: dict[str, Any] = {
        "MasterUsername": "admin_user",
        "MasterUserPassword": "not-a-secret",
        "BackupRetentionPeriod": database.days,
        "PreferredBackupWindow": "02:00-02:30",
        "PreferredMaintenanceWindow": "sun:04:00-sun:04:30",
        "StorageEncrypted": True,
        "KmsKeyId": site.keys[database.account],
        "DeletionProtection": True,
        "CopyTagsToSnapshot": True,
        "Tags": tags,
    }
    if not database.members:
        own = {"Engine": "postgres", "EngineVersion": "16.4", "DBInstanceClass": "db.m6g.large"}
        size = {"AllocatedStorage": 100, "StorageType": "gp3", "MultiAZ": True, "PubliclyAccessible": False}
        rds.create_db_instance(DBInstanceIdentifier=database.name, **own, **size, **common)
        return
    aurora = {"Engine": "aurora-postgresql"}
    rds.create_db_cluster(DBClusterIdentifier=database.name, EngineVersion="16.4", **aurora, **common)
    for member in database.members:
        own = {"DBClusterIdentifier": database.name, "DBInstanceClass": "db.r6g.large", **aurora}
        rds.create_db_instance(DBInstanceIdentifier=member, PubliclyAccessible=False, Tags=tags, **own)


def _database_snapshot(site: _Site, snapshot: DatabaseSnapshot) -> None:
    rds = site.clients(snapshot.account, "rds", HOME)
    rds.create_db_snapshot(DBSnapshotIdentifier=snapshot.name, DBInstanceIdentifier=snapshot.database)


def _volume(site: _Site, volume: Volume) -> None:
    key = {"KmsKeyId": site.keys[volume.account]} if volume.encrypted and volume.region == HOME else {}
    source = {"SnapshotId": site.ids[volume.source]} if volume.source else {}
    made = site.clients(volume.account, "ec2", volume.region).create_volume(
        AvailabilityZone=f"{volume.region}a",
        Size=volume.size,
        VolumeType="gp3",
        Encrypted=volume.encrypted,
        TagSpecifications=_ec2_tags("volume", volume.account, volume.name),
        **key,
        **source,
    )
    site.ids[volume.name] = made["VolumeId"]


def _snapshot(site: _Site, snapshot: Snapshot) -> None:
    ec2 = site.clients(snapshot.account, "ec2", HOME)
    made = ec2.create_snapshot(
        VolumeId=site.ids[snapshot.volume],
        Description=f"Copy of {snapshot.volume}",
        TagSpecifications=_ec2_tags("snapshot", snapshot.account, snapshot.name),
    )
    site.ids[snapshot.name] = made["SnapshotId"]
    if snapshot.shared:
        permission = {"Attribute": "createVolumePermission", "OperationType": "add", "UserIds": [snapshot.shared]}
        ec2.modify_snapshot_attribute(SnapshotId=made["SnapshotId"], **permission)


def _log_group(site: _Site, group: LogGroup) -> None:
    logs = site.clients(group.account, "logs", HOME)
    tags = _tags(group.account, env=group.env) | ({"purpose": group.purpose} if group.purpose else {})
    logs.create_log_group(logGroupName=group.name, tags=tags)
    if group.days is not None:
        logs.put_retention_policy(logGroupName=group.name, retentionInDays=group.days)


def _network(site: _Site, network: Network) -> None:
    tags = _ec2_tags("vpc", network.account, network.name)
    made = site.clients(network.account, "ec2", HOME).create_vpc(CidrBlock=network.block, TagSpecifications=tags)
    site.ids[network.name] = made["Vpc"]["VpcId"]


def _peering(site: _Site) -> None:
    ours, theirs = (site.ids[name] for name in PEERING)
    tags = _ec2_tags("vpc-peering-connection", PRODUCTION, "app-to-test")
    ends = {"VpcId": ours, "PeerVpcId": theirs, "PeerOwnerId": TEST}
    ec2 = site.clients(PRODUCTION, "ec2", HOME)
    made = ec2.create_vpc_peering_connection(**ends, TagSpecifications=tags)["VpcPeeringConnection"]
    accept = site.clients(TEST, "ec2", HOME).accept_vpc_peering_connection
    accept(VpcPeeringConnectionId=made["VpcPeeringConnectionId"])


def _worker(site: _Site) -> None:
    """Make a topic, a role and a function: what a sweep sees and some scanner does not model."""
    tags, key = _tags(PRODUCTION), site.keys[PRODUCTION]
    document = _document(Effect="Allow", Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole")
    iam = site.clients(PRODUCTION, "iam", VIRGINIA)
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=document, Tags=_pairs(tags))["Role"]["Arn"]
    sns = site.clients(PRODUCTION, "sns", HOME)
    sns.create_topic(Name="alerts", Attributes={"KmsMasterKeyId": key}, Tags=_pairs(tags))
    own = {"FunctionName": "worker", "Runtime": "python3.12", "Handler": "main.run", "Role": role, "Tags": tags}
    site.clients(PRODUCTION, "lambda", HOME).create_function(Code={"ZipFile": _code()}, **own)


def _table(site: _Site, account: str, name: str) -> None:
    site.clients(account, "dynamodb", HOME).create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": site.keys[account]},
        Tags=_pairs(_tags(account)),
    )


def _queue(site: _Site, account: str, name: str) -> None:
    attributes = {"KmsMasterKeyId": site.keys[account], "MessageRetentionPeriod": "345600"}
    site.clients(account, "sqs", HOME).create_queue(QueueName=name, Attributes=attributes, tags=_tags(account))


def _secret(site: _Site, account: str, name: str) -> None:
    own = {"SecretString": "not-a-secret", "KmsKeyId": site.keys[account], "Tags": _pairs(_tags(account))}
    site.clients(account, "secretsmanager", HOME).create_secret(Name=name, **own)


def _code() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        # A zip file holds the time of each of its files.
        archive.writestr(zipfile.ZipInfo("main.py", (2026, 3, 2, 9, 0, 0)), "def run(event, context): ...\n")
    return file.getvalue()


def _found(site: _Site) -> None:
    for account in ENVIRONMENTS:
        _reader(site, account)
        _key(site, account)
    _worker(site)
    for bucket in BUCKETS:
        _bucket(site, bucket)
    for bucket in BUCKETS:
        if bucket.replica:
            _replication(site, bucket)
    for database in DATABASES:
        _database(site, database)
    for volume in VOLUMES:
        _volume(site, volume)
    for group in LOG_GROUPS:
        _log_group(site, group)
    for network in NETWORKS:
        _network(site, network)
    _peering(site)
    _services(site)


def _services(site: _Site) -> None:
    for make, things in ((_table, TABLES), (_queue, QUEUES), (_secret, SECRETS)):
        for account, name in things:
            make(site, account, name)


def _copy(site: _Site, at: Callable[[datetime], None]) -> None:
    for copy in DATABASE_SNAPSHOTS:
        at(copy.made)
        _database_snapshot(site, copy)
    at(LATELY)
    for snapshot in SNAPSHOTS:
        _snapshot(site, snapshot)
    for volume in RESTORED:
        _volume(site, volume)


def _change(site: _Site) -> None:
    """Do what happened in the week after the first scan."""
    # Repairs: backups are kept for 35 days.
    rds = site.clients(PRODUCTION, "rds", HOME)
    change = {"DBInstanceIdentifier": "reports", "BackupRetentionPeriod": RETENTION_DAYS}
    rds.modify_db_instance(**change, ApplyImmediately=True)
    _bucket(site, ARCHIVE)
    site.clients(TEST, "ec2", HOME).delete_volume(VolumeId=site.ids["scratch"])
    tags = _tags(PRODUCTION) | {"owner": "security"}
    s3 = site.clients(PRODUCTION, "s3", HOME)
    s3.put_bucket_tagging(Bucket="example-saas-logs", Tagging={"TagSet": _pairs(tags)})


def seed(clients: Clients, week: int, at: Callable[[datetime], None]) -> None:
    """Set up the estate as it is in `week`: 0 is the first scan, 1 a week later. Later weeks are as week 1.

    `at` sets the time that the cloud tells. Raises ValueError for a negative week.
    """
    if week < 0:
        raise ValueError(f"week must be 0 or more, not {week}")
    site = _Site(clients)
    at(FOUNDED)
    _found(site)
    _copy(site, at)
    if week:
        at(CHANGED)
        _change(site)
