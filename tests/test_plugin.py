"""The plugin under examples/ is installed as its own package, and works by its entry points alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent.parent / "examples" / "plugin"
POLICY = """
version: 1
name: tapes
organisation: Example SaaS Ltd
scope:
  shelf: {files: {vault: vault.json, cellar: cellar.json}}
promises:
  - {id: one-home, says: "Every tape has one home.", check: residency.one-home}
  - {id: in-gb, says: "Tapes are in Great Britain.", check: residency.places, with: {places: [GB]}}
  - {id: encrypted, says: "Tapes are encrypted.", check: encryption.at-rest}
"""
TAPES = {
    "tapes": [
        {"label": "t1", "place": "country:GB", "encrypted": True, "cipher": "AES-256"},
        {"label": "t2", "place": "country:US", "encrypted": True},
    ]
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where pip put the plugin, without its dependencies, which are here already."""
    target = tmp_path_factory.mktemp("plugin")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", str(target), str(PLUGIN)], check=True)  # noqa: S603 - our own interpreter
    return target


def asdeclared(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from scanner.cli.main import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_provider_a_check_and_a_report_come_by_entry_points(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "asdeclared.yaml").write_text(POLICY)
    (tmp_path / "vault.json").write_text(json.dumps(TAPES))
    formats = [word for name in ("html", "json", "markdown") for word in ("--format", name)]
    done = asdeclared(installed, tmp_path, "scan", "--at", "2026-11-02", *formats)
    assert done.returncode == 1, done.stderr
    out = tmp_path / "asdeclared-report"
    document = json.loads((out / "report.json").read_text())
    assert {each["id"]: each["verdict"] for each in document["promises"]} == {
        "one-home": "unproven",
        "in-gb": "broken",
        "encrypted": "unproven",
    }
    assert [(gap["account"], gap["reason"]) for gap in document["coverage"]["gaps"]] == [("cellar", "unreached")]
    assert "| broken |" in (out / "report.md").read_text()
    assert (out / "report.html").exists()


def test_the_check_explains_itself(installed: Path, tmp_path: Path) -> None:
    assert "Data has one home" in asdeclared(installed, tmp_path, "checks", "residency.one-home").stdout


def test_without_the_plugin_nobody_knows_of_it(tmp_path: Path) -> None:
    (tmp_path / "asdeclared.yaml").write_text(POLICY)
    done = asdeclared(tmp_path, tmp_path, "scan")
    assert done.returncode == 3
    assert "asdeclared.yaml:6:" in done.stderr
