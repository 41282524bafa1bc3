"""Log buckets and networks: from assets to the states of facts, with what was never foreseen."""

from __future__ import annotations

import pytest

from scanner.facts import Body, Connection, Duration, Fragment, Known, Location, LogStore, Reason, Seen, Unknown, Where
from tests.scanner.providers.gcp.states import COMPUTE, TYPES, Data, gaps, items, reason

LOG = "gcp.logging.bucket"
NETWORK = "gcp.compute.network"
ALONE = {"resource": {"data": {"xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS"}}}
PEERING = {"network": "global/networks/other", "state": "ACTIVE"}


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("projects/1/locations/global/buckets/_Default", "unplaced"),
        ("projects/1/locations/europe-west2/buckets/app", "gcp:europe-west2"),
        ("organizations/1/locations/eu/buckets/app", "gcp:eu"),
    ],
)
def test_log_bucket_homes(name: str, place: str) -> None:
    assert items(LOG, Location.homes, {"name": name}) == (place,)
    assert items(LOG, Location.copies, {"name": name}) == ()


@pytest.mark.parametrize("data", [{}, {"name": "app"}])
def test_log_bucket_without_a_place(data: Data) -> None:
    assert gaps(LOG, Location.homes, data) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("bucket", "told", "days"),
    [
        ("_Default", {"retentionDays": 35}, 35),
        ("_Default", {"retentionDays": 0}, 30),
        ("_Default", {}, 30),
        ("app", {}, 30),
        ("_Required", {}, 400),
        ("_Required", {"retentionDays": 400}, 400),
        ("app_Required", {}, 30),
    ],
)
def test_log_retention(bucket: str, told: dict[str, int], days: int) -> None:
    data = {"name": f"projects/1/locations/global/buckets/{bucket}"} | told
    assert items(LOG, LogStore.retention, data) == (Duration.of(days),)


def test_log_bucket_unknown() -> None:
    assert gaps(LOG, LogStore.retention, {"retentionDays": 5}) == ((), [Reason.SHAPE])
    assert reason(LOG, LogStore.access_recorded, {}) is Reason.NOT_ASKED


def test_network_ends() -> None:
    peerings = [
        {"network": f"{COMPUTE}/acme-test/global/networks/test", "state": "ACTIVE"},
        {"network": "global/networks/other", "state": "INACTIVE"},
        {"network": "global/networks/odd", "state": "BROKEN"},
        {"state": "ACTIVE"},
        {"network": "projects/acme-live/global/networks/live", "state": "ACTIVE"},
    ]
    ends, reasons = gaps(NETWORK, Connection.ends, {"peerings": peerings}, vpc=[ALONE])
    base = "//compute.googleapis.com/projects"
    assert [(each.ref, each.account) for each in ends] == [
        (f"{base}/acme-prod/global/networks/prod", "acme-prod"),
        (f"{base}/acme-test/global/networks/test", "acme-test"),
        (f"{base}/acme-prod/global/networks/other", "acme-prod"),
        (f"{base}/acme-live/global/networks/live", "acme-live"),
    ]
    assert reasons == [Reason.SHAPE, Reason.SHAPE]
    assert all(isinstance(each.environments, Unknown) for each in ends)


def test_network_without_peerings() -> None:
    assert len(items(NETWORK, Connection.ends, {}, vpc=[ALONE])) == 1
    ends, reasons = gaps(NETWORK, Connection.ends, {"peerings": "none"}, vpc=[ALONE])
    assert (len(ends), reasons) == (1, [Reason.SHAPE])


def test_a_network_of_an_unforeseen_name_has_no_known_account() -> None:
    (answer,) = [each for each in TYPES[NETWORK].facts if each.fact is Connection.ends]
    body = Body("cloudasset.assets.list", "p", Fragment({"name": "//compute.googleapis.com/odd"}))
    found = answer({"item": body}, Where())
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    (end,) = found.value.items
    assert isinstance(end.account, Unknown)
    relative = {"name": "//compute.googleapis.com/odd", "resource": {"data": {"peerings": [PEERING]}}}
    found = answer({"item": Body("cloudasset.assets.list", "p", Fragment(relative))}, Where())
    assert isinstance(found, Known)
    assert isinstance(found.value, Seen)
    assert [gap.reason for gap in found.value.gaps] == [Reason.SHAPE, Reason.NOT_ASKED]
