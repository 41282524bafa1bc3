"""Amazon Redshift Serverless: namespaces, which hold the data, and their snapshots. Workgroups are the way to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    FOREVER,
    JSON,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Inapplicable,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
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
    text,
    whole,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies, principals, protection
from scanner.providers.aws.common import arn_home, by_aws_backup, kept_by, origin, part, parts, recovery_point
from scanner.providers.aws.redshift import POLICY, SHARED, SHARES, SSL, TLS_VERSION, consumers, integrations, policy_of

GUIDE = "docs.aws.amazon.com/redshift/latest/mgmt/"
# All data is encrypted, by a key of the service unless one is named.
ALWAYS = GUIDE + "serverless-workgroups-and-namespaces-rotate-kms-key.html"
RESTORED = Unknown(Reason.NOT_ASKED, "Redshift does not tell from which snapshot a namespace was restored")
OPEN = Unknown(
    Reason.UNDECIDED, "it has a public address; whether its security groups let the Internet in is not read yet"
)
MANUAL = Unknown(Reason.UNDECIDED, "snapshots are copied when somebody makes them, and recovery points as they come")
RESTORERS = ("item:/accountsWithRestoreAccess", "item:/accountsWithProvisionedRestoreAccess")
CONFIG = "configParameters/*"
WORKGROUPS = tuple(
    f"workgroups:/workgroups/*/{each}"
    for each in (
        "namespaceName",
        "publiclyAccessible",
        f"{CONFIG}/parameterKey",
        f"{CONFIG}/parameterValue",
    )
)
COPIED = tuple(
    f"copied:/snapshotCopyConfigurations/*/{each}" for each in ("destinationRegion", "snapshotRetentionPeriod")
)


def small_tags(value: JSON) -> dict[str, str]:
    """Tags as newer services write them: a list of {"key", "value"}."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return {text(each["key"]): each.get("value") or "" for each in value}


AT_REST = (
    EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ALWAYS),
    EncryptionAtRest.algorithms.unseen("which cipher Redshift Serverless uses is not documented", Reason.UNDECIDED),
    *keys.worded("item:/kmsKeyId", "AWS_OWNED_KMS_KEY"),
)


def _kept(value: JSON) -> Duration:
    # -1 is for ever (docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_CreateSnapshot.html).
    days = whole(value)
    return FOREVER if days == -1 else Duration.of(days)


def _workgroups(view: View) -> list[Node]:
    name = view.at("item:/namespaceName", text)
    return [each for each in view.each("workgroups:/workgroups") if each.at("/namespaceName", text) == name]


def _plaintext(view: View) -> bool:
    found = _workgroups(view)
    if not found:
        raise NotApplicable(Inapplicable("no workgroup leads to it"))
    return any(_is_plain(group) for group in found)


def _is_plain(workgroup: Node) -> bool:
    for parameter in workgroup.each("/configParameters"):
        if parameter.at("/parameterKey", text) == "require_ssl":
            return parameter.at("/parameterValue", SSL)
    raise NotKnown(Unknown(Reason.SHAPE, "the workgroup has no parameter require_ssl"))


def _public(view: View) -> bool:
    if any(group.at("/publiclyAccessible", flag) for group in _workgroups(view)):
        raise NotKnown(OPEN)
    return False


def _copies(view: View) -> Iterable[Copy]:
    for copied in view.each("copied:/snapshotCopyConfigurations"):
        yield Copy(CopyKind.SNAPSHOT, aws(copied.at("/destinationRegion", text)))
    if any(view.each("item:/logExports", missing=True)):
        # To CloudWatch Logs of the region (docs.aws.amazon.com/redshift/latest/mgmt/serverless-audit-logging.html).
        yield Copy(CopyKind.LOG_SINK, aws(view.where.region))


def _plans(view: View) -> Iterable[Plan | Unknown]:
    # Recovery points (docs.aws.amazon.com/redshift/latest/mgmt/serverless-snapshots-recovery-points.html).
    day, half_hour = Duration.of(24, "hour"), Duration.of(30, "minute")
    place = (view.at("item:/namespaceArn", arn_home),)
    yield Plan(PlanKind.SNAPSHOT, day, half_hour, place, encrypted=True, immutable=False)
    for copied in view.each("copied:/snapshotCopyConfigurations"):
        kept = part(lambda each=copied: each.at("/snapshotRetentionPeriod", _kept))  # type: ignore[misc]  # it is called before the next one
        there = (aws(copied.at("/destinationRegion", text)),)
        yield Plan(PlanKind.SNAPSHOT, kept, MANUAL, there, encrypted=True, immutable=False)


