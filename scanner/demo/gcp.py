"""A simulated Google Cloud on the loopback: Cloud Asset Inventory v1 and the projects of Resource Manager v3.

It serves a `GcpEstate` over real sockets and behaves as Google's servers do, also where that is inconvenient: it pages,
it throttles, it does not tell an unknown parent from a forbidden one, it rejects an unknown parameter. It is read-only.
This module has the rules and speaks REST; `scanner.demo.gcp_grpc` speaks gRPC by the same rules.

References: https://cloud.google.com/asset-inventory/docs/reference/rest/v1/assets/list,
https://cloud.google.com/resource-manager/reference/rest/v3/projects, and the error model of https://google.aip.dev/193.

Not simulated: the partial responses of `fields`, snapshots of the past (every `readTime` shows the same estate), and
the content types other than resources, IAM and organization policies (501).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType, TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from scanner.demo.gcp_estate import GcpEstate, Json

FOREVER = sys.maxsize
"""The end of a range of requests that does not end."""

_ASSETS = "cloudasset.googleapis.com"
_MANAGER = "cloudresourcemanager.googleapis.com"
_PROTO = "type.googleapis.com/google"
_NEVER = range(0)
_UNCHANGED: Mapping[str, Json | None] = MappingProxyType({})
_NOW = datetime(2026, 11, 9, 6, tzinfo=UTC)
_OLDEST_SNAPSHOT = timedelta(days=35)
_ASSET_TYPE = re.compile(r"[a-z0-9.-]+\.[a-z]+/[A-Z][A-Za-z0-9]*")
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

# What every Google API takes, without `fields`: https://cloud.google.com/apis/docs/system-parameters
_SYSTEM_PARAMETERS = frozenset({"$alt", "alt", "key", "prettyPrint", "$prettyPrint", "quotaUser", "$.xgafv"})
_LIST_PARAMETERS = frozenset({"assetTypes", "contentType", "pageSize", "pageToken", "readTime", "relationshipTypes"})
_SEARCH_PARAMETERS = frozenset({"query", "pageSize", "pageToken"})

# `ContentType` of cloudasset v1; a client may send the name or the number.
_CONTENT_TYPES = {
    "0": "CONTENT_TYPE_UNSPECIFIED",
    "1": "RESOURCE",
    "2": "IAM_POLICY",
    "4": "ORG_POLICY",
    "5": "ACCESS_POLICY",
    "6": "OS_INVENTORY",
    "7": "RELATIONSHIP",
}
# Content type: the key of an asset that holds it, and the permission that lists it.
_CONTENTS = {
    "CONTENT_TYPE_UNSPECIFIED": (None, "cloudasset.assets.listResource"),
    "RESOURCE": ("resource", "cloudasset.assets.listResource"),
    "IAM_POLICY": ("iamPolicy", "cloudasset.assets.listIamPolicy"),
    "ORG_POLICY": ("orgPolicy", "cloudasset.assets.listOrgPolicy"),
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A parent whose assets the caller may not list.

    `parent` is `projects/ID`, `projects/NUMBER`, `folders/NUMBER` or `organizations/NUMBER`. The permission is checked
    on the parent that is asked for: what is above or below is still listed. `content_type` None refuses every content.
    With `named` False the 403 is the service's other form, which names no permission and links to the documentation.
    """

    parent: str
    content_type: str | None = None
    named: bool = True


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the server saw it. `query` holds the decoded values of each parameter, in order. A call over gRPC
    has the method, path and query of the same call over REST.
    """

    method: str
    path: str
    query: Mapping[str, tuple[str, ...]]
    authorised: bool

    def one(self, name: str) -> str:
        """The last value of a parameter, "" where it was not sent."""
        return self.query.get(name, ("",))[-1]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answers: the HTTP status, and a page or an error as JSON (`error` has the canonical code)."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Route:
    """Who answers a path: the service, the parameters it takes and the resource that the path names."""

    service: str
    parameters: frozenset[str]
    handle: Callable[[Request, str], Json]
    resource: str = ""


class _ApiError(Exception):
    """An error answer in Google's form: HTTP status, canonical code, message and details."""

    def __init__(self, status: int, code: str, message: str, *details: Json, **headers: str) -> None:
        error = {"code": status, "message": message, "status": code}
        body = {"error": error | ({"details": list(details)} if details else {})}
        super().__init__(message)
        self.answer = Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


