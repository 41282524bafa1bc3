"""A policy's file: what loads, and where each mistake is told to stand."""

# ruff: noqa: E501 - a case on a line of its own reads as a table

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.check import Check, NoParameters, Severity
from checks.parameters import Bounds
from scanner.facts import Duration
from scanner.policy import Policy, PolicyError, Problem, loads

Make = Callable[..., Policy]
Mistakes = Callable[..., list[tuple[int, int, str, str]]]
GOOD = "  - {id: a, says: A., check: separation}\n"
ENDPOINT = "Whoever may edit the file could send credentials anywhere; give it on the command line."
HEAD = "version: 1\nname: x\nscope: {}\n"
FORM = "a name of lower-case letters, digits and single hyphens"
FULL = """\
version: 1
name: example-saas
organisation: Example SaaS Ltd
scope:
  aws: {accounts: ["111111111111"], role: reader, external_id: a-b, regions: [eu-west-2], profile: p}
  azure:
    subscriptions: [00000000-0000-0000-0000-00000000000A]
    management_groups: [root]
    tenants: [00000000-0000-0000-0000-00000000000b]
  gcp: {parents: [organizations/123456789012], projects: ["example.com:old"]}
  acme: {halls: [1]}
  unscanned: [{name: Example Hosting Ltd, places: [GB]}]
environments:
  production: {aws: ["111111111111"], gcp: [acme-prod], acme: [box], tags: {env: [prod, "1"]}}
tenants: {tag: customer}
sub_processors: [{name: Example Mail Inc, aws: ["999999999999"], domains: [mail.example.com]}]
promises:
  - id: uk
    says: " Data is in UK South. "
    source: https://example.com/gdpr#location
    check: residency.places
    with: {places: [azure:uksouth, NO, country:GB, EEA]}
    applies_to:
      environments: [production]
      types: ["azure.*", aws.s3.bucket]
      tags: {class: [personal]}
      accounts: ["111111111111"]
      include: config
      providers: [aws, azure]
    severity: low
  - {id: kept, says: Kept., check: backup.retention, with: {exactly: 5 weeks}}
  - {id: apart, says: Apart., check: separation}
exceptions:
  - {promise: uk, resource: "/X/y", condition: copies, value: westeurope, owner: jane@example.com, reason: Moving., expires: 2027-01-31}
"""


def test_everything_that_a_policy_can_say(make: Make) -> None:
    policy = make("", FULL)
    assert (policy.version, policy.name, policy.organisation) == (1, "example-saas", "Example SaaS Ltd")
    assert policy.scopes == {
        "aws": {
            "accounts": ["111111111111"],
            "role": "reader",
            "external_id": "a-b",
            "regions": ["eu-west-2"],
            "profile": "p",
        },
        "azure": {
            "subscriptions": ["00000000-0000-0000-0000-00000000000a"],
            "management_groups": ["root"],
            "tenants": ["00000000-0000-0000-0000-00000000000b"],
        },
        "gcp": {"parents": ["organizations/123456789012"], "projects": ["example.com:old"]},
        "acme": {"halls": [1]},
    }
    assert [(each.name, each.places) for each in policy.unscanned] == [("Example Hosting Ltd", ("GB",))]
    production = policy.environments["production"]
    assert [production.accounts(name) for name in ("aws", "azure", "gcp", "acme", "other")] == [
        ("111111111111",),
        (),
        ("acme-prod",),
        ("box",),
        (),
    ]
    assert production.providers == {"aws", "gcp", "acme"}
    assert production.tags == {"env": ("prod", "1")}
    assert policy.tenants
    assert policy.tenants.tag == "customer"
    assert policy.sub_processors[0].domains == ("mail.example.com",)


@pytest.mark.parametrize("cloud", ["public", "government", "china"])
def test_azure_has_clouds(make: Make, cloud: str) -> None:
    policy = make(f"promises:\n{GOOD}", HEAD.replace("{}", f"{{azure: {{cloud: {cloud}}}}}"))
    assert policy.scopes == {"azure": {"cloud": cloud}}


