"""What AWS CloudTrail records in a region: by trails, shadows of trails of other regions and of the organisation
included, and by event data stores of the region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from scanner.collect.model import Call, Per
from scanner.facts import (
    JSON,
    Answer,
    AuditTrail,
    Inapplicable,
    Node,
    NotApplicable,
    NotKnown,
    Reason,
    Unknown,
    View,
    flag,
    text,
    texts,
)
from scanner.providers.aws import apart
from scanner.providers.aws.common import ACCOUNT_BLOCK, any_of, part

# Where the events of services without a region are, such as those of IAM: the leading region of each partition.
LEADING = frozenset({"us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"})
READ, WRITE = "read", "write"
ALL = frozenset({READ, WRITE})
READ_WRITE: Mapping[object, frozenset[str]] = {
    "All": ALL,
    "ReadOnly": frozenset({READ}),
    "WriteOnly": frozenset({WRITE}),
}
READ_ONLY: Mapping[object, str] = {"true": READ, "false": WRITE}
CATEGORY, READONLY = "eventCategory", "readOnly"
STATUS: Mapping[object, bool] = {
    "CREATED": False,
    "ENABLED": True,
    "PENDING_DELETION": False,
    "STARTING_INGESTION": False,
    "STOPPING_INGESTION": False,
    "STOPPED_INGESTION": False,
}
LOCKED: Mapping[object, bool] = {"GOVERNANCE": True, "COMPLIANCE": True}
UNDELIVERED = Unknown(Reason.UNDECIDED, "a trail records here, and its last delivery to the bucket failed")
SEVERAL = Unknown(Reason.UNDECIDED, "what several selectors of a trail record together is not analysed")
OPEN = Unknown(Reason.UNDECIDED, "the trail's bucket is neither locked nor closed, and its ACL is not read")
PUBLIC = Unknown(
    Reason.UNDECIDED, "the policy of the trail's bucket is public, and the account's own block restricts it"
)
RESTRICTED = "account:/PublicAccessBlockConfiguration/RestrictPublicBuckets"

TRAIL = "trails:/trailList/*"
BLOCK = "/PublicAccessBlockConfiguration"
CLOSED = ("IgnorePublicAcls", "RestrictPublicBuckets")
ADVANCED = "/AdvancedEventSelectors/*/FieldSelectors/*"
RECORDING = (
    *(
        f"{TRAIL}/{field}"
        for field in (
            "TrailARN",
            "HomeRegion",
            "IsMultiRegionTrail",
            "IncludeGlobalServiceEvents",
            "HasCustomEventSelectors",
        )
    ),
    *apart.paths("status", "/IsLogging", "/LatestDeliveryError"),
    *apart.paths(
        "selectors",
        "/EventSelectors/*/ReadWriteType",
        "/EventSelectors/*/IncludeManagementEvents",
        "/EventSelectors/*/ExcludeManagementEventSources",
        f"{ADVANCED}/Field",
        f"{ADVANCED}/Equals",
    ),
    "stores:/EventDataStores/*/EventDataStoreArn",
    *apart.paths("store", "/Status", f"{ADVANCED}/Field", f"{ADVANCED}/Equals"),
)
PROTECTING = (
    f"{TRAIL}/LogFileValidationEnabled",
    f"{TRAIL}/S3BucketName",
    *apart.paths("lock", "/ObjectLockConfiguration/Rule/DefaultRetention/Mode"),
    *apart.paths("block", *(f"{BLOCK}/{setting}" for setting in CLOSED)),
    *apart.paths("public", "/PolicyStatus/IsPublic"),
    RESTRICTED,
    *apart.paths("store", "/TerminationProtectionEnabled"),
)


def _of_bucket(action: str, operation: str, absent: str) -> Call:
    return Call(
        f"s3:{action}",
        f"s3.{operation}",
        take={"Bucket": "/trailList/*/S3BucketName"},
        absent=frozenset({absent}),
        per=Per.ACCOUNT,
        follows="trails",
        apart=True,
    )


ASKS: Mapping[str, Call] = {
    "trails": Call(
        "cloudtrail:DescribeTrails",
        "cloudtrail.describe_trails",
        items="/trailList",
        give={"includeShadowTrails": True},
    ),
    # A member account must name a trail of its organisation by the ARN; so may everybody (GetTrailStatus).
    "status": Call(
        "cloudtrail:GetTrailStatus",
        "cloudtrail.get_trail_status",
        take={"Name": "/trailList/*/TrailARN"},
        follows="trails",
        apart=True,
    ),
    "selectors": Call(
        "cloudtrail:GetEventSelectors",
        "cloudtrail.get_event_selectors",
        take={"TrailName": "/trailList/*/TrailARN"},
        follows="trails",
        apart=True,
    ),
    "lock": _of_bucket(
        "GetBucketObjectLockConfiguration", "get_object_lock_configuration", "ObjectLockConfigurationNotFoundError"
    ),
    "block": _of_bucket(
        "GetBucketPublicAccessBlock", "get_public_access_block", "NoSuchPublicAccessBlockConfiguration"
    ),
    "public": _of_bucket("GetBucketPolicyStatus", "get_bucket_policy_status", "NoSuchBucketPolicy"),
    # Whether a bucket's policy is public is told of the policy alone.
    "account": ACCOUNT_BLOCK,
    "stores": Call("cloudtrail:ListEventDataStores", "cloudtrail.list_event_data_stores", items="/EventDataStores"),
    "store": Call(
        "cloudtrail:GetEventDataStore",
        "cloudtrail.get_event_data_store",
        take={"EventDataStore": "/EventDataStores/*/EventDataStoreArn"},
        follows="stores",
        apart=True,
    ),
}


Record = tuple[bool | Unknown, Callable[[], bool]]
"""Whether a trail or an event data store records every administrative action of the region, and how to tell whether
that record is protected.
"""


def _recorded(view: View) -> bool:
    return any_of(records for records, _ in _records(view))


def _protected(view: View) -> bool:
    """One protected record is enough."""
    found = [(records, kept) for records, kept in _records(view) if records is not False]
    if not found:
        raise NotApplicable(Inapplicable("nothing is recorded here"))
    return any_of(records if isinstance(records, Unknown) else part(kept) for records, kept in found)


def _records(view: View) -> Iterator[Record]:
    for trail in view.each("trails:/trailList"):
        yield part(partial(_trail_records, view, trail)), partial(_trail_is_protected, view, trail)
    stores = part(lambda: [each.at("/EventDataStoreArn", text) for each in view.each("stores:/EventDataStores")])
    if isinstance(stores, Unknown):
        yield stores, bool
        return
    for arn in stores:
        yield part(partial(_store_records, view, arn)), partial(_store_is_protected, view, arn)


def _trail_records(view: View, trail: Node) -> bool:
    """Whether it is of this region, logs, and leaves no management event out."""
    if not trail.at("/IsMultiRegionTrail", flag) and trail.at("/HomeRegion", text) != view.where.region:
        return False
    if view.where.region in LEADING and not trail.at("/IncludeGlobalServiceEvents", flag):
        return False
    arn = trail.at("/TrailARN", text)
    status = apart.reply(view, "status", "Name", arn)
    if not apart.is_there(status) or not status.at("/body/IsLogging", flag):
        return False
    if not _selects(view, trail, arn):
        return False
    if status.at("/body/LatestDeliveryError", text, missing=None):
        raise NotKnown(UNDELIVERED)
    return True


def _selects(view: View, trail: Node, arn: str) -> bool:
    """Without selectors of its own it logs all management events (PutEventSelectors). Those of a trail that another
    account of the organisation keeps are not told here.
    """
    if not trail.at("/HasCustomEventSelectors", flag):
        return True
    told = apart.reply(view, "selectors", "TrailName", arn)
    apart.is_there(told)
    basic = frozenset[str]().union(*(_basic(each) for each in told.each("/body/EventSelectors", missing=True)))
    return basic >= ALL or _advanced(told)


def _basic(selector: Node) -> frozenset[str]:
    """Which management events a selector takes whole. The defaults are those of EventSelector of CloudTrail's API."""
    left_out = selector.at("/ExcludeManagementEventSources", texts, missing=())
    if left_out or not selector.at("/IncludeManagementEvents", flag, missing=True):
        return frozenset()
    return selector.at("/ReadWriteType", READ_WRITE, missing=ALL)


