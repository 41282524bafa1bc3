"""Which resources a promise speaks of. Three answers: yes, no, and Unknown; what is unknown is never left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from scanner.facts import Kind, Reason, Unknown
from scanner.policy.model import Policy, Promise
from scanner.policy.words import matches

Tags = Mapping[str, str] | Unknown | None
"""The tags of a resource; None where its type cannot have any."""
Environments = frozenset[str] | Unknown
Answer = bool | Unknown


def environments_of(policy: Policy, provider: str, account: str, tags: Tags) -> Environments:
    """The environments that a resource belongs to. An explicit account wins, else its tags decide.

    Several: it is contested. None: it is unassigned. Unknown: its tags decide and could not be read.
    """
    return _by_account(policy, provider, account) or _by_tags(policy, provider, tags)


def claims_of(policy: Policy, provider: str, account: str, tags: Tags) -> Environments:
    """Every environment that claims a resource, by its account or by its tags. Unknown where tags count and could not
    be read.
    """
    by_tags = _by_tags(policy, provider, tags)
    return by_tags if isinstance(by_tags, Unknown) else _by_account(policy, provider, account) | by_tags


def in_scope(
    promise: Promise,
    *,
    provider: str,
    account: str | Unknown,
    type_name: str,
    kind: Kind,
    environments: Environments,
    tags: Tags,
) -> Answer:
    """Whether a promise speaks of a resource.

    One "no" decides. Otherwise one Unknown does: an account, tags or environments that could not be read, or a type
    that nobody classified, which may hold data.
    """
    wanted = promise.applies_to
    answers = (
        _one_of(wanted.providers, provider),
        _in_accounts(wanted.accounts, account),
        promise.speaks_of_all(provider) or any(matches(glob, type_name) for glob in wanted.types),
        _of_kind(promise, type_name, kind),
        _in_environments(wanted.environments, environments),
        tagged(wanted.tags, provider, tags),
    )
    return False if False in answers else next((each for each in answers if isinstance(each, Unknown)), True)


def needs_tags(policy: Policy, promise: Promise) -> bool:
    """Whether tags must be read to tell what a promise speaks of, or to judge it."""
    if promise.applies_to.tags or (promise.by_membership and policy.tenants):
        return True
    by_environment = promise.applies_to.environments or promise.by_membership
    return bool(by_environment) and any(each.tags for each in policy.environments.values())


def tagged(wanted: Mapping[str, Collection[str]], provider: str, tags: Tags) -> Answer:
    """Whether a resource has, for each wanted key, one of its values. Azure's keys have no case; all else has."""
    if not wanted:
        return True
    if isinstance(tags, Unknown):
        return tags
    found = {_key(provider, key): value for key, value in (tags or {}).items()}
    return all(found.get(_key(provider, key)) in values for key, values in wanted.items())


def _key(provider: str, key: str) -> str:
    return key.casefold() if provider == "azure" else key


def _by_account(policy: Policy, provider: str, account: str) -> frozenset[str]:
    wanted = account.casefold()
    return frozenset(
        name
        for name, environment in policy.environments.items()
        if any(each.casefold() == wanted for each in environment.accounts(provider))
    )


def _by_tags(policy: Policy, provider: str, tags: Tags) -> Environments:
    return _collected(
        (name, tagged(environment.tags, provider, tags))
        for name, environment in policy.environments.items()
        if environment.tags
    )


def _collected(answers: Iterator[tuple[str, Answer]]) -> Environments:
    found = set()
    for name, answer in answers:
        if isinstance(answer, Unknown):
            return answer
        if answer:
            found.add(name)
    return frozenset(found)


def _one_of(wanted: Collection[str], word: str) -> bool:
    return not wanted or word in wanted


def _in_accounts(wanted: Collection[str], account: str | Unknown) -> Answer:
    if not wanted:
        return True
    return account if isinstance(account, Unknown) else account.casefold() in {each.casefold() for each in wanted}


def _of_kind(promise: Promise, type_name: str, kind: Kind) -> Answer:
    if promise.includes_config or kind is promise.check.about:
        return True
    if kind is Kind.CONFIG and promise.check.with_config:
        return True
    if kind is Kind.UNCLASSIFIED:
        return Unknown(Reason.UNMODELLED, f"nobody classified {type_name}: it may hold data")
    # A promise about unclassified types alone is none: such a check has to judge whatever comes.
    return promise.check.about is Kind.UNCLASSIFIED


def _in_environments(wanted: Collection[str], environments: Environments) -> Answer:
    if not wanted:
        return True
    return environments if isinstance(environments, Unknown) else not environments.isdisjoint(wanted)
