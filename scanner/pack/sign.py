"""The signature of a pack: a DSSE envelope over its manifest.

The envelope (https://github.com/secure-systems-lab/dsse, `application/vnd.in-toto+json`) is canonical JSON with one
signature, so that there is one sequence of bytes for a manifest and a signature, and none of it changes unnoticed.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from scanner.facts import canonical
from scanner.pack.keys import SignError, generate, key_id, public, signature, verifies

__all__ = ["PAYLOAD_TYPE", "Checked", "Identity", "SignError", "check", "generate", "key_id", "pae", "public", "sign"]

PAYLOAD_TYPE = "application/vnd.in-toto+json"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is expected to have signed without a key: the name in the certificate (such as a workflow's URL) and the
    issuer of the pipeline's token.
    """

    name: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What is known of a signature. `no key` says that nothing is wrong with it and nothing proven: no public key was
    given. `signer` is the key's id or the identity, as far as it is known; proven only where the state is `good`.
    """

    state: Literal["good", "bad", "no key"]
    signer: str
    detail: str


def sign(payload: bytes, key: str, public_key: bytes | None = None) -> bytes:
    """The signed envelope of a manifest's bytes. `key` is a path, `env:NAME`, `command:PROGRAM ARGUMENTS` or `keyless`;
    `public_key` (PEM) is needed for a program. Raises `SignError`.
    """
    if key == "keyless":
        from scanner.pack import keyless

        return keyless.sign(payload)
    keyid, made = signature(pae(payload), key, public_key)
    return canonical(_envelope(payload, keyid, made))


def check(envelope: bytes, payload: bytes, keys: Sequence[bytes], identity: Identity | None = None) -> Checked:
    """Whether an envelope is the signature of a manifest's bytes by one of the trusted public keys (PEM), or for a
    keyless one, by the identity. Raises `SignError` where a trusted key cannot be read.
    """
    trusted = {key_id(pem): pem for pem in keys}
    try:
        body = orjson.loads(envelope)
        written = canonical(body)
    except (orjson.JSONDecodeError, TypeError):
        return _bad("the signature is not JSON, or deeper than any that is written")
    if written != envelope:
        return _bad("the signature's bytes are not those that were written: its JSON is not canonical")
    if isinstance(body, dict) and "mediaType" in body:
        from scanner.pack import keyless

        if keys and identity is None:
            return _bad("it is signed without a key, and not by the key given")
        return keyless.check(envelope, payload, identity)
    found = _opened(body, payload)
    if identity and not keys and not isinstance(found, Checked):
        return _bad("it is signed by a key, and not by the identity given", found[0])
    return found if isinstance(found, Checked) else _judged(*found, payload, trusted)


def pae(payload: bytes) -> bytes:
    """The bytes that are signed: DSSE's pre-authentication encoding of a manifest."""
    return b"DSSEv1 %d %b %d %b" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def _envelope(payload: bytes, keyid: str, made: bytes) -> dict[str, Any]:
    signatures = [{"keyid": keyid, "sig": base64.b64encode(made).decode()}]
    return {"payload": base64.b64encode(payload).decode(), "payloadType": PAYLOAD_TYPE, "signatures": signatures}


def _opened(body: object, payload: bytes) -> tuple[str, bytes] | Checked:  # noqa: PLR0911 - a fault each
    """The key's id and the signature in an envelope, or what is wrong with it."""
    match body:
        case {"payload": str(held), "payloadType": kind, "signatures": [dict(one)], **more}:
            pass
        case {"payload": str(), "payloadType": _, "signatures": [_, _, *_]}:
            return _bad("the envelope holds more than one signature")
        case _:
            return _bad("the signature is not a DSSE envelope with one signature")
    if more or set(one) != {"keyid", "sig"} or not all(isinstance(each, str) for each in one.values()):
        return _bad("the envelope's fields are not those of DSSE, or it lacks the key's id")
    if kind != PAYLOAD_TYPE:
        return _bad(f"the envelope's payload type is not {PAYLOAD_TYPE}")
    if held != base64.b64encode(payload).decode():
        return _bad("the signature is of another manifest")
    try:
        made = base64.b64decode(one["sig"], validate=True)
    except ValueError:
        return _bad("the envelope's signature is not base64")
    # One sequence of base64 digits for a signature: the last digit of another might differ.
    if _envelope(payload, one["keyid"], made) != body:
        return _bad("the envelope's signature is not base64 in its one form")
    return one["keyid"], made


def _judged(keyid: str, made: bytes, payload: bytes, trusted: dict[str, bytes]) -> Checked:
    if not trusted:
        return Checked("no key", keyid, f"signed, as it says, by key {keyid}; no public key was given to check it with")
    if keyid not in trusted:
        return _bad(f"signed, as it says, by key {keyid}, which is not a key given ({', '.join(trusted)})", keyid)
    if not verifies(trusted[keyid], made, pae(payload)):
        return _bad(f"the signature does not fit key {keyid}", keyid)
    return Checked("good", keyid, f"signed by key {keyid}")


def _bad(detail: str, signer: str = "") -> Checked:
    return Checked("bad", signer, detail)
