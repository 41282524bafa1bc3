"""From the replies of EFS and FSx, and of what backs volumes up, to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
    Tls,
)
from scanner.providers.aws.ebs import VOLUME
from scanner.providers.aws.efs import FILE_SYSTEM
from scanner.providers.aws.fsx import BACKUP
from scanner.providers.aws.fsx import FILE_SYSTEM as FSX
from tests.scanner.providers.aws.states import (
    ABSENT,
    AWS_KEY,
    KEY,
    OWN_KEY,
    REFUSED,
    UNASKED,
    copies,
    plans,
    refs,
    told,
)

ITEM = {"FileSystemId": "fs-1", "Encrypted": True, "KmsKeyId": KEY, "Tags": []}
OWN = "arn:aws:elasticfilesystem:eu-west-2:111111111111:file-system/fs-1"
THERE = "arn:aws:elasticfilesystem:us-east-1:222222222222:file-system/fs-2"
FSX_ARN = "arn:aws:fsx:eu-west-2:111111111111:file-system/fs-1"
WEEK = {"AutomaticBackupRetentionDays": 7}
NO_DAYS = {"AutomaticBackupRetentionDays": 0}
PLACE = ("aws:eu-west-2",)


@pytest.mark.parametrize(
    ("item", "key", "state", "owner", "name"),
    [
        (ITEM, OWN_KEY, AtRest.ENCRYPTED, KeyOwner.CUSTOMER, KEY),
        (ITEM, AWS_KEY, AtRest.ENCRYPTED, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        (ITEM, REFUSED, AtRest.ENCRYPTED, Reason.REFUSED, KEY),
        ({**ITEM, "Encrypted": False}, UNASKED, AtRest.NONE, Inapplicable, Inapplicable),
        ({**ITEM, "Encrypted": "yes"}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
        ({}, UNASKED, Reason.SHAPE, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_encryption_of_a_file_system(item: object, key: object, state: object, owner: object, name: object) -> None:
    assert told(FILE_SYSTEM, EncryptionAtRest.state, item) == state
    assert told(FILE_SYSTEM, EncryptionAtRest.owner, item, {"key": key}) == owner
    assert told(FILE_SYSTEM, EncryptionAtRest.key, item) == name


@pytest.mark.parametrize(
    ("zone", "homes"),
    [(None, ["aws:eu-west-2"]), ("eu-west-2b", ["aws:eu-west-2"]), (7, [Reason.SHAPE])],
)
def test_a_file_system_is_in_its_region_or_its_one_zone(zone: object, homes: object) -> None:
    assert told(FILE_SYSTEM, Location.homes, {**ITEM, "AvailabilityZoneName": zone}) == homes


def _replication(source: object = OWN, **target: object) -> dict[str, Any]:
    destination = {"FileSystemId": "fs-2", "Region": "us-east-1", "OwnerId": "222222222222", **target}
    return {"Replications": [{"SourceFileSystemArn": source, "Destinations": [destination]}]}


@pytest.mark.parametrize(
    ("reply", "copied", "origins"),
    [
        (ABSENT, [], [Reason.NOT_ASKED]),
        (_replication(), [("replica", "aws:us-east-1", THERE)], [Reason.NOT_ASKED]),
        (
            _replication(OwnerId=None),
            [("replica", "aws:us-east-1", THERE.replace("222222222222", "*"))],
            [Reason.NOT_ASKED],
        ),
        (_replication(FileSystemId=None), [("replica", "aws:us-east-1", "")], [Reason.NOT_ASKED]),
        (_replication(Region=None), [Reason.SHAPE], [Reason.NOT_ASKED]),
        (_replication(source=THERE), [], [THERE, Reason.NOT_ASKED]),
        (_replication(source=None), [Reason.SHAPE], [Reason.NOT_ASKED, Reason.SHAPE]),
        ({}, [Reason.SHAPE], [Reason.NOT_ASKED, Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED], [Reason.NOT_ASKED, Reason.REFUSED]),
    ],
)
def test_replication_of_a_file_system(reply: object, copied: object, origins: object) -> None:
    assert copies(FILE_SYSTEM, Location.copies, ITEM, {"replication": reply}) == copied
    assert refs(FILE_SYSTEM, Lineage.origins, ITEM, {"replication": reply}) == origins


def _deny(action: object, **more: object) -> dict[str, Any]:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    return {
        "Policy": {
            "Statement": [
                {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": action, "Condition": condition, **more}
            ]
        }
    }


@pytest.mark.parametrize(
    ("reply", "plaintext"),
    [
        (ABSENT, True),
        (_deny("*"), False),
        (_deny("elasticfilesystem:ClientMount", Resource=OWN), False),
        (_deny("elasticfilesystem:ClientWrite"), Reason.UNDECIDED),
        (_deny("*", Resource=THERE), Reason.UNDECIDED),
        ({"Policy": {"Statement": "?"}}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_a_file_system_refuses_plaintext_by_its_policy(reply: object, plaintext: object) -> None:
    assert told(FILE_SYSTEM, EncryptionInTransit.plaintext, ITEM, {"policy": reply}) == plaintext
    assert told(FILE_SYSTEM, EncryptionInTransit.minimum_tls, ITEM) == Tls.V1_2
    assert told(FILE_SYSTEM, EncryptionInTransit.certificate_expires, ITEM) is Inapplicable


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (ABSENT, []),
        ({"BackupPolicy": {"Status": "ENABLED"}}, [("snapshot", "not_asked", "1 day", PLACE, True)]),
        ({"BackupPolicy": {"Status": "DISABLED"}}, []),
        ({"BackupPolicy": {"Status": "SOMETIMES"}}, [Reason.SHAPE]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_automatic_backups_of_a_file_system(reply: object, found: object) -> None:
    assert plans(FILE_SYSTEM, Backup.plans, ITEM, {"automatic": reply}) == found


@pytest.mark.parametrize(
    ("reply", "public"),
    [
        ({"MountTargets": []}, False),
        ({"MountTargets": [{"IpAddress": "10.0.0.1"}]}, False),
        ({"MountTargets": [{"IpAddress": "10.0.0.1"}, {"Ipv6Address": "2001:db8::1"}]}, Reason.UNDECIDED),
        ({}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_a_file_system_with_private_addresses_only_is_not_public(reply: object, public: object) -> None:
    assert told(FILE_SYSTEM, Exposure.public, ITEM, {"targets": reply}) == public


def test_tags_of_a_file_system() -> None:
    assert told(FILE_SYSTEM, Tagging.tags, {**ITEM, "Tags": [{"Key": "env", "Value": "prod"}]}) == {"env": "prod"}
    assert told(FILE_SYSTEM, Tagging.tags, {"FileSystemId": "fs-1"}) == Reason.SHAPE


# FSx


def _fsx(form: str = "WINDOWS", **fields: object) -> dict[str, Any]:
    return {"FileSystemType": form, "ResourceARN": FSX_ARN, **fields}


SCRATCH = _fsx("LUSTRE", LustreConfiguration={"DeploymentType": "SCRATCH_2"})


@pytest.mark.parametrize(
    ("item", "key", "owner", "name"),
    [
        (_fsx(KmsKeyId=KEY), OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (_fsx(KmsKeyId=KEY), REFUSED, Reason.REFUSED, KEY),
        (_fsx(), UNASKED, Reason.NOT_ASKED, Reason.SHAPE),
        (SCRATCH, UNASKED, KeyOwner.PROVIDER, "provider"),
        (
            _fsx("LUSTRE", LustreConfiguration={"DeploymentType": "PERSISTENT_2"}, KmsKeyId=KEY),
            AWS_KEY,
            KeyOwner.PROVIDER_IN_ACCOUNT,
            KEY,
        ),
        (_fsx("LUSTRE", KmsKeyId=KEY), OWN_KEY, Reason.SHAPE, Reason.SHAPE),
        (_fsx("TAPE", KmsKeyId=KEY), OWN_KEY, Reason.SHAPE, Reason.SHAPE),
    ],
)
def test_fsx_encrypts_always_with_the_key_that_it_names(item: object, key: object, owner: object, name: object) -> None:
    assert told(FSX, EncryptionAtRest.state, item) == AtRest.ENCRYPTED
    assert told(FSX, EncryptionAtRest.algorithms, item) == frozenset({"AES-256"})
    assert told(FSX, EncryptionAtRest.owner, item, {"key": key}) == owner
    assert told(FSX, EncryptionAtRest.key, item) == name


@pytest.mark.parametrize(
    ("item", "found"),
    [
        (
            _fsx(WindowsConfiguration={"AutomaticBackupRetentionDays": 7}),
            [("snapshot", "7 days", "1 day", PLACE, True)],
        ),
        (
            _fsx("OPENZFS", OpenZFSConfiguration={"AutomaticBackupRetentionDays": 90}),
            [("snapshot", "90 days", "1 day", PLACE, True)],
        ),
        (_fsx("ONTAP", OntapConfiguration=NO_DAYS), []),
        (_fsx("ONTAP", OntapConfiguration={}), [Reason.SHAPE]),
        (SCRATCH, []),
        (_fsx("TAPE"), [Reason.SHAPE]),
    ],
)
def test_automatic_backups_of_fsx(item: object, found: object) -> None:
    assert plans(FSX, Backup.plans, item) == found


def test_what_fsx_copies_is_followed_and_what_it_does_not_tell_is_said() -> None:
    log = "arn:aws:logs:eu-west-2:111111111111:log-group:/aws/fsx/windows:log-stream:fs-1"
    audited = _fsx(WindowsConfiguration={"AuditLogConfiguration": {"AuditLogDestination": log}})
    exported = _fsx(
        "LUSTRE", LustreConfiguration={"DataRepositoryConfiguration": {"ExportPath": "s3://results/nightly"}}
    )
    assert copies(FSX, Location.copies, audited) == [
        ("log-sink", "aws:eu-west-2", "arn:aws:logs:eu-west-2:111111111111:log-group:/aws/fsx/windows"),
        Reason.NOT_ASKED,
    ]
    assert copies(FSX, Location.copies, exported) == [
        ("replica", Reason.NOT_ASKED, "arn:aws:s3:::results"),
        Reason.NOT_ASKED,
    ]
    assert copies(FSX, Location.copies, _fsx()) == [Reason.NOT_ASKED]
    zone = {"subnets": {"Subnets": [{"SubnetId": "subnet-1", "AvailabilityZone": "us-east-1-bue-1a"}]}}
    assert told(FSX, Location.homes, _fsx(SubnetIds=["subnet-1"]), zone) == ["aws:us-east-1-bue-1"]
    assert told(FSX, Location.homes, _fsx(SubnetIds=["subnet-2"]), zone) == [Reason.UNDECIDED]
    assert told(FSX, Location.homes, _fsx(), zone) == [Reason.SHAPE]
    assert told(FSX, Location.homes, _fsx(SubnetIds=["subnet-1"]), {"subnets": REFUSED}) == [Reason.REFUSED]
    assert told(FSX, EncryptionInTransit.plaintext, _fsx()) == Reason.NOT_ASKED
    assert told(FSX, Exposure.public, _fsx()) == Reason.NOT_ASKED
    assert refs(FSX, Lineage.origins, _fsx()) == [Reason.NOT_ASKED]
    assert told(FSX, Tagging.tags, _fsx()) == {}


def _backup(form: object = "USER_INITIATED", **fields: object) -> dict[str, Any]:
    arn = "arn:aws:fsx:eu-west-2:111111111111:backup/backup-1"
    return {"Type": form, "ResourceARN": arn, "FileSystem": {"ResourceARN": FSX_ARN}, **fields}


@pytest.mark.parametrize(
    ("form", "found"),
    [
        ("USER_INITIATED", [("snapshot", "forever", "undecided", PLACE, True)]),
        ("AUTOMATIC", [("snapshot", "not_asked", "undecided", PLACE, True)]),
        ("AWS_BACKUP", [("snapshot", "not_asked", "undecided", PLACE, True)]),
        ("OTHER", [Reason.SHAPE]),
        (None, [Reason.SHAPE]),
    ],
)
def test_how_long_a_backup_of_fsx_is_kept(form: object, found: object) -> None:
    assert plans(BACKUP, Backup.plans, _backup(form)) == found


OF_VOLUME = {"ResourceARN": "arn:aws:fsx:eu-west-2:111111111111:volume/fs-9/fsvol-1", "FileSystemId": "fs-9"}


@pytest.mark.parametrize(
    ("item", "origins"),
    [
        (_backup(), [FSX_ARN]),
        (_backup(Volume=OF_VOLUME), [FSX_ARN.replace("fs-1", "fs-9")]),
        (
            _backup(SourceBackupId="backup-0", SourceBackupRegion="us-east-1"),
            ["arn:aws:fsx:us-east-1:*:backup/backup-0", FSX_ARN],
        ),
        (
            _backup(SourceBackupId="backup-0", SourceBackupRegion="us-east-1", FileSystem={}),
            ["arn:aws:fsx:us-east-1:*:backup/backup-0"],
        ),
        (_backup(SourceBackupId="backup-0"), [Reason.SHAPE]),
        (_backup(FileSystem={}), [Reason.SHAPE]),
    ],
)
def test_what_a_backup_of_fsx_was_made_of(item: object, origins: object) -> None:
    assert refs(BACKUP, Lineage.origins, item) == origins
    assert told(BACKUP, Location.homes, item) == ["aws:eu-west-2"]
    assert told(BACKUP, Location.copies, item) == []
    assert told(BACKUP, Exposure.public, item) is False
    assert told(BACKUP, EncryptionAtRest.owner, {"KmsKeyId": KEY}, {"key": OWN_KEY}) == KeyOwner.CUSTOMER


# Volumes of EBS


def test_a_volume_has_no_plan_but_those_of_the_services_that_cover_it() -> None:
    assert plans(VOLUME, Backup.plans, {"VolumeId": "vol-1"}) == []
    assert VOLUME.covered_by == ("aws.backup.plan", "aws.dlm.policy")
