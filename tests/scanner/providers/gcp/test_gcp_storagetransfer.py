"""Jobs of the Storage Transfer Service, and the copies of a bucket that they make."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.facts import CopyKind, Lineage, Location, Reason, Unknown
from tests.scanner.providers.gcp.states import REFUSED, Data, gaps, inapplicable, refs

JOB, BUCKET = "gcp.storagetransfer.job", "gcp.storage.bucket"
ABROAD = "//storage.googleapis.com/acme-abroad"


def moves(status: object = "ENABLED", spec: str = "transferSpec", **more: Any) -> Data:
    told = {"gcsDataSource": {"bucketName": "files"}, "gcsDataSink": {"bucketName": "acme-abroad"}}
    return {"status": status, spec: told | more}


@pytest.mark.parametrize(
    ("data", "wanted", "reasons"),
    [
        (moves(), [ABROAD], []),
        (moves(spec="replicationSpec"), [ABROAD], []),
        (moves("DISABLED"), [], []),
        (moves("DELETED"), [], []),
        (moves("STATUS_UNSPECIFIED"), [], [Reason.SHAPE]),
        (moves(None), [], [Reason.SHAPE]),
        (moves(gcsDataSink={}), [], [Reason.UNDECIDED]),
        (moves(gcsDataSink={"bucketName": 7}), [], [Reason.SHAPE]),
    ],
)
def test_what_a_job_writes(data: Data, wanted: list[str], reasons: list[Reason]) -> None:
    copies, unseen = gaps(JOB, Location.copies, data)
    assert (refs(copies), unseen) == (wanted, reasons)
    assert all(each.kind is CopyKind.REPLICA and isinstance(each.place, Unknown) for each in copies)
    for asked in ({"transfers": [{"resource": {"data": data}}]}, {"replications": [{"resource": {"data": data}}]}):
        told: Any = asked
        of_bucket, unseen = gaps(BUCKET, Location.copies, {}, **told)
        assert (refs(of_bucket), unseen) == (wanted, reasons)
    assert inapplicable(JOB, Location.homes, data)


@pytest.mark.parametrize(
    ("data", "wanted", "reasons"),
    [
        (moves(), ["//storage.googleapis.com/files"], []),
        (moves(spec="replicationSpec"), ["//storage.googleapis.com/files"], []),
        ({"transferSpec": {"awsS3DataSource": {"bucketName": "acme-old"}}}, ["arn:aws:s3:::acme-old"], []),
        ({"transferSpec": {"httpDataSource": {"listUrl": "https://example.com/list"}}}, [], [Reason.UNDECIDED]),
        ({"transferSpec": {"gcsDataSource": {"bucketName": 7}}}, [], [Reason.SHAPE]),
    ],
)
def test_what_a_job_reads(data: Data, wanted: list[str], reasons: list[Reason]) -> None:
    origins, unseen = gaps(JOB, Lineage.origins, data)
    assert (refs(origins), unseen) == (wanted, reasons)


@pytest.mark.parametrize("source", ["transfers", "replications"])
def test_jobs_that_are_refused(source: str) -> None:
    refused: Any = {source: REFUSED}
    assert gaps(BUCKET, Location.copies, {}, **refused) == ((), [Reason.REFUSED])
