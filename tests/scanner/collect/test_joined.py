"""A joined listing: made once, whoever needs it first, and each resource is told what its items say of it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from scanner.collect import joined as module
from scanner.collect.joined import Joined, Read, names
from scanner.collect.model import Call, Join
from scanner.facts import JSON, Body, Fragment, Projection

OUT = Call("x:ListPairs", "x.list_pairs", items="/Pairs", join=Join("/From", {"/Name": "", "/Arns/*": "arn:"}))
IN = replace(OUT, join=Join("/To/*", {"/Name": ""}))
WHOLE = Projection.of(["/Pairs/*"])
PAGES: list[JSON] = [
    {"Pairs": [{"From": "a", "To": ["b", "c"], "n": 1}, {"From": "b", "To": ["c"], "n": 2}]},
    {"Pairs": [{"From": "a", "To": ["a"], "n": 3}, {"To": [], "n": 4}, {"From": 7, "To": ["c", "c"], "n": 5}]},
]


class Listing:
    """A listing that counts how often it is made."""

    def __init__(self, pages: Sequence[JSON] = PAGES, reply: Mapping[str, JSON] | None = None) -> None:
        self.pages, self.reply = pages, reply
        self.made = 0
        self.brought = b""
        self.begun = threading.Event()

    def __call__(self, read: Read) -> Mapping[str, JSON]:
        self.made += 1
        self.begun.wait(0.05)
        if self.reply is not None:
            return self.reply
        self.brought = read(OUT, WHOLE, iter(self.pages))
        return {"body": self.brought}


def listing(made: Listing, *, whole: bool = False) -> Joined:
    return Joined(OUT, frozenset({"/From", "/To/*"}), made, whole=whole)


def numbered(data: JSON) -> list[int]:
    """The numbers of the items in a body."""
    body: Any = data
    return [each["n"] for each in body["Pairs"]]


def told(found: Body | Mapping[str, JSON]) -> list[int]:
    """The numbers of the items that a resource is told."""
    assert isinstance(found, Body)
    assert (found.call, found.permission) == ("x.list_pairs", "x:ListPairs")
    return numbered(found.fragment.body)


def pairs(*items: JSON) -> Body:
    """A reply of these items."""
    return Body("x.list_pairs", "x:ListPairs", Fragment({"Pairs": [*items]}))


@pytest.mark.parametrize(
    ("call", "asked", "found"),
    [
        (OUT, ["a"], [1, 3]),
        (OUT, ["b"], [2]),
        (OUT, ["c"], []),
        (OUT, [], []),
        (OUT, ["7"], [5]),
        (OUT, ["b", "a"], [2, 1, 3]),
        (OUT, ["nothing", "b"], [2]),
        (IN, ["a"], [3]),
        (IN, ["b"], [1]),
        # An item that tells of it twice is there twice.
        (IN, ["c"], [1, 2, 5, 5]),
    ],
)
def test_a_resource_is_told_the_items_about_it(call: Call, asked: list[str], found: list[int]) -> None:
    assert told(listing(Listing()).of(call, asked, WHOLE, [])) == found


@pytest.mark.parametrize("pages", [[], [{"Pairs": []}], [{"Pairs": []}, {"Pairs": []}]])
def test_a_listing_that_tells_nothing_is_an_empty_one(pages: Sequence[JSON]) -> None:
    assert listing(Listing(pages)).of(OUT, ["a"], WHOLE, []) == pairs()


@pytest.mark.parametrize(
    "reply", [{"refused": "AccessDenied"}, {"failed": "Throttled"}, {"absent": "None"}, {"unasked": "not recorded"}]
)
def test_why_there_is_no_listing_is_told_to_each(reply: Mapping[str, JSON]) -> None:
    made = Listing(reply=reply)
    joined = listing(made)
    assert [joined.of(call, ["a"], WHOLE, []) for call in (OUT, IN)] == [reply, reply]
    assert joined.ready() == reply
    assert made.made == 1


def test_many_threads_make_it_once() -> None:
    made = Listing()
    joined = listing(made)
    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(joined.of, OUT, ["a"], WHOLE, []) for _ in range(50)]
        found = [job.result() for job in jobs]
    assert made.made == 1
    assert [told(each) for each in found] == [[1, 3]] * 50


def test_of_a_listing_that_ended_early_nothing_is_told() -> None:
    def broken(read: Read) -> Mapping[str, JSON]:
        read(OUT, WHOLE, iter(PAGES[:1]))
        return {"failed": "Throttled"}

    assert Joined(OUT, frozenset({"/From"}), broken).of(OUT, ["a"], WHOLE, []) == {"failed": "Throttled"}


@pytest.mark.parametrize(("whole", "numbers"), [(True, [1, 2, 3, 4, 5]), (False, [])])
def test_all_of_it_is_kept_for_a_recording_alone(whole: bool, numbers: list[int]) -> None:
    made = Listing()
    joined = listing(made, whole=whole)
    assert joined.ready() == {"body": None}
    assert numbered(Fragment.sealed(made.brought).body) == numbers
    assert told(joined.of(OUT, ["a"], WHOLE, [])) == [1, 3]


def test_each_call_keeps_what_it_declares() -> None:
    joined = listing(Listing())
    keep = Projection.of(["/Pairs/*/To"])
    assert joined.of(OUT, ["a"], keep, []) == pairs({"To": ["b", "c"]}, {"To": ["a"]})
    assert joined.of(OUT, ["a"], WHOLE, []) == pairs(*OF_A)


OF_A: list[JSON] = [{"From": "a", "To": ["b", "c"], "n": 1}, {"From": "a", "To": ["a"], "n": 3}]


def test_a_list_whose_order_means_nothing_is_sorted() -> None:
    pages: list[JSON] = [{"Pairs": [{"From": "a", "n": 2}, {"From": "a", "n": 1}]}]
    assert told(listing(Listing(pages)).of(OUT, ["a"], WHOLE, ["/Pairs"])) == [1, 2]
    assert told(listing(Listing(pages)).of(OUT, ["a"], WHOLE, [])) == [2, 1]


def test_what_tells_by_one_pointer_is_not_told_by_another() -> None:
    joined = listing(Listing())
    for _ in range(2):
        assert [told(joined.of(call, ["a"], WHOLE, [])) for call in (OUT, IN)] == [[1, 3], [3]]


@pytest.mark.parametrize("most", [1, 2, 10_000])
def test_those_who_are_told_the_same_share_it(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(module, "MOST", most)
    joined = listing(Listing())
    # No item tells of "x" or "y".
    one, two = (joined.of(OUT, ["a", other], WHOLE, []) for other in "xy")
    assert one is two
    assert isinstance(one, Body)
    assert one.fragment.is_sealed
    # What was forgotten is made again, the same.
    for _ in range(2):
        assert [told(joined.of(OUT, [name], WHOLE, [])) for name in "abc"] == [[1, 3], [2], []]
    assert len(joined.known) <= most


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"Name": "a"}, ("a",)),
        ({"Name": "a", "Arns": ["x", "y", "x"]}, ("a", "arn:x", "arn:y")),
        ({"Arns": []}, ()),
        ({}, ()),
        (None, ()),
        ({"Name": 7}, ("7",)),
    ],
)
def test_the_names_by_which_a_resource_may_be_told_of(item: JSON, found: tuple[str, ...]) -> None:
    assert OUT.join is not None
    assert names(tuple(OUT.join.names.items()), item) == found
