"""BigQuery (https://cloud.google.com/bigquery/docs/reference/rest/v2/datasets and .../tables)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from scanner.facts import (
    FOREVER,
    JSON,
    UNRESOLVED,
    Backup,
    Copy,
    Duration,
    Exposure,
    Kind,
    Lineage,
    Location,
    LogStore,
    NotKnown,
    Origin,
    Plan,
    PlanKind,
    Reason,
    Unknown,
    View,
    always,
    text,
    whole,
)
from scanner.providers.gcp import iam, transfer
from scanner.providers.gcp.assets import DATA, asset_type, at_rest, labels
from scanner.providers.gcp.told import GOOGLES_API, at_rest_where, in_buckets, located, not_for, point

PLACE, WINDOW = f"{DATA}/location", f"{DATA}/maxTimeTravelHours"
EXTERNAL, CATALOG = f"{DATA}/externalDatasetReference", f"{DATA}/catalogSource"
LINKED = f"{DATA}/linkedDatasetSource/sourceDataset"
ACCESS, KIND = f"{DATA}/access", f"{DATA}/type"
GROUP, MEMBER, CONDITION = (f"{ACCESS}/*/{name}" for name in ("specialGroup", "iamMember", "condition"))
EVERYBODY = frozenset({"allUsers", "allAuthenticatedUsers"})
"""The second is everybody with an account of Google: whom nobody invited."""
WITHOUT = {**GOOGLES_API, LogStore: "not a store of logs by itself"}
COPIES = "replicas of a dataset in other regions are not told by its asset"
FAIL_SAFE = Unknown(Reason.UNDECIDED, "fail-safe keeps deleted data for 7 days more, from which only Google restores")
ELSEWHERE = Unknown(Reason.NOT_ASKED, "its tables are in a store outside BigQuery, which is told elsewhere")


def _in_bigquery(view: View) -> None:
    """`externalDatasetReference` is filled out for external datasets, and `catalogSource` is unset for native ones."""
    if view.at(EXTERNAL, always(True), missing=False) or view.at(CATALOG, text, missing=""):
        raise NotKnown(ELSEWHERE)


def _homes(view: View) -> Iterator[str]:
    _in_bigquery(view)
    yield view.at(PLACE, located)


def _copies(view: View) -> Iterator[Copy | Unknown]:
    """Those that transfers make of it; of replicas its asset tells nothing."""
    yield from transfer.of_dataset(view)
    yield Unknown(Reason.NOT_ASKED, COPIES)


def _time_travel(view: View) -> Iterator[Plan | Unknown]:
    """https://cloud.google.com/bigquery/docs/time-travel: any moment of the window, 168 hours unless it is set.
    Snapshots of tables are tables of their own.
    """
    _in_bigquery(view)
    yield Plan(
        PlanKind.CONTINUOUS,
        retention=Duration.of(view.at(WINDOW, whole, missing=168), "hour"),
        every=Duration.of(1, "second"),
        places=(view.at(PLACE, located),),
        encrypted=True,
        immutable=False,
    )
    yield FAIL_SAFE


def _sources(view: View) -> Iterator[Origin | Unknown]:
    """A linked dataset shows another, which is named by the number of its project."""
    if view.at(LINKED, always(True), missing=False):
        project, name = view.at(f"{LINKED}/projectId", text), view.at(f"{LINKED}/datasetId", text)
        yield Origin(f"//bigquery.googleapis.com/projects/{project}/datasets/{name}", UNRESOLVED)
    yield Unknown(Reason.NOT_ASKED, "what was loaded or copied into its tables is not recorded on a dataset")


def _public(view: View) -> bool:
    """By its access list, or a policy on the project or above. Tables have policies of their own, and are judged so."""
    for entry in view.each(ACCESS):
        named = {entry.at("/specialGroup", text, missing=""), entry.at("/iamMember", text, missing="")}
        if named & EVERYBODY and not entry.at("/condition", always(True), missing=False):
            return True
    return iam.public(view)


_DATASET = asset_type(
    "gcp.bigquery.dataset",
    "bigquery.googleapis.com/Dataset",
    Kind.DATA,
    (
        Location.homes.items(_homes, EXTERNAL, CATALOG, PLACE),
        Location.copies.items(_copies, *transfer.DATASET_PATHS),
        # The key of tables that name none; each table tells its own.
        *at_rest_where(_in_bigquery, f"{DATA}/defaultEncryptionConfiguration/kmsKeyName", EXTERNAL, CATALOG),
        Backup.plans.items(_time_travel, EXTERNAL, CATALOG, WINDOW, PLACE),
        Lineage.origins.items(_sources, f"{LINKED}/projectId", f"{LINKED}/datasetId"),
        Exposure.public.by(_public, GROUP, MEMBER, CONDITION, *iam.PATHS),
        iam.TRUST,
        labels(),
    ),
    WITHOUT,
    ask=transfer.ASK,
)

KEEPS: Mapping[object, bool] = {
    "TABLE": True,
    "SNAPSHOT": True,
    "MATERIALIZED_VIEW": True,
    "VIEW": False,
    "EXTERNAL": False,
}
"""Whether a table of this type keeps data in BigQuery."""
ICEBERG = f"{DATA}/biglakeConfiguration"
SNAPSHOT_OF, CLONE_OF = (f"{DATA}/{name}Definition/baseTableReference" for name in ("snapshot", "clone"))
FILES = f"{DATA}/externalDataConfiguration/sourceUris"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_MILLISECOND = int((datetime.max.replace(tzinfo=UTC) - EPOCH).total_seconds() * 1000) - 1
MADE, EXPIRES = f"{DATA}/creationTime", f"{DATA}/expirationTime"


def _keeps(view: View) -> str:
    """The type of a table that keeps data in BigQuery. One for Apache Iceberg keeps it in a bucket."""
    kind = view.at(KIND, text)
    if view.at(ICEBERG, always(True), missing=False):
        raise NotKnown(Unknown(Reason.NOT_ASKED, "its data lies in the bucket of its BigLake configuration"))
    if kind == "EXTERNAL":
        raise NotKnown(Unknown(Reason.NOT_ASKED, "an external table reads data that is kept elsewhere"))
    if not view.at(KIND, KEEPS):
        raise not_for("a view keeps no data")
    return kind


def _table_homes(view: View) -> Iterator[str]:
    _keeps(view)
    yield view.at(PLACE, located)


def _millis(value: JSON) -> datetime:
    """Milliseconds since the epoch, up to the last year that a date can have."""
    if not 0 <= (told := whole(value)) <= LAST_MILLISECOND:
        raise ValueError("not a time")
    return EPOCH + timedelta(milliseconds=told)


def _table_plans(view: View) -> Iterator[Plan | Unknown]:
    """A snapshot is a recovery point; without a time to expire it persists indefinitely."""
    if _keeps(view) != "SNAPSHOT":
        yield Unknown(Reason.NOT_ASKED, "the window of time travel is that of its dataset, which is judged by itself")
        return
    kept = FOREVER
    if view.at(EXPIRES, whole, missing=0):
        seconds = (view.at(EXPIRES, _millis) - view.at(MADE, _millis)).total_seconds()
        kept = Duration(Fraction(round(seconds / 60), 1440))
    yield point(view.at(PLACE, located), kept)


def _table_sources(view: View) -> Iterator[Origin | Unknown]:
    """An external table shows files in buckets, or what else its URIs name."""
    if view.at(KIND, text) == "EXTERNAL":
        yield from view.at(FILES, in_buckets)
        return
    _keeps(view)
    for path in (SNAPSHOT_OF, CLONE_OF):
        if view.at(path, always(True), missing=False):
            project, dataset, table = (view.at(f"{path}/{part}Id", text) for part in ("project", "dataset", "table"))
            yield Origin(f"//bigquery.googleapis.com/projects/{project}/datasets/{dataset}/tables/{table}", UNRESOLVED)
    yield Unknown(Reason.NOT_ASKED, "what was loaded or copied into a table is not recorded on it")


_TABLE = asset_type(
    "gcp.bigquery.table",
    "bigquery.googleapis.com/Table",
    Kind.DATA,
    (
        Location.homes.items(_table_homes, KIND, ICEBERG, PLACE),
        Location.copies.gap(COPIES),
        *at_rest_where(_keeps, f"{DATA}/encryptionConfiguration/kmsKeyName", KIND, ICEBERG),
        Backup.plans.items(_table_plans, KIND, ICEBERG, PLACE, MADE, EXPIRES),
        Lineage.origins.items(_table_sources, KIND, ICEBERG, SNAPSHOT_OF, CLONE_OF, FILES),
        Exposure.public.unseen("who may read it is told by its IAM policy and by its dataset; they are not joined"),
        iam.TRUST,
        labels(),
    ),
    WITHOUT,
)
_MODEL = asset_type(
    "gcp.bigquery.model",
    "bigquery.googleapis.com/Model",
    Kind.DATA,
    (
        Location.homes.one(PLACE, located),
        Location.copies.gap(COPIES),
        *at_rest(f"{DATA}/encryptionConfiguration/kmsKeyName"),
        Backup.plans.gap("the window of time travel is that of its dataset, which is judged by itself"),
        Lineage.origins.gap("what a model was trained with is not recorded on it as a resource"),
        Exposure.public.unseen("who may read it is told by its dataset, which is judged by itself"),
        iam.TRUST,
        labels(),
    ),
    WITHOUT,
)
TYPES = (
    replace(_MODEL, label="/resource/data/modelReference/modelId"),
    replace(_DATASET, label="/resource/data/datasetReference/datasetId"),
    replace(_TABLE, label="/resource/data/tableReference/tableId"),
)
