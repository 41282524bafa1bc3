"""From the replies of SQS, SNS, Secrets Manager, the Parameter Store, ECR and KMS to facts."""

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
from scanner.providers.aws.ecr import REPOSITORY
from scanner.providers.aws.kms import KEY as KMS_KEY
from scanner.providers.aws.secrets import SECRET
from scanner.providers.aws.sns import TOPIC
from scanner.providers.aws.sqs import QUEUE
from scanner.providers.aws.ssm import PARAMETER
from tests.scanner.providers.aws.states import ABSENT, AWS_KEY, KEY, OWN_KEY, REFUSED, UNASKED, copies, refs, told

URL = "https://sqs.eu-west-2.amazonaws.com/111111111111/work"
QUEUE_ARN = "arn:aws:sqs:eu-west-2:111111111111:work"
TOPIC_ARN = "arn:aws:sns:eu-west-2:111111111111:news"
SECRET_ARN = "arn:aws:secretsmanager:eu-west-2:111111111111:secret:login-AbCdEf"
TLS_ONLY = {"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
OWNER_ONLY = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:root"}, "Action": "*"}
ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "*"}


def _policy(*statements: object) -> dict[str, object]:
    return {"Statement": list(statements)}


def _queue(**attributes: object) -> dict[str, Any]:
    return {"attributes": {"Attributes": {"QueueArn": QUEUE_ARN, **attributes}}}


