"""The third part of the assets of `gcp_services_estate`: what is protected, served, streamed and certified."""

from __future__ import annotations

from tests.contract.gcp_platforms_estate import COMPUTE, HERE, ID, KMS, NUMBER, VAULT, Json

LABELS = {"labels": {"env": "prod"}}
# Type: its document and schema, the asset's name, the data, and the inventory's location.
ASSETS: dict[str, tuple[str, str, str, Json, str]] = {
    "backupdr.googleapis.com/BackupPlanAssociation": (
        "backupdr.v1",
        "BackupPlanAssociation",
        f"//backupdr.googleapis.com/{HERE}/backupPlanAssociations/share",
        {
            "name": f"{HERE}/backupPlanAssociations/share",
            "backupPlan": f"{HERE}/backupPlans/p",
            "resource": f"{ID}/locations/europe-west2-a/instances/share",
            "resourceType": "file.googleapis.com/Instance",
            "dataSource": f"{VAULT}/dataSources/d",
            "state": "ACTIVE",
        },
        "europe-west2",
    ),
    "memcache.googleapis.com/Instance": (
        "memcache.v1",
        "Instance",
        f"//memcache.googleapis.com/{HERE}/instances/cache",
        {"zones": ["europe-west2-a"], "nodeCount": 1, **LABELS},
        "europe-west2",
    ),
    "compute.googleapis.com/Firewall": (
        "compute.v1",
        "Firewall",
        f"//compute.googleapis.com/{ID}/global/firewalls/web",
        {
            "name": "web",
            "network": f"{COMPUTE}/global/networks/prod",
            "direction": "INGRESS",
            "disabled": False,
            "sourceRanges": ["0.0.0.0/0"],
            "allowed": [{"IPProtocol": "tcp", "ports": ["443"]}],
        },
        "global",
    ),
    "run.googleapis.com/Service": (
        "run.v1",
        "Service",
        f"//run.googleapis.com/{HERE}/services/shop",
        {
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "metadata": {"name": "shop", "annotations": {"run.googleapis.com/ingress": "internal"}, **LABELS},
        },
        "europe-west2",
    ),
    "cloudfunctions.googleapis.com/Function": (
        "cloudfunctions.v2",
        "Function",
        f"//cloudfunctions.googleapis.com/{HERE}/functions/resize",
        {"environment": "GEN_2", "serviceConfig": {"ingressSettings": "ALLOW_INTERNAL_ONLY"}, **LABELS},
        "europe-west2",
    ),
    "cloudfunctions.googleapis.com/CloudFunction": (
        "cloudfunctions.v1",
        "CloudFunction",
        f"//cloudfunctions.googleapis.com/{HERE}/functions/mail",
        {"httpsTrigger": {"securityLevel": "SECURE_ALWAYS"}, "ingressSettings": "ALLOW_ALL", **LABELS},
        "europe-west2",
    ),
    "managedkafka.googleapis.com/Cluster": (
        "managedkafka.v1",
        "Cluster",
        f"//managedkafka.googleapis.com/{HERE}/clusters/events",
        {"gcpConfig": {"kmsKey": KMS}, **LABELS},
        "europe-west2",
    ),
    "datastream.googleapis.com/Stream": (
        "datastream.v1",
        "Stream",
        f"//datastream.googleapis.com/{HERE}/streams/orders",
        {"customerManagedEncryptionKey": KMS, "displayName": "orders", **LABELS},
        "europe-west2",
    ),
    "metastore.googleapis.com/Service": (
        "metastore.v1",
        "Service",
        f"//metastore.googleapis.com/{HERE}/services/hive",
        {"encryptionConfig": {"kmsKey": KMS}, "scheduledBackup": {"enabled": False}, **LABELS},
        "europe-west2",
    ),
    "metastore.googleapis.com/Backup": (
        "metastore.v1",
        "Backup",
        f"//metastore.googleapis.com/{HERE}/services/hive/backups/monday",
        {"state": "ACTIVE"},
        "europe-west2",
    ),
    "notebooks.googleapis.com/Instance": (
        "notebooks.v2",
        "Instance",
        f"//notebooks.googleapis.com/{ID}/locations/europe-west2-a/instances/desk",
        {"gceSetup": {"disablePublicIp": True, "bootDisk": {"diskEncryption": "CMEK", "kmsKey": KMS}}, **LABELS},
        "europe-west2-a",
    ),
    "certificatemanager.googleapis.com/Certificate": (
        "certificatemanager.v1",
        "Certificate",
        f"//certificatemanager.googleapis.com/{HERE}/certificates/shop",
        {"expireTime": "2027-01-12T09:00:00Z", **LABELS},
        "europe-west2",
    ),
    "privateca.googleapis.com/CertificateAuthority": (
        "privateca.v1",
        "CertificateAuthority",
        f"//privateca.googleapis.com/{HERE}/caPools/p/certificateAuthorities/root",
        {
            "caCertificateDescriptions": [{"subjectDescription": {"notAfterTime": "2036-01-12T09:00:00Z"}}],
            **LABELS,
        },
        "europe-west2",
    ),
    "netapp.googleapis.com/Volume": (
        "netapp.v1",
        "Volume",
        f"//netapp.googleapis.com/{HERE}/volumes/v",
        {
            "name": f"{HERE}/volumes/v",
            "encryptionType": "CLOUD_KMS",
            "kmsConfig": f"{HERE}/kmsConfigs/k",
            "protocols": ["NFSV4"],
            "hasReplication": False,
            **LABELS,
        },
        "europe-west2",
    ),
    "netapp.googleapis.com/Backup": (
        "netapp.v1",
        "Backup",
        f"//netapp.googleapis.com/{HERE}/backupVaults/b/backups/monday",
        {"backupType": "MANUAL", "sourceVolume": f"{HERE}/volumes/v", **LABELS},
        "europe-west2",
    ),
    "iam.googleapis.com/ServiceAccount": (
        "iam.v1",
        "ServiceAccount",
        f"//iam.googleapis.com/{ID}/serviceAccounts/100000000000000000001",
        {
            "name": f"{ID}/serviceAccounts/app@acme-prod.iam.gserviceaccount.com",
            "email": "app@acme-prod.iam.gserviceaccount.com",
            "projectId": "acme-prod",
            "uniqueId": "100000000000000000001",
        },
        "global",
    ),
    "iam.googleapis.com/WorkloadIdentityPoolProvider": (
        "iam.v1",
        "WorkloadIdentityPoolProvider",
        f"//iam.googleapis.com/{NUMBER}/locations/global/workloadIdentityPools/builds/providers/aws",
        {
            "name": f"{NUMBER}/locations/global/workloadIdentityPools/builds/providers/aws",
            "state": "ACTIVE",
            "aws": {"accountId": "111111111111"},
        },
        "global",
    ),
    "iam.googleapis.com/WorkforcePoolProvider": (
        "iam.v1",
        "WorkforcePoolProvider",
        "//iam.googleapis.com/locations/global/workforcePools/people/providers/entra",
        {
            "name": "locations/global/workforcePools/people/providers/entra",
            "state": "ACTIVE",
            "oidc": {
                "issuerUri": "https://login.microsoftonline.com/00000000-0000-0000-0000-000000000001/v2.0",
                "clientId": "00000000-0000-0000-0000-000000000002",
            },
        },
        "global",
    ),
}
