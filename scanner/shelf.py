"""A shelf: canonical JSON that is read again when it is asked for, and is in memory only as long as there is little."""

from __future__ import annotations

import threading
from tempfile import SpooledTemporaryFile

import orjson

from scanner.facts import JSON, Fragment, sha256

MEMORY = 64 << 20
"""From so many bytes on, all of it is in a file without a name."""


class Shelf:
    """Bytes in the order in which they were put there, from any thread."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 - it lives as long as the fragments
        self._lock = threading.Lock()
        self._size = 0

    def put(self, data: bytes, digest: str = "") -> Fragment:
        """The fragment of canonical JSON; its digest where the caller has just verified it."""
        with self._lock:
            place = self._size
            self._file.seek(place)
            self._file.write(data)
            self._size += len(data)
        return _Shelved(self, place, len(data), digest or sha256(data))

    def read(self, place: int, length: int) -> bytes:
        """So many bytes from a place."""
        with self._lock:
            self._file.seek(place)
            return self._file.read(length)


class _Shelved(Fragment):
    """A fragment whose bytes are on a shelf."""

    __slots__ = ("_length", "_place", "_shelf")

    def __init__(self, shelf: Shelf, place: int, length: int, digest: str) -> None:
        super().__init__(None, digest)
        self._shelf, self._place, self._length = shelf, place, length

    @property
    def is_sealed(self) -> bool:
        return True

    @property
    def data(self) -> bytes:
        return self._shelf.read(self._place, self._length)

    @property
    def body(self) -> JSON:
        return orjson.loads(self.data)

    def seal(self) -> Fragment:
        return self
