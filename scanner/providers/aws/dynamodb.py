"""Amazon DynamoDB: tables and their backups."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    FOREVER,
    JSON,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Kind,
    Lineage,
    Location,
    LogStore,
    Origin,
    Plan,
    PlanKind,
    Reason,
    RecoveryPoint,
    Source,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    key_values,
    text,
    whole,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies, protection
from scanner.providers.aws.common import arn_home, kept_by, origin, parts, recovery_point

GUIDE = "docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
# Tables and backups are always encrypted, by AES-256; without a description of it by a key that DynamoDB owns.
ALWAYS = GUIDE + "EncryptionAtRest.html"
# ReplicaStatus: whether there are data, or will be.
REPLICAS: dict[object, bool] = {
    **dict.fromkeys(("CREATING", "UPDATING", "DELETING", "ACTIVE", "REGION_DISABLED", "ARCHIVING", "ARCHIVED"), True),
    **dict.fromkeys(("INACCESSIBLE_ENCRYPTION_CREDENTIALS", "REPLICATION_NOT_AUTHORIZED"), True),
    "CREATION_FAILED": False,
}
PITR: dict[object, bool] = {"ENABLED": True, "DISABLED": False}
DESCRIPTION = "/Table/SSEDescription"
OF_BACKUP = "/BackupDescription/SourceTableFeatureDetails/SSEDescription"
STATUS = "backups:/ContinuousBackupsDescription/PointInTimeRecoveryDescription/PointInTimeRecoveryStatus"
PERIOD = "backups:/ContinuousBackupsDescription/PointInTimeRecoveryDescription/RecoveryPeriodInDays"
IMPORTED = Unknown(Reason.NOT_ASKED, "imports from Amazon S3 are told for 90 days only, and are not read")
LEGACY = tuple(f"legacy:/GlobalTables/*/{each}" for each in ("GlobalTableName", "ReplicationGroup/*/RegionName"))
REPLICATED = tuple(f"table:/Table/Replicas/*/{each}" for each in ("RegionName", "ReplicaArn", "ReplicaStatus"))
WITNESSES = "table:/Table/GlobalTableWitnesses/*/RegionName"
RESTORED = tuple(f"table:/Table/RestoreSummary/{each}" for each in ("SourceBackupArn", "SourceTableArn"))
# A backup that a user made stays until it is deleted; one that DynamoDB made of a deleted table is kept for 35 days
# (botocore's model of BackupSummary).
RETENTIONS: dict[object, Duration | Unknown] = {
    "USER": FOREVER,
    "SYSTEM": Duration.of(35),
    "AWS_BACKUP": kept_by("AWS Backup"),
}


def _home(view: View) -> Iterable[str]:
    view.at("item:", text)
    yield aws(view.where.region)


def _replicas(view: View) -> Iterable[tuple[str, str]]:
    """Region and ARN of each other replica. A missing list is an empty one (TableDescription)."""
    for replica in view.each("table:/Table/Replicas", missing=True):
        region = replica.at("/RegionName", text)
        if region != view.where.region and replica.at("/ReplicaStatus", REPLICAS):
            yield region, replica.at("/ReplicaArn", text, missing=None) or _elsewhere(view, region)


def _old_replicas(view: View) -> Iterable[tuple[str, str]]:
    """The same for a global table of version 2017.11.29, of which the table itself does not tell."""
    name = view.at("item:", text)
    for table in view.each("legacy:/GlobalTables"):
        if table.at("/GlobalTableName", text) == name:
            regions = [each.at("/RegionName", text) for each in table.each("/ReplicationGroup")]
            yield from ((region, _elsewhere(view, region)) for region in regions if region != view.where.region)


def _elsewhere(view: View, region: str) -> str:
    where = view.where
    return f"arn:{where.partition}:dynamodb:{region}:{where.account}:table/{view.at('item:', text)}"


def _copies(view: View) -> Iterable[Copy]:
    for region, arn in _replicas(view):
        yield Copy(CopyKind.REPLICA, aws(region), arn)
    for witness in view.each("table:/Table/GlobalTableWitnesses", missing=True):
        yield Copy(CopyKind.REPLICA, aws(witness.at("/RegionName", text)))
    for region, arn in _old_replicas(view):
        yield Copy(CopyKind.REPLICA, aws(region), arn)


def _plans(view: View) -> Iterable[Plan | Unknown]:
    if view.at(STATUS, PITR):
        # To any second of the period; without a number it is 35 days (PointInTimeRecoverySpecification).
        days, second = Duration.of(view.at(PERIOD, whole, missing=35)), Duration.of(1, "second")
        yield Plan(PlanKind.CONTINUOUS, days, second, (aws(view.where.region),), encrypted=True, immutable=False)


def _origins(view: View) -> Iterable[Origin | Unknown]:
    yield IMPORTED
    # Told of restored tables only.
    for path in RESTORED:
        source = view.at(path, text, missing=None)
        if source:
            yield origin(source)
    # Each replica of a global table takes what is written to the others.
    yield from (origin(arn) for _, arn in (*_replicas(view), *_old_replicas(view)))


def _plaintext(view: View) -> bool:
    # The endpoints speak HTTP and HTTPS (docs.aws.amazon.com/general/latest/gr/ddb.html).
    arn = _elsewhere(view, view.where.region)

    def covers(resources: list[JSON]) -> bool:
        below = {f"{arn}/*", f"{arn}/index/*"}.intersection(each for each in resources if isinstance(each, str))
        return "*" in resources or f"{arn}*" in resources or (arn in resources and bool(below))

    statements = view.at("policy:/Policy/Statement", policies.statements, absent=[])
    return policies.lets_plaintext(statements, policies.Subject(frozenset({"dynamodb:*", "*"}), covers))


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    """Its own policy is for its indexes too; its stream has one of its own."""
    return parts(lambda: _let_in(view, "policy"), lambda: _let_in(view, "stream") if _has_stream(view) else ())


def _let_in(view: View, source: str) -> Iterable[Grantee | Unknown]:
    return policies.grantees(view.at(f"{source}:/Policy/Statement", policies.statements, absent=[]), view.where)


def _has_stream(view: View) -> bool:
    return view.at("table:/Table/LatestStreamArn", text, missing=None) is not None


def _policy_of(pointer: str) -> Call:
    return Call(
        "dynamodb:GetResourcePolicy",
        "dynamodb.get_resource_policy",
        take={"ResourceArn": pointer},
        absent=frozenset({"PolicyNotFoundException"}),
        decode=("/Policy",),
        follows="table",
    )


def _backup_plans(view: View) -> Iterable[Plan]:
    yield recovery_point(view.at("item:/BackupType", RETENTIONS), view.at("item:/BackupArn", arn_home), encrypted=True)


TABLE = ResourceType(
    "aws.dynamodb.table",
    "AWS::DynamoDB::Table",
    Kind.DATA,
    each=Call("dynamodb:ListTables", "dynamodb.list_tables", items="/TableNames"),
    id="arn:{@partition}:dynamodb:{@region}:{@account}:table/{}",
    label="",
    ask={
        "table": Call("dynamodb:DescribeTable", "dynamodb.describe_table", take={"TableName": ""}),
        "key": keys.ask(f"{DESCRIPTION}/KMSMasterKeyArn", follows="table"),
        "backups": Call(
            "dynamodb:DescribeContinuousBackups", "dynamodb.describe_continuous_backups", take={"TableName": ""}
        ),
        # Asked once for a region.
        "legacy": Call("dynamodb:ListGlobalTables", "dynamodb.list_global_tables", items="/GlobalTables"),
        "policy": _policy_of("/Table/TableArn"),
        "stream": _policy_of("/Table/LatestStreamArn"),
        "tags": Call(
            "dynamodb:ListTagsOfResource",
            "dynamodb.list_tags_of_resource",
            items="/Tags",
            take={"ResourceArn": "/Table/TableArn"},
            follows="table",
        ),
    },
    facts=(
        Location.homes.items(_home, "item:"),
        Location.copies.items(_copies, "item:", *REPLICATED, WITNESSES, *LEGACY),
        *keys.always(ALWAYS),
        *keys.held(f"table:{DESCRIPTION}/KMSMasterKeyArn", keys.OWNED),
        EncryptionInTransit.plaintext.by(_plaintext, "item:", *policies.paths("policy:/Policy")),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, GUIDE + "inter-network-traffic-privacy.html"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Backup.plans.items(_plans, STATUS, PERIOD),
        Lineage.origins.items(_origins, "item:", *RESTORED, *REPLICATED, *LEGACY),
        # A policy that lets everybody in is rejected.
        Exposure.public.documented(value=False, basis=GUIDE + "rbac-bpa-rbp.html"),
        Trust.grantees.items(
            _grantees,
            "table:/Table/LatestStreamArn",
            *policies.paths("policy:/Policy"),
            *policies.paths("stream:/Policy"),
        ),
        Tagging.tags.at("tags:/Tags", key_values),
    ),
    without={LogStore: "not a log store"},
    covered_by=protection.BY_BACKUP,
    unordered=("tags:/Tags", "table:/Table/Replicas", "table:/Table/GlobalTableWitnesses"),
)

BACKUP = ResourceType(
    "aws.dynamodb.backup",
    "AWS::DynamoDB::Backup",
    Kind.DATA,
    each=Call("dynamodb:ListBackups", "dynamodb.list_backups", items="/BackupSummaries", give={"BackupType": "ALL"}),
    id="{/BackupArn}",
    label="/BackupName",
    ask={
        "backup": Call("dynamodb:DescribeBackup", "dynamodb.describe_backup", take={"BackupArn": "/BackupArn"}),
        "key": keys.ask(f"{OF_BACKUP}/KMSMasterKeyArn", follows="backup"),
    },
    facts=(
        Location.homes.one("item:/BackupArn", arn_home),
        Location.copies.none("DynamoDB copies no backup; AWS Backup makes recovery points of its own"),
        *keys.always(ALWAYS),
        *keys.held(f"backup:{OF_BACKUP}/KMSMasterKeyArn", keys.OWNED),
        Backup.plans.items(_backup_plans, "item:/BackupType", "item:/BackupArn"),
        Lineage.origins.items(lambda view: (origin(view.at("item:/TableArn", text)),), "item:/TableArn"),
        RecoveryPoint.sources.items(lambda view: (Source(view.at("item:/TableArn", text)),), "item:/TableArn"),
        # Resource policies are for tables, indexes and streams only.
        Exposure.public.documented(value=False, basis=GUIDE + "access-control-resource-based.html"),
    ),
    without={
        EncryptionInTransit: "a backup takes no connections",
        LogStore: "not a log store",
        Tagging: "only tables can have tags (TagResource)",
        Trust: "resource policies are for tables, indexes and streams only",
    },
    points_of=("aws.dynamodb.table",),
)

TYPES = (TABLE, BACKUP)
LIMITS = ("DynamoDB: backups that AWS Backup made are not in the listing that is read.",)
