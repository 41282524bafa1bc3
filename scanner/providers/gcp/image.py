"""Images and machine images of Compute Engine (https://cloud.google.com/compute/docs/reference/rest/v1/images and
.../machineImages).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.facts import (
    FOREVER,
    UNRESOLVED,
    Backup,
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
from scanner.providers.gcp.assets import DATA, PROJECT, asset_type, compute_name, key_of, labels
from scanner.providers.gcp.compute import WITHOUT, stored
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import (
    ALWAYS,
    ONE_POINT,
    schedule,
    seen,
)

STORED, FILE = f"{DATA}/storageLocations", f"{DATA}/rawDisk/source"
SOURCES = tuple(f"{DATA}/{name}" for name in ("sourceDisk", "sourceImage", "sourceSnapshot"))
MACHINE = f"{DATA}/sourceInstance"
IN_STORED = "https://cloud.google.com/compute/docs/images: kept in its storage locations"


def _origins(view: View) -> Iterator[Origin | Unknown]:
    """An image is made of a disk, an image, a snapshot or a file in a bucket."""
    found = [Origin(compute_name(told, view.at(PROJECT, text)), UNRESOLVED) for told in _told(view)]
    file = re.match(r"(?:gs:/|https://[^/]+)/([^/]+)/", view.at(FILE, text, missing=""))
    if file:
        found.append(Origin(f"//storage.googleapis.com/{file[1]}", UNRESOLVED))
    yield from found
    if not found:
        yield Unknown(Reason.SHAPE, "it names nothing that it was made from")


def _told(view: View) -> Iterator[str]:
    yield from (told for path in SOURCES if (told := view.at(path, text, missing="")))


IMAGE = asset_type(
    "gcp.compute.image",
    "compute.googleapis.com/Image",
    Kind.DATA,
    (
        Location.homes.items(stored, STORED),
        Location.copies.none(IN_STORED),
        *ALWAYS,
        *key_of(f"{DATA}/imageEncryptionKey/kmsKeyName", f"{DATA}/imageEncryptionKey/sha256"),
        Lineage.origins.items(_origins, PROJECT, FILE, *SOURCES),
        *SHARED,
        labels(),
    ),
    {**WITHOUT, Backup: "an image is made to start machines from; it is kept by no plan"},
)


def _point(view: View) -> Iterator[Plan]:
    """A machine image has no time to expire in the API: it is kept until somebody deletes it."""
    yield schedule(FOREVER, ONE_POINT, seen(lambda: tuple(stored(view))))


MACHINE_IMAGE = asset_type(
    "gcp.compute.machine-image",
    "compute.googleapis.com/MachineImage",
    Kind.DATA,
    (
        Location.homes.items(stored, STORED),
        Location.copies.none(IN_STORED),
        *ALWAYS,
        *key_of(f"{DATA}/machineImageEncryptionKey/kmsKeyName", f"{DATA}/machineImageEncryptionKey/sha256"),
        Backup.plans.items(_point, STORED),
        Lineage.origins.items(
            lambda view: (Origin(compute_name(view.at(MACHINE, text), view.at(PROJECT, text)), UNRESOLVED),),
            PROJECT,
            MACHINE,
        ),
        *SHARED,
        labels(),
    ),
    WITHOUT,
)

TYPES = (IMAGE, MACHINE_IMAGE)
