"""The Google Cloud estate of the demo: the fictional Example SaaS Ltd, as Cloud Asset Inventory would list it.

The estate is data. `_careful` is what a careful company would have, all of it in London (`europe-west2`); `_WEEK_0`
breaks some promises, `_WEEK_1` is what happened in the week after. Each deviation says which promise it breaks.

The shapes are those of Google's discovery documents (`resource.data`) inside `Asset` of `cloudasset.v1`. Two habits of
Cloud Asset Inventory that the documents do not tell are kept, because a scanner must cope with them: a bucket's unset
blocks are sent as empty objects; its `projectNumber` and `metageneration` are numbers although their format is int64.
"""

from __future__ import annotations

import copy
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

Json = dict[str, Any]

ORGANIZATION = "organizations/123456789012"
REGION = "europe-west2"

_FOUNDED = "2025-03-03T09:00:00Z"
_BUILT = "2026-01-12T09:00:00Z"
_NIGHT = "2026-11-01T02:00:00Z"
_WEEK_AFTER = "2026-11-05T10:00:00Z"

_COMPUTE = "https://www.googleapis.com/compute/v1"
_MANAGER = "//cloudresourcemanager.googleapis.com"

# Service of the asset type: its discovery document and version, as Cloud Asset Inventory names them.
_DOCUMENTS = {
    "bigquery": ("https://www.googleapis.com/discovery/v1/apis/bigquery/v2/rest", "v2"),
    "cloudresourcemanager": ("https://cloudresourcemanager.googleapis.com/$discovery/rest?version=v3", "v3"),
    "compute": ("https://www.googleapis.com/discovery/v1/apis/compute/v1/rest", "v1"),
    "iam": ("https://iam.googleapis.com/$discovery/rest", "v1"),
    "logging": ("https://logging.googleapis.com/$discovery/rest?version=v2", "v2"),
    "pubsub": ("https://pubsub.googleapis.com/$discovery/rest?version=v1", "v1"),
    "quantumstore": ("https://quantumstore.googleapis.com/$discovery/rest?version=v1", "v1"),
    "sqladmin": ("https://www.googleapis.com/discovery/v1/apis/sqladmin/v1beta4/rest", "v1beta4"),
    "storage": ("https://www.googleapis.com/discovery/v1/apis/storage/v1/rest", "v1"),
}


@dataclass(frozen=True, slots=True)
class GcpEstate:
    """What one Google Cloud organization holds.

    `projects` are `Project` resources of Resource Manager v3. `assets` are whole `Asset`s of Cloud Asset Inventory v1
    in REST camelCase, with every content that they have: `resource`, and where set `iamPolicy` and `orgPolicy`.
    """

    projects: tuple[Json, ...]
    assets: tuple[Json, ...]
    organization: str = ORGANIZATION


@dataclass(frozen=True, slots=True)
class _Home:
    """A project as the rest of the estate sees it."""

    id: str
    number: int
    env: str
    parent: str

    @property
    def ancestors(self) -> list[str]:
        return list(dict.fromkeys([f"projects/{self.number}", self.parent, ORGANIZATION]))

    @property
    def labels(self) -> Json:
        return {"env": self.env}


_PROD = _Home("acme-prod", 100000000001, "production", "folders/200000000001")
_TEST = _Home("acme-test", 100000000002, "test", "folders/200000000002")
_SHARED = _Home("acme-shared", 100000000003, "shared", ORGANIZATION)
_STAGING = _Home("acme-staging", 100000000004, "staging", "folders/200000000004")
_DEVELOPMENT = _Home("acme-development", 100000000005, "development", "folders/200000000005")
_HOMES = (_PROD, _TEST, _SHARED, _STAGING, _DEVELOPMENT)


def demo_estate(week: int) -> GcpEstate:
    """The estate as it was at the start of `week`: 0, or 1 for the week after.

    Each call returns its own copy, which the caller may change. Raises ValueError for a week that was not written.
    """
    if week not in (0, 1):
        raise ValueError(f"the demo has the weeks 0 and 1, not {week}")
    edits = _WEEK_0 if week == 0 else _WEEK_0 + _WEEK_1
    assets = reduce(_apply, edits, {asset["name"]: asset for asset in _careful()})
    return GcpEstate(tuple(_project(home) for home in _HOMES), tuple(assets.values()))


@dataclass(frozen=True, slots=True)
class _Add:
    asset: Json


