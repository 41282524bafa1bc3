"""Amazon Redshift: clusters and their snapshots."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    FOREVER,
    JSON,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Inapplicable,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotApplicable,
    NotKnown,
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
from scanner.providers.aws import policies, principals, protection
from scanner.providers.aws.common import (
    KEY,
    Scheme,
    arn_here,
    at_rest,
    by_aws_backup,
    kept_by,
    origin,
    part,
    parts,
    recovery_point,
)
from scanner.providers.aws.rds import moment, public

# Each block has an AES-256 key (docs.aws.amazon.com/redshift/latest/mgmt/working-with-db-encryption.html).
ENCRYPTED: dict[object, Scheme] = {True: Scheme.KMS, False: Scheme.NONE}
SSL: dict[object, bool] = {"true": False, "false": True}
PARAMETERS = ("parameters:/Parameters/*/ParameterName", "parameters:/Parameters/*/ParameterValue")
APPLIED = "item:/ClusterParameterGroups/*/ParameterApplyStatus"
COPIED = tuple(f"item:/ClusterSnapshotCopyStatus/{each}" for each in ("DestinationRegion", "RetentionPeriod"))
LOGGING = tuple(f"logging:/{each}" for each in ("LoggingEnabled", "LogDestinationType", "BucketName", "LogExports"))
AUTOMATIC = ("item:/AutomatedSnapshotRetentionPeriod", "item:/SnapshotScheduleIdentifier")
SOURCE = ("item:/SourceRegion", "item:/ClusterIdentifier")
SHARES = Call("redshift:DescribeDataShares", "redshift.describe_data_shares", items="/DataShares")
"""Asked once for a region: shares of live data, of clusters and of namespaces."""
SHARED = tuple(
    f"shares:/DataShares/*/{field}"
    for field in ("ProducerArn", "DataShareAssociations/*/ConsumerIdentifier", "DataShareAssociations/*/Status")
)
# Once it is authorised the consumer alone decides (docs.aws.amazon.com/redshift/latest/dg/manage-status.html).
AUTHORISED: dict[object, bool] = {
    **dict.fromkeys(("AUTHORIZED", "ACTIVE", "AVAILABLE", "REJECTED"), True),
    **dict.fromkeys(("PENDING_AUTHORIZATION", "DEAUTHORIZED"), False),
}
POLICY = "policy:/ResourcePolicy/Policy"
EIGHT_HOURS = Duration.of(8, "hour")
SCHEDULED = Unknown(Reason.NOT_ASKED, "a snapshot schedule decides; it is not read yet")
RESTORED = Unknown(Reason.NOT_ASKED, "Redshift does not tell from which snapshot a cluster was restored")
BUCKET = Unknown(Reason.NOT_ASKED, "audit logging names the bucket, not its region")
OTHER_LOGS = Unknown(Reason.NOT_ASKED, "where its audit logs lie as an S3 table is not read yet")
AUTOMATED = Unknown(Reason.NOT_ASKED, "the retention of its cluster decides; it is not looked up")
TLS_VERSION = "Redshift has no setting for the lowest TLS version, and documents none for it"
SHARING = "docs.aws.amazon.com/redshift/latest/mgmt/managing-snapshot-share.html"
"""A snapshot is shared with accounts that are named."""


def policy_of(namespace: str) -> Call:
    """Asks for the policy of the namespace whose ARN is there (docs.aws.amazon.com/redshift/latest/mgmt/zero-etl.html);
    one that nobody wrote is not found.
    """
    return Call(
        "redshift:GetResourcePolicy",
        "redshift.get_resource_policy",
        take={"ResourceArn": namespace},
        absent=frozenset({"ResourceNotFoundFault"}),
        decode=("/ResourcePolicy/Policy",),
    )


def _scheme(view: View) -> Scheme:
    return view.at("item:/Encrypted", ENCRYPTED)


def _homes(view: View) -> Iterable[str]:
    zones = (
        view.at("item:/AvailabilityZone", text),
        view.at("item:/MultiAZSecondary/AvailabilityZone", text, missing=""),
    )
    yield from sorted({aws(zone) for zone in zones if zone})


def _copies(view: View) -> Iterable[Copy | Unknown]:
    region = view.at(COPIED[0], text, missing=None)
    if region:
        yield Copy(CopyKind.SNAPSHOT, aws(region))
    if view.at("logging:/LoggingEnabled", flag):
        yield from _log_copies(view)


def _log_copies(view: View) -> Iterable[Copy | Unknown]:
    """Audit logs have the statements that users ran. Without a type of destination it is a bucket."""
    match view.at("logging:/LogDestinationType", text, missing="s3"):
        case "s3":
            bucket = view.at("logging:/BucketName", text)
            yield Copy(CopyKind.LOG_SINK, BUCKET, f"arn:{view.where.partition}:s3:::{bucket}")
        case "cloudwatch":
            # docs.aws.amazon.com/redshift/latest/mgmt/db-auditing-cloudwatch-provisioned.html
            group = f"log-group:/aws/redshift/cluster/{view.at('item:/ClusterIdentifier', text)}"
            for log in view.each("logging:/LogExports"):
                name = arn_here(view, "logs", f"{group}/{log.at('', text)}")
                yield Copy(CopyKind.LOG_SINK, aws(view.where.region), name)
        case _:
            yield OTHER_LOGS


def _plaintext(view: View) -> bool:
    if any(group.at("/ParameterApplyStatus", text) != "in-sync" for group in view.each("item:/ClusterParameterGroups")):
        raise NotKnown(Unknown(Reason.UNDECIDED, "a change of the parameter group is not applied yet"))
    for parameter in view.each("parameters:/Parameters"):
        if parameter.at("/ParameterName", text) == "require_ssl":
            return parameter.at("/ParameterValue", SSL)
    raise NotKnown(Unknown(Reason.SHAPE, "the parameter group has no parameter require_ssl"))


def _certificate(view: View) -> datetime:
    expires = view.at("item:/CustomDomainCertificateExpiryDate", moment, missing=None)
    if expires is None:
        # Told of clusters with a domain of their own; the others have a certificate of AWS.
        raise NotApplicable(Inapplicable("the certificate is AWS's own, which it renews"))
    return expires


def _plans(view: View) -> Iterable[Plan | Unknown]:
    # About every eight hours, unless a schedule decides; a retention of 0 turns automated snapshots off
    # (docs.aws.amazon.com/redshift/latest/mgmt/working-with-snapshots.html).
    scheduled = view.at("item:/SnapshotScheduleIdentifier", text, missing=None)
    every = SCHEDULED if scheduled else EIGHT_HOURS
    encrypted = part(lambda: _scheme(view) is not Scheme.NONE)
    days = view.at("item:/AutomatedSnapshotRetentionPeriod", whole)
    if days:
        here = (aws(view.where.region),)
        yield Plan(PlanKind.SNAPSHOT, Duration.of(days), every, here, encrypted, immutable=False)
    region = view.at(COPIED[0], text, missing=None)
    if region:
        kept = Duration.of(view.at(COPIED[1], whole))
        yield Plan(PlanKind.SNAPSHOT, kept, every, (aws(region),), encrypted, immutable=False)


def _kept(value: JSON) -> Duration:
    # -1 is for ever (botocore's model of Snapshot).
    days = whole(value)
    return FOREVER if days == -1 else Duration.of(days)


def _snapshot_home(view: View) -> Iterable[str]:
    view.at("item:/SnapshotIdentifier", text)
    yield aws(view.where.region)


def _snapshot_plans(view: View) -> Iterable[Plan]:
    retention: Duration | Unknown = AUTOMATED
    if view.at("item:/SnapshotType", {"manual": True, "automated": False}):
        retention = part(lambda: view.at("item:/ManualSnapshotRetentionPeriod", _kept))
    if by_aws_backup(view.at("item:/SnapshotIdentifier", text)):
        retention = kept_by("AWS Backup")
    yield recovery_point(retention, aws(view.where.region), part(lambda: _scheme(view) is not Scheme.NONE))


def _snapshot_source(view: View) -> str:
    """The ARN of the cluster that it was made of."""
    region = view.at("item:/SourceRegion", text, missing=view.where.region)
    where, name = view.where, view.at("item:/ClusterIdentifier", text)
    return f"arn:{where.partition}:redshift:{region}:{where.account}:cluster:{name}"


def _snapshot_grantees(view: View) -> Iterable[Grantee]:
    found = view.each("item:/AccountsWithRestoreAccess", missing=True)
    return principals.let_in((each.at("/AccountId", text) for each in found), view.where)


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    return parts(
        lambda: integrations(view),
        lambda: consumers(view, view.at("item:/ClusterNamespaceArn", text)),
        lambda: _by_endpoint(view),
    )


def integrations(view: View) -> Iterable[Grantee | Unknown]:
    """Whom the policy of a namespace lets make integrations, by which data of theirs flows into it."""
    return policies.grantees(view.at(f"{POLICY}/Statement", policies.statements, absent=[]), view.where)


def consumers(view: View, namespace: str) -> Iterable[Grantee]:
    """Who may query a data share of the namespace: an account, or another namespace of one. The end of the ARN is the
    namespace's own id, however the ARN is written.
    """
    own = _last(namespace)
    for share in view.each("shares:/DataShares"):
        if _last(share.at("/ProducerArn", text)) == own:
            found = share.each("/DataShareAssociations", missing=True)
            names = [each.at("/ConsumerIdentifier", text) for each in found if each.at("/Status", AUTHORISED)]
            yield from principals.let_in((name.removeprefix("DataCatalog/") for name in names), view.where)


def _last(arn: str) -> str:
    return arn.replace("/", ":").rpartition(":")[2]


def _by_endpoint(view: View) -> Iterable[Grantee]:
    """Accounts that may make an endpoint to it in a VPC of theirs."""
    own = view.at("item:/ClusterIdentifier", text)
    for each in view.each("endpoints:/EndpointAuthorizationList"):
        if each.at("/ClusterIdentifier", text) == own:
            yield from principals.let_in((each.at("/Grantee", text),), view.where)


CLUSTER = ResourceType(
    "aws.redshift.cluster",
    "AWS::Redshift::Cluster",
    Kind.DATA,
    each=Call("redshift:DescribeClusters", "redshift.describe_clusters", items="/Clusters"),
    id="arn:{@partition}:redshift:{@region}:{@account}:cluster:{/ClusterIdentifier}",
    label="/ClusterIdentifier",
    ask={
        "key": KEY,
        "parameters": Call(
            "redshift:DescribeClusterParameters",
            "redshift.describe_cluster_parameters",
            items="/Parameters",
            take={"ParameterGroupName": "/ClusterParameterGroups/*/ParameterGroupName"},
        ),
        "logging": Call(
            "redshift:DescribeLoggingStatus",
            "redshift.describe_logging_status",
            take={"ClusterIdentifier": "/ClusterIdentifier"},
        ),
        "policy": policy_of("/ClusterNamespaceArn"),
        "shares": SHARES,
        # Asked once for a region.
        "endpoints": Call(
            "redshift:DescribeEndpointAuthorization",
            "redshift.describe_endpoint_authorization",
            items="/EndpointAuthorizationList",
        ),
    },
    facts=(
        Location.homes.items(_homes, "item:/AvailabilityZone", "item:/MultiAZSecondary/AvailabilityZone"),
        Location.copies.items(_copies, "item:/ClusterIdentifier", COPIED[0], *LOGGING),
        *at_rest(_scheme, "item:/Encrypted"),
        EncryptionInTransit.plaintext.by(_plaintext, APPLIED, *PARAMETERS),
        EncryptionInTransit.minimum_tls.unseen(TLS_VERSION, Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.by(_certificate, "item:/CustomDomainCertificateExpiryDate"),
        Backup.plans.items(_plans, *AUTOMATIC, *COPIED, "item:/Encrypted"),
        Lineage.origins.gap(RESTORED.detail),
        Trust.grantees.items(
            _grantees,
            *policies.paths(POLICY),
            "item:/ClusterNamespaceArn",
            "item:/ClusterIdentifier",
            *SHARED,
            *(f"endpoints:/EndpointAuthorizationList/*/{field}" for field in ("ClusterIdentifier", "Grantee")),
        ),
        Exposure.public.by(public, "item:/PubliclyAccessible"),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    without={LogStore: "not a log store"},
    covered_by=protection.BY_BACKUP,
    unordered=("item:/Tags", "parameters:/Parameters"),
)

SNAPSHOT = ResourceType(
    "aws.redshift.snapshot",
    "AWS::Redshift::Snapshot",
    Kind.DATA,
    each=Call("redshift:DescribeClusterSnapshots", "redshift.describe_cluster_snapshots", items="/Snapshots"),
    id="arn:{@partition}:redshift:{@region}:{@account}:snapshot:{/ClusterIdentifier}/{/SnapshotIdentifier}",
    label="/SnapshotIdentifier",
    ask={"key": KEY},
    facts=(
        # The zone that is told is the cluster's; a snapshot lies in its region.
        Location.homes.items(_snapshot_home, "item:/SnapshotIdentifier"),
        Location.copies.none("a copy of a snapshot is a snapshot of its own"),
        *at_rest(_scheme, "item:/Encrypted"),
        Backup.plans.items(
            _snapshot_plans,
            "item:/SnapshotIdentifier",
            "item:/SnapshotType",
            "item:/ManualSnapshotRetentionPeriod",
            "item:/Encrypted",
        ),
        Lineage.origins.items(lambda view: (origin(_snapshot_source(view)),), *SOURCE),
        RecoveryPoint.sources.items(lambda view: (Source(_snapshot_source(view)),), *SOURCE),
        Exposure.public.documented(value=False, basis=SHARING),
        Trust.grantees.items(_snapshot_grantees, "item:/AccountsWithRestoreAccess/*/AccountId"),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    without={LogStore: "not a log store", EncryptionInTransit: "a snapshot takes no connections"},
    unordered=("item:/Tags", "item:/AccountsWithRestoreAccess"),
    points_of=("aws.redshift.cluster",),
)

TYPES = (CLUSTER, SNAPSHOT)
LIMITS = (
    "Redshift: shares of live data are read of whom they let in; the clusters and regions that read them are not told.",
)
