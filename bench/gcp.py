"""What a scan of Google Cloud costs: from the pages of Cloud Asset Inventory to verdicts, history and JSON.

    make bench-gcp                                  # 10,000 and 100,000 assets
    python -m bench.gcp --assets 1000000
    python -m bench.gcp --assets 20000 --unlike     # each asset has a label of its own, and labels decide
    python -m bench.gcp --assets 20000 --profile    # where the CPU goes, by stage and by function

The pages are made and serialised beforehand, in files, and a process of its own serves them. The client is a process of
its own for each scan, so that its CPU seconds and its peak memory are its own. It scans twice, with the same history:
nothing changed in between. CPU seconds are the figure to compare; the wall clock also tells what else the machine does.

Needs the extra `demo`.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from traceback import walk_stack
from types import FrameType
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from scanner.scan import Scanned

POLICY = """
version: 1
name: bench
organisation: Example SaaS Ltd
scope: {gcp: {parents: [organizations/123456789012], projects: [acme-prod]}}
environments: {production: {%s}}
promises:
  - {id: in-uk, says: In GB., check: residency.places, with: {places: [GB]}, applies_to: {environments: [production]}}
  - {id: at-rest, says: Encrypted., check: encryption.at-rest, with: {algorithms: [AES-256]}}
  - {id: deleted, says: Deleted., check: backup.retention, with: {at_most: 35 days}}
  - {id: private, says: Nothing is public., check: exposure.not-public}
"""
BY_ACCOUNT, BY_LABEL = "gcp: [acme-prod]", "tags: {env: [production]}"
LABEL = '"env": "production"'
"""What 19 of the 20 templates have. With `--unlike` each asset has a label of its own beside it: no two are alike."""
AT = datetime(2026, 11, 9, 6, tzinfo=UTC)
PAGE = 1000
ROOT = Path(__file__).resolve().parents[1]
HELD = {"RESOURCE": "resource", "IAM_POLICY": "iamPolicy", "ORG_POLICY": "orgPolicy"}
"""Where an asset holds each content type."""
MANAGER = "cloudresourcemanager.googleapis.com/"
COMPUTE = "//compute.googleapis.com/projects/acme-prod"
BLOCK: Sequence[tuple[int, str, str]] = (
    (7, f"{COMPUTE}/zones/europe-west2-a/disks/search-data", "search-data"),
    (4, f"{COMPUTE}/global/snapshots/search-data-20261101", "search-data"),
    (4, "//storage.googleapis.com/acme-prod-documents", "acme-prod-documents"),
    (2, "//cloudsql.googleapis.com/projects/acme-prod/instances/customers", "customers"),
    (1, "//pubsub.googleapis.com/projects/acme-prod/topics/orders", "orders"),
    (1, "//bigquery.googleapis.com/projects/acme-prod/datasets/usage", "usage"),
    (1, f"{COMPUTE}/global/firewalls/allow-https", "allow-https"),
)
"""Twenty assets: how many of which asset of the demo's estate, and what of its text is numbered."""
ABROAD = 100
"""Of so many blocks, one lies in another country."""


def texts(size: int, *, unlike: bool = False) -> Iterator[Mapping[str, str]]:
    """So many assets, each as its resource and, where it has one, its IAM policy, as text."""
    from scanner.demo.gcp_estate import demo_estate

    assets = {asset["name"]: asset for asset in demo_estate(0).assets}
    block = [(contents(assets[name]), told) for count, name, told in BLOCK for _ in range(count)]
    for number in range(size):
        templates, told = block[number % len(block)]
        made = {each: text.replace(told, f"{told}-{number:07d}") for each, text in templates.items()}
        if unlike:
            own = f'{LABEL}, "owner": "team-{number:07d}"'
            made = {each: text.replace(LABEL, own) for each, text in made.items()}
        abroad = number // len(block) % ABROAD == 0
        yield {each: text.replace("europe-west2", "us-east1") if abroad else text for each, text in made.items()}


def contents(asset: Mapping[str, Any]) -> dict[str, str]:
    """An asset as each content type tells it."""
    hidden = set(HELD.values())
    return {
        content: json.dumps({name: value for name, value in asset.items() if name == key or name not in hidden})
        for content, key in HELD.items()
        if key in asset
    }


