"""The history on SQLite and on PostgreSQL: what it keeps, who may write, and that nothing can be changed unnoticed."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from textwrap import dedent
from threading import Event
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Table, func, select, text

from scanner.facts import Fragment, canonical
from scanner.history import HistoryError, RunRow, Tampered, open_history
from scanner.history.database import connected
from scanner.history.schema import LONG, LONGEST, blobs, intervals, packed, partials, runs, unpacked
from scanner.history.store import History
from scanner.run import Key, Run

POLICY = "example-saas"
BUCKET = ("resource", "arn:aws:s3:::example")
HOMES = ("fact", "arn:aws:s3:::example|Location.homes")
STATE = ("fact", "arn:aws:s3:::example|EncryptionAtRest.state")
FIRST: dict[Any, Any] = {BUCKET: {"type": "aws.s3.bucket"}, HOMES: {"value": ["eu-west-2"]}, STATE: {"value": "on"}}
SECOND = {**FIRST, HOMES: {"value": ["eu-west-2", "us-east-1"]}}
THIRD = {BUCKET: FIRST[BUCKET], HOMES: FIRST[HOMES]}


def run(
    bodies: Mapping[Any, Any], previous: str = "", *, day: int = 1, partial: bool = False, policy: str = POLICY
) -> Run:
    """A run with these entries."""
    header = {
        "run": {"at": f"2026-11-{day:02}T00:00:00+00:00", "scanner": "0.1.0", "tables": "t", "partial": partial},
        "policy": {"name": policy, "organisation": "Example SaaS Ltd", "digest": "p"},
        "verdict": "as declared",
    }
    return Run(header, {cast("Key", key): Fragment(body) for key, body in bodies.items()}, previous)


def commit(history: History, bodies: Mapping[Any, Any], **more: Any) -> Run:
    """Commit a run with these entries after the last one."""
    with history.writer(more.get("policy", POLICY)) as writer:
        made = run(bodies, writer.last_digest(), **more)
        writer.commit(made)
    return made


def count(history: History, table: Table) -> int:
    with connected(history.engine) as connection:
        return connection.scalar(select(func.count()).select_from(table)) or 0


def change(history: History, statement: str, **values: object) -> None:
    """Change the database behind the history's back."""
    with connected(history.engine) as connection:
        assert connection.execute(text(statement), values).rowcount > 0
        connection.commit()


def counts(history: History) -> tuple[int, ...]:
    return tuple(count(history, table) for table in (runs, intervals, partials, blobs))


class TestRuns:
    def test_a_loaded_run_is_the_committed_one(self, url: str) -> None:
        with open_history(url) as history:
            made = commit(history, FIRST)
            loaded = history.load("latest")
        assert loaded == made
        assert loaded.digest == made.digest

    def test_the_history_outlives_its_opening(self, url: str) -> None:
        with open_history(url) as history:
            made = commit(history, FIRST)
        with open_history(url) as history:
            assert history.load("1").digest == made.digest

    def test_each_run_of_a_changing_estate_can_be_loaded(self, url: str) -> None:
        with open_history(url) as history:
            made = [commit(history, each, day=day) for day, each in enumerate((FIRST, SECOND, THIRD, FIRST), 1)]
            assert [history.load(str(number)) for number in range(1, 5)] == made
            assert [row.previous for row in history.runs()] == ["", *(each.digest for each in made[:3])]
            assert history.verify_chain(POLICY) == ()

    def test_the_list_of_runs(self, url: str) -> None:
        with open_history(url) as history:
            first = commit(history, FIRST)
            second = commit(history, {}, day=2, partial=True)
            commit(history, FIRST, policy="other")
            listed = history.runs(POLICY)
            assert len(history.runs()) == 3
        at = "2026-11-0{}T00:00:00+00:00"
        links = [(each.link.header, each.link.entries) for each in (first, second)]
        assert listed == (
            RunRow(POLICY, 1, first.digest, "", at.format(1), False, "as declared", *links[0]),
            RunRow(POLICY, 2, second.digest, first.digest, at.format(2), True, "as declared", *links[1]),
        )

    @pytest.mark.parametrize("name", ["nul\0byte", "clé 🔑", "x" * 20_000, "a|b|C.d", "'; DROP TABLE runs; --"])
    def test_a_cloud_may_name_things_as_it_likes(self, url: str, name: str) -> None:
        with open_history(url) as history:
            made = commit(history, {("resource", name): {"name": name}})
            assert history.load("latest").entries == made.entries

    @settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(st.tuples(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2)), st.booleans()), max_size=6))
    def test_any_sequence_of_runs_comes_back(self, url: str, sequence: list[tuple[dict[str, int], bool]]) -> None:
        with open_history(url) as history:
            policy = f"policy-{len(history.runs())}"
            made = []
            for values, partial in sequence:
                bodies = {("resource", name): {"value": value} for name, value in values.items()}
                made.append(commit(history, bodies, policy=policy, partial=partial))
            assert [history.load(str(n), policy) for n in range(1, len(made) + 1)] == made
            if made:
                assert history.verify_chain(policy) == ()


