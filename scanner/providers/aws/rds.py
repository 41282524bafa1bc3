"""Amazon RDS and Aurora: instances, clusters and their snapshots.

The listings also show Neptune and DocumentDB (DescribeDBInstances, botocore's model), which `clusters` has. Types are
told apart by their engine; the sweeps on the same listings name every engine that nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import TypeVar

from scanner.collect.model import Call, ResourceType, Sweep
from scanner.facts import (
    FOREVER,
    JSON,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionInTransit,
    Exposure,
    Facet,
    Grantee,
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
    Tls,
    Trust,
    Unknown,
    View,
    flag,
    key_values,
    text,
    whole,
)
from scanner.places import aws
from scanner.providers.aws import principals, protection
from scanner.providers.aws.common import (
    KEY,
    SHARES,
    Scheme,
    arn_home,
    arn_parts,
    at_rest,
    by_aws_backup,
    kept_by,
    named,
    origin,
    part,
    recovery_point,
    replica,
)

T = TypeVar("T")

# CreateDBInstance and CreateDBCluster (botocore's model), and engines of old instances that still run.
EDITIONS = {
    "": ("aurora", "aurora-mysql", "aurora-postgresql", "mariadb", "mysql", "postgres"),
    "db2-": ("ae", "se"),
    "oracle-": ("ee", "ee-cdb", "se", "se1", "se2", "se2-cdb"),
    "sqlserver-": ("dev-ee", "ee", "se", "ex", "web"),
    "custom-oracle-": ("ee", "ee-cdb", "se2", "se2-cdb"),
    "custom-sqlserver-": ("dev", "ee", "se", "web"),
}
ENGINES = frozenset(family + edition for family, editions in EDITIONS.items() for edition in editions)
ONLY = {"/Engine": ENGINES}
OTHERS = {"docdb": "DocDB", "neptune": "Neptune"}

FORCED: dict[object, bool] = {"1": True, "ON": True, "0": False, "OFF": False}
POSTGRES = ("rds.force_ssl", "ssl_min_protocol_version")
MYSQL = ("require_secure_transport", "tls_version")
# Which parameters force TLS and set its lowest version
# (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html and the pages of each engine).
PARAMETERS = {
    "postgres": POSTGRES,
    "aurora-postgresql": POSTGRES,
    "mysql": MYSQL,
    "mariadb": MYSQL,
    "aurora-mysql": MYSQL,
    # docs.aws.amazon.com/documentdb/latest/developerguide/API_Parameter.html
    "docdb": ("tls", "tls"),
    **{engine: ("rds.force_ssl", "") for engine in ENGINES if engine.startswith("sqlserver-")},
}
VERSIONS = {"TLSv1": Tls.V1_0, "TLSv1.0": Tls.V1_0, "TLSv1.1": Tls.V1_1, "TLSv1.2": Tls.V1_2, "TLSv1.3": Tls.V1_3}
# StorageEncryptionType says how data lies; StorageEncrypted is false under a key that AWS owns (botocore's model).
SCHEMES: dict[object, Scheme] = {"none": Scheme.NONE, "sse-rds": Scheme.OWNED, "sse-kms": Scheme.KMS}
SCHEME = ("item:/StorageEncrypted", "item:/StorageEncryptionType")
OF_CLUSTER = "its storage, backups and keys are those of the DB cluster that it is a member of"
GATEWAY = "item:/InternetAccessGatewayEnabled"
MEMBER = "item:/DBClusterIdentifier"
UNSAFE = re.compile(r"[^a-z0-9-]")
DAILY = Duration.of(1)
SHARING = "docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ShareSnapshot.html"
"""Only manual snapshots can be shared."""
RESTORED = Unknown(Reason.NOT_ASKED, "RDS does not tell what an instance or cluster was restored from")
OUTPOST = Unknown(Reason.UNDECIDED, "it lies on an Outpost, whose site is not read yet")
LOCAL = Unknown(Reason.UNDECIDED, "it lies in a dedicated local zone that the reply does not name")


def _own(function: Callable[[View], T]) -> Callable[[View], T]:
    """The function, for instances that are no members of a cluster (DBClusterIdentifier is told of members only)."""

    def of_instance(view: View) -> T:
        if view.at(MEMBER, text, missing=None) is not None:
            raise NotApplicable(Inapplicable(OF_CLUSTER))
        return function(view)

    return of_instance


def _strings(view: View, path: str) -> Iterable[str]:
    return (node.at("", text) for node in view.each(path, missing=True))


def _instance_scheme(view: View) -> Scheme:
    kind = view.at("item:/StorageEncryptionType", SCHEMES, missing=None)
    return kind or (Scheme.KMS if view.at("item:/StorageEncrypted", flag) else Scheme.NONE)


def cluster_scheme(view: View) -> Scheme:
    """How a cluster, or a snapshot of one, is encrypted."""
    kind = view.at("item:/StorageEncryptionType", SCHEMES, missing=None)
    if kind is None and not view.at("item:/StorageEncrypted", flag):
        raise NotKnown(Unknown(Reason.UNDECIDED, "without StorageEncryptionType, false may hide a key that AWS owns"))
    return kind or Scheme.KMS


def snapshot_scheme(view: View) -> Scheme:
    """How a snapshot or a backup of an instance is encrypted."""
    kind = view.at("item:/StorageEncryptionType", SCHEMES, missing=None)
    return kind or (Scheme.KMS if view.at("item:/Encrypted", flag) else Scheme.NONE)


def instance_homes(view: View) -> Iterable[str]:
    """The zones of an instance; raises NotKnown on an Outpost."""
    subnets = view.each("item:/DBSubnetGroup/Subnets", missing=True)
    if any(subnet.at("/SubnetOutpost/Arn", text, missing=None) for subnet in subnets):
        raise NotKnown(OUTPOST)
    zones = (view.at("item:/AvailabilityZone", text), view.at("item:/SecondaryAvailabilityZone", text, missing=None))
    yield from sorted({aws(zone) for zone in zones if zone})


def _instance_copies(view: View) -> Iterable[Copy]:
    for name in _strings(view, "item:/ReadReplicaDBInstanceIdentifiers"):
        yield replica(named(view, name, "rds", "db"))
    for name in _strings(view, "item:/ReadReplicaDBClusterIdentifiers"):
        yield replica(named(view, name, "rds", "cluster"))
    for backup in view.each("item:/DBInstanceAutomatedBackupsReplications", missing=True):
        yield replica(backup.at("/DBInstanceAutomatedBackupsArn", text), CopyKind.BACKUP)


def backups(view: View, retention: Duration | Unknown, scheme: Callable[[View], Scheme], place: str | Unknown) -> Plan:
    """The plan of automated backups."""
    # Daily snapshots and transaction logs, encrypted as the database is; setting the retention to 0 deletes them
    # (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html).
    encrypted = part(lambda: scheme(view) is not Scheme.NONE)
    places = place if isinstance(place, Unknown) else (place,)
    return Plan(PlanKind.CONTINUOUS, retention, DAILY, places, encrypted, immutable=False)


def _target(view: View) -> str | Unknown:
    # Where it is not told it is the region (CreateDBInstance: "Default: region").
    region = aws(view.where.region)
    kinds: dict[object, str | Unknown] = {"region": region, "outposts": OUTPOST, "local": LOCAL}
    return view.at("item:/BackupTarget", kinds, missing=region)


def _instance_plans(view: View) -> Iterable[Plan | Unknown]:
    days = view.at("item:/BackupRetentionPeriod", whole)
    if days:
        yield backups(view, Duration.of(days), _instance_scheme, _target(view))
    elsewhere = Unknown(Reason.NOT_ASKED, "the retention of replicated backups is told in their own region")
    for backup in view.each("item:/DBInstanceAutomatedBackupsReplications", missing=True):
        yield backups(view, elsewhere, _instance_scheme, backup.at("/DBInstanceAutomatedBackupsArn", arn_home))


def cluster_plans(view: View) -> Iterable[Plan | Unknown]:
    """The automated backups of a cluster, which cannot be turned off."""
    days = Duration.of(view.at("item:/BackupRetentionPeriod", whole))
    yield backups(view, days, cluster_scheme, view.at("item:/DBClusterArn", arn_home))


Applied = Callable[[View], Iterable[str]]
"""Reads how far each change of the parameter group is applied."""


def _instance_applied(view: View) -> Iterable[str]:
    return (group.at("/ParameterApplyStatus", text) for group in view.each("item:/DBParameterGroups"))


def cluster_applied(view: View) -> Iterable[str]:
    """How far each member has applied the cluster's parameter group."""
    members = view.each("item:/DBClusterMembers", missing=True)
    return (member.at("/DBClusterParameterGroupStatus", text) for member in members)


