"""The simulated Azure, asked by the vendor's own clients over real sockets."""

from __future__ import annotations

import http.client
import json
import time
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.rest import HttpRequest
from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
from hypothesis import given
from hypothesis import strategies as st

from scanner.demo.azure import AzureCloud
from scanner.demo.azure_access import Refusal, action_of, within
from scanner.demo.azure_estate import (
    APP,
    CHOSEN,
    DATA,
    DEDICATED,
    PRODUCTION,
    SHARED,
    TENANT,
    TEST,
    UNNAMED,
    AzureEstate,
    Body,
    Subscription,
    demo_estate,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

ESTATE: Final = demo_estate(0).only(PRODUCTION, TEST, SHARED)
SERVER: Final = f"{DATA.id}/providers/Microsoft.Sql/servers/sql-example-production"
CUSTOMERS: Final = f"{SERVER}/databases/customers"
FILES: Final = f"{DATA.id}/providers/Microsoft.Storage/storageAccounts/exampleprodfiles"
NOWHERE: Final = "/subscriptions/00000000-0000-0000-0000-000000000009"
SHORT_TERM: Final = "Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies/read"


class AllowLoopback(SansIOHTTPPolicy[Any, Any]):
    """Let the vendor's client send its token over plain http to this machine."""

    def on_request(self, request: Any) -> None:
        if request.http_request.url.startswith("http://127.0.0.1:"):
            request.context.options["enforce_https"] = False


class Dummy:
    """A credential without worth."""

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken("dummy", int(time.time()) + 3600)


def manager(cloud: AzureCloud, subscription: str = PRODUCTION) -> ResourceManagementClient:
    return ResourceManagementClient(
        Dummy(), subscription, base_url=cloud.endpoint, per_call_policies=[AllowLoopback()], retry_backoff_factor=0.01
    )


def get(cloud: AzureCloud, path: str, version: str = "2024-03-01") -> Body:
    mark = "&" if "?" in path else "?"
    response = manager(cloud).send_request(HttpRequest("GET", f"{path}{mark}api-version={version}"))
    return {"status": response.status_code, **response.json()}


def values(cloud: AzureCloud, path: str) -> list[Body]:
    """Return the items of a listing, following every link to a next page."""
    page = get(cloud, path)
    found = list(page["value"])
    while link := page.get("nextLink"):
        assert urlsplit(link).netloc == urlsplit(cloud.endpoint).netloc
        page = manager(cloud).send_request(HttpRequest("GET", link)).json()
        found += page["value"]
    return found


def error(body: Body) -> tuple[int, str]:
    return body["status"], body["error"]["code"]


def graph(cloud: AzureCloud, query: str, subscriptions: list[str] | None = None, **options: Any) -> Any:
    client = ResourceGraphClient(Dummy(), base_url=cloud.endpoint, per_call_policies=[AllowLoopback()], retry_total=0)
    asked = QueryRequest(subscriptions=subscriptions, query=query, options=QueryRequestOptions(**options))
    return client.resources(asked)


def rows(cloud: AzureCloud, query: str, subscriptions: list[str] | None = None) -> list[Any]:
    return list(graph(cloud, query, subscriptions).data)


@pytest.fixture(scope="module")
def cloud() -> Iterator[AzureCloud]:
    with AzureCloud(ESTATE) as running:
        yield running


def test_get_by_id_whatever_the_case(cloud: AzureCloud) -> None:
    found = manager(cloud).resources.get_by_id(FILES.upper(), api_version="2024-01-01")
    assert (found.id, found.location, found.tags) == (FILES, "uksouth", {"env": "production", "owner": "platform"})


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{FILES}x", "ResourceNotFound"),
        (f"{CUSTOMERS}x/transparentDataEncryption/current", "ParentResourceNotFound"),
        (f"{SERVER}x/databases", "ParentResourceNotFound"),
        (f"{DATA.id}x/providers/Microsoft.Storage/storageAccounts/a", "ResourceGroupNotFound"),
        (f"{DATA.id}x", "ResourceGroupNotFound"),
        (NOWHERE, "SubscriptionNotFound"),
        (f"{NOWHERE}/resources", "SubscriptionNotFound"),
        (f"{NOWHERE}/resourceGroups/a/providers/Microsoft.Storage/storageAccounts/a", "SubscriptionNotFound"),
        (f"{NOWHERE}/providers/Microsoft.Storage/storageAccounts", "SubscriptionNotFound"),
        (f"{FILES}x/providers/Microsoft.Insights/diagnosticSettings/a", "ParentResourceNotFound"),
        (f"{FILES}/managementPolicies/default", "ManagementPolicyNotFound"),
        (f"/subscriptions/{PRODUCTION}/providers/Microsoft.Insights/logprofiles/default", "ResourceNotFound"),
        ("/nothing", "NotFound"),
        ("/subscriptions/providers/Microsoft.Web/sites", "NotFound"),
        (f"{DATA.id}/providers/Microsoft.Storage", "NotFound"),
    ],
)
def test_what_is_missing_is_404(cloud: AzureCloud, path: str, code: str) -> None:
    assert error(get(cloud, path)) == (404, code)


def test_a_missing_resource_raises_in_the_client(cloud: AzureCloud) -> None:
    with pytest.raises(ResourceNotFoundError):
        manager(cloud).resources.get_by_id(f"{FILES}x", api_version="2024-01-01")


