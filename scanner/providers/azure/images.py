"""Images of machines: managed images, and the versions in galleries, which are replicated to other regions.

Documents relied upon: the models Image, GalleryImageVersion and Gallery of azure-mgmt-compute, and on
learn.microsoft.com/azure/virtual-machines: "Server-side encryption of Azure Disk Storage", "Store and share images in
an Azure Compute Gallery", "Share images using a community gallery".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from scanner.collect.model import Call
from scanner.facts import (
    FOREVER,
    UNRESOLVED,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Facet,
    Grantee,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    Node,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Trust,
    Unknown,
    View,
    always,
    text,
)
from scanner.providers.azure import compute
from scanner.providers.azure.graph import (
    EDGE_HOMES,
    HOMES,
    PLACED,
    TAGS,
    arm_id,
    child,
    documented,
    home,
    placed,
    seen,
    words,
)
from scanner.providers.azure.parts import (
    BY_ROLES,
    LOCATION,
    at_rest,
    guid,
    key_uri,
    listed,
    subscription_of,
)

IMAGES, VERSIONS, VERSION = "Microsoft.Compute/images", "Microsoft.Compute/galleries/images/versions", "2026-03-03"
ENCRYPTED = "https://learn.microsoft.com/azure/virtual-machines/disk-encryption"
CAPTURED = "https://learn.microsoft.com/azure/virtual-machines/capture-image-resource"
GALLERY = "https://learn.microsoft.com/azure/virtual-machines/azure-compute-gallery"

MACHINE, DISKS = "item:/properties/sourceVirtualMachine/id", "item:/properties/storageProfile/dataDisks"
OS_DISK = "item:/properties/storageProfile/osDisk"
PARTS = ("managedDisk/id", "snapshot/id")
SET = "diskEncryptionSet/id"
DISK_PATHS = tuple(f"{disk}/{part}" for disk in (OS_DISK, f"{DISKS}/*") for part in (*PARTS, "blobUri"))
SET_PATHS = tuple(f"{disk}/{SET}" for disk in (OS_DISK, f"{DISKS}/*"))

REGIONS = "item:/properties/publishingProfile/targetRegions"
REGION_SET, DATA_SETS = "/encryption/osDiskImage/diskEncryptionSetId", "/encryption/dataDiskImages"
ZONES = "item:/properties/publishingProfile/targetExtendedLocations"
IN_ZONE = Unknown(Reason.UNDECIDED, "it is replicated to an edge zone, which may lie far from its region")
REGION_PATHS = (f"{REGIONS}/*/name",)
FROM = "item:/properties/storageProfile/source"
FROM_PARTS = ("id", "virtualMachineId", "communityGalleryImageId")
OS_IMAGE, DATA_IMAGES = "item:/properties/storageProfile/osDiskImage", "item:/properties/storageProfile/dataDiskImages"
FROM_PATHS = (
    *(f"{FROM}/{part}" for part in FROM_PARTS),
    *(f"{image}/source/{part}" for image in (OS_IMAGE, f"{DATA_IMAGES}/*") for part in ("id", "storageAccountId")),
)
KEY_PATHS = (
    f"{REGIONS}/*{REGION_SET}",
    f"{REGIONS}/*{DATA_SETS}/*/diskEncryptionSetId",
    f"{DATA_IMAGES}/*/lun",
)
SHARED = "gallery:/properties/sharingProfile/permissions"
OWN, GROUPS = "item:/id", "gallery:/properties/sharingProfile/groups"
SHARING = words({"Private": False, "Groups": False, "Community": True})
BLOB = Unknown(Reason.NOT_ASKED, "it was made of a blob, whose storage account is known only by its address")
UNTOLD = Unknown(Reason.SHAPE, "it names nothing that it was made of")


def _sets(view: View) -> list[str]:
    """The encryption sets of its disks, "" for a disk of the provider's key, which is the default (ENCRYPTED)."""
    documented(view, ENCRYPTED)
    own = view.at(f"{OS_DISK}/{SET}", arm_id, missing="")
    return [own, *(disk.at(f"/{SET}", arm_id, missing="") for disk in view.each(DISKS, missing=True))]


def _owner_of(sets: list[str]) -> KeyOwner:
    return KeyOwner.CUSTOMER if all(sets) else KeyOwner.PROVIDER


def _key_of(view: View, sets: list[str]) -> str:
    """The key that the one encryption set of all disks uses now. Raises NotKnown where they have several."""
    if len(set(sets)) > 1:
        raise NotKnown(Unknown(Reason.UNDECIDED, "its disks, or their replicas, have several keys"))
    return view.at(compute.KEY_URL, key_uri) if sets[0] else "provider"


def _origins(view: View) -> Iterator[Origin | Unknown]:
    machine = view.at(MACHINE, arm_id, missing="")
    if machine:
        yield Origin(machine, UNRESOLVED)
    found = [view.at(f"{OS_DISK}/{part}", arm_id, missing="") for part in PARTS]
    blob = view.at(f"{OS_DISK}/blobUri", always(True), missing=False)
    for disk in view.each(DISKS, missing=True):
        found += [disk.at(f"/{part}", arm_id, missing="") for part in PARTS]
        blob = blob or disk.at("/blobUri", always(True), missing=False)
    yield from (Origin(ref, UNRESOLVED) for ref in dict.fromkeys(found) if ref)
    # The blob of an image that a machine was captured to came from the machine.
    if not machine and (blob or not any(found)):
        yield BLOB if blob else UNTOLD


def _kept(view: View, basis: str, places: tuple[str, ...] | Unknown) -> Plan:
    """An image is there until somebody deletes it; the end of its life, if it has one, deletes nothing."""
    documented(view, basis)
    return Plan(
        kind=PlanKind.SNAPSHOT,
        retention=FOREVER,
        every=Unknown(Reason.UNDECIDED, "one image does not tell how often images are made"),
        places=places,
        encrypted=True,
        immutable=False,
    )


