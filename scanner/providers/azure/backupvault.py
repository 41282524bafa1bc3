"""Backup vaults (Azure Backup for disks, blobs, databases and clusters).

A vault answers for the recovery points in it: each retention rule of a policy that is in use is a plan of the vault,
and so is an instance whose protection was stopped, which is kept for ever. Its instances tell what it covers: nothing
more that was stopped, though it can be restored, and not for sure what is backed up in part.

Documents relied upon: the models BackupVault, BackupPolicy and BackupInstance of azure-mgmt-dataprotection, and on
learn.microsoft.com/azure/backup: "Backup vaults overview", "Encryption in Azure Backup", "Manage backup vaults" (stop
protection), "Soft delete", "Immutable vault".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from scanner.facts import (
    FOREVER,
    JSON,
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
    flag,
    text,
    texts,
)
from scanner.providers.azure.graph import (
    HOMES,
    TAGS,
    arm_id,
    child,
    documented,
    home,
    pair_of,
    seen,
    words,
)
from scanner.providers.azure.parts import (
    BY_ROLES,
    CERTIFICATE,
    LOCATION,
    any_true,
    at_rest,
    listed,
    own_key,
    sources,
)

NATIVE, VERSION = "Microsoft.DataProtection/backupVaults", "2026-06-01"
ENCRYPTED = "https://learn.microsoft.com/azure/backup/backup-encryption"
OVERVIEW = "https://learn.microsoft.com/azure/backup/backup-vault-overview"
STOPPED = "https://learn.microsoft.com/azure/backup/manage-backup-vault"

STORES, REGIONS = "item:/properties/storageSettings", "item:/properties/replicatedRegions"
LOCKED = "item:/properties/securitySettings/immutabilitySettings/state"
SOFT = "item:/properties/securitySettings/softDeleteSettings/retentionDurationInDays"
SOFT_STATE = "item:/properties/securitySettings/softDeleteSettings/state"
KEY = "item:/properties/securitySettings/encryptionSettings/keyVaultProperties/keyUri"
POLICIES, INSTANCES = "policies:/value", "instances:/value"
RULES = "/properties/policyRules"
KIND, STORE, TIMES = "/objectType", "/dataStore/dataStoreType", "/trigger/schedule/repeatingTimeIntervals"
LIVES = "/lifecycles"
DEFAULT, AFTER, FROM = "/isDefault", "/deleteAfter/duration", "/sourceDataStore/dataStoreType"
POLICY, STATE = "/properties/policyInfo/policyId", "/properties/currentProtectionState"
CHOICES = "/properties/policyInfo/policyParameters/backupDatasourceParametersList"
CHOSEN = (
    "/containersList",
    "/includedNamespaces",
    "/excludedNamespaces",
    "/includedResourceTypes",
    "/excludedResourceTypes",
    "/labelSelectors",
)
"""What of an account or a cluster is backed up, where it is not all."""
VOLUMES = "/snapshotVolumes"
CHOICE_PATHS = tuple(f"{INSTANCES}/*{CHOICES}/*{part}" for part in (*CHOSEN, VOLUMES))
SOURCE = "/properties/dataSourceInfo/resourceID"
PLACE_PATHS = (f"{STORES}/*/type", REGIONS, LOCATION)
POLICY_PATHS = (
    f"{POLICIES}/*/id",
    *(f"{POLICIES}/*{RULES}/*{path}" for path in (KIND, STORE, TIMES, DEFAULT)),
    *(f"{POLICIES}/*{RULES}/*{LIVES}/*{path}" for path in (AFTER, FROM)),
)
INSTANCE_PATHS = (f"{INSTANCES}/*{POLICY}", f"{INSTANCES}/*{STATE}")

GEO = words({"GeoRedundant": True, "LocallyRedundant": False, "ZoneRedundant": False})
IMMUTABLE = words({"Locked": True, "Unlocked": False, "Disabled": False})
IS_RETENTION = words({"AzureRetentionRule": True, "AzureBackupRule": False})
BESIDE = words({"OperationalStore": True, "VaultStore": False, "ArchiveStore": False})
"""Whether recovery points lie beside their source, rather than in the vault."""
BY_POLICY, STAYS, DELETED, NOTHING = "policy", "stays", "deleted", "nothing"
SUSPENDED = "suspended"
"""By its policy, but for the last recovery point, which stays for ever (operation BackupInstances.suspend_backups)."""
STATES = words(
    dict.fromkeys(("ProtectionConfigured", "ProtectionError", "UpdatingProtection"), BY_POLICY)
    | {"ConfiguringProtection": BY_POLICY, "BackupSchedulesSuspended": SUSPENDED}
    | dict.fromkeys(("ProtectionStopped", "RetentionSchedulesSuspended"), STAYS)
    | dict.fromkeys(("SoftDeleting", "SoftDeleted"), DELETED)
    | dict.fromkeys(("NotProtected", "ConfiguringProtectionFailed"), NOTHING)
)
ON_DEMAND = Unknown(Reason.NOT_ASKED, "recovery points are not listed: one made on demand may be kept for another time")
GONE = Unknown(Reason.NOT_ASKED, "deleted instances, whose recovery points soft delete keeps, are not listed")
NO_POLICY = Unknown(Reason.SHAPE, "the policy of an instance is none of the vault's")
STOPPED_INSTANCE = Unknown(
    Reason.UNDECIDED, "its protection is stopped: it has recovery points, and gets no more of them"
)
PART = Unknown(Reason.UNDECIDED, "a part of it is backed up, and whether that is all of it is not read")
UNTOLD = Unknown(Reason.SHAPE, "a policy that is in use has no rule of how long it keeps recovery points")
NO_SCHEDULE = Unknown(Reason.UNDECIDED, "which of the recovery points are kept by the rule is a matter of its criteria")


def _geo(view: View) -> bool:
    return any_true(seen(partial(store.at, "/type", GEO)) for store in view.each(STORES))


def _places(view: View) -> tuple[str, ...]:
    """The vault's own place and, with geo-redundancy, the regions that it says, or else the paired one."""
    own = view.at(LOCATION, home)
    if not _geo(view):
        return (own,)
    regions = {region.at("", home) for region in view.each(REGIONS, missing=True)} - {own}
    return (own, *(sorted(regions) or (pair_of(own),)))


