"""The simulated Cloud Asset Inventory over gRPC: `google.cloud.asset.v1.AssetService`, by the rules of its REST face.

A call becomes the request that the JSON mapping of its message makes (https://protobuf.dev/programming-guides/json/),
and the answer comes back the same way, so that Google's own messages decide what a page can hold. An error is a
`google.rpc.Status` with its details, in the trailers (https://google.aip.dev/193).

Only `ListAssets` is served; every other method is UNIMPLEMENTED, and one that writes is among the cloud's `writes`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from scanner.demo.gcp import Answer, GcpCloud, Request
from scanner.demo.gcp_estate import Json

SERVICE = "/google.cloud.asset.v1.AssetService/"
_READS = ("BatchGet", "Get", "List", "Search")
_Call = Callable[[Any, Any], Any]


@contextmanager
def serving(cloud: GcpCloud) -> Iterator[str]:
    """Serve over gRPC on a free port of the loopback, without TLS, while the block runs; the value is `127.0.0.1:PORT`.

    The cloud itself need not run. As an insecure channel carries no credentials, a client sends its token as metadata:
    `("authorization", "Bearer ...")`.
    """
    import grpc

    class Handler(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpcio ships no types
        def service(self, details: Any) -> Any:
            return _handler(cloud, details.method)

    # A page may be larger than the 4 MB that a server sends by default.
    options = [("grpc.max_send_message_length", -1)]
    server = grpc.server(ThreadPoolExecutor(max_workers=4), handlers=[Handler()], options=options)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None).wait()


def _handler(cloud: GcpCloud, method: str) -> Any:
    import grpc
    from google.cloud import asset_v1

    if method == f"{SERVICE}ListAssets":
        request, answered = asset_v1.ListAssetsRequest.pb().FromString, _listing(cloud)
    else:
        request, answered = bytes, _unserved(cloud, method)
    return grpc.unary_unary_rpc_method_handler(answered, request, lambda page: page.SerializeToString())


def _listing(cloud: GcpCloud) -> _Call:
    from google.cloud import asset_v1
    from google.protobuf import json_format

    def call(message: Any, context: Any) -> Any:
        told = json_format.MessageToDict(message)
        path = f"/v1/{told.pop('parent', '')}/assets"
        query = {name: tuple(map(str, _values(value))) for name, value in told.items()}
        body = _answered(cloud.answer(Request("GET", path, query, _authorised(context))), context)
        return json_format.ParseDict(body, asset_v1.ListAssetsResponse.pb()())

    return call


def _values(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]


def _unserved(cloud: GcpCloud, method: str) -> _Call:
    verb = "GET" if method.rpartition("/")[2].startswith(_READS) else "POST"

    def call(_: bytes, context: Any) -> Any:
        return _answered(cloud.answer(Request(verb, method, {}, _authorised(context))), context)

    return call


def _authorised(context: Any) -> bool:
    told: Mapping[str, str] = dict(context.invocation_metadata())
    return re.fullmatch(r"Bearer \S+", told.get("authorization", ""), re.IGNORECASE) is not None


def _answered(answer: Answer, context: Any) -> Json:
    """The body of a good answer; any other one ends the call with its status."""
    if answer.status != 200:
        context.abort_with_status(_status(answer.body["error"]))
    return answer.body


def _status(error: Json) -> Any:
    # The details are read by the messages that this import makes known.
    from google.protobuf import json_format
    from google.rpc import code_pb2, error_details_pb2, status_pb2  # noqa: F401 - see above
    from grpc_status import rpc_status

    told = {name: value for name, value in error.items() if name != "status"}
    told["code"] = code_pb2.Code.Value(error["status"])
    return rpc_status.to_status(json_format.ParseDict(told, status_pb2.Status()))
