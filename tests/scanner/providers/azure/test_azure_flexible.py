"""Flexible servers of PostgreSQL and MySQL: from replies to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import AtRest, CopyKind, Duration, Inapplicable, KeyOwner, PlanKind, Reason, Tls
from scanner.providers.azure.flexible import MYSQL_SERVER as MYSQL
from scanner.providers.azure.flexible import POSTGRES_SERVER as POSTGRES
from tests.scanner.providers.azure.azure_states import FAILED, REFUSED, told

UK, PAIR = "azure:uksouth", "azure:ukwest"
SECURE, TLS, PENDING = "secure.properties.value", "tls.properties.value", "tls.properties.isConfigPendingRestart"
GEO, IMMUTABLE = "item.properties.backup.geoRedundantBackup", "item.properties.backup.immutableBackup"
DAYS, NETWORK = "item.properties.backup.backupRetentionDays", "item.properties.network.publicNetworkAccess"
KEY_TYPE = "item.properties.dataEncryption.type"
SOURCE, ROLE = "item.properties.sourceServerResourceId", "item.properties.replicationRole"
COPY = (CopyKind.REPLICA, PAIR, "orders-copy")
BACKUP = (CopyKind.BACKUP, PAIR, "")
OTHER = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/data/providers/x/flexibleServers/Other"


def plan(days: object = 35, minutes: int = 15, places: object = (UK,), immutable: object = False) -> tuple[object, ...]:
    kept = Duration.of(days) if isinstance(days, int) else days
    return PlanKind.CONTINUOUS, kept, Duration.of(minutes, "minute"), places, True, immutable


def rules(*ranges: tuple[str, str]) -> dict[str, Any]:
    ends = [{"startIpAddress": first, "endIpAddress": last} for first, last in ranges]
    return {"firewall.value": [{"properties": properties} for properties in ends]}


OFFICE, AZURE = ("198.51.100.1", "198.51.100.9"), ("0.0.0.0", "0.0.0.0")  # noqa: S104 - rules of a firewall
ALL = ("0.0.0.0", "255.255.255.255")  # noqa: S104 - likewise


@pytest.mark.parametrize(
    ("kind", "fact", "changes", "expected"),
    [
        (POSTGRES, "Location.homes", {}, ([UK], [])),
        (POSTGRES, "Location.homes", {"item.location": None}, ([], [Reason.SHAPE])),
        (POSTGRES, "Location.copies", {}, ([COPY], [])),
        (POSTGRES, "Location.copies", {"replicas": REFUSED}, ([], [Reason.REFUSED])),
        (POSTGRES, "Location.copies", {GEO: "Enabled"}, ([BACKUP, COPY], [])),
        (POSTGRES, "Location.copies", {GEO: None}, ([COPY], [Reason.SHAPE])),
        (
            POSTGRES,
            "Location.copies",
            {GEO: "Enabled", "item.location": "moonbase"},
            ([(CopyKind.BACKUP, Reason.UNDECIDED, ""), COPY], []),
        ),
        (MYSQL, "Location.copies", {}, ([BACKUP], [])),
        (MYSQL, "EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        (MYSQL, "EncryptionAtRest.algorithms", {}, {"AES-256"}),
        (MYSQL, "EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        (MYSQL, "EncryptionAtRest.key", {}, "provider"),
        (POSTGRES, "EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        (POSTGRES, "EncryptionAtRest.owner", {KEY_TYPE: "AzureKeyVault"}, KeyOwner.CUSTOMER),
        (POSTGRES, "EncryptionAtRest.owner", {KEY_TYPE: "ByMagic"}, Reason.SHAPE),
        (POSTGRES, "EncryptionAtRest.key", {KEY_TYPE: "AzureKeyVault"}, Reason.SHAPE),
        (
            POSTGRES,
            "EncryptionAtRest.key",
            {KEY_TYPE: "AzureKeyVault", "item.properties.dataEncryption.primaryKeyURI": "https://v/keys/k"},
            "https://v/keys/k",
        ),
        (POSTGRES, "EncryptionInTransit.plaintext", {}, False),
        (POSTGRES, "EncryptionInTransit.plaintext", {SECURE: "off"}, True),
        (POSTGRES, "EncryptionInTransit.plaintext", {SECURE: "maybe"}, Reason.SHAPE),
        (POSTGRES, "EncryptionInTransit.plaintext", {"secure": REFUSED}, Reason.REFUSED),
        (POSTGRES, "EncryptionInTransit.plaintext", {"secure": FAILED}, Reason.FAILED),
        (
            POSTGRES,
            "EncryptionInTransit.plaintext",
            {"secure.properties.isConfigPendingRestart": True},
            Reason.UNDECIDED,
        ),
        (POSTGRES, "EncryptionInTransit.plaintext", {"secure.properties.isConfigPendingRestart": None}, Reason.SHAPE),
        (POSTGRES, "EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        (POSTGRES, "EncryptionInTransit.minimum_tls", {TLS: "TLSv1"}, Tls.V1_0),
        (POSTGRES, "EncryptionInTransit.minimum_tls", {PENDING: True}, Reason.UNDECIDED),
        (MYSQL, "EncryptionInTransit.minimum_tls", {TLS: "TLSv1.3,TLSv1.2"}, Tls.V1_2),
        (MYSQL, "EncryptionInTransit.minimum_tls", {TLS: "TLSv1.3"}, Tls.V1_3),
        (MYSQL, "EncryptionInTransit.minimum_tls", {TLS: ""}, Reason.SHAPE),
        (MYSQL, "EncryptionInTransit.minimum_tls", {PENDING: "True"}, Reason.UNDECIDED),
        (MYSQL, "EncryptionInTransit.minimum_tls", {"tls": REFUSED}, Reason.REFUSED),
        (MYSQL, "EncryptionInTransit.plaintext", {}, False),
        (MYSQL, "EncryptionInTransit.plaintext", {SECURE: "OFF"}, True),
        (MYSQL, "EncryptionInTransit.certificate_expires", {}, Inapplicable),
        (POSTGRES, "Exposure.public", {}, False),
        (POSTGRES, "Exposure.public", {NETWORK: "Disabled", "firewall": REFUSED}, False),
        (POSTGRES, "Exposure.public", {NETWORK: None}, Reason.SHAPE),
        (POSTGRES, "Exposure.public", {"firewall": REFUSED}, Reason.REFUSED),
        (POSTGRES, "Exposure.public", rules(), False),
        (POSTGRES, "Exposure.public", rules(ALL), True),
        (POSTGRES, "Exposure.public", rules(("somewhere", "else"), AZURE, OFFICE, ALL), True),
        (POSTGRES, "Exposure.public", rules(OFFICE, ("0.0.0.0", "127.255.255.255")), True),  # noqa: S104 - likewise
        (POSTGRES, "Exposure.public", rules(AZURE), Reason.UNDECIDED),
        (POSTGRES, "Exposure.public", rules(("10.0.0.0", "10.255.255.255")), False),
        (POSTGRES, "Exposure.public", rules(("10.0.0.0", "11.0.0.0")), Reason.UNDECIDED),
        (POSTGRES, "Exposure.public", rules(("198.51.100.9", "198.51.100.1")), Reason.SHAPE),
        (POSTGRES, "Exposure.public", rules(("somewhere", "else")), Reason.SHAPE),
        (POSTGRES, "Backup.plans", {}, ([plan()], [])),
        (POSTGRES, "Backup.plans", {ROLE: "AsyncReplica"}, Inapplicable),
        (POSTGRES, "Backup.plans", {ROLE: None}, ([], [Reason.SHAPE])),
        (POSTGRES, "Backup.plans", {GEO: "Enabled"}, ([plan(places=(UK, PAIR))], [])),
        (POSTGRES, "Backup.plans", {GEO: None}, ([plan(places=Reason.SHAPE)], [])),
        (POSTGRES, "Backup.plans", {DAYS: None}, ([plan(days=Reason.SHAPE)], [])),
        (POSTGRES, "Backup.plans", {IMMUTABLE: "Enabled"}, ([plan(immutable=True)], [])),
        (POSTGRES, "Backup.plans", {IMMUTABLE: None}, ([plan(immutable=Reason.SHAPE)], [])),
        (MYSQL, "Backup.plans", {}, ([plan(minutes=5, places=(UK, PAIR), immutable=Reason.UNDECIDED)], [])),
        (POSTGRES, "Lineage.origins", {}, ([], [Reason.NOT_ASKED])),
        (POSTGRES, "Lineage.origins", {ROLE: "AsyncReplica", SOURCE: OTHER}, (["other"], [])),
        (POSTGRES, "Lineage.origins", {ROLE: "GeoAsyncReplica"}, ([], [Reason.SHAPE])),
        (POSTGRES, "Lineage.origins", {ROLE: None}, ([], [Reason.SHAPE])),
        (MYSQL, "Lineage.origins", {ROLE: "Replica", SOURCE: OTHER}, (["other"], [])),
        (MYSQL, "Lineage.origins", {SOURCE: "elsewhere"}, ([], [Reason.SHAPE])),
    ],
)
def test_a_flexible_server(kind: ResourceType, fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(kind, fact, changes) == expected
