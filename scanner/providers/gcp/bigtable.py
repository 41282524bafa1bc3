"""Bigtable (https://cloud.google.com/bigtable/docs/reference/admin/rest/v2/projects.instances).

An instance has clusters, each of which holds all of the data in one zone; tables and keys are told apart from them.
The assets of bigtableadmin.googleapis.com are named "//bigtable.googleapis.com/projects/P/instances/I...".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.facts import (
    Backup,
    Duration,
    EncryptionAtRest,
    Kind,
    Lineage,
    Location,
    LogStore,
    Origin,
    Plan,
    Reason,
    Tagging,
    Unknown,
    View,
    always,
    flag,
    texts,
)
from scanner.providers.gcp.assets import DATA, asset_type, at_rest, labels
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import (
    GOOGLES_API,
    INVENTORY,
    at_rest_by_type,
    between,
    lasting,
    listed_region,
    located,
    origin_in,
    origins,
    point,
    schedule,
    seen,
)

PLACE = f"{DATA}/location"
OWN, EFFECTIVE = f"{DATA}/automatedBackupPolicy", f"{DATA}/effectiveAutomatedBackupPolicy"
FIELDS = ("disabled", "retentionPeriod", "frequency", "locations")
POLICY = tuple(f"{policy}/{name}" for policy in (OWN, EFFECTIVE) for name in FIELDS)
RESTORED = f"{DATA}/restoreInfo/backupInfo/sourceTable"
STARTED, EXPIRES = f"{DATA}/startTime", f"{DATA}/expireTime"
WITHOUT = {**GOOGLES_API, LogStore: "not a store of logs"}
IN_CLUSTERS = "its clusters hold the data, and are resources of their own"
IN_TABLES = "its tables hold the data, and are resources of their own"
OF_TABLES = "backups are made of tables, which are resources of their own"
CLUSTERS = "https://cloud.google.com/bigtable/docs/replication-overview: copies are the other clusters, each a resource"
UNTAGGED = Tagging.tags.documented({}, "only instances have labels in the Cloud Bigtable Admin API v2")

INSTANCE = asset_type(
    "gcp.bigtable.instance",
    "bigtableadmin.googleapis.com/Instance",
    Kind.DATA,
    (*SHARED, labels()),
    {
        **WITHOUT,
        Location: IN_CLUSTERS,
        EncryptionAtRest: IN_CLUSTERS,
        Backup: OF_TABLES,
        Lineage: IN_TABLES,
    },
)

CLUSTER = asset_type(
    "gcp.bigtable.cluster",
    "bigtableadmin.googleapis.com/Cluster",
    Kind.DATA,
    (
        Location.homes.one(PLACE, located),
        Location.copies.none(CLUSTERS),
        *at_rest(f"{DATA}/encryptionConfig/kmsKeyName"),
        *SHARED,
        UNTAGGED,
    ),
    {**WITHOUT, Backup: OF_TABLES, Lineage: IN_TABLES},
)


def _plans(view: View) -> Iterator[Plan]:
    """The policy in effect, where it is told, or else the table's own, without which there are no automated backups
    but those of Google's default. 24 hours is the only frequency, also where none is told.
    """
    policy = EFFECTIVE if view.at(EFFECTIVE, always(True), missing=False) else OWN
    if view.at(f"{policy}/disabled", flag, missing=False):
        return
    kept = view.at(f"{policy}/retentionPeriod", lasting)
    every = view.at(f"{policy}/frequency", lasting, missing=Duration.of(1))
    zones = view.at(f"{policy}/locations", texts, missing=())
    everywhere = Unknown(Reason.NOT_ASKED, "backups are made in all clusters of its instance; not joined")
    yield schedule(kept, every, tuple(dict.fromkeys(map(located, zones))) or everywhere)


def _restored(view: View) -> Iterator[Origin | Unknown]:
    yield from origins(view, "bigtable", RESTORED)
    yield Unknown(Reason.NOT_ASKED, "what was imported into a table is not recorded on it")


TABLE = asset_type(
    "gcp.bigtable.table",
    "bigtableadmin.googleapis.com/Table",
    Kind.DATA,
    (
        Backup.plans.items(_plans, *POLICY),
        Lineage.origins.items(_restored, RESTORED),
        *SHARED,
        UNTAGGED,
    ),
    {
        **WITHOUT,
        Location: "it lies in the clusters of its instance, which are resources of their own",
        EncryptionAtRest: "the clusters of its instance tell the key, and are resources of their own",
    },
)


def _point(view: View) -> Iterator[Plan]:
    yield point(seen(lambda: listed_region(view)), seen(lambda: between(view, STARTED, EXPIRES)))


BACKUP = asset_type(
    "gcp.bigtable.backup",
    "bigtableadmin.googleapis.com/Backup",
    Kind.DATA,
    (
        Location.homes.items(lambda view: (listed_region(view),), INVENTORY),
        Location.copies.none("https://cloud.google.com/bigtable/docs/backups: a backup lies in one cluster"),
        *at_rest_by_type(f"{DATA}/encryptionInfo/encryptionType", f"{DATA}/encryptionInfo/kmsKeyVersion"),
        Backup.plans.items(_point, STARTED, EXPIRES, INVENTORY),
        Lineage.origins.one(f"{DATA}/sourceTable", origin_in("bigtable")),
        *SHARED,
        UNTAGGED,
    ),
    WITHOUT,
    points_of=("gcp.bigtable.table",),
)
TYPES = (INSTANCE, CLUSTER, TABLE, BACKUP)
