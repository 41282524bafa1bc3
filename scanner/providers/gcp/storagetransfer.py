"""Storage Transfer Service (https://cloud.google.com/storage-transfer/docs/reference/rest/v1/transferJobs): what copies
the objects of a bucket, or of a store elsewhere, to a bucket.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    Origin,
    Reason,
    Tagging,
    Unknown,
    View,
    text,
)
from scanner.providers.gcp.assets import asset_type, joined

NATIVE = "storagetransfer.googleapis.com/TransferJob"
RESOURCE = "/resource/data"
STATUS = f"{RESOURCE}/status"
ACTIVE: Mapping[object, bool] = {"ENABLED": True, "DISABLED": False, "DELETED": False}
SPECS = tuple(f"{RESOURCE}/{name}" for name in ("transferSpec", "replicationSpec"))
SOURCES, SINKS = (tuple(f"{spec}/{name}/bucketName" for spec in SPECS) for name in ("gcsDataSource", "gcsDataSink"))
FROM_S3 = f"{SPECS[0]}/awsS3DataSource/bucketName"
THERE = Unknown(Reason.NOT_ASKED, "the job names the bucket that it writes to, not where that is")
ELSEWHERE = Unknown(Reason.UNDECIDED, "it reads from a store that is told by an address, or writes to no bucket")


def _buckets(job: Node, paths: tuple[str, ...]) -> Iterator[str]:
    for path in paths:
        if name := job.at(path, text, missing=""):
            yield f"//storage.googleapis.com/{name}"


def written(job: Node) -> Iterator[Copy | Unknown]:
    """What a job writes; nothing where it is disabled or deleted."""
    if job.at(STATUS, ACTIVE):
        found = [Copy(CopyKind.REPLICA, THERE, each) for each in _buckets(job, SINKS)]
        yield from found or (ELSEWHERE,)


def _origins(view: View) -> Iterator[Origin | Unknown]:
    job = view.node("item")
    found = [Origin(each, UNRESOLVED) for each in _buckets(job, SOURCES)]
    if name := job.at(FROM_S3, text, missing=""):
        found.append(Origin(f"arn:aws:s3:::{name}", UNRESOLVED))
    yield from found or (ELSEWHERE,)


JOB = replace(
    asset_type(
        "gcp.storagetransfer.job",
        NATIVE,
        Kind.CONFIG,
        (
            Location.homes.inapplicable("a job keeps nothing"),
            Location.copies.items(
                lambda view: written(view.node("item")), *(f"item:{path}" for path in (STATUS, *SINKS))
            ),
            Lineage.origins.items(_origins, *(f"item:{path}" for path in (*SOURCES, FROM_S3))),
            Tagging.tags.documented({}, "TransferJob of the Storage Transfer API v1 has no labels"),
        ),
    ),
    label=f"{RESOURCE}/description",
)

OWN = {f"{RESOURCE}/name": ""}
ASK = {name: joined(Join(at, OWN), NATIVE) for name, at in zip(("transfers", "replications"), SOURCES, strict=True)}
"""The jobs that copy a bucket, which they name."""
BUCKET_PATHS = tuple(f"{source}:/assets/*{path}" for source in ASK for path in (STATUS, *SINKS))


def of_bucket(view: View) -> Iterator[Copy | Unknown]:
    """The copies of a bucket that jobs make, in whatever project. Declare BUCKET_PATHS, and ask ASK."""
    for source in ASK:
        for job in view.each(f"{source}:/assets"):
            yield from written(job)


TYPES = (JOB,)
