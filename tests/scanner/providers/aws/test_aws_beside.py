"""From the replies of DAX and DMS, which hold data beside databases, to facts."""

from __future__ import annotations

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
)
from scanner.providers.aws.dax import CLUSTER
from scanner.providers.aws.dms import INSTANCE
from tests.scanner.providers.aws.states import AWS_KEY, KEY, OWN_KEY, REFUSED, UNASKED, told

TAGS = [{"Key": "env", "Value": "prod"}]


@pytest.mark.parametrize(
    ("status", "state", "owner", "key"),
    [
        ("ENABLED", AtRest.ENCRYPTED, KeyOwner.PROVIDER_IN_ACCOUNT, Reason.UNDECIDED),
        ("DISABLED", AtRest.NONE, Inapplicable, Inapplicable),
        ("ENABLING", Reason.UNDECIDED, Reason.UNDECIDED, Reason.UNDECIDED),
        ("odd", Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (None, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_an_accelerator_at_rest(status: object, state: object, owner: object, key: object) -> None:
    item = {"SSEDescription": {"Status": status}}
    assert told(CLUSTER, EncryptionAtRest.state, item) == state
    assert told(CLUSTER, EncryptionAtRest.owner, item) == owner
    assert told(CLUSTER, EncryptionAtRest.key, item) == key
    ciphers = {AtRest.NONE: frozenset(), AtRest.ENCRYPTED: frozenset({"AES-256"})}
    expected = ciphers[state] if isinstance(state, AtRest) else state
    assert told(CLUSTER, EncryptionAtRest.algorithms, item) == expected


@pytest.mark.parametrize(
    ("kind", "plaintext"), [("TLS", False), ("NONE", True), ("odd", Reason.SHAPE), (None, Reason.SHAPE)]
)
def test_an_accelerator_takes_plain_connections(kind: object, plaintext: object) -> None:
    assert told(CLUSTER, EncryptionInTransit.plaintext, {"ClusterEndpointEncryptionType": kind}) == plaintext
    assert told(CLUSTER, EncryptionInTransit.minimum_tls, {}) is Reason.UNDECIDED


def test_an_accelerator() -> None:
    nodes = {"Nodes": [{"AvailabilityZone": "eu-west-2a"}, {"AvailabilityZone": "eu-west-2b"}]}
    assert told(CLUSTER, Location.homes, nodes) == ["aws:eu-west-2"]
    assert told(CLUSTER, Location.homes, {"Nodes": [{}]}) == [Reason.SHAPE]
    assert told(CLUSTER, Location.homes, {}) == [Reason.SHAPE]
    assert told(CLUSTER, Location.copies, {}) == []
    assert told(CLUSTER, Exposure.public, {}) is False
    assert told(CLUSTER, Lineage.origins, {}) == [Reason.NOT_ASKED]
    assert told(CLUSTER, Tagging.tags, {}, {"tags": {"Tags": TAGS}}) == {"env": "prod"}
    assert told(CLUSTER, Tagging.tags, {}, {"tags": {}}) is Reason.SHAPE


@pytest.mark.parametrize(
    ("item", "key", "owner", "name"),
    [
        ({"KmsKeyId": KEY}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({"KmsKeyId": KEY}, AWS_KEY, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        ({"KmsKeyId": KEY}, REFUSED, Reason.REFUSED, KEY),
        ({}, UNASKED, Reason.NOT_ASKED, Reason.SHAPE),
    ],
)
def test_a_replication_instance_at_rest(item: object, key: object, owner: object, name: object) -> None:
    assert told(INSTANCE, EncryptionAtRest.state, item) is AtRest.ENCRYPTED
    assert told(INSTANCE, EncryptionAtRest.algorithms, item) is Reason.UNDECIDED
    assert told(INSTANCE, EncryptionAtRest.owner, item, {"key": key}) == owner
    assert told(INSTANCE, EncryptionAtRest.key, item, {"key": key}) == name


@pytest.mark.parametrize(
    ("item", "homes"),
    [
        ({"AvailabilityZone": "eu-west-2a"}, ["aws:eu-west-2"]),
        ({"AvailabilityZone": "eu-west-2a", "SecondaryAvailabilityZone": "eu-west-2b"}, ["aws:eu-west-2"]),
        ({}, [Reason.SHAPE]),
    ],
)
def test_home_of_a_replication_instance(item: object, homes: object) -> None:
    assert told(INSTANCE, Location.homes, item) == homes
    assert told(INSTANCE, EncryptionInTransit.plaintext, item) is Inapplicable
    assert told(INSTANCE, Location.copies, item) == [Reason.NOT_ASKED]
    assert told(INSTANCE, Lineage.origins, item) == [Reason.NOT_ASKED]


@pytest.mark.parametrize(("flagged", "public"), [(False, False), (True, Reason.UNDECIDED), (None, Reason.SHAPE)])
def test_a_replication_instance_may_have_a_public_address(flagged: object, public: object) -> None:
    assert told(INSTANCE, Exposure.public, {"PubliclyAccessible": flagged}) == public
    assert told(INSTANCE, Tagging.tags, {}, {"tags": {"TagList": TAGS}}) == {"env": "prod"}
    assert told(INSTANCE, Tagging.tags, {}, {"tags": REFUSED}) is Reason.REFUSED