class TestGrowth:
    def test_an_unchanged_run_adds_its_row_and_its_header_only(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST)
            before = counts(history)
            commit(history, FIRST, day=2)
            assert counts(history) == (before[0] + 1, before[1], 0, before[3] + 1)

    def test_a_change_adds_one_interval_and_one_body(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST)
            before = counts(history)
            commit(history, SECOND, day=2)
            assert counts(history) == (before[0] + 1, before[1] + 1, 0, before[3] + 2)
            commit(history, FIRST, day=3)
            assert counts(history) == (before[0] + 2, before[1] + 2, 0, before[3] + 3)

    def test_what_is_gone_adds_nothing(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST)
            before = counts(history)
            commit(history, THIRD, day=2)
            assert counts(history) == (before[0] + 1, before[1], 0, before[3] + 1)

    def test_the_file_does_not_grow_by_the_estate(self, tmp_path: Path) -> None:
        path = tmp_path / "history.db"
        estate = {("resource", f"r{n}"): {"value": n, "text": "x" * 200} for n in range(2000)}
        with open_history(str(path)) as history:
            commit(history, estate)
            before = path.stat().st_size
            commit(history, estate, day=2)
        assert path.stat().st_size - before < 20_000 < before


class TestPartialRuns:
    def test_a_partial_run_is_kept_and_is_no_baseline(self, url: str) -> None:
        with open_history(url) as history:
            first = commit(history, FIRST)
            partial = commit(history, {BUCKET: SECOND[BUCKET]}, day=2, partial=True)
            with history.writer(POLICY) as writer:
                assert writer.baseline() == first
                assert writer.last_digest() == first.digest
            third = commit(history, SECOND, day=3)
            assert third.previous == first.digest
            assert [history.load(ref) for ref in ("1", "2", "3")] == [first, partial, third]
            assert history.verify_chain(POLICY) == ()

    def test_it_cuts_no_interval(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST)
            commit(history, {}, day=2, partial=True)
            before = count(history, intervals)
            commit(history, FIRST, day=3)
            assert count(history, intervals) == before

    def test_without_a_whole_run_there_is_no_baseline(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST, partial=True)
            with history.writer(POLICY) as writer:
                assert writer.baseline() is None
                assert writer.last_digest() == ""
            with pytest.raises(HistoryError, match="no run is 'latest'"):
                history.load("latest")


class TestReferences:
    def test_by_number_digest_and_word(self, url: str) -> None:
        with open_history(url) as history:
            made = [commit(history, each, day=day) for day, each in enumerate((FIRST, SECOND), 1)]
            commit(history, {}, day=3, partial=True)
            assert history.load("latest") == made[1]
            assert history.load("previous") == made[0]
            assert history.load(made[0].digest[:8].upper()) == made[0]
            assert history.load(made[1].digest, POLICY) == made[1]

    @pytest.mark.parametrize("ref", ["9", "0000", "", "abc", "newest", "%", "____", "1 OR 1=1"])
    def test_an_unknown_one_names_the_last_runs(self, url: str, ref: str) -> None:
        with open_history(url) as history:
            made = commit(history, FIRST)
            with pytest.raises(HistoryError, match=f"no run is {ref!r}.*run 1 of '{POLICY}' .{made.digest[:12]}"):
                history.load(ref)

    def test_three_characters_are_too_few(self, url: str) -> None:
        with open_history(url) as history:
            made = commit(history, FIRST)
            assert history.load(made.digest[:4]) == made
            with pytest.raises(HistoryError):
                history.load(made.digest[:3])

    @pytest.mark.parametrize("ref", ["1", "latest"])
    def test_one_that_means_several_names_them(self, url: str, ref: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST)
            other = commit(history, FIRST, policy="other")
            with pytest.raises(HistoryError, match=r"may mean run 1 of 'example-saas' .*, run 1 of 'other'"):
                history.load(ref)
            assert history.load(ref, "other") == other

    def test_an_empty_history(self, url: str) -> None:
        with open_history(url) as history:
            assert history.runs() == ()
            with pytest.raises(HistoryError, match="holds none"):
                history.load("latest")


