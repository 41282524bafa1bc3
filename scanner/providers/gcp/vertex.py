"""Vertex AI (https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.datasets).

https://cloud.google.com/vertex-ai/docs/general/locations: what it keeps at rest stays in the region of the resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanner.collect.model import ResourceType
from scanner.facts import (
    UNRESOLVED,
    Answer,
    Backup,
    Copy,
    CopyKind,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Reason,
    Unknown,
    View,
    flag,
    text,
)
from scanner.providers.gcp.assets import DATA, asset_type, at_rest, labels
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import GOOGLES_API, HOME

LOGGING = f"{DATA}/predictRequestResponseLoggingConfig"
LOGS, LOGGED_TO, FILES = f"{LOGGING}/enabled", f"{LOGGING}/bigqueryDestination/outputUri", f"{DATA}/artifactUri"
THERE = Unknown(Reason.NOT_ASKED, "it names the table that receives requests, not where that is")
STAYS = Location.copies.none("https://cloud.google.com/vertex-ai/docs/general/locations: data stays in its region")
NOT_RECORDED = Lineage.origins.gap("what it was filled from is not recorded on it")
WITHOUT = {
    **GOOGLES_API,
    LogStore: "not a store of logs",
    Backup: "Vertex AI makes no backups",
}


def _logs(view: View) -> Iterator[Copy]:
    """The requests and replies that an endpoint logs to BigQuery, if it does."""
    told = view.at(LOGGED_TO, text, missing="")
    if not told or not view.at(LOGS, flag):
        return
    found = re.fullmatch(r"bq://([^.]+)\.([^.]+)\.([^.]+)", told)
    if found is None:
        raise NotKnown(Unknown(Reason.SHAPE, "the table that receives its requests is not named in full"))
    name = f"//bigquery.googleapis.com/projects/{found[1]}/datasets/{found[2]}/tables/{found[3]}"
    yield Copy(CopyKind.LOG_SINK, THERE, name)


def _files(view: View) -> Iterator[Origin | Unknown]:
    """The bucket of the files that a model was made of."""
    if told := view.at(FILES, text, missing=""):
        yield Origin(f"//storage.googleapis.com/{told.removeprefix('gs://').partition('/')[0]}", UNRESOLVED)
    yield Unknown(Reason.NOT_ASKED, "the data that a model was trained on is not followed")


def _kept(name: str, schema: str, copies: Answer = STAYS, lineage: Answer = NOT_RECORDED) -> ResourceType:
    return asset_type(
        f"gcp.vertexai.{name}",
        f"aiplatform.googleapis.com/{schema}",
        Kind.DATA,
        (
            HOME,
            copies,
            *at_rest(f"{DATA}/encryptionSpec/kmsKeyName"),
            lineage,
            *SHARED,
            labels(),
        ),
        WITHOUT,
    )


TYPES = (
    _kept("dataset", "Dataset"),
    _kept("model", "Model", lineage=Lineage.origins.items(_files, FILES)),
    _kept("endpoint", "Endpoint", copies=Location.copies.items(_logs, LOGS, LOGGED_TO)),
    _kept("index", "Index"),
)