@pytest.mark.parametrize(
    ("path", "count"),
    [
        (f"{SERVER}/databases", 5),
        (f"{SERVER}/DATABASES", 5),
        (f"{SERVER}/firewallRules", 0),
        (f"{SERVER}/providers/Microsoft.Insights/diagnosticSettings", 0),
        (f"{APP.id}/providers/Microsoft.Web/sites", 1),
        (f"/subscriptions/{PRODUCTION}/providers/Microsoft.Storage/storageAccounts", 4),
        (f"/subscriptions/{TEST}/providers/microsoft.storage/storageaccounts", 2),
        (f"/subscriptions/{PRODUCTION}/resourcegroups", 3),
        ("/subscriptions", 3),
        ("/tenants", 1),
    ],
)
def test_listings(cloud: AzureCloud, path: str, count: int) -> None:
    assert len(values(cloud, path)) == count


def test_a_subscription_and_the_tenant(cloud: AzureCloud) -> None:
    found = get(cloud, f"/subscriptions/{TEST}")
    assert (found["displayName"], found["tenantId"], found["state"]) == ("example-test", TENANT, "Enabled")
    assert values(cloud, "/tenants")[0]["tenantId"] == TENANT


def test_the_generic_listing_has_no_properties_and_no_children_but_databases(cloud: AzureCloud) -> None:
    found = [one.as_dict() for one in manager(cloud).resources.list()]
    assert len(found) == 25
    assert {one["type"] for one in found if one["type"].count("/") == 2} == {"Microsoft.Sql/servers/databases"}
    assert not any("properties" in one for one in found)


def test_the_generic_listing_filters_by_type_only(cloud: AzureCloud) -> None:
    path = f"/subscriptions/{PRODUCTION}/resources?$filter="
    found = values(cloud, f"{path}resourceType%20eq%20'microsoft.compute/disks'")
    assert {one["type"] for one in found} == {"Microsoft.Compute/disks"}
    assert error(get(cloud, f"{path}location%20eq%20'uksouth'")) == (400, "InvalidFilterInQueryString")
    assert {one["id"].split("/")[4] for one in values(cloud, f"{APP.id}/resources")} == {"app-production"}


def test_every_listing_is_paged() -> None:
    with AzureCloud(ESTATE, page=2) as cloud:
        assert len(list(manager(cloud).resources.list())) == 25
        assert len(cloud.requests) == 13
        assert len(values(cloud, f"{SERVER}/databases")) == 5
        assert len(values(cloud, "/subscriptions")) == 3
        assert get(cloud, f"{APP.id}/resources?$skiptoken=wrong")["error"]["code"] == "InvalidSkipToken"
        assert get(cloud, f"{APP.id}/resources?$skiptoken=ZnJvbT14")["error"]["code"] == "InvalidSkipToken"


def test_the_last_page_may_be_full() -> None:
    with AzureCloud(ESTATE, page=5) as cloud:
        assert len(list(manager(cloud).resources.list())) == 25
        assert len(cloud.requests) == 5


def test_the_link_to_the_next_page_keeps_the_query() -> None:
    with AzureCloud(ESTATE, page=1) as cloud:
        path = f"/subscriptions/{PRODUCTION}/resources?$filter=resourceType%20eq%20'Microsoft.Compute/disks'"
        assert len(values(cloud, path)) == 4
        assert {logged.query["api-version"] for logged in cloud.requests} == {"2024-03-01"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/subscriptions", "MissingApiVersionParameter"),
        ("/subscriptions?api-version=", "MissingApiVersionParameter"),
        (f"{FILES}?API-Version=latest", "InvalidApiVersionParameter"),
    ],
)
def test_the_api_version_is_required(cloud: AzureCloud, path: str, expected: str) -> None:
    response = manager(cloud).send_request(HttpRequest("GET", path))
    assert (response.status_code, response.json()["error"]["code"]) == (400, expected)


def raw(cloud: AzureCloud, method: str, path: str, headers: dict[str, str], body: str = "") -> tuple[int, Any, Any]:
    connection = http.client.HTTPConnection(urlsplit(cloud.endpoint).netloc, timeout=5)
    connection.request(method, path, body=body, headers=headers)
    response = connection.getresponse()
    found = response.status, response.headers, json.loads(response.read())
    connection.close()
    return found


@pytest.mark.parametrize("headers", [{}, {"Authorization": ""}, {"Authorization": "Basic dummy"}])
def test_without_a_token_it_is_401(cloud: AzureCloud, headers: dict[str, str]) -> None:
    status, sent, body = raw(cloud, "GET", "/subscriptions?api-version=2022-12-01", headers)
    assert (status, body["error"]["code"]) == (401, "AuthenticationFailed")
    assert sent["WWW-Authenticate"].startswith("Bearer ")


def test_the_connection_is_kept(cloud: AzureCloud) -> None:
    connection = http.client.HTTPConnection(urlsplit(cloud.endpoint).netloc, timeout=5)
    took: list[float] = []
    for _ in range(50):
        began = time.monotonic()
        connection.request("GET", "/tenants?api-version=2022-12-01", headers={"Authorization": "Bearer dummy"})
        assert connection.getresponse().read()
        took.append(time.monotonic() - began)
    # Without TCP_NODELAY each takes 40 ms. The quickest of many does not mind a busy machine.
    assert min(took[25:]) < 0.03
    connection.close()


def test_a_refused_action_names_client_action_and_scope() -> None:
    policy = f"{CUSTOMERS}/backupShortTermRetentionPolicies/default"
    with AzureCloud(ESTATE, refuse=[Refusal(SERVER, SHORT_TERM)]) as cloud:
        with pytest.raises(HttpResponseError) as refused:
            manager(cloud).resources.get_by_id(policy, api_version="2023-08-01")
        assert refused.value.status_code == 403
        assert "AuthorizationFailed" in str(refused.value)
        assert f"perform action '{SHORT_TERM}' over scope '{policy}'" in str(refused.value)
        assert error(get(cloud, f"{CUSTOMERS}/backupShortTermRetentionPolicies")) == (403, "AuthorizationFailed")
        assert get(cloud, CUSTOMERS)["status"] == 200
        assert len(rows(cloud, "resources")) == len(rows(cloud, "resources", [PRODUCTION, TEST, SHARED])) == 42


