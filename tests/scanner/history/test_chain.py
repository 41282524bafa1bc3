"""The links of runs: kept since schema 2, added to histories of schema 1, and told as a chain."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from scanner.facts import Fragment
from scanner.history import HistoryError, Tampered, open_history
from scanner.history.database import connected
from scanner.history.store import History
from scanner.run import Run

POLICY = "example-saas"


def commit(history: History, value: int, *, partial: bool = False) -> Run:
    """Commit a run in which one resource has a value."""
    header = {
        "run": {"at": f"2026-11-{value:02}T00:00:00+00:00", "partial": partial},
        "policy": {"name": POLICY},
        "verdict": "as declared",
    }
    with history.writer(POLICY) as writer:
        made = Run(header, {("gap", "r"): Fragment({"value": value})}, writer.last_digest())
        writer.commit(made)
    return made


def execute(history: History, *statements: str, **values: Any) -> None:
    """Change the database behind the history's back."""
    with connected(history.engine) as connection:
        for statement in statements:
            connection.execute(text(statement), values)
        connection.commit()


class TestChain:
    def test_it_tells_every_run_that_was_not_partial(self, url: str) -> None:
        with open_history(url) as history:
            made = [commit(history, 1), commit(history, 2, partial=True), commit(history, 3), commit(history, 4)]
            told = history.chain(POLICY, made[2].digest)
        assert [(each.number, each.at[:10], each.digest, each.link, each.pruned) for each in told] == [
            (1, "2026-11-01", made[0].digest, made[0].link, False),
            (3, "2026-11-03", made[2].digest, made[2].link, False),
        ]
        assert all(each.link.digest == each.digest for each in told)

    def test_a_partial_run_ends_its_own(self, url: str) -> None:
        with open_history(url) as history:
            made = [commit(history, 1), commit(history, 2, partial=True), commit(history, 3, partial=True)]
            assert [each.number for each in history.chain(POLICY, made[2].digest)] == [1, 3]

    @pytest.mark.parametrize("digest", ["", "1", "latest", "0" * 64])
    def test_only_a_whole_digest_names_a_run(self, url: str, digest: str) -> None:
        with open_history(url) as history:
            commit(history, 1)
            with pytest.raises(HistoryError, match="has no run with the digest"):
                history.chain(POLICY, digest)

    @pytest.mark.parametrize("column", ["header", "entries", "previous"])
    def test_a_changed_link_is_no_chain(self, url: str, column: str) -> None:
        with open_history(url) as history:
            last = [commit(history, day) for day in (1, 2, 3)][-1]
            execute(history, f"UPDATE runs SET {column} = 'aaaa' WHERE number = 2")  # noqa: S608 - a fixed word
            with pytest.raises(Tampered, match="run 2 of"):
                history.chain(POLICY, last.digest)

    def test_a_run_taken_out_is_no_chain(self, url: str) -> None:
        with open_history(url) as history:
            last = [commit(history, day) for day in (1, 2, 3)][-1]
            execute(history, "DELETE FROM runs WHERE number = 2")
            with pytest.raises(Tampered, match="run 3 of"):
                history.chain(POLICY, last.digest)

    def test_a_stored_digest_of_entries_is_compared(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, 1)
            execute(history, "UPDATE runs SET entries = 'aaaa'")
            with pytest.raises(Tampered, match="the digests in the list of runs do not follow"):
                history.load("1")
            assert len(history.verify_chain(POLICY)) == 1

    @pytest.mark.parametrize("column", ["number", "digest", "at", "header", "entries"])
    def test_bytes_in_the_list_of_runs(self, tmp_path: Any, column: str) -> None:
        with open_history(str(tmp_path / "history.db")) as history:
            commit(history, 1)
            execute(history, f"UPDATE runs SET {column} = :value", value=b"\x00")  # noqa: S608 - a fixed word
            with pytest.raises(Tampered, match=f"holds a {column} that is none"):
                history.runs()
