"""What plans of AWS Backup and of Data Lifecycle Manager cover: from their replies to the plans of resources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from scanner.backups import Covers
from scanner.collect.runner import Record
from scanner.estate import Resource
from scanner.facts import Backup, Kind, Known, Plan, Protection, Reason, Seen, State, Tagging, Unknown
from scanner.providers.aws import PROVIDER
from scanner.providers.aws.backup import PLAN
from scanner.providers.aws.dlm import POLICY
from tests.scanner.providers.aws.states import FAILED, REFUSED, state, told

REGION, ACCOUNT = "eu-west-2", "111111111111"
TYPES = {kind.name: kind for kind in PROVIDER.types}
ON = dict.fromkeys(("Aurora", "DocumentDB", "DynamoDB", "EBS", "EC2", "EFS", "FSx", "Neptune", "RDS", "S3"), True)
RULE = {"TargetBackupVaultName": "main", "Lifecycle": {"DeleteAfterDays": 35}}
ITEM = {"BackupPlanArn": f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-plan:p-1", "BackupPlanId": "p-1"}
DAILY, ALL_DAY = {"backup": "daily"}, {"backup": "daily", "team": "shop"}


def _arn(resource: str) -> str:
    return f"arn:aws:{resource.replace('::', f':{REGION}:{ACCOUNT}:', 1)}"


ORDERS, ALBUM, DISK = _arn("dynamodb::table/orders"), "arn:aws:s3:::album", _arn("ec2::volume/vol-1")
DATABASE, LEDGER, FILES = _arn("rds::db:orders"), _arn("rds::cluster:ledger"), _arn("fsx::file-system/fs-1")
TABLE, BUCKET, VOLUME = "aws.dynamodb.table", "aws.s3.bucket", "aws.ec2.volume"
INSTANCE, CLUSTER, SHARE = "aws.rds.instance", "aws.rds.cluster", "aws.fsx.file-system"


def _record(kind: str, name: str, region: str = REGION) -> Record:
    return Record(name, kind, Kind.DATA, "aws", ACCOUNT, region, "aws", name, {})


def _covered(by: str, covers: State, kind: str, name: str, tags: Mapping[str, str], region: str = REGION) -> object:
    """How long a resource's plans are kept, and the reasons of what is not known of them."""
    service = Resource(_record(by, "service"), {Protection.covers.key: covers})
    own: dict[str, State] = {Backup.plans.key: Known(Seen()), Tagging.tags.key: Known(tags)}
    covering = Covers((), {ACCOUNT})
    covering.add(service)
    found = covering.protect(Resource(_record(kind, name, region), own), TYPES[kind])
    plans = found.states[Backup.plans.key]
    assert isinstance(plans, Known)
    assert isinstance(plans.value, Seen)
    return [*(_kept(plan) for plan in plans.value.items), *(gap.reason for gap in plans.value.gaps)]


def _kept(plan: Plan) -> object:
    return plan.retention.reason if isinstance(plan.retention, Unknown) else str(plan.retention)


def _replies(*selections: object, settings: object = None, rules: object = (RULE,)) -> dict[str, Any]:
    listed = [{"BackupPlanId": "p-1", "SelectionId": str(number)} for number, _ in enumerate(selections)]
    chosen = [{"of": of, "body": {"BackupSelection": each}} for of, each in zip(listed, selections, strict=True)]
    return {
        "plan": {"BackupPlan": {"Rules": list(rules) if isinstance(rules, tuple) else rules}},
        "selections": {"BackupSelectionsList": listed},
        "selection": chosen,
        "settings": {"ResourceTypeOptInPreference": settings or ON},
    }


def _by(selection: object, kind: str, name: str, tags: Mapping[str, str], settings: object = None) -> object:
    found = state(PLAN, Protection.covers, ITEM, _replies(selection, settings=settings))
    return _covered("aws.backup.plan", found, kind, name, tags)


def _when(operator: str, key: str = "backup", value: str = "daily") -> dict[str, Any]:
    return {operator: [{"ConditionKey": f"aws:ResourceTag/{key}", "ConditionValue": value}]}


