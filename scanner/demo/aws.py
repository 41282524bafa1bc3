"""A simulated AWS: moto's server on a loopback port, corrected where moto does not do as AWS does.

moto keeps its state once a process, so one `AwsCloud` runs at a time. Everything in it is the same at every start: ids
come from moto's own seeded generator, times from a clock that stands still. `moto_corrections` has what is put right.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
import html
import io
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, Self, TypeAlias
from urllib.parse import parse_qsl, unquote

from scanner.demo.aws_estate import ACCOUNTS, HOME, LANDING_ROLE, MANAGEMENT, last_night, scan_time, seed
from scanner.demo.moto_corrections import ENABLED, Clock, corrections, patched

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[[str, list[tuple[str, str]]], object]
WsgiApp: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]

_DUMMY: Final = {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE", "aws_secret_access_key": "example"}
NOT_ALLOWED: Final = "because no identity-based policy allows the {action} action"
SIGNED: Final = {
    "access-analyzer": "accessanalyzer",
    "aoss": "opensearchserverless",
    "cassandra": "keyspaces",
    "elasticfilesystem": "efs",
    "elasticmapreduce": "emr",
    "s3express": "s3",
    "ses": "mailmanager",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "timestream": "timestream-write",
}
"""The services of boto3 whose requests are signed for another name."""
NONE: Final = frozenset(
    {
        ("access-analyzer", "ListAnalyzers"),
        ("aoss", "ListCollections"),
        # moto has the workgroup that each account has; nothing is queried in it here.
        ("athena", "ListWorkGroups"),
        ("bedrock", "ListInferenceProfiles"),
        ("cassandra", "ListKeyspaces"),
        ("cloudtrail", "ListEventDataStores"),
        ("dlm", "GetLifecyclePolicies"),
        ("docdb-elastic", "ListClusterSnapshots"),
        ("docdb-elastic", "ListClusters"),
        ("dynamodb", "ListExports"),
        ("elasticache", "DescribeServerlessCacheSnapshots"),
        ("elasticache", "DescribeServerlessCaches"),
        ("oam", "ListLinks"),
        ("rds", "DescribeDBClusterAutomatedBackups"),
        ("redshift-serverless", "ListNamespaces"),
        ("redshift-serverless", "ListSnapshots"),
        ("resource-explorer-2", "ListIndexes"),
        ("s3express", "ListDirectoryBuckets"),
        ("s3tables", "ListTableBuckets"),
        ("ses", "ListAddressLists"),
        ("ses", "ListArchives"),
        ("storagegateway", "ListFileShares"),
        ("storagegateway", "ListGateways"),
        ("storagegateway", "ListTapes"),
        ("storagegateway", "ListVolumes"),
        ("timestream", "DescribeEndpoints"),
        ("timestream", "ListDatabases"),
        ("timestream", "ListTables"),
        ("timestream-influxdb", "ListDbBackups"),
        ("timestream-influxdb", "ListDbClusters"),
        ("timestream-influxdb", "ListDbInstances"),
    }
)
"""Listings that moto cannot make, by the name that they are signed for, of what the estate has none of."""
_CREDENTIAL: Final = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What the caller may not do: requests of `action` by credentials of `account` (None: of any).

    `action` is ``service:Operation`` with boto3's names, where the operation may have ``*`` as in a policy, such as
    ``s3:GetBucketPolicy`` or ``rds:*``. `region` is the one that the request is signed for. `resource` is a value that
    the request has: a bucket's name, an identifier, an ARN.

    The action ``*`` is every operation of every service, as a service control policy of the organisation denies it.
    """

    account: str | None
    action: str
    region: str | None = None
    resource: str | None = None


