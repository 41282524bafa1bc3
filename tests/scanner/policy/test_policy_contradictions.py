"""What in a policy cannot be kept, or says nothing."""

# ruff: noqa: E501 - a case on a line of its own reads as a table

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

import pytest

from scanner.policy import Contradiction, Policy, contradictions

Make = Callable[..., Policy]
TODAY = date(2026, 11, 22)
UK = (
    "azure:uksouth is in GB, which has an EU adequacy decision (Implementing Decision (EU) 2021/1772, adopted "
    "2021-06-28, in force until 2031-12-27). To accept such places, want 'adequate'"
)
HEAD = """\
version: 1
name: x
scope:
  aws: {}
  azure: {}
  unscanned:
    - {name: Example Hosting Ltd, places: [GB]}
environments:
  production: {aws: ["111111111111"], azure: [00000000-0000-0000-0000-000000000001], tags: {env: [prod]}}
  test: {aws: ["222222222222"]}
  release: {gcp: [acme-release]}
promises:
"""
"""Twelve lines."""
LAST = len(HEAD.splitlines())


def found(make: Make, promises: str, head: str = HEAD, on: date = TODAY) -> list[tuple[str, int, str, str]]:
    """Each contradiction: its code, its line after the head, the word that stands at its place, its message."""
    policy = make(promises, head)
    types = {name for promise in policy.promises for name in promise.types}
    lines = (head + promises).splitlines()
    return [
        (each.code, each.line - LAST, _word(lines[each.line - 1], each.column), each.message)
        for each in contradictions(policy, on, types)
    ]


def _word(line: str, column: int) -> str:
    found = re.match(r"[\w:.-]+|\S", line[column - 1 :])
    # A place that is not the start of a word is a wrong one.
    return found[0] if found and not re.match(r"[\w:.-]{2}", line[column - 2 :]) else ""


def codes(make: Make, promises: str, head: str = HEAD, on: date = TODAY) -> list[str]:
    return [code for code, *_ in found(make, promises, head, on) if code != "unscanned-outside"]


def promise(name: str, check: str, parameters: str, applies_to: str = "") -> str:
    return f"  - {{id: {name}, says: A., check: {check}, with: {{{parameters}}}, applies_to: {{{applies_to}}}}}\n"


def place(name: str, places: str, applies_to: str = "") -> str:
    return promise(name, "residency.places", f"places: [{places}]", applies_to)


def kept(name: str, bounds: str, applies_to: str = "") -> str:
    return promise(name, "backup.retention", bounds, applies_to)


def test_a_united_kingdom_that_the_eea_does_not_hold(make: Make) -> None:
    text = place("uk", "azure:westeurope, azure:uksouth") + place("eea", "EEA", "providers: [azure]")
    message = (
        f"'uk' accepts azure:uksouth, which is outside the EEA; 'eea' wants that and speaks of the same resources. {UK}"
    )
    assert found(make, text, HEAD.replace("[GB]", "[]")) == [("outside-zone", 1, "azure:uksouth", message)]


def test_a_contradiction_has_a_place_in_the_file(make: Make) -> None:
    policy = make(place("eea", "EEA"), HEAD)
    message = "Example Hosting Ltd is declared in GB, outside what 'eea' wants; it is not examined"
    assert contradictions(policy, TODAY, ()) == (Contradiction(7, 44, "unscanned-outside", message),)


