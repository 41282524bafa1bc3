"""Parties: whose an account, a tenant, an organisation or a domain is, by the policy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scanner.facts import OWN, STRANGER, Grantee, Reason, Unknown
from scanner.policy import Policy

_DOMAIN = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")
_ORGANISATION = re.compile(r"(o|ou|r)-[a-z0-9-]+|organizations/[0-9]+|folders/[0-9]+")
OWNED = ("accounts", "organization", "subscriptions", "tenants", "parents", "projects")
"""The keys of a provider's scope that name what is the organisation's own."""


@dataclass(frozen=True, slots=True)
class Parties:
    """Names in lower case: those of the organisation itself, and those of each declared sub-processor."""

    own: frozenset[str]
    others: Mapping[str, str]

    @classmethod
    def of(cls, policy: Policy, found: Iterable[str]) -> Parties:
        """The parties of a policy. The accounts that were found, reached or not, are the organisation's own, too."""
        others = {
            name.casefold(): each.name
            for each in policy.sub_processors
            for name in (*each.aws, *each.azure, *each.gcp, *each.domains)
        }
        return cls(frozenset(name.casefold() for name in (*_own(policy), *found)), others)

    def whose(self, grantee: Grantee) -> str | Unknown:
        """OWN, the name of a sub-processor, or STRANGER; Unknown where it cannot be told whose an account is."""
        if isinstance(grantee.account, Unknown):
            return grantee.account
        name = grantee.account.casefold()
        for each in _names(name):
            if each in self.own:
                return OWN
            if each in self.others:
                return self.others[each]
        if _ORGANISATION.fullmatch(name):
            return Unknown(Reason.UNDECIDED, f"the policy does not tell whose {grantee.account} is")
        return STRANGER


def _own(policy: Policy) -> Iterator[str]:
    yield from policy.domains
    for provider, scope in policy.scopes.items():
        for key in OWNED:
            found = scope.get(key, ())
            yield from (found,) if isinstance(found, str) else map(str, found)
        for environment in policy.environments.values():
            yield from environment.accounts(provider)


def _names(name: str) -> Iterator[str]:
    """The name, and the domains above it where it is one."""
    yield name
    while _DOMAIN.fullmatch(name) and name.count(".") > 1:
        name = name.partition(".")[2]
        yield name
