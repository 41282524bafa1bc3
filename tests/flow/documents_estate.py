"""An Azure estate of three subscriptions that keeps what examples/documents-on-azure.yaml promises."""

from __future__ import annotations

from scanner.demo.azure_estate import (
    APP,
    APP_DEVELOPMENT,
    APP_TEST,
    DATA,
    DATA_DEVELOPMENT,
    DATA_TEST,
    DEVELOPMENT,
    NETWORK,
    PRODUCTION,
    SUBSCRIPTIONS,
    TEST,
    AzureEstate,
    Body,
    Group,
    child,
    disk,
    group_body,
    network,
    network_id,
    site,
    sql_database,
    sql_server,
    storage,
    workspace,
)
from scanner.demo.azure_governance import governance

HOMES = (PRODUCTION, TEST, DEVELOPMENT)
GROUPS = (APP, DATA, NETWORK, APP_TEST, DATA_TEST, APP_DEVELOPMENT, DATA_DEVELOPMENT)
NETWORKS = {
    PRODUCTION: (NETWORK, "vnet-production"),
    TEST: (APP_TEST, "vnet-test"),
    DEVELOPMENT: (APP_DEVELOPMENT, "vnet-development"),
}


def kept() -> list[Body]:
    """The bodies of the whole estate."""
    store = storage(DATA, "exampleaudit")
    return [
        *map(group_body, GROUPS),
        *store,
        *_environment(DATA, APP, "production"),
        *_environment(DATA_TEST, APP_TEST, "test"),
        *_environment(DATA_DEVELOPMENT, APP_DEVELOPMENT, "development"),
        *(body for name in HOMES for body in _network(name)),
        *(body for name in HOMES for body in _told(name)),
        *governance(HOMES, str(store[0]["id"])),
    ]


def estate(bodies: list[Body]) -> AzureEstate:
    """The bodies as an estate."""
    return AzureEstate(tuple(each for each in SUBSCRIPTIONS if each.id in HOMES), tuple(bodies))


def _environment(data: Group, app: Group, name: str) -> list[Body]:
    server = sql_server(data, f"sql-documents-{name}")
    return [
        *storage(data, f"exampledocuments{name}"[:24]),
        *server,
        *sql_database(server[0], f"documents-{name}", redundancy="Zone"),
        *site(app, f"app-documents-{name}"),
        disk(app, f"app-documents-{name}-os"),
        *workspace(app, f"log-documents-{name}", ("AppTraces", "AzureActivity")),
    ]


def _network(subscription: str) -> list[Body]:
    group, name = NETWORKS[subscription]
    watcher = group.resource("Microsoft.Network/networkWatchers", "NetworkWatcher_uksouth", properties={})
    log = {
        "targetResourceId": network_id(group, name),
        "storageId": f"{DATA.id}/providers/Microsoft.Storage/storageAccounts/exampleaudit",
        "enabled": True,
        "provisioningState": "Succeeded",
    }
    prefix = f"10.{HOMES.index(subscription)}.0.0/16"
    return [network(group, name, prefix), watcher, child(watcher, "flowLogs", name, log, location="uksouth")]


def _told(subscription: str) -> list[Body]:
    """A group that is told by mail and by text message of what administrators do."""
    group = {PRODUCTION: APP, TEST: APP_TEST, DEVELOPMENT: APP_DEVELOPMENT}[subscription]
    properties = {
        "groupShortName": "oncall",
        "enabled": True,
        "emailReceivers": [{"name": "on call", "emailAddress": "on-call@example.com", "status": "Enabled"}],
        "smsReceivers": [{"name": "on call", "countryCode": "44", "phoneNumber": "5550100", "status": "Enabled"}],
    }
    told = group.resource("Microsoft.Insights/actionGroups", "on-call", location="Global", properties=properties)
    alert = {
        "scopes": [f"/subscriptions/{subscription}"],
        "enabled": True,
        "condition": {"allOf": [{"field": "category", "equals": "Security"}]},
        "actions": {"actionGroups": [{"actionGroupId": told["id"]}]},
    }
    return [
        told,
        group.resource("Microsoft.Insights/activityLogAlerts", "security", location="Global", properties=alert),
    ]
