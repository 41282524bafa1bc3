"""Amazon DynamoDB Accelerator (DAX): clusters, which keep items of tables in memory and on the disks of their nodes."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotApplicable,
    NotKnown,
    Reason,
    Tagging,
    Trust,
    Unknown,
    View,
    key_values,
    text,
)
from scanner.places import aws

# AES-256, by a key of the service in the account
# (docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAXEncryptionAtRest.html).
STATES: dict[object, AtRest | None] = {
    "ENABLED": AtRest.ENCRYPTED,
    "DISABLED": AtRest.NONE,
    "ENABLING": None,
    "DISABLING": None,
}
STATUS = "item:/SSEDescription/Status"
CHANGING = Unknown(Reason.UNDECIDED, "its encryption is being changed")
PLAIN: dict[object, bool] = {"NONE": True, "TLS": False}


def _homes(view: View) -> Iterable[str]:
    zones = {node.at("/AvailabilityZone", text) for node in view.each("item:/Nodes")}
    yield from sorted({aws(zone) for zone in zones})


def _state(view: View) -> AtRest:
    state = view.at(STATUS, STATES)
    if state is None:
        raise NotKnown(CHANGING)
    return state


def _algorithms(view: View) -> frozenset[str]:
    return frozenset() if _state(view) is AtRest.NONE else frozenset({"AES-256"})


def _sealed(view: View) -> None:
    if _state(view) is AtRest.NONE:
        raise NotApplicable(Inapplicable("it is not encrypted, so there is no key"))


def _owner(view: View) -> KeyOwner:
    _sealed(view)
    return KeyOwner.PROVIDER_IN_ACCOUNT


def _key(view: View) -> str:
    _sealed(view)
    raise NotKnown(Unknown(Reason.UNDECIDED, "DAX does not name the key of the service that is in the account"))


CLUSTER = ResourceType(
    "aws.dax.cluster",
    "AWS::DAX::Cluster",
    Kind.DATA,
    each=Call("dax:DescribeClusters", "dax.describe_clusters", items="/Clusters"),
    id="{/ClusterArn}",
    label="/ClusterName",
    ask={"tags": Call("dax:ListTags", "dax.list_tags", items="/Tags", take={"ResourceName": "/ClusterArn"})},
    facts=(
        Location.homes.items(_homes, "item:/Nodes/*/AvailabilityZone"),
        Location.copies.none("a cluster keeps what its nodes hold, and nothing elsewhere"),
        EncryptionAtRest.state.by(_state, STATUS),
        EncryptionAtRest.algorithms.by(_algorithms, STATUS),
        EncryptionAtRest.owner.by(_owner, STATUS),
        EncryptionAtRest.key.by(_key, STATUS),
        EncryptionInTransit.plaintext.at("item:/ClusterEndpointEncryptionType", PLAIN),
        EncryptionInTransit.minimum_tls.unseen("DAX does not tell which TLS versions it accepts", Reason.UNDECIDED),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is AWS's own, which it renews"),
        Lineage.origins.gap("DAX does not tell which tables a cluster has cached"),
        # A cluster is reached in its VPC only.
        Exposure.public.documented(
            value=False, basis="docs.aws.amazon.com/amazondynamodb/latest/developerguide/DAX.concepts.cluster.html"
        ),
        Tagging.tags.at("tags:/Tags", key_values),
    ),
    without={
        Backup: "a cache has no backups; the tables have",
        LogStore: "not a log store",
        Trust: "a cluster has no policy of its own: only identities of its account are let in",
    },
    unordered=("tags:/Tags", "item:/Nodes"),
)

TYPES = (CLUSTER,)
