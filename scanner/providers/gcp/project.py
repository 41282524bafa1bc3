"""Projects (https://cloud.google.com/resource-manager/reference/rest/v3/projects). The engine finds their members."""

from __future__ import annotations

from dataclasses import replace

from scanner.facts import Kind
from scanner.providers.gcp.assets import asset_type, labels

PROJECT = replace(
    asset_type("gcp.project", "cloudresourcemanager.googleapis.com/Project", Kind.CONFIG, (labels(),)),
    label="/resource/data/projectId",
    container=True,
)
