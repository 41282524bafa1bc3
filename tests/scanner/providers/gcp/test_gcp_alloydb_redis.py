"""AlloyDB and Memorystore: from assets to the states of facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Plan,
    PlanKind,
    Reason,
    Tagging,
    Tls,
    Unknown,
)
from tests.scanner.providers.gcp.states import (
    FRANKFURT,
    KMS,
    LONDON,
    PROJECT,
    TYPES,
    Data,
    gaps,
    inapplicable,
    items,
    reason,
    refs,
    value,
)

CLUSTER, INSTANCE, BACKUP = "gcp.alloydb.cluster", "gcp.alloydb.instance", "gcp.alloydb.backup"
REDIS, SHARDED = "gcp.redis.instance", "gcp.redis.cluster"
HERE = f"{PROJECT}/locations/europe-west2"
ALLOY = f"//alloydb.googleapis.com/{HERE}/clusters/main"
NAMES = {
    CLUSTER: ALLOY,
    INSTANCE: f"{ALLOY}/instances/first",
    BACKUP: f"//alloydb.googleapis.com/{HERE}/backups/nightly",
    REDIS: f"//redis.googleapis.com/{HERE}/instances/cache",
    SHARDED: f"//redis.googleapis.com/{HERE}/clusters/cache",
}
OFF = {"continuousBackupConfig": {"enabled": False}}


@pytest.mark.parametrize("kind", NAMES)
def test_each_is_in_the_place_in_its_name(kind: str) -> None:
    assert items(kind, Location.homes, {}, NAMES[kind]) == (LONDON,)
    assert gaps(kind, Location.homes, {}, "//alloydb.googleapis.com/odd") == ((), [Reason.SHAPE])
    assert gaps(kind, Location.homes, {}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize("kind", [INSTANCE, BACKUP, REDIS])
def test_what_has_no_copies(kind: str) -> None:
    assert items(kind, Location.copies, {}) == ()


def test_secondary_clusters() -> None:
    told = f"{PROJECT}/locations/europe-west3/clusters/second"
    copies = items(CLUSTER, Location.copies, {"primaryConfig": {"secondaryClusterNames": [told]}})
    assert copies == (Copy(CopyKind.REPLICA, FRANKFURT, f"//alloydb.googleapis.com/{told}"),)
    assert items(CLUSTER, Location.copies, {}) == ()
    for odd in (told, ["second"], [7]):
        found = gaps(CLUSTER, Location.copies, {"primaryConfig": {"secondaryClusterNames": odd}})
        assert found == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("kind", "data", "owner", "key"),
    [
        (CLUSTER, {"encryptionConfig": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (CLUSTER, {}, KeyOwner.PROVIDER, "provider"),
        (BACKUP, {"encryptionConfig": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (BACKUP, {"encryptionConfig": {}}, KeyOwner.PROVIDER, "provider"),
        (REDIS, {"customerManagedKey": KMS}, KeyOwner.CUSTOMER, KMS),
        (REDIS, {}, KeyOwner.PROVIDER, "provider"),
        (SHARDED, {"kmsKey": KMS}, KeyOwner.CUSTOMER, KMS),
        (SHARDED, {}, KeyOwner.PROVIDER, "provider"),
    ],
)
def test_keys(kind: str, data: dict[str, Any], owner: KeyOwner, key: str) -> None:
    assert value(kind, EncryptionAtRest.state, data) is AtRest.ENCRYPTED
    assert value(kind, EncryptionAtRest.owner, data) is owner
    assert value(kind, EncryptionAtRest.key, data) == key
    assert EncryptionAtRest in TYPES[INSTANCE].without


def plans(data: dict[str, Any]) -> tuple[tuple[Plan, ...], list[Reason]]:
    return gaps(CLUSTER, Backup.plans, data, ALLOY)


def snapshot(kept: Duration, every: Duration) -> Plan:
    return Plan(PlanKind.SNAPSHOT, kept, every, (LONDON,), encrypted=True, immutable=False)


@pytest.mark.parametrize(
    ("location", "places"),
    [
        ("europe-west3", (FRANKFURT,)),
        (f"{PROJECT}/locations/europe-west3", (FRANKFURT,)),
        ("", (LONDON,)),
        (0, Reason.SHAPE),
        (7, Reason.SHAPE),
    ],
)
def test_automated_backups_lie_where_their_policy_says(location: object, places: tuple[str, ...] | Reason) -> None:
    policy = {"location": location, "timeBasedRetention": {"retentionPeriod": "604800s"}}
    (plan,), _ = plans({"automatedBackupPolicy": policy, **OFF})
    assert (plan.places.reason if isinstance(plan.places, Unknown) else plan.places) == places


@pytest.mark.parametrize(
    ("policy", "plan"),
    [
        ({"timeBasedRetention": {"retentionPeriod": "604800s"}}, snapshot(Duration.of(7), Duration.of(1))),
        (
            {
                "enabled": True,
                "timeBasedRetention": {"retentionPeriod": "604800s"},
                "weeklySchedule": {"daysOfWeek": ["MONDAY", "THURSDAY"]},
            },
            snapshot(Duration.of(7), Duration.of(4)),
        ),
        (
            {
                "timeBasedRetention": {"retentionPeriod": "604800s"},
                "weeklySchedule": {"daysOfWeek": ["SUNDAY"], "startTimes": [{"hours": 4}]},
            },
            snapshot(Duration.of(7), Duration.of(7)),
        ),
    ],
)
def test_automated_backups(policy: dict[str, Any], plan: Plan) -> None:
    assert plans({"automatedBackupPolicy": policy, **OFF}) == ((plan,), [])


def test_a_primary_without_a_policy_has_the_default_one() -> None:
    default = snapshot(Duration.of(14), Duration.of(1))
    assert plans({"clusterType": "PRIMARY", **OFF}) == ((default,), [])
    assert plans({"clusterType": "SECONDARY", **OFF}) == ((), [Reason.UNDECIDED])
    assert plans(OFF) == ((), [Reason.SHAPE])


def test_disabled_backups() -> None:
    assert plans({"automatedBackupPolicy": {"enabled": False}, **OFF}) == ((), [])
    assert plans({"automatedBackupPolicy": {"enabled": "no"}, **OFF}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("policy", "why"),
    [
        ({"quantityBasedRetention": {"count": 5}}, Reason.UNDECIDED),
        ({}, Reason.SHAPE),
        ({"timeBasedRetention": {"retentionPeriod": "two weeks"}}, Reason.SHAPE),
    ],
)
def test_backups_that_are_kept_for_no_known_time(policy: dict[str, Any], why: Reason) -> None:
    (plan,), _ = plans({"automatedBackupPolicy": policy, **OFF})
    assert isinstance(plan.retention, Unknown)
    assert plan.retention.reason is why


def test_a_day_that_was_not_foreseen() -> None:
    policy = {"timeBasedRetention": {"retentionPeriod": "604800s"}, "weeklySchedule": {"daysOfWeek": ["SOLSTICE"]}}
    (plan,), _ = plans({"automatedBackupPolicy": policy, **OFF})
    assert isinstance(plan.every, Unknown)


@pytest.mark.parametrize(("days", "kept"), [({}, 14), ({"recoveryWindowDays": 35}, 35)])
def test_continuous_backups(days: dict[str, int], kept: int) -> None:
    data = {"automatedBackupPolicy": {"enabled": False}, "continuousBackupConfig": {"enabled": True, **days}}
    (plan,), _ = plans(data)
    assert plan == Plan(
        PlanKind.CONTINUOUS, Duration.of(kept), Duration.of(1, "second"), (LONDON,), encrypted=True, immutable=False
    )
    assert plans({"automatedBackupPolicy": {"enabled": False}}) == ((), [Reason.SHAPE])


def test_origins_of_a_cluster() -> None:
    primary, backup = f"{PROJECT}/locations/europe-west3/clusters/live", f"{HERE}/backups/b"
    vaulted = f"{HERE}/backupVaults/v/dataSources/d/backups/b"
    data = {
        "secondaryConfig": {"primaryClusterName": primary},
        "backupSource": {"backupName": backup},
        "backupdrBackupSource": {"backup": vaulted},
    }
    origins, why = gaps(CLUSTER, Lineage.origins, data)
    assert refs(origins) == [
        f"//alloydb.googleapis.com/{primary}",
        f"//alloydb.googleapis.com/{backup}",
        f"//backupdr.googleapis.com/{vaulted}",
    ]
    assert why == [Reason.NOT_ASKED]
    for other in ("cloudsqlBackupRunSource", "migrationSource"):
        assert gaps(CLUSTER, Lineage.origins, {other: {}}) == ((), [Reason.NOT_ASKED, Reason.NOT_ASKED])


@pytest.mark.parametrize(
    ("mode", "plaintext"),
    [
        ("ENCRYPTED_ONLY", False),
        ("SSL_MODE_REQUIRE", False),
        ("SSL_MODE_VERIFY_CA", False),
        ("SSL_MODE_UNSPECIFIED", False),
        (None, False),
        ("ALLOW_UNENCRYPTED_AND_ENCRYPTED", True),
        ("SSL_MODE_ALLOW", True),
    ],
)
def test_alloydb_plaintext(mode: str | None, plaintext: bool) -> None:
    data = {"clientConnectionConfig": {"sslConfig": {"sslMode": mode}}}
    assert value(INSTANCE, EncryptionInTransit.plaintext, data) is plaintext


def test_alloydb_in_transit_that_is_not_told() -> None:
    odd = {"clientConnectionConfig": {"sslConfig": {"sslMode": "MAYBE"}}}
    assert reason(INSTANCE, EncryptionInTransit.plaintext, odd) is Reason.SHAPE
    assert reason(INSTANCE, EncryptionInTransit.minimum_tls, {}) is Reason.NOT_ASKED
    assert reason(INSTANCE, EncryptionInTransit.certificate_expires, {}) is Reason.NOT_ASKED


@pytest.mark.parametrize(
    ("config", "public"),
    [
        ({"enablePublicIp": False}, False),
        ({"enablePublicIp": True}, False),
        ({"enablePublicIp": True, "authorizedExternalNetworks": [{"cidrRange": "192.0.2.0/24"}]}, False),
        ({"enablePublicIp": True, "authorizedExternalNetworks": [{"cidrRange": "0.0.0.0/0"}]}, True),
        (
            {
                "enablePublicIp": True,
                "authorizedExternalNetworks": [{"cidrRange": "0.0.0.0/1"}, {"cidrRange": "128.0.0.0/1"}],
            },
            True,
        ),
    ],
)
def test_alloydb_exposure(config: dict[str, Any], public: bool) -> None:
    assert value(INSTANCE, Exposure.public, {"networkConfig": config}) is public


@pytest.mark.parametrize("config", [{}, {"enablePublicIp": True, "authorizedExternalNetworks": [{"cidrRange": "all"}]}])
def test_alloydb_exposure_that_is_not_told(config: dict[str, Any]) -> None:
    assert reason(INSTANCE, Exposure.public, {"networkConfig": config}) is Reason.SHAPE


def test_a_backup_of_alloydb() -> None:
    times = {"createTime": "2026-01-12T09:00:00.9Z", "expiryTime": "2026-01-26T09:00:00.9Z"}
    (plan,) = items(BACKUP, Backup.plans, times, NAMES[BACKUP])
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.SNAPSHOT, Duration.of(14), (LONDON,))
    (plan,) = items(BACKUP, Backup.plans, {}, NAMES[BACKUP])
    assert isinstance(plan.retention, Unknown)
    cluster = f"{HERE}/clusters/main"
    assert refs(items(BACKUP, Lineage.origins, {"clusterName": cluster})) == [ALLOY]
    assert gaps(BACKUP, Lineage.origins, {}) == ((), [Reason.SHAPE])
    assert reason(BACKUP, Exposure.public, {}) is Reason.NOT_ASKED


@pytest.mark.parametrize("kind", [REDIS, SHARDED])
@pytest.mark.parametrize(
    ("mode", "plaintext", "lowest"),
    [
        (None, True, Tls.NONE),
        ("DISABLED", True, Tls.NONE),
        ("TRANSIT_ENCRYPTION_MODE_DISABLED", True, Tls.NONE),
        ("TRANSIT_ENCRYPTION_MODE_UNSPECIFIED", True, Tls.NONE),
        ("SERVER_AUTHENTICATION", False, Tls.V1_2),
        ("TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION", False, Tls.V1_2),
    ],
)
def test_redis_in_transit(kind: str, mode: str | None, plaintext: bool, lowest: Tls) -> None:
    data = {"transitEncryptionMode": mode}
    assert value(kind, EncryptionInTransit.plaintext, data) is plaintext
    assert value(kind, EncryptionInTransit.minimum_tls, data) is lowest
    assert value(kind, Exposure.public, data) is False


def test_redis_in_transit_that_is_not_understood() -> None:
    data = {"transitEncryptionMode": "QUANTUM"}
    for fact in EncryptionInTransit.questions():
        assert reason(REDIS, fact, data) is Reason.SHAPE


def test_redis_certificates() -> None:
    certificates = [{"expireTime": "2036-01-12T09:00:00Z"}, {"expireTime": "2031-01-12T09:00:00Z"}]
    data = {"transitEncryptionMode": "SERVER_AUTHENTICATION", "serverCaCerts": certificates}
    first = datetime(2031, 1, 12, 9, tzinfo=UTC)
    assert value(REDIS, EncryptionInTransit.certificate_expires, data) == first
    assert inapplicable(REDIS, EncryptionInTransit.certificate_expires, {})
    odds: tuple[Data, ...] = ({"serverCaCerts": []}, {"serverCaCerts": [{}]}, {"serverCaCerts": None})
    for odd in odds:
        assert reason(REDIS, EncryptionInTransit.certificate_expires, data | odd) is Reason.SHAPE
    assert reason(SHARDED, EncryptionInTransit.certificate_expires, data) is Reason.NOT_ASKED


def test_redis_has_no_backups_that_are_told() -> None:
    assert gaps(REDIS, Backup.plans, {}) == ((), [Reason.NOT_ASKED])
    assert gaps(REDIS, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])


@pytest.mark.parametrize(("kept", "days"), [({}, 35), ({"retention": "604800s"}, 7)])
def test_backups_of_a_redis_cluster(kept: dict[str, str], days: int) -> None:
    data = {"automatedBackupConfig": {"automatedBackupMode": "ENABLED", **kept}}
    found = items(SHARDED, Backup.plans, data, NAMES[SHARDED])
    assert found == (snapshot(Duration.of(days), Duration.of(1)),)
    off = {"automatedBackupConfig": {"automatedBackupMode": "DISABLED", **kept}}
    assert items(SHARDED, Backup.plans, off, NAMES[SHARDED]) == ()


@pytest.mark.parametrize(
    "config", [{}, {"automatedBackupMode": "ON"}, {"automatedBackupMode": "ENABLED", "retention": "long"}]
)
def test_backups_of_a_redis_cluster_that_are_not_told(config: dict[str, str]) -> None:
    found = gaps(SHARDED, Backup.plans, {"automatedBackupConfig": config}, NAMES[SHARDED])
    assert found == ((), [Reason.SHAPE])


def test_redis_clusters_that_replicate() -> None:
    own, other = f"{HERE}/clusters/cache", f"{PROJECT}/locations/europe-west3/clusters/cache"
    membership = {"primaryCluster": {"cluster": own}, "secondaryClusters": [{"cluster": other}, {"cluster": own}]}
    data = {"crossClusterReplicationConfig": {"clusterRole": "PRIMARY", "membership": membership}}
    second = f"//redis.googleapis.com/{other}"
    assert items(SHARDED, Location.copies, data, NAMES[SHARDED]) == (Copy(CopyKind.REPLICA, FRANKFURT, second),)
    assert gaps(SHARDED, Lineage.origins, data, NAMES[SHARDED]) == ((), [Reason.NOT_ASKED])
    origins, _ = gaps(SHARDED, Lineage.origins, data, second)
    assert refs(origins) == [NAMES[SHARDED]]
    members: tuple[Data, ...] = ({}, {"cluster": "elsewhere"})
    for member in members:
        odd = {"crossClusterReplicationConfig": {"membership": {"secondaryClusters": [member]}}}
        assert gaps(SHARDED, Location.copies, odd, NAMES[SHARDED]) == ((), [Reason.SHAPE])


def test_origins_of_a_redis_cluster() -> None:
    backup = f"{HERE}/backupCollections/c/backups/b"
    data = {
        "managedBackupSource": {"backup": f"//redis.googleapis.com/{backup}"},
        "gcsSource": {"uris": ["gs://acme-in/dump.rdb"]},
    }
    origins, why = gaps(SHARDED, Lineage.origins, data, NAMES[SHARDED])
    assert refs(origins) == [f"//redis.googleapis.com/{backup}", "//storage.googleapis.com/acme-in"]
    assert why == [Reason.NOT_ASKED]


@pytest.mark.parametrize("kind", NAMES)
def test_labels(kind: str) -> None:
    assert value(kind, Tagging.tags, {"labels": {"env": "prod"}}) == {"env": "prod"}
    assert value(kind, Tagging.tags, {}) == {}
    assert reason(kind, Tagging.tags, {"labels": ["env"]}) is Reason.SHAPE
