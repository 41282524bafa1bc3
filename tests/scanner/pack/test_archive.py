"""The archive: a plain zip file, of which every byte is decided."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.pack.archive import RATIO, ROOM, NotAPack, member, read, write

FILES = {"a/one.txt": b"one\n" * 100, "two.json": b"{}", "ümlaut": b"", "bytes": bytes(range(256))}


def made(files: dict[str, bytes], stored: str = "") -> bytes:
    file = io.BytesIO()
    write(file, [member(name, [data], store=name == stored)[0] for name, data in files.items()])
    return file.getvalue()


@pytest.mark.parametrize("stored", ["", "two.json"])
def test_any_tool_opens_it(stored: str) -> None:
    with zipfile.ZipFile(io.BytesIO(made(FILES, stored))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {info.external_attr >> 16 for info in archive.infolist()} == {0o100644}


def test_what_was_written_is_read() -> None:
    found, wrong = read(made(FILES))
    assert wrong == ()
    assert {each.name: each.content() for each in found} == FILES


def test_the_chunks_of_a_file_do_not_matter() -> None:
    one, digest = member("a", [b"ab", b"", b"c"])
    assert (one, digest) == member("a", [b"abc"])


@given(at=st.integers(min_value=0), bit=st.integers(0, 7))
def test_no_bit_changes_unnoticed(at: int, bit: int) -> None:
    data = bytearray(made(FILES, "two.json"))
    before = {each.name: each.digest for each in read(bytes(data))[0]}
    data[at % len(data)] ^= 1 << bit
    try:
        found, wrong = read(bytes(data))
    except NotAPack:
        return
    assert wrong or {each.name: each.digest for each in found} != before


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a zip file"),
        (b"PK\5\6", "not a zip file"),
        (made(FILES)[:-1], "not a zip file"),
        (made(FILES)[100:], "directory"),
        (made({"a": b"b"}).replace(b"PK\1\2", b"PK\1\3"), "directory"),
    ],
)
def test_what_is_no_archive_is_said(data: bytes, said: str) -> None:
    with pytest.raises(NotAPack, match=said):
        read(data)


def test_bytes_before_and_after_are_noticed() -> None:
    for data in (made(FILES) + b"x", b"x" + made({})):
        assert read(data)[1]
    with pytest.raises(NotAPack):
        read(b"x" + made(FILES))


@pytest.mark.parametrize("stored", ["", "a"])
def test_content_that_does_not_unpack_is_none(stored: str) -> None:
    data = made({"a": b"content that is long enough to be compressed" * 3}, stored)
    at = data.index(b"a", 28) + 10
    found, _ = read(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])
    assert found[0].content() is None


def overlaid(data: bytes, count: int) -> bytes:
    """An archive whose directory names one file many times."""
    whole = made({"a": data}, "a")
    start = whole.index(b"PK\1\2")
    entry = whole[start : whole.index(b"PK\5\6")]
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, count, count, len(entry) * count, start, 0)
    return whole[:start] + entry * count + end


def test_files_that_lie_over_one_another_are_refused() -> None:
    assert read(overlaid(b"x" * 1000, 1))[1] == ()
    with pytest.raises(NotAPack, match="over one another"):
        read(overlaid(b"x" * 1000, 900))


def test_a_file_that_is_a_trap_for_the_memory_is_refused_unpacked() -> None:
    data = made({"a": b""})
    for size, refused in ((ROOM, False), (ROOM + (RATIO + 1) * len(data), True)):
        said = data.replace(bytes(4) + b"\1\0\0\0", size.to_bytes(4, "little") + b"\1\0\0\0")
        assert said != data
        if refused:
            with pytest.raises(NotAPack, match="no evidence"):
                read(said)
        else:
            assert read(said)[0][0].content() is None


def test_a_name_that_is_not_text_is_refused() -> None:
    name = "n" * 40_000
    with pytest.raises(NotAPack, match="UTF-8"):
        read(made({name: b""}).replace(name.encode(), b"\xff" * len(name)))


@pytest.mark.parametrize("method", [1, 9, 14, 99])
def test_no_other_way_of_packing_is_read(method: int) -> None:
    packed = member("a", [b"content"])[0]
    assert packed.content() == b"content"
    assert replace(packed, method=method).content() is None
