"""Clusters of Azure Data Explorer (Kusto), and their databases.

The data lies in Azure Storage; a cluster keeps what is queried most on the disks of its machines.

Documents relied upon: the models Cluster, Database and ClusterPrincipalAssignment of azure-mgmt-kusto, and on
learn.microsoft.com/azure/data-explorer: "Allow cross-tenant queries and commands", "Azure Data Explorer data
encryption", "Configure customer-managed keys", "Authentication".
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    UNRESOLVED,
    AtRest,
    Backup,
    Copy,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Facet,
    Grantee,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    Node,
    NotKnown,
    Origin,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    always,
    flag,
    text,
)
from scanner.providers.azure.graph import HOMES, TAGS, TENANT, arm_id, child, documented, seen
from scanner.providers.azure.parts import AES, CERTIFICATE, guid, key_in, listed

CLUSTERS, DATABASES, VERSION = "Microsoft.Kusto/clusters", "Microsoft.Kusto/clusters/databases", "2025-02-14"
ENCRYPTED = "https://learn.microsoft.com/azure/data-explorer/cluster-encryption-overview"
TOKENS = "https://learn.microsoft.com/azure/data-explorer/kusto/access-control/"
TENANTS = "https://learn.microsoft.com/azure/data-explorer/kusto/access-control/cross-tenant-query-and-commands"

DISKS = "/properties/enableDiskEncryption"
KEY = "/properties/keyVaultProperties"
URI, NAME = f"{KEY}/keyVaultUri", f"{KEY}/keyName"
FOLLOWED, LEADER = "item:/properties/isFollowed", "item:/properties/leaderClusterResourceId"
TRUSTED, PRINCIPALS = "item:/properties/trustedExternalTenants", "principals:/value"
WHO, WHOSE, OBJECT = "/properties/principalId", "/properties/tenantId", "/properties/aadObjectId"
TRUST_PATHS = (TENANT, f"{TRUSTED}/*/value", *(f"{PRINCIPALS}/*{part}" for part in (WHO, WHOSE, OBJECT)))

ANY = "*"
CACHED = "the data is encrypted in Azure Storage; what the machines cache of it on their disks is not"
EXPORTS = "continuous exports are told by the cluster alone"
INSIDE = Unknown(
    Reason.NOT_ASKED, "principals of any tenant may be let in, and the roles inside the cluster are not read"
)
FOLLOWERS = Unknown(Reason.NOT_ASKED, "other clusters follow the database, and which ones is told by no read")


def _state(view: View, source: str) -> AtRest:
    if not view.at(f"{source}:{DISKS}", flag):
        raise NotKnown(Unknown(Reason.UNDECIDED, CACHED))
    documented(view, ENCRYPTED)
    return AtRest.ENCRYPTED


def _key(view: View, source: str) -> str:
    """The cluster's key. Without one it is Microsoft's ("Configure customer-managed keys")."""
    if not view.at(f"{source}:{NAME}", text, missing=""):
        documented(view, ENCRYPTED)
        return "provider"
    return view.at(f"{source}:{NAME}", key_in(view.at(f"{source}:{URI}", text)))


def _owner(view: View, source: str) -> KeyOwner:
    return KeyOwner.PROVIDER if _key(view, source) == "provider" else KeyOwner.CUSTOMER


def _copies(view: View) -> Iterator[Copy | Unknown]:
    # A database that follows another cannot be followed, and does not tell.
    if view.at(FOLLOWED, flag, missing=False):
        yield FOLLOWERS
    yield Unknown(Reason.NOT_ASKED, EXPORTS)


def _origins(view: View) -> Iterator[Origin | Unknown]:
    """A database that follows another shows its data; what was ingested by commands is not told."""
    leader = view.at(LEADER, arm_id, missing="")
    if leader:
        yield Origin(leader, UNRESOLVED)
    else:
        yield Unknown(Reason.NOT_ASKED, "Azure does not tell what was ingested into a database")


def _grantees(view: View) -> Iterator[Grantee | Unknown]:
    """Tenants whose principals may be given roles: any where none is named, and none where the list is empty ("Allow
    cross-tenant queries and commands"). Where any may, the principals of others that have a role of the cluster.
    """
    documented(view, TENANTS)
    own = view.at(TENANT, guid)
    if not view.at(TRUSTED, always(True), missing=False):
        named = {ANY}
    else:
        named = {tenant.at("/value", guid) for tenant in view.each(TRUSTED)}
    if ANY not in named:
        yield from (Grantee(tenant, tenant) for tenant in sorted(named - {own}))
        return
    yield INSIDE
    for principal in view.each(PRINCIPALS):
        found = seen(partial(_principal, principal, own))
        if found is not None:
            yield found


def _principal(principal: Node, own: str) -> Grantee | None:
    tenant = principal.at(WHOSE, guid)
    # A group or a user may have no object id here, and is then named as it was given.
    name = principal.at(OBJECT, text, missing="")
    return None if tenant == own else Grantee(name or principal.at(WHO, text), tenant)


WITHOUT: dict[type[Facet], str] = {LogStore: "what a cluster keeps is not known to be logs"}
CLUSTER = listed(
    "azure.kusto.cluster",
    CLUSTERS,
    (
        TAGS,
        HOMES,
        Location.copies.gap(EXPORTS),
        EncryptionAtRest.state.by(lambda view: _state(view, "item"), f"item:{DISKS}"),
        EncryptionAtRest.algorithms.documented(AES, ENCRYPTED),
        EncryptionAtRest.owner.by(lambda view: _owner(view, "item"), f"item:{NAME}", f"item:{URI}"),
        EncryptionAtRest.key.by(lambda view: _key(view, "item"), f"item:{NAME}", f"item:{URI}"),
        EncryptionInTransit.plaintext.unseen("the documents of the service do not say that it refuses plain HTTP"),
        EncryptionInTransit.minimum_tls.unseen("no setting of a cluster tells the lowest TLS version"),
        CERTIFICATE,
        # Every request needs a token of Entra.
        Exposure.public.documented(False, TOKENS),
        Backup.plans.gap("each database has policies of its own, which are read inside the cluster alone"),
        Lineage.origins.gap("Azure does not tell what was ingested into a cluster"),
        Trust.grantees.items(_grantees, *TRUST_PATHS),
    ),
    ask={"principals": child(f"{CLUSTERS}/principalAssignments/read", "principalAssignments", VERSION, items="/value")},
    without=WITHOUT,
    unordered=(TRUSTED, PRINCIPALS),
)
DATABASE = listed(
    "azure.kusto.database",
    DATABASES,
    (
        Tagging.tags.inapplicable("a database has no tags of its own"),
        HOMES,
        Location.copies.items(_copies, FOLLOWED),
        EncryptionAtRest.state.by(lambda view: _state(view, "cluster"), f"cluster:{DISKS}"),
        EncryptionAtRest.algorithms.documented(AES, ENCRYPTED),
        EncryptionAtRest.owner.by(lambda view: _owner(view, "cluster"), f"cluster:{NAME}", f"cluster:{URI}"),
        EncryptionAtRest.key.by(lambda view: _key(view, "cluster"), f"cluster:{NAME}", f"cluster:{URI}"),
        EncryptionInTransit.plaintext.unseen("the documents of the service do not say that it refuses plain HTTP"),
        EncryptionInTransit.minimum_tls.unseen("no setting of a database tells the lowest TLS version"),
        CERTIFICATE,
        Exposure.public.documented(False, TOKENS),
        Backup.plans.gap("how long deleted data can be recovered is a policy that is read inside the database alone"),
        Lineage.origins.items(_origins, LEADER),
        Trust.grantees.gap("the roles inside a database are not read"),
    ),
    ask={"cluster": child(f"{CLUSTERS}/read", "../..", VERSION)},
    without=WITHOUT,
)
TYPES = (CLUSTER, DATABASE)
