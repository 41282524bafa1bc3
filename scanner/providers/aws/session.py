"""The session with AWS: identities, regions, clients, and the guard that lets nothing but declared reads out."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from scanner.collect.model import (
    Call,
    CallError,
    CredentialError,
    Discovery,
    Options,
    ScopeError,
    Unit,
    take,
)
from scanner.facts import JSON
from scanner.providers.aws import hosts
from scanner.providers.aws.discovery import READS, discover
from scanner.providers.aws.explorer import LISTING
from scanner.providers.aws.models import Models
from scanner.providers.aws.pages import UNWRITTEN, continued, json_body, no_items, tabled, written
from scanner.providers.aws.wire import Wire

CLIENTS = 128
"""Clients kept at once, of two accounts and more; one of EC2 takes more than 1 MiB."""
ATTEMPTS = 5
"""Tries of one request in botocore's standard mode, which backs off when throttled."""
DUMMY = "testing"
"""The key, and the secret, that is sent to a loopback endpoint over plain http. The real ones never are."""
NAME = "asdeclared"
KEYS = frozenset({"accounts", "role", "external_id", "regions", "profile", "organization"})
REFUSED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError"})
BY = ("service control policy", "resource control policy", "permissions boundary", "session policy")
"""What may deny besides the caller's own policies, as a refusal names it
(docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html). No grant to the role opens it.
"""
SEATED = {
    "s3control.list_multi_region_access_points": "us-west-2",
    "s3control.get_multi_region_access_point_policy": "us-west-2",
}
"""Operations that one region of the partition "aws" answers for all (botocore's model of each)."""
DISCOVERED = {"timestream-write": "timestream-write.describe_endpoints"}
"""Services that tell at which host of a region they answer an account, and by which operation. botocore asks for it by
itself, and keeps what it is told for the client, so that there is one for each region.
"""
FIRST = frozenset({"athena.list_query_executions"})
"""Operations of which one page tells enough: whether there is anything."""
PARTITIONS = ("aws", "aws-cn", "aws-us-gov", "aws-eusc")
NO_HOST = "NoSuchHost"
"""The code of a CallError where the name service knows no such host."""
NO_CUSTOMER = "NotACustomer"
"""The code of a CallError where a service that takes no new customers says that the account is none."""
CLOSED = "Only existing Timestream for LiveAnalytics customers"
"""How it says so, which is no refusal of the caller (docs.aws.amazon.com/timestream/latest/developerguide
/AmazonTimestreamForLiveAnalytics-availability-change.html).
"""
WHOLE = frozenset({"bedrock.get_model_invocation_logging_configuration"})
"""Operations whose reply is itself what is listed: one of a region that does not have the service is not there."""
_CODE = re.compile(r"[^A-Za-z0-9._:-]")


@dataclass(frozen=True, slots=True)
class Walk:
    """A listing that is made for each item of another one: `names` points at what is passed on there as `parameter`,
    but for the names that are left out.
    """

    listing: str
    names: str
    parameter: str
    without: frozenset[str] = frozenset()


WALKS = {
    "keyspaces.list_tables": Walk(
        "keyspaces.list_keyspaces",
        "/keyspaces/*/keyspaceName",
        "keyspaceName",
        # The service's own (docs.aws.amazon.com/keyspaces/latest/devguide/working-with-keyspaces.html).
        frozenset({"system", "system_schema", "system_schema_mcs", "system_multiregion_info"}),
    )
}


