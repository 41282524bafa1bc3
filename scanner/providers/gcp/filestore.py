"""Filestore (https://cloud.google.com/filestore/docs/reference/rest/v1/projects.locations.instances)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.facts import (
    FOREVER,
    UNRESOLVED,
    Backup,
    Copy,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Origin,
    Plan,
    Reason,
    Unknown,
    View,
    text,
)
from scanner.providers.gcp.assets import BY_PLAN, DATA, NAME, SERVER_PATHS, appliances, asset_type, at_rest, labels
from scanner.providers.gcp.iam import SHARED, TRUST
from scanner.providers.gcp.told import (
    ALWAYS,
    HOME,
    NO_LOGS,
    asset_name,
    copy_in,
    inside,
    origin_in,
    placed,
    point,
    seen,
)

SHARES, PEERS = f"{DATA}/fileShares", f"{DATA}/replication/replicas"
ROLE, PROTOCOL = f"{DATA}/replication/role", f"{DATA}/protocol"
STANDBY: Mapping[object, bool] = {"ACTIVE": False, "STANDBY": True}
PEER_PATHS = (ROLE, f"{PEERS}/*/peerInstance")
SHARE_PATHS = (f"{SHARES}/*/sourceBackup", f"{SHARES}/*/sourceBackupdrBackup")
NFS = "NFS has no TLS"
ITS_INSTANCE = "its instance tells who holds the key, and is not joined to it"


def _copies(view: View) -> Iterator[Copy]:
    """The standby of an active instance. Backups and snapshots are assets of their own."""
    for peer in view.each(PEERS, missing=True):
        if not view.at(ROLE, STANDBY):
            yield peer.at("/peerInstance", copy_in("file"))


def _plaintext(view: View) -> bool:
    """NFS 3, the default, is not encrypted. NFS 4.1 is where clients use Kerberos with privacy."""
    if view.at(PROTOCOL, text, missing="NFS_V3") == "NFS_V3":
        return True
    raise NotKnown(Unknown(Reason.UNDECIDED, "with NFS 4.1 the security flavour decides, which is not read"))


def _origins(view: View) -> Iterator[Origin | Unknown]:
    for peer in view.each(PEERS, missing=True):
        if view.at(ROLE, STANDBY):
            yield peer.at("/peerInstance", origin_in("file"))
    for share in view.each(SHARES, missing=True):
        for field, service in (("sourceBackup", "file"), ("sourceBackupdrBackup", "backupdr")):
            if told := share.at(f"/{field}", text, missing=""):
                yield Origin(asset_name(service, told), UNRESOLVED)
    yield Unknown(Reason.NOT_ASKED, "what was copied into its shares is not recorded on an instance")


INSTANCE = asset_type(
    "gcp.file.instance",
    "file.googleapis.com/Instance",
    Kind.DATA,
    (
        HOME,
        Location.copies.items(_copies, *PEER_PATHS),
        *at_rest(f"{DATA}/kmsKeyName"),
        EncryptionInTransit.plaintext.by(_plaintext, PROTOCOL),
        EncryptionInTransit.minimum_tls.inapplicable(NFS),
        EncryptionInTransit.certificate_expires.inapplicable(NFS),
        Backup.plans.items(appliances, *SERVER_PATHS),
        Lineage.origins.items(_origins, *PEER_PATHS, *SHARE_PATHS),
        Exposure.public.documented(
            False, "https://cloud.google.com/filestore/docs/networking: it has only an address inside a VPC network"
        ),
        TRUST,
        labels(),
    ),
    NO_LOGS,
    covered_by=BY_PLAN,
)


def _point(view: View) -> Iterator[Plan]:
    """A backup has no time to expire in the API: it is kept until somebody deletes it."""
    yield point(seen(lambda: view.at(NAME, placed)), FOREVER)


BACKUP = asset_type(
    "gcp.file.backup",
    "file.googleapis.com/Backup",
    Kind.DATA,
    (
        HOME,
        Location.copies.none("https://cloud.google.com/filestore/docs/backups: a backup lies in one region"),
        *at_rest(f"{DATA}/kmsKey"),
        Backup.plans.items(_point, NAME),
        Lineage.origins.one(f"{DATA}/sourceInstance", origin_in("file")),
        *SHARED,
        labels(),
    ),
    {**NO_LOGS, EncryptionInTransit: "it has no endpoint; it is restored to an instance"},
    points_of=("gcp.file.instance",),
)
SNAPSHOT = asset_type(
    "gcp.file.snapshot",
    "file.googleapis.com/Snapshot",
    Kind.DATA,
    (
        HOME,
        Location.copies.none("https://cloud.google.com/filestore/docs/snapshots: it lies in its instance"),
        *ALWAYS,
        EncryptionAtRest.owner.unseen(ITS_INSTANCE),
        EncryptionAtRest.key.unseen(ITS_INSTANCE),
        # As of a backup, the API knows no time at which it would expire.
        Backup.plans.items(_point, NAME),
        Lineage.origins.one(NAME, inside("snapshots")),
        *SHARED,
        labels(),
    ),
    {**NO_LOGS, EncryptionInTransit: "it has no endpoint; its instance shows it in a folder"},
    points_of=("gcp.file.instance",),
)
TYPES = (INSTANCE, BACKUP, SNAPSHOT)
