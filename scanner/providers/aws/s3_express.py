"""Amazon S3 Express One Zone: directory buckets. Each lies in one availability zone or local zone."""

from __future__ import annotations

import re
from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies
from scanner.providers.aws.common import MANAGERS

GUIDE = "docs.aws.amazon.com/AmazonS3/latest/userguide/"
# "base-name--zone-id--x-s3" (directory-bucket-naming-rules.html of the guide).
NAME = re.compile(r".*--(?P<zone>[a-z0-9-]+)--x-s3")
PROTECTION = GUIDE + "s3-express-data-protection.html"
BEST_PRACTICES = GUIDE + "s3-express-security-best-practices.html"
DIFFERENCES = GUIDE + "s3-express-differences.html"
RULES = "encryption:/ServerSideEncryptionConfiguration/Rules"
DEFAULT = "/ApplyServerSideEncryptionByDefault"
ALGORITHM, KEY = f"{DEFAULT}/SSEAlgorithm", f"{DEFAULT}/KMSMasterKeyID"
# AES256 is SSE-S3, whose key is the service's own; there is no third form (botocore's model of SSEAlgorithm).
BY_KMS: dict[object, bool] = {"AES256": False, "aws:kms": True}
ZONES = tuple(f"zones:/AvailabilityZones/*/{field}" for field in ("ZoneId", "ZoneName"))
NO_ZONE = Unknown(Reason.SHAPE, "its name does not end in a zone id, as those of directory buckets do")
UNLISTED = Unknown(Reason.UNDECIDED, "it lies in a zone that EC2 does not list for its region")
NO_RULE = Unknown(Reason.SHAPE, "the default encryption has no rule, which is not documented")


def _home(view: View) -> Iterable[str]:
    """The place of its zone: a local zone may be in another country than its region."""
    named = NAME.fullmatch(view.at("item:/Name", text))
    if not named:
        raise NotKnown(NO_ZONE)
    for zone in view.each("zones:/AvailabilityZones"):
        if zone.at("/ZoneId", text) == named["zone"]:
            yield aws(zone.at("/ZoneName", text))
            return
    raise NotKnown(UNLISTED)


def _kms(view: View) -> str | None:
    """The KMS key of new objects; None where they are encrypted by the service's own."""
    found = [rule.at(KEY, text) if rule.at(ALGORITHM, BY_KMS) else None for rule in view.each(RULES)]
    if len(found) != 1:
        raise NotKnown(NO_RULE)
    return found[0]


def _owner(view: View) -> KeyOwner:
    return KeyOwner.PROVIDER if _kms(view) is None else view.at(keys.MANAGER, MANAGERS)


def _key(view: View) -> str:
    return _kms(view) or "provider"


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    return policies.grantees(view.at("policy:/Policy/Statement", policies.statements, absent=[]), view.where)


def _ask(action: str, operation: str, *absent: str, decode: tuple[str, ...] = ()) -> Call:
    return Call(
        f"s3express:{action}", f"s3.{operation}", take={"Bucket": "/Name"}, absent=frozenset(absent), decode=decode
    )


ENCRYPTION = (f"{RULES}/*{ALGORITHM}", f"{RULES}/*{KEY}")

BUCKET = ResourceType(
    "aws.s3express.bucket",
    "AWS::S3Express::DirectoryBucket",
    Kind.DATA,
    each=Call("s3express:ListAllMyDirectoryBuckets", "s3.list_directory_buckets", items="/Buckets"),
    id="arn:{@partition}:s3express:{@region}:{@account}:bucket/{/Name}",
    label="/Name",
    ask={
        # Asked once for a region. A bucket stays in a zone that the account has opted out of.
        "zones": Call(
            "ec2:DescribeAvailabilityZones", "ec2.describe_availability_zones", give={"AllAvailabilityZones": True}
        ),
        "encryption": _ask("GetEncryptionConfiguration", "get_bucket_encryption"),
        "key": keys.ask(f"/ServerSideEncryptionConfiguration/Rules/*{KEY}", follows="encryption"),
        "policy": _ask("GetBucketPolicy", "get_bucket_policy", "NoSuchBucketPolicy", decode=("/Policy",)),
        "tags": Call(
            "s3express:ListTagsForResource",
            "s3control.list_tags_for_resource",
            take={"AccountId": "@account", "ResourceArn": "/BucketArn"},
        ),
    },
    facts=(
        Location.homes.items(_home, "item:/Name", *ZONES),
        Location.copies.none(DIFFERENCES + ": it is not replicated, and writes no access logs"),
        *keys.always(PROTECTION),
        EncryptionAtRest.owner.by(_owner, *ENCRYPTION, keys.MANAGER),
        EncryptionAtRest.key.by(_key, *ENCRYPTION),
        EncryptionInTransit.plaintext.documented(value=False, basis=PROTECTION),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, GUIDE + "network-isolation.html"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Lineage.origins.gap("S3 does not tell what was imported or copied into a directory bucket"),
        # Access by the public is blocked, and nobody can change that.
        Exposure.public.documented(value=False, basis=BEST_PRACTICES),
        Trust.grantees.items(_grantees, *policies.paths("policy:/Policy")),
        Tagging.tags.at("tags:/Tags", key_values),
    ),
    without={
        Backup: "a directory bucket has no versions, and neither S3 nor AWS Backup makes backups of it",
        LogStore: "a bucket is storage of any kind; how long logs in it are kept is a matter of its lifecycle rules",
    },
    unordered=("tags:/Tags", "zones:/AvailabilityZones"),
)

TYPES = (BUCKET,)
LIMITS = ("S3: default encryption of directory buckets is told of new objects; access points to them are not read.",)
