"""Recovery Services vaults: what Azure Backup keeps in them.

A vault answers for the recovery points in it: each way in which a policy that is in use keeps them is a plan of the
vault, and so is an item whose protection was stopped, which is kept for ever. Its items tell what it covers: the disks
of a machine, without those that the item leaves out. A file share that it backs up may be all that a storage account
holds, or not. An item whose protection was stopped is not covered, though it can be restored. A database in a machine,
and what is not in Azure, is no resource. What Site Recovery replicates are disks, which are resources of their own.

Documents relied upon: the models VaultProperties of azure-mgmt-recoveryservices, ProtectionPolicy and ProtectedItem of
azure-mgmt-recoveryservicesbackup, StorageProfile of azure-mgmt-compute, and on learn.microsoft.com/azure/backup:
"Encryption in Azure Backup", "Security overview", "Soft delete for Azure Backup", "Manage and monitor Azure VM backups"
(stop protection), "Immutable vault", "Selective disk backup and restore for Azure virtual machines".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from scanner.facts import (
    FOREVER,
    UNRESOLVED,
    Backup,
    Copy,
    CopyKind,
    Cover,
    Duration,
    EncryptionInTransit,
    Exposure,
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
    RecoveryPoint,
    Source,
    Trust,
    Unknown,
    View,
    always,
    flag,
    whole,
)
from scanner.providers.azure import siterecovery
from scanner.providers.azure.graph import (
    HOMES,
    TAGS,
    arm_id,
    child,
    documented,
    home,
    in_subscription,
    pair_of,
    seen,
    words,
)
from scanner.providers.azure.parts import (
    BY_ROLES,
    CERTIFICATE,
    LOCATION,
    at_rest,
    home_and_pair,
    listed,
    own_key,
    sources,
)

NATIVE, VERSION = "Microsoft.RecoveryServices/vaults", "2026-10-01"
ENCRYPTED = "https://learn.microsoft.com/azure/backup/backup-encryption"
SECURITY = "https://learn.microsoft.com/azure/backup/security-overview"
STOPPED = "https://learn.microsoft.com/azure/backup/backup-azure-manage-vms"
SOFT_DELETE = "https://learn.microsoft.com/azure/backup/backup-azure-security-feature-cloud"

REDUNDANCY = "item:/properties/redundancySettings/standardTierStorageRedundancy"
CHOSEN = "item:/properties/regionOfChoiceSettings/status"
LOCKED = "item:/properties/securitySettings/immutabilitySettings/state"
KEY = "item:/properties/encryption/keyVaultProperties/keyUri"
POLICIES, ITEMS, MACHINES = "policies:/value", "items:/value", "machines:/value"

SCHEDULES = {
    "daily": (PlanKind.SNAPSHOT, "day"),
    "weekly": (PlanKind.LONG_TERM, "week"),
    "monthly": (PlanKind.LONG_TERM, "month"),
    "yearly": (PlanKind.LONG_TERM, "year"),
}
LASTS = ("/retentionDuration/count", "/retentionDuration/durationType")
RUNS = (
    "/schedulePolicy/scheduleRunFrequency",
    "/schedulePolicy/hourlySchedule/interval",
    "/schedulePolicy/scheduleFrequencyInMins",
    "/schedulePolicy/scheduleWeeklyFrequency",
)
POLICY, SUB = "/properties", "/properties/subProtectionPolicy"
KEEPS = {POLICY: ("/retentionPolicy", "/vaultRetentionPolicy/vaultRetention"), SUB: ("/retentionPolicy",)}
INSTANT = {
    POLICY: "/instantRpRetentionRangeInDays",
    SUB: "/snapshotBackupAdditionalDetails/instantRpRetentionRangeInDays",
}
"""For a policy, and for each part of one that has several, where it tells how long which recovery points are kept."""


def _rule_paths(part: str) -> Iterator[str]:
    yield from (*RUNS, INSTANT[part])
    for keep in KEEPS[part]:
        yield from (
            f"{keep}{above}{last}" for above in ("", *(f"/{name}Schedule" for name in SCHEDULES)) for last in LASTS
        )


POLICY_PATHS = (
    f"{POLICIES}/*/id",
    f"{POLICIES}/*{POLICY}/protectedItemsCount",
    *(f"{POLICIES}/*{POLICY}{path}" for path in _rule_paths(POLICY)),
    *(f"{POLICIES}/*{SUB}/*{path}" for path in _rule_paths(SUB)),
)
STATE, DELETED = "/properties/protectionState", "/properties/isScheduledForDeferredDelete"
SOFT = "/properties/softDeleteRetentionPeriodInDays"
SOURCE = "/properties/sourceResourceId"
USES, MANAGED = "/properties/policyId", "/properties/backupManagementType"
CHOSEN_DISKS, INCLUDED = (
    f"/properties/extendedProperties/diskExclusionProperties/{field}" for field in ("diskLunList", "isInclusionList")
)
ITEM_PATHS = tuple(f"{ITEMS}/*{path}" for path in (STATE, DELETED, SOFT))
OS_DISK, DATA_DISKS = "/properties/storageProfile/osDisk/managedDisk/id", "/properties/storageProfile/dataDisks"
DISK, LUN = "/managedDisk/id", "/lun"
OWN = "item:/id"
COVER_PATHS = (
    OWN,
    *(f"{ITEMS}/*{path}" for path in (SOURCE, USES, MANAGED, CHOSEN_DISKS, INCLUDED)),
    *(f"{MACHINES}/*{path}" for path in ("/id", OS_DISK, f"{DATA_DISKS}/*{DISK}", f"{DATA_DISKS}/*{LUN}")),
)

GEO = words({"GeoRedundant": True, "LocallyRedundant": False, "ZoneRedundant": False})
UNITS = words({"Days": "day", "Weeks": "week", "Months": "month", "Years": "year"})
UNITS_RUN = words({"Daily": "day", "Weekly": "week", "Hourly": "hour"})
IMMUTABLE = words({"Locked": True, "Unlocked": False, "Disabled": False})
DISKS, SHARES, INSIDE = "disks", "shares", "inside"
COVERED = words(
    {"AzureIaasVM": DISKS, "AzureStorage": SHARES}
    | dict.fromkeys(("AzureWorkload", "MAB", "DPM", "AzureBackupServer"), INSIDE)
)
"""What an item covers: the disks of a machine, an account's shares, or what is no resource of Azure."""
KEPT_FOR_EVER = words(
    dict.fromkeys(("ProtectionStopped", "ProtectionPaused"), True)
    | dict.fromkeys(("IRPending", "Protected", "ProtectionError"), False)
    | {"BackupsSuspended": None}
)
"""Whether an item's recovery points stay for ever, rather than for as long as its policy says; None for both."""
LAST = Unknown(Reason.UNDECIDED, "backups are suspended: their policy goes on, and the last of them may be kept longer")
ON_DEMAND = Unknown(Reason.NOT_ASKED, "recovery points are not listed: one made on demand may be kept for another time")
OUTSIDE = Unknown(Reason.UNDECIDED, "the source of an item is no resource of Azure")
UNTOLD = Unknown(Reason.SHAPE, "a policy that is in use tells in no foreseen way how long it keeps recovery points")
NO_PART = Unknown(Reason.UNDECIDED, "a snapshot beside the machine's disks is no part of the vault")
NO_POLICY = Unknown(Reason.SHAPE, "the policy of an item is none of the vault's")
FAR = Unknown(Reason.NOT_ASKED, "the disks of a machine in another subscription than its vault are not read")
NO_SCHEDULE = Unknown(Reason.UNDECIDED, "a stopped or deleted item gets no more recovery points")
STOPPED_ITEM = Unknown(Reason.UNDECIDED, "its protection is stopped: it has recovery points, and gets no more of them")
ONE_SHARE = Unknown(
    Reason.UNDECIDED, "a file share of the account is backed up, and whether that is all of it is not read"
)


