"""The Azure estate of the demo company, as the bodies that Azure Resource Manager (ARM) returns.

Everything is as the company promises, except where a comment says ``Breaks:``. `demo_estate` gives the estate of one
week: the base data, then the changes that happened up to that week. The bodies follow the models of the vendor's SDKs.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, TypeAlias

from scanner.demo.azure_governance import governance

Body: TypeAlias = dict[str, Any]
"""One ARM body: ``id``, ``name``, ``type`` and what the type has."""

TENANT: Final = "00000000-0000-0000-0000-00000000000a"
PRODUCTION: Final = "00000000-0000-0000-0000-000000000001"
TEST: Final = "00000000-0000-0000-0000-000000000002"
SHARED: Final = "00000000-0000-0000-0000-000000000003"
STAGING: Final = "00000000-0000-0000-0000-000000000004"
DEVELOPMENT: Final = "00000000-0000-0000-0000-000000000005"
DEDICATED: Final = "00000000-0000-0000-0000-000000000006"
"""The subscription of the customers that have a store and a database of their own."""

UK_SOUTH: Final = "uksouth"
UK_SOUTH_CHOSEN: Final = "azure:uksouth"
"""UK South as a customer's tag names it."""
CREATED: Final = "2026-03-02T09:00:00Z"
FIRST_WEEK: Final = date(2026, 11, 2)
RETENTION_DAYS: Final = 35
"""The number of days that the company promises for backups and for logs."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription of the estate, `id` being its GUID."""

    id: str
    name: str
    tenant: str = TENANT
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AzureEstate:
    """What exists: the subscriptions, and every resource as its ARM body (resource groups and children included)."""

    subscriptions: tuple[Subscription, ...]
    resources: tuple[Body, ...]

    def only(self, *subscriptions: str) -> AzureEstate:
        """Return the part of it that is in some of its subscriptions, named by GUID."""
        return AzureEstate(
            tuple(each for each in self.subscriptions if each.id in subscriptions),
            tuple(body for body in self.resources if body["id"].split("/")[2] in subscriptions),
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A resource group: the place and the tags that its resources have unless they say otherwise."""

    subscription: str
    name: str
    environment: str

    @property
    def id(self) -> str:
        """The ARM id."""
        return f"/subscriptions/{self.subscription}/resourceGroups/{self.name}"

    def resource(self, type_: str, name: str, *, location: str = UK_SOUTH, **rest: Any) -> Body:
        """Build the body of a top-level resource of this group."""
        body = {"id": f"{self.id}/providers/{type_}/{name}", "name": name, "type": type_, "location": location}
        return {**body, "tags": {"env": self.environment, "owner": "platform"}, **rest}


APP: Final = Group(PRODUCTION, "app-production", "production")
DATA: Final = Group(PRODUCTION, "data-production", "production")
NETWORK: Final = Group(PRODUCTION, "network-production", "production")
APP_TEST: Final = Group(TEST, "app-test", "test")
DATA_TEST: Final = Group(TEST, "data-test", "test")
HUB: Final = Group(SHARED, "shared", "production")
APP_STAGING: Final = Group(STAGING, "app-staging", "staging")
DATA_STAGING: Final = Group(STAGING, "data-staging", "staging")
APP_DEVELOPMENT: Final = Group(DEVELOPMENT, "app-development", "development")
DATA_DEVELOPMENT: Final = Group(DEVELOPMENT, "data-development", "development")
CUSTOMERS: Final = Group(DEDICATED, "customers", "production")

UNNAMED: Final = "fern"
"""The customer whose store does not tell which place was chosen; in the second week it does."""
CHOSEN: Final = {
    "alder": UK_SOUTH_CHOSEN,
    "birch": "azure:ukwest",
    "cedar": UK_SOUTH_CHOSEN,
    "elm": "GB",
    UNNAMED: None,
    "hazel": "azure:ukwest",
}
"""The customers with a store of their own, and the place that each of them chose, as its tag says."""


def child(parent: Body, part: str, name: str, properties: Body, **rest: Any) -> Body:
    """Build the body of a child of `parent`; `part` is what its type adds to the parent's."""
    own = {"id": f"{parent['id']}/{part}/{name}", "name": name, "type": f"{parent['type']}/{part}"}
    return {**own, **rest, "properties": properties}


def storage(
    group: Group,
    name: str,
    *,
    location: str = UK_SOUTH,
    sku: str = "Standard_ZRS",
    secondary: str | None = None,
    https_only: bool = True,
) -> list[Body]:
    """Build a storage account with its services of blobs and files. `secondary` is the pair of a geo-redundant one."""
    properties: Body = {
        "provisioningState": "Succeeded",
        "creationTime": CREATED,
        "primaryLocation": location,
        "statusOfPrimary": "available",
        "primaryEndpoints": {"blob": f"https://{name}.blob.core.windows.net/"},
        "supportsHttpsTrafficOnly": https_only,
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": False,
        "allowSharedKeyAccess": False,
        "allowCrossTenantReplication": False,
        "publicNetworkAccess": "Disabled",
        "networkAcls": {"bypass": "AzureServices", "virtualNetworkRules": [], "ipRules": [], "defaultAction": "Deny"},
        "encryption": _storage_encryption(),
        "accessTier": "Hot",
    }
    if secondary is not None:
        properties |= {"secondaryLocation": secondary, "statusOfSecondary": "available"}
    account = group.resource(
        "Microsoft.Storage/storageAccounts",
        name,
        location=location,
        sku={"name": sku, "tier": "Standard"},
        kind="StorageV2",
        properties=properties,
    )
    return [account, _blob_service(account), _file_service(account)]


def _storage_encryption() -> Body:
    service = {"enabled": True, "lastEnabledTime": CREATED, "keyType": "Account"}
    return {
        "keySource": "Microsoft.Storage",
        "requireInfrastructureEncryption": False,
        "services": {"blob": service, "file": service},
    }


def _blob_service(account: Body) -> Body:
    kept = {"enabled": True, "days": RETENTION_DAYS}
    properties: Body = {
        "deleteRetentionPolicy": {**kept, "allowPermanentDelete": False},
        "containerDeleteRetentionPolicy": kept,
        "isVersioningEnabled": False,
        "cors": {"corsRules": []},
    }
    return child(account, "blobServices", "default", properties, sku=account["sku"])


def _file_service(account: Body) -> Body:
    smb = {"versions": "SMB3.0;SMB3.1.1;", "encryptionInTransit": {"required": True}}
    properties: Body = {
        "shareDeleteRetentionPolicy": {"enabled": True, "days": RETENTION_DAYS},
        "protocolSettings": {"smb": smb},
        "cors": {"corsRules": []},
    }
    return child(account, "fileServices", "default", properties, sku=account["sku"])


def sql_server(group: Group, name: str) -> list[Body]:
    """Build a SQL server with the children that every server has, the logical database ``master`` among them."""
    server = group.resource(
        "Microsoft.Sql/servers",
        name,
        kind="v12.0",
        properties={
            "administratorLogin": "sqladmin",
            "version": "12.0",
            "state": "Ready",
            "fullyQualifiedDomainName": f"{name}.database.windows.net",
            "privateEndpointConnections": [],
            "minimalTlsVersion": "1.2",
            "publicNetworkAccess": "Disabled",
            "restrictOutboundNetworkAccess": "Enabled",
        },
    )
    protector = {"serverKeyName": "ServiceManaged", "serverKeyType": "ServiceManaged", "autoRotationEnabled": False}
    audit = {"state": "Enabled", "isAzureMonitorTargetEnabled": True, "retentionDays": 0, "isDevopsAuditEnabled": False}
    return [
        server,
        child(server, "encryptionProtector", "current", protector, kind="servicemanaged", location=UK_SOUTH),
        child(server, "auditingSettings", "default", audit),
        *_master(server),
    ]


def _master(server: Body) -> list[Body]:
    # The logical master cannot be encrypted with TDE and has no retention policies; Azure lists it all the same.
    sku = {"name": "System", "tier": "System", "capacity": 0}
    master = _database(server, "master", sku, "v12.0,system", redundancy="Local")
    return [master, child(master, "transparentDataEncryption", "current", {"state": "Disabled"})]


def _database(server: Body, name: str, sku: Body, kind: str, *, redundancy: str) -> Body:
    properties: Body = {
        "collation": "SQL_Latin1_General_CP1_CI_AS",
        "catalogCollation": "SQL_Latin1_General_CP1_CI_AS",
        "maxSizeBytes": 268435456000,
        "status": "Online",
        "creationDate": CREATED,
        "currentServiceObjectiveName": sku["name"],
        "requestedServiceObjectiveName": sku["name"],
        "currentSku": sku,
        "defaultSecondaryLocation": "ukwest",
        "zoneRedundant": False,
        "readScale": "Disabled",
        "currentBackupStorageRedundancy": redundancy,
        "requestedBackupStorageRedundancy": redundancy,
        "isLedgerOn": False,
        "isInfraEncryptionEnabled": False,
    }
    body = child(server, "databases", name, properties, location=server["location"], tags=server["tags"])
    return {**body, "sku": sku, "kind": kind}


def sql_database(
    server: Body, name: str, *, redundancy: str = "Zone", days: int = RETENTION_DAYS, tde: str = "Enabled"
) -> list[Body]:
    """Build a database and its children; `days` is the retention of its point-in-time backups."""
    sku = {"name": "S2", "tier": "Standard", "capacity": 50}
    database = _database(server, name, sku, "v12.0,user", redundancy=redundancy)
    no_long_term = {"weeklyRetention": "PT0S", "monthlyRetention": "PT0S", "yearlyRetention": "PT0S", "weekOfYear": 0}
    return [
        database,
        child(database, "transparentDataEncryption", "current", {"state": tde}),
        child(database, "backupShortTermRetentionPolicies", "default", {"retentionDays": days}),
        child(database, "backupLongTermRetentionPolicies", "default", no_long_term),
    ]


def disk(group: Group, name: str, *, location: str = UK_SOUTH, size: int = 128) -> Body:
    """Build a managed disk of `size` GiB, encrypted with a platform key as every disk is."""
    properties = {"diskState": "Attached", **_disk_properties(size), "creationData": {"createOption": "Empty"}}
    sku = {"name": "Premium_LRS", "tier": "Premium"}
    return group.resource("Microsoft.Compute/disks", name, location=location, sku=sku, properties=properties)


def snapshot(group: Group, name: str, source: Body) -> Body:
    """Build a full snapshot of the disk `source`."""
    creation = {"createOption": "Copy", "sourceResourceId": source["id"]}
    size = source["properties"]["diskSizeGB"]
    properties = {"diskState": "Unattached", "incremental": False, **_disk_properties(size), "creationData": creation}
    sku = {"name": "Standard_ZRS", "tier": "Standard"}
    return group.resource("Microsoft.Compute/snapshots", name, sku=sku, properties=properties)


def _disk_properties(size: int) -> Body:
    return {
        "osType": "Linux",
        "hyperVGeneration": "V2",
        "diskSizeGB": size,
        "diskSizeBytes": size * 1024**3,
        "timeCreated": CREATED,
        "provisioningState": "Succeeded",
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "networkAccessPolicy": "DenyAll",
        "publicNetworkAccess": "Disabled",
    }


def workspace(group: Group, name: str, tables: Iterable[str], *, days: int = RETENTION_DAYS) -> list[Body]:
    """Build a Log Analytics workspace and its tables, which all inherit the workspace's retention of `days`."""
    properties: Body = {
        "provisioningState": "Succeeded",
        "sku": {"name": "PerGB2018", "lastSkuUpdate": CREATED},
        "retentionInDays": days,
        "features": {"enableLogAccessUsingOnlyResourcePermissions": True, "immediatePurgeDataOn30Days": False},
        "workspaceCapping": {"dailyQuotaGb": -1.0, "dataIngestionStatus": "RespectQuota"},
        "publicNetworkAccessForIngestion": "Disabled",
        "publicNetworkAccessForQuery": "Disabled",
        "createdDate": CREATED,
    }
    body = group.resource("Microsoft.OperationalInsights/workspaces", name, properties=properties)
    return [body, *(_table(body, table, days) for table in tables)]


def _table(parent: Body, name: str, days: int) -> Body:
    properties: Body = {
        "plan": "Analytics",
        "retentionInDays": days,
        "totalRetentionInDays": days,
        "archiveRetentionInDays": 0,
        "retentionInDaysAsDefault": True,
        "totalRetentionInDaysAsDefault": True,
        "provisioningState": "Succeeded",
        "schema": {"name": name, "tableType": "Microsoft", "tableSubType": "Any", "source": "microsoft"},
    }
    return child(parent, "tables", name, properties)


def network(group: Group, name: str, prefix: str, peers: Mapping[str, str] | None = None) -> Body:
    """Build a virtual network of one subnet; `peers` names each peering and gives the other network's id."""
    type_ = "Microsoft.Network/virtualNetworks"
    own = f"{group.id}/providers/{type_}/{name}"
    subnet = {
        "id": f"{own}/subnets/app",
        "name": "app",
        "type": f"{type_}/subnets",
        "properties": {"addressPrefix": prefix, "provisioningState": "Succeeded", "defaultOutboundAccess": False},
    }
    properties: Body = {
        "provisioningState": "Succeeded",
        "addressSpace": {"addressPrefixes": [prefix]},
        "subnets": [subnet],
        "virtualNetworkPeerings": [_peering(own, peer, remote) for peer, remote in (peers or {}).items()],
        "enableDdosProtection": False,
    }
    return group.resource(type_, name, properties=properties)


def _peering(owner: str, name: str, remote: str) -> Body:
    return {
        "id": f"{owner}/virtualNetworkPeerings/{name}",
        "name": name,
        "type": "Microsoft.Network/virtualNetworks/virtualNetworkPeerings",
        "properties": {
            "provisioningState": "Succeeded",
            "peeringState": "Connected",
            "peeringSyncLevel": "FullyInSync",
            "remoteVirtualNetwork": {"id": remote},
            "allowVirtualNetworkAccess": True,
            "allowForwardedTraffic": False,
            "allowGatewayTransit": False,
            "useRemoteGateways": False,
        },
    }


def network_id(group: Group, name: str) -> str:
    """Return the id of a virtual network that may not have been built yet."""
    return f"{group.id}/providers/Microsoft.Network/virtualNetworks/{name}"


def security_group(group: Group, name: str) -> Body:
    """Build a network security group that lets only HTTPS from the company's own networks in."""
    type_ = "Microsoft.Network/networkSecurityGroups"
    rule: Body = {
        "protocol": "Tcp",
        "sourcePortRange": "*",
        "destinationPortRange": "443",
        "sourceAddressPrefix": "10.0.0.0/8",
        "destinationAddressPrefix": "*",
        "access": "Allow",
        "priority": 100,
        "direction": "Inbound",
        "provisioningState": "Succeeded",
    }
    rule_id = f"{group.id}/providers/{type_}/{name}/securityRules/https"
    rules = [{"id": rule_id, "name": "https", "type": f"{type_}/securityRules", "properties": rule}]
    return group.resource(type_, name, properties={"provisioningState": "Succeeded", "securityRules": rules})


def interface(group: Group, name: str, subnet: str, address: str) -> Body:
    """Build a network interface with one private address."""
    type_ = "Microsoft.Network/networkInterfaces"
    settings: Body = {
        "provisioningState": "Succeeded",
        "privateIPAddress": address,
        "privateIPAllocationMethod": "Dynamic",
        "privateIPAddressVersion": "IPv4",
        "primary": True,
        "subnet": {"id": subnet},
    }
    config = {
        "id": f"{group.id}/providers/{type_}/{name}/ipConfigurations/primary",
        "name": "primary",
        "type": f"{type_}/ipConfigurations",
        "properties": settings,
    }
    properties = {"provisioningState": "Succeeded", "ipConfigurations": [config], "enableIPForwarding": False}
    return group.resource(type_, name, properties=properties)


def site(group: Group, name: str) -> list[Body]:
    """Build a web app and its configuration, which Azure gives only by its own call."""
    properties: Body = {
        "state": "Running",
        "enabled": True,
        "defaultHostName": f"{name}.azurewebsites.net",
        "httpsOnly": True,
        "clientCertEnabled": False,
        "publicNetworkAccess": "Enabled",
        "siteConfig": {"minTlsVersion": None, "http20Enabled": True},
    }
    app = group.resource("Microsoft.Web/sites", name, kind="app,linux", properties=properties)
    config = {"minTlsVersion": "1.2", "scmMinTlsVersion": "1.2", "ftpsState": "Disabled", "http20Enabled": True}
    return [app, child(app, "config", "web", config, location=UK_SOUTH)]


def vault(group: Group, name: str) -> Body:
    """Build a key vault."""
    properties: Body = {
        "tenantId": TENANT,
        "sku": {"family": "A", "name": "standard"},
        "accessPolicies": [],
        "enableRbacAuthorization": True,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": 90,
        "enablePurgeProtection": True,
        "publicNetworkAccess": "Disabled",
        "vaultUri": f"https://{name}.vault.azure.net/",
        "provisioningState": "Succeeded",
    }
    return group.resource("Microsoft.KeyVault/vaults", name, properties=properties)


def action_group(group: Group, name: str) -> Body:
    """Build an action group, whose place is ``Global``."""
    mail = {"name": "on call", "emailAddress": "on-call@example.com", "useCommonAlertSchema": True}
    properties = {"groupShortName": "oncall", "enabled": True, "emailReceivers": [mail]}
    return group.resource("microsoft.insights/actiongroups", name, location="Global", properties=properties)


def cosmos(group: Group, name: str) -> Body:
    """Build a Cosmos DB account of one place, with periodic backups kept for the promised days (in hours)."""
    # Cosmos DB names places by their display name here, unlike the resource's own location.
    place = {"id": f"{name}-uksouth", "locationName": "UK South", "failoverPriority": 0, "isZoneRedundant": True}
    backup = {
        "backupIntervalInMinutes": 1440,
        "backupRetentionIntervalInHours": RETENTION_DAYS * 24,
        "backupStorageRedundancy": "Zone",
    }
    properties: Body = {
        "provisioningState": "Succeeded",
        "databaseAccountOfferType": "Standard",
        "locations": [place],
        "writeLocations": [place],
        "backupPolicy": {"type": "Periodic", "periodicModeProperties": backup},
        "minimalTlsVersion": "Tls12",
        "publicNetworkAccess": "Disabled",
        "disableLocalAuth": True,
    }
    return group.resource("Microsoft.DocumentDB/databaseAccounts", name, kind="GlobalDocumentDB", properties=properties)


def _groups() -> list[Body]:
    later = (APP_STAGING, DATA_STAGING, APP_DEVELOPMENT, DATA_DEVELOPMENT, CUSTOMERS)
    groups = (APP, DATA, NETWORK, APP_TEST, DATA_TEST, HUB, *later)
    return [group_body(group) for group in groups]


def group_body(group: Group) -> Body:
    """Build the body of a resource group itself."""
    return {
        "id": group.id,
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": UK_SOUTH,
        "tags": {"env": group.environment},
        "properties": {"provisioningState": "Succeeded"},
    }


def _production_data() -> list[Body]:
    server = sql_server(DATA, "sql-example-production")
    return [
        *storage(DATA, "exampleprodfiles"),
        *storage(DATA, "exampleprodmedia"),
        # Breaks: customer data is kept in UK South. The copies of a GRS account are in the geo-pair.
        *storage(DATA, "exampleprodinvoices", sku="Standard_GRS", secondary="ukwest"),
        # Breaks: data is encrypted in transit. Plain http is accepted.
        *storage(DATA, "exampleprodexport", https_only=False),
        *server,
        *sql_database(server[0], "customers"),
        # Breaks: backups are kept in UK South. Geo-redundant backups are copied to the paired region.
        *sql_database(server[0], "orders", redundancy="Geo"),
        # Breaks: backups are kept for 35 days.
        *sql_database(server[0], "invoices", days=7),
        # Breaks: data at rest is encrypted.
        *sql_database(server[0], "reporting", tde="Disabled"),
        cosmos(DATA, "cosmos-example-production"),
        DATA.resource("Contoso.Records/ledgers", "ledger-production", properties={"entries": 12}),
    ]


def _production_app() -> list[Body]:
    data_disk = disk(APP, "app-production-1-data", size=512)
    test_network = network_id(APP_TEST, "vnet-test")
    # Breaks: test never sees production. One peering goes to the test network.
    peers = {"to-shared": network_id(HUB, "vnet-shared"), "to-test": test_network}
    return [
        *site(APP, "app-example-production"),
        vault(APP, "kv-example-production"),
        disk(APP, "app-production-1-os"),
        data_disk,
        disk(APP, "app-production-2-os"),
        # Breaks: customer data is kept in UK South.
        disk(APP, "app-production-2-data", location="westeurope", size=512),
        snapshot(APP, "app-production-1-data-daily", data_disk),
        # Breaks: test never sees production. The snapshot in the test subscription is a copy of a production disk.
        snapshot(APP_TEST, "app-test-restore", data_disk),
        network(NETWORK, "vnet-production", "10.1.0.0/16", peers),
        security_group(NETWORK, "nsg-production"),
        interface(NETWORK, "app-production-1-nic", f"{network_id(NETWORK, 'vnet-production')}/subnets/app", "10.1.0.4"),
        *workspace(APP, "log-example-production", ("AppRequests", "AppTraces")),
        # Breaks: logs are kept for 35 days.
        *workspace(APP, "log-example-audit", ("AzureActivity", "AzureDiagnostics"), days=90),
        action_group(APP, "on-call"),
    ]


def _test() -> list[Body]:
    server = sql_server(DATA_TEST, "sql-example-test")
    # Breaks: test never sees production. This is the other end of the same peering.
    peers = {"to-production": network_id(NETWORK, "vnet-production")}
    return [
        *storage(DATA_TEST, "exampletestfiles"),
        *storage(DATA_TEST, "exampletestmedia"),
        *server,
        *sql_database(server[0], "customers-test", redundancy="Local"),
        *site(APP_TEST, "app-example-test"),
        disk(APP_TEST, "app-test-1-os"),
        disk(APP_TEST, "app-test-1-data"),
        network(APP_TEST, "vnet-test", "10.2.0.0/16", peers),
        security_group(APP_TEST, "nsg-test"),
        *workspace(APP_TEST, "log-example-test", ("AppTraces",)),
    ]


def _shared() -> list[Body]:
    peers = {"to-production": network_id(NETWORK, "vnet-production")}
    return [
        *storage(HUB, "examplesharedbuilds"),
        *storage(HUB, "examplesharedstate"),
        vault(HUB, "kv-example-shared"),
        network(HUB, "vnet-shared", "10.0.0.0/16", peers),
        *workspace(HUB, "log-example-shared", ("AzureActivity",)),
    ]


def _staging() -> list[Body]:
    server = sql_server(DATA_STAGING, "sql-example-staging")
    return [
        *storage(DATA_STAGING, "examplestagingfiles"),
        *storage(DATA_STAGING, "examplestagingmedia"),
        *server,
        *sql_database(server[0], "customers-staging", redundancy="Local", days=7),
        *sql_database(server[0], "orders-staging", redundancy="Local", days=7),
        # Breaks: databases are encrypted with TDE. It is excepted until the migration, which is late.
        *sql_database(server[0], "rehearsal", redundancy="Local", days=7, tde="Disabled"),
        *site(APP_STAGING, "app-example-staging"),
        vault(APP_STAGING, "kv-example-staging"),
        disk(APP_STAGING, "app-staging-1-os"),
        disk(APP_STAGING, "app-staging-1-data"),
        disk(APP_STAGING, "app-staging-2-os"),
        network(APP_STAGING, "vnet-staging", "10.3.0.0/16"),
        security_group(APP_STAGING, "nsg-staging"),
        *workspace(APP_STAGING, "log-example-staging", ("AppTraces",)),
    ]


def _development() -> list[Body]:
    server = sql_server(DATA_DEVELOPMENT, "sql-example-development")
    return [
        *storage(DATA_DEVELOPMENT, "exampledevfiles", sku="Standard_LRS"),
        *storage(DATA_DEVELOPMENT, "exampledevfixtures", sku="Standard_LRS"),
        *server,
        *sql_database(server[0], "customers-development", redundancy="Local", days=7),
        *site(APP_DEVELOPMENT, "app-example-development"),
        disk(APP_DEVELOPMENT, "workbench-1"),
        disk(APP_DEVELOPMENT, "workbench-2"),
        disk(APP_DEVELOPMENT, "workbench-3", location="northeurope"),
        network(APP_DEVELOPMENT, "vnet-development", "10.4.0.0/16"),
        security_group(APP_DEVELOPMENT, "nsg-development"),
        *workspace(APP_DEVELOPMENT, "log-example-development", ("AppTraces",)),
    ]


def _dedicated() -> list[Body]:
    server = sql_server(CUSTOMERS, "sql-example-dedicated")
    return [
        *(body for customer, place in CHOSEN.items() for body in _store(customer, place)),
        *server,
        *(body for customer in CHOSEN for body in sql_database(server[0], customer)),
        # Breaks: logs are deleted after 90 days. The promise of the week before allowed 180.
        *workspace(CUSTOMERS, "log-example-dedicated", ("AppRequests", "AppTraces"), days=120),
    ]


def _store(customer: str, place: str | None) -> list[Body]:
    """Build the store of a customer, where it wants it to be; its tags tell whose it is and what was chosen."""
    tags = {"customer": customer} | ({"data-home": place} if place else {})
    location = place.removeprefix("azure:") if place and place.startswith("azure:") else UK_SOUTH
    account, *rest = storage(CUSTOMERS, f"examplefor{customer}", location=location)
    return [{**account, "tags": {**account["tags"], **tags}}, *rest]


@dataclass(frozen=True, slots=True)
class Set:
    """From `week` on, the value at `path` of the resource ending in `resource` is `value`."""

    week: int
    resource: str
    path: tuple[str, ...]
    value: object


@dataclass(frozen=True, slots=True)
class Add:
    """From `week` on, `bodies` exist."""

    week: int
    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True)
