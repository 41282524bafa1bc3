"""From the replies of ElastiCache and MemoryDB to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
    Tls,
)
from scanner.providers.aws import memorydb
from scanner.providers.aws.elasticache import CLUSTER, GROUP, SERVERLESS, SERVERLESS_SNAPSHOT, SNAPSHOT
from tests.scanner.providers.aws.states import KEY, OWN_KEY, REFUSED, UNASKED, copies, plans, refs, told

MEMORY = "arn:aws:memorydb:eu-west-2:111111111111:cluster/m"
HERE = "arn:aws:elasticache:eu-west-2:111111111111"
DAILY = ("snapshot", "5 days", "1 day", ("aws:eu-west-2",), True)


def _group(**fields: object) -> dict[str, Any]:
    return {"ReplicationGroupId": "sessions", "ARN": f"{HERE}:replicationgroup:sessions", **fields}


@pytest.mark.parametrize(
    ("fields", "key", "state", "owner", "name"),
    [
        ({"StorageEncryptionType": "none"}, UNASKED, AtRest.NONE, Inapplicable, Inapplicable),
        ({"StorageEncryptionType": "sse-elasticache"}, UNASKED, AtRest.ENCRYPTED, KeyOwner.PROVIDER, "provider"),
        ({"StorageEncryptionType": "sse-kms", "KmsKeyId": KEY}, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        ({"StorageEncryptionType": "sse-kms", "KmsKeyId": KEY}, REFUSED, AtRest.ENCRYPTED, Reason.REFUSED, KEY),
        ({"AtRestEncryptionEnabled": True}, UNASKED, AtRest.ENCRYPTED, KeyOwner.PROVIDER, "provider"),
        ({"AtRestEncryptionEnabled": True, "KmsKeyId": KEY}, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        ({"AtRestEncryptionEnabled": False}, UNASKED, *[Reason.UNDECIDED] * 3),
        ({"StorageEncryptionType": "new"}, UNASKED, *[Reason.SHAPE] * 3),
        ({}, UNASKED, *[Reason.SHAPE] * 3),
    ],
)
def test_a_replication_group_at_rest(
    fields: dict[str, object], key: object, state: object, owner: object, name: object
) -> None:
    replies = {"key": key}
    assert told(GROUP, EncryptionAtRest.state, _group(**fields), replies) == state
    assert told(GROUP, EncryptionAtRest.owner, _group(**fields), replies) == owner
    assert told(GROUP, EncryptionAtRest.key, _group(**fields), replies) == name
    ciphers = told(GROUP, EncryptionAtRest.algorithms, _group(**fields), replies)
    assert ciphers == {AtRest.NONE: frozenset(), AtRest.ENCRYPTED: Reason.UNDECIDED}.get(state, state)  # type: ignore[call-overload] # a key that is no AtRest is just not there


@pytest.mark.parametrize("kind", [GROUP, CLUSTER])
@pytest.mark.parametrize(
    ("fields", "plaintext"),
    [
        ({"TransitEncryptionEnabled": False}, True),
        ({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "preferred"}, True),
        ({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "required"}, False),
        ({"TransitEncryptionEnabled": True}, Reason.SHAPE),
        ({"TransitEncryptionEnabled": True, "TransitEncryptionMode": "later"}, Reason.SHAPE),
        ({}, Reason.SHAPE),
    ],
)
def test_a_cache_takes_plain_connections(kind: ResourceType, fields: dict[str, object], plaintext: object) -> None:
    assert told(kind, EncryptionInTransit.plaintext, fields) == plaintext
    assert told(kind, EncryptionInTransit.minimum_tls, fields) is Reason.UNDECIDED
    assert told(kind, Exposure.public, fields) is False


def _nodes(*zones: object) -> dict[str, Any]:
    return {"NodeGroups": [{"NodeGroupMembers": [{"PreferredAvailabilityZone": zone} for zone in zones]}]}


@pytest.mark.parametrize(
    ("kind", "fields", "homes"),
    [
        (GROUP, _nodes("eu-west-2a", "eu-west-2b"), ["aws:eu-west-2"]),
        (GROUP, _nodes("eu-central-1a", "eu-central-1-ist-1a"), ["aws:eu-central-1", "aws:eu-central-1-ist-1"]),
        (GROUP, _nodes(None), ["aws:eu-west-2"]),
        (GROUP, {}, ["aws:eu-west-2"]),
        (GROUP, {"MemberClustersOutpostArns": ["arn:outpost"]}, [Reason.UNDECIDED]),
        (GROUP, _nodes(7), [Reason.SHAPE]),
        (CLUSTER, {"PreferredAvailabilityZone": "eu-west-2a"}, ["aws:eu-west-2"]),
        (CLUSTER, {"PreferredAvailabilityZone": "Multiple"}, ["aws:eu-west-2"]),
        (CLUSTER, {"PreferredAvailabilityZone": "eu-west-2a", "PreferredOutpostArn": "arn:o"}, [Reason.UNDECIDED]),
        (CLUSTER, {}, [Reason.SHAPE]),
        (SERVERLESS, {"ARN": "arn:x"}, ["aws:eu-west-2"]),
        (SNAPSHOT, {"ARN": "arn:x"}, ["aws:eu-west-2"]),
        (SERVERLESS_SNAPSHOT, {}, [Reason.SHAPE]),
    ],
)
def test_home_of_a_cache(kind: ResourceType, fields: dict[str, object], homes: object) -> None:
    assert told(kind, Location.homes, fields) == homes


def _global(*members: tuple[str, str, str]) -> dict[str, Any]:
    fields = ("ReplicationGroupRegion", "ReplicationGroupId", "Role")
    return {"GlobalReplicationGroups": [{"Members": [dict(zip(fields, member, strict=True)) for member in members]}]}


IN_GLOBAL = _group(GlobalReplicationGroupInfo={"GlobalReplicationGroupId": "g"})
FAR = "arn:aws:elasticache:us-east-1:111111111111:replicationgroup:sessions"
OWN = ("eu-west-2", "sessions", "SECONDARY")


@pytest.mark.parametrize(
    ("item", "reply", "far", "origins"),
    [
        (_group(GlobalReplicationGroupInfo={}), UNASKED, [], []),
        (_group(), UNASKED, [], []),
        (IN_GLOBAL, _global(OWN), [], []),
        (IN_GLOBAL, _global(OWN, ("us-east-1", "sessions", "PRIMARY")), [FAR], [FAR]),
        (IN_GLOBAL, _global(OWN, ("us-east-1", "sessions", "secondary")), [FAR], []),
        (IN_GLOBAL, {"GlobalReplicationGroups": [{}]}, [Reason.SHAPE], [Reason.SHAPE]),
        (IN_GLOBAL, REFUSED, [Reason.REFUSED], [Reason.REFUSED]),
    ],
)
def test_the_other_regions_of_a_global_datastore(
    item: object, reply: object, far: object, origins: list[object]
) -> None:
    assert refs(GROUP, Location.copies, item, {"global": reply}) == far
    found = refs(GROUP, Lineage.origins, item, {"global": reply})
    assert sorted(found, key=str) == sorted([Reason.NOT_ASKED, *origins], key=str)


def test_a_replica_is_in_the_region_of_its_member() -> None:
    reply = _global(OWN, ("us-east-1", "sessions", "PRIMARY"))
    assert copies(GROUP, Location.copies, IN_GLOBAL, {"global": reply}) == [("replica", "aws:us-east-1", FAR)]


@pytest.mark.parametrize("kind", [GROUP, CLUSTER])
def test_logs_of_a_cache_are_copies(kind: ResourceType) -> None:
    logs = [
        {"LogType": "slow-log", "DestinationDetails": {"CloudWatchLogsDetails": {"LogGroup": "/cache"}}},
        {"LogType": "engine-log", "DestinationDetails": {"KinesisFirehoseDetails": {"DeliveryStream": "out"}}},
    ]
    assert copies(kind, Location.copies, _group(LogDeliveryConfigurations=logs)) == [
        ("log-sink", "aws:eu-west-2", "arn:aws:logs:eu-west-2:111111111111:log-group:/cache"),
        ("log-sink", "aws:eu-west-2", "arn:aws:firehose:eu-west-2:111111111111:deliverystream/out"),
    ]


SEALED = {"StorageEncryptionType": "sse-elasticache", "AtRestEncryptionEnabled": True}


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (GROUP, {"SnapshotRetentionLimit": 5, **SEALED}, [DAILY]),
        (GROUP, {"SnapshotRetentionLimit": 5, "StorageEncryptionType": "none"}, [(*DAILY[:4], False)]),
        (GROUP, {"SnapshotRetentionLimit": 5}, [(*DAILY[:4], Reason.SHAPE)]),
        (GROUP, {"SnapshotRetentionLimit": 0, **SEALED}, []),
        (GROUP, SEALED, [Reason.SHAPE]),
        (CLUSTER, {"SnapshotRetentionLimit": 5, "Engine": "redis", **SEALED}, [DAILY]),
        (CLUSTER, {"SnapshotRetentionLimit": 0, "Engine": "redis"}, []),
        (SERVERLESS, {"SnapshotRetentionLimit": 5}, [DAILY]),
        (SERVERLESS, {}, [Reason.SHAPE]),
        (memorydb.CLUSTER, {"SnapshotRetentionLimit": 5, "ARN": FAR.replace("us-east-1", "eu-west-2")}, [DAILY]),
        (memorydb.CLUSTER, {"SnapshotRetentionLimit": 0}, []),
        (memorydb.CLUSTER, {}, [Reason.SHAPE]),
    ],
)
def test_daily_snapshots_of_a_cache(kind: ResourceType, fields: dict[str, object], expected: object) -> None:
    assert plans(kind, Backup.plans, fields) == expected


def test_memcached_makes_no_snapshots() -> None:
    assert told(CLUSTER, Backup.plans, {"Engine": "memcached"}) is Inapplicable


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"AtRestEncryptionEnabled": True}, AtRest.ENCRYPTED),
        ({"AtRestEncryptionEnabled": False}, Reason.UNDECIDED),
        ({}, Reason.SHAPE),
    ],
)
def test_a_single_cluster_at_rest(fields: dict[str, object], state: object) -> None:
    assert told(CLUSTER, EncryptionAtRest.state, fields) == state


@pytest.mark.parametrize(
    ("connection", "public"), [("vpc", False), (None, False), ("public", Reason.UNDECIDED), ("odd", Reason.SHAPE)]
)
def test_a_serverless_cache_may_be_reached_over_the_internet(connection: object, public: object) -> None:
    assert told(SERVERLESS, Exposure.public, {"ConnectionType": connection}) == public


ENCRYPTED_ALWAYS = (SERVERLESS, SERVERLESS_SNAPSHOT, memorydb.CLUSTER, memorydb.SNAPSHOT)


@pytest.mark.parametrize("kind", ENCRYPTED_ALWAYS)
@pytest.mark.parametrize(
    ("fields", "key", "owner", "name"),
    [({}, UNASKED, KeyOwner.PROVIDER, "provider"), ({"KmsKeyId": KEY}, OWN_KEY, KeyOwner.CUSTOMER, KEY)],
)
def test_what_is_always_encrypted_may_name_a_key(
    kind: ResourceType, fields: dict[str, object], key: object, owner: object, name: object
) -> None:
    assert told(kind, EncryptionAtRest.state, fields) is AtRest.ENCRYPTED
    assert told(kind, EncryptionAtRest.algorithms, fields) is Reason.UNDECIDED
    assert told(kind, EncryptionAtRest.owner, fields, {"key": key}) == owner
    assert told(kind, EncryptionAtRest.key, fields, {"key": key}) == name


@pytest.mark.parametrize(
    ("fields", "state", "owner"),
    [({"KmsKeyId": KEY}, AtRest.ENCRYPTED, KeyOwner.CUSTOMER), ({}, Reason.UNDECIDED, Reason.SHAPE)],
)
def test_a_snapshot_at_rest(fields: dict[str, object], state: object, owner: object) -> None:
    assert told(SNAPSHOT, EncryptionAtRest.state, fields) == state
    assert told(SNAPSHOT, EncryptionAtRest.owner, fields, {"key": OWN_KEY if fields else {}}) == owner


POINT = ("snapshot", "forever", "undecided", ("aws:eu-west-2",), True)
SAVED = {"SnapshotType": "manual", "CreateTime": "2026-11-01T00:00:00+00:00"}
IN_MEMORY = {"ARN": "arn:aws:memorydb:eu-west-2:111111111111:snapshot/a", "Source": "manual"}


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (SNAPSHOT, {"SnapshotSource": "manual", "KmsKeyId": KEY}, POINT),
        (SNAPSHOT, {"SnapshotSource": "manual"}, (*POINT[:4], Reason.UNDECIDED)),
        (
            SNAPSHOT,
            {"SnapshotSource": "automated", "SnapshotRetentionLimit": 7, "KmsKeyId": KEY},
            ("snapshot", "7 days", *POINT[2:]),
        ),
        (SNAPSHOT, {"SnapshotSource": "automated"}, Reason.SHAPE),
        (SNAPSHOT, {}, Reason.SHAPE),
        (SERVERLESS_SNAPSHOT, SAVED, POINT),
        (
            SERVERLESS_SNAPSHOT,
            {**SAVED, "SnapshotType": "automated", "ExpiryTime": "2026-11-08T00:00:00+00:00"},
            ("snapshot", "7 days", *POINT[2:]),
        ),
        (SERVERLESS_SNAPSHOT, {**SAVED, "SnapshotType": "automated"}, Reason.SHAPE),
        (SERVERLESS_SNAPSHOT, {**SAVED, "ExpiryTime": "soon"}, Reason.SHAPE),
        (memorydb.SNAPSHOT, IN_MEMORY, POINT),
        (memorydb.SNAPSHOT, {**IN_MEMORY, "Source": "automated"}, ("snapshot", "not_asked", *POINT[2:])),
        (memorydb.SNAPSHOT, {**IN_MEMORY, "Source": "odd"}, Reason.SHAPE),
    ],
)
def test_a_snapshot_of_a_cache_is_a_recovery_point(
    kind: ResourceType, fields: dict[str, object], expected: object
) -> None:
    assert plans(kind, Backup.plans, fields) == [expected]


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (SNAPSHOT, {"ReplicationGroupId": "g", "CacheClusterId": "c"}, f"{HERE}:replicationgroup:g"),
        (SNAPSHOT, {"CacheClusterId": "c"}, f"{HERE}:cluster:c"),
        (SNAPSHOT, {}, Reason.SHAPE),
        (
            SERVERLESS_SNAPSHOT,
            {"ServerlessCacheConfiguration": {"ServerlessCacheName": "s"}},
            f"{HERE}:serverlesscache:s",
        ),
        (
            memorydb.SNAPSHOT,
            {"ClusterConfiguration": {"Name": "m"}},
            "arn:aws:memorydb:eu-west-2:111111111111:cluster/m",
        ),
        (memorydb.SNAPSHOT, {}, Reason.SHAPE),
    ],
)
def test_origin_of_a_snapshot(kind: ResourceType, fields: dict[str, object], expected: object) -> None:
    assert refs(kind, Lineage.origins, fields) == [expected]


@pytest.mark.parametrize(
    ("tls", "plaintext", "lowest"),
    [(True, False, Tls.V1_2), (False, True, Inapplicable), (None, Reason.SHAPE, Reason.SHAPE)],
)
def test_memorydb_in_transit(tls: object, plaintext: object, lowest: object) -> None:
    assert told(memorydb.CLUSTER, EncryptionInTransit.plaintext, {"TLSEnabled": tls}) == plaintext
    assert told(memorydb.CLUSTER, EncryptionInTransit.minimum_tls, {"TLSEnabled": tls}) == lowest


MEMORY_THERE = "arn:aws:memorydb:us-east-1:111111111111:cluster/m"


@pytest.mark.parametrize(
    ("fields", "reply", "expected"),
    [
        ({}, UNASKED, []),
        (
            {"MultiRegionClusterName": "w"},
            {"MultiRegionClusters": [{"Clusters": [{"ARN": MEMORY}, {"ARN": MEMORY_THERE}]}]},
            [("replica", "aws:us-east-1", MEMORY_THERE)],
        ),
        ({"MultiRegionClusterName": "w"}, {"MultiRegionClusters": [{}]}, [Reason.SHAPE]),
        ({"MultiRegionClusterName": "w"}, REFUSED, [Reason.REFUSED]),
    ],
)
def test_a_multi_region_cluster(fields: dict[str, object], reply: object, expected: list[Any]) -> None:
    item, replies = {"ARN": MEMORY, **fields}, {"regions": reply}
    assert copies(memorydb.CLUSTER, Location.copies, item, replies) == expected
    sources = [each[2] if isinstance(each, tuple) else each for each in expected]
    found = refs(memorydb.CLUSTER, Lineage.origins, item, replies)
    assert sorted(found, key=str) == sorted([Reason.NOT_ASKED, *sources], key=str)
    assert told(memorydb.CLUSTER, Location.homes, item) == ["aws:eu-west-2"]


@pytest.mark.parametrize("kind", [GROUP, CLUSTER, SNAPSHOT, *ENCRYPTED_ALWAYS])
def test_tags_of_a_cache(kind: ResourceType) -> None:
    reply = {"TagList": [{"Key": "env", "Value": "prod"}]}
    assert told(kind, Tagging.tags, {}, {"tags": reply}) == {"env": "prod"}
    assert told(kind, Tagging.tags, {}, {"tags": REFUSED}) is Reason.REFUSED