def _listed(*tags: tuple[str, str]) -> list[dict[str, str]]:
    return [{"ConditionType": "STRINGEQUALS", "ConditionKey": key, "ConditionValue": value} for key, value in tags]


KEPT, NOT_TOLD = ["35 days"], [Reason.UNDECIDED]


@pytest.mark.parametrize(
    ("selection", "kind", "name", "tags", "found"),
    [
        pytest.param({"Resources": [ORDERS]}, TABLE, ORDERS, {}, KEPT, id="by its ARN"),
        pytest.param({"Resources": [f"{ORDERS}-old"]}, TABLE, ORDERS, {}, [], id="by another's ARN"),
        pytest.param({"Resources": ["arn:aws:dynamodb:*:*:table/*"]}, TABLE, ORDERS, {}, KEPT, id="by its type"),
        pytest.param({"Resources": ["arn:aws:rds:*:*:db:*"]}, TABLE, ORDERS, {}, [], id="by another type"),
        pytest.param({"Resources": ["arn:aws:dynamodb:*"]}, TABLE, ORDERS, {}, KEPT, id="by its service"),
        pytest.param({"Resources": ["arn:aws:s3:::*"]}, BUCKET, ALBUM, {}, KEPT, id="a bucket"),
        pytest.param({"Resources": ["*"]}, BUCKET, ALBUM, {}, KEPT, id="everything"),
        pytest.param({}, INSTANCE, DATABASE, {}, KEPT, id="everything where nothing is said"),
        pytest.param({"Resources": ["*"], "NotResources": ["arn:aws:s3:::*"]}, BUCKET, ALBUM, {}, [], id="left out"),
        pytest.param({"Resources": ["*"], "NotResources": ["arn:aws:s3:::*"]}, TABLE, ORDERS, {}, KEPT, id="not left"),
        pytest.param({"NotResources": ["arn:aws:s3:::*"]}, TABLE, ORDERS, {}, KEPT, id="all but what is left out"),
        pytest.param({"ListOfTags": _listed(("backup", "daily"))}, TABLE, ORDERS, DAILY, KEPT, id="by a tag"),
        pytest.param({"ListOfTags": _listed(("backup", "daily"))}, TABLE, ORDERS, {}, [], id="not by a tag"),
        pytest.param(
            {"ListOfTags": _listed(("a", "b"), ("backup", "daily"))}, TABLE, ORDERS, DAILY, KEPT, id="by one of two"
        ),
        pytest.param(
            {"Resources": [ORDERS], "ListOfTags": _listed(("backup", "daily"))},
            TABLE,
            ORDERS,
            {},
            KEPT,
            id="ARN or tag",
        ),
        pytest.param(
            {"Resources": ["arn:aws:s3:::*"], "ListOfTags": _listed(("backup", "daily"))},
            *(TABLE, ORDERS, DAILY, KEPT),
            id="tag or ARN",
        ),
        pytest.param({"Conditions": _when("StringEquals")}, TABLE, ORDERS, DAILY, KEPT, id="by a condition"),
        pytest.param({"Conditions": _when("StringEquals")}, TABLE, ORDERS, {}, [], id="not by a condition"),
        pytest.param(
            {"Resources": [ORDERS], "Conditions": _when("StringEquals")}, TABLE, ORDERS, {}, [], id="ARN and condition"
        ),
        pytest.param(
            {"Resources": [ORDERS], "Conditions": _when("StringLike", value="d*")},
            TABLE,
            ORDERS,
            DAILY,
            KEPT,
            id="like",
        ),
        pytest.param(
            {"Conditions": {**_when("StringLike", value="d*"), **_when("StringEquals", "team", "shop")}},
            *(TABLE, ORDERS, DAILY, []),
            id="one of two conditions",
        ),
        pytest.param(
            {"Conditions": {**_when("StringLike", value="d*"), **_when("StringEquals", "team", "shop")}},
            *(TABLE, ORDERS, ALL_DAY, KEPT),
            id="both conditions",
        ),
        pytest.param({"Conditions": _when("StringNotEquals")}, TABLE, ORDERS, DAILY, [], id="the excluded value"),
        pytest.param(
            {"Conditions": _when("StringNotEquals")}, TABLE, ORDERS, {"backup": "no"}, KEPT, id="another value"
        ),
        pytest.param({"Conditions": _when("StringNotLike")}, TABLE, ORDERS, {}, NOT_TOLD, id="no such tag"),
        pytest.param(
            {"ListOfTags": _listed(("backup", "daily")), "Conditions": _when("StringEquals", "team", "shop")},
            *(TABLE, ORDERS, ALL_DAY, NOT_TOLD),
            id="two lists of tags",
        ),
        pytest.param({"ListOfTags": _listed(("backup", "d*"))}, TABLE, ORDERS, {}, NOT_TOLD, id="a star in a value"),
        pytest.param({"ListOfTags": _listed(("backup", ""))}, TABLE, ORDERS, {"backup": ""}, KEPT, id="an empty value"),
        pytest.param({"Resources": "*"}, TABLE, ORDERS, {}, [Reason.SHAPE], id="no list"),
        pytest.param({"ListOfTags": [{}]}, TABLE, ORDERS, {}, [Reason.SHAPE], id="no tag"),
    ],
)
def test_a_plan_covers_what_its_selections_choose(
    selection: object, kind: str, name: str, tags: Mapping[str, str], found: object
) -> None:
    assert _by(selection, kind, name, tags) == found


