"""Whether a place is inside what a promise wants."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.places import (
    GLOBAL,
    UNPLACED,
    ZONES,
    Standing,
    decisions,
    place,
    places,
    standing,
    standing_any,
    validate_wanted,
)

TODAY = date(2026, 11, 22)
INSIDE, OUTSIDE, CONDITIONAL, UNKNOWN = Standing.INSIDE, Standing.OUTSIDE, Standing.CONDITIONAL, Standing.UNKNOWN


@pytest.mark.parametrize(
    ("place_id", "wanted", "expected"),
    [
        # a place
        ("azure:uksouth", "azure:uksouth", INSIDE),
        ("azure:ukwest", "azure:uksouth", OUTSIDE),
        ("aws:eu-west-2", "azure:uksouth", OUTSIDE),
        ("gcp:europe-west15", "gcp:europe-west2", OUTSIDE),
        ("gcp:europe-west15", "gcp:europe-west15", INSIDE),
        ("azure:atlantis", "azure:uksouth", UNKNOWN),
        ("country:GB", "azure:uksouth", UNKNOWN),
        ("country:FR", "azure:uksouth", OUTSIDE),
        # a local zone is not in its region
        ("aws:eu-central-1-ist-1", "aws:eu-central-1", OUTSIDE),
        ("aws:eu-central-1-ist-1", "aws:eu-central-1-ist-1", INSIDE),
        ("aws:eu-central-1-ist-1", "DE", OUTSIDE),
        ("aws:eu-central-1-ist-1", "TR", INSIDE),
        ("aws:eu-central-1-ist-1", "EEA", OUTSIDE),
        ("aws:eu-central-1-waw-1", "EEA", INSIDE),
        ("aws:us-west-2-lax-1a", "US", UNKNOWN),
        # multi- and dual-regions
        ("gcp:eur4", "gcp:eur4", INSIDE),
        ("gcp:europe-north1", "gcp:eur4", INSIDE),
        ("gcp:europe-west3", "gcp:eur4", OUTSIDE),
        ("gcp:eur4", "gcp:eur3", INSIDE),
        ("gcp:eur3", "gcp:eur4", OUTSIDE),
        ("gcp:eur4", "gcp:europe-north1", OUTSIDE),
        ("gcp:eu", "gcp:eu", INSIDE),
        ("gcp:eu", "gcp:europe-west3", UNKNOWN),
        ("gcp:eu", "gcp:europe-west2", OUTSIDE),
        ("gcp:eu", "gcp:eur4", UNKNOWN),
        ("gcp:eu", "azure:westeurope", OUTSIDE),
        ("gcp:europe-west3", "gcp:eu", UNKNOWN),
        ("gcp:europe-west2", "gcp:eu", OUTSIDE),
        ("gcp:europe", "gcp:europe-west3", UNKNOWN),
        ("gcp:europe-west15", "gcp:eu", UNKNOWN),
        ("gcp:us-east4", "gcp:nam7", UNKNOWN),
        ("gcp:us", "gcp:us-east1", UNKNOWN),
        ("gcp:asia1", "JP", INSIDE),
        ("gcp:asia1", "country:JP", INSIDE),
        ("gcp:eur4", "EEA", INSIDE),
        ("gcp:eur5", "EEA", OUTSIDE),
        ("gcp:eur7", "EEA", OUTSIDE),
        ("gcp:eur8", "EEA", OUTSIDE),
        ("gcp:eur5", "GB", OUTSIDE),
        ("gcp:eur5", "adequate", INSIDE),
        ("gcp:eur8", "adequate", INSIDE),
        ("gcp:nam5", "EEA", OUTSIDE),
        ("gcp:nam5", "US", UNKNOWN),
        ("gcp:nam5", "adequate", UNKNOWN),
        ("gcp:nam4", "adequate", CONDITIONAL),
        ("gcp:us", "US", INSIDE),
        ("gcp:eu", "EU", INSIDE),
        ("gcp:eu", "EEA", INSIDE),
        ("gcp:eu", "adequate", INSIDE),
        ("gcp:eu", "DE", UNKNOWN),
        ("gcp:eu", "GB", OUTSIDE),
        ("gcp:asia", "EEA", OUTSIDE),
        ("gcp:asia", "JP", UNKNOWN),
        ("gcp:asia", "adequate", UNKNOWN),
        ("gcp:dual-region-germany1", "DE", UNKNOWN),
        # countries
        ("azure:uksouth", "GB", INSIDE),
        ("azure:uksouth", "country:GB", INSIDE),
        ("azure:uksouth", "IE", OUTSIDE),
        ("country:GB", "GB", INSIDE),
        ("country:GB", "country:GB", INSIDE),
        ("gcp:europe-west15", "DE", UNKNOWN),
        # zones of law
        ("azure:northeurope", "EU", INSIDE),
        ("azure:norwayeast", "EU", OUTSIDE),
        ("azure:norwayeast", "EEA", INSIDE),
        ("azure:norwayeast", "adequate", INSIDE),
        ("azure:uksouth", "EEA", OUTSIDE),
        ("azure:uksouth", "adequate", INSIDE),
        ("aws:eu-west-2", "EU", OUTSIDE),
        ("aws:eu-central-2", "EEA", OUTSIDE),
        ("aws:eu-central-2", "adequate", INSIDE),
        ("aws:sa-east-1", "adequate", INSIDE),
        ("aws:us-east-1", "adequate", CONDITIONAL),
        ("aws:ca-central-1", "adequate", CONDITIONAL),
        ("aws:ap-northeast-1", "adequate", CONDITIONAL),
        ("aws:ap-northeast-2", "adequate", CONDITIONAL),
        ("aws:il-central-1", "adequate", CONDITIONAL),
        ("aws:ap-south-1", "adequate", OUTSIDE),
        ("country:RE", "EEA", INSIDE),
        ("country:SJ", "EEA", OUTSIDE),
        ("country:FO", "adequate", INSIDE),
        ("country:GL", "adequate", OUTSIDE),
        ("country:GI", "adequate", UNKNOWN),
        ("gcp:europe-west15", "EEA", UNKNOWN),
        ("gcp:europe", "EEA", UNKNOWN),
        ("azure:finlandcentral", "EEA", UNKNOWN),
        # no place at all
        (GLOBAL, "azure:uksouth", UNKNOWN),
        (GLOBAL, "GB", UNKNOWN),
        (UNPLACED, "EEA", UNKNOWN),
        (UNPLACED, "gcp:eu", UNKNOWN),
    ],
)
def test_standing(place_id: str, wanted: str, expected: Standing) -> None:
    assert standing(place_id, wanted, TODAY).standing is expected


@pytest.mark.parametrize(
    ("place_id", "on", "expected"),
    [
        ("azure:uksouth", date(2021, 6, 27), OUTSIDE),
        ("azure:uksouth", date(2021, 6, 28), INSIDE),
        ("azure:uksouth", date(2031, 12, 27), INSIDE),
        ("azure:uksouth", date(2031, 12, 28), OUTSIDE),
        ("aws:sa-east-1", date(2026, 1, 25), OUTSIDE),
        ("aws:sa-east-1", date(2026, 1, 26), INSIDE),
        ("aws:us-east-1", date(2023, 7, 9), OUTSIDE),
        ("aws:us-east-1", date(2023, 7, 10), CONDITIONAL),
        ("azure:northeurope", date(2035, 1, 1), INSIDE),
    ],
)
def test_adequacy_has_dates(place_id: str, on: date, expected: Standing) -> None:
    assert standing(place_id, "adequate", on).standing is expected


@pytest.mark.parametrize(
    ("place_id", "wanted", "expected"),
    [
        ("azure:uksouth", ("EEA", "GB"), INSIDE),
        ("gcp:eur5", ("EEA", "GB"), INSIDE),
        ("gcp:eur5", ("gcp:europe-west1", "gcp:europe-west2"), INSIDE),
        ("gcp:eur5", ("gcp:europe-west1", "DE"), OUTSIDE),
        ("gcp:eur8", ("DE", "FR"), OUTSIDE),
        ("aws:us-east-1", ("EEA", "adequate"), CONDITIONAL),
        ("aws:us-east-1", ("adequate", "US"), INSIDE),
        ("gcp:eu", ("GB", "DE"), UNKNOWN),
        ("gcp:europe-west15", ("gcp:europe-west2", "GB"), UNKNOWN),
        ("azure:westeurope", ("azure:uksouth", "GB"), OUTSIDE),
        (GLOBAL, ("GB", "EEA"), UNKNOWN),
        ("azure:atlantis", ("GB", "EEA"), UNKNOWN),
    ],
)
def test_any_of_several(place_id: str, wanted: tuple[str, ...], expected: Standing) -> None:
    assert standing_any(place_id, wanted, TODAY).standing is expected


@pytest.mark.parametrize(
    ("place_id", "wanted", "why"),
    [
        ("azure:uksouth", "EEA", "azure:uksouth is in GB, which is not in the EEA"),
        ("azure:norwayeast", "EEA", "azure:norwayeast is in NO, which is in the EEA"),
        ("azure:norwayeast", "adequate", "azure:norwayeast is in NO, which is in the EEA"),
        ("azure:uksouth", "GB", "azure:uksouth is in GB"),
        ("azure:uksouth", "IE", "azure:uksouth is in GB, not in IE"),
        ("azure:ukwest", "azure:ukwest", "azure:ukwest is the place wanted"),
        ("azure:ukwest", "azure:uksouth", "azure:ukwest (GB) is not in azure:uksouth"),
        ("gcp:europe-west15", "gcp:us-east1", "gcp:europe-west15 (country not known) is not in gcp:us-east1"),
        ("gcp:europe-north1", "gcp:eur4", "gcp:europe-north1 (FI) is a part of gcp:eur4"),
        (
            "gcp:eur5",
            "EEA",
            (
                "gcp:eur5 spreads over gcp:europe-west1, gcp:europe-west2: "
                "gcp:europe-west2 is in GB, which is not in the EEA"
            ),
        ),
        (
            "azure:uksouth",
            "adequate",
            (
                "azure:uksouth is in GB, which has an EU adequacy decision "
                "(Implementing Decision (EU) 2021/1772, adopted 2021-06-28, in force until 2031-12-27)"
            ),
        ),
        (
            "aws:eu-central-2",
            "adequate",
            (
                "aws:eu-central-2 is in CH, which has an EU adequacy decision "
                "(Decision 2000/518/EC, adopted 2000-07-26, with no end date)"
            ),
        ),
        (
            "aws:ca-central-1",
            "adequate",
            (
                "aws:ca-central-1 is in CA, whose EU adequacy decision (Decision 2002/2/EC, adopted 2001-12-20, "
                "with no end date) is conditional: only recipients subject to PIPEDA (commercial organisations)"
            ),
        ),
        (
            "aws:ap-south-1",
            "adequate",
            "aws:ap-south-1 is in IN, which is not in the EEA and has no EU adequacy decision in force on 2026-11-22",
        ),
        (
            "country:GI",
            "adequate",
            (
                "country:GI is in GI, whose adequacy is not established, "
                "so it cannot be shown to be in an adequate country"
            ),
        ),
        (
            "gcp:europe-west15",
            "EEA",
            (
                "the country of gcp:europe-west15 is not known with enough confidence, "
                "so it cannot be shown to be in the EEA"
            ),
        ),
        ("global", "GB", "global data may be anywhere, so it cannot be shown to be in GB"),
        ("unplaced", "EU", "unplaced data may be anywhere, so it cannot be shown to be in the EU"),
        (
            "azure:x\n",
            "azure:uksouth",
            "'azure:x\\n' is not in the tables of places, so it cannot be shown to be in azure:uksouth",
        ),
        ("gcp:eu", "EEA", "gcp:eu is somewhere in European Union: every country it may be in is inside the EEA"),
        ("gcp:eu", "GB", "gcp:eu is somewhere in European Union: no country it may be in is inside GB"),
        (
            "gcp:eu",
            "DE",
            "gcp:eu is somewhere in European Union, where exactly is not known, so it cannot be shown to be in DE",
        ),
        (
            "gcp:us",
            "gcp:us-east1",
            (
                "what is known of gcp:us (US) and gcp:us-east1 does not settle it, "
                "so it cannot be shown to be in gcp:us-east1"
            ),
        ),
    ],
)
def test_why(place_id: str, wanted: str, why: str) -> None:
    assert standing(place_id, wanted, TODAY).why == why


def test_why_of_several() -> None:
    found = standing_any("azure:westeurope", ("azure:uksouth", "GB", "EU", "adequate"), TODAY)
    assert found.why == (
        "azure:westeurope is in NL, which is in the EU; azure:westeurope is in NL, which is in the EEA"
    )
    found = standing_any("azure:westeurope", ("azure:uksouth", "GB", "country:GB"), TODAY)
    assert found.why == "azure:westeurope (NL) is not in azure:uksouth; azure:westeurope is in NL, not in GB"
    found = standing_any("azure:x", ("EEA", "adequate", "GB"), TODAY)
    assert found.why.endswith("cannot be shown to be in the EEA or an adequate country or GB")


def test_a_lapsed_decision_is_named() -> None:
    found = standing("azure:uksouth", "adequate", date(2032, 1, 1))
    assert found.decision == decisions("GB")[0]
    assert found.why.endswith(
        "in force on 2032-01-01 (Implementing Decision (EU) 2021/1772, adopted 2021-06-28, in force until 2031-12-27)"
    )


@pytest.mark.parametrize(
    ("place_id", "wanted", "country"),
    [
        ("azure:uksouth", ("adequate",), "GB"),
        ("azure:uksouth", ("GB", "adequate"), "GB"),
        ("aws:us-east-1", ("adequate",), "US"),
        ("gcp:eur5", ("adequate",), "GB"),
        ("azure:northeurope", ("adequate",), None),
        ("azure:uksouth", ("EEA", "GB"), None),
        ("aws:ap-south-1", ("adequate",), None),
    ],
)
def test_the_decision_it_turns_on(place_id: str, wanted: tuple[str, ...], country: str | None) -> None:
    found = standing_any(place_id, wanted, TODAY).decision
    assert (found and found.country) == country


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("UK", "Did you mean 'GB'?"),
        ("country:UK", "Did you mean 'GB'?"),
        ("EL", "Did you mean 'GR'?"),
        ("eea", "Did you mean 'EEA'?"),
        ("azure:uksuoth", "Did you mean 'azure:uksouth'?"),
        ("country:EEA", "nor one of EU, EEA, adequate"),
        ("uksouth", "Did you mean 'azure:uksouth'?"),
        ("", "neither a known place"),
        (GLOBAL, "constrains nothing"),
        (UNPLACED, "constrains nothing"),
    ],
)
def test_what_cannot_be_wanted(wanted: str, said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        validate_wanted(wanted)
    assert said in str(caught.value)
    with pytest.raises(ValueError, match=r"."):
        standing_any("azure:uksouth", ("GB", wanted), TODAY)


def test_no_hint_where_nothing_is_like_it() -> None:
    with pytest.raises(ValueError, match=r"adequate\.$"):
        validate_wanted("~~~")


def test_wanting_nothing_is_an_error() -> None:
    with pytest.raises(ValueError, match="No place is wanted"):
        standing_any("azure:uksouth", (), TODAY)


PLACES = st.sampled_from([GLOBAL, UNPLACED, "azure:atlantis", "country:GB", *(one.id for one in places())])
WANTED = st.sampled_from(["GB", "DE", "country:US", *ZONES, *(one.id for one in places())])
DAYS = st.dates(date(2000, 1, 1), date(2040, 1, 1))


@given(place_id=PLACES, wanted=st.lists(WANTED, min_size=1, max_size=4), more=WANTED, on=DAYS)
def test_wanting_more_never_hurts(place_id: str, wanted: list[str], more: str, on: date) -> None:
    best_last = [OUTSIDE, UNKNOWN, CONDITIONAL, INSIDE]
    few, many = (standing_any(place_id, words, on) for words in (wanted, [*wanted, more]))
    assert best_last.index(few.standing) <= best_last.index(many.standing)
    assert many.why


@given(place_id=PLACES, wanted=st.sampled_from(["GB", *ZONES]), on=DAYS)
def test_an_unknown_country_is_never_inside_or_outside(place_id: str, wanted: str, on: date) -> None:
    found = place(place_id)
    if found is None or not (found.countries or found.candidates or found.members):
        assert standing(place_id, wanted, on).standing is UNKNOWN


@given(place_id=PLACES, on=DAYS)
def test_zones_are_nested(place_id: str, on: date) -> None:
    eu, eea, adequate = (standing(place_id, zone, on).standing for zone in ZONES)
    assert eu is not INSIDE or eea is INSIDE
    assert eea is not INSIDE or adequate is INSIDE
