"""What Backup and DR is applied to, and by which plans."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Backup, Cover, Duration, Plan, PlanKind, Protection, Reason, Unknown
from scanner.providers.gcp.protection import BY_VAULT
from tests.scanner.providers.gcp.states import COMPUTE, LONDON, PROJECT, REFUSED, TYPES, Data, gaps, items

ASSOCIATION = "gcp.backupdr.association"
HERE = f"{PROJECT}/locations/europe-west2"
RULE = {"backupRetentionDays": 30, "standardSchedule": {"recurrenceType": "DAILY"}}
DATA = {
    "backupPlan": f"{HERE}/backupPlans/daily",
    "resource": f"{PROJECT}/zones/europe-west2-a/disks/data",
    "resourceType": "compute.googleapis.com/Disk",
    "state": "ACTIVE",
}
DISK = "//compute.googleapis.com/projects/acme-prod/zones/europe-west2-a/disks/data"
MACHINE = f"{PROJECT}/zones/europe-west2-a/instances/web"
MACHINES = DATA | {"resource": MACHINE, "resourceType": "compute.googleapis.com/Instance"}
APPLIED = Plan(PlanKind.SNAPSHOT, Duration.of(30), Duration.of(1), (LONDON,), encrypted=True, immutable=BY_VAULT)


def plan(**more: Any) -> Data:
    return {"resource": {"data": {"backupVault": f"{HERE}/backupVaults/v", "backupRules": [RULE], **more}}}


def machine(*disks: Data) -> Data:
    return {"name": f"//compute.googleapis.com/{MACHINE}", "resource": {"data": {"disks": list(disks)}}}


def covers(data: Data, **asked: Any) -> tuple[Any, ...]:
    return items(ASSOCIATION, Protection.covers, data, plans=[plan()], **asked)


@pytest.mark.parametrize(
    ("kind", "path", "ref"),
    [
        ("compute.googleapis.com/Disk", f"{PROJECT}/zones/europe-west2-a/disks/data", DISK),
        ("compute.googleapis.com/Disk", f"{COMPUTE}/acme-prod/zones/europe-west2-a/disks/data", DISK),
        ("compute.googleapis.com/Disk", "projects/100000000001/zones/europe-west2-a/disks/data", DISK),
        (
            "sqladmin.googleapis.com/Instance",
            f"{PROJECT}/instances/main",
            "//cloudsql.googleapis.com/projects/acme-prod/instances/main",
        ),
        (
            "file.googleapis.com/Instance",
            f"{HERE}/instances/share",
            f"//file.googleapis.com/{HERE}/instances/share",
        ),
        ("alloydb.googleapis.com/Cluster", f"{HERE}/clusters/c", f"//alloydb.googleapis.com/{HERE}/clusters/c"),
        ("netapp.googleapis.com/Volume", f"{HERE}/volumes/v", f"//netapp.googleapis.com/{HERE}/volumes/v"),
    ],
)
def test_what_is_protected(kind: str, path: str, ref: str) -> None:
    assert covers(DATA | {"resourceType": kind, "resource": path}) == (Cover(APPLIED, (ref,)),)


@pytest.mark.parametrize("source", ["machines", "links"])
def test_a_machine_is_protected_with_its_disks(source: str) -> None:
    disks = [{"source": f"{COMPUTE}/acme-prod/zones/europe-west2-a/disks/data"}, {"type": "SCRATCH"}]
    assert covers(MACHINES, **{source: [machine(*disks)]}) == (Cover(APPLIED, (DISK,)),)
    assert covers(MACHINES, **{source: [machine()]}) == (Cover(APPLIED, ()),)


@pytest.mark.parametrize("state", ["CREATING", "DELETING", "INACTIVE", "PAUSED"])
def test_what_is_not_protected_now(state: str) -> None:
    assert covers(DATA | {"state": state}) == ()


def test_a_state_that_was_not_foreseen() -> None:
    for state in ({"state": "DREAMING"}, {"state": None}):
        (found,) = covers(DATA | state)
        assert found.refs == (DISK,)
        assert isinstance(found.plan, Unknown)


@pytest.mark.parametrize(
    ("plans", "own", "reason"),
    [
        ([], {}, Reason.NOT_ASKED),
        (REFUSED, {}, Reason.REFUSED),
        ([plan(revisionId="v2")], {"backupPlanRevisionId": "v1"}, Reason.UNDECIDED),
        ([plan(revisionId="v2")], {}, Reason.UNDECIDED),
    ],
)
def test_plans_that_are_not_known(plans: Any, own: Data, reason: Reason) -> None:
    (found,) = items(ASSOCIATION, Protection.covers, DATA | own, plans=plans)
    assert found.refs == (DISK,)
    assert found.plan.reason is reason


def test_the_revision_that_is_applied() -> None:
    own = DATA | {"backupPlanRevisionId": "v2"}
    found = items(ASSOCIATION, Protection.covers, own, plans=[plan(revisionId="v2", logRetentionDays="7")])
    assert [each.plan.kind for each in found] == [PlanKind.SNAPSHOT, PlanKind.CONTINUOUS]


@pytest.mark.parametrize(
    ("data", "asked", "reason"),
    [
        (MACHINES, {}, Reason.NOT_ASKED),
        (MACHINES, {"machines": REFUSED}, Reason.REFUSED),
        (DATA | {"resourceType": "quantum.googleapis.com/Vault"}, {}, Reason.SHAPE),
        (DATA | {"resource": None}, {}, Reason.SHAPE),
    ],
)
def test_associations_that_are_not_known(data: Data, asked: Any, reason: Reason) -> None:
    assert gaps(ASSOCIATION, Protection.covers, data, **asked) == ((), [reason])


VAULT = f"{HERE}/backupVaults/v"
MINIMUM, INHERITED = "backupMinimumEnforcedRetentionDuration", "backupRetentionInheritance"


def vault(name: str = VAULT, **data: Any) -> Data:
    return {"resource": {"data": {"name": name, **data}}}


def days(count: int) -> str:
    return f"{count * 86400}s"


@pytest.mark.parametrize(
    ("vaults", "immutable"),
    [
        ([vault(**{MINIMUM: days(30)})], True),
        ([vault(**{MINIMUM: days(31), INHERITED: "INHERIT_VAULT_RETENTION"})], True),
        ([vault(**{MINIMUM: days(29), INHERITED: "BACKUP_RETENTION_INHERITANCE_UNSPECIFIED"})], False),
        ([vault(**{MINIMUM: days(29)})], False),
        ([vault(**{MINIMUM: days(1), INHERITED: "MATCH_BACKUP_EXPIRE_TIME"})], True),
        ([vault(f"{HERE}/backupVaults/w", **{MINIMUM: days(1)}), vault(**{MINIMUM: days(30)})], True),
        ([vault(f"{HERE}/backupVaults/w", **{MINIMUM: days(30)})], Reason.NOT_ASKED),
        ([vault()], Reason.SHAPE),
        ([vault(**{MINIMUM: "a month"})], Reason.SHAPE),
        ([vault(**{MINIMUM: days(1), INHERITED: "SOMEHOW"})], Reason.SHAPE),
        ([vault(**{MINIMUM: days(30), INHERITED: "SOMEHOW"})], True),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_whether_anybody_can_delete_before_the_end(vaults: Any, immutable: bool | Reason) -> None:
    (cover,) = items(ASSOCIATION, Protection.covers, DATA, plans=[plan()], vaults=vaults)
    own = items("gcp.backupdr.backup-plan", Backup.plans, plan()["resource"]["data"], vaults=vaults)
    for found in (cover.plan, *own):
        assert getattr(found.immutable, "reason", found.immutable) is immutable
        assert found.retention == Duration.of(30)


@pytest.mark.parametrize(("told", "immutable"), [({INHERITED: "MATCH_BACKUP_EXPIRE_TIME"}, True), ({}, Reason.SHAPE)])
def test_a_rule_without_a_retention(told: Data, immutable: bool | Reason) -> None:
    rule = {"standardSchedule": {"recurrenceType": "DAILY"}}
    data = {"backupVault": VAULT, "backupRules": [rule]}
    (found,) = items("gcp.backupdr.backup-plan", Backup.plans, data, vaults=[vault(**{MINIMUM: days(30), **told})])
    assert getattr(found.immutable, "reason", found.immutable) is immutable


def test_logs_have_a_retention_of_their_own() -> None:
    data = {"backupVault": VAULT, "backupRules": [], "logRetentionDays": "7"}
    (found,) = items("gcp.backupdr.backup-plan", Backup.plans, data, vaults=[vault(**{MINIMUM: days(30)})])
    assert found.immutable == BY_VAULT


@pytest.mark.parametrize(
    "kind", ["alloydb.cluster", "compute.disk", "compute.region-disk", "file.instance", "sql.instance"]
)
def test_what_may_be_protected(kind: str) -> None:
    assert TYPES[f"gcp.{kind}"].covered_by == (ASSOCIATION,)
