"""Backends of load balancers, and what Cloud CDN caches of them."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    Copy,
    CopyKind,
    EncryptionAtRest,
    Exposure,
    Inapplicable,
    Known,
    Lineage,
    Location,
    Reason,
    Seen,
)
from tests.scanner.providers.gcp.states import gaps, items, reason, refs, state

BUCKET = "gcp.compute.backend-bucket"
SWITCHES = {
    BUCKET: "enableCdn",
    "gcp.compute.backend-service": "enableCDN",
    "gcp.compute.region-backend-service": "enableCDN",
}
UNDECIDED: tuple[Any, ...] = (
    EncryptionAtRest.state,
    EncryptionAtRest.algorithms,
    EncryptionAtRest.owner,
    EncryptionAtRest.key,
    Exposure.public,
)


@pytest.mark.parametrize(("kind", "switch"), SWITCHES.items())
def test_a_cache_is_at_the_edges(kind: str, switch: str) -> None:
    on: dict[str, object] = {switch: True}
    assert items(kind, Location.homes, on) == ("global",)
    assert items(kind, Location.copies, on) == (Copy(CopyKind.CDN, "global"),)
    assert all(reason(kind, fact, on) is Reason.UNDECIDED for fact in UNDECIDED)


@pytest.mark.parametrize(("kind", "switch"), SWITCHES.items())
def test_without_a_cache_it_keeps_nothing(kind: str, switch: str) -> None:
    for data in ({}, {switch: False}):
        assert isinstance(state(kind, Location.homes, data), Inapplicable)
        assert items(kind, Location.copies, data) == ()
        assert all(isinstance(state(kind, fact, data), Inapplicable) for fact in UNDECIDED)


@pytest.mark.parametrize(("kind", "switch"), SWITCHES.items())
def test_an_unforeseen_switch(kind: str, switch: str) -> None:
    data: dict[str, object] = {switch: "on"}
    for fact in (Location.homes, Location.copies):
        assert gaps(kind, fact, data) == ((), [Reason.SHAPE])
    assert all(reason(kind, fact, data) is Reason.SHAPE for fact in UNDECIDED)


def test_what_is_behind() -> None:
    assert refs(items(BUCKET, Lineage.origins, {"bucketName": "acme-public"})) == [
        "//storage.googleapis.com/acme-public"
    ]
    assert gaps(BUCKET, Lineage.origins, {}) == ((), [Reason.SHAPE])
    for kind in SWITCHES.keys() - {BUCKET}:
        found = state(kind, Lineage.origins, {})
        assert isinstance(found, Known)
        assert isinstance(found.value, Seen)
        assert found.value.gaps
