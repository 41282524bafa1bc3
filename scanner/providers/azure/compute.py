"""Managed disks and their snapshots.

Documents relied upon: the models of azure-mgmt-compute, and on learn.microsoft.com/azure/virtual-machines: "Server-side
encryption of Azure Disk Storage", "Redundancy options for managed disks", "Create a snapshot of a virtual hard disk".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import (
    FOREVER,
    UNRESOLVED,
    Answer,
    AtRest,
    Backup,
    Copy,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    RecoveryPoint,
    Source,
    Trust,
    Unknown,
    View,
    pairs,
    text,
)
from scanner.providers.azure.graph import (
    DATA_PROTECTION,
    EDGE_HOMES,
    ID,
    PLACED,
    RECOVERY,
    RESOURCES,
    TAGS,
    arm_id,
    documented,
    only,
    placed,
    seen,
    words,
)
from scanner.providers.azure.parts import (
    BY_ROLES,
    key_uri,
    sources,
)

DISK_NATIVE, SNAPSHOT_NATIVE = "microsoft.compute/disks", "microsoft.compute/snapshots"
VERSION = "2026-03-02"
ENCRYPTED = "https://learn.microsoft.com/azure/virtual-machines/disk-encryption"
DISK_BACKUP = "https://learn.microsoft.com/azure/backup/disk-backup-overview"
SNAPSHOTS = "https://learn.microsoft.com/azure/virtual-machines/snapshot-copy-managed-disk"

SKU, NAME, TAGGED = "item:/sku/name", "item:/name", "item:/tags"
KEY_TYPE = "item:/properties/encryption/type"
KEY_SET = "item:/properties/encryption/diskEncryptionSetId"
CREATION = "item:/properties/creationData"
KEY_URL = "set:/properties/activeKey/keyUrl"
NETWORK, EXPORT = "item:/properties/networkAccessPolicy", "item:/properties/publicNetworkAccess"
STATE = "item:/properties/diskState"

OWNERS = words(
    {
        "EncryptionAtRestWithPlatformKey": KeyOwner.PROVIDER,
        "EncryptionAtRestWithCustomerKey": KeyOwner.CUSTOMER,
        "EncryptionAtRestWithPlatformAndCustomerKeys": KeyOwner.CUSTOMER,
    }
)
IMAGES = ("imageReference/id", "galleryImageReference/id")
# For each way of making a disk, where its source is told (enum DiskCreateOption). What was uploaded, or attached from
# a file, has none that Azure tells.
SOURCES: dict[str, tuple[str, ...]] = {
    "Empty": (),
    "FromImage": IMAGES,
    "Import": ("storageAccountId",),
    "ImportSecure": ("storageAccountId",),
    "Copy": ("sourceResourceId",),
    "CopyStart": ("sourceResourceId",),
    "Restore": ("sourceResourceId",),
    "CopyFromSanSnapshot": ("elasticSanResourceId",),
}
ORIGIN_PATHS = (
    f"{CREATION}/createOption",
    *sorted({f"{CREATION}/{field}" for fields in SOURCES.values() for field in fields}),
)
LOCAL = ("lrs", "zrs")
# Whether a signed link to the disk may be in use (enum DiskState).
SIGNED = words(
    dict.fromkeys(("ActiveSAS", "ActiveSASFrozen", "ActiveUpload", "ReadyToUpload"), True)
    | dict.fromkeys(("Unattached", "Attached", "Reserved", "Frozen"), False)
)


def _copies(view: View) -> Iterator[Copy | Unknown]:
    """LRS and ZRS, the only redundancies of disks, keep every copy in the disk's own region.

    What Azure Site Recovery or a backup vault holds is a resource of its own, which answers for its own place.
    """
    view.at(SKU, _local)
    yield from ()


def _local(value: object) -> bool:
    if text(value).lower().rpartition("_")[2] not in LOCAL:
        raise ValueError("not a redundancy of disks")
    return True


def _key(view: View) -> str:
    """The key that the disk's encryption set uses now."""
    return "provider" if view.at(KEY_TYPE, OWNERS) is KeyOwner.PROVIDER else view.at(KEY_URL, key_uri)