def parameter(view: View, which: int, applied: Applied) -> str:
    """The value of the parameter that decides for the view's engine: 0 forces TLS, 1 sets its lowest version."""
    if any(status != "in-sync" for status in applied(view)):
        raise NotKnown(Unknown(Reason.UNDECIDED, "a change of the parameter group is not applied yet"))
    name = PARAMETERS.get(view.at("item:/Engine", text).lower(), ("", ""))[which]
    if not name:
        raise NotKnown(Unknown(Reason.UNDECIDED, "no parameter of this engine that is read here settles it"))
    for parameter in view.each("parameters:/Parameters"):
        if parameter.at("/ParameterName", text) == name:
            return parameter.at("/ParameterValue", text)
    raise NotKnown(Unknown(Reason.SHAPE, f"the parameter group has no parameter {name}"))


def _plaintext(applied: Applied) -> Callable[[View], bool]:
    def plaintext(view: View) -> bool:
        forced = FORCED.get(parameter(view, 0, applied).upper())
        if forced is None:
            raise NotKnown(Unknown(Reason.SHAPE, "the parameter that forces TLS has an unforeseen value"))
        return not forced

    return plaintext


def _minimum_tls(applied: Applied) -> Callable[[View], Tls]:
    def minimum(view: View) -> Tls:
        # MySQL and MariaDB list the versions that they accept; PostgreSQL names the lowest.
        found = [VERSIONS.get(each.strip()) for each in parameter(view, 1, applied).split(",")]
        versions = [each for each in found if each]
        if len(versions) < len(found):
            raise NotKnown(Unknown(Reason.SHAPE, "the parameter that sets the TLS version has an unforeseen value"))
        return min(versions, key=list(Tls).index)

    return minimum


