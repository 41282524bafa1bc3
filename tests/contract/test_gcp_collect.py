"""The real client over real sockets against the simulated Google Cloud: discovery, collection, refusals, throttling,
and what becomes of the verdicts.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from reports.document import Document, Finding, PromiseVerdict, Verdict
from scanner import registry
from scanner.collect.model import EVERYTHING, CallError, CredentialError, Options
from scanner.collect.plan import Plan, Wanted, plan
from scanner.collect.runner import Inventory, Record, collect
from scanner.demo.gcp import FOREVER, GcpCloud, Refusal
from scanner.demo.gcp_estate import demo_estate
from scanner.facts import Kind, Known, Reason, Seen, Where
from scanner.facts.location import Location
from scanner.policy import loads
from scanner.providers.gcp import PROVIDER, SWEEP
from scanner.providers.gcp.session import GcpSession, open_session
from scanner.run import document
from scanner.scan import Request, scan

ORGANIZATION = "organizations/123456789012"
PROD, TEST = "folders/200000000001", "folders/200000000002"
TYPES = {kind.name: kind for kind in PROVIDER.types}


def opened(cloud: GcpCloud, **scope: list[str]) -> tuple[GcpSession, list[float]]:
    slept: list[float] = []
    return open_session(scope or {"parents": [ORGANIZATION]}, Options(endpoint=cloud.endpoint), slept.append), slept


def everything() -> Plan:
    facts = frozenset(answer.fact.key for kind in PROVIDER.types for answer in kind.facts)
    return plan(PROVIDER.types, [Wanted("all", facts, frozenset(TYPES))])


def collected(cloud: GcpCloud, **scope: list[str]) -> Inventory:
    session, _ = opened(cloud, **scope)
    try:
        return collect(PROVIDER, session, everything(), workers=4)
    finally:
        session.close()


def homes(record: Record) -> tuple[str, ...]:
    facts = TYPES[record.type].facts if record.modelled else SWEEP.facts
    (answer,) = [each for each in facts if each.fact is Location.homes]
    found = answer(record.replies, Where(record.provider, record.account, record.region))
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    return found.value.items


@pytest.mark.parametrize("page", [1000, 4])
def test_the_whole_organization(page: int) -> None:
    estate = demo_estate(0)
    with GcpCloud(estate, page=page) as cloud:
        inventory = collected(cloud)
        assert cloud.writes == ()
        assert all(request.authorised and request.path == f"/v1/{ORGANIZATION}/assets" for request in cloud.requests)
    assert inventory.gaps == ()
    assert [account.id for account in inventory.accounts] == [ORGANIZATION]
    assert {record.id for record in inventory.records} == {asset["name"] for asset in estate.assets}
    assert inventory.limits
    of = {record.id: record for record in inventory.records}
    bucket = of["//storage.googleapis.com/acme-prod-exports"]
    assert (bucket.type, bucket.account, bucket.name) == ("gcp.storage.bucket", "acme-prod", "acme-prod-exports")
    assert homes(bucket) == ("gcp:eu",)
    logs = of["//logging.googleapis.com/projects/100000000001/locations/europe-west2/buckets/app-logs"]
    assert (logs.account, homes(logs)) == ("acme-prod", ("gcp:europe-west2",))
    future = next(record for record in inventory.records if record.type == "quantumstore.googleapis.com/Vault")
    assert (future.modelled, future.kind, homes(future)) == (False, Kind.UNCLASSIFIED, ("gcp:europe-west2",))
    assert of[f"//cloudresourcemanager.googleapis.com/{PROD}"].account == PROD


def test_a_full_plan_lists_the_estate_once() -> None:
    """And once more for each policy and for each type that tells of others."""
    with GcpCloud(demo_estate(0)) as cloud:
        inventory = collected(cloud)
        present = {record.type for record in inventory.records}
        asks = {call.key for kind in PROVIDER.types if kind.name in present for call in kind.ask.values()}
        assert len(cloud.requests) == 2 + len(asks)
    assert inventory.calls == {"cloudasset.assets.list": 1 + len(asks)}


@pytest.mark.parametrize("parent", ["projects/acme-prod", "projects/100000000001"])
def test_a_single_project(parent: str) -> None:
    with GcpCloud(demo_estate(0)) as cloud:
        inventory = collected(cloud, parents=[parent])
    assert [account.id for account in inventory.accounts] == ["acme-prod"]
    assert {record.account for record in inventory.records} == {"acme-prod"}


def test_parents_that_overlap_tell_each_asset_once() -> None:
    estate = demo_estate(0)
    with GcpCloud(estate) as cloud:
        inventory = collected(cloud, parents=[ORGANIZATION, PROD, "projects/acme-prod"])
    assert len(inventory.records) == len(estate.assets)


@pytest.mark.parametrize("named", [True, False])
def test_a_refused_parent_is_a_gap(named: bool) -> None:
    with GcpCloud(demo_estate(0), refuse=[Refusal(TEST, named=named)]) as cloud:
        inventory = collected(cloud, parents=[PROD, TEST], projects=["acme-prod", "acme-test"])
    refused, unseen = sorted(inventory.gaps, key=lambda gap: gap.reason)
    assert (refused.account, refused.reason, refused.types) == (TEST, Reason.REFUSED, (EVERYTHING,))
    assert refused.permission == "cloudasset.assets.listResource"
    assert refused.detail.startswith(f"{TEST} could not be listed: PERMISSION_DENIED")
    assert (unseen.account, unseen.reason) == ("acme-test", Reason.UNREACHED)
    assert [account.id for account in inventory.accounts] == [PROD]
    assert {record.account for record in inventory.records} == {PROD, "acme-prod"}


def test_nothing_that_can_be_read() -> None:
    with GcpCloud(demo_estate(0), refuse=[Refusal(ORGANIZATION)]) as cloud:
        session, _ = opened(cloud)
        with pytest.raises(CredentialError, match=r"cloudasset\.assets\.listResource"):
            session.discover()


def test_a_throttled_cloud_is_read_whole() -> None:
    estate = demo_estate(0)
    with GcpCloud(estate, page=5, throttled=range(2, FOREVER, 2), retry_after=3) as cloud:
        session, slept = opened(cloud)
        inventory = collect(PROVIDER, session, everything(), workers=4)
    assert len(inventory.records) == len(estate.assets)
    assert inventory.gaps == ()
    assert set(slept) == {3.0}


def test_a_cloud_that_only_throttles_is_a_failure_not_a_refusal() -> None:
    with GcpCloud(demo_estate(0), throttled=range(1, FOREVER)) as cloud:
        session, slept = opened(cloud)
        with pytest.raises(CredentialError, match="RESOURCE_EXHAUSTED"):
            session.discover()
    assert slept == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]


@contextmanager
def foreign(seen: list[Mapping[str, str]]) -> Iterator[str]:
    """A server of somebody else, that records what it gets."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(dict(self.headers))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the name in the standard library
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def test_no_other_host_gets_the_token() -> None:
    seen: list[Mapping[str, str]] = []
    with foreign(seen) as other, GcpCloud(demo_estate(0)) as cloud:
        session, _ = opened(cloud)
        with pytest.raises(CallError, match="Forbidden"):
            session.http.get(f"{other}/v1/{ORGANIZATION}/assets")
        session.http.mount("http://", object())
        with pytest.raises(CallError, match="Forbidden"):
            session.http.get(f"{other}/v1/{ORGANIZATION}/assets")
        assert cloud.requests == []
    assert seen == []


