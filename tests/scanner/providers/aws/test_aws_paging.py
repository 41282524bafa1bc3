"""Pages that botocore has no paginator for, and services that a region does not have."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from scanner.collect.model import Account, Call, CallError, Options, Unit
from scanner.providers.aws import PROVIDER, bedrock
from scanner.providers.aws.pages import continued
from scanner.providers.aws.session import NO_HOST, AwsSession

LISTING = Call("memorydb:DescribeClusters", "memorydb.describe_clusters", items="/Clusters")
DEEP = Call("memorydb:DescribeClusters", "memorydb.describe_clusters", items="/Page/Clusters")
ASK = Call("memorydb:ListTags", "memorydb.list_tags", take={"ResourceArn": "/ARN"})


def _pages(*pages: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    asked: list[Mapping[str, Any]] = []
    waiting = iter(pages)

    def ask(**params: Any) -> Mapping[str, Any]:
        asked.append(params)
        return next(waiting)

    return list(continued(ask, {"Limit": 2})), asked


@pytest.mark.parametrize(
    ("page", "more"),
    [
        ({"NextToken": "t"}, {"NextToken": "t"}),
        ({"nextToken": "t"}, {"nextToken": "t"}),
        ({"LastEvaluatedGlobalTableName": "g"}, {"ExclusiveStartGlobalTableName": "g"}),
        (
            {"HasMoreDeliveryStreams": True, "DeliveryStreamNames": ["a", "b"]},
            {"ExclusiveStartDeliveryStreamName": "b"},
        ),
    ],
)
def test_what_tells_of_another_page_is_followed(page: Mapping[str, Any], more: Mapping[str, Any]) -> None:
    found, asked = _pages(page, {"last": True})
    assert found == [page, {"last": True}]
    assert asked == [{"Limit": 2}, {"Limit": 2, **more}]


@pytest.mark.parametrize(
    "page",
    [{}, {"NextToken": ""}, {"NextToken": None}, {"HasMoreDeliveryStreams": False, "DeliveryStreamNames": ["a"]}],
)
def test_the_last_page_ends_it(page: Mapping[str, Any]) -> None:
    assert _pages(page) == ([page], [{"Limit": 2}])


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch) -> AwsSession:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    session = PROVIDER.open({}, Options())
    assert isinstance(session, AwsSession)

    monkeypatch.setattr(session, "_pages", _failing(NO_HOST, "no such host"))
    return session


def _failing(code: str, detail: str) -> Callable[..., Iterator[Any]]:
    def pages(*_: object) -> Iterator[Any]:
        yield from ()
        raise CallError(code, refused=False, detail=detail)

    return pages


def _unit(region: str) -> Unit:
    return Unit(Account("aws", "111111111111", partition="aws"), region)


def test_a_service_that_a_region_does_not_have_holds_nothing(unreachable: AwsSession) -> None:
    assert list(unreachable.pages(_unit("mars-north-1"), LISTING, {})) == [{"Clusters": []}]
    assert list(unreachable.pages(_unit("mars-north-1"), DEEP, {})) == [{"Page": {"Clusters": []}}]


def test_a_region_without_it_is_not_tried_again(unreachable: AwsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(unreachable.pages(_unit("mars-north-1"), LISTING, {})) == [{"Clusters": []}]
    monkeypatch.setattr(unreachable, "_pages", _failing("ReadTimeoutError", "tried again"))
    assert list(unreachable.pages(_unit("mars-north-1"), LISTING, {})) == [{"Clusters": []}]
    with pytest.raises(CallError, match="tried again"):
        list(unreachable.pages(_unit("mars-south-1"), LISTING, {}))
    with pytest.raises(CallError, match="tried again"):
        list(unreachable.pages(_unit("mars-north-1"), ASK, {}))


@pytest.mark.parametrize(("region", "call"), [("eu-west-2", LISTING), ("mars-north-1", ASK)])
def test_what_could_be_there_is_not_taken_for_empty(unreachable: AwsSession, region: str, call: Call) -> None:
    with pytest.raises(CallError, match="no such host"):
        list(unreachable.pages(_unit(region), call, {}))


def test_another_failure_is_not_taken_for_empty(unreachable: AwsSession, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unreachable, "_pages", _failing("ReadTimeoutError", "too slow"))
    with pytest.raises(CallError, match="too slow"):
        list(unreachable.pages(_unit("mars-north-1"), LISTING, {}))


def test_settings_of_a_service_that_a_region_does_not_have_are_not_there(unreachable: AwsSession) -> None:
    for _ in range(2):
        assert list(unreachable.pages(_unit("mars-north-1"), bedrock.LOGGING.each, {})) == []
    with pytest.raises(CallError, match="no such host"):
        list(unreachable.pages(_unit("eu-west-2"), bedrock.LOGGING.each, {}))
