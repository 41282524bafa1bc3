"""Amazon Web Services. Importing this package loads no SDK."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from scanner.collect.catalogue import Catalogue
from scanner.collect.identity import Identity
from scanner.collect.model import Call, Options, ResourceType, Session, Sweep
from scanner.facts import JSON, Kind, Location, Tagging, key_values
from scanner.providers.aws import (
    account,
    acm,
    apigateway,
    athena,
    backup,
    balancers,
    bedrock,
    cloudfront,
    cloudtrail,
    clusters,
    cognito,
    dax,
    dlm,
    dms,
    docdb_elastic,
    dynamodb,
    ebs,
    ecr,
    efs,
    eks,
    elasticache,
    emr,
    events,
    exports,
    firehose,
    fsx,
    functions,
    gateways,
    glue,
    iam_roles,
    images,
    influxdb,
    keyspaces,
    kinesis,
    kms,
    logs,
    memorydb,
    mq,
    msk,
    oam,
    opensearch,
    ram,
    rds,
    rds_backups,
    redshift,
    redshift_serverless,
    region,
    roles,
    s3,
    s3_express,
    s3_multi_region,
    s3_tables,
    sagemaker,
    secrets,
    security_groups,
    ses,
    sns,
    sqs,
    ssm,
    step_functions,
    storage_gateway,
    timestream,
    transfer,
    vpc,
    workspaces,
)
from scanner.providers.aws.arns import arn_type
from scanner.providers.aws.common import arn_home
from scanner.providers.aws.discovery import PERMISSIONS
from scanner.providers.aws.explorer import EXPLORED

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
    blind="the tagging API shows only what is or was tagged; Resource Explorer alone, where it is on, shows the rest",
)
"""Sees resources of any type, as far as they are or were tagged."""

LIMITS = (
    "AWS: regions that an account has not enabled are not read; what was made in one stays when it is disabled.",
    "AWS: what the Recycle Bin or a legal hold of AWS Backup keeps after its deletion is not read.",
    *s3.LIMITS,
    *rds.LIMITS,
    *dms.LIMITS,
    *msk.LIMITS,
    *firehose.LIMITS,
    *redshift.LIMITS,
    *backup.LIMITS,
    *dynamodb.LIMITS,
    *account.LIMITS,
    *region.LIMITS,
    *exports.LIMITS,
    *images.LIMITS,
    *keyspaces.LIMITS,
    *ses.LIMITS,
    *s3_express.LIMITS,
    *s3_tables.LIMITS,
    *eks.LIMITS,
    *glue.LIMITS,
    *athena.LIMITS,
    *emr.LIMITS,
    *sagemaker.LIMITS,
    *bedrock.LIMITS,
)


@dataclass(frozen=True, slots=True)
class Aws:
    """AWS as a provider; see `scanner.collect.model.Provider`."""

    name: str = "aws"
    types: tuple[ResourceType, ...] = (
        *s3.TYPES,
        *rds.TYPES,
        *ebs.TYPES,
        *logs.TYPES,
        *vpc.TYPES,
        *dynamodb.TYPES,
        *backup.TYPES,
        *dlm.TYPES,
        *efs.TYPES,
        *fsx.TYPES,
        *elasticache.TYPES,
        *memorydb.TYPES,
        *sqs.TYPES,
        *sns.TYPES,
        *secrets.TYPES,
        *ssm.TYPES,
        *ecr.TYPES,
        *kms.TYPES,
        *clusters.TYPES,
        *rds_backups.TYPES,
        *redshift.TYPES,
        *redshift_serverless.TYPES,
        *images.TYPES,
        *cloudtrail.TYPES,
        *acm.TYPES,
        *opensearch.TYPES,
        *kinesis.TYPES,
        *firehose.TYPES,
        *msk.TYPES,
        *balancers.TYPES,
        *cloudfront.TYPES,
        *apigateway.TYPES,
        *functions.TYPES,
        *cognito.TYPES,
        *gateways.TYPES,
        *workspaces.TYPES,
        *dax.TYPES,
        *dms.TYPES,
        *docdb_elastic.TYPES,
        *exports.TYPES,
        *timestream.TYPES,
        *influxdb.TYPES,
        *keyspaces.TYPES,
        *mq.TYPES,
        *transfer.TYPES,
        *storage_gateway.TYPES,
        *events.TYPES,
        *step_functions.TYPES,
        *ses.TYPES,
        *security_groups.TYPES,
        *s3_express.TYPES,
        *s3_tables.TYPES,
        *s3_multi_region.TYPES,
        *eks.TYPES,
        *glue.TYPES,
        *athena.TYPES,
        *emr.TYPES,
        *sagemaker.TYPES,
        *bedrock.TYPES,
        *iam_roles.TYPES,
        *ram.TYPES,
        *oam.TYPES,
        *account.TYPES,
        *region.TYPES,
    )
    sweeps: tuple[Sweep, ...] = (TAGGED, EXPLORED, *rds.SWEEPS)

    def kind(self, native: str) -> Kind:
        """The class of a CloudFormation type."""
        return Catalogue.load(__name__).kind(native)

    def open(self, scope: Mapping[str, JSON], options: Options) -> Session:
        """Open the scope; see `scanner.providers.aws.session`."""
        from scanner.providers.aws.session import open_session

        return open_session(scope, options, self.operations(), LIMITS)

    @property
    def limits(self) -> tuple[str, ...]:
        """What its answers leave out, whatever the policy."""
        return LIMITS

    def who(self, scope: Mapping[str, JSON], options: Options) -> Identity:
        """The caller; see `scanner.collect.identity`."""
        from scanner.providers.aws.identity import identify
        from scanner.providers.aws.session import open_session

        session = open_session(scope, options, frozenset())
        try:
            return identify(session)
        finally:
            session.close()

    def operations(self) -> frozenset[str]:
        """The operations of all calls that a scan may make."""
        calls = [call for kind in self.types for call in (kind.each, *kind.ask.values())]
        return frozenset(call.operation for call in (*calls, *(sweep.each for sweep in self.sweeps)))

    def role(self, permissions: frozenset[str]) -> str:
        """An IAM policy for `aws iam create-policy`: these permissions, the sweeps' and the discovery's.

        sts:GetCallerIdentity needs none. Who assumes the role in other accounts needs sts:AssumeRole on it besides.
        """
        return orjson.dumps(roles.document(self._actions(permissions)), option=orjson.OPT_INDENT_2).decode()

    @property
    def forms(self) -> tuple[str, ...]:
        """The other languages of the role; see `scanner.collect.roles`."""
        return roles.FORMS

    def role_as(self, form: str, permissions: frozenset[str], scope: Mapping[str, JSON]) -> str:
        """The role with its trust policy, in one of the forms."""
        return roles.written(form, self._actions(permissions), scope)

    def _actions(self, permissions: frozenset[str]) -> list[str]:
        wanted = permissions | PERMISSIONS | {sweep.each.permission for sweep in self.sweeps}
        # What botocore asks beside a service's own operations.
        wanted |= {timestream.DISCOVERY} if any(each.startswith("timestream:") for each in wanted) else set()
        return sorted(each for each in wanted if not each.startswith("sts:"))


PROVIDER = Aws()

__all__ = ["PROVIDER"]
