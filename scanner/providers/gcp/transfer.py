"""BigQuery Data Transfer Service (https://cloud.google.com/bigquery/docs/reference/datatransfer/rest/v1/projects.transferConfigs):
what brings data into a dataset again and again, also out of a dataset in another region or project.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.collect.model import Join
from scanner.facts import (
    UNRESOLVED,
    Copy,
    CopyKind,
    Kind,
    Lineage,
    Location,
    Node,
    NotKnown,
    Origin,
    Reason,
    Tagging,
    Unknown,
    View,
    flag,
    text,
)
from scanner.providers.gcp.assets import DATA, asset_type, joined
from scanner.providers.gcp.told import bucket, located

NATIVE = "bigquerydatatransfer.googleapis.com/TransferConfig"
RESOURCE = "/resource/data"
SOURCE, DISABLED, TARGET = (f"{RESOURCE}/{name}" for name in ("dataSourceId", "disabled", "destinationDatasetId"))
REGION, PARAMS = f"{RESOURCE}/datasetRegion", f"{RESOURCE}/params"
FROM_PROJECT, FROM_DATASET = f"{PARAMS}/source_project_id", f"{PARAMS}/source_dataset_id"
TEMPLATE = f"{PARAMS}/data_path_template"
COPIES, LOADS = "cross_region_copy", "google_cloud_storage"
"""Data sources: copies of datasets (https://cloud.google.com/bigquery/docs/copying-datasets) and files in buckets
(https://cloud.google.com/bigquery/docs/cloud-storage-transfer).
"""
OF_A_COPY = (SOURCE, DISABLED, TARGET, REGION)
THERE = Unknown(Reason.NOT_ASKED, "the transfer names the dataset that it writes to, not where that is")
NO_TARGET = Unknown(Reason.UNDECIDED, "it names no dataset; its query or its source decides what it writes to")


def written(config: Node, project: str) -> Iterator[Copy | Unknown]:
    """What a transfer of this project writes; nothing where it is disabled, which it is not unless it says so."""
    if config.at(DISABLED, flag, missing=False):
        return
    name = config.at(TARGET, text, missing="")
    if not name:
        yield NO_TARGET
        return
    place = config.at(REGION, located, missing=THERE)
    yield Copy(CopyKind.REPLICA, place, f"//bigquery.googleapis.com/projects/{project}/datasets/{name}")


def _origins(view: View) -> Iterator[Origin | Unknown]:
    source = view.at(f"item:{SOURCE}", text)
    if source == COPIES:
        project, name = view.at(f"item:{FROM_PROJECT}", text), view.at(f"item:{FROM_DATASET}", text)
        yield Origin(f"//bigquery.googleapis.com/projects/{project}/datasets/{name}", UNRESOLVED)
    elif source == LOADS:
        yield Origin(view.at(f"item:{TEMPLATE}", bucket), UNRESOLVED)
    else:
        yield Unknown(Reason.UNDECIDED, f"what the data source {source} reads is not a resource that it names")


CONFIG = replace(
    asset_type(
        "gcp.bigquery.transfer-config",
        NATIVE,
        Kind.CONFIG,
        (
            Location.homes.inapplicable("a transfer keeps nothing"),
            Location.copies.items(
                lambda view: written(view.node("item"), view.where.account),
                *(f"item:{path}" for path in (DISABLED, TARGET, REGION)),
            ),
            Lineage.origins.items(
                _origins, *(f"item:{each}" for each in (SOURCE, FROM_PROJECT, FROM_DATASET, TEMPLATE))
            ),
            Tagging.tags.documented({}, "TransferConfig of the BigQuery Data Transfer API v1 has no labels"),
        ),
    ),
    label=f"{RESOURCE}/displayName",
)

OWN = f"{DATA}/datasetReference"
ASK = {"transfers": joined(Join(FROM_DATASET, {f"{RESOURCE}/datasetReference/datasetId": ""}), NATIVE)}
"""The transfers that copy a dataset, which they name by its identifier and its project."""
DATASET_PATHS = (
    f"{OWN}/projectId",
    *(f"transfers:/assets/*{path}" for path in ("/name", FROM_PROJECT, *OF_A_COPY)),
)


def of_dataset(view: View) -> Iterator[Copy | Unknown]:
    """The copies of a dataset that transfers make, in whatever project. Declare DATASET_PATHS, and ask ASK."""
    for config in view.each("transfers:/assets"):
        if config.at(SOURCE, text) == COPIES and config.at(FROM_PROJECT, text) == view.at(f"{OWN}/projectId", text):
            yield from written(config, config.at("/name", _project))


def _project(value: object) -> str:
    """The project in the name of an asset."""
    match str(value).split("/"):
        case ["", "", _, "projects", project, *_]:
            return project
        case _:
            raise NotKnown(Unknown(Reason.SHAPE, "the transfer's name has no project"))


TYPES = (CONFIG,)
