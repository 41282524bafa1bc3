"""From the replies of Glue to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
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
    Trust,
)
from scanner.providers.aws.glue import DATABASE
from tests.scanner.providers.aws.states import AWS_KEY, KEY, OWN_KEY, REFUSED, UNASKED, absent, copies, refs, told

ARN = "arn:aws:glue:eu-west-2:111111111111:database/sales"
ITEM = {"Name": "sales"}
LINK = {**ITEM, "TargetDatabase": {"CatalogId": "222222222222", "DatabaseName": "sales"}}
FEDERATED = {**ITEM, "FederatedDatabase": {"ConnectionName": "warehouse"}}
NO_POLICY = absent("EntityNotFoundException")


def _settings(mode: object, key: object = None) -> dict[str, Any]:
    return {
        "DataCatalogEncryptionSettings": {"EncryptionAtRest": {"CatalogEncryptionMode": mode, "SseAwsKmsKeyId": key}}
    }


@pytest.mark.parametrize(
    ("item", "settings", "key", "state", "owner", "name"),
    [
        (ITEM, _settings("DISABLED"), UNASKED, AtRest.NONE, Inapplicable, Inapplicable),
        (ITEM, _settings("SSE-KMS", KEY), OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        (
            ITEM,
            _settings("SSE-KMS-WITH-SERVICE-ROLE", "alias/aws/glue"),
            AWS_KEY,
            AtRest.ENCRYPTED,
            KeyOwner.PROVIDER_IN_ACCOUNT,
            "alias/aws/glue",
        ),
        (ITEM, _settings("SSE-KMS"), UNASKED, AtRest.ENCRYPTED, Reason.NOT_ASKED, Reason.SHAPE),
        (ITEM, _settings("SSE-XYZ"), UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (ITEM, {}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (ITEM, REFUSED, REFUSED, Reason.REFUSED, Reason.REFUSED, Reason.REFUSED),
        (LINK, _settings("DISABLED"), UNASKED, Inapplicable, Inapplicable, Inapplicable),
        (FEDERATED, _settings("DISABLED"), UNASKED, Reason.UNDECIDED, Reason.UNDECIDED, Reason.UNDECIDED),
    ],
)
def test_a_database_is_encrypted_as_its_catalog_is(
    item: object, settings: object, key: object, state: object, owner: object, name: object
) -> None:
    replies = {"settings": settings, "key": key}
    assert told(DATABASE, EncryptionAtRest.state, item, replies) == state
    assert told(DATABASE, EncryptionAtRest.owner, item, replies) == owner
    assert told(DATABASE, EncryptionAtRest.key, item, replies) == name
    ciphers = {AtRest.NONE: frozenset(), AtRest.ENCRYPTED: Reason.UNDECIDED}
    expected = ciphers[state] if isinstance(state, AtRest) else state
    assert told(DATABASE, EncryptionAtRest.algorithms, item, replies) == expected


@pytest.mark.parametrize(
    ("item", "homes"), [(ITEM, ["aws:eu-west-2"]), (LINK, Inapplicable), (FEDERATED, [Reason.UNDECIDED])]
)
def test_where_a_database_is(item: object, homes: object) -> None:
    assert told(DATABASE, Location.homes, item) == homes


OTHER = {"AWS": "222222222222"}


def _allow(principal: object, *resources: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "glue:Get*", "Resource": list(resources)}


def _policy(*statements: object) -> dict[str, Any]:
    return {"PolicyInJson": {"Statement": list(statements)}}


CATALOG, TABLES = (f"arn:aws:glue:eu-west-2:111111111111:{each}" for each in ("catalog", "table/sales/*"))
ELSEWHERE = "arn:aws:glue:eu-west-2:111111111111:database/stock"


@pytest.mark.parametrize(
    ("reply", "public", "grantees"),
    [
        (NO_POLICY, False, []),
        (_policy(_allow(OTHER, CATALOG)), False, ["222222222222"]),
        (_policy(_allow(OTHER, ARN)), False, ["222222222222"]),
        (_policy(_allow(OTHER, TABLES)), False, ["222222222222"]),
        (_policy(_allow(OTHER, "*")), False, ["222222222222"]),
        (_policy(_allow(OTHER, ELSEWHERE)), False, []),
        (_policy(_allow("*", ELSEWHERE)), False, []),
        (_policy(_allow("*", "*")), True, []),
        ({"PolicyInJson": "no"}, Reason.SHAPE, [Reason.SHAPE]),
        (REFUSED, Reason.REFUSED, [Reason.REFUSED]),
    ],
)
def test_whom_the_policy_of_the_catalog_lets_in(reply: object, public: object, grantees: list[object]) -> None:
    assert told(DATABASE, Exposure.public, ITEM, {"policy": reply}) == public
    found = refs(DATABASE, Trust.grantees, ITEM, {"policy": reply})
    named = [each for each in grantees if isinstance(each, str) and not isinstance(each, Reason)]
    gaps = [each for each in grantees if isinstance(each, Reason)]
    # Grants of Lake Formation are a gap in any case.
    assert found == [*named, Reason.NOT_ASKED, *gaps]


def test_a_database() -> None:
    listed = {"ResourceTagMappingList": [{"ResourceARN": ARN, "Tags": [{"Key": "env", "Value": "prod"}]}]}
    assert told(DATABASE, Tagging.tags, ITEM, {"tags": listed}) == {"env": "prod"}
    assert told(DATABASE, Tagging.tags, {"Name": "stock"}, {"tags": listed}) == {}
    assert told(DATABASE, Tagging.tags, ITEM, {"tags": REFUSED}) is Reason.REFUSED
    assert told(DATABASE, EncryptionInTransit.plaintext, ITEM) is False
    assert told(DATABASE, EncryptionInTransit.minimum_tls, ITEM) is Tls.V1_2
    assert copies(DATABASE, Location.copies, ITEM) == []
    assert refs(DATABASE, Lineage.origins, ITEM) == [Reason.NOT_ASKED]
