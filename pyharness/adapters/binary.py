"""An executable file, looked at without running it."""

from __future__ import annotations

import mmap
import os
import struct
from functools import cached_property
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import re

_ELF = b"\x7fELF"
_CLASS_64 = 2
_HEADER = struct.Struct("<16xH14xQQ6xHHHH")
"""`Elf64_Ehdr` of elf(5): type, offsets of the tables of segments and sections, size and number of their entries."""
_SEGMENT = struct.Struct("<I4xQ16xQ")
"""The beginning of `Elf64_Phdr`: type, offset and size in the file."""
_ENTRY = struct.Struct("<QQ")
"""`Elf64_Dyn`: tag, value."""
_SECTION = struct.Struct("<4xI16xQQ")
"""The beginning of `Elf64_Shdr`: type, offset and size in the file."""
_EXECUTABLE, _LOADED, _DYNAMIC, _INTERPRETER = 2, 1, 2, 3
_STRINGS = 3
"""The type of sections of names, as of symbols."""
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
            kind, table, _, size, count, *_ = _HEADER.unpack_from(content)
            segments = _entries(_SEGMENT, content, table, size, count)
            return kind == _EXECUTABLE or any(self._makes_program(*segment) for segment in segments)
        except struct.error:  # cut short
            return False

    def _makes_program(self, kind: int, offset: int, size: int) -> bool:
        if kind != _DYNAMIC or self._content is None:
            return kind == _INTERPRETER
        entries = _ENTRY.iter_unpack(self._content[offset : offset + size - size % _ENTRY.size])
        return any(tag == _FLAGS_1 and value & _IS_PROGRAM for tag, value in entries)

    def contains(self, *texts: bytes) -> bool:
        """Return whether all `texts` are found in it, as they stand. What only debuggers read is passed over."""
        return all(any(text in part for part in self._parts) for text in texts)

    def search(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """Return where `pattern` is first found in what `contains` looks at."""
        return next(filter(None, map(pattern.search, self._parts)), None)

    @cached_property
    def _parts(self) -> list[bytes]:
        """What is loaded when it runs, and the names of its symbols; all of a file that is not such a one."""
        content = self._content
        if content is None:
            return []
        if not self.is_elf or content[len(_ELF)] != _CLASS_64:
            return [content[:]]
        try:
            _, segments, sections, *sizes = _HEADER.unpack_from(content)
            loaded = _entries(_SEGMENT, content, segments, *sizes[:2])
            named = _entries(_SECTION, content, sections, *sizes[2:])
        except struct.error:  # cut short
            return [content[:]]
        parts = [one for one in loaded if one[0] == _LOADED] + [one for one in named if one[0] == _STRINGS]
        return [content[offset : offset + size] for _, offset, size in parts]


def _entries(kind: struct.Struct, content: mmap.mmap, table: int, size: int, count: int) -> list[tuple[int, int, int]]:
    """Return type, offset and size of what a table of the file lists.

    Raises:
        struct.error: the file is cut short.
    """
    return [kind.unpack_from(content, table + size * number) for number in range(count)]
