"""Azure Front Door and Azure CDN: profiles and their endpoints. What an endpoint caches is kept at edges all over the
world.

A profile of Front Door decides by its domains which TLS versions are taken, and by which certificates. A profile of the
older Azure CDN leaves that to each endpoint.

Documents relied upon: the models Profile, AFDDomain, Secret, AFDEndpoint, Route and Endpoint of azure-mgmt-cdn, and on
learn.microsoft.com/azure/frontdoor: "Azure Front Door TLS policy", "Caching with Azure Front Door", "Troubleshoot: edge
locations"; on learn.microsoft.com/azure/cdn: "What is a content delivery network on Azure?".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Facet,
    Inapplicable,
    Lineage,
    Location,
    LogStore,
    Node,
    NotApplicable,
    NotKnown,
    Reason,
    Tls,
    Trust,
    Unknown,
    View,
    always,
    flag,
    texts,
)
from scanner.places import GLOBAL
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, child, documented, seen, words
from scanner.providers.azure.parts import BY_ROLES, ON_OFF, any_true, listed, moment

PROFILES, VERSION = "Microsoft.Cdn/profiles", "2026-10-01"
FRONT, CLASSIC = f"{PROFILES}/afdEndpoints", f"{PROFILES}/endpoints"
TLS = "https://learn.microsoft.com/azure/frontdoor/standard-premium/tls-policy"
EDGES = "https://learn.microsoft.com/azure/cdn/cdn-overview"

SKU = "/sku/name"
DOMAINS, SECRETS = "domains:/value", "secrets:/value"
SUITES, LOWEST = "/properties/tlsSettings/cipherSuiteSetType", "/properties/tlsSettings/minimumTlsVersion"
CERTIFICATE, SECRET = "/properties/tlsSettings/certificateType", "/properties/tlsSettings/secret/id"
UNTIL = "/properties/parameters/expirationDate"
TLS_PATHS = (f"item:{SKU}", *(f"{DOMAINS}/*{part}" for part in (SUITES, LOWEST)))
EXPIRY_PATHS = (
    f"item:{SKU}",
    *(f"{DOMAINS}/*{part}" for part in (CERTIFICATE, SECRET)),
    f"{SECRETS}/*/id",
    f"{SECRETS}/*{UNTIL}",
)
ROUTES = "routes:/value"
CACHE, STATE = "/properties/cacheConfiguration", "/properties/enabledState"
TAKES, REDIRECTS = "/properties/supportedProtocols", "/properties/httpsRedirect"
CACHE_PATHS = (f"{ROUTES}/*{CACHE}/queryStringCachingBehavior",)
PLAIN_PATHS = (f"{ROUTES}/*{STATE}", f"{ROUTES}/*{TAKES}", f"{ROUTES}/*{REDIRECTS}")
ENABLED, HTTP, OWN_DOMAINS = f"item:{STATE}", "item:/properties/isHttpAllowed", "item:/properties/customDomains"

IS_FRONT_DOOR = words(
    dict.fromkeys(("Standard_AzureFrontDoor", "Premium_AzureFrontDoor"), True)
    | dict.fromkeys(("Standard_Microsoft", "Standard_ChinaCdn", "Standard_955BandWidth_ChinaCdn"), False)
    | dict.fromkeys(("Standard_Verizon", "Premium_Verizon", "Custom_Verizon", "Standard_Akamai"), False)
)
OF_CLASSIC = words({"Standard_Microsoft": Tls.V1_2})
SETS = words({"TLS10_2019": Tls.V1_0, "TLS12_2022": Tls.V1_2, "TLS12_2023": Tls.V1_2, "Customized": None})
VERSIONS = words({"TLS10": Tls.V1_0, "TLS12": Tls.V1_2, "TLS13": Tls.V1_3})
IS_OWN = words({"CustomerCertificate": True, "ManagedCertificate": False, "AzureFirstPartyManagedCertificate": False})
BY_ENDPOINT = Inapplicable("a profile of Azure CDN leaves this to each of its endpoints, which answers for itself")
NO_DOMAIN = Inapplicable("the profile has no domain but those of its endpoints, whose certificates are Microsoft's")
FIREWALLS = "the firewall policies of the profile decide who is let in, and are not read"


def _front_door(view: View) -> None:
    if not view.at(f"item:{SKU}", IS_FRONT_DOOR):
        raise NotApplicable(BY_ENDPOINT)


def _minimum(view: View) -> Tls:
    """The lowest version of the profile's domains. Those that Microsoft gives take TLS 1.2 and newer ("TLS policy")."""
    _front_door(view)
    documented(view, TLS)
    return min((Tls.V1_2, *(_lowest(domain) for domain in view.each(DOMAINS))), key=list(Tls).index)


def _lowest(domain: Node) -> Tls:
    # A domain that was made before there were sets of ciphers tells the version alone (model AFDDomainHttpsParameters).
    named = domain.at(SUITES, SETS, missing=None)
    return domain.at(LOWEST, VERSIONS) if named is None else named


def _expires(view: View) -> datetime:
    """When the first of the customer's own certificates expires; Microsoft renews its own."""
    _front_door(view)
    own = [each.at(SECRET, arm_id) for each in view.each(DOMAINS) if each.at(CERTIFICATE, IS_OWN)]
    if not own:
        raise NotApplicable(NO_DOMAIN)
    return min(_until(view, each) for each in own)