class Pages:
    """The pages of each content, in files; and the few assets above the others, which are listed by type as well."""

    def __init__(self, folder: Path, size: int, *, unlike: bool) -> None:
        from scanner.demo.gcp_estate import demo_estate

        above = [asset for asset in demo_estate(0).assets if asset["assetType"].startswith(MANAGER)]
        self.above = [(asset["assetType"], contents(asset)) for asset in above]
        self.files = {each: (folder / each).open("wb+") for each in HELD}
        self.places: dict[str, list[tuple[int, int]]] = {each: [] for each in HELD}
        waiting: dict[str, list[str]] = {each: [] for each in HELD}
        for told in chain((told for _, told in self.above), texts(size, unlike=unlike)):
            for content, text in told.items():
                waiting[content].append(text)
                if len(waiting[content]) == PAGE:
                    self._write(content, waiting.pop(content))
                    waiting[content] = []
        for content, left in waiting.items():
            self._write(content, left)

    def _write(self, content: str, assets: list[str]) -> None:
        file = self.files[content]
        self.places[content].append((file.tell(), file.write(",".join(assets).encode())))

    def answer(self, query: Mapping[str, list[str]]) -> bytes:
        """The page that a listing asks for."""
        content = query["contentType"][0]
        number = int(query.get("pageToken", ["0"])[0])
        if types := query.get("assetTypes"):
            found = (told[content] for kind, told in self.above if kind in types and content in told)
            return _page(",".join(found).encode(), 0)
        place, length = self.places[content][number]
        assets = os.pread(self.files[content].fileno(), length, place)
        return _page(assets, number + 1 if number + 1 < len(self.places[content]) else 0)


def _page(assets: bytes, following: int) -> bytes:
    token = b'"nextPageToken": "%d", ' % following if following else b""
    return b'{"readTime": "2026-11-09T06:00:00Z", %b"assets": [%b]}' % (token, assets)


