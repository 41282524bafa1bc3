"""Cosmos DB, Redis and managed instances of SQL: from replies to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import AtRest, CopyKind, Duration, Inapplicable, KeyOwner, PlanKind, Reason, Tls
from scanner.providers.azure.cosmos import ACCOUNT as COSMOS
from scanner.providers.azure.redis import CACHE
from scanner.providers.azure.sqlinstance import DATABASE, INSTANCE
from tests.scanner.providers.azure.azure_states import FAILED, REFUSED, told

UK, PAIR = "azure:uksouth", "azure:ukwest"
READ = (CopyKind.REPLICA, PAIR, "")
BACKUP = (CopyKind.BACKUP, PAIR, "")
KEPT = Reason.UNDECIDED

BACKUPS = "item.properties.backupPolicy"
PERIODIC = f"{BACKUPS}.periodicModeProperties"
REDUNDANT = f"{PERIODIC}.backupStorageRedundancy"
CONTINUOUS = {BACKUPS: {"type": "Continuous", "continuousModeProperties": {"tier": "Continuous30Days"}}}
IP_RULES, NETWORK = "item.properties.ipRules", "item.properties.publicNetworkAccess"
FILTER = "item.properties.isVirtualNetworkFilterEnabled"
WRITES = "item.properties.writeLocations"
BOTH = [{"locationName": "UK South"}, {"locationName": "UK West"}]
TLS, KEY = "item.properties.minimalTlsVersion", "item.properties.keyVaultKeyUri"
MADE, RESTORED = "item.properties.createMode", "item.properties.restoreParameters.restoreSource"
SOURCE = "/subscriptions/00000000-0000-0000-0000-000000000002/providers/x/restorableDatabaseAccounts/Instance"


def periodic(days: object = 35, hours: object = 4, places: object = (UK,)) -> tuple[object, ...]:
    kept = Duration.of(days) if isinstance(days, int) else days
    every = Duration.of(hours, "hour") if isinstance(hours, int) else hours
    return PlanKind.SNAPSHOT, kept, every, places, True, KEPT


def continuous(days: object = 30) -> tuple[object, ...]:
    kept = Duration.of(days) if isinstance(days, int) else days
    return PlanKind.CONTINUOUS, kept, Duration.of(100, "second"), (UK, PAIR), True, KEPT


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.homes", {}, ([UK], [])),
        ("Location.homes", {WRITES: BOTH}, ([UK, PAIR], [])),
        ("Location.homes", {WRITES: None}, ([], [Reason.SHAPE])),
        ("Location.homes", {WRITES: []}, ([], [Reason.SHAPE])),
        ("Location.copies", {}, ([READ], [])),
        ("Location.copies", {WRITES: BOTH}, ([], [])),
        ("Location.copies", {"item.properties.locations": None}, ([], [Reason.SHAPE])),
        ("Location.copies", {"item.properties.locations": [{}]}, ([(CopyKind.REPLICA, Reason.SHAPE, "")], [])),
        ("Location.copies", {REDUNDANT: "Geo"}, ([READ, BACKUP], [])),
        ("Location.copies", {REDUNDANT: None}, ([READ], [Reason.SHAPE])),
        ("Location.copies", CONTINUOUS, ([READ], [])),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.algorithms", {}, {"AES-256"}),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {KEY: "https://v/keys/k"}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.owner", {KEY: 7}, Reason.SHAPE),
        ("EncryptionAtRest.key", {}, "provider"),
        ("EncryptionAtRest.key", {KEY: "https://v/keys/k"}, "https://v/keys/k"),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {TLS: "Tls"}, Tls.V1_0),
        ("EncryptionInTransit.minimum_tls", {TLS: "Tls11"}, Tls.V1_1),
        ("EncryptionInTransit.minimum_tls", {TLS: None}, Reason.SHAPE),
        ("Exposure.public", {}, False),
        ("Exposure.public", {NETWORK: "Disabled", IP_RULES: []}, False),
        ("Exposure.public", {NETWORK: "SecuredByPerimeter"}, Reason.SHAPE),
        ("Exposure.public", {IP_RULES: []}, True),
        ("Exposure.public", {IP_RULES: [], FILTER: True}, False),
        ("Exposure.public", {IP_RULES: [], FILTER: None}, Reason.SHAPE),
        ("Exposure.public", {IP_RULES: None}, Reason.SHAPE),
        ("Exposure.public", {IP_RULES: [{"ipAddressOrRange": "0.0.0.0"}]}, Reason.UNDECIDED),  # noqa: S104 - a rule
        ("Exposure.public", {IP_RULES: [{"ipAddressOrRange": "128.0.0.0/1"}]}, True),
        ("Exposure.public", {IP_RULES: [{"ipAddressOrRange": "198.51.100.7"}]}, False),
        ("Backup.plans", {}, ([periodic()], [])),
        ("Backup.plans", {REDUNDANT: "Geo"}, ([periodic(places=(UK, PAIR))], [])),
        ("Backup.plans", {REDUNDANT: None}, ([periodic(places=Reason.SHAPE)], [])),
        (
            "Backup.plans",
            {f"{PERIODIC}.backupRetentionIntervalInHours": None},
            ([periodic(days=Reason.SHAPE)], [Reason.UNDECIDED]),
        ),
        # Snapshots of a deleted container are kept for 30 days, whatever the policy says.
        ("Backup.plans", {f"{PERIODIC}.backupRetentionIntervalInHours": 696}, ([periodic(29)], [Reason.UNDECIDED])),
        ("Backup.plans", {f"{PERIODIC}.backupRetentionIntervalInHours": 720}, ([periodic(30)], [])),
        ("Backup.plans", {f"{PERIODIC}.backupIntervalInMinutes": None}, ([periodic(hours=Reason.SHAPE)], [])),
        ("Backup.plans", CONTINUOUS, ([continuous()], [])),
        (
            "Backup.plans",
            {**CONTINUOUS, f"{BACKUPS}.continuousModeProperties.tier": "Continuous7Days"},
            ([continuous(7)], []),
        ),
        ("Backup.plans", {BACKUPS: {"type": "Continuous"}}, ([continuous(Reason.SHAPE)], [])),
        ("Backup.plans", {BACKUPS: None}, ([], [Reason.SHAPE])),
        ("Lineage.origins", {}, ([], [])),
        ("Lineage.origins", {MADE: "Restore", RESTORED: SOURCE}, (["instance"], [])),
        ("Lineage.origins", {MADE: "Restore"}, ([], [Reason.SHAPE])),
        ("Lineage.origins", {MADE: None}, ([], [Reason.SHAPE])),
    ],
)
def test_a_cosmos_account(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(COSMOS, fact, changes) == expected


SETTINGS = "item.properties.redisConfiguration"
PERSISTED = (CopyKind.BACKUP, Reason.UNDECIDED, "")
LINKED = (CopyKind.REPLICA, PAIR, "sessions-copy")
CACHE_ID = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/data/providers/x/Redis/Main"


def link(role: str | None, place: str | None = "UK West") -> dict[str, Any]:
    told = {"linkedRedisCacheId": CACHE_ID, "linkedRedisCacheLocation": place, "serverRole": role}
    return {"links.value": [{"properties": {name: value for name, value in told.items() if value}}], SETTINGS: {}}


def persisted(kind: PlanKind, every: object) -> tuple[object, ...]:
    return kind, Reason.UNDECIDED, every, Reason.UNDECIDED, Reason.UNDECIDED, Reason.UNDECIDED


def firewall(*rules: tuple[str, str]) -> dict[str, Any]:
    return {"firewall.value": [{"properties": {"startIP": first, "endIP": last}} for first, last in rules]}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([PERSISTED, LINKED], [])),
        ("Location.copies", {SETTINGS: {}}, ([LINKED], [])),
        ("Location.copies", {SETTINGS: {"rdb-backup-enabled": True}}, ([PERSISTED, LINKED], [])),
        ("Location.copies", {SETTINGS: {"rdb-backup-enabled": "False"}}, ([LINKED], [])),
        ("Location.copies", {SETTINGS: {"aof-backup-enabled": "maybe"}}, ([LINKED], [Reason.SHAPE])),
        ("Location.copies", {"links": REFUSED}, ([PERSISTED], [Reason.REFUSED])),
        ("Location.copies", link("Primary"), ([], [])),
        ("Location.copies", link(None), ([(CopyKind.REPLICA, PAIR, "main")], [])),
        ("Location.copies", link("Secondary", None), ([(CopyKind.REPLICA, Reason.SHAPE, "main")], [])),
        ("Lineage.origins", {}, ([], [Reason.NOT_ASKED])),
        ("Lineage.origins", link("Primary"), (["main"], [Reason.NOT_ASKED])),
        ("Lineage.origins", link(None), ([], [Reason.SHAPE])),
        ("Backup.plans", {}, ([persisted(PlanKind.SNAPSHOT, Duration.of(1, "hour"))], [])),
        (
            "Backup.plans",
            {f"{SETTINGS}.rdb-backup-frequency": None},
            ([persisted(PlanKind.SNAPSHOT, Reason.SHAPE)], []),
        ),
        (
            "Backup.plans",
            {SETTINGS: {"aof-backup-enabled": "true"}},
            ([persisted(PlanKind.CONTINUOUS, Duration.of(1, "second"))], []),
        ),
        ("Backup.plans", {SETTINGS: {}}, ([], [])),
        ("Backup.plans", {f"{SETTINGS}.rdb-backup-enabled": 1}, ([], [Reason.SHAPE])),
        ("EncryptionAtRest.state", {}, Reason.UNDECIDED),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.plaintext", {"item.properties.enableNonSslPort": True}, True),
        ("EncryptionInTransit.plaintext", {"item.properties.enableNonSslPort": None}, Reason.SHAPE),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {"item.properties.minimumTlsVersion": None}, Reason.SHAPE),
        ("Exposure.public", {}, False),
        ("Exposure.public", {"firewall": REFUSED}, Reason.REFUSED),
        ("Exposure.public", firewall(), True),
        ("Exposure.public", {**firewall(), NETWORK: None}, True),
        ("Exposure.public", {**firewall(), NETWORK: "Disabled"}, False),
        ("Exposure.public", {**firewall(), "item.properties.subnetId": "/subnets/cache"}, False),
        ("Exposure.public", firewall(("0.0.0.0", "255.255.255.255")), True),  # noqa: S104 - a rule
        ("Exposure.public", firewall(("?", "255.255.255.255")), Reason.SHAPE),
    ],
)
def test_a_cache(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(CACHE, fact, changes) == expected


REDUNDANCY = "properties.currentBackupStorageRedundancy"
OPEN = "properties.publicDataEndpointEnabled"
ROLE, GROUP = "group.properties.replicationRole", "item.properties.failoverGroupId"
TWIN = (CopyKind.REPLICA, PAIR, "")


def kept(
    retention: object = Duration.of(35),
    kind: PlanKind = PlanKind.CONTINUOUS,
    places: object = (UK, PAIR),
    encrypted: object = True,
) -> tuple[object, ...]:
    every = Duration.of(10, "minute") if kind is PlanKind.CONTINUOUS else Duration.of(7)
    return kind, retention, every, places, encrypted, Reason.UNDECIDED


WEEKLY = kept(kind=PlanKind.LONG_TERM)


@pytest.mark.parametrize(
    ("kind", "fact", "changes", "expected"),
    [
        (INSTANCE, "Location.copies", {}, ([BACKUP], [])),
        (INSTANCE, "Location.copies", {f"item.{REDUNDANCY}": "Zone"}, ([], [])),
        (INSTANCE, "Location.copies", {f"item.{REDUNDANCY}": None}, ([], [Reason.SHAPE])),
        (INSTANCE, "EncryptionAtRest.state", {}, Reason.NOT_ASKED),
        (INSTANCE, "EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        (INSTANCE, "EncryptionAtRest.owner", {"protector": REFUSED}, Reason.REFUSED),
        (INSTANCE, "EncryptionAtRest.key", {}, "provider"),
        (INSTANCE, "EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        (INSTANCE, "Exposure.public", {}, False),
        (INSTANCE, "Exposure.public", {f"item.{OPEN}": True}, Reason.NOT_ASKED),
        (DATABASE, "Location.homes", {}, ([UK], [])),
        (DATABASE, "Location.copies", {}, ([BACKUP, TWIN], [])),
        (DATABASE, "Location.copies", {GROUP: None}, ([BACKUP], [])),
        (DATABASE, "Location.copies", {ROLE: "Secondary"}, ([BACKUP], [])),
        (DATABASE, "Location.copies", {ROLE: None}, ([BACKUP], [Reason.SHAPE])),
        (DATABASE, "Location.copies", {"group": REFUSED}, ([BACKUP], [Reason.REFUSED])),
        (DATABASE, "Location.copies", {"instance": FAILED}, ([TWIN], [Reason.FAILED])),
        (DATABASE, "EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        (DATABASE, "EncryptionAtRest.state", {"tde.properties.state": "Disabled"}, AtRest.NONE),
        (DATABASE, "EncryptionAtRest.state", {"tde": REFUSED}, Reason.REFUSED),
        (DATABASE, "EncryptionAtRest.algorithms", {}, {"TDE", "AES-256"}),
        (DATABASE, "EncryptionAtRest.algorithms", {"tde.properties.state": "Disabled"}, frozenset()),
        (
            DATABASE,
            "EncryptionAtRest.key",
            {"protector.properties": {"serverKeyType": "AzureKeyVault", "uri": "https://v/keys/k"}},
            "https://v/keys/k",
        ),
        (DATABASE, "EncryptionInTransit.plaintext", {}, False),
        (DATABASE, "EncryptionInTransit.minimum_tls", {"instance.properties.minimalTlsVersion": "None"}, Tls.NONE),
        (DATABASE, "EncryptionInTransit.certificate_expires", {}, Inapplicable),
        (DATABASE, "Exposure.public", {}, False),
        (DATABASE, "Exposure.public", {"instance": REFUSED}, Reason.REFUSED),
        (DATABASE, "Backup.plans", {}, ([kept(), WEEKLY], [])),
        (DATABASE, "Backup.plans", {ROLE: "Secondary"}, ([], [Reason.UNDECIDED])),
        (DATABASE, "Backup.plans", {"group": REFUSED}, ([], [Reason.REFUSED])),
        (DATABASE, "Backup.plans", {GROUP: None, "group": REFUSED}, ([kept(), WEEKLY], [])),
        (DATABASE, "Backup.plans", {"short": REFUSED}, ([kept(Reason.REFUSED), WEEKLY], [])),
        (DATABASE, "Backup.plans", {"long": REFUSED}, ([kept()], [Reason.REFUSED] * 3)),
        (DATABASE, "Backup.plans", {"long.properties.weeklyRetention": "PT0S"}, ([kept()], [])),
        (
            DATABASE,
            "Backup.plans",
            {"long.properties.weeklyRetention": "PT0S", f"instance.{REDUNDANCY}": "Local"},
            ([kept(places=(UK,))], []),
        ),
        (
            DATABASE,
            "Backup.plans",
            {"long.properties.weeklyRetention": "PT0S", "tde.properties.state": "Disabled"},
            ([kept(encrypted=Reason.UNDECIDED)], []),
        ),
        (DATABASE, "Lineage.origins", {}, ([], [Reason.NOT_ASKED])),
        (DATABASE, "Lineage.origins", {"item.properties.sourceDatabaseId": "/x/Databases/Old"}, (["old"], [])),
        (DATABASE, "Lineage.origins", {ROLE: "Secondary"}, (["entries"], [Reason.NOT_ASKED])),
        (DATABASE, "Lineage.origins", {"group": REFUSED}, ([], [Reason.NOT_ASKED, Reason.REFUSED])),
    ],
)
def test_a_managed_instance(kind: ResourceType, fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(kind, fact, changes) == expected