def test_a_redirect_is_not_followed() -> None:
    seen: list[Mapping[str, str]] = []

    class Redirects(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302)
            self.send_header("Location", f"{other}/v1/{ORGANIZATION}/assets")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 - the name in the standard library
            """Be quiet."""

    with foreign(seen) as other:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Redirects)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        session = open_session({"parents": [ORGANIZATION]}, Options(endpoint=f"http://127.0.0.1:{server.server_port}"))
        with pytest.raises(CredentialError, match="HTTP_302"):
            session.discover()
        server.shutdown()
        server.server_close()
    assert seen == []


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_does_not_leave_the_session(method: str) -> None:
    with GcpCloud(demo_estate(0)) as cloud:
        session, _ = opened(cloud)
        with pytest.raises(CallError, match="Forbidden"):
            session.http.request(method, f"{cloud.endpoint}/v1/{ORGANIZATION}/assets")
        assert cloud.requests == []


def test_a_netrc_file_puts_no_other_credential_in_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login jane password secret\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with GcpCloud(demo_estate(0)) as cloud:
        session, _ = opened(cloud)
        session.http.trust_env = True
        session.discover()
        assert all(request.authorised for request in cloud.requests)


def test_two_runs_of_one_estate_are_equal() -> None:
    with GcpCloud(demo_estate(1), page=3) as cloud:
        assert collected(cloud) == collected(cloud)