def moment(value: JSON) -> datetime:
    """A time, as the session writes it."""
    return datetime.fromisoformat(text(value))


def public(view: View) -> bool:
    """Whether an instance is open to everybody: undecided where it has a public address."""
    if view.at("item:/PubliclyAccessible", flag):
        raise NotKnown(
            Unknown(
                Reason.UNDECIDED,
                "it has a public address; whether its security groups let the Internet in is not read yet",
            )
        )
    return False


def _not_aurora(function: Callable[[View], T]) -> Callable[[View], T]:
    """The function, for Multi-AZ DB clusters. Aurora answers for each of the cluster's instances."""

    def of_cluster(view: View) -> T:
        if view.at("item:/Engine", text).lower().startswith("aurora"):
            raise NotApplicable(Inapplicable("Aurora answers this for each instance of the cluster"))
        return function(view)

    return of_cluster


def _cluster_public(view: View) -> bool:
    # Told of Aurora PostgreSQL made by express configuration only (botocore's model of DBCluster).
    if view.at(GATEWAY, flag, missing=False):
        raise NotKnown(Unknown(Reason.UNDECIDED, "it is reached over the Internet; who may log in is not read"))
    return _not_aurora(public)(view)


def _instance_origins(view: View) -> Iterable[Origin | Unknown]:
    yield RESTORED
    for field, kind in (
        ("ReadReplicaSourceDBInstanceIdentifier", "db"),
        ("ReadReplicaSourceDBClusterIdentifier", "cluster"),
    ):
        source = view.at(f"item:/{field}", text, missing=None)
        if source:
            yield origin(named(view, source, "rds", kind))


def _others_of_global(view: View) -> Iterable[tuple[str, bool]]:
    """The other clusters of the global database that this one is in, and whether each is the one that is written to."""
    own = view.at("item:/DBClusterArn", text)
    for database in view.each("global:/GlobalClusters"):
        members = [
            (m.at("/DBClusterArn", text), m.at("/IsWriter", flag)) for m in database.each("/GlobalClusterMembers")
        ]
        if own in dict(members):
            yield from (member for member in members if member[0] != own)


