"""What several types share: keys, encryption, labels, readers, and a listing that was refused."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    Exposure,
    KeyOwner,
    Known,
    Reason,
    Seen,
    Tagging,
    Unknown,
    Where,
)
from scanner.providers.gcp import PROVIDER
from tests.scanner.providers.gcp.states import REFUSED, Data, reason, value

BUCKET = "gcp.storage.bucket"
SQL = "gcp.sql.instance"
DISK, SNAPSHOT = "gcp.compute.disk", "gcp.compute.snapshot"
LOG = "gcp.logging.bucket"
NETWORK = "gcp.compute.network"
PRIMARY = {"instanceType": "CLOUD_SQL_INSTANCE", "region": "europe-west2", "gceZone": "europe-west2-a"}
KMS = "projects/keys/locations/europe-west2/keyRings/r/cryptoKeys/k"


@pytest.mark.parametrize(
    ("kind", "data", "owner", "key"),
    [
        (BUCKET, {"encryption": {"defaultKmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (BUCKET, {"encryption": {}}, KeyOwner.PROVIDER, "provider"),
        (BUCKET, {}, KeyOwner.PROVIDER, "provider"),
        (SQL, PRIMARY | {"diskEncryptionConfiguration": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (SQL, PRIMARY, KeyOwner.PROVIDER, "provider"),
        (LOG, {"cmekSettings": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (LOG, {}, KeyOwner.PROVIDER, "provider"),
        (DISK, {"diskEncryptionKey": {"kmsKeyName": f"{KMS}/cryptoKeyVersions/3"}}, KeyOwner.CUSTOMER, KMS),
        (
            DISK,
            {"diskEncryptionKey": {"sha256": "aGFzaA=="}},
            KeyOwner.CUSTOMER,
            "supplied by the customer, SHA-256 aGFzaA==",
        ),
        (DISK, {}, KeyOwner.PROVIDER, "provider"),
        (SNAPSHOT, {"snapshotEncryptionKey": {"kmsKeyName": KMS}}, KeyOwner.CUSTOMER, KMS),
        (SNAPSHOT, {}, KeyOwner.PROVIDER, "provider"),
    ],
)
def test_keys(kind: str, data: Data, owner: KeyOwner, key: str) -> None:
    assert value(kind, EncryptionAtRest.owner, data) is owner
    assert value(kind, EncryptionAtRest.key, data) == key


@pytest.mark.parametrize("kind", [BUCKET, LOG, SNAPSHOT])
def test_google_always_encrypts(kind: str) -> None:
    assert value(kind, EncryptionAtRest.state, {}) is AtRest.ENCRYPTED
    assert value(kind, EncryptionAtRest.algorithms, {}) == {"AES-256"}


@pytest.mark.parametrize(
    ("kind", "data", "tags"),
    [
        (BUCKET, {"labels": {"env": "prod"}}, {"env": "prod"}),
        (BUCKET, {}, {}),
        (SQL, {"settings": {"userLabels": {"env": "prod"}}}, {"env": "prod"}),
        (SQL, {"labels": {"env": "prod"}}, {}),
        (DISK, {"labels": {"env": "prod"}}, {"env": "prod"}),
        (SNAPSHOT, {"labels": {"env": "prod"}}, {"env": "prod"}),
        ("gcp.project", {"labels": {"env": "prod"}}, {"env": "prod"}),
        (LOG, {}, {}),
        (NETWORK, {}, {}),
    ],
)
def test_labels(kind: str, data: Data, tags: dict[str, str]) -> None:
    assert value(kind, Tagging.tags, data) == tags


def test_unforeseen_labels() -> None:
    assert reason(BUCKET, Tagging.tags, {"labels": ["env"]}) is Reason.SHAPE


@pytest.mark.parametrize("kind", [DISK, SNAPSHOT, LOG])
def test_who_reads_is_told_by_iam(kind: str) -> None:
    assert reason(kind, Exposure.public, {}) is Reason.NOT_ASKED


@pytest.mark.parametrize("kind", PROVIDER.types, ids=lambda kind: kind.name)
def test_a_refused_listing_establishes_nothing(kind: Any) -> None:
    for answer in kind.facts:
        if not answer.paths:
            continue
        found = answer({"item": REFUSED, **dict.fromkeys(kind.ask, REFUSED)}, Where("gcp", "acme-prod"))
        if isinstance(found, Known):
            assert isinstance(found.value, Seen), answer.fact
            assert found.value.items == (), answer.fact
            assert found.value.gaps[-1].reason is Reason.REFUSED, answer.fact
        else:
            assert isinstance(found, Unknown), answer.fact
            assert found.reason is Reason.REFUSED, answer.fact
