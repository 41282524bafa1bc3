"""The reader's role on AWS: as an IAM policy, as CloudFormation, as Terraform, and as commands of the AWS CLI.

A managed policy may have 6,144 characters and a role ten of them
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html), so the actions are dealt out to several.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import orjson

from scanner.collect.roles import hcl, hcl_list, sh, text
from scanner.facts import JSON

NAME = "asdeclared-reader"
ROOM = 5500
"""Characters of actions in one managed policy: the limit, less what stands around them."""
FORMS = ("cloudformation", "terraform", "aws")
EVERYTHING = "*"
ONLY = {"cassandra": "arn:*:cassandra:*:*:/keyspace/system*"}
"""What the actions of a service are allowed on, where on other resources they would show data: on the system keyspaces
cassandra:Select tells which tables there are, on a table it reads the rows
(docs.aws.amazon.com/keyspaces/latest/devguide/security_iam_service-with-iam.html).
"""


def document(actions: Iterable[str]) -> dict[str, Any]:
    """An IAM policy that allows these actions, with a statement for each service."""
    statements = [
        {"Effect": "Allow", "Action": group, "Resource": ONLY.get(service, EVERYTHING)}
        for service, group in _services(actions)
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _services(actions: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    groups = groupby(sorted(actions), key=lambda action: action.partition(":")[0])
    return ((service, list(group)) for service, group in groups)


def parts(actions: Iterable[str]) -> Iterator[list[str]]:
    """The actions in as few lists as fit into managed policies."""
    part: list[str] = []
    for action in sorted(actions):
        if part and len(json.dumps(document([*part, action]), separators=(",", ":"))) > ROOM:
            yield part
            part = []
        part.append(action)
    yield part


def written(form: str, actions: Iterable[str], scope: Mapping[str, JSON]) -> str:
    """The role in one of `FORMS`. `scope` may name the role and the external id."""
    lists = list(parts(actions))
    path, _, name = f"/{text(scope, 'role', NAME)}".rpartition("/")
    role, external = Role(name, f"{path}/"), text(scope, "external_id", "")
    match form:
        case "cloudformation":
            return _cloudformation(lists, role, external)
        case "terraform":
            return _terraform(lists, role, external)
    return _commands(lists, role, external)


@dataclass(frozen=True, slots=True)
class Role:
    """The role's name and path, which the policy writes as one."""

    name: str
    path: str


def _cloudformation(lists: list[list[str]], role: Role, external: str) -> str:
    parameters = {
        "Principal": {
            "Type": "String",
            "Description": "ARN of the identity that scans, or of the account that it is in",
            "AllowedPattern": "arn:aws[a-z-]*:(iam|sts)::[0-9]{12}:.+",
        },
        "ExternalId": {"Type": "String", "Default": external, "Description": "External id; empty for none"},
        "RoleName": {"Type": "String", "Default": role.name},
    }
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": {"Ref": "Principal"}},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "Fn::If": [
                        "HasExternalId",
                        {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
                        {"Ref": "AWS::NoValue"},
                    ]
                },
            }
        ],
    }
    policies = {
        f"Reads{number}": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document(part)}}
        for number, part in enumerate(lists, 1)
    }
    properties = {
        "RoleName": {"Ref": "RoleName"},
        "Path": role.path,
        "Description": "Reads what asdeclared asks for, and nothing else",
        "AssumeRolePolicyDocument": trust,
        "ManagedPolicyArns": [{"Ref": name} for name in policies],
    }
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "The role by which asdeclared reads this account. It changes nothing.",
        "Parameters": parameters,
        "Conditions": {"HasExternalId": {"Fn::Not": [{"Fn::Equals": [{"Ref": "ExternalId"}, ""]}]}},
        "Resources": {**policies, "Reader": {"Type": "AWS::IAM::Role", "Properties": properties}},
        "Outputs": {"RoleArn": {"Value": {"Fn::GetAtt": ["Reader", "Arn"]}}},
    }
    return orjson.dumps(template, option=orjson.OPT_INDENT_2).decode()


def _terraform(lists: list[list[str]], role: Role, external: str) -> str:
    return f"""variable "principal" {{
  description = "ARN of the identity that scans, or of the account that it is in"
  type        = string
}}

variable "external_id" {{
  description = "External id; empty for none"
  type        = string
  default     = {hcl(external)}
}}

data "aws_iam_policy_document" "trust" {{
  statement {{
    actions = ["sts:AssumeRole"]
    principals {{
      type        = "AWS"
      identifiers = [var.principal]
    }}
    dynamic "condition" {{
      for_each = var.external_id == "" ? [] : [var.external_id]
      content {{
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }}
    }}
  }}
}}

resource "aws_iam_role" "reader" {{
  name               = {hcl(role.name)}
  path               = {hcl(role.path)}
  description        = "Reads what asdeclared asks for, and nothing else"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}}
{"".join(_reads(number, part, role.name) for number, part in enumerate(lists, 1))}"""


def _reads(number: int, part: list[str], role: str) -> str:
    narrow = [(group, ONLY[service]) for service, group in _services(part) if service in ONLY]
    wide = [action for action in part if action.partition(":")[0] not in ONLY]
    allowed = [*([(wide, EVERYTHING)] if wide else []), *narrow]
    return f"""
data "aws_iam_policy_document" "reads_{number}" {{{"".join(_statement(*each) for each in allowed)}
}}

resource "aws_iam_policy" "reads_{number}" {{
  name   = {hcl(f"{role}-{number}")}
  policy = data.aws_iam_policy_document.reads_{number}.json
}}

resource "aws_iam_role_policy_attachment" "reads_{number}" {{
  role       = aws_iam_role.reader.name
  policy_arn = aws_iam_policy.reads_{number}.arn
}}
"""


def _statement(actions: list[str], resource: str) -> str:
    return f"""
  statement {{
    actions   = {hcl_list(actions, 4)}
    resources = [{hcl(resource)}]
  }}"""


def _commands(lists: list[list[str]], role: Role, external: str) -> str:
    condition = {"Condition": {"StringEquals": {"sts:ExternalId": external}}} if external else {}
    statement = {"Effect": "Allow", "Principal": {"AWS": "PRINCIPAL"}, "Action": "sts:AssumeRole", **condition}
    name = sh(role.name)
    # The placeholder is replaced by the shell, so that the quotes are closed around it.
    trust = sh(json.dumps({"Version": "2012-10-17", "Statement": [statement]})).replace("PRINCIPAL", "'\"$PRINCIPAL\"'")
    return "\n".join(
        [
            "set -eu",
            ': "${PRINCIPAL:?ARN of the identity that scans, or of the account that it is in}"',
            f"aws iam create-role --role-name {name} --path {sh(role.path)} --assume-role-policy-document {trust}",
            *(line for number, part in enumerate(lists, 1) for line in _attached(number, part, role.name)),
        ]
    )


def _attached(number: int, part: list[str], role: str) -> Iterator[str]:
    made = f"aws iam create-policy --policy-name {sh(f'{role}-{number}')} --query Policy.Arn --output text"
    yield f"ARN=$({made} --policy-document {sh(json.dumps(document(part)))})"
    yield f'aws iam attach-role-policy --role-name {sh(role)} --policy-arn "$ARN"'