@pytest.mark.parametrize(
    ("refusal", "path", "status"),
    [
        (Refusal(action=SHORT_TERM), f"{CUSTOMERS}/backupShortTermRetentionPolicies/default", 403),
        (Refusal(action="transparentDataEncryption/read"), f"{CUSTOMERS}/transparentDataEncryption/current", 403),
        (Refusal(action="Encryption/read"), f"{CUSTOMERS}/transparentDataEncryption/current", 200),
        (Refusal(SERVER.upper(), SHORT_TERM.upper()), f"{CUSTOMERS}/backupShortTermRetentionPolicies/default", 403),
        (Refusal(SERVER[:-1], SHORT_TERM), f"{CUSTOMERS}/backupShortTermRetentionPolicies/default", 200),
        (Refusal(f"{SERVER}/databases/orders"), CUSTOMERS, 200),
        (Refusal(f"{SERVER}/databases/orders"), f"{SERVER}/databases/orders/transparentDataEncryption/current", 403),
        (Refusal(action="firewallRules/read"), f"{SERVER}/firewallRules", 403),
        # A provider refuses the whole listing where one item is refused; it never shortens it.
        (Refusal(f"{SERVER}/databases/orders"), f"{SERVER}/databases", 403),
        (Refusal(DATA.id), f"{FILES}x", 403),
        (Refusal(DATA.id), DATA.id, 403),
        (Refusal(f"/subscriptions/{PRODUCTION}"), f"/subscriptions/{PRODUCTION}", 403),
        (Refusal(f"/subscriptions/{PRODUCTION}"), f"/subscriptions/{PRODUCTION}/resources", 403),
        (Refusal(f"/subscriptions/{PRODUCTION}"), f"/subscriptions/{TEST}", 200),
    ],
)
def test_refusals(refusal: Refusal, path: str, status: int) -> None:
    with AzureCloud(ESTATE, refuse=[refusal]) as cloud:
        assert get(cloud, path)["status"] == status


def test_what_is_hidden_is_missing_without_a_word() -> None:
    with AzureCloud(ESTATE, refuse=[Refusal(DATA.id)]) as cloud:
        for found in (
            rows(cloud, "resources | where subscriptionId == '00000000-0000-0000-0000-000000000001' | project id"),
            rows(cloud, "resourcecontainers | project id"),
            values(cloud, f"/subscriptions/{PRODUCTION}/resources"),
            values(cloud, f"/subscriptions/{PRODUCTION}/resourcegroups"),
            values(cloud, f"/subscriptions/{PRODUCTION}/providers/Microsoft.Storage/storageAccounts"),
        ):
            assert not [one for one in found if within(one["id"], DATA.id)]
        assert graph(cloud, "resources").total_records == 30
        assert len(values(cloud, "/subscriptions")) == 3


def test_a_hidden_subscription_is_missing_without_a_word() -> None:
    with AzureCloud(ESTATE, refuse=[Refusal(f"/subscriptions/{PRODUCTION}")]) as cloud:
        assert [one["subscriptionId"] for one in values(cloud, "/subscriptions")] == [TEST, SHARED]
        found = rows(cloud, "resources | summarize count() by subscriptionId", [PRODUCTION, TEST])
        assert found == [{"subscriptionId": TEST, "count_": 12}]
        containers = rows(cloud, "resourcecontainers | project subscriptionId")
        assert {row["subscriptionId"] for row in containers} == {TEST, SHARED}
        with pytest.raises(HttpResponseError) as refused:
            rows(cloud, "resources", [PRODUCTION])
        assert refused.value.status_code == 403
        assert "(AccessDenied)" in str(refused.value)


PERMISSIONS: Final = "/providers/Microsoft.Authorization/permissions"
NARROW: Final = ["Microsoft.Authorization/*/read", "Microsoft.Resources/subscriptions/resourceGroups/read"]


@pytest.mark.parametrize(
    ("refusal", "scope", "actions", "refused"),
    [
        (None, f"/subscriptions/{PRODUCTION}", ["*/read"], []),
        (None, FILES, ["*/read"], []),
        (Refusal(DATA.id), f"/subscriptions/{PRODUCTION}", NARROW, []),
        (Refusal(FILES), DATA.id, NARROW, []),
        (Refusal(DATA.id), APP.id, ["*/read"], []),
        (Refusal(DATA.id), f"/subscriptions/{TEST}", ["*/read"], []),
        (Refusal(SERVER, SHORT_TERM), f"/subscriptions/{PRODUCTION}", ["*/read"], [SHORT_TERM]),
        (Refusal(action="locks/read"), f"/subscriptions/{TEST}", ["*/read"], ["*/locks/read"]),
        (Refusal(SERVER, SHORT_TERM), f"/subscriptions/{TEST}", ["*/read"], []),
        (Refusal(SERVER, SHORT_TERM), CUSTOMERS, ["*/read"], [SHORT_TERM]),
    ],
)
def test_permissions(refusal: Refusal | None, scope: str, actions: list[str], refused: list[str]) -> None:
    with AzureCloud(ESTATE, refuse=[refusal] if refusal else []) as cloud:
        (found,) = values(cloud, f"{scope}{PERMISSIONS}")
    assert found == {"actions": actions, "notActions": refused, "dataActions": [], "notDataActions": []}


