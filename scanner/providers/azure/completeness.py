"""Whether what Azure shows is everything: a listing leaves out what the caller may not read, and does not say so.

A subscription is complete only where a role of the caller reads all of it, and no deny assignment at or below it takes
a read away. Documents relied upon: the models Permission and DenyAssignment of azure-mgmt-authorization, and on
learn.microsoft.com/azure/role-based-access-control: "Understand Azure role definitions", "Understand Azure deny
assignments".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.collect.model import Call
from scanner.facts import JSON
from scanner.facts.convert import text

PERMISSIONS = Call(
    "Microsoft.Authorization/permissions/read",
    "GET /{scope}/providers/Microsoft.Authorization/permissions",
    "/value",
    {"api-version": "2022-04-01"},
)
DENIALS = Call(
    "Microsoft.Authorization/denyAssignments/read",
    "GET /{scope}/providers/Microsoft.Authorization/denyAssignments",
    "/value",
    {"api-version": "2022-04-01"},
)
ALL = frozenset({"*", "*/read"})
NARROW = 'no role of the caller reads everything ("*/read" with nothing taken away); the rest does not show'
DENIED = (
    "a deny assignment takes reads away; whether it concerns the caller is not known, and what it hides is not shown"
)


def sees_everything(permissions: Iterable[JSON], unlisted: frozenset[str] = frozenset()) -> bool:
    """Whether one of the caller's role assignments lets it read everything that is listed: its actions cover "*/read"
    and its notActions take no such read away. `unlisted` are reads of children that no listing holds, in lower case: a
    role without one of them refuses that call, and hides nothing. Raises TypeError or KeyError for permissions of an
    unforeseen form.
    """
    return any(_reads_all(each, unlisted) for each in permissions)


def _reads_all(granted: JSON, unlisted: frozenset[str]) -> bool:
    actions, cuts = _names(granted, "actions"), _names(granted, "notActions") - unlisted
    return bool(actions & ALL) and not any(_may_be_read(cut) for cut in cuts)


def hides_something(assignments: Iterable[JSON], unlisted: frozenset[str] = frozenset()) -> bool:
    """Whether one of these deny assignments may hide rows. Whom it concerns does not count: it may name a group, and
    only the directory tells who is in it. Raises TypeError or KeyError for assignments of an unforeseen form.
    """
    return any(_denies_read(each, unlisted) for found in assignments for each in _denied(found))


def _denied(assignment: JSON) -> Iterable[JSON]:
    properties = assignment["properties"] if isinstance(assignment, Mapping) else None
    denied = properties["permissions"] if isinstance(properties, Mapping) else None
    if not isinstance(denied, list):
        raise TypeError("not a deny assignment")
    return denied


def _denies_read(denied: JSON, unlisted: frozenset[str]) -> bool:
    spared = _names(denied, "notActions")
    actions = _names(denied, "actions") - spared - unlisted
    return not spared & ALL and any(_may_be_read(action) for action in actions)


def _names(granted: JSON, field: str) -> set[str]:
    if not isinstance(granted, Mapping) or not isinstance(granted[field], list):
        raise TypeError("not a permission")
    return {text(action).lower() for action in granted[field]}


def _may_be_read(action: str) -> bool:
    last = action.rpartition("/")[2]
    return last == "read" or "*" in last
