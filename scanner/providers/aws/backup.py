"""AWS Backup: vaults with their recovery points, and plans.

A vault answers for the recovery points in it: each way in which they are kept is a plan of the vault. Which resources a
plan covers is told in `scanner.providers.aws.protection`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    FOREVER,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    Cover,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    Origin,
    Plan,
    PlanKind,
    Protection,
    Reason,
    RecoveryPoint,
    Source,
    Tagging,
    Trust,
    Unknown,
    View,
    flag,
    pairs,
    text,
    whole,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies, protection
from scanner.providers.aws.common import MANAGERS, arn_here, arn_home, origin, part

# Backups of fully managed resources are encrypted by the vault's key, those of others as their resource is
# (docs.aws.amazon.com/aws-backup/latest/devguide/encryption.html). Each recovery point tells whether it is encrypted.
VAULT_KEY = "item:/EncryptionKeyArn"
OWNED: dict[object, bool] = {"AWS_OWNED_KMS_KEY": True, "CUSTOMER_MANAGED_KMS_KEY": False}
POINTS = "points:/RecoveryPoints"
# CREATING may still fail; an expired one that could not be deleted stays (botocore's model of DescribeRecoveryPoint).
KEPT: dict[object, bool] = {
    "COMPLETED": True,
    "AVAILABLE": True,
    "PARTIAL": True,
    "EXPIRED": True,
    "STOPPED": True,
    "CREATING": False,
    "DELETING": False,
}
# Their ARNs are the ids of the types of POINTS_OF.
LISTED = re.compile(
    r"arn:[^:]*:(?:dynamodb:[^:]*:[0-9]*:table/[^/]+|ec2:[^:]*:[0-9]*:volume/.+|elasticfilesystem:[^:]*:[0-9]*:"
    r"file-system/.+|rds:[^:]*:[0-9]*:db:.+|s3:::.+)"
)
POINTS_OF = ("aws.dynamodb.table", "aws.ec2.volume", "aws.efs.file-system", "aws.rds.instance", "aws.s3.bucket")
UNLISTED = Unknown(Reason.NOT_ASKED, "recovery points of a type that is not compared with what is there are in it")
KINDS: dict[object, PlanKind] = {True: PlanKind.CONTINUOUS, False: PlanKind.SNAPSHOT}
DEFAULT_SCHEDULE = "cron(0 5 ? * * *)"
CRON = re.compile(r"cron\((?P<minute>\S+) (?P<hour>\S+) (?P<day>\S+) (?P<month>\S+) (?P<weekday>\S+) (?P<year>\S+)\)")
RATE = re.compile(r"rate\((?P<count>[0-9]+) (?P<unit>minute|hour|day)s?\)")
FIXED, ANY = re.compile(r"[0-9]+"), frozenset({"*", "?"})
# One day of each week: "6L" is the last Friday of a month, and "MON-FRI" several.
WEEKDAYS = frozenset({*"1234567", "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"})
INTERVALS = {
    ("any", "any", "any"): Duration.of(1, "hour"),
    ("fixed", "any", "any"): Duration.of(1),
    ("fixed", "any", "fixed"): Duration.of(7),
    ("fixed", "fixed", "any"): Duration.of(31),
}
"""By the hour, day of the month and weekday of a cron expression."""
LAST_OF_ALL = 28
NO_SCHEDULE = Unknown(Reason.UNDECIDED, "recovery points tell no schedule; the plans of AWS Backup do")
UNREAD = Unknown(Reason.UNDECIDED, "its schedule is not one of a fixed interval")
OVERDUE = Unknown(Reason.UNDECIDED, "it is past its end, but AWS Backup could not delete it")
BY_EVENT = Unknown(Reason.UNDECIDED, "it is deleted by an event, once it is copied")
OF_VAULT = Unknown(Reason.NOT_ASKED, "the vault's key decides, or that of the resource; each vault answers for itself")
LOCKED_LATER = Unknown(Reason.NOT_ASKED, "the vault's lock decides; each vault answers for itself")


def _days(node: Node, pointer: str) -> Duration | Unknown:
    """How long a lifecycle keeps: for ever where it has no end or -1 (botocore's model of CopyAction, and
    docs.aws.amazon.com/aws-backup/latest/devguide/API_Lifecycle.html).
    """
    if node.at(f"{pointer}/DeleteAfterEvent", text, missing=None):
        return BY_EVENT
    days = node.at(f"{pointer}/DeleteAfterDays", whole, missing=-1)
    return FOREVER if days == -1 else Duration.of(days)


def _immutable(view: View) -> bool | Unknown:
    """Whether nobody may delete: a lock without a date can be taken off again at any time, one with a date from then
    (botocore's model of LockDate). A logically air-gapped vault is locked by its nature.
    """
    if not view.at("item:/Locked", flag):
        return False
    if view.at("item:/VaultType", text) == "LOGICALLY_AIR_GAPPED_BACKUP_VAULT":
        return True
    if view.at("item:/LockDate", text, missing=None) is None:
        return False
    return Unknown(Reason.UNDECIDED, "the lock becomes immutable on its date, which is not compared with the day")


def _vault_plans(view: View) -> Iterable[Plan | Unknown]:
    """Each way of keeping once: a vault may hold very many recovery points."""
    immutable = part(lambda: _immutable(view))
    found = dict.fromkeys(part(partial(_vault_plan, point, immutable)) for point in view.each(POINTS))
    yield from (plan for plan in found if plan is not None)


def _vault_plan(point: Node, immutable: bool | Unknown) -> Plan | None:
    if not point.at("/Status", KEPT):
        return None
    encrypted = part(lambda: point.at("/IsEncrypted", flag))
    here = (aws(point.view.where.region),)
    kept = OVERDUE if point.at("/Status", text) == "EXPIRED" else _days(point, "/Lifecycle")
    return Plan(PlanKind.SNAPSHOT, kept, NO_SCHEDULE, here, encrypted, immutable)


def _vault_state(view: View) -> AtRest:
    """Encrypted unless a recovery point in it is not, as those may be that take their resource's encryption."""
    kept = (point for point in view.each(POINTS) if point.at("/Status", KEPT))
    return AtRest.ENCRYPTED if all(point.at("/IsEncrypted", flag) for point in kept) else AtRest.NONE


def _vault_owner(view: View) -> KeyOwner:
    if view.at("item:/EncryptionKeyType", OWNED, missing=False):
        return KeyOwner.PROVIDER
    return view.at(keys.MANAGER, MANAGERS)


def _vault_key(view: View) -> str:
    owned = view.at("item:/EncryptionKeyType", OWNED, missing=False)
    return "provider" if owned else view.at(VAULT_KEY, text)


def _vault_policy(view: View) -> list[policies.Statement]:
    return view.at("policy:/Policy/Statement", policies.statements, absent=[])


def _vault_origins(view: View) -> Iterable[Origin]:
    for ref in dict.fromkeys(point.at("/ResourceArn", text) for point in view.each(POINTS)):
        yield origin(ref)


def _vault_sources(view: View) -> Iterable[Source | Unknown]:
    """Of which resources recovery points are kept. How some types are named here is not how they are listed."""
    kept = (point.at("/ResourceArn", text) for point in view.each(POINTS) if point.at("/Status", KEPT))
    yield from dict.fromkeys(Source(ref) if LISTED.fullmatch(ref) else UNLISTED for ref in kept)


def every(expression: str) -> Duration | Unknown:
    """The longest time between two starts of a schedule of a fixed interval."""
    rate, cron = RATE.fullmatch(expression), CRON.fullmatch(expression)
    if rate:
        return Duration.of(int(rate["count"]), rate["unit"])
    if cron is None or not FIXED.fullmatch(cron["minute"]) or (cron["month"], cron["year"]) != ("*", "*"):
        return UNREAD
    day, weekday = cron["day"], cron["weekday"]
    # A day after the 28th is not in every month; L is the last one, whichever that is.
    monthly = day == "L" or (FIXED.fullmatch(day) is not None and int(day) <= LAST_OF_ALL)
    forms = (
        _form(cron["hour"], FIXED.fullmatch(cron["hour"]) is not None),
        _form(day, monthly),
        _form(weekday, weekday in WEEKDAYS),
    )
    return INTERVALS.get(forms, UNREAD)


def _form(field: str, fixed: bool) -> str:
    if field in ANY:
        return "any"
    return "fixed" if fixed else "other"


def _rule_plans(view: View) -> Iterable[Plan]:
    for rule in view.each("plan:/BackupPlan/Rules"):
        often = every(rule.at("/ScheduleExpression", text, missing=DEFAULT_SCHEDULE))
        kind = rule.at("/EnableContinuousBackup", KINDS, missing=PlanKind.SNAPSHOT)
        here = (aws(view.where.region),)
        yield Plan(kind, _days(rule, "/Lifecycle"), often, here, OF_VAULT, LOCKED_LATER)
        for action in rule.each("/CopyActions", missing=True):
            place = _target(action)
            places = place if isinstance(place, Unknown) else (place,)
            yield Plan(PlanKind.SNAPSHOT, _days(action, "/Lifecycle"), often, places, OF_VAULT, LOCKED_LATER)


def _covers(view: View) -> Iterable[Cover | Unknown]:
    return protection.covers(view, _rule_plans)


def _rule_copies(view: View) -> Iterable[Copy]:
    for rule in view.each("plan:/BackupPlan/Rules"):
        vault = arn_here(view, "backup", f"backup-vault:{rule.at('/TargetBackupVaultName', text)}")
        yield Copy(CopyKind.BACKUP, aws(view.where.region), vault)
        for action in rule.each("/CopyActions", missing=True):
            yield Copy(CopyKind.BACKUP, _target(action), action.at("/DestinationBackupVaultArn", text))


def _target(action: Node) -> str | Unknown:
    return part(lambda: action.at("/DestinationBackupVaultArn", arn_home))


RULES = "plan:/BackupPlan/Rules/*"
COPY_TARGET = f"{RULES}/CopyActions/*/DestinationBackupVaultArn"
LIFECYCLE = tuple(
    f"{RULES}{where}/Lifecycle/{field}"
    for where in ("", "/CopyActions/*")
    for field in ("DeleteAfterDays", "DeleteAfterEvent")
)
RULE = (f"{RULES}/ScheduleExpression", f"{RULES}/EnableContinuousBackup", COPY_TARGET, *LIFECYCLE)
LOCK = ("item:/Locked", "item:/LockDate", "item:/VaultType")

VAULT = ResourceType(
    "aws.backup.vault",
    "AWS::Backup::BackupVault",
    Kind.DATA,
    each=Call("backup:ListBackupVaults", "backup.list_backup_vaults", items="/BackupVaultList"),
    id="{/BackupVaultArn}",
    label="/BackupVaultName",
    ask={
        "key": keys.ask("/EncryptionKeyArn"),
        "points": Call(
            "backup:ListRecoveryPointsByBackupVault",
            "backup.list_recovery_points_by_backup_vault",
            items="/RecoveryPoints",
            take={"BackupVaultName": "/BackupVaultName"},
        ),
        "policy": Call(
            "backup:GetBackupVaultAccessPolicy",
            "backup.get_backup_vault_access_policy",
            take={"BackupVaultName": "/BackupVaultName"},
            absent=frozenset({"ResourceNotFoundException"}),
            decode=("/Policy",),
        ),
        "tags": Call("backup:ListTags", "backup.list_tags", take={"ResourceArn": "/BackupVaultArn"}),
    },
    facts=(
        Location.homes.one("item:/BackupVaultArn", arn_home),
        Location.copies.none("a copy of a recovery point is a recovery point in another vault"),
        EncryptionAtRest.state.by(_vault_state, f"{POINTS}/*/Status", f"{POINTS}/*/IsEncrypted"),
        EncryptionAtRest.algorithms.unseen("the key of each recovery point's resource decides; it is not read"),
        EncryptionAtRest.owner.by(_vault_owner, "item:/EncryptionKeyType", keys.MANAGER),
        EncryptionAtRest.key.by(_vault_key, "item:/EncryptionKeyType", VAULT_KEY),
        Backup.plans.items(
            _vault_plans,
            f"{POINTS}/*/Status",
            f"{POINTS}/*/Lifecycle/DeleteAfterDays",
            f"{POINTS}/*/Lifecycle/DeleteAfterEvent",
            f"{POINTS}/*/IsEncrypted",
            *LOCK,
        ),
        Lineage.origins.items(_vault_origins, f"{POINTS}/*/ResourceArn"),
        RecoveryPoint.sources.items(_vault_sources, f"{POINTS}/*/ResourceArn", f"{POINTS}/*/Status"),
        Exposure.public.by(
            lambda view: policies.lets_everybody(_vault_policy(view)), *policies.paths("policy:/Policy")
        ),
        Trust.grantees.items(
            lambda view: policies.grantees(_vault_policy(view), view.where), *policies.paths("policy:/Policy")
        ),
        Tagging.tags.at("tags:/Tags", pairs, missing={}),
    ),
    without={EncryptionInTransit: "a vault takes no connections", LogStore: "not a log store"},
    points_of=POINTS_OF,
)

PLAN = ResourceType(
    "aws.backup.plan",
    "AWS::Backup::BackupPlan",
    Kind.CONFIG,
    each=Call("backup:ListBackupPlans", "backup.list_backup_plans", items="/BackupPlansList"),
    id="{/BackupPlanArn}",
    label="/BackupPlanName",
    ask={
        "plan": Call("backup:GetBackupPlan", "backup.get_backup_plan", take={"BackupPlanId": "/BackupPlanId"}),
        **protection.ASK,
        "tags": Call("backup:ListTags", "backup.list_tags", take={"ResourceArn": "/BackupPlanArn"}),
    },
    facts=(
        Location.homes.one("item:/BackupPlanArn", arn_home),
        Location.copies.items(_rule_copies, f"{RULES}/TargetBackupVaultName", COPY_TARGET),
        Backup.plans.items(_rule_plans, *RULE),
        Protection.covers.items(_covers, *RULE, *protection.PATHS),
        Tagging.tags.at("tags:/Tags", pairs, missing={}),
    ),
    unordered=protection.UNORDERED,
    without={Trust: "a plan cannot be shared; the vaults that it fills answer for themselves"},
)

TYPES = (VAULT, PLAN)
LIMITS = ("AWS Backup: a plan tells what is to be backed up; whether each of its jobs succeeds is not read.",)
