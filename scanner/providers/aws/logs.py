"""Amazon CloudWatch Logs: log groups."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    FOREVER,
    AtRest,
    Backup,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    Tagging,
    Tls,
    View,
    always,
    pairs,
    text,
    whole,
)
from scanner.providers.aws.common import arn_home

# "Log group data is always encrypted in CloudWatch Logs", by AES-GCM with 256 bits; with a customer managed key if
# one is associated, and only symmetric customer managed keys can be.
ENCRYPTED = "docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
IN_TRANSIT = "docs.aws.amazon.com/AmazonCloudWatch/latest/logs/infrastructure-security.html"
CLASSES: dict[object, bool] = {"STANDARD": False, "INFREQUENT_ACCESS": False, "ESSENTIALS": False, "DELIVERY": True}


def _retention(view: View) -> Iterable[Duration]:
    # Without retentionInDays log events never expire (PutRetentionPolicy, DescribeLogGroups). The delivery class keeps
    # them for one day whatever is set (botocore's model of LogGroup); without a class it is STANDARD (CreateLogGroup).
    if view.at("item:/logGroupClass", CLASSES, missing=False):
        yield Duration.of(1)
    else:
        yield view.at("item:/retentionInDays", lambda days: Duration.of(whole(days)), missing=FOREVER)


GROUP = ResourceType(
    "aws.logs.group",
    "AWS::Logs::LogGroup",
    Kind.DATA,
    each=Call("logs:DescribeLogGroups", "logs.describe_log_groups", items="/logGroups"),
    # Not by /logGroupArn, which replies from before November 2022 do not have.
    id="arn:{@partition}:logs:{@region}:{@account}:log-group:{/logGroupName}",
    label="/logGroupName",
    ask={"tags": Call("logs:ListTagsForResource", "logs.list_tags_for_resource", take={"resourceArn": "/logGroupArn"})},
    facts=(
        Location.homes.one("item:/arn", arn_home),
        Location.copies.gap("subscription filters and export tasks are not read yet"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.documented(frozenset({"AES-256"}), ENCRYPTED),
        EncryptionAtRest.owner.at("item:/kmsKeyId", always(KeyOwner.CUSTOMER), missing=KeyOwner.PROVIDER),
        EncryptionAtRest.key.at("item:/kmsKeyId", text, missing="provider"),
        EncryptionInTransit.plaintext.documented(value=False, basis=IN_TRANSIT),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, IN_TRANSIT),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.gap("centralisation rules, which copy logs from other accounts, are not read yet"),
        Exposure.public.unseen("resource policies of CloudWatch Logs are not read yet"),
        LogStore.retention.items(_retention, "item:/retentionInDays", "item:/logGroupClass"),
        LogStore.access_recorded.unseen("data events of CloudTrail are not read yet"),
        Tagging.tags.at("tags:/tags", pairs),
    ),
    without={Backup: "neither CloudWatch Logs nor AWS Backup makes backups of log groups; their retention decides"},
)

TYPES = (GROUP,)
