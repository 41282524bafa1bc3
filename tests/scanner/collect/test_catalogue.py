"""The catalogue of each cloud, and how catalogues are read and asked."""

from __future__ import annotations

import importlib
import json
import operator
import re
import string
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from scanner.collect.catalogue import Catalogue, Rule, pairs
from scanner.facts import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

CLOUDS = ("aws", "azure", "gcp")
DATA, CONFIG, UNCLASSIFIED = Kind.DATA, Kind.CONFIG, Kind.UNCLASSIFIED
MOST_UNCLASSIFIED = 0.10
SHARED = Path(__file__).resolve().parents[4] / "shared"

# Resources that have no CloudFormation type; the catalogue and the table of ARNs give them a name.
OUR_AWS_NAMES = {
    "AWS::Backup::RecoveryPoint",
    "AWS::Bedrock::CustomModel",
    "AWS::Bedrock::ModelInvocationLogging",
    "AWS::CloudSearch::Domain",
    "AWS::DRS::SourceServer",
    "AWS::DocDB::DBClusterSnapshot",
    "AWS::EC2::Image",
    "AWS::EC2::Snapshot",
    "AWS::Glue::DataCatalog",
    "AWS::MGN::SourceServer",
    "AWS::Neptune::DBClusterSnapshot",
    "AWS::RDS::DBClusterAutomatedBackup",
    "AWS::RDS::DBClusterSnapshot",
    "AWS::RDS::DBInstanceAutomatedBackup",
    "AWS::RDS::ExportTask",
    "AWS::Region",
    "AWS::SWF::Domain",
    "AWS::SageMaker::LabelingJob",
    "AWS::SageMaker::TrainingJob",
    "AWS::SageMaker::TransformJob",
    "AWS::Snowball::Job",
    "AWS::WorkMail::Organization",
}

# Types of facts/apis.yaml that are not a place of content; every other type there is one.
FACTS_CONFIG = {
    "aws": {
        "AWS::Account::AlternateContact",
        "AWS::ApiGateway::DomainName",
        "AWS::CertificateManager::Certificate",
        "AWS::CloudTrail::Trail",
        "AWS::EC2::SecurityGroup",
        "AWS::EMR::SecurityConfiguration",
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::KMS::Key",
        "AWS::Lambda::Function",
        "AWS::Transfer::Server",
    },
    "azure": {
        "Microsoft.App/containerApps",
        "Microsoft.Cdn/profiles/customDomains",
        "Microsoft.CognitiveServices/accounts/deployments",
        "Microsoft.Compute/diskEncryptionSets",
        "Microsoft.Compute/virtualMachines",
        "Microsoft.DBforPostgreSQL/flexibleServers/configurations",
        "Microsoft.Insights/activityLogAlerts",
        "Microsoft.Insights/diagnosticSettings",
        "Microsoft.KeyVault/managedHSMs",
        "Microsoft.KeyVault/vaults/keys",
        "Microsoft.Network/applicationGateways",
        "Microsoft.Network/networkSecurityGroups",
        "Microsoft.RecoveryServices/vaults/backupPolicies",
        "Microsoft.ResourceGraph/resources",
        "Microsoft.Security/securityContacts/default",
        "Microsoft.Sql/servers/auditingSettings/default",
        "Microsoft.Sql/servers/databases/backupLongTermRetentionPolicies/default",
        "Microsoft.Sql/servers/databases/backupShortTermRetentionPolicies/default",
        "Microsoft.Sql/servers/databases/transparentDataEncryption/current",
        "Microsoft.Sql/servers/encryptionProtector/current",
        "Microsoft.Sql/servers/failoverGroups",
        "Microsoft.Sql/servers/firewallRules",
        "Microsoft.Storage/storageAccounts/managementPolicies/default",
        "Microsoft.Storage/storageAccounts/objectReplicationPolicies",
        "Microsoft.Web/sites/config/web",
    },
    "gcp": {
        "backupdr.googleapis.com/BackupPlan",
        "certificatemanager.googleapis.com/Certificate",
        "cloudfunctions.googleapis.com/Function",
        "cloudkms.googleapis.com/CryptoKey",
        "cloudresourcemanager.googleapis.com/Project",
        "compute.googleapis.com/Firewall",
        "compute.googleapis.com/Instance",
        "compute.googleapis.com/ResourcePolicy",
        "compute.googleapis.com/SslCertificate",
        "compute.googleapis.com/SslPolicy",
        "compute.googleapis.com/TargetHttpsProxy",
        "essentialcontacts.googleapis.com/Contact",
        "firestore.googleapis.com/BackupSchedule",
        "gkebackup.googleapis.com/BackupPlan",
        "iam.googleapis.com/ServiceAccountKey",
        "logging.googleapis.com/LogSink",
        "logging.googleapis.com/Settings",
        "orgpolicy.googleapis.com/Policy",
        "privateca.googleapis.com/CertificateAuthority",
        "run.googleapis.com/Service",
        "spanner.googleapis.com/BackupSchedule",
        "spanner.googleapis.com/InstanceConfig",
    },
}

