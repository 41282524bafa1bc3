"""What managed disks and their snapshots are by the vendor's replies, the unknown rows included."""

from __future__ import annotations

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import FOREVER, AtRest, KeyOwner, Plan, PlanKind, Reason, Seen, Source
from scanner.providers.azure.compute import DISK, SNAPSHOT
from tests.scanner.providers.azure.azure_states import (
    BASE,
    REFUSED,
    SUBSCRIPTION,
    Json,
    changed,
    reason,
    seen,
    state,
    value,
)

DISKS: Json = {
    "id": f"{BASE}/Microsoft.Compute/disks/data",
    "name": "data",
    "type": "microsoft.compute/disks",
    "location": "uksouth",
    "tags": None,
    "sku": {"name": "Premium_LRS"},
    "properties": {
        "diskState": "Attached",
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        "creationData": {"createOption": "Empty"},
    },
}
KEY_SET = f"{BASE}/Microsoft.Compute/diskEncryptionSets/Keys"
CUSTOMER = {
    "properties.encryption": {"type": "EncryptionAtRestWithPlatformAndCustomerKeys", "diskEncryptionSetId": KEY_SET}
}


@pytest.mark.parametrize("kind", [DISK, SNAPSHOT])
@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Tagging.tags", {}, {}),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.algorithms", {}, {"AES-256"}),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", CUSTOMER, KeyOwner.CUSTOMER),
        (
            "EncryptionAtRest.owner",
            {"properties.encryption.type": "EncryptionAtRestWithCustomerKey"},
            KeyOwner.CUSTOMER,
        ),
        ("EncryptionAtRest.key", {}, "provider"),
        ("Location.copies", {}, Seen()),
        ("Location.copies", {"sku.name": "StandardSSD_ZRS"}, Seen()),
        ("Exposure.public", {}, False),
        ("Exposure.public", {"properties.diskState": "ActiveSAS", "properties.networkAccessPolicy": "DenyAll"}, False),
        ("Exposure.public", {"properties.diskState": "ActiveSAS", "properties.publicNetworkAccess": "Disabled"}, False),
    ],
)
def test_a_disk_answers(kind: ResourceType, fact: str, changes: Json, expected: object) -> None:
    assert value(state(kind, fact, item=changed(DISKS, changes))) == expected


KEY = "https://example.vault.azure.net/keys/disks"


@pytest.mark.parametrize("kind", [DISK, SNAPSHOT])
@pytest.mark.parametrize(
    ("active", "expected"),
    [
        ({"activeKey": {"keyUrl": f"{KEY}/1"}}, KEY),
        ({"activeKey": {"keyUrl": "https://Example.vault.azure.net/keys/Disks/2"}}, KEY),
        ({"activeKey": {"keyUrl": "disks"}}, Reason.SHAPE),
        ({}, Reason.SHAPE),
        (None, Reason.REFUSED),
    ],
)
def test_the_key_of_a_disk_is_that_of_its_encryption_set(
    kind: ResourceType, active: Json | None, expected: str
) -> None:
    body = REFUSED if active is None else {"properties": active}
    found = state(kind, "EncryptionAtRest.key", item=changed(DISKS, CUSTOMER), set=body)
    assert (reason(found) if isinstance(expected, Reason) else value(found)) == expected


def test_a_snapshot_is_a_recovery_point_of_its_disk() -> None:
    item = changed(DISKS, {"properties.creationData": {"createOption": "Copy", "sourceResourceId": f"{SOURCE}/"}})
    assert seen(state(SNAPSHOT, "RecoveryPoint.sources", item=item)) == Seen((Source(SOURCE.lower()),))
    imported = {"createOption": "Import", "storageAccountId": f"{BASE}/Microsoft.Storage/storageAccounts/old"}
    item = changed(DISKS, {"properties.creationData": imported})
    assert [gap.reason for gap in seen(state(SNAPSHOT, "RecoveryPoint.sources", item=item)).gaps] == [Reason.NOT_ASKED]
    broken = changed(DISKS, {"properties.creationData": {"createOption": "FromImage"}})
    assert [gap.reason for gap in seen(state(SNAPSHOT, "RecoveryPoint.sources", item=broken)).gaps] == [Reason.SHAPE]


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("EncryptionAtRest.owner", {"properties.encryption": None}, Reason.SHAPE),
        ("EncryptionAtRest.owner", {"properties.encryption.type": "ByMagic"}, Reason.SHAPE),
        ("Exposure.public", {"properties.diskState": "ActiveSAS"}, Reason.UNDECIDED),
        ("Exposure.public", {"properties.diskState": None}, Reason.SHAPE),
        (
            "Exposure.public",
            {
                "properties.diskState": "ReadyToUpload",
                "properties.networkAccessPolicy": None,
                "properties.publicNetworkAccess": None,
            },
            Reason.UNDECIDED,
        ),
    ],
)
def test_a_disk_does_not_guess(fact: str, changes: Json, expected: Reason) -> None:
    assert reason(state(DISK, fact, item=changed(DISKS, changes))) is expected


