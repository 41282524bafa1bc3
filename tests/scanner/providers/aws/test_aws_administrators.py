"""From IAM's details of users, groups, roles and policies to who may do everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from scanner.collect.model import projections
from scanner.facts import Identity, Known, Reason, Seen
from scanner.providers.aws.account import ACCOUNT
from tests.scanner.providers.aws.states import REFUSED, state, told

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
READING = {"Effect": "Allow", "Action": ["s3:Get*"], "Resource": "*"}
DENIES = {"Effect": "Deny", "Action": "cloudtrail:StopLogging", "Resource": "*"}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
UNSURE = Reason.UNDECIDED
LISTS = ("GroupList", "UserPolicyList", "AttachedManagedPolicies", "PermissionsBoundary")
ADMIN, OTHER = "arn:aws:iam::aws:policy/AdministratorAccess", "arn:aws:iam::111111111111:policy/other"
ANN, OPS, ROLE = (f"arn:aws:iam::111111111111:{each}" for each in ("user/ann", "group/ops", "role/deploy"))


def _document(*statements: object) -> dict[str, object]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _policy(arn: str, *statements: object, old: object = EVERYTHING) -> dict[str, object]:
    versions = [
        {"IsDefaultVersion": False, "Document": _document(old)},
        {"IsDefaultVersion": True, "Document": _document(*statements)},
    ]
    return {"Arn": arn, "PolicyVersionList": versions}


def _user(*statements: object, attached: tuple[str, ...] = (), **more: object) -> dict[str, object]:
    inline = [{"PolicyName": "own", "PolicyDocument": _document(*statements)}] if statements else []
    return {"Arn": ANN, "UserPolicyList": inline, "AttachedManagedPolicies": _arns(attached), **more}


def _arns(attached: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"PolicyName": "x", "PolicyArn": each} for each in attached]


def _group(*statements: object, attached: tuple[str, ...] = ()) -> dict[str, object]:
    inline = [{"PolicyDocument": _document(*statements)}] if statements else []
    return {"Arn": OPS, "GroupName": "ops", "GroupPolicyList": inline, "AttachedManagedPolicies": _arns(attached)}


def _role(*statements: object, **more: object) -> dict[str, object]:
    return {"Arn": ROLE, "RolePolicyList": [{"PolicyDocument": _document(*statements)}], **more}


def _details(users: object = (), groups: object = (), roles: object = (), policies: object = ()) -> dict[str, object]:
    lists = {
        "people": ("UserDetailList", users),
        "groups": ("GroupDetailList", groups),
        "roles": ("RoleDetailList", roles),
        "policies": ("Policies", policies),
    }
    return {
        source: {name: list(found)} if isinstance(found, list | tuple) else found
        for source, (name, found) in lists.items()
    }


def _administrators(**details: Any) -> object:
    return told(ACCOUNT, Identity.administrators, {}, _details(**details))


def _by_statements(*statements: object) -> object:
    return _administrators(users=[_user(*statements)])


def _allow(**change: object) -> dict[str, object]:
    return {key: value for key, value in {**EVERYTHING, **change}.items() if value is not None}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (EVERYTHING, [ANN]),
        (_allow(Action=["s3:Get*", "*"]), [ANN]),
        (_allow(Action="*:*"), [ANN]),
        (_allow(Resource=["arn:aws:s3:::example", "*"]), [ANN]),
        (_allow(Action="s3:*"), []),
        (_allow(Action="iam:*"), []),
        (_allow(Resource="arn:aws:s3:::example/*"), []),
        (_allow(Resource="arn:aws:*:*:*:*"), [UNSURE]),
        (_allow(Resource="arn:*"), [UNSURE]),
        (_allow(Resource=None, NotResource="arn:aws:s3:::example"), [UNSURE]),
        (_allow(Resource=None), [UNSURE]),
        (_allow(Action=None, NotAction=["iam:*", "organizations:*"]), []),
        (_allow(Action=None, NotAction="*"), []),
        (_allow(Action=None, NotAction="IAM:*"), []),
        (_allow(Action=None, NotAction="aws-portal:*"), [UNSURE]),
        (_allow(Action=None), [UNSURE]),
        (_allow(Condition=WITH_MFA), [UNSURE]),
        (_allow(Condition={}), [UNSURE]),
        (_allow(Action="s3:*", Condition=WITH_MFA), []),
        (_allow(Effect="Deny"), []),
    ],
)
def test_a_statement_allows_everything(statement: object, found: object) -> None:
    assert _by_statements(statement) == found


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ((EVERYTHING, _allow(Effect="Deny")), []),
        ((EVERYTHING, DENIES), [UNSURE]),
        ((EVERYTHING, {**DENIES, "Condition": WITH_MFA}), [ANN]),
        ((EVERYTHING, _allow(Effect="Deny", Condition=WITH_MFA)), [ANN]),
        ((READING, DENIES), []),
        ((READING, EVERYTHING), [ANN]),
        ((_allow(Action=["s3:*"]), _allow(Action=["ec2:*"])), []),
        # As PowerUserAccess and IAMFullAccess do together.
        ((_allow(Action=None, NotAction=["iam:*"]), _allow(Action=["IAM:*"])), [UNSURE]),
        ((_allow(Action=None, NotAction=["iam:*"]), _allow(Action="iam:*", Resource="arn:aws:iam::*:role/x")), []),
        ((_allow(Action=None, NotAction=["iam:*"], Resource="arn:aws:s3:::x"), _allow(Action="iam:*")), []),
        ((_allow(Action=None, NotAction=["iam:*"]), _allow(Action="iam:Get*")), []),
        ((_allow(Action=None, NotAction=["*"]), _allow(Action="iam:*")), []),
        ((_allow(Action=None, NotAction=["iam:*"]), _allow(Action="iam:*", Effect="Deny")), []),
        ((_allow(Action=None, NotAction=["iam:*"], Effect="Deny"), _allow(Action="iam:*")), []),
    ],
)
def test_statements_together(statements: tuple[object, ...], found: object) -> None:
    assert _by_statements(*statements) == found


def test_a_statement_may_stand_alone() -> None:
    user = {**_user(), "UserPolicyList": [{"PolicyDocument": {"Statement": EVERYTHING}}]}
    assert _administrators(users=[user]) == [ANN]


@pytest.mark.parametrize("document", ["%7B", {"Version": "2012-10-17"}, {"Statement": ["odd"]}, None])
def test_a_document_of_an_unforeseen_form_leaves_it_open(document: object) -> None:
    assert _administrators(users=[{**_user(), "UserPolicyList": [{"PolicyDocument": document}]}]) == [UNSURE]


@pytest.mark.parametrize(
    ("attached", "policies", "found"),
    [
        ((OTHER,), [_policy(OTHER, EVERYTHING, old=READING)], [ANN]),
        ((OTHER,), [_policy(OTHER, READING, old=EVERYTHING)], []),
        ((OTHER,), [], [UNSURE]),
        ((OTHER,), [{"Arn": OTHER, "PolicyVersionList": []}], [UNSURE]),
        ((ADMIN,), [], [ANN]),
        ((ADMIN,), [_policy(ADMIN, EVERYTHING)], [ANN]),
        ((ADMIN, OTHER), [_policy(OTHER, DENIES)], [UNSURE]),
        ((ADMIN, OTHER), [_policy(OTHER, READING)], [ANN]),
        ((ADMIN, OTHER), [], [UNSURE]),
        ((), [_policy(OTHER, EVERYTHING)], []),
        ((ADMIN,), REFUSED, [ANN, Reason.REFUSED]),
        ((OTHER,), REFUSED, [Reason.REFUSED, UNSURE]),
        ((ADMIN,), [{"Arn": OTHER}], [ANN, Reason.SHAPE]),
    ],
)
def test_policies_that_are_attached(attached: tuple[str, ...], policies: object, found: object) -> None:
    assert _administrators(users=[_user(attached=attached)], policies=policies) == found


@pytest.mark.parametrize(
    ("user", "groups", "found"),
    [
        (_user(GroupList=["ops"]), [_group(EVERYTHING)], [ANN, OPS]),
        (_user(GroupList=["ops"]), [_group(attached=(ADMIN,))], [ANN, OPS]),
        (_user(_allow(Effect="Deny"), GroupList=["ops"]), [_group(EVERYTHING)], [OPS]),
        (_user(), [_group(EVERYTHING)], [OPS]),
        (_user(GroupList=["ops"]), [_group(READING)], []),
        (_user(GroupList=["ops"]), [], [UNSURE]),
        (_user(GroupList=["ops"]), REFUSED, [Reason.REFUSED, UNSURE]),
        (_user(EVERYTHING), REFUSED, [ANN, Reason.REFUSED]),
    ],
)
def test_groups_and_their_members(user: object, groups: object, found: object) -> None:
    assert _administrators(users=[user], groups=groups) == found


def _bounded(arn: str) -> dict[str, object]:
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}}


@pytest.mark.parametrize(
    ("boundary", "found"),
    [
        (_policy(OTHER, READING), []),
        (_policy(OTHER, EVERYTHING), [ROLE]),
        (_policy(OTHER, DENIES, EVERYTHING), [UNSURE]),
    ],
)
def test_a_boundary_leaves_what_it_allows_too(boundary: object, found: object) -> None:
    assert _administrators(roles=[_role(EVERYTHING, **_bounded(OTHER))], policies=[boundary]) == found


def test_a_boundary_that_was_not_seen_leaves_it_open() -> None:
    assert _administrators(roles=[_role(EVERYTHING, **_bounded(OTHER))]) == [UNSURE]
    assert _administrators(roles=[_role(READING, **_bounded(OTHER))]) == []


@pytest.mark.parametrize("source", ["people", "groups", "roles"])
def test_a_list_that_was_refused_is_a_gap_and_loses_nobody_else(source: str) -> None:
    replies = {**_details([_user(EVERYTHING)], [_group(EVERYTHING)], [_role(EVERYTHING)]), source: REFUSED}
    found = told(ACCOUNT, Identity.administrators, {}, replies)
    lost = {"people": ANN, "groups": OPS, "roles": ROLE}[source]
    assert found == [*(each for each in (ANN, OPS, ROLE) if each != lost), Reason.REFUSED]


@pytest.mark.parametrize("broken", [{}, *({"Arn": ANN, name: "odd"} for name in LISTS)])
def test_an_item_of_an_unforeseen_form_makes_its_list_unknown(broken: Mapping[str, object]) -> None:
    assert _administrators(users=[broken], roles=[_role(EVERYTHING)]) == [ROLE, Reason.SHAPE]


def test_who_it_is_that_is_not_sure_is_told() -> None:
    found = state(ACCOUNT, Identity.administrators, {}, _details([_user(EVERYTHING, DENIES)]))
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    assert ANN in found.value.gaps[0].detail


def test_of_a_policy_nothing_is_kept_but_what_is_read() -> None:
    statement = _allow(Sid="Bob", Condition={"IpAddress": {"aws:SourceIp": "192.0.2.1"}})
    kept = projections(ACCOUNT)["roles"]({"RoleDetailList": [_role(statement, AssumeRolePolicyDocument="x", Tags=[1])]})
    plain = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}
    assert kept == {"RoleDetailList": [{"Arn": ROLE, "RolePolicyList": [{"PolicyDocument": {"Statement": [plain]}}]}]}
