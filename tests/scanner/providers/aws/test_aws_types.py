"""From the bodies of AWS's replies to facts, type by type."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.collect.model import ResourceType, projections
from scanner.facts import (
    FOREVER,
    Absent,
    AtRest,
    Backup,
    Body,
    Connection,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Fact,
    Failed,
    Fragment,
    Inapplicable,
    KeyOwner,
    Known,
    Lineage,
    Location,
    LogStore,
    Plan,
    Reason,
    Refused,
    Reply,
    Seen,
    State,
    Tagging,
    Tls,
    Unasked,
    Unknown,
    Where,
)
from scanner.providers.aws.common import arn_region
from scanner.providers.aws.ebs import SNAPSHOT, VOLUME
from scanner.providers.aws.logs import GROUP
from scanner.providers.aws.rds import CLUSTER, CLUSTER_SNAPSHOT, INSTANCE
from scanner.providers.aws.rds import SNAPSHOT as DB_SNAPSHOT
from scanner.providers.aws.s3 import BUCKET
from scanner.providers.aws.vpc import PEERING, VPC

HERE = Where("aws", "111111111111", "eu-west-2", "aws")
REFUSED = Refused("some.call", "some:Permission", "AccessDenied")
FAILED = Failed("some.call", "some:Permission", "time-out")
UNASKED = Unasked("some.call", "some:Permission", "the item names nothing to ask for")
RDS = "arn:aws:rds:eu-west-2:111111111111"
Replies = Mapping[str, object]


def _absent(code: str) -> Absent:
    return Absent("some.call", "some:Permission", code)


def _state(kind: ResourceType, fact: Fact[Any], item: object, replies: Replies) -> State:
    """The fact, from bodies that are projected as the runner does it."""
    keep = projections(kind)
    known: dict[str, Reply] = {"item": Body("a.listing", "a:Listing", Fragment(keep["item"](item)))}
    for source, reply in replies.items():
        if isinstance(reply, Absent | Refused | Failed | Unasked):
            known[source] = reply
        else:
            call = kind.ask[source]
            known[source] = Body(call.operation, call.permission, Fragment(keep[source](reply)))
    answer = next(answer for answer in kind.facts if answer.fact is fact)
    return answer(known, HERE)


def _short(state: State) -> object:
    """What a table compares: the value, the reason of an unknown, or Inapplicable; gaps of a set last."""
    match state:
        case Known(Seen(items, gaps)):
            return [*items, *(gap.reason for gap in gaps)]
        case Known(value):
            return value
        case Unknown(reason):
            return reason
        case _:
            return Inapplicable


# S3

BLOCKED = {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": True, "RestrictPublicBuckets": True}}
OPEN = {"PublicAccessBlockConfiguration": {"IgnorePublicAcls": False, "RestrictPublicBuckets": False}}
NO_BLOCK = _absent("NoSuchPublicAccessBlockConfiguration")
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
    "policy": _absent("NoSuchBucketPolicy"),
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
            _sse("aws:kms", "arn:aws:kms:eu-west-2:111111111111:key/1"),
            AtRest.ENCRYPTED,
            Reason.UNDECIDED,
            "arn:aws:kms:eu-west-2:111111111111:key/1",
        ),
        (_sse("rot13"), Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (_sse(None), Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        ({}, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        ({"ServerSideEncryptionConfiguration": {"Rules": []}}, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, Reason.REFUSED, Reason.REFUSED, Reason.REFUSED),
        (_absent("ServerSideEncryptionConfigurationNotFoundError"), AtRest.NONE, Inapplicable, Inapplicable),
    ],
)
def test_default_encryption_of_a_bucket(reply: object, state: object, owner: object, key: object) -> None:
    replies = {"encryption": reply}
    assert _short(_state(BUCKET, EncryptionAtRest.state, {}, replies)) == state
    assert _short(_state(BUCKET, EncryptionAtRest.owner, {}, replies)) == owner
    assert _short(_state(BUCKET, EncryptionAtRest.key, {}, replies)) == key
    ciphers = {AtRest.ENCRYPTED: frozenset({"AES-256"}), AtRest.NONE: frozenset()}
    assert _short(_state(BUCKET, EncryptionAtRest.algorithms, {}, replies)) == ciphers.get(state, state)  # type: ignore[call-overload] # a key that is no AtRest is just not there


def test_of_several_rules_the_weakest_key_counts_and_all_are_named() -> None:
    rules = [
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/ours"}},
        {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}},
    ]
    replies = {"encryption": {"ServerSideEncryptionConfiguration": {"Rules": rules}}}
    assert _short(_state(BUCKET, EncryptionAtRest.owner, {}, replies)) == KeyOwner.PROVIDER
    assert _short(_state(BUCKET, EncryptionAtRest.key, {}, replies)) == "alias/ours, provider"


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
    assert _short(_state(BUCKET, Location.homes, item, {"location": location})) == homes


def _rule(status: str, bucket: str | None) -> dict[str, object]:
    return {"Status": status, "Destination": {"Bucket": bucket}}


@pytest.mark.parametrize(
    ("reply", "refs"),
    [
        (_absent("ReplicationConfigurationNotFoundError"), []),
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
    found = _short(_state(BUCKET, Location.copies, {}, {"replication": reply, "logging": {}}))
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
        (_absent("NoSuchBucketPolicy"), True),
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
    state = _state(BUCKET, EncryptionInTransit.plaintext, {"Name": "data"}, {"policy": reply})
    assert _short(state) == plaintext


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
    assert _short(_state(BUCKET, EncryptionInTransit.minimum_tls, {"Name": "data"}, {"policy": reply})) == minimum


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
    state = _state(BUCKET, EncryptionInTransit.plaintext, {"Name": "data"}, {"policy": reply})
    assert isinstance(state, Known | Unknown)


def test_the_evidence_of_a_policy_is_an_allow_list() -> None:
    body = {"Policy": {"Id": "secret", "Statement": [{**DENY, "Sid": "secret"}, DENY]}}
    assert projections(BUCKET)["policy"](body) == {"Policy": {"Statement": [DENY, DENY]}}


@pytest.mark.parametrize(
    ("change", "public"),
    [
        ({}, False),
        ({"status": _absent("NoSuchBucketPolicy")}, False),
        ({"status": {"PolicyStatus": {"IsPublic": True}}}, True),
        ({"status": {"PolicyStatus": {"IsPublic": True}}, "block": BLOCKED}, False),
        ({"status": {"PolicyStatus": {"IsPublic": True}}, "account": BLOCKED}, False),
        ({"status": {"PolicyStatus": {"IsPublic": True}}, "block": NO_BLOCK}, True),
        ({"status": {"PolicyStatus": {"IsPublic": True}}, "account": REFUSED}, Reason.REFUSED),
        ({"acl": ANYBODY, "ownership": WRITER}, True),
        ({"acl": ANY_ACCOUNT, "ownership": WRITER}, True),
        ({"acl": ANYBODY, "ownership": _absent("OwnershipControlsNotFoundError")}, True),
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
    assert _short(_state(BUCKET, Exposure.public, {}, {**NOT_PUBLIC, **change})) == public


# RDS

DB: Mapping[str, Any] = {
    "DBInstanceIdentifier": "orders",
    "DBInstanceArn": f"{RDS}:db:orders",
    "Engine": "postgres",
    "AvailabilityZone": "eu-west-2a",
    "BackupRetentionPeriod": 35,
    "BackupTarget": "region",
    "StorageEncrypted": True,
    "KmsKeyId": "arn:aws:kms:eu-west-2:111111111111:key/1",
    "PubliclyAccessible": False,
    "DBParameterGroups": [{"DBParameterGroupName": "ours", "ParameterApplyStatus": "in-sync"}],
    "CertificateDetails": {"ValidTill": "2027-08-22T17:08:50+00:00"},
    "TagList": [{"Key": "env", "Value": "prod"}],
}
MEMBER = {"DBClusterIdentifier": "ledger"}
AWS_KEY = {"KeyMetadata": {"KeyManager": "AWS"}}
OUR_KEY = {"KeyMetadata": {"KeyManager": "CUSTOMER"}}
CLUSTER_ITEM: Mapping[str, Any] = {
    "DBClusterIdentifier": "ledger",
    "DBClusterArn": f"{RDS}:cluster:ledger",
    "Engine": "aurora-postgresql",
    "BackupRetentionPeriod": 14,
    "StorageEncrypted": True,
    "StorageEncryptionType": "sse-kms",
    "KmsKeyId": "arn:aws:kms:eu-west-2:111111111111:key/1",
    "DBClusterMembers": [{"DBClusterParameterGroupStatus": "in-sync"}],
}


def _with(item: Mapping[str, Any], **change: object) -> dict[str, Any]:
    found = {**copy.deepcopy(dict(item)), **change}
    return {key: value for key, value in found.items() if value is not ...}


@pytest.mark.parametrize(
    ("kind", "item", "key", "state", "owner"),
    [
        (INSTANCE, DB, OUR_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (INSTANCE, DB, AWS_KEY, AtRest.ENCRYPTED, KeyOwner.PROVIDER_IN_ACCOUNT),
        (INSTANCE, DB, REFUSED, AtRest.ENCRYPTED, Reason.REFUSED),
        (INSTANCE, DB, {"KeyMetadata": {"KeyManager": "Moon"}}, AtRest.ENCRYPTED, Reason.SHAPE),
        (INSTANCE, _with(DB, StorageEncrypted=False), UNASKED, AtRest.NONE, Inapplicable),
        (
            INSTANCE,
            _with(DB, StorageEncrypted=False, StorageEncryptionType="sse-rds"),
            UNASKED,
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER,
        ),
        (INSTANCE, _with(DB, StorageEncrypted=True, StorageEncryptionType="none"), UNASKED, AtRest.NONE, Inapplicable),
        (INSTANCE, _with(DB, StorageEncrypted=...), OUR_KEY, Reason.SHAPE, Reason.SHAPE),
        (INSTANCE, _with(DB, StorageEncryptionType="new"), OUR_KEY, Reason.SHAPE, Reason.SHAPE),
        (INSTANCE, _with(DB, **MEMBER), OUR_KEY, Inapplicable, Inapplicable),
        (CLUSTER, CLUSTER_ITEM, OUR_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (CLUSTER, _with(CLUSTER_ITEM, StorageEncryptionType=...), OUR_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (
            CLUSTER,
            _with(CLUSTER_ITEM, StorageEncryptionType=..., StorageEncrypted=False),
            UNASKED,
            Reason.UNDECIDED,
            Reason.UNDECIDED,
        ),
        (
            CLUSTER,
            _with(CLUSTER_ITEM, StorageEncryptionType="sse-rds", StorageEncrypted=False),
            UNASKED,
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER,
        ),
        (CLUSTER_SNAPSHOT, {"StorageEncrypted": True}, OUR_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (DB_SNAPSHOT, {"Encrypted": True}, OUR_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (DB_SNAPSHOT, {"Encrypted": False}, UNASKED, AtRest.NONE, Inapplicable),
        (
            DB_SNAPSHOT,
            {"Encrypted": False, "StorageEncryptionType": "sse-rds"},
            UNASKED,
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER,
        ),
        (DB_SNAPSHOT, {}, OUR_KEY, Reason.SHAPE, Reason.SHAPE),
        (VOLUME, {"Encrypted": True}, OUR_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (VOLUME, {"Encrypted": False}, UNASKED, AtRest.NONE, Inapplicable),
        (VOLUME, {}, UNASKED, Reason.SHAPE, Reason.SHAPE),
        (SNAPSHOT, {"Encrypted": True}, AWS_KEY, AtRest.ENCRYPTED, KeyOwner.PROVIDER_IN_ACCOUNT),
        (SNAPSHOT, {"Encrypted": "yes"}, AWS_KEY, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_encryption_at_rest(kind: ResourceType, item: object, key: object, state: object, owner: object) -> None:
    replies = {"key": key}
    assert _short(_state(kind, EncryptionAtRest.state, item, replies)) == state
    assert _short(_state(kind, EncryptionAtRest.owner, item, replies)) == owner
    ciphers = {AtRest.ENCRYPTED: frozenset({"AES-256"}), AtRest.NONE: frozenset()}
    wanted = ciphers[state] if isinstance(state, AtRest) else state
    assert _short(_state(kind, EncryptionAtRest.algorithms, item, replies)) == wanted


@pytest.mark.parametrize(
    ("item", "key"),
    [
        (DB, DB["KmsKeyId"]),
        (_with(DB, StorageEncryptionType="sse-rds"), "provider"),
        (_with(DB, KmsKeyId=...), Reason.SHAPE),
        (_with(DB, StorageEncrypted=False), Inapplicable),
    ],
)
def test_key_of_a_database(item: object, key: object) -> None:
    assert _short(_state(INSTANCE, EncryptionAtRest.key, item, {})) == key


OUTPOST = {
    "Subnets": [
        {"SubnetOutpost": {}},
        {"SubnetOutpost": {"Arn": "arn:aws:outposts:eu-west-2:111111111111:outpost/op-1"}},
    ]
}


@pytest.mark.parametrize(
    ("change", "homes"),
    [
        ({}, ["aws:eu-west-2"]),
        ({"SecondaryAvailabilityZone": "eu-west-2b"}, ["aws:eu-west-2"]),
        ({"AvailabilityZone": "eu-central-1-ist-1a"}, ["aws:eu-central-1-ist-1"]),
        ({"AvailabilityZone": ...}, [Reason.SHAPE]),
        ({"DBSubnetGroup": {"Subnets": [{"SubnetOutpost": {}}]}}, ["aws:eu-west-2"]),
        ({"DBSubnetGroup": OUTPOST}, [Reason.UNDECIDED]),
    ],
)
def test_home_of_an_instance(change: dict[str, object], homes: object) -> None:
    assert _short(_state(INSTANCE, Location.homes, _with(DB, **change), {})) == homes


REPLICATED = {"DBInstanceAutomatedBackupsArn": "arn:aws:rds:eu-west-1:111111111111:auto-backup:ab-1"}


@pytest.mark.parametrize(
    ("change", "copies"),
    [
        ({}, []),
        ({"ReadReplicaDBInstanceIdentifiers": ["near"]}, [(CopyKind.REPLICA, "aws:eu-west-2", f"{RDS}:db:near")]),
        (
            {"ReadReplicaDBInstanceIdentifiers": ["arn:aws:rds:us-east-1:111111111111:db:far"]},
            [(CopyKind.REPLICA, "aws:us-east-1", "arn:aws:rds:us-east-1:111111111111:db:far")],
        ),
        (
            {"ReadReplicaDBClusterIdentifiers": ["aurora"]},
            [(CopyKind.REPLICA, "aws:eu-west-2", f"{RDS}:cluster:aurora")],
        ),
        (
            {"DBInstanceAutomatedBackupsReplications": [REPLICATED]},
            [(CopyKind.BACKUP, "aws:eu-west-1", REPLICATED["DBInstanceAutomatedBackupsArn"])],
        ),
        (
            {"ReadReplicaDBInstanceIdentifiers": ["near", 7]},
            [(CopyKind.REPLICA, "aws:eu-west-2", f"{RDS}:db:near"), Reason.SHAPE],
        ),
        ({"DBInstanceAutomatedBackupsReplications": [{}]}, [Reason.SHAPE]),
        (MEMBER, Inapplicable),
    ],
)
def test_copies_of_an_instance(change: dict[str, object], copies: object) -> None:
    found = _short(_state(INSTANCE, Location.copies, _with(DB, **change), {}))
    if isinstance(found, list):
        found = [(each.kind, each.place, each.ref) if hasattr(each, "ref") else each for each in found]
    assert found == copies


def test_a_copy_whose_holder_tells_no_region_is_in_an_unknown_place() -> None:
    item = _with(DB, ReadReplicaDBInstanceIdentifiers=["arn:aws:rds"])
    found = _short(_state(INSTANCE, Location.copies, item, {}))
    assert isinstance(found, list)
    assert found[0].place.reason is Reason.SHAPE


@pytest.mark.parametrize(
    ("change", "plans"),
    [
        ({}, [(35, ("aws:eu-west-2",), True), Reason.NOT_ASKED]),
        ({"BackupTarget": ...}, [(35, ("aws:eu-west-2",), True), Reason.NOT_ASKED]),
        ({"BackupTarget": "outposts"}, [(35, Reason.UNDECIDED, True), Reason.NOT_ASKED]),
        ({"BackupTarget": "local"}, [(35, Reason.UNDECIDED, True), Reason.NOT_ASKED]),
        ({"BackupRetentionPeriod": 0}, [Reason.NOT_ASKED]),
        ({"BackupRetentionPeriod": ...}, [Reason.NOT_ASKED, Reason.SHAPE]),
        ({"StorageEncrypted": False}, [(35, ("aws:eu-west-2",), False), Reason.NOT_ASKED]),
        ({"StorageEncrypted": ...}, [(35, ("aws:eu-west-2",), Reason.SHAPE), Reason.NOT_ASKED]),
        (
            {"DBInstanceAutomatedBackupsReplications": [REPLICATED]},
            [(35, ("aws:eu-west-2",), True), (Reason.NOT_ASKED, ("aws:eu-west-1",), True), Reason.NOT_ASKED],
        ),
        (MEMBER, Inapplicable),
    ],
)
def test_backups_of_an_instance(change: dict[str, object], plans: object) -> None:
    found = _short(_state(INSTANCE, Backup.plans, _with(DB, **change), {}))
    if isinstance(found, list):
        assert all(each.every == Duration.of(1) and each.immutable is False for each in found if isinstance(each, Plan))
        found = [_told(each) for each in found]
    assert found == plans


def _told(plan: object) -> object:
    if not isinstance(plan, Plan):
        return plan
    parts = (plan.retention, plan.places, plan.encrypted)
    told = [part.reason if isinstance(part, Unknown) else part for part in parts]
    return tuple(part.days if isinstance(part, Duration) and part.days else part for part in told)


PG = "rds.force_ssl"


def _parameters(**values: object) -> object:
    listed = [{"ParameterName": name.replace("__", "."), "ParameterValue": value} for name, value in values.items()]
    return {"Parameters": [{"ParameterName": "other", "ParameterValue": "1"}, *listed]}


@pytest.mark.parametrize(
    ("engine", "reply", "plaintext"),
    [
        ("postgres", _parameters(rds__force_ssl="1"), False),
        ("Postgres", _parameters(rds__force_ssl="0"), True),
        ("sqlserver-se", _parameters(rds__force_ssl="1"), False),
        ("mysql", _parameters(require_secure_transport="on"), False),
        ("mariadb", _parameters(require_secure_transport="OFF"), True),
        ("mysql", _parameters(require_secure_transport="1"), False),
        ("mysql", _parameters(require_secure_transport="0"), True),
        ("mysql", _parameters(require_secure_transport="maybe"), Reason.SHAPE),
        ("mysql", _parameters(require_secure_transport=None), Reason.SHAPE),
        ("mysql", _parameters(rds__force_ssl="1"), Reason.SHAPE),
        ("postgres", {"Parameters": []}, Reason.SHAPE),
        ("postgres", {}, Reason.SHAPE),
        ("oracle-ee", _parameters(rds__force_ssl="1"), Reason.UNDECIDED),
        ("postgres", REFUSED, Reason.REFUSED),
        ("postgres", FAILED, Reason.FAILED),
        (None, _parameters(rds__force_ssl="1"), Reason.SHAPE),
    ],
)
def test_plaintext_is_a_matter_of_the_parameter_group(engine: object, reply: object, plaintext: object) -> None:
    for kind, item in ((INSTANCE, DB), (CLUSTER, CLUSTER_ITEM)):
        state = _state(kind, EncryptionInTransit.plaintext, _with(item, Engine=engine), {"parameters": reply})
        assert _short(state) == plaintext


@pytest.mark.parametrize(
    ("engine", "reply", "minimum"),
    [
        ("postgres", _parameters(ssl_min_protocol_version="TLSv1.2"), Tls.V1_2),
        ("aurora-postgresql", _parameters(ssl_min_protocol_version="TLSv1"), Tls.V1_0),
        ("mysql", _parameters(tls_version="TLSv1.3, TLSv1.2"), Tls.V1_2),
        ("mariadb", _parameters(tls_version="TLSv1.1,TLSv1.3"), Tls.V1_1),
        ("mysql", _parameters(tls_version="TLSv1.3,SSLv3"), Reason.SHAPE),
        ("postgres", _parameters(ssl_min_protocol_version=None), Reason.SHAPE),
        ("sqlserver-ee", _parameters(rds__force_ssl="1"), Reason.UNDECIDED),
        ("postgres", REFUSED, Reason.REFUSED),
    ],
)
def test_minimum_tls_is_a_matter_of_the_parameter_group(engine: object, reply: object, minimum: object) -> None:
    for kind, item in ((INSTANCE, DB), (CLUSTER, CLUSTER_ITEM)):
        state = _state(kind, EncryptionInTransit.minimum_tls, _with(item, Engine=engine), {"parameters": reply})
        assert _short(state) == minimum


def test_a_parameter_group_that_is_not_applied_decides_nothing() -> None:
    replies = {"parameters": _parameters(rds__force_ssl="1", ssl_min_protocol_version="TLSv1.3")}
    pending = _with(DB, DBParameterGroups=[{"ParameterApplyStatus": "pending-reboot"}])
    cluster = _with(CLUSTER_ITEM, DBClusterMembers=[{"DBClusterParameterGroupStatus": "pending-reboot"}])
    for fact in (EncryptionInTransit.plaintext, EncryptionInTransit.minimum_tls):
        assert _short(_state(INSTANCE, fact, pending, replies)) is Reason.UNDECIDED
        assert _short(_state(CLUSTER, fact, cluster, replies)) is Reason.UNDECIDED
        assert _short(_state(INSTANCE, fact, _with(DB, **MEMBER), replies)) is Inapplicable


MULTI_AZ = _with(CLUSTER_ITEM, Engine="mysql", PubliclyAccessible=False, CertificateDetails=DB["CertificateDetails"])


@pytest.mark.parametrize(
    ("kind", "item", "expires", "public"),
    [
        (INSTANCE, DB, datetime(2027, 8, 22, 17, 8, 50, tzinfo=UTC), False),
        (INSTANCE, _with(DB, CertificateDetails=..., PubliclyAccessible=...), Reason.SHAPE, Reason.SHAPE),
        (
            INSTANCE,
            _with(DB, CertificateDetails={"ValidTill": "soon"}, PubliclyAccessible=True),
            Reason.SHAPE,
            Reason.UNDECIDED,
        ),
        (CLUSTER, CLUSTER_ITEM, Inapplicable, Inapplicable),
        (CLUSTER, MULTI_AZ, datetime(2027, 8, 22, 17, 8, 50, tzinfo=UTC), False),
    ],
)
def test_certificate_and_exposure(kind: ResourceType, item: object, expires: object, public: object) -> None:
    assert _short(_state(kind, EncryptionInTransit.certificate_expires, item, {})) == expires
    assert _short(_state(kind, Exposure.public, item, {})) == public


def _refs(state: State) -> object:
    found = _short(state)
    return [getattr(each, "ref", each) for each in found] if isinstance(found, list) else found


@pytest.mark.parametrize(
    ("change", "refs"),
    [
        ({}, [Reason.NOT_ASKED]),
        ({"ReadReplicaSourceDBInstanceIdentifier": "main"}, [f"{RDS}:db:main", Reason.NOT_ASKED]),
        (
            {"ReadReplicaSourceDBInstanceIdentifier": "arn:aws:rds:us-east-1:111111111111:db:main"},
            ["arn:aws:rds:us-east-1:111111111111:db:main", Reason.NOT_ASKED],
        ),
        ({"ReadReplicaSourceDBClusterIdentifier": "main"}, [f"{RDS}:cluster:main", Reason.NOT_ASKED]),
        (MEMBER, Inapplicable),
    ],
)
def test_origins_of_an_instance(change: dict[str, object], refs: object) -> None:
    assert _refs(_state(INSTANCE, Lineage.origins, _with(DB, **change), {})) == refs


FAR = "arn:aws:rds:us-east-1:111111111111:cluster:ledger-us"


def _global(own: str, *, writer: bool) -> object:
    members = [{"DBClusterArn": own, "IsWriter": not writer}, {"DBClusterArn": FAR, "IsWriter": writer}]
    return {"GlobalClusters": [{"GlobalClusterMembers": members}]}


@pytest.mark.parametrize(
    ("change", "reply", "copies", "origins"),
    [
        ({}, {"GlobalClusters": []}, [], [Reason.NOT_ASKED]),
        ({}, _global(f"{RDS}:cluster:ledger", writer=False), [FAR], [Reason.NOT_ASKED]),
        ({}, _global(f"{RDS}:cluster:ledger", writer=True), [FAR], [FAR, Reason.NOT_ASKED]),
        ({}, _global(f"{RDS}:cluster:another", writer=True), [], [Reason.NOT_ASKED]),
        ({"ReadReplicaIdentifiers": [FAR]}, {"GlobalClusters": []}, [FAR], [Reason.NOT_ASKED]),
        ({"ReplicationSourceIdentifier": FAR}, {"GlobalClusters": []}, [], [FAR, Reason.NOT_ASKED]),
        ({"ReadReplicaIdentifiers": [FAR]}, REFUSED, [FAR, Reason.REFUSED], [Reason.NOT_ASKED, Reason.REFUSED]),
        ({}, {}, [Reason.SHAPE], [Reason.NOT_ASKED, Reason.SHAPE]),
    ],
)
def test_copies_and_origins_of_a_cluster(
    change: dict[str, object], reply: object, copies: object, origins: object
) -> None:
    item = _with(CLUSTER_ITEM, **change)
    assert _refs(_state(CLUSTER, Location.copies, item, {"global": reply})) == copies
    assert _refs(_state(CLUSTER, Lineage.origins, item, {"global": reply})) == origins


def test_home_and_backups_of_a_cluster() -> None:
    assert _short(_state(CLUSTER, Location.homes, CLUSTER_ITEM, {})) == ["aws:eu-west-2"]
    plans = _short(_state(CLUSTER, Backup.plans, CLUSTER_ITEM, {}))
    assert isinstance(plans, list)
    assert [_told(each) for each in plans] == [(14, ("aws:eu-west-2",), True), Reason.NOT_ASKED]
    broken = _short(_state(CLUSTER, Backup.plans, _with(CLUSTER_ITEM, BackupRetentionPeriod="many"), {}))
    assert broken == [Reason.NOT_ASKED, Reason.SHAPE]


DB_SNAP = {
    "DBSnapshotIdentifier": "saved",
    "SnapshotType": "manual",
    "Encrypted": True,
    "DBInstanceIdentifier": "orders",
}
CLUSTER_SNAP = {
    "DBClusterSnapshotArn": f"{RDS}:cluster-snapshot:s",
    "DBClusterSnapshotIdentifier": "s",
    "SnapshotType": "manual",
    "StorageEncrypted": True,
    "DBClusterIdentifier": "ledger",
}


@pytest.mark.parametrize(
    ("change", "plan"),
    [
        ({}, (FOREVER, ("aws:eu-west-2",), True)),
        ({"SnapshotTarget": "region"}, (FOREVER, ("aws:eu-west-2",), True)),
        ({"SnapshotTarget": "outposts"}, (FOREVER, Reason.UNDECIDED, True)),
        ({"SnapshotTarget": "local"}, (FOREVER, Reason.SHAPE, True)),
        (
            {"SnapshotTarget": "local", "SnapshotAvailabilityZone": "eu-west-1a"},
            (FOREVER, ("aws:eu-west-1",), True),
        ),
        ({"SnapshotType": "automated"}, (Reason.NOT_ASKED, ("aws:eu-west-2",), True)),
        ({"SnapshotType": "awsbackup"}, (Reason.NOT_ASKED, ("aws:eu-west-2",), True)),
        ({"DBSnapshotIdentifier": "awsbackup:job-1"}, (Reason.NOT_ASKED, ("aws:eu-west-2",), True)),
        ({"Encrypted": None}, (FOREVER, ("aws:eu-west-2",), Reason.SHAPE)),
        ({"SnapshotType": "other"}, Reason.SHAPE),
    ],
)
def test_a_database_snapshot_is_a_recovery_point(change: Replies, plan: object) -> None:
    found = _short(_state(DB_SNAPSHOT, Backup.plans, {**DB_SNAP, **change}, {}))
    assert isinstance(found, list)
    assert [_told(each) for each in found] == [plan]


def test_a_cluster_snapshot_is_a_recovery_point() -> None:
    found = _short(_state(CLUSTER_SNAPSHOT, Backup.plans, CLUSTER_SNAP, {}))
    assert isinstance(found, list)
    assert [_told(each) for each in found] == [(FOREVER, ("aws:eu-west-2",), True)]
    assert isinstance(found[0].every, Unknown)
    assert found[0].immutable is False
    assert _short(_state(CLUSTER_SNAPSHOT, Location.homes, CLUSTER_SNAP, {})) == ["aws:eu-west-2"]


@pytest.mark.parametrize(
    ("source", "refs"),
    [
        (None, [f"{RDS}:db:orders"]),
        (
            "arn:aws:rds:us-east-1:222222222222:snapshot:s",
            ["arn:aws:rds:us-east-1:222222222222:snapshot:s", "arn:aws:rds:us-east-1:222222222222:db:orders"],
        ),
        ("s", [Reason.SHAPE]),
    ],
)
def test_origins_of_a_database_snapshot(source: object, refs: object) -> None:
    item = {**DB_SNAP, "SourceDBSnapshotIdentifier": source}
    assert _refs(_state(DB_SNAPSHOT, Lineage.origins, item, {})) == refs


def test_origins_of_a_cluster_snapshot() -> None:
    assert _refs(_state(CLUSTER_SNAPSHOT, Lineage.origins, CLUSTER_SNAP, {})) == [f"{RDS}:cluster:ledger"]
    assert _refs(_state(CLUSTER_SNAPSHOT, Lineage.origins, {}, {})) == [Reason.SHAPE]


def _attributes(name: str, *values: object) -> list[object]:
    return [
        {"AttributeName": "other", "AttributeValues": ["all"]},
        {"AttributeName": name, "AttributeValues": [*values]},
    ]


@pytest.mark.parametrize(
    ("kind", "attributes", "public"),
    [
        ("manual", _attributes("restore"), False),
        ("manual", _attributes("restore", "222222222222"), False),
        ("manual", _attributes("restore", "222222222222", "all"), True),
        ("manual", _attributes("restored"), Reason.SHAPE),
        ("manual", None, Reason.SHAPE),
        ("manual", REFUSED, Reason.REFUSED),
        ("automated", FAILED, False),
        (None, _attributes("restore"), Reason.SHAPE),
    ],
)
def test_a_database_snapshot_is_public_if_all_may_restore_it(kind: object, attributes: object, public: object) -> None:
    for spec, word in ((DB_SNAPSHOT, "DBSnapshotAttributes"), (CLUSTER_SNAPSHOT, "DBClusterSnapshotAttributes")):
        reply = attributes if isinstance(attributes, Refused | Failed) else {f"{word}Result": {word: attributes}}
        assert _short(_state(spec, Exposure.public, {"SnapshotType": kind}, {"attributes": reply})) == public


# EBS

EC2 = "arn:aws:ec2:eu-west-2"
ON_OUTPOST = {"OutpostArn": "arn:aws:outposts:eu-west-2:111111111111:outpost/op-1"}


@pytest.mark.parametrize(
    ("kind", "item", "homes"),
    [
        (VOLUME, {"AvailabilityZone": "eu-west-2a"}, ["aws:eu-west-2"]),
        (VOLUME, {}, [Reason.SHAPE]),
        (VOLUME, {"AvailabilityZone": "eu-west-2a", **ON_OUTPOST}, [Reason.UNDECIDED]),
        (SNAPSHOT, {}, ["aws:eu-west-2"]),
        (SNAPSHOT, {"AvailabilityZone": "eu-west-1a"}, ["aws:eu-west-1"]),
        (SNAPSHOT, ON_OUTPOST, [Reason.UNDECIDED]),
    ],
)
def test_home_of_a_disk(kind: ResourceType, item: object, homes: object) -> None:
    assert _short(_state(kind, Location.homes, item, {})) == homes


@pytest.mark.parametrize("zone", ["eu-central-1-ist-1a", "eu-west-3-cmn-1a"])
def test_a_local_zone_is_not_taken_for_its_region(zone: str) -> None:
    found = _short(_state(VOLUME, Location.homes, {"AvailabilityZone": zone}, {}))
    assert found == [f"aws:{zone[:-1]}"]


@pytest.mark.parametrize(
    ("kind", "item", "refs"),
    [
        (VOLUME, {}, []),
        (VOLUME, {"SnapshotId": ""}, []),
        (VOLUME, {"SnapshotId": "snap-1"}, [f"{EC2}:*:snapshot/snap-1"]),
        (VOLUME, {"SnapshotId": "", "SourceVolumeId": "vol-2"}, [f"{EC2}:111111111111:volume/vol-2"]),
        (VOLUME, {"SnapshotId": 7}, [Reason.SHAPE]),
        (SNAPSHOT, {"VolumeId": "vol-1"}, [f"{EC2}:111111111111:volume/vol-1"]),
        (SNAPSHOT, {"VolumeId": "vol-ffffffff"}, [Reason.UNDECIDED]),
        (SNAPSHOT, {"VolumeId": "vol-1", "TransferType": "standard"}, [Reason.UNDECIDED]),
        (SNAPSHOT, {}, [Reason.SHAPE]),
    ],
)
def test_origins_of_a_disk(kind: ResourceType, item: object, refs: object) -> None:
    assert _refs(_state(kind, Lineage.origins, item, {})) == refs


def _tag(key: str) -> dict[str, object]:
    return {"Encrypted": True, "Tags": [{"Key": key, "Value": "x"}]}


@pytest.mark.parametrize(
    ("item", "plan"),
    [
        ({"Encrypted": True}, (FOREVER, ("aws:eu-west-2",), True)),
        ({"Encrypted": False, **ON_OUTPOST}, (FOREVER, Reason.UNDECIDED, False)),
        (_tag("env"), (FOREVER, ("aws:eu-west-2",), True)),
        (_tag("aws:backup:source-resource"), (Reason.NOT_ASKED, ("aws:eu-west-2",), True)),
        (_tag("aws:dlm:lifecycle-policy-id"), (Reason.NOT_ASKED, ("aws:eu-west-2",), True)),
        ({}, (FOREVER, ("aws:eu-west-2",), Reason.SHAPE)),
        ({"Tags": "all"}, Reason.SHAPE),
    ],
)
def test_a_disk_snapshot_is_a_recovery_point(item: object, plan: object) -> None:
    found = _short(_state(SNAPSHOT, Backup.plans, item, {}))
    assert isinstance(found, list)
    assert [_told(each) for each in found] == [plan]


def test_a_disk_snapshot_may_be_locked() -> None:
    found = _short(_state(SNAPSHOT, Backup.plans, {"Encrypted": True}, {}))
    assert isinstance(found, list)
    assert isinstance(found[0].immutable, Unknown)


def test_a_snapshot_of_aws_backup_may_be_locked() -> None:
    found = _short(_state(DB_SNAPSHOT, Backup.plans, {**DB_SNAP, "SnapshotType": "awsbackup"}, {}))
    assert isinstance(found, list)
    assert isinstance(found[0].immutable, Unknown)


@pytest.mark.parametrize(("gateway", "public"), [(True, Reason.UNDECIDED), (False, Inapplicable), (None, Inapplicable)])
def test_an_aurora_cluster_may_have_a_gateway_to_the_internet(gateway: object, public: object) -> None:
    item = {"Engine": "aurora-postgresql", "InternetAccessGatewayEnabled": gateway}
    assert _short(_state(CLUSTER, Exposure.public, item, {})) == public


ALL = {"CreateVolumePermissions": [{"UserId": "222222222222"}, {"Group": "all"}]}


@pytest.mark.parametrize(
    ("permissions", "block", "public"),
    [
        ({"CreateVolumePermissions": []}, FAILED, False),
        ({}, FAILED, False),
        ({"CreateVolumePermissions": [{"UserId": "222222222222"}]}, FAILED, False),
        (ALL, {"State": "unblocked"}, True),
        (ALL, {"State": "block-new-sharing"}, True),
        (ALL, {"State": "block-all-sharing"}, False),
        (ALL, {"State": "other"}, Reason.SHAPE),
        (ALL, REFUSED, Reason.REFUSED),
        (REFUSED, {"State": "unblocked"}, Reason.REFUSED),
    ],
)
def test_a_disk_snapshot_is_public_if_all_may_use_it(permissions: object, block: object, public: object) -> None:
    assert _short(_state(SNAPSHOT, Exposure.public, {}, {"permissions": permissions, "block": block})) == public


# CloudWatch Logs

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
    assert _short(_state(GROUP, LogStore.retention, {**LOG, **change}, replies)) == retention


@pytest.mark.parametrize(
    ("item", "owner", "key"),
    [
        ({}, KeyOwner.PROVIDER, "provider"),
        (
            {"kmsKeyId": "arn:aws:kms:eu-west-2:111111111111:key/1"},
            KeyOwner.CUSTOMER,
            "arn:aws:kms:eu-west-2:111111111111:key/1",
        ),
    ],
)
def test_key_of_a_log_group(item: object, owner: object, key: object) -> None:
    assert _short(_state(GROUP, EncryptionAtRest.owner, item, {})) == owner
    assert _short(_state(GROUP, EncryptionAtRest.key, item, {})) == key
    assert _short(_state(GROUP, EncryptionAtRest.state, item, {})) == AtRest.ENCRYPTED
    assert _short(_state(GROUP, EncryptionInTransit.plaintext, item, {})) is False
    assert _short(_state(GROUP, EncryptionInTransit.minimum_tls, item, {})) is Tls.V1_2


def test_a_log_group_is_named_without_its_arn() -> None:
    """Replies from before November 2022 have no logGroupArn."""
    assert GROUP.id == "arn:{@partition}:logs:{@region}:{@account}:log-group:{/logGroupName}"


def test_home_of_a_log_group() -> None:
    assert _short(_state(GROUP, Location.homes, LOG, {})) == ["aws:eu-west-2"]
    assert _short(_state(GROUP, Location.homes, {"arn": "/app"}, {})) == [Reason.SHAPE]


# VPC


def _peering(status: object, **change: object) -> dict[str, object]:
    requester = {"OwnerId": "111111111111", "VpcId": "vpc-1", "Region": "eu-west-2"}
    accepter = {"OwnerId": "222222222222", "VpcId": "vpc-2", "Region": "eu-west-1", **change}
    return {"Status": {"Code": status}, "RequesterVpcInfo": requester, "AccepterVpcInfo": accepter}


ENDS = [
    ("arn:aws:ec2:eu-west-2:111111111111:vpc/vpc-1", "111111111111"),
    ("arn:aws:ec2:eu-west-1:222222222222:vpc/vpc-2", "222222222222"),
]


@pytest.mark.parametrize(
    ("kind", "item", "ends"),
    [
        (VPC, {"VpcId": "vpc-1", "OwnerId": "111111111111"}, ENDS[:1]),
        (VPC, {"VpcId": "vpc-1"}, [Reason.SHAPE]),
        *((PEERING, _peering(each), ENDS) for each in ("active", "pending-acceptance")),
        *((PEERING, _peering(each), ENDS) for each in ("provisioning", "initiating-request")),
        *((PEERING, _peering(each), []) for each in ("deleted", "deleting", "rejected", "failed", "expired")),
        (PEERING, _peering("active", VpcId=None), [*ENDS[:1], Reason.SHAPE]),
        (PEERING, _peering("odd"), [Reason.SHAPE]),
        (PEERING, {}, [Reason.SHAPE]),
    ],
)
def test_ends_of_a_connection(kind: ResourceType, item: object, ends: object) -> None:
    found = _short(_state(kind, Connection.ends, item, {}))
    assert isinstance(found, list)
    assert [(each.ref, each.account) if hasattr(each, "ref") else each for each in found] == ends


# Tags

OF_RDS = (INSTANCE, CLUSTER, DB_SNAPSHOT, CLUSTER_SNAPSHOT)
OF_EC2 = (VOLUME, SNAPSHOT, VPC, PEERING)
TAGS = [{"Key": "env", "Value": "prod"}]


@pytest.mark.parametrize(
    ("kind", "item", "replies", "tags"),
    [
        (BUCKET, {}, {"tags": {"TagSet": TAGS}}, {"env": "prod"}),
        (BUCKET, {}, {"tags": _absent("NoSuchTagSet")}, {}),
        (BUCKET, {}, {"tags": {}}, Reason.SHAPE),
        (BUCKET, {}, {"tags": REFUSED}, Reason.REFUSED),
        (GROUP, LOG, {"tags": {"tags": {"env": "prod"}}}, {"env": "prod"}),
        (GROUP, LOG, {"tags": {}}, Reason.SHAPE),
        *((kind, {"TagList": TAGS}, {}, {"env": "prod"}) for kind in OF_RDS),
        *((kind, {"Tags": TAGS}, {}, {"env": "prod"}) for kind in OF_EC2),
        *((kind, {}, {}, {}) for kind in (*OF_RDS, *OF_EC2)),
        (VOLUME, {"Tags": [{"Value": "x"}]}, {}, Reason.SHAPE),
    ],
)
def test_tags(kind: ResourceType, item: object, replies: Replies, tags: object) -> None:
    assert _short(_state(kind, Tagging.tags, item, replies)) == tags


@pytest.mark.parametrize("text", ["", "arn", "arn:aws:s3:::data", "urn:aws:rds:eu-west-2:1:db:x", 7])
def test_what_names_no_region_is_no_regional_arn(text: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        arn_region(text)
