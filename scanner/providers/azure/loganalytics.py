"""Log Analytics workspaces.

Documents relied upon: the models Workspace and Table of azure-mgmt-loganalytics, and on learn.microsoft.com/azure/
azure-monitor/logs: "Manage data retention in a Log Analytics workspace", "Azure Monitor customer-managed keys",
"Log Analytics data security", "Manage access to Log Analytics workspaces", "Workspace replication".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.collect.model import ResourceType
from scanner.facts import (
    JSON,
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
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    NotKnown,
    Reason,
    Trust,
    Unknown,
    View,
    flag,
    text,
    whole,
)
from scanner.providers.azure.graph import HOMES, ID, RESOURCES, TAGS, arm_id, child, home, only, seen
from scanner.providers.azure.parts import (
    BY_ROLES,
)

NATIVE, VERSION = "microsoft.operationalinsights/workspaces", "2025-07-01"
KEYS = "https://learn.microsoft.com/azure/azure-monitor/logs/customer-managed-keys"
SECURITY = "https://learn.microsoft.com/azure/azure-monitor/logs/data-security"
ACCESS = "https://learn.microsoft.com/azure/azure-monitor/logs/manage-access"

DAYS, PURGED = "item:/properties/retentionInDays", "item:/properties/features/immediatePurgeDataOn30Days"
CLUSTER = "item:/properties/features/clusterResourceId"
REPLICATED, REPLICA = "item:/properties/replication/enabled", "item:/properties/replication/location"
TABLES, EXPORTS = "tables:/value", "exports:/value"
EXPORT_PATHS = (f"{EXPORTS}/*/properties/enable", f"{EXPORTS}/*/properties/destination/resourceId")
TABLE_PARTS = ("retentionInDays", "totalRetentionInDays")


def _copies(view: View) -> Iterator[Copy | Unknown]:
    # Replication is off, and the reply silent about it, until somebody turns it on ("Workspace replication").
    if view.at(REPLICATED, flag, missing=False):
        yield Copy(CopyKind.REPLICA, seen(lambda: view.at(REPLICA, home)))
    for rule in view.each(EXPORTS):
        # "Active when enabled" (model DataExportProperties); one that does not say is taken for active.
        if seen(partial(rule.at, "/properties/enable", flag)) is not False:
            yield Copy(CopyKind.LOG_SINK, UNRESOLVED, rule.at("/properties/destination/resourceId", arm_id))


def _provider_key(view: View) -> None:
    # Customer keys exist only by a dedicated cluster ("Azure Monitor customer-managed keys").
    if view.at(CLUSTER, text, missing=""):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "the key of the workspace's dedicated cluster is not read"))


def _owner(view: View) -> KeyOwner:
    _provider_key(view)
    return KeyOwner.PROVIDER


def _key(view: View) -> str:
    _provider_key(view)
    return "provider"


def _retention(view: View) -> Iterator[Duration | Unknown]:
    """The workspace's retention, and the total retention of every table that differs from it.

    A workspace of 30 days may keep logs for 31 unless it purges at once ("Manage data retention").
    """
    kept = {Duration.of(view.at(DAYS, _days))}
    if Duration.of(30) in kept and not view.at(PURGED, flag, missing=False):
        kept.add(Duration.of(31))
    yield from sorted(kept)
    for table in view.each(TABLES):
        total = seen(partial(_total, table))
        if isinstance(total, Unknown):
            yield total
        elif total not in kept:
            kept.add(total)
            yield total


def _total(table: Node) -> Duration:
    # -1 stands for "as retentionInDays" (model TableProperties).
    days = table.at("/properties/totalRetentionInDays", lambda value: None if value == -1 else _days(value))
    return Duration.of(table.at("/properties/retentionInDays", _days) if days is None else days)


def _days(value: JSON) -> int:
    days = whole(value)
    if days < 0:
        raise ValueError("not a number of days")
    return days


WORKSPACE = ResourceType(
    "azure.loganalytics.workspace",
    native=NATIVE,
    kind=Kind.DATA,
    each=RESOURCES,
    only=only(NATIVE),
    id=ID,
    label="/name",
    region="/location",
    ask={
        "exports": child(
            "Microsoft.OperationalInsights/workspaces/dataExports/read", "dataExports", VERSION, items="/value"
        ),
        "tables": child("Microsoft.OperationalInsights/workspaces/tables/read", "tables", VERSION, items="/value"),
    },
    facts=(
        TAGS,
        HOMES,
        Location.copies.items(_copies, REPLICATED, REPLICA, *EXPORT_PATHS),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, KEYS),
        EncryptionAtRest.algorithms.documented(frozenset({"AES-256"}), KEYS),
        EncryptionAtRest.owner.by(_owner, CLUSTER),
        EncryptionAtRest.key.by(_key, CLUSTER),
        EncryptionInTransit.plaintext.documented(False, SECURITY),
        EncryptionInTransit.minimum_tls.unseen("no setting of a workspace tells the lowest TLS version"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is Microsoft's own"),
        # Every query needs an Entra identity, and every upload a key or an identity.
        Exposure.public.documented(False, ACCESS),
        LogStore.retention.items(_retention, DAYS, PURGED, *(f"{TABLES}/*/properties/{part}" for part in TABLE_PARTS)),
        LogStore.access_recorded.unseen("the diagnostic settings of the workspace are not read"),
    ),
    without={
        Backup: "Azure makes no backups of a workspace; how long logs are kept is its retention",
        Lineage: "a workspace is filled by the sources that send to it, never copied or restored from another",
        Trust: BY_ROLES,
    },
    unordered=(TABLES, EXPORTS),
)
TYPES = (WORKSPACE,)