@pytest.mark.parametrize(
    ("selection", "kind", "name", "off", "found"),
    [
        pytest.param({"Resources": ["*"]}, TABLE, ORDERS, "DynamoDB", [], id="everything"),
        pytest.param({"Resources": ["arn:aws:dynamodb:*"]}, TABLE, ORDERS, "DynamoDB", [], id="a service"),
        pytest.param({"ListOfTags": _listed(("backup", "daily"))}, TABLE, ORDERS, "DynamoDB", [], id="tags"),
        pytest.param({"Resources": ["arn:aws:dynamodb:*:*:table/*"]}, TABLE, ORDERS, "DynamoDB", KEPT, id="a type"),
        pytest.param({"Resources": [ORDERS]}, TABLE, ORDERS, "DynamoDB", KEPT, id="an ARN"),
        pytest.param({"Resources": ["arn:aws:s3:::*"]}, BUCKET, ALBUM, "S3", KEPT, id="the only type"),
        pytest.param({"Resources": ["arn:aws:rds:*:*:cluster:*"]}, CLUSTER, LEDGER, "Aurora", NOT_TOLD, id="shared"),
        pytest.param({"Resources": ["*"]}, CLUSTER, LEDGER, "RDS", NOT_TOLD, id="one service of two"),
        pytest.param({"Resources": ["*"]}, INSTANCE, DATABASE, "Aurora", KEPT, id="not its service"),
        pytest.param({"Resources": [FILES]}, SHARE, FILES, "FSx", [], id="a file system"),
        pytest.param({"Resources": [FILES]}, SHARE, FILES, "S3", KEPT, id="a file system by its ARN"),
        pytest.param({"Resources": ["*"]}, SHARE, FILES, "S3", NOT_TOLD, id="file systems or their volumes"),
        pytest.param(
            {"Resources": ["*"]}, "aws.redshift.cluster", "r", "S3", NOT_TOLD, id="a service that is not told"
        ),
    ],
)
def test_services_that_the_region_has_not_opted_in_to(
    selection: object, kind: str, name: str, off: str, found: object
) -> None:
    assert _by(selection, kind, name, DAILY, {**ON, off: False}) == found


