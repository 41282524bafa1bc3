"""BigQuery and Pub/Sub: from assets to the states of facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    FOREVER,
    AtRest,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Plan,
    PlanKind,
    Reason,
    Tagging,
    Unknown,
)
from tests.scanner.providers.gcp.policies import ABOVE, binding, policy
from tests.scanner.providers.gcp.states import (
    KMS,
    LONDON,
    PROJECT,
    gaps,
    inapplicable,
    items,
    reason,
    refs,
    state,
    value,
)

DATASET, TABLE = "gcp.bigquery.dataset", "gcp.bigquery.table"
TOPIC, SUBSCRIPTION = "gcp.pubsub.topic", "gcp.pubsub.subscription"
BASE = {"projectId": "acme-prod", "datasetId": "sales", "tableId": "orders"}
ORDERS = "//bigquery.googleapis.com/projects/acme-prod/datasets/sales/tables/orders"
ICEBERG = {"biglakeConfiguration": {"storageUri": "gs://elsewhere/t", "tableFormat": "ICEBERG"}}
EXTERNAL = {"externalDatasetReference": {"externalSource": "aws-glue://x", "connection": "c"}}


@pytest.mark.parametrize(
    ("data", "places", "why"),
    [
        ({"location": "europe-west2"}, (LONDON,), []),
        ({"location": "EU"}, ("gcp:eu",), []),
        ({"location": "US", "labels": {}}, ("gcp:us",), []),
        ({}, (), [Reason.SHAPE]),
        ({"location": 7}, (), [Reason.SHAPE]),
        ({"location": "EU", **EXTERNAL}, (), [Reason.NOT_ASKED]),
        ({"location": "EU", "catalogSource": "BIGLAKE"}, (), [Reason.NOT_ASKED]),
    ],
)
def test_dataset_homes(data: dict[str, Any], places: tuple[str, ...], why: list[Reason]) -> None:
    assert gaps(DATASET, Location.homes, data) == (places, why)


def test_replicas_of_a_dataset_are_not_told() -> None:
    assert gaps(DATASET, Location.copies, {"location": "EU"}) == ((), [Reason.NOT_ASKED])
    assert gaps(TABLE, Location.copies, {"location": "EU"}) == ((), [Reason.NOT_ASKED])


@pytest.mark.parametrize(
    ("kind", "data", "owner", "key"),
    [
        (DATASET, {"defaultEncryptionConfiguration": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (DATASET, {}, KeyOwner.PROVIDER, "provider"),
        (TABLE, {"type": "TABLE", "encryptionConfiguration": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (TABLE, {"type": "MATERIALIZED_VIEW"}, KeyOwner.PROVIDER, "provider"),
        (TOPIC, {"kmsKeyName": KMS}, KeyOwner.CUSTOMER, KMS),
        (TOPIC, {}, KeyOwner.PROVIDER, "provider"),
    ],
)
def test_keys(kind: str, data: dict[str, Any], owner: KeyOwner, key: str) -> None:
    assert value(kind, EncryptionAtRest.state, data) is AtRest.ENCRYPTED
    assert value(kind, EncryptionAtRest.algorithms, data) == {"AES-256"}
    assert value(kind, EncryptionAtRest.owner, data) is owner
    assert value(kind, EncryptionAtRest.key, data) == key


@pytest.mark.parametrize("fact", EncryptionAtRest.questions(), ids=str)
def test_encryption_is_known_only_of_what_bigquery_keeps(fact: Any) -> None:
    assert reason(DATASET, fact, EXTERNAL) is Reason.NOT_ASKED
    assert reason(TABLE, fact, {"type": "EXTERNAL"}) is Reason.NOT_ASKED
    assert inapplicable(TABLE, fact, {"type": "VIEW"})
    assert reason(TABLE, fact, {}) is Reason.SHAPE
    assert reason(TABLE, fact, {"type": "HOLOGRAM"}) is Reason.SHAPE


def test_an_unforeseen_key_is_unknown() -> None:
    data = {"defaultEncryptionConfiguration": {"kmsKeyName": 1}}
    assert reason(DATASET, EncryptionAtRest.key, data) is Reason.SHAPE
    assert reason(DATASET, EncryptionAtRest.owner, data) is Reason.SHAPE


@pytest.mark.parametrize(("hours", "kept"), [({"maxTimeTravelHours": "48"}, Duration.of(2)), ({}, Duration.of(7))])
def test_time_travel(hours: dict[str, str], kept: Duration) -> None:
    plan = Plan(PlanKind.CONTINUOUS, kept, Duration.of(1, "second"), ("gcp:eu",), encrypted=True, immutable=False)
    # Fail-safe keeps what was deleted for longer than the window.
    assert gaps(DATASET, Backup.plans, {"location": "EU", **hours}) == ((plan,), [Reason.UNDECIDED])


def test_time_travel_that_is_not_understood() -> None:
    assert gaps(DATASET, Backup.plans, {"location": "EU", "maxTimeTravelHours": "a week"}) == ((), [Reason.SHAPE])
    assert gaps(DATASET, Backup.plans, {"location": "EU", **EXTERNAL}) == ((), [Reason.NOT_ASKED])


@pytest.mark.parametrize("entry", [{"specialGroup": "allAuthenticatedUsers"}, {"iamMember": "allUsers"}])
def test_a_dataset_that_everybody_may_read(entry: dict[str, str]) -> None:
    others = [{"specialGroup": "projectReaders", "role": "READER"}]
    assert value(DATASET, Exposure.public, {"access": [*others, entry | {"role": "READER"}]}) is True
    bounded = entry | {"condition": {"expression": "false"}}
    assert reason(DATASET, Exposure.public, {"access": [bounded]}) is Reason.NOT_ASKED


@pytest.mark.parametrize(
    ("data", "policies", "public"),
    [
        ({"access": [{"specialGroup": "projectOwners"}, {"role": "READER"}]}, ABOVE, False),
        ({"access": []}, ABOVE, False),
        ({"access": []}, (policy(ABOVE[0]["name"], binding("roles/viewer", "allUsers")),), True),
        ({"access": []}, None, Reason.NOT_ASKED),
        ({}, ABOVE, Reason.SHAPE),
        ({"access": [{"specialGroup": 1}]}, ABOVE, Reason.SHAPE),
    ],
)
def test_a_dataset_that_its_list_opens_to_nobody(data: dict[str, Any], policies: Any, public: bool | Reason) -> None:
    found = state(DATASET, Exposure.public, data, policies=policies)
    assert (found.reason if isinstance(found, Unknown) else getattr(found, "value", None)) is public


@pytest.mark.parametrize(
    ("uris", "buckets", "why"),
    [
        (["gs://acme-in/a*.csv", "gs://acme-in/b.csv", "gs://acme-more/c"], ["acme-in", "acme-more"], []),
        (["https://drive.google.com/open?id=1"], [], [Reason.SHAPE]),
        (None, [], [Reason.SHAPE]),
    ],
)
def test_an_external_table_shows_buckets(uris: object, buckets: list[str], why: list[Reason]) -> None:
    data = {"type": "EXTERNAL", "externalDataConfiguration": {"sourceUris": uris}}
    origins, unseen = gaps(TABLE, Lineage.origins, data)
    assert (refs(origins), unseen) == ([f"//storage.googleapis.com/{each}" for each in buckets], why)


def test_a_model() -> None:
    model = "gcp.bigquery.model"
    data = {"location": "EU", "encryptionConfiguration": {"kmsKeyName": KMS}}
    assert items(model, Location.homes, data) == ("gcp:eu",)
    assert gaps(model, Location.homes, {}) == ((), [Reason.SHAPE])
    assert (value(model, EncryptionAtRest.owner, data), value(model, EncryptionAtRest.key, data)) == (
        KeyOwner.CUSTOMER,
        KMS,
    )
    for fact in (Location.copies, Backup.plans, Lineage.origins):
        assert gaps(model, fact, data) == ((), [Reason.NOT_ASKED])
    assert reason(model, Exposure.public, data) is Reason.NOT_ASKED


def test_a_linked_dataset() -> None:
    linked = {"linkedDatasetSource": {"sourceDataset": {"projectId": "100000000009", "datasetId": "shared"}}}
    origins, why = gaps(DATASET, Lineage.origins, linked)
    assert (refs(origins), why) == (
        ["//bigquery.googleapis.com/projects/100000000009/datasets/shared"],
        [Reason.NOT_ASKED],
    )
    assert gaps(DATASET, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])
    odd = {"linkedDatasetSource": {"sourceDataset": {"projectId": "100000000009"}}}
    assert gaps(DATASET, Lineage.origins, odd) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("data", "places", "why"),
    [
        ({"type": "TABLE", "location": "europe-west2"}, (LONDON,), []),
        ({"type": "EXTERNAL", "location": "EU"}, (), [Reason.NOT_ASKED]),
        ({"type": "TABLE", "location": "EU", **ICEBERG}, (), [Reason.NOT_ASKED]),
        ({"type": "HOLOGRAM", "location": "EU"}, (), [Reason.SHAPE]),
        ({"type": "TABLE"}, (), [Reason.SHAPE]),
        ({"location": "EU"}, (), [Reason.SHAPE]),
    ],
)
def test_table_homes(data: dict[str, Any], places: tuple[str, ...], why: list[Reason]) -> None:
    assert gaps(TABLE, Location.homes, data) == (places, why)


def test_a_table_in_a_bucket_tells_nothing_of_its_encryption() -> None:
    for fact in EncryptionAtRest.questions():
        assert reason(TABLE, fact, {"type": "TABLE", "location": "EU", **ICEBERG}) is Reason.NOT_ASKED


def test_a_view_keeps_nothing() -> None:
    view = {"type": "VIEW", "location": "EU"}
    for fact in (Location.homes, Backup.plans, Lineage.origins):
        assert inapplicable(TABLE, fact, view)


@pytest.mark.parametrize(
    ("times", "kept"),
    [
        ({}, FOREVER),
        ({"creationTime": "1767225600000", "expirationTime": "1769817600412"}, Duration.of(30)),
    ],
)
def test_a_snapshot_of_a_table(times: dict[str, str], kept: Duration) -> None:
    (plan,) = items(TABLE, Backup.plans, {"type": "SNAPSHOT", "location": "EU", **times})
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.SNAPSHOT, kept, ("gcp:eu",))
    assert (plan.encrypted, plan.immutable) == (True, False)
    assert isinstance(plan.every, Unknown)


def test_plans_of_other_tables() -> None:
    assert gaps(TABLE, Backup.plans, {"type": "TABLE", "location": "EU"}) == ((), [Reason.NOT_ASKED])
    expires = {"type": "SNAPSHOT", "location": "EU", "expirationTime": "1769817600000"}
    assert gaps(TABLE, Backup.plans, expires) == ((), [Reason.SHAPE])


@pytest.mark.parametrize("field", ["snapshotDefinition", "cloneDefinition"])
def test_origins_of_a_table(field: str) -> None:
    data = {"type": "SNAPSHOT", field: {"baseTableReference": BASE}}
    origins, why = gaps(TABLE, Lineage.origins, data)
    assert (refs(origins), why) == ([ORDERS], [Reason.NOT_ASKED])


@pytest.mark.parametrize(
    ("data", "places", "why"),
    [
        ({"messageStoragePolicy": {"allowedPersistenceRegions": ["europe-west2"]}}, (LONDON,), []),
        ({}, ("unplaced",), []),
        ({"messageStoragePolicy": {"allowedPersistenceRegions": []}}, (), [Reason.SHAPE]),
        ({"messageStoragePolicy": {}}, (), [Reason.SHAPE]),
        ({"messageStoragePolicy": {"allowedPersistenceRegions": "europe-west2"}}, (), [Reason.SHAPE]),
    ],
)
def test_topic_homes(data: dict[str, Any], places: tuple[str, ...], why: list[Reason]) -> None:
    assert gaps(TOPIC, Location.homes, data) == (places, why)
    assert items(TOPIC, Location.copies, data) == ()


def test_topic_sources() -> None:
    assert items(TOPIC, Lineage.origins, {}) == ()
    bucket = {"ingestionDataSourceSettings": {"cloudStorage": {"bucket": "acme-in"}}}
    assert refs(items(TOPIC, Lineage.origins, bucket)) == ["//storage.googleapis.com/acme-in"]


@pytest.mark.parametrize("source", ["awsKinesis", "awsMsk", "azureEventHubs", "confluentCloud"])
def test_a_topic_that_takes_in_another_cloud(source: str) -> None:
    data = {"ingestionDataSourceSettings": {source: {"state": "ACTIVE"}}}
    assert gaps(TOPIC, Lineage.origins, data) == ((), [Reason.UNDECIDED])


@pytest.mark.parametrize(
    ("data", "ref"),
    [
        ({"bigqueryConfig": {"table": "acme-prod.sales.orders"}}, ORDERS),
        (
            {"bigqueryConfig": {"table": "example.com:acme.sales.orders"}},
            ORDERS.replace("acme-prod", "example.com:acme"),
        ),
        ({"cloudStorageConfig": {"bucket": "acme-archive"}}, "//storage.googleapis.com/acme-archive"),
        (
            {"deadLetterPolicy": {"deadLetterTopic": f"{PROJECT}/topics/dead"}},
            f"//pubsub.googleapis.com/{PROJECT}/topics/dead",
        ),
        (
            {"bigtableConfig": {"table": f"{PROJECT}/instances/i/tables/t"}},
            f"//bigtable.googleapis.com/{PROJECT}/instances/i/tables/t",
        ),
    ],
)
def test_what_a_subscription_carries_elsewhere(data: dict[str, Any], ref: str) -> None:
    (copy,) = items(SUBSCRIPTION, Location.copies, data)
    assert isinstance(copy, Copy)
    assert (copy.kind, copy.ref) == (CopyKind.REPLICA, ref)
    assert isinstance(copy.place, Unknown)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, []),
        ({"pushConfig": {}}, []),
        ({"pushConfig": {"pushEndpoint": ""}}, []),
        ({"pushConfig": {"pushEndpoint": "https://example.com/in"}}, [Reason.UNDECIDED]),
        ({"pushConfig": {"pushEndpoint": 7}}, [Reason.SHAPE]),
        ({"bigqueryConfig": {"table": "orders"}}, [Reason.SHAPE]),
        ({"cloudStorageConfig": {"bucket": ["b"]}}, [Reason.SHAPE]),
    ],
)
def test_subscriptions_that_carry_nothing_known(data: dict[str, Any], why: list[Reason]) -> None:
    assert gaps(SUBSCRIPTION, Location.copies, data) == ((), why)
    assert inapplicable(SUBSCRIPTION, Location.homes, data)


def test_the_topic_of_a_subscription() -> None:
    data = {"topic": f"{PROJECT}/topics/orders"}
    assert refs(items(SUBSCRIPTION, Lineage.origins, data)) == [f"//pubsub.googleapis.com/{PROJECT}/topics/orders"]
    assert gaps(SUBSCRIPTION, Lineage.origins, {"topic": "_deleted-topic_"}) == ((), [Reason.UNDECIDED])
    assert gaps(SUBSCRIPTION, Lineage.origins, {}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize("kind", [DATASET, TABLE, TOPIC, SUBSCRIPTION])
def test_labels(kind: str) -> None:
    assert value(kind, Tagging.tags, {"labels": {"env": "prod"}}) == {"env": "prod"}
    assert value(kind, Tagging.tags, {}) == {}
    assert reason(kind, Tagging.tags, {"labels": "env"}) is Reason.SHAPE


@pytest.mark.parametrize("kind", [TABLE, TOPIC, SUBSCRIPTION])
def test_iam_policies_are_not_read(kind: str) -> None:
    assert isinstance(state(kind, Exposure.public, {}), Unknown)
