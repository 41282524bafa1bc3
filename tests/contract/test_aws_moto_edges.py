"""Edges, logs and other services against moto's server: real clients, real sockets."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from scanner.facts import (
    AtRest,
    Connection,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Fact,
    KeyOwner,
    Location,
    Reason,
    Tagging,
    Tls,
)
from scanner.providers.aws import PROVIDER
from tests.contract.aws_server import LACKING, REGION, Gate, client, items, scanned, state, value

ACCOUNT, EMPTY = "444444444444", "555555555555"
SCOPE: Mapping[str, object] = {"accounts": [ACCOUNT], "role": "asdeclared-reader", "regions": [REGION]}
SEEDED = frozenset(
    {
        "aws.acm.certificate",
        "aws.apigateway.rest-api",
        "aws.apigatewayv2.api",
        "aws.cloudfront.distribution",
        "aws.cloudtrail.event-data-store",
        "aws.cloudtrail.trail",
        "aws.cognito.user-pool",
        "aws.ec2.image",
        "aws.ec2.transit-gateway",
        "aws.elb.load-balancer",
        "aws.elbv2.load-balancer",
        "aws.lambda.function",
    }
)
TYPES = tuple(kind for kind in PROVIDER.types if kind.name in SEEDED)
STORES = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:eventdatastore/1"
pytestmark = pytest.mark.usefixtures("estate", "beside")
TAGS = [{"Key": "env", "Value": "prod"}]


@pytest.fixture(scope="module")
def estate(endpoint: str) -> Mapping[str, str]:
    """One of each type; the ids that AWS chose."""
    clients = {
        each: client(ACCOUNT, endpoint, each)
        for each in ("acm", "apigateway", "apigatewayv2", "cloudfront", "cloudtrail", "cognito-idp", "ec2", "elb")
    }
    ec2 = clients["ec2"]
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [_subnet(ec2, vpc, number, zone) for number, zone in enumerate("ab")]
    gateway = ec2.create_transit_gateway()["TransitGateway"]
    ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway["TransitGatewayId"], VpcId=vpc, SubnetIds=subnets[:1]
    )
    certificate = clients["acm"].request_certificate(DomainName="www.example.com", Tags=TAGS)["CertificateArn"]
    return {
        "vpc": vpc,
        "gateway": gateway["TransitGatewayArn"],
        "certificate": certificate,
        "image": _image(ec2, subnets[0]),
        "balancer": _balancer(client(ACCOUNT, endpoint, "elbv2"), subnets, certificate),
        "function": _function(endpoint),
        **_rest(clients),
    }


def _subnet(ec2: Any, vpc: str, number: int, zone: str) -> str:
    made = ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
    return str(made["Subnet"]["SubnetId"])


def _image(ec2: Any, subnet: str) -> str:
    instance = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]
    return str(ec2.create_image(InstanceId=instance["InstanceId"], Name="golden")["ImageId"])


def _balancer(elb: Any, subnets: list[str], certificate: str) -> str:
    arn = elb.create_load_balancer(Name="web", Subnets=subnets, Scheme="internal", Tags=TAGS)["LoadBalancers"][0]
    redirect = {"Type": "redirect", "RedirectConfig": {"Protocol": "HTTPS", "StatusCode": "HTTP_301"}}
    fixed = {"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}
    name = str(arn["LoadBalancerArn"])
    elb.create_listener(LoadBalancerArn=name, Protocol="HTTP", Port=80, DefaultActions=[redirect])
    elb.create_listener(
        LoadBalancerArn=name,
        Protocol="HTTPS",
        Port=443,
        SslPolicy="ELBSecurityPolicy-TLS-1-2-2017-01",
        Certificates=[{"CertificateArn": certificate}],
        DefaultActions=[fixed],
    )
    return name


def _function(endpoint: str) -> str:
    iam = client(ACCOUNT, endpoint, "iam")
    trust = {"Version": "2012-10-17", "Statement": []}
    role = iam.create_role(RoleName="worker", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", "")
    made = client(ACCOUNT, endpoint, "lambda").create_function(
        FunctionName="sum",
        Runtime="python3.12",
        Role=role,
        Handler="main.main",
        Code={"ZipFile": code.getvalue()},
        Tags={"env": "prod"},
    )
    return str(made["FunctionArn"])


def _rest(clients: Mapping[str, Any]) -> dict[str, str]:
    rest = clients["apigateway"].create_rest_api(
        name="shop", endpointConfiguration={"types": ["PRIVATE"]}, tags={"env": "prod"}
    )
    api = clients["apigatewayv2"].create_api(Name="hooks", ProtocolType="HTTP", Tags={"env": "prod"})
    behaviour = {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https", "MinTTL": 0}
    site = {"Id": "site", "DomainName": "site.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    distribution = clients["cloudfront"].create_distribution(
        DistributionConfig={
            "CallerReference": "1",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [site]},
            "DefaultCacheBehavior": behaviour,
            "Logging": {"Enabled": True, "IncludeCookies": False, "Bucket": "logs.s3.amazonaws.com", "Prefix": ""},
        }
    )
    clients["elb"].create_load_balancer(
        LoadBalancerName="old",
        Listeners=[{"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}],
        AvailabilityZones=[f"{REGION}a"],
    )
    pool = clients["cognito-idp"].create_user_pool(PoolName="people", UserPoolTags={"env": "prod"})["UserPool"]
    return {
        "rest": f"arn:aws:apigateway:{REGION}::/restapis/{rest['id']}",
        "api": f"arn:aws:apigateway:{REGION}::/apis/{api['ApiId']}",
        "distribution": distribution["Distribution"]["ARN"],
        "pool": pool["Arn"],
        "classic": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/old",
    }


@pytest.fixture
def beside(gate: Gate) -> Gate:
    """What moto lacks: trails are made of it where a bucket's policy lets CloudTrail write, stores not at all."""
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trails:*"
    trail = {"TrailARN": _trail(), "Name": "all", "HomeRegion": REGION, "S3BucketName": "trails"}
    cloudtrail = "CloudTrail_20131101"
    gate.answers |= {
        f"{cloudtrail}.DescribeTrails": {"trailList": [{**trail, "CloudWatchLogsLogGroupArn": group}]},
        f"{cloudtrail}.ListEventDataStores": {"EventDataStores": [{"EventDataStoreArn": STORES, "Name": "all"}]},
        f"{cloudtrail}.GetEventDataStore": {"EventDataStoreArn": STORES, "RetentionPeriod": 365},
        f"{cloudtrail}.GetResourcePolicy": {"ResourceArn": STORES, "ResourcePolicy": json.dumps({"Statement": []})},
    }
    return gate