@pytest.mark.parametrize(
    ("places", "zones", "on", "words"),
    [
        ("azure:uksouth", "EEA", TODAY, "outside the EEA;"),
        ("azure:uksouth", "EEA", TODAY, "in force until 2031-12-27)"),
        ("azure:uksouth", "EEA", date(2032, 1, 1), "no EU adequacy decision in force on 2032-01-01"),
        ("aws:us-east-1", "EEA", TODAY, "is conditional: only organisations certified"),
        ("IN", "EU", TODAY, "country:IN is in IN, which is not in the EEA and has no EU adequacy decision in force"),
        ("country:CH", "EU, EEA", TODAY, "outside the EU and the EEA;"),
        ("NO", "EU", TODAY, "country:NO is in NO, which is in the EEA"),
    ],
)
def test_places_outside_a_zone(make: Make, places: str, zones: str, on: date, words: str) -> None:
    messages = {code: message for code, *_, message in found(make, place("a", places) + place("b", zones), on=on)}
    assert words in messages["outside-zone"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # inside, or not a place
        ("azure:westeurope", "EEA", []),
        ("NO", "EEA", []),
        ("adequate", "EEA", []),
        ("EU", "EEA", []),
        ("gcp:eu", "EU", ["place-not-scanned"]),
        ("azure:uksouth", "EEA, GB", []),
        ("azure:uksouth", "adequate", []),
        ("azure:uksouth", "GB", []),
        ("azure:uksouth", "country:GB", []),
        # nothing fits both
        ("azure:uksouth", "azure:ukwest", ["disjoint-places"]),
        ("azure:uksouth", "FR, DE", ["disjoint-places"]),
        ("azure:uksouth, azure:ukwest", "azure:ukwest, azure:westeurope", []),
        ("US", "GB", ["disjoint-places"]),
        ("US", "adequate", []),
        ("EEA", "GB", ["disjoint-places", "outside-zone"]),
        ("EEA", "GB, FR", ["outside-zone"]),
        ("aws:eu-west-1", "IE", []),
    ],
)
def test_two_residency_promises(make: Make, one: str, other: str, expected: list[str]) -> None:
    for text in (place("a", one) + place("b", other), place("b", other) + place("a", one)):
        assert sorted(codes(make, text)) == sorted(expected)


@pytest.mark.parametrize(
    ("one", "other", "overlap"),
    [
        ("", "", True),
        ("environments: [production]", "", True),
        ("environments: [production]", "environments: [test]", False),
        ("environments: [production]", "environments: [test, production]", True),
        ("providers: [aws]", "providers: [azure]", False),
        ("providers: [aws]", "providers: [azure, aws]", True),
        ("environments: [test]", "providers: [azure]", False),
        ("environments: [production]", "providers: [azure]", True),
        ("types: [aws.s3.bucket]", "types: [aws.rds.instance]", False),
        ("types: [aws.s3.bucket]", "types: ['*.bucket']", True),
        ("types: ['aws.*']", "providers: [azure]", False),
        ("types: ['aws.*']", "", True),
        ("accounts: [A]", "accounts: [b]", False),
        ("accounts: [A]", "accounts: [a]", True),
        ("tags: {k: [a]}", "tags: {k: [b]}", False),
        ("tags: {k: [a]}", "tags: {k: [b, a]}", True),
        ("tags: {k: [a]}", "tags: {m: [b]}", True),
    ],
)
def test_only_overlapping_scopes_contradict(make: Make, one: str, other: str, overlap: bool) -> None:
    first, second = kept("a", "at_least: 2 days", one), kept("b", "at_most: 1 day", other)
    assert codes(make, first + second) == (["crossed-bounds"] if overlap else [])
    first, second = place("a", "FR", one), place("b", "DE", other)
    assert codes(make, first + second) == (["disjoint-places"] if overlap else [])
    first, second = place("a", "EEA", one), place("b", "US", other)
    assert ("outside-zone" in codes(make, first + second)) is overlap


