"""A pack of the simulated estate: written from a history, and verified where no cloud SDK is installed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from scanner import registry
from scanner.cli import main
from scanner.cli.main import AS_DECLARED, BROKEN, FAILED, UNPROVEN, USAGE
from scanner.cli.scan import commit
from scanner.history import open_history
from scanner.pack.replay import replay
from scanner.scan import scan
from tests.flow.conftest import Flow
from tests.scanner.pack.authority import running

WITHOUT_SDKS = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"boto3", "botocore", "azure", "google", "moto", "requests"}:
            raise ModuleNotFoundError(f"not installed: {name}", name=name)
sys.meta_path.insert(0, Refuse())
import socket
def refuse(*_): raise OSError("no network")
socket.socket.connect = refuse
from scanner.cli.main import main
main(sys.argv[1:])
"""


@pytest.fixture(scope="module")
def folder(flow: Flow, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of both weeks, a key, and a signed pack of each."""
    folder = tmp_path_factory.mktemp("packs")
    for week in (0, 1):
        commit(
            open_history(str(folder / "history.db")), flow.policy.name, scan(flow.request(flow.recordings[week], week))
        )
    assert run("key", "new", str(folder / "key.pem")).exit_code == AS_DECLARED
    for week in (1, 2):
        made = packed(folder, str(week), "--sign", str(folder / "key.pem"), "--out", str(folder / f"{week}.zip"))
        assert made.exit_code == AS_DECLARED, made.stderr
        assert made.stdout.endswith(f"  {folder / f'{week}.zip'}\n")
    return folder


@dataclass(frozen=True)
class Result:
    exit_code: int
    stdout: str
    stderr: str


def run(*arguments: str) -> Result:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main.run(arguments)
    return Result(code, out.getvalue(), err.getvalue())


def packed(folder: Path, *arguments: str) -> Result:
    return run("pack", *arguments, "--history", str(folder / "history.db"))


def key(folder: Path) -> tuple[str, str]:
    return "--key", str(folder / "key.pem.pub")


@pytest.mark.parametrize("week", [0, 1])
def test_every_fact_and_verdict_follows_from_what_was_collected(flow: Flow, week: int) -> None:
    live = flow.live[week]
    again = replay(live, registry.providers(), registry.checks())
    assert again.header == live.header
    assert again.after("").digest == live.digest


def test_both_packs_are_verified_without_a_cloud_sdk_and_a_network(folder: Path) -> None:
    arguments = ["verify", str(folder / "1.zip"), str(folder / "2.zip"), *key(folder), "--json"]
    done = subprocess.run([sys.executable, "-c", WITHOUT_SDKS, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    assert done.returncode == AS_DECLARED, done.stderr
    told = json.loads(done.stdout)
    assert [each["outcome"] for each in told] == ["verified", "verified"]
    assert [each["signature"] for each in told] == ["good", "good"]
    assert told[1]["previous"] == told[0]["run"]
    assert told[1]["replayed"]["verdicts"] > 300
    assert "derived again from the packs of both" in told[1]["paragraph"]


def test_a_pack_that_was_changed_is_refused(folder: Path, tmp_path: Path) -> None:
    data = (folder / "2.zip").read_bytes()
    middle = len(data) // 2
    (tmp_path / "bad.zip").write_bytes(data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :])
    made = run("verify", str(tmp_path / "bad.zip"), *key(folder))
    assert made.exit_code == BROKEN
    assert "NOT as it was written" in made.stdout
    refused = run("statement", str(tmp_path / "bad.zip"), *key(folder))
    assert (refused.exit_code, refused.stdout) == (BROKEN, "")
    assert "NOT as it was written" in refused.stderr


def test_a_file_that_is_no_pack_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "p.zip").write_bytes(b"not a zip")
    made = run("verify", str(tmp_path / "p.zip"))
    assert made.exit_code == BROKEN
    assert "is not a pack, or is damaged" in made.stderr
    assert run("verify", str(folder / "2.zip"), "--key", str(folder / "history.db")).exit_code == USAGE
    assert run("verify", str(folder / "2.zip"), "--identity", "somebody").exit_code == USAGE


def test_a_seal_that_nobody_can_check_is_not_enough(folder: Path) -> None:
    assert run("verify", str(folder / "2.zip")).exit_code == UNPROVEN
    assert run("verify", str(folder / "2.zip"), "--any-signer").exit_code == AS_DECLARED
    assert run("statement", str(folder / "2.zip")).exit_code == UNPROVEN


def test_the_statement_is_made_from_a_verified_pack(folder: Path, tmp_path: Path) -> None:
    made = run("statement", str(folder / "2.zip"), *key(folder))
    assert made.exit_code == AS_DECLARED
    assert made.stdout.startswith("# Statement of verification: Example SaaS Ltd")
    out = tmp_path / "statement.json"
    assert run("statement", str(folder / "2.zip"), *key(folder), "--format", "json", "--out", str(out)).exit_code == 0
    told = json.loads(out.read_bytes())
    assert told["verified"]["signed_by"]
    assert {each["verdict"] for each in told["sentences"] if each["publish"]} == {"kept"}


def test_a_pack_is_stamped_and_the_stamp_is_checked(folder: Path, tmp_path: Path) -> None:
    out, root = tmp_path / "stamped.zip", tmp_path / "root.pem"
    with running(tmp_path, ec.generate_private_key(ec.SECP256R1())) as authority:
        assert packed(folder, "2", "--timestamp", authority.url, "--out", str(out)).exit_code == AS_DECLARED
        root.write_bytes(authority.root)
    made = run("verify", str(out), "--timestamp-root", str(root))
    assert made.exit_code == AS_DECLARED
    assert "UTC at the latest, by the time stamp of" in " ".join(made.stdout.split())
    assert run("verify", str(out)).exit_code == UNPROVEN
    assert run("verify", str(folder / "2.zip"), *key(folder), "--timestamp-root", str(root)).exit_code == BROKEN
    refused = packed(folder, "2", "--timestamp", "http://127.0.0.1:1/", "--out", str(tmp_path / "not.zip"))
    assert refused.exit_code == FAILED
    assert "127.0.0.1:1" in refused.stderr


def test_what_cannot_be_packed_is_said(folder: Path, tmp_path: Path) -> None:
    assert packed(folder, "99").exit_code == FAILED
    made = packed(folder, "1", "--sign", str(tmp_path / "no-key.pem"), "--out", str(tmp_path / "p.zip"))
    assert made.exit_code == FAILED
    assert "no-key.pem" in made.stderr
    assert list(tmp_path.iterdir()) == []
    made = packed(folder, "1", "--out", str(folder / "history.db" / "p.zip"))
    assert made.exit_code == FAILED


def test_the_name_of_a_pack_tells_policy_and_number(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert packed(folder, "2").exit_code == AS_DECLARED
    assert [each.name for each in tmp_path.iterdir()] == ["example-saas-2.asdeclared.zip"]
    assert (tmp_path / "example-saas-2.asdeclared.zip").stat().st_mode & 0o077 == 0


def test_only_a_file_is_replaced(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for out in (tmp_path, tmp_path / "pipe"):
        made = packed(folder, "--out", str(out))
        assert (made.exit_code, "--out" in made.stderr) == (USAGE, True)
    assert (tmp_path / "pipe").is_fifo()
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


def test_a_name_that_is_no_text_is_told_in_json(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "\udcff.zip"
    assert packed(folder, "1", "--out", str(path)).exit_code == AS_DECLARED
    made = run("verify", str(path), "--json")
    assert made.exit_code == AS_DECLARED
    assert json.loads(made.stdout)[0]["pack"] == "\\udcff.zip"


def test_a_time_that_nothing_proves_is_left_out(folder: Path, tmp_path: Path) -> None:
    out, root = tmp_path / "stamped.zip", tmp_path / "root.pem"
    with running(tmp_path, ec.generate_private_key(ec.SECP256R1())) as authority:
        assert packed(folder, "2", "--timestamp", authority.url, "--out", str(out)).exit_code == AS_DECLARED
        root.write_bytes(authority.root)
    for proof, told in (("--any-signer", False), (f"--timestamp-root={root}", True)):
        assert bool(json.loads(run("verify", str(out), proof, "--json").stdout)[0]["timestamp"]) is told
