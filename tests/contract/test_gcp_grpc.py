"""The simulated inventory has one set of rules: asked over gRPC and REST by Google's client, and by our own session, it
tells the same assets in the same pages, and refuses the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from scanner.collect.model import Account, CallError, Options, Unit
from scanner.demo.gcp import FOREVER, GcpCloud, Refusal
from scanner.demo.gcp_estate import GcpEstate, Json, demo_estate
from scanner.demo.gcp_grpc import SERVICE, serving
from scanner.providers.gcp.assets import LISTING
from scanner.providers.gcp.session import ATTEMPTS, open_session
from tests.contract import gcp_services_estate

asset_v1 = pytest.importorskip("google.cloud.asset_v1")
grpc = pytest.importorskip("grpc")
transports = pytest.importorskip("google.cloud.asset_v1.services.asset_service.transports")
credentials = pytest.importorskip("google.oauth2.credentials")
exceptions = pytest.importorskip("google.api_core.exceptions")
retries = pytest.importorskip("google.api_core.retry")
json_format = pytest.importorskip("google.protobuf.json_format")

ORGANIZATION, TEST = "organizations/123456789012", "projects/acme-test"
ESTATE = demo_estate(0)
NAMES = [asset["name"] for asset in ESTATE.assets]
TOKEN = ("authorization", "Bearer token")
RESOURCES: Json = {"contentType": "RESOURCE", "pageSize": 10}
Pages = Iterator[list[Json]]
List = Callable[..., Pages]
"""The pages of a listing below a parent, by the parameters of REST."""


@contextmanager
def by_grpc(cloud: GcpCloud, *metadata: tuple[str, str]) -> Iterator[Any]:
    with serving(cloud) as target, grpc.insecure_channel(target) as channel:
        transport = transports.AssetServiceGrpcTransport(channel=channel)
        yield googles(asset_v1.AssetServiceClient(transport=transport), metadata or (TOKEN,))


@contextmanager
def by_rest(cloud: GcpCloud) -> Iterator[Any]:
    options = {"api_endpoint": cloud.endpoint}
    yield googles(
        asset_v1.AssetServiceClient(
            transport="rest", client_options=options, credentials=credentials.Credentials("token")
        )
    )


def googles(client: Any, metadata: tuple[tuple[str, str], ...] = ()) -> List:
    def pages(parent: str, *, retry: Any = None, **parameters: object) -> Pages:
        request = asset_v1.ListAssetsRequest.from_json(json.dumps({"parent": parent, **parameters}))
        for page in client.list_assets(request=request, metadata=metadata, retry=retry).pages:
            yield json_format.MessageToDict(asset_v1.ListAssetsResponse.pb(page)).get("assets", [])

    return pages


@contextmanager
def by_us(cloud: GcpCloud) -> Iterator[List]:
    session = open_session({"parents": [ORGANIZATION]}, Options(endpoint=cloud.endpoint), lambda _: None)

    def pages(parent: str, **parameters: Any) -> Pages:
        parameters.pop("retry", None)
        unit = Unit(Account("gcp", parent.removeprefix("projects/")))
        for page in session.pages(unit, LISTING, parameters):
            assert isinstance(page, dict)
            yield page["assets"]

    try:
        yield pages
    finally:
        session.close()


CLIENTS = {"google over gRPC": by_grpc, "google over REST": by_rest, "our session": by_us}
GOOGLES = {name: client for name, client in CLIENTS.items() if client is not by_us}
each_client = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)
googles_clients = pytest.mark.parametrize("client", GOOGLES.values(), ids=GOOGLES)


def named(pages: Pages) -> list[list[str]]:
    return [[asset["name"] for asset in page] for page in pages]


def failed(pages: Pages) -> Any:
    with pytest.raises((exceptions.GoogleAPICallError, CallError)) as caught:
        list(pages)
    return caught.value


def refused(pages: Pages) -> tuple[int | str, str]:
    """The status of a refusal (our session has the canonical code) and the reason that its details name."""
    error = failed(pages)
    if isinstance(error, CallError):
        assert error.refused is (error.code in {"PERMISSION_DENIED", "UNAUTHENTICATED"})
        return error.code, error.detail.partition("(")[2].rstrip(")")
    return error.code, error.reason or ""


ESTATES = {"week 0": ESTATE, "week 1": demo_estate(1), "services": gcp_services_estate.estate()}


@pytest.mark.parametrize("content", ["RESOURCE", "IAM_POLICY", "ORG_POLICY"])
@pytest.mark.parametrize("estate", ESTATES.values(), ids=ESTATES)
def test_every_client_sees_the_same_assets_in_the_same_pages(estate: GcpEstate, content: str) -> None:
    with GcpCloud(estate) as cloud:
        seen, asked = [], []
        for client in CLIENTS.values():
            with client(cloud) as pages:
                seen.append(list(pages(estate.organization, contentType=content, pageSize=7)))
            asked.append([(each.method, each.path, each.authorised) for each in cloud.requests])
            cloud.requests.clear()
    held = {"RESOURCE": "resource", "IAM_POLICY": "iamPolicy", "ORG_POLICY": "orgPolicy"}[content]
    expected = [asset for asset in estate.assets if held in asset]
    assert [asset["name"] for page in seen[0] for asset in page] == [asset["name"] for asset in expected]
    assert [asset[held] for page in seen[0] for asset in page] == [asset[held] for asset in expected]
    assert {len(page) for page in seen[0][:-1]} <= {7}
    assert seen[0] == seen[1] == seen[2]
    assert asked[0] == asked[1] == asked[2]
    assert set(asked[0]) == {("GET", f"/v1/{ORGANIZATION}/assets", True)}


@each_client
@pytest.mark.parametrize(("cap", "lengths"), [(4, [4, 4, 1]), (1000, [9])])
def test_the_cap_of_a_page_and_the_types_hold_for_all(client: Any, cap: int, lengths: list[int]) -> None:
    with GcpCloud(ESTATE, page=cap) as cloud, client(cloud) as pages:
        kinds = ["compute.googleapis.com/Snapshot", "compute.googleapis.com/Network"]
        found = named(pages(ORGANIZATION, **RESOURCES, assetTypes=kinds))
    assert list(map(len, found)) == lengths
    assert {name.split("/")[-2] for page in found for name in page} == {"snapshots", "networks"}


@each_client
@pytest.mark.parametrize("parent", [TEST, "projects/100000000002", "folders/200000000002"])
def test_a_parent_is_listed_by_any_of_its_names(client: Any, parent: str) -> None:
    with GcpCloud(ESTATE) as cloud, client(cloud) as pages:
        (found,) = named(pages(parent, contentType="RESOURCE"))
    ours = "folders/200000000002" if parent.startswith("folders") else "projects/100000000002"
    assert found == [asset["name"] for asset in ESTATE.assets if ours in asset["ancestors"]]


PERMISSIONS = {
    "RESOURCE": "cloudasset.assets.listResource",
    "IAM_POLICY": "cloudasset.assets.listIamPolicy",
    "ORG_POLICY": "cloudasset.assets.listOrgPolicy",
}


@each_client
@pytest.mark.parametrize("content", PERMISSIONS)
def test_a_content_is_refused_alone(client: Any, content: str) -> None:
    with GcpCloud(ESTATE, refuse=[Refusal(ORGANIZATION, content)]) as cloud, client(cloud) as pages:
        code, reason = refused(pages(ORGANIZATION, contentType=content))
        others = [named(pages(ORGANIZATION, contentType=each)) for each in PERMISSIONS if each != content]
    assert (code, reason) in {(403, "IAM_PERMISSION_DENIED"), ("PERMISSION_DENIED", "IAM_PERMISSION_DENIED")}
    assert all(pages[0] for pages in others)


@googles_clients
@pytest.mark.parametrize("content", PERMISSIONS)
@pytest.mark.parametrize("parent", [TEST, "projects/nobody", "folders/1", "organizations/1"])
def test_a_refusal_names_the_permission_and_not_whether_the_parent_exists(
    client: Any, content: str, parent: str
) -> None:
    with GcpCloud(ESTATE, refuse=[Refusal(TEST)]) as cloud, client(cloud) as pages:
        error = failed(pages(parent, contentType=content))
    assert isinstance(error, exceptions.Forbidden)
    assert error.metadata == {"permission": PERMISSIONS[content], "resource": parent}
    assert f"'{PERMISSIONS[content]}' denied" in error.message
    assert "or it may not exist" in error.message


@each_client
@pytest.mark.parametrize(
    ("parent", "parameters", "refusal"),
    [
        (ORGANIZATION, {"contentType": "ACCESS_POLICY"}, (501, "UNIMPLEMENTED")),
        (ORGANIZATION, {"assetTypes": ["Disk"]}, (400, "INVALID_ARGUMENT")),
        (ORGANIZATION, {"pageSize": -1}, (400, "INVALID_ARGUMENT")),
        (ORGANIZATION, {"pageToken": "%%%"}, (400, "INVALID_ARGUMENT")),
        (ORGANIZATION, {"readTime": "2026-11-09T06:00:01Z"}, (400, "INVALID_ARGUMENT")),
        ("projects/nobody", {}, (403, "PERMISSION_DENIED")),
    ],
)
def test_what_is_wrong_is_refused_with_the_same_status(
    client: Any, parent: str, parameters: Json, refusal: tuple[int, str]
) -> None:
    with GcpCloud(ESTATE) as cloud, client(cloud) as pages:
        code, reason = refused(pages(parent, **parameters))
    assert code in refusal
    assert reason == ("IAM_PERMISSION_DENIED" if refusal[0] == 403 else "")


@googles_clients
@pytest.mark.parametrize("parent", ["folders/example", "projects/Acme!", "accounts/1"])
def test_a_wrong_parent_is_refused(client: Any, parent: str) -> None:
    with GcpCloud(ESTATE) as cloud, client(cloud) as pages:
        assert refused(pages(parent)) == (400, "")


@each_client
def test_a_refusal_without_a_permission_names_none(client: Any) -> None:
    with GcpCloud(ESTATE, refuse=[Refusal(TEST, named=False)]) as cloud, client(cloud) as pages:
        code, reason = refused(pages(TEST))
    assert code in {403, "PERMISSION_DENIED"}
    assert reason == ""


def test_a_call_without_a_token_is_not_authenticated() -> None:
    for told in ("", "Bearer ", "Basic dXNlcg=="):
        cloud = GcpCloud(ESTATE)
        with by_grpc(cloud, ("authorization", told)) as pages:
            assert refused(pages(ORGANIZATION)) == (401, "CREDENTIALS_MISSING")
        assert [request.authorised for request in cloud.requests] == [False]


@each_client
def test_an_exhausted_quota_recovers(client: Any) -> None:
    again = retries.Retry(predicate=retries.if_exception_type(exceptions.TooManyRequests), initial=0.001, maximum=0.01)
    with GcpCloud(ESTATE, throttled=range(2, 6), retry_after=1) as cloud, client(cloud) as pages:
        found = named(pages(ORGANIZATION, retry=again, **RESOURCES))
        assert len(cloud.requests) == len(found) + 4
    assert [name for page in found for name in page] == NAMES


@each_client
def test_a_quota_that_stays_exhausted_ends_the_listing(client: Any) -> None:
    with GcpCloud(ESTATE, throttled=range(2, FOREVER)) as cloud, client(cloud) as pages:
        listing = pages(ORGANIZATION, **RESOURCES)
        assert len(next(listing)) == 10
        code, reason = refused(listing)
        assert len(cloud.requests) == (1 + ATTEMPTS if client is by_us else 2)
    assert code in {429, "RESOURCE_EXHAUSTED"}
    assert reason == "RATE_LIMIT_EXCEEDED"


@googles_clients
@pytest.mark.parametrize(("seconds", "told"), [(None, []), (7, ["7s"])])
def test_an_exhausted_quota_tells_how_long_to_wait(client: Any, seconds: int | None, told: list[str]) -> None:
    with GcpCloud(ESTATE, throttled=range(1, 2), retry_after=seconds) as cloud, client(cloud) as pages:
        error = failed(pages(ORGANIZATION))
    assert isinstance(error, exceptions.TooManyRequests)
    info, *more = (each if isinstance(each, dict) else json_format.MessageToDict(each) for each in error.details)
    assert info["reason"] == "RATE_LIMIT_EXCEEDED"
    assert [each["retryDelay"] for each in more] == told


@each_client
@pytest.mark.parametrize("index", [12, 2])
@pytest.mark.parametrize("moved", [False, True])
def test_what_changes_between_two_pages(client: Any, index: int, *, moved: bool) -> None:
    """Deleted or moved after the first page of ten, which has it or has it not."""
    name, served = NAMES[index], index < 10
    now = ESTATE.assets[index] | {"updateTime": "2026-11-09T06:00:01Z"} if moved else None
    with GcpCloud(ESTATE, after_page={name: now}) as cloud, client(cloud) as pages:
        found = list(pages(ORGANIZATION, **RESOURCES))
    before = [each for each in NAMES if served or each != name]
    assert [asset["name"] for page in found for asset in page] == [*before, *([name] if moved else [])]
    assert [len(page) for page in found[:2]] == [10, 10 - (not served)]
    told = [asset["updateTime"] for page in found for asset in page if asset["name"] == name]
    times = [ESTATE.assets[index]["updateTime"]] * served + ["2026-11-09T06:00:01Z"] * moved
    assert told == times


@each_client
def test_what_moves_out_of_a_parent_is_not_listed_there_any_more(client: Any) -> None:
    (index,) = [n for n, name in enumerate(NAMES) if name.endswith("/acme-prod-exports")]
    now = ESTATE.assets[index] | {"ancestors": ["projects/100000000002", "folders/200000000002", ORGANIZATION]}
    with GcpCloud(ESTATE, after_page={NAMES[index]: now}) as cloud, client(cloud) as pages:
        prod, test = (
            [name for page in named(pages(parent, contentType="RESOURCE", pageSize=2)) for name in page]
            for parent in ("projects/acme-prod", TEST)
        )
    assert NAMES[index] not in prod
    assert test.count(NAMES[index]) == 1


@pytest.mark.parametrize(
    ("method", "verb"), [("ExportAssets", "POST"), ("DeleteFeed", "POST"), ("SearchAllResources", "GET")]
)
def test_no_other_method_is_served_and_a_write_is_noted(method: str, verb: str) -> None:
    cloud = GcpCloud(ESTATE)
    with serving(cloud) as target, grpc.insecure_channel(target) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(f"{SERVICE}{method}")(b"", metadata=[TOKEN])
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.UNIMPLEMENTED
    assert [(each.method, each.path) for each in cloud.requests] == [(verb, f"{SERVICE}{method}")]
    assert len(cloud.writes) == (verb == "POST")


def test_the_port_is_free_after_the_block() -> None:
    with serving(GcpCloud(ESTATE)) as target:
        pass
    with grpc.insecure_channel(target) as channel, pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary(f"{SERVICE}ListAssets")(b"", metadata=[TOKEN], timeout=2)
    error: Any = caught.value
    assert error.code() is grpc.StatusCode.UNAVAILABLE


def test_grpc_is_loaded_only_to_serve() -> None:
    code = "import scanner.demo, scanner.demo.gcp, scanner.demo.gcp_grpc, sys; print('grpc' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
    assert done.stdout.strip() == "False"
