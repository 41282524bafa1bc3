"""Separation of environments, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from checks.check import Fault
from checks.separation import Protected, _escaped, not_from_production, not_joined, one_environment
from scanner.facts import End, Inapplicable, Known, Member, Membership, Origin, Reason, Seen, Unknown

Judge = Callable[..., Mapping[str, object]]

DARK = Unknown(Reason.REFUSED, "dark")
NEVER = Inapplicable("no such thing")
UNKNOWN = {"unknown": ["dark"]}
PROD, TEST, BOTH, NONE = (frozenset(each.split()) for each in ("production", "test", "production test", ""))


def member(environments: frozenset[str], ref: str = "m") -> Member:
    return Member(ref, environments)


def end(environments: frozenset[str] | Unknown, ref: str = "n") -> End:
    return End(ref, "111111111111", environments)


def seen(*items: object, gaps: tuple[Unknown, ...] = ()) -> Seen[Any]:
    return Seen(items, gaps)


@pytest.mark.parametrize(
    ("members", "said"),
    [
        (seen(), True),
        (seen(member(PROD), member(PROD)), True),
        (seen(member(PROD), member(TEST)), ["production, test"]),
        # Its account says production, its tag says test.
        (seen(member(BOTH)), ["production, test"]),
        (seen(member(PROD), member(NONE)), ["unassigned"]),
        (seen(member(NONE, "a"), member(NONE, "b"), member(NONE, "a")), ["unassigned", "unassigned"]),
        (seen(member(PROD), member(NONE), member(TEST)), ["production, test", "unassigned"]),
        (seen(member(PROD), gaps=(DARK,)), UNKNOWN),
        (seen(member(PROD), member(TEST), gaps=(DARK,)), ["production, test"]),
        (seen(gaps=(DARK,)), UNKNOWN),
        (DARK, UNKNOWN),
        (NEVER, "n/a"),
    ],
)
def test_accounts(judge: Judge, members: object, said: object) -> None:
    assert judge(one_environment, {}, Container_members=members) == {"one environment": said}


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (seen(end(PROD)), True),
        (seen(end(PROD), end(PROD)), True),
        (seen(end(PROD), end(TEST)), ["production, test"]),
        (seen(end(BOTH)), ["production, test"]),
        (seen(end(PROD), end(NONE)), ["unassigned"]),
        (seen(end(NONE)), ["unassigned"]),
        (seen(end(PROD), end(DARK)), UNKNOWN),
        (seen(end(DARK), end(PROD), end(TEST)), ["production, test"]),
        (seen(end(DARK), end(NONE)), ["unassigned"]),
        (seen(end(PROD), gaps=(DARK,)), UNKNOWN),
        (seen(end(PROD), end(TEST), gaps=(DARK,)), ["production, test"]),
        (DARK, UNKNOWN),
        (NEVER, "n/a"),
    ],
)
def test_networks(judge: Judge, ends: object, said: object) -> None:
    assert judge(not_joined, {}, Connection_ends=ends) == {"one environment": said}


def origin(environments: frozenset[str] | Unknown, ref: str = "o") -> Origin:
    return Origin(ref, environments)


@pytest.mark.parametrize(
    ("here", "origins", "said"),
    [
        (TEST, seen(), True),
        (TEST, seen(origin(PROD)), ["o"]),
        (TEST, seen(origin(TEST)), True),
        (TEST, seen(origin(BOTH)), ["o"]),
        # What belongs to no environment may hold data of any.
        (TEST, seen(origin(NONE)), {"unknown": ["o, from which it comes, is in no environment"]}),
        (PROD, seen(origin(PROD), origin(TEST)), True),
        # Among the protected ones it does not matter where a copy came from.
        (PROD, seen(origin(DARK)), True),
        # In production and elsewhere at once, or in no environment: outside.
        (BOTH, seen(origin(PROD)), ["o"]),
        (NONE, seen(origin(PROD)), ["o"]),
        (TEST, seen(origin(DARK), origin(PROD, "p"), origin(PROD, "q")), ["p", "q"]),
        (TEST, seen(origin(DARK), origin(TEST)), UNKNOWN),
        (TEST, seen(origin(PROD), gaps=(DARK,)), ["o"]),
        (TEST, seen(origin(TEST), gaps=(DARK,)), UNKNOWN),
        (PROD, seen(gaps=(DARK,)), UNKNOWN),
        (DARK, seen(origin(PROD)), UNKNOWN),
        (DARK, seen(), True),
        (TEST, DARK, UNKNOWN),
        (TEST, NEVER, "n/a"),
    ],
)
def test_lineage(judge: Judge, here: object, origins: object, said: object) -> None:
    facts = {"Lineage_origins": origins, "Membership_environments": here}
    assert judge(not_from_production, {}, **facts) == {"origin": said}


def test_several_environments_may_be_protected(judge: Judge) -> None:
    with_ = {"data_of": ["production", "staging"]}
    staging = frozenset({"staging"})
    for here, taken, said in ((staging, PROD, True), (TEST, staging, ["o"]), (TEST, TEST, True)):
        facts = {"Lineage_origins": seen(origin(taken)), "Membership_environments": here}
        assert judge(not_from_production, with_, **facts) == {"origin": said}
    with pytest.raises(ValueError, match="at least 1 item"):
        Protected(data_of=())


@pytest.mark.parametrize(
    ("here", "why"),
    [
        (TEST, "it comes from o of production, and is in test"),
        (NONE, "it comes from o of production, and is in unassigned"),
    ],
)
def test_the_words_of_an_escape(here: frozenset[str], why: str) -> None:
    membership = Membership({"Membership.environments": Known(here)})
    assert _escaped(origin(BOTH), membership, PROD) == Fault("o", why)


def test_the_words_of_mixture() -> None:
    from checks.separation import _joined, _mixed
    from scanner.facts import Connection, Container

    container = Container({"Container.members": Known(seen(member(BOTH), member(NONE, "lost")))})
    assert list(_mixed(container)) == [
        Fault("production, test", "it holds resources of production, test"),
        Fault("unassigned", "lost is in no environment"),
    ]
    network = Connection({"Connection.ends": Known(seen(end(BOTH), end(NONE, "lost"), end(NONE, "lost")))})
    assert list(_joined(network)) == [
        Fault("production, test", "it joins networks of production, test"),
        Fault("unassigned", "lost is in no environment"),
    ]
