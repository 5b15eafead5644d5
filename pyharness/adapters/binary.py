"""An executable file, looked at without running it."""

from __future__ import annotations

import mmap
import os
from typing import Self

_ELF = b"\x7fELF"


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

    def contains(self, *texts: bytes) -> bool:
        """Return whether all `texts` are found in it, as they stand."""
        content = self._content
        return content is not None and all(content.find(text) >= 0 for text in texts)
