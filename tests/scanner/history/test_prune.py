"""Keeping, pruning and copying: what is left loads as it was committed, and the chain still proves what is gone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from scanner.facts import Fragment, canonical
from scanner.history import Act, Copied, Gone, HistoryError, Pruned, Tampered, open_history, read
from scanner.history.database import connected, shrink, snapshot
from scanner.history.schema import TABLES, blobs, intervals, partials
from scanner.history.store import History
from scanner.run import Run

POLICY = "example-saas"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
ESTATES: list[dict[str, int]] = [{"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 2}, {"a": 2, "c": 3}, {"a": 4, "c": 3}]


def day(number: int) -> datetime:
    return datetime(2026, 11, number, tzinfo=UTC)


def commit(
    history: History, values: Mapping[str, int], number: int, *, partial: bool = False, policy: str = POLICY
) -> Run:
    """Commit a run of a day in which resources have values."""
    header = {
        "run": {"at": day(number).isoformat(), "partial": partial},
        "policy": {"name": policy},
        "verdict": "as declared",
    }
    entries = {("resource", name): Fragment({"value": value}) for name, value in values.items()}
    with history.writer(policy) as writer:
        made = Run(header, entries, writer.last_digest())  # type: ignore[arg-type]  # mypy widens the literal in a comprehension
        writer.commit(made)
    return made


def filled(history: History) -> list[Run]:
    """Five runs, one a day from the first of November."""
    return [commit(history, values, number) for number, values in enumerate(ESTATES, 1)]


def execute(history: History, statement: str, **values: Any) -> None:
    """Change the database behind the history's back."""
    with connected(history.engine) as connection:
        assert connection.execute(text(statement), values).rowcount > 0
        connection.commit()


def content(history: History, policy: str = POLICY) -> dict[str, list[Any]]:
    """All rows of a policy but the ids, and all bodies."""
    found = {}
    with connected(history.engine) as connection:
        for name, table in TABLES.tables.items():
            query = select(*(column for column in table.c if column.name != "id"))
            if "policy" in table.c:
                query = query.where(table.c.policy == policy)
            found[name] = sorted((tuple(row) for row in connection.execute(query)), key=repr)
    return found


def numbers(rows: Any) -> list[int]:
    return [row.number for row in rows]


def loadable(history: History, policy: str = POLICY) -> dict[int, Run]:
    return {row.number: history.load(str(row.number), policy) for row in history.runs(policy) if not row.pruned}


class TestRules:
    @pytest.mark.parametrize(
        ("rule", "gone"),
        [
            ({"last": 2}, [1, 2, 3]),
            ({"last": 1}, [1, 2, 3, 4]),
            ({"last": 5}, []),
            ({"last": 50}, []),
            ({"before": day(3)}, [1, 2]),
            ({"before": day(1)}, []),
            ({"before": datetime(2026, 11, 2, 0, 0, 1)}, [1, 2]),  # noqa: DTZ001 - without a zone it is UTC
            ({"before": datetime(2030, 1, 1, tzinfo=UTC)}, [1, 2, 3, 4]),
            ({"before": day(3), "last": 4}, [1]),
            ({"before": day(2), "last": 1}, [1]),
        ],
    )
    def test_what_a_rule_takes(self, url: str, rule: dict[str, Any], gone: list[int]) -> None:
        with open_history(url) as history:
            made = filled(history)
            assert numbers(history.prune(POLICY, at=NOW, **rule).runs) == gone
            assert numbers(row for row in history.runs() if row.pruned) == gone
            assert loadable(history) == {n: each for n, each in enumerate(made, 1) if n not in gone}
            assert history.verify_chain(POLICY) == ()

    @pytest.mark.parametrize("rule", [{}, {"last": 0}, {"last": -1}])
    def test_a_rule_that_says_nothing(self, url: str, rule: dict[str, Any]) -> None:
        with open_history(url) as history:
            filled(history)
            with pytest.raises(HistoryError, match="say which runs to prune"):
                history.prune(POLICY, at=NOW, **rule)

    def test_a_partial_run_goes_with_the_full_one_before_it(self, url: str) -> None:
        with open_history(url) as history:
            for number, partial in enumerate((False, True, False, True, False, True), 1):
                commit(history, {"a": number}, number, partial=partial)
            assert numbers(history.prune(POLICY, at=NOW, last=2).runs) == [1, 2]
            assert numbers(history.prune(POLICY, at=NOW, before=day(30)).runs) == [3, 4]
            assert sorted(loadable(history)) == [5, 6]
            assert history.verify_chain(POLICY) == ()

    def test_a_dry_pruning_tells_all_and_changes_nothing(self, url: str) -> None:
        with open_history(url) as history:
            filled(history)
            before = content(history)
            dry = history.prune(POLICY, at=NOW, last=1, dry=True)
            assert content(history) == before
            done = history.prune(POLICY, at=NOW, last=1)
            assert (dry.runs, dry.entries, dry.bodies, dry.freed) == (done.runs, done.entries, done.bodies, done.freed)
            assert dry.file is None

    def test_nothing_to_prune_is_no_act(self, url: str) -> None:
        with open_history(url) as history:
            filled(history)
            assert history.prune(POLICY, at=NOW, last=9) == Pruned((), ())
            assert history.acts(POLICY) == ()

    def test_it_goes_on_after_a_pruning(self, url: str) -> None:
        with open_history(url) as history:
            filled(history)
            history.prune(POLICY, at=NOW, last=1)
            sixth = commit(history, {"a": 4}, 6)
            assert loadable(history)[6] == sixth
            assert numbers(history.prune(POLICY, at=NOW, last=1).runs) == [5]
            assert history.verify_chain(POLICY) == ()
            assert [each.pruned for each in history.chain(POLICY, sixth.digest)] == [True] * 5 + [False]


