"""An instance of Cloud SQL: from assets to the states of facts, with what was never foreseen."""

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
    Lineage,
    Location,
    Plan,
    PlanKind,
    Reason,
    Unknown,
)
from tests.scanner.providers.gcp.states import Data, gaps, inapplicable, items, reason, refs, value

SQL = "gcp.sql.instance"
PRIMARY = {"instanceType": "CLOUD_SQL_INSTANCE", "region": "europe-west2", "gceZone": "europe-west2-a"}


def ip(**values: Any) -> Data:
    return {"settings": {"ipConfiguration": values}}


def sql(**backups: Any) -> Data:
    settings = {"edition": "ENTERPRISE", "backupConfiguration": {"backupTier": "STANDARD", "enabled": True} | backups}
    return PRIMARY | {"databaseVersion": "POSTGRES_17", "settings": settings}


def test_sql_homes() -> None:
    assert items(SQL, Location.homes, PRIMARY) == ("gcp:europe-west2",)
    assert items(SQL, Location.homes, {"instanceType": "GREEN_INSTANCE", "region": "us-east1"}) == ("gcp:us-east1",)
    moved = PRIMARY | {"gceZone": "europe-west3-b"}
    assert items(SQL, Location.homes, moved) == ("gcp:europe-west2", "gcp:europe-west3")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (PRIMARY | {"instanceType": "ON_PREMISES_INSTANCE"}, Reason.UNDECIDED),
        (PRIMARY | {"instanceType": "MOON_INSTANCE"}, Reason.SHAPE),
        ({"region": "europe-west2"}, Reason.SHAPE),
        ({"instanceType": "CLOUD_SQL_INSTANCE"}, Reason.SHAPE),
    ],
)
def test_sql_that_is_not_understood(data: Data, why: Reason) -> None:
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
    first, second, backup = items(SQL, Location.copies, data)
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
def test_sql_copies_of_backups(data: Data, copies: tuple[Copy, ...], reasons: list[Reason]) -> None:
    assert gaps(SQL, Location.copies, data) == (copies, reasons)


@pytest.mark.parametrize("location", [{}, {"location": ""}])
def test_sql_backups_without_a_location_are_in_no_known_place(location: dict[str, str]) -> None:
    data = sql(pointInTimeRecoveryEnabled=False, **location)
    (copy,) = items(SQL, Location.copies, data)
    (plan,) = items(SQL, Backup.plans, data)
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
    assert items(SQL, Backup.plans, sql(**settings)) == (
        Plan(PlanKind.SNAPSHOT, Duration.of(35), Duration.of(1), places, encrypted=True, immutable=False),
        Plan(PlanKind.CONTINUOUS, Duration.of(5), Duration.of(5, "minute"), places, encrypted=True, immutable=False),
    )


def test_a_final_backup_is_no_plan_for_a_living_instance() -> None:
    data = sql(location="eu", pointInTimeRecoveryEnabled=False)
    plans = items(SQL, Backup.plans, data)
    data["settings"]["finalBackupConfig"] = {"enabled": True, "retentionDays": 365}
    assert items(SQL, Backup.plans, data) == plans


def test_sql_deployment_target_has_backups_of_its_own() -> None:
    data = sql(location="eu", pointInTimeRecoveryEnabled=False) | {"instanceType": "GREEN_INSTANCE"}
    assert len(items(SQL, Backup.plans, data)) == 1
    assert len(items(SQL, Location.copies, data)) == 1


def test_sql_keeps_seven_backups_by_default() -> None:
    (plan,) = items(SQL, Backup.plans, sql(location="eu", pointInTimeRecoveryEnabled=False))
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
def test_sql_point_in_time(version: str, backups: Data, edition: str, retention: Duration | None) -> None:
    data = sql(enabled=False, transactionalLogStorageState="DISK", **backups) | {"databaseVersion": version}
    data["settings"]["edition"] = edition
    (plan,) = items(SQL, Backup.plans, data)
    assert (plan.kind, plan.retention) == (PlanKind.CONTINUOUS, retention or Duration.of(3))
    assert isinstance(plan.every, Unknown)


@pytest.mark.parametrize(
    ("backups", "count", "reasons"),
    [
        ({"pointInTimeRecoveryEnabled": False}, 1, []),
        ({}, 1, [Reason.SHAPE]),
        ({"binaryLogEnabled": True}, 1, [Reason.SHAPE]),
        ({"pointInTimeRecoveryEnabled": True}, 1, [Reason.SHAPE]),
        ({"backupTier": "ENHANCED"}, 0, []),
        ({"backupTier": "ADVANCED"}, 0, []),
        ({"backupTier": "GOLD"}, 0, [Reason.SHAPE]),
        ({"backupTier": None}, 0, [Reason.SHAPE]),
        ({"enabled": None}, 0, [Reason.SHAPE]),
        ({"backupRetentionSettings": {"retainedBackups": 9, "retentionUnit": "DAYS"}}, 0, [Reason.SHAPE]),
    ],
)
def test_sql_plans_with_gaps(backups: Data, count: int, reasons: list[Reason]) -> None:
    made, found = gaps(SQL, Backup.plans, sql(**backups))
    assert (len(made), found) == (count, reasons)


@pytest.mark.parametrize("kind", ["READ_REPLICA_INSTANCE", "READ_POOL_INSTANCE"])
def test_sql_replicas_have_no_backups_of_their_own(kind: str) -> None:
    assert inapplicable(SQL, Backup.plans, sql() | {"instanceType": kind})


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
def test_sql_in_transit(settings: Data, plaintext: bool) -> None:
    assert value(SQL, EncryptionInTransit.plaintext, ip(**settings)) is plaintext


@pytest.mark.parametrize("settings", [{}, {"sslMode": "MAYBE", "requireSsl": True}, {"requireSsl": "yes"}])
def test_sql_in_transit_unknown(settings: Data) -> None:
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
def test_sql_exposure_unknown(settings: Data) -> None:
    assert reason(SQL, Exposure.public, ip(**settings)) is Reason.SHAPE


def test_sql_exposure_without_networks() -> None:
    assert value(SQL, Exposure.public, ip(ipv4Enabled=True)) is False


def test_sql_lineage() -> None:
    origins, reasons = gaps(SQL, Lineage.origins, {"masterInstanceName": "acme-live:main"})
    assert refs(origins) == ["//cloudsql.googleapis.com/projects/acme-live/instances/main"]
    assert reasons == [Reason.NOT_ASKED]
    assert gaps(SQL, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])
