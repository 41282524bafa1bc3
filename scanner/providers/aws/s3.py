"""Amazon S3: general purpose buckets."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import (
    JSON,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Inapplicable,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotApplicable,
    NotKnown,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    flag,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import policies, protection
from scanner.providers.aws.common import ACCOUNT_BLOCK, parts
from scanner.providers.aws.principals import CANONICAL

RULES = "encryption:/ServerSideEncryptionConfiguration/Rules"
ALGORITHM, MASTER_KEY = (
    "/ApplyServerSideEncryptionByDefault/SSEAlgorithm",
    "/ApplyServerSideEncryptionByDefault/KMSMasterKeyID",
)
# GetBucketEncryption tells how new objects are encrypted. AES256 is SSE-S3, whose key is the service's own.
KMS: dict[object, bool] = {"AES256": False, "aws:kms": True, "aws:kms:dsse": True}
ENCRYPTION = (f"{RULES}/*{ALGORITHM}", f"{RULES}/*{MASTER_KEY}")

POLICY = policies.paths("policy:/Policy")
EVERYBODY = "http://acs.amazonaws.com/groups/global/"
GROUPS = frozenset({EVERYBODY + "AllUsers", EVERYBODY + "AuthenticatedUsers"})
BLOCK = "/PublicAccessBlockConfiguration"
PUBLIC = (
    "status:/PolicyStatus/IsPublic",
    "acl:/Grants/*/Grantee/URI",
    "ownership:/OwnershipControls/Rules/*/ObjectOwnership",
    *(
        f"{who}:{BLOCK}/{which}"
        for who in ("block", "account")
        for which in ("IgnorePublicAcls", "RestrictPublicBuckets")
    ),
)
ACL = (
    "acl:/Owner/ID",
    "acl:/Grants/*/Grantee/ID",
    "acl:/Grants/*/Grantee/URI",
    "ownership:/OwnershipControls/Rules/*/ObjectOwnership",
)
STATUS: dict[object, bool] = {"Enabled": True, "Disabled": False}
DELEGATED = Unknown(Reason.NOT_ASKED, "its policy leaves access to access points, whose own are not read")
OBJECTS = Unknown(Reason.UNDECIDED, "each object's own ACL applies, and these are not read")
OWNERSHIP: dict[object, bool] = {"BucketOwnerEnforced": False, "BucketOwnerPreferred": True, "ObjectWriter": True}


def _ask(action: str, operation: str, *absent: str, decode: tuple[str, ...] = ()) -> Call:
    return Call(f"s3:{action}", f"s3.{operation}", take={"Bucket": "/Name"}, absent=frozenset(absent), decode=decode)


def _location(value: JSON) -> str:
    return {"EU": "eu-west-1"}.get(text(value), text(value))


def _homes(view: View) -> Iterable[str]:
    # BucketRegion comes with newer endpoints only. Null is us-east-1 (GetBucketLocation, botocore's model).
    region = view.at("item:/BucketRegion", text, missing=None)
    yield aws(region or view.at("location:/LocationConstraint", _location, missing="us-east-1"))


def _copies(view: View) -> Iterable[Copy]:
    place = Unknown(Reason.NOT_ASKED, "replication names the destination bucket, not its region")
    refs = {
        rule.at("/Destination/Bucket", text): None
        for rule in view.each("replication:/ReplicationConfiguration/Rules", absent=True)
        if rule.at("/Status", STATUS)
    }
    yield from (Copy(CopyKind.REPLICA, place, ref) for ref in refs)
    log = view.at("logging:/LoggingEnabled/TargetBucket", text, missing=None)
    if log:
        # Access logs go to a bucket of the same region and account
        # (docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html).
        yield Copy(CopyKind.LOG_SINK, next(iter(_homes(view))), f"arn:{view.where.partition}:s3:::{log}")


def _rules(view: View) -> list[tuple[bool, str | None]]:
    """For each rule, whether a KMS key is used, and which: none where it is the AWS managed one."""
    if view.absent("encryption"):
        return []
    found = [(rule.at(ALGORITHM, KMS), rule.at(MASTER_KEY, text, missing=None)) for rule in view.each(RULES)]
    if not found:
        raise NotKnown(Unknown(Reason.SHAPE, "the default encryption has no rule, which is not documented"))
    return found


def _keyed(view: View) -> list[tuple[bool, str | None]]:
    rules = _rules(view)
    if not rules:
        raise NotApplicable(Inapplicable("no default encryption is set, so there is no key"))
    return rules


def _state(view: View) -> AtRest:
    return AtRest.ENCRYPTED if _rules(view) else AtRest.NONE


def _algorithms(view: View) -> frozenset[str]:
    # All three forms use AES-256 (docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html).
    return frozenset({"AES-256"}) if _rules(view) else frozenset()


def _owner(view: View) -> KeyOwner:
    return min(_key_owner(kms, key) for kms, key in _keyed(view))


def _key_owner(kms: bool, key: str | None) -> KeyOwner:
    if not kms:
        return KeyOwner.PROVIDER
    # Without a key id it is aws/s3. Names that begin with aws/ are AWS's own; any other alias can only belong to a
    # customer managed key (docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html).
    name = (key or "alias/aws/s3").rpartition("alias/")
    if not name[1]:
        raise NotKnown(Unknown(Reason.UNDECIDED, "the key is named by its id, which does not tell who manages it"))
    return KeyOwner.PROVIDER_IN_ACCOUNT if name[2].startswith("aws/") else KeyOwner.CUSTOMER


def _key(view: View) -> str:
    names = {(key or "alias/aws/s3") if kms else "provider" for kms, key in _keyed(view)}
    return ", ".join(sorted(names))


def _subject(view: View) -> policies.Subject:
    bucket = f"arn:{view.where.partition}:s3:::{view.at('item:/Name', text)}"

    def covers(resources: list[JSON]) -> bool:
        return "*" in resources or f"{bucket}*" in resources or (bucket in resources and f"{bucket}/*" in resources)

    return policies.Subject(frozenset({"s3:*", "*"}), covers)


def _policy(view: View) -> list[policies.Statement]:
    return view.at("policy:/Policy/Statement", policies.statements, absent=[])


def _plaintext(view: View) -> bool:
    return policies.lets_plaintext(_policy(view), _subject(view))


def _minimum_tls(view: View) -> Tls:
    # S3 accepts TLS 1.2 and newer (docs.aws.amazon.com/AmazonS3/latest/userguide/network-isolation.html).
    return policies.lowest_tls(_policy(view), "s3:tlsversion", _subject(view))


def _blocked(view: View, setting: str) -> bool:
    return view.at(f"block:{BLOCK}/{setting}", flag, absent=False) or view.at(
        f"account:{BLOCK}/{setting}", flag, absent=False
    )


def _closed(view: View) -> bool:
    """Not public, unless the policy allows whatever access points allow: S3 does not count that as public, even of open
    ones (docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html, "Delegating access control").
    """
    if _delegates(view):
        raise NotKnown(DELEGATED)
    return False


def _delegates(view: View) -> bool:
    return any("s3:dataaccesspoint" in str(each.get("Condition")).lower() for each in _policy(view))


def _is_enforced(view: View) -> bool:
    """Whether the owner of the bucket owns all in it, so that no ACL has an effect."""
    owners = view.each("ownership:/OwnershipControls/Rules", absent=True)
    enforced = [not rule.at("/ObjectOwnership", OWNERSHIP) for rule in owners]
    return bool(enforced) and all(enforced)


def _public(view: View) -> bool:
    if view.at("status:/PolicyStatus/IsPublic", flag, absent=False) and not _blocked(view, "RestrictPublicBuckets"):
        return True
    if _blocked(view, "IgnorePublicAcls"):
        return _closed(view)
    if _is_enforced(view):
        return _closed(view)
    if any(grant.at("/Grantee/URI", text, missing="") in GROUPS for grant in view.each("acl:/Grants")):
        return True
    raise NotKnown(OBJECTS)


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    return parts(lambda: _by_policy(view), lambda: _by_acl(view))


def _by_policy(view: View) -> Iterable[Grantee | Unknown]:
    yield from policies.grantees(_policy(view), view.where)
    if _delegates(view):
        yield DELEGATED


def _by_acl(view: View) -> Iterable[Grantee | Unknown]:
    """Groups are everybody, or the service that delivers logs."""
    if not _is_enforced(view):
        own = view.at("acl:/Owner/ID", text)
        people = [grant for grant in view.each("acl:/Grants") if not grant.at("/Grantee/URI", text, missing="")]
        names = dict.fromkeys(grant.at("/Grantee/ID", text) for grant in people)
        yield from (Grantee(name, CANONICAL) for name in names if name != own)
        yield OBJECTS


BUCKET = ResourceType(
    "aws.s3.bucket",
    "AWS::S3::Bucket",
    Kind.DATA,
    # A parameter must be sent, or BucketRegion is left out.
    each=Call("s3:ListAllMyBuckets", "s3.list_buckets", items="/Buckets", give={"MaxBuckets": 10000}, per=Per.ACCOUNT),
    id="arn:{@partition}:s3:::{/Name}",
    label="/Name",
    region="/BucketRegion",
    ask={
        "location": Call(
            "s3:GetBucketLocation", "s3.get_bucket_location", take={"Bucket": "/Name"}, unless="/BucketRegion"
        ),
        "replication": _ask(
            "GetReplicationConfiguration", "get_bucket_replication", "ReplicationConfigurationNotFoundError"
        ),
        "logging": _ask("GetBucketLogging", "get_bucket_logging"),
        "encryption": _ask(
            "GetEncryptionConfiguration", "get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError"
        ),
        "policy": _ask("GetBucketPolicy", "get_bucket_policy", "NoSuchBucketPolicy", decode=("/Policy",)),
        "status": _ask("GetBucketPolicyStatus", "get_bucket_policy_status", "NoSuchBucketPolicy"),
        "acl": _ask("GetBucketAcl", "get_bucket_acl"),
        "ownership": _ask(
            "GetBucketOwnershipControls", "get_bucket_ownership_controls", "OwnershipControlsNotFoundError"
        ),
        "block": _ask("GetBucketPublicAccessBlock", "get_public_access_block", "NoSuchPublicAccessBlockConfiguration"),
        "account": ACCOUNT_BLOCK,
        "tags": _ask("GetBucketTagging", "get_bucket_tagging", "NoSuchTagSet"),
    },
    facts=(
        Location.homes.items(_homes, "item:/BucketRegion", "location:/LocationConstraint"),
        Location.copies.items(
            _copies,
            "replication:/ReplicationConfiguration/Rules/*/Status",
            "replication:/ReplicationConfiguration/Rules/*/Destination/Bucket",
            "logging:/LoggingEnabled/TargetBucket",
            "item:/BucketRegion",
            "location:/LocationConstraint",
        ),
        EncryptionAtRest.state.by(_state, *ENCRYPTION),
        EncryptionAtRest.algorithms.by(_algorithms, *ENCRYPTION),
        EncryptionAtRest.owner.by(_owner, *ENCRYPTION),
        EncryptionAtRest.key.by(_key, *ENCRYPTION),
        EncryptionInTransit.plaintext.by(_plaintext, "item:/Name", *POLICY),
        EncryptionInTransit.minimum_tls.by(_minimum_tls, "item:/Name", *POLICY),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Backup.plans.none("S3 makes no backups by itself, and versioning is none; AWS Backup does"),
        Lineage.origins.gap("which buckets replicate into this one is not told by S3, and not resolved yet"),
        Exposure.public.by(_public, *PUBLIC, *POLICY),
        Trust.grantees.items(_grantees, *ACL, *POLICY),
        Tagging.tags.at("tags:/TagSet", key_values, absent={}),
    ),
    without={
        LogStore: "a bucket is storage of any kind; how long logs in it are kept is a matter of its lifecycle rules"
    },
    covered_by=protection.BY_BACKUP,
    unordered=("tags:/TagSet", "acl:/Grants"),
)

LIMITS = (
    "S3: default encryption is told of new objects; older ones, from before 2023-01-05, may lie unencrypted.",
    "S3: access points of one region, and organisation policies that restrict access, are not read.",
    "S3: access grants, which let people of a directory and identities of IAM in by name, are not read.",
    "S3: vector buckets are not listed.",
)
TYPES = (BUCKET,)
