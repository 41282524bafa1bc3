"""Who may do everything in an AWS account: users, groups and roles that a policy allows every action on everything.

Only forms whose effect is sure are taken for an answer; another form that touches the question leaves it undecided for
whoever has the policy (docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html). What several
statements allow together is not added up, but for IAM and almost all else. The root user may always do everything, and
is not listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import reduce
from operator import or_

from scanner.collect.model import Call
from scanner.facts import JSON, Answer, Identity, Reason, Unknown, View, text, texts
from scanner.providers.aws.common import part
from scanner.providers.aws.policies import Statement, several, statements

# AWS's own policy, should the listing leave it out: it allows everything
# (docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html).
BY_NAME = ":iam::aws:policy/AdministratorAccess"
EVERYTHING: Statement = {"Effect": "Allow", "Action": "*", "Resource": "*"}
# Of a condition only that there is one is kept: what it compares with may name people and addresses.
FIELDS = ("Effect", "Action", "NotAction", "Resource", "NotResource", "Condition/-")
INLINE = ("UserPolicyList", "GroupPolicyList", "RolePolicyList")
USERS, GROUPS, ROLES, POLICIES = "/UserDetailList", "/GroupDetailList", "/RoleDetailList", "/Policies"
DOCUMENTS = {
    "people": f"{USERS}/*/UserPolicyList/*/PolicyDocument",
    "groups": f"{GROUPS}/*/GroupPolicyList/*/PolicyDocument",
    "roles": f"{ROLES}/*/RolePolicyList/*/PolicyDocument",
    "policies": f"{POLICIES}/*/PolicyVersionList/*/Document",
}


def _details(source: str, items: str, *kinds: str) -> Call:
    return Call(
        "iam:GetAccountAuthorizationDetails",
        "iam.get_account_authorization_details",
        items=items,
        give={"Filter": list(kinds)},
        # botocore has decoded it already, where it could.
        decode=(DOCUMENTS[source],),
    )


ASKS: Mapping[str, Call] = {
    "people": _details("people", USERS, "User"),
    "groups": _details("groups", GROUPS, "Group"),
    "roles": _details("roles", ROLES, "Role"),
    "policies": _details("policies", POLICIES, "LocalManagedPolicy", "AWSManagedPolicy"),
}
BOUNDARY = "/PermissionsBoundary/PermissionsBoundaryArn"
OWN = {
    "people": ("/Arn", "/GroupList", "/AttachedManagedPolicies/*/PolicyArn", BOUNDARY),
    "groups": ("/Arn", "/GroupName", "/AttachedManagedPolicies/*/PolicyArn"),
    "roles": ("/Arn", "/AttachedManagedPolicies/*/PolicyArn", BOUNDARY),
    "policies": ("/Arn", "/PolicyVersionList/*/IsDefaultVersion"),
}
PATHS = (
    *(f"{source}:{ASKS[source].items}/*{field}" for source, fields in OWN.items() for field in fields),
    *(
        f"{source}:{document}/Statement{each}/{field}"
        for source, document in DOCUMENTS.items()
        for each in ("/*", "")
        for field in FIELDS
    ),
)


class Reach(Enum):
    """How much a statement is about."""

    ALL = "every action on everything"
    PART = "less"
    UNSURE = "in a form that is not analysed"


@dataclass(frozen=True, slots=True)
class Rights:
    """The statements that hold for somebody; `whole` tells whether all of them were seen."""

    statements: tuple[Statement, ...] = ()
    whole: bool = True

    def __or__(self, other: Rights) -> Rights:
        return Rights((*self.statements, *other.statements), self.whole and other.whole)

    @property
    def are_all(self) -> bool | None:
        """Whether they are the right to do everything; None where that is not sure. A denial under a condition leaves
        that right; one without takes it away, or a part of it that is not analysed.
        """
        allowed = {_reach(each) for each in self.statements if each.get("Effect") == "Allow"}
        denied = {_reach(each) for each in self.statements if each.get("Effect") != "Allow" and "Condition" not in each}
        if Reach.ALL in denied:
            return False
        if Reach.ALL not in allowed:
            return False if self.whole and Reach.UNSURE not in allowed and not self._add_up else None
        return True if self.whole and not denied else None

    @property
    def _add_up(self) -> bool:
        """Whether one statement allows IAM, and another almost all else, as PowerUserAccess and IAMFullAccess do."""
        allowed = [
            each for each in self.statements if each.get("Effect") == "Allow" and _resources(each) is not Reach.PART
        ]
        rest = any("NotAction" in each and not any(map(_is_any, several(each["NotAction"]))) for each in allowed)
        return rest and any(_is(action, "iam:*") for each in allowed for action in several(each.get("Action")))


UNSEEN = Rights(whole=False)
Policies = Mapping[str, Rights]


@dataclass(frozen=True, slots=True)
class Holder:
    """A user, group or role: its own policies, the names of those that it shares, and of its groups."""

    arn: str
    name: str
    own: Rights
    attached: tuple[str, ...]
    groups: tuple[str, ...]
    boundary: str


def _administrators(view: View) -> Iterator[str | Unknown]:
    managed = part(lambda: view.at(f"policies:{POLICIES}", _policies))
    shared: Policies = {} if isinstance(managed, Unknown) else managed
    groups = part(lambda: view.at(f"groups:{GROUPS}", _holders))
    roles = part(lambda: view.at(f"roles:{ROLES}", _holders))
    people = part(lambda: view.at(f"people:{USERS}", _holders))
    yield from (each for each in (managed, groups, roles, people) if isinstance(each, Unknown))
    of_groups = {each.name: _rights(each, shared) for each in _seen(groups)}
    for each in (*_seen(people), *_seen(groups), *_seen(roles)):
        yield from _named(each, _rights(each, shared, of_groups), shared)


def _seen(holders: list[Holder] | Unknown) -> list[Holder]:
    return [] if isinstance(holders, Unknown) else holders


def _named(holder: Holder, rights: Rights, shared: Policies) -> Iterator[str | Unknown]:
    """Him, if he may do everything. A permissions boundary leaves nothing but what it allows too."""
    found = [rights.are_all, *([_shared(holder.boundary, shared).are_all] if holder.boundary else [])]
    if False in found:
        return
    unsure = f"{holder.arn} may do everything or almost: its policies have a form that is not analysed"
    yield Unknown(Reason.UNDECIDED, unsure) if None in found else holder.arn


def _rights(holder: Holder, shared: Policies, groups: Policies | None = None) -> Rights:
    attached = [_shared(each, shared) for each in holder.attached]
    return reduce(or_, [*attached, *((groups or {}).get(each, UNSEEN) for each in holder.groups)], holder.own)


def _shared(arn: str, shared: Policies) -> Rights:
    return shared.get(arn, Rights((EVERYTHING,)) if arn.endswith(BY_NAME) else UNSEEN)


def _policies(value: JSON) -> dict[str, Rights]:
    """The statements in force of each policy, by its ARN."""
    return {text(each["Arn"]): _in_force(statements(each["PolicyVersionList"])) for each in statements(value)}


def _in_force(versions: Iterable[Mapping[str, JSON]]) -> Rights:
    return next((_stated(each.get("Document")) for each in versions if each["IsDefaultVersion"] is True), UNSEEN)


def _holders(value: JSON) -> list[Holder]:
    return [_holder(each) for each in statements(value)]


def _holder(told: Mapping[str, JSON]) -> Holder:
    inline = [each for key in INLINE for each in _listed(told.get(key))]
    return Holder(
        arn=text(told["Arn"]),
        name=str(told.get("GroupName")),
        own=reduce(or_, (_stated(each.get("PolicyDocument")) for each in inline), Rights()),
        attached=tuple(text(each["PolicyArn"]) for each in _listed(told.get("AttachedManagedPolicies"))),
        groups=() if told.get("GroupList") is None else texts(told["GroupList"]),
        boundary=_boundary(told.get("PermissionsBoundary")),
    )


def _boundary(value: JSON) -> str:
    if value is None:
        return ""
    (boundary,) = statements(value)
    return text(boundary["PermissionsBoundaryArn"])


def _listed(value: JSON) -> list[Statement]:
    """The items of a list that AWS leaves out where it is empty; see `scanner.providers.aws.common`."""
    return [] if value is None else statements(value)


def _stated(document: JSON) -> Rights:
    try:
        return Rights(tuple(statements(document["Statement"]))) if isinstance(document, Mapping) else UNSEEN
    except (KeyError, TypeError):
        return UNSEEN


def _reach(statement: Statement) -> Reach:
    found = {_actions(statement), _resources(statement)}
    if Reach.PART in found:
        return Reach.PART
    if Reach.UNSURE in found or (statement.get("Effect") == "Allow" and "Condition" in statement):
        return Reach.UNSURE
    return Reach.ALL


def _actions(statement: Statement) -> Reach:
    """Everything but some actions is not everything; whether it is almost that depends on which."""
    if "Action" in statement:
        return Reach.ALL if any(map(_is_any, several(statement["Action"]))) else Reach.PART
    left_out = several(statement.get("NotAction"))
    return Reach.PART if any(_is_any(each) or _is(each, "iam:*") for each in left_out) else Reach.UNSURE


def _resources(statement: Statement) -> Reach:
    if "Resource" not in statement:
        return Reach.UNSURE
    named = several(statement["Resource"])
    if any(map(_is_any, named)):
        return Reach.ALL
    return Reach.UNSURE if any(map(_is_broad, named)) else Reach.PART


def _is_any(pattern: JSON) -> bool:
    """Whether it is made of nothing but asterisks, as "*" and "*:*" are."""
    return isinstance(pattern, str) and "*" in pattern and not pattern.strip("*:")


def _is_broad(resource: JSON) -> bool:
    """Whether a pattern of ARNs does not name a service, or is none."""
    parts = resource.split(":") if isinstance(resource, str) else []
    return len(parts) < 3 or any(form in parts[2] for form in ("*", "?", "${"))


def _is(value: JSON, word: str) -> bool:
    return isinstance(value, str) and value.lower() == word


ANSWERS: tuple[Answer, ...] = (Identity.administrators.items(_administrators, *PATHS),)
LIMITS = (
    "AWS: who may give himself more rights, or take the role of an administrator, is not counted as one himself.",
    "AWS: policies of the organisation, which may leave an administrator less, are not read.",
)
