"""The document as JSON, and its published schema."""

from __future__ import annotations

from typing import Any

import orjson

from reports.document import VERSION, Document
from reports.report import Report


def render(document: Document) -> bytes:
    """The whole document as indented JSON with sorted keys: the same document makes the same bytes."""
    values = document.model_dump(mode="json", by_alias=True)
    return orjson.dumps(values, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the document."""
    made = Document.model_json_schema(by_alias=True, mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": VERSION, **made}


JSON = Report("report.json", render)
