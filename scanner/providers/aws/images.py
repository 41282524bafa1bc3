"""Amazon EC2: machine images (AMIs) of the account."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    FOREVER,
    AtRest,
    Backup,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    NotKnown,
    Origin,
    Plan,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    flag,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import principals
from scanner.providers.aws.common import arn_here, kept_by, origin, part, recovery_point
from scanner.providers.aws.ebs import KEEPERS, LOCKS

DEVICES = "item:/BlockDeviceMappings"
EBS = f"{DEVICES}/*/Ebs"
SOURCE = ("item:/SourceInstanceId", "item:/SourceImageId", "item:/SourceImageRegion")
KEYS = "its snapshots name their keys; each snapshot answers for itself"
NAMED = ("UserId", "OrganizationArn", "OrganizationalUnitArn")
IN_STORE = Unknown(Reason.UNDECIDED, "it is backed by the instance store, and how that is encrypted is not told")
OUTPOST = Unknown(Reason.UNDECIDED, "a snapshot of it lies on an Outpost, whose site is not read yet")


def _snapshots(view: View) -> list[Node]:
    """The devices that are made of a snapshot. A device without one is made empty, or is the instance's own."""
    devices = list(view.each(DEVICES, missing=True))
    found = [each for each in devices if each.at("/Ebs/SnapshotId", text, missing=None)]
    if not found:
        raise NotKnown(IN_STORE)
    return found


def _homes(view: View) -> Iterable[str]:
    if any(each.at("/Ebs/OutpostArn", text, missing=None) for each in view.each(DEVICES, missing=True)):
        raise NotKnown(OUTPOST)
    yield aws(view.where.region)


def _state(view: View) -> AtRest:
    encrypted = [each.at("/Ebs/Encrypted", flag) for each in _snapshots(view)]
    return AtRest.ENCRYPTED if all(encrypted) else AtRest.NONE


def _algorithms(view: View) -> frozenset[str]:
    # AES-256 (docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html).
    return frozenset({"AES-256"}) if _state(view) is AtRest.ENCRYPTED else frozenset()


def _origins(view: View) -> Iterable[Origin]:
    instance = view.at("item:/SourceInstanceId", text, missing="")
    image = view.at("item:/SourceImageId", text, missing="")
    if instance:
        yield origin(arn_here(view, "ec2", f"instance/{instance}"))
    if image:
        # It may be another account's, which is not told.
        region = view.at("item:/SourceImageRegion", text, missing=view.where.region)
        yield origin(f"arn:{view.where.partition}:ec2:{region}:*:image/{image}")
    for device in _snapshots(view):
        yield origin(arn_here(view, "ec2", f"snapshot/{device.at('/Ebs/SnapshotId', text)}"))


def _plans(view: View) -> Iterable[Plan]:
    # An image is there until somebody deregisters it; that it is deprecated deletes nothing
    # (docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-deprecate.html).
    tags = view.at("item:/Tags", key_values, missing={})
    keeper = next((name for tag, name in KEEPERS.items() if tag in tags), None)
    retention: Duration | Unknown = kept_by(keeper) if keeper else FOREVER
    yield recovery_point(retention, aws(view.where.region), part(lambda: _state(view) is AtRest.ENCRYPTED), LOCKS)


def _grantees(view: View) -> Iterable[Grantee]:
    """A launch permission names an account, an organisation, a unit of one, or the group of all."""
    found = view.each("permissions:/LaunchPermissions", missing=True)
    names = [each.at(f"/{field}", text, missing="") for each in found for field in NAMED]
    return principals.let_in(filter(None, names), view.where)


IMAGE = ResourceType(
    "aws.ec2.image",
    "AWS::EC2::Image",
    Kind.DATA,
    each=Call(
        "ec2:DescribeImages",
        "ec2.describe_images",
        items="/Images",
        give={"Owners": ["self"], "IncludeDeprecated": True, "IncludeDisabled": True},
    ),
    id="arn:{@partition}:ec2:{@region}:{@account}:image/{/ImageId}",
    label="/ImageId",
    ask={
        "permissions": Call(
            "ec2:DescribeImageAttribute",
            "ec2.describe_image_attribute",
            give={"Attribute": "launchPermission"},
            take={"ImageId": "/ImageId"},
        )
    },
    facts=(
        Location.homes.items(_homes, f"{EBS}/OutpostArn"),
        Location.copies.none("a copy of an image is an image of its own"),
        EncryptionAtRest.state.by(_state, f"{EBS}/SnapshotId", f"{EBS}/Encrypted"),
        EncryptionAtRest.algorithms.by(_algorithms, f"{EBS}/SnapshotId", f"{EBS}/Encrypted"),
        EncryptionAtRest.owner.unseen(KEYS),
        EncryptionAtRest.key.unseen(KEYS),
        Backup.plans.items(_plans, "item:/Tags", f"{EBS}/SnapshotId", f"{EBS}/Encrypted"),
        Lineage.origins.items(_origins, *SOURCE, f"{EBS}/SnapshotId"),
        Exposure.public.at("item:/Public", flag),
        Trust.grantees.items(_grantees, *(f"permissions:/LaunchPermissions/*/{field}" for field in NAMED)),
        Tagging.tags.at("item:/Tags", key_values, missing={}),
    ),
    without={EncryptionInTransit: "an image takes no connections", LogStore: "not a log store"},
    unordered=("item:/Tags", "permissions:/LaunchPermissions"),
)

TYPES = (IMAGE,)
LIMITS = (
    "EC2: an image is told to lie in its region; snapshots of it that are kept in a local zone answer for themselves.",
)
