"""What `asdeclared scan` tells of calls: the plan before a scan, and after it what was made and how long it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

import orjson

from scanner.cli.terminal import counted, paragraph, say
from scanner.collect.calls import Extent, Planned, planned
from scanner.collect.progress import Snapshot
from scanner.policy.model import ACCOUNTS
from scanner.scan import Request, everything, plans

BUSIEST = 3
"""Services that the line after a scan names."""


def explained(request: Request) -> list[Planned]:
    """The calls that a scan would make. None is made for this."""
    asked, made = everything(request), plans(request)
    return [
        call
        for name, provider in sorted(request.scoped.items())
        for call in planned(provider, made[name], asked, extent(request.policy.scopes[name]))
    ]


def extent(scope: Mapping[str, Any]) -> Extent:
    """How many accounts and regions a scope names. Where it also names what holds accounts, a discovery finds more."""
    named = [len(scope[key]) for key in ACCOUNTS if scope.get(key)]
    more = any(scope.get(key) for key in ("parents", "management_groups"))
    return Extent(sum(named) if named and not more else None, len(scope["regions"]) if scope.get("regions") else None)


def tell_plan(calls: Sequence[Planned], *, as_json: bool) -> None:
    """Print the plan on standard output: for people, or as JSON."""
    if as_json:
        body = {"calls": [call.body for call in calls]}
        say(orjson.dumps(body, option=orjson.OPT_INDENT_2).decode(), err=False)
        return
    for cloud, of_cloud in groupby(calls, key=lambda call: call.cloud):
        listed = list(of_cloud)
        say(f"{cloud}: {_sum(listed)}", err=False)
        for call in listed:
            say(paragraph(_words(call), first="  ", indent="    "), err=False)


def _sum(calls: Sequence[Planned]) -> str:
    known = [call.calls for call in calls if call.calls is not None]
    services = len({call.service for call in calls})
    return f"{len(calls)} operations of {services} services; {sum(known)} calls of {len(known)} operations are certain"


def _words(call: Planned) -> str:
    each = " and ".join(call.each)
    often = f"{call.calls} calls, one for each {each}" if call.calls is not None else f"one for each {each}"
    why = f"for {', '.join(call.promises)}" if call.promises else "for all promises"
    return f"{call.operation}: {often}; {why}" + (f"; {', '.join(call.facts)}" if call.facts else "")


def pace(now: Snapshot) -> str:
    """The calls that were made in a line: how many, in what time, how many at once, and the busiest services."""
    spent = sum(each.seconds for each in now.operations.values())
    line = f"{counted(now.total)} in {now.wall:.1f} s"
    line += f", {spent / now.wall:.1f} at once on average" if now.wall else ""
    services: dict[str, int] = {}
    for lane, count in now.lanes.items():
        services[lane.service] = services.get(lane.service, 0) + count.calls
    most = sorted(services.items(), key=lambda each: (-each[1], each[0]))[:BUSIEST]
    return line + (f"; most to {', '.join(f'{name} ({number})' for name, number in most)}." if most else ".")


def made(now: Snapshot) -> bytes:
    """The calls that were made, as JSON: by cloud, service and operation, with the seconds that were waited."""
    body = {
        "wall_seconds": round(now.wall, 3),
        "call_seconds": round(sum(each.seconds for each in now.operations.values()), 3),
        "calls": [
            {
                "cloud": of.provider,
                "service": of.service,
                "operation": of.operation,
                "calls": each.calls,
                "seconds": round(each.seconds, 3),
            }
            for of, each in sorted(now.operations.items())
        ],
    }
    return orjson.dumps(body, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
