"""Whose an account is, by the policy."""

from __future__ import annotations

import pytest

from checks.exposure import not_public
from scanner.facts import OWN, STRANGER, Grantee, Reason, Unknown
from scanner.parties import Parties
from scanner.policy import Policy, loads

SOURCE = """
version: 1
name: example
organisation: Example SaaS Ltd
domains: [example.com]
scope:
  aws: {accounts: ["111111111111"], organization: o-exampleorgid}
  azure: {tenants: [00000000-0000-0000-0000-00000000000A]}
  gcp: {parents: [organizations/123456789012], projects: [acme-prod]}
environments:
  test: {aws: ["222222222222"]}
sub_processors:
  - {name: Example Mail Inc, aws: ["333333333333"], gcp: [example-mail], domains: [mail.example.net]}
promises: [{id: it, says: It., check: exposure.not-public}]
"""
DARK = Unknown(Reason.REFUSED, "dark")


def policy() -> Policy:
    return loads(SOURCE, "p.yaml", checks={not_public.id: not_public}, types=[], providers=["aws", "azure", "gcp"])


@pytest.mark.parametrize(
    ("account", "party"),
    [
        ("111111111111", OWN),
        ("222222222222", OWN),
        ("444444444444", OWN),
        ("o-exampleorgid", OWN),
        ("00000000-0000-0000-0000-00000000000a", OWN),
        ("organizations/123456789012", OWN),
        ("acme-prod", OWN),
        ("example.com", OWN),
        ("Team.Example.com", OWN),
        ("333333333333", "Example Mail Inc"),
        ("example-mail", "Example Mail Inc"),
        ("eu.mail.example.net", "Example Mail Inc"),
        ("999999999999", STRANGER),
        ("example.net", STRANGER),
        ("notexample.com", STRANGER),
        ("com", STRANGER),
        ("00000000-0000-0000-0000-00000000000b", STRANGER),
    ],
)
def test_whose_it_is(account: str, party: str) -> None:
    assert Parties.of(policy(), ["444444444444"]).whose(Grantee("ref", account)) == party


@pytest.mark.parametrize("account", ["o-otherorgid0", "ou-abcd-12345678", "organizations/210987654321"])
def test_of_another_organisation_nobody_tells(account: str) -> None:
    found = Parties.of(policy(), []).whose(Grantee("ref", account))
    assert found == Unknown(Reason.UNDECIDED, f"the policy does not tell whose {account} is")


def test_an_account_that_is_not_known_is_nobodys() -> None:
    assert Parties.of(policy(), []).whose(Grantee("ref", DARK)) is DARK
