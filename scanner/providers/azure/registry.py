"""Container registries.

Documents relied upon: the models RegistryProperties, EncryptionProperty and Replication of
azure-mgmt-containerregistry, and on learn.microsoft.com/azure/container-registry: "Container registry storage",
"Overview of customer-managed keys", "Anonymous pull access", "Geo-replication".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    UNRESOLVED,
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
    Origin,
    Reason,
    Trust,
    Unknown,
    View,
    flag,
)
from scanner.places import place
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, child, documented, home, seen, words
from scanner.providers.azure.parts import (
    BY_ROLES,
    CERTIFICATE,
    CLOSED,
    LOCATION,
    NETWORK,
    any_true,
    key_uri,
    listed,
    network_lets_everybody,
)

NATIVE, VERSION = "Microsoft.ContainerRegistry/registries", "2025-11-01"
STORAGE = "https://learn.microsoft.com/azure/container-registry/container-registry-storage"
KEYS = "https://learn.microsoft.com/azure/container-registry/tutorial-enable-customer-managed-keys"
PULL = "https://learn.microsoft.com/azure/container-registry/container-registry-authentication"

ENCRYPTED = "item:/properties/encryption/status"
KEY = "item:/properties/encryption/keyVaultProperties/keyIdentifier"
ANYBODY = "item:/properties/anonymousPullEnabled"
DEFAULT, RULES = "item:/properties/networkRuleSet/defaultAction", "item:/properties/networkRuleSet/ipRules"
REPLICATIONS = "replications:/value"
CONFINED = frozenset({"azure:brazilsouth", "azure:southeastasia"})
"""Regions from which no registry data is stored in the paired one ("Container registry storage")."""


def _copies(view: View) -> Iterator[Copy | Unknown]:
    """The replications, of which one may be the registry's own; and what Azure keeps in the pair, if anything."""
    own = view.at(LOCATION, home)
    known = place(own)
    if own not in CONFINED and (known is None or known.pair):
        documented(view, STORAGE)
        pair = known.pair if known else "another region"
        yield Unknown(Reason.UNDECIDED, f"Azure may store data of the registry in {pair} too, and does not tell")
    for replication in view.each(REPLICATIONS):
        where = seen(partial(replication.at, "/location", home))
        if where != own:
            yield Copy(CopyKind.REPLICA, where)


def _owner(view: View) -> KeyOwner:
    # Encryption by the customer's key is off unless a premium registry turns it on ("customer-managed keys").
    owners = words({"enabled": KeyOwner.CUSTOMER, "disabled": KeyOwner.PROVIDER})
    return view.at(ENCRYPTED, owners, missing=KeyOwner.PROVIDER)


def _key(view: View) -> str:
    return "provider" if _owner(view) is KeyOwner.PROVIDER else view.at(KEY, key_uri)


def _public(view: View) -> bool:
    """Whether anybody may pull without a credential, and from where."""
    if not view.at(ANYBODY, flag) or view.at(NETWORK, CLOSED):
        return False
    # Only a premium registry has rules of its network; without them it is open to all networks.
    if view.at(DEFAULT, words({"Allow": True, "Deny": False}), missing=True):
        return True
    return any_true(seen(partial(rule.at, "/value", network_lets_everybody)) for rule in view.each(RULES))


def _registry(view: View) -> Iterator[Origin | Unknown]:
    """A replication is a child of the registry that it copies."""
    yield Origin(view.at("item:/id", lambda value: arm_id(value).rpartition("/replications/")[0]), UNRESOLVED)


WITHOUT: dict[type[Facet], str] = {
    Backup: "Azure makes no backups of a registry; its replications are copies",
    LogStore: "a registry is not a store of logs",
    Trust: BY_ROLES,
}
REGISTRY = listed(
    "azure.containerregistry.registry",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, LOCATION, f"{REPLICATIONS}/*/location"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, STORAGE),
        EncryptionAtRest.algorithms.unseen("the documents of the registry name no cipher"),
        EncryptionAtRest.owner.by(_owner, ENCRYPTED),
        EncryptionAtRest.key.by(_key, ENCRYPTED, KEY),
        EncryptionInTransit.plaintext.documented(False, PULL),
        EncryptionInTransit.minimum_tls.unseen("no setting of a registry tells the lowest TLS version"),
        CERTIFICATE,
        Exposure.public.by(_public, ANYBODY, NETWORK, DEFAULT, f"{RULES}/*/value"),
        Lineage.origins.gap("Azure does not tell from where images were imported or cached"),
    ),
    ask={"replications": child(f"{NATIVE}/replications/read", "replications", VERSION, items="/value")},
    without=WITHOUT,
    unordered=(REPLICATIONS, RULES),
)
REPLICATION = listed(
    "azure.containerregistry.replication",
    f"{NATIVE}/replications",
    (
        TAGS,
        HOMES,
        Location.copies.none("the registry tells its replications"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, STORAGE),
        EncryptionAtRest.algorithms.unseen("the documents of the registry name no cipher"),
        EncryptionAtRest.owner.unseen("the registry tells whose key it is"),
        EncryptionAtRest.key.unseen("the registry tells the key"),
        EncryptionInTransit.plaintext.documented(False, PULL),
        EncryptionInTransit.minimum_tls.unseen("no setting of a replication tells the lowest TLS version"),
        CERTIFICATE,
        Exposure.public.unseen("the registry tells who may pull"),
        Lineage.origins.items(_registry, "item:/id"),
    ),
    without=WITHOUT,
)
TYPES = (REGISTRY, REPLICATION)
