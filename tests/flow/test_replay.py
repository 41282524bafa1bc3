"""What was recorded gives the same verdicts again, offline; the same input makes the same bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from reports.document import Document
from reports.json import render, schema
from scanner import likeness
from scanner.cli.scan import commit
from scanner.collect.tape import FORMAT
from scanner.drift import drift
from scanner.history import open_history
from scanner.scan import scan
from tests.flow.conftest import Flow
from tests.judging import forget


@pytest.mark.parametrize("week", [0, 1])
def test_a_replay_is_the_scan(flow: Flow, week: int) -> None:
    replayed = flow.replayed(flow.recordings[week], week)
    assert replayed.header == flow.live[week].header
    assert replayed.digest == flow.live[week].digest


@pytest.mark.parametrize("most", [1, 5])
def test_a_scan_that_forgets_what_is_alike_is_the_scan(flow: Flow, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(likeness, "MOST", most)
    assert flow.replayed(flow.recordings[1], 1).digest == flow.live[1].digest


def test_a_scan_in_which_nothing_is_alike_is_the_scan(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(monkeypatch)
    assert flow.replayed(flow.recordings[1], 1).digest == flow.live[1].digest


def test_the_same_run_has_no_drift(flow: Flow) -> None:
    run = flow.live[0]
    assert drift(run, run).changes == ()
    assert drift(run, flow.replayed(flow.recordings[0])).changes == ()


def test_the_same_estate_history_and_clock_make_the_same_bytes(flow: Flow, tmp_path: Path) -> None:
    start = tmp_path / "start.db"
    commit(open_history(str(start)), flow.policy.name, scan(flow.request(flow.recordings[0])))
    made = []
    for name in ("one.db", "two.db"):
        shutil.copy(start, tmp_path / name)
        found = scan(flow.request(flow.recordings[1], 1))
        made.append(render(commit(open_history(str(tmp_path / name)), flow.policy.name, found).document))
    assert made[0] == made[1]
    document = Document.model_validate_json(made[0])
    assert document.drift is not None
    assert document.drift.changes


def test_the_document_is_as_its_published_schema_says(flow: Flow) -> None:
    import jsonschema

    published = Path(__file__).parents[2] / "reports" / "document.v1.json"
    assert orjson.loads(published.read_bytes()) == schema()
    values = orjson.loads(render(flow.document(flow.recordings[0])))
    jsonschema.Draft202012Validator(schema()).validate(values)


def test_a_recording_holds_declared_fields_only(flow: Flow) -> None:
    header = orjson.loads((flow.recordings[0] / "recording.json").read_bytes())
    assert header["format"] == FORMAT
    assert set(header["providers"]) == {"aws", "azure", "gcp"}
    text = (flow.recordings[0] / "replies.jsonl").read_text()
    # The estates hold these, no resource type declares them.
    for undeclared in ("MasterUsername", "administratorLogin", "ipAddresses", "etag"):
        assert undeclared not in text, undeclared


def test_every_drift_cause_of_a_resource_is_told(flow: Flow) -> None:
    changes = drift(*flow.live).changes
    assert {change.cause.value for change in changes} >= {"resource"}
    assert {change.change for change in changes} >= {"appeared", "disappeared", "changed"}
