"""What a storage account is by the vendor's replies: value by value, the unknown rows included."""

from __future__ import annotations

import pytest

from scanner.facts import AtRest, Copy, CopyKind, Duration, KeyOwner, PlanKind, Reason, Seen, Tls
from scanner.providers.azure.storage import ACCOUNT
from tests.scanner.providers.azure.azure_states import BASE, FAILED, REFUSED, Json, changed, reason, seen, state, value

STORAGE: Json = {
    "id": f"{BASE}/Microsoft.Storage/storageAccounts/examplefiles",
    "name": "examplefiles",
    "type": "microsoft.storage/storageaccounts",
    "location": "uksouth",
    "tags": {"env": "production", "note": None},
    "sku": {"name": "Standard_ZRS"},
    "properties": {
        "supportsHttpsTrafficOnly": True,
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": False,
        "publicNetworkAccess": "Disabled",
        "encryption": {"keySource": "Microsoft.Storage"},
    },
}
GRS = {"sku.name": "Standard_GRS", "properties.secondaryLocation": "ukwest"}
CMK = {
    "properties.encryption.keySource": "Microsoft.Keyvault",
    "properties.encryption.keyvaultproperties": {"keyvaulturi": "https://example.vault.azure.net/", "keyname": "k"},
}
BY_ACCOUNT = {
    "properties.encryption.services": {"queue": {"keyType": "Account"}, "table": {"keyType": "Account"}},
}
OPEN = {"properties.publicNetworkAccess": "Enabled"}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Tagging.tags", {}, {"env": "production", "note": ""}),
        ("Tagging.tags", {"tags": None}, {}),
        ("Location.homes", {}, Seen(("azure:uksouth",))),
        ("Location.homes", {"location": "UK West"}, Seen(("azure:ukwest",))),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.algorithms", {}, {"AES-256"}),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {**CMK, **BY_ACCOUNT, "kind": "StorageV2"}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.owner", {**CMK, "kind": "BlockBlobStorage"}, KeyOwner.CUSTOMER),
        (
            "EncryptionAtRest.owner",
            {"properties.encryption.keySource": "microsoft.KEYVAULT", "kind": "filestorage"},
            KeyOwner.CUSTOMER,
        ),
        ("EncryptionAtRest.key", {}, "provider"),
        ("EncryptionAtRest.key", CMK, "https://example.vault.azure.net/keys/k"),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.plaintext", {"properties.supportsHttpsTrafficOnly": False}, True),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {"properties.minimumTlsVersion": "TLS1_1"}, Tls.V1_1),
        ("EncryptionInTransit.minimum_tls", {"properties.minimumTlsVersion": None}, Tls.V1_0),
        ("Exposure.public", {}, False),
        ("Exposure.public", {"properties.allowBlobPublicAccess": True}, False),
    ],
)
def test_a_storage_account_answers(fact: str, changes: Json, expected: object) -> None:
    assert value(state(ACCOUNT, fact, item=changed(STORAGE, changes))) == expected


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("EncryptionAtRest.owner", {"properties.encryption": None}, Reason.SHAPE),
        ("EncryptionAtRest.owner", {"properties.encryption.keySource": "Contoso.Keys"}, Reason.SHAPE),
        ("EncryptionAtRest.owner", {**CMK, "kind": "StorageV2"}, Reason.UNDECIDED),
        (
            "EncryptionAtRest.owner",
            {**CMK, "kind": "StorageV2", "properties.encryption.services": {"queue": {"keyType": "Account"}}},
            Reason.UNDECIDED,
        ),
        ("EncryptionAtRest.owner", {**CMK, **BY_ACCOUNT, "kind": None}, Reason.SHAPE),
        ("EncryptionAtRest.key", {"properties.encryption.keySource": "Microsoft.Keyvault"}, Reason.SHAPE),
        ("EncryptionInTransit.plaintext", {"properties.supportsHttpsTrafficOnly": "yes"}, Reason.SHAPE),
        # What the default is depends on when the account was made.
        ("EncryptionInTransit.plaintext", {"properties.supportsHttpsTrafficOnly": None}, Reason.SHAPE),
        ("EncryptionInTransit.minimum_tls", {"properties.minimumTlsVersion": "TLS9"}, Reason.SHAPE),
        ("Exposure.public", {**OPEN, "properties.allowBlobPublicAccess": True}, Reason.NOT_ASKED),
        ("Exposure.public", {**OPEN, "properties.allowBlobPublicAccess": None}, Reason.SHAPE),
        ("Exposure.public", {"properties.publicNetworkAccess": "Sometimes"}, Reason.SHAPE),
        ("Tagging.tags", {"tags": "env"}, Reason.SHAPE),
    ],
)
def test_a_storage_account_does_not_guess(fact: str, changes: Json, expected: Reason) -> None:
    assert reason(state(ACCOUNT, fact, item=changed(STORAGE, changes))) is expected


