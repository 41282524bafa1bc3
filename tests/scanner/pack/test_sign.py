"""Signatures: keys, envelopes, and what is done to them."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import orjson
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from securesystemslib.dsse import Envelope
from securesystemslib.signer._key import SSlibKey
from sigstore import errors, models, oidc
from sigstore.sign import SigningContext
from sigstore.verify import Verifier

from scanner.cli.main import cli
from scanner.facts import canonical
from scanner.pack import keys
from scanner.pack.sign import Identity, SignError, check, generate, key_id, pae, public, sign

PAYLOAD = b'{"_type":"https://in-toto.io/Statement/v1"}'
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed448.Ed448PrivateKey


@pytest.fixture(autouse=True)
def _no_passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASDECLARED_KEY_PASSPHRASE", raising=False)


@pytest.fixture
def key(tmp_path: Path) -> str:
    generate(tmp_path / "key.pem")
    return str(tmp_path / "key.pem")


def written(path: Path, private: Private, kind: form.PrivateFormat = form.PrivateFormat.PKCS8) -> str:
    path.write_bytes(private.private_bytes(form.Encoding.PEM, kind, form.NoEncryption()))
    path.chmod(0o600)
    return str(path)


def p256(path: Path) -> str:
    return written(path, ec.generate_private_key(ec.SECP256R1()))


def secret_lines(path: str | Path) -> list[str]:
    """The lines of a key's PEM that are secret."""
    return [line for line in Path(path).read_text().splitlines() if line and not line.startswith("-----")]


def test_a_signature_by_a_trusted_key_is_good(key: str) -> None:
    envelope = sign(PAYLOAD, key)
    checked = check(envelope, PAYLOAD, [public(key)])
    assert (checked.state, checked.signer) == ("good", key_id(public(key)))
    assert checked.detail == f"signed by key {checked.signer}"
    assert envelope == canonical(orjson.loads(envelope))
    assert sign(PAYLOAD, key) == envelope


def test_another_implementation_of_the_envelope_takes_it(key: str) -> None:
    body = orjson.loads(sign(PAYLOAD, key))
    other = Envelope.from_dict(body)
    assert other.pae() == pae(PAYLOAD)
    loaded = form.load_pem_public_key(public(key))
    assert isinstance(loaded, ed25519.Ed25519PublicKey)
    assert other.verify([SSlibKey.from_crypto(loaded, key_id(public(key)))], 1)
    assert (other.payload, other.payload_type) == (PAYLOAD, "application/vnd.in-toto+json")


def test_the_keys_id_is_the_digest_of_its_der(key: str) -> None:
    der = form.load_pem_public_key(public(key)).public_bytes(form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo)
    assert key_id(public(key)) == hashlib.sha256(der).hexdigest()


@pytest.mark.parametrize("make", [lambda path: str(path) if generate(path) else "", p256], ids=["ed25519", "p256"])
def test_no_bit_of_an_envelope_changes_unnoticed(tmp_path: Path, make: Callable[[Path], str]) -> None:
    key = make(tmp_path / "key")
    envelope, trusted = sign(PAYLOAD, key), [public(key)]
    assert check(envelope, PAYLOAD, trusted).state == "good"
    for place in range(len(envelope)):
        for bit in range(8):
            other = bytearray(envelope)
            other[place] ^= 1 << bit
            assert check(bytes(other), PAYLOAD, trusted).state == "bad", (place, bit)
    for bytes_ in (envelope[:-1], envelope + b"\n", b" " + envelope, b""):
        assert check(bytes_, PAYLOAD, trusted).state == "bad"


def without(field: str) -> Callable[[dict[str, Any]], object]:
    return lambda body: {name: value for name, value in body.items() if name != field}