class GcpCloud:
    """The server. `requests` is what was asked, in order; `writes` are those of it that would have changed something.

    `page` caps the caller's page size. `throttled` are the numbers, from 1, of the authenticated requests that find the
    quota exhausted: `range(3, 9)` recovers, `range(3, FOREVER)` does not, `range(2, FOREVER, 2)` is every second one.
    They are told to wait `retry_after` seconds, where given. `after_page` is what became of assets once a first page
    was served: None for one that was deleted, or the asset as it is now. Whatever moved comes last, and so twice where
    the first page had it. `supported` are the asset types that the service knows beside those of the estate; if it is
    empty, every well-formed name is one. `now` is the server's clock: it stands still, so equal requests get equal
    answers.
    """

    def __init__(
        self,
        estate: GcpEstate,
        *,
        refuse: Iterable[Refusal] = (),
        page: int = 1000,
        throttled: range = _NEVER,
        retry_after: int | None = None,
        after_page: Mapping[str, Json | None] = _UNCHANGED,
        supported: Collection[str] = (),
        now: datetime = _NOW,
    ) -> None:
        self.requests: list[Request] = []
        self._authorised = 0
        self._estate = estate
        self._names = {f"projects/{project['projectId']}": str(project["name"]) for project in estate.projects}
        ancestors = (asset["ancestors"] for asset in estate.assets)
        self._parents = {estate.organization}.union(self._names.values(), *ancestors)
        self._refusals = tuple(refuse)
        self._page = page
        self._throttled = throttled
        self._retry_after = retry_after
        self._after_page = after_page
        self._supported = frozenset(supported)
        self._now = now
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def writes(self) -> tuple[Request, ...]:
        """The requests by a method that writes; each was answered 405."""
        return tuple(request for request in self.requests if request.method in _WRITES)

    @property
    def endpoint(self) -> str:
        """`http://127.0.0.1:PORT`. Raises RuntimeError while the server does not run."""
        if self._server is None:
            raise RuntimeError("the simulated Google Cloud is not running: call start()")
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> str:
        """Serve on a free port of the loopback, from threads of this process; returns the endpoint."""
        if self._server is None:
            self._server = ThreadingHTTPServer(("127.0.0.1", 0), lambda *args: _Handler(self.answer, *args))
            threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self.endpoint

    def stop(self) -> None:
        """Stop serving and free the port; nothing happens if it does not run."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, request: Request) -> Answer:
        """Note a request and answer it."""
        try:
            return Answer(200, self._serve(request))
        except _ApiError as error:
            return error.answer

    def _serve(self, request: Request) -> Json:
        throttled = self._note(request)
        if request.method != "GET":
            raise _ApiError(405, "UNIMPLEMENTED", f"Method {request.method} is not allowed.", Allow="GET")
        route = self._route(request.path)
        if not request.authorised:
            raise _unauthenticated(route.service)
        if throttled:
            raise _throttled(route.service, self._retry_after)
        _check_parameters(request, route.parameters)
        return route.handle(request, route.resource)

    def _note(self, request: Request) -> bool:
        """Record the request and say whether it finds the quota exhausted."""
        with self._lock:
            self.requests.append(request)
            self._authorised += request.authorised
            return request.authorised and self._authorised in self._throttled

    def _route(self, path: str) -> _Route:
        match path.strip("/").split("/"):
            case ["v1", kind, name, "assets"]:
                return _Route(_ASSETS, _LIST_PARAMETERS, self._list_assets, f"{kind}/{name}")
            case ["v3", "projects:search"]:
                return _Route(_MANAGER, _SEARCH_PARAMETERS, self._search_projects)
            case ["v3", "projects", name]:
                return _Route(_MANAGER, frozenset(), self._get_project, f"projects/{name}")
            case [service, method] if service.startswith("google."):
                raise _ApiError(501, "UNIMPLEMENTED", f"The simulated {service} does not serve {method}.")
            case _:
                raise _ApiError(404, "NOT_FOUND", f"The requested URL {path} was not found on this server.")

    def _number(self, parent: str) -> str:
        """The parent by number: a project may be asked for by its id."""
        return self._names.get(parent, parent)

    def _list_assets(self, request: Request, parent: str) -> Json:
        content = _content_type(request.one("contentType"))
        self._check_parent(parent, content)
        held = _CONTENTS[content][0]
        patterns = request.query.get("assetTypes", ())
        read_time = self._read_time(request.one("readTime"))
        found = self._found(self._number(parent), self._types(patterns), held, later=bool(request.one("pageToken")))
        asked = (parent, content, sorted(patterns), request.one("readTime"))
        start, end, token = self._window(request, len(found), asked, default=100)
        shown = [_shown(asset, held) for asset in found[start:end] if asset is not None]
        return _page({"readTime": read_time}, "assets", shown, token)

    def _check_parent(self, parent: str, content: str) -> None:
        if not re.fullmatch(r"projects/[a-z0-9:.-]+|(folders|organizations)/[0-9]+", parent):
            raise _invalid(f"Invalid parent: {parent}.")
        number = self._number(parent)
        refused = [one for one in self._refusals if self._number(one.parent) == number]
        refused = [one for one in refused if one.content_type in (None, content)]
        if refused or number not in self._parents:
            named = all(one.named for one in refused)
            raise _forbidden(_ASSETS, _CONTENTS[content][1], parent, named=named)

    def _found(self, parent: str, types: frozenset[str], held: str | None, *, later: bool) -> list[Json | None]:
        """The assets at and below a parent, of these types, that hold this content. On a later page than the first,
        None stands in the place of what has changed since.
        """

        def listed(assets: Iterable[Json]) -> list[Json]:
            ours = [asset for asset in assets if asset["assetType"] in types and parent in asset["ancestors"]]
            return [asset for asset in ours if held is None or held in asset]

        changed = self._after_page if later else {}
        stayed = [None if asset["name"] in changed else asset for asset in listed(self._estate.assets)]
        return [*stayed, *listed(asset for asset in changed.values() if asset is not None)]

    def _types(self, patterns: Sequence[str]) -> frozenset[str]:
        """The asset types that match any pattern, or all without one; a pattern without a match is an error."""
        known = self._supported | {asset["assetType"] for asset in self._estate.assets}
        matching = {pattern: frozenset(one for one in known if _matches(pattern, one)) for pattern in patterns}
        for pattern, types in matching.items():
            if not types and (self._supported or not _ASSET_TYPE.fullmatch(pattern)):
                raise _invalid(f"No supported asset type matches: {pattern}.")
        return frozenset[str]().union(*matching.values()) if patterns else frozenset(known)

    def _read_time(self, asked: str) -> str:
        """The snapshot's time in RFC 3339: the time asked for, which must lie in the last 35 days, or now."""
        if not asked:
            return _timestamp(self._now)
        try:
            time = datetime.fromisoformat(asked)
        except ValueError:
            raise _invalid(f"Invalid value at 'read_time' ({_PROTO}.protobuf.Timestamp), {asked}") from None
        if time.tzinfo is None or not self._now - _OLDEST_SNAPSHOT <= time <= self._now:
            raise _invalid("read_time must be between the current time and the current time minus 35 days (inclusive).")
        return _timestamp(time)

    def _window(self, request: Request, total: int, asked: object, default: int) -> tuple[int, int, str]:
        """Start and end of the page that the request's token stands for, and the next page's token ("" at the end)."""
        size = request.one("pageSize") or "0"
        if not re.fullmatch(r"[0-9]{1,9}", size):
            raise _invalid(f"Invalid page size: {size}.")
        start = _offset(request.one("pageToken"), asked)
        end = start + min(int(size) or default, self._page)
        return start, end, _token(end, asked) if end < total else ""

    def _get_project(self, _request: Request, name: str) -> Json:
        for project in self._estate.projects:
            if project["name"] == self._number(name):
                return project
        raise _forbidden(_MANAGER, "resourcemanager.projects.get", name, named=True)

    def _search_projects(self, request: Request, _resource: str) -> Json:
        query = request.one("query")
        found = [project for project in self._estate.projects if _found_by(query, project)]
        start, end, token = self._window(request, len(found), ("search", query), default=500)
        return _page({}, "projects", found[start:end], token)


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with keep-alive around one function from request to answer."""

    protocol_version = "HTTP/1.1"
    # Without these two the answer leaves as small packets, and every call waits about 40 ms for Nagle's algorithm.
    wbufsize = -1
    disable_nagle_algorithm = True

    def __init__(self, answer: Callable[[Request], Answer], *args: Any) -> None:
        self._answer = answer
        super().__init__(*args)

    def _reply(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        query = {name: tuple(values) for name, values in parse_qs(url.query, keep_blank_values=True).items()}
        authorised = re.fullmatch(r"Bearer \S+", self.headers.get("Authorization", ""), re.IGNORECASE) is not None
        answer = self._answer(Request(self.command, unquote(url.path), query, authorised))
        body = json.dumps(answer.body).encode()
        self.send_response_only(answer.status)
        headers = {"Content-Type": "application/json; charset=UTF-8", "Content-Length": str(len(body))}
        for name, value in (headers | dict(answer.headers)).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """`http.server` looks for `do_` and the method: every method is answered by the same function."""
        if not name.startswith("do_"):
            raise AttributeError(name)
        return self._reply


def _matches(pattern: str, asset_type: str) -> bool:
    """Does the whole asset type match? The service uses RE2, which Python's syntax covers for what asset types need."""
    try:
        return re.fullmatch(pattern, asset_type) is not None
    except re.error:
        raise _invalid(f"Invalid regular expression: {pattern}.") from None


