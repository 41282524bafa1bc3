"""Cloud Logging (https://cloud.google.com/logging/docs/reference/v2/rest/v2/projects.locations.buckets)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from scanner.facts import (
    JSON,
    Backup,
    Duration,
    EncryptionInTransit,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    Tagging,
    Trust,
    View,
    text,
    whole,
)
from scanner.places import GLOBAL, UNPLACED, gcp
from scanner.providers.gcp import iam
from scanner.providers.gcp.assets import DATA, asset_type, at_rest

PATH, DAYS = f"{DATA}/name", f"{DATA}/retentionDays"
REQUIRED_DAYS = 400
"""The `_Required` bucket keeps 400 days, which nobody can change:
https://cloud.google.com/logging/docs/store-log-entries"""
DEFAULT_DAYS = 30
"""The days of a bucket that was created without any, by the documentation of `retentionDays`."""


def _place(value: JSON) -> str:
    """A bucket never leaves its location. For "global" it is unspecified where the entries are."""
    found = re.search(r"/locations/([^/]+)/buckets/", text(value))
    if found is None:
        raise ValueError("not the name of a log bucket")
    place = gcp(found[1])
    return UNPLACED if place == GLOBAL else place


def _retention(view: View) -> Iterator[Duration]:
    required = view.at(PATH, text).endswith("/buckets/_Required")
    days = view.at(DAYS, whole, missing=0)
    yield Duration.of(days or (REQUIRED_DAYS if required else DEFAULT_DAYS))


LOG_BUCKET = asset_type(
    "gcp.logging.bucket",
    "logging.googleapis.com/LogBucket",
    Kind.DATA,
    (
        Location.homes.one(PATH, _place),
        # What a sink routes elsewhere never was in the bucket, and a linked BigQuery dataset only reads it.
        Location.copies.none("https://cloud.google.com/logging/docs/region-support: entries stay in its location"),
        *at_rest(f"{DATA}/cmekSettings/kmsKeyName"),
        LogStore.retention.items(_retention, PATH, DAYS),
        LogStore.access_recorded.by(partial(iam.records_reads, "logging.googleapis.com"), *iam.READS),
        Exposure.public.unseen("who reads logs is told by IAM policies of its views, too, which are not read"),
        Trust.grantees.gap("the IAM policies of its views are not read"),
        Tagging.tags.documented({}, "LogBucket of the Cloud Logging API v2 has no labels"),
    ),
    without={
        EncryptionInTransit: "a log bucket has no endpoint of its own; the Cloud Logging API is Google's",
        Backup: "Cloud Logging has no backups",
        Lineage: "a log bucket is filled by sinks, never copied or restored",
    },
)
