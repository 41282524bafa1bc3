"""Backup for GKE (https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke/reference/rest/v1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.facts import (
    FOREVER,
    Backup,
    Cover,
    Duration,
    EncryptionAtRest,
    Kind,
    Lineage,
    Location,
    LogStore,
    Plan,
    Protection,
    Reason,
    Tagging,
    Unknown,
    View,
    flag,
    text,
    whole,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, at_rest, labels, moment
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import (
    ALWAYS,
    GOOGLES_API,
    HOME,
    asset_name,
    between,
    covered,
    origin_in,
    placed,
    point,
    schedule,
    seen,
)

DAYS, MADE, EXPIRES, LOCKED = (
    f"{DATA}/{name}" for name in ("retainDays", "createTime", "retainExpireTime", "deleteLockExpireTime")
)
KEPT, PAUSED = f"{DATA}/retentionPolicy/backupRetainDays", f"{DATA}/backupSchedule/paused"
DEACTIVATED, CLUSTER = f"{DATA}/deactivated", f"{DATA}/cluster"
UNDELETABLE = f"{DATA}/retentionPolicy/backupDeleteLockDays"
CRON, MINUTES = f"{DATA}/backupSchedule/cronSchedule", f"{DATA}/backupSchedule/rpoConfig/targetRpoMinutes"
PLAN_PATHS = (NAME, KEPT, PAUSED, DEACTIVATED, CRON, MINUTES, UNDELETABLE)
WITHOUT = {**GOOGLES_API, LogStore: "not a store of logs"}


def _kept(view: View) -> Duration:
    """With 0 days no automatic deletion occurs."""
    if view.at(DAYS, whole) == 0:
        return FOREVER
    return between(view, MADE, EXPIRES)


def _point(view: View) -> Iterator[Plan]:
    """A lock keeps it from any deletion until that ends."""
    made = point(seen(lambda: view.at(NAME, placed)), seen(lambda: _kept(view)))
    yield replace(made, immutable=seen(lambda: view.at(LOCKED, moment) >= view.at(EXPIRES, moment)))


BACKUP = asset_type(
    "gcp.gkebackup.backup",
    "gkebackup.googleapis.com/Backup",
    Kind.DATA,
    (
        HOME,
        # The volumes of a backup are snapshots, which may lie elsewhere, and resources of their own.
        Location.copies.gap("the backups of its volumes, which are resources of their own, are not joined to it"),
        *at_rest(f"{DATA}/encryptionKey/gcpKmsEncryptionKey"),
        Backup.plans.items(_point, NAME, DAYS, MADE, EXPIRES, LOCKED),
        Lineage.origins.one(f"{DATA}/clusterMetadata/cluster", origin_in("container")),
        *SHARED,
        labels(),
    ),
    WITHOUT,
    points_of=("gcp.gke.cluster",),
)


def _plans(view: View) -> Iterator[Plan]:
    """Backups are made by a schedule, which is neither paused nor deactivated unless it says so (the default of either
    is false), and else only by hand.
    """
    if not view.at(CRON, text, missing="") and not view.at(MINUTES, whole, missing=0):
        return
    if not view.at(PAUSED, flag, missing=False) and not view.at(DEACTIVATED, flag, missing=False):
        made = schedule(seen(lambda: _days(view)), _every(view), seen(lambda: (view.at(NAME, placed),)))
        yield replace(made, immutable=seen(lambda: _locked(view)))


def _days(view: View) -> Duration:
    """Without days, or with 0, backups are not subject to automatic deletion."""
    days = view.at(KEPT, whole, missing=0)
    return Duration.of(days) if days else FOREVER


def _locked(view: View) -> bool:
    """Whether nobody can delete a backup before its end; a lock of 0 days is none."""
    return Duration.of(view.at(UNDELETABLE, whole, missing=0)) >= _days(view)


def _covers(view: View) -> Iterator[Cover]:
    """Its cluster, which the inventory names by a zone where it is in one. Of several plans each tells for itself."""
    told = view.at(CLUSTER, text)
    refs = tuple(asset_name("container", told.replace("/locations/", f"/{level}/")) for level in ("locations", "zones"))
    yield from covered(lambda: _plans(view), *refs)


def _every(view: View) -> Duration | Unknown:
    if view.at(CRON, text, missing=""):
        return Unknown(Reason.NOT_ASKED, "its times are written as a cron expression, which is not read")
    return Duration.of(view.at(MINUTES, whole), "minute")


BACKUP_PLAN = asset_type(
    "gcp.gkebackup.backup-plan",
    "gkebackup.googleapis.com/BackupPlan",
    Kind.CONFIG,
    (
        Backup.plans.items(_plans, *PLAN_PATHS),
        Protection.covers.items(_covers, CLUSTER, *PLAN_PATHS),
        labels(),
    ),
)

OF_BACKUP = "its backup, which is a resource of its own, tells it and is not joined to it"
VOLUME_BACKUP = asset_type(
    "gcp.gkebackup.volume-backup",
    "gkebackup.googleapis.com/VolumeBackup",
    Kind.DATA,
    (
        Location.homes.gap("the snapshot that it is may lie elsewhere than its plan; the handle of it is not followed"),
        Location.copies.none("https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke: one snapshot"),
        *ALWAYS,
        EncryptionAtRest.owner.unseen(OF_BACKUP),
        EncryptionAtRest.key.unseen(OF_BACKUP),
        Backup.plans.gap(OF_BACKUP),
        Lineage.origins.gap("its volume is told by its name in Kubernetes, which is no asset"),
        *SHARED,
        Tagging.tags.documented({}, "VolumeBackup of the Backup for GKE API v1 has no labels"),
    ),
    WITHOUT,
    points_of=("gcp.gke.cluster",),
)
TYPES = (BACKUP, BACKUP_PLAN, VOLUME_BACKUP)
