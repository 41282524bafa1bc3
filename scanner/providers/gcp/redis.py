"""Memorystore for Redis (https://cloud.google.com/memorystore/docs/redis/reference/rest/v1/projects.locations.instances)
and for Redis Cluster (https://cloud.google.com/memorystore/docs/cluster/reference/rest/v1/projects.locations.clusters).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from scanner.facts import (
    Answer,
    Backup,
    Copy,
    Duration,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Origin,
    Plan,
    Reason,
    Tls,
    Unknown,
    View,
    text,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, at_rest, labels, moment
from scanner.providers.gcp.iam import TRUST
from scanner.providers.gcp.told import (
    HOME,
    NO_LOGS,
    copy_in,
    in_buckets,
    lasting,
    not_for,
    origins,
    placed,
    schedule,
    seen,
)

MODE, CERTIFICATES = f"{DATA}/transitEncryptionMode", f"{DATA}/serverCaCerts"
CONFIG = f"{DATA}/automatedBackupConfig"
AUTOMATED, KEPT = f"{CONFIG}/automatedBackupMode", f"{CONFIG}/retention"
MEMBERS = f"{DATA}/crossClusterReplicationConfig/membership"
PRIMARY, OTHERS = f"{MEMBERS}/primaryCluster/cluster", f"{MEMBERS}/secondaryClusters"
BACKUP, FILES = f"{DATA}/managedBackupSource/backup", f"{DATA}/gcsSource/uris"
PRIVATE = "https://cloud.google.com/memorystore/docs/redis/networking: it has only addresses inside a VPC network"
PLAINTEXT: Mapping[object, bool] = {
    "SERVER_AUTHENTICATION": False,
    "DISABLED": True,
    "TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION": False,
    "TRANSIT_ENCRYPTION_MODE_DISABLED": True,
    "TRANSIT_ENCRYPTION_MODE_UNSPECIFIED": True,
}
"""Where no mode is provided, TLS is disabled."""
SWITCHES: Mapping[object, bool] = {"ENABLED": True, "DISABLED": False}


def _lowest(view: View) -> Tls:
    """https://cloud.google.com/memorystore/docs/redis/about-in-transit-encryption and its twin for clusters: TLS 1.2 or
    higher where it is enabled.
    """
    return Tls.NONE if view.at(MODE, PLAINTEXT, missing=True) else Tls.V1_2


def _expires(view: View) -> datetime:
    """The first of its certificate authorities to expire. While they are rotated there are two."""
    if view.at(MODE, PLAINTEXT, missing=True):
        raise not_for("TLS is disabled")
    times = [each.at("/expireTime", moment) for each in view.each(CERTIFICATES)]
    if not times:
        raise NotKnown(Unknown(Reason.SHAPE, "it tells no certificate"))
    return min(times)


TRANSIT: tuple[Answer, ...] = (
    EncryptionInTransit.plaintext.at(MODE, PLAINTEXT, missing=True),
    EncryptionInTransit.minimum_tls.by(_lowest, MODE),
    Exposure.public.documented(False, PRIVATE),
    TRUST,
)

INSTANCE = asset_type(
    "gcp.redis.instance",
    "redis.googleapis.com/Instance",
    Kind.DATA,
    (
        HOME,
        Location.copies.none(
            "https://cloud.google.com/memorystore/docs/redis/high-availability: they share its region"
        ),
        *at_rest(f"{DATA}/customerManagedKey"),
        *TRANSIT,
        EncryptionInTransit.certificate_expires.by(_expires, MODE, f"{CERTIFICATES}/*/expireTime"),
        Backup.plans.gap("exports to buckets, the only backups there are, are not told by an instance"),
        Lineage.origins.gap("what was imported into it is not recorded on an instance"),
        labels(),
    ),
    NO_LOGS,
)


def _copies(view: View) -> Iterator[Copy]:
    """Clusters that replicate this one, as any member tells. Backups are resources of the cluster's region."""
    own = view.at(NAME, text)
    copies = (each.at("/cluster", copy_in("redis")) for each in view.each(OTHERS, missing=True))
    yield from (copy for copy in copies if copy.ref != own)


def _plans(view: View) -> Iterator[Plan]:
    """https://cloud.google.com/memorystore/docs/cluster/backups: automated backups are daily, in its region."""
    if view.at(AUTOMATED, SWITCHES):
        kept = view.at(KEPT, lasting, missing=Duration.of(35))
        yield schedule(kept, Duration.of(1), seen(lambda: (view.at(NAME, placed),)))


def _origins(view: View) -> Iterator[Origin | Unknown]:
    own = view.at(NAME, text)
    yield from (each for each in origins(view, "redis", PRIMARY, BACKUP) if each.ref != own)
    yield from view.at(FILES, in_buckets, missing=())
    yield Unknown(Reason.NOT_ASKED, "what else was written into it is not recorded on a cluster")


CLUSTER = asset_type(
    "gcp.redis.cluster",
    "redis.googleapis.com/Cluster",
    Kind.DATA,
    (
        HOME,
        Location.copies.items(_copies, NAME, f"{OTHERS}/*/cluster"),
        *at_rest(f"{DATA}/kmsKey"),
        *TRANSIT,
        EncryptionInTransit.certificate_expires.unseen("its certificate authorities are told by another call"),
        Backup.plans.items(_plans, NAME, AUTOMATED, KEPT),
        Lineage.origins.items(_origins, NAME, PRIMARY, BACKUP, FILES),
        labels(),
    ),
    NO_LOGS,
)
TYPES = (INSTANCE, CLUSTER)
