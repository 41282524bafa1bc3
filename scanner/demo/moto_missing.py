"""Operations that moto has not, or half of, where it knows elsewhere what they are to answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any


def added() -> list[tuple[Any, str, Any]]:
    """List the operations that are added to services of moto, as patches."""
    from moto.dynamodb.responses import DynamoHandler
    from moto.iam.models import AccountSummary
    from moto.rds.responses import RDSResponse

    return [
        (AccountSummary, "summary_map", property(partial(_summary, vars(AccountSummary)["summary_map"].fget))),
        (DynamoHandler, "list_global_tables", _no_old_tables),
        (RDSResponse, "describe_db_cluster_automated_backups", _cluster_backups),
        (RDSResponse, "describe_db_instance_automated_backups", _instance_backups),
    ]


def _summary(original: Callable[[Any], Mapping[str, int]], summary: Any) -> Mapping[str, int]:
    """Give the summary of an account, with the root user's password, which moto does not tell of."""
    return {**original(summary), "AccountPasswordPresent": 1}


def _no_old_tables(_response: Any) -> Any:
    """Answer ListGlobalTables: these accounts have no global tables of the version of 2017."""
    from moto.core.responses import ActionResult

    return ActionResult({"GlobalTables": []})


def _cluster_backups(response: Any) -> Any:
    """Answer DescribeDBClusterAutomatedBackups: one for each cluster
    (docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusterAutomatedBackups.html).
    """
    from moto.core.responses import ActionResult

    clusters = response.backend.describe_db_clusters(db_cluster_identifier=None, filters={})
    return ActionResult({"DBClusterAutomatedBackups": [_cluster_backup(cluster) for cluster in clusters]})


def _cluster_backup(cluster: Any) -> Mapping[str, Any]:
    return {
        "DBClusterIdentifier": cluster.db_cluster_identifier,
        "DBClusterArn": cluster.db_cluster_arn,
        "DbClusterResourceId": cluster.db_cluster_resource_id,
        "Region": cluster.region,
        "Engine": cluster.engine,
        "EngineVersion": cluster.engine_version,
        "Status": "active",
        "StorageEncrypted": cluster.storage_encrypted,
        "KmsKeyId": cluster.kms_key_id,
        "BackupRetentionPeriod": cluster.backup_retention_period,
        "TagList": cluster.tags,
    }


def _instance_backups(response: Any) -> Any:
    """Answer DescribeDBInstanceAutomatedBackups. moto gives a name and a state; AWS tells how each is kept
    (docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstanceAutomatedBackup.html).
    """
    from moto.core.responses import ActionResult

    databases = response.backend.databases.values()
    own = [each for each in databases if each.backup_retention_period and not each.db_cluster_identifier]
    return ActionResult({"DBInstanceAutomatedBackups": [_instance_backup(each) for each in own]})


def _instance_backup(database: Any) -> Mapping[str, Any]:
    return {
        "DBInstanceIdentifier": database.db_instance_identifier,
        "DBInstanceArn": database.db_instance_arn,
        "DbiResourceId": database.dbi_resource_id,
        "Region": database.region,
        "Engine": database.engine,
        "EngineVersion": database.engine_version,
        "Status": "active",
        "Encrypted": database.storage_encrypted,
        "KmsKeyId": database.kms_key_id,
        "BackupRetentionPeriod": database.backup_retention_period,
        "BackupTarget": "region",
        "TagList": database.tags,
    }
