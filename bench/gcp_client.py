"""Which way to read Cloud Asset Inventory: the same pages by each client, as plain dictionaries.

    python -m bench.gcp_client [ASSETS]             # 20,000

The assets are those of `bench.gcp`; a process of its own serves their pages over REST and over gRPC. Each client is a
process of its own, in three rounds. CPU seconds without the import are the figure to compare. Needs the extra `demo`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench.gcp import PAGE, ROOT, texts

PARENT = "organizations/123456789012"
SERVICE = "google.cloud.asset.v1.AssetService"
UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


def bodies(size: int) -> Iterator[bytes]:
    """The pages of so many assets."""
    told = [asset["RESOURCE"] for asset in texts(size)]
    for end in range(PAGE, size + PAGE, PAGE):
        token = f'"nextPageToken": "{end // PAGE}", ' if end < size else ""
        yield f'{{"readTime": "2026-11-09T06:00:00Z", {token}"assets": [{",".join(told[end - PAGE : end])}]}}'.encode()


def serve(size: int) -> None:
    """Serve until the end of standard input. Prints the ports of REST and gRPC, and the bytes of their pages."""
    import grpc
    from google.cloud import asset_v1
    from google.protobuf import json_format

    pages = list(bodies(size))
    messages = [json_format.Parse(body, asset_v1.ListAssetsResponse.pb()()).SerializeToString() for body in pages]

    class Handler(BaseHTTPRequestHandler):
        protocol_version, wbufsize, disable_nagle_algorithm = "HTTP/1.1", -1, True

        def do_GET(self) -> None:
            body = pages[int(self.path.partition("pageToken=")[2].partition("&")[0] or 0)]
            self.send_response_only(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def call(request: Any, _: object) -> Any:
        return messages[int(request.page_token or 0)]

    method = {"ListAssets": grpc.unary_unary_rpc_method_handler(call, asset_v1.ListAssetsRequest.pb().FromString)}
    own = grpc.method_handlers_generic_handler(SERVICE, method)
    server = grpc.server(ThreadPoolExecutor(2), [own], options=UNLIMITED)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    rest = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=rest.serve_forever, daemon=True).start()
    print(rest.server_port, port, sum(map(len, pages)), sum(map(len, messages)), flush=True)
    sys.stdin.read()


def session(port: str) -> Iterator[list[Any]]:
    """Our own session: google-auth and orjson."""
    from scanner.collect.model import Account, Options, Unit
    from scanner.providers.gcp.assets import LISTING
    from scanner.providers.gcp.session import open_session

    opened = open_session({"parents": [PARENT]}, Options(endpoint=f"http://127.0.0.1:{port}"))
    for page in opened.pages(Unit(Account("gcp", PARENT)), LISTING, LISTING.give):
        yield page["assets"]  # type: ignore[index]  # a page is an object


def library(port: str, way: str) -> Iterator[list[Any]]:
    """The library google-cloud-asset, over REST or gRPC; its messages by MessageToDict, or walked by hand."""
    import grpc
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import asset_v1
    from google.cloud.asset_v1.services.asset_service import transports
    from google.protobuf import json_format

    host = f"127.0.0.1:{port}"
    if way == "rest":
        own: Any = AnonymousCredentials  # google-auth has no types here
        transport: Any = transports.AssetServiceRestTransport(host=host, url_scheme="http", credentials=own())
    else:
        transport = transports.AssetServiceGrpcTransport(channel=grpc.insecure_channel(host, options=UNLIMITED))
    request = asset_v1.ListAssetsRequest(parent=PARENT, page_size=PAGE, content_type="RESOURCE")
    for page in asset_v1.AssetServiceClient(transport=transport).list_assets(request=request).pages:
        message = asset_v1.ListAssetsResponse.pb(page)
        yield list(map(_asset, message.assets)) if way == "walked" else json_format.MessageToDict(message)["assets"]


def _asset(message: Any) -> dict[str, Any]:
    data = {name: _value(value) for name, value in message.resource.data.fields.items()}
    told = {"name": message.name, "assetType": message.asset_type, "ancestors": list(message.ancestors)}
    return {**told, "resource": {"location": message.resource.location, "data": data}}


def _value(value: Any) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return {name: _value(each) for name, each in value.struct_value.fields.items()}
        case "list_value":
            return [_value(each) for each in value.list_value.values]
        case kind:
            return None if kind == "null_value" else getattr(value, kind)


WAYS: Mapping[str, tuple[int, Callable[[str], Iterator[list[Any]]]]] = {
    "our session, REST": (0, session),
    "library, REST": (0, lambda port: library(port, "rest")),
    "library, gRPC": (1, lambda port: library(port, "grpc")),
    "by hand, gRPC": (1, lambda port: library(port, "walked")),
}


def read(way: str, port: str) -> None:
    """Read all pages in one way, after a first page that loads what is loaded late. Prints the figures."""
    _, pages = WAYS[way]
    next(pages(port))
    loaded, began = time.process_time(), time.perf_counter()
    speed = sum(map(len, pages(port))) / (time.perf_counter() - began)
    cpu, peak = time.process_time() - loaded, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(json.dumps({"assets/s": speed, "CPU s": cpu, "CPU s before": loaded, "peak MB": peak}))


def measure(size: int) -> None:
    """Print the figures of each way, of its best round by CPU."""
    own = [sys.executable, "-m", "bench.gcp_client"]
    with subprocess.Popen([*own, "--serve", str(size)], cwd=ROOT, stdin=-1, stdout=-1, text=True) as server:  # noqa: S603 - ourselves
        assert server.stdout is not None  # noqa: S101 - it was opened with a pipe
        *ports, rest, grpc = server.stdout.readline().split()
        print(f"{size} assets: {int(rest) / 1e6:.0f} MB as JSON, {int(grpc) / 1e6:.0f} MB as messages")
        for way, (port, _) in WAYS.items():
            done = [subprocess.check_output([*own, "--read", way, ports[port]], cwd=ROOT) for _ in range(3)]  # noqa: S603 - ourselves
            best = min(map(json.loads, done), key=lambda each: each["CPU s"])
            print(f"{way:18}" + "".join(f"{value:10.2f} {name}" for name, value in best.items()), flush=True)
        server.kill()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--serve", number]:
            serve(int(number))
        case ["--read", given_way, given_port]:
            read(given_way, given_port)
        case given:
            measure(int(given[0]) if given else 20_000)
