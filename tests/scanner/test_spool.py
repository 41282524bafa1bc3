"""The spool: every row is there, in order, and is found by the names that a cloud may call it by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner import spool as module
from scanner.spool import Row, Spool, any_account

BUCKET = "arn:aws:s3:eu-west-2:111111111111:Orders"


def row(name: str, replies: bytes = b"{}") -> Row:
    return Row(name, b"likeness of " + name.encode(), f"name of {name}", replies)


def spooled(rows: Iterable[tuple[Row, int]]) -> Spool:
    made = Spool()
    for each, rank in rows:
        made.add(each, rank)
    made.done()
    return made


def of_names(*names: str) -> Spool:
    return spooled((row(name), number) for number, name in enumerate(names))


def test_what_was_added_comes_back() -> None:
    one = Row("x:b", b"\x00\xff", "name\x00", b'{"item":{}}')
    assert list(spooled([(one, 1 << 60)])) == [one]
    assert list(spooled([])) == []
    assert spooled([]).find("x:b") is None


@pytest.mark.parametrize("ranks", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (1 << 60, 1 << 56, 7)])
def test_of_one_id_the_highest_rank_counts(ranks: Sequence[int]) -> None:
    made = spooled((row("a", str(rank).encode()), rank) for rank in ranks)
    (found,) = made
    assert found.replies == str(max(ranks)).encode()
    assert made.find("A") == found


@pytest.mark.parametrize(
    ("names", "asked", "found"),
    [
        (("a", "b"), "a", "a"),
        (("a", "b"), "c", None),
        (("a", "b"), "", None),
        (("aB",), "Ab", "aB"),
        (("STRASSE",), "straße", "STRASSE"),
        # Of two that differ in case alone, the last one in the order of ids.
        (("Ab", "aB", "AB"), "ab", "aB"),
        (("ab", "AB"), "AB", "ab"),
        ((BUCKET,), BUCKET.upper(), BUCKET),
        # A name that tells any account finds the first one of those that it may be.
        ((BUCKET,), "arn:aws:s3:eu-west-2:*:orders", BUCKET),
        ((BUCKET.replace("1" * 12, "2" * 12), BUCKET), "arn:aws:s3:eu-west-2:*:orders", BUCKET),
        ((BUCKET,), "arn:aws:s3:eu-west-1:*:orders", None),
        ((BUCKET,), "arn:aws:s3:eu-west-2:*:ordersx", None),
        # Only an ARN is told so.
        (("x:1:b",), "x:*:b", None),
        (("a\x00b", "a"), "A\x00B", "a\x00b"),
    ],
)
def test_a_row_is_found_whatever_the_case_of_its_name(names: tuple[str, ...], asked: str, found: str | None) -> None:
    told = of_names(*names).find(asked)
    assert told == (row(found) if found is not None else None)


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        (BUCKET, "arn:aws:s3:eu-west-2:*:Orders"),
        ("arn:aws:s3:::orders", "arn:aws:s3::*:orders"),
        ("arn:aws:rds:eu-west-2:111111111111:db:a:b", "arn:aws:rds:eu-west-2:*:db:a:b"),
        ("arn:odd", "arn:odd:*"),
    ],
)
def test_an_arn_of_any_account(arn: str, told: str) -> None:
    assert any_account(arn) == told


ROWS = st.lists(st.tuples(st.text(max_size=3), st.integers(0, 5)), max_size=30, unique=True)


@given(ROWS)
def test_it_is_as_a_table_in_memory(rows: list[tuple[str, int]]) -> None:
    highest: dict[str, int] = {}
    for name, rank in rows:
        highest[name] = max(rank, highest.get(name, rank))
    made = spooled((row(name, str(rank).encode()), rank) for name, rank in rows)
    expected = [row(name, str(highest[name]).encode()) for name in sorted(highest)]
    assert list(made) == expected
    folded = {each.id.casefold(): each for each in expected}
    for name, _ in rows:
        for asked in (name, name.upper(), name.casefold(), name + "!"):
            assert made.find(asked) == folded.get(asked.casefold())


def test_rows_are_written_together_and_none_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 7)
    names = [f"{number:03}" for number in range(100)]
    made = of_names(*reversed(names))
    assert [each.id for each in made] == names


def test_rows_come_from_any_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", 5)
    made = Spool()

    def add(start: int) -> None:
        for number in range(start, 400, 4):
            made.describe(b"%d" % (number % 10), b"head %d" % (number % 10))
            made.add(row(f"{number:03}"), 0)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    made.done()
    assert [each.id for each in made] == [f"{number:03}" for number in range(400)]
    assert [made.head(b"%d" % number) for number in range(10)] == [b"head %d" % number for number in range(10)]


def test_what_is_shared_is_said_once() -> None:
    made = Spool()
    made.describe(b"one", b"head")
    made.describe(b"one", b"another")
    made.done()
    assert made.head(b"one") == b"head"


def test_it_may_be_done_twice_and_is_read_more_than_once() -> None:
    made = of_names("b", "a")
    made.done()
    assert [each.id for each in made] == [each.id for each in made] == ["a", "b"]


def test_it_is_found_in_while_it_is_read() -> None:
    names = [f"{number:03}" for number in range(300)]
    made = of_names(*names)
    assert [found.id for each in made if (found := made.find(each.id.upper()))] == names
    made.close()
