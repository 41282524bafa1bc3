"""Machines, clusters, caches and hardware modules for keys: from replies to facts, the unknown rows included."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import AtRest, CopyKind, Duration, KeyOwner, PlanKind, Reason, Tls
from scanner.providers.azure.keyvault import HSM
from scanner.providers.azure.kubernetes import CLUSTER as KUBERNETES
from scanner.providers.azure.machines import MACHINE, SET
from scanner.providers.azure.redisenterprise import CLUSTER as REDIS
from tests.scanner.providers.azure.azure_states import REFUSED, told

Changes = dict[str, Any]
UK, WEST = "azure:uksouth", "azure:ukwest"
KEY = "https://secrets.vault.azure.net/keys/platform"
PUBLIC = "Exposure.public"


@pytest.mark.parametrize(
    ("host", "expected"),
    [(True, AtRest.ENCRYPTED), (False, Reason.UNDECIDED), (None, Reason.UNDECIDED), ("on", Reason.SHAPE)],
)
def test_what_the_host_of_a_machine_keeps(host: object, expected: object) -> None:
    changes = {"item.properties.securityProfile": {"encryptionAtHost": host}}
    assert told(MACHINE, "EncryptionAtRest.state", changes) == expected


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("EncryptionAtRest.owner", {}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.owner", {"item.properties.encryptionType": "ByMagic"}, Reason.SHAPE),
        ("EncryptionAtRest.key", {}, KEY),
        ("EncryptionAtRest.key", {"item.properties.activeKey": None}, Reason.SHAPE),
        ("EncryptionAtRest.key", {"item.properties.activeKey.keyUrl": "http://v/keys/k/1"}, Reason.SHAPE),
        ("EncryptionAtRest.key", {"item.properties.activeKey.keyUrl": "https://v/keys/"}, Reason.SHAPE),
    ],
)
def test_a_disk_encryption_set(fact: str, changes: Changes, expected: object) -> None:
    assert told(SET, fact, changes) == expected


DAYS, REGIONS = "item.properties.softDeleteRetentionInDays", "item.properties.regions"


def soft(days: object = 30, places: tuple[str, ...] = (UK, WEST), immutable: object = True) -> tuple[object, ...]:
    kept = Duration.of(days) if isinstance(days, int) else days
    return PlanKind.SNAPSHOT, kept, Reason.UNDECIDED, places, True, immutable


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([(CopyKind.REPLICA, WEST, "")], [])),
        ("Location.copies", {REGIONS: None}, ([], [])),
        (
            "Location.copies",
            {REGIONS: [{"name": "UK South"}, {"name": "UK West"}]},
            ([(CopyKind.REPLICA, WEST, "")], []),
        ),
        ("Location.copies", {REGIONS: [{}]}, ([(CopyKind.REPLICA, Reason.SHAPE, "")], [])),
        ("EncryptionInTransit.plaintext", {}, False),
        (PUBLIC, {}, False),
        ("Backup.plans", {}, ([soft()], [Reason.NOT_ASKED])),
        ("Backup.plans", {DAYS: None, REGIONS: None}, ([soft(90, (UK,))], [Reason.NOT_ASKED])),
        ("Backup.plans", {DAYS: "long"}, ([soft(Reason.SHAPE)], [Reason.NOT_ASKED])),
        (
            "Backup.plans",
            {"item.properties.enablePurgeProtection": None},
            ([soft(immutable=Reason.SHAPE)], [Reason.NOT_ASKED]),
        ),
        ("Trust.grantees", {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_a_managed_hsm(fact: str, changes: Changes, expected: object) -> None:
    assert told(HSM, fact, changes) == expected


CMK = "item.properties.encryption.customerManagedKeyEncryption"
NO_KEY = {"item.properties.encryption": None}


def databases(*each: Changes) -> Changes:
    return {"databases.value": [{"properties": properties} for properties in each]}


def linked(*ids: object) -> Changes:
    return {"geoReplication": {"linkedDatabases": [{"id": each} for each in ids]}}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([(CopyKind.REPLICA, Reason.NOT_ASKED, "carts-west")], [])),
        ("Location.copies", databases({}), ([], [])),
        (
            "Location.copies",
            databases(linked("/c/One/databases/a"), linked("/c/one/databases/b", None)),
            ([(CopyKind.REPLICA, Reason.NOT_ASKED, "one")], [Reason.SHAPE]),
        ),
        ("Location.copies", {"databases": REFUSED}, ([], [Reason.REFUSED])),
        ("Lineage.origins", {}, (["carts-west"], [Reason.NOT_ASKED])),
        ("Lineage.origins", databases(linked(7)), ([], [Reason.SHAPE, Reason.NOT_ASKED])),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.owner", {}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.owner", NO_KEY, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {"item.sku.name": "FlashOptimized_A250"}, Reason.UNDECIDED),
        ("EncryptionAtRest.owner", {"item.sku.name": "EnterpriseFlash_F300", **NO_KEY}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.key", {}, KEY),
        ("EncryptionAtRest.key", NO_KEY, "provider"),
        ("EncryptionAtRest.key", {f"{CMK}.keyEncryptionKeyUrl": "key"}, Reason.SHAPE),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.plaintext", databases({}), False),
        ("EncryptionInTransit.plaintext", databases({}, {"clientProtocol": "Plaintext"}), True),
        ("EncryptionInTransit.plaintext", databases({"clientProtocol": "Morse"}), Reason.SHAPE),
        ("EncryptionInTransit.plaintext", {"databases": REFUSED}, Reason.REFUSED),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {"item.properties.minimumTlsVersion": None}, Reason.SHAPE),
        (PUBLIC, {}, False),
        (PUBLIC, {"item.properties.publicNetworkAccess": "Enabled"}, True),
        (PUBLIC, {"item.properties.publicNetworkAccess": None}, Reason.SHAPE),
        ("Backup.plans", {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_a_cluster_of_managed_redis(fact: str, changes: Changes, expected: object) -> None:
    assert told(REDIS, fact, changes) == expected


ACCESS = "item.properties.apiServerAccessProfile"
KMS = "item.properties.securityProfile"


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([], [])),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.algorithms", {}, {"AES-256"}),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {KMS: {"azureKeyVaultKms": {"enabled": False}}}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {KMS: {"azureKeyVaultKms": {"enabled": True}}}, Reason.UNDECIDED),
        ("EncryptionAtRest.owner", {KMS: {"azureKeyVaultKms": {"enabled": "on"}}}, Reason.SHAPE),
        ("EncryptionAtRest.key", {}, "provider"),
        ("EncryptionAtRest.key", {KMS: {"azureKeyVaultKms": {"enabled": True}}}, Reason.UNDECIDED),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.minimum_tls", {}, Reason.NOT_ASKED),
        (PUBLIC, {}, False),
        (PUBLIC, {ACCESS: None}, True),
        (PUBLIC, {f"{ACCESS}.authorizedIPRanges": []}, True),
        (PUBLIC, {f"{ACCESS}.authorizedIPRanges": ["198.51.100.0/28", "0.0.0.0/0"]}, True),
        (PUBLIC, {f"{ACCESS}.authorizedIPRanges": ["10.0.0.0/6"]}, Reason.UNDECIDED),
        (PUBLIC, {f"{ACCESS}.authorizedIPRanges": ["office"]}, Reason.SHAPE),
        (PUBLIC, {ACCESS: {"enablePrivateCluster": True}}, False),
        (PUBLIC, {ACCESS: None, "item.properties.publicNetworkAccess": "Disabled"}, False),
        (PUBLIC, {ACCESS: None, "item.properties.publicNetworkAccess": "Enabled"}, True),
        (PUBLIC, {ACCESS: {"enablePrivateCluster": "yes"}}, Reason.SHAPE),
    ],
)
def test_a_cluster_of_kubernetes(fact: str, changes: Changes, expected: object) -> None:
    assert told(KUBERNETES, fact, changes) == expected
