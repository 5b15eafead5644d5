"""What a raw profile of LLVM says of itself in its first bytes: its version, and the object that has written it.

The format is that of `InstrProfData.inc` in LLVM: `INSTR_PROF_RAW_HEADER`, and the build ids behind it.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

_MAGIC = b"\x81rforpl\xff"
_BEGIN = struct.Struct("<8sQQ")
"""Magic, version, size of the ids in bytes."""
_VERSION_BITS = 0xFFFFFFFF
"""The others tell kinds of profiles."""
_WORDS = {8: 11, 9: 14, 10: 16}
"""How many words of 8 bytes a header has, by version: LLVM 14, 18, 19."""
_LENGTH = struct.Struct("<Q")
_MOST = 1 << 12
"""More bytes of ids than this are a sign of a damaged file."""


class RawProfile(NamedTuple):
    """The head of a profile."""

    version: int
    """0: it is no raw profile."""
    build_ids: tuple[str, ...] | None
    """In hexadecimal digits; none when its object has no build id. `None`: it cannot be said without LLVM's tools."""


def read_head(path: str) -> RawProfile:
    """Read the first bytes of a profile.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as file:
        head = file.read(_BEGIN.size)
        if len(head) < _BEGIN.size or not head.startswith(_MAGIC):
            return RawProfile(0, None)
        _, word, size = _BEGIN.unpack(head)
        version = word & _VERSION_BITS
        if version not in _WORDS:
            return RawProfile(version, None)
        file.seek(_WORDS[version] * _LENGTH.size)
        ids = file.read(min(size, _MOST))
    return RawProfile(version, tuple(_build_ids(ids)) if len(ids) == size else None)


def _build_ids(content: bytes) -> list[str]:
    """Read ids, each with its length before it and zeros behind it, up to whole words."""
    found, at = [], 0
    while at + _LENGTH.size <= len(content):
        (length,) = _LENGTH.unpack_from(content, at)
        at += _LENGTH.size
        found.append(content[at : at + length].hex())
        at += -(-length // _LENGTH.size) * _LENGTH.size
    return found
