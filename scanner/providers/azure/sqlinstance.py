"""Azure SQL Managed Instance: instances and their databases.

An instance decides for its databases who may connect, from which TLS version on, by which key they are encrypted, and
where backups lie; each database answers by its instance's own reply. Its system databases are its own content. A
failover group copies databases to an instance in another region.

Documents relied upon: the models ManagedInstanceProperties, ManagedDatabaseProperties and InstanceFailoverGroup of
azure-mgmt-sql, and on learn.microsoft.com/azure/azure-sql/managed-instance: "Automated backups", "Use Azure SQL Managed
Instance securely with public endpoints", "Failover groups overview"; in /database: "Security overview", "Transparent
data encryption", "Long-term retention".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.collect.model import Call, Per
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
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Tls,
    Unknown,
    View,
    flag,
    text,
    whole,
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
from scanner.providers.azure.parts import CERTIFICATE, LOCATION, NAME, administrator, home_and_pair, key_uri, listed

INSTANCES, DATABASES, VERSION = (
    "Microsoft.Sql/managedInstances",
    "Microsoft.Sql/managedInstances/databases",
    "2025-01-01",
)
GROUPS = "Microsoft.Sql/locations/instanceFailoverGroups/read"
BACKUPS = "https://learn.microsoft.com/azure/azure-sql/managed-instance/automated-backups-overview"
SECURITY = "https://learn.microsoft.com/azure/azure-sql/database/security-overview"
PUBLIC = "https://learn.microsoft.com/azure/azure-sql/managed-instance/public-endpoint-overview"

STATES = words({"Enabled": AtRest.ENCRYPTED, "Disabled": AtRest.NONE})
OWNERS = words({"ServiceManaged": KeyOwner.PROVIDER, "AzureKeyVault": KeyOwner.CUSTOMER})
VERSIONS = words({"None": Tls.NONE, "1.0": Tls.V1_0, "1.1": Tls.V1_1, "1.2": Tls.V1_2, "1.3": Tls.V1_3})
GEO = words({"Local": False, "Zone": False, "Geo": True, "GeoZone": True})
IS_SOURCE = words({"Primary": True, "Secondary": False})
LONG_TERM = {"weeklyRetention": "week", "monthlyRetention": "month", "yearlyRetention": "year"}
"""For each field of the policy how often it keeps a backup."""

REDUNDANCY, TLS = "/properties/currentBackupStorageRedundancy", "/properties/minimalTlsVersion"
REDUNDANT = f"instance:{REDUNDANCY}"
OPEN = "/properties/publicDataEndpointEnabled"
KEY_TYPE, KEY_URI = "protector:/properties/serverKeyType", "protector:/properties/uri"
TDE, DAYS = "tde:/properties/state", "short:/properties/retentionDays"
LONG_PATHS = tuple(f"long:/properties/{field}" for field in LONG_TERM)
GROUP, ROLE = "item:/properties/failoverGroupId", "group:/properties/replicationRole"
REGIONS, PAIRS = "group:/properties/partnerRegions", "group:/properties/managedInstancePairs"
SOURCES = ("sourceDatabaseId", "crossSubscriptionSourceDatabaseId", "recoverableDatabaseId", "storageContainerUri")
UNTOLD = Unknown(Reason.NOT_ASKED, "Azure does not tell what a database was restored from; activity logs are not read")
SOURCE_PATHS = tuple(f"item:/properties/{field}" for field in SOURCES)


def _key(view: View) -> str:
    return "provider" if view.at(KEY_TYPE, OWNERS) is KeyOwner.PROVIDER else view.at(KEY_URI, key_uri)


def _public(view: View, instance: str) -> bool:
    """The instance lies in a network of the customer's; a public endpoint is off unless somebody turns it on."""
    documented(view, PUBLIC)
    if not view.at(f"{instance}:{OPEN}", flag):
        return False
    raise NotKnown(Unknown(Reason.NOT_ASKED, "the security group of the instance's subnet, which lets in, is not read"))


def _backup_copies(view: View, instance: str) -> Iterator[Copy | Unknown]:
    geo = seen(lambda: view.at(f"{instance}:{REDUNDANCY}", GEO))
    if isinstance(geo, Unknown):
        yield geo
    elif geo:
        documented(view, BACKUPS)
        yield Copy(CopyKind.BACKUP, seen(lambda: pair_of(view.at(LOCATION, home))))


def _instance_copies(view: View) -> Iterator[Copy | Unknown]:
    yield from _backup_copies(view, "item")


def _database_copies(view: View) -> Iterator[Copy | Unknown]:
    yield from _backup_copies(view, "instance")
    if view.at(GROUP, arm_id, missing="") and view.at(ROLE, IS_SOURCE):
        for region in view.each(REGIONS):
            yield Copy(CopyKind.REPLICA, seen(partial(region.at, "/location", home)))


def _state(view: View) -> AtRest:
    return view.at(TDE, STATES)


def _algorithms(view: View) -> frozenset[str]:
    return frozenset({"TDE", "AES-256"}) if _state(view) is AtRest.ENCRYPTED else frozenset()


def _tde_backup(view: View) -> bool:
    """Backups of a database with TDE are encrypted by it; without TDE nothing that is read settles it."""
    if _state(view) is AtRest.NONE:
        raise NotKnown(Unknown(Reason.UNDECIDED, "without TDE the backups are encrypted by Azure Storage alone"))
    return True


