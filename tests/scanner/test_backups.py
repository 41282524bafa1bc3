"""What backup services protect, and whether what a recovery point was made of is there."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import pytest

from scanner.backups import Covers, like, sourced
from scanner.collect.model import EVERYTHING, Call, Gap, ResourceType
from scanner.collect.runner import Record
from scanner.estate import Resource
from scanner.facts import (
    UNRESOLVED,
    Cover,
    Duration,
    Evidence,
    Inapplicable,
    Kind,
    Known,
    Plan,
    PlanKind,
    Reason,
    Seen,
    Source,
    State,
    Unknown,
)
from scanner.facts.backup import Backup, RecoveryPoint

LIST = Call("x:List", "x.list")
DISK = ResourceType("aws.disk", "Disk", Kind.DATA, LIST, "{/id}", "/id", (), covered_by=("aws.plan",))
PLAN = ResourceType("aws.plan", "Plan", Kind.CONFIG, LIST, "{/id}", "/id", ())
COPY = ResourceType("aws.copy", "Copy", Kind.DATA, LIST, "{/id}", "/id", (), points_of=("aws.disk",))
TYPES = {each.name: each for each in (DISK, PLAN, COPY)}
HERE = "arn:aws:ec2:eu-west-2:111111111111"
DARK = Unknown(Reason.REFUSED, "dark")
READ = Evidence("backup.get", "/Rules", "a" * 64)
TAGS = Evidence("ec2.list", "/Tags", "b" * 64)
OWN, MONTH = (Plan(PlanKind.SNAPSHOT, Duration.of(days), DARK, DARK, DARK, DARK) for days in (7, 31))
PLANS = Backup.plans.key
NONE: State = Known(Seen())


def resource(kind: str, name: str, region: str = "eu-west-2", account: str = "111111111111", **states: Any) -> Resource:
    record = Record(
        f"arn:aws:ec2:{region}:{account}:{name}", kind, TYPES[kind].kind, "aws", account, region, "aws", name, {}
    )
    return Resource(record, {key.replace("_", "."): state for key, state in states.items()})


def disk(name: str = "volume/vol-1", plans: State = NONE, tags: State = NONE, **where: str) -> Resource:
    return resource("aws.disk", name, **where, Backup_plans=plans, Tagging_tags=tags)


def service(*covers: Cover | Unknown, **where: str) -> Resource:
    items = tuple(each for each in covers if isinstance(each, Cover))
    gaps = tuple(each for each in covers if isinstance(each, Unknown))
    return resource("aws.plan", "plan", **where, Protection_covers=Known(Seen(items, gaps), (READ,)))


def gap(account: str = "111111111111", region: str = "eu-west-2", types: tuple[str, ...] = ("aws.plan",)) -> Gap:
    return Gap("aws", account, region, "backup.list", "backup:List", Reason.REFUSED, "dark", types)


def protected(resources: Sequence[Resource], gaps: Collection[Gap], accounts: Collection[str]) -> list[Resource]:
    """The resources with what protects them: all of them tell of it first."""
    covers = Covers(gaps, accounts)
    for each in resources:
        covers.add(each)
    return [covers.protect(each, TYPES.get(each.record.type)) for each in resources]


def plans(disk: Resource, *others: Resource, gaps: tuple[Gap, ...] = ()) -> Seen[Any]:
    found = protected([disk, *others], gaps, {"111111111111", "222222222222"})[0]
    state: Any = found.states[PLANS]
    seen: Seen[Any] = state.value
    return seen


@pytest.mark.parametrize(
    ("cover", "tags", "found"),
    [
        (Cover(MONTH, (f"{HERE}:volume/vol-1",)), {}, [MONTH]),
        (Cover(MONTH, (f"{HERE}:VOLUME/vol-1",)), {}, [MONTH]),
        (Cover(MONTH, (f"{HERE}:volume/vol-2",)), {}, []),
        (Cover(MONTH, ("*",)), {}, [MONTH]),
        (Cover(MONTH, ("arn:aws:ec2:*:*:volume/*",)), {}, [MONTH]),
        (Cover(MONTH, ("arn:aws:rds:*",)), {}, []),
        (Cover(MONTH, ("*",), spared=("arn:aws:ec2:*",)), {}, []),
        (Cover(MONTH, ("*",), spared=("arn:aws:rds:*",)), {}, [MONTH]),
        (Cover(MONTH, ("*",), types=("aws.d*",)), {}, [MONTH]),
        (Cover(MONTH, ("*",), types=("aws.table",)), {}, []),
        (Cover(MONTH, ("*",), tags=(("backup", "daily", True),)), {"backup": "daily"}, [MONTH]),
        (Cover(MONTH, ("*",), tags=(("backup", "da*", True),)), {"backup": "daily"}, [MONTH]),
        (Cover(MONTH, ("*",), tags=(("backup", "daily", True),)), {"backup": "weekly"}, []),
        # Names have no case here; tags do.
        (Cover(MONTH, ("*",), tags=(("backup", "daily", True),)), {"backup": "Daily"}, []),
        (Cover(MONTH, ("*",), tags=(("backup", "daily", True),)), {"Backup": "daily"}, []),
        (Cover(MONTH, ("*",), tags=(("backup", "daily", True),)), {}, []),
        (Cover(MONTH, ("*",), tags=(("env", "test", False),)), {"env": "production"}, [MONTH]),
        (Cover(MONTH, ("*",), tags=(("env", "test", False),)), {}, [MONTH]),
        (Cover(MONTH, ("*",), tags=(("env", "test", False),)), {"env": "test"}, []),
        (Cover(MONTH, ("*",), tags=(("a", "1", True), ("b", "1", True))), {"a": "1", "b": "2"}, []),
    ],
)
def test_what_a_cover_chooses(cover: Cover, tags: dict[str, str], found: list[Plan]) -> None:
    assert plans(disk(tags=Known(tags)), service(cover)) == Seen(tuple(found))


def test_plans_are_added_with_their_evidence() -> None:
    cover = Cover(MONTH, ("*", f"{HERE}:volume/vol-1"))
    own = Known(Seen((OWN,)), (TAGS,))
    found = protected([disk(plans=own), service(cover)], (), {"111111111111"})[0]
    assert found.states[PLANS] == Known(Seen((OWN, MONTH)), (TAGS, READ))


@pytest.mark.parametrize(
    ("where", "ref", "found"),
    [
        ({}, "*", [MONTH]),
        # A pattern chooses among its own account and region; an id names one anywhere.
        ({"region": "eu-west-1"}, "*", []),
        ({"account": "222222222222"}, "*", []),
        ({"account": "222222222222", "region": "eu-west-1"}, f"{HERE}:volume/vol-1", [MONTH]),
    ],
)
def test_where_a_cover_chooses(where: dict[str, str], ref: str, found: list[Plan]) -> None:
    assert plans(disk(), service(Cover(MONTH, (ref,)), **where)) == Seen(tuple(found))


@pytest.mark.parametrize(
    ("where", "found"), [({}, [MONTH]), ({"region": "eu-west-1"}, []), ({"account": "222222222222"}, [])]
)
def test_an_id_without_a_region_names_one_of_the_covers_own(where: dict[str, str], found: list[Plan]) -> None:
    """The ARN of a bucket tells neither region nor account, and a plan of AWS covers nothing elsewhere."""
    bucket = disk()
    bucket = replace(bucket, record=replace(bucket.record, id="arn:aws:s3:::data"))
    cover = Cover(MONTH, ("arn:aws:s3:::data", f"{HERE}:volume/vol-2", "arn:odd"))
    assert plans(bucket, service(cover, **where)) == Seen(tuple(found))


@pytest.mark.parametrize(
    ("state", "others", "gaps", "expected"),
    [
        (NONE, [], (), Seen()),
        (NONE, [service(DARK)], (), Seen((), (DARK,))),
        (NONE, [service(DARK, region="eu-west-1")], (), Seen()),
        (NONE, [], (gap(),), Seen((), (Unknown(Reason.REFUSED, "dark", "backup.list", "backup:List"),))),
        (NONE, [], (gap(region="eu-west-1"),), Seen()),
        (NONE, [], (gap(account="222222222222"),), Seen()),
        (NONE, [], (gap(account="ou-1", region=""),), Seen((), (DARK,))),
        (NONE, [], (gap(types=("aws.disk",)),), Seen()),
        (NONE, [], (gap(types=(EVERYTHING,)),), Seen((), (DARK,))),
        (Known(Seen((OWN,))), [], (gap(),), Seen((OWN,), (DARK,))),
        (DARK, [service(Cover(MONTH, ("*",)))], (), Seen((MONTH,), (DARK,))),
    ],
)
def test_what_is_not_seen_of_covers(
    state: State, others: list[Resource], gaps: tuple[Gap, ...], expected: Seen[Plan]
) -> None:
    found = plans(disk(plans=state), *others, gaps=gaps)
    assert (found.items, [each.detail for each in found.gaps]) == (
        expected.items,
        [each.detail for each in expected.gaps],
    )


@pytest.mark.parametrize(
    ("cover", "where", "named"),
    [
        (Cover(MONTH, (f"{HERE}:volume/vol-1",)), {}, True),
        (Cover(MONTH, (f"{HERE}:VOLUME/vol-1",)), {"region": "eu-west-1"}, True),
        (Cover(MONTH, (f"{HERE}:volume/vol-2",)), {}, False),
        # Any pattern may choose by the name.
        (Cover(MONTH, ("*",)), {}, True),
        (Cover(MONTH, ("arn:aws:rds:*",)), {}, True),
        (Cover(MONTH, ("*",)), {"region": "eu-west-1"}, False),
        (Cover(MONTH, ("*",)), {"account": "222222222222"}, False),
        # What was not seen is the same for all.
        (DARK, {}, False),
    ],
)
def test_whether_its_own_name_decides_what_protects_it(
    cover: Cover | Unknown, where: dict[str, str], named: bool
) -> None:
    covers = Covers((), {"111111111111"})
    assert not covers.names(disk())
    covers.add(service(cover, **where))
    assert covers.names(disk()) is named
    if not named:
        other = disk("volume/vol-3")
        assert [covers.protect(each, DISK).states for each in (disk(), other)] == [
            covers.protect(disk(), DISK).states
        ] * 2


def test_tags_that_could_not_be_read_leave_it_open() -> None:
    cover = Cover(MONTH, ("*",), tags=(("backup", "daily", True),))
    assert plans(disk(tags=DARK), service(cover)) == Seen((), (DARK,))


def test_services_that_could_not_be_read_at_all() -> None:
    blind = resource("aws.plan", "plan", Protection_covers=DARK)
    assert plans(disk(), blind) == Seen((), (DARK,))


@pytest.mark.parametrize("gaps", [(), (gap(),)])
def test_what_is_backed_up_with_something_else_is_left_so(gaps: tuple[Gap, ...]) -> None:
    never = Inapplicable("the cluster is backed up")
    found = protected([disk(plans=never), service(Cover(MONTH, ("*",)))], gaps, {"111111111111"})[0]
    assert found.states[PLANS] == never


def test_a_zone_is_in_its_region() -> None:
    zonal = disk(region="europe-west2-a")
    assert plans(zonal, service(Cover(MONTH, ("*",)), region="europe-west2")) == Seen((MONTH,))
    assert plans(zonal, service(Cover(MONTH, ("*",)), region="europe-west2-b")) == Seen()
    assert plans(zonal, service(Cover(MONTH, ("*",)), region="europe-west1")) == Seen()


def test_what_is_nowhere_may_be_chosen_by_any_plan_of_its_account() -> None:
    nowhere = disk(region="")
    assert plans(nowhere) == Seen()
    assert plans(nowhere, service(Cover(MONTH, ("*",)), account="222222222222")) == Seen()
    (why,) = plans(nowhere, service(Cover(MONTH, ("*",)))).gaps
    assert "its region is not told" in why.detail
    # Nor does its id tell whether the plan is where it is.
    assert plans(nowhere, service(Cover(MONTH, (nowhere.id,)))).gaps == (why,)
    # And what could not be listed of plans anywhere in its account may be about it.
    (dark,) = plans(nowhere, gaps=(gap(region="eu-west-1"),)).gaps
    assert dark.detail == "dark"


def test_what_no_service_protects_is_left_alone() -> None:
    other = resource("aws.copy", "snapshot/snap-1", Backup_plans=NONE)
    assert protected([other, service(Cover(MONTH, ("*",)))], (gap(),), ())[0] is other
    unasked = replace(disk(), states={})
    assert protected([unasked, service(Cover(MONTH, ("*",)))], (), ())[0] is unasked


REACHED = {("aws", "111111111111"): ("eu-west-1", "eu-west-2"), ("aws", "333333333333"): ()}
DISKS = ("aws.disk",)


@pytest.mark.parametrize(
    ("ref", "gaps", "exists"),
    [
        (f"{HERE}:volume/vol-1", (), True),
        (f"{HERE}:Volume/VOL-1", (), True),
        (f"{HERE}:volume/vol-1", (gap(types=DISKS),), True),
        (f"{HERE}:volume/vol-2", (), False),
        (f"{HERE}:volume/vol-2", (gap(types=("aws.plan",)),), False),
        (f"{HERE}:volume/vol-2", (gap(region="eu-west-1", types=DISKS),), False),
        (f"{HERE}:volume/vol-2", (gap(types=DISKS),), "dark"),
        (f"{HERE}:volume/vol-2", (gap(region="", types=(EVERYTHING,)),), "dark"),
        ("arn:aws:ec2:eu-west-1:111111111111:volume/vol-2", (gap(types=DISKS),), False),
        ("arn:aws:ec2:us-east-1:111111111111:volume/vol-2", (), "in a region that is not scanned"),
        ("arn:aws:ec2:eu-west-2:222222222222:volume/vol-2", (), "in no scanned account"),
        ("arn:aws:ec2:eu-west-2:*:volume/vol-2", (), "in no scanned account"),
        ("arn:aws:ec2:eu-west-2:333333333333:volume/vol-2", (), False),
        ("vol-2", (), "in no scanned account"),
    ],
)
def test_whether_a_source_is_there(ref: str, gaps: tuple[Gap, ...], exists: bool | str) -> None:
    point = resource("aws.copy", "snapshot/snap-1", RecoveryPoint_sources=Known(Seen((Source(ref),)), (READ,)))
    volume = disk()
    found = sourced(point, COPY, lambda name: name.casefold() == volume.id.casefold(), gaps, REACHED)
    state: Any = found.states[RecoveryPoint.sources.key]
    assert state.evidence == (READ,)
    (source,) = state.value.items
    told = source.exists
    assert told is exists if isinstance(exists, bool) else exists in told.detail
    assert found.record is point.record


def test_a_source_is_open_until_the_engine_has_looked() -> None:
    assert Source("vol-1").exists is UNRESOLVED


@pytest.mark.parametrize(
    ("text", "glob", "same"),
    [("abc", "a*", True), ("abc", "ABC", True), ("abc", "b*", False), ("a.c", "a.c", True), ("abc", "a.c", False)],
)
def test_what_is_like(text: str, glob: str, same: bool) -> None:
    assert like(text, glob) is same
