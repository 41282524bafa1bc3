"""Rules that every Azure type keeps: complete answers, the vendor's own paths, and no answer from a refusal."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import (
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Kind,
    Known,
    Lineage,
    Location,
    LogStore,
    Refused,
    Seen,
    State,
    Tagging,
    Unknown,
    Where,
)
from scanner.facts.reply import split
from scanner.providers.azure import PROVIDER
from scanner.providers.azure.graph import QUERY
from scanner.providers.azure.session import DISCOVERY
from tests.scanner.providers.azure.azure_states import replies

TYPES: Final = {kind.name: kind for kind in PROVIDER.types}
DATA: Final = [kind for kind in PROVIDER.types if kind.kind is Kind.DATA]
ASKS: Final = [(kind, source) for kind in PROVIDER.types for source in kind.ask]
ANSWERED: Final = (
    Location.homes,
    Location.copies,
    EncryptionAtRest.state,
    EncryptionAtRest.algorithms,
    EncryptionAtRest.owner,
    EncryptionAtRest.key,
    EncryptionInTransit.plaintext,
    EncryptionInTransit.minimum_tls,
    EncryptionInTransit.certificate_expires,
    Backup.plans,
    Lineage.origins,
    Exposure.public,
    LogStore.retention,
    LogStore.access_recorded,
    Tagging.tags,
)
MODELS: Final = {
    ("azure.storage.account", "item"): "storage.StorageAccount",
    ("azure.storage.account", "blob"): "storage.BlobServiceProperties",
    ("azure.storage.account", "replication"): "storage.ObjectReplicationPolicy",
    ("azure.sql.server", "item"): "sql.Server",
    ("azure.sql.database", "item"): "sql.Database",
    ("azure.sql.database", "tde"): "sql.LogicalDatabaseTransparentDataEncryption",
    ("azure.sql.database", "short"): "sql.BackupShortTermRetentionPolicy",
    ("azure.sql.database", "long"): "sql.LongTermRetentionPolicy",
    ("azure.sql.database", "server"): "sql.Server",
    ("azure.sql.database", "protector"): "sql.EncryptionProtector",
    ("azure.sql.database", "links"): "sql.ReplicationLink",
    ("azure.compute.disk", "item"): "compute.Disk",
    ("azure.compute.snapshot", "item"): "compute.Snapshot",
    ("azure.loganalytics.workspace", "item"): "loganalytics.Workspace",
    ("azure.loganalytics.workspace", "tables"): "loganalytics.Table",
    ("azure.loganalytics.workspace", "exports"): "loganalytics.DataExport",
    ("azure.network.virtual-network", "item"): "network.VirtualNetwork",
    **{
        (f"azure.{name}.server", source): f"{name}flexibleservers.{model}"
        for name in ("postgresql", "mysql")
        for source, model in (
            ("item", "Server"),
            ("secure", "Configuration"),
            ("tls", "Configuration"),
            ("firewall", "FirewallRule"),
            ("replicas", "Server"),
        )
    },
    ("azure.cosmos.account", "item"): "cosmosdb.DatabaseAccountGetResults",
    ("azure.keyvault.vault", "item"): "keyvault.Vault",
    ("azure.redis.cache", "item"): "redis.RedisResource",
    ("azure.redis.cache", "firewall"): "redis.RedisFirewallRule",
    ("azure.redis.cache", "links"): "redis.RedisLinkedServerWithProperties",
    ("azure.eventhub.namespace", "item"): "eventhub.EHNamespace",
    ("azure.eventhub.namespace", "hubs"): "eventhub.Eventhub",
    ("azure.servicebus.namespace", "item"): "servicebus.SBNamespace",
    ("azure.search.service", "item"): "search.SearchService",
    ("azure.containerregistry.registry", "item"): "containerregistry.Registry",
    ("azure.containerregistry.registry", "replications"): "containerregistry.Replication",
    ("azure.containerregistry.replication", "item"): "containerregistry.Replication",
    ("azure.web.site", "item"): "web.Site",
    ("azure.web.site", "config"): "web.SiteConfigResource",
    ("azure.web.slot", "item"): "web.Site",
    ("azure.web.slot", "config"): "web.SiteConfigResource",
    ("azure.compute.image", "item"): "compute.Image",
    ("azure.compute.image", "set"): "compute.DiskEncryptionSet",
    ("azure.compute.gallery-version", "set"): "compute.DiskEncryptionSet",
    ("azure.compute.gallery-version", "item"): "compute.GalleryImageVersion",
    ("azure.compute.gallery-version", "gallery"): "compute.Gallery",
    ("azure.sql.managed-instance", "item"): "sql.ManagedInstance",
    ("azure.sql.managed-instance", "protector"): "sql.ManagedInstanceEncryptionProtector",
    ("azure.sql.managed-database", "item"): "sql.ManagedDatabase",
    ("azure.sql.managed-database", "instance"): "sql.ManagedInstance",
    ("azure.sql.managed-database", "protector"): "sql.ManagedInstanceEncryptionProtector",
    ("azure.sql.managed-database", "tde"): "sql.ManagedTransparentDataEncryption",
    ("azure.sql.managed-database", "short"): "sql.ManagedBackupShortTermRetentionPolicy",
    ("azure.sql.managed-database", "long"): "sql.ManagedInstanceLongTermRetentionPolicy",
    ("azure.sql.managed-database", "group"): "sql.InstanceFailoverGroup",
    ("azure.recoveryservices.vault", "item"): "recoveryservices.Vault",
    ("azure.recoveryservices.vault", "replicated"): "recoveryservicessiterecovery.ReplicationProtectedItem",
    ("azure.recoveryservices.vault", "policies"): "recoveryservicesbackup.ProtectionPolicyResource",
    ("azure.recoveryservices.vault", "items"): "recoveryservicesbackup.ProtectedItemResource",
    ("azure.recoveryservices.vault", "machines"): "compute.VirtualMachine",
    ("azure.dataprotection.vault", "item"): "dataprotection.BackupVaultResource",
    ("azure.dataprotection.vault", "policies"): "dataprotection.BaseBackupPolicyResource",
    ("azure.dataprotection.vault", "instances"): "dataprotection.BackupInstanceResource",
    ("azure.iot.hub", "item"): "iothub.IotHubDescription",
    ("azure.eventgrid.topic", "item"): "eventgrid.Topic",
    ("azure.eventgrid.topic", "subscriptions"): "eventgrid.EventSubscription",
    ("azure.eventgrid.domain", "item"): "eventgrid.Domain",
    ("azure.eventgrid.domain", "subscriptions"): "eventgrid.EventSubscription",
    ("azure.appconfiguration.store", "item"): "appconfiguration.ConfigurationStore",
    ("azure.appconfiguration.store", "replicas"): "appconfiguration.Replica",
    ("azure.cognitiveservices.account", "item"): "cognitiveservices.Account",
    ("azure.cognitiveservices.account", "deployments"): "cognitiveservices.Deployment",
    ("azure.apimanagement.service", "item"): "apimanagement.ApiManagementServiceResource",
    ("azure.apimanagement.service", "apis"): "apimanagement.ApiContract",
    ("azure.network.virtual-network", "watchers"): "network.NetworkWatcher",
    ("azure.network.virtual-network", "logs"): "network.FlowLog",
    ("azure.subscription", "item"): "resource.subscriptions.Subscription",
    ("azure.subscription", "exports"): "monitor.v2021_05_01_preview.SubscriptionDiagnosticSettingsResource",
    ("azure.subscription", "kept"): "storage.BlobContainer",
    ("azure.subscription", "plans"): "security.v2024_01_01.Pricing",
    ("azure.subscription", "contacts"): "security.v2020_01_01_preview.SecurityContact",
    ("azure.subscription", "alerts"): "monitor.v2020_10_01.ActivityLogAlertResource",
    ("azure.subscription", "groups"): "monitor.v2023_01_01.ActionGroupResource",
    ("azure.subscription", "held"): "authorization.v2022_04_01.RoleAssignment",
    ("azure.subscription", "everywhere"): "authorization.v2022_04_01.RoleAssignment",
    ("azure.subscription", "eligible"): "authorization.v2020_10_01.RoleEligibilityScheduleInstance",
    ("azure.subscription", "roles"): "authorization.v2022_04_01.RoleDefinition",
    ("azure.subscription", "delegated"): "managedservices.RegistrationAssignment",
    ("azure.cdn.endpoint", "item"): "cdn.Endpoint",
    ("azure.cdn.endpoint", "profile"): "cdn.Profile",
    ("azure.cdn.front-door-endpoint", "item"): "cdn.AFDEndpoint",
    ("azure.cdn.front-door-endpoint", "routes"): "cdn.Route",
    ("azure.cdn.profile", "domains"): "cdn.AFDDomain",
    ("azure.cdn.profile", "item"): "cdn.Profile",
    ("azure.cdn.profile", "secrets"): "cdn.Secret",
    ("azure.compute.disk", "set"): "compute.DiskEncryptionSet",
    ("azure.compute.disk-encryption-set", "item"): "compute.DiskEncryptionSet",
    ("azure.compute.snapshot", "set"): "compute.DiskEncryptionSet",
    ("azure.compute.virtual-machine", "item"): "compute.VirtualMachine",
    ("azure.containerapps.app", "certificates"): "appcontainers.Certificate",
    ("azure.containerapps.app", "environment"): "appcontainers.ManagedEnvironment",
    ("azure.containerapps.app", "item"): "appcontainers.ContainerApp",
    ("azure.databricks.workspace", "item"): "databricks.Workspace",
    ("azure.datafactory.factory", "item"): "datafactory.Factory",
    ("azure.keyvault.managed-hsm", "item"): "keyvault.ManagedHsm",
    ("azure.kubernetes.cluster", "item"): "containerservice.ManagedCluster",
    ("azure.kusto.cluster", "item"): "kusto.Cluster",
    ("azure.kusto.cluster", "principals"): "kusto.ClusterPrincipalAssignment",
    ("azure.kusto.database", "cluster"): "kusto.Cluster",
    ("azure.kusto.database", "item"): "kusto.Database",
    ("azure.machinelearning.workspace", "item"): "machinelearningservices.Workspace",
    ("azure.mysql.server", "administrators"): "mysqlflexibleservers.AzureADAdministrator",
    ("azure.netapp.volume", "account"): "netapp.NetAppAccount",
    ("azure.netapp.volume", "backups"): "netapp.BackupPolicy",
    ("azure.netapp.volume", "item"): "netapp.Volume",
    ("azure.netapp.volume", "snapshots"): "netapp.SnapshotPolicy",
    ("azure.network.application-gateway", "item"): "network.ApplicationGateway",
    ("azure.network.security-group", "item"): "network.NetworkSecurityGroup",
    ("azure.postgresql.server", "administrators"): "postgresqlflexibleservers.AdministratorMicrosoftEntra",
    ("azure.redis.enterprise", "databases"): "redisenterprise.Database",
    ("azure.redis.enterprise", "item"): "redisenterprise.Cluster",
    ("azure.sql.database", "firewall"): "sql.FirewallRule",
    ("azure.storage.account", "containers"): "storage.BlobContainer",
    ("azure.storage.account", "files"): "storage.FileServiceProperties",
    ("azure.storage.account", "lifecycle"): "storage.ManagementPolicy",
    ("azure.synapse.sql-pool", "firewall"): "synapse.IpFirewallRuleInfo",
    ("azure.synapse.sql-pool", "geo"): "synapse.GeoBackupPolicy",
    ("azure.synapse.sql-pool", "item"): "synapse.SqlPool",
    ("azure.synapse.sql-pool", "tde"): "synapse.TransparentDataEncryption",
    ("azure.synapse.sql-pool", "workspace"): "synapse.Workspace",
    ("azure.synapse.workspace", "firewall"): "synapse.IpFirewallRuleInfo",
    ("azure.synapse.workspace", "item"): "synapse.Workspace",
    ("azure.resource-group", "item"): "resource.resources.ResourceGroup",
}
"""The vendor's model of each reply (of each item, where the reply is a list): package below `azure.mgmt`, class."""


