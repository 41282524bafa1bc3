"""From the replies of Amazon MQ to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
)
from scanner.providers.aws.mq import BROKER
from tests.scanner.providers.aws.states import AWS_KEY, KEY, OWN_KEY, REFUSED, UNASKED, copies, encryption, refs, told

ITEM = {"BrokerArn": "arn:aws:mq:eu-west-2:111111111111:broker:orders:b-1", "BrokerId": "b-1"}


@pytest.mark.parametrize(
    ("options", "key", "owner", "name"),
    [
        ({"UseAwsOwnedKey": True}, UNASKED, KeyOwner.PROVIDER, "provider"),
        ({"UseAwsOwnedKey": True, "KmsKeyId": KEY}, OWN_KEY, KeyOwner.PROVIDER, "provider"),
        ({"UseAwsOwnedKey": False, "KmsKeyId": KEY}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({"UseAwsOwnedKey": False, "KmsKeyId": KEY}, AWS_KEY, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        ({"UseAwsOwnedKey": False, "KmsKeyId": KEY}, REFUSED, Reason.REFUSED, KEY),
        ({"UseAwsOwnedKey": False}, UNASKED, KeyOwner.PROVIDER_IN_ACCOUNT, "alias/aws/mq"),
        ({"UseAwsOwnedKey": "no"}, UNASKED, Reason.SHAPE, Reason.SHAPE),
        (None, UNASKED, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_broker_at_rest(options: object, key: object, owner: object, name: object) -> None:
    replies = {"broker": {"EncryptionOptions": options}, "key": key}
    assert encryption(BROKER, ITEM, replies) == (AtRest.ENCRYPTED, owner, Reason.UNDECIDED)
    assert told(BROKER, EncryptionAtRest.key, ITEM, replies) == name


@pytest.mark.parametrize(
    ("endpoints", "plaintext"),
    [
        (["ssl://b-1.example.com:61617", "amqp+ssl://b-1.example.com:5671", "wss://b-1.example.com:61619"], False),
        (["mqtt+ssl://b-1.example.com:8883", "stomp+ssl://b-1.example.com:61614"], False),
        (["amqps://b-1.example.com:5671"], False),
        (["ssl://b-1.example.com:61617", "tcp://b-1.example.com:61616"], True),
        (["new://b-1.example.com"], Reason.SHAPE),
        ([], Reason.SHAPE),
        (None, Reason.SHAPE),
    ],
)
def test_a_broker_takes_plain_connections(endpoints: object, plaintext: object) -> None:
    replies = {"broker": {"BrokerInstances": [{"Endpoints": endpoints}]}}
    assert told(BROKER, EncryptionInTransit.plaintext, ITEM, replies) == plaintext
    assert told(BROKER, EncryptionInTransit.plaintext, ITEM, {"broker": REFUSED}) is Reason.REFUSED
    assert told(BROKER, EncryptionInTransit.minimum_tls, ITEM, replies) is Reason.UNDECIDED


def _groups(*ranges: str) -> dict[str, Any]:
    rules = [{"IpRanges": [{"CidrIp": each}]} for each in ranges]
    return {"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": rules}]}


@pytest.mark.parametrize(
    ("broker", "groups", "public"),
    [
        ({"PubliclyAccessible": False}, UNASKED, False),
        ({"PubliclyAccessible": True, "SecurityGroups": ["sg-1"]}, _groups("10.0.0.0/8"), False),
        ({"PubliclyAccessible": True, "SecurityGroups": ["sg-1"]}, _groups("0.0.0.0/0"), Reason.UNDECIDED),
        ({"PubliclyAccessible": True, "SecurityGroups": ["sg-1"]}, REFUSED, Reason.REFUSED),
        ({"PubliclyAccessible": True, "SecurityGroups": []}, _groups(), Reason.UNDECIDED),
        ({"PubliclyAccessible": True}, UNASKED, Reason.NOT_ASKED),
        ({}, UNASKED, Reason.SHAPE),
        (REFUSED, UNASKED, Reason.REFUSED),
    ],
)
def test_a_broker_is_reached(broker: object, groups: object, public: object) -> None:
    assert told(BROKER, Exposure.public, ITEM, {"broker": broker, "groups": groups}) == public


LISTED = {"Subnets": [{"SubnetId": "subnet-1", "AvailabilityZone": "us-east-1-scl-1a"}]}


@pytest.mark.parametrize(
    ("broker", "subnets", "homes"),
    [
        ({"SubnetIds": ["subnet-1"]}, LISTED, ["aws:us-east-1-scl-1"]),
        ({"SubnetIds": ["subnet-1"]}, REFUSED, [Reason.REFUSED]),
        ({"SubnetIds": []}, UNASKED, ["aws:eu-west-2"]),
        ({}, UNASKED, ["aws:eu-west-2"]),
        ({"SubnetIds": "subnet-1"}, LISTED, [Reason.SHAPE]),
        (REFUSED, LISTED, [Reason.REFUSED]),
    ],
)
def test_home_of_a_broker(broker: object, subnets: object, homes: object) -> None:
    assert told(BROKER, Location.homes, ITEM, {"broker": broker, "subnets": subnets}) == homes


def _pair(role: object, region: object = "eu-west-1", name: str = "DataReplicationMetadata") -> dict[str, Any]:
    return {name: {"DataReplicationRole": role, "DataReplicationCounterpart": {"BrokerId": "b-2", "Region": region}}}


GROUP = "arn:aws:logs:eu-west-2:111111111111:log-group:/aws/amazonmq/broker/b-1/general"
GENERAL = {"Logs": {"General": True, "GeneralLogGroup": "/aws/amazonmq/broker/b-1/general"}}
REPLICA = ("replica", "aws:eu-west-1", "")


@pytest.mark.parametrize(
    ("broker", "expected", "origins"),
    [
        ({}, [], []),
        (GENERAL, [("log-sink", "aws:eu-west-2", GROUP)], []),
        ({"Logs": {"General": False, "Audit": False}}, [], []),
        ({"Logs": {"Audit": True}}, [Reason.SHAPE], []),
        (_pair("PRIMARY"), [REPLICA], []),
        (_pair("PRIMARY", name="PendingDataReplicationMetadata"), [REPLICA], []),
        (_pair("REPLICA"), [], [Reason.UNDECIDED]),
        (_pair("PRIMARY", region=None), [], []),
        (_pair("odd"), [Reason.SHAPE], [Reason.SHAPE]),
        (_pair(None), [Reason.SHAPE], [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED], [Reason.REFUSED]),
    ],
)
def test_copies_of_a_broker(broker: object, expected: object, origins: object) -> None:
    assert copies(BROKER, Location.copies, ITEM, {"broker": broker}) == expected
    assert refs(BROKER, Lineage.origins, ITEM, {"broker": broker}) == origins


def test_tags_of_a_broker() -> None:
    assert told(BROKER, Tagging.tags, ITEM, {"broker": {"Tags": {"env": "prod"}}}) == {"env": "prod"}
    assert told(BROKER, Tagging.tags, ITEM, {"broker": {}}) is Reason.SHAPE
