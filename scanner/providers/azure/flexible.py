"""Flexible servers of Azure Database for PostgreSQL and for MySQL.

Whether connections without TLS are taken, and from which version on, are server parameters, which are children.

Documents relied upon: the models of azure-mgmt-postgresqlflexibleservers and azure-mgmt-mysqlflexibleservers, and on
learn.microsoft.com/azure: "Security in Azure Database for PostgreSQL", "Data encryption", "Backup and restore" of
PostgreSQL; "Azure Database for MySQL - Flexible Server service" (security) and "Backup and restore" of MySQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from scanner.collect.model import Call
from scanner.facts import (
    JSON,
    UNRESOLVED,
    Answer,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Facet,
    Grantee,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    NotApplicable,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Tls,
    Trust,
    Unknown,
    View,
    text,
    whole,
)
from scanner.providers.azure.graph import (
    DATA_PROTECTION,
    HOMES,
    TAGS,
    TENANT,
    arm_id,
    child,
    documented,
    home,
    pair_of,
    seen,
    words,
)
from scanner.providers.azure.parts import (
    CERTIFICATE,
    CLOSED,
    LOCATION,
    ON_OFF,
    any_true,
    at_rest,
    guid,
    home_and_pair,
    key_uri,
    listed,
    rule_lets_everybody,
)

POSTGRES, POSTGRES_VERSION = "Microsoft.DBforPostgreSQL/flexibleServers", "2026-10-01"
MYSQL, MYSQL_VERSION = "Microsoft.DBforMySQL/flexibleServers", "2024-12-30"
POSTGRES_SECURITY = "https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-security"
POSTGRES_BACKUPS = "https://learn.microsoft.com/azure/postgresql/flexible-server/concepts-backup-restore"
MYSQL_SECURITY = "https://learn.microsoft.com/azure/mysql/flexible-server/overview"
MYSQL_BACKUPS = "https://learn.microsoft.com/azure/mysql/flexible-server/concepts-backup-restore"

NETWORK = "item:/properties/network/publicNetworkAccess"
DAYS, GEO = "item:/properties/backup/backupRetentionDays", "item:/properties/backup/geoRedundantBackup"
IMMUTABLE = "item:/properties/backup/immutableBackup"
KEY_TYPE = "item:/properties/dataEncryption/type"
KEY = "item:/properties/dataEncryption/primaryKeyURI"
ROLE, SOURCE = "item:/properties/replicationRole", "item:/properties/sourceServerResourceId"
RULES, REPLICAS = "firewall:/value", "replicas:/value"
ADMINISTRATORS = "administrators:/value"
ENDS = ("/properties/startIpAddress", "/properties/endIpAddress")
RULE_PATHS = tuple(f"{RULES}/*{end}" for end in ENDS)
REPLICA_PATHS = tuple(f"{REPLICAS}/*{part}" for part in ("/id", "/location"))

OWNERS = words({"SystemManaged": KeyOwner.PROVIDER, "AzureKeyVault": KeyOwner.CUSTOMER})
IS_REPLICA = words(
    {"None": False, "Primary": False, "Source": False, "Replica": True, "AsyncReplica": True, "GeoAsyncReplica": True}
)
PLAINTEXT = words({"on": False, "off": True})
VERSIONS = words({"TLSv1": Tls.V1_0, "TLSv1.1": Tls.V1_1, "TLSv1.2": Tls.V1_2, "TLSv1.3": Tls.V1_3})
WAITING = "a change of the server parameter waits for a restart of the server"


def _parameter(source: str) -> tuple[str, str]:
    return f"{source}:/properties/value", f"{source}:/properties/isConfigPendingRestart"


SECURE, MINIMUM = _parameter("secure"), _parameter("tls")


def _told(view: View, paths: tuple[str, str]) -> str:
    """The value of a server parameter that is in force: a changed one may wait for a restart."""
    value, pending = paths
    if view.at(pending, _pending):
        raise NotKnown(Unknown(Reason.UNDECIDED, WAITING))
    return view.at(value, text)


def _pending(value: JSON) -> bool:
    """A boolean, which MySQL writes as text."""
    return value if isinstance(value, bool) else words({"True": True, "False": False})(value)


def _plaintext(view: View) -> bool:
    _told(view, SECURE)
    return view.at(SECURE[0], PLAINTEXT)


def _minimum(view: View) -> Tls:
    _told(view, MINIMUM)
    return view.at(MINIMUM[0], _lowest)


def _lowest(value: JSON) -> Tls:
    """The lowest of the versions; MySQL names all that it takes, with commas between."""
    versions = [VERSIONS(name.strip()) for name in text(value).split(",")]
    return min(versions, key=list(Tls).index)


def _copies(view: View) -> Iterator[Copy | Unknown]:
    geo = seen(lambda: view.at(GEO, ON_OFF))
    if isinstance(geo, Unknown):
        yield geo
    elif geo:
        yield Copy(CopyKind.BACKUP, seen(lambda: pair_of(view.at(LOCATION, home))))
    for replica in view.each(REPLICAS):
        yield Copy(CopyKind.REPLICA, seen(partial(replica.at, "/location", home)), replica.at("/id", arm_id))


def _owner(view: View) -> KeyOwner:
    # A server without a customer's key may not tell of encryption: the service's own key is the default ("Data
    # encryption" of either).
    return view.at(KEY_TYPE, OWNERS, missing=KeyOwner.PROVIDER)


def _key(view: View) -> str:
    return "provider" if _owner(view) is KeyOwner.PROVIDER else view.at(KEY, key_uri)


def _public(view: View) -> bool:
    if view.at(NETWORK, CLOSED):
        return False
    return any_true(seen(partial(rule_lets_everybody, rule, *ENDS)) for rule in view.each(RULES))


def _plan(view: View, basis: str, every: Duration, immutable: bool | Unknown) -> Plan:
    documented(view, basis)
    return Plan(
        kind=PlanKind.CONTINUOUS,
        retention=seen(lambda: Duration.of(view.at(DAYS, whole))),
        every=every,
        places=seen(lambda: home_and_pair(view, geo=view.at(GEO, ON_OFF))),
        encrypted=True,
        immutable=immutable,
    )


def _postgres_plans(view: View) -> Iterator[Plan | Unknown]:
    if view.at(ROLE, IS_REPLICA):
        # "Read replicas" of PostgreSQL: no backups are taken from them, whatever they were before.
        raise NotApplicable(Inapplicable("no backups are taken of a read replica; those of its primary count"))
    # The log is backed up such that at most fifteen minutes are lost ("Backup and restore", backup frequency).
    yield _plan(view, POSTGRES_BACKUPS, Duration.of(15, "minute"), seen(lambda: view.at(IMMUTABLE, ON_OFF)))


def _mysql_plans(view: View) -> Iterator[Plan | Unknown]:
    # The log is backed up every five minutes ("Backup and restore", backup frequency).
    immutable = Unknown(Reason.UNDECIDED, "Azure does not tell whether backups can be removed")
    yield _plan(view, MYSQL_BACKUPS, Duration.of(5, "minute"), immutable)


def _origins(view: View) -> Iterator[Origin | Unknown]:
    if source := view.at(SOURCE, arm_id, missing=""):
        yield Origin(source, UNRESOLVED)
    elif view.at(ROLE, IS_REPLICA):
        yield Unknown(Reason.SHAPE, "the server is a replica, and its source is not named")
    else:
        yield Unknown(
            Reason.NOT_ASKED, "Azure does not tell what a server was restored from; activity logs are not read"
        )


def _grantees(view: View, who: str) -> Iterator[Grantee | Unknown]:
    """Administrators of a directory that is not the subscription's."""
    own = view.at(TENANT, guid)
    for administrator in view.each(ADMINISTRATORS):
        directory = seen(partial(administrator.at, "/properties/tenantId", guid))
        if directory != own:
            yield Grantee(administrator.at(who, text), directory)


