"""Amazon CloudFront: distributions. Copies of what they deliver are kept at edges all over the world."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from scanner.collect.model import Call, Per, ResourceType
from scanner.facts import (
    AtRest,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Grantee,
    KeyOwner,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    NotKnown,
    Origin,
    Reason,
    Seen,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    always,
    flag,
    key_values,
    text,
    whole,
)
from scanner.places import GLOBAL
from scanner.providers.aws import principals
from scanner.providers.aws.common import origin

BEHAVIOURS = ("item:/DefaultCacheBehavior", "item:/CacheBehaviors/Items/*")
OTHERS = "item:/CacheBehaviors/Quantity"
ORIGINS = "item:/Origins/Items"
PROTOCOLS = (
    "DomainName",
    "CustomOriginConfig/OriginProtocolPolicy",
    "VpcOriginConfig/VpcOriginId",
    "S3OriginConfig/OriginAccessIdentity",
)
FUNCTIONS = ("FunctionAssociations", "LambdaFunctionAssociations")
CERTIFICATE = "item:/ViewerCertificate"
# "SSDs which are encrypted for edge location points of presence, and encrypted EBS volumes for regional edge caches".
ENCRYPTED = "docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/data-protection-summary.html"
PRICES = "docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PriceClass.html"
VIEWERS: dict[object, bool] = {"allow-all": True, "redirect-to-https": False, "https-only": False}
FETCHES: dict[object, bool] = {"http-only": True, "match-viewer": False, "https-only": False}
VERSIONS: dict[object, Tls] = {
    "SSLv3": Tls.NONE,
    "TLSv1": Tls.V1_0,
    "TLSv1_2016": Tls.V1_0,
    "TLSv1.1_2016": Tls.V1_1,
    "TLSv1.2_2018": Tls.V1_2,
    "TLSv1.2_2019": Tls.V1_2,
    "TLSv1.2_2021": Tls.V1_2,
    "TLSv1.2_2025": Tls.V1_2,
    "TLSv1.3_2025": Tls.V1_3,
}
# The domain of a bucket: by its name, with or without the region
# (docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html).
BUCKET = re.compile(
    r"(?P<name>[a-z0-9.-]+?)\.s3(?:[.-](?:website[.-])?(?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?"
)
UNNAMED = Unknown(Reason.UNDECIDED, "an origin is named by a domain, which does not tell the resource behind it")
IN_VPC = Unknown(Reason.NOT_ASKED, "the protocol to an origin in a VPC is told by that origin, which is not read yet")
BY_CODE = Unknown(Reason.UNDECIDED, "a function at the edge may turn viewers away, and its code is not read")
PLACELESS = Unknown(Reason.NOT_ASKED, "the log settings name the bucket, not its region")
DELIVERIES = Unknown(Reason.NOT_ASKED, "standard logging of version 2, by log deliveries, is not read yet")
LOGGING = "config:/DistributionConfig/Logging"


def _behaviours(view: View) -> Iterator[Node]:
    """The cache behaviours besides the default one. No list is written where there is none."""
    return view.each("item:/CacheBehaviors/Items") if view.at(OTHERS, whole) else iter(())


def _bucket(view: View, domain: str) -> str | None:
    found = BUCKET.fullmatch(domain)
    return f"arn:{view.where.partition}:s3:::{found['name']}" if found else None


def _copies(view: View) -> Iterable[Copy | Unknown]:
    yield Copy(CopyKind.CDN, GLOBAL)
    yield DELIVERIES
    if view.at(f"{LOGGING}/Enabled", flag):
        domain = view.at(f"{LOGGING}/Bucket", text)
        yield Copy(CopyKind.LOG_SINK, PLACELESS, _bucket(view, domain) or "")


def _origins(view: View) -> Iterable[Origin | Unknown]:
    for each in view.each(ORIGINS):
        ref = _bucket(view, each.at("/DomainName", text))
        yield origin(ref) if ref else UNNAMED


def _plaintext(view: View) -> bool:
    """Whether a viewer may come, or an origin is asked, without TLS. What matches the viewer is as the viewer came."""
    viewers = [view.at("item:/DefaultCacheBehavior/ViewerProtocolPolicy", VIEWERS)]
    viewers += [each.at("/ViewerProtocolPolicy", VIEWERS) for each in _behaviours(view)]
    fetches = [_fetches_plainly(each) for each in view.each(ORIGINS)]
    return any(viewers) or any(fetches)


def _fetches_plainly(source: Node) -> bool:
    """Whether an origin is asked without TLS. A bucket is asked as the viewer came."""
    custom = source.at("/CustomOriginConfig/OriginProtocolPolicy", FETCHES, missing=None)
    if custom is not None:
        return custom
    if source.at("/VpcOriginConfig/VpcOriginId", text, missing=None) is not None:
        raise NotKnown(IN_VPC)
    is_bucket = BUCKET.fullmatch(source.at("/DomainName", text)) is not None
    return False if is_bucket else source.at("/S3OriginConfig", always(False))


def _minimum_tls(view: View) -> Tls:
    # CloudFront sets TLSv1 with its own certificate, whatever is told (botocore's model of MinimumProtocolVersion).
    if view.at(f"{CERTIFICATE}/CloudFrontDefaultCertificate", flag, missing=False):
        return Tls.V1_0
    return view.at(f"{CERTIFICATE}/MinimumProtocolVersion", VERSIONS)


def _public(view: View) -> bool:
    if not view.at("item:/Enabled", flag) or view.at("item:/ViewerMtlsConfig/Mode", text, missing="") == "required":
        return False
    default = view.node("item")
    signed = [_is_signed(default, "/DefaultCacheBehavior")]
    signed += [_is_signed(each, "") for each in _behaviours(view)]
    if all(signed):
        return False
    if view.at("item:/WebACLId", str, missing=""):
        raise NotKnown(Unknown(Reason.UNDECIDED, "a web ACL decides who may come, and it is not read yet"))
    if _has_code(default, "/DefaultCacheBehavior") or any(_has_code(each, "") for each in _behaviours(view)):
        raise NotKnown(BY_CODE)
    return True


def _has_code(node: Node, below: str) -> bool:
    return any(node.at(f"{below}/{kind}/Quantity", whole, missing=0) for kind in FUNCTIONS)


def _is_signed(node: Node, below: str) -> bool:
    """Whether a behaviour takes none but signed URLs or cookies."""
    return any(
        node.at(f"{below}/{kind}/Enabled", flag, missing=False) for kind in ("TrustedSigners", "TrustedKeyGroups")
    )


def _grantees(view: View) -> Iterable[Grantee]:
    """The other accounts that may sign for viewers. "self" is its own."""
    found = (view.node("item"), "/DefaultCacheBehavior"), *((each, "") for each in _behaviours(view))
    signers = (each.each(f"{below}/TrustedSigners/Items", missing=True) for each, below in found)
    names = dict.fromkeys(each.at("", text) for each in chain.from_iterable(signers))
    return principals.let_in((name for name in names if name != "self"), view.where)


DISTRIBUTION = ResourceType(
    "aws.cloudfront.distribution",
    "AWS::CloudFront::Distribution",
    Kind.DATA,
    each=Call(
        "cloudfront:ListDistributions",
        "cloudfront.list_distributions",
        items="/DistributionList/Items",
        per=Per.ACCOUNT,
    ),
    id="{/ARN}",
    label="/DomainName",
    ask={
        "config": Call("cloudfront:GetDistributionConfig", "cloudfront.get_distribution_config", take={"Id": "/Id"}),
        "tags": Call("cloudfront:ListTagsForResource", "cloudfront.list_tags_for_resource", take={"Resource": "/ARN"}),
    },
    facts=(
        # No price class leaves the United States out.
        Location.homes.documented(Seen((GLOBAL,)), PRICES),
        Location.copies.items(_copies, f"{LOGGING}/Enabled", f"{LOGGING}/Bucket"),
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTED),
        EncryptionAtRest.algorithms.unseen("the vendor does not tell the cipher", Reason.UNDECIDED),
        EncryptionAtRest.owner.documented(KeyOwner.PROVIDER, ENCRYPTED),
        EncryptionAtRest.key.documented("provider", ENCRYPTED),
        EncryptionInTransit.plaintext.by(
            _plaintext,
            OTHERS,
            *(f"{each}/ViewerProtocolPolicy" for each in BEHAVIOURS),
            *(f"{ORIGINS}/*/{field}" for field in PROTOCOLS),
        ),
        EncryptionInTransit.minimum_tls.by(
            _minimum_tls, f"{CERTIFICATE}/CloudFrontDefaultCertificate", f"{CERTIFICATE}/MinimumProtocolVersion"
        ),
        EncryptionInTransit.certificate_expires.inapplicable("each certificate answers for itself"),
        Lineage.origins.items(_origins, f"{ORIGINS}/*/DomainName"),
        Exposure.public.by(
            _public,
            OTHERS,
            "item:/Enabled",
            "item:/ViewerMtlsConfig/Mode",
            "item:/WebACLId",
            *(f"{each}/{kind}/Enabled" for each in BEHAVIOURS for kind in ("TrustedSigners", "TrustedKeyGroups")),
            *(f"{each}/{kind}/Quantity" for each in BEHAVIOURS for kind in FUNCTIONS),
        ),
        Trust.grantees.items(_grantees, OTHERS, *(f"{each}/TrustedSigners/Items" for each in BEHAVIOURS)),
        Tagging.tags.at("tags:/Tags/Items", key_values),
    ),
    without={Backup: "a distribution keeps copies and backs nothing up", LogStore: "its logs go to a bucket"},
    unordered=("tags:/Tags/Items",),
)

TYPES = (DISTRIBUTION,)