WELL_KNOWN = [
    ("aws", "AWS::S3::Bucket", DATA),
    ("aws", "aws::s3::bucket", DATA),
    ("aws", "AWS::S3::BucketPolicy", CONFIG),
    ("aws", "AWS::EC2::Volume", DATA),
    ("aws", "AWS::EC2::VolumeAttachment", CONFIG),
    ("aws", "AWS::EC2::Snapshot", DATA),
    ("aws", "AWS::EC2::SnapshotBlockPublicAccess", CONFIG),
    ("aws", "AWS::EC2::Image", DATA),
    ("aws", "AWS::EC2::Instance", CONFIG),
    ("aws", "AWS::EC2::VPC", CONFIG),
    ("aws", "AWS::EC2::NewKindOfStore", UNCLASSIFIED),
    ("aws", "AWS::RDS::DBInstance", DATA),
    ("aws", "AWS::RDS::DBSnapshot", DATA),
    ("aws", "AWS::RDS::DBClusterSnapshot", DATA),
    ("aws", "AWS::RDS::DBSubnetGroup", CONFIG),
    ("aws", "AWS::RDS::DBClusterParameterGroup", CONFIG),
    ("aws", "AWS::DynamoDB::Table", DATA),
    ("aws", "AWS::ElastiCache::ServerlessCacheSnapshot", DATA),
    ("aws", "AWS::ElastiCache::UserGroup", CONFIG),
    ("aws", "AWS::SQS::Queue", DATA),
    ("aws", "AWS::SQS::QueuePolicy", CONFIG),
    ("aws", "AWS::Kinesis::Stream", DATA),
    ("aws", "AWS::Kinesis::StreamConsumer", CONFIG),
    ("aws", "AWS::Logs::LogGroup", DATA),
    ("aws", "AWS::Logs::MetricFilter", CONFIG),
    ("aws", "AWS::CloudTrail::EventDataStore", DATA),
    ("aws", "AWS::Backup::BackupVault", DATA),
    ("aws", "AWS::Backup::BackupPlan", CONFIG),
    ("aws", "AWS::Backup::RecoveryPoint", DATA),
    ("aws", "AWS::SecretsManager::Secret", DATA),
    ("aws", "AWS::SecretsManager::RotationSchedule", CONFIG),
    ("aws", "AWS::SSM::Parameter", DATA),
    ("aws", "AWS::KMS::Key", CONFIG),
    ("aws", "AWS::IAM::Role", CONFIG),
    ("aws", "AWS::Cognito::UserPool", DATA),
    ("aws", "AWS::Cognito::UserPoolClient", CONFIG),
    ("aws", "AWS::KinesisAnalyticsV2::Application", DATA),
    ("aws", "AWS::KinesisAnalyticsV2::ApplicationOutput", CONFIG),
    ("aws", "AWS::StepFunctions::StateMachine", DATA),
    ("aws", "AWS::StepFunctions::StateMachineAlias", CONFIG),
    ("aws", "AWS::CloudFront::Distribution", DATA),
    ("aws", "AWS::ApiGateway::Stage", UNCLASSIFIED),
    ("aws", "aws:newservice/thing", UNCLASSIFIED),
    ("azure", "Microsoft.Storage/storageAccounts", DATA),
    ("azure", "microsoft.storage/storageaccounts", DATA),
    ("azure", "Microsoft.Storage/storageAccounts/blobServices/default/containers", DATA),
    ("azure", "Microsoft.Storage/storageAccounts/blobServices/containers", DATA),
    ("azure", "Microsoft.Storage/storageAccounts/privateEndpointConnections", CONFIG),
    ("azure", "Microsoft.Sql/servers/databases", DATA),
    ("azure", "Microsoft.Sql/servers/databases/geoBackupPolicies", CONFIG),
    ("azure", "Microsoft.Sql/servers/databases/newChild", UNCLASSIFIED),
    ("azure", "Microsoft.Compute/disks", DATA),
    ("azure", "Microsoft.Compute/diskAccesses", CONFIG),
    ("azure", "Microsoft.Compute/virtualMachines", CONFIG),
    ("azure", "Microsoft.Compute/virtualMachines/runCommands", UNCLASSIFIED),
    ("azure", "Microsoft.Compute/galleries/images", CONFIG),
    ("azure", "Microsoft.Compute/galleries/images/versions", DATA),
    ("azure", "Microsoft.KeyVault/vaults", DATA),
    ("azure", "Microsoft.KeyVault/vaults/keys", CONFIG),
    ("azure", "Microsoft.KeyVault/managedHSMs", CONFIG),
    ("azure", "Microsoft.AzureActiveDirectory/b2cDirectories", DATA),
    ("azure", "Microsoft.Network/virtualNetworks", CONFIG),
    ("azure", "Microsoft.Network/frontDoors", DATA),
    ("azure", "Microsoft.Insights/components", DATA),
    ("azure", "Microsoft.Insights/metricAlerts", CONFIG),
    ("azure", "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems", DATA),
    ("azure", "Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectableItems", CONFIG),
    ("azure", "Contoso.New/things", UNCLASSIFIED),
    ("gcp", "storage.googleapis.com/Bucket", DATA),
    ("gcp", "compute.googleapis.com/Disk", DATA),
    ("gcp", "compute.googleapis.com/RegionDisk", DATA),
    ("gcp", "compute.googleapis.com/Instance", CONFIG),
    ("gcp", "compute.googleapis.com/InstantSnapshot", DATA),
    ("gcp", "compute.googleapis.com/Subnetwork", CONFIG),
    ("gcp", "compute.googleapis.com/RegionBackendService", DATA),
    ("gcp", "spanner.googleapis.com/Backup", DATA),
    ("gcp", "spanner.googleapis.com/BackupSchedule", CONFIG),
    ("gcp", "pubsub.googleapis.com/Topic", DATA),
    ("gcp", "pubsub.googleapis.com/Schema", CONFIG),
    ("gcp", "logging.googleapis.com/LogBucket", DATA),
    ("gcp", "logging.googleapis.com/LogSink", CONFIG),
    ("gcp", "secretmanager.googleapis.com/SecretVersion", DATA),
    ("gcp", "cloudkms.googleapis.com/CryptoKey", CONFIG),
    ("gcp", "identitytoolkit.googleapis.com/Config", DATA),
    ("gcp", "identitytoolkit.googleapis.com/OauthIdpConfig", CONFIG),
    ("gcp", "identity.accesscontextmanager.googleapis.com/AccessLevel", CONFIG),
    ("gcp", "k8s.io/Secret", DATA),
    ("gcp", "apps.k8s.io/Deployment", CONFIG),
    ("gcp", "storage.k8s.io/StorageClass", CONFIG),
    ("gcp", "newservice.googleapis.com/Thing", UNCLASSIFIED),
]


