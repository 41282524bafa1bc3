"""Amazon API Gateway: REST APIs, HTTP and WebSocket APIs, and their domain names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial

import orjson

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    JSON,
    Copy,
    CopyKind,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Kind,
    Location,
    NotKnown,
    Reason,
    Tagging,
    Tls,
    Trust,
    Unknown,
    View,
    pairs,
    text,
)
from scanner.places import GLOBAL, aws
from scanner.providers.aws import policies
from scanner.providers.aws.common import parts

HTTPS_ONLY = "docs.aws.amazon.com/apigateway/latest/developerguide/data-protection-encryption.html"
# Whether an endpoint is fronted by CloudFront, whose edges are all over the world
# (docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-endpoint-types.html).
EDGE: dict[object, bool] = {"EDGE": True, "REGIONAL": False, "PRIVATE": False}
PRIVATE: dict[object, bool] = {"PRIVATE": True, "EDGE": False, "REGIONAL": False}
AUTHORISED = Unknown(Reason.NOT_ASKED, "authorizers and policies decide who may call it, and they are not read yet")
# TLS_1_0 and TLS_1_2; the newer ones begin with the versions that they take, the lowest last
# (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html).
POLICIES = {
    "TLS_1_0": Tls.V1_0,
    "TLS_1_2": Tls.V1_2,
    "SecurityPolicy_TLS13_1_3_": Tls.V1_3,
    "SecurityPolicy_TLS13_1_2_": Tls.V1_2,
    "SecurityPolicy_TLS12_": Tls.V1_2,
    "SecurityPolicy_TLS13_2025_EDGE": Tls.V1_3,
}
PLAIN = re.compile(r"\s*\{\s*[\"}]")
REST_TYPES = "item:/endpointConfiguration/types"


def _policy(value: JSON) -> Tls:
    name = text(value)
    found = [version for start, version in POLICIES.items() if name.startswith(start)]
    if not found:
        raise ValueError("an unforeseen security policy")
    return found[0]


def _home(view: View) -> Iterable[str]:
    yield aws(view.where.region)


def _copies(view: View) -> Iterable[Copy]:
    if any(each.at("", EDGE) for each in view.each(REST_TYPES)):
        yield Copy(CopyKind.CDN, GLOBAL)


def _rest_public(view: View) -> bool:
    found = [each.at("", PRIVATE) for each in view.each(REST_TYPES)]
    if found and all(found):
        return False
    raise NotKnown(AUTHORISED)


def _statements(value: JSON) -> list[policies.Statement]:
    """The statements of a policy. API Gateway writes it as the inside of a text of JSON, with its quotes escaped
    (docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-create-attach.html).
    """
    written = text(value)
    policy = orjson.loads(written if PLAIN.match(written) else orjson.loads(f'"{written}"'))
    return policies.statements(policy.get("Statement") if isinstance(policy, Mapping) else None)


def _named_by(*fields: str) -> Callable[[View], Iterable[Grantee | Unknown]]:
    """Whom the policies in these fields of the item let in; one that is not there lets nobody in by itself."""

    def found(view: View, field: str) -> Iterable[Grantee | Unknown]:
        return policies.grantees(view.at(f"item:/{field}", _statements, missing=[]), view.where)

    return lambda view: parts(*(partial(found, view, field) for field in fields))


REST = ResourceType(
    "aws.apigateway.rest-api",
    "AWS::ApiGateway::RestApi",
    Kind.CONFIG,
    each=Call("apigateway:GET", "apigateway.get_rest_apis", items="/items", give={"limit": 500}),
    id="arn:{@partition}:apigateway:{@region}::/restapis/{/id}",
    label="/name",
    facts=(
        Location.homes.items(_home),
        Location.copies.items(_copies, REST_TYPES),
        EncryptionInTransit.plaintext.documented(value=False, basis=HTTPS_ONLY),
        EncryptionInTransit.minimum_tls.at("item:/securityPolicy", _policy),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Exposure.public.by(_rest_public, REST_TYPES),
        Trust.grantees.items(_named_by("policy"), "item:/policy"),
        Tagging.tags.at("item:/tags", pairs, missing={}),
    ),
)

DOMAIN = ResourceType(
    "aws.apigateway.domain-name",
    "AWS::ApiGateway::DomainName",
    Kind.CONFIG,
    each=Call("apigateway:GET", "apigateway.get_domain_names", items="/items", give={"limit": 500}),
    id="arn:{@partition}:apigateway:{@region}::/domainnames/{/domainName}",
    label="/domainName",
    facts=(
        Location.homes.items(_home),
        Location.copies.items(_copies, REST_TYPES),
        EncryptionInTransit.plaintext.documented(value=False, basis=HTTPS_ONLY),
        EncryptionInTransit.minimum_tls.at("item:/securityPolicy", _policy),
        EncryptionInTransit.certificate_expires.inapplicable("each certificate answers for itself"),
        # Those of private domain names; the management policy lets others join their networks with it.
        Trust.grantees.items(_named_by("policy", "managementPolicy"), "item:/policy", "item:/managementPolicy"),
        Tagging.tags.at("item:/tags", pairs, missing={}),
    ),
)


API = ResourceType(
    "aws.apigatewayv2.api",
    "AWS::ApiGatewayV2::Api",
    Kind.CONFIG,
    each=Call("apigateway:GET", "apigatewayv2.get_apis", items="/Items", give={"MaxResults": "500"}),
    id="arn:{@partition}:apigateway:{@region}::/apis/{/ApiId}",
    label="/Name",
    facts=(
        Location.homes.items(_home),
        Location.copies.none("HTTP and WebSocket APIs are regional, and API Gateway caches nothing of them"),
        EncryptionInTransit.plaintext.documented(value=False, basis=HTTPS_ONLY),
        # Their endpoints take TLS 1.2 and newer (botocore's model of SecurityPolicy, and the page of the policies).
        EncryptionInTransit.minimum_tls.documented(Tls.V1_2, HTTPS_ONLY),
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is that of the service's endpoint"),
        Exposure.public.unseen("authorizers and policies decide who may call it, and they are not read yet"),
        Tagging.tags.at("item:/Tags", pairs, missing={}),
    ),
    without={Trust: "HTTP and WebSocket APIs have no policies of their own"},
)

TYPES = (REST, DOMAIN, API)
