"""What a storage account keeps of what is deleted or overwritten in it, the unknown rows included."""

from __future__ import annotations

import pytest

from scanner.facts import FOREVER, Absent, Duration, Plan, PlanKind, Reason, Seen, Where
from scanner.providers.azure.storage import ACCOUNT
from tests.scanner.providers.azure.azure_states import (
    BASE,
    FAILED,
    REFUSED,
    Json,
    changed,
    plain,
    reason,
    replies,
    seen,
    state,
)

STORAGE: Json = {
    "id": f"{BASE}/Microsoft.Storage/storageAccounts/examplefiles",
    "name": "examplefiles",
    "location": "uksouth",
    "sku": {"name": "Standard_ZRS"},
    "kind": "StorageV2",
    "properties": {},
}
NO_SHARES: Json = {"properties": {"shareDeleteRetentionPolicy": {"enabled": False}}}
KEPT = {"enabled": True, "days": 35}


def _soft(**policies: object) -> Json:
    return {"properties": {"deleteRetentionPolicy": {"enabled": False}, **policies}}


def _rule(days: object, *, enabled: object = True, **filters: object) -> Json:
    actions = {"version": {"delete": {"daysAfterCreationGreaterThan": days}}} if days is not None else {}
    return {"enabled": enabled, "definition": {"actions": actions, "filters": filters}}


def _plans(blob: Json | str, files: Json | str = NO_SHARES, *rules: Json, **item: object) -> Seen[Plan]:
    lifecycle = {"properties": {"policy": {"rules": list(rules)}}}
    return seen(
        state(ACCOUNT, "Backup.plans", item=changed(STORAGE, item), blob=blob, files=files, lifecycle=lifecycle)
    )


@pytest.mark.parametrize(
    ("blob", "plans"),
    [
        (_soft(), []),
        (_soft(containerDeleteRetentionPolicy={"enabled": False}, restorePolicy={"enabled": False}), []),
        (_soft(deleteRetentionPolicy=KEPT), [(PlanKind.SNAPSHOT, Duration.of(35))]),
        (_soft(containerDeleteRetentionPolicy={"enabled": True, "days": 7}), [(PlanKind.SNAPSHOT, Duration.of(7))]),
        (_soft(restorePolicy={"enabled": True, "days": 6}), [(PlanKind.CONTINUOUS, Duration.of(6))]),
        (_soft(isVersioningEnabled=False), []),
        (_soft(isVersioningEnabled=True), [(PlanKind.CONTINUOUS, FOREVER)]),
    ],
)
def test_soft_delete_versions_and_restore_are_plans(blob: Json, plans: list[object]) -> None:
    found = _plans(blob)
    assert [(plan.kind, plan.retention) for plan in found.items] == plans
    assert all(plan.places == ("azure:uksouth",) and plan.encrypted is True for plan in found.items)
    assert [gap.reason for gap in found.gaps] == []


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ((_rule(90.0),), [Duration.of(90)]),
        ((_rule(30), _rule(90)), [Duration.of(30), Duration.of(90)]),
        # A rule for some blobs leaves the versions of the others.
        ((_rule(90, prefixMatch=["logs/"]),), [Duration.of(90), FOREVER]),
        ((_rule(90, blobIndexMatch=[{"name": "n"}]),), [Duration.of(90), FOREVER]),
        ((_rule(30, prefixMatch=["logs/"]), _rule(90)), [Duration.of(30), Duration.of(90)]),
        ((_rule(90, enabled=False),), [FOREVER]),
        ((_rule(None),), [FOREVER]),
        # A rule that does not say whether it is on, is.
        ((_rule(90, enabled=None),), [Duration.of(90)]),
    ],
)
def test_a_rule_removes_versions(rules: tuple[Json, ...], kept: list[Duration]) -> None:
    assert [plan.retention for plan in _plans(_soft(isVersioningEnabled=True), NO_SHARES, *rules).items] == kept


@pytest.mark.parametrize("days", ["soon", 1.5, True, -1.5])
def test_a_rule_of_no_foreseen_form_leaves_a_gap(days: object) -> None:
    found = _plans(_soft(isVersioningEnabled=True), NO_SHARES, _rule(days))
    assert [gap.reason for gap in found.gaps] == [Reason.SHAPE]


def test_an_account_without_rules_keeps_versions_for_ever() -> None:
    known = replies(ACCOUNT, {"item": STORAGE, "blob": _soft(isVersioningEnabled=True), "files": NO_SHARES})
    absent = Absent("GET", "Microsoft.Storage/storageAccounts/managementPolicies/read", "ManagementPolicyNotFound")
    (answer,) = [each for each in ACCOUNT.facts if each.fact.key == "Backup.plans"]
    found = seen(answer({**known, "lifecycle": absent}, Where("azure")))
    assert [plan.retention for plan in found.items] == [FOREVER]
    assert ACCOUNT.ask["lifecycle"].absent == {"ManagementPolicyNotFound"}


def test_unread_rules_leave_a_gap() -> None:
    blob = _soft(isVersioningEnabled=True)
    found = state(ACCOUNT, "Backup.plans", item=STORAGE, blob=blob, files=NO_SHARES, lifecycle=REFUSED)
    assert plain(found) == ([], [Reason.REFUSED])


@pytest.mark.parametrize(
    ("files", "kept", "reasons"),
    [
        ({"properties": {"shareDeleteRetentionPolicy": KEPT}}, [Duration.of(35)], []),
        (NO_SHARES, [], []),
        ({"properties": {}}, [], [Reason.SHAPE]),
        (REFUSED, [], [Reason.REFUSED]),
    ],
)
def test_soft_delete_of_shares_is_a_plan(files: Json | str, kept: list[Duration], reasons: list[Reason]) -> None:
    found = _plans(_soft(), files)
    assert [plan.retention for plan in found.items] == kept
    assert [gap.reason for gap in found.gaps] == [*reasons]


@pytest.mark.parametrize(
    ("kind", "blob", "files"), [("FileStorage", REFUSED, NO_SHARES), ("BlobStorage", _soft(), REFUSED)]
)
def test_a_kind_without_blobs_or_files_is_not_asked_for_them(kind: str, blob: Json | str, files: Json | str) -> None:
    assert plain(state(ACCOUNT, "Backup.plans", item={**STORAGE, "kind": kind}, blob=blob, files=files)) == (
        [],
        [],
    )


def test_a_restore_to_any_moment_has_no_interval() -> None:
    assert _plans(_soft(restorePolicy=KEPT)).items[0].every == Duration.of(0)


def test_plans_lie_where_the_account_is_copied_to() -> None:
    item = {"sku.name": "Standard_GRS", "properties.secondaryLocation": "ukwest"}
    (found,) = _plans(_soft(deleteRetentionPolicy=KEPT), **item).items
    assert found.places == ("azure:uksouth", "azure:ukwest")
    assert found.immutable is False
    assert reason(found.every) is Reason.UNDECIDED


@pytest.mark.parametrize(
    ("blob", "reasons"),
    [(REFUSED, [Reason.REFUSED] * 4), (FAILED, [Reason.FAILED] * 4), ({"properties": {}}, [Reason.SHAPE])],
)
def test_unread_plans_are_gaps(blob: Json | str, reasons: list[Reason]) -> None:
    assert plain(state(ACCOUNT, "Backup.plans", item=STORAGE, blob=blob, files=NO_SHARES)) == ([], [*reasons])


def test_soft_delete_without_days_has_no_known_retention() -> None:
    (found,) = _plans(_soft(deleteRetentionPolicy={"enabled": True})).items
    assert reason(found.retention) is Reason.SHAPE
