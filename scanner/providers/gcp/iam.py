"""IAM policies (https://cloud.google.com/iam/docs/reference/rest/v1/Policy), by one listing for all assets of a parent.

What a policy on a project, folder or organization grants holds for all below it. An asset on which no policy is set is
not in the listing. Deny policies, which take away again, are not read: what is said to be granted may be denied.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from scanner.collect.model import Join
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
from scanner.providers.gcp import principals, told
from scanner.providers.gcp.assets import ABOVE, IAM, NAME, OWNER, joined, part

ANCESTORS = "item:/ancestors"
NODE = f"{NAME}|node"
"""Policies that are listed for an asset are its own or of what is above it: the names of the latter tell which."""
POLICIES = "iam:/assets"
BINDINGS = f"{POLICIES}/*/iamPolicy/bindings/*"
PATHS = (
    NODE,
    ANCESTORS,
    f"{POLICIES}/*/name|node",
    f"{BINDINGS}/role",
    f"{BINDINGS}/members",
    f"{BINDINGS}/condition/expression",
)
EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
ADMINISTRATORS = frozenset(
    {
        "roles/owner",
        "roles/iam.securityAdmin",
        "roles/resourcemanager.folderAdmin",
        "roles/resourcemanager.folderIamAdmin",
        "roles/resourcemanager.organizationAdmin",
        "roles/resourcemanager.projectIamAdmin",
    }
)
"""The roles of who owns a project, and of who may change its policy, or one above, and so give any role to anybody
(https://cloud.google.com/iam/docs/understanding-roles).
"""
POWERS = frozenset(f"resourcemanager.{each}.setIamPolicy" for each in ("projects", "folders", "organizations"))
"""The permissions by which a custom role does the same."""
ROLES = "roles:/assets"
CUSTOM = "iam.googleapis.com/Role"
ASK = {"roles": joined(Join("/resource/parent", {OWNER: ABOVE}), CUSTOM)}
"""The custom roles of a project, folder or organization, and of those above it."""


def bindings(view: View, *, own: bool = False) -> Iterator[tuple[str, Node]]:
    """The bindings that hold for an asset, each with the name of the project, folder or organization where it is set,
    or "" for any other asset itself; without those that are set above it if `own`.
    """
    name = view.at(NODE, part)
    for policy in view.each(POLICIES):
        where = policy.at("/name|node", part)
        if where == name or not own:
            yield from ((where, each) for each in policy.each("/iamPolicy/bindings", missing=True))


def unlisted(view: View) -> Iterator[Unknown]:
    """What is above an asset and whose policy was not listed: what it grants holds here too."""
    listed = {policy.at("/name|node", part) for policy in view.each(POLICIES)}
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
    """Who is named by the asset's own policy and is not of its own project. What is granted above is told there. A
    principal that was deleted has no access any more.
    """
    seen = dict.fromkeys(
        member for _, binding in bindings(view, own=True) for member in binding.at("/members", texts, missing=())
    )
    for member in seen:
        if member not in EVERYBODY and not member.startswith("deleted:"):
            yield from principals.outside(member, view)


def administrators(view: View) -> Iterable[str | Unknown]:
    """Who may do everything, or give the right to do so, by its own policy or one above; a group counts as one."""
    own = view.at(NODE, part)
    for where, binding in bindings(view):
        members = [each for each in binding.at("/members", texts, missing=()) if not each.startswith("deleted:")]
        power = told.seen(partial(_is_powerful, binding, view)) if members else False
        if isinstance(power, Unknown):
            yield power
        elif power:
            yield from (each if where == own else f"{each} of {where.removeprefix(ABOVE)}" for each in members)
    yield from unlisted(view)


def _is_powerful(binding: Node, view: View) -> bool:
    """Raises NotKnown where that is under a condition, or the role is not known."""
    role = binding.at("/role", text)
    if role not in ADMINISTRATORS and (role.startswith("roles/") or not _gives_power(role, view)):
        return False
    if binding.at("/condition/expression", text, missing=""):
        raise NotKnown(Unknown(Reason.UNDECIDED, f"{role} is given under a condition, which is not judged"))
    return True


def _gives_power(role: str, view: View) -> bool:
    for each in view.each(ROLES):
        if each.at("/resource/data/name", text) == role:
            return not POWERS.isdisjoint(each.at("/resource/data/includedPermissions", texts))
    raise NotKnown(Unknown(Reason.NOT_ASKED, f"what {role} permits was not listed"))


def records_reads(service: str, view: View) -> bool:
    """Whether the audit configurations that hold for it record who reads data of a service, nobody exempted
    (https://cloud.google.com/logging/docs/audit/configure-data-access): those above add to its own, and whoever one
    of a policy's configurations exempts is exempted from all of them. Raises NotKnown where another policy exempts.
    """
    exempting = [any(each) for policy in view.each(POLICIES) if (each := tuple(_exempted(policy, service)))]
    for unknown in unlisted(view):
        raise NotKnown(unknown)
    if len(set(exempting)) > 1:
        raise NotKnown(Unknown(Reason.UNDECIDED, "one policy records who reads, and another exempts somebody"))
    return exempting[:1] == [False]


def _exempted(policy: Node, service: str) -> Iterator[bool]:
    """For each configuration of a policy that records who reads: whether it exempts anybody."""
    for config in policy.each("/iamPolicy/auditConfigs", missing=True):
        if config.at("/service", text) in {service, "allServices"}:
            for log in config.each("/auditLogConfigs", missing=True):
                if log.at("/logType", text) == "DATA_READ":
                    yield bool(log.at("/exemptedMembers", texts, missing=()))


AUDITS = f"{POLICIES}/*/iamPolicy/auditConfigs/*"
READS = (
    NODE,
    ANCESTORS,
    f"{POLICIES}/*/name|node",
    f"{AUDITS}/service",
    f"{AUDITS}/auditLogConfigs/*/logType",
    f"{AUDITS}/auditLogConfigs/*/exemptedMembers",
)
PUBLIC = Exposure.public.by(public, *PATHS)
TRUSTED = (*PATHS, *principals.PATHS)
"""What `grantees` reads."""
TRUST = Trust.grantees.items(grantees, *TRUSTED)
SHARED = (PUBLIC, TRUST)
"""Who may read what has no other way in than IAM."""
OWNERS = Identity.administrators.items(
    administrators, *PATHS, *(f"{ROLES}/*/resource/data/{path}" for path in ("name", "includedPermissions"))
)
