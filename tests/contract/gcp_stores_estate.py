"""The fourth part of the assets of `gcp_services_estate`: machines, caches, transfers, and what lies in stores."""

from __future__ import annotations

from tests.contract.gcp_platforms_estate import COMPUTE, HERE, ID, INSTANCE, KMS, NUMBER, VAULT, Json

LABELS = {"labels": {"env": "prod"}}
ZONE = f"{COMPUTE}/zones/europe-west2-a"
SALES = {"projectId": "acme-prod", "datasetId": "sales"}
GLOBAL_DLP, GKE = f"{ID}/locations/global", f"{HERE}/backupPlans/p/backups/b"
ITEMS = {
    "DockerImage": "dockerImages",
    "MavenArtifact": "mavenArtifacts",
    "NpmPackage": "npmPackages",
    "PythonPackage": "pythonPackages",
}
# Type: its document and schema, the asset's name, the data, and the inventory's location.
ASSETS: dict[str, tuple[str, str, str, Json, str]] = {
    "memorystore.googleapis.com/Instance": (
        "memorystore.v1",
        "Instance",
        f"//memorystore.googleapis.com/{HERE}/instances/valkey",
        {
            "name": f"{HERE}/instances/valkey",
            "transitEncryptionMode": "SERVER_AUTHENTICATION",
            "kmsKey": KMS,
            "automatedBackupConfig": {"automatedBackupMode": "ENABLED", "retention": "604800s"},
            "crossInstanceReplicationConfig": {
                "membership": {
                    "primaryInstance": {"instance": f"{HERE}/instances/valkey"},
                    "secondaryInstances": [{"instance": f"{ID}/locations/europe-west3/instances/valkey"}],
                }
            },
            "gcsSource": {"uris": ["gs://acme-seed/one.rdb"]},
            "managedBackupSource": {"backup": f"{HERE}/backupCollections/c/backups/b"},
            **LABELS,
        },
        "europe-west2",
    ),
    "compute.googleapis.com/Instance": (
        "compute.v1",
        "Instance",
        f"//compute.googleapis.com/{ID}/zones/europe-west2-a/instances/web",
        {
            "name": "web",
            "zone": ZONE,
            "disks": [{"type": "PERSISTENT", "source": f"{ZONE}/disks/web"}, {"type": "SCRATCH", "interface": "NVME"}],
            "networkInterfaces": [{"accessConfigs": [{"type": "ONE_TO_ONE_NAT", "natIP": "203.0.113.7"}]}],
            "sourceMachineImage": f"{COMPUTE}/global/machineImages/web",
            **LABELS,
        },
        "europe-west2-a",
    ),
    "compute.googleapis.com/InstantSnapshot": (
        "compute.v1",
        "InstantSnapshot",
        f"//compute.googleapis.com/{ID}/zones/europe-west2-a/instantSnapshots/now",
        {"name": "now", "zone": ZONE, "sourceDisk": f"{ZONE}/disks/web", **LABELS},
        "europe-west2-a",
    ),
    "compute.googleapis.com/StoragePool": (
        "compute.v1",
        "StoragePool",
        f"//compute.googleapis.com/{ID}/zones/europe-west2-a/storagePools/fast",
        {"name": "fast", "zone": ZONE, **LABELS},
        "europe-west2-a",
    ),
    "compute.googleapis.com/BackendBucket": (
        "compute.v1",
        "BackendBucket",
        f"//compute.googleapis.com/{ID}/global/backendBuckets/files",
        {"name": "files", "bucketName": "acme-public", "enableCdn": True},
        "global",
    ),
    "compute.googleapis.com/BackendService": (
        "compute.v1",
        "BackendService",
        f"//compute.googleapis.com/{ID}/global/backendServices/shop",
        {"name": "shop", "enableCDN": True},
        "global",
    ),
    "compute.googleapis.com/RegionBackendService": (
        "compute.v1",
        "BackendService",
        f"//compute.googleapis.com/{ID}/regions/europe-west2/backendServices/shop",
        {"name": "shop", "region": f"{COMPUTE}/regions/europe-west2"},
        "europe-west2",
    ),
    "bigquerydatatransfer.googleapis.com/TransferConfig": (
        "bigquerydatatransfer.v1",
        "TransferConfig",
        f"//bigquerydatatransfer.googleapis.com/{ID}/locations/europe-west3/transferConfigs/t",
        {
            "name": f"{ID}/locations/europe-west3/transferConfigs/t",
            "displayName": "sales to Frankfurt",
            "dataSourceId": "cross_region_copy",
            "destinationDatasetId": "sales_copy",
            "datasetRegion": "europe-west3",
            "params": {"source_project_id": "acme-prod", "source_dataset_id": "sales"},
        },
        "europe-west3",
    ),
    "bigquery.googleapis.com/Model": (
        "bigquery.v2",
        "Model",
        f"//bigquery.googleapis.com/{ID}/datasets/sales/models/churn",
        {
            "modelReference": {**SALES, "modelId": "churn"},
            "location": "europe-west2",
            "encryptionConfiguration": {"kmsKeyName": KMS},
            **LABELS,
        },
        "europe-west2",
    ),
    "dlp.googleapis.com/DlpJob": (
        "dlp.v2",
        "GooglePrivacyDlpV2DlpJob",
        f"//dlp.googleapis.com/{HERE}/dlpJobs/i-1",
        {
            "name": f"{HERE}/dlpJobs/i-1",
            "state": "DONE",
            "inspectDetails": {
                "requestedOptions": {
                    "jobConfig": {
                        "actions": [
                            {"saveFindings": {"outputConfig": {"table": SALES | {"tableId": "findings"}}}},
                            {"saveFindings": {"outputConfig": {"storagePath": {"path": "gs://acme-findings/"}}}},
                            {"deidentify": {"cloudStorageOutput": "gs://acme-clean/files/"}},
                        ],
                        "storageConfig": {
                            "bigQueryOptions": {"tableReference": SALES | {"tableId": "orders"}},
                            "cloudStorageOptions": {
                                "fileSet": {"url": "gs://acme-mail/*", "regexFileSet": {"bucketName": "acme-scans"}}
                            },
                        },
                    }
                }
            },
            "riskDetails": {
                "requestedSourceTable": SALES | {"tableId": "people"},
                "requestedOptions": {
                    "jobConfig": {
                        "actions": [{"saveFindings": {"outputConfig": {"table": SALES | {"tableId": "risks"}}}}]
                    }
                },
            },
        },
        "europe-west2",
    ),
    "dlp.googleapis.com/StoredInfoType": (
        "dlp.v2",
        "GooglePrivacyDlpV2StoredInfoType",
        f"//dlp.googleapis.com/{GLOBAL_DLP}/storedInfoTypes/names",
        {
            "name": f"{GLOBAL_DLP}/storedInfoTypes/names",
            "currentVersion": {
                "config": {
                    "dictionary": {"cloudStoragePath": {"path": "gs://acme-terms/few.txt"}},
                    "largeCustomDictionary": {
                        "outputPath": {"path": "gs://acme-dictionary/names"},
                        "cloudStorageFileSet": {"url": "gs://acme-terms/*"},
                        "bigQueryField": {"table": SALES | {"tableId": "people"}},
                    },
                }
            },
        },
        "global",
    ),
    "dlp.googleapis.com/JobTrigger": (
        "dlp.v2",
        "GooglePrivacyDlpV2JobTrigger",
        f"//dlp.googleapis.com/{HERE}/jobTriggers/weekly",
        {
            "inspectJob": {
                "actions": [
                    {"saveFindings": {"outputConfig": {"table": SALES | {"tableId": "findings"}}}},
                    {"saveFindings": {"outputConfig": {"storagePath": {"path": "gs://acme-findings/"}}}},
                    {"deidentify": {"cloudStorageOutput": "gs://acme-clean/files/"}},
                ]
            }
        },
        "europe-west2",
    ),
    "dlp.googleapis.com/DiscoveryConfig": (
        "dlp.v2",
        "GooglePrivacyDlpV2DiscoveryConfig",
        f"//dlp.googleapis.com/{HERE}/discoveryConfigs/all",
        {
            "actions": [
                {
                    "exportData": {
                        "profileTable": SALES | {"tableId": "profiles"},
                        "sampleFindingsTable": SALES | {"tableId": "samples"},
                    }
                }
            ]
        },
        "europe-west2",
    ),
    "dlp.googleapis.com/InspectTemplate": (
        "dlp.v2",
        "GooglePrivacyDlpV2InspectTemplate",
        f"//dlp.googleapis.com/{HERE}/inspectTemplates/names",
        {"displayName": "names"},
        "europe-west2",
    ),
    "dlp.googleapis.com/DeidentifyTemplate": (
        "dlp.v2",
        "GooglePrivacyDlpV2DeidentifyTemplate",
        f"//dlp.googleapis.com/{HERE}/deidentifyTemplates/names",
        {"displayName": "names"},
        "europe-west2",
    ),
    "netapp.googleapis.com/BackupVault": (
        "netapp.v1",
        "BackupVault",
        f"//netapp.googleapis.com/{HERE}/backupVaults/b",
        {
            "backupRegion": f"{ID}/locations/europe-west3",
            "destinationBackupVault": f"{ID}/locations/europe-west3/backupVaults/b",
            "kmsConfig": f"{HERE}/kmsConfigs/k",
            "encryptionState": "ENCRYPTION_STATE_COMPLETED",
            "backupsCryptoKeyVersion": f"{KMS}/cryptoKeyVersions/1",
            **LABELS,
        },
        "europe-west2",
    ),
    "netapp.googleapis.com/StoragePool": (
        "netapp.v1",
        "StoragePool",
        f"//netapp.googleapis.com/{HERE}/storagePools/p",
        {
            "name": f"{HERE}/storagePools/p",
            "encryptionType": "SERVICE_MANAGED",
            "zone": "europe-west2-a",
            "replicaZone": "europe-west2-b",
            **LABELS,
        },
        "europe-west2",
    ),
    "netapp.googleapis.com/Snapshot": (
        "netapp.v1",
        "Snapshot",
        f"//netapp.googleapis.com/{HERE}/volumes/v/snapshots/s",
        {"name": f"{HERE}/volumes/v/snapshots/s", **LABELS},
        "europe-west2",
    ),
    "file.googleapis.com/Snapshot": (
        "file.v1",
        "Snapshot",
        f"//file.googleapis.com/{ID}/locations/europe-west2-a/instances/share/snapshots/s",
        {"name": f"{ID}/locations/europe-west2-a/instances/share/snapshots/s", **LABELS},
        "europe-west2-a",
    ),
    "backupdr.googleapis.com/DataSource": (
        "backupdr.v1",
        "DataSource",
        f"//backupdr.googleapis.com/{VAULT}/dataSources/d",
        {
            "dataSourceGcpResource": {
                "gcpResourcename": f"//compute.googleapis.com/{ID}/zones/europe-west2-a/instances/web"
            },
            **LABELS,
        },
        "europe-west2",
    ),
    "backupdr.googleapis.com/ManagementServer": (
        "backupdr.v1",
        "ManagementServer",
        f"//backupdr.googleapis.com/{HERE}/managementServers/m",
        {"name": f"{HERE}/managementServers/m", **LABELS},
        "europe-west2",
    ),
    **{
        f"artifactregistry.googleapis.com/{schema}": (
            "artifactregistry.v1",
            schema,
            f"//artifactregistry.googleapis.com/{HERE}/repositories/apps/{collection}/shop",
            {"name": f"{HERE}/repositories/apps/{collection}/shop"},
            "europe-west2",
        )
        for schema, collection in ITEMS.items()
    },
    "gkebackup.googleapis.com/VolumeBackup": (
        "gkebackup.v1",
        "VolumeBackup",
        f"//gkebackup.googleapis.com/{GKE}/volumeBackups/v",
        {"name": f"{GKE}/volumeBackups/v", "format": "GCE_PERSISTENT_DISK"},
        "europe-west2",
    ),
    "spanner.googleapis.com/InstanceConfig": (
        "spanner.v1",
        "InstanceConfig",
        f"//spanner.googleapis.com/{ID}/instanceConfigs/custom-eur5",
        {
            "name": f"{ID}/instanceConfigs/custom-eur5",
            "configType": "USER_MANAGED",
            "replicas": [
                {"location": "europe-west2", "type": "READ_WRITE"},
                {"location": "europe-west1", "type": "READ_WRITE"},
                {"location": "europe-west4", "type": "WITNESS"},
                {"location": "us-east1", "type": "READ_ONLY"},
            ],
            **LABELS,
        },
        "global",
    ),
    "spanner.googleapis.com/InstancePartition": (
        "spanner.v1",
        "InstancePartition",
        f"//spanner.googleapis.com/{INSTANCE}/instancePartitions/abroad",
        {"name": f"{INSTANCE}/instancePartitions/abroad", "config": f"{ID}/instanceConfigs/custom-eur5"},
        "",
    ),
    "pubsub.googleapis.com/Snapshot": (
        "pubsub.v1",
        "Snapshot",
        f"//pubsub.googleapis.com/{ID}/snapshots/monday",
        {"name": f"{ID}/snapshots/monday", "topic": f"{ID}/topics/orders", **LABELS},
        "global",
    ),
    "secretmanager.googleapis.com/SecretVersion": (
        "secretmanager.v1",
        "SecretVersion",
        f"//secretmanager.googleapis.com/{NUMBER}/secrets/token/versions/1",
        {
            "name": f"{NUMBER}/secrets/token/versions/1",
            "state": "ENABLED",
            "replicationStatus": {
                "userManaged": {
                    "replicas": [
                        {
                            "location": "europe-west2",
                            "customerManagedEncryption": {"kmsKeyVersionName": f"{KMS}/cryptoKeyVersions/1"},
                        }
                    ]
                }
            },
        },
        "global",
    ),
    "healthcare.googleapis.com/ConsentStore": (
        "healthcare.v1",
        "ConsentStore",
        f"//healthcare.googleapis.com/{HERE}/datasets/ward/consentStores/consents",
        {"name": f"{HERE}/datasets/ward/consentStores/consents", **LABELS},
        "europe-west2",
    ),
    "storagetransfer.googleapis.com/TransferJob": (
        "storagetransfer.v1",
        "TransferJob",
        "//storagetransfer.googleapis.com/projects/acme-prod/transferJobs/1",
        {
            "name": "transferJobs/1",
            "description": "files to Frankfurt",
            "projectId": "acme-prod",
            "status": "ENABLED",
            "transferSpec": {
                "gcsDataSource": {"bucketName": "acme-public"},
                "gcsDataSink": {"bucketName": "acme-abroad"},
                "awsS3DataSource": {"bucketName": "acme-old"},
            },
        },
        "global",
    ),
    "cloudtasks.googleapis.com/Queue": (
        "cloudtasks.v2",
        "Queue",
        f"//cloudtasks.googleapis.com/{HERE}/queues/mail",
        {"name": f"{HERE}/queues/mail", "state": "RUNNING"},
        "europe-west2",
    ),
}