def _page(head: Json, key: str, items: Sequence[Json], token: str) -> Json:
    """A page as JSON of protocol buffers has it: what is empty is left out."""
    return head | ({key: list(items)} if items else {}) | ({"nextPageToken": token} if token else {})


def _shown(asset: Json, held: str | None) -> Json:
    """The asset with the asked content only."""
    keys = ("name", "assetType", *([held] if held else []), "ancestors", "updateTime")
    return {key: asset[key] for key in keys}


def _content_type(asked: str) -> str:
    content = _CONTENT_TYPES.get(asked, asked) or "CONTENT_TYPE_UNSPECIFIED"
    if content not in _CONTENT_TYPES.values():
        raise _invalid(f"Invalid value at 'content_type' ({_PROTO}.cloud.asset.v1.ContentType), {asked}")
    if content not in _CONTENTS:
        raise _ApiError(501, "UNIMPLEMENTED", f"The simulated Cloud Asset Inventory does not serve {content}.")
    return content


def _found_by(query: str, project: Json) -> bool:
    """Does any term of a search query match? A term is `field:value`; case is ignored, `*` stands for any text."""
    name, state = project.get("displayName"), project.get("state")
    texts = {"id": project["projectId"], "projectid": project["projectId"], "parent": project.get("parent")}
    texts |= {"name": name, "displayname": name, "state": state, "lifecyclestate": state}
    texts |= {f"labels.{key}": value for key, value in project.get("labels", {}).items()}
    terms = [term.casefold().partition(":")[::2] for term in query.split()]
    return not terms or any(_term(texts.get(key), value) for key, value in terms)