def _copies(view: View) -> Iterator[Copy | Unknown]:
    for place in _places(view)[1:]:
        yield Copy(CopyKind.GEO_PAIR, place)


def _base(view: View) -> Plan:
    """What all plans of the vault have in common."""
    documented(view, OVERVIEW)
    return Plan(
        kind=PlanKind.SNAPSHOT,
        retention=FOREVER,
        every=NO_SCHEDULE,
        places=seen(lambda: _places(view)),
        encrypted=True,
        immutable=seen(lambda: view.at(LOCKED, IMMUTABLE)),
    )


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """Each way of keeping once: many instances share one."""
    base = _base(view)
    found = [*_of_instances(view, base), *_of_policies(view, base)]
    yield from dict.fromkeys(found)
    if found:
        yield ON_DEMAND
    elif not view.at(SOFT_STATE, words({"Off": True, "On": False, "AlwaysOn": False})):
        yield GONE


def _of_instances(view: View, base: Plan) -> Iterator[Plan | Unknown]:
    for instance in view.each(INSTANCES):
        yield from _apart(instance, base)


def _apart(instance: Node, base: Plan) -> Iterator[Plan | Unknown]:
    """How an instance is kept that no policy keeps any more."""
    state = seen(partial(instance.at, STATE, STATES))
    if isinstance(state, Unknown):
        yield state
    elif state in (STAYS, SUSPENDED):
        documented(instance.view, STOPPED)
        yield base
    elif state == DELETED:
        # Whole days, that the model has as a number with a fraction.
        yield replace(base, retention=seen(lambda: Duration.of(instance.view.at(SOFT, _days))))


def _days(value: JSON) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise ValueError("not a number of days")
    return int(value)


def _of_policies(view: View, base: Plan) -> Iterator[Plan | Unknown]:
    """The plans of policies that an instance uses; one that does not tell which it uses may use any."""
    used = {seen(partial(instance.at, POLICY, arm_id)) for instance in view.each(INSTANCES)}
    doubtful = any(isinstance(name, Unknown) for name in used)
    for policy in view.each(POLICIES):
        if doubtful or policy.at("/id", arm_id) in used:
            yield from list(_of_policy(policy, base)) or (UNTOLD,)


def _covers(view: View) -> Iterator[Cover | Unknown]:
    """Each plan once, with all that it covers."""
    base = _base(view)
    policies = {policy.at("/id", arm_id): policy for policy in view.each(POLICIES)}
    covered: dict[Plan | Unknown, list[str]] = {}
    for instance in view.each(INSTANCES):
        source = seen(partial(instance.at, SOURCE, arm_id))
        if isinstance(source, Unknown):
            yield source
        else:
            for plan in _of_instance(instance, policies, base):
                covered.setdefault(plan, []).append(source)
    yield from (Cover(plan, tuple(dict.fromkeys(sources))) for plan, sources in covered.items())


def _of_instance(instance: Node, policies: Mapping[str, Node], base: Plan) -> Iterator[Plan | Unknown]:
    """The plans by which an instance is backed up; those that protect no more, or a part, are not known."""
    state = seen(partial(instance.at, STATE, STATES))
    if isinstance(state, Unknown):
        yield state
    elif state in (STAYS, DELETED, SUSPENDED):
        yield STOPPED_INSTANCE
    elif state == BY_POLICY and (part := seen(partial(_is_part, instance))):
        yield part if isinstance(part, Unknown) else PART
    elif state == BY_POLICY:
        name = seen(partial(instance.at, POLICY, arm_id))
        policy = None if isinstance(name, Unknown) else policies.get(name)
        yield from (list(_of_policy(policy, base)) or (UNTOLD,)) if policy else (NO_POLICY,)


