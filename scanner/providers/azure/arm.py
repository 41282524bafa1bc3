"""The wire to Azure Resource Manager: which endpoint, which credential, and nothing but reads.

The SDK's default pipeline registers resource providers on its own (a write), follows a link to any host with the
token, and does not retry a throttled Resource Graph query. So the pipeline is put together here.
"""

from __future__ import annotations

import ipaddress
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from scanner.collect.model import CallError, CredentialError, ScopeError
from scanner.facts import JSON
from scanner.facts.convert import text
from scanner.providers.azure.pace import LONGEST_WAIT, SHORTEST_WAIT, Pace, bucket_of, quota_wait

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken, TokenCredential
    from azure.core.pipeline.policies import RetryPolicy
    from azure.core.pipeline.transport import RequestsTransport
    from azure.core.rest import HttpRequest

HOSTS = {
    "public": "management.azure.com",
    "government": "management.usgovcloudapi.net",
    "china": "management.chinacloudapi.cn",
}
"""Azure Resource Manager's host in each of Microsoft's clouds, by the name that a policy has for the cloud."""
GRAPH_PATH = "/providers/Microsoft.ResourceGraph/resources"
CLOUDS = {
    "management.azure.com": ("AzureCloud", "login.microsoftonline.com", "management.azure.com"),
    "management.usgovcloudapi.net": (
        "AzureUSGovernment",
        "login.microsoftonline.us",
        "management.core.usgovcloudapi.net",
    ),
    "management.chinacloudapi.cn": ("AzureChinaCloud", "login.chinacloudapi.cn", "management.chinacloudapi.cn"),
}
"""For each of Microsoft's hosts the cloud's name, where its tokens come from, and for which audience they are."""

TRIES = 5
THROTTLED_TRIES = 20
"""Of a request that is throttled. A storm that answers every third request with 429 may meet one request many times."""
TIMEOUT = 300
CODE = re.compile(r"[A-Za-z0-9_.-]{1,80}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to send requests, and whether it is the vendor's: only then it gets a real token."""

    url: str
    cloud: str
    authority: str
    audience: str
    genuine: bool


def endpoint(url: str, cloud: str = "public") -> Endpoint:
    """The endpoint of a URL; for "" Microsoft's own of one of its clouds, a key of `HOSTS`.

    Raises ScopeError for a host that is neither Microsoft's (by https) nor loopback.
    """
    url = url or f"https://{HOSTS[cloud]}"
    parts = urlsplit(url)
    host = parts.hostname or ""
    plain = parts.username is None and not parts.path.strip("/") and not parts.query and not parts.fragment
    base = f"{parts.scheme}://{parts.netloc}"
    if plain and parts.scheme in {"http", "https"} and _is_loopback(host):
        return Endpoint(base, "AzureCloud", "", host, genuine=False)
    if plain and host in CLOUDS and origin(url) == ("https", host, 443):
        return Endpoint(base, *CLOUDS[host], genuine=True)
    hosts = ", ".join(sorted(CLOUDS))
    raise ScopeError(f"the Azure endpoint {url!r} cannot be used: give https:// with one of {hosts}, or a loopback URL")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a URL; no port that could be reached where the URL is malformed."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


@dataclass(slots=True)
class Guard:
    """The last policy before the wire: lets nothing pass but reads of the endpoint's own host.

    A Resource Graph query is a POST and a read; every other POST, and every other method, is refused.
    """

    home: tuple[str, str, int]
    next: Any = None

    def send(self, request: Any) -> Any:
        """Pass the request on. Raises CallError for one that must not leave the process."""
        method, url = request.http_request.method, request.http_request.url
        if origin(url) != self.home:
            raise CallError("ForeignHost", refused=False, detail="a link to another host was not followed")
        if method != "GET" and (method, urlsplit(url).path) != ("POST", GRAPH_PATH):
            raise CallError("NotARead", refused=False, detail=f"a {method} that is no read was stopped")
        return self.next.send(request)


class Dummy:
    """The credential for loopback: no real token goes there."""

    def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """A token of no worth."""
        from azure.core.credentials import AccessToken

        return AccessToken("loopback", int(time.time()) + 3600)


def _patience() -> RetryPolicy[Any, Any]:
    from azure.core.pipeline.policies import RetryPolicy

    class Patience(RetryPolicy[Any, Any]):
        """Retries a throttled POST as well, and heeds the quota header, which the SDK's own policy does not."""

        def is_retry(self, settings: dict[str, Any], response: Any) -> bool:
            if response.http_response.status_code == 429:
                return bool(settings["total"])
            return len(settings["history"]) < TRIES - 1 and bool(super().is_retry(settings, response))

        def get_retry_after(self, response: Any) -> float | None:
            told = super().get_retry_after(response)
            told = quota_wait(response.http_response.headers) if told is None else told
            return told if told is None else min(max(told, SHORTEST_WAIT), LONGEST_WAIT)

    tries = {"retry_total": THROTTLED_TRIES - 1, "retry_status": THROTTLED_TRIES - 1}
    return Patience(**tries, retry_backoff_max=LONGEST_WAIT, timeout=TIMEOUT)


def _transport(workers: int, *, genuine: bool) -> RequestsTransport:
    from azure.core.pipeline.transport import RequestsTransport
    from requests import Session
    from requests.adapters import HTTPAdapter

    session = Session()
    # The environment's proxy is used towards the vendor, never towards loopback; its .netrc would replace the token.
    session.trust_env = genuine
    session.auth = lambda request: request
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(workers, workers, max_retries=0, pool_block=True))
    return RequestsTransport(session=session, connection_timeout=20, read_timeout=120)


