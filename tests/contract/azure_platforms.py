"""A small estate of Azure's platforms, edges and machines: ARM bodies of resources and of their children."""

from __future__ import annotations

from typing import Any, Final

from scanner.demo.azure_estate import PRODUCTION, TENANT, TEST, Group, child

Body = dict[str, Any]
DATA: Final = Group(PRODUCTION, "data", "prod")
PROVIDERS: Final = f"{DATA.id}/providers"
KEY: Final = "https://secrets.vault.azure.net/keys/platform/00000000000000000000000000000001"
VAULT: Final = "https://secrets.vault.azure.net/"
STRANGER: Final = "00000000-0000-0000-0000-0000000000b1"
STRANGERS: Final = "00000000-0000-0000-0000-0000000000b0"
"""Somebody of another directory, and the directory."""


def _machines() -> list[Body]:
    properties = {"encryptionType": "EncryptionAtRestWithCustomerKey", "activeKey": {"keyUrl": KEY}}
    own = DATA.resource("Microsoft.Compute/diskEncryptionSets", "disks", properties=properties)
    encryption = {"type": "EncryptionAtRestWithCustomerKey", "diskEncryptionSetId": own["id"]}
    common = {"diskSizeGB": 32, "encryption": encryption, "networkAccessPolicy": "DenyAll", "diskState": "Unattached"}
    disk = DATA.resource(
        "Microsoft.Compute/disks",
        "app-os",
        sku={"name": "Premium_ZRS", "tier": "Premium"},
        properties={**common, "creationData": {"createOption": "Empty"}},
    )
    copied = {"createOption": "Copy", "sourceResourceId": disk["id"]}
    snapshot = DATA.resource(
        "Microsoft.Compute/snapshots",
        "app-os-1",
        sku={"name": "Standard_ZRS", "tier": "Standard"},
        properties={**common, "creationData": copied},
    )
    return [own, disk, snapshot]


def _keys() -> list[Body]:
    properties = {
        "tenantId": TENANT,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": 30,
        "enablePurgeProtection": True,
        "regions": [{"name": "ukwest", "provisioningState": "Succeeded", "isPrimary": False}],
    }
    return [DATA.resource("Microsoft.KeyVault/managedHSMs", "keys", properties=properties)]


def _redis() -> list[Body]:
    cluster = DATA.resource(
        "Microsoft.Cache/redisEnterprise",
        "carts",
        sku={"name": "Balanced_B5"},
        properties={
            "minimumTlsVersion": "1.2",
            "publicNetworkAccess": "Disabled",
            "encryption": {"customerManagedKeyEncryption": {"keyEncryptionKeyUrl": KEY}},
        },
    )
    linked = [f"{cluster['id']}{suffix}/databases/default" for suffix in ("", "-west")]
    database = {
        "clientProtocol": "Encrypted",
        "geoReplication": {"groupNickname": "carts", "linkedDatabases": [{"id": each} for each in linked]},
    }
    return [cluster, child(cluster, "databases", "default", database)]


def _kubernetes() -> list[Body]:
    properties = {
        "kubernetesVersion": "1.34",
        "apiServerAccessProfile": {"enablePrivateCluster": False, "authorizedIPRanges": ["198.51.100.0/28"]},
        "aadProfile": {"managed": True, "tenantID": TENANT},
    }
    return [DATA.resource("Microsoft.ContainerService/managedClusters", "shop", properties=properties)]


def _synapse() -> list[Body]:
    workspace = DATA.resource(
        "Microsoft.Synapse/workspaces",
        "analysis",
        properties={
            "publicNetworkAccess": "Enabled",
            "encryption": {"doubleEncryptionEnabled": True, "cmk": {"key": {"name": "k", "keyVaultUrl": KEY}}},
        },
    )
    online = {"storageAccountType": "GRS", "status": "Online"}
    pool = child(workspace, "sqlPools", "warehouse", online, location="uksouth", tags={})
    office = {"startIpAddress": "198.51.100.1", "endIpAddress": "198.51.100.9"}
    return [
        workspace,
        child(workspace, "firewallRules", "office", office),
        pool,
        child(pool, "transparentDataEncryption", "current", {"status": "Enabled"}),
        child(pool, "geoBackupPolicies", "Default", {"state": "Enabled", "storageType": "Premium"}),
    ]


