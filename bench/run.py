"""How long a scan takes without a network: replay synthetic estates through the whole flow, each in its own process.

    make bench                         # 1,000 and 10,000 volumes
    python bench/run.py 50000          # another size

For each size: seconds of wall clock of scan (plan, collect, link, judge), first commit, an unchanged second scan with
its commit and drift, both reports, writing the evidence pack and verifying it; how much the history grew by the
unchanged run, the size of the pack, and peak memory before the pack and of its verification in a process of its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

POLICY = """
version: 1
name: bench
organisation: Example SaaS Ltd
scope: {aws: {accounts: ["111111111111"]}}
environments: {production: {tags: {env: [production]}}}
promises:
  - {id: in-uk, says: In GB., check: residency.places, with: {places: [GB]}, applies_to: {environments: [production]}}
  - {id: at-rest, says: Encrypted., check: encryption.at-rest, with: {algorithms: [AES-256]}}
  - {id: deleted, says: Deleted., check: backup.retention, with: {at_most: 35 days}, applies_to: {types: [aws.ec2.*]}}
"""
ACCOUNT = {"provider": "aws", "id": "111111111111", "regions": ["eu-west-2"], "partition": "aws"}
AT = datetime(2026, 11, 2, 6, tzinfo=UTC)


def volume(number: int) -> dict[str, object]:
    """A volume as DescribeVolumes gives it; one in a hundred is not encrypted."""
    return {
        "VolumeId": f"vol-{number:017x}",
        "AvailabilityZone": "eu-west-2a",
        "Encrypted": number % 100 != 0,
        "KmsKeyId": "arn:aws:kms:eu-west-2:111111111111:key/00000000-0000-0000-0000-000000000001",
        "SnapshotId": "",
        "Tags": [{"Key": "env", "Value": "production"}],
    }


def record(folder: Path, size: int) -> None:
    """Write a recording of an account with so many volumes, and nothing else."""
    from scanner.providers.aws import PROVIDER

    header = {"format": "asdeclared/recording/v1", "at": AT.isoformat(), "providers": {"aws": {"accounts": [ACCOUNT]}}}
    folder.mkdir()
    (folder / "recording.json").write_text(json.dumps(header))
    calls = {kind.each.operation: kind.each for kind in PROVIDER.types} | {
        sweep.each.operation: sweep.each for sweep in PROVIDER.sweeps
    }
    with (folder / "replies.jsonl").open("w") as lines:
        for name, call in calls.items():
            items = [volume(number) for number in range(size)] if name == "ec2.describe_volumes" else []
            region = "" if call.per == "account" else "eu-west-2"
            reply = {"provider": "aws", "account": ACCOUNT["id"], "region": region, "call": name}
            lines.write(json.dumps({**reply, "reply": {"items": items}}) + "\n")


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    """Note the seconds that a block takes."""
    start = time.perf_counter()
    yield
    figures[name] = time.perf_counter() - start


def measure(size: int) -> dict[str, float]:
    """The figures of one size."""
    from scanner import registry
    from scanner.cli.scan import commit
    from scanner.collect.tape import Recording
    from scanner.history import open_history
    from scanner.pack.write import pack
    from scanner.policy import loads
    from scanner.run import Told
    from scanner.scan import Request, Scanned, scan

    providers = registry.providers()
    types = [kind.name for provider in providers.values() for kind in provider.types]
    policy = loads(POLICY, "bench.yaml", checks=registry.checks(), types=types, providers=list(providers))
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        record(folder / "recording", size)

        def scanned() -> Scanned:
            recording = Recording(folder / "recording")
            return scan(Request(policy, providers, AT, opened=lambda each, _: recording.session(each.name)))

        store = folder / "history.db"
        with timed(figures, "scan s"):
            found = scanned()
        with timed(figures, "commit s"):
            commit(open_history(str(store)), policy.name, found)
        before = store.stat().st_size
        with timed(figures, "again s"):
            document = commit(open_history(str(store)), policy.name, scanned()).document
        figures["grown kB"] = (store.stat().st_size - before) / 1000
        for form in ("html", "json"):
            with timed(figures, f"{form} s"):
                registry.reports()[form].render(document)
        figures["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        run = found.after("")
        with timed(figures, "pack s"), (folder / "p.zip").open("wb") as file:
            pack(file, Told(run, None), [run.link])
        figures["pack MB"] = (folder / "p.zip").stat().st_size / 1e6
        figures |= apart("--verify", str(folder / "p.zip"))
    return figures


def verified(path: str) -> dict[str, float]:
    """The figures of verifying a pack."""
    from scanner.pack.verify import Trust, verify

    figures: dict[str, float] = {}
    with timed(figures, "verify s"):
        made = verify(Path(path), Trust())
    if made.problems:
        raise SystemExit(str(made.problems))
    figures["verify MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return figures


def table(sizes: list[int], of: Callable[[int], dict[str, float]]) -> None:
    """Print the figures of all sizes."""
    for number, size in enumerate(sizes):
        figures = of(size)
        if number == 0:
            print("resources  " + "  ".join(f"{name:>13}" for name in figures))
        print(f"{size:9}  " + "  ".join(f"{value:13.2f}" for value in figures.values()))


def apart(what: str, of: str) -> dict[str, float]:
    """The figures from a process of their own, so that peak memory is theirs."""
    done = subprocess.run([sys.executable, __file__, what, of], stdout=subprocess.PIPE, check=True)  # noqa: S603 - ourselves
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
    elif sys.argv[1:2] == ["--verify"]:
        print(json.dumps(verified(sys.argv[2])))
    else:
        table([int(each) for each in sys.argv[1:]] or [1000, 10000], lambda size: apart("--one", str(size)))
