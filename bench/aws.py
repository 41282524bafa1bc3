"""What a scan of AWS costs, beside other tools that answer the same questions: see bench/README.md.

    make bench-aws                                       # with 0 and with 50 milliseconds added to each reply
    python -m bench.aws --delay 0 100 --workers 16 64
    python -m bench.aws --without prowler nis2scan       # our own scan only
    python -m bench.aws --tool 'other=othertool --some-option'

Needs the extra `demo`. The other tools are installed, at the first time, in virtual environments under .bench/.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.aws_estate import ACCOUNT, REGIONS, SEEDS
from bench.proxy import SUMMARY

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".bench"
OWN = (sys.executable, "-c", "from scanner.cli.main import main; main()")
SCOPE = f"""
version: 1
name: bench
organisation: Example SaaS Ltd
scope: {{aws: {{accounts: ["{ACCOUNT}"], regions: [{", ".join(REGIONS)}]}}}}
"""
STORES = "[aws.ec2.volume, aws.ec2.snapshot, aws.rds.instance, aws.s3.bucket, aws.sqs.queue]"
SAME = f"""
promises:
  - {{id: at-rest, says: Encrypted., check: encryption.at-rest, applies_to: {{types: {STORES}}}}}
  - id: own-keys
    says: By our own keys.
    check: encryption.at-rest
    with: {{key_owner: customer}}
    applies_to: {{types: [aws.dynamodb.table, aws.logs.group, aws.sns.topic]}}
  - {{id: https, says: HTTPS., check: encryption.in-transit, applies_to: {{types: [aws.s3.bucket]}}}}
  - id: backups
    says: Backups of a week.
    check: backup.retention
    with: {{at_least: 7 days}}
    applies_to: {{types: [aws.rds.instance, aws.dynamodb.table]}}
  - id: logs
    says: Logs of a month.
    check: logs.retention
    with: {{at_least: 30 days}}
    applies_to: {{types: [aws.logs.group]}}
