"""The reader's role in every language, each read by a tool of that language."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import hcl2
import pytest
from cfnlint.api import lint
from hypothesis import given
from hypothesis import strategies as st

from scanner import registry
from scanner.cli.main import run
from scanner.cli.permissions import whole
from scanner.collect.roles import hcl, sh
from scanner.providers.aws import roles as aws
from scanner.providers.azure import roles as azure
from scanner.providers.gcp import roles as gcp

POLICY = """version: 1
name: first
scope:
  aws: {accounts: ["111111111111"], role: readers/asdeclared, external_id: "a,b=c"}
  azure: {subscriptions: [00000000-0000-0000-0000-000000000001], management_groups: [all]}
promises:
  - {id: where, says: Here., check: residency.places, with: {places: [EEA]}, applies_to: {types: [aws.s3.bucket]}}
"""
READS = ("s3:ListAllMyBuckets", "s3:GetBucketLocation", "s3:GetReplicationConfiguration")
WRITES = ("Put", "Create", "Delete", "Update", "/write", "/action", "setIamPolicy")


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "policy.yaml"
    path.write_text(POLICY)
    return path


def printed(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    assert run(["permissions", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def parsed(text: str) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The resources of Terraform: type, label and body."""
    loaded: Any = hcl2.loads(text)
    for block in loaded.get("resource", []):
        for kind, bodies in block.items():
            for label, body in bodies.items():
                yield kind.strip('"'), label.strip('"'), body


def texts(values: list[str]) -> list[str]:
    return [value.strip('"') for value in values]


def commands(text: str) -> list[list[str]]:
    """The commands of a script that a shell accepts."""
    subprocess.run(["bash", "-n"], input=text, text=True, check=True)  # noqa: S607 - any bash will do
    return [shlex.split(line) for line in text.splitlines()]