class TestWhatIsLeft:
    def test_of_a_pruned_run_its_row_and_its_link(self, url: str) -> None:
        with open_history(url) as history:
            made = filled(history)
            before = history.runs()
            history.prune(POLICY, at=NOW, last=2)
            after = history.runs()
            assert [(r.digest, r.link, r.at, r.verdict) for r in before] == [
                (r.digest, r.link, r.at, r.verdict) for r in after
            ]
            told = history.chain(POLICY, made[4].digest)
            assert [each.link.digest for each in told] == [each.digest for each in made]
            assert [each.pruned for each in told] == [True, True, True, False, False]

    def test_a_pruned_run_says_when_and_why_it_cannot_be_loaded(self, url: str) -> None:
        with open_history(url) as history:
            made = filled(history)
            history.prune(POLICY, at=NOW, before=day(4), last=2)
            said = r"run 3 of .* was pruned on 2027-01-01.* older than 2026-11-04.* and not among the last 2"
            for ref in ("3", made[2].digest):
                with pytest.raises(Gone, match=said) as raised:
                    history.load(ref)
            assert made[2].digest in str(raised.value)

    def test_intervals_begin_and_end_with_runs_that_are_left(self, url: str) -> None:
        with open_history(url) as history:
            filled(history)
            history.keep(POLICY, "3", "a dispute", at=NOW)
            history.prune(POLICY, at=NOW, last=1)
            with connected(history.engine) as connection:
                columns = (intervals.c.key, intervals.c.first_run, intervals.c.last_run)
                assert sorted(connection.execute(select(*columns)), key=repr) == [
                    (b"a", 3, 3),
                    (b"a", 5, None),
                    (b"c", 5, None),
                ]

    def test_bodies_that_nothing_needs_are_deleted_and_counted(self, url: str) -> None:
        with open_history(url) as history:
            filled(history)
            commit(history, {"z": 1}, 1, policy="other")
            before = {digest: len(body) for digest, body in content(history)["blobs"]}
            done = history.prune(POLICY, at=NOW, last=1)
            after = dict(content(history)["blobs"])
            gone = before.keys() - after.keys()
            # Four headers and the values 2 of a; b's value 1 is that of the other policy's z too.
            assert len(gone) == done.bodies == 5
            assert done.freed == sum(before[digest] for digest in gone)
            assert done.entries == 3
            assert history.load("1", "other").entries

    def test_a_shared_header_stays(self, url: str) -> None:
        with open_history(url) as history:
            commit(history, {"a": 1}, 1)
            last = commit(history, {"a": 2}, 1)
            history.prune(POLICY, at=NOW, last=1)
            assert history.load("2") == last

    def test_the_file_becomes_smaller_and_holds_nothing_of_it(self, tmp_path: Path) -> None:
        path = tmp_path / "history.db"
        with open_history(str(path)) as history:
            for number in (1, 2):
                with history.writer(POLICY) as writer:
                    header = {"run": {"at": day(number).isoformat(), "partial": False}, "policy": {"name": POLICY}}
                    entries = {("resource", f"{n}"): Fragment({"text": f"secret-{number}-{n}" * 9}) for n in range(500)}
                    writer.commit(Run({**header, "verdict": "broken"}, entries, writer.last_digest()))  # type: ignore[arg-type]  # see commit
            before = path.stat().st_size
            done = history.prune(POLICY, at=NOW, last=1)
        assert done.file == before - path.stat().st_size > 30_000
        assert b"secret-1-" not in path.read_bytes()
        assert b"secret-2-" in path.read_bytes()

    def test_a_file_in_use_is_made_smaller_another_time(self, tmp_path: Path) -> None:
        with open_history(str(tmp_path / "history.db"), wait=0.1) as history:
            filled(history)
            with snapshot(history.engine) as reader:
                reader.execute(select(func.count()).select_from(blobs))
                assert shrink(history.engine) is None
                with pytest.raises(HistoryError, match="locked"):
                    history.prune(POLICY, at=NOW, last=1)
            assert shrink(history.engine) == 0
            assert history.verify_chain(POLICY) == ()
            assert len(loadable(history)) == 5

    def test_a_reader_sees_one_state(self, postgres_url: str) -> None:
        with open_history(postgres_url) as history:
            made = filled(history)
            with snapshot(history.engine) as reader:
                row = read.rows(reader, POLICY)[0]
                history.prune(POLICY, at=NOW, last=1)
                assert read.load(reader, row) == made[0]

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(
            st.tuples(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2)), st.booleans()),
            min_size=1,
            max_size=9,
        ),
        st.lists(
            st.one_of(
                st.tuples(st.just("keep"), st.integers(1, 9)),
                st.tuples(st.just("release"), st.integers(1, 9)),
                st.tuples(st.just("last"), st.integers(1, 4)),
                st.tuples(st.just("before"), st.integers(1, 20)),
            ),
            max_size=6,
        ),
        st.data(),
    )
    def test_what_is_left_is_what_was_committed(
        self, url: str, estates: list[tuple[dict[str, int], bool]], deeds: list[tuple[str, int]], data: st.DataObject
    ) -> None:
        policy = uuid4().hex
        made: dict[int, Run] = {}
        with open_history(url) as history:
            for number, (values, partial) in enumerate(estates, 1):
                made[number] = commit(history, values, number, partial=partial, policy=policy)
                while len(deeds) > 0 and data.draw(st.booleans()):
                    do(history, policy, *deeds.pop(0))
            for deed in deeds:
                do(history, policy, *deed)
            left = loadable(history, policy)
            assert left == {number: made[number] for number in left}
            whole = [row for row in history.runs(policy) if not row.partial]
            assert not whole or not whole[-1].pruned
            assert history.verify_chain(policy) == ()
            told = history.chain(policy, made[len(made)].digest)
            assert [each.link for each in told] == [made[each.number].link for each in told]
            needed = {each.digest for run in left.values() for each in run.entries.values()}
            with connected(history.engine) as connection:
                used = {
                    row[0]
                    for table in (intervals, partials)
                    for row in connection.execute(select(table.c.digest).where(table.c.policy == policy))
                }
            assert used == needed


