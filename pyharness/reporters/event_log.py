"""The events as a file: one JSON object a line, while the run goes on."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from pyharness.errors import UsageError
from pyharness.events import (
    AttemptFinished,
    AttemptStarted,
    BuildProgressed,
    CaseFinished,
    PassesFinished,
    Progress,
)
from pyharness.model import Outcome, Verdict
from pyharness.reporters import json_text
from pyharness.reporters.folders import make_folder_of

if TYPE_CHECKING:
    from pyharness.events import Event

_MOST_WAITING = 64 * 1024
"""Bytes of passes that wait for the next event."""


class EventLog:
    """Writes events to a file.

    A pass waits in memory until the next `Progress` or the next event that is no pass, so that ten thousand
    passes do not cost ten thousand system calls. A file that fails later (a full disk) is given up, behind its last
    whole line: `problem` says why.
    """

    wants_passes = True

    def __init__(self, path: str) -> None:
        """Open the file and empty it; make its folder where that is missing.

        Raises:
            UsageError: it cannot be opened.
        """
        self.problem = ""
        self._path = path
        self._waiting = bytearray()
        self._size = 0
        """Of the lines that are written."""
        try:
            make_folder_of(path)
            number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
            self._file = os.fdopen(number, "wb", buffering=0)
        except (OSError, ValueError) as error:
            message = f"cannot write the events to '{path}': {_cause(error)}; name a file that can be written"
            raise UsageError(message) from None

    def handle(self, event: Event) -> None:
        """Write the event."""
        if self.problem or isinstance(event, PassesFinished):
            return
        if not isinstance(event, Progress | BuildProgressed):
            self._waiting += json_text.encode(event) + b"\n"
        if not _is_pass(event) or len(self._waiting) > _MOST_WAITING:
            self._write()

    def close(self) -> None:
        """Write what is left. A second call does nothing."""
        if self._waiting:
            self._write()
        try:
            self._file.close()
        except OSError as error:  # a network file system may not know before
            self._give_up(error)

    def _write(self) -> None:
        waiting, self._waiting = memoryview(self._waiting), bytearray()
        size = self._size + len(waiting)
        try:
            while waiting:
                waiting = waiting[os.write(self._file.fileno(), waiting) :]
        except OSError as error:
            self._give_up(error)
        else:
            self._size = size

    def _give_up(self, error: OSError) -> None:
        self.problem = self.problem or f"the events in '{self._path}' are not complete: {_cause(error)}"
        with contextlib.suppress(OSError):  # a pipe or a device has no end to cut at
            self._file.truncate(self._size)


def _is_pass(event: Event) -> bool:
    if isinstance(event, AttemptFinished):
        return event.outcome is Outcome.PASS
    if isinstance(event, CaseFinished):
        return event.verdict is Verdict.PASSED
    return isinstance(event, AttemptStarted)


def _cause(error: OSError | ValueError) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
