"""AWS Storage Gateway: gateways, which cache data where they run, and the volumes, tapes and shares behind them.

A share is described by one call where it is of NFS and by another where it is of SMB. Both are made; the one that does
not fit finds nothing and is not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    JSON,
    Answer,
    AtRest,
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
    Node,
    NotKnown,
    Origin,
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
from scanner.providers.aws import keys, protection
from scanner.providers.aws.common import AES_256, MANAGERS, arn_home, arn_parts, origin, plain

GUIDE = "docs.aws.amazon.com/storagegateway/latest/vgw/"
# What a gateway keeps in AWS is in S3, which encrypts all, by its own keys where none is named (encryption.html of the
# guide). What it keeps on its own disks is another thing.
IN_S3 = GUIDE + "encryption.html"
ON_SITE = Unknown(Reason.UNDECIDED, "it lies on disks of the gateway's host, whose site is not told")
ON_DISKS = Unknown(Reason.UNDECIDED, "it lies on disks of the gateway's host, whose encryption is not told")
UNDESCRIBED = Unknown(Reason.NOT_ASKED, "of which snapshot a stored volume was made is not read")
KEYLESS = Unknown(Reason.NOT_ASKED, "of a tape in the archive the key is not read")
BUCKET = Unknown(Reason.NOT_ASKED, "the share names the bucket, not its region")
HOSTS: dict[object, bool] = {
    "EC2": True,
    **dict.fromkeys(("VMWARE", "HYPER-V", "KVM", "OTHER", "SNOWBALL"), False),
}
SHARES: dict[object, str] = {"NFS": "nfs:/NFSFileShareInfoList", "SMB": "smb:/SMBFileShareInfoList"}
CACHED = "cached:/CachediSCSIVolumes"
LOCAL = "clients reach it over the network of its host, by settings that are not read"
SERVED: tuple[Answer, ...] = (
    EncryptionInTransit.plaintext.unseen(LOCAL),
    EncryptionInTransit.minimum_tls.unseen(LOCAL),
    EncryptionInTransit.certificate_expires.unseen(LOCAL),
    Exposure.public.unseen("whether the network of the gateway's host lets everybody in is not read"),
)
TAGGED = Tagging.tags.at("tags:/Tags", key_values)
WITHOUT: Mapping[type[Facet], str] = {
    LogStore: "not a log store",
    Trust: "it has no policies of resources",
}


def _tags(arn: str) -> Call:
    return Call(
        "storagegateway:ListTagsForResource",
        "storagegateway.list_tags_for_resource",
        items="/Tags",
        take={"ResourceARN": arn},
    )


def _one(view: View, path: str) -> Node:
    """The only item of a list; raises NotKnown where there is another number of them."""
    found = list(view.each(path))
    if len(found) != 1:
        raise NotKnown(Unknown(Reason.SHAPE, "it is not described, or more than once"))
    return found[0]


# Gateways


def _gateway_home(view: View) -> Iterable[str]:
    if not view.at("item:/HostEnvironment", HOSTS):
        raise NotKnown(ON_SITE)
    # The zone, or Outpost, of the instance is not told.
    yield aws(view.at("item:/Ec2InstanceRegion", text))


def _gateway_logs(view: View) -> Iterable[Copy]:
    # Told where there is one (botocore's model).
    group = view.at("gateway:/CloudWatchLogGroupARN", text, missing=None)
    if group:
        place = view.at("gateway:/CloudWatchLogGroupARN", arn_home)
        yield Copy(CopyKind.LOG_SINK, place, group.removesuffix(":*"))


GATEWAY = ResourceType(
    "aws.storage-gateway.gateway",
    "AWS::StorageGateway::Gateway",
    Kind.DATA,
    each=Call("storagegateway:ListGateways", "storagegateway.list_gateways", items="/Gateways"),
    id="{/GatewayARN}",
    label="/GatewayName",
    ask={
        "gateway": Call(
            "storagegateway:DescribeGatewayInformation",
            "storagegateway.describe_gateway_information",
            take={"GatewayARN": "/GatewayARN"},
        ),
        "tags": _tags("/GatewayARN"),
    },
    facts=(
        Location.homes.items(_gateway_home, "item:/HostEnvironment", "item:/Ec2InstanceRegion"),
        Location.copies.items(_gateway_logs, "gateway:/CloudWatchLogGroupARN"),
        EncryptionAtRest.state.unseen(ON_DISKS.detail, Reason.UNDECIDED),
        EncryptionAtRest.algorithms.unseen(ON_DISKS.detail, Reason.UNDECIDED),
        EncryptionAtRest.owner.unseen(ON_DISKS.detail, Reason.UNDECIDED),
        EncryptionAtRest.key.unseen(ON_DISKS.detail, Reason.UNDECIDED),
        *SERVED,
        TAGGED,
    ),
    without={**WITHOUT, Backup: "it holds a cache", Lineage: "it holds a cache of what is behind it"},
    unordered=("tags:/Tags",),
)

# Volumes


def _is_stored(value: JSON) -> bool:
    """Whether a volume lies on the gateway's disks, and only its snapshots in AWS; else it is a cached one."""
    form = text(value).partition(" ")[0].upper()
    if form not in {"CACHED", "STORED"}:
        raise ValueError("neither a cached nor a stored volume")
    return form == "STORED"


