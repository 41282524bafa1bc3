"""The timestamp of a pack: an RFC 3161 reply, in which an authority says that it saw these bytes at a time.

A reply has parts that its signature does not cover: a text of status, attributes added after signing, the order of the
certificates, the name of the signature's algorithm. `request` keeps only what is needed, in one form (DER), and `check`
takes no other, so that no byte changes unnoticed. Two things remain: certificates beside the authority's chain, which
`check` tells, and an ECDSA signature (r, s), of which anyone can make (r, -s), a signature of the same bytes.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from importlib import import_module
from typing import IO, TYPE_CHECKING, Any, Literal
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from scanner.pack.keys import SignError, extra

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

__all__ = ["SECONDS", "SignError", "Stamped", "check", "request"]

SECONDS = 20.0
_LARGEST = 1 << 18
_MOST_CERTIFICATES = 16
_RSA = ("1.2.840.113549.1.1.1", *(f"1.2.840.113549.1.1.{each}" for each in (11, 12, 13)))
_ECDSA = {f"2.16.840.1.101.3.4.2.{each}": f"1.2.840.10045.4.3.{each + 1}" for each in (1, 2, 3)}
"""The names of RSA signatures, the first standing for all; of ECDSA signatures by the name of their digest."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """What is known of a timestamp. `no root` says that nothing is seen to be wrong with it and nothing is proven: no
    root certificate was given, without which its signature cannot be checked. Time (UTC) and authority (its
    certificate's subject) are proven only where the state is `good`. `outside` tells the parts that no signature
    covers: nothing rests on them.
    """

    state: Literal["good", "bad", "no root"]
    detail: str
    time: datetime | None = None
    authority: str = ""
    outside: tuple[str, ...] = ()


def request(data: bytes, url: str, timeout: float = SECONDS) -> bytes:
    """An authority's timestamp over the SHA-256 of `data`. Raises `SignError`.

    Plain http will do, since the reply is signed. Redirects are not followed. The reply is for these bytes and this
    request; whether the authority is to be trusted, `check` tells.
    """
    _need_libraries()
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    where = _address(url)
    asked = TimestampRequestBuilder(data, HashAlgorithm.SHA256).build()
    answer = _post(url, where, asked.as_bytes(), timeout)
    try:
        with _faults():
            token = _tidy(answer)
            reply = _decode(token)
            if reply.tst_info.nonce != asked.nonce or _imprint(reply) != _digest(data):
                raise _Fault("it is of another request")
    except _Fault as error:
        raise SignError(f"{where} did not give a timestamp that can be used: {error}; ask another authority") from error
    return token


def check(token: bytes, data: bytes, roots: Sequence[bytes]) -> Stamped:
    """Whether a timestamp that `request` returned is of these bytes, by an authority that leads to one of the root
    certificates (PEM). The authority's certificates must have been valid at its time, not now. Raises `SignError` where
    a root cannot be read.
    """
    trusted = _roots(roots)
    try:
        with _faults():
            return _checked(token, data, trusted)
    except _Fault as error:
        return Stamped("bad", f"the timestamp does not hold: {error}")


class _Fault(Exception):
    """What is wrong with a timestamp."""


@contextmanager
def _faults() -> Iterator[None]:
    """Turns what the libraries raise for bytes that are not a good timestamp into a fault."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.x509 import DuplicateExtension, InvalidVersion
    from pyasn1.error import PyAsn1Error
    from rfc3161_client import VerificationError

    try:
        yield
    except VerificationError as error:
        # OpenSSL's own words stand within a listing of its stack.
        why = re.search(r"Verify error: ([\w -]+)", str(error))
        raise _Fault(why[1] if why else str(error).split(": ErrorStack")[0]) from error
    except (ValueError, UnsupportedAlgorithm, DuplicateExtension, InvalidVersion) as error:
        raise _Fault(f"it cannot be read ({str(error)[:200]})") from error
    except (PyAsn1Error, RecursionError) as error:
        raise _Fault("it is not a timestamp reply") from error


def _checked(token: bytes, data: bytes, trusted: list[Certificate]) -> Stamped:
    reply = _decode(token)
    if _imprint(reply) != _digest(data):
        raise _Fault("it is of other bytes")
    carried = _carried(reply)
    if trusted:
        _verify(reply, data, trusted)
    # Last, because it is slow, and lenient with what it reads.
    if _tidy(token) != token:
        raise _Fault("its bytes are not those that were written")
    signer = _signer(reply, carried)
    when, who = reply.tst_info.gen_time, signer.subject.rfc4514_string()
    told = f"{when:%Y-%m-%d %H:%M:%S} UTC by {who}"
    if not trusted:
        return Stamped("no root", f"stamped, as it says, at {told}; no root certificate was given", when, who)
    return Stamped("good", f"stamped at {told}", when, who, tuple(_outside(signer, carried, trusted)))


def _need_libraries() -> None:
    with extra("sign"):
        for name in ("cryptography", "rfc3161_client", "pyasn1_modules"):
            import_module(name)


def _decode(token: bytes) -> TimeStampResponse:
    from rfc3161_client import decode_timestamp_response

    return decode_timestamp_response(token)


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _imprint(reply: TimeStampResponse) -> bytes:
    """The bytes of SHA-256 that were stamped."""
    from rfc3161_client.verify import SHA256_OID

    imprint = reply.tst_info.message_imprint
    if imprint.hash_algorithm.dotted_string != SHA256_OID:
        raise _Fault("it is not over SHA-256")
    return imprint.message


def _verify(reply: TimeStampResponse, data: bytes, trusted: list[Certificate]) -> None:
    """Raises what is wrong unless the reply leads to a root. One by one: of two roots with one name, such as an
    authority's old and new one, OpenSSL would try only the first.
    """
    from rfc3161_client import VerificationError, VerifierBuilder

    for root in trusted[:-1]:
        with suppress(VerificationError):
            VerifierBuilder(roots=[root]).build().verify_message(reply, data)
            return
    VerifierBuilder(roots=trusted[-1:]).build().verify_message(reply, data)


def _roots(roots: Sequence[bytes]) -> list[Certificate]:
    _need_libraries()
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return list(dict.fromkeys(each for pem in roots for each in load_pem_x509_certificates(pem)))
    except ValueError as error:
        raise SignError("a root certificate of the timestamp's authority is not PEM: download it as PEM") from error


def _carried(reply: TimeStampResponse) -> list[Certificate]:
    from cryptography.x509 import load_der_x509_certificate

    found = sorted(reply.signed_data.certificates)
    if len(found) > _MOST_CERTIFICATES:
        raise _Fault("it carries too many certificates")
    return [load_der_x509_certificate(each) for each in found]


def _signer(reply: TimeStampResponse, carried: list[Certificate]) -> Certificate:
    """The authority's certificate, which `_tidy` has found to be there."""
    (info,) = reply.signed_data.signer_infos
    return next(each for each in carried if (each.issuer, each.serial_number) == (info.issuer, info.serial_number))


def _outside(signer: Certificate, carried: list[Certificate], trusted: list[Certificate]) -> Iterator[str]:
    """The certificates carried beside the chain from the signer to a root."""
    above: dict[Certificate, Certificate | None] = dict.fromkeys(trusted)
    known = list(trusted)
    for issuer in known:  # it grows: from the roots downwards, every certificate once
        under = [each for each in carried if each not in above and _issued(issuer, each)]
        above.update(dict.fromkeys(under, issuer))
        known += under
    needed: set[Certificate] = set()
    at: Certificate | None = signer
    while at:
        needed.add(at)
        at = above.get(at)
    for each in carried:
        if each not in needed:
            yield f"the certificate of {each.subject.rfc4514_string()}, which the authority's chain does not need"


def _issued(issuer: Certificate, issued: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        issued.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _tidy(answer: bytes) -> bytes:
    """A reply in one form: DER, and of what the signature does not cover only what RFC 5652 leaves no choice about."""
    from pyasn1.codec.ber import decoder
    from pyasn1.codec.der import encoder
    from pyasn1_modules import rfc3161, rfc5652

    reply, rest = decoder.decode(answer, asn1Spec=rfc3161.TimeStampResp())
    status = int(reply["status"]["status"])
    if status != 0:
        raise _Fault(f"the authority refused, or granted it only in part (status {status})")
    signed, more = decoder.decode(reply["timeStampToken"]["content"], asn1Spec=rfc5652.SignedData())
    if rest or more or len(signed["signerInfos"]) != 1:
        raise _Fault("it is not one reply with one signature")
    made = rfc3161.TimeStampResp()
    made["status"]["status"] = 0
    made["timeStampToken"]["contentType"] = rfc5652.id_signedData
    made["timeStampToken"]["content"] = encoder.encode(_tidy_signed(signed))
    return bytes(encoder.encode(made))


def _tidy_signed(signed: Any) -> Any:
    """Signed data without lists of revoked certificates and attributes added after signing. Its version is 3 for what
    is no plain data, a signature's 1 where it names an issuer and serial number (RFC 5652, 5.1 and 5.3).
    """
    from pyasn1_modules import rfc5652

    made = rfc5652.SignedData()
    made["version"] = 3
    info = signed["signerInfos"][0]
    made["digestAlgorithms"][0] = info["digestAlgorithm"]
    for field in ("encapContentInfo", "certificates"):
        made[field] = signed[field]
    one = made["signerInfos"][0]
    one["version"] = 1
    for field in ("sid", "digestAlgorithm", "signedAttrs", "signature"):
        one[field] = info[field]
    one["signatureAlgorithm"] = _tidy_algorithm(signed, info)
    return made


def _tidy_algorithm(signed: Any, info: Any) -> Any:
    """The name of a signature's algorithm in one form, since verifiers take the key's kind and the digest for it."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from pyasn1.type import univ
    from pyasn1_modules import rfc5652

    made = rfc5652.SignatureAlgorithmIdentifier()
    named, digest = str(info["signatureAlgorithm"]["algorithm"]), str(info["digestAlgorithm"]["algorithm"])
    match _tidy_key(signed, info["sid"]["issuerAndSerialNumber"]):
        case RSAPublicKey() if named in _RSA:
            made["algorithm"] = univ.ObjectIdentifier(_RSA[0])
            made["parameters"] = univ.Any(b"\x05\x00")
        case EllipticCurvePublicKey() if digest in _ECDSA:
            made["algorithm"] = univ.ObjectIdentifier(_ECDSA[digest])
        case _:
            raise _Fault(f"its signature is of a kind that is not read ({named})")
    return made


def _tidy_key(signed: Any, name: Any) -> object:
    """The public key of the certificate that a signature names by issuer and serial number."""
    from cryptography.x509 import load_der_x509_certificate
    from pyasn1.codec.der import encoder

    issuer, serial = encoder.encode(name["issuer"]), int(name["serialNumber"])
    for each in signed["certificates"]:
        certificate = load_der_x509_certificate(encoder.encode(each))
        if (certificate.issuer.public_bytes(), certificate.serial_number) == (issuer, serial):
            return certificate.public_key()
    raise _Fault("it does not carry the authority's certificate")


def _address(url: str) -> str:
    """How to speak of an authority: its URL without what might be secret."""
    try:
        parts = urlsplit(url)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        raise SignError("the timestamp authority's address is not a plain http or https URL, without a user")
    return f"{parts.scheme}://{host}{parts.path}"


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def _post(url: str, where: str, body: bytes, seconds: float) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    ask = Request(url, body, headers, method="POST")  # noqa: S310 - the scheme is http or https
    try:
        with build_opener(_NoRedirect).open(ask, timeout=seconds) as answer:
            return _bounded(answer, where, time.monotonic() + seconds)
    except HTTPError as error:
        more = "; it redirects: give the address that it redirects to" if 300 <= error.code < 400 else ""
        raise SignError(f"{where} answered {error.code}{more}; is it a timestamp authority (RFC 3161)?") from error
    except TimeoutError as error:
        raise SignError(
            f"{where} did not answer within {seconds:g} seconds: try again, or another authority"
        ) from error
    except (URLError, HTTPException, OSError, ValueError) as error:
        raise SignError(f"{where} cannot be asked: {error}; check the address and the network") from error


def _bounded(answer: IO[bytes], where: str, deadline: float) -> bytes:
    """An answer's bytes, while they are few and come in time."""
    held = b""
    while chunk := answer.read1(_LARGEST):  # type: ignore[attr-defined]  # an HTTPResponse, which urllib does not say
        held += chunk
        if len(held) > _LARGEST:
            raise SignError(f"{where} answered with more than a timestamp: is it a timestamp authority (RFC 3161)?")
        if time.monotonic() > deadline:
            raise TimeoutError
    return held
