"""Amazon Web Services. Importing this package loads no SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import orjson

from scanner.collect.catalogue import Catalogue
from scanner.collect.model import Call, Options, ResourceType, Session, Sweep
from scanner.facts import JSON, Kind, Location, Tagging, key_values
from scanner.providers.aws import account, ebs, logs, rds, s3, vpc
from scanner.providers.aws.arns import arn_type
from scanner.providers.aws.common import arn_home

TAGGED = Sweep(
    each=Call(
        "tag:GetResources",
        "resourcegroupstaggingapi.get_resources",
        items="/ResourceTagMappingList",
        give={"ResourcesPerPage": 100},
    ),
    native=lambda item: arn_type(str(item.get("ResourceARN"))),
    id="{/ResourceARN}",
    label="/ResourceARN",
    facts=(
        # An ARN without a region (a bucket's, a role's) leaves the home unknown.
        Location.homes.one("item:/ResourceARN", arn_home),
        Tagging.tags.at("item:/Tags", key_values),
    ),
    paths=("/ResourceARN",),
    blind="the tagging API shows only what is or once was tagged; of unmodelled types, the rest stays unseen",
)
"""Sees resources of any type, as far as they are or were tagged."""

LIMITS = (
    "AWS: regions that an account has not enabled are not read.",
    *s3.LIMITS,
    *rds.LIMITS,
)
DISCOVERY = frozenset({"ec2:DescribeRegions", "organizations:ListAccounts"})


@dataclass(frozen=True, slots=True)
class Aws:
    """AWS as a provider; see `scanner.collect.model.Provider`."""

    name: str = "aws"
    types: tuple[ResourceType, ...] = (*s3.TYPES, *rds.TYPES, *ebs.TYPES, *logs.TYPES, *vpc.TYPES, *account.TYPES)
    sweeps: tuple[Sweep, ...] = (TAGGED, *rds.SWEEPS)

    def kind(self, native: str) -> Kind:
        """The class of a CloudFormation type."""
        return Catalogue.load(__name__).kind(native)

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:
        """Open the scope; see `scanner.providers.aws.session`."""
        from scanner.providers.aws.session import open_session

        return open_session(scope, options, self.operations(), LIMITS)

    def operations(self) -> frozenset[str]:
        """The operations of all calls that a scan may make."""
        calls = [call for kind in self.types for call in (kind.each, *kind.ask.values())]
        return frozenset(call.operation for call in (*calls, *(sweep.each for sweep in self.sweeps)))

    def role(self, permissions: frozenset[str]) -> str:
        """An IAM policy for `aws iam create-policy`: these permissions, the sweeps' and the discovery's.

        sts:GetCallerIdentity needs none. Who assumes the role in other accounts needs sts:AssumeRole on it besides.
        """
        wanted = permissions | DISCOVERY | {sweep.each.permission for sweep in self.sweeps}
        actions = sorted(each for each in wanted if not each.startswith("sts:"))
        statements = [
            {"Effect": "Allow", "Action": list(group), "Resource": "*"}
            for _, group in groupby(actions, key=lambda action: action.partition(":")[0])
        ]
        policy = {"Version": "2012-10-17", "Statement": statements}
        return orjson.dumps(policy, option=orjson.OPT_INDENT_2).decode()


PROVIDER = Aws()

__all__ = ["PROVIDER"]
