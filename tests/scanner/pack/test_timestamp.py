"""Timestamps, of a local authority. What public authorities answer is not tested here."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from pyasn1.codec.ber import decoder
from pyasn1.codec.der import encoder
from pyasn1_modules import rfc3161, rfc5652
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from scanner.pack import timestamp
from scanner.pack.timestamp import SignError, check, request
from tests.scanner.pack.authority import Answer, Authority, certificate, reply, running, send, serving

DATA = b'{"payload":"e30="}'


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with running(tmp_path_factory.mktemp("authority"), ec.generate_private_key(ec.SECP256R1())) as found:
        yield found


@pytest.fixture(scope="module")
def rsa_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with running(tmp_path_factory.mktemp("rsa_authority"), rsa.generate_private_key(65537, 2048)) as found:
        yield found


def query(data: bytes = DATA, algorithm: HashAlgorithm = HashAlgorithm.SHA256) -> bytes:
    return TimestampRequestBuilder(data, algorithm).build().as_bytes()


def altered(token: bytes, change: Callable[[Any, Any], None]) -> bytes:
    """A token after a change to its reply and its signed data."""
    replied, _ = decoder.decode(token, asn1Spec=rfc3161.TimeStampResp())
    signed, _ = decoder.decode(replied["timeStampToken"]["content"], asn1Spec=rfc5652.SignedData())
    change(replied, signed)
    replied["timeStampToken"]["content"] = encoder.encode(signed)
    return bytes(encoder.encode(replied))


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    return request(DATA, authority.url)


def test_a_timestamp_of_an_authority_that_leads_to_a_root_is_good(authority: Authority, token: bytes) -> None:
    stamped = check(token, DATA, [authority.root])
    assert (stamped.state, stamped.authority, stamped.outside) == ("good", "CN=Example Stamps", ())
    assert stamped.time is not None
    assert stamped.time.tzinfo == UTC
    assert abs(stamped.time - datetime.now(UTC)) < timedelta(minutes=5)
    assert stamped.detail == f"stamped at {stamped.time:%Y-%m-%d %H:%M:%S} UTC by CN=Example Stamps"


def test_an_rsa_authority_is_read_too_and_one_root_of_several_is_enough(
    authority: Authority, rsa_authority: Authority
) -> None:
    stamp = request(DATA, rsa_authority.url)
    assert check(stamp, DATA, [authority.root, rsa_authority.root, authority.root]).state == "good"
    assert check(stamp, DATA, [rsa_authority.root, authority.root]).state == "good"
    assert check(stamp, DATA, [authority.root + rsa_authority.root]).state == "good"
    assert check(stamp, DATA, [authority.root]).state == "bad"


def test_openssl_verifies_what_is_kept(authority: Authority, token: bytes, tmp_path: Path) -> None:
    for name, body in (("data", DATA), ("token", token), ("root", authority.root)):
        (tmp_path / name).write_bytes(body)
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "token", "-CAfile", "root"]
    assert b"Verification: OK" in subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout  # noqa: S603


def test_without_a_root_nothing_is_proven(token: bytes) -> None:
    stamped = check(token, DATA, [])
    assert (stamped.state, stamped.authority, stamped.outside) == ("no root", "CN=Example Stamps", ())
    assert "as it says" in stamped.detail
    assert check(token, b"other", []).state == "bad"
    assert check(token[:-1], DATA, []).state == "bad"


def test_no_bit_of_a_timestamp_changes_unnoticed(authority: Authority, token: bytes) -> None:
    unnoticed = []
    for place in range(len(token)):
        other = bytearray(token)
        other[place] ^= 1 << place % 8
        if check(bytes(other), DATA, [authority.root]).state != "bad":
            unnoticed.append(place)
    assert unnoticed == []


@pytest.mark.parametrize("cut", [b"", b"\x30\x00", b"not DER", b"\x30\x80" * 5000])
def test_what_is_no_timestamp_is_bad(authority: Authority, cut: bytes) -> None:
    assert check(cut, DATA, [authority.root]).state == "bad"
    assert check(cut, DATA, []).state == "bad"


def test_bytes_before_after_and_less_are_bad(authority: Authority, token: bytes) -> None:
    for other in (token + b"\0", b"\0" + token, token[:-1], token + token):
        assert check(other, DATA, [authority.root]).state == "bad"


def test_other_bytes_were_not_stamped(authority: Authority, token: bytes) -> None:
    stamped = check(token, DATA + b" ", [authority.root])
    assert (stamped.state, stamped.detail) == ("bad", "the timestamp does not hold: it is of other bytes")
    assert (stamped.time, stamped.authority) == (None, "")


def test_another_digest_is_bad_and_is_not_asked_for(authority: Authority) -> None:
    stamp = timestamp._tidy(authority.reply(query(algorithm=HashAlgorithm.SHA512)))
    assert "not over SHA-256" in check(stamp, DATA, [authority.root]).detail


def unsigned_attribute(_: Any, signed: Any) -> None:
    attribute = signed["signerInfos"][0]["unsignedAttrs"][0]
    attribute["attrType"] = rfc5652.id_signingTime
    attribute["attrValues"][0] = b"\x05\x00"


def status_text(replied: Any, _: Any) -> None:
    replied["status"]["statusString"][0] = "Operation Okay"


def signed_version(_: Any, signed: Any) -> None:
    signed["version"] = 4


def info_version(_: Any, signed: Any) -> None:
    signed["signerInfos"][0]["version"] = 3


def algorithm(_: Any, signed: Any) -> None:
    signed["signerInfos"][0]["signatureAlgorithm"]["algorithm"] = "1.2.840.113549.1.1.1"


def pss(_: Any, signed: Any) -> None:
    signed["signerInfos"][0]["signatureAlgorithm"]["algorithm"] = "1.2.840.113549.1.1.10"


def two_signatures(_: Any, signed: Any) -> None:
    signed["signerInfos"][1] = signed["signerInfos"][0]
    signed["signerInfos"][1]["version"] = 3


def no_certificates(_: Any, signed: Any) -> None:
    signed["certificates"].clear()


def granted_with_changes(replied: Any, _: Any) -> None:
    replied["status"]["status"] = 1


@pytest.mark.parametrize(
    "change",
    [
        unsigned_attribute,
        status_text,
        signed_version,
        info_version,
        algorithm,
        granted_with_changes,
        two_signatures,
        no_certificates,
    ],
)
def test_what_no_signature_covers_has_one_form(
    authority: Authority, token: bytes, change: Callable[[Any, Any], None]
) -> None:
    other = altered(token, change)
    assert other != token
    assert check(other, DATA, [authority.root]).state == "bad"
    assert check(other, DATA, []).state == "bad"


@pytest.mark.parametrize("change", [unsigned_attribute, status_text, signed_version, info_version, algorithm])
def test_what_an_authority_adds_is_left_out(token: bytes, change: Callable[[Any, Any], None]) -> None:
    assert altered(token, lambda *_: None) == token
    assert timestamp._tidy(altered(token, change)) == token


def test_a_signature_of_a_kind_that_is_not_read_is_told(rsa_authority: Authority) -> None:
    def answer(change: Callable[[Any, Any], None]) -> Answer:
        return lambda handler, asked: send(handler, altered(rsa_authority.reply(asked), change))

    for change, said in (
        (pss, "of a kind that is not read"),
        (two_signatures, "not one reply with one signature"),
        (no_certificates, "does not carry the authority's certificate"),
    ):
        with serving(answer(change)) as url, pytest.raises(SignError, match=said):
            request(DATA, url)


def test_a_request_leaves_out_what_the_authority_added(authority: Authority) -> None:
    def answer(handler: BaseHTTPRequestHandler, asked: bytes) -> None:
        send(handler, altered(authority.reply(asked), status_text))

    with serving(answer) as url:
        stamp = request(DATA, url)
    assert b"Operation Okay" not in stamp
    assert check(stamp, DATA, [authority.root]).state == "good"


def test_certificates_beside_the_chain_are_told(authority: Authority, tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    shutil.copytree(authority.folder, folder)
    (folder / "ts.cnf").write_text((folder / "ts.cnf").read_text().replace("others.pem", "stranger.pem"))
    stamped = check(timestamp._tidy(reply(folder, query())), DATA, [authority.root])
    assert stamped.state == "good"
    assert stamped.outside == ("the certificate of CN=Example Other Root, which the authority's chain does not need",)


def test_there_are_not_more_certificates_than_can_be_looked_at(authority: Authority, token: bytes) -> None:
    key = ec.generate_private_key(ec.SECP256R1())

    def many(_: Any, signed: Any) -> None:
        for place in range(2, 17):
            made = certificate(f"Example {place}", "Example", key, key).public_bytes(Encoding.DER)
            signed["certificates"][place], _ = decoder.decode(made, asn1Spec=rfc5652.CertificateChoices())

    assert "too many certificates" in check(altered(token, many), DATA, [authority.root]).detail


def test_a_root_that_is_no_certificate_is_told(token: bytes) -> None:
    with pytest.raises(SignError, match="not PEM"):
        check(token, DATA, [b"root"])


def replayed(authority: Authority) -> Answer:
    return lambda handler, _: send(handler, authority.reply(query()))


def of_other_bytes(authority: Authority) -> Answer:
    digest, other = hashlib.sha256(DATA).digest(), hashlib.sha256(b"other").digest()
    return lambda handler, asked: send(handler, authority.reply(asked.replace(digest, other)))


@pytest.mark.parametrize("wrong", [replayed, of_other_bytes])
def test_an_answer_to_another_request_is_refused(authority: Authority, wrong: Callable[..., Any]) -> None:
    with serving(wrong(authority)) as url, pytest.raises(SignError, match="it is of another request") as caught:
        request(DATA, url)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        (b"<html>", 200, "it is not a timestamp reply"),
        (b"", 200, "it is not a timestamp reply"),
        (bytes.fromhex("30053003020102"), 200, "status 2"),
        (b"x" * ((1 << 18) + 1), 200, "more than a timestamp"),
        (b"", 404, "answered 404; is it a timestamp authority"),
        (b"", 302, "answered 302; it redirects: give the address"),
        (b"", 307, "answered 307; it redirects: give the address"),
    ],
)
def test_what_an_authority_answers_wrong_is_told(body: bytes, code: int, said: str) -> None:
    asked = []

    def answer(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        asked.append(handler.path)
        send(handler, body, code, Location="/elsewhere")

    with serving(answer) as url, pytest.raises(SignError, match=said) as caught:
        request(DATA, url)
    assert asked == ["/stamp?secret=hidden"]
    assert "hidden" not in str(caught.value)
    assert str(caught.value).startswith("http://127.0.0.1:")


def test_a_slow_authority_is_not_waited_for() -> None:
    done = threading.Event()

    def drip(handler: BaseHTTPRequestHandler, _: bytes) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not done.wait(0.05):
            handler.wfile.write(b"x")
            handler.wfile.flush()

    def silent(_: BaseHTTPRequestHandler, __: bytes) -> None:
        done.wait(5)

    for answer in (drip, silent):
        done.clear()
        with serving(answer) as url:
            with pytest.raises(SignError, match=r"did not answer within 0\.3 seconds"):
                request(DATA, url, timeout=0.3)
            done.set()


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/hostname", "https://", "http://user:hidden@example.com/", "http://[x/", "x"],
)
def test_an_address_is_plain_http(url: str) -> None:
    with pytest.raises(SignError, match="not a plain http or https URL") as caught:
        request(DATA, url)
    assert "hidden" not in str(caught.value)


def test_an_authority_that_is_not_there_is_told() -> None:
    with serving(lambda *_: None) as url:
        pass
    with pytest.raises(SignError, match="cannot be asked"):
        request(DATA, url, timeout=2)