def test_promises(make: Make, checks: dict[str, Check], types: tuple[str, ...]) -> None:
    policy = make("", FULL)
    uk, kept, apart = policy.promises
    assert uk.says == "Data is in UK South."
    assert uk.check is checks["residency.places"]
    assert uk.want.model_dump() == {
        "places": ("azure:uksouth", "NO", "country:GB", "EEA"),
        "places_from_tag": "",
    }
    assert [each.severity for each in (uk, kept, apart)] == [Severity.LOW, Severity.MEDIUM, Severity.LOW]
    assert [each.at for each in (uk, kept, apart)] == [(18, 5), (31, 5), (32, 5)]
    assert uk.types == {"azure.sql.database", "aws.s3.bucket"}
    assert kept.types == set(types)
    assert uk.providers == {"aws", "azure"}
    assert kept.providers == {"aws", "azure", "gcp", "acme"}
    assert (uk.includes_config, kept.includes_config) == (True, False)
    assert isinstance(kept.want, Bounds)
    assert kept.want.exactly == Duration.of(35)
    assert isinstance(apart.want, NoParameters)
    assert policy.promise("kept") is kept
    assert policy.promise("none") is None
    assert policy.at("promises", 0, "with", "places", 1) == (22, 36)


def test_types_narrow_the_providers(make: Make) -> None:
    text = "  - {id: a, says: A., check: separation, applies_to: {types: [aws.*, gcp.*], providers: [aws, azure]}}\n"
    assert make(text).promises[0].providers == {"aws"}


@pytest.mark.parametrize(
    ("resource", "condition", "value", "on", "covers", "in_force"),
    [
        ("/x/Y", "copies", "westeurope", date(2027, 1, 31), True, True),
        ("/X/y", "copies", "westeurope", date(2027, 2, 1), True, False),
        ("/X/y/z", "copies", "westeurope", date(2026, 1, 1), False, True),
        ("/X/y", "homes", "westeurope", date(2026, 1, 1), False, True),
        ("/X/y", "copies", "WestEurope", date(2026, 1, 1), False, True),
    ],
)
def test_exceptions(
    make: Make, resource: str, condition: str, value: str, on: date, covers: bool, in_force: bool
) -> None:
    (each,) = make("", FULL).exceptions
    assert each.covers("uk", resource, condition, value) is covers
    assert not each.covers("kept", resource, condition, value)
    assert each.in_force(on) is in_force


P = "  - {id: a, says: A., check: "
R = P + "residency.places, "
B = P + "backup.retention, "
T = P + "tenancy, "
E = GOOD + "exceptions:\n  - {promise: a, resource: r, condition: c, owner: o, reason: r, expires: "
LONG = "'abc' is not a duration; write for example '35 days', '6 months' or 'forever'"


