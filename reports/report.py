"""What a report is: a rendering of the document in one format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from reports.document import Document


class MissingExtra(Exception):
    """A format needs a library that is not installed. `extra` is the extra of asdeclared that brings it."""

    def __init__(self, extra: str) -> None:
        super().__init__(f"This format needs: pip install 'asdeclared[{extra}]'")
        self.extra = extra


@dataclass(frozen=True, slots=True)
class Report:
    """A format: the name of its file (`report.html`) and a pure function from the document to bytes. Registered by the
    entry point `asdeclared.reports`. `binary` bytes are nothing for a terminal. A `whole`
    one gets the document with every finding, however many; one with a `stream` gets the findings themselves, as plain
    data in the form that the document has them, and gives what is written piece by piece. `needs` is the module that
    rendering imports, where there is one, and `extra` the extra of asdeclared that brings it.
    """

    file: str
    render: Callable[[Document], bytes]
    binary: bool = False
    whole: bool = False
    stream: Callable[[Iterable[Mapping[str, Any]]], Iterable[bytes]] | None = None
    needs: str = ""
    extra: str = ""

    def ready(self) -> None:
        """Raises MissingExtra where what rendering needs is not installed, before anything is scanned for it."""
        if self.needs and not find_spec(self.needs):
            raise MissingExtra(self.extra)
