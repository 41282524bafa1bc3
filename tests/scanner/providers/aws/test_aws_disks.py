"""From the replies of EC2 to the facts of volumes and snapshots."""

from __future__ import annotations

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import AtRest, Backup, Exposure, Inapplicable, KeyOwner, Lineage, Location, Reason, Unknown
from scanner.providers.aws.ebs import SNAPSHOT, VOLUME
from tests.scanner.providers.aws.states import (
    AWS_KEY,
    FAILED,
    OWN_KEY,
    REFUSED,
    UNASKED,
    ciphers,
    encryption,
    plans,
    refs,
    told,
)

EC2 = "arn:aws:ec2:eu-west-2"
ON_OUTPOST = {"OutpostArn": "arn:aws:outposts:eu-west-2:111111111111:outpost/op-1"}
HERE = ("aws:eu-west-2",)
KEPT = ("snapshot", "forever", "undecided")
UNTOLD = ("snapshot", "not_asked", "undecided")


@pytest.mark.parametrize(
    ("kind", "item", "key", "state", "owner"),
    [
        (VOLUME, {"Encrypted": True}, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER),
        (VOLUME, {"Encrypted": False}, UNASKED, AtRest.NONE, Inapplicable),
        (VOLUME, {}, UNASKED, Reason.SHAPE, Reason.SHAPE),
        (SNAPSHOT, {"Encrypted": True}, AWS_KEY, AtRest.ENCRYPTED, KeyOwner.PROVIDER_IN_ACCOUNT),
        (SNAPSHOT, {"Encrypted": "yes"}, AWS_KEY, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_encryption_at_rest_of_a_disk(
    kind: ResourceType, item: object, key: object, state: object, owner: object
) -> None:
    assert encryption(kind, item, {"key": key}) == (state, owner, ciphers(state))


@pytest.mark.parametrize(
    ("kind", "item", "homes"),
    [
        (VOLUME, {"AvailabilityZone": "eu-west-2a"}, ["aws:eu-west-2"]),
        (VOLUME, {}, [Reason.SHAPE]),
        (VOLUME, {"AvailabilityZone": "eu-west-2a", **ON_OUTPOST}, [Reason.UNDECIDED]),
        (SNAPSHOT, {}, ["aws:eu-west-2"]),
        (SNAPSHOT, {"AvailabilityZone": "eu-west-1a"}, ["aws:eu-west-1"]),
        (SNAPSHOT, ON_OUTPOST, [Reason.UNDECIDED]),
    ],
)
def test_home_of_a_disk(kind: ResourceType, item: object, homes: object) -> None:
    assert told(kind, Location.homes, item) == homes


@pytest.mark.parametrize("zone", ["eu-central-1-ist-1a", "eu-west-3-cmn-1a"])
def test_a_local_zone_is_not_taken_for_its_region(zone: str) -> None:
    found = told(VOLUME, Location.homes, {"AvailabilityZone": zone})
    assert found == [f"aws:{zone[:-1]}"]


@pytest.mark.parametrize(
    ("kind", "item", "found"),
    [
        (VOLUME, {}, []),
        (VOLUME, {"SnapshotId": ""}, []),
        (VOLUME, {"SnapshotId": "snap-1"}, [f"{EC2}:*:snapshot/snap-1"]),
        (VOLUME, {"SnapshotId": "", "SourceVolumeId": "vol-2"}, [f"{EC2}:111111111111:volume/vol-2"]),
        (VOLUME, {"SnapshotId": 7}, [Reason.SHAPE]),
        (SNAPSHOT, {"VolumeId": "vol-1"}, [f"{EC2}:111111111111:volume/vol-1"]),
        (SNAPSHOT, {"VolumeId": "vol-ffffffff"}, [Reason.UNDECIDED]),
        (SNAPSHOT, {"VolumeId": "vol-1", "TransferType": "standard"}, [Reason.UNDECIDED]),
        (SNAPSHOT, {}, [Reason.SHAPE]),
    ],
)
def test_origins_of_a_disk(kind: ResourceType, item: object, found: object) -> None:
    assert refs(kind, Lineage.origins, item) == found


def _tag(key: str) -> dict[str, object]:
    return {"Encrypted": True, "Tags": [{"Key": key, "Value": "x"}]}


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"Encrypted": True}, (*KEPT, HERE, True)),
        ({"Encrypted": False, **ON_OUTPOST}, (*KEPT, Reason.UNDECIDED, False)),
        (_tag("env"), (*KEPT, HERE, True)),
        (_tag("aws:backup:source-resource"), (*UNTOLD, HERE, True)),
        (_tag("aws:dlm:lifecycle-policy-id"), (*UNTOLD, HERE, True)),
        ({}, (*KEPT, HERE, Reason.SHAPE)),
        ({"Tags": "all"}, Reason.SHAPE),
    ],
)
def test_a_disk_snapshot_is_a_recovery_point(item: object, found: object) -> None:
    assert plans(SNAPSHOT, Backup.plans, item) == [found]


def test_a_disk_snapshot_may_be_locked() -> None:
    found = told(SNAPSHOT, Backup.plans, {"Encrypted": True})
    assert isinstance(found, list)
    assert isinstance(found[0].immutable, Unknown)


ALL = {"CreateVolumePermissions": [{"UserId": "222222222222"}, {"Group": "all"}]}


@pytest.mark.parametrize(
    ("permissions", "block", "public"),
    [
        ({"CreateVolumePermissions": []}, FAILED, False),
        ({}, FAILED, False),
        ({"CreateVolumePermissions": [{"UserId": "222222222222"}]}, FAILED, False),
        (ALL, {"State": "unblocked"}, True),
        (ALL, {"State": "block-new-sharing"}, True),
        (ALL, {"State": "block-all-sharing"}, False),
        (ALL, {"State": "other"}, Reason.SHAPE),
        (ALL, REFUSED, Reason.REFUSED),
        (REFUSED, {"State": "unblocked"}, Reason.REFUSED),
    ],
)
def test_a_disk_snapshot_is_public_if_all_may_use_it(permissions: object, block: object, public: object) -> None:
    assert told(SNAPSHOT, Exposure.public, {}, {"permissions": permissions, "block": block}) == public
