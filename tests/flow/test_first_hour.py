"""The first hour of a user: doctor, inventory and init against the simulated clouds, by the vendors' real clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.cli.main import run
from scanner.demo.clouds import POLICY, Endpoints, pointed_at, simulated


@pytest.fixture(scope="module")
def clouds() -> Iterator[Endpoints]:
    """The clouds of the second week, with the AWS client of this process pointed at them."""
    with simulated(1) as listening:
        endpoints = listening()
        with pointed_at(endpoints):
            yield endpoints


@pytest.fixture
def options(clouds: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    return ["--azure-endpoint", clouds.azure, "--gcp-endpoint", clouds.gcp]


def test_doctor(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", str(POLICY), *options, "--json"]) == 2
    lines = json.loads(capsys.readouterr().out)
    told = {(line["status"], line["about"], line["says"]) for line in lines}
    for cloud in ("aws", "azure", "gcp"):
        assert (
            "ok",
            f"{cloud} credential",
            "found by nobody: the endpoint is on this machine, and gets a dummy",
        ) in told
    assert ("ok", "azure clock", "within 60 seconds of the vendor's") in told
    assert ("problem", "aws permissions", "rds.describe_db_snapshots is refused in 222222222222") in told
    assert {says for status, about, says in told if about == "gcp accounts"} == {
        "1 reached (organizations/123456789012)"
    }
    assert ("ok", "gcp permissions", "1 of 1 calls answered") in told
    (grant,) = {line["do"] for line in lines if line["says"].startswith("rds.describe_db_snapshots is refused")}
    assert "rds:DescribeDBSnapshots" in grant


def test_inventory(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    azure = "00000000-0000-0000-0000-000000000001"
    assert run(["inventory", "--azure", azure, "--gcp", "acme-prod", *options, "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert {each["account"] for each in body["resources"]} == {azure, "acme-prod"}
    found = {each["name"]: each for each in body["resources"]}
    store = found["exampleprodinvoices"]
    assert store["homes"] == ["azure:uksouth"]
    assert store["copies"] == [{"kind": "geo-pair", "place": "azure:ukwest", "ref": ""}]
    assert store["tags"]["env"] == "production"


def test_init_writes_a_policy_that_scans(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    accounts = [f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2)]
    named = [word for account in accounts for word in ("--azure", account)]
    assert run(["init", *named, "--gcp", "acme-prod", *options]) == 0
    text = (tmp_path / "asdeclared.yaml").read_text()
    assert 'production: {tags: {"env": ["production"]}}' in text
    assert f'"{accounts[0]}"   # example-production' in text
    assert "azure:uksouth" in text
    assert run(["policy", "check"]) == 0
    capsys.readouterr()
    assert run(["scan", *options, "--json", "--no-history"]) == 1
    told = capsys.readouterr()
    document = json.loads(told.out)
    assert document["verdict"] == "broken"
    assert "Broken first of all" in told.err
    assert "asdeclared show" not in told.err