def _databricks() -> list[Body]:
    parts = {"keyVaultUri": VAULT, "keyName": "platform", "keyVersion": "1"}
    managed = {"keySource": "Microsoft.Keyvault", "keyVaultProperties": parts}
    files = {"keySource": "Microsoft.Keyvault", "KeyName": "platform", "keyversion": "1", "keyvaulturi": VAULT}
    properties = {
        "computeMode": "Hybrid",
        "managedResourceGroupId": f"{DATA.id}-databricks",
        "encryption": {"entities": {"managedServices": managed, "managedDisk": managed}},
        "parameters": {"encryption": {"type": "Object", "value": files}},
    }
    return [DATA.resource("Microsoft.Databricks/workspaces", "lake", properties=properties)]


def _kusto() -> list[Body]:
    cluster = DATA.resource(
        "Microsoft.Kusto/clusters",
        "events",
        sku={"name": "Standard_E8ads_v5", "tier": "Standard"},
        properties={
            "enableDiskEncryption": True,
            "keyVaultProperties": {"keyName": "platform", "keyVaultUri": VAULT},
            "trustedExternalTenants": [{"value": "*"}],
        },
    )
    principal = {
        "principalId": STRANGER,
        "aadObjectId": STRANGER,
        "tenantId": STRANGERS,
        "principalType": "App",
        "role": "AllDatabasesViewer",
    }
    database = child(cluster, "databases", "clicks", {"isFollowed": False}, location="uksouth", kind="ReadWrite")
    return [cluster, child(cluster, "principalAssignments", "reader", principal), database]


def _workspaces() -> list[Body]:
    factory = {"encryption": {"vaultBaseUrl": VAULT, "keyName": "platform"}, "publicNetworkAccess": "Enabled"}
    learning = {
        "encryption": {
            "status": "Enabled",
            "keyVaultProperties": {"keyVaultArmId": f"{PROVIDERS}/Microsoft.KeyVault/vaults/s", "keyIdentifier": KEY},
        }
    }
    return [
        DATA.resource("Microsoft.DataFactory/factories", "flows", properties=factory),
        DATA.resource("Microsoft.MachineLearningServices/workspaces", "models", properties=learning),
    ]


def _netapp() -> list[Body]:
    own = {"keyVaultUri": VAULT, "keyName": "platform"}
    account = DATA.resource(
        "Microsoft.NetApp/netAppAccounts",
        "files",
        properties={"encryption": {"keySource": "Microsoft.KeyVault", "keyVaultProperties": own}},
    )
    hours, days = {"snapshotsToKeep": 24, "minute": 0}, {"snapshotsToKeep": 35, "hour": 1, "minute": 0}
    snapshots = child(
        account,
        "snapshotPolicies",
        "often",
        {"enabled": True, "hourlySchedule": hours, "dailySchedule": days},
        location="uksouth",
    )
    kept = {"enabled": True, "dailyBackupsToKeep": 7, "weeklyBackupsToKeep": 0, "monthlyBackupsToKeep": 12}
    backups = child(account, "backupPolicies", "far", kept, location="uksouth")
    pool = child(account, "capacityPools", "fast", {"size": 4, "serviceLevel": "Premium"}, location="uksouth")
    properties = {
        "creationToken": "orders",
        "usageThreshold": 107374182400,
        "subnetId": f"{PROVIDERS}/Microsoft.Network/virtualNetworks/apps/subnets/files",
        "encryptionKeySource": "Microsoft.KeyVault",
        "protocolTypes": ["NFSv4.1"],
        "exportPolicy": {"rules": [_export()]},
        "dataProtection": {
            "replication": {
                "endpointType": "src",
                "remoteVolumeResourceId": f"{PROVIDERS}/Microsoft.NetApp/netAppAccounts/far/capacityPools/p/volumes/o",
                "remoteVolumeRegion": "ukwest",
            },
            "snapshot": {"snapshotPolicyId": snapshots["id"]},
            "backup": {"backupPolicyId": backups["id"], "policyEnforced": True},
        },
    }
    volume = child(pool, "volumes", "orders", properties, location="uksouth", tags={"env": "prod"})
    return [account, snapshots, backups, pool, volume]


def _export() -> Body:
    clear = ("kerberos5ReadOnly", "kerberos5ReadWrite", "kerberos5iReadOnly", "kerberos5iReadWrite")
    ways = dict.fromkeys(("unixReadOnly", "unixReadWrite", *clear), False)
    return {**ways, "ruleIndex": 1, "kerberos5pReadWrite": True, "nfsv41": True, "allowedClients": "10.0.0.0/24"}


