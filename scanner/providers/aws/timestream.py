"""Amazon Timestream for LiveAnalytics: databases and their tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Answer,
    Backup,
    Copy,
    CopyKind,
    EncryptionInTransit,
    Exposure,
    Facet,
    Kind,
    Lineage,
    Location,
    LogStore,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.providers.aws import keys, protection
from scanner.providers.aws.common import arn_home

GUIDE = "docs.aws.amazon.com/timestream/latest/developerguide/"
DISCOVERY = "timestream:DescribeEndpoints"
"""The permission without which none of its operations is answered."""
REJECTED = "item:/MagneticStoreWriteProperties/MagneticStoreRejectedDataLocation/S3Configuration/BucketName"
BUCKET = Unknown(Reason.NOT_ASKED, "the setting names the bucket, not its region")
TAGS = Call("timestream:ListTagsForResource", "timestream-write.list_tags_for_resource", take={"ResourceARN": "/Arn"})
BOTH: tuple[Answer, ...] = (
    Location.homes.one("item:/Arn", arn_home),
    *keys.always(GUIDE + "EncryptionAtRest.html"),
    EncryptionInTransit.plaintext.documented(value=False, basis=GUIDE + "EncryptionInTransit.html"),
    EncryptionInTransit.minimum_tls.unseen("Timestream does not tell its lowest TLS version", Reason.UNDECIDED),
    EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
    # Who connects is an identity of IAM; there are no policies of resources.
    Exposure.public.documented(value=False, basis=GUIDE + "security_iam_service-with-iam.html"),
    Tagging.tags.at("tags:/Tags", key_values),
)
NEITHER: Mapping[type[Facet], str] = {
    LogStore: "not a log store",
    Trust: "Timestream has no policies of resources",
}


def _copies(view: View) -> Iterable[Copy]:
    # Reports of rejected records hold the records. Without a place there are none (CreateTable).
    bucket = view.at(REJECTED, text, missing=None)
    if bucket:
        yield Copy(CopyKind.LOG_SINK, BUCKET, f"arn:{view.where.partition}:s3:::{bucket}")


DATABASE = ResourceType(
    "aws.timestream.database",
    "AWS::Timestream::Database",
    Kind.DATA,
    each=Call("timestream:ListDatabases", "timestream-write.list_databases", items="/Databases"),
    id="{/Arn}",
    label="/DatabaseName",
    ask={"key": keys.ask("/KmsKeyId"), "tags": TAGS},
    facts=(
        *BOTH,
        Location.copies.none("what a table writes elsewhere, the table tells"),
        # Encrypted by a key that is managed in the account where none is named (CreateDatabase).
        *keys.held("item:/KmsKeyId", keys.managed("aws/timestream")),
    ),
    without={
        **NEITHER,
        Backup: "what is backed up are its tables",
        Lineage: "what is restored are its tables",
    },
    unordered=("tags:/Tags",),
)

TABLE = ResourceType(
    "aws.timestream.table",
    "AWS::Timestream::Table",
    Kind.DATA,
    each=Call("timestream:ListTables", "timestream-write.list_tables", items="/Tables"),
    id="{/Arn}",
    label="/TableName",
    ask={
        "database": Call(
            "timestream:DescribeDatabase",
            "timestream-write.describe_database",
            take={"DatabaseName": "/DatabaseName"},
        ),
        "key": keys.ask("/Database/KmsKeyId", follows="database"),
        "tags": TAGS,
    },
    facts=(
        *BOTH,
        Location.copies.items(_copies, REJECTED),
        *keys.held("database:/Database/KmsKeyId", keys.managed("aws/timestream")),
        # docs.aws.amazon.com/aws-backup/latest/devguide/timestream-backup.html
        Backup.plans.none("Timestream backs nothing up by itself; AWS Backup does"),
        Lineage.origins.gap("Timestream does not tell from which recovery point a table was restored"),
    ),
    without=NEITHER,
    covered_by=protection.BY_BACKUP,
    unordered=("tags:/Tags",),
)

TYPES = (DATABASE, TABLE)
