"""An executable file, looked at without running it."""

from __future__ import annotations

import mmap
import os
import struct
from typing import Self

_ELF = b"\x7fELF"
_CLASS_64 = 2
_HEADER = struct.Struct("<16xH14xQ14xHH")
"""`Elf64_Ehdr` of elf(5): type, offset of the table of segments, size and number of its entries."""
_SEGMENT = struct.Struct("<I4xQ16xQ")
"""The beginning of `Elf64_Phdr`: type, offset and size in the file."""
_ENTRY = struct.Struct("<QQ")
"""`Elf64_Dyn`: tag, value."""
_EXECUTABLE, _DYNAMIC, _INTERPRETER = 2, 2, 3
_FLAGS_1, _IS_PROGRAM = 0x6FFFFFFB, 0x08000000


class Binary:
    """A file whose bytes can be searched. Close it, or use it in a `with` statement."""

    def __init__(self, path: str) -> None:
        """Open `path` for reading.

        Raises:
            OSError: it cannot be read.
        """
        self.path = path
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            self._content = mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) if size else None
        finally:
            os.close(descriptor)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._content is not None:
            self._content.close()

    @property
    def is_elf(self) -> bool:
        """Whether it is a program or library of this system."""
        return self._content is not None and self._content[: len(_ELF)] == _ELF

    @property
    def is_program(self) -> bool:
        """Whether it can be run, other than a library: it says so, names an interpreter, or is a static PIE."""
        content = self._content
        if content is None or not self.is_elf or content[len(_ELF)] != _CLASS_64:
            return False
        try:
            kind, table, size, count = _HEADER.unpack_from(content)
            segments = [_SEGMENT.unpack_from(content, table + size * number) for number in range(count)]
            return kind == _EXECUTABLE or any(self._makes_program(*segment) for segment in segments)
        except struct.error:  # cut short
            return False

    def _makes_program(self, kind: int, offset: int, size: int) -> bool:
        if kind != _DYNAMIC or self._content is None:
            return kind == _INTERPRETER
        entries = _ENTRY.iter_unpack(self._content[offset : offset + size - size % _ENTRY.size])
        return any(tag == _FLAGS_1 and value & _IS_PROGRAM for tag, value in entries)

    def contains(self, *texts: bytes) -> bool:
        """Return whether all `texts` are found in it, as they stand."""
        content = self._content
        return content is not None and all(content.find(text) >= 0 for text in texts)
