"""Amazon Timestream for InfluxDB: instances, clusters and their backups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    JSON,
    Answer,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionInTransit,
    Exposure,
    Facet,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Plan,
    PlanKind,
    Reason,
    RecoveryPoint,
    Source,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    flag,
    pairs,
    text,
    texts,
    whole,
)
from scanner.places import aws
from scanner.providers.aws import keys, security_groups, subnets
from scanner.providers.aws.common import arn_here, arn_home, origin, part, recovery_point
from scanner.providers.aws.rds import moment

GUIDE = "docs.aws.amazon.com/timestream/latest/developerguide/"
# All lies on volumes of EBS (influxdb2-cmk-encryption.html), which encrypts by AES-256.
ENCRYPTED = GUIDE + "influxdb2-cmk-encryption.html"
BUCKET = Unknown(Reason.NOT_ASKED, "log delivery names the bucket, not its region")
UNREAD = Unknown(Reason.UNDECIDED, "its schedule is an expression that is not read")
ENDLESS = Unknown(Reason.UNDECIDED, "no end is told, and whether it is then kept for ever is not documented")
RESTORED = "Timestream for InfluxDB does not tell from which backup it was restored"
# Continuous backups may lack the last 15 minutes (influxdb3-customer-managed-backup-restore.html of the guide).
EVERY: dict[object, Duration | Unknown] = {
    "HOURLY": Duration.of(1, "hour"),
    "DAILY": Duration.of(1),
    "WEEKLY": Duration.of(7),
    "MONTHLY": Duration.of(31),
    "CUSTOM_SCHEDULE": UNREAD,
    "CONTINUOUS": Duration.of(15, "minute"),
}
FIELDS = tuple(f"dbBackupConfigurations/*/{each}" for each in ("type", "retentionDays", "enabled"))
LOGS = ("logDeliveryConfiguration/s3Configuration/enabled", "logDeliveryConfiguration/s3Configuration/bucketName")
REACHED = ("publiclyAccessible", "vpcSecurityGroupIds")
# Whether a backup is there, or still comes about.
KEPT: dict[object, bool] = {
    "IN_PROGRESS": True,
    "COMPLETED": True,
    "FAILED": False,
    "DELETING": True,
    "DELETED": False,
}
SOURCES: dict[object, str] = {
    "SINGLE_AZ": "db-instance",
    "WITH_MULTIAZ_STANDBY": "db-instance",
    "MULTI_NODE_READ_REPLICAS": "db-cluster",
}
MADE_OF = ("item:/dbResourceId", "item:/deploymentType")
TAGS = Call(
    "timestream-influxdb:ListTagsForResource",
    "timestream-influxdb.list_tags_for_resource",
    take={"resourceArn": "/arn"},
)
WITHOUT: Mapping[type[Facet], str] = {
    LogStore: "not a log store",
    Trust: "its users are its own; it has no policies of resources",
}
IN_TRANSIT: tuple[Answer, ...] = (
    EncryptionInTransit.plaintext.documented(value=False, basis=GUIDE + "EncryptionInTransit-for-influx-db.html"),
    EncryptionInTransit.minimum_tls.documented(Tls.V1_2, GUIDE + "EncryptionInTransit-for-influx-db.html"),
    EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
)


def _copies(view: View) -> Iterable[Copy]:
    at = "db:/logDeliveryConfiguration/s3Configuration"
    if view.at(f"{at}/enabled", flag, missing=False):
        bucket = view.at(f"{at}/bucketName", text)
        yield Copy(CopyKind.LOG_SINK, BUCKET, f"arn:{view.where.partition}:s3:::{bucket}")


def _plans(view: View) -> Iterable[Plan]:
    for each in view.each("db:/dbBackupConfigurations"):
        if each.at("/enabled", flag):
            form = each.at("/type", text)
            kind = PlanKind.CONTINUOUS if form == "CONTINUOUS" else PlanKind.SNAPSHOT
            days = Duration.of(each.at("/retentionDays", whole))
            yield Plan(kind, days, each.at("/type", EVERY), (aws(view.where.region),), encrypted=True, immutable=False)


def _public(view: View) -> bool:
    if not view.at("db:/publiclyAccessible", flag):
        return False
    return security_groups.reached(view, view.at("db:/vpcSecurityGroupIds", texts))


def _both(homes: Answer) -> tuple[Answer, ...]:
    """What instances and clusters answer alike, by the ask `db`."""
    return (
        homes,
        Location.copies.items(_copies, *(f"db:/{each}" for each in LOGS)),
        *keys.always(ENCRYPTED),
        *keys.held("db:/kmsKeyId", keys.OWNED),
        *IN_TRANSIT,
        Backup.plans.items(_plans, *(f"db:/{each}" for each in FIELDS)),
        Lineage.origins.gap(RESTORED),
        Exposure.public.by(_public, *(f"db:/{each}" for each in REACHED), *security_groups.PATHS),
        Tagging.tags.at("tags:/tags", pairs, missing={}),
    )


def _asks(db: Call) -> dict[str, Call]:
    return {
        "db": db,
        "key": keys.ask("/kmsKeyId", follows="db"),
        "groups": security_groups.ask("/vpcSecurityGroupIds", follows="db"),
        "tags": TAGS,
    }


def _zones(view: View) -> Iterable[str]:
    zones = (view.at("db:/availabilityZone", text), view.at("db:/secondaryAvailabilityZone", text, missing=None))
    yield from sorted({aws(zone) for zone in zones if zone})


def _subnets(view: View) -> Iterable[str]:
    yield from subnets.places(view, view.at("db:/vpcSubnetIds", texts))


def _retention(view: View) -> Duration | Unknown:
    end = view.at("item:/expiresAfter", _day, missing=None)
    return ENDLESS if end is None else Duration.of((end - view.at("item:/createdAt", moment).date()).days)


def _day(value: JSON) -> date:
    return datetime.fromisoformat(text(value)).date()


def _backup_plans(view: View) -> Iterable[Plan]:
    if view.at("item:/status", KEPT):
        yield recovery_point(part(lambda: _retention(view)), view.at("item:/arn", arn_home), encrypted=True)


def _source(view: View) -> str:
    kind, name = view.at("item:/deploymentType", SOURCES), view.at("item:/dbResourceId", text)
    if name.startswith("arn:"):
        raise NotKnown(Unknown(Reason.SHAPE, "what it is a backup of is named in an unforeseen form"))
    return arn_here(view, "timestream-influxdb", f"{kind}/{name}")


INSTANCE = ResourceType(
    "aws.influxdb.instance",
    "AWS::Timestream::InfluxDBInstance",
    Kind.DATA,
    each=Call("timestream-influxdb:ListDbInstances", "timestream-influxdb.list_db_instances", items="/items"),
    id="{/arn}",
    label="/name",
    ask=_asks(
        Call("timestream-influxdb:GetDbInstance", "timestream-influxdb.get_db_instance", take={"identifier": "/id"})
    ),
    facts=_both(Location.homes.items(_zones, "db:/availabilityZone", "db:/secondaryAvailabilityZone")),
    without=WITHOUT,
)

CLUSTER = ResourceType(
    "aws.influxdb.cluster",
    "AWS::Timestream::InfluxDBCluster",
    Kind.DATA,
    each=Call("timestream-influxdb:ListDbClusters", "timestream-influxdb.list_db_clusters", items="/items"),
    id="{/arn}",
    label="/name",
    ask={
        **_asks(
            Call("timestream-influxdb:GetDbCluster", "timestream-influxdb.get_db_cluster", take={"dbClusterId": "/id"})
        ),
        "subnets": subnets.ASK,
    },
    facts=_both(Location.homes.items(_subnets, "db:/vpcSubnetIds", *subnets.PATHS)),
    without=WITHOUT,
)

BACKUP = ResourceType(
    "aws.influxdb.backup",
    "AWS::Timestream::InfluxDBBackup",
    Kind.DATA,
    each=Call("timestream-influxdb:ListDbBackups", "timestream-influxdb.list_db_backups", items="/items"),
    id="{/arn}",
    label="/name",
    ask={"key": keys.ask("/kmsKeyId"), "tags": TAGS},
    facts=(
        Location.homes.one("item:/arn", arn_home),
        Location.copies.none("a backup is restored in its own region and account"),
        *keys.always(ENCRYPTED),
        *keys.held("item:/kmsKeyId", keys.OWNED),
        Backup.plans.items(_backup_plans, "item:/status", "item:/expiresAfter", "item:/createdAt", "item:/arn"),
        RecoveryPoint.sources.items(lambda view: (Source(_source(view)),), *MADE_OF),
        Lineage.origins.items(lambda view: (origin(_source(view)),), *MADE_OF),
        Exposure.public.documented(value=False, basis=GUIDE + "influxdb3-customer-managed-backup-restore.html"),
        Tagging.tags.at("tags:/tags", pairs, missing={}),
    ),
    without={**WITHOUT, EncryptionInTransit: "a backup takes no connections"},
    points_of=("aws.influxdb.instance", "aws.influxdb.cluster"),
)

TYPES = (INSTANCE, CLUSTER, BACKUP)
