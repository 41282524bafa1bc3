"""What the vaults of Azure Backup protect shows in the verdicts about the resources, over real sockets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from scanner import registry
from scanner.collect.model import Options
from scanner.demo.azure import AzureCloud
from scanner.demo.azure_access import Refusal
from scanner.demo.azure_estate import AzureEstate, Body, Subscription
from scanner.policy import loads
from scanner.providers.azure import PROVIDER
from scanner.run import document
from scanner.scan import Request, scan
from tests.contract.azure_services import GROUP, SERVICES

SUBSCRIPTION = GROUP.split("/")[2]
POLICY = f"""
version: 1
name: backups
scope: {{azure: {{subscriptions: [{SUBSCRIPTION}]}}}}
promises:
  - id: kept
    says: Backups of disks are kept for 35 days.
    check: backup.retention
    with: {{at_least: 35 days}}
    applies_to: {{types: [azure.compute.disk]}}
"""
ITEMS = "Microsoft.RecoveryServices/vaults/backupProtectedItems/read"


def _disk(name: str) -> Body:
    properties = {"diskState": "Attached", "creationData": {"createOption": "Empty"}}
    own = {"name": name, "type": "Microsoft.Compute/disks", "location": "uksouth", "sku": {"name": "Premium_LRS"}}
    return {"id": f"{GROUP}/providers/Microsoft.Compute/disks/{name}", **own, "properties": properties}


def _verdicts(refuse: Sequence[Refusal] = ()) -> dict[str, str]:
    """The verdict about each disk."""
    group = {"id": GROUP, "name": "data", "type": "Microsoft.Resources/resourceGroups", "location": "uksouth"}
    disks = [_disk(name) for name in ("app-os", "app-1", "alone")]
    estate = AzureEstate((Subscription(SUBSCRIPTION, "data"),), (group, *SERVICES, *disks))
    types = [kind.name for kind in PROVIDER.types]
    policy = loads(POLICY, "policy.yaml", checks=registry.checks(), types=types, providers=["azure"])
    with AzureCloud(estate, refuse=refuse) as cloud:
        at = datetime(2026, 11, 2, tzinfo=UTC)
        request = Request(policy, {"azure": PROVIDER}, at, {"azure": Options(endpoint=cloud.endpoint, workers=4)})
        found = document(scan(request).after(""), None, most=None).findings
    return {each.subject.id.rpartition("/")[2]: each.verdict.value for each in found if each.subject.kind == "resource"}


@pytest.mark.parametrize(
    ("refuse", "expected"),
    [
        ([], {"app-os": "pass", "app-1": "pass", "alone": "fail"}),
        ([Refusal("", ITEMS)], {"app-os": "unknown", "app-1": "unknown", "alone": "unknown"}),
    ],
)
def test_a_disk_is_backed_up_by_the_vault_of_its_machine(refuse: Sequence[Refusal], expected: dict[str, str]) -> None:
    assert _verdicts(refuse) == expected
