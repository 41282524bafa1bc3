"""Identity: who can sign in, how, and who may do everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from pydantic import Field

from checks.check import Conditions, Fault, Outcome, Parameters, Severity, check, every
from checks.parameters import Days
from scanner.facts import Duration, Identity, Kind, NotKnown, Unknown


@check(
    "identity.second-factor",
    severity=Severity.CRITICAL,
    fix="Give the person a second factor, and the root user a hardware key.",
    reads=(Identity.single_factor,),
    about=Kind.CONFIG,
)
def second_factor(people: Identity) -> Conditions:
    """Nobody can sign in with a password alone, the root user included."""
    yield "second factor", lambda: every(people.single_factor, _alone)


def _alone(name: str) -> Fault:
    return Fault(name, f"{name} can sign in with a password alone")


class Few(Parameters):
    """How many administrators there may be."""

    at_most: int = Field(ge=0, le=1000, description="so many people, groups, roles and applications may do everything")


@check(
    "identity.administrators",
    severity=Severity.HIGH,
    fix="Take the right to do everything from all but the people who need it.",
    reads=(Identity.administrators,),
    about=Kind.CONFIG,
)
def few_administrators(people: Identity, want: Few) -> Conditions:
    """The right to do everything is limited to few."""
    yield "administrators", lambda: _counted(people.administrators, want.at_most)


def _counted(names: Iterable[str], most: int) -> Iterator[Fault | Unknown]:
    """Too many of those that were seen are too many, whoever else could not be seen."""
    found: set[str] = set()
    try:
        for name in names:
            found.add(name)
    except NotKnown as error:
        yield error.unknown
    if len(found) > most:
        yield Fault(str(len(found)), f"{len(found)} may do everything here, and {most} are promised")


class Unused(Parameters):
    """For how long the root user must not have been used."""

    unused_for: Days = Field(Duration.of(90), description="the root user was not used for so long")


@check(
    "identity.root-unused",
    severity=Severity.HIGH,
    fix="Delete the root user's access keys, and work with roles.",
    reads=(Identity.root_last_used, Identity.root_keys),
    about=Kind.CONFIG,
)
def root_unused(people: Identity, want: Unused, today: date) -> Conditions:
    """The root user is not used, and has no keys for programs."""
    yield "unused", lambda: _unused(people.root_last_used, want.unused_for, today)
    yield "no keys", lambda: not people.root_keys


def _unused(used: datetime | None, least: Duration, today: date) -> Outcome:
    if used is None:
        return True
    day = used.astimezone(UTC).date()
    if Duration.of((today - day).days) < least:
        return [Fault(day.isoformat(), f"the root user was used on {day.isoformat()}")]
    return True


class Long(Parameters):
    """How long a password must be."""

    at_least: int = Field(ge=1, le=128, description="so many characters must a password have at least")


@check(
    "identity.passwords",
    severity=Severity.MEDIUM,
    fix="Set a password policy for the account.",
    reads=(Identity.password_length,),
    about=Kind.CONFIG,
)
def long_passwords(people: Identity, want: Long) -> Conditions:
    """Passwords must have at least the promised length."""
    yield "length", lambda: people.password_length >= want.at_least


CHECKS = (second_factor, few_administrators, root_unused, long_passwords)
