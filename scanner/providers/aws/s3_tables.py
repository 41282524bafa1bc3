"""Amazon S3 Tables: table buckets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    Copy,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    pairs,
    text,
)
from scanner.providers.aws import apart, keys, policies
from scanner.providers.aws.common import MANAGERS, arn_home, parts, replica

GUIDE = "docs.aws.amazon.com/AmazonS3/latest/userguide/"
ALWAYS = GUIDE + "s3-tables-kms-encryption.html"
# Neither plain requests nor public policies are supported.
RESTRICTIONS = GUIDE + "s3-tables-restrictions.html"
FORM, NAMED = "encryption:/encryptionConfiguration/sseAlgorithm", "encryption:/encryptionConfiguration/kmsKeyArn"
# AES256 is SSE-S3, whose key is the service's own.
BY_KMS: dict[object, bool] = {"AES256": False, "aws:kms": True}
RULES, TARGET = "/configuration/rules", "/destinationTableBucketARN"
TABLES = "tables:/tables/*/tableARN"
POLICY = "policy:/resourcePolicy"
OF_TABLES = Unknown(Reason.NOT_ASKED, "policies of single tables, and grants of Lake Formation, are not read yet")
# The bucket itself was listed a moment ago: what is not found is its policy or replication.
NOT_FOUND = frozenset({"NotFoundException"})


def _copies(view: View) -> Iterable[Copy | Unknown]:
    return dict.fromkeys(parts(lambda: _of_bucket(view), lambda: _of_tables(view)))


def _of_bucket(view: View) -> Iterator[Copy]:
    for rule in view.each(f"replication:{RULES}", absent=True):
        yield from _targets(rule)


def _of_tables(view: View) -> Iterator[Copy | Unknown]:
    """A table may be replicated on its own. Where there is none, nothing was asked."""
    if any(True for _ in view.each("tables:/tables")):
        yield from parts(*(partial(_of_table, told) for told in view.each("replicated:")))


def _of_table(told: Node) -> Iterator[Copy]:
    if apart.is_there(told):
        for rule in told.each(f"/body{RULES}"):
            yield from _targets(rule)


def _targets(rule: Node) -> Iterator[Copy]:
    return (replica(each.at(TARGET, text)) for each in rule.each("/destinations"))


def _owner(view: View) -> KeyOwner:
    return view.at(keys.MANAGER, MANAGERS) if view.at(FORM, BY_KMS) else KeyOwner.PROVIDER


def _key(view: View) -> str:
    return view.at(NAMED, text) if view.at(FORM, BY_KMS) else "provider"


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    yield OF_TABLES
    yield from policies.grantees(view.at(f"{POLICY}/Statement", policies.statements, absent=[]), view.where)


def _ask(
    action: str, operation: str, absent: frozenset[str] = frozenset(), items: str = "", decode: tuple[str, ...] = ()
) -> Call:
    return Call(
        f"s3tables:{action}",
        f"s3tables.{operation}",
        items=items,
        take={"tableBucketARN": "/arn"},
        absent=absent,
        decode=decode,
    )


BUCKET = ResourceType(
    "aws.s3tables.bucket",
    "AWS::S3Tables::TableBucket",
    Kind.DATA,
    each=Call("s3tables:ListTableBuckets", "s3tables.list_table_buckets", items="/tableBuckets"),
    id="{/arn}",
    label="/name",
    ask={
        "encryption": _ask("GetTableBucketEncryption", "get_table_bucket_encryption"),
        "key": keys.ask("/encryptionConfiguration/kmsKeyArn", follows="encryption"),
        "replication": _ask("GetTableBucketReplication", "get_table_bucket_replication", NOT_FOUND),
        "tables": _ask("ListTables", "list_tables", items="/tables"),
        "replicated": Call(
            "s3tables:GetTableReplication",
            "s3tables.get_table_replication",
            take={"tableArn": "/tables/*/tableARN"},
            absent=NOT_FOUND,
            follows="tables",
            apart=True,
        ),
        "policy": _ask("GetTableBucketPolicy", "get_table_bucket_policy", NOT_FOUND, decode=("/resourcePolicy",)),
        "tags": Call("s3tables:ListTagsForResource", "s3tables.list_tags_for_resource", take={"resourceArn": "/arn"}),
    },
    facts=(
        Location.homes.one("item:/arn", arn_home),
        Location.copies.items(
            _copies,
            f"replication:{RULES}/*/destinations/*{TARGET}",
            TABLES,
            *apart.paths("replicated", f"{RULES}/*/destinations/*{TARGET}"),
        ),
        *keys.always(ALWAYS),
        EncryptionAtRest.owner.by(_owner, FORM, keys.MANAGER),
        EncryptionAtRest.key.by(_key, FORM, NAMED),
        EncryptionInTransit.plaintext.documented(value=False, basis=RESTRICTIONS),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, GUIDE + "network-isolation.html"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.gap("S3 Tables does not tell which bucket replicates into a table bucket"),
        Exposure.public.documented(value=False, basis=RESTRICTIONS),
        Trust.grantees.items(_grantees, *policies.paths(POLICY)),
        Tagging.tags.at("tags:/tags", pairs),
    ),
    without={
        Backup: "neither S3 Tables nor AWS Backup makes backups of table buckets",
        LogStore: "not a log store",
    },
    unordered=("tables:/tables",),
)

TYPES = (BUCKET,)
LIMITS = ("S3 Tables: a table bucket tells the encryption of new tables; that of each table is not read.",)
