"""Backup vaults, storage pools and snapshots of NetApp Volumes, and snapshots of Filestore."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    FOREVER,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
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
    state,
    value,
)

VAULT, POOL, SNAPSHOT = (f"gcp.netapp.{name}" for name in ("backup-vault", "storage-pool", "snapshot"))
HERE, THERE = f"{PROJECT}/locations/europe-west2", f"{PROJECT}/locations/europe-west3"
NAME = f"//netapp.googleapis.com/{HERE}/backupVaults/b"


def test_where_a_vault_keeps_its_backups() -> None:
    assert items(VAULT, Location.homes, {}, NAME) == (LONDON,)
    assert items(VAULT, Location.homes, {"backupRegion": THERE}, NAME) == (FRANKFURT,)
    assert gaps(VAULT, Location.homes, {}) == ((), [Reason.SHAPE])
    assert items(VAULT, Location.copies, {}, NAME) == ()
    twin = f"{THERE}/backupVaults/b"
    copy = Copy(CopyKind.BACKUP, FRANKFURT, f"//netapp.googleapis.com/{twin}")
    assert items(VAULT, Location.copies, {"destinationBackupVault": twin}, NAME) == (copy,)
    assert gaps(VAULT, Location.copies, {"destinationBackupVault": "b"}, NAME) == ((), [Reason.SHAPE])


OWN: Data = {"kmsConfig": f"{HERE}/kmsConfigs/k", "backupsCryptoKeyVersion": f"{KMS}/cryptoKeyVersions/3"}


@pytest.mark.parametrize(
    ("data", "owner", "key"),
    [
        ({}, KeyOwner.PROVIDER, "provider"),
        (OWN | {"encryptionState": "ENCRYPTION_STATE_COMPLETED"}, KeyOwner.CUSTOMER, KMS),
        (OWN | {"encryptionState": "ENCRYPTION_STATE_IN_PROGRESS"}, Reason.UNDECIDED, Reason.UNDECIDED),
        (OWN | {"encryptionState": "ENCRYPTION_STATE_PENDING"}, Reason.UNDECIDED, Reason.UNDECIDED),
        (OWN | {"encryptionState": "ENCRYPTION_STATE_FAILED"}, Reason.UNDECIDED, Reason.UNDECIDED),
        (OWN | {"encryptionState": "ENCRYPTION_STATE_UNSPECIFIED"}, Reason.SHAPE, Reason.SHAPE),
        (OWN, Reason.SHAPE, Reason.SHAPE),
        ({"kmsConfig": 7}, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_keys_of_a_vault(data: Data, owner: KeyOwner | Reason, key: str | Reason) -> None:
    wanted: tuple[tuple[Any, object], ...] = ((EncryptionAtRest.owner, owner), (EncryptionAtRest.key, key))
    for fact, want in wanted:
        found = state(VAULT, fact, data)
        assert (found.reason if isinstance(found, Unknown) else value(VAULT, fact, data)) == want
    assert value(VAULT, EncryptionAtRest.state, data) is AtRest.ENCRYPTED


def test_a_pool() -> None:
    name = f"//netapp.googleapis.com/{HERE}/storagePools/p"
    assert items(POOL, Location.homes, {}, name) == (LONDON,)
    assert items(POOL, Location.homes, {"zone": "europe-west2-a", "replicaZone": "europe-west3-b"}, name) == (
        LONDON,
        FRANKFURT,
    )
    assert gaps(POOL, Location.homes, {"zone": 7}, name) == ((), [Reason.SHAPE])
    assert value(POOL, EncryptionAtRest.owner, {"encryptionType": "SERVICE_MANAGED"}) is KeyOwner.PROVIDER
    assert reason(POOL, EncryptionAtRest.owner, {}) is Reason.SHAPE
    held = {"encryptionType": "CLOUD_KMS"}
    assert value(POOL, EncryptionAtRest.key, held, kms=[{"resource": {"data": {"cryptoKeyName": KMS}}}]) == KMS
    assert reason(POOL, EncryptionAtRest.key, held) is Reason.NOT_ASKED
    assert reason(POOL, EncryptionAtRest.key, held, kms=REFUSED) is Reason.REFUSED


@pytest.mark.parametrize(
    ("kind", "holder", "kept"),
    [
        (SNAPSHOT, f"//netapp.googleapis.com/{HERE}/volumes/v", Reason.NOT_ASKED),
        ("gcp.file.snapshot", f"//file.googleapis.com/{PROJECT}/locations/europe-west2-a/instances/share", FOREVER),
    ],
)
def test_a_snapshot_lies_in_what_it_is_of(kind: str, holder: str, kept: object) -> None:
    name = f"{holder}/snapshots/monday"
    assert items(kind, Location.homes, {}, name) == (LONDON,)
    assert items(kind, Location.copies, {}, name) == ()
    assert refs(items(kind, Lineage.origins, {}, name)) == [holder]
    assert items(kind, RecoveryPoint.sources, {}, name) == (Source(holder),)
    (plan,) = items(kind, Backup.plans, {}, name)
    assert (plan.retention.reason if isinstance(plan.retention, Unknown) else plan.retention) == kept
    assert plan.places == (LONDON,)
    assert gaps(kind, Lineage.origins, {}, holder) == ((), [Reason.SHAPE])
    assert reason(kind, EncryptionAtRest.owner, {}) is Reason.NOT_ASKED
