"""Amazon MQ: brokers of ActiveMQ and RabbitMQ, which keep messages on their own storage."""

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
    flag,
    pairs,
    text,
    texts,
)
from scanner.places import aws
from scanner.providers.aws import keys, security_groups, subnets
from scanner.providers.aws.common import MANAGERS, arn_here, arn_home

GUIDE = "docs.aws.amazon.com/amazon-mq/latest/developer-guide/"
OPTIONS = "broker:/EncryptionOptions"
KEYED = (f"{OPTIONS}/UseAwsOwnedKey", f"{OPTIONS}/KmsKeyId")
DEFAULT = keys.managed("aws/mq")
"""The key where no other is named, as botocore's model of EncryptionOptions says: the account's own default one."""
# The protocols that a broker speaks, each over TLS.
SCHEMES: dict[str, bool] = {
    **dict.fromkeys(("ssl", "amqp+ssl", "amqps", "mqtt+ssl", "stomp+ssl", "wss", "https"), False),
    **dict.fromkeys(("tcp", "amqp", "mqtt", "stomp", "ws", "http", "nio"), True),
}
ENDPOINTS = "broker:/BrokerInstances/*/Endpoints"
LOGS = ("General", "Audit")
# Each is there only where the broker is, or soon will be, one of a pair (botocore's model).
PAIRS = ("DataReplicationMetadata", "PendingDataReplicationMetadata")
PAIRED = tuple(
    f"broker:/{pair}/{each}" for pair in PAIRS for each in ("DataReplicationRole", "DataReplicationCounterpart/Region")
)
ROLES: dict[object, bool] = {"PRIMARY": False, "REPLICA": True}
OTHER = Unknown(Reason.UNDECIDED, "it is filled by a broker in another region, of which no name is told")
UNREACHED = Unknown(Reason.SHAPE, "no endpoint of the broker is told")


def _homes(view: View) -> Iterable[str]:
    # Those of RabbitMQ that are public lie in a network of the service.
    own = view.at("broker:/SubnetIds", texts, missing=())
    yield from subnets.places(view, own) if own else (view.at("item:/BrokerArn", arn_home),)


def _copies(view: View) -> Iterable[Copy]:
    here = aws(view.where.region)
    for log in LOGS:
        if view.at(f"broker:/Logs/{log}", flag, missing=False):
            group = view.at(f"broker:/Logs/{log}LogGroup", text)
            yield Copy(CopyKind.LOG_SINK, here, arn_here(view, "logs", f"log-group:{group}"))
    yield from (Copy(CopyKind.REPLICA, aws(region)) for region, replica in _pairs(view) if not replica)


def _origins(view: View) -> Iterable[Unknown]:
    yield from (OTHER for _, replica in _pairs(view) if replica)


def _pairs(view: View) -> Iterable[tuple[str, bool]]:
    """The region of the broker that it is paired with, and whether it is itself the replica of that."""
    for pair in PAIRS:
        region = view.at(f"broker:/{pair}/DataReplicationCounterpart/Region", text, missing=None)
        if region:
            yield region, view.at(f"broker:/{pair}/DataReplicationRole", ROLES)


def _owner(view: View) -> KeyOwner:
    if view.at(KEYED[0], flag):
        return KeyOwner.PROVIDER
    named = view.at(KEYED[1], text, missing=None)
    return view.at(keys.MANAGER, MANAGERS) if named else DEFAULT.owner


def _key(view: View) -> str:
    return keys.OWNED.key if view.at(KEYED[0], flag) else view.at(KEYED[1], text, missing=DEFAULT.key)


def _plaintext(view: View) -> bool:
    plain = [
        endpoint.at("", lambda value: SCHEMES[text(value).partition("://")[0]])
        for instance in view.each("broker:/BrokerInstances")
        for endpoint in instance.each("/Endpoints")
    ]
    if not plain:
        raise NotKnown(UNREACHED)
    return any(plain)


def _public(view: View) -> bool:
    if not view.at("broker:/PubliclyAccessible", flag):
        return False
    return security_groups.reached(view, view.at("broker:/SecurityGroups", texts, missing=()))


BROKER = ResourceType(
    "aws.mq.broker",
    "AWS::AmazonMQ::Broker",
    Kind.DATA,
    each=Call("mq:ListBrokers", "mq.list_brokers", items="/BrokerSummaries"),
    id="{/BrokerArn}",
    label="/BrokerName",
    ask={
        "broker": Call("mq:DescribeBroker", "mq.describe_broker", take={"BrokerId": "/BrokerId"}),
        "key": keys.ask("/EncryptionOptions/KmsKeyId", follows="broker"),
        "groups": security_groups.ask("/SecurityGroups", follows="broker"),
        "subnets": subnets.ASK,
    },
    facts=(
        Location.homes.items(_homes, "item:/BrokerArn", "broker:/SubnetIds", *subnets.PATHS),
        Location.copies.items(
            _copies,
            *(f"broker:/Logs/{log}" for log in LOGS),
            *(f"broker:/Logs/{log}LogGroup" for log in LOGS),
            *PAIRED,
        ),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, GUIDE + "data-protection.html"),
        EncryptionAtRest.algorithms.unseen("Amazon MQ does not tell which cipher is used", Reason.UNDECIDED),
        EncryptionAtRest.owner.by(_owner, *KEYED, keys.MANAGER),
        EncryptionAtRest.key.by(_key, *KEYED),
        EncryptionInTransit.plaintext.by(_plaintext, ENDPOINTS),
        EncryptionInTransit.minimum_tls.unseen("Amazon MQ does not tell its lowest TLS version", Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.inapplicable("the certificates are AWS's own, which it renews"),
        Lineage.origins.items(_origins, *PAIRED),
        Exposure.public.by(_public, "broker:/PubliclyAccessible", "broker:/SecurityGroups", *security_groups.PATHS),
        Tagging.tags.at("broker:/Tags", pairs),
    ),
    without={
        Backup: "Amazon MQ makes no backups of messages",
        LogStore: "not a log store",
        Trust: "its users are its own; it has no policies of resources",
    },
)

TYPES = (BROKER,)