@dataclass(frozen=True, slots=True)
class _Remove:
    name: str


@dataclass(frozen=True, slots=True)
class _Set:
    """New values at dotted paths of one asset; None removes the key. `at` is the asset's new update time."""

    name: str
    values: Mapping[str, Any]
    at: str = _BUILT


def _apply(assets: dict[str, Json], edit: _Add | _Remove | _Set) -> dict[str, Json]:
    match edit:
        case _Add(asset):
            return assets | {asset["name"]: copy.deepcopy(asset)}
        case _Remove(name):
            left = dict(assets)
            del left[name]
            return left
        case _Set(name, values, at):
            changed = copy.deepcopy(assets[name]) | {"updateTime": at}
            for path, value in values.items():
                _put(changed, path.split("."), value)
            return assets | {name: changed}


def _put(into: Json, path: list[str], value: object) -> None:
    *way, last = path
    for key in way:
        into = into[key]
    if value is None:
        del into[last]
    else:
        into[last] = copy.deepcopy(value)


def _asset(
    home: _Home, kind: str, name: str, data: Json, *, schema: str = "", place: str = "", at: str = _BUILT
) -> Json:
    """One asset of a project. `kind` is the asset type without `.googleapis.com`, `schema` the name if it differs."""
    service, _, last = kind.partition("/")
    document, version = _DOCUMENTS[service]
    resource = {
        "version": version,
        "discoveryDocumentUri": document,
        "discoveryName": schema or last,
        "parent": f"{_MANAGER}/projects/{home.number}",
        "data": data,
    }
    return {
        "name": name,
        "assetType": f"{service}.googleapis.com/{last}",
        "resource": resource | ({"location": place} if place else {}),
        "ancestors": home.ancestors,
        "updateTime": at,
    }


def _id(name: str) -> str:
    """A uint64 as Google writes it, always the same for one name."""
    return str(10**18 + zlib.crc32(name.encode()))


def _bucket(home: _Home, name: str) -> Json:
    data = {
        "kind": "storage#bucket",
        "id": name,
        "name": name,
        "selfLink": f"https://www.googleapis.com/storage/v1/b/{name}",
        "projectNumber": home.number,
        "metageneration": 1,
        "etag": "CAE=",
        "location": REGION.upper(),
        "locationType": "region",
        "storageClass": "STANDARD",
        "timeCreated": _BUILT,
        "updated": _BUILT,
        "labels": home.labels,
        "iamConfiguration": {
            "publicAccessPrevention": "enforced",
            "uniformBucketLevelAccess": {"enabled": True, "lockedTime": "2026-04-12T09:00:00Z"},
        },
        "softDeletePolicy": {"retentionDurationSeconds": "604800", "effectiveTime": _BUILT},
        "versioning": {"enabled": True},
        "lifecycle": {"rule": []},
        **{block: [] for block in ("acl", "cors", "defaultObjectAcl")},
        **{
            block: {}
            for block in ("autoclass", "billing", "encryption", "logging", "owner", "retentionPolicy", "website")
        },
    }
    asset = _asset(home, "storage/Bucket", f"//storage.googleapis.com/{name}", data, place=REGION)
    return asset | {"iamPolicy": _policy("roles/storage.objectUser", f"serviceAccount:{_account_mail(home, 'app')}")}


def _policy(role: str, member: str) -> Json:
    return {"version": 1, "etag": "BwYAAAAAAAE=", "bindings": [{"role": role, "members": [member]}]}


def _sql(home: _Home, name: str) -> Json:
    data = {
        "kind": "sql#instance",
        "name": name,
        "project": home.id,
        "region": REGION,
        "gceZone": f"{REGION}-a",
        "secondaryGceZone": f"{REGION}-b",
        "connectionName": f"{home.id}:{REGION}:{name}",
        "selfLink": f"https://www.googleapis.com/sql/v1beta4/projects/{home.id}/instances/{name}",
        "createTime": _BUILT,
        "databaseVersion": "POSTGRES_17",
        "instanceType": "CLOUD_SQL_INSTANCE",
        "backendType": "SECOND_GEN",
        "state": "RUNNABLE",
        "serverCaCert": {
            "kind": "sql#sslCert",
            "instance": name,
            "certSerialNumber": "0",
            "createTime": _BUILT,
            "expirationTime": "2036-01-10T09:00:00Z",
        },
        "settings": _sql_settings(home),
    }
    full = f"//cloudsql.googleapis.com/projects/{home.id}/instances/{name}"
    return _asset(home, "sqladmin/Instance", full, data, schema="DatabaseInstance", place=REGION)


