"""Amazon Data Lifecycle Manager: the policies that make snapshots of volumes, and delete them.

A policy of one's own takes the volumes of its account and region that have one of its tags; a default policy takes all
but those that it leaves out (docs.aws.amazon.com/ebs/latest/userguide/snapshot-lifecycle.html, and botocore's model of
PolicyDetails).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    JSON,
    Cover,
    Duration,
    Kind,
    Location,
    Node,
    NotKnown,
    Plan,
    PlanKind,
    Protection,
    Reason,
    Tagging,
    Unknown,
    View,
    flag,
    key_values,
    pairs,
    text,
    texts,
    whole,
)
from scanner.places import aws
from scanner.providers.aws.backup import every
from scanner.providers.aws.common import part
from scanner.providers.aws.protection import VOLUMES

# A policy in error is still there, and may work again (botocore's model of State).
STATES: dict[object, str] = {"ENABLED": "works", "ERROR": "broken", "DISABLED": ""}
SNAPSHOTS: dict[object, bool] = {"EBS_SNAPSHOT_MANAGEMENT": True, "IMAGE_MANAGEMENT": True, "EVENT_BASED_POLICY": False}
TARGETS: dict[object, bool] = {"VOLUME": True, "INSTANCE": False}
UNITS: dict[object, str] = {"DAYS": "day", "WEEKS": "week", "MONTHS": "month", "YEARS": "year"}
DETAILS = "policy:/Policy/PolicyDetails"
SCHEDULES = f"{DETAILS}/Schedules"
LIFE = ("Interval", "IntervalUnit")
PATHS = (
    "item:/State",
    "item:/PolicyType",
    "item:/DefaultPolicy",
    *(f"{DETAILS}/{each}" for each in ("ResourceTypes", "ResourceLocations", "ResourceType")),
    *(f"{DETAILS}/TargetTags/*/{each}" for each in ("Key", "Value")),
    *(f"{DETAILS}/{each}" for each in ("CreateInterval", "RetainInterval", "CrossRegionCopyTargets/*/TargetRegion")),
    *(f"{DETAILS}/Exclusions/{each}" for each in ("ExcludeBootVolumes", "ExcludeVolumeTypes", "ExcludeTags")),
    *(f"{SCHEDULES}/*/CreateRule/{each}" for each in ("Interval", "CronExpression", "Location")),
    *(f"{SCHEDULES}/*/RetainRule/{each}" for each in ("Count", *LIFE)),
    f"{SCHEDULES}/*/ArchiveRule/RetainRule",
    *(f"{SCHEDULES}/*/CrossRegionCopyRules/*/{each}" for each in ("Target", "TargetRegion")),
    *(f"{SCHEDULES}/*/CrossRegionCopyRules/*/RetainRule/{each}" for each in LIFE),
)
ATTACHED = Unknown(
    Reason.UNDECIDED,
    "a lifecycle policy backs up EC2 instances with their volumes; to which one it is attached is not resolved",
)
BROKEN = Unknown(Reason.UNDECIDED, "the lifecycle policy that chooses it is in error")
ELSEWHERE = Unknown(Reason.UNDECIDED, "a lifecycle policy is of volumes in a local zone or on an Outpost, as it may be")
LEFT_OUT = Unknown(Reason.UNDECIDED, "the default lifecycle policy leaves out volumes of some kinds, not resolved yet")
ARCHIVED = Unknown(Reason.NOT_ASKED, "its snapshots go to the archive, whose own retention is not read yet")
COUNTED = Unknown(Reason.UNDECIDED, "so many snapshots are kept at a time, which is no length of time")
OUTSIDE = Unknown(Reason.UNDECIDED, "its snapshots lie in a local zone or on an Outpost, which is not told")
OF_VOLUME = Unknown(Reason.NOT_ASKED, "a snapshot is encrypted as its volume is; each snapshot answers for itself")
LOCKED = Unknown(Reason.NOT_ASKED, "a snapshot may be locked; each snapshot answers for itself")


def _covers(view: View) -> Iterator[Cover]:
    """What it takes, by each of its schedules; a doubt about all that it takes leaves the plan unknown."""
    state = view.at("item:/State", STATES)
    if not state or not view.at("item:/PolicyType", SNAPSHOTS, missing=True):
        return
    broken = BROKEN if state == "broken" else None
    covers = _default(view) if view.at("item:/DefaultPolicy", flag, missing=False) else _own(view)
    for cover in covers:
        yield replace(cover, plan=broken or cover.plan)


def _own(view: View) -> Iterator[Cover]:
    """Volumes that have any of the policy's tags."""
    volumes = _of_volumes(view.at("item:/PolicyType", text, missing=""), view.at(f"{DETAILS}/ResourceTypes", texts))
    if not volumes:
        yield Cover(ATTACHED, VOLUMES)
        return
    inside = view.at(f"{DETAILS}/ResourceLocations", texts, missing=("CLOUD",)) == ("CLOUD",)
    plans = list(_plans(view)) if inside else [ELSEWHERE]
    for tag in view.each(f"{DETAILS}/TargetTags"):
        chosen = (tag.at("/Key", text), tag.at("/Value", _label, missing=""), True)
        yield from (Cover(plan, VOLUMES, tags=(chosen,)) for plan in plans)


