"""A published statement about one Azure region, on an estate that keeps it, and on estates that break each claim."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reports.document import Document, PromiseVerdict, Verdict
from scanner import registry
from scanner.collect.model import Options
from scanner.demo.azure import AzureCloud
from scanner.demo.azure_estate import (
    APP,
    APP_TEST,
    DATA_TEST,
    NETWORK,
    PRODUCTION,
    TEST,
    Body,
    disk,
    network,
    network_id,
    snapshot,
    storage,
)
from scanner.demo.azure_governance import setting
from scanner.policy import Policy
from scanner.policy.contradictions import contradictions
from scanner.run import document
from scanner.scan import Request, scan
from tests.flow.conftest import declared
from tests.flow.documents_estate import estate, kept

POLICY = Path(__file__).parents[2] / "examples" / "documents-on-azure.yaml"
NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
OPEN = {
    "production-data-stays": "Azure does not tell what",
    "no-third-parties": "Microsoft Entra ID is not read",
}
"""What Azure's control plane does not settle, and why."""
Bodies = list[Body]


def judged(policy: Policy, bodies: Bodies) -> Document:
    with AzureCloud(estate(bodies)) as cloud:
        options = {"azure": Options(cloud.endpoint, 4)}
        found = document(scan(Request(policy, registry.providers(), NOW, options)).after(""), None)
        assert cloud.writes == []
    return found


def test_the_estate_keeps_what_is_promised() -> None:
    found = judged(declared(POLICY), kept())
    assert found.coverage.gaps == ()
    verdicts = {each.id: each.verdict for each in found.promises}
    assert {name for name, verdict in verdicts.items() if verdict is not PromiseVerdict.KEPT} == OPEN.keys()
    assert all(verdicts[name] is PromiseVerdict.UNPROVEN for name in OPEN)
    for finding in found.findings:
        if finding.verdict is Verdict.UNKNOWN:
            unseen = [each.detail for condition in finding.conditions for each in condition.unknowns]
            assert all(detail.startswith(OPEN[finding.promise]) for detail in unseen), finding.id


def put(end: str, *path: str, value: Any) -> Callable[[Bodies], Bodies]:
    """The estate with one value of one body changed."""

    def change(bodies: Bodies) -> Bodies:
        changed = deepcopy(bodies)
        (body,) = [each for each in changed if str(each["id"]).endswith(end)]
        holder: Any = body
        for step in path[:-1]:
            holder = holder[step]
        holder[path[-1]] = value
        return changed

    return change


def out(end: str) -> Callable[[Bodies], Bodies]:
    """The estate without a body."""
    return lambda bodies: [each for each in bodies if not str(each["id"]).endswith(end)]


def more(*bodies: Body) -> Callable[[Bodies], Bodies]:
    """The estate with more bodies."""
    return lambda found: [*found, *bodies]


