"""Sensitive Data Protection: jobs, stored types, triggers, discovery and templates."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import CopyKind, EncryptionAtRest, Lineage, Location, Reason, Tagging, Unknown
from tests.scanner.providers.gcp.states import LONDON, PROJECT, Data, gaps, inapplicable, items, reason, refs, value

JOB, STORED, TRIGGER, DISCOVERY = (
    f"gcp.dlp.{name}" for name in ("job", "stored-info-type", "job-trigger", "discovery-config")
)
TABLE = {"projectId": "acme-lake", "datasetId": "sales", "tableId": "orders"}
SALES = "//bigquery.googleapis.com/projects/acme-lake/datasets/sales"
OWN = f"//bigquery.googleapis.com/{PROJECT}/datasets/sales"


def named(path: str) -> str:
    return f"//dlp.googleapis.com/{PROJECT}/{path}"


def action(table: Data | None = None, path: str = "", cleaned: str = "") -> Data:
    output: Data = ({"table": table} if table else {}) | ({"storagePath": {"path": path}} if path else {})
    found: Data = {"saveFindings": {"outputConfig": output}}
    return found | ({"deidentify": {"cloudStorageOutput": cleaned}} if cleaned else {})


def inspects(**config: Any) -> Data:
    return {"inspectDetails": {"requestedOptions": {"jobConfig": config}}}


def risks(**config: Any) -> Data:
    return {"riskDetails": {"requestedOptions": {"jobConfig": config}}}


@pytest.mark.parametrize("kind", [JOB, STORED])
@pytest.mark.parametrize(
    ("name", "place"),
    [
        (named("locations/europe-west2/dlpJobs/i-1"), LONDON),
        (named("locations/global/dlpJobs/i-1"), "unplaced"),
        (named("dlpJobs/i-1"), "unplaced"),
        (f"//dlp.googleapis.com/{PROJECT}/locations/eu/dlpJobs/i-1", "gcp:eu"),
    ],
)
def test_where_it_is_kept(kind: str, name: str, place: str) -> None:
    assert items(kind, Location.homes, {}, name) == (place,)
    assert reason(kind, EncryptionAtRest.owner, {}, name) is Reason.NOT_ASKED
    assert reason(kind, EncryptionAtRest.key, {}, name) is Reason.NOT_ASKED


WRITTEN: list[tuple[list[Data], list[str], list[Reason]]] = [
    ([], [], []),
    ([{"pubSub": {"topic": "t"}}], [], []),
    ([action(TABLE)], [SALES], []),
    ([action({"datasetId": "sales"})], [OWN], []),
    (
        [action(path="gs://acme-found/a"), action(cleaned="gs://acme-clean/")],
        ["//storage.googleapis.com/acme-found", "//storage.googleapis.com/acme-clean"],
        [],
    ),
    ([action(TABLE), action({"projectId": "acme-lake"})], [SALES], [Reason.SHAPE]),
    ([action(path="acme-found/a")], [], [Reason.SHAPE]),
    ([action(cleaned="s3://acme/")], [], [Reason.SHAPE]),
]


@pytest.mark.parametrize(("actions", "wanted", "reasons"), WRITTEN)
def test_what_is_written_elsewhere(actions: list[Data], wanted: list[str], reasons: list[Reason]) -> None:
    told = (
        (JOB, inspects(actions=actions)),
        (JOB, risks(actions=actions)),
        (TRIGGER, {"inspectJob": {"actions": actions}}),
    )
    for kind, data in told:
        copies, unseen = gaps(kind, Location.copies, data)
        assert (refs(copies), unseen) == (wanted, reasons)
        assert all(each.kind is CopyKind.REPLICA and isinstance(each.place, Unknown) for each in copies)
    assert inapplicable(TRIGGER, Location.homes, {})


@pytest.mark.parametrize(
    ("data", "wanted", "reasons"),
    [
        (inspects(storageConfig={"bigQueryOptions": {"tableReference": TABLE}}), [f"{SALES}/tables/orders"], []),
        ({"riskDetails": {"requestedSourceTable": TABLE}}, [f"{SALES}/tables/orders"], []),
        (
            inspects(storageConfig={"cloudStorageOptions": {"fileSet": {"url": "gs://acme-mail/*"}}}),
            ["//storage.googleapis.com/acme-mail"],
            [],
        ),
        (
            inspects(storageConfig={"cloudStorageOptions": {"fileSet": {"regexFileSet": {"bucketName": "acme"}}}}),
            ["//storage.googleapis.com/acme"],
            [],
        ),
        (inspects(storageConfig={"datastoreOptions": {}}), [], [Reason.UNDECIDED]),
        ({}, [], [Reason.UNDECIDED]),
        (inspects(storageConfig={"cloudStorageOptions": {"fileSet": {"url": "acme-mail"}}}), [], [Reason.SHAPE]),
    ],
)
def test_what_a_job_looked_through(data: Data, wanted: list[str], reasons: list[Reason]) -> None:
    origins, unseen = gaps(JOB, Lineage.origins, data)
    assert (refs(origins), unseen) == (wanted, reasons)


@pytest.mark.parametrize(
    ("config", "kept", "origins", "reasons"),
    [
        ({}, [], [], []),
        (
            {"dictionary": {"cloudStoragePath": {"path": "gs://acme-few/a"}}},
            [],
            ["//storage.googleapis.com/acme-few"],
            [],
        ),
        (
            {
                "largeCustomDictionary": {
                    "outputPath": {"path": "gs://acme-kept/a"},
                    "cloudStorageFileSet": {"url": "gs://acme-terms/*"},
                    "bigQueryField": {"table": TABLE},
                }
            },
            ["//storage.googleapis.com/acme-kept"],
            ["//storage.googleapis.com/acme-terms", f"{SALES}/tables/orders"],
            [],
        ),
        ({"largeCustomDictionary": {"outputPath": {"path": 7}}}, [], [], [Reason.SHAPE]),
    ],
)
def test_a_stored_type(config: Data, kept: list[str], origins: list[str], reasons: list[Reason]) -> None:
    data = {"currentVersion": {"config": config}}
    copies, unseen = gaps(STORED, Location.copies, data)
    assert (refs(copies), unseen) == (kept, reasons)
    assert refs(items(STORED, Lineage.origins, data)) == origins


@pytest.mark.parametrize(
    ("actions", "wanted", "reasons"),
    [
        ([], [], []),
        ([{"publishToScc": {}}], [], []),
        ([{"exportData": {"profileTable": TABLE, "sampleFindingsTable": {"datasetId": "sales"}}}], [SALES, OWN], []),
        ([{"exportData": {"profileTable": {"tableId": "t"}}}], [], [Reason.SHAPE]),
        ("none", [], [Reason.SHAPE]),
    ],
)
def test_what_discovery_exports(actions: Any, wanted: list[str], reasons: list[Reason]) -> None:
    copies, unseen = gaps(DISCOVERY, Location.copies, {"actions": actions})
    assert (refs(copies), unseen) == (wanted, reasons)
    assert inapplicable(DISCOVERY, Location.homes, {})


@pytest.mark.parametrize(
    "kind", [JOB, STORED, TRIGGER, DISCOVERY, "gcp.dlp.inspect-template", "gcp.dlp.deidentify-template"]
)
def test_nothing_of_it_has_labels(kind: str) -> None:
    assert value(kind, Tagging.tags, {}) == {}
