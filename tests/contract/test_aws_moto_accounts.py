"""What holds for an account and for a region of it, against moto's server: real clients, real sockets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from scanner.collect.runner import Inventory, Record
from scanner.facts import (
    Alerting,
    AuditTrail,
    Body,
    Defaults,
    Detection,
    Fact,
    FlowLog,
    Identity,
    Known,
    Means,
    Reason,
    Receiver,
    Refused,
    Seen,
    Unknown,
)
from scanner.providers.aws import PROVIDER
from tests.contract.aws_server import REGION, Gate, client, items, scanned, state, value

ACCOUNT, BARE = "777777777777", "888888888888"
SCOPE: Mapping[str, object] = {"accounts": [ACCOUNT, BARE], "role": "asdeclared-reader", "regions": [REGION]}
SEEDED = frozenset({"aws.account", "aws.region", "aws.ec2.vpc"})
TYPES = tuple(kind for kind in PROVIDER.types if kind.name in SEEDED)
pytestmark = pytest.mark.usefixtures("estate", "beside")
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
READING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}}
BUCKET = "example-record"


@pytest.fixture(scope="module")
def estate(endpoint: str) -> Mapping[str, str]:
    """One account with all of it, beside one that has nothing; the ids that AWS chose."""
    _people(client(ACCOUNT, endpoint, "iam"))
    _recorded(endpoint)
    client(ACCOUNT, endpoint, "account").put_alternate_contact(
        AlternateContactType="SECURITY", Name="A", Title="B", EmailAddress="security@example.com", PhoneNumber="000"
    )
    client(ACCOUNT, endpoint, "guardduty").create_detector(Enable=True)
    ec2 = client(ACCOUNT, endpoint, "ec2")
    ec2.enable_ebs_encryption_by_default()
    vpc = ec2.create_vpc(CidrBlock="192.0.2.0/24")["Vpc"]["VpcId"]
    ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{BUCKET}",
    )
    return {"vpc": f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{vpc}"}


def _people(iam: Any) -> None:
    for name in ("ann", "bob", "machine"):
        iam.create_user(UserName=name)
    for name in ("ann", "bob"):
        iam.create_login_profile(UserName=name, Password="not-a-password")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName="ann")["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName="ann", SerialNumber=device, AuthenticationCode1="000000", AuthenticationCode2="000001"
    )
    iam.update_account_password_policy(MinimumPasswordLength=14)
    iam.create_group(GroupName="ops")
    iam.put_group_policy(GroupName="ops", PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))
    iam.add_user_to_group(GroupName="ops", UserName="bob")
    iam.put_user_policy(UserName="machine", PolicyName="reads", PolicyDocument=json.dumps(READING))
    iam.create_role(RoleName="deploy", AssumeRolePolicyDocument=json.dumps(EVERYTHING))
    own = iam.create_policy(PolicyName="all", PolicyDocument=json.dumps(EVERYTHING))["Policy"]["Arn"]
    iam.attach_role_policy(RoleName="deploy", PolicyArn=own)


def _recorded(endpoint: str) -> None:
    """A trail, and the bucket that it writes to, closed to the public like all of the account's."""
    closed = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
    s3, trails = client(ACCOUNT, endpoint, "s3"), client(ACCOUNT, endpoint, "cloudtrail")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=closed)
    trails.create_trail(Name="all", S3BucketName=BUCKET, IsMultiRegionTrail=True, EnableLogFileValidation=True)
    trails.start_logging(Name="all")


@pytest.fixture
def beside(gate: Gate, estate: Mapping[str, str]) -> Gate:
    """What moto lacks: analysers of access, and event data stores."""
    assert estate
    gate.answers |= {
        "GET  /analyzer?": {"analyzers": [{"type": "ACCOUNT", "status": "ACTIVE", "arn": "x", "name": "x"}]},
        "ListEventDataStores": {"EventDataStores": []},
    }
    return gate


def _records(found: Inventory) -> dict[str, Record]:
    return {record.id: record for record in found.records if record.modelled}


