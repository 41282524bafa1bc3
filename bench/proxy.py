"""A proxy that counts, adds a delay to each reply, and remembers: what was asked before is answered from memory.

So the time of a run is that of the tool that asks, and not of the simulated cloud behind. What that cloud does not have
is answered by 501, which clients do not try again.

    python -m bench.proxy http://127.0.0.1:5000 0.05
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeAlias
from urllib.parse import parse_qs, urlsplit

Answer: TypeAlias = tuple[int, list[tuple[str, str]], bytes]
SUMMARY = "/__summary"
"""The path that tells what was counted, and forgets it."""
SIGNED = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
SKIPPED = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


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
    """The name of a request, by operation where its protocol tells it; and what makes it identical to another: the
    caller, service, region, method, path and body.
    """
    signed = SIGNED.search(headers.get("Authorization", ""))
    caller, region, service = signed.groups() if signed else ("", "", "")
    target = headers.get("X-Amz-Target", "").rpartition(".")[2]
    form = parse_qs(body.decode("utf-8", "replace")) if "form-urlencoded" in headers.get("Content-Type", "") else {}
    parts = urlsplit(path)
    rest = f"{method} {re.sub('[^/]*[0-9:%][^/]*', '*', parts.path)}" + (f"?{parts.query}" if service == "s3" else "")
    name = f"{service} {target or form.get('Action', [rest])[0]}"
    digest = hashlib.sha256(repr((caller, service, region, method, path, target, body)).encode()).hexdigest()
    return name, f"{digest} {name} {region} {path}"


class Handler(BaseHTTPRequestHandler):
    """Answers one connection; `serve` gives what it works with."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    counts: Counts
    known: dict[str, Answer]
    target: str
    delay: float

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def answer(self) -> None:
        """Answer a request, or tell the summary."""
        if self.path == SUMMARY:
            self.reply(200, [], json.dumps(self.counts.told()).encode())
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name, identity = named(dict(self.headers), self.command, self.path, body)
        with self.counts.request(name, identity):
            if identity not in self.known:
                self.known[identity] = self.forwarded(body)
            time.sleep(self.delay)
            self.reply(*self.known[identity])

    def forwarded(self, body: bytes) -> Answer:
        """The reply of the cloud behind."""
        upstream = http.client.HTTPConnection(urlsplit(self.target).netloc, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in SKIPPED}
        upstream.request(self.command, self.path, body or None, headers)
        found = upstream.getresponse()
        content = found.read()
        upstream.close()
        missing = found.status >= 500 or b"Not yet implemented" in content
        return (501 if missing else found.status), found.getheaders(), content

    def reply(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Send an answer."""
        self.send_response_only(status)
        for name, value in headers:
            if name.lower() not in SKIPPED:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815 - the names that http.server calls


class Server(ThreadingHTTPServer):
    """Takes many connections at once."""

    daemon_threads = True
    request_queue_size = 256


def main() -> None:
    """Be the proxy of the endpoint that is given, with so many seconds of delay: print its own, and stay."""
    target, delay = sys.argv[1:]
    given = {"counts": Counts(), "known": {}, "target": target, "delay": float(delay)}
    server = Server(("127.0.0.1", 0), type("Given", (Handler,), given))
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
