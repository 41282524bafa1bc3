"""Memorystore for Valkey: from assets to the states of facts."""

from __future__ import annotations

import pytest

from scanner.facts import (
    Backup,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tls,
)
from tests.scanner.providers.gcp.states import FRANKFURT, KMS, LONDON, PROJECT, Data, gaps, items, reason, refs, value

VALKEY = "gcp.memorystore.instance"
HERE, THERE = (f"{PROJECT}/locations/{region}/instances/cache" for region in ("europe-west2", "europe-west3"))
NAME, TWIN = f"//memorystore.googleapis.com/{HERE}", f"//memorystore.googleapis.com/{THERE}"


def members(primary: str, *secondaries: str) -> Data:
    told = {
        "primaryInstance": {"instance": primary},
        "secondaryInstances": [{"instance": each} for each in secondaries],
    }
    return {"crossInstanceReplicationConfig": {"membership": told}}


def test_where_an_instance_and_its_replicas_are() -> None:
    assert items(VALKEY, Location.homes, {}, NAME) == (LONDON,)
    assert gaps(VALKEY, Location.homes, {}) == ((), [Reason.SHAPE])
    assert items(VALKEY, Location.copies, {}, NAME) == ()
    (copy,) = items(VALKEY, Location.copies, members(HERE, THERE), NAME)
    assert (copy.place, copy.ref) == (FRANKFURT, TWIN)
    # The secondary is told, too, of the membership; the primary is no copy of it.
    assert items(VALKEY, Location.copies, members(HERE, THERE), TWIN) == ()
    assert gaps(VALKEY, Location.copies, members(HERE, "cache"), NAME) == ((), [Reason.SHAPE])


@pytest.mark.parametrize(
    ("mode", "plaintext", "lowest"),
    [
        ("SERVER_AUTHENTICATION", False, Tls.V1_2),
        ("TRANSIT_ENCRYPTION_DISABLED", True, Tls.NONE),
        ("TRANSIT_ENCRYPTION_MODE_UNSPECIFIED", Reason.SHAPE, Reason.SHAPE),
        (None, Reason.SHAPE, Reason.SHAPE),
        (7, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_transit(mode: object, plaintext: bool | Reason, lowest: Tls | Reason) -> None:
    data = {"transitEncryptionMode": mode}
    for fact, wanted in ((EncryptionInTransit.plaintext, plaintext), (EncryptionInTransit.minimum_tls, lowest)):
        found = reason(VALKEY, fact, data) if isinstance(wanted, Reason) else value(VALKEY, fact, data)
        assert found is wanted
    assert reason(VALKEY, EncryptionInTransit.certificate_expires, data) is Reason.NOT_ASKED
    assert value(VALKEY, Exposure.public, data) is False


@pytest.mark.parametrize(
    ("config", "kept", "reasons"),
    [
        ({"automatedBackupMode": "ENABLED", "retention": "604800s"}, [Duration.of(7)], []),
        ({"automatedBackupMode": "ENABLED"}, [Duration.of(35)], []),
        ({"automatedBackupMode": "DISABLED", "retention": "604800s"}, [], []),
        ({"automatedBackupMode": "ENABLED", "retention": "a week"}, [], [Reason.SHAPE]),
        ({"automatedBackupMode": "SOMETIMES"}, [], [Reason.SHAPE]),
        ({}, [], [Reason.SHAPE]),
    ],
)
def test_backups(config: Data, kept: list[Duration], reasons: list[Reason]) -> None:
    plans, unseen = gaps(VALKEY, Backup.plans, {"automatedBackupConfig": config}, NAME)
    assert [(plan.retention, plan.every, plan.places) for plan in plans] == [
        (each, Duration.of(1), (LONDON,)) for each in kept
    ]
    assert unseen == reasons


def test_key_and_origins() -> None:
    for data, owner, key in (({"kmsKey": KMS}, KeyOwner.CUSTOMER, KMS), ({}, KeyOwner.PROVIDER, "provider")):
        found = (value(VALKEY, EncryptionAtRest.owner, data), value(VALKEY, EncryptionAtRest.key, data))
        assert found == (owner, key)
    saved = f"{PROJECT}/locations/europe-west2/backupCollections/c/backups/b"
    told: Data = {
        "managedBackupSource": {"backup": saved},
        "gcsSource": {"uris": ["gs://acme-seed/one.rdb", "gs://acme-seed/two.rdb"]},
        **members(THERE, HERE),
    }
    origins, unseen = gaps(VALKEY, Lineage.origins, told, NAME)
    assert refs(origins) == [TWIN, f"//memorystore.googleapis.com/{saved}", "//storage.googleapis.com/acme-seed"]
    assert unseen == [Reason.NOT_ASKED]
    assert gaps(VALKEY, Lineage.origins, members(HERE, THERE), NAME) == ((), [Reason.NOT_ASKED])
    assert gaps(VALKEY, Lineage.origins, {"gcsSource": {"uris": ["s3://acme/one"]}}, NAME) == ((), [Reason.SHAPE])
