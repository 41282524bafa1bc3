"""Accounts of Azure AI services, Azure OpenAI among them.

An account keeps its data in its own place; where a prompt is processed is a matter of each deployment.

Documents relied upon: the models AccountProperties, MultiRegionSettings and Deployment of
azure-mgmt-cognitiveservices, and on learn.microsoft.com/azure: "Azure AI services security", "Azure AI services
encryption of data at rest", "Deployment types for Azure OpenAI".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    UNRESOLVED,
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
    Reason,
    Tls,
    Trust,
    Unknown,
    View,
    text,
)
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, child, home, seen, words
from scanner.providers.azure.parts import BY_ROLES, CERTIFICATE, LOCATION, at_rest, key_in, listed

NATIVE, VERSION = "Microsoft.CognitiveServices/accounts", "2025-09-01"
SECURITY = "https://learn.microsoft.com/azure/ai-services/security-features"
KEYS = "https://learn.microsoft.com/azure/ai-services/encryption/cognitive-services-encryption-keys-portal"

KEY_SOURCE = "item:/properties/encryption/keySource"
KEY_VAULT = "item:/properties/encryption/keyVaultProperties/keyVaultUri"
KEY_NAME = "item:/properties/encryption/keyVaultProperties/keyName"
REGIONS, STORES = "item:/properties/locations/regions", "item:/properties/userOwnedStorage"
DEPLOYMENTS = "deployments:/value"
COPY_PATHS = (LOCATION, f"{REGIONS}/*/name", f"{STORES}/*/resourceId", f"{DEPLOYMENTS}/*/sku/name")

OWNERS = words({"Microsoft.CognitiveServices": KeyOwner.PROVIDER, "Microsoft.KeyVault": KeyOwner.CUSTOMER})
STAYS = words(
    dict.fromkeys(("Standard", "ProvisionedManaged"), True)
    | dict.fromkeys(("GlobalStandard", "GlobalBatch", "GlobalProvisionedManaged"), False)
    | dict.fromkeys(("DataZoneStandard", "DataZoneBatch", "DataZoneProvisionedManaged"), False)
)
"""Whether a deployment processes in the account's own region, rather than anywhere or in the whole data zone."""
AWAY = Unknown(Reason.UNDECIDED, "a deployment processes what it is sent in regions that Azure does not tell")


def _copies(view: View) -> Iterator[Copy | Unknown]:
    own = view.at(LOCATION, home)
    # One region, and no storage of the customer's, unless somebody adds some.
    for region in view.each(REGIONS, missing=True):
        place = seen(partial(region.at, "/name", home))
        if place != own:
            yield Copy(CopyKind.REPLICA, place)
    for store in view.each(STORES, missing=True):
        yield Copy(CopyKind.LOG_SINK, UNRESOLVED, store.at("/resourceId", arm_id))
    for deployment in view.each(DEPLOYMENTS):
        stays = seen(partial(deployment.at, "/sku/name", STAYS))
        if stays is not True:
            yield stays if isinstance(stays, Unknown) else AWAY


def _owner(view: View) -> KeyOwner:
    # Keys are Microsoft's unless the account names the customer's ("encryption of data at rest").
    return view.at(KEY_SOURCE, OWNERS, missing=KeyOwner.PROVIDER)


def _key(view: View) -> str:
    if _owner(view) is KeyOwner.PROVIDER:
        return "provider"
    return view.at(KEY_NAME, key_in(view.at(KEY_VAULT, text)))


ACCOUNT = listed(
    "azure.cognitiveservices.account",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, *COPY_PATHS),
        *at_rest(KEYS),
        EncryptionAtRest.owner.by(_owner, KEY_SOURCE),
        EncryptionAtRest.key.by(_key, KEY_SOURCE, KEY_VAULT, KEY_NAME),
        EncryptionInTransit.plaintext.documented(False, SECURITY),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, SECURITY),
        CERTIFICATE,
        # Every request needs a key or a token of Entra.
        Exposure.public.documented(False, SECURITY),
        Lineage.origins.gap("Azure does not tell which files a model was tuned with"),
    ),
    ask={"deployments": child(f"{NATIVE}/deployments/read", "deployments", VERSION, items="/value")},
    without={
        Backup: "Azure makes no backups of an account",
        LogStore: "an account is not a store of logs",
        Trust: BY_ROLES,
    },
    unordered=(REGIONS, STORES, DEPLOYMENTS),
)
TYPES = (ACCOUNT,)