def _credential(where: Endpoint) -> TokenCredential:
    if not where.genuine:
        return Dummy()
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential(authority=where.authority)


def _client(where: Endpoint, workers: int) -> Any:
    from azure.core.pipeline.policies import RequestIdPolicy
    from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy
    from azure.mgmt.resource.resources import ResourceManagementClient

    credential = _credential(where)
    policies = [
        RequestIdPolicy(),
        _patience(),
        ARMChallengeAuthenticationPolicy(credential, f"https://{where.audience}/.default"),
        Guard(origin(where.url)),
    ]
    transport = _transport(workers, genuine=where.genuine)
    return ResourceManagementClient(credential, "none", base_url=where.url, policies=policies, transport=transport)


class Arm:
    """Reads from one Azure Resource Manager endpoint. Safe for threads."""

    def __init__(self, where: Endpoint, workers: int) -> None:
        self.where = where
        self.workers = workers
        self._client = _client(where, workers)
        self._pace = Pace()

    def get(self, url: str, call: str) -> Mapping[str, JSON]:
        """The body of a GET. `url` is a path with its query, or a whole link; `call` names it in errors."""
        from azure.core.rest import HttpRequest

        return self._sent(HttpRequest("GET", url if "://" in url else self.where.url + url), call)

    def query(self, version: str, body: Mapping[str, JSON], call: str) -> Mapping[str, JSON]:
        """The answer to a Resource Graph query."""
        from azure.core.rest import HttpRequest

        url = f"{self.where.url}{GRAPH_PATH}?api-version={version}"
        return self._sent(HttpRequest("POST", url, json=dict(body)), call)

    def _sent(self, request: HttpRequest, call: str) -> Mapping[str, JSON]:
        from azure.core.exceptions import AzureError, ClientAuthenticationError

        bucket = bucket_of(request.method, request.url)
        self._pace.wait(bucket)
        try:
            # The SDK sends no token over plain http unless told; Guard and Endpoint keep that to loopback.
            response = self._client.send_request(request, enforce_https=self.where.genuine)
        except ClientAuthenticationError as error:
            raise CredentialError(SIGN_IN) from error
        except AzureError as error:
            name = type(error).__name__
            raise CallError(name, refused=False, detail=f"{call}: no reply ({name})") from error
        self._pace.heed(bucket, response.headers)
        body = _decoded(response.content)
        if response.status_code != 200:
            raise _failure(response.status_code, body, call)
        if not isinstance(body, Mapping):
            raise CallError("NotJson", refused=False, detail=f"{call}: the reply is not a JSON object")
        return body

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()


SIGN_IN = (
    "no Azure token: tried the environment, workload and managed identity, and the Azure CLI, PowerShell and developer "
    "CLI; sign in with `az login`, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
)


def _decoded(content: bytes) -> JSON:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _failure(status: int, body: JSON, call: str) -> CallError:
    """The error of a reply. The code is kept, the message is not: it names identities and changes with each request."""
    try:
        code = text(body["error"]["code"])  # type: ignore[index]  # any JSON may come; what does not fit raises below
    except (TypeError, KeyError):
        code = ""
    code = code if CODE.fullmatch(code) else f"Http{status}"
    return CallError(code, refused=status in (401, 403), detail=f"{call}: HTTP {status} {code}")
