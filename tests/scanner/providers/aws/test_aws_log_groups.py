"""From the replies of CloudWatch Logs to the facts of a log group."""

from __future__ import annotations

import pytest

from scanner.facts import (
    FOREVER,
    AtRest,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    KeyOwner,
    Location,
    LogStore,
    Reason,
    Tls,
)
from scanner.providers.aws.logs import GROUP
from tests.scanner.providers.aws.states import KEY, Replies, told

LOG = {"arn": "arn:aws:logs:eu-west-2:111111111111:log-group:/app:*"}


@pytest.mark.parametrize(
    ("change", "retention"),
    [
        ({}, [FOREVER]),
        ({"retentionInDays": 30}, [Duration.of(30)]),
        ({"retentionInDays": 30, "logGroupClass": "STANDARD"}, [Duration.of(30)]),
        ({"logGroupClass": "INFREQUENT_ACCESS"}, [FOREVER]),
        ({"logGroupClass": "DELIVERY"}, [Duration.of(1)]),
        ({"logGroupClass": "NEW"}, [Reason.SHAPE]),
        ({"retentionInDays": "some"}, [Reason.SHAPE]),
    ],
)
def test_retention_of_a_log_group(change: Replies, retention: object) -> None:
    replies: Replies = {"retentions": {"accountPolicies": []}}
    assert told(GROUP, LogStore.retention, {**LOG, **change}, replies) == retention


@pytest.mark.parametrize(
    ("item", "owner", "key"),
    [
        ({}, KeyOwner.PROVIDER, "provider"),
        ({"kmsKeyId": KEY}, KeyOwner.CUSTOMER, KEY),
    ],
)
def test_key_of_a_log_group(item: object, owner: object, key: object) -> None:
    assert told(GROUP, EncryptionAtRest.owner, item) == owner
    assert told(GROUP, EncryptionAtRest.key, item) == key
    assert told(GROUP, EncryptionAtRest.state, item) == AtRest.ENCRYPTED
    assert told(GROUP, EncryptionInTransit.plaintext, item) is False
    assert told(GROUP, EncryptionInTransit.minimum_tls, item) is Tls.V1_2


def test_a_log_group_is_named_without_its_arn() -> None:
    """Replies from before November 2022 have no logGroupArn."""
    assert GROUP.id == "arn:{@partition}:logs:{@region}:{@account}:log-group:{/logGroupName}"


def test_home_of_a_log_group() -> None:
    assert told(GROUP, Location.homes, LOG) == ["aws:eu-west-2"]
    assert told(GROUP, Location.homes, {"arn": "/app"}) == [Reason.SHAPE]
