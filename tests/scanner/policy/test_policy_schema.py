"""The JSON Schema for editors agrees with the loader on what it can see."""

# ruff: noqa: E501 - a case on a line of its own reads as a table

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from checks.check import Check
from scanner.policy import Policy, PolicyError, schema
from scanner.policy.source import read

Make = Callable[..., Policy]
HEAD = "version: 1\nname: x\nscope: {aws: {}, acme: {}}\nenvironments: {prod: {acme: [a]}}\n"


@pytest.fixture
def found(checks: dict[str, Check], types: tuple[str, ...]) -> dict[str, Any]:
    return schema(checks, types, ["aws", "acme"])


def test_it_is_a_schema_of_its_draft(found: dict[str, Any]) -> None:
    assert found["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(found)


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("promises: [{id: a, says: A., check: separation}]", True),
        ("promises: [{id: a, says: A., check: separation, with: {}}]", True),
        ("promises: [{id: a, says: A., check: separation, with: {x: 1}}]", False),
        ("promises: [{id: a, says: A., check: seperation}]", False),
        ("promises: [{id: a, says: A., check: separation, x: 1}]", False),
        ("promises: [{id: A, says: A., check: separation}]", False),
        ("promises: [{id: a, check: separation}]", False),
        ("promises: []", False),
        ("promises: [{id: a, says: A., check: residency.places, with: {places: [GB, country:GB, EEA, azure:uksouth]}}]", True),
        ("promises: [{id: a, says: A., check: residency.places, with: {places: [UK south]}}]", False),
        ("promises: [{id: a, says: A., check: residency.places, with: {exactly: 1 day}}]", False),
        ("promises: [{id: a, says: A., check: backup.retention, with: {exactly: 35 days}}]", True),
        ("promises: [{id: a, says: A., check: backup.retention, with: {at_least: forever}}]", True),
        ("promises: [{id: a, says: A., check: backup.retention, with: {exactly: 35}}]", False),
        ("promises: [{id: a, says: A., check: tenancy, with: {owner: low, part: {places: [GB]}}}]", True),
        ("promises: [{id: a, says: A., check: tenancy, with: {owner: lwo}}]", False),
        ("promises: [{id: a, says: A., check: tenancy, with: {owner: low, part: {plcs: [GB]}}}]", False),
        ("promises: [{id: a, says: A., check: tenancy}]", False),
        ("promises: [{id: a, says: A., check: separation, severity: low}]", True),
        ("promises: [{id: a, says: A., check: separation, severity: lwo}]", False),
        ("promises: [{id: a, says: A., check: separation, applies_to: {types: [aws.s3.bucket, 'aws.*'], providers: [acme]}}]", True),
        ("promises: [{id: a, says: A., check: separation, applies_to: {types: [aws.s3.buckt]}}]", False),
        ("promises: [{id: a, says: A., check: separation, applies_to: {providers: [gpc]}}]", False),
        ("promises: [{id: a, says: A., check: separation}]\nexceptions: [{promise: a, resource: r, condition: c, owner: o, reason: r, expires: 2027-01-31}]", True),
        ("promises: [{id: a, says: A., check: separation}]\nexceptions: [{promise: a, resource: r, condition: c, owner: o, reason: r}]", False),
        ("promises: [{id: a, says: A., check: separation}]\ntenants: {tag: t}", True),
        ("promises: [{id: a, says: A., check: separation}]\ntenant: {tag: t}", False),
    ],
)  # fmt: skip
def test_it_agrees_with_the_loader(make: Make, found: dict[str, Any], text: str, valid: bool) -> None:
    root, _ = read(HEAD + text, "p.yaml")
    assert Draft202012Validator(found).is_valid(root.plain()) is valid
    if valid:
        make(text, HEAD)
    else:
        with pytest.raises(PolicyError):
            make(text, HEAD)


@pytest.mark.parametrize(
    ("head", "valid"),
    [
        ("scope: {aws: {accounts: ['111111111111']}}", True),
        ("scope: {aws: {accounts: ['1']}}", False),
        ("scope: {aws: }", False),
        ("scope: {azur: {}}", False),
        ("scope: {acme: {x: 1}}", True),
        ("scope: {acme: [x]}", False),
        ("scope: {}\nenvironments: {prod: {acme: [x]}}", True),
        ("scope: {}\nenvironments: {prod: {acmee: [x]}}", False),
        ("scope: {}\nenvironments: {prod: {acme: x}}", False),
    ],
)
def test_scopes_and_plugins(make: Make, found: dict[str, Any], head: str, valid: bool) -> None:
    text = f"version: 1\nname: x\n{head}\npromises: [{{id: a, says: A., check: separation}}]\n"
    root, _ = read(text, "p.yaml")
    assert Draft202012Validator(found).is_valid(root.plain()) is valid
    if valid:
        make("", text)
    else:
        with pytest.raises(PolicyError):
            make("", text)


def test_it_describes_what_an_editor_shows(found: dict[str, Any], checks: dict[str, Check]) -> None:
    parts = found["$defs"]
    named = {each["const"]: each["description"] for each in parts["Promise"]["properties"]["check"]["anyOf"]}
    assert named == {name: check.doc for name, check in checks.items()}
    assert parts["with.residency.places"]["description"] == "The places where data may be."
    assert parts["Scope"]["properties"]["aws"]["$ref"] == "#/$defs/AwsScope"
    assert parts["AwsScope"]["properties"]["role"]["description"]
    undescribed = [
        f"{name}.{key}"
        for name, part in parts.items()
        if not name.startswith("with.")
        for key, value in part.get("properties", {}).items()
        if not ({"description", "$ref"} & set(value)) and key != "acme"
    ]
    assert undescribed == []


def test_without_checks_no_promise_is_valid() -> None:
    found = schema({}, ())
    Draft202012Validator.check_schema(found)
    promise = {"id": "a", "says": "A.", "check": "separation"}
    assert not Draft202012Validator(found).is_valid({"version": 1, "name": "x", "scope": {}, "promises": [promise]})
