"""The AWS account itself. What it holds is answered by the engine."""

from __future__ import annotations

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import Kind

ACCOUNT = ResourceType(
    "aws.account",
    "AWS::Account",
    Kind.CONFIG,
    # Needs no permission at all (docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
    each=Call("sts:GetCallerIdentity", "sts.get_caller_identity", per=Per.ACCOUNT),
    id="arn:{@partition}:iam::{@account}:root",
    label="/Account",
    facts=(),
    container=True,
)

TYPES = (ACCOUNT,)