def catalogue(cloud: str) -> Catalogue:
    return Catalogue.load(f"scanner.providers.{cloud}")


def aws_names() -> set[str]:
    """The type names of CloudFormation in every region that cfn-lint knows, without those of other vendors."""
    manager = importlib.import_module("cfnlint.schema.manager")
    regions = importlib.import_module("cfnlint.helpers").REGIONS
    found = {name for region in regions for name in manager.PROVIDER_SCHEMA_MANAGER.get_resource_types(region)}
    return {name for name in found if name.startswith("AWS::")}


def facts_names(cloud: str) -> set[str]:
    """The resource types of the shared table of calls, without the notes that some names carry."""
    key, form = {
        "aws": ("resource", r"AWS::\w+::\w+"),
        "azure": ("type", r"Microsoft\.\w+/[\w/]+"),
        "gcp": ("asset_type", r"[a-z]+\.googleapis\.com/[A-Z]\w+"),
    }[cloud]
    found = (re.match(form, entry[key]) for entry in YAML(typ="safe").load(shared("facts/apis.yaml"))[cloud])
    return {match[0] for match in found if match}


def recorded_names(cloud: str) -> set[str]:
    """The resource types in the recorded payloads of a cloud."""
    folder, keys, form = {
        "azure": ("recorded/azure", ("type",), r"(?i)microsoft\.[a-z.]+/[a-z/]+"),
        "gcp": ("recorded/cai", ("asset_type", "assetType"), r"[a-z.]+/\w+"),
    }[cloud]
    texts = (strings(json.loads(path.read_text()), keys) for path in shared(folder).rglob("*.json"))
    return {name for found in texts for name in found if re.fullmatch(form, name)}


