"""Amazon EFS: file systems."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
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
from scanner.providers.aws import policies, protection
from scanner.providers.aws.common import KEY, Scheme, arn_here, at_rest, origin

# AES-256 (docs.aws.amazon.com/efs/latest/ug/encryption-at-rest.html).
ENCRYPTED: dict[object, Scheme] = {True: Scheme.KMS, False: Scheme.NONE}
# The mount helper speaks TLS 1.2 or newer, and EFS accepts nothing older.
IN_TRANSIT = "docs.aws.amazon.com/efs/latest/ug/encryption-in-transit.html"
# Who may not mount without TLS sends nothing without it.
MOUNTING = frozenset({"*", "elasticfilesystem:*", "elasticfilesystem:client*", "elasticfilesystem:clientmount"})
AUTOMATIC: dict[object, bool] = {"ENABLED": True, "ENABLING": True, "DISABLED": False, "DISABLING": False}
RESTORED = Unknown(Reason.NOT_ASKED, "EFS does not tell from which recovery point a file system was restored")
EDITED = Unknown(
    Reason.NOT_ASKED,
    "the default backup plan of EFS keeps them for 35 days unless it was edited in AWS Backup, which is not looked up",
)
REPLICATION = tuple(
    f"replication:/Replications/*/{field}"
    for field in (
        "SourceFileSystemArn",
        "Destinations/*/FileSystemId",
        "Destinations/*/Region",
        "Destinations/*/OwnerId",
    )
)


def _ask(operation: str, name: str, absent: str = "", *, items: str = "", decode: tuple[str, ...] = ()) -> Call:
    return Call(
        f"elasticfilesystem:{operation}",
        f"efs.{name}",
        items=items,
        take={"FileSystemId": "/FileSystemId"},
        absent=frozenset({absent} if absent else ()),
        decode=decode,
    )


def _arn(view: View) -> str:
    return arn_here(view, "elasticfilesystem", f"file-system/{view.at('item:/FileSystemId', text)}")


def _home(view: View) -> Iterable[str]:
    # A zone is told of One Zone file systems only; the others lie in several zones of the region.
    yield aws(view.at("item:/AvailabilityZoneName", text, missing=view.where.region))


def _copies(view: View) -> Iterable[Copy]:
    own = _arn(view)
    for replication in view.each("replication:/Replications", absent=True):
        # Asked about a destination, EFS tells the replication that fills it.
        if replication.at("/SourceFileSystemArn", text) == own:
            for target in replication.each("/Destinations"):
                region, account = target.at("/Region", text), target.at("/OwnerId", text, missing="*")
                name = target.at("/FileSystemId", text, missing="")
                arn = f"arn:{view.where.partition}:elasticfilesystem:{region}:{account}:file-system/{name}"
                yield Copy(CopyKind.REPLICA, aws(region), arn if name else "")


def _origins(view: View) -> Iterable[Origin | Unknown]:
    yield RESTORED
    own = _arn(view)
    for replication in view.each("replication:/Replications", absent=True):
        source = replication.at("/SourceFileSystemArn", text)
        if source != own:
            yield origin(source)


def _plaintext(view: View) -> bool:
    # Without a policy whoever reaches a mount target may mount
    # (docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html, "Default EFS file system policy").
    return policies.lets_plaintext(_policy(view), policies.Subject(MOUNTING, policies.itself(_arn(view))))


def _policy(view: View) -> list[policies.Statement]:
    return view.at("policy:/Policy/Statement", policies.statements, absent=[])


def _plans(view: View) -> Iterable[Plan | Unknown]:
    if view.at("automatic:/BackupPolicy/Status", AUTOMATIC, absent=False):
        # Daily (docs.aws.amazon.com/efs/latest/ug/awsbackup.html), in a vault of the same region, and encrypted by the
        # vault's key (docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html).
        here = (aws(view.where.region),)
        yield Plan(PlanKind.SNAPSHOT, EDITED, Duration.of(1), here, encrypted=True, immutable=EDITED)


def _public(view: View) -> bool:
    # Mount targets are the only way in. Their IPv4 addresses are private ones of a VPC
    # (docs.aws.amazon.com/efs/latest/ug/how-it-works.html).
    if any(target.at("/Ipv6Address", text, missing=None) for target in view.each("targets:/MountTargets")):
        why = (
            "a mount target has an IPv6 address; whether its routes and security groups let the Internet in is not read"
        )
        raise NotKnown(Unknown(Reason.UNDECIDED, why))
    return False


FILE_SYSTEM = ResourceType(
    "aws.efs.file-system",
    "AWS::EFS::FileSystem",
    Kind.DATA,
    each=Call("elasticfilesystem:DescribeFileSystems", "efs.describe_file_systems", items="/FileSystems"),
    id="arn:{@partition}:elasticfilesystem:{@region}:{@account}:file-system/{/FileSystemId}",
    label="/FileSystemId",
    ask={
        "key": KEY,
        "replication": _ask(
            "DescribeReplicationConfigurations",
            "describe_replication_configurations",
            "ReplicationNotFound",
            items="/Replications",
        ),
        "policy": _ask(
            "DescribeFileSystemPolicy", "describe_file_system_policy", "PolicyNotFound", decode=("/Policy",)
        ),
        "automatic": _ask("DescribeBackupPolicy", "describe_backup_policy", "PolicyNotFound"),
        "targets": _ask("DescribeMountTargets", "describe_mount_targets", items="/MountTargets"),
    },
    facts=(
        Location.homes.items(_home, "item:/AvailabilityZoneName"),
        Location.copies.items(_copies, "item:/FileSystemId", *REPLICATION),
        *at_rest(lambda view: view.at("item:/Encrypted", ENCRYPTED), "item:/Encrypted"),
        EncryptionInTransit.plaintext.by(_plaintext, "item:/FileSystemId", *policies.paths("policy:/Policy")),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, IN_TRANSIT),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Backup.plans.items(_plans, "automatic:/BackupPolicy/Status"),
        Lineage.origins.items(_origins, "item:/FileSystemId", *REPLICATION[:1]),
        Exposure.public.by(_public, "targets:/MountTargets/*/Ipv6Address"),
        Trust.grantees.items(
            lambda view: policies.grantees(_policy(view), view.where), *policies.paths("policy:/Policy")
        ),
        Tagging.tags.at("item:/Tags", key_values),
    ),
    without={LogStore: "a file system is no log store"},
    covered_by=protection.BY_BACKUP,
    unordered=("item:/Tags", "targets:/MountTargets"),
)

TYPES = (FILE_SYSTEM,)
