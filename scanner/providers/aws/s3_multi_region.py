"""Amazon S3: multi-region access points. What is written through one lies in any of its buckets: they are one data set
in several regions. The buckets answer for themselves for all that is not asked here.
"""

from __future__ import annotations

from collections.abc import Iterable

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import (
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Kind,
    Lineage,
    Location,
    LogStore,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    text,
)
from scanner.places import aws
from scanner.providers.aws import policies

# TLS 1.2 at least, and no anonymous requests.
RESTRICTIONS = "docs.aws.amazon.com/AmazonS3/latest/userguide/MultiRegionAccessPointRestrictions.html"
REGIONS = "item:/Regions"
# The last established policy; there may be a proposed one that is not yet in force (botocore's model).
POLICY = "policy:/Policy/Established/Policy"
BUCKETS = "the buckets behind it answer for themselves"


def _homes(view: View) -> Iterable[str]:
    # Exactly one bucket in each of them (multi-region-access-point-buckets.html of the same guide).
    return (aws(region.at("/Region", text)) for region in view.each(REGIONS))


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    if view.at(POLICY, lambda value: value == ""):
        return ()
    return policies.grantees(view.at(f"{POLICY}/Statement", policies.statements), view.where)


ACCESS_POINT = ResourceType(
    "aws.s3.multi-region-access-point",
    "AWS::S3::MultiRegionAccessPoint",
    Kind.DATA,
    each=Call(
        "s3:ListMultiRegionAccessPoints",
        "s3control.list_multi_region_access_points",
        items="/AccessPoints",
        take={"AccountId": "@account"},
        per=Per.ACCOUNT,
    ),
    # Form: MultiRegionAccessPointRequests.html of the same guide.
    id="arn:{@partition}:s3::{@account}:accesspoint/{/Alias}",
    label="/Name",
    ask={
        "policy": Call(
            "s3:GetMultiRegionAccessPointPolicy",
            "s3control.get_multi_region_access_point_policy",
            take={"AccountId": "@account", "Name": "/Name"},
            decode=("/Policy/Established/Policy",),
        ),
    },
    facts=(
        Location.homes.items(_homes, f"{REGIONS}/*/Region"),
        Location.copies.none("it makes none; each bucket behind it tells of its own replication"),
        EncryptionInTransit.plaintext.documented(value=False, basis=RESTRICTIONS),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, RESTRICTIONS),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Exposure.public.documented(value=False, basis=RESTRICTIONS),
        Trust.grantees.items(_grantees, *policies.paths(POLICY)),
    ),
    without={
        EncryptionAtRest: BUCKETS,
        Backup: BUCKETS,
        Lineage: BUCKETS,
        LogStore: "not a log store",
        Tagging: "a multi-region access point takes no tags",
    },
)

TYPES = (ACCESS_POINT,)
