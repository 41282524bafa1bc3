"""The models of services with their declared reads alone, against botocore's whole ones."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import orjson
import pytest
from botocore import xform_name
from botocore.session import Session

from scanner.providers.aws import PROVIDER
from scanner.providers.aws.models import OWN, WHOLE, Models

SERVICES = sorted({operation.partition(".")[0] for operation in PROVIDER.operations()} - WHOLE)


def _session(lean: bool) -> Session:
    session = Session()
    session.set_credentials("testing", "testing")
    if lean:
        session.get_component("data_loader").file_loader = Models(PROVIDER.operations())
    return session


BOTOCORE, LEAN = _session(lean=False), _session(lean=True)


def _plain(value: Any) -> Any:
    """A shape as it is written, without what is said of it."""
    match value:
        case dict():
            return {name: _plain(each) for name, each in value.items() if name != "documentation"}
        case list():
            return [_plain(each) for each in value]
        case _:
            return value


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_has_its_declared_reads_as_botocore_has_them(service: str) -> None:
    whole, lean = BOTOCORE.get_service_model(service), LEAN.get_service_model(service)
    declared = {each.partition(".")[2] for each in PROVIDER.operations() if each.startswith(f"{service}.")}
    assert {xform_name(each) for each in lean.operation_names} == declared | set(OWN.get(service, ()))
    for part in ("operations", "shapes"):
        own, theirs = (model._service_description[part] for model in (lean, whole))
        assert {name: _plain(own[name]) for name in own} == {name: _plain(theirs[name]) for name in own}
    client = LEAN.create_client(service, "eu-west-2")
    assert all(hasattr(client, each) for each in declared)


@pytest.mark.parametrize("service", SERVICES)
def test_every_error_can_be_told(service: str) -> None:
    """Where an error comes, botocore looks through all shapes of the service for it."""
    errors = {shape.name for shape in LEAN.get_service_model(service).error_shapes}
    assert errors <= {shape.name for shape in BOTOCORE.get_service_model(service).error_shapes}


def test_what_is_said_of_a_service_is_left_out() -> None:
    shapes = LEAN.get_service_model("ec2")._service_description["shapes"]
    assert "documentation" not in orjson.dumps(shapes).decode()


@pytest.mark.parametrize("service", ["sts", "sso", "sso-oidc"])
def test_a_service_that_gives_credentials_is_whole(service: str) -> None:
    assert LEAN.get_service_model(service).operation_names == BOTOCORE.get_service_model(service).operation_names


@pytest.mark.parametrize(("name", "packed"), [("a.json", bytes), ("a.json.gz", gzip.compress)])
def test_a_file_is_read_packed_or_not(name: str, packed: Any, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(packed(b'{"a": 1}'))
    models = Models(["s3.list_buckets"])
    assert models.exists(str(tmp_path / "a"))
    assert models.load_file(str(tmp_path / "a")) == {"a": 1}


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    models = Models([])
    assert not models.exists(str(tmp_path / "a"))
    assert models.load_file(str(tmp_path / "a")) is None