def _is_part(instance: Node) -> bool:
    """Whether an instance chooses what of its source is backed up."""
    return any(
        any(choice.at(path, texts, missing=()) for path in CHOSEN) or not choice.at(VOLUMES, flag, missing=True)
        for choice in instance.each(CHOICES, missing=True)
    )


def _of_policy(policy: Node, base: Plan) -> Iterator[Plan | Unknown]:
    rules = list(policy.each(RULES))
    for rule in rules:
        kept = seen(partial(rule.at, KIND, IS_RETENTION))
        if isinstance(kept, Unknown):
            yield kept
        elif kept:
            default = rule.at(DEFAULT, flag, missing=False)
            for life in rule.each(LIVES):
                yield _of_life(life, rules if default else [], base)


def _of_life(life: Node, rules: list[Node], base: Plan) -> Plan | Unknown:
    """What the rule that is the default keeps is made by the schedules of its store; a tagged one keeps some of it."""
    store = seen(partial(life.at, FROM, text))
    if isinstance(store, Unknown):
        return store
    beside = seen(partial(life.at, FROM, BESIDE))
    places = base.places if isinstance(base.places, Unknown) or beside is False else base.places[:1]
    return replace(
        base,
        kind=PlanKind.SNAPSHOT if rules else PlanKind.LONG_TERM,
        retention=seen(partial(life.at, AFTER, lambda value: Duration.iso(text(value)))),
        every=seen(partial(_every, rules, store)),
        places=beside if isinstance(beside, Unknown) else places,
    )


def _every(rules: list[Node], store: str) -> Duration:
    """The shortest interval at which recovery points are made in a store."""
    made = [rule for rule in rules if not rule.at(KIND, IS_RETENTION) and rule.at(STORE, text) == store]
    found = [interval for rule in made for interval in rule.at(TIMES, _intervals)]
    if not found:
        raise NotKnown(NO_SCHEDULE)
    return min(found)


def _intervals(value: JSON) -> list[Duration]:
    """The durations at the end of repeating intervals ("R/2026-01-01T00:00:00+00:00/P1D")."""
    if not isinstance(value, list):
        raise TypeError("not a list")
    return [Duration.iso(text(each).rpartition("/")[2]) for each in value]


def _origins(view: View) -> Iterator[Origin | Unknown]:
    sources = dict.fromkeys(seen(partial(instance.at, SOURCE, arm_id)) for instance in view.each(INSTANCES))
    yield from (source if isinstance(source, Unknown) else Origin(source, UNRESOLVED) for source in sources)


def _sources(view: View) -> Iterator[Source | Unknown]:
    return sources(_origins(view), POINTS)


POINTS = {
    "microsoft.compute/disks": "azure.compute.disk",
    "microsoft.containerservice/managedclusters": "azure.kubernetes.cluster",
    "microsoft.dbformysql/flexibleservers": "azure.mysql.server",
    "microsoft.dbforpostgresql/flexibleservers": "azure.postgresql.server",
    "microsoft.storage/storageaccounts": "azure.storage.account",
}
VAULT = listed(
    "azure.dataprotection.vault",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, *PLACE_PATHS),
        *at_rest(ENCRYPTED),
        *own_key(KEY, OVERVIEW),
        EncryptionInTransit.plaintext.documented(False, ENCRYPTED),
        EncryptionInTransit.minimum_tls.unseen("no setting of a vault tells the lowest TLS version"),
        CERTIFICATE,
        # Recovery points are read by roles of Azure alone.
        Exposure.public.documented(False, OVERVIEW),
        Backup.plans.items(_plans, *PLACE_PATHS, LOCKED, SOFT, SOFT_STATE, *POLICY_PATHS, *INSTANCE_PATHS),
        Protection.covers.items(
            _covers, *PLACE_PATHS, LOCKED, *POLICY_PATHS, *INSTANCE_PATHS, *CHOICE_PATHS, f"{INSTANCES}/*{SOURCE}"
        ),
        Lineage.origins.items(_origins, f"{INSTANCES}/*{SOURCE}"),
        RecoveryPoint.sources.items(_sources, f"{INSTANCES}/*{SOURCE}"),
    ),
    ask={
        "policies": child(f"{NATIVE}/backupPolicies/read", "backupPolicies", VERSION, items="/value"),
        "instances": child(f"{NATIVE}/backupInstances/read", "backupInstances", VERSION, items="/value"),
    },
    without={LogStore: "a vault is not a store of logs", Trust: BY_ROLES},
    points_of=tuple(POINTS.values()),
    unordered=(STORES, POLICIES, INSTANCES),
)
TYPES = (VAULT,)
