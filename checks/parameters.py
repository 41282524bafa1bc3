"""Types of the parameters that several checks share: durations, bounds and wanted places."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from checks.check import Parameters
from scanner.facts import FOREVER, Duration
from scanner.facts.duration import UNITS
from scanner.places import ZONES, country_codes, nearest, validate_wanted

LONGEST = 40
"""No duration needs more characters. Longer ones would only cost time."""


def _duration(value: object) -> Duration:
    match value:
        case Duration():
            return value
        case str() if len(value) <= LONGEST:
            return _parsed(value)
        case int() if not isinstance(value, bool) and abs(value) < 10**6:
            raise ValueError(f"{value} has no unit. Did you mean '{value} days'?")
    raise ValueError("this is not a duration; write for example '35 days', '6 months' or 'forever'")


def _parsed(text: str) -> Duration:
    try:
        return Duration.parse(text)
    except ValueError as error:
        found = re.fullmatch(r"\s*([0-9]+)\s*([A-Za-z]+)\s*", text, re.ASCII)
        unit = nearest(found[2], [f"{each}s" for each in UNITS]) if found else None
        raise ValueError(f"{error}. Did you mean '{found[1]} {unit}'?" if found and unit else str(error)) from None


def _written(value: Duration) -> str:
    """Exactly, so that two durations are written alike only where they are the same."""
    if value.days is None:
        return "forever"
    return f"{value.days} days" if value.days.denominator == 1 else f"{value.days * 86400} seconds"


def _place(word: str) -> str:
    if word not in country_codes() and word.upper() in country_codes():
        raise ValueError(f"{word!r} is not a country code. Did you mean {word.upper()!r}?")
    validate_wanted(word)
    return word


Days = Annotated[
    Duration,
    PlainValidator(_duration),
    PlainSerializer(_written),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^(forever|[0-9]+ ?(second|minute|hour|day|week|month|year)s?)$",
            "maxLength": LONGEST,
            "description": "A length of time: a whole number and a unit from second to year, or 'forever'.",
            "examples": ["35 days", "6 months", "1 year", "forever"],
        }
    ),
]
"""A duration, written "35 days". A year is 365 days, a month a twelfth of it."""

PlaceName = Annotated[
    str,
    AfterValidator(_place),
    Field(
        description="A region of a provider (azure:uksouth), a country (GB or country:GB), EU, EEA, or adequate: the "
        "EEA and the countries with an unconditional EU adequacy decision in force on the day of the scan.",
        json_schema_extra={
            "pattern": rf"^({'|'.join(ZONES)}|(country:)?[A-Z]{{2}}|[a-z]+:[a-z0-9-]+)$",
            "examples": ["azure:uksouth", "aws:eu-west-1", "gcp:eu", "GB", *ZONES],
        },
    ),
]
"""A place that a promise wants, validated against the tables of `scanner.places`. It stays as it was written."""


class Bounds(Parameters):
    """How long something is kept: at least, at most, or exactly so long. "Never expires" breaks `at_most`."""

    at_least: Days | None = Field(default=None, description="No shorter than this.")
    at_most: Days | None = Field(default=None, description="No longer than this. 'forever' would promise nothing.")
    exactly: Days | None = Field(default=None, description="As long as this. Excludes the other two.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.exactly is not None and (self.at_least is not None or self.at_most is not None):
            raise ValueError("'exactly' excludes 'at_least' and 'at_most'")
        if self.lower is None and self.upper is None:
            raise ValueError("one of 'at_least', 'at_most' and 'exactly' is required")
        if self.at_most == FOREVER:
            raise ValueError("'at_most: forever' promises nothing")
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"at_least ({self.lower}) is above at_most ({self.upper})")
        return self

    @property
    def lower(self) -> Duration | None:
        """The shortest time that keeps the promise; None where there is no lower bound."""
        return self.at_least if self.exactly is None else self.exactly

    @property
    def upper(self) -> Duration | None:
        """The longest time that keeps the promise; None where there is no upper bound."""
        return self.at_most if self.exactly is None else self.exactly
