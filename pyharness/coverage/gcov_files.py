"""What GCC writes beside objects (notes, `.gcno`) and at the end of processes (counts, `.gcda`): heads and records.

The format is that of `gcov-io.h` in the sources of GCC; clang with `--coverage` writes the one of GCC 4.8.
"""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

from pyharness import elf

NOTES, COUNTS = ".gcno", ".gcda"
_HEAD = 12
"""Bytes: a magic word, the version, the stamp."""
_IN_BYTES_FROM = 12
"""The first GCC that gives lengths in bytes, not in words, and has a checksum behind the stamp."""
_FOLDER_FROM = 8
"""The first GCC whose notes name the folder in which it was called."""


class Maker(NamedTuple):
    """Which compiler has written a file."""

    major: int
    minor: int

    @property
    def is_clang(self) -> bool:
        """Whether it was clang, most likely: it says that it was GCC 4.8."""
        return self == (4, 8)

    def __str__(self) -> str:
        """Name it."""
        return "clang" if self.is_clang else f"GCC {self.major}.{self.minor}"


class Head(NamedTuple):
    """How a file begins."""

    maker: Maker
    stamp: int
    """Counts belong to the notes with the same one."""
    order: str
    """Of bytes, as `struct` names it."""
    length: int
    """In bytes."""

    @property
    def unit(self) -> int:
        """Of lengths, in bytes."""
        return 1 if self.maker.major >= _IN_BYTES_FROM else 4


class Notes(NamedTuple):
    """What the compiler has noted of an object."""

    head: Head
    folder: str
    """In which it was called; empty where it does not say."""


def has_gcov(path: str) -> bool:
    """Return whether a library or program has the runtime of gcov in it, if its symbols were not stripped away."""
    return bool(elf.symbols(path, ("__gcov_exit", "__gcov_master", "llvm_gcov_init")))


def notes_of(path: str) -> str:
    """Return where the notes of an object, or of counts, are looked for."""
    return os.path.splitext(path)[0] + NOTES


def read_notes(path: str) -> Notes:
    """Read the notes of an object.

    Raises:
        OSError: they cannot be read.
        ValueError: they are none.
    """
    with open(path, "rb") as file:
        content = file.read(1 << 13)
    head = _head(content, b"gcno")
    folder = b""
    if head.maker.major >= _FOLDER_FROM:
        (length,) = struct.unpack_from(f"{head.order}I", content.ljust(head.length + 4, b"\0"), head.length)
        folder = content[head.length + 4 :][: length * head.unit].rstrip(b"\0")
    return Notes(head, os.fsdecode(folder))


def read_counts(path: str) -> Head:
    """Read how counts begin, and see whether they are whole: gcov takes what is cut off for 0.

    Raises:
        OSError: they cannot be read.
        ValueError: they are none, or are cut off.
    """
    with open(path, "rb") as file:
        content = file.read()
    head = _head(content, b"gcda")
    at, tag = head.length, 1
    while tag:
        if at + 4 > len(content):
            message = "it is cut off"
            raise ValueError(message)
        tag, length = struct.unpack_from(f"{head.order}Ii", content.ljust(at + 8, b"\0"), at)
        at += 8 + max(length, 0) * head.unit  # a negative length is that of counts that are all 0, and left out
    return head


def _head(content: bytes, magic: bytes) -> Head:
    order = {magic[::-1]: "<", magic: ">"}.get(content[:4])
    if order is None or len(content) < _HEAD:
        message = "it is empty" if not content else "it is not what GCC writes"
        raise ValueError(message)
    word = content[4:8][::-1] if order == "<" else content[4:8]
    maker = _maker(word.decode("latin-1"))
    (stamp,) = struct.unpack_from(f"{order}I", content, 8)
    return Head(maker, stamp, order, _HEAD + 4 if maker.major >= _IN_BYTES_FROM else _HEAD)


def _maker(word: str) -> Maker:
    """Read a version: `B22*` is 12.2, `A93*` is 9.3, `408*` is 4.8."""
    tens, ones, minor = word[0], word[1], word[2]
    if not (tens.isalnum() and ones.isdigit() and minor.isdigit()):
        message = f"it is of an unknown version {word!r}"
        raise ValueError(message)
    if tens.isdigit():
        return Maker(int(tens), int(word[1:3]))
    return Maker((ord(tens) - ord("A")) * 10 + int(ones), int(minor))
