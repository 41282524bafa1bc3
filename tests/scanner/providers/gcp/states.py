"""What the tables of the services' tests share: the state of one fact of an asset with this data."""

from __future__ import annotations

from typing import Any

from scanner.facts import Body, Fact, Fragment, Inapplicable, Known, Reason, Refused, Reply, Seen, State, Unknown, Where
from scanner.providers.gcp import PROVIDER

TYPES = {kind.name: kind for kind in PROVIDER.types}
PROJECT = "projects/acme-prod"
KMS = f"{PROJECT}/locations/europe-west2/keyRings/r/cryptoKeys/k"
LONDON, FRANKFURT = "gcp:europe-west2", "gcp:europe-west3"
COMPUTE = "https://www.googleapis.com/compute/v1/projects"
NAMES = {
    "gcp.storage.bucket": "//storage.googleapis.com/files",
    "gcp.sql.instance": "//cloudsql.googleapis.com/projects/acme-prod/instances/main",
    "gcp.compute.disk": "//compute.googleapis.com/projects/acme-prod/zones/europe-west2-a/disks/data",
    "gcp.compute.region-disk": "//compute.googleapis.com/projects/acme-prod/regions/europe-west2/disks/data",
    "gcp.compute.snapshot": "//compute.googleapis.com/projects/acme-prod/global/snapshots/data-1",
    "gcp.logging.bucket": "//logging.googleapis.com/projects/100000000001/locations/global/buckets/app",
    "gcp.compute.network": "//compute.googleapis.com/projects/acme-prod/global/networks/prod",
    "gcp.project": "//cloudresourcemanager.googleapis.com/projects/100000000001",
}
ASSET = "//example.googleapis.com/projects/acme-prod/things/one"
Data = dict[str, Any]


REFUSED = Refused("cloudasset.assets.list", "cloudasset.assets.listResource", "PERMISSION_DENIED")
ORGANIZATION = {"name": "//cloudresourcemanager.googleapis.com/organizations/123456789012"}


def state(
    kind: str,
    fact: Fact[Any],
    data: Data,
    name: str = "",
    location: str = "",
    policies: tuple[Data, ...] | None = None,
    **asked: list[Data] | Reply,
) -> State:
    """The state of the fact; `name` is the asset's (else the example's of NAMES), `location` the inventory's.
    `policies` are what the listing of IAM policies has on the asset and above it; None: it was not asked for. `asked`
    are what other joined listings have of it, or other replies: nothing but the organization, unless they are given.
    """
    (answer,) = [each for each in TYPES[kind].facts if each.fact is fact]
    item = {
        "name": name or NAMES.get(kind, ASSET),
        "ancestors": ["projects/100000000001", "organizations/123456789012"],
        "resource": {"data": data, **({"location": location} if location else {})},
    }
    found = {source: [ORGANIZATION] if source == "nodes" else [] for source in TYPES[kind].ask if source != "iam"}
    replies: dict[str, Reply] = {"item": _listed("Resource", item)}
    for source, told in {**found, **asked}.items():
        replies[source] = _listed("Resource", {"assets": told}) if isinstance(told, list) else told
    if policies is not None:
        replies["iam"] = _listed("IamPolicy", {"assets": list(policies)})
    return answer(replies, Where("gcp", "acme-prod"))


def _listed(content: str, body: Data) -> Body:
    return Body("cloudasset.assets.list", f"cloudasset.assets.list{content}", Fragment(body))


def value(
    kind: str, fact: Fact[Any], data: Data, name: str = "", location: str = "", **asked: list[Data] | Reply
) -> Any:
    found = state(kind, fact, data, name, location, None, **asked)
    assert isinstance(found, Known), found
    return found.value


def items(
    kind: str, fact: Fact[Any], data: Data, name: str = "", location: str = "", **asked: list[Data] | Reply
) -> tuple[Any, ...]:
    """The items of a set that has no gap."""
    found = value(kind, fact, data, name, location, **asked)
    assert isinstance(found, Seen)
    assert found.gaps == ()
    return found.items


def gaps(
    kind: str, fact: Fact[Any], data: Data, name: str = "", location: str = "", **asked: list[Data] | Reply
) -> tuple[tuple[Any, ...], list[Reason]]:
    found = value(kind, fact, data, name, location, **asked)
    assert isinstance(found, Seen)
    return found.items, [gap.reason for gap in found.gaps]


def reason(
    kind: str, fact: Fact[Any], data: Data, name: str = "", location: str = "", **asked: list[Data] | Reply
) -> Reason:
    found = state(kind, fact, data, name, location, None, **asked)
    assert isinstance(found, Unknown), found
    return found.reason


def inapplicable(kind: str, fact: Fact[Any], data: Data, name: str = "") -> bool:
    return isinstance(state(kind, fact, data, name), Inapplicable)


def refs(found: tuple[Any, ...]) -> list[str]:
    return [each.ref for each in found]
