"""An asset of each type of `scanner.providers.gcp.services`, and the organization that holds them."""

from __future__ import annotations

from dataclasses import replace

from scanner.demo.gcp_estate import GcpEstate, demo_estate
from tests.contract.gcp_platforms_estate import ASSETS as PLATFORMS
from tests.contract.gcp_platforms_estate import (
    BIGTABLE,
    DEFAULT,
    HERE,
    ID,
    INSTANCE,
    KMS,
    NUMBER,
    ORGANIZATION,
    TIMES,
    Json,
)
from tests.contract.gcp_protection_estate import ASSETS as PROTECTION
from tests.contract.gcp_stores_estate import ASSETS as STORES

# Type: its document and schema, the asset's name, the data, and the inventory's location.
ASSETS: dict[str, tuple[str, str, str, Json, str]] = {
    "bigquery.googleapis.com/Dataset": (
        "bigquery.v2",
        "Dataset",
        f"//bigquery.googleapis.com/{ID}/datasets/sales",
        {
            "datasetReference": {"projectId": "acme-prod", "datasetId": "sales"},
            "location": "europe-west2",
            "maxTimeTravelHours": "168",
            "access": [{"role": "READER", "specialGroup": "projectReaders"}],
            "defaultEncryptionConfiguration": {"kmsKeyName": KMS},
        },
        "europe-west2",
    ),
    "bigquery.googleapis.com/Table": (
        "bigquery.v2",
        "Table",
        f"//bigquery.googleapis.com/{ID}/datasets/sales/tables/orders",
        {
            "tableReference": {"projectId": "acme-prod", "datasetId": "sales", "tableId": "orders"},
            "type": "SNAPSHOT",
            "location": "europe-west2",
            "creationTime": "1768208400000",
            "expirationTime": "1769418000000",
            "snapshotDefinition": {
                "baseTableReference": {"projectId": "acme-prod", "datasetId": "sales", "tableId": "live"},
                "snapshotTime": "2026-01-12T09:00:00Z",
            },
        },
        "europe-west2",
    ),
    "spanner.googleapis.com/Instance": (
        "spanner.v1",
        "Instance",
        f"//spanner.googleapis.com/{INSTANCE}",
        {"name": INSTANCE, "config": f"{ID}/instanceConfigs/regional-europe-west2", "labels": {"env": "prod"}},
        "europe-west2",
    ),
    "spanner.googleapis.com/Database": (
        "spanner.v1",
        "Database",
        f"//spanner.googleapis.com/{INSTANCE}/databases/orders",
        {
            "name": f"{INSTANCE}/databases/orders",
            "encryptionConfig": {"kmsKeyName": KMS},
            "versionRetentionPeriod": "7d",
            "restoreInfo": {"backupInfo": {"sourceDatabase": f"{INSTANCE}/databases/live"}},
        },
        "europe-west2",
    ),
    "spanner.googleapis.com/Backup": (
        "spanner.v1",
        "Backup",
        f"//spanner.googleapis.com/{INSTANCE}/backups/nightly",
        {
            "name": f"{INSTANCE}/backups/nightly",
            "database": f"{INSTANCE}/databases/orders",
            "encryptionInfo": DEFAULT,
            **TIMES,
        },
        "europe-west2",
    ),
    "spanner.googleapis.com/BackupSchedule": (
        "spanner.v1",
        "BackupSchedule",
        f"//spanner.googleapis.com/{INSTANCE}/databases/orders/backupSchedules/daily",
        {"retentionDuration": "604800s", "fullBackupSpec": {}},
        "europe-west2",
    ),
    "firestore.googleapis.com/Database": (
        "firestore.v1",
        "GoogleFirestoreAdminV1Database",
        f"//firestore.googleapis.com/{ID}/databases/app",
        {
            "name": f"{ID}/databases/app",
            "locationId": "eur3",
            "pointInTimeRecoveryEnablement": "POINT_IN_TIME_RECOVERY_ENABLED",
            "cmekConfig": {"kmsKeyName": KMS},
        },
        "eur3",
    ),
    "firestore.googleapis.com/Backup": (
        "firestore.v1",
        "GoogleFirestoreAdminV1Backup",
        f"//firestore.googleapis.com/{ID}/locations/eur3/backups/b",
        {
            "database": f"{ID}/databases/app",
            "snapshotTime": "2026-01-12T09:00:00Z",
            "expireTime": "2026-01-26T09:00:00Z",
        },
        "eur3",
    ),
    "firestore.googleapis.com/BackupSchedule": (
        "firestore.v1",
        "GoogleFirestoreAdminV1BackupSchedule",
        f"//firestore.googleapis.com/{ID}/databases/app/backupSchedules/s",
        {"retention": "1209600s", "dailyRecurrence": {}},
        "eur3",
    ),
    "bigtableadmin.googleapis.com/Instance": (
        "bigtableadmin.v2",
        "Instance",
        f"//bigtable.googleapis.com/{BIGTABLE}",
        {"name": BIGTABLE, "labels": {"env": "prod"}},
        "",
    ),
    "bigtableadmin.googleapis.com/Cluster": (
        "bigtableadmin.v2",
        "Cluster",
        f"//bigtable.googleapis.com/{BIGTABLE}/clusters/one",
        {
            "name": f"{BIGTABLE}/clusters/one",
            "location": f"{ID}/locations/europe-west2-a",
            "encryptionConfig": {"kmsKeyName": KMS},
        },
        "europe-west2-a",
    ),
    "bigtableadmin.googleapis.com/Table": (
        "bigtableadmin.v2",
        "Table",
        f"//bigtable.googleapis.com/{BIGTABLE}/tables/events",
        {
            "automatedBackupPolicy": {
                "retentionPeriod": "604800s",
                "frequency": "86400s",
                "locations": [f"{ID}/locations/europe-west2-a"],
            },
            "restoreInfo": {"backupInfo": {"sourceTable": f"{BIGTABLE}/tables/live"}},
        },
        "",
    ),
    "bigtableadmin.googleapis.com/Backup": (
        "bigtableadmin.v2",
        "Backup",
        f"//bigtable.googleapis.com/{BIGTABLE}/clusters/one/backups/b",
        {
            "sourceTable": f"{BIGTABLE}/tables/events",
            "encryptionInfo": DEFAULT,
            "startTime": "2026-01-12T09:00:00Z",
            "expireTime": "2026-01-26T09:00:00Z",
        },
        "europe-west2-a",
    ),
    "alloydb.googleapis.com/Cluster": (
        "alloydb.v1",
        "Cluster",
        f"//alloydb.googleapis.com/{HERE}/clusters/main",
        {
            "clusterType": "PRIMARY",
            "primaryConfig": {"secondaryClusterNames": [f"{ID}/locations/europe-west3/clusters/second"]},
            "automatedBackupPolicy": {
                "enabled": True,
                "timeBasedRetention": {"retentionPeriod": "604800s"},
                "weeklySchedule": {"daysOfWeek": ["MONDAY"]},
            },
            "continuousBackupConfig": {"enabled": True, "recoveryWindowDays": 14},
        },
        "europe-west2",
    ),
    "alloydb.googleapis.com/Instance": (
        "alloydb.v1",
        "Instance",
        f"//alloydb.googleapis.com/{HERE}/clusters/main/instances/first",
        {
            "clientConnectionConfig": {"sslConfig": {"sslMode": "ENCRYPTED_ONLY"}},
            "networkConfig": {
                "enablePublicIp": True,
                "authorizedExternalNetworks": [{"cidrRange": "192.0.2.0/24"}],
            },
        },
        "europe-west2",
    ),
    "alloydb.googleapis.com/Backup": (
        "alloydb.v1",
        "Backup",
        f"//alloydb.googleapis.com/{HERE}/backups/b",
        {
            "clusterName": f"{HERE}/clusters/main",
            "createTime": "2026-01-12T09:00:00Z",
            "expiryTime": "2026-01-26T09:00:00Z",
        },
        "europe-west2",
    ),
    "redis.googleapis.com/Instance": (
        "redis.v1",
        "Instance",
        f"//redis.googleapis.com/{HERE}/instances/cache",
        {
            "transitEncryptionMode": "SERVER_AUTHENTICATION",
            "customerManagedKey": KMS,
            "serverCaCerts": [{"expireTime": "2036-01-12T09:00:00Z"}],
        },
        "europe-west2",
    ),
    "redis.googleapis.com/Cluster": (
        "redis.v1",
        "Cluster",
        f"//redis.googleapis.com/{HERE}/clusters/cache",
        {
            "transitEncryptionMode": "TRANSIT_ENCRYPTION_MODE_DISABLED",
            "automatedBackupConfig": {"automatedBackupMode": "ENABLED", "retention": "604800s"},
        },
        "europe-west2",
    ),
    "secretmanager.googleapis.com/Secret": (
        "secretmanager.v1",
        "Secret",
        f"//secretmanager.googleapis.com/{NUMBER}/secrets/token",
        {
            "name": f"{NUMBER}/secrets/token",
            "replication": {"userManaged": {"replicas": [{"location": "europe-west2"}]}},
        },
        "global",
    ),
    "cloudkms.googleapis.com/KeyRing": (
        "cloudkms.v1",
        "KeyRing",
        f"//cloudkms.googleapis.com/{HERE}/keyRings/r",
        {"name": f"{HERE}/keyRings/r"},
        "europe-west2",
    ),
    "cloudkms.googleapis.com/CryptoKey": (
        "cloudkms.v1",
        "CryptoKey",
        f"//cloudkms.googleapis.com/{KMS}",
        {"name": KMS, "purpose": "ENCRYPT_DECRYPT", "labels": {"env": "prod"}},
        "europe-west2",
    ),
    "pubsub.googleapis.com/Topic": (
        "pubsub.v1",
        "Topic",
        f"//pubsub.googleapis.com/{ID}/topics/orders",
        {"name": f"{ID}/topics/orders", "messageStoragePolicy": {"allowedPersistenceRegions": ["europe-west2"]}},
        "global",
    ),
    "pubsub.googleapis.com/Subscription": (
        "pubsub.v1",
        "Subscription",
        f"//pubsub.googleapis.com/{ID}/subscriptions/archive",
        {
            "name": f"{ID}/subscriptions/archive",
            "topic": f"{ID}/topics/orders",
            "bigqueryConfig": {"table": "acme-prod.sales.orders"},
        },
        "global",
    ),
    "file.googleapis.com/Instance": (
        "file.v1",
        "Instance",
        f"//file.googleapis.com/{ID}/locations/europe-west2-a/instances/share",
        {
            "protocol": "NFS_V3",
            "fileShares": [{"name": "one", "sourceBackup": f"{HERE}/backups/b"}],
            "replication": {
                "role": "ACTIVE",
                "replicas": [{"peerInstance": f"{ID}/locations/europe-west3-a/instances/share"}],
            },
        },
        "europe-west2-a",
    ),
    "file.googleapis.com/Backup": (
        "file.v1",
        "Backup",
        f"//file.googleapis.com/{HERE}/backups/b",
        {"sourceInstance": f"{ID}/locations/europe-west2-a/instances/share", "kmsKey": KMS},
        "europe-west2",
    ),
    **PLATFORMS,
    **PROTECTION,
    **STORES,
}


def asset(native: str) -> Json:
    document, schema, name, data, location = ASSETS[native]
    api, _, version = document.partition(".")
    resource = {
        "version": version,
        "discoveryDocumentUri": f"https://{api}.googleapis.com/$discovery/rest?version={version}",
        "discoveryName": schema,
        "parent": f"//cloudresourcemanager.googleapis.com/{NUMBER}",
        "data": data,
    }
    return {
        "name": name,
        "assetType": native,
        "resource": resource | ({"location": location} if location else {}),
        "ancestors": [NUMBER, "folders/200000000001", ORGANIZATION],
        "updateTime": "2026-01-12T09:00:00Z",
    }


def estate() -> GcpEstate:
    """The projects of the demo, and of it only these assets."""
    demo = demo_estate(0)
    projects = tuple(each for each in demo.assets if each["assetType"].startswith("cloudresourcemanager"))
    return replace(demo, assets=(*projects, *map(asset, ASSETS)))
