"""Topics and domains of Event Grid: copied to the paired region unless bound to their own.

Documents relied upon: the models Topic, Domain, EventSubscription and StorageBlobDeadLetterDestination of
azure-mgmt-eventgrid, and on learn.microsoft.com/azure/event-grid: "Authenticate event delivery" (encryption at rest),
"Configure the minimum TLS version", "Authenticate publishing clients", "Data residency".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from scanner.collect.model import ResourceType
from scanner.facts import (
    UNRESOLVED,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    Node,
    Reason,
    Trust,
    Unknown,
    View,
    always,
)
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, child, home, pair_of, seen, words
from scanner.providers.azure.parts import (
    BY_ROLES,
    CERTIFICATE,
    DOTTED,
    LOCATION,
    listed,
)

VERSION = "2025-02-15"
KEYS = "https://learn.microsoft.com/azure/event-grid/security-authentication"
TLS = "https://learn.microsoft.com/azure/event-grid/transport-layer-security-configure-minimum-version"
TOKENS = "https://learn.microsoft.com/azure/event-grid/security-authenticate-publishing-clients"

BOUNDARY = "item:/properties/dataResidencyBoundary"
SUBSCRIPTIONS = "subscriptions:/value"
DEAD_LETTERS = (
    "/properties/deadLetterDestination/properties/resourceId",
    "/properties/deadLetterWithResourceIdentity/deadLetterDestination/properties/resourceId",
)
TARGETS = ("/properties/destination", "/properties/deliveryWithResourceIdentity/destination")
COPY_PATHS = (*DEAD_LETTERS, *(f"{path}/properties/resourceId" for path in TARGETS))
AWAY = Unknown(Reason.UNDECIDED, "a subscription sends events to an endpoint that is no resource of Azure")
NO_TARGET = Unknown(Reason.SHAPE, "a subscription names no destination")
OF_TOPICS = Unknown(Reason.NOT_ASKED, "subscriptions to the topics in a domain are listed for each topic, and not read")
PAIRED = words({"WithinGeopair": True, "WithinRegion": False})


def _copies(view: View) -> Iterator[Copy | Unknown]:
    paired = seen(lambda: view.at(BOUNDARY, PAIRED))
    if isinstance(paired, Unknown):
        yield paired
    elif paired:
        yield Copy(CopyKind.GEO_PAIR, seen(lambda: pair_of(view.at(LOCATION, home))))
    for subscription in view.each(SUBSCRIPTIONS):
        yield from _dead_letters(subscription)
        yield from _delivered(subscription)


def _domain_copies(view: View) -> Iterator[Copy | Unknown]:
    yield from _copies(view)
    yield OF_TOPICS


def _delivered(subscription: Node) -> Iterator[Copy | Unknown]:
    """Where events are sent to: a resource of Azure, or an address that tells no place."""
    targets = [path for path in TARGETS if subscription.at(path, always(True), missing=False)]
    if not targets:
        yield NO_TARGET
    for path in targets:
        ref = seen(partial(subscription.at, f"{path}/properties/resourceId", arm_id, missing=AWAY))
        yield ref if isinstance(ref, Unknown) else Copy(CopyKind.REPLICA, UNRESOLVED, ref)


def _dead_letters(subscription: Node) -> Iterator[Copy | Unknown]:
    """Where events are kept that could not be delivered: nowhere, unless the subscription names a storage account."""
    for path in DEAD_LETTERS:
        ref = seen(partial(subscription.at, path, arm_id, missing=""))
        if ref:
            yield ref if isinstance(ref, Unknown) else Copy(CopyKind.LOG_SINK, UNRESOLVED, ref)


def _of(name: str, native: str, copies: Callable[[View], Iterator[Copy | Unknown]]) -> ResourceType:
    return listed(
        name,
        native,
        (
            TAGS,
            HOMES,
            Location.copies.items(copies, BOUNDARY, LOCATION, *(f"{SUBSCRIPTIONS}/*{path}" for path in COPY_PATHS)),
            EncryptionAtRest.state.documented(AtRest.ENCRYPTED, KEYS),
            EncryptionAtRest.algorithms.unseen("the documents of Event Grid name no cipher"),
            EncryptionAtRest.owner.documented(KeyOwner.PROVIDER, KEYS),
            EncryptionAtRest.key.documented("provider", KEYS),
            EncryptionInTransit.plaintext.documented(False, TLS),
            EncryptionInTransit.minimum_tls.at("item:/properties/minimumTlsVersionAllowed", DOTTED),
            CERTIFICATE,
            # Every publisher needs a key, a signature or a token of Entra.
            Exposure.public.documented(False, TOKENS),
        ),
        ask={
            "subscriptions": child(
                "Microsoft.EventGrid/eventSubscriptions/read",
                "providers/Microsoft.EventGrid/eventSubscriptions",
                VERSION,
                items="/value",
            )
        },
        without={
            Backup: "Azure makes no backups of events, which it retries for a day at most",
            Lineage: "it is filled by its publishers, never copied or restored from another",
            LogStore: "it passes events on, and is not a store of logs",
            Trust: BY_ROLES,
        },
        unordered=(SUBSCRIPTIONS,),
    )


TOPIC = _of("azure.eventgrid.topic", "Microsoft.EventGrid/topics", _copies)
DOMAIN = _of("azure.eventgrid.domain", "Microsoft.EventGrid/domains", _domain_copies)
TYPES = (TOPIC, DOMAIN)
