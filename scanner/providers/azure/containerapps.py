"""Container apps: who may connect to them, and how.

Documents relied upon: the models ContainerApp, ManagedEnvironment and Certificate of azure-mgmt-appcontainers, and on
learn.microsoft.com/azure/container-apps: "Ingress in Azure Container Apps", "Custom domain names and free managed
certificates".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from scanner.collect.model import Call, Per
from scanner.facts import (
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    Kind,
    Node,
    NotApplicable,
    NotKnown,
    Reason,
    Unknown,
    View,
    always,
    flag,
)
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, seen, words
from scanner.providers.azure.parts import ON_OFF, any_true, listed, moment, network_lets_everybody

NATIVE, VERSION = "Microsoft.App/containerApps", "2026-07-01"
ENVIRONMENTS = "Microsoft.App/managedEnvironments"

INGRESS = "item:/properties/configuration/ingress"
EXTERNAL, INSECURE, TRANSPORT = f"{INGRESS}/external", f"{INGRESS}/allowInsecure", f"{INGRESS}/transport"
PORTS = f"{INGRESS}/additionalPortMappings"
RULES, DOMAINS = f"{INGRESS}/ipSecurityRestrictions", f"{INGRESS}/customDomains"
CLIENT = f"{INGRESS}/clientCertificateMode"
RULE_PATHS = (f"{RULES}/*/action", f"{RULES}/*/ipAddressRange")
INTERNAL, NETWORK = "environment:/properties/vnetConfiguration/internal", "environment:/properties/publicNetworkAccess"
CERTIFICATES = "certificates:/value"
EXPIRY_PATHS = (
    f"{DOMAINS}/*/certificateId",
    f"{CERTIFICATES}/*/id",
    f"{CERTIFICATES}/*/properties/expirationDate",
)
NO_INGRESS = Inapplicable("the app takes no connections: it has no ingress")
MICROSOFTS = Inapplicable("the app has no certificate but Microsoft's, who renews it")
RAW = words({"auto": False, "http": False, "http2": False, "tcp": True})
ALLOWS = words({"Allow": True, "Deny": False})


def _has_ingress(view: View) -> bool:
    # An app without ingress has null here ("Ingress in Azure Container Apps").
    return view.at(INGRESS, always(True), missing=False)


def _plaintext(view: View) -> bool:
    if not _has_ingress(view):
        raise NotApplicable(NO_INGRESS)
    if view.at(TRANSPORT, RAW) or list(view.each(PORTS, missing=True)):
        raise NotKnown(Unknown(Reason.UNDECIDED, "a TCP port is passed on as it is: the app decides about encryption"))
    return view.at(INSECURE, flag)


def _expires(view: View) -> datetime:
    """When the first of the customer's own certificates expires."""
    if not _has_ingress(view):
        raise NotApplicable(NO_INGRESS)
    named = {domain.at("/certificateId", arm_id, missing="") for domain in view.each(DOMAINS, missing=True)}
    own = sorted(each for each in named if each and "/managedcertificates/" not in each)
    if not own:
        raise NotApplicable(MICROSOFTS)
    return min(_of(view, each) for each in own)


def _of(view: View, name: str) -> datetime:
    for certificate in view.each(CERTIFICATES):
        if certificate.at("/id", arm_id) == name:
            return certificate.at("/properties/expirationDate", moment)
    raise NotKnown(Unknown(Reason.SHAPE, "the app names a certificate that its environment does not list"))


def _public(view: View) -> bool:
    """Whether anybody reaches the app; whether it asks for a sign-in is its own matter."""
    if not _has_ingress(view) or not view.at(EXTERNAL, flag):
        return False
    # Without a network of the customer's the environment has a public address (model VnetConfiguration).
    if view.at(INTERNAL, flag, missing=False) or not view.at(NETWORK, ON_OFF):
        return False
    if not _lets_everybody(list(_rules(view))):
        return False
    if view.at(CLIENT, words({"Ignore": False, "Accept": False, "Require": True})):
        raise NotKnown(Unknown(Reason.UNDECIDED, "the app asks for a client certificate, and judges it itself"))
    return True


def _rules(view: View) -> Iterator[Node]:
    return view.each(RULES, missing=True)


def _lets_everybody(rules: list[Node]) -> bool:
    """All rules allow, or all deny (model IpSecurityRestrictionRule); what no rule names is the opposite."""
    if not rules:
        return True
    allow = {rule.at("/action", ALLOWS) for rule in rules}
    if len(allow) > 1:
        raise NotKnown(Unknown(Reason.SHAPE, "some rules allow and some deny, which is not foreseen"))
    wide = any_true(seen(partial(_is_everybody, rule)) for rule in rules)
    return wide if True in allow else not wide


def _is_everybody(rule: Node) -> bool:
    return rule.at("/ipAddressRange", network_lets_everybody)


def _of_environment(permission: str, path: str = "", items: str = "") -> Call:
    return Call(
        permission,
        f"GET /{{environment}}{path}",
        items,
        {"api-version": VERSION},
        {"environment": "/properties/environmentId"},
        per=Per.ACCOUNT,
    )


APP = listed(
    "azure.containerapps.app",
    NATIVE,
    (
        TAGS,
        HOMES,
        EncryptionInTransit.plaintext.by(_plaintext, INSECURE, TRANSPORT, f"{PORTS}/*/targetPort"),
        EncryptionInTransit.minimum_tls.unseen("no setting of an app tells the lowest TLS version"),
        EncryptionInTransit.certificate_expires.by(_expires, *EXPIRY_PATHS),
        Exposure.public.by(_public, EXTERNAL, CLIENT, INTERNAL, NETWORK, *RULE_PATHS),
    ),
    kind=Kind.CONFIG,
    ask={
        "environment": _of_environment(f"{ENVIRONMENTS}/read"),
        "certificates": _of_environment(f"{ENVIRONMENTS}/certificates/read", "/certificates", "/value"),
    },
    unordered=(PORTS, RULES, DOMAINS, CERTIFICATES),
)
TYPES = (APP,)
