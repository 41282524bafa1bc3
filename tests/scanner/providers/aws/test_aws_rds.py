"""From the replies of RDS to the facts of instances and clusters."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Fact,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    Plan,
    Reason,
    Tls,
)
from scanner.providers.aws.rds import CLUSTER, INSTANCE
from tests.scanner.providers.aws.states import (
    AWS_KEY,
    FAILED,
    KEY,
    OWN_KEY,
    REFUSED,
    UNASKED,
    ciphers,
    copies,
    encryption,
    plans,
    refs,
    told,
)

RDS = "arn:aws:rds:eu-west-2:111111111111"
HERE = ("aws:eu-west-2",)
DAILY = ("continuous", "35 days", "1 day")
DB: Mapping[str, Any] = {
    "DBInstanceIdentifier": "orders",
    "DBInstanceArn": f"{RDS}:db:orders",
    "Engine": "postgres",
    "AvailabilityZone": "eu-west-2a",
    "BackupRetentionPeriod": 35,
    "BackupTarget": "region",
    "StorageEncrypted": True,
    "KmsKeyId": KEY,
    "PubliclyAccessible": False,
    "DBParameterGroups": [{"DBParameterGroupName": "ours", "ParameterApplyStatus": "in-sync"}],
    "CertificateDetails": {"ValidTill": "2027-08-22T17:08:50+00:00"},
    "TagList": [{"Key": "env", "Value": "prod"}],
}
MEMBER = {"DBClusterIdentifier": "ledger"}
CLUSTER_ITEM: Mapping[str, Any] = {
    "DBClusterIdentifier": "ledger",
    "DBClusterArn": f"{RDS}:cluster:ledger",
    "Engine": "aurora-postgresql",
    "BackupRetentionPeriod": 14,
    "StorageEncrypted": True,
    "StorageEncryptionType": "sse-kms",
    "KmsKeyId": KEY,
    "DBClusterMembers": [{"DBClusterParameterGroupStatus": "in-sync"}],
}


def _with(item: Mapping[str, Any], **change: object) -> dict[str, Any]:
    found = {**copy.deepcopy(dict(item)), **change}
    return {key: value for key, value in found.items() if value is not ...}


@pytest.mark.parametrize(
    ("kind", "item", "key", "state", "owner"),
    [
        (INSTANCE, DB, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (INSTANCE, DB, AWS_KEY, AtRest.ENCRYPTED, KeyOwner.PROVIDER_IN_ACCOUNT),
        (INSTANCE, DB, REFUSED, AtRest.ENCRYPTED, Reason.REFUSED),
        (INSTANCE, DB, {"KeyMetadata": {"KeyManager": "Moon"}}, AtRest.ENCRYPTED, Reason.SHAPE),
        (INSTANCE, _with(DB, StorageEncrypted=False), UNASKED, AtRest.NONE, Inapplicable),
        (
            INSTANCE,
            _with(DB, StorageEncrypted=False, StorageEncryptionType="sse-rds"),
            UNASKED,
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER,
        ),
        (INSTANCE, _with(DB, StorageEncrypted=True, StorageEncryptionType="none"), UNASKED, AtRest.NONE, Inapplicable),
        (INSTANCE, _with(DB, StorageEncrypted=...), OWN_KEY, Reason.SHAPE, Reason.SHAPE),
        (INSTANCE, _with(DB, StorageEncryptionType="new"), OWN_KEY, Reason.SHAPE, Reason.SHAPE),
        (INSTANCE, _with(DB, **MEMBER), OWN_KEY, Inapplicable, Inapplicable),
        (CLUSTER, CLUSTER_ITEM, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (CLUSTER, _with(CLUSTER_ITEM, StorageEncryptionType=...), OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (
            CLUSTER,
            _with(CLUSTER_ITEM, StorageEncryptionType=..., StorageEncrypted=False),
            UNASKED,
            Reason.UNDECIDED,
            Reason.UNDECIDED,
        ),
        (
            CLUSTER,
            _with(CLUSTER_ITEM, StorageEncryptionType="sse-rds", StorageEncrypted=False),
            UNASKED,
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER,
        ),
    ],
)
def test_encryption_at_rest_of_a_database(
    kind: ResourceType, item: object, key: object, state: object, owner: object
) -> None:
    assert encryption(kind, item, {"key": key}) == (state, owner, ciphers(state))


@pytest.mark.parametrize(
    ("item", "key"),
    [
        (DB, DB["KmsKeyId"]),
        (_with(DB, StorageEncryptionType="sse-rds"), "provider"),
        (_with(DB, KmsKeyId=...), Reason.SHAPE),
        (_with(DB, StorageEncrypted=False), Inapplicable),
    ],
)
def test_key_of_a_database(item: object, key: object) -> None:
    assert told(INSTANCE, EncryptionAtRest.key, item) == key


OUTPOST = {
    "Subnets": [
        {"SubnetOutpost": {}},
        {"SubnetOutpost": {"Arn": "arn:aws:outposts:eu-west-2:111111111111:outpost/op-1"}},
    ]
}


@pytest.mark.parametrize(
    ("change", "homes"),
    [
        ({}, ["aws:eu-west-2"]),
        ({"SecondaryAvailabilityZone": "eu-west-2b"}, ["aws:eu-west-2"]),
        ({"AvailabilityZone": "eu-central-1-ist-1a"}, ["aws:eu-central-1-ist-1"]),
        ({"AvailabilityZone": ...}, [Reason.SHAPE]),
        ({"DBSubnetGroup": {"Subnets": [{"SubnetOutpost": {}}]}}, ["aws:eu-west-2"]),
        ({"DBSubnetGroup": OUTPOST}, [Reason.UNDECIDED]),
    ],
)
def test_home_of_an_instance(change: dict[str, object], homes: object) -> None:
    assert told(INSTANCE, Location.homes, _with(DB, **change)) == homes


REPLICATED = {"DBInstanceAutomatedBackupsArn": "arn:aws:rds:eu-west-1:111111111111:auto-backup:ab-1"}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"ReadReplicaDBInstanceIdentifiers": ["near"]}, [("replica", "aws:eu-west-2", f"{RDS}:db:near")]),
        (
            {"ReadReplicaDBInstanceIdentifiers": ["arn:aws:rds:us-east-1:111111111111:db:far"]},
            [("replica", "aws:us-east-1", "arn:aws:rds:us-east-1:111111111111:db:far")],
        ),
        (
            {"ReadReplicaDBClusterIdentifiers": ["aurora"]},
            [("replica", "aws:eu-west-2", f"{RDS}:cluster:aurora")],
        ),
        (
            {"DBInstanceAutomatedBackupsReplications": [REPLICATED]},
            [("backup", "aws:eu-west-1", REPLICATED["DBInstanceAutomatedBackupsArn"])],
        ),
        (
            {"ReadReplicaDBInstanceIdentifiers": ["near", 7]},
            [("replica", "aws:eu-west-2", f"{RDS}:db:near"), Reason.SHAPE],
        ),
        ({"DBInstanceAutomatedBackupsReplications": [{}]}, [Reason.SHAPE]),
    ],
)
def test_copies_of_an_instance(change: dict[str, object], found: object) -> None:
    assert copies(INSTANCE, Location.copies, _with(DB, **change)) == found


def test_a_copy_whose_holder_tells_no_region_is_in_an_unknown_place() -> None:
    item = _with(DB, ReadReplicaDBInstanceIdentifiers=["arn:aws:rds"])
    found = told(INSTANCE, Location.copies, item)
    assert isinstance(found, list)
    assert found[0].place.reason is Reason.SHAPE


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, [(*DAILY, HERE, True)]),
        ({"BackupTarget": ...}, [(*DAILY, HERE, True)]),
        ({"BackupTarget": "outposts"}, [(*DAILY, Reason.UNDECIDED, True)]),
        ({"BackupTarget": "local"}, [(*DAILY, Reason.UNDECIDED, True)]),
        ({"BackupRetentionPeriod": 0}, []),
        ({"BackupRetentionPeriod": ...}, [Reason.SHAPE]),
        ({"StorageEncrypted": False}, [(*DAILY, HERE, False)]),
        ({"StorageEncrypted": ...}, [(*DAILY, HERE, Reason.SHAPE)]),
        (
            {"DBInstanceAutomatedBackupsReplications": [REPLICATED]},
            [(*DAILY, HERE, True), ("continuous", "not_asked", "1 day", ("aws:eu-west-1",), True)],
        ),
    ],
)
def test_backups_of_an_instance(change: dict[str, object], found: object) -> None:
    item = _with(DB, **change)
    assert plans(INSTANCE, Backup.plans, item) == found
    made = told(INSTANCE, Backup.plans, item)
    assert isinstance(made, list)
    assert all(each.immutable is False for each in made if isinstance(each, Plan))


def _parameters(**values: object) -> object:
    listed = [{"ParameterName": name.replace("__", "."), "ParameterValue": value} for name, value in values.items()]
    return {"Parameters": [{"ParameterName": "other", "ParameterValue": "1"}, *listed]}


@pytest.mark.parametrize(
    ("engine", "reply", "plaintext"),
    [
        ("postgres", _parameters(rds__force_ssl="1"), False),
        ("Postgres", _parameters(rds__force_ssl="0"), True),
        ("sqlserver-se", _parameters(rds__force_ssl="1"), False),
        ("mysql", _parameters(require_secure_transport="on"), False),
        ("mariadb", _parameters(require_secure_transport="OFF"), True),
        ("mysql", _parameters(require_secure_transport="1"), False),
        ("mysql", _parameters(require_secure_transport="0"), True),
        ("mysql", _parameters(require_secure_transport="maybe"), Reason.SHAPE),
        ("mysql", _parameters(require_secure_transport=None), Reason.SHAPE),
        ("mysql", _parameters(rds__force_ssl="1"), Reason.SHAPE),
        ("postgres", {"Parameters": []}, Reason.SHAPE),
        ("postgres", {}, Reason.SHAPE),
        ("oracle-ee", _parameters(rds__force_ssl="1"), Reason.UNDECIDED),
        ("postgres", REFUSED, Reason.REFUSED),
        ("postgres", FAILED, Reason.FAILED),
        (None, _parameters(rds__force_ssl="1"), Reason.SHAPE),
    ],
)
def test_plaintext_is_a_matter_of_the_parameter_group(engine: object, reply: object, plaintext: object) -> None:
    for kind, item in ((INSTANCE, DB), (CLUSTER, CLUSTER_ITEM)):
        changed = _with(item, Engine=engine)
        assert told(kind, EncryptionInTransit.plaintext, changed, {"parameters": reply}) == plaintext


@pytest.mark.parametrize(
    ("engine", "reply", "minimum"),
    [
        ("postgres", _parameters(ssl_min_protocol_version="TLSv1.2"), Tls.V1_2),
        ("aurora-postgresql", _parameters(ssl_min_protocol_version="TLSv1"), Tls.V1_0),
        ("mysql", _parameters(tls_version="TLSv1.3, TLSv1.2"), Tls.V1_2),
        ("mariadb", _parameters(tls_version="TLSv1.1,TLSv1.3"), Tls.V1_1),
        ("mysql", _parameters(tls_version="TLSv1.3,SSLv3"), Reason.SHAPE),
        ("postgres", _parameters(ssl_min_protocol_version=None), Reason.SHAPE),
        ("sqlserver-ee", _parameters(rds__force_ssl="1"), Reason.UNDECIDED),
        ("postgres", REFUSED, Reason.REFUSED),
    ],
)
def test_minimum_tls_is_a_matter_of_the_parameter_group(engine: object, reply: object, minimum: object) -> None:
    for kind, item in ((INSTANCE, DB), (CLUSTER, CLUSTER_ITEM)):
        changed = _with(item, Engine=engine)
        assert told(kind, EncryptionInTransit.minimum_tls, changed, {"parameters": reply}) == minimum


def test_a_parameter_group_that_is_not_applied_decides_nothing() -> None:
    replies = {"parameters": _parameters(rds__force_ssl="1", ssl_min_protocol_version="TLSv1.3")}
    pending = _with(DB, DBParameterGroups=[{"ParameterApplyStatus": "pending-reboot"}])
    cluster = _with(CLUSTER_ITEM, DBClusterMembers=[{"DBClusterParameterGroupStatus": "pending-reboot"}])
    for fact in (EncryptionInTransit.plaintext, EncryptionInTransit.minimum_tls):
        assert told(INSTANCE, fact, pending, replies) is Reason.UNDECIDED
        assert told(CLUSTER, fact, cluster, replies) is Reason.UNDECIDED
        assert told(INSTANCE, fact, _with(DB, **MEMBER), replies) is Inapplicable


MULTI_AZ = _with(CLUSTER_ITEM, Engine="mysql", PubliclyAccessible=False, CertificateDetails=DB["CertificateDetails"])


@pytest.mark.parametrize(
    ("kind", "item", "expires", "public"),
    [
        (INSTANCE, DB, datetime(2027, 8, 22, 17, 8, 50, tzinfo=UTC), False),
        (INSTANCE, _with(DB, CertificateDetails=..., PubliclyAccessible=...), Reason.SHAPE, Reason.SHAPE),
        (
            INSTANCE,
            _with(DB, CertificateDetails={"ValidTill": "soon"}, PubliclyAccessible=True),
            Reason.SHAPE,
            Reason.UNDECIDED,
        ),
        (CLUSTER, CLUSTER_ITEM, Inapplicable, Inapplicable),
        (CLUSTER, MULTI_AZ, datetime(2027, 8, 22, 17, 8, 50, tzinfo=UTC), False),
    ],
)
def test_certificate_and_exposure(kind: ResourceType, item: object, expires: object, public: object) -> None:
    assert told(kind, EncryptionInTransit.certificate_expires, item) == expires
    assert told(kind, Exposure.public, item) == public


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, [Reason.NOT_ASKED]),
        ({"ReadReplicaSourceDBInstanceIdentifier": "main"}, [f"{RDS}:db:main", Reason.NOT_ASKED]),
        (
            {"ReadReplicaSourceDBInstanceIdentifier": "arn:aws:rds:us-east-1:111111111111:db:main"},
            ["arn:aws:rds:us-east-1:111111111111:db:main", Reason.NOT_ASKED],
        ),
        ({"ReadReplicaSourceDBClusterIdentifier": "main"}, [f"{RDS}:cluster:main", Reason.NOT_ASKED]),
    ],
)
def test_origins_of_an_instance(change: dict[str, object], found: object) -> None:
    assert refs(INSTANCE, Lineage.origins, _with(DB, **change)) == found


@pytest.mark.parametrize("fact", [Location.copies, Backup.plans, Lineage.origins])
def test_a_member_of_a_cluster_leaves_its_sets_to_the_cluster(fact: Fact[Any]) -> None:
    assert told(INSTANCE, fact, _with(DB, **MEMBER)) is Inapplicable


FAR = "arn:aws:rds:us-east-1:111111111111:cluster:ledger-us"


def _global(own: str, *, writer: bool) -> object:
    members = [{"DBClusterArn": own, "IsWriter": not writer}, {"DBClusterArn": FAR, "IsWriter": writer}]
    return {"GlobalClusters": [{"GlobalClusterMembers": members}]}


@pytest.mark.parametrize(
    ("change", "reply", "copied", "origins"),
    [
        ({}, {"GlobalClusters": []}, [], [Reason.NOT_ASKED]),
        ({}, _global(f"{RDS}:cluster:ledger", writer=False), [FAR], [Reason.NOT_ASKED]),
        ({}, _global(f"{RDS}:cluster:ledger", writer=True), [FAR], [FAR, Reason.NOT_ASKED]),
        ({}, _global(f"{RDS}:cluster:another", writer=True), [], [Reason.NOT_ASKED]),
        ({"ReadReplicaIdentifiers": [FAR]}, {"GlobalClusters": []}, [FAR], [Reason.NOT_ASKED]),
        ({"ReplicationSourceIdentifier": FAR}, {"GlobalClusters": []}, [], [FAR, Reason.NOT_ASKED]),
        ({"ReadReplicaIdentifiers": [FAR]}, REFUSED, [FAR, Reason.REFUSED], [Reason.NOT_ASKED, Reason.REFUSED]),
        ({}, {}, [Reason.SHAPE], [Reason.NOT_ASKED, Reason.SHAPE]),
    ],
)
def test_copies_and_origins_of_a_cluster(
    change: dict[str, object], reply: object, copied: object, origins: object
) -> None:
    item = _with(CLUSTER_ITEM, **change)
    assert refs(CLUSTER, Location.copies, item, {"global": reply}) == copied
    assert refs(CLUSTER, Lineage.origins, item, {"global": reply}) == origins


def test_home_and_backups_of_a_cluster() -> None:
    assert told(CLUSTER, Location.homes, CLUSTER_ITEM) == ["aws:eu-west-2"]
    assert plans(CLUSTER, Backup.plans, CLUSTER_ITEM) == [("continuous", "14 days", "1 day", HERE, True)]
    broken = told(CLUSTER, Backup.plans, _with(CLUSTER_ITEM, BackupRetentionPeriod="many"))
    assert broken == [Reason.SHAPE]


@pytest.mark.parametrize(("gateway", "public"), [(True, Reason.UNDECIDED), (False, Inapplicable), (None, Inapplicable)])
def test_an_aurora_cluster_may_have_a_gateway_to_the_internet(gateway: object, public: object) -> None:
    item = {"Engine": "aurora-postgresql", "InternetAccessGatewayEnabled": gateway}
    assert told(CLUSTER, Exposure.public, item) == public
