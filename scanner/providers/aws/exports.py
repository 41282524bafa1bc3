"""Exports of databases to Amazon S3: of RDS snapshots and clusters, and of DynamoDB tables.

An export is a copy that lies in a bucket, which may be another account's. How long the files are kept is a matter of
the bucket's own rules.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Answer,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Facet,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys
from scanner.providers.aws.common import MANAGERS, origin

ANYWHERE = Unknown(Reason.NOT_ASKED, "the export names the bucket, not its region")
UNFINISHED = Unknown(Reason.UNDECIDED, "the export was not finished; what it has left in its bucket is not told")
# Whether there is, or will be, all of it (Status of ExportTask, which examples write in lower case, and ExportStatus).
MADE = {
    **dict.fromkeys(("STARTING", "IN_PROGRESS", "COMPLETE", "COMPLETED"), True),
    **dict.fromkeys(("CANCELING", "CANCELED", "FAILED"), False),
}
IN_BUCKET = "what is exported lies in the bucket that is told as the holder of a copy"
OF_BUCKET = "the bucket that holds it answers for itself"
WITHOUT: Mapping[type[Facet], str] = {
    Backup: OF_BUCKET,
    EncryptionInTransit: OF_BUCKET,
    Exposure: OF_BUCKET,
    LogStore: "not a log store",
    Tagging: "exports can have no tags",
    Trust: OF_BUCKET,
}
# S3 encrypts all that is written to it
# (docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html).
ALWAYS = "docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html"
DESCRIPTION = "export:/ExportDescription"
ALGORITHM, NAMED = f"{DESCRIPTION}/S3SseAlgorithm", f"{DESCRIPTION}/S3SseKmsKeyId"
OWNED: dict[object, bool] = {"AES256": True, "KMS": False}


def _copies(path: str, status: str, place: Unknown | None = None) -> Answer:
    """The bucket that is named at the path; without a place it is in the region of the export."""

    def copies(view: View) -> Iterable[Copy]:
        if not view.at(status, lambda value: MADE[text(value).upper()]):
            raise NotKnown(UNFINISHED)
        bucket = f"arn:{view.where.partition}:s3:::{view.at(path, text)}"
        yield Copy(CopyKind.BACKUP, place or aws(view.where.region), bucket)

    return Location.copies.items(copies, path, status)


def _of(path: str) -> Answer:
    return Lineage.origins.items(lambda view: (origin(view.at(path, text)),), path)


def _owner(view: View) -> KeyOwner:
    return KeyOwner.PROVIDER if view.at(ALGORITHM, OWNED) else view.at(keys.MANAGER, MANAGERS)


def _key(view: View) -> str:
    return keys.OWNED.key if view.at(ALGORITHM, OWNED) else view.at(NAMED, text)


OF_RDS = ResourceType(
    "aws.rds.export",
    "AWS::RDS::ExportTask",
    Kind.DATA,
    each=Call("rds:DescribeExportTasks", "rds.describe_export_tasks", items="/ExportTasks"),
    id="{@account}/{@region}/rds/export-task/{/ExportTaskIdentifier}",
    label="/ExportTaskIdentifier",
    ask={"key": keys.ask("/KmsKeyId")},
    facts=(
        Location.homes.none(IN_BUCKET),
        # The bucket must be in the region of the snapshot
        # (docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ExportSnapshot.html).
        _copies("item:/S3Bucket", "item:/Status"),
        *keys.always(ALWAYS),
        # A key of KMS must be named (StartExportTask).
        *keys.held("item:/KmsKeyId"),
        _of("item:/SourceArn"),
    ),
    without=WITHOUT,
)

OF_DYNAMODB = ResourceType(
    "aws.dynamodb.export",
    "AWS::DynamoDB::Export",
    Kind.DATA,
    each=Call("dynamodb:ListExports", "dynamodb.list_exports", items="/ExportSummaries"),
    id="{/ExportArn}",
    label="/ExportArn",
    ask={
        "export": Call("dynamodb:DescribeExport", "dynamodb.describe_export", take={"ExportArn": "/ExportArn"}),
        "key": keys.ask("/ExportDescription/S3SseKmsKeyId", follows="export"),
    },
    facts=(
        Location.homes.none(IN_BUCKET),
        # Of any region and owner (docs.aws.amazon.com/amazondynamodb/latest/developerguide/
        # S3DataExport_Requesting.html).
        _copies(f"{DESCRIPTION}/S3Bucket", "item:/ExportStatus", ANYWHERE),
        *keys.always(ALWAYS),
        EncryptionAtRest.owner.by(_owner, ALGORITHM, keys.MANAGER),
        EncryptionAtRest.key.by(_key, ALGORITHM, NAMED),
        _of(f"{DESCRIPTION}/TableArn"),
    ),
    without=WITHOUT,
)

TYPES = (OF_RDS, OF_DYNAMODB)
LIMITS = ("DynamoDB: exports to S3 are told for 90 days only; their files may stay for longer.",)
