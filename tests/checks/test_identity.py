"""People: how they sign in and what they may do, as tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import pytest

from checks.identity import few_administrators, long_passwords, root_unused, second_factor
from scanner.facts import Known, Reason, Seen, Unknown

Judge = Callable[..., Mapping[str, object]]
DARK = Unknown(Reason.REFUSED, "dark")
UNKNOWN = {"unknown": ["dark"]}


@pytest.mark.parametrize(
    ("people", "said"),
    [
        (Seen(), True),
        (Seen(("root", "jane")), ["jane", "root"]),
        (Seen(("jane",), (DARK,)), ["jane"]),
        (Seen((), (DARK,)), UNKNOWN),
        (DARK, UNKNOWN),
    ],
)
def test_a_password_alone(judge: Judge, people: object, said: object) -> None:
    assert judge(second_factor, {}, Identity_single_factor=people) == {"second factor": said}


@pytest.mark.parametrize(
    ("most", "people", "said"),
    [
        (2, Seen(("jane", "joe")), True),
        (1, Seen(("jane", "joe")), ["2"]),
        (1, Seen(("jane", "jane")), True),
        (0, Seen(), True),
        # Too many of those that were seen are too many; few of them prove nothing.
        (1, Seen(("jane", "joe"), (DARK,)), ["2"]),
        (2, Seen(("jane", "joe"), (DARK,)), UNKNOWN),
        (2, DARK, UNKNOWN),
    ],
)
def test_administrators(judge: Judge, most: int, people: object, said: object) -> None:
    assert judge(few_administrators, {"at_most": most}, Identity_administrators=people) == {"administrators": said}


@pytest.mark.parametrize(
    ("used", "said"),
    [
        (Known(None), True),
        (datetime(2026, 3, 1, tzinfo=UTC), True),
        (datetime(2026, 4, 2, tzinfo=UTC), True),
        (datetime(2026, 4, 3, tzinfo=UTC), ["2026-04-03"]),
        (datetime(2026, 7, 1, tzinfo=UTC), ["2026-07-01"]),
        (DARK, UNKNOWN),
    ],
)
def test_the_root_user(judge: Judge, used: object, said: object) -> None:
    found = judge(root_unused, {}, date(2026, 7, 1), Identity_root_last_used=used, Identity_root_keys=False)
    assert found == {"unused": said, "no keys": True}


def test_the_root_users_keys(judge: Judge) -> None:
    want = {"unused_for": "1 year"}
    used = datetime(2026, 4, 2, tzinfo=UTC)
    found = judge(root_unused, want, date(2026, 7, 1), Identity_root_last_used=used, Identity_root_keys=True)
    assert found == {"unused": ["2026-04-02"], "no keys": False}


@pytest.mark.parametrize(("length", "said"), [(14, True), (13, False), (0, False), (DARK, UNKNOWN)])
def test_passwords(judge: Judge, length: object, said: object) -> None:
    assert judge(long_passwords, {"at_least": 14}, Identity_password_length=length) == {"length": said}