def with_(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda body: {**body, **fields}


def one(**fields: object) -> Callable[[dict[str, Any]], object]:
    return lambda body: {**body, "signatures": [{**body["signatures"][0], **fields}]}


OTHER_DIGITS = base64.b64encode(b"x" * 63).decode()
TAMPERED: list[tuple[Callable[[dict[str, Any]], object], str]] = [
    (lambda _: [], "not a DSSE envelope"),
    (lambda _: None, "not a DSSE envelope"),
    (lambda _: "text", "not a DSSE envelope"),
    (without("payload"), "not a DSSE envelope"),
    (without("payloadType"), "not a DSSE envelope"),
    (without("signatures"), "not a DSSE envelope"),
    (with_(payload=1), "not a DSSE envelope"),
    (with_(payload=base64.b64encode(b"{}").decode()), "of another manifest"),
    (with_(payload=""), "of another manifest"),
    (with_(payloadType="application/json"), "payload type"),
    (with_(payloadType=None), "payload type"),
    (with_(signatures=[]), "not a DSSE envelope"),
    (with_(signatures={}), "not a DSSE envelope"),
    (with_(signatures=["x"]), "not a DSSE envelope"),
    (with_(more=1), "fields are not those"),
    (lambda body: {**body, "signatures": body["signatures"] * 2}, "more than one signature"),
    (lambda body: {**body, "signatures": [*body["signatures"], {}]}, "more than one signature"),
    (one(cert="x"), "fields are not those"),
    (one(keyid=[]), "fields are not those"),
    (one(sig=1), "fields are not those"),
    (lambda body: {**body, "signatures": [{"sig": body["signatures"][0]["sig"]}]}, "fields are not those"),
    (lambda body: {**body, "signatures": [{"keyid": body["signatures"][0]["keyid"]}]}, "fields are not those"),
    (one(keyid="0" * 64), "which is not a key given"),
    (one(keyid=""), "which is not a key given"),
    (one(sig="?"), "not base64"),
    (one(sig="é"), "not base64"),
    (one(sig=OTHER_DIGITS), "does not fit"),
    (one(sig=""), "does not fit"),
    # The last digit before the padding holds bits that the signature does not have.
    (lambda body: one(sig=body["signatures"][0]["sig"][:-3] + "B==")(body), "one form"),
]


@pytest.mark.parametrize(("change", "said"), TAMPERED)
def test_a_tampered_envelope_is_bad(key: str, change: Callable[[dict[str, Any]], object], said: str) -> None:
    envelope = canonical(change(orjson.loads(sign(PAYLOAD, key))))
    checked = check(envelope, PAYLOAD, [public(key)])
    assert checked.state == "bad"
    assert said in checked.detail


def test_an_envelope_that_is_not_canonical_is_bad(key: str) -> None:
    body = orjson.loads(sign(PAYLOAD, key))
    assert "not canonical" in check(orjson.dumps(body, option=orjson.OPT_INDENT_2), PAYLOAD, [public(key)]).detail
    assert "not canonical" in check(orjson.dumps(dict(reversed(body.items()))), PAYLOAD, [public(key)]).detail
    twice = b'{"payload":"",' + canonical(body)[1:]
    assert "not canonical" in check(twice, PAYLOAD, [public(key)]).detail
    assert "not JSON" in check(b"[" * 100_000, PAYLOAD, []).detail


def test_another_manifest_is_bad(key: str) -> None:
    checked = check(sign(PAYLOAD, key), PAYLOAD + b" ", [public(key)])
    assert (checked.state, checked.detail) == ("bad", "the signature is of another manifest")
    assert check(sign(PAYLOAD, key), PAYLOAD + b" ", []).state == "bad"


def test_a_signature_that_no_key_was_given_for_proves_nothing(key: str) -> None:
    checked = check(sign(PAYLOAD, key), PAYLOAD, [])
    assert (checked.state, checked.signer) == ("no key", key_id(public(key)))
    assert "as it says" in checked.detail


def test_of_two_trusted_keys_either_may_sign_and_a_third_may_not(tmp_path: Path) -> None:
    old, new = str(tmp_path / "old"), p256(tmp_path / "new")
    generate(tmp_path / "old")
    generate(tmp_path / "third")
    trusted = [public(old), public(new)]
    for key in (old, new):
        assert check(sign(PAYLOAD, key), PAYLOAD, trusted).signer == key_id(public(key))
    checked = check(sign(PAYLOAD, str(tmp_path / "third")), PAYLOAD, trusted)
    assert checked.state == "bad"
    assert key_id(public(old)) in checked.detail
    assert key_id(public(new)) in checked.detail


def test_a_signature_by_one_key_under_the_id_of_another_is_bad(key: str, tmp_path: Path) -> None:
    generate(tmp_path / "other")
    body = orjson.loads(sign(PAYLOAD, str(tmp_path / "other")))
    body["signatures"][0]["keyid"] = key_id(public(key))
    assert (
        check(canonical(body), PAYLOAD, [public(key)]).detail == f"the signature does not fit key {key_id(public(key))}"
    )


def test_an_ecdsa_signature_has_one_form(tmp_path: Path) -> None:
    key = p256(tmp_path / "key")
    body = orjson.loads(sign(PAYLOAD, key))
    r, s = decode_dss_signature(base64.b64decode(body["signatures"][0]["sig"]))
    assert s <= P256_ORDER // 2
    for other in (encode_dss_signature(r, P256_ORDER - s), r.to_bytes(32) + s.to_bytes(32), b"\x30\x00", b"x" * 64):
        body["signatures"][0]["sig"] = base64.b64encode(other).decode()
        assert check(canonical(body), PAYLOAD, [public(key)]).state == "bad"


def test_a_new_key_is_its_owners_alone(tmp_path: Path) -> None:
    assert generate(tmp_path / "key") == key_id((tmp_path / "key.pub").read_bytes())
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    assert public(str(tmp_path / "key")) == (tmp_path / "key.pub").read_bytes()


@pytest.mark.parametrize("there", ["key", "key.pub"])
def test_a_new_key_is_written_over_nothing(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("mine")
    with pytest.raises(SignError, match=f"{there} is already there"):
        generate(tmp_path / "key")
    assert (tmp_path / there).read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_new_key_needs_its_folder(tmp_path: Path) -> None:
    with pytest.raises(SignError, match="cannot be written: No such file"):
        generate(tmp_path / "none" / "key")


def test_an_encrypted_key_opens_with_its_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASDECLARED_KEY_PASSPHRASE", "open sesame")
    generate(tmp_path / "key")
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in (tmp_path / "key").read_bytes()
    envelope = sign(PAYLOAD, str(tmp_path / "key"))
    assert check(envelope, PAYLOAD, [(tmp_path / "key.pub").read_bytes()]).state == "good"
    monkeypatch.setenv("ASDECLARED_KEY_PASSPHRASE", "wrong words")
    with pytest.raises(SignError, match="does not open with ASDECLARED_KEY_PASSPHRASE") as caught:
        sign(PAYLOAD, str(tmp_path / "key"))
    assert "wrong words" not in repr(caught.value)
    monkeypatch.delenv("ASDECLARED_KEY_PASSPHRASE")
    with pytest.raises(SignError, match="is encrypted: set ASDECLARED_KEY_PASSPHRASE"):
        sign(PAYLOAD, str(tmp_path / "key"))


def test_a_plain_key_opens_whatever_the_passphrase(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASDECLARED_KEY_PASSPHRASE", "for another key")
    assert check(sign(PAYLOAD, key), PAYLOAD, [public(key)]).state == "good"


def test_a_key_in_a_variable_signs(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", Path(key).read_text())
    assert sign(PAYLOAD, "env:SIGNING_KEY") == sign(PAYLOAD, key)
    assert public("env:SIGNING_KEY") == public(key)


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_key_that_others_may_reach_is_refused(key: str, mode: int) -> None:
    Path(key).chmod(mode)
    with pytest.raises(SignError, match=r"others may read the key file .*: chmod 600"):
        sign(PAYLOAD, key)


def test_a_secret_that_a_container_mounts_may_be_of_another_owner(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path(key).chmod(0o644)
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    assert check(sign(PAYLOAD, key), PAYLOAD, [public(key)]).state == "good"


def test_keys_that_cannot_be_used_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    traditional = form.PrivateFormat.TraditionalOpenSSL
    broken = Path(written(tmp_path / "broken", ed25519.Ed25519PrivateKey.generate()))
    broken.write_text(broken.read_text().replace("A", "B", 3))
    monkeypatch.setenv("BROKEN_KEY", broken.read_text())
    monkeypatch.delenv("NO_KEY", raising=False)
    cases = [
        (str(tmp_path / "none"), "cannot be read: No such file"),
        (str(tmp_path), "cannot be read: Is a directory"),
        ("\0", "cannot be read: not a path"),
        ("", "cannot be read"),
        (written(tmp_path / "rsa", rsa.generate_private_key(65537, 2048)), "neither Ed25519 nor ECDSA P-256"),
        (written(tmp_path / "old", rsa.generate_private_key(65537, 2048), traditional), "neither Ed25519 nor"),
        (written(tmp_path / "p384", ec.generate_private_key(ec.SECP384R1())), "neither Ed25519 nor ECDSA P-256"),
        (written(tmp_path / "ed448", ed448.Ed448PrivateKey.generate()), "neither Ed25519 nor ECDSA P-256"),
        (str(broken), "holds no private key in PKCS#8 PEM"),
        ("env:BROKEN_KEY", "the variable BROKEN_KEY holds no private key"),
        ("env:NO_KEY", "the variable NO_KEY is not set"),
        ("env:", "followed by the name of a variable"),
        (broken.read_text(), "the key itself was given"),
        ("env:" + broken.read_text(), "the key itself was given"),
        ("env:" + secret_lines(broken)[0], "followed by the name of a variable"),
    ]
    for key, said in cases:
        with pytest.raises(SignError, match=said) as caught:
            sign(PAYLOAD, key)
        assert not any(line in repr(caught.value) for line in secret_lines(broken))
        assert caught.value.__cause__ is None


PROGRAM = """
import base64, os, sys
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
key = load_pem_private_key(open(sys.argv[1], "rb").read(), None)
message = sys.stdin.buffer.read()
made = key.sign(message, ec.ECDSA(SHA256())) if sys.argv[3] == "p256" else key.sign(message)
if sys.argv[2] == "pair":
    made = b"".join(each.to_bytes(32) for each in utils.decode_dss_signature(made))
sys.stdout.buffer.write(base64.b64encode(made) + b"\\n" if sys.argv[2] == "base64" else made)
"""


def command(tmp_path: Path, program: str, *words: str) -> str:
    (tmp_path / "a program.py").write_text(program)
    return f"command:{sys.executable} '{tmp_path / 'a program.py'}' {' '.join(words)}"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("raw", "ed25519"), ("base64", "ed25519"), ("raw", "p256"), ("base64", "p256"), ("pair", "p256")],
)
def test_a_program_signs(tmp_path: Path, answer: str, kind: str) -> None:
    path = tmp_path / "key"
    if kind == "p256":
        p256(path)
    else:
        generate(path)
    trusted = public(str(path))
    envelope = sign(PAYLOAD, command(tmp_path, PROGRAM, str(path), answer, kind), trusted)
    assert check(envelope, PAYLOAD, [trusted]).state == "good"


def test_a_program_signs_with_the_key_that_was_told(tmp_path: Path, key: str) -> None:
    generate(tmp_path / "other")
    program = command(tmp_path, PROGRAM, key, "raw", "ed25519")
    with pytest.raises(SignError, match="does not fit the public key"):
        sign(PAYLOAD, program, public(str(tmp_path / "other")))
    with pytest.raises(SignError, match="needs its public key: give it with --public-key"):
        sign(PAYLOAD, program)
    with pytest.raises(SignError, match="give it with --public-key"):
        public(program)
    with pytest.raises(SignError, match="not an ECDSA signature"):
        sign(PAYLOAD, command(tmp_path, "print('no')"), public(p256(tmp_path / "p256")))


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("command:", "followed by a program"),
        ("command:'unclosed", "followed by a program"),
        ("command:/none/signer --token hidden", "/none/signer cannot be run: No such file"),
        (f"command:{sys.executable} -c 'raise SystemExit(3)' hidden", "ended with code 3 and did not sign"),
        (f"command:{sys.executable} -c 'print()' hidden", "does not fit"),
    ],
)
def test_a_program_that_does_not_sign_is_told(key: str, program: str, said: str) -> None:
    with pytest.raises(SignError, match=said) as caught:
        sign(PAYLOAD, program, public(key))
    assert "hidden" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_program_is_not_waited_for(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "COMMAND_SECONDS", 0.2)
    with pytest.raises(SignError, match="did not sign within"):
        sign(PAYLOAD, f"command:{sys.executable} -c 'import time; time.sleep(30)'", public(key))


def test_no_shell_reads_the_program(tmp_path: Path, key: str) -> None:
    with pytest.raises(SignError):
        sign(PAYLOAD, f"command:true; touch {tmp_path / 'made'}", public(key))
    assert not (tmp_path / "made").exists()


def test_a_public_key_given_must_belong_to_the_private_key(tmp_path: Path, key: str) -> None:
    generate(tmp_path / "other")
    assert sign(PAYLOAD, key, public(key)) == sign(PAYLOAD, key)
    with pytest.raises(SignError, match="does not belong to the private key"):
        sign(PAYLOAD, key, public(str(tmp_path / "other")))


def test_a_trusted_key_that_cannot_be_read_is_told(key: str) -> None:
    envelope = sign(PAYLOAD, key)
    rsa_key = rsa.generate_private_key(65537, 2048).public_key()
    pem = rsa_key.public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    for trusted, said in ((b"", "not PEM"), (Path(key).read_bytes(), "a private key was given"), (pem, "another kind")):
        with pytest.raises(SignError, match=said) as caught:
            check(envelope, PAYLOAD, [trusted])
        assert secret_lines(key)[0] not in repr(caught.value)


def test_a_missing_library_is_told_by_its_extra(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    envelope, trusted = sign(PAYLOAD, key), public(key)
    for name in [name for name in sys.modules if name.split(".")[0] == "cryptography"]:
        monkeypatch.setitem(sys.modules, name, None)
    for act in (
        lambda: sign(PAYLOAD, key),
        lambda: check(envelope, PAYLOAD, [trusted]),
        lambda: public(key),
        lambda: generate(Path(key + "2")),
    ):
        with pytest.raises(SignError, match=r"pip install 'asdeclared\[sign\]'"):
            act()
    assert check(envelope, PAYLOAD, []).state == "no key"


def test_importing_loads_no_cryptography() -> None:
    program = "import sys, scanner.pack.sign, scanner.pack.timestamp, scanner.cli.key; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603
    loaded = {name.split(".")[0] for name in ran.stdout.split()}
    assert not loaded & {"cryptography", "sigstore", "rfc3161_client", "pyasn1", "securesystemslib"}


def test_the_command_makes_a_key_and_prints_its_public_half(tmp_path: Path) -> None:
    path = tmp_path / "key"
    made = CliRunner().invoke(cli, ["key", "new", str(path)], standalone_mode=False)
    assert key_id(public(str(path))) in made.output
    assert not any(line in made.output for line in secret_lines(path))
    printed = CliRunner().invoke(cli, ["key", "public", str(path)], standalone_mode=False)
    assert printed.stdout_bytes == (tmp_path / "key.pub").read_bytes()
    for words, said in ((["new", str(path)], "already there"), (["public", str(tmp_path / "no")], "cannot be read")):
        refused = CliRunner().invoke(cli, ["key", *words], standalone_mode=False)
        assert said in str(refused.exception)


BUNDLE = canonical({"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json"})


def test_a_keyless_signature_needs_an_identity_to_prove_anything() -> None:
    checked = check(BUNDLE, PAYLOAD, [])
    assert checked.state == "no key"
    assert "identity" in checked.detail


def test_a_seal_of_another_kind_than_was_asked_for_is_bad(key: str) -> None:
    """Anyone can put a bundle in the place of a signature, or sign with a key of his own instead of an identity."""
    identity = Identity("https://example.com/workflow", "https://issuer.example.com")
    assert check(BUNDLE, PAYLOAD, [public(key)]).state == "bad"
    signed = sign(PAYLOAD, key)
    assert check(signed, PAYLOAD, [], identity).state == "bad"
    assert check(signed, PAYLOAD, [public(key)], identity).state == "good"


def test_a_signature_whose_json_is_deep_is_bad(key: str) -> None:
    assert check(b"[" * 600 + b"]" * 600, PAYLOAD, [public(key)]).state == "bad"


def test_a_key_without_its_pem_lines_is_not_repeated_in_the_message(key: str) -> None:
    body = "".join(Path(key).read_text().splitlines()[1:-1])
    assert body.startswith("MC4CAQ")
    with pytest.raises(SignError, match="the key itself was given") as refused:
        public(body)
    assert body not in str(refused.value)


def test_variables_may_hold_any_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASDECLARED_KEY_PASSPHRASE", "\udcff")
    generate(tmp_path / "key")
    assert public(str(tmp_path / "key")) == (tmp_path / "key.pub").read_bytes()
    monkeypatch.setenv("SIGNING_KEY", "\udcff")
    with pytest.raises(SignError, match="SIGNING_KEY holds no private key"):
        public("env:SIGNING_KEY")


@pytest.mark.parametrize("name", ["", "/"])
def test_a_new_key_needs_a_name(name: str) -> None:
    with pytest.raises(SignError, match="give its name"):
        generate(Path(name))


def test_a_broken_bundle_is_bad_before_any_server_is_asked() -> None:
    identity = Identity("https://example.com/workflow", "https://issuer.example.com")
    assert check(BUNDLE, PAYLOAD, [], identity).state == "bad"
    assert check(BUNDLE + b" ", PAYLOAD, [], identity).state == "bad"


def test_keyless_signing_needs_a_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "detect_credential", lambda: None)
    with pytest.raises(SignError, match="needs a pipeline that gives an identity"):
        sign(PAYLOAD, "keyless")


@pytest.mark.parametrize(
    "act", [lambda: sign(PAYLOAD, "keyless"), lambda: check(BUNDLE, PAYLOAD, [], Identity("a", "b"))]
)
def test_keyless_without_its_extra_is_told(act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sigstore", None)
    with pytest.raises(SignError, match=r"pip install 'asdeclared\[keyless\]'"):
        act()


IDENTITY = Identity("https://example.com/workflow", "https://issuer.example.com")
INTOTO = "application/vnd.in-toto+json"


class StandIn:
    """What stands in for Sigstore's bundle, verifier and signer: it answers or raises as it is told."""

    def __init__(self, answer: object = None) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def __call__(self, *asked: Any, **_: Any) -> Any:
        self.asked += asked
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    verify_dsse = sign_dsse = __call__

    def to_json(self) -> str:
        return str(self.answer)


@pytest.mark.parametrize(
    ("answer", "state", "said"),
    [
        ((INTOTO, PAYLOAD), "good", "signed by https://example.com/workflow (https://issuer.example.com)"),
        ((INTOTO, PAYLOAD + b" "), "bad", "of another manifest"),
        (("application/json", PAYLOAD), "bad", "of another manifest"),
        (errors.VerificationError("not that identity"), "bad", "not that identity"),
    ],
)
def test_a_bundle_is_as_good_as_sigstore_says(
    monkeypatch: pytest.MonkeyPatch, answer: object, state: str, said: str
) -> None:
    verifier = StandIn(answer)
    monkeypatch.setattr(models.Bundle, "from_json", lambda _: StandIn(BUNDLE.decode()))
    monkeypatch.setattr(Verifier, "production", lambda: verifier)
    checked = check(BUNDLE, PAYLOAD, [], IDENTITY)
    assert checked.state == state
    assert said in checked.detail
    expected = verifier.asked[1]
    assert (expected._identity, expected._issuer._value) == (IDENTITY.name, IDENTITY.issuer)


def test_a_bundle_holds_nothing_that_sigstore_does_not_look_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.Bundle, "from_json", lambda _: StandIn("{}"))
    monkeypatch.setattr(Verifier, "production", StandIn(AssertionError()))
    assert "fields that do not belong" in check(BUNDLE, PAYLOAD, [], IDENTITY).detail


def test_roots_of_trust_that_cannot_be_had_are_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models.Bundle, "from_json", lambda _: StandIn(BUNDLE.decode()))
    monkeypatch.setattr(Verifier, "production", StandIn(errors.TUFError("no network")))
    with pytest.raises(SignError, match="roots of trust cannot be had"):
        check(BUNDLE, PAYLOAD, [], IDENTITY)