@pytest.mark.parametrize(
    ("network", "website", "public"),
    [("Enabled", True, True), ("Enabled", False, False), ("SecuredByPerimeter", True, True), (None, True, True)],
)
def test_a_static_website_is_public(network: str | None, website: bool, public: bool) -> None:
    item = changed(STORAGE, {"properties.publicNetworkAccess": network})
    blob = {"properties": {"staticWebsite": {"enabled": website}}}
    assert value(state(ACCOUNT, "Exposure.public", item=item, blob=blob)) is public


@pytest.mark.parametrize(("blob", "expected"), [({"properties": {}}, Reason.SHAPE), (REFUSED, Reason.REFUSED)])
def test_an_unread_static_website_is_unknown(blob: Json | str, expected: Reason) -> None:
    assert reason(state(ACCOUNT, "Exposure.public", item=changed(STORAGE, OPEN), blob=blob)) is expected


@pytest.mark.parametrize(
    ("sku", "geo"),
    [
        ("Standard_LRS", False),
        ("Premium_ZRS", False),
        ("PremiumV2_LRS", False),
        ("standard_grs", True),
        ("Standard_RAGRS", True),
        ("Standard_GZRS", True),
        ("StandardV2_GZRS", True),
        ("Standard_RAGZRS", True),
    ],
)
def test_geo_redundant_storage_has_a_copy(sku: str, geo: bool) -> None:
    item = changed(STORAGE, {"sku.name": sku, "properties.secondaryLocation": "ukwest"})
    copies = seen(state(ACCOUNT, "Location.copies", item=item, replication={"value": []}))
    assert copies == Seen((Copy(CopyKind.GEO_PAIR, "azure:ukwest"),) if geo else ())


def test_a_geo_copy_without_its_place_is_told_as_unknown() -> None:
    item = changed(STORAGE, {"sku.name": "Standard_GRS"})
    (found,) = seen(state(ACCOUNT, "Location.copies", item=item, replication={"value": []})).items
    assert reason(found.place) is Reason.SHAPE


def test_an_unforeseen_redundancy_loses_no_replica() -> None:
    policy = {"properties": {"sourceAccount": "examplefiles", "destinationAccount": "elsewhere"}}
    item = changed(STORAGE, {"sku.name": "Standard_XRS"})
    copies = seen(state(ACCOUNT, "Location.copies", item=item, replication={"value": [policy]}))
    assert [found.ref for found in copies.items] == ["elsewhere"]
    assert [gap.reason for gap in copies.gaps] == [Reason.SHAPE]


