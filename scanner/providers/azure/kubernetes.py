"""Clusters of Azure Kubernetes Service. What a cluster itself keeps are the objects of Kubernetes, its secrets among
them; the disks of its nodes and volumes are resources of their own.

Documents relied upon: the model ManagedClusterProperties of azure-mgmt-containerservice, and on learn.microsoft.com/
azure: "Data encryption at rest concepts for AKS", "Reliability in Azure Kubernetes Service", "Secure access to the API
server by authorized IP address ranges"; "Controlling Access to the Kubernetes API" on kubernetes.io.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    KeyOwner,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Trust,
    Unknown,
    View,
    flag,
)
from scanner.providers.azure.graph import DATA_PROTECTION, HOMES, TAGS, TENANT, seen
from scanner.providers.azure.parts import CLOSED, NETWORK, any_true, at_rest, guid, listed, network_lets_everybody

NATIVE = "Microsoft.ContainerService/managedClusters"
ENCRYPTED = "https://learn.microsoft.com/azure/aks/kms-data-encryption-concepts"
ONE_REGION = "https://learn.microsoft.com/azure/reliability/reliability-aks"
BACKUP = "https://learn.microsoft.com/azure/backup/azure-kubernetes-service-backup-overview"
API = "https://kubernetes.io/docs/concepts/security/controlling-access/"

KMS = "item:/properties/securityProfile/azureKeyVaultKms/enabled"
ACCESS = "item:/properties/apiServerAccessProfile"
PRIVATE, RANGES = f"{ACCESS}/enablePrivateCluster", f"{ACCESS}/authorizedIPRanges"
DIRECTORY = "item:/properties/aadProfile/tenantID"
MIXED = "secrets are encrypted with the customer's key, and the other objects of Kubernetes with Microsoft's"


def _owner(view: View) -> KeyOwner:
    # "The default is false" (model AzureKeyVaultKms).
    if view.at(KMS, flag, missing=False):
        raise NotKnown(Unknown(Reason.UNDECIDED, MIXED))
    return KeyOwner.PROVIDER


def _key(view: View) -> str:
    _owner(view)
    return "provider"


def _public(view: View) -> bool:
    """Whether anybody reaches the API server. A cluster is public, and open to all addresses, unless it says otherwise
    ("Secure access to the API server").
    """
    if view.at(PRIVATE, flag, missing=False) or view.at(NETWORK, CLOSED, missing=False):
        return False
    ranges = list(view.each(RANGES, missing=True))
    return not ranges or any_true(seen(partial(each.at, "", network_lets_everybody)) for each in ranges)


def _grantees(view: View) -> Iterator[Grantee | Unknown]:
    """The directory in which users sign in, where it is not that of the subscription, which is the default (model
    ManagedClusterAADProfile). Whom the roles of Kubernetes name is told by the cluster alone.
    """
    directory = view.at(DIRECTORY, guid, missing="")
    if directory and directory != view.at(TENANT, guid):
        yield Grantee(directory, directory)


CLUSTER = listed(
    "azure.kubernetes.cluster",
    NATIVE,
    (
        TAGS,
        HOMES,
        Location.copies.none(ONE_REGION),
        *at_rest(ENCRYPTED),
        EncryptionAtRest.owner.by(_owner, KMS),
        EncryptionAtRest.key.by(_key, KMS),
        EncryptionInTransit.plaintext.documented(False, API),
        EncryptionInTransit.minimum_tls.unseen("no setting of a cluster tells the lowest TLS version of its API"),
        EncryptionInTransit.certificate_expires.unseen("the certificates of a cluster are told by the cluster alone"),
        Exposure.public.by(_public, PRIVATE, NETWORK, f"{RANGES}/*"),
        # Of itself a cluster is never backed up.
        Backup.plans.none(BACKUP),
        Lineage.origins.gap("Azure does not tell what was restored or applied to a cluster"),
        Trust.grantees.items(_grantees, DIRECTORY, TENANT),
    ),
    without={LogStore: "a cluster is not a store of logs"},
    unordered=(RANGES,),
    covered_by=(DATA_PROTECTION,),
)
TYPES = (CLUSTER,)
