"""The types of the services that have a file of their own with several types, in one list."""

from __future__ import annotations

from scanner.collect.model import ResourceType
from scanner.providers.gcp import (
    alloydb,
    artifact,
    backupdr,
    bigquery,
    bigtable,
    dataproc,
    filestore,
    firestore,
    frontend,
    gke,
    gkebackup,
    healthcare,
    image,
    kms,
    pubsub,
    redis,
    secret,
    sink,
    spanner,
    sqlbackup,
    vertex,
)

TYPES: tuple[ResourceType, ...] = (
    *bigquery.TYPES,
    *spanner.TYPES,
    *firestore.TYPES,
    *bigtable.TYPES,
    *alloydb.TYPES,
    *redis.TYPES,
    *secret.TYPES,
    *kms.TYPES,
    *pubsub.TYPES,
    *filestore.TYPES,
    *image.TYPES,
    *artifact.TYPES,
    *sqlbackup.TYPES,
    *backupdr.TYPES,
    *gke.TYPES,
    *gkebackup.TYPES,
    *healthcare.TYPES,
    *vertex.TYPES,
    *dataproc.TYPES,
    *sink.TYPES,
    *frontend.TYPES,
)
