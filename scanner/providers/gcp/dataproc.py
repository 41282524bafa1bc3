"""Dataproc (https://cloud.google.com/dataproc/docs/reference/rest/v1/projects.regions.clusters) and Cloud Composer
(https://cloud.google.com/composer/docs/reference/rest/v1/projects.locations.environments): computation on machines that
are made for the customer, with buckets beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Plan,
    Reason,
    Unknown,
    View,
    always,
    flag,
    text,
)
from scanner.providers.gcp.assets import DATA, asset_type, at_rest, key_name, labels, owner
from scanner.providers.gcp.iam import TRUST
from scanner.providers.gcp.told import ALWAYS, HOME, NO_LOGS, schedule

CONFIG, VIRTUAL = f"{DATA}/config", f"{DATA}/virtualClusterConfig"
BUCKETS = tuple(f"{CONFIG}/{name}" for name in ("configBucket", "tempBucket", "diagnosticBucket"))
DISK_KEY, KEY = f"{CONFIG}/encryptionConfig/gcePdKmsKeyName", f"{CONFIG}/encryptionConfig/kmsKey"
INSIDE = f"{CONFIG}/gceClusterConfig/internalIpOnly"
STAGED = Unknown(Reason.NOT_ASKED, "it names the bucket, not where that is")


def _on_machines(view: View) -> None:
    """Exactly one of `config` and `virtualClusterConfig` is given. Raises NotKnown for a cluster on Kubernetes."""
    if view.at(VIRTUAL, always(True), missing=False):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "it runs on a cluster of Kubernetes, which is judged by itself"))


def _staged(view: View) -> Iterator[Copy]:
    """What jobs stage and write in passing lies in these buckets."""
    _on_machines(view)
    for path in BUCKETS:
        if bucket := view.at(path, text, missing=""):
            yield Copy(CopyKind.REPLICA, STAGED, f"//storage.googleapis.com/{bucket}")


def _key(view: View) -> str:
    """The key of its disks; the newer field covers more than the older one."""
    _on_machines(view)
    return view.at(KEY, text, missing="") or key_name(view, DISK_KEY)


def _public(view: View) -> bool:
    if view.at(INSIDE, flag):
        return False
    raise NotKnown(Unknown(Reason.NOT_ASKED, "its machines have public addresses; firewall rules are not read"))


CLUSTER = asset_type(
    "gcp.dataproc.cluster",
    "dataproc.googleapis.com/Cluster",
    Kind.DATA,
    (
        HOME,
        Location.copies.items(_staged, VIRTUAL, *BUCKETS),
        *ALWAYS,
        EncryptionAtRest.owner.by(lambda view: owner(_key(view)), VIRTUAL, KEY, DISK_KEY),
        EncryptionAtRest.key.by(_key, VIRTUAL, KEY, DISK_KEY),
        EncryptionInTransit.plaintext.unseen("the settings of Hadoop on its machines decide, and are not read"),
        EncryptionInTransit.minimum_tls.unseen("the settings of Hadoop on its machines decide, and are not read"),
        EncryptionInTransit.certificate_expires.unseen("certificates on its machines are not told"),
        Lineage.origins.gap("what its jobs read is not recorded on a cluster"),
        Exposure.public.by(_public, INSIDE),
        TRUST,
        labels(),
    ),
    {**NO_LOGS, Backup: "Dataproc makes no backups of what is on the disks of a cluster"},
)

SAVES = f"{CONFIG}/recoveryConfig/scheduledSnapshotsConfig"
SAVED, SAVED_TO = f"{SAVES}/enabled", f"{SAVES}/snapshotLocation"
OWN_BUCKET, WORKFLOWS = f"{DATA}/storageConfig/bucket", f"{CONFIG}/dagGcsPrefix"


def _bucket(told: str) -> str:
    return f"//storage.googleapis.com/{told.removeprefix('gs://').partition('/')[0]}"


def _composed(view: View) -> Iterator[Copy]:
    """Workflows and logs lie in its own bucket, and scheduled snapshots where it says."""
    if told := view.at(OWN_BUCKET, text, missing="") or view.at(WORKFLOWS, text, missing=""):
        yield Copy(CopyKind.REPLICA, STAGED, _bucket(told))
    if view.at(SAVED, flag, missing=False):
        yield Copy(CopyKind.SNAPSHOT, STAGED, _bucket(view.at(SAVED_TO, text)))


def _snapshots(view: View) -> Iterator[Plan]:
    """https://cloud.google.com/composer/docs/composer-2/save-load-snapshots: off unless it is enabled; snapshots are
    objects in a bucket, so its rules decide how long they are kept.
    """
    if view.at(SAVED, flag, missing=False):
        yield schedule(
            Unknown(Reason.NOT_ASKED, "the rules of the bucket decide, and are not joined"),
            Unknown(Reason.NOT_ASKED, "its times are written as a cron expression, which is not read"),
            STAGED,
        )


ENVIRONMENT = asset_type(
    "gcp.composer.environment",
    "composer.googleapis.com/Environment",
    Kind.DATA,
    (
        HOME,
        Location.copies.items(_composed, OWN_BUCKET, WORKFLOWS, SAVED, SAVED_TO),
        *at_rest(f"{CONFIG}/encryptionConfig/kmsKeyName"),
        Backup.plans.items(_snapshots, SAVED),
        Lineage.origins.gap("what was loaded into it is not recorded on an environment"),
        Exposure.public.unseen("who may open its web server is told by IAM policies and network rules; not read"),
        TRUST,
        labels(),
    ),
    {**NO_LOGS, EncryptionInTransit: "its web server is behind Google's own front end"},
)
TYPES = (replace(CLUSTER, label="/resource/data/clusterName"), ENVIRONMENT)
