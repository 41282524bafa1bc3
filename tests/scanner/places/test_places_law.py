"""The EU, the EEA and adequacy decisions."""

from __future__ import annotations

from datetime import date

import pytest

from scanner.places import Decision, country_codes, decisions, members_of

OUTERMOST = {"GP", "MQ", "GF", "RE", "YT", "MF", "AX"}


def test_the_eu_is_its_states_and_its_territories_with_a_code() -> None:
    assert len(members_of("EU") - OUTERMOST) == 27
    assert members_of("EU") >= OUTERMOST
    assert {"GR", "IE", "HR"} <= members_of("EU")
    assert not {"GB", "CH", "NO", "EL", "PT-20"} & members_of("EU")


def test_the_eea_adds_three_states() -> None:
    assert members_of("EEA") - members_of("EU") == {"IS", "LI", "NO"}


@pytest.mark.parametrize("code", ["SJ", "GL", "FO", "GI", "NC", "PF", "AW", "CW", "MC", "SM", "VA", "CH", "GB", "GG"])
def test_outside_the_eea(code: str) -> None:
    assert code not in members_of("EEA")


def test_norway_is_a_string_everywhere() -> None:
    assert "NO" in members_of("EEA")
    assert all(isinstance(code, str) for code in members_of("EEA") | country_codes())


def test_codes_are_iso() -> None:
    assert len(country_codes()) == 249
    assert not {"UK", "EL", "EU", "ZZ"} & country_codes()
    assert members_of("EEA") <= country_codes()


@pytest.mark.parametrize(
    ("country", "adopted", "expires", "conditional"),
    [
        ("GB", date(2021, 6, 28), date(2031, 12, 27), False),
        ("CH", date(2000, 7, 26), None, False),
        ("BR", date(2026, 1, 26), None, False),
        ("NZ", date(2012, 12, 19), None, False),
        ("US", date(2023, 7, 10), None, True),
        ("CA", date(2001, 12, 20), None, True),
        ("JP", date(2019, 1, 23), None, True),
        ("KR", date(2021, 12, 17), None, True),
        ("IL", date(2011, 1, 31), None, True),
    ],
)
def test_decisions(country: str, adopted: date, expires: date | None, conditional: bool) -> None:
    (found,) = decisions(country)
    assert (found.country, found.adopted, found.expires, found.conditional) == (country, adopted, expires, conditional)
    assert "Decision" in found.reference
    assert found.scope
    assert found.source
    assert found.name


@pytest.mark.parametrize("country", ["IN", "DE", "", "UK", "GI"])
def test_no_decision(country: str) -> None:
    assert decisions(country) == ()


def test_sixteen_countries_have_a_decision() -> None:
    found = {code for code in country_codes() if decisions(code)}
    assert found == {"AD", "AR", "BR", "CA", "FO", "GG", "IL", "IM", "JP", "JE", "NZ", "KR", "CH", "GB", "UY", "US"}


def test_decisions_for_a_country_do_not_overlap() -> None:
    for code in country_codes():
        found = decisions(code)
        assert not [one for one in found for other in found if one != other and one.in_force(other.adopted)]


@pytest.mark.parametrize(
    ("on", "expires", "expected"),
    [
        (date(2020, 1, 1), date(2030, 1, 1), False),
        (date(2020, 1, 2), date(2030, 1, 1), True),
        (date(2030, 1, 1), date(2030, 1, 1), True),
        (date(2030, 1, 2), date(2030, 1, 1), False),
        (date(2999, 1, 1), None, True),
        (date(2020, 1, 1), None, False),
    ],
)
def test_in_force_from_its_first_to_its_last_day(on: date, expires: date | None, expected: bool) -> None:
    decision = Decision("GB", "n", "r", date(2020, 1, 2), expires, "full", conditional=False, source="s")
    assert decision.in_force(on) is expected
