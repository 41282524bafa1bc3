"""The second half of the assets of `gcp_services_estate`, and what both halves name."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
ORGANIZATION = "organizations/123456789012"
NUMBER, ID = "projects/100000000001", "projects/acme-prod"
HERE = f"{ID}/locations/europe-west2"
KMS = f"{HERE}/keyRings/r/cryptoKeys/k"
TIMES = {"createTime": "2026-01-12T09:00:00Z", "expireTime": "2026-01-26T09:00:00Z"}
DEFAULT = {"encryptionType": "GOOGLE_DEFAULT_ENCRYPTION"}
INSTANCE, BIGTABLE = f"{ID}/instances/main", f"{ID}/instances/wide"
COMPUTE = f"https://www.googleapis.com/compute/v1/{ID}"
VAULT = f"{HERE}/backupVaults/v"

MODELS: dict[str, Json] = {
    "Dataset": {"labels": {"env": "prod"}},
    "Model": {"artifactUri": "gs://acme-models/one"},
    "Endpoint": {
        "predictRequestResponseLoggingConfig": {
            "enabled": True,
            "bigqueryDestination": {"outputUri": "bq://acme-prod.sales.orders"},
        }
    },
    "Index": {},
}
# Type: its document and schema, the asset's name, the data, and the inventory's location.
ASSETS: dict[str, tuple[str, str, str, Json, str]] = {
    "compute.googleapis.com/Image": (
        "compute.v1",
        "Image",
        f"//compute.googleapis.com/{ID}/global/images/golden",
        {"name": "golden", "storageLocations": ["eu"], "sourceDisk": f"{COMPUTE}/zones/europe-west2-a/disks/d"},
        "global",
    ),
    "compute.googleapis.com/MachineImage": (
        "compute.v1",
        "MachineImage",
        f"//compute.googleapis.com/{ID}/global/machineImages/web",
        {
            "name": "web",
            "storageLocations": ["eu"],
            "sourceInstance": f"{COMPUTE}/zones/europe-west2-a/instances/web",
            "machineImageEncryptionKey": {"kmsKeyName": f"{KMS}/cryptoKeyVersions/1"},
        },
        "global",
    ),
    "compute.googleapis.com/ResourcePolicy": (
        "compute.v1",
        "ResourcePolicy",
        f"//compute.googleapis.com/{ID}/regions/europe-west2/resourcePolicies/nightly",
        {
            "name": "nightly",
            "snapshotSchedulePolicy": {
                "schedule": {"weeklySchedule": {"dayOfWeeks": [{"day": "MONDAY", "startTime": "04:00"}]}},
                "retentionPolicy": {"maxRetentionDays": 14, "onSourceDiskDelete": "KEEP_AUTO_SNAPSHOTS"},
                "snapshotProperties": {"storageLocations": ["europe-west2"]},
            },
        },
        "europe-west2",
    ),
    "artifactregistry.googleapis.com/Repository": (
        "artifactregistry.v1",
        "Repository",
        f"//artifactregistry.googleapis.com/{HERE}/repositories/apps",
        {"kmsKeyName": KMS, "mode": "STANDARD_REPOSITORY"},
        "europe-west2",
    ),
    "sqladmin.googleapis.com/BackupRun": (
        "sqladmin.v1",
        "BackupRun",
        f"//cloudsql.googleapis.com/{ID}/instances/main/backupRuns/7",
        {"id": "7", "instance": "main", "location": "eu", "type": "ON_DEMAND", "status": "SUCCESSFUL"},
        "",
    ),
    "sqladmin.googleapis.com/Backup": (
        "sqladmin.v1",
        "Backup",
        f"//cloudsql.googleapis.com/{ID}/backups/b",
        {
            "instance": "main",
            "location": "europe-west2",
            "state": "SUCCESSFUL",
            "kmsKey": KMS,
            "backupInterval": {"endTime": "2026-01-12T09:00:00Z"},
            "expiryTime": "2026-01-26T09:00:00Z",
        },
        "",
    ),
    "backupdr.googleapis.com/BackupVault": (
        "backupdr.v1",
        "BackupVault",
        f"//backupdr.googleapis.com/{VAULT}",
        {
            "name": VAULT,
            "encryptionConfig": {"kmsKeyName": KMS},
            "backupMinimumEnforcedRetentionDuration": "86400s",
            "backupRetentionInheritance": "INHERIT_VAULT_RETENTION",
        },
        "europe-west2",
    ),
    "backupdr.googleapis.com/Backup": (
        "backupdr.v1",
        "Backup",
        f"//backupdr.googleapis.com/{VAULT}/dataSources/d/backups/b",
        {
            **TIMES,
            "enforcedRetentionEndTime": "2026-01-13T09:00:00Z",
            "kmsKeyVersions": [f"{KMS}/cryptoKeyVersions/1"],
            "gcpResource": {"gcpResourcename": f"//compute.googleapis.com/{ID}/zones/europe-west2-a/instances/web"},
        },
        "europe-west2",
    ),
    "backupdr.googleapis.com/BackupPlan": (
        "backupdr.v1",
        "BackupPlan",
        f"//backupdr.googleapis.com/{HERE}/backupPlans/p",
        {
            "name": f"{HERE}/backupPlans/p",
            "backupVault": VAULT,
            "backupRules": [
                {
                    "backupRetentionDays": 14,
                    "standardSchedule": {"recurrenceType": "WEEKLY", "daysOfWeek": ["MONDAY", "FRIDAY"]},
                }
            ],
        },
        "europe-west2",
    ),
    "container.googleapis.com/Cluster": (
        "container.v1",
        "Cluster",
        f"//container.googleapis.com/{HERE}/clusters/shop",
        {
            "name": "shop",
            "location": "europe-west2",
            "locations": ["europe-west2-a"],
            "endpoint": "198.51.100.7",
            "resourceLabels": {"env": "prod"},
            "privateClusterConfig": {"enablePrivateEndpoint": False, "publicEndpoint": "198.51.100.7"},
            "masterAuthorizedNetworksConfig": {
                "enabled": True,
                "cidrBlocks": [{"cidrBlock": "192.0.2.0/24"}],
                "gcpPublicCidrsAccessEnabled": False,
            },
            "userManagedKeysConfig": {"controlPlaneDiskEncryptionKey": KMS},
        },
        "europe-west2",
    ),
    "healthcare.googleapis.com/Dataset": (
        "healthcare.v1",
        "Dataset",
        f"//healthcare.googleapis.com/{HERE}/datasets/ward",
        {"encryptionSpec": {"kmsKeyName": KMS}},
        "europe-west2",
    ),
    "healthcare.googleapis.com/FhirStore": (
        "healthcare.v1",
        "FhirStore",
        f"//healthcare.googleapis.com/{HERE}/datasets/ward/fhirStores/records",
        {
            "name": f"{HERE}/datasets/ward/fhirStores/records",
            "streamConfigs": [{"bigqueryDestination": {"datasetUri": "bq://acme-prod.sales"}}],
            "notificationConfigs": [{"pubsubTopic": f"{ID}/topics/orders", "sendFullResource": True}],
        },
        "europe-west2",
    ),
    "healthcare.googleapis.com/DicomStore": (
        "healthcare.v1",
        "DicomStore",
        f"//healthcare.googleapis.com/{HERE}/datasets/ward/dicomStores/images",
        {"streamConfigs": [{"bigqueryDestination": {"tableUri": "bq://acme-prod.sales.orders"}}]},
        "europe-west2",
    ),
    "healthcare.googleapis.com/Hl7V2Store": (
        "healthcare.v1",
        "Hl7V2Store",
        f"//healthcare.googleapis.com/{HERE}/datasets/ward/hl7V2Stores/messages",
        {"labels": {"env": "prod"}},
        "europe-west2",
    ),
    "gkebackup.googleapis.com/Backup": (
        "gkebackup.v1",
        "Backup",
        f"//gkebackup.googleapis.com/{HERE}/backupPlans/p/backups/b",
        {
            "encryptionKey": {"gcpKmsEncryptionKey": KMS},
            "clusterMetadata": {"cluster": f"{HERE}/clusters/shop"},
            "createTime": "2026-01-12T09:00:00Z",
            "retainDays": 14,
            "retainExpireTime": "2026-01-26T09:00:00Z",
            "deleteLockExpireTime": "2026-01-13T09:00:00Z",
        },
        "europe-west2",
    ),
    "gkebackup.googleapis.com/BackupPlan": (
        "gkebackup.v1",
        "BackupPlan",
        f"//gkebackup.googleapis.com/{HERE}/backupPlans/p",
        {
            "cluster": f"{HERE}/clusters/shop",
            "backupSchedule": {"rpoConfig": {"targetRpoMinutes": 1440}, "paused": False},
            "retentionPolicy": {"backupRetainDays": 14, "backupDeleteLockDays": 14},
        },
        "europe-west2",
    ),
    **{
        f"aiplatform.googleapis.com/{schema}": (
            "aiplatform.v1",
            f"GoogleCloudAiplatformV1{schema}",
            f"//aiplatform.googleapis.com/{NUMBER}/locations/europe-west2/{schema.lower()}s/1",
            {"encryptionSpec": {"kmsKeyName": KMS}, **more},
            "europe-west2",
        )
        for schema, more in MODELS.items()
    },
    "dataproc.googleapis.com/Cluster": (
        "dataproc.v1",
        "Cluster",
        f"//dataproc.googleapis.com/{ID}/regions/europe-west2/clusters/spark",
        {
            "clusterName": "spark",
            "config": {
                "configBucket": "acme-staging",
                "encryptionConfig": {"gcePdKmsKeyName": KMS},
                "gceClusterConfig": {"internalIpOnly": True},
            },
        },
        "europe-west2",
    ),
    "composer.googleapis.com/Environment": (
        "composer.v1",
        "Environment",
        f"//composer.googleapis.com/{HERE}/environments/flow",
        {
            "storageConfig": {"bucket": "acme-flow"},
            "config": {
                "encryptionConfig": {"kmsKeyName": KMS},
                "recoveryConfig": {
                    "scheduledSnapshotsConfig": {"enabled": True, "snapshotLocation": "gs://acme-snapshots/flow"}
                },
            },
        },
        "europe-west2",
    ),
    "logging.googleapis.com/LogSink": (
        "logging.v2",
        "LogSink",
        f"//logging.googleapis.com/{NUMBER}/sinks/abroad",
        {"name": "abroad", "destination": "bigquery.googleapis.com/projects/acme-prod/datasets/sales"},
        "global",
    ),
    "compute.googleapis.com/SslPolicy": (
        "compute.v1",
        "SslPolicy",
        f"//compute.googleapis.com/{ID}/global/sslPolicies/strict",
        {"name": "strict", "minTlsVersion": "TLS_1_2", "profile": "RESTRICTED"},
        "global",
    ),
    "compute.googleapis.com/TargetHttpsProxy": (
        "compute.v1",
        "TargetHttpsProxy",
        f"//compute.googleapis.com/{ID}/global/targetHttpsProxies/web",
        {"name": "web", "sslPolicy": f"{COMPUTE}/global/sslPolicies/strict"},
        "global",
    ),
    "compute.googleapis.com/SslCertificate": (
        "compute.v1",
        "SslCertificate",
        f"//compute.googleapis.com/{ID}/global/sslCertificates/web",
        {"name": "web", "expireTime": "2026-12-31T00:00:00.000-08:00"},
        "global",
    ),
}
