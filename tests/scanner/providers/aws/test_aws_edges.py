"""From the replies of load balancers, CloudFront and API Gateway to facts."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    KeyOwner,
    Lineage,
    Location,
    Reason,
    Tagging,
    Tls,
)
from scanner.providers.aws.apigateway import API, DOMAIN, REST
from scanner.providers.aws.balancers import BALANCER, CLASSIC
from scanner.providers.aws.cloudfront import DISTRIBUTION
from tests.scanner.providers.aws.states import REFUSED, copies, refs, told

ARN = "arn:aws:elasticloadbalancing:eu-west-2:111111111111:loadbalancer/app/web/1"
LISTENER = "arn:aws:elasticloadbalancing:eu-west-2:111111111111:listener/app/web/1/2"
RULE = LISTENER.replace(":listener/", ":listener-rule/")
ITEM = {
    "LoadBalancerArn": ARN,
    "Scheme": "internal",
    "IpAddressType": "ipv4",
    "AvailabilityZones": [{"ZoneName": "eu-west-2a"}],
}
TO_HTTPS = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS"}}
FORWARD = {"Type": "forward"}


def _listener(protocol: object, *actions: object, **fields: object) -> dict[str, Any]:
    return {"Protocol": protocol, "ListenerArn": LISTENER, "DefaultActions": list(actions or (FORWARD,)), **fields}


def _listeners(*listeners: object, rules: object = None) -> dict[str, Any]:
    return {"listeners": {"Listeners": list(listeners)}, "rules": rules or {"Rules": []}}


def _rules(*actions: object) -> dict[str, Any]:
    return {"Rules": [{"RuleArn": f"{RULE}/3", "Actions": list(actions)}]}


@pytest.mark.parametrize(
    ("replies", "plaintext"),
    [
        (_listeners(), False),
        (_listeners(_listener("HTTPS")), False),
        (_listeners(_listener("TLS")), False),
        (_listeners(_listener("HTTPS"), _listener("HTTP")), True),
        (_listeners(_listener("HTTP", TO_HTTPS), rules=_rules(TO_HTTPS)), False),
        (_listeners(_listener("HTTP", TO_HTTPS), rules=_rules(FORWARD)), True),
        (_listeners(_listener("HTTP", TO_HTTPS, FORWARD), rules=_rules(TO_HTTPS)), True),
        (_listeners(_listener("HTTP", TO_HTTPS)), Reason.SHAPE),
        (_listeners(_listener("HTTP", TO_HTTPS), rules=REFUSED), Reason.REFUSED),
        (_listeners(_listener("HTTP"), rules=REFUSED), True),
        (_listeners(_listener("TCP"), _listener("TLS")), Reason.UNDECIDED),
        (_listeners(_listener("TCP"), _listener("HTTP")), True),
        (_listeners(_listener("CARRIER-PIGEON")), Reason.SHAPE),
        ({"listeners": REFUSED, "rules": REFUSED}, Reason.REFUSED),
    ],
)
def test_a_load_balancer_takes_plaintext_unless_it_only_redirects(replies: Any, plaintext: object) -> None:
    assert told(BALANCER, EncryptionInTransit.plaintext, ITEM, replies) == plaintext


def test_a_rule_of_another_listener_does_not_count() -> None:
    other = {
        "Rules": [{"RuleArn": f"{RULE}2/3", "Actions": [FORWARD]}, {"RuleArn": f"{RULE}/3", "Actions": [TO_HTTPS]}]
    }
    replies = _listeners(_listener("HTTP", TO_HTTPS), rules=other)
    assert told(BALANCER, EncryptionInTransit.plaintext, ITEM, replies) is False


SSL = {
    "SslPolicies": [
        {"Name": "old", "SslProtocols": ["TLSv1.2", "TLSv1", "TLSv1.1"]},
        {"Name": "new", "SslProtocols": ["TLSv1.2", "TLSv1.3"]},
        {"Name": "odd", "SslProtocols": ["TLSv9"]},
    ]
}


@pytest.mark.parametrize(
    ("names", "policies", "minimum"),
    [
        (["new"], SSL, Tls.V1_2),
        (["new", "old"], SSL, Tls.V1_0),
        ([None], SSL, Reason.SHAPE),
        (["future"], SSL, Reason.SHAPE),
        (["odd"], SSL, Reason.SHAPE),
        (["new"], REFUSED, Reason.REFUSED),
    ],
)
def test_minimum_tls_of_a_load_balancer(names: list[Any], policies: object, minimum: object) -> None:
    replies = {**_listeners(*(_listener("HTTPS", SslPolicy=name) for name in names)), "policies": policies}
    assert told(BALANCER, EncryptionInTransit.minimum_tls, ITEM, replies) == minimum


def test_a_load_balancer_that_ends_no_tls_has_no_version() -> None:
    replies = {**_listeners(_listener("HTTP", SslPolicy="old"), _listener("TCP")), "policies": SSL}
    assert told(BALANCER, EncryptionInTransit.minimum_tls, ITEM, replies) is Inapplicable


def _attributes(enabled: str, bucket: object = "logs") -> dict[str, Any]:
    pairs = {"access_logs.s3.enabled": enabled, "access_logs.s3.bucket": bucket, "idle": "60"}
    return {"attributes": {"Attributes": [{"Key": key, "Value": value} for key, value in pairs.items()]}}


def _groups(*ranges: str) -> dict[str, Any]:
    rules = [{"IpRanges": [{"CidrIp": each}]} for each in ranges]
    return {"groups": {"SecurityGroups": [{"GroupId": "sg-1", "IpPermissions": rules}]}}


@pytest.mark.parametrize(
    ("item", "replies", "public"),
    [
        ({"Scheme": "internal"}, {}, False),
        ({"Scheme": "internet-facing", "SecurityGroups": ["sg-1"]}, _groups("10.0.0.0/8"), False),
        ({"Scheme": "internet-facing", "SecurityGroups": ["sg-1"]}, _groups("0.0.0.0/0"), Reason.UNDECIDED),
        ({"Scheme": "internet-facing", "SecurityGroups": ["sg-1"]}, {"groups": REFUSED}, Reason.REFUSED),
        ({"Scheme": "internet-facing", "SecurityGroups": []}, {}, Reason.UNDECIDED),
        ({"Scheme": "internet-facing"}, {}, Reason.UNDECIDED),
        ({"Scheme": None}, {}, Reason.SHAPE),
    ],
)
def test_groups_close_a_load_balancer_that_faces_the_internet(item: Any, replies: Any, public: object) -> None:
    assert told(BALANCER, Exposure.public, {**ITEM, **item}, replies) == public
    assert told(CLASSIC, Exposure.public, {**_classic(), **item}, replies) == public


def test_groups_close_an_internal_load_balancer_with_new_addresses() -> None:
    item = {**ITEM, "IpAddressType": "dualstack", "SecurityGroups": ["sg-1"]}
    attributes: dict[str, Any] = {"attributes": {"Attributes": []}}
    assert told(BALANCER, Exposure.public, item, {**attributes, **_groups("10.0.0.0/8")}) is False
    assert told(BALANCER, Exposure.public, item, {**attributes, **_groups("0.0.0.0/0")}) is Reason.UNDECIDED


def test_other_facts_of_a_load_balancer() -> None:
    assert told(BALANCER, Exposure.public, ITEM) is False
    assert told(BALANCER, Exposure.public, {**ITEM, "Scheme": "internet-facing"}) == Reason.UNDECIDED
    assert told(BALANCER, Exposure.public, {**ITEM, "Scheme": None}) == Reason.SHAPE
    assert told(BALANCER, Location.homes, ITEM) == ["aws:eu-west-2"]
    assert told(BALANCER, Location.homes, {"AvailabilityZones": [{"OutpostId": "op-1"}]}) == [Reason.UNDECIDED]
    sink = ("log-sink", "aws:eu-west-2", "arn:aws:s3:::logs")
    assert copies(BALANCER, Location.copies, ITEM, _attributes("true")) == [sink]
    assert copies(BALANCER, Location.copies, ITEM, _attributes("false")) == []
    assert copies(BALANCER, Location.copies, ITEM, {"attributes": REFUSED}) == [Reason.REFUSED]
    tags = {"tags": {"ResourceTagMappingList": [{"ResourceARN": ARN, "Tags": [{"Key": "a", "Value": "b"}]}]}}
    assert told(BALANCER, Tagging.tags, ITEM, tags) == {"a": "b"}


def _settings(**attributes: str) -> dict[str, Any]:
    found = [{"Key": name.replace("__", "."), "Value": value} for name, value in attributes.items()]
    return {"attributes": {"Attributes": found}}


@pytest.mark.parametrize("log", ["access_logs", "connection_logs", "health_check_logs"])
def test_every_log_of_a_load_balancer_is_a_copy(log: str) -> None:
    on = {f"{log}__s3__enabled": "true", f"{log}__s3__bucket": "logs"}
    assert copies(BALANCER, Location.copies, ITEM, _settings(**on)) == [
        ("log-sink", "aws:eu-west-2", "arn:aws:s3:::logs")
    ]


@pytest.mark.parametrize(
    ("change", "replies", "public"),
    [
        ({}, {"attributes": REFUSED}, False),
        ({"IpAddressType": "dualstack"}, _settings(ipv6__deny_all_igw_traffic="true"), False),
        ({"IpAddressType": "dualstack"}, _settings(ipv6__deny_all_igw_traffic="false"), Reason.UNDECIDED),
        ({"IpAddressType": "dualstack"}, _settings(), Reason.UNDECIDED),
        ({"IpAddressType": "dualstack"}, {"attributes": REFUSED}, Reason.REFUSED),
        ({"IpAddressType": None}, _settings(), Reason.SHAPE),
    ],
)
def test_an_internal_load_balancer_may_be_reached_by_ipv6(
    change: dict[str, object], replies: dict[str, Any], public: object
) -> None:
    assert told(BALANCER, Exposure.public, {**ITEM, **change}, replies) == public


# Classic


def _classic(*listeners: tuple[str, list[str]]) -> dict[str, Any]:
    return {
        "LoadBalancerName": "web",
        "AvailabilityZones": ["eu-west-2a", "eu-west-2b"],
        "ListenerDescriptions": [{"Listener": {"Protocol": each}, "PolicyNames": names} for each, names in listeners],
    }


def _policy(**versions: str) -> dict[str, Any]:
    attributes = [
        {"AttributeName": f"Protocol-{name.replace('_', '.')}", "AttributeValue": on} for name, on in versions.items()
    ]
    return {"policies": {"PolicyDescriptions": [{"PolicyName": "ours", "PolicyAttributeDescriptions": attributes}]}}


@pytest.mark.parametrize(
    ("item", "plaintext"),
    [
        (_classic(("HTTPS", [])), False),
        (_classic(("SSL", []), ("HTTP", [])), True),
        (_classic(("TCP", []), ("SSL", [])), Reason.UNDECIDED),
        (_classic(("?", [])), Reason.SHAPE),
        ({}, Reason.SHAPE),
    ],
)
def test_a_classic_load_balancer_takes_plaintext(item: object, plaintext: object) -> None:
    assert told(CLASSIC, EncryptionInTransit.plaintext, item) == plaintext


@pytest.mark.parametrize(
    ("item", "replies", "minimum"),
    [
        (_classic(("HTTPS", ["ours"])), _policy(TLSv1="false", TLSv1_2="true"), Tls.V1_2),
        (_classic(("HTTPS", ["ours"])), _policy(TLSv1="true", TLSv1_2="true"), Tls.V1_0),
        (_classic(("HTTPS", ["ours"])), _policy(SSLv3="true"), Tls.NONE),
        (_classic(("HTTPS", ["theirs"])), _policy(TLSv1="true"), Reason.SHAPE),
        (_classic(("HTTPS", [])), _policy(TLSv1="true"), Reason.SHAPE),
        (_classic(("HTTP", [])), _policy(), Inapplicable),
        (_classic(("SSL", ["ours"])), {"policies": REFUSED}, Reason.REFUSED),
    ],
)
def test_minimum_tls_of_a_classic_load_balancer(item: object, replies: Any, minimum: object) -> None:
    assert told(CLASSIC, EncryptionInTransit.minimum_tls, item, replies) == minimum


def test_other_facts_of_a_classic_load_balancer() -> None:
    item = _classic()
    logs = {"attributes": {"LoadBalancerAttributes": {"AccessLog": {"Enabled": True, "S3BucketName": "logs"}}}}
    none = {"attributes": {"LoadBalancerAttributes": {"AccessLog": {"Enabled": False}}}}
    arn = ARN.replace("app/web/1", "web")
    tags = {"tags": {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": [{"Key": "a", "Value": "b"}]}]}}
    assert told(CLASSIC, Location.homes, item) == ["aws:eu-west-2"]
    assert copies(CLASSIC, Location.copies, item, logs) == [("log-sink", "aws:eu-west-2", "arn:aws:s3:::logs")]
    assert copies(CLASSIC, Location.copies, item, none) == []
    assert copies(CLASSIC, Location.copies, item, {"attributes": {}}) == [Reason.SHAPE]
    assert told(CLASSIC, Tagging.tags, item, tags) == {"a": "b"}
    assert told(CLASSIC, Exposure.public, {**item, "Scheme": "internal"}) is False


# CloudFront


BUCKET_ORIGIN = {"DomainName": "site.s3.eu-west-2.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}


def _distribution(**fields: object) -> dict[str, Any]:
    return {
        "Enabled": True,
        "DefaultCacheBehavior": {"ViewerProtocolPolicy": "https-only"},
        "CacheBehaviors": {"Quantity": 0},
        "Origins": {"Items": [BUCKET_ORIGIN]},
        "WebACLId": "",
        **fields,
    }


IN_VPC = {"DomainName": "inside.example.com", "VpcOriginConfig": {"VpcOriginId": "vo-1"}}


def _also(policy: object) -> dict[str, object]:
    return {"CacheBehaviors": {"Quantity": 1, "Items": [{"ViewerProtocolPolicy": policy}]}}


def _fetched(policy: object) -> dict[str, object]:
    return {
        "Origins": {
            "Items": [{"DomainName": "www.example.com", "CustomOriginConfig": {"OriginProtocolPolicy": policy}}]
        }
    }


@pytest.mark.parametrize(
    ("change", "plaintext"),
    [
        ({}, False),
        (_also("redirect-to-https"), False),
        (_also("allow-all"), True),
        ({"DefaultCacheBehavior": {"ViewerProtocolPolicy": "allow-all"}}, True),
        (_fetched("https-only"), False),
        (_fetched("match-viewer"), False),
        (_fetched("http-only"), True),
        (_also("?"), Reason.SHAPE),
        (_fetched("?"), Reason.SHAPE),
        ({"Origins": {"Items": [BUCKET_ORIGIN, IN_VPC]}}, Reason.NOT_ASKED),
        ({"Origins": {"Items": [{"DomainName": "www.example.com"}]}}, Reason.SHAPE),
        ({"CacheBehaviors": {}}, Reason.SHAPE),
        ({"CacheBehaviors": {"Quantity": 1}}, Reason.SHAPE),
    ],
)
def test_a_distribution_takes_and_fetches_plaintext(change: dict[str, object], plaintext: object) -> None:
    assert told(DISTRIBUTION, EncryptionInTransit.plaintext, _distribution(**change)) == plaintext


@pytest.mark.parametrize(
    ("certificate", "minimum"),
    [
        ({"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1.2_2021"}, Tls.V1_0),
        ({"CloudFrontDefaultCertificate": False, "MinimumProtocolVersion": "TLSv1.2_2021"}, Tls.V1_2),
        ({"MinimumProtocolVersion": "SSLv3"}, Tls.NONE),
        ({"MinimumProtocolVersion": "TLSv1_2016"}, Tls.V1_0),
        ({"MinimumProtocolVersion": "TLSv1.1_2016"}, Tls.V1_1),
        ({"MinimumProtocolVersion": "TLSv1.3_2025"}, Tls.V1_3),
        ({"MinimumProtocolVersion": "TLSv2"}, Reason.SHAPE),
        ({}, Reason.SHAPE),
    ],
)
def test_minimum_tls_of_a_distribution(certificate: object, minimum: object) -> None:
    item = _distribution(ViewerCertificate=certificate)
    assert told(DISTRIBUTION, EncryptionInTransit.minimum_tls, item) == minimum


SIGNED = {"ViewerProtocolPolicy": "https-only", "TrustedKeyGroups": {"Enabled": True}}
UNSIGNED = {"ViewerProtocolPolicy": "https-only", "TrustedSigners": {"Enabled": False}}


@pytest.mark.parametrize(
    ("change", "public"),
    [
        ({}, True),
        ({"Enabled": False}, False),
        ({"DefaultCacheBehavior": SIGNED}, False),
        ({"DefaultCacheBehavior": SIGNED, "CacheBehaviors": {"Quantity": 1, "Items": [UNSIGNED]}}, True),
        ({"DefaultCacheBehavior": {"TrustedSigners": {"Enabled": True}}}, False),
        ({"WebACLId": "arn:aws:wafv2:x"}, Reason.UNDECIDED),
        ({"DefaultCacheBehavior": {"FunctionAssociations": {"Quantity": 0}}}, True),
        ({"DefaultCacheBehavior": {"FunctionAssociations": {"Quantity": 1}}}, Reason.UNDECIDED),
        (
            {"CacheBehaviors": {"Quantity": 1, "Items": [{"LambdaFunctionAssociations": {"Quantity": 1}}]}},
            Reason.UNDECIDED,
        ),
        ({"ViewerMtlsConfig": {"Mode": "required"}}, False),
        ({"ViewerMtlsConfig": {"Mode": "optional"}}, True),
        ({"Enabled": None}, Reason.SHAPE),
    ],
)
def test_a_distribution_is_public_unless_it_takes_signed_requests_only(
    change: dict[str, object], public: object
) -> None:
    assert told(DISTRIBUTION, Exposure.public, _distribution(**change)) == public


@pytest.mark.parametrize(
    ("domain", "found"),
    [
        ("site.s3.amazonaws.com", ["arn:aws:s3:::site"]),
        ("site.s3.eu-west-2.amazonaws.com", ["arn:aws:s3:::site"]),
        ("www.site.s3-website-eu-west-1.amazonaws.com", ["arn:aws:s3:::www.site"]),
        ("site.s3-website.eu-central-1.amazonaws.com", ["arn:aws:s3:::site"]),
        ("site.s3.dualstack.eu-west-2.amazonaws.com", ["arn:aws:s3:::site"]),
        ("www.example.com", [Reason.UNDECIDED]),
        ("web-1.eu-west-2.elb.amazonaws.com", [Reason.UNDECIDED]),
        (None, [Reason.SHAPE]),
    ],
)
def test_the_origin_of_a_distribution(domain: object, found: object) -> None:
    item = _distribution(Origins={"Items": [{"DomainName": domain}]})
    assert refs(DISTRIBUTION, Lineage.origins, item) == found


def test_other_facts_of_a_distribution() -> None:
    item = _distribution()
    logging = {"Enabled": True, "Bucket": "logs.s3.amazonaws.com"}
    edges = ("cdn", "global", "")
    assert told(DISTRIBUTION, Location.homes, item) == ["global"]
    assert copies(DISTRIBUTION, Location.copies, item, {"config": {"DistributionConfig": {"Logging": logging}}}) == [
        edges,
        ("log-sink", Reason.NOT_ASKED, "arn:aws:s3:::logs"),
        Reason.NOT_ASKED,
    ]
    off = {"config": {"DistributionConfig": {"Logging": {"Enabled": False, "Bucket": ""}}}}
    assert copies(DISTRIBUTION, Location.copies, item, off) == [edges, Reason.NOT_ASKED]
    assert copies(DISTRIBUTION, Location.copies, item, {"config": REFUSED}) == [edges, Reason.NOT_ASKED, Reason.REFUSED]
    assert told(DISTRIBUTION, EncryptionAtRest.state, item) == AtRest.ENCRYPTED
    assert told(DISTRIBUTION, EncryptionAtRest.owner, item) == KeyOwner.PROVIDER
    assert told(DISTRIBUTION, EncryptionAtRest.algorithms, item) == Reason.UNDECIDED
    assert told(DISTRIBUTION, Tagging.tags, item, {"tags": {"Tags": {"Items": []}}}) == {}


# API Gateway


def _api(*types: object, **fields: object) -> dict[str, Any]:
    return {"endpointConfiguration": {"types": list(types)}, **fields}


@pytest.mark.parametrize(
    ("item", "copied", "public"),
    [
        (_api("EDGE"), [("cdn", "global", "")], Reason.NOT_ASKED),
        (_api("REGIONAL"), [], Reason.NOT_ASKED),
        (_api("PRIVATE"), [], False),
        (_api(), [], Reason.NOT_ASKED),
        (_api("LUNAR"), [Reason.SHAPE], Reason.SHAPE),
        ({}, [Reason.SHAPE], Reason.SHAPE),
    ],
)
def test_the_endpoints_of_an_api(item: object, copied: object, public: object) -> None:
    assert copies(REST, Location.copies, item) == copied
    assert told(REST, Exposure.public, item) == public
    assert copies(DOMAIN, Location.copies, item) == copied
    assert told(REST, Location.homes, item) == ["aws:eu-west-2"]


@pytest.mark.parametrize(
    ("policy", "minimum"),
    [
        ("TLS_1_0", Tls.V1_0),
        ("TLS_1_2", Tls.V1_2),
        ("SecurityPolicy_TLS13_1_3_2025_09", Tls.V1_3),
        ("SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", Tls.V1_2),
        ("SecurityPolicy_TLS99", Reason.SHAPE),
        (None, Reason.SHAPE),
    ],
)
def test_the_security_policy_of_an_api(policy: object, minimum: object) -> None:
    for kind in (REST, DOMAIN):
        assert told(kind, EncryptionInTransit.minimum_tls, {"securityPolicy": policy}) == minimum
        assert told(kind, EncryptionInTransit.plaintext, {}) is False
        assert told(kind, Tagging.tags, {"tags": {"a": "b"}}) == {"a": "b"}
    assert told(API, EncryptionInTransit.minimum_tls, {}) == Tls.V1_2
    assert told(API, Exposure.public, {}) == Reason.NOT_ASKED
    assert told(API, Tagging.tags, {}) == {}
