"""`asdeclared show`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from reports.document import FactRead, Finding
from reports.text import visible
from reports.words import compact
from scanner.cli.common import HISTORY, history
from scanner.cli.main import FAILED, USAGE, Trouble
from scanner.facts import JSON, canonical
from scanner.history import HistoryError
from scanner.run import Run


@click.command()
@click.argument("finding")
@HISTORY
@click.option("--run", "ref", default="latest", show_default=True, help="The run to look in.")
@click.option("--policy", "name", help="The policy's name, where the history holds several.")
@click.option("--json", "as_json", is_flag=True, help="Print the finding as JSON.")
def command(finding: str, history_url: str, ref: str, name: str | None, as_json: bool) -> int:
    """Show the FINDING (the beginning of its id) with the evidence that it rests on."""
    with history(history_url) as store:
        try:
            run = store.load(ref, name)
        except HistoryError as error:
            raise Trouble(str(error), FAILED) from error
    found = _find(run, finding)
    if as_json:
        click.echo(canonical(found))
        return 0
    _tell(Finding.model_validate(found), run)
    return 0


def _find(run: Run, name: str) -> dict[str, Any]:
    matches = {each["id"]: each for each in run.findings() if each["id"].startswith(name)}
    if not matches:
        hint = "report.html and report.json tell the ids of findings; --run names another run"
        raise Trouble(f"No finding of the run of {run.header['run']['at']} begins with {name!r}; {hint}", USAGE)
    if len(matches) > 1:
        some = ", ".join([*list(matches)[:4], *(["..."] if len(matches) > 4 else [])])
        raise Trouble(f"{len(matches)} findings begin with {name!r}: {some}; write more of the id", USAGE)
    return next(iter(matches.values()))


def _tell(finding: Finding, run: Run) -> None:
    subject = finding.subject
    click.echo(f"{finding.verdict.value.upper()}  {visible(finding.promise)}")
    click.echo(
        f"{visible(subject.id)}  ({visible(subject.type)}, {visible(subject.account)} {visible(subject.region)})"
    )
    for condition in finding.conditions:
        click.echo(f"\n{condition.name}: {condition.verdict.value}")
        for fault in condition.faults:
            click.echo(f"  {visible(fault.why)}{' (excepted)' if fault.excepted else ''}")
        for unknown in condition.unknowns:
            needs = f"; needs {unknown.permission}" if unknown.permission else ""
            click.echo(f"  {unknown.reason}: {visible(unknown.detail)}{needs}")
        if condition.error:
            click.echo(f"  {visible(condition.error)}")
    for fact in finding.evidence:
        _tell_fact(fact)
    if finding.fix:
        click.echo(f"\nWhat to do: {finding.fix}")
    digests = dict.fromkeys(read.digest for fact in finding.evidence for read in fact.reads if read.digest)
    for digest, body in _fragments(run, subject.id, digests).items():
        click.echo(f"\nFragment {digest}\n{visible(canonical(body).decode())}")


def _fragments(run: Run, subject: str, wanted: Iterable[str]) -> dict[str, JSON]:
    """The bodies of replies by their digests, of the subject itself and of what it is linked to."""
    found = run.resource(subject)
    held = found.bodies if found else {}
    if missing := set(wanted) - held.keys():
        others = (entry.bodies for entry in run.resources())
        held |= {digest: body for bodies in others for digest, body in bodies.items() if digest in missing}
    return {digest: held[digest] for digest in wanted if digest in held}


def _tell_fact(fact: FactRead) -> None:
    click.echo(f"\n{fact.fact} = {visible(compact(fact.value)) if fact.state == 'known' else fact.state}")
    for read in dict.fromkeys(fact.reads):
        if read.seen == "documented":
            click.echo(f"  documented: {visible(read.basis)}")
        else:
            said = f" ({read.code or read.seen})" if read.seen != "value" else ""
            click.echo(f"  {read.call} {read.pointer}{said} {read.digest[:12]}")
