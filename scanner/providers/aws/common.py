"""What several AWS resource types answer in the same way: keys, tags, ARNs, recovery points.

Lists that AWS leaves out of a reply are empty: its XML protocols write no element for an empty list, and botocore then
has no member for it (botocore/parsers.py). So a missing list of tags means that there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import NoReturn, TypeVar

from scanner.collect.model import Call, Per
from scanner.facts import (
    JSON,
    UNRESOLVED,
    Answer,
    AtRest,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    Inapplicable,
    KeyOwner,
    NotApplicable,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Unknown,
    View,
    text,
)
from scanner.places import aws

T = TypeVar("T")

KEY = Call("kms:DescribeKey", "kms.describe_key", take={"KeyId": "/KmsKeyId"})
"""Asks who manages the key of an item that names it at /KmsKeyId."""
ACCOUNT_BLOCK = Call(
    "s3:GetAccountPublicAccessBlock",
    "s3control.get_public_access_block",
    take={"AccountId": "@account"},
    per=Per.ACCOUNT,
    absent=frozenset({"NoSuchPublicAccessBlockConfiguration"}),
)
"""Asked once for an account, whichever types want it."""
MANAGERS: dict[object, KeyOwner] = {"AWS": KeyOwner.PROVIDER_IN_ACCOUNT, "CUSTOMER": KeyOwner.CUSTOMER}
"""KeyMetadata.KeyManager (docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html)."""
SHARES = "it can be shared by AWS RAM only, and each resource share answers for itself"
LOCKED = Unknown(Reason.NOT_ASKED, "the service that keeps it may lock it, which is not read here")


class Scheme(Enum):
    """How a disk, database or snapshot is encrypted."""

    NONE = "none"
    OWNED = "a key that AWS owns"
    KMS = "a key in KMS"


AES_256 = frozenset({"AES-256"})


def at_rest(
    scheme: Callable[[View], Scheme],
    *paths: str,
    named: str = "item:/KmsKeyId",
    ciphers: frozenset[str] = AES_256,
) -> tuple[Answer, ...]:
    """The answers of a resource that names its key at `named` and has the ask `key`. `ciphers` is empty where the
    vendor does not tell them.

    EBS and RDS encrypt with AES-256 only (docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html,
    docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html).
    """

    def state(view: View) -> AtRest:
        return AtRest.NONE if scheme(view) is Scheme.NONE else AtRest.ENCRYPTED

    def algorithms(view: View) -> frozenset[str]:
        if scheme(view) is Scheme.NONE:
            return frozenset()
        return ciphers or _untold()

    def owner(view: View) -> KeyOwner:
        if _keyed(scheme(view)) is Scheme.OWNED:
            return KeyOwner.PROVIDER
        return view.at("key:/KeyMetadata/KeyManager", MANAGERS)

    def key(view: View) -> str:
        return "provider" if _keyed(scheme(view)) is Scheme.OWNED else view.at(named, text)

    return (
        EncryptionAtRest.state.by(state, *paths),
        EncryptionAtRest.algorithms.by(algorithms, *paths),
        EncryptionAtRest.owner.by(owner, *paths, "key:/KeyMetadata/KeyManager"),
        EncryptionAtRest.key.by(key, *paths, named),
    )


def _untold() -> NoReturn:
    raise NotKnown(Unknown(Reason.UNDECIDED, "the vendor does not tell which cipher is used"))


def _keyed(scheme: Scheme) -> Scheme:
    if scheme is Scheme.NONE:
        raise NotApplicable(Inapplicable("it is not encrypted, so there is no key"))
    return scheme


def part(read: Callable[[], T]) -> T | Unknown:
    """What `read` establishes, or the Unknown that kept it from it: for a part of a larger value."""
    try:
        return read()
    except NotKnown as error:
        return error.unknown


def parts(*reads: Callable[[], Iterable[T | Unknown]]) -> Iterator[T | Unknown]:
    """What each of several reads yields. One that cannot go on yields why, and keeps no other from yielding."""
    for read in reads:
        try:
            yield from read()
        except NotKnown as error:
            yield error.unknown


def any_of(found: Iterable[bool | Unknown]) -> bool:
    """Whether one holds. Raises NotKnown where none is seen to, and one is not known."""
    unknown = None
    for each in found:
        if each is True:
            return True
        unknown = unknown or (each if isinstance(each, Unknown) else None)
    if unknown:
        raise NotKnown(unknown)
    return False


def plain(value: JSON) -> str:
    """A text, which may be empty."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def arn_parts(value: JSON) -> tuple[str, str]:
    """The region and account that an ARN names; raises ValueError for what is no ARN."""
    parts = text(value).split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        raise ValueError("not an ARN")
    return parts[3], parts[4]


def arn_region(value: JSON) -> str:
    """The region that an ARN names; raises ValueError where it names none."""
    return text(arn_parts(value)[0])


def arn_home(value: JSON) -> str:
    """The place of the region that an ARN names."""
    return aws(arn_region(value))


def arn_here(view: View, service: str, resource: str) -> str:
    """The ARN of a resource in the view's own account and region."""
    where = view.where
    return f"arn:{where.partition}:{service}:{where.region}:{where.account}:{resource}"


def named(view: View, name: str, service: str, kind: str) -> str:
    """The ARN of what AWS names by its ARN or, where it is in the same account and region, by its bare name."""
    return name if name.startswith("arn:") else arn_here(view, service, f"{kind}:{name}")


def replica(ref: str, kind: CopyKind = CopyKind.REPLICA) -> Copy:
    """A copy in the region that its holder's ARN names."""
    try:
        place: str | Unknown = arn_home(ref)
    except (ValueError, TypeError):
        place = Unknown(Reason.SHAPE, "the id of the copy's holder is not an ARN with a region")
    return Copy(kind, place, ref)


def origin(ref: str) -> Origin:
    """An origin whose environments the engine looks up."""
    return Origin(ref, UNRESOLVED)


def recovery_point(
    retention: Duration | Unknown, place: str | Unknown, encrypted: bool | Unknown, immutable: bool | Unknown = False
) -> Plan:
    """The plan of a snapshot that is a resource of its own. Whoever may delete it can, so that it is not immutable,
    unless a service keeps it, which may lock it.
    """
    every = Unknown(Reason.UNDECIDED, "one recovery point tells no schedule")
    places = place if isinstance(place, Unknown) else (place,)
    locked = LOCKED if isinstance(retention, Unknown) else immutable
    return Plan(PlanKind.SNAPSHOT, retention, every, places, encrypted, locked)


def by_aws_backup(name: str) -> bool:
    """Whether AWS Backup made the snapshot of this name
    (docs.aws.amazon.com/aws-backup/latest/devguide/recovery-points.html).
    """
    return name.startswith("awsbackup")


def kept_by(service: str) -> Unknown:
    """The retention of a snapshot that a service deletes in its time."""
    return Unknown(Reason.NOT_ASKED, f"{service} deletes it in its time; its retention is not read yet")


def bucket_in(value: JSON) -> str:
    """The bucket of an address such as "s3://bucket/path/"; raises ValueError for another form. Hadoop writes "s3a" and
    "s3n", too.
    """
    scheme, _, rest = text(value).partition("://")
    name = rest.partition("/")[0]
    if scheme not in {"s3", "s3a", "s3n"} or not name:
        raise ValueError("not an address in S3")
    return name