def _image_plans(view: View) -> Iterator[Plan | Unknown]:
    yield _kept(view, CAPTURED, seen(lambda: (placed(view),)))


def _copies(view: View) -> Iterator[Copy | Unknown]:
    own = view.at(LOCATION, home)
    for region in view.each(REGIONS):
        place = seen(partial(region.at, "/name", home))
        if place != own:
            yield Copy(CopyKind.REPLICA, place)
    for _ in view.each(ZONES, missing=True):
        yield Copy(CopyKind.REPLICA, IN_ZONE)


def _version_plans(view: View) -> Iterator[Plan | Unknown]:
    places = seen(lambda: tuple(sorted({region.at("/name", home) for region in view.each(REGIONS)})))
    yield _kept(view, GALLERY, places)


def _region_sets(view: View) -> list[str]:
    """The encryption sets of all disks in all regions, "" for one that a region names none for."""
    documented(view, GALLERY)
    disks = len(list(view.each(DATA_IMAGES, missing=True)))
    return [found for region in view.each(REGIONS) for found in _sets_in(region, disks)]


def _sets_in(region: Node, disks: int) -> list[str]:
    found = [disk.at("/diskEncryptionSetId", arm_id, missing="") for disk in region.each(DATA_SETS, missing=True)]
    return [region.at(REGION_SET, arm_id, missing=""), *found, *[""] * (disks - len(found))]


def _version_key(view: View) -> str:
    return _key_of(view, _region_sets(view))


def _version_origins(view: View) -> Iterator[Origin | Unknown]:
    found = [view.at(f"{FROM}/{part}", arm_id, missing="") for part in FROM_PARTS]
    found += _disk_sources(view)
    yield from (Origin(ref, UNRESOLVED) for ref in dict.fromkeys(found) if ref)
    if not any(found):
        yield UNTOLD


def _disk_sources(view: View) -> list[str]:
    parts = ("id", "storageAccountId")
    images: list[Node] = list(view.each(DATA_IMAGES, missing=True))
    own = [view.at(f"{OS_IMAGE}/source/{part}", arm_id, missing="") for part in parts]
    return own + [image.at(f"/source/{part}", arm_id, missing="") for image in images for part in parts]


def _grantees(view: View) -> Iterator[Grantee | Unknown]:
    """The subscriptions and tenants that the gallery is shared with by name; without a sharing profile only roles give
    access ("Store and share images").
    """
    if not view.at(SHARED, words({"Private": False, "Groups": True, "Community": False}), missing=False):
        return
    own = view.at(OWN, lambda value: subscription_of(text(value)))
    for group in view.each(GROUPS):
        for each in group.each("/ids"):
            name = seen(partial(each.at, "", guid))
            if name != own:
                yield name if isinstance(name, Unknown) else Grantee(name, name)


def _set(path: str) -> Call:
    """The encryption set that an image names at a path; made only for one that does."""
    return replace(compute.ASK["set"], take={"set": path.partition(":")[2]})


GALLERY_CALL = child("Microsoft.Compute/galleries/read", "../../../..", VERSION)
# Only with this are the groups told (operation Galleries.get).
GALLERY_CALL = replace(GALLERY_CALL, give={**GALLERY_CALL.give, "$expand": "SharingProfile/Groups"})
WITHOUT: dict[type[Facet], str] = {
    EncryptionInTransit: "it has no endpoint of its own: machines are made of it",
    LogStore: "an image is not a store of logs",
}
IMAGE = listed(
    "azure.compute.image",
    IMAGES,
    (
        TAGS,
        EDGE_HOMES,
        Location.copies.none("a managed image lies in its own region alone (model Image)"),
        *at_rest(ENCRYPTED),
        EncryptionAtRest.owner.by(lambda view: _owner_of(_sets(view)), *SET_PATHS),
        EncryptionAtRest.key.by(lambda view: _key_of(view, _sets(view)), *SET_PATHS, compute.KEY_URL),
        # A managed image is used by the roles of its subscription alone; only a gallery shares with everybody.
        Exposure.public.documented(False, GALLERY),
        Backup.plans.items(_image_plans, *PLACED),
        Lineage.origins.items(_origins, MACHINE, *DISK_PATHS),
    ),
    # The set of the first disk is that of all, or the key is not known.
    ask={"set": _set(f"{OS_DISK}/{SET}")},
    without={**WITHOUT, Trust: BY_ROLES},
    unordered=(DISKS,),
)
GALLERY_VERSION = listed(
    "azure.compute.gallery-version",
    VERSIONS,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, LOCATION, f"{ZONES}/*/name", *REGION_PATHS),
        *at_rest(ENCRYPTED),
        EncryptionAtRest.owner.by(lambda view: _owner_of(_region_sets(view)), *KEY_PATHS),
        EncryptionAtRest.key.by(_version_key, *KEY_PATHS, compute.KEY_URL),
        # Without a sharing profile only roles give access ("Store and share images": the default).
        Exposure.public.at(SHARED, SHARING, missing=False),
        Backup.plans.items(_version_plans, *REGION_PATHS),
        Lineage.origins.items(_version_origins, *FROM_PATHS),
        Trust.grantees.items(_grantees, OWN, SHARED, f"{GROUPS}/*/ids"),
    ),
    ask={"gallery": GALLERY_CALL, "set": _set(f"{REGIONS}/*{REGION_SET}")},
    without=WITHOUT,
    unordered=(REGIONS, ZONES, DATA_IMAGES, GROUPS),
)
TYPES = (IMAGE, GALLERY_VERSION)