"""
"""The questions that Prowler's `CHECKS` answer too."""
ALL = """
promises:
  - {id: in-europe, says: In Europe., check: residency.places, with: {places: [EEA, GB]}}
  - {id: at-rest, says: Encrypted., check: encryption.at-rest, with: {algorithms: [AES-256]}}
  - {id: deleted, says: Deleted., check: backup.retention, with: {at_most: 35 days}}
"""
"""Promises about the data of every type that is modelled, whether the estate has any or not."""
POLICIES = {"same questions": SCOPE + SAME, "every type": SCOPE + ALL}
CHECKS = (
    "ec2_ebs_volume_encryption",
    "ec2_ebs_snapshots_encrypted",
    "rds_instance_storage_encrypted",
    "s3_bucket_default_encryption",
    "sqs_queues_server_side_encryption_enabled",
    "dynamodb_tables_kms_cmk_encryption_enabled",
    "cloudwatch_log_group_kms_encryption_enabled",
    "sns_topics_kms_encryption_at_rest_enabled",
    "s3_bucket_secure_transport_policy",
    "rds_instance_backup_enabled",
    "dynamodb_tables_pitr_enabled",
    "cloudwatch_log_group_retention_policy_specific_days_enabled",
)
"""Prowler's checks that answer the questions of `SAME`."""
SECTIONS = ("3", "8")
"""The sections of nis2scan that speak of backups and of encryption."""
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
EACH: Mapping[str, str] = {
    "athena.get_work_group": "",
    "athena.list_query_executions": "",
    "dynamodb.describe_continuous_backups": "dynamodb",
    "dynamodb.describe_table": "dynamodb",
    "dynamodb.list_global_tables": "",
    "dynamodb.list_tags_of_resource": "dynamodb",
    "ec2.describe_availability_zones": "",
    "logs.describe_account_policies": "",
    "logs.describe_export_tasks": "",
    "logs.describe_subscription_filters": "logs",
    "s3.get_bucket_encryption": "s3",
    "s3.get_bucket_location": "s3",
    "s3.get_bucket_logging": "s3",
    "s3.get_bucket_policy": "s3",
    "s3.get_bucket_replication": "s3",
    "s3.get_bucket_tagging": "s3",
    "secretsmanager.describe_secret": "secretsmanager",
    "sns.get_topic_attributes": "sns",
    "sns.list_subscriptions_by_topic": "sns",
    "sqs.get_queue_attributes": "sqs",
}
"""What no listing tells, if it is wanted at all: asked of each resource of this service of the estate, or once in each
region.
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """Another scanner: the package of PyPI, the oldest Python that it takes, and how it is run."""

    package: str
    python: str
    command: tuple[str, ...]

    def ready(self, name: str) -> list[str] | None:
        """The command, in a virtual environment that is made at the first time; None where its Python is not there."""
        folder = TOOLS / name
        if not (folder / "made").exists():
            python = shutil.which(self.python)
            if python is None:
                print(f"{name} is left out: it needs {self.python}")
                return None
            subprocess.run([python, "-m", "venv", str(folder)], check=True)  # noqa: S603 - what this file names
            pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", self.package]
            subprocess.run(pip, check=True)  # noqa: S603 - likewise
            (folder / "made").touch()
        return [str(folder / "bin" / self.command[0]), *self.command[1:]]


OTHERS: Mapping[str, Tool] = {
    "prowler": Tool(
        "prowler==5.46.0",
        "python3.11",
        ("prowler", "aws", "--checks", *CHECKS, "--region", *REGIONS, "--no-banner", "--ignore-exit-code-3"),
    ),
    "nis2scan": Tool(
        "nis2scan==0.2.1",
        "python3.12",
        (
            *("nis2scan", "scan"),
            *(part for region in REGIONS for part in ("--region", region)),
            *(part for section in SECTIONS for part in ("--scope", section)),
        ),
    ),
}


@contextmanager
def beside(module: str, *arguments: str) -> Iterator[str]:
    """Run a module of this folder as another process, until the end; gives the endpoint that it prints."""
    command = [sys.executable, "-m", f"bench.{module}", *arguments]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, cwd=ROOT, **pipes) as process:  # noqa: S603 - ourselves
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.kill()


def measured(command: Sequence[str], endpoint: str, folder: Path) -> dict[str, float]:
    """The wall clock, CPU seconds and peak memory of a process, with what it asked the endpoint."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - the caller's own command
        command,
        cwd=folder,
        env={**clean, **ENVIRONMENT, "AWS_ENDPOINT_URL": endpoint},
        stdout=(folder / "stdout").open("wb"),
        stderr=(folder / "stderr").open("wb"),
    )
    _, status, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    with urllib.request.urlopen(endpoint + SUMMARY) as told:  # noqa: S310 - our own proxy
        seen = json.load(told)
    (folder / "requests.json").write_text(json.dumps(seen, indent=1))
    return {
        "wall s": wall,
        "CPU s": used.ru_utime + used.ru_stime,
        "peak MB": used.ru_maxrss / 1000,
        "requests": sum(seen["requests"].values()),
        "identical": len(seen["repeats"]),
        "in flight": seen["in_flight"],
        "exit": process.returncode,
    }


def planned(folder: Path) -> Mapping[str, int | None]:
    """What `scan --explain-calls` tells of each operation; None where it depends on the resources."""
    command = [*OWN, "scan", "policy.yaml", "--explain-calls", "--json"]
    told = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True)  # noqa: S603 - ourselves
    return {each["operation"]: each["calls"] for each in json.loads(told.stdout)["calls"]}


def least(told: Mapping[str, int | None], operation: str) -> int | None:
    """The fewest calls of an operation: what is told of a listing, else what the estate has to ask about. None for what
    this file does not know.
    """
    certain = told.get(operation)
    if certain is not None or operation not in EACH:
        return certain
    return len(REGIONS) * (SEEDS[EACH[operation]][0] if EACH[operation] else 1)


