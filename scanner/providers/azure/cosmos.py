"""Accounts of Azure Cosmos DB.

The account's location is the one it was made in; its data is in every one of its locations. Backups are kept for hours
(periodic) or days (continuous). Snapshots of a deleted container outlive the periodic policy, for 30 days; they are not
told, and so a gap here.

Documents relied upon: the model DatabaseAccountGetProperties of azure-mgmt-cosmosdb, and on learn.microsoft.com/azure/
cosmos-db: "Data encryption in Azure Cosmos DB", "Configure customer-managed keys", "Periodic backup and restore",
"Continuous backup with point-in-time restore", "Configure an IP firewall".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    UNRESOLVED,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionInTransit,
    Exposure,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Tls,
    Trust,
    Unknown,
    View,
    flag,
    whole,
)
from scanner.providers.azure.graph import TAGS, arm_id, documented, home, pair_of, seen, words
from scanner.providers.azure.parts import (
    BY_ROLES,
    CERTIFICATE,
    NETWORK,
    any_true,
    at_rest,
    listed,
    network_lets_everybody,
    own_key,
)

NATIVE = "Microsoft.DocumentDB/databaseAccounts"
ENCRYPTED = "https://learn.microsoft.com/azure/cosmos-db/database-encryption-at-rest"
PERIODIC = "https://learn.microsoft.com/azure/cosmos-db/periodic-backup-restore-introduction"
CONTINUOUS = "https://learn.microsoft.com/azure/cosmos-db/continuous-backup-restore-introduction"

PLACES, WRITES, RULES = "item:/properties/locations", "item:/properties/writeLocations", "item:/properties/ipRules"
NAMES = (f"{PLACES}/*/locationName", f"{WRITES}/*/locationName")
POLICY = "item:/properties/backupPolicy"
MODE, SETTINGS = f"{POLICY}/type", f"{POLICY}/periodicModeProperties"
MINUTES, HOURS = f"{SETTINGS}/backupIntervalInMinutes", f"{SETTINGS}/backupRetentionIntervalInHours"
REDUNDANCY, TIER = f"{SETTINGS}/backupStorageRedundancy", f"{POLICY}/continuousModeProperties/tier"
POLICY_PATHS = (MODE, MINUTES, HOURS, REDUNDANCY, TIER)
FILTERED = "item:/properties/isVirtualNetworkFilterEnabled"
MADE, SOURCE = "item:/properties/createMode", "item:/properties/restoreParameters/restoreSource"

MODES = words({"Periodic": PlanKind.SNAPSHOT, "Continuous": PlanKind.CONTINUOUS})
GEO = words({"Geo": True, "Zone": False, "Local": False})
TIERS = words({"Continuous7Days": 7, "Continuous30Days": 30})
VERSIONS = words({"Tls": Tls.V1_0, "Tls11": Tls.V1_1, "Tls12": Tls.V1_2})
PUBLIC = words({"Enabled": True, "Disabled": False})
OF_DELETED = Duration.of(30)
DELETED = Unknown(Reason.UNDECIDED, "snapshots of a container that was deleted are kept for 30 days, and are not told")
KEPT = Unknown(Reason.UNDECIDED, "Azure does not tell whether backups can be removed")


def _homes(view: View) -> Iterator[str]:
    """Where the account writes; where it only reads are copies."""
    writes = list(view.each(WRITES))
    if not writes:
        raise NotKnown(Unknown(Reason.SHAPE, "the account names no location that it writes to, as while it is made"))
    for place in writes:
        yield place.at("/locationName", home)


def _copies(view: View) -> Iterator[Copy | Unknown]:
    homes = set(_homes(view))
    for each in view.each(PLACES):
        place = seen(partial(each.at, "/locationName", home))
        if place not in homes:
            yield Copy(CopyKind.REPLICA, place)
    if view.at(MODE, MODES) is PlanKind.SNAPSHOT and view.at(REDUNDANCY, GEO):
        documented(view, PERIODIC)
        for place in sorted(homes):
            yield Copy(CopyKind.BACKUP, seen(partial(pair_of, place)))


def _plans(view: View) -> Iterator[Plan | Unknown]:
    kind = view.at(MODE, MODES)
    plan = _periodic(view) if kind is PlanKind.SNAPSHOT else _continuous(view)
    yield plan
    if kind is PlanKind.SNAPSHOT and not (isinstance(plan.retention, Duration) and plan.retention >= OF_DELETED):
        yield DELETED


def _periodic(view: View) -> Plan:
    documented(view, PERIODIC)
    return Plan(
        kind=PlanKind.SNAPSHOT,
        retention=seen(lambda: Duration.of(view.at(HOURS, whole), "hour")),
        every=seen(lambda: Duration.of(view.at(MINUTES, whole), "minute")),
        places=seen(lambda: _backup_places(view)),
        encrypted=True,
        immutable=KEPT,
    )


def _backup_places(view: View) -> tuple[str, ...]:
    """Beside where the account writes; with geo-redundancy in the paired regions of those too."""
    homes = sorted(_homes(view))
    return (*homes, *map(pair_of, homes)) if view.at(REDUNDANCY, GEO) else tuple(homes)


def _continuous(view: View) -> Plan:
    """Every change is backed up in each location of the account, 100 seconds after it at the latest."""
    documented(view, CONTINUOUS)
    return Plan(
        kind=PlanKind.CONTINUOUS,
        retention=seen(lambda: Duration.of(view.at(TIER, TIERS))),
        every=Duration.of(100, "second"),
        places=seen(lambda: tuple(sorted(place.at("/locationName", home) for place in view.each(PLACES)))),
        encrypted=True,
        immutable=KEPT,
    )


def _public(view: View) -> bool:
    """Without any rule the account takes connections from every network ("Configure an IP firewall")."""
    if not view.at(NETWORK, PUBLIC):
        return False
    rules = list(view.each(RULES))
    if not rules:
        # With only networks of the customer's own, no address of the Internet is let in.
        return not view.at(FILTERED, flag)
    return any_true(seen(partial(rule.at, "/ipAddressOrRange", network_lets_everybody)) for rule in rules)


def _origins(view: View) -> Iterator[Origin | Unknown]:
    if view.at(MADE, words({"Default": False, "Restore": True})):
        # The id of the source among the accounts that can be restored: the engine knows its subscription by it.
        yield Origin(view.at(SOURCE, arm_id), UNRESOLVED)


ACCOUNT = listed(
    "azure.cosmos.account",
    NATIVE,
    (
        TAGS,
        Location.homes.items(_homes, *NAMES),
        Location.copies.items(_copies, *NAMES, *POLICY_PATHS),
        *at_rest(ENCRYPTED),
        *own_key("item:/properties/keyVaultKeyUri", ENCRYPTED),
        EncryptionInTransit.plaintext.documented(False, ENCRYPTED),
        # The model says that the default is 1.0, the documents say 1.2: an account that does not tell is not known.
        EncryptionInTransit.minimum_tls.at("item:/properties/minimalTlsVersion", VERSIONS),
        CERTIFICATE,
        Exposure.public.by(_public, NETWORK, f"{RULES}/*/ipAddressOrRange", FILTERED),
        Backup.plans.items(_plans, *POLICY_PATHS, *NAMES),
        Lineage.origins.items(_origins, MADE, SOURCE),
    ),
    without={LogStore: "a database account is not a store of logs", Trust: BY_ROLES},
    unordered=(PLACES, WRITES, RULES),
)
TYPES = (ACCOUNT,)