POLICY = """\
version: 1
name: contract
scope: {gcp: {parents: [PARENTS]}}
environments: {production: {gcp: [acme-prod]}, test: {gcp: [acme-test]}}
promises:
  - {id: places, says: In the UK., check: residency.places, with: {places: [GB]}}
  - {id: at-rest, says: Encrypted., check: encryption.at-rest, with: {algorithms: [AES-256]}}
  - {id: in-transit, says: TLS., check: encryption.in-transit}
  - {id: backups, says: Deleted., check: backup.retention, with: {at_most: 35 days}}
  - {id: not-public, says: Nothing is public., check: exposure.not-public}
  - {id: blocked, says: Nothing can become public., check: exposure.blocked}
  - {id: third-parties, says: Declared., check: third-parties.declared}
  - {id: networks, says: Apart., check: separation.networks}
"""
PASSED = {Verdict.PASS, Verdict.NOT_APPLICABLE}


def judged(cloud: GcpCloud, *parents: str, workers: int = 4) -> Document:
    """The document of a scan that waits for nothing."""
    text = POLICY.replace("PARENTS", ", ".join(parents or (ORGANIZATION,)))
    policy = loads(text, "contract.yaml", checks=registry.checks(), types=list(TYPES), providers={"gcp": PROVIDER})
    made = scan(
        Request(
            policy,
            {"gcp": PROVIDER},
            datetime(2026, 11, 9, 6, tzinfo=UTC),
            {"gcp": Options(workers=workers)},
            opened=lambda _, scope: open_session(scope, Options(endpoint=cloud.endpoint), lambda _: None),
        )
    )
    return document(made.after(""), None, most=None)


def verdicts(found: Document) -> Mapping[str, Verdict]:
    return {finding.id: finding.verdict for finding in found.findings}


def lacking(finding: Finding) -> set[str]:
    """The permissions for which a finding waits."""
    return {unknown.permission for condition in finding.conditions for unknown in condition.unknowns}


@pytest.fixture(scope="module")
def whole() -> Document:
    """What is judged where nothing is refused."""
    with GcpCloud(demo_estate(0)) as cloud:
        return judged(cloud)


@pytest.mark.parametrize(
    ("content", "permission", "promise", "more"),
    [
        ("IAM_POLICY", "cloudasset.assets.listIamPolicy", "third-parties", set()),
        # Whether buckets are reached without TLS is also told by a policy of the organization.
        ("ORG_POLICY", "cloudasset.assets.listOrgPolicy", "blocked", {"in-transit"}),
    ],
)
@pytest.mark.parametrize("named", [True, False])
def test_a_refused_content_leaves_unknown_what_it_tells(
    content: str, permission: str, promise: str, more: set[str], whole: Document, *, named: bool
) -> None:
    with GcpCloud(demo_estate(0), refuse=[Refusal(ORGANIZATION, content, named=named)]) as cloud:
        found = judged(cloud)
    before, after = verdicts(whole), verdicts(found)
    assert before.keys() == after.keys()
    changed = {finding.id for finding in found.findings if before[finding.id] != finding.verdict}
    waiting = {finding.id: finding for finding in found.findings if permission in lacking(finding)}
    assert changed
    assert changed <= waiting.keys()
    assert all(finding.verdict not in PASSED for finding in waiting.values())
    assert {finding.promise for finding in found.findings if finding.id in changed} == {promise} | more
    # It decides about every subject of this promise. That folders are none is known without it.
    passed = [finding for finding in found.findings if finding.promise == promise and finding.verdict is Verdict.PASS]
    assert passed == []
    assert [refused.permission for refused in found.coverage.refused] == [permission]