@dataclass(frozen=True)
class _Request:
    """A request as far as it tells what is asked: `service` is the name that it is signed for."""

    method: str
    path: str
    query: Mapping[str, str]
    target: str
    content: bytes
    key: str
    region: str
    service: str

    @classmethod
    def of(cls, environ: Environ) -> _Request:
        """Read a request and leave it whole for the next reader."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        content = environ["wsgi.input"].read(length) if length else b""
        if length:
            environ["wsgi.input"] = io.BytesIO(content)
        path, _, query = str(environ["RAW_URI"]).partition("?")
        signed = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        key, region, service = signed.groups() if signed else ("", "", "")
        named = dict(parse_qsl(query, keep_blank_values=True))
        target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
        return cls(environ["REQUEST_METHOD"], path, named, target, content, key, region, service)

    @cached_property
    def form(self) -> Mapping[str, str]:
        """The values of a request in the protocols query and ec2."""
        text = self.content.decode("utf-8", "replace")
        return dict(parse_qsl(text, keep_blank_values=True)) if text.startswith(("Action=", "Version=")) else {}

    @cached_property
    def values(self) -> frozenset[str]:
        """Every text that the request names something by."""
        parts = (unquote(part) for part in self.path.split("/"))
        fields = json.loads(self.content) if self.content.startswith(b"{") else {}
        texts = (value for value in fields.values() if isinstance(value, str))
        return frozenset((*parts, *self.query.values(), *self.form.values(), *texts))

    def operations(self, model: Any) -> frozenset[str]:
        """Name the operation that is asked of a service; several where AWS has several names for one request."""
        if named := self.target or self.form.get("Action"):
            return frozenset({named})
        if not model.resolved_protocol.startswith("rest-"):
            return frozenset()
        fits = {name: fit for name in model.operation_names if (fit := self._fit(model.operation_model(name)))}
        return frozenset(name for name, fit in fits.items() if fit == max(fits.values()))

    def _fit(self, operation: Any) -> tuple[int, int] | None:
        """Tell how closely this is a request of a REST operation; None where it is not one."""
        path, _, query = operation.http["requestUri"].partition("?")
        literals = dict(parse_qsl(query, keep_blank_values=True)) | dict.fromkeys(_required_query(operation))
        pattern = re.sub(
            r"\\\{\w+(\\\+)?\\\}", lambda label: ".+" if label[1] else "[^/]+", re.escape(path.rstrip("/"))
        )
        if self.method != operation.http["method"] or not re.fullmatch(pattern, self.path.rstrip("/")):
            return None
        if any(name not in self.query or value not in ("", None, self.query[name]) for name, value in literals.items()):
            return None
        return len(literals), len(re.sub(r"\{.*?\}", "", path))


def _required_query(operation: Any) -> Iterator[str]:
    shape = operation.input_shape
    for name in shape.required_members if shape else ():
        place = shape.members[name].serialization
        if place.get("location") == "querystring":
            yield place["name"]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A refusal with botocore's model of its service, which names the request; None where it is of every service."""

    refusal: Refusal
    model: Any | None

    def covers(self, request: _Request, account: str) -> bool:
        """Tell whether `request` is one of those that are refused."""
        refusal = self.refusal
        return (
            self._names(request)
            and refusal.account in (None, account)
            and refusal.region in (None, request.region)
            and (refusal.resource is None or refusal.resource in request.values)
        )

    def _names(self, request: _Request) -> bool:
        if self.model is None:
            # Who somebody is may always be asked, whatever is denied.
            return request.service != "sts"
        operation = self.refusal.action.partition(":")[2]
        return request.service == self.model.signing_name and bool(
            fnmatch.filter(request.operations(self.model), operation)
        )

    @property
    def why(self) -> str:
        """How AWS says why: docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html."""
        if self.model is None:
            return "with an explicit deny in a service control policy"
        return NOT_ALLOWED


def _rule(refusal: Refusal) -> _Rule:
    """Find the model of a refusal. Raises ValueError for an action that AWS does not have."""
    import botocore.exceptions

    if refusal.action == "*":
        return _Rule(refusal, None)
    service, _, operation = refusal.action.partition(":")
    try:
        model = _model(service)
    except botocore.exceptions.UnknownServiceError as unknown:
        raise ValueError(f"{refusal.action}: boto3 has no service {service}") from unknown
    if not fnmatch.filter(model.operation_names, operation):
        raise ValueError(f"{refusal.action}: {service} has no operation {operation}")
    return _Rule(refusal, model)


@cache
def _model(service: str) -> Any:
    return _botocore().get_service_model(service)


@cache
def _botocore() -> Any:
    """Return the session whose loader knows the folders of all services: to look through them takes long."""
    import botocore.session

    return botocore.session.Session()


def _signed_for(name: str) -> Any:
    """Return botocore's model of the service that a request is signed for."""
    return _model(SIGNED.get(name, name))


@dataclass(frozen=True, slots=True)
class _Answer:
    status: str
    headers: Mapping[str, str]
    body: str = ""


