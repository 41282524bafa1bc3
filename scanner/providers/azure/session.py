"""A session with Azure: which subscriptions there are, whether their listings are complete, and how calls are made."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlencode

from scanner.collect.model import (
    EVERYTHING,
    Account,
    Call,
    CallError,
    CredentialError,
    Discovery,
    Gap,
    Options,
    ScopeError,
    Unit,
)
from scanner.facts import JSON, Reason
from scanner.facts.convert import text
from scanner.providers.azure.arm import Arm, endpoint
from scanner.providers.azure.graph import RESOURCES

PAGE = 1000
"""Rows: the largest page that Resource Graph gives."""
SUBSCRIPTIONS = Call(
    "Microsoft.Resources/subscriptions/read", "GET /subscriptions", "/value", {"api-version": "2022-12-01"}
)
PERMISSIONS = Call(
    "Microsoft.Authorization/permissions/read",
    "GET /{scope}/providers/Microsoft.Authorization/permissions",
    "/value",
    {"api-version": "2022-04-01"},
)
MEMBERS = Call(
    "Microsoft.Management/managementGroups/read",
    RESOURCES.operation,
    "/data",
    {
        "api-version": RESOURCES.give["api-version"],
        "query": "resourcecontainers | where type =~ 'microsoft.resources/subscriptions'"
        " | order by id asc | project id, subscriptionId",
    },
)
DISCOVERY = (SUBSCRIPTIONS, PERMISSIONS, MEMBERS)
GROUP = "providers/Microsoft.Management/managementGroups/"

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GROUP_NAME = re.compile(r"[\w.()-]{1,90}", re.ASCII)
LIMITS = (
    "Azure Resource Graph is eventually consistent: what was made or changed in the last minutes may not show.",
    "Deny assignments are not read: resources that one hides from the caller do not show.",
)
NO_SCOPE = "The policy names no subscription: those that the credential sees were scanned, and there may be more."


@dataclass(frozen=True, slots=True)
class Scope:
    """What the policy declares: names in lower case. All empty: whatever the credential sees."""

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()

    @classmethod
    def of(cls, scope: Mapping[str, JSON]) -> Scope:
        """Read a policy's scope. Raises ScopeError where it makes no sense."""
        keys = {"subscriptions": GUID, "management_groups": GROUP_NAME, "tenants": GUID}
        if unknown := sorted(scope.keys() - keys.keys()):
            raise ScopeError(f"azure has no scope {unknown[0]!r}; write one of {', '.join(keys)}")
        return cls(**{key: _names(key, scope.get(key), form) for key, form in keys.items()})


def _names(key: str, value: JSON, form: re.Pattern[str]) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        raise ScopeError(f"azure.{key} is a list of ids")
    names = [name.lower() if isinstance(name, str) else "" for name in value]
    for name, given in zip(names, value, strict=True):
        if not form.fullmatch(name):
            raise ScopeError(f"azure.{key}: {given!r} is not an id")
    return tuple(dict.fromkeys(names))


def sees_everything(permissions: Iterable[JSON], unlisted: frozenset[str] = frozenset()) -> bool:
    """Whether one of the caller's role assignments lets it read everything that is listed: its actions cover "*/read"
    and its notActions take no such read away. `unlisted` are reads of children that no listing holds, in lower case: a
    role without one of them refuses that call, and hides nothing. Raises TypeError or KeyError for permissions of an
    unforeseen form.
    """
    return any(_reads_all(each, unlisted) for each in permissions)


def _reads_all(granted: JSON, unlisted: frozenset[str]) -> bool:
    if not isinstance(granted, Mapping):
        raise TypeError("not a permission")
    actions = {text(action).lower() for action in granted["actions"]}
    cuts = {text(cut).lower() for cut in granted["notActions"]} - unlisted
    return bool(actions & {"*", "*/read"}) and not any(_may_be_read(cut) for cut in cuts)


def _may_be_read(action: str) -> bool:
    last = action.rpartition("/")[2]
    return last == "read" or "*" in last