def _until(view: View, name: str) -> datetime:
    for secret in view.each(SECRETS):
        if secret.at("/id", arm_id) == name:
            return secret.at(UNTIL, moment)
    raise NotKnown(Unknown(Reason.SHAPE, "a domain names a certificate that the profile does not list"))


def _copies(view: View) -> Iterator[Copy | Unknown]:
    """Without a cache configuration a route caches nothing (model RouteProperties)."""
    documented(view, EDGES)
    if any(route.at(CACHE, always(True), missing=False) for route in view.each(ROUTES)):
        yield Copy(CopyKind.CDN, GLOBAL)


def _plaintext(view: View) -> bool:
    return any_true(seen(partial(_is_plain, route)) for route in view.each(ROUTES))


def _is_plain(route: Node) -> bool:
    """Whether a route that is in use answers HTTP by more than sending it to HTTPS."""
    takes = route.at(TAKES, lambda value: "http" in {each.lower() for each in texts(value)})
    return takes and route.at(STATE, ON_OFF) and not route.at(REDIRECTS, ON_OFF)


def _public(view: View) -> bool:
    if not view.at(ENABLED, ON_OFF):
        return False
    raise NotKnown(Unknown(Reason.NOT_ASKED, FIREWALLS))


def _classic_copies(view: View) -> Iterator[Copy | Unknown]:
    documented(view, EDGES)
    yield Copy(CopyKind.CDN, GLOBAL)


def _classic_minimum(view: View) -> Tls:
    """That of the endpoint's own name; each domain of the customer's has one of its own (model
    CustomDomainHttpsParameters).
    """
    lowest = view.at(f"profile:{SKU}", OF_CLASSIC)
    if list(view.each(OWN_DOMAINS, missing=True)):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "the TLS versions of the endpoint's own domains are not read"))
    return lowest


def _classic_expires(view: View) -> datetime:
    if list(view.each(OWN_DOMAINS, missing=True)):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "the certificates of the endpoint's own domains are not read"))
    raise NotApplicable(Inapplicable("the endpoint has no domain but Microsoft's, whose certificate is Microsoft's"))


WITHOUT: dict[type[Facet], str] = {
    Backup: "what is at the edges are copies of what the origin holds",
    LogStore: "it delivers content, and is not a store of logs",
    Trust: BY_ROLES,
}
AT_REST = (
    EncryptionAtRest.state.unseen("the documents do not say how the edges encrypt what they cache"),
    EncryptionAtRest.algorithms.unseen("the documents do not say how the edges encrypt what they cache"),
    EncryptionAtRest.owner.unseen("the documents do not say whose key the edges use"),
    EncryptionAtRest.key.unseen("the documents do not say which key the edges use"),
)
PROFILE = listed(
    "azure.cdn.profile",
    PROFILES,
    (
        TAGS,
        HOMES,
        *AT_REST,
        Location.copies.none(
            "https://learn.microsoft.com/azure/frontdoor/endpoint: each endpoint tells what it caches"
        ),
        EncryptionInTransit.plaintext.inapplicable("each endpoint of the profile answers for its own routes"),
        EncryptionInTransit.minimum_tls.by(_minimum, *TLS_PATHS),
        EncryptionInTransit.certificate_expires.by(_expires, *EXPIRY_PATHS),
        Exposure.public.unseen(FIREWALLS),
        Lineage.origins.gap("an origin is named by a host name, which does not tell the resource behind it"),
    ),
    ask={
        "domains": child(f"{PROFILES}/customDomains/read", "customDomains", VERSION, items="/value"),
        "secrets": child(f"{PROFILES}/secrets/read", "secrets", VERSION, items="/value"),
    },
    without=WITHOUT,
    unordered=(DOMAINS, SECRETS),
)
ENDPOINT = listed(
    "azure.cdn.front-door-endpoint",
    FRONT,
    (
        TAGS,
        HOMES,
        *AT_REST,
        Location.copies.items(_copies, *CACHE_PATHS),
        EncryptionInTransit.plaintext.by(_plaintext, *PLAIN_PATHS),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, TLS),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate of its own domain is Microsoft's"),
        Exposure.public.by(_public, ENABLED),
        Lineage.origins.gap("an origin is named by a host name, which does not tell the resource behind it"),
    ),
    ask={"routes": child(f"{FRONT}/routes/read", "routes", VERSION, items="/value")},
    without=WITHOUT,
    unordered=(ROUTES,),
)
CLASSIC_ENDPOINT = listed(
    "azure.cdn.endpoint",
    CLASSIC,
    (
        TAGS,
        HOMES,
        *AT_REST,
        Location.copies.items(_classic_copies),
        # "Default value is true" (model Endpoint).
        EncryptionInTransit.plaintext.at(HTTP, flag, missing=True),
        EncryptionInTransit.minimum_tls.by(_classic_minimum, f"profile:{SKU}", f"{OWN_DOMAINS}/*/name"),
        EncryptionInTransit.certificate_expires.by(_classic_expires, f"{OWN_DOMAINS}/*/name"),
        Exposure.public.unseen("whether its firewall policy lets everybody in is not read"),
        Lineage.origins.gap("an origin is named by a host name, which does not tell the resource behind it"),
    ),
    ask={"profile": child(f"{PROFILES}/read", "../..", VERSION)},
    without=WITHOUT,
    unordered=(OWN_DOMAINS,),
)
TYPES = (PROFILE, ENDPOINT, CLASSIC_ENDPOINT)
