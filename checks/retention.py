"""Retention: for how long backups and logs are kept. A maximum is as good a promise as a minimum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pydantic import Field

from checks.check import Conditions, Fault, Severity, check, every, some
from checks.parameters import Bounds, Days
from scanner.facts import Backup, Duration, LogStore, Plan, Unknown, need


class BackupWanted(Bounds):
    """For how long backups are kept, and how often they are made."""

    every: Days | None = Field(None, description="a recovery point is made at least this often")


@check(
    "backup.retention",
    severity=Severity.HIGH,
    fix="Set the retention of the backup plans to what is promised; delete recovery points that outlive a maximum.",
    reads=(Backup.plans,),
)
def backups_kept(backup: Backup, want: BackupWanted) -> Conditions:
    """Backups are kept for as long as promised: at least, at most, or exactly.

    At least: some plan keeps its recovery points so long (and makes them so often). At most: no plan keeps any longer,
    so a recovery point that never expires breaks it.
    """
    least, most = want.lower, want.upper
    if least is not None:
        yield "kept at least", lambda: _some(backup.plans, least, want.every)
    if most is not None:
        yield "kept at most", lambda: every(backup.plans, lambda plan: _longer(need(plan.retention), most, plan.kind))


def _some(plans: Iterable[Plan], least: Duration, often: Duration | None) -> Iterator[Fault | Unknown]:
    """Nothing where one plan suffices; what was not seen matters only if none does, and of plans that could suffice."""
    unknown: list[Unknown] = []
    found: list[Duration] = []
    for plan in plans:
        if isinstance(plan.retention, Duration):
            found.append(plan.retention)
        if _too_short(plan, least) or _too_rare(plan, often):
            continue
        parts = [plan.retention, *([plan.every] if often else [])]
        missing = [part for part in parts if isinstance(part, Unknown)]
        if not missing:
            return
        unknown.extend(missing)
    yield from unknown
    longest = str(max(found)) if found else "no backup"
    if not unknown:
        yield Fault(longest, f"{longest} kept, at least {least} promised" + (f" every {often}" if often else ""))


def _too_short(plan: Plan, least: Duration) -> bool:
    return isinstance(plan.retention, Duration) and plan.retention < least


def _too_rare(plan: Plan, often: Duration | None) -> bool:
    return often is not None and isinstance(plan.every, Duration) and plan.every > often


def _longer(found: Duration, most: Duration, what: str) -> Fault | None:
    return Fault(str(found), f"{what} is kept {found}, at most {most} is promised") if found > most else None


@check(
    "logs.retention",
    severity=Severity.MEDIUM,
    fix="Set the retention of the log store, and of each part that differs from it, to what is promised.",
    reads=(LogStore.retention,),
)
def logs_kept(logs: LogStore, want: Bounds) -> Conditions:
    """Logs are kept for as long as promised: at least, at most, or exactly; in every part of the store."""
    least, most = want.lower, want.upper
    if least is not None:
        yield "kept at least", lambda: every(some(logs.retention), lambda kept: _shorter(need(kept), least))
    if most is not None:
        yield "kept at most", lambda: every(some(logs.retention), lambda kept: _longer(need(kept), most, "an entry"))


def _shorter(found: Duration, least: Duration) -> Fault | None:
    return Fault(str(found), f"an entry is kept {found}, at least {least} is promised") if found < least else None


CHECKS = (backups_kept, logs_kept)