@pytest.mark.parametrize("failure", [None, OSError("no network"), errors.Error("no")])
def test_a_keyless_signature_is_sigstores_bundle_in_canonical_json(
    monkeypatch: pytest.MonkeyPatch, failure: Exception | None
) -> None:
    signer = StandIn(failure or StandIn('{ "mediaType": "x", "a": 1 }'))
    context = StandIn(signer)
    monkeypatch.setattr(oidc, "detect_credential", lambda: "token")
    monkeypatch.setattr(oidc, "IdentityToken", StandIn())
    monkeypatch.setattr(models.ClientTrustConfig, "production", StandIn())
    monkeypatch.setattr(context, "signer", context, raising=False)
    monkeypatch.setattr(SigningContext, "from_trust_config", lambda _: context)
    subject = {"name": "x", "digest": {"sha256": "0" * 64}}
    kind = "https://in-toto.io/Statement/v1"
    statement = canonical({"_type": kind, "predicate": {}, "predicateType": "x", "subject": [subject]})
    if failure:
        with pytest.raises(SignError, match="Sigstore did not sign"):
            sign(statement, "keyless")
        return
    assert sign(statement, "keyless") == b'{"a":1,"mediaType":"x"}'
    assert signer.asked[0]._contents == statement


def test_a_key_after_env_is_not_repeated_though_it_looks_like_a_name() -> None:
    body = "MC4CAQAwBQYDK2VwBCIEI" + "A" * 43
    with pytest.raises(SignError, match="followed by the name of a variable") as refused:
        public(f"env:{body}")
    assert body not in str(refused.value)