def _models(model: type[Any]) -> set[type[Any]]:
    """A model, and every one that may stand in its place."""
    return {model}.union(*(_models(below) for below in model.__subclasses__()))


def _step(here: set[Any], step: str) -> set[Any]:
    """What may stand below a field, by its name in JSON. Raises KeyError where no model has it.

    What stands somewhere is a model or, for the older SDKs, which write nested fields as one, the rest of their names;
    None is a plain value, and `dict` one of free names.
    """
    found = {type(None)} if dict in here else set[Any]()
    for each in here - {dict}:
        fields = _nested(each) if isinstance(each, tuple) or hasattr(each, "_attribute_map") else _fields(each)
        found |= fields.get(step, set())
    if not found:
        raise KeyError(step)
    return found


def _fields(model: type[Any]) -> dict[str, set[Any]]:
    if model is type(None):
        return {}
    model({})  # the SDK fills the map of fields when a model is first made
    module = sys.modules[model.__module__]
    hints = {name: repr(hint) for base in model.__mro__ for name, hint in vars(base).get("__annotations__", {}).items()}
    found: dict[str, set[Any]] = {}
    for name, field in model._attr_to_rest_field.items():
        below = [getattr(module, each, None) for each in re.findall(r"_models\.(\w+)", hints[name])]
        models: list[set[Any]] = [_models(each) for each in below if isinstance(each, type)]
        found[field._rest_name] = set().union(*models) or {type(None)}
    return found