def shared(path: str) -> Path:
    found = SHARED / path
    if not found.exists():
        pytest.skip(f"{path} is not beside this repository")
    return found


def strings(value: Any, keys: tuple[str, ...]) -> Iterable[str]:
    """Every string that stands under one of the keys, at any depth."""
    match value:
        case dict():
            for key, inner in value.items():
                if key in keys and isinstance(inner, str):
                    yield inner
                yield from strings(inner, keys)
        case list():
            for inner in value:
                yield from strings(inner, keys)


def share_unclassified(cloud: str, names: set[str]) -> float:
    """Print the figures of a cloud and return the share of names that nobody classed."""
    counts = Counter(catalogue(cloud).kind(name) for name in names)
    figures = ", ".join(f"{counts[kind]} {kind}" for kind in Kind)
    sys.stdout.write(f"{cloud}: {len(names)} types, {figures}\n")
    return counts[UNCLASSIFIED] / len(names)


def first_match(rules: tuple[Rule, ...], name: str) -> Rule | None:
    """The first rule that matches, told in a plainer way than the catalogue does it."""
    return next((rule for rule in rules if _matches(rule.glob.lower(), name.lower())), None)


def _matches(glob: str, name: str) -> bool:
    start, *middle = glob.split("*")
    if not middle:
        return glob == name
    at = len(start)
    for part in middle[:-1]:
        found = name.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return name.startswith(start) and name.endswith(middle[-1]) and at <= len(name) - len(middle[-1])


@pytest.mark.parametrize(("cloud", "name", "kind"), WELL_KNOWN)
def test_well_known_types_have_their_kind(cloud: str, name: str, kind: Kind) -> None:
    assert catalogue(cloud).kind(name) is kind


@pytest.mark.parametrize("cloud", CLOUDS)
def test_no_rule_is_dead(cloud: str) -> None:
    # A rule that an earlier one hides would not even decide about its own text.
    rules = catalogue(cloud).rules
    assert [rule.glob for rule in rules if first_match(rules, rule.glob) is not rule] == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_rule_decides_about_its_own_text(cloud: str) -> None:
    asked = catalogue(cloud)
    assert [rule.glob for rule in asked.rules if asked.kind(rule.glob) is not rule.kind] == []


@pytest.mark.parametrize("cloud", CLOUDS)
def test_no_rule_classes_everything(cloud: str) -> None:
    assert catalogue(cloud).kind("Vendor.New/some::Thing") is UNCLASSIFIED


def test_few_cloudformation_types_are_unclassified() -> None:
    pytest.importorskip("cfnlint", reason="the names of CloudFormation types come with cfn-lint")
    assert share_unclassified("aws", aws_names()) <= MOST_UNCLASSIFIED


def test_aws_rules_name_types_that_exist() -> None:
    pytest.importorskip("cfnlint", reason="the names of CloudFormation types come with cfn-lint")
    named = {rule.glob for rule in catalogue("aws").rules if "*" not in rule.glob}
    assert named - aws_names() == OUR_AWS_NAMES


