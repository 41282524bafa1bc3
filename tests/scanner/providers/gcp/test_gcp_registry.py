"""The provider as a whole: what every type declares, against Google's own models and the catalogue."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, cast

import pytest

from scanner.collect.model import Provider, ResourceType, pointers
from scanner.collect.model import declared as of_reply
from scanner.facts import (
    Backup,
    Body,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Facet,
    Fragment,
    Kind,
    Known,
    Lineage,
    Location,
    LogStore,
    Reason,
    Seen,
    Tagging,
    Trust,
    Unknown,
    Where,
)
from scanner.providers.gcp import PROVIDER, SWEEP
from scanner.providers.gcp.assets import LISTING
from tests.contract import gcp_memorystore

pytest.importorskip("googleapiclient", reason="the discovery documents come with google-api-python-client")

MODELS = {
    "gcp.storage.bucket": ("storage.v1", "Bucket"),
    "gcp.sql.instance": ("sqladmin.v1", "DatabaseInstance"),
    "gcp.compute.disk": ("compute.v1", "Disk"),
    "gcp.compute.region-disk": ("compute.v1", "Disk"),
    "gcp.compute.snapshot": ("compute.v1", "Snapshot"),
    "gcp.logging.bucket": ("logging.v2", "LogBucket"),
    "gcp.compute.network": ("compute.v1", "Network"),
    "gcp.compute.subnetwork": ("compute.v1", "Subnetwork"),
    "gcp.project": ("cloudresourcemanager.v3", "Project"),
    "gcp.folder": ("cloudresourcemanager.v3", "Folder"),
    "gcp.organization": ("cloudresourcemanager.v3", "Organization"),
    "gcp.bigquery.dataset": ("bigquery.v2", "Dataset"),
    "gcp.bigquery.table": ("bigquery.v2", "Table"),
    "gcp.spanner.instance": ("spanner.v1", "Instance"),
    "gcp.spanner.database": ("spanner.v1", "Database"),
    "gcp.spanner.backup": ("spanner.v1", "Backup"),
    "gcp.spanner.backup-schedule": ("spanner.v1", "BackupSchedule"),
    "gcp.firestore.database": ("firestore.v1", "GoogleFirestoreAdminV1Database"),
    "gcp.firestore.backup": ("firestore.v1", "GoogleFirestoreAdminV1Backup"),
    "gcp.firestore.backup-schedule": ("firestore.v1", "GoogleFirestoreAdminV1BackupSchedule"),
    "gcp.bigtable.instance": ("bigtableadmin.v2", "Instance"),
    "gcp.bigtable.cluster": ("bigtableadmin.v2", "Cluster"),
    "gcp.bigtable.table": ("bigtableadmin.v2", "Table"),
    "gcp.bigtable.backup": ("bigtableadmin.v2", "Backup"),
    "gcp.alloydb.cluster": ("alloydb.v1", "Cluster"),
    "gcp.alloydb.instance": ("alloydb.v1", "Instance"),
    "gcp.alloydb.backup": ("alloydb.v1", "Backup"),
    "gcp.redis.instance": ("redis.v1", "Instance"),
    "gcp.redis.cluster": ("redis.v1", "Cluster"),
    "gcp.secretmanager.secret": ("secretmanager.v1", "Secret"),
    "gcp.kms.key-ring": ("cloudkms.v1", "KeyRing"),
    "gcp.kms.key": ("cloudkms.v1", "CryptoKey"),
    "gcp.pubsub.topic": ("pubsub.v1", "Topic"),
    "gcp.pubsub.subscription": ("pubsub.v1", "Subscription"),
    "gcp.file.instance": ("file.v1", "Instance"),
    "gcp.file.backup": ("file.v1", "Backup"),
    "gcp.compute.image": ("compute.v1", "Image"),
    "gcp.compute.machine-image": ("compute.v1", "MachineImage"),
    "gcp.compute.resource-policy": ("compute.v1", "ResourcePolicy"),
    "gcp.artifactregistry.repository": ("artifactregistry.v1", "Repository"),
    "gcp.sql.backup-run": ("sqladmin.v1", "BackupRun"),
    "gcp.sql.backup": ("sqladmin.v1", "Backup"),
    "gcp.backupdr.backup-vault": ("backupdr.v1", "BackupVault"),
    "gcp.backupdr.backup": ("backupdr.v1", "Backup"),
    "gcp.backupdr.backup-plan": ("backupdr.v1", "BackupPlan"),
    "gcp.backupdr.association": ("backupdr.v1", "BackupPlanAssociation"),
    "gcp.gke.cluster": ("container.v1", "Cluster"),
    "gcp.healthcare.dataset": ("healthcare.v1", "Dataset"),
    "gcp.healthcare.fhir-store": ("healthcare.v1", "FhirStore"),
    "gcp.healthcare.dicom-store": ("healthcare.v1", "DicomStore"),
    "gcp.healthcare.hl7v2-store": ("healthcare.v1", "Hl7V2Store"),
    "gcp.gkebackup.backup": ("gkebackup.v1", "Backup"),
    "gcp.gkebackup.backup-plan": ("gkebackup.v1", "BackupPlan"),
    "gcp.vertexai.dataset": ("aiplatform.v1", "GoogleCloudAiplatformV1Dataset"),
    "gcp.vertexai.model": ("aiplatform.v1", "GoogleCloudAiplatformV1Model"),
    "gcp.vertexai.endpoint": ("aiplatform.v1", "GoogleCloudAiplatformV1Endpoint"),
    "gcp.vertexai.index": ("aiplatform.v1", "GoogleCloudAiplatformV1Index"),
    "gcp.dataproc.cluster": ("dataproc.v1", "Cluster"),
    "gcp.composer.environment": ("composer.v1", "Environment"),
    "gcp.logging.sink": ("logging.v2", "LogSink"),
    "gcp.compute.ssl-policy": ("compute.v1", "SslPolicy"),
    "gcp.compute.target-https-proxy": ("compute.v1", "TargetHttpsProxy"),
    "gcp.compute.ssl-certificate": ("compute.v1", "SslCertificate"),
    "gcp.memcache.instance": ("memcache.v1", "Instance"),
    "gcp.compute.firewall": ("compute.v1", "Firewall"),
    "gcp.cloudfunctions.function": ("cloudfunctions.v2", "Function"),
    "gcp.cloudfunctions.cloud-function": ("cloudfunctions.v1", "CloudFunction"),
    "gcp.managedkafka.cluster": ("managedkafka.v1", "Cluster"),
    "gcp.datastream.stream": ("datastream.v1", "Stream"),
    "gcp.iam.service-account": ("iam.v1", "ServiceAccount"),
    "gcp.iam.workload-identity-pool-provider": ("iam.v1", "WorkloadIdentityPoolProvider"),
    "gcp.iam.workforce-pool-provider": ("iam.v1", "WorkforcePoolProvider"),
    "gcp.metastore.service": ("metastore.v1", "Service"),
    "gcp.metastore.backup": ("metastore.v1", "Backup"),
    "gcp.notebooks.instance": ("notebooks.v2", "Instance"),
    "gcp.certificatemanager.certificate": ("certificatemanager.v1", "Certificate"),
    "gcp.privateca.certificate-authority": ("privateca.v1", "CertificateAuthority"),
    "gcp.netapp.volume": ("netapp.v1", "Volume"),
    "gcp.netapp.backup": ("netapp.v1", "Backup"),
    "gcp.run.service": ("run.v1", "Service"),
    "gcp.memorystore.instance": ("memorystore.v1", "Instance"),
    "gcp.compute.instance": ("compute.v1", "Instance"),
    "gcp.compute.instant-snapshot": ("compute.v1", "InstantSnapshot"),
    "gcp.compute.storage-pool": ("compute.v1", "StoragePool"),
    "gcp.compute.backend-bucket": ("compute.v1", "BackendBucket"),
    "gcp.compute.backend-service": ("compute.v1", "BackendService"),
    "gcp.compute.region-backend-service": ("compute.v1", "BackendService"),
    "gcp.bigquery.transfer-config": ("bigquerydatatransfer.v1", "TransferConfig"),
    "gcp.bigquery.model": ("bigquery.v2", "Model"),
    "gcp.dlp.job": ("dlp.v2", "GooglePrivacyDlpV2DlpJob"),
    "gcp.dlp.stored-info-type": ("dlp.v2", "GooglePrivacyDlpV2StoredInfoType"),
    "gcp.dlp.job-trigger": ("dlp.v2", "GooglePrivacyDlpV2JobTrigger"),
    "gcp.dlp.discovery-config": ("dlp.v2", "GooglePrivacyDlpV2DiscoveryConfig"),
    "gcp.dlp.inspect-template": ("dlp.v2", "GooglePrivacyDlpV2InspectTemplate"),
    "gcp.dlp.deidentify-template": ("dlp.v2", "GooglePrivacyDlpV2DeidentifyTemplate"),
    "gcp.netapp.backup-vault": ("netapp.v1", "BackupVault"),
    "gcp.netapp.storage-pool": ("netapp.v1", "StoragePool"),
    "gcp.netapp.snapshot": ("netapp.v1", "Snapshot"),
    "gcp.file.snapshot": ("file.v1", "Snapshot"),
    "gcp.backupdr.data-source": ("backupdr.v1", "DataSource"),
    "gcp.backupdr.management-server": ("backupdr.v1", "ManagementServer"),
    "gcp.artifactregistry.docker-image": ("artifactregistry.v1", "DockerImage"),
    "gcp.artifactregistry.maven-artifact": ("artifactregistry.v1", "MavenArtifact"),
    "gcp.artifactregistry.npm-package": ("artifactregistry.v1", "NpmPackage"),
    "gcp.artifactregistry.python-package": ("artifactregistry.v1", "PythonPackage"),
    "gcp.gkebackup.volume-backup": ("gkebackup.v1", "VolumeBackup"),
    "gcp.spanner.instance-config": ("spanner.v1", "InstanceConfig"),
    "gcp.spanner.instance-partition": ("spanner.v1", "InstancePartition"),
    "gcp.pubsub.snapshot": ("pubsub.v1", "Snapshot"),
    "gcp.secretmanager.secret-version": ("secretmanager.v1", "SecretVersion"),
    "gcp.healthcare.consent-store": ("healthcare.v1", "ConsentStore"),
    "gcp.storagetransfer.job": ("storagetransfer.v1", "TransferJob"),
    "gcp.cloudtasks.queue": ("cloudtasks.v2", "Queue"),
}
NEWER = {"gcp.run.service": ("run.v2", "GoogleCloudRunV2Service")}
"""Types that the inventory tells in one of two forms."""
ASKED = {
    "essentialcontacts.googleapis.com/Contact": ("essentialcontacts.v1", "GoogleCloudEssentialcontactsV1Contact"),
    "compute.googleapis.com/BackendBucket": ("compute.v1", "BackendBucket"),
    "compute.googleapis.com/Project": ("compute.v1", "Project"),
    "iam.googleapis.com/Role": ("iam.v1", "Role"),
    "iam.googleapis.com/WorkforcePool": ("iam.v1", "WorkforcePool"),
    "monitoring.googleapis.com/AlertPolicy": ("monitoring.v3", "AlertPolicy"),
    "monitoring.googleapis.com/NotificationChannel": ("monitoring.v3", "NotificationChannel"),
    "orgpolicy.googleapis.com/Policy": ("orgpolicy.v2", "GoogleCloudOrgpolicyV2Policy"),
    "compute.googleapis.com/Instance": ("compute.v1", "Instance"),
    "netapp.googleapis.com/KmsConfig": ("netapp.v1", "KmsConfig"),
    "netapp.googleapis.com/Replication": ("netapp.v1", "Replication"),
}
"""What is asked for in joined listings alone."""
FACETS: tuple[type[Facet], ...] = (
    Location,
    EncryptionAtRest,
    EncryptionInTransit,
    Backup,
    Lineage,
    Exposure,
    LogStore,
    Tagging,
    Trust,
)
DATA_TYPES = [kind for kind in PROVIDER.types if kind.kind is Kind.DATA]


@cache
def schemas(document: str) -> dict[str, Any]:
    if document == "memorystore.v1":
        return gcp_memorystore.SCHEMAS
    file = files("googleapiclient.discovery_cache") / "documents" / f"{document}.json"
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["schemas"]
    return found


def exists(known: dict[str, Any], schema: dict[str, Any], steps: list[str]) -> bool:
    if "$ref" in schema:
        return exists(known, known[schema["$ref"]], steps)
    if not steps:
        return True
    inner = schema.get("properties", {}).get(steps[0])
    if steps[0] == "*" or "~1" in steps[0]:
        inner = schema.get("items") or schema.get("additionalProperties")
    if schema.get("additionalProperties", {}).get("type") == "any":
        # An open object, such as the parameters of a data source: keys of any name.
        return True
    return inner is not None and exists(known, inner, steps[1:])


def declared() -> Iterator[tuple[str, str]]:
    for kind in PROVIDER.types:
        for pointer in sorted(pointers(kind)):
            yield kind.name, pointer


@pytest.mark.parametrize(("name", "pointer"), list(declared()))
def test_every_declared_path_is_in_googles_model(name: str, pointer: str) -> None:
    if pointer.startswith("/resource/data/"):
        document, schema = MODELS[name]
        steps = pointer.removeprefix("/resource/data/").split("/")
    else:
        document, schema, steps = "cloudasset.v1", "Asset", pointer[1:].split("/")
    forms = [(document, schema), *([NEWER[name]] if name in NEWER else [])]
    assert any(exists(schemas(found), schemas(found)[form], steps) for found, form in forms)


def asked() -> list[tuple[str, str]]:
    """Of each ask, the types of asset that it lists and a path that is read of them."""
    found = {
        (str(native), pointer)
        for kind in PROVIDER.types
        for source, call in kind.ask.items()
        for pointer in of_reply(kind, source)
        for native in cast("list[str]", call.give.get("assetTypes", [""]))
    }
    return sorted(found)


@pytest.mark.parametrize(("native", "pointer"), asked())
def test_every_path_of_a_joined_listing_is_in_googles_model(native: str, pointer: str) -> None:
    path = pointer.removeprefix("/assets/*")
    natives = {kind.native: MODELS[kind.name] for kind in PROVIDER.types} | ASKED
    document, schema = ("cloudasset.v1", "Asset")
    if path.startswith("/resource/data/"):
        (document, schema), path = natives[native], path.removeprefix("/resource/data")
    known = schemas(document)
    assert exists(known, known[schema], path[1:].split("/"))


def test_a_path_that_is_not_in_the_model_is_found() -> None:
    known = schemas("storage.v1")
    assert exists(known, known["Bucket"], ["softDeletePolicy", "effectiveTime"])
    assert not exists(known, known["Bucket"], ["softDeletePolicy", "days"])
    assert not exists(known, known["Bucket"], ["location", "*"])


@pytest.mark.parametrize("kind", DATA_TYPES, ids=lambda kind: kind.name)
def test_a_data_type_answers_every_question_or_says_why_not(kind: ResourceType) -> None:
    answered = [answer.fact.key for answer in kind.facts]
    assert len(answered) == len(set(answered))
    for facet in FACETS:
        keys = {fact.key for fact in facet.questions()}
        if facet in kind.without:
            assert kind.without[facet]
            assert not keys & set(answered)
        else:
            assert keys <= set(answered), facet


@pytest.mark.parametrize("kind", PROVIDER.types, ids=lambda kind: kind.name)
def test_a_type_is_of_the_class_in_the_catalogue(kind: ResourceType) -> None:
    assert PROVIDER.kind(kind.native) is kind.kind
    assert kind.name.startswith("gcp.")
    assert kind.only == {"/assetType": {kind.native.lower()}}


def test_one_listing_serves_all() -> None:
    assert {kind.each.key for kind in PROVIDER.types} == {SWEEP.each.key}
    asks = [call for kind in PROVIDER.types for call in kind.ask.values()]
    assert all(call.join and call.operation == LISTING.operation for call in asks)
    assert all(call.give["contentType"] != "RESOURCE" or call.give["assetTypes"] for call in asks)
    assert {call.permission for call in asks} == {
        f"cloudasset.assets.list{content}" for content in ("Resource", "IamPolicy", "OrgPolicy")
    }
    assert len({kind.name for kind in PROVIDER.types}) == len(PROVIDER.types)


def test_an_unclassified_type() -> None:
    assert PROVIDER.kind("quantumstore.googleapis.com/Vault") is Kind.UNCLASSIFIED


@pytest.mark.parametrize(
    ("resource", "items", "reasons"),
    [
        ({"location": "europe-west2"}, ("gcp:europe-west2",), [Reason.UNMODELLED]),
        ({"location": "global"}, (), [Reason.UNMODELLED]),
        ({}, (), [Reason.SHAPE]),
    ],
)
def test_the_sweep_is_never_complete(resource: dict[str, str], items: tuple[str, ...], reasons: list[Reason]) -> None:
    homes, tags = (
        answer({"item": Body("c", "p", Fragment({"resource": resource}))}, Where()) for answer in SWEEP.facts
    )
    assert isinstance(homes, Known)
    assert isinstance(homes.value, Seen)
    assert (homes.value.items, [gap.reason for gap in homes.value.gaps]) == (items, reasons)
    assert isinstance(tags, Unknown)


def test_the_sweep_names_the_type() -> None:
    assert SWEEP.native({"assetType": "a.googleapis.com/B"}) == "a.googleapis.com/B"
    assert SWEEP.native({"assetType": 7}) == ""
    assert SWEEP.native({}) == ""


def test_the_role_has_exactly_the_permissions() -> None:
    provider: Provider = PROVIDER
    role = json.loads(provider.role(frozenset({"storage.buckets.get"})))
    assert role["includedPermissions"] == ["cloudasset.assets.listResource", "storage.buckets.get"]
    assert set(role) == {"title", "description", "stage", "includedPermissions"}
    assert json.loads(provider.role(frozenset()))["includedPermissions"] == ["cloudasset.assets.listResource"]


def test_the_import_loads_no_sdk() -> None:
    code = (
        "import sys, scanner.providers.gcp; print({m.partition('.')[0] for m in sys.modules} & {'google', 'requests'})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert done.stdout.strip() == "set()"
