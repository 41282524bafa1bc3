"""The clock of this machine against the Date of a reply."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanner.collect.identity import skew

NOW = datetime(2026, 11, 2, 6, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Mon, 02 Nov 2026 06:00:30 GMT", 0),
        ("Mon, 02 Nov 2026 05:59:30 GMT", 60),
        ("Mon, 02 Nov 2026 06:10:30 GMT", -600),
        ("Mon, 02 Nov 2026 07:00:30 +0100", 0),
        ("Mon, 02 Nov 2026 06:00:30 -0000", 0),
        ("", None),
        ("yesterday", None),
    ],
)
def test_skew(date: str, seconds: float | None) -> None:
    assert skew(date, NOW) == seconds


def test_by_the_clock_of_this_machine() -> None:
    found = skew(datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT"))
    assert found is not None
    assert abs(found) < 60
