"""Pages of replies: how they go on where botocore has no paginator, and what is kept of them as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from scanner.facts import JSON

CONTINUED = {
    "NextToken": "NextToken",
    "nextToken": "nextToken",
    "LastEvaluatedGlobalTableName": "ExclusiveStartGlobalTableName",
}
"""Members that tell of another page, and the parameters that ask for it, where botocore has no paginator."""
BY_NAME = {"HasMoreDeliveryStreams": ("DeliveryStreamNames", "ExclusiveStartDeliveryStreamName")}
"""Members that tell of another page, the list whose last item it begins after, and the parameter that asks for it."""
UNWRITTEN = {
    "sqs.list_queues": "/QueueUrls",
    "cloudfront.list_distributions": "/DistributionList/Items",
    "s3.list_directory_buckets": "/Buckets",
    "s3control.list_multi_region_access_points": "/AccessPoints",
}
"""The list that an operation leaves out of its reply where it is empty."""
ROWS = {"iam.get_credential_report": ("Content", "user", "<root_account>")}
"""The member of a reply that is a table as CSV, and the rows of it that are read: those with this value in this column.
The others tell of people, and are dropped here.
"""
PLAIN = (str, int, float, bool, type(None))


def continued(ask: Callable[..., Mapping[str, Any]], params: Mapping[str, JSON]) -> Iterator[Mapping[str, Any]]:
    """The pages of an operation that botocore has no paginator for."""
    while True:
        page = ask(**params)
        yield page
        more = {name: page[token] for token, name in CONTINUED.items() if page.get(token)}
        more |= {name: page[items][-1] for flag, (items, name) in BY_NAME.items() if page.get(flag)}
        if not more:
            return
        params = {**params, **more}


def no_items(pointer: str) -> JSON:
    """A body whose list at the pointer is empty."""
    body: JSON = []
    for step in reversed(pointer.strip("/").split("/")):
        body = {step: body}
    return body


def written(body: dict[str, JSON], pointer: str) -> dict[str, JSON]:
    """The body, with an empty list at the pointer where there is none."""
    *path, name = pointer.strip("/").split("/")
    holder: Any = body
    for step in path:
        holder = holder[step]
    if name:
        holder.setdefault(name, [])
    return body


def tabled(page: Mapping[str, Any], operation: str) -> Mapping[str, Any]:
    """The page, with rows in place of a table's bytes."""
    if operation not in ROWS:
        return page
    member, column, value = ROWS[operation]
    table = csv.DictReader(io.StringIO(page[member].decode()))
    return {**page, member: [row for row in table if row.get(column) == value]}


def json_body(page: Mapping[str, Any]) -> dict[str, JSON]:
    """A page as a JSON object, without what botocore tells of the request."""
    return {key: _plain(value) for key, value in page.items() if key != "ResponseMetadata" and _is_kept(value)}


def _plain(value: Any) -> JSON:
    """As JSON: times as ISO 8601 in UTC; bytes and streams are dropped."""
    match value:
        case dict():
            return {key: _plain(item) for key, item in value.items() if _is_kept(item)}
        case list():
            return [_plain(item) for item in value if _is_kept(item)]
        case datetime():
            return value.astimezone(UTC).isoformat()
        case _:
            return value


def _is_kept(value: Any) -> bool:
    return isinstance(value, (dict, list, datetime, *PLAIN))
