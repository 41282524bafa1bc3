"""Azure Storage accounts.

Documents relied upon: the models StorageAccountProperties and BlobServicePropertiesProperties of azure-mgmt-storage,
and on learn.microsoft.com/azure/storage: "Azure Storage encryption for data at rest", "Azure Storage redundancy",
"Soft delete for blobs", "Point-in-time restore for block blobs", "Static website hosting".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.collect.model import ResourceType
from scanner.facts import (
    JSON,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    Duration,
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
    Plan,
    PlanKind,
    Reason,
    Tls,
    Unknown,
    View,
    flag,
    no,
    text,
    whole,
)
from scanner.providers.azure.graph import (
    EDGE_HOMES,
    ENGINE,
    ID,
    PLACED,
    RESOURCES,
    TAGS,
    child,
    documented,
    home,
    only,
    placed,
    seen,
    words,
)

NATIVE, VERSION = "microsoft.storage/storageaccounts", "2026-09-01"
ENCRYPTED = "https://learn.microsoft.com/azure/storage/common/storage-service-encryption"
SOFT_DELETE = "https://learn.microsoft.com/azure/storage/blobs/soft-delete-blob-overview"

SKU, SECONDARY = "item:/sku/name", "item:/properties/secondaryLocation"
KEY_SOURCE = "item:/properties/encryption/keySource"
KIND = "item:/kind"
KEY_TYPES = tuple(f"item:/properties/encryption/services/{service}/keyType" for service in ("queue", "table"))
VAULT = "item:/properties/encryption/keyvaultproperties/keyvaulturi"
KEY_NAME = "item:/properties/encryption/keyvaultproperties/keyname"
NETWORK, ANONYMOUS = "item:/properties/publicNetworkAccess", "item:/properties/allowBlobPublicAccess"
WEBSITE = "blob:/properties/staticWebsite/enabled"
NAME, REPLICATION = "item:/name", "replication:/value"
REPLICATION_PATHS = tuple(f"{REPLICATION}/*/properties/{side}Account" for side in ("source", "destination"))
POLICIES = ("deleteRetentionPolicy", "containerDeleteRetentionPolicy", "restorePolicy")
POLICY_PATHS = tuple(f"blob:/properties/{policy}/{part}" for policy in POLICIES for part in ("enabled", "days"))

# Whether Azure copies the account's data to the secondary region.
GEO = dict.fromkeys(("lrs", "zrs"), False) | dict.fromkeys(("grs", "ragrs", "gzrs", "ragzrs"), True)
OWNERS = words({"Microsoft.Storage": KeyOwner.PROVIDER, "Microsoft.Keyvault": KeyOwner.CUSTOMER})
HAS_QUEUES = words(
    {"StorageV2": True, "Storage": True, "BlobStorage": False, "BlockBlobStorage": False, "FileStorage": False}
)
ACCOUNT_KEY = words({"Account": True, "Service": False})
TLS = words({"TLS1_0": Tls.V1_0, "TLS1_1": Tls.V1_1, "TLS1_2": Tls.V1_2, "TLS1_3": Tls.V1_3})
CLOSED = words({"Disabled": True, "Enabled": False, "SecuredByPerimeter": False})


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


def _is_geo(view: View) -> bool:
    return view.at(SKU, lambda value: GEO[text(value).lower().partition("_")[2]])


def _copies(view: View) -> Iterator[Copy | Unknown]:
    geo = seen(lambda: _is_geo(view))
    if isinstance(geo, Unknown):
        yield geo
    elif geo:
        yield Copy(CopyKind.GEO_PAIR, seen(lambda: view.at(SECONDARY, home)))
    for policy in view.each(REPLICATION):
        destination = seen(partial(policy.at, "/properties/destinationAccount", _account))
        if isinstance(destination, Unknown):
            yield destination
        elif not _is_own(view, destination):
            yield Copy(CopyKind.REPLICA, ENGINE, destination)


def _origins(view: View) -> Iterator[Origin | Unknown]:
    for policy in view.each(REPLICATION):
        if _is_own(view, policy.at("/properties/destinationAccount", _account)):
            yield Origin(policy.at("/properties/sourceAccount", _account), ENGINE)


def _account(value: JSON) -> str:
    """The other account: its id, or only its name where replication across tenants is allowed."""
    return text(value).lower()


def _is_own(view: View, account: str) -> bool:
    return account.rpartition("/")[2] == view.at(NAME, text).lower()


def _places(view: View) -> tuple[str, ...]:
    homes = (placed(view),)
    return (*homes, view.at(SECONDARY, home)) if _is_geo(view) else homes


def _key(view: View) -> str:
    if view.at(KEY_SOURCE, OWNERS) is KeyOwner.PROVIDER:
        return "provider"
    return f"{view.at(VAULT, text).rstrip('/')}/keys/{view.at(KEY_NAME, text)}"


def _public(view: View) -> bool:
    """Whether anybody may read blobs without a key or an identity.

    A missing `allowBlobPublicAccess` is not decided: Microsoft documents it as false for new accounts, and as true for
    those that never set it. A static website is served to everybody whatever that setting says.
    """
    # Optional in the model; anything but "Disabled" lets public networks in, so a missing one does not settle it.
    if view.at(NETWORK, CLOSED, missing=False):
        return False
    if view.at(ANONYMOUS, flag):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "containers may be public, and their access levels are not read"))
    return view.at(WEBSITE, flag)


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """Soft delete keeps what is deleted or overwritten; point-in-time restore brings back any moment."""
    yield Unknown(Reason.NOT_ASKED, "what backup vaults cover is not resolved, nor is soft delete of shares read")
    for policy in POLICIES:
        plan = seen(partial(_plan, view, policy))
        if plan is not None:
            yield plan


def _plan(view: View, policy: str) -> Plan | None:
    # The reply always has the policy of blobs. The other two are off, and missing, until somebody turns them on.
    path = f"blob:/properties/{policy}/enabled"
    on = view.at(path, flag) if policy == "deleteRetentionPolicy" else view.at(path, flag, missing=False)
    if not on:
        return None
    documented(view, SOFT_DELETE)
    continuous = policy == "restorePolicy"
    return Plan(
        kind=PlanKind.CONTINUOUS if continuous else PlanKind.SNAPSHOT,
        retention=seen(lambda: Duration.of(view.at(f"blob:/properties/{policy}/days", whole))),
        every=Duration.of(0) if continuous else Unknown(Reason.UNDECIDED, "soft delete has no interval"),
        places=seen(lambda: _places(view)),
        encrypted=True,
        immutable=False,
    )


ACCOUNT = ResourceType(
    "azure.storage.account",
    native=NATIVE,
    kind=Kind.DATA,
    each=RESOURCES,
    only=only(NATIVE),
    id=ID,
    label="/name",
    region="/location",
    unordered=(REPLICATION,),
    ask={
        "replication": child(
            "Microsoft.Storage/storageAccounts/objectReplicationPolicies/read",
            "objectReplicationPolicies",
            VERSION,
            items="/value",
        ),
        "blob": child("Microsoft.Storage/storageAccounts/blobServices/read", "blobServices/default", VERSION),
    },
    facts=(
        TAGS,
        EDGE_HOMES,
        Location.copies.items(_copies, SKU, SECONDARY, NAME, *REPLICATION_PATHS),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.documented(frozenset({"AES-256"}), ENCRYPTED),
        EncryptionAtRest.owner.by(_owner, KEY_SOURCE, KIND, *KEY_TYPES),
        EncryptionAtRest.key.by(_key, KEY_SOURCE, VAULT, KEY_NAME),
        # The default of an account depends on when it was made (model StorageAccountPropertiesCreateParameters: true
        # since API version 2019-04-01), so one that does not tell is not known.
        EncryptionInTransit.plaintext.at("item:/properties/supportsHttpsTrafficOnly", no),
        # "The default interpretation is TLS 1.0" (model StorageAccountProperties).
        EncryptionInTransit.minimum_tls.at("item:/properties/minimumTlsVersion", TLS, missing=Tls.V1_0),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is Microsoft's own"),
        Exposure.public.by(_public, NETWORK, ANONYMOUS, WEBSITE),
        Backup.plans.items(_plans, *POLICY_PATHS, SKU, SECONDARY, *PLACED),
        Lineage.origins.items(_origins, NAME, *REPLICATION_PATHS),
    ),
    without={LogStore: "an account stores objects; the stores of logs are workspaces"},
)
TYPES = (ACCOUNT,)