@pytest.mark.parametrize(
    ("selection", "settings", "tags", "found"),
    [
        pytest.param({"Resources": ["*"]}, ON, {}, KEPT, id="taken itself"),
        pytest.param({"Resources": ["*"]}, {**ON, "EBS": False}, {}, NOT_TOLD, id="by its instance alone"),
        pytest.param({"Resources": ["*"]}, {**ON, "EBS": False, "EC2": False}, {}, [], id="neither"),
        pytest.param({"Resources": ["arn:aws:ec2:*:*:instance/*"]}, ON, {}, NOT_TOLD, id="instances"),
        pytest.param({"Resources": ["arn:aws:ec2:*:*:volume/*"]}, {**ON, "EBS": False}, {}, KEPT, id="volumes"),
        pytest.param({"ListOfTags": _listed(("backup", "daily"))}, ON, DAILY, KEPT, id="by its tag"),
        pytest.param({"ListOfTags": _listed(("backup", "daily"))}, ON, {}, NOT_TOLD, id="by its instance's tag"),
        pytest.param({"Resources": ["*"], "NotResources": [DISK]}, ON, {}, NOT_TOLD, id="left out itself"),
    ],
)
def test_a_volume_may_be_backed_up_with_its_instance(
    selection: object, settings: object, tags: Mapping[str, str], found: object
) -> None:
    assert _by(selection, VOLUME, DISK, tags, settings) == found


def test_a_plan_covers_nothing_elsewhere_and_each_rule_makes_a_plan() -> None:
    rules = (RULE, {**RULE, "Lifecycle": {"DeleteAfterDays": 365}, "ScheduleExpression": "cron(0 5 1 * ? *)"})
    found = state(PLAN, Protection.covers, ITEM, _replies({"Resources": ["*"]}, rules=rules))
    assert _covered("aws.backup.plan", found, TABLE, ORDERS, {}) == ["35 days", "365 days"]
    assert _covered("aws.backup.plan", found, TABLE, ORDERS, {}, "eu-west-1") == []


def test_what_one_selection_leaves_open_keeps_no_other_from_being_told() -> None:
    replies = _replies({"Resources": ["*"]}, {"Resources": "*"}, {"Resources": [ORDERS]})
    replies["selection"][0] = {"of": replies["selection"][0]["of"], "refused": "AccessDenied"}
    found = state(PLAN, Protection.covers, ITEM, replies)
    assert _covered("aws.backup.plan", found, TABLE, ORDERS, {}) == ["35 days", Reason.REFUSED, Reason.SHAPE]
    assert told(PLAN, Protection.covers, ITEM, {**replies, "selection": replies["selection"][:1]}) == [Reason.REFUSED]


@pytest.mark.parametrize(
    ("continuous", "kinds"),
    [(True, {BUCKET: "continuous", INSTANCE: "continuous", TABLE: "snapshot"}), (False, {BUCKET: "snapshot"})],
)
def test_types_without_continuous_backups_get_snapshots(continuous: object, kinds: Mapping[str, str]) -> None:
    rules = ({**RULE, "EnableContinuousBackup": continuous},)
    found = told(PLAN, Protection.covers, ITEM, _replies({"Resources": ["*"]}, rules=rules))
    assert isinstance(found, list)
    made = {name: each.plan.kind.value for each in found if isinstance(each.plan, Plan) for name in each.types}
    assert {name: made[name] for name in kinds} == kinds


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"selections": {"BackupSelectionsList": []}, "selection": FAILED}, []),
        ({"selections": {}}, [Reason.SHAPE]),
        ({"selections": REFUSED, "selection": REFUSED}, [Reason.REFUSED]),
        ({"selection": REFUSED}, [Reason.REFUSED]),
        ({"selection": {}}, [Reason.SHAPE]),
        ({"settings": REFUSED}, [Reason.REFUSED]),
        ({"settings": {}}, [Reason.SHAPE]),
        ({"settings": {"ResourceTypeOptInPreference": {"EBS": "yes"}}}, [Reason.SHAPE]),
        ({"plan": REFUSED}, [Reason.REFUSED]),
        ({"plan": {}}, [Reason.SHAPE]),
    ],
)
def test_what_is_not_seen_of_a_plan_is_a_gap_in_what_it_covers(change: dict[str, Any], found: object) -> None:
    assert told(PLAN, Protection.covers, ITEM, {**_replies({"Resources": ["*"]}), **change}) == found


# Data Lifecycle Manager

