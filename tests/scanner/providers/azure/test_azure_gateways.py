"""Security groups, application gateways and container apps: whom they let in, from replies to facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts import Inapplicable, Reason, Tls
from scanner.providers.azure.containerapps import APP
from scanner.providers.azure.gateway import GATEWAY
from scanner.providers.azure.securitygroup import GROUP
from tests.scanner.providers.azure.azure_states import REFUSED, told

Changes = dict[str, Any]
PUBLIC = "Exposure.public"


def rule(
    priority: object, source: object = "*", ports: object = "443", access: str = "Allow", **more: object
) -> Changes:
    """An inbound rule; lists of sources, ports and destinations go where the model has lists."""
    properties: Changes = {"priority": priority, "access": access, "direction": "Inbound", "protocol": "Tcp"}
    for name, value in (
        ("sourceAddressPrefix", source),
        ("destinationPortRange", ports),
        ("destinationAddressPrefix", "*"),
    ):
        many = name + ("es" if name.endswith("x") else "s")
        properties |= {many: value} if isinstance(value, list) else {name: value}
    return {"properties": {**properties, **more}}


def aimed(priority: int, *groups: str, access: str = "Allow") -> Changes:
    """A rule for the machines of application security groups."""
    targets = [{"id": f"/groups/{name}"} for name in groups]
    return rule(priority, access=access, destinationAddressPrefix="", destinationApplicationSecurityGroups=targets)


def group(*rules: Changes) -> object:
    return told(GROUP, PUBLIC, {"item.properties.securityRules": list(rules)})


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], False),
        ([rule(100)], True),
        ([rule(100, "Internet")], True),
        ([rule(100, "internet")], True),
        ([rule(100, "Any")], True),
        ([rule(100, "0.0.0.0/0")], True),
        ([rule(100, "::/0")], True),
        ([rule(100, "2000::/3")], True),
        ([rule(100, "2001:db8::/33")], False),
        ([rule(100, "2001:db8::/20")], Reason.UNDECIDED),
        ([rule(100, ["198.51.100.0/24", "0.0.0.0/0"])], True),
        # Both halves of the Internet are the Internet.
        ([rule(100, ["0.0.0.0/1"])], True),
        ([rule(100, "10.0.0.0/8")], False),
        ([rule(100, "11.0.0.0/7")], Reason.UNDECIDED),
        ([rule(100, "198.51.100.7")], False),
        ([rule(100, "VirtualNetwork")], False),
        ([rule(100, ["AzureLoadBalancer", "GatewayManager"])], False),
        ([rule(100, "AzureCloud")], Reason.UNDECIDED),
        ([rule(100, ["AzureCloud", "*"])], True),
        ([rule(100, "198.51.100.0/99")], Reason.SHAPE),
        ([rule(100, access="Deny")], False),
        ([rule(100, direction="Outbound")], False),
        ([rule(100, access="Perhaps")], Reason.SHAPE),
        ([rule(100, direction=None)], Reason.SHAPE),
        ([rule(100, "*", "http")], Reason.SHAPE),
        ([rule(100, protocol=None)], Reason.SHAPE),
        # The first rule that matches decides.
        ([rule(200), rule(100, access="Deny")], False),
        ([rule(100), rule(200, access="Deny")], True),
        ([rule(200), rule(100, ports="*", access="Deny")], False),
        ([rule(200), rule(100, ports="400-443", access="Deny")], False),
        ([rule(200), rule(100, ports="22", access="Deny")], True),
        ([rule(200, ports=["22", "443"]), rule(100, ports="22", access="Deny")], True),
        ([rule(300, ports=["22", "443"]), rule(100, ports="22", access="Deny"), rule(200, access="Deny")], False),
        ([rule(200), rule(100, access="Deny", protocol="Udp")], True),
        ([rule(200), rule(100, access="Deny", protocol="*")], False),
        ([rule(200, protocol="*"), rule(100, access="Deny")], True),
        # Turning some away does not turn everybody away.
        ([rule(200), rule(100, "203.0.113.0/24", access="Deny")], True),
        ([rule(200), rule(100, "AzureCloud", access="Deny")], True),
        # Nor does turning half of everybody away, or only those of one version of IP.
        ([rule(200), rule(100, "0.0.0.0/1", access="Deny")], Reason.UNDECIDED),
        ([rule(200), rule(100, "0.0.0.0/0", access="Deny")], Reason.UNDECIDED),
        ([rule(200, "::/0"), rule(100, "0.0.0.0/0", access="Deny")], Reason.UNDECIDED),
        ([rule(200), rule(100, ["0.0.0.0/0", "::/0"], access="Deny")], False),
        ([rule(200, "0.0.0.0/0"), rule(100, "0.0.0.0/0", access="Deny")], False),
        ([rule(200, "0.0.0.0/0"), rule(100, "Internet", access="Deny")], False),
        ([rule(200, "Internet"), rule(100, "Any", access="Deny")], False),
        ([rule(200), rule(100, "0.0.0.0/0", "22", access="Deny")], True),
        # What a rule turns away may be another machine than the one that a later rule lets everybody reach.
        ([rule(200), rule(100, access="Deny", destinationAddressPrefix="10.0.0.4")], True),
        (
            [
                rule(200, destinationAddressPrefix="10.0.0.0/24"),
                rule(100, access="Deny", destinationAddressPrefix="10.0.0.4"),
            ],
            Reason.UNDECIDED,
        ),
        (
            [
                rule(200, destinationAddressPrefix="10.0.0.4"),
                rule(100, access="Deny", destinationAddressPrefix="10.0.0.4"),
            ],
            False,
        ),
        # A rule for application security groups names no addresses.
        ([rule(100, "", sourceAddressPrefix=None)], False),
        ([aimed(200, "web"), aimed(100, "web", access="Deny")], False),
        ([aimed(200, "web"), aimed(100, "mail", access="Deny")], Reason.UNDECIDED),
        ([aimed(200, "web"), rule(100, access="Deny")], False),
    ],
)
def test_a_security_group(rules: list[Changes], expected: object) -> None:
    assert group(*rules) is expected


def test_a_group_without_rules_is_not_known_to_have_none() -> None:
    assert told(GROUP, PUBLIC, {"item.properties.securityRules": None}) is Reason.SHAPE


@given(st.sets(st.integers(0, 65535), min_size=1, max_size=5), st.sets(st.integers(0, 65535), max_size=5))
def test_a_group_is_open_by_the_ports_that_are_left(allowed: set[int], denied: set[int]) -> None:
    deny = [rule(100, ports=[str(each) for each in sorted(denied)], access="Deny")] if denied else []
    assert group(*deny, rule(200, ports=[str(each) for each in sorted(allowed)])) is bool(allowed - denied)


LISTENERS, PROFILES = "item.properties.httpListeners", "item.properties.sslProfiles"
POLICY = "item.properties.sslPolicy"
FRONT = "item.properties.frontendIPConfigurations"


def listener(protocol: object = "Https", profile: str = "") -> Changes:
    named = {"sslProfile": {"id": profile}} if profile else {}
    return {"properties": {"protocol": protocol, **named}}


def listening(*listeners: Changes) -> Changes:
    return {LISTENERS: list(listeners)}


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.plaintext", listening(listener(), listener("Http")), True),
        ("EncryptionInTransit.plaintext", {"item.properties.listeners": [listener("Tcp")]}, True),
        ("EncryptionInTransit.plaintext", {"item.properties.listeners": [listener("Tls")]}, False),
        ("EncryptionInTransit.plaintext", listening(listener("Gopher")), Reason.SHAPE),
        ("EncryptionInTransit.plaintext", listening(), False),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {f"{POLICY}.policyName": "AppGwSslPolicy20150501"}, Tls.V1_0),
        ("EncryptionInTransit.minimum_tls", {f"{POLICY}.policyName": "AppGwSslPolicy20170401"}, Tls.V1_1),
        ("EncryptionInTransit.minimum_tls", {f"{POLICY}.policyName": "AppGwSslPolicy20170401S"}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {f"{POLICY}.policyName": "AppGwSslPolicy20220101S"}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {f"{POLICY}.policyName": "AppGwSslPolicy20990101"}, Reason.SHAPE),
        (
            "EncryptionInTransit.minimum_tls",
            {POLICY: {"policyType": "Custom", "minProtocolVersion": "TLSv1_1"}},
            Tls.V1_1,
        ),
        ("EncryptionInTransit.minimum_tls", {POLICY: {"policyType": "Custom"}}, Reason.SHAPE),
        # Without a policy the default holds, which the gateway tells.
        ("EncryptionInTransit.minimum_tls", {POLICY: None}, Tls.V1_2),
        (
            "EncryptionInTransit.minimum_tls",
            {POLICY: None, "item.properties.defaultPredefinedSslPolicy": "AppGwSslPolicy20150501"},
            Tls.V1_0,
        ),
        (
            "EncryptionInTransit.minimum_tls",
            {POLICY: None, "item.properties.defaultPredefinedSslPolicy": None},
            Reason.SHAPE,
        ),
        ("EncryptionInTransit.minimum_tls", listening(listener("Http")), Inapplicable),
        ("EncryptionInTransit.minimum_tls", listening(listener(profile="/p/none")), Reason.SHAPE),
        (
            "EncryptionInTransit.minimum_tls",
            {
                **listening(listener(profile="/p/Weak")),
                PROFILES: [
                    {
                        "id": "/p/weak",
                        "properties": {"sslPolicy": {"policyType": "Custom", "minProtocolVersion": "TLSv1_0"}},
                    }
                ],
            },
            Tls.V1_0,
        ),
        (
            "EncryptionInTransit.minimum_tls",
            {
                **listening(listener(profile="/p/old")),
                PROFILES: [
                    {
                        "id": "/p/old",
                        "properties": {
                            "sslPolicy": {"policyType": "Predefined", "policyName": "AppGwSslPolicy20170401"}
                        },
                    }
                ],
            },
            Tls.V1_1,
        ),
        (
            "EncryptionInTransit.minimum_tls",
            {**listening(listener(profile="/p/own")), PROFILES: [{"id": "/p/own", "properties": {}}]},
            Tls.V1_2,
        ),
        ("EncryptionInTransit.certificate_expires", {}, Reason.NOT_ASKED),
        (PUBLIC, {}, False),
        (PUBLIC, {FRONT: [{"properties": {"publicIPAddress": {"id": "/ip"}}}]}, Reason.NOT_ASKED),
        (PUBLIC, {FRONT: None}, Reason.SHAPE),
    ],
)
def test_an_application_gateway(fact: str, changes: Changes, expected: object) -> None:
    assert told(GATEWAY, fact, changes) == expected


INGRESS = "item.properties.configuration.ingress"
RULES, DOMAINS = f"{INGRESS}.ipSecurityRestrictions", f"{INGRESS}.customDomains"
CERTIFICATES = "certificates.value"
CLOSED = {INGRESS: None}
WHEN = datetime(2027, 6, 1, tzinfo=UTC)
MANAGED = "/environments/e/managedCertificates/www"


def restricted(*rules: tuple[str, object]) -> Changes:
    return {RULES: [{"action": action, "ipAddressRange": network} for action, network in rules]}


def bound(*certificates: object) -> Changes:
    return {DOMAINS: [{"name": "www.example.com", "certificateId": each} for each in certificates]}


def kept(**expiring: object) -> Changes:
    return {
        CERTIFICATES: [{"id": f"/c/{name}", "properties": {"expirationDate": when}} for name, when in expiring.items()]
    }


@pytest.mark.parametrize(
    ("fact", "changes", "expected"),
    [
        (PUBLIC, {}, False),
        (PUBLIC, CLOSED, False),
        (PUBLIC, {RULES: None}, True),
        (PUBLIC, {f"{INGRESS}.external": False, RULES: None}, False),
        (PUBLIC, {f"{INGRESS}.external": None, RULES: None}, Reason.SHAPE),
        (PUBLIC, {"environment.properties.vnetConfiguration.internal": True, RULES: None}, False),
        (PUBLIC, {"environment.properties.vnetConfiguration": None, RULES: None}, True),
        (PUBLIC, {"environment.properties.publicNetworkAccess": "Disabled", RULES: None}, False),
        (PUBLIC, {"environment.properties.publicNetworkAccess": None, RULES: None}, Reason.SHAPE),
        (PUBLIC, {"environment": REFUSED, RULES: None}, Reason.REFUSED),
        (PUBLIC, restricted(("Allow", "0.0.0.0/0")), True),
        (PUBLIC, restricted(("Allow", "10.0.0.0/6")), Reason.UNDECIDED),
        (PUBLIC, restricted(("Deny", "198.51.100.0/24")), True),
        (PUBLIC, restricted(("Deny", "0.0.0.0/0")), False),
        (PUBLIC, restricted(("Deny", "0.0.0.0/0"), ("Allow", "0.0.0.0/0")), Reason.SHAPE),
        (PUBLIC, restricted(("Allow", "somewhere")), Reason.SHAPE),
        (PUBLIC, {RULES: None, f"{INGRESS}.clientCertificateMode": "Require"}, Reason.UNDECIDED),
        (PUBLIC, {RULES: None, f"{INGRESS}.clientCertificateMode": "Ignore"}, True),
        (PUBLIC, {RULES: None, f"{INGRESS}.clientCertificateMode": None}, Reason.SHAPE),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.plaintext", {f"{INGRESS}.allowInsecure": True}, True),
        ("EncryptionInTransit.plaintext", {f"{INGRESS}.allowInsecure": None}, Reason.SHAPE),
        ("EncryptionInTransit.plaintext", {f"{INGRESS}.transport": "tcp"}, Reason.UNDECIDED),
        ("EncryptionInTransit.plaintext", {f"{INGRESS}.additionalPortMappings": [{"targetPort": 7}]}, Reason.UNDECIDED),
        ("EncryptionInTransit.plaintext", CLOSED, Inapplicable),
        ("EncryptionInTransit.minimum_tls", {}, Reason.NOT_ASKED),
        ("EncryptionInTransit.certificate_expires", {}, WHEN),
        ("EncryptionInTransit.certificate_expires", CLOSED, Inapplicable),
        ("EncryptionInTransit.certificate_expires", bound(), Inapplicable),
        ("EncryptionInTransit.certificate_expires", bound(None, MANAGED), Inapplicable),
        (
            "EncryptionInTransit.certificate_expires",
            {**bound("/C/a", "/c/b", MANAGED), **kept(a="2027-06-01T00:00:00Z", b="2027-07-01T00:00:00Z")},
            WHEN,
        ),
        ("EncryptionInTransit.certificate_expires", {**bound("/c/a"), **kept(a="2027-06-01")}, Reason.SHAPE),
        ("EncryptionInTransit.certificate_expires", {**bound("/c/a"), **kept()}, Reason.SHAPE),
        ("EncryptionInTransit.certificate_expires", {"certificates": REFUSED}, Reason.REFUSED),
    ],
)
def test_a_container_app(fact: str, changes: Changes, expected: object) -> None:
    assert told(APP, fact, changes) == expected
