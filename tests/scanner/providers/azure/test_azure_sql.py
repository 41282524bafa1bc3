"""What a database of Azure SQL is by the vendor's replies: value by value, the unknown rows included."""

from __future__ import annotations

import pytest

from scanner.facts import AtRest, Copy, CopyKind, Duration, Inapplicable, KeyOwner, PlanKind, Reason, Seen, State, Tls
from scanner.providers.azure.sql import DATABASE
from tests.scanner.providers.azure.azure_states import BASE, FAILED, REFUSED, Json, changed, reason, seen, state, value

SQL: Json = {
    "id": f"{BASE}/Microsoft.Sql/servers/sql-example/databases/orders",
    "name": "orders",
    "type": "microsoft.sql/servers/databases",
    "location": "uksouth",
    "tags": {},
    "properties": {"currentBackupStorageRedundancy": "Zone"},
}
TDE: Json = {"properties": {"state": "Enabled"}}
SHORT: Json = {"properties": {"retentionDays": 35}}
OFF = {"weeklyRetention": "PT0S", "monthlyRetention": "PT0S", "yearlyRetention": "PT0S"}
LONG: Json = {"properties": OFF}
SQL_SERVER: Json = {"properties": {"minimalTlsVersion": "1.2", "publicNetworkAccess": "Disabled"}}
MANAGED: Json = {"properties": {"serverKeyType": "ServiceManaged"}}
VAULT: Json = {"properties": {"serverKeyType": "AzureKeyVault", "uri": "https://example.vault.azure.net/keys/tde/1"}}
NO_LINKS: Json = {"value": []}
ASKS: Json = {
    "tde": TDE,
    "short": SHORT,
    "long": LONG,
    "server": SQL_SERVER,
    "protector": MANAGED,
    "links": NO_LINKS,
    "firewall": {"value": []},
}


OPEN: Json = {"properties": {"publicNetworkAccess": "Enabled"}}
OFFICE = ("198.51.100.1", "198.51.100.9")
NOUGHT = "0.0.0.0"  # noqa: S104  # an address in a rule, and no listener
EVERYBODY, AZURE = (NOUGHT, "255.255.255.255"), (NOUGHT, NOUGHT)


def rules(*ranges: tuple[str, str]) -> Json:
    return {"value": [{"properties": {"startIpAddress": start, "endIpAddress": end}} for start, end in ranges]}


def _sql(fact: str, item: Json | None = None, **asks: Json | str) -> State:
    return state(DATABASE, fact, item=changed(SQL, item or {}), **{**ASKS, **asks})


