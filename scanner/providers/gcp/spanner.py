"""Spanner (https://cloud.google.com/spanner/docs/reference/rest/v1/projects.instances).

Where an instance is follows from its configuration. Those that Google makes of one region are named "regional-REGION"
and have all replicas there (https://cloud.google.com/spanner/docs/instance-configurations). Of any other the places of
its replicas are read: the name of a multi-region stands for other regions than in Cloud Storage. Databases and backups
are where their instance is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.collect.model import Join
from scanner.facts import (
    JSON,
    Backup,
    Copy,
    CopyKind,
    Cover,
    Duration,
    EncryptionAtRest,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Protection,
    Reason,
    Tagging,
    Unknown,
    View,
    text,
    texts,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, joined, labels, owner
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import (
    ALWAYS,
    GOOGLES_API,
    INVENTORY,
    at_rest_by_type,
    between,
    covered,
    inside,
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
HOLDER = {**WITHOUT, EncryptionAtRest: IN_DATABASES, Backup: IN_DATABASES, Lineage: IN_DATABASES}
ALL_REPLICAS = "https://cloud.google.com/spanner/docs/replication: its configuration has all replicas"
CONFIGURED, REPLICAS = "spanner.googleapis.com/InstanceConfig", "/resource/data/replicas"
ASK = {"configs": joined(Join("/resource/data/name", {"/resource/data/config": ""}), CONFIGURED)}
PLACES = (CONFIG, f"configs:/assets/*{REPLICAS}/*/location")
SCHEDULED = Unknown(Reason.NOT_ASKED, "the inventory may not list all of its backup schedules")
"""https://cloud.google.com/asset-inventory/docs/asset-types does not name them."""


def _homes(view: View) -> Iterator[str]:
    name = view.at(CONFIG, text).rpartition("/")[2]
    if name.startswith("regional-"):
        yield located(name.removeprefix("regional-"))
        return
    config = next(view.each("configs:/assets"), None)
    if config is None:
        detail = f"where the replicas of the configuration {name} are is told by it, and it was not listed"
        raise NotKnown(Unknown(Reason.NOT_ASKED, detail, "", "spanner.instanceConfigs.get"))
    yield from _replicas(config)


def _replicas(config: Node) -> Iterator[str]:
    """Where the replicas of a configuration are, read-only ones and witnesses too: these keep part of the data."""
    places = dict.fromkeys(each.at("/location", located) for each in config.each(REPLICAS, missing=True))
    if not places:
        raise NotKnown(Unknown(Reason.SHAPE, "its configuration tells no replica"))
    yield from places


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
        Location.homes.items(_homes, *PLACES),
        Location.copies.none(ALL_REPLICAS),
        *SHARED,
        labels(),
    ),
    HOLDER,
    ask=ASK,
)

PARTITION = asset_type(
    "gcp.spanner.instance-partition",
    "spanner.googleapis.com/InstancePartition",
    Kind.DATA,
    (
        Location.homes.items(_homes, *PLACES),
        Location.copies.none(ALL_REPLICAS),
        *SHARED,
        UNTAGGED,
    ),
    HOLDER,
    ask=ASK,
)

CONFIGURATION = asset_type("gcp.spanner.instance-config", CONFIGURED, Kind.CONFIG, (labels(),))
"""Google's own ones are in each project. Where data is, the instances tell that use one."""


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
    covered_by=("gcp.spanner.backup-schedule",),
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


def _covers(view: View) -> Iterator[Cover]:
    yield from covered(lambda: _schedule(view), view.at(NAME, inside("backupSchedules")).ref)


SCHEDULE = asset_type(
    "gcp.spanner.backup-schedule",
    "spanner.googleapis.com/BackupSchedule",
    Kind.CONFIG,
    (Backup.plans.items(_schedule, KEPT), Protection.covers.items(_covers, NAME, KEPT), UNTAGGED),
)
TYPES = (INSTANCE, PARTITION, CONFIGURATION, DATABASE, BACKUP, SCHEDULE)
