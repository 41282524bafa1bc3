"""Stores of files, backups, messages, secrets and images against moto's server: real clients, real sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from scanner.collect.runner import Inventory, Record
from scanner.facts import (
    AtRest,
    Backup,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Fact,
    KeyOwner,
    Lineage,
    Location,
    Plan,
    Reason,
    Refused,
    Tagging,
    Unknown,
)
from scanner.providers.aws import PROVIDER
from tests.contract.aws_server import REGION, Gate, client, items, scanned, state, value

ACCOUNT = "333333333333"
SCOPE: Mapping[str, object] = {"accounts": [ACCOUNT], "role": "asdeclared-reader", "regions": [REGION]}
SEEDED = frozenset(
    {
        "aws.backup.plan",
        "aws.backup.vault",
        "aws.ecr.repository",
        "aws.efs.file-system",
        "aws.fsx.file-system",
        "aws.kms.key",
        "aws.secretsmanager.secret",
        "aws.sns.topic",
        "aws.sqs.queue",
        "aws.ssm.parameter",
    }
)
TYPES = tuple(kind for kind in PROVIDER.types if kind.name in SEEDED)
pytestmark = pytest.mark.usefixtures("estate", "beside")
ORDERS = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders"
TAGS = [{"Key": "env", "Value": "prod"}]


@pytest.fixture(scope="module")
def estate(endpoint: str) -> Mapping[str, str]:
    """One of each type; the ids that AWS chose."""
    key = client(ACCOUNT, endpoint, "kms").create_key(MultiRegion=True, Tags=[{"TagKey": "env", "TagValue": "prod"}])
    own = str(key["KeyMetadata"]["Arn"])
    return {"key": own, **_files(endpoint, own), **_backup(endpoint, own), **_messages(endpoint, own)}


@pytest.fixture
def beside(gate: Gate, estate: Mapping[str, str]) -> Gate:
    """What moto lacks: replication of file systems, recovery points, and the ARNs of parameters."""
    point = {"Status": "COMPLETED", "Lifecycle": {"DeleteAfterDays": 365}, "IsEncrypted": True, "ResourceArn": ORDERS}
    there = {"FileSystemId": "fs-there", "Region": "us-east-1", "OwnerId": "222222222222", "Status": "ENABLED"}
    name = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/app/login"
    parameter = {"ARN": name, "Name": "/app/login", "Type": "SecureString", "KeyId": estate["key"], "Tier": "Standard"}
    gate.answers |= {
        f"replication-configurations?FileSystemId={estate['files']}": {
            "Replications": [{"SourceFileSystemArn": _file_system(estate["files"]), "Destinations": [there]}]
        },
        "replication-configurations": {"Replications": []},
        "/backup-vaults/main/recovery-points": {"RecoveryPoints": [point]},
        "/backup-vaults/main/access-policy": {"BackupVaultName": "main", "Policy": json.dumps({"Statement": []})},
        "AmazonSSM.DescribeParameters": {"Parameters": [parameter]},
    }
    return gate


def _file_system(name: str) -> str:
    return f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/{name}"


def _files(endpoint: str, key: str) -> dict[str, str]:
    efs, fsx = (client(ACCOUNT, endpoint, each) for each in ("efs", "fsx"))
    files = efs.create_file_system(CreationToken="home", Encrypted=True, KmsKeyId=key, Backup=True, Tags=TAGS)
    policy = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "*", "Condition": _insecure()}
    efs.put_file_system_policy(FileSystemId=files["FileSystemId"], Policy=json.dumps({"Statement": [policy]}))
    bare = efs.create_file_system(CreationToken="bare", Encrypted=False)
    subnet = client(ACCOUNT, endpoint, "ec2").describe_subnets()["Subnets"][0]
    windows = fsx.create_file_system(
        FileSystemType="WINDOWS",
        StorageCapacity=32,
        SubnetIds=[subnet["SubnetId"]],
        KmsKeyId=key,
        WindowsConfiguration={"ThroughputCapacity": 8, "AutomaticBackupRetentionDays": 7},
        Tags=TAGS,
    )
    return {"files": files["FileSystemId"], "bare": bare["FileSystemId"], "fsx": windows["FileSystem"]["ResourceARN"]}


def _backup(endpoint: str, key: str) -> dict[str, str]:
    backup = client(ACCOUNT, endpoint, "backup")
    vault = backup.create_backup_vault(BackupVaultName="main", EncryptionKeyArn=key, BackupVaultTags={"env": "prod"})
    far = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:far"
    copied = {"DestinationBackupVaultArn": far, "Lifecycle": {"DeleteAfterDays": 30}}
    rule = {
        "RuleName": "daily",
        "TargetBackupVaultName": "main",
        "ScheduleExpression": "cron(0 5 ? * * *)",
        "Lifecycle": {"DeleteAfterDays": 365},
        "CopyActions": [copied],
    }
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "year", "Rules": [rule]})
    return {"vault": vault["BackupVaultArn"], "plan": plan["BackupPlanArn"], "far": far}


def _messages(endpoint: str, key: str) -> dict[str, str]:
    sqs, sns, secrets, ssm, ecr = (
        client(ACCOUNT, endpoint, each) for each in ("sqs", "sns", "secretsmanager", "ssm", "ecr")
    )
    sqs.create_queue(QueueName="work", Attributes={"KmsMasterKeyId": key}, tags={"env": "prod"})
    sqs.create_queue(QueueName="plain", Attributes={"SqsManagedSseEnabled": "false"})
    topic = sns.create_topic(Name="news", Attributes={"KmsMasterKeyId": key}, Tags=TAGS)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint="http://example.com/hook")
    secret = secrets.create_secret(
        Name="login", SecretString="not-a-secret", KmsKeyId=key, AddReplicaRegions=[{"Region": "us-east-1"}], Tags=TAGS
    )
    ssm.put_parameter(
        Name="/app/login", Value="not-a-secret", Type="SecureString", KeyId=key, Tags=TAGS, Tier="Standard"
    )
    ecr.create_repository(
        repositoryName="shop", encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key}, tags=TAGS
    )
    target = {"region": "us-east-1", "registryId": ACCOUNT}
    ecr.put_replication_configuration(replicationConfiguration={"rules": [{"destinations": [target]}]})
    return {"topic": topic, "secret": secret["ARN"]}


def _insecure() -> Mapping[str, object]:
    return {"Bool": {"aws:SecureTransport": "false"}}


def _records(found: Inventory) -> dict[str, Record]:
    return {record.id: record for record in found.records if record.modelled}


def test_an_estate_is_read_as_it_is(estate: Mapping[str, str], endpoint: str) -> None:
    found = _records(scanned(endpoint, SCOPE, TYPES))
    assert {record.type for record in found.values()} == SEEDED
    here = f"{REGION}:{ACCOUNT}"
    files, bare = (_file_system(estate[each]) for each in ("files", "bare"))
    ours: dict[Fact[Any], object] = {
        EncryptionAtRest.state: AtRest.ENCRYPTED,
        EncryptionAtRest.owner: KeyOwner.CUSTOMER,
        EncryptionAtRest.key: estate["key"],
        Tagging.tags: {"env": "prod"},
    }
    expected: dict[str, dict[Fact[Any], object]] = {
        files: {**ours, EncryptionInTransit.plaintext: False, Exposure.public: False},
        bare: {EncryptionAtRest.state: AtRest.NONE, EncryptionInTransit.plaintext: True},
        estate["fsx"]: ours,
        estate["vault"]: {**ours, Exposure.public: False},
        f"arn:aws:sqs:{here}:work": {**ours, EncryptionInTransit.plaintext: True, Exposure.public: False},
        f"arn:aws:sqs:{here}:plain": {EncryptionAtRest.state: AtRest.NONE, Tagging.tags: {}},
        estate["topic"]: {**ours, EncryptionInTransit.plaintext: True, Exposure.public: False},
        estate["secret"]: {**ours, Exposure.public: False},
        f"arn:aws:ssm:{here}:parameter/app/login": {**ours, Exposure.public: False},
        f"arn:aws:ecr:{here}:repository/shop": {**ours, Exposure.public: False},
        estate["key"]: {Tagging.tags: {"env": "prod"}, Exposure.public: False},
    }
    for name, facts in expected.items():
        assert {fact: value(found[name], fact) for fact in facts} == facts, name
    for name in expected:
        assert items(found[name], Location.homes) == ("aws:eu-west-2",), name


def test_copies_and_plans_are_followed(estate: Mapping[str, str], endpoint: str) -> None:
    found = _records(scanned(endpoint, SCOPE, TYPES))
    refs = {
        estate["secret"]: [estate["secret"].replace(REGION, "us-east-1")],
        f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/shop": [f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/shop"],
        estate["plan"]: [estate["vault"], estate["far"]],
        _file_system(estate["files"]): ["arn:aws:elasticfilesystem:us-east-1:222222222222:file-system/fs-there"],
        _file_system(estate["bare"]): [],
    }
    for name, wanted in refs.items():
        assert [getattr(each, "ref", "") for each in items(found[name], Location.copies)] == wanted
    rules = [plan for plan in items(found[estate["plan"]], Backup.plans) if isinstance(plan, Plan)]
    assert [(plan.retention, plan.every, plan.places) for plan in rules] == [
        (Duration.of(365), Duration.of(1), ("aws:eu-west-2",)),
        (Duration.of(30), Duration.of(1), ("aws:us-east-1",)),
    ]
    (automatic,) = items(found[_file_system(estate["files"])], Backup.plans)
    assert isinstance(automatic, Plan)
    assert automatic.every == Duration.of(1)
    (kept,) = items(found[estate["vault"]], Backup.plans)
    assert isinstance(kept, Plan)
    assert (kept.retention, kept.places, kept.encrypted) == (Duration.of(365), ("aws:eu-west-2",), True)
    assert [getattr(each, "ref", "") for each in items(found[estate["vault"]], Lineage.origins)] == [ORDERS]


def test_what_is_refused_is_unknown_and_nothing_of_a_subscriber_is_kept(endpoint: str, beside: Gate) -> None:
    beside.refuse = lambda request: "GetQueueAttributes" in request
    found = _records(scanned(endpoint, SCOPE, TYPES))
    queue = found[f"arn:aws:sqs:{REGION}:{ACCOUNT}:work"]
    assert isinstance(queue.replies["attributes"], Refused)
    assert isinstance(queue.replies["key"], Refused)
    for fact in (EncryptionAtRest.state, EncryptionAtRest.owner, Exposure.public, EncryptionInTransit.plaintext):
        told = state(queue, fact)
        assert isinstance(told, Unknown)
        assert (told.reason, told.permission) == (Reason.REFUSED, "sqs:GetQueueAttributes")
    assert value(queue, Tagging.tags) == {"env": "prod"}
    assert "example.com" not in repr(found)
