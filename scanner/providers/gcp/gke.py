"""Google Kubernetes Engine (https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters).

The data of a cluster itself is what its control plane keeps; disks and volumes are resources of Compute Engine.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.facts import (
    Backup,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Unknown,
    View,
    flag,
    text,
    texts,
)
from scanner.providers.gcp.assets import DATA, asset_type, at_rest, labels
from scanner.providers.gcp.iam import TRUST
from scanner.providers.gcp.told import located, network, open_to_all

PLACE, ZONES = f"{DATA}/location", f"{DATA}/locations"
# Secrets may have a key of their own besides (`databaseEncryption`); the rest of what etcd keeps has the disk's.
DISK_KEY = f"{DATA}/userManagedKeysConfig/controlPlaneDiskEncryptionKey"
BACKUPS = "https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke: backups are made by its plans alone"
ENDPOINTS = f"{DATA}/controlPlaneEndpointsConfig"
BY_NAME, BY_IP = f"{ENDPOINTS}/dnsEndpointConfig/allowExternalTraffic", f"{ENDPOINTS}/ipEndpointsConfig"
PUBLIC, PRIVATE = f"{BY_IP}/enablePublicEndpoint", f"{DATA}/privateClusterConfig/enablePrivateEndpoint"
ENDPOINT, ADDRESS = f"{DATA}/endpoint", f"{DATA}/privateClusterConfig/publicEndpoint"
NEW, OLD = f"{BY_IP}/authorizedNetworksConfig", f"{DATA}/masterAuthorizedNetworksConfig"
OF_GOOGLE = "gcpPublicCidrsAccessEnabled"
INVITED_PARTS = ("enabled", "cidrBlocks/*/cidrBlock", OF_GOOGLE)
INVITED = tuple(f"{config}/{name}" for config in (NEW, OLD) for name in INVITED_PARTS)


def _homes(view: View) -> Iterator[str]:
    """Its location, and the zones of its nodes."""
    yield from dict.fromkeys(map(located, (view.at(PLACE, text), *view.at(ZONES, texts, missing=()))))


def _public(view: View) -> bool:
    """Whether the whole Internet may connect to the control plane by its public address. Its name is also reachable,
    where that is allowed, for those who have a right in IAM, which is not read.
    """
    if view.at(BY_NAME, flag, missing=False):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "its DNS endpoint takes outside traffic; IAM policies are not read"))
    if not _has_public_address(view):
        return False
    config = NEW if view.at(f"{NEW}/enabled", flag, missing=False) else OLD
    if not view.at(f"{config}/enabled", flag):
        return True
    if open_to_all([each.at("/cidrBlock", network) for each in view.each(f"{config}/cidrBlocks", missing=True)]):
        return True
    if view.at(f"{config}/{OF_GOOGLE}", flag):
        raise NotKnown(Unknown(Reason.UNDECIDED, "it lets in all of Google Cloud, other customers' machines included"))
    return False


def _has_public_address(view: View) -> bool:
    """The newer setting, or else whether its endpoint is its public address, or else the setting that was replaced."""
    newer = view.at(PUBLIC, flag, missing=None)
    if newer is not None:
        return newer
    address = view.at(ADDRESS, text, missing="")
    return (bool(address) and view.at(ENDPOINT, text) == address) or not view.at(PRIVATE, flag)


CLUSTER = asset_type(
    "gcp.gke.cluster",
    "container.googleapis.com/Cluster",
    Kind.DATA,
    (
        Location.homes.items(_homes, PLACE, ZONES),
        Location.copies.gap(
            "where plans of Backup for GKE keep its backups, which are resources of their own, is not joined"
        ),
        *at_rest(DISK_KEY),
        EncryptionInTransit.plaintext.documented(
            False,
            "https://cloud.google.com/kubernetes-engine/docs/concepts/control-plane-security: its API takes only TLS",
        ),
        EncryptionInTransit.minimum_tls.unseen("the lowest TLS version of the control plane is not told"),
        EncryptionInTransit.certificate_expires.unseen("its certificate authority is told, not when that expires"),
        # What plans of Backup for GKE make of it is told by them.
        Backup.plans.none(BACKUPS),
        Lineage.origins.gap("what was restored or applied to it is not recorded on a cluster"),
        Exposure.public.by(_public, BY_NAME, PUBLIC, PRIVATE, ENDPOINT, ADDRESS, *INVITED),
        TRUST,
        labels(f"{DATA}/resourceLabels"),
    ),
    {LogStore: "not a store of logs"},
    covered_by=("gcp.gkebackup.backup-plan",),
)
TYPES = (CLUSTER,)