@pytest.mark.parametrize(
    ("refusal", "scope", "expected"),
    [
        (Refusal(f"/subscriptions/{TEST}"), f"/subscriptions/{TEST}", (403, "AuthorizationFailed")),
        (Refusal(DATA.id), FILES, (403, "AuthorizationFailed")),
        (Refusal(DATA.id), f"{APP.id}x", (404, "ResourceGroupNotFound")),
        (Refusal(DATA.id), NOWHERE, (404, "SubscriptionNotFound")),
    ],
)
def test_no_permissions(refusal: Refusal, scope: str, expected: tuple[int, str]) -> None:
    with AzureCloud(ESTATE, refuse=[refusal]) as cloud:
        assert error(get(cloud, f"{scope}{PERMISSIONS}")) == expected


@pytest.mark.parametrize(
    ("id_", "scope", "expected"),
    [
        ("/a/b", "/a", True),
        ("/a/b", "/A/", True),
        ("/A/b", "/a/B", True),
        ("/a/b", "", True),
        ("/a/bc", "/a/b", False),
        ("/a", "/a/b", False),
    ],
)
def test_within(id_: str, scope: str, *, expected: bool) -> None:
    assert within(id_, scope) is expected


@pytest.mark.parametrize(
    ("id_", "action"),
    [
        ("/subscriptions/1", "Microsoft.Resources/subscriptions/read"),
        ("/subscriptions/1/resourceGroups/a", "Microsoft.Resources/subscriptions/resourceGroups/read"),
        (FILES, "Microsoft.Storage/storageAccounts/read"),
        (
            f"{CUSTOMERS}/transparentDataEncryption/current",
            "Microsoft.Sql/servers/databases/transparentDataEncryption/read",
        ),
        (f"{FILES}/providers/Microsoft.Insights/diagnosticSettings/a", "Microsoft.Insights/diagnosticSettings/read"),
    ],
)
def test_the_action_that_reads_an_id(id_: str, action: str) -> None:
    assert action_of(id_) == action


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("resources", 42),
        ("Resources  \n", 42),
        ("resources | where type == 'microsoft.storage/storageaccounts'", 8),
        ("resources | where type == 'Microsoft.Storage/storageAccounts'", 0),
        ("resources | where type =~ 'Microsoft.Storage/storageAccounts'", 8),
        ("resources | where type != 'microsoft.storage/storageaccounts'", 34),
        ("resources | where type !~ 'Microsoft.Storage/storageAccounts'", 34),
        ("resources | where type in~ ('Microsoft.Compute/disks', \"MICROSOFT.COMPUTE/snapshots\")", 8),
        ("resources | where type in ('Microsoft.Compute/disks')", 0),
        ("resources | where type !in ('microsoft.compute/disks')", 36),
        ("resources | where type !in~ ('Microsoft.Compute/disks')", 36),
        ("resources | where type has 'sql'", 9),
        ("resources | where type has 'storage'", 8),
        ("resources | where type has 'stor'", 0),
        ("resources | where type contains 'STOR'", 8),
        ("resources | where name startswith 'exampleprod'", 4),
        ("resources | where name startswith 'prod'", 0),
        ("resources | where tags.env == 'test'", 12),
        ("resources | where tags['env'] == 'test' and type has 'disks'", 2),
        ("resources | where type has 'disks' or type has 'snapshots' and tags.env == 'test'", 7),
        ("resources | where (type has 'disks' or type has 'snapshots') and tags.env == 'test'", 3),
        ("resources | where properties.supportsHttpsTrafficOnly == false", 1),
        ("resources | where properties.supportsHttpsTrafficOnly == 'false'", 0),
        ("resources | where tostring(properties.supportsHttpsTrafficOnly) == 'false'", 1),
        ("resources | where properties.diskSizeGB == 512", 4),
        ("resources | where properties.diskSizeGB == 512.0 and properties.diskSizeGB != 512.5", 4),
        ("resources | where properties.diskSizeGB has 512", 4),
        ('resources | where tostring(sku) == \'{"name":"Premium_LRS","tier":"Premium"}\'', 6),
        ("resources | where tolower(name) contains 'KV-' and tostring(properties.nothing) == ''", 2),
        ("resources | where properties.nothing.below == 'a'", 0),
        ("resources | where properties.nothing != 'a'", 42),
        ("resources | where type == 'microsoft.sql/servers/databases' and name == 'master'", 2),
        ("resources | where type has 'transparentdataencryption' or type has 'tables'", 0),
        ("resources | where resourceGroup == 'data-production' | where location != 'uksouth'", 0),
        ("resources | where location == 'global'", 1),
        ("resources | take 3", 3),
        ("resources | limit 0", 0),
        ("resourcecontainers", 9),
        ("ResourceContainers | where type == 'microsoft.resources/subscriptions'", 3),
        ("resourcecontainers | where type == 'microsoft.resources/subscriptions/resourcegroups'", 6),
    ],
)
def test_queries(cloud: AzureCloud, query: str, count: int) -> None:
    found = graph(cloud, query)
    assert (found.total_records, found.count, found.result_truncated) == (count, count, "false")
    assert len(found.data) == count
    assert found.skip_token is None


