"""Fixtures of the contract tests of AWS: one server for all of them, and a gate before it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from tests.contract.aws_server import Gate


@pytest.fixture(scope="session")
def server() -> Iterator[ThreadedMotoServer]:
    """Moto's server on a free port."""
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    yield moto
    moto.stop()


@pytest.fixture(scope="session")
def endpoint(server: ThreadedMotoServer) -> str:
    """The server's URL."""
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


@pytest.fixture
def gate(server: ThreadedMotoServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    """The gate before the server, with a credential in the environment that must never come there."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "REALKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real-secret")
    served = server._server
    assert served is not None
    inner = served.app
    found = Gate(inner)
    served.app = found
    yield found
    served.app = inner