def _of_volumes(kind: str, targets: tuple[str, ...]) -> bool:
    return kind != "IMAGE_MANAGEMENT" and targets == ("VOLUME",)


def _label(value: JSON) -> str:
    """The value of a tag, which may be empty, and in which a star is no pattern."""
    if not isinstance(value, str) or "*" in value:
        raise ValueError("not a plain text")
    return value


def _default(view: View) -> Iterator[Cover]:
    """All volumes but those that are left out. The numbers left away are 1 and 7 days (PolicyDetails)."""
    if not view.at(f"{DETAILS}/ResourceType", TARGETS):
        yield Cover(ATTACHED, VOLUMES)
        return
    tags = view.at(f"{DETAILS}/Exclusions/ExcludeTags", key_values, missing={})
    if any("*" in value for value in tags.values()):
        raise NotKnown(LEFT_OUT)
    kept = tuple((key, value, False) for key, value in tags.items())
    boot = view.at(f"{DETAILS}/Exclusions/ExcludeBootVolumes", flag, missing=False)
    if boot or view.at(f"{DETAILS}/Exclusions/ExcludeVolumeTypes", texts, missing=()):
        yield Cover(LEFT_OUT, VOLUMES, tags=kept)
        return
    often = Duration.of(view.at(f"{DETAILS}/CreateInterval", whole, missing=1))
    life = Duration.of(view.at(f"{DETAILS}/RetainInterval", whole, missing=7))
    regions = [each.at("/TargetRegion", text) for each in view.each(f"{DETAILS}/CrossRegionCopyTargets", missing=True)]
    for region in (view.where.region, *regions):
        yield Cover(_plan(life, often, (aws(region),)), VOLUMES, tags=kept)


def _plans(view: View) -> Iterator[Plan]:
    for schedule in view.each(SCHEDULES):
        often = part(partial(_often, schedule))
        here = (aws(view.where.region),)
        inside = schedule.at("/CreateRule/Location", text, missing="CLOUD") == "CLOUD"
        yield _plan(part(partial(_life, schedule)), often, here if inside else OUTSIDE)
        for copy in schedule.each("/CrossRegionCopyRules", missing=True):
            yield _plan(part(partial(_length, copy)), often, part(partial(_place, copy)))


def _plan(life: Duration | Unknown, often: Duration | Unknown, places: tuple[str, ...] | Unknown) -> Plan:
    return Plan(PlanKind.SNAPSHOT, life, often, places, OF_VOLUME, LOCKED)


def _often(schedule: Node) -> Duration | Unknown:
    hours = schedule.at("/CreateRule/Interval", whole, missing=0)
    return Duration.of(hours, "hour") if hours else every(schedule.at("/CreateRule/CronExpression", text))


def _life(schedule: Node) -> Duration | Unknown:
    if schedule.at("/ArchiveRule", bool, missing=False):
        return ARCHIVED
    if schedule.at("/RetainRule/Count", whole, missing=0):
        return COUNTED
    return _length(schedule)


def _length(rule: Node) -> Duration:
    return Duration.of(rule.at("/RetainRule/Interval", whole), rule.at("/RetainRule/IntervalUnit", UNITS))


def _place(copy: Node) -> tuple[str, ...]:
    """Of a policy from before Target, TargetRegion tells the region (CrossRegionCopyRule)."""
    target = copy.at("/Target", text, missing=None) or copy.at("/TargetRegion", text)
    if target.startswith("arn:"):
        raise NotKnown(OUTSIDE)
    return (aws(target),)


POLICY = ResourceType(
    "aws.dlm.policy",
    "AWS::DLM::LifecyclePolicy",
    Kind.CONFIG,
    each=Call("dlm:GetLifecyclePolicies", "dlm.get_lifecycle_policies", items="/Policies"),
    id="arn:{@partition}:dlm:{@region}:{@account}:policy/{/PolicyId}",
    label="/PolicyId",
    ask={"policy": Call("dlm:GetLifecyclePolicy", "dlm.get_lifecycle_policy", take={"PolicyId": "/PolicyId"})},
    facts=(
        Location.homes.items(lambda view: (aws(view.where.region),)),
        Protection.covers.items(_covers, *PATHS),
        Tagging.tags.at("item:/Tags", pairs, missing={}),
    ),
)

TYPES = (POLICY,)
