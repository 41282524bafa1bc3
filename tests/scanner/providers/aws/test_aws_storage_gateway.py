"""From the replies of Storage Gateway to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.collect.model import ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
)
from scanner.providers.aws.storage_gateway import GATEWAY, SHARE, TAPE, TYPES, VOLUME
from tests.scanner.providers.aws.states import (
    FAILED,
    KEY,
    OWN_KEY,
    REFUSED,
    UNASKED,
    copies,
    encryption,
    plans,
    refs,
    told,
)

AES = frozenset({"AES-256"})
HERE = "arn:aws:storagegateway:eu-west-2:111111111111:"


@pytest.mark.parametrize(
    ("item", "homes"),
    [
        ({"HostEnvironment": "EC2", "Ec2InstanceRegion": "eu-west-1"}, ["aws:eu-west-1"]),
        ({"HostEnvironment": "EC2"}, [Reason.SHAPE]),
        *(
            ({"HostEnvironment": each}, [Reason.UNDECIDED])
            for each in ("VMWARE", "HYPER-V", "KVM", "OTHER", "SNOWBALL")
        ),
        ({"HostEnvironment": "odd"}, [Reason.SHAPE]),
        ({}, [Reason.SHAPE]),
    ],
)
def test_a_gateway_caches_where_it_runs(item: object, homes: object) -> None:
    assert told(GATEWAY, Location.homes, item) == homes
    assert encryption(GATEWAY, item, {}) == (Reason.UNDECIDED, Reason.UNDECIDED, Reason.UNDECIDED)


GROUP = "arn:aws:logs:eu-west-2:111111111111:log-group:gateway"


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ({}, []),
        ({"CloudWatchLogGroupARN": f"{GROUP}:*"}, [("log-sink", "aws:eu-west-2", GROUP)]),
        ({"CloudWatchLogGroupARN": "gateway"}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_logs_of_a_gateway(reply: object, expected: object) -> None:
    assert copies(GATEWAY, Location.copies, {}, {"gateway": reply}) == expected


def _volume(form: object = "CACHED iSCSI") -> dict[str, object]:
    return {"VolumeARN": f"{HERE}gateway/sgw-1/volume/vol-1", "VolumeType": form}


def _cached(**fields: object) -> dict[str, Any]:
    return {"cached": {"CachediSCSIVolumes": [fields]}, "key": OWN_KEY}


@pytest.mark.parametrize(
    ("item", "replies", "state", "owner", "name"),
    [
        (_volume(), _cached(), AtRest.ENCRYPTED, KeyOwner.PROVIDER, "provider"),
        (_volume(), _cached(KMSKey=KEY), AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        (_volume(), {**_cached(KMSKey=KEY), "key": REFUSED}, AtRest.ENCRYPTED, Reason.REFUSED, KEY),
        (_volume(), {"cached": {"CachediSCSIVolumes": []}}, AtRest.ENCRYPTED, Reason.SHAPE, Reason.SHAPE),
        (_volume(), {"cached": REFUSED}, AtRest.ENCRYPTED, Reason.REFUSED, Reason.REFUSED),
        (_volume("STORED iSCSI"), _cached(), Reason.UNDECIDED, Reason.UNDECIDED, Reason.UNDECIDED),
        (_volume("odd"), _cached(), Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        (_volume(None), _cached(), Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_volume_at_rest(item: object, replies: Any, state: object, owner: object, name: object) -> None:
    ciphers = AES if state is AtRest.ENCRYPTED else state
    assert encryption(VOLUME, item, replies) == (state, owner, ciphers)
    assert told(VOLUME, EncryptionAtRest.key, item, replies) == name


@pytest.mark.parametrize(
    ("item", "homes", "origins"),
    [
        (_volume(), ["aws:eu-west-2"], ["arn:aws:ec2:eu-west-2:*:snapshot/snap-0ab"]),
        (_volume("STORED iSCSI"), [Reason.UNDECIDED], [Reason.NOT_ASKED]),
        (_volume("odd"), [Reason.SHAPE], [Reason.SHAPE]),
    ],
)
def test_where_a_volume_lies(item: object, homes: object, origins: object) -> None:
    assert told(VOLUME, Location.homes, item) == homes
    assert refs(VOLUME, Lineage.origins, item, _cached(SourceSnapshotId="snap-0AB")) == origins
    assert refs(VOLUME, Lineage.origins, _volume(), _cached()) == []
    assert plans(VOLUME, Backup.plans, item) == [Reason.NOT_ASKED]
    assert VOLUME.covered_by == ("aws.backup.plan",)


BUCKET = "arn:aws:s3:::example-files"
POINT = "arn:aws:s3:eu-west-1:111111111111:accesspoint/files"


def _share(form: str, **fields: object) -> dict[str, Any]:
    mine = {"LocationARN": f"{BUCKET}/some/prefix/", "KMSEncrypted": False, **fields}
    replies = {
        "nfs": {"NFSFileShareInfoList": [mine]},
        "smb": {"SMBFileShareInfoList": [mine]},
        "nfs-key": REFUSED,
        "smb-key": REFUSED,
    }
    # The call that does not fit fails, and is not read.
    return {**replies, ("smb" if form == "NFS" else "nfs"): FAILED, f"{form.lower()}-key": OWN_KEY}


FORMS = pytest.mark.parametrize("form", ["NFS", "SMB"])


@FORMS
@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, [("replica", Reason.NOT_ASKED, BUCKET)]),
        ({"LocationARN": BUCKET}, [("replica", Reason.NOT_ASKED, BUCKET)]),
        ({"BucketRegion": "eu-west-3"}, [("replica", "aws:eu-west-3", BUCKET)]),
        ({"LocationARN": f"{POINT}/prefix/"}, [("replica", "aws:eu-west-1", POINT)]),
        (
            {"AuditDestinationARN": f"{GROUP}:*"},
            [("replica", Reason.NOT_ASKED, BUCKET), ("log-sink", "aws:eu-west-2", GROUP)],
        ),
        ({"AuditDestinationARN": ""}, [("replica", Reason.NOT_ASKED, BUCKET)]),
        ({"LocationARN": "test-ap-s3alias"}, [Reason.SHAPE]),
        ({"LocationARN": "arn:aws:s3"}, [Reason.SHAPE]),
        ({"LocationARN": None}, [Reason.SHAPE]),
    ],
)
def test_a_share_keeps_its_files_in_a_bucket(form: str, fields: dict[str, object], expected: object) -> None:
    item = {"FileShareType": form}
    assert copies(SHARE, Location.copies, item, _share(form, **fields)) == expected
    assert told(SHARE, Location.homes, item) == []


@FORMS
@pytest.mark.parametrize(
    ("fields", "owner", "name"),
    [
        ({}, KeyOwner.PROVIDER, "provider"),
        ({"KMSEncrypted": True, "KMSKey": KEY}, KeyOwner.CUSTOMER, KEY),
        ({"KMSEncrypted": True}, KeyOwner.CUSTOMER, Reason.SHAPE),
        ({"KMSEncrypted": None}, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_a_share_at_rest(form: str, fields: dict[str, object], owner: object, name: object) -> None:
    item, replies = {"FileShareType": form}, _share(form, **fields)
    assert encryption(SHARE, item, replies) == (AtRest.ENCRYPTED, owner, AES)
    assert told(SHARE, EncryptionAtRest.key, item, replies) == name


def test_a_share_that_is_not_described() -> None:
    assert copies(SHARE, Location.copies, {}, _share("NFS")) == [Reason.SHAPE]
    nothing: dict[str, Any] = {"nfs": {"NFSFileShareInfoList": []}}
    assert copies(SHARE, Location.copies, {"FileShareType": "NFS"}, nothing) == [Reason.SHAPE]
    assert copies(SHARE, Location.copies, {"FileShareType": "NFS"}, {"nfs": REFUSED}) == [Reason.REFUSED]


def _tape(**fields: object) -> dict[str, Any]:
    return {"tape": {"Tapes": [fields]}, "key": OWN_KEY}


BEHIND = {"TapeARN": f"{HERE}tape/T1", "GatewayARN": f"{HERE}gateway/sgw-1"}


@pytest.mark.parametrize(
    ("item", "replies", "owner", "name"),
    [
        (BEHIND, _tape(), KeyOwner.PROVIDER, "provider"),
        (BEHIND, _tape(KMSKey=KEY), KeyOwner.CUSTOMER, KEY),
        (BEHIND, {"tape": REFUSED}, Reason.REFUSED, Reason.REFUSED),
        ({"TapeARN": f"{HERE}tape/T1"}, {"tape": UNASKED}, Reason.NOT_ASKED, Reason.NOT_ASKED),
    ],
)
def test_a_tape_at_rest(item: object, replies: Any, owner: object, name: object) -> None:
    assert encryption(TAPE, item, replies) == (AtRest.ENCRYPTED, owner, AES)
    assert told(TAPE, EncryptionAtRest.key, item, replies) == name
    assert told(TAPE, Location.homes, item) == ["aws:eu-west-2"]
    assert plans(TAPE, Backup.plans, item) == [Reason.NOT_ASKED]


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_what_all_of_them_answer(kind: ResourceType) -> None:
    tags = {"Tags": [{"Key": "env", "Value": "prod"}]}
    assert told(kind, Tagging.tags, {}, {"tags": tags}) == {"env": "prod"}
    assert told(kind, Tagging.tags, {}, {"tags": {"Tags": []}}) == {}
    assert told(kind, Tagging.tags, {}, {"tags": REFUSED}) is Reason.REFUSED
    assert told(kind, EncryptionInTransit.plaintext, {}) is Reason.NOT_ASKED
    assert told(kind, Exposure.public, {}) is Reason.NOT_ASKED
