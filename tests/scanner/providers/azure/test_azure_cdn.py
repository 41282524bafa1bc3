"""Azure Front Door and Azure CDN: from replies to facts, the unknown rows included."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import CopyKind, Inapplicable, Reason, Tls
from scanner.places import GLOBAL
from scanner.providers.azure.cdn import CLASSIC_ENDPOINT, ENDPOINT, PROFILE
from tests.scanner.providers.azure.azure_states import REFUSED, told

Changes = dict[str, Any]
SKU, CLASSIC = "item.sku.name", {"item.sku.name": "Standard_Microsoft"}
EDGES: tuple[list[object], list[object]] = ([(CopyKind.CDN, GLOBAL, "")], [])
TLS, EXPIRES = "EncryptionInTransit.minimum_tls", "EncryptionInTransit.certificate_expires"
PLAIN, COPIES = "EncryptionInTransit.plaintext", "Location.copies"
WHEN = datetime(2027, 5, 1, tzinfo=UTC)


def domains(*settings: Changes) -> Changes:
    return {"domains.value": [{"properties": {"tlsSettings": each}} for each in settings]}


def own(name: object) -> Changes:
    return {"certificateType": "CustomerCertificate", "secret": {"id": name}}


def secrets(**expiring: object) -> Changes:
    found = expiring.items()
    return {
        "secrets.value": [{"id": f"/s/{n}", "properties": {"parameters": {"expirationDate": at}}} for n, at in found]
    }


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("Location.homes", {}, ([GLOBAL], [])),
        (COPIES, {}, ([], [])),
        ("EncryptionAtRest.state", {}, Reason.NOT_ASKED),
        (PLAIN, {}, Inapplicable),
        (TLS, {}, Tls.V1_2),
        (TLS, domains(), Tls.V1_2),
        (TLS, domains({"cipherSuiteSetType": "TLS10_2019"}, {"cipherSuiteSetType": "TLS12_2022"}), Tls.V1_0),
        (TLS, domains({"cipherSuiteSetType": "Customized", "minimumTlsVersion": "TLS10"}), Tls.V1_0),
        # The domains that Microsoft gives are taken by TLS 1.2 all the same.
        (TLS, domains({"cipherSuiteSetType": "Customized", "minimumTlsVersion": "TLS13"}), Tls.V1_2),
        (TLS, domains({"minimumTlsVersion": "TLS12"}), Tls.V1_2),
        (TLS, domains({"cipherSuiteSetType": "Customized"}), Reason.SHAPE),
        (TLS, domains({"cipherSuiteSetType": "TLS13_2031"}), Reason.SHAPE),
        (TLS, domains({}), Reason.SHAPE),
        (TLS, {"domains": REFUSED}, Reason.REFUSED),
        (TLS, CLASSIC, Inapplicable),
        (TLS, {SKU: "Standard_New"}, Reason.SHAPE),
        (EXPIRES, {}, WHEN),
        (EXPIRES, domains({"certificateType": "ManagedCertificate"}), Inapplicable),
        (EXPIRES, domains(), Inapplicable),
        (
            EXPIRES,
            {**domains(own("/S/a"), own("/s/b")), **secrets(a="2027-05-01T00:00:00Z", b="2027-06-01T00:00:00Z")},
            WHEN,
        ),
        (EXPIRES, {**domains(own("/s/a")), **secrets(b="2027-05-01T00:00:00Z")}, Reason.SHAPE),
        (EXPIRES, {**domains(own("/s/a")), **secrets(a="May")}, Reason.SHAPE),
        (EXPIRES, {**domains(own("/s/a")), **secrets(a=None)}, Reason.SHAPE),
        (EXPIRES, domains(own(None)), Reason.SHAPE),
        (EXPIRES, domains({"certificateType": "Found"}), Reason.SHAPE),
        (EXPIRES, {"secrets": REFUSED}, Reason.REFUSED),
        (EXPIRES, CLASSIC, Inapplicable),
        ("Exposure.public", {}, Reason.NOT_ASKED),
        ("Lineage.origins", {}, ([], [Reason.NOT_ASKED])),
    ],
)
def test_a_profile(fact: str, changes: Changes, expected: object) -> None:
    assert told(PROFILE, fact, changes) == expected


def routes(*each: Changes) -> Changes:
    return {"routes.value": [{"properties": properties} for properties in each]}


OLDER: Changes = {"profile.sku.name": "Standard_Microsoft"}
HTTP: Changes = {"enabledState": "Enabled", "supportedProtocols": ["Http", "Https"], "httpsRedirect": "Disabled"}
CACHED: Changes = {"cacheConfiguration": {"queryStringCachingBehavior": "UseQueryString"}}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        (COPIES, {}, EDGES),
        (COPIES, routes(HTTP), ([], [])),
        (COPIES, routes(HTTP, {**HTTP, **CACHED}), EDGES),
        (COPIES, routes(), ([], [])),
        (COPIES, {"routes": REFUSED}, ([], [Reason.REFUSED])),
        (PLAIN, {}, False),
        (PLAIN, routes(HTTP), True),
        (PLAIN, routes({**HTTP, "httpsRedirect": "Enabled"}), False),
        (PLAIN, routes({**HTTP, "supportedProtocols": ["Https"]}), False),
        (PLAIN, routes({**HTTP, "enabledState": "Disabled"}), False),
        (PLAIN, routes({**HTTP, "enabledState": None}), Reason.SHAPE),
        (PLAIN, routes({**HTTP, "httpsRedirect": None}), Reason.SHAPE),
        (PLAIN, routes({**HTTP, "supportedProtocols": None}), Reason.SHAPE),
        (PLAIN, routes({**HTTP, "httpsRedirect": None}, HTTP), True),
        (PLAIN, {"routes": REFUSED}, Reason.REFUSED),
        (TLS, {}, Tls.V1_2),
        (EXPIRES, {}, Inapplicable),
        ("Exposure.public", {}, Reason.NOT_ASKED),
        ("Exposure.public", {"item.properties.enabledState": "Disabled"}, False),
        ("Exposure.public", {"item.properties.enabledState": None}, Reason.SHAPE),
    ],
)
def test_an_endpoint_of_front_door(fact: str, changes: Changes, expected: object) -> None:
    assert told(ENDPOINT, fact, changes) == expected


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        (COPIES, {}, EDGES),
        (PLAIN, {}, False),
        (PLAIN, {"item.properties.isHttpAllowed": None}, True),
        (PLAIN, {"item.properties.isHttpAllowed": "no"}, Reason.SHAPE),
        (TLS, {"profile.sku.name": "Standard_Microsoft"}, Tls.V1_2),
        (TLS, {"profile.sku.name": "Standard_ChinaCdn"}, Reason.SHAPE),
        (TLS, {"profile": REFUSED}, Reason.REFUSED),
        (TLS, {**OLDER, "item.properties.customDomains": None}, Tls.V1_2),
        (TLS, {**OLDER, "item.properties.customDomains": [{"name": "www"}]}, Reason.NOT_ASKED),
        (EXPIRES, {}, Inapplicable),
        (EXPIRES, {"item.properties.customDomains": None}, Inapplicable),
        (EXPIRES, {"item.properties.customDomains": [{"name": "www"}]}, Reason.NOT_ASKED),
        ("Exposure.public", {}, Reason.NOT_ASKED),
    ],
)
def test_an_endpoint_of_the_older_cdn(fact: str, changes: Changes, expected: object) -> None:
    assert told(CLASSIC_ENDPOINT, fact, changes) == expected


@pytest.mark.parametrize("kind", [PROFILE, ENDPOINT, CLASSIC_ENDPOINT], ids=lambda kind: kind.name)
def test_edges_are_everywhere(kind: ResourceType) -> None:
    assert told(kind, "Location.homes") == ([GLOBAL], [])