@pytest.mark.parametrize(
    ("attributes", "key", "state", "owner", "name"),
    [
        ({"SqsManagedSseEnabled": "true"}, UNASKED, AtRest.ENCRYPTED, KeyOwner.PROVIDER, "provider"),
        ({"SqsManagedSseEnabled": "false"}, UNASKED, AtRest.NONE, Inapplicable, Inapplicable),
        (
            {"SqsManagedSseEnabled": "false", "KmsMasterKeyId": KEY},
            OWN_KEY,
            AtRest.ENCRYPTED,
            KeyOwner.CUSTOMER,
            KEY,
        ),
        (
            {"KmsMasterKeyId": "alias/aws/sqs"},
            AWS_KEY,
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER_IN_ACCOUNT,
            "alias/aws/sqs",
        ),
        ({"KmsMasterKeyId": KEY}, REFUSED, AtRest.ENCRYPTED, Reason.REFUSED, KEY),
        ({}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        ({"SqsManagedSseEnabled": True}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_encryption_of_a_queue(attributes: Any, key: object, state: object, owner: object, name: object) -> None:
    replies = {**_queue(**attributes), "key": key}
    assert told(QUEUE, EncryptionAtRest.state, URL, replies) == state
    assert told(QUEUE, EncryptionAtRest.owner, URL, replies) == owner
    assert told(QUEUE, EncryptionAtRest.key, URL, replies) == name


@pytest.mark.parametrize(
    ("policy", "plaintext", "public"),
    [
        (None, True, False),
        (_policy(OWNER_ONLY), True, False),
        (_policy({**TLS_ONLY, "Action": "sqs:*", "Resource": QUEUE_ARN}), False, False),
        (_policy({**TLS_ONLY, "Action": "sqs:SendMessage", "Resource": QUEUE_ARN}), Reason.UNDECIDED, False),
        (_policy(ANYBODY), True, True),
        ("?", Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_the_policy_of_a_queue(policy: object, plaintext: object, public: object) -> None:
    replies = _queue(Policy=policy)
    assert told(QUEUE, EncryptionInTransit.plaintext, URL, replies) == plaintext
    assert told(QUEUE, Exposure.public, URL, replies) == public


def test_a_queue_whose_attributes_are_refused_tells_nothing() -> None:
    replies = {"attributes": REFUSED, "key": REFUSED}
    for fact in (EncryptionAtRest.state, EncryptionAtRest.owner, EncryptionInTransit.plaintext, Exposure.public):
        assert told(QUEUE, fact, URL, replies) == Reason.REFUSED
    assert told(QUEUE, Location.homes, URL, replies) == [Reason.REFUSED]
    assert told(QUEUE, Location.homes, URL, _queue()) == ["aws:eu-west-2"]
    assert told(QUEUE, Location.copies, URL) == []
    assert told(QUEUE, EncryptionInTransit.minimum_tls, URL) == Tls.V1_2
    assert told(QUEUE, Tagging.tags, URL, {"tags": {"Tags": {"env": "prod"}}}) == {"env": "prod"}
    assert told(QUEUE, Tagging.tags, URL, {"tags": {}}) == {}


TOPIC_ITEM = {"TopicArn": TOPIC_ARN}
NOBODY: dict[str, object] = {"subscriptions": {"Subscriptions": []}}


def _topic(policy: object = None, **attributes: object) -> dict[str, Any]:
    return {"attributes": {"Attributes": {"Policy": policy or _policy(OWNER_ONLY), **attributes}}}


@pytest.mark.parametrize(
    ("replies", "owner", "name", "algorithms"),
    [
        (_topic(), KeyOwner.PROVIDER, "provider", Reason.UNDECIDED),
        (
            {**_topic(KmsMasterKeyId="alias/aws/sns"), "key": AWS_KEY},
            KeyOwner.PROVIDER_IN_ACCOUNT,
            "alias/aws/sns",
            frozenset({"AES-256"}),
        ),
        (
            {**_topic(KmsMasterKeyId=KEY), "key": REFUSED},
            Reason.REFUSED,
            KEY,
            frozenset({"AES-256"}),
        ),
        ({"attributes": REFUSED, "key": REFUSED}, Reason.REFUSED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_encryption_of_a_topic(replies: Any, owner: object, name: object, algorithms: object) -> None:
    assert told(TOPIC, EncryptionAtRest.state, TOPIC_ITEM, replies) == AtRest.ENCRYPTED
    assert told(TOPIC, EncryptionAtRest.owner, TOPIC_ITEM, replies) == owner
    assert told(TOPIC, EncryptionAtRest.key, TOPIC_ITEM, replies) == name
    assert told(TOPIC, EncryptionAtRest.algorithms, TOPIC_ITEM, replies) == algorithms


PUBLISH_TLS = _policy(OWNER_ONLY, {**TLS_ONLY, "Action": "sns:Publish", "Resource": TOPIC_ARN})
BY_HTTPS: dict[str, object] = {"subscriptions": {"Subscriptions": [{"Protocol": "https", "Endpoint": "x"}]}}
BY_HTTP: dict[str, object] = {"subscriptions": {"Subscriptions": [{"Protocol": "http"}]}}


@pytest.mark.parametrize(
    ("replies", "plaintext"),
    [
        ({**_topic(), **NOBODY}, True),
        ({**_topic(PUBLISH_TLS), **NOBODY}, False),
        ({**_topic(PUBLISH_TLS), **BY_HTTPS}, False),
        ({**_topic(PUBLISH_TLS), **BY_HTTP}, True),
        ({**_topic(PUBLISH_TLS), "subscriptions": REFUSED}, Reason.REFUSED),
        ({"attributes": REFUSED, **NOBODY}, Reason.REFUSED),
        ({"attributes": {"Attributes": {}}, **NOBODY}, Reason.SHAPE),
    ],
)
def test_a_topic_takes_and_sends_plaintext(replies: Any, plaintext: object) -> None:
    assert told(TOPIC, EncryptionInTransit.plaintext, TOPIC_ITEM, replies) == plaintext


def test_other_facts_of_a_topic() -> None:
    condition = {"StringEquals": {"AWS:SourceOwner": "111111111111"}}
    assert told(TOPIC, Exposure.public, TOPIC_ITEM, _topic(_policy({**ANYBODY, "Condition": condition}))) is False
    assert told(TOPIC, Exposure.public, TOPIC_ITEM, _topic(_policy(ANYBODY))) is True
    assert told(TOPIC, Location.copies, TOPIC_ITEM, NOBODY) == []
    assert told(TOPIC, Location.copies, TOPIC_ITEM, BY_HTTPS) == [Reason.NOT_ASKED]
    assert told(TOPIC, Location.copies, TOPIC_ITEM, {"subscriptions": REFUSED}) == [Reason.REFUSED]
    assert told(TOPIC, Location.homes, TOPIC_ITEM) == ["aws:eu-west-2"]
    assert told(TOPIC, Tagging.tags, TOPIC_ITEM, {"tags": {"Tags": [{"Key": "a", "Value": "b"}]}}) == {"a": "b"}


# Secrets Manager

ITEM = {"ARN": SECRET_ARN}
FAR = SECRET_ARN.replace("eu-west-2", "us-east-1")
OTHER = FAR.replace("111111111111", "222222222222")


@pytest.mark.parametrize(
    ("item", "key", "owner", "name"),
    [
        (ITEM, UNASKED, KeyOwner.PROVIDER_IN_ACCOUNT, "alias/aws/secretsmanager"),
        ({**ITEM, "KmsKeyId": KEY}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({**ITEM, "KmsKeyId": KEY}, REFUSED, Reason.REFUSED, KEY),
        ({**ITEM, "KmsKeyId": 7}, UNASKED, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_encryption_of_a_secret(item: object, key: object, owner: object, name: object) -> None:
    assert told(SECRET, EncryptionAtRest.state, item) == AtRest.ENCRYPTED
    assert told(SECRET, EncryptionAtRest.owner, item, {"key": key}) == owner
    assert told(SECRET, EncryptionAtRest.key, item, {"key": key}) == name


def _replicas(**replica: object) -> dict[str, object]:
    return {"PrimaryRegion": "eu-west-2", "ReplicationStatus": [{"Region": "us-east-1", "Status": "InSync", **replica}]}


@pytest.mark.parametrize(
    ("reply", "copied", "origins"),
    [
        ({}, [], []),
        (_replicas(), [("replica", "aws:us-east-1", FAR)], []),
        (_replicas(Status="Failed"), [], []),
        (_replicas(Status="Lost"), [Reason.SHAPE], []),
        (_replicas(Region=None), [Reason.SHAPE], []),
        (
            {"CrossAccountReplicas": [{"ReplicaSecretARN": OTHER, "ReplicationStatus": "InSync"}]},
            [("replica", "aws:us-east-1", OTHER)],
            [],
        ),
        ({"CrossAccountReplicas": [{"ReplicaSecretARN": OTHER, "ReplicationStatus": "Failed"}]}, [], []),
        ({"PrimaryRegion": "us-east-1"}, [], [FAR]),
        ({"CrossAccountPrimary": {"PrimarySecretARN": OTHER}}, [], [OTHER]),
        (REFUSED, [Reason.REFUSED], [Reason.REFUSED]),
    ],
)
def test_replicas_of_a_secret(reply: object, copied: object, origins: object) -> None:
    assert copies(SECRET, Location.copies, ITEM, {"secret": reply}) == copied
    assert refs(SECRET, Lineage.origins, ITEM, {"secret": reply}) == origins


@pytest.mark.parametrize(
    ("policy", "public"),
    [
        ({}, False),
        ({"ResourcePolicy": _policy(OWNER_ONLY)}, False),
        ({"ResourcePolicy": _policy(ANYBODY)}, True),
        ({"ResourcePolicy": "?"}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_a_secret_is_open_by_its_policy(policy: object, public: object) -> None:
    assert told(SECRET, Exposure.public, ITEM, {"policy": policy}) == public
    assert told(SECRET, Location.homes, ITEM) == ["aws:eu-west-2"]
    assert told(SECRET, EncryptionInTransit.plaintext, ITEM) is False
    assert told(SECRET, Tagging.tags, {**ITEM, "Tags": [{"Key": "a"}]}) == {"a": ""}


# Parameter Store


@pytest.mark.parametrize(
    ("item", "key", "state", "owner", "name"),
    [
        ({"Type": "SecureString", "KeyId": KEY}, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        (
            {"Type": "SecureString", "KeyId": "alias/aws/ssm"},
            AWS_KEY,
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER_IN_ACCOUNT,
            "alias/aws/ssm",
        ),
        ({"Type": "SecureString"}, UNASKED, AtRest.ENCRYPTED, Reason.NOT_ASKED, Reason.SHAPE),
        ({"Type": "String"}, UNASKED, Reason.UNDECIDED, Reason.UNDECIDED, Reason.UNDECIDED),
        ({"Type": "StringList"}, UNASKED, Reason.UNDECIDED, Reason.UNDECIDED, Reason.UNDECIDED),
        ({"Type": "Tree"}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        ({"Type": "SecureString", "KeyId": KEY}, REFUSED, AtRest.ENCRYPTED, Reason.REFUSED, KEY),
    ],
)
def test_encryption_of_a_parameter(item: object, key: object, state: object, owner: object, name: object) -> None:
    assert told(PARAMETER, EncryptionAtRest.state, item) == state
    assert told(PARAMETER, EncryptionAtRest.owner, item, {"key": key}) == owner
    assert told(PARAMETER, EncryptionAtRest.key, item) == name
    ciphers = told(PARAMETER, EncryptionAtRest.algorithms, item)
    assert ciphers == (frozenset({"AES-256"}) if state is AtRest.ENCRYPTED else state)


@pytest.mark.parametrize(
    ("tier", "public"),
    [("Standard", False), ("Advanced", Reason.NOT_ASKED), ("Gold", Reason.SHAPE), (None, Reason.SHAPE)],
)
def test_only_advanced_parameters_can_be_shared(tier: object, public: object) -> None:
    item = {"Tier": tier, "ARN": "arn:aws:ssm:eu-west-2:111111111111:parameter/a"}
    assert told(PARAMETER, Exposure.public, item) == public
    assert told(PARAMETER, Location.homes, item) == ["aws:eu-west-2"]
    assert told(PARAMETER, Tagging.tags, item, {"tags": {"TagList": [{"Key": "a", "Value": "b"}]}}) == {"a": "b"}


# ECR

REPO = {
    "repositoryArn": "arn:aws:ecr:eu-west-2:111111111111:repository/shop/web",
    "repositoryName": "shop/web",
    "encryptionConfiguration": {"encryptionType": "KMS", "kmsKey": KEY},
}


def _rules(**rule: object) -> dict[str, object]:
    target = {"region": "us-east-1", "registryId": "222222222222"}
    return {"replicationConfiguration": {"rules": [{"destinations": [target], **rule}]}}


THERE = ("replica", "aws:us-east-1", "arn:aws:ecr:us-east-1:222222222222:repository/shop/web")


@pytest.mark.parametrize(
    ("reply", "copied"),
    [
        ({"replicationConfiguration": {"rules": []}}, []),
        (_rules(), [THERE]),
        (_rules(repositoryFilters=[]), [THERE]),
        (_rules(repositoryFilters=[{"filter": "shop/", "filterType": "PREFIX_MATCH"}]), [THERE]),
        (_rules(repositoryFilters=[{"filter": "web"}]), []),
        (_rules(repositoryFilters=[{"filter": None}]), [Reason.SHAPE]),
        (_rules(destinations=None), [Reason.SHAPE]),
        ({}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_copies_of_a_repository(reply: object, copied: object) -> None:
    assert copies(REPOSITORY, Location.copies, REPO, {"registry": reply}) == copied


@pytest.mark.parametrize(
    ("form", "owner", "name"),
    [
        ({"encryptionType": "AES256"}, KeyOwner.PROVIDER, "provider"),
        ({"encryptionType": "KMS", "kmsKey": KEY}, KeyOwner.CUSTOMER, KEY),
        ({"encryptionType": "KMS_DSSE", "kmsKey": KEY}, KeyOwner.CUSTOMER, KEY),
        ({"encryptionType": "ROT13"}, Reason.SHAPE, Reason.SHAPE),
        (None, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_encryption_of_a_repository(form: object, owner: object, name: object) -> None:
    item = {**REPO, "encryptionConfiguration": form}
    assert told(REPOSITORY, EncryptionAtRest.owner, item, {"key": OWN_KEY}) == owner
    assert told(REPOSITORY, EncryptionAtRest.key, item) == name


@pytest.mark.parametrize(
    ("policy", "registry", "public"),
    [
        (ABSENT, ABSENT, False),
        ({"policyText": _policy(ANYBODY)}, REFUSED, True),
        ({}, ABSENT, Reason.SHAPE),
        (REFUSED, ABSENT, Reason.REFUSED),
        (ABSENT, {"policyText": _policy(ANYBODY)}, Reason.UNDECIDED),
        (ABSENT, {}, Reason.SHAPE),
        (ABSENT, REFUSED, Reason.REFUSED),
    ],
)
def test_a_repository_is_open_by_its_policy_or_its_registry(policy: object, registry: object, public: object) -> None:
    assert told(REPOSITORY, Exposure.public, REPO, {"policy": policy, "permissions": registry}) == public
    assert told(REPOSITORY, Location.homes, REPO) == ["aws:eu-west-2"]
    assert told(REPOSITORY, Lineage.origins, REPO) == [Reason.NOT_ASKED]
    assert told(REPOSITORY, Tagging.tags, REPO, {"tags": {"tags": [{"Key": "a", "Value": "b"}]}}) == {"a": "b"}


# KMS

KEY_ITEM = {"KeyArn": KEY, "KeyId": "1"}
FAR_KEY = "arn:aws:kms:us-east-1:111111111111:key/1"


def _key(origin: object = "AWS_KMS", *, several: object = True, primary: str = KEY) -> dict[str, Any]:
    replicas = [{"Arn": KEY, "Region": "eu-west-2"}, {"Arn": FAR_KEY, "Region": "us-east-1"}]
    regions = {"PrimaryKey": {"Arn": primary}, "ReplicaKeys": replicas}
    return {"KeyMetadata": {"Origin": origin, "MultiRegion": several, "MultiRegionConfiguration": regions}}


@pytest.mark.parametrize(
    ("reply", "homes", "copied", "origins"),
    [
        (_key(several=False), ["aws:eu-west-2"], [], []),
        (_key(), ["aws:eu-west-2"], [("replica", "aws:us-east-1", FAR_KEY)], []),
        (_key(primary=FAR_KEY), ["aws:eu-west-2"], [("replica", "aws:us-east-1", FAR_KEY)], [FAR_KEY]),
        (_key("EXTERNAL_KEY_STORE", several=False), [Reason.UNDECIDED], [], []),
        (_key("MOON", several=None), [Reason.SHAPE], [Reason.SHAPE], [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED], [Reason.REFUSED], [Reason.REFUSED]),
    ],
)
def test_where_a_key_and_its_replicas_are(reply: object, homes: object, copied: object, origins: object) -> None:
    assert told(KMS_KEY, Location.homes, KEY_ITEM, {"key": reply}) == homes
    assert copies(KMS_KEY, Location.copies, KEY_ITEM, {"key": reply}) == copied
    assert refs(KMS_KEY, Lineage.origins, KEY_ITEM, {"key": reply}) == origins


def test_policy_and_tags_of_a_key() -> None:
    condition = {"StringEquals": {"kms:CallerAccount": "111111111111", "kms:ViaService": "s3.eu-west-2.amazonaws.com"}}
    via = _policy({**ANYBODY, "Principal": {"AWS": "*"}, "Condition": condition})
    assert told(KMS_KEY, Exposure.public, KEY_ITEM, {"policy": {"Policy": via}}) is False
    assert told(KMS_KEY, Exposure.public, KEY_ITEM, {"policy": {"Policy": _policy(ANYBODY)}}) is True
    assert told(KMS_KEY, Exposure.public, KEY_ITEM, {"policy": REFUSED}) == Reason.REFUSED
    tags = {"Tags": [{"TagKey": "env", "TagValue": "prod"}]}
    assert told(KMS_KEY, Tagging.tags, KEY_ITEM, {"tags": tags}) == {"env": "prod"}
    assert told(KMS_KEY, Tagging.tags, KEY_ITEM, {"tags": {}}) == Reason.SHAPE
