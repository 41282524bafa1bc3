"""AWS IAM: roles, which let others in whom their trust policy names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import JSON, Exposure, Grantee, Kind, Tagging, Trust, Unknown, View, key_values
from scanner.providers.aws import policies

POLICY = "item:/AssumeRolePolicyDocument"


def _statements(value: JSON) -> list[policies.Statement]:
    # The listing has it as escaped text, which botocore decodes (its handler of replies of IAM).
    if not isinstance(value, Mapping):
        raise TypeError("not a policy")
    return policies.statements(value["Statement"])


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    return policies.grantees(view.at(POLICY, _statements), view.where)


ROLE = ResourceType(
    "aws.iam.role",
    "AWS::IAM::Role",
    Kind.CONFIG,
    each=Call("iam:ListRoles", "iam.list_roles", items="/Roles", per=Per.ACCOUNT),
    id="{/Arn}",
    label="/RoleName",
    # The listing leaves tags out (botocore's model of ListRoles).
    ask={
        "tags": Call("iam:ListRoleTags", "iam.list_role_tags", items="/Tags", take={"RoleName": "/RoleName"}),
    },
    facts=(
        Trust.grantees.items(_grantees, POLICY),
        Exposure.public.by(lambda view: policies.lets_everybody(view.at(POLICY, _statements)), POLICY),
        Tagging.tags.at("tags:/Tags", key_values),
    ),
    unordered=("tags:/Tags",),
)

TYPES = (ROLE,)
