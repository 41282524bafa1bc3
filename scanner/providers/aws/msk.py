"""Amazon MSK: clusters, provisioned and serverless."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotApplicable,
    NotKnown,
    Origin,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    flag,
    pairs,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies
from scanner.providers.aws.common import MANAGERS, arn_here, arn_home, origin

GUIDE = "docs.aws.amazon.com/msk/latest/developerguide/"
SERVERLESS: dict[object, bool] = {"PROVISIONED": False, "SERVERLESS": True}
TYPE = "item:/ClusterType"
INFO = "item:/Provisioned/EncryptionInfo"
KEY_ID = "/Provisioned/EncryptionInfo/EncryptionAtRest/DataVolumeKMSKeyId"
CLIENTS = f"{INFO}/EncryptionInTransit/ClientBroker"
PLAIN: dict[object, bool] = {"TLS": False, "TLS_PLAINTEXT": True, "PLAINTEXT": True}
ACCESS = "item:/Provisioned/BrokerNodeGroupInfo/ConnectivityInfo/PublicAccess/Type"
OPEN: dict[object, bool] = {"DISABLED": False, "SERVICE_PROVIDED_EIPS": True}
LOGS = tuple(
    f"item:/Provisioned/LoggingInfo/{logs}/{field}"
    for logs in ("BrokerLogs", "AuthorizerLogs")
    for field in (
        *("CloudWatchLogs/Enabled", "CloudWatchLogs/LogGroup"),
        *("Firehose/Enabled", "Firehose/DeliveryStream"),
        *("S3/Enabled", "S3/Bucket"),
    )
)
REPLICATED = tuple(
    f"replicators:/Replicators/*/{each}"
    for each in (
        "KafkaClustersSummary/*/KafkaClusterAlias",
        "KafkaClustersSummary/*/AmazonMskCluster/MskClusterArn",
        "ReplicationInfoSummaryList/*/SourceKafkaClusterAlias",
        "ReplicationInfoSummaryList/*/TargetKafkaClusterAlias",
    )
)
EXPOSED = Unknown(
    Reason.UNDECIDED, "its brokers have public addresses; whether its security groups let all in is not read yet"
)
BUCKET = Unknown(Reason.NOT_ASKED, "logging names the bucket, not its region")
SERVERLESS_KEY = Unknown(Reason.UNDECIDED, "the key of a serverless cluster is not told")
OWN_KAFKA = Unknown(Reason.UNDECIDED, "it is filled from a Kafka cluster outside MSK")


def _is_serverless(view: View) -> bool:
    return view.at(TYPE, SERVERLESS)


def _plaintext(view: View) -> bool:
    # Serverless clusters speak TLS only (serverless.html of the guide).
    return False if _is_serverless(view) else view.at(CLIENTS, PLAIN)


def _minimum_tls(view: View) -> Tls:
    if not _is_serverless(view) and view.at(CLIENTS, text) == "PLAINTEXT":
        raise NotApplicable(Inapplicable("it speaks no TLS to its clients"))
    # docs.aws.amazon.com/msk/latest/developerguide/msk-encryption.html
    return Tls.V1_2


def _owner(view: View) -> KeyOwner:
    if _is_serverless(view):
        raise NotKnown(SERVERLESS_KEY)
    return view.at(keys.MANAGER, MANAGERS)


def _key(view: View) -> str:
    if _is_serverless(view):
        raise NotKnown(SERVERLESS_KEY)
    return view.at(f"item:{KEY_ID}", text)


def _log_copies(view: View) -> Iterable[Copy]:
    """Destinations are in the cluster's own account; log groups and streams in its region."""
    here = aws(view.where.region)
    for logs in ("BrokerLogs", "AuthorizerLogs"):
        at = f"item:/Provisioned/LoggingInfo/{logs}"
        if view.at(f"{at}/CloudWatchLogs/Enabled", flag, missing=False):
            group = view.at(f"{at}/CloudWatchLogs/LogGroup", text)
            yield Copy(CopyKind.LOG_SINK, here, arn_here(view, "logs", f"log-group:{group}"))
        if view.at(f"{at}/Firehose/Enabled", flag, missing=False):
            stream = view.at(f"{at}/Firehose/DeliveryStream", text)
            yield Copy(CopyKind.LOG_SINK, here, arn_here(view, "firehose", f"deliverystream/{stream}"))
        if view.at(f"{at}/S3/Enabled", flag, missing=False):
            bucket = view.at(f"{at}/S3/Bucket", text)
            yield Copy(CopyKind.LOG_SINK, BUCKET, f"arn:{view.where.partition}:s3:::{bucket}")


