"""A timestamp authority on this machine: `openssl ts` behind an HTTP server, with a root, a middle and a signer."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CONFIGURATION = """
[tsa]
default_tsa = local
[local]
serial = serial
signer_cert = signer.pem
certs = others.pem
signer_key = signer.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
ess_cert_id_alg = sha256
tsa_name = yes
"""
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
Answer = Callable[[BaseHTTPRequestHandler, bytes], object]


@dataclass(frozen=True)
class Authority:
    """A local timestamp authority: its folder, its address and the PEM of its root certificate."""

    folder: Path
    url: str
    root: bytes

    def reply(self, query: bytes) -> bytes:
        """The reply to a query, as `openssl ts` writes it."""
        return reply(self.folder, query)


@contextmanager
def running(folder: Path, key: Key) -> Iterator[Authority]:
    """An authority whose signer has this key."""
    if shutil.which("openssl") is None:
        pytest.skip("the timestamp authority of these tests is openssl, which is not installed")
    root = _write(folder, key)
    with serving(lambda handler, query: send(handler, reply(folder, query))) as url:
        yield Authority(folder, url, root)


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """The address of a server that answers in this way. What follows `?` in it should be in no message."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self, self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/stamp?secret=hidden"
    finally:
        server.shutdown()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, body: bytes, code: int = 200, **headers: str) -> None:
    """Answer a request."""
    handler.send_response(code)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def reply(folder: Path, query: bytes) -> bytes:
    """The reply of the authority in a folder to a query."""
    (folder / "query").write_bytes(query)
    command = ["openssl", "ts", "-reply", "-config", "ts.cnf", "-queryfile", "query", "-out", "reply"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603 - words of our own
    return (folder / "reply").read_bytes()


def _write(folder: Path, key: Key) -> bytes:
    """The authority's files; returns its root certificate."""
    root_key, middle_key, other_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    root = certificate("Example Root", "Example Root", root_key, root_key)
    middle = certificate("Example Middle", "Example Root", middle_key, root_key)
    signer = certificate("Example Stamps", "Example Middle", key, middle_key, stamps=True)
    other = certificate("Example Other Root", "Example Other Root", other_key, other_key)
    (folder / "signer.pem").write_bytes(pem(signer))
    (folder / "others.pem").write_bytes(pem(middle))
    (folder / "stranger.pem").write_bytes(pem(middle) + pem(other))
    form = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "signer.key").write_bytes(secret)
    (folder / "serial").write_text("01\n")
    (folder / "ts.cnf").write_text(CONFIGURATION)
    return pem(root)


def certificate(subject: str, issuer: str, key: Key, signer: Key, *, stamps: bool = False) -> x509.Certificate:
    """A certificate of this month: of an authority's signer, or of one that issues others."""
    now = datetime.now(UTC)
    never = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only")
    use = x509.KeyUsage(
        digital_signature=stamps,
        key_cert_sign=not stamps,
        crl_sign=not stamps,
        decipher_only=False,
        **dict.fromkeys(never, False),
    )
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=not stamps, path_length=None), critical=True)
        .add_extension(use, critical=True)
    )
    if stamps:
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    return built.sign(signer, hashes.SHA256())


def pem(found: x509.Certificate) -> bytes:
    """A certificate as PEM."""
    return found.public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
