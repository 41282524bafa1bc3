"""Services of API Management, which may run in several regions.

Documents relied upon: the models ApiManagementServiceResource, HostnameConfiguration and ApiContract of
azure-mgmt-apimanagement, and on learn.microsoft.com/azure: "Deploy an Azure API Management instance to multiple Azure
regions", "Manage protocols and ciphers in Azure API Management", "Data encryption models".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from scanner.facts import (
    JSON,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    Lineage,
    Location,
    LogStore,
    NotApplicable,
    NotKnown,
    Reason,
    Tls,
    Trust,
    Unknown,
    View,
    text,
    texts,
)
from scanner.providers.azure.graph import HOMES, TAGS, child, home, seen, words
from scanner.providers.azure.parts import CLOSED, NETWORK, any_true, listed

NATIVE, VERSION = "Microsoft.ApiManagement/service", "2024-05-01"
MODELS = "https://learn.microsoft.com/azure/security/fundamentals/encryption-models"

PLACES = "item:/properties/additionalLocations"
INSIDE = "item:/properties/virtualNetworkType"
PROTOCOL = "item:/properties/customProperties/Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Protocols."
OLD = {f"{PROTOCOL}Tls10": Tls.V1_0, f"{PROTOCOL}Tls11": Tls.V1_1}
"""The settings that let in clients of older versions, the oldest first."""
HOSTS = "item:/properties/hostnameConfigurations"
HOST_PATHS = (f"{HOSTS}/*/certificateSource", f"{HOSTS}/*/certificate/expiry")
APIS = "apis:/value"
PLAIN = frozenset({"http", "ws"})


def _copies(view: View) -> Iterator[Copy | Unknown]:
    # A service runs in its own region alone unless somebody adds others.
    for place in view.each(PLACES, missing=True):
        yield Copy(CopyKind.REPLICA, seen(partial(place.at, "/location", home)))


def _plaintext(view: View) -> bool:
    """Whether an API may be called without TLS."""
    return any_true(seen(partial(api.at, "/properties/protocols", _is_plain)) for api in view.each(APIS))


def _is_plain(value: JSON) -> bool:
    return not PLAIN.isdisjoint(protocol.lower() for protocol in texts(value))


def _minimum(view: View) -> Tls:
    for path, version in OLD.items():
        if view.at(path, words({"True": True, "False": False})):
            return version
    return Tls.V1_2


def _expires(view: View) -> datetime:
    """When the first certificate of the service's own host names expires."""
    is_own = words({"Managed": True, "KeyVault": True, "Custom": True, "BuiltIn": False})
    own = [host for host in view.each(HOSTS) if host.at("/certificateSource", is_own)]
    if not own:
        raise NotApplicable(Inapplicable("the service has no host name but Microsoft's, whose certificate is its own"))
    return min(host.at("/certificate/expiry", _moment) for host in own)


def _moment(value: JSON) -> datetime:
    found = datetime.fromisoformat(text(value))
    if found.tzinfo is None:
        raise ValueError("no time zone")
    return found


def _public(view: View) -> bool:
    # Public access is on by default (model ApiManagementServiceResource).
    if view.at(NETWORK, CLOSED, missing=False) or view.at(
        INSIDE, words({"None": False, "External": False, "Internal": True})
    ):
        return False
    raise NotKnown(Unknown(Reason.NOT_ASKED, "the policies of each API decide who may call it, and are not read"))


SERVICE = listed(
    "azure.apimanagement.service",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, f"{PLACES}/*/location"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, MODELS),
        EncryptionAtRest.algorithms.unseen("the documents of the service name no cipher"),
        EncryptionAtRest.owner.unseen("a service does not tell whose key it is"),
        EncryptionAtRest.key.unseen("a service does not tell its key"),
        EncryptionInTransit.plaintext.by(_plaintext, f"{APIS}/*/properties/protocols"),
        EncryptionInTransit.minimum_tls.by(_minimum, *OLD),
        EncryptionInTransit.certificate_expires.by(_expires, *HOST_PATHS),
        Exposure.public.by(_public, NETWORK, INSIDE),
        Trust.grantees.gap("the users of the developer portal are not read"),
        Backup.plans.gap("a backup is made by a call to a storage account, and is not told afterwards"),
        Lineage.origins.gap("Azure does not tell from which backup a service was restored"),
    ),
    ask={"apis": child(f"{NATIVE}/apis/read", "apis", VERSION, items="/value")},
    without={LogStore: "a gateway is not a store of logs"},
    unordered=(PLACES, HOSTS, APIS),
)
TYPES = (SERVICE,)