def _advanced(told: Node) -> bool:
    """Whether advanced selectors take all management events. Each further field of one narrows what it takes."""
    fields = [
        {each.at("/Field", text): each for each in selector.each("/FieldSelectors")}
        for selector in told.each("/body/AdvancedEventSelectors", missing=True)
    ]
    management = [each for each in fields if CATEGORY in each and "Management" in each[CATEGORY].at("/Equals", texts)]
    taken = frozenset[str]().union(*(_taken(each) for each in management if each.keys() <= {CATEGORY, READONLY}))
    if taken < ALL and len(management) > 1 and any(each.keys() - {CATEGORY, READONLY} for each in management):
        raise NotKnown(SEVERAL)
    return taken >= ALL


def _taken(fields: Mapping[str, Node]) -> frozenset[str]:
    if READONLY not in fields:
        return ALL
    return frozenset(READ_ONLY[each] for each in fields[READONLY].at("/Equals", _truths))


def _truths(value: JSON) -> tuple[str, ...]:
    """A list of "true" and "false"."""
    found = texts(value)
    if not READ_ONLY.keys() >= set(found):
        raise ValueError("neither true nor false")
    return found


def _store_records(view: View, arn: str) -> bool:
    """A store that is listed in a region has the events of that region."""
    store = apart.reply(view, "store", "EventDataStore", arn)
    return apart.is_there(store) and store.at("/body/Status", STATUS) and _advanced(store)


