"""Certificates: of Certificate Manager, and of authorities of the Certificate Authority Service
(https://cloud.google.com/certificate-manager/docs/reference/certificate-manager/rest/v1/projects.locations.certificates,
https://cloud.google.com/certificate-authority-service/docs/reference/rest/v1/projects.locations.caPools.certificateAuthorities).
"""

from __future__ import annotations

from datetime import datetime

from scanner.facts import Answer, EncryptionInTransit, Kind, NotKnown, Reason, Unknown, View
from scanner.providers.gcp.assets import DATA, asset_type, labels, moment

CHAIN = f"{DATA}/caCertificateDescriptions"
NO_CONNECTIONS = "a certificate takes no connections"
TRANSIT: tuple[Answer, ...] = (
    EncryptionInTransit.plaintext.inapplicable(NO_CONNECTIONS),
    EncryptionInTransit.minimum_tls.inapplicable(NO_CONNECTIONS),
)


def _expires(view: View) -> datetime:
    """The chain begins with the authority's own certificate. One that is not activated yet has none."""
    own = next(view.each(CHAIN, missing=True), None)
    if own is None:
        raise NotKnown(Unknown(Reason.SHAPE, "it tells no certificate of its own"))
    return own.at("/subjectDescription/notAfterTime", moment)


CERTIFICATE = asset_type(
    "gcp.certificatemanager.certificate",
    "certificatemanager.googleapis.com/Certificate",
    Kind.CONFIG,
    (*TRANSIT, EncryptionInTransit.certificate_expires.at(f"{DATA}/expireTime", moment), labels()),
)
AUTHORITY = asset_type(
    "gcp.privateca.certificate-authority",
    "privateca.googleapis.com/CertificateAuthority",
    Kind.CONFIG,
    (
        *TRANSIT,
        EncryptionInTransit.certificate_expires.by(_expires, f"{CHAIN}/*/subjectDescription/notAfterTime"),
        labels(),
    ),
)
TYPES = (CERTIFICATE, AUTHORITY)
