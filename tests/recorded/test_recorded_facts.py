"""Facts from real bodies, spot-checked against what the recorded JSON says.

Each expected value was found by reading the recording, not by running the scanner; the comment or the name says where.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from scanner.facts import (
    JSON,
    Backup,
    Connection,
    Duration,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Fact,
    Inapplicable,
    Known,
    Lineage,
    Location,
    LogStore,
    PlanKind,
    Seen,
    Tagging,
    Unknown,
)
from scanner.facts.reply import split
from scanner.plain import plain
from tests.recorded.flow import Outcome

STATE, ALGORITHMS, OWNER = EncryptionAtRest.state, EncryptionAtRest.algorithms, EncryptionAtRest.owner
PLAINTEXT, TLS, UNTIL = (
    EncryptionInTransit.plaintext,
    EncryptionInTransit.minimum_tls,
    EncryptionInTransit.certificate_expires,
)
HOMES, COPIES, PLANS, PUBLIC = Location.homes, Location.copies, Backup.plans, Exposure.public
RETENTION, ORIGINS, ENDS, TAGS = LogStore.retention, Lineage.origins, Connection.ends, Tagging.tags
SHAPE, INAPPLICABLE, NOT_ASKED, UNDECIDED = "unknown: shape", "inapplicable", "unknown: not_asked", "unknown: undecided"

# Recording, end of the id, fact, pointer into its value, and the value there.
AWS = [
    ("test_rds_delete", ":db:test-test", STATE, "", "encrypted"),  # StorageEncrypted
    ("test_rds_delete", ":db:test-test", HOMES, "", ["aws:us-west-2"]),  # zones us-west-2c and us-west-2b
    ("test_rds_delete", ":db:test-test", PLANS, "/0/retention", "7 days"),  # BackupRetentionPeriod
    ("test_rds_delete", ":db:test-test", PUBLIC, "", UNDECIDED),  # PubliclyAccessible, and its groups unread
    ("test_rds_delete", ":db:test-test", UNTIL, "", SHAPE),  # CertificateDetails is younger than the recording
    ("test_rds_delete", ":db:test-test", OWNER, "", NOT_ASKED),  # kms.DescribeKey is not in the recording
    ("test_rds_tags", ":db:test-03", PUBLIC, "", False),
    ("test_rds_tags", ":db:test-03", TAGS, "/workload-type", "production"),
    ("test_rds_param_filter", ":db:rds-test-instance-1", STATE, "", "none"),
    ("test_rds_param_filter", ":db:rds-test-instance-1", PLAINTEXT, "", True),  # rds.force_ssl is 0, on page 3 of 3
    ("test_rds_param_filter", ":db:rds-test-instance-1", TLS, "", SHAPE),  # PostgreSQL before 12 has no such parameter
    ("test_rds_pending_maintenance", ":db:asset-sync-instance-1", UNTIL, "", "2024-08-22T17:08:50+00:00"),
    ("test_rds_pending_maintenance", ":db:asset-sync-instance-1", STATE, "", INAPPLICABLE),  # a member of a cluster
    ("test_modify_rds_cluster_provisoned", ":cluster:database-1", PLANS, "/0/retention", "1 day"),
    ("test_modify_rds_cluster_provisoned", ":cluster:database-2", PLANS, "/0/retention", "7 days"),
    ("test_rdscluster_stop", ":cluster:mytest", ALGORITHMS, "", ["AES-256"]),
    ("test_rds_snapshot_access", ":snapshot:tidx-pub", PUBLIC, "", True),  # restore: all
    ("test_rds_snapshot_access", ":snapshot:tidx-rdx", PUBLIC, "", False),  # restore: one account
    ("test_rds_snapshot_access", ":snapshot:rds:tidx-2016-12-31-23-16", PLANS, "/0/retention/reason", "not_asked"),
    ("test_rds_snapshot_access", ":snapshot:tidx-pub", PLANS, "/0/retention", "forever"),  # manual
    ("test_ebs_copy_instance_tags", "volume/vol-2b047792", HOMES, "", ["aws:us-west-2"]),  # us-west-2c
    ("test_ebs_snapshot_delete", "snapshot/snap-facd9a00", STATE, "", "none"),
    ("test_ebs_snapshot_delete", "snapshot/snap-facd9a00", PLANS, "/0/retention", "forever"),
    ("test_larger_batch", "snapshot/snap-0ef116d892da25144", PLANS, "/0/retention/reason", "not_asked"),  # AWS Backup
    ("test_asg_invalid_third_ami", "snap-07be51844bd81659c", ORIGINS, "", []),  # vol-ffffffff: a copy
    # Whether a policy of the account overrides its 14 days was not recorded.
    ("test_log_group_rename_tag", ":log-group:/aws/lambda/hello_world", RETENTION, "", []),
    ("test_s3_bucket_encryption_filter_kms", "-encryption-by-default", OWNER, "", "provider-in-account"),  # no key id
    ("test_s3_bucket_encryption_filter_kms", "-encryption-by-keyid", OWNER, "", UNDECIDED),
    ("test_s3_bucket_key_disabled", ":::c7n-test-s3-bucket", OWNER, "", "provider"),  # AES256
    ("test_s3_no_encryption_statement", ":::custodian-encryption-test", PLAINTEXT, "", True),  # NoSuchBucketPolicy
    ("test_s3_remove_tag", ":::custodian-mark-test", TAGS, "", {"env": "dev", "maid_status": "blarg"}),
    ("test_s3_replication_policy_disable", ":::repela", COPIES, "/0/ref", "...:::repela3"),
    ("test_vpc_delete", "vpc/vpc-06c5c2dac8670d8af", TAGS, "", {"Name": "c7n-test"}),
]
LONG_TERM = (
    "LongTermBackupRetentionPolicyFilterTest.test_filter_database_with_yearly_backup_retention_more_than_18_months"
)
SHORT_TERM = "ShortTermBackupRetentionPolicyActionTest.test_update_short_term_backup_retention_policy"
AZURE = [
    ("estate", "/storageaccounts/custodiancask", COPIES, "/0/place", "azure:eastus"),  # RAGRS, secondaryLocation
    ("estate", "/storageaccounts/custodiancask", HOMES, "", ["azure:westus"]),
    ("estate", "/storageaccounts/custodiancask", TLS, "", "1.2"),
    # supportsHttpsTrafficOnly, but what its shares take is not recorded
    ("estate", "/storageaccounts/custodiancask", PLAINTEXT, "", "unknown: failed"),
    ("estate", "/storageaccounts/bfsdevstorage", TLS, "", "1.0"),  # TLS1_0
    ("estate", "/storageaccounts/bfsdevstorage", PUBLIC, "", "unknown: failed"),  # no anonymous blobs; website: 404
    ("estate", "/storageaccounts/dfhflowlogs", PUBLIC, "", "unknown: failed"),  # allowBlobPublicAccess; containers: 404
    ("estate", "/storageaccounts/cclgstorageyenndgetjsvtg", PLAINTEXT, "", True),
    ("estate", "/storageaccounts/cclgstorageyenndgetjsvtg", TLS, "", "1.0"),  # no minimumTlsVersion
    ("estate", "/storageaccounts/cctstorageyenndgetjsvtg", PLANS, "/0/retention", "7 days"),  # deleteRetentionPolicy
    ("estate", "/storageaccounts/cctstorageyenndgetjsvtg", OWNER, "", "provider"),  # keySource Microsoft.Storage
    ("estate", "verideeowhs5iudo/databases/cctestdb", PLANS, "/0/retention", "14 days"),
    ("estate", "verideeowhs5iudo/databases/master", STATE, "", INAPPLICABLE),
    ("estate", "verp2fkgne6rt5vw/databases/cctestdb", STATE, "", SHAPE),  # "status", of API version 2014-04-01
    (SHORT_TERM, "verideeowhs5iudo/databases/cctestdb", PLANS, "/0/retention", "28 days"),  # before it was changed
    (LONG_TERM, "verkonu36uvuesr4/databases/master", PLANS, "", INAPPLICABLE),
    ("StorageTest.test_diagnostic_settings_queue_storage_type", "cctstoragey6akyqpagdt3o", TLS, "", "1.2"),
    ("StorageTest.test_storage_settings_require_secure_transfer", "cctstoragey6akyqpagdt3o", PLAINTEXT, "", NOT_ASKED),
    ("examples", "/workspaces/aztest2170", RETENTION, "", ["30 days", "31 days"]),  # 30, not purged at once
    ("examples", "/workspaces/aztest2170", HOMES, "", ["azure:australiasoutheast"]),
    ("examples", "/snapshots/mysnapshot1", OWNER, "", "provider"),  # EncryptionAtRestWithPlatformKey
    ("examples", "/virtualnetworks/vnet1", ENDS, "/0/account", "subid"),
]
GCP = [
    ("policy-library/sql_ssl", "/sql-instance-with-ssl", PLAINTEXT, "", False),  # requireSsl
    ("policy-library/sql_ssl", "/sql-instance-with-ssl", HOMES, "", ["gcp:us-central1"]),  # region, and zone f
    ("policy-library/storage_cmek_encryption", "/my-storage-bucket", OWNER, "", "customer"),
    ("policy-library/storage_cmek_encryption", "/my-storage-bucket", HOMES, "", ["gcp:us-central1"]),  # US-CENTRAL1
    ("policy-library/storage_cmek_encryption", "with-secure-logging", OWNER, "", "provider"),
    ("policy-library/compute_zone/disks", "/disk-asia-east1-b", HOMES, "", ["gcp:asia-east1"]),  # a zone by its URL
    ("policy-library/compute_zone/disks", "/disk-asia-east1-b", ORIGINS, "", []),
    ("tgc/example_storage_bucket", "/new-bucket-test-tf", PUBLIC, "", False),  # publicAccessPrevention: enforced
    ("tgc/example_storage_bucket", "/new-bucket-test-tf", HOMES, "", ["gcp:eu"]),
    ("tgc/example_google_logging_project_bucket_config", "/buckets/_Default", RETENTION, "", []),  # no data.name
    ("flights/bucket-set-iam-policy-wildcard", "/iam-test-bucket-wuc48fhtok", PLANS, "/0/retention", "7 days"),
    ("flights/bucket-set-iam-policy-wildcard", "/iam-test-bucket-wuc48fhtok", TAGS, "/env", "default"),
    ("flights/bucket-set-iam-policy-wildcard", "/iam-test-bucket-wuc48fhtok", PUBLIC, "", NOT_ASKED),  # inherited
    ("flights/disk-query", "/disks/drone-11-1", ORIGINS, "/0/ref", ".../global/snapshots/drone-11-1-2017"),
    ("flights/disk-query", "/disks/custodian-dev", OWNER, "", "provider"),  # no diskEncryptionKey
    ("flights/disk-query", "/disks/custodian-dev", ALGORITHMS, "", ["AES-256"]),  # made in 2017
    ("flights/sqlinstance-high-availability", "/custodiantestsql", UNTIL, "", "2031-06-26T19:42:59.193000+00:00"),
    ("flights/sqlinstance-high-availability", "/custodiantestsql", PUBLIC, "", False),  # no authorised network
    ("flights/sqlinstance-high-availability", "/custodiantestsql", STATE, "", "encrypted"),
    ("flights/network-get-resource", "/networks/default", ENDS, "/0/ref", ".../global/networks/default"),
    ("flights/gcp-secret-query", "/secrets/faes", OWNER, "", "customer"),  # kmsKeyName
    ("flights/gcp-secret-query", "/secrets/defectdojo_token", OWNER, "", "provider"),  # "automatic": {}
    ("flights/firestore-backup-schedule-filter", "/c7nfs-griffon-east", HOMES, "", ["gcp:us-east1"]),  # locationId
    ("flights/firestore-backup-schedule-filter", "8fd577aa-ccd4-4fc5-a7b3-52bebc1d134a", PLANS, "/0/every", "1 day"),
    (
        "flights/firestore-backup-schedule-filter",
        "5d2b8510-2b16-4395-8fde-a02c262a97aa",
        PLANS,
        "/0/retention",
        "7 days",
    ),
    ("flights/redis-cluster-query", "/c7n-redis-cluster-primary", PLAINTEXT, "", False),
    ("flights/redis-cluster-query", "/c7n-redis-cluster-legacy", PLAINTEXT, "", True),  # encryption disabled
    ("flights/redis-cluster-query", "/c7n-redis-cluster-legacy", PLANS, "", []),  # automated backups disabled
    ("flights/test_redis_instance_list_query", "/instance-test", UNTIL, "", "2032-07-10T09:27:25.028000+00:00"),
    ("flights/spanner-backup-iam", "/terrapin-backup", PLANS, "/0/retention", "14 days"),  # from 15 to 29 September
    ("flights/spanner-backup-iam", "/terrapin-backup", ORIGINS, "/0/ref", ".../databases/terrapin-spanner-database"),
    ("flights/test_dataproc_clusters_query", "/cluster-test", OWNER, "", "customer"),  # gcePdKmsKeyName
    ("flights/lb-ssl-policy-delete", "/ssl-policy-1", TLS, "", "1.2"),
    ("flights/lb-ssl-policy-delete", "/ssl-policy-0", TLS, "", "1.0"),
    ("flights/bq-dataset-label", "/c7n_bq_dataset", HOMES, "", ["gcp:us"]),
    ("flights/image-query", "/image-1", ORIGINS, "/0/ref", ".../zones/us-central1-f/disks/disk-id"),
]
CASES = [
    (f"{cloud}/{row[0]}", *row[1:]) for cloud, rows in (("aws", AWS), ("azure", AZURE), ("gcp", GCP)) for row in rows
]


def said(outcome: Outcome, ending: str, fact: Fact[object], pointer: str) -> JSON:
    """What is established, or in which way it is not."""
    match outcome.resource(ending).states[fact.key]:
        case Unknown(reason=reason):
            return f"unknown: {reason}"
        case Inapplicable():
            return INAPPLICABLE
        case known:
            value = plain(known.value)
    for step in split(pointer):
        value = value[int(step)] if isinstance(value, list) else value[step]  # type: ignore[index]  # KeyError is the test's own
    return value


def same(found: JSON, expected: JSON) -> bool:
    """Whether it is as expected; "..." stands for the start of an id."""
    if isinstance(expected, str) and expected.startswith("..."):
        return isinstance(found, str) and found.endswith(expected[3:])
    return found == expected


@pytest.mark.parametrize(("name", "ending", "fact", "pointer", "expected"), CASES)
def test_a_fact_is_what_the_recording_says(
    name: str, ending: str, fact: Fact[object], pointer: str, expected: JSON, outcomes: Mapping[str, Outcome]
) -> None:
    found = said(outcomes[name], ending, fact, pointer)
    assert same(found, expected), found


@pytest.mark.parametrize(
    ("name", "ending", "expected"),
    [
        # P14D a week, P3M a month, P2Y a year
        (
            LONG_TERM,
            "verkonu36uvuesr4/databases/cctestdb",
            {"week": (14, "day"), "month": (3, "month"), "year": (2, "year")},
        ),
        # P1M a week, P12M a month, and PT0S a year, which is none
        ("estate", "verideeowhs5iudo/databases/cclongtermretentiondb", {"week": (1, "month"), "month": (1, "year")}),
    ],
)
def test_long_term_policies_are_plans_of_their_database(
    name: str, ending: str, expected: Mapping[str, tuple[int, str]], outcomes: Mapping[str, Outcome]
) -> None:
    state = outcomes[f"azure/{name}"].resource(ending).states[PLANS.key]
    assert isinstance(state, Known)
    assert isinstance(state.value, Seen)
    plans = [plan for plan in state.value.items if plan.kind is PlanKind.LONG_TERM]
    assert {plan.every: plan.retention for plan in plans} == {
        Duration.of(1, unit): Duration.of(*kept) for unit, kept in expected.items()
    }


def test_peerings_are_ends_of_their_network(outcomes: Mapping[str, Outcome]) -> None:
    """Of three networks one is peered, with two networks that Google runs for its services."""
    found = [
        state.value.items
        for resource in outcomes["gcp/flights/test_vpc_firewall_filter_query"].estate.resources
        for state in [resource.states.get(ENDS.key)]
        if isinstance(state, Known) and isinstance(state.value, Seen)
    ]
    names = [[end.ref.rpartition("/networks/")[2] for end in ends] for ends in found]
    assert sorted(map(len, names)) == [1, 1, 3]
    assert "servicenetworking" in max(names, key=len)
