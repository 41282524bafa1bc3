"""Application gateways: from which TLS version on their listeners take connections, and who may connect.

Documents relied upon: the models of azure-mgmt-network, and "Application Gateway TLS policy overview" on
learn.microsoft.com/azure/application-gateway.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    Kind,
    Node,
    NotApplicable,
    NotKnown,
    Reason,
    Tls,
    Unknown,
    View,
    always,
    text,
)
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, seen, words
from scanner.providers.azure.parts import any_true, listed

NATIVE = "Microsoft.Network/applicationGateways"
LISTENERS, OTHERS = "item:/properties/httpListeners", "item:/properties/listeners"
PROTOCOL, PROFILE = "/properties/protocol", "/properties/sslProfile/id"
FRONTS, ADDRESS = "item:/properties/frontendIPConfigurations", "/properties/publicIPAddress"
PROFILES = "item:/properties/sslProfiles"
POLICY, DEFAULT = "item:/properties/sslPolicy", "item:/properties/defaultPredefinedSslPolicy"
OF_PROFILE = "/properties/sslPolicy"
KIND, NAME, LOWEST = "/policyType", "/policyName", "/minProtocolVersion"
POLICY_PARTS = (KIND, NAME, LOWEST)
LISTENER_PATHS = tuple(f"{at}/*{part}" for at in (LISTENERS, OTHERS) for part in (PROTOCOL, PROFILE))
TLS_PATHS = (
    DEFAULT,
    *(f"{POLICY}{part}" for part in POLICY_PARTS),
    f"{PROFILES}/*/id",
    *(f"{PROFILES}/*{OF_PROFILE}{part}" for part in POLICY_PARTS),
    *LISTENER_PATHS,
)

SECURE = words({"Https": True, "Tls": True, "Http": False, "Tcp": False})
PREDEFINED = words(
    {
        "AppGwSslPolicy20150501": Tls.V1_0,
        "AppGwSslPolicy20170401": Tls.V1_1,
        "AppGwSslPolicy20170401S": Tls.V1_2,
        "AppGwSslPolicy20220101": Tls.V1_2,
        "AppGwSslPolicy20220101S": Tls.V1_2,
    }
)
"""The lowest version of each predefined policy ("TLS policy overview", predefined policies)."""
VERSIONS = words({"TLSv1_0": Tls.V1_0, "TLSv1_1": Tls.V1_1, "TLSv1_2": Tls.V1_2, "TLSv1_3": Tls.V1_3})
IS_PREDEFINED = words({"Predefined": True, "Custom": False, "CustomV2": False})
NO_LISTENER = Inapplicable("no listener of the gateway takes TLS")


def _listeners(view: View) -> Iterator[Node]:
    yield from view.each(LISTENERS, missing=True)
    yield from view.each(OTHERS, missing=True)


def _plaintext(view: View) -> bool:
    """Whether a listener takes connections without TLS, be it only to send them on to another."""
    return any_true(seen(partial(_is_plain, each)) for each in _listeners(view))


def _is_plain(listener: Node) -> bool:
    return not listener.at(PROTOCOL, SECURE)


def _minimum(view: View) -> Tls:
    """The lowest version of the gateway's listeners: each has a profile's policy, or else the gateway's."""
    secure = [each for each in _listeners(view) if each.at(PROTOCOL, SECURE)]
    if not secure:
        raise NotApplicable(NO_LISTENER)
    named = {each.at(PROFILE, arm_id, missing="") for each in secure}
    return min((_of_profile(view, each) if each else _own(view) for each in named), key=list(Tls).index)


def _own(view: View) -> Tls:
    """The gateway's policy; without one the default, which depends on the API version that made it and is told."""
    if not view.at(f"{POLICY}{KIND}", text, missing=""):
        return view.at(DEFAULT, PREDEFINED)
    if view.at(f"{POLICY}{KIND}", IS_PREDEFINED):
        return view.at(f"{POLICY}{NAME}", PREDEFINED)
    return view.at(f"{POLICY}{LOWEST}", VERSIONS)


def _of_profile(view: View, name: str) -> Tls:
    found = [each for each in view.each(PROFILES) if each.at("/id", arm_id) == name]
    if len(found) != 1:
        raise NotKnown(Unknown(Reason.SHAPE, "a listener names a TLS profile that the gateway does not have"))
    (profile,) = found
    # A profile without a policy of its own leaves the gateway's in force.
    if not profile.at(f"{OF_PROFILE}{KIND}", text, missing=""):
        return _own(view)
    if profile.at(f"{OF_PROFILE}{KIND}", IS_PREDEFINED):
        return profile.at(f"{OF_PROFILE}{NAME}", PREDEFINED)
    return profile.at(f"{OF_PROFILE}{LOWEST}", VERSIONS)


def _public(view: View) -> bool:
    """Whether a listener can be reached at a public address. What stands before the machines behind it, such as the
    security group of its subnet or its firewall, is another resource.
    """
    if not any(front.at(ADDRESS, always(True), missing=False) for front in view.each(FRONTS)):
        return False
    raise NotKnown(Unknown(Reason.NOT_ASKED, "the security group of the gateway's subnet, which lets in, is not read"))


GATEWAY = listed(
    "azure.network.application-gateway",
    NATIVE,
    (
        TAGS,
        HOMES,
        EncryptionInTransit.plaintext.by(_plaintext, *LISTENER_PATHS),
        EncryptionInTransit.minimum_tls.by(_minimum, *TLS_PATHS),
        EncryptionInTransit.certificate_expires.unseen("the certificates of the gateway are not read"),
        Exposure.public.by(_public, f"{FRONTS}/*{ADDRESS}/id"),
    ),
    kind=Kind.CONFIG,
    unordered=(LISTENERS, OTHERS, PROFILES, FRONTS),
)
TYPES = (GATEWAY,)
