"""Amazon RDS: automated backups. They outlive their database where they are retained, and lie in another region where
they are replicated.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    Duration,
    Exposure,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Plan,
    RecoveryPoint,
    Source,
    Tagging,
    Trust,
    Unknown,
    View,
    key_values,
    text,
    whole,
)
from scanner.places import aws
from scanner.providers.aws.common import KEY, at_rest, origin, part, replica
from scanner.providers.aws.rds import (
    LOCAL,
    NO_CONNECTIONS,
    NOT_SHARED,
    OUTPOST,
    REPLICATED,
    SCHEME,
    SHARING,
    backups,
    cluster_scheme,
    snapshot_scheme,
)

BACKED_UP = "item:/BackupTarget"


def _backup_homes(view: View) -> Iterable[str]:
    # It lies in the region that lists it; the region that is told is the instance's. Without a target it is the region.
    region = aws(view.where.region)
    kinds: dict[object, str | Unknown] = {"region": region, "outposts": OUTPOST, "local": LOCAL}
    target = view.at(BACKED_UP, kinds, missing=region)
    if isinstance(target, Unknown):
        raise NotKnown(target)
    yield target


def _backup_copies(view: View) -> Iterable[Copy]:
    for backup in view.each("item:/DBInstanceAutomatedBackupsReplications", missing=True):
        yield replica(backup.at("/DBInstanceAutomatedBackupsArn", text), CopyKind.BACKUP)


def _backup_plans(view: View) -> Iterable[Plan]:
    days = Duration.of(view.at("item:/BackupRetentionPeriod", whole))
    yield backups(view, days, snapshot_scheme, part(lambda: next(iter(_backup_homes(view)))))


def _cluster_backup_home(view: View) -> Iterable[str]:
    view.at("item:/DbClusterResourceId", text)
    yield aws(view.where.region)


def _cluster_backup_plans(view: View) -> Iterable[Plan]:
    days = Duration.of(view.at("item:/BackupRetentionPeriod", whole))
    yield backups(view, days, cluster_scheme, aws(view.where.region))


INSTANCE_BACKUP = ResourceType(
    "aws.rds.instance-backup",
    "AWS::RDS::DBInstanceAutomatedBackup",
    Kind.DATA,
    # Those of this region's instances, of deleted ones, and those that are replicated from another region.
    each=Call(
        "rds:DescribeDBInstanceAutomatedBackups",
        "rds.describe_db_instance_automated_backups",
        items="/DBInstanceAutomatedBackups",
    ),
    # Those of the region's own instances may have no ARN.
    id="arn:{@partition}:rds:{@region}:{@account}:auto-backup:{/DbiResourceId}",
    label="/DBInstanceIdentifier",
    ask={"key": KEY},
    facts=(
        Location.homes.items(_backup_homes, BACKED_UP),
        Location.copies.items(_backup_copies, REPLICATED),
        *at_rest(snapshot_scheme, "item:/Encrypted", "item:/StorageEncryptionType"),
        Backup.plans.items(
            _backup_plans, "item:/BackupRetentionPeriod", BACKED_UP, "item:/Encrypted", "item:/StorageEncryptionType"
        ),
        Lineage.origins.items(lambda view: (origin(view.at("item:/DBInstanceArn", text)),), "item:/DBInstanceArn"),
        RecoveryPoint.sources.items(
            lambda view: (Source(view.at("item:/DBInstanceArn", text)),), "item:/DBInstanceArn"
        ),
        Exposure.public.documented(value=False, basis=SHARING),
        Tagging.tags.at("item:/TagList", key_values, missing={}),
    ),
    without={**NO_CONNECTIONS, Trust: NOT_SHARED},
    unordered=("item:/TagList",),
    points_of=("aws.rds.instance",),
)

CLUSTER_BACKUP = ResourceType(
    "aws.rds.cluster-backup",
    "AWS::RDS::DBClusterAutomatedBackup",
    Kind.DATA,
    each=Call(
        "rds:DescribeDBClusterAutomatedBackups",
        "rds.describe_db_cluster_automated_backups",
        items="/DBClusterAutomatedBackups",
    ),
    id="arn:{@partition}:rds:{@region}:{@account}:cluster-auto-backup:{/DbClusterResourceId}",
    label="/DBClusterIdentifier",
    ask={"key": KEY},
    facts=(
        Location.homes.items(_cluster_backup_home, "item:/DbClusterResourceId"),
        Location.copies.none("automated backups of clusters are not replicated to other regions"),
        *at_rest(cluster_scheme, *SCHEME),
        Backup.plans.items(_cluster_backup_plans, "item:/BackupRetentionPeriod", *SCHEME),
        Lineage.origins.items(lambda view: (origin(view.at("item:/DBClusterArn", text)),), "item:/DBClusterArn"),
        RecoveryPoint.sources.items(lambda view: (Source(view.at("item:/DBClusterArn", text)),), "item:/DBClusterArn"),
        Exposure.public.documented(value=False, basis=SHARING),
        Tagging.tags.at("item:/TagList", key_values, missing={}),
    ),
    without={**NO_CONNECTIONS, Trust: NOT_SHARED},
    unordered=("item:/TagList",),
    points_of=("aws.rds.cluster",),
)

TYPES = (INSTANCE_BACKUP, CLUSTER_BACKUP)
