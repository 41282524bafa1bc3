"""The archive of a pack: a zip file of which every byte is decided by the names and contents of its files.

Any tool opens it. There is no time, no owner, no comment and no extra field in it: two packs of one run differ only in
how a library compresses, and the manifest pins that. An archive that differs from this form in any byte is told.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from scanner.facts import sha256

STORED, DEFLATED = 0, 8
_MIDNIGHT_1980 = 0x0021 << 16
_UTF8 = 0x0800
_UNIX, _VERSION = 3, 20
_MODE = 0o100644 << 16
_LOCAL, _CENTRAL, _END = struct.Struct("<4s3HI3I2H"), struct.Struct("<4s4HI3I5H2I"), struct.Struct("<4s4H2IH")
LARGEST = 0xFFFF_FFFF
"""Bytes: what a zip file can hold without the extension for large files, which older tools do not read."""
MOST_FILES = 1000
ROOM, RATIO = 1 << 26, 100
"""The content of an archive may have so many bytes, and so many more for each of its own. Evidence is full of digests,
of which none is so small compressed: what says to be larger was made to fill the memory.
"""


class NotAPack(Exception):
    """The file is no archive that can be read at all."""


@dataclass(frozen=True, slots=True)
class Member:
    """A file of an archive as it lies there: `data` is compressed by `method`; `size` and `crc` are of the content."""

    name: str
    method: int
    crc: int
    size: int
    data: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes as they lie in the archive."""
        return sha256(self.data)

    def content(self) -> bytes | None:
        """The content; None where the bytes do not give it."""
        if self.method not in {STORED, DEFLATED}:
            return None
        if self.method == STORED:
            return self.data if zlib.crc32(self.data) == self.crc and len(self.data) == self.size else None
        inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = inflate.decompress(self.data, self.size + 1)
        except zlib.error:
            return None
        whole = inflate.eof and not inflate.unused_data and len(data) == self.size
        return data if whole and zlib.crc32(data) == self.crc else None


def member(name: str, chunks: Iterable[bytes], *, store: bool = False) -> tuple[Member, str]:
    """A file of a new archive from the chunks of its content, compressed unless it is to be stored as it is; and the
    SHA-256 of the content.
    """
    content = hashlib.sha256()
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = bytearray()
    crc = size = 0
    for chunk in chunks:
        content.update(chunk)
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        data += chunk if store else squeeze.compress(chunk)
    data += b"" if store else squeeze.flush()
    return Member(name, STORED if store else DEFLATED, crc, size, bytes(data)), content.hexdigest()


def write(file: BinaryIO, members: Iterable[Member]) -> None:
    """Write an archive. Raises ValueError where it would be larger than a plain zip file can be."""
    offset = 0
    directory = bytearray()
    count = 0
    for each in members:
        head = _local(each)
        directory += _listed(each, offset)
        offset += file.write(head) + file.write(each.data)
        count += 1
        if max(offset, each.size) > LARGEST:
            raise ValueError("the pack is larger than 4 GiB: split the policy's scope")
    file.write(directory)
    file.write(_end(count, len(directory), offset))


def read(data: bytes) -> tuple[list[Member], tuple[str, ...]]:
    """The files of an archive in their order, and what is wrong with its form. Raises NotAPack."""
    found = list(_members(data))
    whole = b"".join(_skeleton(found))
    wrong = () if whole == data else (f"the archive's own structure was changed{_where(data, whole)}",)
    return found, wrong


def _skeleton(members: Iterable[Member]) -> Iterator[bytes]:
    """The bytes that an archive of these files has."""
    offset, count, directory = 0, 0, bytearray()
    for each in members:
        directory += _listed(each, offset)
        head = _local(each)
        offset, count = offset + len(head) + len(each.data), count + 1
        yield head
        yield each.data
    yield bytes(directory)
    yield _end(count, len(directory), offset)


def _where(data: bytes, whole: bytes) -> str:
    first = next((at for at, (one, other) in enumerate(zip(data, whole, strict=False)) if one != other), None)
    return f" at byte {first}" if first is not None else f": it has {len(data)} bytes instead of {len(whole)}"


def _members(data: bytes) -> Iterator[Member]:
    """Each file that the directory at the end names. Raises NotAPack where that cannot be followed."""
    end = data.rfind(b"PK\5\6")
    if end < 0 or end + _END.size > len(data):
        raise NotAPack("it is not a zip file, or its end is missing")
    *_, count, size, at, _ = _END.unpack_from(data, end)
    if at + size > end or count > MOST_FILES:
        raise NotAPack("the directory of the zip file cannot be followed")
    packed = size = 0
    for _ in range(count):
        found, at = _entry(data, at, end)
        packed, size = packed + _LOCAL.size + len(found.data), size + found.size
        if packed > min(len(data), LARGEST):
            raise NotAPack("its files lie over one another")
        if size > ROOM + RATIO * len(data):
            raise NotAPack(f"its files say to be larger than {ROOM + RATIO * len(data)} bytes, which no evidence is")
        yield found


def _entry(data: bytes, at: int, end: int) -> tuple[Member, int]:
    if at + _CENTRAL.size > end or data[at : at + 4] != b"PK\1\2":
        raise NotAPack("the directory of the zip file cannot be followed")
    fields = _CENTRAL.unpack_from(data, at)
    method, crc, packed, size, length, extra, comment = fields[4], *fields[6:12]
    try:
        name = data[at + _CENTRAL.size : at + _CENTRAL.size + length].decode()
    except UnicodeDecodeError as error:
        raise NotAPack("a name in the directory of the zip file is not UTF-8") from error
    start = fields[-1] + _LOCAL.size + length
    if start + packed > len(data):
        raise NotAPack(f"{name!r} reaches beyond the end of the zip file")
    made = Member(name, method, crc, size, data[start : start + packed])
    return made, at + _CENTRAL.size + length + extra + comment


def _local(each: Member) -> bytes:
    name = each.name.encode()
    told = (_VERSION, _UTF8, each.method, _MIDNIGHT_1980, each.crc, len(each.data), each.size, len(name), 0)
    return _LOCAL.pack(b"PK\3\4", *told) + name


def _listed(each: Member, offset: int) -> bytes:
    name = each.name.encode()
    told = (_UNIX << 8 | _VERSION, _VERSION, _UTF8, each.method, _MIDNIGHT_1980, each.crc, len(each.data), each.size)
    return _CENTRAL.pack(b"PK\1\2", *told, len(name), 0, 0, 0, 0, _MODE, offset) + name


def _end(count: int, size: int, offset: int) -> bytes:
    return _END.pack(b"PK\5\6", 0, 0, count, count, size, offset, 0)
