"""Plans of Backup and DR, and what they are applied to
(https://cloud.google.com/backup-disaster-recovery/docs/reference/rest/v1/projects.locations.backupPlanAssociations).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from scanner.collect.model import Join
from scanner.facts import (
    Backup,
    Cover,
    Duration,
    Kind,
    Node,
    NotKnown,
    Plan,
    PlanKind,
    Protection,
    Reason,
    Tagging,
    Unknown,
    View,
    always,
    text,
    texts,
    whole,
)
from scanner.providers.gcp.assets import DATA, OWNER, asset_type, compute_name, joined, labels
from scanner.providers.gcp.told import WEEK, lasting, longest, placed, schedule, seen

PLAN, BACKUP_VAULT = "backupdr.googleapis.com/BackupPlan", "backupdr.googleapis.com/BackupVault"
RULES, VAULT, LOGS = (f"/resource/data/{name}" for name in ("backupRules", "backupVault", "logRetentionDays"))
SCHEDULE, WEEK_DAY = "standardSchedule", "weekDayOfMonth"
OF_A_PLAN = (
    VAULT,
    LOGS,
    f"{RULES}/*/backupRetentionDays",
    *(f"{RULES}/*/{SCHEDULE}/{name}" for name in ("recurrenceType", "daysOfWeek", "daysOfMonth", WEEK_DAY)),
)
EVERY: Mapping[object, Duration] = {"MONTHLY": Duration.of(31), "YEARLY": Duration.of(366)}
"""At most so long apart, where a day is named that every month has."""
BY_WEEK: Mapping[object, Duration] = {"MONTHLY": Duration.of(5, "week"), "YEARLY": Duration.of(53, "week")}
"""At most so long apart, where it is the first Monday of a month, for one."""
SHORTEST = 28
"""The days of the shortest month."""
BY_VAULT = Unknown(Reason.NOT_ASKED, "its vault enforces a retention; each backup, which is an asset, tells until when")
VAULTS, OWN_NAME = "vaults:/assets", "/resource/data/name"
ENFORCED, INHERITED = (
    f"/resource/data/{name}" for name in ("backupMinimumEnforcedRetentionDuration", "backupRetentionInheritance")
)
OF_VAULTS = tuple(f"{VAULTS}/*{path}" for path in (OWN_NAME, ENFORCED, INHERITED))
UNTIL_IT_EXPIRES: Mapping[object, bool] = {
    "MATCH_BACKUP_EXPIRE_TIME": True,
    "INHERIT_VAULT_RETENTION": False,
    "BACKUP_RETENTION_INHERITANCE_UNSPECIFIED": False,
}
"""Whether nobody can delete a backup before it expires; else not before the vault's own minimum, which is the default
(model BackupVault).
"""
OFTEN = Unknown(Reason.UNDECIDED, "how often logs leave the instance is not told")


def plans(plan: Node, view: View) -> Iterator[Plan]:
    """What the rules of a backup plan, the asset at this node, are; and the logs that it keeps of a database."""
    where = seen(lambda: (plan.at(VAULT, placed),))
    vault = _vault(plan, view)
    for rule in plan.each(RULES):
        kept = seen(partial(rule.at, "/backupRetentionDays", lambda days: Duration.of(whole(days))))
        made = schedule(kept, seen(partial(_every, rule)), where)
        yield replace(made, immutable=_is_locked(vault, kept))
    if days := plan.at(LOGS, whole, missing=0):
        kept = Duration.of(days)
        yield Plan(PlanKind.CONTINUOUS, kept, every=OFTEN, places=where, encrypted=True, immutable=BY_VAULT)


def _vault(plan: Node, view: View) -> Node | Unknown:
    """The vault of a plan, or why it is not known."""
    try:
        name = plan.at(VAULT, text)
        return next((each for each in view.each(VAULTS) if each.at(OWN_NAME, text) == name), BY_VAULT)
    except NotKnown as error:
        return error.unknown


def _is_locked(vault: Node | Unknown, kept: Duration | Unknown) -> bool | Unknown:
    """Whether nobody can delete a backup as long as it is to be kept."""
    if isinstance(vault, Unknown):
        return vault
    whole_time = seen(lambda: vault.at(INHERITED, UNTIL_IT_EXPIRES, missing=False))
    if whole_time is True:
        return True
    if isinstance(kept, Unknown):
        return kept
    long_enough = seen(lambda: vault.at(ENFORCED, lasting) >= kept)
    return whole_time if long_enough is False else long_enough


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
    PLAN,
    Kind.CONFIG,
    (
        Backup.plans.items(
            lambda view: plans(view.node("item"), view), *(f"item:{path}" for path in OF_A_PLAN), *OF_VAULTS
        ),
        labels(),
    ),
    ask={"vaults": joined(Join(OWN_NAME, {VAULT: ""}), BACKUP_VAULT)},
)

RESOURCE, TYPE, STATE = (f"{DATA}/{name}" for name in ("resource", "resourceType", "state"))
APPLIED, REVISION = f"{DATA}/backupPlan", f"{DATA}/backupPlanRevisionId"
OWN_REVISION, DISKS = "/resource/data/revisionId", "/resource/data/disks"
MACHINE, LINK = "compute.googleapis.com/Instance", "/resource/data/selfLink"
STATES: Mapping[object, bool] = {
    "ACTIVE": True,
    "UPDATING": True,
    "CREATING": False,
    "DELETING": False,
    "INACTIVE": False,
    "PAUSED": False,
}
SERVICES: Mapping[object, str] = {
    "alloydb.googleapis.com/Cluster": "alloydb",
    "compute.googleapis.com/Disk": "compute",
    "compute.googleapis.com/RegionDisk": "compute",
    "file.googleapis.com/Instance": "file",
    "netapp.googleapis.com/Volume": "netapp",
    "sqladmin.googleapis.com/Instance": "cloudsql",
}
"""Types of what is protected, and the service in the name of such an asset."""
ASK = {
    "plans": joined(Join(OWN_NAME, {"/resource/data/backupPlan": ""}), PLAN),
    "machines": joined(Join("/name", {"/resource/data/resource": "//compute.googleapis.com/"}), MACHINE),
    "links": joined(Join(LINK, {"/resource/data/resource": ""}), MACHINE),
    "vaults": joined(Join(OWNER, {OWNER: ""}), BACKUP_VAULT),
}
"""A machine is told by its path or by its URL; a vault by the plan alone, so that all around are asked for."""
PATHS = (
    *(RESOURCE, TYPE, STATE, APPLIED, REVISION, f"item:{OWNER}"),
    *(f"plans:/assets/*{path}" for path in (*OF_A_PLAN, OWN_REVISION)),
    *OF_VAULTS,
    *(f"{source}:/assets/*{path}" for source in ("machines", "links") for path in ("/name", f"{DISKS}/*/source")),
)


def _covers(view: View) -> Iterator[Cover | Unknown]:
    """A machine is backed up with its disks."""
    state = seen(lambda: view.at(STATE, STATES))
    if state is False:
        return
    refs = tuple(_disks(view)) if view.at(TYPE, text) == MACHINE else (_protected(view),)
    if isinstance(state, Unknown):
        yield Cover(state, refs)
        return
    try:
        yield from (Cover(plan, refs) for plan in _applied(view))
    except NotKnown as error:
        yield Cover(error.unknown, refs)


def _protected(view: View) -> str:
    """The asset name of what is protected: in its own project, which is told by its id or by its number."""
    service = view.at(TYPE, SERVICES)
    path = re.sub(r"^(?:https://[^/]+)?/*(?:[a-z]+/v\w+/)?(?=projects/)", "", view.at(RESOURCE, text))
    own = next(view.each("item:/ancestors")).at("", text)
    found = path.replace(f"{own}/", f"projects/{view.where.account}/", 1) if path.startswith(f"{own}/") else path
    return f"//{service}.googleapis.com/{found}"


def _disks(view: View) -> Iterator[str]:
    machines = [machine for source in ("machines", "links") for machine in view.each(f"{source}:/assets")]
    if not machines:
        raise NotKnown(Unknown(Reason.NOT_ASKED, "the machine that it protects, with its disks, was not listed"))
    for disk in machines[0].each(DISKS, missing=True):
        if told := disk.at("/source", text, missing=""):
            yield compute_name(told, machines[0].at("/name", text))


def _applied(view: View) -> Iterator[Plan | Unknown]:
    """The plan as it is now, if it still is the revision that was applied."""
    plan = next(view.each("plans:/assets"), None)
    if plan is None:
        yield Unknown(Reason.NOT_ASKED, f"its plan {view.at(APPLIED, text)} was not listed")
    elif plan.at(OWN_REVISION, text, missing="") != view.at(REVISION, text, missing=""):
        yield Unknown(Reason.UNDECIDED, "an older revision of its plan is applied, whose rules are not read")
    else:
        yield from plans(plan, view)


ASSOCIATION = asset_type(
    "gcp.backupdr.association",
    "backupdr.googleapis.com/BackupPlanAssociation",
    Kind.CONFIG,
    (
        Protection.covers.items(_covers, *PATHS),
        Tagging.tags.documented({}, "BackupPlanAssociation of the Backup and DR API v1 has no labels"),
    ),
    ask=ASK,
)
TYPES = (BACKUP_PLAN, ASSOCIATION)
