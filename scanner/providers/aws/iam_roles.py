"""AWS IAM: roles, which let others in whom their trust policy names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import JSON, Exposure, Grantee, Kind, NotKnown, Reason, Tagging, Trust, Unknown, View, key_values
from scanner.providers.aws import policies

POLICY = "item:/AssumeRolePolicyDocument"
ANY = re.compile(r"([a-z_]+:)?[*?]|.*\$\{", re.IGNORECASE)
"""A pattern of a subject that says nothing of whose it is: "*" and "repo:*"."""
ANYBODY = Unknown(Reason.UNDECIDED, "it lets in whoever an identity provider knows, and who that may be is not told")


def _statements(value: JSON) -> list[policies.Statement]:
    # The listing has it as escaped text, which botocore decodes (its handler of replies of IAM).
    if not isinstance(value, Mapping):
        raise TypeError("not a policy")
    return policies.statements(value["Statement"])


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    return policies.grantees(view.at(POLICY, _statements), view.where)


def _public(view: View) -> bool:
    found = view.at(POLICY, _statements)
    if policies.lets_everybody(found):
        return True
    if any(_is_for_all_of_provider(each) for each in found):
        raise NotKnown(ANYBODY)
    return False


def _is_for_all_of_provider(statement: policies.Statement) -> bool:
    """Whether it allows whomever a provider of web identities knows, as GitHub does everybody who runs a workflow
    (docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html): its subject is not tested.
    """
    principal = statement.get("Principal")
    names = policies.several(principal.get("Federated")) if isinstance(principal, Mapping) else []
    web = any(isinstance(each, str) and ":saml-provider/" not in each for each in names)
    return statement.get("Effect") == "Allow" and web and not _tests_subject(statement.get("Condition"))


def _tests_subject(condition: JSON) -> bool:
    tests = [
        (key, values)
        for operator, keys in (condition.items() if isinstance(condition, Mapping) else ())
        if operator.lower().removeprefix("foranyvalue:") in policies.EQUAL and isinstance(keys, Mapping)
        for key, values in keys.items()
    ]
    return any(
        key.lower().endswith(":sub") and not any(ANY.match(str(each)) for each in policies.several(values))
        for key, values in tests
    )


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
        Exposure.public.by(_public, POLICY),
        Tagging.tags.at("tags:/Tags", key_values),
    ),
    unordered=("tags:/Tags",),
)

TYPES = (ROLE,)
