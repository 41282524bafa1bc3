"""Of what each recovery point of AWS was made."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import Reason, RecoveryPoint
from scanner.providers.aws import PROVIDER
from scanner.providers.aws.backup import VAULT
from scanner.providers.aws.clusters import DOCDB_SNAPSHOT, NEPTUNE_SNAPSHOT
from scanner.providers.aws.docdb_elastic import SNAPSHOT as ELASTIC_SNAPSHOT
from scanner.providers.aws.dynamodb import BACKUP as TABLE_BACKUP
from scanner.providers.aws.ebs import SNAPSHOT as DISK_SNAPSHOT
from scanner.providers.aws.elasticache import SERVERLESS_SNAPSHOT as SERVERLESS_CACHE_SNAPSHOT
from scanner.providers.aws.elasticache import SNAPSHOT as CACHE_SNAPSHOT
from scanner.providers.aws.fsx import BACKUP as FILE_BACKUP
from scanner.providers.aws.memorydb import SNAPSHOT as MEMORY_SNAPSHOT
from scanner.providers.aws.rds import CLUSTER_SNAPSHOT, SNAPSHOT
from scanner.providers.aws.rds_backups import CLUSTER_BACKUP, INSTANCE_BACKUP
from scanner.providers.aws.redshift import SNAPSHOT as WAREHOUSE_SNAPSHOT
from scanner.providers.aws.redshift_serverless import SNAPSHOT as SERVERLESS_SNAPSHOT
from tests.scanner.providers.aws.states import REFUSED, refs, told

HERE = "eu-west-2:111111111111"
ELSEWHERE = "eu-west-1:222222222222"
DATABASE = f"arn:aws:rds:{HERE}:db:shop"
CLUSTER = f"arn:aws:rds:{HERE}:cluster:shop"
TABLE = f"arn:aws:dynamodb:{HERE}:table/orders"
FILES = f"arn:aws:fsx:{HERE}:file-system/fs-1"
OF_CLUSTER = {"DBClusterIdentifier": "shop"}
COPY_OF_CLUSTER = {**OF_CLUSTER, "SourceDBClusterSnapshotArn": f"arn:aws:rds:{ELSEWHERE}:cluster-snapshot:s"}


@pytest.mark.parametrize(
    ("kind", "item", "source"),
    [
        (DISK_SNAPSHOT, {"VolumeId": "vol-1"}, f"arn:aws:ec2:{HERE}:volume/vol-1"),
        (SNAPSHOT, {"DBInstanceIdentifier": "shop"}, DATABASE),
        (
            SNAPSHOT,
            {"DBInstanceIdentifier": "shop", "SourceDBSnapshotIdentifier": f"arn:aws:rds:{ELSEWHERE}:snapshot:s"},
            f"arn:aws:rds:{ELSEWHERE}:db:shop",
        ),
        *(
            (kind, item, source)
            for kind in (CLUSTER_SNAPSHOT, DOCDB_SNAPSHOT, NEPTUNE_SNAPSHOT)
            for item, source in ((OF_CLUSTER, CLUSTER), (COPY_OF_CLUSTER, f"arn:aws:rds:{ELSEWHERE}:cluster:shop"))
        ),
        (INSTANCE_BACKUP, {"DBInstanceArn": DATABASE}, DATABASE),
        (CLUSTER_BACKUP, {"DBClusterArn": CLUSTER}, CLUSTER),
        (TABLE_BACKUP, {"TableArn": TABLE}, TABLE),
        (FILE_BACKUP, {"FileSystem": {"ResourceARN": FILES}}, FILES),
        (CACHE_SNAPSHOT, {"ReplicationGroupId": "g"}, f"arn:aws:elasticache:{HERE}:replicationgroup:g"),
        (CACHE_SNAPSHOT, {"CacheClusterId": "c"}, f"arn:aws:elasticache:{HERE}:cluster:c"),
        (
            SERVERLESS_CACHE_SNAPSHOT,
            {"ServerlessCacheConfiguration": {"ServerlessCacheName": "s"}},
            f"arn:aws:elasticache:{HERE}:serverlesscache:s",
        ),
        (MEMORY_SNAPSHOT, {"ClusterConfiguration": {"Name": "m"}}, f"arn:aws:memorydb:{HERE}:cluster/m"),
        (WAREHOUSE_SNAPSHOT, {"ClusterIdentifier": "dw"}, f"arn:aws:redshift:{HERE}:cluster:dw"),
        (
            WAREHOUSE_SNAPSHOT,
            {"ClusterIdentifier": "dw", "SourceRegion": "eu-west-1"},
            "arn:aws:redshift:eu-west-1:111111111111:cluster:dw",
        ),
        (SERVERLESS_SNAPSHOT, {"namespaceArn": "an-arn"}, "an-arn"),
        (ELASTIC_SNAPSHOT, {"clusterArn": "an-arn"}, "an-arn"),
    ],
)
def test_a_recovery_point_names_its_source(kind: ResourceType, item: dict[str, Any], source: str) -> None:
    assert refs(kind, RecoveryPoint.sources, item) == [source]


RECOVERY_POINTS = [
    kind for kind in PROVIDER.types if any(answer.fact is RecoveryPoint.sources for answer in kind.facts)
]


@pytest.mark.parametrize("kind", RECOVERY_POINTS, ids=lambda kind: kind.name)
def test_a_source_that_is_not_told_is_unknown(kind: ResourceType) -> None:
    assert refs(kind, RecoveryPoint.sources, {}, {"points": {}} if kind is VAULT else None) == [Reason.SHAPE]


@pytest.mark.parametrize("kind", RECOVERY_POINTS, ids=lambda kind: kind.name)
def test_what_it_is_a_recovery_point_of_is_modelled(kind: ResourceType) -> None:
    assert kind.points_of
    assert set(kind.points_of) <= {other.name for other in PROVIDER.types}


@pytest.mark.parametrize("item", [{"VolumeId": "vol-ffffffff"}, {"VolumeId": "vol-1", "TransferType": "standard"}])
def test_of_a_copied_snapshot_of_a_disk_the_source_is_not_known(item: object) -> None:
    assert told(DISK_SNAPSHOT, RecoveryPoint.sources, item) == [Reason.UNDECIDED]


def test_the_volume_of_a_file_system_may_be_gone_alone() -> None:
    item = {"Volume": {"ResourceARN": f"arn:aws:fsx:{HERE}:volume/fs-1/fsvol-1", "FileSystemId": "fs-1"}}
    assert refs(FILE_BACKUP, RecoveryPoint.sources, item) == [FILES, Reason.NOT_ASKED]


DISK, BUCKET = f"arn:aws:ec2:{HERE}:volume/vol-1", "arn:aws:s3:::data"
UNLISTED = [Reason.NOT_ASKED]


@pytest.mark.parametrize(
    ("points", "found"),
    [
        ([], []),
        *(
            ([arn], [arn])
            for arn in (DATABASE, TABLE, DISK, BUCKET, f"arn:aws:elasticfilesystem:{HERE}:file-system/fs-1")
        ),
        ([DISK, DISK], [DISK]),
        *(
            ([arn, DISK], [DISK, *UNLISTED])
            for arn in (f"arn:aws:ec2:{HERE}:instance/i-1", CLUSTER, f"arn:aws:fsx:{HERE}:volume/fs-1/fsvol-1", "odd")
        ),
        ([f"{TABLE}/index/x"], UNLISTED),
        ([None], [Reason.SHAPE]),
    ],
)
def test_a_vault_holds_recovery_points_of_what_is_listed_or_not(points: list[object], found: list[object]) -> None:
    kept = [{"ResourceArn": arn, "Status": "COMPLETED"} for arn in points]
    kept += [{"ResourceArn": "arn:aws:s3:::gone", "Status": "DELETING"}]
    assert refs(VAULT, RecoveryPoint.sources, {}, {"points": {"RecoveryPoints": kept}}) == found
    assert refs(VAULT, RecoveryPoint.sources, {}, {"points": REFUSED}) == [Reason.REFUSED]