NIGHTLY = {"CreateRule": {"Interval": 24}, "RetainRule": {"Interval": 2, "IntervalUnit": "WEEKS"}}
TAGGED = {"ResourceTypes": ["VOLUME"], "TargetTags": [{"Key": "backup", "Value": "daily"}], "Schedules": [NIGHTLY]}
SUMMARY = {"PolicyId": "policy-1", "State": "ENABLED", "PolicyType": "EBS_SNAPSHOT_MANAGEMENT"}
DEFAULT = {**SUMMARY, "DefaultPolicy": True}


def _disk(item: object, details: object, tags: Mapping[str, str]) -> object:
    found = state(POLICY, Protection.covers, item, {"policy": {"Policy": {"PolicyDetails": details}}})
    return _covered("aws.dlm.policy", found, VOLUME, DISK, tags)


def _scheduled(**change: object) -> dict[str, Any]:
    return {**TAGGED, "Schedules": [{**NIGHTLY, **change}]}


COPIED = {"Target": "eu-west-1", "RetainRule": {"Interval": 1, "IntervalUnit": "YEARS"}}


@pytest.mark.parametrize(
    ("item", "details", "tags", "found"),
    [
        pytest.param(SUMMARY, TAGGED, DAILY, ["14 days"], id="by its tag"),
        pytest.param(SUMMARY, TAGGED, {}, [], id="without the tag"),
        pytest.param({**SUMMARY, "State": "DISABLED"}, TAGGED, DAILY, [], id="switched off"),
        pytest.param({**SUMMARY, "State": "ERROR"}, TAGGED, DAILY, NOT_TOLD, id="in error"),
        pytest.param({**SUMMARY, "State": "ERROR"}, TAGGED, {}, [], id="in error, without the tag"),
        pytest.param({**SUMMARY, "State": "?"}, TAGGED, DAILY, [Reason.SHAPE], id="an unforeseen state"),
        pytest.param({**SUMMARY, "PolicyType": "EVENT_BASED_POLICY"}, {}, DAILY, [], id="copies of shared ones"),
        pytest.param({**SUMMARY, "PolicyType": "IMAGE_MANAGEMENT"}, TAGGED, {}, NOT_TOLD, id="images of instances"),
        pytest.param({**SUMMARY, "PolicyType": "?"}, TAGGED, DAILY, [Reason.SHAPE], id="an unforeseen type"),
        pytest.param(SUMMARY, {**TAGGED, "ResourceTypes": ["INSTANCE"]}, {}, NOT_TOLD, id="instances"),
        pytest.param(SUMMARY, {**TAGGED, "ResourceLocations": ["CLOUD"]}, DAILY, ["14 days"], id="in the region"),
        pytest.param(SUMMARY, {**TAGGED, "ResourceLocations": ["OUTPOST"]}, DAILY, NOT_TOLD, id="on an Outpost"),
        pytest.param(SUMMARY, {**TAGGED, "TargetTags": [{"Key": "a", "Value": "*"}]}, DAILY, [Reason.SHAPE], id="star"),
        pytest.param(SUMMARY, _scheduled(RetainRule={"Count": 7}), DAILY, NOT_TOLD, id="a count"),
        pytest.param(SUMMARY, _scheduled(RetainRule={}), DAILY, [Reason.SHAPE], id="no retention"),
        pytest.param(SUMMARY, _scheduled(ArchiveRule={"RetainRule": {}}), DAILY, [Reason.NOT_ASKED], id="archived"),
        pytest.param(SUMMARY, _scheduled(CrossRegionCopyRules=[COPIED]), DAILY, ["14 days", "365 days"], id="copied"),
        pytest.param(SUMMARY, {}, DAILY, [Reason.SHAPE], id="no details"),
        pytest.param(DEFAULT, {"ResourceType": "VOLUME"}, {}, ["7 days"], id="the default policy"),
        pytest.param(DEFAULT, {"ResourceType": "VOLUME", "RetainInterval": 14}, {}, ["14 days"], id="for longer"),
        pytest.param(DEFAULT, {"ResourceType": "INSTANCE"}, {}, NOT_TOLD, id="the default policy of instances"),
        pytest.param(
            DEFAULT,
            {"ResourceType": "VOLUME", "Exclusions": {"ExcludeTags": [{"Key": "backup", "Value": "daily"}]}},
            *(DAILY, []),
            id="left out by its tag",
        ),
        pytest.param(
            DEFAULT,
            {"ResourceType": "VOLUME", "Exclusions": {"ExcludeTags": [{"Key": "backup", "Value": "daily"}]}},
            *({}, ["7 days"]),
            id="not left out",
        ),
        pytest.param(
            DEFAULT,
            {"ResourceType": "VOLUME", "Exclusions": {"ExcludeBootVolumes": True}},
            *({}, NOT_TOLD),
            id="boot volumes are left out",
        ),
        pytest.param(
            DEFAULT,
            {"ResourceType": "VOLUME", "Exclusions": {"ExcludeVolumeTypes": ["gp3"]}},
            *({}, NOT_TOLD),
            id="some volumes are left out",
        ),
    ],
)
def test_volumes_that_a_lifecycle_policy_covers(
    item: object, details: object, tags: Mapping[str, str], found: object
) -> None:
    assert _disk(item, details, tags) == found