@pytest.mark.parametrize("cloud", ["azure", "gcp"])
def test_few_recorded_types_are_unclassified(cloud: str) -> None:
    assert share_unclassified(cloud, recorded_names(cloud) | facts_names(cloud)) <= MOST_UNCLASSIFIED


@pytest.mark.parametrize("cloud", CLOUDS)
def test_every_type_with_known_calls_is_classed(cloud: str) -> None:
    config = FACTS_CONFIG[cloud]
    expected = {name: CONFIG if name in config else DATA for name in facts_names(cloud)}
    assert {name: catalogue(cloud).kind(name) for name in expected} == expected
    assert config <= expected.keys()


@settings(deadline=None)  # the first example reads the catalogue
@given(st.sampled_from(CLOUDS), st.text())
def test_any_text_has_a_kind(cloud: str, name: str) -> None:
    assert isinstance(catalogue(cloud).kind(name), Kind)


@settings(deadline=None)
@given(
    st.sampled_from(CLOUDS).flatmap(
        lambda cloud: st.tuples(
            st.just(cloud),
            st.sampled_from([rule.glob for rule in catalogue(cloud).rules])
            | st.text(string.ascii_letters + string.digits + ".:/*"),
        )
    )
)
def test_letter_case_does_not_count(asked: tuple[str, str]) -> None:
    cloud, name = asked
    kind = catalogue(cloud).kind
    assert kind(name) is kind(name.upper()) is kind(name.lower()) is kind(name.swapcase())


GLOBS = st.text("ab.:/*-", min_size=1, max_size=6)


@given(st.dictionaries(GLOBS, st.sampled_from(list(Kind)), max_size=5), st.text("ab.:/-\n", max_size=8))
def test_the_first_rule_that_matches_decides(lines: dict[str, Kind], name: str) -> None:
    asked = Catalogue.read("\n".join(f"{kind} {glob}" for glob, kind in lines.items()), "file")
    rule = first_match(asked.rules, name)
    assert asked.kind(name) is (rule.kind if rule else UNCLASSIFIED)


def test_a_point_in_a_glob_is_a_point() -> None:
    assert Catalogue.read("data a.b", "file").kind("axb") is UNCLASSIFIED


def test_a_star_is_any_text_also_a_line_break() -> None:
    assert Catalogue.read("data a*", "file").kind("a\nb") is DATA


def test_a_look_alike_letter_is_not_the_letter() -> None:
    assert catalogue("aws").kind("AWS::\u212aMS::Key") is UNCLASSIFIED


def test_an_empty_catalogue_classes_nothing() -> None:
    asked = Catalogue.read("# nothing yet\n\n", "file")
    assert asked.rules == ()
    assert asked.kind("") is UNCLASSIFIED


def test_rules_keep_their_order_and_comments_are_left_out() -> None:
    asked = Catalogue.read("# first\nconfig a*  # why\n\ndata b\nunclassified c\n", "file")
    assert asked.rules == (Rule(CONFIG, "a*"), Rule(DATA, "b"), Rule(UNCLASSIFIED, "c"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data", r"^file:1: expected two words, found 1: 'data'$"),
        ("data a\ndata b c # why", r"^file:2: expected two words, found 3: 'data b c # why'$"),
        ("# why\n\nDATA a", r"^file:3: 'DATA' is not a kind; write one of data, config, unclassified$"),
        ("data a[b]", r"^file:1: 'a\[b\]' is not a type name; "),
        ("data a?", r"^file:1: 'a\?' is not a type name; "),
        ("data A*\nconfig a*", r"^file:2: 'a\*' is there already; "),
    ],
)
def test_a_bad_line_says_where_it_is(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Catalogue.read(text, "file")


def test_pairs_tell_where_each_line_was() -> None:
    assert list(pairs("a b\n# c\n\n d   e # f\n", "file")) == [("file:1", "a", "b"), ("file:4", "d", "e")]


def test_a_catalogue_is_read_once_and_each_type_matched_once() -> None:
    assert catalogue("aws") is catalogue("aws")
    asked = Catalogue.read("data a", "file")
    assert {asked.kind("a") for _ in range(1000)} == {DATA}
    assert operator.attrgetter("_lookup.cache_info")(asked)().misses == 1


def test_a_package_without_a_catalogue_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        Catalogue.load("scanner.collect")
