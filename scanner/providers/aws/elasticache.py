"""Amazon ElastiCache: replication groups, clusters without one, serverless caches, and snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from fractions import Fraction

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
    Facet,
    Inapplicable,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotApplicable,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    RecoveryPoint,
    Source,
    Tagging,
    Trust,
    Unknown,
    View,
    flag,
    key_values,
    text,
    whole,
)
from scanner.places import aws
from scanner.providers.aws import keys
from scanner.providers.aws.common import KEY, Scheme, arn_here, at_rest, origin, part, recovery_point

SAVED = ("item:/ReplicationGroupId", "item:/CacheClusterId")
CACHE_NAME = "item:/ServerlessCacheConfiguration/ServerlessCacheName"
GUIDE = "docs.aws.amazon.com/AmazonElastiCache/latest/dg/"
# StorageEncryptionType tells the effective state: AtRestEncryptionEnabled may be false under a key of the service.
SCHEMES: dict[object, Scheme] = {"none": Scheme.NONE, "sse-elasticache": Scheme.OWNED, "sse-kms": Scheme.KMS}
SCHEME = ("item:/StorageEncryptionType", "item:/AtRestEncryptionEnabled", "item:/KmsKeyId")
# Preferred takes both, while clients move to TLS.
MODES: dict[object, bool] = {"preferred": True, "required": False}
TRANSIT = ("item:/TransitEncryptionEnabled", "item:/TransitEncryptionMode")
GLOBAL_ID = "item:/GlobalReplicationGroupInfo/GlobalReplicationGroupId"
MEMBERS = tuple(
    f"global:/GlobalReplicationGroups/*/Members/*/{each}"
    for each in ("ReplicationGroupId", "ReplicationGroupRegion", "Role")
)
ZONES = "item:/NodeGroups/*/NodeGroupMembers/*/PreferredAvailabilityZone"
DETAILS = "DestinationDetails"
LOGS = tuple(
    f"item:/LogDeliveryConfigurations/*/{each}"
    for each in (
        "LogType",
        f"{DETAILS}/CloudWatchLogsDetails/LogGroup",
        f"{DETAILS}/KinesisFirehoseDetails/DeliveryStream",
    )
)
OUTPOST = Unknown(Reason.UNDECIDED, "it lies on an Outpost, whose site is not read yet")
FALSE = Unknown(Reason.UNDECIDED, "without StorageEncryptionType, false may hide a key that AWS owns")
UNTOLD = Unknown(Reason.UNDECIDED, "ElastiCache does not tell the key of a single cluster")
KEYLESS = Unknown(Reason.UNDECIDED, "no key of KMS is named, and whether the service's own is used is not told")
OPEN = Unknown(Reason.UNDECIDED, "it is reached over the Internet; whether its users need a password is not read")
RESTORED = Unknown(Reason.NOT_ASKED, "ElastiCache does not tell from which snapshot a cache was made")
UNTOLD_CIPHER = "ElastiCache does not tell which cipher is used"
# Nodes have no public addresses.
PRIVATE = GUIDE + "accessing-elasticache.html"
TLS_VERSION = "ElastiCache tells no lowest TLS version; it depends on the engine's version"
CERTIFICATE = "the certificate is AWS's own, which it renews"
NO_LOGS: Mapping[type[Facet], str] = {
    LogStore: "not a log store",
    Trust: "it is reached from its VPC only, and cannot be shared",
}
OF_SNAPSHOTS: Mapping[type[Facet], str] = {
    **NO_LOGS,
    EncryptionInTransit: "a snapshot takes no connections",
    Trust: "a snapshot leaves its account only as a file that is exported to a bucket",
}
NO_SHARING = GUIDE + "backups-exporting.html"
"""A snapshot leaves an account only as a file that is exported to a bucket."""


def _scheme(view: View) -> Scheme:
    kind = view.at("item:/StorageEncryptionType", SCHEMES, missing=None)
    if kind is not None:
        return kind
    if not view.at("item:/AtRestEncryptionEnabled", flag):
        raise NotKnown(FALSE)
    return Scheme.KMS if view.at("item:/KmsKeyId", text, missing=None) else Scheme.OWNED


def _group_homes(view: View) -> Iterable[str]:
    if any(view.each("item:/MemberClustersOutpostArns", missing=True)):
        raise NotKnown(OUTPOST)
    members = [
        member
        for group in view.each("item:/NodeGroups", missing=True)
        for member in group.each("/NodeGroupMembers", missing=True)
    ]
    zones = {member.at("/PreferredAvailabilityZone", text, missing=None) for member in members}
    # Without a zone, a node may be in any of the region's.
    yield from sorted({aws(zone or view.where.region) for zone in zones or {None}})


def _cluster_homes(view: View) -> Iterable[str]:
    if view.at("item:/PreferredOutpostArn", text, missing=None) is not None:
        raise NotKnown(OUTPOST)
    zone = view.at("item:/PreferredAvailabilityZone", text)
    # "Multiple" stands for several zones of the region (docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/
    # API_CacheCluster.html).
    yield aws(view.where.region if zone == "Multiple" else zone)


def _plaintext(view: View) -> bool:
    if not view.at("item:/TransitEncryptionEnabled", flag):
        return True
    return view.at("item:/TransitEncryptionMode", MODES)


def _others_of_global(view: View) -> Iterable[tuple[str, str, str]]:
    """Region, ARN and role of the other members of the global datastore that this group is in."""
    if view.at(GLOBAL_ID, text, missing=None) is None:
        return
    own = (view.where.region, view.at("item:/ReplicationGroupId", text))
    for store in view.each("global:/GlobalReplicationGroups"):
        for member in store.each("/Members"):
            region, name = member.at("/ReplicationGroupRegion", text), member.at("/ReplicationGroupId", text)
            if (region, name) != own:
                arn = f"arn:{view.where.partition}:elasticache:{region}:{view.where.account}:replicationgroup:{name}"
                yield region, arn, member.at("/Role", text)


def _log_copies(view: View) -> Iterable[Copy]:
    """Slow logs hold commands with their values. Destinations are in the cache's own region and account."""
    here = aws(view.where.region)
    for log in view.each("item:/LogDeliveryConfigurations", missing=True):
        group = log.at(f"/{DETAILS}/CloudWatchLogsDetails/LogGroup", text, missing=None)
        stream = log.at(f"/{DETAILS}/KinesisFirehoseDetails/DeliveryStream", text, missing=None)
        if group:
            yield Copy(CopyKind.LOG_SINK, here, arn_here(view, "logs", f"log-group:{group}"))
        if stream:
            yield Copy(CopyKind.LOG_SINK, here, arn_here(view, "firehose", f"deliverystream/{stream}"))


