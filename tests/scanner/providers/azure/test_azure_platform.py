"""IoT hubs, Event Grid, App Configuration, AI services and API Management: from replies to facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import AtRest, CopyKind, Duration, Inapplicable, KeyOwner, PlanKind, Reason, Tls
from scanner.providers.azure.apim import SERVICE as APIM
from scanner.providers.azure.appconfig import STORE
from scanner.providers.azure.cognitive import ACCOUNT as AI
from scanner.providers.azure.eventgrid import DOMAIN, TOPIC
from scanner.providers.azure.iot import HUB
from tests.scanner.providers.azure.azure_states import REFUSED, told

UK, PAIR = "azure:uksouth", "azure:ukwest"
PAIRED, TWIN = (CopyKind.GEO_PAIR, PAIR, ""), (CopyKind.REPLICA, PAIR, "")
ROUTED = (CopyKind.LOG_SINK, Reason.NOT_ASKED, "")
RESIDENT, PLACES = "item.properties.enableDataResidency", "item.properties.locations"


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.homes", {}, ([UK], [])),
        ("Location.copies", {}, ([PAIRED, ROUTED], [])),
        ("Location.copies", {RESIDENT: False}, ([PAIRED, ROUTED], [])),
        ("Location.copies", {RESIDENT: True}, ([ROUTED], [])),
        ("Location.copies", {RESIDENT: True, "item.properties.routing": None}, ([], [])),
        (
            "Location.copies",
            {"item.properties.routing.endpoints.storageContainers": [{}]},
            ([PAIRED, ROUTED, ROUTED], []),
        ),
        ("Location.copies", {PLACES: [{"location": "UK West"}]}, ([PAIRED, ROUTED], [])),
        ("Location.copies", {PLACES: [{"role": "secondary"}]}, ([(CopyKind.GEO_PAIR, Reason.SHAPE, ""), ROUTED], [])),
        ("Location.copies", {PLACES: None}, ([], [Reason.SHAPE])),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.owner", {}, Reason.NOT_ASKED),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {"item.properties.minTlsVersion": None}, Reason.SHAPE),
        ("Exposure.public", {}, False),
    ],
)
def test_an_iot_hub(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(HUB, fact, changes) == expected


LETTERS = (CopyKind.LOG_SINK, Reason.NOT_ASKED, "letters")
BOUNDARY = "item.properties.dataResidencyBoundary"


def subscription(properties: dict[str, Any]) -> dict[str, Any]:
    return {"subscriptions.value": [{"properties": properties}], BOUNDARY: "WithinRegion"}


def sends(ref: str | None) -> dict[str, Any]:
    return {"destination": {"properties": {"resourceId": ref} if ref else {"endpointBaseUrl": "https://example.com"}}}


UNREAD = {"subscriptions": REFUSED}
POSTS, UNPAIRED = (CopyKind.REPLICA, Reason.NOT_ASKED, "posts"), (CopyKind.GEO_PAIR, Reason.UNDECIDED, "")


@pytest.mark.parametrize("kind", [TOPIC, DOMAIN])
@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([PAIRED, LETTERS, POSTS], [])),
        ("Location.copies", {BOUNDARY: "WithinRegion"}, ([LETTERS, POSTS], [])),
        ("Location.copies", {BOUNDARY: None}, ([LETTERS, POSTS], [Reason.SHAPE])),
        ("Location.copies", {"item.location": "moonbase"}, ([UNPAIRED, LETTERS, POSTS], [])),
        ("Location.copies", UNREAD, ([PAIRED], [Reason.REFUSED])),
        ("Location.copies", subscription({}), ([], [Reason.SHAPE])),
        ("Location.copies", subscription(sends("/a/Posts")), ([POSTS], [])),
        ("Location.copies", subscription({"deliveryWithResourceIdentity": sends("/a/Posts")}), ([POSTS], [])),
        ("Location.copies", subscription(sends(None)), ([], [Reason.UNDECIDED])),
        ("Location.copies", subscription(sends("elsewhere")), ([], [Reason.SHAPE])),
        (
            "Location.copies",
            subscription(
                {
                    "deadLetterWithResourceIdentity": {
                        "deadLetterDestination": {"properties": {"resourceId": "/a/Letters"}}
                    },
                    **sends("/a/Posts"),
                }
            ),
            ([LETTERS, POSTS], []),
        ),
        (
            "Location.copies",
            subscription({"deadLetterDestination": {"properties": {"resourceId": "elsewhere"}}, **sends("/a/Posts")}),
            ([POSTS], [Reason.SHAPE]),
        ),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {"item.properties.minimumTlsVersionAllowed": None}, Reason.SHAPE),
        ("Exposure.public", {}, False),
    ],
)
def test_event_grid(kind: ResourceType, fact: str, changes: dict[str, Any], expected: object) -> None:
    if (kind, fact) == (DOMAIN, "Location.copies") and isinstance(expected, tuple) and changes != UNREAD:
        # Subscriptions to the topics in a domain are not listed.
        expected = expected[0], [*expected[1], Reason.NOT_ASKED]
    assert told(kind, fact, changes) == expected


DAYS, PURGE = "item.properties.softDeleteRetentionInDays", "item.properties.enablePurgeProtection"
SECONDS = "item.properties.defaultKeyValueRevisionRetentionPeriodInSeconds"
KEY = "item.properties.encryption.keyVaultProperties.keyIdentifier"


def soft(days: object = 7, places: object = (UK, PAIR), immutable: object = False) -> tuple[object, ...]:
    kept = Duration.of(days) if isinstance(days, int) else days
    return PlanKind.SNAPSHOT, kept, Reason.UNDECIDED, places, True, immutable


def revisions(days: object = 30, places: object = (UK, PAIR)) -> tuple[object, ...]:
    kept = Duration.of(days) if isinstance(days, int) else days
    return PlanKind.CONTINUOUS, kept, Duration.of(0), places, True, False


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([TWIN], [])),
        ("Location.copies", {"replicas.value": [{}]}, ([(CopyKind.REPLICA, Reason.SHAPE, "")], [])),
        ("Location.copies", {"replicas": REFUSED}, ([], [Reason.REFUSED])),
        ("EncryptionAtRest.algorithms", {}, {"AES-256"}),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.key", {KEY: "https://v/keys/k"}, "https://v/keys/k"),
        ("EncryptionInTransit.plaintext", {}, Reason.NOT_ASKED),
        ("Exposure.public", {}, False),
        ("Backup.plans", {}, ([soft(), revisions()], [])),
        ("Backup.plans", {DAYS: 0}, ([revisions()], [])),
        ("Backup.plans", {DAYS: None}, ([soft(Reason.SHAPE), revisions()], [])),
        ("Backup.plans", {PURGE: None}, ([soft(immutable=Reason.SHAPE), revisions()], [])),
        ("Backup.plans", {SECONDS: None}, ([soft(), revisions(Reason.SHAPE)], [])),
        ("Backup.plans", {"replicas": REFUSED}, ([soft(places=Reason.REFUSED), revisions(places=Reason.REFUSED)], [])),
        ("Lineage.origins", {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_a_configuration_store(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(STORE, fact, changes) == expected


REGIONS, STORES = "item.properties.locations", "item.properties.userOwnedStorage"
ENCRYPTION = "item.properties.encryption"


def deployment(name: object) -> dict[str, Any]:
    return {"deployments.value": [{"sku": {"name": name}}]}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([], [])),
        ("Location.copies", {REGIONS: {"regions": [{"name": "UK South"}, {"name": "UK West"}]}}, ([TWIN], [])),
        ("Location.copies", {REGIONS: {"regions": [{}]}}, ([(CopyKind.REPLICA, Reason.SHAPE, "")], [])),
        (
            "Location.copies",
            {STORES: [{"resourceId": "/a/Files"}]},
            ([(CopyKind.LOG_SINK, Reason.NOT_ASKED, "files")], []),
        ),
        ("Location.copies", deployment("GlobalStandard"), ([], [Reason.UNDECIDED])),
        ("Location.copies", deployment("DataZoneStandard"), ([], [Reason.UNDECIDED])),
        ("Location.copies", deployment("ProvisionedManaged"), ([], [])),
        ("Location.copies", deployment("New"), ([], [Reason.SHAPE])),
        ("Location.copies", {"deployments": REFUSED}, ([], [Reason.REFUSED])),
        ("EncryptionAtRest.algorithms", {}, {"AES-256"}),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {ENCRYPTION: None}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.key", {}, "provider"),
        ("EncryptionAtRest.key", {ENCRYPTION: {"keySource": "Microsoft.KeyVault"}}, Reason.SHAPE),
        (
            "EncryptionAtRest.key",
            {
                ENCRYPTION: {
                    "keySource": "Microsoft.KeyVault",
                    "keyVaultProperties": {"keyVaultUri": "https://v/", "keyName": "k"},
                }
            },
            "https://v/keys/k",
        ),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("Exposure.public", {}, False),
        ("Lineage.origins", {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_an_ai_account(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(AI, fact, changes) == expected


PROTOCOLS, HOSTS = "item.properties.customProperties", "item.properties.hostnameConfigurations"
NETWORK, INSIDE = "item.properties.publicNetworkAccess", "item.properties.virtualNetworkType"
SETTING = "Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols"


def old(tls10: str, tls11: str) -> dict[str, Any]:
    return {PROTOCOLS: {f"{SETTING}.Tls10": tls10, f"{SETTING}.Tls11": tls11}}


def hosts(*expiries: str) -> dict[str, Any]:
    return {HOSTS: [{"certificateSource": "KeyVault", "certificate": {"expiry": expiry}} for expiry in expiries]}


def apis(*protocols: object) -> dict[str, Any]:
    return {"apis.value": [{"properties": {"protocols": each}} for each in protocols]}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([TWIN], [])),
        ("Location.copies", {"item.properties.additionalLocations": None}, ([], [])),
        (
            "Location.copies",
            {"item.properties.additionalLocations": [{}]},
            ([(CopyKind.REPLICA, Reason.SHAPE, "")], []),
        ),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.plaintext", apis(["https", "HTTP"]), True),
        ("EncryptionInTransit.plaintext", apis(None, ["ws"]), True),
        ("EncryptionInTransit.plaintext", apis(["wss"], 7), Reason.SHAPE),
        ("EncryptionInTransit.plaintext", {"apis": REFUSED}, Reason.REFUSED),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", old("True", "True"), Tls.V1_0),
        ("EncryptionInTransit.minimum_tls", old("false", "true"), Tls.V1_1),
        ("EncryptionInTransit.minimum_tls", {PROTOCOLS: {}}, Reason.SHAPE),
        ("EncryptionInTransit.certificate_expires", {}, Inapplicable),
        (
            "EncryptionInTransit.certificate_expires",
            hosts("2027-05-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            (datetime(2027, 1, 1, tzinfo=UTC)),
        ),
        ("EncryptionInTransit.certificate_expires", hosts("2027-05-01T00:00:00"), Reason.SHAPE),
        ("EncryptionInTransit.certificate_expires", {HOSTS: [{}]}, Reason.SHAPE),
        ("EncryptionInTransit.certificate_expires", {HOSTS: None}, Reason.SHAPE),
        ("Exposure.public", {}, Reason.NOT_ASKED),
        ("Exposure.public", {NETWORK: "Disabled"}, False),
        ("Exposure.public", {INSIDE: "Internal"}, False),
        ("Exposure.public", {INSIDE: None}, Reason.SHAPE),
        ("Backup.plans", {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_an_api_management_service(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(APIM, fact, changes) == expected
