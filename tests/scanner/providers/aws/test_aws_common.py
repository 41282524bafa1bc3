"""What the types of AWS share: tags, and the region of an ARN."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import NotKnown, Reason, Tagging, Unknown
from scanner.providers.aws.common import arn_region, parts
from scanner.providers.aws.ebs import SNAPSHOT, VOLUME
from scanner.providers.aws.logs import GROUP
from scanner.providers.aws.rds import CLUSTER, CLUSTER_SNAPSHOT, INSTANCE
from scanner.providers.aws.rds import SNAPSHOT as DB_SNAPSHOT
from scanner.providers.aws.s3 import BUCKET
from scanner.providers.aws.vpc import PEERING, VPC
from tests.scanner.providers.aws.states import REFUSED, Replies, absent, told

OF_RDS = (INSTANCE, CLUSTER, DB_SNAPSHOT, CLUSTER_SNAPSHOT)
OF_EC2 = (VOLUME, SNAPSHOT, VPC, PEERING)
LOG = {"arn": "arn:aws:logs:eu-west-2:111111111111:log-group:/app:*"}
TAGS = [{"Key": "env", "Value": "prod"}]


@pytest.mark.parametrize(
    ("kind", "item", "replies", "tags"),
    [
        (BUCKET, {}, {"tags": {"TagSet": TAGS}}, {"env": "prod"}),
        (BUCKET, {}, {"tags": absent("NoSuchTagSet")}, {}),
        (BUCKET, {}, {"tags": {}}, Reason.SHAPE),
        (BUCKET, {}, {"tags": REFUSED}, Reason.REFUSED),
        (GROUP, LOG, {"tags": {"tags": {"env": "prod"}}}, {"env": "prod"}),
        (GROUP, LOG, {"tags": {}}, Reason.SHAPE),
        *((kind, {"TagList": TAGS}, {}, {"env": "prod"}) for kind in OF_RDS),
        *((kind, {"Tags": TAGS}, {}, {"env": "prod"}) for kind in OF_EC2),
        *((kind, {}, {}, {}) for kind in (*OF_RDS, *OF_EC2)),
        (VOLUME, {"Tags": [{"Value": "x"}]}, {}, Reason.SHAPE),
    ],
)
def test_tags(kind: ResourceType, item: object, replies: Replies, tags: object) -> None:
    assert told(kind, Tagging.tags, item, replies) == tags


@pytest.mark.parametrize("text", ["", "arn", "arn:aws:s3:::data", "urn:aws:rds:eu-west-2:1:db:x", 7])
def test_what_names_no_region_is_no_regional_arn(text: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        arn_region(text)


def test_a_part_that_cannot_be_read_keeps_no_other_from_it() -> None:
    unseen = Unknown(Reason.REFUSED, "not told")

    def broken() -> Iterator[int]:
        yield 1
        raise NotKnown(unseen)

    assert list(parts(broken, lambda: (2, 3))) == [1, unseen, 2, 3]
