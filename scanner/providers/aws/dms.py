"""AWS Database Migration Service: replication instances, which keep changes on their own disks."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    Reason,
    Tagging,
    Trust,
    View,
    key_values,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys
from scanner.providers.aws.rds import public

GUIDE = "docs.aws.amazon.com/dms/latest/userguide/"


def _homes(view: View) -> Iterable[str]:
    zones = (view.at("item:/AvailabilityZone", text), view.at("item:/SecondaryAvailabilityZone", text, missing=None))
    yield from sorted({aws(zone) for zone in zones if zone})


INSTANCE = ResourceType(
    "aws.dms.replication-instance",
    "AWS::DMS::ReplicationInstance",
    Kind.DATA,
    each=Call("dms:DescribeReplicationInstances", "dms.describe_replication_instances", items="/ReplicationInstances"),
    id="{/ReplicationInstanceArn}",
    label="/ReplicationInstanceIdentifier",
    ask={
        "key": keys.ask("/KmsKeyId"),
        "tags": Call(
            "dms:ListTagsForResource", "dms.list_tags_for_resource", take={"ResourceArn": "/ReplicationInstanceArn"}
        ),
    },
    facts=(
        Location.homes.items(_homes, "item:/AvailabilityZone", "item:/SecondaryAvailabilityZone"),
        Location.copies.gap("the targets of an instance's replication tasks are not read yet"),
        # Its storage is always encrypted.
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, GUIDE + "CHAP_Security.html"),
        EncryptionAtRest.algorithms.unseen("DMS does not tell which cipher is used", Reason.UNDECIDED),
        *keys.held("item:/KmsKeyId"),
        EncryptionInTransit.plaintext.inapplicable("clients do not connect to it; its endpoints tell how it connects"),
        EncryptionInTransit.minimum_tls.inapplicable("clients do not connect to it"),
        EncryptionInTransit.certificate_expires.inapplicable("clients do not connect to it"),
        Lineage.origins.gap("the sources of an instance's replication tasks are not read yet"),
        Exposure.public.by(public, "item:/PubliclyAccessible"),
        Tagging.tags.at("tags:/TagList", key_values, missing={}),
    ),
    without={
        Backup: "it holds data only on its way",
        LogStore: "not a log store",
        Trust: "a replication instance lets nobody in, and cannot be shared",
    },
    unordered=("tags:/TagList",),
)

TYPES = (INSTANCE,)
LIMITS = ("DMS: replication tasks and endpoints, by which data goes from one database to another, are not read.",)