def _sql_settings(home: _Home) -> Json:
    return {
        "kind": "sql#settings",
        "settingsVersion": "7",
        "tier": "db-custom-2-7680",
        "edition": "ENTERPRISE",
        "activationPolicy": "ALWAYS",
        "availabilityType": "REGIONAL",
        "dataDiskSizeGb": "100",
        "dataDiskType": "PD_SSD",
        "storageAutoResize": True,
        "storageAutoResizeLimit": "0",
        "deletionProtectionEnabled": True,
        "userLabels": home.labels,
        "ipConfiguration": {
            "ipv4Enabled": False,
            "pscConfig": {"pscEnabled": True, "allowedConsumerProjects": [home.id]},
            # For PostgreSQL `sslMode` decides: requireSsl false beside ENCRYPTED_ONLY still refuses plain text.
            "sslMode": "ENCRYPTED_ONLY",
            "requireSsl": False,
            "serverCaMode": "GOOGLE_MANAGED_INTERNAL_CA",
        },
        "backupConfiguration": _sql_backups(),
        "finalBackupConfig": {"enabled": True, "retentionDays": 35},
    }


def _sql_backups() -> Json:
    """Daily backups, 35 of them kept, and the transaction logs of seven days, all in London."""
    return {
        "kind": "sql#backupConfiguration",
        "enabled": True,
        "startTime": "01:00",
        "location": REGION,
        "backupRetentionSettings": {"retainedBackups": 35, "retentionUnit": "COUNT"},
        "pointInTimeRecoveryEnabled": True,
        "transactionLogRetentionDays": 7,
        "transactionalLogStorageState": "CLOUD_STORAGE",
        "backupTier": "STANDARD",
    }


def _compute(home: _Home, schema: str, path: str, data: Json, *, place: str = "global", at: str = _BUILT) -> Json:
    """A Compute Engine asset; `path` is its place inside the project, such as `global/networks/prod`."""
    full = f"projects/{home.id}/{path}"
    common = {
        "id": _id(full),
        "name": path.rpartition("/")[2],
        "selfLink": f"{_COMPUTE}/{full}",
        "creationTimestamp": at,
    }
    return _asset(home, f"compute/{schema}", f"//compute.googleapis.com/{full}", common | data, place=place, at=at)


def _disk(home: _Home, name: str, *, at: str = _BUILT, **more: str) -> Json:
    zone = f"{_COMPUTE}/projects/{home.id}/zones/{REGION}-a"
    data: Json = {
        "zone": zone,
        "type": f"{zone}/diskTypes/pd-balanced",
        "status": "READY",
        "sizeGb": "200",
        "physicalBlockSizeBytes": "4096",
        "labels": home.labels,
        "labelFingerprint": "42WmSpB8rSM=",
    }
    return _compute(home, "Disk", f"zones/{REGION}-a/disks/{name}", data | more, place=f"{REGION}-a", at=at)


def _snapshot(home: _Home, name: str, disk: str) -> Json:
    source = f"projects/{home.id}/zones/{REGION}-a/disks/{disk}"
    data = {
        "status": "READY",
        "snapshotType": "STANDARD",
        "sourceDisk": f"{_COMPUTE}/{source}",
        "sourceDiskId": _id(source),
        "diskSizeGb": "200",
        "storageBytes": "73014444032",
        "storageBytesStatus": "UP_TO_DATE",
        "storageLocations": [REGION],
        "autoCreated": True,
        "labels": home.labels,
        "labelFingerprint": "42WmSpB8rSM=",
    }
    return _compute(home, "Snapshot", f"global/snapshots/{name}", data, at=_NIGHT)


def _network(home: _Home, name: str) -> Json:
    data = {"autoCreateSubnetworks": False, "mtu": 1460, "routingConfig": {"routingMode": "REGIONAL"}}
    return _compute(home, "Network", f"global/networks/{name}", data)


def _compute_project(home: _Home) -> Json:
    """A project as Compute Engine tells it: no host of a Shared VPC."""
    full = f"projects/{home.id}"
    data = {
        "id": _id(full),
        "name": home.id,
        "selfLink": f"{_COMPUTE}/{full}",
        "creationTimestamp": _FOUNDED,
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
    }
    return _asset(home, "compute/Project", f"//compute.googleapis.com/{full}", data, place="global", at=_FOUNDED)