@dataclass(frozen=True, slots=True)
class Scope:
    """The policy's scope for AWS. `accounts` are expected; `role` is assumed in each but the caller's own."""

    accounts: tuple[str, ...] = ()
    role: str = ""
    external_id: str = ""
    regions: tuple[str, ...] = ()
    profile: str = ""

    @classmethod
    def of(cls, scope: Mapping[str, JSON]) -> Scope:
        """Read the scope. Raises ScopeError for what makes no sense."""
        unknown = sorted(scope.keys() - KEYS)
        if unknown:
            raise ScopeError(f"scope.aws has no key {unknown[0]!r}; it may have {', '.join(sorted(KEYS))}")
        accounts = _texts(scope, "accounts")
        for account in accounts:
            if not re.fullmatch(r"[0-9]{12}", account):
                raise ScopeError(f"scope.aws.accounts: {account!r} is not an account id; write 12 digits in quotes")
        role, external_id, profile = (_text(scope, key) for key in ("role", "external_id", "profile"))
        return cls(accounts, role, external_id, _texts(scope, "regions"), profile)


def _text(scope: Mapping[str, JSON], key: str) -> str:
    value = scope.get(key) or ""
    if not isinstance(value, str):
        raise ScopeError(f"scope.aws.{key} is to be a text")
    return value


def _texts(scope: Mapping[str, JSON], key: str) -> tuple[str, ...]:
    value = scope.get(key) or []
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise ScopeError(f"scope.aws.{key} is to be a list of texts")
    return tuple(dict.fromkeys(value))


def open_session(
    scope: Mapping[str, JSON], options: Options, reads: frozenset[str], limits: tuple[str, ...] = ()
) -> AwsSession:
    """Open a session that may make these reads. Raises ScopeError for a scope or endpoint that makes no sense, and
    CredentialError for a profile that is not there.
    """
    from botocore.exceptions import BotoCoreError

    declared = Scope.of(scope)
    try:
        return AwsSession(declared, options, reads, limits)
    except BotoCoreError as error:
        raise CredentialError(f"AWS: {type(error).__name__}: is the profile {declared.profile!r} there?") from error


