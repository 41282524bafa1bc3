"""`asdeclared doctor`."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import click

from reports.text import visible
from scanner import registry
from scanner.cli.common import HISTORY, SCHEME, endpoints, installed, load_policy, many, optioned, silenced
from scanner.cli.main import AS_DECLARED, FAILED, UNPROVEN
from scanner.cli.terminal import padded, say, width, wrapped
from scanner.collect.identity import Identity, Knows
from scanner.collect.model import (
    OTHERS,
    Call,
    CredentialError,
    Discovery,
    Gap,
    Options,
    Provider,
    ScopeError,
    Session,
    Unit,
)
from scanner.collect.plan import Plan
from scanner.collect.runner import collect
from scanner.collect.sample import sampled
from scanner.facts import JSON, Reason
from scanner.history import HistoryError, open_history
from scanner.policy import Policy
from scanner.scan import Request, plans

DEFAULT = Path("asdeclared.yaml")
ACCOUNTS = 10
"""Accounts of a cloud in which the calls are tried, unless more are asked for."""
LATE = 60.0
"""Seconds that a clock may be wrong. AWS refuses signatures that are more than five minutes old."""
NOTHING = Discovery(())


class Status(StrEnum):
    """What a line says. A note is something that nobody asked for, and changes no exit code."""

    OK = "ok"
    PROBLEM = "problem"
    COULD_NOT_TELL = "could not tell"
    NOTE = "note"


COLOURS = {Status.OK: "green", Status.PROBLEM: "red", Status.COULD_NOT_TELL: "yellow", Status.NOTE: "bright_black"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at: what it is, what was found, and what to do. A fatal one would end a scan."""

    status: Status
    about: str
    says: str
    do: str = ""
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Cloud:
    """A provider to look at. Without a policy the plan is None, and the scope is {}."""

    provider: Provider
    scope: Mapping[str, JSON]
    options: Options
    plan: Plan | None = None


@click.command()
@click.argument("policy", required=False, type=click.Path(path_type=Path))
@HISTORY
@endpoints
@click.option("--accounts", "most", default=ACCOUNTS, show_default=True, type=click.IntRange(1), metavar="N")
@click.option("--workers", default=16, show_default=True, type=click.IntRange(1, 256), help="Calls at once.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as JSON.")
def command(
    policy: Path | None,
    history_url: str,
    azure_endpoint: str,
    gcp_endpoint: str,
    most: int,
    workers: int,
    as_json: bool,
) -> int:
    """Tell whether a scan of POLICY can work, and what to do where it cannot.

    POLICY is asdeclared.yaml where that is there; without a policy the credentials are looked at alone. With one, each
    call that it needs is tried once for each of the first N accounts of a cloud, in one region and on one resource of a
    type: a permission that is missing for another resource or region is not found by this.

    Exit codes: 0 all is well, 2 a scan works and may not see everything, 4 a scan would fail.
    """
    silenced()
    path = policy or (DEFAULT if DEFAULT.exists() else None)
    declared = load_policy(path) if path else None
    providers = installed(registry.providers)
    clouds = _clouds(declared, providers, optioned(providers, azure_endpoint, gcp_endpoint, workers))
    lines = [*_programs(providers), _policy(path, declared), _history(history_url)]
    with ThreadPoolExecutor(max_workers=len(clouds) or 1) as pool:
        lines += [line for found in pool.map(lambda cloud: list(look(cloud, most)), clouds) for line in found]
    lines += _reached(lines, declared)
    if as_json:
        say(json.dumps([asdict(line) for line in lines], indent=2), err=False)
    else:
        _tell(lines)
    return _code(lines)


def _clouds(policy: Policy | None, providers: Mapping[str, Provider], options: Mapping[str, Options]) -> list[Cloud]:
    if policy is None:
        return [Cloud(each, {}, options[name]) for name, each in providers.items()]
    request = Request(policy, providers, datetime.now(UTC))
    made = plans(request)
    return [Cloud(providers[name], policy.scopes[name], options[name], made[name]) for name in request.scoped]


