"""Who may do everything in a subscription, and who is let into it from another tenant.

An administrator is whoever may assign roles, as that is the right to every right: by Owner, User Access Administrator
and Role Based Access Control Administrator, or by a custom role; at the subscription or above it; also who is only
eligible, and can make it so at any time. Groups stand as themselves: who is in one is told by Microsoft Entra ID alone.

Documents relied upon: the models RoleAssignment, RoleDefinition and RoleEligibilityScheduleInstance of
azure-mgmt-authorization, RegistrationAssignment of azure-mgmt-managedservices, Subscription of
azure-mgmt-resource-subscriptions, and on learn.microsoft.com/azure: "Azure built-in roles", "List Azure role
assignments" (atScope: at the scope and above), "Azure Lighthouse".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial

from scanner.collect.model import Call
from scanner.facts import Answer, Grantee, Identity, Node, Reason, Trust, Unknown, View, text, texts
from scanner.providers.azure.graph import in_subscription, seen
from scanner.providers.azure.parts import guid

VERSION, ELIGIBLE_VERSION = "2022-04-01", "2020-10-01"
HELD, ELIGIBLE, ROLES = "held:/value", "eligible:/value", "roles:/value"
EVERYWHERE, DELEGATED, MANAGERS = "everywhere:/value", "delegated:/value", "item:/managedByTenants"
ROLE, WHO, KIND = "/properties/roleDefinitionId", "/properties/principalId", "/properties/principalType"
CONDITION = "/properties/condition"
MANAGER = "/properties/registrationDefinition/properties/managedByTenantId"
GRANTS = "microsoft.authorization/roleassignments/write"
OWNER = "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
BUILT_IN = frozenset(
    {
        OWNER,
        "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",  # User Access Administrator
        "f58310d9-a9f6-439a-9e8d-f62e7b41a168",  # Role Based Access Control Administrator
    }
)
ENTRA = "Microsoft Entra ID is not read"
GUESTS = Unknown(
    Reason.NOT_ASKED,
    f"{ENTRA}, which tells who is a guest and whose an application is; nor are delegations of single resource groups",
)
OTHER_TENANT = Unknown(Reason.NOT_ASKED, f"{ENTRA}, which tells from which tenant a foreign group is")


AT_SCOPE = {"$filter": "atScope()"}
ASK: Mapping[str, Call] = {
    "held": in_subscription("Microsoft.Authorization/roleAssignments", VERSION, **AT_SCOPE),
    "eligible": replace(
        in_subscription("Microsoft.Authorization/roleEligibilityScheduleInstances", ELIGIBLE_VERSION, **AT_SCOPE),
        # Without a licence for Privileged Identity Management nobody can be eligible.
        absent=frozenset({"AadPremiumLicenseRequired"}),
    ),
    "roles": in_subscription("Microsoft.Authorization/roleDefinitions", VERSION, **{"$filter": "type eq 'CustomRole'"}),
    "everywhere": in_subscription("Microsoft.Authorization/roleAssignments", VERSION),
    "delegated": in_subscription(
        "Microsoft.ManagedServices/registrationAssignments",
        "2020-02-01-preview",
        **{"$expandRegistrationDefinition": "true"},
    ),
}


def _administrators(view: View) -> Iterator[str | Unknown]:
    custom = {role.at("/name", text).lower() for role in view.each(ROLES) if _may_grant(role)}
    for assignment in (*view.each(HELD), *view.each(ELIGIBLE, absent=True)):
        yield from _administrator(assignment, BUILT_IN | custom)


def _may_grant(role: Node) -> bool:
    return any(_covers(each) for each in role.each("/properties/permissions"))


def _covers(permission: Node) -> bool:
    given, taken = (permission.at(path, texts, missing=()) for path in ("/actions", "/notActions"))
    return _matches(given) and not _matches(taken)


def _matches(actions: tuple[str, ...]) -> bool:
    return any(fnmatchcase(GRANTS, action.lower()) for action in actions)


def _administrator(assignment: Node, strong: frozenset[str]) -> Iterator[str | Unknown]:
    role = assignment.at(ROLE, text).lower().rpartition("/")[2]
    if role not in strong:
        return
    who = f"{assignment.at(KIND, text).lower()}/{assignment.at(WHO, text).lower()}"
    if role != OWNER and assignment.at(CONDITION, text, missing=""):
        yield Unknown(Reason.UNDECIDED, f"a condition says which roles {who} may assign, and conditions are not read")
    else:
        yield who


def _grantees(view: View) -> Iterator[Grantee | Unknown]:
    tenants = [each.at("/tenantId", guid) for each in view.each(MANAGERS, missing=True)]
    named = [seen(partial(each.at, MANAGER, guid)) for each in view.each(DELEGATED)]
    for tenant in dict.fromkeys([*tenants, *named]):
        yield tenant if isinstance(tenant, Unknown) else Grantee(tenant, tenant)
    for assignment in view.each(EVERYWHERE):
        if assignment.at(KIND, text).lower() == "foreigngroup":
            yield Grantee(f"foreigngroup/{assignment.at(WHO, text).lower()}", OTHER_TENANT)
    yield GUESTS


def _paths(source: str, *paths: str) -> tuple[str, ...]:
    return tuple(f"{source}/*{path}" for path in paths)


FACTS: tuple[Answer, ...] = (
    Identity.administrators.items(
        _administrators,
        *_paths(HELD, ROLE, WHO, KIND, CONDITION),
        *_paths(ELIGIBLE, ROLE, WHO, KIND, CONDITION),
        *_paths(ROLES, "/name", "/properties/permissions/*/actions", "/properties/permissions/*/notActions"),
    ),
    Identity.single_factor.gap(f"{ENTRA}, which decides who needs a second factor"),
    Identity.root_last_used.unseen(f"{ENTRA}, where the nearest to a root user are the Global Administrators"),
    Identity.root_keys.unseen(f"{ENTRA}, where the nearest to a root user are the Global Administrators"),
    Identity.password_length.unseen(f"{ENTRA}, which has the rules of passwords"),
    Trust.grantees.items(
        _grantees, f"{MANAGERS}/*/tenantId", *_paths(DELEGATED, MANAGER), *_paths(EVERYWHERE, KIND, WHO)
    ),
)
UNORDERED = (MANAGERS, HELD, ELIGIBLE, ROLES, EVERYWHERE, DELEGATED)
