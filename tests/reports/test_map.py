"""The map: what stands where, whether it is allowed, and what cannot be drawn."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import pytest

from reports import map as module
from reports.document import ConditionResult, Document, FactRead, FaultFound, Finding, Flow, PlaceSeen, Verdict
from reports.map import HEIGHT, WIDTH, Standing, draw
from tests.reports.documents import DENIED, document, finding, flow, promise

LONDON, DUBLIN, VIRGINIA = "aws:eu-west-2", "aws:eu-west-1", "aws:us-east-1"
HOME = flow(LONDON, "GB", count=5)


def about(condition: str, value: Any, verdict: Verdict, faults: tuple[FaultFound, ...] = (), **changes: Any) -> Finding:
    """A finding of a promise about places, of buckets in production."""
    name = {"homes": "Location.homes", "copies": "Location.copies", "places": "Backup.plans"}.get(condition, "X.x")
    subject = finding().subject.model_copy(update={"type": "aws.s3.bucket", "environments": ("production",)})
    return finding(
        promise="in-uk",
        subject=subject,
        verdict=verdict,
        conditions=(ConditionResult(name=condition, verdict=verdict, faults=faults, **changes),),
        evidence=(FactRead(fact=name, state="known", value=value),),
    )


def made(
    *places: Flow, findings: tuple[Finding, ...] = (), check: str = "residency.places", **changes: Any
) -> Document:
    return document(places=places, findings=findings, promises=(promise("in-uk", check=check),), **changes)


def standing(place: Flow, *findings: Finding, **changes: Any) -> Standing:
    (row,) = draw(made(place, findings=findings, **changes)).rows
    return row.standing


FAULT = FaultFound(value=LONDON, why="no")
EXCEPTED = FAULT.model_copy(update={"excepted": True})
COPY = flow(LONDON, "GB", role="replica")
BACKUP = flow(LONDON, "GB", role="backup")


@pytest.mark.parametrize(
    ("place", "one", "told"),
    [
        (HOME, about("homes", [LONDON], Verdict.PASS), Standing.ALLOWED),
        (HOME, about("homes", [LONDON], Verdict.FAIL, (FAULT,)), Standing.NOT_ALLOWED),
        (HOME, about("homes", [LONDON], Verdict.EXCEPTED, (EXCEPTED,)), Standing.EXCEPTED),
        (HOME, about("homes", [LONDON], Verdict.FAIL, (FAULT, EXCEPTED)), Standing.NOT_ALLOWED),
        (HOME, about("homes", [LONDON], Verdict.UNKNOWN, unknowns=(DENIED,)), Standing.UNKNOWN),
        (HOME, about("homes", [LONDON], Verdict.ERROR, error="x"), Standing.UNKNOWN),
        (HOME, about("homes", [LONDON, DUBLIN], Verdict.FAIL, (FaultFound(value=DUBLIN, why=""),)), Standing.ALLOWED),
        (
            HOME,
            about("homes", [LONDON], Verdict.FAIL, (FaultFound(value=DUBLIN, why=""),), unknowns=(DENIED,)),
            Standing.UNKNOWN,
        ),
        (HOME, about("homes", [DUBLIN], Verdict.PASS), Standing.NOT_PROMISED),
        (HOME, about("copies", [{"kind": "replica", "place": LONDON}], Verdict.PASS), Standing.NOT_PROMISED),
        (HOME, about("something", [LONDON], Verdict.PASS), Standing.NOT_PROMISED),
        (HOME, about("homes", "global", Verdict.PASS), Standing.NOT_PROMISED),
        (flow(LONDON, "GB", role="log"), about("homes", [LONDON], Verdict.PASS), Standing.ALLOWED),
        (COPY, about("copies", [{"kind": "replica", "place": LONDON}], Verdict.PASS), Standing.ALLOWED),
        (COPY, about("copies", [{"kind": "cdn", "place": LONDON}], Verdict.PASS), Standing.NOT_PROMISED),
        (COPY, about("copies", [{"kind": "replica", "place": {}}], Verdict.PASS), Standing.NOT_PROMISED),
        (BACKUP, about("places", [{"places": [DUBLIN, LONDON]}], Verdict.FAIL, (FAULT,)), Standing.NOT_ALLOWED),
        (BACKUP, about("places", [{"places": {"reason": "refused"}}], Verdict.UNKNOWN), Standing.NOT_PROMISED),
        (flow("", why="x"), about("homes", [LONDON], Verdict.PASS), None),
    ],
)
def test_a_place_stands_as_the_findings_about_it_say(place: Flow, one: Finding, told: Standing | None) -> None:
    if told is None:
        assert [row.standing for row in draw(made(place, findings=(one,))).unknown] == [Standing.UNKNOWN]
    else:
        assert standing(place, one) is told


def test_the_worst_finding_decides() -> None:
    good, bad = about("homes", [LONDON], Verdict.PASS), about("homes", [LONDON], Verdict.FAIL, (FAULT,))
    for findings in ((good, bad), (bad, good)):
        assert standing(HOME, *findings) is Standing.NOT_ALLOWED


def test_only_promises_about_places_say_anything() -> None:
    one = about("homes", [LONDON], Verdict.PASS)
    assert standing(HOME, one, check="backup.places") is Standing.ALLOWED
    assert standing(HOME, one, check="encryption.at-rest") is Standing.NOT_PROMISED


@pytest.mark.parametrize(
    "changes", [{"provider": "gcp"}, {"type": "aws.rds.instance"}, {"environments": ("test",)}, {"environments": None}]
)
def test_other_resources_stand_for_themselves(changes: dict[str, Any]) -> None:
    assert standing(HOME.model_copy(update=changes), about("homes", [LONDON], Verdict.PASS)) is Standing.NOT_PROMISED


@pytest.mark.parametrize(
    ("omitted", "found", "told"),
    [
        ({}, (), Standing.NOT_PROMISED),
        ({"pass": 3}, (), Standing.LEFT_OUT),
        ({"pass": 3}, (about("homes", [LONDON], Verdict.FAIL, (FAULT,)),), Standing.NOT_ALLOWED),
        ({"pass": 3}, (about("homes", [LONDON], Verdict.PASS),), Standing.ALLOWED),
        ({"fail": 3}, (about("homes", [LONDON], Verdict.PASS),), Standing.LEFT_OUT),
        ({"fail": 3}, (about("homes", [LONDON], Verdict.FAIL, (FAULT,)),), Standing.NOT_ALLOWED),
    ],
)
def test_findings_that_are_left_out_are_not_taken_for_silence(
    omitted: dict[str, int], found: tuple[Finding, ...], told: Standing
) -> None:
    assert standing(HOME, *found, omitted=omitted) is told


def test_a_document_without_places_has_no_map() -> None:
    empty = draw(document())
    assert (empty.rows, empty.unknown, empty.beside, empty.marks, empty.arcs, empty.land) == ((), (), (), (), (), "")


def test_rows_add_up_types_and_environments() -> None:
    other = flow(LONDON, "GB", type="aws.rds.instance", environments=None, count=2)
    third = flow(LONDON, "GB", type="aws.rds.instance", environments=(), count=1)
    (row,) = draw(made(HOME, other, third)).rows
    assert (row.count, row.types) == (8, ("aws.rds.instance", "aws.s3.bucket"))
    assert row.environments == ("not known", "production", "unassigned")


def test_rows_are_told_the_worst_first_then_homes_then_by_count() -> None:
    bad = flow(DUBLIN, "IE", type="bad")
    rows = draw(
        made(
            flow(LONDON, "GB", role="replica", count=9),
            flow(LONDON, "GB", count=3),
            flow(DUBLIN, "IE", count=7, environments=("test",)),
            bad,
            findings=(
                about("homes", [DUBLIN], Verdict.FAIL, (FaultFound(value=DUBLIN, why=""),)).model_copy(
                    update={
                        "subject": finding().subject.model_copy(update={"type": "bad", "environments": ("production",)})
                    }
                ),
            ),
        )
    ).rows
    assert [(row.standing, row.place.id, row.role) for row in rows] == [
        (Standing.NOT_ALLOWED, DUBLIN, "home"),
        (Standing.NOT_PROMISED, DUBLIN, "home"),
        (Standing.NOT_PROMISED, LONDON, "home"),
        (Standing.NOT_PROMISED, LONDON, "replica"),
    ]


def test_what_is_not_known_is_added_up_by_reason() -> None:
    places = (
        flow("", why="refused", role="backup", origin=HOME.place),
        flow("", why="refused", role="backup", origin=flow(DUBLIN, "IE").place, count=2),
        flow("", why="other", role="backup"),
    )
    assert [(row.why, row.count, row.origin) for row in draw(made(*places)).unknown] == [
        ("refused", 3, None),
        ("other", 1, None),
    ]


def test_what_cannot_be_drawn_stands_beside() -> None:
    places = (HOME, flow("unplaced"), flow("global"), flow("gcp:eu"), flow("x:y", "GB", "TK"))
    found = draw(made(*places))
    assert {row.place.id for row in found.beside} == {"unplaced", "global", "gcp:eu", "x:y"}
    assert [mark.code for mark in found.marks] == ["GB"]


def test_a_mark_counts_by_standing() -> None:
    bad = about("copies", [{"kind": "replica", "place": LONDON}], Verdict.FAIL, (FAULT,))
    unknown = flow(LONDON, "GB", role="backup", count=2)
    doubt = about("places", [{"places": [LONDON]}], Verdict.UNKNOWN)
    (mark,) = draw(made(HOME, COPY, unknown, findings=(bad, doubt))).marks
    assert mark.counts == {Standing.NOT_PROMISED: 5, Standing.NOT_ALLOWED: 1, Standing.UNKNOWN: 2}
    assert (mark.total, mark.most, mark.worst) == (8, Standing.NOT_PROMISED, Standing.NOT_ALLOWED)
    assert mark.bad == "1 not allowed, 2 unknown"
    assert mark.name == "United Kingdom"


def test_a_place_in_two_countries_is_marked_in_both() -> None:
    found = draw(made(flow("gcp:eur4", "FI", "NL", count=3)))
    assert [(mark.code, mark.total) for mark in found.marks] == [("FI", 3), ("NL", 3)]


def test_an_arc_goes_from_home_to_copy() -> None:
    to = flow(VIRGINIA, "US", role="replica", origin=HOME.place, count=3)
    within = flow(LONDON, "GB", role="backup", origin=HOME.place, count=4)
    found = draw(made(HOME, to, to.model_copy(update={"role": "cdn", "count": 1}), within))
    (arc,) = found.arcs
    assert (arc.origin, arc.to, arc.count, arc.standing) == ("GB", "US", 4, Standing.NOT_PROMISED)
    assert found.within == 4
    marks = {mark.code: mark for mark in found.marks}
    numbers = [float(each) for each in re.findall(r"-?\d+\.\d", arc.path)]
    assert numbers[:2] == [marks["GB"].x, marks["GB"].y]
    assert numbers[4:] == [marks["US"].x, marks["US"].y]
    # Westward it leans north.
    assert numbers[3] < (marks["GB"].y + marks["US"].y) / 2


def test_a_copy_within_a_place_of_two_countries_has_no_arc() -> None:
    both = flow("gcp:eur4", "FI", "NL")
    assert draw(made(both, both.model_copy(update={"role": "backup", "origin": both.place}))).arcs == ()


def test_the_worst_arc_is_drawn_last_and_there_and_back_are_two() -> None:
    london, dublin = HOME.place, flow(DUBLIN, "IE").place
    there = flow(DUBLIN, "IE", role="replica", origin=london)
    back = flow(LONDON, "GB", role="replica", origin=dublin)
    bad = about("copies", [{"kind": "replica", "place": DUBLIN}], Verdict.FAIL, (FaultFound(value=DUBLIN, why=""),))
    found = draw(made(there, back, findings=(bad,))).arcs
    assert [(arc.origin, arc.to, arc.standing) for arc in found] == [
        ("IE", "GB", Standing.NOT_PROMISED),
        ("GB", "IE", Standing.NOT_ALLOWED),
    ]
    assert found[0].path.split("Q")[1].split()[:2] != found[1].path.split("Q")[1].split()[:2]


def test_everything_is_inside_the_drawing() -> None:
    codes = ["GB", "IE", "NL", "US", "SG", "JP", "BR", "AU", "NZ", "ZA", "DE", "BE", "LU"]
    found = draw(made(*(flow(f"x:{code}", code, type=code) for code in codes)))
    assert len(found.marks) == len(codes)
    for mark in found.marks:
        assert mark.radius < mark.x < WIDTH - mark.radius
        assert mark.radius < mark.y < HEIGHT - mark.radius
        assert -20 < mark.label_x < WIDTH + 20
    assert found.land.startswith("M")
    assert re.fullmatch(r"(M-?\d+ -?\d+(L-?\d+ -?\d+)*z)+", found.land)
    assert len(found.land) < 60_000


def test_a_small_region_is_drawn_large_but_not_too_large() -> None:
    near = draw(made(HOME, flow(DUBLIN, "IE"))).marks
    (alone,) = draw(made(HOME)).marks
    assert (alone.x, alone.y) == (WIDTH / 2, HEIGHT / 2)
    assert 100 < near[0].x - near[1].x < 400


def test_labels_of_neighbours_do_not_cover_each_other() -> None:
    marks = draw(made(HOME, flow(DUBLIN, "IE"), flow("x:NL", "NL"), flow(VIRGINIA, "US"))).marks
    places = {(mark.label_x, mark.label_y, mark.anchor) for mark in marks}
    assert len(places) == 4
    anchors = {mark.code: mark.anchor for mark in marks}
    assert anchors["IE"] == "end"


def test_long_tables_are_cut_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 2)
    found = draw(made(*(flow(f"x:{n}") for n in range(5)), *(flow("", why=f"{n}") for n in range(3))))
    assert (len(found.rows), len(found.unknown), len(found.beside), found.left_out) == (2, 2, 2, 4)


def test_the_same_document_makes_the_same_map() -> None:
    places = (HOME, flow(DUBLIN, "IE"), flow(VIRGINIA, "US", role="replica", origin=HOME.place))
    assert draw(made(*places)) == draw(made(*reversed(places)))


def test_the_data_of_the_map_tell_their_source_and_licence() -> None:
    for name in ("land.json", "countries.json"):
        text = (files("reports") / "data" / name).read_text(encoding="utf-8")
        data = json.loads(text)
        assert "Natural Earth" in data["source"]
        assert data["licence"] == "public domain"
        assert len(text) < 30_000
    codes = json.loads((files("reports") / "data" / "countries.json").read_text(encoding="utf-8"))["countries"]
    assert codes["GB"] == [-2.5, 53.9, "United Kingdom"]
    assert all(-180 <= row[0] <= 180 and -90 <= row[1] <= 90 for row in codes.values())


def test_hostile_countries_are_beside_the_map() -> None:
    odd = Flow(provider="x", type="t", role="home", place=PlaceSeen(id="p", countries=("<script>",)), count=1)
    found = draw(made(odd))
    assert found.marks == ()
    assert len(found.beside) == 1