def _trail_is_protected(view: View, trail: Node) -> bool:
    """Validation shows each change of a log file and each loss (docs.aws.amazon.com/awscloudtrail/latest/userguide/
    cloudtrail-log-file-validation-intro.html); the bucket must keep strangers from both.
    """
    if not trail.at("/LogFileValidationEnabled", flag):
        return False
    bucket = trail.at("/S3BucketName", text)
    if any_of(part(partial(shut, view, bucket)) for shut in (_is_locked, _is_closed)):
        return True
    public = apart.reply(view, "public", "Bucket", bucket)
    if apart.is_there(public) and public.at("/body/PolicyStatus/IsPublic", flag):
        if view.at(RESTRICTED, flag, absent=False):
            raise NotKnown(PUBLIC)
        return False
    raise NotKnown(OPEN)


def _is_locked(view: View, bucket: str) -> bool:
    lock = apart.reply(view, "lock", "Bucket", bucket)
    mode = "/body/ObjectLockConfiguration/Rule/DefaultRetention/Mode"
    return apart.is_there(lock) and lock.at(mode, LOCKED, missing=False)


def _is_closed(view: View, bucket: str) -> bool:
    block = apart.reply(view, "block", "Bucket", bucket)
    return apart.is_there(block) and all(block.at(f"/body{BLOCK}/{each}", flag) for each in CLOSED)


def _store_is_protected(view: View, arn: str) -> bool:
    """Events in a store cannot be changed; one that is protected from termination is not deleted either
    (docs.aws.amazon.com/awscloudtrail/latest/userguide/query-event-data-store.html).
    """
    store = apart.reply(view, "store", "EventDataStore", arn)
    return store.at("/body/TerminationProtectionEnabled", flag)


ANSWERS: tuple[Answer, ...] = (
    AuditTrail.recorded.by(_recorded, *RECORDING),
    AuditTrail.protected.by(_protected, *RECORDING, *PROTECTING),
    AuditTrail.reads.unseen("which data events a trail takes is not read"),
)
LIMITS = (
    "AWS: event data stores of other regions and accounts, which may record a region's actions too, are not seen.",
)
