"""What a scan of Azure costs: a thousand resources in two subscriptions, on the simulated Azure.

    make bench-azure                                # with 0 and with 50 milliseconds before each reply, and in a storm
    python -m bench.azure --resources 5000 --delay 0 50 --workers 16

The simulated Azure is a process of its own, and each run of the scan is one too: its CPU seconds and its peak memory
are its own. "no graph" refuses Azure Resource Graph, so that the lists of Azure Resource Manager are read instead. In
the storm every third reply is 429; whether it lost anything is told by the findings, which must be those of the run
without it.

Needs the extra `demo`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from scanner.demo.azure import AzureCloud
from scanner.demo.azure_access import Answer, Refusal
from scanner.demo.azure_estate import (
    PRODUCTION,
    TEST,
    AzureEstate,
    Body,
    Group,
    Subscription,
    disk,
    group_body,
    network,
    snapshot,
    sql_database,
    sql_server,
    storage,
    workspace,
)
from scanner.demo.azure_governance import governance

OWN = (sys.executable, "-c", "from scanner.cli.main import main; main()")
POLICY = f"""
version: 1
name: bench
organisation: Example SaaS Ltd
scope: {{azure: {{subscriptions: [{PRODUCTION}, {TEST}]}}}}
promises:
  - {{id: in-europe, says: In Europe., check: residency.places, with: {{places: [EEA, GB]}}}}
  - {{id: at-rest, says: Encrypted., check: encryption.at-rest, with: {{algorithms: [AES-256]}}}}
  - {{id: deleted, says: Deleted., check: backup.retention, with: {{at_most: 35 days}}}}
  - {{id: threats, says: Attacks are looked for., check: detection.threats}}
  - {{id: recorded, says: All is recorded., check: audit.trail}}
