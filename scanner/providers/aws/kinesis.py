"""Amazon Kinesis Data Streams."""

from __future__ import annotations

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    Tagging,
    Tls,
    View,
    key_values,
)
from scanner.providers.aws import keys, policies
from scanner.providers.aws.common import Scheme, arn_home, at_rest

STREAM_KEY = "/StreamDescriptionSummary/KeyId"
# AES-GCM with 256 bits (aws.amazon.com/kinesis/data-streams/faqs).
SCHEMES: dict[object, Scheme] = {"NONE": Scheme.NONE, "KMS": Scheme.KMS}
# HTTPS only.
ENDPOINTS = "docs.aws.amazon.com/general/latest/gr/ak.html"


def _scheme(view: View) -> Scheme:
    return view.at("stream:/StreamDescriptionSummary/EncryptionType", SCHEMES)


def _public(view: View) -> bool:
    # An empty document lets nobody in.
    if view.at("policy:/Policy", lambda value: value in ("", {})):
        return False
    return policies.lets_everybody(view.at("policy:/Policy/Statement", policies.statements))


STREAM = ResourceType(
    "aws.kinesis.stream",
    "AWS::Kinesis::Stream",
    Kind.DATA,
    each=Call("kinesis:ListStreams", "kinesis.list_streams", items="/StreamSummaries"),
    id="{/StreamARN}",
    label="/StreamName",
    ask={
        "stream": Call(
            "kinesis:DescribeStreamSummary", "kinesis.describe_stream_summary", take={"StreamARN": "/StreamARN"}
        ),
        "key": keys.ask(STREAM_KEY, follows="stream"),
        "policy": Call(
            "kinesis:GetResourcePolicy",
            "kinesis.get_resource_policy",
            take={"ResourceARN": "/StreamARN"},
            decode=("/Policy",),
        ),
        "tags": Call(
            "kinesis:ListTagsForResource", "kinesis.list_tags_for_resource", take={"ResourceARN": "/StreamARN"}
        ),
    },
    facts=(
        Location.homes.one("item:/StreamARN", arn_home),
        Location.copies.none(
            "records stay in one region; what reads them, such as Data Firehose, tells of its own copies"
        ),
        *at_rest(_scheme, "stream:/StreamDescriptionSummary/EncryptionType", named=f"stream:{STREAM_KEY}"),
        EncryptionInTransit.plaintext.documented(value=False, basis=ENDPOINTS),
        EncryptionInTransit.minimum_tls.documented(
            Tls.V1_2, "docs.aws.amazon.com/streams/latest/dev/infrastructure-security.html"
        ),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.gap("Kinesis does not tell who writes to a stream"),
        Exposure.public.by(_public, *policies.paths("policy:/Policy")),
        Tagging.tags.at("tags:/Tags", key_values),
    ),
    without={
        Backup: "a stream has no backups; how long it keeps records is its retention",
        LogStore: "not a log store",
    },
    unordered=("tags:/Tags",),
)

TYPES = (STREAM,)
