"""The heads of notes and counts, of several compilers."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from pyharness.coverage.gcov_files import Maker, notes_of, read_counts, read_notes

if TYPE_CHECKING:
    from pathlib import Path

ZEROS, ONE_COUNT = struct.pack("<Ii", 0x01A10000, -80), struct.pack("<IIQ", 0x01A10000, 8, 7)
END = b"\0\0\0\0"


def head(kind: str, word: str, stamp: int = 9, order: str = "<") -> bytes:
    letters = [kind.encode(), word.encode()]
    return b"".join(text[::-1] if order == "<" else text for text in letters) + struct.pack(f"{order}I", stamp)


@pytest.mark.parametrize(
    ("word", "maker", "name"),
    [
        ("B22*", (12, 2), "GCC 12.2"), ("B50e", (15, 0), "GCC 15.0"), ("A93*", (9, 3), "GCC 9.3"),
        ("408*", (4, 8), "clang"),
    ],
)  # fmt: skip
def test_versions(tmp_path: Path, word: str, maker: tuple[int, int], name: str) -> None:
    path = tmp_path / "a.gcno"
    path.write_bytes(head("gcno", word, 77))
    found = read_notes(str(path)).head
    assert (found.maker, str(found.maker), found.stamp) == (Maker(*maker), name, 77)


@pytest.mark.parametrize(
    ("word", "behind", "folder"),
    [
        ("B22*", b"\0\0\0\0" + struct.pack("<I", 6) + b"/a/bc\0", "/a/bc"),
        ("A93*", struct.pack("<I", 2) + b"/a/bc\0\0\0", "/a/bc"),
        ("A73*", struct.pack("<I", 2) + b"/a/bc\0\0\0", ""),
        ("408*", b"\0\0\0\1", ""),
        ("B22*", b"", ""),
    ],
)
def test_the_folder_of_the_compiler(tmp_path: Path, word: str, behind: bytes, folder: str) -> None:
    path = tmp_path / "a.gcno"
    path.write_bytes(head("gcno", word) + behind)
    assert read_notes(str(path)).folder == folder


@pytest.mark.parametrize(
    "records",
    [
        head("gcda", "B22*") + END + ZEROS + ONE_COUNT + END,
        head("gcda", "A93*") + struct.pack("<III", 0x01000000, 2, 5) + END + END,
        head("gcda", "408*") + END + END,
        head("gcda", "B22*", order=">") + END + struct.pack(">IIQ", 0x01A10000, 8, 7) + END,
    ],
)
def test_counts_are_whole_or_cut_off(tmp_path: Path, records: bytes) -> None:
    path = tmp_path / "a.gcda"
    path.write_bytes(records)
    assert read_counts(str(path)).stamp == 9
    path.write_bytes(records[: -len(END) * (2 if records.endswith(END + END) else 1)])
    with pytest.raises(ValueError, match="it is cut off"):
        read_counts(str(path))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "it is empty"),
        (b"adcg", "it is not what GCC writes"),
        (b"\x7fELF" * 9, "it is not what GCC writes"),
        (head("gcno", "B22*"), "it is not what GCC writes"),
        (head("gcda", "????"), "it is of an unknown version"),
    ],
)
def test_what_is_no_counts(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "a.gcda"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=why):
        read_counts(str(path))


def test_notes_lie_beside_objects() -> None:
    assert notes_of("/a/b.c.o") == "/a/b.c.gcno"
    assert notes_of("/a/b.c.gcda") == "/a/b.c.gcno"
