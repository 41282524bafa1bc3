"""Pub/Sub (https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics and .../projects.subscriptions)."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.facts import (
    UNRESOLVED,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Reason,
    Unknown,
    View,
    always,
    text,
    texts,
)
from scanner.places import UNPLACED
from scanner.providers.gcp.assets import DATA, asset_type, at_rest, labels
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import GOOGLES_API, asset_name, located

POLICY, REGIONS = f"{DATA}/messageStoragePolicy", f"{DATA}/messageStoragePolicy/allowedPersistenceRegions"
SOURCE = f"{DATA}/ingestionDataSourceSettings"
FROM_BUCKET = f"{SOURCE}/cloudStorage/bucket"
FOREIGN = tuple(f"{SOURCE}/{name}" for name in ("awsKinesis", "awsMsk", "azureEventHubs", "confluentCloud"))
STREAMS = ("streamArn", "clusterArn", "eventHub", "topic")
FOREIGN_PATHS = tuple(f"{path}/{name}" for path, name in zip(FOREIGN, STREAMS, strict=True))
WITHOUT = {
    **GOOGLES_API,
    LogStore: "not a store of logs",
    Backup: "Pub/Sub keeps messages to deliver and replay them, and makes no backups",
}


def _homes(view: View) -> Iterator[str]:
    """Without a policy no constraint of the places is in effect. An empty list is no valid configuration."""
    if not view.at(POLICY, always(True), missing=False):
        yield UNPLACED
        return
    regions = view.at(REGIONS, texts)
    if not regions:
        raise NotKnown(Unknown(Reason.SHAPE, "its message storage policy allows no region"))
    yield from map(located, regions)


def _sources(view: View) -> Iterator[Origin | Unknown]:
    """Besides those who publish, a topic may take in a bucket or a stream of another cloud."""
    if bucket := view.at(FROM_BUCKET, text, missing=""):
        yield Origin(f"//storage.googleapis.com/{bucket}", UNRESOLVED)
    if any(view.at(path, always(True), missing=False) for path in FOREIGN):
        yield Unknown(Reason.UNDECIDED, "it takes in a stream of another cloud, whose environment is not told")


TOPIC = asset_type(
    "gcp.pubsub.topic",
    "pubsub.googleapis.com/Topic",
    Kind.DATA,
    (
        Location.homes.items(_homes, REGIONS),
        # What subscriptions keep or carry elsewhere is told by them.
        Location.copies.none("https://cloud.google.com/pubsub/docs/resource-location-restriction: as the policy says"),
        *at_rest(f"{DATA}/kmsKeyName"),
        Lineage.origins.items(_sources, FROM_BUCKET, *FOREIGN_PATHS),
        *SHARED,
        labels(),
    ),
    WITHOUT,
)

NAME_OF_TOPIC, DEAD = f"{DATA}/topic", f"{DATA}/deadLetterPolicy/deadLetterTopic"
TABLE, BUCKET = f"{DATA}/bigqueryConfig/table", f"{DATA}/cloudStorageConfig/bucket"
BIGTABLE, PUSHED = f"{DATA}/bigtableConfig/table", f"{DATA}/pushConfig/pushEndpoint"
DELETED = "_deleted-topic_"
THERE = Unknown(Reason.NOT_ASKED, "the subscription names what receives its messages, not where that is")


def _copies(view: View) -> Iterator[Copy | Unknown]:
    """What a subscription carries elsewhere: to a table, a bucket, the topic of dead letters or an endpoint."""
    if table := view.at(TABLE, text, missing=""):
        yield Copy(CopyKind.REPLICA, THERE, _table(table))
    if bucket := view.at(BUCKET, text, missing=""):
        yield Copy(CopyKind.REPLICA, THERE, f"//storage.googleapis.com/{bucket}")
    if told := view.at(BIGTABLE, text, missing=""):
        yield Copy(CopyKind.REPLICA, THERE, asset_name("bigtable", told))
    if dead := view.at(DEAD, text, missing=""):
        yield Copy(CopyKind.REPLICA, THERE, asset_name("pubsub", dead))
    if view.at(PUSHED, _given, missing=False):
        yield Unknown(Reason.UNDECIDED, "it pushes messages to an endpoint, whose place is not told")


def _given(value: object) -> bool:
    """Whether an endpoint is named; an empty one stands for pulling."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return bool(value)


def _table(told: str) -> str:
    """The asset name of a table that is told as "project.dataset.table"."""
    match told.rsplit(".", 2):
        case [project, dataset, table] if project:
            return f"//bigquery.googleapis.com/projects/{project}/datasets/{dataset}/tables/{table}"
        case _:
            raise NotKnown(Unknown(Reason.SHAPE, "its table is named in an unforeseen way"))


def _topic(view: View) -> Iterator[Origin | Unknown]:
    topic = view.at(NAME_OF_TOPIC, text)
    if topic == DELETED:
        yield Unknown(Reason.UNDECIDED, "its topic was deleted")
    else:
        yield Origin(asset_name("pubsub", topic), UNRESOLVED)


SUBSCRIPTION = asset_type(
    "gcp.pubsub.subscription",
    "pubsub.googleapis.com/Subscription",
    Kind.DATA,
    (
        Location.homes.inapplicable("its messages are kept where its topic allows; the topic is judged by itself"),
        Location.copies.items(_copies, TABLE, BUCKET, BIGTABLE, DEAD, PUSHED),
        Lineage.origins.items(_topic, NAME_OF_TOPIC),
        *SHARED,
        labels(),
    ),
    {**WITHOUT, EncryptionAtRest: "its messages are encrypted as its topic says, which is judged by itself"},
)
SNAPSHOT = asset_type(
    "gcp.pubsub.snapshot",
    "pubsub.googleapis.com/Snapshot",
    Kind.DATA,
    (
        Location.homes.inapplicable("its messages are kept where its topic allows; the topic is judged by itself"),
        Location.copies.none("https://cloud.google.com/pubsub/docs/replay-overview: it only keeps a topic's messages"),
        Lineage.origins.items(_topic, NAME_OF_TOPIC),
        *SHARED,
        labels(),
    ),
    {**WITHOUT, EncryptionAtRest: "its messages are encrypted as its topic says, which is judged by itself"},
    points_of=("gcp.pubsub.topic",),
)
TYPES = (TOPIC, SUBSCRIPTION, SNAPSHOT)
