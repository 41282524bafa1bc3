"""Artifact Registry (https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories)."""

from __future__ import annotations

from scanner.facts import Backup, Kind, Lineage, Location, LogStore
from scanner.providers.gcp.assets import DATA, NAME, asset_type, at_rest, labels
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import GOOGLES_API, placed

# Its multi-regions are named as those of Cloud KMS: "europe" may be another set than the EU.
REPOSITORY = asset_type(
    "gcp.artifactregistry.repository",
    "artifactregistry.googleapis.com/Repository",
    Kind.DATA,
    (
        Location.homes.one(NAME, placed),
        Location.copies.none("https://cloud.google.com/artifact-registry/docs/repositories/repo-locations"),
        *at_rest(f"{DATA}/kmsKeyName"),
        Lineage.origins.gap("what was pushed to it, or fetched from another registry, is not recorded on a repository"),
        *SHARED,
        labels(),
    ),
    {**GOOGLES_API, LogStore: "not a store of logs", Backup: "Artifact Registry makes no backups"},
)
TYPES = (REPOSITORY,)