def _peering(name: str, peer: _Home, network: str) -> Json:
    """One side of a peering: an entry of a network's `peerings`."""
    return {
        "name": name,
        "network": f"{_COMPUTE}/projects/{peer.id}/global/networks/{network}",
        "state": "ACTIVE",
        "stateDetails": "[2026-01-12T01:00:00.000-08:00]: Connected.",
        "autoCreateRoutes": True,
        "exchangeSubnetRoutes": True,
        "exportSubnetRoutesWithPublicIp": True,
        "peerMtu": 1460,
        "stackType": "IPV4_ONLY",
    }


def _firewall(home: _Home, name: str, network: str) -> Json:
    data = {
        "network": f"{_COMPUTE}/projects/{home.id}/global/networks/{network}",
        "direction": "INGRESS",
        "priority": 1000,
        "disabled": False,
        "sourceRanges": ["203.0.113.0/24"],
        "allowed": [{"IPProtocol": "tcp", "ports": ["443"]}],
        "logConfig": {"enable": True, "metadata": "INCLUDE_ALL_METADATA"},
    }
    return _compute(home, "Firewall", f"global/firewalls/{name}", data)


def _log_bucket(home: _Home, name: str, place: str = "global", **more: object) -> Json:
    path = f"projects/{home.number}/locations/{place}/buckets/{name}"
    data = {"name": path, "lifecycleState": "ACTIVE", "retentionDays": 35} | more
    return _asset(home, "logging/LogBucket", f"//logging.googleapis.com/{path}", data, place=place)


def _default_log_buckets(home: _Home) -> list[Json]:
    """The two log buckets that every project has; `_Required` keeps 400 days and can not be changed."""
    required = _log_bucket(home, "_Required", retentionDays=400, locked=True, description="Audit bucket")
    return [_log_bucket(home, "_Default", description="Default bucket"), required]


def _own_log_bucket(home: _Home, name: str) -> Json:
    return _log_bucket(home, name, REGION, createTime=_BUILT, updateTime=_BUILT, analyticsEnabled=False)


def _account_mail(home: _Home, name: str) -> str:
    return f"{name}@{home.id}.iam.gserviceaccount.com"


def _service_account(home: _Home, name: str) -> Json:
    mail = _account_mail(home, name)
    data = {
        "name": f"projects/{home.id}/serviceAccounts/{mail}",
        "projectId": home.id,
        "uniqueId": _id(mail),
        "oauth2ClientId": _id(mail),
        "email": mail,
        "displayName": f"The {name} of {home.id}",
    }
    return _asset(
        home, "iam/ServiceAccount", f"//iam.googleapis.com/projects/{home.id}/serviceAccounts/{_id(mail)}", data
    )


def _dataset(home: _Home, name: str) -> Json:
    data = {
        "kind": "bigquery#dataset",
        "id": f"{home.id}:{name}",
        "datasetReference": {"projectId": home.id, "datasetId": name},
        "location": REGION,
        "creationTime": "1768208400000",
        "lastModifiedTime": "1768208400000",
        "defaultTableExpirationMs": "0",
        "maxTimeTravelHours": "168",
        "labels": home.labels,
    }
    full = f"//bigquery.googleapis.com/projects/{home.id}/datasets/{name}"
    return _asset(home, "bigquery/Dataset", full, data, place=REGION)


def _topic(home: _Home, name: str) -> Json:
    path = f"projects/{home.id}/topics/{name}"
    data = {
        "name": path,
        "labels": home.labels,
        "messageStoragePolicy": {"allowedPersistenceRegions": [REGION], "enforceInTransit": True},
        "messageRetentionDuration": "604800s",
    }
    return _asset(home, "pubsub/Topic", f"//pubsub.googleapis.com/{path}", data, place="global")


def _vault(home: _Home, name: str) -> Json:
    """A resource of a service that nobody has modelled yet: it stands for what Google will add next."""
    path = f"projects/{home.id}/locations/{REGION}/vaults/{name}"
    data = {"name": path, "createTime": _BUILT, "labels": home.labels, "state": "ACTIVE"}
    return _asset(home, "quantumstore/Vault", f"//quantumstore.googleapis.com/{path}", data, place=REGION)


