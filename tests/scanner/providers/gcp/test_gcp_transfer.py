"""Transfers of BigQuery, and the copies of a dataset that they make."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import Copy, CopyKind, Lineage, Location, Reason, Unknown
from tests.scanner.providers.gcp.states import FRANKFURT, PROJECT, REFUSED, Data, gaps, inapplicable, refs

TRANSFER, DATASET = "gcp.bigquery.transfer-config", "gcp.bigquery.dataset"
COPY: Data = {
    "dataSourceId": "cross_region_copy",
    "destinationDatasetId": "copy",
    "datasetRegion": "europe-west3",
    "params": {"source_project_id": "acme-prod", "source_dataset_id": "sales"},
}
TARGET = f"//bigquery.googleapis.com/{PROJECT}/datasets/copy"
OWN: Data = {"datasetReference": {"projectId": "acme-prod", "datasetId": "sales"}}


def config(project: str = "acme-prod", **changes: Any) -> Data:
    name = f"//bigquerydatatransfer.googleapis.com/projects/{project}/locations/europe-west3/transferConfigs/t"
    return {"name": name, "resource": {"data": COPY | changes}}


@pytest.mark.parametrize(
    ("data", "places", "reasons"),
    [
        (COPY, [FRANKFURT], []),
        (COPY | {"datasetRegion": None}, [Reason.NOT_ASKED], []),
        (COPY | {"disabled": False}, [FRANKFURT], []),
        (COPY | {"disabled": True}, [], []),
        (COPY | {"disabled": "no"}, [], [Reason.SHAPE]),
        ({"dataSourceId": "scheduled_query"}, [], [Reason.UNDECIDED]),
        (COPY | {"datasetRegion": 7}, [], [Reason.SHAPE]),
        (COPY | {"destinationDatasetId": 7}, [], [Reason.SHAPE]),
    ],
)
def test_what_a_transfer_writes(data: Data, places: list[str | Reason], reasons: list[Reason]) -> None:
    copies, unseen = gaps(TRANSFER, Location.copies, data)
    assert [each.place.reason if isinstance(each.place, Unknown) else each.place for each in copies] == places
    assert all((each.kind, each.ref) == (CopyKind.REPLICA, TARGET) for each in copies)
    assert unseen == reasons
    assert inapplicable(TRANSFER, Location.homes, data)


@pytest.mark.parametrize(
    ("data", "origins", "reasons"),
    [
        (COPY, [f"//bigquery.googleapis.com/{PROJECT}/datasets/sales"], []),
        (COPY | {"params": {}}, [], [Reason.SHAPE]),
        (
            {"dataSourceId": "google_cloud_storage", "params": {"data_path_template": "gs://acme-in/*.csv"}},
            ["//storage.googleapis.com/acme-in"],
            [],
        ),
        ({"dataSourceId": "google_cloud_storage", "params": {"data_path_template": "*.csv"}}, [], [Reason.SHAPE]),
        ({"dataSourceId": "amazon_s3"}, [], [Reason.UNDECIDED]),
        ({}, [], [Reason.SHAPE]),
    ],
)
def test_what_a_transfer_reads(data: Data, origins: list[str], reasons: list[Reason]) -> None:
    found, unseen = gaps(TRANSFER, Lineage.origins, data)
    assert (refs(found), unseen) == (origins, reasons)


@pytest.mark.parametrize(
    ("configs", "refs_", "reasons"),
    [
        ([], [], []),
        ([config()], [TARGET], []),
        ([config("acme-lake")], ["//bigquery.googleapis.com/projects/acme-lake/datasets/copy"], []),
        ([config(disabled=True)], [], []),
        # A dataset of the same name in another project, and another source of data.
        ([config(params={"source_project_id": "other", "source_dataset_id": "sales"})], [], []),
        ([config(dataSourceId="scheduled_query")], [], []),
        ([config() | {"name": "t"}], [], [Reason.SHAPE]),
        ([config(params={})], [], [Reason.SHAPE]),
    ],
)
def test_copies_of_a_dataset(configs: list[Data], refs_: list[str], reasons: list[Reason]) -> None:
    copies, unseen = gaps(DATASET, Location.copies, OWN, transfers=configs)
    assert copies == tuple(Copy(CopyKind.REPLICA, FRANKFURT, each) for each in refs_)
    # Replicas of a dataset are told by nothing that is listed.
    assert unseen == (reasons or [Reason.NOT_ASKED])


def test_transfers_that_are_refused() -> None:
    assert gaps(DATASET, Location.copies, OWN, transfers=REFUSED) == ((), [Reason.REFUSED])
