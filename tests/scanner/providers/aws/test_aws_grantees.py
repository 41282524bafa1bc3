"""Whom a policy of AWS lets in from outside its account."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts import Grantee, NotKnown, Unknown
from scanner.providers.aws import policies, principals
from scanner.providers.aws.policies import about, grantees, statements
from tests.scanner.providers.aws.states import HERE

OWN, OTHER, THIRD = "111111111111", "222222222222", "333333333333"
OURS, THEIRS, THEIR_ROLE = (
    f"arn:aws:iam::{OWN}:root",
    f"arn:aws:iam::{OTHER}:root",
    f"arn:aws:iam::{OTHER}:role/reader",
)
SESSION = f"arn:aws:sts::{OTHER}:assumed-role/reader/one"
CANONICAL_ID = "0123456789abcdef" * 4
GITHUB = f"arn:aws:iam::{OWN}:oidc-provider/token.actions.githubusercontent.com"
CLUSTER = f"arn:aws:iam::{OWN}:oidc-provider/oidc.eks.eu-west-2.amazonaws.com/id/0123456789ABCDEF"
ENTERPRISE = f"arn:aws:iam::{OWN}:saml-provider/partner"
OWN_SSO = f"arn:aws:iam::{OWN}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
IDENTITY = "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1EXAMPLE"
ORGANISATION = "arn:aws:organizations::333333333333:organization/o-example123"
UNIT = "arn:aws:organizations::333333333333:ou/o-example123/ou-ab12-cdefghij"


def _allow(principal: object, condition: object = None, **fields: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Condition": condition, **fields}


def _deny(principal: object, condition: object = None, **fields: object) -> dict[str, Any]:
    return {**_allow(principal, condition, **fields), "Effect": "Deny"}


def _told(*policy: dict[str, Any]) -> list[object]:
    """Name and account of each grantee; an unknown account and what was not analysed as the Unknown itself."""
    found = grantees(policy, HERE)
    return [(each.ref, each.account) if isinstance(each, Grantee) else each for each in found]


@pytest.mark.parametrize(
    ("kind", "name", "account"),
    [
        ("AWS", OTHER, OTHER),
        ("AWS", THEIRS, OTHER),
        ("AWS", THEIR_ROLE, OTHER),
        ("AWS", f"arn:aws:iam::{OTHER}:user/team/ann", OTHER),
        ("AWS", SESSION, OTHER),
        ("AWS", f"arn:aws:sts::{OTHER}:federated-user/ann", OTHER),
        ("AWS", "arn:aws-cn:iam::222222222222:root", OTHER),
        ("AWS", "AIDAEXAMPLE0EXAMPLE00", principals.GONE),
        ("AWS", "AROAEXAMPLE0EXAMPLE00", principals.GONE),
        ("AWS", "AROAEXAMPLE0EXAMPLE00:session\nname", principals.GONE),
        ("AWS", IDENTITY, principals.EDGE),
        ("AWS", "somebody", principals.NO_ACCOUNT),
        ("AWS", "arn:aws:iam::12345:root", principals.NO_ACCOUNT),
        ("AWS", "arn:aws:iam", principals.NO_ACCOUNT),
        ("CanonicalUser", CANONICAL_ID, principals.CANONICAL),
        ("Federated", GITHUB, "token.actions.githubusercontent.com"),
        ("Federated", f"arn:aws:iam::{OWN}:oidc-provider/Login.Example.com/tenant/one", "login.example.com"),
        ("Federated", "accounts.example.com", "accounts.example.com"),
        ("Federated", CLUSTER, principals.CLUSTER),
        ("Federated", "cognito-identity.amazonaws.com", principals.POOL),
        ("Federated", ENTERPRISE, principals.SAML),
        ("Federated", f"arn:aws:iam::{OWN}:saml-provider/AWSSSO_partner", principals.SAML),
        ("Federated", f"arn:aws:iam::{OWN}:oidc-provider/", principals.NO_ACCOUNT),
    ],
)
def test_a_principal_from_outside_is_a_grantee(kind: str, name: str, account: str | Unknown) -> None:
    assert _told(_allow({kind: name})) == [(name, account)]
    assert _told(_allow({kind: [name, name]}), _allow({kind: name})) == [(name, account)]


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": OWN},
        {"AWS": [OURS, f"arn:aws:iam::{OWN}:role/reader"]},
        {"Federated": OWN_SSO},
        {"Service": "lambda.amazonaws.com"},
        {"Service": ["sns.amazonaws.com", "s3.amazonaws.com"]},
        {"AWS": "delivery.logs.amazonaws.com"},
        {"AWS": []},
        {},
        "*",
        {"AWS": "*"},
        {"AWS": ["*", OWN]},
    ],
)
def test_ones_own_services_and_everybody_are_no_grantees(principal: object) -> None:
    assert _told(_allow(principal)) == []
    assert _told(_allow(principal, {})) == []


@pytest.mark.parametrize(
    ("statement", "unknown"),
    [
        ({"Effect": "Allow", "NotPrincipal": {"AWS": THEIRS}}, policies.EXCEPTED),
        ({"Effect": "allow", "Principal": {"AWS": THEIRS}}, policies.NEITHER),
        ({"Principal": {"AWS": THEIRS}}, policies.NEITHER),
        (_allow({"AWS": "arn:aws:iam::${aws:PrincipalAccount}:root"}), policies.UNFORESEEN),
        (_allow({"AWS": "arn:aws:iam::*:root"}), policies.UNFORESEEN),
        (_allow({"AWS": None}), policies.UNFORESEEN),
        (_allow({"AWS": ""}), policies.UNFORESEEN),
        (_allow({"AWS": {"a": "b"}}), policies.UNFORESEEN),
        (_allow({"Federated": "*"}), policies.UNFORESEEN),
        (_allow({"CanonicalUser": "*"}), policies.UNFORESEEN),
        (_allow({"Martian": THEIRS}), policies.UNFORESEEN),
        (_allow(THEIRS), policies.UNFORESEEN),
        (_allow(None), policies.UNFORESEEN),
        (_allow({"Service": 1}), policies.UNFORESEEN),
    ],
)
def test_what_is_in_another_form_stays_unknown(statement: dict[str, Any], unknown: Unknown) -> None:
    assert _told(statement, _allow({"AWS": OTHER})) == [unknown, (OTHER, OTHER)]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"StringEquals": {"aws:PrincipalAccount": OTHER}}, [(OTHER, OTHER)]),
        ({"StringEquals": {"AWS:SourceOwner": [OWN, OTHER, THIRD]}}, [(OTHER, OTHER), (THIRD, THIRD)]),
        ({"StringEquals": {"aws:SourceAccount": OWN}}, []),
        ({"StringEquals": {"kms:CallerAccount": OTHER}}, [(OTHER, OTHER)]),
        ({"StringEquals": {"s3:DataAccessPointAccount": OTHER}}, [(OTHER, OTHER)]),
        ({"StringEqualsIgnoreCase": {"aws:PrincipalOrgID": "o-example123"}}, [("o-example123", "o-example123")]),
        (
            {"ForAnyValue:StringLike": {"aws:PrincipalOrgPaths": "o-example123/r-ab12/ou-ab12-*"}},
            [("o-example123/r-ab12/ou-ab12-*", "o-example123")],
        ),
        ({"ArnEquals": {"aws:PrincipalArn": THEIR_ROLE}}, [(THEIR_ROLE, OTHER)]),
        (
            {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{OTHER}:*"}},
            [(f"arn:aws:sns:*:{OTHER}:*", OTHER)],
        ),
        (
            {"StringLike": {"aws:PrincipalArn": f"arn:aws:iam::{OTHER}:role/*"}},
            [(f"arn:aws:iam::{OTHER}:role/*", OTHER)],
        ),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::data"}}, [("arn:aws:s3:::data", principals.NO_ACCOUNT)]),
        ({"StringEquals": {"aws:SourceVpce": "vpce-1"}}, [("vpce-1", policies.NETWORK)]),
        # The test that tells most is taken.
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::data"}, "StringEquals": {"aws:SourceAccount": OWN}}, []),
        (
            {"StringEquals": {"aws:PrincipalOrgID": "o-example123", "aws:PrincipalAccount": OTHER}},
            [(OTHER, OTHER)],
        ),
        (
            {"StringEquals": {"aws:SourceVpc": "vpc-1", "aws:PrincipalOrgID": "o-example123"}},
            [("o-example123", "o-example123")],
        ),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}, "StringEquals": {"aws:PrincipalAccount": OWN}}, []),
    ],
)
def test_everybody_who_is_tied_to_an_account_is_a_grantee(condition: object, found: list[object]) -> None:
    assert _told(_allow("*", condition)) == found
    assert _told(_allow({"AWS": ["*"]}, condition)) == found


@pytest.mark.parametrize(
    "condition",
    [
        {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
        {"StringNotEquals": {"aws:PrincipalAccount": OTHER}},
        {"StringEqualsIfExists": {"aws:PrincipalAccount": OTHER}},
        {"ForAllValues:StringEquals": {"aws:PrincipalAccount": OTHER}},
        {"StringLike": {"aws:PrincipalAccount": "2*"}},
        {"StringEquals": {"aws:PrincipalAccount": [OTHER, "${aws:SourceAccount}"]}},
        {"StringEquals": {"aws:PrincipalAccount": []}},
        {"StringEquals": {"aws:PrincipalAccount": 222222222222}},
        {"StringLike": {"aws:PrincipalOrgID": "o-*"}},
        {"StringEquals": {"aws:PrincipalOrgID": None}},
        {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/reader"}},
        {"ArnLike": {"aws:PrincipalArn": "*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}},
        {"ArnLike": {"aws:SourceArn": "xrn:aws:sns:eu-west-2:222222222222:news"}},
        # Where names are compared as text, the first star may stand for all of another ARN's beginning.
        {"StringLike": {"aws:PrincipalArn": f"arn:*:iam::{OTHER}:role/reader"}},
        {"StringLike": {"aws:SourceVpce": "vpce-*"}},
        {"StringEquals": {"aws:userid": OTHER}},
        {"StringEquals": [OTHER]},
        ["?"],
        "?",
    ],
)
def test_everybody_who_is_restricted_in_another_form_is_unknown(condition: object) -> None:
    assert _told(_allow("*", condition)) == [policies.NARROWED]


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        (None, []),
        ({"StringEquals": {"aws:SourceAccount": OWN}}, []),
        ({"StringEquals": {"aws:SourceAccount": OTHER}}, [(OTHER, OTHER)]),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:sns:*:{OTHER}:*"}}, [(f"arn:aws:sns:*:{OTHER}:*", OTHER)]),
        ({"StringEquals": {"aws:SourceOrgID": "o-example123"}}, [("o-example123", "o-example123")]),
        # Whose the bucket is, the estate may tell.
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::data"}}, [("arn:aws:s3:::data", principals.NO_ACCOUNT)]),
        ({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, []),
        ({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, []),
    ],
)
def test_a_service_lets_in_the_account_that_a_condition_names(condition: object, found: list[object]) -> None:
    assert _told(_allow({"Service": "events.amazonaws.com"}, condition)) == found


DENIED = [(THEIR_ROLE, policies.DENIED)]
LET_IN = [(THEIR_ROLE, OTHER)]


@pytest.mark.parametrize(
    ("deny", "found"),
    [
        (_deny("*"), DENIED),
        (_deny({"AWS": "*"}), DENIED),
        (_deny({"AWS": THEIR_ROLE}), DENIED),
        (_deny({"AWS": THEIRS}), DENIED),
        (_deny({"AWS": OTHER}), DENIED),
        (_deny({"AWS": THEIRS.replace("aws", "aws-cn")}), DENIED),
        (_deny({"AWS": f"arn:aws:iam::{OTHER}:role/writer"}), LET_IN),
        (_deny({"AWS": THIRD}), LET_IN),
        ({"Effect": "Deny", "NotPrincipal": {"AWS": OURS}, "Action": "*"}, DENIED),
        (_deny("*", {"StringNotEquals": {"aws:PrincipalOrgID": "o-example123"}}), DENIED),
        (_deny("*", {"Bool": {"aws:SecureTransport": "false"}}), LET_IN),
        (_deny("*", {"NumericLessThan": {"s3:TlsVersion": "1.2"}}), LET_IN),
        (_deny("*", {"Null": {"s3:x-amz-server-side-encryption": "true"}}), LET_IN),
        (_deny("*", {"Bool": {"aws:SecureTransport": "false", "aws:MultiFactorAuthPresent": "false"}}), DENIED),
        (_deny("*", Action="s3:DeleteBucket"), LET_IN),
        (_deny("*", Action=["s3:DeleteBucket", "S3:Get*"]), DENIED),
        (_deny("*", Action="s3:Put*"), LET_IN),
        (_deny("*", Action=None, NotAction="s3:PutObject"), DENIED),
    ],
)
def test_a_grantee_who_is_denied_again_is_of_unknown_account(deny: dict[str, Any], found: list[object]) -> None:
    assert _told(_allow({"AWS": THEIR_ROLE}), deny) == found
    assert _told(deny, _allow({"AWS": THEIR_ROLE})) == found


@pytest.mark.parametrize(
    ("allowed", "denied", "found"),
    [
        ("s3:Get*", "s3:*Object", policies.DENIED),
        ("s3:Get*", "s3:Put*", OTHER),
        ("s3:Get?bject", "s3:GetObject", policies.DENIED),
        ("*", "s3:DeleteBucket", policies.DENIED),
        ("s3:[ab]*", "s3:a", OTHER),
        (None, "s3:DeleteBucket", policies.DENIED),
    ],
)
def test_two_statements_may_be_about_one_action(allowed: str | None, denied: str, found: object) -> None:
    told = _told(_allow({"AWS": OTHER}, Action=allowed), _deny("*", Action=denied))
    assert told == [(OTHER, found)]


def test_a_session_is_denied_by_its_role() -> None:
    assert _told(_allow({"AWS": SESSION}), _deny({"AWS": THEIR_ROLE})) == [(SESSION, policies.DENIED)]
    assert _told(_allow({"AWS": SESSION}), _deny({"AWS": THIRD})) == [(SESSION, OTHER)]
    # Of those that are let in as an account, one is denied.
    assert _told(_allow({"AWS": OTHER}), _deny({"AWS": THEIR_ROLE})) == [(OTHER, OTHER)]


@pytest.mark.parametrize(("name", "account"), [(ORGANISATION, "o-example123"), (UNIT, "o-example123")])
def test_a_share_may_be_with_an_organisation(name: str, account: str) -> None:
    assert list(principals.let_in([name, OWN, "ram.amazonaws.com"], HERE)) == [Grantee(name, account)]
    assert principals.account_of("arn:aws:organizations::333333333333:ou/x") == principals.NO_ACCOUNT
    assert principals.account_of("o-example123") == "o-example123"


REPOSITORY = "arn:aws:ecr:eu-west-2:111111111111:repository/web"


@pytest.mark.parametrize(
    ("statement", "is_about"),
    [
        ({"Resource": REPOSITORY}, True),
        ({"Resource": "*"}, True),
        ({"Resource": "arn:aws:ecr:*:${aws:PrincipalAccount}:repository/${x}"}, True),
        ({"Resource": "arn:aws:ecr:*:${aws:PrincipalAccount}:repository/api"}, False),
        ({"Resource": ["other", "arn:aws:ecr:*:111111111111:repository/w?b"]}, True),
        ({"Resource": "arn:aws:ecr:eu-west-2:111111111111:repository/web2"}, False),
        ({"Resource": "arn:aws:ecr:eu-west-2:111111111111:repository/[w]eb"}, False),
        ({"Resource": []}, False),
        ({"NotResource": REPOSITORY}, True),
        ({}, True),
    ],
)
def test_a_policy_for_several_has_statements_about_each(statement: dict[str, object], is_about: bool) -> None:
    assert about([statement], REPOSITORY) == ([statement] if is_about else [])


NAMES = st.sampled_from(["*", OWN, OTHER, THEIRS, GITHUB, CANONICAL_ID, "arn:", "${a}", "", "sns.amazonaws.com"])
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
OPERATORS = st.sampled_from(["StringEquals", "ArnLike", "ForAnyValue:StringLike", "Bool", "x"])
KEYS = st.sampled_from(["aws:PrincipalArn", "aws:SourceAccount", "aws:PrincipalOrgID", "aws:SourceVpc", "x"])
CONDITIONS = st.dictionaries(OPERATORS, st.dictionaries(KEYS, NAMES | JSONS, max_size=2) | JSONS, max_size=2) | JSONS
PRINCIPALS = st.dictionaries(st.sampled_from(["AWS", "Service", "Federated", "CanonicalUser"]), NAMES | JSONS) | JSONS
STATEMENTS = st.fixed_dictionaries(
    {},
    optional={
        "Effect": st.sampled_from(["Allow", "Deny"]) | JSONS,
        "Principal": PRINCIPALS,
        "NotPrincipal": JSONS,
        "Action": st.sampled_from(["*", "s3:*", "s3:GetObject"]) | JSONS,
        "Condition": CONDITIONS,
    },
)


@given(st.lists(STATEMENTS, max_size=4) | st.lists(st.dictionaries(st.text(max_size=8), JSONS)) | JSONS)
def test_any_policy_is_read_or_not_known(policy: object) -> None:
    """Whatever a policy holds: nothing is raised but what becomes a gap, and nobody of the own account is let in."""
    try:
        found = list(grantees(statements(policy), HERE))
    except (NotKnown, TypeError):
        # The view turns the TypeError of what are no statements into a NotKnown.
        assert not isinstance(policy, list) or not all(isinstance(each, dict) for each in policy)
        return
    assert len(found) == len(set(found))
    assert not {OWN, OURS} & {each.ref for each in found if isinstance(each, Grantee)}
    assert all(isinstance(each, Unknown) or each.account != OWN for each in found)
