"""Amazon SQS: queues."""

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
    Trust,
    View,
    pairs,
    text,
)
from scanner.providers.aws import keys, policies
from scanner.providers.aws.common import Scheme, arn_home, at_rest

ATTRIBUTES = "attributes:/Attributes"
ARN, NAMED, MANAGED = f"{ATTRIBUTES}/QueueArn", f"{ATTRIBUTES}/KmsMasterKeyId", f"{ATTRIBUTES}/SqsManagedSseEnabled"
POLICY = policies.paths(f"{ATTRIBUTES}/Policy")
# Both forms use AES-256
# (docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html).
SSE: dict[object, Scheme] = {"true": Scheme.OWNED, "false": Scheme.NONE}
TLS = "docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/infrastructure-security.html"


def _scheme(view: View) -> Scheme:
    # Of the two only one can be active (botocore's model of SetQueueAttributes).
    if view.at(NAMED, text, missing=None) is not None:
        return Scheme.KMS
    return view.at(MANAGED, SSE)


def _policy(view: View) -> list[policies.Statement]:
    return view.at(f"{ATTRIBUTES}/Policy/Statement", policies.statements, missing=[])


def _plaintext(view: View) -> bool:
    # The endpoints take HTTP as well (docs.aws.amazon.com/general/latest/gr/sqs-service.html).
    subject = policies.Subject(frozenset({"sqs:*", "*"}), policies.itself(view.at(ARN, text)))
    return policies.lets_plaintext(_policy(view), subject)


QUEUE = ResourceType(
    "aws.sqs.queue",
    "AWS::SQS::Queue",
    Kind.DATA,
    # Without MaxResults no reply tells that there are more than 1000 (botocore's model of ListQueues).
    each=Call("sqs:ListQueues", "sqs.list_queues", items="/QueueUrls", give={"MaxResults": 1000}),
    id="arn:{@partition}:sqs:{@region}:{@account}:{|last}",
    label="",
    ask={
        "attributes": Call(
            "sqs:GetQueueAttributes",
            "sqs.get_queue_attributes",
            give={"AttributeNames": ["All"]},
            take={"QueueUrl": ""},
            decode=("/Attributes/Policy",),
        ),
        "key": keys.ask("/Attributes/KmsMasterKeyId", follows="attributes"),
        "tags": Call("sqs:ListQueueTags", "sqs.list_queue_tags", take={"QueueUrl": ""}),
    },
    facts=(
        Location.homes.one(ARN, arn_home),
        Location.copies.none("its dead-letter queue must be in the same account and region"),
        *at_rest(_scheme, NAMED, MANAGED, named=NAMED),
        EncryptionInTransit.plaintext.by(_plaintext, ARN, *POLICY),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, TLS),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Exposure.public.by(lambda view: policies.lets_everybody(_policy(view)), *POLICY),
        Trust.grantees.items(lambda view: policies.grantees(_policy(view), view.where), *POLICY),
        Tagging.tags.at("tags:/Tags", pairs, missing={}),
    ),
    without={
        Backup: "messages are kept until they are taken, for 14 days at most, and are never backed up",
        Lineage: "messages are sent to it; it is not made from another queue",
        LogStore: "a queue is no log store",
    },
)

TYPES = (QUEUE,)