def test_data_and_configuration_are_apart_unless_included(make: Make) -> None:
    other = place("a", "EEA")
    about_logs = promise("b", "logs.retention", "at_least: 1 day") + promise("c", "logs.retention", "at_most: 1 hour")
    assert codes(make, other + about_logs) == ["crossed-bounds"]


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        ("at_least: 35 days", "at_most: 30 days", "'a' wants at least 35 days, 'b' at most 30 days, of the same resources"),
        ("at_most: 30 days", "at_least: 35 days", "'b' wants at least 35 days, 'a' at most 30 days, of the same resources"),
        ("exactly: 35 days", "at_most: 30 days", "'a' wants at least 35 days, 'b' at most 30 days, of the same resources"),
        ("exactly: 35 days", "at_least: 36 days", "'b' wants at least 36 days, 'a' at most 35 days, of the same resources"),
        ("exactly: 35 days", "exactly: 36 days", "'b' wants at least 36 days, 'a' at most 35 days, of the same resources"),
        ("at_least: forever", "at_most: 9 years", "'a' wants at least forever, 'b' at most 3285 days, of the same resources"),
        ("exactly: 35 days", "at_least: 5 weeks", ""),
        ("exactly: 35 days", "at_least: 30 days, at_most: 1 year", ""),
        ("at_least: 35 days", "at_least: 30 days", ""),
        ("at_most: 35 days", "at_most: 30 days", ""),
        ("at_least: 35 days, every: 1 day", "at_most: 30 days, every: 1 hour", ""),
    ],
)  # fmt: skip
def test_bounds(make: Make, one: str, other: str, message: str) -> None:
    expected = [("crossed-bounds", 2, "{", message)] if message else []
    assert found(make, kept("a", one) + kept("b", other)) == expected


def test_bounds_of_different_checks_do_not_meet(make: Make) -> None:
    text = kept("a", "at_least: 2 days") + promise("b", "logs.retention", "at_most: 1 day", "include: config")
    assert codes(make, text.replace("{}", "{include: config}")) == []


@pytest.mark.parametrize(
    ("places", "applies_to", "message"),
    [
        ("azure:uksouth, gcp:eu", "", "'a' wants gcp:eu, but speaks only of aws, azure"),
        ("azure:uksouth, aws:eu-west-2", "providers: [azure]", "'a' wants aws:eu-west-2, but speaks only of azure"),
        ("azure:uksouth, aws:eu-west-2", "types: ['azure.*']", "'a' wants aws:eu-west-2, but speaks only of azure"),
        ("aws:eu-west-2, azure:uksouth", "environments: [test]", "'a' wants azure:uksouth, but speaks only of aws"),
        ("aws:eu-west-2, azure:uksouth", "environments: [production]", ""),
        ("aws:eu-west-2, azure:uksouth", "environments: [test, production]", ""),
        ("GB, country:FR, EEA", "providers: [azure]", ""),
    ],
)
def test_places_that_no_scanned_provider_has(make: Make, places: str, applies_to: str, message: str) -> None:
    word = places.rpartition(", ")[2]
    expected = [("place-not-scanned", 1, word, message)] if message else []
    assert [each for each in found(make, place("a", places, applies_to)) if each[0] != "unscanned-outside"] == expected


@pytest.mark.parametrize(
    ("places", "applies_to", "outside"),
    [
        ("EEA", "", True),
        ("FR", "", True),
        ("azure:westeurope", "", True),
        ("EEA, GB", "", False),
        ("adequate", "", False),
        ("azure:uksouth", "", False),
        ("EEA", "environments: [production]", True),
        ("EEA", "providers: [azure]", False),
        ("EEA", "types: ['azure.*']", False),
        ("EEA", "accounts: [x]", False),
    ],
)
def test_hosters_without_an_api(make: Make, places: str, applies_to: str, outside: bool) -> None:
    message = "Example Hosting Ltd is declared in GB, outside what 'a' wants; it is not examined"
    expected = [("unscanned-outside", -5, "GB", message)] if outside else []
    assert found(make, place("a", places, applies_to)) == expected


def test_a_hoster_without_a_known_place_is_not_compared(make: Make) -> None:
    for places in ("[EEA]", "[]"):
        assert found(make, place("a", "EEA"), HEAD.replace("[GB]", places)) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ('test: {aws: ["222222222222"]}', "test: {}", ("empty-environment", -2, "{", "environment 'test' has no accounts and no tags")),
        ('test: {aws: ["222222222222"]}', "test: {aws: []}", ("empty-environment", -2, "{", "environment 'test' has no accounts and no tags")),
        ('test: {aws: ["222222222222"]}', "test: {acme: []}", ("empty-environment", -2, "{", "environment 'test' has no accounts and no tags")),
        ('test: {aws: ["222222222222"]}', "test: {acme: [x]}", None),
        ('test: {aws: ["222222222222"]}', "test: {tags: {a: [b]}}", None),
        ('"222222222222"', "'222222222222', '111111111111'", ("contested-account", -2, "'", "aws account 111111111111 is in 'production' and in 'test'")),
    ],
)  # fmt: skip
def test_environments(make: Make, before: str, after: str, expected: tuple[str, int, str, str] | None) -> None:
    assert before in HEAD
    assert found(make, kept("a", "at_least: 1 day"), HEAD.replace(before, after)) == ([expected] if expected else [])