def cluster_copies(view: View) -> Iterable[Copy]:
    """The read replicas of a cluster, and the other clusters of its global database."""
    for name in _strings(view, "item:/ReadReplicaIdentifiers"):
        yield replica(named(view, name, "rds", "cluster"))
    for arn, _ in _others_of_global(view):
        yield replica(arn)


def cluster_origins(view: View) -> Iterable[Origin | Unknown]:
    """What a cluster replicates from."""
    yield RESTORED
    source = view.at("item:/ReplicationSourceIdentifier", text, missing=None)
    if source:
        # The source may be an instance or a cluster; RDS writes its ARN.
        yield origin(named(view, source, "rds", "cluster"))
    for arn, writer in _others_of_global(view):
        if writer:
            yield origin(arn)


def _snapshot_home(view: View) -> str:
    # Where it is not told it is the region, as for the instance.
    region = aws(view.where.region)
    match view.at("item:/SnapshotTarget", text, missing="region"):
        case "region":
            return region
        case "local":
            return aws(view.at("item:/SnapshotAvailabilityZone", text))
        case _:
            raise NotKnown(OUTPOST)


# A manual snapshot does not expire (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ManagingManualBackups.html).
RETENTIONS: dict[object, Duration | Unknown] = {
    "manual": FOREVER,
    "automated": Unknown(
        Reason.NOT_ASKED, "the backup retention of its instance or cluster decides; it is not looked up"
    ),
    "awsbackup": kept_by("AWS Backup"),
}


def snapshot_plan(
    name: str, home: Callable[[View], str], scheme: Callable[[View], Scheme]
) -> Callable[[View], Iterable[Plan]]:
    """The plan of a snapshot, from its home and its scheme; its name tells whether AWS Backup keeps it."""

    def plans(view: View) -> Iterable[Plan]:
        retention = view.at("item:/SnapshotType", RETENTIONS)
        if by_aws_backup(view.at(name, text)):
            retention = kept_by("AWS Backup")
        yield recovery_point(retention, part(lambda: home(view)), part(lambda: scheme(view) is not Scheme.NONE))

    return plans


def snapshot_origins(kind: str, snapshot: str, database: str) -> Callable[[View], Iterable[Origin]]:
    """The database that it was taken from and, of a copy, the snapshot too: the database is then where that one is."""

    def origins(view: View) -> Iterable[Origin]:
        taken_from = _database(view, kind, snapshot, database)
        source = view.at(f"item:/{snapshot}", text, missing=None)
        if source:
            yield origin(source)
        yield origin(taken_from)

    return origins


def snapshot_sources(kind: str, snapshot: str, database: str) -> Callable[[View], Iterable[Source]]:
    """The database that it was taken from; of a copy it is where the other snapshot is."""
    return lambda view: (Source(_database(view, kind, snapshot, database)),)


def _database(view: View, kind: str, snapshot: str, database: str) -> str:
    region, account = view.where.region, view.where.account
    if view.at(f"item:/{snapshot}", text, missing=None):
        region, account = view.at(f"item:/{snapshot}", arn_parts)
    return f"arn:{view.where.partition}:rds:{region}:{account}:{kind}:{view.at(f'item:/{database}', text)}"


def shared(attributes: str) -> Callable[[View], bool]:
    """Whether everybody may restore it."""
    return lambda view: EVERYBODY in _restorers(view, attributes)


def restorers(attributes: str) -> Callable[[View], Iterable[Grantee]]:
    """The other accounts that may restore it."""
    return lambda view: principals.let_in(
        (name for name in _restorers(view, attributes) if name != EVERYBODY), view.where
    )


def _restorers(view: View, attributes: str) -> list[str]:
    """Who may restore it besides its own account. An automated snapshot cannot be shared."""
    if view.at("item:/SnapshotType", text) == "automated":
        return []
    for attribute in view.each(attributes):
        if attribute.at("/AttributeName", text) == "restore":
            return [value.at("", text) for value in attribute.each("/AttributeValues", missing=True)]
    raise NotKnown(Unknown(Reason.SHAPE, "the snapshot has no attribute 'restore'"))


