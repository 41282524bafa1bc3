"""A region of an AWS account: what is recorded, looked for and set there for all that is in it."""

from __future__ import annotations

from functools import partial

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import Defaults, Detection, Kind, Node, NotKnown, Reason, Tagging, Unknown, View, flag, text, texts
from scanner.providers.aws import trails
from scanner.providers.aws.common import any_of, part

STATUS: dict[object, bool] = {"ENABLED": True, "DISABLED": False}
ACTIVE: dict[object, bool] = {"ACTIVE": True, "CREATING": False, "DISABLED": False, "FAILED": False}
# Only the first two look for access from outside (AnalyzerSummary of Access Analyzer's API).
OUTSIDE: dict[object, bool] = {
    "ACCOUNT": True,
    "ORGANIZATION": True,
    "ACCOUNT_UNUSED_ACCESS": False,
    "ORGANIZATION_UNUSED_ACCESS": False,
    "ACCOUNT_INTERNAL_ACCESS": False,
    "ORGANIZATION_INTERNAL_ACCESS": False,
}
WHOLE = "it is set for the whole account"
ELSEWHERE = Unknown(
    Reason.UNDECIDED, "no analyser is kept here; one that another account keeps for the organisation is not told here"
)


def _threats(view: View) -> bool:
    """An account has one detector in a region at most (CreateDetector)."""
    return bool(view.at("detectors:/DetectorIds", texts)) and view.at("detector:/Status", STATUS)


def _outside_access(view: View) -> bool:
    if any_of(part(partial(_looks_outside, each)) for each in view.each("analyzers:/analyzers")):
        return True
    if view.absent("organisation"):
        return False
    view.at("organisation:/Organization/Id", text)
    raise NotKnown(ELSEWHERE)


def _looks_outside(analyzer: Node) -> bool:
    return analyzer.at("/status", ACTIVE) and analyzer.at("/type", OUTSIDE)


REGION = ResourceType(
    "aws.region",
    "AWS::Region",
    Kind.CONFIG,
    # Nothing is read of it: that the region answers is enough, and the discovery needs the same permission.
    each=Call("ec2:DescribeRegions", "ec2.describe_regions"),
    id="{@account}/{@region}",
    label="",
    ask={
        **trails.ASKS,
        "detectors": Call("guardduty:ListDetectors", "guardduty.list_detectors", items="/DetectorIds"),
        "detector": Call(
            "guardduty:GetDetector",
            "guardduty.get_detector",
            take={"DetectorId": "/DetectorIds/*"},
            follows="detectors",
        ),
        "analyzers": Call("access-analyzer:ListAnalyzers", "accessanalyzer.list_analyzers", items="/analyzers"),
        "organisation": Call(
            "organizations:DescribeOrganization",
            "organizations.describe_organization",
            per=Per.ACCOUNT,
            absent=frozenset({"AWSOrganizationsNotInUseException"}),
        ),
        "ebs": Call("ec2:GetEbsEncryptionByDefault", "ec2.get_ebs_encryption_by_default"),
    },
    facts=(
        *trails.ANSWERS,
        Detection.threats.by(_threats, "detectors:/DetectorIds", "detector:/Status"),
        Detection.outside_access.by(
            _outside_access,
            "analyzers:/analyzers/*/status",
            "analyzers:/analyzers/*/type",
            "organisation:/Organization/Id",
        ),
        Defaults.disks_encrypted.at("ebs:/EbsEncryptionByDefault", flag),
        Defaults.public_blocked.inapplicable(WHOLE),
        Defaults.places.inapplicable(WHOLE),
        Defaults.own_keys.inapplicable(WHOLE),
    ),
    without={Tagging: "a region has no tags"},
    unordered=("trails:/trailList", "analyzers:/analyzers"),
)

LIMITS = trails.LIMITS
TYPES = (REGION,)
