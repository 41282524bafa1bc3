"""Every body of the simulated Azure estate follows the vendor's own SDK models: keys, types, required fields, enums."""

from __future__ import annotations

import copy
from typing import Final

import pytest

from scanner.demo.azure_estate import AzureEstate, Body, demo_estate
from tests.contract.azure_shapes import model_of, problems

MODELS: Final = {
    "Microsoft.Authorization/roleAssignments": "authorization.v2022_04_01.RoleAssignment",
    "Microsoft.Compute/disks": "compute.Disk",
    "Microsoft.Compute/snapshots": "compute.Snapshot",
    "Microsoft.DocumentDB/databaseAccounts": "cosmosdb.DatabaseAccountGetResults",
    "Microsoft.Insights/diagnosticSettings": "monitor.v2021_05_01_preview.SubscriptionDiagnosticSettingsResource",
    "Microsoft.KeyVault/vaults": "keyvault.Vault",
    "Microsoft.Network/networkInterfaces": "network.NetworkInterface",
    "Microsoft.Network/networkSecurityGroups": "network.NetworkSecurityGroup",
    "Microsoft.Network/virtualNetworks": "network.VirtualNetwork",
    "Microsoft.OperationalInsights/workspaces": "loganalytics.Workspace",
    "Microsoft.OperationalInsights/workspaces/tables": "loganalytics.Table",
    "Microsoft.Resources/resourceGroups": "resource.resources.ResourceGroup",
    "Microsoft.Security/pricings": "security.v2024_01_01.Pricing",
    "Microsoft.Security/securityContacts": "security.v2020_01_01_preview.SecurityContact",
    "Microsoft.Sql/servers": "sql.Server",
    "Microsoft.Sql/servers/auditingSettings": "sql.ServerBlobAuditingPolicy",
    "Microsoft.Sql/servers/databases": "sql.Database",
    "Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies": "sql.LongTermRetentionPolicy",
    "Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies": "sql.BackupShortTermRetentionPolicy",
    "Microsoft.Sql/servers/databases/transparentDataEncryption": "sql.LogicalDatabaseTransparentDataEncryption",
    "Microsoft.Sql/servers/encryptionProtector": "sql.EncryptionProtector",
    "Microsoft.Storage/storageAccounts": "storage.StorageAccount",
    "Microsoft.Storage/storageAccounts/blobServices": "storage.BlobServiceProperties",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "storage.BlobContainer",
    "Microsoft.Storage/storageAccounts/fileServices": "storage.FileServiceProperties",
    "Microsoft.Web/sites": "web.Site",
    "microsoft.insights/actiongroups": "monitor.v2023_01_01.ActionGroupResource",
}
"""The vendor's model of each type, as package below ``azure.mgmt`` and class."""

NOT_VALIDATED: Final = {
    "Contoso.Records/ledgers",  # made up: the type that nobody knows
    "Microsoft.Web/sites/config",  # the model leaves out the location, which Azure gives
}
"""The types without an installed model; their bodies follow the facts known about them, and nothing proves it."""


def _problems_of_body(body: Body) -> list[str]:
    return problems(body, MODELS[body["type"]])


BODIES: Final = {f"{week}{body['id']}": body for week in (0, 1) for body in demo_estate(week).resources}
MODELLED: Final = [key for key, body in BODIES.items() if body["type"] in MODELS]


@pytest.mark.parametrize("key", MODELLED)
def test_a_body_follows_the_vendors_model(key: str) -> None:
    assert _problems_of_body(BODIES[key]) == []


@pytest.mark.parametrize("key", MODELLED)
def test_the_vendors_sdk_reads_a_body(key: str) -> None:
    body = BODIES[key]
    kind = model_of(MODELS[body["type"]])
    if hasattr(kind, "_attribute_map"):
        assert kind.deserialize(copy.deepcopy(body)).serialize(keep_readonly=True) == body
        return
    model = kind._deserialize(copy.deepcopy(body), [])
    assert (model.id, model.name, model.type) == (body["id"], body["name"], body["type"])
    assert model.as_dict() == body


def test_every_type_is_validated_or_named() -> None:
    assert {body["type"] for body in BODIES.values()} == MODELS.keys() | NOT_VALIDATED
    assert not MODELS.keys() & NOT_VALIDATED


@pytest.mark.parametrize("estate", [demo_estate(0), demo_estate(1)], ids=["week 0", "week 1"])
def test_ids_are_whole_and_unique(estate: AzureEstate) -> None:
    ids = [body["id"].lower() for body in estate.resources]
    assert len(set(ids)) == len(ids)
    for body in estate.resources:
        kinds = body["type"].split("/")[1:]
        assert body["id"].endswith(f"/{kinds[-1]}/{body['name']}")
        assert body["id"].split("/")[2] in {subscription.id for subscription in estate.subscriptions}
        parent = body["id"].rsplit("/", 2)[0].lower()
        assert len(kinds) == 1 or parent in ids


def _broken(type_: str, path: tuple[str, ...], value: object) -> Body:
    body = copy.deepcopy(next(body for body in BODIES.values() if body["type"] == type_))
    target = body
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return body


ACCOUNT: Final = "Microsoft.Storage/storageAccounts"


@pytest.mark.parametrize(
    ("type_", "path", "value", "said"),
    [
        (ACCOUNT, ("properties", "httpsOnly"), True, "has no such field"),
        (ACCOUNT, ("properties", "supportsHttpsTrafficOnly"), "true", "is not of type"),
        (ACCOUNT, ("properties", "creationTime"), 1, "is not of type"),
        (ACCOUNT, ("properties", "encryption"), [], "is not of type"),
        (ACCOUNT, ("sku", "name"), "Standard_XRS", "is not one of"),
        (ACCOUNT, ("properties", "minimumTlsVersion"), "1.2", "is not one of"),
        (ACCOUNT, ("properties", "networkAcls"), {"bypass": "None"}, "required by NetworkRuleSet"),
        (ACCOUNT, ("tags",), {"env": 1}, "is not of type"),
        (ACCOUNT, ("zones",), [1], "is not of type"),
        ("Microsoft.Network/virtualNetworks", ("properties", "subnets"), [{"nome": "app"}], "has no such field"),
    ],
)
def test_the_validation_finds(type_: str, path: tuple[str, ...], value: object, said: str) -> None:
    found = _problems_of_body(_broken(type_, path, value))
    assert len(found) == 1
    assert "/".join(path[:1]) in found[0]
    assert said in found[0]