def _gateway() -> list[Body]:
    type_ = "Microsoft.Network/applicationGateways"
    own = f"{PROVIDERS}/{type_}/front"
    profile = {
        "id": f"{own}/sslProfiles/strict",
        "name": "strict",
        "properties": {"sslPolicy": {"policyType": "CustomV2", "minProtocolVersion": "TLSv1_3"}},
    }
    listeners = [
        {"id": f"{own}/httpListeners/a", "name": "a", "properties": {"protocol": "Https"}},
        {
            "id": f"{own}/httpListeners/b",
            "name": "b",
            "properties": {"protocol": "Https", "sslProfile": {"id": profile["id"]}},
        },
    ]
    inside = {"id": f"{own}/frontendIPConfigurations/in", "name": "in", "properties": {"privateIPAddress": "10.0.0.4"}}
    properties = {
        "sslPolicy": {"policyType": "Predefined", "policyName": "AppGwSslPolicy20220101"},
        "defaultPredefinedSslPolicy": "AppGwSslPolicy20220101",
        "sslProfiles": [profile],
        "httpListeners": listeners,
        "frontendIPConfigurations": [inside],
    }
    return [DATA.resource(type_, "front", properties=properties)]


def _cdn() -> list[Body]:
    profile = DATA.resource(
        "Microsoft.Cdn/profiles",
        "edge",
        location="Global",
        sku={"name": "Standard_AzureFrontDoor"},
        kind="frontdoor",
        properties={"provisioningState": "Succeeded"},
    )
    secret = child(
        profile,
        "secrets",
        "www",
        {"parameters": {"type": "CustomerCertificate", "expirationDate": "2027-05-01T00:00:00Z", "secretSource": {}}},
    )
    tls = {
        "certificateType": "CustomerCertificate",
        "cipherSuiteSetType": "TLS12_2023",
        "minimumTlsVersion": "TLS12",
        "secret": {"id": secret["id"]},
    }
    endpoint = child(
        profile, "afdEndpoints", "www", {"enabledState": "Enabled"}, location="Global", tags={"env": "prod"}
    )
    route = {
        "enabledState": "Enabled",
        "supportedProtocols": ["Http", "Https"],
        "httpsRedirect": "Enabled",
        "cacheConfiguration": {"queryStringCachingBehavior": "IgnoreQueryString"},
    }
    return [
        profile,
        secret,
        child(profile, "customDomains", "www", {"hostName": "www.example.com", "tlsSettings": tls}),
        endpoint,
        child(endpoint, "routes", "all", route),
        *_classic_cdn(),
    ]


def _classic_cdn() -> list[Body]:
    profile = DATA.resource(
        "Microsoft.Cdn/profiles",
        "old",
        location="Global",
        sku={"name": "Standard_Microsoft"},
        kind="cdn",
        properties={},
    )
    origins = [{"name": "files", "properties": {"hostName": "files.example.com"}}]
    properties = {"isHttpAllowed": False, "isHttpsAllowed": True, "origins": origins, "customDomains": []}
    return [profile, child(profile, "endpoints", "old", properties, location="Global", tags={"env": "prod"})]


def _apps() -> list[Body]:
    environment = DATA.resource(
        "Microsoft.App/managedEnvironments",
        "apps",
        properties={"vnetConfiguration": {"internal": False}, "publicNetworkAccess": "Enabled"},
    )
    certificate = child(
        environment, "certificates", "www", {"expirationDate": "2027-06-01T00:00:00Z"}, location="uksouth"
    )
    ingress = {
        "external": True,
        "allowInsecure": False,
        "transport": "auto",
        "targetPort": 8080,
        "ipSecurityRestrictions": [{"name": "office", "ipAddressRange": "198.51.100.0/28", "action": "Allow"}],
        "customDomains": [{"name": "www.example.com", "bindingType": "SniEnabled", "certificateId": certificate["id"]}],
        "clientCertificateMode": "ignore",
    }
    properties = {"environmentId": environment["id"], "configuration": {"ingress": ingress}}
    return [environment, certificate, DATA.resource("Microsoft.App/containerApps", "www", properties=properties)]


