"""A terminal of a test's own: the run has it as its controlling terminal, and is in its foreground."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import termios
from typing import Self


class Terminal:
    """The master's side of a pseudo terminal. Give `prefix` to `pyharness.start`."""

    def __init__(self) -> None:
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        os.set_blocking(self._master, False)
        # Who leads a session without a terminal gets the one that it opens.
        self.prefix = ("sh", "-c", f'exec "$@" <>{os.ttyname(self._slave)} >&0 2>&0', "sh")
        self._shown = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def type(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def shown(self) -> bytes:
        """Return all that has been written to it so far."""
        with contextlib.suppress(BlockingIOError, OSError):
            while more := os.read(self._master, 65536):
                self._shown += more
        return self._shown

    def close(self) -> None:
        """Close the window: who runs in it gets SIGHUP."""
        for descriptor in (self._slave, self._master):
            with contextlib.suppress(OSError):
                os.close(descriptor)
