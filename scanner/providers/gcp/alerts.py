"""Alert policies of Cloud Monitoring and their channels (https://cloud.google.com/monitoring/api/ref_v3/rest): who is
told of what administrators do.

A policy counts that is on and matches entries of the audit logs of the whole project. Those on metrics may be about
anything, and so are not judged. Of a channel its type and its state are read, never an address or a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial

from scanner.collect.model import Join
from scanner.facts import Means, Node, NotKnown, Reason, Receiver, Unknown, View, flag, text, texts, whole
from scanner.providers.gcp.assets import ABOVE, OWNER, joined
from scanner.providers.gcp.told import seen

BELOW = Join("/resource/parent", {OWNER: ABOVE, "/resource/data/projectId": f"{ABOVE}projects/"})
ASK = {
    "alerts": joined(BELOW, "monitoring.googleapis.com/AlertPolicy"),
    "channels": joined(BELOW, "monitoring.googleapis.com/NotificationChannel"),
}
POLICIES, CHANNELS = "alerts:/assets", "channels:/assets"
NAME, ENABLED = "/resource/data/name", "/resource/data/enabled"
INVALID, USED = "/resource/data/validity/code", "/resource/data/notificationChannels"
CONDITIONS, FILTER = "/resource/data/conditions", "/conditionMatchedLog/filter"
TYPE, VERIFIED = "/resource/data/type", "/resource/data/verificationStatus"
PATHS = (
    *(f"{POLICIES}/*{path}" for path in (ENABLED, INVALID, USED, f"{CONDITIONS}/*{FILTER}")),
    *(f"{CHANNELS}/*{path}" for path in (NAME, ENABLED, TYPE, VERIFIED)),
)
MEANS: Mapping[object, Means] = {
    "email": Means.EMAIL,
    "sms": Means.SMS,
    **dict.fromkeys(
        (
            "campfire",
            "google_chat",
            "hipchat",
            "pagerduty",
            "pubsub",
            "slack",
            "webhook_basicauth",
            "webhook_tokenauth",
        ),
        Means.OTHER,
    ),
}
"""https://cloud.google.com/monitoring/alerts/using-channels-api"""
WORKS: Mapping[object, bool] = {"VERIFIED": True, "VERIFICATION_STATUS_UNSPECIFIED": True, "UNVERIFIED": False}
"""A channel without a status needs none (model NotificationChannel)."""
OTHERS = Unknown(
    Reason.UNDECIDED, "whether alerts on metrics, or on a part of the audit logs, are about security is not told"
)
_AUDIT = re.compile(r"cloudaudit\.googleapis\.com(?:%2F|/)(?:activity|policy)\b", re.IGNORECASE)
_NARROWER = re.compile(r"resource\.labels|resource_?name|authenticationInfo|\bNOT\b|!=|!~|(?:^|[\s(])-", re.IGNORECASE)


def receivers(view: View) -> Iterator[Receiver | Unknown]:
    """Who is told by the alert policies of a project. Declare PATHS, and ask ASK."""
    used: dict[str, None] = {}
    for policy in view.each(POLICIES):
        about = seen(partial(_is_about_security, policy))
        if about is True:
            used |= dict.fromkeys(policy.at(USED, texts, missing=()))
        elif isinstance(about, Unknown):
            yield about
    channels = {each.at(NAME, text): each for each in view.each(CHANNELS)} if used else {}
    for name in used:
        if name in channels:
            yield from _told(channels[name], name)
        else:
            yield Unknown(Reason.NOT_ASKED, f"{name} was not listed")


def _is_about_security(policy: Node) -> bool:
    """Raises NotKnown for a policy that tells somebody, but not of what is known to be security."""
    if not policy.at(ENABLED, flag) or policy.at(INVALID, whole, missing=0):
        return False
    if not policy.at(USED, texts, missing=()):
        return False
    filters = [each.at(FILTER, text, missing="") for each in policy.each(CONDITIONS)]
    if any(_AUDIT.search(each) and not _NARROWER.search(each) for each in filters):
        return True
    raise NotKnown(OTHERS)


def _told(channel: Node, name: str) -> Iterator[Receiver | Unknown]:
    works = seen(lambda: channel.at(ENABLED, flag) and channel.at(VERIFIED, WORKS, missing=True))
    means = seen(lambda: channel.at(TYPE, MEANS))
    match works, means:
        case True, Means():
            yield Receiver(means, name)
        case (Unknown() as unknown, _) | (True, Unknown() as unknown):
            yield unknown