def _public(view: View) -> bool:
    """A disk is read over the network only by a shared access signature that somebody issued for it."""
    # Optional in the model: a missing one is not taken for a restriction.
    exported = view.at(EXPORT, words({"Enabled": True, "Disabled": False}), missing=True)
    anywhere = view.at(NETWORK, words({"AllowAll": True, "AllowPrivate": False, "DenyAll": False}), missing=True)
    if not exported or not anywhere:
        return False
    if view.at(STATE, SIGNED):
        raise NotKnown(Unknown(Reason.UNDECIDED, "a shared access signature is active; Azure does not tell who has it"))
    return False


def _origins(view: View) -> Iterator[Origin | Unknown]:
    fields = view.at(f"{CREATION}/createOption", words(SOURCES))
    told = fields if fields != IMAGES else tuple(f for f in IMAGES if view.at(f"{CREATION}/{f}", text, missing=""))
    if fields == IMAGES and not told:
        yield Unknown(Reason.SHAPE, "the disk was made from an image, and no image is named")
    for field in told:
        source = view.at(f"{CREATION}/{field}", arm_id)
        # A platform image ("/Subscriptions/../Locations/../Publishers/..") is the vendor's: no customer data is in it.
        if "/publishers/" not in source:
            yield Origin(source, UNRESOLVED)


def _itself(view: View) -> Iterator[Plan | Unknown]:
    """A snapshot is a recovery point, and lives until somebody deletes it, unless a backup service does."""
    documented(view, SNAPSHOTS)
    yield Plan(
        kind=PlanKind.SNAPSHOT,
        retention=seen(lambda: _kept(view)),
        every=Unknown(Reason.UNDECIDED, "one snapshot does not tell how often snapshots are made"),
        places=seen(lambda: (placed(view),)),
        encrypted=True,
        immutable=Unknown(Reason.NOT_ASKED, "the immutability policy of the snapshot is not read"),
    )


def _kept(view: View) -> Duration:
    marks = (view.at(NAME, text), *(word for pair in view.at(TAGGED, pairs, missing={}).items() for word in pair))
    if any("azurebackup" in mark.lower().replace(" ", "") for mark in marks):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "Azure Backup manages the snapshot, and its policy is not read"))
    return FOREVER


POINTS = {DISK_NATIVE: "azure.compute.disk", SNAPSHOT_NATIVE: "azure.compute.snapshot"}


def _sources(view: View) -> Iterator[Source | Unknown]:
    return sources(_origins(view), POINTS)


COMMON: tuple[Answer, ...] = (
    TAGS,
    EDGE_HOMES,
    Location.copies.items(_copies, SKU),
    EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
    EncryptionAtRest.algorithms.documented(frozenset({"AES-256"}), ENCRYPTED),
    EncryptionAtRest.owner.at(KEY_TYPE, OWNERS),
    EncryptionAtRest.key.by(_key, KEY_TYPE, KEY_URL),
    Exposure.public.by(_public, EXPORT, NETWORK, STATE),
    Lineage.origins.items(_origins, *ORIGIN_PATHS),
)
WITHOUT = {
    EncryptionInTransit: "it has no endpoint of its own: a virtual machine reads it, or a signed HTTPS link exports it",
    LogStore: "a disk is not a store of logs",
    Trust: BY_ROLES,
}
# Made only for a disk that names a set.
ASK = {
    "set": Call(
        "Microsoft.Compute/diskEncryptionSets/read",
        "GET /{set}",
        "",
        {"api-version": VERSION},
        {"set": KEY_SET.partition(":")[2]},
        per=Per.ACCOUNT,
    )
}
DISK = ResourceType(
    "azure.compute.disk",
    native=DISK_NATIVE,
    kind=Kind.DATA,
    each=RESOURCES,
    only=only(DISK_NATIVE),
    id=ID,
    label="/name",
    region="/location",
    ask=ASK,
    # Of itself a disk is never backed up.
    facts=(*COMMON, Backup.plans.none(DISK_BACKUP)),
    without=WITHOUT,
    covered_by=(DATA_PROTECTION, RECOVERY),
)
SNAPSHOT = ResourceType(
    "azure.compute.snapshot",
    native=SNAPSHOT_NATIVE,
    kind=Kind.DATA,
    each=RESOURCES,
    only=only(SNAPSHOT_NATIVE),
    id=ID,
    label="/name",
    region="/location",
    ask=ASK,
    facts=(
        *COMMON,
        Backup.plans.items(_itself, NAME, TAGGED, *PLACED),
        RecoveryPoint.sources.items(_sources, *ORIGIN_PATHS),
    ),
    without=WITHOUT,
    points_of=tuple(POINTS.values()),
)
TYPES = (DISK, SNAPSHOT)
