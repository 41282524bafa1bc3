"""What the vaults of Azure Backup protect, and by which plans: from replies to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Duration, PlanKind, Reason
from scanner.providers.azure.backupvault import VAULT as BACKUP
from scanner.providers.azure.recovery import VAULT as RECOVERY
from tests.scanner.providers.azure.azure_states import BASE, FAILED, REFUSED, SUBSCRIPTION, told

BOTH, DAY = ("azure:uksouth", "azure:ukwest"), Duration.of(1)
HERE = BOTH[:1]
VM, ACCOUNT = f"{BASE}/vm", f"{BASE}/account"


def plan(retention: object, every: object = DAY, **more: object) -> tuple[object, ...]:
    kept = Duration.of(retention) if isinstance(retention, int) else retention
    kind, places, immutable = (more.get(name, usual) for name, usual in USUAL.items())
    return kind, kept, every, places, True, immutable


USUAL = {"kind": PlanKind.SNAPSHOT, "places": BOTH, "immutable": True}
DAILY, INSTANT = plan(35), plan(2, places=HERE, immutable=Reason.UNDECIDED)


def item(kind: object = "AzureIaasVM", source: object = VM, use: object = "daily", **more: object) -> dict[str, Any]:
    policy = f"{BASE}/{use}" if use else None
    own = {"backupManagementType": kind, "sourceResourceId": source, "policyId": policy, "protectionState": "Protected"}
    return {"properties": {**own, **more}}


def items(*found: dict[str, Any], **more: object) -> dict[str, Any]:
    keeps = {"dailySchedule": {"retentionDuration": {"count": 35, "durationType": "Days"}}}
    schedule = {"scheduleRunFrequency": "Daily"}
    daily = {"retentionPolicy": keeps, "schedulePolicy": schedule, "instantRpRetentionRangeInDays": 2}
    policies = [
        {"id": f"{BASE.upper()}/daily", "properties": daily},
        {"id": f"{BASE}/empty", "properties": {**daily, "retentionPolicy": {}, "instantRpRetentionRangeInDays": None}},
    ]
    return {
        "policies.value": policies,
        "items.value": list(found),
        "machines.value": [machine("os", "zero", "one")],
        **more,
    }


def machine(os: str, *disks: str, id_: str = VM.upper()) -> dict[str, Any]:
    data = [{"lun": lun, "managedDisk": {"id": f"{BASE}/{name}"}} for lun, name in enumerate(disks)]
    os_disk = {"managedDisk": {"id": f"{BASE}/{os}"}} if os else {}
    return {"id": id_, "properties": {"storageProfile": {"osDisk": os_disk, "dataDisks": data}}}


def choice(luns: object, included: object) -> dict[str, Any]:
    return {"extendedProperties": {"diskExclusionProperties": {"diskLunList": luns, "isInclusionList": included}}}


def covers(*refs: str, of: tuple[tuple[object, ...], ...] = (DAILY, INSTANT)) -> tuple[list[object], list[object]]:
    return [(*each, *refs) for each in of], []


def gap(reason: Reason) -> tuple[list[object], list[object]]:
    return [], [reason]


WHOLE = ("vm", "os", "zero", "one")
ELSEWHERE = f"/subscriptions/{SUBSCRIPTION[:-1]}2/vm"
SECOND = item(source=f"{VM}2")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, covers("app", "app-os", "app-0", "app-1")),
        (items(), ([], [])),
        (items(item()), covers(*WHOLE)),
        (items(item(), item()), covers(*WHOLE)),
        (items(item(), SECOND), covers(*WHOLE, "vm2")),
        # which disks of a machine
        (items(item(**choice([0], included=True))), covers("vm", "os", "zero")),
        (items(item(**choice([0], included=False))), covers("vm", "os", "one")),
        (items(item(**choice([], included=True))), covers("vm", "os")),
        (items(item(**choice([], included=False))), covers(*WHOLE)),
        (items(item(**choice(None, included=None))), covers(*WHOLE)),
        (items(item(**choice([0], included=None))), gap(Reason.SHAPE)),
        (items(item(**choice(["a"], included=True))), gap(Reason.SHAPE)),
        (items(item(), **{"machines.value": [machine("", "zero")]}), covers("vm", "zero")),
        (items(item(), **{"machines.value": []}), covers("vm")),
        (items(item(source=ELSEWHERE)), gap(Reason.NOT_ASKED)),
        (items(item(), machines=REFUSED), gap(Reason.REFUSED)),
        # other sources
        # An item is one file share, and the account may hold more than that.
        (items(item("AzureStorage", ACCOUNT), machines=FAILED), covers("account", of=((Reason.UNDECIDED,),))),
        (items(item("AzureWorkload"), item("MAB", None), item("DPM", None)), ([], [])),
        (items(item("AzureSql")), gap(Reason.SHAPE)),
        (items(item(None)), gap(Reason.SHAPE)),
        (items(item(source=None)), gap(Reason.SHAPE)),
        # how they are kept
        # What gets no more recovery points is not protected by those that it has.
        (items(item(protectionState="ProtectionStopped")), covers(*WHOLE, of=((Reason.UNDECIDED,),))),
        (items(item(protectionState="BackupsSuspended")), covers(*WHOLE, of=((Reason.UNDECIDED,),))),
        (
            items(item(isScheduledForDeferredDelete=True, softDeleteRetentionPeriodInDays=14)),
            covers(*WHOLE, of=((Reason.UNDECIDED,),)),
        ),
        (items(item(protectionState="Odd")), covers(*WHOLE, of=((Reason.SHAPE,),))),
        (items(item(use="gone")), covers(*WHOLE, of=((Reason.SHAPE,),))),
        (items(item(use="")), covers(*WHOLE, of=((Reason.SHAPE,),))),
        (items(item(use="empty")), covers(*WHOLE, of=((Reason.SHAPE,),))),
        # what was not seen
        ({"policies": REFUSED}, gap(Reason.REFUSED)),
        ({"items": REFUSED}, gap(Reason.REFUSED)),
        ({"items": FAILED}, gap(Reason.FAILED)),
    ],
)
def test_a_recovery_services_vault_covers(changes: dict[str, Any], expected: object) -> None:
    assert told(RECOVERY, "Protection.covers", changes) == expected


def rule(kept: str, store: str = "VaultStore") -> dict[str, Any]:
    life = {"deleteAfter": {"duration": kept}, "sourceDataStore": {"dataStoreType": store}}
    return {"objectType": "AzureRetentionRule", "isDefault": True, "lifecycles": [life]}


def made(interval: str, store: str = "VaultStore") -> dict[str, Any]:
    schedule = {"repeatingTimeIntervals": [f"R/2026-01-01T00:00:00+00:00/{interval}"]}
    return {"objectType": "AzureBackupRule", "dataStore": {"dataStoreType": store}, "trigger": {"schedule": schedule}}


def instance(source: object = ACCOUNT, use: object = "p", state: object = "ProtectionConfigured") -> dict[str, Any]:
    policy = {"policyId": f"{BASE}/{use}"} if use else {}
    return {
        "properties": {
            "dataSourceInfo": {"resourceID": source},
            "policyInfo": policy,
            "currentProtectionState": state,
        }
    }


def chosen(**parameters: object) -> dict[str, Any]:
    """An instance that may leave out a part of its source."""
    found = instance()
    found["properties"]["policyInfo"]["policyParameters"] = {"backupDatasourceParametersList": [parameters]}
    return found


def instances(
    *found: dict[str, Any], rules: tuple[dict[str, Any], ...] = (made("P1D"), rule("P35D"))
) -> dict[str, Any]:
    policies = [
        {"id": f"{BASE.upper()}/P", "properties": {"policyRules": list(rules)}},
        {"id": f"{BASE}/other", "properties": {"policyRules": [rule("P9D")]}},
    ]
    return {"policies.value": policies, "instances.value": list(found)}


LOCAL = {"places": HERE, "immutable": False}
KEPT = plan(35, **LOCAL)
BESIDE = (made("P1D"), rule("P35D"), made("PT4H", "OperationalStore"), rule("P7D", "OperationalStore"))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, covers("files", of=(KEPT,))),
        (instances(), ([], [])),
        (instances(instance()), covers("account", of=(KEPT,))),
        (instances(instance(), instance(ACCOUNT.upper()), instance(VM)), covers("account", "vm", of=(KEPT,))),
        (
            instances(instance(), rules=BESIDE),
            covers("account", of=(KEPT, plan(7, Duration.of(4, "hour"), **LOCAL))),
        ),
        (instances(instance(use="gone")), covers("account", of=((Reason.SHAPE,),))),
        (instances(instance(use="")), covers("account", of=((Reason.SHAPE,),))),
        (instances(instance(), rules=()), covers("account", of=((Reason.SHAPE,),))),
        (
            instances(instance(state="ProtectionStopped")),
            covers("account", of=((Reason.UNDECIDED,),)),
        ),
        (instances(instance(state="SoftDeleted")), covers("account", of=((Reason.UNDECIDED,),))),
        (instances(instance(state="BackupSchedulesSuspended")), covers("account", of=((Reason.UNDECIDED,),))),
        (instances(chosen()), covers("account", of=(KEPT,))),
        (instances(chosen(containersList=[])), covers("account", of=(KEPT,))),
        (instances(chosen(containersList=["a"])), covers("account", of=((Reason.UNDECIDED,),))),
        (instances(chosen(includedNamespaces=["a"])), covers("account", of=((Reason.UNDECIDED,),))),
        (instances(chosen(excludedNamespaces=["a"])), covers("account", of=((Reason.UNDECIDED,),))),
        (instances(chosen(labelSelectors=["a=b"])), covers("account", of=((Reason.UNDECIDED,),))),
        (instances(chosen(snapshotVolumes=False)), covers("account", of=((Reason.UNDECIDED,),))),
        (instances(chosen(snapshotVolumes=True)), covers("account", of=(KEPT,))),
        (instances(chosen(containersList="all")), covers("account", of=((Reason.SHAPE,),))),
        (instances(instance(state="NotProtected")), ([], [])),
        (instances(instance(state="Odd")), covers("account", of=((Reason.SHAPE,),))),
        (instances(instance(None), instance(VM)), (covers("vm", of=(KEPT,))[0], [Reason.SHAPE])),
        ({"policies": REFUSED}, gap(Reason.REFUSED)),
        ({"instances": REFUSED}, gap(Reason.REFUSED)),
        ({"instances": FAILED}, gap(Reason.FAILED)),
    ],
)
def test_a_backup_vault_covers(changes: dict[str, Any], expected: object) -> None:
    assert told(BACKUP, "Protection.covers", changes) == expected