HERE, ROOT = f"{ACCOUNT}/{REGION}", f"arn:aws:iam::{ACCOUNT}:root"


REFUSALS: Mapping[str, tuple[str, str, Fact[Any]]] = {
    "DescribeTrails": (HERE, "trails", AuditTrail.recorded),
    "/detector": (HERE, "detectors", Detection.threats),
    "/analyzer": (HERE, "analyzers", Detection.outside_access),
    "GetEbsEncryptionByDefault": (HERE, "ebs", Defaults.disks_encrypted),
    "GetAccountSummary": (ROOT, "summary", Identity.root_keys),
    "GetAccountPasswordPolicy": (ROOT, "rule", Identity.password_length),
    "GetLoginProfile": (ROOT, "password", Identity.single_factor),
    "GetAccountAuthorizationDetails": (ROOT, "roles", Identity.administrators),
    "getAlternateContact": (ROOT, "contact", Alerting.receivers),
    "/v20180820/configuration/publicAccessBlock": (ROOT, "block", Defaults.public_blocked),
}


def test_accounts_are_read_as_they_are(gate: Gate, estate: Mapping[str, str], endpoint: str) -> None:
    found = _records(scanned(endpoint, SCOPE, TYPES))
    expected: dict[str, dict[Fact[Any], object]] = {
        HERE: {
            AuditTrail.recorded: True,
            AuditTrail.protected: True,
            Detection.threats: True,
            Detection.outside_access: True,
            Defaults.disks_encrypted: True,
        },
        ROOT: {Identity.root_keys: False, Identity.password_length: 14},
        estate["vpc"]: {FlowLog.recorded: True},
        f"{BARE}/{REGION}": {AuditTrail.recorded: False, Detection.threats: False, Defaults.disks_encrypted: False},
        f"arn:aws:iam::{BARE}:root": {
            Identity.root_keys: False,
            Identity.password_length: 8,
            Defaults.public_blocked: False,
        },
    }
    for name, facts in expected.items():
        assert {fact: value(found[name], fact) for fact in facts} == facts, name
    _are_told_by_name(found[ROOT])
    _has_no_root_user(found[ROOT])
    asked = "\n".join(gate.seen)
    assert "Action=GetCredentialReport" in asked
    assert "Action=GenerateCredentialReport" not in asked
    assert asked.count("Action=GetLoginProfile") == 3
    assert asked.count("Action=ListMFADevices") == 2


def _are_told_by_name(account: Record) -> None:
    assert items(account, Identity.single_factor) == ("bob",)
    named = {str(each).rpartition(":")[2] for each in items(account, Identity.administrators)}
    assert named == {"user/bob", "group/ops", "role/deploy"}
    assert items(account, Alerting.receivers) == (Receiver(Means.EMAIL, "security contact"),)
    bodies = [reply.fragment.body for reply in account.replies.values() if isinstance(reply, Body)]
    assert "security@example.com" not in json.dumps(bodies)


def _has_no_root_user(account: Record) -> None:
    """Moto neither tells whether he has a password, nor has a report of him by itself."""
    factor = state(account, Identity.single_factor)
    assert isinstance(factor, Known)
    assert isinstance(factor.value, Seen)
    assert [gap.reason for gap in factor.value.gaps] == [Reason.SHAPE]
    used = state(account, Identity.root_last_used)
    assert isinstance(used, Unknown)
    assert used.reason is Reason.NOT_ASKED


def test_what_is_refused_is_unknown(gate: Gate, endpoint: str) -> None:
    gate.refuse = lambda request: any(action in request for action in REFUSALS)
    found = _records(scanned(endpoint, {**SCOPE, "accounts": [ACCOUNT]}, TYPES))
    for record, source, fact in REFUSALS.values():
        assert isinstance(found[record].replies[source], Refused), source
        told = state(found[record], fact)
        gaps = told.value.gaps if isinstance(told, Known) and isinstance(told.value, Seen) else [told]
        assert {gap.reason for gap in gaps if isinstance(gap, Unknown)} == {Reason.REFUSED}, source
