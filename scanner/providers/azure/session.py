"""A session with Azure: which subscriptions there are, whether their listings are complete, and how calls are made."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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
from scanner.providers.azure.alerting import HUSHED, hushed
from scanner.providers.azure.arm import HOSTS, Arm, endpoint
from scanner.providers.azure.completeness import (
    DENIALS,
    DENIED,
    NARROW,
    PERMISSIONS,
    hides_something,
    sees_everything,
)
from scanner.providers.azure.graph import RESOURCES
from scanner.providers.azure.lists import DESCENDANTS, rows

_Get = Callable[[str, str], Mapping[str, JSON]]
PAGE = 1000
"""Rows: the largest page that Resource Graph gives."""
SUBSCRIPTIONS = Call(
    "Microsoft.Resources/subscriptions/read", "GET /subscriptions", "/value", {"api-version": "2022-12-01"}
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
DISCOVERY = (SUBSCRIPTIONS, PERMISSIONS, DENIALS, MEMBERS)
GROUP = "providers/Microsoft.Management/managementGroups/"

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GROUP_NAME = re.compile(r"[\w.()-]{1,90}", re.ASCII)
LIMITS = (
    "Azure Resource Graph is eventually consistent: what was made or changed in the last minutes may not show.",
    "Microsoft Entra ID is not read: who is in a group, who is a guest, and whose an application is do not show.",
    "Azure Backup: what a vault of a subscription that is not scanned protects is not told of the resources here.",
    "Where Resource Graph is refused, Azure Resource Manager's lists are read, and told as if it had answered.",
)
NO_SCOPE = "The policy names no subscription: those that the credential sees were scanned, and there may be more."


@dataclass(frozen=True, slots=True)
class Scope:
    """What the policy declares: names in lower case. No name at all: whatever the credential sees. `cloud` is one of
    Microsoft's, a key of `HOSTS`.
    """

    subscriptions: tuple[str, ...] = ()
    management_groups: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    cloud: str = "public"

    @classmethod
    def of(cls, scope: Mapping[str, JSON]) -> Scope:
        """Read a policy's scope. Raises ScopeError where it makes no sense."""
        keys = {"subscriptions": GUID, "management_groups": GROUP_NAME, "tenants": GUID}
        if unknown := sorted(scope.keys() - keys.keys() - {"cloud"}):
            raise ScopeError(f"azure has no scope {unknown[0]!r}; write one of {', '.join((*keys, 'cloud'))}")
        cloud = scope.get("cloud", "public")
        if not isinstance(cloud, str) or cloud not in HOSTS:
            raise ScopeError(f"azure.cloud is one of {', '.join(HOSTS)}, not {cloud!r}")
        return cls(**{key: _names(key, scope.get(key), form) for key, form in keys.items()}, cloud=cloud)

    @property
    def names_none(self) -> bool:
        """Whether it leaves it to the credential what there is."""
        return not (self.subscriptions or self.management_groups or self.tenants)


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


@dataclass(frozen=True, slots=True)
class Modelled:
    """What the session must know of the provider's types, in lower case: the reads of children that no listing holds
    (see `completeness.sees_everything`), and the native types whose properties are read.
    """

    unlisted: frozenset[str] = frozenset()
    natives: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Visible:
    account: Account
    tenant: str


