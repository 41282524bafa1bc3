"""Essential Contacts (https://cloud.google.com/resource-manager/docs/manage-essential-contacts).

A project has its own and inherits those of what is above it. Their addresses are never kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from scanner.collect.model import Join
from scanner.facts import Alerting, Means, Node, Reason, Receiver, Unknown, View, text, texts
from scanner.providers.gcp.assets import ABOVE, ANCESTRY, OWNER, ancestry, joined
from scanner.providers.gcp.told import seen

CONTACT = "essentialcontacts.googleapis.com/Contact"
ASK = {
    "contacts": joined(
        Join("/resource/parent", {OWNER: ABOVE, "/resource/data/projectId": f"{ABOVE}projects/"}), CONTACT
    )
}
CONTACTS = "contacts:/assets"
CATEGORIES, STATE = "/resource/data/notificationCategorySubscriptions", "/resource/data/validationState"
ABOUT_SECURITY = frozenset({"ALL", "SECURITY"})
STATES: Mapping[object, bool] = {"VALID": True, "INVALID": False}
CHANNELS = Unknown(
    Reason.NOT_ASKED,
    "whether the channels of alert policies are told of security events is not read; where no contact is named, Google "
    "tells those who hold certain roles",
)


def _receivers(view: View) -> Iterator[Receiver | Unknown]:
    for contact in view.each(CONTACTS):
        told = seen(partial(_is_told, contact))
        if isinstance(told, Unknown):
            yield told
        elif told:
            yield Receiver(Means.EMAIL, contact.at("/name", text))
    for name, listed in ancestry(view):
        if not listed:
            yield Unknown(Reason.NOT_ASKED, f"the contacts of {name.removeprefix(ABOVE)} were not listed")
    yield CHANNELS


def _is_told(contact: Node) -> bool:
    return not ABOUT_SECURITY.isdisjoint(contact.at(CATEGORIES, texts)) and contact.at(STATE, STATES)


RECEIVERS = Alerting.receivers.items(
    _receivers, *ANCESTRY, *(f"{CONTACTS}/*{path}" for path in ("/name", CATEGORIES, STATE))
)
