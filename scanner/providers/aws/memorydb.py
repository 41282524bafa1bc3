"""Amazon MemoryDB: clusters and snapshots. What it holds is always encrypted."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    FOREVER,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotApplicable,
    Origin,
    Plan,
    PlanKind,
    Reason,
    RecoveryPoint,
    Source,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    flag,
    key_values,
    no,
    text,
    whole,
)
from scanner.providers.aws import keys
from scanner.providers.aws.common import KEY, arn_here, arn_home, origin, recovery_point

GUIDE = "docs.aws.amazon.com/memorydb/latest/devguide/"
RESTORED = Unknown(Reason.NOT_ASKED, "MemoryDB does not tell from which snapshot a cluster was made")
MEMBERS = "regions:/MultiRegionClusters/*/Clusters/*/ARN"
SAVED = "item:/ClusterConfiguration/Name"
NAME = "item:/MultiRegionClusterName"
# A manual snapshot is kept until it is deleted (docs.aws.amazon.com/memorydb/latest/devguide/snapshots-manual.html).
RETENTIONS: dict[object, Duration | Unknown] = {
    "manual": FOREVER,
    "automated": Unknown(Reason.NOT_ASKED, "the retention limit of its cluster decides; it is not looked up"),
}
AT_REST = (
    EncryptionAtRest.state.documented(AtRest.ENCRYPTED, GUIDE + "at-rest-encryption.html"),
    EncryptionAtRest.algorithms.unseen("MemoryDB does not tell which cipher is used", Reason.UNDECIDED),
    # Without a key it is the service's own.
    *keys.held("item:/KmsKeyId", keys.OWNED),
)


def _others(view: View) -> Iterable[str]:
    """The ARNs of the clusters in other regions that hold the same data. Each is written to, and fills the others."""
    if view.at(NAME, text, missing=None) is not None:
        own = view.at("item:/ARN", text)
        for database in view.each("regions:/MultiRegionClusters"):
            members = [member.at("/ARN", text) for member in database.each("/Clusters")]
            yield from (arn for arn in members if arn != own)


def _copies(view: View) -> Iterable[Copy]:
    return (Copy(CopyKind.REPLICA, arn_home(arn), arn) for arn in _others(view))


def _origins(view: View) -> Iterable[Origin | Unknown]:
    yield RESTORED
    yield from (origin(arn) for arn in _others(view))


def _minimum_tls(view: View) -> Tls:
    if not view.at("item:/TLSEnabled", flag):
        raise NotApplicable(Inapplicable("it speaks no TLS at all"))
    # The lowest since 2023-07-20 (docs.aws.amazon.com/memorydb/latest/devguide/in-transit-encryption.html).
    return Tls.V1_2


def _plans(view: View) -> Iterable[Plan]:
    # One a day; with a limit of 0 none is made (docs.aws.amazon.com/memorydb/latest/devguide/snapshots-automatic.html).
    days = view.at("item:/SnapshotRetentionLimit", whole)
    if days:
        place = (view.at("item:/ARN", arn_home),)
        yield Plan(PlanKind.SNAPSHOT, Duration.of(days), Duration.of(1), place, encrypted=True, immutable=False)


def _snapshot_plans(view: View) -> Iterable[Plan]:
    yield recovery_point(view.at("item:/Source", RETENTIONS), view.at("item:/ARN", arn_home), encrypted=True)


def _saved(view: View) -> str:
    """The ARN of the cluster that a snapshot was made of."""
    return arn_here(view, "memorydb", f"cluster/{view.at(SAVED, text)}")


TAGS = Call("memorydb:ListTags", "memorydb.list_tags", take={"ResourceArn": "/ARN"})
TAGGED = Tagging.tags.at("tags:/TagList", key_values)

CLUSTER = ResourceType(
    "aws.memorydb.cluster",
    "AWS::MemoryDB::Cluster",
    Kind.DATA,
    each=Call("memorydb:DescribeClusters", "memorydb.describe_clusters", items="/Clusters"),
    id="{/ARN}",
    label="/Name",
    ask={
        "key": KEY,
        "tags": TAGS,
        "regions": Call(
            "memorydb:DescribeMultiRegionClusters",
            "memorydb.describe_multi_region_clusters",
            items="/MultiRegionClusters",
            give={"ShowClusterDetails": True},
            take={"MultiRegionClusterName": "/MultiRegionClusterName"},
        ),
    },
    facts=(
        Location.homes.one("item:/ARN", arn_home),
        Location.copies.items(_copies, NAME, "item:/ARN", MEMBERS),
        *AT_REST,
        EncryptionInTransit.plaintext.at("item:/TLSEnabled", no),
        EncryptionInTransit.minimum_tls.by(_minimum_tls, "item:/TLSEnabled"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is AWS's own, which it renews"),
        Backup.plans.items(_plans, "item:/SnapshotRetentionLimit", "item:/ARN"),
        Lineage.origins.items(_origins, NAME, "item:/ARN", MEMBERS),
        # Nodes have no public addresses.
        Exposure.public.documented(value=False, basis=GUIDE + "accessing-memorydb.html"),
        TAGGED,
    ),
    without={
        LogStore: "not a log store",
        Trust: "it is reached from its VPC only, and cannot be shared",
    },
    unordered=("tags:/TagList",),
)

SNAPSHOT = ResourceType(
    "aws.memorydb.snapshot",
    "AWS::MemoryDB::Snapshot",
    Kind.DATA,
    each=Call("memorydb:DescribeSnapshots", "memorydb.describe_snapshots", items="/Snapshots"),
    id="{/ARN}",
    label="/Name",
    ask={"key": KEY, "tags": TAGS},
    facts=(
        Location.homes.one("item:/ARN", arn_home),
        Location.copies.none("a copy of a snapshot is a snapshot of its own"),
        *AT_REST,
        Backup.plans.items(_snapshot_plans, "item:/Source", "item:/ARN"),
        Lineage.origins.items(lambda view: (origin(_saved(view)),), SAVED),
        RecoveryPoint.sources.items(lambda view: (Source(_saved(view)),), SAVED),
        # It leaves the account only as a file that is exported to a bucket.
        Exposure.public.documented(value=False, basis=GUIDE + "snapshots-exporting.html"),
        TAGGED,
    ),
    without={
        LogStore: "not a log store",
        EncryptionInTransit: "a snapshot takes no connections",
        Trust: "MemoryDB has no operation that shares a snapshot",
    },
    unordered=("tags:/TagList",),
    points_of=("aws.memorydb.cluster",),
)

TYPES = (CLUSTER, SNAPSHOT)
