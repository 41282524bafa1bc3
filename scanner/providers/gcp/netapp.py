"""NetApp Volumes (https://cloud.google.com/netapp/volumes/docs/reference/rest/v1/projects.locations.volumes). A
replication is an asset of its own, which names the volumes at both ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from scanner.collect.model import Join
from scanner.facts import (
    FOREVER,
    JSON,
    AtRest,
    Backup,
    Copy,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Origin,
    Plan,
    Reason,
    Unknown,
    View,
    always,
    flag,
    text,
    texts,
)
from scanner.providers.gcp.assets import BY_PLAN, DATA, NAME, SERVER_PATHS, appliances, asset_type, joined, labels
from scanner.providers.gcp.iam import SHARED, TRUST
from scanner.providers.gcp.told import GOOGLES_API, HOME, NO_LOGS, copy_in, origin_in, origins, placed, point, seen

ENCRYPTED = (
    "https://cloud.google.com/netapp/volumes/docs/configure-and-use/cmek/cmek-overview: always encrypted at rest"
)
NO_CIPHER = "by which cipher NetApp Volumes encrypts is not told"
OWN, REPLICATION = "/resource/data/name", "netapp.googleapis.com/Replication"
ASK = {
    "outward": joined(Join("/resource/data/sourceVolume", {OWN: ""}), REPLICATION),
    "inward": joined(Join("/resource/data/destinationVolume", {OWN: ""}), REPLICATION),
    "kms": joined(Join(OWN, {"/resource/data/kmsConfig": ""}), "netapp.googleapis.com/KmsConfig"),
}
REPLICATED, TARGET = f"{DATA}/hasReplication", "/resource/data/destinationVolume"
SOURCE, RESTORED = "/resource/data/sourceVolume", f"{DATA}/restoreParameters"
HELD, CONFIG, KEY = f"{DATA}/encryptionType", f"{DATA}/kmsConfig", "/resource/data/cryptoKeyName"
KEY_PATHS = (HELD, f"kms:/assets/*{KEY}")
PROTOCOLS, SMB, KERBEROS = f"{DATA}/protocols", f"{DATA}/smbSettings", f"{DATA}/kerberosEnabled"
POLICIES, SNAPSHOTS = f"{DATA}/backupConfig/backupPolicies", f"{DATA}/snapshotPolicy/enabled"
HOLDERS: Mapping[object, KeyOwner] = {"SERVICE_MANAGED": KeyOwner.PROVIDER, "CLOUD_KMS": KeyOwner.CUSTOMER}
NO_TLS = "neither NFS nor SMB has TLS"
FLAVOUR = Unknown(Reason.UNDECIDED, "with Kerberos its export rules decide, which are not judged")
BY_POLICY = Unknown(Reason.UNDECIDED, "its backup policies keep a number of backups, which is no length of time")
BY_COUNT = Unknown(Reason.UNDECIDED, "its snapshot policy keeps a number of snapshots, which is no length of time")
NO_REPLICATION = Unknown(Reason.NOT_ASKED, "it is part of a replication that was not listed")


def _copies(view: View) -> Iterator[Copy | Unknown]:
    found = [each.at(TARGET, copy_in("netapp")) for each in view.each("outward:/assets")]
    yield from found
    if not found and view.at(REPLICATED, flag, missing=False) and not any(True for _ in view.each("inward:/assets")):
        yield NO_REPLICATION


def key(view: View) -> str:
    """The key of what tells how it is held and by which KMS configuration. Declare KEY_PATHS, and ask ASK."""
    if view.at(HELD, HOLDERS) is KeyOwner.PROVIDER:
        return "provider"
    config = next(view.each("kms:/assets"), None)
    if config is None:
        raise NotKnown(Unknown(Reason.NOT_ASKED, "the KMS configuration that names its key was not listed"))
    return config.at(KEY, text)


def _plaintext(view: View) -> bool:
    """NFS is encrypted only by Kerberos with privacy; SMB only where it must be."""
    protocols = view.at(PROTOCOLS, _known)
    if "NFSV3" in protocols or ("SMB" in protocols and "ENCRYPT_DATA" not in view.at(SMB, texts, missing=())):
        return True
    if "NFSV4" in protocols and view.at(KERBEROS, flag, missing=False):
        raise NotKnown(FLAVOUR)
    return "NFSV4" in protocols


def _known(value: JSON) -> frozenset[str]:
    protocols = frozenset(texts(value))
    if not protocols or protocols - {"NFSV3", "NFSV4", "SMB"}:
        raise ValueError("another protocol")
    return protocols


def _plans(view: View) -> Iterator[Unknown]:
    yield from appliances(view)
    if view.at(POLICIES, texts, missing=()):
        yield BY_POLICY
    if view.at(SNAPSHOTS, flag, missing=False):
        yield BY_COUNT


def _origins(view: View) -> Iterator[Origin | Unknown]:
    yield from origins(view, "netapp", f"{RESTORED}/sourceBackup", f"{RESTORED}/sourceSnapshot")
    yield from (each.at(SOURCE, origin_in("netapp")) for each in view.each("inward:/assets"))
    yield Unknown(Reason.NOT_ASKED, "what was copied into its share is not recorded on a volume")


VOLUME = asset_type(
    "gcp.netapp.volume",
    "netapp.googleapis.com/Volume",
    Kind.DATA,
    (
        HOME,
        Location.copies.items(_copies, REPLICATED, f"outward:/assets/*{TARGET}", f"inward:/assets/*{SOURCE}"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.unseen(NO_CIPHER),
        EncryptionAtRest.owner.at(HELD, HOLDERS),
        EncryptionAtRest.key.by(key, *KEY_PATHS),
        EncryptionInTransit.plaintext.by(_plaintext, PROTOCOLS, SMB, KERBEROS),
        EncryptionInTransit.minimum_tls.inapplicable(NO_TLS),
        EncryptionInTransit.certificate_expires.inapplicable(NO_TLS),
        Backup.plans.items(_plans, POLICIES, SNAPSHOTS, *SERVER_PATHS),
        Lineage.origins.items(
            _origins,
            *(f"{RESTORED}/{name}" for name in ("sourceBackup", "sourceSnapshot")),
            f"inward:/assets/*{SOURCE}",
        ),
        Exposure.public.documented(
            False, "https://cloud.google.com/netapp/volumes/docs/get-started/configure-access/networking: only in a VPC"
        ),
        TRUST,
        labels(),
    ),
    NO_LOGS,
    ask=ASK,
    covered_by=BY_PLAN,
)

REGION, MADE, LOCKED = f"{DATA}/backupRegion", f"{DATA}/backupType", f"{DATA}/enforcedRetentionEndTime"
BY_HAND: Mapping[object, bool] = {"MANUAL": True, "SCHEDULED": False}
PRUNED = Unknown(Reason.NOT_ASKED, "its backup policy decides how long it is kept, and is not read")
FOR_A_TIME = Unknown(Reason.UNDECIDED, "nobody can delete it for a time, which may end before that of its policy")
ITS_VAULT = "its vault tells who holds the key, and is not joined to it"


def region(view: View) -> str:
    """Where a vault keeps its backups, which may be another region than the vault's."""
    return view.at(REGION, lambda told: placed(f"{text(told)}/"), missing="") or view.at(NAME, placed)


def _point(view: View) -> Iterator[Plan]:
    kept = seen(lambda: FOREVER if view.at(MADE, BY_HAND) else PRUNED)
    made = point(seen(lambda: region(view)), kept)
    yield replace(made, immutable=FOR_A_TIME) if view.at(LOCKED, always(True), missing=False) else made


BACKUP = asset_type(
    "gcp.netapp.backup",
    "netapp.googleapis.com/Backup",
    Kind.DATA,
    (
        Location.homes.items(lambda view: (region(view),), NAME, REGION),
        Location.copies.none("https://cloud.google.com/netapp/volumes/docs/protect-data/about-volume-backups"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.unseen(NO_CIPHER),
        EncryptionAtRest.owner.unseen(ITS_VAULT),
        EncryptionAtRest.key.unseen(ITS_VAULT),
        Backup.plans.items(_point, NAME, REGION, MADE, LOCKED),
        Lineage.origins.one(f"{DATA}/sourceVolume", origin_in("netapp")),
        *SHARED,
        labels(),
    ),
    {**GOOGLES_API, **NO_LOGS},
    points_of=("gcp.netapp.volume",),
)
TYPES = (VOLUME, BACKUP)