@pytest.mark.parametrize(
    ("change", "every", "places"),
    [
        ({}, "1 day", ("aws:eu-west-2",)),
        ({"CreateRule": {"CronExpression": "cron(0 5 ? * SUN *)"}}, "7 days", ("aws:eu-west-2",)),
        ({"CreateRule": {"Interval": 12, "Location": "OUTPOST_LOCAL"}}, "12 hours", Reason.UNDECIDED),
        ({"CreateRule": {}}, Reason.SHAPE, ("aws:eu-west-2",)),
    ],
)
def test_how_often_snapshots_are_made_and_where_they_lie(
    change: dict[str, object], every: object, places: object
) -> None:
    cover = _covers(_scheduled(**change))[0]
    assert (_part(cover.plan.every), _part(cover.plan.places)) == (every, places)
    assert _part(cover.plan.encrypted) == _part(cover.plan.immutable) == Reason.NOT_ASKED


@pytest.mark.parametrize(
    ("rule", "places"),
    [
        (COPIED, ("aws:eu-west-1",)),
        ({**COPIED, "Target": None, "TargetRegion": "us-east-1"}, ("aws:us-east-1",)),
        ({**COPIED, "Target": "arn:aws:outposts:eu-west-2:111111111111:outpost/op-1"}, Reason.UNDECIDED),
        ({**COPIED, "Target": None}, Reason.SHAPE),
    ],
)
def test_where_copies_of_snapshots_lie(rule: object, places: object) -> None:
    assert _part(_covers(_scheduled(CrossRegionCopyRules=[rule]))[1].plan.places) == places


def test_the_default_policy_copies_to_other_regions() -> None:
    copied = {"ResourceType": "VOLUME", "CrossRegionCopyTargets": [{"TargetRegion": "eu-west-1"}]}
    assert [cover.plan.places for cover in _covers(copied, DEFAULT)] == [("aws:eu-west-2",), ("aws:eu-west-1",)]


def _covers(details: object, item: object = SUMMARY) -> list[Any]:
    found = told(POLICY, Protection.covers, item, {"policy": {"Policy": {"PolicyDetails": details}}})
    assert isinstance(found, list)
    return found


def _part(value: object) -> object:
    if isinstance(value, Unknown):
        return value.reason
    return value if isinstance(value, tuple) else str(value)


def test_what_is_not_seen_of_a_lifecycle_policy() -> None:
    assert told(POLICY, Protection.covers, SUMMARY, {"policy": REFUSED}) == [Reason.REFUSED]
    assert told(POLICY, Protection.covers, {}, {"policy": {}}) == [Reason.SHAPE]
    assert told(POLICY, Tagging.tags, {**SUMMARY, "Tags": {"a": "b"}}) == {"a": "b"}
    assert told(POLICY, Tagging.tags, SUMMARY) == {}
