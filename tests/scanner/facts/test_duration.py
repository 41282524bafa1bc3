"""Durations: one algebra for what vendors and policies write in many ways."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.facts import FOREVER, Duration
from scanner.facts.duration import UNITS

COUNTS = st.integers(min_value=0, max_value=10**6)
DURATIONS = st.builds(Duration.of, COUNTS, st.sampled_from([*UNITS]))
ANY = DURATIONS | st.just(FOREVER)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("12 months", "1 year"),
        ("1 year", "365 days"),
        ("2 weeks", "14 days"),
        ("24 hours", "1 day"),
        ("60 minutes", "1 hour"),
        ("60 seconds", "1 minute"),
        ("35 days", " 35DAYS "),
        ("35 days", "35 day"),
        ("forever", "For Ever"),
    ],
)
def test_the_same_time(one: str, other: str) -> None:
    assert Duration.parse(one) == Duration.parse(other)
    assert hash(Duration.parse(one)) == hash(Duration.parse(other))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1 month", Fraction(365, 12)),
        ("90 minutes", Fraction(1, 16)),
        ("1 second", Fraction(1, 86400)),
        ("0 days", Fraction()),
        ("35 days", Fraction(35)),
    ],
)
def test_parse(text: str, days: Fraction) -> None:
    assert Duration.parse(text) == Duration(days)


@pytest.mark.parametrize(
    "text", ["", "35", "days", "-1 days", "1.5 days", "35 fortnights", "35 days 2 hours", "٣ days", "never", "35 dayss"]
)
def test_parse_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("P5W", "5 weeks"),
        ("P1Y", "1 year"),
        ("P12M", "12 months"),
        ("P10D", "10 days"),
        ("PT0S", "0 days"),
        ("PT12H", "12 hours"),
        ("PT5M", "5 minutes"),
        ("PT90S", "90 seconds"),
    ],
)
def test_iso(text: str, same: str) -> None:
    assert Duration.iso(text) == Duration.parse(same)


def test_iso_adds_its_parts() -> None:
    parts = ("1 year", "2 months", "3 weeks", "4 days", "5 hours", "6 minutes", "7 seconds")
    days = [Duration.parse(part).days or Fraction() for part in parts]
    assert Duration.iso("P1Y2M3W4DT5H6M7S") == Duration(sum(days, Fraction()))


@pytest.mark.parametrize("text", ["", "P", "PT", "5W", "P1.5D", "-P1D", "P1H", "P1D ", "PT1D"])
def test_iso_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="ISO 8601"):
        Duration.iso(text)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (Duration.of(35), "35 days"),
        (Duration.of(1), "1 day"),
        (Duration.of(0), "0 days"),
        (Duration.of(1, "year"), "365 days"),
        (Duration.of(1, "month"), "1 month"),
        (Duration.of(1, "hour"), "1 hour"),
        (Duration.of(90, "minute"), "90 minutes"),
        (Duration.of(1, "second"), "1 second"),
        (Duration(Fraction(1, 7)), "0.14 days"),
        (FOREVER, "forever"),
    ],
)
def test_written(duration: Duration, text: str) -> None:
    assert str(duration) == text


@given(ANY)
def test_round_trip(duration: Duration) -> None:
    assert Duration.parse(str(duration)) == duration


@given(DURATIONS)
def test_forever_is_the_longest(duration: Duration) -> None:
    assert duration < FOREVER
    assert not duration > FOREVER
    assert duration <= FOREVER
    assert not FOREVER < FOREVER  # noqa: PLR0124 - that is the property


@given(ANY, ANY)
def test_order_is_that_of_days(one: Duration, other: Duration) -> None:
    assert (one < other) + (one == other) + (one > other) == 1
    if one.days is not None and other.days is not None:
        assert (one <= other) == (one.days <= other.days)


@given(COUNTS, COUNTS, st.sampled_from([*UNITS]))
def test_more_of_a_unit_is_longer(few: int, more: int, unit: str) -> None:
    assert (Duration.of(few, unit) < Duration.of(more, unit)) == (few < more)