def attributes_of(attributes: str) -> tuple[str, ...]:
    """The paths that tell with whom a snapshot is shared."""
    fields = ("AttributeName", "AttributeValues")
    return ("item:/SnapshotType", *(f"{attributes}/*/{field}" for field in fields))


def _native(resource: str) -> Callable[[Mapping[str, JSON]], str]:
    """The type of an item by its engine. One that nobody knows gets a type of its own, so that it is not dropped."""

    def native(item: Mapping[str, JSON]) -> str:
        engine = str(item.get("Engine", "")).lower()
        if engine in ENGINES:
            return f"AWS::RDS::{resource}"
        family = OTHERS.get(engine)
        return f"AWS::{family}::{resource}" if family else f"AWS::RDS::{resource}/{UNSAFE.sub('', engine)[:40]}"

    return native


def listing(operation: str, items: str) -> Call:
    """A listing of RDS, whose items are named as the operation."""
    return Call(f"rds:Describe{items}", f"rds.{operation}", items=f"/{items}")


def _sweep(kind: ResourceType) -> Sweep:
    arn = kind.id.strip("{}")
    return Sweep(
        each=kind.each,
        native=_native(kind.native.rpartition(":")[2]),
        id=kind.id,
        label=kind.label,
        facts=(Location.homes.one(f"item:{arn}", arn_home), Tagging.tags.at("item:/TagList", key_values, missing={})),
        paths=("/Engine",),
    )


# The API cannot filter parameters by name, and a group has hundreds. Their names and values are kept as evidence: they
# are settings of the engine and hold no secret.
PARAMETER = ("parameters:/Parameters/*/ParameterName", "parameters:/Parameters/*/ParameterValue", "item:/Engine")
INSTANCE_PARAMETERS = (MEMBER, *PARAMETER, "item:/DBParameterGroups/*/ParameterApplyStatus")
CLUSTER_PARAMETERS = (*PARAMETER, "item:/DBClusterMembers/*/DBClusterParameterGroupStatus")
REPLICATED = "item:/DBInstanceAutomatedBackupsReplications/*/DBInstanceAutomatedBackupsArn"
GLOBAL = tuple(f"global:/GlobalClusters/*/GlobalClusterMembers/*/{field}" for field in ("DBClusterArn", "IsWriter"))
CLUSTER_SNAPSHOT_NAME = "item:/DBClusterSnapshotIdentifier"
STORED = ("item:/SnapshotTarget", "item:/SnapshotAvailabilityZone")
NO_LOGS: Mapping[type[Facet], str] = {LogStore: "not a log store"}
NO_CONNECTIONS: Mapping[type[Facet], str] = {**NO_LOGS, EncryptionInTransit: "a snapshot takes no connections"}
NOT_SHARED = "RDS shares manual snapshots only, and each answers for itself"
ATTRIBUTES = "attributes:/DBSnapshotAttributesResult/DBSnapshotAttributes"
CLUSTER_ATTRIBUTES = "attributes:/DBClusterSnapshotAttributesResult/DBClusterSnapshotAttributes"
EVERYBODY = "all"

