"""Amazon EventBridge: archives, which keep the events of a bus to be replayed."""

from __future__ import annotations

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Backup,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    Tagging,
    Trust,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys
from scanner.providers.aws.common import origin

GUIDE = "docs.aws.amazon.com/eventbridge/latest/userguide/"
SOURCE = "item:/EventSourceArn"

ARCHIVE = ResourceType(
    "aws.events.archive",
    "AWS::Events::Archive",
    Kind.DATA,
    each=Call("events:ListArchives", "events.list_archives", items="/Archives"),
    id="arn:{@partition}:events:{@region}:{@account}:archive/{/ArchiveName}",
    label="/ArchiveName",
    ask={
        "archive": Call("events:DescribeArchive", "events.describe_archive", take={"ArchiveName": "/ArchiveName"}),
        "key": keys.ask("/KmsKeyIdentifier", follows="archive"),
    },
    facts=(
        Location.homes.items(lambda view: (aws(view.where.region),)),
        Location.copies.none("an archive lies in the region of its event bus"),
        *keys.always(GUIDE + "eb-encryption-at-rest-key-options.html"),
        # Without a key of the customer's, by one that AWS owns (encryption-archives.html of the guide).
        *keys.held("archive:/KmsKeyIdentifier", keys.OWNED),
        Lineage.origins.items(lambda view: (origin(view.at(SOURCE, text)),), SOURCE),
        # Only event buses have policies.
        Exposure.public.documented(value=False, basis=GUIDE + "eb-use-resource-based.html"),
    ),
    without={
        Backup: "an archive is not backed up",
        EncryptionInTransit: "an archive takes no connections",
        LogStore: "an archive keeps events, not logs",
        Tagging: "archives can have no tags (TagResource)",
        Trust: "only event buses have policies of resources",
    },
)

TYPES = (ARCHIVE,)
