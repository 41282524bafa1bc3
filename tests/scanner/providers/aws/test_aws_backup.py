"""From the replies of AWS Backup to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    Backup,
    EncryptionAtRest,
    Exposure,
    KeyOwner,
    Lineage,
    Location,
    Plan,
    Reason,
    Tagging,
    Unknown,
)
from scanner.providers.aws.backup import PLAN, VAULT
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

VAULT_ARN = "arn:aws:backup:eu-west-2:111111111111:backup-vault:main"
FAR = "arn:aws:backup:us-east-1:222222222222:backup-vault:far"
ORDERS = "arn:aws:rds:eu-west-2:111111111111:db:orders"
ITEM = {
    "BackupVaultArn": VAULT_ARN,
    "BackupVaultName": "main",
    "EncryptionKeyArn": KEY,
    "Locked": False,
    "VaultType": "BACKUP_VAULT",
}
HERE = ("aws:eu-west-2",)


def _point(days: object = 35, **fields: object) -> dict[str, Any]:
    lifecycle = {"DeleteAfterDays": days}
    return {"Status": "COMPLETED", "Lifecycle": lifecycle, "IsEncrypted": True, "ResourceArn": ORDERS, **fields}


def _points(*points: object) -> dict[str, Any]:
    return {"points": {"RecoveryPoints": list(points)}}


def _kept(retention: str, encrypted: object = True) -> tuple[object, ...]:
    return ("snapshot", retention, "undecided", HERE, encrypted)


@pytest.mark.parametrize(
    ("points", "found"),
    [
        (_points(), []),
        (_points(_point(), _point(), _point(365)), [_kept("35 days"), _kept("365 days")]),
        (_points(_point(-1)), [_kept("forever")]),
        (_points(_point(Lifecycle=None)), [_kept("forever")]),
        (_points(_point(Lifecycle={"DeleteAfterEvent": "DELETE_AFTER_COPY"})), [_kept("undecided")]),
        (_points(_point(IsEncrypted=False)), [_kept("35 days", encrypted=False)]),
        (_points(_point(IsEncrypted=None)), [_kept("35 days", Reason.SHAPE)]),
        (_points(_point(Status="DELETING"), _point(Status="CREATING")), []),
        (_points(_point(Status="EXPIRED")), [_kept("undecided")]),
        (_points(_point(Status="?"), _point(7)), [_kept("7 days"), Reason.SHAPE]),
        (_points(_point("soon")), [Reason.SHAPE]),
        ({"points": {}}, [Reason.SHAPE]),
        ({"points": REFUSED}, [Reason.REFUSED]),
    ],
)
def test_a_vault_answers_for_each_way_in_which_its_recovery_points_are_kept(points: Any, found: object) -> None:
    assert plans(VAULT, Backup.plans, ITEM, points) == found


def _immutable(**item: object) -> object:
    found = told(VAULT, Backup.plans, {**ITEM, **item}, _points(_point()))
    assert isinstance(found, list)
    (plan,) = found
    assert isinstance(plan, Plan)
    return plan.immutable.reason if isinstance(plan.immutable, Unknown) else plan.immutable


def test_a_recovery_point_is_immutable_where_nobody_can_take_the_lock_off() -> None:
    air_gapped = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT"
    assert _immutable() is False
    assert _immutable(Locked=True) is False
    assert _immutable(Locked=True, LockDate="2026-01-01T00:00:00+00:00") is Reason.UNDECIDED
    assert _immutable(Locked=True, VaultType=air_gapped) is True
    assert _immutable(Locked=None) is Reason.SHAPE


@pytest.mark.parametrize(
    ("points", "state"),
    [
        (_points(), AtRest.ENCRYPTED),
        (_points(_point()), AtRest.ENCRYPTED),
        (_points(_point(), _point(IsEncrypted=False)), AtRest.NONE),
        (_points(_point(), _point(IsEncrypted=False, Status="CREATING")), AtRest.ENCRYPTED),
        (_points(_point(IsEncrypted=None)), Reason.SHAPE),
        ({"points": REFUSED}, Reason.REFUSED),
    ],
)
def test_a_vault_is_encrypted_as_its_recovery_points_are(points: Any, state: object) -> None:
    assert told(VAULT, EncryptionAtRest.state, ITEM, points) == state
    assert told(VAULT, EncryptionAtRest.algorithms, ITEM, points) == Reason.NOT_ASKED


@pytest.mark.parametrize(
    ("item", "key", "owner", "name"),
    [
        (ITEM, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        (ITEM, AWS_KEY, KeyOwner.PROVIDER_IN_ACCOUNT, KEY),
        ({**ITEM, "EncryptionKeyType": "CUSTOMER_MANAGED_KMS_KEY"}, OWN_KEY, KeyOwner.CUSTOMER, KEY),
        ({**ITEM, "EncryptionKeyType": "AWS_OWNED_KMS_KEY"}, UNASKED, KeyOwner.PROVIDER, "provider"),
        ({**ITEM, "EncryptionKeyType": "?"}, OWN_KEY, Reason.SHAPE, Reason.SHAPE),
        ({**ITEM, "EncryptionKeyArn": None}, UNASKED, Reason.NOT_ASKED, Reason.SHAPE),
        (ITEM, REFUSED, Reason.REFUSED, KEY),
    ],
)
def test_the_key_of_a_vault(item: object, key: object, owner: object, name: object) -> None:
    assert told(VAULT, EncryptionAtRest.owner, item, {"key": key}) == owner
    assert told(VAULT, EncryptionAtRest.key, item) == name


@pytest.mark.parametrize(
    ("policy", "public"),
    [
        (ABSENT, False),
        ({"Policy": {"Statement": {"Effect": "Deny", "Principal": "*", "Action": "backup:*"}}}, False),
        (
            {"Policy": {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "backup:CopyIntoBackupVault"}]}},
            True,
        ),
        ({"Policy": {}}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_a_vault_is_open_by_its_policy(policy: object, public: object) -> None:
    assert told(VAULT, Exposure.public, ITEM, {"policy": policy}) == public


def test_where_a_vault_is_what_it_holds_and_its_tags() -> None:
    assert told(VAULT, Location.homes, ITEM) == ["aws:eu-west-2"]
    assert told(VAULT, Location.copies, ITEM) == []
    assert refs(VAULT, Lineage.origins, ITEM, _points(_point(), _point())) == [ORDERS]
    assert refs(VAULT, Lineage.origins, ITEM, _points(_point(ResourceArn=None))) == [Reason.SHAPE]
    assert told(VAULT, Tagging.tags, ITEM, {"tags": {"Tags": {"env": "prod"}}}) == {"env": "prod"}
    assert told(VAULT, Tagging.tags, ITEM, {"tags": {}}) == {}
    assert told(VAULT, Tagging.tags, ITEM, {"tags": REFUSED}) == Reason.REFUSED


PLAN_ITEM = {"BackupPlanArn": "arn:aws:backup:eu-west-2:111111111111:backup-plan:p-1", "BackupPlanId": "p-1"}


def _rule(**fields: object) -> dict[str, Any]:
    rule = {"TargetBackupVaultName": "main", "Lifecycle": {"DeleteAfterDays": 365}, **fields}
    return {"plan": {"BackupPlan": {"Rules": [rule]}}}


def _plan(retention: str, every: str, place: object = HERE, kind: str = "snapshot") -> tuple[object, ...]:
    return (kind, retention, every, place, Reason.NOT_ASKED)


FAR_COPY = {"DestinationBackupVaultArn": FAR, "Lifecycle": {"DeleteAfterDays": 30}}


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (_rule(), [_plan("365 days", "1 day")]),
        (_rule(Lifecycle=None), [_plan("forever", "1 day")]),
        (_rule(EnableContinuousBackup=True), [_plan("365 days", "1 day", kind="continuous")]),
        (_rule(EnableContinuousBackup=False), [_plan("365 days", "1 day")]),
        (_rule(EnableContinuousBackup="no"), [Reason.SHAPE]),
        (_rule(CopyActions=[FAR_COPY]), [_plan("365 days", "1 day"), _plan("30 days", "1 day", ("aws:us-east-1",))]),
        (
            _rule(CopyActions=[{**FAR_COPY, "DestinationBackupVaultArn": "far", "Lifecycle": {"DeleteAfterDays": -1}}]),
            [_plan("365 days", "1 day"), _plan("forever", "1 day", Reason.SHAPE)],
        ),
        ({"plan": {}}, [Reason.SHAPE]),
        ({"plan": REFUSED}, [Reason.REFUSED]),
    ],
)
def test_the_rules_of_a_plan_and_their_copies(reply: Any, found: object) -> None:
    assert plans(PLAN, Backup.plans, PLAN_ITEM, reply) == found


@pytest.mark.parametrize(
    ("schedule", "every"),
    [
        (None, "1 day"),
        ("cron(0 * * * ? *)", "1 hour"),
        ("cron(30 5 ? * * *)", "1 day"),
        ("cron(0 5 ? * SUN *)", "7 days"),
        ("cron(0 5 ? * 1 *)", "7 days"),
        ("cron(0 5 1 * ? *)", "31 days"),
        ("cron(0 5 28 * ? *)", "31 days"),
        ("cron(0 5 29 * ? *)", "undecided"),
        ("cron(0 5 L * ? *)", "31 days"),
        ("cron(0 5 ? * MON-FRI *)", "undecided"),
        ("cron(0 5 ? * 6L *)", "undecided"),
        ("cron(0 5 15W * ? *)", "undecided"),
        ("cron(0 5 LW * ? *)", "undecided"),
        ("cron(0 5,17 ? * * *)", "undecided"),
        ("cron(0/5 * * * ? *)", "undecided"),
        ("cron(0 5 1 1 ? *)", "undecided"),
        ("cron(0 5 ? * * 2026)", "undecided"),
        ("rate(12 hours)", "12 hours"),
        ("at noon", "undecided"),
    ],
)
def test_how_often_a_schedule_starts(schedule: str | None, every: str) -> None:
    assert plans(PLAN, Backup.plans, PLAN_ITEM, _rule(ScheduleExpression=schedule)) == [_plan("365 days", every)]


def test_a_plan_names_the_vaults_that_it_fills() -> None:
    assert copies(PLAN, Location.copies, PLAN_ITEM, _rule(CopyActions=[FAR_COPY])) == [
        ("backup", "aws:eu-west-2", VAULT_ARN),
        ("backup", "aws:us-east-1", FAR),
    ]
    assert copies(PLAN, Location.copies, PLAN_ITEM, {"plan": REFUSED}) == [Reason.REFUSED]
    assert told(PLAN, Location.homes, PLAN_ITEM) == ["aws:eu-west-2"]
    assert told(PLAN, Tagging.tags, PLAN_ITEM, {"tags": {"Tags": {"a": "b"}}}) == {"a": "b"}
