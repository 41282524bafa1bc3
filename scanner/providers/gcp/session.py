"""The connection to Cloud Asset Inventory over plain REST. Nothing leaves it but GET requests that list assets.

Credentials are Google's application default ones. Universes other than googleapis.com are out of scope.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import orjson

from scanner.collect.model import (
    EVERYTHING,
    Account,
    Call,
    CallError,
    CredentialError,
    Decoded,
    Discovery,
    Gap,
    Options,
    ScopeError,
    Unit,
    take,
)
from scanner.facts import JSON, Reason
from scanner.providers.gcp.assets import LISTING

ENDPOINT = "https://cloudasset.googleapis.com"
# The API's narrowest scope; it takes no read-only one. The guard below and the IAM role keep to reading.
SCOPES = ("https://www.googleapis.com/auth/cloudasset",)
PROJECTS = replace(LISTING, give={**LISTING.give, "assetTypes": ["cloudresourcemanager.googleapis.com/Project"]})
"""Discovery: the projects below a parent, with their ids and numbers."""

TRANSIENT = frozenset({429, 500, 502, 503, 504})
ATTEMPTS = 8
"""Together they wait for two minutes where the server names no time: longer than the minute by which its quota counts
(https://cloud.google.com/asset-inventory/docs/quota).
"""
LONGEST_WAIT = 120.0
TIMEOUT = (10, 120)
"""Seconds to connect, and to wait for bytes."""

LIMITS = (
    "Cloud Asset Inventory is eventually consistent: changes of the last minutes may not show.",
    "Deny policies, principal access boundaries, access lists of objects and firewall policies are not read.",
    "Groups are taken for the domain of their name: who is in them is not read.",
    "What an organization policy decides under a condition on tags is not judged.",
    "Of the service projects of a Shared VPC, only those are seen that have machines in its networks.",
    "Cloud CDN in projects out of scope is not seen with what it uses.",
    "Resources of types that Cloud Asset Inventory does not list are not seen.",
)

_PARENT = re.compile(r"(?:organizations|folders)/[0-9]+|projects/[a-z0-9][a-z0-9.:-]*")
_LISTING_PATH = re.compile(rf"/v1/(?:{_PARENT.pattern})/assets")
_DELAY = re.compile(r"([0-9]{1,6})(\.[0-9]{1,9})?s", re.ASCII)
_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,62}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What to look at: the parents that are listed, and the ids of projects that must be among what is seen."""

    parents: tuple[str, ...]
    projects: tuple[str, ...]

    @classmethod
    def of(cls, scope: Mapping[str, JSON]) -> Scope:
        """Read `parents` and `projects`; without parents the projects are listed themselves. Raises ScopeError."""
        if unknown := sorted(scope.keys() - {"parents", "projects"}):
            raise ScopeError(f"the scope of gcp has no {unknown[0]!r}; it has parents and projects")
        projects = tuple(f"projects/{name.removeprefix('projects/')}" for name in _names(scope, "projects"))
        parents = tuple(dict.fromkeys(_names(scope, "parents") or projects))
        for name in (*parents, *projects):
            if not _PARENT.fullmatch(name):
                raise ScopeError(f"{name!r} is none of organizations/NUMBER, folders/NUMBER and projects/ID")
        if not parents:
            raise ScopeError("the scope of gcp names nothing; list parents, such as organizations/123456789012")
        return cls(parents, projects)


def _names(scope: Mapping[str, JSON], key: str) -> list[str]:
    names = scope.get(key) or []
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise ScopeError(f"{key} of gcp must be a list of names")
    return [name for name in names if isinstance(name, str)]


@dataclass(frozen=True, slots=True)
class Guard:
    """The last thing before the wire: lets out only a GET without a body, to one origin, that lists assets."""

    inner: Any
    origin: str

    def send(self, request: Any, **options: Any) -> Any:
        """Send a prepared request, or raise CallError and send nothing."""
        url = urlsplit(request.url)
        known = f"{url.scheme}://{url.netloc}" == self.origin and _LISTING_PATH.fullmatch(url.path)
        if request.method != "GET" or request.body or not known:
            raise CallError("Forbidden", refused=False, detail="only the listing of assets may leave this session")
        return self.inner.send(request, **options)

    def close(self) -> None:
        """Close the connections."""
        self.inner.close()


@dataclass(frozen=True, slots=True)
class GcpSession:
    """An open session. `http` is an authorized session of google-auth whose only adapter is a guard."""

    http: Any
    endpoint: str
    scope: Scope
    workers: int = 16
    sleep: Callable[[float], None] = time.sleep

    def discover(self) -> Discovery:
        """List the projects of each parent. Raises CredentialError where no parent could be read.

        An account is a parent: a project by its id alone, a folder or organization as "folders/NUMBER" or
        "organizations/NUMBER".
        """
        with ThreadPoolExecutor(max_workers=self.workers) as pool:
            looks = list(pool.map(self._look, self.scope.parents))
        gaps = [look for look in looks if isinstance(look, Gap)]
        if len(gaps) == len(looks):
            raise CredentialError(_nothing(gaps))
        aliases = {alias: name for look in looks if not isinstance(look, Gap) for alias, name in look.items()}
        missing = [name for name in self.scope.projects if name not in aliases and name not in self.scope.parents]
        reached = [parent for parent, look in zip(self.scope.parents, looks, strict=True) if not isinstance(look, Gap)]
        accounts = dict.fromkeys(aliases.get(parent, _account(parent)) for parent in reached)
        return Discovery(
            accounts=tuple(Account("gcp", account) for account in accounts),
            gaps=(*gaps, *(_unseen(_account(name)) for name in missing)),
            limits=LIMITS,
            aliases=aliases,
        )

    def _look(self, parent: str) -> Mapping[str, str] | Gap:
        """The project id by "projects/<number>" and "projects/<id>", or why the parent could not be read."""
        try:
            pages = self.pages(Unit(Account("gcp", _account(parent))), PROJECTS, PROJECTS.give)
            return dict(pair for page in pages for pair in _aliases(page))
        except CallError as error:
            reason = Reason.REFUSED if error.refused else Reason.UNREACHED
            return _gap(_account(parent), reason, f"{parent} could not be listed: {error.detail}")

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The replies of a listing below the unit's account, page by page. Raises CallError."""
        if call.operation != LISTING.operation:
            raise CallError("UnknownOperation", refused=False, detail=f"{call.operation} is not an operation of gcp")
        parent = unit.account.id if "/" in unit.account.id else f"projects/{unit.account.id}"
        url, seen = f"{self.endpoint}/v1/{parent}/assets", {""}
        # Who wants a second page wants them all: from then on the next one comes while one is read.
        with ThreadPoolExecutor(max_workers=1) as ahead:
            page, coming = self._get(url, params), None
            while True:
                yield page
                token = str(page.get("nextPageToken") or "")
                if not token:
                    return
                if token in seen:
                    raise CallError("RepeatedPage", refused=False, detail="a page token came twice")
                seen.add(token)
                page = (coming or ahead.submit(self._get, url, {**params, "pageToken": token})).result()
                after = str(page.get("nextPageToken") or "")
                more = after and after not in seen
                coming = ahead.submit(self._get, url, {**params, "pageToken": after}) if more else None

    def _get(self, url: str, params: Mapping[str, JSON]) -> Decoded:
        """One page, tried again a bounded number of times where that may help."""
        attempt = 0
        while True:
            reply = self._send(url, params)
            if not isinstance(reply, CallError) and reply.status_code == 200:
                return _page(reply.content)
            wait = _wait(reply, attempt)
            attempt += 1
            if wait is None or wait > LONGEST_WAIT or attempt == ATTEMPTS:
                raise reply if isinstance(reply, CallError) else _error(reply.status_code, reply.content)
            self.sleep(wait)

    def _send(self, url: str, params: Mapping[str, JSON]) -> Any:
        """The reply to one request, or a CallError that says why there is none. Raises CallError without a token."""
        from google.auth.exceptions import GoogleAuthError, TransportError
        from requests import RequestException

        try:
            return self.http.request("GET", url, params=params, timeout=TIMEOUT, allow_redirects=False)
        except (TransportError, RequestException) as error:
            return CallError(type(error).__name__, refused=False, detail=f"no reply ({type(error).__name__})")
        except GoogleAuthError as error:
            detail = f"the credentials gave no token ({type(error).__name__})"
            raise CallError("UNAUTHENTICATED", refused=True, detail=detail) from error

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


def _nothing(gaps: Iterable[Gap]) -> str:
    tried = "; ".join(gap.detail for gap in gaps)
    return (
        f"nothing of Google Cloud could be read: {tried}. Grant {LISTING.permission} there, and enable {ENDPOINT[8:]}."
    )


def _gap(account: str, reason: Reason, detail: str) -> Gap:
    return Gap("gcp", account, "", LISTING.operation, LISTING.permission, reason, detail, (EVERYTHING,))


def _unseen(project: str) -> Gap:
    return _gap(project, Reason.UNREACHED, f"{project} is expected, and is not below any parent that could be read")


def _account(parent: str) -> str:
    """The policy names a project by its id alone."""
    return parent.removeprefix("projects/")


def _aliases(page: JSON) -> Iterator[tuple[str, str]]:
    for asset in take(page, "/assets/*"):
        for project in map(str, take(asset, "/resource/data/projectId")):
            yield f"projects/{project}", project
            yield from ((f"projects/{str(name).rpartition('/')[2]}", project) for name in take(asset, "/name"))


def _page(content: bytes) -> Decoded:
    """A page. An empty list is left out of it, so `readTime`, which every page has, tells it from something else."""
    try:
        page = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise CallError("NotJson", refused=False, detail="the reply is not JSON") from error
    if not isinstance(page, dict) or "readTime" not in page:
        raise CallError("UnexpectedReply", refused=False, detail="the reply is not a page of assets")
    return Decoded({"assets": [], **page})


def _wait(reply: Any, attempt: int) -> float | None:
    """Seconds until the next attempt: what the server asks for, in seconds or as a date, or else 1, 2, 4, ... None
    where another attempt would bring the same.
    """
    if isinstance(reply, CallError):
        return float(2**attempt)
    if reply.status_code not in TRANSIENT:
        return None
    asked = str(reply.headers.get("Retry-After", "")) or _asked(reply.content)
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        return max((parsedate_to_datetime(asked) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return float(2**attempt)


def _asked(content: bytes) -> str:
    """The seconds that the body of an error asks to wait (https://google.aip.dev/193, RetryInfo), rounded up."""
    try:
        delays = take(orjson.loads(content), "/error/details/*/retryDelay")
    except orjson.JSONDecodeError:
        return ""
    found = next((_DELAY.fullmatch(each) for each in delays if isinstance(each, str)), None)
    return str(int(found[1]) + bool(found[2])) if found else ""


def _error(status: int, content: bytes) -> CallError:
    """Google's error model (https://google.aip.dev/193) without its message, which names identities."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        body = {}
    code = next(map(_code, take(body, "/error/status")), "") or f"HTTP_{status}"
    reasons = map(_code, take(body, "/error/details/*/reason"))
    detail = " ".join([code, *(f"({reason})" for reason in reasons if reason)])
    return CallError(code, refused=status in {401, 403}, detail=detail)


def _code(value: object) -> str:
    return value if isinstance(value, str) and _CODE.fullmatch(value) else ""


def open_session(
    scope: Mapping[str, JSON], options: Options, sleep: Callable[[float], None] = time.sleep
) -> GcpSession:
    """Open a session. Raises ScopeError for a scope or endpoint that makes no sense, CredentialError without
    credentials. An endpoint on this machine gets a dummy credential, never the real one.
    """
    wanted = Scope.of(scope)
    endpoint, local = _endpoint(options.endpoint or ENDPOINT)
    return GcpSession(_http(endpoint, local, options.workers), endpoint, wanted, options.workers, sleep)


def _endpoint(given: str) -> tuple[str, bool]:
    """The endpoint as "scheme://host[:port]", and whether it is on this machine. Raises ScopeError."""
    url = urlsplit(given)
    host = url.hostname or ""
    local = host == "localhost" or _is_loopback(host)
    if (
        url.scheme not in {"http", "https"}
        or not host
        or url.username
        or url.path.strip("/")
        or url.query
        or url.fragment
    ):
        raise ScopeError(f"{given!r} is not an endpoint; write https://HOST")
    if url.scheme == "http" and not local:
        raise ScopeError(f"{given!r}: plain http is for this machine only; write https://HOST")
    return f"{url.scheme}://{url.netloc.lower()}", local


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _http(endpoint: str, local: bool, workers: int) -> Any:
    from google.auth.transport.requests import AuthorizedSession
    from requests.adapters import HTTPAdapter

    authorized: Any = AuthorizedSession
    http = authorized(_dummy() if local else _credentials())
    # A .netrc file would put another credential in place of the token.
    http.auth = _unchanged
    http.trust_env = not local
    guard = Guard(HTTPAdapter(pool_maxsize=workers), endpoint)
    http.adapters.clear()
    http.mount("", guard)
    # For every URL, also if the library mounts an adapter of its own later (it does for mutual TLS).
    http.get_adapter = lambda *_, **__: guard
    return http


def _unchanged(request: Any) -> Any:
    return request


def _dummy() -> Any:
    from google.oauth2.credentials import Credentials

    make: Any = Credentials
    return make("simulated")


def _credentials() -> Any:
    import google.auth
    from google.auth.exceptions import DefaultCredentialsError

    try:
        return google.auth.default(scopes=SCOPES)[0]
    except DefaultCredentialsError as error:
        raise CredentialError(
            "no Google Cloud credentials were found: run `gcloud auth application-default login`, "
            "or set GOOGLE_APPLICATION_CREDENTIALS to a file of credentials"
        ) from error
