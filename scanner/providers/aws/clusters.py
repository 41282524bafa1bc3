"""Amazon DocumentDB and Amazon Neptune: clusters, instances and cluster snapshots, from the listings of RDS.

They share RDS's endpoint and API; their own clients send the same requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Answer,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    Kind,
    Lineage,
    Location,
    NotApplicable,
    NotKnown,
    Reason,
    RecoveryPoint,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    flag,
    key_values,
)
from scanner.providers.aws import protection
from scanner.providers.aws.common import KEY, Scheme, arn_home, at_rest
from scanner.providers.aws.rds import (
    CLUSTER_ATTRIBUTES,
    CLUSTER_PARAMETERS,
    CLUSTER_SNAPSHOT_NAME,
    GLOBAL,
    NO_CONNECTIONS,
    NO_LOGS,
    OF_CLUSTER,
    SCHEME,
    SCHEMES,
    attributes_of,
    cluster_applied,
    cluster_copies,
    cluster_origins,
    cluster_plans,
    instance_homes,
    listing,
    moment,
    parameter,
    public,
    restorers,
    shared,
    snapshot_origins,
    snapshot_plan,
    snapshot_sources,
)

# The values of the parameter tls (docs.aws.amazon.com/documentdb/latest/developerguide/API_Parameter.html).
PLAIN: Mapping[str, bool] = {
    "disabled": True,
    **dict.fromkeys(("enabled", "fips-140-3", "tls1.2+", "tls1.3+"), False),
}
LOWEST: Mapping[str, Tls] = {"enabled": Tls.V1_0, "tls1.2+": Tls.V1_2, "tls1.3+": Tls.V1_3}
# Since engine version 1.0.4.0 Neptune speaks HTTPS only, with TLS 1.2 at least.
NEPTUNE_TLS = "docs.aws.amazon.com/neptune/latest/userguide/security-ssl.html"
NO_ENDPOINT = "docs.aws.amazon.com/documentdb/latest/developerguide/API_DBInstance.html"
"""DocumentDB has no public endpoints (PubliclyAccessible)."""
OWN_CERTIFICATE = "the certificate is AWS's own, which it renews"
NOT_SHARED = "it cannot be shared; manual snapshots can, and each answers for itself"
OF_INSTANCES = "it is answered for each instance of the cluster"


@dataclass(frozen=True, slots=True)
class Family:
    """A database service: the first words of its types' names, its engine, and what each type answers by itself."""

    name: str
    native: str
    engine: str
    connections: tuple[Answer, ...]
    certificate: Answer
    exposure: Answer


def _scheme(view: View) -> Scheme:
    kind = view.at("item:/StorageEncryptionType", SCHEMES, missing=None)
    return kind or (Scheme.KMS if view.at("item:/StorageEncrypted", flag) else Scheme.NONE)


def _tls(view: View) -> str:
    value = parameter(view, 0, cluster_applied)
    if value not in PLAIN:
        raise NotKnown(Unknown(Reason.SHAPE, "the parameter tls has an unforeseen value"))
    return value


def _lowest(view: View) -> Tls:
    value = _tls(view)
    if PLAIN[value]:
        raise NotApplicable(Inapplicable("it speaks no TLS at all"))
    if value not in LOWEST:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"which TLS versions {value} accepts is not told"))
    return LOWEST[value]


def _cluster(family: Family) -> ResourceType:
    asked = {source for answer in family.connections for source in answer.sources} - {"item"}
    parameters = Call(
        "rds:DescribeDBClusterParameters",
        "rds.describe_db_cluster_parameters",
        items="/Parameters",
        take={"DBClusterParameterGroupName": "/DBClusterParameterGroup"},
    )
    return ResourceType(
        f"{family.name}.cluster",
        f"{family.native}::DBCluster",
        Kind.DATA,
        each=listing("describe_db_clusters", "DBClusters"),
        id="{/DBClusterArn}",
        label="/DBClusterIdentifier",
        only={"/Engine": frozenset({family.engine})},
        ask={
            "key": KEY,
            **({"parameters": parameters} if "parameters" in asked else {}),
            "global": Call("rds:DescribeGlobalClusters", "rds.describe_global_clusters", items="/GlobalClusters"),
            "tags": _tags("/DBClusterArn"),
        },
        facts=(
            Location.homes.one("item:/DBClusterArn", arn_home),
            Location.copies.items(cluster_copies, "item:/ReadReplicaIdentifiers", "item:/DBClusterArn", *GLOBAL),
            *at_rest(_scheme, *SCHEME),
            *family.connections,
            EncryptionInTransit.certificate_expires.inapplicable(OF_INSTANCES),
            Backup.plans.items(cluster_plans, "item:/BackupRetentionPeriod", "item:/DBClusterArn", *SCHEME),
            Lineage.origins.items(cluster_origins, "item:/ReplicationSourceIdentifier", "item:/DBClusterArn", *GLOBAL),
            Exposure.public.inapplicable(OF_INSTANCES),
            Tagging.tags.at("tags:/TagList", key_values, missing={}),
        ),
        without={**NO_LOGS, Trust: NOT_SHARED},
        covered_by=protection.BY_BACKUP,
        unordered=("tags:/TagList", "item:/ReadReplicaIdentifiers", "item:/DBClusterMembers"),
    )


