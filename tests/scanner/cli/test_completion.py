"""Completion: scripts that shells accept, and words that are found without loading much."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from scanner import registry
from scanner.cli.main import COMMANDS, cli, run

POLICY = """version: 1
promises:
  - id: data-in-uk
    says: "id: no-promise"
  - {id: "sql-tls", says: x}
  -   id: 'sql-tde'
exceptions:
  - {promise: sql-tls}
"""


def completed(words: str, folder: Path) -> tuple[list[str], list[str]]:
    """What is offered for the last word, and which heavy modules were loaded for it."""
    code = (
        "import sys, atexit\nfrom scanner.cli.main import run\n"
        "atexit.register(lambda: print([n for n in ('boto3', 'botocore', 'azure', 'google', 'pydantic')"
        " if n in sys.modules], file=sys.stderr))\nrun([])"
    )
    parts = words.split(" ")
    environment = {
        **os.environ,
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(parts) - 1),
        "_ASDECLARED_COMPLETE": "bash_complete",
    }
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], env=environment, cwd=folder, capture_output=True, text=True, check=True
    )
    loaded = done.stderr.strip().strip("[]").replace("'", "")
    return [line.partition(",")[2] for line in done.stdout.splitlines()], loaded.split(", ") if loaded else []


def inside(words: str) -> list[str]:
    """What is offered for the last word, in this process."""
    _, *before, last = words.split(" ")
    return [each.value for each in ShellComplete(cli, {}, "asdeclared", "").get_completions(before, last) if each.value]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_commands_load_nothing(tmp_path: Path) -> None:
    offered, loaded = completed("asdeclared ", tmp_path)
    assert set(offered) >= set(COMMANDS)
    assert loaded == []
    assert completed("asdeclared --ver", tmp_path) == (["--version"], [])


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("asdeclared insp", []),
        ("asdeclared inv", ["inventory"]),
        ("asdeclared scan --promise sql", ["sql-tls", "sql-tde"]),
        ("asdeclared scan other.yaml --promise ", ["elsewhere"]),
        ("asdeclared scan absent.yaml --promise da", ["data-in-uk"]),
        ("asdeclared scan --cloud a", ["aws", "azure"]),
        ("asdeclared scan --format js", ["json", "jsonl"]),
        ("asdeclared permissions g", ["gcp"]),
        ("asdeclared checks residency", ["residency.by-policy", "residency.places"]),
        ("asdeclared explain aws.s3.b", ["aws.s3.bucket"]),
        ("asdeclared explain residency", ["residency.by-policy", "residency.places"]),
        ("asdeclared completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_words(words: str, offered: list[str], folder: Path) -> None:
    (folder / "asdeclared.yaml").write_text(POLICY)
    (folder / "other.yaml").write_text("promises:\n- id: elsewhere\n")
    assert inside(words) == offered


def test_without_a_policy_nothing_is_offered(folder: Path) -> None:
    assert folder
    assert inside("asdeclared scan --promise ") == []


def test_a_promise_is_found_without_a_library_of_a_cloud(folder: Path) -> None:
    (folder / "asdeclared.yaml").write_text(POLICY)
    found, loaded = completed("asdeclared scan --promise sql-tl", folder)
    assert found == ["sql-tls"]
    assert not {"boto3", "botocore", "azure", "google"} & set(loaded)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_scripts(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert f"_ASDECLARED_COMPLETE={shell}_complete" in script
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)  # noqa: S607 - any bash will do


def test_a_shell_that_nobody_knows(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", "tcsh"]) == 3
    assert "'bash', 'zsh', 'fish'" in capsys.readouterr().err


def test_a_plugin_that_does_not_load_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    import click

    from scanner.cli import completion

    def broken() -> None:
        raise registry.PluginError("it cannot be loaded")

    monkeypatch.setattr(registry, "providers", broken)
    monkeypatch.setattr(registry, "checks", broken)
    assert completion.checks_and_types(click.Context(cli), click.Argument(["name"]), "") == []


def test_no_file_that_is_written_has_a_name_that_windows_refuses() -> None:
    for report in registry.reports().values():
        assert set(report.file).isdisjoint('<>:"/\\|?*')
        assert not report.file.endswith((".", " "))
        assert report.file.partition(".")[0].upper() not in {"CON", "PRN", "AUX", "NUL", "COM1", "LPT1"}
