"""Essential Contacts: who is told of security events."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collect.model import declared
from scanner.facts import Alerting, Means, Reason, Receiver
from scanner.providers.gcp.contacts import ASK, ASK_ABOVE, BY_ROLE
from tests.scanner.providers.gcp.policies import ORGANIZATION
from tests.scanner.providers.gcp.states import REFUSED, TYPES, Data, value

NAME = "//essentialcontacts.googleapis.com/projects/100000000001/contacts/7"


def contact(name: str = NAME, state: Any = "VALID", categories: Any = ("SECURITY",)) -> Data:
    listed = list(categories) if isinstance(categories, tuple) else categories
    data = {"validationState": state, "notificationCategorySubscriptions": listed}
    return {"name": name, "resource": {"data": data, "parent": ORGANIZATION}}


def told(*contacts: Data, **asked: Any) -> tuple[tuple[Any, ...], list[Reason]]:
    found = value("gcp.project", Alerting.receivers, {}, contacts=list(contacts), **asked)
    assert found.gaps[-1] == BY_ROLE
    return found.items, [gap.reason for gap in found.gaps[:-1]]


@pytest.mark.parametrize(
    ("contacts", "names", "reasons"),
    [
        ([], [], []),
        ([contact()], [NAME], []),
        ([contact(categories=("ALL",))], [NAME], []),
        ([contact(categories=("BILLING", "SECURITY"))], [NAME], []),
        ([contact(categories=("BILLING", "LEGAL"))], [], []),
        ([contact(state="INVALID")], [], []),
        ([contact(state=None), contact()], [NAME], [Reason.SHAPE]),
        ([contact(categories=None), contact()], [NAME], [Reason.SHAPE]),
        ([contact(), contact("//essentialcontacts.googleapis.com/folders/1/contacts/8")], [NAME, None], []),
    ],
)
def test_contacts(contacts: list[Data], names: list[str | None], reasons: list[Reason]) -> None:
    found, unseen = told(*contacts)
    expected = [name or contacts[-1]["name"] for name in names]
    assert found == tuple(Receiver(Means.EMAIL, name) for name in expected)
    assert unseen == reasons


def test_contacts_above_the_scope() -> None:
    assert told(contact(), nodes=[]) == ((Receiver(Means.EMAIL, NAME),), [Reason.NOT_ASKED])


def test_contacts_that_are_not_shown() -> None:
    found = value("gcp.project", Alerting.receivers, {}, contacts=REFUSED)
    assert (found.items, [gap.reason for gap in found.gaps]) == ((), [Reason.REFUSED])
    others = value("gcp.project", Alerting.receivers, {}, contacts=[contact()], alerts=REFUSED)
    assert others.items == (Receiver(Means.EMAIL, NAME),)
    assert [gap.reason for gap in others.gaps] == [Reason.REFUSED, BY_ROLE.reason]


@pytest.mark.parametrize("kind", ["gcp.folder", "gcp.organization"])
def test_contacts_of_what_is_above_projects(kind: str) -> None:
    found = value(kind, Alerting.receivers, {}, contacts=[contact()])
    assert (found.items, found.gaps) == ((Receiver(Means.EMAIL, NAME),), (BY_ROLE,))


def test_no_address_is_asked_for() -> None:
    for kind, asks in (("gcp.project", ASK), ("gcp.organization", ASK_ABOVE)):
        assert asks["contacts"].give["assetTypes"] == ["essentialcontacts.googleapis.com/Contact"]
        assert not any("email" in path for path in declared(TYPES[kind], "contacts"))
    assert not any("labels" in path for path in declared(TYPES["gcp.project"], "channels"))