def do(history: History, policy: str, what: str, number: int) -> None:
    """Keep, release or prune; what cannot be kept or released is left."""
    match what:
        case "last":
            history.prune(policy, at=NOW, last=number)
        case "before":
            history.prune(policy, at=NOW, before=day(number))
        case _:
            rows = {row.number: row for row in history.runs(policy)}
            if number in rows and not rows[number].pruned and (what == "keep" or rows[number].kept):
                getattr(history, what)(policy, str(number), "a dispute", at=NOW)


def test_what_is_sound_is_proved_without_loading_each_run(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_history(url) as history:
        filled(history)
        commit(history, {"p": 1}, 6, partial=True)
        commit(history, {"a": 4}, 7)
        monkeypatch.setattr(read, "load", None)
        assert history.verify_chain(POLICY) == ()
        assert numbers(history.prune(POLICY, at=NOW, last=1).runs) == [1, 2, 3, 4, 5, 6]


class TestKeeping:
    def test_a_kept_run_is_never_pruned_until_it_is_released(self, url: str) -> None:
        with open_history(url) as history:
            made = filled(history)
            kept = history.keep(POLICY, "2", "a dispute", at=NOW)
            assert kept.kept is not None
            assert (kept.kept.why, kept.kept.at) == ("a dispute", NOW.isoformat())
            done = history.prune(POLICY, at=NOW, last=1)
            assert numbers(done.runs) == [1, 3, 4]
            assert numbers(done.kept) == [2]
            assert history.load("2") == made[1]
            assert history.release(POLICY, "2", "settled", at=NOW).kept is None
            assert numbers(history.prune(POLICY, at=NOW, last=1).runs) == [2]
            assert history.verify_chain(POLICY) == ()
            assert [act.what for act in history.acts(POLICY)] == ["keep", "prune", "release", "prune"]

    def test_only_what_the_rule_would_take_is_told_as_kept(self, url: str) -> None:
        with open_history(url) as history:
            filled(history)
            for ref in ("1", "5"):
                history.keep(POLICY, ref, "a dispute", at=NOW)
            assert numbers(history.prune(POLICY, at=NOW, last=2).kept) == [1]

    @pytest.mark.parametrize("what", ["keep", "release"])
    def test_a_reason_is_needed(self, url: str, what: str) -> None:
        with open_history(url) as history:
            filled(history)
            history.keep(POLICY, "1", "a dispute", at=NOW)
            with pytest.raises(HistoryError, match=f"say why you {what}"):
                getattr(history, what)(POLICY, "1", " ", at=NOW)

    def test_what_cannot_be_kept_or_released(self, url: str) -> None:
        with open_history(url) as history:
            filled(history)
            history.prune(POLICY, at=NOW, last=4)
            with pytest.raises(HistoryError, match="nothing left to keep"):
                history.keep(POLICY, "1", "a dispute", at=NOW)
            with pytest.raises(HistoryError, match="is not kept"):
                history.release(POLICY, "2", "settled", at=NOW)
            with pytest.raises(HistoryError, match="no run is '9'"):
                history.keep(POLICY, "9", "a dispute", at=NOW)
            assert len(history.acts(POLICY)) == 1


def forge(history: History, **said: Any) -> None:
    """Write an act as somebody would who knows how."""
    acts = history.acts(POLICY)
    body = {
        "what": "prune",
        "policy": POLICY,
        "number": len(acts) + 1,
        "previous": acts[-1].digest if acts else "",
        "at": NOW.isoformat(),
        "newest": named(history, 5),
        "why": "",
        "before": None,
        "last": None,
        **said,
    }
    act = Act.model_validate_json(canonical(body))
    values = {"policy": POLICY, "number": act.number, "digest": act.digest, "body": act.body}
    execute(history, "INSERT INTO acts VALUES (:policy, :number, :digest, :body)", **values)


def named(history: History, number: int) -> dict[str, Any]:
    row = history.runs()[number - 1]
    return {"number": row.number, "digest": row.digest, "at": row.at, "verdict": row.verdict}


class TestTampering:
    def test_entries_taken_away_by_hand_are_no_pruning(self, url: str) -> None:
        with open_history(url) as history:
            filled(history)
            history.prune(POLICY, at=NOW, last=4)
            execute(history, "DELETE FROM blobs WHERE digest = (SELECT header FROM runs WHERE number = 3)")
            (problem,) = history.verify_chain(POLICY)
            assert "run 3 of 'example-saas'" in problem
            with pytest.raises(Tampered):
                history.load("3")

    @pytest.mark.parametrize(
        ("rule", "said"),
        [
            ({"last": 2}, r"its rule \(not among the last 2\) takes the runs 1, 2, 3, it names 3"),
            ({"before": "2026-11-04T00:00:00+00:00"}, r"takes the runs 1, 2, 3, it names 3"),
            ({}, r"takes the runs none, it names 3"),
            ({"before": "soon"}, "its clock is no time"),
            ({"last": -5}, "takes the runs 1, 2, 3, 4, it names 3"),
        ],
    )
    def test_a_forged_act_must_take_all_that_its_rule_takes(self, url: str, rule: dict[str, Any], said: str) -> None:
        with open_history(url) as history:
            filled(history)
            forge(history, runs=[named(history, 3)], **rule)
            assert any(re.search(said, each) for each in history.verify_chain(POLICY))

    def test_a_forged_act_leaves_entries(self, url: str) -> None:
        with open_history(url) as history:
            filled(history)
            forge(history, runs=[named(history, 1)], last=4)
            (problem,) = history.verify_chain(POLICY)
            assert "run 1" in problem
            assert "it was pruned, but entries of it are there" in problem

    @pytest.mark.parametrize(
        ("said", "told"),
        [
            ({"what": "keep", "runs": []}, "it could not keep run none"),
            ({"what": "release", "runs": [1]}, "it could not release run 1"),
            ({"what": "keep", "runs": [1, 2]}, "it could not keep run 1, 2"),
            ({"what": "keep", "runs": [5], "newest": 4}, "it could not keep run 5"),
            ({"what": "keep", "runs": [1], "newest": 4}, "run 4 was no longer the newest"),
            ({"what": "prune", "runs": [1], "last": 5}, "takes the runs none, it names 1"),
        ],
    )
    def test_acts_that_were_not_possible(self, url: str, said: dict[str, Any], told: str) -> None:
        with open_history(url) as history:
            filled(history)
            if told.startswith("run 4"):
                history.keep(POLICY, "5", "a dispute", at=NOW)
            runs = [named(history, number) for number in said["runs"]]
            forge(history, **{**said, "runs": runs, "newest": named(history, said.get("newest", 5))})
            assert any(told in each for each in history.verify_chain(POLICY))
            with pytest.raises(Tampered, match="on top of that"):
                history.keep(POLICY, "4", "a dispute", at=NOW)

    @pytest.mark.parametrize("name", ["number", "digest", "at", "verdict"])
    def test_an_act_names_runs_of_the_list(self, url: str, name: str) -> None:
        with open_history(url) as history:
            filled(history)
            forge(history, what="keep", runs=[{**named(history, 1), name: 7 if name == "number" else "other"}])
            assert any("which is not so in the list of runs" in each for each in history.verify_chain(POLICY))

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE acts SET digest = 'aaaa' WHERE number = 1",
            "UPDATE acts SET body = :bytes WHERE number = 1",
            "UPDATE acts SET body = :spaced WHERE number = 1",
            "UPDATE acts SET number = 7 WHERE number = 1",
            "DELETE FROM acts WHERE number = 1",
            "UPDATE acts SET body = (SELECT a.body FROM acts a WHERE a.number = 2) WHERE number = 1",
        ],
    )
    def test_a_changed_act_is_told_and_holds_no_more(self, url: str, statement: str) -> None:
        with open_history(url) as history:
            filled(history)
            history.keep(POLICY, "5", "a dispute", at=NOW)
            history.prune(POLICY, at=NOW, last=3)
            values = {"bytes": b"{}", "spaced": b" " + history.acts(POLICY)[0].body}
            execute(history, statement, **{name: each for name, each in values.items() if f":{name}" in statement})
            assert history.acts(POLICY) == ()
            found = history.verify_chain(POLICY)
            assert found[0] == "act 1 of 'example-saas' is missing or was changed"
            assert len(found) == 3
            with pytest.raises(Tampered, match="on top of that"):
                history.prune(POLICY, at=NOW, last=2)

    @pytest.mark.parametrize("column", ["at", "verdict", "digest", "entries", "previous"])
    def test_the_row_of_a_pruned_run(self, url: str, column: str) -> None:
        with open_history(url) as history:
            filled(history)
            history.prune(POLICY, at=NOW, last=2)
            execute(history, f"UPDATE runs SET {column} = '2020-01-01' WHERE number = 2")  # noqa: S608 - a fixed word
            assert history.verify_chain(POLICY)

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM intervals WHERE first_run = 1",
            "UPDATE intervals SET digest = (SELECT max(digest) FROM blobs) WHERE first_run = 1",
            "UPDATE blobs SET body = :bytes WHERE digest IN (SELECT digest FROM intervals)",
            "DELETE FROM blobs WHERE digest IN (SELECT digest FROM intervals WHERE last_run = 1)",
            "DELETE FROM blobs WHERE digest IN (SELECT header FROM runs WHERE number = 1)",
            "UPDATE runs SET entries = 'aaaa' WHERE number = 1",
        ],
    )
    def test_pruning_does_not_cover_it_up(self, url: str, statement: str) -> None:
        with open_history(url) as history:
            filled(history)
            execute(history, statement, **({"bytes": b"{}"} if ":bytes" in statement else {}))
            before = content(history)
            with pytest.raises(Tampered, match="run 1"):
                history.prune(POLICY, at=NOW, last=2)
            assert content(history) == before

    @pytest.mark.parametrize("value", ["x", b"x", 9e9])
    @pytest.mark.parametrize("column", ["kind", "digest", "first_run", "last_run"])
    def test_any_type_in_the_intervals(self, tmp_path: Path, column: str, value: object) -> None:
        with open_history(str(tmp_path / "history.db")) as history:
            filled(history)
            execute(history, f"UPDATE intervals SET {column} = :value WHERE first_run = 1", value=value)  # noqa: S608 - a fixed word
            assert history.verify_chain(POLICY)
            with pytest.raises(HistoryError):
                history.prune(POLICY, at=NOW, last=2)

    @pytest.mark.parametrize("value", ["{}", b"\xff", 5, b"[]", b"null"])
    @pytest.mark.parametrize("column", ["body", "digest", "number"])
    def test_any_type_in_the_acts(self, tmp_path: Path, column: str, value: object) -> None:
        with open_history(str(tmp_path / "history.db")) as history:
            filled(history)
            history.keep(POLICY, "1", "a dispute", at=NOW)
            execute(history, f"UPDATE acts SET {column} = :value", value=value)  # noqa: S608 - a fixed word
            assert history.verify_chain(POLICY) == ("act 1 of 'example-saas' is missing or was changed",)

    @pytest.mark.parametrize("what", ["VIEW v AS SELECT 1", "TRIGGER t AFTER DELETE ON runs BEGIN SELECT 1; END"])
    def test_a_file_that_would_run_something_is_not_opened(self, tmp_path: Path, what: str) -> None:
        path = str(tmp_path / "history.db")
        with open_history(path) as history, connected(history.engine) as connection:
            connection.exec_driver_sql(f"CREATE {what}")
        with pytest.raises(HistoryError, match="a view or trigger"):
            open_history(path)


