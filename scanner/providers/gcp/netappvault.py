"""Backup vaults, snapshots and storage pools of NetApp Volumes
(https://cloud.google.com/netapp/volumes/docs/reference/rest/v1/projects.locations.backupVaults).

Volumes, and the backups in a vault, are told in `scanner.providers.gcp.netapp`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Plan,
    Reason,
    Unknown,
    View,
    text,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, labels
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.netapp import ASK, ENCRYPTED, HELD, HOLDERS, KEY_PATHS, NO_CIPHER, REGION, key, region
from scanner.providers.gcp.told import (
    GOOGLES_API,
    HOME,
    NO_LOGS,
    copy_in,
    inside,
    located,
    placed,
    point,
    seen,
    version_of,
)

CONFIG, STATE, VERSION = (f"{DATA}/{name}" for name in ("kmsConfig", "encryptionState", "backupsCryptoKeyVersion"))
TWIN = f"{DATA}/destinationBackupVault"
DONE: Mapping[object, bool] = {
    "ENCRYPTION_STATE_PENDING": False,
    "ENCRYPTION_STATE_IN_PROGRESS": False,
    "ENCRYPTION_STATE_COMPLETED": True,
    "ENCRYPTION_STATE_FAILED": False,
}
MIXED = Unknown(Reason.UNDECIDED, "its backups are not all encrypted with the configured key yet")
IN_BACKUPS = "its backups hold the data, and are resources of their own"
IN_VOLUMES = "its volumes hold the data, and are resources of their own"
ITS_VOLUME = "its volume tells who holds the key, and is not joined to it"
KEPT = Unknown(Reason.NOT_ASKED, "whether a policy of its volume made it, and deletes it, is not told")


def _copies(view: View) -> Iterator[Copy]:
    """A vault of one region may have a twin in another, where its backups are stored."""
    if view.at(TWIN, text, missing=""):
        found = view.at(TWIN, copy_in("netapp"))
        yield Copy(CopyKind.BACKUP, found.place, found.ref)


def _owner(view: View) -> KeyOwner:
    """Without a KMS configuration the keys are the service's own."""
    if not view.at(CONFIG, text, missing=""):
        return KeyOwner.PROVIDER
    if not view.at(STATE, DONE):
        raise NotKnown(MIXED)
    return KeyOwner.CUSTOMER


def _key(view: View) -> str:
    return "provider" if _owner(view) is KeyOwner.PROVIDER else view.at(VERSION, version_of)


VAULT = asset_type(
    "gcp.netapp.backup-vault",
    "netapp.googleapis.com/BackupVault",
    Kind.DATA,
    (
        Location.homes.items(lambda view: (region(view),), NAME, REGION),
        Location.copies.items(_copies, TWIN),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.unseen(NO_CIPHER),
        EncryptionAtRest.owner.by(_owner, CONFIG, STATE),
        EncryptionAtRest.key.by(_key, CONFIG, STATE, VERSION),
        *SHARED,
        labels(),
    ),
    {**GOOGLES_API, **NO_LOGS, Backup: IN_BACKUPS, Lineage: IN_BACKUPS},
)

ZONES = (f"{DATA}/zone", f"{DATA}/replicaZone")


def _homes(view: View) -> Iterator[str]:
    """The place in its name, and the two zones of a regional pool."""
    zones = [view.at(path, located, missing=None) for path in ZONES]
    yield from dict.fromkeys((view.at(NAME, placed), *(each for each in zones if each)))


POOL = asset_type(
    "gcp.netapp.storage-pool",
    "netapp.googleapis.com/StoragePool",
    Kind.DATA,
    (
        Location.homes.items(_homes, NAME, *ZONES),
        Location.copies.none(
            "https://cloud.google.com/netapp/volumes/docs/configure-and-use/storage-pools: in its place"
        ),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.unseen(NO_CIPHER),
        EncryptionAtRest.owner.at(HELD, HOLDERS),
        EncryptionAtRest.key.by(key, *KEY_PATHS),
        *SHARED,
        labels(),
    ),
    {**GOOGLES_API, **NO_LOGS, Backup: IN_VOLUMES, Lineage: IN_VOLUMES},
    ask={"kms": ASK["kms"]},
)


def _point(view: View) -> Iterator[Plan]:
    yield point(seen(lambda: view.at(NAME, placed)), KEPT)


SNAPSHOT = asset_type(
    "gcp.netapp.snapshot",
    "netapp.googleapis.com/Snapshot",
    Kind.DATA,
    (
        HOME,
        Location.copies.none("https://cloud.google.com/netapp/volumes/docs/configure-and-use/snapshots: in its volume"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.unseen(NO_CIPHER),
        EncryptionAtRest.owner.unseen(ITS_VOLUME),
        EncryptionAtRest.key.unseen(ITS_VOLUME),
        Backup.plans.items(_point, NAME),
        Lineage.origins.one(NAME, inside("snapshots")),
        *SHARED,
        labels(),
    ),
    {**GOOGLES_API, **NO_LOGS},
    points_of=("gcp.netapp.volume",),
)
TYPES = (VAULT, POOL, SNAPSHOT)
