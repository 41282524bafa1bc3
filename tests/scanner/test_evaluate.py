"""The evaluator: what was read decides, whatever a check's code does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from checks.check import Check, Conditions, Fault, Outcome, Severity, check
from reports.document import Finding, PromiseVerdict, Verdict
from scanner.collect.model import EVERYTHING, OTHERS, Gap
from scanner.collect.runner import Record
from scanner.estate import Resource
from scanner.evaluate import Judge, verdict_of
from scanner.facts import (
    EncryptionAtRest,
    Inapplicable,
    Kind,
    Known,
    Location,
    Membership,
    NotKnown,
    Reason,
    Seen,
    State,
    Tagging,
    Unknown,
)
from scanner.policy import Policy, loads
from scanner.run import finding_id
from tests import judging

HOMES = Location.homes.key
ALGORITHMS = EncryptionAtRest.algorithms.key
REFUSED = Unknown(Reason.REFUSED, "store.get refused (AccessDenied)", "store.get", "store:Get")
DEFECT = Unknown(Reason.DEFECT, "Location.homes: ValueError: no")
TODAY = date(2026, 11, 2)

POLICY = """
version: 1
name: example
organisation: Example SaaS Ltd
scope: {{aws: {{accounts: ["111111111111"]}}}}
environments:
  production: {{tags: {{env: [production]}}}}
  test: {{aws: ["222222222222"]}}
promises:
  - {{id: it, says: It is so., check: the.check, applies_to: {{{applies}}}}}
