"""Residency and the places of backups, as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import pytest

from checks.backup_places import backups_in_place
from checks.residency import Where, kept_in_place, outside
from scanner.facts import (
    FOREVER,
    Copy,
    CopyKind,
    Inapplicable,
    NotKnown,
    Plan,
    PlanKind,
    Reason,
    Seen,
    Unknown,
)

Judge = Callable[..., Mapping[str, object]]

DARK = Unknown(Reason.REFUSED, "dark")
NEVER = Inapplicable("no such thing")
UK, IE, PAIR = "azure:uksouth", "aws:eu-west-1", "azure:ukwest"
NOTHING = {"unknown": ["nothing is told where something must be"]}
AFTER_UK = date(2032, 1, 1)


def copy(place: str | Unknown, kind: CopyKind = CopyKind.REPLICA) -> Copy:
    return Copy(kind, place)


def seen(*items: object, gaps: tuple[Unknown, ...] = ()) -> Seen[Any]:
    return Seen(items, gaps)


PLACES = [
    # The wanted places, where the data is, and what is said of it.
    ([UK], seen(UK), True),
    ([UK], seen("azure:westeurope"), ["azure:westeurope"]),
    ([UK], seen(UK, PAIR, "azure:westeurope"), ["azure:ukwest", "azure:westeurope"]),
    ([UK, PAIR], seen(UK, PAIR), True),
    (["GB"], seen(UK, PAIR, "aws:eu-west-2"), True),
    (["country:GB"], seen("gcp:europe-west2"), True),
    # A region's prefix is not a country.
    (["EEA"], seen("aws:eu-west-2"), ["aws:eu-west-2"]),
    (["EEA"], seen("aws:eu-central-2"), ["aws:eu-central-2"]),
    (["EEA"], seen(UK), [UK]),
    (["EU"], seen(IE, "aws:eu-central-1"), True),
    (["adequate"], seen(UK, IE), True),
    # Location alone does not show a conditional decision to apply.
    (["EEA"], seen("aws:us-east-1"), ["aws:us-east-1"]),
    # Values that are no place, and a place that nobody knows.
    ([UK], seen("global"), None),
    ([UK], seen("unplaced"), None),
    ([UK], seen("azure:nowhere"), None),
    # What is known to be outside decides, even where something could not be seen.
    ([UK], seen(PAIR, gaps=(DARK,)), [PAIR]),
    ([UK], seen(UK, gaps=(DARK,)), {"unknown": ["dark"]}),
    ([UK], seen("global", PAIR), [PAIR]),
    ([UK], DARK, {"unknown": ["dark"]}),
    ([UK], NEVER, "n/a"),
]


@pytest.mark.parametrize(("places", "homes", "said"), PLACES)
def test_homes(judge: Judge, places: list[str], homes: object, said: object) -> None:
    found = judge(kept_in_place, {"places": places}, Location_homes=homes, Location_copies=seen())
    assert found["copies"] is True
    if said is None:
        assert isinstance(found["homes"], dict)
    else:
        assert found["homes"] == said


def test_a_resource_of_which_no_home_is_told(judge: Judge) -> None:
    found = judge(kept_in_place, {"places": [UK]}, Location_homes=seen(), Location_copies=seen())
    assert found == {"homes": NOTHING, "copies": True}


COPIES = [
    (seen(), True),
    (seen(copy(UK)), True),
    (seen(copy(PAIR, CopyKind.GEO_PAIR)), [PAIR]),
    (seen(copy(UK), copy(PAIR, CopyKind.BACKUP), copy(IE, CopyKind.SNAPSHOT)), [IE, PAIR]),
    (seen(copy(DARK), copy(PAIR)), [PAIR]),
    (seen(copy(DARK), copy(UK)), {"unknown": ["dark"]}),
    (seen(copy(UK), gaps=(DARK,)), {"unknown": ["dark"]}),
    (DARK, {"unknown": ["dark"]}),
    (NEVER, "n/a"),
]


@pytest.mark.parametrize(("copies", "said"), COPIES)
def test_copies_are_judged_apart(judge: Judge, copies: object, said: object) -> None:
    found = judge(kept_in_place, {"places": [UK]}, Location_homes=seen(UK), Location_copies=copies)
    assert found == {"homes": True, "copies": said}


@pytest.mark.parametrize(
    ("place", "today", "said"),
    [
        (UK, date(2031, 12, 27), True),
        (UK, AFTER_UK, [UK]),
        (IE, AFTER_UK, True),
        ("aws:us-east-1", date(2026, 7, 1), None),
        ("aws:ca-central-1", date(2026, 7, 1), None),
        ("aws:ap-south-1", date(2026, 7, 1), ["aws:ap-south-1"]),
    ],
)
def test_adequate_is_dated(judge: Judge, place: str, today: date, said: object) -> None:
    for name in ("homes", "copies"):
        items = seen(place) if name == "homes" else seen(copy(place))
        other = {"Location_homes": seen(IE), "Location_copies": seen(), f"Location_{name}": items}
        found = judge(kept_in_place, {"places": ["adequate"]}, today, **other)[name]
        assert found == said if said is not None else isinstance(found, dict)
    plans = seen(plan(place))
    found = judge(backups_in_place, {"places": ["adequate"]}, today, Backup_plans=plans)["places"]
    assert found == said if said is not None else isinstance(found, dict)


TAGGED = [
    ({"place": UK}, True),
    ({"place": "GB"}, True),
    ({"place": "EU"}, [UK]),
    ({}, {"unknown": ["it has no tag 'place' that names a place"]}),
    (DARK, {"unknown": ["dark"]}),
    (NEVER, "n/a"),
]


@pytest.mark.parametrize(("tags", "said"), TAGGED)
def test_the_place_that_a_tag_names(judge: Judge, tags: object, said: object) -> None:
    with_ = {"places_from_tag": "place"}
    where = {"Location_homes": seen(UK), "Location_copies": seen(copy(UK))}
    assert judge(kept_in_place, with_, Tagging_tags=tags, **where) == {"homes": said, "copies": said}
    plans = seen(plan(UK))
    assert judge(backups_in_place, with_, Tagging_tags=tags, Backup_plans=plans) == {"places": said}


@pytest.mark.parametrize("tag", ["", "uksouth", "global", "unplaced", "azure:nowhere", "uk", "x" * 256])
def test_a_tag_that_names_no_place(judge: Judge, tag: str) -> None:
    where = {"Location_homes": seen(UK), "Location_copies": seen()}
    found = judge(kept_in_place, {"places_from_tag": "place"}, Tagging_tags={"place": tag}, **where)["homes"]
    assert isinstance(found, dict)
    assert found["unknown"][0].startswith("its tag 'place': ")


@pytest.mark.parametrize(
    "with_",
    [
        {},
        {"places": []},
        {"places": [UK], "places_from_tag": "place"},
        {"places": ["nowhere"]},
        {"places": ["gb"]},
        {"places": ["global"]},
        {"place": UK},
    ],
)
def test_parameters_that_make_no_sense(with_: Mapping[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Where.model_validate(with_)


def test_only_what_is_needed_is_asked() -> None:
    fixed, tagged = Where(places=(UK,)), Where(places_from_tag="place")
    assert [fact.key for fact in kept_in_place.needs(fixed)] == ["Location.homes", "Location.copies"]
    assert [fact.key for fact in kept_in_place.needs(tagged)][2:] == ["Tagging.tags"]
    assert [fact.key for fact in backups_in_place.needs(fixed)] == ["Backup.plans"]
    assert [fact.key for fact in backups_in_place.needs(tagged)] == ["Backup.plans", "Tagging.tags"]
    for each in (kept_in_place, backups_in_place):
        assert {fact.key for fact in each.needs(tagged)} == {fact.key for fact in each.reads}


def test_the_words_of_a_fault() -> None:
    today = date(2026, 7, 1)
    own = outside(PAIR, PAIR, (UK,), today)
    copied = outside(PAIR, "geo-pair copy", (UK,), today)
    assert own is not None
    assert copied is not None
    assert own.value == copied.value == PAIR
    assert own.why.startswith(PAIR)
    assert copied.why == f"geo-pair copy: {own.why}"
    assert outside(UK, UK, (UK,), today) is None
    with pytest.raises(NotKnown) as raised:
        outside("global", "backup", (UK,), today)
    assert raised.value.unknown.reason is Reason.UNDECIDED
    assert raised.value.unknown.detail.startswith("backup: global")


def plan(*places: str, unknown: Unknown | None = None) -> Plan:
    return Plan(PlanKind.CONTINUOUS, FOREVER, FOREVER, unknown or places, encrypted=True, immutable=True)


BACKUPS = [
    (seen(), True),
    (seen(plan(UK)), True),
    (seen(plan(UK, PAIR)), [PAIR]),
    (seen(plan(UK), plan(IE)), [IE]),
    (seen(plan(unknown=DARK), plan(IE)), [IE]),
    (seen(plan(unknown=DARK), plan(UK)), {"unknown": ["dark"]}),
    (seen(plan(UK), plan()), NOTHING),
    (seen(plan(), plan(PAIR)), [PAIR]),
    (seen(plan(UK), gaps=(DARK,)), {"unknown": ["dark"]}),
    (seen(plan(PAIR), gaps=(DARK,)), [PAIR]),
    (DARK, {"unknown": ["dark"]}),
    (NEVER, "n/a"),
]


@pytest.mark.parametrize(("plans", "said"), BACKUPS)
def test_backups(judge: Judge, plans: object, said: object) -> None:
    assert judge(backups_in_place, {"places": [UK]}, Backup_plans=plans) == {"places": said}
