"""Amazon EBS: volumes and snapshots."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    FOREVER,
    Backup,
    Duration,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    Reason,
    RecoveryPoint,
    Source,
    Tagging,
    Trust,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import principals, protection
from scanner.providers.aws.common import KEY, Scheme, arn_here, at_rest, kept_by, origin, part, plain, recovery_point

ENCRYPTED: dict[object, Scheme] = {True: Scheme.KMS, False: Scheme.NONE}
LOCKS = Unknown(Reason.NOT_ASKED, "locks of snapshots (DescribeLockedSnapshots) are not read yet")
COPIED = Unknown(
    Reason.UNDECIDED, "it is a copy of another snapshot or was written without a volume, and EBS does not tell which"
)
ATTACHED = "block storage is attached inside the provider; its encryption in transit is the instance's"
# AWS Backup and Data Lifecycle Manager mark what they made (docs.aws.amazon.com/aws-backup/latest/devguide and
# docs.aws.amazon.com/ebs/latest/userguide/dlm-elements.html).
KEEPERS = {"aws:backup:source-resource": "AWS Backup", "aws:dlm:lifecycle-policy-id": "Data Lifecycle Manager"}
# GetSnapshotBlockPublicAccessState: the state wins over what a snapshot's own permissions say.
SHARED: dict[object, bool] = {"block-all-sharing": False, "block-new-sharing": True, "unblocked": True}


def _scheme(view: View) -> Scheme:
    return view.at("item:/Encrypted", ENCRYPTED)


def _off_outpost(view: View) -> None:
    """Raise where the data lies on an Outpost: a rack at a site of the customer's choice."""
    if view.at("item:/OutpostArn", text, missing=None) is not None:
        raise NotKnown(Unknown(Reason.UNDECIDED, "it lies on an Outpost, whose site is not read yet"))


def _volume_homes(view: View) -> Iterable[str]:
    _off_outpost(view)
    yield aws(view.at("item:/AvailabilityZone", text))


def _snapshot_home(view: View) -> str:
    _off_outpost(view)
    # A zone is told only of a snapshot that is kept in a local zone.
    return aws(view.at("item:/AvailabilityZone", text, missing=view.where.region))


def _volume_origins(view: View) -> Iterable[Origin]:
    # Both are told "if applicable"; a volume made empty has "" or nothing.
    snapshot = view.at("item:/SnapshotId", plain, missing="")
    volume = view.at("item:/SourceVolumeId", plain, missing="")
    if snapshot:
        # The snapshot may be another account's, which is not told.
        where = view.where
        yield origin(f"arn:{where.partition}:ec2:{where.region}:*:snapshot/{snapshot}")
    if volume:
        yield origin(arn_here(view, "ec2", f"volume/{volume}"))


def _snapshot_origins(view: View) -> Iterable[Origin | Unknown]:
    volume = _volume(view)
    yield origin(volume) if volume else COPIED


def _volume(view: View) -> str | None:
    """The ARN of the volume that it was made of; None of a copy."""
    # A copy has an arbitrary volume id; TransferType is told of copies only (botocore's model of Snapshot).
    volume = view.at("item:/VolumeId", text)
    if volume == "vol-ffffffff" or view.at("item:/TransferType", text, missing=None) is not None:
        return None
    return arn_here(view, "ec2", f"volume/{volume}")


def _snapshot_sources(view: View) -> Iterable[Source]:
    volume = _volume(view)
    if volume is None:
        raise NotKnown(COPIED)
    yield Source(volume)


def _snapshot_plans(view: View) -> Iterable[Plan]:
    tags = view.at("item:/Tags", key_values, missing={})
    keeper = next((name for tag, name in KEEPERS.items() if tag in tags), None)
    retention: Duration | Unknown = kept_by(keeper) if keeper else FOREVER
    place, encrypted = part(lambda: _snapshot_home(view)), part(lambda: _scheme(view) is not Scheme.NONE)
    yield recovery_point(retention, place, encrypted, LOCKS)


