"""What the types of Google Cloud share: the one listing of Cloud Asset Inventory, names of assets, and keys.

A missing list or map of an asset is an empty one: the JSON mapping of protocol buffers leaves out what is empty
(https://protobuf.dev/programming-guides/json/). A missing scalar means nothing unless its own document says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import cast

from scanner.collect.model import Call, Join, Per, ResourceType
from scanner.facts import (
    JSON,
    Answer,
    AtRest,
    EncryptionAtRest,
    Facet,
    Fact,
    KeyOwner,
    Kind,
    Known,
    Lineage,
    NotKnown,
    Reason,
    RecoveryPoint,
    Seen,
    Source,
    State,
    Tagging,
    Unknown,
    View,
    pairs,
    text,
    texts,
)

LISTING = Call(
    "cloudasset.assets.listResource",
    "cloudasset.assets.list",
    items="/assets",
    give={"contentType": "RESOURCE", "pageSize": 1000},
    per=Per.ACCOUNT,
)
"""https://cloud.google.com/asset-inventory/docs/reference/rest/v1/assets/list; 1,000 is the largest page."""

NAME = "item:/name"
PROJECT = f"{NAME}|project"
"""The project in its name, as "projects/ID"."""
PLACE = f"{NAME}|location"
"""The location in its name."""
DATA = "item:/resource/data"
LOCATION = "/resource/location"
OWNER = "/ancestors/*"
"""The ancestors of an asset, the closest first: "projects/<number>" for nearly all."""

PARENTS = ("Folder", "Organization")
ABOVE = "//cloudresourcemanager.googleapis.com/"
"""What stands before an ancestor in the name of its own asset."""
IAM = replace(
    LISTING,
    permission="cloudasset.assets.listIamPolicy",
    give={**LISTING.give, "contentType": "IAM_POLICY"},
    join=Join("/name", {"/name": "", OWNER: ABOVE}),
)
"""The IAM policies on an asset and on what is above it; see `scanner.providers.gcp.iam`."""


def joined(join: Join, *kinds: str, **more: JSON) -> Call:
    """One listing whose items, assets of these types, tell of others; see `Join`."""
    return replace(LISTING, give={**LISTING.give, "assetTypes": list(kinds), **more}, join=join)


NODES = joined(Join("/name", {OWNER: ABOVE}), *(f"cloudresourcemanager.googleapis.com/{each}" for each in PARENTS))
"""The folders and organizations above an asset, as far as they are listed; see `ancestry`."""
ANCESTRY = ("item:/ancestors", "nodes:/assets/*/name")
ORG_POLICIES = replace(
    LISTING,
    permission="cloudasset.assets.listOrgPolicy",
    give={**LISTING.give, "contentType": "ORG_POLICY"},
    join=Join("/name", {OWNER: ABOVE}),
)
"""The organization policies that are set above an asset, or on it; see `scanner.providers.gcp.orgpolicy`."""
SERVERS = joined(Join(OWNER, {OWNER: ""}), "backupdr.googleapis.com/ManagementServer")
"""The management servers that share a project, folder or organization with an asset."""
RULES = joined(Join("/resource/parent", {OWNER: ABOVE}), "orgpolicy.googleapis.com/Policy")
"""The same policies in their newer form, which tells of conditions."""
POOLS = joined(Join(OWNER, {OWNER: ""}), "iam.googleapis.com/WorkforcePool")
PROVIDERS = joined(Join("/resource/parent", {OWNER: ABOVE}), "iam.googleapis.com/WorkloadIdentityPoolProvider")
"""The pools of people that share an organization with an asset, and the providers of its project's pools of programs;
see `scanner.providers.gcp.principals`.
"""
ASKS = {
    "iam": IAM,
    "nodes": NODES,
    "orgpolicy": ORG_POLICIES,
    "pools": POOLS,
    "providers": PROVIDERS,
    "rules": RULES,
    "servers": SERVERS,
}
"""The asks that many types share."""
NO_CALLS: Mapping[str, Call] = MappingProxyType({})

SERVER_PATHS = ("servers:/assets/*/name",)
BY_APPLIANCE = Unknown(
    Reason.NOT_ASKED, "what the management servers of Backup and DR in its organization back up is not read"
)
BY_PLAN = ("gcp.backupdr.association",)
"""What tells which resources the Backup and DR service protects."""

ENCRYPTION = "https://cloud.google.com/docs/security/encryption/default-encryption"
"""All data at the storage level is encrypted, by AES-256 but for some persistent disks older than 2015."""

AES_256 = frozenset({"AES-256"})

_PATH = re.compile(r"(?:^|/)(projects/[^/]+/.+)$")
_OWN_PROJECT = re.compile(r"^(?://[^/]+/)?(projects/[^/]+)(?:/|$)")


