"""The activity log of a subscription: whether it is kept, and whether what is kept can be changed.

Azure itself keeps every entry, which nobody can change, and deletes it after 90 days. That is too short for a record,
as CloudTrail's event history is on AWS: what counts is that the log is sent on.

Documents relied upon: the models SubscriptionDiagnosticSettingsResource and SubscriptionLogSettings of
azure-mgmt-monitor (2021-05-01-preview, the only version of this API), BlobContainer of azure-mgmt-storage, and on
learn.microsoft.com/azure: "Activity log in Azure Monitor", "Diagnostic settings", "Immutable storage for blobs".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanner.collect.model import Call, Per
from scanner.facts import Answer, AuditTrail, Node, NotKnown, Reason, Unknown, View, flag, text
from scanner.providers.azure.graph import in_subscription, words

EXPORTS = "exports:/value"
CATEGORIES = frozenset({"administrative", "security", "policy"})
"""What administrators do, what Defender for Cloud finds, and what Azure Policy does."""
STORE = "/properties/storageAccountId"
TARGETS = tuple(
    f"/properties/{field}"
    for field in (
        "workspaceId",
        "storageAccountId",
        "eventHubAuthorizationRuleId",
        "serviceBusRuleId",
        "marketplacePartnerId",
    )
)
LOGS = ("/category", "/categoryGroup", "/enabled")
EXPORT_PATHS = tuple(f"{EXPORTS}/*{path}" for path in (*TARGETS, *(f"/properties/logs/*{path}" for path in LOGS)))
LOCK = "kept:/properties/immutabilityPolicy/properties/state"
ELSEWHERE = Unknown(
    Reason.UNDECIDED,
    "the activity log is sent on to no one storage account, and who can delete it elsewhere is not told",
)
UNLOCKED = Unknown(
    Reason.UNDECIDED,
    "no locked immutability policy of the container that the log goes to is told; others may protect it",
)

ASK: Mapping[str, Call] = {
    "exports": in_subscription("Microsoft.Insights/diagnosticSettings", "2021-05-01-preview"),
    "kept": Call(
        "Microsoft.Storage/storageAccounts/blobServices/containers/read",
        # The container that Azure makes for the activity log ("Activity log in Azure Monitor").
        "GET /{id}/blobServices/default/containers/insights-activity-logs",
        give={"api-version": "2026-09-01"},
        take={"id": f"/value/*{STORE}"},
        follows="exports",
        per=Per.ACCOUNT,
    ),
}


def _sent(setting: Node) -> set[str]:
    """The categories that a setting sends somewhere."""
    if not any(setting.at(target, text, missing="") for target in TARGETS):
        return set()
    return {name for log in setting.each("/properties/logs") if log.at("/enabled", flag) for name in _named(log)}


def _named(log: Node) -> Iterator[str]:
    if log.at("/categoryGroup", text, missing="").lower() == "alllogs":
        yield from CATEGORIES
    yield log.at("/category", text, missing="").lower()


def _recorded(view: View) -> bool:
    return {name for setting in view.each(EXPORTS) for name in _sent(setting)} >= CATEGORIES


def _protected(view: View) -> bool:
    """Of several stores no reply tells which it is about."""
    stores = [setting for setting in view.each(EXPORTS) if setting.at(STORE, text, missing="")]
    if len(stores) != 1 or not _sent(stores[0]) >= CATEGORIES:
        raise NotKnown(ELSEWHERE)
    if not view.at(LOCK, words({"Locked": True, "Unlocked": False}), missing=False):
        raise NotKnown(UNLOCKED)
    return True


FACTS: tuple[Answer, ...] = (
    AuditTrail.recorded.by(_recorded, *EXPORT_PATHS),
    AuditTrail.protected.by(_protected, *EXPORT_PATHS, LOCK),
    AuditTrail.reads.unseen("who reads data is logged by each resource, not by the subscription"),
)
UNORDERED = (EXPORTS,)