def _denied(model: Any, operation: str, caller: str, why: str) -> _Answer:
    """Build the refusal of a request in the protocol of its service, with the code and the status that it has there."""
    action = f"{model.signing_name}:{operation}"
    message = f"User: {caller} is not authorized to perform: {action} {why.format(action=action)}"
    code, text = "AccessDeniedException", html.escape(message)
    match model.resolved_protocol:
        case "json":
            # The JSON protocols tell every fault of the caller by 400; a service that once spoke query keeps its code.
            own = {"x-amzn-query-error": "AccessDenied;Sender"} if "awsQueryCompatible" in model.metadata else {}
            headers = {"Content-Type": f"application/x-amz-json-{model.metadata['jsonVersion']}", **own}
            return _Answer("400 Bad Request", headers, json.dumps({"__type": code, "message": message}))
        case "rest-json":
            headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
            return _Answer("403 Forbidden", headers, json.dumps({"message": message}))
        case "ec2":
            # docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
            text = f"You are not authorized to perform this operation. {text}"
            error = f"<Error><Code>UnauthorizedOperation</Code><Message>{text}</Message></Error>"
            return _xml(f"<Response><Errors>{error}</Errors><RequestID>0</RequestID></Response>")
        case "rest-xml" if model.signing_name == "s3":
            return _xml(f"<Error><Code>AccessDenied</Code><Message>{text}</Message><RequestId>0</RequestId></Error>")
        case _:
            error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{text}</Message></Error>"
            return _xml(f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>")


def _xml(body: str) -> _Answer:
    return _Answer("403 Forbidden", {"Content-Type": "text/xml"}, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}')


@dataclass(frozen=True, slots=True)
class _Gate:
    """The door before moto: refuses what is refused, and says plainly what moto does not have."""

    app: WsgiApp
    rules: tuple[_Rule, ...]
    sts: Any

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        """Answer a request."""
        request = _Request.of(environ)
        if answer := self._refusal(request):
            return _send(answer, request, start)
        if answer := _nothing(request):
            return _send(answer, request, start)
        try:
            return self.app(environ, start)
        except NotImplementedError:
            # No code of AWS: clients try 500 again and again, and do not try this again.
            return _send(_Answer("501 Not Implemented", {}), request, start)

    def _refusal(self, request: _Request) -> _Answer | None:
        from moto.iam.models import get_account_id_from

        account = get_account_id_from(request.key)
        _, caller, _ = self._sts_of(account).get_caller_identity(request.key, request.region or "us-east-1")
        for rule in self.rules:
            if rule.covers(request, account):
                model = rule.model or _signed_for(request.service)
                return _denied(model, min(request.operations(model), default="*"), caller, rule.why)
        if request.service == "sts" and request.form.get("Action") == "AssumeRole" and not self._role(request):
            return _denied(self.sts, "AssumeRole", caller, NOT_ALLOWED)
        return None

    @staticmethod
    def _sts_of(account: str) -> Any:
        from moto.sts.models import sts_backends

        return sts_backends[account]["aws"]

    @staticmethod
    def _role(request: _Request) -> bool:
        """Tell whether the role to be assumed exists; moto lends any, AWS none that it does not have."""
        from moto.iam.models import iam_backends

        arn = request.form.get("RoleArn", "")
        account = arn.split(":")[4] if arn.count(":") >= 5 else ""
        roles = iam_backends[account]["aws"].roles.values() if account in ACCOUNTS else ()
        return any(role.arn == arn for role in roles)


def _nothing(request: _Request) -> _Answer | None:
    """Answer a listing that moto cannot make, where there is nothing to be listed: as AWS does, with empty lists."""
    from moto.iam.models import get_account_id_from
    from moto.rds.models import rds_backends

    if request.service not in {service for service, _ in NONE}:
        return None
    model = _signed_for(request.service)
    names = [name for name in request.operations(model) if (request.service, name) in NONE]
    # moto answers this one where there is a cluster, and only there.
    if not names or (
        request.service == "rds" and rds_backends[get_account_id_from(request.key)][request.region].clusters
    ):
        return None
    members = model.operation_model(names[0]).output_shape.members.items()
    lists = [shape.serialization.get("name", name) for name, shape in members if shape.type_name == "list"]
    if model.resolved_protocol in {"json", "rest-json"}:
        headers = {"Content-Type": f"application/x-amz-json-{model.metadata.get('jsonVersion', '1.1')}"}
        return _Answer("200 OK", headers, json.dumps({name: [] for name in lists}))
    found = "".join(f"<{name}/>" for name in lists)
    result = f"<{names[0]}Result>{found}</{names[0]}Result>"
    if model.resolved_protocol != "rest-xml":
        result = f"<{names[0]}Response>{result}</{names[0]}Response>"
    return _Answer("200 OK", {"Content-Type": "text/xml"}, result)


def _send(answer: _Answer, request: _Request, start: StartResponse) -> Iterable[bytes]:
    body = b"" if request.method == "HEAD" else answer.body.encode()
    start(answer.status, [*answer.headers.items(), ("Content-Length", str(len(body)))])
    return [body]


def _start_empty() -> None:
    """Forget what moto holds and set up what AWS gives a new account: a default network in every Region.

    moto makes these when they are first asked for, with ids that depend on the order of the questions.
    """
    from moto.core.base_backend import BackendDict
    from moto.ec2.models import ec2_backends
    from moto.iam.models import iam_backends
    from moto.moto_api._internal import mock_random

    BackendDict.reset()
    mock_random.seed(0)
    for account in ACCOUNTS:
        for region in sorted(ENABLED):
            _ = ec2_backends[account][region]
        if account != MANAGEMENT:
            # AWS Organizations puts this role in every account that it makes.
            trust = {"Effect": "Allow", "Principal": {"AWS": MANAGEMENT}, "Action": "sts:AssumeRole"}
            document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
            iam_backends[account]["aws"].create_role(LANDING_ROLE, document, "/", None, "", [], "3600")


def _back_up(saves: Mapping[Any, Callable[[Any], None]]) -> None:
    """Make the automated backups of the last night, by moto's own methods."""
    from moto.rds.models import rds_backends

    for account in ACCOUNTS:
        for region in sorted(ENABLED & rds_backends[account].keys()):
            backend: Any = rds_backends[account][region]
            for database in (*backend.clusters.values(), *backend.databases.values()):
                # What is in a cluster is backed up with the cluster.
                if type(database) in saves and database.backup_retention_period:
                    saves[type(database)](database)


def _quiet() -> type:
    """Build moto's request handler without its log, and with connections that are kept open."""
    from moto.moto_server.werkzeug_app import MotoRequestHandler

    silent = {"log": lambda *_, **__: None, "log_request": lambda *_, **__: None}
    fast = {"protocol_version": "HTTP/1.1", "disable_nagle_algorithm": True, "wbufsize": -1}
    return type("Quiet", (MotoRequestHandler,), {**silent, **fast})


@contextmanager
def _serving() -> Iterator[Any]:
    """Serve moto on a free port of 127.0.0.1. `ThreadedMotoServer` does the same, but logs and keeps its socket."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_quiet())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Clients:
    """boto3's clients of the accounts of the estate: the management account's own, and others by the landing role."""

    def __init__(self, endpoint: str) -> None:
        import boto3

        self._session = boto3.Session(**_DUMMY)
        self._endpoint = endpoint
        self._known: dict[tuple[str, str, str], Any] = {}
        self._credentials: dict[str, Mapping[str, str]] = {}

    def __call__(self, account: str, service: str, region: str) -> Any:
        """Return the client of a service, always the same one."""
        name = (account, service, region)
        if name not in self._known:
            more = {} if account == MANAGEMENT else self._of(account)
            self._known[name] = self._session.client(service, region, endpoint_url=self._endpoint, **more)
        return self._known[name]

    def _of(self, account: str) -> Mapping[str, str]:
        if account not in self._credentials:
            arn = f"arn:aws:iam::{account}:role/{LANDING_ROLE}"
            sts = self(MANAGEMENT, "sts", HOME)
            got = sts.assume_role(RoleArn=arn, RoleSessionName="set-up")["Credentials"]
            self._credentials[account] = {
                "aws_access_key_id": got["AccessKeyId"],
                "aws_secret_access_key": got["SecretAccessKey"],
                "aws_session_token": got["SessionToken"],
            }
        return self._credentials[account]


class AwsCloud:
    """The demo company's AWS as it is in `week` (0 or 1), with the requests in `refuse` refused.

    Credentials that moto did not make are those of the management account 123456789012. The accounts 111111111111
    (production) and 222222222222 (test) are reached by the role ``asdeclared-reader``, as any caller must in AWS. S3 is
    answered by path (``http://endpoint/bucket``). Raises ValueError for a refusal of something that AWS does not have.
    """

    def __init__(self, week: int, *, refuse: Iterable[Refusal] = ()) -> None:
        self._week = week
        self._rules = tuple(map(_rule, refuse))
        self._stack = ExitStack()

    def start(self) -> str:
        """Start and return the endpoint. Raises RuntimeError where another simulator runs in this process."""
        from moto.core import utils
        from moto.rds.models import DBCluster, DBInstance

        if vars(utils)["datetime"] is not dt:
            raise RuntimeError("another AwsCloud runs in this process: stop it first, moto has one state a process")
        saves: dict[Any, Any] = {cls: cls.save_automated_backup for cls in (DBInstance, DBCluster)}
        clock = Clock(scan_time(self._week))
        with ExitStack() as stack:
            stack.enter_context(patched(corrections(clock)))
            _start_empty()
            server = stack.enter_context(_serving())
            endpoint = f"http://127.0.0.1:{server.server_port}"
            seed(_Clients(endpoint), self._week, clock.set)
            clock.set(last_night(self._week))
            _back_up(saves)
            clock.set(scan_time(self._week))
            server.app = _Gate(server.app, self._rules, _model("sts"))
            self._stack = stack.pop_all()
        return endpoint

    def stop(self) -> None:
        """Stop, and leave moto as it was."""
        self._stack.close()

    def __enter__(self) -> Self:
        self.endpoint = self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
