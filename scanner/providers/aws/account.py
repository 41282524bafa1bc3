"""The AWS account itself: who can sign in, who is told, and what is set for all of it. What it holds is answered by the
engine.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import Alerting, Defaults, Kind, Means, Reason, Receiver, Unknown, View, flag
from scanner.providers.aws import administrators, people
from scanner.providers.aws.common import ACCOUNT_BLOCK

BLOCK = "block:/PublicAccessBlockConfiguration"
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
CONTACT = "contact:/AlternateContact/AlternateContactType"
SECURITY: dict[object, str] = {"SECURITY": "security contact"}


OTHERS = "the rules, alarms and topics that may tell others, and by other means, are not read"


def _receivers(view: View) -> Iterable[Receiver | Unknown]:
    """The security contact. Its address, name and number are not read: it has an address, or could not be set
    (PutAlternateContact).
    """
    if view.absent("contact"):
        yield Unknown(Reason.NOT_ASKED, f"the account has no security contact, and {OTHERS}")
        return
    yield Receiver(Means.EMAIL, view.at(CONTACT, SECURITY))
    yield Unknown(Reason.NOT_ASKED, OTHERS)


def _blocked(view: View) -> bool:
    if view.absent("block"):
        return False
    return all(view.at(f"{BLOCK}/{each}", flag) for each in SETTINGS)


ACCOUNT = ResourceType(
    "aws.account",
    "AWS::Account",
    Kind.CONFIG,
    # Needs no permission at all (docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html).
    each=Call("sts:GetCallerIdentity", "sts.get_caller_identity", per=Per.ACCOUNT),
    id="arn:{@partition}:iam::{@account}:root",
    label="/Account",
    ask={
        **people.ASKS,
        **administrators.ASKS,
        "contact": Call(
            "account:GetAlternateContact",
            "account.get_alternate_contact",
            give={"AlternateContactType": "SECURITY"},
            absent=frozenset({"ResourceNotFoundException"}),
        ),
        "block": ACCOUNT_BLOCK,
    },
    facts=(
        *people.ANSWERS,
        *administrators.ANSWERS,
        Alerting.receivers.items(_receivers, CONTACT),
        Defaults.public_blocked.by(_blocked, *(f"{BLOCK}/{each}" for each in SETTINGS)),
        Defaults.disks_encrypted.inapplicable("it is set for each region"),
        Defaults.places.unseen("control policies, which may deny regions, are not read"),
        Defaults.own_keys.unseen("control policies, which may demand keys, are not read"),
    ),
    unordered=("users:/Users", "people:/UserDetailList", "groups:/GroupDetailList", "roles:/RoleDetailList"),
    container=True,
)

LIMITS = (*people.LIMITS, *administrators.LIMITS)
TYPES = (ACCOUNT,)