@dataclass(frozen=True, slots=True)
class _Visible:
    account: Account
    tenant: str


class AzureSession:
    """Reads of one endpoint. Nothing but reads can leave it: `arm.Guard` stands before the wire."""

    def __init__(self, arm: Arm, scope: Scope, unlisted: frozenset[str] = frozenset()) -> None:
        self._arm = arm
        self._scope = scope
        self._unlisted = unlisted
        # The databases of one server ask for the same parent; its reply is kept for the next of them.
        self._parent = lru_cache(4096)(arm.get)

    def discover(self) -> Discovery:
        """The subscriptions in scope. Raises CredentialError where none can be reached."""
        try:
            visible = self._visible()
        except CallError as error:
            raise CredentialError(f"Azure's subscriptions cannot be listed: {error.detail}") from error
        wanted, gaps = self._wanted(visible)
        accounts = tuple(visible[name].account for name in sorted(wanted & visible.keys()))
        if not accounts:
            raise CredentialError(
                f"none of the {len(wanted)} Azure subscriptions in scope can be reached; the credential sees "
                f"{len(visible)} others. Give its identity the role Reader on them, or sign in to their tenant"
            )
        gaps += [_unreached(name, SUBSCRIPTIONS, "the credential does not see it") for name in wanted - visible.keys()]
        gaps += [gap for each in accounts for gap in self._hidden(f"subscriptions/{each.id}", each.id)]
        limits = LIMITS if self._scope != Scope() else (*LIMITS, NO_SCOPE)
        return Discovery(accounts, tuple(sorted(gaps)), limits)

    def _visible(self) -> dict[str, _Visible]:
        found = {}
        for row in self._rows(SUBSCRIPTIONS, "/subscriptions"):
            name = _field(row, "subscriptionId").lower()
            account = Account("azure", name, _field(row, "displayName"), partition=self._arm.where.cloud)
            found[name] = _Visible(account, _field(row, "tenantId").lower())
        return found

    def _wanted(self, visible: Mapping[str, _Visible]) -> tuple[set[str], list[Gap]]:
        """The subscriptions in scope, and what stands against there being no more of them."""
        scope = self._scope
        if scope == Scope():
            return set(visible), []
        wanted, gaps = set(scope.subscriptions), list[Gap]()
        for tenant in scope.tenants:
            wanted |= {name for name, each in visible.items() if each.tenant == tenant}
            # A tenant's root management group has the tenant's id.
            gaps += self._hidden(GROUP + tenant, tenant)
        for group in scope.management_groups:
            try:
                wanted |= {_field(row, "subscriptionId").lower() for row in self._members(group)}
                gaps += self._hidden(GROUP + group, group)
            except CallError as error:
                gaps.append(_unreached(group, MEMBERS, error.detail))
        return wanted, gaps

    def _members(self, group: str) -> Iterator[JSON]:
        for page in self._queried(MEMBERS, MEMBERS.give, {"managementGroups": [group]}):
            yield from _list(page, "data")

    def _hidden(self, scope: str, name: str) -> Iterator[Gap]:
        """The gap of a scope that is not proven to show everything below it."""
        path = f"/{scope}/providers/Microsoft.Authorization/permissions"
        try:
            if sees_everything(self._rows(PERMISSIONS, path), self._unlisted):
                return
            detail = 'no role of the caller reads everything ("*/read" with nothing taken away); the rest does not show'
        except (CallError, TypeError, KeyError) as error:
            why = error.detail if isinstance(error, CallError) else "the reply has an unforeseen form"
            detail = f"the caller's permissions could not be read, so what it may not see is not known: {why}"
        call = f"{PERMISSIONS.operation} (completeness)"
        yield Gap("azure", name, "", call, RESOURCES.permission, Reason.INCOMPLETE, detail, (EVERYTHING,))

    def _rows(self, call: Call, path: str) -> Iterator[JSON]:
        for page in self._linked(call, f"{path}?{urlencode({'api-version': call.give['api-version']})}"):
            yield from _list(page, "value")

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The decoded reply bodies of a call, page by page. Raises CallError, also between pages.

        Operations are "POST" to Resource Graph, or "GET" with a path. Names in braces stand for parameters (or
        `@account`), `..` steps up from what stands before it; other parameters go into the query.
        """
        method, _, template = call.operation.partition(" ")
        if method == "POST":
            yield from self._queried(call, params, {"subscriptions": [unit.account.id]})
            return
        path, query = _filled(template, {**params, "@account": unit.account.id})
        url = f"{path}?{urlencode(query)}"
        if "/.." in template:
            yield self._parent(url, call.operation)
        else:
            yield from self._linked(call, url)

    def _linked(self, call: Call, url: str) -> Iterator[Mapping[str, JSON]]:
        followed = {url}
        while True:
            body = self._arm.get(url, call.operation)
            link = body.get("nextLink") if call.items else None
            yield body
            if not link:
                return
            url = _next(link, followed, call)

    def _queried(
        self, call: Call, params: Mapping[str, JSON], scope: Mapping[str, JSON]
    ) -> Iterator[Mapping[str, JSON]]:
        options: dict[str, JSON] = {"$top": PAGE, "resultFormat": "objectArray"}
        followed: set[str] = set()
        while True:
            asked = {**scope, "query": params["query"], "options": options}
            body = self._arm.query(str(params["api-version"]), asked, call.operation)
            token = body.get("$skipToken")
            if not token and str(body.get("resultTruncated")).lower() == "true":
                raise CallError(
                    "ResultTruncated", refused=False, detail=f"{call.operation}: cut off without a next page"
                )
            yield body
            if not token:
                return
            options["$skipToken"] = _next(token, followed, call)

    def close(self) -> None:
        """Let go of connections."""
        self._arm.close()


def _next(link: JSON, followed: set[str], call: Call) -> str:
    if not isinstance(link, str) or link in followed:
        raise CallError("BadPaging", refused=False, detail=f"{call.operation}: the link to the next page leads nowhere")
    followed.add(link)
    return link


def _filled(template: str, params: Mapping[str, JSON]) -> tuple[str, dict[str, str]]:
    """The path of a template and the query of what it does not use. Raises CallError for a value that is no id."""
    query = {name: str(value) for name, value in params.items() if f"{{{name}}}" not in template and name[0] != "@"}
    path = template
    for name, value in params.items():
        path = path.replace(f"{{{name}}}", _segments(value))
    return posixpath.normpath(path), query


def _segments(value: JSON) -> str:
    """An id as part of a path. One from a reply could hold steps upwards, or start a query: neither has an effect."""
    parts = str(value).strip("/").split("/")
    if {"", ".", ".."} & set(parts):
        raise CallError("NoId", refused=False, detail="an item's id is not a path of names")
    return quote("/".join(parts), safe="/()")


def _field(row: JSON, name: str) -> str:
    found = row.get(name) if isinstance(row, Mapping) else None
    return found if isinstance(found, str) else ""


def _list(page: Mapping[str, JSON], name: str) -> Sequence[JSON]:
    found = page.get(name)
    if not isinstance(found, list):
        raise CallError("UnexpectedReply", refused=False, detail=f"no list at /{name}")
    return found


def _unreached(name: str, call: Call, detail: str) -> Gap:
    return Gap("azure", name, "", call.operation, call.permission, Reason.UNREACHED, detail, (EVERYTHING,))


def open_session(scope: Mapping[str, JSON], options: Options, unlisted: frozenset[str] = frozenset()) -> AzureSession:
    """Open the scope of a policy; `unlisted` as in `sees_everything`. Raises ScopeError for a scope or an endpoint that
    makes no sense.
    """
    declared = Scope.of(scope)
    return AzureSession(Arm(endpoint(options.endpoint), options.workers), declared, unlisted)