def _project(home: _Home) -> Json:
    """The project as Resource Manager v3 tells it."""
    return {
        "name": f"projects/{home.number}",
        "parent": home.parent,
        "projectId": home.id,
        "state": "ACTIVE",
        "displayName": home.id.replace("-", " ").title(),
        "createTime": _FOUNDED,
        "updateTime": _FOUNDED,
        "etag": 'W/"0123456789abcdef"',
        "labels": home.labels,
    }


def _node(schema: str, data: Json, ancestors: list[str]) -> Json:
    """An organization, folder or project as an asset. Its `ancestors` begin with itself, the next one is its parent."""
    document, version = _DOCUMENTS["cloudresourcemanager"]
    resource = {"version": version, "discoveryDocumentUri": document, "discoveryName": schema, "data": data}
    if len(ancestors) > 1:
        resource["parent"] = f"{_MANAGER}/{ancestors[1]}"
    return {
        "name": f"{_MANAGER}/{ancestors[0]}",
        "assetType": f"cloudresourcemanager.googleapis.com/{schema}",
        "resource": resource,
        "ancestors": ancestors,
        "updateTime": _FOUNDED,
    }


def _organization() -> Json:
    data = {
        "name": ORGANIZATION,
        "displayName": "example.com",
        "directoryCustomerId": "C00000000",
        "state": "ACTIVE",
        "createTime": _FOUNDED,
    }
    residency = {
        "constraint": "constraints/gcp.resourceLocations",
        "listPolicy": {"allowedValues": ["in:europe-west2-locations", "in:eu-locations"]},
        "updateTime": _FOUNDED,
    }
    enforced = [
        {"constraint": f"constraints/storage.{name}", "booleanPolicy": {"enforced": True}, "updateTime": _FOUNDED}
        for name in ("publicAccessPrevention", "secureHttpTransport")
    ]
    return _node("Organization", data, [ORGANIZATION]) | {"orgPolicy": [residency, *enforced]}


def _folder(home: _Home) -> Json:
    title = home.env.title()
    data = {
        "name": home.parent,
        "parent": ORGANIZATION,
        "displayName": title,
        "state": "ACTIVE",
        "createTime": _FOUNDED,
    }
    return _node("Folder", data, [home.parent, ORGANIZATION])


def _project_asset(home: _Home) -> Json:
    policy = _policy("roles/owner", "group:platform-admins@example.com")
    return _node("Project", _project(home), home.ancestors) | {"iamPolicy": policy}


def _careful() -> list[Json]:
    """The whole estate without a deviation."""
    return [
        _organization(),
        _folder(_PROD),
        _folder(_TEST),
        *[_project_asset(home) for home in _HOMES],
        *[bucket for home in _HOMES for bucket in _default_log_buckets(home)],
        _own_log_bucket(_PROD, "app-logs"),
        _own_log_bucket(_SHARED, "audit-logs"),
        _bucket(_PROD, "acme-prod-documents"),
        _bucket(_PROD, "acme-prod-exports"),
        _bucket(_TEST, "acme-test-fixtures"),
        _bucket(_SHARED, "acme-shared-artifacts"),
        _sql(_PROD, "customers"),
        _sql(_PROD, "billing"),
        _sql(_PROD, "reporting"),
        _sql(_TEST, "customers-test"),
        _disk(_PROD, "search-data"),
        _disk(_PROD, "queue-data"),
        _disk(_TEST, "search-data"),
        _snapshot(_PROD, "search-data-20261101", "search-data"),
        _snapshot(_PROD, "queue-data-20261101", "queue-data"),
        _network(_PROD, "prod"),
        _network(_TEST, "test"),
        *[_compute_project(home) for home in (_PROD, _TEST, _STAGING, _DEVELOPMENT)],
        _firewall(_PROD, "allow-https", "prod"),
        *[_service_account(home, "app") for home in _HOMES],
        _dataset(_PROD, "usage"),
        _topic(_PROD, "orders"),
        _vault(_PROD, "ledger"),
        *_signals(),
        *[asset for home in (_STAGING, _DEVELOPMENT) for asset in _rehearsal(home)],
    ]


def _signals() -> list[Json]:
    """What the product Signals keeps of the events of each customer, and of all of them."""
    customers = ("alder", "birch", "cedar", "elm")
    return [
        *[_bucket(_PROD, f"acme-prod-signals-{customer}") for customer in customers],
        _bucket(_PROD, "acme-prod-signals-models"),
        _disk(_PROD, "signals-data-1"),
        _disk(_PROD, "signals-data-2"),
        _snapshot(_PROD, "signals-data-1-20261101", "signals-data-1"),
        _own_log_bucket(_PROD, "signals-logs"),
        _topic(_PROD, "signals-events"),
    ]


