"""What a check is, and how it judges many items."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from checks.backup_places import backups_in_place
from checks.check import Check, Conditions, Fault, NoParameters, Parameters, Severity, check, every, some
from checks.encryption import encrypted_at_rest, encrypted_in_transit
from checks.exposure import not_public
from checks.residency import kept_in_place
from checks.retention import CHECKS as RETENTION
from checks.separation import CHECKS as SEPARATION
from scanner.facts import Exposure, Facet, Kind, Known, Location, NotKnown, Reason, Seen, Unknown, need, recording

ALL = (
    backups_in_place,
    encrypted_at_rest,
    encrypted_in_transit,
    kept_in_place,
    not_public,
    *RETENTION,
    *SEPARATION,
)
DARK = Unknown(Reason.REFUSED, "dark")
ODD = Unknown(Reason.SHAPE, "odd")


class Wanted(Parameters):
    """What is wanted."""

    size: int = 3


@check("door.shut", severity=Severity.LOW, fix="Shut it.", reads=(Exposure.public, Location.homes), about=Kind.CONFIG)
def shut(door: Exposure, where: Location, want: Wanted, on: date) -> Conditions:
    """The door is shut.

    It is not open.
    """
    yield "shut", lambda: not door.public
    yield "here", lambda: list(where.homes) == [f"{want.size} {on}"]


def test_a_check_is_made_of_its_function() -> None:
    assert isinstance(shut, Check)
    assert (shut.id, shut.severity, shut.fix, shut.about) == ("door.shut", Severity.LOW, "Shut it.", Kind.CONFIG)
    assert (shut.title, shut.doc) == ("The door is shut.", "The door is shut.\n\nIt is not open.")
    assert shut.facets == (("door", Exposure), ("where", Location))
    assert (shut.parameters, shut.parameter, shut.day) == (Wanted, "want", "on")
    assert [fact.key for fact in shut.reads] == ["Exposure.public", "Location.homes"]
    assert shut.needs(Wanted()) == shut.reads


def test_its_conditions() -> None:
    states = {"Exposure.public": Known(value=True), "Location.homes": Known(Seen(("5 2026-07-01",)))}

    def facets(kind: type[Facet]) -> Facet:
        return kind(states)

    conditions = dict(shut.conditions(facets, Wanted(size=5), date(2026, 7, 1)))
    assert {name: ask() for name, ask in conditions.items()} == {"shut": False, "here": True}


def test_a_check_without_parameters() -> None:
    assert not_public.parameters is NoParameters
    assert (not_public.parameter, not_public.day, not_public.about) == ("", "", Kind.DATA)
    with pytest.raises(ValueError, match="extra"):
        NoParameters.model_validate({"more": 1})


def bare(door: Exposure) -> Conditions:
    yield "shut", lambda: not door.public


def told(door: Exposure) -> Conditions:
    """It is shut."""
    yield "shut", lambda: not door.public


def test_a_check_needs_words_and_facts() -> None:
    make = check("x", severity=Severity.LOW, fix="", reads=(Exposure.public,))
    assert make(told).title == "It is shut."
    with pytest.raises(TypeError, match="check x: a docstring and the facts"):
        make(bare)
    with pytest.raises(TypeError, match="check y: a docstring and the facts"):
        check("y", severity=Severity.LOW, fix="", reads=("Exposure.public",))(told)


@pytest.mark.parametrize("each", ALL, ids=lambda each: each.id)
def test_the_checks_of_the_project(each: Check) -> None:
    assert each.title.endswith(".")
    assert each.fix.endswith(".")
    assert each.reads


def test_their_names_are_unique() -> None:
    assert sorted(each.id for each in ALL) == [
        "backup.places",
        "backup.retention",
        "encryption.at-rest",
        "encryption.in-transit",
        "exposure.not-public",
        "logs.retention",
        "residency.places",
        "separation.accounts",
        "separation.lineage",
        "separation.networks",
    ]


def odd(item: int | Unknown) -> Fault | None:
    return Fault(str(item), "odd") if need(item) % 2 else None


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ((), []),
        ((2, 4), []),
        ((1, 2, 3), [Fault("1", "odd"), Fault("3", "odd")]),
        ((DARK, 1), [DARK, Fault("1", "odd")]),
        ((1, DARK, ODD, 3), [Fault("1", "odd"), DARK, ODD, Fault("3", "odd")]),
    ],
)
def test_every(items: tuple[int | Unknown, ...], found: list[Fault | Unknown]) -> None:
    assert list(every(items, odd)) == found


def test_every_tells_the_gaps_last() -> None:
    with recording() as reads:
        assert list(every(Seen((1, 2), (DARK, ODD)), odd)) == [Fault("1", "odd"), DARK]
    assert reads.unknowns == [DARK, ODD]


def test_some() -> None:
    assert list(some((1, 2))) == [1, 2]
    assert list(some(())) == [Unknown(Reason.UNDECIDED, "nothing is told where something must be")]
    items: Iterator[object] = some(Seen((), (DARK,)))
    with pytest.raises(NotKnown):
        next(items)
