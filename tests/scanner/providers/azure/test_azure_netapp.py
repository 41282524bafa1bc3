"""Volumes of Azure NetApp Files: from replies to facts, the unknown rows included."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import AtRest, CopyKind, Duration, Inapplicable, KeyOwner, PlanKind, Reason
from scanner.providers.azure.netapp import CLEAR, VOLUME
from tests.scanner.providers.azure.azure_states import REFUSED, told

Changes = dict[str, Any]
UK, WEST = "azure:uksouth", "azure:ukwest"
COPIES, ORIGINS, PLANS = "Location.copies", "Lineage.origins", "Backup.plans"
PLAIN = "EncryptionInTransit.plaintext"
PROTECTION = "item.properties.dataProtection"
REPLICATION = f"{PROTECTION}.replication"
NONE = {REPLICATION: None}
RULES = "item.properties.exportPolicy.rules"
ENCRYPTED = dict.fromkeys(CLEAR, False)


def protocols(*names: object, **more: object) -> Changes:
    return {"item.properties.protocolTypes": list(names), **{f"item.properties.{k}": v for k, v in more.items()}}


def plan(kind: PlanKind, count: int, unit: str, places: object) -> tuple[object, ...]:
    return kind, Duration.of(count, unit), Duration.of(1, unit), places, True, False


HOURLY = plan(PlanKind.SNAPSHOT, 24, "hour", (UK,))
DAILY = plan(PlanKind.SNAPSHOT, 35, "day", (UK,))
FAR = plan(PlanKind.SNAPSHOT, 7, "day", Reason.UNDECIDED)
MONTHLY = plan(PlanKind.LONG_TERM, 12, "month", Reason.UNDECIDED)
BY_HAND = Reason.NOT_ASKED
NO_BACKUPS = {f"{PROTECTION}.backup": None}


def scheduled(name: str, keep: int, **more: object) -> Changes:
    """A volume whose policy has this schedule alone."""
    schedule = {"snapshotsToKeep": keep, **more}
    return {**NO_BACKUPS, "snapshots.properties": {"enabled": True, f"{name}Schedule": schedule}}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        (COPIES, NO_BACKUPS, ([(CopyKind.REPLICA, WEST, "o")], [])),
        (COPIES, {**NONE, **NO_BACKUPS}, ([], [])),
        (COPIES, {PROTECTION: None}, ([], [])),
        (COPIES, {**NO_BACKUPS, f"{REPLICATION}.endpointType": "dst"}, ([], [])),
        (COPIES, {**NO_BACKUPS, f"{REPLICATION}.endpointType": None}, ([], [Reason.SHAPE])),
        (
            COPIES,
            {**NO_BACKUPS, f"{REPLICATION}.remoteVolumeRegion": None},
            ([(CopyKind.REPLICA, Reason.SHAPE, "o")], []),
        ),
        (COPIES, {**NO_BACKUPS, f"{REPLICATION}.remoteVolumeResourceId": None}, ([(CopyKind.REPLICA, WEST, "")], [])),
        (
            COPIES,
            {
                **NO_BACKUPS,
                f"{REPLICATION}.destinationReplications": [{"region": "ukwest", "resourceId": "/v/A"}, {"region": 7}],
            },
            ([(CopyKind.REPLICA, WEST, "a"), (CopyKind.REPLICA, Reason.SHAPE, "")], []),
        ),
        # The backups of a volume lie in the vault that it names, with or without a policy.
        (
            COPIES,
            {**NONE, f"{PROTECTION}.backup": {"backupVaultId": "/vaults/Far"}},
            ([(CopyKind.BACKUP, Reason.UNDECIDED, "far")], []),
        ),
        (
            COPIES,
            {**NONE, f"{PROTECTION}.backup": {"backupPolicyId": "/policies/p"}},
            ([(CopyKind.BACKUP, Reason.UNDECIDED, "")], []),
        ),
        (ORIGINS, {}, ([], [])),
        (ORIGINS, {f"{REPLICATION}.endpointType": "dst"}, (["o"], [])),
        (ORIGINS, {**NONE, "item.properties.snapshotId": "/volumes/Old/snapshots/S"}, (["old"], [])),
        (ORIGINS, {**NONE, "item.properties.backupId": "/vaults/b/backups/One"}, (["one"], [])),
        (
            ORIGINS,
            {
                **NONE,
                "item.properties.snapshotId": "/volumes/Old/snapshots/S",
                "item.properties.originatingResourceId": "/volumes/Old/snapshots/S",
            },
            (["old"], []),
        ),
        (ORIGINS, {**NONE, "item.properties.backupId": 7}, ([], [Reason.SHAPE])),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.owner", {}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.owner", {"item.properties.encryptionKeySource": "Microsoft.NetApp"}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {"item.properties.encryptionKeySource": None}, Reason.SHAPE),
        ("EncryptionAtRest.key", {}, "https://secrets.vault.azure.net/keys/platform"),
        ("EncryptionAtRest.key", {"item.properties.encryptionKeySource": "Microsoft.NetApp"}, "provider"),
        ("EncryptionAtRest.key", {"account": REFUSED}, Reason.REFUSED),
        ("EncryptionAtRest.key", {"account.properties.encryption": None}, Reason.SHAPE),
        (PLAIN, {}, False),
        (PLAIN, protocols("NFSv3"), True),
        (PLAIN, protocols("NFSv4.1", "NFSv3"), True),
        (PLAIN, protocols("CIFS", smbEncryption=True), False),
        (PLAIN, protocols("CIFS", smbEncryption=False), True),
        (PLAIN, protocols("CIFS"), Reason.SHAPE),
        (PLAIN, protocols("AFP"), Reason.SHAPE),
        (PLAIN, protocols("AFP", "NFSv3"), True),
        (PLAIN, {RULES: []}, False),
        (PLAIN, {RULES: [{"unixReadWrite": True}]}, True),
        (PLAIN, {RULES: [{**ENCRYPTED, "kerberos5iReadOnly": True}]}, True),
        (PLAIN, {RULES: [ENCRYPTED, {}]}, Reason.SHAPE),
        ("EncryptionInTransit.minimum_tls", {}, Inapplicable),
        ("Exposure.public", {}, False),
        (PLANS, {}, ([HOURLY, DAILY, FAR, MONTHLY], [BY_HAND])),
        (PLANS, NO_BACKUPS, ([HOURLY, DAILY], [BY_HAND])),
        (PLANS, {"snapshots.properties.enabled": False}, ([FAR, MONTHLY], [BY_HAND])),
        (PLANS, {"backups.properties.enabled": False}, ([HOURLY, DAILY], [BY_HAND])),
        (PLANS, {f"{PROTECTION}.backup.policyEnforced": False}, ([HOURLY, DAILY], [BY_HAND])),
        (PLANS, {PROTECTION: None}, ([], [BY_HAND])),
        (
            PLANS,
            {**NO_BACKUPS, "snapshots.properties.dailySchedule.snapshotsToKeep": "few"},
            ([HOURLY], [Reason.SHAPE, BY_HAND]),
        ),
        # The oldest of four is two weeks old where two are made a week.
        (PLANS, scheduled("weekly", 4, day="Monday"), ([plan(PlanKind.LONG_TERM, 4, "week", (UK,))], [BY_HAND])),
        (
            PLANS,
            scheduled("weekly", 4, day="Monday, Friday"),
            ([(PlanKind.LONG_TERM, Duration.of(2, "week"), Reason.UNDECIDED, (UK,), True, False)], [BY_HAND]),
        ),
        # Of five a week the oldest of nine is between one week old and two.
        (
            PLANS,
            scheduled("weekly", 9, day="Monday,Tuesday,Wednesday,Thursday,Friday"),
            ([(PlanKind.LONG_TERM, Reason.UNDECIDED, Reason.UNDECIDED, (UK,), True, False)], [BY_HAND]),
        ),
        (
            PLANS,
            scheduled("monthly", 12, daysOfMonth="1,8,15"),
            ([(PlanKind.LONG_TERM, Duration.of(4, "month"), Reason.UNDECIDED, (UK,), True, False)], [BY_HAND]),
        ),
        (
            PLANS,
            scheduled("monthly", 12),
            ([(PlanKind.LONG_TERM, Reason.SHAPE, Reason.SHAPE, (UK,), True, False)], [BY_HAND]),
        ),
        (PLANS, {**NO_BACKUPS, "snapshots": REFUSED}, ([], [Reason.REFUSED])),
        (PLANS, {"backups": REFUSED}, ([HOURLY, DAILY], [Reason.REFUSED])),
        (
            PLANS,
            {**NO_BACKUPS, "item.location": 7, "snapshots.properties.hourlySchedule": None},
            ([plan(PlanKind.SNAPSHOT, 35, "day", Reason.SHAPE)], [BY_HAND]),
        ),
    ],
)
def test_a_volume(fact: str, changes: Changes, expected: object) -> None:
    assert told(VOLUME, fact, changes) == expected
