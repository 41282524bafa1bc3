"""Real payloads through the whole flow: nothing breaks, and nothing that was recorded gets lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from reports.document import Verdict
from scanner import registry
from scanner.collect.model import EVERYTHING
from scanner.facts import Known, Reason, Seen, State, Unknown
from tests.recorded.convert import unlisted
from tests.recorded.flow import Outcome, documented, every_fact, policy, providers, replayed

Outcomes = Mapping[str, Outcome]

# How many items of each modelled type the recordings of AWS and Azure list, as counted in them.
LISTED = {
    "aws::amazonmq::broker": 4,
    "aws::apigateway::domainname": 2,
    "aws::apigateway::restapi": 17,
    "aws::athena::workgroup": 1,
    "aws::backup::backupvault": 1,
    "aws::certificatemanager::certificate": 1,
    "aws::cloudfront::distribution": 12,
    "aws::cloudtrail::trail": 26,
    "aws::dax::cluster": 1,
    "aws::docdb::dbclustersnapshot": 1,
    "aws::dynamodb::backup": 8,
    "aws::dynamodb::export": 9,
    "aws::dynamodb::table": 8,
    "aws::ec2::image": 13,
    "aws::ec2::securitygroup": 41,
    "aws::ec2::snapshot": 11,
    "aws::ec2::volume": 4,
    "aws::ec2::vpc": 15,
    "aws::efs::filesystem": 14,
    "aws::eks::cluster": 21,
    "aws::elasticache::cachecluster": 15,
    "aws::elasticache::replicationgroup": 4,
    "aws::elasticloadbalancing::loadbalancer": 14,
    "aws::elasticloadbalancingv2::loadbalancer": 23,
    "aws::fsx::backup": 1,
    "aws::fsx::filesystem": 9,
    "aws::glue::database": 1,
    "aws::iam::role": 7,
    "aws::kinesisfirehose::deliverystream": 1,
    "aws::kms::key": 43,
    "aws::lambda::function": 14,
    "aws::logs::loggroup": 15,
    "aws::memorydb::cluster": 2,
    "aws::memorydb::snapshot": 1,
    "aws::msk::cluster": 4,
    "aws::opensearchservice::domain": 10,
    "aws::rds::dbcluster": 19,
    "aws::rds::dbclustersnapshot": 3,
    "aws::rds::dbinstance": 27,
    "aws::rds::dbsnapshot": 8,
    "aws::redshift::cluster": 9,
    "aws::redshift::snapshot": 11,
    "aws::s3::bucket": 58,
    "aws::s3::multiregionaccesspoint": 1,
    "aws::secretsmanager::secret": 11,
    "aws::sns::topic": 4,
    "aws::sqs::queue": 14,
    "aws::timestream::influxdbcluster": 3,
    "aws::timestream::influxdbinstance": 2,
    "microsoft.apimanagement/service": 2,
    "microsoft.cache/redis": 2,
    "microsoft.cdn/profiles": 3,
    "microsoft.compute/disks": 3,
    "microsoft.compute/images": 1,
    "microsoft.compute/snapshots": 2,
    "microsoft.compute/virtualmachines": 22,
    "microsoft.datafactory/factories": 2,
    "microsoft.dbformysql/flexibleservers": 1,
    "microsoft.dbforpostgresql/flexibleservers": 1,
    "microsoft.devices/iothubs": 2,
    "microsoft.documentdb/databaseaccounts": 3,
    "microsoft.eventhub/namespaces": 2,
    "microsoft.keyvault/vaults": 15,
    "microsoft.network/applicationgateways": 10,
    "microsoft.network/networksecuritygroups": 14,
    "microsoft.network/virtualnetworks": 2,
    "microsoft.operationalinsights/workspaces": 1,
    "microsoft.recoveryservices/vaults": 2,
    "microsoft.resources/resourcegroups": 56,
    "microsoft.sql/managedinstances": 2,
    "microsoft.sql/servers": 23,
    "microsoft.sql/servers/databases": 42,
    "microsoft.storage/storageaccounts": 45,
    "microsoft.web/sites": 6,
}
# Items that lack what their id is made of: networks from before AWS told their owner, and clusters and snapshots whose
# ARN the recording leaves out. None gets an invented id; each listing tells of it by a gap.
NAMELESS = {
    ("aws/test_appelb_target_group_default_vpc", "aws::ec2::vpc"): 1,
    ("aws/test_elasticache_vpc_filter", "aws::ec2::vpc"): 1,
    ("aws/test_fsx_vpc_filter", "aws::ec2::vpc"): 1,
    ("aws/test_rds_add_security_group", "aws::ec2::vpc"): 1,
    ("aws/test_rds_default_vpc", "aws::ec2::vpc"): 1,
    ("aws/test_rdscluster_delete_with_instances", "aws::rds::dbcluster"): 2,
    ("aws/test_rdscluster_retention", "aws::rds::dbcluster"): 2,
    ("aws/test_rdscluster_simple", "aws::rds::dbcluster"): 2,
    ("aws/test_rdscluster_snapshot_count_filter", "aws::rds::dbclustersnapshot"): 3,
    ("aws/test_vpc_attributes", "aws::ec2::vpc"): 2,
    ("aws/test_vpc_dhcp_options_amazon", "aws::ec2::vpc"): 1,
    ("aws/test_vpc_dhcp_options_amazon_all", "aws::ec2::vpc"): 2,
    ("aws/test_vpc_empty_vpc_filter", "aws::ec2::vpc"): 2,
}
# Items that a recording has more than once. Each is one resource.
TWICE = {
    ("aws/test_redshift_consecutive_aws_backups_count_filter", "aws::redshift::snapshot"): 3,
    ("aws/test_ssl_ciphers", "aws::elasticloadbalancing::loadbalancer"): 1,
    ("azure/estate", "microsoft.compute/virtualmachines"): 1,
}
# Resources of AWS and Azure of types that nobody modelled, by the class of the catalogue.
OTHERS = {
    ("aws", "config"): 1,
    ("aws", "unclassified"): 1,
    ("azure", "config"): 26,
    ("azure", "data"): 11,
}


def unknowns(state: State) -> Iterator[Unknown]:
    match state:
        case Unknown():
            yield state
        case Known(Seen(gaps=gaps)):
            yield from gaps


def modelled(outcome: Outcome) -> set[str]:
    return {kind.native.lower() for kind in providers()[outcome.inventory.provider].types}


def test_the_policy_asks_by_every_check() -> None:
    built_in = {each.id for each in registry.checks().values() if each.judge.__module__.startswith("checks.")}
    assert {promise.check.id for promise in policy().promises} == built_in
    assert {fact.key for promise in policy().promises for fact in promise.check.needs(promise.want)} - every_fact() == {
        "Container.members",
        "KeyUse.sharers",
        "Membership.environments",
    }


def test_recordings(outcomes: Outcomes) -> None:
    assert Counter(name.partition("/")[0] for name in outcomes) == {"aws": 249, "azure": 47, "gcp": 196}
    assert len(unlisted()) == 68


def test_no_mapping_breaks(outcomes: Outcomes) -> None:
    defects = [
        (resource.id, key, unknown.detail)
        for outcome in outcomes.values()
        for resource in outcome.estate.resources
        for key, state in resource.states.items()
        for unknown in unknowns(state)
        if unknown.reason is Reason.DEFECT
    ]
    assert defects == []


def test_no_check_breaks(outcomes: Outcomes) -> None:
    errors = [
        (outcome.flight.name, finding.subject.id, [condition.error for condition in finding.conditions])
        for outcome in outcomes.values()
        for finding in outcome.findings
        if finding.verdict is Verdict.ERROR or any(condition.error for condition in finding.conditions)
    ]
    assert errors == []


def test_every_listed_item_is_one_record(outcomes: Outcomes) -> None:
    total = Counter[str]()
    for name, outcome in outcomes.items():
        listed = {kind: count for kind, count in outcome.flight.listed.items() if kind in modelled(outcome)}
        lost = {**NAMELESS, **TWICE}
        named = {kind: count - lost.get((name, kind), 0) for kind, count in listed.items()}
        assert outcome.records == {kind: count for kind, count in named.items() if count}, name
        # Those of Google Cloud are counted with all other assets in another file.
        total.update(listed if outcome.flight.account.provider != "gcp" else {})
    assert dict(sorted(total.items())) == LISTED


def test_an_item_without_an_id_is_a_gap(outcomes: Outcomes) -> None:
    for name, outcome in outcomes.items():
        # An account that nothing names may hide anything; that is another gap.
        shapes = {gap.types for gap in outcome.inventory.gaps if gap.reason is Reason.SHAPE}
        told = shapes - {(EVERYTHING,)}
        native = {kind.name: kind.native.lower() for kind in providers()[outcome.inventory.provider].types}
        assert {native[kind] for kinds in told for kind in kinds} == {kind for at, kind in NAMELESS if at == name}


def test_a_listing_that_was_not_recorded_hides_its_types(outcomes: Outcomes) -> None:
    """No recording has every listing of AWS, so no promise is kept by any of them."""
    for outcome in outcomes.values():
        if outcome.inventory.provider == "aws":
            hidden = {kind for gap in outcome.inventory.gaps for kind in gap.types}
            assert hidden - {EVERYTHING}
            assert any(finding.subject.kind == "gap" for finding in outcome.findings)


def test_children_are_facts_and_not_resources(outcomes: Outcomes) -> None:
    """Encryption, retention policies, blob services, firewall rules and server parameters are listed by no sweep."""
    children = ("policies", "encryption", "services", "configurations", "rules", "parameters", "config")
    names = {resource.record.type.lower() for outcome in outcomes.values() for resource in outcome.estate.resources}
    assert [name for name in names if name.count("/") > 1 and name.endswith(children)] == []
    estate = outcomes["azure/estate"]
    assert len(estate.inventory.records) == len({record.id for record in estate.inventory.records})
    assert Counter(record.modelled for record in estate.inventory.records) == {True: 100, False: 36}


def test_resources_of_other_types_are_told(outcomes: Outcomes) -> None:
    found = Counter(
        (record.provider, record.kind.value)
        for outcome in outcomes.values()
        for record in outcome.inventory.records
        if not record.modelled and record.provider != "gcp"
    )
    assert found == OTHERS


@pytest.mark.parametrize(
    "name", ["aws/test_rds_snapshot_access", "azure/estate", "gcp/flights/sqlinstance-high-availability"]
)
def test_a_document_is_the_same_in_every_run(name: str, outcomes: Outcomes, tmp_path: Path) -> None:
    """By the command line's own way, with many threads; and judged as by one thread."""
    outcome = outcomes[name]
    outcome.flight.write(tmp_path)
    one, two = (documented(tmp_path, outcome.inventory.provider) for _ in range(2))
    assert one.model_dump_json() == two.model_dump_json()
    # What the policy expects beside this recording is a gap of the scan alone.
    judged = (
        [each.verdict for each in made if each.subject.kind != "gap"] for made in (one.findings, outcome.findings)
    )
    assert len({tuple(sorted(verdicts)) for verdicts in judged}) == 1
    assert replayed(outcome.flight, tmp_path / "again").findings == outcome.findings
