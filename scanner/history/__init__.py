"""History: every run of a policy, kept as intervals, in SQLite or PostgreSQL.

Importing this package imports no database library; `open_history` does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scanner.history.model import Act, Chained, Copied, Gone, HistoryError, Pruned, RunRow, Tampered

if TYPE_CHECKING:
    from scanner.history.store import History

__all__ = ["Act", "Chained", "Copied", "Gone", "HistoryError", "Pruned", "RunRow", "Tampered", "open_history"]

WAIT = 60.0
"""Seconds that a writer waits for another one."""


def open_history(url_or_path: str, *, wait: float = WAIT) -> History:
    """The history in a database: a file's path, `sqlite:///path` or `postgresql://user@host/database`.

    A new or empty database gets the tables. Raises HistoryError where it cannot be opened, is no history, or was
    written by a newer asdeclared. Close it, or use it as a context manager.
    """
    try:
        from scanner.history.store import History
    except ModuleNotFoundError as error:
        raise HistoryError(f"a history needs the package {error.name}, which is not installed") from error
    return History.open(url_or_path, wait)