@pytest.mark.parametrize(
    ("promises", "line", "column", "message", "hint"),
    [
        # keys
        (P + "separation, chek: 1}", 10, 42, "unknown key 'chek'", "Did you mean 'check'?"),
        (P + "separation, want: 1}", 10, 42, "unknown key 'want'", "Known: applies_to, check, id, says, severity, source, with."),
        (P + "separation, at: 1}", 10, 42, "unknown key 'at'", "Known: applies_to, check, id, says, severity, source, with."),
        (P + "separation, applies_to: {type: []}}", 10, 55, "unknown key 'type'", "Did you mean 'types'?"),
        (P + "separation, with: {x: 1}}", 10, 49, "unknown key 'x'", "No key is known here."),
        (R + "with: {plaecs: []}}", 10, 55, "unknown key 'plaecs'", "Did you mean 'places'?"),
        (T + "with: {owner: low, part: {plaecs: []}}}", 10, 65, "unknown key 'plaecs'", "Did you mean 'places'?"),
        (E + "2027-01-31, expire: 1}", 12, 87, "unknown key 'expire'", "Did you mean 'expires'?"),
        (GOOD + "tenant: {}\n", 11, 1, "unknown key 'tenant'", "Did you mean 'tenants'?"),
        (GOOD + "tenants: {tag: x, tags: y}\n", 11, 19, "unknown key 'tags'", "Did you mean 'tag'?"),
        (GOOD + "tenants: {tag: x}\ntenants: {tag: y}\n", 12, 1, "'tenants' stands here twice; first in line 11", ""),
        (P + "separation, says: B}", 10, 42, "'says' stands here twice; first in line 10", ""),
        (P + "separation, endpoint: x}", 10, 42, "'endpoint': a policy file cannot name an endpoint", ENDPOINT),
        (R + "with: {End-Point_URL: x}}", 10, 55, "'End-Point_URL': a policy file cannot name an endpoint", ENDPOINT),
        (P + "separation, base_url: x}", 10, 42, "'base_url': a policy file cannot name an endpoint", ENDPOINT),
        (P + 'separation, "a\\e[1m": x}', 10, 42, "unknown key 'a\\x1b[1m'", "Known: applies_to, check, id, says, severity, source, with."),
        # what is missing or empty
        ("  - {id: a, check: separation}", 10, 5, "'says' is missing", ""),
        ("  - {id: a, says: A.}", 10, 5, "'check' is missing", ""),
        ("  - {id: a, says: '  ', check: separation}", 10, 19, "this is empty", "Write at least one."),
        ("  - {id: a, says: , check: separation}", 10, 13, "'says' has no value", "Write one, or leave it out."),
        ("  - id: a\n    says: A.\n    check: separation\n    with:\n", 13, 5, "'with' has no value", "Write one, or leave it out."),
        ("  -\n" + GOOD, 10, 4, "an item of this list has no value", "Write one, or leave it out."),
        ("  []", 10, 3, "this is empty", "Write at least one."),
        (T[:-2] + "}", 10, 5, "'owner' is missing", ""),
        (T + "with: {count: 1}}", 10, 45, "'owner' is missing", ""),
        (P + "separation, applies_to: {tags: {a: []}}}", 10, 65, "this is empty", "Write at least one."),
        # the wrong sort
        ("  - {id: 7, says: A., check: separation}", 10, 10, "a text is wanted here, not the number 7", 'Write it in quotes: "7".'),
        ("  - {id: a, says: true, check: separation}", 10, 19, "a text is wanted here, not true, which is a truth value", 'Write it in quotes: "true".'),
        ("  - {id: a, says: [], check: separation}", 10, 19, "a text is wanted here, not a list", ""),
        ("  - {id: a, says: {}, check: separation}", 10, 19, "a text is wanted here, not a mapping", ""),
        ("  - a", 10, 5, "a mapping of keys and values is wanted here, not the text 'a'", ""),
        ("  a", 10, 3, "a list is wanted here, not the text 'a'", "Write it in brackets: [a]."),
        (P + "separation, with: []}", 10, 48, "a mapping of keys and values is wanted here, not a list", ""),
        (P + "[]}", 10, 30, "the name of a check is wanted", ""),
        (R + "with: {places: GB}}", 10, 63, "a list is wanted here, not the text 'GB'", "Write it in brackets: [GB]."),
        (T + "with: {owner: low, count: '1'}}", 10, 65, "a whole number is wanted here, not the text '1'", ""),
        (T + "with: {owner: low, strict: 1}}", 10, 66, "true or false is wanted here, not the number 1", ""),
        (P + "separation, applies_to: {accounts: [111111111111]}}", 10, 66, "a text is wanted here, not the number 111111111111", 'Write it in quotes: "111111111111".'),
        # names
        ("  - {id: A b, says: A., check: separation}", 10, 10, f"'A b' is not {FORM}", ""),
        ("  - {id: a--b, says: A., check: separation}", 10, 10, f"'a--b' is not {FORM}", ""),
        ("  - {id: é, says: A., check: separation}", 10, 10, f"'é' is not {FORM}", ""),
        (GOOD + "  - {says: B., check: separation, id: a}", 11, 39, "the promise in line 10 has the id 'a' already", ""),
        (P + "seperation}", 10, 30, "there is no check 'seperation'", "Did you mean 'separation'?"),
        (P + "zzz, with: {any: 1}}", 10, 30, "there is no check 'zzz'", "Known: backup.retention, keys, logs.retention, parties, residency.places, separation, tenancy."),
        (P + "separation, applies_to: {environments: [prodution]}}", 10, 70, "there is no environment 'prodution'", "Did you mean 'production'?"),
        (P + "separation, applies_to: {environments: [zzz]}}", 10, 70, "there is no environment 'zzz'", "Known: production, test."),
        (P + "separation, applies_to: {types: [aws.s3.buckt]}}", 10, 63, "no known type is named 'aws.s3.buckt'", "Did you mean 'aws.s3.bucket'?"),
        (P + 'separation, applies_to: {types: ["aws.ec2.*"]}}', 10, 63, "no known type is named 'aws.ec2.*'", ""),
        (P + 'separation, applies_to: {types: ["aws.s[3].bucket"]}}', 10, 63, "'aws.s[3].bucket' is not the name of a type, or several with '*'", ""),
        (P + "separation, applies_to: {providers: [gpc]}}", 10, 67, "there is no provider 'gpc'", "Did you mean 'gcp'?"),
        (P + "separation, applies_to: {include: all}}", 10, 64, "'all' is not one of config", ""),
        (P + "separation, severity: hihg}", 10, 52, "'hihg' is not one of low, medium, high, critical", "Did you mean 'high'?"),
        (P + "separation, source: example.com}", 10, 50, "'example.com' is not the address (URL) of the published sentence", ""),
        (P + "separation, source: 'javascript:x'}", 10, 50, "'javascript:x' is not the address (URL) of the published sentence", ""),
        # parameters
        (R + "with: {places: [GB, azure:uksuth]}}", 10, 68, "'azure:uksuth' is neither a known place nor a country code nor one of EU, EEA, adequate", "Did you mean 'azure:uksouth'?"),
        (R + "with: {places: [UK]}}", 10, 64, "'UK' is neither a known place nor a country code nor one of EU, EEA, adequate", "Did you mean 'GB'?"),
        (R + "with: {places: [no]}}", 10, 64, "'no' is not a country code", "Did you mean 'NO'?"),
        (R + "with: {places: [global]}}", 10, 64, "'global' cannot be wanted: it constrains nothing", ""),
        (R + "with: {places: [1]}}", 10, 64, "a text is wanted here, not the number 1", 'Write it in quotes: "1".'),
        (B + "with: {exactly: 35}}", 10, 64, "35 has no unit", "Did you mean '35 days'?"),
        (B + "with: {exactly: 999999}}", 10, 64, "999999 has no unit", "Did you mean '999999 days'?"),
        (B + "with: {exactly: 1000000}}", 10, 64, LONG.replace("'abc'", "this"), ""),
        (B + "with: {exactly: abc}}", 10, 64, LONG, ""),
        (B + "with: {exactly: 35 dyas}}", 10, 64, LONG.replace("abc", "35 dyas"), "Did you mean '35 days'?"),
        (B + "with: {exactly: true}}", 10, 64, LONG.replace("'abc'", "this"), ""),
        (B + f"with: {{exactly: {'9' * 50} days}}}}", 10, 64, LONG.replace("'abc'", "this"), ""),
        (B + "with: {every: 1 day}}", 10, 54, "one of 'at_least', 'at_most' and 'exactly' is required", ""),
        (B + "with: {exactly: 1 day, at_most: 1 day}}", 10, 54, "'exactly' excludes 'at_least' and 'at_most'", ""),
        (B + "with: {exactly: 1 day, at_least: 1 day}}", 10, 54, "'exactly' excludes 'at_least' and 'at_most'", ""),
        (B + "with: {at_least: 2 days, at_most: 1 day}}", 10, 54, "at_least (2 days) is above at_most (1 day)", ""),
        (B + "with: {at_most: forever}}", 10, 54, "'at_most: forever' promises nothing", ""),
        (T + "with: {owner: lwo}}", 10, 53, "'lwo' is not one of low, medium, high, critical", "Did you mean 'low'?"),
        # exceptions
        (E + "2027-02-30}", 12, 75, "'2027-02-30' is not a day of the calendar", ""),
        (E + "next year}", 12, 75, "'next year' is not a date", "Write it as 2027-01-31."),
        (E + "20270131}", 12, 75, "'20270131' is not a date", "Write it as 2027-01-31."),
        (E.replace("owner: o, ", "") + "2027-01-31}", 12, 5, "'owner' is missing", ""),
        (E.replace("reason: r, ", "") + "2027-01-31}", 12, 5, "'reason' is missing", ""),
        (E.replace(", expires: ", "}"), 12, 5, "'expires' is missing", ""),
        (E.replace("owner: o", "owner: ''") + "2027-01-31}", 12, 52, "this is empty", "Write at least one."),
        # third parties
        (GOOD + "sub_processors: [{name: x, domains: [a b]}]\n", 11, 38, "'a b' is not a domain such as example.com", ""),
        (GOOD + "sub_processors: [{aws: []}]\n", 11, 18, "'name' is missing", ""),
    ],
)  # fmt: skip
def test_one_mistake(mistakes: Mistakes, promises: str, line: int, column: int, message: str, hint: str) -> None:
    assert mistakes(promises) == [(line, column, message, hint)]


