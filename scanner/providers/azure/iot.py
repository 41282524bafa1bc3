"""IoT hubs: copied to a second region unless data residency is on, and routed to whatever their routes name.

Documents relied upon: the models IotHubProperties, IotHubLocationDescription and RoutingEndpoints of azure-mgmt-iothub,
and on learn.microsoft.com/azure: "IoT Hub high availability and disaster recovery", "Transport Layer Security (TLS)
support in IoT Hub", "Data encryption models", "Control access to IoT Hub".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Lineage,
    Location,
    LogStore,
    Reason,
    Trust,
    Unknown,
    View,
    flag,
)
from scanner.providers.azure.graph import HOMES, TAGS, home, seen, words
from scanner.providers.azure.parts import (
    BY_ROLES,
    CERTIFICATE,
    DOTTED,
    listed,
)

NATIVE = "Microsoft.Devices/IotHubs"
MODELS = "https://learn.microsoft.com/azure/security/fundamentals/encryption-models"
TLS = "https://learn.microsoft.com/azure/iot-hub/iot-hub-tls-support"
ACCESS = "https://learn.microsoft.com/azure/iot-hub/iot-hub-dev-guide-azure-ad-rbac"

RESIDENT, PLACES = "item:/properties/enableDataResidency", "item:/properties/locations"
PLACE_PATHS = (f"{PLACES}/*/location", f"{PLACES}/*/role")
ENDPOINTS = "item:/properties/routing/endpoints"
ROUTES = tuple(
    f"{ENDPOINTS}/{name}"
    for name in ("serviceBusQueues", "serviceBusTopics", "eventHubs", "storageContainers", "cosmosDBSqlContainers")
)
IS_SECOND = words({"primary": False, "secondary": True})
ROUTED = Unknown(Reason.NOT_ASKED, "messages are routed to an endpoint that is named by its address alone")


def _copies(view: View) -> Iterator[Copy | Unknown]:
    # Data residency is what turns disaster recovery off (model IotHubProperties); a hub that does not tell has none.
    if not view.at(RESIDENT, flag, missing=False):
        for place in view.each(PLACES):
            if seen(partial(place.at, "/role", IS_SECOND)) is not False:
                yield Copy(CopyKind.GEO_PAIR, seen(partial(place.at, "/location", home)))
    for route in ROUTES:
        # A hub routes nowhere until somebody adds an endpoint.
        for _ in view.each(route, missing=True):
            yield Copy(CopyKind.LOG_SINK, ROUTED)


HUB = listed(
    "azure.iot.hub",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, RESIDENT, *PLACE_PATHS, *ROUTES),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, MODELS),
        EncryptionAtRest.algorithms.unseen("the documents of the hub name no cipher"),
        EncryptionAtRest.owner.unseen("a hub does not tell whether its key is the customer's"),
        EncryptionAtRest.key.unseen("a hub does not tell its key"),
        EncryptionInTransit.plaintext.documented(False, TLS),
        EncryptionInTransit.minimum_tls.at("item:/properties/minTlsVersion", DOTTED),
        CERTIFICATE,
        # Every device and every service needs a signature, a certificate or a token of Entra.
        Exposure.public.documented(False, ACCESS),
    ),
    without={
        Backup: "Azure makes no backups of messages and device twins",
        Lineage: "a hub is filled by its devices, never copied or restored from another",
        LogStore: "a hub passes messages on, and is not a store of logs",
        Trust: BY_ROLES,
    },
    unordered=(PLACES,),
)
TYPES = (HUB,)
