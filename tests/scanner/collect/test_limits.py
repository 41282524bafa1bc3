"""Rate limits, on a clock of the test."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.limits import Bucket, Limits


@dataclass
class Clock:
    """Time that passes by sleeping only."""

    time: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def test_a_burst_then_one_by_one() -> None:
    clock = Clock()
    bucket = Bucket(4, clock.now, clock.sleep)
    for _ in range(4):
        bucket.take()
    assert clock.slept == []
    bucket.take()
    bucket.take()
    assert clock.slept == [0.25, 0.25]


def test_what_was_not_used_is_not_saved_for_longer_than_a_second() -> None:
    clock = Clock()
    bucket = Bucket(2, clock.now, clock.sleep)
    bucket.take()
    clock.time += 3600
    for _ in range(3):
        bucket.take()
    assert clock.slept == [0.5]


@given(st.integers(1, 50), st.lists(st.sampled_from([0.0, 0.0, 0.05, 0.3, 2.0]), max_size=60))
def test_never_more_than_the_rate_and_one_burst(rate: int, pauses: list[float]) -> None:
    clock = Clock()
    bucket = Bucket(rate, clock.now, clock.sleep)
    made: list[float] = []
    for pause in pauses:
        clock.time += pause
        bucket.take()
        made.append(clock.time)
    for start in made:
        assert sum(start <= at < start + 0.99 for at in made) <= 2 * rate
    if made:
        assert len(made) <= rate * (made[-1] - made[0] + 1) + 1


def test_each_lane_has_its_own() -> None:
    clock = Clock()
    limits = Limits(1, clock.now, clock.sleep)
    for lane in (("111111111111", "s3"), ("111111111111", "ec2"), ("222222222222", "s3")):
        limits.wait(*lane)
    assert clock.slept == []
    limits.wait("111111111111", "s3")
    assert clock.slept == [pytest.approx(1.0)]
