"""The wire: certificates are verified, connections are shared and bounded, and each host goes by its own proxy."""

from __future__ import annotations

import ipaddress
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.awsrequest import AWSRequest
from botocore.exceptions import SSLError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scanner.providers.aws import wire
from scanner.providers.aws.wire import Wire


def _certificate(path: Path, *hosts: x509.GeneralName) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "example.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(hosts), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    private = key.private_bytes(form, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(form) + private)
    return path


LOOPBACK = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Any]:
    """An HTTPS server on this machine: its URL, its certificate, and the connections that came."""
    came: list[object] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            came.append(self.client_address)
            self.send_response_only(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that turns away is what is tested
    certificate = _certificate(tmp_path / "one.pem", LOOPBACK)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield SimpleNamespace(port=server.server_port, certificate=certificate, came=came)
    server.shutdown()
    thread.join()
    server.server_close()


def _get(port: int, host: str = "127.0.0.1") -> Any:
    return AWSRequest("GET", f"https://{host}:{port}/").prepare()


def test_connections_are_shared_and_certificates_read_once(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def counting(self: Any, cafile: Any = None, *rest: Any) -> None:
        read.append(cafile)
        load(self, cafile, *rest)

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counting)
    monkeypatch.setattr(wire, "HOSTS", 1)
    opened = Wire(str(served.certificate), 10)
    assert [opened.send(_get(served.port)).status_code for _ in range(3)] == [200] * 3
    assert len(set(served.came)) == 1
    opened._to("https://sqs.eu-west-2.amazonaws.com/")
    assert opened.send(_get(served.port)).status_code == 200
    assert len(set(served.came)) == 2
    assert len(opened._hosts) == 1
    assert read == [str(served.certificate)]
    opened.close()
    assert not opened._hosts


@pytest.mark.parametrize("bundle", ["", "other"], ids=["the usual roots", "other roots"])
def test_a_server_that_nobody_vouches_for_is_sent_nothing(served: Any, tmp_path: Path, bundle: str) -> None:
    path = str(_certificate(tmp_path / "two.pem", LOOPBACK)) if bundle else None
    with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
        Wire(path, 10).send(_get(served.port))
    assert served.came == []


def test_a_certificate_of_another_host_is_sent_nothing(served: Any) -> None:
    with pytest.raises(SSLError, match=r"doesn't match|Hostname mismatch|not valid"):
        Wire(str(served.certificate), 10).send(_get(served.port, "localhost"))
    assert served.came == []


def test_the_environments_roots_are_taken(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(served.certificate))
    assert Wire(None, 10).send(_get(served.port)).status_code == 200


def test_each_host_goes_by_the_proxy_that_is_named_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.setenv("NO_PROXY", "s3.eu-west-2.amazonaws.com")
    opened = Wire(None, 10)
    found = {
        region: opened._to(url)._proxy_config.proxy_url_for(url)
        for region in ("eu-west-1", "eu-west-2")
        for url in (f"https://s3.{region}.amazonaws.com/a",)
    }
    assert found == {"eu-west-1": "http://proxy.example.com:3128", "eu-west-2": None}


def test_how_long_to_wait_and_how_many_connections_to_keep() -> None:
    made = Wire(None, 17)._to("http://127.0.0.1:9/")
    assert (made._timeout.connect_timeout, made._timeout._read) == (10, 60)
    assert made._max_pool_connections == 17
    assert made._socket_options == [wire.NO_DELAY]