class TestCopying:
    @pytest.fixture
    def other(self, tmp_path: Path) -> Any:
        with open_history(str(tmp_path / "other.db")) as history:
            yield history

    def test_there_and_back(self, url: str, other: History) -> None:
        with open_history(url) as history:
            filled(history)
            commit(history, {"p": 1}, 6, partial=True)
            history.keep(POLICY, "2", "a dispute", at=NOW)
            history.prune(POLICY, at=NOW, last=2)
            (copied,) = history.copy_to(other)
            assert (copied.policy, numbers(copied.runs), copied.acts) == (POLICY, [1, 2, 3, 4, 5, 6], 2)
            assert content(other) == content(history)
            assert history.copy_to(other) == other.copy_to(history) == (Copied(POLICY),)

    def test_a_server_gets_a_file(self, url: str, other: History) -> None:
        filled(other)
        other.prune(POLICY, at=NOW, last=2)
        with open_history(url) as history:
            other.copy_to(history)
            assert content(other) == content(history)
            assert commit(history, {}, 6).previous

    def test_the_rest_of_a_chain_is_appended(self, url: str, other: History) -> None:
        with open_history(url) as history:
            filled(history)
            history.copy_to(other)
            commit(other, {"x": 1}, 6, policy="else")
            commit(history, {"a": 4}, 6)
            commit(history, {"a": 1}, 7, partial=True)
            history.keep(POLICY, "6", "a dispute", at=NOW)
            (copied,) = history.copy_to(other, POLICY)
            assert (numbers(copied.runs), copied.acts) == ([6, 7], 1)
            assert loadable(other) == loadable(history)
            assert other.verify_chain(POLICY) == other.verify_chain("else") == ()
            assert other.runs(POLICY)[5].kept

    def test_a_longer_history_gains_nothing(self, url: str, other: History) -> None:
        with open_history(url) as history:
            filled(history)
            history.copy_to(other)
            commit(other, {}, 6)
            other.keep(POLICY, "6", "a dispute", at=NOW)
            before = content(other)
            assert history.copy_to(other) == (Copied(POLICY),)
            assert content(other) == before

    def test_another_chain_is_refused_and_its_first_run_named(self, url: str, other: History) -> None:
        with open_history(url) as history:
            commit(history, {"a": 1}, 1)
            history.copy_to(other)
            commit(history, {"a": 2}, 2)
            commit(other, {"a": 3}, 2)
            commit(other, {"a": 3}, 3)
            before = content(other)
            with pytest.raises(HistoryError, match="differ from run 2 of"):
                history.copy_to(other)
            assert content(other) == before

    def test_other_acts_are_refused(self, url: str, other: History) -> None:
        with open_history(url) as history:
            filled(history)
            history.copy_to(other)
            history.keep(POLICY, "1", "a dispute", at=NOW)
            commit(other, {}, 6)
            with pytest.raises(HistoryError, match=r"went on apart.* has 6 runs and 0 acts.* 5 and 1$"):
                history.copy_to(other)
            other.keep(POLICY, "2", "another", at=NOW)
            with pytest.raises(HistoryError, match=r"differ from act 1 on: keep on 2027-01-01.*, keep on 2027"):
                history.copy_to(other)

    def test_what_was_pruned_here_is_pruned_there_only_if_asked(self, url: str, other: History) -> None:
        with open_history(url) as history:
            filled(history)
            history.copy_to(other)
            history.prune(POLICY, at=NOW, last=2)
            with pytest.raises(HistoryError, match=r"run 1 of .* was pruned in .* read and is whole in .*--prune"):
                history.copy_to(other)
            (copied,) = history.copy_to(other, prune=True)
            assert numbers(copied.pruned) == [1, 2, 3]
            assert content(other) == content(history)

    def test_what_was_changed_is_not_copied(self, url: str, other: History) -> None:
        with open_history(url) as history:
            filled(history)
            commit(history, {"a": 1}, 1, policy="another")
            execute(history, "UPDATE intervals SET kind = 'evil' WHERE policy = :policy", policy=POLICY)
            with pytest.raises(Tampered, match=r"it is not copied: run 1 .* \(and 4 more\)"):
                history.copy_to(other)
            assert other.runs() == ()

    def test_a_changed_body_on_the_other_side_is_not_built_on(self, url: str, other: History) -> None:
        with open_history(url) as history:
            filled(history)
            history.copy_to(other)
            commit(history, {"a": 4}, 6)
            execute(other, "UPDATE blobs SET body = :body", body=b"{}")
            before = content(other)
            with pytest.raises(Tampered, match="the copy is not what was verified"):
                history.copy_to(other)
            assert content(other) == before

    def test_not_to_itself_and_not_nothing(self, url: str, other: History) -> None:
        with open_history(url) as history:
            with pytest.raises(HistoryError, match="there is no run to copy"):
                history.copy_to(other)
            with pytest.raises(HistoryError, match="no run of policy 'x'"):
                history.copy_to(other, "x")
            with pytest.raises(HistoryError, match="to itself"), open_history(url) as again:
                history.copy_to(again)


def test_pruning_waits_for_a_writer_of_another_policy(postgres_url: str) -> None:
    """Else it could take away a body that the writer counts on."""
    with open_history(postgres_url) as history, open_history(postgres_url, wait=0.2) as hasty:
        filled(history)
        with history.writer("other") as writer:
            writer.connection.execute(select(func.count()).select_from(blobs))
            assert hasty.prune(POLICY, at=NOW, last=4).runs
            writer._store([Fragment({"value": 1})])
            with pytest.raises(HistoryError, match="is writing"):
                hasty.prune(POLICY, at=NOW, last=1)
