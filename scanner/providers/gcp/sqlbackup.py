"""Backups of Cloud SQL, in both forms that its API has
(https://cloud.google.com/sql/docs/mysql/admin-api/rest/v1/backupRuns and .../backups).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from scanner.facts import (
    FOREVER,
    UNRESOLVED,
    Answer,
    Backup,
    Duration,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    Reason,
    Tagging,
    Unknown,
    View,
    text,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, at_rest
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import GOOGLES_API, between, located, not_for, point, seen

PLACE, SORT, OF = f"{DATA}/location", f"{DATA}/type", f"{DATA}/instance"
ENDED, EXPIRES = f"{DATA}/backupInterval/endTime", f"{DATA}/expiryTime"
STATUS, STATE = f"{DATA}/status", f"{DATA}/state"
GONE = frozenset({"FAILED", "SKIPPED", "DELETED"})
THERE: Mapping[object, bool] = dict.fromkeys(("SUCCESSFUL", "DELETION_PENDING", "DELETING", "DELETION_FAILED"), True)
"""One that is queued, running or overdue is no backup yet."""
WITHOUT = {**GOOGLES_API, LogStore: "not a store of logs"}


def _origins(view: View) -> Iterator[Origin]:
    """The instance, which is told by its name alone, is in the project of the backup."""
    project = re.match(r"//[^/]+/(projects/[^/]+)/", view.at(NAME, text))
    if project is None:
        raise NotKnown(Unknown(Reason.SHAPE, "its name has no project"))
    instance = view.at(OF, text).rpartition("/")[2]
    yield Origin(f"//cloudsql.googleapis.com/{project[1]}/instances/{instance}", UNRESOLVED)


def _there(view: View, state: str) -> None:
    """Raises for a run that left no backup, or that is not seen to have left one."""
    if view.at(state, text) in GONE:
        raise not_for("the run left no backup, or it was deleted")
    view.at(state, THERE)


def _run(view: View) -> Iterator[Plan]:
    """https://cloud.google.com/sql/docs/mysql/backup-recovery/backups: one on demand is kept until somebody deletes it;
    one of the schedule, as the instance's settings say.
    """
    _there(view, STATUS)
    yield point(seen(lambda: view.at(PLACE, located)), seen(lambda: _kept(view)))


def _kept(view: View) -> Duration:
    if view.at(SORT, {"ON_DEMAND": True, "AUTOMATED": False}):
        return FOREVER
    raise NotKnown(Unknown(Reason.NOT_ASKED, "the settings of its instance decide how long it is kept; not joined"))


def _backup(view: View) -> Iterator[Plan]:
    _there(view, STATE)
    yield point(seen(lambda: view.at(PLACE, located)), seen(lambda: between(view, ENDED, EXPIRES)))


def _facts(kms: str, plans: Answer) -> tuple[Answer, ...]:
    return (
        Location.homes.one(PLACE, located),
        Location.copies.none("https://cloud.google.com/sql/docs/mysql/backup-recovery/backups: kept in its location"),
        *at_rest(kms),
        plans,
        Lineage.origins.items(_origins, NAME, OF),
        *SHARED,
        Tagging.tags.documented({}, "backups have no labels in the Cloud SQL Admin API v1"),
    )


RUN = asset_type(
    "gcp.sql.backup-run",
    "sqladmin.googleapis.com/BackupRun",
    Kind.DATA,
    _facts(f"{DATA}/diskEncryptionConfiguration/kmsKeyName", Backup.plans.items(_run, PLACE, SORT, STATUS)),
    WITHOUT,
    points_of=("gcp.sql.instance",),
)
BACKUP = asset_type(
    "gcp.sql.backup",
    "sqladmin.googleapis.com/Backup",
    Kind.DATA,
    _facts(f"{DATA}/kmsKey", Backup.plans.items(_backup, PLACE, STATE, ENDED, EXPIRES)),
    WITHOUT,
    points_of=("gcp.sql.instance",),
)
TYPES = (replace(RUN, label="/resource/data/id"), BACKUP)
