"""What a scan of AWS costs: about 300 resources in six regions, on a simulated AWS behind a proxy that counts.

    make bench-aws                                  # with 0 and with 50 milliseconds added to each reply
    python bench/aws.py --delay 0 100 --workers 16 64
    python bench/aws.py --tool 'other=othertool --some-option'

The simulated AWS is moto's server, in a process of its own; the proxy is another. Each run is a process too: its wall
clock, its CPU seconds and its peak memory are its own and no one else's. moto answers some 150 requests a second, so
with no delay the wall clock is moto's. What moto does not have is answered by 501, which clients do not try again.

For each run: seconds, memory, requests, requests that are identical to one before (same service, region, method, path
and body), and the most that were in flight at once. For our own also the calls in excess of the plan: those of each
operation that lists, against one for each account and region that `scan --explain-calls` tells; nothing printed means
no excess. Another tool gets the same endpoint and credentials by the standard variables.

Needs the extra `demo`.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

REGIONS = ("eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2", "us-east-1", "us-west-2")
ACCOUNT = "123456789012"
"""The account of every credential that moto did not make."""
POLICY = f"""
version: 1
name: bench
organisation: Example SaaS Ltd
scope: {{aws: {{accounts: ["{ACCOUNT}"], regions: [{", ".join(REGIONS)}]}}}}
promises:
  - {{id: in-europe, says: In Europe., check: residency.places, with: {{places: [EEA, GB]}}}}
  - {{id: at-rest, says: Encrypted., check: encryption.at-rest, with: {{algorithms: [AES-256]}}}}
  - {{id: deleted, says: Deleted., check: backup.retention, with: {{at_most: 35 days}}}}
"""
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}
SUMMARY = "/__summary"
"""The path of the proxy that tells what it counted, and forgets it."""
SIGNED = re.compile(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/")
SKIPPED = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
OWN = (sys.executable, "-c", "from scanner.cli.main import main; main()")


def seed(endpoint: str) -> None:
    """Make the estate: 48 resources in each region, and two buckets."""
    import boto3

    session = boto3.Session("testing", "testing")
    for region in REGIONS:
        made = {name: session.client(name, region, endpoint_url=endpoint) for name in SEEDS}
        for name, (count, make) in SEEDS.items():
            for number in range(count):
                make(made[name], f"example-{name}-{number}", region)


def _volume(client: Any, name: str, region: str) -> None:
    made = client.create_volume(AvailabilityZone=f"{region}a", Size=8, Encrypted=True)
    if not name.endswith(("0", "2")):
        client.create_snapshot(VolumeId=made["VolumeId"], Description=name)


def _database(client: Any, name: str, region: str) -> None:
    client.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t3.small",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="not-a-secret",
        Tags=[{"Key": "env", "Value": region}],
    )


def _table(client: Any, name: str, region: str) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "env", "Value": region}],
    )


def _bucket(client: Any, name: str, region: str) -> None:
    where = {"LocationConstraint": region}
    more = {} if region == "us-east-1" else {"CreateBucketConfiguration": where}
    client.create_bucket(Bucket=f"{name}-{region}", **more)


SEEDS: Mapping[str, tuple[int, Callable[[Any, str, str], object]]] = {
    "ec2": (8, _volume),
    "rds": (4, _database),
    "dynamodb": (5, _table),
    "s3": (2, _bucket),
    "sqs": (5, lambda client, name, _: client.create_queue(QueueName=name)),
    "sns": (4, lambda client, name, _: client.create_topic(Name=name)),
    "logs": (6, lambda client, name, _: client.create_log_group(logGroupName=name)),
    "secretsmanager": (4, lambda client, name, _: client.create_secret(Name=name, SecretString="x")),
    "ssm": (4, lambda client, name, _: client.put_parameter(Name=name, Value="x", Type="String")),
    "kms": (2, lambda client, name, _: client.create_key(Description=name)),
}


def serve() -> None:
    """Be the simulated AWS: print the endpoint when the estate is there, and stay."""
    # Else moto has more than a thousand images and snapshots of its own in each region.
    os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    seed(f"http://{host}:{port}")
    print(f"http://{host}:{port}", flush=True)
    threading.Event().wait()


class Counts:
    """What came by."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.requests = Counter[str]()
        self.seen = Counter[str]()
        self.flying = self.most = 0

    @contextmanager
    def request(self, name: str, identity: str) -> Iterator[None]:
        """Count a request while it is answered."""
        with self.lock:
            self.requests[name] += 1
            self.seen[identity] += 1
            self.flying += 1
            self.most = max(self.most, self.flying)
        try:
            yield
        finally:
            with self.lock:
                self.flying -= 1

    def told(self) -> Mapping[str, Any]:
        """The counts since the last time."""
        with self.lock:
            repeats = [identity.partition(" ")[2] for identity, count in self.seen.items() for _ in range(count - 1)]
            found = {"requests": dict(self.requests), "repeats": repeats, "in_flight": self.most}
            self.requests, self.seen, self.most = Counter(), Counter(), 0
            return found


