"""AlloyDB (https://cloud.google.com/alloydb/docs/reference/rest/v1/projects.locations.clusters)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.facts import (
    JSON,
    UNRESOLVED,
    Backup,
    Copy,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Unknown,
    View,
    always,
    flag,
    text,
    texts,
    whole,
)
from scanner.providers.gcp.assets import BY_PLAN, DATA, NAME, SERVER_PATHS, appliances, asset_type, at_rest, labels
from scanner.providers.gcp.iam import SHARED, TRUST
from scanner.providers.gcp.told import (
    HOME,
    NO_LOGS,
    WEEK,
    asset_name,
    between,
    copy_in,
    lasting,
    located,
    longest,
    network,
    open_to_all,
    origin_in,
    placed,
    point,
    schedule,
    seen,
)

ROLE, REPLICAS = f"{DATA}/clusterType", f"{DATA}/primaryConfig/secondaryClusterNames"
POLICY, CONTINUOUS = f"{DATA}/automatedBackupPolicy", f"{DATA}/continuousBackupConfig"
ENABLED, DAYS_OF_WEEK = f"{POLICY}/enabled", f"{POLICY}/weeklySchedule/daysOfWeek"
TIME, COUNT = f"{POLICY}/timeBasedRetention/retentionPeriod", f"{POLICY}/quantityBasedRetention/count"
RECOVERS, WINDOW = f"{CONTINUOUS}/enabled", f"{CONTINUOUS}/recoveryWindowDays"
BACKED_UP_TO = f"{POLICY}/location"
PLAN_PATHS = (NAME, BACKED_UP_TO, ROLE, ENABLED, DAYS_OF_WEEK, TIME, COUNT, RECOVERS, WINDOW)
PRIMARY, RESTORED = f"{DATA}/secondaryConfig/primaryClusterName", f"{DATA}/backupSource/backupName"
VAULTED = f"{DATA}/backupdrBackupSource/backup"
OTHERS = tuple(f"{DATA}/{name}" for name in ("cloudsqlBackupRunSource", "migrationSource"))
MADE, EXPIRES = f"{DATA}/createTime", f"{DATA}/expiryTime"
IN_CLUSTER = "its cluster holds the data, and is a resource of its own"
AT_INSTANCES = "clients connect to its instances, which are resources of their own"

ROLES: Mapping[object, bool] = {"PRIMARY": True, "SECONDARY": False}


def _copies(view: View) -> Iterator[Copy]:
    """Secondary clusters, in other regions. Backups are assets of their own."""
    yield from (each.at("", copy_in("alloydb")) for each in view.each(REPLICAS, missing=True))


def _plans(view: View) -> Iterator[Plan | Unknown]:
    yield from appliances(view)
    where = seen(lambda: (view.at(NAME, placed),))
    yield from _automated(view, seen(lambda: (view.at(BACKED_UP_TO, _told, missing="") or view.at(NAME, placed),)))
    if view.at(RECOVERS, flag):
        yield Plan(
            PlanKind.CONTINUOUS,
            retention=Duration.of(view.at(WINDOW, whole, missing=14)),
            every=Duration.of(1, "second"),
            places=where,
            encrypted=True,
            immutable=False,
        )


def _automated(view: View, where: tuple[str, ...] | Unknown) -> Iterator[Plan]:
    """A primary without a policy has the default one: daily, kept for 14 days. A policy that is told is enabled unless
    it says otherwise. Backups lie where it says, by default in the region of the cluster.
    """
    if not view.at(POLICY, always(True), missing=False):
        if not view.at(ROLE, ROLES):
            raise NotKnown(Unknown(Reason.UNDECIDED, "a secondary tells no policy; its primary may have one"))
        yield schedule(Duration.of(14), Duration.of(1), where)
    elif view.at(ENABLED, flag, missing=True):
        yield schedule(_kept(view), _every(view), where)


def _told(value: JSON) -> str:
    """A place; an empty one stands for that of the cluster."""
    return "" if value == "" else located(value)


def _kept(view: View) -> Duration | Unknown:
    if view.at(COUNT, whole, missing=0):
        return Unknown(Reason.UNDECIDED, "so many backups are kept, not for a time")
    return seen(lambda: view.at(TIME, lasting))


def _every(view: View) -> Duration | Unknown:
    """No day of the week stands for every day."""
    days = view.at(DAYS_OF_WEEK, texts, missing=())
    if not all(day in WEEK for day in days):
        return Unknown(Reason.SHAPE, "its schedule names a day that was not foreseen")
    return longest([WEEK[day] for day in days] or range(7))


def _origins(view: View) -> Iterator[Origin | Unknown]:
    for path, service in ((PRIMARY, "alloydb"), (RESTORED, "alloydb"), (VAULTED, "backupdr")):
        if told := view.at(path, text, missing=""):
            yield Origin(asset_name(service, told), UNRESOLVED)
    if any(view.at(path, always(True), missing=False) for path in OTHERS):
        yield Unknown(Reason.NOT_ASKED, "it was made from a backup of Cloud SQL or by a migration; not followed")
    yield Unknown(Reason.NOT_ASKED, "what was imported or recovered into a cluster is not recorded on it")


CLUSTER = asset_type(
    "gcp.alloydb.cluster",
    "alloydb.googleapis.com/Cluster",
    Kind.DATA,
    (
        HOME,
        Location.copies.items(_copies, REPLICAS),
        *at_rest(f"{DATA}/encryptionConfig/kmsKeyName"),
        Backup.plans.items(_plans, *PLAN_PATHS, *SERVER_PATHS),
        Lineage.origins.items(_origins, PRIMARY, RESTORED, VAULTED, *OTHERS),
        TRUST,
        labels(),
    ),
    {**NO_LOGS, EncryptionInTransit: AT_INSTANCES, Exposure: AT_INSTANCES},
    covered_by=BY_PLAN,
)

SSL = f"{DATA}/clientConnectionConfig/sslConfig/sslMode"
PUBLIC_IP, INVITED = f"{DATA}/networkConfig/enablePublicIp", f"{DATA}/networkConfig/authorizedExternalNetworks"
PLAINTEXT: Mapping[object, bool] = {
    "SSL_MODE_ALLOW": True,
    "ALLOW_UNENCRYPTED_AND_ENCRYPTED": True,
    "SSL_MODE_REQUIRE": False,
    "SSL_MODE_VERIFY_CA": False,
    "ENCRYPTED_ONLY": False,
    "SSL_MODE_UNSPECIFIED": False,
}
"""A mode that is not specified defaults to ENCRYPTED_ONLY; JSON leaves it out."""


def _public(view: View) -> bool:
    """As for Cloud SQL: a public address lets in those of the authorized networks only."""
    if not view.at(PUBLIC_IP, flag):
        return False
    return open_to_all([each.at("/cidrRange", network) for each in view.each(INVITED, missing=True)])


INSTANCE = asset_type(
    "gcp.alloydb.instance",
    "alloydb.googleapis.com/Instance",
    Kind.DATA,
    (
        HOME,
        Location.copies.none("https://cloud.google.com/alloydb/docs/overview: its nodes are in its region"),
        EncryptionInTransit.plaintext.at(SSL, PLAINTEXT, missing=False),
        EncryptionInTransit.minimum_tls.unseen("the lowest TLS version is the database engine's and is not told"),
        EncryptionInTransit.certificate_expires.unseen("its certificate is told by connectionInfo, which is not read"),
        Exposure.public.by(_public, PUBLIC_IP, f"{INVITED}/*/cidrRange"),
        TRUST,
        labels(),
    ),
    {**NO_LOGS, EncryptionAtRest: IN_CLUSTER, Backup: IN_CLUSTER, Lineage: IN_CLUSTER},
)


def _point(view: View) -> Iterator[Plan]:
    """The time of expiry is the retention of the policy added to the time of creation."""
    yield point(seen(lambda: view.at(NAME, placed)), seen(lambda: between(view, MADE, EXPIRES)))


BACKUP = asset_type(
    "gcp.alloydb.backup",
    "alloydb.googleapis.com/Backup",
    Kind.DATA,
    (
        HOME,
        Location.copies.none("https://cloud.google.com/alloydb/docs/backup/overview: a backup lies in one region"),
        *at_rest(f"{DATA}/encryptionConfig/kmsKeyName"),
        Backup.plans.items(_point, NAME, MADE, EXPIRES),
        Lineage.origins.one(f"{DATA}/clusterName", origin_in("alloydb")),
        *SHARED,
        labels(),
    ),
    {**NO_LOGS, EncryptionInTransit: "it has no endpoint; it is restored to a cluster"},
    points_of=("gcp.alloydb.cluster",),
)
TYPES = (CLUSTER, INSTANCE, BACKUP)