def test_refused_resources_are_a_gap_that_every_promise_waits_for() -> None:
    with GcpCloud(demo_estate(0), refuse=[Refusal(PROD, "RESOURCE")]) as cloud:
        found = judged(cloud, PROD, TEST)
    (gap,) = (each for each in found.coverage.gaps if each.account == PROD)
    assert (gap.permission, gap.reason) == ("cloudasset.assets.listResource", Reason.REFUSED)
    waiting = {finding.promise for finding in found.findings if gap.permission in lacking(finding)}
    assert waiting == {promise.id for promise in found.promises}
    assert all(each.verdict in {PromiseVerdict.BROKEN, PromiseVerdict.UNPROVEN} for each in found.promises)
    assert {finding.subject.account for finding in found.findings} >= {PROD, "acme-test"}
    assert "acme-prod" not in {finding.subject.account for finding in found.findings}


@pytest.mark.parametrize("throttled", [range(2, FOREVER, 2), range(1, 6), range(7, 11)])
def test_a_storm_of_throttling_changes_no_verdict(throttled: range, whole: Document) -> None:
    with GcpCloud(demo_estate(0), page=20, throttled=throttled, retry_after=30) as cloud:
        found = judged(cloud)
        assert len(cloud.requests) > throttled.start
    assert verdicts(found) == verdicts(whole)
    assert found.coverage.gaps == whole.coverage.gaps


# Of 75 assets in pages of ten: the discovery, and so many pages of the listing.
@pytest.mark.parametrize(("last", "pages"), [(1, 0), (2, 1), (4, 3)])
def test_a_quota_that_stays_exhausted_is_a_gap_and_what_came_before_is_judged(last: int, pages: int) -> None:
    estate = demo_estate(0)
    with GcpCloud(estate, page=10, throttled=range(last + 1, FOREVER)) as cloud:
        found = judged(cloud, workers=1)
    (gap,) = found.coverage.gaps
    assert (gap.reason, gap.call, gap.account) == (Reason.FAILED, "cloudasset.assets.list", ORGANIZATION)
    assert gap.detail == "RESOURCE_EXHAUSTED (RATE_LIMIT_EXCEEDED)"
    assert all(each.verdict in {PromiseVerdict.BROKEN, PromiseVerdict.UNPROVEN} for each in found.promises)
    read = {asset["name"] for asset in estate.assets[: 10 * pages]}
    assert {finding.subject.id for finding in found.findings if finding.subject.kind == "resource"} <= read
    # Which listing gets the last requests that are answered is a matter of chance.
    assert min(pages, 1) * 10 <= sum(count.count for count in found.coverage.types) <= 10 * pages


BUCKET = "//storage.googleapis.com/acme-prod-documents"
served_or_not = pytest.mark.parametrize("page", [50, 10])
"""The first page of 50 has the bucket, the first one of ten has it not."""


@served_or_not
def test_an_asset_that_is_deleted_between_two_pages(page: int, whole: Document) -> None:
    with GcpCloud(demo_estate(0), page=page, after_page={BUCKET: None}) as cloud:
        found = judged(cloud)
    about = {finding.id for finding in whole.findings if finding.subject.id == BUCKET}
    assert about
    gone = about if page == 10 else set()
    assert verdicts(found) == {name: verdict for name, verdict in verdicts(whole).items() if name not in gone}
    assert found.coverage.gaps == whole.coverage.gaps


@served_or_not
def test_an_asset_that_moves_between_two_pages_is_one_resource_as_it_is_now(page: int, whole: Document) -> None:
    estate = demo_estate(0)
    (bucket,) = [copy.deepcopy(asset) for asset in estate.assets if asset["name"] == BUCKET]
    bucket["resource"]["data"] |= {"location": "US", "locationType": "multi-region"}
    with GcpCloud(estate, page=page, after_page={BUCKET: bucket}) as cloud:
        inventory = collected(cloud)
        found = judged(cloud)
    assert [record.id for record in inventory.records] == sorted(asset["name"] for asset in estate.assets)
    (record,) = [each for each in inventory.records if each.id == BUCKET]
    assert homes(record) == ("gcp:us",)
    assert (inventory.gaps, found.coverage.gaps) == ((), whole.coverage.gaps)
    assert verdicts(found).keys() == verdicts(whole).keys()
    about = {each.promise: each.verdict for each in found.findings if each.subject.id == BUCKET}
    assert about["places"] is Verdict.FAIL
