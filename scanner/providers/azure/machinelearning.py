"""Workspaces of Azure Machine Learning. Data, models and secrets lie in the storage account, the registry and the key
vault that a workspace names, which are resources of their own; its metadata lies with Microsoft.

Documents relied upon: the model Workspace of azure-mgmt-machinelearningservices, and on learn.microsoft.com/azure/
machine-learning: "Data encryption with Azure Machine Learning", "Set up authentication", "Customer-managed keys".
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
    Trust,
    View,
)
from scanner.providers.azure.graph import HOMES, TAGS, documented, words
from scanner.providers.azure.parts import BY_ROLES, CERTIFICATE, key_uri, listed

NATIVE = "Microsoft.MachineLearningServices/workspaces"
ENCRYPTED = "https://learn.microsoft.com/azure/machine-learning/concept-data-encryption"
TOKENS = "https://learn.microsoft.com/azure/machine-learning/how-to-setup-authentication"

STATUS = "item:/properties/encryption/status"
KEY = "item:/properties/encryption/keyVaultProperties/keyIdentifier"


def _owner(view: View) -> KeyOwner:
    # Keys are Microsoft's unless a workspace was made with the customer's ("Data encryption").
    owners = words({"Enabled": KeyOwner.CUSTOMER, "Disabled": KeyOwner.PROVIDER})
    documented(view, ENCRYPTED)
    return view.at(STATUS, owners, missing=KeyOwner.PROVIDER)


def _key(view: View) -> str:
    return "provider" if _owner(view) is KeyOwner.PROVIDER else view.at(KEY, key_uri)


WORKSPACE = listed(
    "azure.machinelearning.workspace",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.gap("where the endpoints and computers of the workspace lie is told by each of them"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.unseen("the documents of the service do not name the cipher of every part"),
        EncryptionAtRest.owner.by(_owner, STATUS),
        EncryptionAtRest.key.by(_key, STATUS, KEY),
        EncryptionInTransit.plaintext.unseen("whether an endpoint takes plain connections is told by the endpoint"),
        EncryptionInTransit.minimum_tls.unseen("no setting of a workspace tells the lowest TLS version"),
        CERTIFICATE,
        # Every request needs a token of Entra, or a key of an endpoint.
        Exposure.public.documented(False, TOKENS),
        Lineage.origins.gap("Azure does not tell what was copied into a workspace"),
    ),
    without={
        Backup: "Azure makes no backups of a workspace; its data lies in a storage account",
        LogStore: "a workspace is not a store of logs",
        Trust: BY_ROLES,
    },
)
TYPES = (WORKSPACE,)
