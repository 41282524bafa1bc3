"""A bucket of Cloud Storage: from assets to the states of facts, with what was never foreseen."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    Backup,
    CopyKind,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Lineage,
    Location,
    PlanKind,
    Reason,
    Trust,
    Unknown,
)
from tests.scanner.providers.gcp.policies import ABOVE, binding, policy
from tests.scanner.providers.gcp.states import NAMES, REFUSED, Data, gaps, inapplicable, items, reason, state, value

BUCKET = "gcp.storage.bucket"


@pytest.mark.parametrize(
    ("data", "places"),
    [
        ({"location": "EUROPE-WEST2"}, ("gcp:europe-west2",)),
        ({"location": "EU", "customPlacementConfig": {}}, ("gcp:eu",)),
        ({"location": "EUR4"}, ("gcp:eur4",)),
        (
            {"location": "EU", "customPlacementConfig": {"dataLocations": ["EUROPE-WEST1", "EUROPE-WEST4"]}},
            ("gcp:europe-west1", "gcp:europe-west4"),
        ),
    ],
)
def test_bucket_homes(data: Data, places: tuple[str, ...]) -> None:
    assert items(BUCKET, Location.homes, data) == places
    assert items(BUCKET, Location.copies, data) == ()


def backend(**data: Any) -> Data:
    return {
        "name": "//compute.googleapis.com/projects/acme-prod/global/backendBuckets/edge",
        "resource": {"data": data},
    }


@pytest.mark.parametrize("data", [{}, {"enableCdn": False}])
def test_a_bucket_behind_a_load_balancer_without_a_cache(data: Data) -> None:
    assert items(BUCKET, Location.copies, {}, cdn=[backend(**data)]) == ()


def test_a_bucket_that_is_cached_at_the_edges() -> None:
    (copy,) = items(BUCKET, Location.copies, {}, cdn=[backend(enableCdn=True)])
    assert (copy.kind, copy.place) == (CopyKind.CDN, "global")
    assert copy.ref.endswith("/backendBuckets/edge")
    assert gaps(BUCKET, Location.copies, {}, cdn=[backend(enableCdn="yes")]) == ((), [Reason.SHAPE])
    assert gaps(BUCKET, Location.copies, {}, cdn=REFUSED) == ((), [Reason.REFUSED])


def test_the_logs_of_who_used_a_bucket() -> None:
    (copy,) = items(BUCKET, Location.copies, {"logging": {"logBucket": "acme-usage", "logObjectPrefix": "files"}})
    assert (copy.kind, copy.ref) == (CopyKind.LOG_SINK, "//storage.googleapis.com/acme-usage")
    assert isinstance(copy.place, Unknown)
    assert items(BUCKET, Location.copies, {"logging": {}}) == ()
    assert gaps(BUCKET, Location.copies, {"logging": {"logBucket": 7}}) == ((), [Reason.SHAPE])


@pytest.mark.parametrize("data", [{}, {"location": ""}, {"location": 7}])
def test_bucket_without_a_location_is_unknown(data: Data) -> None:
    assert gaps(BUCKET, Location.homes, data) == ((), [Reason.SHAPE])


@pytest.mark.parametrize("name", ["", 1, ["k"]])
def test_an_unforeseen_key_is_unknown(name: object) -> None:
    data = {"encryption": {"defaultKmsKeyName": name}}
    assert reason(BUCKET, EncryptionAtRest.owner, data) is Reason.SHAPE
    assert reason(BUCKET, EncryptionAtRest.key, data) is Reason.SHAPE


def test_bucket_soft_delete() -> None:
    data = {"location": "EUROPE-WEST2", "softDeletePolicy": {"retentionDurationSeconds": "604800"}}
    (plan,), unseen = gaps(BUCKET, Backup.plans, data)
    assert unseen == []
    assert (plan.kind, plan.retention, plan.places) == (PlanKind.SNAPSHOT, Duration.of(7), ("gcp:europe-west2",))
    assert (plan.encrypted, plan.immutable) == (True, True)
    assert isinstance(plan.every, Unknown)


def test_bucket_with_a_pause_of_deletion() -> None:
    policy = {"retentionDurationSeconds": 86400, "hardDeletePause": {"enabled": True}}
    (plan,), _ = gaps(BUCKET, Backup.plans, {"location": "EU", "softDeletePolicy": policy})
    assert isinstance(plan.retention, Unknown)


@pytest.mark.parametrize(
    ("data", "reasons"),
    [
        ({"softDeletePolicy": {"retentionDurationSeconds": "0"}}, []),
        ({}, [Reason.SHAPE]),
        ({"softDeletePolicy": {"retentionDurationSeconds": "a week"}}, [Reason.SHAPE]),
        (
            {"softDeletePolicy": {"retentionDurationSeconds": "1", "hardDeletePause": {"enabled": "y"}}},
            [Reason.SHAPE],
        ),
    ],
)
def test_bucket_without_soft_delete(data: Data, reasons: list[Reason]) -> None:
    assert gaps(BUCKET, Backup.plans, {"location": "EU"} | data) == ((), reasons)


ENFORCED = {"publicAccessPrevention": "enforced"}
UNIFORM = {"uniformBucketLevelAccess": {"enabled": True}}
EVERYBODY = policy(NAMES[BUCKET], binding("roles/storage.objectViewer", "allUsers"))


@pytest.mark.parametrize(
    ("access", "acl", "policies", "public"),
    [
        (ENFORCED, [], None, False),
        (ENFORCED, [{"entity": "allUsers"}], (EVERYBODY, *ABOVE), False),
        (UNIFORM, [], ABOVE, False),
        (UNIFORM | {"publicAccessPrevention": "inherited"}, [], (EVERYBODY, *ABOVE), True),
        (UNIFORM, [], None, Reason.NOT_ASKED),
        # Lists of access count for nothing where access is uniform, and those of objects are not seen.
        (UNIFORM, [{"entity": "allUsers"}], ABOVE, False),
        ({}, [{"entity": "user-jane@example.com"}, {"entity": "allAuthenticatedUsers"}], ABOVE, True),
        ({}, [{"entity": "user-jane@example.com"}], ABOVE, Reason.NOT_ASKED),
        ({}, [], (EVERYBODY, *ABOVE), True),
        ({"publicAccessPrevention": 1}, [], ABOVE, Reason.SHAPE),
        ({"uniformBucketLevelAccess": {"enabled": "yes"}}, [], ABOVE, Reason.SHAPE),
    ],
)
def test_bucket_exposure(access: Data, acl: list[Data], policies: Any, public: bool | Reason) -> None:
    found = state(BUCKET, Exposure.public, {"iamConfiguration": access, "acl": acl}, policies=policies)
    assert (found.reason if isinstance(found, Unknown) else getattr(found, "value", None)) is public


def test_who_else_may_read_a_bucket() -> None:
    named = (policy(NAMES[BUCKET], binding("roles/storage.objectViewer", "user:jane@example.net")), *ABOVE)
    for access, count in ((UNIFORM, 0), ({}, 1)):
        found: Any = state(BUCKET, Trust.grantees, {"iamConfiguration": access}, policies=named)
        assert [each.account for each in found.value.items] == ["example.net"]
        assert len(found.value.gaps) == count


def prevention(**form: Any) -> dict[str, list[Data]]:
    """An organization policy of the project."""
    constraint = "constraints/storage.publicAccessPrevention"
    return {"orgpolicy": [{"name": ABOVE[0]["name"], "orgPolicy": [{"constraint": constraint, **form}]}]}


ENFORCES, REFUSES = prevention(booleanPolicy={"enforced": True}), {"orgpolicy": REFUSED}


@pytest.mark.parametrize(
    ("access", "policies", "asked", "public"),
    [
        (UNIFORM, (EVERYBODY, *ABOVE), ENFORCES, False),
        (UNIFORM | {"publicAccessPrevention": "inherited"}, (EVERYBODY, *ABOVE), ENFORCES, False),
        ({}, None, ENFORCES, False),
        (UNIFORM, (EVERYBODY, *ABOVE), prevention(restoreDefault={}), True),
        (UNIFORM, (EVERYBODY, *ABOVE), REFUSES, Reason.REFUSED),
        # Nobody is let in, whatever is prevented.
        (UNIFORM, ABOVE, REFUSES, False),
        ({}, ABOVE, REFUSES, Reason.NOT_ASKED),
        (ENFORCED, (EVERYBODY, *ABOVE), REFUSES, False),
    ],
)
def test_public_access_that_an_organization_prevents(
    access: Data, policies: Any, asked: Any, public: bool | Reason
) -> None:
    found = state(BUCKET, Exposure.public, {"iamConfiguration": access}, policies=policies, **asked)
    assert (found.reason if isinstance(found, Unknown) else getattr(found, "value", None)) is public


def filtered(mode: object, *ranges: str) -> Data:
    source = {"publicNetworkSource": {"allowedIpCidrRanges": list(ranges)}} if ranges else {}
    return {"iamConfiguration": UNIFORM, "ipFilter": {"mode": mode, **source}}


@pytest.mark.parametrize(
    ("data", "public"),
    [
        ({"iamConfiguration": UNIFORM}, True),
        (filtered("Disabled", "192.0.2.0/24"), True),
        (filtered("Enabled", "192.0.2.0/24"), False),
        (filtered("Enabled"), False),
        (filtered("Enabled", "0.0.0.0/0"), True),
        (filtered("Enabled", "192.0.2.0/24", "::/0"), Reason.UNDECIDED),
        (filtered("Enabled", "8.0.0.0/4"), Reason.UNDECIDED),
        (filtered("Enabled", "everybody"), Reason.SHAPE),
        (filtered("Sometimes"), Reason.SHAPE),
    ],
)
def test_an_ip_filter_keeps_everybody_out(data: Data, public: bool | Reason) -> None:
    asked: Any = prevention(restoreDefault={})
    found = state(BUCKET, Exposure.public, data, policies=(EVERYBODY, *ABOVE), **asked)
    assert (found.reason if isinstance(found, Unknown) else getattr(found, "value", None)) is public


def test_bucket_in_transit_and_lineage() -> None:
    assert value(BUCKET, EncryptionInTransit.plaintext, {}) is True
    assert reason(BUCKET, EncryptionInTransit.minimum_tls, {}) is Reason.UNDECIDED
    assert inapplicable(BUCKET, EncryptionInTransit.certificate_expires, {})
    assert gaps(BUCKET, Lineage.origins, {}) == ((), [Reason.NOT_ASKED])