def look(cloud: Cloud, most: int) -> Iterator[Line]:
    """What is to be said of a cloud. `most` accounts are tried."""
    name, wanted = cloud.provider.name, cloud.plan is not None
    absent = Status.PROBLEM if wanted else Status.NOTE
    try:
        identity = cloud.provider.who(cloud.scope, cloud.options) if isinstance(cloud.provider, Knows) else None
        yield from _who(name, identity)
        if cloud.plan is not None:
            yield from _tried(cloud, cloud.plan, most, identity.region if identity else "")
    except ImportError as error:
        hint = f"pip install 'asdeclared[{name}]'" if name in _extras() else f"install {error.name}"
        yield Line(absent, f"{name} SDK", f"{error.name} is not installed", hint)
    except (CredentialError, ScopeError) as error:
        yield Line(absent, f"{name} credential", str(error))
    except Exception as error:  # noqa: BLE001 - a provider that breaks is a line; the others are still told
        yield Line(Status.PROBLEM, name, f"the provider broke: {type(error).__name__}: {error}", "report it")


def _who(name: str, found: Identity | None) -> Iterator[Line]:
    if found is None:
        yield Line(Status.COULD_NOT_TELL, f"{name} credential", "this provider does not tell who the caller is")
        return
    yield Line(Status.OK, f"{name} credential", f"found by {found.way}")
    home = f", of {found.home}" if found.home else ""
    if found.principal:
        yield Line(Status.OK, f"{name} identity", found.principal + home)
    else:
        # A user's login at Google does not; no scan needs it.
        yield Line(Status.NOTE, f"{name} identity", f"the credential does not name its principal{home}")
    yield _clock(name, found.skew)


def _clock(name: str, skew: float | None) -> Line:
    about = f"{name} clock"
    if skew is None:
        return Line(Status.COULD_NOT_TELL, about, "no reply told the time")
    if abs(skew) <= LATE:
        return Line(Status.OK, about, f"within {LATE:.0f} seconds of the vendor's")
    way = "ahead of" if skew > 0 else "behind"
    do = "set the clock of this machine by NTP; signatures and tokens fail where it is minutes off"
    return Line(Status.PROBLEM, about, f"{abs(skew):.0f} seconds {way} the vendor's", do)


@dataclass(slots=True)
class _Outcomes:
    """A tape that keeps how each call ended, and what was discovered."""

    found: Discovery = NOTHING
    lock: threading.Lock = field(default_factory=threading.Lock)
    ends: defaultdict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    where: defaultdict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    listed: set[str] = field(default_factory=set)

    def discovered(self, provider: str, found: Discovery) -> None:  # noqa: ARG002 - of one provider only
        self.found = found

    def replied(
        self,
        unit: Unit,
        call: Call,
        params: Mapping[str, JSON] | None,  # noqa: ARG002 - the outcome alone counts
        reply: Mapping[str, JSON],
    ) -> None:
        end = next((each for each in ("refused", "failed") if each in reply), "answered")
        key = (end, call.operation, call.permission)
        with self.lock:
            self.ends[key].add(unit.account.id)
            self.where[key].add(str(reply.get(end, "")))
            if reply.get("items"):
                self.listed.add(call.key)


def _tried(cloud: Cloud, plan: Plan, most: int, region: str) -> Iterator[Line]:
    """Open the policy's scope, and make each call of its plan once."""
    provider, outcomes = cloud.provider, _Outcomes()
    session = provider.open(cloud.scope, cloud.options)
    try:
        whole = _Whole(session)
        collect(
            provider, sampled(provider, whole, plan, most, region), plan, workers=cloud.options.workers, tape=outcomes
        )
    finally:
        session.close()
    yield from _reach(provider.name, whole.found, outcomes.found)
    yield from _permissions(provider, plan, outcomes)