def _trail() -> str:
    return f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/all"


def test_an_estate_is_read_as_it_is(estate: Mapping[str, str], endpoint: str) -> None:
    found = {record.id: record for record in scanned(endpoint, SCOPE, TYPES).records if record.modelled}
    assert {record.type for record in found.values()} == SEEDED
    tagged: dict[Fact[Any], object] = {Tagging.tags: {"env": "prod"}}
    expected: dict[str, dict[Fact[Any], object]] = {
        estate["balancer"]: {
            **tagged,
            EncryptionInTransit.plaintext: False,
            EncryptionInTransit.minimum_tls: Tls.V1_2,
            Exposure.public: False,
        },
        estate["classic"]: {EncryptionInTransit.plaintext: True, Tagging.tags: {}},
        estate["certificate"]: tagged,
        estate["rest"]: {**tagged, Exposure.public: False, EncryptionInTransit.plaintext: False},
        estate["api"]: {**tagged, EncryptionInTransit.minimum_tls: Tls.V1_2},
        estate["distribution"]: {EncryptionInTransit.plaintext: False, Exposure.public: True, Tagging.tags: {}},
        # moto has no ListFunctionUrlConfigs, so that who may call it stays unknown here.
        estate["function"]: {**tagged, EncryptionAtRest.state: AtRest.ENCRYPTED},
        estate["pool"]: tagged,
        STORES: {EncryptionAtRest.owner: KeyOwner.PROVIDER, Exposure.public: False},
    }
    for name, facts in expected.items():
        assert {fact: value(found[name], fact) for fact in facts} == facts, name
    image = found[f"arn:aws:ec2:{REGION}:{ACCOUNT}:image/{estate['image']}"]
    assert value(image, Exposure.public) is False
    (end,) = items(found[estate["gateway"]], Connection.ends)
    assert getattr(end, "ref", "") == f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{estate['vpc']}"
    refs = [getattr(each, "ref", "") for each in items(found[_trail()], Location.copies)]
    assert refs == ["arn:aws:s3:::trails", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trails"]
    logs = [getattr(each, "ref", "") for each in items(found[estate["distribution"]], Location.copies)]
    assert logs == ["", "arn:aws:s3:::logs"]


def test_every_fact_is_derived_without_an_error(endpoint: str) -> None:
    for record in scanned(endpoint, SCOPE, TYPES).records:
        if record.modelled:
            for answer in next(kind for kind in TYPES if kind.name == record.type).facts:
                state(record, answer.fact)


def test_an_account_that_has_none_is_listed_without_a_gap(endpoint: str, gate: Gate) -> None:
    gate.answers = {**LACKING}
    mine = tuple(kind for kind in PROVIDER.types if kind.name in SEEDED | {"aws.sqs.queue", "aws.workspaces.workspace"})
    listed = [kind for kind in mine if kind.name != "aws.cloudtrail.event-data-store"]
    found = scanned(endpoint, {**SCOPE, "accounts": [EMPTY]}, listed)
    assert not [gap for gap in found.gaps if gap.reason not in {Reason.NOT_ASKED, Reason.INCOMPLETE}]
    assert not [record for record in found.records if record.modelled and record.type != "aws.ec2.image"]
