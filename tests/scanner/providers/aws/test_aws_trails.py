"""From the replies of CloudTrail and S3 to what is recorded in a region, and whether that record is protected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from scanner.facts import AuditTrail, Inapplicable, Known, Reason, Unknown
from scanner.providers.aws.region import REGION
from tests.scanner.providers.aws import states
from tests.scanner.providers.aws.states import FAILED, HERE, REFUSED, UNASKED, absent, state, told

ARN, BUCKET = "arn:aws:cloudtrail:eu-west-2:111111111111:trail/all", "example-trail"
OTHER = "arn:aws:cloudtrail:us-east-1:222222222222:trail/organisation"
STORE = "arn:aws:cloudtrail:eu-west-2:111111111111:eventdatastore/1"
NO_STORES: dict[str, Any] = {"stores": {"EventDataStores": []}}
CLOSED = {"IgnorePublicAcls": True, "RestrictPublicBuckets": True}
OPEN = {"IgnorePublicAcls": False, "RestrictPublicBuckets": False}
MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}


def _trail(**change: object) -> dict[str, object]:
    return {
        "TrailARN": ARN,
        "HomeRegion": "eu-west-2",
        "IsMultiRegionTrail": True,
        "IncludeGlobalServiceEvents": True,
        "HasCustomEventSelectors": False,
        "LogFileValidationEnabled": True,
        "S3BucketName": BUCKET,
        **change,
    }


def _part(name: str, value: str, **outcome: object) -> list[dict[str, object]]:
    return [{"of": {name: value}, **outcome}]


def _status(arn: str = ARN, **body: object) -> list[dict[str, object]]:
    return _part("Name", arn, body={"IsLogging": True, **body})


def _trails(*trails: object, **more: object) -> dict[str, object]:
    return {**NO_STORES, "trails": {"trailList": list(trails)}, "status": _status(), **more}


def _selected(*basic: object, advanced: object = None) -> dict[str, object]:
    body = {"EventSelectors": list(basic), "AdvancedEventSelectors": advanced}
    return _trails(_trail(HasCustomEventSelectors=True), selectors=_part("TrailName", ARN, body=body))


def _advanced(*selectors: list[object]) -> dict[str, object]:
    return _selected(advanced=[{"FieldSelectors": list(each)} for each in selectors])


def _read_only(*values: str) -> dict[str, object]:
    return {"Field": "readOnly", "Equals": list(values)}


NARROWED = {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}
ALL = {"ReadWriteType": "All", "IncludeManagementEvents": True, "ExcludeManagementEventSources": []}
TWO = [*_status(), *_part("Name", OTHER, refused="AccessDeniedException")]
SHADOW = _trail(TrailARN=OTHER, HomeRegion="us-east-1")


def _recorded(replies: Mapping[str, object]) -> object:
    return told(REGION, AuditTrail.recorded, {}, replies)


@pytest.mark.parametrize(
    ("replies", "recorded"),
    [
        pytest.param(_trails(_trail()), True, id="all"),
        pytest.param(_trails(), False, id="no trail"),
        pytest.param(_trails(_trail(IsMultiRegionTrail=False)), True, id="of this region alone"),
        pytest.param(_trails(_trail(IsMultiRegionTrail=False, HomeRegion="eu-west-1")), False, id="of another region"),
        pytest.param(_trails(_trail(IncludeGlobalServiceEvents=False)), True, id="no global events come here"),
        pytest.param(_trails(_trail(), status=_status(IsLogging=False)), False, id="stopped"),
        pytest.param(_trails(_trail(), status=_status(IsLogging=None)), Reason.SHAPE, id="status untold"),
        pytest.param(
            _trails(_trail(), status=_status(LatestDeliveryError="NoSuchBucket")), Reason.UNDECIDED, id="lost"
        ),
        pytest.param(_trails(_trail(), status=_status(OTHER)), Reason.NOT_ASKED, id="status of another"),
        pytest.param(_trails(_trail(), status=REFUSED), Reason.REFUSED, id="every status refused"),
        pytest.param(_trails(SHADOW, _trail(), status=TWO), True, id="one is enough"),
        pytest.param(_trails(SHADOW, _trail(IsMultiRegionTrail=None), status=TWO), Reason.REFUSED, id="first unknown"),
        pytest.param(_trails(SHADOW, status=_status(OTHER)), True, id="of the organisation"),
        pytest.param(_trails(_trail(HasCustomEventSelectors=None)), Reason.SHAPE, id="selectors untold"),
        pytest.param(
            _trails(_trail(HasCustomEventSelectors=True), selectors=_part("TrailName", ARN, failed="no such trail")),
            Reason.FAILED,
            id="selectors of another account",
        ),
        pytest.param(
            _trails(_trail(HasCustomEventSelectors=True), selectors=_part("TrailName", ARN, unasked="not recorded")),
            Reason.NOT_ASKED,
            id="selectors unasked",
        ),
        pytest.param({**_trails(), "trails": REFUSED}, Reason.REFUSED, id="trails refused"),
        pytest.param({**_trails(), "stores": REFUSED}, Reason.REFUSED, id="stores refused"),
        pytest.param({**_trails(_trail()), "stores": FAILED}, True, id="stores do not matter"),
    ],
)
def test_a_trail_records(replies: Mapping[str, object], recorded: object) -> None:
    assert _recorded(replies) == recorded


@pytest.mark.parametrize(
    ("replies", "recorded"),
    [
        pytest.param(_selected(ALL), True, id="all"),
        pytest.param(_selected({}), True, id="the defaults"),
        pytest.param(_selected(), False, id="none"),
        pytest.param(_selected({"ReadWriteType": "WriteOnly"}), False, id="writes"),
        pytest.param(_selected({"ReadWriteType": "WriteOnly"}, {"ReadWriteType": "ReadOnly"}), True, id="both apart"),
        pytest.param(_selected({"ReadWriteType": "Odd"}), Reason.SHAPE, id="unforeseen"),
        pytest.param(_selected({**ALL, "IncludeManagementEvents": False}), False, id="data events"),
        pytest.param(
            _selected({**ALL, "ExcludeManagementEventSources": ["kms.amazonaws.com"]}), False, id="one is left out"
        ),
        pytest.param(_advanced([MANAGEMENT]), True, id="advanced"),
        pytest.param(_advanced([{"Field": "eventCategory", "Equals": ["Data"]}]), False, id="advanced data events"),
        pytest.param(_advanced([MANAGEMENT, _read_only("false")]), False, id="advanced writes"),
        pytest.param(
            _advanced([MANAGEMENT, _read_only("false")], [MANAGEMENT, _read_only("true")]), True, id="advanced both"
        ),
        pytest.param(_advanced([MANAGEMENT, _read_only("true", "false")]), True, id="advanced both in one"),
        pytest.param(_advanced([MANAGEMENT, _read_only("odd")]), Reason.SHAPE, id="advanced unforeseen"),
        pytest.param(_advanced([MANAGEMENT, NARROWED]), False, id="advanced, one is left out"),
        pytest.param(_advanced([MANAGEMENT, NARROWED], [MANAGEMENT, _read_only("true")]), Reason.UNDECIDED, id="mixed"),
        pytest.param(_advanced([MANAGEMENT, NARROWED], [MANAGEMENT]), True, id="one leaves out, another does not"),
        pytest.param(_advanced([{"Field": "readOnly", "Equals": ["true"]}]), False, id="no category"),
    ],
)
def test_selectors_leave_out(replies: Mapping[str, object], recorded: object) -> None:
    assert _recorded(replies) == recorded


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
@pytest.mark.parametrize(("includes", "recorded"), [(True, True), (False, False), (None, Reason.SHAPE)])
def test_what_has_no_region_is_recorded_in_the_leading_one(
    includes: object, recorded: object, region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "HERE", replace(HERE, region=region))
    assert _recorded(_trails(_trail(IncludeGlobalServiceEvents=includes))) == recorded


def _store(status: str = "ENABLED", *fields: object, protected: object = True) -> dict[str, object]:
    selectors = [{"FieldSelectors": list(fields or (MANAGEMENT,))}]
    body = {"Status": status, "AdvancedEventSelectors": selectors, "TerminationProtectionEnabled": protected}
    told = _part("EventDataStore", STORE, body=body)
    return {**_trails(), "stores": {"EventDataStores": [{"EventDataStoreArn": STORE}]}, "store": told}


@pytest.mark.parametrize(
    ("replies", "recorded", "protected"),
    [
        (_store(), True, True),
        (_store(protected=False), True, False),
        (_store(protected=None), True, Reason.SHAPE),
        (_store("STOPPED_INGESTION"), False, Inapplicable),
        (_store("PENDING_DELETION"), False, Inapplicable),
        (_store("ODD"), Reason.SHAPE, Reason.SHAPE),
        (_store("ENABLED", MANAGEMENT, _read_only("false")), False, Inapplicable),
        ({**_store(), "store": REFUSED}, Reason.REFUSED, Reason.REFUSED),
        ({**_store(), "store": _part("EventDataStore", STORE, refused="no")}, Reason.REFUSED, Reason.REFUSED),
    ],
)
def test_an_event_data_store_records(replies: Mapping[str, object], recorded: object, protected: object) -> None:
    assert _recorded(replies) == recorded
    assert told(REGION, AuditTrail.protected, {}, replies) == protected


def _kept(lock: object, block: object, public: object, **change: object) -> dict[str, object]:
    """A trail that records, and what S3 tells of its bucket."""

    def one(outcome: Any) -> object:
        return _part("Bucket", BUCKET, **outcome) if isinstance(outcome, dict) else outcome

    return {
        "account": absent("NoSuchBlock"),
        **_trails(_trail(**change), lock=one(lock), block=one(block), public=one(public)),
    }


NONE = {"absent": "NoSuchThing"}
DENIED = {"refused": "AccessDenied"}
LOCK = {"body": {"ObjectLockConfiguration": {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE"}}}}}
BARE_LOCK = {"body": {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}}


def _block(settings: Mapping[str, object]) -> dict[str, object]:
    return {"body": {"PublicAccessBlockConfiguration": settings}}


def _restricts(*, on: bool) -> dict[str, object]:
    return {"PublicAccessBlockConfiguration": {"RestrictPublicBuckets": on}}


def _public(public: object) -> dict[str, object]:
    return {"body": {"PolicyStatus": {"IsPublic": public}}}


@pytest.mark.parametrize(
    ("replies", "protected"),
    [
        pytest.param(_kept(LOCK, NONE, NONE), True, id="locked"),
        pytest.param(_kept(NONE, _block(CLOSED), NONE), True, id="closed"),
        pytest.param(_kept(DENIED, _block(CLOSED), DENIED), True, id="closed, lock refused"),
        pytest.param(_kept(LOCK, DENIED, DENIED), True, id="locked, block refused"),
        pytest.param(_kept(LOCK, _block(CLOSED), NONE, LogFileValidationEnabled=False), False, id="not validated"),
        pytest.param(_kept(LOCK, NONE, NONE, LogFileValidationEnabled=None), Reason.SHAPE, id="validation untold"),
        pytest.param(_kept(NONE, NONE, _public(True)), False, id="open"),
        pytest.param(_kept(NONE, NONE, _public(False)), Reason.UNDECIDED, id="neither"),
        pytest.param({**_kept(NONE, NONE, _public(True)), "account": _restricts(on=False)}, False, id="open to all"),
        pytest.param({**_kept(NONE, NONE, _public(True)), "account": _restricts(on=True)}, Reason.UNDECIDED, id="less"),
        pytest.param({**_kept(NONE, NONE, _public(True)), "account": REFUSED}, Reason.REFUSED, id="account refused"),
        pytest.param(_kept(BARE_LOCK, NONE, NONE), Reason.UNDECIDED, id="a lock without a rule"),
        pytest.param(_kept(NONE, _block(OPEN), _public(True)), False, id="block is off"),
        pytest.param(_kept(NONE, _block({**CLOSED, "IgnorePublicAcls": False}), NONE), Reason.UNDECIDED, id="half"),
        pytest.param(_kept(NONE, _block({"IgnorePublicAcls": True}), NONE), Reason.SHAPE, id="half untold"),
        pytest.param(_kept(DENIED, NONE, _public(True)), Reason.REFUSED, id="open, but perhaps locked"),
        pytest.param(_kept(DENIED, DENIED, DENIED), Reason.REFUSED, id="another account's"),
        pytest.param(_kept(NONE, NONE, DENIED), Reason.REFUSED, id="public refused"),
        pytest.param(_kept(NONE, UNASKED, NONE), Reason.NOT_ASKED, id="unasked"),
        pytest.param(_kept(LOCK, NONE, NONE, HasCustomEventSelectors=None), Reason.SHAPE, id="records perhaps"),
        pytest.param({**_trails()}, Inapplicable, id="nothing is recorded"),
        pytest.param({**_trails(), "stores": REFUSED}, Reason.REFUSED, id="stores refused"),
    ],
)
def test_a_record_is_protected(replies: Mapping[str, object], protected: object) -> None:
    assert told(REGION, AuditTrail.protected, {}, replies) == protected


def test_what_was_refused_of_one_trail_names_call_and_permission() -> None:
    found = state(REGION, AuditTrail.recorded, {}, _trails(SHADOW, status=TWO))
    assert isinstance(found, Unknown)
    assert (found.call, found.permission) == ("cloudtrail.get_trail_status", "cloudtrail:GetTrailStatus")
    assert found.detail == "cloudtrail.get_trail_status refused (AccessDeniedException)"


def test_evidence_has_nothing_but_what_is_read() -> None:
    found = state(REGION, AuditTrail.recorded, {}, _trails(_trail(SnsTopicARN="arn:aws:sns:x"), status=_status()))
    assert isinstance(found, Known)
    assert {each.call for each in found.evidence} == {"cloudtrail.describe_trails", "cloudtrail.get_trail_status"}
    assert "/0/body/IsLogging" in {each.pointer for each in found.evidence}
