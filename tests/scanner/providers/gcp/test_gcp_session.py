"""The session without a network: scopes, endpoints, the guard, waiting, errors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import orjson
import pytest
from google.auth import exceptions
from google.auth.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st
from requests import ConnectionError as NoConnection
from requests import PreparedRequest, Request

from scanner.collect.model import (
    EVERYTHING,
    Account,
    Call,
    CallError,
    CredentialError,
    Options,
    ScopeError,
    Unit,
)
from scanner.facts import JSON, Reason
from scanner.providers.gcp import PROVIDER
from scanner.providers.gcp.assets import LISTING
from scanner.providers.gcp.session import ATTEMPTS, ENDPOINT, GcpSession, Guard, Scope, open_session

UNIT = Unit(Account("gcp", "organizations/1"))
# google-auth does not type what these take.
ERRORS: Any = exceptions
PAGE = {"readTime": "2026-11-09T06:00:00Z"}


def reply(status: int, body: object = None, **headers: str) -> SimpleNamespace:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return SimpleNamespace(
        status_code=status, content=content, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )


def failed(status: int, code: str, *reasons: str) -> SimpleNamespace:
    details = [{"reason": reason, "metadata": {"who": "jane@example.com"}} for reason in reasons]
    error = {"code": status, "message": "jane@example.com lacks it", "status": code, "details": details}
    return reply(status, {"error": error})


@dataclass
class Http:
    """Gives the replies in order, the last one again and again."""

    replies: list[Any]
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    closed: bool = False

    def request(self, method: str, url: str, *, params: dict[str, Any], timeout: object, allow_redirects: bool) -> Any:
        assert timeout
        assert allow_redirects is False
        self.asked.append((method, url, dict(params)))
        found = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        self.closed = True


def session(*replies: Any, **scope: list[str]) -> tuple[GcpSession, Http, list[float]]:
    http, slept = Http(list(replies)), list[float]()
    return GcpSession(http, ENDPOINT, Scope.of(scope or {"parents": ["organizations/1"]}), 2, slept.append), http, slept


def pages(made: GcpSession, unit: Unit = UNIT) -> Iterator[JSON]:
    return made.pages(unit, LISTING, LISTING.give)


@pytest.mark.parametrize(
    ("scope", "parents", "projects"),
    [
        ({"parents": ["organizations/1", "folders/2", "folders/2"]}, ("organizations/1", "folders/2"), ()),
        ({"projects": ["acme-prod", "projects/acme-test"]}, ("projects/acme-prod", "projects/acme-test"), None),
        ({"parents": ["folders/2"], "projects": ["acme-prod"]}, ("folders/2",), ("projects/acme-prod",)),
        ({"parents": ["projects/example.com:old"]}, ("projects/example.com:old",), ()),
    ],
)
def test_scope(scope: dict[str, JSON], parents: tuple[str, ...], projects: tuple[str, ...] | None) -> None:
    assert Scope.of(scope) == Scope(parents, parents if projects is None else projects)


@pytest.mark.parametrize(
    "scope",
    [
        {},
        {"parents": []},
        {"parents": "organizations/1"},
        {"parents": [1]},
        {"parents": ["organizations/acme"]},
        {"parents": ["organizations/1/../2"]},
        {"parents": ["projects/a/assets?x="]},
        {"parents": ["acme-prod"]},
        {"projects": ["Acme"]},
        {"parents": ["folders/1"], "project": ["acme-prod"]},
    ],
)
def test_a_scope_that_makes_no_sense(scope: dict[str, JSON]) -> None:
    with pytest.raises(ScopeError):
        Scope.of(scope)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://example.com",
        "http://10.0.0.1:80",
        "ftp://127.0.0.1",
        "127.0.0.1:80",
        "http://127.0.0.1/v1",
        "http://user:pw@127.0.0.1",
        "https://example.com?x=1",
        "http://127.0.0.1.example.com",
    ],
)
def test_an_endpoint_that_makes_no_sense(endpoint: str) -> None:
    with pytest.raises(ScopeError):
        open_session({"parents": ["organizations/1"]}, Options(endpoint=endpoint))


@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.1:9", "http://localhost:9/", "http://[::1]:9", "https://127.9.9.9"]
)
def test_this_machine_never_gets_the_real_credential(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    monkeypatch.setattr("google.auth.default", lambda **_: pytest.fail("the real credential was asked for"))
    made = open_session({"parents": ["organizations/1"]}, Options(endpoint=endpoint))
    assert made.endpoint == endpoint.rstrip("/")
    assert made.http.credentials.token == "simulated"
    assert made.http.trust_env is False
    made.close()


class Static(Credentials):
    """A credential that has a token and cannot get another."""

    def refresh(self, _request: object) -> None:
        self.token = "real"


STATIC: Any = Static


def test_the_vendors_endpoint_gets_the_real_credential(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def default(**options: Any) -> tuple[Static, None]:
        asked.append(options)
        return STATIC(), None

    monkeypatch.setattr("google.auth.default", default)
    made = open_session({"parents": ["organizations/1"]}, Options())
    assert (made.endpoint, made.http.trust_env) == ("https://cloudasset.googleapis.com", True)
    assert asked == [{"scopes": ("https://www.googleapis.com/auth/cloudasset",)}]
    assert isinstance(made.http.credentials, Static)
    assert isinstance(made.http.get_adapter("https://anywhere.example.com"), Guard)


def test_the_provider_opens_a_session() -> None:
    made = PROVIDER.open({"projects": ["acme-prod"]}, Options(endpoint="http://127.0.0.1:9", workers=3))
    assert isinstance(made, GcpSession)
    assert (made.scope.parents, made.workers) == (("projects/acme-prod",), 3)


def test_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    def default(**_: Any) -> None:
        raise ERRORS.DefaultCredentialsError("none")

    monkeypatch.setattr("google.auth.default", default)
    with pytest.raises(CredentialError, match="gcloud auth application-default login"):
        open_session({"parents": ["organizations/1"]}, Options())


@dataclass
class Wire:
    sent: list[str] = field(default_factory=list)

    def send(self, request: PreparedRequest, **_: Any) -> str:
        self.sent.append(str(request.url))
        return "sent"

    def close(self) -> None:
        self.sent.append("closed")


GOOD = f"{ENDPOINT}/v1/organizations/1/assets?pageSize=1"


@pytest.mark.parametrize(
    "url", [GOOD, f"{ENDPOINT}/v1/projects/example.com:old/assets", f"{ENDPOINT}/v1/folders/7/assets"]
)
def test_the_guard_lets_a_listing_out(url: str) -> None:
    wire = Wire()
    assert Guard(wire, ENDPOINT).send(Request("GET", url).prepare()) == "sent"
    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    ("method", "url", "data"),
    [
        ("POST", GOOD, None),
        ("DELETE", GOOD, None),
        ("PATCH", GOOD, None),
        ("PUT", GOOD, None),
        ("HEAD", GOOD, None),
        ("GET", GOOD, b"body"),
        ("GET", GOOD.replace("https:", "http:"), None),
        ("GET", GOOD.replace("googleapis.com", "googleapis.com.example.com"), None),
        ("GET", GOOD.replace("googleapis.com", "googleapis.com:444"), None),
        ("GET", GOOD.replace("//", "//user@"), None),
        ("GET", f"{ENDPOINT}/v1/organizations/1:exportAssets", None),
        ("GET", f"{ENDPOINT}/v1/organizations/1/assets/../feeds", None),
        ("GET", f"{ENDPOINT}/v1/organizations/1/savedQueries", None),
    ],
)
def test_the_guard_lets_nothing_else_out(method: str, url: str, data: bytes | None) -> None:
    wire = Wire()
    with pytest.raises(CallError, match="Forbidden"):
        Guard(wire, ENDPOINT).send(Request(method, url, data=data).prepare())
    assert wire.sent == []


def test_the_guard_closes_the_connections() -> None:
    wire = Wire()
    Guard(wire, ENDPOINT).close()
    assert wire.sent == ["closed"]


def test_pages_are_followed_by_token_on_one_url() -> None:
    first = {**PAGE, "assets": [{"name": "a"}], "nextPageToken": "https://example.com/steal"}
    made, http, _ = session(reply(200, first), reply(200, PAGE))
    assert list(pages(made)) == [first, {**PAGE, "assets": []}]
    url = f"{ENDPOINT}/v1/organizations/1/assets"
    assert [each[:2] for each in http.asked] == [("GET", url), ("GET", url)]
    assert [each[2].get("pageToken") for each in http.asked] == [None, "https://example.com/steal"]
    assert http.asked[0][2] == {"contentType": "RESOURCE", "pageSize": 1000}


def test_a_project_is_asked_for_by_its_id() -> None:
    made, http, _ = session(reply(200, PAGE))
    assert list(pages(made, Unit(Account("gcp", "acme-prod"))))
    assert http.asked[0][1] == f"{ENDPOINT}/v1/projects/acme-prod/assets"


def test_a_token_that_comes_twice_ends_the_listing() -> None:
    made, http, _ = session(reply(200, {**PAGE, "nextPageToken": "again"}))
    with pytest.raises(CallError, match="RepeatedPage"):
        list(pages(made))
    assert len(http.asked) == 2


def test_only_the_known_operation_is_made() -> None:
    made, http, _ = session(reply(200, PAGE))
    with pytest.raises(CallError, match="UnknownOperation"):
        list(made.pages(UNIT, Call("p", "cloudasset.assets.export"), {}))
    assert http.asked == []


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"<html>", "NotJson"), ({}, "UnexpectedReply"), ([], "UnexpectedReply"), ({"assets": []}, "UnexpectedReply")],
)
def test_a_reply_that_is_no_page(body: object, code: str) -> None:
    made, _, _ = session(reply(200, body))
    with pytest.raises(CallError, match=code) as caught:
        list(pages(made))
    assert caught.value.refused is False


@pytest.mark.parametrize(
    ("answer", "code", "refused", "detail"),
    [
        (
            failed(403, "PERMISSION_DENIED", "IAM_PERMISSION_DENIED"),
            "PERMISSION_DENIED",
            True,
            "PERMISSION_DENIED (IAM_PERMISSION_DENIED)",
        ),
        (failed(401, "UNAUTHENTICATED"), "UNAUTHENTICATED", True, "UNAUTHENTICATED"),
        (failed(400, "INVALID_ARGUMENT", "jane@example.com"), "INVALID_ARGUMENT", False, "INVALID_ARGUMENT"),
        (reply(404, b"not json"), "HTTP_404", False, "HTTP_404"),
        (reply(403, {"error": "odd"}), "HTTP_403", True, "HTTP_403"),
        (reply(400, {"error": {"status": "free text, jane", "details": [7]}}), "HTTP_400", False, "HTTP_400"),
        (reply(302, b"", Location="https://example.com"), "HTTP_302", False, "HTTP_302"),
        (reply(400, []), "HTTP_400", False, "HTTP_400"),
    ],
)
def test_errors_keep_nothing_of_the_message(answer: Any, code: str, refused: bool, detail: str) -> None:
    made, http, slept = session(answer)
    with pytest.raises(CallError) as caught:
        list(pages(made))
    assert (caught.value.code, caught.value.refused, caught.value.detail) == (code, refused, detail)
    assert (len(http.asked), slept) == (1, [])


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(alphabet="ab"),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "status", "details", "reason"]), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.binary(max_size=60) | JSON_VALUES.map(orjson.dumps))
def test_any_error_body_becomes_a_call_error(body: bytes) -> None:
    made, _, _ = session(reply(403, body))
    with pytest.raises(CallError) as caught:
        list(pages(made))
    assert caught.value.code == "HTTP_403"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_tried_again(status: int) -> None:
    made, http, slept = session(failed(status, "RESOURCE_EXHAUSTED"), failed(status, "X1"), reply(200, PAGE))
    assert len(list(pages(made))) == 1
    assert (len(http.asked), slept) == (3, [1.0, 2.0])


def test_trying_again_is_bounded() -> None:
    made, http, slept = session(failed(429, "RESOURCE_EXHAUSTED"))
    with pytest.raises(CallError) as caught:
        list(pages(made))
    assert (caught.value.code, caught.value.refused) == ("RESOURCE_EXHAUSTED", False)
    assert len(http.asked) == ATTEMPTS
    assert slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]


@pytest.mark.parametrize(
    ("asked", "waits"),
    [("7", [7.0]), ("120", [120.0]), ("0", [0.0]), ("soon", [1.0]), ("Wed, 21 Oct 2015 07:28:00 GMT", [0.0])],
)
def test_retry_after_is_obeyed(asked: str, waits: list[float]) -> None:
    made, _, slept = session(reply(503, {}, Retry_After=asked), reply(200, PAGE))
    list(pages(made))
    assert slept == waits


@pytest.mark.parametrize(
    ("asked", "waits"),
    [("30s", [30.0]), ("1.5s", [2.0]), ("0s", [0.0]), ("-3s", [1.0]), ("soon", [1.0]), (7, [1.0]), (None, [1.0])],
)
def test_so_is_what_the_body_asks(asked: object, waits: list[float]) -> None:
    told = {"error": {"status": "RESOURCE_EXHAUSTED", "details": [{"reason": "X1"}, {"retryDelay": asked}]}}
    made, _, slept = session(reply(429, told), reply(200, PAGE))
    list(pages(made))
    assert slept == waits


def test_the_next_page_is_asked_for_while_one_is_read() -> None:
    made, http, _ = session(reply(200, {**PAGE, "nextPageToken": "2"}), reply(200, PAGE))
    coming = pages(made)
    next(coming)
    assert len(list(coming)) == 1
    assert [params.get("pageToken") for _, _, params in http.asked] == [None, "2"]


@pytest.mark.parametrize("asked", ["121", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_wait_that_is_too_long_is_not_waited(asked: str) -> None:
    made, http, slept = session(reply(429, {}, Retry_After=asked))
    with pytest.raises(CallError, match="HTTP_429"):
        list(pages(made))
    assert (len(http.asked), slept) == (1, [])


def test_a_connection_that_fails_is_tried_again() -> None:
    made, http, _ = session(NoConnection(), ERRORS.TransportError("x"), reply(200, PAGE))
    assert len(list(pages(made))) == 1
    assert len(http.asked) == 3
    made, http, _ = session(NoConnection("http://secret"))
    with pytest.raises(CallError) as caught:
        list(pages(made))
    assert (caught.value.detail, caught.value.refused) == ("no reply (ConnectionError)", False)
    assert len(http.asked) == ATTEMPTS


def test_credentials_that_give_no_token() -> None:
    made, http, _ = session(ERRORS.RefreshError("jane@example.com"))
    with pytest.raises(CallError) as caught:
        list(pages(made))
    assert (caught.value.code, caught.value.refused) == ("UNAUTHENTICATED", True)
    assert "jane" not in caught.value.detail
    assert len(http.asked) == 1


def project(number: int, name: str) -> dict[str, Any]:
    return {
        "name": f"//cloudresourcemanager.googleapis.com/projects/{number}",
        "resource": {"data": {"projectId": name}},
    }


def test_discovery_learns_the_names_of_projects() -> None:
    odd = {"name": "//cloudresourcemanager.googleapis.com/projects/9"}
    made, http, _ = session(
        reply(200, {**PAGE, "assets": [project(7, "acme-prod"), odd]}),
        parents=["projects/7"],
        projects=["acme-prod", "acme-gone"],
    )
    found = made.discover()
    assert found.accounts == (Account("gcp", "acme-prod"),)
    assert found.aliases == {"projects/7": "acme-prod", "projects/acme-prod": "acme-prod"}
    (gap,) = found.gaps
    assert (gap.account, gap.reason, gap.types) == ("acme-gone", Reason.UNREACHED, (EVERYTHING,))
    assert (gap.call, gap.permission) == ("cloudasset.assets.list", "cloudasset.assets.listResource")
    assert http.asked[0][2]["assetTypes"] == ["cloudresourcemanager.googleapis.com/Project"]
    assert found.limits


def test_discovery_where_nothing_can_be_read() -> None:
    made, _, _ = session(failed(403, "PERMISSION_DENIED"), parents=["organizations/1", "projects/acme-prod"])
    with pytest.raises(CredentialError) as caught:
        made.discover()
    told = str(caught.value)
    assert "organizations/1 could not be listed: PERMISSION_DENIED" in told
    assert "projects/acme-prod" in told
    assert "cloudasset.assets.listResource" in told


def test_closing() -> None:
    made, http, _ = session(reply(200, PAGE))
    made.close()
    assert http.closed
