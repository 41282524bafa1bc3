"""Amazon DocumentDB elastic clusters, and their snapshots."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    FOREVER,
    Answer,
    AtRest,
    Backup,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    Plan,
    PlanKind,
    Reason,
    RecoveryPoint,
    Source,
    Tagging,
    Trust,
    Unknown,
    View,
    pairs,
    text,
    whole,
)
from scanner.providers.aws import keys, protection
from scanner.providers.aws.common import arn_home, origin, recovery_point

# A key is always used: the one that is named, or a default (CreateCluster).
ALWAYS = "docs.aws.amazon.com/documentdb/latest/developerguide/API_elastic_CreateCluster.html"
UNTOLD = "DocumentDB does not tell it of elastic clusters"
RESTORED = "DocumentDB does not tell from which snapshot an elastic cluster was restored"
# A manual snapshot is kept until it is deleted; of others the cluster decides.
RETENTIONS: dict[object, Duration | Unknown] = {
    "MANUAL": FOREVER,
    "AUTOMATED": Unknown(Reason.NOT_ASKED, "the backup retention of its cluster decides; it is not looked up"),
}


def _at_rest(key: str) -> tuple[Answer, ...]:
    return (
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ALWAYS),
        EncryptionAtRest.algorithms.unseen(UNTOLD, Reason.UNDECIDED),
        *keys.worded(key, "AWS_OWNED_KMS_KEY"),
    )


def _plans(view: View) -> Iterable[Plan | Unknown]:
    days = Duration.of(view.at("cluster:/cluster/backupRetentionPeriod", whole))
    place = (view.at("item:/clusterArn", arn_home),)
    yield Plan(PlanKind.SNAPSHOT, days, Duration.of(1), place, encrypted=True, immutable=False)


def _snapshot_plans(view: View) -> Iterable[Plan]:
    retention = view.at("snapshot:/snapshot/snapshotType", RETENTIONS)
    yield recovery_point(retention, view.at("item:/snapshotArn", arn_home), encrypted=True)


def _ask(operation: str, name: str, parameter: str, pointer: str) -> Call:
    return Call(f"docdb-elastic:{operation}", f"docdb-elastic.{name}", take={parameter: pointer})


CLUSTER = ResourceType(
    "aws.docdb-elastic.cluster",
    "AWS::DocDBElastic::Cluster",
    Kind.DATA,
    each=Call("docdb-elastic:ListClusters", "docdb-elastic.list_clusters", items="/clusters"),
    id="{/clusterArn}",
    label="/clusterName",
    ask={
        "cluster": _ask("GetCluster", "get_cluster", "clusterArn", "/clusterArn"),
        "key": keys.ask("/cluster/kmsKeyId", follows="cluster"),
        "tags": _ask("ListTagsForResource", "list_tags_for_resource", "resourceArn", "/clusterArn"),
    },
    facts=(
        Location.homes.one("item:/clusterArn", arn_home),
        Location.copies.none("an elastic cluster lies in one region, and its snapshots are resources of their own"),
        *_at_rest("cluster:/cluster/kmsKeyId"),
        EncryptionInTransit.plaintext.unseen(UNTOLD, Reason.UNDECIDED),
        EncryptionInTransit.minimum_tls.unseen(UNTOLD, Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is AWS's own, which it renews"),
        Backup.plans.items(_plans, "cluster:/cluster/backupRetentionPeriod", "item:/clusterArn"),
        Lineage.origins.gap(RESTORED),
        # It is reached by endpoints in a VPC only.
        Exposure.public.documented(
            value=False, basis="docs.aws.amazon.com/documentdb/latest/developerguide/docdb-using-elastic-clusters.html"
        ),
        Tagging.tags.at("tags:/tags", pairs),
    ),
    without={
        LogStore: "not a log store",
        Trust: "clients log in as users of its own, from its VPC; it cannot be shared",
    },
    covered_by=protection.BY_BACKUP,
)

SNAPSHOT = ResourceType(
    "aws.docdb-elastic.snapshot",
    "AWS::DocDBElastic::ClusterSnapshot",
    Kind.DATA,
    each=Call("docdb-elastic:ListClusterSnapshots", "docdb-elastic.list_cluster_snapshots", items="/snapshots"),
    id="{/snapshotArn}",
    label="/snapshotName",
    ask={
        "snapshot": _ask("GetClusterSnapshot", "get_cluster_snapshot", "snapshotArn", "/snapshotArn"),
        "key": keys.ask("/snapshot/kmsKeyId", follows="snapshot"),
        "tags": _ask("ListTagsForResource", "list_tags_for_resource", "resourceArn", "/snapshotArn"),
    },
    facts=(
        Location.homes.one("item:/snapshotArn", arn_home),
        Location.copies.none("a copy of a snapshot is a snapshot of its own"),
        *_at_rest("snapshot:/snapshot/kmsKeyId"),
        Backup.plans.items(_snapshot_plans, "snapshot:/snapshot/snapshotType", "item:/snapshotArn"),
        Lineage.origins.items(lambda view: (origin(view.at("item:/clusterArn", text)),), "item:/clusterArn"),
        RecoveryPoint.sources.items(lambda view: (Source(view.at("item:/clusterArn", text)),), "item:/clusterArn"),
        # Elastic clusters have no operation that shares a snapshot.
        Exposure.public.documented(
            value=False, basis="docs.aws.amazon.com/documentdb/latest/developerguide/elastic-managing.html"
        ),
        Tagging.tags.at("tags:/tags", pairs),
    ),
    without={
        LogStore: "not a log store",
        EncryptionInTransit: "a snapshot takes no connections",
        Trust: "elastic clusters have no operation that shares a snapshot",
    },
    points_of=("aws.docdb-elastic.cluster",),
)

TYPES = (CLUSTER, SNAPSHOT)
