"""What the contract tests of AWS share: moto's server behind a gate, clients of an account, and scans of some types."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3

from scanner.collect.model import Options, ResourceType
from scanner.collect.plan import Wanted, plan
from scanner.collect.runner import Inventory, Record, collect
from scanner.facts import Fact, Known, Seen, State, Where
from scanner.providers.aws import PROVIDER
from scanner.providers.aws.session import AwsSession

REGION = "eu-west-2"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

LACKING: dict[str, object] = {
    "Logs_20140328.DescribeAccountPolicies": {"accountPolicies": []},
    "GET  /policies?": {"Policies": []},
    "POST  /ListIndexes?": {"Indexes": []},
}
"""What moto does not have and every account answers."""


@dataclass
class Gate:
    """Stands before moto: notes each request, and refuses those that match. `answers` are bodies, by a part of the
    request, of what moto does not have.
    """

    inner: Application
    refuse: Callable[[str], bool] = lambda _: False
    message: str = "no"
    answers: dict[str, object] = field(default_factory=lambda: {**LACKING})
    seen: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        target = f"{environ.get('HTTP_X_AMZ_TARGET', '')} {environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        request = f"{environ['REQUEST_METHOD']} {target} {body.decode()}"
        self.seen.append(request)
        self.keys.add(environ.get("HTTP_AUTHORIZATION", "").partition("Credential=")[2].partition("/")[0])
        if not self.refuse(request):
            return self._answer(request, start) or self.inner(environ, start)
        start("403 Forbidden", [("Content-Type", "text/xml")])
        error = f"<Error><Code>AccessDenied</Code><Message>{self.message}</Message></Error>"
        return [f"<ErrorResponse>{error}</ErrorResponse>".encode() if body else error.encode()]

    def _answer(self, request: str, start: Callable[..., Any]) -> list[bytes]:
        for part, body in self.answers.items():
            if part in request:
                start("200 OK", [("Content-Type", "application/json")])
                return [json.dumps(body).encode()]
        return []


def client(account: str, endpoint: str, service: str, region: str = REGION) -> Any:
    """A boto3 client of moto's server, in an account of its own unless "" is given."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    if account:
        sts = boto3.client("sts", endpoint_url=endpoint, region_name=region, **keys)
        given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/seed", RoleSessionName="seed")["Credentials"]
        keys = {
            "aws_access_key_id": given["AccessKeyId"],
            "aws_secret_access_key": given["SecretAccessKey"],
            "aws_session_token": given["SessionToken"],
        }
    return boto3.client(service, endpoint_url=endpoint, region_name=region, **keys)


def opened(endpoint: str, scope: Mapping[str, object]) -> AwsSession:
    """The provider's session with the server."""
    session = PROVIDER.open(scope, Options(endpoint=endpoint))
    assert isinstance(session, AwsSession)
    return session


def scanned(endpoint: str, scope: Mapping[str, object], types: Iterable[ResourceType]) -> Inventory:
    """All facts of these types, and what the sweeps show."""
    wanted = frozenset(kind.name for kind in types)
    facts = frozenset(answer.fact.key for kind in PROVIDER.types if kind.name in wanted for answer in kind.facts)
    session = opened(endpoint, scope)
    try:
        return collect(PROVIDER, session, plan(PROVIDER.types, [Wanted("all", facts, wanted)]), workers=8)
    finally:
        session.close()


def state(record: Record, fact: Fact[Any]) -> State:
    """What a record of a modelled type tells of a fact."""
    kind = next(kind for kind in PROVIDER.types if kind.name == record.type)
    answer = next(answer for answer in kind.facts if answer.fact is fact)
    return answer(record.replies, Where(record.provider, record.account, record.region, record.partition))


def value(record: Record, fact: Fact[Any]) -> object:
    """The known value of a fact."""
    found = state(record, fact)
    assert isinstance(found, Known), found
    return found.value


def items(record: Record, fact: Fact[Any]) -> tuple[object, ...]:
    """The known items of a set fact, its gaps apart."""
    found = value(record, fact)
    assert isinstance(found, Seen)
    return found.items
