"""A small estate of the Azure services that the demo does not have: ARM bodies of resources and of their children."""

from __future__ import annotations

from typing import Any, Final

from scanner.demo import azure_governance

Body = dict[str, Any]
GROUP: Final = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/data"


def _resource(type_: str, name: str, properties: Body, **more: Any) -> Body:
    own = {"id": f"{GROUP}/providers/{type_}/{name}", "name": name, "type": type_, "location": "uksouth"}
    return {**own, "tags": {"env": "prod"}, "properties": properties, **more}


def _child(parent: Body, part: str, name: str, properties: Body, **more: Any) -> Body:
    own = {"id": f"{parent['id']}/{part}/{name}", "name": name, "type": f"{parent['type']}/{part}"}
    return {**own, "properties": properties, **more}


def _postgres() -> list[Body]:
    server = _resource(
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "orders",
        {
            "version": "17",
            "backup": {"backupRetentionDays": 35, "geoRedundantBackup": "Disabled", "immutableBackup": "Disabled"},
            "network": {"publicNetworkAccess": "Enabled"},
            "dataEncryption": {"type": "SystemManaged"},
            "replicationRole": "Primary",
        },
        sku={"name": "Standard_D4s_v3", "tier": "GeneralPurpose"},
    )
    copy = {**server, "id": server["id"] + "-copy", "name": "orders-copy", "location": "ukwest"}
    return [
        server,
        _child(server, "configurations", "require_secure_transport", {"value": "on", "isConfigPendingRestart": False}),
        _child(
            server, "configurations", "ssl_min_protocol_version", {"value": "TLSv1.2", "isConfigPendingRestart": False}
        ),
        _child(server, "firewallRules", "office", {"startIpAddress": "198.51.100.1", "endIpAddress": "198.51.100.9"}),
        {**copy, "id": f"{server['id']}/replicas/orders-copy"},
    ]


def _mysql() -> list[Body]:
    server = _resource(
        "Microsoft.DBforMySQL/flexibleServers",
        "shop",
        {
            "version": "8.0.21",
            "backup": {"backupRetentionDays": 35, "backupIntervalHours": 24, "geoRedundantBackup": "Enabled"},
            "network": {"publicNetworkAccess": "Enabled"},
            "replicationRole": "None",
        },
    )
    return [
        server,
        _child(
            server, "configurations", "require_secure_transport", {"value": "ON", "isConfigPendingRestart": "False"}
        ),
        _child(server, "configurations", "tls_version", {"value": "TLSv1.2", "isConfigPendingRestart": "False"}),
        _child(server, "firewallRules", "office", {"startIpAddress": "198.51.100.1", "endIpAddress": "198.51.100.9"}),
    ]


def _cosmos() -> list[Body]:
    uk, west = {"locationName": "UK South", "failoverPriority": 0}, {"locationName": "UK West", "failoverPriority": 1}
    periodic = {
        "backupIntervalInMinutes": 240,
        "backupRetentionIntervalInHours": 840,
        "backupStorageRedundancy": "Local",
    }
    properties = {
        "createMode": "Default",
        "locations": [uk, west],
        "writeLocations": [uk],
        "readLocations": [uk, west],
        "backupPolicy": {"type": "Periodic", "periodicModeProperties": periodic},
        "minimalTlsVersion": "Tls12",
        "publicNetworkAccess": "Enabled",
        "isVirtualNetworkFilterEnabled": False,
        "ipRules": [{"ipAddressOrRange": "198.51.100.0/28"}],
    }
    return [_resource("Microsoft.DocumentDB/databaseAccounts", "documents", properties, kind="GlobalDocumentDB")]


def _keyvault() -> list[Body]:
    properties = {
        "tenantId": "00000000-0000-0000-0000-0000000000aa",
        "sku": {"family": "A", "name": "standard"},
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": 30,
        "enablePurgeProtection": True,
    }
    return [_resource("Microsoft.KeyVault/vaults", "secrets", properties)]


