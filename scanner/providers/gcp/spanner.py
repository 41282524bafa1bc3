"""Spanner (https://cloud.google.com/spanner/docs/reference/rest/v1/projects.instances).

Where an instance is follows from its configuration. Those that Google makes of one region are named "regional-REGION"
and have all replicas there (https://cloud.google.com/spanner/docs/instance-configurations); the names of the customer's
own start with "custom-" (documentation of `InstanceConfig.name`). Databases and backups are where their instance is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.facts import (
    JSON,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Tagging,
    Unknown,
    View,
    text,
    texts,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, labels, owner
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import (
    ALWAYS,
    GOOGLES_API,
    INVENTORY,
    at_rest_by_type,
    between,
    lasting,
    listed_region,
    located,
    origin_in,
    origins,
    point,
    schedule,
    seen,
)

CONFIG, KEPT = f"{DATA}/config", f"{DATA}/retentionDuration"
KMS, MORE_KMS = f"{DATA}/encryptionConfig/kmsKeyName", f"{DATA}/encryptionConfig/kmsKeyNames"
VERSIONS, RESTORED = f"{DATA}/versionRetentionPeriod", f"{DATA}/restoreInfo/backupInfo"
MADE, EXPIRES = f"{DATA}/createTime", f"{DATA}/expireTime"
WITHOUT = {**GOOGLES_API, LogStore: "not a store of logs"}
IN_DATABASES = "its databases hold the data, and are resources of their own"
UNTAGGED = Tagging.tags.documented({}, "only instances have labels in the Cloud Spanner API v1")
SCHEDULED = Unknown(Reason.NOT_ASKED, "its backup schedules, which are assets of their own, are not joined to it")


def _homes(view: View) -> Iterator[str]:
    name = view.at(CONFIG, text).rpartition("/")[2]
    if not name.startswith("regional-"):
        detail = f"where the replicas of the configuration {name} are is told by it, and is not read"
        raise NotKnown(Unknown(Reason.NOT_ASKED, detail, "", "spanner.instanceConfigs.get"))
    yield located(name.removeprefix("regional-"))


def _held(view: View) -> Iterator[str]:
    """The region in which the inventory has it. The instance, a copy of the whole, tells the rest."""
    yield listed_region(view)


def _with_instance(view: View) -> Iterator[Copy]:
    instance = re.match(r"(.+?/instances/[^/]+)/", view.at(NAME, text))
    if instance is None:
        raise NotKnown(Unknown(Reason.SHAPE, "its name has no instance"))
    yield Copy(CopyKind.REPLICA, Unknown(Reason.NOT_ASKED, "replicas are where its instance is"), instance[1])


INSTANCE = asset_type(
    "gcp.spanner.instance",
    "spanner.googleapis.com/Instance",
    Kind.DATA,
    (
        Location.homes.items(_homes, CONFIG),
        Location.copies.none("https://cloud.google.com/spanner/docs/replication: its configuration has all replicas"),
        *SHARED,
        labels(),
    ),
    {**WITHOUT, EncryptionAtRest: IN_DATABASES, Backup: IN_DATABASES, Lineage: IN_DATABASES},
)


def _key(view: View) -> str:
    """With Google's own keys `encryptionConfig` is empty. Several keys cover a configuration of several regions."""
    one, more = view.at(KMS, text, missing=""), view.at(MORE_KMS, texts, missing=())
    return ", ".join(dict.fromkeys(each for each in (one, *more) if each)) or "provider"


def _period(value: JSON) -> Duration:
    """`versionRetentionPeriod` as the statement that sets it writes it: "7d", "36h", "90m" or "3600s"."""
    found = re.fullmatch(r"(\d{1,9})([smhd])", text(value), re.ASCII)
    if found is None:
        raise ValueError("not a period of Spanner")
    return Duration.of(int(found[1]), {"s": "second", "m": "minute", "h": "hour", "d": "day"}[found[2]])


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """https://cloud.google.com/spanner/docs/pitr: any moment of the period, which is 1 hour unless it is set."""
    yield SCHEDULED
    yield Plan(
        PlanKind.CONTINUOUS,
        retention=view.at(VERSIONS, _period, missing=Duration.of(1, "hour")),
        every=Duration.of(1, "second"),
        places=seen(lambda: (listed_region(view),)),
        encrypted=True,
        immutable=False,
    )


def _restored(view: View) -> Iterator[Origin | Unknown]:
    """The backup may no longer exist, so the database that it was made of is the origin."""
    yield from origins(view, "spanner", f"{RESTORED}/sourceDatabase")
    yield Unknown(Reason.NOT_ASKED, "what was imported into a database is not recorded on it")


DATABASE = asset_type(
    "gcp.spanner.database",
    "spanner.googleapis.com/Database",
    Kind.DATA,
    (
        Location.homes.items(_held, INVENTORY),
        Location.copies.items(_with_instance, NAME),
        *ALWAYS,
        EncryptionAtRest.owner.by(lambda view: owner(_key(view)), KMS, MORE_KMS),
        EncryptionAtRest.key.by(_key, KMS, MORE_KMS),
        Backup.plans.items(_plans, VERSIONS, INVENTORY),
        Lineage.origins.items(_restored, f"{RESTORED}/sourceDatabase"),
        *SHARED,
        UNTAGGED,
    ),
    WITHOUT,
)


def _point(view: View) -> Iterator[Plan]:
    yield point(seen(lambda: listed_region(view)), seen(lambda: between(view, MADE, EXPIRES)))


BACKUP = asset_type(
    "gcp.spanner.backup",
    "spanner.googleapis.com/Backup",
    Kind.DATA,
    (
        Location.homes.items(_held, INVENTORY),
        Location.copies.items(_with_instance, NAME),
        *at_rest_by_type(f"{DATA}/encryptionInfo/encryptionType", f"{DATA}/encryptionInfo/kmsKeyVersion"),
        Backup.plans.items(_point, MADE, EXPIRES, INVENTORY),
        Lineage.origins.one(f"{DATA}/database", origin_in("spanner")),
        *SHARED,
        UNTAGGED,
    ),
    WITHOUT,
    points_of=("gcp.spanner.database",),
)


def _schedule(view: View) -> Iterator[Plan]:
    every = Unknown(Reason.NOT_ASKED, "its times are written as a cron expression, which is not read")
    where = Unknown(Reason.NOT_ASKED, "a backup lies where the instance of its database is")
    yield schedule(view.at(KEPT, lasting), every, where)


SCHEDULE = asset_type(
    "gcp.spanner.backup-schedule",
    "spanner.googleapis.com/BackupSchedule",
    Kind.CONFIG,
    (Backup.plans.items(_schedule, KEPT), UNTAGGED),
)
TYPES = (INSTANCE, DATABASE, BACKUP, SCHEDULE)
