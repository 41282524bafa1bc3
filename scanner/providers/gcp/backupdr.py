"""Backup and DR (https://cloud.google.com/backup-disaster-recovery/docs/reference/rest/v1/projects.locations.backupVaults).

Plans and what they are applied to are assets apart from what they cover, and are not joined to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from scanner.facts import (
    Backup,
    Duration,
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
    whole,
)
from scanner.facts.view import Node
from scanner.providers.gcp.assets import DATA, NAME, asset_type, at_rest, labels, moment
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import (
    ALWAYS,
    GOOGLES_API,
    LATER,
    WEEK,
    between,
    longest,
    placed,
    point,
    schedule,
    seen,
    version_of,
)

MADE, EXPIRES, ENFORCED = (f"{DATA}/{name}" for name in ("createTime", "expireTime", "enforcedRetentionEndTime"))
SOURCE, KEYS = f"{DATA}/gcpResource/gcpResourcename", f"{DATA}/kmsKeyVersions"
RULES, VAULT = f"{DATA}/backupRules", f"{DATA}/backupVault"
SCHEDULE, WEEK_DAY = "standardSchedule", "weekDayOfMonth"
RULE_PATHS = (
    f"{RULES}/*/backupRetentionDays",
    *(f"{RULES}/*/{SCHEDULE}/{name}" for name in ("recurrenceType", "daysOfWeek", "daysOfMonth", WEEK_DAY)),
)
WITHOUT = {**GOOGLES_API, LogStore: "not a store of logs"}
IN_BACKUPS = "its backups hold the data, and are resources of their own"
IN_VAULT = "https://cloud.google.com/backup-disaster-recovery/docs/concepts/backup-vault: kept in the vault's location"

BACKUP_VAULT = asset_type(
    "gcp.backupdr.backup-vault",
    "backupdr.googleapis.com/BackupVault",
    Kind.DATA,
    (
        Location.homes.one(NAME, placed),
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


def _source(view: View) -> Iterator[Origin]:
    told = view.at(SOURCE, text)
    if not told.startswith("//"):
        raise NotKnown(Unknown(Reason.SHAPE, "its source is named without the service"))
    yield Origin(told, LATER)


BACKUP = asset_type(
    "gcp.backupdr.backup",
    "backupdr.googleapis.com/Backup",
    Kind.DATA,
    (
        Location.homes.one(NAME, placed),
        Location.copies.none(IN_VAULT),
        *ALWAYS,
        EncryptionAtRest.owner.unseen("who holds the keys of a backup is not told"),
        EncryptionAtRest.key.by(_key, KEYS),
        Backup.plans.items(_point, NAME, MADE, EXPIRES, ENFORCED),
        Lineage.origins.items(_source, SOURCE),
        *SHARED,
        labels(),
    ),
    WITHOUT,
    points_of=("gcp.alloydb.cluster", "gcp.compute.disk", "gcp.file.instance", "gcp.sql.instance"),
)

EVERY: Mapping[object, Duration] = {
    "MONTHLY": Duration.of(31),
    "YEARLY": Duration.of(366),
}
"""At most so long apart, where a day is named that every month has."""
BY_WEEK: Mapping[object, Duration] = {"MONTHLY": Duration.of(5, "week"), "YEARLY": Duration.of(53, "week")}
"""At most so long apart, where it is the first Monday of a month, for one."""
SHORTEST = 28
"""The days of the shortest month."""


def _plans(view: View) -> Iterator[Plan]:
    where = seen(lambda: (view.at(VAULT, placed),))
    for rule in view.each(RULES):
        kept = seen(partial(rule.at, "/backupRetentionDays", lambda days: Duration.of(whole(days))))
        yield schedule(kept, seen(partial(_every, rule)), where)


def _every(rule: Node) -> Duration:
    """Hourly backups are made in a window of the day, so that the night may lie between two."""
    match rule.at(f"/{SCHEDULE}/recurrenceType", text):
        case "HOURLY":
            return Duration.of(1)
        case "WEEKLY":
            return longest(rule.at(f"/{SCHEDULE}/daysOfWeek", lambda days: [WEEK[day] for day in texts(days)]))
        case "DAILY":
            return Duration.of(1)
        case _:
            return rule.at(f"/{SCHEDULE}/recurrenceType", _table(rule))


def _table(rule: Node) -> Mapping[object, Duration]:
    """The intervals of a schedule by months or years."""
    if rule.at(f"/{SCHEDULE}/{WEEK_DAY}", always(True), missing=False):
        return BY_WEEK
    if not any(day.at("", whole) <= SHORTEST for day in rule.each(f"/{SCHEDULE}/daysOfMonth", missing=True)):
        raise NotKnown(Unknown(Reason.UNDECIDED, "its schedule names no day that every month has"))
    return EVERY


BACKUP_PLAN = asset_type(
    "gcp.backupdr.backup-plan",
    "backupdr.googleapis.com/BackupPlan",
    Kind.CONFIG,
    (Backup.plans.items(_plans, VAULT, *RULE_PATHS), labels()),
)
TYPES = (BACKUP_VAULT, BACKUP, BACKUP_PLAN)
