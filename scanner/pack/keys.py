"""Keys that sign: Ed25519, or ECDSA over P-256 with SHA-256, since most key management services sign digests only.

A key is named by a text: the path of a PKCS#8 PEM file, `env:NAME` for PEM in an environment variable, or
`command:PROGRAM ARGUMENTS` for a program that signs, so that the key may stay in a hardware module or a cloud's key
management service. `ASDECLARED_KEY_PASSPHRASE` opens an encrypted key. No private key stands in a message.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import shlex
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from scanner.facts import sha256

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

    PrivateKey: TypeAlias = Ed25519PrivateKey | EllipticCurvePrivateKey
    PublicKey: TypeAlias = Ed25519PublicKey | EllipticCurvePublicKey

PASSPHRASE = "ASDECLARED_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
COMMAND_SECONDS = 60.0
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LARGEST_KEY = 1 << 16
_DER = re.compile(r"(MC4C|MFEC|MIG|MHcC)[A-Za-z0-9+/=\s]{40,}\Z")
"""How the base64 of a private key begins (PKCS#8 or SEC 1), as it stands between the lines of PEM."""


class SignError(Exception):
    """What kept a pack from being signed, stamped or checked, and what to do."""


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Turns a missing library into the extra that brings it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise SignError(f"{error.name} is not installed: pip install 'asdeclared[{name}]'") from error


def generate(path: Path) -> str:
    """Write a new Ed25519 key to `path` (mode 0600, encrypted where a passphrase is set) and its public key beside it,
    with `.pub` after the name. Returns the key's id. Writes over nothing.
    """
    with extra("sign"):
        from cryptography.hazmat.primitives import serialization as form
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    if not path.name:
        raise SignError("the key needs a file to be written to: give its name")
    key = Ed25519PrivateKey.generate()
    secret = os.fsencode(os.environ.get(PASSPHRASE, ""))
    lock = form.BestAvailableEncryption(secret) if secret else form.NoEncryption()
    beside, told = path.with_name(path.name + ".pub"), _pem(key.public_key())
    if os.path.lexists(beside):
        raise SignError(f"{beside} is already there: choose another name")
    _write(path, key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, lock), 0o600)
    _write(beside, told, 0o644)
    return key_id(told)


def public(key: str) -> bytes:
    """The PEM of the public key that belongs to a private key in a file or a variable."""
    if key.startswith("command:"):
        raise SignError("a program that signs does not tell its public key: give it with --public-key")
    return _pem(_private(key).public_key())


def key_id(pem: bytes) -> str:
    """SHA-256 of the public key's DER, so that anyone can work it out:
    `openssl pkey -pubin -in key.pub -outform DER | sha256sum`.
    """
    key = _public(pem)
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def signature(message: bytes, key: str, public_key: bytes | None = None) -> tuple[str, bytes]:
    """The key's id and its signature of a message. `public_key` is PEM: a program that signs needs it; of any other
    key it must be the public half.
    """
    if key.startswith("command:"):
        if public_key is None:
            raise SignError("a program that signs needs its public key: give it with --public-key")
        made = _settled(_public(public_key), _run(key.removeprefix("command:"), message))
    else:
        private = _private(key)
        public_key, given = _pem(private.public_key()), public_key
        if given is not None and key_id(given) != key_id(public_key):
            raise SignError("the public key given does not belong to the private key")
        made = _settled(private.public_key(), _sign(private, message))
    if not verifies(public_key, made, message):
        raise SignError("the program's signature does not fit the public key: does it sign with another key?")
    return key_id(public_key), made


