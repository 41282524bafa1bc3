"""What holds for each subscription of the demo company: where its activity log goes, what Defender for Cloud looks for,
who is told, and who may do what. The bodies follow the models of the vendor's SDKs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

Body = dict[str, Any]

PLANS: Final = (
    "VirtualMachines",
    "SqlServers",
    "AppServices",
    "StorageAccounts",
    "KeyVaults",
    "Arm",
    "OpenSourceRelationalDatabases",
    "CosmosDbs",
    "Containers",
    "CloudPosture",
)
"""The plans of Defender for Cloud, all of them on."""
CATEGORIES: Final = ("Administrative", "Security", "Alert", "Policy")
PLATFORM: Final = "00000000-0000-0000-0000-0000000000f1"
"""The group of the platform team, whose members may do everything."""
SCANNER: Final = "00000000-0000-0000-0000-0000000000f2"
"""The application that scans."""
OWNER: Final = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
READER: Final = "acdd72a7-3385-48ef-bd42-f606fba81ae7"


def setting(subscription: str, type_: str, name: str, properties: Body) -> Body:
    """Build the body of a setting of a subscription."""
    id_ = f"/subscriptions/{subscription}/providers/{type_}/{name}"
    return {"id": id_, "name": name, "type": type_, "properties": properties}


def activity_log(subscription: str, store: str) -> Body:
    """Build the diagnostic setting that sends the activity log to the storage account with the id `store`."""
    logs = [{"category": category, "enabled": True} for category in CATEGORIES]
    return setting(
        subscription,
        "Microsoft.Insights/diagnosticSettings",
        "activity-log",
        {"storageAccountId": store, "logs": logs},
    )


def log_container(store: str) -> Body:
    """Build the container of the activity log in a storage account: nobody can change it for a year."""
    lock = {"immutabilityPeriodSinceCreationInDays": 365, "state": "Locked", "allowProtectedAppendWrites": True}
    return {
        "id": f"{store}/blobServices/default/containers/insights-activity-logs",
        "name": "insights-activity-logs",
        "type": "Microsoft.Storage/storageAccounts/blobServices/containers",
        "properties": {
            "publicAccess": "None",
            "hasLegalHold": False,
            "hasImmutabilityPolicy": True,
            "immutabilityPolicy": {"properties": lock},
        },
    }


def plan(subscription: str, name: str) -> Body:
    """Build a plan of Defender for Cloud that is on."""
    covered = {"resourcesCoverageStatus": "FullyCovered"} if name == "VirtualMachines" else {}
    return setting(subscription, "Microsoft.Security/pricings", name, {"pricingTier": "Standard", **covered})


def contact(subscription: str) -> Body:
    """Build the security contact, who gets every alert."""
    properties = {
        "emails": "security@example.com",
        "alertNotifications": {"state": "On", "minimalSeverity": "Low"},
        "notificationsByRole": {"state": "On", "roles": ["Owner"]},
    }
    return setting(subscription, "Microsoft.Security/securityContacts", "default", properties)


def role(subscription: str, number: int, definition: str, principal: str, kind: str) -> Body:
    """Build a role assignment at the subscription."""
    scope = f"/subscriptions/{subscription}"
    properties = {
        "scope": scope,
        "roleDefinitionId": f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{definition}",
        "principalId": principal,
        "principalType": kind,
    }
    name = f"00000000-0000-0000-0000-{number:012d}"
    return setting(subscription, "Microsoft.Authorization/roleAssignments", name, properties)


def governance(subscriptions: Iterable[str], store: str) -> list[Body]:
    """Build the settings of the subscriptions, whose activity logs go to one storage account."""
    own = [
        body
        for subscription in subscriptions
        for body in (
            activity_log(subscription, store),
            *(plan(subscription, name) for name in PLANS),
            contact(subscription),
            role(subscription, 1, OWNER, PLATFORM, "Group"),
            role(subscription, 2, READER, SCANNER, "ServicePrincipal"),
        )
    ]
    return [*own, log_container(store)]