@pytest.mark.parametrize(
    ("head", "line", "column", "message", "hint"),
    [
        ("version: 2\nname: x\nscope: {}\n", 1, 10, "'2' is not one of 1", ""),
        ("version: '1'\nname: x\nscope: {}\n", 1, 10, "1 is wanted here without quotes", ""),
        ("name: x\nscope: {}\n", 1, 1, "'version' is missing", ""),
        ("version: 1\nscope: {}\n", 1, 1, "'name' is missing", ""),
        ("version: 1\nname: x\n", 1, 1, "'scope' is missing", ""),
        ("version: 1\nname: x\nscope:\n", 3, 1, "'scope' has no value", "Write one, or leave it out."),
        ("version: 1\nname: x\nscope: {aws: }\n", 3, 9, "'aws' has no value", "Write one, or leave it out."),
        ("version: 1\nname: x\nscope: {aws: {account: []}}\n", 3, 15, "unknown key 'account'", "Did you mean 'accounts'?"),
        ("version: 1\nname: x\nscope: {azure: {cloud: germany}}\n", 3, 24, "'germany' is not one of public, government, china", ""),
        ("version: 1\nname: x\nscope: {aws: {accounts: [12]}}\n", 3, 26, "a text is wanted here, not the number 12", 'Write it in quotes: "12".'),
        ("version: 1\nname: x\nscope: {aws: {accounts: [012345678901]}}\n", 3, 26, "a text is wanted here, not the number 012345678901", 'Write it in quotes: "012345678901".'),
        ("version: 1\nname: x\nscope: {aws: {accounts: ['12']}}\n", 3, 26, "'12' is not an AWS account id of 12 digits", ""),
        ("version: 1\nname: x\nscope: {aws: {role: 'arn:aws:iam::1:role/x'}}\n", 3, 21, "'arn:aws:iam::1:role/x' is not the name of a role, without account and ARN", ""),
        ("version: 1\nname: x\nscope: {aws: {external_id: 'a b'}}\n", 3, 28, "'a b' is not an external id of AWS", ""),
        ("version: 1\nname: x\nscope: {aws: {regions: [UK]}}\n", 3, 25, "'UK' is not the name of an AWS region such as eu-west-2", ""),
        ("version: 1\nname: x\nscope: {azure: {subscriptions: [x]}}\n", 3, 33, "'x' is not an id such as 00000000-0000-0000-0000-000000000001", ""),
        ("version: 1\nname: x\nscope: {gcp: {parents: [x]}}\n", 3, 25, "'x' is not a parent such as organizations/123456789012", ""),
        ("version: 1\nname: x\nscope: {gcp: {projects: [X]}}\n", 3, 26, "'X' is not the id of a Google Cloud project", ""),
        ("version: 1\nname: x\nscope: {asure: {}}\n", 3, 9, "unknown key 'asure'", "Did you mean 'azure'?"),
        ("version: 1\nname: x\nscope: {gcp: {endpoint: x}}\n", 3, 15, "'endpoint': a policy file cannot name an endpoint", ENDPOINT),
        ("version: 1\nname: x\nscope: {endpoints: {}}\n", 3, 9, "'endpoints': a policy file cannot name an endpoint", ENDPOINT),
        ("version: 1\nname: x\nscope: {acme: {a: [{apiEndpoint: x}]}}\n", 3, 21, "'apiEndpoint': a policy file cannot name an endpoint", ENDPOINT),
        ("version: 1\nname: x\nscope: {acme: []}\n", 3, 15, "the scope of a provider is a mapping of keys and values", ""),
        ("version: 1\nname: x\nscope: {unscanned: [{places: [GB]}]}\n", 3, 21, "'name' is missing", ""),
        ("version: 1\nname: x\nscope: {unscanned: [{name: x, places: [eea]}]}\n", 3, 40, "'eea' is neither a known place nor a country code nor one of EU, EEA, adequate", "Did you mean 'EEA'?"),
        (HEAD + "environments: {Prod: {}}\n", 4, 16, f"'Prod' is not {FORM}", ""),
        (HEAD + "environments: {prod: []}\n", 4, 22, "a mapping of keys and values is wanted here, not a list", ""),
        (HEAD + "environments: {prod: {asw: []}}\n", 4, 23, "unknown key 'asw'", "Did you mean 'aws'?"),
        (HEAD + "environments: {prod: {acme: {}}}\n", 4, 29, "the accounts of a provider are a list", ""),
        (HEAD + "environments: {prod: {acme: [1]}}\n", 4, 30, "an account is a text", "Write it in quotes."),
        (HEAD + "environments: {prod: {tags: {env: prod}}}\n", 4, 35, "a list is wanted here, not the text 'prod'", "Write it in brackets: [prod]."),
        (HEAD + "environments: {prod: {tags: {env: [1]}}}\n", 4, 36, "a text is wanted here, not the number 1", 'Write it in quotes: "1".'),
        (HEAD + "environments: {prod: {tags: {'': [a]}}}\n", 4, 30, "this is empty", "Write at least one."),
        (HEAD + "<<: {}\n", 4, 1, "YAML 1.2 has no merge key '<<'", "Write the keys out."),
    ],
)  # fmt: skip
def test_one_mistake_in_the_head(
    mistakes: Mistakes, head: str, line: int, column: int, message: str, hint: str
) -> None:
    found = mistakes("promises:\n" + GOOD, head)
    assert [each for each in found if "'<<'" not in each[2] or "merge" in each[2]] == [(line, column, message, hint)]


