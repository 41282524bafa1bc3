"""`asdeclared report`: every format to a file, text to a terminal, and what is missing is named."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from scanner.cli import report
from scanner.cli.main import Trouble, run
from scanner.cli.scan import _reports
from tests.reports.documents import document, finding

BEGINNINGS = {
    "csv": b"finding,promise,verdict",
    "html": b"<!doctype html>",
    "json": b"{\n",
    "ocsf": b'{"activity_id": 1',
    "oscal": b'{\n  "assessment-results": {',
    "pdf": b"%PDF-1.7",
}


@pytest.fixture(autouse=True)
def stored(monkeypatch: pytest.MonkeyPatch) -> None:
    """A history of one run."""
    monkeypatch.setattr(report, "history", lambda _: nullcontext())
    both = (finding(1), finding(2))
    streamed = SimpleNamespace(findings=lambda: (each.model_dump(mode="json") for each in both))
    told = SimpleNamespace(document=document(), whole=document(findings=both), run=streamed)
    monkeypatch.setattr(report, "stored", lambda *_: told)


@pytest.mark.parametrize(("form", "beginning"), BEGINNINGS.items())
def test_every_format_is_written(form: str, beginning: bytes, tmp_path: Path) -> None:
    assert run(["report", "--format", form, "--out", str(tmp_path / "made" / "report")]) == 0
    assert (tmp_path / "made" / "report").read_bytes().startswith(beginning)


@pytest.mark.parametrize(("form", "findings"), [("json", 1), ("csv", 2), ("ocsf", 2)])
def test_lists_of_findings_hold_every_one(form: str, findings: int, tmp_path: Path) -> None:
    out = tmp_path / "report"
    assert run(["report", "--format", form, "--out", str(out)]) == 0
    data = out.read_bytes()
    assert (len(json.loads(data)["findings"]) if form == "json" else data.count(b"\n") - (form == "csv")) == findings


def test_text_may_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "broken"


def test_binary_bytes_are_not_for_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert run(["report", "--format", "pdf"]) == 3
    seen = capsysbinary.readouterr()
    assert b"pdf is nothing for a terminal; give --out summary.pdf" in seen.err
    assert seen.out == b""
    assert run(["report", "--format", "csv"]) == 0


def test_binary_bytes_may_be_piped(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["report", "--format", "pdf"]) == 0
    assert capsysbinary.readouterr().out.startswith(b"%PDF-1.7")


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    assert run(["report", "--format", "pdf"]) == 3
    assert "pip install 'asdeclared[pdf]'" in capsys.readouterr().err
    with pytest.raises(Trouble, match="asdeclared"):
        _reports(("pdf",))


@pytest.mark.parametrize(
    ("given", "written"), [((), ["html", "json"]), (("csv",), ["csv"]), (("pdf", "csv"), ["csv", "pdf"])]
)
def test_a_scan_writes_html_and_json_unless_told_otherwise(given: tuple[str, ...], written: list[str]) -> None:
    assert list(_reports(given)) == written


def test_an_unknown_format_names_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", "--format", "docx"]) == 3
    assert "known: csv, html, json, jsonl, ocsf, oscal, pdf" in capsys.readouterr().err
