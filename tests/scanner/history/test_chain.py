"""The links of runs: kept since schema 2, added to histories of schema 1, and told as a chain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import inspect, text

from scanner.facts import Fragment, sha256
from scanner.history import HistoryError, Tampered, open_history
from scanner.history.database import connected
from scanner.history.store import History
from scanner.run import Link, Run

POLICY = "example-saas"


def commit(history: History, value: int, *, partial: bool = False) -> Run:
    """Commit a run in which one resource has a value."""
    header = {
        "run": {"at": f"2026-11-{value:02}T00:00:00+00:00", "partial": partial},
        "policy": {"name": POLICY},
        "verdict": "as declared",
    }
    with history.writer(POLICY) as writer:
        made = Run(header, {("resource", "r"): Fragment({"value": value})}, writer.last_digest())
        writer.commit(made)
    return made


def execute(history: History, *statements: str, **values: Any) -> None:
    """Change the database behind the history's back."""
    with connected(history.engine) as connection:
        for statement in statements:
            connection.execute(text(statement), values)
        connection.commit()


def downgrade(history: History) -> None:
    """Make the database what version 1 wrote."""
    execute(
        history,
        "ALTER TABLE runs DROP COLUMN entries",
        "DROP TABLE acts",
        "UPDATE meta SET value = '1' WHERE name = 'schema'",
    )


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


class TestUpgrade:
    def test_the_links_of_version_1_are_added_in_place(self, url: str) -> None:
        with open_history(url) as history:
            made = [commit(history, 1), commit(history, 2, partial=True), commit(history, 3)]
            downgrade(history)
        with open_history(url) as history:
            assert [row.link for row in history.runs()] == [each.link for each in made]
            assert history.verify_chain(POLICY) == ()
            assert [history.load(str(number)) for number in (1, 2, 3)] == made
            assert [each.number for each in history.chain(POLICY, commit(history, 4).digest)] == [1, 3, 4]

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM intervals WHERE first_run = 2",
            "UPDATE intervals SET kind = 'fact' WHERE first_run = 2",
            "UPDATE runs SET header = 'aaaa' WHERE number = 2",
        ],
    )
    def test_what_was_tampered_with_stays_so(self, url: str, statement: str) -> None:
        with open_history(url) as history:
            made = [commit(history, day) for day in (1, 2, 3)]
            downgrade(history)
            execute(history, statement)
        with open_history(url) as history:
            assert ["run 2 of" in each for each in history.verify_chain(POLICY)] == [True]
            assert [row.entries != "" for row in history.runs()] == [True, False, True]
            with pytest.raises(Tampered):
                history.load("2")
            with pytest.raises(Tampered):
                history.chain(POLICY, made[1].digest)

    @pytest.mark.parametrize("partial", [False, True])
    def test_a_changed_body_stays_so(self, url: str, partial: bool) -> None:
        with open_history(url) as history:
            made = commit(history, 1, partial=partial)
            downgrade(history)
            table = "partials" if partial else "intervals"
            execute(history, f"UPDATE blobs SET body = :body WHERE digest IN (SELECT digest FROM {table})", body=b"{}")  # noqa: S608 - a fixed word
        with open_history(url) as history:
            assert len(history.verify_chain(POLICY)) == 1
            with pytest.raises(Tampered, match="the resource 'r' was changed"):
                history.load("1")
            assert history.chain(POLICY, made.digest)[0].link == made.link

    def test_a_stored_header_must_be_canonical(self, url: str) -> None:
        with open_history(url) as history:
            made = commit(history, 1)
            body = b" " + Fragment(made.header).data
            link = Link(sha256(body), made.link.entries, "")
            execute(
                history,
                "UPDATE blobs SET digest = :digest, body = :body WHERE digest = :old",
                digest=link.header,
                body=body,
                old=made.link.header,
            )
            execute(
                history, "UPDATE runs SET header = :header, digest = :digest", header=link.header, digest=link.digest
            )
            (problem,) = history.verify_chain(POLICY)
            assert "not canonical" in problem

    @pytest.mark.parametrize("body", [b"[]", b"null", b"{", b'{"run": {}}', b'{"run": 1}', b"\xff"])
    def test_anything_stored_as_a_header(self, url: str, body: bytes) -> None:
        with open_history(url) as history:
            old = commit(history, 1).link.header
            new = sha256(body)
            execute(
                history, "UPDATE blobs SET digest = :new, body = :body WHERE digest = :old", new=new, body=body, old=old
            )
            execute(history, "UPDATE runs SET header = :new", new=new)
            with pytest.raises(Tampered, match="what is stored as its header is none"):
                history.load("1")
            assert len(history.verify_chain(POLICY)) == 1

    def test_it_is_done_whole_or_not_at_all(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, 1)
            downgrade(history)
            execute(history, "CREATE TABLE acts (name TEXT)")
        with pytest.raises(HistoryError, match="acts"):
            open_history(url)
        with connected(history.engine) as connection:
            assert "entries" not in {column["name"] for column in inspect(connection).get_columns("runs")}
            assert connection.scalar(text("SELECT value FROM meta")) == "1"

    def test_several_that_open_it_at_once_upgrade_it_once(self, url: str) -> None:
        with open_history(url) as history:
            made = commit(history, 1)
            downgrade(history)
        with ThreadPoolExecutor() as pool:
            opened = list(pool.map(lambda _: open_history(url), range(4)))
        assert [each.load("1") for each in opened] == [made] * 4