def _instance(family: Family) -> ResourceType:
    return ResourceType(
        f"{family.name}.instance",
        f"{family.native}::DBInstance",
        Kind.DATA,
        each=listing("describe_db_instances", "DBInstances"),
        id="{/DBInstanceArn}",
        label="/DBInstanceIdentifier",
        only={"/Engine": frozenset({family.engine})},
        ask={"tags": _tags("/DBInstanceArn")},
        facts=(
            Location.homes.items(
                instance_homes,
                "item:/AvailabilityZone",
                "item:/SecondaryAvailabilityZone",
                "item:/DBSubnetGroup/Subnets/*/SubnetOutpost/Arn",
            ),
            Location.copies.inapplicable(OF_CLUSTER),
            *(fact.inapplicable(OF_CLUSTER) for fact in EncryptionAtRest.questions()),
            EncryptionInTransit.plaintext.inapplicable(OF_CLUSTER),
            EncryptionInTransit.minimum_tls.inapplicable(OF_CLUSTER),
            family.certificate,
            Backup.plans.inapplicable(OF_CLUSTER),
            Lineage.origins.inapplicable(OF_CLUSTER),
            family.exposure,
            Tagging.tags.at("tags:/TagList", key_values, missing={}),
        ),
        without={**NO_LOGS, Trust: NOT_SHARED},
        unordered=("tags:/TagList",),
    )


def _snapshot(family: Family) -> ResourceType:
    return ResourceType(
        f"{family.name}.cluster-snapshot",
        f"{family.native}::DBClusterSnapshot",
        Kind.DATA,
        each=listing("describe_db_cluster_snapshots", "DBClusterSnapshots"),
        id="{/DBClusterSnapshotArn}",
        label="/DBClusterSnapshotIdentifier",
        only={"/Engine": frozenset({family.engine})},
        ask={
            "key": KEY,
            "attributes": Call(
                "rds:DescribeDBClusterSnapshotAttributes",
                "rds.describe_db_cluster_snapshot_attributes",
                take={"DBClusterSnapshotIdentifier": "/DBClusterSnapshotIdentifier"},
            ),
            "tags": _tags("/DBClusterSnapshotArn"),
        },
        facts=(
            Location.homes.one("item:/DBClusterSnapshotArn", arn_home),
            Location.copies.none("a copy of a snapshot is a snapshot of its own"),
            *at_rest(_scheme, *SCHEME),
            Backup.plans.items(
                snapshot_plan(
                    CLUSTER_SNAPSHOT_NAME, lambda view: view.at("item:/DBClusterSnapshotArn", arn_home), _scheme
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
            Tagging.tags.at("tags:/TagList", key_values, missing={}),
        ),
        without=NO_CONNECTIONS,
        unordered=("tags:/TagList",),
        points_of=(f"{family.name}.cluster",),
    )


def _tags(arn: str) -> Call:
    return Call("rds:ListTagsForResource", "rds.list_tags_for_resource", take={"ResourceName": arn})


DOCDB = Family(
    "aws.docdb",
    "AWS::DocDB",
    "docdb",
    (
        EncryptionInTransit.plaintext.by(lambda view: PLAIN[_tls(view)], *CLUSTER_PARAMETERS),
        EncryptionInTransit.minimum_tls.by(_lowest, *CLUSTER_PARAMETERS),
    ),
    EncryptionInTransit.certificate_expires.at("item:/CertificateDetails/ValidTill", moment),
    Exposure.public.documented(value=False, basis=NO_ENDPOINT),
)
NEPTUNE = Family(
    "aws.neptune",
    "AWS::Neptune",
    "neptune",
    (
        EncryptionInTransit.plaintext.documented(value=False, basis=NEPTUNE_TLS),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, NEPTUNE_TLS),
    ),
    EncryptionInTransit.certificate_expires.inapplicable(OWN_CERTIFICATE),
    Exposure.public.by(public, "item:/PubliclyAccessible"),
)
DOCDB_CLUSTER, NEPTUNE_CLUSTER = _cluster(DOCDB), _cluster(NEPTUNE)
DOCDB_INSTANCE, NEPTUNE_INSTANCE = _instance(DOCDB), _instance(NEPTUNE)
DOCDB_SNAPSHOT, NEPTUNE_SNAPSHOT = _snapshot(DOCDB), _snapshot(NEPTUNE)

TYPES = (DOCDB_CLUSTER, DOCDB_INSTANCE, DOCDB_SNAPSHOT, NEPTUNE_CLUSTER, NEPTUNE_INSTANCE, NEPTUNE_SNAPSHOT)