def named(headers: Mapping[str, str], method: str, path: str, body: bytes) -> tuple[str, str]:
    """The name of a request, by operation where its protocol tells it; and what makes it identical to another."""
    region, service = found.groups() if (found := SIGNED.search(headers.get("Authorization", ""))) else ("", "")
    target = headers.get("X-Amz-Target", "").rpartition(".")[2]
    form = parse_qs(body.decode("utf-8", "replace")) if "form-urlencoded" in headers.get("Content-Type", "") else {}
    parts = urlsplit(path)
    rest = f"{method} {re.sub('[^/]*[0-9:%][^/]*', '*', parts.path)}" + (f"?{parts.query}" if service == "s3" else "")
    name = f"{service} {target or form.get('Action', [rest])[0]}"
    digest = hashlib.sha256(repr((service, region, method, path, target, body)).encode()).hexdigest()
    return name, f"{digest} {name} {region} {path}"


def proxy(target: str, delay: float) -> None:
    """Be the proxy: print the endpoint, and stay. Seconds of delay are added to each reply."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

    counts = Counts()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def answer(self) -> None:
            if self.path == SUMMARY:
                self.reply(200, [], json.dumps(counts.told()).encode())
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with counts.request(*named(dict(self.headers), self.command, self.path, body)):
                self.reply(*self.forwarded(body))

        def forwarded(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
            upstream = http.client.HTTPConnection(urlsplit(target).netloc, timeout=60)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in SKIPPED}
            upstream.request(self.command, self.path, body or None, headers)
            found = upstream.getresponse()
            content = found.read()
            upstream.close()
            time.sleep(delay)
            missing = found.status >= 500 or b"Not yet implemented" in content
            return (501 if missing else found.status), found.getheaders(), content

        def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
            self.send_response_only(status)
            for name, value in headers:
                if name.lower() not in SKIPPED:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else body)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815 - the names that http.server calls

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256

    server = Server(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


@contextmanager
def beside(*arguments: str) -> Iterator[str]:
    """Run this script as another process, until the end; gives the endpoint that it prints."""
    # Without its folder in the path, where html.py would stand before the one of Python.
    command = [sys.executable, "-P", __file__, *arguments]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, **pipes) as process:  # noqa: S603 - ourselves
        try:
            yield process.stdout.readline().strip() if process.stdout else ""
        finally:
            process.kill()


def measured(command: list[str], endpoint: str, folder: Path) -> dict[str, float]:
    """The wall clock, CPU seconds and peak memory of a process, with what it asked the endpoint."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    began = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - the caller's own command
        command,
        cwd=folder,
        env={**clean, **ENVIRONMENT, "AWS_ENDPOINT_URL": endpoint},
        stdout=subprocess.DEVNULL,
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


def excess(folder: Path) -> Iterator[str]:
    """Each listing that was made more or less often than the plan tells; the calls of the discovery are not counted."""
    command = [*OWN, "scan", "policy.yaml", "--explain-calls", "--json"]
    told = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True)  # noqa: S603 - ourselves
    planned = {each["operation"]: each["calls"] for each in json.loads(told.stdout)["calls"]}
    made = {each["operation"]: each["calls"] for each in json.loads((folder / "calls.json").read_text())["calls"]}
    for operation, least in planned.items():
        if least is not None and made.get(operation, 0) != least:
            yield f"  {operation}: {made.get(operation, 0)} calls, planned {least}"
    for repeat in json.loads((folder / "requests.json").read_text())["repeats"]:
        yield f"  asked again: {repeat}"


def row(name: str, figures: Mapping[str, float]) -> str:
    """A line of the table."""
    return f"{name:24}" + "".join(
        f"{value:11.2f}" if "s" in key.split() else f"{value:11.0f}" for key, value in figures.items()
    )


def run(delays: list[float], workers: list[int], tools: Mapping[str, str]) -> None:
    """Measure each command with each delay, and print the table."""
    with tempfile.TemporaryDirectory() as name, beside("--serve") as aws:
        folder = Path(name)
        (folder / "policy.yaml").write_text(POLICY)
        own = ("scan", "policy.yaml", "--no-history", "--quiet", "--calls", "calls.json", "--workers")
        for number, delay in enumerate(delays):
            with beside("--proxy", aws, str(delay / 1000)) as endpoint:
                for many in workers:
                    figures = measured([*OWN, *own, str(many)], endpoint, folder)
                    if not number and many == workers[0]:
                        print(f"{'':24}" + "".join(f"{key:>11}" for key in figures))
                    print(row(f"{delay:g} ms, {many} workers", figures), flush=True)
                    for line in excess(folder):
                        print(line)
                for tool, command in tools.items():
                    print(row(f"{delay:g} ms, {tool}", measured(shlex.split(command), endpoint, folder)), flush=True)


def main() -> None:
    """Read the command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--delay", type=float, nargs="+", default=[0, 50], help="milliseconds added to each reply")
    options.add_argument("--workers", type=int, nargs="+", default=[16], help="calls at once of our own scan")
    options.add_argument("--tool", action="append", default=[], metavar="NAME=COMMAND", help="another tool to measure")
    options.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    options.add_argument("--proxy", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve:
        serve()
    elif given.proxy:
        proxy(given.proxy[0], float(given.proxy[1]))
    else:
        run(given.delay, given.workers, dict(tool.split("=", 1) for tool in given.tool))


if __name__ == "__main__":
    main()
