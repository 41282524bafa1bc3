"""AWS CloudTrail: trails, which write to a bucket and a log group, and event data stores, which keep events."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Tls,
    Trust,
    Unknown,
    View,
    text,
    whole,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies, tagging
from scanner.providers.aws.common import arn_home, part

POLICY = policies.paths("policy:/ResourcePolicy")
PLACELESS = Unknown(Reason.NOT_ASKED, "a trail names its bucket, not the bucket's region")
GROUP, BUCKET = "item:/CloudWatchLogsLogGroupArn", "item:/S3BucketName"
# "By default, all events in an event data store are encrypted by CloudTrail"; AES-256, as KMS does.
ENCRYPTED = "docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html"
IN_TRANSIT = "docs.aws.amazon.com/awscloudtrail/latest/userguide/infrastructure-security.html"


def _written(view: View) -> Iterable[Copy]:
    yield Copy(CopyKind.LOG_SINK, PLACELESS, f"arn:{view.where.partition}:s3:::{view.at(BUCKET, text)}")
    group = view.at(GROUP, text, missing=None)
    if group:
        yield Copy(CopyKind.LOG_SINK, part(lambda: view.at(GROUP, arn_home)), group.removesuffix(":*"))


def _policy(view: View) -> list[policies.Statement]:
    return view.at("policy:/ResourcePolicy/Statement", policies.statements, absent=[])


def _retention(view: View) -> Iterable[Duration]:
    # It is deleted seven days after somebody asked for that (DeleteEventDataStore).
    if view.at("store:/Status", text) == "PENDING_DELETION":
        raise NotKnown(Unknown(Reason.UNDECIDED, "it is about to be deleted, whatever its retention"))
    yield Duration.of(view.at("store:/RetentionPeriod", whole))


TRAIL = ResourceType(
    "aws.cloudtrail.trail",
    "AWS::CloudTrail::Trail",
    Kind.CONFIG,
    # Shadows are the same trails again in other regions and in the accounts of an organisation.
    each=Call(
        "cloudtrail:DescribeTrails",
        "cloudtrail.describe_trails",
        items="/trailList",
        give={"includeShadowTrails": False},
    ),
    id="{/TrailARN}",
    label="/Name",
    ask={"tags": tagging.ask("cloudtrail:trail")},
    facts=(
        Location.homes.items(lambda view: (aws(view.at("item:/HomeRegion", text)),), "item:/HomeRegion"),
        Location.copies.items(_written, BUCKET, GROUP),
        tagging.answer("item:/TrailARN"),
    ),
    without={Trust: "a trail lets nobody in; the bucket and the log group that it writes to answer for themselves"},
    unordered=("tags:/ResourceTagMappingList",),
)

STORE = ResourceType(
    "aws.cloudtrail.event-data-store",
    "AWS::CloudTrail::EventDataStore",
    Kind.DATA,
    each=Call("cloudtrail:ListEventDataStores", "cloudtrail.list_event_data_stores", items="/EventDataStores"),
    id="{/EventDataStoreArn}",
    label="/Name",
    ask={
        "store": Call(
            "cloudtrail:GetEventDataStore",
            "cloudtrail.get_event_data_store",
            take={"EventDataStore": "/EventDataStoreArn"},
        ),
        "policy": Call(
            "cloudtrail:GetResourcePolicy",
            "cloudtrail.get_resource_policy",
            take={"ResourceArn": "/EventDataStoreArn"},
            absent=frozenset({"ResourcePolicyNotFoundException"}),
            decode=("/ResourcePolicy",),
        ),
        "key": keys.ask("/KmsKeyId", follows="store"),
        "tags": tagging.ask("cloudtrail:eventdatastore"),
    },
    facts=(
        Location.homes.one("item:/EventDataStoreArn", arn_home),
        Location.copies.none("it is kept in its region; events of other regions are brought there"),
        *keys.always(ENCRYPTED),
        *keys.held("store:/KmsKeyId", keys.OWNED),
        EncryptionInTransit.plaintext.documented(value=False, basis=IN_TRANSIT),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, IN_TRANSIT),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Exposure.public.by(lambda view: policies.lets_everybody(_policy(view)), *POLICY),
        Trust.grantees.items(lambda view: policies.grantees(_policy(view), view.where), *POLICY),
        LogStore.retention.items(_retention, "store:/Status", "store:/RetentionPeriod"),
        LogStore.access_recorded.unseen("data events of CloudTrail are not read yet"),
        tagging.answer("item:/EventDataStoreArn"),
    ),
    without={
        Backup: "an event data store is not backed up; its retention decides",
        Lineage: "events are written to it; it is not made from another store",
    },
    unordered=("tags:/ResourceTagMappingList",),
)

TYPES = (TRAIL, STORE)