NOTHING = "'a' speaks of no resource: its providers, types and environments have none, and only aws, azure is scanned"


@pytest.mark.parametrize(
    ("applies_to", "empty"),
    [
        ("", False),
        ("providers: [gcp]", True),
        ("providers: [gcp, aws]", False),
        ("types: ['gcp.*']", True),
        ("types: ['gcp.*', 'aws.*']", False),
        ("types: ['aws.*'], providers: [azure]", True),
        ("environments: [release]", True),
        ("environments: [release, test]", False),
        ("environments: [test], providers: [azure]", True),
        ("environments: [production], providers: [azure]", False),
        ("accounts: [x]", False),
    ],
)
def test_promises_that_speak_of_nothing(make: Make, applies_to: str, empty: bool) -> None:
    text = kept("a", "at_least: 1 day", applies_to)
    expected = [("empty-scope", 1, "{", NOTHING)] if empty else []
    assert found(make, text) == expected


def test_a_policy_that_scans_nothing(make: Make) -> None:
    head = HEAD.replace("  aws: {}\n  azure: {}\n", "")
    assert codes(make, kept("a", "at_least: 1 day"), head) == []
    (each,) = found(make, kept("a", "at_least: 1 day", "providers: [aws]"), head)
    assert each[0] == "empty-scope"
    assert each[3].endswith("and nothing is scanned")


EXCEPTION = "exceptions:\n  - {promise: uk, condition: copies, resource: r, owner: o, reason: r, expires: 2026-11-22}\n"


@pytest.mark.parametrize(
    ("before", "after", "on", "expected"),
    [
        ("", "", TODAY, []),
        ("", "", date(2026, 11, 23), [("exception-expired", 3, "2026-11-22", "expired after 2026-11-22: it covers nothing")]),
        ("promise: uk", "promise: uks", TODAY, [("exception-for-nothing", 3, "uks", "there is no promise 'uks' to except from. Did you mean 'uk'?")]),
        ("promise: uk", "promise: zz", TODAY, [("exception-for-nothing", 3, "zz", "there is no promise 'zz' to except from.")]),
        ("condition: copies", "condition: copy", TODAY, [("exception-for-nothing", 3, "copy", "residency.places has no condition 'copy', only copies, homes")]),
        ("check: residency.places, with: {places: [GB]}", "check: backup.retention, with: {exactly: 1 day}", TODAY, []),
        ("check: residency.places, with: {places: [GB]}", "check: logs.retention, with: {exactly: 1 day}", TODAY, [("exception-for-nothing", 3, "copies", "logs.retention has no condition 'copies', only kept")]),
    ],
)  # fmt: skip
def test_exceptions(make: Make, before: str, after: str, on: date, expected: list[tuple[str, int, str, str]]) -> None:
    text = "  - {id: uk, says: A., check: residency.places, with: {places: [GB]}}\n" + EXCEPTION
    assert before in text
    assert found(make, text.replace(before, after) if before else text, on=on) == expected


def test_they_come_in_the_order_of_the_file_and_only_once(make: Make) -> None:
    text = (
        place("a", "azure:uksouth")
        + place("b", "EEA")
        + place("c", "EU")
        + kept("d", "at_least: 1 day", "providers: [gcp]")
    )
    lines = [line for _, line, *_ in found(make, text)]
    assert lines == sorted(lines)
    assert len(found(make, text)) == len(set(found(make, text)))


def test_messages_hold_no_control_characters(make: Make) -> None:
    head = HEAD.replace("Example Hosting Ltd", '"a\\e[2Jb"')
    (each,) = found(make, place("a", "EEA"), head)
    assert each[3].startswith("a\\x1b[2Jb is declared")
