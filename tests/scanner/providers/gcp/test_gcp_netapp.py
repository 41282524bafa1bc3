"""NetApp Volumes and their backups: from assets to the states of facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    FOREVER,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    RecoveryPoint,
    Source,
    Unknown,
)
from tests.scanner.providers.gcp.states import (
    FRANKFURT,
    KMS,
    LONDON,
    PROJECT,
    REFUSED,
    Data,
    gaps,
    items,
    reason,
    refs,
    value,
)

VOLUME, SAVED = "gcp.netapp.volume", "gcp.netapp.backup"
HERE, THERE = f"{PROJECT}/locations/europe-west2", f"{PROJECT}/locations/europe-west3"
NAME = f"//netapp.googleapis.com/{HERE}/volumes/v"
POINT = f"//netapp.googleapis.com/{HERE}/backupVaults/b/backups/monday"


def asset(**data: Any) -> list[Data]:
    return [{"resource": {"data": data}}]


def test_where_a_volume_is() -> None:
    assert items(VOLUME, Location.homes, {}, NAME) == (LONDON,)
    assert gaps(VOLUME, Location.homes, {}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("data", "asked", "places", "reasons"),
    [
        ({}, {}, [], []),
        ({"hasReplication": False}, {}, [], []),
        ({"hasReplication": True}, {}, [], [Reason.NOT_ASKED]),
        ({"hasReplication": True}, {"inward": asset(sourceVolume=f"{THERE}/volumes/w")}, [], []),
        ({"hasReplication": True}, {"outward": asset(destinationVolume=f"{THERE}/volumes/w")}, [FRANKFURT], []),
        ({"hasReplication": True}, {"outward": asset()}, [], [Reason.SHAPE]),
        ({}, {"outward": REFUSED}, [], [Reason.REFUSED]),
    ],
)
def test_replications(data: Data, asked: Any, places: list[str], reasons: list[Reason]) -> None:
    found, unseen = gaps(VOLUME, Location.copies, data, NAME, **asked)
    ref = f"//netapp.googleapis.com/{THERE}/volumes/w"
    assert found == tuple(Copy(CopyKind.REPLICA, place, ref) for place in places)
    assert unseen == reasons


def test_origins_of_a_volume() -> None:
    data = {"restoreParameters": {"sourceBackup": f"{HERE}/backupVaults/b/backups/monday"}}
    inward = asset(sourceVolume=f"{THERE}/volumes/w")
    found, unseen = gaps(VOLUME, Lineage.origins, data, NAME, inward=inward)
    assert refs(found) == [POINT, f"//netapp.googleapis.com/{THERE}/volumes/w"]
    assert unseen == [Reason.NOT_ASKED]


@pytest.mark.parametrize(
    ("kind", "config", "owner", "key"),
    [
        ("SERVICE_MANAGED", [], KeyOwner.PROVIDER, "provider"),
        ("CLOUD_KMS", asset(cryptoKeyName=KMS), KeyOwner.CUSTOMER, KMS),
        ("CLOUD_KMS", [], KeyOwner.CUSTOMER, Reason.NOT_ASKED),
        ("CLOUD_KMS", asset(), KeyOwner.CUSTOMER, Reason.SHAPE),
        ("CLOUD_KMS", REFUSED, KeyOwner.CUSTOMER, Reason.REFUSED),
        (None, [], Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_keys_of_a_volume(kind: str | None, config: Any, owner: Any, key: Any) -> None:
    data = {"encryptionType": kind}
    for fact, expected in ((EncryptionAtRest.owner, owner), (EncryptionAtRest.key, key)):
        told = reason if isinstance(expected, Reason) else value
        assert told(VOLUME, fact, data, kms=config) == expected
    assert reason(VOLUME, EncryptionAtRest.algorithms, data) is Reason.NOT_ASKED


@pytest.mark.parametrize(
    ("data", "plaintext"),
    [
        ({"protocols": ["NFSV3"]}, True),
        ({"protocols": ["NFSV3", "NFSV4"], "kerberosEnabled": True}, True),
        ({"protocols": ["NFSV4"]}, True),
        ({"protocols": ["NFSV4"], "kerberosEnabled": True}, Reason.UNDECIDED),
        ({"protocols": ["SMB"]}, True),
        ({"protocols": ["SMB"], "smbSettings": ["BROWSABLE", "ENCRYPT_DATA"]}, False),
        ({"protocols": ["SMB", "NFSV4"], "smbSettings": ["ENCRYPT_DATA"]}, True),
        ({"protocols": ["ISCSI"]}, Reason.SHAPE),
        ({"protocols": []}, Reason.SHAPE),
        ({}, Reason.SHAPE),
    ],
)
def test_how_a_volume_is_reached(data: Data, plaintext: Any) -> None:
    told = reason if isinstance(plaintext, Reason) else value
    assert told(VOLUME, EncryptionInTransit.plaintext, data) is plaintext


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        ({}, []),
        ({"backupConfig": {"backupPolicies": [f"{HERE}/backupPolicies/p"]}}, [Reason.UNDECIDED]),
        ({"snapshotPolicy": {"enabled": True}}, [Reason.UNDECIDED]),
        ({"snapshotPolicy": {"enabled": False}, "backupConfig": {}}, []),
        ({"snapshotPolicy": {"enabled": 1}}, [Reason.SHAPE]),
    ],
)
def test_plans_of_a_volume(data: Data, reasons: list[Reason]) -> None:
    assert gaps(VOLUME, Backup.plans, data) == ((), reasons)


def test_a_backup_of_a_volume() -> None:
    data = {"backupType": "MANUAL", "sourceVolume": f"{HERE}/volumes/v"}
    (plan,) = items(SAVED, Backup.plans, data, POINT)
    assert (plan.retention, plan.places, plan.immutable) == (FOREVER, (LONDON,), False)
    assert items(SAVED, RecoveryPoint.sources, data, POINT) == (Source(NAME),)
    assert items(SAVED, Location.homes, {"backupRegion": THERE}, POINT) == (FRANKFURT,)
    assert gaps(SAVED, Location.homes, {"backupRegion": "far"}, POINT) == ((), [Reason.SHAPE])


def test_what_a_backup_of_a_volume_does_not_tell() -> None:
    for data in ({"backupType": "SCHEDULED"}, {"backupType": "BY_CHANCE"}, {}):
        (plan,) = items(SAVED, Backup.plans, data, POINT)
        assert isinstance(plan.retention, Unknown)
    (plan,) = items(SAVED, Backup.plans, {"enforcedRetentionEndTime": "2027-01-02T03:04:05Z"}, POINT)
    assert isinstance(plan.immutable, Unknown)
    assert reason(SAVED, EncryptionAtRest.owner, {}) is Reason.NOT_ASKED
