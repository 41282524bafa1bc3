"""Amazon CloudWatch Logs: log groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

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
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    NotKnown,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    always,
    pairs,
    text,
    whole,
)
from scanner.providers.aws import policies
from scanner.providers.aws.common import arn_here, arn_home, part, parts

# "Log group data is always encrypted in CloudWatch Logs", by AES-GCM with 256 bits; with a customer managed key if
# one is associated, and only symmetric customer managed keys can be.
ENCRYPTED = "docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
IN_TRANSIT = "docs.aws.amazon.com/AmazonCloudWatch/latest/logs/infrastructure-security.html"
# A policy that is not retroactive is for groups made after it, of which the time is not compared.
MODES: dict[object, bool] = {"RETROACTIVE": False, "NEW_ONLY": True}
CLASSES: dict[object, bool] = {"STANDARD": False, "INFREQUENT_ACCESS": False, "ESSENTIALS": False, "DELIVERY": True}


# Export tasks whose objects may be there.
WRITTEN: dict[object, bool] = {
    "COMPLETED": True,
    "RUNNING": True,
    "FAILED": True,
    "CANCELLED": True,
    "PENDING_CANCEL": True,
    "PENDING": False,
}
PLACELESS = Unknown(Reason.NOT_ASKED, "an export names its bucket, not the bucket's region")
ELSEWHERE = Unknown(Reason.NOT_ASKED, "what a destination stands for is told in its own account")
SELECTED = Unknown(Reason.UNDECIDED, "a policy of the account may apply to it, by criteria that are not analysed")
DELIVERIES = Unknown(Reason.NOT_ASKED, "centralisation rules, which copy logs to other accounts, are not read yet")


def _days(value: JSON) -> Duration:
    return FOREVER if value == "NEVER_EXPIRE" else Duration.of(whole(value))


def _retention(view: View) -> Iterable[Duration | Unknown]:
    """The group's own retention, unless a policy of the account overrides it (PutAccountPolicy)."""
    # The delivery class keeps events for one day whatever is set (botocore's model of LogGroup); without a class it is
    # STANDARD (CreateLogGroup).
    if view.at("item:/logGroupClass", CLASSES, missing=False):
        yield Duration.of(1)
        return
    overriding = [_overriding(each) for each in view.each("retentions:/accountPolicies")]
    yield from overriding
    if not overriding:
        # Without retentionInDays log events never expire (PutRetentionPolicy, DescribeLogGroups).
        yield view.at("item:/retentionInDays", _days, missing=FOREVER)


def _overriding(policy: Node) -> Duration | Unknown:
    days = policy.at("/policyDocument/retentionInDays", _days)
    limited = policy.at("/selectionCriteria", text, missing="") or policy.at("/policyDocument/enforcementMode", MODES)
    return SELECTED if limited else days


def _copies(view: View) -> Iterable[Copy | Unknown]:
    yield DELIVERIES
    yield from (_sink(each, "/destinationArn") for each in view.each("filters:/subscriptionFilters"))
    yield from (_sink(each, "/policyDocument/DestinationArn") for each in view.each("subscriptions:/accountPolicies"))
    own = view.at("item:/logGroupName", text)
    for each in view.each("exports:/exportTasks"):
        if each.at("/logGroupName", text) == own and each.at("/status/code", WRITTEN):
            yield Copy(CopyKind.BACKUP, PLACELESS, f"arn:{view.where.partition}:s3:::{each.at('/destination', text)}")


def _sink(node: Node, pointer: str) -> Copy:
    ref = node.at(pointer, text)
    # What a destination of another account stands for may be in another region
    # (docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CrossAccountSubscriptions.html).
    place = ELSEWHERE if ":destination:" in ref else part(lambda: node.at(pointer, arn_home))
    return Copy(CopyKind.LOG_SINK, place, ref)


def _public(view: View) -> bool:
    """Whether its own policy lets everybody in. Which groups a policy of the region is about is not analysed."""
    if any(_lets_everybody(view, "own")):
        return True
    if any(_lets_everybody(view, "policies")):
        raise NotKnown(Unknown(Reason.UNDECIDED, "a resource policy of the region lets everybody in"))
    return False


def _lets_everybody(view: View, source: str) -> Iterator[bool]:
    for each in view.each(f"{source}:/resourcePolicies"):
        yield policies.lets_everybody(each.at("/policyDocument/Statement", policies.statements))


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    """By its own policy and by those of the region that may be about it. What an account shares with a monitoring
    account is answered by the link.
    """
    return parts(lambda: _let_in(view, "own"), lambda: _let_in(view, "policies"))