class _Whole:
    """A session that remembers the whole of what it discovered."""

    def __init__(self, inner: Session) -> None:
        self._inner = inner
        self.found = NOTHING
        self.pages, self.close = inner.pages, inner.close

    def discover(self) -> Discovery:
        self.found = self._inner.discover()
        return self.found


def _reach(name: str, whole: Discovery, tried: Discovery) -> Iterator[Line]:
    regions = sorted({region for account in whole.accounts for region in account.regions})
    listed = ", ".join(account.id for account in whole.accounts[:ACCOUNTS])
    more = f" and {len(whole.accounts) - ACCOUNTS} more" if len(whole.accounts) > ACCOUNTS else ""
    if not whole.accounts:
        yield Line(Status.PROBLEM, f"{name} accounts", "none was reached", "check the scope of the policy")
    told = f"{len(whole.accounts)} reached ({listed}{more})" + (f", {len(regions)} regions" if regions else "")
    if whole.accounts:
        yield Line(Status.OK, f"{name} accounts", told)
    if left := len(whole.accounts) - len(tried.accounts):
        yield Line(Status.COULD_NOT_TELL, f"{name} accounts", f"{left} were not tried", "ask for more: --accounts N")
    alike: defaultdict[tuple[str, ...], list[Gap]] = defaultdict(list)
    for gap in whole.gaps:
        alike[gap.account, gap.reason, gap.detail].append(gap)
    yield from (_gaps(name, gaps) for gaps in alike.values())


def _gaps(name: str, gaps: list[Gap]) -> Line:
    """Gaps that differ in their region alone."""
    gap = gaps[0]
    # That a sweep may miss other types is told of every account; there is nothing to do about it.
    noted = gap.reason is Reason.NOT_ASKED or (gap.reason is Reason.INCOMPLETE and gap.types == (OTHERS,))
    status = Status.NOTE if noted else Status.PROBLEM
    where = " ".join(each for each in (gap.account, gap.region if len(gaps) == 1 else f"{len(gaps)} regions") if each)
    do = f"grant {gap.permission} there" if gap.permission and status is Status.PROBLEM else ""
    return Line(status, f"{name} accounts", f"{where}: {gap.detail}" if where else gap.detail, do)


def _permissions(provider: Provider, plan: Plan, outcomes: _Outcomes) -> Iterator[Line]:
    about = f"{provider.name} permissions"
    planned = {call.operation: call for call in (*plan.calls(), *(sweep.each for sweep in provider.sweeps))}
    met = {operation for _, operation, _ in outcomes.ends}
    bad = sorted(key for key in outcomes.ends if key[0] != "answered")
    fine = len(met - {operation for _, operation, _ in bad})
    yield Line(
        Status.OK if fine else Status.COULD_NOT_TELL,
        about,
        f"{fine} of {len(planned)} calls answered{_region(outcomes.found)}",
    )
    for end, operation, permission in bad:
        accounts = ", ".join(sorted(outcomes.ends[end, operation, permission]))
        if end == "refused":
            do = f"grant {permission}; `asdeclared permissions {provider.name}` prints the whole role"
            yield Line(Status.PROBLEM, about, f"{operation} is refused in {accounts}", do)
        else:
            why = "; ".join(sorted(outcomes.where[end, operation, permission]))
            yield Line(Status.COULD_NOT_TELL, about, f"{operation} failed in {accounts} ({why})", "try again")
    if untried := sorted(planned.keys() - met - set(_needless(plan, outcomes))):
        names = ", ".join(dict.fromkeys(planned[each].permission or each for each in untried))
        said = f"{many(len(untried), 'call')} not tried, since no resource was met to ask about: {names}"
        yield Line(Status.COULD_NOT_TELL, about, said)


def _needless(plan: Plan, outcomes: _Outcomes) -> Iterator[str]:
    """The calls that are made only where the listing tells too little, of types whose listing told something."""
    for name, sources in plan.asks.items():
        kind = plan.types[name]
        if kind.each.key in outcomes.listed:
            yield from (kind.ask[source].operation for source in sources if kind.ask[source].unless)