def _storage() -> list[Body]:
    """An account that serves some of its blobs to everybody, and removes old versions of them."""
    other = f"/subscriptions/{TEST}/resourceGroups/copies/providers/Microsoft.Storage/storageAccounts/copies"
    account = DATA.resource(
        "Microsoft.Storage/storageAccounts",
        "downloads",
        sku={"name": "Standard_ZRS", "tier": "Standard"},
        kind="StorageV2",
        properties={
            "supportsHttpsTrafficOnly": True,
            "minimumTlsVersion": "TLS1_2",
            "allowBlobPublicAccess": True,
            "publicNetworkAccess": "Enabled",
            "networkAcls": {"defaultAction": "Deny", "ipRules": [{"value": "198.51.100.0/24", "action": "Allow"}]},
            "encryption": {"keySource": "Microsoft.Storage"},
        },
    )
    kept = {"enabled": True, "days": 35}
    blob = child(account, "blobServices", "default", {"deleteRetentionPolicy": kept, "isVersioningEnabled": True})
    remove = {"version": {"delete": {"daysAfterCreationGreaterThan": 90.0}}}
    rule = {"enabled": True, "name": "old", "type": "Lifecycle", "definition": {"actions": remove}}
    policy = {"policyId": "1", "sourceAccount": account["id"], "destinationAccount": other}
    smb = {"smb": {"encryptionInTransit": {"required": True}}}
    return [
        account,
        {**blob, "properties": {**blob["properties"], "staticWebsite": {"enabled": False}}},
        child(blob, "containers", "files", {"publicAccess": "Blob"}),
        child(account, "fileServices", "default", {"shareDeleteRetentionPolicy": kept, "protocolSettings": smb}),
        child(account, "managementPolicies", "default", {"policy": {"rules": [rule]}}),
        child(account, "objectReplicationPolicies", "1", policy),
    ]


def _sql() -> list[Body]:
    """A server with an administrator of another directory, and a database of it."""
    foreign = {"administratorType": "ActiveDirectory", "sid": STRANGER, "tenantId": STRANGERS}
    server = DATA.resource(
        "Microsoft.Sql/servers",
        "ledgers",
        properties={"minimalTlsVersion": "1.2", "publicNetworkAccess": "Enabled", "administrators": foreign},
    )
    database = child(
        server,
        "databases",
        "ledger",
        {"currentBackupStorageRedundancy": "Zone"},
        location="uksouth",
        tags={"env": "prod"},
        sku={"name": "S2"},
    )
    off = dict.fromkeys(("weeklyRetention", "monthlyRetention", "yearlyRetention"), "PT0S")
    office = {"startIpAddress": "198.51.100.1", "endIpAddress": "198.51.100.9"}
    link = {"role": "Primary", "partnerLocation": "UK West", "partnerDatabaseId": f"{database['id']}-copy"}
    return [
        server,
        child(server, "encryptionProtector", "current", {"serverKeyType": "AzureKeyVault", "uri": KEY}),
        child(server, "firewallRules", "office", office),
        database,
        child(database, "transparentDataEncryption", "current", {"state": "Enabled"}),
        child(database, "backupShortTermRetentionPolicies", "default", {"retentionDays": 35}),
        child(database, "backupLongTermRetentionPolicies", "default", off),
        child(database, "replicationLinks", "1", link),
    ]


def _administrators() -> list[Body]:
    """Whom the servers of the other estate have as administrators by Entra."""
    who = "00000000-0000-0000-0000-0000000000b2"
    found = []
    for type_, server, named in (
        ("Microsoft.DBforPostgreSQL/flexibleServers", "orders", {"objectId": who, "principalType": "User"}),
        ("Microsoft.DBforMySQL/flexibleServers", "shop", {"sid": who, "administratorType": "ActiveDirectory"}),
    ):
        parent = {"id": f"{PROVIDERS}/{type_}/{server}", "type": type_}
        found.append(child(parent, "administrators", who, {**named, "tenantId": TENANT}))
    return found