def _nested(here: Any) -> dict[str, set[Any]]:
    """As `_fields`, for a model of the older SDKs, or the pair of such a model and the names above a nested field."""
    model, above = here if isinstance(here, tuple) else (here, ())
    found: dict[str, set[Any]] = {}
    for each in model._attribute_map.values():
        names = tuple(name.replace("\\.", ".") for name in re.split(r"(?<!\\)\.", each["key"]))
        if names[: len(above)] != above:
            continue
        name, *rest = names[len(above) :]
        below: Any = getattr(sys.modules[model.__module__], re.findall(r"\w+", each["type"])[0], None)
        plain = {dict} if each["type"].startswith("{") else {type(None)}
        values = _models(below) if hasattr(below, "_attribute_map") else plain
        found.setdefault(name, set()).update({(model, (*above, name))} if rest else values)
    return found


def _paths(kind: ResourceType, source: str) -> Iterator[str]:
    for answer in kind.facts:
        for path in answer.paths:
            if path.startswith(f"{source}:"):
                yield path.partition(":")[2]


OF_ROWS: Final = {("item", "/tenantId")}
"""What Resource Graph adds to the body that a resource has in ARM."""
DECLARED: Final = sorted(
    {(*key, path) for key in MODELS for path in _paths(TYPES[key[0]], key[1]) if (key[1], path) not in OF_ROWS}
)