def test_json_is_the_default(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    role = json.loads(printed(capsys, "aws", policy))
    actions = {action for statement in role["Statement"] for action in statement["Action"]}
    assert actions >= set(READS)
    assert "s3:GetEncryptionConfiguration" not in actions


def test_cloudformation(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "aws", policy, "--as", "cloudformation")
    assert lint(text) == []
    made = json.loads(text)
    (reads,) = (each for each in made["Resources"].values() if each["Type"] == "AWS::IAM::ManagedPolicy")
    actions = {each for part in reads["Properties"]["PolicyDocument"]["Statement"] for each in part["Action"]}
    assert actions >= set(READS)
    reader = made["Resources"]["Reader"]["Properties"]
    assert (made["Parameters"]["RoleName"]["Default"], reader["Path"]) == ("asdeclared", "/readers/")
    assert made["Parameters"]["ExternalId"]["Default"] == "a,b=c"
    assert reader["ManagedPolicyArns"] == [{"Ref": "Reads1"}]


def test_terraform_of_aws(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "aws", policy, "--as", "terraform")
    found = {(kind, label): body for kind, label, body in parsed(text)}
    role = found["aws_iam_role", "reader"]
    assert texts([role["name"], role["path"]]) == ["asdeclared", "/readers/"]
    assert ("aws_iam_role_policy_attachment", "reads_1") in found
    assert '"s3:ListAllMyBuckets",' in text


def test_commands_of_aws(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    strict, asked, create, made, attach = commands(printed(capsys, "aws", policy, "--as", "aws"))
    assert (strict, asked[0]) == (["set", "-eu"], ":")
    trust = json.loads(create[-1])
    assert trust["Statement"][0]["Principal"] == {"AWS": "$PRINCIPAL"}
    assert trust["Statement"][0]["Condition"] == {"StringEquals": {"sts:ExternalId": "a,b=c"}}
    assert create[:5] == ["aws", "iam", "create-role", "--role-name", "asdeclared"]
    assert "asdeclared-1" in made
    assert attach[-1] == "$ARN"


def test_the_principal_is_filled_in_by_the_shell(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = printed(capsys, "aws", policy, "--as", "aws").splitlines()[2]
    script = f"aws() {{ printf '%s' \"${{@: -1}}\"; }}\n{line}"
    environment = {"PRINCIPAL": "arn:aws:iam::222222222222:role/scanner"}
    done = subprocess.run(  # noqa: S603 - our own script
        ["bash", "-c", script],  # noqa: S607 - any bash will do
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout)["Statement"][0]["Principal"] == {"AWS": environment["PRINCIPAL"]}


SCOPES = (
    "/subscriptions/00000000-0000-0000-0000-000000000001",
    "/providers/Microsoft.Management/managementGroups/all",
)


def test_terraform_of_azure(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "azure", policy, "--as", "terraform")
    found = {kind: body for kind, _, body in parsed(text)}
    (allowed,) = found["azurerm_role_definition"]["permissions"]
    assert "*/read" in texts(allowed["actions"])
    assert "azurerm_role_assignment" in found
    assert all(f'"{scope}",' in text for scope in SCOPES)


def test_commands_of_azure(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = commands(printed(capsys, "azure", policy, "--as", "az"))
    role = json.loads(lines[3][-1])
    assert role["AssignableScopes"] == list(SCOPES)
    assert role["Actions"][0] == "*/read"
    assert [line[-1] for line in lines[4:]] == list(SCOPES)


@pytest.mark.parametrize(
    ("scope", "held", "granted"),
    [
        ({"parents": ["organizations/1"]}, ["--organization=1"], ["organizations/1/roles/asdeclaredReader"]),
        ({"projects": ["acme-prod"]}, ["--project=acme-prod"], ["projects/acme-prod/roles/asdeclaredReader"]),
        (
            {"parents": ["folders/2", "organizations/1"]},
            ["--organization=1"],
            ["organizations/1/roles/asdeclaredReader"] * 2,
        ),
        (
            {"parents": ["folders/2"]},
            ["--organization=$ORGANIZATION"],
            ["organizations/$ORGANIZATION/roles/asdeclaredReader"],
        ),
        ({}, ["--organization=000000000000"], ["organizations/000000000000/roles/asdeclaredReader"]),
    ],
    ids=["organisation", "project", "folder and organisation", "folder alone", "nothing named"],
)
def test_google_cloud(scope: dict[str, list[str]], held: list[str], granted: list[str]) -> None:
    lines = commands(gcp.written("gcloud", {"cloudasset.assets.listResource"}, scope))
    assert [line[5] for line in lines if line[1:4] == ["iam", "roles", "create"]] == held
    roles = [word for line in lines for word in line if word.startswith("--role=")]
    assert roles == [f"--role={each}" for each in granted]
    assert ("ORGANIZATION" in str(lines[2])) is ("$ORGANIZATION" in held[0])

    found = list(parsed(gcp.written("terraform", {"cloudasset.assets.listResource"}, scope)))
    labels = {label for kind, label, _ in found if kind.endswith("_custom_role")}
    members = [body for kind, _, body in found if kind.endswith("_member")]
    assert len(labels) == len(held)
    assert len(members) == len(granted)
    assert all(any(f".{label}.id" in body["role"] for label in labels) for body in members)


@pytest.mark.parametrize(
    ("cloud", "form"),
    [(name, form) for name, each in sorted(registry.providers().items()) for form in ("json", *each.forms)],  # type: ignore[attr-defined]  # of the built-in ones
)
def test_every_form_for_every_type_only_reads(
    cloud: str, form: str, policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert policy
    text = printed(capsys, cloud, "--all-types", "--as", form)
    provider = registry.providers()[cloud]
    needed = [each for each in whole(provider) if not each.startswith("sts:")]
    assert needed
    assert all(each in text for each in needed)
    for write in WRITES:
        assert write not in text.replace("CreateVolumePermission", "").replace("/actionGroups/read", "")


def test_many_actions_are_dealt_out_to_several_policies() -> None:
    actions = [f"service{number:03}:DescribeSomethingRatherLong" for number in range(300)]
    lists = list(aws.parts(actions))
    assert len(lists) > 1
    assert [each for part in lists for each in part] == sorted(actions)
    assert all(len(json.dumps(aws.document(part), separators=(",", ":"))) <= 6144 for part in lists)
    made = json.loads(aws.written("cloudformation", actions, {}))
    assert made["Resources"]["Reader"]["Properties"]["ManagedPolicyArns"] == [
        {"Ref": f"Reads{number}"} for number in range(1, len(lists) + 1)
    ]
    kinds = [kind for kind, _, _ in parsed(aws.written("terraform", actions, {}))]
    assert kinds.count("aws_iam_policy") == len(lists)


def test_the_whole_of_aws_is_a_good_template() -> None:
    provider = registry.providers()["aws"]
    assert lint(provider.role_as("cloudformation", whole(provider), {})) == []  # type: ignore[attr-defined]  # it has


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_texts_are_quoted(text: str) -> None:
    assert shlex.split(sh(text)) == [text]
    quoted = hcl(text)
    assert json.loads(quoted.replace("$${", "${").replace("%%{", "%{")) == text.replace("$${", "${").replace(
        "%%{", "%{"
    )


@pytest.mark.parametrize(("text", "quoted"), [("${var.x}", '"$${var.x}"'), ("%{if}", '"%%{if}"'), ('"', '"\\""')])
def test_nothing_is_interpolated(text: str, quoted: str) -> None:
    assert hcl(text) == quoted


def test_a_scope_that_names_nothing_is_to_be_filled_in() -> None:
    assert azure.scopes({}) == ("/subscriptions/00000000-0000-0000-0000-000000000000",)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["moon", "policy.yaml"], "no provider 'moon'"),
        (["gcp", "policy.yaml"], "does not name gcp"),
        (["aws", "policy.yaml", "--as", "az"], "aws has no form 'az'; known: json, cloudformation, terraform, aws"),
        (["aws", "absent.yaml"], "absent.yaml"),
    ],
)
def test_mistakes(policy: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert policy
    assert run(["permissions", *arguments]) == 3
    assert told in capsys.readouterr().err


def test_which_policy_it_is_for_is_told(policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["permissions", "aws"]) == 0
    every = capsys.readouterr()
    assert "every type that is modelled" in every.err
    policy.rename("asdeclared.yaml")
    assert run(["permissions", "aws"]) == 0
    some = capsys.readouterr()
    assert "asdeclared.yaml" in some.err
    assert len(some.out) < len(every.out)
