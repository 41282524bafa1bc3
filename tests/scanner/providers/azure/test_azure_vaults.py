"""Recovery Services vaults and Backup vaults: from replies to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import FOREVER, AtRest, CopyKind, Duration, KeyOwner, PlanKind, Reason, Source
from scanner.providers.azure.backupvault import VAULT as BACKUP
from scanner.providers.azure.recovery import VAULT as RECOVERY
from tests.scanner.providers.azure.azure_states import BASE, REFUSED, told

UK, PAIR = "azure:uksouth", "azure:ukwest"
BOTH, DAY = (UK, PAIR), Duration.of(1)
PAIRED = (CopyKind.GEO_PAIR, PAIR, "")
FAR = (CopyKind.REPLICA, "azure:westeurope", "")
OLD = f"{BASE}/Microsoft.ClassicCompute/virtualMachines/app"
MACHINE = f"{BASE}/Microsoft.Compute/virtualMachines/app".lower()
FILES = f"{BASE}/Microsoft.Storage/storageAccounts/files".lower()
ON_DEMAND = Reason.NOT_ASKED
REDUNDANT = "item.properties.redundancySettings.standardTierStorageRedundancy"
LOCKED = "item.properties.securitySettings.immutabilitySettings.state"
CHOSEN = "item.properties.regionOfChoiceSettings.status"


def replicated(*items: tuple[str, object]) -> dict[str, Any]:
    details = [{"instanceType": way, "recoveryFabricLocation": place, "targetLocation": place} for way, place in items]
    return {"replicated.value": [{"properties": {"providerSpecificDetails": each}} for each in details]}


def plan(
    retention: object = 35,
    every: object = DAY,
    kind: PlanKind = PlanKind.SNAPSHOT,
    places: object = BOTH,
    immutable: object = True,
) -> tuple[object, ...]:
    kept = Duration.of(retention) if isinstance(retention, int) else retention
    return kind, kept, every, places, True, immutable


INSTANT = plan(2, places=(UK,), immutable=Reason.UNDECIDED)


def lasts(count: object, unit: object = "Days") -> dict[str, Any]:
    return {"retentionDuration": {"count": count, "durationType": unit}}


def policy(retention: object, schedule: object = None, **more: object) -> dict[str, Any]:
    runs = schedule or {"scheduleRunFrequency": "Daily"}
    properties = {"protectedItemsCount": 1, "retentionPolicy": retention, "schedulePolicy": runs, **more}
    return {"policies.value": [{"properties": properties}]}


def parts(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"policies.value": [{"properties": {"protectedItemsCount": 4, "subProtectionPolicy": list(rules)}}]}


def items(*told_: dict[str, Any]) -> dict[str, Any]:
    return {"policies.value": [], "items.value": [{"properties": properties} for properties in told_]}


LONG = {
    "dailySchedule": lasts(30),
    "weeklySchedule": lasts(5, "Weeks"),
    "monthlySchedule": lasts(12, "Months"),
    "yearlySchedule": lasts(5, "Years"),
}
LONG_PLANS = [
    plan(30),
    plan(35, Duration.of(7), PlanKind.LONG_TERM),
    plan(365, Duration.of(1, "month"), PlanKind.LONG_TERM),
    plan(1825, Duration.of(1, "year"), PlanKind.LONG_TERM),
]
STOPPED = plan(FOREVER, Reason.UNDECIDED)
WEEKLY = {"scheduleRunFrequency": "Weekly", "scheduleWeeklyFrequency": 2}
HOURLY = {"scheduleRunFrequency": "Hourly", "hourlySchedule": {"interval": 4}}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.homes", {}, ([UK], [])),
        ("Location.copies", {}, ([PAIRED], [])),
        ("Location.copies", {REDUNDANT: "LocallyRedundant"}, ([], [])),
        ("Location.copies", {REDUNDANT: "ZoneRedundant"}, ([], [])),
        ("Location.copies", {REDUNDANT: "Invalid"}, ([], [Reason.SHAPE])),
        ("Location.copies", {REDUNDANT: None}, ([], [Reason.SHAPE])),
        ("Location.copies", {CHOSEN: "Enabled"}, ([], [Reason.UNDECIDED])),
        ("Location.copies", {CHOSEN: "Disabled"}, ([PAIRED], [])),
        ("Location.copies", replicated(("A2A", "westeurope")), ([PAIRED, FAR], [])),
        ("Location.copies", replicated(("A2A", "West Europe"), ("a2a", "westeurope")), ([PAIRED, FAR], [])),
        ("Location.copies", replicated(("A2A", None)), ([PAIRED], [Reason.SHAPE])),
        ("Location.copies", replicated(("InMageRcm", "westeurope")), ([PAIRED, FAR], [])),
        ("Location.copies", replicated(("HyperVReplicaAzure", "westeurope")), ([PAIRED], [Reason.UNDECIDED])),
        ("Location.copies", replicated(("ByPost", "westeurope")), ([PAIRED], [Reason.SHAPE])),
        ("Location.copies", {"replicated": REFUSED}, ([PAIRED], [Reason.REFUSED])),
        (
            "Location.copies",
            {CHOSEN: "Enabled", **replicated(("A2A", "westeurope"))},
            ([FAR], [Reason.UNDECIDED]),
        ),
        ("RecoveryPoint.sources", {}, ([Source(MACHINE)], [])),
        ("RecoveryPoint.sources", {"items": REFUSED}, ([], [Reason.REFUSED])),
        # A machine of the older sort is not among the types that are listed.
        ("RecoveryPoint.sources", items({"sourceResourceId": OLD}), ([], [Reason.NOT_ASKED])),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.algorithms", {}, {"AES-256"}),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        (
            "EncryptionAtRest.owner",
            {"item.properties.encryption.keyVaultProperties.keyUri": "https://k"},
            (KeyOwner.CUSTOMER),
        ),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.minimum_tls", {}, Reason.NOT_ASKED),
        ("Exposure.public", {}, False),
        ("Backup.plans", {}, ([plan(), INSTANT], [ON_DEMAND])),
        ("Backup.plans", {LOCKED: "Unlocked"}, ([plan(immutable=False), INSTANT], [ON_DEMAND])),
        ("Backup.plans", {LOCKED: None}, ([plan(immutable=Reason.SHAPE), INSTANT], [ON_DEMAND])),
        ("Backup.plans", {REDUNDANT: "ZoneRedundant"}, ([plan(places=(UK,)), INSTANT], [ON_DEMAND])),
        ("Backup.plans", {"policies": REFUSED}, ([], [Reason.REFUSED])),
        ("Backup.plans", {"items": REFUSED}, ([], [Reason.REFUSED])),
        ("Backup.plans", {"policies.value": [{"properties": {"protectedItemsCount": 0}}]}, ([], [])),
        (
            "Backup.plans",
            {"policies.value": [{"properties": {"retentionPolicy": {}}}]},
            ([], [Reason.SHAPE, ON_DEMAND]),
        ),
        ("Backup.plans", policy(LONG), (LONG_PLANS, [ON_DEMAND])),
        ("Backup.plans", policy(lasts(35)), ([plan()], [ON_DEMAND])),
        ("Backup.plans", policy({"dailySchedule": {}}), ([plan(Reason.SHAPE)], [ON_DEMAND])),
        ("Backup.plans", policy({"dailySchedule": lasts(1, "Moons")}), ([plan(Reason.SHAPE)], [ON_DEMAND])),
        (
            "Backup.plans",
            policy({"weeklySchedule": lasts(35)}, WEEKLY),
            ([plan(35, Duration.of(7), PlanKind.LONG_TERM)], [ON_DEMAND]),
        ),
        ("Backup.plans", policy(lasts(35), WEEKLY), ([plan(35, Duration.of(14))], [ON_DEMAND])),
        (
            "Backup.plans",
            policy(lasts(35), {**WEEKLY, "scheduleWeeklyFrequency": 0}),
            ([plan(35, Duration.of(7))], [ON_DEMAND]),
        ),
        ("Backup.plans", policy(lasts(35), HOURLY), ([plan(35, Duration.of(4, "hour"))], [ON_DEMAND])),
        (
            "Backup.plans",
            policy(lasts(35), {"scheduleRunFrequency": "Hourly"}),
            ([plan(35, Reason.SHAPE)], [ON_DEMAND]),
        ),
        ("Backup.plans", policy(None, vaultRetentionPolicy={"vaultRetention": lasts(35)}), ([plan()], [ON_DEMAND])),
        (
            "Backup.plans",
            parts(
                {"retentionPolicy": lasts(35), "schedulePolicy": {"scheduleRunFrequency": "Daily"}},
                {"retentionPolicy": lasts(15), "schedulePolicy": {"scheduleFrequencyInMins": 60}},
            ),
            ([plan(), plan(15, Duration.of(1, "hour"), PlanKind.CONTINUOUS)], [ON_DEMAND]),
        ),
        (
            "Backup.plans",
            parts(
                {
                    "retentionPolicy": lasts(35),
                    "schedulePolicy": {"scheduleRunFrequency": "Daily"},
                    "snapshotBackupAdditionalDetails": {"instantRpRetentionRangeInDays": 2},
                }
            ),
            ([plan(), INSTANT], [ON_DEMAND]),
        ),
        ("Backup.plans", items({"protectionState": "Protected"}), ([], [])),
        # Suspended backups go by the policy, and the last of them stays.
        (
            "Backup.plans",
            items({"protectionState": "BackupsSuspended"}),
            ([plan(Reason.UNDECIDED, Reason.UNDECIDED)], [ON_DEMAND]),
        ),
        (
            "Backup.plans",
            items({"protectionState": "ProtectionStopped"}, {"protectionState": "ProtectionStopped"}),
            ([STOPPED], [ON_DEMAND]),
        ),
        (
            "Backup.plans",
            items(
                {
                    "protectionState": "ProtectionStopped",
                    "isScheduledForDeferredDelete": True,
                    "softDeleteRetentionPeriodInDays": 14,
                }
            ),
            ([plan(14, Reason.UNDECIDED)], [ON_DEMAND]),
        ),
        ("Backup.plans", items({"protectionState": "Invalid"}), ([plan(Reason.SHAPE, Reason.UNDECIDED)], [ON_DEMAND])),
        ("Lineage.origins", {}, (["app"], [])),
        ("Lineage.origins", {"items": REFUSED}, ([], [Reason.REFUSED])),
        (
            "Lineage.origins",
            items({"sourceResourceId": "/m/One"}, {"sourceResourceId": "/M/one"}, {}),
            (["one"], [Reason.UNDECIDED]),
        ),
        ("Lineage.origins", items({"sourceResourceId": "elsewhere"}), ([], [Reason.SHAPE])),
    ],
)
def test_a_recovery_services_vault(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(RECOVERY, fact, changes) == expected


STORES, REGIONS = "item.properties.storageSettings", "item.properties.replicatedRegions"
GEO = {STORES: [{"type": "LocallyRedundant"}, {"type": "GeoRedundant"}]}
STATE = "currentProtectionState"
VAULT = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/data/providers/x/backupVaults/v"


def local(retention: object = 35, every: object = DAY, kind: PlanKind = PlanKind.SNAPSHOT) -> tuple[object, ...]:
    return plan(retention, every, kind, (UK,), immutable=False)


def rules(*told_: dict[str, Any]) -> dict[str, Any]:
    found = {"id": f"{VAULT}/backupPolicies/One", "properties": {"policyRules": list(told_)}}
    return {**instances({STATE: "ProtectionConfigured"}), "policies.value": [found]}


def instances(*told_: dict[str, Any]) -> dict[str, Any]:
    used = {"policyId": f"{VAULT}/backuppolicies/one"}
    return {"instances.value": [{"properties": {"policyInfo": used, **properties}} for properties in told_]}


def keeps(duration: str, store: str = "VaultStore", **more: object) -> dict[str, Any]:
    life = {"deleteAfter": {"duration": duration}, "sourceDataStore": {"dataStoreType": store}}
    return {"objectType": "AzureRetentionRule", "lifecycles": [life], **more}


SOFT_DELETE = "item.properties.securitySettings.softDeleteSettings.state"


def makes(*times: str, store: str = "VaultStore") -> dict[str, Any]:
    trigger = {"schedule": {"repeatingTimeIntervals": list(times)}}
    return {"objectType": "AzureBackupRule", "dataStore": {"dataStoreType": store}, "trigger": trigger}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([], [])),
        ("Location.copies", GEO, ([PAIRED], [])),
        (
            "Location.copies",
            {**GEO, REGIONS: ["uksouth", "North Europe"]},
            ([(CopyKind.GEO_PAIR, "azure:northeurope", "")], []),
        ),
        ("Location.copies", {**GEO, REGIONS: None}, ([PAIRED], [])),
        ("Location.copies", {STORES: None}, ([], [Reason.SHAPE])),
        ("Location.copies", {STORES: [{"type": "Wide"}, {"type": "GeoRedundant"}]}, ([PAIRED], [])),
        ("Location.copies", {STORES: [{"type": "Wide"}]}, ([], [Reason.SHAPE])),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionInTransit.plaintext", {}, False),
        ("Exposure.public", {}, False),
        ("Backup.plans", {}, ([local()], [ON_DEMAND])),
        ("Backup.plans", {"policies": REFUSED}, ([], [Reason.REFUSED])),
        ("Backup.plans", {"instances": REFUSED}, ([], [Reason.REFUSED])),
        # Soft delete may keep what is left of deleted instances, which are not listed.
        ("Backup.plans", {"instances.value": []}, ([], [Reason.NOT_ASKED])),
        ("Backup.plans", {"instances.value": [], SOFT_DELETE: "Off"}, ([], [])),
        ("Backup.plans", {"instances.value": [], SOFT_DELETE: None}, ([], [Reason.SHAPE])),
        ("Backup.plans", {LOCKED: None}, ([plan(places=(UK,), immutable=Reason.SHAPE)], [ON_DEMAND])),
        ("Backup.plans", GEO, ([plan(immutable=False)], [ON_DEMAND])),
        (
            "Backup.plans",
            rules(makes("R/2026-01-01T00:00:00Z/P1W", "R/2026-01-01T00:00:00Z/PT12H"), keeps("P35D", isDefault=True)),
            ([local(35, Duration.of(12, "hour"))], [ON_DEMAND]),
        ),
        (
            "Backup.plans",
            rules(makes("sometimes"), keeps("P35D", isDefault=True)),
            ([local(35, Reason.SHAPE)], [ON_DEMAND]),
        ),
        (
            "Backup.plans",
            rules(makes("R/2026-01-01T00:00:00Z/P1D"), keeps("P5Y")),
            ([local(1825, Reason.UNDECIDED, PlanKind.LONG_TERM)], [ON_DEMAND]),
        ),
        (
            "Backup.plans",
            rules(
                makes("R/2026-01-01T00:00:00Z/P1D", store="VaultStore"),
                keeps("P7D", "OperationalStore", isDefault=True),
            ),
            ([local(7, Reason.UNDECIDED)], [ON_DEMAND]),
        ),
        (
            "Backup.plans",
            {**rules(keeps("P7D", "OperationalStore", isDefault=True)), **GEO},
            ([plan(7, Reason.UNDECIDED, places=(UK,), immutable=False)], [ON_DEMAND]),
        ),
        ("Backup.plans", rules(keeps("often", isDefault=True)), ([local(Reason.SHAPE, Reason.UNDECIDED)], [ON_DEMAND])),
        (
            "Backup.plans",
            rules(keeps("P7D", "Elsewhere", isDefault=True)),
            ([plan(7, Reason.UNDECIDED, places=Reason.SHAPE, immutable=False)], [ON_DEMAND]),
        ),
        ("Backup.plans", rules({"objectType": "Other"}), ([], [Reason.SHAPE, ON_DEMAND])),
        ("Backup.plans", rules(), ([], [Reason.SHAPE, ON_DEMAND])),
        ("Backup.plans", instances({STATE: "ProtectionStopped"}), ([local(FOREVER, Reason.UNDECIDED)], [ON_DEMAND])),
        (
            "Backup.plans",
            instances({STATE: "RetentionSchedulesSuspended"}),
            ([local(FOREVER, Reason.UNDECIDED)], [ON_DEMAND]),
        ),
        (
            "Backup.plans",
            {
                **rules(keeps("P7D", isDefault=True)),
                "instances.value": [{"properties": {STATE: "BackupSchedulesSuspended"}}],
            },
            ([local(FOREVER, Reason.UNDECIDED), local(7, Reason.UNDECIDED)], [ON_DEMAND]),
        ),
        ("Backup.plans", instances({STATE: "SoftDeleted"}), ([local(14, Reason.UNDECIDED)], [ON_DEMAND])),
        (
            "Backup.plans",
            {
                **instances({STATE: "SoftDeleted"}),
                "item.properties.securitySettings.softDeleteSettings.retentionDurationInDays": 14.5,
            },
            ([local(Reason.SHAPE, Reason.UNDECIDED)], [ON_DEMAND]),
        ),
        ("Backup.plans", {**instances({STATE: "NotProtected"}), SOFT_DELETE: "Off"}, ([], [])),
        ("Backup.plans", instances({STATE: "Invalid"}), ([], [Reason.SHAPE, ON_DEMAND])),
        (
            "Backup.plans",
            {"instances.value": [{"properties": {STATE: "ProtectionConfigured"}}]},
            ([local()], [ON_DEMAND]),
        ),
        ("Lineage.origins", {}, (["files"], [])),
        ("Lineage.origins", {"instances.value": [{}]}, ([], [Reason.SHAPE])),
        ("RecoveryPoint.sources", {}, ([Source(FILES)], [])),
        ("RecoveryPoint.sources", {"instances": REFUSED}, ([], [Reason.REFUSED])),
    ],
)
def test_a_backup_vault(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(BACKUP, fact, changes) == expected
