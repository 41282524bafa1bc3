"""The subscription: its activity log, Defender's plans, and who is told of events: from replies to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Inapplicable, Known, Means, Reason, Unknown, Where
from scanner.providers.azure.alerting import hushed
from scanner.providers.azure.subscription import SUBSCRIPTION
from tests.scanner.providers.azure.azure_states import BASE, FAILED, REFUSED, bodies, replies, told

SCOPE = "/subscriptions/00000000-0000-0000-0000-000000000001"
STORE, WORKSPACE = {"storageAccountId": f"{BASE}/store"}, {"workspaceId": f"{BASE}/space"}
HUB = {"eventHubAuthorizationRuleId": f"{BASE}/rule"}
ALL = ("Administrative", "Security", "Policy")
LOCK = "kept.properties.immutabilityPolicy.properties.state"


def export(*categories: str, **where: str) -> dict[str, Any]:
    """A setting; a category with a minus before it is off."""
    logs = [{"category": name.lstrip("-"), "enabled": name[0] != "-"} for name in categories]
    return {"properties": {"logs": logs, **where}}


def exports(*settings: dict[str, Any]) -> dict[str, Any]:
    return {"exports.value": list(settings)}


GROUPED = {"properties": {"logs": [{"categoryGroup": "allLogs", "enabled": True}], **WORKSPACE}}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        (exports(), False),
        (exports(export(*ALL, **WORKSPACE)), True),
        (exports(export(*ALL, **HUB)), True),
        (exports(export("ADMINISTRATIVE", "security", "policy", "Alert", **STORE)), True),
        (exports(export(*ALL)), False),
        (exports(export("Administrative", "Security", "-Policy", **STORE)), False),
        (exports(export("Administrative", "Security", **STORE)), False),
        (exports(export("Administrative", "Security", **STORE), export("Policy", **WORKSPACE)), True),
        (exports(export("Administrative", "Security", **STORE), export("Policy")), False),
        (exports(GROUPED), True),
        (exports({"properties": {"logs": [{"category": "Policy"}], **STORE}}), Reason.SHAPE),
        (exports({"properties": {"logs": None, **STORE}}), Reason.SHAPE),
        ({"exports": REFUSED}, Reason.REFUSED),
        ({"exports": FAILED}, Reason.FAILED),
    ],
)
def test_the_activity_log_is_recorded(changes: dict[str, Any], expected: object) -> None:
    assert told(SUBSCRIPTION, "AuditTrail.recorded", changes) is expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({LOCK: "LOCKED"}, True),
        ({LOCK: "Unlocked"}, Reason.UNDECIDED),
        ({LOCK: "Ajar"}, Reason.SHAPE),
        ({"kept.properties.immutabilityPolicy": None}, Reason.UNDECIDED),
        (exports(), Reason.UNDECIDED),
        (exports(export(*ALL, **WORKSPACE)), Reason.UNDECIDED),
        (exports(export("Administrative", **STORE), export(*ALL, **WORKSPACE)), Reason.UNDECIDED),
        (exports(export(*ALL, **STORE), export(*ALL, **STORE)), Reason.UNDECIDED),
        ({"exports": REFUSED}, Reason.REFUSED),
        ({"kept": REFUSED}, Reason.REFUSED),
        ({"kept": FAILED}, Reason.FAILED),
    ],
)
def test_the_record_is_protected_by_a_lock_alone(changes: dict[str, Any], expected: object) -> None:
    assert told(SUBSCRIPTION, "AuditTrail.protected", changes) is expected


def plan(name: str, tier: object = "Standard", **more: object) -> dict[str, Any]:
    return {"name": name, "properties": {"pricingTier": tier, **more}}


def plans(*found: dict[str, Any]) -> dict[str, Any]:
    return {"plans.value": list(found)}


MACHINES = plan("VirtualMachines", resourcesCoverageStatus="FullyCovered")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        (plans(), Reason.SHAPE),
        (plans(plan("Arm"), plan("KeyVaults"), MACHINES), True),
        (plans(plan("ARM", "standard"), plan("CloudPosture", "Free"), plan("Discovery", "Free")), True),
        (plans(plan("CloudPosture")), Reason.SHAPE),
        (plans(plan("KeyVaults")), Reason.SHAPE),
        (plans(plan("KeyVaults", "Free")), Reason.SHAPE),
        (plans(plan("Arm", "Free"), plan("KeyVaults")), False),
        (plans(plan("arm", "Free"), plan("KeyVaults", "Free")), False),
        (plans(plan("Arm"), plan("KeyVaults", "Free")), Reason.UNDECIDED),
        (plans(plan("Arm"), plan("Dns", "Free", deprecated=True)), True),
        (plans(plan("Arm"), plan("VirtualMachines", resourcesCoverageStatus="PartiallyCovered")), Reason.UNDECIDED),
        (plans(plan("Arm"), plan("VirtualMachines")), Reason.SHAPE),
        (plans(plan("Arm", "Gold")), Reason.SHAPE),
        (plans(plan("Arm", None)), Reason.SHAPE),
        ({"plans": REFUSED}, Reason.REFUSED),
    ],
)
def test_threats_are_looked_for_where_every_plan_is_on(changes: dict[str, Any], expected: object) -> None:
    assert told(SUBSCRIPTION, "Detection.threats", changes) is expected


def test_the_plans_that_are_off_are_named() -> None:
    (answer,) = [each for each in SUBSCRIPTION.facts if each.fact.key == "Detection.threats"]
    changes = plans(plan("Arm"), plan("KeyVaults", "Free"), plan("Api", "Free"))
    state = answer(replies(SUBSCRIPTION, changes), Where())
    assert isinstance(state, Unknown)
    assert "the plans api, keyvaults are off" in state.detail


ON, OFF = {"state": "On"}, {"state": "Off"}
OWNERS = {"state": "On", "roles": ["Owner"]}
NOBODY: dict[str, Any] = {"contacts.value": [], "alerts.value": [], "groups.value": []}
CONTACT, GROUP = (Means.EMAIL, "default"), "on-call"


def contact(emails: object = "some", notices: object = ON, by_role: object = OFF) -> dict[str, Any]:
    properties = {"emails": emails, "alertNotifications": notices, "notificationsByRole": by_role}
    return {**NOBODY, "contacts.value": [{"id": f"{SCOPE}/default", "properties": properties}]}


def group(name: str = GROUP, *, enabled: object = True, **receivers: object) -> dict[str, Any]:
    return {"id": f"{BASE}/{name}", "properties": {"enabled": enabled, **receivers}}


def alert(*leaves: dict[str, Any], names: tuple[str, ...] = (GROUP,), **more: object) -> dict[str, Any]:
    actions = [{"actionGroupId": f"{BASE.upper()}/{name}"} for name in names]
    condition = {"allOf": list(leaves or [leaf("Security")])}
    own = {"condition": condition, "actions": {"actionGroups": actions}, "enabled": True, "scopes": [SCOPE]}
    return {"properties": {**own, **more}}


def leaf(value: object, field: str = "category", key: str = "equals") -> dict[str, Any]:
    return {"field": field, key: value}


def alerted(*alerts: dict[str, Any], groups: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return {"contacts.value": [], "alerts.value": list(alerts), "groups.value": list(groups)}


def receiver(status: object = "Enabled") -> dict[str, Any]:
    return {"name": "on call", "status": status}


MAIL = group(emailReceivers=[receiver()])
TOLD: tuple[list[object], list[object]] = ([(Means.EMAIL, GROUP)], [])
MAYBE: tuple[list[object], list[object]] = ([], [Reason.NOT_ASKED])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ([CONTACT, (Means.EMAIL, "on-call"), (Means.SMS, "on-call")], [Reason.NOT_ASKED])),
        (NOBODY, ([], [])),
        # security contacts
        (contact(), ([CONTACT], [])),
        (contact(notices=OFF), ([], [])),
        (contact(emails=None), ([], [])),
        (contact(emails=""), ([], [])),
        (contact(emails=None, by_role=OWNERS), ([CONTACT], [])),
        (contact(emails=None, by_role={"state": "On", "roles": []}), ([], [])),
        (contact(emails=None, by_role={"state": "Off", "roles": ["Owner"]}), ([], [])),
        (contact(emails=None, by_role=None), ([], [])),
        (contact(emails=7), ([], [Reason.SHAPE])),
        (contact(notices=None), ([], [Reason.SHAPE])),
        (contact(notices={"state": "Perhaps"}), ([], [Reason.SHAPE])),
        # action groups
        (alerted(alert(), groups=(MAIL,)), TOLD),
        (alerted(alert(leaf("administrative")), groups=(MAIL,)), TOLD),
        (alerted(alert(leaf("Policy"), leaf("Error", "level")), groups=(MAIL,)), TOLD),
        (alerted(alert(leaf(["Recommendation", "Policy"], key="containsAny")), groups=(MAIL,)), TOLD),
        (alerted(alert({"anyOf": [leaf("Alert"), leaf("Security")]}), groups=(MAIL,)), TOLD),
        (alerted(alert(leaf("ServiceHealth")), groups=(MAIL,)), MAYBE),
        (alerted(alert(leaf("Security", "level")), groups=(MAIL,)), MAYBE),
        (alerted(alert(enabled=False), groups=(MAIL,)), MAYBE),
        # An alert about a part of the subscription is none about the subscription.
        (alerted(alert(scopes=[f"{SCOPE}/resourceGroups/data"]), groups=(MAIL,)), MAYBE),
        (alerted(alert(scopes=[f"{SCOPE}/resourceGroups/data", f"{SCOPE.upper()}/"]), groups=(MAIL,)), TOLD),
        (alerted(alert(leaf("Security"), leaf("data", "resourceGroup")), groups=(MAIL,)), MAYBE),
        (alerted(alert(leaf("Security"), leaf("/x", "resourceId")), groups=(MAIL,)), MAYBE),
        (alerted(alert(scopes=None), groups=(MAIL,)), ([], [Reason.SHAPE])),
        (alerted(alert(scopes=[7]), groups=(MAIL,)), ([], [Reason.SHAPE])),
        (alerted(alert(enabled=None), groups=(MAIL,)), TOLD),
        (alerted(alert(names=()), groups=(MAIL,)), MAYBE),
        (alerted(groups=(MAIL,)), MAYBE),
        (alerted(alert(), groups=(group(enabled=False, emailReceivers=[receiver()]),)), ([], [])),
        (alerted(alert(), groups=(group(enabled=None, emailReceivers=[receiver()]),)), ([], [Reason.SHAPE])),
        (alerted(alert(), groups=(group(emailReceivers=[receiver("Disabled")]),)), ([], [])),
        (alerted(alert(), groups=(group(emailReceivers=[receiver("Disabled"), receiver()]),)), TOLD),
        (alerted(alert(), groups=(group(emailReceivers=[receiver("NotSpecified")]),)), ([], [Reason.SHAPE])),
        (alerted(alert(), groups=(group(emailReceivers=[{"name": "a"}]),)), ([], [Reason.SHAPE])),
        (alerted(alert(), groups=(group(smsReceivers=[receiver()]),)), ([(Means.SMS, GROUP)], [])),
        (alerted(alert(), groups=(group(voiceReceivers=[{"name": "a"}]),)), ([(Means.CALL, GROUP)], [])),
        (alerted(alert(), groups=(group(armRoleReceivers=[{"name": "a"}]),)), ([(Means.EMAIL, GROUP)], [])),
        (alerted(alert(), groups=(group(webhookReceivers=[{"name": "a"}]),)), ([(Means.OTHER, GROUP)], [])),
        (alerted(alert(), groups=(group(),)), ([], [])),
        (alerted(alert(names=(GROUP, "far")), groups=(MAIL,)), (TOLD[0], [Reason.NOT_ASKED])),
        ({"alerts": REFUSED}, ([CONTACT], [Reason.REFUSED])),
        ({"groups": REFUSED}, ([CONTACT], [Reason.REFUSED])),
        ({"contacts": REFUSED}, ([], [Reason.REFUSED])),
    ],
)
def test_somebody_is_told(changes: dict[str, Any], expected: object) -> None:
    assert told(SUBSCRIPTION, "Alerting.receivers", changes) == expected


def test_an_address_is_not_kept() -> None:
    told_ = dict.fromkeys(("emails", "phone", "emailAddress", "phoneNumber", "name"), "jane@example.com")
    kept = hushed({"value": [{"id": "/x", "properties": {**told_, "more": [7, told_]}}]})
    quiet = dict.fromkeys(told_, "some")
    assert kept == {"value": [{"id": "/x", "properties": {**quiet, "more": [7, quiet]}}]}
    assert hushed({"emails": "", "phone": None}) == {"emails": "", "phone": None}
    stored = [str(getattr(reply, "fragment", "")) for reply in replies(SUBSCRIPTION).values()]
    assert "on-call@example.com" in str(bodies(SUBSCRIPTION)["groups"])
    assert not [text for text in stored if "on-call@example.com" in text or "5550100" in text]


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ("Defaults.disks_encrypted", True),
        ("Defaults.public_blocked", Reason.NOT_ASKED),
        ("Detection.outside_access", Reason.NOT_ASKED),
        ("Identity.single_factor", ([], [Reason.NOT_ASKED])),
        ("Identity.root_last_used", Reason.NOT_ASKED),
        ("Identity.root_keys", Reason.NOT_ASKED),
        ("Identity.password_length", Reason.NOT_ASKED),
        ("Tagging.tags", {}),
    ],
)
def test_what_a_subscription_cannot_tell(fact: str, expected: object) -> None:
    assert told(SUBSCRIPTION, fact) == expected


def test_every_fact_of_an_account_is_answered() -> None:
    from scanner.facts import Alerting, AuditTrail, Defaults, Detection, FlowLog, Identity
    from scanner.providers.azure import PROVIDER

    answered = {answer.fact.key for kind in PROVIDER.types for answer in kind.facts}
    asked = {
        fact.key
        for facet in (Alerting, AuditTrail, Defaults, Detection, FlowLog, Identity)
        for fact in facet.questions()
    }
    assert asked <= answered
    by_subscription = {answer.fact.key for answer in SUBSCRIPTION.facts}
    assert asked - by_subscription == {"FlowLog.recorded"}
    assert not isinstance(told(SUBSCRIPTION, "AuditTrail.recorded"), Known | Inapplicable)
