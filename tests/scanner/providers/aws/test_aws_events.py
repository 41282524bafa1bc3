"""From the replies of EventBridge to facts."""

from __future__ import annotations

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Reason,
)
from scanner.providers.aws.events import ARCHIVE
from tests.scanner.providers.aws.states import (
    AWS_KEY,
    KEY,
    OWN_KEY,
    REFUSED,
    UNASKED,
    copies,
    encryption,
    refs,
    told,
)

AES = frozenset({"AES-256"})
BUS = "arn:aws:events:eu-west-2:111111111111:event-bus/orders"


@pytest.mark.parametrize(
    ("archive", "key", "owner", "name"),
    [
        ({}, UNASKED, KeyOwner.PROVIDER, "provider"),
        ({"KmsKeyIdentifier": KEY}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({"KmsKeyIdentifier": KEY}, AWS_KEY, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        ({"KmsKeyIdentifier": KEY}, REFUSED, Reason.REFUSED, KEY),
        ({"KmsKeyIdentifier": 1}, UNASKED, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, UNASKED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_an_archive_of_events(archive: object, key: object, owner: object, name: object) -> None:
    item, replies = {"ArchiveName": "all", "EventSourceArn": BUS}, {"archive": archive, "key": key}
    assert encryption(ARCHIVE, item, replies) == (AtRest.ENCRYPTED, owner, AES)
    assert told(ARCHIVE, EncryptionAtRest.key, item, replies) == name
    assert told(ARCHIVE, Location.homes, item) == ["aws:eu-west-2"]
    assert copies(ARCHIVE, Location.copies, item) == []
    assert refs(ARCHIVE, Lineage.origins, item) == [BUS]
    assert refs(ARCHIVE, Lineage.origins, {}) == [Reason.SHAPE]
    assert told(ARCHIVE, Exposure.public, item) is False