def _origins(view: View) -> Iterable[Origin | Unknown]:
    """The clusters that replicators fill it from. A replicator lies in the region of the cluster that it fills."""
    own = view.at("item:/ClusterArn", text)
    for replicator in view.each("replicators:/Replicators"):
        arns = {
            cluster.at("/KafkaClusterAlias", text): cluster.at("/AmazonMskCluster/MskClusterArn", text, missing=None)
            for cluster in replicator.each("/KafkaClustersSummary")
        }
        for flow in replicator.each("/ReplicationInfoSummaryList"):
            source = arns.get(flow.at("/SourceKafkaClusterAlias", text))
            if arns.get(flow.at("/TargetKafkaClusterAlias", text)) == own:
                yield origin(source) if source else OWN_KAFKA


def _public(view: View) -> bool:
    # Serverless clusters are reached from their VPCs only (serverless.html of the guide).
    if not _is_serverless(view) and view.at(ACCESS, OPEN):
        raise NotKnown(EXPOSED)
    return False


def _policy(view: View) -> list[policies.Statement]:
    return view.at("policy:/Policy/Statement", policies.statements, absent=[])


CLUSTER = ResourceType(
    "aws.msk.cluster",
    "AWS::MSK::Cluster",
    Kind.DATA,
    each=Call("kafka:ListClustersV2", "kafka.list_clusters_v2", items="/ClusterInfoList"),
    id="{/ClusterArn}",
    label="/ClusterName",
    ask={
        "key": keys.ask(KEY_ID),
        # A cluster has one only once somebody wrote it, to let other accounts connect.
        "policy": Call(
            "kafka:GetClusterPolicy",
            "kafka.get_cluster_policy",
            take={"ClusterArn": "/ClusterArn"},
            absent=frozenset({"NotFoundException"}),
            decode=("/Policy",),
        ),
        # Asked once for a region.
        "replicators": Call("kafka:ListReplicators", "kafka.list_replicators", items="/Replicators"),
    },
    facts=(
        Location.homes.one("item:/ClusterArn", arn_home),
        Location.copies.items(_log_copies, *LOGS),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, GUIDE + "msk-encryption.html"),
        EncryptionAtRest.algorithms.unseen("MSK does not tell which cipher is used", Reason.UNDECIDED),
        EncryptionAtRest.owner.by(_owner, TYPE, keys.MANAGER),
        EncryptionAtRest.key.by(_key, TYPE, f"item:{KEY_ID}"),
        EncryptionInTransit.plaintext.by(_plaintext, TYPE, CLIENTS),
        EncryptionInTransit.minimum_tls.by(_minimum_tls, TYPE, CLIENTS),
        EncryptionInTransit.certificate_expires.inapplicable("the certificates are AWS's own, which it renews"),
        Lineage.origins.items(_origins, "item:/ClusterArn", *REPLICATED),
        Exposure.public.by(_public, TYPE, ACCESS),
        Trust.grantees.items(
            lambda view: policies.grantees(_policy(view), view.where), *policies.paths("policy:/Policy")
        ),
        Tagging.tags.at("item:/Tags", pairs),
    ),
    without={
        Backup: "MSK makes no backups; how long messages are kept is the topics' retention",
        LogStore: "not a log store",
    },
)

TYPES = (CLUSTER,)
LIMITS = ("MSK: a replicator lies in the region that it fills; clusters do not tell of it, the filled one does.",)
