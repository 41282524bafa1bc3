"""What a storage account is by the vendor's replies: value by value, the unknown rows included."""

from __future__ import annotations

import pytest

from scanner.facts import AtRest, Copy, CopyKind, KeyOwner, Reason, Seen, Tls
from scanner.providers.azure.storage import ACCOUNT
from tests.scanner.providers.azure.azure_states import BASE, REFUSED, Json, changed, reason, seen, state, value

STORAGE: Json = {
    "id": f"{BASE}/Microsoft.Storage/storageAccounts/examplefiles",
    "name": "examplefiles",
    "type": "microsoft.storage/storageaccounts",
    "location": "uksouth",
    "tags": {"env": "production", "note": None},
    "sku": {"name": "Standard_ZRS"},
    "kind": "StorageV2",
    "properties": {
        "supportsHttpsTrafficOnly": True,
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": False,
        "publicNetworkAccess": "Disabled",
        "encryption": {"keySource": "Microsoft.Storage"},
    },
}
NO_FILES: Json = {"properties": {"shareDeleteRetentionPolicy": {"enabled": False}}}
NO_CONTAINERS: Json = {"value": []}
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
    assert value(state(ACCOUNT, fact, item=changed(STORAGE, changes), files=NO_FILES)) == expected


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
        ("Exposure.public", {"properties.publicNetworkAccess": "Sometimes"}, Reason.SHAPE),
        ("Exposure.public", {**OPEN, "kind": None}, Reason.SHAPE),
        ("Tagging.tags", {"tags": "env"}, Reason.SHAPE),
    ],
)
def test_a_storage_account_does_not_guess(fact: str, changes: Json, expected: Reason) -> None:
    assert reason(state(ACCOUNT, fact, item=changed(STORAGE, changes))) is expected


DENY = {"properties.networkAcls": {"defaultAction": "Deny", "ipRules": []}}
ANYONE = {"properties.networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "0.0.0.0/0"}]}}
OFFICE = {"properties.networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "198.51.100.0/24"}]}}
MAY = {"properties.allowBlobPublicAccess": True}


def _site(on: object) -> Json:
    return {"properties": {"staticWebsite": {"enabled": on}}}


def _levels(*levels: object) -> Json:
    return {"value": [{"properties": {"publicAccess": level}} for level in levels]}


@pytest.mark.parametrize(
    ("changes", "blob", "containers", "expected"),
    [
        ({}, _site(True), NO_CONTAINERS, True),
        ({}, _site(False), _levels("Blob"), False),
        ({"properties.publicNetworkAccess": "SecuredByPerimeter"}, _site(True), NO_CONTAINERS, Reason.NOT_ASKED),
        ({"properties.publicNetworkAccess": "SecuredByPerimeter"}, _site(False), NO_CONTAINERS, False),
        ({"properties.publicNetworkAccess": None}, _site(True), NO_CONTAINERS, True),
        ({"properties.publicNetworkAccess": "Disabled"}, _site(True), NO_CONTAINERS, False),
        ({"kind": "FileStorage"}, REFUSED, REFUSED, False),
        (MAY, _site(False), _levels("None", "Container"), True),
        (MAY, _site(False), _levels("None", "Blob"), True),
        (MAY, _site(False), _levels("None"), False),
        (MAY, _site(True), _levels("None"), True),
        (MAY, _site(False), REFUSED, Reason.REFUSED),
        (MAY, _site(False), _levels("None", "Friends"), Reason.SHAPE),
        (MAY, _site(False), _levels("None", None), Reason.SHAPE),
        ({**MAY, **DENY}, _site(True), _levels("Blob"), False),
        ({**MAY, **OFFICE}, _site(True), _levels("Blob"), False),
        ({**MAY, **ANYONE}, _site(False), _levels("Blob"), True),
        ({"properties.allowBlobPublicAccess": None}, _site(False), NO_CONTAINERS, Reason.SHAPE),
        # A website is served to everybody whatever else is not known.
        ({"properties.allowBlobPublicAccess": None}, _site(True), NO_CONTAINERS, True),
        ({}, {"properties": {}}, NO_CONTAINERS, Reason.SHAPE),
        ({}, REFUSED, NO_CONTAINERS, Reason.REFUSED),
        ({"properties.networkAcls": {"defaultAction": "Maybe"}}, _site(True), NO_CONTAINERS, Reason.SHAPE),
    ],
)
def test_who_may_read_blobs(changes: Json, blob: Json | str, containers: Json | str, expected: object) -> None:
    item = changed(STORAGE, {**OPEN, **changes})
    found = state(ACCOUNT, "Exposure.public", item=item, blob=blob, containers=containers)
    assert (reason(found) if isinstance(expected, Reason) else value(found)) is expected


def _shares(**required: object) -> Json:
    settings = {name: {"encryptionInTransit": {"required": must}} for name, must in required.items()}
    return {"properties": {"protocolSettings": settings}}


@pytest.mark.parametrize(
    ("changes", "files", "expected"),
    [
        ({}, _shares(smb=True, nfs=True), False),
        ({}, _shares(smb=False, nfs=True), True),
        ({}, _shares(smb=True, nfs=False), True),
        # A protocol without a setting of its own does as the account does.
        ({}, _shares(), False),
        ({"properties.supportsHttpsTrafficOnly": False}, _shares(smb=True, nfs=True), True),
        ({"properties.isNfsV3Enabled": True}, _shares(), True),
        ({"properties.isNfsV3Enabled": False}, _shares(), False),
        ({"properties.isNfsV3Enabled": "no"}, _shares(), Reason.SHAPE),
        ({}, _shares(smb="often"), Reason.SHAPE),
        ({}, REFUSED, Reason.REFUSED),
        ({"kind": "BlockBlobStorage"}, REFUSED, False),
        ({"kind": "NewStorage"}, REFUSED, Reason.REFUSED),
        ({"properties.supportsHttpsTrafficOnly": False}, REFUSED, True),
    ],
)
def test_whether_an_account_takes_plain_connections(changes: Json, files: Json | str, expected: object) -> None:
    found = state(ACCOUNT, "EncryptionInTransit.plaintext", item=changed(STORAGE, changes), files=files)
    assert (reason(found) if isinstance(expected, Reason) else value(found)) is expected


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
