"""The three simulated clouds together, with the estate of one week and what the scanner may not see of it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from multiprocessing.connection import Connection

POLICY = files("scanner.demo") / "asdeclared.yaml"
"""The fictional company's policy."""
WEEKS = (datetime(2026, 11, 2, 6, tzinfo=UTC), datetime(2026, 11, 9, 6, tzinfo=UTC))
"""The clock of the scan of each week."""
RETENTION_READ = "Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies/read"
RETENTION_HIDDEN = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/data-production"
    "/providers/Microsoft.Sql/servers/sql-example-production/databases/orders"
)
"""The database whose backup retention the reader's role does not cover."""
STATUS_HIDDEN = "example-saas-website-assets"
"""The bucket of which the reader's role may not ask whether it is public."""
SNAPSHOTS_HIDDEN = "222222222222"
"""The account whose database snapshots the reader may no longer list in the second week."""
EARLIER = {"with: {at_most: 90 days}": "with: {at_most: 180 days}"}
"""What stood in the policy of the first week where it has other words now: logs were kept for longer."""
DENIED = ("444444444444", "eu-west-1")
"""The account and the Region where a service control policy of the organisation denies everything."""
DUMMY = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "eu-west-2",
}
"""The credential of the simulated AWS: it opens nothing else."""


def policy(week: int) -> bytes:
    """The company's policy as it was in a week: it was tightened between the two scans."""
    text = POLICY.read_text(encoding="utf-8")
    for now, before in () if week else EARLIER.items():
        text = text.replace(now, before)
    return text.encode()


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the simulated clouds listen."""

    aws: str
    azure: str
    gcp: str

    @property
    def environment(self) -> Mapping[str, str]:
        """The variables that point any AWS client at the simulated AWS."""
        return {**DUMMY, "AWS_ENDPOINT_URL": self.aws}


class CloudsFailed(RuntimeError):
    """The simulated clouds did not start."""


@contextmanager
def simulated(week: int) -> Iterator[Callable[[], Endpoints]]:
    """Run the clouds of a week in a process of their own, and stop them at the end. The value waits until they listen.

    Some calls are refused, as happens to a scanner whose role is not complete: that is part of the estate.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(week, there), daemon=True)
    process.start()
    there.close()
    try:
        yield lambda: _told(here)
    finally:
        # It holds nothing that outlives it, so it is not asked to leave in good order, which takes seconds.
        process.kill()
        process.join()
        here.close()


def _told(connection: Connection) -> Endpoints:
    try:
        found = connection.recv()
    except EOFError as error:
        raise CloudsFailed("the simulated clouds did not start; their output above says why") from error
    if not isinstance(found, Endpoints):
        raise CloudsFailed(str(found))
    return found


def _serve(week: int, connection: Connection) -> None:
    """The process of the clouds. It ends when it is killed, or when whoever started it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with ExitStack() as stack:
        try:
            connection.send(_started(week, stack))
        except (ImportError, OSError, RuntimeError) as error:
            connection.send(f"{type(error).__name__}: {error}")
            return
        with suppress(EOFError, OSError):
            connection.recv()


def _started(week: int, stack: ExitStack) -> Endpoints:
    from scanner.demo import aws, azure, azure_access, azure_estate, gcp, gcp_estate

    refused = [
        aws.Refusal(None, "s3:GetBucketPolicyStatus", resource=STATUS_HIDDEN),
        aws.Refusal(DENIED[0], "*", DENIED[1]),
    ]
    if week:
        # In the second week somebody takes a permission from the reader: these snapshots are not seen, and not deleted.
        refused.append(aws.Refusal(SNAPSHOTS_HIDDEN, "rds:DescribeDBSnapshots", "eu-west-2"))
    hidden = azure_access.Refusal(RETENTION_HIDDEN, RETENTION_READ)
    arm = azure.AzureCloud(azure_estate.demo_estate(week), refuse=[hidden])
    assets = gcp.GcpCloud(gcp_estate.demo_estate(week), now=WEEKS[week])
    amazon = aws.AwsCloud(week, refuse=refused)
    for cloud in (arm, assets, amazon):
        stack.callback(cloud.stop)
    return Endpoints(amazon.start(), arm.start(), assets.start())


@contextmanager
def pointed_at(endpoints: Endpoints) -> Iterator[None]:
    """Point the AWS client of this process at the simulated cloud, and at nothing else."""
    before = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    _replace(endpoints.environment)
    try:
        yield
    finally:
        _replace(before)


def _replace(variables: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(variables)
