"""Factories of Azure Data Factory, which keep definitions, the history of runs, and data while it is on its way.

Documents relied upon: the model FactoryProperties of azure-mgmt-datafactory, and on learn.microsoft.com/azure/
data-factory: "Encrypt Azure Data Factory with customer-managed keys", "Security considerations for data movement",
"Integration runtime", "Roles and permissions".
"""

from __future__ import annotations

from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    Reason,
    Trust,
    View,
    text,
)
from scanner.providers.azure.graph import HOMES, TAGS, documented
from scanner.providers.azure.parts import BY_ROLES, CERTIFICATE, key_in, listed

NATIVE = "Microsoft.DataFactory/factories"
KEYS = "https://learn.microsoft.com/azure/data-factory/enable-customer-managed-key"
ROLES = "https://learn.microsoft.com/azure/data-factory/concepts-roles-permissions"

VAULT, NAME = "item:/properties/encryption/vaultBaseUrl", "item:/properties/encryption/keyName"
ELSEWHERE = "what an integration runtime works on may lie in another region while it does, which is not told"
BY_PIPELINES = "a factory does not say which definitions were copied from another"


def _key(view: View) -> str:
    # Without a key of the customer's a factory is encrypted with a generated one of Microsoft's.
    if not view.at(VAULT, text, missing=""):
        documented(view, KEYS)
        return "provider"
    return view.at(NAME, key_in(view.at(VAULT, text)))


def _owner(view: View) -> KeyOwner:
    return KeyOwner.PROVIDER if _key(view) == "provider" else KeyOwner.CUSTOMER


FACTORY = listed(
    "azure.datafactory.factory",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.gap(ELSEWHERE, Reason.UNDECIDED),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, KEYS),
        EncryptionAtRest.algorithms.unseen("the documents of the service name no cipher"),
        EncryptionAtRest.owner.by(_owner, VAULT, NAME),
        EncryptionAtRest.key.by(_key, VAULT, NAME),
        EncryptionInTransit.plaintext.unseen("whether its linked services take plain connections is not read"),
        EncryptionInTransit.minimum_tls.unseen("no setting of a factory tells the lowest TLS version"),
        CERTIFICATE,
        # Every request needs a token of Entra.
        Exposure.public.documented(False, ROLES),
        Lineage.origins.gap(BY_PIPELINES),
    ),
    without={
        Backup: "Azure makes no backups of a factory; its definitions can be kept in a repository",
        LogStore: "a factory is not a store of logs",
        Trust: BY_ROLES,
    },
)
TYPES = (FACTORY,)