def test_a_row_of_resources(cloud: AzureCloud) -> None:
    (row,) = rows(cloud, "resources | where name == 'customers'")
    body = next(body for body in ESTATE.resources if body["id"] == CUSTOMERS)
    assert row == {
        "id": CUSTOMERS,
        "name": "customers",
        "type": "microsoft.sql/servers/databases",
        "tenantId": TENANT,
        "kind": "v12.0,user",
        "location": "uksouth",
        "resourceGroup": "data-production",
        "subscriptionId": PRODUCTION,
        "managedBy": "",
        "sku": body["sku"],
        "plan": None,
        "properties": body["properties"],
        "tags": body["tags"],
        "identity": None,
        "zones": None,
        "extendedLocation": None,
    }


def test_rows_of_containers(cloud: AzureCloud) -> None:
    columns = "id, name, type, resourceGroup, tenantId, env = tags.env"
    found = rows(cloud, f"resourcecontainers | project {columns} | order by id asc", [TEST])
    assert [(row["name"], row["resourceGroup"], row["env"], row["tenantId"]) for row in found] == [
        ("example-test", "", "test", TENANT),
        ("app-test", "app-test", "test", TENANT),
        ("data-test", "data-test", "test", TENANT),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            "resources | where name == 'exampleprodinvoices' | project id = name, a = sku.name, properties.accessTier",
            [{"id": "exampleprodinvoices", "a": "Standard_GRS", "properties_accessTier": "Hot"}],
        ),
        (
            (
                "resources | where type has 'disks' | extend size = properties.diskSizeGB "
                "| order by size desc, name asc | project name, size | take 2"
            ),
            [{"name": "app-production-1-data", "size": 512}, {"name": "app-production-2-data", "size": 512}],
        ),
        (
            "resources | where type has 'vaults' | sort by name | project name",
            [{"name": "kv-example-shared"}, {"name": "kv-example-production"}],
        ),
        (
            (
                "resources | where type has 'storageaccounts' | project name, two = properties.secondaryLocation "
                "| order by two asc, name asc | take 1"
            ),
            [{"name": "exampleprodexport", "two": None}],
        ),
        (
            "resources | where type has 'workspaces' | summarize count() by location, tolower(type)",
            [{"location": "uksouth", "type": "microsoft.operationalinsights/workspaces", "count_": 4}],
        ),
        (
            "resources | where type has 'vaults' | summarize n = count() by env = tostring(tags.env)",
            [{"env": "production", "n": 2}],
        ),
        ("resources | where name == 'it\\'s'", []),
    ],
)
def test_columns_and_order(cloud: AzureCloud, query: str, expected: list[Body]) -> None:
    assert rows(cloud, query) == expected


@pytest.mark.parametrize(
    ("query", "token"),
    [
        ("securityresources", "securityresources"),
        ("resources | where nothing == 'a'", "nothing"),
        ("resources | where resourcegroup == 'a'", "resourcegroup"),
        ("resources | project id | where name == 'a'", "name"),
        ("resources | mv-expand tags", "-expand ta"),
        ("resources | join kind=inner (resources) on id", "join"),
        ("resources | where name matches regex 'a'", "matches"),
        ("resources | where name == ", ""),
        ("resources | where name == 'a", "'a"),
        ("resources | where (name == 'a'", ""),
        ("resources | where name == 'a' 'b'", "'b'"),
        ("resources | where name in 'a'", "'a'"),
        ("resources | summarize count() by tags.env", "tags_env"),
        ("resources | summarize sum(sku) by name", "sum"),
        ("resources | take many", "many"),
        ("resources | take 1.5", "1.5"),
        ("resources; resources", "; resource"),
        ("'resources'", "'resources'"),
        ("resources '|' take 1", "'|'"),
        ("", ""),
    ],
)
def test_any_other_query_is_refused(cloud: AzureCloud, query: str, token: str) -> None:
    with pytest.raises(HttpResponseError) as refused:
        rows(cloud, query)
    assert refused.value.response is not None
    body = json.loads(refused.value.response.text())
    assert (refused.value.status_code, body["error"]["code"]) == (400, "BadRequest")
    assert [detail["code"] for detail in body["error"]["details"]] == ["InvalidQuery", "ParserFailure"]
    assert body["error"]["details"][1]["token"] == token
    assert body["error"]["details"][1]["line"] == 1
    assert query.startswith(token, body["error"]["details"][1]["characterPositionInLine"]) or token == "tags_env"


@pytest.mark.parametrize("options", [{"top": 10}, {}])
def test_pages(options: dict[str, Any]) -> None:
    with AzureCloud(ESTATE, page=1000 if options else 10) as cloud:
        pages = [graph(cloud, "resources | project id | order by id asc", **options)]
        while pages[-1].skip_token:
            pages.append(
                graph(cloud, "resources | project id | order by id asc", skip_token=pages[-1].skip_token, **options)
            )
        assert [page.count for page in pages] == [10, 10, 10, 10, 2]
        assert {page.total_records for page in pages} == {42}
        assert {page.result_truncated for page in pages} == {"false"}
        assert len({row["id"] for page in pages for row in page.data}) == 42


@pytest.mark.parametrize("query", ["resources | project properties, a = tags.env", "resources | take 20"])
def test_where_it_cannot_page_it_only_says_truncated(cloud: AzureCloud, query: str) -> None:
    found = graph(cloud, query, top=10)
    assert (found.count, found.result_truncated, found.skip_token) == (10, "true", None)


def test_counts_can_be_paged(cloud: AzureCloud) -> None:
    query = "resources | summarize count() by type | order by type asc"
    found = graph(cloud, query, top=1)
    assert found.result_truncated == "false"
    assert list(found.data) == [{"type": "contoso.records/ledgers", "count_": 1}]
    following = graph(cloud, query, top=1, skip_token=found.skip_token)
    assert [row["type"] for row in following.data] == ["microsoft.compute/disks"]


