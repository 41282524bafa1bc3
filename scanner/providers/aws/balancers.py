"""Elastic Load Balancing: application, network and gateway load balancers, and classic ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.collect.model import Call, ResourceType
from scanner.facts import (
    Copy,
    CopyKind,
    EncryptionInTransit,
    Exposure,
    Inapplicable,
    Kind,
    Location,
    Node,
    NotApplicable,
    NotKnown,
    Reason,
    Tls,
    Trust,
    Unknown,
    View,
    text,
    texts,
)
from scanner.places import aws
from scanner.providers.aws import security_groups, tagging
from scanner.providers.aws.common import arn_here, arn_region

LISTENERS, RULES, POLICIES = "listeners:/Listeners", "rules:/Rules", "policies:/SslPolicies"
# Whether a protocol is encrypted; of TCP and UDP nobody but the target knows.
ENCRYPTED: dict[object, bool | None] = {
    "HTTP": False,
    "HTTPS": True,
    "TLS": True,
    "SSL": True,
    "QUIC": True,
    "TCP": None,
    "UDP": None,
    "TCP_UDP": None,
    "TCP_QUIC": None,
    "GENEVE": None,
}
PASSED_ON = Unknown(Reason.UNDECIDED, "a listener passes TCP or UDP on, and its targets decide what they take")
NO_TLS = Inapplicable("no listener ends TLS")
VERSIONS: dict[object, Tls] = {
    "SSLv2": Tls.NONE,
    "SSLv3": Tls.NONE,
    "TLSv1": Tls.V1_0,
    "TLSv1.1": Tls.V1_1,
    "TLSv1.2": Tls.V1_2,
    "TLSv1.3": Tls.V1_3,
}
SCHEMES: dict[object, bool] = {"internet-facing": True, "internal": False}
FACING = Unknown(
    Reason.UNDECIDED, "it faces the Internet, and no security group keeps everybody out; routes and ACLs are not read"
)
GROUPS = "item:/SecurityGroups"
RULELESS = Unknown(Reason.SHAPE, "a listener has no rule, though each has a default one")
EACH_ANSWERS = "each certificate answers for itself"
# Each has an attribute ".s3.enabled" and one ".s3.bucket" (botocore's model of LoadBalancerAttribute).
LOGS = ("access_logs", "connection_logs", "health_check_logs")


def _oldest(versions: Iterable[Tls]) -> Tls:
    return min(versions, key=list(Tls).index)


def _is_plain(found: list[bool | None]) -> bool:
    """Whether any listener takes what is not encrypted. One that does decides; else one that nobody knows of does."""
    if False in found:
        return True
    if None in found:
        raise NotKnown(PASSED_ON)
    return False


def _encrypts(view: View, listener: Node) -> bool | None:
    """Whether a listener takes encrypted connections only; also HTTP that does nothing but redirect to HTTPS."""
    encrypted = listener.at("/Protocol", ENCRYPTED)
    if encrypted is not False or not _redirects(listener, "/DefaultActions"):
        return encrypted
    rules = listener.at("/ListenerArn", text).replace(":listener/", ":listener-rule/", 1) + "/"
    own = [rule for rule in view.each(RULES) if rule.at("/RuleArn", text).startswith(rules)]
    if not own:
        raise NotKnown(RULELESS)
    return all(_redirects(rule, "/Actions") for rule in own)


def _redirects(node: Node, actions: str) -> bool:
    found = [action.at("/RedirectConfig/Protocol", text, missing="") for action in node.each(actions)]
    return bool(found) and all(protocol == "HTTPS" for protocol in found)


def _plaintext(view: View) -> bool:
    return _is_plain([_encrypts(view, listener) for listener in view.each(LISTENERS)])


def _minimum_tls(view: View) -> Tls:
    wanted = {each.at("/SslPolicy", text) for each in view.each(LISTENERS) if each.at("/Protocol", ENCRYPTED)}
    if not wanted:
        raise NotApplicable(NO_TLS)
    found = {each.at("/Name", text): each for each in view.each(POLICIES)}
    if not wanted <= found.keys():
        raise NotKnown(Unknown(Reason.SHAPE, "a listener names a security policy that is not listed"))
    return _oldest(version for name in wanted for version in _protocols(found[name]))


def _protocols(policy: Node) -> Iterator[Tls]:
    return (each.at("", VERSIONS) for each in policy.each("/SslProtocols"))


def _public(view: View) -> bool:
    """Closed where it is internal, or where none of its security groups lets everybody in."""
    return view.at("item:/Scheme", SCHEMES) and _is_let_in(view)


def _is_let_in(view: View) -> bool:
    # A network load balancer may have none (botocore's model of LoadBalancer).
    named = view.at(GROUPS, texts, missing=())
    if not named or security_groups.admits(view, named):
        raise NotKnown(FACING)
    return False


def _balancer_public(view: View) -> bool:
    """As `_public`. An internal one with IPv6 addresses is closed as long as it denies what an Internet gateway brings
    (botocore's model of LoadBalancerAttribute).
    """
    public = _public(view)
    if view.at("item:/IpAddressType", text) != "ipv4":
        attributes = {
            each.at("/Key", text): each.at("/Value", str, missing="") for each in view.each("attributes:/Attributes")
        }
        if attributes.get("ipv6.deny_all_igw_traffic") != "true":
            return _is_let_in(view)
    return public


def _homes(view: View) -> Iterable[str]:
    zones = list(view.each("item:/AvailabilityZones", missing=True))
    if any(zone.at("/OutpostId", text, missing=None) for zone in zones):
        raise NotKnown(Unknown(Reason.UNDECIDED, "it is on an Outpost, whose site is not read yet"))
    yield from sorted({aws(zone.at("/ZoneName", text)) for zone in zones})


def _logs(view: View) -> Iterable[Copy]:
    found = {each.at("/Key", text): each.at("/Value", str, missing="") for each in view.each("attributes:/Attributes")}
    # The bucket must be in the same region
    # (docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html).
    region = view.at("item:/LoadBalancerArn", arn_region)
    buckets = {found[f"{log}.s3.bucket"]: None for log in LOGS if found.get(f"{log}.s3.enabled") == "true"}
    for bucket in buckets:
        yield Copy(CopyKind.LOG_SINK, aws(region), f"arn:{view.where.partition}:s3:::{bucket}")


BALANCER = ResourceType(
    "aws.elbv2.load-balancer",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    Kind.CONFIG,
    each=Call("elasticloadbalancing:DescribeLoadBalancers", "elbv2.describe_load_balancers", items="/LoadBalancers"),
    id="{/LoadBalancerArn}",
    label="/LoadBalancerName",
    ask={
        "listeners": Call(
            "elasticloadbalancing:DescribeListeners",
            "elbv2.describe_listeners",
            items="/Listeners",
            take={"LoadBalancerArn": "/LoadBalancerArn"},
        ),
        "rules": Call(
            "elasticloadbalancing:DescribeRules",
            "elbv2.describe_rules",
            items="/Rules",
            take={"ListenerArn": "/Listeners/*/ListenerArn"},
            follows="listeners",
        ),
        "policies": Call(
            "elasticloadbalancing:DescribeSSLPolicies", "elbv2.describe_ssl_policies", items="/SslPolicies"
        ),
        "attributes": Call(
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elbv2.describe_load_balancer_attributes",
            take={"LoadBalancerArn": "/LoadBalancerArn"},
        ),
        "groups": security_groups.ask("/SecurityGroups"),
        "tags": tagging.ask("elasticloadbalancing:loadbalancer"),
    },
    facts=(
        Location.homes.items(_homes, "item:/AvailabilityZones/*/ZoneName", "item:/AvailabilityZones/*/OutpostId"),
        Location.copies.items(
            _logs, "item:/LoadBalancerArn", "attributes:/Attributes/*/Key", "attributes:/Attributes/*/Value"
        ),
        EncryptionInTransit.plaintext.by(
            _plaintext,
            f"{LISTENERS}/*/Protocol",
            f"{LISTENERS}/*/ListenerArn",
            f"{LISTENERS}/*/DefaultActions/*/RedirectConfig/Protocol",
            f"{RULES}/*/RuleArn",
            f"{RULES}/*/Actions/*/RedirectConfig/Protocol",
        ),
        EncryptionInTransit.minimum_tls.by(
            _minimum_tls,
            f"{LISTENERS}/*/Protocol",
            f"{LISTENERS}/*/SslPolicy",
            f"{POLICIES}/*/Name",
            f"{POLICIES}/*/SslProtocols",
        ),
        EncryptionInTransit.certificate_expires.inapplicable(EACH_ANSWERS),
        Exposure.public.by(
            _balancer_public,
            "item:/Scheme",
            "item:/IpAddressType",
            GROUPS,
            *security_groups.PATHS,
            "attributes:/Attributes/*/Key",
            "attributes:/Attributes/*/Value",
        ),
        tagging.answer("item:/LoadBalancerArn"),
    ),
    unordered=("attributes:/Attributes", "tags:/ResourceTagMappingList"),
    without={Trust: "it lets in whoever reaches its listeners, and cannot be shared"},
)

# Classic load balancers

CLASSIC_LISTENERS, CLASSIC_POLICIES = "item:/ListenerDescriptions", "policies:/PolicyDescriptions"
ENDING = frozenset({"HTTPS", "SSL"})
PROTOCOLS = {f"Protocol-{name}": version for name, version in VERSIONS.items()}
ACCESS_LOG = "attributes:/LoadBalancerAttributes/AccessLog"


def _classic_plaintext(view: View) -> bool:
    return _is_plain([each.at("/Listener/Protocol", ENCRYPTED) for each in view.each(CLASSIC_LISTENERS)])


def _classic_tls(view: View) -> Tls:
    wanted = [
        set(_names(each)) for each in view.each(CLASSIC_LISTENERS) if each.at("/Listener/Protocol", text) in ENDING
    ]
    if not wanted:
        raise NotApplicable(NO_TLS)
    found = {each.at("/PolicyName", text): list(_enabled(each)) for each in view.each(CLASSIC_POLICIES)}
    versions = [[version for name in names for version in found.get(name, [])] for names in wanted]
    if not all(versions):
        raise NotKnown(Unknown(Reason.SHAPE, "no policy of a listener tells the versions that it takes"))
    return _oldest(version for each in versions for version in each)


def _names(listener: Node) -> Iterator[str]:
    return (each.at("", text) for each in listener.each("/PolicyNames", missing=True))


def _enabled(policy: Node) -> Iterator[Tls]:
    for each in policy.each("/PolicyAttributeDescriptions", missing=True):
        version = PROTOCOLS.get(each.at("/AttributeName", text))
        if version and each.at("/AttributeValue", str, missing="") == "true":
            yield version


def _classic_homes(view: View) -> Iterable[str]:
    yield from sorted({aws(each.at("", text)) for each in view.each("item:/AvailabilityZones")})


def _classic_logs(view: View) -> Iterable[Copy]:
    if view.at(f"{ACCESS_LOG}/Enabled", {True: True, False: False}):
        bucket = view.at(f"{ACCESS_LOG}/S3BucketName", text)
        yield Copy(CopyKind.LOG_SINK, aws(view.where.region), f"arn:{view.where.partition}:s3:::{bucket}")


def _classic_arn(view: View) -> str:
    return arn_here(view, "elasticloadbalancing", f"loadbalancer/{view.at('item:/LoadBalancerName', text)}")


CLASSIC = ResourceType(
    "aws.elb.load-balancer",
    "AWS::ElasticLoadBalancing::LoadBalancer",
    Kind.CONFIG,
    each=Call(
        "elasticloadbalancing:DescribeLoadBalancers",
        "elb.describe_load_balancers",
        items="/LoadBalancerDescriptions",
    ),
    id="arn:{@partition}:elasticloadbalancing:{@region}:{@account}:loadbalancer/{/LoadBalancerName}",
    label="/LoadBalancerName",
    ask={
        "policies": Call(
            "elasticloadbalancing:DescribeLoadBalancerPolicies",
            "elb.describe_load_balancer_policies",
            take={"LoadBalancerName": "/LoadBalancerName"},
        ),
        "attributes": Call(
            "elasticloadbalancing:DescribeLoadBalancerAttributes",
            "elb.describe_load_balancer_attributes",
            take={"LoadBalancerName": "/LoadBalancerName"},
        ),
        "groups": security_groups.ask("/SecurityGroups"),
        "tags": tagging.ask("elasticloadbalancing:loadbalancer"),
    },
    facts=(
        Location.homes.items(_classic_homes, "item:/AvailabilityZones"),
        Location.copies.items(_classic_logs, f"{ACCESS_LOG}/Enabled", f"{ACCESS_LOG}/S3BucketName"),
        EncryptionInTransit.plaintext.by(_classic_plaintext, f"{CLASSIC_LISTENERS}/*/Listener/Protocol"),
        EncryptionInTransit.minimum_tls.by(
            _classic_tls,
            f"{CLASSIC_LISTENERS}/*/Listener/Protocol",
            f"{CLASSIC_LISTENERS}/*/PolicyNames",
            f"{CLASSIC_POLICIES}/*/PolicyName",
            f"{CLASSIC_POLICIES}/*/PolicyAttributeDescriptions/*/AttributeName",
            f"{CLASSIC_POLICIES}/*/PolicyAttributeDescriptions/*/AttributeValue",
        ),
        EncryptionInTransit.certificate_expires.inapplicable(EACH_ANSWERS),
        Exposure.public.by(_public, "item:/Scheme", GROUPS, *security_groups.PATHS),
        tagging.answer_of(_classic_arn, "item:/LoadBalancerName"),
    ),
    unordered=("tags:/ResourceTagMappingList",),
    without={Trust: "it lets in whoever reaches its listeners, and cannot be shared"},
)

TYPES = (BALANCER, CLASSIC)