def _geo(view: View) -> bool:
    # The setting is there only where somebody chose a region.
    if view.at(CHOSEN, words({"Enabled": True, "Disabled": False, "Invalid": False}), missing=False):
        raise NotKnown(
            Unknown(Reason.UNDECIDED, "the vault keeps a copy in a region of choice, which it does not tell")
        )
    return view.at(REDUNDANCY, GEO)


def _copies(view: View) -> Iterator[Copy | Unknown]:
    geo = seen(lambda: _geo(view))
    if isinstance(geo, Unknown):
        yield geo
    elif geo:
        yield Copy(CopyKind.GEO_PAIR, seen(lambda: pair_of(view.at(LOCATION, home))))
    yield from siterecovery.copies(view)


def _base(view: View) -> Plan:
    """What all plans of the vault have in common."""
    return Plan(
        kind=PlanKind.SNAPSHOT,
        retention=FOREVER,
        every=NO_SCHEDULE,
        places=seen(lambda: home_and_pair(view, geo=_geo(view))),
        encrypted=True,
        immutable=seen(lambda: view.at(LOCKED, IMMUTABLE)),
    )


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """Each way of keeping once: many items share one."""
    documented(view, ENCRYPTED)
    base = _base(view)
    found = [*_of_policies(view, base), *_of_items(view, base)]
    yield from dict.fromkeys(found)
    if found:
        yield ON_DEMAND