def _group_copies(view: View) -> Iterable[Copy]:
    yield from _log_copies(view)
    yield from (Copy(CopyKind.REPLICA, aws(region), arn) for region, arn, _ in _others_of_global(view))


def _group_origins(view: View) -> Iterable[Origin | Unknown]:
    yield RESTORED
    yield from (origin(arn) for _, arn, role in _others_of_global(view) if role.upper() == "PRIMARY")


def _snapshots(encrypted: Callable[[View], bool]) -> Callable[[View], Iterable[Plan]]:
    """The plan of daily snapshots, in the region; a limit of 0 turns them off."""

    def plans(view: View) -> Iterable[Plan]:
        days = view.at("item:/SnapshotRetentionLimit", whole)
        if days:
            place = (aws(view.where.region),)
            sealed = part(lambda: encrypted(view))
            yield Plan(PlanKind.SNAPSHOT, Duration.of(days), Duration.of(1), place, sealed, immutable=False)

    return plans


def _cluster_plans(view: View) -> Iterable[Plan]:
    if view.at("item:/Engine", text) == "memcached":
        raise NotApplicable(Inapplicable("Memcached makes no snapshots"))
    return _snapshots(_cluster_encrypted)(view)


def _cluster_encrypted(view: View) -> bool:
    if not view.at("item:/AtRestEncryptionEnabled", flag):
        raise NotKnown(FALSE)
    return True


def _cluster_state(view: View) -> AtRest:
    return AtRest.ENCRYPTED if _cluster_encrypted(view) else AtRest.NONE


def _public_cache(view: View) -> bool:
    # Without a type it is vpc (CreateServerlessCache).
    if view.at("item:/ConnectionType", {"vpc": False, "public": True}, missing=False):
        raise NotKnown(OPEN)
    return False


def _sealed(view: View) -> AtRest:
    # A snapshot names a key of KMS only; without one it may be under a key of the service, or under none.
    if view.at("item:/KmsKeyId", text, missing=None) is None:
        raise NotKnown(
            Unknown(Reason.UNDECIDED, "no key of KMS is named; whether the service's own is used is not told")
        )
    return AtRest.ENCRYPTED


def _snapshot_plans(view: View) -> Iterable[Plan]:
    # Manual snapshots do not expire; of automatic ones the limit tells the days (botocore's model of Snapshot).
    retention = FOREVER
    if view.at("item:/SnapshotSource", {"manual": False, "automated": True}):
        retention = Duration.of(view.at("item:/SnapshotRetentionLimit", whole))
    yield recovery_point(retention, aws(view.where.region), part(lambda: _sealed(view) is AtRest.ENCRYPTED))