def test_object_replication_is_a_copy_at_the_source_and_an_origin_at_the_destination() -> None:
    other = f"{BASE}/Microsoft.Storage/storageAccounts/Other"
    outgoing = {"properties": {"sourceAccount": STORAGE["id"], "destinationAccount": other}}
    incoming = {"properties": {"sourceAccount": other, "destinationAccount": STORAGE["id"]}}
    broken: Json = {"properties": {}}
    replies: Json = {"item": STORAGE, "replication": {"value": [broken, outgoing, incoming]}}
    copies = seen(state(ACCOUNT, "Location.copies", **replies))
    assert [(found.kind, found.ref) for found in copies.items] == [(CopyKind.REPLICA, other.lower())]
    assert reason(copies.items[0].place) is Reason.NOT_ASKED
    assert [gap.reason for gap in copies.gaps] == [Reason.SHAPE]
    replies["replication"] = {"value": [outgoing, incoming]}
    assert [found.ref for found in seen(state(ACCOUNT, "Lineage.origins", **replies)).items] == [other.lower()]


def test_refused_replication_keeps_the_geo_copy_and_leaves_a_gap() -> None:
    copies = seen(state(ACCOUNT, "Location.copies", item=changed(STORAGE, GRS), replication=REFUSED))
    assert copies.items == (Copy(CopyKind.GEO_PAIR, "azure:ukwest"),)
    assert copies.gaps[0].permission == "Microsoft.Storage/storageAccounts/objectReplicationPolicies/read"


def _soft(**policies: Json) -> Json:
    return {"properties": {"deleteRetentionPolicy": {"enabled": False}, **policies}}


KEPT = {"enabled": True, "days": 35}


@pytest.mark.parametrize(
    ("blob", "plans"),
    [
        (_soft(), []),
        (_soft(containerDeleteRetentionPolicy={"enabled": False}, restorePolicy={"enabled": False}), []),
        (_soft(deleteRetentionPolicy=KEPT), [(PlanKind.SNAPSHOT, Duration.of(35))]),
        (_soft(containerDeleteRetentionPolicy={"enabled": True, "days": 7}), [(PlanKind.SNAPSHOT, Duration.of(7))]),
        (_soft(restorePolicy={"enabled": True, "days": 6}), [(PlanKind.CONTINUOUS, Duration.of(6))]),
    ],
)
def test_soft_delete_and_restore_are_plans(blob: Json, plans: list[object]) -> None:
    found = seen(state(ACCOUNT, "Backup.plans", item=STORAGE, blob=blob))
    assert [(plan.kind, plan.retention) for plan in found.items] == plans
    assert all(plan.places == ("azure:uksouth",) and plan.encrypted is True for plan in found.items)
    assert [gap.reason for gap in found.gaps] == [Reason.NOT_ASKED]


def test_a_restore_to_any_moment_has_no_interval() -> None:
    found = seen(state(ACCOUNT, "Backup.plans", item=STORAGE, blob=_soft(restorePolicy=KEPT)))
    assert found.items[0].every == Duration.of(0)


def test_plans_lie_where_the_account_is_copied_to() -> None:
    found = seen(state(ACCOUNT, "Backup.plans", item=changed(STORAGE, GRS), blob=_soft(deleteRetentionPolicy=KEPT)))
    assert found.items[0].places == ("azure:uksouth", "azure:ukwest")
    assert found.items[0].immutable is False
    assert reason(found.items[0].every) is Reason.UNDECIDED


@pytest.mark.parametrize(
    ("blob", "reasons"),
    [
        (REFUSED, [Reason.NOT_ASKED, *[Reason.REFUSED] * 3]),
        (FAILED, [Reason.NOT_ASKED, *[Reason.FAILED] * 3]),
        ({"properties": {}}, [Reason.NOT_ASKED, Reason.SHAPE]),
    ],
)
def test_unread_plans_are_gaps(blob: Json | str, reasons: list[Reason]) -> None:
    found = seen(state(ACCOUNT, "Backup.plans", item=STORAGE, blob=blob))
    assert (found.items, [gap.reason for gap in found.gaps]) == ((), reasons)


def test_soft_delete_without_days_has_no_known_retention() -> None:
    found = seen(state(ACCOUNT, "Backup.plans", item=STORAGE, blob=_soft(deleteRetentionPolicy={"enabled": True})))
    assert reason(found.items[0].retention) is Reason.SHAPE