INSTANCE = ResourceType(
    "aws.rds.instance",
    "AWS::RDS::DBInstance",
    Kind.DATA,
    each=listing("describe_db_instances", "DBInstances"),
    id="{/DBInstanceArn}",
    label="/DBInstanceIdentifier",
    only=ONLY,
    ask={
        "key": KEY,
        "parameters": Call(
            "rds:DescribeDBParameters",
            "rds.describe_db_parameters",
            items="/Parameters",
            take={"DBParameterGroupName": "/DBParameterGroups/*/DBParameterGroupName"},
        ),
    },
    facts=(
        Location.homes.items(
            instance_homes,
            "item:/AvailabilityZone",
            "item:/SecondaryAvailabilityZone",
            "item:/DBSubnetGroup/Subnets/*/SubnetOutpost/Arn",
        ),
        Location.copies.items(
            _own(_instance_copies),
            MEMBER,
            "item:/ReadReplicaDBInstanceIdentifiers",
            "item:/ReadReplicaDBClusterIdentifiers",
            REPLICATED,
        ),
        *at_rest(_own(_instance_scheme), MEMBER, *SCHEME),
        EncryptionInTransit.plaintext.by(_own(_plaintext(_instance_applied)), *INSTANCE_PARAMETERS),
        EncryptionInTransit.minimum_tls.by(_own(_minimum_tls(_instance_applied)), *INSTANCE_PARAMETERS),
        EncryptionInTransit.certificate_expires.at("item:/CertificateDetails/ValidTill", moment),
        Backup.plans.items(
            _own(_instance_plans), MEMBER, "item:/BackupRetentionPeriod", "item:/BackupTarget", REPLICATED, *SCHEME
        ),
        Lineage.origins.items(
            _own(_instance_origins),
            MEMBER,
            "item:/ReadReplicaSourceDBInstanceIdentifier",
            "item:/ReadReplicaSourceDBClusterIdentifier",
        ),
        Exposure.public.by(public, "item:/PubliclyAccessible"),
        Tagging.tags.at("item:/TagList", key_values, missing={}),
    ),
    without={**NO_LOGS, Trust: NOT_SHARED},
    covered_by=protection.BY_BACKUP,
    unordered=("item:/TagList", "item:/ReadReplicaDBInstanceIdentifiers", "parameters:/Parameters"),
)

CLUSTER = ResourceType(
    "aws.rds.cluster",
    "AWS::RDS::DBCluster",
    Kind.DATA,
    each=listing("describe_db_clusters", "DBClusters"),
    id="{/DBClusterArn}",
    label="/DBClusterIdentifier",
    only=ONLY,
    ask={
        "key": KEY,
        "parameters": Call(
            "rds:DescribeDBClusterParameters",
            "rds.describe_db_cluster_parameters",
            items="/Parameters",
            take={"DBClusterParameterGroupName": "/DBClusterParameterGroup"},
        ),
        # Asked once for a region: a cluster does not tell the other members of its global database.
        "global": Call("rds:DescribeGlobalClusters", "rds.describe_global_clusters", items="/GlobalClusters"),
    },
    facts=(
        Location.homes.one("item:/DBClusterArn", arn_home),
        Location.copies.items(cluster_copies, "item:/ReadReplicaIdentifiers", "item:/DBClusterArn", *GLOBAL),
        *at_rest(cluster_scheme, *SCHEME),
        EncryptionInTransit.plaintext.by(_plaintext(cluster_applied), *CLUSTER_PARAMETERS),
        EncryptionInTransit.minimum_tls.by(_minimum_tls(cluster_applied), *CLUSTER_PARAMETERS),
        EncryptionInTransit.certificate_expires.by(
            _not_aurora(lambda view: view.at("item:/CertificateDetails/ValidTill", moment)),
            "item:/Engine",
            "item:/CertificateDetails/ValidTill",
        ),
        Backup.plans.items(cluster_plans, "item:/BackupRetentionPeriod", "item:/DBClusterArn", *SCHEME),
        Lineage.origins.items(cluster_origins, "item:/ReplicationSourceIdentifier", "item:/DBClusterArn", *GLOBAL),
        Exposure.public.by(_cluster_public, GATEWAY, "item:/Engine", "item:/PubliclyAccessible"),
        Tagging.tags.at("item:/TagList", key_values, missing={}),
    ),
    without={**NO_LOGS, Trust: SHARES},
    covered_by=protection.BY_BACKUP,
    unordered=("item:/TagList", "item:/ReadReplicaIdentifiers", "item:/DBClusterMembers", "parameters:/Parameters"),
)

