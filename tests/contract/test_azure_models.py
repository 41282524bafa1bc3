"""Every body of the simulated Azure estate follows the vendor's own SDK models: keys, types, required fields, enums."""

from __future__ import annotations

import copy
import datetime as dt
import enum
import importlib
import sys
import typing
from typing import Any, Final

import pytest

from scanner.demo.azure_estate import AzureEstate, Body, demo_estate

MODELS: Final = {
    "Microsoft.Compute/disks": "compute.Disk",
    "Microsoft.Compute/snapshots": "compute.Snapshot",
    "Microsoft.Network/networkInterfaces": "network.NetworkInterface",
    "Microsoft.Network/networkSecurityGroups": "network.NetworkSecurityGroup",
    "Microsoft.Network/virtualNetworks": "network.VirtualNetwork",
    "Microsoft.OperationalInsights/workspaces": "loganalytics.Workspace",
    "Microsoft.OperationalInsights/workspaces/tables": "loganalytics.Table",
    "Microsoft.Resources/resourceGroups": "resource.resources.ResourceGroup",
    "Microsoft.Sql/servers": "sql.Server",
    "Microsoft.Sql/servers/auditingSettings": "sql.ServerBlobAuditingPolicy",
    "Microsoft.Sql/servers/databases": "sql.Database",
    "Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies": "sql.LongTermRetentionPolicy",
    "Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies": "sql.BackupShortTermRetentionPolicy",
    "Microsoft.Sql/servers/databases/transparentDataEncryption": "sql.LogicalDatabaseTransparentDataEncryption",
    "Microsoft.Sql/servers/encryptionProtector": "sql.EncryptionProtector",
    "Microsoft.Storage/storageAccounts": "storage.StorageAccount",
    "Microsoft.Storage/storageAccounts/blobServices": "storage.BlobServiceProperties",
}
"""The vendor's model of each type, as package below ``azure.mgmt`` and class."""

NOT_VALIDATED: Final = {
    "Contoso.Records/ledgers",  # made up: the type that nobody knows
    "Microsoft.DocumentDB/databaseAccounts",  # azure-mgmt-cosmosdb is not among the dependencies
    "Microsoft.KeyVault/vaults",  # azure-mgmt-keyvault, likewise
    "Microsoft.Web/sites",  # azure-mgmt-web, likewise
    "Microsoft.Web/sites/config",
    "microsoft.insights/actiongroups",  # azure-mgmt-monitor, likewise
}
"""The types without an installed model; their bodies follow the facts known about them, and nothing proves it."""


def _model(name: str) -> type[Any]:
    package, _, class_name = name.rpartition(".")
    return getattr(importlib.import_module(f"azure.mgmt.{package}.models"), class_name)  # type: ignore[no-any-return]


def _hints(model: type[Any]) -> dict[str, Any]:
    """Return the type of each field of `model` by the name that it has in JSON."""
    package = model.__module__.rpartition(".")[0]
    names: dict[str, Any] = {"_models": importlib.import_module(package)}
    hints: dict[str, Any] = {}
    model({})  # the SDK fills the map of fields when a model is first made
    for base in reversed(model.__mro__):
        names |= vars(sys.modules[base.__module__]) | {"_models": names["_models"]}
        own = {
            key: hint for key, hint in vars(base).get("__annotations__", {}).items() if key in model._attr_to_rest_field
        }
        holder = type("Holder", (), {"__annotations__": own})
        hints |= typing.get_type_hints(holder, globalns=names)
    return {model._attr_to_rest_field[key]._rest_name: hint for key, hint in hints.items()}


def _problems(value: object, hint: Any, path: str) -> list[str]:
    """Return what is wrong with `value` as a JSON value of the type `hint`."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return []
    if inner and origin not in (list, dict):
        return _problems_of_union(value, inner, path)
    if origin is list and isinstance(value, list):
        return [found for at, item in enumerate(value) for found in _problems(item, inner[0], f"{path}/{at}")]
    if origin is dict and isinstance(value, dict):
        return [found for key, item in value.items() for found in _problems(item, inner[1], f"{path}/{key}")]
    if hasattr(hint, "_deserialize") and isinstance(value, dict):
        return _problems_of_model(value, hint, path)
    return [] if _is_plain(value, hint) else [f"{path}: {value!r} is not of type {hint}"]


def _problems_of_union(value: object, members: tuple[Any, ...], path: str) -> list[str]:
    if value is None and type(None) in members:
        return []
    enums = [member for member in members if isinstance(member, type) and issubclass(member, enum.Enum)]
    known = [one.value for member in enums for one in member]
    if enums:
        return [] if value in known else [f"{path}: {value!r} is not one of {known}"]
    attempts = [_problems(value, member, path) for member in members if member is not type(None)]
    return min(attempts, key=len)


def _problems_of_model(value: Body, hint: type[Any], path: str) -> list[str]:
    model = type(hint._deserialize(value, []))  # the subclass that a discriminator names
    hints = _hints(model)
    unknown = [f"{path}/{key}: {model.__name__} has no such field" for key in value if key not in hints]
    required = {key for key, one in hints.items() if type(None) not in typing.get_args(one)}
    missing = [f"{path}/{key}: required by {model.__name__}" for key in sorted(required - value.keys())]
    below = [
        found for key in value.keys() & hints.keys() for found in _problems(value[key], hints[key], f"{path}/{key}")
    ]
    return [*unknown, *missing, *sorted(below)]


def _is_plain(value: object, hint: Any) -> bool:
    if hint is dt.datetime:
        return isinstance(value, str) and dt.datetime.fromisoformat(value).tzinfo is not None
    return type(value) is hint


def _problems_of_body(body: Body) -> list[str]:
    return _problems(body, _model(MODELS[body["type"]]), body["id"])


BODIES: Final = {f"{week}{body['id']}": body for week in (0, 1) for body in demo_estate(week).resources}
MODELLED: Final = [key for key, body in BODIES.items() if body["type"] in MODELS]


@pytest.mark.parametrize("key", MODELLED)
def test_a_body_follows_the_vendors_model(key: str) -> None:
    assert _problems_of_body(BODIES[key]) == []


@pytest.mark.parametrize("key", MODELLED)
def test_the_vendors_sdk_reads_a_body(key: str) -> None:
    body = BODIES[key]
    model = _model(MODELS[body["type"]])._deserialize(copy.deepcopy(body), [])
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
