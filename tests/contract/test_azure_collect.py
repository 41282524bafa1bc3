"""The Azure provider over real sockets: against the simulated Azure, and against servers that misbehave."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from scanner.collect.model import EVERYTHING, OTHERS, CallError, CredentialError, Options, Unit
from scanner.collect.plan import Wanted, plan
from scanner.collect.runner import Inventory, Record, collect
from scanner.demo.azure import AzureCloud
from scanner.demo.azure_access import Refusal
from scanner.demo.azure_estate import DATA, PRODUCTION, SHARED, TENANT, TEST
from scanner.demo.azure_estate import demo_estate as whole_estate
from scanner.demo.azure_rows import SETTINGS
from scanner.facts import Absent, AtRest, Body, Failed, Inapplicable, Known, Reason, Refused, State, Tls, Unknown, Where
from scanner.providers.azure import PROVIDER
from scanner.providers.azure.graph import GROUPS, RESOURCES
from scanner.providers.azure.pace import Pace

ESTATE = whole_estate(0).only(PRODUCTION, TEST, SHARED)
ALL = {"subscriptions": [PRODUCTION, TEST, SHARED]}
TYPES = {kind.name: kind for kind in PROVIDER.types}
WANTED = Wanted(
    "everything", frozenset(answer.fact.key for kind in PROVIDER.types for answer in kind.facts), frozenset(TYPES)
)


def _collect(endpoint: str, scope: Mapping[str, Any] = ALL) -> Inventory:
    session = PROVIDER.open(scope, Options(endpoint=endpoint, workers=4))
    try:
        return collect(PROVIDER, session, plan(PROVIDER.types, [WANTED]), workers=4)
    finally:
        session.close()


def _record(found: Inventory, end: str) -> Record:
    return next(record for record in found.records if record.id.endswith(end.lower()))


def _state(record: Record, fact: str) -> State:
    answer = next(answer for answer in TYPES[record.type].facts if answer.fact.key == fact)
    return answer(record.replies, Where("azure", record.account, record.region, record.partition))


def test_everything_is_collected_by_reads_alone() -> None:
    estate = ESTATE
    with AzureCloud(estate) as cloud:
        found = _collect(cloud.endpoint)
    assert found.gaps == ()
    assert [account.id for account in found.accounts] == [PRODUCTION, TEST, SHARED]
    assert {account.partition for account in found.accounts} == {"AzureCloud"}
    children = {
        "/transparentdataencryption/",
        "/backupshorttermretentionpolicies/",
        "/backuplongtermretentionpolicies/",
        "/blobservices/",
        "/fileservices/",
        "/tables/",
        "/encryptionprotector/",
        "/auditingsettings/",
        "/config/web",
        *(f"/providers/{name}/" for name in SETTINGS),
    }
    expected = {body["id"].lower() for body in estate.resources}
    resources = {i for i in expected if not any(c in i for c in children)}
    assert {record.id for record in found.records} == resources | {
        f"/subscriptions/{each}" for each in (PRODUCTION, TEST, SHARED)
    }
    assert cloud.writes == []
    assert not [
        (record.id, source)
        for record in found.records
        for source, reply in record.replies.items()
        # No account has rules of a life cycle, and Azure says so. There is no network watcher whose flow logs could be
        # asked for, and no disk names an encryption set.
        if not isinstance(reply, Body | Absent) and not record.id.endswith("/master") and source not in {"logs", "set"}
    ]
    assert found.calls[RESOURCES.operation] == found.calls[GROUPS.operation] == 3


def test_facts_come_from_what_was_collected() -> None:
    with AzureCloud(ESTATE) as cloud:
        found = _collect(cloud.endpoint)
    reporting = _record(found, "/databases/reporting")
    assert getattr(_state(reporting, "EncryptionAtRest.state"), "value", None) is AtRest.NONE
    assert getattr(_state(reporting, "EncryptionInTransit.minimum_tls"), "value", None) is Tls.V1_2
    assert isinstance(_state(_record(found, "/databases/master"), "Backup.plans"), Inapplicable)
    ledger = _record(found, "/ledgers/ledger-production")
    assert (ledger.type, ledger.modelled, ledger.region) == ("contoso.records/ledgers", False, "uksouth")


def test_the_parent_of_several_databases_is_asked_for_once_or_twice() -> None:
    with AzureCloud(ESTATE) as cloud:
        session = PROVIDER.open(ALL, Options(endpoint=cloud.endpoint, workers=1))
        collect(PROVIDER, session, plan(PROVIDER.types, [WANTED]), workers=1)
        session.close()
    servers = [request for request in cloud.requests if request.path.endswith("/servers/sql-example-production")]
    assert len(servers) == 1


def test_small_pages_and_throttling_lose_nothing() -> None:
    with AzureCloud(ESTATE) as plain:
        whole = _collect(plain.endpoint)
    with AzureCloud(ESTATE, page=9, throttle_every=20) as cloud:
        found = _collect(cloud.endpoint)
    assert [record.id for record in found.records] == [record.id for record in whole.records]
    assert found.gaps == ()
    assert len(cloud.requests) > len(plain.requests)


def test_a_refused_child_is_refused_with_its_permission() -> None:
    action = "Microsoft.Sql/servers/databases/transparentDataEncryption/read"
    with AzureCloud(ESTATE, refuse=[Refusal(f"/subscriptions/{PRODUCTION}", action)]) as cloud:
        found = _collect(cloud.endpoint)
    database = _record(found, "/databases/customers")
    assert database.replies["tde"] == Refused(
        "GET /{id}/transparentDataEncryption/current", action, "AuthorizationFailed"
    )
    state = _state(database, "EncryptionAtRest.state")
    assert isinstance(state, Unknown)
    assert (state.reason, state.permission) == (Reason.REFUSED, action)
    assert isinstance(_state(_record(found, "/databases/customers-test"), "EncryptionAtRest.state"), Known)
    # The child is no row of the listing, which is therefore as complete as before.
    assert found.gaps == ()


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (Refusal(f"{DATA.id}/providers/Microsoft.Sql"), "no role of the caller"),
        (Refusal(f"/subscriptions/{PRODUCTION}", "Microsoft.Storage/storageAccounts/read"), "no role of the caller"),
        (Refusal(f"/subscriptions/{PRODUCTION}", "Microsoft.Authorization/permissions/read"), "could not be read"),
    ],
)
def test_rows_that_may_be_hidden_are_a_gap(refusal: Refusal, why: str) -> None:
    with AzureCloud(ESTATE, refuse=[refusal]) as cloud:
        found = _collect(cloud.endpoint)
    (gap,) = found.gaps
    assert (gap.account, gap.reason, gap.types, gap.permission) == (
        PRODUCTION,
        Reason.INCOMPLETE,
        (EVERYTHING,),
        "*/read",
    )
    assert why in gap.detail


def test_an_expected_subscription_that_is_not_seen_is_a_gap() -> None:
    with AzureCloud(ESTATE, refuse=[Refusal(f"/subscriptions/{TEST}")]) as cloud:
        found = _collect(cloud.endpoint)
    assert [account.id for account in found.accounts] == [PRODUCTION, SHARED]
    (gap,) = found.gaps
    assert (gap.account, gap.reason, gap.types) == (TEST, Reason.UNREACHED, (EVERYTHING,))
    assert (gap.call, gap.permission) == ("GET /subscriptions", "Microsoft.Resources/subscriptions/read")


@pytest.mark.parametrize(
    "scope", [{"subscriptions": ["00000000-0000-0000-0000-0000000000ff"]}, {"tenants": [PRODUCTION]}]
)
def test_a_scope_of_which_nothing_is_reached_is_an_error(scope: Mapping[str, Any]) -> None:
    with AzureCloud(ESTATE) as cloud, pytest.raises(CredentialError, match="Reader"):
        _collect(cloud.endpoint, scope)


def test_without_a_scope_all_that_is_seen_is_scanned_and_told_so() -> None:
    with AzureCloud(ESTATE) as cloud:
        found = _collect(cloud.endpoint, {})
    assert len(found.accounts) == 3
    assert any("names no subscription" in limit for limit in found.limits)
    assert any("eventually consistent" in limit for limit in found.limits)


@pytest.mark.parametrize("scope", [{"tenants": [TENANT]}, {"management_groups": [TENANT]}])
def test_a_tenant_or_group_may_hold_more_than_is_seen(scope: Mapping[str, Any]) -> None:
    with AzureCloud(ESTATE) as cloud:
        found = _collect(cloud.endpoint, scope)
    assert [account.id for account in found.accounts] == [PRODUCTION, TEST, SHARED]
    assert [(gap.account, gap.reason) for gap in found.gaps] == [(TENANT, Reason.INCOMPLETE)]


def test_a_group_that_cannot_be_listed_is_a_gap() -> None:
    with AzureCloud(ESTATE) as cloud:
        found = _collect(cloud.endpoint, {"subscriptions": [TEST], "management_groups": ["elsewhere"]})
    (gap,) = found.gaps
    assert (gap.account, gap.reason) == ("elsewhere", Reason.UNREACHED)
    assert gap.permission == "Microsoft.Management/managementGroups/read"


def test_an_unregistered_provider_is_not_registered() -> None:
    with AzureCloud(ESTATE, unregistered=["Microsoft.Sql"]) as cloud:
        found = _collect(cloud.endpoint)
    assert cloud.writes == []
    reply = _record(found, "/databases/customers").replies["tde"]
    assert isinstance(reply, Failed)
    assert "409 MissingSubscriptionRegistration" in reply.detail


def test_a_deleted_resource_that_the_graph_still_has_fails_and_is_not_absent() -> None:
    with AzureCloud(ESTATE, deleted=[f"{DATA.id}/providers/Microsoft.Storage"]) as cloud:
        found = _collect(cloud.endpoint)
    reply = _record(found, "/storageaccounts/exampleprodfiles").replies["blob"]
    assert isinstance(reply, Failed)


Handle = Callable[[str, str, dict[str, Any] | None], tuple[Any, ...]]
"""From method, path and JSON body to status, JSON body and, if any, headers."""


@contextmanager
def _server(handle: Handle) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """A server on loopback; what it got, as method, path and Authorization."""
    got: list[tuple[str, str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            got.append((self.command, self.path, self.headers.get("Authorization") or ""))
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, body, *headers = handle(self.command, self.path, json.loads(sent) if sent else None)
            payload = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(payload)), **(headers[0] if headers else {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = _serve  # noqa: N815  # the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", got
    finally:
        server.shutdown()
        server.server_close()


SUBSCRIPTION = {"subscriptionId": PRODUCTION, "displayName": "production", "tenantId": TENANT}
READER = {"value": [{"actions": ["*/read"], "notActions": []}]}


def _discovering(rest: Handle, permissions: object = READER) -> Handle:
    """A server that discovers well and leaves the rest to another."""

    def handle(method: str, path: str, body: dict[str, Any] | None) -> tuple[Any, ...]:
        if path.startswith("/subscriptions?"):
            return 200, {"value": [SUBSCRIPTION]}
        if "/permissions?" in path:
            return 200, permissions
        if "/denyAssignments?" in path:
            return 200, {"value": []}
        return rest(method, path, body)

    return handle


def _error(code: str) -> Mapping[str, object]:
    return {"error": {"code": code, "message": "jane@example.com may not"}}


def _pages(rest: Handle) -> list[object]:
    with _server(_discovering(rest)) as (url, _):
        session = PROVIDER.open({"subscriptions": [PRODUCTION]}, Options(endpoint=url, workers=2))
        unit = Unit(session.discover().accounts[0])
        try:
            return list(session.pages(unit, GROUPS, GROUPS.give))
        finally:
            session.close()


def test_a_link_to_another_host_is_not_followed_and_gets_no_token() -> None:
    with _server(lambda *_: (200, {"value": []})) as (foreign, got):
        with pytest.raises(CallError) as raised:
            _pages(lambda *_: (200, {"value": [], "nextLink": f"{foreign}/subscriptions?page=2"}))
        assert raised.value.code == "ForeignHost"
        assert got == []


@pytest.mark.parametrize("link", ["same", 7, {"a": 1}])
def test_a_link_that_leads_nowhere_ends_the_listing_as_failed(link: object) -> None:
    def rest(_method: str, path: str, _body: object) -> tuple[Any, ...]:
        return 200, {"value": [], "nextLink": path if link == "same" else link}

    with pytest.raises(CallError) as raised:
        _pages(rest)
    assert raised.value.code == "BadPaging"


@pytest.mark.parametrize(
    ("status", "body", "code", "refused"),
    [
        (403, _error("AuthorizationFailed"), "AuthorizationFailed", True),
        (401, _error("InvalidAuthenticationToken"), "InvalidAuthenticationToken", True),
        (302, {}, "Http302", False),
        (409, _error("MissingSubscriptionRegistration"), "MissingSubscriptionRegistration", False),
        (200, b"<html>", "NotJson", False),
        (200, [], "NotJson", False),
    ],
)
def test_errors_keep_their_code_alone(status: int, body: object, code: str, refused: bool) -> None:
    with pytest.raises(CallError) as raised:
        _pages(lambda *_: (status, body))
    assert (raised.value.code, raised.value.refused) == (code, refused)
    assert "jane" not in str(raised.value)


def _graph(answer: Mapping[str, object], more: Mapping[str, object] | None = None) -> Inventory:
    def rest(method: str, _path: str, body: dict[str, Any] | None) -> tuple[Any, ...]:
        if method == "GET":
            return 200, {"value": []}
        assert body is not None
        return 200, answer if "$skipToken" not in body["options"] or more is None else more

    with _server(_discovering(rest)) as (url, _):
        return _collect(url, {"subscriptions": [PRODUCTION]})


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"data": [], "resultTruncated": "true"}, "cut off"),
        ({"data": [], "$skipToken": "again"}, "leads nowhere"),
        ({"data": {}}, "no list"),
    ],
)
def test_a_graph_answer_that_is_not_whole_is_a_gap(answer: Mapping[str, object], said: str) -> None:
    (gap,) = _graph(answer).gaps
    assert (gap.reason, OTHERS in gap.types) == (Reason.FAILED, True)
    assert said in gap.detail


def test_rows_before_a_broken_page_are_kept() -> None:
    row = {"id": "/subscriptions/x/Vault", "name": "Vault", "type": "microsoft.keyvault/vaults", "location": "uksouth"}
    found = _graph({"data": [row], "$skipToken": "2"}, {"data": [], "resultTruncated": "true"})
    assert [record.id for record in found.records] == [f"/subscriptions/{PRODUCTION}", "/subscriptions/x/vault"]
    assert len(found.gaps) == 1


def test_a_group_whose_root_role_reads_everything_has_no_gap() -> None:
    def rest(method: str, _path: str, body: dict[str, Any] | None) -> tuple[Any, ...]:
        if method == "GET":
            return 200, {"value": []}
        assert body is not None
        return 200, {"data": [{"subscriptionId": PRODUCTION}] if "managementGroups" in body else []}

    with _server(_discovering(rest)) as (url, got):
        found = _collect(url, {"management_groups": ["Example"]})
    assert (found.gaps, [account.id for account in found.accounts]) == ((), [PRODUCTION])
    scope = "/providers/Microsoft.Management/managementGroups/example/providers/Microsoft.Authorization/permissions"
    assert scope in [path.partition("?")[0] for _, path, _ in got]
    assert {token for _, _, token in got} == {"Bearer loopback"}


@pytest.mark.parametrize("permissions", [{"value": ["*"]}, {"value": [{}]}, {}, {"value": []}])
def test_permissions_that_cannot_be_understood_prove_nothing(permissions: object) -> None:
    def rest(method: str, *_: object) -> tuple[Any, ...]:
        return 200, {"value": []} if method == "GET" else {"data": []}

    with _server(_discovering(rest, permissions)) as (url, _):
        (gap,) = _collect(url, {"subscriptions": [PRODUCTION]}).gaps
    assert gap.reason is Reason.INCOMPLETE


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the SDK would have made, in seconds."""
    from azure.core.pipeline.transport import RequestsTransport

    made: list[float] = []
    monkeypatch.setattr(RequestsTransport, "sleep", lambda _self, seconds: made.append(seconds))
    return made


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-ms-user-quota-resets-after": "00:00:05"}, [5.0] * 19),
        ({"x-ms-user-quota-resets-after": "00:10:00"}, [30.0] * 19),
        ({"Retry-After": "7", "x-ms-user-quota-resets-after": "00:00:05"}, [7.0] * 19),
        ({"Retry-After": "3600"}, [30.0] * 19),
        ({"Retry-After": "0"}, [0.2] * 19),
        ({}, [1.6, 3.2, 6.4, 12.8, 25.6, *[30.0] * 13]),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_throttling_is_waited_for_and_has_an_end(
    method: str, headers: dict[str, str], expected: list[float], waits: list[float]
) -> None:
    tries: list[str] = []

    def rest(asked: str, path: str, _body: object) -> tuple[Any, ...]:
        if asked != method or (asked == "GET" and "/resourcegroups?" not in path):
            return 200, {"data": [], "value": []}
        tries.append(path)
        return 429, _error("TooManyRequests"), headers

    with _server(_discovering(rest)) as (url, _):
        (gap,) = _collect(url, {"subscriptions": [PRODUCTION]}).gaps
    assert (gap.reason, len(tries), waits) == (Reason.FAILED, 20, expected)
    assert "429 TooManyRequests" in gap.detail


