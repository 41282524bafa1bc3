"""The archive: a plain zip file, of which every byte is decided."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.pack.archive import NotAPack, member, read, write

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