def _redis() -> list[Body]:
    sku = {"name": "Premium", "family": "P", "capacity": 1}
    written = {"rdb-backup-enabled": "true", "rdb-backup-frequency": "60"}
    cache = _resource(
        "Microsoft.Cache/redis",
        "sessions",
        {
            "sku": sku,
            "redisConfiguration": written,
            "enableNonSslPort": False,
            "minimumTlsVersion": "1.2",
            "publicNetworkAccess": "Enabled",
        },
    )
    link = {
        "linkedRedisCacheId": cache["id"] + "-copy",
        "linkedRedisCacheLocation": "UK West",
        "serverRole": "Secondary",
    }
    return [
        cache,
        _child(cache, "firewallRules", "office", {"startIP": "198.51.100.1", "endIP": "198.51.100.9"}),
        _child(cache, "linkedServers", "sessions-copy", link),
    ]


def _messaging() -> list[Body]:
    key = {"keyName": "events", "keyVaultUri": "https://secrets.vault.azure.net/"}
    events = _resource(
        "Microsoft.EventHub/namespaces",
        "events",
        {
            "minimumTlsVersion": "1.2",
            "encryption": {"keySource": "Microsoft.KeyVault", "keyVaultProperties": [key]},
            "geoDataReplication": {
                "locations": [
                    {"locationName": "uksouth", "roleType": "Primary"},
                    {"locationName": "ukwest", "roleType": "Secondary"},
                ]
            },
        },
        sku={"name": "Premium"},
    )
    target = {"storageAccountResourceId": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/captured"}
    capture = {"enabled": True, "destination": {"properties": target}}
    bus = _resource("Microsoft.ServiceBus/namespaces", "jobs", {"minimumTlsVersion": "1.2"}, sku={"name": "Standard"})
    return [
        events,
        _child(events, "eventhubs", "orders", {"messageRetentionInDays": 7, "captureDescription": capture}),
        _child(events, "eventhubs", "clicks", {"messageRetentionInDays": 1}),
        bus,
    ]


def _search() -> list[Body]:
    cmk = {"enforcement": "Enabled", "encryptionComplianceStatus": "Compliant"}
    properties = {"publicNetworkAccess": "enabled", "encryptionWithCmk": cmk}
    return [_resource("Microsoft.Search/searchServices", "find", properties, sku={"name": "standard"})]


def _registry() -> list[Body]:
    registry = _resource(
        "Microsoft.ContainerRegistry/registries",
        "images",
        {
            "encryption": {"status": "disabled"},
            "anonymousPullEnabled": False,
            "publicNetworkAccess": "Enabled",
            "networkRuleSet": {"defaultAction": "Deny", "ipRules": [{"action": "Allow", "value": "198.51.100.0/28"}]},
        },
        sku={"name": "Premium"},
    )
    places = ("uksouth", "ukwest")
    return [
        registry,
        *(_child(registry, "replications", name, {"regionEndpointEnabled": True}, location=name) for name in places),
    ]


def _web() -> list[Body]:
    hosts = [{"name": "shop.azurewebsites.net", "sslState": "Disabled", "hostType": "Standard"}]
    properties = {"httpsOnly": True, "publicNetworkAccess": "Enabled", "hostNameSslStates": hosts}
    settings = {
        "ftpsState": "FtpsOnly",
        "minTlsVersion": "1.2",
        "scmMinTlsVersion": "1.2",
        "ipSecurityRestrictions": [
            {"ipAddress": "198.51.100.0/28", "action": "Allow", "priority": 100, "name": "office"},
            {"ipAddress": "Any", "action": "Deny", "priority": 2147483647, "name": "Deny all"},
        ],
        "scmIpSecurityRestrictionsUseMain": True,
    }
    site = _resource("Microsoft.Web/sites", "shop", properties, kind="app,linux")
    slot = _child(site, "slots", "next", properties, kind="app,linux", location="uksouth")
    return [site, slot, _child(site, "config", "web", settings), _child(slot, "config", "web", settings)]


def _images() -> list[Body]:
    compute = f"{GROUP}/providers/Microsoft.Compute"
    keys = f"{compute}/diskEncryptionSets/disks"
    os = {
        "osType": "Linux",
        "osState": "Generalized",
        "managedDisk": {"id": f"{compute}/disks/template"},
        "diskEncryptionSet": {"id": keys},
    }
    image = _resource("Microsoft.Compute/images", "base", {"storageProfile": {"osDisk": os, "dataDisks": []}})
    gallery = _resource("Microsoft.Compute/galleries", "shared", {"sharingProfile": {"permissions": "Private"}})
    definition = _child(
        gallery,
        "images",
        "base",
        {"osType": "Linux", "osState": "Generalized", "identifier": {"publisher": "a", "offer": "b", "sku": "c"}},
        location="uksouth",
    )
    encryption = {"osDiskImage": {"diskEncryptionSetId": keys}}
    regions = [{"name": name, "encryption": encryption} for name in ("UK South", "UK West")]
    version = _child(
        definition,
        "versions",
        "1.0.0",
        {"publishingProfile": {"targetRegions": regions}, "storageProfile": {"source": {"id": image["id"]}}},
        location="uksouth",
    )
    return [image, gallery, definition, version]


def _instance() -> list[Body]:
    instance = _resource(
        "Microsoft.Sql/managedInstances",
        "ledger",
        {
            "minimalTlsVersion": "1.2",
            "publicDataEndpointEnabled": False,
            "currentBackupStorageRedundancy": "Geo",
        },
    )
    group = {
        "id": f"{GROUP}/providers/Microsoft.Sql/locations/uksouth/instanceFailoverGroups/ledgers",
        "name": "ledgers",
        "type": "Microsoft.Sql/locations/instanceFailoverGroups",
        "properties": {
            "readWriteEndpoint": {"failoverPolicy": "Manual"},
            "replicationRole": "Primary",
            "partnerRegions": [{"location": "ukwest", "replicationRole": "Secondary"}],
            "managedInstancePairs": [
                {"primaryManagedInstanceId": instance["id"], "partnerManagedInstanceId": instance["id"] + "-copy"}
            ],
        },
    }
    database = _child(instance, "databases", "entries", {"failoverGroupId": group["id"]}, location="uksouth")
    long = {"weeklyRetention": "P5W", "monthlyRetention": "PT0S", "yearlyRetention": "PT0S"}
    return [
        instance,
        group,
        database,
        _child(instance, "encryptionProtector", "current", {"serverKeyType": "ServiceManaged"}),
        _child(database, "transparentDataEncryption", "current", {"state": "Enabled"}),
        _child(database, "backupShortTermRetentionPolicies", "default", {"retentionDays": 35}),
        _child(database, "backupLongTermRetentionPolicies", "default", long),
    ]


def _recovery() -> list[Body]:
    vault = _resource(
        "Microsoft.RecoveryServices/vaults",
        "machines",
        {
            "redundancySettings": {"standardTierStorageRedundancy": "GeoRedundant", "crossRegionRestore": "Disabled"},
            "securitySettings": {
                "immutabilitySettings": {"state": "Locked"},
                "softDeleteSettings": {"softDeleteState": "AlwaysON", "softDeleteRetentionPeriodInDays": 14},
            },
        },
        sku={"name": "Standard"},
    )
    month = {"count": 35, "durationType": "Days"}
    policy = {
        "backupManagementType": "AzureIaasVM",
        "protectedItemsCount": 1,
        "instantRpRetentionRangeInDays": 2,
        "schedulePolicy": {"schedulePolicyType": "SimpleSchedulePolicy", "scheduleRunFrequency": "Daily"},
        "retentionPolicy": {
            "retentionPolicyType": "LongTermRetentionPolicy",
            "dailySchedule": {"retentionDuration": month},
        },
    }
    item = {
        "protectedItemType": "Microsoft.Compute/virtualMachines",
        "backupManagementType": "AzureIaasVM",
        "workloadType": "VM",
        "sourceResourceId": f"{GROUP}/providers/Microsoft.Compute/virtualMachines/app",
        "policyId": f"{vault['id']}/backupPolicies/daily",
        "protectionState": "Protected",
    }
    disk = f"{GROUP}/providers/Microsoft.Compute/disks/"
    data = [{"lun": lun, "createOption": "Attach", "managedDisk": {"id": f"{disk}app-{lun}"}} for lun in (0, 1)]
    storage = {"osDisk": {"createOption": "FromImage", "managedDisk": {"id": f"{disk}app-os"}}, "dataDisks": data}
    return [
        vault,
        _resource("Microsoft.Compute/virtualMachines", "app", {"storageProfile": storage}),
        _child(vault, "backupPolicies", "daily", policy),
        _child(vault, "backupProtectedItems", "app", item),
    ]


def _backup_vault() -> list[Body]:
    vault = _resource(
        "Microsoft.DataProtection/backupVaults",
        "blobs",
        {
            "storageSettings": [{"datastoreType": "VaultStore", "type": "LocallyRedundant"}],
            "securitySettings": {
                "immutabilitySettings": {"state": "Disabled"},
                "softDeleteSettings": {"state": "On", "retentionDurationInDays": 14.0},
            },
            "replicatedRegions": [],
        },
    )
    store = {"dataStoreType": "VaultStore", "objectType": "DataStoreInfoBase"}
    tag = {"isDefault": True, "taggingPriority": 99, "tagInfo": {"tagName": "Default"}}
    daily = {"repeatingTimeIntervals": ["R/2026-01-01T00:00:00+00:00/P1D"], "timeZone": "UTC"}
    made = {
        "name": "BackupDaily",
        "objectType": "AzureBackupRule",
        "dataStore": store,
        "trigger": {"objectType": "ScheduleBasedTriggerContext", "schedule": daily, "taggingCriteria": [tag]},
    }
    kept = {"deleteAfter": {"duration": "P35D", "objectType": "AbsoluteDeleteOption"}, "sourceDataStore": store}
    policy = {
        "objectType": "BackupPolicy",
        "datasourceTypes": ["Microsoft.Storage/storageAccounts/blobServices"],
        "policyRules": [
            made,
            {"name": "Default", "objectType": "AzureRetentionRule", "isDefault": True, "lifecycles": [kept]},
        ],
    }
    source = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/files"
    instance = {
        "objectType": "BackupInstance",
        "dataSourceInfo": {"resourceID": source, "objectType": "Datasource"},
        "policyInfo": {"policyId": f"{vault['id']}/backupPolicies/Daily"},
        "currentProtectionState": "ProtectionConfigured",
    }
    return [
        vault,
        _child(vault, "backupPolicies", "Daily", policy),
        _child(vault, "backupInstances", "files", instance),
    ]


def _iot() -> list[Body]:
    places = [{"location": "UK South", "role": "primary"}, {"location": "UK West", "role": "secondary"}]
    routing = {"endpoints": {"eventHubs": [{"name": "out", "endpointUri": "sb://events.example.com"}]}}
    properties = {"minTlsVersion": "1.2", "locations": places, "routing": routing}
    return [_resource("Microsoft.Devices/IotHubs", "things", properties, sku={"name": "S1"})]


def _eventgrid() -> list[Body]:
    properties = {"minimumTlsVersionAllowed": "1.2", "dataResidencyBoundary": "WithinGeopair"}
    parents = [_resource(f"Microsoft.EventGrid/{part}", "signals", properties) for part in ("topics", "domains")]
    store = {"resourceId": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/letters", "blobContainerName": "dead"}
    queue = {"resourceId": f"{GROUP}/providers/Microsoft.Storage/storageAccounts/posts", "queueName": "events"}
    letters = {
        "destination": {"endpointType": "StorageQueue", "properties": queue},
        "deadLetterDestination": {"endpointType": "StorageBlob", "properties": store},
    }
    type_ = "Microsoft.EventGrid/eventSubscriptions"
    subscriptions = [
        {"id": f"{parent['id']}/providers/{type_}/all", "name": "all", "type": type_, "properties": letters}
        for parent in parents
    ]
    return [*parents, *subscriptions]


def _appconfig() -> list[Body]:
    properties = {
        "softDeleteRetentionInDays": 7,
        "enablePurgeProtection": False,
        "defaultKeyValueRevisionRetentionPeriodInSeconds": 2592000,
    }
    store = _resource(
        "Microsoft.AppConfiguration/configurationStores", "settings", properties, sku={"name": "standard"}
    )
    endpoint = {"endpoint": "https://settings-copy.azconfig.io"}
    return [store, _child(store, "replicas", "copy", endpoint, location="ukwest")]


def _cognitive() -> list[Body]:
    account = _resource(
        "Microsoft.CognitiveServices/accounts",
        "models",
        {"encryption": {"keySource": "Microsoft.CognitiveServices"}},
        kind="OpenAI",
        sku={"name": "S0"},
    )
    model = {"model": {"format": "OpenAI", "name": "example", "version": "1"}}
    return [account, _child(account, "deployments", "example", model, sku={"name": "Standard"})]


def _apim() -> list[Body]:
    protocol = "Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols"
    sku = {"name": "Premium", "capacity": 1}
    service = _resource(
        "Microsoft.ApiManagement/service",
        "gateway",
        {
            "publisherEmail": "api@example.com",
            "publisherName": "Example",
            "virtualNetworkType": "External",
            "publicNetworkAccess": "Enabled",
            "customProperties": {f"{protocol}.Tls10": "False", f"{protocol}.Tls11": "False"},
            "additionalLocations": [{"location": "UK West", "sku": sku}],
            "hostnameConfigurations": [
                {"type": "Proxy", "hostName": "gateway.azure-api.net", "certificateSource": "BuiltIn"}
            ],
        },
        sku=sku,
    )
    return [service, _child(service, "apis", "orders", {"path": "orders", "protocols": ["https"]})]


def _setting(type_: str, name: str, properties: Body) -> Body:
    return azure_governance.setting(GROUP.split("/")[2], type_, name, properties)


def _governance() -> list[Body]:
    """What holds for the subscription, with what the demo's subscriptions do not have."""
    subscription = GROUP.split("/")[2]
    scope = f"/subscriptions/{subscription}"
    store = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/logs"
    custom = "00000000-0000-0000-0000-0000000000c1"
    eligible = azure_governance.role(
        subscription, 3, azure_governance.OWNER, "00000000-0000-0000-0000-0000000000f3", "User"
    )
    tenant = {"managedByTenantId": "00000000-0000-0000-0000-00000000000c", "registrationDefinitionName": "support"}
    authorizations = [
        {"principalId": "00000000-0000-0000-0000-0000000000f9", "roleDefinitionId": azure_governance.READER}
    ]
    return [
        *azure_governance.governance([subscription], store),
        azure_governance.role(subscription, 4, custom, "00000000-0000-0000-0000-0000000000f4", "ServicePrincipal"),
        azure_governance.role(
            subscription, 5, azure_governance.READER, "00000000-0000-0000-0000-0000000000f5", "ForeignGroup"
        ),
        _setting("Microsoft.Authorization/roleEligibilityScheduleInstances", "3", eligible["properties"]),
        _setting(
            "Microsoft.Authorization/roleDefinitions",
            custom,
            {
                "roleName": "example operator",
                "type": "CustomRole",
                "permissions": [{"actions": ["Microsoft.Authorization/*"], "notActions": []}],
                "assignableScopes": [scope],
            },
        ),
        _setting(
            "Microsoft.Authorization/denyAssignments",
            "00000000-0000-0000-0000-0000000000d1",
            {
                "denyAssignmentName": "example stack",
                "scope": GROUP,
                "permissions": [{"actions": ["*"], "notActions": ["*/read"], "dataActions": [], "notDataActions": []}],
                "principals": [{"id": "00000000-0000-0000-0000-000000000000", "type": "SystemDefined"}],
                "excludePrincipals": [],
                "isSystemProtected": True,
            },
        ),
        _setting(
            "Microsoft.ManagedServices/registrationAssignments",
            "00000000-0000-0000-0000-0000000000e1",
            {
                "registrationDefinitionId": f"{scope}/providers/Microsoft.ManagedServices/registrationDefinitions/e2",
                "provisioningState": "Succeeded",
                "registrationDefinition": {"properties": {**tenant, "authorizations": authorizations}},
            },
        ),
        *_alerts(scope),
    ]


def _alerts(scope: str) -> list[Body]:
    mail = {"name": "on call", "emailAddress": "on-call@example.com", "status": "Enabled"}
    phone = {"name": "on call", "countryCode": "44", "phoneNumber": "5550100", "status": "Enabled"}
    told = {"groupShortName": "oncall", "enabled": True, "emailReceivers": [mail], "smsReceivers": [phone]}
    group = _resource("Microsoft.Insights/actionGroups", "on-call", told)
    condition = {"allOf": [{"field": "category", "equals": "Administrative"}, {"field": "level", "equals": "Critical"}]}
    actions = {"actionGroups": [{"actionGroupId": group["id"]}]}
    rule = {"scopes": [scope], "condition": condition, "actions": actions, "enabled": True}
    return [group, _resource("Microsoft.Insights/activityLogAlerts", "administration", rule)]


def _network() -> list[Body]:
    own = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/apps"
    subnet = {"id": f"{own}/subnets/app", "name": "app", "properties": {"addressPrefix": "192.0.2.0/24"}}
    space = {"addressPrefixes": ["192.0.2.0/24"]}
    watcher = _resource("Microsoft.Network/networkWatchers", "watcher-uksouth", {"provisioningState": "Succeeded"})
    store = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/logs"
    logged = {"targetResourceId": own, "storageId": store, "enabled": True}
    return [
        _resource("Microsoft.Network/virtualNetworks", "apps", {"addressSpace": space, "subnets": [subnet]}),
        watcher,
        _child(watcher, "flowLogs", "apps", logged, location="uksouth"),
    ]


SERVICES: Final[tuple[Body, ...]] = (
    *_postgres(),
    *_mysql(),
    *_cosmos(),
    *_keyvault(),
    *_redis(),
    *_messaging(),
    *_search(),
    *_registry(),
    *_web(),
    *_images(),
    *_instance(),
    *_recovery(),
    *_backup_vault(),
    *_iot(),
    *_eventgrid(),
    *_appconfig(),
    *_cognitive(),
    *_apim(),
    *_governance(),
    *_network(),
)
SHAPES: Final = {
    "Microsoft.Authorization/denyAssignments": "authorization.v2022_04_01.DenyAssignment",
    "Microsoft.Authorization/roleAssignments": "authorization.v2022_04_01.RoleAssignment",
    "Microsoft.Authorization/roleDefinitions": "authorization.v2022_04_01.RoleDefinition",
    "Microsoft.Authorization/roleEligibilityScheduleInstances": (
        "authorization.v2020_10_01.RoleEligibilityScheduleInstance"
    ),
    "Microsoft.Insights/actionGroups": "monitor.v2023_01_01.ActionGroupResource",
    "Microsoft.Insights/activityLogAlerts": "monitor.v2020_10_01.ActivityLogAlertResource",
    "Microsoft.Insights/diagnosticSettings": "monitor.v2021_05_01_preview.SubscriptionDiagnosticSettingsResource",
    "Microsoft.ManagedServices/registrationAssignments": "managedservices.RegistrationAssignment",
    "Microsoft.Network/networkWatchers": "network.NetworkWatcher",
    "Microsoft.Network/networkWatchers/flowLogs": "network.FlowLog",
    "Microsoft.Network/virtualNetworks": "network.VirtualNetwork",
    "Microsoft.Security/pricings": "security.v2024_01_01.Pricing",
    "Microsoft.Security/securityContacts": "security.v2020_01_01_preview.SecurityContact",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "storage.BlobContainer",
    "Microsoft.ApiManagement/service": "apimanagement.ApiManagementServiceResource",
    "Microsoft.ApiManagement/service/apis": "apimanagement.ApiContract",
    "Microsoft.AppConfiguration/configurationStores": "appconfiguration.ConfigurationStore",
    "Microsoft.AppConfiguration/configurationStores/replicas": "appconfiguration.Replica",
    "Microsoft.CognitiveServices/accounts": "cognitiveservices.Account",
    "Microsoft.CognitiveServices/accounts/deployments": "cognitiveservices.Deployment",
    "Microsoft.Devices/IotHubs": "iothub.IotHubDescription",
    "Microsoft.EventGrid/domains": "eventgrid.Domain",
    "Microsoft.EventGrid/eventSubscriptions": "eventgrid.EventSubscription",
    "Microsoft.EventGrid/topics": "eventgrid.Topic",
    "Microsoft.Cache/redis": "redis.RedisResource",
    "Microsoft.Cache/redis/firewallRules": "redis.RedisFirewallRule",
    "Microsoft.Cache/redis/linkedServers": "redis.RedisLinkedServerWithProperties",
    "Microsoft.Compute/galleries": "compute.Gallery",
    "Microsoft.Compute/galleries/images": "compute.GalleryImage",
    "Microsoft.Compute/galleries/images/versions": "compute.GalleryImageVersion",
    "Microsoft.Compute/images": "compute.Image",
    "Microsoft.Compute/virtualMachines": "compute.VirtualMachine",
    "Microsoft.ContainerRegistry/registries": "containerregistry.Registry",
    "Microsoft.ContainerRegistry/registries/replications": "containerregistry.Replication",
    "Microsoft.DataProtection/backupVaults": "dataprotection.BackupVaultResource",
    "Microsoft.DataProtection/backupVaults/backupInstances": "dataprotection.BackupInstanceResource",
    "Microsoft.DataProtection/backupVaults/backupPolicies": "dataprotection.BaseBackupPolicyResource",
    "Microsoft.DocumentDB/databaseAccounts": "cosmosdb.DatabaseAccountGetResults",
    "Microsoft.EventHub/namespaces": "eventhub.EHNamespace",
    "Microsoft.EventHub/namespaces/eventhubs": "eventhub.Eventhub",
    "Microsoft.KeyVault/vaults": "keyvault.Vault",
    "Microsoft.RecoveryServices/vaults": "recoveryservices.Vault",
    "Microsoft.RecoveryServices/vaults/backupPolicies": "recoveryservicesbackup.ProtectionPolicyResource",
    "Microsoft.RecoveryServices/vaults/backupProtectedItems": "recoveryservicesbackup.ProtectedItemResource",
    "Microsoft.Search/searchServices": "search.SearchService",
    "Microsoft.ServiceBus/namespaces": "servicebus.SBNamespace",
    "Microsoft.Sql/locations/instanceFailoverGroups": "sql.InstanceFailoverGroup",
    "Microsoft.Sql/managedInstances": "sql.ManagedInstance",
    "Microsoft.Sql/managedInstances/databases": "sql.ManagedDatabase",
    "Microsoft.Sql/managedInstances/databases/backupLongTermRetentionPolicies": (
        "sql.ManagedInstanceLongTermRetentionPolicy"
    ),
    "Microsoft.Sql/managedInstances/databases/backupShortTermRetentionPolicies": (
        "sql.ManagedBackupShortTermRetentionPolicy"
    ),
    "Microsoft.Sql/managedInstances/databases/transparentDataEncryption": "sql.ManagedTransparentDataEncryption",
    "Microsoft.Sql/managedInstances/encryptionProtector": "sql.ManagedInstanceEncryptionProtector",
    "Microsoft.Web/sites": "web.Site",
    "Microsoft.Web/sites/config": "web.SiteConfigResource",
    "Microsoft.Web/sites/slots": "web.Site",
    "Microsoft.Web/sites/slots/config": "web.SiteConfigResource",
    "Microsoft.DBforPostgreSQL/flexibleServers": "postgresqlflexibleservers.Server",
    "Microsoft.DBforPostgreSQL/flexibleServers/configurations": "postgresqlflexibleservers.Configuration",
    "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules": "postgresqlflexibleservers.FirewallRule",
    "Microsoft.DBforMySQL/flexibleServers": "mysqlflexibleservers.Server",
    "Microsoft.DBforMySQL/flexibleServers/configurations": "mysqlflexibleservers.Configuration",
    "Microsoft.DBforMySQL/flexibleServers/firewallRules": "mysqlflexibleservers.FirewallRule",
}
"""The vendor's model of each type, as package below ``azure.mgmt`` and class."""
