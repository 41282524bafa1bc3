"""Azure Managed Redis and the Enterprise tiers of Azure Cache for Redis: clusters, and the databases in them.

A database keeps its data in memory; what persistence writes lies on encrypted disks of the cluster, and is no backup.
Databases of several clusters may be linked: each then holds the data of all, and is written to at any of them.

Documents relied upon: the models Cluster and Database of azure-mgmt-redisenterprise, and on learn.microsoft.com/azure/
redis: "Configure disk encryption for Azure Managed Redis", "Configure data persistence".
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
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Reason,
    Trust,
    Unknown,
    View,
    text,
)
from scanner.providers.azure.graph import HOMES, TAGS, arm_id, child, documented, seen, words
from scanner.providers.azure.parts import BY_ROLES, CERTIFICATE, CLOSED, DOTTED, NETWORK, any_true, key_uri, listed

NATIVE, VERSION = "Microsoft.Cache/redisEnterprise", "2025-07-01"
DISKS = "https://learn.microsoft.com/azure/redis/how-to-encryption"

OWN, SKU = "item:/id", "item:/sku/name"
KEY = "item:/properties/encryption/customerManagedKeyEncryption/keyEncryptionKeyUrl"
DATABASES = "databases:/value"
LINKS = "/properties/geoReplication/linkedDatabases"
PROTOCOL = "/properties/clientProtocol"
LINK_PATHS = (OWN, f"{DATABASES}/*{LINKS}/*/id")
PLAIN = words({"Plaintext": True, "Encrypted": False})
ON_FLASH = "part of the data lies on flash disks, which are encrypted with Microsoft's key alone"


def _linked(view: View) -> Iterator[str | Unknown]:
    """The other clusters with databases that are linked to those of this one."""
    own = view.at(OWN, arm_id)
    for database in view.each(DATABASES):
        for link in database.each(LINKS, missing=True):
            found = seen(partial(link.at, "/id", lambda value: arm_id(value).partition("/databases/")[0]))
            if found != own:
                yield found


def _copies(view: View) -> Iterator[Copy | Unknown]:
    for cluster in dict.fromkeys(_linked(view)):
        yield cluster if isinstance(cluster, Unknown) else Copy(CopyKind.REPLICA, UNRESOLVED, cluster)


def _origins(view: View) -> Iterator[Origin | Unknown]:
    for cluster in dict.fromkeys(_linked(view)):
        yield cluster if isinstance(cluster, Unknown) else Origin(cluster, UNRESOLVED)
    yield Unknown(Reason.NOT_ASKED, "Azure does not tell which files were imported into a database")


def _owner(view: View) -> KeyOwner:
    key = view.at(KEY, text, missing="")
    if not key:
        documented(view, DISKS)
        return KeyOwner.PROVIDER
    if "flash" in view.at(SKU, text).lower():
        raise NotKnown(Unknown(Reason.UNDECIDED, ON_FLASH))
    return KeyOwner.CUSTOMER


def _key(view: View) -> str:
    return "provider" if _owner(view) is KeyOwner.PROVIDER else view.at(KEY, key_uri)


def _plaintext(view: View) -> bool:
    # "Default is TLS-encrypted" (model Database).
    return any_true(seen(partial(each.at, PROTOCOL, PLAIN, missing=False)) for each in view.each(DATABASES))


CLUSTER = listed(
    "azure.redis.enterprise",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.items(_copies, *LINK_PATHS),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, DISKS),
        EncryptionAtRest.algorithms.unseen("the documents of the service name no cipher"),
        EncryptionAtRest.owner.by(_owner, KEY, SKU),
        EncryptionAtRest.key.by(_key, KEY, SKU),
        EncryptionInTransit.plaintext.by(_plaintext, f"{DATABASES}/*{PROTOCOL}"),
        EncryptionInTransit.minimum_tls.at("item:/properties/minimumTlsVersion", DOTTED),
        CERTIFICATE,
        # Null is told of older clusters only, and nothing says what it means for them (model Cluster).
        Exposure.public.at(NETWORK, lambda value: not CLOSED(value)),
        Backup.plans.gap("exports, which are the backups of a database, are made by a call and not told afterwards"),
        Lineage.origins.items(_origins, *LINK_PATHS),
    ),
    ask={"databases": child(f"{NATIVE}/databases/read", "databases", VERSION, items="/value")},
    without={LogStore: "a cache is not a store of logs", Trust: BY_ROLES},
    unordered=(DATABASES,),
)
TYPES = (CLUSTER,)