class TestCommit:
    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (run(SECOND, "0" * 64, day=2), "follows 000000000000, but the last run"),
            (run(SECOND, "", day=2), "follows nothing, but the last run"),
            (run(SECOND, "", policy="other"), "of policy 'other', the writer of 'example-saas'"),
        ],
    )
    def test_a_run_that_does_not_belong_is_not_stored(self, url: str, wrong: Run, said: str) -> None:
        with open_history(url) as history:
            first = commit(history, FIRST)
            before = counts(history)
            with history.writer(POLICY) as writer, pytest.raises(HistoryError, match=said):
                writer.commit(wrong)
            assert counts(history) == before
            assert history.load("latest") == first

    def test_the_link_is_compared_when_it_is_committed(self, url: str) -> None:
        with open_history(url) as history:
            late = run(SECOND, commit(history, FIRST).digest, day=3)
            commit(history, SECOND, day=2)
            with history.writer(POLICY) as writer, pytest.raises(HistoryError, match="take last_digest"):
                writer.commit(late)

    def test_a_writer_commits_once(self, url: str) -> None:
        with open_history(url) as history, history.writer(POLICY) as writer:
            first = run(FIRST)
            writer.commit(first)
            with pytest.raises(HistoryError, match="one run"):
                writer.commit(run(FIRST, first.digest, day=2))

    def test_what_follows_the_commit_does_not_undo_it(self, url: str) -> None:
        with open_history(url) as history:
            with suppress(KeyError), history.writer(POLICY) as writer:
                writer.commit(run(FIRST))
                raise KeyError
            assert history.load("latest") == run(FIRST)

    def test_a_crash_before_the_commit_leaves_the_history_as_it_was(self, url: str) -> None:
        with open_history(url) as history:
            first = commit(history, FIRST)
            before = counts(history)
            crash = f"""
                import os
                from scanner.facts import Fragment, canonical
                from scanner.history import open_history
                from scanner.run import Run
                history = open_history({url!r})
                with history.writer({POLICY!r}) as writer:
                    header = {{**writer.baseline().header, "more": 1}}
                    made = Run(header, {{("resource", "r"): Fragment({{}})}}, writer.last_digest())
                    type(writer.connection).commit = lambda self: os._exit(9)
                    writer.commit(made)
            """
            ended = subprocess.run([sys.executable, "-c", dedent(crash)], check=False, timeout=60)  # noqa: S603 - own code
            assert ended.returncode == 9
            assert counts(history) == before
            assert history.load("latest") == first
            assert commit(history, SECOND, day=2).previous == first.digest


