"""From the replies about multi-region access points to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import EncryptionInTransit, Exposure, Location, Reason, Tls, Trust
from scanner.providers.aws.s3_multi_region import ACCESS_POINT
from tests.scanner.providers.aws.states import REFUSED, copies, refs, told


def _item(*regions: object) -> dict[str, Any]:
    return {"Name": "data", "Alias": "m1.mrap", "Regions": [{"Bucket": "b", "Region": each} for each in regions]}


@pytest.mark.parametrize(
    ("item", "homes"),
    [
        (_item("eu-west-2"), ["aws:eu-west-2"]),
        (_item("eu-west-2", "us-east-1"), ["aws:eu-west-2", "aws:us-east-1"]),
        (_item("eu-west-2", None), ["aws:eu-west-2", Reason.SHAPE]),
        (_item(), []),
        ({"Name": "data"}, [Reason.SHAPE]),
    ],
)
def test_a_multi_region_access_point_is_in_each_region_of_its_buckets(item: object, homes: object) -> None:
    assert told(ACCESS_POINT, Location.homes, item) == homes


def _policy(principal: object) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*"}
    return {"Policy": {"Established": {"Policy": {"Statement": [statement]}}}}


@pytest.mark.parametrize(
    ("reply", "grantees"),
    [
        (_policy({"AWS": "222222222222"}), ["222222222222"]),
        (_policy({"AWS": "111111111111"}), []),
        ({"Policy": {"Established": {"Policy": ""}}}, []),
        ({"Policy": {"Proposed": {"Policy": ""}}}, [Reason.SHAPE]),
        ({"Policy": {}}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_whom_the_established_policy_lets_in(reply: object, grantees: object) -> None:
    assert refs(ACCESS_POINT, Trust.grantees, _item(), {"policy": reply}) == grantees


def test_what_holds_for_every_multi_region_access_point() -> None:
    assert told(ACCESS_POINT, Exposure.public, _item()) is False
    assert told(ACCESS_POINT, EncryptionInTransit.plaintext, _item()) is False
    assert told(ACCESS_POINT, EncryptionInTransit.minimum_tls, _item()) is Tls.V1_2
    assert copies(ACCESS_POINT, Location.copies, _item()) == []
