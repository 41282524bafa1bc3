"""What is there, by account, type and place; and what could not be seen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from scanner import registry
from scanner.cli.inventory import Told, named
from scanner.cli.main import run
from scanner.collect.identity import Identity
from scanner.collect.model import Account, CredentialError
from tests.scanner.cli.conftest import Shop, box

THINGS = [
    box("a", env="prod"),
    box("b", copy="aws:eu-west-1"),
    box("c", copy="?"),
    box("d", place="aws:us-east-1"),
    box("e"),
    {"id": "s", "type": "shelf"},
    {"id": "j", "type": "jar"},
]


def test_the_table(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.things = THINGS
    assert run(["inventory", "--aws", "111111111111"]) == 0
    told = capsys.readouterr()
    assert told.out.split()[:6] == ["CLOUD", "ACCOUNT", "TYPE", "PLACE", "COPIES", "COUNT"]
    rows = [" ".join(line.split()) for line in told.out.splitlines()[1:]]
    assert rows == [
        "aws 111111111111 aws.box aws:eu-west-2 aws:eu-west-1 1",
        "aws 111111111111 aws.box aws:eu-west-2 none 2",
        "aws 111111111111 aws.box aws:eu-west-2 unknown 1",
        "aws 111111111111 aws.box aws:us-east-1 none 1",
        "aws 111111111111 aws.shelf north (region) unknown 1",
        "aws 111111111111 jar (not modelled) unknown unknown 1",
    ]
    assert "7 resources, 6 of them data, in 1 account." in told.err


def test_the_whole_list(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.things = THINGS
    assert run(["inventory", "--aws", "111111111111", "--json", "--quiet"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    body = json.loads(told.out)
    found = {each["id"]: each for each in body["resources"]}
    assert found["a"] == {
        "id": "a",
        "provider": "aws",
        "account": "111111111111",
        "type": "aws.box",
        "kind": "data",
        "modelled": True,
        "region": "north",
        "name": "a",
        "homes": ["aws:eu-west-2"],
        "copies": [],
        "tags": {"env": "prod"},
        "unknown": {},
        "inapplicable": [],
    }
    assert found["b"]["copies"] == [{"kind": "replica", "place": "aws:eu-west-1", "ref": ""}]
    assert found["c"]["unknown"] == {"copies": ["copies are not read"]}
    assert found["s"]["inapplicable"] == ["tags"]
    assert found["j"]["unknown"]["homes"] == ["the type is not modelled"]
    assert [each["id"] for each in body["accounts"]] == ["111111111111"]
    assert body["gaps"] == []


def test_what_could_not_be_seen_is_told_and_once(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.refused = True
    shop.accounts = (
        Account("aws", "111111111111", regions=("north", "south")),
        Account("aws", "2", regions=("north",)),
    )
    assert run(["inventory", "--aws", "111111111111"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "0 resources, 0 of them data, in 2 accounts.",
        "not seen: aws 111111111111 2 regions: things.list: AccessDenied",
        "not seen: aws 2 north: things.list: AccessDenied",
    ]


POLICY = """version: 1
name: first
scope: {aws: {accounts: ["222222222222"]}}
promises: [{id: where, says: Here., check: residency.places, with: {places: [EEA]}}]
"""


def test_the_scope_of_a_policy(shop: Shop, tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "asdeclared.yaml").write_text(POLICY)
    (tmp_path / "other.yaml").write_text(POLICY.replace("222222222222", "333333333333"))
    assert run(["inventory"]) == 0
    assert run(["inventory", "other.yaml"]) == 0
    assert run(["inventory", "--aws", "444444444444", "--aws-role", "reader"]) == 0
    assert shop.scopes == [
        {"accounts": ["222222222222"]},
        {"accounts": ["333333333333"]},
        {"accounts": ["444444444444"], "role": "reader"},
    ]
    assert "not seen: aws 222222222222: scan: the policy expects it" in capsys.readouterr().err


def test_without_a_policy_the_credential_suggests(shop: Shop) -> None:
    assert run(["inventory"]) == 0
    assert shop.scopes == [{"accounts": ["111111111111"]}]


@pytest.mark.parametrize(
    ("identity", "why"),
    [
        (CredentialError("log in"), "aws: log in"),
        (ImportError("no", name="xsdk"), "aws: xsdk is not installed"),
        (Identity("a file"), "aws: the credential names no account"),
    ],
)
def test_nothing_to_look_at(
    shop: Shop, identity: Identity | Exception, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.identity = identity
    assert run(["inventory"]) == 4
    said = capsys.readouterr().err
    assert why in said
    assert "--aws" in said


def test_a_provider_that_cannot_tell(shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    from tests.scanner.collect.conftest import Cloud

    assert shop
    monkeypatch.setattr(registry, "providers", lambda: {"x": Cloud((), {})})
    assert run(["inventory"]) == 4
    assert "x: it does not tell" in capsys.readouterr().err


def test_nothing_reached(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.accounts = ()
    assert run(["inventory"]) == 4
    assert "no account was reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["absent.yaml"], "absent.yaml"),
        (["asdeclared.yaml", "--aws", "111111111111"], "either a policy or accounts"),
        (["--aws", "nonsense"], "12 digits"),
    ],
)
def test_mistakes(
    shop: Shop, tmp_path: Any, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop
    (tmp_path / "asdeclared.yaml").write_text(POLICY)
    assert run(["inventory", *arguments]) == 3
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("told", "values", "short"),
    [
        (Told(("a",)), ("b", "a", "b"), "a, b"),
        (Told(("a",), ("why",)), ("a",), "a, unknown"),
        (Told((), ("why",)), (), "unknown"),
        (Told(), (), "none"),
        (Told(applies=False), (), "n/a"),
    ],
)
def test_unknown_is_never_none(told: Told, values: tuple[str, ...], short: str) -> None:
    assert told.short(values) == short


def test_scopes_of_accounts() -> None:
    assert named((), (), ()) == {}
    assert named(("1",), ("2",), ("3",), "r") == {
        "aws": {"accounts": ["1"], "role": "r"},
        "azure": {"subscriptions": ["2"]},
        "gcp": {"projects": ["3"]},
    }


def test_names_of_a_cloud_are_harmless(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.things = [{"id": "\x1b[2J", "type": "\x1b[31mjar"}]
    shop.accounts = (Account("aws", "1\x1b[2J", regions=("north",)),)
    assert run(["inventory"]) == 0
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
