"""From the replies of S3 Tables to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Location,
    Reason,
    Tagging,
    Tls,
    Trust,
)
from scanner.providers.aws.s3_tables import BUCKET
from tests.scanner.providers.aws.states import FAILED, KEY, OWN_KEY, REFUSED, UNASKED, absent, copies, refs, told

ARN = "arn:aws:s3tables:eu-west-2:111111111111:bucket/lake"
ITEM = {"arn": ARN, "name": "lake"}
THERE = "arn:aws:s3tables:us-east-1:222222222222:bucket/lake"
NOTHING = absent("NotFoundException")
ONE = {"tables": [{"tableARN": f"{ARN}/table/1"}]}


def _rules(*targets: object) -> dict[str, Any]:
    destinations = [{"destinationTableBucketARN": each} for each in targets]
    return {"configuration": {"rules": [{"destinations": destinations}]}}


@pytest.mark.parametrize(
    ("reply", "tables", "replicated", "expected"),
    [
        (NOTHING, {"tables": []}, UNASKED, []),
        (_rules(THERE), {"tables": []}, UNASKED, [("replica", "aws:us-east-1", THERE)]),
        (_rules(THERE, THERE), {"tables": []}, UNASKED, [("replica", "aws:us-east-1", THERE)]),
        (_rules("lake"), {"tables": []}, UNASKED, [("replica", Reason.SHAPE, "lake")]),
        (NOTHING, ONE, [{"absent": "NotFoundException"}], []),
        (NOTHING, ONE, [{"body": _rules(THERE)}], [("replica", "aws:us-east-1", THERE)]),
        (
            NOTHING,
            ONE,
            [{"absent": "NotFoundException"}, {"body": _rules(THERE)}],
            [("replica", "aws:us-east-1", THERE)],
        ),
        # What is known of one is told, though that of another was not.
        (
            NOTHING,
            ONE,
            [{"body": _rules(THERE)}, {"refused": "X"}],
            [("replica", "aws:us-east-1", THERE), Reason.REFUSED],
        ),
        (NOTHING, ONE, [{"failed": "time-out"}], [Reason.FAILED]),
        (NOTHING, ONE, [{"body": {}}], [Reason.SHAPE]),
        (NOTHING, ONE, REFUSED, [Reason.REFUSED]),
        (_rules(THERE), REFUSED, REFUSED, [("replica", "aws:us-east-1", THERE), Reason.REFUSED]),
        ({}, {"tables": []}, UNASKED, [Reason.SHAPE]),
        (REFUSED, {"tables": []}, UNASKED, [Reason.REFUSED]),
        (FAILED, ONE, [{"body": _rules(THERE)}], [("replica", "aws:us-east-1", THERE), Reason.FAILED]),
    ],
)
def test_replicas_of_a_table_bucket_and_of_its_tables(
    reply: object, tables: object, replicated: object, expected: object
) -> None:
    replies = {"replication": reply, "tables": tables, "replicated": replicated}
    assert copies(BUCKET, Location.copies, ITEM, replies) == expected


def _sealed(form: object, key: object = None) -> dict[str, Any]:
    return {"encryptionConfiguration": {"sseAlgorithm": form, "kmsKeyArn": key}}


@pytest.mark.parametrize(
    ("reply", "key", "owner", "name"),
    [
        (_sealed("AES256"), UNASKED, KeyOwner.PROVIDER, "provider"),
        (_sealed("aws:kms", KEY), OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (_sealed("aws:kms"), UNASKED, Reason.NOT_ASKED, Reason.SHAPE),
        (_sealed("rot13"), UNASKED, Reason.SHAPE, Reason.SHAPE),
        ({}, UNASKED, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, REFUSED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_the_key_of_a_table_bucket(reply: object, key: object, owner: object, name: object) -> None:
    replies = {"encryption": reply, "key": key}
    assert told(BUCKET, EncryptionAtRest.owner, ITEM, replies) == owner
    assert told(BUCKET, EncryptionAtRest.key, ITEM, replies) == name


STATEMENT = {"Effect": "Allow", "Principal": {"AWS": "222222222222"}, "Action": "s3tables:*", "Resource": "*"}


@pytest.mark.parametrize(
    ("reply", "grantees"),
    [
        (NOTHING, [Reason.NOT_ASKED]),
        ({"resourcePolicy": {"Statement": [STATEMENT]}}, ["222222222222", Reason.NOT_ASKED]),
        ({}, [Reason.NOT_ASKED, Reason.SHAPE]),
        (REFUSED, [Reason.NOT_ASKED, Reason.REFUSED]),
    ],
)
def test_whom_the_policy_of_a_table_bucket_lets_in(reply: object, grantees: object) -> None:
    assert refs(BUCKET, Trust.grantees, ITEM, {"policy": reply}) == grantees


def test_a_table_bucket() -> None:
    assert told(BUCKET, Location.homes, ITEM) == ["aws:eu-west-2"]
    assert told(BUCKET, Location.homes, {"arn": "lake"}) == [Reason.SHAPE]
    assert told(BUCKET, EncryptionAtRest.state, ITEM) is AtRest.ENCRYPTED
    assert told(BUCKET, EncryptionInTransit.plaintext, ITEM) is False
    assert told(BUCKET, EncryptionInTransit.minimum_tls, ITEM) is Tls.V1_2
    assert told(BUCKET, Exposure.public, ITEM) is False
    assert told(BUCKET, Tagging.tags, ITEM, {"tags": {"tags": {"env": "prod"}}}) == {"env": "prod"}
    assert told(BUCKET, Tagging.tags, ITEM, {"tags": {}}) is Reason.SHAPE
    assert told(BUCKET, Tagging.tags, ITEM, {"tags": REFUSED}) is Reason.REFUSED