@pytest.mark.parametrize(("name", "source", "path"), DECLARED)
def test_a_declared_path_is_in_the_vendors_model(name: str, source: str, path: str) -> None:
    package, _, model_name = MODELS[name, source].rpartition(".")
    here: set[Any] = _models(getattr(importlib.import_module(f"azure.mgmt.{package}.models"), model_name))
    steps = split(path)
    if source != "item" and TYPES[name].ask[source].items:
        assert steps[:2] == ("value", "*")
        steps = steps[2:]
    for step in steps:
        if step != "*":
            here = _step(here, step)


def test_every_reply_has_a_model() -> None:
    replies = {(kind.name, source) for kind in PROVIDER.types for source in ("item", *kind.ask)}
    assert replies == set(MODELS)


@pytest.mark.parametrize(("kind", "source"), ASKS, ids=lambda part: getattr(part, "name", part))
def test_a_call_is_an_operation_of_the_sdk(kind: ResourceType, source: str) -> None:
    call = kind.ask[source]
    source_code = _operations(MODELS[kind.name, source].rpartition(".")[0])
    permitted = "/".join(call.permission.split("/")[:-1]).lower()
    assert re.fullmatch(r"[\w.]+(/\w+)+/read", call.permission)
    version = call.give["api-version"]
    # The older SDKs write the version of each operation in its body.
    written = (f'"api_version", _params.pop("api-version", "{version}")', f'api_version = "{version}"')
    assert any(each in source_code for each in written)
    # The oldest write a URL in single quotes.
    urls = re.findall(r"""["']/(?:subscriptions/[^"']*?|\{scope(?:Id)?\})/providers/([^"']+)["']""", source_code)
    assert permitted in {re.sub(r"/(\{[^}]+\}|default|current|web)", "", url).lower() for url in urls}


@cache
def _operations(package: str) -> str:
    """The source of an SDK's operations: one module, or in the older SDKs several."""
    operations = importlib.import_module(f"azure.mgmt.{package}.operations")
    files = sorted(Path(str(operations.__file__)).parent.glob("*_operations.py"))
    # A long URL is several literals in a row.
    return re.sub(r'"\s*\n\s*"', "", "\n".join(file.read_text(encoding="utf-8") for file in files))


@pytest.mark.parametrize("kind", DATA, ids=lambda kind: kind.name)
def test_a_data_type_answers_everything_or_says_why_not(kind: ResourceType) -> None:
    answered = {answer.fact.key for answer in kind.facts}
    open_ = [fact.key for fact in ANSWERED if fact.key not in answered and fact.facet not in kind.without]
    assert open_ == []
    assert not [answer.fact.key for answer in kind.facts if answer.fact.facet in kind.without]