def _region(found: Discovery) -> str:
    regions = sorted({region for account in found.accounts for region in account.regions})
    return f", tried in {', '.join(regions)}" if regions else ""


def _reached(lines: Iterable[Line], policy: Policy | None) -> Iterator[Line]:
    """The line that ends a scan: nothing is reached, or no credential was found at all."""
    about = "accounts" if policy else "credential"
    if not any(line.status is Status.OK and line.about.endswith(f" {about}") for line in lines):
        do = "set up a credential for at least one cloud, as the lines above say"
        yield Line(Status.PROBLEM, "clouds", "no account of any cloud can be reached", do, fatal=True)


def _programs(providers: Iterable[str]) -> Iterator[Line]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Line(Status.OK, "versions", f"asdeclared {version('asdeclared')}, Python {python}")
    extras = _extras()
    for name in providers:
        found = [f"{each} {_version(each)}" for each in extras.get(name, ())]
        if found and not any(each.endswith(" ") for each in found):
            yield Line(Status.OK, "versions", f"{name}: {', '.join(found)}")


def _extras() -> Mapping[str, tuple[str, ...]]:
    """The distributions that each extra of asdeclared asks for."""
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for each in requires("asdeclared") or ():
        if named := re.match(r"([A-Za-z0-9._-]+).*extra\s*==\s*['\"]([a-z0-9-]+)['\"]", each):
            found[named[2]] += (named[1],)
    return found


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _policy(path: Path | None, policy: Policy | None) -> Line:
    if policy is None:
        do = "write one with `asdeclared init`, then give it here"
        return Line(Status.NOTE, "policy", "none is given, so no account is looked into", do)
    clouds = ", ".join(policy.scopes) or "no cloud"
    return Line(Status.OK, "policy", f"{path}: {many(len(policy.promises), 'promise')}, {clouds}")


def _history(url: str) -> Line:
    """Whether the history can be read. A new one is not made by looking."""
    told = f"the {url.partition(':')[0]} database" if SCHEME.match(url) else url
    if told == url and not Path(url).expanduser().exists():
        return _new(Path(url).expanduser())
    try:
        with open_history(url) as store:
            runs = store.runs()
    except HistoryError as error:
        said = str(error).replace(url, told)
        return Line(Status.PROBLEM, "history", said, "name another with --history", fatal=True)
    last = f", the last of {runs[-1].at}" if runs else ""
    return Line(Status.OK, "history", f"{told}: {many(len(runs), 'run')}{last}")


def _new(path: Path) -> Line:
    folder = next(each for each in path.resolve().parents if each.exists())
    if os.access(folder, os.W_OK):
        return Line(Status.OK, "history", f"{path} is new; the first scan makes it")
    do = "name another with --history, or scan with --no-history"
    return Line(Status.PROBLEM, "history", f"{folder} cannot be written to", do, fatal=True)


def _tell(lines: Iterable[Line]) -> None:
    lines = list(lines)
    marks, about = max(len(each) for each in Status) + 2, max(len(line.about) for line in lines) + 2
    for line in lines:
        mark = click.style(padded(line.status, marks), fg=COLOURS[line.status], bold=line.status is Status.PROBLEM)
        said = wrapped(visible(line.says), width() - marks - about)
        todo = wrapped(visible(line.do), width() - marks - about - 3) if line.do else []
        said += [f"{'   ' if number else '-> '}{each}" for number, each in enumerate(todo)]
        for number, each in enumerate(said):
            say(f"{' ' * marks if number else mark}{padded('' if number else line.about, about)}{each}", err=False)


def _code(lines: Iterable[Line]) -> int:
    lines = list(lines)
    if any(line.fatal for line in lines):
        return FAILED
    bad = any(line.status in {Status.PROBLEM, Status.COULD_NOT_TELL} for line in lines)
    return UNPROVEN if bad else AS_DECLARED