def serve(size: int, *, unlike: bool) -> None:
    """Serve until the end of standard input. Prints the endpoint, and then the megabytes of the pages."""
    with tempfile.TemporaryDirectory() as name:
        pages = Pages(Path(name), size, unlike=unlike)
        for file in pages.files.values():
            file.flush()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                body = pages.answer(parse_qs(urlsplit(self.path).query))
                self.send_response_only(200)
                self.send_header("Content-Type", "application/json; charset=UTF-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            megabytes = sum(file.tell() for file in pages.files.values()) / 1e6
            print(f"http://127.0.0.1:{server.server_port} {megabytes}", flush=True)
            sys.stdin.read()
            server.shutdown()


@contextmanager
def served(size: int, *, unlike: bool = False) -> Iterator[tuple[str, float]]:
    """The simulated service in another process: its endpoint and the megabytes that it serves."""
    command = [sys.executable, "-m", "bench.gcp", "--serve", str(size), *_flags(unlike=unlike)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ourselves
        assert process.stdout is not None  # noqa: S101 - it was opened with a pipe
        try:
            endpoint, megabytes = process.stdout.readline().split()
            yield endpoint, float(megabytes)
        finally:
            process.kill()


@contextmanager
def timed(figures: dict[str, float], name: str) -> Iterator[None]:
    """Note the CPU seconds of all threads that a block takes."""
    start = time.process_time()
    yield
    figures[f"{name} CPU s"] = time.process_time() - start


def scanned(endpoint: str, day: int, *, unlike: bool = False) -> Scanned:
    """Scan as the command does, so many days later, without writing anything."""
    from scanner import registry
    from scanner.cli.scan import watching
    from scanner.collect.model import Options
    from scanner.collect.progress import Progress
    from scanner.policy import loads
    from scanner.scan import Request, scan

    providers = registry.providers()
    types = [kind.name for provider in providers.values() for kind in provider.types]
    text = POLICY % (BY_LABEL if unlike else BY_ACCOUNT)
    policy = loads(text, "bench.yaml", checks=registry.checks(), types=types, providers=list(providers))
    options = {"gcp": Options(endpoint)}
    return scan(Request(policy, providers, AT + timedelta(day), options, opened=watching(Progress(), options)))


def client(endpoint: str, history: str, *, unlike: bool) -> dict[str, float]:
    """One scan with its commit, drift and report: the figures."""
    from reports.json import render
    from scanner.cli.main import YOUNG
    from scanner.drift import drift
    from scanner.history import open_history
    from scanner.run import Told

    figures: dict[str, float] = {}
    began = time.perf_counter()
    gc.set_threshold(YOUNG)
    with timed(figures, "scan"):
        found = scanned(endpoint, int(Path(history).exists()), unlike=unlike)
    with open_history(history) as store, store.writer("bench") as writer:
        with timed(figures, "read"):
            before = writer.baseline()
            run = found.after(writer.last_digest())
        with timed(figures, "commit"):
            writer.commit(run)
    with timed(figures, "drift"):
        change = drift(before, run) if before else None
    with timed(figures, "json"):
        document = Told(run, change).document
        render(document)
    used = resource.getrusage(resource.RUSAGE_SELF)
    verdicts = [verdict for each in document.promises for verdict, count in each.counts.items() for _ in range(count)]
    return figures | {
        "all CPU s": used.ru_utime + used.ru_stime,
        "wall s": time.perf_counter() - began,
        "peak MB": used.ru_maxrss / 1000,
        "changes": len(change.changes) if change else 0,
        "findings": len(verdicts),
        "calls": sum(found.calls.values()),
    }


STAGES = (
    ("import", "importlib", ""),
    ("decode", "gcp/session.py", "_page"),
    ("facts derived, of what is alike once", "scanner/likeness.py", "_remember"),
    ("likeness: what facts read of a reply", "scanner/likeness.py", "_parts"),
    ("likeness: the rest", "scanner/likeness.py", ""),
    ("spool", "scanner/spool.py", ""),
    ("collect: replies of joined listings", "collect/runner.py", "_whole"),
    ("collect: the allow-list", "facts/reply.py", "__call__"),
    ("collect: the rest", "collect/runner.py", ""),
    ("collect: the rest", "gcp/session.py", ""),
    ("verdicts", "scanner/verdicts.py", ""),
    ("link", "scanner/link.py", ""),
    ("pages", "scanner/run.py", "add"),
    ("history", "scanner/history", ""),
    ("report", "scanner/run.py", "document"),
    ("report", "reports/json.py", ""),
)
"""The stage of a sample is the first of which a frame is on the stack: what is in its file's name, and its function, or
any with "".
"""
EVERY = 0.01
"""Seconds of CPU from one sample to the next."""


class Now(Executor):
    """Does at once, in the main thread, what it is given: signals are told to no other thread."""

    def __init__(self, max_workers: int = 1) -> None:
        """Take what the executor of threads takes."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it is raised where the result is asked for
            future.set_exception(error)
        return future


def profile(size: int, *, unlike: bool) -> None:
    """Print where the CPU of a scan goes, by stage, and by function without and with what it calls."""
    import scanner.collect.runner
    import scanner.providers.gcp.session
    import scanner.scan

    stages, own, within = Counter[str](), Counter[str](), Counter[str]()

    def take(_: int, frame: FrameType | None) -> None:
        stack = [(f.f_code.co_filename, f.f_code.co_name, f.f_code.co_firstlineno) for f, _ in walk_stack(frame)]
        stages[next((n for n, file, name in STAGES if _on(stack, file, name)), "other")] += 1
        lines = [f"{'/'.join(file.split('/')[-2:])}:{line} {name}" for file, name, line in stack]
        own[lines[0]] += 1
        within.update(set(lines))

    modules = (scanner.scan, scanner.collect.runner, scanner.providers.gcp.session)
    with tempfile.TemporaryDirectory() as name, served(size, unlike=unlike) as (endpoint, _), ExitStack() as patched:
        for module in modules:
            patched.enter_context(patch.object(module, "ThreadPoolExecutor", Now))
        signal.signal(signal.SIGPROF, take)
        signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
        figures = client(endpoint, str(Path(name) / "history.db"), unlike=unlike)
        signal.setitimer(signal.ITIMER_PROF, 0)
    each = 1000 * figures["all CPU s"] / size / stages.total()
    for title, counter in (("by stage", stages), ("by function, itself", own), ("by function, in all", within)):
        print(f"\n{size} assets, {title}: ms of CPU for an asset, and its part of all")
        for what, count in counter.most_common(40):
            print(f"{count * each:8.3f} {count / stages.total():7.1%}  {what}")


def _flags(*, unlike: bool) -> list[str]:
    return ["--unlike"] if unlike else []


def _on(stack: Sequence[tuple[str, str, int]], file: str, name: str) -> bool:
    return any(file in each and name in {"", function} for each, function, _ in stack)


def apart(*arguments: str) -> dict[str, float]:
    """The figures of a client in a process of its own."""
    command = [sys.executable, "-m", "bench.gcp", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603 - ourselves
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def measure(size: int, *, unlike: bool) -> None:
    """Print the figures of two scans of an estate of so many assets, of which the second found it unchanged."""
    with tempfile.TemporaryDirectory() as name, served(size, unlike=unlike) as (endpoint, megabytes):
        history = Path(name) / "history.db"
        print(f"{size} assets, {megabytes:.0f} MB of pages", flush=True)
        for number in range(2):
            before = history.stat().st_size if number else 0
            figures = apart("--scan", endpoint, str(history), *_flags(unlike=unlike))
            figures["history kB"] = (history.stat().st_size - before) / 1000
            figures["CPU ms/asset"] = 1000 * figures["all CPU s"] / size
            if number == 0:
                print("     " + "".join(f"{key:>14}" for key in figures))
            print(f"{number + 1:4} " + "".join(f"{value:14.2f}" for value in figures.values()), flush=True)
    print(f"load of the machine at the end: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    """Read the command line."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--assets", type=int, nargs="+", default=[10_000, 100_000])
    options.add_argument("--unlike", action="store_true", help="give each asset a label of its own")
    options.add_argument("--profile", action="store_true", help="tell where the CPU goes instead")
    options.add_argument("--serve", type=int, help=argparse.SUPPRESS)
    options.add_argument("--scan", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.serve is not None:
        serve(given.serve, unlike=given.unlike)
    elif given.scan:
        print(json.dumps(client(*given.scan, unlike=given.unlike)))
    else:
        for size in given.assets:
            (profile if given.profile else measure)(size, unlike=given.unlike)


if __name__ == "__main__":
    main()