SNAPSHOT = ResourceType(
    "aws.rds.snapshot",
    "AWS::RDS::DBSnapshot",
    Kind.DATA,
    each=listing("describe_db_snapshots", "DBSnapshots"),
    id="{/DBSnapshotArn}",
    label="/DBSnapshotIdentifier",
    only=ONLY,
    ask={
        "key": KEY,
        "attributes": Call(
            "rds:DescribeDBSnapshotAttributes",
            "rds.describe_db_snapshot_attributes",
            take={"DBSnapshotIdentifier": "/DBSnapshotIdentifier"},
        ),
    },
    facts=(
        Location.homes.items(lambda view: (_snapshot_home(view),), *STORED),
        Location.copies.none("a copy of a snapshot is a snapshot of its own"),
        *at_rest(snapshot_scheme, "item:/Encrypted", "item:/StorageEncryptionType"),
        Backup.plans.items(
            snapshot_plan("item:/DBSnapshotIdentifier", _snapshot_home, snapshot_scheme),
            "item:/DBSnapshotIdentifier",
            "item:/SnapshotType",
            *STORED,
            "item:/Encrypted",
            "item:/StorageEncryptionType",
        ),
        Lineage.origins.items(
            snapshot_origins("db", "SourceDBSnapshotIdentifier", "DBInstanceIdentifier"),
            "item:/SourceDBSnapshotIdentifier",
            "item:/DBInstanceIdentifier",
        ),
        RecoveryPoint.sources.items(
            snapshot_sources("db", "SourceDBSnapshotIdentifier", "DBInstanceIdentifier"),
            "item:/SourceDBSnapshotIdentifier",
            "item:/DBInstanceIdentifier",
        ),
        Exposure.public.by(shared(ATTRIBUTES), *attributes_of(ATTRIBUTES)),
        Trust.grantees.items(restorers(ATTRIBUTES), *attributes_of(ATTRIBUTES)),
        Tagging.tags.at("item:/TagList", key_values, missing={}),
    ),
    without=NO_CONNECTIONS,
    unordered=("item:/TagList",),
    points_of=("aws.rds.instance",),
)

CLUSTER_SNAPSHOT = ResourceType(
    "aws.rds.cluster-snapshot",
    "AWS::RDS::DBClusterSnapshot",
    Kind.DATA,
    each=listing("describe_db_cluster_snapshots", "DBClusterSnapshots"),
    id="{/DBClusterSnapshotArn}",
    label="/DBClusterSnapshotIdentifier",
    only=ONLY,
    ask={
        "key": KEY,
        "attributes": Call(
            "rds:DescribeDBClusterSnapshotAttributes",
            "rds.describe_db_cluster_snapshot_attributes",
            take={"DBClusterSnapshotIdentifier": "/DBClusterSnapshotIdentifier"},
        ),
    },
    facts=(
        Location.homes.one("item:/DBClusterSnapshotArn", arn_home),
        Location.copies.none("a copy of a snapshot is a snapshot of its own"),
        *at_rest(cluster_scheme, *SCHEME),
        Backup.plans.items(
            snapshot_plan(
                CLUSTER_SNAPSHOT_NAME, lambda view: view.at("item:/DBClusterSnapshotArn", arn_home), cluster_scheme
            ),
            CLUSTER_SNAPSHOT_NAME,
            "item:/SnapshotType",
            "item:/DBClusterSnapshotArn",
            *SCHEME,
        ),
        Lineage.origins.items(
            snapshot_origins("cluster", "SourceDBClusterSnapshotArn", "DBClusterIdentifier"),
            "item:/SourceDBClusterSnapshotArn",
            "item:/DBClusterIdentifier",
        ),
        RecoveryPoint.sources.items(
            snapshot_sources("cluster", "SourceDBClusterSnapshotArn", "DBClusterIdentifier"),
            "item:/SourceDBClusterSnapshotArn",
            "item:/DBClusterIdentifier",
        ),
        Exposure.public.by(shared(CLUSTER_ATTRIBUTES), *attributes_of(CLUSTER_ATTRIBUTES)),
        Trust.grantees.items(restorers(CLUSTER_ATTRIBUTES), *attributes_of(CLUSTER_ATTRIBUTES)),
        Tagging.tags.at("item:/TagList", key_values, missing={}),
    ),
    without=NO_CONNECTIONS,
    unordered=("item:/TagList",),
    points_of=("aws.rds.cluster",),
)

TYPES = (INSTANCE, CLUSTER, SNAPSHOT, CLUSTER_SNAPSHOT)
SWEEPS = tuple(_sweep(kind) for kind in TYPES)
LIMITS = (
    "RDS: DB snapshots that AWS Backup made are not in the listing that is read.",
    "RDS: an instance does not tell of its Aurora read replicas in other regions; they are seen where the scope goes.",
)
