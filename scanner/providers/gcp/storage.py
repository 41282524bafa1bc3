"""Cloud Storage (https://cloud.google.com/storage/docs/json_api/v1/buckets)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

from scanner.facts import (
    Backup,
    Copy,
    CopyKind,
    Duration,
    EncryptionInTransit,
    Exposure,
    Grantee,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Plan,
    PlanKind,
    Reason,
    Trust,
    Unknown,
    View,
    flag,
    text,
    texts,
    whole,
)
from scanner.places import gcp
from scanner.providers.gcp import cdn, iam, orgpolicy, storagetransfer
from scanner.providers.gcp.assets import BY_PLAN, DATA, SERVER_PATHS, appliances, asset_type, at_rest, labels
from scanner.providers.gcp.told import open_to_all

PLACE = f"{DATA}/location"
REGIONS = f"{DATA}/customPlacementConfig/dataLocations"
SOFT_DELETE = f"{DATA}/softDeletePolicy/retentionDurationSeconds"
PAUSED = f"{DATA}/softDeletePolicy/hardDeletePause/enabled"
PREVENTION = f"{DATA}/iamConfiguration/publicAccessPrevention"
UNIFORM = f"{DATA}/iamConfiguration/uniformBucketLevelAccess/enabled"
ACL = f"{DATA}/acl"
LOGS_TO = f"{DATA}/logging/logBucket"
THERE = Unknown(Reason.NOT_ASKED, "it names the bucket of its logs, not where that is")
FILTER, LET_IN = f"{DATA}/ipFilter/mode", f"{DATA}/ipFilter/publicNetworkSource/allowedIpCidrRanges"
FILTERS: Mapping[object, bool] = {"Enabled": True, "Disabled": False}
OBJECTS = Unknown(Reason.NOT_ASKED, "access is not uniform: its objects may have access lists, which are not read")


def _homes(view: View) -> Iterator[str]:
    """The regions of a custom dual-region win: `location` is then only the multi-region that they are in."""
    regions = view.at(REGIONS, texts, missing=())
    yield from map(gcp, regions or (view.at(PLACE, text),))


def _copies(view: View) -> Iterator[Copy | Unknown]:
    """Caches at the edges, what jobs copy elsewhere, and the logs of who used it, where they are kept
    (https://cloud.google.com/storage/docs/access-logs).
    """
    yield from cdn.cached(view)
    yield from storagetransfer.of_bucket(view)
    if name := view.at(LOGS_TO, text, missing=""):
        yield Copy(CopyKind.LOG_SINK, THERE, f"//storage.googleapis.com/{name}")


def _plans(view: View) -> Iterator[Plan | Unknown]:
    """Soft delete (https://cloud.google.com/storage/docs/soft-delete): 0 seconds is off. What a missing policy means
    depends on the organization. Versions and retention policies are not backups: the one is kept by lifecycle rules,
    the other forbids deletion.
    """
    yield from appliances(view)
    seconds = view.at(SOFT_DELETE, whole)
    if seconds:
        yield Plan(
            PlanKind.SNAPSHOT,
            retention=_paused(view) or Duration.of(seconds, "second"),
            every=Unknown(Reason.UNDECIDED, "made whenever an object is deleted or overwritten, not at intervals"),
            places=tuple(_homes(view)),
            encrypted=True,
            immutable=True,
        )


def _paused(view: View) -> Unknown | None:
    """A pause of hard deletion, off unless set, keeps everything until it ends."""
    if view.at(PAUSED, flag, missing=False):
        return Unknown(Reason.UNDECIDED, "permanent deletion is paused, and until when is not told")
    return None


def _public(view: View) -> bool:
    """https://cloud.google.com/storage/docs/public-access-prevention: enforced on the bucket or by an organization
    policy, it overrules every policy and list.
    Access lists of objects, which are not read, count unless access is uniform
    (https://cloud.google.com/storage/docs/uniform-bucket-level-access).
    """
    inherited = orgpolicy.prevented(view) if view.at(PREVENTION, text, missing="") != "enforced" else True
    if inherited is True:
        return False
    uniform = view.at(UNIFORM, flag, missing=False)
    listed = not uniform and any(entry.at("/entity", text) in iam.EVERYBODY for entry in view.each(ACL, missing=True))
    if listed or iam.public(view):
        if isinstance(inherited, Unknown):
            raise NotKnown(inherited)
        return _unfiltered(view)
    if not uniform:
        raise NotKnown(OBJECTS)
    return False


def _unfiltered(view: View) -> bool:
    """Whether an IP filter, which is not in force unless it is enabled, lets in everybody
    (https://cloud.google.com/storage/docs/ip-filtering-overview).
    """
    if not view.at(FILTER, FILTERS, missing=False):
        return True
    ranges = view.at(LET_IN, lambda told: [ip_network(each, strict=False) for each in texts(told)], missing=[])
    if any(isinstance(each, IPv6Network) for each in ranges):
        raise NotKnown(Unknown(Reason.UNDECIDED, "its IP filter names networks of IPv6, which are not judged"))
    return open_to_all(each for each in ranges if isinstance(each, IPv4Network))


def _grantees(view: View) -> Iterator[Grantee | Unknown]:
    yield from iam.grantees(view)
    if not view.at(UNIFORM, flag, missing=False):
        yield OBJECTS


BUCKET = asset_type(
    "gcp.storage.bucket",
    "storage.googleapis.com/Bucket",
    Kind.DATA,
    (
        Location.homes.items(_homes, PLACE, REGIONS),
        # https://cloud.google.com/storage/docs/locations: objects stay in the bucket's location.
        Location.copies.items(_copies, LOGS_TO, *cdn.PATHS, *storagetransfer.BUCKET_PATHS),
        *at_rest(f"{DATA}/encryption/defaultKmsKeyName"),
        # https://cloud.google.com/storage/docs/request-endpoints: the JSON API takes HTTPS only, the XML API also HTTP.
        orgpolicy.PLAINTEXT,
        orgpolicy.LOWEST_TLS,
        EncryptionInTransit.certificate_expires.inapplicable("the certificate is Google's own"),
        Backup.plans.items(_plans, SOFT_DELETE, PAUSED, PLACE, REGIONS, *SERVER_PATHS),
        Lineage.origins.gap("what was copied into a bucket is not recorded on it"),
        Exposure.public.by(
            _public, PREVENTION, UNIFORM, f"{ACL}/*/entity", FILTER, LET_IN, *iam.PATHS, *orgpolicy.PATHS
        ),
        Trust.grantees.items(_grantees, UNIFORM, *iam.TRUSTED),
        labels(),
    ),
    without={LogStore: "not a store of logs by itself"},
    ask={**cdn.ASK, **storagetransfer.ASK},
    covered_by=BY_PLAN,
)
