"""From recorded REST replies of Google Cloud's services to assets, as Cloud Asset Inventory would name and type them.

An asset's data is the body as it came. Where nothing in it or in its address tells a place, the asset has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson

JSON = Any
"""A decoded recording. Its form is its maker's; what does not fit shows as a wrong count."""

COLLECTIONS = {
    "aiplatform": "datasets endpoints batchPredictionJobs customJobs hyperparameterTuningJobs"
    " modelDeploymentMonitoringJobs",
    "artifactregistry": "repositories",
    "bigquery": "datasets tables",
    "cloudfunctions": "functions",
    "cloudkms": "keyRings cryptoKeys cryptoKeyVersions",
    "cloudresourcemanager": "folders",
    "compute": "addresses autoscalers backendBuckets backendServices commitments disks firewalls forwardingRules"
    " healthChecks httpsHealthChecks images instances networks routers routes securityPolicies sslCertificates"
    " sslPolicies subnetworks targetHttpProxies targetPools",
    "container": "clusters",
    "dataproc": "clusters",
    "dns": "managedZones policies",
    "firestore": "databases backupSchedules",
    "iam": "roles serviceAccounts",
    "logging": "sinks metrics",
    "notebooks": "instances",
    "pubsub": "subscriptions topics",
    "redis": "clusters instances",
    "run": "services",
    "secretmanager": "secrets",
    "spanner": "backups databases instances",
}
"""The collections of each service whose members the inventory lists."""
NAMED = {"addresses": "Address", "functions": "CloudFunction", "sinks": "LogSink", "metrics": "LogMetric"}
"""The asset types whose name is not that of the collection in the singular."""
PROJECT_TYPE = "cloudresourcemanager.googleapis.com/Project"
_FULL = re.compile(r"(?:projects|folders|organizations)/.+")
_PLACE = re.compile(r"/(?:locations|regions|zones)/([^/]+)/|/(global)/")


def flown(folder: Path) -> list[JSON]:
    """The assets in a folder of replies, each as the first reply that tells it has it."""
    replies = [orjson.loads(path.read_bytes()) for path in sorted(folder.glob("get-*.json"))]
    found: dict[str, JSON] = {}
    for reply in replies:
        for asset in wrapped(reply["body"], reply["headers"].get("content-location", "")):
            found.setdefault(asset["name"], asset)
    return list(found.values())


def wrapped(body: JSON, url: str) -> Iterator[JSON]:
    """The resources in a reply, at any depth, as assets. `url` is the address that it came from."""
    asset = _asset(body, url) if isinstance(body, dict) else None
    if asset is not None:
        yield asset
        return
    for below in body.values() if isinstance(body, dict) else body if isinstance(body, list) else ():
        yield from wrapped(below, url)


def _asset(body: JSON, url: str) -> JSON | None:
    match body:
        case {"kind": "storage#bucket", "name": str(name)}:
            project = str(body.get("projectNumber", ""))
            return _wrap(
                f"//storage.googleapis.com/{name}", "storage.googleapis.com/Bucket", body, f"projects/{project}"
            )
        case {"kind": "sql#instance", "name": str()}:
            path = _path(body, url)
            return _wrap(f"//cloudsql.googleapis.com/{path}", "sqladmin.googleapis.com/Instance", body, path)
        case {"projectNumber": str(number), "projectId": str(), "lifecycleState": str()}:
            name = f"projects/{number}"
            return _wrap(f"//cloudresourcemanager.googleapis.com/{name}", PROJECT_TYPE, body, name)
    service, path = _service(str(body.get("selfLink") or url)), _path(body, url)
    collection = "".join(path.split("/")[-2:-1])
    if collection not in COLLECTIONS.get(service, "").split():
        return None
    return _wrap(f"//{service}.googleapis.com/{path}", f"{service}.googleapis.com/{_kind(collection)}", body, path)


def _service(url: str) -> str:
    """The service of an address: its host's name without a region, or the first part of the path of a shared host."""
    parts = urlsplit(url)
    name = (parts.hostname or "").removesuffix(".googleapis.com").rpartition("-")[2]
    return parts.path.split("/")[1] if name == "www" else name


def _path(body: JSON, url: str) -> str:
    """The full name of a resource without its service: from its own link or name, or from where it was listed. "" for a
    body that names nothing.
    """
    match body:
        case {"selfLink": str(link)} if "/projects/" in link:
            return f"projects/{link.partition('/projects/')[2]}"
        case {"name": str(name)} if _FULL.fullmatch(name):
            return name
        case {"kind": "Service", "metadata": {"name": str(name), "labels": {"cloud.googleapis.com/location": place}}}:
            return f"{_listing(url).replace('/-/', f'/{place}/')}/{name}"
        case {"clusterName": str(name)} | {"name": str(name)}:
            listing = _listing(url)
            whole = listing if listing.endswith(f"/{name}") else f"{listing}/{name}"
            return "" if "/aggregated/" in whole else whole
    return ""


def _listing(url: str) -> str:
    """What an address names, without the service and its version."""
    found = _FULL.search(unquote(urlsplit(url).path))
    return found[0] if found else ""


def _kind(collection: str) -> str:
    single = re.sub("ies$", "y", collection).removesuffix("s")
    return NAMED.get(collection, single[:1].upper() + single[1:])


def _wrap(name: str, native: str, data: JSON, path: str) -> JSON:
    """An asset. The path begins with its project, or is a folder's own name."""
    told = _PLACE.search(path)
    place = (
        (told[1] or told[2])
        if told
        else str(data.get("location") or data.get("region") or data.get("locationId") or "")
    )
    located = {"location": place.rpartition("/")[2].lower()} if place else {}
    above = [path] if path.startswith("folders/") else ["/".join(path.split("/")[:2])]
    return {
        "name": name,
        "assetType": native,
        "ancestors": above,
        "resource": {"version": "v1", "data": data, **located},
    }
