"""What merely follows from another change is not told apart; what is told has its cause."""

from __future__ import annotations

from typing import Any

import pytest

from reports.changes import MEANING, caused, narrowed, notable, turned
from reports.document import Cause, Change


def made(**values: Any) -> Change:
    return Change.model_validate(
        {"what": "finding", "subject": "s", "label": "l", "cause": Cause.RESOURCE, "change": "changed", **values}
    )


@pytest.mark.parametrize(
    ("what", "change", "before", "after", "told"),
    [
        ("finding", "appeared", None, "pass", False),
        ("finding", "appeared", None, "not_applicable", False),
        ("finding", "appeared", None, "fail", True),
        ("finding", "disappeared", "unknown", None, True),
        ("finding", "disappeared", "pass", None, False),
        ("finding", "changed", "fail", "pass", True),
        ("resource", "appeared", None, None, True),
        ("fact", "changed", {"a": 1}, ["b"], True),
    ],
)
def test_notable(what: str, change: str, before: object, after: object, told: bool) -> None:
    one = made(what=what, change=change, before=before, after=after)
    assert (one in notable([one])) is told


def test_every_cause_has_a_meaning() -> None:
    assert set(MEANING) == set(Cause)


def test_changes_are_told_by_cause_and_those_of_promises_first() -> None:
    fact = made(what="fact")
    finding = made(before="pass", after="fail")
    promise = made(what="promise")
    unseen = made(what="gap", cause=Cause.VISIBILITY)
    follows = made(change="appeared", after="pass")
    groups = caused([unseen, fact, follows, finding, promise])
    assert [(group.cause, group.changes) for group in groups] == [
        (Cause.RESOURCE, (promise, finding, fact)),
        (Cause.VISIBILITY, (unseen,)),
    ]
    assert groups[0].meaning == "something in the cloud changed"
    assert caused([follows]) == ()


@pytest.mark.parametrize(
    ("change", "before", "after", "turn"),
    [
        ("changed", "pass", "fail", "newly fail"),
        ("appeared", None, "fail", "newly fail"),
        ("changed", "unknown", "fail", "newly fail"),
        ("changed", "fail", "fail", None),
        ("changed", "pass", "unknown", "can no longer be decided"),
        ("changed", "fail", "error", "can no longer be decided"),
        ("not seen", "fail", None, "can no longer be decided"),
        ("appeared", None, "unknown", "can no longer be decided"),
        ("changed", "error", "unknown", None),
        ("changed", "fail", "pass", "no longer fail"),
        ("changed", "fail", "excepted", "no longer fail"),
        ("disappeared", "fail", None, "no longer fail"),
        ("changed", "unknown", "pass", None),
        ("appeared", None, "pass", None),
    ],
)
def test_what_findings_turned_to(change: str, before: object, after: object, turn: str | None) -> None:
    assert turned([made(change=change, before=before, after=after)]) == ({turn: 1} if turn else {})


def test_turns_are_of_findings_only_and_in_order() -> None:
    worse, better = made(before="pass", after="fail"), made(before="fail", after="pass")
    assert list(turned([better, worse, worse, made(what="promise", after="fail")]).items()) == [
        ("newly fail", 2),
        ("no longer fail", 1),
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ([1, 2, 3], [2, 3, 4], ([1], [4])),
        ([1], [1, 2], ([], [2])),
        ("a", ["b"], ("a", ["b"])),
        (None, [1], (None, [1])),
        ({"a": 1}, {"a": 2}, ({"a": 1}, {"a": 2})),
    ],
)
def test_of_two_lists_only_what_differs_is_told(before: object, after: object, told: tuple[object, object]) -> None:
    assert narrowed(made(what="fact", before=before, after=after)) == told
