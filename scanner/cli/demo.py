"""`asdeclared demo`."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reports.document import Document
from scanner import registry
from scanner.cli.common import exit_code, history, installed, load_policy, tell, write
from scanner.cli.main import FAILED, Trouble
from scanner.cli.scan import commit
from scanner.collect.model import Options
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
    from scanner.demo.clouds import POLICY, CloudsFailed, simulated

    write(out / "asdeclared.yaml", POLICY.read_bytes())
    try:
        if serve:
            with simulated(1) as listening:
                _serve(listening(), out / "asdeclared.yaml")
            return 0
        document = _scan(out)
    except CloudsFailed as error:
        raise Trouble(str(error), FAILED) from error
    for report in installed(registry.reports).values():
        write(out / report.file, report.render(document))
    tell(document)
    click.echo(f"The scan inside exits {exit_code(document)}. Reports: {out / 'report.html'}, {out / 'report.json'}")
    return 0


def _scan(out: Path) -> Document:
    """Scan the estate of both weeks. The clouds of the second start while those of the first are scanned."""
    from scanner.demo.clouds import WEEKS, simulated

    (out / "history.db").unlink(missing_ok=True)
    with simulated(0) as first:
        declared = load_policy(out / "asdeclared.yaml")
        endpoints = first()
        with simulated(1) as second:
            _week(out, declared, WEEKS[0], endpoints)
            return _week(out, declared, WEEKS[1], second())


def _week(out: Path, declared: Policy, moment: datetime, endpoints: Endpoints) -> Document:
    from scanner.demo.clouds import pointed_at

    options = {"aws": Options(workers=WORKERS)}
    options |= {"azure": Options(endpoints.azure, WORKERS), "gcp": Options(endpoints.gcp, WORKERS)}
    with pointed_at(endpoints):
        found = scan(Request(declared, installed(registry.providers), moment, options))
    return commit(history(str(out / "history.db")), declared.name, found)


def _serve(endpoints: Endpoints, policy: Path) -> None:
    click.echo("# The simulated clouds are up. In another terminal:")
    for name, value in endpoints.environment.items():
        click.echo(f"export {name}={value}")
    options = f"--azure-endpoint {endpoints.azure} --gcp-endpoint {endpoints.gcp}"
    click.echo(f"asdeclared scan {policy} {options}")
    click.echo("# Any AWS client works with the same variables. Press Ctrl-C here to stop.")
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("Stopped.")