def test_a_server_that_fails_is_asked_five_times(waits: list[float]) -> None:
    tries: list[str] = []

    def rest(_method: str, path: str, _body: object) -> tuple[Any, ...]:
        if "/resourcegroups?" in path:
            tries.append(path)
            return 503, _error("ServiceUnavailable")
        return 200, {"value": [], "data": []}

    with _server(_discovering(rest)) as (url, _):
        (gap,) = _collect(url, {"subscriptions": [PRODUCTION]}).gaps
    assert (gap.reason, len(tries), waits) == (Reason.FAILED, 5, [1.6, 3.2, 6.4])


def test_a_throttled_query_is_asked_again(waits: list[float]) -> None:
    replies = iter([(429, _error("RateLimiting"), {"x-ms-user-quota-resets-after": "00:00:02"}), (200, {"data": []})])

    def rest(method: str, *_: object) -> tuple[Any, ...]:
        return (200, {"value": []}) if method == "GET" else next(replies)

    with _server(_discovering(rest)) as (url, _):
        found = _collect(url, {"subscriptions": [PRODUCTION]})
    assert (found.gaps, waits) == ((), [2.0])


@pytest.mark.parametrize(
    ("method", "headers", "pause"),
    [
        ("GET", {"x-ms-ratelimit-remaining-subscription-reads": "0"}, 1.0),
        ("POST", {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:04"}, 4.0),
        ("GET", {"x-ms-ratelimit-remaining-subscription-reads": "17"}, None),
    ],
)
def test_a_quota_that_is_used_up_is_waited_for_before_it_throttles(
    method: str, headers: dict[str, str], pause: float | None
) -> None:
    def rest(asked: str, *_: object) -> tuple[Any, ...]:
        return 200, {"value": [], "data": []}, headers if asked == method else {}

    paused: list[float] = []
    with _server(_discovering(rest)) as (url, _):
        session = PROVIDER.open({"subscriptions": [PRODUCTION]}, Options(endpoint=url, workers=2))
        session._arm._pace = Pace(clock=lambda: 0.0, sleep=paused.append)  # type: ignore[attr-defined]  # of Azure's session
        unit = Unit(session.discover().accounts[0])
        for call in (GROUPS, RESOURCES):
            for _ in range(2):
                list(session.pages(unit, call, call.give))
        session.close()
    assert paused == ([] if pause is None else [pause])


@pytest.mark.parametrize(("status", "body"), [(401, _error("AuthenticationFailed")), (200, {"value": []})])
def test_a_credential_that_sees_nothing_is_an_error(status: int, body: object) -> None:
    with _server(lambda *_: (status, body)) as (url, _), pytest.raises(CredentialError):
        _collect(url, {})


@pytest.mark.usefixtures("waits")
def test_a_server_that_is_not_there_is_an_error() -> None:
    with _server(lambda *_: (200, {})) as (url, _):
        pass
    with pytest.raises(CredentialError, match="no reply"):
        _collect(url, {})
