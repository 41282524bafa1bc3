"""From ARNs to CloudFormation types."""

from __future__ import annotations

from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.collect.catalogue import Catalogue
from scanner.facts import Kind
from scanner.providers.aws.arns import MALFORMED, arn_type, table

HERE = "eu-west-1:111111111111"


@pytest.mark.parametrize(
    ("arn", "native_type"),
    [
        ("arn:aws:s3:::example", "AWS::S3::Bucket"),
        ("arn:aws-cn:s3:::example", "AWS::S3::Bucket"),
        ("arn:aws:s3:::accesspoint", "AWS::S3::Bucket"),
        (f"arn:aws:s3:{HERE}:accesspoint/example", "AWS::S3::AccessPoint"),
        ("arn:aws:s3::111111111111:accesspoint/m1.mrap", "AWS::S3::MultiRegionAccessPoint"),
        (f"arn:aws:s3:{HERE}:new-kind/example", "aws:s3/new-kind"),
        (f"arn:aws:rds:{HERE}:db:example", "AWS::RDS::DBInstance"),
        (f"arn:aws:rds:{HERE}:cluster:example", "AWS::RDS::DBCluster"),
        (f"arn:aws:rds:{HERE}:cluster-snapshot:rds:example-2026-11-01", "AWS::RDS::DBClusterSnapshot"),
        (f"arn:aws:rds:{HERE}:snapshot:rds:example-2026-11-01", "AWS::RDS::DBSnapshot"),
        (f"arn:aws:rds:{HERE}:cluster-pg:example", "AWS::RDS::DBClusterParameterGroup"),
        (f"arn:aws:ec2:{HERE}:volume/vol-1", "AWS::EC2::Volume"),
        ("arn:aws:ec2:eu-west-1::snapshot/snap-1", "AWS::EC2::Snapshot"),
        ("arn:aws:ec2:eu-west-1::image/ami-1", "AWS::EC2::Image"),
        (f"arn:aws:ec2:{HERE}:instance/i-1", "AWS::EC2::Instance"),
        (f"arn:aws:logs:{HERE}:log-group:/aws/lambda/example", "AWS::Logs::LogGroup"),
        (f"arn:aws:logs:{HERE}:log-group:/aws/lambda/example:*", "AWS::Logs::LogGroup"),
        (f"arn:aws:logs:{HERE}:log-group:two\nlines", "AWS::Logs::LogGroup"),
        (f"arn:aws:logs:{HERE}:log-group:/aws/lambda/example:log-stream:a/b", "AWS::Logs::LogStream"),
        (f"arn:aws:dynamodb:{HERE}:table/example", "AWS::DynamoDB::Table"),
        (f"arn:aws:dynamodb:{HERE}:table/example/backup/01", "AWS::DynamoDB::Backup"),
        (f"arn:aws:dynamodb:{HERE}:table/example/index/by-name", "aws:dynamodb/table"),
        (f"arn:aws:sqs:{HERE}:example.fifo", "AWS::SQS::Queue"),
        (f"arn:aws:sns:{HERE}:example", "AWS::SNS::Topic"),
        (f"arn:aws:sns:{HERE}:example:00000000-0000-0000-0000-000000000001", "AWS::SNS::Subscription"),
        (f"arn:aws:kms:{HERE}:key/00000000-0000-0000-0000-000000000001", "AWS::KMS::Key"),
        (f"arn:aws:elasticfilesystem:{HERE}:file-system/fs-1", "AWS::EFS::FileSystem"),
        (f"arn:aws:secretsmanager:{HERE}:secret:team/example-AbCdEf", "AWS::SecretsManager::Secret"),
        (f"arn:aws:ssm:{HERE}:parameter/team/example", "AWS::SSM::Parameter"),
        (f"arn:aws:lambda:{HERE}:function:example", "AWS::Lambda::Function"),
        (f"arn:aws:lambda:{HERE}:function:example:live", "AWS::Lambda::Function"),
        (f"arn:aws:kinesis:{HERE}:stream/example", "AWS::Kinesis::Stream"),
        (f"arn:aws:kinesis:{HERE}:stream/example/consumer/one:1700000000", "AWS::Kinesis::StreamConsumer"),
        (f"arn:aws:elasticache:{HERE}:replicationgroup:example", "AWS::ElastiCache::ReplicationGroup"),
        (f"arn:aws:es:{HERE}:domain/example", "AWS::OpenSearchService::Domain"),
        (f"arn:aws:backup:{HERE}:backup-vault:example", "AWS::Backup::BackupVault"),
        (f"arn:aws:backup:{HERE}:recovery-point:00000000-0000-0000-0000-000000000001", "AWS::Backup::RecoveryPoint"),
        (
            f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/example/1",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
        ),
        (f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/example", "AWS::ElasticLoadBalancing::LoadBalancer"),
        ("arn:aws:apigateway:eu-west-1::/restapis/abc", "AWS::ApiGateway::RestApi"),
        ("arn:aws:apigateway:eu-west-1::/restapis/abc/stages/live", "AWS::ApiGateway::Stage"),
        ("arn:aws:apigateway:eu-west-1::/newkind/abc", "aws:apigateway/newkind"),
        (f"arn:aws:cassandra:{HERE}:/keyspace/shop/table/orders", "AWS::Cassandra::Table"),
        (f"arn:aws:cassandra:{HERE}:/keyspace/shop/", "AWS::Cassandra::Keyspace"),
        (f"arn:aws:s3tables:{HERE}:bucket/example/table/01", "AWS::S3Tables::Table"),
        ("arn:aws:iam::111111111111:role/path/example", "AWS::IAM::Role"),
        ("arn:aws:cloudfront::111111111111:distribution/E1", "AWS::CloudFront::Distribution"),
        (f"arn:aws:new-service:{HERE}:thing/example", "aws:new-service/thing"),
        (f"arn:aws:new-service:{HERE}:thing:example/a", "aws:new-service/thing"),
        (f"arn:aws:new-service:{HERE}:only-a-name", "aws:new-service/resource"),
        (f"arn:aws:new-service:{HERE}:thing/", "aws:new-service/resource"),
        (f"arn:aws:new-service:{HERE}:<b>/x", "aws:new-service/resource"),
        (f"arn:aws:new-service:{HERE}:{'a' * 64}/x", "aws:new-service/resource"),
        (f"arn:aws:ec2:{HERE}:volume/", "aws:ec2/resource"),
    ],
)
def test_an_arn_names_a_type(arn: str, native_type: str) -> None:
    assert arn_type(arn) == native_type


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "arn",
        "arn:aws:s3",
        "arn:aws:s3:::",
        "arn:aws::eu-west-1:1:x/y",
        "example",
        "ARN:aws:s3:::b",
        "arn:aws:S 3:::b",
        "x arn:aws:s3:::b",
    ],
)
def test_what_is_no_arn_is_told_as_such(arn: str) -> None:
    assert arn_type(arn) == MALFORMED


