"""Workspaces of Azure Databricks. The files of a workspace lie in a storage account of its managed resource group,
which is a resource of its own; notebooks and results lie with Databricks.

Documents relied upon: the models WorkspaceProperties and EncryptionEntitiesDefinition of azure-mgmt-databricks, and on
learn.microsoft.com/azure/databricks: "Customer-managed keys for encryption", "Data security and encryption",
"Authentication and access control".
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
    NotKnown,
    Reason,
    Trust,
    Unknown,
    View,
    text,
)
from scanner.providers.azure.graph import HOMES, TAGS, documented, words
from scanner.providers.azure.parts import CERTIFICATE, key_in, listed

NATIVE = "Microsoft.Databricks/workspaces"
KEYS = "https://learn.microsoft.com/azure/databricks/security/keys/customer-managed-keys"
SECURITY = "https://learn.microsoft.com/azure/databricks/security/"
ACCESS = "https://learn.microsoft.com/azure/databricks/security/auth/"

MODE = "item:/properties/computeMode"
ENTITIES = "item:/properties/encryption/entities"
FILES = "item:/properties/parameters/encryption/value"
IS_SERVERLESS = words({"Serverless": True, "Hybrid": False})
SOURCES = words({"Microsoft.Keyvault": True, "Default": False})
PARTS = {
    f"{ENTITIES}/managedServices": ("keyVaultProperties/keyVaultUri", "keyVaultProperties/keyName"),
    f"{ENTITIES}/managedDisk": ("keyVaultProperties/keyVaultUri", "keyVaultProperties/keyName"),
    FILES: ("keyvaulturi", "KeyName"),
}
"""What is encrypted by a key of its own, and where the vault and the key are told: what lies with Databricks, the disks
of its machines, and the files of the workspace. The first alone is there in every workspace.
"""
PATHS = (MODE, *(f"{at}/{part}" for at, parts in PARTS.items() for part in ("keySource", *parts)))


def _keys(view: View) -> set[str]:
    """The keys of all parts, "" for one of Microsoft's, which is the default ("Customer-managed keys")."""
    documented(view, KEYS)
    # A workspace tells its mode since there are two of them; an older one is a hybrid.
    alone = view.at(MODE, IS_SERVERLESS, missing=False)
    parts = list(PARTS.items())[: 1 if alone else None]
    return {_key_of(view, at, vault, name) for at, (vault, name) in parts}


def _key_of(view: View, at: str, vault: str, name: str) -> str:
    if not view.at(f"{at}/keySource", SOURCES, missing=False):
        return ""
    return view.at(f"{at}/{name}", key_in(view.at(f"{at}/{vault}", text)))


def _owner(view: View) -> KeyOwner:
    return KeyOwner.CUSTOMER if all(_keys(view)) else KeyOwner.PROVIDER


def _key(view: View) -> str:
    keys = _keys(view)
    if len(keys) > 1:
        raise NotKnown(Unknown(Reason.UNDECIDED, "the parts of the workspace are encrypted with several keys"))
    return keys.pop() or "provider"


WORKSPACE = listed(
    "azure.databricks.workspace",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.gap("where Databricks itself keeps notebooks and results, and copies them, is not told"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, SECURITY),
        EncryptionAtRest.algorithms.unseen("the documents of the service do not name the cipher of every part"),
        EncryptionAtRest.owner.by(_owner, *PATHS),
        EncryptionAtRest.key.by(_key, *PATHS),
        EncryptionInTransit.plaintext.unseen("whether the machines of a cluster talk in the clear is set inside it"),
        EncryptionInTransit.minimum_tls.unseen("no setting of a workspace tells the lowest TLS version"),
        CERTIFICATE,
        # Every request needs a token of Entra or of the workspace.
        Exposure.public.documented(False, ACCESS),
        Backup.plans.gap("the history of tables and notebooks is kept inside the workspace, and is not read"),
        Lineage.origins.gap("Azure does not tell what was copied into a workspace"),
        Trust.grantees.gap("the users and shares of a workspace are told by Databricks alone"),
    ),
    without={LogStore: "a workspace is not a store of logs"},
)
TYPES = (WORKSPACE,)