def asset_type(
    name: str,
    native: str,
    kind: Kind,
    facts: tuple[Answer, ...],
    without: Mapping[type[Facet], str] = MappingProxyType({}),
    points_of: tuple[str, ...] = (),
    *,
    ask: Mapping[str, Call] = NO_CALLS,
    covered_by: tuple[str, ...] = (),
) -> ResourceType:
    """A type that is listed with all others and told apart by its asset type. Of a recovery point, `points_of` are the
    types that it is made of: what its content comes from. `ask` are its own asks, beside those that many types share.
    """
    lineage = [made_of(answer) for answer in facts if points_of and answer.fact is Lineage.origins]
    facts = (*facts, *lineage)
    return ResourceType(
        name,
        native,
        kind,
        LISTING,
        id="{/name}",
        label="/resource/data/name",
        facts=facts,
        ask={name: call for name, call in {**ASKS, **ask}.items() if any(name in answer.sources for answer in facts)},
        region=LOCATION,
        account=OWNER,
        only={"/assetType": frozenset({native.lower()})},
        without=without,
        points_of=points_of,
        covered_by=covered_by,
    )


def ancestry(view: View) -> Iterator[tuple[str, bool]]:
    """An asset's project and what is above it, the closest first: the name of its own asset, and whether it is listed.
    The closest always is, since a parent lists what is at and below it. Declare ANCESTRY.
    """
    closest, *more = view.at("item:/ancestors", texts) or ("",)
    yield f"{ABOVE}{closest}", True
    listed = {node.at("/name", text) for node in view.each("nodes:/assets")} if more else frozenset[str]()
    yield from ((f"{ABOVE}{each}", f"{ABOVE}{each}" in listed) for each in more)


def appliances(view: View) -> Iterator[Unknown]:
    """What the management servers of Backup and DR protect is told by themselves alone. Declare SERVER_PATHS."""
    try:
        if next(view.each("servers:/assets"), None):
            yield BY_APPLIANCE
    except NotKnown as error:
        yield error.unknown


def made_of(origins: Answer) -> Answer:
    """What a recovery point is of: that from which its content comes."""

    def derive(view: View) -> State:
        match origins.derive(view):
            case Known(Seen(items, gaps), evidence):
                return Known(Seen(tuple(Source(item.ref) for item in items), gaps), evidence)
            case state:
                return state

    return Answer(cast("Fact[object]", RecoveryPoint.sources), origins.paths, derive)


def labels(path: str = f"{DATA}/labels") -> Answer:
    """The labels, which stand for tags; none where the map is left out."""
    return Tagging.tags.at(path, pairs, missing={})


def at_rest(kms: str) -> tuple[Answer, ...]:
    """Encryption of what Google always encrypts, with the key named at `kms` or else Google's own."""
    return (
        EncryptionAtRest.state.documented(AtRest.ENCRYPTED, ENCRYPTION),
        EncryptionAtRest.algorithms.documented(AES_256, ENCRYPTION),
        *key_of(kms),
    )


def key_of(kms: str, supplied: str = "") -> tuple[Answer, ...]:
    """Owner and name of the key; see `key_name`."""
    paths = (kms, supplied) if supplied else (kms,)
    return (
        EncryptionAtRest.owner.by(lambda view: owner(key_name(view, *paths)), *paths),
        EncryptionAtRest.key.by(lambda view: key_name(view, *paths), *paths),
    )


def key_name(view: View, kms: str, supplied: str = "") -> str:
    """The key: in Cloud KMS (name at `kms`), supplied by the customer (its SHA-256 at `supplied`), or "provider",
    since the default encryption uses Google's own where no other is named.
    """
    if name := view.at(kms, text, missing=""):
        return name.partition("/cryptoKeyVersions/")[0]
    digest = view.at(supplied, text, missing="") if supplied else ""
    return f"supplied by the customer, SHA-256 {digest}" if digest else "provider"


def owner(key: str) -> KeyOwner:
    """Who holds a key of this name."""
    return KeyOwner.PROVIDER if key == "provider" else KeyOwner.CUSTOMER


def compute_name(told: str, own: str) -> str:
    """The asset name of a Compute Engine resource that is told by full URL, by path, or by path inside the project
    that `own` names (by itself, see PROJECT, or in an asset's name). Raises NotKnown where that names none.
    """
    if path := _PATH.search(told):
        return f"//compute.googleapis.com/{path[1]}"
    if project := _OWN_PROJECT.search(own):
        return f"//compute.googleapis.com/{project[1]}/{told.lstrip('/')}"
    raise NotKnown(Unknown(Reason.SHAPE, "the asset's name has no project"))


def part(value: JSON) -> str:
    """A part of a name (see PLACE), "" where it has none."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value


def moment(value: JSON) -> datetime:
    """A time in RFC 3339, with its offset."""
    time = datetime.fromisoformat(text(value))
    if time.tzinfo is None:
        raise ValueError("a time without an offset")
    return time