class Remove:
    """From `week` on, the resource ending in `resource` is gone."""

    week: int
    resource: str


Change: TypeAlias = Set | Add | Remove


def _changes() -> tuple[Change, ...]:
    return (
        # Repairs: data is encrypted in transit.
        Set(1, "/exampleprodexport", ("properties", "supportsHttpsTrafficOnly"), True),
        # Breaks: customer data is kept in UK South.
        Add(1, tuple(storage(DATA, "exampleprodarchive", location="northeurope"))),
        Remove(1, "/app-test-1-data"),
        Set(1, "/kv-example-production", ("tags", "owner"), "security"),
        # Repairs: the store tells what the customer chose.
        Set(1, f"/examplefor{UNNAMED}", ("tags", "data-home"), UK_SOUTH_CHOSEN),
        # Breaks: backups are kept for 35 days.
        Set(1, "/databases/customers/backupShortTermRetentionPolicies/default", ("properties", "retentionDays"), 14),
    )


def _apply(change: Change, resources: list[Body]) -> list[Body]:
    match change:
        case Add(bodies=bodies):
            return [*resources, *bodies]
        case Remove(resource=suffix):
            return [body for body in resources if not body["id"].endswith(suffix)]
        case Set(resource=suffix, path=path, value=value):
            return [_with(body, path, value) if body["id"].endswith(suffix) else body for body in resources]


