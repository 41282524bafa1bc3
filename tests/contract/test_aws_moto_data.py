"""Databases, caches, search and streams against moto's server: real clients, real sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from moto.backends import get_backend

from scanner.collect.runner import Inventory, Record
from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Fact,
    KeyOwner,
    Lineage,
    Location,
    Origin,
    Plan,
    Reason,
    Refused,
    Tagging,
    Tls,
    Unknown,
)
from scanner.providers.aws import PROVIDER
from tests.contract.aws_server import REGION, Gate, client, items, scanned, state, value

ACCOUNT = "555555555555"
SCOPE: Mapping[str, object] = {"accounts": [ACCOUNT], "role": "asdeclared-reader", "regions": [REGION]}
FAMILIES = (
    *("aws.dynamodb.", "aws.elasticache.", "aws.memorydb.", "aws.docdb.", "aws.neptune.", "aws.redshift"),
    *("aws.opensearch", "aws.kinesis.", "aws.firehose.", "aws.msk.", "aws.rds.instance-backup"),
)
# moto has not even empty listings of these.
LACKING = ("aws.elasticache.serverless-cache", "aws.elasticache.serverless-snapshot")
TYPES = tuple(kind for kind in PROVIDER.types if kind.name.startswith(FAMILIES) and kind.name not in LACKING)
pytestmark = pytest.mark.usefixtures("estate", "beside")
TAGS = [{"Key": "env", "Value": "prod"}]
HERE = ("aws:eu-west-2",)
LOGIN = {"MasterUsername": "someone", "MasterUserPassword": "Not-a-secret1"}


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


KAFKA = _arn("kafka", "cluster/events/1")
NAMESPACE = _arn("redshift-serverless", "namespace/1")
BODIES: Mapping[str, Mapping[str, Any]] = {
    "ListNamespaces": {
        "namespaces": [{"namespaceArn": NAMESPACE, "namespaceName": "dwh", "kmsKeyId": "AWS_OWNED_KMS_KEY"}]
    },
    "ListSnapshots": {
        "snapshots": [
            {
                "snapshotArn": _arn("redshift-serverless", "snapshot/1"),
                "snapshotName": "kept",
                "namespaceArn": NAMESPACE,
                "kmsKeyId": "AWS_OWNED_KMS_KEY",
                "snapshotRetentionPeriod": -1,
            }
        ]
    },
    "ListWorkgroups": {
        "workgroups": [
            {
                "namespaceName": "dwh",
                "publiclyAccessible": False,
                "configParameters": [{"parameterKey": "require_ssl", "parameterValue": "true"}],
            }
        ]
    },
    "ListSnapshotCopyConfigurations": {
        "snapshotCopyConfigurations": [{"destinationRegion": "us-east-1", "snapshotRetentionPeriod": 7}]
    },
    "ListTagsForResource": {"tags": [{"key": "env", "value": "prod"}]},
}


@pytest.fixture(scope="module")
def estate(endpoint: str) -> Mapping[str, str]:
    """One of each type that moto can make, and the key that all are encrypted with."""
    key = str(client(ACCOUNT, endpoint, "kms").create_key()["KeyMetadata"]["Arn"])
    _tables(endpoint, key)
    _caches(endpoint, key)
    _clusters(endpoint, key)
    _streams(endpoint, key)
    return {"key": key}


@pytest.fixture
def beside(gate: Gate, estate: Mapping[str, str]) -> Gate:
    """Redshift Serverless, which moto has not, and what it lacks of the others: of MSK, the settings."""
    gate.answers |= {f"RedshiftServerless.{operation}": body for operation, body in BODIES.items()}
    gate.answers |= {
        "DynamoDB_20120810.ListGlobalTables": {"GlobalTables": []},
        "Kinesis_20131202.ListTagsForResource": {"Tags": TAGS},
        "/opensearch/cc/inboundConnection": {"Connections": []},
        "/opensearch/cc/outboundConnection": {"Connections": []},
        "/replication/v1/replicators": {"replicators": []},
        "/api/v2/clusters": {"clusterInfoList": [_kafka(estate["key"])]},
    }
    return gate


def _kafka(key: str) -> Mapping[str, object]:
    """A cluster of MSK as it stands on the wire."""
    sealed = {
        "encryptionAtRest": {"dataVolumeKMSKeyId": key},
        "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True},
    }
    closed = {"connectivityInfo": {"publicAccess": {"type": "DISABLED"}}}
    return {
        "clusterArn": KAFKA,
        "clusterName": "events",
        "clusterType": "PROVISIONED",
        "tags": {"env": "prod"},
        "provisioned": {"encryptionInfo": sealed, "brokerNodeGroupInfo": closed},
    }


def _tables(endpoint: str, key: str) -> None:
    dynamodb = client(ACCOUNT, endpoint, "dynamodb")
    keys = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    sealed = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
    dynamodb.create_table(TableName="orders", Tags=TAGS, SSESpecification=sealed, **keys)
    recovery = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}
    dynamodb.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification=recovery)
    deny = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "dynamodb:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    dynamodb.put_resource_policy(
        ResourceArn=_arn("dynamodb", "table/orders"), Policy=json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    )
    dynamodb.create_table(TableName="plain", **keys)
    dynamodb.create_backup(TableName="orders", BackupName="before")


def _caches(endpoint: str, key: str) -> None:
    cache, memory = client(ACCOUNT, endpoint, "elasticache"), client(ACCOUNT, endpoint, "memorydb")
    cache.create_replication_group(
        ReplicationGroupId="sessions",
        ReplicationGroupDescription="sessions",
        Engine="redis",
        SnapshotRetentionLimit=5,
        AtRestEncryptionEnabled=True,
        TransitEncryptionEnabled=True,
        KmsKeyId=key,
        Tags=TAGS,
    )
    cache.create_cache_cluster(
        CacheClusterId="pages", Engine="memcached", NumCacheNodes=1, CacheNodeType="cache.t4g.micro"
    )
    memory.create_cluster(
        ClusterName="ranks",
        NodeType="db.t4g.small",
        ACLName="open-access",
        TLSEnabled=True,
        KmsKeyId=key,
        SnapshotRetentionLimit=3,
    )
    memory.create_snapshot(ClusterName="ranks", SnapshotName="kept")


def _clusters(endpoint: str, key: str) -> None:
    rds, redshift = client(ACCOUNT, endpoint, "rds"), client(ACCOUNT, endpoint, "redshift")
    backend = get_backend("rds")[ACCOUNT][REGION]
    for engine in ("docdb", "neptune"):
        rds.create_db_cluster(
            DBClusterIdentifier=engine,
            Engine="neptune",
            StorageEncrypted=True,
            KmsKeyId=key,
            BackupRetentionPeriod=14,
            Tags=TAGS,
            **LOGIN,
        )
        rds.create_db_instance(
            DBInstanceIdentifier=f"{engine}-1",
            DBInstanceClass="db.r5.large",
            Engine="neptune",
            DBClusterIdentifier=engine,
        )
        # moto makes no clusters of DocumentDB; they are listed like those of Neptune.
        for each in (backend.clusters[engine], backend.databases[f"{engine}-1"]):
            each.engine = engine
        rds.create_db_cluster_snapshot(DBClusterSnapshotIdentifier=f"{engine}-kept", DBClusterIdentifier=engine)
    redshift.create_cluster(
        ClusterIdentifier="dwh",
        NodeType="ra3.large",
        Encrypted=True,
        KmsKeyId=key,
        PubliclyAccessible=False,
        AutomatedSnapshotRetentionPeriod=7,
        Tags=TAGS,
        **LOGIN,
    )
    redshift.create_cluster_snapshot(SnapshotIdentifier="kept", ClusterIdentifier="dwh")


def _streams(endpoint: str, key: str) -> None:
    search, kinesis, firehose = (client(ACCOUNT, endpoint, each) for each in ("opensearch", "kinesis", "firehose"))
    search.create_domain(
        DomainName="search",
        EngineVersion="OpenSearch_2.11",
        EncryptionAtRestOptions={"Enabled": True, "KmsKeyId": key},
        DomainEndpointOptions={"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"},
        TagList=TAGS,
    )
    kinesis.create_stream(StreamName="clicks", ShardCount=1, Tags={"env": "prod"})
    kinesis.start_stream_encryption(StreamName="clicks", EncryptionType="KMS", KeyId=key)
    bucket = {"BucketARN": "arn:aws:s3:::lake", "RoleARN": f"arn:aws:iam::{ACCOUNT}:role/out"}
    for number in range(11):
        # A page has ten.
        firehose.create_delivery_stream(
            DeliveryStreamName=f"out-{number:02}", ExtendedS3DestinationConfiguration=bucket
        )


@pytest.fixture
def found(endpoint: str, beside: Gate) -> Inventory:
    """The scan of all, made once."""
    assert beside.answers
    return _scanned(endpoint)


@cache
def _scanned(endpoint: str) -> Inventory:
    return scanned(endpoint, SCOPE, TYPES)


def _records(found: Inventory) -> Mapping[str, Record]:
    return {record.id: record for record in found.records}


def _plans(record: Record) -> list[tuple[object, ...]]:
    plans = [each for each in items(record, Backup.plans) if isinstance(each, Plan)]
    return [(each.kind.value, str(each.retention), each.places, each.encrypted) for each in plans]


def test_an_estate_is_read_as_it_is(found: Inventory, estate: Mapping[str, str]) -> None:
    records, key = _records(found), estate["key"]
    sealed: dict[Fact[Any], object] = {
        EncryptionAtRest.state: AtRest.ENCRYPTED,
        EncryptionAtRest.owner: KeyOwner.CUSTOMER,
        EncryptionAtRest.key: key,
        Tagging.tags: {"env": "prod"},
    }
    expected: dict[str, dict[Fact[Any], object]] = {
        _arn("dynamodb", "table/orders"): {**sealed, EncryptionInTransit.plaintext: False, Exposure.public: False},
        _arn("dynamodb", "table/plain"): {
            EncryptionAtRest.owner: KeyOwner.PROVIDER,
            EncryptionInTransit.plaintext: True,
            Tagging.tags: {},
        },
        _arn("elasticache", "replicationgroup:sessions"): sealed,
        _arn("rds", "cluster:docdb"): sealed,
        _arn("rds", "cluster:neptune"): {
            **sealed,
            EncryptionInTransit.plaintext: False,
            EncryptionInTransit.minimum_tls: Tls.V1_2,
        },
        _arn("rds", "db:docdb-1"): {Exposure.public: False},
        _arn("rds", "cluster-snapshot:neptune-kept"): {Exposure.public: False},
        _arn("redshift", "cluster:dwh"): {**sealed, Exposure.public: False},
        _arn("es", "domain/search"): {
            **sealed,
            EncryptionInTransit.plaintext: False,
            EncryptionInTransit.minimum_tls: Tls.V1_2,
        },
        # moto's summary of a stream names no key.
        _arn("kinesis", "stream/clicks"): {Tagging.tags: {"env": "prod"}, EncryptionInTransit.plaintext: False},
        KAFKA: {**sealed, EncryptionInTransit.plaintext: False, Exposure.public: False},
        NAMESPACE: {
            EncryptionAtRest.owner: KeyOwner.PROVIDER,
            EncryptionInTransit.plaintext: False,
            Exposure.public: False,
            Tagging.tags: {"env": "prod"},
        },
    }
    for name, facts in expected.items():
        assert {fact: value(records[name], fact) for fact in facts} == facts, name
        # moto puts the nodes of every cache into zones of us-east-1.
        assert tuple(items(records[name], Location.homes)) == HERE or "elasticache" in name, name


def test_backups_copies_and_origins(found: Inventory, estate: Mapping[str, str]) -> None:
    assert estate
    records = _records(found)
    assert _plans(records[_arn("dynamodb", "table/orders")]) == [("continuous", "35 days", HERE, True)]
    assert _plans(records[_arn("elasticache", "replicationgroup:sessions")])[0][:2] == ("snapshot", "5 days")
    assert _plans(records[_arn("rds", "cluster:docdb")]) == [("continuous", "14 days", HERE, True)]
    assert _plans(records[_arn("redshift", "cluster:dwh")])[0][:2] == ("snapshot", "7 days")
    (backup,) = (record for record in found.records if record.type == "aws.dynamodb.backup")
    assert _plans(backup) == [("snapshot", "forever", HERE, True)]
    assert [each.ref for each in items(backup, Lineage.origins) if isinstance(each, Origin)] == [
        _arn("dynamodb", "table/orders")
    ]
    copies = [each for each in items(records[NAMESPACE], Location.copies) if isinstance(each, Copy)]
    assert [(each.kind, each.place) for each in copies] == [(CopyKind.SNAPSHOT, "aws:us-east-1")]
    (kept,) = (record for record in found.records if record.type == "aws.redshift-serverless.snapshot")
    assert _plans(kept) == [("snapshot", "forever", HERE, True)]
    (lake,) = items(records[_arn("firehose", "deliverystream/out-00")], Location.copies)
    assert isinstance(lake, Copy)
    assert lake.ref == "arn:aws:s3:::lake"


def test_every_page_is_read(found: Inventory) -> None:
    streams = [record for record in found.records if record.type == "aws.firehose.delivery-stream"]
    assert len(streams) == 11


def test_every_type_is_seen_and_every_fact_derived(found: Inventory) -> None:
    seen = {record.type for record in found.records}
    absent = {kind.name for kind in TYPES} - seen
    # What moto cannot make, or does not list.
    assert absent <= {
        "aws.dynamodb.export",
        "aws.elasticache.snapshot",
        "aws.opensearch-serverless.collection",
        "aws.rds.instance-backup",
    }
    for record in (record for record in found.records if record.type in {kind.name for kind in TYPES}):
        kind = next(kind for kind in TYPES if kind.name == record.type)
        for answer in kind.facts:
            state(record, answer.fact)


def test_a_refused_ask_makes_what_follows_it_unknown(endpoint: str, beside: Gate) -> None:
    beside.refuse = lambda request: "DynamoDB_20120810.DescribeTable" in request and '"orders"' in request
    records = _records(scanned(endpoint, SCOPE, TYPES))
    orders = records[_arn("dynamodb", "table/orders")]
    assert isinstance(orders.replies["key"], Refused)
    owner = state(orders, EncryptionAtRest.owner)
    assert isinstance(owner, Unknown)
    assert (owner.reason, owner.permission) == (Reason.REFUSED, "dynamodb:DescribeTable")
    assert value(records[_arn("dynamodb", "table/plain")], EncryptionAtRest.owner) is KeyOwner.PROVIDER


@pytest.mark.parametrize("operation", sorted(BODIES))
def test_what_is_simulated_is_of_botocores_shape(operation: str) -> None:
    model = botocore.session.Session().get_service_model("redshift-serverless").operation_model(operation)
    report = ParamValidator().validate(BODIES[operation], model.output_shape)
    assert not report.has_errors(), report.generate_report()
