"""What each Azure type makes of the vendor's replies: value by value, the unknown rows included."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import pytest

from scanner.collect.model import ResourceType, projections
from scanner.facts import (
    FOREVER,
    AtRest,
    Body,
    Copy,
    CopyKind,
    Duration,
    Failed,
    Fragment,
    Inapplicable,
    KeyOwner,
    Known,
    Plan,
    PlanKind,
    Reason,
    Refused,
    Reply,
    Seen,
    State,
    Tls,
    Unknown,
    Where,
)
from scanner.providers.azure.compute import DISK, SNAPSHOT
from scanner.providers.azure.graph import SWEEP
from scanner.providers.azure.loganalytics import WORKSPACE
from scanner.providers.azure.network import NETWORK
from scanner.providers.azure.resourcegroup import GROUP
from scanner.providers.azure.sql import DATABASE, SERVER
from scanner.providers.azure.storage import ACCOUNT

Json = dict[str, Any]
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
BASE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/data/providers"
REFUSED = "refused"
FAILED = "failed"


def _reply(kind: ResourceType, source: str, body: Json | str) -> Reply:
    call = kind.each if source == "item" else kind.ask[source]
    if body == REFUSED:
        return Refused(call.operation, call.permission, "AuthorizationFailed")
    if isinstance(body, str):
        return Failed(call.operation, call.permission, "HTTP 404 ResourceNotFound")
    return Body(call.operation, call.permission, Fragment(projections(kind)[source](body)))


def _state(kind: ResourceType, fact: str, **bodies: Json | str) -> State:
    replies = {source: _reply(kind, source, body) for source, body in bodies.items()}
    answer = next(answer for answer in kind.facts if answer.fact.key == fact)
    return answer(replies, Where("azure", SUBSCRIPTION))


def _value(state: State) -> Any:
    assert isinstance(state, Known), state
    return state.value


def _seen(state: State) -> Seen[Any]:
    found = _value(state)
    assert isinstance(found, Seen)
    return found


def _with(body: Json, changes: Mapping[str, object]) -> Json:
    """The body with values at dotted paths; None takes the field away."""
    changed = copy.deepcopy(body)
    for path, value in changes.items():
        *parents, last = path.split(".")
        place = changed
        for step in parents:
            place = place.setdefault(step, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    return changed


def _reason(state: State) -> Reason:
    assert isinstance(state, Unknown), state
    return state.reason


STORAGE: Json = {
    "id": f"{BASE}/Microsoft.Storage/storageAccounts/examplefiles",
    "name": "examplefiles",
    "type": "microsoft.storage/storageaccounts",
    "location": "uksouth",
    "tags": {"env": "production", "note": None},
    "sku": {"name": "Standard_ZRS"},
    "properties": {
        "supportsHttpsTrafficOnly": True,
        "minimumTlsVersion": "TLS1_2",
        "allowBlobPublicAccess": False,
        "publicNetworkAccess": "Disabled",
        "encryption": {"keySource": "Microsoft.Storage"},
    },
}
GRS = {"sku.name": "Standard_GRS", "properties.secondaryLocation": "ukwest"}
CMK = {
    "properties.encryption.keySource": "Microsoft.Keyvault",
    "properties.encryption.keyvaultproperties": {"keyvaulturi": "https://example.vault.azure.net/", "keyname": "k"},
}
BY_ACCOUNT = {
    "properties.encryption.services": {"queue": {"keyType": "Account"}, "table": {"keyType": "Account"}},
}
OPEN = {"properties.publicNetworkAccess": "Enabled"}


@pytest.mark.parametrize(
    ("fact", "changes", "value"),
    [
        ("Tagging.tags", {}, {"env": "production", "note": ""}),
        ("Tagging.tags", {"tags": None}, {}),
        ("Location.homes", {}, Seen(("azure:uksouth",))),
        ("Location.homes", {"location": "UK West"}, Seen(("azure:ukwest",))),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.algorithms", {}, {"AES-256"}),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {**CMK, **BY_ACCOUNT, "kind": "StorageV2"}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.owner", {**CMK, "kind": "BlockBlobStorage"}, KeyOwner.CUSTOMER),
        (
            "EncryptionAtRest.owner",
            {"properties.encryption.keySource": "microsoft.KEYVAULT", "kind": "filestorage"},
            KeyOwner.CUSTOMER,
        ),
        ("EncryptionAtRest.key", {}, "provider"),
        ("EncryptionAtRest.key", CMK, "https://example.vault.azure.net/keys/k"),
        ("EncryptionInTransit.plaintext", {}, False),
        ("EncryptionInTransit.plaintext", {"properties.supportsHttpsTrafficOnly": False}, True),
        ("EncryptionInTransit.minimum_tls", {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {"properties.minimumTlsVersion": "TLS1_1"}, Tls.V1_1),
        ("EncryptionInTransit.minimum_tls", {"properties.minimumTlsVersion": None}, Tls.V1_0),
        ("Exposure.public", {}, False),
        ("Exposure.public", {"properties.allowBlobPublicAccess": True}, False),
    ],
)
def test_a_storage_account_answers(fact: str, changes: Json, value: object) -> None:
    assert _value(_state(ACCOUNT, fact, item=_with(STORAGE, changes))) == value


@pytest.mark.parametrize(
    ("fact", "changes", "reason"),
    [
        ("EncryptionAtRest.owner", {"properties.encryption": None}, Reason.SHAPE),
        ("EncryptionAtRest.owner", {"properties.encryption.keySource": "Contoso.Keys"}, Reason.SHAPE),
        ("EncryptionAtRest.owner", {**CMK, "kind": "StorageV2"}, Reason.UNDECIDED),
        (
            "EncryptionAtRest.owner",
            {**CMK, "kind": "StorageV2", "properties.encryption.services": {"queue": {"keyType": "Account"}}},
            Reason.UNDECIDED,
        ),
        ("EncryptionAtRest.owner", {**CMK, **BY_ACCOUNT, "kind": None}, Reason.SHAPE),
        ("EncryptionAtRest.key", {"properties.encryption.keySource": "Microsoft.Keyvault"}, Reason.SHAPE),
        ("EncryptionInTransit.plaintext", {"properties.supportsHttpsTrafficOnly": "yes"}, Reason.SHAPE),
        # What the default is depends on when the account was made.
        ("EncryptionInTransit.plaintext", {"properties.supportsHttpsTrafficOnly": None}, Reason.SHAPE),
        ("EncryptionInTransit.minimum_tls", {"properties.minimumTlsVersion": "TLS9"}, Reason.SHAPE),
        ("Exposure.public", {**OPEN, "properties.allowBlobPublicAccess": True}, Reason.NOT_ASKED),
        ("Exposure.public", {**OPEN, "properties.allowBlobPublicAccess": None}, Reason.SHAPE),
        ("Exposure.public", {"properties.publicNetworkAccess": "Sometimes"}, Reason.SHAPE),
        ("Tagging.tags", {"tags": "env"}, Reason.SHAPE),
    ],
)
def test_a_storage_account_does_not_guess(fact: str, changes: Json, reason: Reason) -> None:
    assert _reason(_state(ACCOUNT, fact, item=_with(STORAGE, changes))) is reason


@pytest.mark.parametrize(
    ("network", "website", "public"),
    [("Enabled", True, True), ("Enabled", False, False), ("SecuredByPerimeter", True, True), (None, True, True)],
)
def test_a_static_website_is_public(network: str | None, website: bool, public: bool) -> None:
    item = _with(STORAGE, {"properties.publicNetworkAccess": network})
    blob = {"properties": {"staticWebsite": {"enabled": website}}}
    assert _value(_state(ACCOUNT, "Exposure.public", item=item, blob=blob)) is public


@pytest.mark.parametrize(("blob", "reason"), [({"properties": {}}, Reason.SHAPE), (REFUSED, Reason.REFUSED)])
def test_an_unread_static_website_is_unknown(blob: Json | str, reason: Reason) -> None:
    assert _reason(_state(ACCOUNT, "Exposure.public", item=_with(STORAGE, OPEN), blob=blob)) is reason


@pytest.mark.parametrize(
    ("sku", "geo"),
    [
        ("Standard_LRS", False),
        ("Premium_ZRS", False),
        ("PremiumV2_LRS", False),
        ("standard_grs", True),
        ("Standard_RAGRS", True),
        ("Standard_GZRS", True),
        ("StandardV2_GZRS", True),
        ("Standard_RAGZRS", True),
    ],
)
def test_geo_redundant_storage_has_a_copy(sku: str, geo: bool) -> None:
    item = _with(STORAGE, {"sku.name": sku, "properties.secondaryLocation": "ukwest"})
    copies = _seen(_state(ACCOUNT, "Location.copies", item=item, replication={"value": []}))
    assert copies == Seen((Copy(CopyKind.GEO_PAIR, "azure:ukwest"),) if geo else ())


def test_a_geo_copy_without_its_place_is_told_as_unknown() -> None:
    item = _with(STORAGE, {"sku.name": "Standard_GRS"})
    (found,) = _seen(_state(ACCOUNT, "Location.copies", item=item, replication={"value": []})).items
    assert _reason(found.place) is Reason.SHAPE


def test_an_unforeseen_redundancy_loses_no_replica() -> None:
    policy = {"properties": {"sourceAccount": "examplefiles", "destinationAccount": "elsewhere"}}
    item = _with(STORAGE, {"sku.name": "Standard_XRS"})
    copies = _seen(_state(ACCOUNT, "Location.copies", item=item, replication={"value": [policy]}))
    assert [found.ref for found in copies.items] == ["elsewhere"]
    assert [gap.reason for gap in copies.gaps] == [Reason.SHAPE]


def test_object_replication_is_a_copy_at_the_source_and_an_origin_at_the_destination() -> None:
    other = f"{BASE}/Microsoft.Storage/storageAccounts/Other"
    outgoing = {"properties": {"sourceAccount": STORAGE["id"], "destinationAccount": other}}
    incoming = {"properties": {"sourceAccount": other, "destinationAccount": STORAGE["id"]}}
    broken: Json = {"properties": {}}
    replies: Json = {"item": STORAGE, "replication": {"value": [broken, outgoing, incoming]}}
    copies = _seen(_state(ACCOUNT, "Location.copies", **replies))
    assert [(found.kind, found.ref) for found in copies.items] == [(CopyKind.REPLICA, other.lower())]
    assert _reason(copies.items[0].place) is Reason.NOT_ASKED
    assert [gap.reason for gap in copies.gaps] == [Reason.SHAPE]
    replies["replication"] = {"value": [outgoing, incoming]}
    assert [found.ref for found in _seen(_state(ACCOUNT, "Lineage.origins", **replies)).items] == [other.lower()]


def test_refused_replication_keeps_the_geo_copy_and_leaves_a_gap() -> None:
    copies = _seen(_state(ACCOUNT, "Location.copies", item=_with(STORAGE, GRS), replication=REFUSED))
    assert copies.items == (Copy(CopyKind.GEO_PAIR, "azure:ukwest"),)
    assert copies.gaps[0].permission == "Microsoft.Storage/storageAccounts/objectReplicationPolicies/read"


def _soft(**policies: Json) -> Json:
    return {"properties": {"deleteRetentionPolicy": {"enabled": False}, **policies}}


KEPT = {"enabled": True, "days": 35}


@pytest.mark.parametrize(
    ("blob", "plans"),
    [
        (_soft(), []),
        (_soft(containerDeleteRetentionPolicy={"enabled": False}, restorePolicy={"enabled": False}), []),
        (_soft(deleteRetentionPolicy=KEPT), [(PlanKind.SNAPSHOT, Duration.of(35))]),
        (_soft(containerDeleteRetentionPolicy={"enabled": True, "days": 7}), [(PlanKind.SNAPSHOT, Duration.of(7))]),
        (_soft(restorePolicy={"enabled": True, "days": 6}), [(PlanKind.CONTINUOUS, Duration.of(6))]),
    ],
)
def test_soft_delete_and_restore_are_plans(blob: Json, plans: list[object]) -> None:
    found = _seen(_state(ACCOUNT, "Backup.plans", item=STORAGE, blob=blob))
    assert [(plan.kind, plan.retention) for plan in found.items] == plans
    assert all(plan.places == ("azure:uksouth",) and plan.encrypted is True for plan in found.items)
    assert [gap.reason for gap in found.gaps] == [Reason.NOT_ASKED]


def test_a_restore_to_any_moment_has_no_interval() -> None:
    found = _seen(_state(ACCOUNT, "Backup.plans", item=STORAGE, blob=_soft(restorePolicy=KEPT)))
    assert found.items[0].every == Duration.of(0)


def test_plans_lie_where_the_account_is_copied_to() -> None:
    found = _seen(_state(ACCOUNT, "Backup.plans", item=_with(STORAGE, GRS), blob=_soft(deleteRetentionPolicy=KEPT)))
    assert found.items[0].places == ("azure:uksouth", "azure:ukwest")
    assert found.items[0].immutable is False
    assert _reason(found.items[0].every) is Reason.UNDECIDED


@pytest.mark.parametrize(
    ("blob", "reasons"),
    [
        (REFUSED, [Reason.NOT_ASKED, *[Reason.REFUSED] * 3]),
        (FAILED, [Reason.NOT_ASKED, *[Reason.FAILED] * 3]),
        ({"properties": {}}, [Reason.NOT_ASKED, Reason.SHAPE]),
    ],
)
def test_unread_plans_are_gaps(blob: Json | str, reasons: list[Reason]) -> None:
    found = _seen(_state(ACCOUNT, "Backup.plans", item=STORAGE, blob=blob))
    assert (found.items, [gap.reason for gap in found.gaps]) == ((), reasons)


def test_soft_delete_without_days_has_no_known_retention() -> None:
    found = _seen(_state(ACCOUNT, "Backup.plans", item=STORAGE, blob=_soft(deleteRetentionPolicy={"enabled": True})))
    assert _reason(found.items[0].retention) is Reason.SHAPE


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
}


def _sql(fact: str, item: Json | None = None, **asks: Json | str) -> State:
    return _state(DATABASE, fact, item=_with(SQL, item or {}), **{**ASKS, **asks})


@pytest.mark.parametrize(
    ("fact", "item", "asks", "value"),
    [
        ("EncryptionAtRest.state", {}, {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.state", {}, {"tde": {"properties": {"state": "Disabled"}}}, AtRest.NONE),
        ("EncryptionAtRest.algorithms", {}, {}, {"TDE", "AES-256"}),
        ("EncryptionAtRest.algorithms", {}, {"tde": {"properties": {"state": "Disabled"}}}, frozenset()),
        ("EncryptionAtRest.owner", {}, {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", {}, {"protector": VAULT}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.owner", {"properties.encryptionProtector": "https://k"}, {}, KeyOwner.CUSTOMER),
        ("EncryptionAtRest.key", {}, {}, "provider"),
        ("EncryptionAtRest.key", {}, {"protector": VAULT}, "https://example.vault.azure.net/keys/tde/1"),
        ("EncryptionAtRest.key", {"properties.encryptionProtector": "https://k"}, {}, "https://k"),
        ("EncryptionInTransit.plaintext", {}, {}, False),
        ("EncryptionInTransit.minimum_tls", {}, {}, Tls.V1_2),
        ("EncryptionInTransit.minimum_tls", {}, {"server": {"properties": {"minimalTlsVersion": "None"}}}, Tls.NONE),
        ("Exposure.public", {}, {}, False),
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
def test_a_database_answers(fact: str, item: Json, asks: Json, value: object) -> None:
    assert _value(_sql(fact, item, **asks)) == value


@pytest.mark.parametrize(
    ("fact", "asks", "reason"),
    [
        ("EncryptionAtRest.state", {"tde": FAILED}, Reason.FAILED),
        ("EncryptionAtRest.state", {"tde": REFUSED}, Reason.REFUSED),
        ("EncryptionAtRest.state", {"tde": {"properties": {"state": "Encrypting"}}}, Reason.SHAPE),
        ("EncryptionAtRest.owner", {"protector": {"properties": {}}}, Reason.SHAPE),
        ("EncryptionAtRest.key", {"protector": {"properties": {"serverKeyType": "AzureKeyVault"}}}, Reason.SHAPE),
        ("EncryptionInTransit.minimum_tls", {"server": {"properties": {}}}, Reason.SHAPE),
        ("EncryptionInTransit.minimum_tls", {"server": REFUSED}, Reason.REFUSED),
        ("Exposure.public", {"server": {"properties": {"publicNetworkAccess": "Enabled"}}}, Reason.NOT_ASKED),
        (
            "Exposure.public",
            {"server": {"properties": {"publicNetworkAccess": "SecuredByPerimeter"}}},
            Reason.NOT_ASKED,
        ),
        ("Exposure.public", {"server": {"properties": {}}}, Reason.SHAPE),
    ],
)
def test_a_database_does_not_guess(fact: str, asks: Json, reason: Reason) -> None:
    assert _reason(_sql(fact, **asks)) is reason


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
    found = _seen(_sql("Backup.plans"))
    (plan,) = found.items
    assert (plan.kind, plan.retention, plan.every) == (PlanKind.CONTINUOUS, Duration.of(35), Duration.of(10, "minute"))
    assert (plan.places, plan.encrypted, found.gaps) == (("azure:uksouth",), True, ())
    assert _reason(plan.immutable) is Reason.UNDECIDED


def test_long_term_backups_are_a_plan_for_each_period() -> None:
    long = {"properties": {**OFF, "weeklyRetention": "P5W", "yearlyRetention": "P7Y"}}
    geo = {"properties.currentBackupStorageRedundancy": "Geo"}
    _, weekly, yearly = _seen(_sql("Backup.plans", geo, long=long)).items
    assert (weekly.kind, weekly.retention, weekly.every) == (
        PlanKind.LONG_TERM,
        Duration.of(5, "week"),
        Duration.of(1, "week"),
    )
    assert (yearly.retention, yearly.every) == (Duration.of(7, "year"), Duration.of(1, "year"))
    assert yearly.places == ("azure:uksouth", "azure:ukwest")
    assert _reason(weekly.immutable) is Reason.SHAPE


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
    monthly = _seen(_sql("Backup.plans", long=long)).items[1]
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
    found = _seen(_sql("Backup.plans", **asks))
    assert len(found.items) == 1
    assert [gap.reason for gap in found.gaps] == reasons


@pytest.mark.parametrize(
    ("asks", "part", "reason"),
    [
        ({"short": REFUSED}, "retention", Reason.REFUSED),
        ({"short": {"properties": {}}}, "retention", Reason.SHAPE),
        ({"tde": {"properties": {"state": "Disabled"}}}, "encrypted", Reason.UNDECIDED),
        ({"tde": REFUSED}, "encrypted", Reason.REFUSED),
    ],
)
def test_a_part_of_a_plan_may_be_unknown(asks: Json, part: str, reason: Reason) -> None:
    (plan,) = _seen(_sql("Backup.plans", **asks)).items
    assert _reason(getattr(plan, part)) is reason


def test_backups_in_a_region_without_a_known_pair_have_no_known_place() -> None:
    changes = {"properties.currentBackupStorageRedundancy": "Geo", "location": "moonbase"}
    (plan,) = _seen(_sql("Backup.plans", changes)).items
    (copied,) = _seen(_sql("Location.copies", changes)).items
    assert _reason(plan.places) is _reason(copied.place) is Reason.UNDECIDED


def _link(role: str | None) -> Json:
    link = {"partnerLocation": "North Europe", "partnerDatabaseId": f"{BASE}/Microsoft.Sql/servers/b/databases/orders"}
    return {"value": [{"properties": {**link, **({"role": role} if role else {})}}]}


@pytest.mark.parametrize(
    ("role", "copied", "came"),
    [("Primary", 1, 0), ("Source", 1, 0), ("Secondary", 0, 1), ("NonReadableSecondary", 0, 1), ("Copy", 0, 1)],
)
def test_a_replication_link_is_a_copy_or_an_origin(role: str, copied: int, came: int) -> None:
    copies = _seen(_sql("Location.copies", links=_link(role))).items
    origins = _seen(_sql("Lineage.origins", links=_link(role))).items
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
    found = _seen(_sql("Backup.plans", links=links))
    assert (len(found.items), [gap.reason for gap in found.gaps]) == (plans, reasons)
    named = _seen(_sql("Backup.plans", {"properties.secondaryType": "Geo"}, links=links))
    assert (named.items, [gap.reason for gap in named.gaps]) == ((), [Reason.UNDECIDED])


def test_a_link_of_unknown_role_may_be_a_copy_and_is_a_gap_of_the_lineage() -> None:
    assert len(_seen(_sql("Location.copies", links=_link(None))).items) == 1
    assert len(_seen(_sql("Lineage.origins", links=_link(None))).gaps) == 2


def test_unforeseen_backup_redundancy_loses_no_replica() -> None:
    copies = _seen(_sql("Location.copies", {"properties.currentBackupStorageRedundancy": None}, links=_link("Primary")))
    assert (len(copies.items), [gap.reason for gap in copies.gaps]) == (1, [Reason.SHAPE])


def test_the_source_of_a_database_is_told_or_unknown() -> None:
    source = f"{BASE}/Microsoft.Sql/servers/sql-example/databases/Customers"
    told = _seen(_sql("Lineage.origins", {"properties.sourceDatabaseId": source}))
    assert ([origin.ref for origin in told.items], told.gaps) == ([source.lower()], ())
    untold = _seen(_sql("Lineage.origins"))
    assert (untold.items, [gap.reason for gap in untold.gaps]) == ((), [Reason.NOT_ASKED])


DISKS: Json = {
    "id": f"{BASE}/Microsoft.Compute/disks/data",
    "name": "data",
    "type": "microsoft.compute/disks",
    "location": "uksouth",
    "tags": None,
    "sku": {"name": "Premium_LRS"},
    "properties": {
        "diskState": "Attached",
        "encryption": {"type": "EncryptionAtRestWithPlatformKey"},
        "networkAccessPolicy": "AllowAll",
        "publicNetworkAccess": "Enabled",
        "creationData": {"createOption": "Empty"},
    },
}
KEY_SET = f"{BASE}/Microsoft.Compute/diskEncryptionSets/Keys"
CUSTOMER = {
    "properties.encryption": {"type": "EncryptionAtRestWithPlatformAndCustomerKeys", "diskEncryptionSetId": KEY_SET}
}


@pytest.mark.parametrize("kind", [DISK, SNAPSHOT])
@pytest.mark.parametrize(
    ("fact", "changes", "value"),
    [
        ("Tagging.tags", {}, {}),
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.algorithms", {}, {"AES-256"}),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.owner", CUSTOMER, KeyOwner.CUSTOMER),
        (
            "EncryptionAtRest.owner",
            {"properties.encryption.type": "EncryptionAtRestWithCustomerKey"},
            KeyOwner.CUSTOMER,
        ),
        ("EncryptionAtRest.key", {}, "provider"),
        ("EncryptionAtRest.key", CUSTOMER, KEY_SET.lower()),
        ("Location.copies", {}, Seen()),
        ("Location.copies", {"sku.name": "StandardSSD_ZRS"}, Seen()),
        ("Exposure.public", {}, False),
        ("Exposure.public", {"properties.diskState": "ActiveSAS", "properties.networkAccessPolicy": "DenyAll"}, False),
        ("Exposure.public", {"properties.diskState": "ActiveSAS", "properties.publicNetworkAccess": "Disabled"}, False),
    ],
)
def test_a_disk_answers(kind: ResourceType, fact: str, changes: Json, value: object) -> None:
    assert _value(_state(kind, fact, item=_with(DISKS, changes))) == value


@pytest.mark.parametrize(
    ("fact", "changes", "reason"),
    [
        ("EncryptionAtRest.owner", {"properties.encryption": None}, Reason.SHAPE),
        ("EncryptionAtRest.owner", {"properties.encryption.type": "ByMagic"}, Reason.SHAPE),
        ("Exposure.public", {"properties.diskState": "ActiveSAS"}, Reason.UNDECIDED),
        ("Exposure.public", {"properties.diskState": None}, Reason.SHAPE),
        (
            "Exposure.public",
            {
                "properties.diskState": "ReadyToUpload",
                "properties.networkAccessPolicy": None,
                "properties.publicNetworkAccess": None,
            },
            Reason.UNDECIDED,
        ),
    ],
)
def test_a_disk_does_not_guess(fact: str, changes: Json, reason: Reason) -> None:
    assert _reason(_state(DISK, fact, item=_with(DISKS, changes))) is reason


def test_an_unforeseen_redundancy_of_a_disk_leaves_a_gap() -> None:
    copies = _seen(_state(DISK, "Location.copies", item=_with(DISKS, {"sku.name": "Premium_GRS"})))
    assert [gap.reason for gap in copies.gaps] == [Reason.SHAPE]


SOURCE = f"{BASE}/Microsoft.Compute/disks/Source"
GALLERY = f"{BASE}/Microsoft.Compute/galleries/g/images/i/versions/1.0.0"
PLATFORM = (
    f"/Subscriptions/{SUBSCRIPTION}/Providers/Microsoft.Compute/Locations/uksouth/Publishers/x/ArtifactTypes/VMImage"
)


@pytest.mark.parametrize(
    ("creation", "refs", "reasons"),
    [
        ({"createOption": "Empty"}, [], []),
        ({"createOption": "Copy", "sourceResourceId": SOURCE}, [SOURCE.lower()], []),
        ({"createOption": "copystart", "sourceResourceId": SOURCE}, [SOURCE.lower()], []),
        ({"createOption": "Restore", "sourceResourceId": SOURCE}, [SOURCE.lower()], []),
        ({"createOption": "Import", "storageAccountId": SOURCE}, [SOURCE.lower()], []),
        ({"createOption": "CopyFromSanSnapshot", "elasticSanResourceId": SOURCE}, [SOURCE.lower()], []),
        ({"createOption": "FromImage", "imageReference": {"id": PLATFORM}}, [], []),
        ({"createOption": "FromImage", "galleryImageReference": {"id": GALLERY}}, [GALLERY.lower()], []),
        ({"createOption": "FromImage"}, [], [Reason.SHAPE]),
        ({"createOption": "Copy"}, [], [Reason.SHAPE]),
        ({"createOption": "Copy", "sourceResourceId": "somewhere"}, [], [Reason.SHAPE]),
        ({"createOption": "Upload"}, [], [Reason.SHAPE]),
        ({}, [], [Reason.SHAPE]),
    ],
)
def test_where_a_disk_came_from(creation: Json, refs: list[str], reasons: list[Reason]) -> None:
    item = _with(DISKS, {"properties.creationData": creation})
    found = _seen(_state(SNAPSHOT, "Lineage.origins", item=item))
    assert ([origin.ref for origin in found.items], [gap.reason for gap in found.gaps]) == (refs, reasons)


def test_a_snapshot_is_a_plan_that_lives_until_it_is_deleted() -> None:
    (plan,) = _seen(_state(SNAPSHOT, "Backup.plans", item=DISKS)).items
    assert isinstance(plan, Plan)
    assert (plan.kind, plan.retention, plan.places, plan.encrypted) == (
        PlanKind.SNAPSHOT,
        FOREVER,
        ("azure:uksouth",),
        True,
    )


@pytest.mark.parametrize(
    "changes", [{"name": "AzureBackup_0001"}, {"tags": {"createdBy": "Azure Backup"}}, {"tags": {"AzureBackup": ""}}]
)
def test_the_end_of_a_snapshot_of_azure_backup_is_not_known(changes: Json) -> None:
    (plan,) = _seen(_state(SNAPSHOT, "Backup.plans", item=_with(DISKS, changes))).items
    assert _reason(plan.retention) is Reason.NOT_ASKED


def test_the_backups_of_a_disk_are_not_seen() -> None:
    found = _seen(_state(DISK, "Backup.plans", item=DISKS))
    assert (found.items, [gap.reason for gap in found.gaps]) == ((), [Reason.NOT_ASKED])


LOGS: Json = {
    "id": f"{BASE}/Microsoft.OperationalInsights/workspaces/logs",
    "name": "logs",
    "type": "microsoft.operationalinsights/workspaces",
    "location": "uksouth",
    "tags": {},
    "properties": {"retentionInDays": 35, "features": {}},
}
NOTHING: Json = {"value": []}


def _table(total: object, retention: object = 35) -> Json:
    return {"properties": {"retentionInDays": retention, "totalRetentionInDays": total}}


@pytest.mark.parametrize(
    ("changes", "tables", "days", "reasons"),
    [
        ({}, [], [35], []),
        ({}, [_table(35), _table(35)], [35], []),
        ({}, [_table(90), _table(35), _table(365), _table(90)], [35, 90, 365], []),
        ({}, [_table(-1, 400)], [35, 400], []),
        ({}, [_table(-1, -1)], [35], [Reason.SHAPE]),
        ({}, [_table(None), _table(90)], [35, 90], [Reason.SHAPE]),
        ({"properties.retentionInDays": 30}, [], [30, 31], []),
        ({"properties.retentionInDays": 30, "properties.features.immediatePurgeDataOn30Days": True}, [], [30], []),
        ({"properties.retentionInDays": None}, [_table(90)], [], [Reason.SHAPE]),
    ],
)
def test_how_long_logs_are_kept(changes: Json, tables: list[Json], days: list[int], reasons: list[Reason]) -> None:
    item = _with(LOGS, changes)
    found = _seen(_state(WORKSPACE, "LogStore.retention", item=item, tables={"value": tables}))
    assert list(found.items) == [Duration.of(count) for count in days]
    assert [gap.reason for gap in found.gaps] == reasons


def test_unread_tables_leave_a_gap_beside_the_workspaces_retention() -> None:
    found = _seen(_state(WORKSPACE, "LogStore.retention", item=LOGS, tables=REFUSED))
    assert found.items == (Duration.of(35),)
    assert found.gaps[0].permission == "Microsoft.OperationalInsights/workspaces/tables/read"


@pytest.mark.parametrize(
    ("fact", "changes", "value"),
    [
        ("EncryptionAtRest.state", {}, AtRest.ENCRYPTED),
        ("EncryptionAtRest.owner", {}, KeyOwner.PROVIDER),
        ("EncryptionAtRest.key", {}, "provider"),
        ("EncryptionInTransit.plaintext", {}, False),
        ("Exposure.public", {}, False),
        ("Location.copies", {}, Seen()),
        ("Location.copies", {"properties.replication": {"enabled": False, "location": "ukwest"}}, Seen()),
        (
            "Location.copies",
            {"properties.replication": {"enabled": True, "location": "ukwest"}},
            Seen((Copy(CopyKind.REPLICA, "azure:ukwest"),)),
        ),
    ],
)
def test_a_workspace_answers(fact: str, changes: Json, value: object) -> None:
    assert _value(_state(WORKSPACE, fact, item=_with(LOGS, changes), exports=NOTHING)) == value


@pytest.mark.parametrize("fact", ["EncryptionAtRest.owner", "EncryptionAtRest.key"])
def test_the_key_of_a_cluster_is_not_known(fact: str) -> None:
    item = _with(LOGS, {"properties.features.clusterResourceId": f"{BASE}/x"})
    assert _reason(_state(WORKSPACE, fact, item=item)) is Reason.NOT_ASKED


@pytest.mark.parametrize(("enable", "copied"), [(True, 1), (None, 1), ("perhaps", 1), (False, 0)])
def test_an_active_export_is_a_log_sink(enable: object, copied: int) -> None:
    rule = {"properties": {"enable": enable, "destination": {"resourceId": f"{BASE}/Sink"}}}
    copies = _seen(_state(WORKSPACE, "Location.copies", item=LOGS, exports={"value": [rule]}))
    assert [(found.kind, found.ref) for found in copies.items] == [(CopyKind.LOG_SINK, f"{BASE}/sink".lower())] * copied


@pytest.mark.parametrize("fact", ["EncryptionInTransit.minimum_tls", "LogStore.access_recorded"])
def test_what_is_not_read_of_a_workspace_is_unknown(fact: str) -> None:
    assert _reason(_state(WORKSPACE, fact, item=LOGS)) is Reason.NOT_ASKED


REMOTE = (
    "/subscriptions/00000000-0000-0000-0000-000000000002/resourceGroups/n/providers/Microsoft.Network/virtualNetworks/T"
)


def _vnet(*peerings: Json) -> Json:
    own = f"{BASE}/Microsoft.Network/virtualNetworks/V"
    return {"id": own, "name": "V", "properties": {"virtualNetworkPeerings": list(peerings)}}


def _peering(state: str | None, remote: str | None = REMOTE) -> Json:
    return {"properties": {"peeringState": state, "remoteVirtualNetwork": {"id": remote}}}


@pytest.mark.parametrize(
    ("peerings", "accounts", "reasons"),
    [
        ([], [1], []),
        ([_peering("Connected")], [1, 2], []),
        ([_peering("Initiated")], [1, 2], []),
        ([_peering("Disconnected")], [1], []),
        ([_peering(None), _peering("Connected")], [1, 2], [Reason.SHAPE]),
        ([_peering("Connected", None)], [1], [Reason.SHAPE]),
        ([_peering("Connected", "/elsewhere")], [1], [Reason.SHAPE]),
    ],
)
def test_the_ends_of_a_network(peerings: list[Json], accounts: list[int], reasons: list[Reason]) -> None:
    found = _seen(_state(NETWORK, "Connection.ends", item=_vnet(*peerings)))
    assert [end.account for end in found.items] == [f"00000000-0000-0000-0000-00000000000{n}" for n in accounts]
    assert all(end.ref == end.ref.lower() for end in found.items)
    assert [gap.reason for gap in found.gaps] == reasons


def test_a_network_whose_peerings_are_not_there_has_a_gap() -> None:
    found = _seen(_state(NETWORK, "Connection.ends", item={**_vnet(), "properties": {}}))
    assert (len(found.items), [gap.reason for gap in found.gaps]) == (1, [Reason.SHAPE])


@pytest.mark.parametrize("kind", [GROUP, SERVER])
def test_configuration_has_its_tags(kind: ResourceType) -> None:
    assert _value(_state(kind, "Tagging.tags", item={"id": "/x", "tags": {"env": "test"}})) == {"env": "test"}


@pytest.mark.parametrize(
    ("item", "native"), [({"type": "Contoso.Records/Ledgers"}, "contoso.records/ledgers"), ({}, "")]
)
def test_the_sweep_names_a_type(item: Json, native: str) -> None:
    assert SWEEP.native(item) == native


@pytest.mark.parametrize(("location", "items", "gaps"), [("uksouth", ("azure:uksouth",), 1), ("", (), 2)])
def test_the_sweep_knows_the_home_and_never_all(location: str, items: tuple[str, ...], gaps: int) -> None:
    (homes,) = [answer for answer in SWEEP.facts if answer.fact.key == "Location.homes"]
    reply = Body(SWEEP.each.operation, SWEEP.each.permission, Fragment({"location": location}))
    found = _seen(homes({"item": reply}, Where()))
    assert (found.items, len(found.gaps)) == (items, gaps)
