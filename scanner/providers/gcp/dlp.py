"""Sensitive Data Protection (https://cloud.google.com/sensitive-data-protection/docs/reference/rest/v2).

Jobs keep what they found, and stored types the customer's own terms. Triggers and discovery write elsewhere; templates
only say what to look for. A name without a location stands for "global".
"""

from __future__ import annotations

from collections.abc import Iterator

from scanner.facts import (
    JSON,
    UNRESOLVED,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    Kind,
    Lineage,
    Location,
    Node,
    Origin,
    Reason,
    Tagging,
    Unknown,
    View,
    always,
    text,
)
from scanner.places import UNPLACED
from scanner.providers.gcp.assets import NAME, asset_type
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import ALWAYS, GOOGLES_API, NO_LOGS, bucket, placed

RESOURCE = "/resource/data"
INSPECTED, RISKED = (
    f"{RESOURCE}/{details}/requestedOptions/jobConfig" for details in ("inspectDetails", "riskDetails")
)
TRIGGERED = f"{RESOURCE}/inspectJob"
TABLE, FOLDER, CLEANED = (
    "saveFindings/outputConfig/table",
    "saveFindings/outputConfig/storagePath/path",
    "deidentify/cloudStorageOutput",
)
OF_A_TABLE = ("projectId", "datasetId", "tableId")
UNTAGGED = Tagging.tags.documented({}, "the Sensitive Data Protection API v2 has no labels")
THERE = Unknown(Reason.NOT_ASKED, "it names what its results are written to, not where that is")
NO_KEY = "with whose key it is encrypted is not told"
NO_BACKUPS = "Sensitive Data Protection makes no backups"


def _place(value: JSON) -> str:
    """Where it is processed and kept; "global" is no place."""
    return placed(value) if "/locations/" in text(value) else UNPLACED


def _dataset(node: Node, at: str, own: str) -> str:
    """The dataset of a table that is told at a pointer; the project may be left out where it is the own one."""
    project = node.at(f"{at}/projectId", text, missing=own)
    return f"//bigquery.googleapis.com/projects/{project}/datasets/{node.at(f'{at}/datasetId', text)}"


def _table(node: Node, at: str, own: str) -> Iterator[Origin]:
    if node.at(f"{at}/tableId", text, missing=""):
        yield Origin(f"{_dataset(node, at, own)}/tables/{node.at(f'{at}/tableId', text)}", UNRESOLVED)


def _written(node: Node, own: str, *jobs: str) -> Iterator[Copy]:
    """What the actions of these jobs write: findings to a table or a bucket, and files without what was found."""
    for action in (each for job in jobs for each in node.each(f"{job}/actions", missing=True)):
        if action.at(f"/{TABLE}", always(True), missing=False):
            yield Copy(CopyKind.REPLICA, THERE, _dataset(action, f"/{TABLE}", own))
        for path in (FOLDER, CLEANED):
            if action.at(f"/{path}", text, missing=""):
                yield Copy(CopyKind.REPLICA, THERE, action.at(f"/{path}", bucket))


def _of_actions(*jobs: str) -> tuple[str, ...]:
    paths = (*(f"{TABLE}/{part}" for part in OF_A_TABLE[:2]), FOLDER, CLEANED)
    return tuple(f"item:{job}/actions/*/{path}" for job in jobs for path in paths)


STORAGE = f"{INSPECTED}/storageConfig"
FILES, FILTERED = (f"{STORAGE}/cloudStorageOptions/fileSet/{name}" for name in ("url", "regexFileSet/bucketName"))
ROWS, RISKED_TABLE = f"{STORAGE}/bigQueryOptions/tableReference", f"{RESOURCE}/riskDetails/requestedSourceTable"


def _inspected(view: View) -> Iterator[Origin | Unknown]:
    """What a job looked through. Its findings may quote that."""
    node, found = view.node("item"), 0
    for origin in (each for at in (ROWS, RISKED_TABLE) for each in _table(node, at, view.where.account)):
        found += 1
        yield origin
    if node.at(FILES, text, missing=""):
        found += 1
        yield Origin(node.at(FILES, bucket), UNRESOLVED)
    if name := node.at(FILTERED, text, missing=""):
        found += 1
        yield Origin(f"//storage.googleapis.com/{name}", UNRESOLVED)
    if not found:
        yield Unknown(Reason.UNDECIDED, "what it looked through is no table and no bucket that it names")


