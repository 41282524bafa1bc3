"""From the replies of IAM, RAM and OAM, which let others in, to facts."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.session import Session

from scanner.facts import Exposure, Location, Reason, Tagging, Trust
from scanner.providers.aws.iam_roles import ROLE
from scanner.providers.aws.oam import LINK
from scanner.providers.aws.ram import SHARE
from tests.scanner.providers.aws.states import REFUSED, refs, told

OWN, OTHER = "111111111111", "222222222222"


def _role(principal: object, **fields: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **fields}
    return {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


@pytest.mark.parametrize(
    ("item", "found", "public"),
    [
        (_role({"AWS": f"arn:aws:iam::{OTHER}:root"}), [f"arn:aws:iam::{OTHER}:root"], False),
        (_role({"AWS": OWN}), [], False),
        (_role({"Service": "ec2.amazonaws.com"}), [], False),
        (_role({"AWS": "*"}), [], True),
        (
            _role({"AWS": "*"}, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-example123"}}),
            ["o-example123"],
            False,
        ),
        (_role({"AWS": "AROAEXAMPLE0EXAMPLE00"}), ["AROAEXAMPLE0EXAMPLE00"], False),
        (_role({"Federated": f"arn:aws:iam::{OWN}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"}), [], False),
        (
            _role({"Federated": f"arn:aws:iam::{OWN}:saml-provider/partner"}),
            [f"arn:aws:iam::{OWN}:saml-provider/partner"],
            False,
        ),
        ({"AssumeRolePolicyDocument": "%7B%7D"}, [Reason.SHAPE], Reason.SHAPE),
        ({"AssumeRolePolicyDocument": {}}, [Reason.SHAPE], Reason.SHAPE),
        ({"AssumeRolePolicyDocument": {"Statement": "?"}}, [Reason.SHAPE], Reason.SHAPE),
        ({}, [Reason.SHAPE], Reason.SHAPE),
    ],
)
def test_a_role_lets_in_whom_its_trust_policy_names(item: object, found: list[object], public: object) -> None:
    assert refs(ROLE, Trust.grantees, item) == found
    assert told(ROLE, Exposure.public, item) == public


HUB = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"
HUB_SUBJECT = "token.actions.githubusercontent.com:sub"
ANYBODY = Reason.UNDECIDED


@pytest.mark.parametrize(
    ("provider", "condition", "public"),
    [
        (HUB, None, ANYBODY),
        (["accounts.google.com"], {}, ANYBODY),
        (HUB, {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, ANYBODY),
        (HUB, {"StringLike": {HUB_SUBJECT: "repo:example/*"}}, False),
        (HUB, {"ForAnyValue:StringLike": {HUB_SUBJECT: ["repo:example/one", "repo:example/two"]}}, False),
        (HUB, {"StringLike": {HUB_SUBJECT: "*"}}, ANYBODY),
        (HUB, {"StringLike": {HUB_SUBJECT: ["repo:example/*", "repo:*"]}}, ANYBODY),
        (HUB, {"StringNotEquals": {HUB_SUBJECT: "repo:example/one"}}, ANYBODY),
        (HUB, {"StringEquals": "odd"}, ANYBODY),
        (f"arn:aws:iam::{OWN}:saml-provider/partner", None, False),
    ],
)
def test_a_role_for_all_whom_a_provider_knows_may_be_for_everybody(
    provider: object, condition: object, public: object
) -> None:
    more = {} if condition is None else {"Condition": condition}
    assert told(ROLE, Exposure.public, _role({"Federated": provider}, **more)) == public
    assert told(ROLE, Exposure.public, _role({"Federated": provider}, Effect="Deny", **more)) is False


def test_botocore_decodes_the_trust_policy() -> None:
    """The mapping relies on it."""
    session = Session()
    model = session.get_service_model("iam").operation_model("ListRoles")
    parsed: dict[str, Any] = {"Roles": [{"AssumeRolePolicyDocument": "%7B%22Statement%22%3A%20%5B%5D%7D"}]}
    session.get_component("event_emitter").emit("after-call.iam.ListRoles", parsed=parsed, model=model)
    assert parsed["Roles"][0]["AssumeRolePolicyDocument"] == {"Statement": []}


def test_tags_of_a_role() -> None:
    assert told(ROLE, Tagging.tags, {}, {"tags": {"Tags": [{"Key": "env", "Value": "prod"}]}}) == {"env": "prod"}
    assert told(ROLE, Tagging.tags, {}, {"tags": {}}) == Reason.SHAPE
    assert told(ROLE, Tagging.tags, {}, {"tags": REFUSED}) == Reason.REFUSED


ARN = f"arn:aws:ram:eu-west-2:{OWN}:resource-share/00000000-0000-0000-0000-000000000001"
UNIT = "arn:aws:organizations::333333333333:ou/o-example123/ou-ab12-cdefghij"


def _shared(*names: object, status: object = "ASSOCIATED", share: object = ARN) -> dict[str, Any]:
    found = [{"resourceShareArn": share, "associatedEntity": name, "status": status} for name in names]
    return {"associations": {"resourceShareAssociations": found}}


@pytest.mark.parametrize(
    ("replies", "found"),
    [
        (_shared(), []),
        (_shared(OTHER, OWN, UNIT), [OTHER, UNIT]),
        (_shared(OTHER, status="ASSOCIATING"), [OTHER]),
        (_shared(OTHER, status="DISASSOCIATED"), []),
        (_shared(OTHER, status="FAILED"), []),
        (_shared(OTHER, share=f"{ARN}0"), []),
        (_shared(f"arn:aws:iam::{OTHER}:role/reader"), [f"arn:aws:iam::{OTHER}:role/reader"]),
        (_shared("lambda.amazonaws.com"), []),
        (_shared(None), [Reason.SHAPE]),
        (_shared(OTHER, status="?"), [Reason.SHAPE]),
        ({"associations": {}}, [Reason.SHAPE]),
        ({"associations": REFUSED}, [Reason.REFUSED]),
    ],
)
def test_a_resource_share_is_with_its_principals(replies: dict[str, Any], found: list[object]) -> None:
    assert refs(SHARE, Trust.grantees, {"resourceShareArn": ARN}, replies) == found


def test_a_unit_is_of_its_organisation() -> None:
    found: Any = told(SHARE, Trust.grantees, {"resourceShareArn": ARN}, _shared(UNIT, OTHER))
    assert [each.account for each in found] == ["o-example123", OTHER]


def test_other_facts_of_a_resource_share() -> None:
    item = {"resourceShareArn": ARN, "tags": [{"key": "env", "value": "prod"}]}
    assert told(SHARE, Location.homes, item) == ["aws:eu-west-2"]
    assert told(SHARE, Tagging.tags, item) == {"env": "prod"}
    assert told(SHARE, Tagging.tags, {}) == Reason.SHAPE


@pytest.mark.parametrize(
    ("sink", "found"),
    [
        (f"arn:aws:oam:eu-west-2:{OTHER}:sink/1", [f"arn:aws:oam:eu-west-2:{OTHER}:sink/1"]),
        (f"arn:aws:oam:eu-west-2:{OWN}:sink/1", []),
        (None, [Reason.SHAPE]),
    ],
)
def test_a_link_shows_logs_to_the_account_of_its_sink(sink: object, found: list[object]) -> None:
    arn = f"arn:aws:oam:eu-west-2:{OWN}:link/1"
    assert refs(LINK, Trust.grantees, {"Arn": arn, "SinkArn": sink}) == found
    assert told(LINK, Location.homes, {"Arn": arn}) == ["aws:eu-west-2"]
    assert told(LINK, Tagging.tags, {}, {"tags": {"Tags": {"env": "prod"}}}) == {"env": "prod"}
    assert told(LINK, Tagging.tags, {}, {"tags": REFUSED}) == Reason.REFUSED