def _with(body: Body, path: tuple[str, ...], value: object) -> Body:
    changed = copy.deepcopy(body)
    target = changed
    for key in path[:-1]:
        target = target[key]
    target[path[-1]] = value
    return changed


def _restorable_from(body: Body, week: int) -> Body:
    """Move the earliest restore date of a user database with time, as it does in the cloud whatever else changes."""
    if body.get("kind") != "v12.0,user":
        return body
    earliest = FIRST_WEEK + timedelta(weeks=week) - timedelta(days=7)
    return _with(body, ("properties", "earliestRestoreDate"), f"{earliest.isoformat()}T00:00:00Z")


SUBSCRIPTIONS: Final = (
    Subscription(PRODUCTION, "example-production", tags={"env": "production"}),
    Subscription(TEST, "example-test", tags={"env": "test"}),
    Subscription(SHARED, "example-shared", tags={"env": "production"}),
    Subscription(STAGING, "example-staging", tags={"env": "staging"}),
    Subscription(DEVELOPMENT, "example-development", tags={"env": "development"}),
    Subscription(DEDICATED, "example-dedicated", tags={"env": "production"}),
)


def _settings() -> list[Body]:
    store = f"{DATA.id}/providers/Microsoft.Storage/storageAccounts/exampleprodfiles"
    return governance((each.id for each in SUBSCRIPTIONS), store)


def demo_estate(week: int) -> AzureEstate:
    """Build the demo estate as it is in `week`: 0 is the first scan, 1 a week later. Later weeks are as week 1.

    Raises ValueError for a negative week.
    """
    if week < 0:
        raise ValueError(f"week must be 0 or more, not {week}")
    first = (*_groups(), *_production_data(), *_production_app(), *_test(), *_shared())
    resources = [*first, *_staging(), *_development(), *_dedicated(), *_settings()]
    for change in _changes():
        if change.week <= week:
            resources = _apply(change, resources)
    return AzureEstate(SUBSCRIPTIONS, tuple(_restorable_from(body, week) for body in resources))