def test_the_case_of_ids_does_not_matter() -> None:
    subscription = "00000000-0000-0000-0000-0000000000AB"
    id_ = f"/subscriptions/{subscription}/resourceGroups/Mixed/providers/Contoso.Records/ledgers/Book"
    body = {"id": id_, "name": "Book", "type": "Contoso.Records/ledgers", "location": "UKSouth"}
    with AzureCloud(AzureEstate((Subscription(subscription, "example"),), (body,))) as cloud:
        (row,) = rows(cloud, "resources | where tolower(name) == 'book'", [subscription.lower()])
        assert (row["id"], row["type"], row["name"]) == (id_, "contoso.records/ledgers", "Book")
        assert (row["resourceGroup"], row["subscriptionId"], row["location"]) == ("mixed", subscription, "uksouth")
        assert get(cloud, id_.lower())["id"] == id_
        assert get(cloud, f"/subscriptions/{subscription.lower()}")["subscriptionId"] == subscription
        assert values(cloud, f"/subscriptions/{subscription.lower()}/RESOURCES")[0]["id"] == id_


def test_skip(cloud: AzureCloud) -> None:
    everything = rows(cloud, "resources | order by id asc")
    assert list(graph(cloud, "resources | order by id asc", skip=40).data) == everything[40:]
    assert graph(cloud, "resources | take 3", skip=2).count == 3


def ask(cloud: AzureCloud, body: str, version: str = "2022-10-01") -> tuple[int, str]:
    path = f"/providers/Microsoft.ResourceGraph/resources?api-version={version}"
    status, _, found = raw(cloud, "POST", path, {"Authorization": "Bearer dummy"}, body)
    return status, found.get("error", {}).get("code", "")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('{"query": "resources"}', (200, "")),
        ('{"query": "resources", "options": null}', (200, "")),
        (f'{{"query": "resources", "managementGroups": ["{TENANT}"]}}', (200, "")),
        ('{"query": "resources", "managementGroups": ["other"]}', (403, "AccessDenied")),
        ('{"query": "resources", "subscriptions": []}', (403, "AccessDenied")),
        ('{"query": "resources", "options": {"$top": 1001}}', (400, "BadRequest")),
        ('{"query": "resources", "options": {"$top": 0}}', (400, "BadRequest")),
        ('{"query": "resources", "options": {"$skip": "1"}}', (400, "BadRequest")),
        ('{"query": "resources", "options": {"$skip": -1}}', (400, "BadRequest")),
        ('{"query": "resources", "options": {"$skip": 0, "$top": 1}}', (200, "")),
        ('{"query": "resources", "options": {"resultFormat": "table"}}', (400, "BadRequest")),
        ('{"query": 1}', (400, "BadRequest")),
        ("[]", (400, "BadRequest")),
        ("not JSON", (400, "BadRequest")),
    ],
)
def test_bodies_of_queries(cloud: AzureCloud, body: str, expected: tuple[int, str]) -> None:
    assert ask(cloud, body) == expected


@pytest.mark.parametrize(("version", "status"), [("2021-03-01", 200), ("2024-04-01", 200), ("2020-01-01", 400)])
def test_versions_of_resource_graph(cloud: AzureCloud, version: str, status: int) -> None:
    assert ask(cloud, '{"query": "resources"}', version)[0] == status


def test_what_was_deleted_meanwhile_is_in_resource_graph_only() -> None:
    with AzureCloud(ESTATE, deleted=[SERVER.lower()]) as cloud:
        assert error(get(cloud, SERVER)) == (404, "ResourceNotFound")
        assert error(get(cloud, f"{CUSTOMERS}/transparentDataEncryption/current")) == (404, "ParentResourceNotFound")
        assert error(get(cloud, f"{SERVER}/databases")) == (404, "ParentResourceNotFound")
        assert len(rows(cloud, "resources | where type has 'servers' and tags.env == 'production'")) == 6


WORDS: Final = ("resources", "|", "where", "project", "order", "by", "name", "tags", ".", "[", "]", "(", ")", ",", "=")
MORE_WORDS: Final = (
    "in~",
    "in",
    "==",
    "'a'",
    "1",
    "1.5",
    "true",
    "and",
    "or",
    "take",
    "summarize",
    "count",
    "extend",
    "~",
)


@given(st.lists(st.sampled_from([*WORDS, *MORE_WORDS]), max_size=12).map(" ".join) | st.text(max_size=20))
def test_a_query_is_run_or_refused(query: str) -> None:
    cloud = AzureCloud(AzureEstate(ESTATE.subscriptions, ESTATE.resources[6:8]))
    content = json.dumps({"query": f"resources | {query}"}).encode()
    path = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
    answer = cloud.answer("POST", path, "Bearer dummy", content)
    assert answer.status in {200, 400}
    assert len(answer.body.get("data", [])) <= 2


SEGMENTS: Final = ("subscriptions", PRODUCTION, "resourceGroups", "data-production", "providers", "Microsoft.Sql", "x")
MORE_SEGMENTS: Final = ("Microsoft.Authorization", "permissions", "servers", "sql-example-production", "resources", "")


@given(st.lists(st.sampled_from([*SEGMENTS, *MORE_SEGMENTS]), max_size=10), st.sampled_from(["GET", "POST"]))
def test_every_path_is_answered(segments: list[str], method: str) -> None:
    cloud = AzureCloud(ESTATE, refuse=[Refusal(APP.id)])
    answer = cloud.answer(method, f"/{'/'.join(segments)}?api-version=2024-01-01", "Bearer dummy", b"")
    assert answer.status in {200, 404, 405}
    assert ("error" in answer.body) == (answer.status != 200)