def _plan(view: View, kind: PlanKind, retention: Duration | Unknown, every: Duration) -> Plan:
    return Plan(
        kind=kind,
        retention=retention,
        every=every,
        places=seen(lambda: home_and_pair(view, geo=view.at(REDUNDANT, GEO))),
        encrypted=seen(lambda: _tde_backup(view)),
        immutable=Unknown(Reason.UNDECIDED, "Azure does not tell whether backups can be removed"),
    )


def _plans(view: View) -> Iterator[Plan | Unknown]:
    if view.at(GROUP, arm_id, missing="") and not view.at(ROLE, IS_SOURCE):
        # Backups are not made of it until it becomes primary ("Long-term retention").
        raise NotKnown(Unknown(Reason.UNDECIDED, "backups are made of its primary, and not of a geo-secondary"))
    documented(view, BACKUPS)
    # The log is backed up about every ten minutes ("Automated backups").
    days = seen(lambda: Duration.of(view.at(DAYS, whole)))
    yield _plan(view, PlanKind.CONTINUOUS, days, Duration.of(10, "minute"))
    for field, unit in LONG_TERM.items():
        kept = seen(partial(view.at, f"long:/properties/{field}", lambda value: Duration.iso(text(value))))
        # "PT0S" is how the service writes that a policy is off.
        if kept != Duration.of(0):
            yield kept if isinstance(kept, Unknown) else _plan(view, PlanKind.LONG_TERM, kept, Duration.of(1, unit))


def _origins(view: View) -> Iterator[Origin | Unknown]:
    told = [source for path in SOURCE_PATHS if (source := view.at(path, text, missing=""))]
    if not told:
        yield Unknown(
            Reason.NOT_ASKED, "Azure does not tell what a database was restored from; activity logs are not read"
        )
    yield from (Origin(source.lower().rstrip("/"), UNRESOLVED) for source in told)
    if view.at(GROUP, arm_id, missing="") and not view.at(ROLE, IS_SOURCE):
        for pair in view.each(PAIRS):
            source = pair.at("/primaryManagedInstanceId", arm_id)
            yield Origin(f"{source}/databases/{view.at(NAME, text).lower()}", UNRESOLVED)


# TLS is enforced for all connections, whatever the client asks for ("Security overview").
COMMON = (TAGS, HOMES, CERTIFICATE, EncryptionInTransit.plaintext.documented(False, SECURITY))
KEYS = (EncryptionAtRest.owner.at(KEY_TYPE, OWNERS), EncryptionAtRest.key.by(_key, KEY_TYPE, KEY_URI))

INSTANCE = listed(
    "azure.sql.managed-instance",
    INSTANCES,
    (
        *COMMON,
        *KEYS,
        Location.copies.items(_instance_copies, f"item:{REDUNDANCY}", LOCATION),
        EncryptionAtRest.state.unseen("each database answers for itself, and the system databases tell nothing"),
        EncryptionAtRest.algorithms.unseen("each database answers for itself, and the system databases tell nothing"),
        EncryptionInTransit.minimum_tls.at(f"item:{TLS}", VERSIONS),
        Exposure.public.by(lambda view: _public(view, "item"), f"item:{OPEN}"),
        administrator("item"),
        Backup.plans.gap("each database has its own plans, and the system databases tell none"),
        Lineage.origins.gap("each database has its own origins, and the system databases tell none"),
    ),
    ask={"protector": child(f"{INSTANCES}/encryptionProtector/read", "encryptionProtector/current", VERSION)},
    without={LogStore: "an instance is not a store of logs"},
)
DATABASE = listed(
    "azure.sql.managed-database",
    DATABASES,
    (
        *COMMON,
        *KEYS,
        Location.copies.items(_database_copies, REDUNDANT, LOCATION, GROUP, ROLE, f"{REGIONS}/*/location"),
        EncryptionAtRest.state.by(_state, TDE),
        EncryptionAtRest.algorithms.by(_algorithms, TDE),
        EncryptionInTransit.minimum_tls.at(f"instance:{TLS}", VERSIONS),
        Exposure.public.by(lambda view: _public(view, "instance"), f"instance:{OPEN}"),
        administrator("instance"),
        Backup.plans.items(_plans, GROUP, ROLE, DAYS, *LONG_PATHS, REDUNDANT, LOCATION, TDE),
        Lineage.origins.items(_origins, *SOURCE_PATHS, GROUP, ROLE, NAME, f"{PAIRS}/*/primaryManagedInstanceId"),
    ),
    ask={
        "tde": child(f"{DATABASES}/transparentDataEncryption/read", "transparentDataEncryption/current", VERSION),
        "short": child(
            f"{DATABASES}/backupShortTermRetentionPolicies/read", "backupShortTermRetentionPolicies/default", VERSION
        ),
        "long": child(
            f"{DATABASES}/backupLongTermRetentionPolicies/read", "backupLongTermRetentionPolicies/default", VERSION
        ),
        "instance": child(f"{INSTANCES}/read", "../..", VERSION),
        "protector": child(f"{INSTANCES}/encryptionProtector/read", "../../encryptionProtector/current", VERSION),
        "group": Call(
            GROUPS,
            "GET /{group}",
            "",
            {"api-version": VERSION},
            {"group": "/properties/failoverGroupId"},
            per=Per.ACCOUNT,
        ),
    },
    without={LogStore: "a database is not a store of logs"},
    unordered=(REGIONS, PAIRS),
)
TYPES = (INSTANCE, DATABASE)