def verifies(public_key: bytes, made: bytes, message: bytes) -> bool:
    """Whether a signature is the key's, over this message, in its one form.

    Of an ECDSA signature (r, s) anyone can make (r, -s), which holds as well: only the smaller s is taken.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    key = _public(public_key)
    try:
        if _settled(key, made) != made:
            return False
        if isinstance(key, Ed25519PublicKey):
            key.verify(made, message)
        else:
            key.verify(made, message, _ecdsa())
    except (InvalidSignature, SignError):
        return False
    return True


def _private(key: str) -> PrivateKey:
    data, where = _read(key)
    secret = os.fsencode(os.environ.get(PASSPHRASE, "")) or None
    locked = b"ENCRYPTED" in data
    if locked and secret is None:
        raise SignError(f"{where} is encrypted: set {PASSPHRASE}")
    with extra("sign"):
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    try:
        found = load_pem_private_key(data, secret if locked else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's error is left out: it might quote what it could not read.
        why = f"does not open with {PASSPHRASE}" if locked else "holds no private key in PKCS#8 PEM"
        raise SignError(f"{where} {why}; `asdeclared key new` makes a key") from None
    return _private_of_kind(found, where)


def _private_of_kind(found: object, where: str) -> PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    match found:
        case Ed25519PrivateKey():
            return found
        case EllipticCurvePrivateKey(curve=SECP256R1()):
            return found
    raise SignError(f"{where} holds a key that is neither Ed25519 nor ECDSA P-256: `asdeclared key new` makes one")


def _read(key: str) -> tuple[bytes, str]:
    """A private key's PEM, and how to speak of where it was read."""
    if "-----BEGIN" in key or _DER.match(key.strip()):
        raise SignError("the key itself was given: give the path of its file, or env:NAME")
    if not key.startswith("env:"):
        return _file(Path(key)), f"the key file {key}"
    name = key.removeprefix("env:")
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or _DER.match(name):
        raise SignError("env: is followed by the name of a variable, such as env:SIGNING_KEY")
    if name not in os.environ:
        raise SignError(f"the variable {name} is not set: put the key's PEM in it")
    return os.fsencode(os.environ[name]), f"the variable {name}"


def _file(path: Path) -> bytes:
    """A key file's bytes. As ssh does, it refuses the user's own file where others may read it; a file of another
    owner (a secret that a container mounts) is not the user's to restrict.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            if os.name == "posix" and status.st_uid == os.getuid() and stat.S_IMODE(status.st_mode) & 0o077:
                raise SignError(f"others may read the key file {path}: chmod 600 {shlex.quote(str(path))}")
            return file.read(_LARGEST_KEY)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not a path"
        raise SignError(f"the key file {path} cannot be read: {why}") from None


def _write(path: Path, data: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise SignError(f"{path} is already there: choose another name") from None
    except OSError as error:
        raise SignError(f"{path} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "wb") as file:
        file.write(data)


def _public(pem: bytes) -> PublicKey:
    with extra("sign"):
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_pem_public_key
    if b"PRIVATE KEY" in pem:
        raise SignError("a private key was given as public key: `asdeclared key public` prints the public one")
    try:
        found = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise SignError("the public key is not PEM: `asdeclared key public` prints it") from None
    match found:
        case Ed25519PublicKey():
            return found
        case EllipticCurvePublicKey(curve=SECP256R1()):
            return found
    raise SignError("the public key is of another kind: it must be Ed25519 or ECDSA P-256")


def _pem(key: PublicKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _ecdsa() -> ECDSA:
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    return ECDSA(SHA256())


def _sign(key: PrivateKey, message: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return key.sign(message) if isinstance(key, Ed25519PrivateKey) else key.sign(message, _ecdsa())


def _settled(key: PublicKey, made: bytes) -> bytes:
    """A signature in its one form: as it is for Ed25519; for ECDSA the DER of (r, s) with the smaller s, whether it
    came as DER or as r and s side by side (as Azure Key Vault gives it).
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

    if isinstance(key, Ed25519PublicKey):
        return made
    try:
        pair = len(made) == 64
        r, s = (int.from_bytes(made[:32]), int.from_bytes(made[32:])) if pair else decode_dss_signature(made)
        return encode_dss_signature(r, min(s, _P256_ORDER - s))
    except ValueError:
        raise SignError("the program's answer is not an ECDSA signature") from None


def _run(command: str, message: bytes) -> bytes:
    """What a program answers: a signature, raw or in base64. Its messages go to the user's terminal."""
    try:
        words = shlex.split(command)
        ran = subprocess.run(  # noqa: S603 - the user's own program, named by the user, without a shell
            words, input=message, stdout=subprocess.PIPE, timeout=COMMAND_SECONDS, check=True
        )
    except (ValueError, IndexError):
        raise SignError("command: is followed by a program and its arguments") from None
    except subprocess.TimeoutExpired:
        raise SignError(f"{words[0]} did not sign within {COMMAND_SECONDS:.0f} seconds") from None
    except subprocess.CalledProcessError as error:
        raise SignError(f"{words[0]} ended with code {error.returncode} and did not sign") from None
    except OSError as error:
        raise SignError(f"{words[0]} cannot be run: {error.strerror}") from None
    try:
        return base64.b64decode(ran.stdout.strip(), validate=True)
    except binascii.Error:
        return ran.stdout
