"""Certificates: when they expire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scanner.facts import EncryptionInTransit, Reason
from tests.scanner.providers.gcp.states import Data, inapplicable, reason, value

CERTIFICATE, AUTHORITY = "gcp.certificatemanager.certificate", "gcp.privateca.certificate-authority"
WHEN = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)


def chain(*times: object) -> Data:
    return {"caCertificateDescriptions": [{"subjectDescription": {"notAfterTime": time}} for time in times]}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (CERTIFICATE, {"expireTime": "2027-01-02T03:04:05Z"}),
        (AUTHORITY, chain("2027-01-02T03:04:05Z")),
        (AUTHORITY, chain("2027-01-02T03:04:05Z", "2026-01-02T03:04:05Z")),
    ],
)
def test_when_it_expires(kind: str, data: Data) -> None:
    assert value(kind, EncryptionInTransit.certificate_expires, data) == WHEN
    assert inapplicable(kind, EncryptionInTransit.plaintext, data)
    assert inapplicable(kind, EncryptionInTransit.minimum_tls, data)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (CERTIFICATE, {}),
        (CERTIFICATE, {"expireTime": "2027-01-02"}),
        # The time at which a deleted authority is purged.
        (AUTHORITY, {"expireTime": "2027-01-02T03:04:05Z"}),
        (AUTHORITY, chain()),
        (AUTHORITY, chain("soon")),
        (AUTHORITY, {"caCertificateDescriptions": "pem"}),
    ],
)
def test_when_it_expires_is_not_told(kind: str, data: Data) -> None:
    assert reason(kind, EncryptionInTransit.certificate_expires, data) is Reason.SHAPE
