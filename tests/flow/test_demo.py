"""The demo's clouds, served, and a scanner in another process that is pointed at them as the demo says."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from scanner import registry
from scanner.demo.clouds import DENIED, EARLIER, POLICY, SNAPSHOTS_HIDDEN, WEEKS, policy
from scanner.policy.contradictions import contradictions
from tests.flow.conftest import declared

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
        # Not SIGINT: a shell makes what it runs in the background deaf to that.
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(timeout=60) == 0
        finally:
            process.kill()


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


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The report of `asdeclared demo`: both weeks, and what changed between them."""
    out = tmp_path_factory.mktemp("demo")
    command = [*MAIN, "demo", "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own interpreter
    assert done.returncode == 0, done.stderr
    for name, week in (("asdeclared-week-before.yaml", 0), ("asdeclared.yaml", 1)):
        assert (out / name).read_bytes() == policy(week)
    document: dict[str, Any] = json.loads((out / "report.json").read_bytes())
    return document


VERDICTS = {
    "data-in-uk": "broken",
    "documents-in-uk-south": "broken",
    "customers-choose": "kept",
    "test-data-adequate": "kept",
    "development-adequate": "unproven",
    "encrypted-at-rest": "broken",
    "own-keys": "kept",
    "sql-tde": "broken",
    "https-only": "broken",
    "sql-tls": "kept",
    "sql-backups-35-days": "broken",
    "sql-backups-in-uk": "kept",
    "staging-backups": "kept",
    "snapshots-deleted": "empty",
    "logs-30-days": "kept",
    "logs-deleted": "broken",
    "audit-logs-a-year": "kept",
    "environments-apart": "broken",
    "networks-apart": "broken",
    "production-data-stays": "broken",
    "nothing-public": "unproven",
}
COUNTS = {
    "documents-in-uk-south": {"fail": 2, "pass": 3},
    "customers-choose": {"pass": 6},
    "test-data-adequate": {"pass": 4},
    "development-adequate": {"pass": 8, "unknown": 1},
    "own-keys": {"not_applicable": 2, "pass": 6},
    "sql-tde": {"excepted": 1, "fail": 1, "not_applicable": 5, "pass": 13},
    "sql-tls": {"pass": 20},
    "sql-backups-in-uk": {"not_applicable": 5, "pass": 15},
    "staging-backups": {"not_applicable": 1, "pass": 4},
    "snapshots-deleted": {},
    "logs-30-days": {"pass": 14},
    "logs-deleted": {"fail": 4, "pass": 10},
    "audit-logs-a-year": {"pass": 1},
    "nothing-public": {"pass": 19, "unknown": 1},
}
"""Of the promises that name types which every scanner has: what is modelled beside does not change them."""


def test_the_verdict_of_each_promise(scanned: dict[str, Any]) -> None:
    assert {each["id"]: each["verdict"] for each in scanned["promises"]} == VERDICTS
    assert {each["id"]: each["counts"] for each in scanned["promises"] if each["id"] in COUNTS} == COUNTS
    assert scanned["verdict"] == "broken"
    assert scanned["coverage"]["not_examined"] == ["Example Hosting Ltd"]
    found = {each["verdict"] for each in scanned["findings"]}
    assert found == {"pass", "fail", "unknown", "excepted", "not_applicable"}


def test_each_kind_of_check_about_data_has_a_promise(tmp_path: Path) -> None:
    (tmp_path / "asdeclared.yaml").write_bytes(POLICY.read_bytes())
    promises = declared(tmp_path / "asdeclared.yaml").promises
    # Who has access, and what holds for whole accounts, the demo does not promise.
    others = ("alerting.", "audit.", "detection.", "identity.", "third-parties.")
    beside = {"backup.orphans", "encryption.by-default", "exposure.blocked", "logs.flows", "separation.keys"}
    beside |= {"encryption.own-keys-by-policy", "residency.by-policy"}
    spoken = {name for name in registry.checks() if not name.startswith(others)} - beside
    assert {each.check.id for each in promises} == spoken
    assert all(each.source for each in promises)


def test_the_size_of_the_estate(scanned: dict[str, Any]) -> None:
    sizes: Counter[str] = Counter()
    for each in scanned["coverage"]["types"]:
        sizes[each["provider"]] += each["count"]
    # More types of AWS may be modelled than today; of the other two the estate tells all itself, but for modelled
    # configuration of which no promise speaks.
    assert sizes["aws"] >= 85
    assert (sizes["azure"], sizes["gcp"]) == (86, 65)
    # Google Cloud is read at its organisation.
    assert Counter(each["provider"] for each in scanned["coverage"]["accounts"] if each["reached"]) == {
        "aws": 4,
        "azure": 6,
        "gcp": 1,
    }


def changed(scanned: dict[str, Any], what: str, cause: str) -> list[tuple[str, Any, Any]]:
    changes = scanned["drift"]["changes"]
    return [(c["label"], c["before"], c["after"]) for c in changes if (c["what"], c["cause"]) == (what, cause)]


def test_each_cause_of_drift(scanned: dict[str, Any]) -> None:
    assert {each["cause"] for each in scanned["drift"]["changes"]} == {"resource", "policy", "visibility", "clock"}
    assert changed(scanned, "promise", "resource") == [("customers-choose", "unproven", "kept")]
    assert changed(scanned, "promise", "clock") == [("sql-tde", "kept", "broken")]
    assert changed(scanned, "finding", "clock") == [("sql-tde: rehearsal (azure.sql.database)", "excepted", "fail")]
    workspace = "logs-deleted: log-example-dedicated (azure.loganalytics.workspace)"
    assert changed(scanned, "finding", "policy") == [(workspace, "pass", "fail")]
    assert [label for label, _, _ in changed(scanned, "policy", "policy")] == [
        "policy example-saas",
        "promise logs-deleted",
    ]
    ((gap, before, after),) = changed(scanned, "gap", "visibility")
    assert gap == f"rds.describe_db_snapshots in aws/{SNAPSHOTS_HIDDEN}/eu-west-2: refused"
    assert (before, "aws.rds.snapshot" in after) == (None, True)
    ((hidden, _, _),) = changed(scanned, "resource", "visibility")
    assert hidden == "rds:customers-test-2026-11-02-02-00 (aws.rds.snapshot)"
    assert len(changed(scanned, "resource", "resource")) > 10


def test_the_policy_of_the_week_before_has_other_words_once() -> None:
    text = POLICY.read_text(encoding="utf-8")
    assert [text.count(now) for now in EARLIER] == [1]
    assert policy(1) == text.encode()
    assert b"at_most: 180 days" in policy(0)
    assert b"at_most: 90 days" not in policy(0)


def test_an_exception_of_each_state(scanned: dict[str, Any]) -> None:
    assert [(each["promise"], each["state"]) for each in scanned["exceptions"]] == [
        ("sql-tde", "used"),
        ("sql-tde", "expired"),
        ("logs-deleted", "expired"),
        ("sql-tls", "unused"),
    ]


def test_a_region_where_everything_is_denied_is_not_seen(scanned: dict[str, Any]) -> None:
    gaps = [each for each in scanned["coverage"]["gaps"] if (each["account"], each["region"]) == DENIED]
    assert {each["reason"] for each in gaps} == {"refused"}
    assert {"ec2.describe_volumes", "rds.describe_db_instances", "logs.describe_log_groups"} <= {
        each["call"] for each in gaps
    }
    (unseen,) = (
        each
        for each in scanned["findings"]
        if each["promise"] == "development-adequate" and each["verdict"] == "unknown"
    )
    assert unseen["subject"]["kind"] == "gap"


def test_the_contradiction_of_the_policy_is_told_with_its_place(scanned: dict[str, Any], tmp_path: Path) -> None:
    (told,) = (each for each in scanned["contradictions"] if each["code"] == "crossed-bounds")
    assert told["message"].startswith("'audit-logs-a-year' wants at least 365 days, 'logs-deleted' at most 90 days")
    lines = POLICY.read_text(encoding="utf-8").splitlines()
    assert lines[told["line"] - 1][told["column"] - 1 :] == "{at_least: 1 year}"
    (tmp_path / "asdeclared.yaml").write_bytes(policy(0))
    before = declared(tmp_path / "asdeclared.yaml")
    first: date = WEEKS[0].date()
    assert "crossed-bounds" in {each.code for each in contradictions(before, first, ["aws.logs.group"])}
