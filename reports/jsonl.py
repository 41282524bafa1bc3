"""Every finding as JSON, a line each: what a document of a large estate leaves out, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from reports.document import Document
from reports.report import Report


def stream(findings: Iterable[Mapping[str, Any]]) -> Iterator[bytes]:
    """A line for each finding as it comes, in the form that the document has it."""
    return (orjson.dumps(each, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE) for each in findings)


def render(document: Document) -> bytes:
    """The findings of the document, in its order."""
    return b"".join(stream(each.model_dump(mode="json") for each in document.findings))


JSONL = Report("findings.jsonl", render, stream=stream)
