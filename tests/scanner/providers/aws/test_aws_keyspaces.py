"""From the replies of Keyspaces to facts, and how its tables are listed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from scanner.collect.model import Account, CallError, Options, Unit
from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
)
from scanner.providers.aws import PROVIDER, roles
from scanner.providers.aws.keyspaces import TABLE
from scanner.providers.aws.session import AwsSession
from tests.scanner.providers.aws.states import KEY, REFUSED, copies, encryption, plans, refs, told

ARN = "arn:aws:cassandra:eu-west-2:111111111111:/keyspace/shop/table/orders"
ITEM = {"keyspaceName": "shop", "tableName": "orders", "resourceArn": ARN}
AES = frozenset({"AES-256"})


@pytest.mark.parametrize(
    ("table", "owner", "key"),
    [
        ({"encryptionSpecification": {"type": "AWS_OWNED_KMS_KEY"}}, KeyOwner.PROVIDER, "provider"),
        (
            {"encryptionSpecification": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyIdentifier": KEY}},
            KeyOwner.CUSTOMER,
            KEY,
        ),
        ({"encryptionSpecification": {"type": "CUSTOMER_MANAGED_KMS_KEY"}}, KeyOwner.CUSTOMER, Reason.SHAPE),
        ({"encryptionSpecification": {"type": "odd"}}, Reason.SHAPE, Reason.SHAPE),
        ({}, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_a_table_at_rest(table: object, owner: object, key: object) -> None:
    assert encryption(TABLE, ITEM, {"table": table}) == (AtRest.ENCRYPTED, owner, AES)
    assert told(TABLE, EncryptionAtRest.key, ITEM, {"table": table}) == key


def _space(strategy: object, *regions: str, name: str = "shop") -> dict[str, Any]:
    return {"keyspaceName": name, "replicationStrategy": strategy, "replicationRegions": list(regions)}


IRISH = "arn:aws:cassandra:eu-west-1:111111111111:/keyspace/shop/table/orders"


@pytest.mark.parametrize(
    ("reply", "elsewhere"),
    [
        ({"keyspaces": [_space("SINGLE_REGION")]}, []),
        ({"keyspaces": [_space("MULTI_REGION", "eu-west-2", "eu-west-1")]}, [IRISH]),
        ({"keyspaces": [_space("MULTI_REGION", "eu-west-2", "eu-west-1", name="other")]}, [Reason.SHAPE]),
        ({"keyspaces": [_space("odd")]}, [Reason.SHAPE]),
        ({"keyspaces": [{"keyspaceName": "shop", "replicationStrategy": "MULTI_REGION"}]}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_a_table_is_in_each_region_of_its_keyspace(reply: object, elsewhere: list[object]) -> None:
    replies = {"keyspaces": reply}
    told_copies = [("replica", "aws:eu-west-1", each) if each == IRISH else each for each in elsewhere]
    assert copies(TABLE, Location.copies, ITEM, replies) == told_copies
    known = [each for each in elsewhere if each == IRISH]
    gaps = [each for each in elsewhere if each != IRISH]
    assert refs(TABLE, Lineage.origins, ITEM, replies) == [*known, Reason.NOT_ASKED, *gaps]


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (
            {"pointInTimeRecovery": {"status": "ENABLED"}},
            [("continuous", "35 days", "1 second", ("aws:eu-west-2",), True)],
        ),
        ({"pointInTimeRecovery": {"status": "DISABLED"}}, []),
        ({"pointInTimeRecovery": {"status": "odd"}}, [Reason.SHAPE]),
        ({}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_a_table_is_backed_up_by_recovery_to_a_point_in_time(table: object, expected: object) -> None:
    assert plans(TABLE, Backup.plans, ITEM, {"table": table}) == expected


def test_a_table() -> None:
    tagged = {"ResourceTagMappingList": [{"ResourceARN": ARN, "Tags": [{"Key": "env", "Value": "prod"}]}]}
    assert told(TABLE, Location.homes, ITEM) == ["aws:eu-west-2"]
    assert told(TABLE, Location.homes, {}) == [Reason.SHAPE]
    assert told(TABLE, EncryptionInTransit.plaintext, ITEM) is False
    assert told(TABLE, EncryptionInTransit.minimum_tls, ITEM) is Reason.UNDECIDED
    assert told(TABLE, Exposure.public, ITEM) is False
    assert told(TABLE, Tagging.tags, ITEM, {"tags": tagged}) == {"env": "prod"}
    assert told(TABLE, Tagging.tags, ITEM, {"tags": {"ResourceTagMappingList": []}}) == {}
    assert told(TABLE, Tagging.tags, ITEM, {"tags": REFUSED}) is Reason.REFUSED


def test_the_role_shows_no_rows() -> None:
    made = roles.document(["cassandra:Select", "ec2:DescribeVolumes"])
    assert [each["Resource"] for each in made["Statement"]] == ["arn:*:cassandra:*:*:/keyspace/system*", "*"]
    terraform = roles.written("terraform", ["cassandra:Select", "ec2:DescribeVolumes"], {})
    narrow = terraform.index('resources = ["arn:*:cassandra:*:*:/keyspace/system*"]')
    assert terraform.index('"ec2:DescribeVolumes"') < terraform.index('"cassandra:Select"') < narrow
    assert terraform.count('"cassandra:Select"') == 1
    assert 'resources = ["*"]' not in roles.written("terraform", ["cassandra:Select"], {})


UNIT = Unit(Account("aws", "111111111111", partition="aws"), "eu-west-2")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> AwsSession:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    opened = PROVIDER.open({}, Options(endpoint="http://127.0.0.1:9"))
    assert isinstance(opened, AwsSession)
    return opened


def _answering(asked: list[tuple[str, object]], broken: str = "") -> Any:
    def pages(_account: str, _region: str, operation: str, params: Mapping[str, object]) -> Iterator[object]:
        asked.append((operation, dict(params)))
        if operation == broken or params.get("keyspaceName") == broken:
            raise CallError("AccessDeniedException", refused=True)
        if operation == "keyspaces.list_keyspaces":
            yield {"keyspaces": [{"keyspaceName": "system"}, {"keyspaceName": "shop"}]}
            yield {"keyspaces": [{"keyspaceName": "system_schema_mcs"}, {"keyspaceName": "system_of_records"}]}
        else:
            yield {"tables": [{"tableName": f"{params['keyspaceName']}.orders"}]}

    return pages


def test_tables_are_listed_by_keyspace(session: AwsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, object]] = []
    monkeypatch.setattr(session, "_pages", _answering(asked))
    found = [each["tableName"] for page in session.pages(UNIT, TABLE.each, {}) for each in page["tables"]]  # type: ignore[index] # the pages are those above
    assert found == ["shop.orders", "system_of_records.orders"]
    assert asked == [
        ("keyspaces.list_keyspaces", {}),
        ("keyspaces.list_tables", {"keyspaceName": "shop"}),
        ("keyspaces.list_tables", {"keyspaceName": "system_of_records"}),
    ]


@pytest.mark.parametrize(("broken", "before"), [("keyspaces.list_keyspaces", 0), ("shop", 0), ("system_of_records", 1)])
def test_what_ends_a_walk_is_told(
    broken: str, before: int, session: AwsSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_pages", _answering([], broken))
    pages = session.pages(UNIT, TABLE.each, {})
    assert len([next(pages) for _ in range(before)]) == before
    with pytest.raises(CallError, match="AccessDeniedException"):
        next(pages)
