"""Who is told of security events in a subscription: security contacts, and the action groups of activity log alerts.

An alert counts where it is on, of the whole subscription, and about what administrators do, what Defender for Cloud
finds or what Azure Policy does. Addresses and numbers are never kept: of a contact or a receiver all that stays is
that there is one.

Documents relied upon: the models SecurityContact of azure-mgmt-security, ActivityLogAlertResource and
ActionGroupResource of azure-mgmt-monitor, and on learn.microsoft.com/azure: "Email notifications" (Defender for Cloud),
"Action groups" (Azure Monitor).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from scanner.collect.model import Call
from scanner.facts import JSON, Alerting, Answer, Means, Node, Reason, Receiver, Unknown, View, flag, text, texts
from scanner.providers.azure.activitylog import CATEGORIES
from scanner.providers.azure.graph import arm_id, in_subscription, seen, words
from scanner.providers.azure.parts import written

CONTACTS, ALERTS, GROUPS = "contacts:/value", "alerts:/value", "groups:/value"
ID = "/id"
NOTICES, EMAILS = "/properties/alertNotifications/state", "/properties/emails"
BY_ROLE, ROLES = "/properties/notificationsByRole/state", "/properties/notificationsByRole/roles"
ENABLED, LEAVES = "/properties/enabled", "/properties/condition/allOf"
SCOPES, NARROWER = "/properties/scopes", frozenset({"resourceid", "resourcegroup"})
"""What an alert is of: resources below one of these ids, and what may narrow that by its condition."""
ACTIONS, GROUP = "/properties/actions/actionGroups", "/actionGroupId"
MEANS = {
    "emailReceivers": Means.EMAIL,
    "smsReceivers": Means.SMS,
    "voiceReceivers": Means.CALL,
    "armRoleReceivers": Means.EMAIL,
    "azureAppPushReceivers": Means.OTHER,
    "webhookReceivers": Means.OTHER,
    "itsmReceivers": Means.OTHER,
    "automationRunbookReceivers": Means.OTHER,
    "logicAppReceivers": Means.OTHER,
    "azureFunctionReceivers": Means.OTHER,
    "eventHubReceivers": Means.OTHER,
}
CONFIRMED = ("emailReceivers", "smsReceivers")
"""Receivers who can leave the group, of whom it is told whether they did."""
STATUS = words({"Enabled": True, "Disabled": False})
ON = words({"On": True, "Off": False})
PRIVATE = frozenset({"emails", "phone", "emailAddress", "phoneNumber", "name"})
"""Fields with an address or a number. The name of a receiver is free text, and often is one."""
SOME = "some"

ASK: Mapping[str, Call] = {
    "contacts": in_subscription("Microsoft.Security/securityContacts", "2020-01-01-preview"),
    "alerts": in_subscription("Microsoft.Insights/activityLogAlerts", "2020-10-01"),
    "groups": in_subscription("Microsoft.Insights/actionGroups", "2023-01-01"),
}
HUSHED = frozenset(ASK[source].operation for source in ("contacts", "groups"))
"""The calls whose replies are `hushed` before anybody reads them."""
PATHS = (
    *(f"{CONTACTS}/*{path}" for path in (ID, NOTICES, EMAILS, BY_ROLE, ROLES)),
    *(
        f"{ALERTS}/*{path}"
        for path in (ENABLED, SCOPES, f"{LEAVES}/*/field", f"{LEAVES}/*/equals", f"{LEAVES}/*/containsAny")
    ),
    *(f"{ALERTS}/*{LEAVES}/*/anyOf/*/{part}" for part in ("field", "equals", "containsAny")),
    f"{ALERTS}/*{ACTIONS}/*{GROUP}",
    *(f"{GROUPS}/*{path}" for path in (ID, ENABLED)),
    *(f"{GROUPS}/*/properties/{kind}/*/name" for kind in MEANS),
    *(f"{GROUPS}/*/properties/{kind}/*/status" for kind in CONFIRMED),
)


def hushed(value: JSON) -> JSON:
    """The reply with "some" for every address, number and name in it."""
    if isinstance(value, list):
        return [hushed(each) for each in value]
    if isinstance(value, Mapping):
        return {name: SOME if name in PRIVATE and each else hushed(each) for name, each in value.items()}
    return value


def _receivers(view: View) -> Iterator[Receiver | Unknown]:
    for contact in view.each(CONTACTS):
        yield from _of_contact(contact)
    used = {name for alert in view.each(ALERTS) if _tells(alert) for name in _groups_of(alert)}
    for group in view.each(GROUPS):
        name = group.at(ID, arm_id)
        own = list(_of_group(group, name))
        if name in used:
            yield from own
        elif own:
            why = f"whether {name} is told of security events is not known: metric and log search alerts are not read"
            yield Unknown(Reason.NOT_ASKED, why)
        used.discard(name)
    for name in sorted(used):
        yield Unknown(Reason.NOT_ASKED, f"the action group {name} is in another subscription, and was not read")


def _of_contact(contact: Node) -> Iterator[Receiver]:
    name = contact.at(ID, arm_id)
    # A contact without an address may have an empty text.
    if contact.at(NOTICES, ON) and (contact.at(EMAILS, written, missing="") or _by_role(contact)):
        yield Receiver(Means.EMAIL, name)


def _by_role(contact: Node) -> bool:
    return contact.at(BY_ROLE, ON, missing=False) and any(True for _ in contact.each(ROLES))


def _tells(alert: Node) -> bool:
    """Whether an alert is on and about one of the categories. A rule is on unless it says otherwise (model)."""
    if not alert.at(ENABLED, flag, missing=True) or not alert.at(SCOPES, _is_whole):
        return False
    leaves = list(alert.each(LEAVES))
    if any(leaf.at("/field", text, missing="").lower() in NARROWER for leaf in leaves):
        return False
    return any(_is_about(leaf) for leaf in leaves)


def _is_whole(value: JSON) -> bool:
    """Whether one of the scopes is a subscription: those of its parts are longer."""
    return any(len(scope.strip("/").split("/")) == 2 for scope in texts(value))


def _is_about(leaf: Node) -> bool:
    return _names_one(leaf) or any(_names_one(each) for each in leaf.each("/anyOf", missing=True))


def _names_one(leaf: Node) -> bool:
    if leaf.at("/field", text, missing="").lower() != "category":
        return False
    named = [
        leaf.at("/equals", text, missing=""),
        *(each.at("", text) for each in leaf.each("/containsAny", missing=True)),
    ]
    return not CATEGORIES.isdisjoint(name.lower() for name in named)


def _groups_of(alert: Node) -> list[str]:
    return [action.at(GROUP, arm_id) for action in alert.each(ACTIONS, missing=True)]


def _of_group(group: Node, name: str) -> Iterator[Receiver | Unknown]:
    if not group.at(ENABLED, flag):
        return
    for kind, means in MEANS.items():
        told = [seen(partial(_is_told, each, kind)) for each in group.each(f"/properties/{kind}", missing=True)]
        if True in told:
            yield Receiver(means, name)
        else:
            yield from (each for each in told if isinstance(each, Unknown))


def _is_told(receiver: Node, kind: str) -> bool:
    return kind not in CONFIRMED or receiver.at("/status", STATUS)


FACTS: tuple[Answer, ...] = (Alerting.receivers.items(_receivers, *PATHS),)
UNORDERED = (CONTACTS, ALERTS, GROUPS)