class AzureSession:
    """Reads of one endpoint. Nothing but reads can leave it: `arm.Guard` stands before the wire."""

    def __init__(self, arm: Arm, scope: Scope, known: Modelled) -> None:
        self._arm = arm
        self._scope = scope
        self._known = known
        self._tenants: dict[str, str] = {}
        # The databases of one server ask for the same parent; its reply is kept for the next of them.
        self._parent = lru_cache(4096)(arm.get)

    def discover(self) -> Discovery:
        """The subscriptions in scope. Raises CredentialError where none can be reached."""
        try:
            visible = self._visible()
        except CallError as error:
            raise CredentialError(f"Azure's subscriptions cannot be listed: {error.detail}") from error
        self._tenants = {name: each.tenant for name, each in visible.items()}
        wanted, gaps = self._wanted(visible)
        accounts = tuple(visible[name].account for name in sorted(wanted & visible.keys()))
        if not accounts:
            raise CredentialError(
                f"none of the {len(wanted)} Azure subscriptions in scope can be reached; the credential sees "
                f"{len(visible)} others. Give its identity the role Reader on them, or sign in to their tenant"
            )
        gaps += [_unreached(name, SUBSCRIPTIONS, "the credential does not see it") for name in wanted - visible.keys()]
        gaps += self._all_hidden(accounts)
        limits = (*LIMITS, NO_SCOPE) if self._scope.names_none else LIMITS
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
        if scope.names_none:
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
        try:
            for page in self._queried(MEMBERS, MEMBERS.give, {"managementGroups": [group]}):
                yield from _list(page, "data")
        except CallError as error:
            if not error.refused:
                raise
            for row in self._rows(DESCENDANTS, f"/{GROUP}{group}/descendants"):
                if _field(row, "type").lower().endswith("/subscriptions"):
                    yield {"subscriptionId": _field(row, "name")}

    def _all_hidden(self, accounts: Iterable[Account]) -> list[Gap]:
        """What is not proven of each subscription: calls of many subscriptions, made at once."""
        with ThreadPoolExecutor(self._arm.workers) as pool:
            found = pool.map(
                lambda name: [*self._hidden(f"subscriptions/{name}", name), *self._denied(name)],
                (each.id for each in accounts),
            )
            return [gap for gaps in found for gap in gaps]

    def _hidden(self, scope: str, name: str) -> Iterator[Gap]:
        """The gap of a scope of which no role is proven to show everything."""
        path = f"/{scope}/providers/Microsoft.Authorization/permissions"
        try:
            if sees_everything(self._rows(PERMISSIONS, path), self._known.unlisted):
                return
            detail = NARROW
        except (CallError, TypeError, KeyError) as error:
            detail = f"the caller's permissions could not be read, so what it may not see is not known: {_why(error)}"
        yield _incomplete(name, PERMISSIONS, RESOURCES.permission, detail)

    def _denied(self, name: str) -> Iterator[Gap]:
        """The gap of a subscription in which a deny assignment may hide something."""
        path = f"/subscriptions/{name}/providers/Microsoft.Authorization/denyAssignments"
        try:
            if not hides_something(self._rows(DENIALS, path), self._known.unlisted):
                return
            permission, detail = RESOURCES.permission, DENIED
        except (CallError, TypeError, KeyError) as error:
            permission = DENIALS.permission
            detail = f"deny assignments could not be read, so what they hide is not known: {_why(error)}"
        yield _incomplete(name, DENIALS, permission, detail)

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
            yield from self._graph(unit.account.id, call, params)
            return
        path, query = _filled(template, {**params, "@account": unit.account.id})
        url = f"{path}?{urlencode(query)}"
        if "/.." in template:
            yield from self._linked(call, url, self._parent)
        elif call.operation in HUSHED:
            yield from map(hushed, self._linked(call, url))
        else:
            yield from self._linked(call, url)

    def _graph(self, subscription: str, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        pages = self._queried(call, params, {"subscriptions": [subscription]})
        try:
            first = next(pages)
        except CallError as error:
            if not error.refused:
                raise
            tenant = {"tenantId": self._tenants.get(subscription)}
            for row in rows(subscription, self._known.natives, self._rows, lambda url: self._arm.get(url, "GET /{id}")):
                yield {"data": [{**row, **tenant}]}
            return
        yield first
        yield from pages

    def _linked(self, call: Call, url: str, get: _Get | None = None) -> Iterator[Mapping[str, JSON]]:
        followed = {url}
        while True:
            body = (get or self._arm.get)(url, call.operation)
            link = body.get("nextLink")
            if link and not call.items:
                detail = f"{call.operation}: the reply goes on on another page, which was not foreseen"
                raise CallError("UnexpectedPage", refused=False, detail=detail)
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


def _why(error: Exception) -> str:
    return error.detail if isinstance(error, CallError) else "the reply has an unforeseen form"


def _incomplete(name: str, call: Call, permission: str, detail: str) -> Gap:
    told = f"{call.operation} (completeness)"
    return Gap("azure", name, "", told, permission, Reason.INCOMPLETE, detail, (EVERYTHING,))


def _unreached(name: str, call: Call, detail: str) -> Gap:
    return Gap("azure", name, "", call.operation, call.permission, Reason.UNREACHED, detail, (EVERYTHING,))


def open_session(scope: Mapping[str, JSON], options: Options, known: Modelled) -> AzureSession:
    """Open the scope of a policy. An endpoint of the command line goes before the policy's cloud. Raises ScopeError for
    a scope or an endpoint that makes no sense.
    """
    declared = Scope.of(scope)
    return AzureSession(Arm(endpoint(options.endpoint, declared.cloud), options.workers), declared, known)
