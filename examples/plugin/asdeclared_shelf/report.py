"""A report of one's own: the promises as a Markdown table."""

from __future__ import annotations

from reports.document import Document
from reports.report import Report


def render(document: Document) -> bytes:
    """The table. Every character with a meaning in Markdown is escaped."""
    rows = [f"| {escape(each.says)} | {each.verdict.value} |" for each in document.promises]
    return "\n".join(["| promise | verdict |", "|---|---|", *rows, ""]).encode()


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"&#{ord(each)};" if not each.isalnum() and each not in " .,%" else each for each in text)


MARKDOWN = Report("report.md", render)
