"""One build at a time in a folder: a lock on a file there.

Whoever inherits the descriptor holds it too: ninja and its compilers, also when whoever has started them is gone.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from pyharness.discovery.kept_files import LOCK

if TYPE_CHECKING:
    from collections.abc import Callable

_PAUSE_S = 0.02
"""Between two tries: a build is rarely shorter, and nobody notices it."""


class BuildLock:
    """The lock of one folder; not held at first."""

    def __init__(self, folder: str) -> None:
        """Mean the folder, which is there."""
        self._folder = folder
        self.descriptor = -1
        """For children to inherit while the lock is held, else -1."""

    def acquire(self, on_wait: Callable[[str], None], is_cancelled: Callable[[], bool]) -> bool:
        """Wait for the lock; return whether it is held.

        Args:
            on_wait: is told once what is waited for, if anything is.
            is_cancelled: is asked again and again meanwhile; then the lock is not held.

        Raises:
            OSError: the file cannot be opened.
        """
        self.descriptor = os.open(os.path.join(self._folder, LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        if not self._try():
            on_wait(f"another build{self._holder()} goes on in '{self._folder}'; waiting for its end")
            while not self._try():
                if is_cancelled():
                    self.release()
                    return False
                time.sleep(_PAUSE_S)
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(os.getpid()).encode(), 0)
        return True

    def release(self) -> None:
        """Give up this process's part in it; those who have inherited it still hold it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _try(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        return False

    def _holder(self) -> str:
        number = os.pread(self.descriptor, 20, 0).decode(errors="replace")
        return f", begun by process {number}," if number.isdigit() else ""
