"""Sinks of Cloud Logging (https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.sinks): what carries log
entries to a place of the customer's choice, which may be in another project or organization.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.facts import (
    Copy,
    CopyKind,
    Kind,
    Location,
    NotKnown,
    Reason,
    Tagging,
    Unknown,
    View,
    flag,
    text,
)
from scanner.providers.gcp.assets import DATA, asset_type
from scanner.providers.gcp.told import placed

DESTINATION, DISABLED = f"{DATA}/destination", f"{DATA}/disabled"
THERE = Unknown(Reason.NOT_ASKED, "the sink names what receives its entries, not where that is")
ROUTED = Unknown(Reason.NOT_ASKED, "the sinks of the project that receives its entries decide; not joined")

_FORMS = re.compile(
    r"(?P<bucket>storage\.googleapis\.com/[^/]+)"
    r"|(?P<other>bigquery\.googleapis\.com/projects/[^/]+/datasets/[^/]+|pubsub\.googleapis\.com/projects/[^/]+/topics/[^/]+)"
    r"|(?P<logs>logging\.googleapis\.com/[^/]+/[^/]+/locations/[^/]+/buckets/[^/]+)"
    r"|(?P<project>logging\.googleapis\.com/projects/[^/]+)"
)


def _copies(view: View) -> Iterator[Copy]:
    """Where its entries go; nowhere, if it is set to be disabled. A log bucket tells its place by its name."""
    if view.at(DISABLED, flag, missing=False):
        return
    found = _FORMS.fullmatch(view.at(DESTINATION, text))
    if found is None:
        raise NotKnown(Unknown(Reason.SHAPE, "its destination is written in an unforeseen way"))
    name = f"//{found[0]}"
    match found.lastgroup:
        case "logs":
            yield Copy(CopyKind.LOG_SINK, placed(name), name)
        case "project":
            yield Copy(CopyKind.LOG_SINK, ROUTED)
        case _:
            yield Copy(CopyKind.LOG_SINK, THERE, name)


SINK = asset_type(
    "gcp.logging.sink",
    "logging.googleapis.com/LogSink",
    Kind.CONFIG,
    (
        Location.homes.inapplicable("a sink keeps nothing"),
        Location.copies.items(_copies, DESTINATION, DISABLED),
        Tagging.tags.documented({}, "LogSink of the Cloud Logging API v2 has no labels"),
    ),
)
TYPES = (SINK,)
