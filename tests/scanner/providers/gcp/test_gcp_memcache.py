"""Memorystore for Memcached: from assets to the states of facts."""

from __future__ import annotations

import pytest

from scanner.facts import EncryptionInTransit, Exposure, Location, Reason, Tagging
from tests.scanner.providers.gcp.states import LONDON, PROJECT, Data, gaps, items, reason, value

KIND = "gcp.memcache.instance"
NAME = f"//memcache.googleapis.com/{PROJECT}/locations/europe-west2/instances/cache"


@pytest.mark.parametrize("data", [{}, {"zones": []}, {"zones": ["europe-west2-a", "europe-west2-b"]}])
def test_homes(data: Data) -> None:
    assert items(KIND, Location.homes, data, NAME) == (LONDON,)
    assert items(KIND, Location.copies, data, NAME) == ()


def test_homes_that_are_not_told() -> None:
    assert items(KIND, Location.homes, {"zones": ["europe-west3-a"]}, NAME) == (LONDON, "gcp:europe-west3")
    assert gaps(KIND, Location.homes, {"zones": "a"}, NAME) == ((), [Reason.SHAPE])
    assert gaps(KIND, Location.homes, {}) == ((), [Reason.SHAPE])


def test_what_is_the_same_for_all() -> None:
    assert reason(KIND, EncryptionInTransit.plaintext, {}) is Reason.NOT_ASKED
    assert value(KIND, Exposure.public, {}) is False
    assert value(KIND, Tagging.tags, {"labels": {"env": "test"}}) == {"env": "test"}
