"""`asdeclared history` as a user meets it: what it prints, what it asks, and how it ends."""

from __future__ import annotations

import io
import sqlite3
from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from scanner.cli.main import run
from scanner.facts import Fragment, sha256
from scanner.history import HistoryError, open_history
from scanner.run import Run


def asdeclared(*arguments: object) -> int:
    return run([str(each) for each in arguments])


def fill(path: str, days: Sequence[int], policy: str = "example-saas") -> list[str]:
    """Commit a run for each of these days of November. Returns the digests."""
    made = []
    with open_history(path) as history:
        for day in days:
            at = datetime(2026, 11, day, tzinfo=UTC).isoformat()
            header = {"run": {"at": at, "partial": False}, "policy": {"name": policy}, "verdict": "broken"}
            with history.writer(policy) as writer:
                # Text that does not become smaller by being compressed.
                text = b64encode(Random(day).randbytes(9000)).decode()
                each = Run(header, {("table", "r"): Fragment({"day": day, "text": text})}, writer.last_digest())
                writer.commit(each)
            made.append(each.digest)
    return made


@pytest.fixture
def digests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digests of five runs in the history of the folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ASDECLARED_HISTORY", "history.db")
    return fill("history.db", (1, 2, 3, 4, 5))


def out(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


AT = ("--at", "2026-11-10")


class TestKeeping:
    def test_keep_and_release_are_told_by_runs(self, digests: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert asdeclared("history", "keep", digests[1][:8], "--why", "dispute \x1b[2J 7", *AT) == 0
        assert f"Kept: run 2 of 'example-saas' ({digests[1][:12]}" in out(capsys)
        assert asdeclared("runs") == 0
        rows = out(capsys).splitlines()
        assert rows[2].endswith("kept: dispute \\u001b[2J 7")
        assert rows[1].endswith(digests[0][:12])
        assert asdeclared("history", "release", "2", "--why", "settled", *AT) == 0
        assert "Released: run 2" in out(capsys)
        assert asdeclared("runs") == 0
        assert "kept" not in out(capsys)

    def test_it_needs_a_reason(self, digests: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert asdeclared("history", "keep", "1") == 3
        assert asdeclared("history", "keep", digests[0], "--why", " ") == 4
        assert "say why" in capsys.readouterr().err


class TestPruning:
    @pytest.mark.parametrize(
        ("rule", "count"),
        [
            (("--before", "2026-11-03"), 2),
            (("--older-than", "7d"), 2),
            (("--older-than", "1w"), 2),
            (("--older-than", "1y"), 0),
            (("--keep-last", "1"), 4),
            (("--keep-last", "4", "--older-than", "7d"), 1),
        ],
    )
    def test_the_rules(
        self, digests: list[str], rule: tuple[str, ...], count: int, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asdeclared("history", "prune", *rule, "--yes", *AT) == 0
        said = out(capsys)
        assert f"Pruned {count} run" in said if count else said == "Nothing to prune.\n"
        assert asdeclared("runs", "--verify") == 0
        assert out(capsys).count("pruned on 2026-11-10") == count
        assert len(digests) == 5

    def test_it_tells_what_is_freed_and_what_is_kept_and_why(
        self, digests: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asdeclared("history", "keep", "2", "--why", "a dispute", *AT) == 0
        size = Path("history.db").stat().st_size
        assert asdeclared("history", "prune", "--keep-last", "2", "--dry-run", *AT) == 0
        dry = out(capsys)
        assert Path("history.db").stat().st_size == size
        assert asdeclared("history", "prune", "--keep-last", "2", "--yes", *AT) == 0
        said = out(capsys)
        for number in (1, 3):
            assert f"Would prune run {number} of 'example-saas' ({digests[number - 1][:12]}" in dry
            assert f"Pruned run {number} of" in said
        assert "Kept run 2 of" in dry
        assert ": a dispute\n" in said
        freed = size - Path("history.db").stat().st_size
        assert f"Pruned 2 runs: 2 entries and 4 bodies of 18.5 kB, the file is {freed / 1000:.1f} kB smaller.\n" in said

    def test_a_script_must_say_yes(self, digests: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert asdeclared("history", "prune", "--keep-last", "1") == 3
        told = capsys.readouterr()
        assert "Give --yes" in told.err
        assert digests[0][:12] in told.out
        with open_history("history.db") as history:
            assert history.load("1").digest == digests[0]

    @pytest.mark.parametrize(("answer", "code", "left"), [("y\n", 0, 1), ("n\n", 4, 5), ("\n", 4, 5), ("", 4, 5)])
    @pytest.mark.usefixtures("digests")
    def test_a_person_is_asked(
        self,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        answer: str,
        code: int,
        left: int,
    ) -> None:
        terminal = io.StringIO(answer)
        monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
        monkeypatch.setattr("sys.stdin", terminal)
        assert asdeclared("history", "prune", "--keep-last", "1") == code
        said = out(capsys)
        assert said.count("run 1 of") == 1
        assert ("Pruned 4 runs" in said) == (left == 1)
        with open_history("history.db") as history:
            assert sum(1 for row in history.runs() if not row.pruned) == left

    @pytest.mark.parametrize(
        ("arguments", "code", "told"),
        [
            ((), 3, "Say which runs to prune"),
            (("--older-than", "400"), 3, "'400' is not an age"),
            (("--older-than", "999999y"), 3, "before the first year"),
            (("--older-than", "1d", "--before", "2026-11-01"), 3, "not both"),
            (("--before", "soon"), 3, "'soon' is not a time"),
            (("--keep-last", "0"), 3, "0 is not in the range"),
            (("--keep-last", "1", "--policy", "other"), 4, "no run of policy 'other'; its policies: example-saas"),
        ],
    )
    @pytest.mark.usefixtures("digests")
    def test_mistakes(
        self, arguments: tuple[str, ...], code: int, told: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asdeclared("history", "prune", *arguments, "--yes") == code
        assert told in capsys.readouterr().err

    @pytest.mark.usefixtures("digests")
    def test_of_several_policies_one_must_be_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        fill("history.db", (1, 2), "other")
        assert asdeclared("history", "prune", "--keep-last", "1", "--yes") == 3
        assert "name one with --policy (example-saas, other)" in capsys.readouterr().err
        assert asdeclared("history", "prune", "--keep-last", "1", "--yes", "--policy", "other") == 0
        assert "Pruned 1 run:" in out(capsys)

    @pytest.mark.parametrize("command", [("drift",), ("show", "ffff", "--run", "4"), ("report", "4")])
    def test_commands_on_a_pruned_run_say_so(
        self, digests: list[str], command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asdeclared("history", "prune", "--keep-last", "1", "--yes", *AT) == 0
        assert asdeclared(*command) == 4
        said = capsys.readouterr().err
        assert "run 4 of 'example-saas'" in said
        assert "was pruned on 2026-11-10T00:00:00+00:00 as not among the last 1" in said
        assert digests[3] in said


class TestVerifying:
    def test_the_last_digests_are_told(self, digests: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert asdeclared("history", "keep", "1", "--why", "a dispute", *AT) == 0
        assert asdeclared("history", "prune", "--keep-last", "3", "--yes", *AT) == 0
        fill("history.db", (1,), "other")
        out(capsys)
        assert asdeclared("history", "verify") == 0
        with open_history("history.db") as history:
            act = history.acts("example-saas")[-1].digest
        lines = out(capsys).splitlines()
        assert lines[:3] == [
            "example-saas: 5 runs, 1 pruned, 1 kept: as they were written",
            f"  last run  {digests[4]}",
            f"  last act  {act}",
        ]
        assert lines[3] == "other: 1 run, 0 pruned, 0 kept: as they were written"
        assert lines[5] == "  last act  none"

    @pytest.mark.parametrize("command", [("history", "verify"), ("runs", "--verify")])
    @pytest.mark.usefixtures("digests")
    def test_what_is_wrong_ends_with_4(self, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
        with sqlite3.connect("history.db") as connection:
            connection.execute("DELETE FROM intervals WHERE first_run = 2")
        assert asdeclared(*command) == 4
        assert "run 2 of 'example-saas'" in capsys.readouterr().err

    @pytest.mark.usefixtures("digests")
    def test_a_policy_that_is_not_there(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert asdeclared("history", "verify", "--policy", "other") == 4
        assert "no run of policy 'other'" in capsys.readouterr().err


class TestCopying:
    def test_out_and_in_again(self, digests: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert asdeclared("history", "prune", "--keep-last", "4", "--yes", *AT) == 0
        out(capsys)
        assert asdeclared("history", "export", "archive.db") == 0
        assert out(capsys) == "example-saas: 5 new runs, 1 new act for archive.db.\n"
        assert asdeclared("history", "import", "archive.db", "--history", "fresh.db") == 0
        assert out(capsys) == "example-saas: 5 new runs, 1 new act for the history.\n"
        assert asdeclared("history", "import", "archive.db", "--history", "fresh.db") == 0
        assert out(capsys) == "example-saas: nothing new for the history.\n"
        with open_history("fresh.db") as history:
            assert [row.digest for row in history.runs()] == digests
            assert history.verify_chain("example-saas") == ()

    def test_pruned_elsewhere_is_pruned_here_only_if_asked(
        self, digests: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asdeclared("history", "export", "other.db") == 0
        assert asdeclared("history", "prune", "--keep-last", "4", "--yes", "--history", "other.db", *AT) == 0
        assert asdeclared("history", "import", "other.db") == 4
        assert "import it with --prune" in capsys.readouterr().err
        assert asdeclared("history", "import", "other.db", "--prune") == 0
        assert "0 new runs, 1 new act, 1 run pruned for the history" in out(capsys)
        assert digests

    @pytest.mark.usefixtures("digests")
    def test_one_policy_alone(self, capsys: pytest.CaptureFixture[str]) -> None:
        fill("history.db", (1,), "other")
        assert asdeclared("history", "export", "archive.db", "--policy", "other") == 0
        assert out(capsys) == "other: 1 new run, 0 new acts for archive.db.\n"

    @pytest.mark.usefixtures("digests")
    def test_what_cannot_be_imported(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert asdeclared("history", "import", "nowhere.db") == 3
        fill("diverged.db", (1, 3))
        assert asdeclared("history", "import", "diverged.db") == 4
        assert "differ from run 2 of 'example-saas'" in capsys.readouterr().err
        assert asdeclared("history", "export", "history.db") == 4
        assert "to itself" in capsys.readouterr().err


class TestWhatIsNoHistory:
    """A wrong name is said, with no secret in the message."""

    def test_a_history_without_runs_is_not_verified(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert asdeclared("history", "verify", "--history", tmp_path / "typo.db") == 4
        assert "there is no history" in capsys.readouterr().err

    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://u:secret@127.0.0.1:1/db?password=secret&sslpassword=secret",
            "mysql://u:secret@127.0.0.1/db?password=secret",
        ],
    )
    def test_no_password_is_told(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert asdeclared("history", "verify", "--history", url) == 4
        said = capsys.readouterr().err
        assert "127.0.0.1" in said
        assert "secret" not in said

    def test_a_url_with_a_slash_too_few_makes_no_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(HistoryError, match="malformed"):
            open_history("postgresql:/u:secret@host/db")
        assert not [each for each in tmp_path.rglob("*") if each.is_file()]

    def test_the_home_folder_may_be_named(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        open_history("~/history.db").close()
        assert (tmp_path / "history.db").is_file()

    @pytest.mark.parametrize("version", [b"\0", "9" * 5000, "0", "\N{SUPERSCRIPT TWO}"])
    def test_a_strange_version_is_said(
        self, digests: list[str], version: bytes | str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with sqlite3.connect("history.db") as connection:
            connection.execute("UPDATE meta SET value = ?", (version,))
        assert asdeclared("history", "import", "history.db", "--history", "new.db") == 4
        assert "names no schema version" in capsys.readouterr().err
        assert len(digests) == 5

    def test_a_header_that_is_too_deep_is_said(self, digests: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        head = b'{"policy":{"name":"example-saas"},"run":{"at":"x","partial":false},"verdict":"x","x":%b}'
        body = head % (b"[" * 600 + b"]" * 600)
        with sqlite3.connect("history.db") as connection:
            connection.execute("INSERT INTO blobs VALUES (?, ?)", (sha256(body), body))
            connection.execute("UPDATE runs SET header = ? WHERE number = 1", (sha256(body),))
        assert asdeclared("history", "import", "history.db", "--history", "new.db") == 4
        assert "what is stored as its header is none" in capsys.readouterr().err
        assert len(digests) == 5

    def test_a_run_without_its_policy_makes_no_pack(
        self, digests: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert asdeclared("pack", digests[4], "--out", "p.zip") == 4
        assert "did not keep the policy's text" in capsys.readouterr().err
