"""Dataproc Metastore (https://cloud.google.com/dataproc-metastore/docs/reference/rest/v1/projects.locations.services)."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.facts import (
    FOREVER,
    Backup,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    Plan,
    Reason,
    Tagging,
    Unknown,
    View,
    flag,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, at_rest, labels
from scanner.providers.gcp.iam import SHARED, TRUST
from scanner.providers.gcp.told import GOOGLES_API, HOME, NO_LOGS, inside, placed, point, schedule, seen

ENABLED = f"{DATA}/scheduledBackup/enabled"
CRON = Unknown(Reason.NOT_ASKED, "its times are written as a cron expression, which is not read")
OF_BUCKET = Unknown(Reason.NOT_ASKED, "the bucket that it goes to decides, and is a resource of its own")


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """Scheduled backups go to a bucket; they are off unless they are enabled. The others are assets of their own."""
    if view.at(ENABLED, flag, missing=False):
        yield schedule(OF_BUCKET, CRON, OF_BUCKET)


SERVICE = asset_type(
    "gcp.metastore.service",
    "metastore.googleapis.com/Service",
    Kind.DATA,
    (
        HOME,
        Location.copies.gap("where the bucket of its scheduled backups is, is told by that"),
        *at_rest(f"{DATA}/encryptionConfig/kmsKey"),
        EncryptionInTransit.plaintext.unseen("whether its endpoint takes plain Thrift is not told"),
        EncryptionInTransit.minimum_tls.unseen("the lowest TLS version of its endpoint is not told"),
        EncryptionInTransit.certificate_expires.unseen("when the certificate of its endpoint expires is not told"),
        Backup.plans.items(_plans, ENABLED),
        Lineage.origins.gap("what was imported into it is a resource of its own, and is not read"),
        Exposure.public.documented(
            False, "https://cloud.google.com/dataproc-metastore/docs/access-service: only from a VPC network"
        ),
        TRUST,
        labels(),
    ),
    NO_LOGS,
)


def _point(view: View) -> Iterator[Plan]:
    """A backup has no time to expire in the API: it is kept until somebody deletes it."""
    yield point(seen(lambda: view.at(NAME, placed)), FOREVER)


BACKUP = asset_type(
    "gcp.metastore.backup",
    "metastore.googleapis.com/Backup",
    Kind.DATA,
    (
        HOME,
        Location.copies.none("https://cloud.google.com/dataproc-metastore/docs/backup-restore: kept with its service"),
        *at_rest(f"{DATA}/serviceRevision/encryptionConfig/kmsKey"),
        Backup.plans.items(_point, NAME),
        Lineage.origins.one(NAME, inside("backups")),
        *SHARED,
        Tagging.tags.documented({}, "Backup of the Dataproc Metastore API v1 has no labels of its own"),
    ),
    {**GOOGLES_API, **NO_LOGS},
    points_of=("gcp.metastore.service",),
)
TYPES = (SERVICE, BACKUP)