@pytest.mark.parametrize(
    ("fact", "item", "asks", "expected"),
    [
        ("EncryptionAtRest.state", {}, {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.state", {}, {"tde": {"properties": {"state": "Disabled"}}}, AtRest.NONE),
        ("EncryptionAtRest.algorithms", {}, {}, {"TDE", "AES-256"}),
        ("EncryptionAtRest.algorithms", {}, {"tde": {"properties": {"state": "Disabled"}}}, frozenset()),
        ("EncryptionAtRest.owner", {}, {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {}, {"protector": VAULT}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.owner", {"properties.encryptionProtector": "https://k"}, {}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.key", {}, {}, "provider"),
        ("EncryptionAtRest.key", {}, {"protector": VAULT}, "https://example.vault.azure.net/keys/tde"),
        ("EncryptionAtRest.key", {"properties.encryptionProtector": "https://v/keys/k/1"}, {}, "https://v/keys/k"),
        ("EncryptionInTransit.plaintext", {}, {}, False),
        ("EncryptionInTransit.minimum_tls", {}, {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {}, {"server": {"properties": {"minimalTlsVersion": "None"}}}, Tls.NONE),
        ("Exposure.public", {}, {}, False),
        ("Exposure.public", {}, {"server": OPEN}, False),
        ("Exposure.public", {}, {"server": OPEN, "firewall": rules(OFFICE)}, False),
        ("Exposure.public", {}, {"server": OPEN, "firewall": rules(OFFICE, EVERYBODY)}, True),
        # Whatever the rules say, nobody gets through.
        ("Exposure.public", {}, {"firewall": rules(EVERYBODY)}, False),
        ("Location.copies", {}, {}, Seen()),
        (
            "Location.copies",
            {"properties.currentBackupStorageRedundancy": "Geo"},
            {},
            Seen((Copy(CopyKind.BACKUP, "azure:ukwest"),)),
        ),
        (
            "Location.copies",
            {"properties.currentBackupStorageRedundancy": "GeoZone", "location": "westeurope"},
            {},
            Seen((Copy(CopyKind.BACKUP, "azure:northeurope"),)),
        ),
    ],
)
def test_a_database_answers(fact: str, item: Json, asks: Json, expected: object) -> None:
    assert value(_sql(fact, item, **asks)) == expected


@pytest.mark.parametrize(
    ("fact", "asks", "expected"),
    [
        ("EncryptionAtRest.state", {"tde": FAILED}, Reason.FAILED),
        ("EncryptionAtRest.state", {"tde": REFUSED}, Reason.REFUSED),
        ("EncryptionAtRest.state", {"tde": {"properties": {"state": "Encrypting"}}}, Reason.SHAPE),
        ("EncryptionAtRest.owner", {"protector": {"properties": {}}}, Reason.SHAPE),
        ("EncryptionAtRest.key", {"protector": {"properties": {"serverKeyType": "AzureKeyVault"}}}, Reason.SHAPE),
        ("EncryptionInTransit.minimum_tls", {"server": {"properties": {}}}, Reason.SHAPE),
        ("EncryptionInTransit.minimum_tls", {"server": REFUSED}, Reason.REFUSED),
        ("Exposure.public", {"server": OPEN, "firewall": REFUSED}, Reason.REFUSED),
        ("Exposure.public", {"server": OPEN, "firewall": rules(OFFICE, AZURE)}, Reason.UNDECIDED),
        ("Exposure.public", {"server": OPEN, "firewall": rules(("10.0.0.1", "nowhere"))}, Reason.SHAPE),
        (
            "Exposure.public",
            {"server": {"properties": {"publicNetworkAccess": "SecuredByPerimeter"}}},
            Reason.NOT_ASKED,
        ),
        ("Exposure.public", {"server": {"properties": {}}}, Reason.SHAPE),
    ],
)
def test_a_database_does_not_guess(fact: str, asks: Json, expected: Reason) -> None:
    assert reason(_sql(fact, **asks)) is expected


@pytest.mark.parametrize(
    "fact",
    [
        "EncryptionAtRest.state",
        "EncryptionAtRest.algorithms",
        "EncryptionAtRest.owner",
        "EncryptionAtRest.key",
        "Backup.plans",
        "Location.copies",
        "Lineage.origins",
    ],
)
def test_master_is_not_judged_as_a_database(fact: str) -> None:
    assert isinstance(_sql(fact, {"name": "Master"}), Inapplicable)


def test_point_in_time_backups_are_a_continuous_plan() -> None:
    found = seen(_sql("Backup.plans"))
    (plan,) = found.items
    assert (plan.kind, plan.retention, plan.every) == (PlanKind.CONTINUOUS, Duration.of(35), Duration.of(10, "minute"))
    assert (plan.places, plan.encrypted, found.gaps) == (("azure:uksouth",), True, ())
    assert reason(plan.immutable) is Reason.UNDECIDED


def test_long_term_backups_are_a_plan_for_each_period() -> None:
    long = {"properties": {**OFF, "weeklyRetention": "P5W", "yearlyRetention": "P7Y"}}
    geo = {"properties.currentBackupStorageRedundancy": "Geo"}
    _, weekly, yearly = seen(_sql("Backup.plans", geo, long=long)).items
    assert (weekly.kind, weekly.retention, weekly.every) == (
        PlanKind.LONG_TERM,
        Duration.of(5, "week"),
        Duration.of(1, "week"),
    )
    assert (yearly.retention, yearly.every) == (Duration.of(7, "year"), Duration.of(1, "year"))
    assert yearly.places == ("azure:uksouth", "azure:ukwest")
    assert reason(weekly.immutable) is Reason.SHAPE


@pytest.mark.parametrize(
    ("settings", "immutable"),
    [
        ({"timeBasedImmutability": "Disabled"}, False),
        ({"timeBasedImmutability": "Enabled", "timeBasedImmutabilityMode": "Unlocked"}, False),
        ({"timeBasedImmutability": "Enabled", "timeBasedImmutabilityMode": "Locked"}, True),
    ],
)
def test_only_locked_long_term_backups_are_immutable(settings: Json, immutable: bool) -> None:
    long = {"properties": {**OFF, "monthlyRetention": "P12M", **settings}}
    monthly = seen(_sql("Backup.plans", long=long)).items[1]
    assert (monthly.immutable, monthly.every) == (immutable, Duration.of(1, "month"))


@pytest.mark.parametrize(
    ("asks", "reasons"),
    [
        ({"long": REFUSED}, [Reason.REFUSED] * 3),
        ({"long": {"properties": {**OFF, "weeklyRetention": "five weeks"}}}, [Reason.SHAPE]),
        ({"long": {"properties": {}}}, [Reason.SHAPE] * 3),
    ],
)
def test_unread_long_term_policies_are_gaps(asks: Json, reasons: list[Reason]) -> None:
    found = seen(_sql("Backup.plans", **asks))
    assert len(found.items) == 1
    assert [gap.reason for gap in found.gaps] == reasons


@pytest.mark.parametrize(
    ("asks", "part", "expected"),
    [
        ({"short": REFUSED}, "retention", Reason.REFUSED),
        ({"short": {"properties": {}}}, "retention", Reason.SHAPE),
        ({"tde": {"properties": {"state": "Disabled"}}}, "encrypted", Reason.UNDECIDED),
        ({"tde": REFUSED}, "encrypted", Reason.REFUSED),
    ],
)
def test_a_part_of_a_plan_may_be_unknown(asks: Json, part: str, expected: Reason) -> None:
    (plan,) = seen(_sql("Backup.plans", **asks)).items
    assert reason(getattr(plan, part)) is expected


def test_backups_in_a_region_without_a_known_pair_have_no_known_place() -> None:
    changes = {"properties.currentBackupStorageRedundancy": "Geo", "location": "moonbase"}
    (plan,) = seen(_sql("Backup.plans", changes)).items
    (copied,) = seen(_sql("Location.copies", changes)).items
    assert reason(plan.places) is reason(copied.place) is Reason.UNDECIDED


def _link(role: str | None) -> Json:
    link = {"partnerLocation": "North Europe", "partnerDatabaseId": f"{BASE}/Microsoft.Sql/servers/b/databases/orders"}
    return {"value": [{"properties": {**link, **({"role": role} if role else {})}}]}


@pytest.mark.parametrize(
    ("role", "copied", "came"),
    [("Primary", 1, 0), ("Source", 1, 0), ("Secondary", 0, 1), ("NonReadableSecondary", 0, 1), ("Copy", 0, 1)],
)
def test_a_replication_link_is_a_copy_or_an_origin(role: str, copied: int, came: int) -> None:
    copies = seen(_sql("Location.copies", links=_link(role))).items
    origins = seen(_sql("Lineage.origins", links=_link(role))).items
    partner = f"{BASE}/microsoft.sql/servers/b/databases/orders".lower()
    assert copies == (Copy(CopyKind.REPLICA, "azure:northeurope", partner),) * copied
    assert [origin.ref for origin in origins] == [partner] * came


@pytest.mark.parametrize(
    ("links", "plans", "reasons"),
    [
        (_link("Primary"), 1, []),
        (_link("Copy"), 1, []),
        (_link("Secondary"), 0, [Reason.UNDECIDED]),
        (_link("NonReadableSecondary"), 0, [Reason.UNDECIDED]),
        (_link(None), 1, [Reason.SHAPE]),
        (REFUSED, 1, [Reason.REFUSED]),
    ],
)
def test_no_backups_are_made_of_a_geo_secondary(links: Json | str, plans: int, reasons: list[Reason]) -> None:
    found = seen(_sql("Backup.plans", links=links))
    assert (len(found.items), [gap.reason for gap in found.gaps]) == (plans, reasons)
    named = seen(_sql("Backup.plans", {"properties.secondaryType": "Geo"}, links=links))
    assert (named.items, [gap.reason for gap in named.gaps]) == ((), [Reason.UNDECIDED])


def test_a_link_of_unknown_role_may_be_a_copy_and_is_a_gap_of_the_lineage() -> None:
    assert len(seen(_sql("Location.copies", links=_link(None))).items) == 1
    assert len(seen(_sql("Lineage.origins", links=_link(None))).gaps) == 2


def test_unforeseen_backup_redundancy_loses_no_replica() -> None:
    copies = seen(_sql("Location.copies", {"properties.currentBackupStorageRedundancy": None}, links=_link("Primary")))
    assert (len(copies.items), [gap.reason for gap in copies.gaps]) == (1, [Reason.SHAPE])


def test_the_source_of_a_database_is_told_or_unknown() -> None:
    source = f"{BASE}/Microsoft.Sql/servers/sql-example/databases/Customers"
    told = seen(_sql("Lineage.origins", {"properties.sourceDatabaseId": source}))
    assert ([origin.ref for origin in told.items], told.gaps) == ([source.lower()], ())
    untold = seen(_sql("Lineage.origins"))
    assert (untold.items, [gap.reason for gap in untold.gaps]) == ((), [Reason.NOT_ASKED])
