"""Namespaces of Event Hubs and of Service Bus.

A namespace may be replicated to other regions, and an event hub may capture its events into a storage account. Pairing
for disaster recovery copies names and settings, and no message.

Documents relied upon: the models EHNamespaceProperties, CaptureDescription and SBNamespaceProperties of
azure-mgmt-eventhub and azure-mgmt-servicebus, and on learn.microsoft.com/azure: "Configure customer-managed keys for
encrypting Azure Event Hubs data at rest", "Data encryption models", "Geo-replication" and "Network security" of either.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    UNRESOLVED,
    Answer,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Facet,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    Node,
    NotKnown,
    Reason,
    Trust,
    Unknown,
    View,
    flag,
    text,
)
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, child, documented, home, seen, words
from scanner.providers.azure.parts import BY_ROLES, CERTIFICATE, DOTTED, at_rest, key_in, listed

EVENTS, EVENTS_VERSION = "Microsoft.EventHub/namespaces", "2026-01-01"
BUS = "Microsoft.ServiceBus/namespaces"
EVENT_KEYS = "https://learn.microsoft.com/azure/event-hubs/configure-customer-managed-key"
EVENT_TOKENS = "https://learn.microsoft.com/azure/event-hubs/authorize-access-event-hubs"
EVENT_SECURITY = "https://learn.microsoft.com/azure/event-hubs/network-security"
BUS_TOKENS = "https://learn.microsoft.com/azure/service-bus-messaging/service-bus-authentication-and-authorization"
BUS_SECURITY = "https://learn.microsoft.com/azure/service-bus-messaging/network-security"
MODELS = "https://learn.microsoft.com/azure/security/fundamentals/encryption-models"

KEYS = "item:/properties/encryption/keyVaultProperties"
KEY_PATHS = (f"{KEYS}/*/keyVaultUri", f"{KEYS}/*/keyName")
REPLICAS = "item:/properties/geoDataReplication/locations"
REPLICA_PATHS = (f"{REPLICAS}/*/locationName", f"{REPLICAS}/*/roleType")
HUBS, CAPTURE = "hubs:/value", "/properties/captureDescription"
TARGET = f"{CAPTURE}/destination/properties/storageAccountResourceId"
CAPTURE_PATHS = (f"{HUBS}/*{CAPTURE}/enabled", f"{HUBS}/*{TARGET}")
IS_PRIMARY = words({"Primary": True, "Secondary": False})


def _replicas(view: View) -> Iterator[Copy | Unknown]:
    """Geo-replication is off, and the reply silent about it, until somebody turns it on ("Geo-replication")."""
    for replica in view.each(REPLICAS, missing=True):
        if seen(partial(replica.at, "/roleType", IS_PRIMARY)) is not True:
            yield Copy(CopyKind.REPLICA, seen(partial(replica.at, "/locationName", home)))


def _events(view: View) -> Iterator[Copy | Unknown]:
    yield from _replicas(view)
    for hub in view.each(HUBS):
        copy = seen(partial(_captured, hub))
        if copy is not None:
            yield copy


def _captured(hub: Node) -> Copy | None:
    # A hub has a description of its capture only if capture was set up; it may be turned off since.
    if not hub.at(f"{CAPTURE}/enabled", flag, missing=False):
        return None
    return Copy(CopyKind.LOG_SINK, UNRESOLVED, hub.at(TARGET, arm_id))


def _keys(view: View) -> list[str]:
    """The customer's keys; none of them is how the provider's key is told ("Configure customer-managed keys")."""
    documented(view, EVENT_KEYS)
    found = view.each(KEYS, missing=True)
    return [key.at("/keyName", key_in(key.at("/keyVaultUri", text))) for key in found]


def _owner(view: View) -> KeyOwner:
    return KeyOwner.CUSTOMER if _keys(view) else KeyOwner.PROVIDER


def _key(view: View) -> str:
    match _keys(view):
        case []:
            return "provider"
        case [key]:
            return key
    raise NotKnown(Unknown(Reason.UNDECIDED, "the namespace names several keys"))


COMMON: tuple[Answer, ...] = (
    TAGS,
    HOMES,
    EncryptionAtRest.owner.by(_owner, *KEY_PATHS),
    EncryptionAtRest.key.by(_key, *KEY_PATHS),
    EncryptionInTransit.minimum_tls.at("item:/properties/minimumTlsVersion", DOTTED),
    CERTIFICATE,
)
WITHOUT: dict[type[Facet], str] = {
    Backup: "Azure makes no backups of messages; how long they are kept is the retention of each entity",
    Lineage: "a namespace is filled by its senders, never copied or restored from another",
    LogStore: "a namespace passes messages on, and is not a store of logs",
    Trust: BY_ROLES,
}
EVENT_HUBS = listed(
    "azure.eventhub.namespace",
    EVENTS,
    (
        *COMMON,
        *at_rest(EVENT_KEYS),
        Location.copies.items(_events, *REPLICA_PATHS, *CAPTURE_PATHS),
        EncryptionInTransit.plaintext.documented(False, EVENT_SECURITY),
        # Every request needs a signature or a token of Entra.
        Exposure.public.documented(False, EVENT_TOKENS),
    ),
    ask={"hubs": child(f"{EVENTS}/eventhubs/read", "eventhubs", EVENTS_VERSION, items="/value")},
    without=WITHOUT,
    unordered=(KEYS, REPLICAS, HUBS),
)
SERVICE_BUS = listed(
    "azure.servicebus.namespace",
    BUS,
    (
        *COMMON,
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, MODELS),
        EncryptionAtRest.algorithms.unseen("the documents name the storage, and so the cipher, of one tier only"),
        Location.copies.items(_replicas, *REPLICA_PATHS),
        EncryptionInTransit.plaintext.documented(False, BUS_SECURITY),
        # Every request needs a signature or a token of Entra.
        Exposure.public.documented(False, BUS_TOKENS),
    ),
    without=WITHOUT,
    unordered=(KEYS, REPLICAS),
)
TYPES = (EVENT_HUBS, SERVICE_BUS)