PLATFORMS: Final[tuple[Body, ...]] = (
    *_storage(),
    *_sql(),
    *_machines(),
    *_keys(),
    *_redis(),
    *_kubernetes(),
    *_synapse(),
    *_databricks(),
    *_kusto(),
    *_workspaces(),
    *_netapp(),
    *_gateway(),
    *_cdn(),
    *_apps(),
    *_administrators(),
)
PLATFORM_SHAPES: Final = {
    "Microsoft.App/containerApps": "appcontainers.ContainerApp",
    "Microsoft.App/managedEnvironments": "appcontainers.ManagedEnvironment",
    "Microsoft.App/managedEnvironments/certificates": "appcontainers.Certificate",
    "Microsoft.Cache/redisEnterprise": "redisenterprise.Cluster",
    "Microsoft.Cache/redisEnterprise/databases": "redisenterprise.Database",
    "Microsoft.Cdn/profiles": "cdn.Profile",
    "Microsoft.Cdn/profiles/afdEndpoints": "cdn.AFDEndpoint",
    "Microsoft.Cdn/profiles/afdEndpoints/routes": "cdn.Route",
    "Microsoft.Cdn/profiles/customDomains": "cdn.AFDDomain",
    "Microsoft.Cdn/profiles/endpoints": "cdn.Endpoint",
    "Microsoft.Cdn/profiles/secrets": "cdn.Secret",
    "Microsoft.Compute/diskEncryptionSets": "compute.DiskEncryptionSet",
    "Microsoft.Compute/disks": "compute.Disk",
    "Microsoft.Compute/snapshots": "compute.Snapshot",
    "Microsoft.ContainerService/managedClusters": "containerservice.ManagedCluster",
    "Microsoft.DBforMySQL/flexibleServers/administrators": "mysqlflexibleservers.AzureADAdministrator",
    "Microsoft.DBforPostgreSQL/flexibleServers/administrators": (
        "postgresqlflexibleservers.AdministratorMicrosoftEntra"
    ),
    "Microsoft.DataFactory/factories": "datafactory.Factory",
    "Microsoft.Databricks/workspaces": "databricks.Workspace",
    "Microsoft.KeyVault/managedHSMs": "keyvault.ManagedHsm",
    "Microsoft.Kusto/clusters": "kusto.Cluster",
    "Microsoft.Kusto/clusters/databases": "kusto.ReadWriteDatabase",
    "Microsoft.Kusto/clusters/principalAssignments": "kusto.ClusterPrincipalAssignment",
    "Microsoft.MachineLearningServices/workspaces": "machinelearningservices.Workspace",
    "Microsoft.NetApp/netAppAccounts": "netapp.NetAppAccount",
    "Microsoft.NetApp/netAppAccounts/backupPolicies": "netapp.BackupPolicy",
    "Microsoft.NetApp/netAppAccounts/capacityPools": "netapp.CapacityPool",
    "Microsoft.NetApp/netAppAccounts/capacityPools/volumes": "netapp.Volume",
    "Microsoft.NetApp/netAppAccounts/snapshotPolicies": "netapp.SnapshotPolicy",
    "Microsoft.Network/applicationGateways": "network.ApplicationGateway",
    "Microsoft.Sql/servers": "sql.Server",
    "Microsoft.Sql/servers/databases": "sql.Database",
    "Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies": "sql.LongTermRetentionPolicy",
    "Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies": "sql.BackupShortTermRetentionPolicy",
    "Microsoft.Sql/servers/databases/replicationLinks": "sql.ReplicationLink",
    "Microsoft.Sql/servers/databases/transparentDataEncryption": "sql.LogicalDatabaseTransparentDataEncryption",
    "Microsoft.Sql/servers/encryptionProtector": "sql.EncryptionProtector",
    "Microsoft.Sql/servers/firewallRules": "sql.FirewallRule",
    "Microsoft.Storage/storageAccounts": "storage.StorageAccount",
    "Microsoft.Storage/storageAccounts/blobServices": "storage.BlobServiceProperties",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "storage.BlobContainer",
    "Microsoft.Storage/storageAccounts/fileServices": "storage.FileServiceProperties",
    "Microsoft.Storage/storageAccounts/managementPolicies": "storage.ManagementPolicy",
    "Microsoft.Storage/storageAccounts/objectReplicationPolicies": "storage.ObjectReplicationPolicy",
    "Microsoft.Synapse/workspaces": "synapse.Workspace",
    "Microsoft.Synapse/workspaces/firewallRules": "synapse.IpFirewallRuleInfo",
    "Microsoft.Synapse/workspaces/sqlPools": "synapse.SqlPool",
    "Microsoft.Synapse/workspaces/sqlPools/geoBackupPolicies": "synapse.GeoBackupPolicy",
    "Microsoft.Synapse/workspaces/sqlPools/transparentDataEncryption": "synapse.TransparentDataEncryption",
}
"""The vendor's model of each type, as package below ``azure.mgmt`` and class."""
