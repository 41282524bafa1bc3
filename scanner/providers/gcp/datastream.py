"""Datastream (https://cloud.google.com/datastream/docs/reference/rest/v1/projects.locations.streams). A stream holds
changes only while it carries them from a source to a destination, which have connection profiles of their own.
"""

from __future__ import annotations

from scanner.facts import Backup, Kind, Lineage, Location
from scanner.providers.gcp.assets import DATA, asset_type, at_rest, labels
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import GOOGLES_API, HOME, NO_LOGS

STREAM = asset_type(
    "gcp.datastream.stream",
    "datastream.googleapis.com/Stream",
    Kind.DATA,
    (
        HOME,
        Location.copies.gap("what it writes to is told by its destination's connection profile, which is not read"),
        *at_rest(f"{DATA}/customerManagedEncryptionKey"),
        Lineage.origins.gap("what it reads from is told by its source's connection profile, which is not read"),
        *SHARED,
        labels(),
    ),
    {**GOOGLES_API, **NO_LOGS, Backup: "a stream keeps nothing that could be restored"},
)
TYPES = (STREAM,)