def test_throttled_calls_are_tried_again_by_the_client() -> None:
    with AzureCloud(ESTATE, throttle_every=2, page=10) as cloud:
        assert len(list(manager(cloud).resources.list())) == 25
        assert len(cloud.requests) == 5


def test_what_a_throttled_reply_says() -> None:
    bearer = {"Authorization": "Bearer dummy"}
    with AzureCloud(ESTATE, throttle_every=2) as cloud:
        path = "/tenants?api-version=2022-12-01"
        assert raw(cloud, "GET", path, bearer)[1]["x-ms-ratelimit-remaining-subscription-reads"] == "249"
        status, headers, body = raw(cloud, "GET", path, bearer)
        assert (status, body["error"]["code"]) == (429, "SubscriptionRequestsThrottled")
        assert (headers["Retry-After"], headers["x-ms-ratelimit-remaining-subscription-reads"]) == ("0", "0")
        path = "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01"
        headers = raw(cloud, "POST", path, bearer, '{"query": "resources"}')[1]
        assert (headers["x-ms-user-quota-remaining"], headers["x-ms-user-quota-resets-after"]) == ("14", "00:00:05")
        status, headers, body = raw(cloud, "POST", path, bearer, '{"query": "resources"}')
        assert (status, body["error"]["code"], headers["Retry-After"]) == (429, "RateLimiting", None)
        assert (headers["x-ms-user-quota-remaining"], headers["x-ms-user-quota-resets-after"]) == ("0", "00:00:01")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
def test_writes_are_refused_and_recorded(method: str) -> None:
    with AzureCloud(ESTATE) as cloud:
        response = manager(cloud).send_request(HttpRequest(method, f"{FILES}?api-version=2024-01-01", json={}))
        assert (response.status_code, response.json()["error"]["code"]) == (405, "MethodNotAllowed")
        assert [(logged.method, logged.path) for logged in cloud.writes] == [(method, FILES)]
        assert get(cloud, FILES)["status"] == 200
        graph(cloud, "resources")
        assert len(cloud.writes) == 1


def test_a_provider_is_registered_only_by_a_write() -> None:
    provider = f"/subscriptions/{PRODUCTION}/providers/Microsoft.Sql"
    with AzureCloud(ESTATE, unregistered=["Microsoft.Sql"]) as cloud:
        # The vendor's default client would answer a 409 with a registration, so this asks without it.
        status, _, body = raw(cloud, "GET", f"{SERVER}?api-version=2023-08-01", {"Authorization": "Bearer dummy"})
        assert (status, body["error"]["code"]) == (409, "MissingSubscriptionRegistration")
        assert get(cloud, FILES)["status"] == 200
        assert get(cloud, provider)["registrationState"] == "NotRegistered"
        assert cloud.writes == []
        response = manager(cloud).send_request(HttpRequest("POST", f"{provider}/register?api-version=2021-04-01"))
        assert (response.status_code, response.json()["registrationState"]) == (200, "Registered")
        assert [logged.path for logged in cloud.writes] == [f"{provider}/register"]
        assert get(cloud, SERVER)["status"] == 200


def test_the_log_has_every_request() -> None:
    with AzureCloud(ESTATE) as cloud:
        get(cloud, "/subscriptions/a%20b", "2022-12-01")
        (logged,) = cloud.requests
    assert (logged.method, logged.path, logged.query) == ("GET", "/subscriptions/a b", {"api-version": "2022-12-01"})


@pytest.mark.parametrize("options", [{"page": 0}, {"throttle_every": 1}, {"throttle_every": -1}])
def test_wrong_options(options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="page must be 1 or more"):
        AzureCloud(ESTATE, **options)  # type: ignore[arg-type]


def test_the_end_of_the_context_closes_the_port() -> None:
    with AzureCloud(ESTATE) as cloud:
        assert raw(cloud, "GET", "/tenants", {})[0] == 401
    with pytest.raises(ConnectionRefusedError):
        raw(cloud, "GET", "/tenants", {})


def test_stop_closes_the_port_and_can_be_repeated() -> None:
    cloud = AzureCloud(AzureEstate((Subscription(TEST, "example"),), ()))
    assert cloud.start() == cloud.endpoint
    assert values(cloud, f"/subscriptions/{TEST}/resources") == []
    cloud.stop()
    cloud.stop()
    with pytest.raises(ConnectionRefusedError):
        raw(cloud, "GET", "/tenants", {})


def test_week_1_differs_by_the_declared_changes_only() -> None:
    before, after = (
        {body["id"]: body for body in demo_estate(week).only(PRODUCTION, TEST, SHARED).resources} for week in (0, 1)
    )
    added = sorted(after.keys() - before.keys())
    assert [id_.rpartition("storageAccounts/")[2] for id_ in added] == [
        "exampleprodarchive",
        "exampleprodarchive/blobServices/default",
        "exampleprodarchive/fileServices/default",
    ]
    assert [id_.rpartition("/")[2] for id_ in before.keys() - after.keys()] == ["app-test-1-data"]
    changed = {id_ for id_ in before.keys() & after.keys() if before[id_] != after[id_]}
    user = {id_ for id_, body in before.items() if body.get("kind") == "v12.0,user"}
    # Every user database is restorable from a later day a week later.
    assert len(user) == 5
    assert user < changed
    assert {id_.split("/", 8)[-1] for id_ in changed - user} == {
        "exampleprodexport",
        "kv-example-production",
        "sql-example-production/databases/customers/backupShortTermRetentionPolicies/default",
    }
    assert demo_estate(5).resources[0] == demo_estate(0).resources[0]