def _of_policies(view: View, base: Plan) -> Iterator[Plan | Unknown]:
    for policy in view.each(POLICIES):
        # A policy that no item uses keeps nothing; one that does not tell is taken for used.
        if seen(partial(policy.at, f"{POLICY}/protectedItemsCount", whole)) != 0:
            yield from _of_policy(policy, base)


def _of_policy(policy: Node, base: Plan) -> Iterator[Plan | Unknown]:
    yield from _of_rule(policy, POLICY, POLICY, base)
    for rule in policy.each(SUB, missing=True):
        yield from _of_rule(rule, "", SUB, base)


def _of_rule(rule: Node, above: str, part: str, base: Plan) -> Iterator[Plan | Unknown]:
    every = seen(partial(_every, rule, above))
    kind = PlanKind.CONTINUOUS if rule.at(f"{above}{RUNS[2]}", always(True), missing=False) else PlanKind.SNAPSHOT
    for keep in KEEPS[part]:
        if rule.at(f"{above}{keep}", always(True), missing=False):
            yield from _of_retention(rule, f"{above}{keep}", replace(base, kind=kind, every=every)) or (UNTOLD,)
    if days := rule.at(f"{above}{INSTANT[part]}", whole, missing=0):
        places = base.places if isinstance(base.places, Unknown) else base.places[:1]
        yield replace(base, retention=Duration.of(days), every=every, places=places, immutable=NO_PART)


def _of_retention(rule: Node, keep: str, base: Plan) -> list[Plan | Unknown]:
    """One plan for each schedule that is kept for its own time, or the one of a simple policy."""
    found: list[Plan | Unknown] = []
    if rule.at(f"{keep}/retentionDuration", always(True), missing=False):
        found.append(replace(base, retention=seen(partial(_lasts, rule, keep))))
    for name, (kind, unit) in SCHEDULES.items():
        if rule.at(f"{keep}/{name}Schedule", always(True), missing=False):
            retention = seen(partial(_lasts, rule, f"{keep}/{name}Schedule"))
            every = base.every if name == "daily" else Duration.of(1, unit)
            found.append(replace(base, kind=kind, retention=retention, every=every))
    return found


def _lasts(rule: Node, above: str) -> Duration:
    count, unit = LASTS
    return Duration.of(rule.at(f"{above}{count}", whole), rule.at(f"{above}{unit}", UNITS))


def _every(rule: Node, above: str) -> Duration:
    runs, hours, minutes, weeks = (f"{above}{path}" for path in RUNS)
    if often := rule.at(minutes, whole, missing=0):
        return Duration.of(often, "minute")
    match rule.at(runs, UNITS_RUN):
        case "hour":
            return Duration.of(rule.at(hours, whole), "hour")
        case "week":
            # Nought stands for every week.
            return Duration.of(rule.at(weeks, whole, missing=0) or 1, "week")
    return Duration.of(1)


def _of_items(view: View, base: Plan) -> Iterator[Plan | Unknown]:
    for item in view.each(ITEMS):
        kept = seen(partial(_kept, item))
        if kept is not None:
            documented(view, SOFT_DELETE if kept != FOREVER else STOPPED)
            yield replace(base, retention=kept)


def _kept(item: Node) -> Duration | None:
    """For how long an item that was stopped or deleted is kept; None for one that its policy keeps. Raises NotKnown."""
    if item.at(DELETED, flag, missing=False):
        return Duration.of(item.at(SOFT, whole))
    stays = item.at(STATE, KEPT_FOR_EVER)
    if stays is None:
        raise NotKnown(LAST)
    return FOREVER if stays else None


def _covers(view: View) -> Iterator[Cover | Unknown]:
    """Each plan once, with all that it covers."""
    documented(view, ENCRYPTED)
    base = _base(view)
    policies = {policy.at("/id", arm_id): policy for policy in view.each(POLICIES)}
    covered: dict[Plan | Unknown, list[str]] = {}
    for item in view.each(ITEMS):
        refs = seen(partial(_covered, view, item))
        if isinstance(refs, Unknown):
            yield refs
        elif refs:
            for plan in _of_item(item, policies, base):
                covered.setdefault(plan, []).extend(refs)
    yield from (Cover(plan, tuple(dict.fromkeys(refs))) for plan, refs in covered.items())