def _let_in(view: View, source: str) -> Iterator[Grantee | Unknown]:
    arn = arn_here(view, "logs", f"log-group:{view.at('item:/logGroupName', text)}")
    found = (
        each.at("/policyDocument/Statement", policies.statements) for each in view.each(f"{source}:/resourcePolicies")
    )
    for policy in found:
        # A policy names a group with all its streams.
        arns = (arn, f"{arn}:*", f"{arn}:log-stream:*")
        yield from policies.grantees((each for each in policy if policies.about([_of_group(each)], *arns)), view.where)


def _of_group(statement: policies.Statement) -> policies.Statement:
    """The statement as it is about groups: what is about some streams is about a part of their group."""
    named = [each for each in policies.several(statement.get("Resource")) if isinstance(each, str)]
    return {**statement, "Resource": [each.partition(":log-stream:")[0] for each in named] or None}


def _resource_policies(scope: str, take: Mapping[str, str]) -> Call:
    return Call(
        "logs:DescribeResourcePolicies",
        "logs.describe_resource_policies",
        items="/resourcePolicies",
        give={"policyScope": scope},
        take=take,
        decode=("/resourcePolicies/*/policyDocument",),
    )


def _account_policies(kind: str) -> Call:
    return Call(
        "logs:DescribeAccountPolicies",
        "logs.describe_account_policies",
        items="/accountPolicies",
        give={"policyType": kind},
        decode=("/accountPolicies/*/policyDocument",),
    )


POLICIES = tuple(
    path for source in ("policies", "own") for path in policies.paths(f"{source}:/resourcePolicies/*/policyDocument")
)
RETENTIONS = tuple(
    f"retentions:/accountPolicies/*/{field}"
    for field in ("selectionCriteria", "policyDocument/retentionInDays", "policyDocument/enforcementMode")
)


GROUP = ResourceType(
    "aws.logs.group",
    "AWS::Logs::LogGroup",
    Kind.DATA,
    each=Call("logs:DescribeLogGroups", "logs.describe_log_groups", items="/logGroups"),
    # Not by /logGroupArn, which replies from before November 2022 do not have.
    id="arn:{@partition}:logs:{@region}:{@account}:log-group:{/logGroupName}",
    label="/logGroupName",
    ask={
        "tags": Call("logs:ListTagsForResource", "logs.list_tags_for_resource", take={"resourceArn": "/logGroupArn"}),
        "filters": Call(
            "logs:DescribeSubscriptionFilters",
            "logs.describe_subscription_filters",
            items="/subscriptionFilters",
            take={"logGroupName": "/logGroupName"},
        ),
        "subscriptions": _account_policies("SUBSCRIPTION_FILTER_POLICY"),
        "retentions": _account_policies("RETENTION_POLICY"),
        "exports": Call("logs:DescribeExportTasks", "logs.describe_export_tasks", items="/exportTasks"),
        "policies": _resource_policies("ACCOUNT", {}),
        "own": _resource_policies("RESOURCE", {"resourceArn": "/logGroupArn"}),
    },
    facts=(
        Location.homes.one("item:/arn", arn_home),
        Location.copies.items(
            _copies,
            "item:/logGroupName",
            "filters:/subscriptionFilters/*/destinationArn",
            "subscriptions:/accountPolicies/*/policyDocument/DestinationArn",
            *(f"exports:/exportTasks/*/{field}" for field in ("logGroupName", "destination", "status/code")),
        ),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.documented(frozenset({"AES-256"}), ENCRYPTED),
        EncryptionAtRest.owner.at("item:/kmsKeyId", always(KeyOwner.CUSTOMER), missing=KeyOwner.PROVIDER),
        EncryptionAtRest.key.at("item:/kmsKeyId", text, missing="provider"),
        EncryptionInTransit.plaintext.documented(value=False, basis=IN_TRANSIT),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, IN_TRANSIT),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.gap("centralisation rules, which copy logs from other accounts, are not read yet"),
        Exposure.public.by(_public, *POLICIES),
        Trust.grantees.items(_grantees, "item:/logGroupName", *POLICIES),
        LogStore.retention.items(_retention, "item:/retentionInDays", "item:/logGroupClass", *RETENTIONS),
        LogStore.access_recorded.unseen("data events of CloudTrail are not read yet"),
        Tagging.tags.at("tags:/tags", pairs),
    ),
    without={Backup: "neither CloudWatch Logs nor AWS Backup makes backups of log groups; their retention decides"},
)

TYPES = (GROUP,)