@given(st.text() | st.builds("arn:aws:{}:eu-west-1:111111111111:{}".format, st.text(), st.text()))
def test_no_text_raises_and_none_is_dropped(arn: str) -> None:
    assert arn_type(arn).lower().startswith("aws:")


def rows() -> list[tuple[str, str]]:
    text = (resources.files("scanner.providers.aws") / "arns.txt").read_text(encoding="utf-8")
    words = (line.partition("#")[0].split() for line in text.splitlines())
    return [(form, native_type) for form, native_type in (pair for pair in words if pair)]


def test_no_row_of_the_table_is_dead() -> None:
    def example(form: str) -> str:
        service, _, resource = form.partition(":")
        return f"arn:aws:{service}:{HERE}:" + resource.replace("**", "x").replace("*", "x")

    assert [form for form, native_type in rows() if arn_type(example(form)) != native_type] == []


def test_the_catalogue_has_every_type_of_the_table() -> None:
    kind = Catalogue.load("scanner.providers.aws").kind
    doubtful = {native_type for _, native_type in rows() if kind(native_type) is Kind.UNCLASSIFIED}
    assert doubtful == {"AWS::ApiGateway::Stage", "AWS::Scheduler::Schedule"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ec2 T", r"^file:1: 'ec2' is not <service>:<resource>"),
        ("# why\nec2: T", r"^file:2: 'ec2:' is not <service>:<resource>"),
        ("EC2:volume/* T", r"^file:1: 'EC2:volume/\*' is not <service>:<resource>"),
        ("ec2:volume/*", r"^file:1: expected two words"),
    ],
)
def test_a_bad_line_says_where_it_is(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table(text, "file")
