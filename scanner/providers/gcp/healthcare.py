"""Cloud Healthcare API (https://cloud.google.com/healthcare-api/docs/reference/rest/v1/projects.locations.datasets).

A dataset has stores, which are told apart from it; its key secures them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from scanner.collect.model import ResourceType
from scanner.facts import (
    Answer,
    Backup,
    Copy,
    CopyKind,
    EncryptionAtRest,
    Facet,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Reason,
    Tagging,
    Unknown,
    View,
    flag,
    text,
)
from scanner.providers.gcp.assets import DATA, asset_type, at_rest, labels
from scanner.providers.gcp.iam import SHARED
from scanner.providers.gcp.told import GOOGLES_API, HOME, asset_name, copy_in

STREAMS = f"{DATA}/streamConfigs"
FHIR_TO, DICOM_TO = "bigqueryDestination/datasetUri", "bigqueryDestination/tableUri"
NOTES, WHOLE = f"{DATA}/notificationConfigs", ("sendFullResource", "sendPreviousResourceOnDelete")
CLEANED_TO = "deidentifiedStoreDestination/store"
THERE = Unknown(Reason.NOT_ASKED, "the store names what receives its changes, not where that is")
WITHOUT = {
    **GOOGLES_API,
    LogStore: "not a store of logs",
    Backup: "the Cloud Healthcare API makes no backups",
}
KEYED: Mapping[type[Facet], str] = {EncryptionAtRest: "its dataset tells the key, and is a resource of its own"}

DATASET = asset_type(
    "gcp.healthcare.dataset",
    "healthcare.googleapis.com/Dataset",
    Kind.DATA,
    (
        HOME,
        # What its stores send on is told by them.
        Location.copies.none("https://cloud.google.com/healthcare-api/docs/regions: data stays in its location"),
        *at_rest(f"{DATA}/encryptionSpec/kmsKeyName"),
        Lineage.origins.gap("what was imported into its stores is not recorded on a dataset"),
        *SHARED,
        Tagging.tags.documented({}, "Dataset of the Cloud Healthcare API v1 has no labels; its stores have"),
    ),
    WITHOUT,
)


def _fhir_copies(view: View) -> Iterator[Copy]:
    """What a store streams elsewhere, change by change. Notifications carry names only, unless they say otherwise."""
    for note in view.each(NOTES, missing=True):
        if any(note.at(f"/{each}", flag, missing=False) for each in WHOLE):
            yield Copy(CopyKind.REPLICA, THERE, asset_name("pubsub", note.at("/pubsubTopic", text)))
    for stream in view.each(STREAMS, missing=True):
        if told := stream.at(f"/{FHIR_TO}", text, missing=""):
            yield Copy(CopyKind.REPLICA, THERE, _bigquery(told))
        if cleaned := stream.at(f"/{CLEANED_TO}", copy_in("healthcare"), missing=None):
            yield cleaned


def _dicom_copies(view: View) -> Iterator[Copy]:
    for stream in view.each(STREAMS, missing=True):
        if told := stream.at(f"/{DICOM_TO}", text, missing=""):
            yield Copy(CopyKind.REPLICA, THERE, _bigquery(told))


def _bigquery(told: str) -> str:
    """The asset name of a dataset or table that is told as "bq://PROJECT.DATASET" or "bq://PROJECT.DATASET.TABLE"."""
    found = re.fullmatch(r"bq://([^.]+)\.([^.]+)(?:\.([^.]+))?", told)
    if found is None:
        raise NotKnown(Unknown(Reason.SHAPE, "its destination in BigQuery is named in an unforeseen way"))
    table = f"/tables/{found[3]}" if found[3] else ""
    return f"//bigquery.googleapis.com/projects/{found[1]}/datasets/{found[2]}{table}"


def _store(name: str, schema: str, copies: Answer) -> ResourceType:
    return asset_type(
        f"gcp.healthcare.{name}",
        f"healthcare.googleapis.com/{schema}",
        Kind.DATA,
        (
            HOME,
            copies,
            Lineage.origins.gap("what was imported into it is not recorded on a store"),
            *SHARED,
            labels(),
        ),
        {**WITHOUT, **KEYED},
    )


FHIR = _store(
    "fhir-store",
    "FhirStore",
    Location.copies.items(
        _fhir_copies,
        f"{STREAMS}/*/{FHIR_TO}",
        f"{STREAMS}/*/{CLEANED_TO}",
        *(f"{NOTES}/*/{name}" for name in ("pubsubTopic", *WHOLE)),
    ),
)
DICOM = _store("dicom-store", "DicomStore", Location.copies.items(_dicom_copies, f"{STREAMS}/*/{DICOM_TO}"))
HL7 = _store(
    "hl7v2-store",
    "Hl7V2Store",
    Location.copies.none("Hl7V2Store of the Cloud Healthcare API v1 streams nothing elsewhere"),
)
CONSENTS = _store(
    "consent-store",
    "ConsentStore",
    Location.copies.none("ConsentStore of the Cloud Healthcare API v1 streams nothing elsewhere"),
)
TYPES = (DATASET, FHIR, DICOM, HL7, CONSENTS)
