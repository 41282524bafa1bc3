"""Projects, and the folders and organizations above them
(https://cloud.google.com/resource-manager/reference/rest/v3/projects). The engine finds the members of a project.
"""

from __future__ import annotations

from dataclasses import replace

from scanner.facts import AuditTrail, Defaults, Detection, Identity, Kind, Tagging
from scanner.providers.gcp import contacts, iam, restrictions
from scanner.providers.gcp.assets import ENCRYPTION, asset_type, labels
from scanner.providers.gcp.contacts import RECEIVERS
from scanner.providers.gcp.iam import OWNERS, READS, TRUST, records_reads
from scanner.providers.gcp.orgpolicy import PATHS, PREVENTION, enforced

AUDIT_LOGS = "https://cloud.google.com/logging/docs/audit"
"""Admin Activity audit logs are always written, and cannot be turned off."""
REQUIRED = "https://cloud.google.com/logging/docs/routing/overview"
"""They are kept in the bucket _Required, which nobody can change or delete."""
RECORDED = (
    AuditTrail.recorded.documented(True, AUDIT_LOGS),
    AuditTrail.protected.documented(True, REQUIRED),
    AuditTrail.reads.by(lambda view: records_reads("allServices", view), *READS),
)
"""Of a project, a folder and an organization alike."""
NO_ROOT = "Google Cloud has no root user"

PROJECT = replace(
    asset_type(
        "gcp.project",
        "cloudresourcemanager.googleapis.com/Project",
        Kind.CONFIG,
        (
            labels(),
            TRUST,
            OWNERS,
            Identity.single_factor.gap("the directory of Cloud Identity, which asks for second factors, is not read"),
            Identity.password_length.unseen("the directory of Cloud Identity, which has the rule, is not read"),
            Identity.root_last_used.inapplicable(NO_ROOT),
            Identity.root_keys.inapplicable(NO_ROOT),
            *RECORDED,
            Detection.threats.unseen("whether Security Command Center looks for threats is not read"),
            Detection.outside_access.unseen("whether Security Command Center looks for open access is not read"),
            RECEIVERS,
            Defaults.disks_encrypted.documented(True, ENCRYPTION),
            Defaults.public_blocked.by(lambda view: enforced(view, PREVENTION), *PATHS),
            *restrictions.ANSWERS,
        ),
        ask={**contacts.ASK, **iam.ASK},
    ),
    label="/resource/data/projectId",
    container=True,
)
BELOW = "it is judged of each project"
ELSEWHERE = (Defaults.disks_encrypted.inapplicable(BELOW), Defaults.public_blocked.inapplicable(BELOW))
UNTAGGED = Tagging.tags.documented({}, "Folder and Organization of the Resource Manager API v3 have no labels")
ABOVE = tuple(
    replace(
        asset_type(
            f"gcp.{name.lower()}",
            f"cloudresourcemanager.googleapis.com/{name}",
            Kind.CONFIG,
            (TRUST, OWNERS, *RECORDED, contacts.RECEIVERS_ABOVE, UNTAGGED, *ELSEWHERE, *restrictions.ANSWERS),
            ask={**contacts.ASK_ABOVE, **iam.ASK},
        ),
        label="/resource/data/displayName",
    )
    for name in ("Folder", "Organization")
)
TYPES = (PROJECT, *ABOVE)
