"""From the replies of Bedrock to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Location, Reason, Tagging
from scanner.providers.aws.bedrock import LOGGING, PROFILE
from tests.scanner.providers.aws.states import REFUSED, copies, told

GROUP = ("log-sink", "aws:eu-west-2", "arn:aws:logs:eu-west-2:111111111111:log-group:asked")


def _bucket(name: str) -> tuple[object, ...]:
    return ("log-sink", Reason.NOT_ASKED, f"arn:aws:s3:::{name}")


def _logged(group: object = None, large: object = None, bucket: object = None) -> dict[str, Any]:
    to_group = group and {"logGroupName": group, "largeDataDeliveryS3Config": large and {"bucketName": large}}
    return {"loggingConfig": {"cloudWatchConfig": to_group, "s3Config": bucket and {"bucketName": bucket}}}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({}, []),
        ({"loggingConfig": {}}, []),
        (_logged("asked"), [GROUP]),
        (_logged(bucket="kept"), [_bucket("kept")]),
        (_logged("asked", "large", "kept"), [GROUP, _bucket("kept"), _bucket("large")]),
        (_logged("asked", "kept", "kept"), [GROUP, _bucket("kept")]),
        (_logged(7), [Reason.SHAPE]),
        ({"loggingConfig": "on"}, [Reason.SHAPE]),
    ],
)
def test_where_what_is_asked_is_logged(item: object, expected: object) -> None:
    assert copies(LOGGING, Location.copies, item) == expected


ARN = "arn:aws:bedrock:eu-west-2:111111111111:application-inference-profile/p"


def _profile(*regions: str) -> dict[str, Any]:
    models = [{"modelArn": f"arn:aws:bedrock:{each}::foundation-model/example.model-v1:0"} for each in regions]
    return {"inferenceProfileArn": ARN, "models": models}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (_profile("eu-west-2"), []),
        (_profile("eu-west-2", "eu-west-1", "us-east-1", "eu-west-1"), ["aws:eu-west-1", "aws:us-east-1"]),
        (_profile("eu-west-2", ""), ["global"]),
        ({"inferenceProfileArn": ARN, "models": [{}]}, [Reason.SHAPE]),
        ({"inferenceProfileArn": ARN, "models": [{"modelArn": "example.model-v1:0"}]}, [Reason.SHAPE]),
        ({"inferenceProfileArn": ARN}, [Reason.SHAPE]),
    ],
)
def test_where_a_profile_routes_requests_to(item: object, expected: object) -> None:
    found = [each[1] if isinstance(each, tuple) else each for each in copies(PROFILE, Location.copies, item)]
    assert found == expected


def test_a_profile() -> None:
    assert told(PROFILE, Location.homes, _profile()) == ["aws:eu-west-2"]
    tags = {"tags": [{"key": "env", "value": "prod"}]}
    assert told(PROFILE, Tagging.tags, _profile(), {"tags": tags}) == {"env": "prod"}
    assert told(PROFILE, Tagging.tags, _profile(), {"tags": {}}) is Reason.SHAPE
    assert told(PROFILE, Tagging.tags, _profile(), {"tags": REFUSED}) is Reason.REFUSED


def test_profiles_that_everybody_is_offered_are_not_listed() -> None:
    assert PROFILE.each.give == {"typeEquals": "APPLICATION"}