def test_the_weeks_own_values() -> None:
    days = f"{CUSTOMERS}/backupShortTermRetentionPolicies/default"
    found = [
        {body["id"]: body for body in demo_estate(week).resources}[days]["properties"]["retentionDays"]
        for week in (0, 1)
    ]
    assert found == [35, 14]
    with pytest.raises(ValueError, match="0 or more"):
        demo_estate(-1)


def test_the_deviations_of_week_0() -> None:
    resources = {body["id"].rpartition("providers/")[2].split("/", 2)[-1]: body for body in ESTATE.resources}

    def odd(type_: str, usual: Any, *path: str) -> list[str]:
        found = []
        for name, body in resources.items():
            value: Any = body
            for key in path:
                value = value.get(key, {})
            if body["type"] == type_ and value != usual:
                found.append(name)
        return found

    storage, databases = "Microsoft.Storage/storageAccounts", "Microsoft.Sql/servers/databases"
    server = "sql-example-production/databases"
    assert odd(storage, "Standard_ZRS", "sku", "name") == ["exampleprodinvoices"]
    assert odd(storage, {}, "properties", "secondaryLocation") == ["exampleprodinvoices"]
    assert odd(storage, True, "properties", "supportsHttpsTrafficOnly") == ["exampleprodexport"]
    assert odd(f"{databases}/backupShortTermRetentionPolicies", 35, "properties", "retentionDays") == [
        f"{server}/invoices/backupShortTermRetentionPolicies/default"
    ]
    assert odd(f"{databases}/transparentDataEncryption", "Enabled", "properties", "state") == [
        f"{server}/master/transparentDataEncryption/current",
        f"{server}/reporting/transparentDataEncryption/current",
        "sql-example-test/databases/master/transparentDataEncryption/current",
    ]
    geo = [
        name for name, body in resources.items() if body["properties"].get("currentBackupStorageRedundancy") == "Geo"
    ]
    assert geo == [f"{server}/orders"]
    assert odd("Microsoft.OperationalInsights/workspaces", 35, "properties", "retentionInDays") == ["log-example-audit"]
    assert odd("Microsoft.Compute/disks", "uksouth", "location") == ["app-production-2-data"]
    (copy,) = [body for body in ESTATE.resources if body["name"] == "app-test-restore"]
    assert copy["id"].split("/")[2] == TEST
    assert within(copy["properties"]["creationData"]["sourceResourceId"], f"/subscriptions/{PRODUCTION}")
    peerings = resources["vnet-production"]["properties"]["virtualNetworkPeerings"]
    remotes = [peering["properties"]["remoteVirtualNetwork"]["id"].split("/")[2] for peering in peerings]
    assert remotes == [SHARED, TEST]


def test_a_customers_store_is_where_it_chose_and_one_does_not_tell() -> None:
    for week, silent in ((0, [f"examplefor{UNNAMED}"]), (1, [])):
        stores = [body for body in demo_estate(week).only(DEDICATED).resources if body["name"].startswith("examplefor")]
        assert {body["tags"]["customer"] for body in stores} == CHOSEN.keys()
        assert [body["name"] for body in stores if "data-home" not in body["tags"]] == silent
        for body in stores:
            chosen = body["tags"].get("data-home", "GB")
            assert body["location"] == (chosen.removeprefix("azure:") if chosen != "GB" else "uksouth")


def test_the_part_of_an_estate() -> None:
    whole = demo_estate(0)
    parts = [whole.only(each.id) for each in whole.subscriptions]
    assert [len(part.subscriptions) for part in parts] == [1] * 6
    assert all(part.resources for part in parts)
    assert sorted(body["id"] for part in parts for body in part.resources) == sorted(b["id"] for b in whole.resources)
    assert whole.only() == AzureEstate((), ())


SETTING = f"/subscriptions/{TEST}/providers/Microsoft.Security/pricings"


def test_a_setting_of_a_subscription_is_no_resource(cloud: AzureCloud) -> None:
    assert "Arm" in {body["name"] for body in values(cloud, SETTING)}
    assert get(cloud, f"{SETTING}/Arm")["properties"] == {"pricingTier": "Standard"}
    assert rows(cloud, "resources | where type =~ 'microsoft.security/pricings'") == []
    assert not [
        body for body in values(cloud, f"/subscriptions/{TEST}/resources") if "Microsoft.Security" in body["id"]
    ]


def test_a_setting_that_may_not_be_read_is_refused_and_not_left_out() -> None:
    with AzureCloud(ESTATE, refuse=[Refusal(f"/subscriptions/{TEST}", "Microsoft.Security/pricings/read")]) as cloud:
        assert error(get(cloud, SETTING)) == (403, "AuthorizationFailed")
        assert values(cloud, SETTING.replace(TEST, SHARED))


def test_a_management_group_has_descendants(cloud: AzureCloud) -> None:
    above = "/providers/Microsoft.Management/managementGroups"
    assert [body["name"] for body in values(cloud, f"{above}/{TENANT}/descendants")] == [PRODUCTION, TEST, SHARED]
    assert error(get(cloud, f"{above}/elsewhere/descendants")) == (404, "NotFound")
    assert error(get(cloud, f"{above}/{TENANT}")) == (404, "NotFound")


def test_resource_graph_itself_may_be_refused() -> None:
    with AzureCloud(ESTATE, refuse=[Refusal("/providers/Microsoft.ResourceGraph")]) as cloud:
        with pytest.raises(HttpResponseError) as raised:
            rows(cloud, "resources")
        assert raised.value.status_code == 403
        assert values(cloud, f"/subscriptions/{TEST}/resources")
