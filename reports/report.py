"""What a report is: a rendering of the document in one format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reports.document import Document


@dataclass(frozen=True, slots=True)
class Report:
    """A format: the name of its file (`report.html`) and a pure function from the document to bytes. Registered by the
    entry point `asdeclared.reports`.
    """

    file: str
    render: Callable[[Document], bytes]