def test_an_unforeseen_redundancy_of_a_disk_leaves_a_gap() -> None:
    copies = seen(state(DISK, "Location.copies", item=changed(DISKS, {"sku.name": "Premium_GRS"})))
    assert [gap.reason for gap in copies.gaps] == [Reason.SHAPE]


SOURCE = f"{BASE}/Microsoft.Compute/disks/Source"
GALLERY = f"{BASE}/Microsoft.Compute/galleries/g/images/i/versions/1.0.0"
PLATFORM = (
    f"/Subscriptions/{SUBSCRIPTION}/Providers/Microsoft.Compute/Locations/uksouth/Publishers/x/ArtifactTypes/VMImage"
)


@pytest.mark.parametrize(
    ("creation", "refs", "reasons"),
    [
        ({"createOption": "Empty"}, [], []),
        ({"createOption": "Copy", "sourceResourceId": SOURCE}, [SOURCE.lower()], []),
        ({"createOption": "copystart", "sourceResourceId": SOURCE}, [SOURCE.lower()], []),
        ({"createOption": "Restore", "sourceResourceId": SOURCE}, [SOURCE.lower()], []),
        ({"createOption": "Import", "storageAccountId": SOURCE}, [SOURCE.lower()], []),
        ({"createOption": "CopyFromSanSnapshot", "elasticSanResourceId": SOURCE}, [SOURCE.lower()], []),
        ({"createOption": "FromImage", "imageReference": {"id": PLATFORM}}, [], []),
        ({"createOption": "FromImage", "galleryImageReference": {"id": GALLERY}}, [GALLERY.lower()], []),
        ({"createOption": "FromImage"}, [], [Reason.SHAPE]),
        ({"createOption": "Copy"}, [], [Reason.SHAPE]),
        ({"createOption": "Copy", "sourceResourceId": "somewhere"}, [], [Reason.SHAPE]),
        ({"createOption": "Upload"}, [], [Reason.SHAPE]),
        ({}, [], [Reason.SHAPE]),
    ],
)
def test_where_a_disk_came_from(creation: Json, refs: list[str], reasons: list[Reason]) -> None:
    item = changed(DISKS, {"properties.creationData": creation})
    found = seen(state(SNAPSHOT, "Lineage.origins", item=item))
    assert ([origin.ref for origin in found.items], [gap.reason for gap in found.gaps]) == (refs, reasons)


def test_a_snapshot_is_a_plan_that_lives_until_it_is_deleted() -> None:
    (plan,) = seen(state(SNAPSHOT, "Backup.plans", item=DISKS)).items
    assert isinstance(plan, Plan)
    assert (plan.kind, plan.retention, plan.places, plan.encrypted) == (
        PlanKind.SNAPSHOT,
        FOREVER,
        ("azure:uksouth",),
        True,
    )


@pytest.mark.parametrize(
    "changes", [{"name": "AzureBackup_0001"}, {"tags": {"createdBy": "Azure Backup"}}, {"tags": {"AzureBackup": ""}}]
)
def test_the_end_of_a_snapshot_of_azure_backup_is_not_known(changes: Json) -> None:
    (plan,) = seen(state(SNAPSHOT, "Backup.plans", item=changed(DISKS, changes))).items
    assert reason(plan.retention) is Reason.NOT_ASKED


def test_a_disk_has_the_backups_of_vaults_alone() -> None:
    found = seen(state(DISK, "Backup.plans", item=DISKS))
    assert (found.items, found.gaps) == ((), ())
    assert DISK.covered_by == ("azure.dataprotection.vault", "azure.recoveryservices.vault")