"""
BLOCK = 20
"""The resources of which an estate is a multiple: 8 disks, 4 snapshots, 4 accounts, 2 databases, a network, a log."""
STORM = 3


class Slow(AzureCloud):
    """The simulated Azure behind a network: each reply takes `delay` seconds."""

    delay = 0.0

    def answer(self, method: str, target: str, authorization: str, content: bytes) -> Answer:
        """Answer one request, late."""
        time.sleep(self.delay)
        return super().answer(method, target, authorization, content)


def estate(size: int) -> AzureEstate:
    """The estate of so many resources, in groups of `BLOCK`; a server for every hundred comes on top."""
    bodies: list[Body] = []
    servers: dict[int, list[Body]] = {}
    for number in range(size // BLOCK):
        group = Group((PRODUCTION, TEST)[number % 2], f"group-{number:04d}", "production")
        if number % 10 < 2:
            servers[number % 2] = sql_server(group, f"sql-example-{number:04d}")
            bodies += servers[number % 2]
        bodies += [group_body(group), *_block(group, servers[number % 2][0], number)]
    subscriptions = (Subscription(PRODUCTION, "example-production"), Subscription(TEST, "example-test"))
    store = next(body["id"] for body in bodies if body["type"] == "Microsoft.Storage/storageAccounts")
    return AzureEstate(subscriptions, (*bodies, *governance((PRODUCTION, TEST), store)))


def _block(group: Group, server: Body, number: int) -> Iterator[Body]:
    disks = [disk(group, f"disk-{number:04d}-{each}") for each in range(8)]
    yield from disks
    yield from (snapshot(group, f"snapshot-{number:04d}-{each}", disks[each]) for each in range(4))
    for each in range(4):
        yield from storage(group, f"example{number:04d}{each}")
    for each in range(2):
        yield from sql_database(server, f"db-{number:04d}-{each}")
    yield network(group, f"network-{number:04d}", "192.0.2.0/24")
    yield from workspace(group, f"log-{number:04d}", ["AppTraces"])


def serve(size: int, delay: float, storm: int, graph: str) -> None:
    """Serve until the end of standard input: print the endpoint, then what was asked since for each line that comes."""
    refused = [] if graph else [Refusal("/providers/Microsoft.ResourceGraph")]
    cloud = Slow(estate(size), throttle_every=storm, refuse=refused)
    cloud.delay = delay / 1000
    print(cloud.start(), flush=True)
    for _ in sys.stdin:
        seen, cloud.requests = cloud.requests, []
        made = Counter(
            (each.method, each.path.lower(), json.dumps(each.query)) for each in seen if each.method == "GET"
        )
        twice = sum(count - 1 for count in made.values())
        print(json.dumps({"requests": len(seen), "identical": twice, "writes": len(cloud.writes)}), flush=True)


@contextmanager
def served(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """The simulated Azure in another process; its first line is the endpoint."""
    command = [sys.executable, "-m", "bench.azure", "--serve", *map(str, arguments)]
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        try:
            yield process
        finally:
            process.kill()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
    return process.stdout.readline().strip()


def scanned(folder: Path, endpoint: str, workers: int) -> tuple[dict[str, float], Counter[str]]:
    """Scan in a process of its own: its figures, and its calls by operation."""
    command = [*OWN, "scan", "policy.yaml", "--no-history", "--quiet", "--calls", "calls.json"]
    command += ["--workers", str(workers), "--azure-endpoint", endpoint]
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)  # noqa: S603 - ourselves
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    figures = {
        "wall s": time.perf_counter() - began,
        "CPU s": used.ru_utime + used.ru_stime,
        "peak MB": used.ru_maxrss / 1000,
        "exit": process.returncode,
    }
    calls = json.loads((folder / "calls.json").read_text())["calls"]
    return figures, Counter({each["operation"]: each["calls"] for each in calls})


def verdicts(folder: Path) -> Mapping[str, object]:
    """The counts of the findings of each promise."""
    document = json.loads((folder / "asdeclared-report" / "report.json").read_text())
    return {each["id"]: each["counts"] for each in document["promises"]}


def measure(size: int, delay: float, workers: int, storm: int = 0, *, graph: bool = True) -> Mapping[str, object]:
    """Print the figures of one scan. Gives its verdicts."""
    with tempfile.TemporaryDirectory() as name, served(size, delay, storm, "graph" if graph else "") as process:
        folder = Path(name)
        (folder / "policy.yaml").write_text(POLICY)
        figures, calls = scanned(folder, _line(process), workers)
        assert process.stdin is not None  # noqa: S101 - likewise
        process.stdin.write("\n")
        process.stdin.flush()
        figures |= json.loads(_line(process))
        title = f"{delay:g} ms, {workers} workers" + (", storm" if storm else "") + ("" if graph else ", no graph")
        print(
            f"{title:28}" + "".join(f"{figures[key]:10.{2 if key in PRECISE else 0}f}" for key in COLUMNS), flush=True
        )
        if not storm and graph and not delay:
            _told(calls, size)
        return verdicts(folder)


PRECISE = ("wall s", "CPU s")
COLUMNS = ("wall s", "CPU s", "peak MB", "requests", "identical", "writes", "exit")


def _told(calls: Counter[str], size: int) -> None:
    for operation, count in calls.most_common():
        print(f"  {count:6}  {operation}")
    print(f"  {sum(calls.values())} calls: {1000 * sum(calls.values()) / size:.0f} for a thousand resources")


def run(size: int, delays: Sequence[float], workers: int) -> None:
    """Measure with each delay, without Resource Graph, and in a storm, and compare the verdicts."""
    print(f"{size} resources".ljust(28) + "".join(f"{key:>10}" for key in COLUMNS))
    plain = [measure(size, delay, workers) for delay in delays][-1]
    others = {
        "without Resource Graph": measure(size, delays[-1], workers, graph=False),
        "in the storm": measure(size, delays[-1], workers, STORM),
    }
    for name, found in others.items():
        print(f"the verdicts {name} are {'the same' if found == plain else f'OTHERS: {found} instead of {plain}'}")
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    """Read the command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--resources", type=int, default=1000)
    options.add_argument("--delay", type=float, nargs="+", default=[0, 50], help="milliseconds before each reply")
    options.add_argument("--workers", type=int, default=16, help="calls at once")
    options.add_argument("--serve", nargs=4, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        size, delay, storm, graph = given.serve
        serve(int(size), float(delay), int(storm), graph)
    else:
        run(given.resources, given.delay, given.workers)


if __name__ == "__main__":
    main()
