"""The Azure session's own rules: scope, endpoint, guard, completeness, paths."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.model import CallError, CredentialError, Options, ScopeError
from scanner.providers.azure import PROVIDER
from scanner.providers.azure.arm import GRAPH_PATH, Dummy, Guard, _failure, _transport, endpoint, origin
from scanner.providers.azure.session import Scope, _filled, _segments

ID = "00000000-0000-0000-0000-000000000001"


def test_a_scope_names_subscriptions_groups_and_tenants() -> None:
    scope = Scope.of({"subscriptions": [ID.upper(), ID], "management_groups": ["Example-Root"], "tenants": [ID]})
    assert scope == Scope((ID,), ("example-root",), (ID,))
    assert Scope.of({}) == Scope.of({"subscriptions": None}) == Scope()
    assert Scope.of({"cloud": "china"}).names_none
    assert not Scope.of({"tenants": [ID]}).names_none


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ({"subscriptions": ID}, "azure.subscriptions is a list"),
        ({"subscriptions": ["production"]}, "'production' is not an id"),
        ({"subscriptions": [7]}, "7 is not an id"),
        ({"management_groups": ["a/b"]}, "'a/b' is not an id"),
        ({"tenants": ["example.com"]}, "'example.com' is not an id"),
        ({"subscription": [ID]}, "no scope 'subscription'"),
        ({"cloud": "germany"}, "one of public, government, china, not 'germany'"),
        ({"cloud": ["public"]}, "one of public, government, china"),
    ],
)
def test_a_scope_that_makes_no_sense_is_refused(scope: dict[str, Any], said: str) -> None:
    with pytest.raises(ScopeError, match=said):
        PROVIDER.open(scope, Options(endpoint="http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("url", "cloud", "audience"),
    [
        ("", "AzureCloud", "management.azure.com"),
        ("https://management.azure.com/", "AzureCloud", "management.azure.com"),
        ("https://management.azure.com:443", "AzureCloud", "management.azure.com"),
        ("https://management.usgovcloudapi.net", "AzureUSGovernment", "management.core.usgovcloudapi.net"),
        ("https://management.chinacloudapi.cn", "AzureChinaCloud", "management.chinacloudapi.cn"),
    ],
)
def test_the_vendors_hosts_get_real_tokens(url: str, cloud: str, audience: str) -> None:
    from azure.core import AzureClouds
    from azure.mgmt.core.tools import get_arm_endpoints

    found = endpoint(url)
    assert (found.cloud, found.audience, found.genuine) == (cloud, audience, True)
    named = {"AzureCloud": "PUBLIC_CLOUD", "AzureUSGovernment": "US_GOVERNMENT", "AzureChinaCloud": "CHINA_CLOUD"}[
        cloud
    ]
    arm = get_arm_endpoints(AzureClouds[f"AZURE_{named}"])
    assert arm["credential_scopes"] == [f"https://{audience}/.default"]
    assert origin(arm["resource_manager"]) == origin(found.url)


@pytest.mark.parametrize(
    ("cloud", "host", "partition"),
    [
        ("public", "management.azure.com", "AzureCloud"),
        ("government", "management.usgovcloudapi.net", "AzureUSGovernment"),
        ("china", "management.chinacloudapi.cn", "AzureChinaCloud"),
    ],
)
def test_a_policy_names_a_cloud(cloud: str, host: str, partition: str) -> None:
    found = endpoint("", cloud)
    assert (found.url, found.cloud, found.genuine) == (f"https://{host}", partition, True)
    assert endpoint("http://127.0.0.1:8080", cloud).genuine is False


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://127.9.9.9", "http://[::1]:80", "https://localhost"])
def test_loopback_never_gets_a_real_token(url: str) -> None:
    assert endpoint(url).genuine is False


@pytest.mark.parametrize(
    "url",
    [
        "http://management.azure.com",
        "https://management.azure.com:8443",
        "https://management.azure.com.example.com",
        "https://example.com",
        "http://10.0.0.1",
        "http://127.0.0.1@example.com",
        "https://user@management.azure.com",
        "http://localhost.example.com",
        "https://management.azure.com/path",
        "https://management.azure.com?x",
        "ftp://127.0.0.1",
        "management.azure.com",
        "https://management.azure.com:port",
    ],
)
def test_any_other_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ScopeError, match=r"management\.azure\.com"):
        endpoint(url)


def test_the_dummy_token_is_no_secret() -> None:
    assert Dummy().get_token("https://management.azure.com/.default", claims=None).token == "loopback"


class _NoToken:
    def __init__(self, *, authority: str) -> None:
        assert authority == "login.microsoftonline.us"

    def get_token(self, *scopes: str, **_options: object) -> None:
        from azure.core.exceptions import ClientAuthenticationError

        raise ClientAuthenticationError(f"no token for {scopes}")


def test_without_a_token_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("azure.identity.DefaultAzureCredential", _NoToken)
    session = PROVIDER.open({"cloud": "government"}, Options())
    with pytest.raises(CredentialError, match="az login"):
        session.discover()
    session.close()


def test_a_netrc_does_not_replace_the_token() -> None:
    transport = _transport(1, genuine=True)
    request = transport.session.prepare_request(requests.Request("GET", HOST, headers={"Authorization": "Bearer t"}))
    assert (request.headers["Authorization"], transport.session.auth is None) == ("Bearer t", False)
    assert (transport.session.trust_env, _transport(1, genuine=False).session.trust_env) == (True, False)


class _Wire:
    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, request: Any) -> str:
        self.sent.append(request.http_request.url)
        return "reply"


def _sent(method: str, url: str) -> list[str]:
    wire = _Wire()
    guard = Guard(("https", "management.azure.com", 443), wire)
    guard.send(SimpleNamespace(http_request=SimpleNamespace(method=method, url=url)))
    return wire.sent


HOST = "https://management.azure.com"


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", f"{HOST}/subscriptions?api-version=1"),
        ("GET", "https://MANAGEMENT.azure.com:443/x"),
        ("POST", f"{HOST}{GRAPH_PATH}?api-version=1"),
    ],
)
def test_reads_pass_the_guard(method: str, url: str) -> None:
    assert _sent(method, url) == [url]


@pytest.mark.parametrize(
    ("method", "url", "code"),
    [
        ("POST", f"{HOST}/subscriptions/{ID}/providers/Microsoft.Sql/register", "NotARead"),
        ("POST", f"{HOST}{GRAPH_PATH}/x", "NotARead"),
        ("POST", f"{HOST}/x?{GRAPH_PATH}", "NotARead"),
        ("PUT", f"{HOST}{GRAPH_PATH}", "NotARead"),
        ("DELETE", f"{HOST}/subscriptions", "NotARead"),
        ("PATCH", f"{HOST}/subscriptions", "NotARead"),
        ("get", f"{HOST}/subscriptions", "NotARead"),
        ("GET", "https://example.com/subscriptions", "ForeignHost"),
        ("GET", "http://management.azure.com/subscriptions", "ForeignHost"),
        ("GET", "https://management.azure.com:8443/subscriptions", "ForeignHost"),
        ("GET", "https://management.azure.com@example.com/", "ForeignHost"),
        ("GET", "https://management.azure.com:port/", "ForeignHost"),
        ("POST", f"https://example.com{GRAPH_PATH}", "ForeignHost"),
    ],
)
def test_nothing_else_passes_the_guard(method: str, url: str, code: str) -> None:
    with pytest.raises(CallError) as raised:
        _sent(method, url)
    assert (raised.value.code, raised.value.refused) == (code, False)


@pytest.mark.parametrize(
    ("template", "params", "path", "query"),
    [
        ("/{id}/tables", {"id": "/a/b", "api-version": "1"}, "/a/b/tables", {"api-version": "1"}),
        ("/{id}/../..", {"id": "/servers/s/databases/d"}, "/servers/s", {}),
        ("/{id}/../../protector/current", {"id": "/servers/s/databases/d"}, "/servers/s/protector/current", {}),
        ("/subscriptions/{@account}/x", {"@account": ID}, f"/subscriptions/{ID}/x", {}),
        ("/{id}/x", {"id": "/a b/c#d?e%2f"}, "/a%20b/c%23d%3Fe%252f/x", {}),
        ("/x", {"@account": ID}, "/x", {}),
    ],
)
def test_a_path_is_filled_in(template: str, params: dict[str, str], path: str, query: dict[str, str]) -> None:
    assert _filled(template, params) == (path, query)


@pytest.mark.parametrize("value", ["", "/", "/a/../b", "/a/./b", "/a//b", ".."])
def test_what_is_no_id_makes_no_path(value: str) -> None:
    with pytest.raises(CallError) as raised:
        _segments(value)
    assert raised.value.code == "NoId"


@given(st.text(max_size=30))
def test_an_id_never_leaves_its_place_in_the_path(value: str) -> None:
    try:
        path, _ = _filled("/{id}/tables", {"id": f"/a/{value}"})
    except CallError:
        return
    assert path.startswith("/a")
    assert path.endswith("/tables")
    assert not set("?#\\ \n") & set(path)


@pytest.mark.parametrize(
    ("status", "body", "code", "refused"),
    [
        (403, {"error": {"code": "AuthorizationFailed", "message": "jane@example.com"}}, "AuthorizationFailed", True),
        (401, None, "Http401", True),
        (404, {"error": {"code": "ResourceNotFound"}}, "ResourceNotFound", False),
        (429, {"error": "slow"}, "Http429", False),
        (500, [], "Http500", False),
        (500, {"error": {"code": "a b\n"}}, "Http500", False),
        (500, {"error": {"code": 7}}, "Http500", False),
    ],
)
def test_an_error_keeps_the_code_and_not_the_message(status: int, body: object, code: str, refused: bool) -> None:
    error = _failure(status, body, "GET /x")
    assert (error.code, error.refused, error.detail) == (code, refused, f"GET /x: HTTP {status} {code}")


def test_the_role_has_the_permissions_and_those_of_the_discovery() -> None:
    role = json.loads(PROVIDER.role(frozenset({"Microsoft.Sql/servers/read"})))
    assert role["Actions"] == [
        "Microsoft.Authorization/denyAssignments/read",
        "Microsoft.Authorization/permissions/read",
        "Microsoft.Management/managementGroups/read",
        "Microsoft.Resources/subscriptions/read",
        "Microsoft.Sql/servers/read",
    ]
    assert role["IsCustom"] is True
    assert (role["NotActions"], role["DataActions"], role["NotDataActions"]) == ([], [], [])
    assert role["AssignableScopes"] == ["/subscriptions/00000000-0000-0000-0000-000000000000"]