def _covered(view: View, item: Node) -> list[str]:
    kind = item.at(MANAGED, COVERED)
    if kind == DISKS:
        return _machine(view, item)
    return [item.at(SOURCE, arm_id)] if kind == SHARES else []


def _machine(view: View, item: Node) -> list[str]:
    """The machine and those of its disks that are backed up; nothing more of one that is not there any more."""
    own = item.at(SOURCE, arm_id)
    found = [machine for machine in view.each(MACHINES) if machine.at("/id", arm_id) == own]
    if not found and own.split("/")[:3] != view.at(OWN, arm_id).split("/")[:3]:
        raise NotKnown(FAR)
    return [own, *(disk for machine in found for disk in _disks(machine, item))]


def _disks(machine: Node, item: Node) -> Iterator[str]:
    """The disk of the operating system is backed up always; of the others those that the item chooses, or all."""
    chosen = {number.at("", whole) for number in item.each(CHOSEN_DISKS, missing=True)}
    # Without a choice nothing is left out; an empty one of disks to be included leaves out all of them.
    included = item.at(INCLUDED, flag) if chosen else item.at(INCLUDED, flag, missing=False)
    # A disk that is no managed one is a blob of a storage account.
    others = [disk for disk in machine.each(DATA_DISKS, missing=True) if (disk.at(LUN, whole) in chosen) is included]
    yield from filter(
        None, (machine.at(OS_DISK, arm_id, missing=""), *(disk.at(DISK, arm_id, missing="") for disk in others))
    )


def _of_item(item: Node, policies: Mapping[str, Node], base: Plan) -> list[Plan | Unknown]:
    """The plans by which an item is backed up; those that protect no more, or a part, are not known."""
    kept = seen(partial(_kept, item))
    if kept is not None:
        return [kept if isinstance(kept, Unknown) else STOPPED_ITEM]
    if item.at(MANAGED, COVERED) == SHARES:
        return [ONE_SHARE]
    name = seen(partial(item.at, USES, arm_id))
    if isinstance(name, Unknown):
        return [name]
    policy = policies.get(name)
    return list(_of_policy(policy, base)) or [UNTOLD] if policy else [NO_POLICY]


def _origins(view: View) -> Iterator[Origin | Unknown]:
    sources = dict.fromkeys(seen(partial(item.at, SOURCE, arm_id, missing=OUTSIDE)) for item in view.each(ITEMS))
    yield from (source if isinstance(source, Unknown) else Origin(source, UNRESOLVED) for source in sources)


def _sources(view: View) -> Iterator[Source | Unknown]:
    return sources(_origins(view), POINTS)


POINTS = {
    "microsoft.compute/virtualmachines": "azure.compute.virtual-machine",
    "microsoft.storage/storageaccounts": "azure.storage.account",
}
VAULT = listed(
    "azure.recoveryservices.vault",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, CHOSEN, REDUNDANCY, LOCATION, *siterecovery.PATHS),
        *at_rest(ENCRYPTED),
        *own_key(KEY, ENCRYPTED),
        EncryptionInTransit.plaintext.documented(False, ENCRYPTED),
        EncryptionInTransit.minimum_tls.unseen("no setting of a vault tells the lowest TLS version"),
        CERTIFICATE,
        # Recovery points are read by roles of Azure alone.
        Exposure.public.documented(False, SECURITY),
        Backup.plans.items(_plans, CHOSEN, REDUNDANCY, LOCATION, LOCKED, *POLICY_PATHS, *ITEM_PATHS),
        Protection.covers.items(
            _covers, CHOSEN, REDUNDANCY, LOCATION, LOCKED, *POLICY_PATHS, *ITEM_PATHS, *COVER_PATHS
        ),
        Lineage.origins.items(_origins, f"{ITEMS}/*{SOURCE}"),
        RecoveryPoint.sources.items(_sources, f"{ITEMS}/*{SOURCE}"),
    ),
    ask={
        "policies": child(f"{NATIVE}/backupPolicies/read", "backupPolicies", VERSION, items="/value"),
        "replicated": siterecovery.CALL,
        "items": child(f"{NATIVE}/backupProtectedItems/read", "backupProtectedItems", VERSION, items="/value"),
        "machines": in_subscription("Microsoft.Compute/virtualMachines", "2026-04-01"),
    },
    without={LogStore: "a vault is not a store of logs", Trust: BY_ROLES},
    points_of=tuple(POINTS.values()),
    unordered=(POLICIES, ITEMS, MACHINES, siterecovery.ITEMS),
)
TYPES = (VAULT,)
