"""From the replies of EKS to facts."""

from __future__ import annotations

from typing import Any

import pytest

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
    Trust,
)
from scanner.providers.aws.eks import EKS_CLUSTER
from scanner.providers.aws.protection import BY_BACKUP, PROTECTED
from tests.scanner.providers.aws.states import KEY, OWN_KEY, REFUSED, UNASKED, copies, plans, refs, told

GROUP = "arn:aws:logs:eu-west-2:111111111111:log-group:/aws/eks/shop/cluster"
OUTPOST: dict[str, Any] = {"outpostArns": ["arn:o"], "controlPlaneInstanceType": "m5.large"}
NAMED = [{"resources": ["secrets"], "provider": {"keyArn": KEY}}]


def _cluster(**more: object) -> dict[str, Any]:
    return {"cluster": {"cluster": {"name": "shop", "version": "1.33", **more}}}


@pytest.mark.parametrize(
    ("replies", "homes", "state"),
    [
        (_cluster(), ["aws:eu-west-2"], AtRest.ENCRYPTED),
        (_cluster(outpostConfig=OUTPOST), [Reason.UNDECIDED], Reason.UNDECIDED),
        ({"cluster": REFUSED}, [Reason.REFUSED], Reason.REFUSED),
    ],
)
def test_where_a_control_plane_is(replies: dict[str, object], homes: object, state: object) -> None:
    assert told(EKS_CLUSTER, Location.homes, "shop", replies) == homes
    assert told(EKS_CLUSTER, EncryptionAtRest.state, "shop", replies) == state
    ciphers = frozenset({"AES-256"}) if state is AtRest.ENCRYPTED else state
    assert told(EKS_CLUSTER, EncryptionAtRest.algorithms, "shop", replies) == ciphers


@pytest.mark.parametrize(
    ("cluster", "key", "owner", "name"),
    [
        ({}, UNASKED, KeyOwner.PROVIDER, "provider"),
        ({"encryptionConfig": []}, UNASKED, KeyOwner.PROVIDER, "provider"),
        ({"encryptionConfig": NAMED}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({"encryptionConfig": NAMED}, REFUSED, Reason.REFUSED, KEY),
        ({"encryptionConfig": NAMED, "version": "1.28"}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        # Before 1.28 the key is that of Secrets alone; the rest is encrypted by keys of AWS.
        ({"encryptionConfig": NAMED, "version": "1.27"}, OWN_KEY, KeyOwner.PROVIDER, "provider"),
        ({"encryptionConfig": NAMED, "version": "2.0"}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({"encryptionConfig": [{}]}, UNASKED, Reason.SHAPE, Reason.SHAPE),
        ({"version": "new"}, UNASKED, Reason.SHAPE, Reason.SHAPE),
        ({"version": None}, UNASKED, Reason.SHAPE, Reason.SHAPE),
        ({"outpostConfig": OUTPOST}, UNASKED, Reason.UNDECIDED, Reason.UNDECIDED),
    ],
)
def test_the_key_of_a_cluster(cluster: dict[str, object], key: object, owner: object, name: object) -> None:
    replies = {**_cluster(**cluster), "key": key}
    assert told(EKS_CLUSTER, EncryptionAtRest.owner, "shop", replies) == owner
    assert told(EKS_CLUSTER, EncryptionAtRest.key, "shop", replies) == name


@pytest.mark.parametrize(
    ("logging", "expected"),
    [
        ({"clusterLogging": [{"types": ["api"], "enabled": False}]}, []),
        (
            {"clusterLogging": [{"types": ["api"], "enabled": False}, {"types": ["audit"], "enabled": True}]},
            [("log-sink", "aws:eu-west-2", GROUP)],
        ),
        ({"clusterLogging": [{"types": ["audit"]}]}, [Reason.SHAPE]),
        (None, [Reason.SHAPE]),
    ],
)
def test_logs_of_a_control_plane_are_a_copy(logging: object, expected: object) -> None:
    assert copies(EKS_CLUSTER, Location.copies, "shop", _cluster(logging=logging)) == expected


def _endpoint(public: object, *ranges: object) -> dict[str, Any]:
    return _cluster(resourcesVpcConfig={"endpointPublicAccess": public, "publicAccessCidrs": list(ranges)})


@pytest.mark.parametrize(
    ("replies", "public"),
    [
        (_endpoint(False, "0.0.0.0/0"), False),
        (_endpoint(True, "0.0.0.0/0"), True),
        (_endpoint(True, "192.0.2.0/24", "::/0"), True),
        (_endpoint(True, "192.0.2.0/24"), False),
        (_endpoint(True, "10.0.0.0/8"), False),
        (_endpoint(True, "0.0.0.0/1", "128.0.0.0/1"), Reason.UNDECIDED),
        (_endpoint(True, "8.0.0.0/7"), Reason.UNDECIDED),
        (_endpoint(True), Reason.SHAPE),
        (_endpoint(True, "everywhere"), Reason.SHAPE),
        (_cluster(resourcesVpcConfig={"endpointPublicAccess": True}), Reason.SHAPE),
        (_endpoint(None, "0.0.0.0/0"), Reason.SHAPE),
        ({"cluster": REFUSED}, Reason.REFUSED),
    ],
)
def test_an_endpoint_is_public_where_everybody_reaches_it(replies: dict[str, object], public: object) -> None:
    assert told(EKS_CLUSTER, Exposure.public, "shop", replies) == public


OTHER, OURS = (f"arn:aws:iam::{each}:role/admin" for each in ("222222222222", "111111111111"))
SERVICE = "arn:aws:iam::111111111111:role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS"


@pytest.mark.parametrize(
    ("mode", "entries", "grantees"),
    [
        ("API", [OURS, SERVICE], []),
        ("API", [OURS, OTHER], [OTHER]),
        ("API_AND_CONFIG_MAP", [OTHER], [OTHER, Reason.NOT_ASKED]),
        ("CONFIG_MAP", [OTHER], [Reason.NOT_ASKED]),
        ("DREAM", [OTHER], [Reason.SHAPE]),
        (None, [OTHER], [Reason.SHAPE]),
        ("API", None, [Reason.SHAPE]),
    ],
)
def test_who_is_let_in_by_access_entries(mode: object, entries: object, grantees: object) -> None:
    replies = {**_cluster(accessConfig={"authenticationMode": mode}), "entries": {"accessEntries": entries}}
    assert refs(EKS_CLUSTER, Trust.grantees, "shop", replies) == grantees


def test_refused_access_entries_are_a_gap() -> None:
    replies = {**_cluster(accessConfig={"authenticationMode": "API"}), "entries": REFUSED}
    assert refs(EKS_CLUSTER, Trust.grantees, "shop", replies) == [Reason.REFUSED]


def test_a_cluster() -> None:
    assert told(EKS_CLUSTER, EncryptionInTransit.plaintext, "shop") is False
    assert told(EKS_CLUSTER, EncryptionInTransit.minimum_tls, "shop") is Reason.UNDECIDED
    assert plans(EKS_CLUSTER, Backup.plans, "shop") == []
    assert refs(EKS_CLUSTER, Lineage.origins, "shop") == [Reason.NOT_ASKED]
    assert told(EKS_CLUSTER, Tagging.tags, "shop", _cluster(tags={"env": "prod"})) == {"env": "prod"}
    assert told(EKS_CLUSTER, Tagging.tags, "shop", _cluster()) is Reason.SHAPE


def test_aws_backup_may_protect_a_cluster() -> None:
    assert EKS_CLUSTER.covered_by == BY_BACKUP
    assert PROTECTED[EKS_CLUSTER.name] == ("EKS",)