def test_a_provider_that_is_not_known_has_no_scope(mistakes: Mistakes) -> None:
    head = "version: 1\nname: x\nscope: {acme: {}}\nenvironments: {prod: {acme: []}}\npromises:\n"
    assert mistakes(GOOD, head, ()) == [
        (3, 9, "unknown key 'acme'", "Known: aws, azure, gcp, unscanned."),
        (4, 23, "unknown key 'acme'", "Known: aws, azure, gcp, tags."),
    ]


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(mistakes: Mistakes) -> None:
    text = R + "with: {places: [UK], x: 1}, severity: no}\n" + "  - {id: a, check: separatoin}\nexceptions: [{}]\n"
    assert [(line, column) for line, column, *_ in mistakes(text)] == [
        (10, 64),
        (10, 69),
        (10, 86),
        (11, 5),
        (11, 10),
        (11, 20),
        *[(12, 14)] * 6,
    ]


def test_an_error_reads_as_file_line_column() -> None:
    with pytest.raises(PolicyError) as caught:
        loads("version: 1\nnmae: x\n", "dir/a.yaml", checks={}, types=(), providers=())
    assert str(caught.value).splitlines() == [
        "dir/a.yaml:1:1: 'name' is missing",
        "dir/a.yaml:1:1: 'promises' is missing",
        "dir/a.yaml:1:1: 'scope' is missing",
        "dir/a.yaml:2:1: unknown key 'nmae'. Did you mean 'name'?",
    ]
    assert caught.value.problems[3] == Problem(2, 1, "unknown key 'nmae'", "Did you mean 'name'?")


