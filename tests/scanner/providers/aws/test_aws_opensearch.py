"""From the replies of OpenSearch Service to facts."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

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
from scanner.providers.aws.opensearch import COLLECTION, DOMAIN
from tests.scanner.providers.aws.states import KEY, OWN_KEY, REFUSED, UNASKED, copies, plans, refs, told

ITEM = {"DomainName": "search"}
NONE: dict[str, Any] = {"Connections": []}


def _domain(**fields: object) -> dict[str, Any]:
    return {"domain": {"DomainStatus": fields}}


@pytest.mark.parametrize(
    ("options", "key", "state", "owner", "name"),
    [
        ({"Enabled": True, "KmsKeyId": KEY}, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        ({"Enabled": True, "KmsKeyId": KEY}, REFUSED, AtRest.ENCRYPTED, Reason.REFUSED, KEY),
        ({"Enabled": False}, UNASKED, AtRest.NONE, Inapplicable, Inapplicable),
        ({}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_domain_at_rest(options: object, key: object, state: object, owner: object, name: object) -> None:
    replies = {**_domain(EncryptionAtRestOptions=options), "key": key}
    assert told(DOMAIN, EncryptionAtRest.state, ITEM, replies) == state
    assert told(DOMAIN, EncryptionAtRest.owner, ITEM, replies) == owner
    assert told(DOMAIN, EncryptionAtRest.key, ITEM, replies) == name


@pytest.mark.parametrize(
    ("options", "plaintext", "lowest"),
    [
        ({"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"}, False, Tls.V1_0),
        ({"EnforceHTTPS": False, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-2019-07"}, True, Tls.V1_2),
        ({"EnforceHTTPS": True, "TLSSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"}, False, Tls.V1_2),
        ({"EnforceHTTPS": "yes", "TLSSecurityPolicy": "Policy-Min-TLS-1-4"}, Reason.SHAPE, Reason.SHAPE),
        (None, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_domain_in_transit(options: object, plaintext: object, lowest: object) -> None:
    replies = _domain(DomainEndpointOptions=options)
    assert told(DOMAIN, EncryptionInTransit.plaintext, ITEM, replies) == plaintext
    assert told(DOMAIN, EncryptionInTransit.minimum_tls, ITEM, replies) == lowest


OWN_ENDPOINT = _domain(DomainEndpointOptions={"CustomEndpointCertificateArn": "arn:aws:acm:eu-west-2:1:certificate/1"})


@pytest.mark.parametrize(
    ("domain", "certificate", "expires"),
    [
        (_domain(), UNASKED, Inapplicable),
        (OWN_ENDPOINT, {"Certificate": {"NotAfter": "2027-01-01T00:00:00+00:00"}}, datetime(2027, 1, 1, tzinfo=UTC)),
        (OWN_ENDPOINT, {"Certificate": {}}, Reason.SHAPE),
        (OWN_ENDPOINT, REFUSED, Reason.REFUSED),
        ({"domain": REFUSED}, REFUSED, Reason.REFUSED),
    ],
)
def test_certificate_of_a_domain(domain: dict[str, Any], certificate: object, expires: object) -> None:
    replies = {**domain, "certificate": certificate}
    assert told(DOMAIN, EncryptionInTransit.certificate_expires, ITEM, replies) == expires


EVERYBODY = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "es:*", "Resource": "*"}
NAMED = {**EVERYBODY, "Principal": {"AWS": "arn:aws:iam::111111111111:root"}}
OPEN = {"Statement": [EVERYBODY]}


@pytest.mark.parametrize(
    ("fields", "public"),
    [
        ({"VPCOptions": {"VPCId": "vpc-1"}, "AccessPolicies": OPEN}, False),
        ({"AccessPolicies": ""}, False),
        ({"AccessPolicies": {"Statement": [NAMED]}}, False),
        ({"AccessPolicies": OPEN, "AdvancedSecurityOptions": {"Enabled": False}}, True),
        ({"AccessPolicies": OPEN, "AdvancedSecurityOptions": {"Enabled": True}}, False),
        (
            {"AccessPolicies": OPEN, "AdvancedSecurityOptions": {"Enabled": True, "AnonymousAuthEnabled": True}},
            True,
        ),
        ({"AccessPolicies": OPEN}, Reason.SHAPE),
        ({"AccessPolicies": {"Statement": [{**EVERYBODY, "Condition": {"Odd": {"x": "y"}}}]}}, Reason.UNDECIDED),
        ({"AccessPolicies": {"Statement": "all"}}, Reason.SHAPE),
        ({}, Reason.SHAPE),
    ],
)
def test_a_domain_is_public_by_endpoint_policy_and_users(fields: dict[str, object], public: object) -> None:
    assert told(DOMAIN, Exposure.public, ITEM, _domain(**fields)) == public
    assert told(DOMAIN, Exposure.public, ITEM, {"domain": REFUSED}) is Reason.REFUSED


GROUP = "arn:aws:logs:eu-west-2:111111111111:log-group:/search"


def _log(enabled: object) -> dict[str, Any]:
    return {"AUDIT_LOGS": {"CloudWatchLogsLogGroupArn": f"{GROUP}:*", "Enabled": enabled}}


def _connection(local: str, status: object, remote: str = "far") -> dict[str, Any]:
    sides = {
        side: {"AWSDomainInformation": {"DomainName": name}}
        for side, name in (("LocalDomainInfo", local), ("RemoteDomainInfo", remote))
    }
    return {"Connections": [{**sides, "ConnectionStatus": {"StatusCode": status}}]}


@pytest.mark.parametrize(
    ("fields", "inbound", "expected"),
    [
        ({}, NONE, []),
        ({"LogPublishingOptions": _log(True)}, NONE, [("log-sink", "aws:eu-west-2", GROUP)]),
        ({"LogPublishingOptions": _log(False)}, NONE, []),
        ({"LogPublishingOptions": {"AUDIT_LOGS": {}}}, NONE, [Reason.SHAPE]),
        ({"LogPublishingOptions": "all"}, NONE, [Reason.SHAPE]),
        ({}, _connection("search", "ACTIVE"), [Reason.UNDECIDED]),
        ({}, _connection("search", "REJECTED"), []),
        ({}, _connection("other", "ACTIVE"), []),
        ({}, _connection("other", "ACTIVE", remote="search"), [Reason.UNDECIDED]),
        ({}, _connection("search", "odd"), [Reason.SHAPE]),
        ({}, REFUSED, [Reason.REFUSED]),
    ],
)
def test_copies_of_a_domain(fields: dict[str, object], inbound: object, expected: object) -> None:
    replies = {**_domain(**fields), "inbound": inbound}
    assert copies(DOMAIN, Location.copies, ITEM, replies) == expected
    assert told(DOMAIN, Location.homes, ITEM) == ["aws:eu-west-2"]


@pytest.mark.parametrize(
    ("outbound", "expected"),
    [
        (NONE, [Reason.NOT_ASKED]),
        (_connection("search", "ACTIVE"), [Reason.NOT_ASKED, Reason.UNDECIDED]),
        (REFUSED, [Reason.NOT_ASKED, Reason.REFUSED]),
    ],
)
def test_origins_of_a_domain(outbound: object, expected: object) -> None:
    assert refs(DOMAIN, Lineage.origins, ITEM, {"outbound": outbound}) == expected


@pytest.mark.parametrize(
    ("version", "every"),
    [
        ("OpenSearch_2.11", "1 hour"),
        ("OpenSearch_1.0", "1 hour"),
        ("Elasticsearch_7.10", "1 hour"),
        ("Elasticsearch_5.3", "1 hour"),
        ("Elasticsearch_5.1", "1 day"),
        ("Elasticsearch_2.3", "1 day"),
        ("Solr_9", "shape"),
        (None, "shape"),
    ],
)
def test_snapshots_of_a_domain(version: object, every: str) -> None:
    replies = _domain(EngineVersion=version, EncryptionAtRestOptions={"Enabled": True})
    found = plans(DOMAIN, Backup.plans, ITEM, replies)
    assert found == [("snapshot", "14 days", every, ("aws:eu-west-2",), True), Reason.NOT_ASKED]


@pytest.mark.parametrize(
    ("reply", "tags"),
    [
        ({"TagList": [{"Key": "env", "Value": "prod"}]}, {"env": "prod"}),
        ({"TagList": []}, {}),
        ({}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_tags_of_a_domain(reply: object, tags: object) -> None:
    assert told(DOMAIN, Tagging.tags, ITEM, {"tags": reply}) == tags


@pytest.mark.parametrize(
    ("named", "key", "owner", "name"),
    [
        ("auto", UNASKED, KeyOwner.PROVIDER, "provider"),
        (KEY, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (KEY, REFUSED, Reason.REFUSED, KEY),
        (None, UNASKED, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_collection(named: object, key: object, owner: object, name: object) -> None:
    item = {"arn": "arn:aws:aoss:eu-west-2:111111111111:collection/1", "kmsKeyArn": named}
    assert told(COLLECTION, EncryptionAtRest.owner, item, {"key": key}) == owner
    assert told(COLLECTION, EncryptionAtRest.key, item, {"key": key}) == name
    assert told(COLLECTION, EncryptionAtRest.state, item) is AtRest.ENCRYPTED
    assert told(COLLECTION, EncryptionInTransit.plaintext, item) is False
    assert told(COLLECTION, Location.homes, item) == ["aws:eu-west-2"]
    assert told(COLLECTION, Exposure.public, item) is False
    assert told(COLLECTION, Tagging.tags, item, {"tags": {"tags": [{"key": "a", "value": "b"}]}}) == {"a": "b"}
