"""Synapse, Data Explorer, Databricks, Data Factory and Machine Learning: from replies to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import AtRest, CopyKind, Duration, Inapplicable, KeyOwner, PlanKind, Reason
from scanner.providers.azure.databricks import WORKSPACE as DATABRICKS
from scanner.providers.azure.datafactory import FACTORY
from scanner.providers.azure.kusto import CLUSTER, DATABASE
from scanner.providers.azure.machinelearning import WORKSPACE as LEARNING
from scanner.providers.azure.synapse import POOL
from scanner.providers.azure.synapse import WORKSPACE as SYNAPSE
from tests.scanner.providers.azure.azure_states import REFUSED, told

Changes = dict[str, Any]
UK, WEST = "azure:uksouth", "azure:ukwest"
KEY = "https://secrets.vault.azure.net/keys/platform"
PUBLIC, COPIES, PLANS = "Exposure.public", "Location.copies", "Backup.plans"
STATE, OWNER, OWN_KEY = "EncryptionAtRest.state", "EncryptionAtRest.owner", "EncryptionAtRest.key"
NOUGHT = "0.0.0.0"  # noqa: S104  # an address in a rule, and no listener
EVERYBODY, AZURE = (NOUGHT, "255.255.255.255"), (NOUGHT, NOUGHT)


def firewall(*ranges: tuple[str, str]) -> Changes:
    rules = [{"properties": {"startIpAddress": start, "endIpAddress": end}} for start, end in ranges]
    return {"firewall.value": rules}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        (COPIES, {}, ([], [Reason.NOT_ASKED])),
        (STATE, {}, AtRest.ENCRYPTED),
        (OWNER, {}, KeyOwner.CUSTOMER),
        (OWNER, {"item.properties.encryption": None}, KeyOwner.PROVIDER),
        (OWNER, {"item.properties.encryption.cmk.key.keyVaultUrl": 7}, Reason.SHAPE),
        (OWN_KEY, {}, KEY),
        (OWN_KEY, {"item.properties.encryption": None}, "provider"),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.minimum_tls", {}, Reason.NOT_ASKED),
        (PUBLIC, {}, False),
        (PUBLIC, firewall(EVERYBODY), True),
        (PUBLIC, firewall(AZURE), Reason.UNDECIDED),
        (PUBLIC, {**firewall(EVERYBODY), "item.properties.publicNetworkAccess": "Disabled"}, False),
        (PUBLIC, {"item.properties.publicNetworkAccess": None}, Reason.SHAPE),
        (PUBLIC, {"firewall": REFUSED}, Reason.REFUSED),
        (PLANS, {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_a_synapse_workspace(fact: str, changes: Changes, expected: object) -> None:
    assert told(SYNAPSE, fact, changes) == expected


WEEK = (PlanKind.SNAPSHOT, Duration.of(7), Duration.of(8, "hour"), (UK,), True, True)
PAIRED = (PlanKind.SNAPSHOT, Reason.UNDECIDED, Duration.of(1), (WEST,), True, True)


def plain(point: tuple[object, ...], why: Reason = Reason.UNDECIDED) -> tuple[object, ...]:
    return (*point[:4], why, True)


def paused(place: str, why: Reason = Reason.UNDECIDED) -> tuple[object, ...]:
    return PlanKind.SNAPSHOT, why, why, (place,), True, True


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        (COPIES, {}, ([(CopyKind.BACKUP, WEST, "")], [])),
        (COPIES, {"geo.properties.state": "Disabled"}, ([], [])),
        (COPIES, {"geo.properties.state": None}, ([], [Reason.SHAPE])),
        (COPIES, {"geo": REFUSED}, ([], [Reason.REFUSED])),
        (COPIES, {"item.location": "moonbase"}, ([(CopyKind.BACKUP, Reason.UNDECIDED, "")], [])),
        (STATE, {}, AtRest.ENCRYPTED),
        (STATE, {"tde.properties.status": "Disabled"}, AtRest.NONE),
        (STATE, {"tde": REFUSED}, Reason.REFUSED),
        ("EncryptionAtRest.algorithms", {}, {"TDE", "AES-256"}),
        ("EncryptionAtRest.algorithms", {"tde.properties.status": "Disabled"}, frozenset()),
        (OWNER, {}, KeyOwner.CUSTOMER),
        (OWNER, {"workspace.properties.encryption": None}, KeyOwner.PROVIDER),
        (OWN_KEY, {}, KEY),
        (OWN_KEY, {"workspace": REFUSED}, Reason.REFUSED),
        (PUBLIC, {}, False),
        (PUBLIC, firewall(EVERYBODY), True),
        (PUBLIC, {"workspace.properties.publicNetworkAccess": "Disabled", **firewall(EVERYBODY)}, False),
        (PLANS, {}, ([WEEK, PAIRED], [])),
        (PLANS, {"geo.properties.state": "Disabled"}, ([WEEK], [])),
        # Without TDE it is not settled whether the points are encrypted.
        (PLANS, {"tde.properties.status": "Disabled"}, ([plain(WEEK), plain(PAIRED)], [])),
        (PLANS, {"tde": REFUSED}, ([plain(WEEK, Reason.REFUSED), plain(PAIRED, Reason.REFUSED)], [])),
        # Of a paused pool no points are made, and none expires.
        (PLANS, {"item.properties.status": "Paused"}, ([paused(UK), paused(WEST)], [])),
        (PLANS, {"item.properties.status": None, "geo": REFUSED}, ([paused(UK, Reason.SHAPE)], [Reason.REFUSED])),
        (PLANS, {"geo": REFUSED}, ([WEEK], [Reason.REFUSED])),
        ("Lineage.origins", {}, ([], [Reason.NOT_ASKED])),
        ("Lineage.origins", {"item.properties.sourceDatabaseId": "/pools/Other"}, (["other"], [])),
        ("Lineage.origins", {"item.properties.recoverableDatabaseId": "/pools/Lost"}, (["lost"], [])),
        ("Lineage.origins", {"item.properties.sourceDatabaseId": 7}, ([], [Reason.SHAPE])),
    ],
)
def test_a_dedicated_pool(fact: str, changes: Changes, expected: object) -> None:
    assert told(POOL, fact, changes) == expected


@pytest.mark.parametrize(("kind", "source"), [(CLUSTER, "item"), (DATABASE, "cluster")])
@pytest.mark.parametrize(
    ("fact", "path", "change", "expected"),
    [
        (STATE, "enableDiskEncryption", True, AtRest.ENCRYPTED),
        (STATE, "enableDiskEncryption", False, Reason.UNDECIDED),
        (STATE, "enableDiskEncryption", None, Reason.SHAPE),
        (OWNER, "enableDiskEncryption", True, KeyOwner.CUSTOMER),
        (OWNER, "keyVaultProperties", None, KeyOwner.PROVIDER),
        (OWNER, "keyVaultProperties", {"keyName": "k"}, Reason.SHAPE),
        (OWN_KEY, "enableDiskEncryption", True, KEY),
        (OWN_KEY, "keyVaultProperties", {}, "provider"),
        (OWN_KEY, "keyVaultProperties", {"keyName": "k", "keyVaultUri": "vault"}, Reason.SHAPE),
        (PUBLIC, "enableDiskEncryption", True, False),
    ],
)
def test_what_a_kusto_cluster_decides_for_its_databases(
    kind: Any, source: str, fact: str, path: str, change: object, expected: object
) -> None:
    assert told(kind, fact, {f"{source}.properties.{path}": change}) == expected


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Tagging.tags", {}, Inapplicable),
        (COPIES, {}, ([], [Reason.NOT_ASKED])),
        (COPIES, {"item.properties.isFollowed": True}, ([], [Reason.NOT_ASKED] * 2)),
        (COPIES, {"item.properties.isFollowed": None}, ([], [Reason.NOT_ASKED])),
        (COPIES, {"item.properties.isFollowed": "?"}, ([], [Reason.SHAPE])),
        ("Lineage.origins", {}, ([], [Reason.NOT_ASKED])),
        ("Lineage.origins", {"item.properties.leaderClusterResourceId": "/clusters/Leader"}, (["leader"], [])),
        (STATE, {"cluster": REFUSED}, Reason.REFUSED),
        (PLANS, {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_a_kusto_database(fact: str, changes: Changes, expected: object) -> None:
    assert told(DATABASE, fact, changes) == expected


ENTITIES, FILES = "item.properties.encryption.entities", "item.properties.parameters.encryption.value"
OTHER = {"keySource": "microsoft.keyvault", "keyVaultProperties": {"keyVaultUri": "https://v/", "keyName": "o"}}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        (OWNER, {}, KeyOwner.CUSTOMER),
        (OWN_KEY, {}, KEY),
        # Each part has Microsoft's key unless it is told otherwise.
        (OWNER, {f"{ENTITIES}.managedDisk": None}, KeyOwner.PROVIDER),
        (OWNER, {f"{FILES}.keySource": "Default"}, KeyOwner.PROVIDER),
        (OWNER, {"item.properties.encryption": None}, KeyOwner.PROVIDER),
        (OWN_KEY, {"item.properties.encryption": None, "item.properties.parameters": None}, "provider"),
        (OWN_KEY, {f"{ENTITIES}.managedDisk": OTHER}, Reason.UNDECIDED),
        (OWN_KEY, {f"{ENTITIES}.managedDisk": None}, Reason.UNDECIDED),
        (OWNER, {f"{ENTITIES}.managedDisk": {"keySource": "Found"}}, Reason.SHAPE),
        (OWNER, {f"{ENTITIES}.managedDisk": {"keySource": "Microsoft.Keyvault"}}, Reason.SHAPE),
        # Without machines of its own there is nothing else to encrypt.
        (
            OWNER,
            {"item.properties.computeMode": "Serverless", f"{ENTITIES}.managedDisk": None, FILES: None},
            KeyOwner.CUSTOMER,
        ),
        (OWNER, {"item.properties.computeMode": None}, KeyOwner.CUSTOMER),
        (OWNER, {"item.properties.computeMode": "Both"}, Reason.SHAPE),
        (STATE, {}, AtRest.ENCRYPTED),
        (PUBLIC, {}, False),
        (COPIES, {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_a_databricks_workspace(fact: str, changes: Changes, expected: object) -> None:
    assert told(DATABRICKS, fact, changes) == expected


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        (COPIES, {}, ([], [Reason.UNDECIDED])),
        (STATE, {}, AtRest.ENCRYPTED),
        (OWNER, {}, KeyOwner.CUSTOMER),
        (OWNER, {"item.properties.encryption": None}, KeyOwner.PROVIDER),
        (OWN_KEY, {}, KEY),
        (OWN_KEY, {"item.properties.encryption.keyName": None}, Reason.SHAPE),
        (OWN_KEY, {"item.properties.encryption": None}, "provider"),
        (PUBLIC, {}, False),
        (PLANS, {}, None),
    ],
)
def test_a_data_factory(fact: str, changes: Changes, expected: object) -> None:
    if expected is None:
        assert fact not in {answer.fact.key for answer in FACTORY.facts}
    else:
        assert told(FACTORY, fact, changes) == expected


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        (STATE, {}, AtRest.ENCRYPTED),
        (OWNER, {}, KeyOwner.CUSTOMER),
        (OWNER, {"item.properties.encryption.status": "Disabled"}, KeyOwner.PROVIDER),
        (OWNER, {"item.properties.encryption": None}, KeyOwner.PROVIDER),
        (OWNER, {"item.properties.encryption.status": "Partly"}, Reason.SHAPE),
        (OWN_KEY, {}, KEY),
        (OWN_KEY, {"item.properties.encryption.keyVaultProperties": None}, Reason.SHAPE),
        (OWN_KEY, {"item.properties.encryption": None}, "provider"),
        (COPIES, {}, ([], [Reason.NOT_ASKED])),
        (PUBLIC, {}, False),
    ],
)
def test_a_machine_learning_workspace(fact: str, changes: Changes, expected: object) -> None:
    assert told(LEARNING, fact, changes) == expected