class AwsSession:
    """An open session; see `scanner.collect.model.Session`. May be used by many threads."""

    def __init__(self, scope: Scope, options: Options, reads: frozenset[str], limits: tuple[str, ...]) -> None:
        from botocore.session import Session

        self.scope, self.options, self.reads, self.limits = scope, options, reads, limits
        self._loader = Session().get_component("data_loader")
        self._loader.file_loader = Models(reads | READS | frozenset(DISCOVERED.values()))
        self._lock, self._making, self._discovering = threading.Lock(), threading.Lock(), threading.Lock()
        self._clients: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._here = _Here()
        self._unoffered: set[tuple[str, str]] = set()
        self._discovered: set[tuple[str, str, str]] = set()
        self._dummy = False
        self.views: dict[str, Mapping[str, str]] = {}
        session = self._session()
        self._wire = Wire(session.get_config_variable("ca_bundle"), max(10, options.workers))
        self.home = session.get_config_variable("region") or (*scope.regions, "us-east-1")[0]
        effective = self._probe(session)
        self._dummy = hosts.is_plain(effective)
        self._loopback = effective if self._dummy else None
        self._sessions = {"": session if not self._dummy else self._dummy_session()}

    def discover(self) -> Discovery:
        """Find the accounts in scope; see `scanner.collect.model.Session.discover`."""
        return discover(self)

    def pages(self, unit: Unit, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """The reply bodies as JSON values; see `scanner.collect.model.Session.pages`."""
        if call.operation not in self.reads:
            raise _undeclared(call.operation)
        if call.operation == LISTING:
            yield from self._explored(unit.account.id, call, params)
            return
        seat = SEATED.get(call.operation) if unit.account.partition == "aws" else None
        region = seat or unit.region or self.home
        place = (hosts.service_of(call.operation), region)
        listing = bool(call.items) or call.operation in WHOLE
        if place in self._unoffered and listing:
            yield from _nothing(call)
            return
        try:
            for each in self._walked(unit.account.id, region, call.operation, params):
                yield from self._pages(unit.account.id, region, call.operation, each)
        except CallError as error:
            if not listing or not self.is_missing(error, *place, unit.account.partition):
                raise
            if error.code == NO_HOST:
                self._unoffered.add(place)
            yield from _nothing(call)

    def _explored(self, account: str, call: Call, params: Mapping[str, JSON]) -> Iterator[JSON]:
        """What each view of the account shows; see `scanner.providers.aws.explorer`."""
        yield no_items(call.items)
        for region, view in self.views.get(account, {}).items():
            yield from self._pages(account, region, call.operation, {**params, "ViewArn": view})

    def close(self) -> None:
        """Let go of all connections."""
        with self._lock:
            while self._clients:
                self._clients.popitem()[1].close()
        self._wire.close()

    def client(self, account: str, service: str, region: str = "") -> Any:
        """The guarded client of a service of an account. It asks in the home region, and by `pages` in any other: a
        client of each region would take most of the time of a scan, and only the services in DISCOVERED need one. The
        least recently used clients are dropped; who still holds one may use it.
        """
        key = (account, service, region if service in DISCOVERED else "")
        found = self._kept(key)
        if found is None:
            # One at a time: sessions of botocore are not for several threads. Who finds a client does not wait here.
            with self._making:
                found = self._kept(key) or self._keep(key, self._make(account, service))
        return found

    def _kept(self, key: tuple[str, str, str]) -> Any:
        with self._lock:
            if key in self._clients:
                self._clients.move_to_end(key)
            return self._clients.get(key)

    def _keep(self, key: tuple[str, str, str], client: Any) -> Any:
        with self._lock:
            self._clients[key] = client
            if len(self._clients) > CLIENTS:
                self._clients.popitem(last=False)
        return client

    def _walked(
        self, account: str, region: str, operation: str, params: Mapping[str, JSON]
    ) -> Iterator[Mapping[str, JSON]]:
        """The parameters of each request: these, or those of each item that the listing walks over."""
        walk = WALKS.get(operation)
        if walk is None or walk.parameter in params:
            yield params
            return
        for page in self._pages(account, region, walk.listing, {}):
            yield from ({**params, walk.parameter: name} for name in take(page, walk.names) if name not in walk.without)

    def _pages(self, account: str, region: str, operation: str, params: Mapping[str, JSON]) -> Iterator[JSON]:
        service, _, name = operation.partition(".")
        self._discover(account, region, operation)
        with _told(operation):
            client = self.client(account, service, region)
            params = _fitting(client, name, params)
            if client.can_paginate(name):
                pages = iter(client.get_paginator(name).paginate(**params))
            else:
                pages = continued(getattr(client, name), params)
            while (page := self._next(pages, region)) is not None:
                yield written(json_body(tabled(page, operation)), UNWRITTEN.get(operation, ""))
                if operation in FIRST:
                    return

    def _discover(self, account: str, region: str, operation: str) -> None:
        """Ask, once, where a service answers, of which botocore would not tell why it failed: there may be no host."""
        service = operation.partition(".")[0]
        place = (account, region, service)
        asked = DISCOVERED.get(service, operation)
        if asked == operation:
            return
        # One at a time: who comes second waits for what the first is told, and does not ask again.
        with self._discovering:
            if place not in self._discovered:
                for _ in self._pages(account, region, asked, {}):
                    self._discovered.add(place)

    def _next(self, pages: Iterator[Mapping[str, Any]], region: str) -> Mapping[str, Any] | None:
        """The next page, asked for in the region. To sign it may need another request, of a new identity, elsewhere."""
        before = self._here.region, self._here.steered
        self._here.region, self._here.steered = region, False
        try:
            return next(pages, None)
        finally:
            self._here.region, self._here.steered = before

    def _is_offered(self, service: str, region: str, partition: str) -> bool:
        """Whether botocore knows an endpoint of the service in the region, or of its partition as a whole, or lists
        none of the service anywhere. The list may be older than a region, and is empty for a new partition, so it
        counts only where there is no such host either. See `scanner.providers.aws.hosts`.
        """
        if service in hosts.SURE:
            return not hosts.is_known(hosts.SURE[service])
        session = self._sessions[""]
        if listed := session.get_available_regions(service, partition or "aws"):
            return region in listed
        known = {each: session.get_available_regions(service, each, allow_non_regional=True) for each in PARTITIONS}
        return bool(known.get(partition or "aws")) or not any(known.values())

    def is_missing(self, error: CallError, service: str, region: str, partition: str) -> bool:
        """Whether an error tells that the partition or region does not have the service, or not for this account."""
        if error.code == NO_CUSTOMER:
            return True
        return error.code == NO_HOST and not self._is_offered(service, region, partition)

    def _one(self, account: str, operation: str, region: str = "", **params: JSON) -> Mapping[str, Any]:
        page = next(self._pages(account, region or self.home, operation, params))
        return page if isinstance(page, Mapping) else {}

    def _session(self) -> Any:
        from botocore.session import Session

        session = Session(profile=self.scope.profile or None)
        session.register_component("data_loader", self._loader)
        if self._dummy:
            session.register("before-sign.s3-control", _without_account_host)
        return session

    def _dummy_session(self) -> Any:
        session = self._session()
        session.set_credentials(DUMMY, DUMMY)
        return session

    def _probe(self, session: Any) -> str:
        """The effective endpoint: that of the command line, of AWS_ENDPOINT_URL, of the profile, or the vendor's."""
        client = session.create_client(
            "sts", self.home, endpoint_url=self._endpoint(), aws_access_key_id=DUMMY, aws_secret_access_key=DUMMY
        )
        return str(client.meta.endpoint_url)

    def _endpoint(self) -> str | None:
        return self.options.endpoint or None

    def _make(self, account: str, service: str) -> Any:
        from botocore.config import Config

        config = Config(
            user_agent_extra=NAME,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            s3={"addressing_style": "path"} if self._dummy else None,
        )
        session = self._sessions[account]
        # What is on this machine answers itself, and is not asked where.
        endpoint = self._endpoint() or (self._loopback if service in DISCOVERED else None)
        client = session.create_client(service, self.home, endpoint_url=endpoint, config=config)
        events, name = client.meta.events, client.meta.service_model.service_id.hyphenize()
        # First of all: where S3 has told that a bucket is elsewhere, botocore's own handler has the last word.
        events.register_first(f"before-endpoint-resolution.{name}", self._steer)
        events.register_first(f"needs-retry.{name}", self._give_up(service, client.meta.partition))
        events.register_last("before-send", self._guard(service))
        return client

    def _steer(self, builtins: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        """Resolve the endpoint for the region that is asked, not the client's, and sign for it; where the endpoint's
        rules name another region to sign for, as those of global services do, that one holds.
        """
        from botocore.utils import validate_region_name

        if region := self._here.region:
            validate_region_name(region)
            builtins["AWS::Region"] = region
            context.setdefault("signing", {})["region"] = region
            self._here.steered = True

    def _give_up(self, service: str, partition: str) -> Callable[..., None]:
        """Before a retry: there is no use in one where no such host exists, and botocore knows of none."""
        from botocore import xform_name

        def give_up(operation: Any, caught_exception: Exception | None = None, **_: Any) -> None:
            asked = hosts.service_of(f"{service}.{xform_name(operation.name)}")
            if hosts.is_nameless(caught_exception) and not self._is_offered(asked, self._here.region, partition):
                raise caught_exception

        return give_up

    def _guard(self, service: str) -> Callable[..., Any]:
        """The last handler before the wire, for each attempt, and the only one that sends: it raises for all but
        declared reads, for what goes to the home region instead of the one that is asked, and where a real credential
        would leave over plain http.
        """

        def guard(request: Any, event_name: str, **_: Any) -> Any:
            from botocore import xform_name

            operation = f"{service}.{xform_name(event_name.rpartition('.')[2])}"
            if operation not in self.reads | READS | frozenset(DISCOVERED.values()):
                raise _undeclared(operation)
            if self._here.region and not self._here.steered:
                raise CallError("NoRules", refused=False, detail=f"{operation} has no rules for its endpoint; not sent")
            if hosts.is_plain(request.url) and not self._dummy:
                raise CallError("PlainHttp", refused=False, detail=f"{operation} would go over plain http; not sent")
            return self._wire.send(request)

        return guard

    def enter(self, account: str, own: str, partition: str) -> None:
        """Get ready to read an account. Raises CallError."""
        if account == own:
            self._sessions[account] = self._sessions[""]
        elif not self.scope.role:
            raise CallError("NoRole", refused=False, detail="scope.aws.role names no role to assume in this account")
        else:
            self._sessions[account] = self._assumed(f"arn:{partition}:iam::{account}:role/{self.scope.role}")

    def _assumed(self, role: str) -> Any:
        from botocore.credentials import RefreshableCredentials

        wanted = {"RoleArn": role, "RoleSessionName": NAME}
        if self.scope.external_id:
            wanted["ExternalId"] = self.scope.external_id

        def assume() -> Mapping[str, Any]:
            return self._one("", "sts.assume_role", **wanted)

        first = assume()
        credentials = RefreshableCredentials.create_from_metadata(
            metadata=_keys(first), refresh_using=lambda: _keys(assume()), method="sts-assume-role"
        )
        session = self._session()
        # set_credentials takes none that renew themselves; the component does.
        session.register_component("credential_provider", _Given(credentials))
        return session


class _Here(threading.local):
    """What a thread is asking: in which region ("" is the client's own), and whether the request was led there."""

    region = ""
    steered = False


@dataclass(frozen=True, slots=True)
class _Given:
    """Stands in for botocore's chain of credential providers."""

    credentials: Any

    def load_credentials(self) -> Any:
        return self.credentials


def _keys(reply: Mapping[str, Any]) -> Mapping[str, str]:
    keys = reply["Credentials"]
    return {
        "access_key": keys["AccessKeyId"],
        "secret_key": keys["SecretAccessKey"],
        "token": keys["SessionToken"],
        "expiry_time": keys["Expiration"],
    }


def _without_account_host(request: Any, **_: Any) -> None:
    """S3 Control puts the account before the host's name, which no loopback address has."""
    request.url = re.sub(r"//[0-9]{12}\.", "//", request.url, count=1)


def _nothing(call: Call) -> Iterator[JSON]:
    """The reply to a listing where there is nothing to be listed."""
    if call.items:
        yield no_items(call.items)


def _undeclared(operation: str) -> CallError:
    return CallError("Undeclared", refused=False, detail=f"{operation} is not a declared read; it was not sent")


@contextmanager
def _told(operation: str) -> Iterator[None]:
    """Turn botocore's errors into CallError, without the vendor's message: it names identities and requests."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        raise _call_error(operation, error.response) from None
    except BotoCoreError as error:
        name = NO_HOST if hosts.is_nameless(error) else type(error).__name__
        raise CallError(name, refused=False, detail=f"{operation}: {name}") from None


def _call_error(operation: str, response: Mapping[str, Any]) -> CallError:
    error = response.get("Error", {})
    code = _CODE.sub("", str(error.get("Code", "")))[:80] or "NoCode"
    if CLOSED in str(error.get("Message", "")):
        return CallError(NO_CUSTOMER, refused=False, detail=f"{operation}: the service takes no new customers")
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    refused = code in REFUSED or status in {401, 403}
    if refused and (by := next((each for each in BY if each in str(error.get("Message", ""))), "")):
        return CallError(code, refused=True, detail=f"a {by} denies {operation} ({code})")
    return CallError(code, refused=refused, detail=f"{operation} {'refused' if refused else 'failed'} ({code})")


def _fitting(client: Any, name: str, params: Mapping[str, JSON]) -> Mapping[str, JSON]:
    """The parameters of an operation, where a single value that it takes as a list is made one."""
    if not params:
        return params
    shape = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[name]).input_shape
    lists = {each for each in params if shape.members[each].type_name == "list"}
    return {key: [value] if key in lists and not isinstance(value, list) else value for key, value in params.items()}
