"""The pace: what Azure's headers say of quotas, and what is waited for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from scanner.providers.azure.pace import Pace, bucket_of, quota_wait


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("00:00:05", 5.0), ("01:02:03", 3723.0), ("", None), ("5", None), ("00:00:-1", None), ("1.00:00:00", None)],
)
def test_the_quota_header_is_read(header: str, seconds: float | None) -> None:
    assert quota_wait({"x-ms-user-quota-resets-after": header}) == seconds
    assert quota_wait({}) is None


@pytest.mark.parametrize(
    ("method", "url", "bucket"),
    [
        ("POST", "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?x", "graph"),
        ("GET", "https://management.azure.com/Subscriptions/AB-1/resources?api-version=1", "ab-1"),
        ("GET", "https://management.azure.com/subscriptions/ab-1", "ab-1"),
        ("GET", "https://management.azure.com/subscriptions?api-version=1", ""),
        ("GET", "https://management.azure.com/providers/x", ""),
    ],
)
def test_a_request_is_counted_where_azure_counts_it(method: str, url: str, bucket: str) -> None:
    assert bucket_of(method, url) == bucket


def _waited(headers: Mapping[str, str], passed: float = 0.0) -> list[float]:
    """The pauses before the next request of the same bucket, of another one, and so much later."""
    now = [100.0]
    slept: list[float] = []
    pace = Pace(clock=lambda: now[0], sleep=slept.append)
    pace.wait("a")
    pace.heed("a", headers)
    pace.wait("b")
    now[0] += passed
    pace.wait("a")
    return slept


@pytest.mark.parametrize(
    ("headers", "passed", "expected"),
    [
        ({}, 0.0, []),
        ({"x-ms-user-quota-remaining": "14", "x-ms-user-quota-resets-after": "00:00:05"}, 0.0, []),
        ({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:05"}, 0.0, [5.0]),
        ({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:05"}, 2.0, [3.0]),
        ({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:05"}, 5.0, []),
        ({"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "10:00:00"}, 0.0, [30.0]),
        ({"x-ms-user-quota-remaining": "0"}, 0.0, [1.0]),
        ({"x-ms-ratelimit-remaining-subscription-reads": "1"}, 0.0, []),
        ({"x-ms-ratelimit-remaining-subscription-reads": "0"}, 0.0, [1.0]),
        ({"x-ms-ratelimit-remaining-subscription-global-reads": "0"}, 0.0, [1.0]),
        ({"x-ms-ratelimit-remaining-tenant-reads": "0"}, 0.0, [1.0]),
        ({"x-ms-ratelimit-remaining-subscription-writes": "0"}, 0.0, []),
    ],
)
def test_an_empty_bucket_is_waited_for(headers: Mapping[str, str], passed: float, expected: list[float]) -> None:
    assert _waited(headers, passed) == expected