"""


def made(judge: Callable[..., Outcome], *, about: Kind = Kind.DATA, reads: tuple[object, ...] = ()) -> Check:
    """A check with one condition that calls `judge` on the location facet."""

    def checked(where: Location) -> Conditions:
        """It is so."""
        yield "so", lambda: judge(where)

    return check("the.check", severity=Severity.HIGH, fix="Mend it.", reads=reads or (Location.homes,), about=about)(
        checked
    )


def policy(one: Check, applies: str = "") -> Policy:
    text = POLICY.format(applies=applies)
    return loads(text, "policy.yaml", checks={one.id: one}, types=["aws.s3.bucket", "aws.ec2.vpc"], providers=["aws"])


def resource(states: Mapping[str, State] | None = None, **changes: Any) -> Resource:
    record = Record("arn:aws:s3:::b", "aws.s3.bucket", Kind.DATA, "aws", "111111111111", "eu-west-2", "aws", "b", {})
    known: dict[str, State] = {
        Membership.environments.key: Known(frozenset({"production"})),
        Tagging.tags.key: Known({"env": "production"}),
    }
    return Resource(replace(record, **changes), known | dict(states or {}))


def findings(
    one: Check,
    *resources: Resource,
    gaps: tuple[Gap, ...] = (),
    applies: str = "",
    excepted: Callable[[str, str, str, str], bool] = lambda *_: False,
) -> list[Finding]:
    declared = policy(one, applies)
    (promise,) = declared.promises
    accounts = frozenset((each.record.provider, each.record.account) for each in resources)
    return judging.findings(Judge(declared, promise, promise.types, excepted, TODAY), resources, gaps, accounts)


def verdict(one: Check, state: State) -> Verdict:
    (found,) = findings(one, resource({HOMES: state}))
    return found.verdict


def in_gb(where: Location) -> Iterator[Fault | Unknown]:
    for home in where.homes:
        if home != "aws:eu-west-2":
            yield Fault(home, f"{home} is elsewhere")


HOME = Known(Seen(("aws:eu-west-2",)))
AWAY = Known(Seen(("aws:us-east-1",)))
HALF = Known(Seen(("aws:eu-west-2",), (REFUSED,)))
AWAY_AND_MORE = Known(Seen(("aws:us-east-1",), (REFUSED,)))


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (HOME, Verdict.PASS),
        (AWAY, Verdict.FAIL),
        (HALF, Verdict.UNKNOWN),
        (AWAY_AND_MORE, Verdict.FAIL),
        (REFUSED, Verdict.UNKNOWN),
        (DEFECT, Verdict.ERROR),
        (Inapplicable("a hub holds nothing"), Verdict.NOT_APPLICABLE),
    ],
)
def test_the_state_of_what_was_read_decides(state: State, expected: Verdict) -> None:
    assert verdict(made(in_gb), state) is expected


def swallowing(where: Location) -> bool:
    try:
        return all(home for home in where.homes)
    except NotKnown:
        return True


@pytest.mark.parametrize("state", [REFUSED, HALF])
def test_an_unknown_read_forbids_a_pass_even_where_the_check_swallows_it(state: State) -> None:
    assert verdict(made(swallowing), state) is Verdict.UNKNOWN


def test_a_fact_that_is_not_modelled_is_unknown() -> None:
    (found,) = findings(made(in_gb), resource())
    assert found.verdict is Verdict.UNKNOWN
    assert found.conditions[0].unknowns[0].reason == Reason.UNMODELLED


def test_reading_an_undeclared_fact_is_an_error() -> None:
    one = made(in_gb, reads=(Location.copies,))
    (found,) = findings(one, resource({HOMES: HOME}))
    assert found.verdict is Verdict.ERROR
    assert "Location.homes" in found.conditions[0].error


def test_an_undeclared_fact_does_not_hide_a_fault() -> None:
    (found,) = findings(made(in_gb, reads=(Location.copies,)), resource({HOMES: AWAY}))
    assert found.verdict is Verdict.FAIL


def raising(where: Location) -> bool:
    raise ZeroDivisionError(str(where))


def test_a_check_that_breaks_is_an_error_of_its_condition() -> None:
    (found,) = findings(made(raising), resource({HOMES: HOME}))
    assert found.verdict is Verdict.ERROR
    assert found.conditions[0].error.startswith("ZeroDivisionError")


def test_a_check_that_breaks_before_its_first_condition_is_an_error() -> None:
    def broken(where: Location) -> Conditions:
        """It is so."""
        raise ZeroDivisionError(str(where))

    one = check("the.check", severity=Severity.HIGH, fix="", reads=(Location.homes,))(broken)
    (found,) = findings(one, resource({HOMES: HOME}))
    assert (found.verdict, found.conditions[0].name) == (Verdict.ERROR, "check")


def test_a_check_that_reads_before_its_first_condition_is_an_error() -> None:
    def early(where: Location) -> Conditions:
        """It is so."""
        try:
            home = list(where.homes)
        except NotKnown:
            home = []
        yield "so", lambda: home == []

    one = check("the.check", severity=Severity.HIGH, fix="", reads=(Location.homes,))(early)
    (found,) = findings(one, resource({HOMES: REFUSED}))
    assert (found.verdict, found.conditions[0].name) == (Verdict.ERROR, "check")


def test_a_check_without_a_condition_is_an_error() -> None:
    def empty(where: Location) -> Conditions:  # noqa: ARG001 - a check that takes a facet and asks nothing
        """It is so."""
        return iter(())

    one = check("the.check", severity=Severity.HIGH, fix="", reads=(Location.homes,))(empty)
    (found,) = findings(one, resource({HOMES: HOME}))
    assert found.verdict is Verdict.ERROR


def test_a_check_cannot_pass_by_the_items_of_a_set_that_has_gaps() -> None:
    (found,) = findings(made(lambda where: bool(where.homes.items)), resource({HOMES: HALF}))
    assert found.verdict is Verdict.ERROR


def test_an_unmodelled_way_to_join_networks_leaves_their_separation_open() -> None:
    beside = replace(made(in_gb, about=Kind.CONFIG), beside=("aws::ec2::transitgateway*",))
    gateway = resource(id="tgw", type="AWS::EC2::TransitGateway", kind=Kind.CONFIG, modelled=False)
    role = resource(id="role", type="AWS::IAM::Role", kind=Kind.CONFIG, modelled=False)
    (found,) = findings(beside, gateway, role)
    assert (found.subject.kind, found.subject.type, found.verdict) == (
        "type",
        "AWS::EC2::TransitGateway",
        Verdict.UNKNOWN,
    )


def test_a_plain_no_names_what_was_read() -> None:
    (found,) = findings(made(lambda where: "aws:eu-west-2" not in set(where.homes)), resource({HOMES: HOME}))
    fault = found.conditions[0].faults[0]
    assert fault.value == '["aws:eu-west-2"]'
    assert fault.why == 'so does not hold: Location.homes is ["aws:eu-west-2"]'
    assert found.fix == "Mend it."


def test_the_evidence_is_what_was_read() -> None:
    (found,) = findings(made(in_gb), resource({HOMES: HALF, ALGORITHMS: Known(frozenset({"AES-256"}))}))
    (fact,) = found.evidence
    assert (fact.fact, fact.value) == (HOMES, ["aws:eu-west-2"])
    assert fact.unknowns[0].permission == "store:Get"


TWO = Known(Seen(("aws:us-east-1", "aws:us-west-2")))


def test_an_exception_covers_one_value_and_no_other() -> None:
    def covers(promise: str, subject: str, condition: str, value: str) -> bool:
        return (promise, subject, condition, value) == ("it", "arn:aws:s3:::b", "so", "aws:us-east-1")

    assert findings(made(in_gb), resource({HOMES: AWAY}), excepted=covers)[0].verdict is Verdict.EXCEPTED
    (found,) = findings(made(in_gb), resource({HOMES: TWO}), excepted=covers)
    assert found.verdict is Verdict.FAIL
    assert [(fault.value, fault.excepted) for fault in found.conditions[0].faults] == [
        ("aws:us-east-1", True),
        ("aws:us-west-2", False),
    ]


def test_an_exception_does_not_cover_what_could_not_be_seen() -> None:
    (found,) = findings(made(in_gb), resource({HOMES: AWAY_AND_MORE}), excepted=lambda *_: True)
    assert found.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("state", [HOME, AWAY])
def test_an_unknown_membership_makes_the_finding_unknown_and_never_skips(state: State) -> None:
    unknown: dict[str, State] = {Membership.environments.key: REFUSED, Tagging.tags.key: REFUSED, HOMES: state}
    (found,) = findings(made(in_gb), resource(unknown), applies="environments: [production]")
    assert found.verdict is Verdict.UNKNOWN
    assert found.subject.environments is None


def test_what_is_out_of_scope_is_no_finding() -> None:
    elsewhere: dict[str, State] = {Membership.environments.key: Known(frozenset({"test"})), HOMES: AWAY}
    assert findings(made(in_gb), resource(elsewhere), applies="environments: [production]") == []
    assert findings(made(in_gb), resource({HOMES: AWAY}, kind=Kind.CONFIG)) == []


def test_a_check_about_configuration_judges_what_has_its_facets() -> None:
    one = made(in_gb, about=Kind.CONFIG)
    assert findings(one, resource(kind=Kind.CONFIG)) == []
    assert [each.verdict for each in findings(one, resource({HOMES: AWAY}, kind=Kind.CONFIG))] == [Verdict.FAIL]


@pytest.mark.parametrize(
    ("changes", "kind", "facts", "applies", "judged"),
    [
        ({}, Kind.DATA, True, "", True),
        ({}, Kind.DATA, False, "", True),
        ({}, Kind.CONFIG, True, "", False),
        ({}, Kind.CONFIG, False, "include: config", True),
        ({"with_config": True}, Kind.DATA, False, "", True),
        ({"with_config": True}, Kind.CONFIG, True, "", True),
        ({"with_config": True}, Kind.CONFIG, False, "", False),
        ({"with_config": True}, Kind.CONFIG, False, "include: config", True),
        ({"by_trait": True}, Kind.DATA, True, "", True),
        ({"by_trait": True}, Kind.DATA, False, "", False),
        ({"by_trait": True}, Kind.CONFIG, True, "", False),
    ],
)
def test_what_a_check_judges(changes: dict[str, Any], kind: Kind, facts: bool, applies: str, judged: bool) -> None:
    one = replace(made(in_gb), **changes)
    assert bool(findings(one, resource({HOMES: AWAY} if facts else {}, kind=kind), applies=applies)) is judged


def test_a_type_nobody_classed_is_told_once_with_its_count() -> None:
    strange = [resource(id=f"x{n}", type="aws:new/thing", kind=Kind.UNCLASSIFIED, modelled=False) for n in range(3)]
    (found,) = findings(made(in_gb), *strange)
    assert (found.subject.kind, found.subject.count, found.verdict) == ("type", 3, Verdict.UNKNOWN)


def gap(**changes: Any) -> Gap:
    known = Gap("aws", "111111111111", "", "s3.list_buckets", "s3:List", Reason.REFUSED, "denied", ("aws.s3.bucket",))
    return replace(known, **changes)


@pytest.mark.parametrize(
    ("applies", "changes", "told"),
    [
        ("", {}, True),
        ("types: [aws.ec2.vpc]", {}, False),
        ("types: [aws.s3.bucket]", {"types": (EVERYTHING,)}, True),
        ("types: [aws.s3.bucket]", {"types": (EVERYTHING,), "provider": "gcp"}, False),
        ("", {"types": (EVERYTHING,), "provider": "gcp"}, True),
        ("accounts: ['222222222222']", {}, False),
        ("environments: [production]", {}, True),
        ("accounts: ['222222222222']", {"account": ""}, True),
        ("accounts: ['222222222222']", {"account": "organizations/1"}, True),
        ("environments: [test]", {"account": ""}, True),
        ("environments: [test]", {"account": "organizations/1", "types": (EVERYTHING,)}, True),
        ("", {"types": (OTHERS,)}, True),
        ("types: [aws.s3.bucket]", {"types": (OTHERS,)}, False),
        ("types: ['aws.*']", {"types": (OTHERS,)}, True),
        ("types: ['aws.s3.*']", {"types": ("aws.ec2.vpc",)}, False),
    ],
)
def test_a_gap_is_a_finding_of_the_promises_that_it_may_concern(
    applies: str, changes: dict[str, Any], told: bool
) -> None:
    found = findings(made(in_gb), gaps=(gap(**changes),), applies=applies)
    assert [each.subject.kind for each in found] == (["gap"] if told else [])
    assert all(each.verdict is Verdict.UNKNOWN for each in found)


@pytest.mark.parametrize(
    ("counts", "scannable", "expected"),
    [
        ({Verdict.PASS: 2}, True, PromiseVerdict.KEPT),
        ({Verdict.PASS: 2, Verdict.EXCEPTED: 1}, True, PromiseVerdict.KEPT),
        ({Verdict.EXCEPTED: 1}, True, PromiseVerdict.KEPT),
        ({Verdict.PASS: 2, Verdict.UNKNOWN: 1}, True, PromiseVerdict.UNPROVEN),
        ({Verdict.PASS: 2, Verdict.ERROR: 1}, True, PromiseVerdict.UNPROVEN),
        ({Verdict.UNKNOWN: 5, Verdict.FAIL: 1}, True, PromiseVerdict.BROKEN),
        ({Verdict.NOT_APPLICABLE: 3}, True, PromiseVerdict.EMPTY),
        ({}, True, PromiseVerdict.EMPTY),
        ({}, False, PromiseVerdict.NOT_EXAMINED),
    ],
)
def test_the_first_rule_that_applies_is_the_promises_verdict(
    counts: dict[Verdict, int], scannable: bool, expected: PromiseVerdict
) -> None:
    assert verdict_of(counts, scannable=scannable) is expected


def test_a_finding_is_named_by_promise_and_subject() -> None:
    names = {finding_id(promise, subject) for promise in ("it", "that") for subject in ("a", "b")}
    assert len(names) == 4
    assert finding_id("it", "a") in names