class TestWriters:
    def test_a_second_writer_gives_up_in_time(self, url: str) -> None:
        with open_history(url) as history, open_history(url, wait=0.2) as hasty:
            commit(history, FIRST)
            with history.writer(POLICY):
                with (
                    pytest.raises(HistoryError, match=f"another scan of policy '{POLICY}' is writing"),
                    hasty.writer(POLICY),
                ):
                    pass
                assert hasty.load("latest").digest
            with hasty.writer(POLICY) as writer:
                assert writer.last_digest()

    def test_a_second_writer_waits(self, url: str) -> None:
        entered, leave = Event(), Event()
        with open_history(url) as history, ThreadPoolExecutor() as pool:

            def slow() -> None:
                with history.writer(POLICY) as writer:
                    entered.set()
                    leave.wait(20)
                    writer.commit(run(FIRST))

            job = pool.submit(slow)
            assert entered.wait(20)
            other = pool.submit(commit, history, SECOND, day=2)
            leave.set()
            job.result(30)
            assert other.result(30).previous == run(FIRST).digest

    def test_processes_that_write_at_once_make_one_chain(self, url: str) -> None:
        code = f"""
            from scanner.facts import Fragment, canonical
            from scanner.history import open_history
            from scanner.run import Run
            with open_history({url!r}) as history:
                for number in range(4):
                    with history.writer({POLICY!r}) as writer:
                        header = {{"run": {{"at": "2026-11-01", "partial": False}}, "policy": {{"name": {POLICY!r}}}}}
                        entries = {{("resource", "r"): Fragment({{"number": number}})}}
                        writer.commit(Run({{**header, "verdict": "broken"}}, entries, writer.last_digest()))
        """
        # Both find an empty database, so that they also create the tables at once.
        command = [sys.executable, "-c", dedent(code)]
        jobs = [subprocess.Popen(command) for _ in range(2)]  # noqa: S603 - own code
        assert [job.wait(120) for job in jobs] == [0, 0]
        with open_history(url) as history:
            assert [row.number for row in history.runs(POLICY)] == list(range(1, 9))
            assert history.verify_chain(POLICY) == ()

    def test_on_postgresql_policies_do_not_wait_for_each_other(self, postgres_url: str) -> None:
        """SQLite locks the whole file."""
        with open_history(postgres_url, wait=0.2) as history, history.writer(POLICY):
            assert commit(history, FIRST, policy="other").digest


TAMPERED = [
    (
        "UPDATE blobs SET body = :bytes WHERE digest IN (SELECT digest FROM intervals WHERE kind = 'resource')",
        "the resource 'arn:aws:s3:::example' was changed",
    ),
    (
        "DELETE FROM blobs WHERE digest IN (SELECT digest FROM intervals WHERE kind = 'resource')",
        "the resource 'arn:aws:s3:::example' is missing",
    ),
    ("UPDATE blobs SET body = :bytes WHERE digest = (SELECT header FROM runs)", "its header is missing or was changed"),
    ("DELETE FROM blobs WHERE digest = (SELECT header FROM runs)", "its header is missing or was changed"),
    ("UPDATE intervals SET digest = (SELECT max(digest) FROM blobs)", "its digest does not follow"),
    ("UPDATE intervals SET key = :bytes WHERE kind = 'resource'", "its digest does not follow"),
    ("UPDATE intervals SET kind = 'evil' WHERE kind = 'resource'", "its digest does not follow"),
    ("UPDATE intervals SET first_run = 2 WHERE kind = 'resource'", "its digest does not follow"),
    ("DELETE FROM intervals WHERE kind = 'resource'", "its digest does not follow"),
    ("UPDATE runs SET digest = 'aaaa' WHERE number = 1", "its digest does not follow"),
    ("UPDATE runs SET previous = 'aaaa' WHERE number = 1", "its digest does not follow"),
    ("UPDATE runs SET verdict = 'broken' WHERE number = 1", "says verdict 'broken', its header 'as declared'"),
    ("UPDATE runs SET at = '2020' WHERE number = 1", "says at '2020', its header '2026-11-01T00:00:00"),
    ("UPDATE runs SET partial = true WHERE number = 1", "says partial True, its header False"),
    (
        """INSERT INTO intervals (id, policy, kind, key, digest, first_run)
        SELECT id + 100, policy, kind, key, digest, first_run FROM intervals WHERE kind = 'resource'""",
        "the resource 'arn:aws:s3:::example' is listed twice",
    ),
]