def _in_cloud(view: View, otherwise: Unknown) -> None:
    if view.at("item:/VolumeType", _is_stored):
        raise NotKnown(otherwise)


def _volume_home(view: View) -> Iterable[str]:
    _in_cloud(view, ON_SITE)
    yield view.at("item:/VolumeARN", arn_home)


def _volume_state(view: View) -> AtRest:
    _in_cloud(view, ON_DISKS)
    return AtRest.ENCRYPTED


def _volume_ciphers(view: View) -> frozenset[str]:
    _in_cloud(view, ON_DISKS)
    return AES_256


def _volume_owner(view: View) -> KeyOwner:
    _in_cloud(view, ON_DISKS)
    named = _one(view, CACHED).at("/KMSKey", text, missing=None)
    return view.at(keys.MANAGER, MANAGERS) if named else KeyOwner.PROVIDER


def _volume_key(view: View) -> str:
    _in_cloud(view, ON_DISKS)
    return _one(view, CACHED).at("/KMSKey", text, missing=keys.OWNED.key)


def _volume_origins(view: View) -> Iterable[Origin]:
    _in_cloud(view, UNDESCRIBED)
    # Told where the volume was made of a snapshot (botocore's model). EC2 writes ids in lower case.
    snapshot = _one(view, CACHED).at("/SourceSnapshotId", text, missing=None)
    if snapshot:
        where = view.where
        yield origin(f"arn:{where.partition}:ec2:{where.region}:*:snapshot/{snapshot.lower()}")


VOLUME = ResourceType(
    "aws.storage-gateway.volume",
    "AWS::StorageGateway::Volume",
    Kind.DATA,
    each=Call("storagegateway:ListVolumes", "storagegateway.list_volumes", items="/VolumeInfos"),
    id="{/VolumeARN}",
    label="/VolumeId",
    ask={
        "cached": Call(
            "storagegateway:DescribeCachediSCSIVolumes",
            "storagegateway.describe_cached_iscsi_volumes",
            items="/CachediSCSIVolumes",
            take={"VolumeARNs": "/VolumeARN"},
        ),
        "key": keys.ask("/CachediSCSIVolumes/*/KMSKey", follows="cached"),
        "tags": _tags("/VolumeARN"),
    },
    facts=(
        Location.homes.items(_volume_home, "item:/VolumeType", "item:/VolumeARN"),
        Location.copies.none("a snapshot of a volume is a resource of its own"),
        EncryptionAtRest.state.by(_volume_state, "item:/VolumeType"),
        EncryptionAtRest.algorithms.by(_volume_ciphers, "item:/VolumeType"),
        EncryptionAtRest.owner.by(_volume_owner, "item:/VolumeType", f"{CACHED}/*/KMSKey", keys.MANAGER),
        EncryptionAtRest.key.by(_volume_key, "item:/VolumeType", f"{CACHED}/*/KMSKey"),
        Backup.plans.gap("a volume's snapshots are EBS's; their schedule is not read yet"),
        Lineage.origins.items(_volume_origins, "item:/VolumeType", f"{CACHED}/*/SourceSnapshotId"),
        *SERVED,
        TAGGED,
    ),
    without=WITHOUT,
    covered_by=protection.BY_BACKUP,
    unordered=("tags:/Tags",),
)

# Shares of files, which lie in a bucket

FORM = "item:/FileShareType"


def _share(view: View) -> Node:
    return _one(view, view.at(FORM, SHARES))


def _paths(*fields: str) -> tuple[str, ...]:
    return (FORM, *(f"{path}/*/{field}" for path in SHARES.values() for field in fields))


def _share_copies(view: View) -> Iterable[Copy]:
    share = _share(view)
    holder = share.at("/LocationARN", _holder)
    # The region is told where the bucket is reached through an endpoint of a VPC.
    region = share.at("/BucketRegion", text, missing="") or arn_parts(holder)[0]
    yield Copy(CopyKind.REPLICA, aws(region) if region else BUCKET, holder)
    audit = share.at("/AuditDestinationARN", plain, missing="")
    if audit:
        yield Copy(CopyKind.LOG_SINK, share.at("/AuditDestinationARN", arn_home), audit.removesuffix(":*"))


