"""Amazon OpenSearch Service: domains, of Elasticsearch too, and serverless collections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    JSON,
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Inapplicable,
    Kind,
    Lineage,
    Location,
    LogStore,
    Node,
    NotApplicable,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    flag,
    key_values,
    no,
    text,
)
from scanner.places import aws
from scanner.providers.aws import keys, policies, principals
from scanner.providers.aws.common import Scheme, arn_home, at_rest, part, parts
from scanner.providers.aws.rds import moment
from scanner.providers.aws.redshift_serverless import small_tags

GUIDE = "docs.aws.amazon.com/opensearch-service/latest/developerguide/"
STATUS = "/DomainStatus"
REST = f"domain:{STATUS}/EncryptionAtRestOptions"
ENDPOINT = f"domain:{STATUS}/DomainEndpointOptions"
# AES-256 (docs.aws.amazon.com/opensearch-service/latest/developerguide/encryption-at-rest.html).
ENCRYPTED: dict[object, Scheme] = {True: Scheme.KMS, False: Scheme.NONE}
# The lowest version that each policy lets through (botocore's model of DomainEndpointOptions).
TLS: dict[object, Tls] = {
    "Policy-Min-TLS-1-0-2019-07": Tls.V1_0,
    "Policy-Min-TLS-1-2-2019-07": Tls.V1_2,
    "Policy-Min-TLS-1-2-PFS-2023-10": Tls.V1_2,
    "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08": Tls.V1_2,
    "Policy-Min-TLS-1-2-FIPS-PQ-2026-10": Tls.V1_2,
}
VERSION = re.compile(r"(?P<engine>Elasticsearch|OpenSearch)_(?P<major>\d+)\.(?P<minor>\d+)")
SECURITY = f"domain:{STATUS}/AdvancedSecurityOptions"
POLICY = f"domain:{STATUS}/AccessPolicies"
VPC = f"domain:{STATUS}/VPCOptions/VPCId"
PUBLIC = (VPC, f"{SECURITY}/Enabled", f"{SECURITY}/AnonymousAuthEnabled", *policies.paths(POLICY))
LOGS = f"domain:{STATUS}/LogPublishingOptions"
ALIVE: dict[object, bool] = {
    **dict.fromkeys(("PENDING_ACCEPTANCE", "APPROVED", "PROVISIONING", "ACTIVE"), True),
    **dict.fromkeys(("VALIDATING", "VALIDATION_FAILED"), True),
    **dict.fromkeys(("REJECTING", "REJECTED", "DELETING", "DELETED"), False),
}
ACCEPTED: dict[object, bool] = {**ALIVE, "PENDING_ACCEPTANCE": False}
BY_ACCOUNT: dict[object, bool] = {"AWS_ACCOUNT": True, "AWS_SERVICE": False}
ENDPOINTS = tuple(f"endpoints:/AuthorizedPrincipalList/*/{field}" for field in ("PrincipalType", "Principal"))
SIDES = ("LocalDomainInfo", "RemoteDomainInfo")
JOINED = Unknown(
    Reason.UNDECIDED, "it is connected with another domain; whether indexes are replicated is told only by its own API"
)
REPOSITORIES = Unknown(
    Reason.NOT_ASKED,
    "snapshots in repositories of one's own, and their schedule, are told only by the domain's own API",
)
RESTORED = Unknown(Reason.NOT_ASKED, "OpenSearch Service does not tell from which snapshots indexes were restored")


def _connections(source: str) -> tuple[str, ...]:
    names = (f"{side}/AWSDomainInformation/DomainName" for side in SIDES)
    return tuple(f"{source}:/Connections/*/{field}" for field in (*names, "ConnectionStatus/StatusCode"))


def _joined(view: View, source: str) -> Iterable[Unknown]:
    name = view.at("item:/DomainName", text)
    for connection in view.each(f"{source}:/Connections"):
        # Local is the domain that asks, also where the connection comes in; either may be this one.
        names = [connection.at(f"/{side}/AWSDomainInformation/DomainName", text) for side in SIDES]
        if name in names and connection.at("/ConnectionStatus/StatusCode", ALIVE):
            yield JOINED
            return


def _home(view: View) -> Iterable[str]:
    view.at("item:/DomainName", text)
    yield aws(view.where.region)


def _logs(value: JSON) -> list[str]:
    """The ARNs of the log groups that something is published to."""
    if not isinstance(value, Mapping):
        raise TypeError("not an object")
    return sorted({text(log["CloudWatchLogsLogGroupArn"]) for log in value.values() if flag(log["Enabled"])})


def _copies(view: View) -> Iterable[Copy | Unknown]:
    # Slow logs and audit logs hold queries. A domain that was given no options publishes none (CreateDomain).
    for arn in view.at(LOGS, _logs, missing=[]):
        yield Copy(CopyKind.LOG_SINK, arn_home(arn), arn.removesuffix(":*"))
    yield from _joined(view, "inbound")


def _origins(view: View) -> Iterable[Origin | Unknown]:
    yield RESTORED
    yield from _joined(view, "outbound")


def _scheme(view: View) -> Scheme:
    return view.at(f"{REST}/Enabled", ENCRYPTED)


def _certificate(view: View) -> datetime:
    # Told where the domain has an endpoint of its own.
    if view.at(f"{ENDPOINT}/CustomEndpointCertificateArn", text, missing=None) is None:
        raise NotApplicable(Inapplicable("the certificate is that of the service's endpoint"))
    return view.at("certificate:/Certificate/NotAfter", moment)


def _every(value: JSON) -> Duration:
    # Hourly, but daily before Elasticsearch 5.3; always kept for 14 days
    # (docs.aws.amazon.com/opensearch-service/latest/developerguide/managedomains-snapshots.html).
    found = VERSION.fullmatch(text(value))
    if not found:
        raise ValueError("not a version")
    old = found["engine"] == "Elasticsearch" and (int(found["major"]), int(found["minor"])) < (5, 3)
    return Duration.of(1) if old else Duration.of(1, "hour")


def _plans(view: View) -> Iterable[Plan | Unknown]:
    every = part(lambda: view.at(f"domain:{STATUS}/EngineVersion", _every))
    encrypted = part(lambda: _scheme(view) is not Scheme.NONE)
    yield Plan(PlanKind.SNAPSHOT, Duration.of(14), every, (aws(view.where.region),), encrypted, immutable=False)
    yield REPOSITORIES


def _policy(view: View) -> list[policies.Statement]:
    # An empty text allows nobody anything.
    return [] if view.at(POLICY, lambda value: value == "") else view.at(f"{POLICY}/Statement", policies.statements)


def _grantees(view: View) -> Iterable[Grantee | Unknown]:
    return parts(
        lambda: policies.grantees(_policy(view), view.where),
        lambda: _by_endpoint(view),
        lambda: _by_connection(view),
    )


def _by_endpoint(view: View) -> Iterable[Grantee]:
    """Accounts that may make an endpoint to it in a VPC of theirs."""
    found = view.each("endpoints:/AuthorizedPrincipalList")
    accounts = [each.at("/Principal", text) for each in found if each.at("/PrincipalType", BY_ACCOUNT)]
    return principals.let_in(accounts, view.where)


def _by_connection(view: View) -> Iterable[Grantee]:
    """Accounts whose domains may search in it."""
    name = view.at("item:/DomainName", text)
    for connection in view.each("inbound:/Connections"):
        ends = [_end(connection, side) for side in SIDES]
        if name in [end for _, end in ends] and connection.at("/ConnectionStatus/StatusCode", ACCEPTED):
            yield from principals.let_in((owner for owner, _ in ends), view.where)


def _end(connection: Node, side: str) -> tuple[str, str]:
    below = f"/{side}/AWSDomainInformation"
    return connection.at(f"{below}/OwnerId", text), connection.at(f"{below}/DomainName", text)


def _public(view: View) -> bool:
    # Without a VPC the endpoint is on the Internet, and the access policy and the domain's own users decide.
    if view.at(VPC, text, missing=None) is not None:
        return False
    if not policies.lets_everybody(_policy(view)):
        return False
    if view.at(f"{SECURITY}/Enabled", flag):
        # Its own users log in, unless access without is on (fgac.html of the same guide).
        return view.at(f"{SECURITY}/AnonymousAuthEnabled", flag, missing=False)
    return True


DOMAIN = ResourceType(
    "aws.opensearch.domain",
    "AWS::OpenSearchService::Domain",
    Kind.DATA,
    each=Call("es:ListDomainNames", "opensearch.list_domain_names", items="/DomainNames"),
    id="arn:{@partition}:es:{@region}:{@account}:domain/{/DomainName}",
    label="/DomainName",
    ask={
        "domain": Call(
            "es:DescribeDomain",
            "opensearch.describe_domain",
            take={"DomainName": "/DomainName"},
            decode=("/DomainStatus/AccessPolicies",),
        ),
        "key": keys.ask(f"{STATUS}/EncryptionAtRestOptions/KmsKeyId", follows="domain"),
        "certificate": Call(
            "acm:DescribeCertificate",
            "acm.describe_certificate",
            take={"CertificateArn": f"{STATUS}/DomainEndpointOptions/CustomEndpointCertificateArn"},
            follows="domain",
        ),
        # Both asked once for a region.
        "inbound": Call("es:DescribeInboundConnections", "opensearch.describe_inbound_connections", "/Connections"),
        "outbound": Call("es:DescribeOutboundConnections", "opensearch.describe_outbound_connections", "/Connections"),
        "endpoints": Call(
            "es:ListVpcEndpointAccess",
            "opensearch.list_vpc_endpoint_access",
            items="/AuthorizedPrincipalList",
            take={"DomainName": "/DomainName"},
        ),
        "tags": Call("es:ListTags", "opensearch.list_tags", take={"ARN": f"{STATUS}/ARN"}, follows="domain"),
    },
    facts=(
        Location.homes.items(_home, "item:/DomainName"),
        Location.copies.items(_copies, "item:/DomainName", LOGS, *_connections("inbound")),
        *at_rest(_scheme, f"{REST}/Enabled", named=f"{REST}/KmsKeyId"),
        EncryptionInTransit.plaintext.at(f"{ENDPOINT}/EnforceHTTPS", no),
        EncryptionInTransit.minimum_tls.at(f"{ENDPOINT}/TLSSecurityPolicy", TLS),
        EncryptionInTransit.certificate_expires.by(
            _certificate, f"{ENDPOINT}/CustomEndpointCertificateArn", "certificate:/Certificate/NotAfter"
        ),
        Backup.plans.items(_plans, f"domain:{STATUS}/EngineVersion", f"{REST}/Enabled"),
        Lineage.origins.items(_origins, "item:/DomainName", *_connections("outbound")),
        Exposure.public.by(_public, *PUBLIC),
        Trust.grantees.items(
            _grantees,
            "item:/DomainName",
            *policies.paths(POLICY),
            *ENDPOINTS,
            *_connections("inbound"),
            *(f"inbound:/Connections/*/{side}/AWSDomainInformation/OwnerId" for side in SIDES),
        ),
        Tagging.tags.at("tags:/TagList", key_values),
    ),
    without={LogStore: "how long logs in a domain are kept is a matter of its own index policies"},
    unordered=("tags:/TagList",),
)

COLLECTION = ResourceType(
    "aws.opensearch-serverless.collection",
    "AWS::OpenSearchServerless::Collection",
    Kind.DATA,
    each=Call("aoss:ListCollections", "opensearchserverless.list_collections", items="/collectionSummaries"),
    id="{/arn}",
    label="/name",
    ask={
        "key": keys.ask("/kmsKeyArn"),
        "tags": Call(
            "aoss:ListTagsForResource", "opensearchserverless.list_tags_for_resource", take={"resourceArn": "/arn"}
        ),
    },
    facts=(
        Location.homes.one("item:/arn", arn_home),
        Location.copies.none("a collection lies in one region"),
        *keys.always(GUIDE + "serverless-encryption.html"),
        *keys.worded("item:/kmsKeyArn", "auto"),
        EncryptionInTransit.plaintext.documented(value=False, basis=GUIDE + "serverless-encryption.html"),
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, GUIDE + "serverless-encryption.html"),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Backup.plans.gap("the snapshots of a collection are told only by its own API"),
        Lineage.origins.gap("OpenSearch Serverless does not tell what was copied into a collection"),
        # A data access policy names those whom it lets in, also where the network policy lets the Internet reach it.
        Exposure.public.documented(value=False, basis=GUIDE + "serverless-data-access.html"),
        Trust.grantees.gap("its data access policies, which name those whom they let in, are not read yet"),
        Tagging.tags.at("tags:/tags", small_tags),
    ),
    without={LogStore: "how long logs in a collection are kept is a matter of its lifecycle policy"},
    unordered=("tags:/tags",),
)

TYPES = (DOMAIN, COLLECTION)
