"""From the replies of EMR to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
)
from scanner.providers.aws.emr import EMR_CLUSTER
from tests.scanner.providers.aws.states import KEY, OWN_KEY, REFUSED, UNASKED, copies, refs, told

ITEM = {"Id": "j-1", "Name": "etl", "ClusterArn": "arn:aws:elasticmapreduce:eu-west-2:111111111111:cluster/j-1"}


def _cluster(**more: object) -> dict[str, Any]:
    return {"Cluster": more}


NAMED = _cluster(SecurityConfiguration="sealed")


def _security(at_rest: object, in_transit: object, disk: object = None) -> dict[str, Any]:
    settings = {
        "EnableAtRestEncryption": at_rest,
        "EnableInTransitEncryption": in_transit,
        "AtRestEncryptionConfiguration": {"LocalDiskEncryptionConfiguration": disk},
    }
    return {"SecurityConfiguration": {"EncryptionConfiguration": settings}}


BY_KMS = {"EncryptionKeyProviderType": "AwsKms", "AwsKmsKey": KEY}
BY_OWN = {"EncryptionKeyProviderType": "Custom", "S3Object": "s3://jars/provider.jar"}
UNSURE = (Reason.UNDECIDED,) * 3


@pytest.mark.parametrize(
    ("cluster", "security", "key", "expected"),
    [
        (NAMED, _security(True, False, BY_KMS), OWN_KEY, (AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY)),
        (NAMED, _security(True, False, BY_KMS), REFUSED, (AtRest.ENCRYPTED, Reason.REFUSED, KEY)),
        (NAMED, _security(True, False, BY_OWN), UNASKED, (AtRest.ENCRYPTED, KeyOwner.CUSTOMER, Reason.UNDECIDED)),
        (
            NAMED,
            _security(True, False, {"EncryptionKeyProviderType": "AwsKms"}),
            UNASKED,
            (AtRest.ENCRYPTED, Reason.NOT_ASKED, Reason.SHAPE),
        ),
        (NAMED, _security(True, False, {"EncryptionKeyProviderType": "Odd"}), UNASKED, (Reason.SHAPE,) * 3),
        # Not encrypted by EMR is not unencrypted: EBS may do it by default.
        (NAMED, _security(True, False), UNASKED, UNSURE),
        (NAMED, _security(False, False, BY_KMS), OWN_KEY, UNSURE),
        (NAMED, {"SecurityConfiguration": {"AuthenticationConfiguration": {}}}, UNASKED, UNSURE),
        (NAMED, _security("yes", False, BY_KMS), OWN_KEY, (Reason.SHAPE,) * 3),
        (_cluster(), UNASKED, UNASKED, UNSURE),
        (NAMED, REFUSED, REFUSED, (Reason.REFUSED,) * 3),
        (REFUSED, REFUSED, REFUSED, (Reason.REFUSED,) * 3),
    ],
)
def test_the_disks_of_a_cluster(cluster: object, security: object, key: object, expected: tuple[object, ...]) -> None:
    replies = {"cluster": cluster, "security": security, "key": key}
    state, owner, name = expected
    assert told(EMR_CLUSTER, EncryptionAtRest.state, ITEM, replies) == state
    assert told(EMR_CLUSTER, EncryptionAtRest.owner, ITEM, replies) == owner
    assert told(EMR_CLUSTER, EncryptionAtRest.key, ITEM, replies) == name
    ciphers = Reason.UNDECIDED if isinstance(state, AtRest) else state
    assert told(EMR_CLUSTER, EncryptionAtRest.algorithms, ITEM, replies) == ciphers


@pytest.mark.parametrize(
    ("cluster", "security", "plaintext"),
    [
        (_cluster(), UNASKED, True),
        (NAMED, _security(False, False), True),
        (NAMED, _security(False, True), Reason.UNDECIDED),
        (NAMED, _security(False, None), Reason.SHAPE),
        (NAMED, REFUSED, Reason.REFUSED),
        (REFUSED, REFUSED, Reason.REFUSED),
    ],
)
def test_what_nodes_say_to_each_other(cluster: object, security: object, plaintext: object) -> None:
    replies = {"cluster": cluster, "security": security}
    assert told(EMR_CLUSTER, EncryptionInTransit.plaintext, ITEM, replies) == plaintext


def _in_zone(zone: object) -> dict[str, Any]:
    return _cluster(Ec2InstanceAttributes={"Ec2AvailabilityZone": zone})


@pytest.mark.parametrize(
    ("item", "cluster", "homes"),
    [
        (ITEM, _in_zone("eu-west-2a"), ["aws:eu-west-2"]),
        (ITEM, _in_zone("eu-central-1-ist-1a"), ["aws:eu-central-1-ist-1"]),
        ({**ITEM, "OutpostArn": "arn:o"}, _in_zone("eu-west-2a"), [Reason.UNDECIDED]),
        (ITEM, _in_zone(None), [Reason.SHAPE]),
        (ITEM, REFUSED, [Reason.REFUSED]),
    ],
)
def test_where_a_cluster_is(item: object, cluster: object, homes: object) -> None:
    assert told(EMR_CLUSTER, Location.homes, item, {"cluster": cluster}) == homes


def _logged(enabled: object, group: object = "/emr") -> dict[str, Any]:
    return _cluster(MonitoringConfiguration={"CloudWatchLogConfiguration": {"Enabled": enabled, "LogGroupName": group}})


GROUP = "arn:aws:logs:eu-west-2:111111111111:log-group:/emr"


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        (_cluster(), []),
        (_cluster(LogUri="s3n://logs/emr/"), [("log-sink", Reason.NOT_ASKED, "arn:aws:s3:::logs")]),
        (_cluster(LogUri="hdfs://logs"), [Reason.SHAPE]),
        (_logged(True), [("log-sink", "aws:eu-west-2", GROUP)]),
        (_logged(False), []),
        (_logged(True, None), [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_logs_of_a_cluster_are_copies(cluster: object, expected: object) -> None:
    assert copies(EMR_CLUSTER, Location.copies, ITEM, {"cluster": cluster}) == expected


@pytest.mark.parametrize(
    ("name", "public"),
    [
        ("ip-10-0-0-1.eu-west-2.compute.internal", False),
        ("ip-10-0-0-1.ec2.internal", False),
        ("ec2-192-0-2-1.eu-west-2.compute.amazonaws.com", Reason.UNDECIDED),
        (None, Reason.SHAPE),
    ],
)
def test_a_cluster_in_a_private_subnet_is_not_public(name: object, public: object) -> None:
    replies = {"cluster": _cluster(MasterPublicDnsName=name)}
    assert told(EMR_CLUSTER, Exposure.public, ITEM, replies) == public


def test_a_cluster() -> None:
    tags = _cluster(Tags=[{"Key": "env", "Value": "prod"}])
    assert told(EMR_CLUSTER, Tagging.tags, ITEM, {"cluster": tags}) == {"env": "prod"}
    assert told(EMR_CLUSTER, Tagging.tags, ITEM, {"cluster": _cluster()}) is Reason.SHAPE
    assert told(EMR_CLUSTER, EncryptionInTransit.minimum_tls, ITEM) is Reason.UNDECIDED
    assert refs(EMR_CLUSTER, Lineage.origins, ITEM) == [Reason.NOT_ASKED]


def test_clusters_that_are_gone_are_not_listed() -> None:
    assert "TERMINATED" not in str(EMR_CLUSTER.each.give["ClusterStates"])
