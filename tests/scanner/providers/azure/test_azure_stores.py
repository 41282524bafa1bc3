"""Key vaults, queues, search, registries, apps and images: from replies to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import FOREVER, AtRest, CopyKind, Duration, Inapplicable, KeyOwner, PlanKind, Reason, Tls
from scanner.providers.azure.images import GALLERY_VERSION, IMAGE
from scanner.providers.azure.keyvault import VAULT
from scanner.providers.azure.messaging import EVENT_HUBS, SERVICE_BUS
from scanner.providers.azure.registry import REGISTRY, REPLICATION
from scanner.providers.azure.search import SERVICE as SEARCH
from scanner.providers.azure.web import SITE, SLOT
from tests.scanner.providers.azure.azure_states import REFUSED, told

UK, PAIR = "azure:uksouth", "azure:ukwest"
NETWORK = "item.properties.publicNetworkAccess"
PAIRED = (CopyKind.GEO_PAIR, PAIR, "")
SOFT, DAYS = "item.properties.enableSoftDelete", "item.properties.softDeleteRetentionInDays"
PURGE = "item.properties.enablePurgeProtection"


def soft(days: object = 30, places: object = (UK, PAIR), immutable: object = True) -> tuple[object, ...]:
    kept = Duration.of(days) if isinstance(days, int) else days
    return PlanKind.SNAPSHOT, kept, Reason.UNDECIDED, places, True, immutable


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.homes", {}, ([UK], [])),
        ("Location.copies", {}, ([PAIRED], [])),
        ("Location.copies", {"item.location": "westus3"}, ([], [])),
        ("Location.copies", {"item.location": "brazilsouth"}, ([], [])),
        ("Location.copies", {"item.location": "polandcentral"}, ([], [])),
        ("Location.copies", {"item.location": "moonbase"}, ([], [Reason.UNDECIDED])),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.algorithms", {}, Reason.NOT_ASKED),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.minimum_tls", {}, Reason.NOT_ASKED),
        ("Exposure.public", {}, False),
        ("Backup.plans", {}, ([soft()], [])),
        ("Backup.plans", {DAYS: None}, ([soft(90)], [])),
        ("Backup.plans", {DAYS: "many"}, ([soft(Reason.SHAPE)], [])),
        ("Backup.plans", {PURGE: None}, ([soft(immutable=False)], [])),
        ("Backup.plans", {"item.location": "westus3"}, ([soft(places=("azure:westus3",))], [])),
        ("Backup.plans", {SOFT: False}, ([], [])),
        ("Backup.plans", {SOFT: None}, ([], [Reason.SHAPE])),
        ("Lineage.origins", {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_a_key_vault(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(VAULT, fact, changes) == expected


KEYS, REPLICAS = "item.properties.encryption.keyVaultProperties", "item.properties.geoDataReplication"
TWIN, SINK = (CopyKind.REPLICA, PAIR, ""), (CopyKind.LOG_SINK, Reason.NOT_ASKED, "captured")
KEY = {"keyVaultUri": "https://v/", "keyName": "k"}


def hub(enabled: object, destination: object = "/accounts/Captured") -> dict[str, Any]:
    target = {"properties": {"storageAccountResourceId": destination}}
    capture = {"enabled": enabled, "destination": target}
    return {"hubs.value": [{"properties": {"captureDescription": capture}}], REPLICAS: None}


@pytest.mark.parametrize(
    ("kind", "fact", "changes", "expected"),
    [
        (EVENT_HUBS, "Location.copies", {}, ([TWIN, SINK], [])),
        (EVENT_HUBS, "Location.copies", {REPLICAS: None}, ([SINK], [])),
        (EVENT_HUBS, "Location.copies", {f"{REPLICAS}.locations": [{"locationName": "UK West"}]}, ([TWIN, SINK], [])),
        (EVENT_HUBS, "Location.copies", {"hubs": REFUSED}, ([TWIN], [Reason.REFUSED])),
        (EVENT_HUBS, "Location.copies", hub(False), ([], [])),
        (EVENT_HUBS, "Location.copies", hub("perhaps"), ([], [Reason.SHAPE])),
        (EVENT_HUBS, "Location.copies", hub(True, "elsewhere"), ([], [Reason.SHAPE])),
        (EVENT_HUBS, "EncryptionAtRest.algorithms", {}, {"AES-256"}),
        (EVENT_HUBS, "EncryptionAtRest.owner", {}, KeyOwner.CUSTOMER),
        (EVENT_HUBS, "EncryptionAtRest.key", {}, "https://secrets.vault.azure.net/keys/events"),
        (EVENT_HUBS, "EncryptionAtRest.key", {KEYS: [KEY, {**KEY, "keyName": "l"}]}, Reason.UNDECIDED),
        (EVENT_HUBS, "EncryptionAtRest.key", {KEYS: [{}]}, Reason.SHAPE),
        (EVENT_HUBS, "EncryptionAtRest.owner", {KEYS: None}, KeyOwner.PROVIDER),
        (EVENT_HUBS, "EncryptionInTransit.plaintext", {}, False),
        (EVENT_HUBS, "EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        (EVENT_HUBS, "EncryptionInTransit.minimum_tls", {"item.properties.minimumTlsVersion": None}, Reason.SHAPE),
        (EVENT_HUBS, "Exposure.public", {}, False),
        (SERVICE_BUS, "Location.copies", {}, ([], [])),
        (
            SERVICE_BUS,
            "Location.copies",
            {REPLICAS: {"locations": [{"roleType": "Secondary"}]}},
            ([(CopyKind.REPLICA, Reason.SHAPE, "")], []),
        ),
        (SERVICE_BUS, "EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        (SERVICE_BUS, "EncryptionAtRest.algorithms", {}, Reason.NOT_ASKED),
        (SERVICE_BUS, "EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        (SERVICE_BUS, "EncryptionAtRest.key", {}, "provider"),
        (SERVICE_BUS, "EncryptionInTransit.minimum_tls", {"item.properties.minimumTlsVersion": "1.3"}, Tls.V1_3),
        (SERVICE_BUS, "EncryptionInTransit.plaintext", {}, False),
        (SERVICE_BUS, "Exposure.public", {}, False),
    ],
)
def test_a_namespace(kind: ResourceType, fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(kind, fact, changes) == expected


CMK = "item.properties.encryptionWithCmk"


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([], [])),
        ("EncryptionAtRest.algorithms", {}, {"AES-256"}),
        ("EncryptionAtRest.owner", {}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.owner", {f"{CMK}.encryptionComplianceStatus": "NonCompliant"}, Reason.NOT_ASKED),
        ("EncryptionAtRest.owner", {f"{CMK}.enforcement": "Unspecified"}, Reason.NOT_ASKED),
        ("EncryptionAtRest.owner", {CMK: None}, Reason.SHAPE),
        ("EncryptionAtRest.key", {}, Reason.NOT_ASKED),
        ("EncryptionInTransit.plaintext", {}, False),
        ("Exposure.public", {}, False),
        ("Lineage.origins", {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_a_search_service(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(SEARCH, fact, changes) == expected


ANYBODY, RULES = "item.properties.anonymousPullEnabled", "item.properties.networkRuleSet"


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.copies", {}, ([TWIN], [Reason.UNDECIDED])),
        ("Location.copies", {"item.location": "southeastasia", "replications.value": []}, ([], [])),
        ("Location.copies", {"item.location": "polandcentral", "replications.value": []}, ([], [])),
        ("Location.copies", {"item.location": "moonbase", "replications.value": []}, ([], [Reason.UNDECIDED])),
        ("Location.copies", {"replications.value": [{}]}, ([(CopyKind.REPLICA, Reason.SHAPE, "")], [Reason.UNDECIDED])),
        ("Location.copies", {"replications": REFUSED}, ([], [Reason.UNDECIDED, Reason.REFUSED])),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {"item.properties.encryption": None}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.key", {}, "provider"),
        ("EncryptionAtRest.key", {"item.properties.encryption": {"status": "enabled"}}, Reason.SHAPE),
        (
            "EncryptionAtRest.key",
            {
                "item.properties.encryption": {
                    "status": "enabled",
                    "keyVaultProperties": {"keyIdentifier": "https://v/keys/k/1"},
                }
            },
            "https://v/keys/k",
        ),
        ("Exposure.public", {}, False),
        ("Exposure.public", {ANYBODY: None}, Reason.SHAPE),
        ("Exposure.public", {ANYBODY: True}, False),
        ("Exposure.public", {ANYBODY: True, NETWORK: "Disabled", RULES: None}, False),
        ("Exposure.public", {ANYBODY: True, RULES: None}, True),
        ("Exposure.public", {ANYBODY: True, f"{RULES}.defaultAction": "Allow"}, True),
        ("Exposure.public", {ANYBODY: True, f"{RULES}.ipRules": [{"value": "0.0.0.0/0"}]}, True),
        ("Exposure.public", {ANYBODY: True, f"{RULES}.ipRules": None}, Reason.SHAPE),
        ("EncryptionInTransit.plaintext", {}, False),
    ],
)
def test_a_registry(fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(REGISTRY, fact, changes) == expected


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        ("Location.homes", ([UK], [])),
        ("Location.copies", ([], [])),
        ("EncryptionAtRest.owner", Reason.NOT_ASKED),
        ("Exposure.public", Reason.NOT_ASKED),
        ("Lineage.origins", (["images"], [])),
    ],
)
def test_a_replication_of_a_registry(fact: str, expected: object) -> None:
    assert told(REPLICATION, fact) == expected


FTP, HTTPS = "config.properties.ftpsState", "item.properties.httpsOnly"
MINIMUM, SCM = "config.properties.minTlsVersion", "config.properties.scmMinTlsVersion"
DEFAULT, HOSTS = "config.properties.ipSecurityRestrictionsDefaultAction", "item.properties.hostNameSslStates"


SCM_RULES = "config.properties.scmIpSecurityRestrictions"
SCM_AS_MAIN = f"{SCM_RULES}UseMain"


def rules(*told: dict[str, Any]) -> dict[str, Any]:
    return {"config.properties.ipSecurityRestrictions": list(told)}


def allow(address: str | None, **more: Any) -> dict[str, Any]:
    return {"action": "Allow", **({"ipAddress": address} if address else {}), **more}


@pytest.mark.parametrize("kind", [SITE, SLOT])
@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.homes", {}, ([UK], [])),
        ("Location.copies", {}, ([], [Reason.NOT_ASKED])),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.plaintext", {HTTPS: False}, True),
        ("EncryptionInTransit.plaintext", {FTP: "AllAllowed"}, True),
        ("EncryptionInTransit.plaintext", {FTP: "Disabled"}, False),
        ("EncryptionInTransit.plaintext", {HTTPS: None}, Reason.SHAPE),
        ("EncryptionInTransit.plaintext", {HTTPS: False, "config": REFUSED}, True),
        ("EncryptionInTransit.plaintext", {"config": REFUSED}, Reason.REFUSED),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {MINIMUM: "1.0"}, Tls.V1_0),
        ("EncryptionInTransit.minimum_tls", {SCM: "1.1"}, Tls.V1_1),
        ("EncryptionInTransit.minimum_tls", {MINIMUM: "1.3", SCM: "1.3"}, Tls.V1_3),
        ("EncryptionInTransit.minimum_tls", {SCM: None}, Reason.SHAPE),
        ("EncryptionInTransit.minimum_tls", {"config": REFUSED}, Reason.REFUSED),
        ("EncryptionInTransit.certificate_expires", {}, Inapplicable),
        ("EncryptionInTransit.certificate_expires", {HOSTS: [{"sslState": "SniEnabled"}]}, Reason.NOT_ASKED),
        ("EncryptionInTransit.certificate_expires", {HOSTS: None}, Reason.SHAPE),
        ("Exposure.public", {}, False),
        ("Exposure.public", {NETWORK: "Disabled", "config": REFUSED}, False),
        ("Exposure.public", {"config": REFUSED}, Reason.REFUSED),
        ("Exposure.public", {SCM_AS_MAIN: None}, Reason.SHAPE),
        ("Exposure.public", {SCM_AS_MAIN: False, SCM_RULES: [allow("Any")]}, Reason.UNDECIDED),
        (
            "Exposure.public",
            {SCM_AS_MAIN: False, SCM_RULES: [], f"{SCM_RULES}DefaultAction": "Allow"},
            Reason.UNDECIDED,
        ),
        ("Exposure.public", {SCM_AS_MAIN: False, SCM_RULES: [allow("198.51.100.7/32")]}, False),
        ("Exposure.public", {SCM_AS_MAIN: False}, Reason.SHAPE),
        ("Exposure.public", rules(allow("Any")), True),
        ("Exposure.public", rules(allow("198.51.100.0/28, 0.0.0.0/0")), True),
        # Other customers use the addresses of a service tag, too.
        ("Exposure.public", rules(allow("AzureFrontDoor.Backend", tag="ServiceTag")), Reason.UNDECIDED),
        ("Exposure.public", rules(allow("AzureCloud", tag="ServiceTag"), allow("Any")), True),
        ("Exposure.public", rules(allow("::/0")), True),
        ("Exposure.public", rules(allow("198.51.100.0/28, ::/0")), True),
        ("Exposure.public", rules(allow("2001:db8::/48")), False),
        ("Exposure.public", rules(allow("2001:db8::/20")), Reason.UNDECIDED),
        ("Exposure.public", rules(allow(None, vnetSubnetResourceId="/subnets/a")), False),
        ("Exposure.public", rules(allow("Any", headers={"x-azure-fdid": ["1"]})), Reason.UNDECIDED),
        ("Exposure.public", rules({"ipAddress": "Any"}), Reason.SHAPE),
        ("Exposure.public", {**rules(allow("198.51.100.7/32")), DEFAULT: "Allow"}, True),
        ("Exposure.public", {**rules(allow("198.51.100.7/32")), DEFAULT: "Deny"}, False),
        ("Exposure.public", {**rules(), DEFAULT: "Deny"}, False),
        ("Exposure.public", {**rules(), DEFAULT: "Allow"}, True),
        ("Exposure.public", rules(), Reason.SHAPE),
        ("Exposure.public", {**rules(allow("Any")), NETWORK: None}, Reason.NOT_ASKED),
        ("Exposure.public", {**rules(allow("Any")), NETWORK: ""}, Reason.NOT_ASKED),
        ("Exposure.public", {NETWORK: ""}, False),
        ("Exposure.public", {NETWORK: "Perhaps"}, Reason.SHAPE),
        ("Exposure.public", {"item.properties.hostingEnvironmentProfile.id": "/x"}, Reason.NOT_ASKED),
        ("Backup.plans", {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_an_app(kind: ResourceType, fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(kind, fact, changes) == expected


def lasting(*places: str) -> tuple[object, ...]:
    return PlanKind.SNAPSHOT, FOREVER, Reason.UNDECIDED, places, True, False


OS_DISK, DATA_DISKS = "item.properties.storageProfile.osDisk", "item.properties.storageProfile.dataDisks"
SET = {"diskEncryptionSet": {"id": "/Sets/A"}}
KEY_OF_SET = "https://secrets.vault.azure.net/keys/platform"
REGIONS = "item.properties.publishingProfile.targetRegions"
FROM, DATA_IMAGES = "item.properties.storageProfile.source", "item.properties.storageProfile.dataDiskImages"
OS_SOURCE = "item.properties.storageProfile.osDiskImage.source"


def encrypted(os: str, *data: str) -> dict[str, Any]:
    disks = [{"diskEncryptionSetId": name} for name in data]
    return {"name": "UK South", "encryption": {"osDiskImage": {"diskEncryptionSetId": os}, "dataDiskImages": disks}}


@pytest.mark.parametrize(
    ("kind", "fact", "changes", "expected"),
    [
        (IMAGE, "Location.copies", {}, ([], [])),
        (IMAGE, "EncryptionAtRest.owner", {OS_DISK: {}}, KeyOwner.PROVIDER),
        (IMAGE, "EncryptionAtRest.key", {OS_DISK: {}, "set": REFUSED}, "provider"),
        (IMAGE, "EncryptionAtRest.owner", {}, KeyOwner.CUSTOMER),
        (IMAGE, "EncryptionAtRest.key", {}, KEY_OF_SET),
        (IMAGE, "EncryptionAtRest.key", {"set": REFUSED}, Reason.REFUSED),
        (IMAGE, "EncryptionAtRest.key", {"set.properties.activeKey": None}, Reason.SHAPE),
        (IMAGE, "EncryptionAtRest.owner", {OS_DISK: SET, DATA_DISKS: [{}]}, KeyOwner.PROVIDER),
        (IMAGE, "EncryptionAtRest.key", {OS_DISK: SET, DATA_DISKS: [{}]}, Reason.UNDECIDED),
        (IMAGE, "EncryptionAtRest.key", {OS_DISK: {"diskEncryptionSet": {"id": 7}}}, Reason.SHAPE),
        (IMAGE, "Exposure.public", {}, False),
        (IMAGE, "Backup.plans", {}, ([lasting(UK)], [])),
        (IMAGE, "Lineage.origins", {}, (["template"], [])),
        (IMAGE, "Lineage.origins", {"item.properties.sourceVirtualMachine.id": "/m/One"}, (["one", "template"], [])),
        (IMAGE, "Lineage.origins", {OS_DISK: {}, "item.properties.sourceVirtualMachine.id": "/m/One"}, (["one"], [])),
        (IMAGE, "Lineage.origins", {DATA_DISKS: [{"snapshot": {"id": "/s/Two"}}]}, (["template", "two"], [])),
        (IMAGE, "Lineage.origins", {OS_DISK: {"blobUri": "https://x"}}, ([], [Reason.NOT_ASKED])),
        (IMAGE, "Lineage.origins", {DATA_DISKS: [{"blobUri": "https://x"}]}, (["template"], [Reason.NOT_ASKED])),
        (IMAGE, "Lineage.origins", {OS_DISK: {}}, ([], [Reason.SHAPE])),
        (GALLERY_VERSION, "Location.homes", {}, ([UK], [])),
        (GALLERY_VERSION, "Location.copies", {}, ([TWIN], [])),
        (GALLERY_VERSION, "Location.copies", {REGIONS: [{}]}, ([(CopyKind.REPLICA, Reason.SHAPE, "")], [])),
        (GALLERY_VERSION, "Location.copies", {REGIONS: None}, ([], [Reason.SHAPE])),
        (
            GALLERY_VERSION,
            "Location.copies",
            {"item.properties.publishingProfile.targetExtendedLocations": [{"name": "UK South"}]},
            ([TWIN, (CopyKind.REPLICA, Reason.UNDECIDED, "")], []),
        ),
        (GALLERY_VERSION, "EncryptionAtRest.owner", {REGIONS: [{"name": "UK South"}]}, KeyOwner.PROVIDER),
        (GALLERY_VERSION, "EncryptionAtRest.key", {REGIONS: [{"name": "UK South"}], "set": REFUSED}, "provider"),
        (GALLERY_VERSION, "EncryptionAtRest.owner", {REGIONS: [encrypted("/s/A")]}, KeyOwner.CUSTOMER),
        (GALLERY_VERSION, "EncryptionAtRest.key", {REGIONS: [encrypted("/s/A")]}, KEY_OF_SET),
        (GALLERY_VERSION, "EncryptionAtRest.key", {REGIONS: [encrypted("/s/A")], "set": REFUSED}, Reason.REFUSED),
        (GALLERY_VERSION, "EncryptionAtRest.key", {REGIONS: [encrypted("/s/A"), encrypted("/s/B")]}, Reason.UNDECIDED),
        (
            GALLERY_VERSION,
            "EncryptionAtRest.owner",
            {REGIONS: [encrypted("/s/A")], DATA_IMAGES: [{"lun": 0}]},
            KeyOwner.PROVIDER,
        ),
        (
            GALLERY_VERSION,
            "EncryptionAtRest.owner",
            {REGIONS: [encrypted("/s/A", "/s/A")], DATA_IMAGES: [{"lun": 0}]},
            KeyOwner.CUSTOMER,
        ),
        (GALLERY_VERSION, "Exposure.public", {}, False),
        (GALLERY_VERSION, "Exposure.public", {"gallery.properties.sharingProfile.permissions": "Community"}, True),
        (GALLERY_VERSION, "Exposure.public", {"gallery.properties": {}}, False),
        (GALLERY_VERSION, "Exposure.public", {"gallery": REFUSED}, Reason.REFUSED),
        (GALLERY_VERSION, "Backup.plans", {}, ([lasting(UK, PAIR)], [])),
        (GALLERY_VERSION, "Lineage.origins", {}, (["base"], [])),
        (GALLERY_VERSION, "Lineage.origins", {FROM: {"virtualMachineId": "/m/One"}}, (["one"], [])),
        (GALLERY_VERSION, "Lineage.origins", {FROM: None, OS_SOURCE: {"storageAccountId": "/a/Vhds"}}, (["vhds"], [])),
        (
            GALLERY_VERSION,
            "Lineage.origins",
            {FROM: None, DATA_IMAGES: [{"source": {"id": "/d/Data"}}]},
            (["data"], []),
        ),
        (GALLERY_VERSION, "Lineage.origins", {FROM: None}, ([], [Reason.SHAPE])),
    ],
)
def test_an_image(kind: ResourceType, fact: str, changes: dict[str, Any], expected: object) -> None:
    assert told(kind, fact, changes) == expected
