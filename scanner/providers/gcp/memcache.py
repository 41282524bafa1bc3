"""Memorystore for Memcached
(https://cloud.google.com/memorystore/docs/memcached/reference/rest/v1/projects.locations.instances).
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.facts import (
    Backup,
    EncryptionAtRest,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    View,
    texts,
)
from scanner.providers.gcp.assets import DATA, NAME, asset_type, labels
from scanner.providers.gcp.iam import TRUST
from scanner.providers.gcp.told import NO_LOGS, located, placed

ZONES = f"{DATA}/zones"
IN_MEMORY = "it keeps what it caches in memory only"
OVERVIEW = "https://cloud.google.com/memorystore/docs/memcached/memcached-overview"


def _homes(view: View) -> Iterator[str]:
    """The region in its name, and the zones of its nodes."""
    yield from dict.fromkeys((view.at(NAME, placed), *map(located, view.at(ZONES, texts, missing=()))))


INSTANCE = asset_type(
    "gcp.memcache.instance",
    "memcache.googleapis.com/Instance",
    Kind.DATA,
    (
        Location.homes.items(_homes, NAME, ZONES),
        Location.copies.none(f"{OVERVIEW}: each key is kept by one of its nodes"),
        EncryptionInTransit.plaintext.unseen("its API does not tell whether it takes TLS"),
        EncryptionInTransit.minimum_tls.unseen("its API does not tell whether it takes TLS"),
        EncryptionInTransit.certificate_expires.unseen("its API does not tell whether it has a certificate"),
        Exposure.public.documented(False, f"{OVERVIEW}: its nodes have only addresses inside a VPC network"),
        TRUST,
        labels(),
    ),
    {**NO_LOGS, EncryptionAtRest: IN_MEMORY, Backup: IN_MEMORY, Lineage: IN_MEMORY},
)
TYPES = (INSTANCE,)
