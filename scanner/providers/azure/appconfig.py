"""App Configuration stores, which keep settings and, for a while, what they were before.

Documents relied upon: the models ConfigurationStore and Replica of azure-mgmt-appconfiguration, and on
learn.microsoft.com/azure/azure-app-configuration: "Use customer-managed keys to encrypt data", "Geo-replication",
"Soft delete", "Point-in-time key-values", "Authorize access using Microsoft Entra ID".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionInTransit,
    Exposure,
    Lineage,
    Location,
    LogStore,
    Plan,
    PlanKind,
    Reason,
    Trust,
    Unknown,
    View,
    flag,
    whole,
)
from scanner.providers.azure.graph import HOMES, TAGS, child, documented, home, seen
from scanner.providers.azure.parts import (
    BY_ROLES,
    CERTIFICATE,
    at_rest,
    listed,
    own_key,
)

NATIVE, VERSION = "Microsoft.AppConfiguration/configurationStores", "2024-06-01"
KEYS = "https://learn.microsoft.com/azure/azure-app-configuration/concept-customer-managed-keys"
TOKENS = "https://learn.microsoft.com/azure/azure-app-configuration/concept-enable-rbac"
SOFT_DELETE = "https://learn.microsoft.com/azure/azure-app-configuration/concept-soft-delete"

KEY = "item:/properties/encryption/keyVaultProperties/keyIdentifier"
DAYS, PURGE = "item:/properties/softDeleteRetentionInDays", "item:/properties/enablePurgeProtection"
SECONDS = "item:/properties/defaultKeyValueRevisionRetentionPeriodInSeconds"
REPLICAS = "replicas:/value"
PLACES = ("item:/location", f"{REPLICAS}/*/location")


def _copies(view: View) -> Iterator[Copy | Unknown]:
    for replica in view.each(REPLICAS):
        yield Copy(CopyKind.REPLICA, seen(partial(replica.at, "/location", home)))


def _places(view: View) -> tuple[str, ...]:
    return (view.at("item:/location", home), *(replica.at("/location", home) for replica in view.each(REPLICAS)))


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """Soft delete keeps a deleted store; its revisions bring back what a setting was at any moment."""
    documented(view, SOFT_DELETE)
    places = seen(lambda: _places(view))
    days = seen(lambda: view.at(DAYS, whole))
    if days != 0:
        yield Plan(
            kind=PlanKind.SNAPSHOT,
            retention=days if isinstance(days, Unknown) else Duration.of(days),
            every=Unknown(Reason.UNDECIDED, "soft delete has no interval"),
            places=places,
            encrypted=True,
            immutable=seen(lambda: view.at(PURGE, flag)),
        )
    yield Plan(
        kind=PlanKind.CONTINUOUS,
        retention=seen(lambda: Duration.of(view.at(SECONDS, whole), "second")),
        every=Duration.of(0),
        places=places,
        encrypted=True,
        immutable=False,
    )


STORE = listed(
    "azure.appconfiguration.store",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, f"{REPLICAS}/*/location"),
        *at_rest(KEYS),
        *own_key(KEY, KEYS),
        EncryptionInTransit.plaintext.unseen("the documents of the store do not say that it refuses plain HTTP"),
        EncryptionInTransit.minimum_tls.unseen("no setting of a store tells the lowest TLS version"),
        CERTIFICATE,
        # Every request needs a signature or a token of Entra.
        Exposure.public.documented(False, TOKENS),
        Backup.plans.items(_plans, DAYS, PURGE, SECONDS, *PLACES),
        Lineage.origins.gap("Azure does not tell from where settings were imported"),
    ),
    ask={"replicas": child(f"{NATIVE}/replicas/read", "replicas", VERSION, items="/value")},
    without={LogStore: "a store of settings is not a store of logs", Trust: BY_ROLES},
    unordered=(REPLICAS,),
)
TYPES = (STORE,)
