"""Firestore (https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.facts import (
    Backup,
    Cover,
    Duration,
    EncryptionAtRest,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Protection,
    Reason,
    Tagging,
    Unknown,
    View,
    always,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, at_rest
from scanner.providers.gcp.iam import SHARED, TRUST
from scanner.providers.gcp.told import (
    ALWAYS,
    GOOGLES_API,
    HOME,
    between,
    covered,
    inside,
    lasting,
    located,
    origin_in,
    origins,
    placed,
    point,
    schedule,
    seen,
)

PLACE, RECOVERY = f"{DATA}/locationId", f"{DATA}/pointInTimeRecoveryEnablement"
VERSIONS = f"{DATA}/versionRetentionPeriod"
RESTORED = f"{DATA}/sourceInfo/backup/backup"
TAKEN, EXPIRES = f"{DATA}/snapshotTime", f"{DATA}/expireTime"
KEPT, DAILY, WEEKLY = f"{DATA}/retention", f"{DATA}/dailyRecurrence", f"{DATA}/weeklyRecurrence"
WITHOUT = {**GOOGLES_API, LogStore: "not a store of logs"}
UNTAGGED = Tagging.tags.documented({}, "the Cloud Firestore API v1 has no labels")
BACKUPS = "https://cloud.google.com/firestore/docs/backups: a backup lies where its database does, as a resource"
SCHEDULED = Unknown(Reason.NOT_ASKED, "the inventory may not list all of its backup schedules")
"""https://cloud.google.com/asset-inventory/docs/asset-types does not name them."""
WINDOWS: Mapping[object, tuple[Duration, Duration]] = {
    "POINT_IN_TIME_RECOVERY_ENABLED": (Duration.of(7), Duration.of(1, "minute")),
    "POINT_IN_TIME_RECOVERY_DISABLED": (Duration.of(1, "hour"), Duration.of(1, "second")),
}
"""By the documentation of the values: how far back can be read, and at which distance the versions are."""


def _plans(view: View) -> Iterator[Plan | Unknown]:
    yield SCHEDULED
    kept, every = view.at(RECOVERY, WINDOWS)
    kept = view.at(VERSIONS, lasting, missing=kept)
    where = seen(lambda: (view.at(PLACE, located),))
    yield Plan(PlanKind.CONTINUOUS, retention=kept, every=every, places=where, encrypted=True, immutable=False)


def _restored(view: View) -> Iterator[Origin | Unknown]:
    yield from origins(view, "firestore", RESTORED)
    yield Unknown(Reason.NOT_ASKED, "what was imported into a database is not recorded on it")


DATABASE = asset_type(
    "gcp.firestore.database",
    "firestore.googleapis.com/Database",
    Kind.DATA,
    (
        Location.homes.one(PLACE, located),
        Location.copies.none(BACKUPS),
        *at_rest(f"{DATA}/cmekConfig/kmsKeyName"),
        Backup.plans.items(_plans, RECOVERY, VERSIONS, PLACE),
        Lineage.origins.items(_restored, RESTORED),
        Exposure.public.unseen("the security rules of its clients, which may let anybody in, are not read"),
        TRUST,
        UNTAGGED,
    ),
    WITHOUT,
    covered_by=("gcp.firestore.backup-schedule",),
)


def _point(view: View) -> Iterator[Plan]:
    yield point(seen(lambda: view.at(NAME, placed)), seen(lambda: between(view, TAKEN, EXPIRES)))


BACKUP = asset_type(
    "gcp.firestore.backup",
    "firestore.googleapis.com/Backup",
    Kind.DATA,
    (
        HOME,
        Location.copies.none(BACKUPS),
        *ALWAYS,
        EncryptionAtRest.owner.unseen("a backup does not tell its key"),
        EncryptionAtRest.key.unseen("a backup does not tell its key"),
        Backup.plans.items(_point, NAME, TAKEN, EXPIRES),
        Lineage.origins.one(f"{DATA}/database", origin_in("firestore")),
        *SHARED,
        UNTAGGED,
    ),
    WITHOUT,
    points_of=("gcp.firestore.database",),
)


def _schedule(view: View) -> Iterator[Plan]:
    """One of the two recurrences is there, the daily one as an empty object."""
    days = 1 if view.at(DAILY, always(True), missing=False) else 7
    if days == 7 and not view.at(WEEKLY, always(True), missing=False):
        raise NotKnown(Unknown(Reason.SHAPE, "neither of the foreseen recurrences is told"))
    where = Unknown(Reason.NOT_ASKED, "a backup lies where its database does")
    yield schedule(view.at(KEPT, lasting), Duration.of(days), where)


SCHEDULE_PATHS = (DAILY, WEEKLY, KEPT)


def _covers(view: View) -> Iterator[Cover]:
    yield from covered(lambda: _schedule(view), view.at(NAME, inside("backupSchedules")).ref)


SCHEDULE = asset_type(
    "gcp.firestore.backup-schedule",
    "firestore.googleapis.com/BackupSchedule",
    Kind.CONFIG,
    (
        Backup.plans.items(_schedule, *SCHEDULE_PATHS),
        Protection.covers.items(_covers, NAME, *SCHEDULE_PATHS),
        UNTAGGED,
    ),
)
TYPES = (DATABASE, BACKUP, SCHEDULE)
