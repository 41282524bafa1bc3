"""From the replies of RDS and DynamoDB about exports to S3 to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    KeyOwner,
    Lineage,
    Location,
    Reason,
)
from scanner.providers.aws.exports import OF_DYNAMODB, OF_RDS
from tests.scanner.providers.aws.states import (
    KEY,
    OWN_KEY,
    REFUSED,
    UNASKED,
    copies,
    encryption,
    refs,
    told,
)

AES = frozenset({"AES-256"})
SNAPSHOT = "arn:aws:rds:eu-west-2:111111111111:snapshot:orders"
TABLE = "arn:aws:dynamodb:eu-west-2:111111111111:table/orders"


@pytest.mark.parametrize(
    ("item", "key", "owner", "name"),
    [
        ({"KmsKeyId": KEY}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({"KmsKeyId": KEY}, REFUSED, Reason.REFUSED, KEY),
        ({}, UNASKED, Reason.NOT_ASKED, Reason.SHAPE),
    ],
)
def test_an_export_of_rds_at_rest(item: object, key: object, owner: object, name: object) -> None:
    assert encryption(OF_RDS, item, {"key": key}) == (AtRest.ENCRYPTED, owner, AES)
    assert told(OF_RDS, EncryptionAtRest.key, item, {"key": key}) == name


def test_an_export_of_rds_lies_in_a_bucket_of_its_region() -> None:
    item = {"S3Bucket": "example-exports", "SourceArn": SNAPSHOT, "Status": "COMPLETE"}
    assert told(OF_RDS, Location.homes, item) == []
    assert copies(OF_RDS, Location.copies, item) == [("backup", "aws:eu-west-2", "arn:aws:s3:::example-exports")]
    assert copies(OF_RDS, Location.copies, {}) == [Reason.SHAPE]
    assert refs(OF_RDS, Lineage.origins, item) == [SNAPSHOT]
    assert refs(OF_RDS, Lineage.origins, {}) == [Reason.SHAPE]


DONE = {"ExportStatus": "COMPLETED"}


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("STARTING", "backup"),
        ("in_progress", "backup"),
        ("COMPLETED", "backup"),
        ("CANCELING", Reason.UNDECIDED),
        ("CANCELED", Reason.UNDECIDED),
        ("FAILED", Reason.UNDECIDED),
        ("odd", Reason.SHAPE),
        (None, Reason.SHAPE),
    ],
)
def test_what_an_export_that_was_not_finished_left_is_not_told(status: object, found: object) -> None:
    item = {"S3Bucket": "example-exports", "Status": status, "ExportStatus": status}
    for kind in (OF_RDS, OF_DYNAMODB):
        (told,) = copies(kind, Location.copies, item, {"export": _export()} if kind is OF_DYNAMODB else {})
        assert (told[0] if isinstance(told, tuple) else told) == found


def _export(**fields: object) -> dict[str, Any]:
    return {"ExportDescription": {"S3Bucket": "example-exports", "TableArn": TABLE, **fields}}


@pytest.mark.parametrize(
    ("export", "key", "owner", "name"),
    [
        (_export(S3SseAlgorithm="AES256"), UNASKED, KeyOwner.PROVIDER, "provider"),
        (_export(S3SseAlgorithm="KMS", S3SseKmsKeyId=KEY), OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (_export(S3SseAlgorithm="KMS", S3SseKmsKeyId=KEY), REFUSED, Reason.REFUSED, KEY),
        (_export(S3SseAlgorithm="KMS"), UNASKED, Reason.NOT_ASKED, Reason.SHAPE),
        (_export(S3SseAlgorithm="odd"), UNASKED, Reason.SHAPE, Reason.SHAPE),
        (_export(), UNASKED, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, UNASKED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_an_export_of_dynamodb_at_rest(export: object, key: object, owner: object, name: object) -> None:
    replies = {"export": export, "key": key}
    assert encryption(OF_DYNAMODB, {}, replies) == (AtRest.ENCRYPTED, owner, AES)
    assert told(OF_DYNAMODB, EncryptionAtRest.key, {}, replies) == name


@pytest.mark.parametrize(
    ("export", "expected", "origins"),
    [
        (_export(), [("backup", Reason.NOT_ASKED, "arn:aws:s3:::example-exports")], [TABLE]),
        (_export(S3Bucket=None, TableArn=None), [Reason.SHAPE], [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED], [Reason.REFUSED]),
    ],
)
def test_an_export_of_dynamodb_lies_in_any_bucket(export: object, expected: object, origins: object) -> None:
    assert copies(OF_DYNAMODB, Location.copies, DONE, {"export": export}) == expected
    assert refs(OF_DYNAMODB, Lineage.origins, {}, {"export": export}) == origins
    assert told(OF_DYNAMODB, Location.homes, {}) == []
