"""Each type: from assets to the states of facts, with what was never foreseen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.facts import (
    FOREVER,
    AtRest,
    Backup,
    Body,
    Connection,
    Copy,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Fact,
    Fragment,
    Inapplicable,
    KeyOwner,
    Known,
    Lineage,
    Location,
    LogStore,
    Plan,
    PlanKind,
    Reason,
    Refused,
    Seen,
    State,
    Tagging,
    Unknown,
    Where,
)
from scanner.providers.gcp import PROVIDER

TYPES = {kind.name: kind for kind in PROVIDER.types}
COMPUTE = "https://www.googleapis.com/compute/v1/projects"
NAMES = {
    "gcp.storage.bucket": "//storage.googleapis.com/files",
    "gcp.sql.instance": "//cloudsql.googleapis.com/projects/acme-prod/instances/main",
    "gcp.compute.disk": "//compute.googleapis.com/projects/acme-prod/zones/europe-west2-a/disks/data",
    "gcp.compute.region-disk": "//compute.googleapis.com/projects/acme-prod/regions/europe-west2/disks/data",
    "gcp.compute.snapshot": "//compute.googleapis.com/projects/acme-prod/global/snapshots/data-1",
    "gcp.logging.bucket": "//logging.googleapis.com/projects/100000000001/locations/global/buckets/app",
    "gcp.compute.network": "//compute.googleapis.com/projects/acme-prod/global/networks/prod",
    "gcp.project": "//cloudresourcemanager.googleapis.com/projects/100000000001",
}


def state(kind: str, fact: Fact[Any], data: dict[str, Any]) -> State:
    (answer,) = [each for each in TYPES[kind].facts if each.fact is fact]
    body = Body("cloudasset.assets.list", "p", Fragment({"name": NAMES[kind], "resource": {"data": data}}))
    return answer({"item": body}, Where("gcp", "acme-prod"))


def value(kind: str, fact: Fact[Any], data: dict[str, Any]) -> Any:
    found = state(kind, fact, data)
    assert isinstance(found, Known), found
    return found.value


def seen(kind: str, fact: Fact[Any], data: dict[str, Any]) -> tuple[Any, ...]:
    """The items of a set that has no gap."""
    found = value(kind, fact, data)
    assert isinstance(found, Seen)
    assert found.gaps == ()
    return found.items


def gaps(kind: str, fact: Fact[Any], data: dict[str, Any]) -> tuple[tuple[Any, ...], list[Reason]]:
    found = value(kind, fact, data)
    assert isinstance(found, Seen)
    return found.items, [gap.reason for gap in found.gaps]


def reason(kind: str, fact: Fact[Any], data: dict[str, Any]) -> Reason:
    found = state(kind, fact, data)
    assert isinstance(found, Unknown), found
    return found.reason


def ip(**values: Any) -> dict[str, Any]:
    return {"settings": {"ipConfiguration": values}}


BUCKET, SQL, DISK, SNAPSHOT = "gcp.storage.bucket", "gcp.sql.instance", "gcp.compute.disk", "gcp.compute.snapshot"
LOG, NETWORK = "gcp.logging.bucket", "gcp.compute.network"
PRIMARY = {"instanceType": "CLOUD_SQL_INSTANCE", "region": "europe-west2", "gceZone": "europe-west2-a"}
KMS = "projects/keys/locations/europe-west2/keyRings/r/cryptoKeys/k"


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ({"location": "EUROPE-WEST2"}, ("gcp:europe-west2",)),
        ({"location": "EU", "customPlacementConfig": {}}, ("gcp:eu",)),
        ({"location": "EUR4"}, ("gcp:eur4",)),
        (
            {"location": "EU", "customPlacementConfig": {"dataLocations": ["EUROPE-WEST1", "EUROPE-WEST4"]}},
            ("gcp:europe-west1", "gcp:europe-west4"),
        ),
    ],
)
def test_bucket_homes(data: dict[str, Any], places: tuple[str, ...]) -> None:
    assert seen(BUCKET, Location.homes, data) == places
    assert seen(BUCKET, Location.copies, data) == ()


@pytest.mark.parametrize("data", [{}, {"location": ""}, {"location": 7}])
def test_bucket_without_a_location_is_unknown(data: dict[str, Any]) -> None:
    assert gaps(BUCKET, Location.homes, data) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("kind", "data", "owner", "key"),
    [
        (BUCKET, {"encryption": {"defaultKmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (BUCKET, {"encryption": {}}, KeyOwner.PROVIDER, "provider"),
        (BUCKET, {}, KeyOwner.PROVIDER, "provider"),
        (SQL, PRIMARY | {"diskEncryptionConfiguration": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (SQL, PRIMARY, KeyOwner.PROVIDER, "provider"),
        (LOG, {"cmekSettings": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (LOG, {}, KeyOwner.PROVIDER, "provider"),
        (DISK, {"diskEncryptionKey": {"kmsKeyName": f"{KMS}/cryptoKeyVersions/3"}}, KeyOwner.CUSTOMER, KMS),
        (
            DISK,
            {"diskEncryptionKey": {"sha256": "aGFzaA=="}},
            KeyOwner.CUSTOMER,
            "supplied by the customer, SHA-256 aGFzaA==",
        ),
        (DISK, {}, KeyOwner.PROVIDER, "provider"),
        (SNAPSHOT, {"snapshotEncryptionKey": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (SNAPSHOT, {}, KeyOwner.PROVIDER, "provider"),
    ],
)
def test_keys(kind: str, data: dict[str, Any], owner: KeyOwner, key: str) -> None:
    assert value(kind, EncryptionAtRest.owner, data) is owner
    assert value(kind, EncryptionAtRest.key, data) == key


@pytest.mark.parametrize("name", ["", 1, ["k"]])
def test_an_unforeseen_key_is_unknown(name: object) -> None:
    data = {"encryption": {"defaultKmsKeyName": name}}
    assert reason(BUCKET, EncryptionAtRest.owner, data) is Reason.SHAPE
    assert reason(BUCKET, EncryptionAtRest.key, data) is Reason.SHAPE


@pytest.mark.parametrize("kind", [BUCKET, LOG, SNAPSHOT])
def test_google_always_encrypts(kind: str) -> None:
    assert value(kind, EncryptionAtRest.state, {}) is AtRest.ENCRYPTED
    assert value(kind, EncryptionAtRest.algorithms, {}) == {"AES-256"}


def test_bucket_soft_delete() -> None:
    data = {"location": "EUROPE-WEST2", "softDeletePolicy": {"retentionDurationSeconds": "604800"}}
    (plan,), unseen = gaps(BUCKET, Backup.plans, data)
    assert unseen == [Reason.NOT_ASKED]
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.SNAPSHOT, Duration.of(7), ("gcp:europe-west2",))
    assert (plan.encrypted, plan.immutable) == (True, True)
    assert isinstance(plan.every, Unknown)


def test_bucket_with_a_pause_of_deletion() -> None:
    policy = {"retentionDurationSeconds": 86400, "hardDeletePause": {"enabled": True}}
    (plan,), _ = gaps(BUCKET, Backup.plans, {"location": "EU", "softDeletePolicy": policy})
    assert isinstance(plan.retention, Unknown)


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        ({"softDeletePolicy": {"retentionDurationSeconds": "0"}}, [Reason.NOT_ASKED]),
        ({}, [Reason.NOT_ASKED, Reason.SHAPE]),
        ({"softDeletePolicy": {"retentionDurationSeconds": "a week"}}, [Reason.NOT_ASKED, Reason.SHAPE]),
        (
            {"softDeletePolicy": {"retentionDurationSeconds": "1", "hardDeletePause": {"enabled": "y"}}},
            [Reason.NOT_ASKED, Reason.SHAPE],
        ),
    ],
)
def test_bucket_without_soft_delete(data: dict[str, Any], reasons: list[Reason]) -> None:
    assert gaps(BUCKET, Backup.plans, {"location": "EU"} | data) == ((), reasons)


def test_bucket_exposure() -> None:
    enforced = {"iamConfiguration": {"publicAccessPrevention": "enforced"}}
    assert value(BUCKET, Exposure.public, enforced) is False
    for prevention in ("inherited", "unspecified", "Enforced"):
        data = {"iamConfiguration": {"publicAccessPrevention": prevention}}
        assert reason(BUCKET, Exposure.public, data) is Reason.NOT_ASKED
    found = state(BUCKET, Exposure.public, {})
    assert isinstance(found, Unknown)
    assert found.permission == "cloudasset.assets.listIamPolicy"
    assert reason(BUCKET, Exposure.public, {"iamConfiguration": {"publicAccessPrevention": 1}}) is Reason.SHAPE


def test_bucket_in_transit_and_lineage() -> None:
    assert reason(BUCKET, EncryptionInTransit.plaintext, {}) is Reason.NOT_ASKED
    assert reason(BUCKET, EncryptionInTransit.minimum_tls, {}) is Reason.NOT_ASKED
    assert isinstance(state(BUCKET, EncryptionInTransit.certificate_expires, {}), Inapplicable)
    assert gaps(BUCKET, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])


@pytest.mark.parametrize(
    ("kind", "data", "tags"),
    [
        (BUCKET, {"labels": {"env": "prod"}}, {"env": "prod"}),
        (BUCKET, {}, {}),
        (SQL, {"settings": {"userLabels": {"env": "prod"}}}, {"env": "prod"}),
        (SQL, {"labels": {"env": "prod"}}, {}),
        (DISK, {"labels": {"env": "prod"}}, {"env": "prod"}),
        (SNAPSHOT, {"labels": {"env": "prod"}}, {"env": "prod"}),
        ("gcp.project", {"labels": {"env": "prod"}}, {"env": "prod"}),
        (LOG, {}, {}),
        (NETWORK, {}, {}),
    ],
)
def test_labels(kind: str, data: dict[str, Any], tags: dict[str, str]) -> None:
    assert value(kind, Tagging.tags, data) == tags


def test_unforeseen_labels() -> None:
    assert reason(BUCKET, Tagging.tags, {"labels": ["env"]}) is Reason.SHAPE


def sql(**backups: Any) -> dict[str, Any]:
    settings = {"edition": "ENTERPRISE", "backupConfiguration": {"backupTier": "STANDARD", "enabled": True} | backups}
    return PRIMARY | {"databaseVersion": "POSTGRES_17", "settings": settings}


def test_sql_homes() -> None:
    assert seen(SQL, Location.homes, PRIMARY) == ("gcp:europe-west2",)
    assert seen(SQL, Location.homes, {"instanceType": "GREEN_INSTANCE", "region": "us-east1"}) == ("gcp:us-east1",)
    moved = PRIMARY | {"gceZone": "europe-west3-b"}
    assert seen(SQL, Location.homes, moved) == ("gcp:europe-west2", "gcp:europe-west3")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (PRIMARY | {"instanceType": "ON_PREMISES_INSTANCE"}, Reason.UNDECIDED),
        (PRIMARY | {"instanceType": "MOON_INSTANCE"}, Reason.SHAPE),
        ({"region": "europe-west2"}, Reason.SHAPE),
        ({"instanceType": "CLOUD_SQL_INSTANCE"}, Reason.SHAPE),
    ],
)
def test_sql_that_is_not_understood(data: dict[str, Any], why: Reason) -> None:
    assert gaps(SQL, Location.homes, data) == ((), [why])


def test_sql_encryption_covers_what_google_runs() -> None:
    assert value(SQL, EncryptionAtRest.state, PRIMARY) is AtRest.ENCRYPTED
    assert value(SQL, EncryptionAtRest.algorithms, PRIMARY) == {"AES-256"}
    elsewhere = {"instanceType": "ON_PREMISES_INSTANCE"}
    assert reason(SQL, EncryptionAtRest.state, elsewhere) is Reason.UNDECIDED
    assert reason(SQL, EncryptionAtRest.algorithms, elsewhere) is Reason.UNDECIDED
    assert reason(SQL, EncryptionAtRest.owner, elsewhere) is Reason.UNDECIDED
    assert reason(SQL, EncryptionAtRest.key, elsewhere) is Reason.UNDECIDED


def test_sql_copies() -> None:
    data = sql(location="europe-west2") | {"replicaNames": ["copy", "acme-dr:other"]}
    first, second, backup = seen(SQL, Location.copies, data)
    assert isinstance(first.place, Unknown)
    assert (first.kind, first.ref) == (
        CopyKind.REPLICA,
        "//cloudsql.googleapis.com/projects/acme-prod/instances/copy",
    )
    assert second.ref == "//cloudsql.googleapis.com/projects/acme-dr/instances/other"
    assert backup == Copy(CopyKind.BACKUP, "gcp:europe-west2")


@pytest.mark.parametrize(
    ("data", "copies", "reasons"),
    [
        (sql(enabled=False), (), []),
        (PRIMARY | {"instanceType": "READ_REPLICA_INSTANCE"}, (), []),
        (sql(backupTier="ENHANCED"), (), [Reason.NOT_ASKED]),
        (PRIMARY, (), [Reason.SHAPE]),
        (sql(location="eu"), (Copy(CopyKind.BACKUP, "gcp:eu"),), []),
    ],
)
def test_sql_copies_of_backups(data: dict[str, Any], copies: tuple[Copy, ...], reasons: list[Reason]) -> None:
    assert gaps(SQL, Location.copies, data) == (copies, reasons)


@pytest.mark.parametrize("location", [{}, {"location": ""}])
def test_sql_backups_without_a_location_are_in_no_known_place(location: dict[str, str]) -> None:
    data = sql(pointInTimeRecoveryEnabled=False, **location)
    (copy,) = seen(SQL, Location.copies, data)
    (plan,) = seen(SQL, Backup.plans, data)
    assert isinstance(copy.place, Unknown)
    assert plan.places == copy.place
    assert "multi-region closest" in copy.place.detail


def test_sql_plans() -> None:
    settings = {
        "location": "europe-west2",
        "backupRetentionSettings": {"retainedBackups": 35, "retentionUnit": "COUNT"},
        "pointInTimeRecoveryEnabled": True,
        "transactionLogRetentionDays": 5,
        "transactionalLogStorageState": "CLOUD_STORAGE",
    }
    places = ("gcp:europe-west2",)
    assert seen(SQL, Backup.plans, sql(**settings)) == (
        Plan(PlanKind.SNAPSHOT, Duration.of(35), Duration.of(1), places, encrypted=True, immutable=False),
        Plan(PlanKind.CONTINUOUS, Duration.of(5), Duration.of(5, "minute"), places, encrypted=True, immutable=False),
    )


def test_sql_deployment_target_has_backups_of_its_own() -> None:
    data = sql(location="eu", pointInTimeRecoveryEnabled=False) | {"instanceType": "GREEN_INSTANCE"}
    assert len(seen(SQL, Backup.plans, data)) == 1
    assert len(seen(SQL, Location.copies, data)) == 1


def test_sql_keeps_seven_backups_by_default() -> None:
    (plan,) = seen(SQL, Backup.plans, sql(location="eu", pointInTimeRecoveryEnabled=False))
    assert (plan.retention, plan.places) == (Duration.of(7), ("gcp:eu",))


@pytest.mark.parametrize(
    ("version", "backups", "edition", "retention"),
    [
        ("POSTGRES_17", {"pointInTimeRecoveryEnabled": True}, "ENTERPRISE", Duration.of(7)),
        ("POSTGRES_17", {"pointInTimeRecoveryEnabled": True}, "ENTERPRISE_PLUS", Duration.of(14)),
        ("SQLSERVER_2022_WEB", {"pointInTimeRecoveryEnabled": True, "transactionLogRetentionDays": 3}, "", None),
        ("MYSQL_8_4", {"binaryLogEnabled": True, "transactionLogRetentionDays": 3}, "", None),
    ],
)
def test_sql_point_in_time(version: str, backups: dict[str, Any], edition: str, retention: Duration | None) -> None:
    data = sql(enabled=False, transactionalLogStorageState="DISK", **backups) | {"databaseVersion": version}
    data["settings"]["edition"] = edition
    (plan,) = seen(SQL, Backup.plans, data)
    assert (plan.kind, plan.retention) == (PlanKind.CONTINUOUS, retention or Duration.of(3))
    assert isinstance(plan.every, Unknown)


@pytest.mark.parametrize(
    ("backups", "count", "reasons"),
    [
        ({"pointInTimeRecoveryEnabled": False}, 1, []),
        ({}, 1, [Reason.SHAPE]),
        ({"binaryLogEnabled": True}, 1, [Reason.SHAPE]),
        ({"pointInTimeRecoveryEnabled": True}, 1, [Reason.SHAPE]),
        ({"backupTier": "ENHANCED"}, 0, [Reason.NOT_ASKED]),
        ({"backupTier": "ADVANCED"}, 0, [Reason.NOT_ASKED]),
        ({"backupTier": "GOLD"}, 0, [Reason.SHAPE]),
        ({"backupTier": None}, 0, [Reason.SHAPE]),
        ({"enabled": None}, 0, [Reason.SHAPE]),
        ({"backupRetentionSettings": {"retainedBackups": 9, "retentionUnit": "DAYS"}}, 0, [Reason.SHAPE]),
    ],
)
def test_sql_plans_with_gaps(backups: dict[str, Any], count: int, reasons: list[Reason]) -> None:
    items, found = gaps(SQL, Backup.plans, sql(**backups))
    assert (len(items), found) == (count, reasons)


@pytest.mark.parametrize("kind", ["READ_REPLICA_INSTANCE", "READ_POOL_INSTANCE"])
def test_sql_replicas_have_no_backups_of_their_own(kind: str) -> None:
    assert isinstance(state(SQL, Backup.plans, sql() | {"instanceType": kind}), Inapplicable)


@pytest.mark.parametrize(
    ("settings", "plaintext"),
    [
        ({"sslMode": "ENCRYPTED_ONLY", "requireSsl": False}, False),
        ({"sslMode": "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"}, False),
        ({"sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED", "requireSsl": True}, True),
        ({"sslMode": "SSL_MODE_UNSPECIFIED", "requireSsl": True}, False),
        ({"requireSsl": True}, False),
        ({"requireSsl": False}, True),
    ],
)
def test_sql_in_transit(settings: dict[str, Any], plaintext: bool) -> None:
    assert value(SQL, EncryptionInTransit.plaintext, ip(**settings)) is plaintext


@pytest.mark.parametrize("settings", [{}, {"sslMode": "MAYBE", "requireSsl": True}, {"requireSsl": "yes"}])
def test_sql_in_transit_unknown(settings: dict[str, Any]) -> None:
    assert reason(SQL, EncryptionInTransit.plaintext, ip(**settings)) is Reason.SHAPE


def test_sql_certificate() -> None:
    data = {"serverCaCert": {"expirationTime": "2036-01-10T09:00:00.123Z"}}
    found = value(SQL, EncryptionInTransit.certificate_expires, data)
    assert found == datetime(2036, 1, 10, 9, 0, 0, 123000, tzinfo=UTC)
    for time in ("2036-01-10T09:00:00", "soon", 5):
        bad = {"serverCaCert": {"expirationTime": time}}
        assert reason(SQL, EncryptionInTransit.certificate_expires, bad) is Reason.SHAPE
    assert reason(SQL, EncryptionInTransit.minimum_tls, {}) is Reason.NOT_ASKED


@pytest.mark.parametrize(
    ("public_ip", "networks", "public"),
    [
        (False, ["0.0.0.0/0"], False),
        (True, [], False),
        (True, ["203.0.113.0/24"], False),
        (True, ["203.0.113.7"], False),
        (True, ["203.0.113.7/24"], False),
        (True, ["203.0.113.0/24", "0.0.0.0/0"], True),
        (True, ["0.0.0.0/1", "128.0.0.0/1"], True),
        (True, ["0.0.0.0/1"], True),
        (True, ["128.0.0.0/2", "192.0.0.0/2"], True),
        (True, ["10.0.0.0/8"], False),
    ],
)
def test_sql_exposure(public_ip: bool, networks: list[str], public: bool) -> None:
    data = ip(ipv4Enabled=public_ip, authorizedNetworks=[{"value": each} for each in networks])
    assert value(SQL, Exposure.public, data) is public


def test_networks_that_are_wider_than_anybody_invites() -> None:
    networks = [{"value": each} for each in ("12.0.0.0/8", "13.0.0.0/32")]
    assert reason(SQL, Exposure.public, ip(ipv4Enabled=True, authorizedNetworks=networks)) is Reason.UNDECIDED


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"ipv4Enabled": True, "authorizedNetworks": [{"value": "anybody"}]},
        {"ipv4Enabled": True, "authorizedNetworks": [{}]},
        {"ipv4Enabled": True, "authorizedNetworks": [{"value": "::/0"}]},
        {"ipv4Enabled": True, "authorizedNetworks": "all"},
    ],
)
def test_sql_exposure_unknown(settings: dict[str, Any]) -> None:
    assert reason(SQL, Exposure.public, ip(**settings)) is Reason.SHAPE


def test_sql_exposure_without_networks() -> None:
    assert value(SQL, Exposure.public, ip(ipv4Enabled=True)) is False


def test_sql_lineage() -> None:
    items, reasons = gaps(SQL, Lineage.origins, {"masterInstanceName": "acme-live:main"})
    assert [each.ref for each in items] == ["//cloudsql.googleapis.com/projects/acme-live/instances/main"]
    assert reasons == [Reason.NOT_ASKED]
    assert gaps(SQL, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ({"zone": f"{COMPUTE}/acme-prod/zones/europe-west2-a"}, ("gcp:europe-west2",)),
        (
            {
                "region": f"{COMPUTE}/acme-prod/regions/europe-west2",
                "replicaZones": [f"{COMPUTE}/acme-prod/zones/europe-west2-{zone}" for zone in "ab"],
            },
            ("gcp:europe-west2",),
        ),
    ],
)
@pytest.mark.parametrize("kind", [DISK, "gcp.compute.region-disk"])
def test_disk_homes(kind: str, data: dict[str, Any], places: tuple[str, ...]) -> None:
    assert seen(kind, Location.homes, data) == places


def test_disk_without_a_place() -> None:
    assert gaps(DISK, Location.homes, {}) == ((), [Reason.SHAPE])
    assert gaps(DISK, Location.homes, {"zone": 1}) == ((), [Reason.SHAPE])


def test_disk_copies() -> None:
    other = "projects/acme-prod/zones/us-east1-b/disks/data-copy"
    data = {
        "asyncSecondaryDisks": {
            "one": {"asyncReplicationDisk": {"disk": f"https://www.googleapis.com/compute/v1/{other}"}},
            "two": {"asyncReplicationDisk": {"disk": "zones/us-west1-a/disks/third"}},
        }
    }
    third = "//compute.googleapis.com/projects/acme-prod/zones/us-west1-a/disks/third"
    assert seen(DISK, Location.copies, data) == (
        Copy(CopyKind.REPLICA, "gcp:us-east1", f"//compute.googleapis.com/{other}"),
        Copy(CopyKind.REPLICA, "gcp:us-west1", third),
    )
    assert seen(DISK, Location.copies, {}) == ()


@pytest.mark.parametrize("told", [["disk"], {"one": {}}, {"one": {"asyncReplicationDisk": {"disk": ""}}}])
def test_disk_copies_unknown(told: object) -> None:
    assert gaps(DISK, Location.copies, {"asyncSecondaryDisks": told}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2019-05-15T13:05:05.798-07:00", {"AES-256"}),
        ("2015-01-01T00:00:00Z", {"AES-256"}),
        ("2014-12-31T23:59:59Z", Reason.UNDECIDED),
        ("once", Reason.SHAPE),
    ],
)
def test_disk_ciphers(time: str, expected: object) -> None:
    found = state(DISK, EncryptionAtRest.algorithms, {"creationTimestamp": time})
    assert (found.reason if isinstance(found, Unknown) else value_of(found)) == expected


def value_of(found: State) -> object:
    assert isinstance(found, Known)
    return found.value


def test_disk_backup_is_never_complete() -> None:
    assert gaps(DISK, Backup.plans, {}) == ((), [Reason.NOT_ASKED])
    assert gaps(DISK, Backup.plans, {"resourcePolicies": ["daily"]}) == ((), [Reason.NOT_ASKED] * 2)
    assert gaps(DISK, Backup.plans, {"resourcePolicies": "daily"}) == ((), [Reason.NOT_ASKED, Reason.SHAPE])


@pytest.mark.parametrize(
    ("data", "refs"),
    [
        ({}, []),
        (
            {"sourceSnapshot": f"{COMPUTE}/acme-live/global/snapshots/s"},
            ["//compute.googleapis.com/projects/acme-live/global/snapshots/s"],
        ),
        (
            {"sourceImage": "global/images/i", "sourceImageId": "7"},
            ["//compute.googleapis.com/projects/acme-prod/global/images/i"],
        ),
        (
            {"sourceDisk": "projects/p/zones/z/disks/d", "asyncPrimaryDisk": {"disk": "projects/q/zones/z/disks/d"}},
            [
                "//compute.googleapis.com/projects/p/zones/z/disks/d",
                "//compute.googleapis.com/projects/q/zones/z/disks/d",
            ],
        ),
        ({"sourceStorageObject": "gs://files/a/b.vmdk"}, ["//storage.googleapis.com/files"]),
        (
            {"sourceStorageObject": "https://storage.googleapis.com/files/a.tar.gz"},
            ["//storage.googleapis.com/files"],
        ),
    ],
)
def test_disk_lineage(data: dict[str, Any], refs: list[str]) -> None:
    assert [each.ref for each in seen(DISK, Lineage.origins, data)] == refs


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"sourceImageId": "7"}, Reason.UNDECIDED),
        ({"sourceStorageObject": "somewhere"}, Reason.SHAPE),
        ({"sourceDisk": 7}, Reason.SHAPE),
    ],
)
def test_disk_lineage_unknown(data: dict[str, Any], why: Reason) -> None:
    assert gaps(DISK, Lineage.origins, data) == ((), [why])


@pytest.mark.parametrize("kind", [DISK, SNAPSHOT, LOG])
def test_who_reads_is_told_by_iam(kind: str) -> None:
    assert reason(kind, Exposure.public, {}) is Reason.NOT_ASKED


def test_snapshot() -> None:
    data = {"storageLocations": ["eu"], "sourceDisk": f"{COMPUTE}/acme-prod/zones/europe-west2-a/disks/data"}
    assert seen(SNAPSHOT, Location.homes, data) == ("gcp:eu",)
    assert seen(SNAPSHOT, Location.copies, data) == ()
    assert [each.ref for each in seen(SNAPSHOT, Lineage.origins, data)] == [NAMES[DISK]]
    (plan,) = seen(SNAPSHOT, Backup.plans, data)
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.SNAPSHOT, FOREVER, ("gcp:eu",))
    assert (plan.encrypted, plan.immutable) == (True, False)
    assert isinstance(plan.every, Unknown)


def test_snapshot_of_a_schedule() -> None:
    (plan,) = seen(SNAPSHOT, Backup.plans, {"storageLocations": ["eu"], "autoCreated": True})
    assert isinstance(plan.retention, Unknown)
    (plan,) = seen(SNAPSHOT, Backup.plans, {"storageLocations": ["eu"], "autoCreated": False})
    assert plan.retention == FOREVER


@pytest.mark.parametrize("data", [{}, {"storageLocations": []}, {"storageLocations": "eu"}])
def test_snapshot_without_a_place(data: dict[str, Any]) -> None:
    assert gaps(SNAPSHOT, Location.homes, data) == ((), [Reason.SHAPE])
    assert gaps(SNAPSHOT, Backup.plans, data) == ((), [Reason.SHAPE])
    assert gaps(SNAPSHOT, Lineage.origins, data) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("projects/1/locations/global/buckets/_Default", "unplaced"),
        ("projects/1/locations/europe-west2/buckets/app", "gcp:europe-west2"),
        ("organizations/1/locations/eu/buckets/app", "gcp:eu"),
    ],
)
def test_log_bucket_homes(name: str, place: str) -> None:
    assert seen(LOG, Location.homes, {"name": name}) == (place,)
    assert seen(LOG, Location.copies, {"name": name}) == ()


@pytest.mark.parametrize("data", [{}, {"name": "app"}])
def test_log_bucket_without_a_place(data: dict[str, Any]) -> None:
    assert gaps(LOG, Location.homes, data) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("bucket", "told", "days"),
    [
        ("_Default", {"retentionDays": 35}, 35),
        ("_Default", {"retentionDays": 0}, 30),
        ("_Default", {}, 30),
        ("app", {}, 30),
        ("_Required", {}, 400),
        ("_Required", {"retentionDays": 400}, 400),
        ("app_Required", {}, 30),
    ],
)
def test_log_retention(bucket: str, told: dict[str, int], days: int) -> None:
    data = {"name": f"projects/1/locations/global/buckets/{bucket}"} | told
    assert seen(LOG, LogStore.retention, data) == (Duration.of(days),)


def test_log_bucket_unknown() -> None:
    assert gaps(LOG, LogStore.retention, {"retentionDays": 5}) == ((), [Reason.SHAPE])
    assert reason(LOG, LogStore.access_recorded, {}) is Reason.NOT_ASKED


def test_network_ends() -> None:
    peerings = [
        {"network": f"{COMPUTE}/acme-test/global/networks/test", "state": "ACTIVE"},
        {"network": "global/networks/other", "state": "INACTIVE"},
        {"network": "global/networks/odd", "state": "BROKEN"},
        {"state": "ACTIVE"},
        {"network": "projects/acme-live/global/networks/live", "state": "ACTIVE"},
    ]
    items, reasons = gaps(NETWORK, Connection.ends, {"peerings": peerings})
    base = "//compute.googleapis.com/projects"
    assert [(each.ref, each.account) for each in items] == [
        (f"{base}/acme-prod/global/networks/prod", "acme-prod"),
        (f"{base}/acme-test/global/networks/test", "acme-test"),
        (f"{base}/acme-prod/global/networks/other", "acme-prod"),
        (f"{base}/acme-live/global/networks/live", "acme-live"),
    ]
    assert reasons == [Reason.SHAPE, Reason.SHAPE]
    assert all(isinstance(each.environments, Unknown) for each in items)


def test_network_without_peerings() -> None:
    assert len(seen(NETWORK, Connection.ends, {})) == 1
    items, reasons = gaps(NETWORK, Connection.ends, {"peerings": "none"})
    assert (len(items), reasons) == (1, [Reason.SHAPE])


@pytest.mark.parametrize("kind", PROVIDER.types, ids=lambda kind: kind.name)
def test_a_refused_listing_establishes_nothing(kind: Any) -> None:
    refused = Refused("cloudasset.assets.list", "cloudasset.assets.listResource", "PERMISSION_DENIED")
    for answer in kind.facts:
        if not answer.paths:
            continue
        found = answer({"item": refused}, Where("gcp", "acme-prod"))
        if isinstance(found, Known):
            assert isinstance(found.value, Seen), answer.fact
            assert found.value.items == (), answer.fact
            assert found.value.gaps[-1].reason is Reason.REFUSED, answer.fact
        else:
            assert isinstance(found, Unknown), answer.fact
            assert found.reason is Reason.REFUSED, answer.fact


def test_a_network_of_an_unforeseen_name_has_no_known_account() -> None:
    (answer,) = [each for each in TYPES[NETWORK].facts if each.fact is Connection.ends]
    body = Body("cloudasset.assets.list", "p", Fragment({"name": "//compute.googleapis.com/odd"}))
    found = answer({"item": body}, Where())
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    (end,) = found.value.items
    assert isinstance(end.account, Unknown)
    relative = {"name": "//compute.googleapis.com/odd", "resource": {"data": {"peerings": [PEERING]}}}
    found = answer({"item": Body("cloudasset.assets.list", "p", Fragment(relative))}, Where())
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    assert [gap.reason for gap in found.value.gaps] == [Reason.SHAPE]


PEERING = {"network": "global/networks/other", "state": "ACTIVE"}
