"""Azure Storage accounts.

Who is let in by name, and which backups an account makes of itself, are told in `storagetrust` and `storagebackup`.

Documents relied upon: the models StorageAccountProperties, BlobServicePropertiesProperties, ContainerProperties and
FileServicePropertiesProperties of azure-mgmt-storage, and on learn.microsoft.com/azure/storage: "Azure Storage
encryption for data at rest", "Azure Storage redundancy", "Require secure transfer", "Static website hosting",
"Configure anonymous read access for containers and blobs", "NFS 3.0 protocol support for Blob Storage".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from scanner.collect.model import ResourceType
from scanner.facts import (
    JSON,
    UNRESOLVED,
    AtRest,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Reason,
    Tls,
    Unknown,
    View,
    flag,
    no,
    text,
)
from scanner.providers.azure import storagebackup, storagetrust
from scanner.providers.azure.graph import (
    DATA_PROTECTION,
    EDGE_HOMES,
    ID,
    RECOVERY,
    RESOURCES,
    TAGS,
    child,
    home,
    only,
    seen,
    words,
)
from scanner.providers.azure.parts import any_true, key_in, network_lets_everybody
from scanner.providers.azure.storagebackup import HAS_FILES, KIND, SECONDARY, SKU

NATIVE, VERSION = "microsoft.storage/storageaccounts", "2026-09-01"
ENCRYPTED = "https://learn.microsoft.com/azure/storage/common/storage-service-encryption"

KEY_SOURCE = "item:/properties/encryption/keySource"
KEY_TYPES = tuple(f"item:/properties/encryption/services/{service}/keyType" for service in ("queue", "table"))
VAULT = "item:/properties/encryption/keyvaultproperties/keyvaulturi"
KEY_NAME = "item:/properties/encryption/keyvaultproperties/keyname"
NETWORK, ANONYMOUS = "item:/properties/publicNetworkAccess", "item:/properties/allowBlobPublicAccess"
WEBSITE = "blob:/properties/staticWebsite/enabled"
CONTAINERS, LEVEL = "containers:/value", "/properties/publicAccess"
FIREWALL, RULES = "item:/properties/networkAcls/defaultAction", "item:/properties/networkAcls/ipRules"
SECURE, NFS = "item:/properties/supportsHttpsTrafficOnly", "item:/properties/isNfsV3Enabled"
SHARES = tuple(f"files:/properties/protocolSettings/{name}/encryptionInTransit/required" for name in ("smb", "nfs"))
NAME, REPLICATION = "item:/name", "replication:/value"
REPLICATION_PATHS = tuple(f"{REPLICATION}/*/properties/{side}Account" for side in ("source", "destination"))
OWNERS = words({"Microsoft.Storage": KeyOwner.PROVIDER, "Microsoft.Keyvault": KeyOwner.CUSTOMER})
HAS_QUEUES = words(
    {"StorageV2": True, "Storage": True, "BlobStorage": False, "BlockBlobStorage": False, "FileStorage": False}
)
ACCOUNT_KEY = words({"Account": True, "Service": False})
TLS = words({"TLS1_0": Tls.V1_0, "TLS1_1": Tls.V1_1, "TLS1_2": Tls.V1_2, "TLS1_3": Tls.V1_3})
CLOSED = words({"Disabled": True, "Enabled": False, "SecuredByPerimeter": False})
PERIMETER = words({"SecuredByPerimeter": True, "Enabled": False})
INSIDE = Unknown(Reason.NOT_ASKED, "the perimeter that the account is in decides, and is not read")


def _owner(view: View) -> KeyOwner:
    """Queues and tables use the account's key only where their key type is Account; otherwise they keep Microsoft's
    (model EncryptionService).
    """
    owner = view.at(KEY_SOURCE, OWNERS)
    if owner is KeyOwner.CUSTOMER and view.at(KIND, HAS_QUEUES) and not all(_by_account(view)):
        why = "its queues and tables are not all encrypted with the account's key, and which hold data is not told"
        raise NotKnown(Unknown(Reason.UNDECIDED, why))
    return owner


def _by_account(view: View) -> list[bool]:
    return [view.at(path, ACCOUNT_KEY, missing=False) for path in KEY_TYPES]


def _copies(view: View) -> Iterator[Copy | Unknown]:
    geo = seen(lambda: storagebackup.is_geo(view))
    if isinstance(geo, Unknown):
        yield geo
    elif geo:
        yield Copy(CopyKind.GEO_PAIR, seen(lambda: view.at(SECONDARY, home)))
    for policy in view.each(REPLICATION):
        destination = seen(partial(policy.at, "/properties/destinationAccount", _account))
        if isinstance(destination, Unknown):
            yield destination
        elif not _is_own(view, destination):
            yield Copy(CopyKind.REPLICA, UNRESOLVED, destination)


def _origins(view: View) -> Iterator[Origin | Unknown]:
    for policy in view.each(REPLICATION):
        if _is_own(view, policy.at("/properties/destinationAccount", _account)):
            yield Origin(policy.at("/properties/sourceAccount", _account), UNRESOLVED)


def _account(value: JSON) -> str:
    """The other account: its id, or only its name where replication across tenants is allowed."""
    return text(value).lower()


def _is_own(view: View, account: str) -> bool:
    return account.rpartition("/")[2] == view.at(NAME, text).lower()


def _key(view: View) -> str:
    if view.at(KEY_SOURCE, OWNERS) is KeyOwner.PROVIDER:
        return "provider"
    return view.at(KEY_NAME, key_in(view.at(VAULT, text)))


def _public(view: View) -> bool:
    """Whether anybody may read blobs without a key or an identity.

    A missing `allowBlobPublicAccess` is not decided: Microsoft documents it as false for new accounts, and as true for
    those that never set it. A static website is served to everybody whatever that setting says.
    """
    # Optional in the model; anything but "Disabled" lets public networks in, so a missing one does not settle it.
    if view.at(NETWORK, CLOSED, missing=False) or view.at(KIND, text).lower() == "filestorage":
        return False
    return any_true(_open(view)) and _lets_everybody(view)


def _open(view: View) -> Iterator[bool | Unknown]:
    yield seen(lambda: _is_anonymous(view))
    yield seen(lambda: view.at(WEBSITE, flag))


def _is_anonymous(view: View) -> bool:
    """Whether a container may be read without a key or an identity."""
    if not view.at(ANONYMOUS, flag):
        return False
    levels = words({"None": False, "Blob": True, "Container": True})
    return any_true(seen(partial(each.at, LEVEL, levels)) for each in view.each(CONTAINERS))


def _lets_everybody(view: View) -> bool:
    """Whether the account's firewall lets everybody in. It lets all in unless it says otherwise (model
    NetworkRuleSet), and knows networks of IPv4 alone. A perimeter decides instead of it where there is one.
    """
    if view.at(NETWORK, PERIMETER, missing=False):
        raise NotKnown(INSIDE)
    if not view.at(FIREWALL, words({"Allow": False, "Deny": True}), missing=False):
        return True
    return any_true(seen(partial(rule.at, "/value", network_lets_everybody)) for rule in view.each(RULES))


def _plaintext(view: View) -> bool:
    """Over HTTP, over NFS 3.0, which does not encrypt, or by a share that does not ask for it. A protocol of shares
    without a setting of its own does as the account does ("Require secure transfer").

    The default of an account depends on when it was made (model StorageAccountPropertiesCreateParameters: true since
    API version 2019-04-01), so one that does not tell is not known.
    """
    ways = [seen(lambda: view.at(SECURE, no)), seen(lambda: view.at(NFS, flag, missing=False))]
    files = seen(lambda: view.at(KIND, HAS_FILES))
    if files is not False:
        ways += [seen(partial(view.at, path, no, missing=False)) for path in SHARES]
    return any_true(ways)


ACCOUNT = ResourceType(
    "azure.storage.account",
    native=NATIVE,
    kind=Kind.DATA,
    each=RESOURCES,
    only=only(NATIVE),
    id=ID,
    label="/name",
    region="/location",
    unordered=(REPLICATION, CONTAINERS, RULES, storagebackup.RULES, storagetrust.RESOURCES),
    ask={
        "replication": child(
            "Microsoft.Storage/storageAccounts/objectReplicationPolicies/read",
            "objectReplicationPolicies",
            VERSION,
            items="/value",
        ),
        "blob": child("Microsoft.Storage/storageAccounts/blobServices/read", "blobServices/default", VERSION),
        "containers": child(
            "Microsoft.Storage/storageAccounts/blobServices/containers/read",
            "blobServices/default/containers",
            VERSION,
            items="/value",
        ),
        "files": child("Microsoft.Storage/storageAccounts/fileServices/read", "fileServices/default", VERSION),
        "lifecycle": replace(
            child("Microsoft.Storage/storageAccounts/managementPolicies/read", "managementPolicies/default", VERSION),
            # So ARM says that an account has no policy.
            absent=frozenset({"ManagementPolicyNotFound"}),
        ),
    },
    facts=(
        TAGS,
        EDGE_HOMES,
        Location.copies.items(_copies, SKU, SECONDARY, NAME, *REPLICATION_PATHS),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.documented(frozenset({"AES-256"}), ENCRYPTED),
        EncryptionAtRest.owner.by(_owner, KEY_SOURCE, KIND, *KEY_TYPES),
        EncryptionAtRest.key.by(_key, KEY_SOURCE, VAULT, KEY_NAME),
        EncryptionInTransit.plaintext.by(_plaintext, SECURE, NFS, KIND, *SHARES),
        # "The default interpretation is TLS 1.0" (model StorageAccountProperties).
        EncryptionInTransit.minimum_tls.at("item:/properties/minimumTlsVersion", TLS, missing=Tls.V1_0),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is Microsoft's own"),
        Exposure.public.by(
            _public, NETWORK, KIND, ANONYMOUS, WEBSITE, f"{CONTAINERS}/*{LEVEL}", FIREWALL, f"{RULES}/*/value"
        ),
        storagebackup.PLANS,
        storagetrust.GRANTEES,
        Lineage.origins.items(_origins, NAME, *REPLICATION_PATHS),
    ),
    without={LogStore: "an account stores objects; the stores of logs are workspaces"},
    covered_by=(DATA_PROTECTION, RECOVERY),
)
TYPES = (ACCOUNT,)
