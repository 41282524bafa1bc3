"""Amazon SNS: topics."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.providers.aws import keys, policies
from scanner.providers.aws.common import arn_home

ATTRIBUTES = "attributes:/Attributes"
NAMED = f"{ATTRIBUTES}/KmsMasterKeyId"
POLICY = policies.paths(f"{ATTRIBUTES}/Policy")
# Messages lie on an encrypted file system, and a key of KMS encrypts them besides.
ENCRYPTED = "docs.aws.amazon.com/sns/latest/dg/sns-data-encryption.html"
TLS = "docs.aws.amazon.com/sns/latest/dg/infrastructure-security.html"
SENT = Unknown(
    Reason.NOT_ASKED, "where its subscribers are is not read, since addresses of subscribers may be those of people"
)
PROTOCOL = "subscriptions:/Subscriptions/*/Protocol"


def _policy(view: View) -> list[policies.Statement]:
    return view.at(f"{ATTRIBUTES}/Policy/Statement", policies.statements)


def _algorithms(view: View) -> frozenset[str]:
    if view.at(NAMED, text, missing=None) is None:
        raise NotKnown(Unknown(Reason.UNDECIDED, "the vendor does not tell by which cipher its file system encrypts"))
    # AES-GCM with 256 bits (docs.aws.amazon.com/sns/latest/dg/sns-server-side-encryption.html).
    return frozenset({"AES-256"})


def _plaintext(view: View) -> bool:
    """Whether messages may come in, or go out, in plain text: the endpoints take HTTP as well
    (docs.aws.amazon.com/general/latest/gr/sns.html), and a subscriber may be told by HTTP.
    """
    if any(each.at("/Protocol", text) == "http" for each in view.each("subscriptions:/Subscriptions")):
        return True
    # Messages come in by Publish alone.
    subject = policies.Subject(
        frozenset({"sns:publish", "sns:*", "*"}), policies.itself(view.at("item:/TopicArn", text))
    )
    return policies.lets_plaintext(_policy(view), subject)


def _copies(view: View) -> Iterable[Unknown]:
    if any(view.each("subscriptions:/Subscriptions")):
        yield SENT


TOPIC = ResourceType(
    "aws.sns.topic",
    "AWS::SNS::Topic",
    Kind.DATA,
    each=Call("sns:ListTopics", "sns.list_topics", items="/Topics"),
    id="{/TopicArn}",
    label="/TopicArn",
    ask={
        "attributes": Call(
            "sns:GetTopicAttributes",
            "sns.get_topic_attributes",
            take={"TopicArn": "/TopicArn"},
            decode=("/Attributes/Policy",),
        ),
        "key": keys.ask("/Attributes/KmsMasterKeyId", follows="attributes"),
        "subscriptions": Call(
            "sns:ListSubscriptionsByTopic",
            "sns.list_subscriptions_by_topic",
            items="/Subscriptions",
            take={"TopicArn": "/TopicArn"},
        ),
        "tags": Call("sns:ListTagsForResource", "sns.list_tags_for_resource", take={"ResourceArn": "/TopicArn"}),
    },
    facts=(
        Location.homes.one("item:/TopicArn", arn_home),
        Location.copies.items(_copies, PROTOCOL),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.by(_algorithms, NAMED),
        *keys.held(NAMED, keys.OWNED),
        EncryptionInTransit.plaintext.by(_plaintext, "item:/TopicArn", PROTOCOL, *POLICY),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, TLS),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Exposure.public.by(lambda view: policies.lets_everybody(_policy(view)), *POLICY),
        Trust.grantees.items(lambda view: policies.grantees(_policy(view), view.where), *POLICY),
        Tagging.tags.at("tags:/Tags", key_values, missing={}),
    ),
    without={
        Backup: "a topic passes messages on and backs nothing up",
        Lineage: "messages are sent to it; it is not made from another topic",
        LogStore: "a topic is no log store",
    },
    unordered=("tags:/Tags", "subscriptions:/Subscriptions"),
)

TYPES = (TOPIC,)
