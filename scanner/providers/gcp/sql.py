"""Cloud SQL (https://cloud.google.com/sql/docs/mysql/admin-api/rest/v1/instances).

The assets of sqladmin.googleapis.com/Instance are named "//cloudsql.googleapis.com/projects/P/instances/I".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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
    Inapplicable,
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
    Unknown,
    View,
    flag,
    text,
    texts,
    whole,
)
from scanner.places import gcp
from scanner.providers.gcp.assets import AES_256, BY_PLAN, DATA, PROJECT, asset_type, key_name, labels, moment, owner
from scanner.providers.gcp.iam import TRUST
from scanner.providers.gcp.told import network, open_to_all

TYPE, REGION, ZONE = f"{DATA}/instanceType", f"{DATA}/region", f"{DATA}/gceZone"
KMS = f"{DATA}/diskEncryptionConfiguration/kmsKeyName"
ENGINE, EDITION = f"{DATA}/databaseVersion", f"{DATA}/settings/edition"
PRIMARY, REPLICAS = f"{DATA}/masterInstanceName", f"{DATA}/replicaNames"
IP = f"{DATA}/settings/ipConfiguration"
PUBLIC_IP, INVITED = f"{IP}/ipv4Enabled", f"{IP}/authorizedNetworks/*/value"
SSL_MODE, REQUIRE_SSL = f"{IP}/sslMode", f"{IP}/requireSsl"
BACKUPS = f"{DATA}/settings/backupConfiguration"
ENABLED, TIER, WHERE = f"{BACKUPS}/enabled", f"{BACKUPS}/backupTier", f"{BACKUPS}/location"
COUNT, UNIT = (f"{BACKUPS}/backupRetentionSettings/{name}" for name in ("retainedBackups", "retentionUnit"))
RECOVERY, BINARY_LOG = f"{BACKUPS}/pointInTimeRecoveryEnabled", f"{BACKUPS}/binaryLogEnabled"
LOG_DAYS, LOGS = f"{BACKUPS}/transactionLogRetentionDays", f"{BACKUPS}/transactionalLogStorageState"
BACKUP_PATHS = (TYPE, TIER, ENABLED, WHERE)
PLAN_PATHS = (*BACKUP_PATHS, COUNT, UNIT, ENGINE, EDITION, RECOVERY, BINARY_LOG, LOG_DAYS, LOGS, REGION)

PRIMARIES: Mapping[object, bool] = {
    "CLOUD_SQL_INSTANCE": True,
    "GREEN_INSTANCE": True,
    "READ_REPLICA_INSTANCE": False,
    "READ_POOL_INSTANCE": False,
}
UNITS: Mapping[object, bool] = {"COUNT": True, "RETENTION_UNIT_UNSPECIFIED": True}
TIERS: Mapping[object, bool] = {"STANDARD": True, "ENHANCED": False, "ADVANCED": False}
"""Whether Cloud SQL itself manages the backups, or the Backup and DR service."""
PLAINTEXT: Mapping[object, bool | None] = {
    "ALLOW_UNENCRYPTED_AND_ENCRYPTED": True,
    "ENCRYPTED_ONLY": False,
    "TRUSTED_CLIENT_CERTIFICATE_REQUIRED": False,
    "SSL_MODE_UNSPECIFIED": None,
}
LOG_DEFAULTS: Mapping[object, Duration] = {"ENTERPRISE": Duration.of(7), "ENTERPRISE_PLUS": Duration.of(14)}
# Logs in Cloud Storage are uploaded every 5 minutes or more often, and lie in the region of the primary as disks do:
# https://cloud.google.com/sql/docs/postgres/backup-recovery/pitr
UPLOADED = dict.fromkeys(("CLOUD_STORAGE", "SWITCHED_TO_CLOUD_STORAGE"), Duration.of(5, "minute"))
ENHANCED = Unknown(
    Reason.NOT_ASKED,
    "its backups lie in a vault of the Backup and DR service; each of them, which is an asset, tells where",
)
INTERVAL = Unknown(Reason.UNDECIDED, "how often logs leave the instance's disk is not told")
DEFAULT_PLACE = Unknown(
    Reason.UNDECIDED,
    "no location is set: backups lie in the multi-region closest to the instance, not in its region",
)
ELSEWHERE = Unknown(Reason.UNDECIDED, "it stands for a server on the customer's premises")


def _is_primary(view: View) -> bool:
    """Whether it is a primary of Cloud SQL rather than a replica. Raises NotKnown for a server elsewhere."""
    if view.at(TYPE, text) == "ON_PREMISES_INSTANCE":
        raise NotKnown(ELSEWHERE)
    return view.at(TYPE, PRIMARIES)


def _homes(view: View) -> Iterator[str]:
    _is_primary(view)
    zone = view.at(ZONE, text, missing="")
    yield from dict.fromkeys(gcp(each) for each in (view.at(REGION, text), zone) if each)


def _instance(view: View, told: str) -> str:
    """The asset name of an instance that is told as "name" or "project:name"."""
    project, _, name = told.rpartition(":")
    project = f"projects/{project}" if project else view.at(PROJECT, text)
    return f"//cloudsql.googleapis.com/{project}/instances/{name}"


def _copies(view: View) -> Iterator[Copy | Unknown]:
    nowhere = Unknown(Reason.NOT_ASKED, "the instance names its replica, not where that is")
    for name in view.at(REPLICAS, texts, missing=()):
        yield Copy(CopyKind.REPLICA, nowhere, _instance(view, name))
    if _is_primary(view):
        if not view.at(TIER, TIERS):
            yield ENHANCED
        elif view.at(ENABLED, flag):
            yield Copy(CopyKind.BACKUP, _backup_place(view))


def _backup_place(view: View) -> str | Unknown:
    location = view.at(WHERE, _maybe, missing="")
    return gcp(location) if location else DEFAULT_PLACE


def _maybe(value: JSON) -> str:
    return text(value) if value else ""


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """https://cloud.google.com/sql/docs/mysql/backup-recovery/backup-options: an instance has one option at a time.
    What the Backup and DR service does is told by what associates the instance with a plan of it.
    Backups on demand are assets of their own. So is a final backup (`finalBackupConfig`), which is made only when the
    instance is deleted: for how long that would be kept is no plan for a living one.
    """
    if not _is_primary(view):
        raise NotApplicable(Inapplicable("a replica has no backups of its own; those of its primary count"))
    if not view.at(TIER, TIERS):
        return
    if view.at(ENABLED, flag):
        yield _daily(view)
    switch = BINARY_LOG if view.at(ENGINE, text).startswith("MYSQL_") else RECOVERY
    if view.at(switch, flag):
        yield _continuous(view)


def _daily(view: View) -> Plan:
    """Automated backups. The unit is always a count (one that is not given is treated as such), and is days only
    because the schedule is daily. By default 7 are kept (https://cloud.google.com/sql/docs/sqlserver/backup-recovery/backups).
    """
    view.at(UNIT, UNITS, missing=True)
    place = _backup_place(view)
    return Plan(
        PlanKind.SNAPSHOT,
        retention=Duration.of(view.at(COUNT, whole, missing=7)),
        every=Duration.of(1),
        places=place if isinstance(place, Unknown) else (place,),
        encrypted=True,
        immutable=False,
    )


def _continuous(view: View) -> Plan:
    """Logs for recovery to a point in time. Days that are not given: 7, or 14 in the Enterprise Plus edition
    (https://cloud.google.com/sql/docs/sqlserver/backup-recovery/pitr).
    """
    days = view.at(LOG_DAYS, whole, missing=0)
    state = view.at(LOGS, text)
    return Plan(
        PlanKind.CONTINUOUS,
        retention=Duration.of(days) if days else view.at(EDITION, LOG_DEFAULTS),
        every=UPLOADED.get(state, INTERVAL),
        places=(gcp(view.at(REGION, text)),),
        encrypted=True,
        immutable=False,
    )


def _state(view: View) -> AtRest:
    _is_primary(view)
    return AtRest.ENCRYPTED


def _algorithms(view: View) -> frozenset[str]:
    _is_primary(view)
    return AES_256


def _key(view: View) -> str:
    _is_primary(view)
    return key_name(view, KMS)


def _plaintext(view: View) -> bool:
    """`sslMode` has priority over `requireSsl`, which counts only where the mode is not given."""
    mode = view.at(SSL_MODE, PLAINTEXT, missing=None)
    return not view.at(REQUIRE_SSL, flag) if mode is None else mode


def _public(view: View) -> bool:
    """Without a public address nobody outside reaches it; with one, the authorized networks do, and nobody else
    without a right in IAM (https://cloud.google.com/sql/docs/mysql/authorize-networks).
    """
    if not view.at(PUBLIC_IP, flag):
        return False
    invited = view.each(f"{IP}/authorizedNetworks", missing=True)
    return open_to_all([each.at("/value", network) for each in invited])


def _origins(view: View) -> Iterator[Origin | Unknown]:
    if primary := view.at(PRIMARY, text, missing=""):
        yield Origin(_instance(view, primary), UNRESOLVED)
    yield Unknown(Reason.NOT_ASKED, "an instance does not tell what it was cloned, restored or imported from")


INSTANCE = asset_type(
    "gcp.sql.instance",
    "sqladmin.googleapis.com/Instance",
    Kind.DATA,
    (
        Location.homes.items(_homes, TYPE, REGION, ZONE),
        Location.copies.items(_copies, PROJECT, REPLICAS, *BACKUP_PATHS),
        # ENCRYPTION of `assets` covers what Google runs, so not a server elsewhere.
        EncryptionAtRest.state.by(_state, TYPE),
        EncryptionAtRest.algorithms.by(_algorithms, TYPE),
        EncryptionAtRest.owner.by(lambda view: owner(_key(view)), TYPE, KMS),
        EncryptionAtRest.key.by(_key, TYPE, KMS),
        EncryptionInTransit.plaintext.by(_plaintext, SSL_MODE, REQUIRE_SSL),
        EncryptionInTransit.minimum_tls.unseen("the lowest TLS version is the database engine's and is not told"),
        EncryptionInTransit.certificate_expires.at(f"{DATA}/serverCaCert/expirationTime", moment),
        Backup.plans.items(_plans, *PLAN_PATHS),
        Lineage.origins.items(_origins, PROJECT, PRIMARY),
        Exposure.public.by(_public, PUBLIC_IP, INVITED),
        TRUST,
        labels(f"{DATA}/settings/userLabels"),
    ),
    without={LogStore: "not a store of logs"},
    covered_by=BY_PLAN,
)
