"""What an account lends to others is told by its owner, whoever is asked first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from scanner.collect.model import EVERYTHING, Account, Call, Gap, ResourceType
from scanner.facts import Body, EncryptionAtRest, Kind, Reason

Cloud = Callable[..., Any]
OWNER, BORROWER = (Account("x", each * 12, each, ("north",), "p") for each in "12")
NET = ResourceType(
    "x.net",
    "X::Net",
    Kind.CONFIG,
    Call("x:ListNets", "x.list_nets", items="/Nets"),
    id="x:{/Owner}:{/Name}",
    label="/Name",
    account="/Owner",
    ask={"seen": Call("x:GetNet", "x.get_net", take={"By": "@account"})},
    facts=(EncryptionAtRest.key.at("seen:/By", str),),
)
LISTED = {"x.list_nets": [{"Nets": [{"Name": "a", "Owner": OWNER.id}]}]}
TOLD = {f"x.get_net {each.id}": [{"By": each.name}] for each in (OWNER, BORROWER)}


@pytest.mark.parametrize("accounts", [(OWNER, BORROWER), (BORROWER, OWNER)])
def test_the_owner_tells(cloud: Cloud, accounts: tuple[Account, ...]) -> None:
    (record,) = cloud((NET,), {**LISTED, **TOLD}, accounts=accounts).collect().records
    reply = record.replies["seen"]
    assert isinstance(reply, Body)
    assert (record.account, reply.fragment.body) == (OWNER.id, {"By": "1"})


def test_where_the_owner_is_not_asked_the_borrower_tells(cloud: Cloud) -> None:
    (record,) = cloud((NET,), {**LISTED, **TOLD}, accounts=(BORROWER,), aliases={OWNER.id: OWNER.id}).collect().records
    reply = record.replies["seen"]
    assert isinstance(reply, Body)
    assert reply.fragment.body == {"By": "2"}


def test_what_an_account_has_twice_it_tells_last(cloud: Cloud) -> None:
    wide = replace(OWNER, regions=("north", "south"))
    world = cloud((NET,), {**LISTED, **TOLD, f"x.get_net {OWNER.id}@south": [{"By": "last"}]}, accounts=(wide,))
    (record,) = world.collect().records
    assert record.region == "south"


UNREACHED = Gap("x", OWNER.id, "", "x.enter", "x:Enter", Reason.UNREACHED, "no way in", (EVERYTHING,))


@pytest.mark.parametrize(
    ("accounts", "gaps", "found"),
    [
        pytest.param((OWNER, BORROWER), (), [], id="the owner is read"),
        pytest.param((BORROWER,), (UNREACHED,), [UNREACHED.call], id="the owner is in scope, and known to be unread"),
        pytest.param((BORROWER,), (), ["x.list_nets"], id="nothing names the owner"),
    ],
)
def test_only_an_owner_that_nothing_names_is_a_gap(
    cloud: Cloud, accounts: tuple[Account, ...], gaps: tuple[Gap, ...], found: list[str]
) -> None:
    told = cloud((NET,), {**LISTED, **TOLD}, accounts=accounts, gaps=gaps).collect().gaps
    assert [gap.call for gap in told] == found
    assert all(gap.account == OWNER.id and gap.types == (EVERYTHING,) for gap in told)
