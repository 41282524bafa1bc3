"""From the replies of SageMaker AI to facts."""

from __future__ import annotations

import pytest

from scanner.collect.model import ResourceType
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
    Tls,
)
from scanner.providers.aws.sagemaker import DOMAIN, NOTEBOOK
from tests.scanner.providers.aws.states import AWS_KEY, KEY, OWN_KEY, REFUSED, UNASKED, copies, refs, told

BOTH = pytest.mark.parametrize(
    ("kind", "item"),
    [
        (NOTEBOOK, {"NotebookInstanceArn": "arn:aws:sagemaker:eu-west-2:111111111111:notebook-instance/n"}),
        (DOMAIN, {"DomainArn": "arn:aws:sagemaker:eu-west-2:111111111111:domain/d-1"}),
    ],
    ids=["notebook", "domain"],
)


@pytest.mark.parametrize(
    ("reply", "key", "owner", "name"),
    [
        ({"KmsKeyId": KEY}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({"KmsKeyId": KEY}, AWS_KEY, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        ({}, UNASKED, Reason.NOT_ASKED, Reason.SHAPE),
        (REFUSED, REFUSED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_the_key_of_a_notebook_instance(reply: object, key: object, owner: object, name: object) -> None:
    replies = {"notebook": reply, "key": key}
    assert told(NOTEBOOK, EncryptionAtRest.owner, {}, replies) == owner
    assert told(NOTEBOOK, EncryptionAtRest.key, {}, replies) == name


@pytest.mark.parametrize(
    ("reply", "key", "owner", "name"),
    [
        ({"KmsKeyId": KEY}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({}, UNASKED, KeyOwner.PROVIDER_IN_ACCOUNT, "alias/aws/elasticfilesystem"),
        ({"HomeEfsFileSystemKmsKeyId": KEY}, UNASKED, Reason.NOT_ASKED, Reason.NOT_ASKED),
        ({"KmsKeyId": KEY, "HomeEfsFileSystemKmsKeyId": KEY}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({"KmsKeyId": 7}, UNASKED, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, REFUSED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_the_key_of_a_domain(reply: object, key: object, owner: object, name: object) -> None:
    replies = {"domain": reply, "key": key}
    assert told(DOMAIN, EncryptionAtRest.owner, {}, replies) == owner
    assert told(DOMAIN, EncryptionAtRest.key, {}, replies) == name


@BOTH
def test_what_both_answer_alike(kind: ResourceType, item: object) -> None:
    assert told(kind, Location.homes, item) == ["aws:eu-west-2"]
    assert told(kind, Location.homes, {}) == [Reason.SHAPE]
    assert told(kind, EncryptionAtRest.state, item) is AtRest.ENCRYPTED
    assert told(kind, EncryptionInTransit.plaintext, item) is False
    assert told(kind, EncryptionInTransit.minimum_tls, item) is Tls.V1_2
    assert told(kind, Exposure.public, item) is False
    assert refs(kind, Lineage.origins, item) == [Reason.NOT_ASKED]
    assert told(kind, Tagging.tags, item, {"tags": {"Tags": [{"Key": "env", "Value": "prod"}]}}) == {"env": "prod"}
    assert told(kind, Tagging.tags, item, {"tags": {}}) is Reason.SHAPE
    assert told(kind, Tagging.tags, item, {"tags": REFUSED}) is Reason.REFUSED


def test_what_they_do_not() -> None:
    assert copies(NOTEBOOK, Location.copies, {}) == []
    assert copies(DOMAIN, Location.copies, {}) == [Reason.NOT_ASKED]
    assert told(NOTEBOOK, EncryptionAtRest.algorithms, {}) is Reason.UNDECIDED
    assert told(DOMAIN, EncryptionAtRest.algorithms, {}) == frozenset({"AES-256"})
