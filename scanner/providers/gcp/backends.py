"""Backends of load balancers (https://cloud.google.com/load-balancing/docs/backend-service).

Where Cloud CDN is on, what they deliver is cached at Google's edges, all over the world
(https://cloud.google.com/cdn/docs/locations); else they keep nothing. The inventory lists regional backend services as
a type of their own, of the same form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Never

from scanner.collect.model import ResourceType
from scanner.facts import (
    UNRESOLVED,
    Answer,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    NotKnown,
    Origin,
    Reason,
    Tagging,
    Unknown,
    View,
    flag,
    text,
)
from scanner.places import GLOBAL
from scanner.providers.gcp.assets import DATA, asset_type
from scanner.providers.gcp.iam import TRUST
from scanner.providers.gcp.told import NO_LOGS, not_for

OFF = "Cloud CDN is off, so that it keeps nothing"
FRONT = "clients connect to the proxies in front of it, which are resources of their own"
AT_EDGES = Unknown(Reason.UNDECIDED, "how what is cached at the edges is encrypted is not told")
READERS = Unknown(Reason.UNDECIDED, "who may read what it caches is told by what is in front of it and behind it")


def _on(view: View, switch: str) -> None:
    if not view.at(switch, flag, missing=False):
        raise not_for(OFF)


def _undecided(switch: str, why: Unknown) -> Callable[[View], Never]:
    def derive(view: View) -> Never:
        _on(view, switch)
        raise NotKnown(why)

    return derive


def _homes(switch: str) -> Answer:
    def derive(view: View) -> Iterator[str]:
        _on(view, switch)
        yield GLOBAL

    return Location.homes.items(derive, switch)


def _copies(switch: str) -> Answer:
    def derive(view: View) -> Iterator[Copy]:
        if view.at(switch, flag, missing=False):
            yield Copy(CopyKind.CDN, GLOBAL)

    return Location.copies.items(derive, switch)


def _backend(name: str, native: str, switch: str, origins: Answer) -> ResourceType:
    """A type of backend that turns Cloud CDN on at the path `switch`; it is off unless that says otherwise."""
    encryption = _undecided(switch, AT_EDGES)
    return asset_type(
        f"gcp.compute.{name}",
        f"compute.googleapis.com/{native}",
        Kind.DATA,
        (
            _homes(switch),
            _copies(switch),
            EncryptionAtRest.state.by(encryption, switch),
            EncryptionAtRest.algorithms.by(encryption, switch),
            EncryptionAtRest.owner.by(encryption, switch),
            EncryptionAtRest.key.by(encryption, switch),
            origins,
            Exposure.public.by(_undecided(switch, READERS), switch),
            TRUST,
            Tagging.tags.documented({}, f"{native} of the Compute Engine API v1 has no labels"),
        ),
        {**NO_LOGS, EncryptionInTransit: FRONT, Backup: "a cache is filled again, never restored"},
    )


BUCKET_NAME, OF_BUCKET, OF_SERVICE = f"{DATA}/bucketName", f"{DATA}/enableCdn", f"{DATA}/enableCDN"
BEHIND = "what serves its requests is told by its groups of machines and endpoints, which are not followed"


def _bucket(view: View) -> Iterator[Origin]:
    yield Origin(f"//storage.googleapis.com/{view.at(BUCKET_NAME, text)}", UNRESOLVED)


TYPES = (
    _backend("backend-bucket", "BackendBucket", OF_BUCKET, Lineage.origins.items(_bucket, BUCKET_NAME)),
    *(
        _backend(name, native, OF_SERVICE, Lineage.origins.gap(BEHIND))
        for name, native in (("backend-service", "BackendService"), ("region-backend-service", "RegionBackendService"))
    ),
)
