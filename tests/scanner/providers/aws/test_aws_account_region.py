"""What is looked for, told and set in an account and in each region of it."""

from __future__ import annotations

import pytest

from scanner.collect.model import ResourceType, projections
from scanner.facts import Alerting, AuditTrail, Defaults, Detection, Inapplicable, Means, Reason, Receiver, Tagging
from scanner.providers.aws.account import ACCOUNT
from scanner.providers.aws.region import REGION
from tests.scanner.providers.aws.states import FAILED, REFUSED, UNASKED, absent, told

NO_ORGANISATION = absent("AWSOrganizationsNotInUseException")
MEMBER = {"Organization": {"Id": "o-example", "MasterAccountEmail": "owner@example.com"}}
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")


@pytest.mark.parametrize(
    ("detectors", "detector", "threats"),
    [
        (["d1"], {"Status": "ENABLED"}, True),
        (["d1"], {"Status": "DISABLED"}, False),
        (["d1"], {"Status": "ODD"}, Reason.SHAPE),
        (["d1"], {}, Reason.SHAPE),
        (["d1"], REFUSED, Reason.REFUSED),
        ([], UNASKED, False),
        (None, UNASKED, Reason.SHAPE),
    ],
)
def test_threats_are_looked_for_by_an_enabled_detector(detectors: object, detector: object, threats: object) -> None:
    replies = {"detectors": {"DetectorIds": detectors}, "detector": detector}
    assert told(REGION, Detection.threats, {}, replies) == threats


@pytest.mark.parametrize("reply", [REFUSED, FAILED])
def test_detectors_that_cannot_be_listed_are_unknown(reply: object) -> None:
    found = told(REGION, Detection.threats, {}, {"detectors": reply, "detector": reply})
    assert found in {Reason.REFUSED, Reason.FAILED}


def _analyzer(kind: str, status: str = "ACTIVE") -> dict[str, str]:
    return {"type": kind, "status": status, "name": "x"}


@pytest.mark.parametrize(
    ("analyzers", "organisation", "found"),
    [
        ([_analyzer("ACCOUNT")], REFUSED, True),
        ([_analyzer("ORGANIZATION")], REFUSED, True),
        ([_analyzer("ODD"), _analyzer("ACCOUNT")], REFUSED, True),
        ([_analyzer("ODD")], NO_ORGANISATION, Reason.SHAPE),
        ([_analyzer("ACCOUNT", "CREATING")], NO_ORGANISATION, False),
        ([_analyzer("ACCOUNT", "DISABLED")], NO_ORGANISATION, False),
        ([_analyzer("ORGANIZATION", "FAILED")], NO_ORGANISATION, False),
        ([_analyzer("ACCOUNT", "ODD")], NO_ORGANISATION, Reason.SHAPE),
        ([_analyzer("ACCOUNT_UNUSED_ACCESS")], NO_ORGANISATION, False),
        ([_analyzer("ORGANIZATION_UNUSED_ACCESS")], NO_ORGANISATION, False),
        ([_analyzer("ACCOUNT_INTERNAL_ACCESS")], NO_ORGANISATION, False),
        ([_analyzer("ORGANIZATION_INTERNAL_ACCESS")], NO_ORGANISATION, False),
        ([], NO_ORGANISATION, False),
        ([], MEMBER, Reason.UNDECIDED),
        ([], {}, Reason.SHAPE),
        ([], REFUSED, Reason.REFUSED),
    ],
)
def test_access_from_outside_is_looked_for(analyzers: object, organisation: object, found: object) -> None:
    """An analyser of the organisation may be kept in another account, which tells nothing of it here."""
    replies = {"analyzers": {"analyzers": analyzers}, "organisation": organisation}
    assert told(REGION, Detection.outside_access, {}, replies) == found


def test_analysers_that_cannot_be_listed_are_unknown() -> None:
    replies = {"analyzers": REFUSED, "organisation": NO_ORGANISATION}
    assert told(REGION, Detection.outside_access, {}, replies) is Reason.REFUSED


@pytest.mark.parametrize(
    ("reply", "encrypted"),
    [
        ({"EbsEncryptionByDefault": True}, True),
        ({"EbsEncryptionByDefault": False}, False),
        ({}, Reason.SHAPE),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_new_disks(reply: object, encrypted: object) -> None:
    assert told(REGION, Defaults.disks_encrypted, {}, {"ebs": reply}) == encrypted


def _block(**change: object) -> object:
    return {"PublicAccessBlockConfiguration": {**dict.fromkeys(SETTINGS, True), **change}}


@pytest.mark.parametrize(
    ("reply", "blocked"),
    [
        (_block(), True),
        *((_block(**{each: False}), False) for each in SETTINGS),
        *((_block(**{each: None}), Reason.SHAPE) for each in SETTINGS),
        (absent("NoSuchPublicAccessBlockConfiguration"), False),
        (REFUSED, Reason.REFUSED),
    ],
)
def test_the_public_is_kept_out_of_all_buckets(reply: object, blocked: object) -> None:
    assert told(ACCOUNT, Defaults.public_blocked, {}, {"block": reply}) == blocked


def _contact(kind: object) -> object:
    person = {"Name": "A. Person", "EmailAddress": "person@example.com", "PhoneNumber": "000", "Title": "Head"}
    return {"AlternateContact": {**person, "AlternateContactType": kind}}


@pytest.mark.parametrize(
    ("reply", "receivers"),
    [
        (_contact("SECURITY"), [Receiver(Means.EMAIL, "security contact"), Reason.NOT_ASKED]),
        (_contact("BILLING"), [Reason.SHAPE]),
        (_contact(None), [Reason.SHAPE]),
        (absent("ResourceNotFoundException"), [Reason.NOT_ASKED]),
        (REFUSED, [Reason.REFUSED]),
    ],
)
def test_who_is_told(reply: object, receivers: object) -> None:
    assert told(ACCOUNT, Alerting.receivers, {}, {"contact": reply}) == receivers


def test_nothing_of_a_contact_is_kept_but_that_it_is_there() -> None:
    assert projections(ACCOUNT)["contact"](_contact("SECURITY")) == {
        "AlternateContact": {"AlternateContactType": "SECURITY"}
    }


@pytest.mark.parametrize(("kind", "fact"), [(REGION, Defaults.public_blocked), (ACCOUNT, Defaults.disks_encrypted)])
def test_what_is_set_elsewhere_does_not_apply(kind: ResourceType, fact: object) -> None:
    assert told(kind, fact, {}) is Inapplicable  # type: ignore[arg-type] # a fact of booleans


def test_a_region_is_one_resource_of_which_nothing_is_kept() -> None:
    assert REGION.each.items == ""
    assert projections(REGION)["item"]({"Regions": [{"RegionName": "eu-west-1"}]}) == {}
    assert Tagging in REGION.without
    assert {answer.fact.facet for answer in REGION.facts} == {AuditTrail, Defaults, Detection}
