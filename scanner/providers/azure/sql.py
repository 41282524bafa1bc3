"""Azure SQL: logical servers and their databases.

A logical server holds no content of its own, so it is configuration; what it decides for its databases (the lowest TLS
version, who may connect, the key of TDE) is answered by each database, from the server's own reply. The database
`master` is listed with the others, cannot be encrypted by TDE and has no backup policies.

Documents relied upon: the models of azure-mgmt-sql, and on learn.microsoft.com/azure/azure-sql/database: "Security
overview", "Transparent data encryption", "Automated backups", "Long-term retention".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.collect.model import ResourceType
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
    Inapplicable,
    KeyOwner,
    Kind,
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
    Unknown,
    View,
    text,
    whole,
)
from scanner.providers.azure.graph import (
    HOMES,
    ID,
    RESOURCES,
    TAGS,
    arm_id,
    child,
    documented,
    home,
    only,
    pair_of,
    seen,
    words,
)
from scanner.providers.azure.parts import administrator, any_true, key_uri, rule_lets_everybody

SERVER_NATIVE, NATIVE, VERSION = "microsoft.sql/servers", "microsoft.sql/servers/databases", "2025-01-01"
SECURITY = "https://learn.microsoft.com/azure/azure-sql/database/security-overview"
BACKUPS = "https://learn.microsoft.com/azure/azure-sql/database/automated-backups-overview"

NAME, LOCATION = "item:/name", "item:/location"
REDUNDANCY, SOURCE = "item:/properties/currentBackupStorageRedundancy", "item:/properties/sourceDatabaseId"
OWN_KEY = "item:/properties/encryptionProtector"
SECONDARY = "item:/properties/secondaryType"
TDE, DAYS = "tde:/properties/state", "short:/properties/retentionDays"
KEY_TYPE, KEY_URI = "protector:/properties/serverKeyType", "protector:/properties/uri"
IMMUTABLE, MODE = "long:/properties/timeBasedImmutability", "long:/properties/timeBasedImmutabilityMode"
TLS, NETWORK = "server:/properties/minimalTlsVersion", "server:/properties/publicNetworkAccess"

RULES = "firewall:/value"
ENDS = ("/properties/startIpAddress", "/properties/endIpAddress")
LINKS = "links:/value"
LINK_PATHS = tuple(f"{LINKS}/*/properties/{part}" for part in ("role", "partnerLocation", "partnerDatabaseId"))

# Whether data flows in over a link of this role (enum ReplicationRole).
INCOMING = words(
    dict.fromkeys(("Primary", "Source"), False) | dict.fromkeys(("Secondary", "NonReadableSecondary", "Copy"), True)
)
IS_SECONDARY = words(
    dict.fromkeys(("Primary", "Source", "Copy"), False) | dict.fromkeys(("Secondary", "NonReadableSecondary"), True)
)
STATES = words({"Enabled": AtRest.ENCRYPTED, "Disabled": AtRest.NONE})
OWNERS = words({"ServiceManaged": KeyOwner.PROVIDER, "AzureKeyVault": KeyOwner.CUSTOMER})
CLOSED = words({"Disabled": True, "Enabled": False, "SecuredByPerimeter": False})
VERSIONS = words({"None": Tls.NONE, "1.0": Tls.V1_0, "1.1": Tls.V1_1, "1.2": Tls.V1_2, "1.3": Tls.V1_3})
GEO = words({"Local": False, "Zone": False, "Geo": True, "GeoZone": True})
LONG_TERM = {"weeklyRetention": "week", "monthlyRetention": "month", "yearlyRetention": "year"}
LONG_PATHS = tuple(f"long:/properties/{field}" for field in LONG_TERM)


def _not_master(view: View) -> None:
    if view.at(NAME, text).lower() == "master":
        raise NotApplicable(
            Inapplicable("master is the server's own; it has no TDE, backup policies, replicas or origin")
        )


def _not_secondary(view: View) -> Iterator[Unknown]:
    """The links that are not understood. Raises NotKnown for a geo-secondary: until it is primary no backups are made
    of it ("Long-term retention").

    Its type is told "if it is a secondary" (model DatabaseProperties); an older one is told by its links alone.
    """
    links = seen(lambda: [seen(partial(link.at, "/properties/role", IS_SECONDARY)) for link in view.each(LINKS)])
    roles = [links] if isinstance(links, Unknown) else links
    if view.at(SECONDARY, text, missing="") or True in roles:
        raise NotKnown(Unknown(Reason.UNDECIDED, "backups are made of its primary, and not of a geo-secondary"))
    yield from (role for role in roles if isinstance(role, Unknown))


def _copies(view: View) -> Iterator[Copy | Unknown]:
    _not_master(view)
    geo = seen(lambda: view.at(REDUNDANCY, GEO))
    if isinstance(geo, Unknown):
        yield geo
    elif geo:
        documented(view, BACKUPS)
        yield Copy(CopyKind.BACKUP, seen(lambda: pair_of(view.at(LOCATION, home))))
    for link in view.each(LINKS):
        if seen(partial(link.at, "/properties/role", INCOMING)) is not True:
            place = seen(partial(link.at, "/properties/partnerLocation", home))
            yield Copy(CopyKind.REPLICA, place, link.at("/properties/partnerDatabaseId", arm_id, missing=""))


def _state(view: View) -> AtRest:
    _not_master(view)
    return view.at(TDE, STATES)


def _algorithms(view: View) -> frozenset[str]:
    return frozenset({"TDE", "AES-256"}) if _state(view) is AtRest.ENCRYPTED else frozenset()


def _owner(view: View) -> KeyOwner:
    _not_master(view)
    # Present only "if it's configured with per Database Customer Managed Keys" (model DatabaseProperties).
    if view.at(OWN_KEY, text, missing=""):
        return KeyOwner.CUSTOMER
    return view.at(KEY_TYPE, OWNERS)


def _key(view: View) -> str:
    _not_master(view)
    own = view.at(OWN_KEY, key_uri, missing="")
    if own:
        return own
    return "provider" if view.at(KEY_TYPE, OWNERS) is KeyOwner.PROVIDER else view.at(KEY_URI, key_uri)


def _public(view: View) -> bool:
    """Whether the rules of the server let everybody in. A perimeter decides instead of them where there is one."""
    if view.at(NETWORK, CLOSED):
        return False
    if view.at(NETWORK, words({"SecuredByPerimeter": True, "Enabled": False})):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "the perimeter that the server is in decides, and is not read"))
    return any_true(seen(partial(rule_lets_everybody, rule, *ENDS)) for rule in view.each(RULES))


def _origins(view: View) -> Iterator[Origin | Unknown]:
    _not_master(view)
    source = view.at(SOURCE, arm_id, missing="")
    if source:
        yield Origin(source, UNRESOLVED)
    else:
        yield Unknown(
            Reason.NOT_ASKED, "Azure does not tell what a database was copied from; the activity log is not read"
        )


def _from_links(view: View) -> Iterator[Origin | Unknown]:
    yield from _origins(view)
    for link in view.each(LINKS):
        if link.at("/properties/role", INCOMING):
            yield Origin(link.at("/properties/partnerDatabaseId", arm_id), UNRESOLVED)


def _places(view: View) -> tuple[str, ...]:
    own = view.at(LOCATION, home)
    return (own, pair_of(own)) if view.at(REDUNDANCY, GEO) else (own,)


def _tde_backup(view: View) -> bool:
    """Backups of a database with TDE are encrypted by it; without TDE nothing that is read settles it."""
    if view.at(TDE, STATES) is AtRest.NONE:
        raise NotKnown(Unknown(Reason.UNDECIDED, "without TDE the backups are encrypted by Azure Storage alone"))
    return True


def _immutable(view: View) -> bool:
    enabled = view.at(IMMUTABLE, words({"Enabled": True, "Disabled": False}))
    return enabled and view.at(MODE, words({"Locked": True, "Unlocked": False}))


def _plans(view: View) -> Iterator[Plan | Unknown]:
    _not_master(view)
    yield from _not_secondary(view)
    documented(view, BACKUPS)
    yield Plan(
        kind=PlanKind.CONTINUOUS,
        retention=seen(lambda: Duration.of(view.at(DAYS, whole))),
        # The transaction log is backed up about every ten minutes ("Automated backups", backup frequency).
        every=Duration.of(10, "minute"),
        places=seen(lambda: _places(view)),
        encrypted=seen(lambda: _tde_backup(view)),
        immutable=Unknown(Reason.UNDECIDED, "Azure does not tell whether point-in-time backups can be removed"),
    )
    for field, unit in LONG_TERM.items():
        plan = seen(partial(_long_term, view, field, unit))
        if plan is not None:
            yield plan


def _long_term(view: View, field: str, unit: str) -> Plan | None:
    retention = view.at(f"long:/properties/{field}", lambda value: Duration.iso(text(value)))
    # "PT0S" is how the service writes that a policy is off.
    if retention == Duration.of(0):
        return None
    return Plan(
        kind=PlanKind.LONG_TERM,
        retention=retention,
        every=Duration.of(1, unit),
        places=seen(lambda: _places(view)),
        encrypted=seen(lambda: _tde_backup(view)),
        immutable=seen(lambda: _immutable(view)),
    )


SERVER = ResourceType(
    "azure.sql.server",
    native=SERVER_NATIVE,
    kind=Kind.CONFIG,
    each=RESOURCES,
    only=only(SERVER_NATIVE),
    id=ID,
    label="/name",
    region="/location",
    facts=(
        TAGS,
        administrator("item"),
    ),
)
DATABASE = ResourceType(
    "azure.sql.database",
    native=NATIVE,
    kind=Kind.DATA,
    each=RESOURCES,
    only=only(NATIVE),
    id=ID,
    label="/name",
    region="/location",
    ask={
        "tde": child(
            "Microsoft.Sql/servers/databases/transparentDataEncryption/read",
            "transparentDataEncryption/current",
            VERSION,
        ),
        "short": child(
            "Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies/read",
            "backupShortTermRetentionPolicies/default",
            VERSION,
        ),
        "long": child(
            "Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies/read",
            "backupLongTermRetentionPolicies/default",
            VERSION,
        ),
        "links": child(
            "Microsoft.Sql/servers/databases/replicationLinks/read", "replicationLinks", VERSION, items="/value"
        ),
        "server": child("Microsoft.Sql/servers/read", "../..", VERSION),
        "firewall": child("Microsoft.Sql/servers/firewallRules/read", "../../firewallRules", VERSION, items="/value"),
        "protector": child(
            "Microsoft.Sql/servers/encryptionProtector/read", "../../encryptionProtector/current", VERSION
        ),
    },
    facts=(
        TAGS,
        HOMES,
        Location.copies.items(_copies, NAME, REDUNDANCY, LOCATION, *LINK_PATHS),
        EncryptionAtRest.state.by(_state, NAME, TDE),
        EncryptionAtRest.algorithms.by(_algorithms, NAME, TDE),
        EncryptionAtRest.owner.by(_owner, NAME, OWN_KEY, KEY_TYPE),
        EncryptionAtRest.key.by(_key, NAME, OWN_KEY, KEY_TYPE, KEY_URI),
        EncryptionInTransit.plaintext.documented(False, SECURITY),
        EncryptionInTransit.minimum_tls.at(TLS, VERSIONS),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is Microsoft's own"),
        Exposure.public.by(_public, NETWORK, *(f"{RULES}/*{end}" for end in ENDS)),
        administrator("server"),
        Backup.plans.items(
            _plans, NAME, SECONDARY, DAYS, REDUNDANCY, LOCATION, TDE, IMMUTABLE, MODE, *LONG_PATHS, *LINK_PATHS
        ),
        Lineage.origins.items(_from_links, NAME, SOURCE, *LINK_PATHS),
    ),
    unordered=(LINKS, RULES),
    without={LogStore: "a database is not a store of logs"},
)
TYPES = (SERVER, DATABASE)
