"""Workspaces of Azure Synapse Analytics, and their dedicated SQL pools. The files of a workspace lie in the storage
account that it names, which is a resource of its own.

Documents relied upon: the models of azure-mgmt-synapse, and on learn.microsoft.com/azure/synapse-analytics: "Encryption
for Azure Synapse Analytics workspaces", "Backup and restore dedicated SQL pools", "Security white paper: Data
protection", "Synapse connectivity settings".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    UNRESOLVED,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Facet,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Trust,
    Unknown,
    View,
)
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, child, documented, home, pair_of, seen, words
from scanner.providers.azure.parts import (
    AES,
    CERTIFICATE,
    CLOSED,
    LOCATION,
    ON_OFF,
    any_true,
    at_rest,
    listed,
    own_key,
    rule_lets_everybody,
)

WORKSPACES, POOLS, VERSION = "Microsoft.Synapse/workspaces", "Microsoft.Synapse/workspaces/sqlPools", "2021-03-01"
ENCRYPTED = "https://learn.microsoft.com/azure/synapse-analytics/security/workspaces-encryption"
BACKUPS = "https://learn.microsoft.com/azure/synapse-analytics/sql-data-warehouse/backup-and-restore"
PROTECTED = "https://learn.microsoft.com/azure/synapse-analytics/guidance/security-white-paper-data-protection"

KEY = "/properties/encryption/cmk/key/keyVaultUrl"
NETWORK = "/properties/publicNetworkAccess"
RULES = "firewall:/value"
ENDS = ("/properties/startIpAddress", "/properties/endIpAddress")
RULE_PATHS = tuple(f"{RULES}/*{end}" for end in ENDS)
STATUS, TDE, GEO = "item:/properties/status", "tde:/properties/status", "geo:/properties/state"
SOURCES = ("sourceDatabaseId", "recoverableDatabaseId")
SOURCE_PATHS = tuple(f"item:/properties/{field}" for field in SOURCES)

STATES = words({"Enabled": AtRest.ENCRYPTED, "Disabled": AtRest.NONE})
NO_ORIGIN = "Azure does not tell what a pool was restored from; activity logs are not read"
PAUSED = Unknown(Reason.UNDECIDED, "the pool is paused: no restore points are made of it, and they may be kept longer")
KEPT = Unknown(Reason.UNDECIDED, "Azure does not tell for how long the daily copy in the paired region is kept")


def _public(view: View, source: str) -> bool:
    if view.at(f"{source}:{NETWORK}", CLOSED):
        return False
    return any_true(seen(partial(rule_lets_everybody, rule, *ENDS)) for rule in view.each(RULES))


def _pool_state(view: View) -> AtRest:
    """By TDE, which is off unless the workspace has a key of the customer's or somebody turns it on; the storage below
    is encrypted in any case ("Data protection"), and is not what TDE says.
    """
    return view.at(TDE, STATES)


def _algorithms(view: View) -> frozenset[str]:
    return AES | {"TDE"} if _pool_state(view) is AtRest.ENCRYPTED else frozenset()


def _copies(view: View) -> Iterator[Copy | Unknown]:
    if view.at(GEO, ON_OFF):
        documented(view, BACKUPS)
        yield Copy(CopyKind.BACKUP, seen(lambda: pair_of(view.at(LOCATION, home))))


def _every(view: View, hours: int) -> Duration:
    # Points are made of a pool that is active ("Backup and restore", automatic restore points).
    if not view.at(STATUS, words({"Online": True, "Paused": False})):
        raise NotKnown(PAUSED)
    return Duration.of(hours, "hour")


def _kept(view: View) -> Duration:
    _every(view, 0)
    return Duration.of(7)


def _encrypted(view: View) -> bool:
    """Restore points of a pool with TDE are encrypted by it; without TDE nothing that is read settles it."""
    if _pool_state(view) is AtRest.NONE:
        raise NotKnown(Unknown(Reason.UNDECIDED, "without TDE the restore points are encrypted by Azure Storage alone"))
    return True


def _plan(
    retention: Duration | Unknown, every: Duration | Unknown, place: str | Unknown, encrypted: bool | Unknown
) -> Plan:
    return Plan(
        kind=PlanKind.SNAPSHOT,
        retention=retention,
        every=every,
        places=place if isinstance(place, Unknown) else (place,),
        encrypted=encrypted,
        # "Automatic restore points currently cannot be deleted by users" ("Backup and restore").
        immutable=True,
    )


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """Restore points of seven days, of which one is made every eight hours at the latest: neither can be changed. And
    one in the paired region each day, unless that is turned off. Points that somebody makes are kept as long.
    """
    documented(view, BACKUPS)
    encrypted = seen(lambda: _encrypted(view))
    here = seen(lambda: view.at(LOCATION, home))
    yield _plan(seen(lambda: _kept(view)), seen(lambda: _every(view, 8)), here, encrypted)
    if view.at(GEO, ON_OFF):
        pair = seen(lambda: pair_of(view.at(LOCATION, home)))
        yield _plan(KEPT, seen(lambda: _every(view, 24)), pair, encrypted)


def _origins(view: View) -> Iterator[Origin | Unknown]:
    told = [source for path in SOURCE_PATHS if (source := view.at(path, arm_id, missing=""))]
    if not told:
        yield Unknown(Reason.NOT_ASKED, NO_ORIGIN)
    yield from (Origin(source, UNRESOLVED) for source in told)


WITHOUT: dict[type[Facet], str] = {LogStore: "it is not a store of logs"}
ROLES = "roles inside a workspace are told by the workspace alone"
# "Synapse leverages TLS to ensure data is encrypted in motion" ("Data protection").
COMMON = (TAGS, HOMES, CERTIFICATE, EncryptionInTransit.plaintext.documented(False, PROTECTED))
WORKSPACE = listed(
    "azure.synapse.workspace",
    WORKSPACES,
    (
        *COMMON,
        Location.copies.gap("what its pools copy is told by each pool"),
        *at_rest(ENCRYPTED),
        # Without a key of the customer's it is Microsoft's ("Encryption for workspaces").
        *own_key(f"item:{KEY}", ENCRYPTED),
        EncryptionInTransit.minimum_tls.unseen("the lowest TLS version of the workspace is not read"),
        Exposure.public.by(lambda view: _public(view, "item"), f"item:{NETWORK}", *RULE_PATHS),
        Backup.plans.gap("each pool has restore points of its own, and the other parts tell of none"),
        Lineage.origins.gap("Azure does not tell what was copied into a workspace"),
        Trust.grantees.gap(ROLES),
    ),
    ask={"firewall": child(f"{WORKSPACES}/firewallRules/read", "firewallRules", VERSION, items="/value")},
    without=WITHOUT,
    unordered=(RULES,),
)
POOL = listed(
    "azure.synapse.sql-pool",
    POOLS,
    (
        *COMMON,
        Location.copies.items(_copies, GEO, LOCATION),
        EncryptionAtRest.state.by(_pool_state, TDE),
        EncryptionAtRest.algorithms.by(_algorithms, TDE),
        *own_key(f"workspace:{KEY}", ENCRYPTED),
        EncryptionInTransit.minimum_tls.unseen("the lowest TLS version of the workspace is not read"),
        Exposure.public.by(lambda view: _public(view, "workspace"), f"workspace:{NETWORK}", *RULE_PATHS),
        Backup.plans.items(_plans, STATUS, LOCATION, GEO, TDE),
        Lineage.origins.items(_origins, *SOURCE_PATHS),
        Trust.grantees.gap(ROLES),
    ),
    ask={
        "tde": child(f"{POOLS}/transparentDataEncryption/read", "transparentDataEncryption/current", VERSION),
        "geo": child(f"{POOLS}/geoBackupPolicies/read", "geoBackupPolicies/Default", VERSION),
        "workspace": child(f"{WORKSPACES}/read", "../..", VERSION),
        "firewall": child(f"{WORKSPACES}/firewallRules/read", "../../firewallRules", VERSION, items="/value"),
    },
    without=WITHOUT,
    unordered=(RULES,),
)
TYPES = (WORKSPACE, POOL)
