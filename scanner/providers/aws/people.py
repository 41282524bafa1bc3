"""Who can sign in to an AWS account with a password: the users of IAM, and the root user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import NoReturn

from scanner.collect.model import Call
from scanner.facts import JSON, Answer, Identity, Node, NotKnown, Reason, Unknown, View, text, whole
from scanner.providers.aws import apart
from scanner.providers.aws.common import part, parts

ROOT = "root"
"""The root user's name among the people of an account."""
# Where an account has no rule of its own, AWS's holds: "Default password policy" in
# docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_passwords_account-policy.html.
DEFAULT_LENGTH = 8
SUMMARY = "summary:/SummaryMap"
SWITCH: Mapping[object, bool] = {0: False, 1: True}
PROVIDERS = "providers:/SAMLProviderList"
ELSEWHERE = Unknown(
    Reason.UNDECIDED,
    "people may sign in by an identity provider, too, and IAM does not tell whether by a password alone",
)
REPORT = "report:/Content"
USED = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")
# docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
NEVER = frozenset({"N/A", "no_information"})

ASKS: Mapping[str, Call] = {
    "summary": Call("iam:GetAccountSummary", "iam.get_account_summary"),
    "rule": Call("iam:GetAccountPasswordPolicy", "iam.get_account_password_policy", absent=frozenset({"NoSuchEntity"})),
    "users": Call("iam:ListUsers", "iam.list_users", items="/Users"),
    "password": Call(
        "iam:GetLoginProfile",
        "iam.get_login_profile",
        take={"UserName": "/Users/*/UserName"},
        absent=frozenset({"NoSuchEntity"}),
        follows="users",
        apart=True,
    ),
    # Hardware devices and passkeys are told for each user only. It is asked of those who have a password.
    "devices": Call(
        "iam:ListMFADevices",
        "iam.list_mfa_devices",
        items="/MFADevices",
        take={"UserName": "/LoginProfile/UserName"},
        follows="password",
    ),
    "providers": Call("iam:ListSAMLProviders", "iam.list_saml_providers"),
    # To have a report made would be a write, so that an older one is read or none.
    "report": Call(
        "iam:GetCredentialReport",
        "iam.get_credential_report",
        absent=frozenset({"ReportNotPresent", "ReportExpired", "ReportInProgress"}),
    ),
}


def _single_factor(view: View) -> Iterator[str | Unknown]:
    return parts(lambda: _root_alone(view), lambda: _users_alone(view), lambda: _elsewhere(view))


def _elsewhere(view: View) -> Iterator[Unknown]:
    """IAM Identity Center makes such a provider, too, in each account that its people may enter
    (docs.aws.amazon.com/singlesignon/latest/userguide/provisioned-roles.html).
    """
    if any(True for _ in view.each(PROVIDERS, missing=True)):
        yield ELSEWHERE


def _root_alone(view: View) -> Iterator[str]:
    """The root user of a member account may have no password at all, where the organisation manages that centrally."""
    if not view.at(f"{SUMMARY}/AccountMFAEnabled", SWITCH) and view.at(f"{SUMMARY}/AccountPasswordPresent", SWITCH):
        yield ROOT


def _users_alone(view: View) -> Iterator[str | Unknown]:
    if not list(view.each("users:/Users")):
        return
    passwords = apart.replies(view, "password", "UserName")
    found = [(name, part(partial(_has_password, each))) for name, each in passwords]
    yield from (each for _, each in found if isinstance(each, Unknown))
    signing_in = [name for name, password in found if password is True]
    if signing_in:
        with_device = {each.at("/UserName", text) for each in view.each("devices:/MFADevices")}
        yield from (name for name in signing_in if name not in with_device)


def _has_password(each: Node) -> bool:
    return apart.is_there(each) and bool(each.at("/body/LoginProfile/UserName", text))


def _root_last_used(view: View) -> datetime | None:
    if view.absent("report"):
        _without_report()
    view.at("report:/GeneratedTime", text)
    rows = list(view.each(REPORT))
    if len(rows) != 1:
        raise NotKnown(Unknown(Reason.SHAPE, "IAM's credential report has no line of the root user"))
    return max((used for column in USED if (used := rows[0].at(f"/{column}", _when))), default=None)


def _without_report() -> NoReturn:
    call = ASKS["report"]
    raise NotKnown(
        Unknown(
            Reason.NOT_ASKED,
            "IAM has no fresh credential report of this account, and to have one made is a write:"
            " run 'aws iam generate-credential-report' and scan again",
            call.operation,
            call.permission,
        )
    )


def _when(value: JSON) -> datetime | None:
    """A time with its zone; None for one of the words for "never"."""
    if value in NEVER:
        return None
    used = datetime.fromisoformat(text(value))
    if used.tzinfo is None:
        raise ValueError("a time without a zone")
    return used


def _some(value: JSON) -> bool:
    return whole(value) > 0


ANSWERS: tuple[Answer, ...] = (
    Identity.single_factor.items(
        _single_factor,
        f"{SUMMARY}/AccountMFAEnabled",
        f"{SUMMARY}/AccountPasswordPresent",
        "users:/Users/*/UserName",
        *apart.paths("password", "/LoginProfile/UserName"),
        "devices:/MFADevices/*/UserName",
        f"{PROVIDERS}/*/Arn",
    ),
    Identity.root_keys.at(f"{SUMMARY}/AccountAccessKeysPresent", _some),
    Identity.root_last_used.by(_root_last_used, "report:/GeneratedTime", *(f"{REPORT}/*/{each}" for each in USED)),
    Identity.password_length.at("rule:/PasswordPolicy/MinimumPasswordLength", whole, absent=DEFAULT_LENGTH),
)
LIMITS = (
    "AWS: the root user's last use is told as of IAM's credential report, which may be some hours old.",
    "AWS: people of IAM Identity Center or another identity provider, and how they sign in, are not read by name.",
)
