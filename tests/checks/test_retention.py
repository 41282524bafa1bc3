"""Retention, as tables: a minimum and a maximum are two promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from checks.retention import BackupWanted, backups_kept, logs_kept
from scanner.facts import FOREVER, Duration, Inapplicable, Plan, PlanKind, Reason, Seen, Unknown

Judge = Callable[..., Mapping[str, object]]

DARK = Unknown(Reason.REFUSED, "dark")
DIM = Unknown(Reason.SHAPE, "dim")
NEVER = Inapplicable("no such thing")
UNKNOWN = {"unknown": ["dark"]}
NOTHING = {"unknown": ["nothing is told where something must be"]}


def read(written: str) -> Duration | Unknown:
    return {"dark": DARK, "dim": DIM}.get(written) or Duration.parse(written)


def plan(kept: str, every: str = "1 day") -> Plan:
    return Plan(PlanKind.SNAPSHOT, read(kept), read(every), DARK, DARK, DARK)


def seen(*items: object, gaps: tuple[Unknown, ...] = ()) -> Seen[Any]:
    return Seen(items, gaps)


AT_LEAST = [
    (seen(plan("35 days")), True),
    (seen(plan("5 weeks")), True),
    (seen(plan("forever")), True),
    (seen(plan("34 days")), ["34 days"]),
    (seen(), ["no backup"]),
    (seen(plan("7 days"), plan("14 days")), ["14 days"]),
    (seen(plan("7 days"), plan("1 year")), True),
    # One plan suffices, whatever is unknown of another.
    (seen(plan("dark"), plan("1 year")), True),
    (seen(plan("1 year"), gaps=(DARK,)), True),
    # None does, but one that was not seen might.
    (seen(plan("7 days"), plan("dark")), UNKNOWN),
    (seen(plan("dark"), plan("dim")), {"unknown": ["dark", "dim"]}),
    (seen(plan("7 days"), gaps=(DARK,)), UNKNOWN),
    (seen(gaps=(DARK,)), UNKNOWN),
    (DARK, UNKNOWN),
    (NEVER, "n/a"),
]


@pytest.mark.parametrize(("plans", "said"), AT_LEAST)
def test_backups_kept_at_least(judge: Judge, plans: object, said: object) -> None:
    assert judge(backups_kept, {"at_least": "35 days"}, Backup_plans=plans) == {"kept at least": said}


AT_MOST = [
    (seen(plan("30 days")), True),
    (seen(plan("31 days")), ["31 days"]),
    (seen(plan("forever")), ["forever"]),
    (seen(plan("forever"), plan("1 year"), plan("1 day")), ["365 days", "forever"]),
    # No backup is kept too long.
    (seen(), True),
    (seen(plan("dark"), plan("forever")), ["forever"]),
    (seen(plan("dark"), plan("1 day")), UNKNOWN),
    (seen(plan("forever"), gaps=(DARK,)), ["forever"]),
    (seen(plan("1 day"), gaps=(DARK,)), UNKNOWN),
    (DARK, UNKNOWN),
    (NEVER, "n/a"),
]


@pytest.mark.parametrize(("plans", "said"), AT_MOST)
def test_backups_kept_at_most(judge: Judge, plans: object, said: object) -> None:
    assert judge(backups_kept, {"at_most": "30 days"}, Backup_plans=plans) == {"kept at most": said}


@pytest.mark.parametrize(
    ("plans", "least", "most"),
    [
        (seen(plan("35 days")), True, True),
        (seen(plan("36 days")), True, ["36 days"]),
        (seen(plan("34 days")), ["34 days"], True),
        (seen(plan("forever")), True, ["forever"]),
        (seen(), ["no backup"], True),
        (seen(plan("35 days"), plan("dark")), True, UNKNOWN),
        (seen(plan("7 days"), plan("35 days")), True, True),
    ],
)
def test_backups_kept_exactly(judge: Judge, plans: object, least: object, most: object) -> None:
    found = judge(backups_kept, {"exactly": "35 days"}, Backup_plans=plans)
    assert found == {"kept at least": least, "kept at most": most}


@pytest.mark.parametrize(
    ("plans", "said"),
    [
        (seen(plan("1 year", "1 day")), True),
        (seen(plan("1 year", "12 hours")), True),
        (seen(plan("1 year", "1 week")), ["365 days"]),
        # Often but short, and long but rare: neither suffices.
        (seen(plan("7 days", "1 day"), plan("2 years", "1 year")), ["730 days"]),
        (seen(plan("1 year", "dark")), UNKNOWN),
        (seen(plan("dark", "1 day")), UNKNOWN),
        (seen(plan("1 year", "dark"), plan("1 year", "1 day")), True),
        # What is known rules it out, whatever the rest may be.
        (seen(plan("7 days", "dark")), ["7 days"]),
        (seen(plan("dark", "1 week")), ["no backup"]),
        (seen(plan("7 days", "dark"), plan("dark", "1 week")), ["7 days"]),
        (seen(plan("dark", "dim")), {"unknown": ["dark", "dim"]}),
    ],
)
def test_backups_made_often(judge: Judge, plans: object, said: object) -> None:
    with_ = {"at_least": "1 year", "every": "1 day"}
    assert judge(backups_kept, with_, Backup_plans=plans) == {"kept at least": said}


def test_how_often_matters_only_where_it_is_promised(judge: Judge) -> None:
    assert judge(backups_kept, {"at_least": "1 year"}, Backup_plans=seen(plan("1 year", "dark"))) == {
        "kept at least": True
    }


LOGS = [
    (seen("35 days"), True, True),
    (seen("34 days"), ["34 days"], True),
    (seen("36 days"), True, ["36 days"]),
    (seen("forever"), True, ["forever"]),
    (seen("35 days", "1 day", "forever"), ["1 day"], ["forever"]),
    (seen(), NOTHING, NOTHING),
    (seen("35 days", gaps=(DARK,)), UNKNOWN, UNKNOWN),
    (seen("1 day", gaps=(DARK,)), ["1 day"], UNKNOWN),
    (DARK, UNKNOWN, UNKNOWN),
    (NEVER, "n/a", "n/a"),
]


@pytest.mark.parametrize(("kept", "least", "most"), LOGS)
def test_logs(judge: Judge, kept: Any, least: object, most: object) -> None:
    state = Seen(tuple(map(read, kept.items)), kept.gaps) if isinstance(kept, Seen) else kept
    found = judge(logs_kept, {"exactly": "35 days"}, LogStore_retention=state)
    assert found == {"kept at least": least, "kept at most": most}
    assert judge(logs_kept, {"at_least": "35 days"}, LogStore_retention=state) == {"kept at least": least}
    assert judge(logs_kept, {"at_most": "35 days"}, LogStore_retention=state) == {"kept at most": most}


def test_the_words_of_a_fault() -> None:
    from checks.retention import _longer, _shorter, _some

    days = Duration.of
    assert _longer(FOREVER, days(30), "snapshot").why == "snapshot is kept forever, at most 30 days is promised"  # type: ignore[union-attr] # it is a fault
    assert _shorter(days(1), days(30)).why == "an entry is kept 1 day, at least 30 days is promised"  # type: ignore[union-attr] # it is a fault
    (fault,) = _some([plan("7 days")], days(30), None)
    assert fault.why == "7 days kept, at least 30 days promised"  # type: ignore[union-attr] # it is a fault
    (fault,) = _some([], days(30), days(1))
    assert fault.why == "no backup kept, at least 30 days promised every 1 day"  # type: ignore[union-attr] # it is a fault


@pytest.mark.parametrize(
    ("with_", "said"),
    [
        ({}, "one of 'at_least', 'at_most' and 'exactly' is required"),
        ({"every": "1 day"}, "is required"),
        ({"exactly": "1 day", "at_most": "1 day"}, "'exactly' excludes"),
        ({"exactly": "1 day", "at_least": "1 day"}, "'exactly' excludes"),
        ({"at_most": "forever"}, "promises nothing"),
        ({"at_least": "2 days", "at_most": "1 day"}, "is above at_most"),
        ({"at_least": 35}, "Did you mean '35 days'"),
        ({"at_least": "soon"}, "is not a duration"),
        ({"at_least": "1 day", "often": "1 day"}, "Extra inputs"),
        ({"at_least": True}, "this is not a duration"),
        ({"at_least": "1" * 50 + " days"}, "this is not a duration"),
    ],
)
def test_parameters_that_make_no_sense(with_: Mapping[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        BackupWanted.model_validate(with_)


def test_parameters() -> None:
    assert BackupWanted.model_validate({"exactly": "forever"}).upper == FOREVER
    want = BackupWanted(at_least=Duration.of(1), at_most=Duration.of(1))
    assert (want.lower, want.upper) == (Duration.of(1), Duration.of(1))
    assert BackupWanted(at_least=Duration.of(1)).upper is None
    assert BackupWanted(at_most=Duration.of(1)).lower is None
    want = BackupWanted.model_validate({"at_least": "90 minutes", "at_most": "35 days"})
    assert want.model_dump(mode="json") == {
        "at_least": "5400 seconds",
        "at_most": "35 days",
        "exactly": None,
        "every": None,
    }
    assert BackupWanted.model_validate({"exactly": "forever"}).model_dump()["exactly"] == "forever"