def _holder(value: JSON) -> str:
    """The ARN of the bucket or access point that a share keeps its files in, without their prefix."""
    # An alias, which names no bucket, is no ARN.
    arn_parts(value)
    arn = text(value)
    name = arn.split(":", 5)[-1]
    parts = 2 if name.startswith("accesspoint/") else 1
    return arn[: len(arn) - len(name)] + "/".join(name.split("/")[:parts])


def _share_owner(view: View) -> KeyOwner:
    if not _share(view).at("/KMSEncrypted", flag):
        return KeyOwner.PROVIDER
    return view.at(f"{view.at(FORM, NAMES)}-key:/KeyMetadata/KeyManager", MANAGERS)


def _share_key(view: View) -> str:
    share = _share(view)
    return share.at("/KMSKey", text) if share.at("/KMSEncrypted", flag) else keys.OWNED.key


NAMES: dict[object, str] = {"NFS": "nfs", "SMB": "smb"}
MANAGED = tuple(f"{name}-key:/KeyMetadata/KeyManager" for name in NAMES.values())
SHARE = ResourceType(
    "aws.storage-gateway.file-share",
    "AWS::StorageGateway::FileShare",
    Kind.DATA,
    each=Call("storagegateway:ListFileShares", "storagegateway.list_file_shares", items="/FileShareInfoList"),
    id="{/FileShareARN}",
    label="/FileShareId",
    ask={
        "nfs": Call(
            "storagegateway:DescribeNFSFileShares",
            "storagegateway.describe_nfs_file_shares",
            items="/NFSFileShareInfoList",
            take={"FileShareARNList": "/FileShareARN"},
        ),
        "smb": Call(
            "storagegateway:DescribeSMBFileShares",
            "storagegateway.describe_smb_file_shares",
            items="/SMBFileShareInfoList",
            take={"FileShareARNList": "/FileShareARN"},
        ),
        "nfs-key": keys.ask("/NFSFileShareInfoList/*/KMSKey", follows="nfs"),
        "smb-key": keys.ask("/SMBFileShareInfoList/*/KMSKey", follows="smb"),
        "tags": _tags("/FileShareARN"),
    },
    facts=(
        Location.homes.none("the files of a share lie in its bucket, which is told as the holder of a copy"),
        Location.copies.items(_share_copies, *_paths("LocationARN", "BucketRegion", "AuditDestinationARN")),
        *keys.always(IN_S3),
        EncryptionAtRest.owner.by(_share_owner, *_paths("KMSEncrypted"), *MANAGED),
        EncryptionAtRest.key.by(_share_key, *_paths("KMSEncrypted", "KMSKey")),
        *SERVED,
        TAGGED,
    ),
    without={
        **WITHOUT,
        Backup: "its files lie in a bucket, which answers for itself",
        Lineage: "its files lie in a bucket, which answers for itself",
    },
    unordered=("tags:/Tags",),
)

# Tapes


def _tape(view: View) -> Node:
    # A tape that was archived has left its gateway.
    if view.at("item:/GatewayARN", text, missing=None) is None:
        raise NotKnown(KEYLESS)
    return _one(view, TAPES)


def _tape_owner(view: View) -> KeyOwner:
    named = _tape(view).at("/KMSKey", text, missing=None)
    return view.at(keys.MANAGER, MANAGERS) if named else KeyOwner.PROVIDER


TAPES = "tape:/Tapes"
TAPE = ResourceType(
    "aws.storage-gateway.tape",
    "AWS::StorageGateway::Tape",
    Kind.DATA,
    each=Call("storagegateway:ListTapes", "storagegateway.list_tapes", items="/TapeInfos"),
    id="{/TapeARN}",
    label="/TapeBarcode",
    ask={
        "tape": Call(
            "storagegateway:DescribeTapes",
            "storagegateway.describe_tapes",
            items="/Tapes",
            take={"GatewayARN": "/GatewayARN", "TapeARNs": "/TapeARN"},
        ),
        "key": keys.ask("/Tapes/*/KMSKey", follows="tape"),
        "tags": _tags("/TapeARN"),
    },
    facts=(
        Location.homes.one("item:/TapeARN", arn_home),
        Location.copies.none("a tape lies in one region"),
        *keys.always(IN_S3),
        EncryptionAtRest.owner.by(_tape_owner, "item:/GatewayARN", f"{TAPES}/*/KMSKey", keys.MANAGER),
        EncryptionAtRest.key.by(
            lambda view: _tape(view).at("/KMSKey", text, missing=keys.OWNED.key),
            "item:/GatewayARN",
            f"{TAPES}/*/KMSKey",
        ),
        Backup.plans.gap("the software that writes a tape decides what is on it, and for how long"),
        Lineage.origins.gap("the software that writes a tape decides what is on it"),
        *SERVED,
        TAGGED,
    ),
    without=WITHOUT,
    unordered=("tags:/Tags",),
)

TYPES = (GATEWAY, VOLUME, SHARE, TAPE)
