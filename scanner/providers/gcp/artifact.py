"""Artifact Registry (https://cloud.google.com/artifact-registry/docs/reference/rest/v1/projects.locations.repositories)."""

from __future__ import annotations

from scanner.facts import Backup, EncryptionAtRest, Exposure, Kind, Lineage, Location, Tagging, Trust
from scanner.providers.gcp.assets import DATA, asset_type, at_rest, labels
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import GOOGLES_API, HOME, NO_LOGS

# Its multi-regions are named as those of Cloud KMS: "europe" may be another set than the EU.
REPOSITORY = asset_type(
    "gcp.artifactregistry.repository",
    "artifactregistry.googleapis.com/Repository",
    Kind.DATA,
    (
        HOME,
        Location.copies.none("https://cloud.google.com/artifact-registry/docs/repositories/repo-locations"),
        *at_rest(f"{DATA}/kmsKeyName"),
        Lineage.origins.gap("what was pushed to it, or fetched from another registry, is not recorded on a repository"),
        *SHARED,
        labels(),
    ),
    {**GOOGLES_API, **NO_LOGS, Backup: "Artifact Registry makes no backups"},
)

IN_REPOSITORY = "its repository tells it, and is a resource of its own"
ITEMS = tuple(
    asset_type(
        f"gcp.artifactregistry.{name}",
        f"artifactregistry.googleapis.com/{native}",
        Kind.DATA,
        (
            HOME,
            Location.copies.none("https://cloud.google.com/artifact-registry/docs/repositories/repo-locations"),
            Tagging.tags.documented({}, f"{native} of the Artifact Registry API v1 has no labels"),
        ),
        {
            **GOOGLES_API,
            **NO_LOGS,
            **dict.fromkeys((EncryptionAtRest, Exposure, Lineage, Trust), IN_REPOSITORY),
            Backup: "Artifact Registry makes no backups",
        },
    )
    for name, native in (
        ("docker-image", "DockerImage"),
        ("maven-artifact", "MavenArtifact"),
        ("npm-package", "NpmPackage"),
        ("python-package", "PythonPackage"),
    )
)
"""What lies in a repository, in its place."""
TYPES = (REPOSITORY, *ITEMS)
