"""From the replies of SES to facts."""

from __future__ import annotations

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    Exposure,
    KeyOwner,
    Location,
    Reason,
    Tagging,
)
from scanner.providers.aws import ses
from tests.scanner.providers.aws.states import (
    KEY,
    OWN_KEY,
    REFUSED,
    UNASKED,
    copies,
    encryption,
    told,
)


@pytest.mark.parametrize(
    ("archive", "key", "state", "owner", "name"),
    [
        ({"KmsKeyArn": KEY}, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        ({"KmsKeyArn": KEY}, REFUSED, AtRest.ENCRYPTED, Reason.REFUSED, KEY),
        ({}, UNASKED, Reason.UNDECIDED, Reason.UNDECIDED, Reason.UNDECIDED),
        ({"KmsKeyArn": 1}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (REFUSED, UNASKED, Reason.REFUSED, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_an_archive_of_mail(archive: object, key: object, state: object, owner: object, name: object) -> None:
    replies = {"archive": archive, "key": key}
    assert encryption(ses.ARCHIVE, {}, replies) == (state, owner, Reason.UNDECIDED)
    assert told(ses.ARCHIVE, EncryptionAtRest.key, {}, replies) == name


@pytest.mark.parametrize(
    ("kind", "source"),
    [(ses.CONTACTS, "list"), (ses.ADDRESSES, "tags"), (ses.ARCHIVE, "tags")],
    ids=lambda each: getattr(each, "name", each),
)
def test_what_keeps_addresses(kind: ResourceType, source: str) -> None:
    item = {"AddressListArn": "arn:aws:ses:eu-west-2:111111111111:mailmanager-address-list/al-1"}
    assert told(kind, Location.homes, item) == ["aws:eu-west-2"]
    assert copies(kind, Location.copies, item) == []
    assert told(kind, Exposure.public, item) is False
    assert told(kind, Tagging.tags, item, {source: {"Tags": [{"Key": "env", "Value": "prod"}]}}) == {"env": "prod"}
    assert told(kind, Tagging.tags, item, {source: {}}) is Reason.SHAPE
    assert told(kind, Tagging.tags, item, {source: REFUSED}) is Reason.REFUSED


@pytest.mark.parametrize("kind", [ses.CONTACTS, ses.ADDRESSES], ids=lambda kind: kind.name)
def test_how_lists_are_encrypted_is_not_told(kind: ResourceType) -> None:
    assert encryption(kind, {}, {}) == (Reason.UNDECIDED,) * 3