def _term(text: str | None, value: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in value.strip('"').split("*"))
    return text is not None and re.fullmatch(pattern, text.casefold()) is not None


def _digest(asked: object) -> str:
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]


def _token(offset: int, asked: object) -> str:
    return base64.urlsafe_b64encode(f"{offset}:{_digest(asked)}".encode()).decode()


def _offset(token: str, asked: object) -> int:
    """The place where a page token continues: it holds for the query that it was given for, and for no other."""
    if not token:
        return 0
    try:
        text, _, digest = base64.urlsafe_b64decode(token).decode().partition(":")
        offset = int(text)
    except ValueError:
        raise _invalid("Invalid page token.") from None
    if digest != _digest(asked):
        raise _invalid("The page token was given for another request.")
    return offset


def _timestamp(time: datetime) -> str:
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _unauthenticated(service: str) -> _ApiError:
    message = "Request is missing required authentication credential. Expected OAuth 2 access token."
    info = _info("CREDENTIALS_MISSING", "googleapis.com", service=service)
    challenge = 'Bearer realm="https://accounts.google.com/"'
    return _ApiError(401, "UNAUTHENTICATED", message, info, WWW_Authenticate=challenge)


def _check_parameters(request: Request, known: frozenset[str]) -> None:
    for name in sorted(request.query.keys() - known - _SYSTEM_PARAMETERS):
        raise _invalid(f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.')


def _info(reason: str, domain: str, **metadata: str) -> Json:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": metadata,
    }


def _help(description: str, url: str) -> Json:
    return {"@type": "type.googleapis.com/google.rpc.Help", "links": [{"description": description, "url": url}]}


def _invalid(message: str) -> _ApiError:
    return _ApiError(400, "INVALID_ARGUMENT", message)


def _forbidden(service: str, permission: str, resource: str, *, named: bool) -> _ApiError:
    """Refused or not there: the answer does not tell which."""
    if not named:
        docs = "https://cloud.google.com/asset-inventory/docs/access-control#required_permissions"
        link = _help("To check permissions required for this RPC:", docs)
        return _ApiError(403, "PERMISSION_DENIED", "Request denied by Cloud IAM.", link)
    where = f"//{_MANAGER}/{resource}"
    message = f"Permission '{permission}' denied on resource '{where}' (or it may not exist)."
    info = _info("IAM_PERMISSION_DENIED", service, permission=permission, resource=resource)
    return _ApiError(403, "PERMISSION_DENIED", message, info)


def _throttled(service: str, retry_after: int | None) -> _ApiError:
    metric = f"{service}/default_requests"
    message = f"Quota exceeded for quota metric '{metric}' and limit 'Requests per minute' of service '{service}'."
    info = _info("RATE_LIMIT_EXCEEDED", "googleapis.com", service=service, quota_metric=metric)
    if retry_after is None:
        return _ApiError(429, "RESOURCE_EXHAUSTED", message, info)
    retry = {"@type": f"{_PROTO}.rpc.RetryInfo", "retryDelay": f"{retry_after}s"}
    return _ApiError(429, "RESOURCE_EXHAUSTED", message, info, retry, Retry_After=str(retry_after))
