"""Resource policies of Compute Engine (https://cloud.google.com/compute/docs/reference/rest/v1/resourcePolicies): of
those, the snapshot schedules that disks name.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.collect.model import Join
from scanner.facts import Backup, Duration, Kind, Node, Plan, Reason, Tagging, Unknown, View, always, text, texts, whole
from scanner.providers.gcp.assets import asset_type, joined
from scanner.providers.gcp.told import WEEK, located, longest, not_for, schedule, seen

NATIVE = "compute.googleapis.com/ResourcePolicy"
SNAPSHOTS = "/resource/data/snapshotSchedulePolicy"
DAYS, WHERE = f"{SNAPSHOTS}/retentionPolicy/maxRetentionDays", f"{SNAPSHOTS}/snapshotProperties/storageLocations"
ORPHANS = f"{SNAPSHOTS}/retentionPolicy/onSourceDiskDelete"
DAILY, HOURLY = f"{SNAPSHOTS}/schedule/dailySchedule/daysInCycle", f"{SNAPSHOTS}/schedule/hourlySchedule/hoursInCycle"
WEEKLY = f"{SNAPSHOTS}/schedule/weeklySchedule/dayOfWeeks"
OF_A_PLAN = (DAYS, WHERE, DAILY, HOURLY, f"{WEEKLY}/*/day")
DEFAULT_PLACE = Unknown(
    Reason.UNDECIDED, "no storage location is set: snapshots lie in the multi-region closest to their disk"
)


def plan(policy: Node) -> Plan:
    """The plan that a snapshot schedule, the asset at this node, is."""
    places = tuple(map(located, policy.at(WHERE, texts, missing=())))
    kept = seen(lambda: Duration.of(policy.at(DAYS, whole)))
    return schedule(kept, seen(lambda: _every(policy)), places or DEFAULT_PLACE)


def is_schedule(policy: Node) -> bool:
    """Whether it is one, and not a policy of another sort."""
    return policy.at(SNAPSHOTS, always(True), missing=False)


def _every(policy: Node) -> Duration:
    if hours := policy.at(HOURLY, whole, missing=0):
        return Duration.of(hours, "hour")
    if policy.at(WEEKLY, always(True), missing=False):
        return longest({each.at("/day", WEEK) for each in policy.each(WEEKLY)})
    return Duration.of(policy.at(DAILY, whole))


def _plans(view: View) -> Iterator[Plan | Unknown]:
    policy = view.node("item")
    if not is_schedule(policy):
        raise not_for("it is a policy of another sort than a snapshot schedule")
    yield plan(policy)
    if policy.at(ORPHANS, text, missing="") != "APPLY_RETENTION_POLICY":
        yield Unknown(Reason.UNDECIDED, "once their disk is deleted, nothing here says that its snapshots are too")


LINK, NAMED = "/resource/data/selfLink", "/resource/data/resourcePolicies"
ASK = {"schedules": joined(Join(LINK, {f"{NAMED}/*": ""}), NATIVE)}
DISK_PATHS = (f"item:{NAMED}", f"schedules:/assets/*{LINK}", *(f"schedules:/assets/*{path}" for path in OF_A_PLAN))


def of_disk(view: View) -> Iterator[Plan | Unknown]:
    """The plans of the snapshot schedules that a disk names, both by their URLs. Declare DISK_PATHS, and ask ASK."""
    named = view.at(f"item:{NAMED}", texts, missing=())
    listed = {each.at(LINK, text): each for each in view.each("schedules:/assets")} if named else {}
    for each in named:
        if each not in listed:
            yield Unknown(Reason.NOT_ASKED, f"its resource policy {each.rpartition('/')[2]} was not listed")
        elif is_schedule(listed[each]):
            yield plan(listed[each])


SNAPSHOT_SCHEDULE = asset_type(
    "gcp.compute.resource-policy",
    NATIVE,
    Kind.CONFIG,
    (
        Backup.plans.items(_plans, *(f"item:{path}" for path in (ORPHANS, *OF_A_PLAN))),
        Tagging.tags.documented({}, "ResourcePolicy of the Compute Engine API v1 has no labels of its own"),
    ),
)
TYPES = (SNAPSHOT_SCHEDULE,)
