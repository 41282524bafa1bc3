"""Counting calls beside a session, from many threads."""

from __future__ import annotations

import threading
from contextlib import suppress

import pytest

from scanner.collect.model import Call, CallError, Unit
from scanner.collect.progress import (
    Count,
    Denied,
    Lane,
    Operation,
    Progress,
    Spent,
    Watched,
    by_account,
    service,
)
from tests.scanner.collect.conftest import ACCOUNTS, Cloud

UNIT = Unit(ACCOUNTS[0], "north")
LANE = Lane("x", "111111111111", "boxes")


def watched(*replies: object, progress: Progress) -> Watched:
    return Watched("x", Cloud((), {"boxes.list": replies}), progress)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (Call("s3:ListAllMyBuckets", "s3.list_buckets"), "s3"),
        (Call("Microsoft.Storage/storageAccounts/read", "GET /{id}"), "storage"),
        (Call("*/read", "POST /providers/Microsoft.ResourceGraph/resources"), "listing"),
        (Call("", "GET /{id}"), "listing"),
        (Call("cloudasset.assets.listResource", "cloudasset.assets.list"), "cloudasset"),
    ],
)
def test_the_service_of_a_call(call: Call, named: str) -> None:
    assert service(call) == named


@pytest.mark.parametrize(
    ("replies", "count", "denied"),
    [
        (({"a": 1}, {"a": 2}), Count(1, 0, 0), ()),
        (({"a": 1}, CallError("AccessDenied", refused=True)), Count(1, 1, 0), (("boxes.list", "x:List"),)),
        ((CallError("Timeout", refused=False),), Count(1, 0, 1), ()),
        ((CallError("NoSuchBox", refused=True),), Count(1, 0, 0), ()),
    ],
    ids=["pages", "refused between pages", "failed", "absent"],
)
def test_a_call_is_counted_and_its_outcome(
    replies: tuple[object, ...], count: Count, denied: tuple[tuple[str, str], ...]
) -> None:
    progress = Progress()
    call = Call("x:List", "boxes.list", absent=frozenset({"NoSuchBox"}))
    brought: list[object] = []
    pages = watched(*replies, progress=progress).pages(UNIT, call, {})
    with suppress(CallError):
        brought.extend(pages)
        assert not isinstance(replies[-1], CallError)
    assert brought == [each for each in replies if not isinstance(each, Exception)]
    now = progress.snapshot()
    assert now.lanes == {LANE: count}
    assert now.total == count
    assert now.denied == tuple(Denied("x", "111111111111", *each) for each in denied)


def test_discovery_tells_the_accounts() -> None:
    progress = Progress()
    session = watched(progress=progress)
    assert session.discover().accounts == ACCOUNTS
    assert progress.snapshot().accounts == {"x": 1}
    session.close()


def test_nothing_is_lost_between_threads() -> None:
    progress = Progress()

    def count() -> None:
        for _ in range(1000):
            progress.add(LANE, Count(calls=1, refused=1), Denied("x", "a", "o", "p"))

    threads = [threading.Thread(target=count) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    now = progress.snapshot()
    assert now.total == Count(8000, 8000, 0)
    assert len(now.denied) == 1


def test_a_snapshot_does_not_move() -> None:
    progress = Progress()
    progress.add(LANE, Count(calls=1))
    before = progress.snapshot()
    progress.add(LANE, Count(calls=1))
    assert before.total == Count(1)


def test_the_counts_by_account() -> None:
    lanes = {Lane("b", "2", "s"): Count(2), Lane("a", "1", "t"): Count(1), Lane("a", "1", "s"): Count(3)}
    assert by_account(lanes) == {("a", "1"): {"s": Count(3), "t": Count(1)}, ("b", "2"): {"s": Count(2)}}


def test_the_time_of_waiting_is_added_for_each_operation() -> None:
    progress = Progress()
    clock = iter([10.0, 10.5, 20.0, 21.0, 21.0, 21.25, 30.0, 30.0, 8.0, 8.125])
    cloud = Cloud((), {"boxes.list": [{"a": 1}, {"a": 2}], "bags.list": [CallError("Slow", refused=False)]})
    session = Watched("x", cloud, progress, lambda: next(clock))
    pages = session.pages(UNIT, Call("x:List", "boxes.list"), {})
    assert [next(pages), next(pages)] == [{"a": 1}, {"a": 2}]
    # What the reader does with a page, from 10.5 to 20, is no waiting.
    assert list(pages) == []
    with suppress(CallError):
        list(session.pages(UNIT, Call("x:List", "bags.list"), {}))
    with suppress(CallError):
        list(session.pages(UNIT, Call("x:List", "bags.list"), {}))
    now = progress.snapshot()
    assert now.operations == {
        Operation("x", "boxes", "boxes.list"): Spent(1, 1.75),
        Operation("x", "bags", "bags.list"): Spent(2, 0.125),
    }
    assert now.wall == 22.0
    assert Progress().snapshot().wall == 0.0
