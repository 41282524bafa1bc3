"""Instant snapshots and storage pools of Compute Engine
(https://cloud.google.com/compute/docs/reference/rest/v1/instantSnapshots and .../storagePools).
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.facts import (
    UNRESOLVED,
    Backup,
    EncryptionAtRest,
    Kind,
    Lineage,
    Location,
    Origin,
    Plan,
    Reason,
    Unknown,
    View,
    text,
)
from scanner.places import gcp
from scanner.providers.gcp.assets import DATA, PROJECT, asset_type, compute_name, labels
from scanner.providers.gcp.compute import REGION, WITHOUT, ZONE
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import ALWAYS, point, seen

SOURCE = f"{DATA}/sourceDisk"
ITS_DISK = "its disk tells who holds the key, and is not joined to it"
IN_DISKS = "its disks hold the data, and are resources of their own"
WITH_DISK = Unknown(Reason.UNDECIDED, "it is kept until somebody deletes it or its disk")


def _home(view: View) -> str:
    """It lies where its disk does, in a zone or a region."""
    return gcp(view.at(ZONE, text, missing="") or view.at(REGION, text))


def _point(view: View) -> Iterator[Plan]:
    yield point(seen(lambda: _home(view)), WITH_DISK)


def _disk(view: View) -> Iterator[Origin]:
    yield Origin(compute_name(view.at(SOURCE, text), view.at(PROJECT, text)), UNRESOLVED)


SNAPSHOT = asset_type(
    "gcp.compute.instant-snapshot",
    "compute.googleapis.com/InstantSnapshot",
    Kind.DATA,
    (
        Location.homes.items(lambda view: (_home(view),), ZONE, REGION),
        Location.copies.none("https://cloud.google.com/compute/docs/disks/instant-snapshots: it lies with its disk"),
        *ALWAYS,
        EncryptionAtRest.owner.unseen(ITS_DISK),
        EncryptionAtRest.key.unseen(ITS_DISK),
        Backup.plans.items(_point, ZONE, REGION),
        Lineage.origins.items(_disk, PROJECT, SOURCE),
        *SHARED,
        labels(),
    ),
    WITHOUT,
    points_of=("gcp.compute.disk", "gcp.compute.region-disk"),
)

POOL = asset_type(
    "gcp.compute.storage-pool",
    "compute.googleapis.com/StoragePool",
    Kind.DATA,
    (
        Location.homes.one(ZONE, lambda zone: gcp(text(zone))),
        Location.copies.none("its disks have the copies"),
        *SHARED,
        labels(),
    ),
    {**WITHOUT, EncryptionAtRest: IN_DISKS, Backup: IN_DISKS, Lineage: IN_DISKS},
)
TYPES = (SNAPSHOT, POOL)
