"""From the replies about directory buckets to facts."""

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
    Tls,
    Trust,
)
from scanner.providers.aws.s3_express import BUCKET
from tests.scanner.providers.aws.states import AWS_KEY, KEY, OWN_KEY, REFUSED, UNASKED, absent, copies, refs, told

ITEM = {"Name": "cache--euw2-az1--x-s3"}
NO_POLICY = absent("NoSuchBucketPolicy")


def _zone(zone: object, name: object) -> dict[str, Any]:
    return {"ZoneId": zone, "ZoneName": name}


ZONES = {
    "AvailabilityZones": [
        _zone("euw2-az2", "eu-west-2a"),
        _zone("euw2-az1", "eu-west-2b"),
        _zone("euc1-ist1-az1", "eu-central-1-ist-1a"),
        _zone("usw2-lax1-az1", "us-west-2-lax-1a"),
    ]
}


@pytest.mark.parametrize(
    ("name", "zones", "home"),
    [
        ("cache--euw2-az1--x-s3", ZONES, "aws:eu-west-2"),
        # A base name may have two hyphens of its own: the zone is what stands last.
        ("my--cache--euw2-az1--x-s3", ZONES, "aws:eu-west-2"),
        # Istanbul is not where the region is, Los Angeles is not in the table: neither is taken for its region.
        ("cache--euc1-ist1-az1--x-s3", ZONES, "aws:eu-central-1-ist-1"),
        ("cache--usw2-lax1-az1--x-s3", ZONES, "aws:us-west-2-lax-1a"),
        ("cache--euw2-az9--x-s3", ZONES, Reason.UNDECIDED),
        ("cache--euw2-az1--x-s3", {"AvailabilityZones": []}, Reason.UNDECIDED),
        ("cache--euw2-az1--x-s3", {"AvailabilityZones": [_zone("euw2-az1", None)]}, Reason.SHAPE),
        ("cache--euw2-az1--x-s3", {}, Reason.SHAPE),
        ("cache--euw2-az1--x-s3", REFUSED, Reason.REFUSED),
        ("cache", ZONES, Reason.SHAPE),
        (None, ZONES, Reason.SHAPE),
    ],
)
def test_a_directory_bucket_is_where_its_zone_is(name: object, zones: object, home: object) -> None:
    assert told(BUCKET, Location.homes, {"Name": name}, {"zones": zones}) == [home]


def _rules(*rules: object) -> dict[str, Any]:
    return {"ServerSideEncryptionConfiguration": {"Rules": list(rules)}}


def _rule(form: object, key: object = None) -> dict[str, Any]:
    return {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": form, "KMSMasterKeyID": key}}


@pytest.mark.parametrize(
    ("reply", "key", "owner", "name"),
    [
        (_rules(_rule("AES256")), UNASKED, KeyOwner.PROVIDER, "provider"),
        (_rules(_rule("aws:kms", KEY)), OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (_rules(_rule("aws:kms", KEY)), AWS_KEY, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        (_rules(_rule("aws:kms", KEY)), REFUSED, Reason.REFUSED, KEY),
        (_rules(_rule("aws:kms")), UNASKED, Reason.SHAPE, Reason.SHAPE),
        (_rules(_rule("aws:kms:dsse", KEY)), OWN_KEY, Reason.SHAPE, Reason.SHAPE),
        (_rules(), UNASKED, Reason.SHAPE, Reason.SHAPE),
        (_rules(_rule("AES256"), _rule("aws:kms", KEY)), OWN_KEY, Reason.SHAPE, Reason.SHAPE),
        ({}, UNASKED, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, REFUSED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_the_key_of_a_directory_bucket(reply: object, key: object, owner: object, name: object) -> None:
    replies = {"encryption": reply, "key": key}
    assert told(BUCKET, EncryptionAtRest.owner, ITEM, replies) == owner
    assert told(BUCKET, EncryptionAtRest.key, ITEM, replies) == name
    assert told(BUCKET, EncryptionAtRest.state, ITEM, replies) is AtRest.ENCRYPTED
    assert told(BUCKET, EncryptionAtRest.algorithms, ITEM, replies) == frozenset({"AES-256"})


def _let_in(principal: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3express:CreateSession", "Resource": "*"}
    return {"Policy": {"Statement": [statement]}}


@pytest.mark.parametrize(
    ("reply", "grantees"),
    [
        (NO_POLICY, []),
        (_let_in({"AWS": "222222222222"}), ["222222222222"]),
        (_let_in({"AWS": "111111111111"}), []),
        (_let_in({"Service": "cloudfront.amazonaws.com"}), []),
        ({}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_whom_the_policy_of_a_directory_bucket_lets_in(reply: object, grantees: object) -> None:
    assert refs(BUCKET, Trust.grantees, ITEM, {"policy": reply}) == grantees


@pytest.mark.parametrize(
    ("reply", "tags"),
    [
        ({"Tags": [{"Key": "env", "Value": "prod"}]}, {"env": "prod"}),
        ({"Tags": []}, {}),
        ({}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
        (UNASKED, Reason.NOT_ASKED),
    ],
)
def test_tags_of_a_directory_bucket(reply: object, tags: object) -> None:
    assert told(BUCKET, Tagging.tags, ITEM, {"tags": reply}) == tags


def test_what_holds_for_every_directory_bucket() -> None:
    assert told(BUCKET, Exposure.public, ITEM) is False
    assert told(BUCKET, EncryptionInTransit.plaintext, ITEM) is False
    assert told(BUCKET, EncryptionInTransit.minimum_tls, ITEM) is Tls.V1_2
    assert copies(BUCKET, Location.copies, ITEM) == []
    assert refs(BUCKET, Lineage.origins, ITEM) == [Reason.NOT_ASKED]
