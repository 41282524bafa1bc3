"""Signatures without a key to keep: Sigstore gives a short-lived certificate for the identity of a pipeline.

It needs Sigstore's public services and the token of a pipeline, so no test reaches them: only what stands before and
after them is tested. Both signing and checking ask Sigstore's servers, for its current roots of trust.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from scanner.facts import canonical
from scanner.pack.keys import SignError, extra

if TYPE_CHECKING:
    from scanner.pack.sign import Checked, Identity


def sign(payload: bytes) -> bytes:
    """The Sigstore bundle, as canonical JSON, that signs an in-toto statement with the pipeline's identity. The errors
    of Sigstore's clients for its servers are not public, and pass through.
    """
    with extra("keyless"):
        from sigstore import dsse, errors, models, oidc
        from sigstore.sign import SigningContext
    try:
        token = oidc.detect_credential()
        if token is None:
            raise SignError("keyless signing needs a pipeline that gives an identity (on GitHub: id-token: write)")
        context = SigningContext.from_trust_config(models.ClientTrustConfig.production())
        with context.signer(oidc.IdentityToken(token)) as signer:
            return canonical(orjson.loads(signer.sign_dsse(dsse.Statement(payload)).to_json()))
    except (errors.Error, oidc.ExpiredIdentity, OSError) as error:
        raise SignError(f"Sigstore did not sign: {type(error).__name__}; sign again, or with a key") from error


def check(bundle: bytes, payload: bytes, identity: Identity | None) -> Checked:
    """Whether a bundle in canonical JSON is the signature of a manifest's bytes by the expected identity."""
    from scanner.pack.sign import PAYLOAD_TYPE, Checked

    if identity is None:
        detail = "signed without a key; no identity and issuer were given to check it with"
        return Checked("no key", "", detail)
    with extra("keyless"):
        from sigstore import errors, models
        from sigstore.verify import Verifier, policy
    try:
        read = models.Bundle.from_json(bundle)
        # What the bundle's model drops is not looked at by the verifier.
        if canonical(orjson.loads(read.to_json())) != bundle:
            return Checked("bad", "", "the bundle holds fields that do not belong to it")
        expected = policy.Identity(identity=identity.name, issuer=identity.issuer)
        kind, held = Verifier.production().verify_dsse(read, expected)
    except (errors.VerificationError, models.InvalidBundle, ValueError) as error:
        return Checked("bad", "", f"not a signature by {identity.name}: {error}")
    except (errors.Error, OSError) as error:
        raise SignError(f"Sigstore's roots of trust cannot be had: {type(error).__name__}; check again") from error
    if (kind, held) != (PAYLOAD_TYPE, payload):
        return Checked("bad", "", "the signature is of another manifest")
    return Checked("good", identity.name, f"signed by {identity.name} ({identity.issuer})")
