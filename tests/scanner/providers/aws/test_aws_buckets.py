"""From the replies of S3 to the facts of a bucket."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.model import projections
from scanner.facts import (
    Absent,
    AtRest,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Known,
    Location,
    Reason,
    Refused,
    Tls,
    Unknown,
)
from scanner.providers.aws.s3 import BUCKET
from tests.scanner.providers.aws.states import KEY, REFUSED, UNASKED, Replies, absent, ciphers, encryption, state, told

BLOCKED = {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": True, "RestrictPublicBuckets": True}}
OPEN = {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": False, "RestrictPublicBuckets": False}}
NO_BLOCK = absent("NoSuchPublicAccessBlockConfiguration")
ANYBODY = {"Grants": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers"}}]}
ANY_ACCOUNT = {"Grants": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"}}]}
LOG_DELIVERY = {"Grants": [{"Grantee": {"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"}}]}
OWNER_ONLY = {"Grants": [{"Grantee": {"ID": "1"}}]}
ENFORCED = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}}
WRITER = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
NOT_PUBLIC: Replies = {
    "status": {"PolicyStatus": {"IsPublic": False}},
    "block": OPEN,
    "account": NO_BLOCK,
    "acl": OWNER_ONLY,
    "ownership": ENFORCED,
    "policy": absent("NoSuchBucketPolicy"),
}
DELEGATED = {
    "Policy": {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": "*",
            "Condition": {"StringEquals": {"s3:DataAccessPointAccount": "111111111111"}},
        }
    }
}
BUCKET_ARN = "arn:aws:s3:::data"
DENY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [BUCKET_ARN, f"{BUCKET_ARN}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def _sse(algorithm: object, key: object = None) -> object:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm, "KMSMasterKeyID": key}}
    return {"ServerSideEncryptionConfiguration": {"Rules": [rule]}}


@pytest.mark.parametrize(
    ("reply", "state", "owner", "key"),
    [
        (_sse("AES256"), AtRest.ENCRYPTED, KeyOwner.PROVIDER, "provider"),
        (_sse("aws:kms"), AtRest.ENCRYPTED, KeyOwner.PROVIDER_IN_ACCOUNT, "alias/aws/s3"),
        (_sse("aws:kms", "alias/aws/s3"), AtRest.ENCRYPTED, KeyOwner.PROVIDER_IN_ACCOUNT, "alias/aws/s3"),
        (_sse("aws:kms:dsse", "alias/ours"), AtRest.ENCRYPTED, KeyOwner.CUSTOMER, "alias/ours"),
        (
            _sse("aws:kms", "arn:aws:kms:eu-west-2:111111111111:alias/ours"),
            AtRest.ENCRYPTED,
            KeyOwner.CUSTOMER,
            "arn:aws:kms:eu-west-2:111111111111:alias/ours",
        ),
        (
            _sse("aws:kms", "arn:aws:kms:eu-west-2:111111111111:alias/aws/s3"),
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER_IN_ACCOUNT,
            "arn:aws:kms:eu-west-2:111111111111:alias/aws/s3",
        ),
        (
            _sse("aws:kms", KEY),
            AtRest.ENCRYPTED,
            Reason.UNDECIDED,
            KEY,
        ),
        (_sse("rot13"), Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (_sse(None), Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        ({}, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        ({"ServerSideEncryptionConfiguration": {"Rules": []}}, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, Reason.REFUSED, Reason.REFUSED, Reason.REFUSED),
        (absent("ServerSideEncryptionConfigurationNotFoundError"), AtRest.NONE, Inapplicable, Inapplicable),
    ],
)
def test_default_encryption_of_a_bucket(reply: object, state: object, owner: object, key: object) -> None:
    replies = {"encryption": reply}
    assert encryption(BUCKET, {}, replies) == (state, owner, ciphers(state))
    assert told(BUCKET, EncryptionAtRest.key, {}, replies) == key


def test_of_several_rules_the_weakest_key_counts_and_all_are_named() -> None:
    rules = [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/ours"}},
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}},
    ]
    replies = {"encryption": {"ServerSideEncryptionConfiguration": {"Rules": rules}}}
    assert told(BUCKET, EncryptionAtRest.owner, {}, replies) == KeyOwner.PROVIDER
    assert told(BUCKET, EncryptionAtRest.key, {}, replies) == "alias/ours, provider"


@pytest.mark.parametrize(
    ("item", "location", "homes"),
    [
        ({"BucketRegion": "eu-west-2"}, UNASKED, ["aws:eu-west-2"]),
        ({}, {"LocationConstraint": "eu-central-1"}, ["aws:eu-central-1"]),
        ({}, {"LocationConstraint": None}, ["aws:us-east-1"]),
        ({}, {}, ["aws:us-east-1"]),
        ({}, {"LocationConstraint": "EU"}, ["aws:eu-west-1"]),
        ({}, REFUSED, [Reason.REFUSED]),
        ({"BucketRegion": 7}, UNASKED, [Reason.SHAPE]),
    ],
)
def test_home_of_a_bucket(item: object, location: object, homes: object) -> None:
    assert told(BUCKET, Location.homes, item, {"location": location}) == homes


def _rule(status: str, bucket: str | None) -> dict[str, object]:
    return {"Status": status, "Destination": {"Bucket": bucket}}


@pytest.mark.parametrize(
    ("reply", "refs"),
    [
        (absent("ReplicationConfigurationNotFoundError"), []),
        ({"ReplicationConfiguration": {"Rules": [_rule("Enabled", "arn:aws:s3:::b")]}}, ["arn:aws:s3:::b"]),
        ({"ReplicationConfiguration": {"Rules": [_rule("Enabled", "arn:aws:s3:::b")] * 2}}, ["arn:aws:s3:::b"]),
        ({"ReplicationConfiguration": {"Rules": [_rule("Disabled", "arn:aws:s3:::b")]}}, []),
        ({"ReplicationConfiguration": {"Rules": [_rule("Enabled", None)]}}, [Reason.SHAPE]),
        ({"ReplicationConfiguration": {"Rules": [_rule("Later", "arn:aws:s3:::b")]}}, [Reason.SHAPE]),
        ({}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_copies_of_a_bucket_are_its_replicas(reply: object, refs: list[object]) -> None:
    found = told(BUCKET, Location.copies, {}, {"replication": reply, "logging": {}})
    assert isinstance(found, list)
    assert [getattr(each, "ref", each) for each in found] == refs
    assert all(
        each.kind is CopyKind.REPLICA and isinstance(each.place, Unknown) for each in found if hasattr(each, "ref")
    )


def _deny(**change: object) -> dict[str, object]:
    return {**DENY, **change}


@pytest.mark.parametrize(
    ("policy", "plaintext"),
    [
        (absent("NoSuchBucketPolicy"), True),
        ([DENY], False),
        (DENY, False),
        ([_deny(Principal={"AWS": "*"})], False),
        ([_deny(Principal={"AWS": ["*"]})], False),
        ([_deny(Action="*")], False),
        ([_deny(Action=["S3:*"])], False),
        ([_deny(Resource="*")], False),
        ([_deny(Resource=f"{BUCKET_ARN}*")], False),
        ([_deny(Condition={"BoolIfExists": {"AWS:securetransport": ["false"]}})], False),
        ([_deny(Condition={"Bool": {"aws:SecureTransport": False}})], False),
        ([_deny(Principal={"AWS": "arn:aws:iam::111111111111:root"}), DENY], False),
        ([{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}], True),
        ([_deny(Principal={"AWS": "arn:aws:iam::111111111111:root"})], Reason.UNDECIDED),
        ([_deny(Principal={"Service": "*"})], Reason.UNDECIDED),
        ([_deny(Action="s3:GetObject")], Reason.UNDECIDED),
        ([_deny(Action=None, NotAction="s3:ListBucket")], Reason.UNDECIDED),
        ([_deny(Resource=[f"{BUCKET_ARN}/*"])], Reason.UNDECIDED),
        ([_deny(Resource=[BUCKET_ARN])], Reason.UNDECIDED),
        ([_deny(Resource=["arn:aws:s3:::other", "arn:aws:s3:::other/*"])], Reason.UNDECIDED),
        ([_deny(Effect="Allow")], Reason.UNDECIDED),
        ([_deny(Condition={"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}})], Reason.UNDECIDED),
        (
            [_deny(Condition={**DENY["Condition"], "StringEquals": {"aws:PrincipalOrgID": "o-1"}})],  # type: ignore[dict-item] # it is a dict
            Reason.UNDECIDED,
        ),
        ([_deny(Condition={"StringNotEquals": {"aws:SecureTransport": "true"}})], Reason.UNDECIDED),
        ([_deny(Condition={"Bool": {"aws:SecureTransport": "true"}})], True),
        ([_deny(Condition={"Bool": "aws:SecureTransport"})], Reason.UNDECIDED),
        (["Deny"], Reason.SHAPE),
        (None, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_a_bucket_refuses_plaintext_by_the_one_form_that_is_sure(policy: object, plaintext: object) -> None:
    reply = policy if isinstance(policy, Absent | Refused) else {"Policy": {"Statement": policy}}
    assert told(BUCKET, EncryptionInTransit.plaintext, {"Name": "data"}, {"policy": reply}) == plaintext


@pytest.mark.parametrize(
    ("condition", "minimum"),
    [
        ({}, Tls.V1_2),
        ({"NumericLessThan": {"s3:TlsVersion": "1.3"}}, Tls.V1_3),
        ({"NumericLessThanIfExists": {"s3:TlsVersion": [1.3]}}, Tls.V1_3),
        ({"NumericLessThan": {"s3:TlsVersion": "1.2"}}, Tls.V1_2),
        ({"NumericLessThanEquals": {"s3:TlsVersion": "1.2"}}, Reason.UNDECIDED),
    ],
)
def test_minimum_tls_of_a_bucket(condition: object, minimum: object) -> None:
    reply = {"Policy": {"Statement": [_deny(Condition=condition)]}}
    assert told(BUCKET, EncryptionInTransit.minimum_tls, {"Name": "data"}, {"policy": reply}) == minimum


@settings(max_examples=40, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda deep: st.lists(deep, max_size=3) | st.dictionaries(st.text(max_size=5), deep, max_size=3),
        max_leaves=8,
    )
)
def test_no_policy_breaks_the_reading_of_a_bucket(statement: object) -> None:
    reply = {"Policy": {"Statement": [_deny(Condition=statement), statement]}}
    found = state(BUCKET, EncryptionInTransit.plaintext, {"Name": "data"}, {"policy": reply})
    assert isinstance(found, Known | Unknown)


def test_the_evidence_of_a_policy_is_an_allow_list() -> None:
    body = {"Policy": {"Id": "secret", "Statement": [{**DENY, "Sid": "secret"}, DENY]}}
    assert projections(BUCKET)["policy"](body) == {"Policy": {"Statement": [DENY, DENY]}}


@pytest.mark.parametrize(
    ("change", "public"),
    [
        ({}, False),
        ({"status": absent("NoSuchBucketPolicy")}, False),
        ({"status": {"PolicyStatus": {"IsPublic": True}}}, True),
        ({"status": {"PolicyStatus": {"IsPublic": True}}, "block": BLOCKED}, False),
        ({"status": {"PolicyStatus": {"IsPublic": True}}, "account": BLOCKED}, False),
        ({"status": {"PolicyStatus": {"IsPublic": True}}, "block": NO_BLOCK}, True),
        ({"status": {"PolicyStatus": {"IsPublic": True}}, "account": REFUSED}, Reason.REFUSED),
        ({"acl": ANYBODY, "ownership": WRITER}, True),
        ({"acl": ANY_ACCOUNT, "ownership": WRITER}, True),
        ({"acl": ANYBODY, "ownership": absent("OwnershipControlsNotFoundError")}, True),
        ({"acl": ANYBODY, "ownership": WRITER, "account": BLOCKED}, False),
        ({"acl": ANYBODY}, False),
        ({"policy": DELEGATED}, Reason.NOT_ASKED),
        ({"policy": DELEGATED, "acl": ANYBODY, "ownership": WRITER}, True),
        ({"policy": DELEGATED, "account": BLOCKED}, Reason.NOT_ASKED),
        ({"policy": REFUSED}, Reason.REFUSED),
        ({"ownership": WRITER}, Reason.UNDECIDED),
        ({"ownership": WRITER, "acl": LOG_DELIVERY}, Reason.UNDECIDED),
        ({"ownership": WRITER, "acl": REFUSED}, Reason.REFUSED),
        ({"ownership": REFUSED}, Reason.REFUSED),
        ({"ownership": {"OwnershipControls": {"Rules": [{"ObjectOwnership": "Nobody"}]}}}, Reason.SHAPE),
        ({"block": REFUSED}, Reason.REFUSED),
        ({"block": {}}, Reason.SHAPE),
        ({"status": REFUSED}, Reason.REFUSED),
        ({"status": {}}, Reason.SHAPE),
    ],
)
def test_a_bucket_is_public_by_policy_or_acl(change: Replies, public: object) -> None:
    assert told(BUCKET, Exposure.public, {}, {**NOT_PUBLIC, **change}) == public
