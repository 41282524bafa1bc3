"""Essential Contacts (https://cloud.google.com/resource-manager/docs/manage-essential-contacts).

A project has its own and inherits those of what is above it. Their addresses are never kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from scanner.collect.model import Join
from scanner.facts import Alerting, Means, Node, Reason, Receiver, Unknown, View, text, texts
from scanner.providers.gcp import alerts
from scanner.providers.gcp.assets import ABOVE, ANCESTRY, OWNER, ancestry, joined
from scanner.providers.gcp.told import seen, together

CONTACT = "essentialcontacts.googleapis.com/Contact"
ASK = {"contacts": joined(alerts.BELOW, CONTACT), **alerts.ASK}
ASK_ABOVE = {"contacts": joined(Join("/resource/parent", {OWNER: ABOVE}), CONTACT)}
"""Of a folder or an organization."""
CONTACTS = "contacts:/assets"
CATEGORIES, STATE = "/resource/data/notificationCategorySubscriptions", "/resource/data/validationState"
ABOUT_SECURITY = frozenset({"ALL", "SECURITY"})
STATES: Mapping[object, bool] = {"VALID": True, "INVALID": False}
BY_ROLE = Unknown(
    Reason.NOT_ASKED,
    "the notifications of Security Command Center are not read; where no contact is named, Google tells those who hold "
    "certain roles",
)


def _of_contacts(view: View) -> Iterator[Receiver | Unknown]:
    for contact in view.each(CONTACTS):
        told = seen(partial(_is_told, contact))
        if isinstance(told, Unknown):
            yield told
        elif told:
            yield Receiver(Means.EMAIL, contact.at("/name", text))
    for name, listed in ancestry(view):
        if not listed:
            yield Unknown(Reason.NOT_ASKED, f"the contacts of {name.removeprefix(ABOVE)} were not listed")
    yield BY_ROLE


def _receivers(view: View) -> Iterator[Receiver | Unknown]:
    yield from together(view, alerts.receivers, _of_contacts)


def _is_told(contact: Node) -> bool:
    return not ABOUT_SECURITY.isdisjoint(contact.at(CATEGORIES, texts)) and contact.at(STATE, STATES)


PATHS = (*ANCESTRY, *(f"{CONTACTS}/*{path}" for path in ("/name", CATEGORIES, STATE)))
RECEIVERS = Alerting.receivers.items(_receivers, *PATHS, *alerts.PATHS)
RECEIVERS_ABOVE = Alerting.receivers.items(_of_contacts, *PATHS)
"""A folder and an organization have no alert policies."""
