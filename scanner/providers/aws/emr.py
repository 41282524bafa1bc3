"""Amazon EMR: clusters that are not terminated, each with the security configuration that it was started with. HDFS
lies on the disks of its nodes; what goes to buckets answers for itself.
"""

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
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    always,
    flag,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys
from scanner.providers.aws.common import MANAGERS, arn_here, bucket_in

ALIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING")
CLUSTER = "cluster:/Cluster"
ZONE, NAMED = f"{CLUSTER}/Ec2InstanceAttributes/Ec2AvailabilityZone", f"{CLUSTER}/SecurityConfiguration"
# The form of a configuration: docs.aws.amazon.com/emr/latest/ManagementGuide/emr-create-security-configuration.html
SECURITY = "security:/SecurityConfiguration/EncryptionConfiguration"
AT_REST, IN_TRANSIT = f"{SECURITY}/EnableAtRestEncryption", f"{SECURITY}/EnableInTransitEncryption"
DISK = f"{SECURITY}/AtRestEncryptionConfiguration/LocalDiskEncryptionConfiguration"
FORM, KEY = f"{DISK}/EncryptionKeyProviderType", f"{DISK}/AwsKmsKey"
BY_KMS: dict[object, bool] = {"AwsKms": True, "Custom": False}
LOG_GROUP = f"{CLUSTER}/MonitoringConfiguration/CloudWatchLogConfiguration"
DNS = f"{CLUSTER}/MasterPublicDnsName"
OUTPOST = Unknown(Reason.UNDECIDED, "it lies on an Outpost, whose place EMR does not tell")
BY_DISKS = Unknown(
    Reason.UNDECIDED, "EMR does not encrypt its local disks; whether EBS does, each volume tells for itself"
)
BY_APPLICATIONS = Unknown(Reason.UNDECIDED, "which of its connections are encrypted depends on the applications on it")
PLACELESS = Unknown(Reason.NOT_ASKED, "the cluster names the bucket, not its region")
OPEN = Unknown(
    Reason.UNDECIDED, "its first node has a public name; whether its security groups let the Internet in is not read"
)


def _homes(view: View) -> Iterable[str]:
    if view.at("item:/OutpostArn", always(True), missing=False):
        raise NotKnown(OUTPOST)
    yield view.at(ZONE, lambda value: aws(text(value)))


def _copies(view: View) -> Iterable[Copy]:
    logs = view.at(f"{CLUSTER}/LogUri", bucket_in, missing=None)
    if logs:
        yield Copy(CopyKind.LOG_SINK, PLACELESS, f"arn:{view.where.partition}:s3:::{logs}")
    if view.at(f"{LOG_GROUP}/Enabled", flag, missing=False):
        group = view.at(f"{LOG_GROUP}/LogGroupName", text)
        yield Copy(CopyKind.LOG_SINK, aws(view.where.region), arn_here(view, "logs", f"log-group:{group}"))


def _by_kms(view: View) -> bool:
    """Whether EMR encrypts its local disks by a key in KMS, or by one that a provider of the customer's gives. Raises
    NotKnown where it does not encrypt them itself.
    """
    named = view.at(NAMED, text, missing=None)
    if named is None or not view.at(AT_REST, flag, missing=False):
        raise NotKnown(BY_DISKS)
    found = view.at(FORM, BY_KMS, missing=None)
    if found is None:
        raise NotKnown(BY_DISKS)
    return found


def _state(view: View) -> AtRest:
    _by_kms(view)
    return AtRest.ENCRYPTED


def _ciphers(view: View) -> frozenset[str]:
    _by_kms(view)
    raise NotKnown(Unknown(Reason.UNDECIDED, "the cipher depends on the kind of disk, which is not read"))


def _owner(view: View) -> KeyOwner:
    return view.at(keys.MANAGER, MANAGERS) if _by_kms(view) else KeyOwner.CUSTOMER


def _key(view: View) -> str:
    if _by_kms(view):
        return view.at(KEY, text)
    raise NotKnown(Unknown(Reason.UNDECIDED, "a provider of one's own gives the key, and its name is not told"))


def _plaintext(view: View) -> bool:
    if view.at(NAMED, text, missing=None) is None or not view.at(IN_TRANSIT, flag):
        # What the nodes say to each other is not encrypted unless that is asked for
        # (docs.aws.amazon.com/emr/latest/ManagementGuide/emr-data-encryption-options.html).
        return True
    raise NotKnown(BY_APPLICATIONS)


def _public(view: View) -> bool:
    # In a private subnet it is the private name (botocore's model). Forms:
    # docs.aws.amazon.com/AWSEC2/latest/UserGuide/hostname-types.html
    if view.at(DNS, text).endswith((".compute.internal", ".ec2.internal")):
        return False
    raise NotKnown(OPEN)


DISKS = (NAMED, AT_REST, FORM)

EMR_CLUSTER = ResourceType(
    "aws.emr.cluster",
    "AWS::EMR::Cluster",
    Kind.DATA,
    each=Call(
        "elasticmapreduce:ListClusters", "emr.list_clusters", items="/Clusters", give={"ClusterStates": list(ALIVE)}
    ),
    id="{/ClusterArn}",
    label="/Name",
    ask={
        "cluster": Call("elasticmapreduce:DescribeCluster", "emr.describe_cluster", take={"ClusterId": "/Id"}),
        "security": Call(
            "elasticmapreduce:DescribeSecurityConfiguration",
            "emr.describe_security_configuration",
            take={"Name": NAMED.partition(":")[2]},
            follows="cluster",
            decode=("/SecurityConfiguration",),
        ),
        "key": keys.ask(KEY.partition(":")[2], follows="security"),
    },
    facts=(
        Location.homes.items(_homes, "item:/OutpostArn", ZONE),
        Location.copies.items(_copies, f"{CLUSTER}/LogUri", f"{LOG_GROUP}/Enabled", f"{LOG_GROUP}/LogGroupName"),
        EncryptionAtRest.state.by(_state, *DISKS),
        EncryptionAtRest.algorithms.by(_ciphers, *DISKS),
        EncryptionAtRest.owner.by(_owner, *DISKS, keys.MANAGER),
        EncryptionAtRest.key.by(_key, *DISKS, KEY),
        EncryptionInTransit.plaintext.by(_plaintext, NAMED, IN_TRANSIT),
        EncryptionInTransit.minimum_tls.unseen("each application of a cluster decides it", Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.unseen("the certificates of a cluster's nodes are not read"),
        Lineage.origins.gap("what the steps of a cluster read, from buckets and elsewhere, is not read"),
        Exposure.public.by(_public, DNS),
        Tagging.tags.at(f"{CLUSTER}/Tags", key_values),
    ),
    without={
        Backup: "EMR makes no backups; the volumes of its nodes answer for themselves",
        LogStore: "not a log store",
        Trust: "no policy can be attached to a cluster",
    },
    unordered=(f"{CLUSTER}/Tags",),
)

TYPES = (EMR_CLUSTER,)
LIMITS = (
    "EMR: Serverless applications, Studios and what EMR keeps of a cluster that is gone are not read.",
    "EMR: how what clusters write to S3 is encrypted is told by the buckets.",
)