def test_a_policy_is_validated_with_what_is_known() -> None:
    promise = {"id": "a", "says": "A.", "check": "separation"}
    with pytest.raises(TypeError, match="Vocabulary"):
        Policy.model_validate({"version": 1, "name": "x", "scope": {}, "promises": [promise]})


def test_long_words_are_cut(mistakes: Mistakes) -> None:
    (_, _, message, _), *_ = mistakes(P + "x" * 500 + "}")
    assert message == f"there is no check '{'x' * 79}…'"


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("name: example-saas", "name:   'example-saas' # comment", True),
        ("{exactly: 5 weeks}", "{exactly: 35 days}", True),
        ("00000000000A", "00000000000a", True),
        ("tenants: {tag: customer}\n", "", False),
        ("{exactly: 5 weeks}", "{exactly: 36 days}", False),
        ("{exactly: 5 weeks}", "{exactly: 840 hours}", True),
        ("{exactly: 5 weeks}", "{exactly: 3024001 seconds}", False),
        ("says: Kept.", "says: Kept", False),
        ("severity: low", "severity: high", False),
        ("acme: {halls: [1]}", "acme: {halls: [2]}", False),
        ("reason: Moving.", "reason: Staying.", False),
    ],
)
def test_the_digest_is_of_what_is_said(make: Make, before: str, after: str, same: bool) -> None:
    assert before in FULL
    one, other = make("", FULL), make("", FULL.replace(before, after))
    assert (one.digest == other.digest) is same
    assert len(one.digest) == 64


