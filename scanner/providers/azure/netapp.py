"""Volumes of Azure NetApp Files.

A volume lies in a subnet of the customer's. Who may mount it is a matter of its export policy and of the protocols; how
long snapshots and backups are kept, one of the policies that it names.

Documents relied upon: the models VolumeProperties, SnapshotPolicyProperties, BackupPolicyProperties and
AccountProperties of azure-mgmt-netapp, and on learn.microsoft.com/azure/azure-netapp-files: "FAQs about security",
"Azure NetApp Files double encryption at rest", "Cross-region replication", "Understand Azure NetApp Files backup".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from scanner.collect.model import Call, Per
from scanner.facts import (
    JSON,
    UNRESOLVED,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    Node,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Trust,
    Unknown,
    View,
    always,
    flag,
    text,
    whole,
)
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, child, home, seen, words
from scanner.providers.azure.parts import LOCATION, any_true, at_rest, key_in, listed

NATIVE, VERSION = "Microsoft.NetApp/netAppAccounts/capacityPools/volumes", "2026-08-01"
ENCRYPTED = "https://learn.microsoft.com/azure/azure-netapp-files/faq-security"
SUBNET = "https://learn.microsoft.com/azure/azure-netapp-files/azure-netapp-files-network-topologies"

KEY_SOURCE = "item:/properties/encryptionKeySource"
VAULT = "account:/properties/encryption/keyVaultProperties/keyVaultUri"
KEY_NAME = "account:/properties/encryption/keyVaultProperties/keyName"
PROTECTION = "item:/properties/dataProtection"
REPLICATION = f"{PROTECTION}/replication"
SIDE = f"{REPLICATION}/endpointType"
REMOTE, REGION = f"{REPLICATION}/remoteVolumeResourceId", f"{REPLICATION}/remoteVolumeRegion"
OTHERS = f"{REPLICATION}/destinationReplications"
REPLICATION_PATHS = (SIDE, REMOTE, REGION, f"{OTHERS}/*/resourceId", f"{OTHERS}/*/region")
PROTOCOLS, RULES = "item:/properties/protocolTypes", "item:/properties/exportPolicy/rules"
SMB = "item:/properties/smbEncryption"
CLEAR = (
    "unixReadOnly",
    "unixReadWrite",
    *(f"kerberos5{how}Read{what}" for how in ("", "i") for what in ("Only", "Write")),
)
"""The ways of NFS 4.1 that do not encrypt: without Kerberos, and with what only proves who and what."""
SNAPSHOTS, BACKUPS = f"{PROTECTION}/snapshot/snapshotPolicyId", f"{PROTECTION}/backup/backupPolicyId"
ENFORCED, HELD = f"{PROTECTION}/backup/policyEnforced", f"{PROTECTION}/backup/backupVaultId"
KEPT = {"hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month"}
SNAPSHOT_PATHS = (
    "snapshots:/properties/enabled",
    *(f"snapshots:/properties/{n}Schedule/snapshotsToKeep" for n in KEPT),
)
DAYS = {
    "week": "snapshots:/properties/weeklySchedule/day",
    "month": "snapshots:/properties/monthlySchedule/daysOfMonth",
}
"""Where a schedule names the days on which it makes a snapshot, with commas between (model WeeklySchedule)."""
BACKED = tuple(name for name in KEPT if name != "hourly")
BACKUP_PATHS = ("backups:/properties/enabled", *(f"backups:/properties/{name}BackupsToKeep" for name in BACKED))
FROM = ("originatingResourceId", "snapshotId", "backupId")
FROM_PATHS = tuple(f"item:/properties/{field}" for field in FROM)

OWNERS = words({"Microsoft.NetApp": KeyOwner.PROVIDER, "Microsoft.KeyVault": KeyOwner.CUSTOMER})
IS_SOURCE = words({"src": True, "dst": False})
BY_HAND = Unknown(Reason.NOT_ASKED, "snapshots and backups that somebody makes are kept until removed, and not listed")
ELSEWHERE = Unknown(Reason.UNDECIDED, "the backup vault of the volume, which holds them, is not read")
UNEVEN = Unknown(Reason.UNDECIDED, "a schedule of several days has no one interval")
UNEVEN_KEPT = Unknown(Reason.UNDECIDED, "the points that are kept do not fill whole weeks or months")


def _copies(view: View) -> Iterator[Copy | Unknown]:
    vault = view.at(HELD, arm_id, missing="")
    if vault or view.at(BACKUPS, arm_id, missing=""):
        yield Copy(CopyKind.BACKUP, ELSEWHERE, vault)
    if not view.at(REPLICATION, always(True), missing=False) or not view.at(SIDE, IS_SOURCE):
        return
    others = list(view.each(OTHERS, missing=True))
    for other in others:
        place = seen(partial(other.at, "/region", home))
        yield Copy(CopyKind.REPLICA, place, other.at("/resourceId", arm_id, missing=""))
    if not others:
        yield Copy(CopyKind.REPLICA, seen(lambda: view.at(REGION, home)), view.at(REMOTE, arm_id, missing=""))


def _origins(view: View) -> Iterator[Origin | Unknown]:
    told = dict.fromkeys(view.at(path, _volume, missing="") for path in FROM_PATHS)
    yield from (Origin(each, UNRESOLVED) for each in told if each)
    if view.at(REPLICATION, always(True), missing=False) and not view.at(SIDE, IS_SOURCE):
        yield Origin(view.at(REMOTE, arm_id), UNRESOLVED)


def _volume(value: JSON) -> str:
    """The volume of a snapshot; a backup lies in a vault, and names itself."""
    return arm_id(value).partition("/snapshots/")[0]


def _key(view: View) -> str:
    if view.at(KEY_SOURCE, OWNERS) is KeyOwner.PROVIDER:
        return "provider"
    return view.at(KEY_NAME, key_in(view.at(VAULT, text)))


def _plaintext(view: View) -> bool:
    return any_true(seen(partial(_is_plain, view, protocol)) for protocol in view.each(PROTOCOLS))


def _is_plain(view: View, protocol: Node) -> bool:
    match protocol.at("", words({"CIFS": "smb", "NFSv3": "nfs", "NFSv4.1": "kerberos"})):
        case "nfs":
            return True
        case "smb":
            return not view.at(SMB, flag)
    return any_true(seen(partial(rule.at, f"/{way}", flag)) for rule in view.each(RULES) for way in CLEAR)


def _plans(view: View) -> Iterator[Plan | Unknown]:
    if view.at(SNAPSHOTS, arm_id, missing="") and view.at(SNAPSHOT_PATHS[0], flag):
        for path, unit in zip(SNAPSHOT_PATHS[1:], KEPT.values(), strict=True):
            often = seen(partial(_often, view, unit))
            yield from _kept(view, path, unit, seen(lambda: (view.at(LOCATION, home),)), often)
    if view.at(BACKUPS, arm_id, missing="") and view.at(BACKUP_PATHS[0], flag) and view.at(ENFORCED, flag):
        for path, name in zip(BACKUP_PATHS[1:], BACKED, strict=True):
            yield from _kept(view, path, KEPT[name], ELSEWHERE)
    yield BY_HAND


def _often(view: View, unit: str) -> int:
    """How many snapshots a schedule makes in its unit of time."""
    return view.at(DAYS[unit], lambda days: text(days).count(",") + 1) if unit in DAYS else 1


def _kept(
    view: View, path: str, unit: str, places: tuple[str, ...] | Unknown, often: int | Unknown = 1
) -> Iterator[Plan | Unknown]:
    """So many of the points that are made `often` in a unit of time: the oldest is replaced. A schedule that is not
    there, or of none, makes none.
    """
    count = seen(lambda: view.at(path, whole, missing=0))
    if isinstance(count, Unknown):
        yield count
    elif count:
        kind = PlanKind.SNAPSHOT if unit in {"hour", "day"} else PlanKind.LONG_TERM
        if isinstance(often, Unknown):
            yield Plan(kind, often, often, places, True, False)
        else:
            every = Duration.of(1, unit) if often == 1 else UNEVEN
            lasts = UNEVEN_KEPT if count % often else Duration.of(count // often, unit)
            yield Plan(kind, lasts, every, places, True, False)


def _named(policy: str, path: str) -> Call:
    """The policy that the volume names at a path."""
    return Call(
        f"Microsoft.NetApp/netAppAccounts/{policy}/read",
        f"GET /{{{policy}}}",
        "",
        {"api-version": VERSION},
        {policy: path.partition(":")[2]},
        per=Per.ACCOUNT,
    )


ASKS: Mapping[str, Call] = {
    "account": child("Microsoft.NetApp/netAppAccounts/read", "../../../..", VERSION),
    "snapshots": _named("snapshotPolicies", SNAPSHOTS),
    "backups": _named("backupPolicies", BACKUPS),
}
VOLUME = listed(
    "azure.netapp.volume",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, HELD, BACKUPS, *REPLICATION_PATHS),
        *at_rest(ENCRYPTED),
        EncryptionAtRest.owner.at(KEY_SOURCE, OWNERS),
        EncryptionAtRest.key.by(_key, KEY_SOURCE, VAULT, KEY_NAME),
        EncryptionInTransit.plaintext.by(_plaintext, f"{PROTOCOLS}/*", SMB, *(f"{RULES}/*/{way}" for way in CLEAR)),
        EncryptionInTransit.minimum_tls.inapplicable("NFS and SMB encrypt in ways of their own, not by TLS"),
        EncryptionInTransit.certificate_expires.inapplicable("NFS and SMB have no certificate"),
        # A volume has addresses of a subnet of the customer's, and no public one.
        Exposure.public.documented(False, SUBNET),
        Backup.plans.items(
            _plans, SNAPSHOTS, BACKUPS, ENFORCED, LOCATION, *SNAPSHOT_PATHS, *DAYS.values(), *BACKUP_PATHS
        ),
        Lineage.origins.items(_origins, *FROM_PATHS, SIDE, REMOTE),
    ),
    ask=ASKS,
    without={
        LogStore: "a volume is not a store of logs",
        Trust: "a volume lets in addresses and users of its own directory, and no account of the cloud",
    },
    unordered=(OTHERS, PROTOCOLS, RULES),
)
TYPES = (VOLUME,)
