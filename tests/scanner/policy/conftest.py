"""Small checks, a small world of types, and a policy that may be changed line by line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from checks.check import Check, Conditions, Parameters, Severity, check
from checks.parameters import Bounds, Days, PlaceName
from scanner.facts import Backup, KeyUse, Kind, Location, Membership, Trust
from scanner.policy import Policy, PolicyError, loads

Make = Callable[..., Policy]
Mistakes = Callable[..., list[tuple[int, int, str, str]]]


class Where(Parameters):
    """The places where data may be."""

    places: tuple[PlaceName, ...] = ()
    places_from_tag: str = ""


class Kept(Bounds):
    """For how long."""

    every: Days | None = None


class Owner(Parameters):
    """A required parameter, a choice, a number, a set and a part."""

    owner: Severity
    count: int = 0
    strict: bool = False
    names: frozenset[str] = frozenset()
    part: Where = Where()


@check("residency.places", severity=Severity.HIGH, fix="Move it.", reads=(Location.homes, Location.copies))
def residency(data: Location, want: Where) -> Conditions:
    """Data is where it was promised."""
    yield "homes", lambda: set(data.homes) <= set(want.places)
    yield "copies", lambda: not list(data.copies)


@check("backup.retention", severity=Severity.MEDIUM, fix="Keep it.", reads=(Backup.plans,))
def retention(data: Backup, want: Kept) -> Conditions:
    """Backups are kept."""
    for plan in data.plans:
        yield str(plan.kind), lambda: want.every is None


@check("logs.retention", severity=Severity.MEDIUM, fix="Keep it.", reads=(Backup.plans,), about=Kind.CONFIG)
def logs(data: Backup, want: Bounds, today: date) -> Conditions:
    """Logs are kept."""
    yield "kept", lambda: bool(data.plans) and want.lower is not None and today.year > 0


@check("separation", severity=Severity.LOW, fix="Part them.", reads=(Membership.environments,))
def separation(here: Membership) -> Conditions:
    """Environments are apart."""
    yield "one", lambda: len(here.environments) == 1


@check("tenancy", severity=Severity.LOW, fix="Part them.", reads=(Membership.tenant,))
def tenancy(here: Membership, want: Owner) -> Conditions:
    """Tenants are apart."""
    yield "one", lambda: here.tenant == want.owner


@check("keys", severity=Severity.LOW, fix="Part them.", reads=(KeyUse.sharers,))
def keys(data: KeyUse) -> Conditions:
    """A key is one's own."""
    yield "one", lambda: len(list(data.sharers)) == 1


@check("parties", severity=Severity.LOW, fix="Let nobody in.", reads=(Trust.grantees,))
def parties(data: Trust) -> Conditions:
    """Nobody is let in."""
    yield "nobody", lambda: not list(data.grantees)


CHECKS: dict[str, Check] = {each.id: each for each in (residency, retention, logs, separation, tenancy, keys, parties)}
TYPES = ("aws.s3.bucket", "aws.rds.instance", "azure.sql.database", "gcp.storage.bucket", "acme.box")
BASE = """\
version: 1
name: example
scope:
  aws: {accounts: ["111111111111"]}
  azure: {subscriptions: [00000000-0000-0000-0000-000000000001]}
environments:
  production: {aws: ["111111111111"], tags: {env: [prod]}}
  test: {tags: {env: [test]}}
promises:
"""


@pytest.fixture
def base() -> str:
    """The head of a policy, of nine lines: promises follow."""
    return BASE


@pytest.fixture
def checks() -> dict[str, Check]:
    return CHECKS


@pytest.fixture
def types() -> tuple[str, ...]:
    return TYPES


@pytest.fixture
def make() -> Make:
    """Load a policy from its promises, or from a whole text."""

    def load(promises: str, head: str = BASE, providers: tuple[str, ...] = ("acme",)) -> Policy:
        return loads(head + promises, "p.yaml", checks=CHECKS, types=TYPES, providers=providers)

    return load


@pytest.fixture
def mistakes(make: Make) -> Mistakes:
    """The mistakes in a policy."""

    def load(
        promises: str, head: str = BASE, providers: tuple[str, ...] = ("acme",)
    ) -> list[tuple[int, int, str, str]]:
        with pytest.raises(PolicyError) as caught:
            make(promises, head, providers)
        return [(each.line, each.column, each.message, each.hint) for each in caught.value.problems]

    return load