def _saved(view: View) -> str:
    """The ARN of what a snapshot was made of."""
    group = view.at("item:/ReplicationGroupId", text, missing=None)
    kind, name = ("replicationgroup", group) if group else ("cluster", view.at("item:/CacheClusterId", text))
    return arn_here(view, "elasticache", f"{kind}:{name}")


def _time(value: object) -> datetime:
    return datetime.fromisoformat(text(value))


def _saved_plans(view: View) -> Iterable[Plan]:
    expires = view.at("item:/ExpiryTime", _time, missing=None)
    if expires is None:
        retention = view.at("item:/SnapshotType", {"manual": FOREVER})
    else:
        seconds = (expires - view.at("item:/CreateTime", _time)).total_seconds()
        retention = Duration(Fraction(round(seconds), 86400))
    yield recovery_point(retention, aws(view.where.region), encrypted=True)


def _saved_cache(view: View) -> str:
    return arn_here(view, "elasticache", f"serverlesscache:{view.at(CACHE_NAME, text)}")


def _list(operation: str, name: str, items: str, **give: object) -> Call:
    return Call(f"elasticache:{operation}", f"elasticache.{name}", items=items, give=give)


def _home(view: View) -> Iterable[str]:
    view.at("item:/ARN", text)
    yield aws(view.where.region)


TAGS = Call("elasticache:ListTagsForResource", "elasticache.list_tags_for_resource", take={"ResourceName": "/ARN"})
TAGGED = Tagging.tags.at("tags:/TagList", key_values, missing={})

