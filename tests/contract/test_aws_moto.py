"""The AWS provider against moto's server: real clients, real sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from moto.backends import get_backend

from scanner.collect.model import (
    EVERYTHING,
    OTHERS,
    Account,
    Call,
    CallError,
    CredentialError,
    Options,
    ScopeError,
    Unit,
)
from scanner.collect.runner import Inventory
from scanner.facts import (
    FOREVER,
    Absent,
    AtRest,
    Backup,
    Connection,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Fact,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    Plan,
    PlanKind,
    Reason,
    Refused,
    Seen,
    Tagging,
    Tls,
    Unknown,
)
from scanner.providers.aws import PROVIDER
from scanner.providers.aws.session import AwsSession
from tests.contract.aws_server import Gate, client, items, opened, scanned, state, value

ONE, TWO, REGION = "111111111111", "222222222222", "eu-west-2"
SEEDED = frozenset(
    {
        "aws.account",
        "aws.ec2.snapshot",
        "aws.ec2.volume",
        "aws.ec2.vpc",
        "aws.ec2.vpc-peering",
        "aws.logs.group",
        "aws.neptune.instance",
        "aws.rds.cluster",
        "aws.rds.cluster-snapshot",
        "aws.rds.instance",
        "aws.rds.snapshot",
        "aws.s3.bucket",
    }
)
"""What the estate of this file has; other files have the other types."""
TYPES = tuple(kind for kind in PROVIDER.types if kind.name in SEEDED)
SCOPE: Mapping[str, object] = {"accounts": [ONE, TWO], "role": "asdeclared-reader", "regions": [REGION]}
pytestmark = pytest.mark.usefixtures("estate", "gate")


@pytest.fixture(scope="module")
def estate(endpoint: str) -> Mapping[str, str]:
    """Two accounts with one of each type; the ids that AWS chose."""
    ids, other = _seed(ONE, endpoint), _seed(TWO, endpoint)
    peering = client(ONE, endpoint, "ec2").create_vpc_peering_connection(
        VpcId=ids["vpc"], PeerVpcId=other["vpc"], PeerOwnerId=TWO, PeerRegion=REGION
    )
    for account, own in ((ONE, ids["snapshot"]), (TWO, other["snapshot"])):
        # moto starts each account with the snapshots of more than a thousand public images.
        backend = get_backend("ec2")[account][REGION]
        backend.snapshots = {own: backend.snapshots[own]}
    return {**ids, "peer": other["vpc"], "peering": peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]}


def _seed(account: str, endpoint: str) -> dict[str, str]:
    s3, rds, ec2, logs, kms = (client(account, endpoint, each) for each in ("s3", "rds", "ec2", "logs", "kms"))
    key = kms.create_key()["KeyMetadata"]["Arn"]
    _seed_bucket(s3, f"data-{account}")
    login = {"MasterUsername": "someone", "MasterUserPassword": "not-a-secret"}
    rds.create_db_instance(
        DBInstanceIdentifier="orders",
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        AllocatedStorage=20,
        BackupRetentionPeriod=35,
        StorageEncrypted=True,
        KmsKeyId=key,
        PubliclyAccessible=False,
        Tags=[{"Key": "env", "Value": "prod"}],
        **login,
    )
    rds.create_db_instance(
        DBInstanceIdentifier="graph", Engine="neptune", DBInstanceClass="db.r5.large", AllocatedStorage=20, **login
    )
    cluster = {
        "DBClusterIdentifier": "ledger",
        "Engine": "aurora-postgresql",
        "StorageEncrypted": True,
        "KmsKeyId": key,
    }
    rds.create_db_cluster(BackupRetentionPeriod=14, **cluster, **login)
    rds.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier="before-upgrade")
    rds.create_db_cluster_snapshot(DBClusterIdentifier="ledger", DBClusterSnapshotIdentifier="ledger-1")
    tags = [{"ResourceType": "volume", "Tags": [{"Key": "env", "Value": "test"}]}]
    volume = ec2.create_volume(
        AvailabilityZone="eu-west-2a", Size=1, Encrypted=True, KmsKeyId=key, TagSpecifications=tags
    )
    snapshot = ec2.create_snapshot(VolumeId=volume["VolumeId"])
    logs.create_log_group(logGroupName="/app/orders", tags={"env": "prod"})
    logs.put_retention_policy(logGroupName="/app/orders", retentionInDays=30)
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    client(account, endpoint, "ecs").create_cluster(clusterName="work", tags=[{"key": "env", "value": "prod"}])
    return {"key": key, "volume": volume["VolumeId"], "snapshot": snapshot["SnapshotId"], "vpc": vpc}


def _seed_bucket(s3: Any, name: str) -> None:
    where = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=where)
    s3.create_bucket(Bucket=f"{name}-copy", CreateBucketConfiguration=where)
    for bucket in (name, f"{name}-copy"):
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/orders"}}
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": [{"Key": "env", "Value": "prod"}]})
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [_deny(name)]}))
    block = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=block)
    replicate = {
        "ID": "copy",
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{name}-copy"},
    }
    role = "arn:aws:iam::111111111111:role/replication"
    s3.put_bucket_replication(Bucket=name, ReplicationConfiguration={"Role": role, "Rules": [replicate]})


def _deny(name: str) -> Mapping[str, object]:
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _open(endpoint: str, scope: Mapping[str, object] = SCOPE) -> AwsSession:
    return opened(endpoint, scope)


def _scan(endpoint: str) -> Inventory:
    return scanned(endpoint, SCOPE, TYPES)


def test_an_estate_is_read_as_it_is(estate: Mapping[str, str], endpoint: str, gate: Gate) -> None:
    found = _scan(endpoint)
    assert [account.id for account in found.accounts] == [ONE, TWO]
    records = {record.id: record for record in found.records}
    rds = f"arn:aws:rds:{REGION}:{ONE}"
    ec2 = f"arn:aws:ec2:{REGION}:{ONE}"
    expected: dict[str, dict[Fact[Any], object]] = {
        f"arn:aws:s3:::data-{ONE}": {
            EncryptionAtRest.state: AtRest.ENCRYPTED,
            EncryptionAtRest.owner: KeyOwner.CUSTOMER,
            EncryptionAtRest.key: "alias/orders",
            EncryptionInTransit.plaintext: False,
            EncryptionInTransit.minimum_tls: Tls.V1_2,
            Exposure.public: False,
            Tagging.tags: {"env": "prod"},
            Location.homes: Seen(("aws:eu-west-2",)),
            Location.copies: Seen((Copy(CopyKind.REPLICA, _not_told(), f"arn:aws:s3:::data-{ONE}-copy"),)),
        },
        f"arn:aws:s3:::data-{ONE}-copy": {
            EncryptionAtRest.state: AtRest.NONE,
            EncryptionInTransit.plaintext: True,
            Location.copies: Seen(),
            Tagging.tags: {},
        },
        f"{rds}:db:orders": {
            EncryptionAtRest.state: AtRest.ENCRYPTED,
            EncryptionAtRest.owner: KeyOwner.CUSTOMER,
            EncryptionAtRest.key: estate["key"],
            Exposure.public: False,
            Tagging.tags: {"env": "prod"},
            Location.homes: Seen(("aws:eu-west-2",)),
            Location.copies: Seen(),
        },
        f"{rds}:cluster:ledger": {
            EncryptionAtRest.owner: KeyOwner.CUSTOMER,
            Location.homes: Seen(("aws:eu-west-2",)),
            Location.copies: Seen(),
        },
        f"{rds}:snapshot:before-upgrade": {Exposure.public: False, EncryptionAtRest.state: AtRest.ENCRYPTED},
        f"{rds}:cluster-snapshot:ledger-1": {Exposure.public: False, EncryptionAtRest.state: AtRest.ENCRYPTED},
        f"{ec2}:volume/{estate['volume']}": {
            EncryptionAtRest.owner: KeyOwner.CUSTOMER,
            Location.homes: Seen(("aws:eu-west-2",)),
            Lineage.origins: Seen(),
            Backup.plans: Seen(),
            Tagging.tags: {"env": "test"},
        },
        f"{ec2}:snapshot/{estate['snapshot']}": {
            EncryptionAtRest.state: AtRest.ENCRYPTED,
            Exposure.public: False,
            Tagging.tags: {},
        },
        f"arn:aws:logs:{REGION}:{ONE}:log-group:/app/orders": {
            LogStore.retention: Seen((Duration.of(30),)),
            EncryptionAtRest.owner: KeyOwner.PROVIDER,
            Tagging.tags: {"env": "prod"},
            Location.homes: Seen(("aws:eu-west-2",)),
        },
    }
    for name, facts in expected.items():
        assert {fact: value(records[name], fact) for fact in facts} == facts, name
    assert items(records[f"{rds}:db:orders"], Backup.plans) == (_daily(35),)
    assert items(records[f"{rds}:cluster:ledger"], Backup.plans) == (_daily(14),)
    (kept,) = items(records[f"{rds}:snapshot:before-upgrade"], Backup.plans)
    assert isinstance(kept, Plan)
    assert (kept.retention, kept.places, kept.encrypted) == (FOREVER, ("aws:eu-west-2",), True)
    ends = items(records[f"{ec2}:vpc-peering-connection/{estate['peering']}"], Connection.ends)
    assert [(getattr(end, "ref", ""), getattr(end, "account", "")) for end in ends] == [
        (f"{ec2}:vpc/{estate['vpc']}", ONE),
        (f"arn:aws:ec2:{REGION}:{TWO}:vpc/{estate['peer']}", TWO),
    ]
    assert records[f"arn:aws:iam::{ONE}:root"].type == "aws.account"
    assert records[f"arn:aws:rds:{REGION}:{TWO}:db:graph"].type == "aws.neptune.instance"
    assert records[f"arn:aws:ecs:{REGION}:{TWO}:cluster/work"].type == "AWS::ECS::Cluster"
    account = records[f"arn:aws:s3:::data-{ONE}-copy"].replies["account"]
    assert isinstance(account, Absent)
    assert account.code == "NoSuchPublicAccessBlockConfiguration"
    assert "REALKEY" not in gate.keys
    assert any("tagging API" in gap.detail for gap in found.gaps)
    assert not [gap for gap in found.gaps if gap.reason not in {Reason.NOT_ASKED, Reason.INCOMPLETE}]
    assert {gap.region for gap in found.gaps} >= {"eu-west-1", "us-east-1"}
    assert "ap-east-1" not in {gap.region for gap in found.gaps}
    assert {gap.types for gap in found.gaps} <= {(EVERYTHING,), (OTHERS,)}


def _not_told() -> Unknown:
    return Unknown(Reason.NOT_ASKED, "replication names the destination bucket, not its region")


def _daily(days: int) -> Plan:
    return Plan(
        PlanKind.CONTINUOUS, Duration.of(days), Duration.of(1), ("aws:eu-west-2",), encrypted=True, immutable=False
    )


def test_every_fact_of_every_type_is_derived_without_an_error(endpoint: str) -> None:
    found = _scan(endpoint)
    types = {kind.name: kind for kind in TYPES}
    seen = {record.type for record in found.records}
    assert types.keys() <= seen
    for record in found.records:
        if record.type in types:
            for answer in types[record.type].facts:
                state(record, answer.fact)


def test_one_refused_call_makes_what_it_answers_unknown_and_nothing_else(endpoint: str, gate: Gate) -> None:
    gate.refuse = lambda request: f"/data-{ONE}?encryption" in request
    records = {record.id: record for record in _scan(endpoint).records}
    bucket = records[f"arn:aws:s3:::data-{ONE}"]
    assert bucket.replies["encryption"] == Refused(
        "s3.get_bucket_encryption", "s3:GetEncryptionConfiguration", "AccessDenied"
    )
    found = state(bucket, EncryptionAtRest.state)
    assert isinstance(found, Unknown)
    assert (found.reason, found.permission) == (Reason.REFUSED, "s3:GetEncryptionConfiguration")
    assert value(bucket, Exposure.public) is False
    assert value(records[f"arn:aws:s3:::data-{TWO}"], EncryptionAtRest.state) is AtRest.ENCRYPTED


def test_a_refused_listing_is_a_gap_that_names_an_organisations_policy(endpoint: str, gate: Gate) -> None:
    gate.refuse = lambda request: "Action=DescribeVolumes&" in request
    gate.message = "You are not authorized, with an explicit deny in a service control policy: someone@example.com"
    gaps = [gap for gap in _scan(endpoint).gaps if gap.call == "ec2.describe_volumes"]
    assert {(gap.account, gap.region, gap.reason, gap.permission) for gap in gaps} == {
        (account, REGION, Reason.REFUSED, "ec2:DescribeVolumes") for account in (ONE, TWO)
    }
    assert {gap.types for gap in gaps} == {("aws.ec2.volume",)}
    assert {gap.detail for gap in gaps} == {"a service control policy denies ec2.describe_volumes (AccessDenied)"}


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        ("s3", "delete_bucket", {"Bucket": f"data-{ONE}"}),
        ("s3", "get_object", {"Bucket": f"data-{ONE}", "Key": "orders.csv"}),
        ("rds", "delete_db_instance", {"DBInstanceIdentifier": "orders"}),
        ("ec2", "create_tags", {"Resources": ["vol-1"], "Tags": [{"Key": "a", "Value": "b"}]}),
        ("logs", "delete_log_group", {"logGroupName": "/app/orders"}),
    ],
)
def test_what_is_no_declared_read_never_reaches_the_server(
    endpoint: str, gate: Gate, service: str, operation: str, params: dict[str, object]
) -> None:
    session = _open(endpoint)
    session.discover()
    client = session.client(ONE, service)
    gate.seen.clear()
    assert not hasattr(client, operation)
    unit = Unit(Account("aws", ONE), REGION)
    with pytest.raises(CallError, match="not a declared read"):
        list(session.pages(unit, Call("", f"{service}.{operation}"), params))
    assert gate.seen == []


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [("s3", "head_bucket", {"Bucket": f"data-{ONE}"}), ("sts", "get_session_token", {})],
)
def test_what_botocore_may_ask_by_itself_never_reaches_the_server(
    endpoint: str, gate: Gate, service: str, operation: str, params: dict[str, object]
) -> None:
    session = _open(endpoint)
    session.discover()
    client = session.client(ONE, service)
    gate.seen.clear()
    with pytest.raises(CallError, match="not a declared read"):
        getattr(client, operation)(**params)
    assert gate.seen == []


def test_an_account_that_cannot_be_entered_is_a_gap(endpoint: str, gate: Gate) -> None:
    gate.refuse = lambda request: "AssumeRole" in request and TWO in request
    found = _open(endpoint).discover()
    assert [account.id for account in found.accounts] == [ONE]
    assert "arn:" not in repr((found.accounts, found.gaps))
    (gap,) = (gap for gap in found.gaps if gap.account == TWO)
    assert (gap.reason, gap.call, gap.permission, gap.types) == (
        Reason.UNREACHED,
        "sts.assume_role",
        "sts:AssumeRole",
        (EVERYTHING,),
    )


def test_the_external_id_goes_with_the_role(endpoint: str, gate: Gate) -> None:
    _open(endpoint, {**SCOPE, "external_id": "x-1"}).discover()
    assumed = [request for request in gate.seen if "Action=AssumeRole" in request]
    assert len(assumed) == 2
    assert all("ExternalId=x-1" in request for request in assumed)


def test_each_account_is_read_by_the_role_in_it(endpoint: str) -> None:
    session = _open(endpoint)
    session.discover()
    for account in (ONE, TWO):
        caller = session.client(account, "sts").get_caller_identity()
        assert caller["Arn"] == f"arn:aws:sts::{account}:assumed-role/asdeclared-reader/asdeclared"


def test_an_assumed_role_is_renewed_when_it_runs_out(endpoint: str, gate: Gate) -> None:
    session = _open(endpoint)
    session.discover()
    credentials = session.client(ONE, "ec2")._request_signer._credentials
    before = credentials.get_frozen_credentials().access_key
    credentials._expiry_time = datetime.now(UTC)
    gate.seen.clear()
    assert credentials.get_frozen_credentials().access_key != before
    assert [request for request in gate.seen if "Action=AssumeRole" in request and ONE in request]


def test_without_a_role_only_the_callers_own_account_is_reached(endpoint: str, gate: Gate) -> None:
    with pytest.raises(CredentialError, match="names no role") as caught:
        _open(endpoint, {"accounts": [ONE]}).discover()
    assert "the caller's identity, of account 123456789012, reaches no account" in str(caught.value)
    assert "arn:" not in str(caught.value)
    found = _open(endpoint, {"regions": [REGION, "moon-1"]}).discover()
    assert len(found.accounts) == 1
    assert found.accounts[0].regions == (REGION,)
    assert Reason.UNREACHED in {gap.reason for gap in found.gaps if gap.region == "moon-1"}
    assert not any("AssumeRole" in request for request in gate.seen)


def test_the_accounts_of_the_organisation_are_expected_where_the_policy_names_none(endpoint: str, gate: Gate) -> None:
    own = client("", endpoint, "organizations")
    own.create_organization(FeatureSet="ALL")
    own.create_account(AccountName="shop", Email="shop@example.com")
    listed = sorted(each["Id"] for each in own.list_accounts()["Accounts"])
    assert len(listed) == 2
    found = _open(endpoint, {"role": "reader", "regions": [REGION]}).discover()
    assert sorted(account.id for account in found.accounts) == listed
    gate.refuse = lambda request: "ListAccounts" in request
    refused = _open(endpoint, {"role": "reader", "regions": [REGION]}).discover()
    assert len(refused.accounts) == 1
    (gap,) = (gap for gap in refused.gaps if gap.call == "organizations.list_accounts")
    assert (gap.reason, gap.permission) == (Reason.UNREACHED, "organizations:ListAccounts")


def test_refused_regions_are_a_gap_and_those_of_the_policy_are_read(endpoint: str, gate: Gate) -> None:
    gate.refuse = lambda request: "Action=DescribeRegions" in request
    found = _open(endpoint).discover()
    assert {account.regions for account in found.accounts} == {(REGION,)}
    assert {(gap.account, gap.permission, gap.reason) for gap in found.gaps} == {
        (account, "ec2:DescribeRegions", Reason.UNREACHED) for account in (ONE, TWO)
    }


def test_a_refused_identity_stops_with_what_to_do(endpoint: str, gate: Gate) -> None:
    gate.refuse = lambda request: "GetCallerIdentity" in request
    with pytest.raises(CredentialError, match="AWS_PROFILE"):
        _open(endpoint).discover()


def test_the_environments_endpoint_is_honoured_with_the_dummy_key_only(
    endpoint: str, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    session = PROVIDER.open({}, Options())
    assert len(session.discover().accounts) == 1
    assert gate.keys == {"testing"}


def test_plain_http_for_one_service_does_not_take_the_real_key(
    endpoint: str, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = AwsSession(_open(endpoint).scope, Options(endpoint="https://sts.invalid"), PROVIDER.operations(), ())
    session.options = Options()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
    with pytest.raises(CallError, match="plain http"):
        session.client("", "s3").list_buckets()
    assert gate.seen == []


@pytest.mark.parametrize("url", ["http://192.0.2.1:80", "http://example.com", "ftp://127.0.0.1"])
def test_plain_http_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(ScopeError, match="neither https nor on this machine"):
        PROVIDER.open({}, Options(endpoint=url))
