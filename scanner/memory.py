"""Memory of what can be found out again, with a bound."""

from __future__ import annotations

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Memory(dict[K, V]):
    """A dict that is emptied before it holds more than `most`: which of it is wanted next cannot be told, and to tell
    what was wanted last takes longer than to find all of it out again.
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def keep(self, key: K, value: V) -> V:
        """Remember a value. Returns it."""
        if len(self) >= self._most:
            self.clear()
        self[key] = value
        return value