GROUP = ResourceType(
    "aws.elasticache.replication-group",
    "AWS::ElastiCache::ReplicationGroup",
    Kind.DATA,
    each=_list("DescribeReplicationGroups", "describe_replication_groups", "/ReplicationGroups"),
    id="arn:{@partition}:elasticache:{@region}:{@account}:replicationgroup:{/ReplicationGroupId}",
    label="/ReplicationGroupId",
    ask={
        "key": KEY,
        "tags": TAGS,
        "global": Call(
            "elasticache:DescribeGlobalReplicationGroups",
            "elasticache.describe_global_replication_groups",
            items="/GlobalReplicationGroups",
            give={"ShowMemberInfo": True},
            take={"GlobalReplicationGroupId": "/GlobalReplicationGroupInfo/GlobalReplicationGroupId"},
        ),
    },
    facts=(
        Location.homes.items(_group_homes, "item:/MemberClustersOutpostArns", ZONES),
        Location.copies.items(_group_copies, "item:/ReplicationGroupId", GLOBAL_ID, *MEMBERS, *LOGS),
        *at_rest(_scheme, *SCHEME, ciphers=frozenset()),
        EncryptionInTransit.plaintext.by(_plaintext, *TRANSIT),
        EncryptionInTransit.minimum_tls.unseen(TLS_VERSION, Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.inapplicable(CERTIFICATE),
        Backup.plans.items(
            _snapshots(lambda view: _scheme(view) is not Scheme.NONE), "item:/SnapshotRetentionLimit", *SCHEME
        ),
        Lineage.origins.items(_group_origins, "item:/ReplicationGroupId", GLOBAL_ID, *MEMBERS),
        Exposure.public.documented(value=False, basis=PRIVATE),
        TAGGED,
    ),
    without=NO_LOGS,
    unordered=("tags:/TagList", "item:/LogDeliveryConfigurations"),
)

CLUSTER = ResourceType(
    "aws.elasticache.cluster",
    "AWS::ElastiCache::CacheCluster",
    Kind.DATA,
    # The others are nodes of a replication group.
    each=_list(
        "DescribeCacheClusters",
        "describe_cache_clusters",
        "/CacheClusters",
        ShowCacheClustersNotInReplicationGroups=True,
    ),
    id="arn:{@partition}:elasticache:{@region}:{@account}:cluster:{/CacheClusterId}",
    label="/CacheClusterId",
    ask={"tags": TAGS},
    facts=(
        Location.homes.items(_cluster_homes, "item:/PreferredOutpostArn", "item:/PreferredAvailabilityZone"),
        Location.copies.items(_log_copies, *LOGS),
        EncryptionAtRest.state.by(_cluster_state, "item:/AtRestEncryptionEnabled"),
        EncryptionAtRest.algorithms.unseen(UNTOLD_CIPHER, Reason.UNDECIDED),
        EncryptionAtRest.owner.unseen(UNTOLD.detail, UNTOLD.reason),
        EncryptionAtRest.key.unseen(UNTOLD.detail, UNTOLD.reason),
        EncryptionInTransit.plaintext.by(_plaintext, *TRANSIT),
        EncryptionInTransit.minimum_tls.unseen(TLS_VERSION, Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.inapplicable(CERTIFICATE),
        Backup.plans.items(
            _cluster_plans, "item:/Engine", "item:/SnapshotRetentionLimit", "item:/AtRestEncryptionEnabled"
        ),
        Lineage.origins.gap(RESTORED.detail),
        Exposure.public.documented(value=False, basis=PRIVATE),
        TAGGED,
    ),
    without=NO_LOGS,
    unordered=("tags:/TagList", "item:/LogDeliveryConfigurations"),
)

SERVERLESS = ResourceType(
    "aws.elasticache.serverless-cache",
    "AWS::ElastiCache::ServerlessCache",
    Kind.DATA,
    each=_list("DescribeServerlessCaches", "describe_serverless_caches", "/ServerlessCaches"),
    id="{/ARN}",
    label="/ServerlessCacheName",
    ask={"key": KEY, "tags": TAGS},
    facts=(
        Location.homes.items(_home, "item:/ARN"),
        Location.copies.none("a serverless cache lies in one region, and its snapshots are resources of their own"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, GUIDE + "at-rest-encryption.html"),
        EncryptionAtRest.algorithms.unseen(UNTOLD_CIPHER, Reason.UNDECIDED),
        # Without a key it is the service's own (CreateServerlessCache).
        *keys.held("item:/KmsKeyId", keys.OWNED),
        EncryptionInTransit.plaintext.documented(value=False, basis=GUIDE + "in-transit-encryption.html"),
        EncryptionInTransit.minimum_tls.unseen(TLS_VERSION, Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.inapplicable(CERTIFICATE),
        Backup.plans.items(_snapshots(lambda _: True), "item:/SnapshotRetentionLimit"),
        Lineage.origins.gap(RESTORED.detail),
        Exposure.public.by(_public_cache, "item:/ConnectionType"),
        TAGGED,
    ),
    without=NO_LOGS,
    unordered=("tags:/TagList",),
)

SNAPSHOT = ResourceType(
    "aws.elasticache.snapshot",
    "AWS::ElastiCache::Snapshot",
    Kind.DATA,
    each=_list("DescribeSnapshots", "describe_snapshots", "/Snapshots"),
    id="arn:{@partition}:elasticache:{@region}:{@account}:snapshot:{/SnapshotName}",
    label="/SnapshotName",
    ask={"key": KEY, "tags": TAGS},
    facts=(
        Location.homes.items(_home, "item:/ARN"),
        Location.copies.none("a copy of a snapshot is a snapshot of its own"),
        EncryptionAtRest.state.by(_sealed, "item:/KmsKeyId"),
        EncryptionAtRest.algorithms.unseen(UNTOLD_CIPHER, Reason.UNDECIDED),
        *keys.held("item:/KmsKeyId"),
        Backup.plans.items(_snapshot_plans, "item:/SnapshotSource", "item:/SnapshotRetentionLimit", "item:/KmsKeyId"),
        Lineage.origins.items(lambda view: (origin(_saved(view)),), *SAVED),
        RecoveryPoint.sources.items(lambda view: (Source(_saved(view)),), *SAVED),
        Exposure.public.documented(value=False, basis=NO_SHARING),
        TAGGED,
    ),
    without=OF_SNAPSHOTS,
    unordered=("tags:/TagList",),
    points_of=("aws.elasticache.replication-group", "aws.elasticache.cluster"),
)

SERVERLESS_SNAPSHOT = ResourceType(
    "aws.elasticache.serverless-snapshot",
    "AWS::ElastiCache::ServerlessCacheSnapshot",
    Kind.DATA,
    each=_list("DescribeServerlessCacheSnapshots", "describe_serverless_cache_snapshots", "/ServerlessCacheSnapshots"),
    id="{/ARN}",
    label="/ServerlessCacheSnapshotName",
    ask={"key": KEY, "tags": TAGS},
    facts=(
        Location.homes.items(_home, "item:/ARN"),
        Location.copies.none("a copy of a snapshot is a snapshot of its own"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, GUIDE + "at-rest-encryption.html"),
        EncryptionAtRest.algorithms.unseen(UNTOLD_CIPHER, Reason.UNDECIDED),
        *keys.held("item:/KmsKeyId", keys.OWNED),
        Backup.plans.items(_saved_plans, "item:/ExpiryTime", "item:/CreateTime", "item:/SnapshotType"),
        Lineage.origins.items(lambda view: (origin(_saved_cache(view)),), CACHE_NAME),
        RecoveryPoint.sources.items(lambda view: (Source(_saved_cache(view)),), CACHE_NAME),
        Exposure.public.documented(value=False, basis=NO_SHARING),
        TAGGED,
    ),
    without=OF_SNAPSHOTS,
    unordered=("tags:/TagList",),
    points_of=("aws.elasticache.serverless-cache",),
)

TYPES = (GROUP, CLUSTER, SERVERLESS, SNAPSHOT, SERVERLESS_SNAPSHOT)
