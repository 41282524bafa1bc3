"""The command line as a user meets it: exit codes, messages, and files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from scanner.cli.main import COMMANDS, run
from tests.flow.conftest import Flow

SDKS = ("boto3", "botocore", "azure", "google", "moto", "sqlalchemy", "pydantic", "jinja2")


def asdeclared(*arguments: object) -> int:
    return run([str(each) for each in arguments])


@pytest.fixture
def scanned(flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a policy and the history of two scans."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "asdeclared.yaml").write_bytes(flow.policy_file.read_bytes())
    for recording in flow.recordings:
        assert asdeclared("scan", "--replay", recording, "--out", "out", "--quiet") == 1
    return tmp_path


def test_help_loads_no_sdk_and_no_library_that_it_does_not_need() -> None:
    code = (
        "import sys\nfrom scanner.cli.main import run\nrun(['--help'])\n"
        f"print([name for name in {SDKS!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    assert all(name in done.stdout for name in COMMANDS)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert asdeclared(name, "--help") == 0
    assert "Usage:" in capsys.readouterr().out


def test_a_scan_tells_the_promises_and_leaves_reports(
    flow: Flow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    code = asdeclared("scan", flow.policy_file, "--replay", flow.recordings[0], "--no-history", "--out", out)
    told = capsys.readouterr()
    assert code == 1
    assert told.out == ""
    assert "Example SaaS Ltd: broken." in told.err
    assert "Not examined: Example Hosting Ltd" in told.err
    assert json.loads((out / "report.json").read_bytes())["verdict"] == "broken"
    assert (out / "report.html").read_text().startswith("<!doctype html>")


def test_json_on_standard_output_is_the_report(flow: Flow, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("scan", flow.policy_file, "--replay", flow.recordings[0], "--no-history", "--out", tmp_path / "out")
    assert asdeclared(*arguments, "--json") == 1
    told = capsys.readouterr()
    assert told.out.encode() == (tmp_path / "out" / "report.json").read_bytes()
    assert "Broken first of all: data-in-uk (critical, " in told.err
    assert "asdeclared show" not in told.err
    assert asdeclared(*arguments, "--json", "--quiet") == 1
    assert capsys.readouterr() == (told.out, "")


def test_one_format_on_standard_output_writes_no_file(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ("scan", flow.policy_file, "--replay", flow.recordings[0], "--no-history", "--out", "-")
    assert asdeclared(*arguments, "--format", "html") == 1
    told = capsys.readouterr()
    assert told.out.startswith("<!doctype html>")
    assert "Reports:" not in told.err
    for wrong in ((), ("--format", "html", "--format", "json"), ("--format", "html", "--json")):
        assert asdeclared(*arguments, *wrong) == 3
    assert "--out - prints one report" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("partial", [(), ("--promise", "data-in-uk")], ids=["whole", "partial"])
def test_the_last_paragraph_names_a_command_that_works(
    scanned: Path, flow: Flow, partial: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert scanned
    capsys.readouterr()
    assert asdeclared("scan", "--replay", flow.recordings[1], "--out", "out", *partial) == 1
    said = " ".join(capsys.readouterr().err.split())
    (command,) = re.findall(r"Look at one: asdeclared (show [^-]+(?:--run \w+)?)", said)
    assert ("--run" in command) is bool(partial)
    assert asdeclared(*command.split()) == 0
    assert "FAIL  data-in-uk" in capsys.readouterr().out
    assert "calls" in said


def test_a_history_of_several_policies_needs_the_name(
    scanned: Path, flow: Flow, capsys: pytest.CaptureFixture[str]
) -> None:
    other = scanned / "other.yaml"
    other.write_text(flow.policy_file.read_text().replace("name: example-saas", "name: other"))
    capsys.readouterr()
    assert asdeclared("scan", other, "--replay", flow.recordings[1], "--out", "out", "--promise", "data-in-uk") == 1
    assert "--policy other --run" in " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize(
    ("finding", "told"), [("zzzz", "No finding of the run of 2026-11-09"), ("", "write more of the id")]
)
def test_show_tells_which_findings_there_are(
    scanned: Path, finding: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scanned
    assert asdeclared("show", finding) == 3
    assert told in capsys.readouterr().err


def test_one_promise_alone_makes_a_partial_run(flow: Flow, tmp_path: Path) -> None:
    arguments = ("scan", flow.policy_file, "--replay", flow.recordings[0], "--no-history", "--out", tmp_path)
    assert asdeclared(*arguments, "--promise", "test-data-adequate") == 0
    document = json.loads((tmp_path / "report.json").read_bytes())
    assert document["run"]["partial"] is True
    assert [each["id"] for each in document["promises"]] == ["test-data-adequate"]


def test_an_unproven_promise_exits_2_unless_allowed(flow: Flow, tmp_path: Path) -> None:
    arguments = ("scan", flow.policy_file, "--replay", flow.recordings[0], "--no-history", "--out", tmp_path)
    only = ("--promise", "nothing-public")
    assert asdeclared(*arguments, *only) == 2
    assert asdeclared(*arguments, *only, "--allow-unproven") == 0


def test_history_gives_runs_drift_reports_and_findings(scanned: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert asdeclared("runs", "--verify") == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 3
    assert "2026-11-02" in rows[1]
    assert "2026-11-09" in rows[2]

    assert asdeclared("drift") == 0
    assert "exampleprodexport" in capsys.readouterr().out
    assert asdeclared("drift", "latest", "latest") == 0
    assert capsys.readouterr().out == "Nothing changed.\n"
    assert asdeclared("drift", "--json") == 0
    changes = json.loads(capsys.readouterr().out)["changes"]
    assert changes

    assert asdeclared("report", "--format", "json") == 0
    stored = json.loads(capsys.readouterr().out)
    assert stored == json.loads((scanned / "out" / "report.json").read_bytes())

    failed = next(each for each in stored["findings"] if each["verdict"] == "fail" and each["evidence"])
    assert asdeclared("show", failed["id"]) == 0
    shown = capsys.readouterr().out
    assert failed["conditions"][0]["name"] in shown
    assert failed["evidence"][0]["fact"] in shown
    assert asdeclared("show", failed["id"], "--json") == 0
    assert json.loads(capsys.readouterr().out) == failed


def test_the_policy_commands(flow: Flow, capsys: pytest.CaptureFixture[str]) -> None:
    assert asdeclared("policy", "check", flow.policy_file, "--at", "2026-10-01") == 3
    told = capsys.readouterr().out
    assert "[crossed-bounds]" in told
    assert "[exception-expired]" not in told
    assert asdeclared("policy", "check", flow.policy_file, "--at", "2026-11-02") == 3
    assert "[exception-expired]" in capsys.readouterr().out
    assert asdeclared("policy", "schema") == 0
    assert json.loads(capsys.readouterr().out)["$schema"].startswith("https://json-schema.org/")


def test_a_contradiction_is_told_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    policy = tmp_path / "asdeclared.yaml"
    policy.write_text(
        """version: 1