def excess(folder: Path) -> Iterator[str]:
    """The calls beyond the fewest: of each operation that was made more often, or less often, and in all."""
    told = planned(folder)
    calls = json.loads((folder / "calls.json").read_text())["calls"]
    made = Counter({each["operation"]: each["calls"] for each in calls})
    fewest = {operation: least(told, operation) for operation in made.keys() | told.keys()}
    for operation, few in sorted(fewest.items()):
        if made[operation] != (few or 0):
            yield f"  {operation}: {made[operation]} calls, {'no number' if few is None else few} needed"
        if operation not in told:
            yield f"  {operation}: scan --explain-calls does not tell of it"
    known = sum(few for few in fewest.values() if few is not None)
    counted = sum(made[operation] for operation, few in fewest.items() if few is not None)
    yield f"  {counted} calls, {known} needed: {100 * (counted - known) / known:.1f} % more"
    for repeat in json.loads((folder / "requests.json").read_text())["repeats"]:
        yield f"  asked again: {repeat}"


def row(name: str, figures: Mapping[str, float]) -> str:
    """A line of the table."""
    return f"{name:38}" + "".join(
        f"{value:10.2f}" if "s" in key.split() else f"{value:10.0f}" for key, value in figures.items()
    )


def shown(name: str, command: Sequence[str], endpoint: str, folder: Path) -> Mapping[str, float]:
    """Run a command twice, so that the proxy knows the replies; print the figures of the second time."""
    measured(command, endpoint, folder)
    figures = measured(command, endpoint, folder)
    print(row(name, figures), flush=True)
    return figures


def ours(delay: float, workers: Sequence[int], endpoint: str, folder: Path) -> None:
    """Measure our own scan by each policy, and tell what was asked beyond the fewest calls."""
    own = ("scan", "policy.yaml", "--no-history", "--quiet", "--calls", "calls.json", "--workers")
    for title, policy in POLICIES.items():
        (folder / "policy.yaml").write_text(policy)
        for many in workers:
            figures = shown(f"{delay:g} ms, {title}, {many} workers", [*OWN, *own, str(many)], endpoint, folder)
            bound = max(figures["requests"] * delay / 1000 / many, figures["CPU s"])
            print(f"  wall is {figures['wall s'] / bound:.2f} of the larger of CPU and waiting ({bound:.2f} s)")
            for line in excess(folder):
                print(line)


def run(delays: Sequence[float], workers: Sequence[int], tools: Mapping[str, list[str]]) -> None:
    """Measure everything with each delay, and print the table."""
    columns = ("wall s", "CPU s", "peak MB", "requests", "identical", "in flight", "exit")
    print(f"{'':38}" + "".join(f"{key:>10}" for key in columns))
    with tempfile.TemporaryDirectory() as name, beside("aws_estate") as aws:
        folder = Path(name)
        for delay in delays:
            with beside("proxy", aws, str(delay / 1000)) as endpoint:
                ours(delay, workers, endpoint, folder)
                for tool, command in tools.items():
                    shown(f"{delay:g} ms, {tool}", command, endpoint, folder)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    """Read the command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--delay", type=float, nargs="+", default=[0, 50], help="milliseconds added to each reply")
    options.add_argument("--workers", type=int, nargs="+", default=[16], help="calls at once of our own scan")
    options.add_argument("--tool", action="append", default=[], metavar="NAME=COMMAND", help="another tool to measure")
    options.add_argument("--without", nargs="+", default=[], choices=OTHERS, help="tools that are not measured")
    given = options.parse_args()
    tools = {
        name: command for name, tool in OTHERS.items() if name not in given.without and (command := tool.ready(name))
    }
    tools |= {name: shlex.split(command) for name, _, command in (each.partition("=") for each in given.tool)}
    run(given.delay, given.workers, tools)


if __name__ == "__main__":
    main()