def _snapshot_plans(view: View) -> Iterable[Plan]:
    kept = part(lambda: view.at("item:/snapshotRetentionPeriod", _kept))
    if by_aws_backup(view.at("item:/snapshotName", text)):
        kept = kept_by("AWS Backup")
    yield recovery_point(kept, view.at("item:/snapshotArn", arn_home), encrypted=True)


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    return parts(lambda: integrations(view), lambda: consumers(view, view.at("item:/namespaceArn", text)))


def _restorers(view: View) -> Iterable[Grantee]:
    names = dict.fromkeys(each.at("", text) for field in RESTORERS for each in view.each(field))
    return principals.let_in(names, view.where)


TAGS = Tagging.tags.at("tags:/tags", small_tags)


def _list(operation: str, name: str, items: str, take: Mapping[str, str] | None = None) -> Call:
    return Call(f"redshift-serverless:{operation}", f"redshift-serverless.{name}", items=f"/{items}", take=take or {})


def _tag_call(arn: str) -> Call:
    return Call(
        "redshift-serverless:ListTagsForResource",
        "redshift-serverless.list_tags_for_resource",
        take={"resourceArn": arn},
    )


NAMESPACE = ResourceType(
    "aws.redshift-serverless.namespace",
    "AWS::RedshiftServerless::Namespace",
    Kind.DATA,
    each=_list("ListNamespaces", "list_namespaces", "namespaces"),
    id="{/namespaceArn}",
    label="/namespaceName",
    ask={
        "key": keys.ask("/kmsKeyId"),
        # Asked once for a region.
        "workgroups": _list("ListWorkgroups", "list_workgroups", "workgroups"),
        "copied": _list(
            "ListSnapshotCopyConfigurations",
            "list_snapshot_copy_configurations",
            "snapshotCopyConfigurations",
            {"namespaceName": "/namespaceName"},
        ),
        "policy": policy_of("/namespaceArn"),
        "shares": SHARES,
        "tags": _tag_call("/namespaceArn"),
    },
    facts=(
        Location.homes.one("item:/namespaceArn", arn_home),
        Location.copies.items(_copies, "item:/logExports", COPIED[0]),
        *AT_REST,
        EncryptionInTransit.plaintext.by(_plaintext, "item:/namespaceName", *WORKGROUPS),
        EncryptionInTransit.minimum_tls.unseen(TLS_VERSION, Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.unseen("certificates of custom domains are not read yet"),
        Backup.plans.items(_plans, "item:/namespaceArn", *COPIED),
        Lineage.origins.gap(RESTORED.detail),
        Exposure.public.by(_public, "item:/namespaceName", *WORKGROUPS),
        Trust.grantees.items(_grantees, *policies.paths(POLICY), "item:/namespaceArn", *SHARED),
        TAGS,
    ),
    without={LogStore: "not a log store"},
    covered_by=protection.BY_BACKUP,
    unordered=("tags:/tags", "workgroups:/workgroups"),
)

SNAPSHOT = ResourceType(
    "aws.redshift-serverless.snapshot",
    "AWS::RedshiftServerless::Snapshot",
    Kind.DATA,
    each=_list("ListSnapshots", "list_snapshots", "snapshots"),
    id="{/snapshotArn}",
    label="/snapshotName",
    ask={"key": keys.ask("/kmsKeyId"), "tags": _tag_call("/snapshotArn")},
    facts=(
        Location.homes.one("item:/snapshotArn", arn_home),
        Location.copies.none("a copy of a snapshot is a snapshot of its own"),
        *AT_REST,
        Backup.plans.items(_snapshot_plans, "item:/snapshotName", "item:/snapshotRetentionPeriod", "item:/snapshotArn"),
        Lineage.origins.items(lambda view: (origin(view.at("item:/namespaceArn", text)),), "item:/namespaceArn"),
        RecoveryPoint.sources.items(lambda view: (Source(view.at("item:/namespaceArn", text)),), "item:/namespaceArn"),
        # It is shared by a resource policy with accounts that are named.
        Exposure.public.unseen("the resource policy of the snapshot is not read yet"),
        Trust.grantees.items(_restorers, *RESTORERS),
        TAGS,
    ),
    without={LogStore: "not a log store", EncryptionInTransit: "a snapshot takes no connections"},
    unordered=("tags:/tags", *RESTORERS),
    points_of=("aws.redshift-serverless.namespace",),
)

TYPES = (NAMESPACE, SNAPSHOT)
