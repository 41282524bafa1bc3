"""Amazon FSx: file systems and their backups."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    FOREVER,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
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
    Trust,
    Unknown,
    View,
    key_values,
    text,
    texts,
    whole,
)
from scanner.providers.aws import keys, protection, subnets
from scanner.providers.aws.common import MANAGERS, arn_home, arn_parts, kept_by, origin, part, recovery_point

# All four encrypt all at rest by AES-256 (docs.aws.amazon.com/fsx/latest/WindowsGuide/encryption-at-rest.html and the
# pages of that name of the other guides).
ENCRYPTED = "docs.aws.amazon.com/fsx/latest/WindowsGuide/encryption-at-rest.html"
KINDS: dict[object, str] = {
    "WINDOWS": "WindowsConfiguration",
    "LUSTRE": "LustreConfiguration",
    "ONTAP": "OntapConfiguration",
    "OPENZFS": "OpenZFSConfiguration",
}
DAYS = tuple(f"item:/{each}/AutomaticBackupRetentionDays" for each in KINDS.values())
SCRATCH = frozenset({"SCRATCH_1", "SCRATCH_2"})
DEPLOYMENT, FORM = "item:/LustreConfiguration/DeploymentType", "item:/FileSystemType"
# Volumes of these two can have access points of S3, with policies of their own
# (docs.aws.amazon.com/fsx/latest/OpenZFSGuide/s3accesspoints-for-FSx.html).
WITH_ACCESS_POINTS: dict[object, bool] = {"ONTAP": True, "OPENZFS": True, "WINDOWS": False, "LUSTRE": False}
ACCESS_POINTS = Unknown(Reason.NOT_ASKED, "access points of S3 at its volumes, and their policies, are not read yet")
HOLDERS = ("item:/FileSystem/ResourceARN", "item:/Volume/ResourceARN")
OF_VOLUME = Unknown(Reason.NOT_ASKED, "it was made of a volume, and volumes of a file system are not listed yet")
RESTORED = Unknown(Reason.NOT_ASKED, "FSx does not tell which backup a file system was made from")
ASSOCIATED = Unknown(Reason.NOT_ASKED, "data repository associations and replication by the file system are not read")
PLACELESS = Unknown(Reason.NOT_ASKED, "an export path names the bucket, not its region")
AUDIT = "item:/WindowsConfiguration/AuditLogConfiguration/AuditLogDestination"
EXPORT = "item:/LustreConfiguration/DataRepositoryConfiguration/ExportPath"
# Who deletes a backup: nobody but its owner, the retention of its file system, or AWS Backup
# (docs.aws.amazon.com/fsx/latest/WindowsGuide/using-backups.html).
RETENTIONS: dict[object, Duration | Unknown] = {
    "USER_INITIATED": FOREVER,
    "AUTOMATIC": Unknown(Reason.NOT_ASKED, "the backup retention of its file system decides; it is not looked up"),
    "AWS_BACKUP": kept_by("AWS Backup"),
}


def _is_scratch(view: View) -> bool:
    return view.at(FORM, KINDS) == "LustreConfiguration" and view.at(DEPLOYMENT, text) in SCRATCH


def _copies(view: View) -> Iterable[Copy | Unknown]:
    yield ASSOCIATED
    path = view.at(EXPORT, text, missing="")
    if path:
        bucket = path.removeprefix("s3://").partition("/")[0]
        yield Copy(CopyKind.REPLICA, PLACELESS, f"arn:{view.where.partition}:s3:::{bucket}")
    log = view.at(AUDIT, text, missing="")
    if log:
        # Audit events tell of who opened what. The ARN of a log stream ends in ":*"; the id of a group has no ending.
        yield Copy(CopyKind.LOG_SINK, part(lambda: view.at(AUDIT, arn_home)), log.partition(":log-stream:")[0])


def _homes(view: View) -> Iterable[str]:
    # One subnet for each zone that it lies in (botocore's model of FileSystem).
    return subnets.places(view, view.at("item:/SubnetIds", texts))


def _plans(view: View) -> Iterable[Plan | Unknown]:
    if _is_scratch(view):
        # Neither FSx nor AWS Backup makes backups of scratch file systems
        # (docs.aws.amazon.com/fsx/latest/LustreGuide/using-backups-fsx.html).
        return
    days = view.at(f"item:/{view.at(FORM, KINDS)}/AutomaticBackupRetentionDays", whole)
    if days:
        here = (view.at("item:/ResourceARN", arn_home),)
        yield Plan(PlanKind.SNAPSHOT, Duration.of(days), Duration.of(1), here, encrypted=True, immutable=False)


def _owner(view: View) -> KeyOwner:
    # Scratch file systems are encrypted by a key of the service (botocore's model of KmsKeyId).
    return KeyOwner.PROVIDER if _is_scratch(view) else view.at(keys.MANAGER, MANAGERS)


def _key(view: View) -> str:
    return "provider" if _is_scratch(view) else view.at("item:/KmsKeyId", text)


def _grantees(view: View) -> Iterable[Unknown]:
    if view.at(FORM, WITH_ACCESS_POINTS):
        yield ACCESS_POINTS


def _backup_origins(view: View) -> Iterable[Origin]:
    source = view.at("item:/SourceBackupId", text, missing="")
    if source:
        region = view.at("item:/SourceBackupRegion", text)
        yield origin(f"arn:{view.where.partition}:fsx:{region}:*:backup/{source}")
    if not source or any(view.at(path, text, missing="") for path in HOLDERS):
        yield origin(_backed_up(view))


def _backed_up(view: View) -> str:
    """The ARN of the file system that it was made of, or that holds the volume that it was made of."""
    volume = view.at("item:/Volume/ResourceARN", text, missing="")
    if not volume:
        return view.at("item:/FileSystem/ResourceARN", text)
    region, account = arn_parts(volume)
    name = view.at("item:/Volume/FileSystemId", text)
    return f"arn:{view.where.partition}:fsx:{region}:{account}:file-system/{name}"


def _backup_sources(view: View) -> Iterable[Source | Unknown]:
    """The file system, without which there is no volume of it either; that it is there tells nothing of a volume."""
    yield Source(_backed_up(view))
    if view.at("item:/Volume/ResourceARN", text, missing=""):
        yield OF_VOLUME


def _backup_plans(view: View) -> Iterable[Plan]:
    place = part(lambda: view.at("item:/ResourceARN", arn_home))
    yield recovery_point(view.at("item:/Type", RETENTIONS), place, encrypted=True)


FILE_SYSTEM = ResourceType(
    "aws.fsx.file-system",
    "AWS::FSx::FileSystem",
    Kind.DATA,
    each=Call("fsx:DescribeFileSystems", "fsx.describe_file_systems", items="/FileSystems"),
    id="{/ResourceARN}",
    label="/FileSystemId",
    ask={"key": keys.ask("/KmsKeyId"), "subnets": subnets.ASK},
    facts=(
        Location.homes.items(_homes, "item:/SubnetIds", *subnets.PATHS),
        Location.copies.items(_copies, EXPORT, AUDIT),
        *keys.always(ENCRYPTED),
        EncryptionAtRest.owner.by(_owner, FORM, DEPLOYMENT, keys.MANAGER),
        EncryptionAtRest.key.by(_key, FORM, DEPLOYMENT, "item:/KmsKeyId"),
        # SMB, NFS, iSCSI and Lustre encrypt by settings inside the file system and of its clients, which no API tells.
        EncryptionInTransit.plaintext.unseen("settings inside the file system decide, which the API does not tell"),
        EncryptionInTransit.minimum_tls.unseen("settings inside the file system decide, which the API does not tell"),
        EncryptionInTransit.certificate_expires.unseen("the file system's own certificates are not told by the API"),
        Backup.plans.items(_plans, FORM, DEPLOYMENT, *DAYS, "item:/ResourceARN"),
        Lineage.origins.items(lambda _: (RESTORED,)),
        Exposure.public.unseen("its interfaces are in a VPC; routes and security groups are not read yet"),
        Trust.grantees.items(_grantees, FORM),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    without={LogStore: "a file system is no log store"},
    covered_by=protection.BY_BACKUP,
    unordered=("item:/Tags",),
)

BACKUP = ResourceType(
    "aws.fsx.backup",
    "AWS::FSx::Backup",
    Kind.DATA,
    each=Call("fsx:DescribeBackups", "fsx.describe_backups", items="/Backups"),
    id="{/ResourceARN}",
    label="/BackupId",
    ask={"key": keys.ask("/KmsKeyId")},
    facts=(
        Location.homes.one("item:/ResourceARN", arn_home),
        Location.copies.none("a copy of a backup is a backup of its own"),
        *keys.always(ENCRYPTED),
        *keys.held("item:/KmsKeyId"),
        Backup.plans.items(_backup_plans, "item:/Type", "item:/ResourceARN"),
        Lineage.origins.items(
            _backup_origins,
            "item:/SourceBackupId",
            "item:/SourceBackupRegion",
            *HOLDERS,
            "item:/Volume/FileSystemId",
        ),
        RecoveryPoint.sources.items(_backup_sources, *HOLDERS, "item:/Volume/FileSystemId"),
        Exposure.public.documented(value=False, basis="the API of FSx has no operation that shares a backup"),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    without={
        EncryptionInTransit: "a backup takes no connections",
        LogStore: "not a log store",
        Trust: "the API of FSx has no operation that shares a backup",
    },
    unordered=("item:/Tags",),
    points_of=("aws.fsx.file-system",),
)

TYPES = (FILE_SYSTEM, BACKUP)
