"""The session with AWS, without a server: scopes, errors, JSON bodies, the store of clients."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from functools import cache
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from scanner.collect.model import Account, Call, CallError, CredentialError, Options, ScopeError, Unit
from scanner.providers.aws import PROVIDER, session
from scanner.providers.aws.session import SEATED, AwsSession, Scope

UNIT = Unit(Account("aws", "111111111111"), "eu-west-2")


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REALKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real-secret")


def _open(scope: Mapping[str, object] | None = None, endpoint: str = "http://127.0.0.1:9") -> AwsSession:
    found = PROVIDER.open(scope or {}, Options(endpoint=endpoint))
    assert isinstance(found, AwsSession)
    return found


def test_a_scope_is_read() -> None:
    scope = {
        "accounts": ["111111111111", "111111111111"],
        "role": "reader",
        "external_id": "x",
        "regions": ("eu-west-2",),
        "profile": "work",
        # Whose an account is, and nothing of how it is read.
        "organization": "o-exampleorgid",
    }
    assert Scope.of(scope) == Scope(("111111111111",), "reader", "x", ("eu-west-2",), "work")
    assert Scope.of({"accounts": None, "role": None}) == Scope()


@pytest.mark.parametrize(
    ("scope", "why"),
    [
        ({"acounts": []}, "has no key 'acounts'"),
        ({"accounts": ["1111"]}, "12 digits"),
        ({"accounts": "111111111111"}, "list of texts"),
        ({"accounts": [111111111111]}, "list of texts"),
        ({"regions": "eu-west-2"}, "list of texts"),
        ({"role": ["reader"]}, "role is to be a text"),
    ],
)
def test_a_scope_that_makes_no_sense_is_refused(scope: Mapping[str, object], why: str) -> None:
    with pytest.raises(ScopeError, match=why):
        _open(scope)


def test_a_profile_that_is_not_there_is_named() -> None:
    with pytest.raises(CredentialError, match="'work'"):
        _open({"profile": "work"})


@pytest.mark.parametrize(
    ("scope", "environment", "home"),
    [
        ({}, "", "us-east-1"),
        ({"regions": ["eu-west-2", "eu-west-1"]}, "", "eu-west-2"),
        ({"regions": ["eu-west-2"]}, "cn-north-1", "cn-north-1"),
    ],
)
def test_home_region(scope: Mapping[str, object], environment: str, home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if environment:
        monkeypatch.setenv("AWS_DEFAULT_REGION", environment)
    assert _open(scope).home == home


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://127.9.9.9:9", "http://[::1]:9", "http://localhost:9"])
def test_plain_http_on_this_machine_takes_the_dummy_key(url: str) -> None:
    client = _open(endpoint=url).client("", "ec2")
    assert client._request_signer._credentials.access_key == "testing"


@pytest.mark.parametrize("url", ["", "https://aws.example.com"])
def test_https_takes_the_callers_credential(url: str) -> None:
    client = _open(endpoint=url).client("", "ec2")
    assert client._request_signer._credentials.access_key == "REALKEY"


def test_clients_are_kept_and_the_least_recently_used_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "CLIENTS", 2)
    opened = _open()
    first, second = (opened.client("", service) for service in ("sts", "sqs"))
    assert opened.client("", "sts") is first
    opened.client("", "sns")
    assert opened.client("", "sts") is first
    assert opened.client("", "sqs") is not second
    opened.close()
    assert opened.client("", "sts") is not first


def test_who_finds_a_client_does_not_wait_for_one_that_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _open()
    there = opened.client("", "sts")
    begun, go_on = threading.Event(), threading.Event()

    def make(*_: str) -> str:
        begun.set()
        assert go_on.wait(10)
        return "made"

    monkeypatch.setattr(opened, "_make", make)
    with ThreadPoolExecutor(2) as pool:
        slow = [pool.submit(opened.client, "", "ec2") for _ in range(2)]
        assert begun.wait(10)
        assert opened.client("", "sts") is there
        monkeypatch.setattr(opened, "_make", None)
        go_on.set()
        assert [each.result() for each in slow] == ["made", "made"]


def test_a_client_is_told_who_it_is_and_how_often_to_try() -> None:
    config = _open().client("", "s3").meta.config
    assert config.user_agent_extra == "asdeclared"
    assert config.retries == {"mode": "standard", "total_max_attempts": 5}
    assert config.s3["addressing_style"] == "path"


class _Client:
    """Answers with what it is given: pages of a paginator, or one reply."""

    def __init__(self, *replies: object, paged: bool = True) -> None:
        self.replies, self.paged, self.asked = replies, paged, list[object]()
        self.meta = _opened().client("", "ec2").meta

    def can_paginate(self, name: str) -> bool:
        return self.paged and name == "describe_volumes"

    def get_paginator(self, name: str) -> _Client:
        assert name == "describe_volumes"
        return self

    def paginate(self, **params: object) -> Any:
        self.asked.append(params)
        for reply in self.replies:
            if isinstance(reply, Exception):
                raise reply
            yield reply

    def describe_volumes(self, **params: object) -> Any:
        return next(self.paginate(**params))


@cache
def _opened() -> AwsSession:
    return _open()


def _pages(client: _Client, monkeypatch: pytest.MonkeyPatch, params: Mapping[str, object] | None = None) -> Any:
    opened = _opened()
    asked: list[tuple[str, ...]] = []

    def find(*key: str) -> _Client:
        asked.append(key)
        return client

    monkeypatch.setattr(opened, "client", find)
    yield from opened.pages(UNIT, Call("", "ec2.describe_volumes"), params or {})
    assert asked == [("111111111111", "ec2", "eu-west-2")]


def test_bodies_are_json_values(monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    reply = {
        "ResponseMetadata": {"RequestId": "1"},
        "At": at,
        "Raw": b"secret",
        "Stream": io.BytesIO(b"secret"),
        "Deep": [{"At": at, "Raw": b"x"}, b"x", 1, 1.5, None, True, "text"],
    }
    expected = {
        "At": "2026-11-21T07:30:00+00:00",
        "Deep": [{"At": "2026-11-21T07:30:00+00:00"}, 1, 1.5, None, True, "text"],
    }
    assert list(_pages(_Client(reply), monkeypatch)) == [expected]


@pytest.mark.parametrize("paged", [True, False])
def test_parameters_are_passed_on(paged: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    client = _Client({"Volumes": []}, paged=paged)
    assert list(_pages(client, monkeypatch, {"MaxResults": 5})) == [{"Volumes": []}]
    assert client.asked == [{"MaxResults": 5}]


@pytest.mark.parametrize(("given", "asked"), [("vol-1", ["vol-1"]), (["vol-1", "vol-2"], ["vol-1", "vol-2"])])
def test_one_value_for_a_list_is_made_a_list(given: object, asked: object, monkeypatch: pytest.MonkeyPatch) -> None:
    client = _Client({"Volumes": []})
    assert list(_pages(client, monkeypatch, {"VolumeIds": given, "MaxResults": 5})) == [{"Volumes": []}]
    assert client.asked == [{"VolumeIds": asked, "MaxResults": 5}]


def test_one_page_is_enough_where_it_tells_whether_there_is_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _opened()
    pages = [{"QueryExecutionIds": ["1"]}, {"QueryExecutionIds": ["2"]}]
    paginator = SimpleNamespace(paginate=lambda **_: pages)
    meta = opened.client("", "athena").meta
    client = SimpleNamespace(can_paginate=lambda _: True, get_paginator=lambda _: paginator, meta=meta)
    monkeypatch.setattr(opened, "client", lambda *_: client)
    call = Call("athena:ListQueryExecutions", "athena.list_query_executions", items="/QueryExecutionIds")
    assert list(opened.pages(UNIT, call, {"WorkGroup": "primary"})) == pages[:1]
    # Of any other listing every page is read.
    assert list(opened.pages(UNIT, Call("", "athena.list_work_groups", items="/WorkGroups"), {})) == pages


@pytest.mark.parametrize("operation", sorted(SEATED))
@pytest.mark.parametrize(("partition", "region"), [("aws", "us-west-2"), ("aws-cn", "cn-north-1")])
def test_what_one_region_answers_for_all_is_asked_there(
    operation: str, partition: str, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = _opened()
    monkeypatch.setattr(opened, "home", "cn-north-1")
    monkeypatch.setattr(opened, "_pages", lambda _account, where, *_: iter([where]))
    unit = Unit(Account("aws", "111111111111", partition=partition))
    assert list(opened.pages(unit, Call("", operation), {})) == [region]


def _error(code: str, status: int, message: str = "User: someone@example.com is not authorized") -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RequestId": "4f"},
    }
    return ClientError(response, "DescribeVolumes")


SCP = "not authorized, with an explicit deny in a service control policy"
NO_SCP = "someone@example.com is not authorized because no service control policy allows the ec2:DescribeVolumes action"
RCP = (
    "not authorized, with an explicit deny in a resource control policy: arn:aws:organizations::111111111111:policy/p-1"
)
BOUNDARY = "not authorized because no permissions boundary allows the ec2:DescribeVolumes action"
BY_SCP = "a service control policy denies ec2.describe_volumes (AccessDenied)"


@pytest.mark.parametrize(
    ("error", "code", "refused", "detail"),
    [
        (_error("AccessDenied", 400), "AccessDenied", True, "refused (AccessDenied)"),
        (_error("AccessDeniedException", 400), "AccessDeniedException", True, "refused (AccessDeniedException)"),
        (_error("UnauthorizedOperation", 403), "UnauthorizedOperation", True, "refused (UnauthorizedOperation)"),
        (_error("Whatever", 403), "Whatever", True, "refused (Whatever)"),
        (_error("ExpiredToken", 401), "ExpiredToken", True, "refused (ExpiredToken)"),
        (_error("AccessDenied", 403, SCP), "AccessDenied", True, BY_SCP),
        (_error("AccessDenied", 403, NO_SCP), "AccessDenied", True, BY_SCP),
        (_error("AccessDenied", 403, RCP), "AccessDenied", True, BY_SCP.replace("service", "resource")),
        (
            _error("AccessDenied", 403, BOUNDARY),
            "AccessDenied",
            True,
            "a permissions boundary denies ec2.describe_volumes (AccessDenied)",
        ),
        (_error("Throttling", 400, SCP), "Throttling", False, "failed (Throttling)"),
        (_error("404", 404), "404", False, "failed (404)"),
        (_error("<b>\n", 500), "b", False, "failed (b)"),
        (_error("", 500), "NoCode", False, "failed (NoCode)"),
        (EndpointConnectionError(endpoint_url="x"), "EndpointConnectionError", False, "EndpointConnectionError"),
    ],
)
def test_errors_are_told_without_the_vendors_text(
    error: Exception, code: str, refused: bool, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = _pages(_Client({"Volumes": []}, error), monkeypatch)
    assert next(pages) == {"Volumes": []}
    with pytest.raises(CallError) as caught:
        next(pages)
    assert (caught.value.code, caught.value.refused) == (code, refused)
    assert caught.value.detail.endswith(detail)
    assert "ec2.describe_volumes" in caught.value.detail
    assert "someone" not in str(caught.value)
    assert "arn:" not in str(caught.value)


def test_a_call_that_no_type_declares_is_not_made() -> None:
    with pytest.raises(CallError, match="not a declared read"):
        list(_open().pages(UNIT, Call("", "sts.assume_role"), {}))
