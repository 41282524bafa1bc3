"""The demo's Google Cloud estate against Google's own models: discovery documents and the client's message types."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import pytest

from scanner.demo.gcp import GcpCloud
from scanner.demo.gcp_estate import Json, demo_estate
from tests.contract import gcp_memorystore

pytest.importorskip("googleapiclient", reason="the discovery documents come with google-api-python-client")
asset_v1 = pytest.importorskip("google.cloud.asset_v1")
json_format = pytest.importorskip("google.protobuf.json_format")
requests = pytest.importorskip("requests")

# The path in `discoveryDocumentUri` tells the document; a few URIs name no version.
DOCUMENT_URI = re.compile(
    r"https://(www\.googleapis\.com/discovery/v1/apis/(?P<api>\w+)/(?P<version>\w+)/rest"
    r"|(?P<host>\w+)\.googleapis\.com/\$discovery/rest(\?version=(?P<query>\w+))?)"
)
# Cloud Asset Inventory sends these as numbers, other than the document says.
NUMBERS_NOT_TEXT = frozenset({"Bucket.projectNumber", "Bucket.metageneration"})
NOT_MODELLED = "quantumstore.googleapis.com/Vault"


@cache
def document(name: str) -> Json:
    if name == "memorystore.v1":
        return {"schemas": gcp_memorystore.SCHEMAS}
    file = files("googleapiclient.discovery_cache") / "documents" / f"{name}.json"
    found: Json = json.loads(file.read_text(encoding="utf-8"))
    return found


def document_of(resource: Json) -> str:
    found = DOCUMENT_URI.fullmatch(resource["discoveryDocumentUri"])
    assert found is not None, resource["discoveryDocumentUri"]
    version = found["version"] or found["query"] or resource["version"]
    assert version == resource["version"]
    return f"{found['api'] or found['host']}.{version}"


def is_time(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


def is_base64(value: str) -> bool:
    try:
        return base64.b64decode(value, validate=True) is not None
    except binascii.Error:
        return False


def is_integer(value: str, low: int, high: int) -> bool:
    return re.fullmatch(r"0|-?[1-9][0-9]*", value) is not None and low <= int(value) < high


TEXT_FORMATS = {
    "int64": lambda value: is_integer(value, -(2**63), 2**63),
    "uint64": lambda value: is_integer(value, 0, 2**64),
    "date-time": is_time,
    "google-datetime": is_time,
    "google-duration": lambda value: re.fullmatch(r"-?[0-9]+(\.[0-9]{1,9})?s", value) is not None,
    "byte": is_base64,
}
NUMBER_RANGES = {"int32": (-(2**31), 2**31), "uint32": (0, 2**32)}


def faults(value: object, schema: Json, name: str, path: str) -> Iterator[str]:
    """What is wrong with `value` by a schema of the document `name`, each fault with its path."""
    if "$ref" in schema:
        yield from faults(value, document(name)["schemas"][schema["$ref"]], name, path)
        return
    match schema["type"], value:
        case "object", dict():
            yield from object_faults(value, schema, name, path)
        case "array", list():
            for index, item in enumerate(value):
                yield from faults(item, schema["items"], name, f"{path}[{index}]")
        case "string", str():
            yield from text_faults(value, schema, path)
        case "integer", int() if not isinstance(value, bool):
            low, high = NUMBER_RANGES[schema["format"]]
            yield from () if low <= value < high else (f"{path}: {value} is not {schema['format']}",)
        case kind, _ if not is_good(kind, value, path):
            yield f"{path}: {value!r} is not {kind}"


def object_faults(value: Json, schema: Json, name: str, path: str) -> Iterator[str]:
    for key, item in value.items():
        inner = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
        yield from faults(item, inner, name, f"{path}.{key}") if inner else (f"{path}.{key}: unknown key",)


def text_faults(value: str, schema: Json, path: str) -> Iterator[str]:
    if "format" in schema and not TEXT_FORMATS[schema["format"]](value):
        yield f"{path}: {value!r} is not {schema['format']}"
    if value not in schema.get("enum", [value]):
        yield f"{path}: {value!r} is not a value of the enum"


def is_good(kind: str, value: object, path: str) -> bool:
    number = path in NUMBERS_NOT_TEXT and type(value) is int
    return number or kind == "any" or (kind == "boolean" and isinstance(value, bool))


def faults_of(asset: Json, name: str | None = None) -> list[str]:
    resource = asset["resource"]
    return list(
        faults(
            resource["data"],
            {"$ref": resource["discoveryName"]},
            name or document_of(resource),
            resource["discoveryName"],
        )
    )


ASSETS = [
    pytest.param(asset, id=f"week{week}-{asset['name'].removeprefix('//')}")
    for week in (0, 1)
    for asset in demo_estate(week).assets
    if asset["assetType"] != NOT_MODELLED
]


@pytest.mark.parametrize("asset", ASSETS)
def test_the_data_of_an_asset_is_of_the_schema_that_it_names(asset: Json) -> None:
    assert faults_of(asset) == []


@pytest.mark.parametrize("asset", [one for one in ASSETS if "cloudsql" in str(one.id)])
def test_a_database_is_also_of_the_newest_schema(asset: Json) -> None:
    assert faults_of(asset, "sqladmin.v1") == []


def test_only_the_service_of_the_future_has_no_document() -> None:
    (asset,) = [one for one in demo_estate(0).assets if one["assetType"] == NOT_MODELLED]
    with pytest.raises(FileNotFoundError):
        document(document_of(asset["resource"]))


@pytest.mark.parametrize("week", [0, 1])
def test_the_projects_are_of_resource_manager(week: int) -> None:
    for project in demo_estate(week).projects:
        assert list(faults(project, {"$ref": "Project"}, "cloudresourcemanager.v3", "Project")) == []


@pytest.mark.parametrize("content", ["RESOURCE", "IAM_POLICY", "ORG_POLICY", ""])
@pytest.mark.parametrize("week", [0, 1])
def test_the_clients_message_type_reads_the_whole_reply(week: int, content: str) -> None:
    estate = demo_estate(week)
    with GcpCloud(estate) as cloud:
        url = f"{cloud.endpoint}/v1/{estate.organization}/assets"
        parameters = {"contentType": content, "pageSize": "1000"}
        reply = requests.get(url, parameters, headers={"Authorization": "Bearer token"}, timeout=5)
    page = asset_v1.types.ListAssetsResponse.pb(asset_v1.types.ListAssetsResponse())
    json_format.Parse(reply.content, page, ignore_unknown_fields=False)
    back = json_format.MessageToDict(page)
    sent = {asset["name"]: asset for asset in reply.json()["assets"]}
    assert back["assets"] == list(sent.values())
    held = {"RESOURCE": "resource", "IAM_POLICY": "iamPolicy", "ORG_POLICY": "orgPolicy"}.get(content, "name")
    assert sent.keys() == {asset["name"] for asset in estate.assets if held in asset}


def a_network(**data: Any) -> Json:
    resource = {
        "version": "v1",
        "discoveryDocumentUri": "https://www.googleapis.com/discovery/v1/apis/compute/v1/rest",
        "discoveryName": "Network",
        "data": data,
    }
    return {"resource": resource}


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        ({"nam": "prod"}, "Network.nam: unknown key"),
        ({"name": 1}, "Network.name: 1 is not string"),
        ({"id": 7}, "Network.id: 7 is not string"),
        ({"id": "seven"}, "Network.id: 'seven' is not uint64"),
        ({"id": "-1"}, "Network.id: '-1' is not uint64"),
        ({"id": str(2**64)}, f"Network.id: '{2**64}' is not uint64"),
        ({"mtu": "1460"}, "Network.mtu: '1460' is not integer"),
        ({"mtu": True}, "Network.mtu: True is not integer"),
        ({"mtu": 2**31}, f"Network.mtu: {2**31} is not int32"),
        ({"autoCreateSubnetworks": "yes"}, "Network.autoCreateSubnetworks: 'yes' is not boolean"),
        ({"peerings": {}}, "Network.peerings: {} is not array"),
        ({"peerings": [{"state": "ON"}]}, "Network.peerings[0].state: 'ON' is not a value of the enum"),
        ({"routingConfig": []}, "Network.routingConfig: [] is not object"),
    ],
)
def test_a_wrong_payload_is_found(data: Json, fault: str) -> None:
    assert faults_of(a_network(**data)) == [fault]


@pytest.mark.parametrize(
    ("text", "format_", "good"),
    [
        ("604800s", "google-duration", True),
        ("1.5s", "google-duration", True),
        ("7d", "google-duration", False),
        ("2026-01-12T09:00:00Z", "google-datetime", True),
        ("2026-01-12T09:00:00", "google-datetime", False),
        ("yesterday", "date-time", False),
        ("42WmSpB8rSM=", "byte", True),
        ("42W*", "byte", False),
        ("-5", "int64", True),
        ("05", "int64", False),
        (str(2**63), "int64", False),
    ],
)
def test_a_text_format_is_checked(text: str, format_: str, good: bool) -> None:
    assert (list(faults(text, {"type": "string", "format": format_}, "storage.v1", "x")) == []) is good


def fields(schema: Json, message: Any) -> Iterator[str]:
    """What a hand-written schema has that the client's message type has not."""
    for name, inner in schema.get("properties", {}).items():
        field = message.fields_by_camelcase_name.get(name)
        if field is None:
            yield f"{message.name}.{name}: unknown key"
        elif field.message_type and not inner.get("format"):
            yield from fields(inner.get("items", inner), field.message_type)
        elif set(inner.get("enum", [])) - set(field.enum_type.values_by_name if field.enum_type else []):
            yield f"{message.name}.{name}: other values"


def test_what_is_written_of_memorystore_is_of_the_clients_message_type() -> None:
    memorystore = pytest.importorskip("google.cloud.memorystore_v1", reason="no document of it comes with the others")
    message = memorystore.Instance.pb(memorystore.Instance()).DESCRIPTOR
    assert list(fields(gcp_memorystore.SCHEMAS["Instance"], message)) == []
    wrong = gcp_memorystore.an_object(
        kmsKeys=gcp_memorystore.TEXT, transitEncryptionMode=gcp_memorystore.one_of("DISABLED")
    )
    assert len(list(fields(wrong, message))) == 2
