"""IAM policies (https://cloud.google.com/iam/docs/reference/rest/v1/Policy), by one listing for all assets of a parent.

What a policy on a project, folder or organization grants holds for all below it. An asset on which no policy is set is
not in the listing. Deny policies, which take away again, are not read: what is said to be granted may be denied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from scanner.facts import (
    Exposure,
    Grantee,
    Identity,
    Node,
    NotKnown,
    Reason,
    Trust,
    Unknown,
    View,
    text,
    texts,
)
from scanner.providers.gcp.assets import ABOVE, IAM, NAME

ANCESTORS = "item:/ancestors"
POLICIES = "iam:/assets"
BINDINGS = f"{POLICIES}/*/iamPolicy/bindings/*"
PATHS = (
    NAME,
    ANCESTORS,
    f"{POLICIES}/*/name",
    f"{BINDINGS}/role",
    f"{BINDINGS}/members",
    f"{BINDINGS}/condition/expression",
)
EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
ADMINISTRATORS = frozenset({"roles/owner"})
GOOGLE = re.compile(r"(?:service-)?(?P<number>[0-9]+)@(?:cloudservices|gcp-sa-[a-z0-9-]+\.iam)\.gserviceaccount\.com")
"""Agents of Google's services, named by the project for which they act
(https://cloud.google.com/iam/docs/service-agents).
"""
DEFAULT = re.compile(r"(?P<number>[0-9]+)-compute@developer\.gserviceaccount\.com")
OF_PROJECT = re.compile(
    r"[^@]+@(?P<project>[a-z0-9-]+)\.iam\.gserviceaccount\.com|(?P<app>[a-z0-9-]+)@appspot\.gserviceaccount\.com"
)
GROUPS = re.compile(r"(?:user|group):[^@]+@(?P<domain>[^@]+)|domain:(?P<whole>.+)")


def bindings(view: View, *, own: bool = False) -> Iterator[tuple[str, Node]]:
    """The bindings that hold for an asset, each with the name of where it is set: on itself, and on what is above it
    unless `own`.
    """
    name = view.at(NAME, text)
    for policy in view.each(POLICIES):
        where = policy.at("/name", text)
        if where == name or not own:
            yield from ((where, each) for each in policy.each("/iamPolicy/bindings", missing=True))


def unlisted(view: View) -> Iterator[Unknown]:
    """What is above an asset and whose policy was not listed: what it grants holds here too."""
    listed = {policy.at("/name", text) for policy in view.each(POLICIES)}
    for each in view.at(ANCESTORS, texts):
        if f"{ABOVE}{each}" not in listed:
            why = f"the IAM policy of {each}, which holds here too, was not listed"
            yield Unknown(Reason.NOT_ASKED, why, IAM.operation, IAM.permission)


def public(view: View) -> bool:
    """Whether a policy that holds for it grants a role to everybody. Raises NotKnown where only under a condition."""
    doubt: list[Unknown] = []
    for _, binding in bindings(view):
        if EVERYBODY.isdisjoint(binding.at("/members", texts, missing=())):
            continue
        if not binding.at("/condition/expression", text, missing=""):
            return True
        doubt.append(Unknown(Reason.UNDECIDED, "a role is granted to everybody under a condition, which is not judged"))
    for unknown in (*doubt, *unlisted(view)):
        raise NotKnown(unknown)
    return False


def grantees(view: View) -> Iterable[Grantee | Unknown]:
    """Who is named by the asset's own policy and is not of its own project. What is granted above is told there."""
    seen = dict.fromkeys(
        member for _, binding in bindings(view, own=True) for member in binding.at("/members", texts, missing=())
    )
    for member in seen:
        if member not in EVERYBODY and not member.startswith("deleted:"):
            yield from _grantee(member, view)


def _grantee(member: str, view: View) -> Iterator[Grantee]:
    if found := GROUPS.fullmatch(member):
        yield Grantee(member, found["domain"] or found["whole"])
        return
    kind, _, name = member.partition(":")
    own = view.where.account
    if kind in {"projectOwner", "projectEditor", "projectViewer"}:
        if name != own:
            yield Grantee(member, name)
    elif kind == "serviceAccount":
        yield from _service_account(member, name, view)
    else:
        yield Grantee(member, Unknown(Reason.UNDECIDED, f"whose {member} is, its name does not tell"))


def _service_account(member: str, name: str, view: View) -> Iterator[Grantee]:
    if found := OF_PROJECT.fullmatch(name):
        project = found["project"] or found["app"]
        if not project.startswith("gcp-sa-") and project != view.where.account:
            yield Grantee(member, project)
    if found := (GOOGLE.fullmatch(name) or DEFAULT.fullmatch(name)):
        number = f"projects/{found['number']}"
        if number not in view.at(ANCESTORS, texts):
            yield Grantee(member, Unknown(Reason.UNDECIDED, f"which project is {number}, its name does not tell"))
    elif not OF_PROJECT.fullmatch(name):
        yield Grantee(member, Unknown(Reason.UNDECIDED, f"whose {member} is, its name does not tell"))


def administrators(view: View) -> Iterable[str | Unknown]:
    """Who owns it, by its own policy or one above; a group counts as one."""
    for where, binding in bindings(view):
        if binding.at("/role", text) in ADMINISTRATORS:
            inherited = where != view.at(NAME, text)
            yield from (
                f"{member} of {where.removeprefix(ABOVE)}" if inherited else member
                for member in binding.at("/members", texts, missing=())
                if not member.startswith("deleted:")
            )
    yield from unlisted(view)


def records_reads(service: str, view: View) -> bool:
    """Whether the audit configurations that hold for it record who reads data of a service, nobody exempted
    (https://cloud.google.com/logging/docs/audit/configure-data-access): those above add to its own.
    """
    for policy in view.each(POLICIES):
        for config in policy.each("/iamPolicy/auditConfigs", missing=True):
            if config.at("/service", text) in {service, "allServices"}:
                for log in config.each("/auditLogConfigs", missing=True):
                    if log.at("/logType", text) == "DATA_READ" and not log.at("/exemptedMembers", texts, missing=()):
                        return True
    for unknown in unlisted(view):
        raise NotKnown(unknown)
    return False


AUDITS = f"{POLICIES}/*/iamPolicy/auditConfigs/*"
READS = (
    NAME,
    ANCESTORS,
    f"{POLICIES}/*/name",
    f"{AUDITS}/service",
    f"{AUDITS}/auditLogConfigs/*/logType",
    f"{AUDITS}/auditLogConfigs/*/exemptedMembers",
)
PUBLIC = Exposure.public.by(public, *PATHS)
TRUST = Trust.grantees.items(grantees, *PATHS)
SHARED = (PUBLIC, TRUST)
"""Who may read what has no other way in than IAM."""
OWNERS = Identity.administrators.items(administrators, *PATHS)
