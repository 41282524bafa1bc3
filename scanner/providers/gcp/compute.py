"""Disks and snapshots of Compute Engine (https://cloud.google.com/compute/docs/reference/rest/v1/disks and
.../snapshots). The inventory lists regional disks as a type of their own, of the same form.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from scanner.facts import (
    FOREVER,
    JSON,
    UNRESOLVED,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Unknown,
    View,
    flag,
    text,
    texts,
)
from scanner.places import gcp
from scanner.providers.gcp import schedules
from scanner.providers.gcp.assets import (
    AES_256,
    BY_PLAN,
    DATA,
    ENCRYPTION,
    PROJECT,
    SERVER_PATHS,
    appliances,
    asset_type,
    compute_name,
    key_of,
    labels,
    moment,
)
from scanner.providers.gcp.iam import SHARED

ZONE, REGION, ZONES = f"{DATA}/zone", f"{DATA}/region", f"{DATA}/replicaZones"
CREATED = f"{DATA}/creationTimestamp"
SECONDARIES = f"{DATA}/asyncSecondaryDisks"
PRIMARY, IMAGE_ID, FILE = f"{DATA}/asyncPrimaryDisk/disk", f"{DATA}/sourceImageId", f"{DATA}/sourceStorageObject"
IMAGE = f"{DATA}/sourceImage"
SOURCES = (
    *(f"{DATA}/{name}" for name in ("sourceSnapshot", "sourceInstantSnapshot", "sourceDisk", "sourceMachineImage")),
    IMAGE,
    PRIMARY,
)
SNAPSHOT_SOURCES = (f"{DATA}/sourceDisk", f"{DATA}/sourceInstantSnapshot", f"{DATA}/sourceDiskForRecoveryCheckpoint")
STORED, SCHEDULED = f"{DATA}/storageLocations", f"{DATA}/autoCreated"
AES_256_SINCE = datetime(2015, 1, 1, tzinfo=UTC)

WITHOUT = {
    EncryptionInTransit: "it has no endpoint; machines reach it inside Compute Engine",
    LogStore: "not a store of logs",
}


def _homes(view: View) -> Iterator[str]:
    """A zonal disk has a zone; a regional one has a region and the zones that it is replicated to."""
    home = view.at(ZONE, text, missing="") or view.at(REGION, text)
    yield from dict.fromkeys(map(gcp, (home, *view.at(ZONES, texts, missing=()))))


def _copies(view: View) -> Iterator[Copy]:
    """Asynchronous replicas. Snapshots are assets of their own."""
    for told in view.at(SECONDARIES, _secondaries, missing=()):
        disk = compute_name(told, view.at(PROJECT, text))
        yield Copy(CopyKind.REPLICA, gcp(disk), disk)


def _secondaries(value: JSON) -> tuple[str, ...]:
    """The disks in a map of `DiskAsyncReplicationList`."""
    if not isinstance(value, Mapping):
        raise TypeError("not an object")
    return tuple(text(each["asyncReplicationDisk"]["disk"]) for each in value.values())


def _algorithms(view: View) -> frozenset[str]:
    if view.at(CREATED, moment) < AES_256_SINCE:
        raise NotKnown(Unknown(Reason.UNDECIDED, f"some disks made before 2015 use AES-128 ({ENCRYPTION})"))
    return AES_256


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """The snapshots that a schedule made are assets of their own."""
    yield from appliances(view)
    yield from schedules.of_disk(view)


def _origins(view: View) -> Iterator[Origin | Unknown]:
    yield from _named(view, SOURCES)
    if (file := view.at(FILE, text, missing="")) and (bucket := re.match(r"(?:gs:/|https://[^/]+)/([^/]+)/", file)):
        yield Origin(f"//storage.googleapis.com/{bucket[1]}", UNRESOLVED)
    elif file:
        yield Unknown(Reason.SHAPE, "the file that it was made from is named in an unforeseen way")
    if view.at(IMAGE_ID, text, missing="") and not view.at(IMAGE, text, missing=""):
        # By its documentation, sourceImage is not set once the image is deleted.
        yield Unknown(Reason.UNDECIDED, "it was made from an image that no longer exists")


def _named(view: View, paths: tuple[str, ...]) -> Iterator[Origin]:
    for path in paths:
        if told := view.at(path, text, missing=""):
            yield Origin(compute_name(told, view.at(PROJECT, text)), UNRESOLVED)


DISK_FACTS = (
    Location.homes.items(_homes, ZONE, REGION, ZONES),
    Location.copies.items(_copies, PROJECT, f"{SECONDARIES}/*/asyncReplicationDisk/disk"),
    EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTION),
    EncryptionAtRest.algorithms.by(_algorithms, CREATED),
    *key_of(f"{DATA}/diskEncryptionKey/kmsKeyName", f"{DATA}/diskEncryptionKey/sha256"),
    Backup.plans.items(_plans, *SERVER_PATHS, *schedules.DISK_PATHS),
    Lineage.origins.items(_origins, PROJECT, *SOURCES, IMAGE_ID, FILE),
    *SHARED,
    labels(),
)

DISK, REGION_DISK = (
    asset_type(
        f"gcp.compute.{name}",
        f"compute.googleapis.com/{native}",
        Kind.DATA,
        DISK_FACTS,
        WITHOUT,
        ask=schedules.ASK,
        covered_by=BY_PLAN,
    )
    for name, native in (("disk", "Disk"), ("region-disk", "RegionDisk"))
)


def stored(view: View) -> Iterator[str]:
    """Where a snapshot is stored does not follow from its disk: by default it is the closest multi-region."""
    places = view.at(STORED, texts)
    if not places:
        raise NotKnown(Unknown(Reason.SHAPE, "its storage locations are an empty list"))
    yield from map(gcp, places)


def _point(view: View) -> Iterator[Plan]:
    """A snapshot lives until it is deleted; one of a schedule, until the schedule deletes it. `autoCreated` is set to
    true if a resource policy made it, so a missing one is none of those. Anybody with the right may delete it.
    """
    by_schedule = view.at(SCHEDULED, flag, missing=False)
    until = Unknown(Reason.NOT_ASKED, "its schedule decides how long it is kept, and is not read")
    yield Plan(
        PlanKind.SNAPSHOT,
        retention=until if by_schedule else FOREVER,
        every=Unknown(Reason.UNDECIDED, "one recovery point does not tell how often they are made"),
        places=tuple(stored(view)),
        encrypted=True,
        immutable=False,
    )


def _snapshot_origins(view: View) -> Iterator[Origin | Unknown]:
    origins = tuple(_named(view, SNAPSHOT_SOURCES))
    yield from origins
    if not origins:
        yield Unknown(Reason.SHAPE, "it names no disk that it was made from")


SNAPSHOT = asset_type(
    "gcp.compute.snapshot",
    "compute.googleapis.com/Snapshot",
    Kind.DATA,
    (
        Location.homes.items(stored, STORED),
        Location.copies.none("https://cloud.google.com/compute/docs/disks/snapshots: kept in its storage locations"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTION),
        EncryptionAtRest.algorithms.documented(AES_256, ENCRYPTION),
        *key_of(f"{DATA}/snapshotEncryptionKey/kmsKeyName", f"{DATA}/snapshotEncryptionKey/sha256"),
        Backup.plans.items(_point, SCHEDULED, STORED),
        Lineage.origins.items(_snapshot_origins, PROJECT, *SNAPSHOT_SOURCES),
        *SHARED,
        labels(),
    ),
    WITHOUT,
    points_of=("gcp.compute.disk", "gcp.compute.region-disk"),
)
