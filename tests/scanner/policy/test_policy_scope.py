"""Whom a promise speaks of: truth tables, the unknown rows included."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.facts import Kind, Reason, Unknown
from scanner.policy import Policy, claims_of, environments_of, in_scope, needs_tags
from scanner.policy.scope import Environments, Tags

Make = Callable[..., Policy]
UNSEEN = Unknown(Reason.REFUSED, "tags were refused")
LOST = Unknown(Reason.FAILED, "environments were not found out")
HEAD = "version: 1\nname: x\nscope: {}\n"
GOOD = "promises: [{id: a, says: A., check: separation}]\n"
TWO = (
    HEAD
    + """\
environments:
  production:
    aws: ["111111111111", "333333333333"]
    azure: [00000000-0000-0000-0000-00000000000a]
    acme: [Box]
    tags: {env: [prod, production], tier: ["1"]}
  test: {aws: ["222222222222", "333333333333"], tags: {env: [test]}}
  spare: {gcp: [acme-spare]}
"""
)
NO_TAGS = HEAD + "environments: {production: {aws: ['111111111111']}}\n"
PROD = {"env": "prod", "tier": "1"}


def only(*names: str) -> frozenset[str]:
    return frozenset(names)


@pytest.mark.parametrize(
    ("provider", "account", "tags", "environments", "claims"),
    [
        # the account alone
        ("aws", "111111111111", None, only("production"), only("production")),
        ("aws", "333333333333", {}, only("production", "test"), only("production", "test")),
        ("azure", "00000000-0000-0000-0000-00000000000A", {}, only("production"), only("production")),
        ("gcp", "acme-spare", {}, only("spare"), only("spare")),
        ("acme", "bOX", {}, only("production"), only("production")),
        ("gcp", "111111111111", {}, only(), only()),
        # tags alone
        ("aws", "9", PROD, only("production"), only("production")),
        ("aws", "9", {"env": "production", "tier": "1"}, only("production"), only("production")),
        ("aws", "9", {"env": "prod"}, only(), only()),
        ("aws", "9", {"env": "Prod", "tier": "1"}, only(), only()),
        ("aws", "9", {"Env": "prod", "tier": "1"}, only(), only()),
        ("azure", "9", {"ENV": "prod", "Tier": "1"}, only("production"), only("production")),
        ("azure", "9", {"ENV": "PROD", "Tier": "1"}, only(), only()),
        ("aws", "9", {"env": "test", "other": "x"}, only("test"), only("test")),
        ("aws", "9", {}, only(), only()),
        ("aws", "9", None, only(), only()),
        # both: the account wins, and every claim counts
        ("aws", "111111111111", {"env": "test"}, only("production"), only("production", "test")),
        ("aws", "222222222222", PROD, only("test"), only("production", "test")),
        ("aws", "111111111111", PROD, only("production"), only("production")),
        # tags that could not be read
        ("aws", "9", UNSEEN, UNSEEN, UNSEEN),
        ("aws", "111111111111", UNSEEN, only("production"), UNSEEN),
    ],
)
def test_environments(
    make: Make, provider: str, account: str, tags: Tags, environments: Environments, claims: Environments
) -> None:
    policy = make(GOOD, TWO)
    assert environments_of(policy, provider, account, tags) == environments
    assert claims_of(policy, provider, account, tags) == claims


@pytest.mark.parametrize("account", ["111111111111", "9"])
def test_tags_that_no_environment_uses_do_not_matter(make: Make, account: str) -> None:
    policy = make(GOOD, NO_TAGS)
    expected = only("production") if account != "9" else only()
    assert environments_of(policy, "aws", account, UNSEEN) == expected
    assert claims_of(policy, "aws", account, UNSEEN) == expected


def test_two_environments_by_tags_are_contested(make: Make) -> None:
    head = HEAD + "environments: {one: {tags: {a: [x]}}, two: {tags: {b: [y]}}}\n"
    assert environments_of(make(GOOD, head), "aws", "9", {"a": "x", "b": "y"}) == only("one", "two")


def answer(make: Make, applies_to: str, given: dict[str, object], check: str = "residency.places") -> bool | Unknown:
    text = f"promises: [{{id: a, says: A., check: {check}, with: {{}}, applies_to: {applies_to}}}]\n"
    text = text.replace("with: {}", "with: {exactly: 1 day}") if check == "logs.retention" else text
    known: dict[str, object] = {
        "provider": "aws",
        "account": "111111111111",
        "type_name": "aws.s3.bucket",
        "kind": Kind.DATA,
        "environments": only("production"),
        "tags": PROD,
    }
    return in_scope(make(text, TWO).promises[0], **(known | given))  # type: ignore[arg-type] # one value of each kind


@pytest.mark.parametrize(
    ("applies_to", "given", "expected"),
    [
        ("{}", {}, True),
        ("{}", {"tags": UNSEEN, "environments": LOST}, True),
        # environments
        ("{environments: [production]}", {}, True),
        ("{environments: [test, spare]}", {}, False),
        ("{environments: [test, production]}", {}, True),
        ("{environments: [test]}", {"environments": only("production", "test")}, True),
        ("{environments: [test]}", {"environments": only()}, False),
        ("{environments: [test]}", {"environments": LOST}, LOST),
        # types
        ("{types: [aws.s3.bucket]}", {}, True),
        ('{types: ["aws.*"]}', {}, True),
        ('{types: ["aws.rds.*", "*.bucket"]}', {}, True),
        ('{types: ["aws.rds.*"]}', {}, False),
        ('{types: ["aws.s3.bucket"]}', {"type_name": "aws.s3.bucket.object"}, False),
        ('{types: ["aws.*"]}', {"type_name": "AWS.s3.bucket"}, True),
        # tags
        ("{tags: {env: [x, prod]}}", {}, True),
        ("{tags: {env: [prod], tier: ['1']}}", {}, True),
        ("{tags: {env: [prod], tier: ['2']}}", {}, False),
        ("{tags: {env: [prod], more: ['']}}", {}, False),
        ("{tags: {env: [prod]}}", {"tags": {"ENV": "prod"}}, False),
        ("{tags: {env: [prod]}}", {"tags": {"ENV": "prod"}, "provider": "azure"}, True),
        ("{tags: {env: [prod]}}", {"tags": {}}, False),
        ("{tags: {env: [prod]}}", {"tags": None}, False),
        ("{tags: {env: [prod]}}", {"tags": UNSEEN}, UNSEEN),
        # accounts and providers
        ("{accounts: ['111111111111']}", {}, True),
        ("{accounts: ['222222222222']}", {}, False),
        ("{accounts: [AbC]}", {"account": "aBc"}, True),
        ("{providers: [aws]}", {}, True),
        ("{providers: [gcp, azure]}", {}, False),
        # one "no" decides, whatever else is unknown; else one unknown does
        ("{environments: [test], tags: {env: [x]}}", {"environments": LOST}, False),
        ("{environments: [test], tags: {env: [x]}}", {"tags": UNSEEN}, False),
        ("{environments: [production], tags: {env: [x]}}", {"tags": UNSEEN}, UNSEEN),
        ("{environments: [test], tags: {env: [x]}}", {"environments": LOST, "tags": UNSEEN}, LOST),
        ("{environments: [test], providers: [gcp]}", {"environments": LOST}, False),
        ("{environments: [test], accounts: ['2']}", {"environments": LOST}, False),
        ("{environments: [test], types: ['gcp.*']}", {"environments": LOST}, False),
        ("{environments: [test]}", {"environments": LOST, "kind": Kind.CONFIG}, False),
    ],
)
def test_in_scope(make: Make, applies_to: str, given: dict[str, object], expected: bool | Unknown) -> None:
    assert answer(make, applies_to, given) == expected


DOUBT = Unknown(Reason.UNMODELLED, "nobody classified aws.s3.bucket: it may hold data")


@pytest.mark.parametrize(
    ("check", "include", "kind", "expected"),
    [
        ("residency.places", "", Kind.DATA, True),
        ("residency.places", "", Kind.CONFIG, False),
        ("residency.places", "", Kind.UNCLASSIFIED, DOUBT),
        ("residency.places", "include: config", Kind.DATA, True),
        ("residency.places", "include: config", Kind.CONFIG, True),
        ("residency.places", "include: config", Kind.UNCLASSIFIED, True),
        ("logs.retention", "", Kind.DATA, False),
        ("logs.retention", "", Kind.CONFIG, True),
        ("logs.retention", "", Kind.UNCLASSIFIED, DOUBT),
    ],
)
def test_kinds(make: Make, check: str, include: str, kind: Kind, expected: bool | Unknown) -> None:
    assert answer(make, f"{{{include}}}", {"kind": kind}, check) == expected


@pytest.mark.parametrize(
    ("head", "promise", "expected"),
    [
        (TWO, "check: residency.places", False),
        (TWO, "check: residency.places, applies_to: {tags: {a: [b]}}", True),
        (NO_TAGS, "check: residency.places, applies_to: {tags: {a: [b]}}", True),
        (TWO, "check: residency.places, applies_to: {environments: [production]}", True),
        (TWO, "check: residency.places, applies_to: {environments: [spare]}", True),
        (NO_TAGS, "check: residency.places, applies_to: {environments: [production]}", False),
        (TWO, "check: separation", True),
        (NO_TAGS, "check: separation", False),
        (NO_TAGS + "tenants: {tag: t}\n", "check: separation", True),
        (NO_TAGS + "tenants: {tag: t}\n", "check: residency.places", False),
        (HEAD, "check: tenancy, with: {owner: low}", False),
        (HEAD + "tenants: {tag: t}\n", "check: tenancy, with: {owner: low}", True),
    ],
)
def test_needs_tags(make: Make, head: str, promise: str, expected: bool) -> None:
    policy = make(f"promises: [{{id: a, says: A., {promise}}}]\n", head)
    assert needs_tags(policy, policy.promises[0]) is expected


KEYS = st.sampled_from(["env", "tier", "other"])
VALUES = st.sampled_from(["prod", "production", "test", "1", ""])
ACCOUNTS = st.sampled_from(["111111111111", "222222222222", "333333333333", "9"])
fast = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@fast
@given(account=ACCOUNTS, tags=st.dictionaries(KEYS, VALUES))
def test_what_a_resource_belongs_to_also_claims_it(make: Make, account: str, tags: Mapping[str, str]) -> None:
    policy = make(GOOD, TWO)
    belongs, claims = environments_of(policy, "aws", account, tags), claims_of(policy, "aws", account, tags)
    assert isinstance(belongs, frozenset)
    assert isinstance(claims, frozenset)
    assert belongs <= claims


BOTH = """\
promises:
  - {id: a, says: A., check: separation, applies_to: {environments: [production]}}
  - {id: b, says: B., check: separation, applies_to: {environments: [test], tags: {tier: ["1"]}}}
"""


@fast
@given(account=ACCOUNTS, tags=st.dictionaries(KEYS, VALUES))
def test_an_answer_without_tags_is_the_answer_with_any(make: Make, account: str, tags: Mapping[str, str]) -> None:
    """Where unread tags still allow an answer, no tags could have changed it."""
    policy = make(BOTH, TWO)
    blind = environments_of(policy, "aws", account, UNSEEN)
    assert isinstance(blind, Unknown) or blind == environments_of(policy, "aws", account, tags)
    for promise in policy.promises:
        found = [
            in_scope(
                promise,
                provider="aws",
                account=account,
                type_name="aws.s3.bucket",
                kind=Kind.DATA,
                environments=environments_of(policy, "aws", account, seen),
                tags=seen,
            )
            for seen in (UNSEEN, tags)
        ]
        assert isinstance(found[0], Unknown) or found[0] == found[1]