JOB = asset_type(
    "gcp.dlp.job",
    "dlp.googleapis.com/DlpJob",
    Kind.DATA,
    (
        Location.homes.one(NAME, _place),
        Location.copies.items(
            lambda view: _written(view.node("item"), view.where.account, INSPECTED, RISKED),
            *_of_actions(INSPECTED, RISKED),
        ),
        *ALWAYS,
        EncryptionAtRest.owner.unseen(NO_KEY),
        EncryptionAtRest.key.unseen(NO_KEY),
        Lineage.origins.items(
            _inspected,
            *(f"item:{at}/{part}" for at in (ROWS, RISKED_TABLE) for part in OF_A_TABLE),
            *(f"item:{path}" for path in (FILES, FILTERED)),
        ),
        *SHARED,
        UNTAGGED,
    ),
    {**GOOGLES_API, **NO_LOGS, Backup: NO_BACKUPS},
)

TERMS = f"{RESOURCE}/currentVersion/config"
LARGE = f"{TERMS}/largeCustomDictionary"
KEPT, LISTED = f"{LARGE}/outputPath/path", f"{LARGE}/cloudStorageFileSet/url"
CELLS, SINGLE = f"{LARGE}/bigQueryField/table", f"{TERMS}/dictionary/cloudStoragePath/path"


def _kept(view: View) -> Iterator[Copy]:
    """A large dictionary lies in a bucket of the customer."""
    if view.at(f"item:{KEPT}", text, missing=""):
        yield Copy(CopyKind.REPLICA, THERE, view.at(f"item:{KEPT}", bucket))


def _listed(view: View) -> Iterator[Origin]:
    for path in (LISTED, SINGLE):
        if view.at(f"item:{path}", text, missing=""):
            yield Origin(view.at(f"item:{path}", bucket), UNRESOLVED)
    yield from _table(view.node("item"), CELLS, view.where.account)


STORED_TYPE = asset_type(
    "gcp.dlp.stored-info-type",
    "dlp.googleapis.com/StoredInfoType",
    Kind.DATA,
    (
        Location.homes.one(NAME, _place),
        Location.copies.items(_kept, f"item:{KEPT}"),
        *ALWAYS,
        EncryptionAtRest.owner.unseen(NO_KEY),
        EncryptionAtRest.key.unseen(NO_KEY),
        Lineage.origins.items(
            _listed, *(f"item:{path}" for path in (LISTED, SINGLE, *(f"{CELLS}/{part}" for part in OF_A_TABLE)))
        ),
        *SHARED,
        UNTAGGED,
    ),
    {**GOOGLES_API, **NO_LOGS, Backup: NO_BACKUPS},
)

TRIGGER = asset_type(
    "gcp.dlp.job-trigger",
    "dlp.googleapis.com/JobTrigger",
    Kind.CONFIG,
    (
        Location.homes.inapplicable("a trigger keeps nothing; its jobs do"),
        Location.copies.items(
            lambda view: _written(view.node("item"), view.where.account, TRIGGERED), *_of_actions(TRIGGERED)
        ),
        UNTAGGED,
    ),
)

ACTIONS = f"{RESOURCE}/actions"
PROFILES = tuple(f"exportData/{name}" for name in ("profileTable", "sampleFindingsTable"))


def _profiles(view: View) -> Iterator[Copy]:
    """Profiles of columns and samples of what was found, where they are exported to a table."""
    for action in view.each(f"item:{ACTIONS}", missing=True):
        for path in PROFILES:
            if action.at(f"/{path}", always(True), missing=False):
                yield Copy(CopyKind.REPLICA, THERE, _dataset(action, f"/{path}", view.where.account))


DISCOVERY = asset_type(
    "gcp.dlp.discovery-config",
    "dlp.googleapis.com/DiscoveryConfig",
    Kind.CONFIG,
    (
        Location.homes.inapplicable("what discovery finds is kept as profiles, which are no assets"),
        Location.copies.items(
            _profiles, *(f"item:{ACTIONS}/*/{path}/{part}" for path in PROFILES for part in OF_A_TABLE[:2])
        ),
        UNTAGGED,
    ),
)

TEMPLATES = tuple(
    asset_type(f"gcp.dlp.{name}", f"dlp.googleapis.com/{native}", Kind.CONFIG, (UNTAGGED,))
    for name, native in (("inspect-template", "InspectTemplate"), ("deidentify-template", "DeidentifyTemplate"))
)
"""They say what to look for and how to hide it, and keep no data."""
TYPES = (JOB, STORED_TYPE, TRIGGER, DISCOVERY, *TEMPLATES)