def _rehearsal(home: _Home) -> list[Json]:
    """A small copy of production's services, with no data of it."""
    return [
        _folder(home),
        _bucket(home, f"{home.id}-documents"),
        _bucket(home, f"{home.id}-signals"),
        _sql(home, f"customers-{home.env}"),
        _disk(home, "search-data"),
        _disk(home, "signals-data"),
        _snapshot(home, "search-data-20261101", "search-data"),
        _network(home, home.env),
        _firewall(home, "allow-https", home.env),
        _own_log_bucket(home, "app-logs"),
    ]


_WEEK_0: tuple[_Add | _Remove | _Set, ...] = (
    # Breaks "data is kept in London": the bucket spans the member states of the EU, and the United Kingdom is not one.
    _Set(
        "//storage.googleapis.com/acme-prod-exports",
        {"resource.location": "eu", "resource.data.location": "EU", "resource.data.locationType": "multi-region"},
    ),
    # Breaks "backups are kept in London": without a location Cloud SQL keeps them in the nearest multi-region.
    _Set(
        "//cloudsql.googleapis.com/projects/acme-prod/instances/billing",
        {"resource.data.settings.backupConfiguration.location": None},
    ),
    # Breaks "data is encrypted in transit": the database accepts plain text.
    _Set(
        "//cloudsql.googleapis.com/projects/acme-prod/instances/reporting",
        {"resource.data.settings.ipConfiguration.sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"},
    ),
    # Breaks "backups are kept in London": the disk is in London, its snapshot in the EU multi-region.
    _Set(
        "//compute.googleapis.com/projects/acme-prod/global/snapshots/queue-data-20261101",
        {"resource.data.storageLocations": ["eu"]},
        at=_NIGHT,
    ),
    # Both sides of one peering break "test and production are separate".
    _Set(
        "//compute.googleapis.com/projects/acme-prod/global/networks/prod",
        {"resource.data.peerings": [_peering("prod-to-test", _TEST, "test")]},
    ),
    _Set(
        "//compute.googleapis.com/projects/acme-test/global/networks/test",
        {"resource.data.peerings": [_peering("test-to-prod", _PROD, "prod")]},
    ),
    # Breaks "production data is never used in test": the disk was made from a production snapshot.
    _Add(
        _disk(
            _TEST,
            "search-copy",
            at="2026-11-01T08:00:00Z",
            sourceSnapshot=f"{_COMPUTE}/projects/acme-prod/global/snapshots/search-data-20261101",
            sourceSnapshotId=_id("projects/acme-prod/global/snapshots/search-data-20261101"),
        )
    ),
    # Breaks "logs are kept for 35 days": kept for longer than promised.
    _Set(
        f"//logging.googleapis.com/projects/100000000001/locations/{REGION}/buckets/app-logs",
        {"resource.data.retentionDays": 90},
    ),
)

_WEEK_1: tuple[_Add | _Remove | _Set, ...] = (
    # Repaired: the database refuses plain text again.
    _Set(
        "//cloudsql.googleapis.com/projects/acme-prod/instances/reporting",
        {
            "resource.data.settings.ipConfiguration.sslMode": "ENCRYPTED_ONLY",
            "resource.data.settings.settingsVersion": "8",
        },
        at=_WEEK_AFTER,
    ),
    # New, breaks "backups are kept for 35 days": seven daily backups are kept, Google's default.
    _Set(
        "//cloudsql.googleapis.com/projects/acme-prod/instances/customers",
        {
            "resource.data.settings.backupConfiguration.backupRetentionSettings.retainedBackups": 7,
            "resource.data.settings.settingsVersion": "8",
        },
        at=_WEEK_AFTER,
    ),
    # Deleted, while its snapshot stays.
    _Remove(f"//compute.googleapis.com/projects/acme-prod/zones/{REGION}-a/disks/queue-data"),
    # A label that no promise speaks of.
    _Set(
        "//storage.googleapis.com/acme-prod-documents",
        {
            "resource.data.labels.team": "platform",
            "resource.data.metageneration": 2,
            "resource.data.updated": _WEEK_AFTER,
        },
        at=_WEEK_AFTER,
    ),
)
