"""From the replies of DocumentDB's elastic clusters to facts."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from scanner.collect.model import ResourceType
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
from scanner.providers.aws.docdb_elastic import CLUSTER, SNAPSHOT
from tests.scanner.providers.aws.states import KEY, OWN_KEY, REFUSED, UNASKED, plans, refs, told

ARN = "arn:aws:docdb-elastic:eu-west-2:111111111111:cluster/1"
CLUSTER_ITEM = {"clusterArn": ARN, "clusterName": "shop", "status": "ACTIVE"}
SNAPSHOT_ITEM = {"snapshotArn": ARN.replace("cluster/", "cluster-snapshot/"), "clusterArn": ARN}


def _reply(kind: ResourceType, **fields: object) -> dict[str, Any]:
    name = "cluster" if kind is CLUSTER else "snapshot"
    return {name: {name: fields}}


@pytest.mark.parametrize("kind", [CLUSTER, SNAPSHOT])
@pytest.mark.parametrize(
    ("named", "key", "owner", "name"),
    [
        ("AWS_OWNED_KMS_KEY", UNASKED, KeyOwner.PROVIDER, "provider"),
        (KEY, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (KEY, REFUSED, Reason.REFUSED, KEY),
        (None, UNASKED, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_at_rest(kind: ResourceType, named: object, key: object, owner: object, name: object) -> None:
    replies = {**_reply(kind, kmsKeyId=named), "key": key}
    assert told(kind, EncryptionAtRest.state, {}, replies) is AtRest.ENCRYPTED
    assert told(kind, EncryptionAtRest.algorithms, {}, replies) is Reason.UNDECIDED
    assert told(kind, EncryptionAtRest.owner, {}, replies) == owner
    assert told(kind, EncryptionAtRest.key, {}, replies) == name


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (7, ("snapshot", "7 days", "1 day", ("aws:eu-west-2",), True)),
        (None, Reason.SHAPE),
    ],
)
def test_backups_of_a_cluster(days: object, expected: object) -> None:
    replies = _reply(CLUSTER, backupRetentionPeriod=days)
    assert plans(CLUSTER, Backup.plans, CLUSTER_ITEM, replies) == [expected]


@pytest.mark.parametrize(
    ("kind", "kept"), [("MANUAL", "forever"), ("AUTOMATED", "not_asked"), ("OTHER", None), (None, None)]
)
def test_a_snapshot_is_a_recovery_point(kind: object, kept: str | None) -> None:
    found = plans(SNAPSHOT, Backup.plans, SNAPSHOT_ITEM, _reply(SNAPSHOT, snapshotType=kind))
    point = ("snapshot", kept, "undecided", ("aws:eu-west-2",), True)
    assert found == ([point] if kept else [Reason.SHAPE])


def test_the_rest() -> None:
    assert told(CLUSTER, Location.homes, CLUSTER_ITEM) == ["aws:eu-west-2"]
    assert told(SNAPSHOT, Location.homes, SNAPSHOT_ITEM) == ["aws:eu-west-2"]
    assert told(CLUSTER, Location.homes, {}) == [Reason.SHAPE]
    assert told(CLUSTER, EncryptionInTransit.plaintext, CLUSTER_ITEM) is Reason.UNDECIDED
    assert told(CLUSTER, Lineage.origins, CLUSTER_ITEM) == [Reason.NOT_ASKED]
    assert refs(SNAPSHOT, Lineage.origins, SNAPSHOT_ITEM) == [ARN]
    for kind in (CLUSTER, SNAPSHOT):
        assert told(kind, Exposure.public, {}) is False
        assert told(kind, Location.copies, {}) == []
        assert told(kind, Tagging.tags, {}, {"tags": {"tags": {"env": "prod"}}}) == {"env": "prod"}
        assert told(kind, Tagging.tags, {}, {"tags": REFUSED}) is Reason.REFUSED


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("ListClusters", {"clusters": [CLUSTER_ITEM]}),
        ("GetCluster", {"cluster": {"kmsKeyId": KEY, "backupRetentionPeriod": 7}}),
        ("GetClusterSnapshot", {"snapshot": {"kmsKeyId": KEY, "snapshotType": "MANUAL"}}),
        ("ListTagsForResource", {"tags": {"env": "prod"}}),
    ],
)
def test_these_replies_are_of_botocores_shape(operation: str, body: dict[str, Any]) -> None:
    shape = botocore.session.Session().get_service_model("docdb-elastic").operation_model(operation).output_shape
    # Required members of a cluster that no fact reads are left out here.
    report = ParamValidator().validate(body, shape).generate_report()
    assert all("Missing required parameter" in line for line in report.splitlines())
