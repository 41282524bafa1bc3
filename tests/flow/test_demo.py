"""The demo's clouds, served, and a scanner in another process that is pointed at them as the demo says."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

MAIN = [sys.executable, "-c", "from scanner.cli.main import main; main()"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[list[str]]:
    """What `demo --serve` prints, while it serves."""
    command = [*MAIN, "demo", "--serve", "--out", str(tmp_path / "demo")]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.strip())
            if "Ctrl-C" in line:
                break
        yield lines
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0


def test_any_client_can_be_pointed_at_the_served_clouds(served: list[str], tmp_path: Path) -> None:
    exports = dict(line.removeprefix("export ").split("=", 1) for line in served if line.startswith("export "))
    (scan,) = (shlex.split(line)[1:] for line in served if line.startswith("asdeclared scan"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    more = ["--at", "2026-11-09T06:00:00Z", "--out", str(tmp_path / "out"), "--history", str(tmp_path / "history.db")]
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [*MAIN, *scan, *more], env=environment | exports, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    document = json.loads((tmp_path / "out" / "report.json").read_bytes())
    reached = {(each["provider"], each["id"]) for each in document["coverage"]["accounts"] if each["reached"]}
    assert reached >= {("aws", "111111111111"), ("aws", "222222222222")}
    assert {provider for provider, _ in reached} == {"aws", "azure", "gcp"}
    verdicts = {each["verdict"] for each in document["promises"]}
    assert verdicts == {"kept", "broken", "unproven", "empty"}
    found = {each["verdict"] for each in document["findings"]}
    assert found == {"pass", "fail", "unknown", "excepted", "not_applicable"}