DATABASE = "/databases/documents-production"
OS = disk(APP, "app-documents-production-os")
LIGHTHOUSE = setting(
    PRODUCTION,
    "Microsoft.ManagedServices/registrationAssignments",
    "00000000-0000-0000-0000-000000000009",
    {
        "provisioningState": "Succeeded",
        "registrationDefinitionId": f"/subscriptions/{PRODUCTION}/providers/Microsoft.ManagedServices"
        "/registrationDefinitions/00000000-0000-0000-0000-00000000000c",
        "registrationDefinition": {
            "properties": {
                "managedByTenantId": "00000000-0000-0000-0000-00000000000f",
                "authorizations": [],
                "provisioningState": "Succeeded",
            }
        },
    },
)
PEERED = network(NETWORK, "vnet-production", "10.0.0.0/16", {"to-test": network_id(APP_TEST, "vnet-test")})
BREAKS: list[tuple[str, Callable[[Bodies], Bodies], set[str]]] = [
    ("a disk in Ireland", more(disk(APP, "elsewhere", location="northeurope")), {"hosted-in-uk-south"}),
    (
        "a store whose pair is UK West",
        more(*storage(DATA_TEST, "examplepaired", sku="Standard_GRS", secondary="ukwest")),
        {"hosted-in-uk-south", "backups-in-uk-south"},
    ),
    (
        "a disk in Singapore",
        more(disk(APP, "beyond", location="southeastasia")),
        {"hosted-in-uk-south", "inside-the-eea"},
    ),
    (
        "backups in the pair",
        put(DATABASE, "properties", "currentBackupStorageRedundancy", value="Geo"),
        {"hosted-in-uk-south", "backups-in-uk-south"},
    ),
    (
        "no TDE",
        put(f"{DATABASE}/transparentDataEncryption/current", "properties", "state", value="Disabled"),
        {"sql-tde"},
    ),
    (
        "plain HTTP to documents",
        put("/exampledocumentstest", "properties", "supportsHttpsTrafficOnly", value=False),
        {"https-only"},
    ),
    (
        "plain HTTP to the application",
        put("/sites/app-documents-test", "properties", "httpsOnly", value=False),
        {"https-only"},
    ),
    (
        "backups of a week",
        put(f"{DATABASE}/backupShortTermRetentionPolicies/default", "properties", "retentionDays", value=7),
        {"backups-35-days"},
    ),
    (
        "backups of ten years",
        put(f"{DATABASE}/backupLongTermRetentionPolicies/default", "properties", "yearlyRetention", value="P10Y"),
        {"backups-35-days"},
    ),
    (
        "logs of a year",
        put("/log-documents-production/tables/AppTraces", "properties", "totalRetentionInDays", value=365),
        {"logs-35-days"},
    ),
    (
        "no activity log",
        out(f"{TEST}/providers/Microsoft.Insights/diagnosticSettings/activity-log"),
        {"actions-recorded"},
    ),
    ("no flow log", out("/flowLogs/vnet-test"), {"traffic-recorded"}),
    (
        "a network that is peered",
        put(
            "/virtualNetworks/vnet-production",
            "properties",
            "virtualNetworkPeerings",
            value=PEERED["properties"]["virtualNetworkPeerings"],
        ),
        {"networks-apart"},
    ),
    (
        "a disk of production in the test subscription",
        put("/app-documents-test-os", "tags", "env", value="production"),
        {"environments-in-accounts"},
    ),
    ("production restored in test", more(snapshot(APP_TEST, "restored", OS)), {"production-data-stays"}),
    ("a managed service provider", more(LIGHTHOUSE), {"no-third-parties"}),
    (
        "nobody told by text message",
        put(f"{APP_TEST.id}/providers/Microsoft.Insights/actionGroups/on-call", "properties", "smsReceivers", value=[]),
        {"told-by-mail-and-text"},
    ),
    (
        "no detection",
        put(f"{TEST}/providers/Microsoft.Security/pricings/Arm", "properties", "pricingTier", value="Free"),
        {"threats-detected"},
    ),
]


@pytest.mark.parametrize(("change", "broken"), [case[1:] for case in BREAKS], ids=[case[0] for case in BREAKS])
def test_what_is_broken_is_found(change: Callable[[Bodies], Bodies], broken: set[str]) -> None:
    found = judged(declared(POLICY), change(kept()))
    assert {each.id for each in found.promises if each.verdict is PromiseVerdict.BROKEN} == broken


def test_every_promise_is_broken_once() -> None:
    policy = declared(POLICY)
    # Azure encrypts disks, blobs and logs whatever anybody sets.
    always = {"documents-aes-256", "logs-encrypted"}
    assert {each.id for each in policy.promises} - always == set().union(*(broken for *_, broken in BREAKS))


def test_the_united_kingdom_is_not_in_the_eea(tmp_path: Path) -> None:
    assert contradictions(declared(POLICY), NOW.date(), frozenset()) == ()
    strict = tmp_path / "asdeclared.yaml"
    strict.write_text(POLICY.read_text().replace("[EEA, adequate]", "[EEA]"))
    found = contradictions(declared(strict), NOW.date(), frozenset())
    assert {each.code for each in found} == {"outside-zone", "disjoint-places"}
    assert "in force until 2031-12-27" in " ".join(each.message for each in found)
