"""One client asks in every region: each request goes to the host, and is signed for the region, that a client of that
region would take. What is asked of no host is not asked twice.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore import xform_name
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from urllib3.exceptions import NewConnectionError

from scanner.collect.model import Account, CallError, Options, Unit
from scanner.facts import JSON
from scanner.providers.aws import PROVIDER, hosts, s3, s3_express
from scanner.providers.aws.session import NO_HOST, WALKS, AwsSession

REGIONS = {
    "aws": ("eu-west-2", "us-east-1", "ap-southeast-7", "xx-new-9"),
    "aws-cn": ("cn-north-1", "cn-northwest-1"),
    "aws-us-gov": ("us-gov-west-1", "us-gov-east-1"),
    "aws-eusc": ("eusc-de-east-1",),
}
LISTINGS = {
    kind.each.operation.partition(".")[0]: kind.each
    for kind in PROVIDER.types
    if not kind.each.take and kind.each.operation not in WALKS
}
NAMED: tuple[tuple[str, dict[str, JSON]], ...] = (
    ("s3.get_bucket_policy", {"Bucket": "example-data"}),
    ("s3.get_bucket_location", {"Bucket": "example.data"}),
    ("s3.list_buckets", {"MaxBuckets": 10000}),
    ("s3.list_directory_buckets", {}),
    ("s3.get_bucket_encryption", {"Bucket": "example--euw2-az1--x-s3"}),
    ("s3control.get_public_access_block", {"AccountId": "111111111111"}),
    ("sqs.list_queue_tags", {"QueueUrl": "https://sqs.eu-west-2.amazonaws.com/111111111111/orders"}),
    ("dynamodb.describe_table", {"TableName": "orders"}),
    ("keyspaces.list_tables", {"keyspaceName": "shop"}),
    ("kms.describe_key", {"KeyId": "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000001"}),
)
IDENTITY: tuple[tuple[str, dict[str, JSON]], ...] = (
    ("sts.get_caller_identity", {}),
    ("sts.assume_role", {"RoleArn": "arn:aws:iam::111111111111:role/reader", "RoleSessionName": "asdeclared"}),
    ("organizations.list_accounts", {}),
    ("ec2.describe_regions", {}),
    ("resource-explorer-2.list_indexes", {}),
)
ASKED = (*IDENTITY, *((call.operation, dict(call.give)) for call in LISTINGS.values()), *NAMED)


class _Stopped(Exception):
    """Nothing leaves: this is as far as a request comes."""


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REALKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real-secret")


def _open(home: str) -> AwsSession:
    found = PROVIDER.open({"regions": [home]}, Options())
    assert isinstance(found, AwsSession)
    return found


def _sent(opened: AwsSession) -> list[tuple[str, str]]:
    """What a session would send: the URL, and the region and service that the request is signed for."""
    told, note = _noting()
    opened._wire.send = note  # type: ignore[method-assign] # this is what must not be reached
    return told


def _told(client: Any) -> list[tuple[str, str]]:
    """The same of a client."""
    told, note = _noting()
    client.meta.events.register_last("before-send", note)
    return told


def _noting() -> tuple[list[tuple[str, str]], Any]:
    told: list[tuple[str, str]] = []

    def note(request: Any, **_: Any) -> Any:
        signature = request.headers["Authorization"]
        text = signature.decode() if isinstance(signature, bytes) else signature
        told.append((request.url, "/".join(text.partition("Credential=")[2].split("/")[2:4])))
        raise _Stopped

    return told, note


def _asked(opened: AwsSession, region: str, operation: str, params: Mapping[str, JSON]) -> None:
    with pytest.raises(_Stopped):
        next(opened._pages("", region, operation, params))


@pytest.mark.parametrize("partition", REGIONS)
def test_each_request_is_that_of_a_client_of_its_region(partition: str) -> None:
    opened = _open(REGIONS[partition][0])
    seen = _sent(opened)
    for region in REGIONS[partition]:
        own: dict[str, Any] = {}
        for operation, params in ASKED:
            service, _, name = operation.partition(".")
            if service not in own:
                client = opened._sessions[""].create_client(service, region)
                own[service] = client, _told(client)
            client, expected = own[service]
            _asked(opened, region, operation, params)
            with pytest.raises(_Stopped):
                getattr(client, name)(**params)
            wanted = expected.pop()
            if (service, region) == ("s3", "us-east-1"):
                # A client of that region uses the old global host, which is the same place.
                wanted = (wanted[0].replace("s3.amazonaws.com", "s3.us-east-1.amazonaws.com"), wanted[1])
            assert seen.pop() == wanted, operation


@pytest.mark.parametrize("home", ["eu-west-2", "eu-west-1", "us-east-1"])
def test_tags_of_a_directory_bucket_are_asked_where_it_is(home: str) -> None:
    opened = _open(home)
    told = _sent(opened)
    arn = "arn:aws:s3express:eu-west-2:111111111111:bucket/example--euw2-az1--x-s3"
    params: dict[str, JSON] = {"AccountId": "111111111111", "ResourceArn": arn}
    _asked(opened, "eu-west-2", "s3control.list_tags_for_resource", params)
    ((url, scope),) = told
    assert url.startswith("https://s3express-control.eu-west-2.amazonaws.com/")
    assert scope == "eu-west-2/s3express"


def test_every_service_that_is_asked_has_rules_for_its_endpoint() -> None:
    loader = _open("eu-west-2")._loader
    for service in sorted({operation.partition(".")[0] for operation in PROVIDER.operations()}):
        rules = loader.load_service_model(service, "endpoint-rule-set-1")
        assert rules["parameters"]["Region"]["builtIn"] == "AWS::Region", service


def test_what_cannot_be_led_to_its_region_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = _open("eu-west-2")
    told = _sent(opened)
    monkeypatch.setattr(opened.client("", "sqs"), "_ruleset_resolver", None)
    with pytest.raises(CallError, match="no rules for its endpoint"):
        next(opened._pages("", "eu-west-1", "sqs.list_queues", {}))
    assert told == []


@pytest.mark.parametrize("region", ["eu-west-1.example.com/", "a b", "-x"])
def test_a_region_that_is_no_name_is_not_asked(region: str) -> None:
    opened = _open("eu-west-2")
    told = _sent(opened)
    with pytest.raises(CallError, match="InvalidRegionError"):
        next(opened._pages("", region, "sqs.list_queues", {}))
    assert told == []


def test_where_a_bucket_was_found_to_be_holds_over_where_it_was_asked() -> None:
    opened = _open("eu-west-2")
    client = opened.client("", "s3")
    told = _sent(opened)

    def elsewhere(builtins: dict[str, Any], **_: Any) -> None:
        builtins["AWS::Region"] = "eu-west-3"

    client.meta.events.register("before-endpoint-resolution.s3", elsewhere)
    _asked(opened, "eu-west-1", "s3.get_bucket_policy", {"Bucket": "example-data"})
    assert told == [("https://example-data.s3.eu-west-3.amazonaws.com/?policy", "eu-west-3/s3")]


def test_another_request_on_the_way_leaves_the_region_as_it_was() -> None:
    opened = _open("eu-west-2")
    regions: list[str] = []

    def outer() -> Iterator[Mapping[str, JSON]]:
        regions.append(opened._here.region)
        opened._next(inner(), "eu-west-3")
        regions.append(opened._here.region)
        yield {}

    def inner() -> Iterator[Mapping[str, JSON]]:
        regions.append(opened._here.region)
        yield {}

    assert opened._next(outer(), "eu-west-1") == {}
    assert regions == ["eu-west-1", "eu-west-3", "eu-west-1"]
    assert opened._here.region == ""


def _unconnected(cause: Exception | None) -> EndpointConnectionError:
    error = NewConnectionError(None, "cannot connect")  # type: ignore[arg-type] # the connection is not looked at
    error.__cause__ = cause
    return EndpointConnectionError(endpoint_url="https://dax.eu-west-2.amazonaws.com/", error=error)


NOWHERE = _unconnected(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))


@pytest.mark.parametrize(
    ("error", "service", "region", "tries"),
    [
        pytest.param(NOWHERE, "dax", "eu-west-9", 1, id="no such host, and botocore knows none"),
        pytest.param(NOWHERE, "docdb-elastic", "eu-west-9", 1, id="none is listed, and a host is elsewhere"),
        pytest.param(NOWHERE, "s3tables", "eu-west-9", 3, id="none is listed, and no host is elsewhere"),
        pytest.param(NOWHERE, "dax", "eu-west-1", 3, id="botocore knows one"),
        pytest.param(_unconnected(socket.gaierror(socket.EAI_AGAIN, "")), "dax", "eu-west-9", 3, id="no answer"),
        pytest.param(_unconnected(ConnectionRefusedError()), "dax", "eu-west-9", 3, id="no connection"),
        pytest.param(_unconnected(None), "dax", "eu-west-9", 3, id="no cause"),
        pytest.param(ConnectTimeoutError(endpoint_url="x"), "dax", "eu-west-9", 3, id="no end"),
    ],
)
def test_a_host_that_there_is_not_is_asked_once(
    error: Exception, service: str, region: str, tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scanner.providers.aws.session.ATTEMPTS", 3)
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(hosts, "is_known", lambda host: host.startswith("docdb-elastic.us-east-1."))
    opened = _open("eu-west-2")
    asked: list[str] = []

    def fail(request: Any) -> None:
        asked.append(request.url)
        raise error

    opened._wire.send = fail  # type: ignore[method-assign] # nothing is there to connect to
    listing = LISTINGS[service]
    pages = opened.pages(Unit(Account("aws", "", partition="aws"), region), listing, {})
    if tries == 1:
        assert list(pages) == [{listing.items.strip("/"): []}]
    else:
        with pytest.raises(CallError):
            next(pages)
    assert len(asked) == tries
    assert all(f".{region}." in url for url in asked)


@pytest.mark.parametrize(
    ("service", "region", "partition", "offered"),
    [
        ("dax", "eu-west-1", "aws", True),
        ("dax", "eu-west-9", "aws", False),
        ("dax", "eu-west-1", "", True),
        ("dax", "us-gov-east-9", "aws-us-gov", False),
        # Of the newest partition botocore lists nothing.
        ("dax", "eusc-de-east-1", "aws-eusc", False),
        ("cloudfront", "eu-west-1", "aws", True),
        ("cloudfront", "eusc-de-east-1", "aws-eusc", False),
        # Of these it lists nothing at all; that of the first one there is a host elsewhere.
        ("docdb-elastic", "eusc-de-east-1", "aws-eusc", False),
        ("s3tables", "eusc-de-east-1", "aws-eusc", True),
    ],
)
def test_where_botocore_knows_a_service(
    service: str, region: str, partition: str, monkeypatch: pytest.MonkeyPatch, *, offered: bool
) -> None:
    monkeypatch.setattr(hosts, "is_known", lambda host: host == hosts.SURE["docdb-elastic"])
    opened = _open("eu-west-2")
    assert opened._is_offered(service, region, partition) is offered
    missing = CallError(NO_HOST, refused=False)
    assert opened.is_missing(missing, service, region, partition) is not offered
    assert not opened.is_missing(CallError("AccessDenied", refused=True), service, region, partition)


def test_services_and_operations_are_those_of_botocore() -> None:
    opened = _open("eu-west-2")
    for service, call in LISTINGS.items():
        names = opened._sessions[""].get_service_model(service).operation_names
        assert call.operation.partition(".")[2] in {xform_name(name) for name in names}


def test_services_of_which_botocore_lists_no_region_have_a_host_that_is_asked() -> None:
    opened = _open("eu-west-2")
    regions = opened._sessions[""].get_available_regions
    listed = {name for name in LISTINGS for each in REGIONS if regions(name, each, allow_non_regional=True)}
    assert hosts.SURE.keys() == LISTINGS.keys() - listed | {"s3express"}
    for service, host in hosts.SURE.items():
        told = _sent(opened)
        listing = {**LISTINGS, "s3express": s3_express.BUCKET.each}[service]
        _asked(opened, "us-east-1", listing.operation, dict(listing.give))
        assert urlsplit(told.pop()[0]).hostname == host


def test_directory_buckets_have_hosts_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(hosts, "is_known", lambda host: host == hosts.SURE["s3express"])
    opened = _open("eu-west-2")
    asked: list[str] = []

    def fail(request: Any) -> None:
        asked.append(request.url)
        raise NOWHERE

    opened._wire.send = fail  # type: ignore[method-assign] # nothing is there to connect to
    unit = Unit(Account("aws", "", partition="aws"), "eu-west-2")
    assert list(opened.pages(unit, s3_express.BUCKET.each, {})) == [{"Buckets": []}]
    assert asked == [hosts.SURE["s3express"].join(("https://", "/")).replace("us-east-1", "eu-west-2")]
    # The other buckets are not lost with them.
    with pytest.raises(CallError, match="NoSuchHost"):
        next(opened.pages(unit, s3.BUCKET.each, {}))


@pytest.mark.parametrize(("error", "known"), [(None, True), (socket.gaierror(socket.EAI_NONAME, ""), False)])
def test_whether_the_name_service_knows_a_host(
    error: Exception | None, monkeypatch: pytest.MonkeyPatch, *, known: bool
) -> None:
    def told(host: str, port: int) -> list[str]:
        assert (host, port) == ("s3tables.us-east-1.amazonaws.com", 443)
        if error:
            raise error
        return ["an address"]

    monkeypatch.setattr("socket.getaddrinfo", told)
    assert hosts.is_known("s3tables.us-east-1.amazonaws.com") is known
