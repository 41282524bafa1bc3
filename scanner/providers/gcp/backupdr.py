"""Backup and DR (https://cloud.google.com/backup-disaster-recovery/docs/reference/rest/v1/projects.locations.backupVaults).

Plans, and what they are applied to, are told in `scanner.providers.gcp.protection`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.facts import (
    UNRESOLVED,
    Backup,
    EncryptionAtRest,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    Reason,
    Unknown,
    View,
    always,
    text,
    texts,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, at_rest, labels, moment
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import (
    ALWAYS,
    GOOGLES_API,
    HOME,
    between,
    placed,
    point,
    seen,
    version_of,
)

MADE, EXPIRES, ENFORCED = (f"{DATA}/{name}" for name in ("createTime", "expireTime", "enforcedRetentionEndTime"))
SOURCE, KEYS = f"{DATA}/gcpResource/gcpResourcename", f"{DATA}/kmsKeyVersions"
WITHOUT = {**GOOGLES_API, LogStore: "not a store of logs"}
IN_BACKUPS = "its backups hold the data, and are resources of their own"
IN_VAULT = "https://cloud.google.com/backup-disaster-recovery/docs/concepts/backup-vault: kept in the vault's location"

BACKUP_VAULT = asset_type(
    "gcp.backupdr.backup-vault",
    "backupdr.googleapis.com/BackupVault",
    Kind.DATA,
    (
        HOME,
        Location.copies.none(IN_VAULT),
        *at_rest(f"{DATA}/encryptionConfig/kmsKeyName"),
        *SHARED,
        labels(),
    ),
    {**WITHOUT, Backup: IN_BACKUPS, Lineage: IN_BACKUPS},
)


def _point(view: View) -> Iterator[Plan]:
    """Nobody can delete a backup before the end of its enforced retention."""
    made = point(seen(lambda: view.at(NAME, placed)), seen(lambda: between(view, MADE, EXPIRES)))
    yield replace(made, immutable=seen(lambda: view.at(ENFORCED, moment) >= view.at(EXPIRES, moment)))


def _key(view: View) -> str:
    """A backup whose keys are not told may still be encrypted as its source is, so that is unknown."""
    keys = view.at(KEYS, texts)
    if not keys:
        raise NotKnown(Unknown(Reason.UNDECIDED, "it names no version of a key"))
    return ", ".join(dict.fromkeys(map(version_of, keys)))


def _named(told: str) -> Origin:
    """A resource by its full name. Raises NotKnown for one without the service."""
    if not told.startswith("//"):
        raise NotKnown(Unknown(Reason.SHAPE, "its source is named without the service"))
    return Origin(told, UNRESOLVED)


BACKUP = asset_type(
    "gcp.backupdr.backup",
    "backupdr.googleapis.com/Backup",
    Kind.DATA,
    (
        HOME,
        Location.copies.none(IN_VAULT),
        *ALWAYS,
        EncryptionAtRest.owner.unseen("who holds the keys of a backup is not told"),
        EncryptionAtRest.key.by(_key, KEYS),
        Backup.plans.items(_point, NAME, MADE, EXPIRES, ENFORCED),
        Lineage.origins.items(lambda view: (_named(view.at(SOURCE, text)),), SOURCE),
        *SHARED,
        labels(),
    ),
    WITHOUT,
    points_of=(
        "gcp.alloydb.cluster",
        "gcp.compute.disk",
        "gcp.compute.region-disk",
        "gcp.file.instance",
        "gcp.netapp.volume",
        "gcp.sql.instance",
    ),
)

OF_GOOGLE = f"{DATA}/dataSourceGcpResource/gcpResourcename"
OF_APPLIANCE = f"{DATA}/dataSourceBackupApplianceApplication/applianceId"


def _backed_up(view: View) -> Iterator[Origin]:
    """What the backups of a data source are of: a resource of Google Cloud, or what an appliance backs up elsewhere."""
    if view.at(OF_APPLIANCE, always(True), missing=False):
        raise NotKnown(Unknown(Reason.UNDECIDED, "a backup appliance made its backups, of what is not told by name"))
    yield _named(view.at(OF_GOOGLE, text))


DATA_SOURCE = asset_type(
    "gcp.backupdr.data-source",
    "backupdr.googleapis.com/DataSource",
    Kind.DATA,
    (
        HOME,
        Location.copies.none(IN_VAULT),
        Lineage.origins.items(_backed_up, OF_GOOGLE, OF_APPLIANCE),
        *SHARED,
        labels(),
    ),
    {**WITHOUT, Backup: IN_BACKUPS, EncryptionAtRest: "each of its backups, a resource of its own, tells its keys"},
)

SERVER = asset_type(
    "gcp.backupdr.management-server",
    "backupdr.googleapis.com/ManagementServer",
    Kind.DATA,
    (
        HOME,
        Location.copies.gap("where its appliances keep backups is told by the server itself alone"),
        *ALWAYS,
        EncryptionAtRest.owner.unseen("who holds the key of its own data is not told"),
        EncryptionAtRest.key.unseen("who holds the key of its own data is not told"),
        *SHARED,
        labels(),
    ),
    {**WITHOUT, Backup: "it backs up others; its own settings are kept by Google", Lineage: "it holds settings only"},
)

TYPES = (BACKUP_VAULT, BACKUP, DATA_SOURCE, SERVER)