def test_the_order_of_keys_does_not_count(make: Make) -> None:
    one = make("promises: [{id: a, says: A., check: separation}]", HEAD)
    other = make("promises: [{check: separation, says: A., id: a}]", "scope: {}\nname: x\nversion: 1\n")
    assert one.digest == other.digest


def test_sets_have_one_digest(make: Make) -> None:
    text = T + "with: {owner: low, names: [%s]}}"
    digests = {make(text % names).promises[0].digest for names in ("a, b, c, d", "d, c, b, a", "b, b, d, a, c")}
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("before", "after", "changed"),
    [
        ("says: Kept.", "says: Kept", ()),
        ("severity: low", "severity: high", ()),
        ("reason: Moving.", "reason: Staying.", ()),
        ("organisation: Example SaaS Ltd\n", "", ()),
        ("{exactly: 5 weeks}", "{exactly: 36 days}", ("kept",)),
        ("include: config", "tags: {}", ("uk",)),
        ("types: [", "types: [gcp.storage.bucket, ", ("uk",)),
        ("env: [prod", "env: [live", ("uk", "apart", "tenancy", "keys", "parties")),
        ("tenants: {tag: customer}", "tenants: {tag: client}", ("tenancy", "keys")),
        ("check: separation}", "check: separation, applies_to: {providers: [aws]}}", ("apart",)),
    ],
)
def test_a_promise_has_the_digest_of_what_decides_it(
    make: Make, before: str, after: str, changed: tuple[str, ...]
) -> None:
    head = FULL.replace("      tags: {class: [personal]}\n", "")
    more = (
        "  - {id: tenancy, says: T., check: tenancy, with: {owner: low}}\n"
        "  - {id: keys, says: K., check: keys}\n"
        "  - {id: parties, says: P., check: parties}\n"
    )
    text = head.replace("exceptions:", f"{more}exceptions:")
    assert before in text
    one, other = make("", text), make("", text.replace(before, after))
    pairs = zip(one.promises, other.promises, strict=True)
    assert tuple(mine.id for mine, theirs in pairs if mine.digest != theirs.digest) == changed


@given(st.integers(0, 10**6), st.sampled_from(["second", "minute", "hour", "day", "week", "month", "year"]))
def test_bounds_are_written_back_exactly(count: int, unit: str) -> None:
    bounds = Bounds.model_validate({"at_least": f"{count} {unit}s"})
    assert bounds.lower == Duration.of(count, unit)
    assert bounds.upper is None
    again = Bounds.model_validate_json(bounds.model_dump_json(exclude_none=True))
    assert again == bounds


@pytest.mark.parametrize(
    ("written", "lower", "upper"),
    [
        ({"at_least": "forever"}, Duration(None), None),
        ({"at_most": "30 days"}, None, Duration.of(30)),
        ({"at_least": "1 day", "at_most": "1 week"}, Duration.of(1), Duration.of(7)),
        ({"at_least": "7 days", "at_most": "1 week"}, Duration.of(7), Duration.of(7)),
        ({"exactly": "1 year"}, Duration.of(365), Duration.of(365)),
        ({"exactly": "forever"}, Duration(None), Duration(None)),
        ({"exactly": Duration.of(1)}, Duration.of(1), Duration.of(1)),
    ],
)
def test_bounds(written: dict[str, object], lower: Duration | None, upper: Duration | None) -> None:
    bounds = Bounds.model_validate(written)
    assert (bounds.lower, bounds.upper) == (lower, upper)
