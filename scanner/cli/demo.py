"""`asdeclared demo`."""

from __future__ import annotations

import signal
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reports.document import Document
from scanner import registry
from scanner.cli.common import (
    DEFAULT_FORMATS,
    advise,
    exit_code,
    history,
    installed,
    load_policy,
    optioned,
    tell,
    write,
)
from scanner.cli.main import FAILED, Trouble
from scanner.cli.scan import commit, finding_again, watching
from scanner.cli.terminal import say, shown
from scanner.collect.progress import Progress
from scanner.policy import Policy
from scanner.scan import Request, scan

if TYPE_CHECKING:
    from scanner.demo.clouds import Endpoints


WORKERS = 4
"""Calls at once. The clouds are on this machine: there is no latency to overlap."""


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default="asdeclared-demo", show_default=True)
@click.option("--serve", is_flag=True, help="Keep the simulated clouds up, and say how to point a client at them.")
def command(out: Path, serve: bool) -> int:
    """Scan a simulated estate on this machine twice, with a week of change between, and leave a report.

    Three simulated clouds listen on the loopback interface, and the real clients of the vendors talk to them. The scan
    inside finds broken promises: its exit code is printed, and this command exits 0.
    """
    try:
        import moto  # noqa: F401 - the largest part of the extra
    except ImportError as error:
        raise Trouble("The demo needs its extra: pip install 'asdeclared[demo]'", FAILED) from error
    from scanner.demo.clouds import CloudsFailed, policy, simulated

    write(out / "asdeclared.yaml", policy(1))
    write(out / "asdeclared-week-before.yaml", policy(0))
    try:
        if serve:
            with simulated(1) as listening:
                _serve(listening(), out / "asdeclared.yaml")
            return 0
        progress = Progress()
        with shown(progress):
            document = _scan(out, progress)
    except CloudsFailed as error:
        raise Trouble(str(error), FAILED) from error
    reports = installed(registry.reports)
    for report in (reports[name] for name in DEFAULT_FORMATS):
        write(out / report.file, report.render(document))
    tell(document)
    say(f"The scan inside exits {exit_code(document)}.")
    advise(document, f"{out / 'report.html'}, {out / 'report.json'}", finding_again(document, str(out / "history.db")))
    return 0


def _scan(out: Path, progress: Progress) -> Document:
    """Scan the estate of both weeks. The clouds of the second start while those of the first are scanned."""
    from scanner.demo.clouds import WEEKS, simulated

    (out / "history.db").unlink(missing_ok=True)
    with simulated(0) as first:
        before, declared = (load_policy(out / name) for name in ("asdeclared-week-before.yaml", "asdeclared.yaml"))
        endpoints = first()
        with simulated(1) as second:
            _week(out, before, WEEKS[0], endpoints, progress)
            return _week(out, declared, WEEKS[1], second(), progress)


def _week(out: Path, declared: Policy, moment: datetime, endpoints: Endpoints, progress: Progress) -> Document:
    from scanner.demo.clouds import pointed_at

    providers = installed(registry.providers)
    options = optioned(providers, endpoints.azure, endpoints.gcp, WORKERS)
    with pointed_at(endpoints):
        found = scan(Request(declared, providers, moment, options, opened=watching(progress, options)))
    return commit(history(str(out / "history.db"), new=True), declared.name, found).document


def _serve(endpoints: Endpoints, policy: Path) -> None:
    click.echo("# The simulated clouds are up. In another terminal:")
    for name, value in endpoints.environment.items():
        click.echo(f"export {name}={value}")
    options = f"--azure-endpoint {endpoints.azure} --gcp-endpoint {endpoints.gcp}"
    click.echo(f"asdeclared scan {policy} {options}")
    click.echo("# Any AWS client works with the same variables. Press Ctrl-C here to stop.")
    # Whoever runs it in the background ends it by a signal, and it must end its clouds then.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("Stopped.")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