name: uk
organisation: Example SaaS Ltd
scope: {azure: {subscriptions: [00000000-0000-0000-0000-000000000001]}}
promises:
  - {id: uk, says: All of it is in UK South., check: residency.places, with: {places: ["azure:uksouth"]}}
  - {id: eea, says: No data leaves the EEA., check: residency.places, with: {places: [EEA]}}
"""
    )
    assert asdeclared("policy", "check", policy, "--at", "2026-11-02") == 3
    told = capsys.readouterr().out
    assert f"{policy}:" in told
    assert "2031-12-27" in told


@pytest.mark.parametrize("cloud", ["aws", "azure", "gcp"])
def test_permissions_give_a_role_of_reads(flow: Flow, cloud: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert asdeclared("permissions", cloud, flow.policy_file) == 0
    role = capsys.readouterr().out
    assert role.strip()
    for write in ("Put", "Create", "Delete", "write", "Update", "setIamPolicy"):
        assert write not in role.replace("CreateVolumePermission", "")


def test_checks_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert asdeclared("checks") == 0
    assert "residency.places" in capsys.readouterr().out
    assert asdeclared("checks", "backup.retention") == 0
    explained = capsys.readouterr().out
    assert "at_most" in explained
    assert "Backup.plans" in explained


def test_init_writes_a_policy_that_loads_and_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "asdeclared.yaml"
    azure = "00000000-0000-0000-0000-000000000001"
    accounts = ("--offline", "--aws", "111111111111", "--azure", azure, "--gcp", "acme-prod")
    assert asdeclared("init", path, *accounts, "--organisation", 'Example: "SaaS" # Ltd') == 0
    assert asdeclared("policy", "check", path) == 0
    written = path.read_bytes()
    assert asdeclared("init", path, *accounts) == 3
    assert path.read_bytes() == written
    assert asdeclared("init", tmp_path / "other.yaml", "--offline", "--aws", "nonsense") == 3
    assert not (tmp_path / "other.yaml").exists()
    assert "other.yaml" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["scna"], 3, "Did you mean 'scan'"),
        (["scan", "absent.yaml"], 3, "absent.yaml"),
        (["scan", "--no-such-option"], 3, "--no-such-option"),
        (["scan", "bad.yaml"], 3, "bad.yaml:3:"),
        (["scan", "{policy}", "--at", "yesterday"], 3, "is not a time"),
        (["scan", "{policy}", "--promise", "nothing"], 3, "no promise 'nothing'"),
        (["scan", "{policy}", "--cloud", "moon"], 3, "no cloud 'moon'"),
        (["scan", "{policy}", "--format", "docx"], 3, "no format 'docx'"),
        (["scan", "{policy}", "--replay", "nowhere"], 3, "recording.json"),
        (["report", "77"], 4, "there is no history"),
        (["report", "--format", "docx"], 3, "docx"),
        (["show", "ffff"], 4, ""),
        (["checks", "nothing"], 3, "no check 'nothing'"),
        (["permissions", "moon", "{policy}"], 3, "no provider 'moon'"),
        (["runs", "--history", "bad.yaml"], 4, "bad.yaml"),
    ],
)
def test_what_a_user_did_wrong_is_a_message(
    flow: Flow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    code: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text("version: 1\nname: x\nsope: {}\n")
    assert asdeclared(*(each.format(policy=flow.policy_file) for each in arguments)) == code
    said = capsys.readouterr().err
    assert told in said
    assert "Traceback" not in said


def test_a_scan_that_reaches_nothing_exits_4(flow: Flow, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "recording.json").write_text('{"format": "asdeclared/recording/v1", "providers": {}}')
    (empty / "replies.jsonl").write_text("")
    assert asdeclared("scan", flow.policy_file, "--replay", empty, "--no-history", "--out", tmp_path) == 4
    assert "Error:" in capsys.readouterr().err
