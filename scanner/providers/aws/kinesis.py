"""Amazon Kinesis Data Streams."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.providers.aws import apart, keys, policies
from scanner.providers.aws.common import Scheme, arn_home, at_rest, parts

STREAM_KEY = "/StreamDescriptionSummary/KeyId"
# AES-GCM with 256 bits (aws.amazon.com/kinesis/data-streams/faqs).
SCHEMES: dict[object, Scheme] = {"NONE": Scheme.NONE, "KMS": Scheme.KMS}
# HTTPS only.
ENDPOINTS = "docs.aws.amazon.com/general/latest/gr/ak.html"


def _scheme(view: View) -> Scheme:
    return view.at("stream:/StreamDescriptionSummary/EncryptionType", SCHEMES)


def _policy(view: View) -> list[policies.Statement]:
    return _statements(view.node("policy"), "/Policy")


def _statements(node: Node, policy: str) -> list[policies.Statement]:
    # An empty document lets nobody in.
    return (
        [] if node.at(policy, lambda value: value in ("", {})) else node.at(f"{policy}/Statement", policies.statements)
    )


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    return parts(lambda: policies.grantees(_policy(view), view.where), lambda: _consumers(view))


def _consumers(view: View) -> Iterable[Grantee | Unknown]:
    """Each registered consumer of the stream has a policy of its own."""
    for arn in [each.at("/ConsumerARN", text) for each in view.each("consumers:/Consumers")]:
        yield from parts(partial(_of_consumer, view, arn))


def _of_consumer(view: View, arn: str) -> Iterable[Grantee | Unknown]:
    found = apart.reply(view, "granted", "ResourceARN", arn)
    return policies.grantees(_statements(found, "/body/Policy") if apart.is_there(found) else [], view.where)


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
        "consumers": Call(
            "kinesis:ListStreamConsumers",
            "kinesis.list_stream_consumers",
            items="/Consumers",
            take={"StreamARN": "/StreamARN"},
        ),
        "granted": Call(
            "kinesis:GetResourcePolicy",
            "kinesis.get_resource_policy",
            take={"ResourceARN": "/Consumers/*/ConsumerARN"},
            decode=("/Policy",),
            follows="consumers",
            apart=True,
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
        Exposure.public.by(lambda view: policies.lets_everybody(_policy(view)), *policies.paths("policy:/Policy")),
        Trust.grantees.items(
            _grantees,
            *policies.paths("policy:/Policy"),
            "consumers:/Consumers/*/ConsumerARN",
            *policies.paths("granted:/*/body/Policy"),
            *apart.paths("granted"),
        ),
        Tagging.tags.at("tags:/Tags", key_values),
    ),
    without={
        Backup: "a stream has no backups; how long it keeps records is its retention",
        LogStore: "not a log store",
    },
    unordered=("tags:/Tags",),
)

TYPES = (STREAM,)