class TestTampering:
    @pytest.mark.parametrize(("statement", "said"), TAMPERED)
    def test_what_was_changed_is_named(self, url: str, statement: str, said: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST)
            change(history, statement, **({"bytes": b"{}"} if ":bytes" in statement else {}))
            with pytest.raises(Tampered, match="run 1 of 'example-saas'") as raised:
                history.load("1")
            assert said in str(raised.value)
            assert any(said in problem for problem in history.verify_chain(POLICY))

    def test_text_in_a_column_of_bytes(self, tmp_path: Path) -> None:
        with open_history(str(tmp_path / "history.db")) as history:
            commit(history, FIRST)
            change(history, "UPDATE blobs SET body = '{}'")
            change(history, "UPDATE intervals SET key = 'other'")
            assert len(history.verify_chain(POLICY)) == 1

    def test_the_first_of_several_is_named(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST)
            change(history, "DELETE FROM blobs WHERE digest IN (SELECT digest FROM intervals)")
            with pytest.raises(Tampered, match=r"the fact 'arn:aws:s3:::example\|EncryptionAtRest.state' is missing"):
                history.load("1")

    def test_a_partial_run_too(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST, partial=True)
            change(history, "DELETE FROM partials WHERE kind = 'resource'")
            with pytest.raises(Tampered):
                history.load("1")

    def test_a_writer_does_not_build_on_what_was_changed(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST)
            change(history, "DELETE FROM intervals")
            with history.writer(POLICY) as writer, pytest.raises(Tampered):
                writer.baseline()

    @pytest.mark.parametrize(
        ("statement", "said"),
        [
            ("DELETE FROM runs WHERE number = 2", "it is the 2th of the list, so a run was taken out or renumbered"),
            ("DELETE FROM runs WHERE number = 2", "but the run before it is"),
            ("DELETE FROM runs WHERE number = 3", "run 3 of 'example-saas' has entries but is not in the list"),
            ("DELETE FROM runs WHERE number = 1", "it follows"),
        ],
    )
    def test_a_run_taken_out(self, url: str, statement: str, said: str) -> None:
        with open_history(url) as history:
            for day, each in enumerate((FIRST, SECOND, FIRST), 1):
                commit(history, each, day=day)
            change(history, statement)
            assert any(said in problem for problem in history.verify_chain(POLICY))

    def test_only_the_changed_run_has_a_problem(self, url: str) -> None:
        with open_history(url) as history:
            for day in (1, 2, 3):
                commit(history, FIRST, day=day)
            change(history, "UPDATE runs SET verdict = 'broken' WHERE number = 2")
            assert [problem[:5] for problem in history.verify_chain(POLICY)] == ["run 2"]

    def test_a_policy_without_runs_has_no_good_chain(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, FIRST)
            with pytest.raises(HistoryError, match="no run of policy 'other'; its policies: example-saas"):
                history.verify_chain("other")


