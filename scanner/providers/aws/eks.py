"""Amazon EKS: clusters. Their control plane keeps Secrets and every other Kubernetes object; the disks of nodes and the
volumes of pods are resources of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_network

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    JSON,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    always,
    flag,
    pairs,
    text,
    texts,
)
from scanner.places import aws
from scanner.providers.aws import keys, principals, protection
from scanner.providers.aws.common import AES_256, MANAGERS, arn_here

GUIDE = "docs.aws.amazon.com/eks/latest/userguide/"
# From this version all API data is encrypted with the key that is named, or with one that AWS owns; before it Secrets
# alone, and only with a named one (envelope-encryption.html of the guide).
ENVELOPE = (1, 28)
CLUSTER = "cluster:/cluster"
VERSION = re.compile(r"(?P<major>\d+)\.(?P<minor>\d+)")
OUTPOST, NAMED = f"{CLUSTER}/outpostConfig", f"{CLUSTER}/encryptionConfig"
PUBLIC, RANGES = (f"{CLUSTER}/resourcesVpcConfig/{each}" for each in ("endpointPublicAccess", "publicAccessCidrs"))
LOGGING = f"{CLUSTER}/logging/clusterLogging"
MODE = f"{CLUSTER}/accessConfig/authenticationMode"
BY_ENTRIES: dict[object, bool] = {"API": True, "API_AND_CONFIG_MAP": True, "CONFIG_MAP": False}
BY_MAP: dict[object, bool] = {"API": False, "API_AND_CONFIG_MAP": True, "CONFIG_MAP": True}
WIDE = 8
"""Ranges of a shorter prefix than this may add up to all addresses."""
ON_OUTPOST = Unknown(Reason.UNDECIDED, "its control plane lies on an Outpost, whose place and disks EKS does not tell")
OF_MAP = Unknown(Reason.NOT_ASKED, "its aws-auth map may let in others, too; only its own Kubernetes API tells")
SEVERAL = Unknown(Reason.UNDECIDED, "its endpoint is open to very wide ranges of addresses, which may add up to all")


def _in_region(view: View) -> None:
    """Raises NotKnown for a local cluster, whose control plane is not in the region's data centres."""
    if view.at(OUTPOST, always(True), missing=False):
        raise NotKnown(ON_OUTPOST)


def _home(view: View) -> Iterable[str]:
    _in_region(view)
    yield aws(view.where.region)


def _copies(view: View) -> Iterable[Copy]:
    logged = [each.at("/enabled", flag) for each in view.each(LOGGING)]
    if any(logged):
        # docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html
        group = arn_here(view, "logs", f"log-group:/aws/eks/{view.at(f'{CLUSTER}/name', text)}/cluster")
        yield Copy(CopyKind.LOG_SINK, aws(view.where.region), group)


def _state(view: View) -> AtRest:
    # The volumes that all of it lies on are encrypted by EBS, of whatever version the cluster is
    # (docs.aws.amazon.com/prescriptive-guidance/latest/encryption-best-practices/eks.html).
    _in_region(view)
    return AtRest.ENCRYPTED


def _ciphers(view: View) -> frozenset[str]:
    # EBS encrypts with AES-256 (docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html).
    _in_region(view)
    return AES_256


def _named(view: View) -> str | None:
    """The key of all its API data; None where it is one that AWS owns."""
    _in_region(view)
    found = VERSION.fullmatch(view.at(f"{CLUSTER}/version", text))
    if not found:
        raise NotKnown(Unknown(Reason.SHAPE, "its version is not one of Kubernetes"))
    if (int(found["major"]), int(found["minor"])) < ENVELOPE:
        return None
    named = [each.at("/provider/keyArn", text) for each in view.each(NAMED, missing=True)]
    return named[0] if named else None


def _owner(view: View) -> KeyOwner:
    return KeyOwner.PROVIDER if _named(view) is None else view.at(keys.MANAGER, MANAGERS)


def _key(view: View) -> str:
    return _named(view) or "provider"


def _public(view: View) -> bool:
    """Whether everybody reaches the endpoint: who reaches it still has to log in, as with a database."""
    if not view.at(PUBLIC, flag):
        return False
    shortest = view.at(RANGES, _shortest)
    if 0 < shortest < WIDE:
        raise NotKnown(SEVERAL)
    return shortest == 0


def _shortest(value: JSON) -> int:
    """The shortest prefix; raises ValueError for no range at all, whose meaning is not documented."""
    return min(ip_network(each).prefixlen for each in texts(value))


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    if view.at(MODE, BY_MAP):
        yield OF_MAP
    if view.at(MODE, BY_ENTRIES):
        yield from principals.let_in(view.at("entries:/accessEntries", texts), view.where)


KUBERNETES = (OUTPOST, f"{CLUSTER}/version", f"{NAMED}/*/provider/keyArn")

EKS_CLUSTER = ResourceType(
    "aws.eks.cluster",
    "AWS::EKS::Cluster",
    Kind.DATA,
    each=Call("eks:ListClusters", "eks.list_clusters", items="/clusters"),
    id="arn:{@partition}:eks:{@region}:{@account}:cluster/{}",
    label="",
    ask={
        "cluster": Call("eks:DescribeCluster", "eks.describe_cluster", take={"name": ""}),
        "key": keys.ask("/cluster/encryptionConfig/*/provider/keyArn", follows="cluster"),
        "entries": Call(
            "eks:ListAccessEntries", "eks.list_access_entries", items="/accessEntries", take={"clusterName": ""}
        ),
    },
    facts=(
        Location.homes.items(_home, OUTPOST),
        Location.copies.items(_copies, f"{CLUSTER}/name", f"{LOGGING}/*/enabled"),
        EncryptionAtRest.state.by(_state, OUTPOST),
        EncryptionAtRest.algorithms.by(_ciphers, OUTPOST),
        EncryptionAtRest.owner.by(_owner, *KUBERNETES, keys.MANAGER),
        EncryptionAtRest.key.by(_key, *KUBERNETES),
        # The endpoint of the Kubernetes API speaks HTTPS only.
        EncryptionInTransit.plaintext.documented(value=False, basis=GUIDE + "cluster-endpoint.html"),
        EncryptionInTransit.minimum_tls.unseen(
            "EKS does not tell which TLS versions an endpoint takes", Reason.UNDECIDED
        ),
        EncryptionInTransit.certificate_expires.unseen(
            "EKS does not tell when the certificate of an endpoint expires", Reason.UNDECIDED
        ),
        Backup.plans.none("EKS makes no backups itself"),
        Lineage.origins.gap("EKS does not tell whether AWS Backup restored objects into a cluster"),
        Exposure.public.by(_public, PUBLIC, RANGES),
        Trust.grantees.items(_grantees, MODE, "entries:/accessEntries"),
        Tagging.tags.at(f"{CLUSTER}/tags", pairs),
    ),
    without={LogStore: "its logs lie in a log group of their own"},
    covered_by=protection.BY_BACKUP,
)

TYPES = (EKS_CLUSTER,)
LIMITS = ("EKS: clusters elsewhere that are connected to EKS, and what is inside a cluster, are not read.",)
