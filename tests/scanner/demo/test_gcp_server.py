"""The simulated Cloud Asset Inventory, asked by Google's own clients over real sockets."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.demo.gcp import FOREVER, GcpCloud, Refusal
from scanner.demo.gcp_estate import GcpEstate, Json, demo_estate

asset_v1 = pytest.importorskip("google.cloud.asset_v1")
google_requests = pytest.importorskip("google.auth.transport.requests")
credentials = pytest.importorskip("google.oauth2.credentials")
exceptions = pytest.importorskip("google.api_core.exceptions")

ORGANIZATION = "organizations/123456789012"
ESTATE = demo_estate(0)
PROJECTS = ["acme-prod", "acme-test", "acme-shared", "acme-staging", "acme-development"]
NAMES = [asset["name"] for asset in ESTATE.assets]


def ask(cloud: GcpCloud, path: str, **parameters: str | list[str]) -> requests.Response:
    session = google_requests.AuthorizedSession(credentials.Credentials("token"))
    reply: requests.Response = session.get(f"{cloud.endpoint}{path}", params=parameters, timeout=5)
    return reply


def list_assets(cloud: GcpCloud, parent: str = ORGANIZATION, **parameters: str | list[str]) -> requests.Response:
    return ask(cloud, f"/v1/{parent}/assets", **parameters)


def pages(cloud: GcpCloud, parent: str = ORGANIZATION, **parameters: str | list[str]) -> Iterator[Json]:
    token = ""
    while True:
        reply = list_assets(cloud, parent, pageToken=token, **parameters)
        reply.raise_for_status()
        yield reply.json()
        token = reply.json().get("nextPageToken", "")
        if not token:
            return


def names(reply: Json) -> list[str]:
    return [asset["name"] for asset in reply.get("assets", [])]


def client(cloud: GcpCloud) -> Any:
    options = {"api_endpoint": cloud.endpoint}
    return asset_v1.AssetServiceClient(
        transport="rest", client_options=options, credentials=credentials.Credentials("token")
    )


def error(reply: requests.Response) -> tuple[int, str]:
    body = reply.json()["error"]
    assert body["code"] == reply.status_code
    return reply.status_code, body["status"]


@pytest.fixture(scope="module")
def cloud() -> Iterator[GcpCloud]:
    with GcpCloud(ESTATE, now=datetime(2026, 11, 2, 6, tzinfo=UTC)) as running:
        yield running


@given(size=st.integers(min_value=1, max_value=len(NAMES) + 1))
@settings(max_examples=15, deadline=None)
def test_the_pages_hold_every_asset_once_whatever_their_size(cloud: GcpCloud, size: int) -> None:
    all_pages = [names(page) for page in pages(cloud, pageSize=str(size))]
    assert [name for page in all_pages for name in page] == NAMES
    assert all(len(page) == size for page in all_pages[:-1])
    assert 0 < len(all_pages[-1]) <= size


@pytest.mark.parametrize(
    ("asked", "cap", "first"),
    [
        ("", {}, 100),
        ("0", {}, 100),
        ("1000", {}, 1000),
        ("1001", {}, 1000),
        ("9", {"page": 7}, 7),
        ("3", {"page": 7}, 3),
    ],
)
def test_a_page_holds_100_assets_by_default_and_no_more_than_the_cap(
    asked: str, cap: dict[str, Any], first: int
) -> None:
    many = tuple(ESTATE.assets[0] | {"name": f"//example/{number}"} for number in range(1100))
    with GcpCloud(GcpEstate(ESTATE.projects, many), **cap) as cloud:
        assert len(names(list_assets(cloud, pageSize=asked).json())) == first


def test_the_vendors_client_lists_every_page(cloud: GcpCloud) -> None:
    request = {"parent": ORGANIZATION, "content_type": asset_v1.ContentType.RESOURCE, "page_size": 10}
    listed = list(client(cloud).list_assets(request=request))
    assert [asset.name for asset in listed] == NAMES
    assert all(asset.resource.data for asset in listed)


def test_the_vendors_client_gets_the_refusal_with_its_permission() -> None:
    with GcpCloud(ESTATE, refuse=[Refusal("projects/acme-test")]) as cloud:
        asked = {"parent": "projects/acme-test", "asset_types": ["compute.googleapis.com/Disk"]}
        with pytest.raises(exceptions.Forbidden) as caught:
            client(cloud).list_assets(request=asked)
    assert caught.value.reason == "IAM_PERMISSION_DENIED"
    assert caught.value.metadata["permission"] == "cloudasset.assets.listResource"


def test_the_vendors_client_gets_the_throttling_unretried() -> None:
    with GcpCloud(ESTATE, throttled=range(2, FOREVER, 2)) as cloud:
        listed = client(cloud).list_assets(request={"parent": ORGANIZATION, "page_size": 10})
        with pytest.raises(exceptions.TooManyRequests):
            list(listed)
        assert len(cloud.requests) == 2


@pytest.mark.parametrize(
    ("types", "kinds"),
    [
        (["compute.googleapis.com/Disk"], {"compute.googleapis.com/Disk": 10}),
        (
            ["compute.googleapis.com/Disk", "pubsub.googleapis.com/Topic"],
            {"compute.googleapis.com/Disk": 10, "pubsub.googleapis.com/Topic": 2},
        ),
        (["compute.googleapis.com/S.*"], {"compute.googleapis.com/Snapshot": 5}),
        ([".*Bucket"], {"storage.googleapis.com/Bucket": 13, "logging.googleapis.com/LogBucket": 15}),
        ([".*/Bucket"], {"storage.googleapis.com/Bucket": 13}),
        (["spanner.googleapis.com/Instance"], {}),
        (["spanner.googleapis.com/Instance", "storage.googleapis.com/Bucket"], {"storage.googleapis.com/Bucket": 13}),
    ],
)
def test_asset_types_filter_by_the_whole_name(cloud: GcpCloud, types: list[str], kinds: dict[str, int]) -> None:
    reply = list_assets(cloud, assetTypes=types).json()
    assert Counter(asset["assetType"] for asset in reply.get("assets", [])) == kinds
    assert ("assets" in reply) is bool(kinds)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"assetTypes": "Disk"}, "No supported asset type matches: Disk."),
        ({"assetTypes": "nothing.*"}, "No supported asset type matches: nothing.*."),
        ({"assetTypes": ["storage.googleapis.com/Bucket", "Disk"]}, "No supported asset type matches: Disk."),
        ({"assetTypes": "(["}, "Invalid regular expression: ([."),
        ({"contentType": "SECRETS"}, "Invalid value at 'content_type' (type.googleapis.com/google.cloud.asset.v1."),
        ({"contentType": "3"}, "Invalid value at 'content_type'"),
        ({"pageSize": "-1"}, "Invalid page size: -1."),
        ({"pageSize": "ten"}, "Invalid page size: ten."),
        ({"pageToken": "%%%"}, "Invalid page token."),
        ({"pageToken": "a"}, "Invalid page token."),
        ({"pageToken": "__79"}, "Invalid page token."),
        ({"pageToken": "dGVuOm5vbmU="}, "Invalid page token."),
        ({"pageToken": "MTA6bm9uZQ=="}, "The page token was given for another request."),
        ({"readTime": "yesterday"}, "Invalid value at 'read_time' (type.googleapis.com/google.protobuf.Timestamp)"),
        (
            {"readTime": "2026-11-02T05:00:00"},
            "read_time must be between the current time and the current time minus 35",
        ),
        ({"readTime": "2026-11-02T06:00:01Z"}, "read_time must be between"),
        ({"readTime": "2026-09-28T05:59:59Z"}, "read_time must be between"),
        ({"assetType": "storage.googleapis.com/Bucket"}, 'Invalid JSON payload received. Unknown name "assetType"'),
        ({"assetType": ""}, 'Invalid JSON payload received. Unknown name "assetType"'),
        ({"fields": "assets.name"}, 'Invalid JSON payload received. Unknown name "fields"'),
    ],
)
def test_a_wrong_parameter_is_refused(cloud: GcpCloud, parameters: dict[str, str | list[str]], message: str) -> None:
    reply = list_assets(cloud, ORGANIZATION, **parameters)
    assert error(reply) == (400, "INVALID_ARGUMENT")
    assert reply.json()["error"]["message"].startswith(message)


def test_the_parameters_of_every_google_api_are_taken(cloud: GcpCloud) -> None:
    system = {"alt": "json", "$alt": "json", "key": "k", "prettyPrint": "false", "quotaUser": "q", "$.xgafv": "2"}
    reply = ask(cloud, f"/v1/{ORGANIZATION}/assets", **system)
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/json; charset=UTF-8"


@pytest.mark.parametrize("parent", ["projects/Acme!", "folders/production", "organizations/example", "accounts/1"])
def test_a_wrong_parent_is_refused(cloud: GcpCloud, parent: str) -> None:
    assert error(list_assets(cloud, parent)) == (400, "INVALID_ARGUMENT")


def test_where_the_supported_types_are_told_any_other_name_fails_the_whole_listing() -> None:
    with GcpCloud(ESTATE, supported=["spanner.googleapis.com/Instance"]) as cloud:
        good = list_assets(cloud, assetTypes=["spanner.googleapis.com/Instance", "pubsub.googleapis.com/Topic"])
        bad = list_assets(cloud, assetTypes=["spanner.googleapis.com/Instances", "pubsub.googleapis.com/Topic"])
    assert len(names(good.json())) == 2
    assert error(bad) == (400, "INVALID_ARGUMENT")


@pytest.mark.parametrize(
    "other", [{"assetTypes": "compute.*"}, {"contentType": "RESOURCE"}, {"readTime": "2026-11-02T05:00:00Z"}]
)
def test_a_page_token_holds_for_its_own_query_only(cloud: GcpCloud, other: dict[str, str]) -> None:
    token = list_assets(cloud, pageSize="5").json()["nextPageToken"]
    assert error(list_assets(cloud, pageToken=token, **other)) == (400, "INVALID_ARGUMENT")
    assert names(list_assets(cloud, pageToken=token, pageSize="2").json()) == NAMES[5:7]


@pytest.mark.parametrize(
    ("content", "keys"),
    [
        ("", {"name", "assetType", "ancestors", "updateTime"}),
        ("CONTENT_TYPE_UNSPECIFIED", {"name", "assetType", "ancestors", "updateTime"}),
        ("RESOURCE", {"name", "assetType", "ancestors", "updateTime", "resource"}),
        ("1", {"name", "assetType", "ancestors", "updateTime", "resource"}),
        ("2", {"name", "assetType", "ancestors", "updateTime", "iamPolicy"}),
        ("IAM_POLICY", {"name", "assetType", "ancestors", "updateTime", "iamPolicy"}),
        ("ORG_POLICY", {"name", "assetType", "ancestors", "updateTime", "orgPolicy"}),
    ],
)
def test_an_asset_shows_the_asked_content_only(cloud: GcpCloud, content: str, keys: set[str]) -> None:
    shown = list_assets(cloud, contentType=content).json()["assets"]
    assert {frozenset(asset) for asset in shown} == {frozenset(keys)}


def test_only_assets_with_a_policy_are_listed_with_policies(cloud: GcpCloud) -> None:
    with_policy = names(list_assets(cloud, contentType="IAM_POLICY").json())
    assert with_policy == [asset["name"] for asset in ESTATE.assets if "iamPolicy" in asset]
    assert 0 < len(with_policy) < len(NAMES)


@pytest.mark.parametrize("content", ["ACCESS_POLICY", "5", "OS_INVENTORY", "6", "RELATIONSHIP", "7"])
def test_a_content_that_is_not_simulated_says_so(cloud: GcpCloud, content: str) -> None:
    reply = list_assets(cloud, contentType=content)
    assert error(reply) == (501, "UNIMPLEMENTED")
    assert "does not serve" in reply.json()["error"]["message"]


@pytest.mark.parametrize(
    ("parent", "inside"),
    [
        ("projects/acme-prod", "projects/100000000001"),
        ("projects/100000000001", "projects/100000000001"),
        ("folders/200000000002", "folders/200000000002"),
        (ORGANIZATION, ORGANIZATION),
    ],
)
def test_a_parent_lists_what_is_below_it(cloud: GcpCloud, parent: str, inside: str) -> None:
    listed = names(list_assets(cloud, parent).json())
    assert listed == [asset["name"] for asset in ESTATE.assets if inside in asset["ancestors"]]
    assert listed


def test_a_project_without_assets_is_listed_empty() -> None:
    with GcpCloud(GcpEstate(ESTATE.projects, ())) as cloud:
        assert list_assets(cloud, "projects/acme-prod").json() == {"readTime": "2026-11-09T06:00:00Z"}


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("", "2026-11-02T06:00:00Z"),
        ("2026-11-02T06:00:00Z", "2026-11-02T06:00:00Z"),
        ("2026-11-01T07:00:00+01:00", "2026-11-01T06:00:00Z"),
        ("2026-09-28T06:00:00Z", "2026-09-28T06:00:00Z"),
    ],
)
def test_the_read_time_is_told_and_stands_still(cloud: GcpCloud, asked: str, told: str) -> None:
    first, second = (list_assets(cloud, readTime=asked) for _ in range(2))
    assert first.json()["readTime"] == told
    assert first.content == second.content
    assert first.headers == second.headers


@pytest.mark.parametrize("header", [None, "", "Bearer ", "Basic dXNlcg=="])
@pytest.mark.parametrize("path", [f"/v1/{ORGANIZATION}/assets", "/v3/projects:search", "/v3/projects/acme-prod"])
def test_a_caller_without_a_token_is_not_authenticated(cloud: GcpCloud, path: str, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    reply = requests.get(f"{cloud.endpoint}{path}", headers=headers, timeout=5)
    assert error(reply) == (401, "UNAUTHENTICATED")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer ")
    assert cloud.requests[-1].authorised is False
    (details,) = reply.json()["error"]["details"]
    assert (details["@type"], details["reason"]) == (
        "type.googleapis.com/google.rpc.ErrorInfo",
        "CREDENTIALS_MISSING",
    )


ALL = (
    ("", "listResource"),
    ("RESOURCE", "listResource"),
    ("IAM_POLICY", "listIamPolicy"),
    ("ORG_POLICY", "listOrgPolicy"),
)


@pytest.mark.parametrize("alias", ["projects/acme-test", "projects/100000000002"])
@pytest.mark.parametrize(("content", "permission"), ALL)
def test_a_refused_parent_names_the_permission(alias: str, content: str, permission: str) -> None:
    with GcpCloud(ESTATE, refuse=[Refusal("projects/acme-test")]) as cloud:
        reply = list_assets(cloud, alias, contentType=content)
    assert error(reply) == (403, "PERMISSION_DENIED")
    assert f"'cloudasset.assets.{permission}' denied" in reply.json()["error"]["message"]
    assert reply.json()["error"]["details"] == [
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "IAM_PERMISSION_DENIED",
            "domain": "cloudasset.googleapis.com",
            "metadata": {"permission": f"cloudasset.assets.{permission}", "resource": alias},
        }
    ]


@pytest.mark.parametrize(
    ("parent", "content", "status"),
    [
        ("projects/acme-test", "IAM_POLICY", 403),
        ("projects/acme-test", "RESOURCE", 200),
        ("projects/acme-prod", "IAM_POLICY", 200),
        ("folders/200000000002", "IAM_POLICY", 200),
        (ORGANIZATION, "IAM_POLICY", 200),
    ],
)
def test_a_refusal_holds_for_its_parent_and_content_only(parent: str, content: str, status: int) -> None:
    with GcpCloud(ESTATE, refuse=[Refusal("projects/acme-test", "IAM_POLICY")]) as cloud:
        assert list_assets(cloud, parent, contentType=content).status_code == status


@pytest.mark.parametrize("parent", ["projects/nobody", "projects/1", "folders/1", "organizations/1"])
def test_an_unknown_parent_looks_like_a_refused_one(parent: str) -> None:
    with GcpCloud(ESTATE) as open_cloud, GcpCloud(ESTATE, refuse=[Refusal(parent)]) as refusing:
        unknown, refused = (list_assets(cloud, parent) for cloud in (open_cloud, refusing))
    assert error(unknown) == (403, "PERMISSION_DENIED")
    assert unknown.content == refused.content


def test_a_refusal_may_name_no_permission() -> None:
    with GcpCloud(ESTATE, refuse=[Refusal(ORGANIZATION, named=False)]) as cloud:
        reply = list_assets(cloud)
    assert error(reply) == (403, "PERMISSION_DENIED")
    assert reply.json()["error"]["details"][0]["@type"] == "type.googleapis.com/google.rpc.Help"
    assert "cloudasset.assets" not in reply.text


@pytest.mark.parametrize(
    ("throttled", "statuses"),
    [
        (range(0), [200] * 6),
        (range(1, FOREVER), [429] * 6),
        (range(2, FOREVER, 2), [200, 429] * 3),
        (range(3, FOREVER, 3), [200, 200, 429] * 2),
        (range(2, 5), [200, 429, 429, 429, 200, 200]),
        (range(4, FOREVER), [200] * 3 + [429] * 3),
    ],
)
def test_the_quota_is_exhausted_for_these_requests(throttled: range, statuses: list[int]) -> None:
    with GcpCloud(ESTATE, throttled=throttled) as cloud:
        requests.get(f"{cloud.endpoint}/v1/{ORGANIZATION}/assets", timeout=5)
        assert [list_assets(cloud, pageSize="1").status_code for _ in statuses] == statuses


@pytest.mark.parametrize(("seconds", "header"), [(None, None), (0, "0"), (7, "7")])
def test_a_throttled_reply_is_in_googles_form(seconds: int | None, header: str | None) -> None:
    with GcpCloud(ESTATE, throttled=range(1, 2), retry_after=seconds) as cloud:
        reply = list_assets(cloud)
    assert error(reply) == (429, "RESOURCE_EXHAUSTED")
    info, *more = reply.json()["error"]["details"]
    assert info["reason"] == "RATE_LIMIT_EXCEEDED"
    assert reply.headers.get("Retry-After") == header
    kind = "type.googleapis.com/google.rpc.RetryInfo"
    assert more == ([] if header is None else [{"@type": kind, "retryDelay": f"{header}s"}])


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_is_refused_and_recorded_and_the_connection_goes_on(method: str) -> None:
    with GcpCloud(ESTATE) as cloud, requests.Session() as session:
        path = f"/v1/{ORGANIZATION}:exportAssets"
        reply = session.request(method, cloud.endpoint + path, json={"outputConfig": {}}, timeout=5)
        after = session.get(f"{cloud.endpoint}/v3/projects/acme-prod", timeout=5)
        assert error(reply) == (405, "UNIMPLEMENTED")
        assert reply.headers["Allow"] == "GET"
        assert after.status_code == 401
        assert [(write.method, write.path) for write in cloud.writes] == [(method, path)]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_another_method_is_refused_but_no_write(method: str) -> None:
    with GcpCloud(ESTATE) as cloud, requests.Session() as session:
        replies = [session.request(method, f"{cloud.endpoint}/v3/projects/acme-prod", timeout=5) for _ in range(2)]
        assert [reply.status_code for reply in replies] == [405, 405]
        assert cloud.writes == ()
        assert len(cloud.requests) == 2


@pytest.mark.parametrize(
    "path", ["/", "/v1/assets", f"/v1/{ORGANIZATION}/feeds", "/v1/projects/acme-prod", "/v3/projects", "/v1/google.x"]
)
def test_an_unknown_path_is_not_found(cloud: GcpCloud, path: str) -> None:
    assert error(ask(cloud, path)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("name", ["acme-prod", "100000000001"])
def test_a_project_is_found_by_id_and_number(cloud: GcpCloud, name: str) -> None:
    project = ask(cloud, f"/v3/projects/{name}").json()
    assert project == ESTATE.projects[0]
    assert (project["projectId"], project["name"]) == ("acme-prod", "projects/100000000001")


def test_an_unknown_project_is_forbidden(cloud: GcpCloud) -> None:
    reply = ask(cloud, "/v3/projects/nobody")
    assert error(reply) == (403, "PERMISSION_DENIED")
    assert reply.json()["error"]["details"][0]["metadata"]["permission"] == "resourcemanager.projects.get"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", PROJECTS),
        ("id:acme-prod", ["acme-prod"]),
        ("projectId:ACME-PROD", ["acme-prod"]),
        ("id:acme", []),
        ("name:acme*", PROJECTS),
        ("displayName:*test", ["acme-test"]),
        ("state:active", PROJECTS),
        ("lifecycleState:DELETE_REQUESTED", []),
        ("parent:folders/200000000001", ["acme-prod"]),
        ("labels.env:test labels.env:production", ["acme-prod", "acme-test"]),
        ("labels.env:*", PROJECTS),
        ("labels.owner:*", []),
    ],
)
def test_projects_are_searched(cloud: GcpCloud, query: str, found: list[str]) -> None:
    reply = ask(cloud, "/v3/projects:search", query=query).json()
    assert [project["projectId"] for project in reply.get("projects", [])] == found
    assert ("projects" in reply) is bool(found)


def test_a_search_is_paged(cloud: GcpCloud) -> None:
    first = ask(cloud, "/v3/projects:search", pageSize="3").json()
    second = ask(cloud, "/v3/projects:search", pageSize="3", pageToken=first["nextPageToken"]).json()
    assert [len(page["projects"]) for page in (first, second)] == [3, 2]
    assert "nextPageToken" not in second
    assert error(ask(cloud, "/v3/projects:search", assetTypes="x")) == (400, "INVALID_ARGUMENT")


def test_the_log_tells_what_was_asked() -> None:
    with GcpCloud(ESTATE) as cloud:
        list_assets(cloud, "projects/acme-prod", assetTypes=["a.b.com/C", "a.b.com/D"], pageSize="5")
        (request,) = cloud.requests
    assert (request.method, request.path, request.authorised) == ("GET", "/v1/projects/acme-prod/assets", True)
    assert request.query == {"assetTypes": ("a.b.com/C", "a.b.com/D"), "pageSize": ("5",)}


def test_the_server_starts_once_and_frees_its_port() -> None:
    cloud = GcpCloud(ESTATE)
    with pytest.raises(RuntimeError, match="not running"):
        _ = cloud.endpoint
    assert cloud.start() == cloud.start() == cloud.endpoint
    endpoint = cloud.endpoint
    cloud.stop()
    cloud.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(endpoint, timeout=5)


def test_the_server_stops_with_its_block() -> None:
    with GcpCloud(ESTATE) as cloud:
        endpoint = cloud.endpoint
    with pytest.raises(RuntimeError, match="not running"):
        _ = cloud.endpoint
    port = int(endpoint.rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_head_has_no_body(cloud: GcpCloud) -> None:
    connection = http.client.HTTPConnection(cloud.endpoint.removeprefix("http://"), timeout=5)
    with contextlib.closing(connection):
        for method in ("HEAD", "GET"):
            connection.request(method, "/v3/projects/acme-prod")
            reply = connection.getresponse()
            assert (reply.status, len(reply.read()) > 0) == ((405, False) if method == "HEAD" else (401, True))


def test_a_kept_connection_does_not_wait_for_nagle(cloud: GcpCloud) -> None:
    """A waiting call takes 40 ms; the quickest of many does not mind a busy machine."""
    with google_requests.AuthorizedSession(credentials.Credentials("token")) as session:
        took = [session.get(f"{cloud.endpoint}/v3/projects/acme-prod", timeout=5).elapsed for _ in range(50)]
    assert min(took[25:]) < timedelta(milliseconds=30)
