"""From the replies of Kinesis, Data Firehose and MSK to facts."""

from __future__ import annotations

from typing import Any

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
    Tls,
)
from scanner.providers.aws.firehose import BESIDES, DELIVERED, DELIVERY_STREAM, OUTSIDE
from scanner.providers.aws.kinesis import STREAM
from scanner.providers.aws.msk import CLUSTER
from tests.scanner.providers.aws.states import AWS_KEY, KEY, OWN_KEY, REFUSED, UNASKED, copies, refs, told

ARN = "arn:aws:kinesis:eu-west-2:111111111111:stream/clicks"
EVERYBODY = {"Effect": "Allow", "Principal": "*", "Action": "kinesis:PutRecord", "Resource": ARN}


def _stream(kind: object, key: object = None) -> dict[str, Any]:
    return {"StreamDescriptionSummary": {"EncryptionType": kind, "KeyId": key}}


@pytest.mark.parametrize(
    ("reply", "key", "state", "owner", "name"),
    [
        (_stream("NONE"), UNASKED, AtRest.NONE, Inapplicable, Inapplicable),
        (_stream("KMS", KEY), OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        (
            _stream("KMS", "alias/aws/kinesis"),
            AWS_KEY,
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER_IN_ACCOUNT,
            "alias/aws/kinesis",
        ),
        (_stream("KMS"), UNASKED, AtRest.ENCRYPTED, Reason.NOT_ASKED, Reason.SHAPE),
        (_stream("ROT13"), UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, UNASKED, Reason.REFUSED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_a_stream_at_rest(reply: object, key: object, state: object, owner: object, name: object) -> None:
    replies = {"stream": reply, "key": key}
    assert told(STREAM, EncryptionAtRest.state, {}, replies) == state
    assert told(STREAM, EncryptionAtRest.owner, {}, replies) == owner
    assert told(STREAM, EncryptionAtRest.key, {}, replies) == name


@pytest.mark.parametrize(
    ("reply", "public"),
    [
        ({"Policy": ""}, False),
        ({"Policy": {}}, False),
        ({"Policy": {"Statement": [{**EVERYBODY, "Principal": {"AWS": "222222222222"}}]}}, False),
        ({"Policy": {"Statement": [EVERYBODY]}}, True),
        ({"Policy": {"Statement": ["Allow"]}}, Reason.SHAPE),
        ({}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_a_stream_is_public_by_its_policy(reply: object, public: object) -> None:
    assert told(STREAM, Exposure.public, {}, {"policy": reply}) == public


def test_a_stream() -> None:
    assert told(STREAM, Location.homes, {"StreamARN": ARN}) == ["aws:eu-west-2"]
    assert told(STREAM, Location.homes, {}) == [Reason.SHAPE]
    assert told(STREAM, EncryptionInTransit.plaintext, {}) is False
    assert told(STREAM, EncryptionInTransit.minimum_tls, {}) is Tls.V1_2
    assert told(STREAM, Tagging.tags, {}, {"tags": {"Tags": [{"Key": "env", "Value": "prod"}]}}) == {"env": "prod"}
    assert told(STREAM, Tagging.tags, {}, {"tags": {}}) is Reason.SHAPE


# Data Firehose

BUCKET = "arn:aws:s3:::lake"


def _delivery(kind: object = "DirectPut", *destinations: object, **more: object) -> dict[str, Any]:
    described = {"DeliveryStreamType": kind, "Destinations": list(destinations), "HasMoreDestinations": False, **more}
    return {"stream": {"DeliveryStreamDescription": described}}


@pytest.mark.parametrize(
    ("sealed", "state", "owner", "name"),
    [
        ({"Status": "DISABLED"}, AtRest.NONE, Inapplicable, Inapplicable),
        ({"Status": "ENABLED", "KeyType": "AWS_OWNED_CMK"}, AtRest.ENCRYPTED, KeyOwner.PROVIDER, "provider"),
        (
            {"Status": "ENABLED", "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": KEY},
            AtRest.ENCRYPTED,
            KeyOwner.CUSTOMER,
            KEY,
        ),
        ({"Status": "ENABLED"}, AtRest.ENCRYPTED, Reason.SHAPE, Reason.SHAPE),
        ({"Status": "ENABLING_FAILED"}, Reason.UNDECIDED, Reason.UNDECIDED, Reason.UNDECIDED),
        ({"Status": "odd"}, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (None, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_delivery_stream_at_rest(sealed: object, state: object, owner: object, name: object) -> None:
    replies = _delivery(DeliveryStreamEncryptionConfiguration=sealed)
    assert told(DELIVERY_STREAM, EncryptionAtRest.state, "out", replies) == state
    assert told(DELIVERY_STREAM, EncryptionAtRest.owner, "out", replies) == owner
    assert told(DELIVERY_STREAM, EncryptionAtRest.key, "out", replies) == name
    ciphers = {AtRest.NONE: frozenset(), AtRest.ENCRYPTED: Reason.UNDECIDED}
    expected = ciphers[state] if isinstance(state, AtRest) else state
    assert told(DELIVERY_STREAM, EncryptionAtRest.algorithms, "out", replies) == expected


@pytest.mark.parametrize("kind", ["KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"])
def test_a_delivery_stream_keeps_nothing_that_another_stream_keeps(kind: str) -> None:
    assert told(DELIVERY_STREAM, EncryptionAtRest.state, "out", _delivery(kind)) is Inapplicable
    assert told(DELIVERY_STREAM, EncryptionAtRest.owner, "out", _delivery(kind)) is Inapplicable


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        (
            {
                "ExtendedS3DestinationDescription": {"BucketARN": BUCKET},
                "S3DestinationDescription": {"BucketARN": BUCKET},
            },
            [("replica", Reason.NOT_ASKED, BUCKET)],
        ),
        (
            {"ExtendedS3DestinationDescription": {"BucketARN": BUCKET, "S3BackupDescription": {"BucketARN": "arn:b"}}},
            [("replica", Reason.NOT_ASKED, BUCKET), ("backup", Reason.NOT_ASKED, "arn:b")],
        ),
        (
            {"AmazonopensearchserviceDestinationDescription": {"DomainARN": "arn:d"}},
            [("replica", Reason.NOT_ASKED, "arn:d")],
        ),
        (
            {"SplunkDestinationDescription": {"S3DestinationDescription": {"BucketARN": BUCKET}}},
            [("replica", Reason.UNDECIDED, ""), ("backup", Reason.NOT_ASKED, BUCKET)],
        ),
        ({"HttpEndpointDestinationDescription": {"RoleARN": "r"}}, [("replica", Reason.UNDECIDED, "")]),
        ({"ExtendedS3DestinationDescription": {"BucketARN": 7}}, [Reason.SHAPE]),
    ],
)
def test_what_is_delivered_is_a_copy(destination: object, expected: object) -> None:
    assert copies(DELIVERY_STREAM, Location.copies, "out", _delivery("DirectPut", destination)) == expected


@pytest.mark.parametrize("kind", sorted({*DELIVERED, *BESIDES, *OUTSIDE}))
def test_no_kind_of_destination_is_dropped(kind: str) -> None:
    holders = {field: f"arn:{field}" for field in ("BucketARN", "DomainARN")}
    destination = {kind: {**holders, "S3DestinationDescription": holders, "S3BackupDescription": holders}}
    found = copies(DELIVERY_STREAM, Location.copies, "out", _delivery("DirectPut", destination))
    assert ("replica" in {each[0] for each in found if isinstance(each, tuple)}) is True


@pytest.mark.parametrize(("more", "gaps"), [(True, [Reason.NOT_ASKED]), (None, [Reason.SHAPE])])
def test_destinations_that_were_not_seen_are_a_gap(more: object, gaps: object) -> None:
    assert copies(DELIVERY_STREAM, Location.copies, "out", _delivery(HasMoreDestinations=more)) == gaps
    assert copies(DELIVERY_STREAM, Location.copies, "out", {"stream": REFUSED}) == [Reason.REFUSED]


def test_an_unforeseen_destination_is_a_gap() -> None:
    found = copies(DELIVERY_STREAM, Location.copies, "out", _delivery("DirectPut", {"MoonDestinationDescription": {}}))
    assert found == [Reason.SHAPE]


@pytest.mark.parametrize(
    ("kind", "source", "expected"),
    [
        ("DirectPut", {}, []),
        ("KinesisStreamAsSource", {"KinesisStreamSourceDescription": {"KinesisStreamARN": ARN}}, [ARN]),
        ("MSKAsSource", {"MSKSourceDescription": {"MSKClusterARN": "arn:msk"}}, ["arn:msk"]),
        ("DatabaseAsSource", {}, [Reason.UNDECIDED]),
        ("KinesisStreamAsSource", {}, [Reason.SHAPE]),
        (None, {}, [Reason.SHAPE]),
    ],
)
def test_where_a_delivery_stream_takes_data_from(kind: object, source: object, expected: object) -> None:
    assert refs(DELIVERY_STREAM, Lineage.origins, "out", _delivery(kind, Source=source)) == expected


@pytest.mark.parametrize(
    ("reply", "tags"),
    [
        ({"Tags": [{"Key": "env", "Value": "prod"}], "HasMoreTags": False}, {"env": "prod"}),
        ({"Tags": [], "HasMoreTags": True}, Reason.INCOMPLETE),
        ({"Tags": []}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_tags_of_a_delivery_stream(reply: object, tags: object) -> None:
    assert told(DELIVERY_STREAM, Tagging.tags, "out", {"tags": reply}) == tags
    assert told(DELIVERY_STREAM, Location.homes, "out") == ["aws:eu-west-2"]
    assert told(DELIVERY_STREAM, Location.homes, 7) == [Reason.SHAPE]


# MSK

MSK = "arn:aws:kafka:eu-west-2:111111111111:cluster/events/1"


def _provisioned(**fields: object) -> dict[str, Any]:
    return {"ClusterArn": MSK, "ClusterType": "PROVISIONED", "Provisioned": fields}


def _transit(clients: object) -> dict[str, Any]:
    return _provisioned(EncryptionInfo={"EncryptionInTransit": {"ClientBroker": clients}})


@pytest.mark.parametrize(
    ("item", "plaintext", "lowest"),
    [
        (_transit("TLS"), False, Tls.V1_2),
        (_transit("TLS_PLAINTEXT"), True, Tls.V1_2),
        (_transit("PLAINTEXT"), True, Inapplicable),
        (_transit("odd"), Reason.SHAPE, Tls.V1_2),
        (_provisioned(), Reason.SHAPE, Reason.SHAPE),
        ({"ClusterType": "SERVERLESS"}, False, Tls.V1_2),
        ({"ClusterType": "EXPRESS"}, Reason.SHAPE, Reason.SHAPE),
        ({}, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_kafka_cluster_in_transit(item: object, plaintext: object, lowest: object) -> None:
    assert told(CLUSTER, EncryptionInTransit.plaintext, item) == plaintext
    assert told(CLUSTER, EncryptionInTransit.minimum_tls, item) == lowest


SEALED = _provisioned(EncryptionInfo={"EncryptionAtRest": {"DataVolumeKMSKeyId": KEY}})


@pytest.mark.parametrize(
    ("item", "key", "owner", "name"),
    [
        (SEALED, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (SEALED, AWS_KEY, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        (SEALED, REFUSED, Reason.REFUSED, KEY),
        (_provisioned(), UNASKED, Reason.NOT_ASKED, Reason.SHAPE),
        ({"ClusterType": "SERVERLESS"}, UNASKED, Reason.UNDECIDED, Reason.UNDECIDED),
    ],
)
def test_a_kafka_cluster_at_rest(item: object, key: object, owner: object, name: object) -> None:
    assert told(CLUSTER, EncryptionAtRest.state, item) is AtRest.ENCRYPTED
    assert told(CLUSTER, EncryptionAtRest.owner, item, {"key": key}) == owner
    assert told(CLUSTER, EncryptionAtRest.key, item, {"key": key}) == name


def _access(kind: object) -> dict[str, Any]:
    return _provisioned(BrokerNodeGroupInfo={"ConnectivityInfo": {"PublicAccess": {"Type": kind}}})


@pytest.mark.parametrize(
    ("item", "public"),
    [
        (_access("DISABLED"), False),
        (_access("SERVICE_PROVIDED_EIPS"), Reason.UNDECIDED),
        (_access("odd"), Reason.SHAPE),
        (_provisioned(), Reason.SHAPE),
        ({"ClusterType": "SERVERLESS"}, False),
    ],
)
def test_a_kafka_cluster_may_have_public_addresses(item: object, public: object) -> None:
    assert told(CLUSTER, Exposure.public, item) == public


def test_logs_of_a_kafka_cluster_are_copies() -> None:
    logs = {
        "CloudWatchLogs": {"Enabled": True, "LogGroup": "/kafka"},
        "Firehose": {"Enabled": True, "DeliveryStream": "out"},
        "S3": {"Enabled": True, "Bucket": "lake"},
    }
    off = {name: {**log, "Enabled": False} for name, log in logs.items()}
    expected = [
        ("log-sink", "aws:eu-west-2", "arn:aws:logs:eu-west-2:111111111111:log-group:/kafka"),
        ("log-sink", "aws:eu-west-2", "arn:aws:firehose:eu-west-2:111111111111:deliverystream/out"),
        ("log-sink", Reason.NOT_ASKED, BUCKET),
    ]
    assert copies(CLUSTER, Location.copies, _provisioned(LoggingInfo={"BrokerLogs": logs})) == expected
    assert copies(CLUSTER, Location.copies, _provisioned(LoggingInfo={"AuthorizerLogs": logs})) == expected
    assert copies(CLUSTER, Location.copies, _provisioned(LoggingInfo={"BrokerLogs": off})) == []
    assert copies(CLUSTER, Location.copies, {"ClusterType": "SERVERLESS"}) == []


def _replicator(target: str, source: object = "arn:far") -> dict[str, Any]:
    clusters = [
        {"KafkaClusterAlias": "a", "AmazonMskCluster": {"MskClusterArn": source}},
        {"KafkaClusterAlias": "b", "AmazonMskCluster": {"MskClusterArn": target}},
    ]
    flows = [{"SourceKafkaClusterAlias": "a", "TargetKafkaClusterAlias": "b"}]
    return {"Replicators": [{"KafkaClustersSummary": clusters, "ReplicationInfoSummaryList": flows}]}


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({"Replicators": []}, []),
        (_replicator(MSK), ["arn:far"]),
        (_replicator(MSK, None), [Reason.UNDECIDED]),
        (_replicator("arn:other"), []),
        ({"Replicators": [{}]}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_what_fills_a_kafka_cluster(reply: object, expected: object) -> None:
    assert refs(CLUSTER, Lineage.origins, {"ClusterArn": MSK}, {"replicators": reply}) == expected


@pytest.mark.parametrize(("tags", "expected"), [({"env": "prod"}, {"env": "prod"}), ({}, {}), (None, Reason.SHAPE)])
def test_tags_of_a_kafka_cluster(tags: object, expected: object) -> None:
    assert told(CLUSTER, Tagging.tags, {"Tags": tags}) == expected
    assert told(CLUSTER, Location.homes, {"ClusterArn": MSK}) == ["aws:eu-west-2"]