def _snapshot_public(view: View) -> bool:
    permissions = view.each("permissions:/CreateVolumePermissions", missing=True)
    if any(each.at("/Group", text, missing="") == "all" for each in permissions):
        return view.at("block:/State", SHARED)
    return False


def _snapshot_grantees(view: View) -> Iterable[Grantee]:
    found = view.each("permissions:/CreateVolumePermissions", missing=True)
    names = [each.at("/UserId", text, missing="") for each in found if not each.at("/Group", text, missing="")]
    return principals.let_in(names, view.where)


VOLUME = ResourceType(
    "aws.ec2.volume",
    "AWS::EC2::Volume",
    Kind.DATA,
    each=Call("ec2:DescribeVolumes", "ec2.describe_volumes", items="/Volumes", give={"MaxResults": 500}),
    id="arn:{@partition}:ec2:{@region}:{@account}:volume/{/VolumeId}",
    label="/VolumeId",
    ask={"key": KEY},
    facts=(
        Location.homes.items(_volume_homes, "item:/AvailabilityZone", "item:/OutpostArn"),
        Location.copies.none("a snapshot of a volume is a resource of its own"),
        *at_rest(_scheme, "item:/Encrypted"),
        Backup.plans.none("EBS backs nothing up by itself; AWS Backup and Data Lifecycle Manager do"),
        Lineage.origins.items(_volume_origins, "item:/SnapshotId", "item:/SourceVolumeId"),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    without={
        EncryptionInTransit: ATTACHED,
        Exposure: "a volume is reached through the instance that it is attached to",
        LogStore: "not a log store",
        Trust: "a volume cannot be shared; snapshots of it can, and answer for themselves",
    },
    covered_by=(*protection.BY_BACKUP, *protection.BY_LIFECYCLE),
    unordered=("item:/Tags",),
)

SNAPSHOT = ResourceType(
    "aws.ec2.snapshot",
    "AWS::EC2::Snapshot",
    Kind.DATA,
    each=Call(
        "ec2:DescribeSnapshots",
        "ec2.describe_snapshots",
        items="/Snapshots",
        give={"OwnerIds": ["self"], "MaxResults": 1000},
    ),
    id="arn:{@partition}:ec2:{@region}:{@account}:snapshot/{/SnapshotId}",
    label="/SnapshotId",
    ask={
        "key": KEY,
        "permissions": Call(
            "ec2:DescribeSnapshotAttribute",
            "ec2.describe_snapshot_attribute",
            give={"Attribute": "createVolumePermission"},
            take={"SnapshotId": "/SnapshotId"},
        ),
        "block": Call("ec2:GetSnapshotBlockPublicAccessState", "ec2.get_snapshot_block_public_access_state"),
    },
    facts=(
        Location.homes.items(lambda view: (_snapshot_home(view),), "item:/AvailabilityZone", "item:/OutpostArn"),
        Location.copies.none("a copy of a snapshot is a snapshot of its own"),
        *at_rest(_scheme, "item:/Encrypted"),
        Backup.plans.items(
            _snapshot_plans, "item:/Tags", "item:/AvailabilityZone", "item:/OutpostArn", "item:/Encrypted"
        ),
        Lineage.origins.items(_snapshot_origins, "item:/VolumeId", "item:/TransferType"),
        RecoveryPoint.sources.items(_snapshot_sources, "item:/VolumeId", "item:/TransferType"),
        Trust.grantees.items(
            _snapshot_grantees,
            "permissions:/CreateVolumePermissions/*/Group",
            "permissions:/CreateVolumePermissions/*/UserId",
        ),
        Exposure.public.by(_snapshot_public, "permissions:/CreateVolumePermissions/*/Group", "block:/State"),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    without={EncryptionInTransit: "a snapshot takes no connections", LogStore: "not a log store"},
    unordered=("item:/Tags", "permissions:/CreateVolumePermissions"),
    points_of=("aws.ec2.volume",),
)

TYPES = (VOLUME, SNAPSHOT)
