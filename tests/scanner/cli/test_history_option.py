"""Where a history is named: nothing that is a secret is told, and nothing is made by mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.cli.common import history
from scanner.cli.doctor import _history
from scanner.cli.main import FAILED, Trouble, run
from scanner.cli.scan import finding_again
from tests.reports.documents import document

SECRET = "postgresql://scanner:s3cret@127.0.0.1:1/db?password=s3cret"


@pytest.mark.parametrize("url", [SECRET, "postgresql:/scanner:s3cret@h/db", "mysql://scanner:s3cret@h/db"])
def test_no_message_holds_a_password(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Trouble) as trouble, history(url) as store:
        store.runs()
    assert trouble.value.code == FAILED
    assert "s3cret" not in trouble.value.message
    assert "s3cret" not in str(_history(url))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["no/such/history.db", "file/history.db", "~nobody-of-this-name/history.db"])
def test_a_path_that_cannot_be_is_said(path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(Trouble, match="history"):
        history(path, new=True)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


def test_the_folder_of_a_new_history_is_made(tmp_path: Path) -> None:
    with history(str(tmp_path / "new" / "history.db"), new=True) as store:
        assert store.runs() == ()


@pytest.mark.parametrize("command", [["runs"], ["show", "abcd"], ["report"], ["drift", "1", "2"], ["pack"]])
def test_who_reads_a_history_makes_none(command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*command, "--history", str(tmp_path / "typo.db")]) == FAILED
    assert "there is no history: scan first" in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


def test_a_url_is_not_repeated_in_advice(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    history(str(path), new=True).close()
    assert finding_again(document(), str(path)) == f" --history {path}"
    assert finding_again(document(), f"sqlite:///{path}") == ""