def _trust(who: str) -> Answer:
    paths = (TENANT, f"{ADMINISTRATORS}/*/properties/tenantId", f"{ADMINISTRATORS}/*{who}")
    return Trust.grantees.items(lambda view: _grantees(view, who), *paths)


def _reads(native: str, version: str, tls: str) -> dict[str, Call]:
    parameters = f"{native}/configurations/read"
    return {
        "administrators": child(f"{native}/administrators/read", "administrators", version, items="/value"),
        "secure": child(parameters, "configurations/require_secure_transport", version),
        "tls": child(parameters, f"configurations/{tls}", version),
        "firewall": child(f"{native}/firewallRules/read", "firewallRules", version, items="/value"),
        "replicas": child(f"{native}/replicas/read", "replicas", version, items="/value"),
    }


COMMON = (
    TAGS,
    HOMES,
    Location.copies.items(_copies, GEO, LOCATION, *REPLICA_PATHS),
    EncryptionAtRest.owner.by(_owner, KEY_TYPE),
    EncryptionAtRest.key.by(_key, KEY_TYPE, KEY),
    EncryptionInTransit.plaintext.by(_plaintext, *SECURE),
    EncryptionInTransit.minimum_tls.by(_minimum, *MINIMUM),
    CERTIFICATE,
    Exposure.public.by(_public, NETWORK, *RULE_PATHS),
    Lineage.origins.items(_origins, SOURCE, ROLE),
)
WITHOUT: Mapping[type[Facet], str] = {LogStore: "a database server is not a store of logs"}


POSTGRES_SERVER = listed(
    "azure.postgresql.server",
    POSTGRES,
    (
        *COMMON,
        *at_rest(POSTGRES_SECURITY),
        Backup.plans.items(_postgres_plans, ROLE, DAYS, GEO, LOCATION, IMMUTABLE),
        _trust("/properties/objectId"),
    ),
    ask=_reads(POSTGRES, POSTGRES_VERSION, "ssl_min_protocol_version"),
    without=WITHOUT,
    unordered=(RULES, REPLICAS, ADMINISTRATORS),
    covered_by=(DATA_PROTECTION,),
)
MYSQL_SERVER = listed(
    "azure.mysql.server",
    MYSQL,
    (
        *COMMON,
        *at_rest(MYSQL_SECURITY),
        Backup.plans.items(_mysql_plans, DAYS, GEO, LOCATION),
        _trust("/properties/sid"),
    ),
    ask=_reads(MYSQL, MYSQL_VERSION, "tls_version"),
    without=WITHOUT,
    unordered=(RULES, REPLICAS, ADMINISTRATORS),
    covered_by=(DATA_PROTECTION,),
)
TYPES = (POSTGRES_SERVER, MYSQL_SERVER)
