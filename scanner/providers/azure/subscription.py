"""The subscription itself: what holds for all of it. Each subject has a file of its own, and all of them one resource,
so that what two services tell of the same question (who is told of an event) is one answer.

Documents relied upon: the model Subscription of azure-mgmt-resource-subscriptions, and on learn.microsoft.com/azure:
"Server-side encryption of Azure Disk Storage".
"""

from __future__ import annotations

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import Defaults, Kind
from scanner.providers.azure import activitylog, alerting, defender, grants
from scanner.providers.azure.compute import ENCRYPTED
from scanner.providers.azure.graph import TAGS

SUBSCRIPTION = ResourceType(
    "azure.subscription",
    native="Microsoft.Resources/subscriptions",
    kind=Kind.CONFIG,
    each=Call(
        "Microsoft.Resources/subscriptions/read",
        "GET /subscriptions/{@account}",
        give={"api-version": "2022-12-01"},
        per=Per.ACCOUNT,
    ),
    id="/subscriptions/{@account}",
    label="/displayName",
    ask={**activitylog.ASK, **defender.ASK, **alerting.ASK, **grants.ASK},
    facts=(
        TAGS,
        *activitylog.FACTS,
        *defender.FACTS,
        *alerting.FACTS,
        *grants.FACTS,
        # It cannot be turned off.
        Defaults.disks_encrypted.documented(True, ENCRYPTED),
        Defaults.public_blocked.unseen("a subscription has no such switch; a policy assignment may, and none is read"),
        Defaults.places.unseen("assignments of Azure Policy, which may limit regions, are not read"),
        Defaults.own_keys.unseen("assignments of Azure Policy, which may demand keys, are not read"),
    ),
    unordered=(*activitylog.UNORDERED, *defender.UNORDERED, *alerting.UNORDERED, *grants.UNORDERED),
)
TYPES = (SUBSCRIPTION,)