class TestOpening:
    def test_a_newer_schema_asks_for_an_upgrade(self, url: str) -> None:
        with open_history(url) as history:
            change(history, "UPDATE meta SET value = '4'")
        with pytest.raises(HistoryError, match=r"schema 4, this asdeclared knows 3.*upgrade asdeclared"):
            open_history(url)

    @pytest.mark.parametrize("version", [1, 2])
    def test_an_older_schema_is_of_no_release(self, url: str, version: int) -> None:
        with open_history(url) as history:
            change(history, "UPDATE meta SET value = :version", version=str(version))
        with pytest.raises(HistoryError, match=rf"schema {version}, of a version before.*knows 3: begin a new history"):
            open_history(url)

    @pytest.mark.parametrize("statement", ["DELETE FROM meta", "UPDATE meta SET value = 'new'"])
    def test_a_schema_without_version_is_no_history(self, url: str, statement: str) -> None:
        with open_history(url) as history:
            change(history, statement)
        with pytest.raises(HistoryError, match="names no schema version"):
            open_history(url)

    def test_tables_of_another_program_are_left_alone(self, url: str) -> None:
        with open_history(url) as history, connected(history.engine) as connection:
            connection.execute(text("DROP TABLE meta"))
            connection.commit()
        with pytest.raises(HistoryError, match="tables of something else"):
            open_history(url)

    def test_another_program_s_file_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "cookies.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE cookies (name)")
        with pytest.raises(HistoryError, match="tables of something else"):
            open_history(str(path))

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        path = tmp_path / "notes.txt"
        path.write_text("not a database, but long enough to be one " * 50)
        with pytest.raises(HistoryError, match=r"notes\.txt: file is not a database"):
            open_history(str(path))
        assert path.read_text().startswith("not a database")

    def test_a_folder_that_does_not_exist(self, tmp_path: Path) -> None:
        with pytest.raises(HistoryError, match="No such file or directory: name a file in a folder that exists"):
            open_history(str(tmp_path / "nowhere" / "history.db"))

    @pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "sqlite:///:memory:", "https://example.com"])
    def test_what_cannot_hold_a_history(self, url: str) -> None:
        with pytest.raises(HistoryError, match="cannot hold a history"):
            open_history(url)

    @pytest.mark.parametrize("url", ["://", "postgresql://host:port/name"])
    def test_a_malformed_url(self, url: str) -> None:
        with pytest.raises(HistoryError, match="malformed"):
            open_history(url)

    @pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
    def test_a_server_that_does_not_answer(self, scheme: str) -> None:
        pytest.importorskip("psycopg")
        with pytest.raises(HistoryError, match=r"127\.0\.0\.1") as raised:
            open_history(f"{scheme}://reader:swordfish@127.0.0.1:1/history")
        assert "swordfish" not in str(raised.value)

    @pytest.mark.parametrize("name", ["a history?.db", "100%.db", "history#1.db"])
    def test_a_path_is_a_path(self, tmp_path: Path, name: str) -> None:
        with open_history(str(tmp_path / name)) as history:
            assert history.runs() == ()
        assert (tmp_path / name).stat().st_size > 0

    def test_only_its_owner_reads_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "history.db"
        open_history(str(path)).close()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_reader_needs_no_right_to_write(self, tmp_path: Path) -> None:
        path = tmp_path / "history.db"
        with open_history(str(path)) as history:
            made = commit(history, FIRST)
        path.chmod(0o400)
        before = path.stat().st_mtime_ns
        with open_history(str(path)) as history:
            assert history.load("latest") == made
        assert path.stat().st_mtime_ns == before

    def test_importing_the_package_imports_no_database_library(self) -> None:
        code = "import sys, scanner.history; sys.exit('sqlalchemy' in sys.modules or 'psycopg' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - own code

    @pytest.mark.parametrize(
        ("package", "url"), [("sqlalchemy", "history.db"), ("psycopg", "postgresql://127.0.0.1:1/history")]
    )
    def test_a_missing_package_is_named(self, tmp_path: Path, package: str, url: str) -> None:
        code = f"""
            import sys
            sys.modules[{package!r}] = None
            from scanner.history import HistoryError, open_history
            try:
                open_history({url!r})
            except HistoryError as error:
                sys.exit({f"the package {package}"!r} not in str(error))
            sys.exit(2)
        """
        place = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        ended = subprocess.run([sys.executable, "-c", dedent(code)], check=False, cwd=tmp_path, env=place)  # noqa: S603 - own code
        assert ended.returncode == 0


class TestBodies:
    @given(st.binary(max_size=3000))
    def test_what_is_packed_can_be_unpacked(self, body: bytes) -> None:
        json = canonical(body.hex())
        assert unpacked(packed(json)) == json

    def test_only_what_is_long_is_compressed(self) -> None:
        short, long = canonical("x" * (LONG - 3)), canonical("x" * (LONG - 2))
        assert (packed(short), len(packed(long)) < 100) == (short, True)

    @pytest.mark.parametrize("stored", [b"x is no zlib", b"", b"\x78\x01garbage", zlib.compress(b"whole" * 400)[:20]])
    def test_what_is_no_packed_body_is_not_whole(self, stored: bytes) -> None:
        assert unpacked(stored) != b"whole" * 400

    def test_what_could_not_be_read_again_is_not_stored(self, url: str) -> None:
        with open_history(url) as history:
            with pytest.raises(HistoryError, match="a history takes no more than"):
                commit(history, {BUCKET: "x" * LONGEST})
            assert history.runs() == ()
            commit(history, {BUCKET: "x" * (LONGEST - 2)})
            assert history.verify_chain(POLICY) == ()

    def test_a_bomb_is_not_unpacked(self) -> None:
        assert len(unpacked(zlib.compress(bytes(LONGEST + 1), 9))) == LONGEST

    def test_a_compressed_body_that_was_changed_is_noticed(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, {BUCKET: {"text": "x" * 5000}})
            digest = history.load("latest").entries[cast("Key", BUCKET)].digest
            change(history, "UPDATE blobs SET body = :body WHERE digest = :it", body=zlib.compress(b"[]"), it=digest)
            with pytest.raises(Tampered, match="was changed"):
                history.load("latest")