@pytest.mark.parametrize("kind", PROVIDER.types, ids=lambda kind: kind.name)
def test_a_type_answers_each_fact_once_from_its_own_replies(kind: ResourceType) -> None:
    keys = [answer.fact.key for answer in kind.facts]
    assert len(set(keys)) == len(keys)
    assert {source for answer in kind.facts for source in answer.sources} == {"item", *kind.ask}


@pytest.mark.parametrize("kind", PROVIDER.types, ids=lambda kind: kind.name)
def test_a_type_is_of_the_class_that_the_catalogue_says(kind: ResourceType) -> None:
    # A logical server is catalogued as data, so that an unmodelled one is told; the modelled one holds no content.
    expected = Kind.CONFIG if kind.name == "azure.sql.server" else PROVIDER.kind(kind.native)
    assert kind.kind is expected


@pytest.mark.parametrize("kind", PROVIDER.types, ids=lambda kind: kind.name)
def test_lists_that_are_read_have_no_order(kind: ResourceType) -> None:
    lists = {path.partition("/*")[0] for answer in kind.facts for path in answer.paths if "/*" in path}
    assert set(kind.unordered) == lists


def test_an_unheard_of_type_is_unclassified() -> None:
    assert PROVIDER.kind("contoso.records/ledgers") is Kind.UNCLASSIFIED


def _all_calls() -> Iterator[Call]:
    for kind in PROVIDER.types:
        yield kind.each
        yield from kind.ask.values()


@pytest.mark.parametrize("call", list(_all_calls()), ids=lambda call: call.operation)
def test_every_call_is_a_read_of_one_subscription(call: Call) -> None:
    assert call.per is Per.ACCOUNT
    assert call.permission.endswith("/read")
    assert call.operation.startswith("GET /") or call.operation == "POST /providers/Microsoft.ResourceGraph/resources"


def test_the_query_has_every_column_that_is_read() -> None:
    columns = QUERY.rpartition("project ")[2].split(", ")
    shared = [kind for kind in PROVIDER.types if kind.each.operation.startswith("POST")]
    read = {split(path)[0] for kind in shared for path in _paths(kind, "item")}
    assert read <= set(columns)
    assert "order by id" in QUERY


def test_the_provider_loads_no_sdk() -> None:
    code = "import sys, scanner.providers.azure as a; sys.exit(bool({'azure', 'requests'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603  # own interpreter


def test_the_role_has_every_permission() -> None:
    """What is read of everything, and what is found out before: all of it single reads, the subscription's too."""
    calls = [*_all_calls(), *DISCOVERY]
    needed = frozenset(call.permission for call in _all_calls())
    (subscription,) = (kind for kind in PROVIDER.types if kind.name == "azure.subscription")
    assert needed >= {call.permission for call in subscription.ask.values()}
    role = json.loads(PROVIDER.role(needed))
    assert role["Actions"] == sorted({call.permission for call in calls})
    assert not [action for action in role["Actions"] if not re.fullmatch(r"\*/read|[\w.]+(/\w+)+/read", action)]
    assert (role["NotActions"], role["DataActions"]) == ([], [])


def _unknowns(state: State) -> list[Unknown]:
    match state:
        case Unknown():
            return [state]
        case Known(Seen(items, gaps)):
            slots = [getattr(item, name) for item in items for name in getattr(item, "__slots__", ())]
            return [*gaps, *(part for part in slots if isinstance(part, Unknown))]
        case _:
            return []


@pytest.mark.parametrize(("kind", "source"), ASKS, ids=lambda part: getattr(part, "name", part))
def test_a_refused_ask_answers_nothing_and_names_the_permission(kind: ResourceType, source: str) -> None:
    call = kind.ask[source]
    good = replies(kind)
    refused = {**good, source: Refused(call.operation, call.permission, "AuthorizationFailed")}
    told = False
    for answer in kind.facts:
        if source not in answer.sources:
            continue
        read = [e for e in getattr(answer(good, Where()), "evidence", ()) if e.call == call.operation]
        state = answer(refused, Where())
        assert not [e for e in getattr(state, "evidence", ()) if e.call == call.operation]
        permissions = {unknown.permission for unknown in _unknowns(state)}
        assert not read or call.permission in permissions, answer.fact.key
        told |= bool(read)
    assert told
