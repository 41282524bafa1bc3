"""`asdeclared history`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import click

from reports.text import visible
from scanner.cli.common import HISTORY, clock, history, many
from scanner.cli.main import AS_DECLARED, FAILED, USAGE, Trouble
from scanner.history import Copied, HistoryError, Pruned, RunRow
from scanner.history.store import History

NAME = click.option("--policy", "name", help="The policy's name, where the history holds several.")
AT = click.option("--at", help="The moment to record instead of now (ISO 8601).")


@click.group()
def command() -> None:
    """Keep runs, prune old ones, verify the chain, and copy it to and from a file."""


@command.command()
@click.argument("run")
@HISTORY
@NAME
@click.option("--why", required=True, help="The reason, such as the dispute that the evidence is for.")
@AT
def keep(run: str, history_url: str, name: str | None, why: str, at: str | None) -> int:
    """Keep RUN (a number, the beginning of a digest, or latest) whatever is pruned: a legal hold."""
    with _opened(history_url) as store:
        row = store.keep(_policy(store, name), run, why, at=clock(at))
    click.echo(f"Kept: {visible(row)}. It is not pruned until it is released.")
    return AS_DECLARED


@command.command()
@click.argument("run")
@HISTORY
@NAME
@click.option("--why", required=True, help="The reason, such as the end of the dispute.")
@AT
def release(run: str, history_url: str, name: str | None, why: str, at: str | None) -> int:
    """Let RUN be pruned again."""
    with _opened(history_url) as store:
        row = store.release(_policy(store, name), run, why, at=clock(at))
    click.echo(f"Released: {visible(row)}.")
    return AS_DECLARED


@command.command()
@HISTORY
@NAME
@click.option("--before", help="Prune the runs before this moment (ISO 8601).")
@click.option("--older-than", "age", help="Prune the runs that are older than this, such as 400d, 12w or 2y.")
@click.option("--keep-last", "last", type=click.IntRange(1), help="Prune all but the last so many full runs.")
@click.option("--dry-run", "dry", is_flag=True, help="Tell what would be pruned, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@AT
def prune(
    history_url: str,
    name: str | None,
    before: str | None,
    age: str | None,
    last: int | None,
    dry: bool,
    yes: bool,
    at: str | None,
) -> int:
    """Delete what old runs found. Their digests stay, so that the chain can still be verified.

    With an age and --keep-last a run goes only where both rules take it. The newest full run and kept runs always stay.
    """
    moment = clock(at)
    start = _start(before, age, moment)
    if start is None and last is None:
        raise Trouble("Say which runs to prune: --before, --older-than or --keep-last.", USAGE)
    with _opened(history_url) as store:
        policy = _policy(store, name)
        if dry or not yes:
            planned = store.prune(policy, at=moment, before=start, last=last, dry=True)
            _tell_runs(planned, "Would prune")
            _tell_freed(planned, "Would prune")
            if dry or not planned.runs:
                return AS_DECLARED
            _confirm()
        done = store.prune(policy, at=moment, before=start, last=last)
    if yes:
        _tell_runs(done, "Pruned")
    _tell_freed(done, "Pruned")
    return AS_DECLARED


@command.command()
@HISTORY
@click.option("--policy", "name", help="Only the runs of this policy.")
def verify(history_url: str, name: str | None) -> int:
    """Recompute every digest, the chain of runs, and that each pruning took just what its rule takes.

    Who may write to the database may cut off its end, write the chain anew, or prune runs by a rule. Compare the last
    digests that are printed with those that you keep elsewhere.
    """
    with _opened(history_url) as store:
        names = [name] if name else sorted({row.policy for row in store.runs()})
        if not names:
            raise Trouble("No runs: there is nothing to verify. Is this the history?", FAILED)
        problems = [problem for policy in names for problem in _verified(store, policy)]
    for problem in problems:
        click.echo(visible(problem), err=True)
    return FAILED if problems else AS_DECLARED


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@HISTORY
@click.option("--policy", "name", help="Only the chain of this policy.")
def export_(file: Path, history_url: str, name: str | None) -> int:
    """Copy the history to FILE: whole chains, with links, pruned runs and holds. A FILE that has their beginning gets
    the rest.
    """
    with _opened(history_url) as store, _opened(str(file), new=True) as target:
        _tell_copied(store.copy_to(target, name), str(file))
    return AS_DECLARED


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@HISTORY
@click.option("--policy", "name", help="Only the chain of this policy.")
@click.option("--prune", "prune_too", is_flag=True, help="Also prune the runs here that are pruned in FILE.")
def import_(file: Path, history_url: str, name: str | None, prune_too: bool) -> int:
    """Copy the chains in FILE, an exported history, to this one. All of it is verified before anything is written; a
    chain that differs from the one here is refused.
    """
    with _opened(str(file)) as source, _opened(history_url, new=True) as target:
        _tell_copied(source.copy_to(target, name, prune=prune_too), "the history")
    return AS_DECLARED


@contextmanager
def _opened(url: str, *, new: bool = False) -> Iterator[History]:
    """A history; what it cannot do ends the command."""
    with history(url, new=new) as store:
        try:
            yield store
        except HistoryError as error:
            raise Trouble(visible(error), FAILED) from error


def _policy(store: History, name: str | None) -> str:
    """The policy that is meant: the one named, else the only one."""
    names = sorted({row.policy for row in store.runs()})
    if name in names or (name is None and len(names) == 1):
        return name or names[0]
    known = visible(", ".join(names)) or "none"
    if name is None and names:
        raise Trouble(f"The history holds several policies: name one with --policy ({known}).", USAGE)
    raise Trouble(
        f"The history holds no run of policy {name!r}; its policies: {known}." if name else "No runs.", FAILED
    )


def _start(before: str | None, age: str | None, now: datetime) -> datetime | None:
    """The moment before which runs are old."""
    if before and age:
        raise Trouble("Give --before or --older-than, not both.", USAGE)
    if not age:
        return clock(before) if before else None
    found = re.fullmatch(r"(\d{1,6})([dwy])", age, re.ASCII)
    if not found:
        raise Trouble(f"{age!r} is not an age; write it as 400d, 12w or 2y (a year is 365 days)", USAGE)
    try:
        return now - timedelta(days=int(found[1]) * {"d": 1, "w": 7, "y": 365}[found[2]])
    except OverflowError as error:
        raise Trouble(f"{age!r} is before the first year", USAGE) from error


def _confirm() -> None:
    """Ask on a terminal. In a script nobody can answer."""
    if not sys.stdin.isatty():
        raise Trouble("Nothing was deleted: nobody can be asked here. Give --yes, or --dry-run to look.", USAGE)
    click.confirm("Delete what these runs found? It cannot be undone.", abort=True, err=True)


def _tell_runs(done: Pruned, how: str) -> None:
    for row in done.runs:
        click.echo(f"{how} {visible(row)}")
    for row in done.kept:
        click.echo(f"Kept {visible(row)}: {visible(row.kept.why) if row.kept else ''}")


def _tell_freed(done: Pruned, how: str) -> None:
    file = f", the file is {_size(done.file)} smaller" if done.file is not None else ""
    freed = f"{done.entries} entries and {done.bodies} bodies of {_size(done.freed)}{file}"
    click.echo(f"{how} {many(len(done.runs), 'run')}: {freed}." if done.runs else "Nothing to prune.")


def _tell_copied(done: Iterable[Copied], where: str) -> None:
    for each in done:
        pruned = f", {many(len(each.pruned), 'run')} pruned" if each.pruned else ""
        gained = f"{many(len(each.runs), 'new run')}, {many(each.acts, 'new act')}{pruned}"
        nothing = not (each.runs or each.acts)
        click.echo(f"{visible(each.policy)}: {'nothing new' if nothing else gained} for {visible(where)}.")


def _verified(store: History, policy: str) -> tuple[str, ...]:
    """Print what a policy's chain holds. Returns what is wrong with it."""
    problems = store.verify_chain(policy)
    rows, acts = store.runs(policy), store.acts(policy)
    click.echo(
        f"{visible(policy)}: {many(len(rows), 'run')}, {_count(rows, 'pruned')} pruned, {_count(rows, 'kept')} kept: "
        f"{many(len(problems), 'problem') if problems else 'as they were written'}"
    )
    click.echo(f"  last run  {rows[-1].digest}\n  last act  {acts[-1].digest if acts else 'none'}")
    return problems


def _count(rows: Iterable[RunRow], mark: str) -> int:
    return sum(1 for row in rows if getattr(row, mark))


def _size(count: int) -> str:
    """Bytes for people."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.1f} kB"
